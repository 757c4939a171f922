/* picture.c - PPM in, PPM and PNG out, and half blocks for a terminal. */
#include "picture.h"

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST 16384u                  /* of either side: the size in bytes fits in 32 bits */

/* ---- Files -------------------------------------------------------------------------------- */

bool picture_read_ppm(struct picture *p, const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t bytes = 0;
    bool good = false;

    p->rgb = NULL;
    if (f == NULL)
        return false;
    if (fscanf(f, "P6 %u %u 255", &p->width, &p->height) == 2 && fgetc(f) != EOF
        && p->width - 1 < LARGEST && p->height - 1 < LARGEST) {
        bytes = (size_t)p->width * p->height * 3;
        p->rgb = malloc(bytes);
        good = p->rgb != NULL && fread(p->rgb, 1, bytes, f) == bytes;
    }
    fclose(f);
    if (!good) {
        free(p->rgb);
        p->rgb = NULL;
    }
    return good;
}

static bool write_ppm(const struct picture *p, FILE *f)
{
    fprintf(f, "P6\n%u %u\n255\n", p->width, p->height);
    return fwrite(p->rgb, (size_t)p->width * 3, p->height, f) == p->height;
}

static bool write_png(const struct picture *p, FILE *f)
{
    png_image image;

    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = p->width;
    image.height = p->height;
    image.format = PNG_FORMAT_RGB;
    image.flags = PNG_IMAGE_FLAG_FAST;  /* our pictures are flat colours, small all the same */
    return png_image_write_to_stdio(&image, f, 0, p->rgb, 0, NULL) != 0;
}

bool picture_write(const struct picture *p, const char *path)
{
    size_t n = strlen(path);
    bool ppm = n > 4 && strcmp(path + n - 4, ".ppm") == 0;
    FILE *f = fopen(path, "wb");
    bool good;

    if (f == NULL)
        return false;
    errno = 0;
    good = ppm ? write_ppm(p, f) : write_png(p, f);
    return fclose(f) == 0 && good;
}

/* ---- A terminal --------------------------------------------------------------------------- */

struct colour { unsigned r, g, b; };

/* The mean of the pixels that fall on place (x, y) of a grid of w times h. */
static struct colour mean(const struct picture *p, unsigned x, unsigned y, unsigned w, unsigned h)
{
    unsigned left = x * p->width / w, right = (x + 1) * p->width / w;
    unsigned top = y * p->height / h, bottom = (y + 1) * p->height / h;
    uint64_t r = 0, g = 0, b = 0, n = 0;

    for (unsigned j = top; j < bottom || j == top; j++)
        for (unsigned i = left; i < right || i == left; i++, n++) {
            const uint8_t *pixel = p->rgb + ((size_t)j * p->width + i) * 3;

            r += pixel[0];
            g += pixel[1];
            b += pixel[2];
        }
    return (struct colour){ (unsigned)(r / n), (unsigned)(g / n), (unsigned)(b / n) };
}

void picture_print(const struct picture *p, FILE *out, unsigned columns, unsigned rows)
{
    unsigned w = columns, h, room = rows > 3 ? 2 * (rows - 2) : 2;   /* a line for the prompt */

    if (p->width == 0 || p->height == 0)
        return;
    if (w > p->width)
        w = p->width;
    if (w > room * p->width / p->height)
        w = room * p->width / p->height;
    if (w == 0)
        w = 1;
    h = w * p->height / p->width / 2 * 2;
    if (h == 0)
        h = 2;
    for (unsigned y = 0; y < h; y += 2) {
        for (unsigned x = 0; x < w; x++) {
            struct colour a = mean(p, x, y, w, h), b = mean(p, x, y + 1, w, h);

            fprintf(out, "\033[38;2;%u;%u;%um\033[48;2;%u;%u;%um\342\226\200",   /* U+2580 */
                    a.r, a.g, a.b, b.r, b.g, b.b);
        }
        fputs("\033[0m\n", out);
    }
}
