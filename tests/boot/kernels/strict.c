/* strict.c - min.c on a CPU that refuses every access to an address that is no multiple of its size
 *
 * A compiler that was not told -mstrict-align may join two loads into one. With the MMU off, or on
 * memory that is mapped as a device, such an access faults; QEMU shows nothing of it, unless
 * SCTLR_EL1.A is set. Here it is set from the beginning until the first flush has been answered: the
 * drawing that follows is the compiler's, and may do as it likes.
 *
 * So it may on its own stack, where newer compilers clear structs in pieces of 16 bytes, and in what
 * the driver keeps for itself, where they join members that follow each other: nobody else looks
 * there. The fault handler lets the one instruction pass that did it, by stepping over it with the
 * check off. Any other crooked access stops the kernel: to registers, the device tree, the rings.
 *
 * Built by test_builds.sh with nothing but -ffreestanding -O2. With -DCROOKED an access of this kind
 * is made on purpose: then nothing may come up. */
#include <stdint.h>

static void strict(int on)
{
    uint64_t control;

    __asm__ volatile("mrs %0, sctlr_el1" : "=r"(control));
    control = on ? control | 2 : control & ~(uint64_t)2;
    __asm__ volatile("msr sctlr_el1, %0\n\tisb" : : "r"(control) : "memory");
}

/* From here to there, and a 0 at the end. */
struct { uintptr_t from, to; } own[5];

__asm__(
"   .globl  fault\n"
"fault:\n"                              /* start.S: x0 is in TPIDR_EL1 */
"   stp     x1, x2, [sp, #-16]!\n"
"   mrs     x1, esr_el1\n"
"   lsr     x2, x1, #26\n"
"   cmp     x2, #0x33\n"                /* the one step is done */
"   b.eq    1f\n"
"   cmp     x2, #0x25\n"                /* a data abort ... */
"   b.ne    park\n"
"   and     x1, x1, #0x3f\n"
"   cmp     x1, #0x21\n"                /* ... for alignment ... */
"   b.ne    park\n"
"   mrs     x1, far_el1\n"              /* ... in what is our own? */
"   adrp    x2, own\n"
"   add     x2, x2, :lo12:own\n"
"3: ldr     x0, [x2], #16\n"
"   cbz     x0, park\n"
"   cmp     x1, x0\n"
"   b.lo    3b\n"
"   ldur    x0, [x2, #-8]\n"
"   cmp     x1, x0\n"
"   b.hs    3b\n"
"   mrs     x1, sctlr_el1\n"
"   bic     x1, x1, #2\n"
"   msr     sctlr_el1, x1\n"
"   msr     oslar_el1, xzr\n"
"   mov     x1, #(1 << 13 | 1)\n"       /* MDSCR: debug this level, one step */
"   msr     mdscr_el1, x1\n"
"   mrs     x1, spsr_el1\n"
"   orr     x1, x1, #(1 << 21)\n"
"   bic     x1, x1, #(1 << 9)\n"
"   b       2f\n"
"1: mrs     x1, sctlr_el1\n"
"   orr     x1, x1, #2\n"
"   msr     sctlr_el1, x1\n"
"   msr     mdscr_el1, xzr\n"
"   mrs     x1, spsr_el1\n"
"   bic     x1, x1, #(1 << 21)\n"
"   orr     x1, x1, #(1 << 9)\n"
"2: msr     spsr_el1, x1\n"
"   isb\n"
"   ldp     x1, x2, [sp], #16\n"
"   mrs     x0, tpidr_el1\n"
"   eret\n");

#define MARK(n) do { if ((n) == 0x51) strict(0); } while (0)
#define kernel_main min_main
#include "../../build/min.c"
#undef kernel_main

extern char _guard[], _stack_top[];     /* link.ld */

/* No piece of 16 bytes may reach into what lies behind. */
static void is_own(int i, const void *from, const void *to)
{
    own[i].from = (uintptr_t)from;
    own[i].to = (uintptr_t)to - 15;
}

void kernel_main(const void *dtb);

void kernel_main(const void *dtb)
{
    is_own(0, _guard, _stack_top);
    is_own(1, &machine, &machine + 1);
    is_own(2, &console, &console.dma);
    is_own(3, &gpu, &gpu.dma);
    strict(1);
#ifdef CROOKED
    (void)*(volatile uint32_t *)((uintptr_t)dtb + 1);
#endif
    min_main(dtb);
}
