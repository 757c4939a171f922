/* start.S - from the boot loader's jump to kernel_main, on any arm64 machine
 *
 * With link.ld this file is all that a C program needs to run on bare metal:
 *
 *     void kernel_main(const void *dtb)          called with a stack, cleared
 *                                                .bss, floating point, the MMU
 *                                                and caches on, interrupts
 *                                                masked; when it returns, the
 *                                                CPU sleeps for ever
 *
 * The boot protocol is Linux's (QEMU -kernel, Virtualization.framework, U-Boot
 * booti): a flat image with the 64-byte header below, x0 = device tree, MMU
 * off. The image may be loaded anywhere. Everything is found relative to the
 * program counter; should the address be no multiple of 4096, the image first
 * moves itself up to the next one.
 *
 * The CPU wants its exception vectors at fixed distances from a 2-KB boundary.
 * They are laid over the image itself, so that they cost 48 bytes, not 2 KB:
 *
 *     0x000 header   0x040 code ...    would be the vectors for SP_EL0: unused
 *     0x200 fault    0x280 interrupt   this level, SP_EL1: the four real ones
 *     0x300 fast interrupt   0x380 system error
 *     0x400 ... and more code          for lower levels: there are none
 *
 * The map made here, with 39 bits of address, knows nothing but where the image
 * and the device tree lie. It is enough for one program; a kernel makes a
 * better one from the device tree (platform.c) and calls mmu_switch again.
 *
 *     0x80_0000_0000 +-----------------------+ end of 512 GB
 *                    |  device               |  blocks of 1 GB
 *     0x40_1000_0000 |  .. ECAM of QEMU ..   |
 *                    +-----------------------+
 *                    |  device               |  blocks of 2 MB in each GB that
 *          dtb ----> |  normal memory        |  holds the image or the tree:
 *                    |  device               |  RAM may share its GB with
 *         _end ----> |  normal memory        |  device registers, as it does
 *       _start ----> |  normal memory        |  where RAM begins at 0x70000000
 *                    |  device               |
 *                    +-----------------------+
 *                    |  device               |  blocks of 1 GB
 *                  0 +-----------------------+
 *
 * "Normal" is write-back and inner-shareable, so that caches work and devices
 * of a virtual machine see what the CPU wrote. "Device" is never cached, never
 * guessed at, never executed. RAM outside of image and tree stays Device here:
 * it works, slowly, for accesses that are aligned. */

#define PAGE            4096
#define NORMAL          0x705                   /* AF, inner-shareable, MAIR 1 */
#define DEVICE          0x401                   /* AF, MAIR 0 */
#define NO_EXECUTE      (3 << 53)               /* UXN, PXN */
#define TCR             (25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23)
                                                /* 39 bits, walks cached, no
                                                   upper half */

    .arch   armv8-a+simd                        // vector registers, whatever the
    .section .text.start, "ax"                  // C files may not use
    .globl  _start, mmu_switch, park
    .weak   fault

_start:
    b       enter
    .word   0
    .quad   0                                   // offset from the start of RAM
    .quad   _image_size                         // with .bss, stack and pixels
    .quad   0xa                                 // little-endian, 4 KB, anywhere
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .word   0

enter:
    mov     x20, x0                             // the device tree, before all
    adr     x19, _start
    ands    x1, x19, #PAGE - 1
    b.ne    move_up
placed:
    ic      iallu                               // whatever ran here before us
    dsb     nsh
    isb
    mrs     x1, CurrentEL
    cmp     x1, #2 << 2
    b.ne    at_el1

    /* Entered at EL2, the hypervisor's level: allow EL1 all it needs. */
    mov     x1, #1 << 31                        // EL1 is 64-bit, nothing traps,
    msr     hcr_el2, x1                         // and its registers are its own
    isb
    msr     vbar_el1, x19
    ldr     w1, sctlr_off
    msr     sctlr_el1, x1
    mov     x1, #3                              // counter and timer
    msr     cnthctl_el2, x1
    msr     cntvoff_el2, xzr
    mov     x1, #0x33ff                         // floating point
    msr     cptr_el2, x1
    msr     hstr_el2, xzr
    mrs     x1, id_aa64pfr0_el1
    tst     x1, #0xf << 24                      // a GICv3 with registers here?
    b.eq    1f
    mov     x1, #0xf
    msr     S3_4_C12_C9_5, x1                   // ICC_SRE_EL2: for EL1 as well
    isb
1:  mov     x1, #0x3c5                          // EL1, its own stack, masked
    msr     spsr_el2, x1
    adr     x1, at_el1
    msr     elr_el2, x1
    eret

at_el1:
    msr     vbar_el1, x19                       // before anything can fault
    ldr     w1, sctlr_off
    msr     sctlr_el1, x1
    msr     spsel, #1
    mov     x1, #3 << 20                        // floating point is no trap
    msr     cpacr_el1, x1
    isb
    adrp    x1, _stack_top
    add     sp, x1, :lo12:_stack_top

    adrp    x21, _tables
    mov     x4, x21
    mov     x5, #NO_EXECUTE
    add     x5, x5, #DEVICE
    mov     x6, #1 << 30
    bl      fill
    mov     x22, x4

    mov     x2, x19
    adrp    x3, _end
    bl      map
    lsr     x1, x20, #39                        // no tree, or out of reach?
    cbz     x20, 1f
    cbnz    x1, 1f
    ldr     w3, [x20, #4]                       // its size, big-endian; at most
    rev     w3, w3                              // 2 MB by the protocol
    and     x3, x3, #0x1fffff
    add     x3, x20, x3
    mov     x2, x20
    bl      map
1:  mov     x2, x21
    mov     x3, x22
    bl      forget
    mov     x0, x21
    mov     w1, #TCR & 0xffff
    movk    w1, #TCR >> 16, lsl #16
    bl      mmu_switch

    adrp    x1, _bss                            // both ends multiples of 64
    adrp    x2, _bss_end
    add     x1, x1, :lo12:_bss
    add     x2, x2, :lo12:_bss_end
    movi    v0.2d, #0
    b       2f
1:  stp     q0, q0, [x1], #32
    stp     q0, q0, [x1], #32
2:  cmp     x1, x2
    b.lo    1b

    mov     x0, x20
    mov     x29, #0
    bl      kernel_main
    b       park

    /* map(x2 = from, x3 = to): these blocks of 2 MB are normal memory. x21 is
     * the table of 1-GB blocks, x22 the next free table behind it. */
map:
    mov     x15, x30
    and     x2, x2, #~0x1fffff
1:  cmp     x2, x3
    b.hs    4f
    lsr     x9, x2, #30
    add     x9, x21, x9, lsl #3
    ldr     x10, [x9]
    tbnz    x10, #1, 3f                         // this GB has its table already
    mov     x4, x22
    mov     x5, x10                             // it goes on where the block was
    mov     x6, #1 << 21
    bl      fill
    orr     x10, x22, #3
    str     x10, [x9]
    mov     x22, x4
3:  and     x10, x10, #~3
    ubfx    x11, x2, #21, #9
    add     x12, x2, #NORMAL
    str     x12, [x10, x11, lsl #3]
    add     x2, x2, #0x200, lsl #12             // 2 MB
    b       1b
4:  ret     x15

    /* The four vectors. fault() gets the kind in x0 (0 fault, 1 interrupt, 2
     * fast interrupt, 3 system error) and x0 itself in TPIDR_EL1. Nothing is
     * pushed: a fault may well mean that the stack is gone. */
    .macro  vector offset, kind
    .org    \offset
    msr     tpidr_el1, x0
    mov     x0, #\kind
    b       fault
    .endm

    vector  0x200, 0

file_size:
    .word   _file_size
sctlr_off:
    .word   0x30d00800                          // MMU and caches off

    /* fill(x4 = table, x5 = first entry, x6 = step): 512 entries, four a turn */
fill:
    add     x7, x5, x6
    fmov    d0, x5
    mov     v0.d[1], x7
    lsl     x6, x6, #1
    dup     v2.2d, x6
    add     v1.2d, v0.2d, v2.2d
    shl     v2.2d, v2.2d, #1
    add     x7, x4, #PAGE
1:  stp     q0, q1, [x4], #32
    add     v0.2d, v0.2d, v2.2d
    add     v1.2d, v1.2d, v2.2d
    cmp     x4, x7
    b.ne    1b
    ret

    vector  0x280, 1

    /* forget(x2 = from, x3 = to): what was written past the caches must not be
     * shadowed by what they still hold of that memory. */
forget:
    mrs     x4, ctr_el0
    ubfx    x4, x4, #16, #4
    mov     x5, #4
    lsl     x4, x5, x4                          // bytes in the smallest line
    neg     x5, x4
    and     x2, x2, x5
1:  dc      ivac, x2
    add     x2, x2, x4
    cmp     x2, x3
    b.lo    1b
    dsb     sy
    ret

    /* Move up to a multiple of 4096, last word first, and go on there. */
move_up:
    add     x2, x19, #PAGE
    sub     x2, x2, x1
    ldr     w3, file_size
1:  sub     w3, w3, #4
    ldr     w4, [x19, x3]
    str     w4, [x2, x3]
    cbnz    w3, 1b
    mov     x19, x2
    ldr     w3, file_size
    add     x3, x2, x3
    bl      forget
    add     x1, x19, #placed - _start
    br      x1

    vector  0x300, 2

    /* void mmu_switch(const void *tables, uint64_t tcr): off, then on with
     * these. No data is touched between, so nobody misses the caches. */
mmu_switch:
    dsb     sy                                  // the tables are written
    mrs     x2, sctlr_el1
    bic     x3, x2, #1
    msr     sctlr_el1, x3
    isb
    mrs     x3, id_aa64mmfr0_el1                // as many address bits as the
    bfi     x1, x3, #32, #3                     // CPU has
    msr     tcr_el1, x1
    msr     ttbr0_el1, x0
    mov     x3, #0xff04                         // 0 Device-nGnRE, 1 write-back
    msr     mair_el1, x3
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
    mov     w3, #0x1005                         // I and D caches, MMU
    orr     x2, x2, x3
    msr     sctlr_el1, x2
    isb
    ret

    vector  0x380, 3

park:
fault:                                          // until trap.c has a better one
    msr     daifset, #0xf
1:  wfi
    b       1b
