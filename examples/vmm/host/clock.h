/* clock.h - what time it is. */
#ifndef VMM_CLOCK_H
#define VMM_CLOCK_H

double now(void);                       /* seconds of a clock that never jumps */

#endif
