/* queue.c - rules of VirtIO 1.3, 2.6, 2.7 and 2.9: the shape of rings and chains. >>queue
 *
 * At each access to a device's registers this file looks at the device's rings, before the device
 * does: what was given back since the last look, then what was made available. Each new chain is
 * copied once, judged, and told to all areas (lint_request). Until it is given back (lint_answer)
 * nobody but the device may touch it: its descriptors are known by the head that owns them, and
 * what is in them and in its readable buffers by a digest.
 *
 *      look:   used.idx    --> answers     these descriptors are free again
 *              avail.idx   --> requests    walk, judge, own, digest
 *              the rest    --> is a notification due that does not come?
 */
#include "monitor.h"

#include <inttypes.h>
#include <string.h>

static const struct lint_rule rules[] = {
    { "QUEUE-04", "2.7.4.2", "MUST", "readable descriptors of a chain stand before writable ones" },
    { "QUEUE-05", "2.7.4.2", "SHOULD NOT", "a buffer has few descriptors, not many tiny ones" },
    { "SPLIT-04", "2.7.5.2", "MUST NOT", "a chain has at most 2^32 bytes" },
    { "SPLIT-05", "2.7.5.2", "MUST NOT", "a chain is no loop" },
    { "INF-SPLIT-09", "2.7.5", "must", "a descriptor names memory of the guest" },
    { "INF-SPLIT-10", "2.7.5", "must", "next is below the queue size" },
    { "INF-SPLIT-11", "2.7.5", "must", "flags of a descriptor are NEXT, WRITE and INDIRECT" },
    { "INDIR-01", "2.7.5.3.1", "MUST NOT", "INDIRECT stands only where INDIRECT_DESC was accepted" },
    { "INDIR-02", "2.7.5.3.1", "MUST NOT", "no INDIRECT inside an indirect table" },
    { "INDIR-03", "2.7.5.3.1", "MUST NOT", "a chain is no longer than the queue size" },
    { "INDIR-04", "2.7.5.3.1", "MUST NOT", "INDIRECT and NEXT never stand together" },
    { "INF-INDIR-01", "2.7.5.3", "must", "an indirect table has n * 16 bytes, n not 0" },
    { "INF-INDIR-02", "2.7.5.3", "must", "next in an indirect table is one of its entries" },
    { "INF-INDIR-03", "2.7.5.3", "must", "a chain in an indirect table has an end" },
    { "INF-INDIR-05", "2.7.5.3", "must", "an indirect table is memory of the guest" },
    { "INF-INDIR-06", "2.7.5.3", "should", "WRITE is clear where a table is named" },
    { "INF-INDIR-07", "2.7.5.3.2", "must", "an indirect descriptor is the last of its chain" },
    { "INF-SPLIT-15", "2.7.6", "must", "a ring entry is below the queue size" },
    { "SPLIT-08", "2.7.6.1", "MUST NOT", "avail.idx only moves forward" },
    { "INF-SPLIT-20", "2.7.13", "must", "a chain is made of free descriptors" },
    { "INF-SPLIT-21", "2.7.13", "must", "no more chains are out than the queue has descriptors" },
    { "INF-SPLIT-25", "2.7.13.1", "must", "a chain has at least one buffer" },
    { .id = NULL },
};

enum { NEXT = 1, WRITE = 2, INDIRECT = 4, DESCRIPTOR = 16 };            /* [2.7.5] */
enum { IDX = 2, RING = 4, USED_ELEMENT = 8 };                           /* [2.7.6] [2.7.8] */
enum { TINY_COUNT = 8, TINY_BYTES = 64 };       /* more buffers, fewer bytes each: QUEUE-05 */

#define FEATURE_PACKED (UINT64_C(1) << 34)

/* One queue, as far as we have seen it. */
struct ring {
    uint16_t avail, used;               /* the two indices */
    bool     is_lost;                   /* an index made no sense: nothing more is known */
    uint16_t owner[VIRTQUEUE_MAX];      /* by descriptor: head + 1 of a chain in flight, or 0 */
    uint8_t  early[VIRTQUEUE_MAX];      /* by head: given back before we saw that it was there */
};

struct state {
    struct ring ring[VDEV_QUEUES];
};

static struct ring *ring_of(const struct lint_device *d, unsigned queue)
{
    return &((struct state *)d->state[LINT_QUEUE])->ring[queue];
}

/* Acquire: what an index counts is there when the index is. */
static uint16_t load_index(const uint8_t *at)
{
    const uint16_t raw = __atomic_load_n((const uint16_t *)(const void *)at, __ATOMIC_ACQUIRE);

    return load_le16(&raw);
}

/* ---- One chain [2.7.5] ----------------------------------------------------------------------- */

#define SAY(d, c, id, text, ...) \
    lint_say_queue(d, (c)->queue, id, "head %u: " text, (c)->head, __VA_ARGS__)

static struct lint_descriptor copy_descriptor(const uint8_t *table, uint32_t index, bool in_table)
{
    uint8_t raw[DESCRIPTOR];

    memcpy(raw, table + (size_t)index * DESCRIPTOR, DESCRIPTOR);
    return (struct lint_descriptor){ load_le64(raw), load_le32(raw + 8), load_le16(raw + 12),
                                     load_le16(raw + 14), (uint16_t)index, in_table };
}

/* Every descriptor is below the size of its table, and none comes twice. */
static bool is_way_out(struct lint_device *d, const struct lint_chain *c, uint32_t index,
                       uint32_t entries, uint32_t steps)
{
    const bool in_table = c->entries > 0;

    if (index >= entries)
        SAY(d, c, in_table ? "INF-INDIR-02" : "INF-SPLIT-10", "next %u of %u", index, entries);
    else if (steps == entries) {
        SAY(d, c, "SPLIT-05", "%u steps, and no end", steps);
        if (in_table)
            SAY(d, c, "INF-INDIR-03", "%u entries, and no end", steps);
    } else
        return false;
    return true;
}

/* May the table that a descriptor names be followed? [2.7.5.3] */
static bool enter_table(struct lint_device *d, struct lint_chain *c,
                        const struct lint_descriptor *x)
{
    if (!(d->vdev->accepted & FEATURE_INDIRECT))
        SAY(d, c, "INDIR-01", "flags 0x%x", x->flags);
    else if (x->in_table)
        SAY(d, c, "INDIR-02", "entry %u, flags 0x%x", x->index, x->flags);
    else if (x->bytes == 0 || x->bytes % DESCRIPTOR != 0)
        SAY(d, c, "INF-INDIR-01", "%u bytes", x->bytes);
    else if (guest_range(d->lint->memory, x->address, x->bytes) == NULL)
        SAY(d, c, "INF-INDIR-05", "%u bytes at 0x%" PRIx64, x->bytes, x->address);
    else {
        c->table = x->address;
        c->entries = x->bytes / DESCRIPTOR;
        if (x->flags & WRITE)
            SAY(d, c, "INF-INDIR-06", "flags 0x%x", x->flags);
        if (x->flags & NEXT) {
            SAY(d, c, "INDIR-04", "flags 0x%x", x->flags);
            SAY(d, c, "INF-INDIR-07", "descriptor %u goes on with %u", x->index, x->next);
        }
        return true;
    }
    return false;
}

static bool add_buffer(struct lint_device *d, struct lint_chain *c,
                       const struct lint_descriptor *x)
{
    const bool in_ram = guest_range(d->lint->memory, x->address, x->bytes) != NULL;

    if (c->count == LINT_CHAIN) {
        SAY(d, c, "INDIR-03", "more than %u descriptors", c->count);
        return false;
    }
    if (c->count == 0 && x->address == 0 && x->bytes == 0 && x->flags == 0)
        SAY(d, c, "INF-SPLIT-25", "an empty descriptor%s", "");
    else if (!in_ram)
        SAY(d, c, "INF-SPLIT-09", "%u bytes at 0x%" PRIx64, x->bytes, x->address);
    if (x->flags & WRITE)
        c->writable += x->bytes;
    else
        c->readable += x->bytes;
    if (!(x->flags & WRITE) && c->writable > 0)
        SAY(d, c, "QUEUE-04", "buffer %u is readable, those before it are not", c->count);
    c->is_sound = c->is_sound && in_ram;
    c->at[c->count++] = *x;
    return true;
}

/* From the head on to the descriptor without NEXT: false if there is none. As many steps as the
 * ring has descriptors, and as a table has entries, are the most that there can be. */
static bool follow(struct lint_device *d, struct lint_chain *c)
{
    const struct virtqueue *q = &d->vdev->queue[c->queue];
    const uint8_t *table = q->at[AREA_DESCRIPTORS];
    uint32_t entries = q->size, steps = 0, index = c->head;
    struct lint_descriptor x;

    do {
        if (is_way_out(d, c, index, entries, steps++))
            return false;
        x = copy_descriptor(table, index, c->entries > 0);
        index = x.next;
        if (!x.in_table)
            c->last = x.index;
        if (x.flags & ~(NEXT | WRITE | INDIRECT))
            SAY(d, c, "INF-SPLIT-11", "flags 0x%x", x.flags);
        if (x.flags & INDIRECT) {
            if (!enter_table(d, c, &x))
                return false;
            table = guest_range(d->lint->memory, x.address, x.bytes);
            entries = c->entries;
            index = steps = 0;
            x.flags = NEXT;
        } else if (!add_buffer(d, c, &x))
            return false;
    } while (x.flags & NEXT);
    return true;
}

static void walk(struct lint_device *d, struct lint_chain *c, unsigned queue, uint16_t head)
{
    const uint16_t size = d->vdev->queue[queue].size;
    uint64_t bytes;

    c->queue = queue;
    c->head = c->last = head;
    c->table = c->readable = c->writable = 0;
    c->entries = c->count = 0;
    c->is_sound = true;
    if (!follow(d, c)) {
        c->is_sound = false;
        return;
    }
    bytes = c->readable + c->writable;
    if (bytes > UINT64_C(1) << 32)
        SAY(d, c, "SPLIT-04", "%" PRIu64 " bytes", bytes);
    if (c->count > size)
        SAY(d, c, "INDIR-03", "%u descriptors in a queue of %u", c->count, size);
    if (c->count > TINY_COUNT && bytes < (uint64_t)c->count * TINY_BYTES)
        SAY(d, c, "QUEUE-05", "%u descriptors for %" PRIu64 " bytes", c->count, bytes);
}

/* ---- In flight [2.7.13] ---------------------------------------------------------------------- */

static void own(struct lint_device *d, const struct lint_chain *c, uint16_t index)
{
    uint16_t *owner = &ring_of(d, c->queue)->owner[index];

    if (*owner != 0 && *owner != c->head + 1)
        SAY(d, c, "INF-SPLIT-20", "descriptor %u is part of the chain of head %u", index,
            *owner - 1u);
    else if (*owner != 0 && index == c->head)
        SAY(d, c, "INF-SPLIT-20", "that chain is out%s", "");
    *owner = (uint16_t)(c->head + 1);
}

static void take_request(struct lint_device *d, unsigned queue, uint16_t head)
{
    struct ring *k = ring_of(d, queue);
    struct lint_chain c;

    if (head >= d->vdev->queue[queue].size) {
        lint_say_queue(d, queue, "INF-SPLIT-15", "%u of %u", head, d->vdev->queue[queue].size);
        return;
    }
    if (k->early[head] > 0) {
        k->early[head]--;
        return;
    }
    walk(d, &c, queue, head);
    own(d, &c, c.head);
    for (unsigned i = 0; i < c.count && !c.at[i].in_table; i++)
        if (c.at[i].index != head)
            own(d, &c, c.at[i].index);
    if (c.last != head && c.entries > 0)
        own(d, &c, c.last);
    lint_request(d, &c);
}

static void take_answer(struct lint_device *d, unsigned queue, uint32_t head, uint32_t written)
{
    const uint16_t size = d->vdev->queue[queue].size;
    struct ring *k = ring_of(d, queue);

    if (head >= size)
        return;
    if (k->owner[head] != head + 1) {
        k->early[head]++;
        return;
    }
    for (unsigned i = 0; i < size; i++)
        if (k->owner[i] == head + 1)
            k->owner[i] = 0;
    lint_answer(d, queue, (uint16_t)head, written);
}

/* ---- Looking --------------------------------------------------------------------------------- */

/* Indices that cannot be followed are named, and the queue is left alone until its next reset. */
static bool is_sensible(struct lint_device *d, unsigned queue, uint16_t avail, uint16_t used)
{
    const uint16_t size = d->vdev->queue[queue].size;
    struct ring *k = ring_of(d, queue);

    if ((int16_t)(avail - k->avail) < 0)
        lint_say_queue(d, queue, "SPLIT-08", "%u, then %u", k->avail, avail);
    else if ((uint16_t)(avail - used) > size || (uint16_t)(avail - k->avail) > size)
        lint_say_queue(d, queue, "INF-SPLIT-21", "avail.idx %u, used.idx %u, %u descriptors",
                       avail, used, size);
    else if ((uint16_t)(used - k->used) <= size)
        return true;
    k->is_lost = true;
    return false;
}

static void look(struct lint_device *d, unsigned queue)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    struct ring *k = ring_of(d, queue);
    uint16_t avail, used;

    if (!q->enabled || k->is_lost || q->size > VIRTQUEUE_MAX
        || (d->vdev->accepted & FEATURE_PACKED))
        return;
    used = load_index(q->at[AREA_USED] + IDX);
    avail = load_index(q->at[AREA_AVAILABLE] + IDX);
    if (!is_sensible(d, queue, avail, used))
        return;
    for (; k->used != used; k->used++) {
        const uint8_t *x = q->at[AREA_USED] + RING + (size_t)USED_ELEMENT * (k->used % q->size);

        take_answer(d, queue, load_le32(x), load_le32(x + 4));
    }
    for (; k->avail != avail; k->avail++)
        take_request(d, queue,
                     load_le16(q->at[AREA_AVAILABLE] + RING + 2 * (size_t)(k->avail % q->size)));
}

/* ---- What happens ---------------------------------------------------------------------------- */

static void access(struct lint_device *d, const struct lint_access *a)
{
    if (d->vdev == NULL)
        return;
    for (unsigned i = 0; i < VDEV_QUEUES; i++)
        look(d, i);
    if (a->is_write && a->is_exact && a->reg == REG_QUEUE_ENABLE && a->queue < VDEV_QUEUES)
        memset(ring_of(d, a->queue), 0, sizeof(struct ring));
}

static void end(struct lint_device *d)
{
    for (unsigned i = 0; d->vdev != NULL && i < VDEV_QUEUES; i++)
        look(d, i);
}

static void reset(struct lint_device *d)
{
    memset(d->state[LINT_QUEUE], 0, sizeof(struct state));
}

const struct lint_area lint_queue = {
    .name = "queue", .rules = rules, .state = sizeof(struct state), .access = access, .end = end,
    .reset = reset,
};
