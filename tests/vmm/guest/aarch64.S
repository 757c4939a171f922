/* aarch64.S - the arm64 Image header and the first instructions of the tests' guest. */
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
    b       guest_main                  /* x0 is the device tree still */
