/* x86_64.S - PVH's note, and from its 32-bit entry to 64 bits. All of 4 GiB is mapped. */
    .section .note.pvh, "a", @note
    .long   4, 4, 18                    /* bytes of the name, of the value; PHYS32_ENTRY */
    .asciz  "Xen"
    .long   begin

    .text
    .globl  begin
    .code32
begin:
    movl    $stack, %esp
    movl    %ebx, %edi                  /* hvm_start_info */
    movl    $level4, %eax
    movl    %eax, %cr3
    movl    $0x20, %eax                 /* PAE */
    movl    %eax, %cr4
    movl    $0xc0000080, %ecx           /* EFER: 64-bit mode is meant */
    rdmsr
    orl     $0x100, %eax
    wrmsr
    movl    $0x80000011, %eax           /* paging */
    movl    %eax, %cr0
    lgdt    gdt_pointer
    ljmp    $8, $long_mode
    .code64
long_mode:
    movl    $16, %eax
    movl    %eax, %ss
    movl    %eax, %ds
    movl    %eax, %es
    movl    %edi, %edi
    call    guest_main

    .data
    .balign 4096
level4:
    .quad   level3 + 3
    .fill   511, 8, 0
level3:
    .quad   level2 + 3, level2 + 0x1003, level2 + 0x2003, level2 + 0x3003
    .fill   508, 8, 0
level2:                                 /* 2048 blocks of 2 MiB */
    .set    block, 0x83
    .rept   2048
    .quad   block
    .set    block, block + 0x200000
    .endr
gdt:
    .quad   0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
    .word   23
    .long   gdt

    .bss
    .balign 16
    .skip   65536
stack:
