/* A driver without VB_MAP, as kernels without paging have it: registers are pointers.
 * Where pointers have 32 bits (test_armv7.sh) that reaches only 4 GiB, and says so. */
#define DRIVER_MAPS_NOTHING
#include "tests/host/setting.h"
#include "tests/world/scenarios.h"

static ours o;
static stage s;

static const struct row {
    const char *name;
    ours_plan plan;
    int high;                           /* beyond a pointer of 32 bits */
} rows[] = {
    {"pci, all below 4 GiB", {.ecam = 0x3f000000, .window = {{0x80000000, 0x1000000}}}, 0},
    {"pci, to the last byte below 4 GiB",
     {.ecam = 0x3f000000, .window = {{0xffff8000, 0x8000}}}, 0},
    {"pci, a window above 4 GiB", {.ecam = 0x3f000000, .window = {{0x100000000, 0x10000}}}, 1},
    {"pci, placed above 4 GiB",
     {.ecam = 0x3f000000, .window = {{0x100000000, 0x10000}}, .placed = 1}, 1},
    {"pci, configuration space above 4 GiB", {.window = {{0x80000000, 0x1000000}}}, 1},
    {"mmio", {.mmio = 1, .ecam = 0x3f000000}, 0},
};

static void is_out_of_reach(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 720);

    need_code(vb_console_open(c, m, 0), VB_E_UNREACHABLE);
    need(c->device.failure.value > UINTPTR_MAX, "value holds the address: %#llx",
         (unsigned long long)c->device.failure.value);
    need_code(vb_gpu_open(g, m, 0, pixels, 1280 * 720 * 4), VB_E_UNREACHABLE);
    stage_end(argument);
}

int main(void)
{
    static const scenario refused[] = {{"devices are out of reach", is_out_of_reach}};
    size_t i;

    tap_begin(60);
    world_identity(1);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        ours_start(&o, &rows[i].plan);
        set_stage(&s, &o);
        if (rows[i].high && UINTPTR_MAX == 0xffffffff)
            play(&s, rows[i].name, refused, 1);
        else
            play(&s, rows[i].name, short_scenarios,
                 sizeof short_scenarios / sizeof *short_scenarios);
        ours_stop(&o);
    }
    return tap_end();
}
