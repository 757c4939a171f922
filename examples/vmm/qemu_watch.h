/* qemu_watch.h - what the guest's GPU driver did, as QEMU's trace tells it.
 *
 * A screendump shows the resource as it stands, flushed or not, and something even where nobody
 * drew. Only the trace says whether the guest finished a picture [5.7.6.8].
 */
#ifndef VMM_QEMU_WATCH_H
#define VMM_QEMU_WATCH_H

#include <stdbool.h>

struct rectangle { unsigned x, y, width, height; };

struct watch {
    bool             alive;             /* QEMU's trace works: its first event was seen */
    unsigned         scanouts;          /* SET_SCANOUT commands for scanout 0 */
    unsigned         resource;          /* that it shows; 0: nothing */
    struct rectangle scanout;           /* the part of the resource that is shown */
    bool             whole;             /* one flush covered all of it since it was set */
    unsigned         frames;            /* RESOURCE_FLUSH commands */
};

/* The events that are watched, for QEMU's command line; ends with a null. */
extern const char *const watch_events[];

enum watched { WATCH_NOT_MINE, WATCH_SEEN, WATCH_FRAME };
enum watched watch_line(struct watch *w, const char *line);

/* One sentence: why there is no whole picture. */
void watch_explain(const struct watch *w);

#endif
