/* The scenarios on our devices, watched by one who knows what devices forgive. */
#include "tests/host/setting.h"
#include "tests/liar/manners.h"

static void all_on(int mmio)
{
    const ours_plan plan = {.mmio = mmio};
    static ours o;
    static stage s;

    ours_start(&o, &plan);
    set_stage(&s, &o);
    play_manners(&s, o.w.name, mmio ? s.console_at : s.ecam + (OURS_CONSOLE << 15),
                 mmio ? s.gpu_at : s.ecam + (OURS_GPU << 15));
    ours_stop(&o);
}

int main(void)
{
    tap_begin(60);
    all_on(0);
    all_on(1);
    return tap_end();
}
