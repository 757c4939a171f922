/* vectors.c - the way into the guest's exception vectors, which Unicorn does not go by itself. */
#include "shim.h"

enum { FROM_EL1H = 0x200, IRQ = 0x80, FIQ = 0x100 };        /* in the table of vectors */
enum { IRQ_MASKED = 0x80, FIQ_MASKED = 0x40, EL1H_MASKED = 0x3c5 };    /* in PSTATE */

static void enter(uint64_t pc, unsigned vector)
{
    set_system(HV_SYS_REG_SPSR_EL1, get_register(HV_REG_CPSR));
    set_system(HV_SYS_REG_ELR_EL1, pc);
    set_register(HV_REG_CPSR, EL1H_MASKED);
    set_register(HV_REG_PC, system_value(HV_SYS_REG_VBAR_EL1) + vector);
}

void enter_fault(uint64_t pc, uint64_t esr, uint64_t address)
{
    enter(pc, FROM_EL1H);
    set_system(HV_SYS_REG_ESR_EL1, esr);
    set_system(HV_SYS_REG_FAR_EL1, address);
}

bool interrupt_waits(bool even_masked)
{
    bool irq = cpu.irq || gic_interrupts();
    uint64_t state;

    if (!irq && !cpu.fiq)
        return false;
    state = even_masked ? 0 : get_register(HV_REG_CPSR);
    return (irq && (state & IRQ_MASKED) == 0) || (cpu.fiq && (state & FIQ_MASKED) == 0);
}

/* It stays pending: the guest is to silence its source, and that makes an exit, or asks the GIC. */
bool enter_interrupt(uint64_t pc)
{
    bool fiq = cpu.fiq && (get_register(HV_REG_CPSR) & FIQ_MASKED) == 0;

    if (!interrupt_waits(false))
        return false;
    enter(pc, FROM_EL1H + (fiq ? FIQ : IRQ));
    return true;
}
