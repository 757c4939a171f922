/* A stage on one of QEMU's machines, described to the driver by its device tree. */
#ifndef SETTING_H
#define SETTING_H

#include "tests/qtest/machines.h"
#include "tests/world/stage.h"

static inline void from_the_tree(stage *s, vb_machine *vm)
{
    need_ok(vb_machine_from_dtb(vm, s->dtb));
}

/* Places are those of machine_start's gpu and console, the first two devices. */
static inline void set_stage(stage *s, machine *on)
{
    memset(s, 0, sizeof *s);
    s->w = &on->w;
    s->describe = from_the_tree;
    s->dtb = on->dtb;
    s->mmio = on->mmio;
    s->ecam = on->ecam;
    s->kept = 1;
    s->gpu_at = on->mmio ? 0x0a003e00 : VB_PCI(0, 1, 0);
    s->gpu_slot = on->mmio ? 31 : 1;
    s->console_at = on->mmio ? 0x0a003c00 : VB_PCI(0, 2, 0);
}

#endif
