/* Included by test_queue_of_*.c, which set VB_QUEUE_SIZE. */
#include "tests/world/ring_sizes.h"

#include "tests/host/setting.h"

static void all_on(int mmio)
{
    const ours_plan plan = {.mmio = mmio};
    static ours o;
    static stage s;

    ours_start(&o, &plan);
    set_stage(&s, &o);
    play_with_rings(&s, o.w.name);
    ours_stop(&o);
}

int main(void)
{
    tap_begin(60);
    all_on(0);
    all_on(1);
    return tap_end();
}
