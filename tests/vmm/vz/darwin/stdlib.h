/* stdlib.h - macOS' C library, as far as the type check needs it. */
#ifndef DARWIN_STDLIB_H
#define DARWIN_STDLIB_H
#include <stddef.h>
char *getenv(const char *name);
void exit(int code) __attribute__((noreturn));
#endif
