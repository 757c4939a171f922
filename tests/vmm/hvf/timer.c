/* timer.c - the Mac's clock, and the guest's counter and virtual timer made of it. */
#include "shim.h"

#include <mach/mach_time.h>
#include <time.h>

enum { HERTZ = 24000000 };
enum { CNTFRQ = 0xdf00, CNTVCT = 0xdf02, CNTV_TVAL = 0xdf18 };
enum { ENABLE = 1, MASK = 2, STATUS = 4 };

bool timer_masked;
uint64_t timer_offset = -UINT64_C(1000) * HERTZ;    /* any: who leaves it out is to be seen */
static uint64_t compare, control;

uint64_t mach_absolute_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * HERTZ + (uint64_t)t.tv_nsec * 3 / 125;
}

int mach_timebase_info(mach_timebase_info_data_t *info)
{
    info->numer = 125;
    info->denom = 3;
    return 0;
}

static uint64_t counter(void)
{
    return mach_absolute_time() - timer_offset;
}

static uint64_t status(void)
{
    return (control & ENABLE) != 0 && counter() >= compare ? control | STATUS : control;
}

bool timer_rings(void)
{
    return (control & (ENABLE | MASK)) == ENABLE && counter() >= compare;
}

/* A GIC takes the interrupt; without one it is for the VMM. */
bool timer_makes_exit(void)
{
    return !timer_masked && !gic_is_there() && timer_rings();
}

bool timer_has(hv_sys_reg_t name)
{
    return name == CNTFRQ || name == CNTVCT || name == CNTV_TVAL
        || name == HV_SYS_REG_CNTV_CTL_EL0 || name == HV_SYS_REG_CNTV_CVAL_EL0;
}

uint64_t timer_read(hv_sys_reg_t name)
{
    switch (name) {
    case CNTFRQ:    return HERTZ;
    case CNTVCT:    return counter();
    case CNTV_TVAL: return (uint32_t)(compare - counter());
    case HV_SYS_REG_CNTV_CTL_EL0: return status();
    default:        return compare;
    }
}

void timer_write(hv_sys_reg_t name, uint64_t value)
{
    if (name == CNTV_TVAL)
        compare = counter() + (uint64_t)(int32_t)value;
    else if (name == HV_SYS_REG_CNTV_CTL_EL0)
        control = value & (ENABLE | MASK);
    else if (name == HV_SYS_REG_CNTV_CVAL_EL0)
        compare = value;
}
