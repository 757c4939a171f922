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

/* More buffers than these, of fewer bytes each, are a multitude of tiny ones: each costs the device
 * 16 bytes to read and an address to check. */
enum { TINY_COUNT = 8, TINY_BYTES = 64 };

/* A notification may come late: a driver batches, and serves interrupts in between. Not after so
 * many accesses to the same device; nor after the few with which a driver sees that nothing comes,
 * before it gives up; nor when all is over. */
enum { PATIENCE = 32, FEW = 2, NONE = 0 };

#define FEATURE_IN_ORDER (UINT64_C(1) << 35)

/* Of a chain in flight: what is in its ring, in its table, and in its readable buffers (the first
 * bytes of them). */
enum { DIGESTED = 256 };
struct digest {
    uint64_t chain, table, text;
};

/* The 16-bit fields of both rings, each read once. */
struct fields {
    uint16_t avail_flags, avail, used_flags, used, avail_event;
};

/* One queue, as far as we have seen it. */
struct ring {
    bool          is_known;             /* it was enabled, and its indices made sense since then */
    struct fields now, old;             /* as of this look; as of the access before */
    uint16_t      avail, used;          /* as far as we followed the indices */
    uint16_t      told;                 /* avail.idx when the driver last notified */
    unsigned      waits;                /* accesses since a notification was due */
    uint16_t      next;                 /* IN_ORDER: the descriptor after the last chain */
    struct virtqueue was;               /* when it was enabled */
    uint16_t      slot[VIRTQUEUE_MAX];  /* the available ring */
    uint16_t      owner[VIRTQUEUE_MAX]; /* by descriptor: head + 1 of a chain in flight, or 0 */
    struct digest digest[VIRTQUEUE_MAX];        /* by head */
    struct digest promised[VIRTQUEUE_MAX];      /* by slot: when avail.idx was stored, if we saw */
};

static struct ring *ring(const struct lint_device *d)
{
    return (struct ring *)d->state[LINT_QUEUE] + d->queue;
}

static const struct virtqueue *vq(const struct lint_device *d)
{
    return &d->vdev->queue[d->queue];
}

/* Acquire: what an index counts is there when the index is. */
static uint16_t load_half(const struct lint_device *d, enum queue_area part, uint32_t offset)
{
    const void *at = guest_range(d->lint->memory, vq(d)->area[part] + offset, 2);
    const uint16_t raw = __atomic_load_n((const uint16_t *)at, __ATOMIC_ACQUIRE);

    return load_le16(&raw);
}

static struct fields load_fields(const struct lint_device *d)
{
    return (struct fields){
        load_half(d, AREA_AVAILABLE, FLAGS), load_half(d, AREA_AVAILABLE, IDX),
        load_half(d, AREA_USED, FLAGS), load_half(d, AREA_USED, IDX),
        load_half(d, AREA_USED, RING + (uint32_t)USED_ELEMENT * vq(d)->size),
    };
}

/* What a queue is made of. */
static const struct {
    const char *name, *align, *room;
    uint32_t    alignment, fixed, each;
} parts[AREAS] = {
    { "the descriptor table", "SPLIT-01", "INF-SPLIT-02", 16, 0, DESCRIPTOR },
    { "the available ring", "SPLIT-02", "INF-SPLIT-03", 2, 6, 2 },
    { "the used ring", "SPLIT-03", "INF-SPLIT-04", 4, 6, USED_ELEMENT },
};

uint32_t lint_part_bytes(const struct virtqueue *q, enum queue_area part)
{
    return parts[part].fixed + parts[part].each * q->size;
}

bool lint_is_in(const struct virtqueue *q, enum queue_area part, uint64_t address)
{
    return address - q->area[part] < lint_part_bytes(q, part);
}

/* What has to be true of a queue: its fields are the evidence. */
static bool ask_ring(struct lint_device *d, bool truth, const char *id)
{
    const struct ring *k = ring(d);

    return ASKF(d, truth, id, "available ring: flags 0x%x, idx %u after %u, notified %u; "
                "used ring: flags 0x%x, idx %u after %u, avail_event %u", k->now.avail_flags,
                k->now.avail, k->avail, k->told, k->now.used_flags, k->now.used, k->used,
                k->now.avail_event);
}

/* ---- One chain [2.7.5] ----------------------------------------------------------------------- */

/* Copied once: what is judged is what the others are told of. */
static struct lint_descriptor copy_descriptor(const struct lint_device *d, uint16_t index)
{
    const bool in_table = d->chain->entries > 0;
    const uint64_t table = in_table ? d->chain->table : vq(d)->area[AREA_DESCRIPTORS];
    uint8_t raw[DESCRIPTOR];

    memcpy(raw, guest_range(d->lint->memory, table + DESCRIPTOR * (uint64_t)index, DESCRIPTOR),
           DESCRIPTOR);
    return (struct lint_descriptor){ load_le64(raw), load_le32(raw + 8), load_le16(raw + 12),
                                     load_le16(raw + 14), index, in_table };
}

/* What has to be true of a descriptor: it is the evidence itself. */
static bool ask(struct lint_device *d, const struct lint_descriptor *x, bool truth, const char *id)
{
    return ASKF(d, truth, id, "%s %u: %u bytes at 0x%" PRIx64 ", flags 0x%x, next %u",
                x->in_table ? "entry" : "descriptor", x->index, x->bytes, x->address, x->flags,
                x->next);
}

static bool in_ram(const struct lint_device *d, const struct lint_descriptor *x)
{
    return guest_range(d->lint->memory, x->address, x->bytes) != NULL;
}

/* May the table that a descriptor names be followed? [2.7.5.3] */
static bool enter(struct lint_device *d, struct lint_chain *c, const struct lint_descriptor *x)
{
    if (!ask(d, x, lint_has(d, FEATURE_INDIRECT), "INDIR-01")
        || !ask(d, x, !x->in_table, "INDIR-02")
        || !ask(d, x, x->bytes > 0 && x->bytes % DESCRIPTOR == 0, "INF-INDIR-01")
        || !ask(d, x, in_ram(d, x), "INF-INDIR-05"))
        return false;
    ask(d, x, !(x->flags & WRITE), "INF-INDIR-06");
    ask(d, x, !(x->flags & NEXT), "INDIR-04");
    ask(d, x, !(x->flags & NEXT), "INF-INDIR-07");
    c->table = x->address;
    c->entries = x->bytes / DESCRIPTOR;
    return true;
}

/* With IN_ORDER a chain has its descriptors side by side. [2.7.5.2] [2.7.5.3.1] */
static void check_neighbour(struct lint_device *d, const struct lint_descriptor *x)
{
    const bool is_last = !x->in_table && x->index == vq(d)->size - 1;
    const unsigned next = is_last ? 0 : x->index + 1u;

    if (lint_has(d, FEATURE_IN_ORDER) && (x->flags & NEXT))
        ask(d, x, x->next == next, x->in_table ? "INDIR-05" : is_last ? "SPLIT-06" : "SPLIT-07");
}

static bool add(struct lint_device *d, struct lint_chain *c, const struct lint_descriptor *x)
{
    const bool is_empty = x->address == 0 && x->bytes == 0 && x->flags == 0 && c->count == 0;

    ASKF(d, c->count < vq(d)->size, "INDIR-03", "more than %u descriptors", vq(d)->size);
    if (c->count == LINT_CHAIN)
        return false;
    ask(d, x, !is_empty, "INF-SPLIT-25");
    ask(d, x, is_empty || in_ram(d, x), "INF-SPLIT-09");
    ask(d, x, (x->flags & WRITE) || c->writable == 0, "QUEUE-04");
    check_neighbour(d, x);
    *(x->flags & WRITE ? &c->writable : &c->readable) += x->bytes;
    c->is_sound &= in_ram(d, x);
    c->at[c->count++] = *x;
    return true;
}

/* From the head on to the descriptor without NEXT: false if there is none. A table has no more
 * steps than entries. */
static bool follow(struct lint_device *d, struct lint_chain *c)
{
    struct lint_descriptor x = { .flags = NEXT, .next = c->head };
    uint32_t steps = 0;

    while (x.flags & NEXT) {
        const bool in_table = c->entries > 0;
        const uint32_t entries = in_table ? c->entries : vq(d)->size;

        if (!ask(d, &x, x.next < entries, in_table ? "INF-INDIR-02" : "INF-SPLIT-10"))
            return false;
        if (steps++ == entries) {
            ask(d, &x, !in_table, "INF-INDIR-03");
            return ask(d, &x, false, "SPLIT-05");
        }
        x = copy_descriptor(d, x.next);
        ask(d, &x, !(x.flags & ~(NEXT | WRITE | INDIRECT)), "INF-SPLIT-11");
        if (!in_table)
            c->last = x.index;
        if (!(x.flags & INDIRECT ? enter(d, c, &x) : add(d, c, &x)))
            return false;
        if (x.flags & INDIRECT) {       /* go on with the first of its entries */
            steps = 0;
            x = (struct lint_descriptor){ .flags = NEXT, .next = 0 };
        }
    }
    return true;
}

/* A chain as a whole. What each request of a type needs at least [5.3.6] [5.4.6] [5.7.6.7]: of
 * commands the header, of answers, too, but in the cursor queue there may be none. */
static void check_bytes(struct lint_device *d, const struct lint_chain *c)
{
    static const struct { uint16_t device, queue, readable, writable; } needs[] = {
        { LINT_IS_CONSOLE, 0, 0, 1 }, { LINT_IS_CONSOLE, 1, 1, 0 }, { LINT_IS_RNG, 0, 0, 1 },
        { LINT_IS_GPU, 0, 24, 24 }, { LINT_IS_GPU, 1, 24, 0 },
    };
    const uint64_t bytes = c->readable + c->writable;

    ASK(d, bytes <= UINT64_C(1) << 32, "SPLIT-04");
    ASKF(d, c->count <= TINY_COUNT || bytes >= (uint64_t)c->count * TINY_BYTES, "QUEUE-05",
         "%u descriptors", c->count);
    for (unsigned i = 0; i < sizeof needs / sizeof *needs && bytes > 0; i++)
        if (d->vdev->kind->id == needs[i].device && d->queue == needs[i].queue)
            ASK(d, c->readable >= needs[i].readable && c->writable >= needs[i].writable,
                "INF-SPLIT-26");
}

/* A part of a queue has its bytes for itself: no buffer is filled there. [2.7] */
static void check_room(struct lint_device *d, const struct lint_descriptor *x)
{
    for (unsigned i = 0; i < VDEV_QUEUES * AREAS && (x->flags & WRITE); i++) {
        const struct virtqueue *q = &d->vdev->queue[i / AREAS];
        const bool meets = lint_is_in(q, i % AREAS, x->address)
                        || q->area[i % AREAS] - x->address < x->bytes;

        ask(d, x, !q->enabled || !meets, parts[i % AREAS].room);
    }
}

/* From here on findings begin with the head, until d->chain is null again. */
static void walk(struct lint_device *d, struct lint_chain *c, uint16_t head)
{
    memset(c, 0, offsetof(struct lint_chain, at));
    c->queue = d->queue;
    c->head = c->last = head;
    c->is_sound = true;
    d->chain = c;
    if (follow(d, c))
        check_bytes(d, c);
    else
        c->is_sound = false;
}

/* ---- In flight [2.7.13] ---------------------------------------------------------------------- */

/* What names a table is the last one of the chain that lies in the ring. */
static void own(struct lint_device *d, const struct lint_chain *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        const uint16_t index = c->at[i].in_table ? c->last : c->at[i].index;
        uint16_t *owner = &ring(d)->owner[index];

        ASKF(d, *owner == 0 || *owner == c->head + 1, "INF-SPLIT-20",
             "descriptor %u is in the chain of head %u, which is out", index, *owner - 1u);
        *owner = (uint16_t)(c->head + 1);
    }
}

static void mix(uint64_t *sum, const void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        *sum = (*sum ^ ((const uint8_t *)from)[i]) * UINT64_C(0x100000001b3);
}

/* A descriptor as it lies in memory is what a struct lint_descriptor begins with. */
static struct digest digest_of(const struct lint_device *d, const struct lint_chain *c)
{
    struct digest sum = { .chain = c->table + c->entries };
    uint8_t text[DIGESTED];

    for (unsigned i = 0; i < c->count; i++)
        mix(c->at[i].in_table ? &sum.table : &sum.chain, &c->at[i], DESCRIPTOR);
    mix(&sum.text, text, lint_read(d, c, 0, text, sizeof text));
    return sum;
}

/* Is all that is out as it was when it was made available? */
static void check_flight(struct lint_device *d)
{
    struct lint_chain c;

    for (uint16_t i = 0; i < vq(d)->size; i++) {
        const struct digest *was = &ring(d)->digest[i];
        struct digest now;

        if (ring(d)->owner[i] != i + 1)
            continue;
        walk(d, &c, i);
        now = digest_of(d, &c);
        ASKF(d, now.chain == was->chain && now.text == was->text, "INF-SPLIT-28", "%s changed",
             now.chain == was->chain ? "a buffer" : "a descriptor");
        ASK(d, now.chain == was->chain && now.table == was->table, "INIT-36");
        ASKF(d, now.table == was->table, "INF-INDIR-04", "its table at 0x%" PRIx64, c.table);
    }
    d->chain = NULL;
}

/* What a store of avail.idx is about to offer. It is judged when it is there. */
static void keep_promised(struct lint_device *d, uint16_t avail)
{
    const uint16_t size = vq(d)->size;
    struct lint_chain c;

    d->is_silent = true;
    for (uint16_t i = ring(d)->avail; i != avail && (uint16_t)(avail - i) <= size; i++) {
        walk(d, &c, load_half(d, AREA_AVAILABLE, RING + 2u * (i % size)));
        ring(d)->promised[i % size] = digest_of(d, &c);
    }
    d->is_silent = false;
    d->chain = NULL;
}

/* Of the chain that was promised: its text, too? */
static void check_promised(struct lint_device *d, const struct digest *now)
{
    const struct digest *was = &ring(d)->promised[ring(d)->avail % vq(d)->size];
    const bool is_it = was->chain == now->chain && was->table == now->table;

    ASKF(d, !is_it || was->text == now->text, "INF-SPLIT-28", "a buffer changed after avail.idx");
}

/* What the device took before we saw it is a receiver's buffer; it may be another by now. */
static void take_request(struct lint_device *d, uint16_t head)
{
    struct ring *k = ring(d);
    const bool is_taken = (int16_t)(vq(d)->next_available - k->avail) > 0;
    struct lint_chain c;

    if (!ASKF(d, head < vq(d)->size, "INF-SPLIT-15", "%u of %u", head, vq(d)->size) || is_taken)
        return;
    walk(d, &c, head);
    ASKF(d, head == k->next || !lint_has(d, FEATURE_IN_ORDER), "INF-SPLIT-12", "not %u", k->next);
    ASKF(d, k->owner[head] != head + 1, "INF-SPLIT-20", "it is out already");
    for (unsigned i = 0; i < c.count; i++)
        check_room(d, &c.at[i]);
    k->next = (uint16_t)((c.last + 1) % vq(d)->size);
    if (c.is_sound) {                   /* or the device will never give it back */
        own(d, &c);
        k->digest[head] = digest_of(d, &c);
        check_promised(d, &k->digest[head]);
    }
    lint_request(d, &c);
}

static void take_answer(struct lint_device *d, uint64_t element)
{
    const uint8_t *at = guest_range(d->lint->memory, element, USED_ELEMENT);
    const uint32_t head = load_le32(at), written = load_le32(at + 4);
    struct ring *k = ring(d);

    if (head >= vq(d)->size || k->owner[head] != head + 1)
        return;
    for (unsigned i = 0; i < vq(d)->size; i++)
        if (k->owner[i] == head + 1)
            k->owner[i] = 0;
    lint_answer(d, d->queue, (uint16_t)head, written);
}

/* ---- Looking [2.7.6] ------------------------------------------------------------------------- */

/* Can the indices be followed? */
static bool is_sensible(struct lint_device *d)
{
    const struct fields *f = &ring(d)->now;
    const uint16_t size = vq(d)->size, was = ring(d)->avail, step = (uint16_t)(f->avail - was);
    const int swapped = (uint16_t)(__builtin_bswap16(f->avail) - __builtin_bswap16(was));
    const bool is_swapped = step > size && swapped <= size;
    const bool is_back = step >= 0x8000 && !is_swapped;

    ask_ring(d, !is_back || f->avail >= size || was >= size, "INF-SPLIT-27");
    return ask_ring(d, f->used == vq(d)->next_used, "INF-SPLIT-07")
        && ask_ring(d, !is_swapped, "INF-SPLIT-08")
        && ask_ring(d, !is_back, "SPLIT-08")
        && ask_ring(d, step <= size && (uint16_t)(f->avail - f->used) <= size, "INF-SPLIT-21");
}

/* An entry that should be new and is as before, while one was written that is not due yet (the one
 * at avail.idx may be: the driver works on it). */
static void check_slots(struct lint_device *d)
{
    struct ring *k = ring(d);
    const unsigned fresh = (uint16_t)(k->now.avail - k->avail);
    bool is_stale = false, is_stray = false;

    for (unsigned i = 0; i < vq(d)->size; i++) {
        const uint16_t now = load_half(d, AREA_AVAILABLE, RING + 2 * i);
        const unsigned ahead = (i - k->avail) & (vq(d)->size - 1u);

        is_stale |= ahead < fresh && now == k->slot[i];
        is_stray |= ahead > fresh && now != k->slot[i];
        k->slot[i] = now;
    }
    ask_ring(d, !is_stale || !is_stray, "INF-SPLIT-14");
}

/* False: nobody knows the ring, or the device does not serve it. */
static bool look(struct lint_device *d)
{
    struct ring *k = ring(d);

    if (!vq(d)->enabled || !k->is_known)
        return false;
    k->now = load_fields(d);
    k->is_known = is_sensible(d);
    return k->is_known;
}

static void take_answers(struct lint_device *d)
{
    const struct virtqueue *q = vq(d);
    struct ring *k = ring(d);

    for (; k->used != k->now.used; k->used++)
        take_answer(d, q->area[AREA_USED] + RING + (uint64_t)USED_ELEMENT * (k->used % q->size));
}

static void take_requests(struct lint_device *d)
{
    struct ring *k = ring(d);

    if (k->avail != k->now.avail)
        check_slots(d);
    for (; k->avail != k->now.avail; k->avail++)
        take_request(d, k->slot[k->avail % vq(d)->size]);
}

/* ---- Notifications [2.7.7] [2.7.10] [2.9] ---------------------------------------------------- */

/* Does the device want to hear of the entries from `from` up to avail.idx? */
static bool is_wanted(const struct lint_device *d, const struct fields *f, uint16_t from)
{
    const uint16_t to = ring(d)->avail;

    if (!lint_has(d, FEATURE_EVENT_IDX))
        return !(f->used_flags & 1);
    return (uint16_t)(to - f->avail_event - 1) < (uint16_t)(to - from);
}

/* What the driver made available, the device has not taken, and nobody was told of: should it have
 * been? Said when the driver cannot be about to do so any more. */
static void check_missing(struct lint_device *d, unsigned patience)
{
    struct ring *k = ring(d);
    const bool by_event = lint_has(d, FEATURE_EVENT_IDX);
    const uint16_t untold = (uint16_t)(k->avail - k->told);
    const uint16_t untaken = (uint16_t)(k->avail - vq(d)->next_available);
    const uint16_t from = (uint16_t)(k->avail - (untold < untaken ? untold : untaken));

    if (from == k->avail || !vdev_is_live(d->vdev) || !is_wanted(d, &k->now, from))
        k->waits = 0;
    else if (++k->waits > patience) {
        ask_ring(d, false, by_event ? "EVIDX-03" : "SPLIT-16");
        ask_ring(d, !by_event || !(k->now.used_flags & 1), "EVIDX-02");
        ask_ring(d, !by_event || k->avail >= from, "INF-EVIDX-05");
    }
}

/* One that nobody asked for, neither now nor when we looked before, is one too many. */
static void check_notification(struct lint_device *d, uint64_t value)
{
    struct ring *k = ring(d);
    const bool by_event = lint_has(d, FEATURE_EVENT_IDX);
    const bool is_idx = value >> 16 == k->avail;

    ask_ring(d, k->now.avail_flags <= 1 || by_event, "SPLIT-09");
    ask_ring(d, k->now.avail_flags == 0 || !by_event, "EVIDX-01");
    ask_ring(d, is_wanted(d, &k->now, k->told) || is_wanted(d, &k->old, k->told),
             by_event ? "EVIDX-04" : "SPLIT-15");
    ask_ring(d, is_idx || !lint_has(d, FEATURE_NOTIFICATION_DATA), "INF-QUEUE-04");
    k->told = k->avail;
}

/* ---- Setting up [2.6.1] [2.7] ---------------------------------------------------------------- */

/* Of two parts that overlap the lower one has not the room that it needs. */
static void check_overlap(struct lint_device *d, unsigned part, const struct virtqueue *other)
{
    const uint64_t at = vq(d)->area[part];

    for (unsigned i = other == vq(d) ? part + 1 : 0; i < AREAS; i++) {
        const uint64_t there = other->area[i];
        const bool is_lower = at <= there;
        const bool meets = is_lower ? lint_is_in(vq(d), part, there) : lint_is_in(other, i, at);

        ASKF(d, !meets, parts[is_lower ? part : i].room, "%s at 0x%" PRIx64 ", %s at 0x%" PRIx64,
             parts[part].name, at, parts[i].name, there);
    }
}

static bool check_part(struct lint_device *d, enum queue_area part)
{
    const uint64_t at = vq(d)->area[part];
    const uint32_t bytes = lint_part_bytes(vq(d), part);
    const struct lint *l = d->lint;

    for (unsigned i = 0; i < l->devices; i++)
        for (unsigned n = 0; l->device[i]->vdev != NULL && n < VDEV_QUEUES; n++)
            if (l->device[i]->vdev->queue[n].enabled || &l->device[i]->vdev->queue[n] == vq(d))
                check_overlap(d, part, &l->device[i]->vdev->queue[n]);
    ASKF(d, at % parts[part].alignment == 0, parts[part].align, "0x%" PRIx64, at);
    return ASKF(d, guest_range(l->memory, at, bytes) != NULL, "INF-SPLIT-01", "%s, %u bytes at 0x%"
                PRIx64, parts[part].name, bytes, at) && at % parts[part].alignment == 0;
}

/* The two sides count from 0 on, or nobody knows where they are. */
static void on_enable(struct lint_device *d)
{
    const struct lint_queue_life *life = &d->life.queue[d->queue];
    const uint32_t all = LINT_BIT(REG_QUEUE_SIZE) | LINT_BIT(REG_QUEUE_DESC)
                       | LINT_BIT(REG_QUEUE_DRIVER) | LINT_BIT(REG_QUEUE_DEVICE);
    struct ring *k = ring(d);
    bool is_whole = vq(d)->size <= VIRTQUEUE_MAX;

    ASKF(d, !life->is_resetting, "QUEUE-01", "queue_reset was not read as 0");
    ASKF(d, !life->was_reset || (life->written & all) == all, "QUEUE-03", "but not size and parts");
    for (unsigned i = 0; i < AREAS; i++)
        is_whole &= check_part(d, i);
    *k = (struct ring){ .was = *vq(d) };
    if (!is_whole)
        return;
    for (unsigned i = 0; i < vq(d)->size; i++)
        k->slot[i] = load_half(d, AREA_AVAILABLE, RING + 2 * i);
    k->now = load_fields(d);
    k->is_known = k->now.avail == 0 && k->now.used == 0 && !lint_has(d, FEATURE_PACKED);
    ask_ring(d, k->now.avail == 0, life->was_reset ? "INF-QUEUE-03" : "INF-SPLIT-13");
    ask_ring(d, k->now.used == 0, life->was_reset ? "INF-QUEUE-03" : "INF-SPLIT-17");
    ask_ring(d, k->now.used_flags == 0, "SPLIT-13");
}

/* A packed ring may have any size. */
static void on_size(struct lint_device *d, uint64_t size)
{
    const bool is_packed = lint_has(d, FEATURE_PACKED);

    ASK(d, is_packed || size <= 32768, "INF-SPLIT-06");
    ASK(d, is_packed || size > 32768 || (size & (size - 1)) == 0, "INF-SPLIT-05");
}

/* ---- What happens ---------------------------------------------------------------------------- */

/* At each access, before the device hears of it; without one when all is over. What came back in
 * one queue may be out again in another. */
static void look_at_all(struct lint_device *d, const struct lint_access *a, unsigned patience)
{
    const unsigned queue = d->queue;    /* of the access */

    d->access = NULL;                   /* all the evidence lies in memory */
    for (d->queue = 0; d->vdev != NULL && d->queue < VDEV_QUEUES; d->queue++)
        if (look(d))
            take_answers(d);
    for (d->queue = 0; d->vdev != NULL && d->queue < VDEV_QUEUES; d->queue++) {
        const bool is_notified = d->queue == queue && a->is_write && a->reg == REG_NOTIFY;

        d->access = is_notified ? a : NULL;
        if (!look(d))
            continue;
        take_requests(d);
        if (is_notified)
            check_notification(d, a->value);
        else
            check_missing(d, patience);
        if (is_notified || patience < PATIENCE)
            check_flight(d);
        ring(d)->old = ring(d)->now;
    }
    d->queue = queue;
    d->access = a;
}

static void end(struct lint_device *d)
{
    look_at_all(d, NULL, NONE);
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    const bool gives_up = a->is_write && a->reg == REG_STATUS
                       && (a->value == 0 || (a->value & STATUS_FAILED));
    const bool sets_up = a->is_write && a->reg >= REG_QUEUE_SIZE && a->reg <= REG_NOTIFY
                      && (a->reg != REG_QUEUE_ENABLE || a->value != 0);

    look_at_all(d, a, gives_up ? FEW : PATIENCE);
    if (d->queue == LINT_NO_QUEUE)
        ASKF(d, !sets_up, "INF-QUEUE-02", "of queue %u", a->queue);
    else if (sets_up && a->is_exact && a->reg == REG_QUEUE_SIZE)
        on_size(d, a->value);
    else if (sets_up && a->is_exact && a->reg == REG_QUEUE_ENABLE && !vq(d)->enabled)
        on_enable(d);
}

/* Whoever watches each access is told more: an answer when the driver looks for it, a request
 * before the driver does anything else. */
static void touch(struct lint_device *d, const struct lint_touch *t)
{
    const bool is_store = t->kind == LINT_STORE;
    const enum queue_area moves = is_store ? AREA_AVAILABLE : AREA_USED;
    const bool is_idx = vq(d)->area[moves] + IDX - t->at < t->bytes;
    const struct virtqueue *was = &ring(d)->was;
    const bool is_bound = is_store && d->life.queue[d->queue].is_resetting;

    if ((is_idx || t->kind == LINT_LOAD) && look(d)) {
        if (!is_store && is_idx)
            take_answers(d);
        take_requests(d);
        if (is_store)
            keep_promised(d, (uint16_t)t->value);
    }
    for (unsigned i = 0; i < AREAS; i++)
        ASKF(d, !is_bound || !lint_is_in(was, i, t->at), "QUEUE-02",
             "%u bytes stored at 0x%" PRIx64, t->bytes, t->at);
}

const struct lint_area lint_queue = {
    .name = "queue", .rules = rules, .state = VDEV_QUEUES * sizeof(struct ring), .access = access,
    .touch = touch, .end = end,
};
