/* Included by test_wrap*.c. */
#include "tests/host/setting.h"

#ifdef REQUESTS
static void requests_for_long(void *argument)
{
    requests(argument, REQUESTS);
}
#endif

static void all(stage *s)
{
    play(s, s->w->name, in_the_long_run, sizeof in_the_long_run / sizeof *in_the_long_run);
#ifdef REQUESTS
    {
        static const scenario more[] = {{"200,000 requests", requests_for_long}};

        play(s, s->w->name, more, 1);
    }
#endif
}

int main(void)
{
    return program_on_both(all);
}
