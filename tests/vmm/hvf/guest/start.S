/* start.S - the tests' guest under Hypervisor.framework: header, first instructions, vectors. */
    .text
    .globl _start
_start:
    b       begin
    .long   0
    .quad   0                           /* text_offset */
    .quad   0x1000000                   /* image_size: 16 MiB, with .bss and the stack */
    .quad   0xa                         /* little-endian, 4 KiB pages, anywhere in memory */
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0
begin:
    adrp    x1, _start
    add     x1, x1, #0xf00, lsl #12     /* 15 MiB behind the start */
    mov     sp, x1
    adr     x1, vectors
    msr     vbar_el1, x1
    mov     x1, #3 << 20                /* vector registers */
    msr     cpacr_el1, x1
    isb
    b       guest_main                  /* x0 is the device tree still */

    .globl mmu_on                       /* mmu_on(x0 = table): 39 bits, pages of 4 KiB */
mmu_on:
    ldr     x1, =0x3519                 /* T0SZ 25, walks cached and inner-shareable */
    movk    x1, #0x80, lsl #16          /* EPD1 */
    movk    x1, #2, lsl #32             /* 40 bits of physical address */
    msr     tcr_el1, x1
    mov     x1, #0xff00                 /* 0: Device, 1: Normal */
    msr     mair_el1, x1
    msr     ttbr0_el1, x0
    isb
    mrs     x1, sctlr_el1
    orr     x1, x1, #1
    msr     sctlr_el1, x1
    isb
    ret

    .macro  keep
    stp     x0, x1, [sp, #-192]!
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x30, [sp, #144]
    .endm

back:
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x30, [sp, #144]
    ldp     x0, x1, [sp], #192
    eret

fault:                                  /* told to the guest, which goes on behind it */
    keep
    mrs     x0, esr_el1
    mrs     x1, far_el1
    bl      on_fault
    mrs     x0, elr_el1
    add     x0, x0, #4
    msr     elr_el1, x0
    b       back
interrupt:
    keep
    bl      on_interrupt
    b       back

    .balign 2048
vectors:
    .balign 128
    b       .
    .balign 128
    b       .
    .balign 128
    b       .
    .balign 128
    b       .
    .balign 128
    b       fault
    .balign 128
    b       interrupt
    .balign 128
    b       .
    .balign 128
    b       .
    .ltorg
