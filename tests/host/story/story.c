/* The console's bring-up as --trace=story tells it, for test_story.sh: the same device,
 * the same sentences, the header as driver, and no CPU. */
#include "examples/vmm/trace.h"
#include "tests/host/setting.h"

#include <stdarg.h>

/* What trace.c asks of host/: where the lines go. */
void say_for(const char *who, const char *text)
{
    printf("%s: %s\n", who, text);
}

void say(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
}

static void comes_up(void *argument)
{
    static char text[193];
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();

    memset(text, 'x', sizeof text - 1);
    need_ok(vb_console_open(c, m, 0));
    need(vb_console_print(c, text) == (int)sizeof text - 1, "print");
}

int main(void)
{
    const struct options options = {.trace_glob = "story"};
    const ours_plan plan = {.ecam = 0x40000000, .ram = 0x70000000,
                            .window = {{0x50000000, 0x1fee0000}}};
    static ours o;
    static stage s;

    tap_begin(20);
    ours_start(&o, &plan);
    console_resize(&o.console[0], 80, 24);
    set_stage(&s, &o);
    trace_begin(&options);
    tap_run("the console comes up", comes_up, &s);
    ours_stop(&o);
    return tap_end();
}
