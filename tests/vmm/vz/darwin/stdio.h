/* stdio.h - macOS' C library, as far as the type check needs it. */
#ifndef DARWIN_STDIO_H
#define DARWIN_STDIO_H
#include <stddef.h>
typedef struct __sFILE FILE;
#endif
