/* order.c - rules of VirtIO 1.3, 2.7: the order of single accesses to shared memory. >>queue
 *
 * Two sides look at the same memory without a lock, and a CPU may let others see its accesses in
 * another order than its program has. So a driver says where the order matters [2.7.13]:
 *
 *      descriptors, tables, ring entry      what the device will read
 *          barrier (or a store-release)
 *      avail.idx                            from here on it may
 *          full barrier
 *      used.flags or avail_event            is it awake?
 *      notify                               wake it
 *          ...
 *      used.idx                             what came back?
 *          barrier (or a load-acquire)
 *      used element, buffer
 *
 * Only who runs a driver in the own process sees each of these; of a guest's CPU we see none, and
 * these rules are silent.
 */
#include "monitor.h"

#include <inttypes.h>
#include <string.h>

static const struct lint_rule rules[] = {
    { "INF-SPLIT-07", "2.7", "must", "a driver never stores into the used ring" },
    { "INF-EVIDX-03", "2.7.6", "must", "used_event is written if EVENT_IDX was accepted" },
    { "INF-EVIDX-04", "2.7.8", "must", "avail_event is looked at if EVENT_IDX was accepted" },
    { "SPLIT-12", "2.7.8.3", "SHOULD", "bytes of a buffer after those written are not looked at" },
    { "SPLIT-14", "2.7.10.1", "MUST", "avail_event is ignored if EVENT_IDX was not accepted" },
    { "INF-SPLIT-22", "2.7.13", "must", "avail.idx grows by the number of heads stored" },
    { "INF-SPLIT-23", "2.7.13", "must", "descriptors and ring entry are stored before avail.idx" },
    { "INF-SPLIT-24", "2.7.13", "must", "a barrier stands between avail.idx and notification" },
    { "SPLIT-17", "2.7.13.3.1", "MUST", "a barrier stands before avail.idx" },
    { "SPLIT-18", "2.7.13.4.1", "MUST", "a full barrier stands before the load of used.flags" },
    { "INF-SPLIT-29", "2.7.14", "must", "used.idx is loaded again after interrupts were wanted" },
    { "INF-SPLIT-30", "2.7.14", "must", "a barrier stands between used.idx and used element" },
    { .id = NULL },
};

enum { FLAGS = 0, IDX = 2, RING = 4, USED_ELEMENT = 8 };                /* [2.7.6] [2.7.8] */
enum { PIECES = 128, STORES = 128 };    /* remembered; of more, the oldest are forgotten */

/* What is still without order in one queue. A barrier settles it. */
struct unsettled {
    bool     written;                   /* descriptors, ring entries, or what may be a table */
    bool     offered;                   /* avail.idx */
    bool     seen;                      /* used.idx was loaded */
    unsigned heads;                     /* ring entries stored since avail.idx was */
    enum { NO_WISH, WANTED, SETTLED } wish;     /* interrupts, since used.idx was loaded */
};

struct state {
    struct unsettled queue[VDEV_QUEUES];
    struct piece {                      /* of a buffer in flight, or what was not written of one */
        uint64_t at;
        uint64_t bytes;
        unsigned queue;
        uint16_t head;
        bool     is_writable, is_back;
    } piece[PIECES];
    unsigned pieces;
    struct {
        uint64_t at;
        unsigned bytes;
    } store[STORES];                    /* since avail.idx was stored last */
    unsigned stores;
};

static struct state *state_of(const struct lint_device *d)
{
    return d->state[LINT_ORDER];
}

static bool meet(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a < b ? b - a < a_bytes : a - b < b_bytes;
}

/* ---- Buffers: whose are they? [2.7.13.3] [2.7.8.3] ------------------------------------------- */

/* Forgets the pieces of no bytes. */
static void sweep(struct state *s)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < s->pieces; i++)
        if (s->piece[i].bytes > 0)
            s->piece[kept++] = s->piece[i];
    s->pieces = kept;
}

static void add_piece(struct state *s, const struct lint_chain *c, const struct lint_descriptor *x)
{
    for (unsigned i = 0; i < s->pieces; i++)
        if (s->piece[i].is_back && meet(s->piece[i].at, s->piece[i].bytes, x->address, x->bytes))
            s->piece[i].bytes = 0;
    if (s->pieces == PIECES)
        s->piece[0].bytes = 0;
    sweep(s);
    s->piece[s->pieces++] = (struct piece){ x->address, x->bytes, c->queue, c->head,
                                            (x->flags & 2) != 0, false };
}

/* Was this stored to after avail.idx said that it is ready? */
static bool was_stored(const struct state *s, uint64_t at, uint64_t bytes)
{
    for (unsigned i = 0; i < s->stores; i++)
        if (meet(s->store[i].at, s->store[i].bytes, at, bytes))
            return true;
    return false;
}

static void say_late(struct lint_device *d, unsigned queue, const char *what, uint64_t at)
{
    lint_say_queue(d, queue, "INF-SPLIT-23", "%s at 0x%" PRIx64 " after avail.idx", what, at);
    lint_say_queue(d, queue, "SPLIT-17", "%s at 0x%" PRIx64 " after avail.idx", what, at);
}

static void request(struct lint_device *d, const struct lint_chain *c)
{
    struct state *s = state_of(d);
    const uint64_t table = d->vdev->queue[c->queue].area[AREA_DESCRIPTORS];

    if (was_stored(s, table + 16 * (uint64_t)c->last, 16))
        say_late(d, c->queue, "a descriptor", table + 16 * (uint64_t)c->last);
    if (c->entries > 0 && was_stored(s, c->table, 16 * (uint64_t)c->entries))
        say_late(d, c->queue, "a table", c->table);
    for (unsigned i = 0; i < c->count; i++) {
        const struct lint_descriptor *x = &c->at[i];

        if (!x->in_table && was_stored(s, table + 16 * (uint64_t)x->index, 16))
            say_late(d, c->queue, "a descriptor", table + 16 * (uint64_t)x->index);
        if (was_stored(s, x->address, x->bytes))
            lint_say_queue(d, c->queue, "INF-SPLIT-28", "a store to the buffer at 0x%" PRIx64,
                           x->address);
        add_piece(s, c, x);
    }
}

/* What was not written is still nothing that the driver knows. */
static void answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written)
{
    struct state *s = state_of(d);
    uint64_t left = written;

    for (unsigned i = 0; i < s->pieces; i++) {
        struct piece *p = &s->piece[i];
        const uint64_t n = !p->is_writable ? p->bytes : left < p->bytes ? left : p->bytes;

        if (p->is_back || p->queue != queue || p->head != head)
            continue;
        p->is_back = true;
        p->at += n;
        p->bytes -= n;
        left -= p->is_writable ? n : 0;
    }
    sweep(s);
}

static void touch_pieces(struct lint_device *d, uint64_t at, unsigned bytes, bool is_store)
{
    struct state *s = state_of(d);

    for (unsigned i = 0; i < s->pieces; i++) {
        struct piece *p = &s->piece[i];

        if (!meet(p->at, p->bytes, at, bytes))
            continue;
        if (!p->is_back && (is_store || p->is_writable))
            lint_say_queue(d, p->queue, "INF-SPLIT-28", "a %s at 0x%" PRIx64 ", head %u is out",
                           is_store ? "store" : "load", at, p->head);
        else if (p->is_back && is_store)
            p->bytes = 0;               /* from here on it is something else */
        else if (p->is_back)
            lint_say_queue(d, p->queue, "SPLIT-12", "a load at 0x%" PRIx64 ", not written", at);
    }
    sweep(s);
}

/* ---- Stores ---------------------------------------------------------------------------------- */

static void store_idx(struct lint_device *d, unsigned queue, uint16_t value, bool release)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    struct unsettled *u = &state_of(d)->queue[queue];
    const uint16_t step = (uint16_t)(value - load_le16(q->at[AREA_AVAILABLE] + IDX));

    if (u->written && !release)
        lint_say_queue(d, queue, "SPLIT-17", "avail.idx = %u, a plain store", value);
    if (step != u->heads)
        lint_say_queue(d, queue, "INF-SPLIT-22", "%u heads, avail.idx grows by %u", u->heads, step);
    u->offered = true;
    u->heads = 0;
    state_of(d)->stores = 0;
}

/* Is an entry of the ring one that the device may be looking at? */
static bool is_offered(const struct virtqueue *q, unsigned slot)
{
    const uint16_t idx = load_le16(q->at[AREA_AVAILABLE] + IDX);

    return ((slot - q->next_available) & (q->size - 1u)) < (uint16_t)(idx - q->next_available);
}

static void store_available(struct lint_device *d, unsigned queue, uint32_t at, uint16_t value,
                            bool release)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    struct unsettled *u = &state_of(d)->queue[queue];
    const bool by_event = (d->vdev->accepted & FEATURE_EVENT_IDX) != 0;
    const unsigned slot = (at - RING) / 2;

    if (at == IDX)
        store_idx(d, queue, value, release);
    else if (at >= RING && slot < q->size) {
        if (is_offered(q, slot))
            say_late(d, queue, "a ring entry", q->area[AREA_AVAILABLE] + at);
        u->heads++;
        u->written = true;
    } else if (at >= RING && !by_event)
        lint_say_queue(d, queue, "INF-EVIDX-03", "used_event = %u", value);
    else if (by_event == (at >= RING))
        u->wish = by_event || !(value & 1) ? WANTED : NO_WISH;
}

static void store(struct lint_device *d, uint64_t address, unsigned bytes, uint64_t value,
                  bool release)
{
    struct state *s = state_of(d);

    for (unsigned i = 0; d->vdev != NULL && i < VDEV_QUEUES; i++) {
        const struct virtqueue *q = &d->vdev->queue[i];
        const uint64_t in_available = address - q->area[AREA_AVAILABLE];

        if (!q->enabled)
            continue;
        if (address - q->area[AREA_USED] < 6 + (uint64_t)USED_ELEMENT * q->size)
            lint_say_queue(d, i, "INF-SPLIT-07", "%u bytes at 0x%" PRIx64, bytes, address);
        else if (in_available < 6 + 2 * (uint64_t)q->size)
            store_available(d, i, (uint32_t)in_available, (uint16_t)value, release);
        else
            s->queue[i].written = true;
    }
    if (d->vdev == NULL)
        return;
    touch_pieces(d, address, bytes, true);
    s->store[s->stores % STORES].at = address;
    s->store[s->stores % STORES].bytes = bytes;
    s->stores += s->stores < STORES;
}

/* ---- Loads and barriers ---------------------------------------------------------------------- */

static void load_used(struct lint_device *d, unsigned queue, uint64_t at, bool acquire)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    struct unsettled *u = &state_of(d)->queue[queue];
    const bool is_event = at >= RING + (uint64_t)USED_ELEMENT * q->size;
    const bool by_event = (d->vdev->accepted & FEATURE_EVENT_IDX) != 0;

    if (at == IDX) {
        if (u->wish == WANTED)
            lint_say_queue(d, queue, "INF-SPLIT-29", "no barrier before used.idx, %s",
                           by_event ? "used_event was stored" : "avail.flags was");
        u->wish = NO_WISH;
        u->seen = !acquire;
    } else if (at >= RING && !is_event && u->seen)
        lint_say_queue(d, queue, "INF-SPLIT-30", "offset %u, used.idx was a plain load",
                       (unsigned)at);
    else if (is_event && !by_event) {
        lint_say_queue(d, queue, "INF-EVIDX-04", "offset %u", (unsigned)at);
        lint_say_queue(d, queue, "SPLIT-14", "offset %u", (unsigned)at);
    }
    if (u->offered && (is_event || at == FLAGS))
        lint_say_queue(d, queue, "SPLIT-18", "%s, no barrier since avail.idx",
                       is_event ? "avail_event" : "used.flags");
}

static void load(struct lint_device *d, uint64_t address, unsigned bytes, bool acquire)
{
    for (unsigned i = 0; d->vdev != NULL && i < VDEV_QUEUES; i++) {
        const struct virtqueue *q = &d->vdev->queue[i];

        if (q->enabled && address - q->area[AREA_USED] < 6 + (uint64_t)USED_ELEMENT * q->size)
            load_used(d, i, address - q->area[AREA_USED], acquire);
    }
    if (d->vdev != NULL)
        touch_pieces(d, address, bytes, false);
}

static void barrier(struct lint_device *d)
{
    for (unsigned i = 0; i < VDEV_QUEUES; i++) {
        struct unsettled *u = &state_of(d)->queue[i];

        u->written = u->offered = u->seen = false;
        u->wish = u->wish == WANTED ? SETTLED : u->wish;
    }
}

/* ---- What happens ---------------------------------------------------------------------------- */

/* Whoever reads why there was an interrupt has waited for one. */
static void access(struct lint_device *d, const struct lint_access *a)
{
    if (a->is_write && a->reg == REG_NOTIFY && a->queue < VDEV_QUEUES
        && state_of(d)->queue[a->queue].offered)
        lint_say_queue(d, a->queue, "INF-SPLIT-24", "no barrier between avail.idx and %s", a->name);
    for (unsigned i = 0; i < VDEV_QUEUES && a->reg == REG_ISR; i++)
        if (state_of(d)->queue[i].wish != NO_WISH)
            lint_say_queue(d, i, "INF-SPLIT-29", "%s is read, used.idx was not", a->name);
}

const struct lint_area lint_order = {
    .name = "order", .rules = rules, .state = sizeof(struct state), .access = access,
    .request = request, .answer = answer, .store = store, .load = load,
    .barrier = barrier,
};
