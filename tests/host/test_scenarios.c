/* The header against our own devices: the scenarios that it plays with QEMU's. */
#include "tests/host/setting.h"
#include "tests/world/scenarios.h"

static void all_on(const ours_plan *plan)
{
    static ours o;
    static stage s;

    ours_start(&o, plan);
    set_stage(&s, &o);
    play(&s, o.w.name, all_scenarios, sizeof all_scenarios / sizeof *all_scenarios);
    ours_stop(&o);
}

int main(void)
{
    static const ours_plan plans[] = {
        {.name = "pci"},
        {.name = "pci, placed by firmware", .placed = 1},
        {.name = "pci, memory above 4 GiB", .ram = 0x140000000},
        {.name = "mmio", .mmio = 1},
        {.name = "mmio, memory above 4 GiB", .mmio = 1, .ram = 0x140000000},
    };
    size_t i;

    tap_begin(60);
    for (i = 0; i < sizeof plans / sizeof *plans; i++)
        all_on(&plans[i]);
    return tap_end();
}
