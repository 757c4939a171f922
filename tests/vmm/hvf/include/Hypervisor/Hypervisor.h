/* Hypervisor.h - the part of Apple's header (arm64) that our VMM uses, typed anew: names, types and
 * values are those of the macOS SDK. On a Mac the SDK's own header stands in its place. */
#ifndef HVF_SHIM_HYPERVISOR_H
#define HVF_SHIM_HYPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int hv_return_t;                /* mach_error_t */

#define HV_SUCCESS             0
#define HV_ERROR               ((hv_return_t)0xfae94001)
#define HV_BUSY                ((hv_return_t)0xfae94002)
#define HV_BAD_ARGUMENT        ((hv_return_t)0xfae94003)
#define HV_ILLEGAL_GUEST_STATE ((hv_return_t)0xfae94004)
#define HV_NO_RESOURCES        ((hv_return_t)0xfae94005)
#define HV_NO_DEVICE           ((hv_return_t)0xfae94006)
#define HV_DENIED              ((hv_return_t)0xfae94007)
#define HV_UNSUPPORTED         ((hv_return_t)0xfae9400f)

/* ---- The virtual machine: one for each process, so it has no name ---- */

typedef uint64_t hv_ipa_t;
typedef uint64_t hv_memory_flags_t;
typedef struct hv_vm_config_s *hv_vm_config_t;

enum { HV_MEMORY_READ = 1, HV_MEMORY_WRITE = 2, HV_MEMORY_EXEC = 4 };

hv_return_t hv_vm_create(hv_vm_config_t config);
hv_return_t hv_vm_destroy(void);
hv_return_t hv_vm_map(void *addr, hv_ipa_t ipa, size_t size, hv_memory_flags_t flags);
hv_return_t hv_vm_unmap(hv_ipa_t ipa, size_t size);
hv_return_t hv_vm_protect(hv_ipa_t ipa, size_t size, hv_memory_flags_t flags);

/* ---- Its CPU ---- */

typedef uint64_t hv_vcpu_t;
typedef struct hv_vcpu_config_s *hv_vcpu_config_t;

typedef uint32_t hv_exit_reason_t;
enum {
    HV_EXIT_REASON_CANCELED, HV_EXIT_REASON_EXCEPTION, HV_EXIT_REASON_VTIMER_ACTIVATED,
    HV_EXIT_REASON_UNKNOWN
};

typedef struct {
    uint64_t syndrome;
    uint64_t virtual_address;
    hv_ipa_t physical_address;
} hv_vcpu_exit_exception_t;

typedef struct {
    hv_exit_reason_t         reason;
    hv_vcpu_exit_exception_t exception;
} hv_vcpu_exit_t;

hv_return_t hv_vcpu_create(hv_vcpu_t *vcpu, hv_vcpu_exit_t **exit, hv_vcpu_config_t config);
hv_return_t hv_vcpu_destroy(hv_vcpu_t vcpu);
hv_return_t hv_vcpu_run(hv_vcpu_t vcpu);
hv_return_t hv_vcpus_exit(hv_vcpu_t *vcpus, uint32_t vcpu_count);

/* ---- Registers ---- */

typedef uint32_t hv_reg_t;
enum {
    HV_REG_X0 = 0, HV_REG_X1, HV_REG_X2, HV_REG_X3, HV_REG_FP = 29, HV_REG_LR = 30, HV_REG_PC = 31,
    HV_REG_FPCR, HV_REG_FPSR, HV_REG_CPSR
};

/* op0 << 14 | op1 << 11 | CRn << 7 | CRm << 3 | op2, as in the instruction. */
typedef uint16_t hv_sys_reg_t;
enum {
    HV_SYS_REG_MPIDR_EL1 = 0xc005, HV_SYS_REG_SCTLR_EL1 = 0xc080, HV_SYS_REG_CPACR_EL1 = 0xc082,
    HV_SYS_REG_TTBR0_EL1 = 0xc100, HV_SYS_REG_TCR_EL1 = 0xc102, HV_SYS_REG_SPSR_EL1 = 0xc200,
    HV_SYS_REG_ELR_EL1 = 0xc201, HV_SYS_REG_SP_EL0 = 0xc208, HV_SYS_REG_ESR_EL1 = 0xc290,
    HV_SYS_REG_FAR_EL1 = 0xc300, HV_SYS_REG_MAIR_EL1 = 0xc510, HV_SYS_REG_VBAR_EL1 = 0xc600,
    HV_SYS_REG_CNTV_CTL_EL0 = 0xdf19, HV_SYS_REG_CNTV_CVAL_EL0 = 0xdf1a, HV_SYS_REG_SP_EL1 = 0xe208
};

hv_return_t hv_vcpu_get_reg(hv_vcpu_t vcpu, hv_reg_t reg, uint64_t *value);
hv_return_t hv_vcpu_set_reg(hv_vcpu_t vcpu, hv_reg_t reg, uint64_t value);
hv_return_t hv_vcpu_get_sys_reg(hv_vcpu_t vcpu, hv_sys_reg_t reg, uint64_t *value);
hv_return_t hv_vcpu_set_sys_reg(hv_vcpu_t vcpu, hv_sys_reg_t reg, uint64_t value);

/* ---- Interrupts and the virtual timer ---- */

typedef uint32_t hv_interrupt_type_t;
enum { HV_INTERRUPT_TYPE_IRQ, HV_INTERRUPT_TYPE_FIQ };

hv_return_t hv_vcpu_get_pending_interrupt(hv_vcpu_t vcpu, hv_interrupt_type_t type, bool *pending);
hv_return_t hv_vcpu_set_pending_interrupt(hv_vcpu_t vcpu, hv_interrupt_type_t type, bool pending);
hv_return_t hv_vcpu_get_vtimer_mask(hv_vcpu_t vcpu, bool *vtimer_is_masked);
hv_return_t hv_vcpu_set_vtimer_mask(hv_vcpu_t vcpu, bool vtimer_is_masked);
hv_return_t hv_vcpu_get_vtimer_offset(hv_vcpu_t vcpu, uint64_t *vtimer_offset);
hv_return_t hv_vcpu_set_vtimer_offset(hv_vcpu_t vcpu, uint64_t vtimer_offset);

#if __has_include(<Hypervisor/hv_gic.h>)   /* SDKs before macOS 15 have none */
#include <Hypervisor/hv_gic.h>
#endif

#endif
