/* platform.c - the RISC-V machine, as its device tree and its firmware tell it
 *
 * Firmware stays below the kernel and is asked by ECALL (SBI: number of the extension in a7, of the
 * function in a6, arguments in a0 and a1). What is asked for here:
 *
 *     TIME   set the next timer interrupt               SRST   power off
 *     1      print a character (the oldest extension; only where the tree has no UART)
 *
 * platform_start makes a map of three levels (Sv39), which reaches up to 256 GB. It tells nothing
 * of caches: the CPU knows what is memory and what is a device. It is there so that a null pointer
 * and a stack that grows too deep are faults, and so that nothing but RAM is ever executed.
 *
 * An idle kernel should cost the host nothing, and still look at its devices now and then. So it
 * sleeps in WFI with interrupts masked: the timer's interrupt, which comes every 20 ms, ends the
 * sleep, but is never taken. */
#include "parts.h"

void park(void);                        /* start.S */

/* What the tree said besides. */
static struct {
    uint64_t started, frequency;        /* of the counter */
    uintptr_t uart;
    uint32_t uart_shift, uart_wide;     /* registers are 1 << shift bytes apart; 1: 32 bits each */
    uint32_t srst;                      /* firmware can turn the power off */
} here;

/* ---- Firmware -------------------------------------------------------------------------------- */

enum { SBI_PUTCHAR = 1, SBI_BASE = 0x10, SBI_TIME = 0x54494d45, SBI_SRST = 0x53525354 };

/* An error in a0, a value in a1; the oldest extensions have only a0. */
static int64_t sbi(uint64_t extension, uint64_t function, uint64_t argument, uint64_t *value)
{
    register uint64_t a0 __asm__("a0") = argument;
    register uint64_t a1 __asm__("a1") = 0;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    if (value)
        *value = a1;
    return (int64_t)a0;
}

static int sbi_has(uint64_t extension)
{
    uint64_t there = 0;
    return sbi(SBI_BASE, 3, extension, &there) == 0 && there != 0;
}

/* ---- UART: a 16550, if the tree has one; else the firmware's -------------------------------- */

enum { DATA = 0, LINE_STATUS = 5, RECEIVED = 1, ROOM = 0x20 };

static uint32_t uart_read(uint32_t index)
{
    const uintptr_t at = here.uart + ((uintptr_t)index << here.uart_shift);
    uint32_t value;

    if (here.uart_wide)
        __asm__ volatile("lw %0, (%1)" : "=r"(value) : "r"(at) : "memory");
    else
        __asm__ volatile("lbu %0, (%1)" : "=r"(value) : "r"(at) : "memory");
    return value & 0xff;
}

static void uart_write(uint32_t index, uint32_t value)
{
    const uintptr_t at = here.uart + ((uintptr_t)index << here.uart_shift);

    if (here.uart_wide)
        __asm__ volatile("sw %0, (%1)" : : "r"(value), "r"(at) : "memory");
    else
        __asm__ volatile("sb %0, (%1)" : : "r"(value), "r"(at) : "memory");
}

void platform_uart_write(const char *text, uint32_t bytes)
{
    uint32_t i, patience;

    for (i = 0; i < bytes; i++) {
        if (!here.uart) {
            (void)sbi(SBI_PUTCHAR, 0, (uint8_t)text[i], 0);
            continue;
        }
        for (patience = 100000; patience && !(uart_read(LINE_STATUS) & ROOM);)
            patience--;
        uart_write(DATA, (uint8_t)text[i]);
    }
}

int platform_uart_read(void)
{
    if (!here.uart || !(uart_read(LINE_STATUS) & RECEIVED))
        return -1;
    return (int)uart_read(DATA);
}

/* Nothing to guess: the firmware's prints even before the tree was read. */
void platform_guess_uart(void) { }

/* ---- Reading the tree ------------------------------------------------------------------------ */

static void look(const vb_node *n)
{
    uint64_t address, size;

    if ((vb_node_is(n, "ns16550a") || vb_node_is(n, "ns16550")) && !here.uart &&
        vb_node_reg(n, 0, &address, &size)) {
        here.uart = (uintptr_t)address;
        here.uart_shift = (uint32_t)tree_number(n, "reg-shift") & 3;
        here.uart_wide = tree_number(n, "reg-io-width") == 4;
    } else if (n->depth == 1 && starts_with(n->name, "cpus")) {
        here.frequency = tree_number(n, "timebase-frequency");
    }
}

/* ---- The map's entries ----------------------------------------------------------------------- */

enum {
    VALID = 1, READ = 2, WRITE = 4, EXECUTE = 8, USED = 0xc0,   /* USED: accessed, written */
    SV39 = 8
};

/* Bits 12 and up of an address stand in bits 10 and up of an entry. */
uint64_t entry_block(uint64_t address, uint32_t kind, uint32_t shift)
{
    (void)shift;
    if (kind == MAP_NOTHING)
        return 0;
    return address >> 2 | VALID | READ | WRITE | USED | (kind == MAP_MEMORY ? EXECUTE : 0);
}

uint64_t entry_part(uint64_t block, uint64_t offset, uint32_t shift)
{
    (void)shift;
    return block + (offset >> 2);
}

uint64_t entry_table(const uint64_t *table) { return (uintptr_t)table >> 2 | VALID; }

/* Neither readable nor executable: so it points to a table. */
uint64_t *entry_points_to(uint64_t entry)
{
    if ((entry & (VALID | READ | EXECUTE)) != VALID)
        return 0;
    return (uint64_t *)(uintptr_t)(entry >> 10 << 12);
}

static void use_map(const uint64_t *first)
{
    const uint64_t satp = (uint64_t)SV39 << 60 | (uintptr_t)first >> 12;
    __asm__ volatile("sfence.vma\n\tcsrw satp, %0\n\tsfence.vma" : : "r"(satp) : "memory");
}

/* ---- Time and sleep -------------------------------------------------------------------------- */

enum { TICK_MS = 20, TIMER = 1 << 5 };  /* the timer's bit in SIE */

static uint64_t ticks(void)
{
    uint64_t value;
    __asm__ volatile("rdtime %0" : "=r"(value) : : "memory");
    return value;
}

uint32_t platform_ms(void)
{
    return (uint32_t)((ticks() - here.started) * 1000 / here.frequency);
}

/* The alarm is set first: should it ring before the WFI, the WFI does not sleep at all. */
void platform_idle(void)
{
    (void)sbi(SBI_TIME, 0, ticks() + here.frequency * TICK_MS / 1000, 0);
    __asm__ volatile("csrs sie, %0\n\tfence\n\twfi" : : "r"((uint64_t)TIMER) : "memory");
}

/* ---- Power ----------------------------------------------------------------------------------- */

void platform_off(void)
{
    if (here.srst)
        (void)sbi(SBI_SRST, 0, 0, 0);   /* shut down, for no particular reason */
}

void platform_stop(void) { park(); }

/* ---- All of it ------------------------------------------------------------------------------- */

int platform_machine(vb_machine *m, const void *boot) { return vb_machine_from_dtb(m, boot); }

void platform_start(const void *boot)
{
    here.started = ticks();
    here.srst = (uint32_t)sbi_has(SBI_SRST);
    tree_read(boot, "a1", look);
    here.frequency = here.frequency ? here.frequency : 10000000;
    use_map(map_make(30, 30, (uint64_t)1 << 38));
    told_print();
    print("Interrupts: SBI timer. Power off: %s. UART: %s\n", here.srst ? "SBI" : "none",
          here.uart ? "16550" : "the firmware's");
}
