/* trap.c - the last words of a kernel that faulted
 *
 * A vector of start.S comes to `fault` below, which keeps the registers, changes to a stack of its
 * own (the other one may be the reason) and calls fault_tell() (fault.c). */
#include "parts.h"

struct frame {
    uint64_t x[31], sp;                 /* x30 is the link register */
};

/* Named by the assembly below, which the compiler does not read. */
__attribute__((section(".noinit"), aligned(16), used)) uint8_t fault_stack[16384];
__attribute__((used)) frame fault_frame;

__asm__(
"   .text\n"
"   .globl fault\n"
"   .hidden fault\n"
"fault:\n"                              /* x0 = kind, TPIDR_EL1 = x0 */
"   msr     tpidrro_el0, x1\n"
"   adrp    x1, fault_frame\n"
"   add     x1, x1, :lo12:fault_frame\n"
"   stp     x2, x3, [x1, #16]\n"
"   stp     x4, x5, [x1, #32]\n"
"   stp     x6, x7, [x1, #48]\n"
"   stp     x8, x9, [x1, #64]\n"
"   stp     x10, x11, [x1, #80]\n"
"   stp     x12, x13, [x1, #96]\n"
"   stp     x14, x15, [x1, #112]\n"
"   stp     x16, x17, [x1, #128]\n"
"   stp     x18, x19, [x1, #144]\n"
"   stp     x20, x21, [x1, #160]\n"
"   stp     x22, x23, [x1, #176]\n"
"   stp     x24, x25, [x1, #192]\n"
"   stp     x26, x27, [x1, #208]\n"
"   stp     x28, x29, [x1, #224]\n"
"   mov     x2, sp\n"
"   stp     x30, x2, [x1, #240]\n"
"   mrs     x2, tpidr_el1\n"
"   mrs     x3, tpidrro_el0\n"
"   stp     x2, x3, [x1]\n"
"   adrp    x2, fault_stack + 16384\n"
"   add     sp, x2, :lo12:fault_stack + 16384\n"
"   mov     x2, x0\n"
"   mov     x0, x1\n"
"   mov     x1, x2\n"
"   mov     x29, #0\n"
"   bl      fault_tell\n"
"   b       park\n");

/* ---- What it probably means ------------------------------------------------------------------ */

/* A data or instruction abort, by the lower six bits of the syndrome. */
static const char *abort_means(uint32_t status, uint64_t address)
{
    if (status == 0x21)
        return "an unaligned access to Device memory: a pointer cast, or no -mstrict-align?";
    if (status == 0x10)
        return "nothing answers at this address: wrong register base, or beyond the end of RAM?";
    if (status < 0x10 && (status & 0x3c) == 4)
        return fault_unmapped(address);
    if (status < 0x10 && (status & 0x3c) == 0)
        return "the address is wider than this CPU's";
    if (status < 0x10 && (status & 0x3c) == 0xc)
        return "the map forbids it: code that was written to, or data that is run?";
    return "a memory access that the CPU could not complete";
}

static const char *means(uint64_t kind, uint64_t syndrome, uint64_t address)
{
    const uint32_t class = (uint32_t)(syndrome >> 26) & 0x3f;

    if (kind == 3)
        return "a device or the hypervisor reported an error that no instruction made (SError)";
    if (kind != 0)
        return "an interrupt, though all of them are masked: who unmasked them?";
    if (class == 0x00)
        return "no such instruction: code overwritten, a wild jump, or meant for a newer CPU?";
    if (class == 0x07)
        return "floating point is off: start.S turns it on, who turned it off?";
    if (class == 0x16 || class == 0x17)
        return "a call to a hypervisor or firmware that is not there: PSCI by the wrong method?";
    if (class == 0x18)
        return "a system register that this CPU, or its hypervisor, does not let us use";
    if (class == 0x22)
        return "a jump to an address that is no multiple of 4: a wild function pointer?";
    if (class == 0x26)
        return "the stack pointer is no multiple of 16: assembly that pushed unevenly?";
    if (class == 0x3c)
        return "a trap put there on purpose (brk): a check of the compiler's, or yours";
    if (class == 0x20 || class == 0x21)
        return "a jump to where no code is: a pointer never set, or the stack overwritten?";
    if (class == 0x24 || class == 0x25)
        return abort_means((uint32_t)syndrome & 0x3f, address);
    return "see the syndrome's upper six bits in the Arm manual, ESR_EL1.EC";
}

void fault_print(sink *to, const frame *f, uint64_t kind)
{
    uint64_t syndrome, address, at;
    uint32_t i;

    __asm__ volatile("mrs %0, esr_el1" : "=r"(syndrome));
    __asm__ volatile("mrs %0, far_el1" : "=r"(address));
    __asm__ volatile("mrs %0, elr_el1" : "=r"(at));
    print_to(to, "\nFAULT at 0x%lx: %s\n", at, means(kind, syndrome, address));
    print_to(to, "  address 0x%lx, syndrome 0x%lx, instruction at 0x%lx of kernel.elf\n",
             address, syndrome, at - (uintptr_t)_start);
    for (i = 0; i < 31; i++)
        print_to(to, "  x%u%s %016lx%s", i, i < 10 ? " " : "", f->x[i], i % 4 == 3 ? "\n" : "");
    print_to(to, "  sp  %016lx\nStopped.\n", f->sp);
}

