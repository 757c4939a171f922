/* kvm.h - between main_kvm.c, which knows KVM, and kvm_aarch64.c or kvm_x86_64.c, which know the
 * CPU. Only one of the two is linked: the one of this host. */
#ifndef VMM_KVM_H
#define VMM_KVM_H

#include "run.h"

#include <linux/kvm.h>

struct kvm {
    struct run     *run;
    int             system, vm, cpu;    /* /dev/kvm, and what it gave us */
    struct kvm_run *state;              /* of the vCPU, shared with the kernel */
    size_t          state_bytes;
    int             gic;                /* arm64: the interrupt controller */
};

/* ---- main_kvm.c ---- */

/* An ioctl that must succeed. False: "what: why not" was said. */
bool kvm_do(int fd, unsigned long request, const void *argument, const char *what);

/* KVM_CHECK_EXTENSION, of the system. */
int  kvm_has(const struct kvm *k, long capability);

/* ---- kvm_aarch64.c, kvm_x86_64.c: false means that what is wrong was said ---- */

extern const enum arch kvm_arch;

/* k->vm, with its interrupt controller as far as that comes before RAM and vCPU. Called after the
 * machine was created; says in machine.gic_version which it is. */
bool kvm_create_vm(struct kvm *k);

/* The vCPU k->cpu and k->state are there, the kernel is loaded: first registers, from
 * machine.entry and machine.boot, and what else must come after the vCPU. */
bool kvm_start_cpu(struct kvm *k);

/* An interrupt line changes. `kvm` is a struct kvm. Under the machine's lock. */
void kvm_set_line(void *kvm, unsigned line, bool high);

/* An exit that main_kvm.c does not know (it knows MMIO, SYSTEM_EVENT, INTR): ports, for example.
 * Not under the lock. False: nobody knows it. */
bool kvm_exit(struct kvm *k);

/* Where the guest stands; and its registers in a line or some, for one that crashed. */
uint64_t kvm_pc(struct kvm *k);
void     kvm_registers(struct kvm *k, char *text, size_t room);

#endif
