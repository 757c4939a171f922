/* platform.c - the arm64 machine, as its device tree tells it
 *
 * platform_start makes the map that start.S could not make, because it knew nothing but the image.
 * Addresses are the same on both sides. RAM is Normal write-back, inner-shareable; all the rest is
 * Device:
 *
 *     256 TB  +---------------------------+
 *             | not mapped                |  but for PCI windows that lie here: QEMU's is at
 *     512 GB  +---------------------------+  0x80_0000_0000, blocks of 1 GB
 *             | Device, blocks of 1 GB    |
 *             | RAM, blocks of 1 GB; at   |  a block that holds two kinds is split into blocks of
 *             | its ends of 2 MB and 4 KB |  2 MB, and these into pages
 *             |   a page of no kind       |  below the stack: it grows too deep -> a fault says so
 *             | Device, blocks of 1 GB    |
 *        4 KB +---------------------------+
 *             | not mapped                |  so that a null pointer is a fault
 *           0 +---------------------------+
 *
 * An idle kernel should cost the host nothing, and still look at its devices now and then. So it
 * sleeps in WFI with interrupts masked: the timer's interrupt ends the sleep, but is never taken.
 * For that the interrupt controller (GIC) need only let this one through, every 20 ms. */
#include "kernel.h"

/* From link.ld and start.S. */
extern char _start[], _end[], _guard[];
void mmu_switch(const void *tables, uint64_t tcr);
void park(void);

/* What the tree said. */
typedef struct extent {
    uint64_t start, size;
} extent;

static struct {
    const void *boot;
    const char *bootargs;
    uint64_t started, frequency;        /* of the counter */
    extent   ram[8], initrd;
    uint32_t rams;
    uintptr_t uart;
    uintptr_t gic, gic_cpu;             /* distributor; CPU interface or redistributor */
    uint32_t gic_version;
    uint32_t psci;                      /* 1 hvc, 2 smc */
    uint32_t tree_read, map_full;
} here;

/* ---- Registers: one plain load or store each, as a hypervisor can decode it ------------------ */

static uint32_t read32(uintptr_t address)
{
    uint32_t value;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static void write32(uintptr_t address, uint32_t value)
{
    __asm__ volatile("str %w0, [%1]" : : "rZ"(value), "r"(address) : "memory");
}

#define SYSTEM_READ(name, value) __asm__ volatile("mrs %0, " name : "=r"(value))
#define SYSTEM_WRITE(name, value)                                                                  \
    __asm__ volatile("msr " name ", %0\n\tisb" : : "r"((uint64_t)(value)))

/* ---- UART: a PL011, if the tree has one ------------------------------------------------------ */

enum {
    PL011_DATA = 0x00, PL011_FLAGS = 0x18, PL011_LINE = 0x2c, PL011_CONTROL = 0x30,
    PL011_EMPTY = 1 << 4, PL011_FULL = 1 << 5           /* flags: receive, transmit */
};

/* Eight bits, queues on; then on, both ways. Firmware may have set the speed: it stays. */
static void start_uart(uintptr_t at)
{
    here.uart = at;
    write32(at + PL011_LINE, 0x70);
    write32(at + PL011_CONTROL, 0x301);
}

void platform_uart_write(const char *text, uint32_t bytes)
{
    uint32_t i, patience;

    for (i = 0; here.uart && i < bytes; i++) {
        for (patience = 100000; patience && read32(here.uart + PL011_FLAGS) & PL011_FULL;)
            patience--;
        write32(here.uart + PL011_DATA, (uint8_t)text[i]);
    }
}

int platform_uart_read(void)
{
    if (!here.uart || read32(here.uart + PL011_FLAGS) & PL011_EMPTY)
        return -1;
    return (int)(read32(here.uart + PL011_DATA) & 0xff);
}

/* ---- Reading the tree ------------------------------------------------------------------------ */

static int starts_with(const char *text, const char *beginning)
{
    while (*beginning && *text == *beginning) {
        text++;
        beginning++;
    }
    return *beginning == 0;
}

/* A property that is one text, "" if there is none or it does not end. */
static const char *text_of(const vb_node *n, const char *name)
{
    const void *value;
    uint32_t bytes;

    if (!vb_node_property(n, name, &value, &bytes) || bytes == 0)
        return "";
    return ((const char *)value)[bytes - 1] == 0 ? (const char *)value : "";
}

/* A property that is a number of one cell or two. */
static uint64_t number_of(const vb_node *n, const char *name)
{
    const void *value;
    uint32_t bytes;

    if (!vb_node_property(n, name, &value, &bytes) || (bytes != 4 && bytes != 8))
        return 0;
    return vb_cells(value, bytes / 4);
}

static void read_memory(const vb_node *n)
{
    const uint32_t room = sizeof here.ram / sizeof here.ram[0];
    unsigned i;

    for (i = 0; here.rams < room; i++) {
        extent *e = &here.ram[here.rams];
        if (!vb_node_reg(n, i, &e->start, &e->size))
            return;
        if (e->size && e->start + e->size > e->start)
            here.rams++;
    }
}

static void read_chosen(const vb_node *n)
{
    here.bootargs = text_of(n, "bootargs");
    here.initrd.start = number_of(n, "linux,initrd-start");
    here.initrd.size = number_of(n, "linux,initrd-end") - here.initrd.start;
}

static void read_gic(const vb_node *n, uint32_t version)
{
    uint64_t distributor, cpu, size;

    if (vb_node_reg(n, 0, &distributor, &size) && vb_node_reg(n, 1, &cpu, &size)) {
        here.gic = (uintptr_t)distributor;
        here.gic_cpu = (uintptr_t)cpu;
        here.gic_version = version;
    }
}

static void read_node(const vb_node *n)
{
    uint64_t address, size;

    if (n->depth == 1 && (starts_with(text_of(n, "device_type"), "memory") ||
                          starts_with(n->name, "memory@")))
        read_memory(n);
    else if (n->depth == 1 && starts_with(n->name, "chosen"))
        read_chosen(n);
    else if (vb_node_is(n, "arm,pl011") && !here.uart && vb_node_reg(n, 0, &address, &size))
        start_uart((uintptr_t)address);
    else if (vb_node_is(n, "arm,gic-v3"))
        read_gic(n, 3);
    else if (vb_node_is(n, "arm,cortex-a15-gic") || vb_node_is(n, "arm,gic-400"))
        read_gic(n, 2);
    else if (vb_node_is(n, "arm,psci") || vb_node_is(n, "arm,psci-0.2") ||
             vb_node_is(n, "arm,psci-1.0"))
        here.psci = starts_with(text_of(n, "method"), "smc") ? 2 : 1;
}

static int read_tree(const void *boot)
{
    vb_dtb tree;
    vb_node node;
    int found;

    here.bootargs = "";
    found = boot ? vb_dtb_open(&tree, boot) : VB_E_DTB;
    if (found != VB_OK)
        return found;
    while ((found = vb_dtb_next(&tree, &node)) > 0)
        read_node(&node);
    return found;
}

/* ---- The map --------------------------------------------------------------------------------- */

#define ADDRESS  0x0000fffffffff000u
#define NORMAL   0x700u                         /* accessed, inner-shareable, MAIR 1 ... */
#define MEMORY   (NORMAL | 4)
#define DEVICE   (0x400u | (uint64_t)3 << 53)   /* accessed, MAIR 0, never executed */
#define NOTHING  0u

enum { TABLES = 40 };                           /* 160 KB of .noinit, seldom more than six used */

static __attribute__((section(".noinit"), aligned(4096))) uint64_t table[TABLES][512];
static uint32_t tables;

/* The bits that make an entry of this level valid: blocks and pages differ. */
static uint64_t valid(uint64_t kind, uint32_t shift)
{
    return kind == NOTHING ? 0 : kind | (shift == 12 ? 3 : 1);
}

/* The table that an entry points to. If it is a block it becomes a table that says the same. */
static uint64_t *below(uint64_t *entry, uint32_t shift)
{
    const uint64_t was = *entry;
    const uint32_t lower = shift - 9;
    uint64_t *t;
    uint32_t i;

    if ((was & 3) == 3)
        return (uint64_t *)(uintptr_t)(was & ADDRESS);
    if (tables == TABLES)
        return 0;
    t = table[tables++];
    for (i = 0; i < 512; i++)
        t[i] = was ? (was | (lower == 12 ? 3 : 1)) + ((uint64_t)i << lower) : 0;
    *entry = (uintptr_t)t | 3;
    return t;
}

/* Map [from, to) as one kind, in entries as large as can be. An entry of this table covers
 * 1 << shift bytes: 512 GB (too large for a block), 1 GB, 2 MB or 4 KB. */
static void map(uint64_t *t, uint32_t shift, uint64_t from, uint64_t to, uint64_t kind)
{
    const uint64_t size = (uint64_t)1 << shift;

    while (from < to) {
        const uint64_t start = from & ~(size - 1);
        const uint64_t stop = to - start > size ? start + size : to;
        uint64_t *entry = &t[(from >> shift) & 511];

        if (shift <= 30 && from == start && stop == start + size) {
            *entry = start | valid(kind, shift);
        } else {
            uint64_t *lower = below(entry, shift);
            if (!lower) {
                here.map_full = 1;
                return;
            }
            map(lower, shift - 9, from, stop, kind);
        }
        from = stop;
    }
}

static void map_all(uint64_t from, uint64_t size, uint64_t kind)
{
    const uint64_t reach = (uint64_t)1 << 48;
    const uint64_t start = from & ~(uint64_t)4095;
    const uint64_t end = from + size > reach || from + size < from ? reach
                         : (from + size + 4095) & ~(uint64_t)4095;

    if (from < reach)
        map(table[0], 39, start, end, kind);
}

/* PCI windows above 512 GB. Only whoever knows the machine knows them: so the machine is asked. */
static void map_windows(const void *boot)
{
    static vb_machine all;
    uint32_t i;
    int result;

    trace_quiet(1);                     /* main.c will ask again, and listen */
    result = vb_machine_from_dtb(&all, boot);
    trace_quiet(0);
    if (result != VB_OK)
        return;
    map_all(all.ecam, (uint64_t)(all.buses ? all.buses : 1) << 20, DEVICE);
    for (i = 0; i < all.windows; i++)
        if (all.window[i].cpu + all.window[i].size > (uint64_t)1 << 39)
            map_all(all.window[i].cpu, all.window[i].size, DEVICE);
}

static void make_map(const void *boot)
{
    const uint64_t tcr = 16 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23;  /* 48 bits, else as start.S */
    uint32_t i;

    for (i = 0; i < 512; i++)
        table[0][i] = 0;
    tables = 1;
    map_all(0, (uint64_t)1 << 39, DEVICE);
    map_windows(boot);
    map_all(0, 4096, NOTHING);
    for (i = 0; i < here.rams; i++)
        map_all(here.ram[i].start, here.ram[i].size, MEMORY);
    map_all((uintptr_t)_start, (uintptr_t)_end - (uintptr_t)_start, MEMORY);
    map_all((uintptr_t)_guard, 4096, NOTHING);
    mmu_switch(table[0], tcr);
}

/* ---- Time and sleep -------------------------------------------------------------------------- */

enum { TICK_MS = 20, TIMER = 27 };              /* the virtual timer's interrupt, everywhere */

static uint64_t ticks(void)
{
    uint64_t value;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value) : : "memory");
    return value;
}

uint32_t platform_ms(void)
{
    return (uint32_t)((ticks() - here.started) * 1000 / here.frequency);
}

static void start_gic2(void)
{
    write32(here.gic + 0x100, (uint32_t)1 << TIMER);            /* GICD_ISENABLER0 */
    write32(here.gic, 1);                                       /* GICD_CTLR */
    write32(here.gic_cpu + 4, 0xff);                            /* GICC_PMR: any priority */
    write32(here.gic_cpu, 1);                                   /* GICC_CTLR */
}

static void start_gic3(void)
{
    const uintptr_t lines = here.gic_cpu + 0x10000;             /* this CPU's own interrupts */
    uint32_t patience = 100000;
    uint64_t sre;

    write32(here.gic, 0x13);                                    /* GICD_CTLR: affinity, group 1 */
    write32(here.gic_cpu + 0x14, read32(here.gic_cpu + 0x14) & ~(uint32_t)2);
    while (read32(here.gic_cpu + 0x14) & 4 && patience)         /* GICR_WAKER: children asleep */
        patience--;
    write32(lines + 0x80, read32(lines + 0x80) | (uint32_t)1 << TIMER);     /* GICR_IGROUPR0 */
    write32(lines + 0x100, (uint32_t)1 << TIMER);               /* GICR_ISENABLER0 */

    SYSTEM_READ("S3_0_C12_C12_5", sre);                         /* ICC_SRE_EL1 */
    SYSTEM_WRITE("S3_0_C12_C12_5", sre | 1);
    SYSTEM_WRITE("S3_0_C4_C6_0", 0xff);                         /* ICC_PMR_EL1 */
    SYSTEM_WRITE("S3_0_C12_C12_7", 1);                          /* ICC_IGRPEN1_EL1 */
}

static void set_alarm(void)
{
    SYSTEM_WRITE("cntv_cval_el0", ticks() + here.frequency * TICK_MS / 1000);
    SYSTEM_WRITE("cntv_ctl_el0", 1);
}

/* The alarm is set first: should it ring before the WFI, the WFI does not sleep at all. */
void platform_idle(void)
{
    set_alarm();
    __asm__ volatile("dsb sy\n\twfi" : : : "memory");
}

/* ---- Power ----------------------------------------------------------------------------------- */

void platform_off(void)
{
    register uint64_t function __asm__("x0") = 0x84000008;      /* PSCI SYSTEM_OFF */

    if (here.psci == 1)
        __asm__ volatile("hvc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
    else if (here.psci == 2)
        __asm__ volatile("smc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
}

void platform_stop(void) { park(); }

/* ---- All of it ------------------------------------------------------------------------------- */

const void *platform_boot(void) { return here.boot; }

const char *platform_bootargs(void) { return here.bootargs; }

int platform_machine(vb_machine *m, const void *boot) { return vb_machine_from_dtb(m, boot); }

static int overlap(uint64_t start, uint64_t size)
{
    return size && start < (uintptr_t)_end && start + size > (uintptr_t)_start;
}

/* Before the tree was read, or without one, nobody knows where anything is. There is one last guess:
 * the UART of QEMU's virt machine and of the VMMs beside us, if something that calls itself a PL011
 * answers there. */
void platform_guess_uart(void)
{
    const uintptr_t guess = 0x09000000;

    if (!here.uart && !here.tree_read && (read32(guess + 0xfe0) & 0xff) == 0x11 &&
        (read32(guess + 0xfe4) & 0xff) == 0x10)
        start_uart(guess);
}

static void no_tree(const void *boot)
{
    platform_guess_uart();
    print_to(platform_uart_write,
             "virtio_bare: no usable device tree at 0x%lx (x0 at entry). %s\n"
             "Boot the flat image (kernel.img), not the ELF, with a loader that hands a tree over. "
             "Stopped.\n", (uint64_t)(uintptr_t)boot, vb_error_text(VB_E_DTB));
    platform_stop();
}

void platform_start(const void *boot)
{
    uint64_t total = 0;
    uint32_t i;

    SYSTEM_READ("cntfrq_el0", here.frequency);
    here.frequency = here.frequency ? here.frequency : 1000000;
    here.started = ticks();
    here.boot = boot;
    if (read_tree(boot) != VB_OK)
        no_tree(boot);
    here.tree_read = 1;
    make_map(boot);
    if (here.gic_version == 2)
        start_gic2();
    if (here.gic_version == 3)
        start_gic3();
    set_alarm();

    for (i = 0; i < here.rams; i++)
        total += here.ram[i].size;
    print("Image at 0x%lx, device tree at 0x%lx, RAM at 0x%lx, %lu MB\n",
          (uint64_t)(uintptr_t)_start, (uint64_t)(uintptr_t)boot, here.ram[0].start, total >> 20);
    print("Interrupts: %s. Power off: %s. UART: %s\n",
          here.gic_version == 3 ? "GICv3" : here.gic_version == 2 ? "GICv2" : "no GIC",
          here.psci == 1 ? "hvc" : here.psci == 2 ? "smc" : "no PSCI",
          here.uart ? "PL011" : "none");
    if (here.map_full)
        print("The memory map is cut short: raise TABLES in platform.c\n");
    if (overlap((uintptr_t)boot, vb_be32((const uint8_t *)boot + 4)))
        print("The loader put the device tree into this image: does it honour image_size?\n");
    if (overlap(here.initrd.start, here.initrd.size))
        print("The loader put the initrd into this image: does it honour image_size?\n");
}
