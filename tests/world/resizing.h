/* The host's window changes its size: the device raises an event, vb_gpu_poll
 * tells, and opening again shows the new size without a reset. */
#ifndef RESIZING_H
#define RESIZING_H

#include "tests/liar/liar.h"
#include "tests/world/scenarios.h"

#include <unistd.h>

static int changed(vb_gpu *g)
{
    unsigned n;
    int code = 0;

    for (n = 0; n < 2000 && code == 0; n++) {
        code = vb_gpu_poll(g);
        if (!code)
            usleep(1000);
    }
    return code;
}

static void the_picture_follows(void *argument)
{
    static const struct {
        uint16_t width, height;
    } sizes[] = {{1024, 600}, {640, 400}, {1280, 720}};
    static liar witness;                /* who tells no lies, but counts resets */
    stage *s = argument;
    vb_machine *vm = stage_begin(s);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 800);
    unsigned i;

    liar_watch(&witness, s->w, s->mmio, s->mmio ? s->gpu_at : s->ecam + (1 << 15), 0);
    need_ok(vb_gpu_open(g, vm, 0, pixels, 1280 * 800 * 4));
    need(witness.resets == 1, "opening resets once, not %u times", witness.resets);
    while (vb_gpu_poll(g) == 1)
        ;                               /* the viewer's arrival may count */
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        s->resize(s, sizes[i].width, sizes[i].height);
        need(changed(g) == 1, "no event for %ux%u", sizes[i].width, sizes[i].height);
        need(vb_gpu_poll(g) == 0, "one change is told once");
        need_ok(vb_gpu_present(g, NULL, 0));            /* the old size still works */
        paint_pixels(pixels, sizes[i].width, sizes[i].height, i);
        need_ok(vb_gpu_open(g, vm, 0, pixels, 1280 * 800 * 4));
        need(g->width == sizes[i].width && g->height == sizes[i].height, "%ux%u, asked for %ux%u",
             g->width, g->height, sizes[i].width, sizes[i].height);
        world_see("gpu", 0, pixels, g->width, g->height, g->width);
    }
    need(witness.resets == 1, "the device was reset %u times", witness.resets - 1);
    need_ok(vb_gpu_close(g));
    need(witness.resets == 2, "closing resets once, not %u times", witness.resets - 1);
    stage_end(s);
}

#endif
