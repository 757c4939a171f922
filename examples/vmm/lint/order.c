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
 * these rules are silent. But a guest is seen to offer a buffer that is out already.
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

enum { PIECES = 128, STORES = 128 };    /* remembered; of more, one is forgotten */

struct span {
    uint64_t at, bytes;
};

/* What is still to be ordered in one queue. */
struct pending {
    struct {                            /* until there is a barrier */
        bool written;                   /* descriptors, ring entries, or what may be a table */
        bool offered;                   /* avail.idx */
        bool seen;                      /* used.idx was loaded */
        bool wished;                    /* interrupts were asked for */
    } loose;
    bool        waits;                  /* they were, and used.idx was not loaded since */
    uint16_t    known;                  /* used.idx as it was loaded last */
    unsigned    heads, stores;          /* ring entries, and all, since avail.idx was stored; */
    struct span store[STORES];          /* before the queue is enabled, since the last barrier */
};

struct state {
    struct pending queue[VDEV_QUEUES];
    struct piece {                      /* of a buffer in flight, or what was not written of one */
        struct span at;
        unsigned    queue;
        uint16_t    head;
        bool        is_writable, is_back;
    } piece[PIECES];
    unsigned pieces;
};

static struct state *state_of(const struct lint_device *d)
{
    return d->state[LINT_ORDER];
}

static struct pending *pending(const struct lint_device *d)
{
    return &state_of(d)->queue[d->queue];
}

static bool meet(struct span a, struct span b)
{
    return a.at < b.at ? b.at - a.at < a.bytes : a.bytes > 0 && a.at - b.at < b.bytes;
}

/* ---- Buffers: whose are they? [2.7.13.3] [2.7.8.3] ------------------------------------------- */

/* A buffer that is out may be out once more if nobody writes to it. */
static void add_piece(struct lint_device *d, const struct lint_chain *c,
                      const struct lint_descriptor *x)
{
    const struct piece new = { { x->address, x->bytes }, c->queue, c->head, x->flags & WRITE, 0 };
    struct state *s = state_of(d);
    unsigned place = s->pieces;

    for (unsigned i = 0; i < s->pieces; i++) {
        struct piece *p = &s->piece[i];
        const bool meets = meet(p->at, new.at), is_read = !p->is_writable && !new.is_writable;
        const bool is_same = p->queue == new.queue && p->head == new.head;

        ASKF(d, !meets || p->is_back || is_same || is_read, "INF-SPLIT-28",
             "%u bytes at 0x%" PRIx64 " are out with head %u of queue %u", x->bytes, x->address,
             p->head, p->queue);
        if (meets && p->is_back)
            p->at.bytes = 0;
        if (p->at.bytes == 0)
            place = i;
    }
    s->pieces += place == s->pieces && place < PIECES;
    s->piece[place % PIECES] = new;
}

/* Nothing was stored there after avail.idx said that it is ready. */
static bool is_in_time(const struct lint_device *d, uint64_t at, uint64_t bytes)
{
    const struct pending *u = pending(d);

    for (unsigned i = 0; i < u->stores && i < STORES; i++)
        if (meet(u->store[i], (struct span){ at, bytes }))
            return false;
    return true;
}

/* A late store has no barrier before avail.idx. */
static void ask_in_time(struct lint_device *d, bool truth, const char *what, uint64_t at)
{
    ASKF(d, truth, "INF-SPLIT-23", "%s at 0x%" PRIx64 " after avail.idx", what, at);
    ASKF(d, truth, "SPLIT-17", "%s at 0x%" PRIx64 " after avail.idx", what, at);
}

static void check_descriptor(struct lint_device *d, uint64_t index)
{
    const uint64_t at = d->vdev->queue[d->queue].area[AREA_DESCRIPTORS] + DESCRIPTOR * index;

    ask_in_time(d, is_in_time(d, at, DESCRIPTOR), "a descriptor", at);
}

static void request(struct lint_device *d, const struct lint_chain *c)
{
    check_descriptor(d, c->last);       /* which may name a table */
    ask_in_time(d, is_in_time(d, c->table, DESCRIPTOR * (uint64_t)c->entries), "a table",
                c->table);
    for (unsigned i = 0; i < c->count; i++) {
        const struct lint_descriptor *x = &c->at[i];

        if (!x->in_table)
            check_descriptor(d, x->index);
        ASKF(d, is_in_time(d, x->address, x->bytes), "INF-SPLIT-28",
             "a store to the buffer at 0x%" PRIx64, x->address);
        add_piece(d, c, x);
    }
}

/* What was not written is still nothing that the driver knows. */
static void answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written)
{
    struct state *s = state_of(d);

    for (struct piece *p = s->piece; p < s->piece + s->pieces; p++) {
        const uint64_t all = p->at.bytes, known = p->is_writable && written < all ? written : all;

        if (p->is_back || p->queue != queue || p->head != head)
            continue;
        p->is_back = true;
        p->at = (struct span){ p->at.at + known, all - known };
        written -= p->is_writable ? (uint32_t)known : 0;
    }
}

static void touch_pieces(struct lint_device *d, const struct lint_touch *t)
{
    const bool is_store = t->kind == LINT_STORE;
    struct state *s = state_of(d);

    for (struct piece *p = s->piece; p < s->piece + s->pieces; p++) {
        if (p->queue != d->queue || !meet(p->at, (struct span){ t->at, t->bytes }))
            continue;
        ASKF(d, p->is_back || !(is_store || p->is_writable), "INF-SPLIT-28",
             "a %s at 0x%" PRIx64 ", head %u is out", is_store ? "store" : "load", t->at, p->head);
        ASKF(d, !p->is_back || is_store, "SPLIT-12", "a load at 0x%" PRIx64 ", not written", t->at);
        if (p->is_back && is_store)
            p->at.bytes = 0;            /* from here on it is something else */
    }
}

/* ---- The available ring [2.7.6] -------------------------------------------------------------- */

/* An entry that is offered already is one that the device may be looking at. */
static void store_available(struct lint_device *d, const struct lint_touch *t)
{
    const struct virtqueue *q = &d->vdev->queue[d->queue];
    const uint64_t offset = t->at - q->area[AREA_AVAILABLE], slot = (offset - RING) / 2;
    const uint16_t idx = load_le16(q->at[AREA_AVAILABLE] + IDX), step = (uint16_t)(t->value - idx);
    const uint16_t offered = (uint16_t)(idx - q->next_available);
    const bool by_event = lint_has(d, FEATURE_EVENT_IDX);
    struct pending *u = pending(d);

    if (offset == IDX) {
        ASKF(d, t->is_ordered || !u->loose.written, "SPLIT-17", "a plain store after idx %u", idx);
        ASKF(d, step == u->heads, "INF-SPLIT-22", "%u heads, idx grows by %u", u->heads, step);
        u->loose.offered = true;
        u->heads = u->stores = 0;
    } else if (offset >= RING && slot < q->size) {
        ask_in_time(d, ((slot - q->next_available) & (q->size - 1u)) >= offered, "an entry", t->at);
        u->heads++;
        u->loose.written = true;
    } else if (by_event == (offset >= RING))            /* used_event, or flags */
        u->waits = u->loose.wished = by_event || !(t->value & 1);
    else
        ASKF(d, offset < RING, "INF-EVIDX-03", "used_event = %u", (uint16_t)t->value);
}

/* ---- The used ring [2.7.8] ------------------------------------------------------------------- */

static void load_used(struct lint_device *d, const struct lint_touch *t)
{
    const struct virtqueue *q = &d->vdev->queue[d->queue];
    const uint64_t offset = t->at - q->area[AREA_USED];
    const bool is_event = offset >= RING + (uint64_t)USED_ELEMENT * q->size;
    const bool is_element = offset >= RING && !is_event, by_event = lint_has(d, FEATURE_EVENT_IDX);
    const uint16_t idx = load_le16(q->at[AREA_USED] + IDX);
    struct pending *u = pending(d);
    const uint16_t fresh = (uint16_t)(idx - u->known);
    const uint64_t ahead = ((offset - RING) / USED_ELEMENT - u->known) & (q->size - 1u);

    ASKF(d, !is_event || by_event, "INF-EVIDX-04", "a load at 0x%" PRIx64, t->at);
    ASKF(d, !is_event || by_event, "SPLIT-14", "a load at 0x%" PRIx64, t->at);
    ASKF(d, !is_element || !u->loose.seen, "INF-SPLIT-30", "used.idx was a plain load");
    ASKF(d, !is_element || ahead >= fresh, "INF-SPLIT-30", "used.idx %u, loaded as %u", idx,
         u->known);
    if (is_event || offset == FLAGS)
        ASKF(d, !u->loose.offered, "SPLIT-18", "0x%" PRIx64 ", no barrier since avail.idx", t->at);
    if (offset == IDX) {
        ASKF(d, !u->loose.wished, "INF-SPLIT-29", "no barrier before used.idx");
        u->waits = u->loose.wished = false;
        u->loose.seen = !t->is_ordered;
        u->known = idx;
    }
}

/* ---- What happens ---------------------------------------------------------------------------- */

static void touch(struct lint_device *d, const struct lint_touch *t)
{
    const struct virtqueue *q = &d->vdev->queue[d->queue];
    const bool in_used = q->enabled && lint_is_in(q, AREA_USED, t->at);
    struct pending *u = pending(d);

    touch_pieces(d, t);
    if (t->kind == LINT_BARRIER) {
        memset(&u->loose, 0, sizeof u->loose);
        u->stores = q->enabled ? u->stores : 0;
    } else if (t->kind == LINT_LOAD && in_used)
        load_used(d, t);
    else if (t->kind == LINT_STORE) {
        ASKF(d, !in_used, "INF-SPLIT-07", "%u bytes at 0x%" PRIx64, t->bytes, t->at);
        if (q->enabled && lint_is_in(q, AREA_AVAILABLE, t->at))
            store_available(d, t);
        else
            u->loose.written |= q->enabled && !in_used;
        u->store[u->stores++ % STORES] = (struct span){ t->at, t->bytes };
    }
}

/* The device has to see cleared rings when it sees that there are some. */
static void on_enable(struct lint_device *d)
{
    const struct virtqueue *q = &d->vdev->queue[d->queue];

    for (unsigned i = 0; i < AREAS; i++)
        ASKF(d, is_in_time(d, q->area[i], lint_part_bytes(q, i)),
             lint_by(d, "INF-PCI-34", "INF-MMIO-13"), "no barrier since a store to it");
    *pending(d) = (struct pending){ 0 };
}

/* A queue that was reset or stopped has given its buffers back. Whoever reads why there was an
 * interrupt has waited for one. */
static void access(struct lint_device *d, const struct lint_access *a)
{
    const bool is_over = !a->is_write && a->value == 0
                      && (a->reg == REG_QUEUE_RESET || a->reg == REG_QUEUE_ENABLE);
    struct state *s = state_of(d);

    if (a->reg == REG_NOTIFY && a->is_write && d->queue != LINT_NO_QUEUE)
        ASKF(d, !pending(d)->loose.offered, "INF-SPLIT-24", "no barrier since avail.idx");
    else if (a->reg == REG_QUEUE_ENABLE && a->is_write && a->value != 0
             && d->queue != LINT_NO_QUEUE && !d->vdev->queue[d->queue].enabled)
        on_enable(d);
    else if (is_over) {
        for (unsigned i = 0; i < s->pieces; i++)
            if (s->piece[i].queue == d->queue)
                s->piece[i].at.bytes = 0;
    } else if (a->reg == REG_ISR) {
        for (d->queue = 0; d->queue < VDEV_QUEUES; d->queue++)
            ASKF(d, !pending(d)->waits, "INF-SPLIT-29", "used.idx was not looked at");
        d->queue = LINT_NO_QUEUE;
    }
}

const struct lint_area lint_order = {
    .name = "order", .rules = rules, .state = sizeof(struct state), .access = access,
    .request = request, .answer = answer, .touch = touch,
};
