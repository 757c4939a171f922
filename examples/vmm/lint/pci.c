/* pci.c - rules of VirtIO 1.3, 4.1: a virtio device behind a PCI function.
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
    { "INF-PCI-03", "4.1.3", "must", "of a 64-bit field both halves are written" },
    { "PCI-04", "4.1.3.1", "MUST", "an 8-bit field is accessed with 8 bits" },
    { "PCI-05", "4.1.3.1", "MUST", "a 16-bit field is accessed with 16 bits, aligned" },
    { "PCI-06", "4.1.3.1", "MUST", "32-bit and 64-bit fields are accessed with 32 bits, aligned" },
    { "INF-PCI-04", "4.1.4", "must", "registers are where a vendor capability (id 9) says" },
    { "INF-PCI-05", "4.1.4", "must", "the capability list is followed link by link" },
    { "INF-PCI-07", "4.1.4", "should", "accesses stay below the length that is announced" },
    { "PCI-07", "4.1.4.1", "MUST", "a capability of reserved type is skipped" },
    { "PCI-08", "4.1.4.1", "SHOULD", "of each type the first usable capability is taken" },
    { "PCI-10", "4.1.4.1", "MUST", "a capability that names BAR 6 or above is skipped" },
    { "PCI-13", "4.1.4.1", "MUST NOT", "no capability is written but the one of type PCI_CFG" },
    { "INF-PCI-08", "4.1.4.3", "must", "device_feature_select is written first" },
    { "INF-PCI-09", "4.1.4.3", "must", "driver_feature_select is written first" },
    { "INF-PCI-10", "4.1.4.3", "must", "feature words 0 and 1 are written: VERSION_1 is in 1" },
    { "INF-PCI-11", "4.1.4.3", "must", "queue_select is written first" },
    { "INF-PCI-12", "4.1.4.3", "must", "a queue's number is below num_queues" },
    { "INF-PCI-13", "4.1.4.3", "must", "a queue whose queue_size reads 0 is left alone" },
    { "INF-PCI-14", "4.1.4.3", "must", "queue_size is only made smaller" },
    { "INF-PCI-15", "4.1.4.3", "must", "a register of a feature is left alone without it" },
    { "INF-PCI-16", "4.1.4.3.1", "must", "a queue being reset is not set up yet" },
    { "PCI-14", "4.1.4.3.2", "MUST NOT", "what is read-only is not written" },
    { "PCI-15", "4.1.4.3.2", "MUST NOT", "with RING_PACKED no 0 is written to queue_size" },
    { "PCI-16", "4.1.4.3.2", "MUST NOT", "queue_size is written with a power of 2" },
    { "PCI-17", "4.1.4.3.2", "MUST", "a queue is set up before queue_enable is written" },
    { "PCI-18", "4.1.4.3.2", "MUST", "after a reset device_status is read until it is 0" },
    { "PCI-19", "4.1.4.3.2", "MUST NOT", "queue_enable is never written with 0" },
    { "PCI-20", "4.1.4.3.2", "MUST NOT", "a queue's reset is over when queue_reset reads 0" },
    { "PCI-21", "4.1.4.3.2", "MAY", "after its reset a queue is set up before it is enabled" },
    { "PCI-22", "4.1.4.3.2", "MUST", "administration queues are in the range the device tells" },
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
    { "INF-PCI-33", "4.1.5.1.3", "must", "queue_size is read before a queue is set up" },
    { "INF-PCI-34", "4.1.5.1.3", "must", "the rings are zeroed before the queue is enabled" },
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

#define RING_PACKED       (UINT64_C(1) << 34)
#define NOTIFICATION_DATA (UINT64_C(1) << 38)
#define NOTIF_CONFIG_DATA (UINT64_C(1) << 39)
#define ADMIN_VQ          (UINT64_C(1) << 41)

enum { NO_VECTOR = 0xffff, CAPABILITY_VENDOR = 9 };
enum { CAP_BYTES = 2, CAP_TYPE = 3, CAP_BAR = 4, CAP_OFFSET = 8, CAP_LENGTH = 12, CAP_END = 16 };
enum { TYPE_SHARED = 8, TYPE_VENDOR = 9 };
enum { SELECTED_OFFERED = 1, SELECTED_ACCEPTED = 2, SELECTED_QUEUE = 4 };
enum { LOW_HALVES = 0x15, ALL_HALVES = 0x3f };         /* of desc, driver, device */

struct vector {
    uint16_t written;
    bool     is_unread, has_failed;     /* since it was written; it read 0xffff */
};

/* What is known of a driver: since power on, and in this life of the device, which ends with a
 * reset. */
struct seen {
    unsigned window;                    /* fields of the PCI_CFG window that were written */
    uint16_t admin_index, admin_count;
    struct {
        bool     has_offset;            /* queue_notify_off was read; */
        uint32_t data;                  /* queue_notif_config_data + 1 as it was read, or 0 */
    } notify[VDEV_QUEUES];
    struct life {
        bool     is_live;
        unsigned selected, words;       /* words of driver_feature written, bit n for word n */
        unsigned isr;                   /* read, and not looked after yet */
        uint32_t generation;            /* of the configuration that was read last */
        struct vector vector;
        struct queue_life {
            bool     has_size, is_enabled, is_resetting, was_reset;
            unsigned set;               /* which halves of its addresses, bit 2 * n + half */
            struct vector vector;
        } queue[VDEV_QUEUES];
    } life;
};

static struct seen *seen(const struct lint_device *d)
{
    return d->state[LINT_PCI];
}

static bool has(const struct lint_device *d, uint64_t feature)
{
    return (d->vdev->accepted & feature) != 0;
}

/* ---- Capabilities [4.1.4] -------------------------------------------------------------------- */

/* Its place; 0: there are not so many. More than 48 find no room, so the list goes in circles. */
static unsigned nth_capability(const struct pci_function *f, unsigned n)
{
    unsigned at = f->config[PCI_CAPABILITIES] & 0xfcu;

    for (unsigned i = 0; i < n && at >= 0x40; i++)
        at = f->config[at + 1] & 0xfcu;
    return n < 48 && at >= 0x40 && at <= PCI_CONFIG - 20 ? at : 0;
}

static bool is_reserved(unsigned type)
{
    return type == 0 || type == 6 || type == 7 || type > TYPE_VENDOR;
}

/* One that leads to a structure in a BAR that is there, of memory: I/O ports our bus has none. */
static bool is_usable(const struct pci_function *f, unsigned at)
{
    static const uint8_t least[REGION_WINDOW] = { 0, 56, 2, 1, 1 };
    const unsigned type = f->config[at + CAP_TYPE], bar = f->config[at + CAP_BAR];
    const uint32_t length = load_le32(f->config + at + CAP_LENGTH);

    return f->config[at] == CAPABILITY_VENDOR && type > 0 && type < REGION_WINDOW && bar < PCI_BARS
        && !(f->config[PCI_BAR + 4 * bar] & 1) && length >= least[type]
        && (uint64_t)load_le32(f->config + at + CAP_OFFSET) + length <= f->bar_bytes[bar];
}

/* What is announced somewhere, by a capability or by what could be taken for one. */
static bool covers(const struct pci_function *f, unsigned at, unsigned bar, uint64_t offset,
                   unsigned bytes)
{
    const unsigned type = f->config[at + CAP_TYPE];
    const uint64_t start = load_le32(f->config + at + CAP_OFFSET);

    return f->config[at + CAP_BYTES] >= CAP_END && type != REGION_WINDOW && type != TYPE_VENDOR
        && f->config[at + CAP_BAR] == bar && offset >= start
        && offset + bytes <= start + load_le32(f->config + at + CAP_LENGTH);
}

struct place {
    unsigned at, other;                 /* whose place that is; who else announces it */
    unsigned unread;                    /* a link on the way there that was never read */
    unsigned types, bars;               /* of usable capabilities */
};

static struct place find_place(const struct lint_device *d, unsigned bar, uint32_t offset,
                               unsigned bytes)
{
    const struct pci_function *f = d->function;
    struct place p = { 0 };
    unsigned link = PCI_CAPABILITIES;

    for (unsigned n = 0, at; p.at == 0 && (at = nth_capability(f, n)) != 0; n++) {
        const unsigned type = f->config[at + CAP_TYPE], is_type = type < 32 ? 1u << type : 0;
        const bool is_first = is_usable(f, at) && !(p.types & is_type);

        if (p.unread == 0 && !lint_was_read(d, link))
            p.unread = link;
        if (covers(f, at, bar, offset, bytes)) {
            if (is_first || (f->config[at] == CAPABILITY_VENDOR && type == TYPE_SHARED))
                p.at = at;
            else
                p.other = at;
        }
        if (is_usable(f, at)) {
            p.types |= is_type;
            p.bars |= 1u << f->config[at + CAP_BAR];
        }
        link = at + 1;
    }
    return p;
}

static void wrong_capability(struct lint_device *d, unsigned at)
{
    const unsigned type = d->function->config[at + CAP_TYPE];

    if (d->function->config[at] != CAPABILITY_VENDOR)
        lint_say(d, "INF-PCI-04", "what 0x%02x announces, id 0x%02x", at, d->function->config[at]);
    else if (is_reserved(type))
        lint_say(d, "PCI-07", "what 0x%02x announces, type %u", at, type);
    else
        lint_say(d, "PCI-08", "what 0x%02x announces, not the first of type %u", at, type);
}

/* Which capability led the driver here? */
static void check_place(struct lint_device *d, const struct lint_access *a)
{
    const uint32_t offset = a->offset + (a->region < REGION_WINDOW
                                         ? d->pci->layout->region[a->region].offset : 0);
    const struct place p = find_place(d, a->bar, offset, a->width);

    if (p.at != 0) {
        if (p.unread == PCI_CAPABILITIES)
            lint_say(d, "INF-PCI-29", "BAR %u is accessed, and 0x34 was never read", a->bar);
        else if (p.unread != 0)
            lint_say(d, "INF-PCI-05", "0x%02x is used, 0x%02x was never read", p.at, p.unread);
    } else if (p.other != 0)
        wrong_capability(d, p.other);
    else if (p.types == 0)
        lint_say(d, "INF-PCI-30", "there are none, and BAR %u + 0x%x is accessed", a->bar, offset);
    else if (!(p.bars >> a->bar & 1))
        lint_say(d, "INF-PCI-04", "BAR %u is accessed, which none names", a->bar);
    else if (a->region == REGION_DEVICE && !(p.types >> REGION_DEVICE & 1))
        lint_say(d, "INF-PCI-25", "BAR %u + 0x%x is accessed", a->bar, offset);
    else
        lint_say(d, a->region == REGION_NOTIFY ? "INF-PCI-20" : "INF-PCI-07",
                 "%u bytes at BAR %u + 0x%x, beyond it", a->width, a->bar, offset);
}

/* ---- Configuration space: the window [4.1.4.9], data of the vendor [4.1.4.8] ----------------- */

static void use_window(struct lint_device *d, unsigned at, const struct lint_config *c)
{
    const uint8_t *cap = d->function->config + at;
    const uint32_t offset = load_le32(cap + CAP_OFFSET), length = load_le32(cap + CAP_LENGTH);
    const bool is_length = length == 1 || length == 2 || length == 4;

    if (seen(d)->window != 7)
        lint_say(d, "INF-PCI-27", "pci_cfg_data before all of them were written");
    else if (is_length && c->width < length)
        lint_say(d, "INF-PCI-27", "%u bytes of pci_cfg_data, length is %u", c->width, length);
    if (is_length && offset % length != 0)
        lint_say(d, "PCI-26", "%u bytes at 0x%x", length, offset);
    if (!is_length || find_place(d, cap[CAP_BAR], offset, length).at == 0)
        lint_say(d, "PCI-27", "%u bytes at BAR %u + 0x%x", length, cap[CAP_BAR], offset);
}

static void in_window(struct lint_device *d, unsigned at, const struct lint_config *c)
{
    if (c->is_write && c->at == at + CAP_BAR)
        seen(d)->window |= 1;
    else if (c->is_write && c->at == at + CAP_LENGTH)
        seen(d)->window |= 2;
    else if (c->is_write && c->at == at + CAP_OFFSET)
        seen(d)->window |= 4;
    else if (c->at >= at + CAP_END)
        use_window(d, at, c);
}

static void in_capability(struct lint_device *d, unsigned at, const struct lint_config *c)
{
    const unsigned type = d->function->config[at + CAP_TYPE];

    if (type == REGION_WINDOW)
        in_window(d, at, c);
    else if (type != TYPE_VENDOR && c->is_write)
        lint_say(d, "PCI-13", "0x%02x is written with 0x%x", c->at, (unsigned)c->value);
    else if (type == TYPE_VENDOR && c->at > at + 5
             && !(lint_was_read(d, at + 4) && lint_was_read(d, at + 5)))
        lint_say(d, "PCI-25", "an access to 0x%02x of configuration space", c->at);
}

static void config(struct lint_device *d, const struct lint_config *c)
{
    const struct pci_function *f = d->function;

    for (unsigned n = 0, at; d->pci != NULL && (at = nth_capability(f, n)) != 0; n++) {
        const uint8_t *cap = f->config + at;

        if (cap[0] != CAPABILITY_VENDOR)
            continue;
        if (c->at - at < cap[CAP_BYTES])
            in_capability(d, at, c);
        else if (cap[CAP_TYPE] < REGION_WINDOW && cap[CAP_BAR] >= PCI_BARS && c->width == 4
                 && c->at == PCI_BAR + 4u * cap[CAP_BAR])
            lint_say(d, "PCI-10", "0x%02x is taken for a BAR", c->at);
    }
}

/* ---- Fields: each in its width [4.1.3.1], some of features [4.1.4.3] ------------------------- */

static void check_width(struct lint_device *d, const struct lint_access *a)
{
    if (a->bytes == 0 || a->is_exact)
        return;
    lint_say(d, a->bytes == 1 ? "PCI-04" : a->bytes == 2 ? "PCI-05" : "PCI-06",
             "%s of %u bytes at 0x%02x: %s", a->is_write ? "write" : "read", a->width, a->offset,
             a->name);
    if (a->reg == REG_ISR)
        lint_say(d, "INF-PCI-24", "%u bytes", a->width);
}

static void check_feature(struct lint_device *d, const struct lint_access *a)
{
    const uint64_t needs = a->offset < 0x3a ? NOTIF_CONFIG_DATA
                         : a->offset < 0x3c ? FEATURE_RING_RESET : ADMIN_VQ;

    if (a->region != REGION_COMMON || a->offset < 0x38 || a->offset >= 0x40)
        return;
    if (!has(d, needs))
        lint_say(d, "INF-PCI-15", "an access to 0x%02x", a->offset);
    else if (a->offset == 0x3c && !a->is_write)
        seen(d)->admin_index = (uint16_t)a->value;
    else if (a->offset == 0x3e && !a->is_write)
        seen(d)->admin_count = (uint16_t)a->value;
}

/* ---- Vectors [4.1.5.1.2] --------------------------------------------------------------------- */

static void vector(struct lint_device *d, const struct lint_access *a, struct vector *v)
{
    const struct msix *m = &d->pci->msix;
    const unsigned value = (uint16_t)a->value;
    const unsigned size = load_le16(d->function->config + m->at + 2) & 0x7ffu;
    const unsigned vectors = m->at == 0 ? 0 : size + 1;

    if (!a->is_write) {
        v->has_failed = v->written != NO_VECTOR && value == NO_VECTOR;
        v->is_unread = false;
        return;
    }
    if (value != NO_VECTOR && value > 0x7ff)
        lint_say(d, "INF-PCI-31", "%s = 0x%x", a->name, value);
    if (value != NO_VECTOR && value >= vectors)
        lint_say(d, "PCI-29", "%s = %u, of %u", a->name, value, vectors);
    *v = (struct vector){ .written = (uint16_t)value, .is_unread = value != NO_VECTOR };
}

/* The last moment before interrupts can come. */
static void check_vectors(struct lint_device *d)
{
    const struct life *l = &seen(d)->life;
    bool has_vector = d->pci->config_vector != NO_VECTOR, has_failed = l->vector.has_failed;

    for (unsigned i = 0; i < VDEV_QUEUES; i++) {
        has_vector |= d->vdev->queue[i].vector != NO_VECTOR;
        has_failed |= l->queue[i].vector.has_failed;
    }
    if (l->vector.is_unread)
        lint_say(d, "PCI-30", "DRIVER_OK, and config_msix_vector was not read");
    if (!msix_is_enabled(&d->pci->msix))
        return;
    if (has_failed)
        lint_say(d, "PCI-31", "DRIVER_OK, as if nothing had failed");
    else if (!has_vector)
        lint_say(d, "INF-PCI-32", "DRIVER_OK, and nothing has one");
}

/* ---- Queues [4.1.4.3, 4.1.5.1.3] ------------------------------------------------------------- */

static void queue_size(struct lint_device *d, const struct lint_access *a)
{
    const unsigned size = (uint16_t)a->value, max = d->vdev->queue[a->queue].max;

    if (has(d, RING_PACKED) && size == 0)
        lint_say_queue(d, a->queue, "PCI-15", "queue_size = 0");
    if (!has(d, RING_PACKED) && (size == 0 || (size & (size - 1)) != 0))
        lint_say_queue(d, a->queue, "PCI-16", "queue_size = %u", size);
    if (size > max)
        lint_say_queue(d, a->queue, "INF-PCI-14", "%u, of %u", size, max);
}

/* Of all that is zeroed, the used ring is what no driver ever writes: it is still all zeros. */
static void check_zeros(struct lint_device *d, unsigned queue)
{
    const struct virtqueue *q = &d->vdev->queue[queue];
    const size_t bytes = 6 + 8 * (size_t)q->size;
    const uint8_t *used = guest_range(d->lint->memory, q->area[AREA_USED], bytes);
    size_t i = 0;

    while (used != NULL && i < bytes && used[i] == 0)
        i++;
    if (used != NULL && i < bytes && !has(d, RING_PACKED))
        lint_say_queue(d, queue, "INF-PCI-34", "0x%02x at %zu of the used ring", used[i], i);
}

static void queue_enable(struct lint_device *d, const struct lint_access *a, struct queue_life *q)
{
    if ((uint16_t)a->value == 0) {
        lint_say_queue(d, a->queue, "PCI-19", "queue_enable = 0");
        return;
    }
    if (q->is_resetting)
        lint_say_queue(d, a->queue, "PCI-20", "queue_enable = 1, and it was not read");
    if ((q->set & LOW_HALVES) != LOW_HALVES)
        lint_say_queue(d, a->queue, q->was_reset ? "PCI-21" : "PCI-17",
                       "queue_enable = 1, and not all addresses were written");
    else if (q->set != ALL_HALVES)
        lint_say_queue(d, a->queue, "INF-PCI-03", "the upper half of an address was not");
    else
        check_zeros(d, a->queue);
    if (!q->has_size)
        lint_say_queue(d, a->queue, "INF-PCI-33", "queue_enable = 1, and it was not read");
    if (q->vector.is_unread)
        lint_say_queue(d, a->queue, "PCI-30", "queue_enable = 1, and it was not");
    q->is_enabled = true;
}

/* What is to be written before. */
static void set_up(struct lint_device *d, const struct lint_access *a, struct queue_life *q)
{
    if (q->is_enabled)
        lint_say_queue(d, a->queue, "PCI-17", "%s afterwards", a->name);
    if (q->is_resetting) {
        lint_say_queue(d, a->queue, "PCI-20", "%s is written, and it was not read", a->name);
        lint_say_queue(d, a->queue, "INF-PCI-16", "%s is written", a->name);
    }
    if (a->reg == REG_QUEUE_SIZE)
        queue_size(d, a);
    else if (a->reg == REG_QUEUE_VECTOR)
        vector(d, a, &q->vector);
    else
        q->set |= 1u << (2 * (unsigned)(a->reg - REG_QUEUE_DESC) + a->half);
}

static bool is_there(struct lint_device *d, const struct lint_access *a)
{
    const struct seen *s = seen(d);
    const unsigned queues = d->vdev->kind->queues;

    if (a->queue < queues && d->vdev->queue[a->queue].max != 0)
        return true;
    if (!a->is_write)
        return false;
    if (a->queue < queues)
        lint_say_queue(d, a->queue, "INF-PCI-13", "%s is written", a->name);
    else if (!has(d, ADMIN_VQ))
        lint_say(d, "INF-PCI-12", "%s of queue %u, of %u", a->name, a->queue, queues);
    else if (a->queue - s->admin_index >= s->admin_count)
        lint_say(d, "PCI-22", "%s of queue %u, the range has %u at %u", a->name, a->queue,
                 s->admin_count, s->admin_index);
    return false;
}

static void read_queue(struct lint_device *d, const struct lint_access *a, struct queue_life *q)
{
    if (a->reg == REG_QUEUE_SIZE)
        q->has_size = true;
    else if (a->reg == REG_QUEUE_VECTOR)
        vector(d, a, &q->vector);
    else if (a->reg == REG_NOTIFY_OFF)
        seen(d)->notify[a->queue].has_offset = true;
    else if (a->reg == REG_NOTIFY_DATA)
        seen(d)->notify[a->queue].data = (uint16_t)a->value + 1u;
    else if (a->reg == REG_QUEUE_RESET && a->value == 0)
        q->is_resetting = false;
}

static void queue(struct lint_device *d, const struct lint_access *a)
{
    struct life *l = &seen(d)->life;
    struct queue_life *q = &l->queue[a->queue % VDEV_QUEUES];

    if (!(l->selected & SELECTED_QUEUE))
        lint_say(d, "INF-PCI-11", "%s, and it was not", a->name);
    if (!is_there(d, a))
        return;
    if (!a->is_write)
        read_queue(d, a, q);
    else if (a->reg == REG_QUEUE_ENABLE)
        queue_enable(d, a, q);
    else if (a->reg == REG_QUEUE_RESET)
        *q = (struct queue_life){ .has_size = q->has_size, .is_resetting = true,
                                  .was_reset = true };
    else if (a->reg != REG_NOTIFY_OFF && a->reg != REG_NOTIFY_DATA)
        set_up(d, a, q);
}

/* ---- Notifications [4.1.4.4, 4.1.5.2] -------------------------------------------------------- */

static void check_multiplier(struct lint_device *d)
{
    const uint8_t *config = d->function->config;

    for (unsigned n = 0, at; (at = nth_capability(d->function, n)) != 0; n++)
        if (config[at] == CAPABILITY_VENDOR && config[at + CAP_TYPE] == REGION_NOTIFY
            && lint_was_read(d, at + CAP_END))
            return;
    lint_say(d, "INF-PCI-18", "a notification, and it was not");
}

static void notify_value(struct lint_device *d, unsigned owner, unsigned value)
{
    const uint32_t data = seen(d)->notify[owner].data;
    const bool is_long = has(d, NOTIFICATION_DATA);

    if (has(d, NOTIF_CONFIG_DATA)) {
        if (value + 1 != data)
            lint_say_queue(d, owner, is_long ? "PCI-37" : "PCI-36", "%u", value);
    } else if (value != owner) {
        lint_say_queue(d, owner, is_long ? "PCI-35" : "PCI-34", "%u", value);
        if (value < d->vdev->kind->queues)
            lint_say_queue(d, value, "INF-PCI-17", "at the place of queue %u", owner);
    }
}

static void notify(struct lint_device *d, const struct lint_access *a)
{
    const unsigned width = has(d, NOTIFICATION_DATA) ? 4 : 2;

    check_multiplier(d);
    if (a->width != width)
        lint_say(d, width == 4 ? "PCI-33" : "PCI-32", "%u bytes", a->width);
    else if (a->offset % d->pci->layout->notify_multiplier != 0
             || a->queue >= d->vdev->kind->queues)
        lint_say(d, "INF-PCI-17", "%u is written at 0x%x, no queue's place", (uint16_t)a->value,
                 a->offset);
    else {
        if (!seen(d)->notify[a->queue].has_offset)
            lint_say_queue(d, a->queue, "INF-PCI-19", "a notification, and it was not");
        notify_value(d, a->queue, (uint16_t)a->value);
    }
}

/* ---- A changed configuration [4.1.5.5] ------------------------------------------------------- */

/* Is there something in it for this driver? A console's is its size. [5.3.4] */
static bool has_config(const struct lint_device *d)
{
    return d->vdev->kind->id == LINT_IS_GPU || (d->vdev->kind->id == LINT_IS_CONSOLE && has(d, 1));
}

/* The device's life ends: did the driver see what it was told of? */
static void over(struct lint_device *d)
{
    const struct life *l = &seen(d)->life;

    if (d->pci == NULL || !l->is_live || !has_config(d) || d->vdev->generation == l->generation)
        return;
    if (l->isr & INTERRUPT_CONFIG)
        lint_say(d, "INF-PCI-35", "it was never read after ISR status 0x%02x", l->isr);
    if (l->isr == (INTERRUPT_CONFIG | INTERRUPT_QUEUE))
        lint_say(d, "PCI-38", "ISR status 3, and the configuration was never read");
    if (msix_is_enabled(&d->pci->msix) && d->pci->config_vector != NO_VECTOR)
        lint_say(d, "INF-PCI-36", "it changed, and was never read");
}

/* ---- All registers --------------------------------------------------------------------------- */

static void status(struct lint_device *d, const struct lint_access *a)
{
    struct life *l = &seen(d)->life;
    const unsigned added = a->is_write ? (unsigned)a->value & ~(unsigned)d->vdev->status : 0;

    if ((added & STATUS_FEATURES_OK) && !(l->words & 2))
        lint_say(d, "INF-PCI-10", "FEATURES_OK, and word 1 was not written");
    if (!(added & STATUS_DRIVER_OK))
        return;
    check_vectors(d);
    l->is_live = true;
    l->generation = d->vdev->generation;
}

static void features(struct lint_device *d, const struct lint_access *a)
{
    struct life *l = &seen(d)->life;

    if (a->is_write && a->reg == REG_DEVICE_SELECT)
        l->selected |= SELECTED_OFFERED;
    else if (a->is_write && a->reg == REG_DRIVER_SELECT)
        l->selected |= SELECTED_ACCEPTED;
    else if (!a->is_write && a->reg == REG_DEVICE_FEATURES && !(l->selected & SELECTED_OFFERED))
        lint_say(d, "INF-PCI-08", "device_feature is read, and it was not");
    else if (a->is_write && a->reg == REG_DRIVER_FEATURES) {
        if (!(l->selected & SELECTED_ACCEPTED))
            lint_say(d, "INF-PCI-09", "driver_feature is written, and it was not");
        l->words |= d->driver_select < 2 ? 1u << d->driver_select : 0;
    }
}

static bool is_read_only(enum lint_register reg)
{
    return reg == REG_DEVICE_FEATURES || reg == REG_NUM_QUEUES || reg == REG_GENERATION
        || reg == REG_NOTIFY_OFF || reg == REG_NOTIFY_DATA;
}

static void each_register(struct lint_device *d, const struct lint_access *a)
{
    struct life *l = &seen(d)->life;

    if (a->is_write && is_read_only(a->reg))
        lint_say(d, "PCI-14", "%s is written", a->name);
    if (a->is_write && d->is_resetting && !(a->reg == REG_STATUS && a->value == 0))
        lint_say(d, "PCI-18", "%s is written, and it was not", a->name);
    switch (a->reg) {
    case REG_STATUS:
        status(d, a);
        break;
    case REG_DEVICE_SELECT: case REG_DEVICE_FEATURES: case REG_DRIVER_SELECT:
    case REG_DRIVER_FEATURES:
        features(d, a);
        break;
    case REG_QUEUE_SELECT:
        l->selected |= a->is_write ? SELECTED_QUEUE : 0;
        break;
    case REG_CONFIG_VECTOR:
        vector(d, a, &l->vector);
        break;
    case REG_QUEUE_SIZE: case REG_QUEUE_ENABLE: case REG_QUEUE_RESET: case REG_QUEUE_DESC:
    case REG_QUEUE_DRIVER: case REG_QUEUE_DEVICE: case REG_QUEUE_VECTOR: case REG_NOTIFY_OFF:
    case REG_NOTIFY_DATA:
        queue(d, a);
        break;
    case REG_ISR:
        l->isr |= (unsigned)a->value & (INTERRUPT_QUEUE | INTERRUPT_CONFIG);
        if (msix_is_enabled(&d->pci->msix))
            lint_say(d, "PCI-23", "it is read");
        break;
    case REG_CONFIG:
        l->isr = 0;
        l->generation = d->vdev->generation;
        break;
    default:
        break;
    }
}

static void check_id(struct lint_device *d)
{
    const unsigned vendor = load_le16(d->function->config + PCI_ID);
    const unsigned device = load_le16(d->function->config + PCI_ID + 2);

    if (vendor != 0x1af4 || device < 0x1000 || device > 0x107f)
        lint_say(d, "INF-PCI-01", "registers of %04x:%04x are used", vendor, device);
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    if (a->by_window ? a->width != 1 && a->width != 2 && a->width != 4
        : d->pci->msix.at != 0 && a->bar == (d->pci->layout->table & 7))
        return;                         /* pcibus.c */
    if (!a->by_window)
        check_place(d, a);
    check_id(d);
    if (a->reg == REG_OTHER_BAR)
        return;
    if (a->reg == REG_NOTIFY) {
        if (a->is_write)
            notify(d, a);
        return;
    }
    check_width(d, a);
    check_feature(d, a);
    if (a->is_exact)
        each_register(d, a);
}

const struct lint_area lint_pci = {
    .name = "pci", .rules = rules, .transport = LINT_ON_PCI, .state = sizeof(struct seen),
    .kept = offsetof(struct seen, life), .access = access,
    .config = config, .over = over,
};
