/* trap.c - the last words of a kernel that faulted
 *
 * A gate of start.S comes to `fault` below, on a stack of its own (the other one may be the reason)
 * on which the CPU has left where it was. The other registers are pushed to it, and fault_tell()
 * (fault.c) is called. */
#include "parts.h"

struct frame {
    uint64_t r[15];                     /* as names[] below */
    uint64_t number, error;             /* start.S */
    uint64_t rip, cs, flags, rsp, ss;   /* the CPU */
};

__asm__(
"   .text\n"
"   .globl fault\n"
"   .hidden fault\n"
"fault:\n"
"   pushq   %rax\n"
"   pushq   %rbx\n"
"   pushq   %rcx\n"
"   pushq   %rdx\n"
"   pushq   %rsi\n"
"   pushq   %rdi\n"
"   pushq   %rbp\n"
"   pushq   %r8\n"
"   pushq   %r9\n"
"   pushq   %r10\n"
"   pushq   %r11\n"
"   pushq   %r12\n"
"   pushq   %r13\n"
"   pushq   %r14\n"
"   pushq   %r15\n"
"   cld\n"
"   movq    %rsp, %rdi\n"
"   movq    15*8(%rsp), %rsi\n"
"   xorl    %ebp, %ebp\n"
"   call    fault_tell\n"
"   jmp     park\n");

/* ---- What it probably means ------------------------------------------------------------------ */

/* A page fault, by its error code. */
static const char *page_means(uint64_t error, uint64_t address)
{
    if (error & 0x10)
        return "a jump to where no code is: a pointer never set, or the stack overwritten?";
    if (!(error & 1))
        return fault_unmapped(address);
    if (error & 8)
        return "the page tables are damaged: something wrote over them";
    return "the map forbids it";
}

static const char *means(uint64_t number, uint64_t error, uint64_t address)
{
    switch (number) {
    case 0:
        return "a division by zero, or one whose result does not fit";
    case 1:
    case 3:
        return "a trap put there on purpose (int3), or left by a debugger";
    case 2:
    case 18:
        return "the machine reports an error of its own (NMI, machine check)";
    case 6:
        return "no such instruction: code overwritten, a wild jump, a newer CPU's? "
               "Or a check of the compiler's (ud2)";
    case 7:
        return "floating point is off: start.S turns it on, who turned it off?";
    case 8:
        return "a fault at a fault: are gates, segments or page tables damaged?";
    case 10:
    case 11:
    case 12:
        return "a segment that does not fit: nobody uses them but start.S";
    case 13:
        return "an address that can't be one, or an instruction or register that is not allowed: a "
               "wild pointer?";
    case 14:
        return page_means(error, address);
    case 16:
    case 19:
        return "a floating point operation without a result";
    case 17:
        return "an unaligned access";
    default:
        return "see the Intel manual, volume 3, chapter 6, by its number";
    }
}

void fault_print(sink *to, const frame *f, uint64_t kind)
{
    static const char names[15][4] = { "r15", "r14", "r13", "r12", "r11", "r10", "r9 ", "r8 ",
                                       "rbp", "rdi", "rsi", "rdx", "rcx", "rbx", "rax" };
    uint64_t address;
    uint32_t i;

    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    print_to(to, "\nFAULT at 0x%lx: %s\n", f->rip, means(kind, f->error, address));
    print_to(to, "  number %lu, error 0x%lx, address 0x%lx, instruction at 0x%lx of kernel.elf\n",
             kind, f->error, address, f->rip);
    for (i = 0; i < 15; i++)
        print_to(to, "  %s %016lx%s", names[14 - i], f->r[14 - i], i % 4 == 3 ? "\n" : "");
    print_to(to, "  rsp %016lx\n  flags %lx\nStopped.\n", f->rsp, f->flags);
}
