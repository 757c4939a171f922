/* drawn.h - the kernel's pictures, drawn a second time
 *
 * Typed from the words at the top of examples/kernel/picture.c, not from its code. */
#ifndef DRAWN_H
#define DRAWN_H

#include <stdint.h>

enum drawn { DRAWN_NOTHING, DRAWN_SQUARES, DRAWN_CARD, DRAWN_BOUNCE };

/* Do the pixels show this? `lifted`: a bit a square that was lifted. Which letters stand on the
 * card is left out, but that some do, and nothing else, is not. 1, or 0, if `loud` with a
 * diagnosis. */
int drawn_same(enum drawn what, unsigned lifted, const uint32_t *pixels, uint32_t width,
               uint32_t height, int loud);

/* The checksum of a whole picture (FNV-1a over its words), the card's text left out. */
uint64_t drawn_sum(enum drawn what, const uint32_t *pixels, uint32_t width, uint32_t height);

/* What a pixel should be. */
uint32_t drawn_pixel(enum drawn what, unsigned lifted, uint32_t x, uint32_t y, uint32_t width,
                     uint32_t height);

#endif
