/* Device trees, QEMU's own among them. */
#include "tests/qtest/machines.h"
#include "tests/world/trees.h"

int main(void)
{
    static machine m;
    static stage s;

    tap_begin(60);
    tap_needs("qemu-system-aarch64");
    machine_start(&m, VIRT_PCI, "", "", NULL);
    s.w = &m.w;
    s.dtb = m.dtb;
    s.describe = as_it_is;
    play(&s, "tree", trees, sizeof trees / sizeof *trees);
    machine_stop(&m);
    return tap_end();
}
