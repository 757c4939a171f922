/* aarch64.c - arm64: PL011, PSCI by HVC, the counter. The MMU stays off. */
#include "cpu.h"

const char *cpu_tree(const void *boot)
{
    return boot;
}

void cpu_uart(uintptr_t base, uint8_t byte)
{
    volatile uint32_t *registers = (volatile uint32_t *)base;

    if (base == 0)
        return;
    registers[0x30 / 4] = 0x301;        /* on, and sending: QEMU 10 complains otherwise */
    registers[0] = byte;
}

void cpu_wait(unsigned milliseconds)
{
    uint64_t hertz, start, tick;

    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(start));
    do
        __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(tick));
    while (tick - start < hertz / 1000 * milliseconds);
}

void cpu_pause(void)
{
    __asm__ volatile("yield");
}

void cpu_sleep(void)
{
    __asm__ volatile("wfi");
}

static void call(uint32_t function)
{
    register uint64_t x0 __asm__("x0") = function;

    __asm__ volatile("hvc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
}

void cpu_off(void)
{
    call(0x84000008);
}

void cpu_reset(void)
{
    call(0x84000009);
}

/* A pair of registers: the CPU does not tell a hypervisor what this wanted to do. */
void cpu_crash(uintptr_t device)
{
    __asm__ volatile("stp wzr, wzr, [%0]" : : "r"(device) : "memory");
}
