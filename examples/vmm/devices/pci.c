/* pci.c - configuration space, BARs, interrupt lines. >>pci */
#include "pci.h"
#include "memory.h"
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_CAPABILITY = 0x40, BRIDGE_ID = 0x00081b36, BRIDGE_CLASS = 0x060000 };

/* What a write can change in every function. The status register is not among it: its bits that
 * a driver may clear stand for errors that never happen here. */
static const struct {
    uint8_t  at, bytes;
    uint16_t bits;
} writable[] = {
    { PCI_COMMAND, 2, COMMAND_MEMORY | COMMAND_MASTER | COMMAND_NO_INTX },
    { PCI_CACHE_LINE, 1, 0xff },
    { PCI_LINE, 1, 0xff },
};

static uint32_t all_ones(unsigned width)
{
    return width >= 4 ? UINT32_MAX : (UINT32_C(1) << 8 * width) - 1;
}

/* ---- Functions --------------------------------------------------------------------------- */

static struct pci_function *in_slot(const struct pci_host *h, unsigned slot)
{
    for (unsigned i = 0; i < h->functions; i++)
        if (h->function[i]->slot == slot)
            return h->function[i];
    return NULL;
}

bool pci_add(struct pci_host *h, struct pci_function *f, unsigned slot, const char *name,
             const struct pci_kind *kind)
{
    if (slot > 31 || in_slot(h, slot) != NULL || h->functions == PCI_FUNCTIONS) {
        report_fault(name, "PCI slot %u is taken, or there is no such slot", slot);
        return false;
    }
    memset(f, 0, sizeof *f);
    f->host = h;
    f->kind = kind;
    f->name = name;
    f->slot = slot;
    f->free = FIRST_CAPABILITY;
    for (unsigned i = 0; i < sizeof writable / sizeof *writable; i++)
        for (unsigned byte = 0; byte < writable[i].bytes; byte++)
            f->writable[writable[i].at + byte] = (uint8_t)(writable[i].bits >> 8 * byte);
    h->function[h->functions++] = f;
    return true;
}

/* The low bits of a BAR that lie inside its size cannot be written: that is how a driver learns
 * the size, by writing all ones and looking which of them stayed. */
void pci_add_bar(struct pci_function *f, unsigned bar, uint64_t bytes, uint8_t flags)
{
    const unsigned at = PCI_BAR + 4 * bar;
    const uint64_t mask = ~(bytes - 1);

    f->bar_bytes[bar] = bytes;
    f->config[at] = flags;
    store_le32(f->writable + at, (uint32_t)mask);
    if (flags & BAR_64)
        store_le32(f->writable + at + 4, (uint32_t)(mask >> 32));
}

unsigned pci_add_capability(struct pci_function *f, uint8_t id, unsigned bytes)
{
    unsigned link = PCI_CAPABILITIES;
    const unsigned at = f->free;

    while (f->config[link] != 0)
        link = f->config[link] + 1u;
    f->config[link] = (uint8_t)at;
    f->config[at] = id;
    f->config[PCI_STATUS] |= STATUS_LIST;
    f->free += (bytes + 3) & ~3u;
    return at;
}

unsigned pci_command(const struct pci_function *f)
{
    return load_le16(f->config + PCI_COMMAND);
}

/* ---- Interrupt lines --------------------------------------------------------------------- */

unsigned pci_swizzle(unsigned slot)
{
    return slot & 3;                    /* (slot + pin - 1) & 3, and the pin is always INTA, 1 */
}

/* A line is high as long as any function on it wants it to be: they share it. */
static void set_lines(struct pci_host *h)
{
    bool high[4] = { false, false, false, false };

    for (unsigned i = 0; i < h->functions; i++) {
        const struct pci_function *f = h->function[i];

        if ((f->config[PCI_STATUS] & STATUS_INTERRUPT) && !(pci_command(f) & COMMAND_NO_INTX))
            high[pci_swizzle(f->slot)] = true;
    }
    for (unsigned i = 0; i < 4; i++) {
        if (high[i] != h->is_high[i] && h->set_line != NULL)
            h->set_line(h->context, h->line[i], high[i]);
        h->is_high[i] = high[i];
    }
}

void pci_interrupt(struct pci_function *f, bool high)
{
    f->config[PCI_STATUS] &= (uint8_t)~STATUS_INTERRUPT;
    if (high)
        f->config[PCI_STATUS] |= STATUS_INTERRUPT;
    set_lines(f->host);
}

/* ---- Configuration space ----------------------------------------------------------------- */

static uint64_t bar_address(const struct pci_function *f, unsigned bar)
{
    const uint8_t *at = f->config + PCI_BAR + 4 * bar;
    const uint32_t low = load_le32(at);

    return (low & ~UINT32_C(15)) | (low & BAR_64 ? (uint64_t)load_le32(at + 4) << 32 : 0);
}

static const struct pci_window *window_of(const struct pci_host *h, uint64_t address,
                                          uint64_t bytes)
{
    for (unsigned i = 0; i < h->windows; i++) {
        const struct pci_window *w = &h->window[i];

        if (address >= w->base && address - w->base < w->bytes
            && bytes <= w->bytes - (address - w->base))
            return w;
    }
    return NULL;
}

/* The story of a BAR: the driver asks for its size, places it, and lets it answer. */
static void tell_size(const struct pci_function *f, unsigned bar)
{
    char answer[40];

    snprintf(answer, sizeof answer, "0x%" PRIx64 " bytes", f->bar_bytes[bar]);
    if (f->bar_bytes[bar] != 0)
        report_story(f->name, "4.1.4", answer, "BAR %u = all ones: how big is it?", bar);
}

static void tell_places(const struct pci_function *f)
{
    for (unsigned bar = 0; bar < PCI_BARS; bar++)
        if (f->bar_bytes[bar] != 0)
            report_story(f->name, "4.1.4", window_of(f->host, bar_address(f, bar),
                         f->bar_bytes[bar]) ? "answers there" : "outside of every window: silent",
                         "BAR %u = 0x%" PRIx64 ", memory decode on", bar, bar_address(f, bar));
}

/* The function a guest means, or null where all ones are read: nobody is there, or not yet, or
 * beyond the 256 bytes that conventional PCI has. */
static struct pci_function *target(const struct pci_host *h, unsigned slot, unsigned at,
                                   unsigned width)
{
    struct pci_function *f = in_slot(h, slot);

    if (f == NULL || f->hidden || at >= PCI_CONFIG)
        return NULL;
    if (at & (width - 1)) {
        report_fault(f->name, "%u bytes at 0x%02x of its configuration space: not aligned", width,
                     at);
        return NULL;
    }
    return f;
}

uint32_t pci_config_read(struct pci_host *h, unsigned slot, unsigned at, unsigned width)
{
    struct pci_function *f = target(h, slot, at, width);
    uint32_t value = 0;

    if (f == NULL)
        return all_ones(width);
    if (f->kind != NULL && f->kind->config_read != NULL)
        f->kind->config_read(f, at);
    for (unsigned byte = 0; byte < width; byte++)
        value |= (uint32_t)f->config[at + byte] << 8 * byte;
    report_trace("pci_config", "%s [0x%02x] -> 0x%0*" PRIx32, f->name, at, (int)width * 2, value);
    return value;
}

void pci_config_write(struct pci_host *h, unsigned slot, unsigned at, unsigned width,
                      uint32_t value)
{
    struct pci_function *f = target(h, slot, at, width);
    bool decoded;

    if (f == NULL)
        return;
    report_trace("pci_config", "%s [0x%02x] <- 0x%0*" PRIx32, f->name, at, (int)width * 2, value);
    decoded = pci_command(f) & COMMAND_MEMORY;
    for (unsigned byte = 0; byte < width; byte++) {
        const uint8_t bits = f->writable[at + byte];

        f->config[at + byte] = (uint8_t)((f->config[at + byte] & ~bits)
                                         | (value >> 8 * byte & bits));
    }
    if (at >= PCI_BAR && at < PCI_BAR + 4 * PCI_BARS && value == UINT32_MAX)
        tell_size(f, (at - PCI_BAR) / 4);
    if (!decoded && (pci_command(f) & COMMAND_MEMORY))
        tell_places(f);
    if (f->kind != NULL && f->kind->config_written != NULL)
        f->kind->config_written(f, at);
    set_lines(h);                       /* the command register may hold them back */
}

/* ECAM: bus << 20 | slot << 15 | function << 12 | register. */
static bool is_ours(uint64_t offset)
{
    return offset >> 20 == 0 && (offset >> 12 & 7) == 0;
}

static uint64_t ecam_read(void *owner, uint64_t offset, unsigned width)
{
    return is_ours(offset) ? pci_config_read(owner, offset >> 15 & 31, offset & 0xfff, width)
                           : all_ones(width);
}

static void ecam_write(void *owner, uint64_t offset, unsigned width, uint64_t value)
{
    if (is_ours(offset))
        pci_config_write(owner, offset >> 15 & 31, offset & 0xfff, width, (uint32_t)value);
}

/* Ports: 0xcf8 takes enable << 31 | bus << 16 | slot << 11 | function << 8 | register, in 32 bits
 * and no less; 0xcfc to 0xcff are the four bytes of that register. */
static bool port_is_ours(const struct pci_host *h, unsigned offset, unsigned width)
{
    return offset >= 4 && offset + width <= 8 && (h->port_address & 0x80ffff00) >> 16 == 0x8000
        && (h->port_address & 0x700) == 0;
}

uint32_t pci_port_read(struct pci_host *h, unsigned offset, unsigned width)
{
    if (offset == 0 && width == 4)
        return h->port_address;
    if (!port_is_ours(h, offset, width))
        return all_ones(width);
    return pci_config_read(h, h->port_address >> 11 & 31, (h->port_address & 0xfc) + offset - 4,
                           width);
}

void pci_port_write(struct pci_host *h, unsigned offset, unsigned width, uint32_t value)
{
    if (offset == 0 && width == 4)
        h->port_address = value & 0x80fffffc;
    else if (port_is_ours(h, offset, width))
        pci_config_write(h, h->port_address >> 11 & 31, (h->port_address & 0xfc) + offset - 4,
                         width, value);
}

/* ---- BARs -------------------------------------------------------------------------------- */

struct hit {
    struct pci_function *function;      /* null: nobody answers */
    unsigned             bar;
    uint64_t             offset;
};

/* Who answers at an address? Where BARs lie over one another it is the first; on real hardware
 * all would, at once. */
static struct hit find(const struct pci_host *h, uint64_t address)
{
    struct hit hit = { NULL, 0, 0 };

    for (unsigned i = 0; i < h->functions; i++) {
        struct pci_function *f = h->function[i];
        const bool decodes = !f->hidden && (pci_command(f) & COMMAND_MEMORY);

        for (unsigned bar = 0; decodes && bar < PCI_BARS; bar++) {
            const uint64_t offset = address - bar_address(f, bar);

            if (offset >= f->bar_bytes[bar])
                continue;
            if (hit.function == NULL) {
                hit = (struct hit){ f, bar, offset };
            } else if (!f->overlaps) {
                f->overlaps = true;
                report_fault(f->name, "BAR %u lies over BAR %u of %s, which is the one to answer "
                             "at 0x%" PRIx64, bar, hit.bar, hit.function->name, address);
            }
        }
    }
    return hit;
}

static uint64_t window_read(void *owner, uint64_t offset, unsigned width)
{
    const struct pci_window *w = owner;
    const struct hit hit = find(w->host, w->base + offset);

    if (hit.function != NULL)
        return hit.function->kind->bar_read(hit.function, hit.bar, hit.offset, width);
    bus_nobody(w->host->bus, w->base + offset, width, "read");
    return all_ones(width);
}

static void window_write(void *owner, uint64_t offset, unsigned width, uint64_t value)
{
    const struct pci_window *w = owner;
    const struct hit hit = find(w->host, w->base + offset);

    if (hit.function != NULL)
        hit.function->kind->bar_write(hit.function, hit.bar, hit.offset, width, (uint32_t)value);
    else
        bus_nobody(w->host->bus, w->base + offset, width, "write");
}

/* ---- The host ---------------------------------------------------------------------------- */

bool pci_init(struct pci_host *h, struct bus *b, uint64_t ecam, uint64_t ecam_bytes)
{
    const struct bus_range range = { "pci configuration space", ecam, ecam_bytes, h, ecam_read,
                                     ecam_write };

    memset(h, 0, sizeof *h);
    h->bus = b;
    pci_add(h, &h->bridge, 0, "pci bridge", NULL);
    store_le32(h->bridge.config + PCI_ID, BRIDGE_ID);
    store_le32(h->bridge.config + PCI_REVISION, BRIDGE_CLASS << 8);
    return ecam_bytes == 0 || bus_add(b, &range);
}

bool pci_add_window(struct pci_host *h, uint64_t base, uint64_t bytes)
{
    struct pci_window *w = &h->window[h->windows];
    const struct bus_range range = { "pci window", base, bytes, w, window_read, window_write };

    if (h->windows == PCI_WINDOWS || !bus_add(h->bus, &range))
        return false;
    *w = (struct pci_window){ h, base, bytes };
    h->windows++;
    return true;
}

/* The first address from `from` on, aligned to its size, where a BAR can answer; 0: none. */
static uint64_t room_for(const struct pci_function *f, unsigned bar, uint64_t from)
{
    const uint64_t bytes = f->bar_bytes[bar], at = (from + bytes - 1) & ~(bytes - 1);
    const bool is_64 = f->config[PCI_BAR + 4 * bar] & BAR_64;

    return window_of(f->host, at, bytes) && (is_64 || at + bytes - 1 <= UINT32_MAX) ? at : 0;
}

static bool place(struct pci_function *f, unsigned bar, uint64_t next[PCI_WINDOWS])
{
    const unsigned register_at = PCI_BAR + 4 * bar;

    for (unsigned i = 0; i < f->host->windows; i++) {
        const uint64_t at = room_for(f, bar, next[i]);

        if (at == 0)
            continue;
        next[i] = at + f->bar_bytes[bar];
        pci_config_write(f->host, f->slot, register_at, 4, (uint32_t)at);
        if (f->config[register_at] & BAR_64)
            pci_config_write(f->host, f->slot, register_at + 4, 4, (uint32_t)(at >> 32));
        return true;
    }
    return false;
}

bool pci_place(struct pci_host *h)
{
    uint64_t next[PCI_WINDOWS];

    for (unsigned i = 0; i < h->windows; i++)
        next[i] = h->window[i].base;
    for (unsigned i = 0; i < h->functions; i++) {
        struct pci_function *f = h->function[i];

        for (unsigned bar = 0; bar < PCI_BARS; bar++)
            if (f->bar_bytes[bar] != 0 && !place(f, bar, next))
                return false;
        pci_config_write(h, f->slot, PCI_COMMAND, 2, COMMAND_MEMORY);
    }
    return true;
}
