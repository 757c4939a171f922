/* How many descriptors a device offers is its own affair: 0, 1, none of the powers of 2,
 * more than a driver ever wants. */
#include "tests/world/ring_sizes.h"

#include "tests/host/setting.h"

static ours o;
static stage s;

static const uint16_t maxima[] = {2, 3, 8, 32768, 65535};

static void offer(uint16_t max)
{
    ours_queue_max(&o.console[0].vdev, max);
    ours_queue_max(&o.gpu[0].vdev, max);
}

/* A queue of 0 descriptors is none [4.1.4.3, 4.2.2]. */
static void none_is_refused(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 720);

    need_code(vb_console_open(c, m, 0), VB_E_QUEUE);
    need_code(vb_gpu_open(g, m, 0, pixels, 1280 * 720 * 4), VB_E_QUEUE);
    stage_end(argument);
}

/* One descriptor is enough for text, and too few for a command and its response. */
static void one_is_enough_for_text(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 720);

    need_code(vb_gpu_open(g, m, 0, pixels, 1280 * 720 * 4), VB_E_QUEUE);
    stage_end(argument);
}

static const scenario with_one[] = {
    {"a gpu is refused", one_is_enough_for_text},
    {"a console prints every byte unchanged", console_prints},
    {"a console prints 20,000 bytes", console_prints_much},
    {"a console reads, in large and small pieces", console_reads},
    {"a console echoes", console_talks},
    {"a console is opened again and again", console_opens_again},
};

static void all(stage *at)
{
    char name[80];
    size_t i;

    offer(0);
    snprintf(name, sizeof name, "%s: a device without descriptors is refused", o.w.name);
    tap_run(name, none_is_refused, at);
    offer(1);
    snprintf(name, sizeof name, "%s, a device of 1 descriptor", o.w.name);
    play(at, name, with_one, sizeof with_one / sizeof *with_one);
    for (i = 0; i < sizeof maxima / sizeof *maxima; i++) {
        offer(maxima[i]);
        snprintf(name, sizeof name, "%s, a device of %u descriptors", o.w.name, maxima[i]);
        play_with_rings_of(at, name, maxima[i] < 4 ? 2
                                     : maxima[i] < VB_QUEUE_SIZE ? maxima[i] : VB_QUEUE_SIZE);
    }
}

int main(void)
{
    const ours_plan plain = {.name = NULL};

    tap_begin(60);
    on_both(&o, &s, plain, all);
    return tap_end();
}
