/* kvm.h - between main_kvm.c, which knows KVM, and kvm_aarch64.c or kvm_x86_64.c, which know the
 * CPU. Only one of the two is linked: the one of this host. */
#ifndef VMM_KVM_H
#define VMM_KVM_H

#include "run.h"

#include <linux/kvm.h>

struct kvm {
    struct run      run;                /* first: the guest of this back end is a struct kvm */
    int             system, vm, cpu;    /* /dev/kvm, and what it gave us */
    struct kvm_run *state;              /* of the vCPU, shared with the kernel */
    size_t          state_bytes;
    int             gic;                /* arm64: the interrupt controller */
};

/* ---- main_kvm.c ---- */

/* An ioctl that must succeed: returns what it does, or -1 after "what: why not" was said. */
int  kvm_do(int fd, unsigned long request, const void *argument, const char *what);

/* KVM_CHECK_EXTENSION: 0 if this KVM does not have it. */
int  kvm_has(const struct kvm *k, long capability);

/* The machine's RAM becomes the guest's. */
bool kvm_give_ram(const struct kvm *k);

/* ---- kvm_aarch64.c, kvm_x86_64.c: false means that what is wrong was said ---- */

extern const enum arch kvm_arch;
extern const struct refusal kvm_refusals[];     /* options that cannot be had with such a CPU */

/* k->vm, with its RAM, and its interrupt controller as far as that comes before the vCPU. Called
 * after the machine was created. */
bool kvm_create_vm(struct kvm *k);

/* The vCPU k->cpu and k->state are there: what else must come after it. Says in
 * machine.gic_version which controller there is; called before the kernel is loaded. */
bool kvm_create_cpu(struct kvm *k);

/* The kernel is loaded: first registers, from machine.entry and machine.boot. */
bool kvm_start_cpu(struct kvm *k);

/* An interrupt line changes; a message is sent (null where there are none). Under the lock. */
void kvm_set_line(void *run, unsigned line, bool high);
extern void (*const kvm_signal_msi)(void *run, uint64_t address, uint32_t data);

/* An exit that main_kvm.c does not know (it knows MMIO and SYSTEM_EVENT): ports, for example. Not
 * under the lock. False: it is not known here either. */
bool kvm_exit(struct kvm *k);

/* Where the guest stands; and what else helps to see why it crashed, in one line. */
uint64_t kvm_pc(struct kvm *k);
void     kvm_registers(struct kvm *k, char *text, size_t room);

#endif
