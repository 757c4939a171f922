/* Included by test_wrap*.c. */
#include "tests/host/setting.h"

#ifdef REQUESTS
static void requests_for_long(void *argument)
{
    requests(argument, REQUESTS);
}
#endif

static void all_on(int mmio)
{
    const ours_plan plan = {.mmio = mmio};
    static ours o;
    static stage s;

    ours_start(&o, &plan);
    set_stage(&s, &o);
    play(&s, o.w.name, in_the_long_run, sizeof in_the_long_run / sizeof *in_the_long_run);
#ifdef REQUESTS
    {
        static const scenario more[] = {{"200,000 requests", requests_for_long}};

        play(&s, o.w.name, more, 1);
    }
#endif
    ours_stop(&o);
}

int main(void)
{
    tap_begin(60);
    all_on(0);
    all_on(1);
    return tap_end();
}
