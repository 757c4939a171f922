/* Where BARs go on a PC, whose firmware is the test; and what bridges mean. */
#include "tests/qtest/machines.h"
#include "tests/world/placing.h"

static machine pc;
static stage s;

/* What a bridge passes on is taken: memory, and prefetchable memory. */
static void nothing_is_taken_from_a_bridge(void *argument)
{
    vb_machine *m = stage_begin(argument);
    const uint64_t bridge = function_at(4);

    nothing_is_placed();
    world_poke(bridge + 0x20, 4, 0xc100c100);           /* base and limit, in MiB */
    world_poke(bridge + 0x24, 4, 0xc121c111);           /* the next two, of 64 bits */
    world_poke(bridge + 0x28, 4, 0);
    world_poke(bridge + 0x2c, 4, 0);
    world_poke(bridge + 4, 2, 6);
    both_work(m, 0);
    need(bar_of(CONSOLE, REGISTERS) >= 0xc1300000 && bar_of(GPU, REGISTERS) >= 0xc1300000,
         "BARs at %#llx and %#llx lie where the bridge listens",
         (unsigned long long)bar_of(CONSOLE, REGISTERS), (unsigned long long)bar_of(GPU, REGISTERS));
    world_poke(bridge + 4, 2, 0);
    world_poke(bridge + 0x24, 4, 0x0001fff1);
    stage_end(argument);
}

/* Bridges are named and not crossed, unless the caller says where. */
static void a_bridge_is_named(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();
    const uint64_t bridge = function_at(4);

    nothing_is_placed();
    need_code(vb_console_open(c, m, 1), VB_E_NOT_FOUND);
    need(world_traced("bridge") >= 1, "the bridge is named");
    need_code(vb_console_open_at(c, m, VB_PCI(1, 0, 0)), VB_E_CONFIG_ACCESS);

    /* The caller numbers the bus behind it and opens a window through it. */
    world_poke(bridge + 0x18, 4, 0x00010100);
    world_poke(bridge + 0x20, 4, 0xcf00cf00);
    world_poke(bridge + 4, 2, 6);
    m->buses = 256;
    need_code(vb_console_open_at(c, m, VB_PCI(1, 0, 0)), VB_E_BAR_EMPTY);
    world_poke(pc.ecam + (1 << 20) + 0x20, 4, 0xcf000000);
    world_poke(pc.ecam + (1 << 20) + 0x24, 4, 0);
    need_ok(vb_console_open_at(c, m, VB_PCI(1, 0, 0)));
    need(vb_console_print(c, "behind a bridge\n") == 16, "print");
    world_hear(1, "behind a bridge\n", 16);
    need_ok(vb_console_close(c));
    both_work(m, 0);                    /* and the first bus is reached again */
    stage_end(argument);
}

static const scenario of_bridges[] = {
    {"what a bridge passes on is taken", nothing_is_taken_from_a_bridge},
    {"a bridge is named, and crossed only on request", a_bridge_is_named},
};

int main(void)
{
    static const char *const more[] = {
        "-device", "virtio-net-pci,addr=3",
        "-device", "pcie-root-port,id=rp0,addr=4,chassis=1,bus=pcie.0",
        "-device", "virtio-serial-pci,id=far,bus=rp0",
        "-device", "virtconsole,bus=far.0,chardev=console1", NULL};

    tap_begin(60);
    tap_needs("qemu-system-x86_64");
    machine_start(&pc, Q35, "", "", more);
    machine_firmware(&pc, 0);
    s.w = &pc.w;
    s.describe = one_window;
    s.ecam = pc.ecam;
    s.kept = 1;
    play(&s, "q35", placing, sizeof placing / sizeof *placing);
    play(&s, "q35", of_bridges, sizeof of_bridges / sizeof *of_bridges);
    machine_stop(&pc);
    return tap_end();
}
