/* hvf_exits.c - what the guest's CPU tells when it stops, and what is done then.
 *
 * KVM does most of this for its VMMs; here it is done by hand. The CPU leaves one number, the
 * syndrome (ESR_EL2 in the Arm manual):
 *
 *      bits 31..26  class: a data abort, HVC, WFI...    24..0  what it was in detail
 *
 * The guest's PC is then at the instruction that stopped: who has done its work steps over it.
 * After HVC alone it is behind the instruction already.
 */
#include "hvf.h"

#include <mach/mach_time.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define NAP_MS 20                       /* the longest sleep of a guest whose timer is set */

/* The n-th register as instructions count them: 31 is the one that is always zero. The framework
 * has none such; its number 31 is the PC. */
static uint64_t get_x(struct hvf *h, unsigned n)
{
    return n == 31 ? 0 : hvf_get(h, HV_REG_X0 + n);
}

static void set_x(struct hvf *h, unsigned n, uint64_t value)
{
    if (n != 31)
        hv_vcpu_set_reg(h->cpu, HV_REG_X0 + n, value);
}

static void step_over(struct hvf *h)
{
    hv_vcpu_set_reg(h->cpu, HV_REG_PC, hvf_get(h, HV_REG_PC) + 4);
}

/* ---- A data abort: the guest touched what is not RAM ----------------------------------------- */

/* The CPU does not tell what the instruction wanted, and a guess would be wrong one day. */
static void undescribed(struct hvf *h, uint64_t at)
{
    uint64_t pc = hvf_get(h, HV_REG_PC);
    const uint8_t *code = guest_range(&h->run.machine.memory, pc, 4);
    char instruction[40] = "which lies at a virtual address";

    if (code != NULL)
        snprintf(instruction, sizeof instruction, "which is 0x%08x", load_le32(code));
    run_end(&h->run, VERDICT_CRASH, "the instruction at PC 0x%llx, %s, touched a device at 0x%llx "
            "in a way that no hypervisor can follow (a pair, write-back or vector register): use a "
            "plain load or store, ldr or str with a base register only", (unsigned long long)pc,
            instruction, (unsigned long long)at);
}

/* What a load leaves in its register: the bytes, then zeros; or, after LDRSB and its like, their
 * sign, in a register of 32 or 64 bits. */
static uint64_t extended(uint64_t value, unsigned width, bool is_signed, bool is_64)
{
    unsigned rest = 64 - 8 * width;

    value <<= rest;
    value = is_signed ? (uint64_t)((int64_t)value >> rest) : value >> rest;
    return is_64 ? value : (uint32_t)value;
}

/* Where is the physical address: the virtual one is the guest's own affair. */
static void data_abort(struct hvf *h, uint64_t esr)
{
    struct run *r = &h->run;
    uint64_t at = h->exit->exception.physical_address;
    bool described = esr >> 24 & 1, is_signed = esr >> 21 & 1, is_64 = esr >> 15 & 1;
    bool maintenance = esr >> 8 & 1, is_write = esr >> 6 & 1;
    unsigned width = 1u << (esr >> 22 & 3), n = esr >> 16 & 31;

    if (!described && !maintenance) {
        undescribed(h, at);
        return;
    }
    if (maintenance)                    /* of a cache, which no device has */
        ;
    else if (is_write)
        run_write(r, at, width, get_x(h, n));
    else
        set_x(h, n, extended(run_read(r, at, width), width, is_signed, is_64));
    step_over(h);
}

/* ---- PSCI: power, by HVC or SMC -------------------------------------------------------------- */

static void psci(struct hvf *h)
{
    switch ((uint32_t)get_x(h, 0)) {
    case 0x84000000:                    /* VERSION: 1.1 */
        set_x(h, 0, 0x10001);
        break;
    case 0x84000008:                    /* SYSTEM_OFF */
        run_end(&h->run, VERDICT_FINE, NULL);
        break;
    case 0x84000009:                    /* SYSTEM_RESET */
        run_end(&h->run, VERDICT_RESET, "the guest asked for a reset");
        break;
    default:                            /* NOT_SUPPORTED */
        set_x(h, 0, UINT64_MAX);
    }
}

/* ---- MSR and MRS: system registers that the framework leaves to us --------------------------- */

#define SYSTEM(op0, op1, crn, crm, op2) \
    ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

enum { CNTPCT = SYSTEM(3, 3, 14, 0, 1) };

/* Quiet ones read as zero and ignore what is written: that does nobody harm. */
static const struct kind {
    unsigned    first, last;
    bool        quiet;
    const char *what;
} kinds[] = {
    { SYSTEM(2, 0, 0, 0, 0),  SYSTEM(2, 7, 15, 15, 7), true,  "debugging" },
    { SYSTEM(3, 0, 0, 0, 0),  SYSTEM(3, 0, 0, 7, 7),   true,  "identification" },
    { SYSTEM(3, 0, 9, 14, 0), SYSTEM(3, 0, 9, 14, 7),  true,  "performance" },
    { SYSTEM(3, 3, 9, 12, 0), SYSTEM(3, 3, 9, 14, 7),  true,  "performance" },
    { SYSTEM(3, 3, 14, 8, 0), SYSTEM(3, 3, 14, 15, 7), true,  "performance" },
    { SYSTEM(3, 3, 14, 2, 0), SYSTEM(3, 3, 14, 2, 7),  false, "the physical timer: use CNTV" },
    { SYSTEM(3, 0, 4, 6, 0),  SYSTEM(3, 0, 4, 6, 0),   false, "a GIC: the tree names none" },
    { SYSTEM(3, 0, 12, 8, 0), SYSTEM(3, 0, 12, 15, 7), false, "a GIC: the tree names none" },
    { 0, UINT32_MAX, false, "unknown here" },
};

static void system_register(struct hvf *h, uint64_t esr)
{
    unsigned op0 = esr >> 20 & 3, op1 = esr >> 14 & 7, crn = esr >> 10 & 15, crm = esr >> 1 & 15;
    unsigned op2 = esr >> 17 & 7, n = esr >> 5 & 31, name = SYSTEM(op0, op1, crn, crm, op2);
    bool is_read = esr & 1, is_counter = name == CNTPCT && is_read;
    const struct kind *k = kinds;

    while (name < k->first || name > k->last)
        k++;
    if (!k->quiet && !is_counter) {
        run_end(&h->run, VERDICT_CRASH, "the guest %s system register S%u_%u_C%u_C%u_%u at PC "
                "0x%llx (%s)", is_read ? "reads" : "writes", op0, op1, crn, crm, op2,
                (unsigned long long)hvf_get(h, HV_REG_PC), k->what);
        return;
    }
    if (is_read)
        set_x(h, n, is_counter ? mach_absolute_time() : 0);
    step_over(h);
}

/* ---- The virtual timer, and WFI -----------------------------------------------------------------
 *
 * The guest sets its timer without us. When it rings there is an exit, once: the framework masks
 * it, and it is ours to unmask it when the guest has seen to it. (With a GIC, none of this.) The
 * interrupt leads straight to the CPU; not while the guest has interrupts masked, though: its WFI
 * would neither sleep nor make an exit, and the guest that polls would keep the host busy.
 */
enum { ENABLED = 1, MASKED = 2, RINGS = 4 };    /* CNTV_CTL_EL0 */
enum { IRQ_MASKED = 0x80 };                     /* in CPSR */

/* After each exit: has the guest set it anew, or turned it off? */
void hvf_look_at_timer(struct hvf *h)
{
    if (h->timer_rang
        && (hvf_get_system(h, HV_SYS_REG_CNTV_CTL_EL0) & 7) != (ENABLED | RINGS)) {
        hv_vcpu_set_vtimer_mask(h->cpu, false);
        h->timer_rang = false;
    }
}

/* Before each run: that it is pending lasts for one. */
void hvf_interrupt(struct hvf *h)
{
    if (h->timer_rang && (hvf_get(h, HV_REG_CPSR) & IRQ_MASKED) == 0)
        hv_vcpu_set_pending_interrupt(h->cpu, HV_INTERRUPT_TYPE_IRQ, true);
}

/* Milliseconds until the timer rings; -1: never. With an alarm set a sleep is no longer than a nap:
 * should the guest's clock and this one ever not agree, it looks around and sleeps on. An alarm
 * ends one WFI: a guest that has stopped, and sees to nothing any more, naps. */
static int until_timer(struct hvf *h)
{
    mach_timebase_info_data_t unit;
    uint64_t offset = 0, at = hvf_get_system(h, HV_SYS_REG_CNTV_CVAL_EL0);
    bool woke = h->timer_woke;
    double ms;

    if ((hvf_get_system(h, HV_SYS_REG_CNTV_CTL_EL0) & (ENABLED | MASKED)) != ENABLED)
        return -1;
    hv_vcpu_get_vtimer_offset(h->cpu, &offset);
    mach_timebase_info(&unit);
    ms = (double)(int64_t)(at - (mach_absolute_time() - offset)) * unit.numer / unit.denom / 1e6;
    h->timer_woke = ms <= 0;
    if (ms <= 0)
        return woke ? NAP_MS : 0;
    return ms < NAP_MS ? (int)ms + 1 : NAP_MS;
}

/* Until something comes: a device's line, a key, the timer, a kick. */
static void sleep_a_while(struct hvf *h)
{
    struct pollfd bell = { h->bell[0], POLLIN, 0 };
    char rings[64];

    poll(&bell, 1, until_timer(h));
    while (read(h->bell[0], rings, sizeof rings) > 0)
        ;
}

/* ---- Which of them --------------------------------------------------------------------------- */

static void stopped(struct hvf *h, const char *why)
{
    run_end(&h->run, VERDICT_CRASH, "%s: PC 0x%llx, LR 0x%llx, SP 0x%llx, X0 0x%llx, ESR 0x%llx, "
            "address 0x%llx", why, (unsigned long long)hvf_get(h, HV_REG_PC),
            (unsigned long long)hvf_get(h, HV_REG_LR),
            (unsigned long long)hvf_get_system(h, HV_SYS_REG_SP_EL1),
            (unsigned long long)hvf_get(h, HV_REG_X0),
            (unsigned long long)h->exit->exception.syndrome,
            (unsigned long long)h->exit->exception.physical_address);
}

void hvf_exception(struct hvf *h)
{
    uint64_t esr = h->exit->exception.syndrome;

    switch (esr >> 26 & 63) {
    case 0x01:                          /* WFI, or with bit 0 WFE, which need not sleep */
        run_count(&h->run, "wfi");
        if ((esr & 1) == 0)
            sleep_a_while(h);
        step_over(h);
        break;
    case 0x16:
        run_count(&h->run, "hvc");
        psci(h);
        break;
    case 0x17:
        run_count(&h->run, "smc");
        psci(h);
        step_over(h);
        break;
    case 0x18:
        run_count(&h->run, "msr");
        system_register(h, esr);
        break;
    case 0x20:
        stopped(h, "the guest jumped to where no RAM is");
        break;
    case 0x24:
        run_count(&h->run, "mmio");
        data_abort(h, esr);
        break;
    default:
        stopped(h, "the guest's CPU stopped for a reason that is unknown here");
    }
}
