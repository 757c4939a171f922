/* Rings in the long run, on QEMU's devices. */
#include "tests/world/long_run.h"

#include "tests/qtest/setting.h"

static machine m;
static stage s;

static void all_on(machine_kind kind, size_t from)
{
    machine_start(&m, kind, "", "", NULL);
    set_stage(&s, &m);
    play(&s, machine_kind_name(kind), in_the_long_run + from,
         sizeof in_the_long_run / sizeof *in_the_long_run - from);
    machine_stop(&m);
}

int main(void)
{
    tap_begin(120);
    tap_needs("qemu-system-aarch64");
    all_on(VIRT_PCI, 0);
    all_on(VIRT_MMIO, 2);               /* the rings are the same: the short part */
    return tap_end();
}
