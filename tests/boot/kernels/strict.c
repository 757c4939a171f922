/* strict.c - min.c on a CPU that refuses every access to an address that is no multiple of its size
 *
 * A compiler that was not told -mstrict-align may join two loads into one. With the MMU off, or on
 * memory that is mapped as a device, such an access faults; QEMU shows nothing of it, unless
 * SCTLR_EL1.A is set. Here it is set from the beginning until the first flush has been answered:
 * the drawing that follows is the compiler's, and may do as it likes.
 *
 * Built by test_builds.sh with nothing but -ffreestanding -O2. With -DCROOKED an access of this
 * kind is made on purpose: then nothing may come up. */
#include <stdint.h>

static void strict(int on)
{
    uint64_t control;

    __asm__ volatile("mrs %0, sctlr_el1" : "=r"(control));
    control = on ? control | 2 : control & ~(uint64_t)2;
    __asm__ volatile("msr sctlr_el1, %0\n\tisb" : : "r"(control) : "memory");
}

#define MARK(n) do { if ((n) == 0x51) strict(0); } while (0)
#define kernel_main min_main
#include "../../build/min.c"
#undef kernel_main

void kernel_main(const void *dtb);

void kernel_main(const void *dtb)
{
    strict(1);
#ifdef CROOKED
    (void)*(volatile uint32_t *)((uintptr_t)dtb + 1);
#endif
    min_main(dtb);
}
