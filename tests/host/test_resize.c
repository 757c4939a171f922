/* The display and the console change their size: between two presents, while one is
 * under way, and at every single register access of an open. */
#include "tests/world/resizing.h"

#include "tests/host/inject.h"
#include "tests/host/setting.h"

static ours o;
static stage s;

enum { MOST_WIDTH = 700, MOST_HEIGHT = 500, MOST_BYTES = MOST_WIDTH * MOST_HEIGHT * 4 };

/* ---- while drawing ---- */

static void resize_at_random(void *to)
{
    (void)to;
    gpu_resize(&o.gpu[0], 50 + world_random(MOST_WIDTH - 50), 50 + world_random(MOST_HEIGHT - 50));
}

static void draw_something(vb_gpu *g, uint32_t *pixels)
{
    vb_rect r;

    random_rect(&r, g->width, g->height);
    fill(pixels, g->width, &r, world_random(0x1000000));
    need_ok(vb_gpu_present(g, &r, 1));
}

/* The old picture stays and can be drawn on until the driver opens again. */
static void resized_while_drawing(void *argument)
{
    vb_machine *vm = stage_begin(argument);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(MOST_WIDTH, MOST_HEIGHT);
    unsigned i, opened = 0;
    inject in;

    memset(&in, 0, sizeof in);
    gpu_resize(&o.gpu[0], MOST_WIDTH, MOST_HEIGHT);
    need_ok(vb_gpu_open(g, vm, 0, pixels, MOST_BYTES));
    while (vb_gpu_poll(g) == 1)
        ;
    for (i = 0; i < 400; i++) {
        if (world_random(3) == 0)
            inject_at(&in, world_random(3), resize_at_random, NULL);
        draw_something(g, pixels);
        world_see("gpu", 0, pixels, g->width, g->height, g->width);
        if (vb_gpu_poll(g) == 0 || world_random(2))
            continue;
        need_ok(vb_gpu_open(g, vm, 0, pixels, MOST_BYTES));
        opened++;
        world_see("gpu", 0, pixels, g->width, g->height, g->width);
        need((g->width == o.gpu[0].width && g->height == o.gpu[0].height) || vb_gpu_poll(g) == 1,
             "the display is %ux%u, the picture %ux%u", o.gpu[0].width, o.gpu[0].height, g->width,
             g->height);
    }
    world_filter_set(NULL);
    need(opened > 20, "only %u of the changes were seen", opened);
    need_ok(vb_gpu_close(g));
    stage_end(argument);
}

/* ---- at every access of an open ---- */

/* Whenever it happens: the picture has the new size, or an event says that it has not. */
static void resized_while_opening(void *argument)
{
    unsigned long when, accesses = 1;

    for (when = 0; when < accesses; when++) {
        vb_machine *vm = stage_begin(argument);
        vb_gpu *g = new_gpu();
        uint32_t *pixels = new_pixels(MOST_WIDTH, MOST_HEIGHT);
        inject in;

        memset(&in, 0, sizeof in);
        gpu_resize(&o.gpu[0], 640, 480);
        inject_at(&in, when, resize_at_random, NULL);
        need_ok(vb_gpu_open(g, vm, 0, pixels, MOST_BYTES));
        accesses = in.seen;
        world_filter_set(NULL);
        need((g->width == o.gpu[0].width && g->height == o.gpu[0].height) || vb_gpu_poll(g) == 1,
             "resized before access %lu: the display is %ux%u, the picture %ux%u, and no event",
             when, o.gpu[0].width, o.gpu[0].height, g->width, g->height);
        world_see("gpu", 0, pixels, g->width, g->height, g->width);
        need_ok(vb_gpu_close(g));
        stage_end(argument);
    }
    need(accesses > 50, "open made only %lu accesses", accesses);
}

/* Columns and rows are two registers, and never of two different sizes [2.5.3]. */
static void resize_console(void *to)
{
    (void)to;
    console_resize(&o.console[0], 132, 43);
}

static int is_one_of_both(const vb_console *c)
{
    return (c->columns == 80 && c->rows == 25) || (c->columns == 132 && c->rows == 43);
}

static void a_console_resized_while_opening(void *argument)
{
    unsigned long when, accesses = 1;

    for (when = 0; when < accesses; when++) {
        vb_machine *vm = stage_begin(argument);
        vb_console *c = new_console();
        inject in;

        memset(&in, 0, sizeof in);
        console_resize(&o.console[0], 80, 25);
        inject_at(&in, when, resize_console, NULL);
        need_ok(vb_console_open(c, vm, 0));
        accesses = in.seen;
        need(is_one_of_both(c), "resized before access %lu: %ux%u", when, c->columns, c->rows);
        world_filter_set(NULL);
        need_ok(vb_console_size(c));
        need(c->columns == 132 && c->rows == 43, "and now %ux%u", c->columns, c->rows);
        need_ok(vb_console_close(c));
        stage_end(argument);
    }
    need(accesses > 40, "open made only %lu accesses", accesses);
}

static const scenario sizes[] = {
    {"the picture follows the display's size", the_picture_follows},
    {"the display is resized while the guest draws", resized_while_drawing},
    {"the display is resized at every access of an open", resized_while_opening},
    {"the console is resized at every access of an open", a_console_resized_while_opening},
};

static void all(stage *at)
{
    play(at, o.w.name, sizes, sizeof sizes / sizeof *sizes);
}

int main(void)
{
    const ours_plan plain = {.name = NULL};

    tap_begin(60);
    on_both(&o, &s, plain, all);
    return tap_end();
}
