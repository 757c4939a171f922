/* For tests that set VB_QUEUE_SIZE: the same scenarios must come out whatever the
 * length of the rings. Batches then take more kicks. */
#ifndef RING_SIZES_H
#define RING_SIZES_H

#include "tests/world/scenarios.h"

#include <stdio.h>

/* The list of 900 scattered pages takes 4 descriptors, with command and response
 * 6: a shorter ring has to say so. */
static void nine_hundred_pages_are_too_many(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    vb_gpu_entry *pieces;
    vb_gpu_desc desc;

    scattered_pixels(&desc, &pieces);
    desc.pieces = pieces;
    desc.piece_count = 900;
    need_code(vb_gpu_open_desc(g, m, &desc), VB_E_QUEUE_FULL);
    need(g->device.failure.code == VB_E_QUEUE_FULL, "the object keeps %s",
         vb_error_name(g->device.failure.code));
    desc.pieces = NULL;
    desc.piece_count = 0;
    desc.pixels = new_pixels(1280, 720);
    need_ok(vb_gpu_open_desc(g, m, &desc));
    need_ok(vb_gpu_close(g));
    stage_end(s);
}

static void play_with_rings_of(stage *s, const char *where, unsigned size)
{
    char name[120];
    size_t i;

    snprintf(name, sizeof name, "%s, rings of %u", where, size);
    for (i = 0; i < sizeof all_scenarios / sizeof *all_scenarios; i++) {
        scenario one = all_scenarios[i];

        if (size < 6 && one.play == gpu_takes_900_scattered_pages) {
            one.name = "a list of 900 scattered pages is too long";
            one.play = nine_hundred_pages_are_too_many;
        }
        play(s, name, &one, 1);
    }
}

static inline void play_with_rings(stage *s, const char *where)
{
    play_with_rings_of(s, where, VB_QUEUE_SIZE);
}

#endif
