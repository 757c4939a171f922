/* monitor.c - turns accesses into registers, and says what the rules find. */
#include "monitor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct lint_area *const areas[LINT_AREAS] = {
    [LINT_INIT] = &lint_init, [LINT_QUEUE] = &lint_queue, [LINT_ORDER] = &lint_order,
    [LINT_PCI] = &lint_pci, [LINT_PCIBUS] = &lint_pcibus, [LINT_MMIO] = &lint_mmio,
    [LINT_CONSOLE] = &lint_console, [LINT_GPU] = &lint_gpu,
};

/* ---- Findings -------------------------------------------------------------------------------- */

bool lint_is_must(const struct lint_rule *r)
{
    return r->level[0] == 'M' || r->level[0] == 'm';
}

const struct lint_rule *lint_rule(unsigned n)
{
    for (unsigned area = 0; area < LINT_AREAS; area++)
        for (const struct lint_rule *r = areas[area]->rules; r->id != NULL; r++)
            if (n-- == 0)
                return r;
    return NULL;
}

/* The rule, and which of all it is. Once through all: a driver may break one at every access. */
static const struct lint_rule *find_rule(const char *id, unsigned *n)
{
    *n = 0;
    for (unsigned area = 0; area < LINT_AREAS; area++)
        for (const struct lint_rule *r = areas[area]->rules; r->id != NULL; r++, ++*n)
            if (strcmp(r->id, id) == 0)
                return r;
    return NULL;
}

/* What is being looked at: "queue_size = 0x30", "head 5". */
static void describe(const struct lint_device *d, char *to, size_t room)
{
    const struct lint_access *a = d->access;

    if (a != NULL)
        snprintf(to, room, a->is_write ? "%s = 0x%" PRIx64 : "%s is 0x%" PRIx64, a->name, a->value);
    else if (d->chain != NULL)
        snprintf(to, room, "head %u", d->chain->head);
}

static void speak(struct lint_device *d, const char *id, const char *format, va_list list)
{
    struct lint *l = d->lint;
    unsigned n;
    const struct lint_rule *rule = find_rule(id, &n);
    const uint8_t bit = (uint8_t)(1u << d->queue);
    char place[60], what[80] = "", more[160], seen[240];

    if (d->spoken[n] & bit)
        return;
    d->spoken[n] |= bit;
    *(lint_is_must(rule) ? &l->musts : &l->shoulds) += 1;
    describe(d, what, sizeof what);
    vsnprintf(more, sizeof more, format, list);
    snprintf(seen, sizeof seen, "%s%s%s", what, what[0] && more[0] ? "; " : "", more);
    snprintf(place, sizeof place, d->queue != LINT_NO_QUEUE ? "%s queue %u" : "%s", d->name,
             d->queue);
    if (l->found != NULL)
        l->found(l->context, &(struct lint_finding){ rule, place, seen });
}

void lint_say(struct lint_device *d, const char *id, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    speak(d, id, format, list);
    va_end(list);
}

void lint_say_queue(struct lint_device *d, unsigned queue, const char *id, const char *format, ...)
{
    const unsigned was = d->queue;
    va_list list;

    d->queue = queue < LINT_NO_QUEUE ? queue : LINT_NO_QUEUE;
    va_start(list, format);
    speak(d, id, format, list);
    va_end(list);
    d->queue = was;
}

const char *lint_by(const struct lint_device *d, const char *pci, const char *mmio)
{
    return d->slot == NULL ? pci : mmio;
}

/* ---- Telling the areas ----------------------------------------------------------------------- */

static bool concerns(const struct lint_area *area, const struct lint_device *d)
{
    return (area->transport == LINT_ANY || (area->transport == LINT_ON_MMIO) == (d->slot != NULL))
        && (area->type == 0 || (d->vdev != NULL && d->vdev->kind->id == area->type));
}

#define TELL(d, call, arguments) \
    for (unsigned area = 0; area < LINT_AREAS; area++) \
        if (areas[area]->call != NULL && concerns(areas[area], (d))) \
            areas[area]->call arguments

void lint_request(struct lint_device *d, const struct lint_chain *c)
{
    const unsigned was = d->queue;

    d->lint->requests++;
    d->chain = c;
    d->queue = c->queue;
    TELL(d, request, (d, c));
    d->queue = was;
    d->chain = NULL;
}

void lint_answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written)
{
    TELL(d, answer, (d, queue, head, written));
}

/* ---- What a driver did so far ---------------------------------------------------------------- */

static void follow_selects(struct lint_device *d, const struct lint_access *a)
{
    const uint32_t value = (uint32_t)a->value;

    switch (a->reg) {
    case REG_DEVICE_SELECT: d->device_select = value; break;
    case REG_DRIVER_SELECT: d->driver_select = value; break;
    case REG_QUEUE_SELECT:  d->queue_select = value; break;
    default:                break;
    }
}

static void follow_queue(struct lint_queue_life *q, const struct lint_access *a)
{
    *(a->is_write ? &q->written : &q->read) |= LINT_BIT(a->reg);
    if (a->reg == REG_QUEUE_RESET && a->is_write)
        *q = (struct lint_queue_life){ .read = q->read, .was_reset = true, .is_resetting = true };
    else if (a->reg == REG_QUEUE_RESET)
        q->is_resetting &= a->value != 0;
    else if (a->reg == REG_QUEUE_ENABLE && a->is_write)
        q->is_enabled = a->value != 0;
    else if (a->reg >= REG_QUEUE_DESC && a->reg <= REG_QUEUE_DEVICE && a->is_write)
        q->halves |= 1u << (2 * (a->reg - REG_QUEUE_DESC) + a->half);
}

static void follow(struct lint_device *d, const struct lint_access *a)
{
    struct lint_life *l = &d->life;

    *(a->is_write ? &l->written : &l->read) |= LINT_BIT(a->reg);
    if (a->is_write)
        follow_selects(d, a);
    if (a->reg == REG_STATUS && a->is_write)
        l->status |= (uint8_t)a->value;
    else if (a->reg == REG_STATUS)
        d->is_resetting &= a->value != 0;
    else if (a->reg == REG_DEVICE_FEATURES && d->device_select < 32)
        l->words_read |= 1u << d->device_select;
    else if (a->reg == REG_DRIVER_FEATURES && d->driver_select < 32)
        l->words_written |= 1u << d->driver_select;
    else if (d->queue != LINT_NO_QUEUE && a->reg != REG_NOTIFY)
        follow_queue(&l->queue[d->queue], a);
}

/* A reset takes all that the driver chose: rings and features, and of a function what the selects
 * say; our slots keep that. */
static void forget(struct lint_device *d)
{
    if (d->slot == NULL)
        d->device_select = d->driver_select = d->queue_select = 0;
    TELL(d, over, (d));
    for (unsigned i = 0; i < LINT_AREAS; i++)
        memset((char *)d->state[i] + areas[i]->kept, 0, areas[i]->state - areas[i]->kept);
    d->life = (struct lint_life){ 0 };
    d->was_reset = d->is_resetting = true;
}

/* Registers of a queue belong to the one that is selected, if there is such a one. */
static bool is_of_queue(enum lint_register reg)
{
    return (reg >= REG_QUEUE_SIZE && reg <= REG_NOTIFY) || reg == REG_QUEUE_MAX
        || (reg >= REG_QUEUE_VECTOR && reg <= REG_NOTIFY_DATA && reg != REG_NUM_QUEUES);
}

static void tell_access(struct lint_device *d, const struct lint_access *a)
{
    d->lint->accesses++;
    d->access = a;
    if (d->vdev == NULL || !a->is_decoded) {
        TELL(d, stray, (d, a));
    } else {
        if (is_of_queue(a->reg) && a->queue < d->vdev->kind->queues)
            d->queue = a->queue;
        TELL(d, access, (d, a));
        if (a->is_exact)
            follow(d, a);
    }
    d->queue = LINT_NO_QUEUE;
    d->access = NULL;
    if (d->vdev != NULL && a->is_decoded && a->is_exact && a->is_write && a->reg == REG_STATUS
        && a->value == 0)
        forget(d);
}

/* ---- Registers ------------------------------------------------------------------------------- */

struct place {
    uint32_t           offset;
    unsigned           bytes;
    enum lint_register reg;
    const char        *name;
};

static const struct place slot_places[] = {     /* [4.2.2] */
    { 0x000, 4, REG_MAGIC, "MagicValue" },
    { 0x004, 4, REG_VERSION, "Version" },
    { 0x008, 4, REG_DEVICE_ID, "DeviceID" },
    { 0x00c, 4, REG_VENDOR_ID, "VendorID" },
    { 0x010, 4, REG_DEVICE_FEATURES, "DeviceFeatures" },
    { 0x014, 4, REG_DEVICE_SELECT, "DeviceFeaturesSel" },
    { 0x020, 4, REG_DRIVER_FEATURES, "DriverFeatures" },
    { 0x024, 4, REG_DRIVER_SELECT, "DriverFeaturesSel" },
    { 0x030, 4, REG_QUEUE_SELECT, "QueueSel" },
    { 0x034, 4, REG_QUEUE_MAX, "QueueSizeMax" },
    { 0x038, 4, REG_QUEUE_SIZE, "QueueSize" },
    { 0x044, 4, REG_QUEUE_ENABLE, "QueueReady" },
    { 0x050, 4, REG_NOTIFY, "QueueNotify" },
    { 0x060, 4, REG_ISR, "InterruptStatus" },
    { 0x064, 4, REG_ACK, "InterruptACK" },
    { 0x070, 4, REG_STATUS, "Status" },
    { 0x080, 8, REG_QUEUE_DESC, "QueueDesc" },
    { 0x090, 8, REG_QUEUE_DRIVER, "QueueDriver" },
    { 0x0a0, 8, REG_QUEUE_DEVICE, "QueueDevice" },
    { 0x0ac, 4, REG_SHM, "SHMSel" },
    { 0x0b0, 8, REG_SHM, "SHMLen" },
    { 0x0b8, 8, REG_SHM, "SHMBase" },
    { 0x0c0, 4, REG_QUEUE_RESET, "QueueReset" },
    { 0x0fc, 4, REG_GENERATION, "ConfigGeneration" },
    { 0, 0, REG_NONE, NULL },
};

static const struct place common_places[] = {   /* [4.1.4.3] */
    { 0x00, 4, REG_DEVICE_SELECT, "device_feature_select" },
    { 0x04, 4, REG_DEVICE_FEATURES, "device_feature" },
    { 0x08, 4, REG_DRIVER_SELECT, "driver_feature_select" },
    { 0x0c, 4, REG_DRIVER_FEATURES, "driver_feature" },
    { 0x10, 2, REG_CONFIG_VECTOR, "config_msix_vector" },
    { 0x12, 2, REG_NUM_QUEUES, "num_queues" },
    { 0x14, 1, REG_STATUS, "device_status" },
    { 0x15, 1, REG_GENERATION, "config_generation" },
    { 0x16, 2, REG_QUEUE_SELECT, "queue_select" },
    { 0x18, 2, REG_QUEUE_SIZE, "queue_size" },
    { 0x1a, 2, REG_QUEUE_VECTOR, "queue_msix_vector" },
    { 0x1c, 2, REG_QUEUE_ENABLE, "queue_enable" },
    { 0x1e, 2, REG_NOTIFY_OFF, "queue_notify_off" },
    { 0x20, 8, REG_QUEUE_DESC, "queue_desc" },
    { 0x28, 8, REG_QUEUE_DRIVER, "queue_driver" },
    { 0x30, 8, REG_QUEUE_DEVICE, "queue_device" },
    { 0x38, 2, REG_NOTIFY_DATA, "queue_notif_config_data" },
    { 0x3a, 2, REG_QUEUE_RESET, "queue_reset" },
    { 0, 0, REG_NONE, NULL },
};

/* Registers of 64 bits are two of 32. [4.1.3.1] [4.2.2] */
static void name_register(struct lint_access *a, const struct place *p)
{
    while (p->name != NULL && a->offset - p->offset >= p->bytes)
        p++;
    a->reg = p->reg;
    a->name = p->name != NULL ? p->name : "no register";
    a->bytes = p->bytes > 4 ? 4 : p->bytes;
    a->half = p->bytes > 4 ? (a->offset - p->offset) / 4 : 0;
    a->is_exact = a->bytes != 0 && a->width == a->bytes
               && (a->offset - p->offset) % a->bytes == 0;
}

/* The fields of the configurations that we know: cols, rows, max_nr_ports, emerg_wr [5.3.4];
 * events_read, events_clear, num_scanouts, num_capsets [5.7.4]; those of an input device are bytes
 * [5.8.4]. */
unsigned lint_field(const struct vdev *v, uint32_t offset)
{
    static const uint8_t console[] = { 2, 0, 2, 0, 4, 0, 0, 0, 4, 0, 0, 0 };

    if (v->kind->id == LINT_IS_CONSOLE)
        return offset < sizeof console ? console[offset] : 0;
    if (v->kind->id == LINT_IS_INPUT)
        return offset < 136;
    return v->kind->id == LINT_IS_GPU && offset < 16 && offset % 4 == 0 ? 4 : 0;
}

static void name_field(struct lint_device *d, struct lint_access *a)
{
    a->reg = REG_CONFIG;
    a->name = "configuration";
    for (uint32_t at = a->offset; a->bytes == 0 && at + 4 > a->offset; at--)
        if (a->offset - at < lint_field(d->vdev, at))
            a->bytes = lint_field(d->vdev, at);
        else if (at == 0)
            break;
    a->is_exact = a->bytes == a->width && lint_field(d->vdev, a->offset) == a->width;
}

/* ---- virtio-mmio ----------------------------------------------------------------------------- */

static void slot_access(struct lint_device *d, struct lint_access *a)
{
    if (a->offset >= 0x100 && d->vdev != NULL) {
        a->offset -= 0x100;
        name_field(d, a);
    } else
        name_register(a, slot_places);
    a->queue = a->reg == REG_NOTIFY ? (uint16_t)a->value : d->queue_select;
    tell_access(d, a);
}

/* ---- PCI ------------------------------------------------------------------------------------- */

static void bar_access(struct lint_device *d, struct lint_access *a)
{
    const struct virtio_layout *layout = d->pci->layout;
    const uint32_t in_bar = a->offset;

    for (a->region = REGION_COMMON; a->region < REGION_WINDOW; a->region++) {
        a->offset = in_bar - layout->region[a->region].offset;
        if (a->bar == layout->region[a->region].bar && a->offset < layout->region[a->region].length)
            break;
    }
    a->queue = d->queue_select;
    switch (a->region) {
    case REGION_COMMON:
        name_register(a, common_places);
        break;
    case REGION_DEVICE:
        name_field(d, a);
        break;
    case REGION_ISR:
        name_register(a, (const struct place[]){ { 0, 1, REG_ISR, "ISR" }, { .name = NULL } });
        break;
    case REGION_NOTIFY:
        a->reg = REG_NOTIFY;
        a->name = "notify";
        a->bytes = 2;
        a->is_exact = a->width == 2 && a->offset % layout->notify_multiplier == 0;
        a->queue = a->offset / layout->notify_multiplier;
        break;
    default:
        a->offset = in_bar;
        a->reg = REG_OTHER_BAR;
        a->name = "no structure";
    }
    tell_access(d, a);
}

static uint64_t bar_address(const struct pci_function *f, unsigned bar)
{
    const uint8_t *at = f->config + PCI_BAR + 4 * bar;
    const uint32_t low = load_le32(at);

    return (low & ~UINT32_C(15)) | (low & BAR_64 ? (uint64_t)load_le32(at + 4) << 32 : 0);
}

/* Whose BAR is it? If none decodes there, one that would is the one that was meant. */
static struct lint_device *find_bar(const struct lint *l, uint64_t address, struct lint_access *a)
{
    struct lint_device *found = NULL;

    for (unsigned i = 0; i < l->devices && !a->is_decoded; i++) {
        struct lint_device *d = l->device[i];

        for (unsigned bar = 0; d->pci != NULL && !d->function->hidden && bar < PCI_BARS; bar++) {
            const uint64_t offset = address - bar_address(d->function, bar);

            if (offset >= d->function->bar_bytes[bar])
                continue;
            a->bar = bar;
            a->offset = (uint32_t)offset;
            a->is_decoded = (pci_command(d->function) & COMMAND_MEMORY) != 0;
            found = d;
        }
    }
    return found;
}

bool lint_was_read(const struct lint_device *d, unsigned at)
{
    return d->was_read[at / 8] >> at % 8 & 1;
}

static struct lint_device *find_function(const struct lint *l, const struct pci_function *f)
{
    for (unsigned i = 0; i < l->devices; i++)
        if (l->device[i]->function == f)
            return l->device[i];
    return NULL;
}

/* Configuration space: the registers of the device may be in there, too. [4.1.4.9] */
static void on_config(void *watcher, const struct pci_function *f, unsigned at, unsigned width,
                      bool is_write, uint32_t value)
{
    struct lint_device *const d = find_function(watcher, f);
    const struct lint_config c = { at, width, is_write, value };
    const uint8_t *window;

    if (d == NULL)
        return;
    TELL(d, config, (d, &c));
    for (unsigned byte = at; byte < at + width && !is_write; byte++)
        d->was_read[byte / 8] |= (uint8_t)(1u << byte % 8);
    if (d->pci == NULL || at != d->pci->window + 16)
        return;
    window = f->config + d->pci->window;
    bar_access(d, &(struct lint_access){
        .is_write = is_write, .by_window = true, .is_decoded = true, .bar = window[4],
        .offset = load_le32(window + 8), .width = load_le32(window + 12), .value = value,
    });
}

static void on_missed(void *watcher, unsigned number, unsigned at, unsigned width, bool is_write)
{
    const struct lint *l = watcher;
    const struct lint_config c = { at, width, is_write, 0 };

    struct lint_device *const bridge = find_function(l, &l->pci->bridge);

    TELL(bridge, missed, (bridge, number, &c));
}

/* Eight bytes of ECAM arrive as two times four, which is not what the driver did. */
static void look_for_wide(struct lint *l, uint64_t address, unsigned width, bool is_write)
{
    for (unsigned i = 0; width == 8 && l->pci != NULL && i < l->bus->count; i++) {
        const uint64_t offset = address - l->bus->range[i].base;

        if (l->bus->range[i].owner == l->pci && offset < l->bus->range[i].bytes)
            on_missed(l, (unsigned)(offset >> 12), offset & 0xfff, width, is_write);
    }
}

/* ---- The bus --------------------------------------------------------------------------------- */

static void on_access(void *watcher, uint64_t address, unsigned width, bool is_write,
                      uint64_t value)
{
    struct lint *l = watcher;
    struct lint_access a = { .is_write = is_write, .width = width, .value = value };
    struct lint_device *d;

    for (unsigned i = 0; i < l->devices; i++)
        if (l->device[i]->slot != NULL && address - l->device[i]->base < MMIO_SLOT_BYTES) {
            a.offset = (uint32_t)(address - l->device[i]->base);
            a.is_decoded = true;
            slot_access(l->device[i], &a);
            return;
        }
    d = find_bar(l, address, &a);
    if (d != NULL)
        bar_access(d, &a);
    look_for_wide(l, address, width, is_write);
}

/* ---- Memory, for who sees it ----------------------------------------------------------------- */

#define TELL_ALL(l, call, ...) \
    for (unsigned i = 0; i < (l)->devices; i++) \
        if ((l)->device[i]->vdev != NULL) \
            TELL((l)->device[i], call, ((l)->device[i], __VA_ARGS__))

void lint_store(struct lint *l, uint64_t address, unsigned bytes, uint64_t value, bool release)
{
    TELL_ALL(l, store, address, bytes, value, release);
}

void lint_load(struct lint *l, uint64_t address, unsigned bytes, bool acquire)
{
    TELL_ALL(l, load, address, bytes, acquire);
}

void lint_barrier(struct lint *l)
{
    for (unsigned i = 0; i < l->devices; i++)
        if (l->device[i]->vdev != NULL)
            TELL(l->device[i], barrier, (l->device[i]));
}

size_t lint_read(const struct lint_device *d, const struct lint_chain *c, uint64_t offset, void *to,
                 size_t bytes)
{
    size_t done = 0;

    for (unsigned i = 0; i < c->count && done < bytes && !(c->at[i].flags & 2); i++) {
        const struct lint_descriptor *p = &c->at[i];
        const uint64_t left = p->bytes > offset ? p->bytes - offset : 0;
        const size_t n = left < bytes - done ? (size_t)left : bytes - done;
        const uint8_t *from = guest_range(d->lint->memory, p->address + offset, n);

        offset -= p->bytes < offset ? p->bytes : offset;
        if (n == 0)
            continue;
        if (from == NULL)
            break;
        memcpy((uint8_t *)to + done, from, n);
        done += n;
    }
    return done;
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

static void *zeroed(size_t bytes)
{
    void *p = calloc(1, bytes + (bytes == 0));

    if (p == NULL) {
        report_fault("lint", "out of memory");
        abort();
    }
    return p;
}

static struct lint_device *add_device(struct lint *l, const char *name, const struct vdev *v)
{
    struct lint_device *d = zeroed(sizeof *d);
    unsigned rules = 0;

    if (l->devices == LINT_DEVICES) {
        report_fault("lint", "more than %d devices", LINT_DEVICES);
        abort();
    }
    while (lint_rule(rules) != NULL)
        rules++;
    d->lint = l;
    d->name = name;
    d->vdev = v;
    d->queue = LINT_NO_QUEUE;
    d->spoken = zeroed(rules);
    for (unsigned i = 0; i < LINT_AREAS; i++)
        d->state[i] = zeroed(areas[i]->state);
    l->device[l->devices++] = d;
    return d;
}

void lint_begin(struct lint *l, struct bus *b, const struct guest_memory *m)
{
    *l = (struct lint){ .bus = b, .memory = m };
    b->watch = on_access;
    b->watcher = l;
}

void lint_watch_slot(struct lint *l, const struct mmio_slot *s, uint64_t base)
{
    struct lint_device *d = add_device(l, s->device != NULL ? s->device->name : s->name, s->device);

    d->slot = s;
    d->base = base;
}

void lint_watch_pci(struct lint *l, struct pci_host *h)
{
    l->pci = h;
    h->watch = on_config;
    h->missed = on_missed;
    h->watcher = l;
    for (unsigned i = 0; i < h->functions; i++) {
        const struct virtio_pci *v = virtio_pci_of(h->function[i]);
        struct lint_device *d = add_device(l, h->function[i]->name, v != NULL ? v->device : NULL);

        d->function = h->function[i];
        d->pci = v;
    }
}

void lint_end(struct lint *l)
{
    for (unsigned i = 0; i < l->devices; i++) {
        struct lint_device *d = l->device[i];

        TELL(d, end, (d));
        TELL(d, over, (d));
        for (unsigned n = 0; n < LINT_AREAS; n++)
            free(d->state[n]);
        free(d->spoken);
        free(d);
    }
    l->devices = 0;
    l->bus->watch = NULL;
    if (l->pci != NULL) {
        l->pci->watch = NULL;
        l->pci->missed = NULL;
    }
}
