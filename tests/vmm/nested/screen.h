/* screen.h - a picture, drawn by Linux's own means. */
#ifndef NESTED_SCREEN_H
#define NESTED_SCREEN_H

#include <stdbool.h>

/* `fd` is a DRM device; the picture stays until it is closed. */
bool screen_draw(int fd);

#endif
