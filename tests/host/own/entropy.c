/* The header's own example of a driver, against our entropy device: on PCI and
 * virtio-mmio. Built and run by test_own.sh. */
#include "tests/world/own.h"

#include "tests/host/setting.h"

static void on(int mmio, unsigned rng, void (*test)(void *), const char *name)
{
    const ours_plan plan = {.mmio = mmio, .rng = rng};
    static ours o;
    static stage s;
    char text[120];

    ours_start(&o, &plan);
    set_stage(&s, &o);
    snprintf(text, sizeof text, "%s: %s", o.w.name, name);
    tap_run(text, test, &s);
    ours_stop(&o);
}

int main(void)
{
    tap_begin(60);
    on(0, OURS_RNG, gives_random_bytes, "the example reads random bytes");
    on(1, OURS_RNG, gives_random_bytes, "the example reads random bytes");
    on(0, 0, is_not_there, "the example finds no entropy device");
    return tap_end();
}
