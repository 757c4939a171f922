/* trace.h - what the devices report, on stderr: faults of the guest, --trace, --trace=story. */
#ifndef VMM_TRACE_H
#define VMM_TRACE_H

#include "host/options.h"

/* Listens from now on. False: --trace names no event that there is, which is said. */
bool trace_begin(const struct options *o);

#endif
