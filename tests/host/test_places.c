/* Where registers are: BARs that the driver places, or a firmware did, anywhere in 64
 * bits; BARs that somebody moves; and every way to configuration space. */
#include "tests/host/setting.h"
#include "tests/world/placing.h"
#include "tests/world/ways.h"

static ours o;
static stage s;

static void begin(const ours_plan *plan)
{
    ours_start(&o, plan);
    set_stage(&s, &o);
}

/* ---- windows anywhere ---- */

static const struct {
    const char *name;
    uint64_t base, bytes;
    const struct virtio_layout *layout;
} anywhere[] = {
    {"at 2 GiB", 0x80000000, 0x100000, NULL},
    {"at 2 GiB, 32 bits wide", 0x80000000, 0x100000, &virtio_layout_32},
    {"below 4 GiB, to the last byte", 0xffff8000, 0x8000, NULL},
    {"below 4 GiB, 32 bits wide", 0xffff8000, 0x8000, &virtio_layout_32},
    {"across 4 GiB", 0xffffc000, 0x8000, NULL},
    {"above 4 GiB", 0x100000000, 0x8000, NULL},
    {"at 256 GiB", 0x4000000000, 0x1000000, NULL},
    {"at the end of 64 bits", 0xffffffffffe00000, 0x100000, NULL},
};

static void windows_anywhere(void)
{
    char name[100];
    size_t i;
    int placed;

    for (i = 0; i < sizeof anywhere / sizeof *anywhere; i++)
        for (placed = 0; placed < 2; placed++) {
            const ours_plan plan = {.window = {{anywhere[i].base, anywhere[i].bytes}},
                                    .layout = anywhere[i].layout, .placed = placed};

            begin(&plan);
            snprintf(name, sizeof name, "registers %s, %s", anywhere[i].name,
                     placed ? "placed by firmware" : "placed by the driver");
            play(&s, name, short_scenarios, sizeof short_scenarios / sizeof *short_scenarios);
            ours_stop(&o);
        }
}

/* A BAR of 32 bits and no room below 4 GiB. */
static void no_room_for_32_bits(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();

    need_code(vb_console_open(c, m, 0), VB_E_NO_ROOM);
    stage_end(argument);
}

/* ---- somebody moves a BAR ---- */

static const struct {
    const char *name;
    uint64_t to[2];
} moves[] = {
    {"below 4 GiB", {0x20000000, 0x30004000}},
    {"above 4 GiB and back", {0x8000000000, 0x10100000}},
    {"from high to high", {0x9000000000, 0xa000004000}},
};

static void forget_complaints(void)
{
    char last[256];

    o.w.complaints(&o.w, last, sizeof last);
}

static void move(unsigned device, uint64_t address)
{
    const uint64_t command = world_peek(function_at(device) + 4, 2);
    const uint64_t before = bar_of(device, REGISTERS);

    need(world_peek(before + 0x14, 1) != 0xff, "nothing answers where the BAR is");
    world_poke(function_at(device) + 4, 2, command & ~(uint64_t)2);
    need(world_peek(before + 0x14, 1) == 0xff, "something answers while decode is off");
    forget_complaints();
    set_bar(device, REGISTERS, address, 1);
    world_poke(function_at(device) + 4, 2, command);
}

/* Twice under a live driver. The first call that needs a register finds all ones where
 * they were; opening again finds them where they are. */
static void moved_twice(void *argument)
{
    enum { SIDE = 64 };
    size_t row, k;

    for (row = 0; row < sizeof moves / sizeof *moves; row++) {
        vb_machine *m = stage_begin(argument);
        vb_console *c = new_console();
        vb_gpu *g = new_gpu();
        uint32_t *pixels = new_pixels(1280, 800);

        configuration = s.ecam;
        world_clock(1000);
        need_ok(vb_console_open(c, m, 0));
        need_ok(vb_gpu_open(g, m, 0, pixels, 1280 * 800 * 4));
        for (k = 0; k < 2; k++) {
            const uint64_t before = bar_of(GPU, REGISTERS), to = moves[row].to[k];
            int code;

            move(GPU, to);
            need(world_peek(before + 0x14, 1) == 0xff, "%s: something answers where the BAR was",
                 moves[row].name);
            need(world_peek(to + 0x14, 1) == 15, "%s: the status is %#llx where the BAR is",
                 moves[row].name, (unsigned long long)world_peek(to + 0x14, 1));
            code = vb_gpu_present(g, NULL, 0);
            need(code == VB_E_GONE, "%s, move %zu: present returns %s", moves[row].name, k + 1,
                 vb_error_name(code));
            need(vb_console_print(c, "here\n") == 5, "the other device was not moved");
            world_hear(0, "here\n", 5);
            forget_complaints();
            paint_pixels(pixels, 1280, 800, (uint32_t)k);
            need_ok(vb_gpu_open(g, m, 0, pixels, 1280 * 800 * 4));
            world_see("gpu", 0, pixels, 1280, 800, 1280);
            need(bar_of(GPU, REGISTERS) == to, "%s: the driver moved it back", moves[row].name);
        }
        need_ok(vb_gpu_close(g));
        need_ok(vb_console_close(c));
        stage_end(argument);
    }
}

/* Away and back while the driver looks elsewhere: nothing was lost. */
static void moved_and_back(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 800);
    uint64_t home;
    uint32_t i;

    configuration = s.ecam;
    need_ok(vb_gpu_open(g, m, 0, pixels, 1280 * 800 * 4));
    home = bar_of(GPU, REGISTERS);
    for (i = 0; i < 2; i++) {
        move(GPU, 0x9000000000);
        move(GPU, home);
        paint_pixels(pixels, 1280, 800, i);
        need_ok(vb_gpu_present(g, NULL, 0));
        world_see("gpu", 0, pixels, 1280, 800, 1280);
    }
    need_ok(vb_gpu_close(g));
    stage_end(argument);
}

/* Without bus mastering a device reads and writes no RAM. */
static void no_memory_without_mastering(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();

    configuration = s.ecam;
    need_ok(vb_console_open(c, m, 0));
    world_poke(function_at(CONSOLE) + 4, 2, 2);
    need(vb_console_print(c, "unheard\n") == 8, "print");
    world_hear_nothing(0);
    forget_complaints();
    world_poke(function_at(CONSOLE) + 4, 2, 6);
    need(vb_console_print(c, "heard\n") == 6, "print");
    world_hear(0, "unheard\nheard\n", 14);
    need_ok(vb_console_close(c));
    stage_end(argument);
}

static const scenario moving[] = {
    {"a BAR is moved twice under a live driver", moved_twice},
    {"a BAR is moved and back", moved_and_back},
    {"bus mastering is turned off for a while", no_memory_without_mastering},
};

/* ---- every way to configuration space ---- */

static const struct {
    const char *name;
    int placed;
    void (*describe)(stage *s, vb_machine *m);
    unsigned kept;
} ways[] = {
    {"ports", 1, from_ports, 0},
    {"ECAM and a window", 0, by_ecam, 1},
    {"ECAM, placed BARs", 1, by_ecam_placed, 1},
    {"functions", 0, by_functions, 0},
};

static void every_way(void)
{
    size_t i;

    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        const ours_plan plan = {.placed = ways[i].placed, .msix = 1};

        begin(&plan);
        s.describe = ways[i].describe;
        s.kept = ways[i].kept;
        play(&s, ways[i].name, all_scenarios, sizeof all_scenarios / sizeof *all_scenarios);
        ours_stop(&o);
    }
}

int main(void)
{
    const ours_plan plain = {.placed = 0}, high = {.window = {{0x4000000000, 0x1000000}},
                                                   .layout = &virtio_layout_32};
    const ours_plan pc = {.window = {{window, window_bytes}, {0x800000000, 0x10000000}},
                          .ecam = 0xb0000000, .rng = CARD, .msix = 1};

    tap_begin(60);
    windows_anywhere();

    begin(&high);
    tap_run("a BAR of 32 bits and no room below 4 GiB", no_room_for_32_bits, &s);
    ours_stop(&o);

    begin(&pc);
    s.describe = one_window;
    play(&s, "ours", placing, sizeof placing / sizeof *placing);
    ours_stop(&o);

    begin(&plain);
    play(&s, "ours", moving, sizeof moving / sizeof *moving);
    ours_stop(&o);

    every_way();
    return tap_end();
}
