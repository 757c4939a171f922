/* trap.c - the last words of a kernel that faulted
 *
 * Every trap comes to `fault` below, which keeps the registers, changes to a stack of its own (the
 * other one may be the reason) and calls fault_tell() (fault.c). */
#include "parts.h"

struct frame {
    uint64_t x[32];                     /* x0, which is always 0, keeps sepc */
};

/* Named by the assembly below, which the compiler does not read. */
__attribute__((section(".noinit"), aligned(16), used)) uint8_t fault_stack[16384];
__attribute__((used)) frame fault_frame;

__asm__(
"   .text\n"
"   .globl fault\n"
"   .hidden fault\n"
"   .option norelax\n"
"   .balign 4\n"
"fault:\n"
"   csrw    sscratch, t6\n"
"   lla     t6, fault_frame\n"
"   .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, "
               "24, 25, 26, 27, 28, 29, 30\n"
"   sd      x\\n, 8 * \\n(t6)\n"
"   .endr\n"
"   mv      a0, t6\n"
"   csrr    t0, sscratch\n"
"   sd      t0, 8 * 31(a0)\n"
"   csrr    t0, sepc\n"
"   sd      t0, 0(a0)\n"
"   csrr    a1, scause\n"
"   lla     sp, fault_stack + 16384\n"
"   li      s0, 0\n"
"   call    fault_tell\n"
"   j       park\n");

/* ---- What it probably means ------------------------------------------------------------------ */

static const char *means(uint64_t cause, uint64_t address)
{
    if (cause >> 63)
        return "an interrupt, though all of them are masked: who unmasked them?";
    switch (cause) {
    case 0:
        return "a jump to an odd address: a wild function pointer?";
    case 1: case 12:
        return "a jump to where no code is: a pointer never set, or the stack overwritten?";
    case 2:
        return "no such instruction: code overwritten, a wild jump, or meant for a newer CPU?";
    case 3:
        return "a trap put there on purpose (ebreak): a check of the compiler's, or yours";
    case 4: case 6:
        return "an unaligned access, which this CPU or this device cannot do: a pointer cast?";
    case 5: case 7:
        return "nothing answers at this address: wrong register base, or beyond the end of RAM?";
    case 9:
        return "a call to firmware that did not take it: was it started without SBI?";
    case 13: case 15:
        return fault_unmapped(address);
    default:
        return "see the table of scause in the RISC-V manual, volume II";
    }
}

static const char names[32][4] = {
    "pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
    "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"
};

void fault_print(sink *to, const frame *f, uint64_t cause)
{
    uint64_t address;
    uint32_t i;

    __asm__ volatile("csrr %0, stval" : "=r"(address));
    print_to(to, "\nFAULT at 0x%lx: %s\n", f->x[0], means(cause, address));
    print_to(to, "  address 0x%lx, cause 0x%lx, instruction at 0x%lx of kernel.elf\n", address,
             cause, f->x[0] - (uintptr_t)_start);
    for (i = 0; i < 32; i++)
        print_to(to, "  %s%s %016lx%s", names[i], names[i][2] ? "" : " ", f->x[i],
                 i % 4 == 3 ? "\n" : "");
    print_to(to, "Stopped.\n");
}
