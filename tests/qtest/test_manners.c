/* The scenarios on QEMU's devices, watched by one who knows what QEMU forgives. */
#include "tests/liar/manners.h"
#include "tests/qtest/setting.h"

static machine m;
static stage s;

static void all_on(machine_kind kind, const char *gpu, const char *serial)
{
    machine_start(&m, kind, gpu, serial, NULL);
    set_stage(&s, &m);
    play_manners(&s, machine_kind_name(kind), m.mmio ? 0x0a003c00 : m.ecam + (2 << 15),
                 m.mmio ? 0x0a003e00 : m.ecam + (1 << 15));
    machine_stop(&m);
}

int main(void)
{
    tap_begin(120);
    tap_needs("qemu-system-aarch64");
    all_on(VIRT_PCI, "", "");
    all_on(VIRT_PCI, "iommu_platform=on", "iommu_platform=on,disable-legacy=on");
    all_on(VIRT_MMIO, "", "");
    return tap_end();
}
