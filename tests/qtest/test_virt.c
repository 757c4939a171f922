/* The header against QEMU's devices on `virt`, as a device tree describes them:
 * over PCI with high and with low addresses, and over virtio-mmio. */
#include "tests/world/scenarios.h"
#include "tests/qtest/setting.h"

static void all_on(machine_kind kind)
{
    static machine m;
    static stage s;

    machine_start(&m, kind, "", "", NULL);
    set_stage(&s, &m);
    play(&s, machine_kind_name(kind), all_scenarios, sizeof all_scenarios / sizeof *all_scenarios);
    machine_stop(&m);
}

int main(void)
{
    tap_begin(120);
    tap_needs("qemu-system-aarch64");
    all_on(VIRT_PCI);
    all_on(VIRT_PCI_LOW);
    all_on(VIRT_MMIO);
    return tap_end();
}
