/* Rules of lint/queue.c: each is broken once, and named. */
#include "tests/host/craft.h"

static void all_right(struct craft *c)
{
    unsigned i;

    craft_up(c, 0);
    for (i = 0; i < 40; i++)
        craft_send(c, 0, 0, 64);
}

static void loop(struct craft *c)
{
    craft_up(c, 0);
    craft_describe(c, craft_area(0, CRAFT_TABLE), 0, CRAFT_BUFFERS, 4, CRAFT_NEXT | CRAFT_WRITE, 1);
    craft_describe(c, craft_area(0, CRAFT_TABLE), 1, CRAFT_BUFFERS, 4, CRAFT_NEXT | CRAFT_WRITE, 0);
    craft_offer(c, 0, 0);
    craft_notify(c, 0);
}

static const struct craft_row rows[] = {
    { NULL, "requests and answers", A_RNG, ON_BOTH, all_right, NULL, false },
    { "SPLIT-05", "a chain that is a loop", A_RNG, ON_BOTH, loop, NULL, false },
};

int main(void)
{
    tap_begin(60);
    craft_play(rows, sizeof rows / sizeof *rows);
    return tap_end();
}
