/* The scenarios under the eyes of a witness, who knows the rules that devices
 * forgive: order of the staircase, widths, rings, who may write what and when. */
#ifndef MANNERS_H
#define MANNERS_H

#include "tests/liar/witness.h"
#include "tests/world/scenarios.h"

static struct {
    witness w;
    uint64_t place;                     /* mmio: the slot; pci: the ECAM page */
    void (*describe)(stage *s, vb_machine *m);
    const scenario *scenario;
} watched;

/* stage_begin() has forgotten every filter: describing the machine is the moment
 * to post the witness again. */
static void under_watch(stage *s, vb_machine *m)
{
    watched.describe(s, m);
    witness_watch(&watched.w, s->w, s->mmio, watched.place);
}

static const scenario of_a_console[] = {
    {"prints", console_prints}, {"prints much", console_prints_much}, {"reads", console_reads},
    {"echoes", console_talks}, {"opens again", console_opens_again},
};

/* Which commands go out in how many kicks: all that design.md promises. */
static void need_commands(const char *what, unsigned kicks, unsigned count, const uint32_t *commands)
{
    unsigned i;

    need(watched.w.kicks == kicks, "%s: %lu kicks, not %u", what, watched.w.kicks, kicks);
    need(watched.w.requests == count, "%s: %u commands, not %u", what, watched.w.requests, count);
    for (i = 0; i < count; i++)
        need(watched.w.first[i] == commands[i], "%s: command %u is %#x, not %#x", what, i, watched.w.first[i], commands[i]);
    watched.w.kicks = watched.w.requests = 0;
}

static void commands_and_kicks(void *argument)
{
    enum { INFO = 0x100, CREATE, UNREF, SCANOUT, FLUSH, TRANSFER, ATTACH };
    static const uint32_t opening[] = {INFO, CREATE, ATTACH, SCANOUT, TRANSFER, FLUSH};
    static const uint32_t again[] = {INFO, CREATE, ATTACH, SCANOUT, TRANSFER, FLUSH, UNREF};
    static const uint32_t update[] = {TRANSFER, FLUSH, TRANSFER, FLUSH, TRANSFER, FLUSH};
    static const uint32_t closing[] = {SCANOUT, UNREF};
    static const vb_rect apart[3] = {{0, 0, 10, 10}, {100, 100, 10, 10}, {200, 0, 10, 10}};
    static const vb_rect over[3] = {{0, 0, 100, 100}, {50, 0, 100, 100}, {100, 0, 100, 100}};
    vb_machine *vm = stage_begin(argument);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 720);

    need_ok(vb_gpu_open(g, vm, 0, pixels, 1280 * 720 * 4));
    need_commands("open", 2, 6, opening);
    need_ok(vb_gpu_present(g, NULL, 0));
    need_commands("present", 1, 2, update);
    need_ok(vb_gpu_present(g, apart, 3));
    need_commands("present of three rectangles", 1, 6, update);
    need_ok(vb_gpu_present(g, over, 3));
    need_commands("present of overlapping ones", 1, 2, update);
    need_ok(vb_gpu_present(g, apart, 0));
    need_commands("present of nothing", 0, 0, update);
    need_ok(vb_gpu_open(g, vm, 0, pixels, 1280 * 720 * 4));
    need_commands("open again", 3, 7, again);
    need_ok(vb_gpu_close(g));
    need_commands("close", 1, 2, closing);
    watched.w.kicks = 1;                        /* for witness_closed */
    stage_end(argument);
}

static const scenario of_a_gpu[] = {
    {"draws", gpu_draws}, {"clips", gpu_clips}, {"presents", gpu_presents_some},
    {"opens at random sizes", gpu_opens_at_random_sizes}, {"knows formats", gpu_formats},
    {"takes 900 pages", gpu_takes_900_scattered_pages},
    {"sends its commands", commands_and_kicks},
};

static void play_watched(void *argument)
{
    watched.scenario->play(argument);
    witness_closed(&watched.w);
}

static void play_all_watched(stage *s, const char *where, const char *device, uint64_t place,
                             const scenario *list, size_t count)
{
    char text[160];
    size_t i;

    watched.place = place;
    for (i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%s: a %s %s by the rules", where, device, list[i].name);
        watched.scenario = &list[i];
        tap_run(text, play_watched, s);
    }
}

/* A console and a gpu by the rules, on a stage and at places of its ECAM or slots. */
static void play_manners(stage *s, const char *where, uint64_t console, uint64_t gpu)
{
    watched.describe = s->describe;
    s->describe = under_watch;
    play_all_watched(s, where, "console", console, of_a_console,
                     sizeof of_a_console / sizeof *of_a_console);
    play_all_watched(s, where, "gpu", gpu, of_a_gpu, sizeof of_a_gpu / sizeof *of_a_gpu);
    s->describe = watched.describe;
}

#endif
