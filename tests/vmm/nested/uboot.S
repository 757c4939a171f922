/* uboot.S - wraps U-Boot, which QEMU starts from flash with its device tree where RAM begins, into
 * an Image that any boot loader starts. It is position-independent, and begins on a page.
 *
 *      0x40000000  RAM of --map qemu: the device tree, copied from where X0 says
 *      0x40200000  this file
 *      0x44000000  U-Boot's environment: the script, copied from here (test_uboot.sh tells why)
 *
 * UBOOT and ENVIRONMENT are the files' names. */
    .equ    RAM, 0x40000000
    .equ    TREE_BYTES, 0x20000
    .equ    FLASH, 0x44000000
    .equ    FLASH_BYTES, 0x40000
    .equ    BSS, 0x10000                /* U-Boot needs memory behind its file, too */

    .globl  _start
_start:
    b       start
    .long   0
    .quad   0, end - _start + BSS, 0xa, 0, 0, 0
    .ascii  "ARM\x64"
    .long   0

start:
    ldr     x1, =RAM
    ldr     x2, =TREE_BYTES
    bl      copy
    adr     x0, environment
    ldr     x1, =FLASH
    ldr     x2, =FLASH_BYTES
    bl      copy
    b       uboot

copy:                                   /* x2 bytes, a multiple of 16, from x0 to x1 */
    ldp     x3, x4, [x0], #16
    stp     x3, x4, [x1], #16
    subs    x2, x2, #16
    b.ne    copy
    ret
    .ltorg

    .balign 16
environment:
    .incbin ENVIRONMENT
    .balign 4096
uboot:
    .incbin UBOOT
end:
