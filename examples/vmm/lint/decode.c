/* decode.c - turns what the bus sees into accesses to registers of a device.
 *
 *      bus --> slot ----------------------------> register, field --> lint_access()
 *      bus --> BAR --> structure ------------------^
 *      configuration space --> window --> BAR      :
 *                 '---------------------------------------------------> lint_config(), lint_missed()
 */
#include "monitor.h"

/* ---- Registers ------------------------------------------------------------------------------- */

struct spot {
    uint16_t    at, bytes;              /* 0 bytes: there is none */
    const char *name;
};

/* The two dialects side by side. [4.2.2] [4.1.4.3] */
static const struct {
    enum lint_register reg;
    struct spot        slot, common;
} registers[] = {
    { REG_MAGIC, { 0x000, 4, "MagicValue" }, { 0, 0, NULL } },
    { REG_VERSION, { 0x004, 4, "Version" }, { 0, 0, NULL } },
    { REG_DEVICE_ID, { 0x008, 4, "DeviceID" }, { 0, 0, NULL } },
    { REG_VENDOR_ID, { 0x00c, 4, "VendorID" }, { 0, 0, NULL } },
    { REG_DEVICE_FEATURES, { 0x010, 4, "DeviceFeatures" }, { 0x04, 4, "device_feature" } },
    { REG_DEVICE_SELECT, { 0x014, 4, "DeviceFeaturesSel" }, { 0x00, 4, "device_feature_select" } },
    { REG_DRIVER_FEATURES, { 0x020, 4, "DriverFeatures" }, { 0x0c, 4, "driver_feature" } },
    { REG_DRIVER_SELECT, { 0x024, 4, "DriverFeaturesSel" }, { 0x08, 4, "driver_feature_select" } },
    { REG_CONFIG_VECTOR, { 0, 0, NULL }, { 0x10, 2, "config_msix_vector" } },
    { REG_NUM_QUEUES, { 0, 0, NULL }, { 0x12, 2, "num_queues" } },
    { REG_QUEUE_SELECT, { 0x030, 4, "QueueSel" }, { 0x16, 2, "queue_select" } },
    { REG_QUEUE_MAX, { 0x034, 4, "QueueSizeMax" }, { 0, 0, NULL } },
    { REG_QUEUE_SIZE, { 0x038, 4, "QueueSize" }, { 0x18, 2, "queue_size" } },
    { REG_QUEUE_VECTOR, { 0, 0, NULL }, { 0x1a, 2, "queue_msix_vector" } },
    { REG_QUEUE_ENABLE, { 0x044, 4, "QueueReady" }, { 0x1c, 2, "queue_enable" } },
    { REG_NOTIFY_OFF, { 0, 0, NULL }, { 0x1e, 2, "queue_notify_off" } },
    { REG_NOTIFY, { 0x050, 4, "QueueNotify" }, { 0, 0, NULL } },
    { REG_ISR, { 0x060, 4, "InterruptStatus" }, { 0, 0, NULL } },
    { REG_ACK, { 0x064, 4, "InterruptACK" }, { 0, 0, NULL } },
    { REG_STATUS, { 0x070, 4, "Status" }, { 0x14, 1, "device_status" } },
    { REG_QUEUE_DESC, { 0x080, 8, "QueueDesc" }, { 0x20, 8, "queue_desc" } },
    { REG_QUEUE_DRIVER, { 0x090, 8, "QueueDriver" }, { 0x28, 8, "queue_driver" } },
    { REG_QUEUE_DEVICE, { 0x0a0, 8, "QueueDevice" }, { 0x30, 8, "queue_device" } },
    { REG_SHM_SELECT, { 0x0ac, 4, "SHMSel" }, { 0, 0, NULL } },
    { REG_SHM, { 0x0b0, 8, "SHMLen" }, { 0, 0, NULL } },
    { REG_SHM, { 0x0b8, 8, "SHMBase" }, { 0, 0, NULL } },
    { REG_QUEUE_RESET, { 0x0c0, 4, "QueueReset" }, { 0x3a, 2, "queue_reset" } },
    { REG_NOTIFY_DATA, { 0, 0, NULL }, { 0x38, 2, "queue_notif_config_data" } },
    { REG_ADMIN, { 0, 0, NULL }, { 0x3c, 2, "admin_queue_index" } },
    { REG_ADMIN, { 0, 0, NULL }, { 0x3e, 2, "admin_queue_num" } },
    { REG_GENERATION, { 0x0fc, 4, "ConfigGeneration" }, { 0x15, 1, "config_generation" } },
};

static void name(struct lint_access *a, enum lint_register reg, const char *what, unsigned bytes,
                 uint32_t in)
{
    a->reg = reg;
    a->name = what;
    a->bytes = bytes;
    a->is_exact = bytes != 0 && a->width == bytes && in % bytes == 0;
}

/* Registers of 64 bits are two of 32. [4.1.3.1] [4.2.2] */
static void name_register(struct lint_access *a, bool in_slot)
{
    name(a, REG_NONE, "no register", 0, 0);
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
        const struct spot *s = in_slot ? &registers[i].slot : &registers[i].common;
        const uint32_t in = a->offset - s->at;

        if (in < s->bytes) {
            name(a, registers[i].reg, s->name, s->bytes > 4 ? 4 : s->bytes, in);
            a->half = in / 4;
        }
    }
}

/* cols, rows, max_nr_ports, emerg_wr [5.3.4]; events_read, events_clear, num_scanouts, num_capsets
 * [5.7.4]; those of an input device are bytes [5.8.4]. */
static void name_field(const struct vdev *v, struct lint_access *a)
{
    const uint32_t at = a->offset;
    unsigned bytes = 0;

    switch (v->kind->id) {
    case LINT_IS_CONSOLE: bytes = at < 4 ? 2 : at < 12 ? 4 : 0; break;
    case LINT_IS_GPU:     bytes = at < 16 ? 4 : 0;              break;
    case LINT_IS_INPUT:   bytes = at < 136;                     break;
    }
    name(a, REG_CONFIG, "configuration", bytes, at);
}

/* ---- virtio-mmio ----------------------------------------------------------------------------- */

static void slot_access(struct lint_device *d, struct lint_access *a)
{
    if (a->offset >= 0x100 && d->vdev != NULL) {
        a->offset -= 0x100;
        name_field(d->vdev, a);
    } else
        name_register(a, true);
    a->queue = a->reg == REG_NOTIFY ? (uint16_t)a->value : d->queue_select;
    lint_access(d, a);
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
        name_register(a, false);
        break;
    case REGION_DEVICE:
        name_field(d->vdev, a);
        break;
    case REGION_ISR:
        name(a, a->offset == 0 ? REG_ISR : REG_NONE, "ISR status", a->offset == 0, 0);
        break;
    case REGION_NOTIFY:
        name(a, REG_NOTIFY, "the notification", 2, a->offset % layout->notify_multiplier);
        a->queue = a->offset / layout->notify_multiplier;
        break;
    default:
        a->offset = in_bar;
        name(a, REG_OTHER_BAR, "no structure", 0, 0);
    }
    lint_access(d, a);
}

uint64_t lint_bar(const struct pci_function *f, unsigned bar)
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
            const uint64_t offset = address - lint_bar(d->function, bar);

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

static struct lint_device *find_function(const struct lint *l, const struct pci_function *f)
{
    for (unsigned i = 0; i < l->devices; i++)
        if (l->device[i]->function == f)
            return l->device[i];
    return NULL;
}

bool lint_was_read(const struct lint_device *d, unsigned at)
{
    return d->was_read[at / 8] >> at % 8 & 1;
}

/* Configuration space: the registers of the device may be in there, too. [4.1.4.9] */
void lint_on_config(void *watcher, const struct pci_function *f, unsigned at, unsigned width,
                    bool is_write, uint32_t value)
{
    struct lint_device *const d = find_function(watcher, f);
    const uint8_t *window;
    uint32_t length;

    if (d == NULL)
        return;
    lint_config(d, &(struct lint_config){ at, width, is_write, value });
    for (unsigned byte = at; byte < at + width && !is_write; byte++)
        d->was_read[byte / 8] |= (uint8_t)(1u << byte % 8);
    if (d->pci == NULL || at != d->pci->window + 16)
        return;
    window = f->config + d->pci->window;
    length = load_le32(window + 12);
    if (length == 1 || length == 2 || length == 4)
        bar_access(d, &(struct lint_access){
            .is_write = is_write, .by_window = true, .is_decoded = true, .bar = window[4],
            .offset = load_le32(window + 8), .width = length,
            .value = value & UINT32_MAX >> (32 - 8 * length),
        });
}

void lint_on_missed(void *watcher, unsigned number, unsigned at, unsigned width, bool is_write)
{
    const struct lint *l = watcher;

    lint_missed(find_function(l, &l->pci->bridge), number,
                &(struct lint_config){ at, width, is_write, 0 });
}

/* Eight bytes of ECAM arrive as two times four, which is not what the driver did. */
static void look_for_wide(struct lint *l, uint64_t address, unsigned width, bool is_write)
{
    for (unsigned i = 0; width == 8 && l->pci != NULL && i < l->bus->count; i++) {
        const uint64_t offset = address - l->bus->range[i].base;

        if (l->bus->range[i].owner == l->pci && offset < l->bus->range[i].bytes)
            lint_on_missed(l, (unsigned)(offset >> 12), offset & 0xfff, width, is_write);
    }
}

/* ---- The bus --------------------------------------------------------------------------------- */

void lint_on_access(void *watcher, uint64_t address, unsigned width, bool is_write,
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
