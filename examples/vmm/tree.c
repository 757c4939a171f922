/* tree.c - the device tree, written node after node by libfdt.
 *
 *      /                       memory@, chosen
 *      cpus/cpu@0, psci, timer, intc@          arm64's own
 *      uart@, virtio_mmio@..., pcie@           what machine.c made
 *
 * Addresses and sizes are two cells each. Numbers of interrupts are those of the GIC: kind (0: SPI,
 * shared; 1: PPI, the CPU's own), number, trigger (4: level, high).
 */
#include "tree.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

enum { GIC = 1, CLOCK, V2M };            /* phandles: the names by which nodes are referred to */
enum { SPI = 0, PPI = 1, LEVEL_HIGH = 4 };

/* A tree being written. The first thing that libfdt refuses is kept: what is written after it does
 * no harm, and is thrown away. */
struct writer {
    void       *tree;
    int         error;
    const char *where;                  /* the node or property that it refused */
};

static void check(struct writer *w, int result, const char *where)
{
    if (w->error == 0 && result != 0) {
        w->error = result;
        w->where = where;
    }
}

/* ---- Nodes and properties ------------------------------------------------------------------- */

static void begin(struct writer *w, const char *name)
{
    check(w, fdt_begin_node(w->tree, name), name);
}

static void begin_at(struct writer *w, const char *name, uint64_t address)
{
    char full[40];

    snprintf(full, sizeof full, "%s@%llx", name, (unsigned long long)address);
    check(w, fdt_begin_node(w->tree, full), name);
}

static void end(struct writer *w)
{
    check(w, fdt_end_node(w->tree), "the end of a node");
}

static void bytes(struct writer *w, const char *name, const void *value, size_t size)
{
    check(w, fdt_property(w->tree, name, value, (int)size), name);
}

static void text(struct writer *w, const char *name, const char *value)
{
    bytes(w, name, value, strlen(value) + 1);
}

static void flag(struct writer *w, const char *name)
{
    bytes(w, name, NULL, 0);
}

enum { MOST_CELLS = 160 };              /* four devices, four pins, ten cells each */

static void cells(struct writer *w, const char *name, const uint32_t *cell, unsigned count)
{
    uint32_t big[MOST_CELLS];

    for (unsigned i = 0; i < count; i++)
        big[i] = cpu_to_fdt32(cell[i]);
    bytes(w, name, big, count * sizeof big[0]);
}

#define CELLS(w, name, ...)                                                                        \
    cells(w, name, (const uint32_t[]){ __VA_ARGS__ },                                              \
          sizeof (const uint32_t[]){ __VA_ARGS__ } / sizeof(uint32_t))

#define TWO(n) (uint32_t)((uint64_t)(n) >> 32), (uint32_t)(n)

/* ---- What every machine has ------------------------------------------------------------------ */

static void memory(struct writer *w, const struct machine *m)
{
    for (unsigned i = 0; i < m->memory.count; i++) {
        const struct guest_region *r = &m->memory.region[i];

        begin_at(w, "memory", r->base);
        text(w, "device_type", "memory");
        CELLS(w, "reg", TWO(r->base), TWO(r->bytes));
        end(w);
    }
}

static void chosen(struct writer *w, const struct machine *m, const struct options *o)
{
    char uart[40];

    begin(w, "chosen");
    text(w, "bootargs", o->append);
    if (m->initrd_bytes != 0) {
        CELLS(w, "linux,initrd-start", TWO(m->initrd));
        CELLS(w, "linux,initrd-end", TWO(m->initrd + m->initrd_bytes));
    }
    if (m->map->arch == ARCH_AARCH64 && m->map->uart != 0) {
        snprintf(uart, sizeof uart, "/pl011@%llx", (unsigned long long)m->map->uart);
        text(w, "stdout-path", uart);
    }
    end(w);
}

/* Devices that only poll need no line; where there is no controller that the tree could name, it
 * names none. */
static void interrupt(struct writer *w, const struct machine *m, unsigned line)
{
    if (m->gic_version != 0)
        CELLS(w, "interrupts", SPI, line, LEVEL_HIGH);
}

static void slots(struct writer *w, const struct machine *m)
{
    for (unsigned i = 0; m->has_slots && i < m->map->slot_count; i++) {
        uint64_t at = m->map->slots + i * m->map->slot_stride;

        begin_at(w, "virtio_mmio", at);
        text(w, "compatible", "virtio,mmio");
        CELLS(w, "reg", TWO(at), TWO(MMIO_SLOT_BYTES));
        interrupt(w, m, m->map->slot_line + i);
        flag(w, "dma-coherent");
        end(w);
    }
}

/* ---- PCI ------------------------------------------------------------------------------------ */

/* ranges: what kind of PCI address (3 cells), where the CPU sees it (2), size (2). Ports have
 * numbers from 0 on. */
static void windows(struct writer *w, const struct map *map)
{
    enum { PORTS = 0x01000000, MEMORY_32 = 0x02000000, MEMORY_64 = 0x03000000, CELLS_EACH = 7 };
    const uint32_t all[3][CELLS_EACH] = {
        { PORTS, TWO(0), TWO(map->ports), TWO(map->ports_bytes) },
        { MEMORY_32, TWO(map->window), TWO(map->window), TWO(map->window_bytes) },
        { MEMORY_64, TWO(map->window64), TWO(map->window64), TWO(map->window64_bytes) },
    };
    const bool is_there[3] = { map->ports_bytes, map->window_bytes, map->window64_bytes };
    uint32_t ranges[3 * CELLS_EACH];
    unsigned count = 0;

    for (unsigned i = 0; i < 3; i++)
        for (unsigned cell = 0; cell < CELLS_EACH && is_there[i]; cell++)
            ranges[count++] = all[i][cell];
    cells(w, "ranges", ranges, count);
}

/* interrupt-map: device (3 cells, of which the mask leaves the device's number) and pin, then
 * controller and its own cells. Each device's INTA leads to another of four lines. The GIC's node
 * has #address-cells 2, so two cells of an address that means nothing stand between. */
static void lines(struct writer *w, const struct machine *m)
{
    uint32_t map[MOST_CELLS];

    if (m->gic_version == 0)
        return;
    for (unsigned i = 0; i < 16; i++) {
        unsigned slot = i / 4, pin = i % 4, line = m->map->pci_line + (pci_swizzle(slot) + pin) % 4;
        const uint32_t entry[] = { slot << 11, 0, 0, pin + 1, GIC, 0, 0, SPI, line, LEVEL_HIGH };

        memcpy(map + i * 10, entry, sizeof entry);
    }
    cells(w, "interrupt-map", map, MOST_CELLS);
    CELLS(w, "interrupt-map-mask", 3 << 11, 0, 0, 7);
    CELLS(w, "#interrupt-cells", 1);
}

static void pci(struct writer *w, const struct machine *m)
{
    if (!m->has_pci)
        return;
    begin_at(w, "pcie", m->map->ecam);
    text(w, "compatible", "pci-host-ecam-generic");
    text(w, "device_type", "pci");
    CELLS(w, "#address-cells", 3);
    CELLS(w, "#size-cells", 2);
    CELLS(w, "reg", TWO(m->map->ecam), TWO(m->map->ecam_bytes));
    CELLS(w, "bus-range", 0, (uint32_t)(m->map->ecam_bytes >> 20) - 1);
    windows(w, m->map);
    lines(w, m);
    if (m->gic_version != 0 && m->map->gic_v2m != 0)
        CELLS(w, "msi-parent", V2M);
    flag(w, "dma-coherent");
    end(w);
}

/* ---- arm64 ---------------------------------------------------------------------------------- */

static void cpu(struct writer *w)
{
    static const char psci[] = "arm,psci-1.0\0arm,psci-0.2";

    begin(w, "cpus");
    CELLS(w, "#address-cells", 1);
    CELLS(w, "#size-cells", 0);
    begin(w, "cpu@0");
    text(w, "device_type", "cpu");
    text(w, "compatible", "arm,armv8");
    text(w, "enable-method", "psci");
    CELLS(w, "reg", 0);
    end(w);
    end(w);

    begin(w, "psci");
    bytes(w, "compatible", psci, sizeof psci);
    text(w, "method", "hvc");
    end(w);

    begin(w, "timer");                  /* lines: secure, non-secure, virtual, hypervisor */
    text(w, "compatible", "arm,armv8-timer");
    CELLS(w, "interrupts", PPI, 13, LEVEL_HIGH, PPI, 14, LEVEL_HIGH, PPI, 11, LEVEL_HIGH,
          PPI, 10, LEVEL_HIGH);
    flag(w, "always-on");
    end(w);
}

/* What takes messages is a part of the GIC. */
static void v2m(struct writer *w, const struct map *map)
{
    if (map->gic_v2m == 0)
        return;
    flag(w, "ranges");
    begin_at(w, "v2m", map->gic_v2m);
    text(w, "compatible", "arm,gic-v2m-frame");
    flag(w, "msi-controller");
    CELLS(w, "reg", TWO(map->gic_v2m), TWO(0x1000));
    CELLS(w, "phandle", V2M);
    end(w);
}

static void gic(struct writer *w, const struct machine *m)
{
    const struct map *map = m->map;
    bool v3 = m->gic_version == 3;

    if (m->gic_version == 0)
        return;
    begin_at(w, "intc", map->gic_distributor);
    text(w, "compatible", v3 ? "arm,gic-v3" : "arm,cortex-a15-gic");
    CELLS(w, "reg", TWO(map->gic_distributor), TWO(0x10000),
          TWO(v3 ? map->gic_redistributor : map->gic_cpu), TWO(v3 ? 0x20000 : 0x10000));
    flag(w, "interrupt-controller");
    CELLS(w, "#interrupt-cells", 3);
    CELLS(w, "#address-cells", 2);
    CELLS(w, "#size-cells", 2);
    CELLS(w, "phandle", GIC);
    v2m(w, map);
    end(w);
}

/* Linux takes a PL011 only with its clocks. */
static void uart(struct writer *w, const struct machine *m)
{
    static const char compatible[] = "arm,pl011\0arm,primecell", names[] = "uartclk\0apb_pclk";

    begin(w, "clock");
    text(w, "compatible", "fixed-clock");
    CELLS(w, "#clock-cells", 0);
    CELLS(w, "clock-frequency", 24000000);
    CELLS(w, "phandle", CLOCK);
    end(w);

    begin_at(w, "pl011", m->map->uart);
    bytes(w, "compatible", compatible, sizeof compatible);
    CELLS(w, "reg", TWO(m->map->uart), TWO(0x1000));
    interrupt(w, m, m->map->uart_line);
    CELLS(w, "clocks", CLOCK, CLOCK);
    bytes(w, "clock-names", names, sizeof names);
    end(w);
}

/* ---- All of it ------------------------------------------------------------------------------ */

static void whole(struct writer *w, const struct machine *m, const struct options *o)
{
    begin(w, "");
    text(w, "compatible", "linux,dummy-virt");
    text(w, "model", "virtio_bare");
    CELLS(w, "#address-cells", 2);
    CELLS(w, "#size-cells", 2);
    if (m->gic_version != 0)
        CELLS(w, "interrupt-parent", GIC);
    memory(w, m);
    chosen(w, m, o);
    if (m->map->arch == ARCH_AARCH64) {
        cpu(w);
        gic(w, m);
        if (m->map->uart != 0)
            uart(w, m);
    }
    slots(w, m);
    pci(w, m);
    end(w);
}

/* Says what libfdt refused, if it refused anything. */
static bool done(const struct writer *w)
{
    if (w->error != 0)
        say("the device tree cannot be written: %s, at %s%s", fdt_strerror(w->error), w->where,
            w->error == -FDT_ERR_NOSPACE ? " (is --append that long?)" : "");
    return w->error == 0;
}

size_t tree_write(const struct machine *m, const struct options *o, void *to, size_t room)
{
    struct writer w = { .tree = to };

    check(&w, fdt_create(to, (int)room), "its header");
    check(&w, fdt_finish_reservemap(to), "its reserved memory");
    whole(&w, m, o);
    check(&w, fdt_finish(to), "its end");
    return done(&w) ? fdt_totalsize(to) : 0;
}

bool tree_take(const struct machine *m, const struct options *o, const struct file *given, void *to,
               size_t room)
{
    struct writer w = { .tree = to };
    int node;

    if (given->bytes < sizeof(struct fdt_header) || fdt_totalsize(given->at) > given->bytes) {
        say("%s is cut off", given->path);
        return false;
    }
    check(&w, fdt_open_into(given->at, to, (int)room), given->path);
    if (!done(&w))
        return false;
    node = fdt_path_offset(to, "/chosen");
    if (node < 0)
        node = fdt_add_subnode(to, 0, "chosen");
    if (o->append[0] != 0)
        check(&w, fdt_setprop(to, node, "bootargs", o->append, (int)strlen(o->append) + 1),
              "bootargs");
    if (m->initrd_bytes != 0) {
        check(&w, fdt_setprop_u64(to, node, "linux,initrd-start", m->initrd), "initrd");
        check(&w, fdt_setprop_u64(to, node, "linux,initrd-end", m->initrd + m->initrd_bytes),
              "initrd");
    }
    return done(&w);
}
