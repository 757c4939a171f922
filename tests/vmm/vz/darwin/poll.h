/* poll.h - macOS' C library, as far as the type check needs it. */
#ifndef DARWIN_POLL_H
#define DARWIN_POLL_H
enum { POLLIN = 1, POLLOUT = 4 };
typedef unsigned int nfds_t;
struct pollfd {
    int   fd;
    short events, revents;
};
int poll(struct pollfd *p, nfds_t count, int milliseconds);
#endif
