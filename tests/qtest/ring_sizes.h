/* Included by test_queue_of_*.c, which set VB_QUEUE_SIZE: the same scenarios must
 * come out whatever the length of the rings. Batches then take more kicks. */
#include "tests/world/scenarios.h"
#include "tests/qtest/setting.h"

#include <stdio.h>

/* The list of 900 scattered pages takes 4 descriptors, with command and response
 * 6: a shorter ring has to say so. */
static void nine_hundred_pages_are_too_many(void *argument)
{
    enum { PAGE = 4096, PIECES = 900 };
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = world_scattered((size_t)PIECES * PAGE, PAGE);
    vb_gpu_entry *pieces = world_scattered(PIECES * sizeof *pieces, 16);
    vb_gpu_desc desc;
    int i;

    for (i = 0; i < PIECES; i++)
        need_ok(vb_gpu_piece(&pieces[i], world_user(), (char *)pixels + i * PAGE, PAGE));
    memset(&desc, 0, sizeof desc);
    desc.pixels = pixels;
    desc.bytes = (size_t)PIECES * PAGE;
    desc.width = 1280;
    desc.height = 720;
    desc.pieces = pieces;
    desc.piece_count = PIECES;
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

static void all_on(machine_kind kind)
{
    static machine m;
    static stage s;
    char name[80];
    size_t i;

    machine_start(&m, kind, "", "", NULL);
    set_stage(&s, &m);
    for (i = 0; i < sizeof all_scenarios / sizeof *all_scenarios; i++) {
        scenario one = all_scenarios[i];

        if (VB_QUEUE_SIZE < 6 && one.play == gpu_takes_900_scattered_pages) {
            one.name = "a list of 900 scattered pages is too long";
            one.play = nine_hundred_pages_are_too_many;
        }
        snprintf(name, sizeof name, "%s, rings of %d", machine_kind_name(kind), VB_QUEUE_SIZE);
        play(&s, name, &one, 1);
    }
    machine_stop(&m);
}

int main(void)
{
    tap_begin(120);
    tap_needs("qemu-system-aarch64");
    all_on(VIRT_PCI);
    all_on(VIRT_MMIO);
    return tap_end();
}
