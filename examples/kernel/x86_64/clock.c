/* clock.c - what time it is, and sleep
 *
 * The time stamp counter (TSC) counts, but at which rate? That is told by a hypervisor, or by the
 * CPU, or measured with the timer of the first PC (PIT).
 *
 * An idle kernel should cost the host nothing, and still look at its devices now and then. So it
 * sleeps in HLT until the timer of the CPU's own interrupt controller (APIC) rings, after 20 ms. */
#include "pc.h"

void doze(void);                        /* start.S */

static struct {
    uint64_t started;
    uint32_t khz;                       /* of the TSC, */
    const char *source;                 /* and who told it */
    uint32_t apic_khz;                  /* of the APIC's timer, */
    uint32_t alarm;                     /* and 20 ms by it; 0: there is none */
} here;

/* ---- Time ------------------------------------------------------------------------------------ */

static uint64_t ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

uint32_t platform_ms(void) { return (uint32_t)((ticks() - here.started) / here.khz); }

/* What channel 0 of the PIT (1.193182 MHz) has counted since 65,535, downwards. */
static uint32_t pit_counted(void)
{
    uint32_t low;

    out8(0x43, 0);                              /* hold what it shows */
    low = in8(0x40);
    return 0xffff - (low | (uint32_t)in8(0x40) << 8);
}

/* Measured for 2 ms; 0: there is no such clock. The TSC is read first and last: who is held up on
 * the way measures too much, never too little. */
static uint32_t khz_once(void)
{
    const uint32_t enough = 2386;
    uint32_t patience = 20000, first, last;
    uint64_t begin;

    out8(0x43, 0x30);                           /* channel 0, once, down to 0 */
    out8(0x40, 0xff);
    out8(0x40, 0xff);
    do {
        begin = ticks();
        first = pit_counted();
    } while (first == 0 && --patience);
    for (last = first; last - first < enough && patience; patience--)
        last = pit_counted();
    return patience ? (uint32_t)((ticks() - begin) * 1193182 / (last - first) / 1000) : 0;
}

/* So of three times the least. */
static uint32_t khz_by_pit(void)
{
    uint32_t least = khz_once(), i;

    for (i = 0; least && i < 2; i++) {
        const uint32_t khz = khz_once();
        least = khz < least ? khz : least;
    }
    return least;
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
            here.source = "told by the hypervisor";
        }
    }
    cpuid(0, r);
    highest = r[EAX];
    if (!here.khz && highest >= 0x15) {
        cpuid(0x15, r);
        if (r[EAX] && r[ECX])
            here.khz = (uint32_t)((uint64_t)r[ECX] * r[EBX] / r[EAX] / 1000);
        here.source = "told by the CPU";
    }
    if (!here.khz) {
        here.khz = khz_by_pit();
        here.source = "measured by the PIT";
    }
    if (!here.khz) {
        here.khz = 4000000;
        here.source = "a guess, rather too high: there is no PIT";
    }
}

/* ---- Sleep: the APIC's timer ----------------------------------------------------------------- */

#define APIC 0xfee00000u

enum {
    APIC_EOI = 0xb0, APIC_SPURIOUS = 0xf0, APIC_TIMER = 0x320,
    APIC_INITIAL = 0x380, APIC_NOW = 0x390, APIC_DIVIDE = 0x3e0,
    VECTOR_TIMER = 0x20, VECTOR_SPURIOUS = 0x2f, MASKED = 1 << 16
};

/* What it counts in a millisecond, if nobody has told: measured for about as long. */
static uint32_t apic_khz(void)
{
    const uint64_t begin = ticks();
    uint64_t counted;

    write32(APIC + APIC_TIMER, MASKED);
    write32(APIC + APIC_INITIAL, 0xffffffff);
    while (ticks() - begin < here.khz)
        ;
    counted = 0xffffffff - read32(APIC + APIC_NOW);
    return (uint32_t)(counted * here.khz / (ticks() - begin));
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

/* ---- For platform.c -------------------------------------------------------------------------- */

void clock_start(void)
{
    here.started = ticks();
    find_clock();
    start_apic();
}

uint32_t clock_per_us(void) { return here.khz / 1000; }

void clock_print(void)
{
    print("Clock: %u MHz, %s. Interrupts: %s\n", here.khz / 1000, here.source,
          here.alarm ? "APIC" : "none");
}
