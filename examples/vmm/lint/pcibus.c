/* pcibus.c - rules of PCI itself, as a virtio driver needs them: PCI Local Bus 3.0, chapter 6.
 *
 *      who is there? --> decode off --> how big is each BAR? --> addresses --> decode, mastering on
 *      6.1               6.2.2          6.2.5.1                  6.2.5.1       6.2.2
 *
 * What a firmware did before the guest ran is not looked at.
 */
#include "monitor.h"

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
enum { LONG_WALK = 1000 };              /* reads in a row: more than any list has links for */

struct seen {
    uint32_t absent[8];                 /* functions that were asked for, and are not there */
    unsigned walk;                      /* reads of the list in a row */
};

static struct seen *seen(const struct lint_device *d)
{
    return d->state[LINT_PCIBUS];
}

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
    uint32_t *const absent = &seen(d)->absent[number >> 5 & 7], bit = 1u << (number & 31);

    if (c->width > 4 || (c->at & (c->width - 1)) != 0)
        lint_say(d, "INF-PCI-51", "%u bytes at 0x%02x of %02x.%u", c->width, c->at, slot, function);
    if (number > 0xff || (function == 0 && first != NULL))
        return;                         /* another bus; not aligned, but there */
    if (function != 0 && (first == NULL || !(first->config[PCI_HEADER] & 0x80)))
        lint_say(d, "INF-PCI-50", "%02x.%u is asked for", slot, function);
    else if (c->at >= 4 && (*absent & bit))
        lint_say(d, "INF-PCI-49", "0x%02x of %02x.%u", c->at, slot, function);
    if (c->at == 0 && !c->is_write)
        *absent |= bit;
}

/* ---- Command [6.2.2] ------------------------------------------------------------------------- */

static bool is_on(const struct lint_device *d, unsigned bit)
{
    return (pci_command(d->function) & bit) != 0;
}

/* ---- BARs [6.2.5.1] -------------------------------------------------------------------------- */

static bool is_upper_half(const struct pci_function *f, unsigned bar)
{
    return bar > 0 && f->bar_bytes[bar - 1] != 0
        && (f->config[PCI_BAR + 4 * (bar - 1)] & 6) == BAR_64;
}

static uint64_t address_of(const struct pci_function *f, unsigned bar)
{
    const uint32_t low = load_le32(f->config + PCI_BAR + 4 * bar);
    const uint32_t high = load_le32(f->config + PCI_BAR + 4 * bar + 4);

    return (is_upper_half(f, bar + 1) ? (uint64_t)high << 32 : 0) | (low & ~UINT32_C(15));
}

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
    const uint64_t start = address_of(f, bar), bytes = f->bar_bytes[bar];

    for (unsigned i = 0; i < f->host->functions; i++) {
        const struct pci_function *g = f->host->function[i];

        for (unsigned n = 0; n < PCI_BARS; n++) {
            const uint64_t other = address_of(g, n);

            if (g->bar_bytes[n] != 0 && other != 0 && (g != f || n != bar)
                && (g == f || (pci_command(g) & COMMAND_MEMORY))
                && (start < other ? other - start < bytes : start - other < g->bar_bytes[n]))
                return g;
        }
    }
    return NULL;
}

/* Decode is about to go on. A BAR at 0 was given no address. */
static void check_address(struct lint_device *d, unsigned bar)
{
    const struct pci_function *f = d->function, *other;
    const uint64_t address = address_of(f, bar), bytes = f->bar_bytes[bar];

    if (bytes == 0 || address == 0)
        return;
    if (!is_in_window(f->host, address, bytes)) {
        const bool is_ones = (uint32_t)address == (uint32_t)(0 - bytes);

        lint_say(d, is_ones ? "INF-PCI-41" : "INF-PCI-45", "BAR %u = 0x%llx, in no window", bar,
                 (unsigned long long)address);
        if (!is_ones && is_in_window(f->host, (uint32_t)address, bytes))
            lint_say(d, "INF-PCI-43", "BAR %u has 0x%llx above its lower half", bar,
                     (unsigned long long)(address >> 32));
    }
    other = other_at(f, bar);
    if (other != NULL) {
        lint_say(d, "INF-PCI-45", "BAR %u = 0x%llx, where %s is", bar, (unsigned long long)address,
                 other->name);
        lint_say(d, "INF-PCI-42", "0x%llx bytes of BAR %u cover %s", (unsigned long long)bytes, bar,
                 other->name);
    }
}

static void write_command(struct lint_device *d, const struct lint_config *c)
{
    if (c->width == 4 && c->value >> 16 != 0)
        lint_say(d, "INF-PCI-39", "0x%08x", (unsigned)c->value);
    for (unsigned bar = 0; (c->value & COMMAND_MEMORY) && !is_on(d, COMMAND_MEMORY)
                           && bar < PCI_BARS; bar++)
        check_address(d, bar);
}

static void write_bar(struct lint_device *d, const struct lint_config *c)
{
    const struct pci_function *f = d->function;
    const unsigned bar = (c->at - PCI_BAR) / 4;
    const uint64_t bytes = f->bar_bytes[bar];
    const bool is_size = c->value == UINT32_MAX;

    if (bar > 1 && (f->config[PCI_HEADER] & 0x7f) == 1) {
        if (is_size)
            lint_say(d, "INF-PCI-52", "0x%02x is written with all ones", c->at);
        return;
    }
    if (bytes == 0 && !is_upper_half(f, bar)) {
        if (c->value != 0 && !is_size)
            lint_say(d, "INF-PCI-44", "BAR %u = 0x%x", bar, (unsigned)c->value);
        return;
    }
    if (is_on(d, COMMAND_MEMORY) && c->value != load_le32(f->config + c->at))
        lint_say(d, "INF-PCI-40", "BAR %u = 0x%x, with decode on", bar, (unsigned)c->value);
    if (!is_size && bytes != 0 && (c->value & ~15u & (bytes - 1)) != 0)
        lint_say(d, "INF-PCI-45", "BAR %u = 0x%x, of 0x%llx bytes", bar, (unsigned)c->value,
                 (unsigned long long)bytes);
}

/* ---- Capabilities [6.7] ---------------------------------------------------------------------- */

/* Is `at`, low bits and all, what a pointer says? */
static bool is_pointed_at(const struct pci_function *f, unsigned at)
{
    unsigned link = PCI_CAPABILITIES;

    for (unsigned left = 48; left > 0 && f->config[link] >= 0x40; left--) {
        if (f->config[link] == at)
            return true;
        link = (f->config[link] & 0xfcu) + 1;
    }
    return false;
}

static bool is_endless(const struct pci_function *f)
{
    unsigned link = PCI_CAPABILITIES;

    for (unsigned left = 48; left > 0; left--) {
        if (f->config[link] < 0x40)
            return false;
        link = (f->config[link] & 0xfcu) + 1;
    }
    return true;
}

static void read_list(struct lint_device *d, const struct lint_config *c)
{
    const struct pci_function *f = d->function;

    if (!(f->config[PCI_STATUS] & STATUS_LIST)
        && (c->at & ~3u) == (f->config[PCI_CAPABILITIES] & 0xfcu))
        lint_say(d, "INF-PCI-46", "0x%02x is read, and it does not", c->at);
    if ((c->at & 3) != 0 && is_pointed_at(f, c->at) && !lint_was_read(d, c->at & ~3u))
        lint_say(d, "INF-PCI-47", "0x%02x is read", c->at);
    if (++seen(d)->walk > LONG_WALK && is_endless(f))
        lint_say(d, "INF-PCI-48", "%u reads of an endless one", seen(d)->walk);
}

static void config(struct lint_device *d, const struct lint_config *c)
{
    if (c->is_write || c->at < 0x40)
        seen(d)->walk = 0;
    if (!c->is_write && c->at >= 0x40)
        read_list(d, c);
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
    const uint32_t at = a->offset - (d->pci->layout->table & ~7u);
    const uint8_t *entry;

    if (at >= m->vectors * MSIX_ENTRY)
        return;
    entry = m->table + at / MSIX_ENTRY * MSIX_ENTRY;
    if ((a->width != 4 && a->width != 8) || at % a->width != 0)
        lint_say(d, "INF-PCI-53", "%u bytes at 0x%x", a->width, at);
    else if (a->is_write && at % MSIX_ENTRY < 12 && !(entry[12] & 1)
             && (control & (MSIX_ENABLED | MSIX_MASKED)) == MSIX_ENABLED)
        lint_say(d, "INF-PCI-54", "entry %u", at / MSIX_ENTRY);
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    const bool is_start = a->reg == REG_STATUS && a->is_write && a->is_exact
                       && (a->value & STATUS_DRIVER_OK);

    seen(d)->walk = 0;
    if (!lint_was_read(d, PCI_STATUS))
        lint_say(d, "INF-PCI-46", "registers are used, and Status was never read");
    if (!a->is_decoded)
        lint_say(d, "INF-PCI-37", "BAR %u is accessed", a->bar);
    else if ((is_start || (a->reg == REG_NOTIFY && a->is_write)) && !is_on(d, COMMAND_MASTER))
        lint_say(d, "INF-PCI-38", "%s", is_start ? "DRIVER_OK" : "a notification");
    else if (a->reg == REG_OTHER_BAR && d->pci->msix.at != 0
             && a->bar == (d->pci->layout->table & 7))
        vector_table(d, a);
}

const struct lint_area lint_pcibus = {
    .name = "pcibus", .rules = rules, .state = sizeof(struct seen), .kept = sizeof(struct seen), .transport = LINT_ON_PCI, .stray = access, .access = access,
    .config = config, .missed = missed,
};
