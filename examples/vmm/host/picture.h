/* picture.h - a picture in memory, in a file, and in a terminal. */
#ifndef VMM_PICTURE_H
#define VMM_PICTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct picture {
    unsigned width, height;
    uint8_t *rgb;                       /* three bytes a pixel, rows without gaps; free() it */
};

/* A binary PPM (P6, 255), as QEMU's screendump writes it. */
bool picture_read_ppm(struct picture *p, const char *path);

/* PPM if the name ends in .ppm, else PNG. On failure errno says why. */
bool picture_write(const struct picture *p, const char *path);

/* Half blocks in 24-bit colour, scaled to fit: each character shows two pixels, one above the
 * other, so that pixels are square where a character is twice as high as it is wide. */
void picture_print(const struct picture *p, FILE *out, unsigned columns, unsigned rows);

#endif
