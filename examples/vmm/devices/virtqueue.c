/* virtqueue.c - the device's side of a split virtqueue. [2.7] >>queue
 *
 * One request from the device's view:
 *      1 avail.idx moved?                       virtqueue_next
 *      2 head = avail.ring[..]
 *      3 copy each descriptor, check, follow    follow, add_piece
 *      4 read and write the pieces              the device, chain_read, chain_write
 *      5 used.ring[..] = head, bytes written    virtqueue_done
 *      6 used.idx + 1
 *      7 does the driver want to hear of it?    wants_interrupt
 */
#include "vdev.h"

#include <inttypes.h>
#include <string.h>

enum { DESCRIPTOR = 16 };                               /* bytes [2.7.5] */
enum { FLAG_NEXT = 1, FLAG_WRITE = 2, FLAG_INDIRECT = 4 };
enum { AVAIL_FLAGS = 0, AVAIL_IDX = 2, AVAIL_RING = 4 };        /* [2.7.6] */
enum { USED_IDX = 2, USED_RING = 4, USED_ELEMENT = 8 };         /* [2.7.8] */
enum { NO_INTERRUPT = 1 };

/* ---- Both sides touch these at once, so each is one access of 16 bits ------------------ */

static uint16_t load_index(const uint8_t *at, int order)
{
    uint16_t raw = __atomic_load_n((const uint16_t *)(const void *)at, order);

    return load_le16(&raw);
}

static void store_index(uint8_t *at, uint16_t value, int order)
{
    uint16_t raw;

    store_le16(&raw, value);
    __atomic_store_n((uint16_t *)(void *)at, raw, order);
}

/* Where each side says how far the other may go unheard: behind the rings. [2.7.7] [2.7.10] */
static uint8_t *used_event(const struct virtqueue *q)
{
    return q->at[AREA_AVAILABLE] + AVAIL_RING + 2 * (size_t)q->size;
}

static uint8_t *avail_event(const struct virtqueue *q)
{
    return q->at[AREA_USED] + USED_RING + USED_ELEMENT * (size_t)q->size;
}

/* ---- Starting -------------------------------------------------------------------------- */

/* [2.7]: the event fields are counted in, whether they are used or not. */
static const struct {
    const char *name;
    uint32_t    alignment, fixed, each;
} areas[AREAS] = {
    [AREA_DESCRIPTORS] = { "descriptor table", 16, 0, DESCRIPTOR },
    [AREA_AVAILABLE]   = { "available ring",    2, 6, 2 },
    [AREA_USED]        = { "used ring",         4, 6, USED_ELEMENT },
};

bool virtqueue_start(struct vdev *d, unsigned queue)
{
    struct virtqueue *q = &d->queue[queue];

    if (q->size == 0 || q->size > q->max || (q->size & (q->size - 1)) != 0)
        return vdev_broken(d, "queue %u: size %u is no power of two up to %u [2.7]", queue, q->size,
                           q->max);
    for (unsigned i = 0; i < AREAS; i++) {
        uint32_t bytes = areas[i].fixed + areas[i].each * q->size;

        if (q->area[i] % areas[i].alignment != 0)
            return vdev_broken(d, "queue %u: the %s at 0x%" PRIx64 " is no multiple of %u [2.7]",
                               queue, areas[i].name, q->area[i], areas[i].alignment);
        q->at[i] = guest_range(d->memory, q->area[i], bytes);
        if (q->at[i] == NULL)
            return vdev_broken(d, "queue %u: the %s, %u bytes at 0x%" PRIx64 ", is not in RAM",
                               queue, areas[i].name, bytes, q->area[i]);
    }
    q->next_available = q->next_used = 0;
    q->told = false;
    q->enabled = true;
    return true;
}

/* ---- Following a chain ----------------------------------------------------------------- */

struct descriptor {
    uint64_t address;
    uint32_t bytes;
    uint16_t flags, next;
};

/* Copied once: what is checked is what is used, even if the guest writes to it meanwhile. Volatile,
 * or the compiler might keep no copy and read the guest's again. */
static struct descriptor copy_descriptor(const volatile uint8_t *table, uint32_t index)
{
    uint8_t raw[DESCRIPTOR];

    for (unsigned i = 0; i < DESCRIPTOR; i++)
        raw[i] = table[(size_t)index * DESCRIPTOR + i];
    return (struct descriptor){ load_le64(raw), load_le32(raw + 8), load_le16(raw + 12),
                                load_le16(raw + 14) };
}

/* Every complaint about a chain names its queue and its head. */
#define BROKEN(d, c, text, ...) \
    vdev_broken(d, "queue %u, head %u: " text, (c)->queue, (c)->head, __VA_ARGS__)

static bool add_piece(struct vdev *d, struct chain *c, const struct descriptor *x)
{
    unsigned count = c->readable + c->writable;
    uint8_t *at = guest_range(d->memory, x->address, x->bytes);
    bool writable = x->flags & FLAG_WRITE;

    if (x->bytes == 0 || at == NULL)
        return BROKEN(d, c, "%u bytes at 0x%" PRIx64 "%s", x->bytes, x->address,
                      x->bytes == 0 ? ", an empty descriptor" : " are not in RAM");
    if (!writable && c->writable > 0)
        return BROKEN(d, c, "a readable descriptor after a writable one [%s]", "2.7.4.2");
    if (count == VIRTQUEUE_MAX)
        return BROKEN(d, c, "more than %d descriptors", VIRTQUEUE_MAX);
    if (c->readable_bytes + c->writable_bytes + x->bytes > UINT64_C(1) << 32)
        return BROKEN(d, c, "more than 4 GiB in one chain [%s]", "2.7.5.2");
    c->piece[count].at = at;
    c->piece[count].bytes = x->bytes;
    *(writable ? &c->writable : &c->readable) += 1;
    *(writable ? &c->writable_bytes : &c->readable_bytes) += x->bytes;
    return true;
}

/* Does the descriptor name a table that may be followed? [2.7.5.3] */
static bool check_indirect(struct vdev *d, const struct chain *c, const struct descriptor *x,
                           bool is_inside_one)
{
    const char *wrong = !(d->accepted & FEATURE_INDIRECT) ? "was not negotiated"
                      : is_inside_one ? "stands inside an indirect table"
                      : x->flags & FLAG_NEXT ? "and NEXT stand together" : NULL;

    if (wrong != NULL)
        return BROKEN(d, c, "INDIRECT %s [2.7.5.3.1]", wrong);
    if (x->bytes == 0 || x->bytes % DESCRIPTOR != 0)
        return BROKEN(d, c, "an indirect table of %u bytes: entries have 16", x->bytes);
    if (guest_range(d->memory, x->address, x->bytes) == NULL)
        return BROKEN(d, c, "an indirect table, %u bytes at 0x%" PRIx64 ", is not in RAM", x->bytes,
                      x->address);
    return true;
}

/* From the head on to the descriptor without NEXT. A table has no more steps than entries: who
 * makes more of them goes round in circles. */
static bool follow(struct vdev *d, const struct virtqueue *q, struct chain *c)
{
    const uint8_t *table = q->at[AREA_DESCRIPTORS];
    uint32_t entries = q->size, steps = 0, index = c->head;
    bool is_indirect = false;           /* said, not seen: such a table may lie where ours does */
    struct descriptor x;

    do {
        if (index >= entries)
            return BROKEN(d, c, "descriptor %u of a table of %u", index, entries);
        if (steps++ == entries)
            return BROKEN(d, c, "the chain is a loop [%s]", "2.7.5.2");
        x = copy_descriptor(table, index);
        index = x.next;
        if (x.flags & FLAG_INDIRECT) {
            if (!check_indirect(d, c, &x, is_indirect))
                return false;
            table = guest_range(d->memory, x.address, x.bytes);
            entries = x.bytes / DESCRIPTOR;
            index = steps = 0;
            is_indirect = true;
            x.flags = FLAG_NEXT;        /* WRITE means nothing here [2.7.5.3.2] */
        } else if (!add_piece(d, c, &x)) {
            return false;
        }
    } while (x.flags & FLAG_NEXT);
    return true;
}

/* ---- Taking a request ------------------------------------------------------------------ */

/* How far the driver is. Acquire pairs with its barrier before it stores idx [2.7.13.3.1]: what
 * idx counts, ring entries and descriptors, was written before.
 *
 * Before we believe that there is nothing we ask to be told of the next request, and look again:
 * the driver stores idx, then looks at avail_event; we store avail_event, then look at idx. With
 * a full barrier on each side one of the two sees the other. [2.7.10] */
static uint16_t available_index(const struct vdev *d, const struct virtqueue *q)
{
    const uint8_t *idx = q->at[AREA_AVAILABLE] + AVAIL_IDX;
    uint16_t seen = load_index(idx, __ATOMIC_ACQUIRE);

    if (seen == q->next_available && (d->accepted & FEATURE_EVENT_IDX)) {
        store_index(avail_event(q), q->next_available, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        seen = load_index(idx, __ATOMIC_ACQUIRE);
    }
    return seen;
}

bool virtqueue_next(struct vdev *d, unsigned queue, struct chain *c)
{
    struct virtqueue *q = &d->queue[queue];
    uint16_t available;

    if (!vdev_is_live(d) || !q->enabled)
        return false;
    available = available_index(d, q);
    if (available == q->next_available)
        return false;
    if ((uint16_t)(available - q->next_available) > q->size)
        return vdev_broken(d, "queue %u: avail.idx went from %u to %u, and the ring has %u places "
                           "[2.7.6]", queue, q->next_available, available, q->size);
    c->queue = queue;
    c->head = load_index(q->at[AREA_AVAILABLE] + AVAIL_RING
                         + 2 * (size_t)(q->next_available++ % q->size), __ATOMIC_RELAXED);
    c->readable = c->writable = 0;
    c->readable_bytes = c->writable_bytes = 0;
    if (!follow(d, q, c))
        return false;
    if (!q->told)
        report_story(d->name, "2.7.13", "taken, each address checked",
                     "offers in queue %u %" PRIu64 " bytes to read, %" PRIu64 " to write", queue,
                     c->readable_bytes, c->writable_bytes);
    return true;
}

/* ---- Giving it back ------------------------------------------------------------------------ */

/* The full barrier pairs with the driver's, between asking for interrupts and looking at used.idx
 * once more: one of the two sees the other. [2.7.7] */
static bool wants_interrupt(const struct vdev *d, const struct virtqueue *q, uint16_t index)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (d->accepted & FEATURE_EVENT_IDX)
        return load_index(used_event(q), __ATOMIC_RELAXED) == index;
    return !(load_index(q->at[AREA_AVAILABLE] + AVAIL_FLAGS, __ATOMIC_RELAXED) & NO_INTERRUPT);
}

static void tell_done(const struct vdev *d, struct virtqueue *q, const struct chain *c,
                      uint32_t written, bool wanted)
{
    report_trace("request", "%s: queue %u, head %u: %" PRIu64 " bytes to read, %" PRIu64
                 " to write, %u written%s", d->name, c->queue, c->head, c->readable_bytes,
                 c->writable_bytes, written, wanted ? ", interrupt" : "");
    if (!q->told)
        report_story(d->name, "2.7.8", wanted ? "used.idx = 1, interrupt"
                     : "used.idx = 1, no interrupt, as the driver wishes",
                     "waits for head %u in the used ring of queue %u", c->head, c->queue);
    q->told = true;
}

void virtqueue_done(struct vdev *d, unsigned queue, const struct chain *c, uint32_t written)
{
    struct virtqueue *q = &d->queue[queue];
    uint16_t index = q->next_used;
    uint8_t *element;
    bool wanted;

    if (!vdev_is_live(d) || !q->enabled)
        return;
    element = q->at[AREA_USED] + USED_RING + USED_ELEMENT * (size_t)(index % q->size);
    store_le32(element, c->head);
    store_le32(element + 4, written);

    /* Release: element and buffers come first [2.7.8.2]. Pairs with the driver's read of it. */
    store_index(q->at[AREA_USED] + USED_IDX, ++q->next_used, __ATOMIC_RELEASE);
    wanted = wants_interrupt(d, q, index);
    tell_done(d, q, c, written, wanted);
    if (wanted)
        vdev_interrupt(d, (int)queue);
}

/* ---- Bytes of a request ---------------------------------------------------------------- */

/* Calls for each stretch of memory: `bytes` from `offset` on in the pieces first to last. */
static size_t walk(const struct chain *c, unsigned first, unsigned last, uint64_t offset,
                   void *to, const void *from, size_t bytes)
{
    size_t done = 0;

    for (unsigned i = first; i < last && done < bytes; i++) {
        uint32_t length = c->piece[i].bytes;
        size_t part;

        if (offset >= length) {
            offset -= length;
            continue;
        }
        part = length - (uint32_t)offset;
        if (part > bytes - done)
            part = bytes - done;
        if (to != NULL)
            memcpy((uint8_t *)to + done, c->piece[i].at + offset, part);
        else
            memcpy(c->piece[i].at + offset, (const uint8_t *)from + done, part);
        done += part;
        offset = 0;
    }
    return done;
}

size_t chain_read(const struct chain *c, uint64_t offset, void *to, size_t bytes)
{
    return walk(c, 0, c->readable, offset, to, NULL, bytes);
}

size_t chain_write(const struct chain *c, uint64_t offset, const void *from, size_t bytes)
{
    return walk(c, c->readable, c->readable + c->writable, offset, NULL, from, bytes);
}
