/* machine.c - RAM, bus and devices, put together as the options say. */
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* ---- The maps -------------------------------------------------------------------------------
 *
 *              plain, arm64                             plain, x86_64
 *                                                       0x1_0000_0000  RAM above 3 GiB, if any
 *   0x7000_0000  RAM                                      0xfeb0_0000  virtio-mmio slots
 *   0x6ffe_0000  --                                       0xe000_0000  ECAM
 *   0x5000_0000  PCI window                               0xc000_0000  PCI window
 *   0x4000_0000  ECAM                                               0  RAM
 *   0x0a00_0000  virtio-mmio slots, 512 bytes each
 *   0x0900_0000  PL011                                   ports: 0x3f8  16550
 *   0x0800_0000  GIC: distributor, redistributors               0xcf8  PCI configuration
 *
 * "qemu" is the map of QEMU's virt (highmem=off), for kernels that have its addresses built in.
 * In "high" all lies elsewhere, RAM and BARs above 4 GiB: who works there reads its device tree.
 * "vz" is what guests of Virtualization.framework saw: as plain on arm64, but the GIC is at
 * 0x1000_0000, its page for messages at 0x1fff_0000; there is no UART, and there are no slots.
 */
#define MiB(n) ((uint64_t)(n) << 20)
#define GiB(n) ((uint64_t)(n) << 30)

static const struct map maps[] = {
    { .name = "plain", .arch = ARCH_AARCH64, .ram = 0x70000000,
      .ecam = 0x40000000, .ecam_bytes = MiB(1),
      .window = 0x50000000, .window_bytes = 0x1ffe0000,
      .uart = 0x09000000, .uart_line = 1, .pci_line = 3,
      .slots = 0x0a000000, .slot_stride = 0x200, .slot_count = 8, .slot_line = 16,
      .gic_distributor = 0x08000000, .gic_cpu = 0x08010000, .gic_redistributor = 0x080a0000 },
    { .name = "qemu", .arch = ARCH_AARCH64, .ram = 0x40000000,
      .ecam = 0x3f000000, .ecam_bytes = MiB(1),
      .window = 0x10000000, .window_bytes = 0x2eff0000,
      .uart = 0x09000000, .uart_line = 1, .pci_line = 3,
      .slots = 0x0a000000, .slot_stride = 0x200, .slot_count = 32, .slot_line = 16,
      .slots_fall = true,
      .gic_distributor = 0x08000000, .gic_cpu = 0x08010000, .gic_redistributor = 0x080a0000 },
    { .name = "high", .arch = ARCH_AARCH64, .ram = GiB(8) + MiB(64),
      .ecam = 0x20000000, .ecam_bytes = MiB(1),
      .window64 = GiB(5), .window64_bytes = MiB(256),
      .uart = 0x10000000, .uart_line = 20, .pci_line = 24,
      .slots = 0x12000000, .slot_stride = 0x1000, .slot_count = 5, .slot_line = 40,
      .gic_distributor = 0x14000000, .gic_cpu = 0x14010000, .gic_redistributor = 0x14100000 },
    { .name = "vz", .arch = ARCH_AARCH64, .ram = 0x70000000,
      .ecam = 0x40000000, .ecam_bytes = MiB(256),
      .window = 0x50000000, .window_bytes = 0x1ffe0000,
      .window64_step = GiB(1), .window64_bytes = GiB(1),
      .ports = 0x6fff0000, .ports_bytes = 0x10000,
      .console_bar = 0x5000c000, .pci_line = 0,
      .gic_distributor = 0x10000000, .gic_cpu = 0x10010000, .gic_redistributor = 0x10010000,
      .gic_v2m = 0x1fff0000, .v2m_line = 96, .v2m_lines = 128 },
    { .name = "plain", .arch = ARCH_X86_64, .ram = 0, .ram_low = GiB(3), .ram_high = GiB(4),
      .ecam = 0xe0000000, .ecam_bytes = MiB(1),
      .window = 0xc0000000, .window_bytes = MiB(512),
      .uart = 0x3f8, .uart_line = 4, .pci_line = 16,
      .slots = 0xfeb00000, .slot_stride = 0x200, .slot_count = 8, .slot_line = 5 },
    { .name = "high", .arch = ARCH_X86_64, .ram = 0, .ram_low = MiB(64), .ram_high = GiB(8),
      .ecam = 0x20000000, .ecam_bytes = MiB(1),
      .window64 = GiB(5), .window64_bytes = MiB(256),
      .uart = 0x3f8, .uart_line = 4, .pci_line = 16,
      .slots = 0x12000000, .slot_stride = 0x1000, .slot_count = 5, .slot_line = 5 },
};
enum { MAPS = sizeof maps / sizeof maps[0] };

/* In the order of --machine's words. */
static const struct habits all_habits[] = {
    { "plain", &virtio_layout_64, .bridge = 0x00081b36, .slot = { 1, 2, 3 } },
    { "vz", &virtio_layout_vz, .bridge = 0x1a05106b, .slot = { 6, 5, 7 }, .has_no_strays = true,
      .gpu_withholds = GPU_EDID },
};

static const struct map *find_map(enum arch arch, const char *name)
{
    char known[80];
    size_t n = 0;

    known[0] = 0;
    for (int i = 0; i < MAPS; i++) {
        if (maps[i].arch != arch)
            continue;
        if (strcmp(maps[i].name, name) == 0)
            return &maps[i];
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", n > 0 ? ", " : "", maps[i].name);
    }
    say("--map %s: accepted is one of %s", name, known);
    return NULL;
}

/* ---- RAM ------------------------------------------------------------------------------------ */

/* The host gives pages as the guest touches them. Hosts with pages of 64 KiB need RAM in multiples
 * of that. */
static bool create_ram(struct machine *m, uint64_t bytes)
{
    const struct map *map = m->map;
    uint64_t low;
    void *host;

    bytes = (bytes + 0xffff) & ~UINT64_C(0xffff);
    low = map->ram_low != 0 && bytes > map->ram_low ? map->ram_low : bytes;
    host = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
    if (host == MAP_FAILED) {
        say("no %llu MiB of memory for the guest: %s; give it less with --mem",
            (unsigned long long)(bytes >> 20), strerror(errno));
        return false;
    }
    m->memory.region[0] = (struct guest_region){ map->ram, low, host };
    m->memory.region[1] = (struct guest_region){ map->ram_high, bytes - low,
                                                 (uint8_t *)host + low };
    m->memory.count = bytes > low ? 2 : 1;
    return true;
}

/* The window that lies behind RAM, and not below 4 GiB. */
static void place_window(struct machine *m)
{
    const struct guest_region *last = &m->memory.region[m->memory.count - 1];
    const uint64_t step = m->its_map.window64_step, end = last->base + last->bytes;

    if (step != 0)
        m->its_map.window64 = ((end > GiB(4) ? end : GiB(4)) + step - 1) / step * step;
}

uint64_t machine_end(const struct machine *m)
{
    const struct guest_region *last = &m->memory.region[m->memory.count - 1];
    uint64_t ram = last->base + last->bytes;
    uint64_t window = m->has_pci ? m->map->window64 + m->map->window64_bytes : 0;

    return ram > window ? ram : window;
}

/* ---- Devices -------------------------------------------------------------------------------- */

/* Messages to the GIC's page, where there is one. */
static bool create_v2m(struct machine *m, const struct outside *out)
{
    struct v2m *v = &m->v2m;

    if (m->map->gic_v2m == 0)
        return true;
    *v = (struct v2m){ m->map->v2m_line, m->map->v2m_lines, out->set_line, out->context, 0 };
    m->pci.signal_msi = v2m_message;
    m->pci.msi_context = v;
    return v2m_init(v, &m->bus, m->map->gic_v2m);
}

static bool create_pci(struct machine *m, const struct habits *habits, const struct outside *out)
{
    const struct map *map = m->map;
    struct pci_host *h = &m->pci;

    if (!pci_init(h, &m->bus, map->ecam, map->ecam_bytes))
        return false;
    if (map->window_bytes != 0 && !pci_add_window(h, map->window, map->window_bytes))
        return false;
    if (map->window64_bytes != 0 && !pci_add_window(h, map->window64, map->window64_bytes))
        return false;
    for (unsigned i = 0; i < 4; i++)
        h->line[i] = map->pci_line + i;
    h->set_line = out->set_line;
    h->signal_msi = out->signal_msi;
    h->context = h->msi_context = out->context;
    h->has_no_strays = habits->has_no_strays;
    store_le32(h->bridge.config + PCI_ID, habits->bridge);
    return create_v2m(m, out);
}

/* The n-th slot, counted as devices fill them. */
static bool create_slot(struct machine *m, unsigned n, struct vdev *device,
                        const struct outside *out)
{
    const struct map *map = m->map;
    unsigned place = map->slots_fall ? map->slot_count - 1 - n : n;
    struct mmio_slot *s = &m->slot[place];

    if (!mmio_init(s, &m->bus, map->slots + place * map->slot_stride, device))
        return false;
    s->line = map->slot_line + place;
    s->set_line = out->set_line;
    s->context = out->context;
    return true;
}

/* A slot each for the devices that are on neither, too: they are empty. With --transport both the
 * gpu is on PCI and the others in slots. */
static bool attach(struct machine *m, enum transport transport, const struct habits *habits,
                   const struct outside *out)
{
    struct vdev *const device[MACHINE_DEVICES] = { &m->gpu.vdev, &m->console.vdev, &m->rng.vdev };
    unsigned on_pci = transport == TRANSPORT_PCI ? MACHINE_DEVICES
                    : transport == TRANSPORT_BOTH ? 1 : 0;

    m->has_pci = transport != TRANSPORT_MMIO;
    m->has_slots = transport != TRANSPORT_PCI;
    if (m->has_slots && m->map->slot_count == 0) {
        say("this machine has PCI only: leave --transport away");
        return false;
    }
    if (m->has_pci && !create_pci(m, habits, out))
        return false;
    for (unsigned i = 0; i < on_pci; i++)
        if (!virtio_pci_init(&m->function[i], &m->pci, habits->slot[i], device[i], habits->layout))
            return false;
    if (m->map->console_bar != 0)
        pci_config_write(&m->pci, habits->slot[MACHINE_CONSOLE],
                         PCI_BAR + 4u * habits->layout->region[REGION_COMMON].bar, 4,
                         (uint32_t)m->map->console_bar);
    for (unsigned i = 0; m->has_slots && i < m->map->slot_count; i++)
        if (!create_slot(m, i, on_pci + i < MACHINE_DEVICES ? device[on_pci + i] : NULL, out))
            return false;
    return true;
}

static bool create_uart(struct machine *m, const struct outside *out)
{
    struct uart *u = &m->uart;

    u->sink = out->uart;
    u->set_line = out->set_line;
    u->context = out->context;
    u->line = m->map->uart_line;
    if (m->map->uart == 0)
        return true;
    if (m->map->arch == ARCH_AARCH64)
        return uart_init_pl011(u, &m->bus, m->map->uart);
    uart_init_16550(u);                 /* at ports: the back end hands them over */
    return true;
}

bool machine_create(struct machine *m, const struct options *o, enum arch arch,
                    const struct outside *out)
{
    const struct habits *h = &all_habits[o->quirks == MACHINE_VZ];
    const struct map *map = find_map(arch, o->map != NULL ? o->map : h->map);

    if (map == NULL)
        return false;
    if (o->gpu_delay != 0 && o->transport == TRANSPORT_MMIO) {
        say("--gpu-delay: a virtio-mmio slot is filled from the beginning; use --transport pci");
        return false;
    }
    m->its_map = *map;
    m->map = &m->its_map;
    if (!create_ram(m, o->memory))
        return false;
    place_window(m);
    console_init(&m->console, "console", &m->memory, out->console, out->context);
    gpu_init(&m->gpu, "gpu", &m->memory, o->width, o->height, &out->screen);
    m->gpu.vdev.offered &= ~h->gpu_withholds;
    m->gpu.mute = o->gpu_mute_first;
    rng_init(&m->rng, &m->memory);
    return create_uart(m, out) && attach(m, o->transport, h, out);
}

void machine_lint(struct machine *m, struct lint *l)
{
    lint_begin(l, &m->bus, &m->memory);
    if (m->has_pci)
        lint_watch_pci(l, &m->pci);
    for (unsigned i = 0; m->has_slots && i < m->map->slot_count; i++)
        lint_watch_slot(l, &m->slot[i], m->map->slots + i * m->map->slot_stride);
}

void machine_show_gpu(struct machine *m, bool is_there)
{
    m->function[MACHINE_GPU].pci.hidden = !is_there;
}

void machine_destroy(struct machine *m)
{
    gpu_destroy(&m->gpu);
    if (m->memory.count > 0)
        munmap(m->memory.region[0].host,
               (size_t)(m->memory.region[0].bytes + m->memory.region[1].bytes));
}
