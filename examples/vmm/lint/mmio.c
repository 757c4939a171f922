/* mmio.c - rules of VirtIO 1.3, 4.2: a window of registers, and who may do what with it.
 *
 * The functions follow the chapter. Each is a list of duties: what they are called, whether this
 * access breaks them, and what it is seen by. */
#include "monitor.h"

#include <stddef.h>

static const struct lint_rule rules[] = {
    { "INF-MMIO-02", "4.2.2", "must", "registers are little-endian" },
    { "INF-MMIO-03", "4.2.2", "must", "before FEATURES_OK both words of features are written" },
    { "INF-MMIO-04", "4.2.2", "must", "QueueSel is written before registers of a queue are used" },
    { "INF-MMIO-05", "4.2.2", "must", "a queue whose QueueSizeMax is 0 is left alone" },
    { "INF-MMIO-06", "4.2.2", "must", "both halves of each queue address are written" },
    { "INF-MMIO-07", "4.2.2", "must", "fields read while ConfigGeneration changed are read again" },
    { "INF-MMIO-08", "4.2.2", "must", "SHMSel is written before SHMLen and SHMBase are read" },
    { "INF-MMIO-09", "4.2.2", "must", "QueueReset is used only with RING_RESET" },
    { "INF-MMIO-10", "4.2.2", "must", "QueueReady is written with 0 or 1" },
    { "MMIO-01", "4.2.2.2", "MUST NOT", "only described registers and fields are accessed" },
    { "MMIO-02", "4.2.2.2", "MUST NOT", "registers that are only read are not written" },
    { "MMIO-03", "4.2.2.2", "MUST NOT", "registers that are only written are not read" },
    { "MMIO-04", "4.2.2.2", "MUST", "registers are accessed with 32 bits, aligned" },
    { "MMIO-05", "4.2.2.2", "MUST", "fields of 8 bits are accessed with 8 bits" },
    { "MMIO-06", "4.2.2.2", "MUST", "fields of 16 bits are accessed with 16 bits, aligned" },
    { "MMIO-07", "4.2.2.2", "MUST", "fields of 32 and 64 bits are accessed with 32 bits, aligned" },
    { "MMIO-08", "4.2.2.2", "MUST", "a window with another MagicValue is left alone" },
    { "MMIO-09", "4.2.2.2", "MUST", "a window whose Version is not 2 is left alone" },
    { "MMIO-10", "4.2.2.2", "MUST", "a window whose DeviceID is 0 is left alone" },
    { "MMIO-12", "4.2.2.2", "MUST", "DeviceFeaturesSel is written before DeviceFeatures is read" },
    { "MMIO-13", "4.2.2.2", "MUST", "DriverFeaturesSel is written before DriverFeatures is" },
    { "MMIO-14", "4.2.2.2", "MUST", "QueueSize is at most what QueueSizeMax says" },
    { "MMIO-15", "4.2.2.2", "MUST NOT", "a queue's size and addresses rest while QueueReady is 1" },
    { "MMIO-16", "4.2.2.2", "MUST", "a queue is stopped by 0 in QueueReady, which is read back" },
    { "MMIO-17", "4.2.2.2", "MUST", "undefined bits of InterruptStatus are ignored" },
    { "MMIO-18", "4.2.2.2", "MUST", "InterruptACK gets the events handled, and no others" },
    { "MMIO-19", "4.2.2.2", "MUST NOT", "only bits 0 and 1 are written to InterruptACK" },
    { "MMIO-20", "4.2.2.2", "MUST NOT", "the reset of a queue is over when QueueReset reads 0" },
    { "MMIO-21", "4.2.2.2", "MAY", "after QueueReset a queue is set up again, then made ready" },
    { "MMIO-22", "4.2.3.1.1", "MUST", "a driver begins with reading MagicValue and Version" },
    { "MMIO-23", "4.2.3.1.1", "MUST", "DeviceID is what is read next" },
    { "MMIO-24", "4.2.3.1.1", "MUST", "a device whose DeviceID is 0 is not initialised" },
    { "MMIO-25", "4.2.3.1.1", "MUST NOT", "behind a DeviceID of 0 no register is accessed" },
    { "MMIO-26", "4.2.3.1.1", "MUST NOT", "shared memory that nobody expects is not asked for" },
    { "INF-MMIO-11", "4.2.3.2", "should", "QueueReady reads 0 before a queue is set up" },
    { "INF-MMIO-12", "4.2.3.2", "must", "the order is QueueSizeMax, QueueSize, addresses, ready" },
    { "INF-MMIO-13", "4.2.3.2", "must", "the memory of a queue is zero before QueueReady is set" },
    { "INF-MMIO-14", "4.2.3.3", "must", "QueueNotify gets the index of a queue, and nothing else" },
    { "INF-MMIO-15", "4.2.3.3", "must", "with NOTIFICATION_DATA avail.idx is above the index" },
    { "MMIO-28", "4.2.3.4.1", "MUST", "InterruptStatus is read to learn the cause" },
    { "MMIO-30", "4.2.3.4.1", "MUST", "an interrupt that was handled is acknowledged" },
    { "INF-MMIO-16", "4.2.4", "must", "the registers of Version 1 are not used" },
    { "INF-MMIO-17", "4.2.5", "must", "ADMIN_VQ is not accepted over MMIO" },
    { .id = NULL },
};

#define NOTIFICATION_DATA (UINT64_C(1) << 38)
enum { ADMIN_VQ = 1 << (41 - 32), MAGIC = 0x74726976 };

/* How far the set-up of a queue is. [4.2.3.2] */
struct progress {
    bool ready_read, max_read, size_written;
    bool stopping, resetting;           /* 0 in QueueReady, 1 in QueueReset: not read back */
    bool was_reset;                     /* by QueueReset */
    unsigned halves;                    /* of the three addresses that were written, a bit each */
};

/* What is remembered of a window: for ever, and until the next reset. */
struct window {
    unsigned known;                     /* bits 0 to 2: MagicValue, Version, DeviceID were read, */
    uint32_t identity[3];               /* and what they were */
    struct {
        bool     device_select, driver_select, queue_select, shm_select;    /* were written */
        unsigned words;                 /* of DriverFeatures that were written, a bit each */
        bool     fields_read, is_torn;  /* since ConfigGeneration was read; it changed meanwhile */
        uint32_t generation;
        bool     status_read;           /* InterruptStatus, with something to acknowledge: */
        uint32_t shown, unknown;        /* its bits that wait for that, and undefined ones */
        uint32_t acknowledged;          /* once or more */
        struct progress queue[VDEV_QUEUES];
    } life;
};

struct duty {
    const char *id;
    bool        is_broken;
    const char *by;                     /* what else was seen, */
    uint64_t    number;                 /* and how much of it */
};

static bool is_of_queue(const struct lint_access *a)
{
    return a->reg == REG_QUEUE_MAX || a->reg == REG_QUEUE_SIZE || a->reg == REG_QUEUE_ENABLE
        || a->reg == REG_QUEUE_RESET || (a->reg >= REG_QUEUE_DESC && a->reg <= REG_QUEUE_DEVICE);
}

/* Speaks of those that this access breaks; the list ends with an empty one. */
static bool judge(struct lint_device *d, const struct lint_access *a, const struct duty *duty)
{
    bool any = false;

    for (; duty->id != NULL; duty++)
        if (duty->is_broken) {
            lint_say_queue(d, is_of_queue(a) ? a->queue : UINT32_MAX, duty->id,
                           "%s of %s at +0x%03x, 0x%x; %s 0x%x", a->is_write ? "write" : "read",
                           a->name, a->offset, (unsigned)a->value, duty->by,
                           (unsigned)duty->number);
            any = true;
        }
    return any;
}

#define JUDGE(d, a, ...) judge(d, a, (const struct duty[]){ __VA_ARGS__, { .id = NULL } })

/* ---- Who is there? [4.2.3.1] ----------------------------------------------------------------- */

/* With nobody to speak to, all that a driver does is wrong in the same way. */
static bool is_nobody(struct lint_device *d, const struct window *w, const struct lint_access *a)
{
    const bool stranger = (w->known & 1) && w->identity[0] != MAGIC;
    const bool other = !stranger && (w->known & 2) && w->identity[1] != 2;
    const bool empty = !stranger && !other && (w->known & 4) && w->identity[2] == 0;

    return JUDGE(d, a,
        { "MMIO-08", stranger, "MagicValue is", w->identity[0] },
        { "MMIO-09", other, "Version is", w->identity[1] },
        { "INF-MMIO-16", other && (a->offset == 0x28 || a->offset == 0x3c || a->offset == 0x40),
          "Version is", w->identity[1] },
        { "MMIO-10", empty, "DeviceID is", 0 },
        { "MMIO-25", empty, "DeviceID is", 0 },
        { "MMIO-24", empty && a->is_write && a->reg == REG_STATUS, "DeviceID is", 0 });
}

/* A driver asks a window once who is there, and may remember it for ever. */
static void ask(struct lint_device *d, const struct window *w, const struct lint_access *a)
{
    JUDGE(d, a,
        { "MMIO-22", (w->known & 3) != 3, "read before, by bit:", w->known },
        { "MMIO-23", w->known == 3, "read before, by bit:", w->known });
}

/* ---- Where, how wide, which way [4.2.2.2] ---------------------------------------------------- */

static bool is_right(struct lint_device *d, const struct lint_access *a)
{
    const bool is_field = a->reg == REG_CONFIG, misfits = a->bytes != 0 && !a->is_exact;
    const bool is_register = !is_field && a->is_exact;
    const bool read_only = a->offset < 0x14 || a->reg == REG_QUEUE_MAX || a->reg == REG_ISR
                        || a->reg == REG_GENERATION || (a->reg == REG_SHM && a->offset > 0xac);
    const bool both_ways = a->reg == REG_STATUS || a->reg == REG_QUEUE_ENABLE
                        || a->reg == REG_QUEUE_RESET;

    return !JUDGE(d, a,
        { "MMIO-01", a->bytes == 0, "bytes:", a->width },
        { "MMIO-02", is_register && a->is_write && read_only, "bytes:", a->width },
        { "MMIO-03", is_register && !a->is_write && !read_only && !both_ways, "bytes:", a->width },
        { "MMIO-04", !is_field && misfits, "bytes:", a->width },
        { "MMIO-05", is_field && misfits && a->bytes == 1, "bytes:", a->width },
        { "MMIO-06", is_field && misfits && a->bytes == 2, "bytes:", a->width },
        { "MMIO-07", is_field && misfits && a->bytes == 4, "bytes:", a->width });
}

/* ---- Features, shared memory [4.2.2] --------------------------------------------------------- */

static void features(struct lint_device *d, struct window *w, const struct lint_access *a)
{
    const bool writes = a->reg == REG_DRIVER_FEATURES;
    const bool shared = a->reg == REG_SHM;

    w->life.device_select |= a->reg == REG_DEVICE_SELECT;
    w->life.driver_select |= a->reg == REG_DRIVER_SELECT;
    w->life.shm_select |= shared && a->is_write;
    if (writes && d->driver_select < 2)
        w->life.words |= 1u << d->driver_select;
    JUDGE(d, a,
        { "INF-MMIO-08", shared && !w->life.shm_select, "SHMSel written:", 0 },
        { "MMIO-12", a->reg == REG_DEVICE_FEATURES && !w->life.device_select,
          "DeviceFeaturesSel written:", 0 },
        { "MMIO-13", writes && !w->life.driver_select, "DriverFeaturesSel written:", 0 },
        { "MMIO-26", shared && d->vdev->kind->id != LINT_IS_GPU, "a device of type",
          d->vdev->kind->id },
        { "INF-MMIO-17", writes && d->driver_select == 1 && (a->value & ADMIN_VQ), "word", 1 });
}

static void status(struct lint_device *d, const struct window *w, const struct lint_access *a)
{
    const bool done = a->value & ~(uint64_t)d->vdev->status & STATUS_FEATURES_OK;

    JUDGE(d, a,
        { "INF-MMIO-02", a->value > 0xff, "at most", 0xff },
        { "INF-MMIO-03", done && w->life.words != 3, "words written, by bit:", w->life.words });
}

/* ---- Queues [4.2.2.2] [4.2.3.2] -------------------------------------------------------------- */

static const struct virtqueue *queue_at(const struct lint_device *d, uint32_t index)
{
    const struct vdev *v = d->vdev;

    return index < v->kind->queues && v->queue[index].max > 0 ? &v->queue[index] : NULL;
}

/* Used ring and avail.idx; a driver may have filled in the rest already. */
static bool is_zeroed(const struct guest_memory *m, const struct virtqueue *q)
{
    const uint32_t bytes = 4 + 8 * (uint32_t)q->size;
    const uint8_t *used = guest_range(m, q->area[AREA_USED], bytes);
    const uint8_t *available = guest_range(m, q->area[AREA_AVAILABLE], 4);
    uint32_t i = 0;

    while (used != NULL && i < bytes && used[i] == 0)
        i++;
    return (used == NULL || i == bytes) && (available == NULL || load_le16(available + 2) == 0);
}

static void make_ready(struct lint_device *d, const struct progress *p, const struct virtqueue *q,
                       const struct lint_access *a)
{
    JUDGE(d, a,
        { "INF-MMIO-06", !p->was_reset && p->halves != 0x3f, "written, by bit:", p->halves },
        { "MMIO-21", p->was_reset && p->halves != 0x3f, "written, by bit:", p->halves },
        { "INF-MMIO-12", p->halves == 0x3f && !p->size_written, "QueueSize written:", 0 },
        { "INF-MMIO-13", !is_zeroed(d->lint->memory, q), "used ring at", q->area[AREA_USED] });
}

/* Its size, or half an address. */
static void place(struct lint_device *d, struct progress *p, const struct virtqueue *q,
                  const struct lint_access *a)
{
    const bool is_size = a->reg == REG_QUEUE_SIZE;

    JUDGE(d, a,
        { "MMIO-14", is_size && a->value > q->max, "QueueSizeMax is", q->max },
        { "MMIO-15", q->enabled, "QueueReady is", 1 },
        { "INF-MMIO-11", !p->ready_read, "QueueReady found 0:", 0 },
        { "INF-MMIO-12", is_size && !p->max_read, "QueueSizeMax read:", 0 },
        { "INF-MMIO-12", !is_size && !p->size_written, "QueueSize written:", 0 });
    p->size_written |= is_size;
    if (!is_size)
        p->halves |= 1u << (2 * (a->reg - REG_QUEUE_DESC) + a->half);
}

/* What was asked to stop or to start over is over when the register says so. */
static void wait(struct lint_device *d, struct progress *p, const struct lint_access *a)
{
    const bool reads_ready = a->reg == REG_QUEUE_ENABLE && !a->is_write;
    const bool is_reset = a->reg == REG_QUEUE_RESET;

    JUDGE(d, a,
        { "MMIO-16", p->stopping && !reads_ready, "QueueReady read back:", 0 },
        { "MMIO-20", p->resetting && a->is_write && !is_reset, "QueueReset read back:", 0 });
    p->stopping = false;
    if (is_reset && a->is_write)
        *p = (struct progress){ .ready_read = true, .max_read = p->max_read, .resetting = true,
                                .was_reset = true };
    else if (is_reset)
        p->resetting &= a->value != 0;
}

static void queue(struct lint_device *d, struct window *w, const struct lint_access *a)
{
    const struct virtqueue *q = queue_at(d, a->queue);
    struct progress *p = q != NULL ? &w->life.queue[a->queue] : NULL;
    const bool is_ready = a->reg == REG_QUEUE_ENABLE, is_reset = a->reg == REG_QUEUE_RESET;

    JUDGE(d, a,
        { "INF-MMIO-04", !w->life.queue_select, "QueueSel written:", 0 },
        { "INF-MMIO-05", q == NULL && a->is_write && a->value != 0, "QueueSizeMax is", 0 },
        { "INF-MMIO-09", is_reset && !(d->vdev->accepted & FEATURE_RING_RESET), "accepted:", 0 },
        { "INF-MMIO-10", is_ready && a->is_write && a->value > 1, "at most", 1 });
    if (q == NULL)
        return;
    wait(d, p, a);
    p->max_read |= a->reg == REG_QUEUE_MAX;
    if (is_ready && !a->is_write)
        p->ready_read = a->value == 0;
    else if (is_ready && a->value == 0)
        p->stopping = q->enabled;
    else if (is_ready && !q->enabled)
        make_ready(d, p, q, a);
    else if (a->is_write && !is_ready && !is_reset)
        place(d, p, q, a);
}

static void notify(struct lint_device *d, const struct lint_access *a)
{
    const struct virtqueue *q = queue_at(d, (uint16_t)a->value);
    const bool has_data = (d->vdev->accepted & NOTIFICATION_DATA) != 0;
    const uint8_t *at = q == NULL ? NULL
                      : guest_range(d->lint->memory, q->area[AREA_AVAILABLE], 4);
    const uint16_t index = at != NULL ? load_le16(at + 2) : 0;
    const uint16_t since = (uint16_t)(index - (a->value >> 16));    /* made by another CPU */

    JUDGE(d, a,
        { "INF-MMIO-14", !has_data && (a->value > 0xffff || q == NULL), "queues:",
          d->vdev->kind->queues },
        { "INF-MMIO-15", has_data && (q == NULL || since > q->size), "avail.idx is", index });
}

/* ---- Interrupts [4.2.3.4]: a driver that polls has none, and acknowledges none. -------------- */

static void acknowledge(struct lint_device *d, struct window *w, const struct lint_access *a)
{
    const uint32_t events = a->value & 3, others = (uint32_t)a->value & ~3u;
    const bool blind = events != 0 && !w->life.status_read;
    const bool guessed = !blind && (events & ~w->life.shown) != 0;

    JUDGE(d, a,
        { "MMIO-17", (others & w->life.unknown) != 0, "undefined:", w->life.unknown },
        { "MMIO-18", guessed, "InterruptStatus was", w->life.shown },
        { "MMIO-19", others != 0, "undefined:", others },
        { "MMIO-28", blind, "InterruptStatus read:", 0 },
        { "MMIO-30", guessed, "InterruptStatus was", w->life.shown });
    w->life.acknowledged |= events;
    w->life.shown &= ~events;
    w->life.status_read = w->life.shown != 0;
}

static void show(struct window *w, uint32_t value)
{
    w->life.status_read = true;
    w->life.shown |= value & 3;
    w->life.unknown = value & ~3u;
}

/* ---- Configuration [4.2.2] ------------------------------------------------------------------- */

static void configuration(struct window *w, const struct lint_access *a)
{
    const bool is_field = a->reg == REG_CONFIG;
    const bool changed = !is_field && w->life.generation != a->value;

    w->life.is_torn = !is_field && (w->life.is_torn || (w->life.fields_read && changed));
    w->life.fields_read = is_field;
    if (!is_field)
        w->life.generation = (uint32_t)a->value;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static void follow(struct lint_device *d, struct window *w, const struct lint_access *a)
{
    features(d, w, a);
    w->life.queue_select |= a->reg == REG_QUEUE_SELECT;
    if (is_of_queue(a))
        queue(d, w, a);
    else if (a->reg == REG_STATUS && a->is_write)
        status(d, w, a);
    else if (a->reg == REG_NOTIFY)
        notify(d, a);
    else if (a->reg == REG_ACK)
        acknowledge(d, w, a);
    else if (a->reg == REG_ISR)
        show(w, (uint32_t)a->value);
    else if (a->reg == REG_CONFIG || a->reg == REG_GENERATION)
        configuration(w, a);
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    struct window *w = d->state[LINT_MMIO];

    if (a->offset <= 8 && a->is_exact && !a->is_write && a->reg != REG_CONFIG) {
        w->known |= 1u << a->offset / 4;
        w->identity[a->offset / 4] = (uint32_t)a->value;
    } else if (!is_nobody(d, w, a)) {
        ask(d, w, a);
        if (d->vdev != NULL && is_right(d, a))
            follow(d, w, a);
    }
}

/* What was left undone. Who reads InterruptStatus handles interrupts, and acknowledges each event
 * at least once. */
static void over(struct lint_device *d)
{
    const struct window *w = d->state[LINT_MMIO];
    const uint32_t left = w->life.shown & ~w->life.acknowledged;

    for (unsigned n = 0; n < VDEV_QUEUES; n++)
        if (w->life.queue[n].stopping)
            lint_say_queue(d, n, "MMIO-16", "0 in QueueReady, and no read of it");
    if (left != 0) {
        lint_say(d, "MMIO-18", "InterruptStatus was 0x%x, of which 0x%x stays", left, left);
        lint_say(d, "MMIO-30", "InterruptStatus was 0x%x, of which 0x%x stays", left, left);
    }
    if (w->life.is_torn)
        lint_say(d, "INF-MMIO-07", "it became %u, and no field was read again", w->life.generation);
}

const struct lint_area lint_mmio = {
    .name = "mmio", .rules = rules, .transport = LINT_ON_MMIO, .state = sizeof(struct window),
    .kept = offsetof(struct window, life), .stray = access,
    .access = access, .over = over,
};
