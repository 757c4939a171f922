/* object.h - objects with a count of their owners; without Objective-C, that is. */
#ifndef HVF_SHIM_OS_OBJECT_H
#define HVF_SHIM_OS_OBJECT_H

void os_release(void *object);

#endif
