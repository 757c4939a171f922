/* hello_kvm.c - the smallest virtual machine: RAM, a few bytes of code, one register that prints.
 *
 *     0x10000  | RAM  |  the guest's code and its text: it runs there without us, at full speed,
 *      0x8000  | byte |  until it stores a byte here: no RAM, so KVM_RUN returns, and we print the
 *                        byte. A zero means that the guest is done.
 *
 * cc examples/vmm/hello_kvm.c && ./a.out (on Linux, with KVM); main_kvm.c is the same and more. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/kvm.h>

enum { RAM = 0x10000, BYTES = 0x10000, PRINTER = 0x8000 };
static int vm, cpu;
static const char text[] = "Hello from a virtual machine\n";    /* lies behind the code */

static int must(int result, const char *what)   /* a host that says no: tell where, and give up */
{
    if (result >= 0)
        return result;
    perror(what);
    exit(1);
}

#if defined(__x86_64__)
static const uint8_t code[] = {                 /* real mode, as a PC wakes up */
    0xbb, 0x00, 0x80,                           /*        mov  $0x8000, %bx            */
    0xbe, 0x11, 0x00,                           /*        mov  $text, %si              */
    0x2e, 0x8a, 0x04,                           /* again: mov  %cs:(%si), %al          */
    0x88, 0x07,                                 /*        mov  %al, (%bx)    to PRINTER */
    0x46,                                       /*        inc  %si                     */
    0x84, 0xc0,                                 /*        test %al, %al                */
    0x75, 0xf6, 0xf4,                           /*        jne  again ; hlt             */
};

static void first_registers(void)
{
    struct kvm_sregs special;
    struct kvm_regs regs = { .rip = 0, .rflags = 2 };

    must(ioctl(cpu, KVM_GET_SREGS, &special), "KVM_GET_SREGS");
    special.cs.base = RAM;
    special.cs.selector = RAM >> 4;
    must(ioctl(cpu, KVM_SET_SREGS, &special), "KVM_SET_SREGS");
    must(ioctl(cpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}
#elif defined(__aarch64__)
static const uint32_t code[] = {
    0xd2900001,                                 /*        mov  x1, #0x8000             */
    0x10000082,                                 /*        adr  x2, text                */
    0x38401440,                                 /* again: ldrb w0, [x2], #1            */
    0x39000020,                                 /*        strb w0, [x1]      to PRINTER */
    0x35ffffc0,                                 /*        cbnz w0, again               */
};

static void first_registers(void)
{
    struct kvm_vcpu_init init;
    uint64_t start = RAM, id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE;
    struct kvm_one_reg pc = { id | KVM_REG_ARM_CORE_REG(regs.pc), (uintptr_t)&start };

    must(ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init), "KVM_ARM_PREFERRED_TARGET");
    must(ioctl(cpu, KVM_ARM_VCPU_INIT, &init), "KVM_ARM_VCPU_INIT");
    must(ioctl(cpu, KVM_SET_ONE_REG, &pc), "KVM_SET_ONE_REG");
}
#else
#error "hello_kvm.c knows x86_64 and arm64"
#endif

int main(void)
{
    int kvm = must(open("/dev/kvm", O_RDWR), "/dev/kvm");
    int bytes = must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    uint8_t *ram = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct kvm_userspace_memory_region region = { 0, 0, RAM, BYTES, (uintptr_t)ram };
    struct kvm_run *state;

    vm = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
    cpu = must(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    state = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
    must(ram == MAP_FAILED || state == MAP_FAILED ? -1 : 0, "mmap");
    memcpy(ram, code, sizeof code);
    memcpy(ram + sizeof code, text, sizeof text);
    first_registers();
    for (;;) {                                  /* run, why did we stop? act */
        must(ioctl(cpu, KVM_RUN, 0), "KVM_RUN");
        if (state->exit_reason != KVM_EXIT_MMIO || state->mmio.phys_addr != PRINTER)
            return 1;
        if (state->mmio.data[0] == 0)
            return 0;
        putchar(state->mmio.data[0]);
    }
}
