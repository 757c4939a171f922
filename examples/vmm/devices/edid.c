/* edid.c - makes the EDID of a monitor that has exactly one size. */
#include "edid.h"

#include <string.h>

/* All that does not depend on the size; the rest is 0. */
static const uint8_t fixed[54] = {
    0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00,     /* what an EDID begins with */
    0x58, 0x42, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00,     /* maker "VBB", product 1, number 1 */
    0x00, 35, 1, 4,                                     /* of 2025, EDID 1.4 */
    0xa5, 0, 0, 120, 0x06,                              /* digital, 8 bits, gamma 2.2, sRGB; the */
                                                        /* first timing is the panel's own */
    0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54,        /* sRGB's colours */
    0x00, 0x00, 0x00,                                   /* no established timings */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1      /* no standard timings */
};

enum { WIDTH_CM = 21, HEIGHT_CM = 22, TIMING = 54, NAME = 72, DUMMY = 90, DESCRIPTOR = 18 };

static unsigned at_most(unsigned value, unsigned most)
{
    return value < most ? value : most;
}

static unsigned millimetres(unsigned pixels)
{
    return pixels * 254 / 960;          /* at 96 pixels an inch */
}

/* The lower eight bits of two numbers, then the upper four of both in one byte. */
static void put_pair(uint8_t *low_a, uint8_t *low_b, uint8_t *high, unsigned a, unsigned b)
{
    *low_a = (uint8_t)a;
    *low_b = (uint8_t)b;
    *high = (uint8_t)((a >> 8 & 15) << 4 | (b >> 8 & 15));
}

/* Detailed timing, 60 frames a second. Its clock has 16 bits: the largest sizes get fewer. */
static void put_timing(uint8_t *t, unsigned width, unsigned height)
{
    unsigned blank = 160, lines = 9 + height / 32;
    unsigned clock = at_most((width + blank) * (height + lines) / 10000 * 60, 0xffff);

    t[0] = (uint8_t)clock;
    t[1] = (uint8_t)(clock >> 8);
    put_pair(&t[2], &t[3], &t[4], width, blank);
    put_pair(&t[5], &t[6], &t[7], height, lines);
    t[8] = 48;                          /* the pulses: begin and length, in pixels, */
    t[9] = 32;
    t[10] = 3 << 4 | 6;                 /* and both in lines */
    put_pair(&t[12], &t[13], &t[14], millimetres(width), millimetres(height));
    t[17] = 0x1a;                       /* not interlaced, separate pulses, the lines' negative */
}

void edid_make(uint8_t edid[EDID_BYTES], unsigned width, unsigned height)
{
    static const uint8_t name[DESCRIPTOR] = "\0\0\0\xfc\0virtio_bare\n ";
    unsigned sum = 0;

    width = at_most(width, 4095);
    height = at_most(height, 4095);
    memset(edid, 0, EDID_BYTES);
    memcpy(edid, fixed, sizeof fixed);
    edid[WIDTH_CM] = (uint8_t)(millimetres(width) / 10);
    edid[HEIGHT_CM] = (uint8_t)(millimetres(height) / 10);
    put_timing(edid + TIMING, width, height);
    memcpy(edid + NAME, name, sizeof name);
    edid[DUMMY + 3] = 0x10;             /* two descriptors that say nothing */
    edid[DUMMY + DESCRIPTOR + 3] = 0x10;
    for (unsigned i = 0; i < EDID_BYTES - 1; i++)
        sum += edid[i];
    edid[EDID_BYTES - 1] = (uint8_t)(0u - sum);         /* all bytes add up to 0 */
}
