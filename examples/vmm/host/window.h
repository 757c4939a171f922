/* window.h - a window with a picture in it, by SDL2. Only the main thread may use it. */
#ifndef VMM_WINDOW_H
#define VMM_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct window;

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

struct window *window_open(const char *title, unsigned width, unsigned height);     /* null: said */
void window_title(struct window *w, const char *title);
void window_poll(struct window *w, struct screen_events *e);
void window_close(struct window *w);

/* 0x00RRGGBB words, rows without gaps; scaled if the window has another size, never distorted. */
void window_draw(struct window *w, uint32_t *pixels, unsigned width, unsigned height);

#endif
