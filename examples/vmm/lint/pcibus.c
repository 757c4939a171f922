/* pcibus.c - rules of PCI itself, as a virtio driver needs them: PCI Local Bus 3.0, chapter 6.
 *
 *      who is there? --> decode off --> how big is each BAR? --> addresses --> decode, mastering on
 *      6.1               6.2.2          6.2.5.1                  6.2.5.1       6.2.2
 *
 * What a firmware did before the guest ran is not looked at.
 */
#include "monitor.h"

#include <inttypes.h>

static const struct lint_rule rules[] = {
    { "INF-PCI-49", "PCI 6.1", "must", "what has vendor id 0xffff is not there and left alone" },
    { "INF-PCI-50", "PCI 6.1", "must", "functions 1 to 7 are there if the header type says so" },
    { "INF-PCI-51", "PCI 6.1", "must", "configuration is accessed with 8, 16 or 32 bits, aligned" },
    { "INF-PCI-52", "PCI 6.1", "must", "a bridge has BARs 0 and 1 only" },
    { "INF-PCI-37", "PCI 6.2.2", "must", "memory decode is on before a BAR is used" },
    { "INF-PCI-38", "PCI 6.2.2", "must", "bus mastering is on before DRIVER_OK" },
    { "INF-PCI-39", "PCI 6.2.2", "must", "Command written with 32 bits has zeros for Status" },
    { "INF-PCI-40", "PCI 6.2.5.1", "must", "decode is off while a BAR is sized or moved" },
    { "INF-PCI-41", "PCI 6.2.5.1", "must", "all ones do not stay in a BAR" },
    { "INF-PCI-42", "PCI 6.2.5.1", "must", "a BAR's size is what is left without the type bits" },
    { "INF-PCI-43", "PCI 6.2.5.1", "must", "a 64-bit BAR is two registers of one address" },
    { "INF-PCI-44", "PCI 6.2.5.1", "must", "a BAR that reads 0 after all ones is not there" },
    { "INF-PCI-45", "PCI 6.2.5.1", "must", "a BAR's address is aligned, in a window, no other's" },
    { "INF-PCI-46", "PCI 6.7", "must", "capabilities are there if bit 4 of Status says so" },
    { "INF-PCI-47", "PCI 6.7", "must", "the two low bits of a capability pointer are masked off" },
    { "INF-PCI-48", "PCI 6.7", "must", "a capability list is followed for so many steps only" },
    { "INF-PCI-53", "PCI 6.8.2", "must", "the MSI-X table is accessed with 32 or 64 bits" },
    { "INF-PCI-54", "PCI 6.8.2", "must", "an entry of the MSI-X table is masked while it changes" },
    { .id = NULL },
};

enum { MSIX_CONTROL = 2, MSIX_ENABLED = 0x8000, MSIX_MASKED = 0x4000 };
enum { LINKS = 48, LONG_WALK = 1000 };  /* a list has no more; nor reads in a row */

struct seen {
    uint32_t absent[8];                 /* functions that were asked for, and are not there */
    unsigned walk;                      /* reads of the list in a row */
};

/* ---- Who is there [6.1] ---------------------------------------------------------------------- */

static const struct pci_function *first_of(const struct pci_host *h, unsigned slot)
{
    for (unsigned i = 0; i < h->functions; i++)
        if (h->function[i]->slot == slot && !h->function[i]->hidden)
            return h->function[i];
    return NULL;
}

static void missed(struct lint_device *d, unsigned number, const struct lint_config *c)
{
    const unsigned slot = number >> 3 & 31, function = number & 7;
    const struct pci_function *first = first_of(d->lint->pci, slot);
    const bool is_many = first != NULL && first->config[PCI_HEADER] & 0x80;
    struct seen *s = d->state[LINT_PCIBUS];
    uint32_t *const absent = &s->absent[number >> 5 & 7], bit = 1u << (number & 31);

    ASKF(d, c->width <= 4 && c->at % c->width == 0, "INF-PCI-51", "%u bytes at 0x%02x of %02x.%u",
        c->width, c->at, slot, function);
    if (number > 0xff || (function == 0 && first != NULL))
        return;                         /* another bus; not aligned, but there */
    if (ASKF(d, function == 0 || is_many, "INF-PCI-50", "%02x.%u is asked for", slot, function))
        ASKF(d, c->at < 4 || !(*absent & bit), "INF-PCI-49", "0x%02x of %02x.%u", c->at, slot,
            function);
    if (c->at == 0 && !c->is_write)
        *absent |= bit;
}

/* ---- BARs [6.2.5.1] -------------------------------------------------------------------------- */

static bool is_in_window(const struct pci_host *h, uint64_t address, uint64_t bytes)
{
    for (unsigned i = 0; i < h->windows; i++)
        if (address >= h->window[i].base && bytes <= h->window[i].bytes
            && address - h->window[i].base <= h->window[i].bytes - bytes)
            return true;
    return false;
}

/* Another BAR that answers there, or is about to. */
static const struct pci_function *other_at(const struct pci_function *f, unsigned bar)
{
    const uint64_t start = lint_bar(f, bar), bytes = f->bar_bytes[bar];

    for (unsigned i = 0; i < f->host->functions * PCI_BARS; i++) {
        const struct pci_function *g = f->host->function[i / PCI_BARS];
        const uint64_t other = lint_bar(g, i % PCI_BARS), size = g->bar_bytes[i % PCI_BARS];

        if (size != 0 && other != 0
            && (g == f ? i % PCI_BARS != bar : pci_command(g) & COMMAND_MEMORY)
            && (start < other ? other - start < bytes : start - other < size))
            return g;
    }
    return NULL;
}

/* Decode is about to go on. A BAR at 0 was given no address. */
static void check_address(struct lint_device *d, unsigned bar)
{
    const struct pci_function *f = d->function, *other = other_at(f, bar);
    const uint64_t at = lint_bar(f, bar), bytes = f->bar_bytes[bar];
    const bool is_ones = (uint32_t)at == (uint32_t)(0 - bytes);
    const bool is_fine = is_in_window(f->host, at, bytes);
    const bool is_half = !is_fine && !is_ones && is_in_window(f->host, (uint32_t)at, bytes);

    if (bytes == 0 || at == 0)
        return;
    ASKF(d, is_fine, is_ones ? "INF-PCI-41" : "INF-PCI-45", "BAR %u is at 0x%" PRIx64, bar, at);
    ASKF(d, !is_half, "INF-PCI-43", "BAR %u is at 0x%" PRIx64, bar, at);
    ASKF(d, other == NULL, "INF-PCI-45", "BAR %u meets %s at 0x%" PRIx64, bar, other->name, at);
    ASKF(d, other == NULL, "INF-PCI-42", "BAR %u meets %s at 0x%" PRIx64, bar, other->name, at);
}

static void write_command(struct lint_device *d, const struct lint_config *c)
{
    const bool goes_on = c->value & ~pci_command(d->function) & COMMAND_MEMORY;

    ASK(d, c->width != 4 || c->value >> 16 == 0, "INF-PCI-39");
    for (unsigned bar = 0; goes_on && bar < PCI_BARS; bar++)
        check_address(d, bar);
}

static void write_bar(struct lint_device *d, const struct lint_config *c)
{
    const struct pci_function *f = d->function;
    const unsigned bar = (c->at - PCI_BAR) / 4;
    const uint64_t bytes = f->bar_bytes[bar];
    const bool is_bridge = (f->config[PCI_HEADER] & 0x7f) == 1, is_size = c->value == UINT32_MAX;
    const bool is_there = load_le32(f->writable + c->at) != 0;
    const bool is_change = c->value != load_le32(f->config + c->at);
    const uint64_t unaligned = is_size || bytes == 0 ? 0 : c->value & ~15u & (bytes - 1);

    if (is_bridge && bar > 1) {
        ASK(d, !is_size, "INF-PCI-52");
    } else if (!is_there) {
        ASK(d, c->value == 0 || is_size, "INF-PCI-44");
    } else {
        ASK(d, !is_change || !(pci_command(f) & COMMAND_MEMORY), "INF-PCI-40");
        ASKF(d, unaligned == 0, "INF-PCI-45", "the BAR has 0x%" PRIx64 " bytes", bytes);
    }
}

/* ---- Capabilities [6.7] ---------------------------------------------------------------------- */

/* Follows the list to a pointer to that place, low bits and all, or to its end, below 0x40. */
static unsigned follow(const struct pci_function *f, unsigned place)
{
    unsigned to = f->config[PCI_CAPABILITIES];

    for (unsigned links = 1; links < LINKS && to >= 0x40 && to != place; links++)
        to = f->config[(to & 0xfcu) + 1];
    return to;
}

static void read_list(struct lint_device *d, unsigned at, unsigned walk)
{
    const struct pci_function *f = d->function;
    const unsigned aligned = at & ~3u, first = f->config[PCI_CAPABILITIES] & 0xfcu;
    const bool is_known = at == aligned || lint_was_read(d, aligned);

    ASK(d, aligned != first || f->config[PCI_STATUS] & STATUS_LIST, "INF-PCI-46");
    ASK(d, is_known || follow(f, at) != at, "INF-PCI-47");
    ASKF(d, walk <= LONG_WALK || follow(f, 0) < 0x40, "INF-PCI-48", "%u reads", walk);
}

static void config(struct lint_device *d, const struct lint_config *c)
{
    struct seen *s = d->state[LINT_PCIBUS];

    s->walk = c->is_write || c->at < 0x40 ? 0 : s->walk + 1;
    if (s->walk > 0)
        read_list(d, c->at, s->walk);
    else if (c->is_write && c->at == PCI_COMMAND)
        write_command(d, c);
    else if (c->is_write && c->width == 4 && c->at >= PCI_BAR && c->at < PCI_BAR + 4 * PCI_BARS)
        write_bar(d, c);
}

/* ---- MSI-X [6.8.2] --------------------------------------------------------------------------- */

static void vector_table(struct lint_device *d, const struct lint_access *a)
{
    const struct msix *m = &d->pci->msix;
    const unsigned control = load_le16(d->function->config + m->at + MSIX_CONTROL);
    const bool is_live = (control & (MSIX_ENABLED | MSIX_MASKED)) == MSIX_ENABLED;
    const uint32_t at = a->offset - (d->pci->layout->table & ~7u), entry = at / MSIX_ENTRY;
    const bool is_whole = (a->width == 4 || a->width == 8) && at % a->width == 0;
    const bool is_change = a->is_write && at % MSIX_ENTRY < 12;

    if (entry < m->vectors && ASKF(d, is_whole, "INF-PCI-53", "%u bytes at 0x%x", a->width, at))
        ASKF(d, !is_change || !is_live || m->table[entry * MSIX_ENTRY + 12] & 1, "INF-PCI-54",
            "entry %u", entry);
}

/* ---- Registers: decode and mastering are on [6.2.2] ------------------------------------------ */

static void access(struct lint_device *d, const struct lint_access *a)
{
    const bool is_start = a->reg == REG_STATUS && a->is_exact && (a->value & STATUS_DRIVER_OK);
    const bool needs_master = a->is_write && (is_start || a->reg == REG_NOTIFY);
    const bool is_msix = a->reg == REG_OTHER_BAR && a->bar == (d->pci->layout->table & 7);

    ((struct seen *)d->state[LINT_PCIBUS])->walk = 0;
    ASKF(d, lint_was_read(d, PCI_STATUS), "INF-PCI-46", "Status was never read");
    if (!ASKF(d, a->is_decoded, "INF-PCI-37", "BAR %u", a->bar))
        return;
    ASK(d, !needs_master || pci_command(d->function) & COMMAND_MASTER, "INF-PCI-38");
    if (is_msix && d->pci->msix.at != 0)
        vector_table(d, a);
}

const struct lint_area lint_pcibus = {
    .name = "pcibus", .rules = rules, .transport = LINT_ON_PCI, .state = sizeof(struct seen),
    .kept = sizeof(struct seen), .stray = access, .access = access, .config = config,
    .missed = missed,
};
