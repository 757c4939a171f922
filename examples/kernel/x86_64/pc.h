/* pc.h - how platform.c, boot.c and clock.c reach the machine, and what they know of each other
 *
 * x86 has two ways to devices: addresses, as every CPU, and ports, which are a small address space
 * of their own with instructions of their own. */
#ifndef PC_H
#define PC_H

#include "parts.h"

/* ---- Ports, registers, the CPU --------------------------------------------------------------- */

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline void out8(uint16_t port, uint32_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"((uint8_t)value), "Nd"(port) : "memory");
}

static inline void out16(uint16_t port, uint32_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"((uint16_t)value), "Nd"(port) : "memory");
}

static inline uint32_t read32(uintptr_t address)
{
    uint32_t value;
    __asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void write32(uintptr_t address, uint32_t value)
{
    __asm__ volatile("movl %0, (%1)" : : "r"(value), "r"(address) : "memory");
}

static inline void write8(uintptr_t address, uint32_t value)
{
    __asm__ volatile("movb %0, (%1)" : : "q"((uint8_t)value), "r"(address) : "memory");
}

enum { EAX, EBX, ECX, EDX };

static inline void cpuid(uint32_t leaf, uint32_t r[4])
{
    __asm__ volatile("cpuid" : "=a"(r[EAX]), "=b"(r[EBX]), "=c"(r[ECX]), "=d"(r[EDX])
                     : "a"(leaf), "c"(0));
}

/* ---- boot.c: what the boot loader handed over ------------------------------------------------ */

/* Fills in `told`. Returns a device tree if there is one, and shows its nodes to `look`. */
const void *boot_read(const void *start_info, void (*look)(const vb_node *));

/* ---- clock.c: time, and sleep ---------------------------------------------------------------- */

void     clock_start(void);
uint32_t clock_per_us(void);            /* ticks of the time stamp counter */
void     clock_print(void);

#endif
