/* signal.h - macOS' C library, as far as the type check needs it. */
#ifndef DARWIN_SIGNAL_H
#define DARWIN_SIGNAL_H
enum { SIGPIPE = 13 };
#endif
