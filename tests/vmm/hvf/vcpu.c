/* vcpu.c - hv_vcpu_*: the CPU, and the loop that runs it until something is the VMM's affair. */
#include "shim.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct cpu cpu;
static pthread_t owner;                 /* the thread that made the CPU: no other may use it */
static bool started;

static bool is_ours(hv_vcpu_t vcpu)
{
    return vcpu == 0 && cpu.live && pthread_equal(owner, pthread_self());
}

#define OURS(vcpu) if (!is_ours(vcpu)) return HV_BAD_ARGUMENT

/* ---- Back to the VMM ------------------------------------------------------------------------- */

/* Interrupts are pending for one run only. */
static bool leave(hv_exit_reason_t reason, uint64_t esr, uint64_t address, uint64_t physical)
{
    cpu.exit = (hv_vcpu_exit_t){ reason, { esr, address, physical } };
    cpu.irq = cpu.fiq = false;
    cpu.exits++;
    return true;
}

static bool leave_by(uint64_t esr)
{
    return leave(HV_EXIT_REASON_EXCEPTION, esr, 0, 0);
}

static bool go_on_at(uint64_t pc)
{
    set_register(HV_REG_PC, pc);
    return false;
}

/* ---- Why the engine stopped: true means that the VMM must know ------------------------------- */

static bool did_look(uint64_t pc)
{
    gic_look();
    if (atomic_exchange(&cpu.cancelled, false))
        return leave(HV_EXIT_REASON_CANCELED, 0, 0, 0);
    if (timer_makes_exit()) {
        timer_masked = true;
        return leave(HV_EXIT_REASON_VTIMER_ACTIVATED, 0, 0, 0);
    }
    enter_interrupt(pc);
    return false;
}

/* The number of a system register stands in the instruction as in hv_sys_reg_t, and in the syndrome
 * in parts, each elsewhere. */
static bool did_msr(uint64_t pc)
{
    unsigned n = cpu.instruction & 31;
    bool is_read = (cpu.instruction >> 21 & 1) != 0;
    hv_sys_reg_t name = (hv_sys_reg_t)(cpu.instruction >> 5);
    uint64_t op0 = name >> 14, op1 = name >> 11 & 7, crn = name >> 7 & 15, crm = name >> 3 & 15;

    if (timer_has(name)) {
        if (is_read)
            set_x(n, timer_read(name));
        else
            timer_write(name, get_x(n));
    } else if (!gic_register(name, is_read, n)) {
        return leave_by(ESR(CLASS_MSR) | op0 << 20 | (name & 7u) << 17 | op1 << 14 | crn << 10
                        | n << 5 | crm << 1 | is_read);
    }
    cpu.inside++;
    return go_on_at(pc + 4);
}

static bool did_exception(uint64_t pc)
{
    uint64_t esr, address;

    engine_syndrome(&esr, &address);
    enter_fault(pc, esr, address);
    return false;
}

static bool did_stop(uint64_t pc)
{
    enum { MAINTENANCE = 1 << 8, UNALIGNED = 0x21, TRANSLATION = 6 };
    uint64_t number = cpu.instruction >> 5 & 0xffff, write = cpu.is_write ? ESR_WRITE : 0;

    switch (cpu.why) {
    case STOP_LOOK:
        return did_look(pc);
    case STOP_HVC:                      /* the only one that is over when the VMM hears of it */
        set_register(HV_REG_PC, pc + 4);
        return leave_by(ESR(CLASS_HVC) | number);
    case STOP_SMC:
        return leave_by(ESR(CLASS_SMC) | number);
    case STOP_WFI:
        return leave_by(ESR(CLASS_WFX));
    case STOP_MSR:
        return did_msr(pc);
    case STOP_SKIP:
        return go_on_at(pc + 4);
    case STOP_MAINTENANCE:
        return leave(HV_EXIT_REASON_EXCEPTION, ESR(CLASS_DATA_ABORT) | MAINTENANCE | ESR_WRITE
                     | TRANSLATION, cpu.address, cpu.address);
    case STOP_ALIGNMENT:                /* the access is done already, but who faults cannot tell */
        enter_fault(cpu.pc, ESR(CLASS_DATA_ABORT_EL1) | write | UNALIGNED, cpu.address);
        return false;
    default:
        return did_exception(pc);
    }
}

/* ---- Holes ----------------------------------------------------------------------------------- */

/* No RAM there: unless the guest's own tables end the way, it is a device's address. */
static bool did_access(uint64_t pc)
{
    enum { TRANSLATION = 4, TRANSLATION_3 = 7 };
    uint64_t esr = cpu.is_write ? ESR_WRITE : 0, physical;
    unsigned level;

    if (!translate(cpu.address, &physical, &level)) {
        enter_fault(pc, ESR(CLASS_DATA_ABORT_EL1) | esr | (TRANSLATION + level), cpu.address);
        return false;
    }
    esr |= ESR(CLASS_DATA_ABORT) | syndrome_of_access(cpu.instruction) | TRANSLATION_3;
    if (gic_has(physical) && gic_access(physical, esr)) {
        cpu.inside++;
        return go_on_at(pc + 4);
    }
    return leave(HV_EXIT_REASON_EXCEPTION, esr, cpu.address, physical);
}

static bool did_jump(void)
{
    set_register(HV_REG_PC, cpu.address);
    return leave(HV_EXIT_REASON_EXCEPTION, ESR(CLASS_INSTRUCTION_ABORT) | 6, cpu.address,
                 cpu.address);
}

/* ---- The loop -------------------------------------------------------------------------------- */

static bool begins_flushed(void)
{
    uint64_t pc = get_register(HV_REG_PC), x0 = get_register(HV_REG_X0);

    started = was_flushed(pc, true) && was_flushed(x0, false);
    if (!started)
        fprintf(stderr, "hvf_shim: PC 0x%llx or X0 0x%llx: what the VMM wrote there was not "
                "flushed, and a CPU with its MMU off may not see it\n", (unsigned long long)pc,
                (unsigned long long)x0);
    return started;
}

hv_return_t hv_vcpu_run(hv_vcpu_t vcpu)
{
    hv_return_t answer;

    OURS(vcpu);
    SAYS(answer);
    if (!started && !begins_flushed())
        return HV_ERROR;
    if (did_look(get_register(HV_REG_PC)))
        return HV_SUCCESS;
    for (;;) {
        uc_err error;
        uint64_t pc;
        bool left;

        cpu.why = GO_ON;
        error = engine_run(get_register(HV_REG_PC));
        pc = get_register(HV_REG_PC);
        if (cpu.why != GO_ON)
            left = did_stop(pc);
        else if (error == UC_ERR_FETCH_UNMAPPED || error == UC_ERR_FETCH_PROT)
            left = did_jump();
        else if (error == UC_ERR_READ_UNMAPPED || error == UC_ERR_WRITE_UNMAPPED)
            left = did_access(pc);
        else
            return HV_ILLEGAL_GUEST_STATE;
        if (left)
            return HV_SUCCESS;
    }
}

/* From any thread. Nobody but the hook can stop the engine where it can go on again. */
hv_return_t hv_vcpus_exit(hv_vcpu_t *vcpus, uint32_t vcpu_count)
{
    for (uint32_t i = 0; i < vcpu_count; i++)
        if (vcpus[i] != 0 || !cpu.live)
            return HV_BAD_ARGUMENT;
    if (vcpu_count > 0)
        atomic_store(&cpu.cancelled, true);
    return HV_SUCCESS;
}

/* ---- Its life -------------------------------------------------------------------------------- */

static void print_figures(void)
{
    fprintf(stderr, "hvf_shim: %lu instructions, %lu exits, %lu accesses inside\n",
            cpu.instructions, cpu.exits, cpu.inside);
}

hv_return_t hv_vcpu_create(hv_vcpu_t *vcpu, hv_vcpu_exit_t **exit, hv_vcpu_config_t config)
{
    hv_return_t answer;

    (void)config;
    SAYS(answer);
    if (engine == NULL)
        return HV_NO_DEVICE;
    if (cpu.live)
        return HV_NO_RESOURCES;
    memset(&cpu, 0, sizeof cpu);
    owner = pthread_self();
    cpu.live = true;
    cpu.why = STOP_SKIP;                /* the hooks look on */
    hooks_add();
    if (!engine_start_cpu())
        return HV_ERROR;
    if (getenv("HVF_SHIM_STATS") != NULL)
        atexit(print_figures);
    *vcpu = 0;
    *exit = &cpu.exit;
    return HV_SUCCESS;
}

hv_return_t hv_vcpu_destroy(hv_vcpu_t vcpu)
{
    OURS(vcpu);
    cpu.live = false;
    return HV_SUCCESS;
}

/* ---- Registers ------------------------------------------------------------------------------- */

hv_return_t hv_vcpu_get_reg(hv_vcpu_t vcpu, hv_reg_t reg, uint64_t *value)
{
    OURS(vcpu);
    if (reg > HV_REG_CPSR)
        return HV_BAD_ARGUMENT;
    *value = get_register(reg);
    return HV_SUCCESS;
}

hv_return_t hv_vcpu_set_reg(hv_vcpu_t vcpu, hv_reg_t reg, uint64_t value)
{
    OURS(vcpu);
    if (reg > HV_REG_CPSR)
        return HV_BAD_ARGUMENT;
    set_register(reg, value);
    return HV_SUCCESS;
}

hv_return_t hv_vcpu_get_sys_reg(hv_vcpu_t vcpu, hv_sys_reg_t reg, uint64_t *value)
{
    OURS(vcpu);
    if (timer_has(reg))
        *value = timer_read(reg);
    else if (!get_system(reg, value))
        return HV_BAD_ARGUMENT;
    return HV_SUCCESS;
}

hv_return_t hv_vcpu_set_sys_reg(hv_vcpu_t vcpu, hv_sys_reg_t reg, uint64_t value)
{
    OURS(vcpu);
    if (timer_has(reg))
        timer_write(reg, value);
    else if (reg != HV_SYS_REG_MPIDR_EL1 && !set_system(reg, value))
        return HV_BAD_ARGUMENT;     /* MPIDR: the engine does not let it change */
    return HV_SUCCESS;
}

/* ---- Interrupts and the virtual timer -------------------------------------------------------- */

static bool *pending(hv_interrupt_type_t type)
{
    return type == HV_INTERRUPT_TYPE_FIQ ? &cpu.fiq : &cpu.irq;
}

hv_return_t hv_vcpu_get_pending_interrupt(hv_vcpu_t vcpu, hv_interrupt_type_t type,
                                          bool *is_pending)
{
    OURS(vcpu);
    *is_pending = *pending(type);
    return HV_SUCCESS;
}

hv_return_t hv_vcpu_set_pending_interrupt(hv_vcpu_t vcpu, hv_interrupt_type_t type, bool is_pending)
{
    OURS(vcpu);
    *pending(type) = is_pending;
    return HV_SUCCESS;
}

hv_return_t hv_vcpu_get_vtimer_mask(hv_vcpu_t vcpu, bool *vtimer_is_masked)
{
    OURS(vcpu);
    *vtimer_is_masked = timer_masked;
    return HV_SUCCESS;
}

hv_return_t hv_vcpu_set_vtimer_mask(hv_vcpu_t vcpu, bool vtimer_is_masked)
{
    OURS(vcpu);
    timer_masked = vtimer_is_masked;
    return HV_SUCCESS;
}

hv_return_t hv_vcpu_get_vtimer_offset(hv_vcpu_t vcpu, uint64_t *vtimer_offset)
{
    OURS(vcpu);
    *vtimer_offset = timer_offset;
    return HV_SUCCESS;
}

hv_return_t hv_vcpu_set_vtimer_offset(hv_vcpu_t vcpu, uint64_t vtimer_offset)
{
    OURS(vcpu);
    timer_offset = vtimer_offset;
    return HV_SUCCESS;
}
