/* window.h - one window with a picture in it, by SDL2. Only the main thread may use it. */
#ifndef VMM_WINDOW_H
#define VMM_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* What happened since the last time: what the user did, and whether it is time to end. */
struct screen_events {
    bool     closed;                    /* the window was closed */
    bool     enough;                    /* the frames of --exit-after-frames were drawn */
    bool     picture;                   /* `s` was typed: a picture is to be saved */
    bool     exposed;                   /* the window has to be drawn again */
    bool     resized;                   /* the guest's display is now so big */
    unsigned width, height;
    unsigned typed_count;               /* what was typed in the window, for the guest */
    char     typed[64];
};

bool window_open(const char *title, unsigned width, unsigned height);   /* false: why is said */
void window_poll(struct screen_events *e);      /* adds what happened */
void window_close(void);

/* 0x00RRGGBB words, rows without gaps; scaled if the window has another size, never distorted. A
 * null title leaves the one that is there. */
void window_draw(uint32_t *pixels, unsigned width, unsigned height, const char *title);

#endif
