/* The header against QEMU's devices on `virt`, as a device tree describes them:
 * over PCI with high and with low addresses, and over virtio-mmio. */
#include "tests/qtest/machines.h"
#include "tests/qtest/scenarios.h"

static void from_the_tree(stage *s, vb_machine *m)
{
    need_ok(vb_machine_from_dtb(m, s->dtb));
}

static void all_on(machine_kind kind)
{
    static machine m;
    static stage s;

    machine_start(&m, kind, "", "", NULL);
    memset(&s, 0, sizeof s);
    s.w = &m.w;
    s.describe = from_the_tree;
    s.dtb = m.dtb;
    s.kept = 1;
    s.gpu_at = m.mmio ? 0x0a003e00 : VB_PCI(0, 1, 0);
    s.console_at = m.mmio ? 0x0a003c00 : VB_PCI(0, 2, 0);
    play(&s, machine_kind_name(kind), all_scenarios, sizeof all_scenarios / sizeof *all_scenarios);
    machine_stop(&m);
}

int main(void)
{
    tap_begin(120);
    all_on(VIRT_PCI);
    all_on(VIRT_PCI_LOW);
    all_on(VIRT_MMIO);
    return tap_end();
}
