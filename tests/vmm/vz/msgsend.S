/* msgsend.S - objc_msgSend: finds the method, and goes there as if it had been called at once.
 *
 * All registers that can hold arguments are kept while runtime_find() looks it up. A message to nil
 * answers 0, in each register that can hold an answer.
 */
#if defined(__x86_64__)

/* method FINDER, RECEIVER, NAME: the method into r11 */
.macro method finder, receiver, name
    push %rbp
    mov %rsp, %rbp
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %r8
    push %r9
    push %rax
    sub $136, %rsp
    movaps %xmm0, 0(%rsp)
    movaps %xmm1, 16(%rsp)
    movaps %xmm2, 32(%rsp)
    movaps %xmm3, 48(%rsp)
    movaps %xmm4, 64(%rsp)
    movaps %xmm5, 80(%rsp)
    movaps %xmm6, 96(%rsp)
    movaps %xmm7, 112(%rsp)
    mov \receiver, %rdi
    mov \name, %rsi
    call \finder
    mov %rax, %r11
    movaps 0(%rsp), %xmm0
    movaps 16(%rsp), %xmm1
    movaps 32(%rsp), %xmm2
    movaps 48(%rsp), %xmm3
    movaps 64(%rsp), %xmm4
    movaps 80(%rsp), %xmm5
    movaps 96(%rsp), %xmm6
    movaps 112(%rsp), %xmm7
    add $136, %rsp
    pop %rax
    pop %r9
    pop %r8
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    pop %rbp
.endm

    .text
    .globl objc_msgSend, objc_msgSend_stret, objc_msgSendSuper2
objc_msgSend:
    test %rdi, %rdi
    jz 1f
    method runtime_find@PLT, %rdi, %rsi
    jmp *%r11
1:  xor %eax, %eax
    xor %edx, %edx
    xorps %xmm0, %xmm0
    xorps %xmm1, %xmm1
    ret

objc_msgSend_stret:                     /* rdi is where a large answer goes */
    mov %rsi, %r10
    mov %rdx, %r11
    method runtime_find@PLT, %r10, %r11
    jmp *%r11

objc_msgSendSuper2:                     /* rdi is a struct objc_super: receiver first */
    method runtime_find_super@PLT, %rdi, %rsi
    mov (%rdi), %rdi
    jmp *%r11

#elif defined(__aarch64__)

.macro method finder
    stp x29, x30, [sp, #-224]!
    mov x29, sp
    stp x0, x1, [sp, #16]
    stp x2, x3, [sp, #32]
    stp x4, x5, [sp, #48]
    stp x6, x7, [sp, #64]
    str x8, [sp, #80]
    stp q0, q1, [sp, #96]
    stp q2, q3, [sp, #128]
    stp q4, q5, [sp, #160]
    stp q6, q7, [sp, #192]
    bl \finder
    mov x16, x0
    ldp q6, q7, [sp, #192]
    ldp q4, q5, [sp, #160]
    ldp q2, q3, [sp, #128]
    ldp q0, q1, [sp, #96]
    ldr x8, [sp, #80]
    ldp x6, x7, [sp, #64]
    ldp x4, x5, [sp, #48]
    ldp x2, x3, [sp, #32]
    ldp x0, x1, [sp, #16]
    ldp x29, x30, [sp], #224
.endm

    .text
    .globl objc_msgSend, objc_msgSendSuper2
objc_msgSend:
    cbz x0, 1f
    method runtime_find
    br x16
1:  mov x1, #0
    movi d0, #0
    movi d1, #0
    movi d2, #0
    movi d3, #0
    ret

objc_msgSendSuper2:
    method runtime_find_super
    ldr x0, [x0]
    br x16

#else
#error "objc_msgSend is not written for this CPU yet"
#endif
    .section .note.GNU-stack, "", %progbits
