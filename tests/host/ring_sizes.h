/* Included by test_queue_of_*.c, which set VB_QUEUE_SIZE. */
#include "tests/world/ring_sizes.h"

#include "tests/host/setting.h"

static void all(stage *s)
{
    play_with_rings(s, s->w->name);
}

int main(void)
{
    return program_on_both(all);
}
