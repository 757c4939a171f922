/* pci.c - rules of VirtIO 1.3, 4.1, that only a PCI function needs: where registers are, vectors,
 * where to notify. The rest is in registers.c, and in pcibus.c what any function needs.
 *
 *      configuration space                         BAR
 *      0x34 --> capability --> capability          +-----------+
 *                 |  type, BAR, offset, length     |           |
 *                 +------------------------------> | structure | common, notify, ISR, device
 *                                                  +-----------+
 *
 * Where a structure lies is asked of the capabilities, as a driver has to, and not of the device.
 */
#include "monitor.h"

#include <stddef.h>

static const struct lint_rule rules[] = {
    { "INF-PCI-01", "4.1.2", "must", "virtio is vendor 0x1af4, device 0x1000 to 0x107f" },
    { "INF-PCI-04", "4.1.4", "must", "registers are where a vendor capability (id 9) says" },
    { "INF-PCI-05", "4.1.4", "must", "the capability list is followed link by link" },
    { "INF-PCI-07", "4.1.4", "should", "accesses stay below the length that is announced" },
    { "PCI-07", "4.1.4.1", "MUST", "a capability of reserved type is skipped" },
    { "PCI-08", "4.1.4.1", "SHOULD", "of each type the first usable capability is taken" },
    { "PCI-10", "4.1.4.1", "MUST", "a capability that names BAR 6 or above is skipped" },
    { "PCI-13", "4.1.4.1", "MUST NOT", "no capability is written but the one of type PCI_CFG" },
    { "PCI-18", "4.1.4.3.2", "MUST", "after a reset device_status is read until it is 0" },
    { "INF-PCI-17", "4.1.4.4", "must", "a queue is notified at its queue_notify_off * multiplier" },
    { "INF-PCI-18", "4.1.4.4", "must", "notify_off_multiplier is read from its capability" },
    { "INF-PCI-19", "4.1.4.4", "must", "queue_notify_off is read for each queue" },
    { "INF-PCI-20", "4.1.4.4", "must", "notifications stay within the structure's length" },
    { "INF-PCI-24", "4.1.4.5", "must", "the ISR status is read as a byte" },
    { "PCI-23", "4.1.4.5.2", "SHOULD NOT", "with MSI-X on the ISR status is not read" },
    { "INF-PCI-25", "4.1.4.6", "must", "without a capability for it there is no configuration" },
    { "PCI-25", "4.1.4.8.2", "MUST", "vendor data is used after a look at its vendor_id" },
    { "INF-PCI-27", "4.1.4.9", "must", "bar, length and offset are written before pci_cfg_data" },
    { "PCI-26", "4.1.4.9.2", "MUST NOT", "cap.offset is a multiple of cap.length" },
    { "PCI-27", "4.1.4.9.2", "MUST NOT", "pci_cfg_data shows bytes of an announced structure" },
    { "INF-PCI-29", "4.1.5.1.1", "must", "the capability list is scanned first" },
    { "INF-PCI-30", "4.1.5.1.1.1", "MUST", "without virtio capabilities it is given up" },
    { "INF-PCI-31", "4.1.5.1.2", "must", "a vector is 0 to 0x7ff, or 0xffff for none" },
    { "INF-PCI-32", "4.1.5.1.2", "must", "with MSI-X on, what shall interrupt has a vector" },
    { "PCI-29", "4.1.5.1.2.2", "MUST NOT", "a vector is one of the MSI-X table" },
    { "PCI-30", "4.1.5.1.2.2", "MUST", "a vector that was written is read back" },
    { "PCI-31", "4.1.5.1.2.2", "MAY", "a vector that reads back 0xffff is no vector" },
    { "PCI-32", "4.1.5.2.1", "MUST", "a notification is one write of 16 bits" },
    { "PCI-33", "4.1.5.2.1", "MUST", "with NOTIFICATION_DATA it is one write of 32 bits" },
    { "PCI-34", "4.1.5.2.1", "MUST", "the value written is the queue's number" },
    { "PCI-35", "4.1.5.2.1", "MUST", "with NOTIFICATION_DATA its low half is the queue's number" },
    { "PCI-36", "4.1.5.2.1", "MUST", "with NOTIF_CONFIG_DATA it is queue_notif_config_data" },
    { "PCI-37", "4.1.5.2.1", "MUST", "with both its low half is queue_notif_config_data" },
    { "PCI-38", "4.1.5.4.2", "MUST", "one interrupt may stand for buffers and configuration" },
    { "INF-PCI-35", "4.1.5.5", "must", "after ISR bit 1 the configuration is looked at" },
    { "INF-PCI-36", "4.1.5.5", "must", "after its vector fired the configuration is looked at" },
    { .id = NULL },
};

enum { NO_VECTOR = 0xffff, CAPABILITY_VENDOR = 9, TYPE_SHARED = 8, TYPE_VENDOR = 9 };
enum { CAP_DATA = 16, WINDOW_IS_SET = 0xe };    /* bar, offset, length: words 1 to 3 */

/* What is known of a driver: since power on, and since the reset. */
struct seen {
    unsigned window;                    /* words of the PCI_CFG window: written, a bit each */
    unsigned offsets;                   /* queues, a bit each: queue_notify_off was read */
    struct life {
        unsigned unread, failed;        /* vectors, bit d->queue: since written; they read 0xffff */
        uint16_t notify_data[VDEV_QUEUES];
        uint64_t isr;                   /* read, and not looked after yet */
        uint32_t generation;            /* of the configuration that was read last */
    } life;
};

static struct life *life(const struct lint_device *d)
{
    return &((struct seen *)d->state[LINT_PCI])->life;
}

/* ---- Capabilities [4.1.4] -------------------------------------------------------------------- */

struct capability {
    unsigned n, link, at;               /* 0: none yet; link: where its place is read */
    unsigned id, bytes, type, bar;
    uint32_t offset, length;
};

/* More than 48 find no room, so the list goes in circles. */
static bool next(const struct pci_function *f, struct capability *c)
{
    const unsigned link = c->n == 0 ? PCI_CAPABILITIES : c->at + 1;
    const unsigned at = f->config[link] & 0xfcu;
    const uint8_t *cap = f->config + at;

    if (c->n == 48 || at < 0x40 || at > PCI_CONFIG - 20)
        return false;
    *c = (struct capability){ c->n + 1, link, at, cap[0], cap[2], cap[3], cap[4],
                              load_le32(cap + 8), load_le32(cap + 12) };
    return true;
}

/* One that leads to a structure in a BAR that is there, of memory: I/O ports our bus has none. */
static bool is_usable(const struct pci_function *f, const struct capability *c)
{
    static const uint8_t least[REGION_WINDOW] = { 0, 56, 2, 1, 1 };

    return c->id == CAPABILITY_VENDOR && c->type > 0 && c->type < REGION_WINDOW && c->bar < PCI_BARS
        && !(f->config[PCI_BAR + 4 * c->bar] & 1) && c->length >= least[c->type]
        && (uint64_t)c->offset + c->length <= f->bar_bytes[c->bar];
}

/* What is announced somewhere, by a capability or by what could be taken for one. */
static bool covers(const struct capability *c, unsigned bar, uint64_t offset, unsigned bytes)
{
    return c->bytes >= CAP_DATA && c->type != REGION_WINDOW && c->type != TYPE_VENDOR
        && c->bar == bar && offset >= c->offset
        && offset + bytes <= (uint64_t)c->offset + c->length;
}

struct place {
    struct capability right, wrong;     /* whose place that is; who else announces it */
    unsigned          unread;           /* a link on the way there that was never read */
    unsigned          types, bars;      /* of usable capabilities, a bit each */
};

static struct place find_place(const struct lint_device *d, unsigned bar, uint32_t offset,
                               unsigned bytes)
{
    struct place p = { .unread = 0 };

    for (struct capability c = { 0 }; p.right.n == 0 && next(d->function, &c);) {
        const bool usable = is_usable(d->function, &c);
        const bool is_shared = c.id == CAPABILITY_VENDOR && c.type == TYPE_SHARED;

        if (p.unread == 0 && !lint_was_read(d, c.link))
            p.unread = c.link;
        if (covers(&c, bar, offset, bytes))
            *(is_shared || (usable && !(p.types >> c.type & 1)) ? &p.right : &p.wrong) = c;
        p.types |= usable ? 1u << c.type : 0;
        p.bars |= usable ? 1u << c.bar : 0;
    }
    return p;
}

/* Of a place that no capability has led to. */
static const char *place_rule(const struct place *p, const struct lint_access *a)
{
    const unsigned type = p->wrong.type;

    if (p->wrong.n != 0)
        return p->wrong.id != CAPABILITY_VENDOR ? "INF-PCI-04"
             : type == 0 || type == 6 || type == 7 || type > TYPE_VENDOR ? "PCI-07" : "PCI-08";
    if (p->types == 0)
        return "INF-PCI-30";
    if (!(p->bars >> a->bar & 1))
        return "INF-PCI-04";
    if (a->region == REGION_DEVICE && !(p->types >> REGION_DEVICE & 1))
        return "INF-PCI-25";
    return a->region == REGION_NOTIFY ? "INF-PCI-20" : "INF-PCI-07";
}

static void check_place(struct lint_device *d, const struct lint_access *a)
{
    const uint32_t offset = a->offset + (a->region < REGION_WINDOW
                                         ? d->pci->layout->region[a->region].offset : 0);
    const struct place p = find_place(d, a->bar, offset, a->width);

    if (p.right.n == 0)
        lint_say(d, place_rule(&p, a), "%u bytes at BAR %u + 0x%x, by capability 0x%02x", a->width,
                 a->bar, offset, p.wrong.at);
    else
        ASKF(d, p.unread == 0, p.unread == PCI_CAPABILITIES ? "INF-PCI-29" : "INF-PCI-05",
             "by capability 0x%02x, 0x%02x was never read", p.right.at, p.unread);
}

/* ---- Configuration space: the window [4.1.4.9], data of the vendor [4.1.4.8] ----------------- */

static void use_window(struct lint_device *d, const struct capability *w,
                       const struct lint_config *c)
{
    const struct seen *s = d->state[LINT_PCI];
    const bool is_length = w->length == 1 || w->length == 2 || w->length == 4;

    ASK(d, (s->window & WINDOW_IS_SET) == WINDOW_IS_SET, "INF-PCI-27");
    if (!ASKF(d, is_length && find_place(d, w->bar, w->offset, w->length).right.n != 0, "PCI-27",
              "%u bytes at BAR %u + 0x%x", w->length, w->bar, w->offset))
        return;
    ASKF(d, c->width >= w->length, "INF-PCI-27", "%u bytes, length is %u", c->width, w->length);
    ASKF(d, w->offset % w->length == 0, "PCI-26", "%u bytes at 0x%x", w->length, w->offset);
}

static void in_capability(struct lint_device *d, const struct capability *cap,
                          const struct lint_config *c)
{
    struct seen *s = d->state[LINT_PCI];
    const unsigned in = c->at - cap->at;

    if (cap->type == REGION_WINDOW && in >= CAP_DATA)
        use_window(d, cap, c);
    else if (cap->type == REGION_WINDOW)
        s->window |= c->is_write ? 1u << in / 4 : 0;
    else if (cap->type == TYPE_VENDOR)
        ASK(d, in <= 5 || (lint_was_read(d, cap->at + 4) && lint_was_read(d, cap->at + 5)),
            "PCI-25");
    else
        ASK(d, !c->is_write, "PCI-13");
}

static void config(struct lint_device *d, const struct lint_config *c)
{
    for (struct capability cap = { 0 }; d->pci != NULL && next(d->function, &cap);) {
        const bool is_bar = c->width == 4 && c->at == PCI_BAR + 4 * cap.bar;

        if (cap.id == CAPABILITY_VENDOR && c->at - cap.at < cap.bytes)
            in_capability(d, &cap, c);
        else if (cap.id == CAPABILITY_VENDOR && cap.type < REGION_WINDOW)
            ASK(d, !is_bar || cap.bar < PCI_BARS, "PCI-10");
    }
}

/* ---- Vectors [4.1.5.1.2] --------------------------------------------------------------------- */

static void vector(struct lint_device *d, const struct lint_access *a)
{
    const unsigned msix = d->pci->msix.at, bit = 1u << d->queue;
    const unsigned size = load_le16(d->function->config + msix + 2) & 0x7ffu;
    const unsigned vectors = msix == 0 ? 0 : size + 1;
    const bool is_none = a->value == NO_VECTOR;
    struct life *l = life(d);

    if (!a->is_write) {
        l->failed |= is_none ? l->unread & bit : 0;
        l->unread &= ~bit;
        return;
    }
    ASK(d, is_none || a->value <= 0x7ff, "INF-PCI-31");
    ASKF(d, is_none || a->value < vectors, "PCI-29", "there are %u", vectors);
    l->unread = is_none ? l->unread & ~bit : l->unread | bit;
    l->failed &= ~bit;
}

/* DRIVER_OK: from now on there are interrupts. */
static void begin(struct lint_device *d)
{
    struct life *l = life(d);
    const bool is_on = msix_is_enabled(&d->pci->msix);
    bool has_vector = d->pci->config_vector != NO_VECTOR;

    for (unsigned i = 0; i < VDEV_QUEUES; i++)
        has_vector |= d->vdev->queue[i].vector != NO_VECTOR;
    ASKF(d, !(l->unread >> LINT_NO_QUEUE & 1), "PCI-30", "config_msix_vector");
    if (is_on && ASKF(d, l->failed == 0, "PCI-31", "of queues, a bit each: 0x%x", l->failed))
        ASK(d, has_vector, "INF-PCI-32");
    l->generation = d->vdev->generation;
}

/* ---- Notifications [4.1.4.4] [4.1.5.2] ------------------------------------------------------- */

static bool knows_multiplier(const struct lint_device *d)
{
    for (struct capability c = { 0 }; next(d->function, &c);)
        if (c.id == CAPABILITY_VENDOR && c.type == REGION_NOTIFY
            && lint_was_read(d, c.at + CAP_DATA))
            return true;
    return false;
}

static void notify_value(struct lint_device *d, unsigned value)
{
    const struct lint_queue_life *q = &d->life.queue[d->queue];
    const uint16_t data = life(d)->notify_data[d->queue];
    const bool is_long = lint_has(d, FEATURE_NOTIFICATION_DATA);

    if (lint_has(d, FEATURE_NOTIF_CONFIG_DATA))
        ASKF(d, value == data && (q->read & LINT_BIT(REG_NOTIFY_DATA)),
             is_long ? "PCI-37" : "PCI-36", "queue_notif_config_data was read as 0x%x", data);
    else if (!ASK(d, value == d->queue, is_long ? "PCI-35" : "PCI-34"))
        ASK(d, value >= d->vdev->kind->queues, "INF-PCI-17");
}

static void notify(struct lint_device *d, const struct lint_access *a)
{
    const struct seen *s = d->state[LINT_PCI];
    const bool is_long = lint_has(d, FEATURE_NOTIFICATION_DATA);
    const bool is_place = a->offset % d->pci->layout->notify_multiplier == 0;

    ASK(d, knows_multiplier(d), "INF-PCI-18");
    if (!ASKF(d, a->width == (is_long ? 4 : 2), is_long ? "PCI-33" : "PCI-32", "%u bytes", a->width)
        || !ASKF(d, is_place && d->queue != LINT_NO_QUEUE, "INF-PCI-17", "at 0x%x", a->offset))
        return;
    ASK(d, s->offsets >> d->queue & 1, "INF-PCI-19");
    notify_value(d, (uint16_t)a->value);
}

/* ---- A changed configuration [4.1.5.5] ------------------------------------------------------- */

/* Is there something in it for this driver? A console's is its size. [5.3.4] */
static bool has_config(const struct lint_device *d)
{
    return d->vdev->kind->id == LINT_IS_GPU
        || (d->vdev->kind->id == LINT_IS_CONSOLE && lint_has(d, 1));
}

/* The device's life ends: did the driver see what it was told of? */
static void over(struct lint_device *d)
{
    const struct life *l = life(d);

    if (!(d->life.status & STATUS_DRIVER_OK) || !has_config(d)
        || d->vdev->generation == l->generation)
        return;
    ASK(d, !(l->isr & INTERRUPT_CONFIG), "INF-PCI-35");
    ASK(d, l->isr != (INTERRUPT_CONFIG | INTERRUPT_QUEUE), "PCI-38");
    ASK(d, !msix_is_enabled(&d->pci->msix) || d->pci->config_vector == NO_VECTOR, "INF-PCI-36");
}

/* ---- All registers --------------------------------------------------------------------------- */

static void each_register(struct lint_device *d, const struct lint_access *a)
{
    struct seen *s = d->state[LINT_PCI];
    struct life *l = &s->life;
    const bool is_ready = a->is_write && (a->value & ~d->life.status & STATUS_DRIVER_OK);

    ASK(d, !a->is_write || !d->is_resetting || (a->reg == REG_STATUS && a->value == 0), "PCI-18");
    if (lint_is_of_queue(a->reg) && d->queue == LINT_NO_QUEUE)
        return;
    if (a->reg == REG_STATUS && is_ready)
        begin(d);
    else if (a->reg == REG_ISR) {
        ASK(d, !msix_is_enabled(&d->pci->msix), "PCI-23");
        l->isr |= a->value;
    } else if (a->reg == REG_CONFIG) {
        l->isr = 0;
        l->generation = d->vdev->generation;
    } else if (a->reg == REG_CONFIG_VECTOR || a->reg == REG_QUEUE_VECTOR)
        vector(d, a);
    else if (a->reg == REG_QUEUE_ENABLE && a->is_write)
        ASK(d, !(l->unread >> d->queue & 1), "PCI-30");
    else if (a->reg == REG_NOTIFY_OFF)
        s->offsets |= 1u << d->queue;
    else if (a->reg == REG_NOTIFY_DATA)
        l->notify_data[d->queue] = (uint16_t)a->value;
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    const unsigned vendor = load_le16(d->function->config + PCI_ID);
    const unsigned device = load_le16(d->function->config + PCI_ID + 2);

    if (!a->by_window && d->pci->msix.at != 0 && a->bar == (d->pci->layout->table & 7))
        return;                         /* pcibus.c */
    if (!a->by_window)
        check_place(d, a);
    ASKF(d, vendor == 0x1af4 && device >= 0x1000 && device <= 0x107f, "INF-PCI-01", "%04x:%04x",
         vendor, device);
    ASKF(d, a->reg != REG_ISR || a->is_exact, "INF-PCI-24", "%u bytes", a->width);
    if (a->reg == REG_NOTIFY && a->is_write)
        notify(d, a);
    else if (a->is_exact)
        each_register(d, a);
}

const struct lint_area lint_pci = {
    .name = "pci", .rules = rules, .transport = LINT_ON_PCI, .state = sizeof(struct seen),
    .kept = offsetof(struct seen, life), .access = access, .config = config, .over = over,
};
