/* start.S - from the firmware's jump to kernel_main, on any 64-bit RISC-V machine with SBI
 *
 * With link.ld this file is all that a C program needs to run on bare metal:
 *
 *     void kernel_main(const void *dtb)          called with a stack, cleared
 *                                                .bss, floating point on,
 *                                                interrupts masked; when it
 *                                                returns, the CPU sleeps for
 *                                                ever
 *
 * The boot protocol is Linux's (QEMU -kernel, U-Boot booti): a flat image with
 * the 64-byte header below, entered in supervisor mode with a0 = the number of
 * this CPU, a1 = device tree, and no page tables. Below us stays the firmware
 * (OpenSBI on QEMU), which sets the timer and turns the power off when asked.
 *
 * No map is made here, unlike on arm64: a RISC-V CPU knows by itself which
 * addresses are memory, cached and coherent, and which are devices (its
 * "physical memory attributes"). Without page tables every address is what it
 * seems. platform.c makes some all the same, so that a null pointer and a stack
 * that grows too deep are faults.
 *
 * Everything is found relative to the program counter. The image may lie at any
 * multiple of 4096; firmware puts it at a multiple of 2 MB. */

    .section .text.start, "ax"
    .option norelax                             // no gp: nobody sets it
    .globl  _start, park
    .weak   fault

_start:
    j       enter
    .balign 8
    .quad   0x200000                            // offset from the start of RAM
    .quad   _image_size                         // with .bss, stack and pixels
    .quad   0                                   // little-endian
    .word   2, 0                                // version 0.2 of this header
    .quad   0
    .ascii  "RISCV\0\0\0"
    .ascii  "RSC\x05"
    .word   0

enter:
    csrw    sie, zero                           // nothing interrupts ...
    csrci   sstatus, 2                          // ... before SIE is set again
    lla     t0, fault
    csrw    stvec, t0                           // before anything can fault
    csrw    satp, zero
    .word   0x0000100f                          // fence.i, which not every
                                                // assembler takes for rv64gc:
                                                // whatever ran here before us
    li      t0, 1 << 13                         // floating point is no trap
    csrs    sstatus, t0
    fscsr   zero
    lla     sp, _stack_top

    lla     t0, _bss                            // both ends multiples of 64
    lla     t1, _bss_end
    j       2f
1:  sd      zero, 0(t0)
    sd      zero, 8(t0)
    sd      zero, 16(t0)
    sd      zero, 24(t0)
    addi    t0, t0, 32
2:  bltu    t0, t1, 1b

    mv      a0, a1
    li      s0, 0                               // no frame above
    call    kernel_main

    .balign 4                                   // stvec wants it
park:
fault:                                          // until trap.c has a better one
    csrw    sie, zero
1:  wfi
    j       1b
