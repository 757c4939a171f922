/* A stage on our own devices, described to the driver by hand. */
#ifndef SETTING_H
#define SETTING_H

#include "tests/host/ours.h"
#include "tests/world/stage.h"

#ifndef VB_NO_PCI
static inline void describe_pci(const ours *o, vb_machine *m)
{
    unsigned i;

    m->ecam = o->plan.ecam;
    m->windows = o->pci.windows;
    for (i = 0; i < o->pci.windows; i++) {
        m->window[i].cpu = m->window[i].pci = o->pci.window[i].base;
        m->window[i].size = o->pci.window[i].bytes;
        m->window[i].prefetchable = o->pci.window[i].base >> 32 != 0;
    }
}
#endif

static inline void by_hand(stage *s, vb_machine *m)
{
    const ours *o = s->w->self;
    unsigned i;

#ifndef VB_NO_PCI
    describe_pci(o, m);
#endif
    m->slots = OURS_SLOTS;
    for (i = 0; i < OURS_SLOTS; i++)
        m->slot[i] = OURS_SLOT_AT + (uint64_t)i * MMIO_SLOT_BYTES;
    (void)o;
}

static inline uint64_t place_of(const ours *o, unsigned number)
{
    return o->plan.mmio ? OURS_SLOT_AT + (uint64_t)number * MMIO_SLOT_BYTES : VB_PCI(0, number, 0);
}

static inline void resize(stage *s, unsigned width, unsigned height)
{
    ours *o = s->w->self;

    gpu_resize(&o->gpu[0], width, height);
}

static inline void set_stage(stage *s, ours *o)
{
    memset(s, 0, sizeof *s);
    s->w = &o->w;
    s->describe = by_hand;
    s->mmio = o->plan.mmio;
    s->ecam = o->plan.ecam;
    s->kept = 1;
    s->gpu_at = place_of(o, OURS_GPU);
    s->console_at = place_of(o, OURS_CONSOLE);
    s->third_at = place_of(o, o->plan.rng);
    s->gpu_slot = OURS_GPU;
    s->window = o->plan.window[0].base;
    s->window_bytes = o->plan.window[0].bytes;
    s->resize = resize;
}

/* Plays `all` with devices like `plan`, on PCI and then in slots. */
static inline void on_both(ours *o, stage *s, ours_plan plan, void (*all)(stage *s))
{
    for (plan.mmio = 0; plan.mmio < 2; plan.mmio++) {
        ours_start(o, &plan);
        set_stage(s, o);
        all(s);
        ours_stop(o);
    }
}

/* A program that does only that, with the default devices. */
static inline int program_on_both(void (*all)(stage *s))
{
    static ours o;
    static stage s;
    const ours_plan plain = {.name = NULL};

    tap_begin(60);
    on_both(&o, &s, plain, all);
    return tap_end();
}

#endif
