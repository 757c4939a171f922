/* hvf.h - between main_hvf.c, which knows the framework, and hvf_exits.c, which knows the CPU. */
#ifndef VMM_HVF_H
#define VMM_HVF_H

#include "run.h"

#include <Hypervisor/Hypervisor.h>

struct hvf {
    struct run      run;                /* first: the guest of this back end is a struct hvf */
    hv_vcpu_t       cpu;
    hv_vcpu_exit_t *exit;               /* why hv_vcpu_run() returned */
    atomic_bool     created;            /* cpu is */
    bool            timer_rang;         /* and is kept quiet until the guest has seen to it */
    bool            timer_woke;         /* it has ended a WFI since it was set */
    int             bell[2];            /* a pipe that ends the guest's sleep */
};

/* ---- main_hvf.c ---- */

uint64_t hvf_get(struct hvf *h, hv_reg_t name);
uint64_t hvf_get_system(struct hvf *h, hv_sys_reg_t name);

/* ---- hvf_exits.c ---- */

/* HV_EXIT_REASON_EXCEPTION: what the guest did is done for it, or ends it. */
void hvf_exception(struct hvf *h);

/* The timer's interrupt, before and after each run. */
void hvf_interrupt(struct hvf *h);
void hvf_look_at_timer(struct hvf *h);

#endif
