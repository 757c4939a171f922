/* The habits of Virtualization.framework's machine, as its guests told of it (--machine vz of our
 * VMMs): registers in BAR 0 of 64 bits, beside a small BAR 2; addresses that stick only in windows;
 * one BAR that has an address already; a status that counts when it is read; a gpu without EDID,
 * that comes late or does not answer. The header must not mind. */
#include "tests/host/setting.h"
#include "tests/world/scenarios.h"

enum { CONSOLE_BAR = 0x5000c000, PIXELS = 1280 * 800 * 4 };

static ours o;
static stage s;

/* The windows are those of its device tree: none is prefetchable, none is a slot. */
static void describe_vz(stage *at, vb_machine *m)
{
    unsigned i;

    m->ecam = at->ecam;
    m->windows = o.pci.windows;
    for (i = 0; i < o.pci.windows; i++) {
        m->window[i].cpu = m->window[i].pci = o.pci.window[i].base;
        m->window[i].size = o.pci.window[i].bytes;
    }
}

/* `each` gpus and consoles; the rows of machine.c's tables, as far as they concern a driver. */
static void start(unsigned each)
{
    const ours_plan plan = {
        .name = "vz", .each = each, .rng = OURS_RNG, .ram = 0x70000000, .ecam = 0x40000000,
        .window = {{0x50000000, 0x1ffe0000}, {0x100000000, 0x40000000}}, .msix = 1,
        .layout = &virtio_layout_vz
    };
    unsigned i;

    ours_start(&o, &plan);
    o.pci.has_no_strays = true;
    for (i = 0; i < each; i++)
        o.gpu[i].vdev.offered &= ~GPU_EDID;
    set_stage(&s, &o);
    s.describe = describe_vz;
    pci_config_write(&o.pci, OURS_CONSOLE, PCI_BAR, 4, CONSOLE_BAR);
}

/* ---- addresses ---- */

/* Of the registers: BAR 0 and its upper half, BAR 1. */
static unsigned long long registers_of(unsigned device)
{
    return (pci_config_read(&o.pci, device, PCI_BAR, 4) & ~15u)
         | (unsigned long long)pci_config_read(&o.pci, device, PCI_BAR + 4, 4) << 32;
}

static void placed_where_it_should(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();

    need_ok(vb_console_open(c, m, 0));
    need(registers_of(OURS_CONSOLE) == CONSOLE_BAR, "the console's BAR was moved to %#llx",
         registers_of(OURS_CONSOLE));
    need_ok(vb_gpu_open(g, m, 0, new_pixels(1280, 800), PIXELS));
    need(registers_of(OURS_GPU) - s.window < s.window_bytes, "the gpu's BAR is at %#llx",
         registers_of(OURS_GPU));
    need(pci_config_read(&o.pci, OURS_GPU, PCI_BAR + 8, 4) == 0,
         "BAR 2, which nobody needs, was placed");
    need_ok(vb_gpu_close(g));
    need_ok(vb_console_close(c));
    stage_end(argument);
}

/* The console's BAR has its address before the console is opened, and does not answer there yet:
 * whoever is placed before it or after it must not lie over it, nor it over them. */
static unsigned before_it;              /* so many others are opened before the console */

static void none_over_another(void *argument)
{
    static const unsigned slots[] = {OURS_GPU, OURS_GPU_2, OURS_CONSOLE_2, OURS_RNG, OURS_CONSOLE};
    enum { DEVICES = sizeof slots / sizeof *slots };
    vb_machine *m = stage_begin(argument);
    vb_gpu *g = new_gpu(), *g2 = new_gpu();
    vb_console *c = new_console(), *c2 = new_console();
    vb_device *r = world_scattered(sizeof *r, 8);
    const vb_device_desc rng = {.type = 4};
    unsigned i, k;

    for (i = 0; i < DEVICES; i++) {
        if (i == before_it)
            need_ok(vb_console_open(c, m, 0));
        switch (i) {
        case 0: need_ok(vb_gpu_open(g, m, 0, new_pixels(1280, 800), PIXELS)); break;
        case 1: need_ok(vb_gpu_open(g2, m, 1, new_pixels(1280, 800), PIXELS)); break;
        case 2: need_ok(vb_console_open(c2, m, 1)); break;
        case 3: need_ok(vb_device_open(r, m, &rng)); break;
        default: break;
        }
    }
    for (i = 0; i < DEVICES; i++)
        for (k = 0; k < i; k++)
            need(registers_of(slots[i]) != registers_of(slots[k]),
                 "%u others first: devices %u and %u both lie at %#llx", before_it, slots[i],
                 slots[k], registers_of(slots[i]));
    need(vb_console_print(c, "heard\n") == 6, "print");
    world_hear(0, "heard\n", 6);
    need_ok(vb_device_close(r));
    need_ok(vb_console_close(c));
    need_ok(vb_console_close(c2));
    need_ok(vb_gpu_close(g2));
    need_ok(vb_gpu_close(g));
    stage_end(argument);
}

/* Windows that the host has not: nothing sticks, and the header sees it. */
static void strays_are_seen(void *argument)
{
    static const uint64_t elsewhere[] = {0x80000000, 0x280000000};
    size_t i;

    for (i = 0; i < 2; i++) {
        vb_machine *m = stage_begin(argument);
        vb_gpu *g = new_gpu();

        m->windows = 1;
        m->window[0].cpu = m->window[0].pci = elsewhere[i];
        m->window[0].size = 0x10000000;
        need_code(vb_gpu_open(g, m, 0, new_pixels(1280, 800), PIXELS), VB_E_BAR_REFUSED);
        need(registers_of(OURS_GPU) == 0, "%#llx stuck", registers_of(OURS_GPU));
        stage_end(argument);
    }
}

/* ---- a gpu that comes late ---- */

static void late(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 800);
    int i;

    o.function[0].pci.hidden = true;
    need_ok(vb_console_open(c, m, 0));
    for (i = 0; i < 20; i++)
        need_code(vb_gpu_open(g, m, 0, pixels, PIXELS), VB_E_NOT_FOUND);
    o.function[0].pci.hidden = false;
    need_ok(vb_gpu_open(g, m, 0, pixels, PIXELS));
    paint_pixels(pixels, 1280, 800, 5);
    need_ok(vb_gpu_present(g, NULL, 0));
    world_see("gpu", 0, pixels, 1280, 800, 1280);
    need_ok(vb_gpu_close(g));
    need_ok(vb_console_close(c));
    stage_end(argument);
}

/* ---- a gpu that does not tell its display ---- */

static void mute(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 800);
    uint64_t began;
    uint32_t i;

    o.gpu[0].mute = true;
    world_clock(10);
    began = world_now_us();
    need_ok(vb_gpu_open(g, m, 0, pixels, PIXELS));
    need(world_now_us() - began < VB_TIMEOUT_US / 2, "it took %llu us",
         (unsigned long long)(world_now_us() - began));
    need(g->display_width == 0 && g->width == 1280 && g->height == 720, "%ux%u on %ux%u", g->width,
         g->height, g->display_width, g->display_height);
    for (i = 0; i < 50; i++) {
        paint_pixels(pixels, 1280, 720, i);
        need_ok(vb_gpu_present(g, NULL, 0));
    }
    world_see("gpu", 0, pixels, 1280, 720, 1280);
    need_ok(vb_gpu_close(g));
    need_ok(vb_gpu_open(g, m, 0, pixels, PIXELS));
    need(g->display_width == 1280 && g->display_height == 800, "asked again, it tells %ux%u",
         g->display_width, g->display_height);
    need_ok(vb_gpu_close(g));
    stage_end(argument);
}

/* Each on a machine of its own: what was placed in one is placed no more. */
static const struct {
    unsigned each;
    scenario what;
} quirks[] = {
    {1, {"BARs are placed in the window, the console's stays", placed_where_it_should}},
    {1, {"an address outside of the windows does not stick", strays_are_seen}},
    {1, {"a gpu comes late", late}},
    {1, {"a gpu leaves its first GET_DISPLAY_INFO unanswered", mute}},
};

int main(void)
{
    size_t i;

    tap_begin(60);
    start(1);
    play(&s, "vz", all_scenarios, sizeof all_scenarios / sizeof *all_scenarios);
    ours_stop(&o);
    for (i = 0; i < sizeof quirks / sizeof *quirks; i++) {
        start(quirks[i].each);
        play(&s, "vz", &quirks[i].what, 1);
        ours_stop(&o);
    }
    for (before_it = 0; before_it < 5; before_it++) {
        static const scenario over = {"no BAR lies over another", none_over_another};

        start(2);
        play(&s, "vz", &over, 1);
        ours_stop(&o);
    }
    return tap_end();
}
