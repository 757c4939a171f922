/* Included by test_queue_of_*.c, which set VB_QUEUE_SIZE. */
#include "tests/world/ring_sizes.h"

#include "tests/qtest/setting.h"

static void all_on(machine_kind kind)
{
    static machine m;
    static stage s;

    machine_start(&m, kind, "", "", NULL);
    set_stage(&s, &m);
    play_with_rings(&s, machine_kind_name(kind));
    machine_stop(&m);
}

int main(void)
{
    tap_begin(120);
    tap_needs("qemu-system-aarch64");
    all_on(VIRT_PCI);
    all_on(VIRT_MMIO);
    return tap_end();
}
