/* QEMU's devices with every property that changes what a driver meets. A row is
 * a machine with options; the short scenarios must come out on each. */
#include "tests/world/scenarios.h"
#include "tests/qtest/setting.h"

static machine m;

static const char *const no_more[] = {NULL};
static const char *const behind_nic[] = {"-device", "virtio-net-pci", NULL};

static const struct row {
    const char *name;
    machine_kind kind;
    const char *gpu, *serial;
    const char *const *more;
} rows[] = {
    {"iommu_platform=on", VIRT_PCI, "iommu_platform=on", "iommu_platform=on,disable-legacy=on", no_more},
    {"iommu_platform=on, mmio", VIRT_MMIO, "iommu_platform=on", "iommu_platform=on", no_more},
    {"packed=on", VIRT_PCI, "packed=on", "packed=on", no_more},
    {"packed=on, mmio", VIRT_MMIO, "packed=on", "packed=on", no_more},
    {"event_idx=off", VIRT_PCI, "event_idx=off", "event_idx=off", no_more},
    {"event_idx=off, mmio", VIRT_MMIO, "event_idx=off", "event_idx=off", no_more},
    {"indirect_desc=off", VIRT_PCI, "indirect_desc=off", "indirect_desc=off", no_more},
    {"queue_reset=off", VIRT_PCI, "queue_reset=off", "queue_reset=off", no_more},
    {"page-per-vq=on", VIRT_PCI, "page-per-vq=on", "page-per-vq=on", no_more},
    {"modern-pio-notify=on", VIRT_PCI, "modern-pio-notify=on", "modern-pio-notify=on", no_more},
    {"disable-legacy=on", VIRT_PCI_LOW, "disable-legacy=on", "disable-legacy=on", no_more},
    {"vectors=0", VIRT_PCI, "vectors=0", "vectors=0", no_more},
    {"ioeventfd=off", VIRT_PCI, "ioeventfd=off", "ioeventfd=off", no_more},
    {"max_outputs=2, edid=off", VIRT_PCI, "max_outputs=2,edid=off", "max_ports=1", no_more},
    {"emergency-write=off", VIRT_PCI, "", "emergency-write=off", no_more},
    {"a network card beside them", VIRT_PCI, "addr=5", "addr=9", behind_nic},
    {"memory above 4 GiB", VIRT_PCI_FAR, "", "", no_more},
    {"memory above 4 GiB, mmio", VIRT_MMIO_FAR, "", "", no_more},
    {"functions of one device", VIRT_PCI, "addr=7.0,multifunction=on", "addr=7.3", no_more},
};

static void row_plays(const struct row *row)
{
    static stage s;

    machine_start(&m, row->kind, row->gpu, row->serial, row->more);
    set_stage(&s, &m);
    if (strstr(row->serial, "addr=9"))
        s.console_at = VB_PCI(0, 9, 0);
    if (strstr(row->serial, "addr=7.3"))
        s.console_at = VB_PCI(0, 7, 3);
    play(&s, row->name, short_scenarios, sizeof short_scenarios / sizeof *short_scenarios);
    machine_stop(&m);
}

int main(void)
{
    size_t i;

    tap_begin(120);
    tap_needs("qemu-system-aarch64");
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        row_plays(&rows[i]);
    return tap_end();
}
