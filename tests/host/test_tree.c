/* Device trees, that of our devices among them; and the driver on what it reads there. */
#include "tests/host/setting.h"
#include "tests/world/trees.h"

static ours o;
static stage s;
static uint32_t own_tree[8192];

static void describe_host(void)
{
    const uint64_t low = o.plan.window[0].base, high = o.plan.window[1].base;
    const uint64_t low_bytes = o.plan.window[0].bytes, high_bytes = o.plan.window[1].bytes;

    node("pcie@0");
    CELLS("#address-cells", 3);
    CELLS("#size-cells", 2);
    text("compatible", "pci-host-ecam-generic");
    CELLS("reg", (uint32_t)(s.ecam >> 32), (uint32_t)s.ecam, 0, 0x100000);
    CELLS("bus-range", 0, 0);
    CELLS("ranges", 0x02000000, 0, (uint32_t)low, 0, (uint32_t)low, 0, (uint32_t)low_bytes,
          0x43000000, (uint32_t)(high >> 32), (uint32_t)high, (uint32_t)(high >> 32),
          (uint32_t)high, (uint32_t)(high_bytes >> 32), (uint32_t)high_bytes);
    end();
}

/* As our VMMs have it: memory, a host, slots, and words for the kernel. */
static void write_own_tree(void)
{
    unsigned i;

    begin_tree();
    node("memory@40000000");
    text("device_type", "memory");
    CELLS("reg", 0, (uint32_t)o.plan.ram, 0, MEMORY_BYTES);
    end();
    node("chosen");
    text("bootargs", "exit demo=squares");
    end();
    for (i = OURS_SLOTS; i-- > 0; )
        slot("virtio_mmio", OURS_SLOT_AT + i * MMIO_SLOT_BYTES);
    describe_host();
    end();
    memcpy(own_tree, finish_tree(), sizeof t.blob);
    s.dtb = own_tree;
}

static void from_own_tree(stage *at, vb_machine *m)
{
    need_ok(vb_machine_from_dtb(m, at->dtb));
}

static void all(stage *at)
{
    char name[80];

    write_own_tree();
    snprintf(name, sizeof name, "%s, by its tree", o.w.name);
    at->describe = from_own_tree;
    play(at, name, short_scenarios, sizeof short_scenarios / sizeof *short_scenarios);
    at->describe = as_it_is;
    if (at->mmio)
        play(at, "tree", trees, sizeof trees / sizeof *trees);
}

int main(void)
{
    const ours_plan plain = {.name = NULL};

    tap_begin(60);
    on_both(&o, &s, plain, all);
    return tap_end();
}
