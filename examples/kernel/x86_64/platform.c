/* platform.c - the PC, and the small machines that have taken its place
 *
 * A PC has no device tree: its devices are on PCI, which ports 0xcf8 and 0xcfc reach, and all else
 * is where it has been for forty years. Machines made for virtual guests alone (QEMU's microvm, the
 * VMMs beside us) have a tree all the same. It is looked for
 *
 *      1. among the modules that the boot loader handed over (hvm_start_info)
 *      2. in QEMU's box of files for the firmware (fw_cfg), as "etc/fdt"
 *
 * An idle kernel should cost the host nothing, and still look at its devices now and then. So it
 * sleeps in HLT until the timer of the CPU's own interrupt controller (APIC) rings, after 20 ms. */
#include "parts.h"

/* From start.S. */
void doze(void);
void park(void);

/* What the boot loader handed over: the beginning of Xen's hvm_start_info. */
typedef struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t module_list, command_line, acpi, memory_map;
    uint32_t memory_maps, reserved;     /* from version 1 on, as memory_map */
} start_info;

typedef struct start_module {
    uint64_t address, size, command_line, reserved;
} start_module;

typedef struct start_memory {
    uint64_t address, size;
    uint32_t type, reserved;            /* 1: RAM */
} start_memory;

enum { START_INFO = 0x336ec578 };

static struct {
    uint64_t started;                   /* of the time stamp counter */
    uint32_t khz;                       /* its frequency, */
    const char *clock;                  /* and who told it */
    uint32_t apic_khz;                  /* of the APIC's timer, */
    uint32_t alarm;                     /* and 20 ms by it; 0: there is none */
    uint32_t uart, microvm;
    const void *tree;                   /* a module, or our copy of fw_cfg's */
} here;

/* ---- Ports and registers --------------------------------------------------------------------- */

static uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static void out8(uint16_t port, uint32_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"((uint8_t)value), "Nd"(port) : "memory");
}

static void out16(uint16_t port, uint32_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"((uint16_t)value), "Nd"(port) : "memory");
}

static uint32_t read32(uintptr_t address)
{
    uint32_t value;
    __asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static void write32(uintptr_t address, uint32_t value)
{
    __asm__ volatile("movl %0, (%1)" : : "r"(value), "r"(address) : "memory");
}

static void write8(uintptr_t address, uint32_t value)
{
    __asm__ volatile("movb %0, (%1)" : : "q"((uint8_t)value), "r"(address) : "memory");
}

/* A word of PCI configuration space on bus 0. */
static uint32_t pci_word(uint32_t device, uint32_t offset)
{
    uint32_t value;

    __asm__ volatile("outl %0, %1" : : "a"(0x80000000u | device << 11 | offset),
                     "d"((uint16_t)0xcf8) : "memory");
    __asm__ volatile("inl %1, %0" : "=a"(value) : "d"((uint16_t)0xcfc) : "memory");
    return value;
}

enum { EAX, EBX, ECX, EDX };

static void cpuid(uint32_t leaf, uint32_t r[4])
{
    __asm__ volatile("cpuid" : "=a"(r[EAX]), "=b"(r[EBX]), "=c"(r[ECX]), "=d"(r[EDX])
                     : "a"(leaf), "c"(0));
}

/* ---- UART: a 16550 at COM1, if something answers there --------------------------------------- */

enum {
    COM1 = 0x3f8, UART_DATA = 0, UART_INTERRUPTS = 1, UART_FIFOS = 2, UART_LINE = 3, UART_MODEM = 4,
    UART_STATUS = 5, UART_RECEIVED = 0x01, UART_EMPTY = 0x20
};

/* Eight bits, queues on. Firmware may have set the speed: it stays. */
static void start_uart(void)
{
    if (in8(COM1 + UART_STATUS) == 0xff)
        return;
    here.uart = 1;
    out8(COM1 + UART_INTERRUPTS, 0);
    out8(COM1 + UART_LINE, 3);
    out8(COM1 + UART_FIFOS, 1);
    out8(COM1 + UART_MODEM, 3);
}

void platform_guess_uart(void)
{
    if (!here.uart)
        start_uart();
}

void platform_uart_write(const char *text, uint32_t bytes)
{
    uint32_t i, patience;

    for (i = 0; here.uart && i < bytes; i++) {
        for (patience = 100000; patience && !(in8(COM1 + UART_STATUS) & UART_EMPTY);)
            patience--;
        out8(COM1 + UART_DATA, (uint8_t)text[i]);
    }
}

int platform_uart_read(void)
{
    if (!here.uart || !(in8(COM1 + UART_STATUS) & UART_RECEIVED))
        return -1;
    return in8(COM1 + UART_DATA);
}

/* ---- The tree in QEMU's fw_cfg --------------------------------------------------------------- */

enum { FW_SELECT = 0x510, FW_DATA = 0x511, FW_SIGNATURE = 0, FW_DIRECTORY = 0x19 };

static __attribute__((section(".noinit"), aligned(8))) uint8_t box[32768];

/* Files are read from their beginning on, and cannot be wound back. */
static void fw_read(uint8_t *to, uint32_t bytes)
{
    while (bytes--)
        *to++ = in8(FW_DATA);
}

/* The key of a file; 0: there is no such file, or no box at all. */
static uint32_t fw_find(const char *name)
{
    uint32_t files;

    out16(FW_SELECT, FW_SIGNATURE);
    fw_read(box, 4);
    if (vb_be32(box) != 0x51454d55)             /* "QEMU" */
        return 0;
    out16(FW_SELECT, FW_DIRECTORY);
    fw_read(box, 4);
    for (files = vb_be32(box); files; files--) {
        fw_read(box, 64);                       /* size, key (16 bits), 0, name */
        if (starts_with((const char *)box + 8, name))
            return vb_be32(box + 4) >> 16;
    }
    return 0;
}

/* The file is a megabyte of which some kilobytes are used: all that its header (ten words) says of
 * itself. It is told that this is its size. */
static const void *fw_tree(void)
{
    const uint32_t key = fw_find("etc/fdt");
    uint32_t nodes, texts, end, i;

    if (!key)
        return 0;
    out16(FW_SELECT, key);
    fw_read(box, 40);
    nodes = vb_be32(box + 8) + vb_be32(box + 36);
    texts = vb_be32(box + 12) + vb_be32(box + 32);
    end = nodes > texts ? nodes : texts;
    if (end < 40 || end > sizeof box)
        return 0;
    fw_read(box + 40, end - 40);
    for (i = 0; i < 4; i++)
        box[4 + i] = (uint8_t)(end >> (24 - 8 * i));
    return box;
}

/* ---- What the boot loader told --------------------------------------------------------------- */

/* Of the modules one may be a device tree; another is the initrd. */
static const void *read_modules(const start_info *s)
{
    const start_module *m = (const start_module *)(uintptr_t)s->module_list;
    const void *tree = 0;
    uint32_t i;

    for (i = 0; i < s->modules; i++) {
        const void *at = (const void *)(uintptr_t)m[i].address;
        if (m[i].size >= 40 && vb_be32(at) == 0xd00dfeed)
            tree = at;
        else if (!told.initrd.size)
            told.initrd = (extent){ m[i].address, m[i].size };
    }
    return tree;
}

static void read_memory_map(const start_info *s)
{
    const start_memory *m = (const start_memory *)(uintptr_t)s->memory_map;
    uint32_t i;

    for (i = 0; i < s->memory_maps && told.rams < sizeof told.ram / sizeof told.ram[0]; i++)
        if (m[i].type == 1)
            told.ram[told.rams++] = (extent){ m[i].address, m[i].size };
}

static void look(const vb_node *n)
{
    if (n->depth == 0)
        here.microvm = vb_node_is(n, "linux,microvm") != 0;
}

static void read_start_info(const start_info *s)
{
    const int right = s && s->magic == START_INFO;
    const void *module = right ? read_modules(s) : 0;

    here.tree = module ? module : fw_tree();
    if (here.tree)
        tree_read(here.tree, "a module of hvm_start_info", look);
    told.boot = s;
    told.tree = module;
    if (!told.bootargs || (right && s->command_line))
        told.bootargs = right && s->command_line ? (const char *)(uintptr_t)s->command_line : "";
    if (right && s->version >= 1 && !told.rams)
        read_memory_map(s);
    told.complete = 1;
}

/* ---- The map's entries ----------------------------------------------------------------------- */

#define ADDRESS  0x000ffffffffff000u
#define PRESENT  0x01u
#define LARGE    0x80u                          /* no table, but a block of 2 MB or 1 GB */
#define MEMORY   0x03u                          /* present, writable */
#define DEVICE   (0x1bu | (uint64_t)1 << 63)    /* ... not cached, never executed */

uint64_t entry_block(uint64_t address, uint32_t kind, uint32_t shift)
{
    if (kind == MAP_NOTHING)
        return 0;
    return address | (kind == MAP_MEMORY ? MEMORY : DEVICE) | (shift == 12 ? 0 : LARGE);
}

uint64_t entry_part(uint64_t block, uint64_t offset, uint32_t shift)
{
    return (shift == 12 ? block & ~(uint64_t)LARGE : block) + offset;
}

uint64_t entry_table(const uint64_t *table) { return (uintptr_t)table | MEMORY; }

uint64_t *entry_points_to(uint64_t entry)
{
    return (entry & (PRESENT | LARGE)) == PRESENT ? (uint64_t *)(uintptr_t)(entry & ADDRESS) : 0;
}

static void make_map(void)
{
    uint32_t r[4];

    cpuid(0x80000001, r);                       /* can it do blocks of 1 GB? */
    __asm__ volatile("mov %0, %%cr3"
                     : : "r"(map_make(39, r[EDX] >> 26 & 1 ? 30 : 21, (uint64_t)1 << 47))
                     : "memory");
}

/* ---- Time ------------------------------------------------------------------------------------ */

static uint64_t ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

uint32_t platform_ms(void) { return (uint32_t)((ticks() - here.started) / here.khz); }

/* What channel 0 of the first PC's clock (PIT, 1.193182 MHz) has counted since 65,535, downwards. */
static uint32_t pit_counted(void)
{
    uint32_t low;

    out8(0x43, 0);                              /* hold what it shows */
    low = in8(0x40);
    return 0xffff - (low | (uint32_t)in8(0x40) << 8);
}

/* Measured for 2 ms; 0: there is no such clock. */
static uint32_t khz_by_pit(void)
{
    const uint32_t enough = 2386;
    uint32_t patience = 20000, first, last;
    uint64_t begin;

    out8(0x43, 0x30);                           /* channel 0, once, down to 0 */
    out8(0x40, 0xff);
    out8(0x40, 0xff);
    do
        first = pit_counted();
    while (first == 0 && --patience);
    begin = ticks();
    for (last = first; last - first < enough && patience; patience--)
        last = pit_counted();
    return patience ? (uint32_t)((ticks() - begin) * 1193182 / (last - first) / 1000) : 0;
}

/* Hypervisors tell it in a leaf of their own (begun by VMware), newer CPUs in leaf 0x15: as a
 * fraction of their crystal's. */
static void find_clock(void)
{
    uint32_t r[4], highest;

    cpuid(1, r);
    if (r[ECX] >> 31) {                         /* a guest */
        cpuid(0x40000000, r);
        if (r[EAX] >= 0x40000010 && r[EAX] < 0x40010000) {
            cpuid(0x40000010, r);
            here.khz = r[EAX];
            here.apic_khz = r[EBX];
            here.clock = "told by the hypervisor";
        }
    }
    cpuid(0, r);
    highest = r[EAX];
    if (!here.khz && highest >= 0x15) {
        cpuid(0x15, r);
        if (r[EAX] && r[ECX])
            here.khz = (uint32_t)((uint64_t)r[ECX] * r[EBX] / r[EAX] / 1000);
        here.clock = "told by the CPU";
    }
    if (!here.khz) {
        here.khz = khz_by_pit();
        here.clock = "measured by the PIT";
    }
    if (!here.khz) {
        here.khz = 4000000;
        here.clock = "a guess, rather too high: there is no PIT";
    }
}

/* ---- Sleep: the APIC's timer ----------------------------------------------------------------- */

#define APIC 0xfee00000u

enum {
    APIC_EOI = 0xb0, APIC_SPURIOUS = 0xf0, APIC_TIMER = 0x320,
    APIC_INITIAL = 0x380, APIC_NOW = 0x390, APIC_DIVIDE = 0x3e0,
    VECTOR_TIMER = 0x20, VECTOR_SPURIOUS = 0x2f, MASKED = 1 << 16
};

/* What it counts in a millisecond, if nobody has told. */
static uint32_t apic_khz(void)
{
    uint64_t until;

    write32(APIC + APIC_TIMER, MASKED);
    write32(APIC + APIC_INITIAL, 0xffffffff);
    until = ticks() + here.khz;
    while (ticks() < until)
        ;
    return 0xffffffff - read32(APIC + APIC_NOW);
}

/* The first PC's interrupt controllers (PIC) are told to be silent: firmware may have left them
 * on. */
static void start_apic(void)
{
    uint32_t r[4];

    out8(0x21, 0xff);
    out8(0xa1, 0xff);
    cpuid(1, r);
    if (!(r[EDX] >> 9 & 1))
        return;
    write32(APIC + APIC_SPURIOUS, 0x100 | VECTOR_SPURIOUS);     /* on */
    write32(APIC + APIC_DIVIDE, 0xb);                           /* by 1 */
    here.alarm = 20 * (here.apic_khz ? here.apic_khz : apic_khz());
    write32(APIC + APIC_TIMER, VECTOR_TIMER);
}

/* The alarm is set first, with interrupts masked: doze() unmasks and sleeps in one step. */
void platform_idle(void)
{
    if (!here.alarm)
        return;
    write32(APIC + APIC_INITIAL, here.alarm);
    doze();
    write32(APIC + APIC_EOI, 0);
}

/* ---- Power ----------------------------------------------------------------------------------- */

/* ACPI's way, without its interpreter: the sleep register and the value for "off". microvm has one
 * in memory. A PC has a port, whose place the chipset knows (ICH9, 00:1f.0); by custom, which
 * the VMMs beside us follow, it is 0x604. */
void platform_off(void)
{
    uint32_t base = 0x600, i;

    if (here.microvm) {
        write8(0xfea00200, 0x34);
    } else {
        if ((pci_word(31, 0) & 0xffff) == 0x8086)
            base = pci_word(31, 0x40) & 0xff80;
        out16((uint16_t)(base + 4), 0x2000);
    }
    for (i = 0; i < 10; i++)            /* it may take a moment */
        platform_idle();
}

void platform_stop(void) { park(); }

/* ---- All of it ------------------------------------------------------------------------------- */

/* Intel's host bridge of 2007 (Q35) tells where configuration space lies in memory, and whether: one
 * access there does what takes two by ports. */
static void use_ecam(vb_machine *m)
{
    uint32_t where;

    if (pci_word(0, 0) != 0x29c08086)
        return;
    where = pci_word(0, 0x60);
    if (!(where & 1))
        return;
    m->ecam = where & 0xf0000000u;
    m->buses = 256u >> (where >> 1 & 3);
    m->ports = 0;
}

int platform_machine(vb_machine *m, const void *boot)
{
    const int result = here.tree ? vb_machine_from_dtb(m, here.tree) : vb_machine_from_pc(m);

    (void)boot;
    m->ticks_per_us = here.khz / 1000;
    if (result == VB_OK && !here.tree)
        use_ecam(m);
    return result;
}

void platform_start(const void *boot)
{
    here.started = ticks();
    here.khz = 0;
    start_uart();
    read_start_info((const start_info *)boot);
    make_map();
    find_clock();
    start_apic();
    told_print();
    print("Devices: %s. Interrupts: %s. UART: %s\nClock: %u MHz, %s\n",
          told.tree ? "by device tree" : here.tree ? "by device tree (fw_cfg)" : "by PCI",
          here.alarm ? "APIC" : "none", here.uart ? "16550" : "none", here.khz / 1000, here.clock);
}
