/* engine.c - Unicorn: its start, its registers, and what it does not like to tell. */
#include "shim.h"

#include <string.h>

uc_engine *engine;

enum { NEVER = 1 };                     /* an address that is no instruction's: run until there */

bool engine_open(void)
{
    return uc_open(UC_ARCH_ARM64, UC_MODE_ARM, &engine) == UC_ERR_OK
        && uc_ctl_set_cpu_model(engine, UC_CPU_ARM64_MAX) == UC_ERR_OK;
}

uc_err engine_run(uint64_t pc)
{
    return uc_emu_start(engine, pc, NEVER, 0, 0);
}

/* ---- General registers ----------------------------------------------------------------------- */

static int unicorns_name(hv_reg_t name)
{
    switch (name) {
    case HV_REG_FP:   return UC_ARM64_REG_X29;
    case HV_REG_LR:   return UC_ARM64_REG_X30;
    case HV_REG_PC:   return UC_ARM64_REG_PC;
    case HV_REG_FPCR: return UC_ARM64_REG_FPCR;
    case HV_REG_FPSR: return UC_ARM64_REG_FPSR;
    case HV_REG_CPSR: return UC_ARM64_REG_PSTATE;
    default:          return UC_ARM64_REG_X0 + (int)name;
    }
}

uint64_t get_register(hv_reg_t name)
{
    uint64_t value = 0;

    uc_reg_read(engine, unicorns_name(name), &value);
    return value;
}

/* Never the PC from within a hook: that would take back a stop that the hook has asked for. */
void set_register(hv_reg_t name, uint64_t value)
{
    uc_reg_write(engine, unicorns_name(name), &value);
}

uint64_t get_x(unsigned n)
{
    return n == 31 ? 0 : get_register(HV_REG_X0 + n);
}

void set_x(unsigned n, uint64_t value)
{
    if (n != 31)
        set_register(HV_REG_X0 + n, value);
}

/* ---- System registers ------------------------------------------------------------------------ */

static uc_arm64_cp_reg system_register(hv_sys_reg_t name, uint64_t value)
{
    return (uc_arm64_cp_reg){ .op0 = name >> 14, .op1 = name >> 11 & 7, .crn = name >> 7 & 15,
                              .crm = name >> 3 & 15, .op2 = name & 7, .val = value };
}

/* At EL1 with a stack of its own (EL1h) the engine keeps the living SP_EL1 elsewhere: it is SP. */
static bool is_living_stack(hv_sys_reg_t name)
{
    return name == HV_SYS_REG_SP_EL1 && (get_register(HV_REG_CPSR) & 1) != 0;
}

bool get_system(hv_sys_reg_t name, uint64_t *value)
{
    uc_arm64_cp_reg r = system_register(name, 0);

    if (is_living_stack(name))
        return uc_reg_read(engine, UC_ARM64_REG_SP, value) == UC_ERR_OK;
    if (uc_reg_read(engine, UC_ARM64_REG_CP_REG, &r) != UC_ERR_OK)
        return false;
    *value = r.val;
    return true;
}

bool set_system(hv_sys_reg_t name, uint64_t value)
{
    uc_arm64_cp_reg r = system_register(name, value);

    if (is_living_stack(name))
        return uc_reg_write(engine, UC_ARM64_REG_SP, &value) == UC_ERR_OK;
    return uc_reg_write(engine, UC_ARM64_REG_CP_REG, &r) == UC_ERR_OK;
}

uint64_t system_value(hv_sys_reg_t name)
{
    uint64_t value = 0;

    get_system(name, &value);
    return value;
}

/* ---- The syndrome of the guest's own exceptions -------------------------------------------------
 *
 * Unicorn's API does not offer it, but it lies in the bytes of a saved context. Where, is found out
 * once: after an SVC with a number that nobody else has, its syndrome is looked for.
 */
enum { SVC_NUMBER = 0xa5c3 };

static uint8_t *context;
static size_t syndrome_at;              /* in the context; 8 bytes on is the address */

static void save_context(void)
{
    if (context == NULL)
        uc_context_alloc(engine, (uc_context **)(void *)&context);
    uc_context_save(engine, (uc_context *)(void *)context);
}

static bool find_syndrome(void)
{
    const uint32_t wanted = 0x56000000 | SVC_NUMBER;        /* class SVC, IL */
    size_t bytes = uc_context_size(engine);
    uint32_t word;

    save_context();
    for (size_t at = 0; at + 16 < bytes; at += 4) {
        memcpy(&word, context + at, 4);
        if (word == wanted) {
            syndrome_at = at;
            return true;
        }
    }
    return false;
}

void engine_syndrome(uint64_t *esr, uint64_t *address)
{
    uint32_t word;

    save_context();
    memcpy(&word, context + syndrome_at, 4);
    memcpy(address, context + syndrome_at + 8, 8);
    *esr = word;
}

/* ---- A fresh CPU ----------------------------------------------------------------------------- */

/* The levels above EL1 begin as if EL1 had 32 bits: then no fetch works with the MMU on. Their
 * registers count from the guest's next MSR on, so it is made to do one. */
bool engine_start_cpu(void)
{
    enum { SCR_EL3 = 0xf088, HCR_EL2 = 0xe088 };
    const uint64_t scratch = UINT64_C(1) << 40;             /* above all that a guest may have */
    const uint32_t code[] = { 0xd518105f,                   /* msr cpacr_el1, xzr */
                              0xd4000001 | SVC_NUMBER << 5 };   /* svc */
    bool found;

    set_system(SCR_EL3, 0x401);                             /* RW, NS */
    set_system(HCR_EL2, 1u << 31);                          /* RW */
    uc_mem_map(engine, scratch, 0x1000, UC_PROT_ALL);
    uc_mem_write(engine, scratch, code, sizeof code);
    uc_emu_start(engine, scratch, scratch + sizeof code, 0, 0);
    found = find_syndrome();
    uc_mem_unmap(engine, scratch, 0x1000);
    set_system(HV_SYS_REG_SCTLR_EL1, 0);                    /* as on a Mac: nothing is set up */
    return found;
}
