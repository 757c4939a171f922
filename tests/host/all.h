/* All scenarios on both transports: for programs that differ in the driver's macros. */
#include "tests/host/setting.h"
#include "tests/world/scenarios.h"

static void all_on(const char *name, int mmio)
{
    const ours_plan plan = {.name = name, .mmio = mmio};
    static ours o;
    static stage s;

    ours_start(&o, &plan);
    set_stage(&s, &o);
    play(&s, name, all_scenarios, sizeof all_scenarios / sizeof *all_scenarios);
    ours_stop(&o);
}

int main(void)
{
    tap_begin(60);
#ifndef VB_NO_PCI
    all_on("pci", 0);
#endif
#ifndef VB_NO_MMIO
    all_on("mmio", 1);
#endif
    return tap_end();
}
