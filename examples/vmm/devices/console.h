/* console.h - the console: what the guest prints, and what is typed. [5.3] >>console
 *
 *      receive queue 0:  console_type() --> ring of typed bytes --> the driver's buffers
 *      transmit queue 1: the driver's buffers --> sink, which may take less than it is offered
 *
 * A buffer of the transmit queue is given back only after all of its text was taken by the sink. So
 * a host that does not keep up slows the guest, and nothing is lost.
 */
#ifndef VMM_CONSOLE_H
#define VMM_CONSOLE_H

#include "vdev.h"

enum { CONSOLE_TYPED = 4096 };

struct console {
    struct vdev  vdev;
    struct chain sending;               /* the request of which text is left, */
    uint64_t     sent;                  /* and how much of it was taken */
    bool         is_sending;
    struct chain receiving;
    uint8_t      typed[CONSOLE_TYPED];  /* typed and not read yet: a ring */
    unsigned     typed_start, typed_count;
    uint64_t     bytes_out, bytes_in;

    /* Takes text; returns how many bytes it could. Whoever took less than was offered calls
     * console_resume() later, when there is room again. */
    size_t (*sink)(void *context, const uint8_t *text, size_t bytes);
    void    *context;
};

void   console_init(struct console *c, const char *name, struct guest_memory *memory,
                    size_t (*sink)(void *, const uint8_t *, size_t), void *context);
size_t console_type(struct console *c, const uint8_t *bytes, size_t count);    /* how many fit */
void   console_resume(struct console *c);
void   console_resize(struct console *c, unsigned columns, unsigned rows);

#endif
