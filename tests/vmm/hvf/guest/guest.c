/* guest.c - a guest for main_hvf.c: each letter behind "do=" in its bootargs is something that a
 * hypervisor has to get right. What it finds it prints on the UART, a line for each check.
 *
 * It knows the map "plain" (machine.c) by heart. Where nothing is, reads are all ones: by that one
 * sees how a load extends what it read.
 */
#include <stdint.h>

#define UART    0x09000000ul
#define CONFIG  0x40008000ul            /* PCI device 1, the gpu's configuration space */
#define NOWHERE 0x60000000ul            /* in PCI's window, where no BAR is */

void guest_main(const char *tree);
void on_fault(uint64_t syndrome, uint64_t address);
void on_interrupt(void);
void mmu_on(const uint64_t *table);

#define LOAD(how, size, address) ({                                                                \
    uint64_t value_ = 0x5a5a5a5a5a5a5a5a;                                                          \
    __asm__ volatile(how " %" size "0, [%1]" : "+r"(value_) : "r"(address) : "memory");            \
    value_; })
#define STORE(how, size, address, value)                                                           \
    __asm__ volatile(how " %" size "0, [%1]" : : "r"((uint64_t)(value)), "r"(address) : "memory")
#define GET(name) ({                                                                               \
    uint64_t value_; __asm__ volatile("mrs %0, " name : "=r"(value_) : : "memory"); value_; })
#define SET(name, value)                                                                           \
    __asm__ volatile("msr " name ", %0\n\tisb" : : "r"((uint64_t)(value)) : "memory")

/* ---- Text ------------------------------------------------------------------------------------ */

static void put(const char *text)
{
    STORE("str", "w", UART + 0x30, 0x301);
    while (*text)
        STORE("str", "w", UART, *text++);
}

static void check(const char *what, int good)
{
    put(good ? "good: " : "WRONG: ");
    put(what);
    put("\n");
}

/* ---- Loads and stores of every kind ---------------------------------------------------------- */

static void loads(void)
{
    const uint64_t ones = UINT64_MAX;

    check("ldrb",    LOAD("ldrb", "w", NOWHERE) == 0xff);
    check("ldrh",    LOAD("ldrh", "w", NOWHERE) == 0xffff);
    check("ldr w",   LOAD("ldr", "w", NOWHERE) == 0xffffffff);
    check("ldr x",   LOAD("ldr", "x", NOWHERE) == ones);
    check("ldrsb w", LOAD("ldrsb", "w", NOWHERE) == 0xffffffff);
    check("ldrsb x", LOAD("ldrsb", "x", NOWHERE) == ones);
    check("ldrsh w", LOAD("ldrsh", "w", NOWHERE) == 0xffffffff);
    check("ldrsh x", LOAD("ldrsh", "x", NOWHERE) == ones);
    check("ldrsw",   LOAD("ldrsw", "x", NOWHERE) == ones);
    check("ldar",    LOAD("ldar", "w", NOWHERE) == 0xffffffff);
    check("a positive number stays one", LOAD("ldrsw", "x", CONFIG) == 0x10501af4);
    check("bytes where they are", LOAD("ldrb", "w", CONFIG + 1) == 0x1a
          && LOAD("ldrh", "w", CONFIG + 2) == 0x1050);
    check("ldr x is two registers", LOAD("ldr", "x", CONFIG) >> 32 == LOAD("ldr", "w", CONFIG + 4));
}

static void stores(void)
{
    const uint64_t bar = CONFIG + 0x20, line = CONFIG + 0x3c;   /* BAR 4; interrupt line */

    STORE("str", "w", bar, 0xffffffff);
    check("str w", LOAD("ldr", "w", bar) == 0xffffc00c);
    __asm__ volatile("str wzr, [%0]" : : "r"(bar) : "memory");
    check("str wzr is zero", LOAD("ldr", "w", bar) == 0xc);
    STORE("str", "x", bar, 0x1234567890000000);
    check("str x", LOAD("ldr", "w", bar) == 0x9000000c && LOAD("ldr", "w", bar + 4) == 0x12345678);
    STORE("strb", "w", line, 0x12345678);
    check("strb", LOAD("ldrb", "w", line) == 0x78);
    __asm__ volatile("ldr wzr, [%0]\n\tldr xzr, [%0]" : : "r"(NOWHERE) : "memory");
    check("ldr wzr loads nothing", 1);
    STORE("str", "w", NOWHERE + 0x10, 1);       /* the bus says how wide they were */
    STORE("strh", "w", NOWHERE + 0x20, 1);
    __asm__ volatile("ldr x30, [%0]\n\tmov x0, x30\n\tcmn x0, #1\n\tb.eq 1f\n\tb .\n1:"
                     : : "r"(NOWHERE) : "x0", "x30", "cc");
    check("x30", 1);
}

/* A register that is marked behind the call: was the instruction there skipped? */
static uint64_t call(int smc, uint64_t function)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = 0;

    if (smc)
        __asm__ volatile("smc #0\n\tadd x1, x1, #1" : "+r"(x0), "+r"(x1) : : "x2", "x3", "memory");
    else
        __asm__ volatile("hvc #0\n\tadd x1, x1, #1" : "+r"(x0), "+r"(x1) : : "x2", "x3", "memory");
    return x1 == 1 ? x0 : 0xdead;
}

static void calls(void)
{
    check("hvc: PSCI 1.1", call(0, 0x84000000) == 0x10001);
    check("smc: PSCI 1.1", call(1, 0x84000000) == 0x10001);
    check("hvc: unknown", call(0, 0xc6000001) == UINT64_MAX);
    check("smc: unknown", call(1, 0xc6000001) == UINT64_MAX);
    check("the upper half of x0 does not count", call(0, 0x1184000000) == 0x10001);
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static volatile uint64_t syndrome, fault_address;

void on_fault(uint64_t s, uint64_t a)
{
    syndrome = s;
    fault_address = a;
}

static uint64_t words[4] __attribute__((aligned(64)));

static int faults(uint64_t address)
{
    syndrome = 0;
    STORE("str", "x", address, 0);
    return syndrome != 0;
}

static void alignment(void)
{
    const uint64_t at = (uint64_t)words + 1;

    check("unaligned, MMU off: a fault", faults(at) && (syndrome & 0x3f) == 0x21
          && syndrome >> 26 == 0x25 && fault_address == at);
    check("aligned, MMU off: none", !faults(at - 1));
    syndrome = 0;
    __asm__ volatile("dc zva, %0" : : "r"(words) : "memory");
    check("dc zva, MMU off: a fault", (syndrome & 0x3f) == 0x21);
}

/* 0 to 1 GiB and 1 to 2 as they are, and 2 to 3 GiB again the first; then nothing. */
static void map(void)
{
    static uint64_t table[512] __attribute__((aligned(4096)));
    const uint64_t device = 0x401, normal = 0x705;

    table[0] = device;
    table[1] = normal | 0x40000000;
    table[2] = device;
    mmu_on(table);
    check("unaligned, MMU on: fine", !faults((uint64_t)words + 1));
    check("where nothing is mapped: a fault", faults(0x100000000) && (syndrome & 0x3f) == 5);
    STORE("str", "w", UART + 0x80000000, '>');  /* seen by whoever looks at physical addresses */
    check("a device at another address", 1);
    __asm__ volatile("dc ivac, %0\n\tdc civac, %0" : : "r"(UART) : "memory");
    check("cache maintenance at a device", 1);
}

/* ---- System registers ------------------------------------------------------------------------ */

static void registers(void)
{
    uint64_t before, after;

    SET("pmcr_el0", 1);
    check("performance counters read as zero", GET("pmccntr_el0") == 0);
    SET("mdscr_el1", 1);
    check("so do debug registers", GET("mdscr_el1") == 0);
    __asm__ volatile("mrs xzr, pmcr_el0");
    check("mrs xzr", 1);
    before = GET("cntpct_el0");
    do
        after = GET("cntpct_el0");
    while (after == before);
    check("the physical counter counts", before != 0 && after > before);
}

/* ---- Time ------------------------------------------------------------------------------------ */

static volatile unsigned interrupts;
static int has_gic;

static void alarm_in(uint64_t ms)
{
    SET("cntv_cval_el0", GET("cntvct_el0") + GET("cntfrq_el0") / 1000 * ms);
    SET("cntv_ctl_el0", 1);
}

/* The read of a device makes an exit: so the VMM sees that the timer is quiet. */
void on_interrupt(void)
{
    uint64_t number = 27;

    if (has_gic)
        number = GET("S3_0_C12_C12_0");
    if (number == 27)
        SET("cntv_ctl_el0", 0);
    else
        STORE("str", "w", UART + 0x38, 0);
    if (has_gic)
        SET("S3_0_C12_C12_1", number);
    interrupts++;
    (void)LOAD("ldr", "w", UART + 0x18);
}

static void wfi(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

static void timer(void)
{
    uint64_t began = GET("cntvct_el0"), ms = GET("cntfrq_el0") / 1000, took;

    __asm__ volatile("msr daifclr, #2");
    for (unsigned n = 1; n <= 3; n++) {
        alarm_in(30);
        while (interrupts < n)
            wfi();
    }
    took = (GET("cntvct_el0") - began) / ms;
    check("three alarms, asleep, 30 ms each", interrupts == 3 && took >= 90 && took < 6000);
    alarm_in(10);
    while (interrupts < 4)              /* awake: no WFI */
        ;
    check("one awake", 1);
    for (unsigned i = 0; i < 10; i++)
        (void)LOAD("ldr", "w", UART + 0x18);
    check("and no more", interrupts == 4);
    __asm__ volatile("msr daifset, #2");
}

/* Interrupts masked, as the example kernel sleeps: WFI ends all the same, not before its time. */
static void naps(void)
{
    uint64_t ms = GET("cntfrq_el0") / 1000, began, took, shortest[2] = { UINT64_MAX, UINT64_MAX };
    unsigned turns = 0, before, early = 0;

    for (unsigned i = 0; i < 16; i++) {
        before = turns;
        began = GET("cntvct_el0");
        alarm_in(i % 2 ? 5 : 30);
        while ((GET("cntv_ctl_el0") & 4) == 0) {
            wfi();
            turns++;
            early += turns == before + 1 && i % 2 == 0
                     && GET("cntvct_el0") - began < 15 * ms;
        }
        took = (GET("cntvct_el0") - began) / ms;
        if (turns > before && took < shortest[i % 2])
            shortest[i % 2] = took;
    }
    check("naps of 30 ms, one of them at least on time", shortest[0] >= 30 && shortest[0] < 36);
    check("naps of 5 ms, one of them at least on time", shortest[1] >= 5 && shortest[1] < 15);
    check("asleep most of the time", turns <= 96 && early <= 2);
    SET("cntv_ctl_el0", 3);
    __asm__ volatile("wfe");
    check("wfe", 1);
}

/* An alarm that nobody sees to for a while: the host may be told of it once. */
static void ignore(void)
{
    alarm_in(1);
    while ((GET("cntv_ctl_el0") & 4) == 0)
        ;
    for (unsigned i = 0; i < 100; i++)
        (void)LOAD("ldr", "w", UART + 0x18);
    SET("cntv_ctl_el0", 0);
    check("an alarm nobody sees to", 1);
}

/* The UART's own interrupt: it can send, always. */
static void lines(void)
{
    const uint64_t gicd = 0x08000000, gicr = 0x080b0000;

    has_gic = 1;
    STORE("str", "w", gicd, 0x13);
    STORE("str", "w", gicd + 0x84, 0xffffffff);
    STORE("str", "w", gicd + 0x104, 1 << 1);            /* SPI 1, the UART */
    STORE("str", "w", gicr + 0x80, 0xffffffff);
    STORE("str", "w", gicr + 0x100, 1 << 27);
    SET("S3_0_C4_C6_0", 0xff);
    SET("S3_0_C12_C12_7", 1);
    __asm__ volatile("msr daifclr, #2");
    STORE("str", "w", UART + 0x38, 1 << 5);             /* TXIM */
    STORE("str", "w", UART, '!');
    check("a device's interrupt, by the GIC", interrupts == 1);
    __asm__ volatile("msr daifset, #2");
    interrupts = 0;
}

/* ---- A key --------------------------------------------------------------------------------------
 *
 * The console on virtio-mmio, with one buffer for what is typed [4.2, 5.3]. No alarm is set: what
 * ends the WFI is the device's interrupt, or, if none is wanted, the VMM's own idea.
 */
#define CONSOLE 0x0a000200ul            /* slot 1; the gpu is in slot 0 */

static struct { uint64_t address; uint32_t length; uint16_t flags, next; } descriptor;
static struct { uint16_t flags, index, ring[1]; } available;
static struct { uint16_t flags; volatile uint16_t index; uint32_t ring[2]; } used;
static uint8_t typed;

static void set(unsigned offset, uint64_t value)
{
    STORE("str", "w", CONSOLE + offset, value);
}

static void set_address(unsigned offset, const void *at)
{
    set(offset, (uint64_t)at);
    set(offset + 4, (uint64_t)at >> 32);
}

static void key(uint16_t no_interrupt)
{
    const uint8_t steps[] = { 0, 1, 3 };

    for (unsigned i = 0; i < sizeof steps; i++)
        set(0x70, steps[i]);
    set(0x24, 1);                       /* VERSION_1 alone */
    set(0x20, 1);
    set(0x24, 0);
    set(0x20, 0);
    set(0x70, 11);
    set(0x30, 0);
    set(0x38, 1);
    set_address(0x80, &descriptor);
    set_address(0x90, &available);
    set_address(0xa0, &used);
    set(0x44, 1);
    set(0x70, 15);
    descriptor.address = (uint64_t)&typed;
    descriptor.length = 1;
    descriptor.flags = 2;
    available.flags = no_interrupt;
    available.index = 1;
    __asm__ volatile("dmb sy" : : : "memory");
    set(0x50, 0);
    put("a key?\n");
    while (used.index == 0)
        wfi();
    check(no_interrupt ? "a key ends the sleep, no interrupt asked for" : "a key ends the sleep",
          typed == 'k');
}

static void silence(void)
{
    uint64_t began = GET("cntvct_el0");

    while (GET("cntvct_el0") - began < 6 * GET("cntfrq_el0"))
        ;
    check("after a silence", 1);
}

/* ---- Ends ------------------------------------------------------------------------------------ */

static void undescribed(char which)
{
    uint64_t at = NOWHERE;

    switch (which) {
    case '1': __asm__ volatile("ldr w1, [%0], #4" : "+r"(at) : : "x1", "memory"); break;
    case '2': __asm__ volatile("str w1, [%0, #4]!" : "+r"(at) : : "memory"); break;
    case '3': __asm__ volatile("ldp w1, w2, [%0]" : : "r"(at) : "x1", "x2", "memory"); break;
    case '4': __asm__ volatile(".arch_extension fp; str d0, [%0]" : : "r"(at) : "memory"); break;
    case '5': __asm__ volatile("ldxr w1, [%0]" : : "r"(at) : "x1", "memory"); break;
    default:  break;
    }
    check("nobody saw it", 0);
}

static void jump(void)
{
    ((void (*)(void))0x20000000)();
}

static void foreign(char which)
{
    switch (which) {
    case 'p': SET("cntp_ctl_el0", 1); break;
    case 'i': (void)GET("S3_0_C12_C12_0"); break;
    default:  break;
    }
}

static void obey(const char *p)
{
    for (; *p > ' '; p++) {
        switch (*p) {
        case 'l': loads(); break;
        case 's': stores(); break;
        case 'c': calls(); break;
        case 'a': alignment(); break;
        case 'm': map(); break;
        case 'r': registers(); break;
        case 't': timer(); break;
        case 'n': naps(); break;
        case 'b': ignore(); break;
        case 'g': lines(); break;
        case 'k': key(0); break;
        case 'K': key(1); break;
        case 'q': silence(); break;
        case 'j': jump(); break;
        case 'o': call(0, 0x84000008); break;
        case 'O': call(1, 0x84000008); break;
        case 'R': call(0, 0x84000009); break;
        case 'h': for (;;) ;
        case 'z': for (;;) wfi();
        case 'y': for (alarm_in(1);;) wfi();
        case 'u': undescribed(*++p); break;
        case 'f': foreign(*++p); break;
        default:  put("what is this letter?\n");
        }
    }
}

/* The tree is not taken apart, only searched. */
void guest_main(const char *tree)
{
    const char *p = tree;

    while (p[0] != 'd' || p[1] != 'o' || p[2] != '=')
        p++;
    obey(p + 3);
    check("the guest was told to end", 0);
    for (;;)
        wfi();
}
