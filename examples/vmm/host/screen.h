/* screen.h - where a guest's frames are seen: in a window, in a file, in the terminal, or nowhere.
 *
 *      guest's thread            our main thread
 *      flush
 *        screen_show() --copy-->   screen_poll() --> window, at most 60 times a second
 *        (--frames: a file)                      --> terminal or file: first and wanted pictures
 *                                  screen_close() -> the last picture
 *
 * Four functions, whatever the display is: open, show, poll, close. A launcher hands screen_show()
 * and screen_off() to its gpu (struct gpu_screen), and calls the others on its main thread: only
 * there can a window live.
 */
#ifndef VMM_SCREEN_H
#define VMM_SCREEN_H

#include "../devices/gpu.h"
#include "display.h"

#include <pthread.h>

struct window;

struct screen {
    const struct options *o;
    enum display    where;              /* o->display, DISPLAY_AUTO decided */
    bool            interactive;
    struct backlog *terminal;           /* takes what is drawn with letters */
    struct window  *window;             /* null: there is none */
    bool            first_shown;
    double          drawn;              /* when the window was last drawn */
    int             wake, waker;        /* a pipe */

    pthread_mutex_t lock;               /* of what follows, which both threads use */
    unsigned        width, height;      /* 0: nothing was drawn yet */
    uint32_t       *pixels;
    bool            fresh;              /* not drawn in the window yet */
    bool            whole;
    unsigned long   frames, written;    /* flushed; of them in the folder --frames */
    double          first_frame;        /* when, or 0 */
    bool            enough;             /* --exit-after-frames: no later frame is taken */
    int             error;              /* errno of a frame that could not be written */
};

/* What the user did with the window, and whether it is time to end. */
struct screen_events {
    bool     closed;                    /* the window was closed */
    bool     enough;                    /* the frames of --exit-after-frames were drawn */
    bool     resized;                   /* the guest's display is now so big */
    unsigned width, height;
    unsigned typed_count;               /* what was typed in the window, for the guest */
    char     typed[64];
};

/* Opens the window, if there is to be one. False: there is none though it was asked for, said. */
bool screen_open(struct screen *s, const struct options *o, bool interactive,
                 struct backlog *terminal);

/* These two are struct gpu_screen's; context is the struct screen. */
void screen_show(void *context, const struct gpu_frame *frame, const struct gpu_rect *damage);
void screen_off(void *context);

/* Shows what is new, and tells what happened. Call it when s->wake is readable, and after
 * screen_timeout() milliseconds (-1: no need). `why` is 0, or WHY_KEY: a picture is wanted now. */
void screen_poll(struct screen *s, unsigned why, struct screen_events *e);
int  screen_timeout(const struct screen *s);

/* The last picture, then the window closes. Returns whether there was a whole picture, or none was
 * asked for. `guest` must not call screen_show() any more. */
bool screen_close(struct screen *s);

#endif
