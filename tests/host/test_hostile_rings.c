/* Rings that no driver would write, against the devices that our VMMs run: each lie ends in one
 * line and DEVICE_NEEDS_RESET, touches nothing outside RAM, and is forgotten by a reset. */
#include "tests/host/hand.h"

#include <inttypes.h>
#include <time.h>

static struct hand hand;

/* ---- Chains ---- */

enum { LAST = RAM + RAM_BYTES };        /* the first byte behind RAM */

static const struct chain_row {
    const char *name;
    uint64_t    features;
    struct {
        uint64_t address;
        uint32_t bytes;
        unsigned flags, next;
    } direct[4], indirect[4];
    unsigned    head;
    const char *fault;                  /* null: the request is served, */
    uint32_t    written;                /* with so many bytes */
} chains[] = {
    { .name = "one piece", .direct = { { BUFFERS, 100, WRITE, 0 } }, .written = 100 },
    { .name = "three pieces, backwards in the table", .head = 3, .written = 7,
      .direct = { [3] = { BUFFERS, 1, NEXT | WRITE, 2 }, [2] = { BUFFERS + 9, 2, NEXT | WRITE, 1 },
                  [1] = { BUFFERS + 99, 4, WRITE, 0 } } },
    { .name = "the last byte of RAM", .direct = { { LAST - 1, 1, WRITE, 0 } }, .written = 1 },
    { .name = "the first byte of RAM that is no ring", .direct = { { RAM + 0x800, 1, WRITE, 0 } },
      .written = 1 },
    { .name = "the same memory in each piece", .written = 12,
      .direct = { { BUFFERS, 4, NEXT | WRITE, 1 }, { BUFFERS, 4, NEXT | WRITE, 2 },
                  { BUFFERS, 4, WRITE, 0 } } },
    { .name = "as many pieces as the queue is long", .written = 4,
      .direct = { { BUFFERS, 1, NEXT | WRITE, 1 }, { BUFFERS, 1, NEXT | WRITE, 2 },
                  { BUFFERS, 1, NEXT | WRITE, 3 }, { BUFFERS, 1, WRITE, 0 } } },
    { .name = "next is of no meaning without NEXT", .direct = { { BUFFERS, 5, WRITE, 9999 } },
      .written = 5 },
    { .name = "flags that nobody knows", .direct = { { BUFFERS, 5, WRITE | 0xfff8, 0 } },
      .written = 5 },

    { .name = "one byte behind RAM", .direct = { { LAST, 1, WRITE, 0 } }, .fault = "not in RAM" },
    { .name = "the last byte and one more", .direct = { { LAST - 1, 2, WRITE, 0 } },
      .fault = "not in RAM" },
    { .name = "one byte before RAM", .direct = { { RAM - 1, 2, WRITE, 0 } },
      .fault = "not in RAM" },
    { .name = "address 0", .direct = { { 0, 16, WRITE, 0 } }, .fault = "not in RAM" },
    { .name = "an end that wraps to 0", .direct = { { UINT64_MAX - 0xff, 0x100, WRITE, 0 } },
      .fault = "not in RAM" },
    { .name = "an end that wraps into RAM",
      .direct = { { UINT64_C(0xffffffff80000000) + BUFFERS, 0x80000010, WRITE, 0 } },
      .fault = "not in RAM" },
    { .name = "the last byte of all", .direct = { { UINT64_MAX, 1, WRITE, 0 } },
      .fault = "not in RAM" },
    { .name = "the upper half of an address", .fault = "not in RAM",
      .direct = { { (UINT64_C(1) << 32) + BUFFERS, 16, WRITE, 0 } } },
    { .name = "4 GiB less a byte", .direct = { { BUFFERS, UINT32_MAX, WRITE, 0 } },
      .fault = "not in RAM" },
    { .name = "0 bytes", .direct = { { BUFFERS, 0, WRITE, 0 } }, .fault = "0 bytes" },
    { .name = "0 bytes, second", .fault = "0 bytes",
      .direct = { { BUFFERS, 8, NEXT | WRITE, 1 }, { BUFFERS, 0, WRITE, 0 } } },
    { .name = "the second of two outside", .fault = "not in RAM",
      .direct = { { BUFFERS, 8, NEXT | WRITE, 1 }, { LAST - 7, 8, WRITE, 0 } } },
    { .name = "readable behind writable", .fault = "after a writable one",
      .direct = { { BUFFERS, 8, NEXT | WRITE, 1 }, { BUFFERS, 8, 0, 0 } } },
    { .name = "something to read for a device that only writes", .fault = "nothing to be read",
      .direct = { { BUFFERS, 8, NEXT, 1 }, { BUFFERS, 8, WRITE, 0 } } },
    { .name = "a head behind the table", .head = 4, .fault = "descriptor 4 of a table of 4" },
    { .name = "head 65535", .head = 65535, .fault = "descriptor 65535" },
    { .name = "next behind the table", .fault = "descriptor 4 of a table of 4",
      .direct = { { BUFFERS, 8, NEXT | WRITE, 4 } } },
    { .name = "a loop of one", .direct = { { BUFFERS, 8, NEXT | WRITE, 0 } }, .fault = "loop" },
    { .name = "a loop of two", .fault = "loop",
      .direct = { { BUFFERS, 8, NEXT | WRITE, 1 }, { BUFFERS, 8, NEXT | WRITE, 0 } } },
    { .name = "a loop behind a straight piece", .fault = "loop",
      .direct = { { BUFFERS, 8, NEXT | WRITE, 1 }, { BUFFERS, 8, NEXT | WRITE, 2 },
                  { BUFFERS, 8, NEXT | WRITE, 1 } } },

    { .name = "indirect", .features = FEATURE_INDIRECT, .written = 24,
      .direct = { { INDIRECT, 32, TABLE_OF_THEM, 0 } },
      .indirect = { { BUFFERS, 8, NEXT | WRITE, 1 }, { BUFFERS, 16, WRITE, 0 } } },
    { .name = "indirect, marked writable, which means nothing", .features = FEATURE_INDIRECT,
      .direct = { { INDIRECT, 16, TABLE_OF_THEM | WRITE, 0 } },
      .indirect = { { BUFFERS, 8, WRITE, 0 } }, .written = 8 },
    { .name = "indirect behind a direct piece", .features = FEATURE_INDIRECT, .written = 12,
      .direct = { { BUFFERS, 4, NEXT | WRITE, 1 }, { INDIRECT, 16, TABLE_OF_THEM, 0 } },
      .indirect = { { BUFFERS, 8, WRITE, 0 } } },
    { .name = "indirect, not negotiated", .direct = { { INDIRECT, 16, TABLE_OF_THEM, 0 } },
      .indirect = { { BUFFERS, 8, WRITE, 0 } }, .fault = "was not negotiated" },
    { .name = "indirect and NEXT", .features = FEATURE_INDIRECT,
      .direct = { { INDIRECT, 16, TABLE_OF_THEM | NEXT, 1 } },
      .indirect = { { BUFFERS, 8, WRITE, 0 } }, .fault = "INDIRECT and NEXT" },
    { .name = "indirect in indirect", .features = FEATURE_INDIRECT,
      .direct = { { INDIRECT, 16, TABLE_OF_THEM, 0 } },
      .indirect = { { INDIRECT, 16, TABLE_OF_THEM, 0 } }, .fault = "inside an indirect" },
    { .name = "an indirect table that is the table itself", .features = FEATURE_INDIRECT,
      .direct = { { TABLE, 16, TABLE_OF_THEM, 0 } }, .fault = "inside an indirect" },
    { .name = "an indirect table of 0 bytes", .features = FEATURE_INDIRECT,
      .direct = { { INDIRECT, 0, TABLE_OF_THEM, 0 } }, .fault = "of 0 bytes" },
    { .name = "half an indirect descriptor", .features = FEATURE_INDIRECT,
      .direct = { { INDIRECT, 8, TABLE_OF_THEM, 0 } }, .fault = "of 8 bytes" },
    { .name = "one and a half", .features = FEATURE_INDIRECT,
      .direct = { { INDIRECT, 24, TABLE_OF_THEM, 0 } },
      .indirect = { { BUFFERS, 8, WRITE, 0 } }, .fault = "of 24 bytes" },
    { .name = "an indirect table that ends behind RAM", .features = FEATURE_INDIRECT,
      .direct = { { LAST - 16, 32, TABLE_OF_THEM, 0 } }, .fault = "not in RAM" },
    { .name = "an indirect table at the end of 64 bits", .features = FEATURE_INDIRECT,
      .direct = { { UINT64_MAX - 15, 16, TABLE_OF_THEM, 0 } }, .fault = "not in RAM" },
    { .name = "an indirect next behind its table", .features = FEATURE_INDIRECT,
      .direct = { { INDIRECT, 16, TABLE_OF_THEM, 0 } },
      .indirect = { { BUFFERS, 8, NEXT | WRITE, 1 }, { BUFFERS, 8, WRITE, 0 } },
      .fault = "descriptor 1 of a table of 1" },
    { .name = "an indirect loop", .features = FEATURE_INDIRECT,
      .direct = { { INDIRECT, 32, TABLE_OF_THEM, 0 } },
      .indirect = { { BUFFERS, 8, NEXT | WRITE, 1 }, { BUFFERS, 8, NEXT | WRITE, 0 } },
      .fault = "loop" },
    { .name = "an indirect descriptor outside", .features = FEATURE_INDIRECT,
      .direct = { { INDIRECT, 16, TABLE_OF_THEM, 0 } },
      .indirect = { { LAST, 8, WRITE, 0 } }, .fault = "not in RAM" },
};

static void a_chain(void *argument)
{
    const struct chain_row *r = argument;
    struct hand *h = &hand;

    bring_up(h, r->features, 4);
    for (unsigned i = 0; i < 4; i++) {
        describe(h, TABLE, i, r->direct[i].address, r->direct[i].bytes, r->direct[i].flags,
                 r->direct[i].next);
        describe(h, INDIRECT, i, r->indirect[i].address, r->indirect[i].bytes,
                 r->indirect[i].flags, r->indirect[i].next);
    }
    offer(h, r->head);
    notify(h);
    if (r->fault == NULL) {
        need(status(h) == 15 && h->faults == 0, "status 0x%x, \"%s\"", status(h), h->fault);
        need(used_index(h) == 1 && used_bytes(h, 0) == r->written, "used.idx %u, %u bytes",
             used_index(h), used_bytes(h, 0));
        need(load_le32(at(h, USED) + 4) == r->head, "another head");
    } else {
        need(status(h) == (15 | 64), "status 0x%x", status(h));
        need(strstr(h->fault, r->fault) && strstr(h->fault, "DEVICE_NEEDS_RESET"), "\"%s\"",
             h->fault);
        need(h->faults == 1, "%u lines", h->faults);
        need(used_index(h) == 0, "given back all the same");
        need(h->line && (reg(h, 0x60) & 2), "no interrupt for the configuration change [2.1.2]");
        offer(h, 0);
        notify(h);
        need(used_index(h) == 0 && h->faults == 1, "served, or told, after DEVICE_NEEDS_RESET");
    }
    need_works(h);
}

static void very_long(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    for (unsigned count = 1023; count <= 1026; count++) {
        bring_up(h, FEATURE_INDIRECT, 4);
        describe(h, TABLE, 0, BUFFERS + 0x10000, count * 16, TABLE_OF_THEM, 0);
        for (unsigned i = 0; i < count; i++)
            describe(h, BUFFERS + 0x10000, i, BUFFERS, 1, WRITE | (i + 1 < count ? NEXT : 0),
                     i + 1);
        offer(h, 0);
        notify(h);
        need(count <= 1024 ? status(h) == 15 && used_bytes(h, 0) == count
             : status(h) == 79 && strstr(h->fault, "more than 1024"), "%u: 0x%x \"%s\"", count,
             status(h), h->fault);
    }
    bring_up(h, FEATURE_INDIRECT, 4);
    describe(h, TABLE, 0, INDIRECT, 600 * 16, TABLE_OF_THEM, 0);
    for (unsigned i = 0; i < 600; i++)
        describe(h, INDIRECT, i, RAM, RAM_BYTES, WRITE | (i < 599 ? NEXT : 0), i + 1);
    offer(h, 0);
    notify(h);
    need(status(h) == 79 && strstr(h->fault, "4 GiB"), "\"%s\"", h->fault);
    need_works(h);
}

/* ---- Indices ---- */

static const struct index_row {
    const char *name;
    unsigned    size, before, idx;      /* requests served before, then avail.idx */
    bool        is_bad;
} indices[] = {
    { "as many as fit", 4, 0, 4, false },
    { "one more than fits", 4, 0, 5, true },
    { "65535", 4, 0, 65535, true },
    { "one back", 4, 3, 2, true },
    { "to the start again", 4, 3, 0, true },
    { "as many as fit, later", 4, 3, 7, false },
    { "one more than fits, later", 4, 3, 8, true },
    { "nothing new", 4, 3, 3, false },
    { "over the end", 4, 65534, 2, false },
    { "too far over the end", 4, 65534, 3, true },
    { "a ring of one", 1, 9, 10, false },
    { "a ring of one, two", 1, 9, 11, true },
    { "the largest ring", 64, 65500, 28, false },
    { "the largest ring, one more", 64, 65500, 29, true },
};

static void an_index(void *argument)
{
    const struct index_row *r = argument;
    struct hand *h = &hand;

    bring_up(h, 0, r->size);
    describe(h, TABLE, 0, BUFFERS, 1, WRITE, 0);
    for (unsigned i = 0; i < r->before; i++) {
        offer(h, 0);
        notify(h);
    }
    need(used_index(h) == r->before, "used.idx %u", used_index(h));
    store_le16(at(h, AVAILABLE) + 2, (uint16_t)r->idx);
    notify(h);
    need((status(h) == 79) == r->is_bad, "status 0x%x \"%s\"", status(h), h->fault);
    need(used_index(h) == (r->is_bad ? r->before : r->idx), "used.idx %u", used_index(h));
    need(!r->is_bad || strstr(h->fault, "avail.idx went from"), "\"%s\"", h->fault);
    need_works(h);
}

/* ---- Queues that cannot be ---- */

static const struct queue_row {
    const char *name;
    uint32_t    size;
    uint64_t    table, available, used;
    const char *fault;
} queues[] = {
    { "of 1", 1, TABLE, AVAILABLE, USED, NULL },
    { "of 64, all there is", 64, TABLE, AVAILABLE, USED, NULL },
    { "of 128", 128, TABLE, AVAILABLE, USED, "size 128 is more than 64" },
    { "of 3", 3, TABLE, AVAILABLE, USED, "size 3" },
    { "of 0", 0, TABLE, AVAILABLE, USED, "size 0" },
    { "of 65536 + 4", 0x10004, TABLE, AVAILABLE, USED, "size 65540" },
    { "with descriptors at an odd place", 4, TABLE + 8, AVAILABLE, USED, "no multiple of 16" },
    { "with an available ring at an odd place", 4, TABLE, AVAILABLE + 1, USED, "no multiple of 2" },
    { "with a used ring at an odd place", 4, TABLE, AVAILABLE, USED + 2, "no multiple of 4" },
    { "whose descriptors just fit", 4, LAST - 64, AVAILABLE, USED, NULL },
    { "whose descriptors do not", 4, LAST - 48, AVAILABLE, USED, "descriptor table, 64 bytes" },
    { "whose available ring just fits", 4, TABLE, LAST - 14, USED, NULL },
    { "whose available ring does not", 4, TABLE, LAST - 12, USED, "available ring, 14 bytes" },
    { "whose used ring just fits", 4, TABLE, AVAILABLE, LAST - 40, NULL },
    { "whose used ring does not", 4, TABLE, AVAILABLE, LAST - 36, "used ring, 38 bytes" },
    { "with descriptors nowhere", 4, 0, AVAILABLE, USED, "not in RAM" },
    { "that wraps 64 bits", 4, UINT64_MAX - 15, AVAILABLE, USED, "not in RAM" },
    { "beyond 4 GiB", 4, TABLE, AVAILABLE, USED + (UINT64_C(1) << 32), "not in RAM" },
    { "before RAM", 4, RAM - 16, AVAILABLE, USED, "not in RAM" },
};

static void a_queue(void *argument)
{
    const struct queue_row *r = argument;
    struct hand *h = &hand;

    memset(h->ram, 0, RAM_BYTES);
    h->faults = 0;
    negotiate(h, FEATURE_EVENT_IDX);
    set_queue(h, 0, r->size, r->table, r->available, r->used);
    need(h->faults == (r->fault != NULL), "%u lines, \"%s\"", h->faults, h->fault);
    need(r->fault == NULL || strstr(h->fault, r->fault), "\"%s\"", h->fault);
    need(status(h) == (r->fault != NULL ? 75 : 11), "status 0x%x", status(h));
    need(reg(h, 0x44) == (r->fault == NULL), "QueueReady is %u", reg(h, 0x44));
    if (r->fault == NULL) {
        reg_write(h, 0x70, 15);
        describe(h, r->table, 0, BUFFERS, 9, WRITE, 0);
        store_le16(at(h, r->available) + 2, 1);
        notify(h);
        need(load_le16(at(h, r->used) + 2) == 1, "not served: \"%s\"", h->fault);
    }
    need_works(h);
}

static void told_once(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    negotiate(h, 0);
    h->faults = 0;
    for (unsigned i = 0; i < 3; i++)
        reg_write(h, 0x38, 128);
    need(h->faults == 1 && status(h) == 75, "%u lines, status 0x%x", h->faults, status(h));
    need_works(h);
}

/* ---- The way into RAM ---- */

static const struct range_row {
    const char *name;
    uint64_t    address, bytes;
    bool        is_in;
} ranges[] = {
    { "all of it", RAM, RAM_BYTES, true },
    { "a byte more", RAM, RAM_BYTES + 1, false },
    { "nothing, at its start", RAM, 0, true },
    { "nothing, at its last byte", LAST - 1, 0, true },
    { "nothing, behind it", LAST, 0, false },
    { "nothing, before it", RAM - 1, 0, false },
    { "as much as 64 bits can say", RAM, UINT64_MAX, false },
    { "back to where it starts, over the end", RAM + 16, UINT64_MAX - 15, false },
    { "the second piece", UINT64_MAX - 0xfff, 0x1000, true },
    { "the second piece and a byte", UINT64_MAX - 0xfff, 0x1001, false },
    { "the last byte of all", UINT64_MAX, 1, true },
    { "the last byte of all and the first", UINT64_MAX, 2, false },
    { "from one piece to the other", RAM, UINT64_MAX - RAM, false },
};

static void a_range(void *argument)
{
    static uint8_t second[0x1000];
    const struct range_row *r = argument;
    struct guest_memory m = { .count = 2, .region = { { RAM, RAM_BYTES, hand.ram },
                                                      { UINT64_MAX - 0xfff, 0x1000, second } } };
    const uint8_t *p = guest_range(&m, r->address, r->bytes);

    need((p != NULL) == r->is_in, "%s", p != NULL ? "is in RAM" : "is not in RAM");
    need(p == NULL || p == (r->address < LAST ? hand.ram + (r->address - RAM)
                                              : second + (r->address - (UINT64_MAX - 0xfff))),
         "somewhere else");
}

/* A buffer of a megabyte is not filled at one go: what a guest asks for has its price here. */
static void a_large_buffer(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    bring_up(h, 0, 4);
    describe(h, TABLE, 0, BUFFERS, 1 << 20, WRITE, 0);
    offer(h, 0);
    notify(h);
    need(used_bytes(h, 0) == 65536 && status(h) == 15, "%u bytes", used_bytes(h, 0));
}

/* ---- Notifications and interrupts ---- */

static void storm(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    negotiate(h, 0);
    h->faults = 0;
    for (unsigned i = 0; i < 10000; i++)
        notify(h);
    need(h->faults == 16 && strstr(h->fault, "last line"), "%u lines, \"%s\"", h->faults, h->fault);
    bring_up(h, 0, 4);
    for (unsigned i = 0; i < 10000; i++)
        notify(h);
    need(h->faults == 0 && h->interrupts == 0, "told of, or interrupted for, nothing");
    for (unsigned i = 0; i < 10000; i++)
        reg_write(h, 0x50, i % 7 + 1);
    need(h->faults == 16, "%u lines of notifications of no queue", h->faults);
    need_works(h);
}

/* 200,000 requests with EVENT_IDX: the driver notifies only if avail_event asks, and waits for an
 * interrupt only where it asked for one. Nothing is lost, nothing is said in vain. */
static void event_index(void *unused)
{
    struct hand *h = &hand;
    unsigned notified = 0, expected = 0;

    (void)unused;
    bring_up(h, FEATURE_EVENT_IDX, 4);
    for (unsigned i = 0; i < 4; i++)
        describe(h, TABLE, i, BUFFERS, 1, WRITE, 0);
    for (unsigned round = 0; round < 200000; round++) {
        unsigned burst = round % 3 + 1;
        uint16_t old = h->offered, first = h->seen, asked = (uint16_t)(first + round % 5);

        store_le16(at(h, AVAILABLE) + 4 + 2 * 4, asked);
        expected += (uint16_t)(asked - first) < burst;
        for (unsigned i = 0; i < burst; i++)
            offer(h, i);
        if ((uint16_t)(h->offered - load_le16(at(h, USED) + 4 + 8 * 4) - 1)
            < (uint16_t)(h->offered - old)) {
            notified++;
            notify(h);
        }
        h->seen = (uint16_t)(h->seen + burst);
        need(used_index(h) == h->seen, "round %u: used.idx %u, not %u", round, used_index(h),
             h->seen);
        reg_write(h, 0x64, 1);
    }
    need(h->faults == 0 && notified == 200000, "%u notifications, \"%s\"", notified, h->fault);
    need(h->interrupts == expected, "%u interrupts, not %u", h->interrupts, expected);
}

static void no_interrupt(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    bring_up(h, 0, 4);
    describe(h, TABLE, 0, BUFFERS, 1, WRITE, 0);
    store_le16(at(h, AVAILABLE), 1);
    store_le16(at(h, AVAILABLE) + 4 + 8, 99);           /* no used_event: not negotiated */
    offer(h, 0);
    notify(h);
    need(used_index(h) == 1 && !h->line && reg(h, 0x60) == 0, "interrupted, but asked not to");
    store_le16(at(h, AVAILABLE), 0);
    offer(h, 0);
    notify(h);
    need(h->line && reg(h, 0x60) == 1, "not interrupted");
    reg_write(h, 0x64, 2);
    need(h->line, "the line fell for another bit");
    reg_write(h, 0x64, 1);
    need(!h->line && reg(h, 0x60) == 0, "the line stays high");
}

/* ---- Anything ---- */

static uint64_t seed = 88172645463325252u;

static uint32_t dice(uint32_t sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 11) % sides;
}

static uint64_t some_address(void)
{
    static const uint64_t edges[] = { RAM, LAST, 0, UINT64_MAX, BUFFERS, INDIRECT, TABLE, USED,
                                      UINT64_C(1) << 32, UINT64_C(1) << 63 };

    return edges[dice(10)] + dice(3) * dice(4097) - dice(3) * dice(64);
}

static uint32_t some_bytes(void)
{
    static const uint32_t edges[] = { 0, 1, 16, 32, 64, 4096, RAM_BYTES, UINT32_MAX };

    return dice(4) ? 16 * dice(5) : edges[dice(8)] + dice(3) - 1;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void anything(void *argument)
{
    struct hand *h = &hand;
    const double end = now() + *(const unsigned *)argument / 10.0;
    unsigned rounds = 0, served = 0, broken = 0;

    for (; now() < end; rounds++) {
        unsigned size = 1u << dice(5);

        bring_up(h, dice(4) * FEATURE_INDIRECT, size);      /* none, either or both */
        for (unsigned i = 0; i < 2 * size; i++) {
            bool good = dice(4) != 0;

            describe(h, i < size ? TABLE : INDIRECT, i % size,
                     good ? i % 3 ? BUFFERS : INDIRECT : some_address(), some_bytes(),
                     dice(8) ? (dice(3) ? WRITE : WRITE | NEXT) : dice(8), dice(size + 1));
        }
        for (unsigned i = 0; i < 8 && !(status(h) & 64); i++) {
            for (unsigned n = dice(size + 1); n > 0; n--)
                offer(h, dice(size + (dice(16) == 0)));
            if (dice(64) == 0)
                h->offered = (uint16_t)dice(65536);
            store_le16(at(h, AVAILABLE) + 4 + 2 * size, (uint16_t)dice(32));
            notify(h);
        }
        need(h->faults <= 1, "%u lines for one broken ring", h->faults);
        served += used_index(h);
        broken += status(h) >> 6 & 1;
    }
    tap_note("%u rounds, %u requests served, %u rings broken", rounds, served, broken);
    need(served > 0 && broken > 0, "these dice reach nothing");
    need_works(h);
}

static const struct hand_test alone[] = {
    {"chain: 1,024 descriptors and more, 4 GiB and more", very_long},
    {"what broke a device is told once", told_once},
    {"a large buffer is filled in part", a_large_buffer},
    {"notifications for nothing, by the thousand", storm},
    {"EVENT_IDX through 200,000 bursts", event_index},
    {"a driver that wants no interrupt gets none", no_interrupt},
};

int main(void)
{
    const char *seconds = getenv("FUZZ_SECONDS");
    unsigned tenths = seconds != NULL ? 10 * (unsigned)atoi(seconds) : 3;

    hand_start(&hand, tenths / 10 + 60);
    hand_play(&hand, alone, sizeof alone / sizeof alone[0]);
    ROWS(chains, a_chain, "chain: ")
    ROWS(indices, an_index, "avail.idx: ")
    ROWS(queues, a_queue, "a queue ")
    ROWS(ranges, a_range, "RAM: ")
    tap_run("anything at all (FUZZ_SECONDS=N for longer)", anything, &tenths);
    return hand_stop(&hand);
}
