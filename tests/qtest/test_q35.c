/* The header against QEMU's devices on a PC, reached in every way that there is
 * to PCI configuration space. No firmware runs: where a row says so, the test
 * places the BARs as one would (machine_firmware). */
#include "tests/qtest/machines.h"
#include "tests/world/scenarios.h"
#include "tests/world/ways.h"

static machine pc;

static const struct row {
    const char *name, *gpu;
    int placed, vga;
    void (*describe)(stage *s, vb_machine *m);
    unsigned kept;
    int all;
} rows[] = {
    {"q35, ports", "", 1, 0, from_ports, 0, 1},
    {"q35, ECAM and a window", "", 0, 0, by_ecam, 1, 1},
    {"q35, ECAM, placed BARs", "", 1, 0, by_ecam_placed, 1, 0},
    {"q35, functions", "", 0, 0, by_functions, 0, 0},
    {"q35, virtio-vga, ports", NULL, 1, 1, from_ports, 0, 0},
    {"q35, virtio-vga, ECAM and a window", NULL, 0, 1, by_ecam, 1, 0},
};

static void row_plays(const struct row *row)
{
    static const char *const vga[] = {"-device", "virtio-vga,id=gpu", NULL};
    static stage s;

    machine_start(&pc, Q35, row->gpu, "", row->vga ? vga : NULL);
    machine_firmware(&pc, row->placed);
    memset(&s, 0, sizeof s);
    s.w = &pc.w;
    s.describe = row->describe;
    s.ecam = pc.ecam;
    s.window = pc.window;
    s.window_bytes = pc.window_bytes;
    s.kept = row->kept;
    s.gpu_at = VB_PCI(0, row->vga ? 2 : 1, 0);
    s.console_at = VB_PCI(0, row->vga ? 1 : 2, 0);
    if (row->all)
        play(&s, row->name, all_scenarios, sizeof all_scenarios / sizeof *all_scenarios);
    else
        play(&s, row->name, short_scenarios, sizeof short_scenarios / sizeof *short_scenarios);
    machine_stop(&pc);
}

int main(void)
{
    size_t i;

    tap_begin(120);
    tap_needs("qemu-system-x86_64");
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        row_plays(&rows[i]);
    return tap_end();
}
