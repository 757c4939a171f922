/* OSCacheControl.h - what a program that wrote instructions does before they are run. */
#ifndef HVF_SHIM_OSCACHECONTROL_H
#define HVF_SHIM_OSCACHECONTROL_H

#include <stddef.h>

void sys_dcache_flush(void *start, size_t bytes);
void sys_icache_invalidate(void *start, size_t bytes);

#endif
