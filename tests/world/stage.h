/* A stage is a world with a way to describe its machine to the driver. The
 * scenarios (scenarios.h) are played on it and know nothing of what is behind. */
#ifndef STAGE_H
#define STAGE_H

#include "tests/world/driver.h"

#include <stdio.h>
#include <string.h>

typedef struct stage {
    world *w;
    void (*describe)(struct stage *s, vb_machine *m);
    const void *dtb;
    int mmio;                           /* the devices are in slots */
    uint64_t ecam;                      /* or behind this configuration space, */
    uint64_t window, window_bytes;      /* with BARs here */
    uint64_t gpu_at, console_at;        /* for vb_..._open_at */
    uint64_t third_at;                  /* an entropy device, where there is one */
    unsigned gpu_slot;                  /* where interrupts say they come from */
    unsigned kept;                      /* windows that may stay mapped: the ECAM */
    void (*resize)(struct stage *s, unsigned width, unsigned height);   /* the gpu's display */
    vb_machine machine;
} stage;

/* Begin a scenario: fresh memory, a fresh machine. */
static inline vb_machine *stage_begin(stage *s)
{
    char last[256];

    world_enter(s->w);
    s->w->complaints(s->w, last, sizeof last);          /* those of before */
    memset(&s->machine, 0, sizeof s->machine);
    s->machine.user = world_user();
    s->describe(s, &s->machine);
    s->machine.ticks_per_us = WORLD_TICKS_PER_US;
    return &s->machine;
}

/* The same with a machine of zeros, of which only the user pointer is set. */
static inline vb_machine *stage_begin_with_zeros(stage *s)
{
    vb_machine *m;

    stage_begin(s);
    m = world_flat(sizeof *m, 16);
    m->user = world_user();
    return m;
}

/* End it: everything is closed, and the device found nothing to complain of. */
static inline void stage_end(stage *s)
{
    char last[256];
    unsigned complaints;

    world_leave(s->kept);
    complaints = s->w->complaints(s->w, last, sizeof last);
    need(complaints == 0, "the device complained %u times, at last: %s", complaints, last);
}

/* Objects lie in scattered memory, so only `dma` is sure to be in one piece. */
static inline vb_console *new_console(void)
{
    return world_scattered(sizeof(vb_console), 2048);
}

static inline vb_gpu *new_gpu(void)
{
    return world_scattered(sizeof(vb_gpu), 2048);
}

/* Which error codes were provoked so far, for the test that misses none. */
static unsigned char errors_seen[64];

static inline int seen_code(int code)
{
    if (code < 0 && code > -(int)sizeof errors_seen)
        errors_seen[-code] = 1;
    return code;
}

/* The call returned this code, or say which, and what the driver told. */
#define need_code(call, expected) \
    do { \
        const int code_seen = seen_code(call); \
        if (code_seen != (int)(expected)) { \
            world_print_trace(); \
            tap_fail(__FILE__, __LINE__, "%s: %s, not %s", #call, vb_error_name(code_seen), \
                     vb_error_name((int)(expected))); \
        } \
    } while (0)
#define need_ok(call) need_code(call, VB_OK)

/* A scenario, and playing a list of them. */
typedef struct scenario {
    const char *name;
    void (*play)(void *stage);
} scenario;

static inline void play(stage *s, const char *where, const scenario *list, size_t count)
{
    char name[200];
    size_t i;

    for (i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s: %s", where, list[i].name);
        tap_run(name, list[i].play, s);
    }
}

#endif
