/* console.c - the console: what the guest prints, and what is typed. [5.3] >>console */
#include "console.h"

enum { RECEIVE, TRANSMIT, QUEUES };                     /* [5.3.2] */
enum { FEATURE_SIZE = 1 << 0, FEATURE_EMERG_WRITE = 1 << 2 };   /* [5.3.3] */
enum { COLUMNS = 0, ROWS = 2, EMERGENCY = 8, CONFIG_BYTES = 12 };    /* [5.3.4] */

/* ---- To the host ----------------------------------------------------------------------- */

/* The text of one request, piece by piece through a small buffer. False: the sink is full. */
static bool send_rest(struct console *c)
{
    uint8_t text[512];

    while (c->sent < c->sending.readable_bytes) {
        size_t bytes = chain_read(&c->sending, c->sent, text, sizeof text);
        size_t taken = c->sink(c->context, text, bytes);

        c->sent += taken;
        c->bytes_out += taken;
        if (taken < bytes)
            return false;
    }
    return true;
}

static void transmit(struct console *c)
{
    struct vdev *d = &c->vdev;

    while (vdev_is_live(d)) {
        if (!c->is_sending) {
            if (!virtqueue_next(d, TRANSMIT, &c->sending))
                return;
            if (c->sending.writable > 0) {
                vdev_broken(d, "a writable buffer in the transmit queue [5.3.6.1]");
                return;
            }
            c->is_sending = true;
            c->sent = 0;
        }
        if (!send_rest(c))
            return;
        c->is_sending = false;
        virtqueue_done(d, TRANSMIT, &c->sending, 0);
    }
}

void console_resume(struct console *c)
{
    transmit(c);
}

/* ---- To the guest ---------------------------------------------------------------------- */

/* Typed bytes wait until the driver has made a buffer available; a buffer is given back with what
 * there is, however little: who types wants to see it. */
static void receive(struct console *c)
{
    struct vdev *d = &c->vdev;

    while (c->typed_count > 0 && virtqueue_next(d, RECEIVE, &c->receiving)) {
        uint32_t done = 0;

        if (c->receiving.readable > 0) {
            vdev_broken(d, "a readable buffer in the receive queue [5.3.6.1]");
            return;
        }
        while (c->typed_count > 0
               && chain_write(&c->receiving, done, &c->typed[c->typed_start], 1) == 1) {
            c->typed_start = (c->typed_start + 1) % CONSOLE_TYPED;
            c->typed_count--;
            done++;
        }
        c->bytes_in += done;
        virtqueue_done(d, RECEIVE, &c->receiving, done);
    }
}

size_t console_type(struct console *c, const uint8_t *bytes, size_t count)
{
    size_t done = 0;

    while (done < count && c->typed_count < CONSOLE_TYPED)
        c->typed[(c->typed_start + c->typed_count++) % CONSOLE_TYPED] = bytes[done++];
    receive(c);
    return done;
}

/* ---- The device ------------------------------------------------------------------------ */

static void notified(struct vdev *d, unsigned queue)
{
    if (queue == TRANSMIT)
        transmit((struct console *)d);
    else
        receive((struct console *)d);
}

/* The one register that prints when all else is lost, at any time, without a queue. [5.3.5.1] */
static void config_written(struct vdev *d, unsigned offset, unsigned width, uint32_t value)
{
    struct console *c = (struct console *)d;
    uint8_t letter = (uint8_t)value;

    (void)width;
    if (offset == EMERGENCY)
        c->bytes_out += c->sink(c->context, &letter, 1);
    else
        vdev_fault(d, "write to configuration at %u: only emerg_wr, at %d, is written [5.3.4]",
                   offset, EMERGENCY);
}

/* What the driver had asked for is nobody's any more; what was typed still waits. */
static void queue_reset(struct vdev *d, unsigned queue)
{
    if (queue == TRANSMIT)
        ((struct console *)d)->is_sending = false;
}

static void reset(struct vdev *d)
{
    queue_reset(d, TRANSMIT);
}

static const struct vdev_kind kind = {
    .name = "console", .id = 3, .pci_class = 0x078000, .queues = QUEUES, .queue_max = 64,
    .features = FEATURE_SIZE | FEATURE_EMERG_WRITE,
    .feature = { "SIZE", "MULTIPORT", "EMERG_WRITE" },
    .config_bytes = CONFIG_BYTES,
    .reset = reset, .queue_reset = queue_reset, .notified = notified,
    .config_written = config_written,
};

static void set_size(struct console *c, unsigned columns, unsigned rows)
{
    store_le16(&c->vdev.config[COLUMNS], (uint16_t)columns);
    store_le16(&c->vdev.config[ROWS], (uint16_t)rows);
}

void console_resize(struct console *c, unsigned columns, unsigned rows)
{
    set_size(c, columns, rows);
    vdev_config_changed(&c->vdev);
}

void console_init(struct console *c, const char *name, struct guest_memory *memory,
                  size_t (*sink)(void *, const uint8_t *, size_t), void *context)
{
    vdev_init(&c->vdev, &kind, name, memory);
    c->is_sending = false;
    c->typed_start = c->typed_count = 0;
    c->bytes_out = c->bytes_in = 0;
    c->sink = sink;
    c->context = context;
    set_size(c, 80, 25);
}
