/* A driver made by hand: it writes rings and registers byte by byte, so that it can write
 * what no driver would. One device, an rng if nothing else is asked for, in a slot of virtio-mmio
 * or on PCI.
 *
 *      RAM +0x0000 descriptors   +0x1000 available ring   +0x2000 used ring
 *          +0x3000 an indirect table                      +0x10000 buffers
 *
 *      reg_write(h, 0x70, 15) --BY_SLOT---> Status, at SLOT + 0x70
 *                             --BY_BAR----> device_status, one byte in a BAR
 *                             --BY_WINDOW-> the same byte, through configuration space [4.1.4.9]
 *
 * RAM is a heap block of its own, so that the address sanitizer sees each byte beside it. */
#ifndef HAND_H
#define HAND_H

#include "examples/vmm/devices/mmio.h"
#include "examples/vmm/devices/rng.h"
#include "examples/vmm/devices/virtio_pci.h"
#include "tests/host/firmware.h"
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

enum way { BY_SLOT, BY_BAR, BY_WINDOW, WAYS };

/* On PCI the device is function 00:01.0; a firmware has placed its BARs in this window. */
enum { WINDOW = 0x10000000, WINDOW_BYTES = 0x10000000, ECAM = 0x30000000,
       FUNCTION = ECAM + (1 << 15) };

struct hand {
    uint8_t            *ram;
    struct guest_memory memory;
    struct bus          bus;
    enum way            way;
    struct vdev        *device;
    struct mmio_slot    slot;
    struct pci_host     pci;
    struct virtio_pci   function;
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

static inline void hand_message(void *context, uint64_t address, uint32_t data)
{
    (void)address;
    (void)data;
    ((struct hand *)context)->interrupts++;
}

/* ---- Registers: named by their place in a slot, whichever way they are reached ---- */

/* Where virtio-pci has them in its common configuration, and in which width. [4.1.4.3] */
static const struct {
    uint8_t slot, common, width;
} hand_common[] = {
    { 0x10, 0x04, 4 }, { 0x14, 0x00, 4 }, { 0x20, 0x0c, 4 }, { 0x24, 0x08, 4 },    /* features */
    { 0x30, 0x16, 2 }, { 0x34, 0x18, 2 }, { 0x38, 0x18, 2 }, { 0x44, 0x1c, 2 },    /* queues */
    { 0x80, 0x20, 4 }, { 0x84, 0x24, 4 }, { 0x90, 0x28, 4 }, { 0x94, 0x2c, 4 },
    { 0xa0, 0x30, 4 }, { 0xa4, 0x34, 4 }, { 0xc0, 0x3a, 2 },
    { 0x70, 0x14, 1 }, { 0xfc, 0x15, 1 },                               /* status, generation */
};

/* The access to a BAR that is one to this register; QueueNotify has a place for each queue. */
static inline struct pci_access hand_place(const struct hand *h, unsigned offset, uint32_t value)
{
    unsigned region = REGION_DEVICE, at = offset - 0x100, width = 4;

    if (offset == 0x50) {
        region = REGION_NOTIFY;
        at = value * h->function.layout->notify_multiplier;
        width = 2;
    } else if (offset == 0x60 || offset == 0x64) {
        region = REGION_ISR;
        at = 0;
        width = 1;
    }
    for (size_t i = 0; i < sizeof hand_common / sizeof hand_common[0]; i++)
        if (hand_common[i].slot == offset) {
            region = REGION_COMMON;
            at = hand_common[i].common;
            width = hand_common[i].width;
        }
    return (struct pci_access){ .bar = h->function.layout->region[region].bar, .width = width,
                                .offset = h->function.layout->region[region].offset + at };
}

/* Where its BAR lies, as the function itself says. */
static inline uint64_t hand_bar(struct hand *h, unsigned bar)
{
    const uint64_t at = FUNCTION + PCI_BAR + 4 * bar;
    const uint32_t low = (uint32_t)bus_read(&h->bus, at, 4);
    const uint64_t high = (low & BAR_64) ? bus_read(&h->bus, at + 4, 4) : 0;

    return (low & ~15u) | high << 32;
}

/* The same access through the capability whose data is a window into any BAR. [4.1.4.9] */
static inline uint64_t hand_aim(struct hand *h, const struct pci_access *a)
{
    const uint64_t window = FUNCTION + h->function.window;

    bus_write(&h->bus, window + 4, 1, a->bar);
    bus_write(&h->bus, window + 8, 4, a->offset);
    bus_write(&h->bus, window + 12, 4, a->width);
    return window + 16;
}

static inline uint64_t hand_way_to(struct hand *h, const struct pci_access *a)
{
    return h->way == BY_WINDOW ? hand_aim(h, a) : hand_bar(h, a->bar) + a->offset;
}

static inline uint32_t reg(struct hand *h, unsigned offset)
{
    const struct pci_access a = h->way == BY_SLOT ? (struct pci_access){ .width = 4 }
                                                  : hand_place(h, offset, 0);
    const uint64_t at = h->way == BY_SLOT ? SLOT + offset : hand_way_to(h, &a);

    return (uint32_t)bus_read(&h->bus, at, a.width);
}

static inline void reg_write(struct hand *h, unsigned offset, uint32_t value)
{
    if (h->way == BY_SLOT) {
        bus_write(&h->bus, SLOT + offset, 4, value);
    } else {
        const struct pci_access a = hand_place(h, offset, value);

        bus_write(&h->bus, hand_way_to(h, &a), a.width, value);
        if (offset == 0x70)
            reg(h, offset);             /* where status waits, it counts when it is read */
    }
}

/* What the guest's firmware does, or the guest itself after it moved all of it. */
static inline void hand_firmware(struct hand *h)
{
    bus_write(&h->bus, FUNCTION + PCI_COMMAND, 2, 0);
    need(firmware_place(&h->pci), "no room for BARs");
    bus_write(&h->bus, FUNCTION + PCI_COMMAND, 2, COMMAND_MEMORY | COMMAND_MASTER);
}

/* A machine with `device`, whose registers are reached this way; a null layout is QEMU's. */
static inline void hand_begin_by(struct hand *h, struct vdev *device, enum way way,
                                 const struct virtio_layout *layout)
{
    h->memory.count = 1;
    h->memory.region[0] = (struct guest_region){ RAM, RAM_BYTES, h->ram };
    memset(&h->bus, 0, sizeof h->bus);
    memset(&h->slot, 0, sizeof h->slot);
    memset(&report, 0, sizeof report);
    h->line = false;
    h->faults = h->interrupts = 0;
    h->fault[0] = 0;
    h->way = way;
    h->device = device;
    report.context = h;
    report.fault = hand_fault;
    rng_init(&h->rng, &h->memory);
    h->slot.set_line = hand_line;
    h->slot.context = h;
    if (way == BY_SLOT) {
        need(mmio_init(&h->slot, &h->bus, SLOT, device), "no slot");
        return;
    }
    need(pci_init(&h->pci, &h->bus, ECAM, 1 << 20)
         && pci_add_window(&h->pci, WINDOW, WINDOW_BYTES), "no PCI");
    h->pci.set_line = hand_line;
    h->pci.signal_msi = hand_message;
    h->pci.context = h->pci.msi_context = h;
    need(virtio_pci_init(&h->function, &h->pci, 1, device, layout), "no function");
    hand_firmware(h);
}

static inline void hand_begin(struct hand *h, struct vdev *device)
{
    hand_begin_by(h, device, BY_SLOT, NULL);
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

/* What an honest driver asks of each kind of device, and how much of the answer is written. */
static const struct hand_request {
    unsigned    id, queue;              /* of the device [5] */
    const char *asks;
    uint32_t    readable, writable, used;
} hand_requests[] = {
    { 4, 0, "", 0, 64, 64 },                    /* rng: so many bytes */
    { 3, 1, "Hello", 5, 0, 0 },                 /* console: print */
    { 16, 0, "\0\1\0\0", 24, 408, 408 },            /* gpu: GET_DISPLAY_INFO */
};

/* After anything: a reset, and the device works. */
static inline void need_works(struct hand *h)
{
    const struct hand_request *r = hand_requests;

    while (r->id != h->device->kind->id)
        r++;
    memset(h->ram, 0, 0x10000);
    memset(at(h, BUFFERS), 0, r->readable);
    memcpy(at(h, BUFFERS), r->asks, r->readable < 5 ? 0 : 5);
    negotiate(h, h->device->offered & FEATURE_PLATFORM);
    set_queue(h, r->queue, 4, TABLE, AVAILABLE, USED);
    reg_write(h, 0x70, 15);
    h->faults = h->interrupts = 0;
    h->fault[0] = 0;
    if (r->readable > 0)
        describe(h, TABLE, 0, BUFFERS, r->readable, r->writable > 0 ? NEXT : 0, 1);
    if (r->writable > 0)
        describe(h, TABLE, r->readable > 0, BUFFERS + 0x1000, r->writable, WRITE, 0);
    offer(h, 0);
    reg_write(h, 0x50, r->queue);
    need(status(h) == 15 && used_index(h) == 1 && used_bytes(h, 0) == r->used,
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
