/* hooks.c - what Unicorn calls: before each instruction, at each fault, at each access to memory.
 *
 * A hook only notes why the engine should stop: what is written to registers here is lost, or takes
 * back the stop. Stopped before an instruction, the PC is exact, and the instruction was not run.
 */
#include "shim.h"

enum { LOOK_EVERY = 128 };              /* instructions between two looks at timer and lines */

static void stop(enum stop why)
{
    if (cpu.why != GO_ON)
        return;
    cpu.why = why;
    uc_emu_stop(engine);
}

/* ---- Instructions that a hypervisor sees ----------------------------------------------------- */

static bool is_call(uint32_t i)  { return (i & 0xffe0001e) == 0xd4000002; }     /* HVC, SMC */
static bool is_wfi(uint32_t i)   { return i == 0xd503207f; }
static bool is_msr(uint32_t i)   { return (i & 0xffd00000) == 0xd5100000; }     /* MSR, MRS */
static bool is_zva(uint32_t i)   { return (i & 0xffffffe0) == 0xd50b7420; }     /* DC ZVA */

/* DC IVAC, CVAC, CVAU, CIVAC: by address. */
static bool is_maintenance(uint32_t i)
{
    i &= 0xffffffe0;
    return i == 0xd5087620 || i == 0xd50b7a20 || i == 0xd50b7b20 || i == 0xd50b7e20;
}

/* Counters and timers, debugging, performance, the GIC's: all else is the CPU's own. */
static bool is_trapped(hv_sys_reg_t name)
{
    enum { OP0_2 = 0x8000, OP0_3 = 0xc000, ICC_PMR = 0xc230, ICC = 0xc640, ICC_END = 0xc680 };
    unsigned group = name & 0xff80;     /* op0, op1, CRn */

    return (name >= OP0_2 && name < OP0_3)
        || group == 0xdf00 || group == 0xdc80 || group == 0xc480
        || name == ICC_PMR || (name >= ICC && name < ICC_END);
}

/* Where an instruction by address would go, were it an access. */
static bool is_ram(uint64_t address)
{
    uint64_t physical;
    unsigned level;

    return !translate(address, &physical, &level) || memory_at(physical, 1) != NULL;
}

static void on_instruction(uc_engine *e, uint64_t pc, uint32_t size, void *context)
{
    const uint32_t *at = (const uint32_t *)(const void *)memory_at(pc, 4);
    uint32_t i;

    (void)e;
    (void)size;
    (void)context;
    if (cpu.why != GO_ON || at == NULL)
        return;
    i = cpu.instruction = *at;
    cpu.pc = pc;
    if (++cpu.instructions % LOOK_EVERY == 0 || is_wfi(i))
        gic_look();
    if (atomic_load_explicit(&cpu.cancelled, memory_order_relaxed) || interrupt_waits(false))
        stop(STOP_LOOK);
    else if (cpu.instructions % LOOK_EVERY == 0 && timer_makes_exit())
        stop(STOP_LOOK);
    else if (is_call(i))
        stop((i & 1) != 0 ? STOP_SMC : STOP_HVC);
    else if (is_wfi(i))                 /* with an interrupt waiting it is nothing at all */
        stop(interrupt_waits(true) ? STOP_SKIP : STOP_WFI);
    else if (is_msr(i) && is_trapped((hv_sys_reg_t)(i >> 5)))
        stop(STOP_MSR);
    else if (is_maintenance(i) && !is_ram(get_x(i & 31))) {
        cpu.address = get_x(i & 31);
        stop(STOP_MAINTENANCE);
    } else if (is_zva(i) && !mmu_is_on()) {
        cpu.address = get_x(i & 31);
        cpu.is_write = true;
        stop(STOP_ALIGNMENT);
    }
}

/* ---- Faults ---------------------------------------------------------------------------------- */

/* From 2.1 on Unicorn tells the physical address. The one that the guest used is as far from its base
 * register, if the same entry of its tables holds both. */
static uint64_t guests_address(uint64_t address)
{
    uint64_t base = 0, physical, end;
    unsigned n = cpu.instruction >> 5 & 31, major, minor, level;

    uc_version(&major, &minor);
    if (major == 2 && minor == 0)
        return address;
    base = get_x(n);
    if (n == 31)
        uc_reg_read(engine, UC_ARM64_REG_SP, &base);
    if (!translate(base, &physical, &level))
        return address;
    base += address - physical;
    return translate(base, &end, &level) && end == address ? base : address;
}

/* Where no RAM is: the engine ends with an error, the instruction undone. */
static bool on_hole(uc_engine *e, uc_mem_type type, uint64_t address, int size, int64_t value,
                    void *context)
{
    (void)e;
    (void)size;
    (void)value;
    (void)context;
    cpu.address = type == UC_MEM_FETCH_UNMAPPED ? address : guests_address(address);
    cpu.is_write = type == UC_MEM_WRITE_UNMAPPED || type == UC_MEM_WRITE_PROT;
    return false;
}

/* Undefined instruction, SVC, BRK, faults by the guest's tables. */
static void on_exception(uc_engine *e, uint32_t number, void *context)
{
    (void)e;
    (void)number;
    (void)context;
    stop(STOP_EXCEPTION);
}

/* With the MMU off all memory is Device to the CPU: there is no unaligned access to that. */
static void on_access(uc_engine *e, uc_mem_type type, uint64_t address, int size, int64_t value,
                      void *context)
{
    (void)e;
    (void)value;
    (void)context;
    if ((address & (uint64_t)(size - 1)) == 0 || mmu_is_on())
        return;
    cpu.address = address;
    cpu.is_write = type == UC_MEM_WRITE;
    stop(STOP_ALIGNMENT);
}

void hooks_add(void)
{
    const struct { int kind; void *function; } all[] = {
        { UC_HOOK_CODE, (void *)on_instruction }, { UC_HOOK_INTR, (void *)on_exception },
        { UC_HOOK_MEM_INVALID, (void *)on_hole },
        { UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, (void *)on_access },
    };
    uc_hook hook;

    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
        uc_hook_add(engine, &hook, all[i].kind, all[i].function, NULL, 1, 0);
}
