/* pvh.S - a guest for the tests of vmm-kvm on x86: it does what the letters of its command line
 * say, one after the other. It stays in the 32-bit mode in which PVH enters it, without a stack.
 *
 *      u  prints "hello" on the UART             w  prints it by one string instruction
 *      o  powers off (port 0x604)                q  ends QEMU (isa-debug-exit at 0xf4)
 *      r  resets, by the keyboard's port         R  resets, by port 0xcf9
 *      h  loops for ever                         s  sleeps for ever
 *      t  a fault without an IDT: triple fault   x  an instruction of SSE
 *      m  reads and writes where nothing is      p  asks the PCI ports who is at 00:00.0
 *      i  waits for an interrupt of the UART, "room for the next byte", by way of the PIC
 */
#define UART    0x3f8

    .section .note.pvh, "a", @note
    .balign 4
    .long   4, 4, 18
    .asciz  "Xen"
    .long   _start

    .text
    .code32
    .globl  _start
_start:
    cmpl    $0x336ec578, (%ebx)                 // hvm_start_info, or we say so
    jne     lost
    movl    24(%ebx), %esi                      // its command line
next:
    lodsb
    testb   %al, %al
    jz      forever
    movl    $letters, %edi
    movl    $letters_end - letters, %ecx
    repne   scasb
    jne     lost
    subl    $letters + 1, %edi
    jmp     *acts(, %edi, 4)

letters:
    .ascii  "uwoqrRhstxmpi"
letters_end:
    .balign 4
acts:
    .long   print, string, off, quit, reset, reset_9, forever, sleep, fault, sse, nothing, pci
    .long   interrupt

lost:
    movl    $what, %ebp
    movl    $forever, %ebx
    jmp     say
what:
    .asciz  "what?\n"
hello:
    .asciz  "hello\n"

    /* Prints EBP's text and goes on at EBX. */
say:
    movw    $UART, %dx
1:  movb    (%ebp), %al
    incl    %ebp
    testb   %al, %al
    jz      2f
    outb    %al, %dx
    jmp     1b
2:  jmp     *%ebx

print:
    movl    $hello, %ebp
    movl    $next, %ebx
    jmp     say
string:
    movl    %esi, %edi
    movl    $hello, %esi
    movl    $6, %ecx
    movw    $UART, %dx
    rep     outsb
    movl    %edi, %esi
    jmp     next
off:
    movw    $0x604, %dx
    movw    $0x2000, %ax
    outw    %ax, %dx
    jmp     next
quit:
    movw    $0xf4, %dx
    outl    %eax, %dx
    jmp     next
reset:
    movb    $0xfe, %al
    outb    %al, $0x64
    jmp     next
reset_9:
    movw    $0xcf9, %dx
    movb    $6, %al
    outb    %al, %dx
    jmp     next
forever:
    jmp     forever
sleep:
    cli
    hlt
    jmp     sleep
fault:
    movl    $no_idt, %eax
    lidt    (%eax)
    ud2
no_idt:
    .word   0
    .long   0
sse:
    movl    $0x600, %eax                        // allowed
    movl    %eax, %cr4
    pxor    %xmm0, %xmm0
    jmp     print
nothing:
    movl    0xd0000010, %eax
    movl    %eax, 0xd0000020
    cmpl    $-1, %eax
    je      print
    jmp     lost
pci:
    movl    $0x80000000, %eax
    movw    $0xcf8, %dx
    outl    %eax, %dx
    movw    $0xcfe, %dx                         // the device's id: the upper half
    inw     %dx, %ax
    cmpw    $0xffff, %ax
    jne     print
    jmp     lost
interrupt:
    movl    $0x7000, %esp                       // a stack, and an IDT, in free RAM
    movl    $taken, %eax
    movw    %ax, 0x8000 + 0x24 * 8              // IRQ 4 will be vector 0x24
    movl    $0x8e00, 0x8000 + 0x24 * 8 + 4
    movw    $8, 0x8000 + 0x24 * 8 + 2
    shrl    $16, %eax
    movw    %ax, 0x8000 + 0x24 * 8 + 6
    movl    $idt, %eax
    lidt    (%eax)
    movl    $gdt, %eax                          // the gate names a segment of it
    lgdt    (%eax)
    movb    $0x11, %al                          // the PIC: begin,
    outb    %al, $0x20
    movb    $0x20, %al                          // vectors from 0x20 on,
    outb    %al, $0x21
    movb    $4, %al                             // another one behind it,
    outb    %al, $0x21
    movb    $1, %al                             // as PCs have it;
    outb    %al, $0x21
    movb    $0xef, %al                          // of all lines only number 4
    outb    %al, $0x21
    movw    $UART + 1, %dx
    movb    $2, %al
    outb    %al, %dx
    sti
1:  hlt
    jmp     1b
taken:
    xorl    %eax, %eax                          // enough of it
    outb    %al, %dx
    jmp     print
gdt:
    .word   15
    .long   segments
    .balign 8
segments:
    .quad   0, 0x00cf9b000000ffff
idt:
    .word   0x30 * 8 - 1
    .long   0x8000
