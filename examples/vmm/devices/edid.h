/* edid.h - what a monitor tells of itself: 128 bytes, as VESA's EDID 1.4 orders them. */
#ifndef VMM_EDID_H
#define VMM_EDID_H

#include <stdint.h>

enum { EDID_BYTES = 128 };

/* A monitor that prefers this size. What it can tell ends at 4095 pixels either way. */
void edid_make(uint8_t edid[EDID_BYTES], unsigned width, unsigned height);

#endif
