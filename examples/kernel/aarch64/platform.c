/* platform.c - the arm64 machine, as its device tree tells it
 *
 * platform_start makes the map (map.c) that start.S could not make, because it knew nothing but the
 * image: RAM is Normal write-back, inner-shareable; all the rest is Device.
 *
 * An idle kernel should cost the host nothing, and still look at its devices now and then. So it
 * sleeps in WFI with interrupts masked: the timer's interrupt ends the sleep, but is never taken.
 * For that the interrupt controller (GIC) need only let this one through, every 20 ms. */
#include "parts.h"

/* From start.S. */
void mmu_switch(const void *tables, uint64_t tcr);
void park(void);

/* What the tree said besides. */
static struct {
    uint64_t started, frequency;        /* of the counter */
    uintptr_t uart;
    uintptr_t gic, gic_cpu;             /* distributor; CPU interface or redistributor */
    uint32_t gic_version;
    uint32_t psci;                      /* 1 hvc, 2 smc */
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

static void read_gic(const vb_node *n, uint32_t version)
{
    uint64_t distributor, cpu, size;

    if (vb_node_reg(n, 0, &distributor, &size) && vb_node_reg(n, 1, &cpu, &size)) {
        here.gic = (uintptr_t)distributor;
        here.gic_cpu = (uintptr_t)cpu;
        here.gic_version = version;
    }
}

static void look(const vb_node *n)
{
    uint64_t address, size;

    if (vb_node_is(n, "arm,pl011") && !here.uart && vb_node_reg(n, 0, &address, &size))
        start_uart((uintptr_t)address);
    else if (vb_node_is(n, "arm,gic-v3"))
        read_gic(n, 3);
    else if (vb_node_is(n, "arm,cortex-a15-gic") || vb_node_is(n, "arm,gic-400"))
        read_gic(n, 2);
    else if (vb_node_is(n, "arm,psci") || vb_node_is(n, "arm,psci-0.2") ||
             vb_node_is(n, "arm,psci-1.0"))
        here.psci = starts_with(tree_text(n, "method"), "smc") ? 2 : 1;
}

/* ---- The map's entries ----------------------------------------------------------------------- */

#define ADDRESS  0x0000fffffffff000u
#define MEMORY   0x704u                         /* accessed, inner-shareable, MAIR 1 */
#define DEVICE   (0x400u | (uint64_t)3 << 53)   /* accessed, MAIR 0, never executed */

/* The bits that make an entry valid: blocks and pages differ. */
static uint64_t valid(uint32_t shift) { return shift == 12 ? 3 : 1; }

uint64_t entry_block(uint64_t address, uint32_t kind, uint32_t shift)
{
    if (kind == MAP_NOTHING)
        return 0;
    return address | (kind == MAP_MEMORY ? MEMORY : DEVICE) | valid(shift);
}

uint64_t entry_part(uint64_t block, uint64_t offset, uint32_t shift)
{
    return (block | valid(shift)) + offset;
}

uint64_t entry_table(const uint64_t *table) { return (uintptr_t)table | 3; }

uint64_t *entry_points_to(uint64_t entry)
{
    return (entry & 3) == 3 ? (uint64_t *)(uintptr_t)(entry & ADDRESS) : 0;
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

int platform_machine(vb_machine *m, const void *boot) { return vb_machine_from_dtb(m, boot); }

/* Before the tree was read, or without one, nobody knows where anything is. There is one last guess:
 * the UART of QEMU's virt machine and of the VMMs beside us, if something that calls itself a PL011
 * answers there. */
void platform_guess_uart(void)
{
    const uintptr_t guess = 0x09000000;

    if (!here.uart && !told.complete && (read32(guess + 0xfe0) & 0xff) == 0x11 &&
        (read32(guess + 0xfe4) & 0xff) == 0x10)
        start_uart(guess);
}

void platform_start(const void *boot)
{
    const uint64_t tcr = 16 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23;  /* 48 bits, else as start.S */

    SYSTEM_READ("cntfrq_el0", here.frequency);
    here.frequency = here.frequency ? here.frequency : 1000000;
    here.started = ticks();
    tree_read(boot, "x0", look);
    mmu_switch(map_make(39, 30, (uint64_t)1 << 48), tcr);
    if (here.gic_version == 2)
        start_gic2();
    if (here.gic_version == 3)
        start_gic3();
    set_alarm();
    told_print();
    print("Interrupts: %s. Power off: %s. UART: %s\n",
          here.gic_version == 3 ? "GICv3" : here.gic_version == 2 ? "GICv2" : "no GIC",
          here.psci == 1 ? "hvc" : here.psci == 2 ? "smc" : "no PSCI",
          here.uart ? "PL011" : "none");
}
