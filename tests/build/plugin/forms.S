/* One load or store of each form on a register of the UART of QEMU's virt: what test_watch.sh
   expects the plugin to name. Powers off at the end (PSCI by hvc). */
        .globl  _start
_start: mov     x1, #0x09000000
        add     x3, x1, #0x18                   /* the flag register: reading it changes nothing */
        mov     x2, #0
        ldr     w0, [x3]
        ldrb    w0, [x3]
        ldrh    w0, [x3]
        ldr     x0, [x3]
        str     wzr, [x3]
        strb    wzr, [x3]
        ldr     w0, [x1, #0x18]
        ldur    w0, [x3, #-4]
        ldr     w0, [x3, x2]
        ldr     w0, [x3], #0
        ldr     w0, [x3, #0]!
        ldp     w0, w4, [x3]
        ldtr    w0, [x3]
        ldar    w0, [x3]
        hint    #0x51
        mov     w0, #0x0008
        movk    w0, #0x8400, lsl #16
        hvc     #0
        b       .
