/* mach_time.h - the Mac's clock: a count of ticks, and a tick's nanoseconds (numer / denom). */
#ifndef HVF_SHIM_MACH_TIME_H
#define HVF_SHIM_MACH_TIME_H

#include <stdint.h>

typedef struct mach_timebase_info {
    uint32_t numer, denom;
} mach_timebase_info_data_t;

uint64_t mach_absolute_time(void);
int      mach_timebase_info(mach_timebase_info_data_t *info);

#endif
