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
#include "window.h"

#include <pthread.h>

struct screen {
    struct options *o;
    bool            interactive;
    struct backlog *terminal;           /* takes what is drawn with letters */
    bool            window;             /* there is one */
    bool            first_shown;
    double          drawn, titled;      /* when the window was last drawn, and its title made, */
    unsigned long   titled_frames;      /* and how many frames there were then */
    int             wake, waker;        /* a pipe */

    pthread_mutex_t lock;               /* of what follows, which both threads use */
    unsigned        width, height;
    uint32_t       *pixels;             /* null: nothing was drawn yet */
    bool            fresh;              /* not drawn in the window yet */
    bool            whole;
    unsigned long   frames, written;    /* flushed; of them in the folder --frames */
    double          first_frame;        /* when, or 0 */
    bool            enough;             /* --exit-after-frames: no later frame is taken */
    int             error;              /* errno of a frame that could not be written */
};

/* Opens the window, if there is to be one, and decides DISPLAY_AUTO in o. False: there is no window
 * though one was asked for; why is said. */
bool screen_open(struct screen *s, struct options *o, bool interactive, struct backlog *terminal);

/* These two are struct gpu_screen's; context is the struct screen. */
void screen_show(void *context, const struct gpu_frame *frame, const struct gpu_rect *damage);
void screen_off(void *context);

/* Shows what is new, and tells what happened. Call it when s->wake is readable, and after
 * screen_timeout() milliseconds (-1: no need). `why` is 0, or WHY_KEY: a picture is wanted now. */
void screen_poll(struct screen *s, unsigned why, struct screen_events *e);
int  screen_timeout(const struct screen *s);

/* The last picture, then the window closes. Returns whether there was a whole picture, or none was
 * asked for. Nobody may call screen_show() any more. */
bool screen_close(struct screen *s);

#endif
