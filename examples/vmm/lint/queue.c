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
    { "INF-QUEUE-02", "2.6", "must", "a queue is set up and notified if the device has it" },
    { "QUEUE-01", "2.6.1.1.2", "MUST", "the reset of a queue is waited for" },
    { "QUEUE-02", "2.6.1.1.2", "MAY", "a queue's memory is left alone until its reset is done" },
    { "INF-QUEUE-03", "2.6.1.2", "must", "a queue that is enabled again starts from nothing" },
    { "QUEUE-03", "2.6.1.2.2", "MUST", "a queue is set up anew after its reset" },
    { "INF-SPLIT-01", "2.7", "must", "each part of a queue is one piece of memory" },
    { "INF-SPLIT-02", "2.7", "must", "a descriptor table has 16 * size bytes of its own" },
    { "INF-SPLIT-03", "2.7", "must", "an available ring has 6 + 2 * size bytes of its own" },
    { "INF-SPLIT-04", "2.7", "must", "a used ring has 6 + 8 * size bytes of its own" },
    { "INF-SPLIT-05", "2.7", "must", "the queue size is a power of 2" },
    { "INF-SPLIT-06", "2.7", "must", "the queue size is at most 32768" },
    { "SPLIT-01", "2.7.1", "MUST", "the descriptor table lies at a multiple of 16" },
    { "SPLIT-02", "2.7.1", "MUST", "the available ring lies at a multiple of 2" },
    { "SPLIT-03", "2.7.1", "MUST", "the used ring lies at a multiple of 4" },
    { "INF-SPLIT-08", "2.7.3", "must", "fields of a queue are little-endian" },
    { "QUEUE-04", "2.7.4.2", "MUST", "readable descriptors of a chain stand before writable ones" },
    { "QUEUE-05", "2.7.4.2", "SHOULD NOT", "a buffer has few descriptors, not many tiny ones" },
    { "INF-SPLIT-09", "2.7.5", "must", "a descriptor names memory of the guest" },
    { "INF-SPLIT-10", "2.7.5", "must", "next is below the queue size" },
    { "INF-SPLIT-11", "2.7.5", "must", "flags of a descriptor are NEXT, WRITE and INDIRECT" },
    { "INF-SPLIT-12", "2.7.5", "must", "IN_ORDER: chains follow each other in the table" },
    { "SPLIT-04", "2.7.5.2", "MUST NOT", "a chain has at most 2^32 bytes" },
    { "SPLIT-05", "2.7.5.2", "MUST NOT", "a chain is no loop" },
    { "SPLIT-06", "2.7.5.2", "MUST", "IN_ORDER: after the last descriptor comes descriptor 0" },
    { "SPLIT-07", "2.7.5.2", "MUST", "IN_ORDER: after descriptor x comes x + 1" },
    { "INF-INDIR-01", "2.7.5.3", "must", "an indirect table has n * 16 bytes, n not 0" },
    { "INF-INDIR-02", "2.7.5.3", "must", "next in an indirect table is one of its entries" },
    { "INF-INDIR-03", "2.7.5.3", "must", "a chain in an indirect table has an end" },
    { "INF-INDIR-04", "2.7.5.3", "must", "an indirect table stays as it is until it is used" },
    { "INF-INDIR-05", "2.7.5.3", "must", "an indirect table is memory of the guest" },
    { "INF-INDIR-06", "2.7.5.3", "should", "WRITE is clear where a table is named" },
    { "INDIR-01", "2.7.5.3.1", "MUST NOT", "INDIRECT is used if INDIRECT_DESC was accepted" },
    { "INDIR-02", "2.7.5.3.1", "MUST NOT", "no INDIRECT inside an indirect table" },
    { "INDIR-03", "2.7.5.3.1", "MUST NOT", "a chain is no longer than the queue size" },
    { "INDIR-04", "2.7.5.3.1", "MUST NOT", "INDIRECT and NEXT never stand together" },
    { "INDIR-05", "2.7.5.3.1", "MUST", "IN_ORDER: entries of a table follow each other" },
    { "INF-INDIR-07", "2.7.5.3.2", "must", "an indirect descriptor is the last of its chain" },
    { "INF-SPLIT-13", "2.7.6", "must", "avail.idx is 0 when the queue is enabled" },
    { "INF-SPLIT-14", "2.7.6", "must", "a head goes to ring[idx modulo queue size]" },
    { "INF-SPLIT-15", "2.7.6", "must", "a ring entry is below the queue size" },
    { "SPLIT-08", "2.7.6.1", "MUST NOT", "avail.idx only moves forward" },
    { "SPLIT-09", "2.7.7.1", "MUST", "avail.flags is 0 or 1" },
    { "EVIDX-01", "2.7.7.1", "MUST", "avail.flags is 0 if EVENT_IDX was accepted" },
    { "INF-SPLIT-17", "2.7.8", "must", "used.idx is 0 when the queue is enabled" },
    { "SPLIT-13", "2.7.10.1", "MUST", "used.flags is 0 when the queue is enabled" },
    { "SPLIT-15", "2.7.10.1", "SHOULD NOT", "no notification while used.flags is 1" },
    { "SPLIT-16", "2.7.10.1", "MUST", "a notification follows while used.flags is 0" },
    { "EVIDX-02", "2.7.10.1", "MUST", "EVENT_IDX: used.flags is not looked at" },
    { "EVIDX-03", "2.7.10.1", "MUST", "EVENT_IDX: a notification follows entry avail_event" },
    { "EVIDX-04", "2.7.10.1", "SHOULD NOT", "EVENT_IDX: none without entry avail_event" },
    { "INF-EVIDX-05", "A", "must", "avail_event is compared modulo 65536" },
    { "INF-SPLIT-20", "2.7.13", "must", "a chain is made of free descriptors" },
    { "INF-SPLIT-21", "2.7.13", "must", "no more chains are out than the queue has descriptors" },
    { "INF-SPLIT-25", "2.7.13.1", "must", "a chain has at least one buffer" },
    { "INF-SPLIT-26", "2.7.13.1", "must", "a chain has the bytes that its request needs" },
    { "INF-SPLIT-27", "2.7.13.3", "must", "avail.idx counts modulo 65536, not the queue size" },
    { "INF-SPLIT-28", "2.7.13.3", "must", "what is available is left alone until used" },
    { "INF-QUEUE-04", "2.9", "must", "NOTIFICATION_DATA: the upper half is avail.idx" },
    { .id = NULL },
};

enum { NEXT = 1, WRITE = 2, INDIRECT = 4, DESCRIPTOR = 16 };            /* [2.7.5] */
enum { FLAGS = 0, IDX = 2, RING = 4, USED_ELEMENT = 8 };                /* [2.7.6] [2.7.8] */

#define FEATURE_PACKED   (UINT64_C(1) << 34)
#define FEATURE_IN_ORDER (UINT64_C(1) << 35)
#define FEATURE_NOTIFICATION_DATA (UINT64_C(1) << 38)

/* More buffers than these, of fewer bytes each, are a multitude of tiny ones: each costs the device
 * 16 bytes to read and an address to check. */
enum { TINY_COUNT = 8, TINY_BYTES = 64 };

/* A notification may come late: a driver batches, and serves interrupts in between. Not after so
 * many accesses to the same device; nor after the few with which a driver sees that nothing comes,
 * before it gives up; nor when all is over. */
enum { PATIENCE = 32, FEW = 2, NONE = 0 };

/* Of a chain in flight: what is in its ring, in its table, and in its readable buffers (the first
 * of them). */
enum { DIGESTED = 256 };
struct digest {
    uint64_t chain, table, text;
};

/* One queue, as far as we have seen it. */
struct ring {
    uint16_t avail, used;               /* the two indices */
    uint16_t told;                      /* avail.idx when the driver last notified */
    uint16_t flags, event;              /* used.flags, avail_event when we last looked */
    unsigned waits;                     /* accesses since a notification was due */
    uint16_t next;                      /* IN_ORDER: the descriptor after the last chain */
    bool     is_lost;                   /* an index made no sense, or no driver is there */
    enum { NOT_RESET, RESET_ASKED, RESET_DONE } reset;          /* of this queue alone */
    unsigned set_up;                    /* since then: 1 size, 2, 4, 8 the parts */
    struct virtqueue was;               /* when it was enabled */
    uint16_t slot[VIRTQUEUE_MAX];       /* the available ring */
    uint16_t owner[VIRTQUEUE_MAX];      /* by descriptor: head + 1 of a chain in flight, or 0 */
    uint8_t  early[VIRTQUEUE_MAX];      /* by head: given back before we saw that it was there */
    struct digest digest[VIRTQUEUE_MAX];        /* by head */
};

struct state {
    struct ring ring[VDEV_QUEUES];
};

static struct ring *ring_of(const struct lint_device *d, unsigned queue)
{
    return &((struct state *)d->state[LINT_QUEUE])->ring[queue];
}

static bool accepted(const struct lint_device *d, uint64_t feature)
{
    return (d->vdev->accepted & feature) != 0;
}

/* Does the device serve the queue, and do we know where it is? */
static bool is_followed(const struct lint_device *d, unsigned queue)
{
    return d->vdev != NULL && d->vdev->queue[queue].enabled
        && d->vdev->queue[queue].size <= VIRTQUEUE_MAX && !ring_of(d, queue)->is_lost;
}

/* Acquire: what an index counts is there when the index is. */
static uint16_t load_half(const uint8_t *at)
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

/* Every descriptor is one of its table, and none comes twice: a table has no more steps than
 * entries. */
static bool is_way_out(struct lint_device *d, const struct lint_chain *c, uint32_t index,
                       uint32_t entries, uint32_t steps)
{
    const bool in_table = c->entries > 0;

    if (index < entries && steps < entries)
        return false;
    if (index >= entries)
        SAY(d, c, in_table ? "INF-INDIR-02" : "INF-SPLIT-10", "next %u of %u", index, entries);
    else
        SAY(d, c, "SPLIT-05", "%u steps, and no end", steps);
    if (in_table && index < entries)
        SAY(d, c, "INF-INDIR-03", "%u entries, and no end", steps);
    return true;
}

/* May the table that a descriptor names be followed? [2.7.5.3] */
static bool enter_table(struct lint_device *d, struct lint_chain *c,
                        const struct lint_descriptor *x)
{
    if (!accepted(d, FEATURE_INDIRECT))
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
    }
    if (c->entries > 0 && !x->in_table && (x->flags & WRITE))
        SAY(d, c, "INF-INDIR-06", "flags 0x%x", x->flags);
    if (c->entries > 0 && !x->in_table && (x->flags & NEXT)) {
        SAY(d, c, "INDIR-04", "flags 0x%x", x->flags);
        SAY(d, c, "INF-INDIR-07", "descriptor %u goes on with %u", x->index, x->next);
    }
    return c->entries > 0 && !x->in_table;
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
        SAY(d, c, "INF-SPLIT-25", "descriptor %u is empty", x->index);
    else if (!in_ram)
        SAY(d, c, "INF-SPLIT-09", "%u bytes at 0x%" PRIx64, x->bytes, x->address);
    if (!(x->flags & WRITE) && c->writable > 0)
        SAY(d, c, "QUEUE-04", "buffer %u is readable, one before it is not", c->count);
    *(x->flags & WRITE ? &c->writable : &c->readable) += x->bytes;
    c->is_sound = c->is_sound && in_ram;
    c->at[c->count++] = *x;
    return true;
}

/* With IN_ORDER a chain has its descriptors side by side. [2.7.5.2] [2.7.5.3.1] */
static void check_neighbour(struct lint_device *d, const struct lint_chain *c,
                            const struct lint_descriptor *x)
{
    const bool is_last = !x->in_table && x->index == d->vdev->queue[c->queue].size - 1;

    if ((x->flags & NEXT) && x->next != (is_last ? 0 : x->index + 1))
        SAY(d, c, x->in_table ? "INDIR-05" : is_last ? "SPLIT-06" : "SPLIT-07", "%u, then %u",
            x->index, x->next);
}

/* From the head on to the descriptor without NEXT: false if there is none. */
static bool follow(struct lint_device *d, struct lint_chain *c)
{
    const uint8_t *table = d->vdev->queue[c->queue].at[AREA_DESCRIPTORS];
    uint32_t entries = d->vdev->queue[c->queue].size, steps = 0, index = c->head;
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
        else if (accepted(d, FEATURE_IN_ORDER))
            check_neighbour(d, c, &x);
    } while (x.flags & NEXT);
    return true;
}

/* What each request of a type needs at least: [5.3.6] [5.4.6] [5.7.6.7]; of commands the header, of
 * answers, too, but in the cursor queue there may be none. */
static void check_needs(struct lint_device *d, const struct lint_chain *c)
{
    static const struct {
        uint16_t device, queue, readable, writable;
    } needs[] = {
        { LINT_IS_CONSOLE, 0, 0, 1 }, { LINT_IS_CONSOLE, 1, 1, 0 }, { LINT_IS_RNG, 0, 0, 1 },
        { LINT_IS_GPU, 0, 24, 24 }, { LINT_IS_GPU, 1, 24, 0 },
    };

    for (unsigned i = 0; i < sizeof needs / sizeof *needs; i++)
        if (d->vdev->kind->id == needs[i].device && c->queue == needs[i].queue
            && (c->readable < needs[i].readable || c->writable < needs[i].writable))
            SAY(d, c, "INF-SPLIT-26", "%" PRIu64 " bytes to read of %u, %" PRIu64
                " to write of %u", c->readable, needs[i].readable, c->writable, needs[i].writable);
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
    if (bytes > 0)
        check_needs(d, c);
}

/* ---- In flight [2.7.13] ---------------------------------------------------------------------- */

static void own(struct lint_device *d, const struct lint_chain *c, uint16_t index)
{
    uint16_t *owner = &ring_of(d, c->queue)->owner[index];

    if (*owner != 0 && *owner != c->head + 1)
        SAY(d, c, "INF-SPLIT-20", "descriptor %u is in the chain of head %u, which is out", index,
            *owner - 1u);
    *owner = (uint16_t)(c->head + 1);
}

static void own_all(struct lint_device *d, const struct lint_chain *c)
{
    for (unsigned i = 0; i < c->count && !c->at[i].in_table; i++)
        own(d, c, c->at[i].index);
    if (c->entries > 0)
        own(d, c, c->last);             /* it names the table */
}

static uint64_t mix(uint64_t sum, uint64_t value)
{
    return (sum ^ value) * UINT64_C(0x100000001b3);
}

static struct digest digest_of(const struct lint_device *d, const struct lint_chain *c)
{
    struct digest sum = { mix(c->table, c->entries), 0, 0 };
    uint8_t bytes[DIGESTED];
    const size_t count = lint_read(d, c, 0, bytes, sizeof bytes);

    for (unsigned i = 0; i < c->count; i++) {
        const struct lint_descriptor *x = &c->at[i];
        uint64_t *to = x->in_table ? &sum.table : &sum.chain;

        *to = mix(mix(*to, x->address), (uint64_t)x->bytes << 32 | (uint32_t)x->flags << 16
                                        | x->next);
    }
    for (size_t i = 0; i < count; i++)
        sum.text = mix(sum.text, bytes[i]);
    return sum;
}

/* Is all that is out as it was when it was made available? */
static void check_flight(struct lint_device *d, unsigned queue)
{
    const struct ring *k = ring_of(d, queue);
    struct lint_chain c;

    for (unsigned i = 0; i < d->vdev->queue[queue].size && i < VIRTQUEUE_MAX; i++) {
        struct digest now;

        if (k->owner[i] != i + 1)
            continue;
        walk(d, &c, queue, (uint16_t)i);
        now = digest_of(d, &c);
        if (now.chain != k->digest[i].chain || now.text != k->digest[i].text)
            SAY(d, &c, "INF-SPLIT-28", "it changed, and is not used yet%s", "");
        if (now.chain != k->digest[i].chain || now.table != k->digest[i].table)
            SAY(d, &c, "INIT-36", "it is described anew, and is not used yet%s", "");
        if (now.table != k->digest[i].table)
            SAY(d, &c, "INF-INDIR-04", "its table at 0x%" PRIx64 " changed", c.table);
    }
}

static void take_request(struct lint_device *d, unsigned queue, uint16_t head)
{
    const uint16_t size = d->vdev->queue[queue].size;
    struct ring *k = ring_of(d, queue);
    struct lint_chain c;

    if (head >= size) {
        lint_say_queue(d, queue, "INF-SPLIT-15", "%u of %u", head, size);
        return;
    }
    if (k->early[head] > 0) {
        k->early[head]--;
        return;
    }
    if (accepted(d, FEATURE_IN_ORDER) && head != k->next)
        lint_say_queue(d, queue, "INF-SPLIT-12", "head %u, not %u", head, k->next);
    walk(d, &c, queue, head);
    if (k->owner[head] == head + 1)
        SAY(d, &c, "INF-SPLIT-20", "it is out already%s", "");
    k->next = (uint16_t)((c.last + 1) % size);
    if (c.is_sound) {                   /* or the device will never give it back */
        own_all(d, &c);
        k->digest[head] = digest_of(d, &c);
    }
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

/* ---- Looking [2.7.6] ------------------------------------------------------------------------- */

static uint16_t swapped(uint16_t v)
{
    return (uint16_t)(v << 8 | v >> 8);
}

/* Indices that cannot be followed are named, and the queue is left alone until its next reset. */
static bool is_sensible(struct lint_device *d, unsigned queue, uint16_t avail, uint16_t used)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    const uint16_t size = q->size;
    struct ring *k = ring_of(d, queue);
    const uint16_t step = (uint16_t)(avail - k->avail);

    if (step <= size && (uint16_t)(avail - used) <= size && used == q->next_used)
        return true;
    k->is_lost = true;
    if (used != q->next_used)
        lint_say_queue(d, queue, "INF-SPLIT-07", "used.idx is %u, the device wrote %u", used,
                       q->next_used);
    else if (step > size && (uint16_t)(swapped(avail) - swapped(k->avail)) <= size)
        lint_say_queue(d, queue, "INF-SPLIT-08", "avail.idx is 0x%04x after 0x%04x", avail,
                       k->avail);
    else if (step > size && step >= 0x8000) {
        lint_say_queue(d, queue, "SPLIT-08", "%u, then %u", k->avail, avail);
        if (avail < size && k->avail < size)
            lint_say_queue(d, queue, "INF-SPLIT-27", "%u, then %u of %u", k->avail, avail, size);
    } else
        lint_say_queue(d, queue, "INF-SPLIT-21", "avail.idx %u, used.idx %u, %u descriptors",
                       avail, used, size);
    return false;
}

/* An entry that should be new and is as before, while one was written that is not due yet (the one
 * at `avail` may be: the driver works on it). */
static void check_slots(struct lint_device *d, unsigned queue, uint16_t avail)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    struct ring *k = ring_of(d, queue);
    const unsigned fresh = (uint16_t)(avail - k->avail);
    int stale = -1, stray = -1;

    for (unsigned i = 0; i < q->size; i++) {
        const uint16_t now = load_half(q->at[AREA_AVAILABLE] + RING + 2 * (size_t)i);
        const unsigned ahead = (i - k->avail) & (q->size - 1u);

        if (ahead < fresh && now == k->slot[i])
            stale = (int)i;
        if (ahead > fresh && now != k->slot[i])
            stray = (int)i;
        k->slot[i] = now;
    }
    if (stale >= 0 && stray >= 0)
        lint_say_queue(d, queue, "INF-SPLIT-14", "entry %d was not written, %d was", stale, stray);
}

static void look(struct lint_device *d, unsigned queue)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    struct ring *k = ring_of(d, queue);
    uint16_t avail, used;

    if (!is_followed(d, queue))
        return;
    used = load_half(q->at[AREA_USED] + IDX);
    avail = load_half(q->at[AREA_AVAILABLE] + IDX);
    if (!is_sensible(d, queue, avail, used))
        return;
    for (; k->used != used; k->used++) {
        const uint8_t *x = q->at[AREA_USED] + RING + (size_t)USED_ELEMENT * (k->used % q->size);

        take_answer(d, queue, load_le32(x), load_le32(x + 4));
    }
    if (avail != k->avail)
        check_slots(d, queue, avail);
    for (; k->avail != avail; k->avail++)
        take_request(d, queue, k->slot[k->avail % q->size]);
}

/* ---- Notifications [2.7.7] [2.7.10] [2.9] ---------------------------------------------------- */

/* Was an entry placed at `event` when idx went on from `from` to `to`? */
static bool passes(uint16_t event, uint16_t from, uint16_t to)
{
    return (uint16_t)(to - event - 1) < (uint16_t)(to - from);
}

static uint16_t used_flags(const struct virtqueue *q)
{
    return load_half(q->at[AREA_USED] + FLAGS);
}

static uint16_t avail_event(const struct virtqueue *q)
{
    return load_half(q->at[AREA_USED] + RING + (size_t)USED_ELEMENT * q->size);
}

/* What the driver made available, the device has not taken, and nobody was told of: should it have
 * been? Said when the driver cannot be about to do so any more. */
static void check_missing(struct lint_device *d, unsigned queue, unsigned patience)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    struct ring *k = ring_of(d, queue);
    const uint16_t untold = (uint16_t)(k->avail - k->told);
    const uint16_t untaken = (uint16_t)(k->avail - q->next_available);
    const uint16_t from = (uint16_t)(k->avail - (untold < untaken ? untold : untaken));
    const bool by_event = accepted(d, FEATURE_EVENT_IDX);

    if (from == k->avail || !vdev_is_live(d->vdev)
        || (by_event ? !passes(avail_event(q), from, k->avail) : (used_flags(q) & 1))) {
        k->waits = 0;
        return;
    }
    if (++k->waits <= patience)
        return;
    if (!by_event)
        lint_say_queue(d, queue, "SPLIT-16", "none for entries %u to %u", from, k->avail - 1u);
    else
        lint_say_queue(d, queue, "EVIDX-03", "none for entries %u to %u, avail_event is %u", from,
                       k->avail - 1u, avail_event(q));
    if (by_event && (used_flags(q) & 1))
        lint_say_queue(d, queue, "EVIDX-02", "used.flags is %u, and none comes", used_flags(q));
    if (by_event && k->avail < from)
        lint_say_queue(d, queue, "INF-EVIDX-05", "none for entries %u to %u", from,
                       k->avail - 1u);
}

/* A notification that nobody asked for, neither now nor when we looked before. */
static void check_spurious(struct lint_device *d, unsigned queue)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    struct ring *k = ring_of(d, queue);

    if (!accepted(d, FEATURE_EVENT_IDX)) {
        if (k->flags & used_flags(q) & 1)
            lint_say_queue(d, queue, "SPLIT-15", "used.flags is %u", used_flags(q));
    } else if (!passes(avail_event(q), k->told, k->avail)
               && !passes(k->event, k->told, k->avail))
        lint_say_queue(d, queue, "EVIDX-04", "avail.idx was %u and is %u, avail_event is %u",
                       k->told, k->avail, avail_event(q));
}

static void check_notification(struct lint_device *d, const struct lint_access *a)
{
    const struct virtqueue *q = &d->vdev->queue[a->queue];
    const uint16_t flags = load_half(q->at[AREA_AVAILABLE] + FLAGS);
    struct ring *k = ring_of(d, a->queue);

    if (accepted(d, FEATURE_EVENT_IDX) ? flags != 0 : flags > 1)
        lint_say_queue(d, a->queue, accepted(d, FEATURE_EVENT_IDX) ? "EVIDX-01" : "SPLIT-09",
                       "avail.flags is 0x%x", flags);
    if (accepted(d, FEATURE_NOTIFICATION_DATA) && a->value >> 16 != k->avail)
        lint_say_queue(d, a->queue, "INF-QUEUE-04", "0x%" PRIx64 ", avail.idx is 0x%x", a->value,
                       k->avail);
    check_flight(d, a->queue);
    check_spurious(d, a->queue);
    k->told = k->avail;
}

/* ---- Setting up [2.6.1] [2.7] ---------------------------------------------------------------- */

static const struct {
    const char *name, *align, *room;
    uint32_t    alignment, fixed, each;
} parts[AREAS] = {
    { "the descriptor table", "SPLIT-01", "INF-SPLIT-02", 16, 0, DESCRIPTOR },
    { "the available ring", "SPLIT-02", "INF-SPLIT-03", 2, 6, 2 },
    { "the used ring", "SPLIT-03", "INF-SPLIT-04", 4, 6, USED_ELEMENT },
};

static uint32_t part_bytes(const struct virtqueue *q, unsigned part)
{
    return parts[part].fixed + parts[part].each * q->size;
}

/* Of two parts that overlap the lower one has not the room that it needs. */
static void check_overlap(struct lint_device *d, unsigned queue, unsigned part,
                          const struct virtqueue *other)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    const uint64_t at = q->area[part];

    for (unsigned i = 0; i < AREAS; i++) {
        const uint64_t there = other->area[i];
        const bool is_lower = at <= there;

        if ((other != q || i > part)
            && (is_lower ? there - at < part_bytes(q, part) : at - there < part_bytes(other, i)))
            lint_say_queue(d, queue, parts[is_lower ? part : i].room,
                           "%s at 0x%" PRIx64 ", %s at 0x%" PRIx64, parts[part].name, at,
                           parts[i].name, there);
    }
}

static void check_part(struct lint_device *d, unsigned queue, unsigned part)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    const struct lint *l = d->lint;

    if (q->area[part] % parts[part].alignment != 0)
        lint_say_queue(d, queue, parts[part].align, "0x%" PRIx64, q->area[part]);
    if (guest_range(l->memory, q->area[part], part_bytes(q, part)) == NULL)
        lint_say_queue(d, queue, "INF-SPLIT-01", "%s, %u bytes at 0x%" PRIx64 ", is not in RAM",
                       parts[part].name, part_bytes(q, part), q->area[part]);
    for (unsigned i = 0; i < l->devices; i++)
        for (unsigned n = 0; l->device[i]->vdev != NULL && n < VDEV_QUEUES; n++)
            if (l->device[i]->vdev->queue[n].enabled || &l->device[i]->vdev->queue[n] == q)
                check_overlap(d, queue, part, &l->device[i]->vdev->queue[n]);
}

/* The two sides count from 0 on. False: nobody knows where they are. */
static bool check_start(struct lint_device *d, unsigned queue, bool again)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    const uint8_t *avail = guest_range(d->lint->memory, q->area[AREA_AVAILABLE], RING);
    const uint8_t *used = guest_range(d->lint->memory, q->area[AREA_USED], RING);

    if (avail == NULL || used == NULL)
        return false;
    if (load_le16(avail + IDX) != 0)
        lint_say_queue(d, queue, again ? "INF-QUEUE-03" : "INF-SPLIT-13", "avail.idx is %u",
                       load_le16(avail + IDX));
    if (load_le16(used + IDX) != 0)
        lint_say_queue(d, queue, again ? "INF-QUEUE-03" : "INF-SPLIT-17", "used.idx is %u",
                       load_le16(used + IDX));
    if (load_le16(used + FLAGS) != 0)
        lint_say_queue(d, queue, "SPLIT-13", "used.flags is 0x%x", load_le16(used + FLAGS));
    return load_le16(avail + IDX) == 0 && load_le16(used + IDX) == 0;
}

/* A packed ring may have any size. */
static void on_size(struct lint_device *d, unsigned queue, uint32_t size)
{
    if (accepted(d, FEATURE_PACKED))
        return;
    if (size > 32768)
        lint_say_queue(d, queue, "INF-SPLIT-06", "%u", size);
    else if ((size & (size - 1)) != 0)
        lint_say_queue(d, queue, "INF-SPLIT-05", "%u", size);
}

enum { SET_UP = 15 };

static void on_enable(struct lint_device *d, unsigned queue)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    struct ring *k = ring_of(d, queue);
    const uint8_t *slots = guest_range(d->lint->memory, q->area[AREA_AVAILABLE],
                                       part_bytes(q, AREA_AVAILABLE));
    bool is_known;

    if (k->reset == RESET_ASKED)
        lint_say_queue(d, queue, "QUEUE-01", "enabled, and queue_reset was not read as %d", 0);
    if (k->reset != NOT_RESET && k->set_up != SET_UP)
        lint_say_queue(d, queue, "QUEUE-03", "enabled without all of size and addresses (0x%x)",
                       k->set_up);
    on_size(d, queue, q->size);
    for (unsigned i = 0; i < AREAS; i++)
        check_part(d, queue, i);
    is_known = check_start(d, queue, k->reset != NOT_RESET) && !accepted(d, FEATURE_PACKED);
    *k = (struct ring){ .was = *q, .is_lost = !is_known };
    for (unsigned i = 0; slots != NULL && i < q->size && i < VIRTQUEUE_MAX; i++)
        k->slot[i] = load_le16(slots + RING + 2 * (size_t)i);
}

/* A write to a register of a queue. */
static void on_set_up(struct lint_device *d, const struct lint_access *a)
{
    struct ring *k = ring_of(d, a->queue);

    switch (a->reg) {
    case REG_QUEUE_SIZE:   on_size(d, a->queue, (uint32_t)a->value); k->set_up |= 1; break;
    case REG_QUEUE_DESC:   k->set_up |= 2; break;
    case REG_QUEUE_DRIVER: k->set_up |= 4; break;
    case REG_QUEUE_DEVICE: k->set_up |= 8; break;
    case REG_QUEUE_RESET:
        k->reset = RESET_ASKED;
        k->set_up = 0;
        break;
    case REG_QUEUE_ENABLE:
        if (a->value != 0)
            on_enable(d, a->queue);
        break;
    default:
        break;
    }
}

/* ---- What happens ---------------------------------------------------------------------------- */

static void look_at_all(struct lint_device *d, unsigned but, unsigned patience)
{
    for (unsigned i = 0; i < VDEV_QUEUES; i++) {
        look(d, i);
        if (is_followed(d, i) && i != but)
            check_missing(d, i, patience);
        if (is_followed(d, i) && patience < PATIENCE)
            check_flight(d, i);
    }
}

static void remember_wishes(struct lint_device *d)
{
    for (unsigned i = 0; i < VDEV_QUEUES; i++)
        if (is_followed(d, i)) {
            ring_of(d, i)->flags = used_flags(&d->vdev->queue[i]);
            ring_of(d, i)->event = avail_event(&d->vdev->queue[i]);
        }
}

static bool sets_up(const struct lint_access *a)
{
    return a->is_write && a->reg >= REG_QUEUE_SIZE && a->reg <= REG_NOTIFY
        && (a->reg != REG_QUEUE_ENABLE || a->value != 0);
}

static bool gives_up(const struct lint_access *a)
{
    return a->is_write && a->reg == REG_STATUS && (a->value == 0 || (a->value & STATUS_FAILED));
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    const bool is_there = d->vdev != NULL && a->queue < d->vdev->kind->queues
                       && d->vdev->queue[a->queue].max > 0;
    const bool notifies = a->is_write && a->reg == REG_NOTIFY;

    look_at_all(d, notifies ? a->queue : VDEV_QUEUES, gives_up(a) ? FEW : PATIENCE);
    if (!is_there && sets_up(a))
        lint_say(d, "INF-QUEUE-02", "%s for queue %u", a->name, a->queue);
    else if (notifies && is_followed(d, a->queue))
        check_notification(d, a);
    else if (a->is_write && a->is_exact && is_there)
        on_set_up(d, a);
    else if (a->reg == REG_QUEUE_RESET && a->value == 0 && is_there
             && ring_of(d, a->queue)->reset == RESET_ASKED)
        ring_of(d, a->queue)->reset = RESET_DONE;
    remember_wishes(d);
}

/* Whoever watches each access is told more: an answer before the driver looks for it, a request
 * before the next one is made available. */
static void load(struct lint_device *d, uint64_t address, unsigned bytes, bool acquire)
{
    (void)acquire;
    for (unsigned i = 0; i < VDEV_QUEUES; i++)
        if (is_followed(d, i) && d->vdev->queue[i].area[AREA_USED] + IDX - address < bytes)
            look(d, i);
}

static void store(struct lint_device *d, uint64_t address, unsigned bytes, uint64_t value,
                  bool release)
{
    (void)value;
    (void)release;
    for (unsigned i = 0; i < VDEV_QUEUES; i++) {
        const struct ring *k = ring_of(d, i);

        if (is_followed(d, i)
            && d->vdev->queue[i].area[AREA_AVAILABLE] + IDX - address < bytes)
            look(d, i);
        for (unsigned part = 0; part < AREAS && k->reset == RESET_ASKED; part++)
            if (address - k->was.area[part] < part_bytes(&k->was, part))
                lint_say_queue(d, i, "QUEUE-02", "%u bytes stored at 0x%" PRIx64, bytes, address);
    }
}

/* The device may take a while to be reset, and its queues are there until then. */
static void reset(struct lint_device *d)
{
    memset(d->state[LINT_QUEUE], 0, sizeof(struct state));
    for (unsigned i = 0; i < VDEV_QUEUES; i++)
        ring_of(d, i)->is_lost = true;
}

static void end(struct lint_device *d)
{
    if (d->vdev != NULL)
        look_at_all(d, VDEV_QUEUES, NONE);
}

const struct lint_area lint_queue = {
    .name = "queue", .rules = rules, .state = sizeof(struct state), .kept = sizeof(struct state), .access = access,
    .load = load, .store = store, .over = reset, .end = end,
};
