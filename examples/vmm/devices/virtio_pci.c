/* virtio_pci.c - a virtio device as a PCI function, modern layout. [4.1] >>pci >>transport */
#include "virtio_pci.h"
#include "report.h"

#include <string.h>

enum { VENDOR = 0x1af4, FIRST_MODERN = 0x1040, REVISION = 1 };     /* [4.1.2.1] */
enum { CAPABILITY_VENDOR = 9, NO_VECTOR = 0xffff };

/* Registers in BAR 4, MSI-X in BAR 1, as QEMU has it. */
#define LAYOUT(flags) { \
    .bar = { [1] = { 0x1000, 0 }, [4] = { 0x4000, (flags) } }, \
    .region = { \
        [REGION_COMMON]  = { 4, 0x0000, 0x1000 }, \
        [REGION_ISR]     = { 4, 0x1000, 0x1000 }, \
        [REGION_DEVICE]  = { 4, 0x2000, 0x1000 }, \
        [REGION_NOTIFY]  = { 4, 0x3000, 0x1000 }, \
    }, \
    .notify_multiplier = 4, \
    .table = 0x000 | 1, .pending = 0x800 | 1, .vectors = 4, \
}

const struct virtio_layout virtio_layout_64 = LAYOUT(BAR_64 | BAR_PREFETCHABLE);
const struct virtio_layout virtio_layout_32 = LAYOUT(0);

/* As people saw it from inside of its guests; where the four regions lie in BAR 0 nobody told. That
 * status must be read after it was written is what one of them found; Linux does not, and runs
 * there. So ours asks for more than that machine: who satisfies it runs on both. */
const struct virtio_layout virtio_layout_vz = {
    .bar = { [0] = { 0x4000, BAR_64 }, [2] = { 0x40, 0 } },
    .region = {
        [REGION_COMMON]  = { 0, 0x0000, 0x1000 },
        [REGION_ISR]     = { 0, 0x1000, 0x1000 },
        [REGION_DEVICE]  = { 0, 0x2000, 0x1000 },
        [REGION_NOTIFY]  = { 0, 0x3000, 0x1000 },
    },
    .notify_multiplier = 4,
    .table = 0x00 | 2, .pending = 0x30 | 2, .vectors = 3,
    .features = FEATURE_RING_RESET, .status_waits = true,
};

/* The capability list, in the order in which a driver walks it. */
static const struct {
    uint8_t region;                     /* its cfg_type */
    uint8_t bytes;
} capabilities[] = {
    { REGION_COMMON, 16 }, { REGION_ISR, 16 }, { REGION_DEVICE, 16 }, { REGION_NOTIFY, 20 },
    { REGION_WINDOW, 20 },
};
enum {                                  /* fields of such a capability [4.1.4] */
    CAP_TYPE = 3, CAP_BAR = 4, CAP_OFFSET = 8, CAP_LENGTH = 12, CAP_MULTIPLIER = 16, CAP_DATA = 16
};

/* Common configuration. [4.1.4.3] */
enum {
    DEVICE_FEATURE_SELECT = 0x00, DEVICE_FEATURE = 0x04, DRIVER_FEATURE_SELECT = 0x08,
    DRIVER_FEATURE = 0x0c, CONFIG_VECTOR = 0x10, NUM_QUEUES = 0x12, DEVICE_STATUS = 0x14,
    CONFIG_GENERATION = 0x15, QUEUE_SELECT = 0x16, QUEUE_SIZE = 0x18, QUEUE_VECTOR = 0x1a,
    QUEUE_ENABLE = 0x1c, QUEUE_NOTIFY_OFF = 0x1e, QUEUE_DESC = 0x20, QUEUE_DRIVER = 0x28,
    QUEUE_DEVICE = 0x30, QUEUE_RESET = 0x3a, COMMON_BYTES = 0x3c
};

/* Each register answers to its own width and to no other; 64 bits are two halves. [4.1.3.1] */
static const struct {
    const char *name;
    uint8_t     width;                  /* 0: no register begins here */
    bool        read_only;
} common[COMMON_BYTES] = {
    [DEVICE_FEATURE_SELECT] = { "device_feature_select", 4, false },
    [DEVICE_FEATURE]        = { "device_feature", 4, true },
    [DRIVER_FEATURE_SELECT] = { "driver_feature_select", 4, false },
    [DRIVER_FEATURE]        = { "driver_feature", 4, false },
    [CONFIG_VECTOR]         = { "config_msix_vector", 2, false },
    [NUM_QUEUES]            = { "num_queues", 2, true },
    [DEVICE_STATUS]         = { "device_status", 1, false },
    [CONFIG_GENERATION]     = { "config_generation", 1, true },
    [QUEUE_SELECT]          = { "queue_select", 2, false },
    [QUEUE_SIZE]            = { "queue_size", 2, false },
    [QUEUE_VECTOR]          = { "queue_msix_vector", 2, false },
    [QUEUE_ENABLE]          = { "queue_enable", 2, false },
    [QUEUE_NOTIFY_OFF]      = { "queue_notify_off", 2, true },
    [QUEUE_DESC]            = { "queue_desc", 4, false },
    [QUEUE_DESC + 4]        = { "queue_desc, high", 4, false },
    [QUEUE_DRIVER]          = { "queue_driver", 4, false },
    [QUEUE_DRIVER + 4]      = { "queue_driver, high", 4, false },
    [QUEUE_DEVICE]          = { "queue_device", 4, false },
    [QUEUE_DEVICE + 4]      = { "queue_device, high", 4, false },
    [QUEUE_RESET]           = { "queue_reset", 2, false },
};

static struct virtio_pci *of(struct pci_function *f)
{
    return (struct virtio_pci *)f;      /* its first member */
}

/* ---- Interrupts: INTx while MSI-X is off, else messages [4.1.5.3, 4.1.5.4] --------------- */

static void set_level(struct virtio_pci *v)
{
    pci_interrupt(&v->pci, v->device->interrupt_status != 0 && !msix_is_enabled(&v->msix));
}

static void interrupt(struct vdev *d, int queue)
{
    struct virtio_pci *v = d->transport;

    if (msix_is_enabled(&v->msix))      /* no vector has the number NO_VECTOR */
        msix_raise(&v->msix, queue < 0 ? v->config_vector : d->queue[queue].vector);
    set_level(v);
}

/* Mapping fails, and reads back as NO_VECTOR, where there is no such vector. [4.1.5.1.2] */
static uint16_t existing_vector(const struct virtio_pci *v, uint32_t vector)
{
    return vector < v->msix.vectors ? (uint16_t)vector : NO_VECTOR;
}

/* What a reset resets in the transport. */
static void forget(struct virtio_pci *v)
{
    v->device_select = v->driver_select = 0;
    v->queue_select = 0;
    v->config_vector = NO_VECTOR;
    v->msix.pending = 0;
}

/* ---- The regions: false where there is no such register ---------------------------------- */

static uint32_t common_value(const struct virtio_pci *v, unsigned offset)
{
    static const struct virtqueue none = { .vector = NO_VECTOR };
    struct vdev *d = v->device;
    const struct virtqueue *q = vdev_queue(d, v->queue_select);

    if (q == NULL)
        q = &none;                      /* its size is 0 [4.1.4.3.1] */
    switch (offset) {
    case DEVICE_FEATURE_SELECT: return v->device_select;
    case DEVICE_FEATURE:        return vdev_offered(d, v->device_select);
    case DRIVER_FEATURE_SELECT: return v->driver_select;
    case DRIVER_FEATURE:        return vdev_accepted(d, v->driver_select);
    case CONFIG_VECTOR:         return v->config_vector;
    case NUM_QUEUES:            return d->kind->queues;
    case DEVICE_STATUS:         return vdev_status(d);
    case CONFIG_GENERATION:     return v->generation;
    case QUEUE_SELECT:          return v->queue_select;
    case QUEUE_SIZE:            return q->size;
    case QUEUE_VECTOR:          return q->vector;
    case QUEUE_ENABLE:          return q->enabled;
    case QUEUE_NOTIFY_OFF:      return v->queue_select;     /* times the multiplier */
    case QUEUE_RESET:           return 0;                   /* it is done at once [2.6.1.1] */
    default:                    return (uint32_t)(q->area[(offset - QUEUE_DESC) / 8]
                                                  >> (offset & 4 ? 32 : 0));
    }
}

/* Is there such a register, and does it take such an access? */
static bool is_register(const struct virtio_pci *v, const struct pci_access *a)
{
    return a->offset < COMMON_BYTES && common[a->offset].width == a->width
        && !(a->is_write && common[a->offset].read_only)
        && (a->offset != QUEUE_RESET || (v->device->offered & FEATURE_RING_RESET));
}

static void set_status(struct virtio_pci *v, uint8_t status)
{
    vdev_set_status(v->device, status);
    if (status == 0)
        forget(v);
    set_level(v);
}

static bool read_common(struct virtio_pci *v, struct pci_access *a)
{
    if (!is_register(v, a))
        return false;
    if (a->offset == DEVICE_STATUS && v->waiting >= 0) {
        set_status(v, (uint8_t)v->waiting);
        v->waiting = -1;
    }
    a->value = common_value(v, (unsigned)a->offset);
    report_trace("pci", "%s: %s is 0x%x", v->device->name, common[a->offset].name, a->value);
    return true;
}

static bool write_common(struct virtio_pci *v, struct pci_access *a)
{
    const unsigned offset = (unsigned)a->offset;
    const uint32_t value = a->value;
    struct vdev *d = v->device;
    struct virtqueue *q = vdev_queue(d, v->queue_select);

    if (!is_register(v, a))
        return false;
    report_trace("pci", "%s: %s <- 0x%x", d->name, common[offset].name, value);
    switch (offset) {
    case DEVICE_FEATURE_SELECT: v->device_select = value; break;
    case DRIVER_FEATURE_SELECT: v->driver_select = value; break;
    case DRIVER_FEATURE:        vdev_accept(d, v->driver_select, value); break;
    case CONFIG_VECTOR:         v->config_vector = existing_vector(v, value); break;
    case QUEUE_SELECT:          v->queue_select = (uint16_t)value; break;
    case QUEUE_SIZE:            vdev_set_queue_size(d, v->queue_select, value); break;
    case QUEUE_VECTOR:
        if (q != NULL)
            q->vector = existing_vector(v, value);
        break;
    case QUEUE_ENABLE:
    case QUEUE_RESET:
        if (value != 1)
            vdev_fault(d, "%s is written with %u: only 1 is allowed [4.1.4.3.2]",
                       common[offset].name, value);
        else if (offset == QUEUE_ENABLE)
            vdev_enable_queue(d, v->queue_select);
        else
            vdev_reset_queue(d, v->queue_select);
        break;
    case DEVICE_STATUS:
        if (v->layout->status_waits)
            v->waiting = (uint8_t)value;
        else
            set_status(v, (uint8_t)value);
        break;
    default:
        vdev_set_queue_area(d, v->queue_select, (offset - QUEUE_DESC) / 8, offset >> 2 & 1, value);
    }
    return true;
}

/* Reading tells why there was an interrupt, and ends it. [4.1.4.5] */
static bool read_isr(struct virtio_pci *v, struct pci_access *a)
{
    if (a->offset != 0 || a->width != 1)
        return false;
    a->value = vdev_acknowledge(v->device, 0xff);
    set_level(v);
    return true;
}

/* Eight bits of generation would be back where they were after 256 changes. So they do not count
 * the changes but those that the driver came upon, between two of its reads. [4.1.4.3.1] */
static bool read_device(struct virtio_pci *v, struct pci_access *a)
{
    if (v->device->generation != v->seen) {
        v->seen = v->device->generation;
        v->generation++;
    }
    a->value = vdev_read_config(v->device, (uint32_t)a->offset, a->width);
    return true;
}

static bool write_device(struct virtio_pci *v, struct pci_access *a)
{
    vdev_write_config(v->device, (uint32_t)a->offset, a->width, a->value);
    return true;
}

/* Queue n has an address of its own, where its number is written with 16 bits. [4.1.5.2] */
static bool write_notify(struct virtio_pci *v, struct pci_access *a)
{
    if (a->width != 2 || a->offset != a->value * v->layout->notify_multiplier)
        return false;
    if (v->waiting >= 0)
        vdev_fault(v->device, "status 0x%02x was written, but not read again: on this machine it "
                   "counts when it is read", (unsigned)v->waiting);
    vdev_notify(v->device, a->value);
    return true;
}

static const struct {
    const char *name;
    bool (*read)(struct virtio_pci *v, struct pci_access *a);
    bool (*write)(struct virtio_pci *v, struct pci_access *a);
} regions[REGIONS] = {
    [0]              = { "nothing", NULL, NULL },
    [REGION_COMMON]  = { "common configuration", read_common, write_common },
    [REGION_NOTIFY]  = { "notification", NULL, write_notify },
    [REGION_ISR]     = { "ISR status", read_isr, NULL },
    [REGION_DEVICE]  = { "device configuration", read_device, write_device },
};

/* ---- BARs -------------------------------------------------------------------------------- */

/* Which region holds an offset in a BAR; 0: none. */
static unsigned region_at(const struct virtio_pci *v, unsigned bar, uint64_t offset)
{
    for (unsigned i = 1; i < REGIONS; i++)
        if (v->layout->region[i].bar == bar
            && offset - v->layout->region[i].offset < v->layout->region[i].length)
            return i;
    return 0;
}

static void bar_access(struct pci_function *f, struct pci_access *a)
{
    struct virtio_pci *v = of(f);
    const unsigned i = region_at(v, a->bar, a->offset);
    bool (*const access)(struct virtio_pci *, struct pci_access *) =
        a->is_write ? regions[i].write : regions[i].read;

    if (msix_access(&v->msix, a))
        return;
    a->offset -= v->layout->region[i].offset;
    if (a->offset % a->width == 0 && access != NULL && access(v, a))
        return;
    vdev_fault(v->device, "%s of %u bytes at BAR %u, %s + 0x%x: no register takes that [4.1.3.1]",
               a->is_write ? "write" : "read", a->width, a->bar, regions[i].name,
               (unsigned)a->offset);
    a->value = UINT32_MAX;
}

/* ---- The window: a driver's way to the regions while BARs answer nowhere [4.1.4.9] ------- */

/* The driver wrote BAR, offset and length into the capability; now it touches the data. Length 0,
 * as it is at first, is a closed window: programs that dump everything may look at it. */
static void use_window(struct virtio_pci *v, bool is_write)
{
    const uint8_t *cap = v->pci.config + v->window;
    uint8_t *data = v->pci.config + v->window + CAP_DATA;
    struct pci_access a = { cap[CAP_BAR], load_le32(cap + CAP_OFFSET),
                            load_le32(cap + CAP_LENGTH), is_write, 0 };

    if (a.width == 0)
        return;
    for (unsigned i = 0; i < a.width && i < 4; i++)
        a.value |= (uint32_t)data[i] << 8 * i;
    bar_access(&v->pci, &a);
    for (unsigned i = 0; i < a.width && i < 4 && !is_write; i++)
        data[i] = (uint8_t)(a.value >> 8 * i);
}

static void config_read(struct pci_function *f, unsigned at)
{
    if ((at & ~3u) == of(f)->window + CAP_DATA)
        use_window(of(f), false);
}

static void config_written(struct pci_function *f, unsigned at)
{
    struct virtio_pci *v = of(f);

    v->device->may_dma = pci_command(f) & COMMAND_MASTER;
    set_level(v);                       /* MSI-X was turned on or off, */
    msix_send(&v->msix);                /* or may send what it held back */
    if ((at & ~3u) == v->window + CAP_DATA)
        use_window(v, true);
}

static const struct pci_kind kind = { bar_access, config_read, config_written };

/* ---- Plugging in ------------------------------------------------------------------------- */

static void add_capabilities(struct virtio_pci *v)
{
    const struct virtio_layout *l = v->layout;

    for (unsigned i = 0; i < sizeof capabilities / sizeof *capabilities; i++) {
        const unsigned region = capabilities[i].region, bytes = capabilities[i].bytes;
        uint8_t *at;

        if (region == REGION_DEVICE && v->device->kind->config_bytes == 0)
            continue;
        at = v->pci.config + pci_add_capability(&v->pci, CAPABILITY_VENDOR, bytes);
        at[2] = (uint8_t)bytes;
        at[CAP_TYPE] = (uint8_t)region;
        at[CAP_BAR] = l->region[region].bar;
        store_le32(at + CAP_OFFSET, l->region[region].offset);
        store_le32(at + CAP_LENGTH, l->region[region].length);
        if (region == REGION_NOTIFY)
            store_le32(at + CAP_MULTIPLIER, l->notify_multiplier);
        if (region == REGION_WINDOW)
            v->window = (unsigned)(at - v->pci.config);
    }
    v->pci.writable[v->window + CAP_BAR] = 0xff;
    memset(v->pci.writable + v->window + CAP_OFFSET, 0xff, 12);    /* offset, length, data */
}

bool virtio_pci_init(struct virtio_pci *v, struct pci_host *h, unsigned slot, struct vdev *device,
                     const struct virtio_layout *layout)
{
    const struct virtio_layout *l = layout != NULL ? layout : &virtio_layout_64;
    const bool has_msix = h->signal_msi != NULL;
    const uint32_t id = (uint32_t)(FIRST_MODERN + device->kind->id) << 16 | VENDOR;

    memset(v, 0, sizeof *v);
    if (!pci_add(h, &v->pci, slot, device->name, &kind))
        return false;
    v->device = device;
    v->layout = l;
    store_le32(v->pci.config + PCI_ID, id);
    store_le32(v->pci.config + PCI_SUBSYSTEM, id);
    store_le32(v->pci.config + PCI_REVISION, device->kind->pci_class << 8 | REVISION);
    v->pci.config[PCI_PIN] = 1;         /* INTA */
    for (unsigned i = 0; i < PCI_BARS; i++)
        if (l->bar[i].bytes != 0 && (i != (l->table & 7) || has_msix))
            pci_add_bar(&v->pci, i, l->bar[i].bytes, l->bar[i].flags);
    add_capabilities(v);
    v->msix.function = &v->pci;
    if (has_msix)
        msix_init(&v->msix, l->vectors, l->table, l->pending);
    forget(v);
    v->waiting = -1;
    device->offered |= l->features;
    device->transport = v;
    device->interrupt = interrupt;
    device->may_dma = false;
    return true;
}

const struct virtio_pci *virtio_pci_of(const struct pci_function *f)
{
    return f->kind == &kind ? (const struct virtio_pci *)f : NULL;
}
