/* platform.c - the PC, and the small machines that have taken its place
 *
 *     boot.c     what the boot loader told          clock.c    time and sleep
 *
 * A PC has no device tree: its devices are on PCI, which ports 0xcf8 and 0xcfc reach, and all else
 * is where it has been for forty years. Where there is a tree, it is believed. */
#include "pc.h"

void park(void);                        /* start.S */

static struct {
    uint32_t uart, microvm;
    const void *tree;
} here;

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

uintptr_t platform_map(uint64_t address, uint32_t bytes)
{
    const int mapped = map_device(address, bytes);

    __asm__ volatile("" : : : "memory");        /* what is read there is read after that */
    return mapped ? (uintptr_t)address : 0;
}

/* ---- Power ----------------------------------------------------------------------------------- */

/* A word of PCI configuration space on bus 0. */
static uint32_t pci_word(uint32_t device, uint32_t offset)
{
    uint32_t value;

    __asm__ volatile("outl %0, %1" : : "a"(0x80000000u | device << 11 | offset),
                     "d"((uint16_t)0xcf8) : "memory");
    __asm__ volatile("inl %1, %0" : "=a"(value) : "d"((uint16_t)0xcfc) : "memory");
    return value;
}

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

/* Intel's host bridge of 2007 (Q35) tells where configuration space lies in memory, if it does: one
 * access there is worth two by ports. */
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
    m->ticks_per_us = clock_per_us();
    if (result == VB_OK && !here.tree)
        use_ecam(m);
    return result;
}

static void look(const vb_node *n)
{
    if (n->depth == 0)
        here.microvm = vb_node_is(n, "linux,microvm") != 0;
}

void platform_start(const void *boot)
{
    clock_start();
    start_uart();
    here.tree = boot_read(boot, look);
    make_map();
    told_print();
    print("Devices: %s. UART: %s\n", told.tree ? "by device tree" : here.tree
          ? "by device tree (fw_cfg)" : "by PCI", here.uart ? "16550" : "none");
    clock_print();
}
