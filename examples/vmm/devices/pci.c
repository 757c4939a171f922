/* pci.c - configuration space, BARs, interrupt lines. >>pci */
#include "pci.h"
#include "memory.h"
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

enum { FIRST_CAPABILITY = 0x40, BRIDGE_ID = 0x00081b36, BRIDGE_CLASS = 0x060000 };
enum { SLOTS = 32, NOWHERE = 0x10000 };         /* no function has that number */

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
    if (slot >= SLOTS || in_slot(h, slot) != NULL || h->functions == PCI_FUNCTIONS) {
        report_fault(name, "PCI slot %u is taken, or there is no such slot", slot);
        return false;
    }
    *f = (struct pci_function){ .host = h, .kind = kind, .name = name, .slot = slot,
                                .free = FIRST_CAPABILITY };
    store_le16(f->writable + PCI_COMMAND, COMMAND_MEMORY | COMMAND_MASTER | COMMAND_NO_INTX);
    f->writable[PCI_CACHE_LINE] = f->writable[PCI_LINE] = 0xff;
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

/* The story of a BAR: the driver asks for its size, places it, and lets it answer. */
static void tell(const struct pci_function *f, unsigned bar, bool is_placed)
{
    char size[40];

    snprintf(size, sizeof size, "0x%" PRIx64 " bytes", f->bar_bytes[bar]);
    if (f->bar_bytes[bar] == 0)
        return;
    if (!is_placed)
        report_story(f->name, "4.1.4", size, "BAR %u = all ones: how big is it?", bar);
    else if (bar_address(f, bar) != 0)
        report_story(f->name, "4.1.4", "answers there", "BAR %u = 0x%" PRIx64 ", memory decode on", bar,
                     bar_address(f, bar));
}

/* The function a guest means, or null where all ones are read: nobody is there, or not yet, or
 * beyond the 256 bytes that conventional PCI has. Its number is bus << 8 | slot << 3 | function. */
static struct pci_function *target(const struct pci_host *h, unsigned number, unsigned at,
                                   unsigned width, bool is_write)
{
    struct pci_function *f = number & ~0xf8u ? NULL : in_slot(h, number >> 3);
    const bool is_aligned = (at & (width - 1)) == 0;

    if (f != NULL && f->hidden)
        f = NULL;
    if (h->missed != NULL && number != NOWHERE && (f == NULL || !is_aligned))
        h->missed(h->watcher, number, at, width, is_write);
    if (f == NULL || at >= PCI_CONFIG)
        return NULL;
    if (!is_aligned) {
        report_fault(f->name, "%u bytes at 0x%02x of its configuration space: not aligned", width,
                     at);
        return NULL;
    }
    return f;
}

/* Can this half of an address be one in a window? Each half is judged by itself, because each is
 * written by itself. */
static bool is_in_window(const struct pci_host *h, bool is_high, uint32_t half)
{
    for (unsigned i = 0; i < h->windows; i++) {
        const uint64_t first = h->window[i].base, last = first + h->window[i].bytes - 1;

        if (is_high ? half >= first >> 32 && half <= last >> 32
            : first >> 32 != last >> 32 || (half >= (uint32_t)first && half <= (uint32_t)last))
            return true;
    }
    return false;
}

/* What a host does that has no strays: the address does not stick. All ones ask for the size. */
static void drop_stray(struct pci_function *f, unsigned bar, uint32_t value)
{
    uint8_t *const at = f->config + PCI_BAR + 4 * bar;
    const bool is_high = bar > 0 && f->bar_bytes[bar] == 0;
    const uint32_t flags = is_high ? 0 : load_le32(at) & 15;

    if (value != UINT32_MAX && !is_in_window(f->host, is_high, load_le32(at) - flags))
        store_le32(at, flags);
}

static uint32_t config_read(struct pci_host *h, unsigned number, unsigned at, unsigned width)
{
    struct pci_function *f = target(h, number, at, width, false);
    uint32_t value = 0;

    if (f == NULL)
        return all_ones(width);
    if (f->kind != NULL && f->kind->config_read != NULL)
        f->kind->config_read(f, at);
    for (unsigned byte = 0; byte < width; byte++)
        value |= (uint32_t)f->config[at + byte] << 8 * byte;
    report_trace("pci_config", "%s [0x%02x] -> 0x%0*" PRIx32, f->name, at, (int)width * 2, value);
    if (h->watch != NULL)
        h->watch(h->watcher, f, at, width, false, value);
    return value;
}

static void config_write(struct pci_host *h, unsigned number, unsigned at, unsigned width,
                         uint32_t value)
{
    struct pci_function *f = target(h, number, at, width, true);
    bool decoded;

    if (f == NULL)
        return;
    report_trace("pci_config", "%s [0x%02x] <- 0x%0*" PRIx32, f->name, at, (int)width * 2, value);
    if (h->watch != NULL)
        h->watch(h->watcher, f, at, width, true, value);
    decoded = pci_command(f) & COMMAND_MEMORY;
    for (unsigned byte = 0; byte < width; byte++) {
        const uint8_t bits = f->writable[at + byte];

        f->config[at + byte] = (uint8_t)((f->config[at + byte] & ~bits)
                                         | (value >> 8 * byte & bits));
    }
    if (at >= PCI_BAR && at < PCI_BAR + 4 * PCI_BARS && h->has_no_strays)
        drop_stray(f, (at - PCI_BAR) / 4, value);
    if (at >= PCI_BAR && at < PCI_BAR + 4 * PCI_BARS && value == UINT32_MAX)
        tell(f, (at - PCI_BAR) / 4, false);
    for (unsigned bar = 0; bar < PCI_BARS && !decoded && (pci_command(f) & COMMAND_MEMORY); bar++)
        tell(f, bar, true);
    if (f->kind != NULL && f->kind->config_written != NULL)
        f->kind->config_written(f, at);
    set_lines(h);                       /* the command register may hold them back */
}

uint32_t pci_config_read(struct pci_host *h, unsigned slot, unsigned at, unsigned width)
{
    return config_read(h, slot << 3, at, width);
}

void pci_config_write(struct pci_host *h, unsigned slot, unsigned at, unsigned width,
                      uint32_t value)
{
    config_write(h, slot << 3, at, width, value);
}

/* ECAM: bus << 20 | slot << 15 | function << 12 | register. */
static uint64_t ecam_read(void *owner, uint64_t offset, unsigned width)
{
    return config_read(owner, (unsigned)(offset >> 12), offset & 0xfff, width);
}

static void ecam_write(void *owner, uint64_t offset, unsigned width, uint64_t value)
{
    config_write(owner, (unsigned)(offset >> 12), offset & 0xfff, width, (uint32_t)value);
}

/* Ports: 0xcf8 takes enable << 31 | bus << 16 | slot << 11 | function << 8 | register, in 32 bits
 * and no less; 0xcfc to 0xcff are the four bytes of that register. */
static unsigned port_number(const struct pci_host *h, unsigned offset, unsigned width)
{
    const bool is_there = offset >= 4 && offset + width <= 8
                       && (h->port_address & 0xff000000) == 0x80000000;

    return is_there ? h->port_address >> 8 & 0xffff : NOWHERE;
}

uint32_t pci_port_read(struct pci_host *h, unsigned offset, unsigned width)
{
    if (offset == 0 && width == 4)
        return h->port_address;
    return config_read(h, port_number(h, offset, width), (h->port_address & 0xfc) + (offset & 3),
                       width);
}

void pci_port_write(struct pci_host *h, unsigned offset, unsigned width, uint32_t value)
{
    if (offset == 0 && width == 4)
        h->port_address = value & 0x80fffffc;
    else
        config_write(h, port_number(h, offset, width), (h->port_address & 0xfc) + (offset & 3),
                     width, value);
}

/* ---- BARs -------------------------------------------------------------------------------- */

/* Who answers at an address, with which BAR? Where BARs lie over one another it is the first; on
 * real hardware all would, at once. */
static struct pci_function *find(const struct pci_host *h, uint64_t address, struct pci_access *a)
{
    struct pci_function *found = NULL;

    for (unsigned i = 0; i < h->functions; i++) {
        struct pci_function *f = h->function[i];
        const bool decodes = !f->hidden && (pci_command(f) & COMMAND_MEMORY);

        for (unsigned bar = 0; decodes && bar < PCI_BARS; bar++) {
            const uint64_t offset = address - bar_address(f, bar);

            if (offset >= f->bar_bytes[bar])
                continue;
            if (found == NULL) {
                found = f;
                a->bar = bar;
                a->offset = offset;
            } else if (!f->overlaps) {
                f->overlaps = true;
                report_fault(f->name, "BAR %u lies over BAR %u of %s, which is the one to answer "
                             "at 0x%" PRIx64, bar, a->bar, found->name, address);
            }
        }
    }
    return found;
}

static uint32_t window_access(const struct pci_window *w, uint64_t address, struct pci_access a)
{
    struct pci_function *f = find(w->host, address, &a);

    if (f != NULL) {
        f->kind->bar_access(f, &a);
        return a.value;
    }
    bus_nobody(w->host->bus, address, a.width, a.is_write ? "write" : "read");
    return UINT32_MAX;
}

static uint64_t window_read(void *owner, uint64_t at, unsigned width)
{
    const struct pci_window *w = owner;

    return window_access(w, w->base + at, (struct pci_access){ .width = width });
}

static void window_write(void *owner, uint64_t at, unsigned width, uint64_t value)
{
    const struct pci_window *w = owner;

    window_access(w, w->base + at, (struct pci_access){ .width = width, .is_write = true,
                                                        .value = (uint32_t)value });
}

/* ---- The host ---------------------------------------------------------------------------- */

bool pci_init(struct pci_host *h, struct bus *b, uint64_t ecam, uint64_t ecam_bytes)
{
    const struct bus_range range = { "pci configuration space", ecam, ecam_bytes, h, ecam_read,
                                     ecam_write };

    *h = (struct pci_host){ .bus = b };
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
