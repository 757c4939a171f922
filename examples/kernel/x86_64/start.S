/* start.S - from the boot loader's jump to kernel_main, on any x86 machine
 *
 * With link.ld this file is all that a C program needs to run on bare metal:
 *
 *     void kernel_main(const void *boot)         called with a stack, cleared
 *                                                .bss, 64-bit mode, caches and
 *                                                SSE on, interrupts masked;
 *                                                when it returns, the CPU sleeps
 *                                                for ever
 *
 * The boot protocol is PVH, the simplest that x86 has (QEMU -kernel, Xen, the
 * VMMs beside us): an ELF file with a note, entered in 32-bit protected mode,
 * flat segments, no paging, EBX = hvm_start_info, which is what `boot` points to.
 * From there it is not far to 64 bits:
 *
 *     CR4.PAE     page tables of 64-bit entries,   CR3     which are here;
 *     EFER.LME    64-bit mode is meant             CR0.PG  from now on,
 *                                                  CS      and by this code
 *
 * 32-bit code cannot address anything relative to the program counter. It takes
 * the few addresses that it needs as numbers from link.ld (at_...).
 *
 * The map made here knows nothing but that 4 GB are enough to begin with. What
 * is cached the firmware has set (MTRRs). It is enough for one program; a kernel
 * makes a better one (platform.c).
 *
 *     4 GB +-----------------------+
 *          |  all of it the same   |  2,048 blocks of 2 MB
 *        0 +-----------------------+                                          */

#define PAGE        4096
#define TABLE       0x03                        /* present, writable */
#define BLOCK       0x83                        /* ... and no table */
#define CODE        8                           /* selectors: places in gdt */
#define DATA        16
#define TSS         24
#define GATES       48
#define ERROR_CODES 0x60227d00                  /* a bit a fault */

    .section .text.start, "ax"
    .globl  _start, long_mode, gdt, gdt_pointer, doze, park
    .weak   fault

    .code32
_start:
    cli
    cld
    movl    $at_stack, %esp
    pushl   $0
    pushl   %ebx                                // hvm_start_info

    movl    $at_tables, %edi                    // two tables, empty as yet;
    xorl    %eax, %eax
    movl    $2 * PAGE / 4, %ecx
    rep     stosl
    movl    $BLOCK, %eax                        // four of blocks,
1:  movl    %eax, (%edi)
    movl    $0, 4(%edi)
    addl    $8, %edi
    addl    $2 << 20, %eax
    jnc     1b
    movl    $at_tables + PAGE, %edi             // one of these four,
    movl    $at_tables + 2 * PAGE + TABLE, %eax
    movl    $4, %ecx
2:  movl    %eax, (%edi)
    addl    $8, %edi
    addl    $PAGE, %eax
    loop    2b
    movl    $at_tables, %edi                    // and the first of all
    movl    $at_tables + PAGE + TABLE, (%edi)
    movl    %edi, %cr3

    movl    $0x620, %eax                        // PAE; SSE, and its faults
    movl    %eax, %cr4
    movl    $0xc0000080, %ecx                   // EFER
    rdmsr
    orl     $0x900, %eax                        // LME, and no-execute
    wrmsr
    movl    $0x80010033, %eax                   // paging, write protection,
    movl    %eax, %cr0                          // floating point without traps
    lgdt    at_gdt_pointer
    ljmp    $CODE, $at_long_mode

    .code64
long_mode:
    movl    $DATA, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %ss
    leaq    _stack_top - 8(%rip), %rsp

    leaq    _bss(%rip), %rdi                    // both ends multiples of 64
    leaq    _bss_end(%rip), %rcx
    subq    %rdi, %rcx
    shrq    $3, %rcx
    xorl    %eax, %eax
    rep     stosq

    /* A fault gets another stack (number 1): the usual one may be its reason. */
    leaq    tss(%rip), %rax
    leaq    fault_stack_top(%rip), %rcx
    movq    %rcx, 36(%rax)
    leaq    gdt + TSS(%rip), %rdi
    movw    %ax, 2(%rdi)                        // where tss is, in pieces
    shrq    $16, %rax
    movb    %al, 4(%rdi)
    movb    %ah, 7(%rdi)
    shrq    $16, %rax
    movl    %eax, 8(%rdi)
    movl    $TSS, %eax
    ltr     %ax

    leaq    idt(%rip), %rdi                     // 32 gates for faults, the
    leaq    faults(%rip), %rax                  // rest for interrupts
    movl    $0x8e01, %edx
1:  call    gate
    addq    $16, %rax
    leaq    idt + 32 * 16(%rip), %rcx
    cmpq    %rcx, %rdi
    jb      1b
    leaq    wake(%rip), %rax
    movl    $0x8e00, %edx
2:  call    gate
    leaq    idt + GATES * 16(%rip), %rcx
    cmpq    %rcx, %rdi
    jb      2b
    leaq    idt(%rip), %rax
    pushq   %rax
    pushw   $GATES * 16 - 1
    lidt    (%rsp)
    addq    $10, %rsp

    popq    %rdi
    xorl    %ebp, %ebp
    call    kernel_main
park:
    cli
1:  hlt
    jmp     1b

    /* gate(rdi = gate, rax = handler, dx = kind and stack): rdi moves on. */
gate:
    movq    %rax, %rcx
    movw    %cx, (%rdi)
    movw    $CODE, 2(%rdi)
    movw    %dx, 4(%rdi)
    shrq    $16, %rcx
    movw    %cx, 6(%rdi)
    shrq    $16, %rcx
    movl    %ecx, 8(%rdi)
    addq    $16, %rdi
    ret

    /* void doze(void): sleeps until an interrupt. It is taken nowhere else, and
     * so its handler has nothing to save: it goes back to who called doze. */
doze:
    sti
    hlt
wake:
    movq    24(%rsp), %rsp                      // the stack of before; IF is 0
    ret

    /* The CPU pushes an error code for some of the faults; here for the rest. */
    .balign 16
faults:
    .set    number, 0
    .rept   32
    .balign 16
    .if     !(ERROR_CODES >> number & 1)
    pushq   $0
    .endif
    pushq   $number
    jmp     fault
    .set    number, number + 1
    .endr

fault:                                          // until trap.c has a better one
    jmp     park

    .section .data.start, "aw"
    .balign 8
gdt:
    .quad   0
    .quad   0x00af9b000000ffff                  // code, 64 bits
    .quad   0x00cf93000000ffff                  // data
    .quad   0x0000890000000067, 0               // tss
gdt_pointer:
    .word   gdt_pointer - gdt - 1
    .quad   at_gdt

    .section .bss.start, "aw", @nobits
    .balign 16
idt:
    .skip   GATES * 16
tss:
    .skip   104

    .section .noinit, "aw", @nobits
    .balign 16
    .skip   16384
fault_stack_top:
