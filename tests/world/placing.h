/* Where BARs go (design rule 12): nothing that others decode may be covered,
 * whatever the firmware did or left undone. The stage has, on PCI, a gpu, a console
 * and one more device, each with registers in BAR 4 of 16 KiB and with 4 KiB in
 * BAR 1, and is described by one_window(). */
#ifndef PLACING_H
#define PLACING_H

#include "tests/world/scenarios.h"

/* What others occupy is guessed from the alignment of their addresses, so the
 * window begins where that is 16 MiB. */
static const uint64_t window = 0xc1000000, window_bytes = 0xf000000;

static uint64_t configuration;          /* the stage's ECAM */

static inline void one_window(stage *at, vb_machine *m)
{
    configuration = m->ecam = at->ecam;
    m->windows = 1;
    m->window[0].cpu = m->window[0].pci = window;
    m->window[0].size = window_bytes;
}

static uint64_t function_at(unsigned device)
{
    return configuration + ((uint64_t)device << 15);
}

static uint64_t bar_of(unsigned device, unsigned bar)
{
    const uint64_t at = function_at(device) + 0x10 + 4 * bar;
    const uint32_t low = (uint32_t)world_peek(at, 4);

    if ((low & 6) == 4)
        return (low & ~15u) | world_peek(at + 4, 4) << 32;
    return low & ~15u;
}

static void set_bar(unsigned device, unsigned bar, uint64_t address, int wide)
{
    const uint64_t at = function_at(device) + 0x10 + 4 * bar;

    world_poke(at, 4, address & 0xffffffff);
    if (wide)
        world_poke(at + 4, 4, address >> 32);
}

static void set_decode(unsigned device, int on)
{
    world_poke(function_at(device) + 4, 2, on ? 2 : 0);
}

static int apart(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a + a_bytes <= b || b + b_bytes <= a;
}

/* Devices: 1 gpu, 2 console, 3 another card, in the way. */
enum { GPU = 1, CONSOLE = 2, CARD = 3, REGISTERS = 4, REGISTER_BYTES = 0x4000 };

static void nothing_is_placed(void)
{
    unsigned device;

    for (device = GPU; device <= CARD; device++) {
        set_decode(device, 0);
        set_bar(device, 1, 0, 0);
        set_bar(device, REGISTERS, 0, 1);
    }
}

static void both_work(vb_machine *m, int by_place)
{
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 720);

    paint_pixels(pixels, 1280, 720, 3);
    need_ok(by_place ? vb_console_open_at(c, m, VB_PCI(0, CONSOLE, 0)) : vb_console_open(c, m, 0));
    need_ok(by_place ? vb_gpu_open_at(g, m, VB_PCI(0, GPU, 0), pixels, 1280 * 720 * 4)
                     : vb_gpu_open(g, m, 0, pixels, 1280 * 720 * 4));
    need(vb_console_print(c, "placed\n") == 7, "print");
    world_hear(0, "placed\n", 7);
    world_see("gpu", 0, pixels, 1280, 720, 1280);
    need_ok(vb_gpu_close(g));
    need_ok(vb_console_close(c));
}

static void need_apart(unsigned a, unsigned a_bar, uint64_t a_bytes, unsigned b, unsigned b_bar,
                       uint64_t b_bytes)
{
    const uint64_t at_a = bar_of(a, a_bar), at_b = bar_of(b, b_bar);

    need(at_a && at_b, "BAR %u of device %u: %#llx, BAR %u of device %u: %#llx", a_bar, a,
         (unsigned long long)at_a, b_bar, b, (unsigned long long)at_b);
    need(apart(at_a, a_bytes, at_b, b_bytes), "BAR %u of device %u (%#llx) lies on BAR %u of device %u (%#llx)",
         a_bar, a, (unsigned long long)at_a, b_bar, b, (unsigned long long)at_b);
}

static void neither_covers_the_other(void *argument)
{
    vb_machine *m = stage_begin(argument);

    nothing_is_placed();
    both_work(m, 0);
    need_apart(GPU, REGISTERS, REGISTER_BYTES, CONSOLE, REGISTERS, REGISTER_BYTES);
    need(bar_of(GPU, REGISTERS) % REGISTER_BYTES == 0, "naturally aligned");
    need(bar_of(GPU, 1) == 0 && bar_of(CONSOLE, 1) == 0, "BARs that nobody needs are left alone");
    need((world_peek(function_at(GPU) + 4, 2) & 7) == 2, "closed: decode on, bus mastering and I/O off");
    stage_end(argument);
}

/* The firmware placed the card where the window begins. It is only read. */
static void a_placed_card_keeps_its_place(void *argument)
{
    vb_machine *m = stage_begin(argument);

    nothing_is_placed();
    set_bar(CARD, REGISTERS, window, 1);
    set_decode(CARD, 1);
    both_work(m, 0);
    need(bar_of(CARD, REGISTERS) == window, "the card was moved");
    need_apart(CARD, REGISTERS, REGISTER_BYTES, CONSOLE, REGISTERS, REGISTER_BYTES);
    need_apart(CARD, REGISTERS, REGISTER_BYTES, GPU, REGISTERS, REGISTER_BYTES);
    stage_end(argument);
}

/* The same when the devices are opened by their places, without a scan. */
static void also_without_a_scan(void *argument)
{
    vb_machine *m = stage_begin(argument);

    nothing_is_placed();
    set_bar(CARD, REGISTERS, window, 1);
    set_decode(CARD, 1);
    both_work(m, 1);
    need_apart(CARD, REGISTERS, REGISTER_BYTES, CONSOLE, REGISTERS, REGISTER_BYTES);
    need_apart(CARD, REGISTERS, REGISTER_BYTES, GPU, REGISTERS, REGISTER_BYTES);
    stage_end(argument);
}

/* Everything in place: a driver with a window moves nothing. */
static void what_is_placed_stays(void *argument)
{
    vb_machine *m = stage_begin(argument);
    const uint64_t gpu = window + 0x700000, console = window + 0x704000;

    nothing_is_placed();
    set_bar(GPU, REGISTERS, gpu, 1);
    set_bar(CONSOLE, REGISTERS, console, 1);
    both_work(m, 0);
    need(bar_of(GPU, REGISTERS) == gpu && bar_of(CONSOLE, REGISTERS) == console, "a BAR was moved");
    stage_end(argument);
}

/* An address outside every window can't be right: it is placed anew. */
static void what_lies_outside_is_placed(void *argument)
{
    vb_machine *m = stage_begin(argument);

    nothing_is_placed();
    set_bar(GPU, REGISTERS, 0x9000000000, 1);
    both_work(m, 0);
    need(bar_of(GPU, REGISTERS) >= window &&
         bar_of(GPU, REGISTERS) < window + window_bytes, "BAR 4 at %#llx",
         (unsigned long long)bar_of(GPU, REGISTERS));
    stage_end(argument);
}

/* Its own BAR 1 is decoded at the window's start, the other has no address yet. */
static void a_device_does_not_cover_itself(void *argument)
{
    vb_machine *m = stage_begin(argument);

    nothing_is_placed();
    set_bar(CONSOLE, 1, window, 0);
    set_decode(CONSOLE, 1);
    both_work(m, 0);
    need_apart(CONSOLE, 1, 0x1000, CONSOLE, REGISTERS, REGISTER_BYTES);
    need_apart(CONSOLE, 1, 0x1000, GPU, REGISTERS, REGISTER_BYTES);
    stage_end(argument);
}

/* Below 4 GiB first; above only what does not fit there. */
static void high_when_low_is_full(void *argument)
{
    vb_machine *m = stage_begin(argument);
    const uint64_t high = 0x800000000;

    nothing_is_placed();
    m->windows = 2;
    m->window[0].cpu = m->window[0].pci = high;         /* in any order */
    m->window[0].size = 0x10000000;
    m->window[0].prefetchable = 1;
    m->window[1].cpu = m->window[1].pci = window;
    m->window[1].size = REGISTER_BYTES;                 /* room for one */
    m->window[1].prefetchable = 0;
    both_work(m, 0);
    need(bar_of(CONSOLE, REGISTERS) == window, "the first goes low: %#llx",
         (unsigned long long)bar_of(CONSOLE, REGISTERS));
    need(bar_of(GPU, REGISTERS) >= high && bar_of(GPU, REGISTERS) < high + 0x10000000,
         "the second goes high: %#llx", (unsigned long long)bar_of(GPU, REGISTERS));
    stage_end(argument);
}

/* CPU and PCI addresses of the window differ: the driver maps the CPU's. Nothing
 * answers there on this machine, so what is looked at is the address asked for. */
static uint64_t asked_at;

static void look_at_reads(void *self, uint64_t at, unsigned bytes, uint64_t *value)
{
    (void)self;
    (void)bytes;
    (void)value;
    if (at >= 0x200000000)
        asked_at = at;
}

static void windows_translate(void *argument)
{
    static const world_filter look = {.read = look_at_reads};
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();
    char last[256];

    nothing_is_placed();
    asked_at = 0;
    m->window[0].cpu = window + 0x200000000;
    world_filter_set(&look);
    need(vb_console_open(c, m, 0) < 0, "registers that are not there answered");
    need(asked_at >= m->window[0].cpu && asked_at < m->window[0].cpu + m->window[0].size,
         "registers were looked for at %#llx", (unsigned long long)asked_at);
    need(bar_of(CONSOLE, REGISTERS) >= window &&
         bar_of(CONSOLE, REGISTERS) < window + window_bytes, "the BAR holds the PCI address");
    world_here()->complaints(world_here(), last, sizeof last);          /* reads of nothing */
    stage_end(argument);
}

static const scenario placing[] = {
    {"two devices get places of their own", neither_covers_the_other},
    {"a card that the firmware placed keeps its place", a_placed_card_keeps_its_place},
    {"also when nothing was scanned", also_without_a_scan},
    {"what is placed stays", what_is_placed_stays},
    {"what lies outside the windows is placed anew", what_lies_outside_is_placed},
    {"a device does not cover itself", a_device_does_not_cover_itself},
    {"high addresses when the low ones are used up", high_when_low_is_full},
    {"a window may have two addresses", windows_translate},
};

#endif
