#include "witness.h"

#include "tests/world/tap.h"

#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define __asan_region_is_poisoned(pointer, bytes) ((void)(pointer), (void)(bytes), (void *)0)
#endif

enum { COMMON, NOTIFY, ISR, DEVICE, CONFIG_SPACE, NOWHERE };
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 64, FAILED = 128 };
enum { NEXT = 1, WRITE = 2, INDIRECT = 4 };

/* The registers of both transports by one name [4.1.4.3, 4.2.2]. */
typedef enum name {
    FEATURES, FEATURES_SELECT, ACCEPTED, ACCEPTED_SELECT, STATUS, QUEUE_SELECT, QUEUE_MOST,
    QUEUE_SIZE, QUEUE_ENABLE, DESCRIPTORS, DESCRIPTORS_HIGH, AVAILABLE, AVAILABLE_HIGH, USED,
    USED_HIGH, MSIX_CONFIG, MSIX_QUEUE, NAMES, OTHER
} name;

enum { NO = 0xffff };

static const struct {
    uint16_t pci, bytes, mmio;
} registers[NAMES] = {
    [FEATURES] = {4, 4, 0x10}, [FEATURES_SELECT] = {0, 4, 0x14},
    [ACCEPTED] = {12, 4, 0x20}, [ACCEPTED_SELECT] = {8, 4, 0x24},
    [STATUS] = {20, 1, 0x70}, [QUEUE_SELECT] = {22, 2, 0x30},
    [QUEUE_MOST] = {NO, 0, 0x34}, [QUEUE_SIZE] = {24, 2, 0x38}, [QUEUE_ENABLE] = {28, 2, 0x44},
    [DESCRIPTORS] = {32, 4, 0x80}, [DESCRIPTORS_HIGH] = {36, 4, 0x84},
    [AVAILABLE] = {40, 4, 0x90}, [AVAILABLE_HIGH] = {44, 4, 0x94},
    [USED] = {48, 4, 0xa0}, [USED_HIGH] = {52, 4, 0xa4},
    [MSIX_CONFIG] = {16, 2, NO}, [MSIX_QUEUE] = {26, 2, NO},
};

#define rule(truth, ...) \
    do { \
        w->rules++; \
        need((truth), __VA_ARGS__); \
    } while (0)

/* ---- where an access goes ---- */

static uint32_t config(const witness *w, unsigned offset, unsigned bytes)
{
    return (uint32_t)world_peek(w->place + offset, bytes);
}

static void learn_regions(witness *w)
{
    unsigned at = config(w, 0x34, 1) & 0xfc, n;

    for (n = 0; at && n < 48; n++, at = config(w, at + 1, 1) & 0xfc) {
        const unsigned type = config(w, at + 3, 1), bar = 0x10 + 4 * config(w, at + 4, 1);
        uint32_t low;

        if (config(w, at, 1) != 9 || type < 1 || type > 4 || bar > 0x24)
            continue;
        low = config(w, bar, 4);
        if (low & 1 || w->region[type - 1])
            continue;
        w->region[type - 1] = (low & ~15u) + (uint64_t)config(w, at + 8, 4);
        if ((low & 6) == 4)
            w->region[type - 1] += (uint64_t)config(w, bar + 4, 4) << 32;
        w->region_bytes[type - 1] = config(w, at + 12, 4);
    }
}

static unsigned where_is(witness *w, uint64_t at, uint32_t *offset)
{
    unsigned region;

    if (w->mmio) {
        *offset = (uint32_t)(at - w->place);
        if (at < w->place || at >= w->place + 0x200)
            return NOWHERE;
        return *offset >= 0x100 ? DEVICE : *offset == 0x50 ? NOTIFY : COMMON;
    }
    *offset = (uint32_t)(at - w->place);
    if (at >= w->place && at < w->place + 4096)
        return CONFIG_SPACE;
    if (!w->region[COMMON])
        learn_regions(w);
    for (region = COMMON; region <= DEVICE; region++)
        if (w->region[region] && at >= w->region[region] &&
            at < w->region[region] + w->region_bytes[region]) {
            *offset = (uint32_t)(at - w->region[region]);
            return region;
        }
    return NOWHERE;
}

static name name_of(const witness *w, uint32_t offset)
{
    unsigned n;

    for (n = 0; n < NAMES; n++)
        if ((w->mmio ? registers[n].mmio : registers[n].pci) == offset)
            return (name)n;
    return OTHER;
}

static void check_width(witness *w, unsigned region, uint32_t offset, unsigned bytes)
{
    if (region == NOTIFY)
        rule(bytes == (w->mmio ? 4 : 2), "a kick of %u bytes [4.1.5.2, 4.2.2.2]", bytes);
    else if (region == ISR)
        rule(bytes == 1, "the ISR read with %u bytes [4.1.4.5]", bytes);
    else if (region == COMMON && w->mmio)
        rule(bytes == 4, "a slot's register %#x with %u bytes [4.2.2.2]", offset, bytes);
    else if (region == COMMON && name_of(w, offset) != OTHER)
        rule(bytes == registers[name_of(w, offset)].bytes,
             "common register %#x with %u bytes [4.1.3.1]", offset, bytes);
}

/* ---- rings ---- */

static const void *shared(witness *w, uint64_t bus, unsigned bytes)
{
    const unsigned char *p = memory_from_bus(&w->w->ram, bus);

    rule(p != NULL, "the device was told %#llx, which is not RAM", (unsigned long long)bus);
    (void)bytes;
    return p;
}

static uint16_t half(witness *w, uint64_t bus)
{
    return memory_half(shared(w, bus, 2));
}

static uint32_t word(witness *w, uint64_t bus)
{
    return memory_word(shared(w, bus, 4));
}

/* Every byte of a buffer is memory that was handed out (ASan knows). */
static void check_buffer(witness *w, uint64_t bus, uint32_t bytes)
{
    uint64_t at = bus;

    rule(bytes > 0, "a descriptor of length 0 [2.7.5]");
    while (at < bus + bytes) {
        const uint64_t page_end = (at | (w->w->ram.page - 1)) + 1;
        const uint64_t end = page_end < bus + bytes ? page_end : bus + bytes;
        void *p = (void *)(uintptr_t)shared(w, at, 1);

        rule(!__asan_region_is_poisoned(p, (size_t)(end - at)),
             "the buffer at %#llx, %u bytes, reaches into memory that nobody handed out",
             (unsigned long long)bus, bytes);
        at = end;
    }
}

/* Take back what the device has answered. */
static void collect(witness *w, witness_queue *q)
{
    const uint16_t used = half(w, q->used + 2);

    for (; q->answered != used; q->answered++) {
        uint32_t head = word(w, q->used + 4 + 8u * (q->answered % q->size)), n = 0;

        if (head >= q->size || !q->out[head])
            break;                      /* the device's fault, not the driver's */
        q->out[head] = 0;
        for (; n < q->size; n++) {
            const uint64_t d = q->descriptors + 16u * head;

            q->held[head] = 0;
            if (!(half(w, d + 12) & NEXT))
                break;
            head = half(w, d + 14) % q->size;
        }
    }
}

static void check_chain(witness *w, witness_queue *q, uint32_t head)
{
    uint32_t i = head, n = 0;
    int writable = 0;

    rule(head < q->size, "head %u in a ring of %u [2.7.6]", head, q->size);
    rule(!q->out[head], "head %u is with the device already", head);
    q->out[head] = 1;
    for (;;) {
        const uint64_t d = q->descriptors + 16u * i;
        const uint16_t flags = half(w, d + 12);

        rule(n++ < q->size, "a chain that loops [2.7.5.1]");
        rule(!q->held[i], "descriptor %u is in a chain that is out", i);
        q->held[i] = 1;
        rule((flags & ~(NEXT | WRITE)) == 0, "descriptor flags %#x [2.7.5]", flags);
        rule(!writable || flags & WRITE, "a readable buffer behind a writable one [2.7.4.2]");
        writable = flags & WRITE;
        check_buffer(w, word(w, d) | (uint64_t)word(w, d + 4) << 32, word(w, d + 8));
        if (!(flags & NEXT))
            return;
        i = half(w, d + 14);
        rule(i < q->size, "next %u in a ring of %u [2.7.5]", i, q->size);
    }
}

static void remember(witness *w, uint64_t descriptor)
{
    const uint64_t bus = word(w, descriptor) | (uint64_t)word(w, descriptor + 4) << 32;

    if (w->requests < sizeof w->first / sizeof *w->first && bus % 4 == 0)
        w->first[w->requests] = word(w, bus);
    w->requests++;
}

static void on_kick(witness *w, unsigned number)
{
    witness_queue *q = &w->queue[number];
    uint16_t sent;

    w->kicks++;
    rule(number < WITNESS_QUEUES && q->enabled, "a kick for queue %u, which is not enabled", number);
    rule(w->written & DRIVER_OK, "a kick before DRIVER_OK [3.1.1]");
    rule(!w->must_read, "a kick before the status was read back");
    collect(w, q);
    sent = half(w, q->available + 2);
    rule((uint16_t)(sent - q->seen) <= q->size, "avail.idx went from %u to %u [2.7.6]", q->seen, sent);
    for (; q->seen != sent; q->seen++) {
        const uint16_t head = half(w, q->available + 4 + 2u * (q->seen % q->size));

        check_chain(w, q, head);
        remember(w, q->descriptors + 16u * head);
    }
}

/* What is with the device, and what the device writes, is not written. */
static void on_store(void *self, const void *pointer, unsigned bytes)
{
    witness *w = self;
    uint64_t at;
    unsigned n, i;

    if (!memory_to_bus(&w->w->ram, pointer, &at))
        return;
    for (n = 0; n < WITNESS_QUEUES; n++) {
        witness_queue *q = &w->queue[n];

        if (!q->enabled)
            continue;
        collect(w, q);
        rule(at < q->used || at >= q->used + 4 + 8u * q->size, "a store into the used ring [2.7.8]");
        if (at >= q->descriptors && at < q->descriptors + 16u * q->size)
            rule(!q->held[(at - q->descriptors) / 16], "a store into descriptor %u, which is out",
                 (unsigned)(at - q->descriptors) / 16);
        for (i = 0; i < q->size; i++) {
            const uint64_t d = q->descriptors + 16u * i, bus = word(w, d) | (uint64_t)word(w, d + 4) << 32;

            if (q->held[i])
                rule(at + bytes <= bus || at >= bus + word(w, d + 8),
                     "a store into a buffer that is with the device");
        }
    }
}

/* ---- the staircase ---- */

static void forget_queues(witness *w)
{
    memset(w->queue, 0, sizeof w->queue);
    w->offered = w->accepted = 0;
}

static void on_status_write(witness *w, uint32_t value)
{
    const uint32_t before = w->written, added = value & ~before;

    rule(!w->must_read, "status %#x written before %#x was read back", value, before);
    w->written = value;
    w->must_read = 1;
    if (value == 0) {
        forget_queues(w);
        w->was_reset = 0;
        return;
    }
    if (value & FAILED) {
        w->must_read = 0;
        return;
    }
    rule(w->was_reset, "status %#x before the reset was finished [3.1.1]", value);
    rule((before & ~value) == 0, "status %#x after %#x: a bit was cleared [2.1.1]", value, before);
    rule(added && !(added & (added - 1)), "status %#x after %#x: one step at a time [3.1.1]", value, before);
    rule(added != DRIVER || before & ACKNOWLEDGE, "DRIVER before ACKNOWLEDGE");
    rule(added != FEATURES_OK || before & DRIVER, "FEATURES_OK before DRIVER");
    rule(added != DRIVER_OK || before & FEATURES_OK, "DRIVER_OK before FEATURES_OK");
    if (added == FEATURES_OK) {
        rule(w->accepted >> 32 & 1, "VERSION_1 was not accepted [6.1]");
        rule((w->accepted & ~w->offered) == 0, "features %#llx accepted of %#llx [2.2.1]",
             (unsigned long long)w->accepted, (unsigned long long)w->offered);
    }
}

static void on_queue_write(witness *w, name what, uint32_t value)
{
    witness_queue *q = &w->queue[w->selected < WITNESS_QUEUES ? w->selected : 0];
    uint64_t *const address[] = {&q->descriptors, &q->available, &q->used};

    rule(w->selected < WITNESS_QUEUES, "queue %u was selected", w->selected);
    rule((w->written & (FEATURES_OK | DRIVER_OK)) == FEATURES_OK && !w->must_read,
         "queue registers are written with status %#x [3.1.1]", w->written);
    rule(!q->enabled, "a queue's registers are written after it was enabled [4.1.4.3.2]");
    if (what == QUEUE_SIZE) {
        rule(value && value <= q->most && !(value & (value - 1)), "queue size %u of %u [2.7]", value, q->most);
        q->size = value;
    } else if (what == QUEUE_ENABLE) {
        rule(value == 1, "%u written to queue_enable [4.1.4.3.2]", value);
        rule(q->size && q->size <= WITNESS_RING, "enabled without a size");
        rule(!w->mmio || q->looked, "QueueReady was not read before [4.2.3.2]");
        rule(q->descriptors % 16 == 0 && q->available % 2 == 0 && q->used % 4 == 0 && q->descriptors,
             "rings at %#llx, %#llx, %#llx [2.7]", (unsigned long long)q->descriptors,
             (unsigned long long)q->available, (unsigned long long)q->used);
        rule(half(w, q->available + 2) <= q->size && half(w, q->used + 2) == 0, "a ring that does not begin at 0");
        q->enabled = 1;
    } else {
        uint64_t *to = address[(what - DESCRIPTORS) / 2];

        if ((what - DESCRIPTORS) % 2)
            *to = (*to & 0xffffffff) | (uint64_t)value << 32;
        else
            *to = (*to & ~(uint64_t)0xffffffff) | value;
    }
}

static void on_common_write(witness *w, uint32_t offset, uint32_t value)
{
    const name what = name_of(w, offset);

    if (what == STATUS) {
        on_status_write(w, value);
        return;
    }
    rule(w->was_reset, "register %#x was written before the reset was finished", offset);
    if (what == FEATURES_SELECT || what == ACCEPTED_SELECT) {
        w->select[what == ACCEPTED_SELECT] = value;
    } else if (what == ACCEPTED) {
        rule((w->written & (DRIVER | FEATURES_OK)) == DRIVER, "features written with status %#x [3.1.1]", w->written);
        rule(w->select[1] < 2, "feature word %u", w->select[1]);
        w->accepted |= (uint64_t)value << (32 * w->select[1]);
    } else if (what == QUEUE_SELECT) {
        w->selected = value;
    } else {
        rule(what >= QUEUE_SIZE && what <= USED_HIGH, "register %#x is not the driver's to write", offset);
        on_queue_write(w, what, value);
    }
}

static void on_config_write(witness *w, uint32_t offset, unsigned bytes, uint32_t value)
{
    if (offset == 4) {
        rule(bytes == 2, "the command register written with %u bytes: the status is next to it [PCI 6.2.2]", bytes);
        rule(!(value & 1), "I/O decode was turned on");
        w->command = value;
        memset(w->region, 0, sizeof w->region);         /* BARs may have moved */
        return;
    }
    rule(offset >= 0x10 && offset < 0x28 && bytes == 4, "configuration space is written at %#x", offset);
    rule(!(w->command & 2), "a BAR is written while it is decoded [PCI 6.2.5.1]");
}

static int on_write(void *self, uint64_t at, unsigned bytes, uint64_t value)
{
    witness *w = self;
    uint32_t offset;
    const unsigned region = where_is(w, at, &offset);

    check_width(w, region, offset, bytes);
    if (region == COMMON)
        on_common_write(w, offset, (uint32_t)value);
    else if (region == NOTIFY)
        on_kick(w, (unsigned)value);
    else if (region == CONFIG_SPACE)
        on_config_write(w, offset, bytes, (uint32_t)value);
    else if (region == ISR)
        rule(0, "the ISR was written");
    return 0;
}

static void on_read(void *self, uint64_t at, unsigned bytes, uint64_t *value)
{
    witness *w = self;
    uint32_t offset;
    const unsigned region = where_is(w, at, &offset);
    name what;

    check_width(w, region, offset, bytes);
    if (region == CONFIG_SPACE && offset == 4)
        w->command = (uint32_t)*value & 0xffff;
    if (region != COMMON)
        return;
    what = name_of(w, offset);
    if (what == STATUS) {
        w->must_read = 0;
        w->status = (uint32_t)*value;
        w->was_reset |= w->written == 0 && *value == 0;
    } else if (what == FEATURES) {
        rule(w->select[0] < 2, "feature word %u", w->select[0]);
        w->offered |= *value << (32 * w->select[0]);
    } else if (w->selected < WITNESS_QUEUES) {
        witness_queue *q = &w->queue[w->selected];

        if (what == QUEUE_MOST || (what == QUEUE_SIZE && !q->most))
            q->most = (uint32_t)*value;
        q->looked |= what == QUEUE_ENABLE && *value == 0;
    }
}

void witness_closed(const witness *w)
{
    need(w->written == 0 && w->was_reset, "the device was left with status %#x", w->written);
    need(w->mmio || !(config(w, 4, 2) & 4), "bus mastering is still on");
    need(w->rules > 100 && w->kicks > 0, "the witness saw nothing: %lu rules, %lu kicks", w->rules, w->kicks);
}

void witness_watch(witness *w, world *in, int mmio, uint64_t place)
{
    memset(w, 0, sizeof *w);
    w->w = in;
    w->mmio = mmio;
    w->place = place;
    w->filter.self = w;
    w->filter.read = on_read;
    w->filter.write = on_write;
    w->filter.storing = on_store;
    if (!mmio)
        w->command = config(w, 4, 2);
    world_filter_set(&w->filter);
}
