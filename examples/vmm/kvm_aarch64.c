/* kvm_aarch64.c - what KVM on arm64 wants to know, and what it tells.
 *
 * KVM brings the CPU, its timer, the GIC and PSCI; the guest starts at EL1 with its MMU off. What
 * is left: which of them, where, with which first registers; and one exit that only arm64 has.
 */
#include "kvm.h"

#include <errno.h>
#include <stddef.h>                     /* KVM_REG_ARM_CORE_REG needs offsetof */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define REGISTER(name) \
    (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(regs.name))

enum { DEFAULT_BITS = 40 };             /* of guest physical addresses, when nobody asks */
enum { SPIS = 224, FIRST_SPI = 32 };

const enum arch kvm_arch = ARCH_AARCH64;

const struct refusal kvm_refusals[] = {
    { "--gdb", NULL, "it needs an emulator: use vmm-qemu --gdb" },
    { NULL, NULL, NULL }
};
void (*const kvm_signal_msi)(void *, uint64_t, uint32_t) = NULL;

/* ---- Registers ------------------------------------------------------------------------------ */

static uint64_t get(struct kvm *k, uint64_t id)
{
    uint64_t value = 0;
    struct kvm_one_reg r = { id, (uintptr_t)&value };

    ioctl(k->cpu, KVM_GET_ONE_REG, &r);
    return value;
}

static bool set(struct kvm *k, uint64_t id, uint64_t value)
{
    const struct kvm_one_reg r = { id, (uintptr_t)&value };

    return kvm_do(k->cpu, KVM_SET_ONE_REG, &r, "a register") >= 0;
}

uint64_t kvm_pc(struct kvm *k)
{
    return get(k, REGISTER(pc));
}

void kvm_registers(struct kvm *k, char *text, size_t room)
{
    snprintf(text, room, "PC 0x%llx, LR 0x%llx, SP 0x%llx, X0 0x%llx, X1 0x%llx",
             (unsigned long long)kvm_pc(k), (unsigned long long)get(k, REGISTER(regs[30])),
             (unsigned long long)get(k, KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE
                                     | KVM_REG_ARM_CORE_REG(sp_el1)),
             (unsigned long long)get(k, REGISTER(regs[0])),
             (unsigned long long)get(k, REGISTER(regs[1])));
}

/* ---- The virtual machine -------------------------------------------------------------------- */

/* 40 bits of address are what KVM gives unasked, if its CPU has as many; else they must be named,
 * and so must more. */
bool kvm_create_vm(struct kvm *k)
{
    int most = kvm_has(k, KVM_CAP_ARM_VM_IPA_SIZE);
    uint64_t end = machine_end(&k->run.machine);
    int bits = most != 0 && most < DEFAULT_BITS ? most : DEFAULT_BITS;
    const struct kvm_enable_cap no_syndrome = { .cap = KVM_CAP_ARM_NISV_TO_USER };

    while (bits < most && end > UINT64_C(1) << bits)
        bits++;
    if (end > UINT64_C(1) << bits) {
        say("this CPU gives a guest %d bits of address, and this one would reach 0x%llx: give it "
            "less with --mem, or another --map", bits, (unsigned long long)end);
        return false;
    }
    k->vm = ioctl(k->system, KVM_CREATE_VM, bits == DEFAULT_BITS ? 0 : (long)bits);
    if (k->vm < 0) {
        say("KVM refuses a virtual machine: %s", strerror(errno));
        return false;
    }
    ioctl(k->vm, KVM_ENABLE_CAP, &no_syndrome);     /* older kernels: KVM_RUN ends with ENOSYS */
    return kvm_give_ram(k);
}

/* ---- The interrupt controller --------------------------------------------------------------- */

static bool set_attribute(struct kvm *k, uint32_t group, uint64_t attribute, const void *value)
{
    const struct kvm_device_attr a = { 0, group, attribute, (uintptr_t)value };

    return kvm_do(k->gic, KVM_SET_DEVICE_ATTR, &a, "a property of the GIC") >= 0;
}

/* A host has hardware to help a GICv3 or a GICv2, rarely both: so try. */
static unsigned create_gic(struct kvm *k)
{
    static const uint32_t types[] = { KVM_DEV_TYPE_ARM_VGIC_V3, KVM_DEV_TYPE_ARM_VGIC_V2 };

    for (unsigned i = 0; i < 2; i++) {
        struct kvm_create_device device = { .type = types[i] };

        if (ioctl(k->vm, KVM_CREATE_DEVICE, &device) == 0) {
            k->gic = (int)device.fd;
            return 3 - i;
        }
    }
    say("this KVM has no interrupt controller: the guest has to do without interrupts");
    return 0;
}

static bool place_gic(struct kvm *k, unsigned version)
{
    const struct map *map = k->run.machine.map;
    const uint32_t lines = FIRST_SPI + SPIS;
    bool placed;

    if (version == 3)
        placed = set_attribute(k, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST,
                               &map->gic_distributor)
              && set_attribute(k, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
                               &map->gic_redistributor);
    else
        placed = set_attribute(k, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_DIST,
                               &map->gic_distributor)
              && set_attribute(k, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_CPU,
                               &map->gic_cpu);
    return placed && set_attribute(k, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &lines)
        && set_attribute(k, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

void kvm_set_line(void *run, unsigned line, bool high)
{
    struct kvm *k = run;
    const struct kvm_irq_level level = {
        .irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | (line + FIRST_SPI), .level = high
    };

    if (k->run.machine.gic_version != 0)
        ioctl(k->vm, KVM_IRQ_LINE, &level);
}

/* ---- The CPU -------------------------------------------------------------------------------- */

bool kvm_create_cpu(struct kvm *k)
{
    struct kvm_vcpu_init init = { 0 };
    unsigned version;

    if (kvm_do(k->vm, KVM_ARM_PREFERRED_TARGET, &init, "to name its kind of CPU") < 0)
        return false;
    init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
    if (kvm_do(k->cpu, KVM_ARM_VCPU_INIT, &init, "a CPU with PSCI") < 0)
        return false;
    version = create_gic(k);
    k->run.machine.gic_version = version;
    return version == 0 || place_gic(k, version);
}

/* As every boot loader for arm64 does: the device tree in X0. Interrupts are masked, the MMU is
 * off: so KVM has it. */
bool kvm_start_cpu(struct kvm *k)
{
    return set(k, REGISTER(pc), k->run.machine.entry)
        && set(k, REGISTER(regs[0]), k->run.machine.boot);
}

/* ---- The exit that only arm64 has ------------------------------------------------------------ */

/* An access to a device by an instruction that the CPU does not describe (ESR_EL2.ISV = 0): pairs,
 * write-back, vector registers, exclusives, cache maintenance. KVM would have to decode the
 * instruction. */
static void undescribed(struct kvm *k)
{
    uint64_t pc = kvm_pc(k), at = k->state->arm_nisv.fault_ipa;
    const uint8_t *code = guest_range(&k->run.machine.memory, pc, 4);
    char instruction[40] = "which lies at a virtual address";

    if (code != NULL)
        snprintf(instruction, sizeof instruction, "which is 0x%08x", load_le32(code));
    run_end(&k->run, VERDICT_CRASH, "the instruction at PC 0x%llx, %s, touched a device at 0x%llx "
            "in a way that no hypervisor can follow (a pair, write-back or vector register): use a "
            "plain load or store, ldr or str with a base register only", (unsigned long long)pc,
            instruction, (unsigned long long)at);
}

bool kvm_exit(struct kvm *k)
{
    if (k->state->exit_reason != KVM_EXIT_ARM_NISV)
        return false;
    run_count(&k->run, "nisv");
    undescribed(k);
    return true;
}
