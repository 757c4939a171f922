/* The scenarios on our devices, watched by one who knows what devices forgive. */
#include "tests/host/setting.h"
#include "tests/liar/manners.h"

static void all(stage *s)
{
    play_manners(s, s->w->name, s->mmio ? s->console_at : s->ecam + (OURS_CONSOLE << 15),
                 s->mmio ? s->gpu_at : s->ecam + (OURS_GPU << 15));
}

int main(void)
{
    return program_on_both(all);
}
