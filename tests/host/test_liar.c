/* The header against a device that lies: the table of tests/liar between the header
 * and our own honest devices. */
#define VB_DEVICES 2                    /* so that a third one is too many */
#include "tests/liar/play.h"

#include "tests/host/setting.h"

static ours o;

/* Three devices; the third is not found by a scan, which has room for two. */
static void all_on(int mmio)
{
    const ours_plan plan = {.mmio = mmio, .rng = OURS_RNG, .width = WIDTH, .height = HEIGHT};

    ours_start(&o, &plan);
    set_stage(&it.s, &o);
    play_the_liar();
    ours_stop(&o);
}

int main(void)
{
    tap_begin(100);
    all_on(0);
    all_on(1);
    tap_run("every error code was provoked or has a reason", every_code_was_provoked, NULL);
    return tap_end();
}
