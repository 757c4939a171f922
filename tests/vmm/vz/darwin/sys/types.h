/* sys/types.h - macOS' C library, as far as the type check needs it. */
#ifndef DARWIN_SYS_TYPES_H
#define DARWIN_SYS_TYPES_H
#include <stddef.h>
typedef int  pid_t;
typedef long ssize_t;
#endif
