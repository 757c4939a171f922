/* picture.c - is this PPM or PNG file the kernel's picture? Compared with the second drawer's,
 * pixel by pixel: picture squares|card FILE. For the scripts of tests/vmm. */
#include "../../boot/drawn.h"
#include "../../boot/machine.h"

#include <png.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What drawn.c has to say. */
void note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

static uint32_t *read_ppm(const char *path, uint32_t *width, uint32_t *height)
{
    FILE *f = fopen(path, "rb");
    uint32_t *pixels = NULL;
    unsigned char rgb[3];

    if (f == NULL || fscanf(f, "P6 %u %u 255", width, height) != 2 || fgetc(f) != '\n'
        || *width > 8192 || *height > 8192)
        return NULL;
    pixels = malloc((size_t)*width * *height * sizeof *pixels);
    for (size_t i = 0; pixels != NULL && i < (size_t)*width * *height; i++) {
        if (fread(rgb, 1, 3, f) != 3)
            return NULL;
        pixels[i] = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
    }
    fclose(f);
    return pixels;
}

/* Rows of bytes blue, green, red, and one for alpha: the same words on machines that begin with
 * the low byte. */
static uint32_t *read_png(const char *path, uint32_t *width, uint32_t *height)
{
    png_image image = { .version = PNG_IMAGE_VERSION };
    uint32_t *pixels = NULL;

    if (png_image_begin_read_from_file(&image, path) == 0)
        return NULL;
    image.format = PNG_FORMAT_BGRA;
    pixels = malloc(PNG_IMAGE_SIZE(image));
    if (pixels == NULL || png_image_finish_read(&image, NULL, pixels, 0, NULL) == 0)
        return NULL;
    for (uint32_t i = 0; i < image.width * image.height; i++)
        pixels[i] &= 0xffffff;
    *width = image.width;
    *height = image.height;
    return pixels;
}

int main(int argc, char **argv)
{
    uint32_t width, height, *pixels = argc == 3 ? read_ppm(argv[2], &width, &height) : NULL;

    if (argc == 3 && pixels == NULL)
        pixels = read_png(argv[2], &width, &height);
    if (pixels == NULL) {
        printf("usage: %s squares|card FILE, of which the file is a PPM or a PNG\n", argv[0]);
        return 2;
    }
    printf("%ux%u\n", width, height);
    return !drawn_same(strcmp(argv[1], "card") == 0 ? DRAWN_CARD : DRAWN_SQUARES, 0, pixels, width,
                       height, 1);
}
