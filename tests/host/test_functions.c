/* PCI functions may differ in much that the specification leaves open, and our driver has
 * to open all of them; some it has to leave alone. Where lint cannot see that a driver
 * gets this wrong, these rows hold ours to it. */
#include "tests/host/setting.h"

static ours o;
static stage s;

enum { VENDOR = 9 };

/* ---- What is different about the console's function ---- */

static void set_id(struct pci_function *f, unsigned id, unsigned subsystem)
{
    store_le16(f->config + PCI_ID + 2, (uint16_t)id);
    store_le16(f->config + PCI_SUBSYSTEM + 2, (uint16_t)subsystem);
}

static void transitional(struct pci_function *f) { set_id(f, 0x1003, 3); }
static void a_disk(struct pci_function *f) { set_id(f, 0x1042, 2); }
static void shared_memory_card(struct pci_function *f) { set_id(f, 0x1110, 0x1100); }
static void revision_0(struct pci_function *f) { f->config[PCI_REVISION] = 0; }
static void revision_255(struct pci_function *f) { f->config[PCI_REVISION] = 255; }

/* A capability that comes before all others. */
static uint8_t *first_capability(struct pci_function *f, uint8_t id, unsigned bytes)
{
    const uint8_t first = f->config[PCI_CAPABILITIES];
    unsigned at, link = first;

    at = pci_add_capability(f, id, bytes);
    while (f->config[link + 1] != at)
        link = f->config[link + 1];
    f->config[link + 1] = 0;
    f->config[at + 1] = first;
    f->config[PCI_CAPABILITIES] = (uint8_t)at;
    f->config[at + 2] = (uint8_t)bytes;
    return f->config + at;
}

static void vendor_data(struct pci_function *f)
{
    uint8_t *cap = first_capability(f, VENDOR, 16);

    cap[3] = 9;
    store_le16(cap + 4, 0x8086);
    store_le32(cap + 8, 0xdeadbeef);
}

static void power_management(struct pci_function *f)
{
    first_capability(f, 1, 8);
}

static void io_doorbells(struct pci_function *f)
{
    uint8_t *cap = first_capability(f, VENDOR, 20);

    pci_add_bar(f, 0, 0x1000, 1);       /* bit 0: I/O ports */
    cap[3] = REGION_NOTIFY;
    store_le32(cap + 12, 0x1000);
}

static void table_size(struct pci_function *f, unsigned last)
{
    unsigned at = f->config[PCI_CAPABILITIES];

    while (f->config[at] != 0x11)
        at = f->config[at + 1];
    store_le16(f->config + at + 2, (uint16_t)last);
}

static void one_vector(struct pci_function *f) { table_size(f, 0); }
static void all_vectors(struct pci_function *f) { table_size(f, 0x7ff); }
static void nothing_else(struct pci_function *f) { (void)f; }

#define MIB 0x100000

static const struct virtio_layout long_structures = {
    .bar = { [4] = { 4 * MIB, BAR_64 } },
    .region = {
        [REGION_COMMON]  = { 4, 0, MIB },
        [REGION_ISR]     = { 4, MIB, MIB },
        [REGION_DEVICE]  = { 4, 2 * MIB, MIB },
        [REGION_NOTIFY]  = { 4, 3 * MIB, MIB },
    },
    .notify_multiplier = 4096,
};

/* ---- What comes of it ---- */

static const struct row {
    const char *name;
    void (*change)(struct pci_function *f);
    const struct virtio_layout *layout;
    int expect;
} rows[] = {
    {"as it is", nothing_else, NULL, VB_OK},
    {"a console of transitional id 0x1003", transitional, NULL, VB_OK},
    {"a disk is no console", a_disk, NULL, VB_E_NOT_FOUND},
    {"1af4:1110 is not virtio", shared_memory_card, NULL, VB_E_NOT_FOUND},
    {"revision 0", revision_0, NULL, VB_OK},
    {"revision 255", revision_255, NULL, VB_OK},
    {"data of some vendor", vendor_data, NULL, VB_OK},
    {"power management comes first", power_management, NULL, VB_OK},
    {"doorbells in an I/O BAR first", io_doorbells, NULL, VB_OK},
    {"an MSI-X table of one", one_vector, NULL, VB_OK},
    {"an MSI-X table of 2048", all_vectors, NULL, VB_OK},
    {"a structure of 1 MiB", nothing_else, &long_structures, VB_OK},
};

/* Only as much of a structure is mapped as is of use. [4.1.4.1] */
static void need_small_maps(const vb_pci *p)
{
    unsigned i;

    for (i = 0; i < VBI_REGIONS; i++)
        need(p->region[i].bytes <= 0x10000, "%#lx bytes of region %u are mapped",
             (unsigned long)p->region[i].bytes, i);
}

static void opens(void *argument)
{
    const struct row *row = (const struct row *)argument;
    vb_machine *m = stage_begin(&s);
    vb_console *c = new_console();

    row->change(&o.function[1].pci);
    need_code(vb_console_open(c, m, 0), row->expect);
    if (row->expect == VB_OK) {
        need_small_maps(&c->device.pci);
        need(vb_console_print(c, "heard\n") == 6, "print");
        world_hear(0, "heard\n", 6);
        need_ok(vb_console_close(c));
    }
    stage_end(&s);
}

/* Bits that have no meaning are not told, and one call is one read. [4.1.4.5] */
static void read_once(void *argument)
{
    vb_device_desc want = {0};
    vb_machine *m = stage_begin(argument);
    vb_device *d = world_scattered(sizeof *d, 16);
    unsigned long before;

    want.type = 4;
    want.interrupts = 1;
    need_ok(vb_device_open(d, m, &want));
    need_ok(vb_device_start(d));
    o.rng.vdev.interrupt_status = 0xfd;
    before = o.lint.accesses;
    need(vb_device_interrupt(d) == 1, "bit 0");
    need(o.lint.accesses == before + 1, "%lu accesses", o.lint.accesses - before);
    need(vb_device_interrupt(d) == 0, "it was taken back");
    need_ok(vb_device_close(d));
    stage_end(argument);
}

/* An interrupt says "look", not "there is something": nothing is taken, nothing is free before
 * its answer came. [2.7.7.1] */
static void interrupt_for_nothing(void *argument)
{
    vb_device_desc want = {0};
    vb_machine *m = stage_begin(argument);
    vb_device *d = world_scattered(sizeof *d, 16);
    vb_queue *q = world_scattered(sizeof *q, 16);
    const vb_buffer buffer = {world_flat(64, 64), 64};
    uint32_t tag = 0, bytes = 0;

    want.type = 4;
    want.interrupts = 1;
    need_ok(vb_device_open(d, m, &want));
    need_ok(vb_device_queue(d, q, 0, (vb_ring *)world_flat(sizeof(vb_ring), 2048)));
    need_ok(vb_device_start(d));
    need_ok(vb_queue_submit(q, 7, &buffer, 0, 1));
    vdev_interrupt(&o.rng.vdev, 0);
    need(vb_device_interrupt(d) == 1, "an interrupt");
    need(vb_queue_poll(q, &tag, &bytes) == 0 && q->free_count == q->size - 1, "for nothing");
    vb_queue_kick(q);
    need(vb_queue_poll(q, &tag, &bytes) == 1 && tag == 7 && bytes == 64, "the answer");
    need_ok(vb_device_close(d));
    stage_end(argument);
}

int main(void)
{
    size_t i;

    tap_begin(60);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ours_plan plan = {.layout = rows[i].layout, .msix = rows[i].layout == NULL,
                                .rng = OURS_RNG};

        ours_start(&o, &plan);
        set_stage(&s, &o);
        tap_run(rows[i].name, opens, (void *)(uintptr_t)&rows[i]);
        if (i == 0) {
            tap_run("an interrupt is read once", read_once, &s);
            tap_run("an interrupt for nothing", interrupt_for_nothing, &s);
        }
        ours_stop(&o);
    }
    return tap_end();
}
