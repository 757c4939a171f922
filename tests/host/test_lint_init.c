/* Rules of lint/init.c: each is broken once, and named. */
#include "tests/host/craft.h"

static void all_right(struct craft *c)
{
    craft_up(c, 0);
    craft_send(c, 0, 0, 64);
}

static void loses_a_bit(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_put(c, REG_STATUS, STATUS_DRIVER);
}

static const struct craft_row rows[] = {
    { NULL, "a whole life", A_RNG, ON_BOTH, all_right, NULL, false },
    { "INIT-02", "DRIVER alone takes ACKNOWLEDGE away", A_RNG, ON_BOTH, loses_a_bit, NULL, false },
};

int main(void)
{
    tap_begin(60);
    craft_play(rows, sizeof rows / sizeof *rows);
    return tap_end();
}
