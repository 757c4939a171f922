/* The header against QEMU's devices on a PC, reached in every way that there is
 * to PCI configuration space. No firmware runs: where a row says so, the test
 * places the BARs as one would (machine_firmware). */
#include "tests/qtest/machines.h"
#include "tests/world/scenarios.h"

static machine pc;

/* What a PC's firmware leaves: ports 0xCF8 and 0xCFC, BARs with addresses. */
static void from_ports(stage *s, vb_machine *m)
{
    (void)s;
    need_ok(vb_machine_from_pc(m));
}

/* ECAM and a window, filled in by hand; the driver places the BARs itself. */
static void by_hand(stage *s, vb_machine *m)
{
    m->ecam = s->ecam;
    m->buses = 256;
    m->windows = 1;
    m->window[0].cpu = m->window[0].pci = pc.window;
    m->window[0].size = pc.window_bytes;
}

/* ECAM of one bus, and BARs that somebody placed: no window is needed. */
static void by_hand_placed(stage *s, vb_machine *m)
{
    m->ecam = s->ecam;
}

/* The caller's own functions, as a kernel with a PCI layer has them. */
static uint32_t config_read(void *user, uint32_t function, uint32_t offset)
{
    need(user == world_user(), "config_read got the wrong user pointer");
    need(offset % 4 == 0 && offset < 256, "config_read at %#x", offset);
    return (uint32_t)world_peek(pc.ecam + ((uint64_t)function << 12) + offset, 4);
}

static void config_write(void *user, uint32_t function, uint32_t offset, uint32_t value,
                         unsigned bytes)
{
    need(user == world_user(), "config_write got the wrong user pointer");
    need((bytes == 2 || bytes == 4) && offset % bytes == 0 && offset < 256,
         "config_write of %u bytes at %#x", bytes, offset);
    world_poke(pc.ecam + ((uint64_t)function << 12) + offset, bytes, value);
}

static void by_functions(stage *s, vb_machine *m)
{
    by_hand(s, m);
    m->ecam = 0;
    m->config_read = config_read;
    m->config_write = config_write;
}

static const struct row {
    const char *name, *gpu;
    int placed, vga;
    void (*describe)(stage *s, vb_machine *m);
    unsigned kept;
    int all;
} rows[] = {
    {"q35, ports", "", 1, 0, from_ports, 0, 1},
    {"q35, ECAM and a window", "", 0, 0, by_hand, 1, 1},
    {"q35, ECAM, placed BARs", "", 1, 0, by_hand_placed, 1, 0},
    {"q35, functions", "", 0, 0, by_functions, 0, 0},
    {"q35, virtio-vga, ports", NULL, 1, 1, from_ports, 0, 0},
    {"q35, virtio-vga, ECAM and a window", NULL, 0, 1, by_hand, 1, 0},
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
