/* mmio.c - virtio-mmio, version 2: a device in a slot of 512 bytes. [4.2] >>transport */
#include "mmio.h"

#include <stdio.h>

/* ---- The registers [4.2.2] ------------------------------------------------------------- */

enum {
    MAGIC_VALUE = 0x000, VERSION = 0x004, DEVICE_ID = 0x008, VENDOR_ID = 0x00c,
    DEVICE_FEATURES = 0x010, DEVICE_FEATURES_SEL = 0x014,
    DRIVER_FEATURES = 0x020, DRIVER_FEATURES_SEL = 0x024,
    QUEUE_SEL = 0x030, QUEUE_NUM_MAX = 0x034, QUEUE_NUM = 0x038, QUEUE_READY = 0x044,
    QUEUE_NOTIFY = 0x050, INTERRUPT_STATUS = 0x060, INTERRUPT_ACK = 0x064, STATUS = 0x070,
    QUEUE_DESC = 0x080, QUEUE_DRIVER = 0x090, QUEUE_DEVICE = 0x0a0,
    SHM_SEL = 0x0ac, SHM_LEN = 0x0b0, SHM_BASE = 0x0b8, QUEUE_RESET = 0x0c0,
    CONFIG_GENERATION = 0x0fc, CONFIG = 0x100
};

enum { MMIO_MAGIC = 0x74726976, MMIO_VERSION = 2, MMIO_VENDOR = 0x45524142 };   /* "virt", "BARE" */

enum { R = 1, W = 2 };

static const struct {
    const char *name;                   /* null: no register is there */
    uint8_t     ways;
} registers[CONFIG / 4] = {
    [MAGIC_VALUE / 4]           = { "MagicValue", R },
    [VERSION / 4]               = { "Version", R },
    [DEVICE_ID / 4]             = { "DeviceID", R },
    [VENDOR_ID / 4]             = { "VendorID", R },
    [DEVICE_FEATURES / 4]       = { "DeviceFeatures", R },
    [DEVICE_FEATURES_SEL / 4]   = { "DeviceFeaturesSel", W },
    [DRIVER_FEATURES / 4]       = { "DriverFeatures", W },
    [DRIVER_FEATURES_SEL / 4]   = { "DriverFeaturesSel", W },
    [QUEUE_SEL / 4]             = { "QueueSel", W },
    [QUEUE_NUM_MAX / 4]         = { "QueueNumMax", R },
    [QUEUE_NUM / 4]             = { "QueueNum", W },
    [QUEUE_READY / 4]           = { "QueueReady", R | W },
    [QUEUE_NOTIFY / 4]          = { "QueueNotify", W },
    [INTERRUPT_STATUS / 4]      = { "InterruptStatus", R },
    [INTERRUPT_ACK / 4]         = { "InterruptACK", W },
    [STATUS / 4]                = { "Status", R | W },
    [QUEUE_DESC / 4]            = { "QueueDescLow", W },
    [(QUEUE_DESC + 4) / 4]      = { "QueueDescHigh", W },
    [QUEUE_DRIVER / 4]          = { "QueueDriverLow", W },
    [(QUEUE_DRIVER + 4) / 4]    = { "QueueDriverHigh", W },
    [QUEUE_DEVICE / 4]          = { "QueueDeviceLow", W },
    [(QUEUE_DEVICE + 4) / 4]    = { "QueueDeviceHigh", W },
    [SHM_SEL / 4]               = { "SHMSel", W },
    [SHM_LEN / 4]               = { "SHMLenLow", R },
    [(SHM_LEN + 4) / 4]         = { "SHMLenHigh", R },
    [SHM_BASE / 4]              = { "SHMBaseLow", R },
    [(SHM_BASE + 4) / 4]        = { "SHMBaseHigh", R },
    [QUEUE_RESET / 4]           = { "QueueReset", R | W },
    [CONFIG_GENERATION / 4]     = { "ConfigGeneration", R },
};

/* Registers are touched as 32 bits, aligned, in the direction that the table gives. [4.2.2.2] */
static bool is_allowed(struct mmio_slot *s, uint64_t offset, unsigned width, uint8_t way)
{
    const char *name = registers[offset / 4].name;
    uint8_t ways = registers[offset / 4].ways;
    const char *wrong = name == NULL ? "no register is there"
                      : width != 4 || offset % 4 != 0 ? "registers are 4 bytes, aligned"
                      : ways == R && way == W ? "it is only read"
                      : ways == W && way == R ? "it is only written" : NULL;

    if (wrong != NULL)
        vdev_fault(s->device, "%s of %u bytes at +0x%03x, %s: %s [4.2.2.2]",
                   way == R ? "read" : "write", width, (unsigned)offset,
                   name != NULL ? name : "unknown", wrong);
    return wrong == NULL;
}

/* ---- Reading --------------------------------------------------------------------------- */

/* A place for a device that is not there: seen, and passed over without a word. [4.2.2] */
static uint32_t read_empty(uint64_t offset)
{
    return offset == MAGIC_VALUE ? MMIO_MAGIC : offset == VERSION ? MMIO_VERSION : 0;
}

static uint32_t read_register(struct mmio_slot *s, uint64_t offset)
{
    struct vdev *d = s->device;
    const struct virtqueue *q = vdev_queue(d, s->queue_select);

    switch (offset) {
    case MAGIC_VALUE:       return MMIO_MAGIC;
    case VERSION:           return MMIO_VERSION;
    case DEVICE_ID:
        report_story(d->name, "4.2.3.1", d->kind->name, "who is in this slot? DeviceID");
        return d->kind->id;
    case VENDOR_ID:         return MMIO_VENDOR;
    case DEVICE_FEATURES:   return vdev_offered(d, s->device_select);
    case QUEUE_NUM_MAX:     return q != NULL ? q->max : 0;
    case QUEUE_READY:       return q != NULL && q->enabled;
    case INTERRUPT_STATUS:  return d->interrupt_status;
    case STATUS:            return vdev_status(d);
    case QUEUE_RESET:       return 0;           /* RING_RESET is not offered */
    case CONFIG_GENERATION: return d->generation;
    default:                return UINT32_MAX;  /* shared memory: there is none [4.2.2] */
    }
}

static uint64_t slot_read(void *owner, uint64_t offset, unsigned width)
{
    struct mmio_slot *s = owner;
    uint32_t value;

    if (s->device == NULL)
        return read_empty(offset);
    if (offset >= CONFIG)
        return vdev_read_config(s->device, (uint32_t)offset - CONFIG, width);
    if (!is_allowed(s, offset, width, R))
        return UINT32_MAX;
    value = read_register(s, offset);
    report_trace("mmio", "%s: %s is 0x%x", s->device->name, registers[offset / 4].name, value);
    return value;
}

/* ---- Writing --------------------------------------------------------------------------- */

static void write_register(struct mmio_slot *s, uint64_t offset, uint32_t value)
{
    struct vdev *d = s->device;
    uint32_t queue = s->queue_select;
    unsigned half = offset >> 2 & 1;

    switch (offset) {
    case DEVICE_FEATURES_SEL: s->device_select = value; break;
    case DRIVER_FEATURES_SEL: s->driver_select = value; break;
    case DRIVER_FEATURES:     vdev_accept(d, s->driver_select, value); break;
    case QUEUE_SEL:           s->queue_select = value; break;
    case QUEUE_NUM:           vdev_set_queue_size(d, queue, value); break;
    case QUEUE_NOTIFY:        vdev_notify(d, value); break;
    case INTERRUPT_ACK:       vdev_acknowledge(d, (uint8_t)value); break;
    case STATUS:              vdev_set_status(d, (uint8_t)value); break;
    case QUEUE_DESC:
    case QUEUE_DESC + 4:      vdev_set_queue_area(d, queue, AREA_DESCRIPTORS, half, value); break;
    case QUEUE_DRIVER:
    case QUEUE_DRIVER + 4:    vdev_set_queue_area(d, queue, AREA_AVAILABLE, half, value); break;
    case QUEUE_DEVICE:
    case QUEUE_DEVICE + 4:    vdev_set_queue_area(d, queue, AREA_USED, half, value); break;
    case QUEUE_READY:
        if (value != 0)
            vdev_enable_queue(d, queue);
        else
            vdev_disable_queue(d, queue);
        break;
    }
}

/* The line is high as long as something is not acknowledged. [4.2.3.4] */
static void follow_line(struct vdev *d, int queue)
{
    struct mmio_slot *s = d->transport;
    bool high = d->interrupt_status != 0;

    (void)queue;
    if (s->set_line != NULL && high != s->is_high)
        s->set_line(s->context, s->line, high);
    s->is_high = high;
}

static void slot_write(void *owner, uint64_t offset, unsigned width, uint64_t value)
{
    struct mmio_slot *s = owner;

    if (s->device == NULL)
        return;
    if (offset >= CONFIG)
        vdev_write_config(s->device, (uint32_t)offset - CONFIG, width, (uint32_t)value);
    else if (is_allowed(s, offset, width, W)) {
        report_trace("mmio", "%s: %s <- 0x%x", s->device->name, registers[offset / 4].name,
                     (uint32_t)value);
        write_register(s, offset, (uint32_t)value);
    }
    follow_line(s->device, -1);
}

bool mmio_init(struct mmio_slot *s, struct bus *b, uint64_t base, struct vdev *device)
{
    struct bus_range range = { s->name, base, MMIO_SLOT_BYTES, s, slot_read, slot_write };

    s->device = device;
    snprintf(s->name, sizeof s->name, "virtio-mmio %s", device != NULL ? device->name : "slot");
    if (device != NULL) {
        device->transport = s;
        device->interrupt = follow_line;
    }
    return bus_add(b, &range);
}
