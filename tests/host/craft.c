#include "tests/host/craft.h"

#include <stdio.h>
#include <string.h>

/* ---- Registers ---- */

static const struct {
    enum lint_register reg;
    uint8_t slot, slot_bytes;           /* offset and width in a slot, 0 bytes: not there */
    uint8_t common, common_bytes;       /* in the common structure of PCI */
} registers[] = {
    { REG_STATUS, 0x70, 4, 0x14, 1 },
    { REG_GENERATION, 0xfc, 4, 0x15, 1 },
    { REG_DEVICE_SELECT, 0x14, 4, 0x00, 4 },
    { REG_DEVICE_FEATURES, 0x10, 4, 0x04, 4 },
    { REG_DRIVER_SELECT, 0x24, 4, 0x08, 4 },
    { REG_DRIVER_FEATURES, 0x20, 4, 0x0c, 4 },
    { REG_QUEUE_SELECT, 0x30, 4, 0x16, 2 },
    { REG_QUEUE_MAX, 0x34, 4, 0x18, 2 },
    { REG_QUEUE_SIZE, 0x38, 4, 0x18, 2 },
    { REG_QUEUE_ENABLE, 0x44, 4, 0x1c, 2 },
    { REG_QUEUE_RESET, 0xc0, 4, 0x3a, 2 },
    { REG_QUEUE_DESC, 0x80, 8, 0x20, 8 },
    { REG_QUEUE_DRIVER, 0x90, 8, 0x28, 8 },
    { REG_QUEUE_DEVICE, 0xa0, 8, 0x30, 8 },
    { REG_MAGIC, 0x00, 4, 0, 0 },
    { REG_VERSION, 0x04, 4, 0, 0 },
    { REG_DEVICE_ID, 0x08, 4, 0, 0 },
    { REG_VENDOR_ID, 0x0c, 4, 0, 0 },
    { REG_NOTIFY, 0x50, 4, 0, 0 },
    { REG_ISR, 0x60, 4, 0, 0 },
    { REG_ACK, 0x64, 4, 0, 0 },
    { REG_CONFIG_VECTOR, 0, 0, 0x10, 2 },
    { REG_NUM_QUEUES, 0, 0, 0x12, 2 },
    { REG_QUEUE_VECTOR, 0, 0, 0x1a, 2 },
    { REG_NOTIFY_OFF, 0, 0, 0x1e, 2 },
};

static uint64_t base(const struct craft *c)
{
    return c->mmio ? OURS_SLOT_AT + (uint64_t)c->slot * MMIO_SLOT_BYTES : c->at[REGION_COMMON];
}

void craft_write(struct craft *c, unsigned offset, unsigned width, uint64_t value)
{
    bus_write(&c->o.bus, base(c) + offset, width, value);
}

uint64_t craft_read(struct craft *c, unsigned offset, unsigned width)
{
    return bus_read(&c->o.bus, base(c) + offset, width);
}

static void find_register(const struct craft *c, enum lint_register reg, unsigned *offset,
                          unsigned *width)
{
    unsigned i = 0;

    while (registers[i].reg != reg)
        if (++i == sizeof registers / sizeof *registers)
            tap_bail("craft: no register %d", (int)reg);
    *offset = c->mmio ? registers[i].slot : registers[i].common;
    *width = c->mmio ? registers[i].slot_bytes : registers[i].common_bytes;
    need(*width, "register %d is not there on this transport", (int)reg);
}

void craft_put(struct craft *c, enum lint_register reg, uint64_t value)
{
    unsigned offset, width;

    find_register(c, reg, &offset, &width);
    craft_write(c, offset, width > 4 ? 4 : width, width > 4 ? (uint32_t)value : value);
    if (width > 4)
        craft_write(c, offset + 4, 4, value >> 32);
}

uint64_t craft_get(struct craft *c, enum lint_register reg)
{
    unsigned offset, width;

    find_register(c, reg, &offset, &width);
    return craft_read(c, offset, width);
}

void craft_poke(struct craft *c, unsigned region, unsigned offset, unsigned width, uint64_t value)
{
    bus_write(&c->o.bus, c->at[region] + offset, width, value);
}

uint64_t craft_peek(struct craft *c, unsigned region, unsigned offset, unsigned width)
{
    return bus_read(&c->o.bus, c->at[region] + offset, width);
}

void craft_set_config(struct craft *c, unsigned offset, unsigned width, uint32_t value)
{
    if (c->mmio)
        craft_write(c, 0x100 + offset, width, value);
    else
        craft_poke(c, REGION_DEVICE, offset, width, value);
}

uint32_t craft_get_config(struct craft *c, unsigned offset, unsigned width)
{
    return (uint32_t)(c->mmio ? craft_read(c, 0x100 + offset, width)
                              : craft_peek(c, REGION_DEVICE, offset, width));
}

void craft_set_pci(struct craft *c, unsigned at, unsigned width, uint32_t value)
{
    bus_write(&c->o.bus, c->o.plan.ecam + ((uint64_t)c->slot << 15) + at, width, value);
}

uint32_t craft_get_pci(struct craft *c, unsigned at, unsigned width)
{
    return (uint32_t)bus_read(&c->o.bus, c->o.plan.ecam + ((uint64_t)c->slot << 15) + at, width);
}

/* ---- Finding the device ---- */

/* Sized with decode off, then placed: 64-bit BARs in the low window, too. */
static void place_bars(struct craft *c, uint64_t bar[PCI_BARS])
{
    uint64_t next = c->o.pci.window[0].base;
    unsigned i;

    for (i = 0; i < PCI_BARS; i++) {
        const unsigned at = PCI_BAR + 4 * i;
        const uint32_t old = craft_get_pci(c, at, 4);
        uint32_t mask;

        craft_set_pci(c, at, 4, UINT32_MAX);
        mask = craft_get_pci(c, at, 4) & ~UINT32_C(15);
        if (!mask)
            continue;
        next = (next + (0 - mask) - 1) & ~(uint64_t)(0 - mask - 1);
        craft_set_pci(c, at, 4, (uint32_t)next);
        bar[i] = next;
        next += 0 - mask;
        if ((old & 6) == BAR_64) {
            craft_set_pci(c, at + 4, 4, UINT32_MAX);
            craft_get_pci(c, at + 4, 4);
            craft_set_pci(c, at + 4, 4, 0);
            i++;
        }
    }
}

static void read_capabilities(struct craft *c, const uint64_t bar[PCI_BARS])
{
    unsigned at;

    need(craft_get_pci(c, PCI_STATUS, 2) & STATUS_LIST, "a list of capabilities");
    for (at = craft_get_pci(c, PCI_CAPABILITIES, 1) & 0xfcu; at; at = craft_get_pci(c, at + 1, 1)) {
        const bool is_vendor = craft_get_pci(c, at, 1) == 9;
        const unsigned type = craft_get_pci(c, at + 3, 1);

        if (!is_vendor)
            continue;
        if (type == REGION_WINDOW)
            c->window = at;
        if (type >= REGION_WINDOW)
            continue;
        c->at[type] = bar[craft_get_pci(c, at + 4, 1)] + craft_get_pci(c, at + 8, 4);
        if (type == REGION_NOTIFY)
            c->multiplier = craft_get_pci(c, at + 16, 4);
    }
}

static void find_function(struct craft *c)
{
    uint64_t bar[PCI_BARS] = {0};

    need((craft_get_pci(c, PCI_ID, 4) & 0xffff) == 0x1af4, "a virtio device in slot %u", c->slot);
    craft_set_pci(c, PCI_COMMAND, 2, 0);
    place_bars(c, bar);
    read_capabilities(c, bar);
    craft_set_pci(c, PCI_COMMAND, 2, COMMAND_MEMORY | COMMAND_MASTER);
}

void craft_find(struct craft *c)
{
    if (!c->mmio)
        find_function(c);
    else
        need(craft_get(c, REG_MAGIC) == 0x74726976 && craft_get(c, REG_VERSION) == 2
             && craft_get(c, REG_DEVICE_ID) == c->device->kind->id, "a device in slot %u", c->slot);
}

/* ---- The steps of its life [3.1.1] ---- */

static void add_status(struct craft *c, unsigned bit)
{
    craft_put(c, REG_STATUS, craft_get(c, REG_STATUS) | bit);
}

void craft_reset(struct craft *c)
{
    craft_put(c, REG_STATUS, 0);
    need(craft_get(c, REG_STATUS) == 0, "a reset that is done at once");
    memset(c->size, 0, sizeof c->size);
    memset(c->offered, 0, sizeof c->offered);
}

void craft_begin(struct craft *c)
{
    craft_reset(c);
    add_status(c, STATUS_ACKNOWLEDGE);
    add_status(c, STATUS_DRIVER);
}

void craft_features(struct craft *c, uint64_t features)
{
    unsigned half;

    c->features = features | FEATURE_VERSION_1;
    for (half = 0; half < 2; half++) {
        craft_put(c, REG_DEVICE_SELECT, half);
        craft_get(c, REG_DEVICE_FEATURES);
        craft_put(c, REG_DRIVER_SELECT, half);
        craft_put(c, REG_DRIVER_FEATURES, (uint32_t)(c->features >> 32 * half));
    }
    add_status(c, STATUS_FEATURES_OK);
    craft_get(c, REG_STATUS);
}

void craft_queue(struct craft *c, unsigned queue, unsigned size)
{
    memset(craft_at(c, craft_area(queue, CRAFT_TABLE)), 0, 0x10000);
    c->size[queue] = (uint16_t)size;
    c->offered[queue] = 0;
    craft_put(c, REG_QUEUE_SELECT, queue);
    craft_get(c, c->mmio ? REG_QUEUE_ENABLE : REG_NOTIFY_OFF);
    need(craft_get(c, REG_QUEUE_MAX) >= size, "queue %u of %u places", queue, size);
    craft_put(c, REG_QUEUE_SIZE, size);
    craft_put(c, REG_QUEUE_DESC, craft_area(queue, CRAFT_TABLE));
    craft_put(c, REG_QUEUE_DRIVER, craft_area(queue, CRAFT_AVAILABLE));
    craft_put(c, REG_QUEUE_DEVICE, craft_area(queue, CRAFT_USED));
    craft_put(c, REG_QUEUE_ENABLE, 1);
}

void craft_ready(struct craft *c)
{
    add_status(c, STATUS_DRIVER_OK);
}

void craft_up(struct craft *c, uint64_t features)
{
    unsigned i;

    craft_find(c);
    craft_begin(c);
    craft_features(c, features);
    for (i = 0; i < c->device->kind->queues; i++)
        craft_queue(c, i, CRAFT_SIZE);
    craft_ready(c);
}

/* ---- Queues ---- */

uint64_t craft_area(unsigned queue, enum craft_part part)
{
    return CRAFT_RAM + (uint64_t)queue * 0x10000 + part;
}

uint8_t *craft_at(struct craft *c, uint64_t address)
{
    uint8_t *at = guest_range(&c->o.memory, address, 1);

    need(at != NULL, "0x%llx is no guest memory", (unsigned long long)address);
    return at;
}

void craft_describe(struct craft *c, uint64_t table, unsigned index, uint64_t address,
                    uint32_t bytes, unsigned flags, unsigned next)
{
    uint8_t *d = craft_at(c, table + 16 * (uint64_t)index);

    store_le64(d, address);
    store_le32(d + 8, bytes);
    store_le16(d + 12, (uint16_t)flags);
    store_le16(d + 14, (uint16_t)next);
}

void craft_offer(struct craft *c, unsigned queue, unsigned head)
{
    uint8_t *ring = craft_at(c, craft_area(queue, CRAFT_AVAILABLE));

    store_le16(ring + 4 + 2 * (c->offered[queue] % c->size[queue]), (uint16_t)head);
    store_le16(ring + 2, ++c->offered[queue]);
}

void craft_notify(struct craft *c, unsigned queue)
{
    if (c->mmio)
        craft_put(c, REG_NOTIFY, queue);
    else
        craft_poke(c, REGION_NOTIFY, queue * c->multiplier, 2, queue);
}

unsigned craft_used(struct craft *c, unsigned queue)
{
    return load_le16(craft_at(c, craft_area(queue, CRAFT_USED) + 2));
}

void craft_send(struct craft *c, unsigned queue, uint32_t bytes, uint32_t room)
{
    const uint64_t table = craft_area(queue, CRAFT_TABLE);
    const unsigned before = craft_used(c, queue);
    unsigned n = 0;

    if (bytes) {
        craft_describe(c, table, 0, CRAFT_BUFFERS, bytes, room ? CRAFT_NEXT : 0, room ? 1 : 0);
        n++;
    }
    if (room)
        craft_describe(c, table, n, CRAFT_BUFFERS + bytes, room, CRAFT_WRITE, 0);
    craft_offer(c, queue, 0);
    craft_notify(c, queue);
    need(craft_used(c, queue) == before + 1, "the device did not answer");
}

void craft_command(struct craft *c, const uint32_t *words, unsigned count, uint32_t room)
{
    unsigned i;

    for (i = 0; i < count; i++)
        store_le32(craft_at(c, CRAFT_BUFFERS + 4 * (uint64_t)i), words[i]);
    craft_send(c, 0, 4 * count, room);
}

/* ---- Playing ---- */

static void on_finding(void *context, const struct lint_finding *f)
{
    struct craft *c = (struct craft *)context;          /* the ours is its first member */
    const size_t n = strlen(c->ids);

    tap_note("lint: %s: %s [%s %s] %s; seen: %s", f->place, f->rule->id, f->rule->section,
             f->rule->level, f->rule->asks, f->seen);
    if (n + strlen(f->rule->id) + 2 < sizeof c->ids)
        sprintf(c->ids + n, " %s", f->rule->id);
}

static struct vdev *device_of(struct craft *c, enum craft_kind kind)
{
    static const unsigned number[] = { OURS_RNG, OURS_CONSOLE, OURS_GPU };

    c->slot = number[kind];
    return kind == A_RNG ? &c->o.rng.vdev : kind == A_CONSOLE ? &c->o.console[0].vdev
                                                              : &c->o.gpu[0].vdev;
}

static bool holds(const char *ids, const char *id, size_t bytes)
{
    const char *at;

    for (at = ids; (at = strstr(at, id)) != NULL; at++)
        if ((at == ids || at[-1] == ' ') && (at[bytes] == ' ' || at[bytes] == 0))
            return true;
    return false;
}

/* A duty of the other transport: [4.1] knows nothing of slots, [4.2] nothing of PCI. */
static bool is_elsewhere(const char *id, bool mmio)
{
    const char *chapter = mmio ? "PCI-" : "MMIO-";

    return !strncmp(id, chapter, strlen(chapter))
           || (!strncmp(id, "INF-", 4) && !strncmp(id + 4, chapter, strlen(chapter)));
}

/* Is each of these ids, those of the other transport apart, in `among`, one of the two lists or
 * the other? */
static void need_all(bool mmio, const char *ids, const char *among, const char *more,
                     const char *wrong)
{
    while (*ids) {
        const size_t n = strcspn(ids, " ");
        char id[40];

        snprintf(id, sizeof id, "%.*s", (int)n, ids);
        need(n == 0 || is_elsewhere(id, mmio) || holds(among, id, n) || holds(more, id, n),
             "%s: %s", wrong, id);
        ids += n + (ids[n] == ' ');
    }
}

static struct craft craft;

static void run_row(void *argument)
{
    const struct craft_row *row = argument;
    const ours_plan plan = { .mmio = craft.mmio, .rng = OURS_RNG, .msix = row->msix,
                             .found = on_finding };
    const bool mmio = craft.mmio;

    memset((char *)&craft + sizeof craft.o, 0, sizeof craft - sizeof craft.o);
    craft.mmio = mmio;
    ours_start(&craft.o, &plan);
    craft.device = device_of(&craft, row->kind);
    row->run(&craft);
    ours_stop(&craft.o);
    need_all(mmio, craft.ids, row->id ? row->id : "", row->also ? row->also : "", "lint said also");
    need_all(mmio, row->id ? row->id : "", craft.ids, "", "lint did not say");
    need_all(mmio, row->also ? row->also : "", craft.ids, "", "lint did not say");
}

void craft_play(const struct craft_row *rows, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        for (unsigned on = ON_PCI; on <= ON_MMIO; on++) {
            char name[160];

            if (!(rows[i].on & on))
                continue;
            snprintf(name, sizeof name, "%s: %s, %s", rows[i].id ? rows[i].id : "silence",
                     rows[i].name, on == ON_MMIO ? "mmio" : "pci");
            craft.mmio = on == ON_MMIO;
            tap_run(name, run_row, (void *)(uintptr_t)&rows[i]);
        }
}
