/* The scenarios under the eyes of a witness, who knows the rules that QEMU
 * forgives: order of the staircase, widths, rings, who may write what and when. */
#include "tests/liar/witness.h"
#include "tests/world/scenarios.h"
#include "tests/qtest/setting.h"

static machine m;
static stage s;
static witness w;
static uint64_t watched;

/* stage_begin() has forgotten every filter: describing the machine is the moment
 * to post the witness again. */
static void under_watch(stage *at, vb_machine *vm)
{
    from_the_tree(at, vm);
    witness_watch(&w, &m.w, m.mmio, watched);
}

static const scenario of_a_console[] = {
    {"prints", console_prints}, {"prints much", console_prints_much}, {"reads", console_reads},
    {"echoes", console_talks}, {"opens again", console_opens_again},
};


/* Which commands go out in how many kicks: all that design.md promises. */
static void need_commands(const char *what, unsigned kicks, unsigned count, const uint32_t *commands)
{
    unsigned i;

    need(w.kicks == kicks, "%s: %lu kicks, not %u", what, w.kicks, kicks);
    need(w.requests == count, "%s: %u commands, not %u", what, w.requests, count);
    for (i = 0; i < count; i++)
        need(w.first[i] == commands[i], "%s: command %u is %#x, not %#x", what, i, w.first[i], commands[i]);
    w.kicks = w.requests = 0;
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
    w.kicks = 1;                        /* for witness_closed */
    stage_end(argument);
}

static const scenario of_a_gpu[] = {
    {"draws", gpu_draws}, {"clips", gpu_clips}, {"presents", gpu_presents_some},
    {"opens at random sizes", gpu_opens_at_random_sizes}, {"knows formats", gpu_formats},
    {"takes 900 pages", gpu_takes_900_scattered_pages},
    {"sends its commands", commands_and_kicks},
};

static const scenario *watched_scenario;

static void play_watched(void *argument)
{
    watched_scenario->play(argument);
    witness_closed(&w);
}

static void all_of(const char *device, uint64_t place, const scenario *list, size_t count)
{
    char text[160];
    size_t i;

    watched = place;
    for (i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%s: a %s %s by the rules", machine_kind_name(m.kind), device,
                 list[i].name);
        watched_scenario = &list[i];
        tap_run(text, play_watched, &s);
    }
}

static void all_on(machine_kind kind, const char *gpu, const char *serial)
{
    machine_start(&m, kind, gpu, serial, NULL);
    set_stage(&s, &m);
    s.describe = under_watch;
    all_of("console", m.mmio ? 0x0a003c00 : m.ecam + (2 << 15), of_a_console,
           sizeof of_a_console / sizeof *of_a_console);
    all_of("gpu", m.mmio ? 0x0a003e00 : m.ecam + (1 << 15), of_a_gpu,
           sizeof of_a_gpu / sizeof *of_a_gpu);
    machine_stop(&m);
}

int main(void)
{
    tap_begin(120);
    tap_needs("qemu-system-aarch64");
    all_on(VIRT_PCI, "", "");
    all_on(VIRT_PCI, "iommu_platform=on", "iommu_platform=on,disable-legacy=on");
    all_on(VIRT_MMIO, "", "");
    return tap_end();
}
