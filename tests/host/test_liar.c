/* The header against a device that lies: the table of tests/liar between the header
 * and our own honest devices. */
#define VB_DEVICES 2                    /* so that a third one is too many */
#include "tests/liar/play.h"

#include "tests/host/setting.h"

static void all(stage *s)
{
    (void)s;                            /* it.s, which play.h knows */
    play_the_liar();
}

int main(void)
{
    /* Three devices; the third is not found by a scan, which has room for two. */
    const ours_plan plan = {.rng = OURS_RNG, .width = WIDTH, .height = HEIGHT};
    static ours o;

    tap_begin(100);
    on_both(&o, &it.s, plan, all);
    tap_run("every error code was provoked or has a reason", every_code_was_provoked, NULL);
    return tap_end();
}
