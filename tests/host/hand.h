/* A driver made by hand: it writes rings and registers byte by byte, so that it can write
 * what no driver would. One device, an rng, in a virtio-mmio slot.
 *
 *      RAM +0x0000 descriptors   +0x1000 available ring   +0x2000 used ring
 *          +0x3000 an indirect table                      +0x10000 buffers
 *
 * RAM is a heap block of its own, so that the address sanitizer sees each byte beside it. */
#ifndef HAND_H
#define HAND_H

#include "examples/vmm/devices/mmio.h"
#include "examples/vmm/devices/rng.h"
#include "tests/world/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RAM = 0x40000000, RAM_BYTES = 8 << 20, SLOT = 0x0a000000,
    TABLE = RAM, AVAILABLE = RAM + 0x1000, USED = RAM + 0x2000, INDIRECT = RAM + 0x3000,
    BUFFERS = RAM + 0x10000
};

enum { NEXT = 1, WRITE = 2, TABLE_OF_THEM = 4 };

struct hand {
    uint8_t            *ram;
    struct guest_memory memory;
    struct bus          bus;
    struct mmio_slot    slot;
    struct rng          rng;
    unsigned            size;           /* of the queue */
    uint16_t            offered, seen;  /* avail.idx and used.idx as we have them */
    bool                line;
    unsigned            interrupts;     /* how often the line rose */
    unsigned            faults;
    char                fault[300];
};

static inline void hand_fault(void *context, const char *who, const char *text)
{
    struct hand *h = context;

    (void)who;
    h->faults++;
    snprintf(h->fault, sizeof h->fault, "%s", text);
}

static inline void hand_line(void *context, unsigned line, bool high)
{
    struct hand *h = context;

    (void)line;
    h->line = high;
    h->interrupts += high;
}

static inline void reg_write(struct hand *h, unsigned offset, uint32_t value)
{
    bus_write(&h->bus, SLOT + offset, 4, value);
}

static inline uint32_t reg(struct hand *h, unsigned offset)
{
    return (uint32_t)bus_read(&h->bus, SLOT + offset, 4);
}

/* A machine with `device` in its slot, for instance h->rng. */
static inline void hand_begin(struct hand *h, struct vdev *device)
{
    h->memory.count = 1;
    h->memory.region[0] = (struct guest_region){ RAM, RAM_BYTES, h->ram };
    memset(&h->bus, 0, sizeof h->bus);
    memset(&h->slot, 0, sizeof h->slot);
    memset(&report, 0, sizeof report);
    h->line = false;
    h->faults = h->interrupts = 0;
    h->fault[0] = 0;
    report.context = h;
    report.fault = hand_fault;
    rng_init(&h->rng, &h->memory);
    need(mmio_init(&h->slot, &h->bus, SLOT, device), "no slot");
    h->slot.set_line = hand_line;
    h->slot.context = h;
}

static inline void area(struct hand *h, unsigned offset, uint64_t address)
{
    reg_write(h, offset, (uint32_t)address);
    reg_write(h, offset + 4, (uint32_t)(address >> 32));
}

static inline void negotiate(struct hand *h, uint64_t features)
{
    h->offered = h->seen = 0;
    reg_write(h, 0x70, 0);
    reg_write(h, 0x70, 1);
    reg_write(h, 0x70, 3);
    for (unsigned half = 0; half < 2; half++) {
        reg_write(h, 0x24, half);
        reg_write(h, 0x20, (uint32_t)((features | FEATURE_VERSION_1) >> 32 * half));
    }
    reg_write(h, 0x70, 11);
}

static inline void set_queue(struct hand *h, unsigned queue, unsigned size, uint64_t table,
                             uint64_t available, uint64_t used)
{
    h->size = size;
    reg_write(h, 0x30, queue);
    reg_write(h, 0x38, size);
    area(h, 0x80, table);
    area(h, 0x90, available);
    area(h, 0xa0, used);
    reg_write(h, 0x44, 1);
}

/* Reset to DRIVER_OK with queue 0, and nothing to complain of so far. */
static inline void bring_up(struct hand *h, uint64_t features, unsigned size)
{
    memset(h->ram, 0, 0x10000);
    negotiate(h, features);
    set_queue(h, 0, size, TABLE, AVAILABLE, USED);
    reg_write(h, 0x70, 15);
    h->faults = h->interrupts = 0;
    h->fault[0] = 0;
}

static inline uint8_t *at(struct hand *h, uint64_t address)
{
    return h->ram + (address - RAM);
}

static inline void describe(struct hand *h, uint64_t table, unsigned index, uint64_t address,
                            uint32_t bytes, unsigned flags, unsigned next)
{
    uint8_t *d = at(h, table) + 16 * (size_t)index;

    store_le64(d, address);
    store_le32(d + 8, bytes);
    store_le16(d + 12, (uint16_t)flags);
    store_le16(d + 14, (uint16_t)next);
}

static inline void offer(struct hand *h, unsigned head)
{
    store_le16(at(h, AVAILABLE) + 4 + 2 * (h->offered % h->size), (uint16_t)head);
    store_le16(at(h, AVAILABLE) + 2, ++h->offered);
}

static inline void notify(struct hand *h)
{
    reg_write(h, 0x50, 0);
}

static inline unsigned used_index(struct hand *h)
{
    return load_le16(at(h, USED) + 2);
}

static inline uint32_t used_bytes(struct hand *h, unsigned index)
{
    return load_le32(at(h, USED) + 4 + 8 * (index % h->size) + 4);
}

static inline unsigned status(struct hand *h)
{
    return reg(h, 0x70);
}

/* After anything: a reset, and the device works. */
static inline void need_works(struct hand *h)
{
    bring_up(h, 0, 4);
    describe(h, TABLE, 0, BUFFERS, 64, WRITE, 0);
    offer(h, 0);
    notify(h);
    need(status(h) == 15 && used_index(h) == 1 && used_bytes(h, 0) == 64,
         "after a reset: status 0x%x, used.idx %u, %u bytes, \"%s\"", status(h), used_index(h),
         used_bytes(h, 0), h->fault);
}

/* What both programs with such a driver begin and end with. */
static inline void hand_start(struct hand *h, unsigned seconds)
{
    tap_begin(seconds);
    h->ram = calloc(1, RAM_BYTES);
    if (h->ram == NULL)
        tap_bail("out of memory");
    hand_begin(h, &h->rng.vdev);
}

static inline int hand_stop(struct hand *h)
{
    free(h->ram);
    return tap_end();
}

/* Tests that need no row of a table. */
struct hand_test {
    const char *name;
    void (*test)(void *nothing);
};

/* Each begins with a machine of its own. */
static inline void hand_play(struct hand *h, const struct hand_test *tests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hand_begin(h, &h->rng.vdev);
        tap_run(tests[i].name, tests[i].test, NULL);
    }
    hand_begin(h, &h->rng.vdev);
}

/* A test for each row of a table whose rows have names. */
#define ROWS(table, test, prefix) \
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) { \
        char name[100]; \
        snprintf(name, sizeof name, prefix "%s", table[i].name); \
        tap_run(name, test, (void *)(uintptr_t)&table[i]); \
    }

#endif
