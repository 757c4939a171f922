/* x86_64.c - a PC: 16550 at port 0x3f8, power by ports, the time stamp counter. */
#include "cpu.h"

#include <stddef.h>

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

/* hvm_start_info: the number of modules at 12, their list at 16; a module's address comes first in
 * 32 bytes. One of them is a device tree. */
const char *cpu_tree(const void *boot)
{
    const char *info = boot;
    uint32_t count = *(const uint32_t *)(info + 12);
    uintptr_t list = *(const uint64_t *)(info + 16);

    for (uint32_t i = 0; i < count; i++) {
        const char *module = (const char *)*(const uintptr_t *)(list + 32 * i);

        if (*(const uint32_t *)module == 0xedfe0dd0)
            return module;
    }
    return NULL;
}

void cpu_uart(uintptr_t base, uint8_t byte)
{
    (void)base;
    out8(0x3f8, byte);
}

static uint64_t counter(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
    return low | (uint64_t)high << 32;
}

/* Its frequency is what KVM tells, in kHz; where nobody does, 2 GHz are near enough. */
void cpu_wait(unsigned milliseconds)
{
    uint32_t khz, b, c = 0, d, leaf = 0x40000010;
    uint64_t start = counter();

    __asm__ volatile("cpuid" : "=a"(khz), "=b"(b), "+c"(c), "=d"(d) : "a"(leaf));
    if (khz < 100000 || khz > 10000000)
        khz = 2000000;
    while (counter() - start < (uint64_t)khz * milliseconds)
        cpu_pause();
}

void cpu_pause(void)
{
    __asm__ volatile("pause");
}

void cpu_sleep(void)
{
    __asm__ volatile("hlt");
}

void cpu_off(void)
{
    out16(0x604, 0x2000);
}

void cpu_reset(void)
{
    out8(0x64, 0xfe);
}

/* There are no handlers, so one fault leads to a third, and a CPU gives up at the third. */
void cpu_crash(uintptr_t device)
{
    (void)device;
    __asm__ volatile("ud2");
}
