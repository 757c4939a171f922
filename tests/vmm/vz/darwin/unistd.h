/* unistd.h - macOS' C library, as far as the type check needs it. */
#ifndef DARWIN_UNISTD_H
#define DARWIN_UNISTD_H
#include <sys/types.h>
int pipe(int ends[2]);
ssize_t read(int fd, void *bytes, size_t count);
#endif
