/* mmio.c - rules of VirtIO 1.3, 4.2, that only a window of registers needs: who is behind it, and
 * what interrupts, notifications and shared memory are there. The rest is in registers.c. */
#include "monitor.h"

#include <stddef.h>

static const struct lint_rule rules[] = {
    { "INF-MMIO-08", "4.2.2", "must", "SHMSel is written before SHMLen and SHMBase are read" },
    { "MMIO-01", "4.2.2.2", "MUST NOT", "only described registers and fields are accessed" },
    { "MMIO-08", "4.2.2.2", "MUST", "a window with another MagicValue is left alone" },
    { "MMIO-09", "4.2.2.2", "MUST", "a window whose Version is not 2 is left alone" },
    { "MMIO-10", "4.2.2.2", "MUST", "a window whose DeviceID is 0 is left alone" },
    { "MMIO-16", "4.2.2.2", "MUST", "a queue is stopped by 0 in QueueReady, which is read back" },
    { "MMIO-17", "4.2.2.2", "MUST", "undefined bits of InterruptStatus are ignored" },
    { "MMIO-18", "4.2.2.2", "MUST", "InterruptACK gets the events handled, and no others" },
    { "MMIO-19", "4.2.2.2", "MUST NOT", "only bits 0 and 1 are written to InterruptACK" },
    { "MMIO-22", "4.2.3.1.1", "MUST", "a driver begins with reading MagicValue and Version" },
    { "MMIO-23", "4.2.3.1.1", "MUST", "DeviceID is what is read next" },
    { "MMIO-24", "4.2.3.1.1", "MUST", "a device whose DeviceID is 0 is not initialised" },
    { "MMIO-25", "4.2.3.1.1", "MUST NOT", "behind a DeviceID of 0 no register is accessed" },
    { "MMIO-26", "4.2.3.1.1", "MUST NOT", "shared memory that nobody expects is not asked for" },
    { "INF-MMIO-14", "4.2.3.3", "must", "QueueNotify gets the index of a queue, and nothing else" },
    { "INF-MMIO-15", "4.2.3.3", "must", "with NOTIFICATION_DATA avail.idx is above the index" },
    { "MMIO-28", "4.2.3.4.1", "MUST", "InterruptStatus is read to learn the cause" },
    { "MMIO-30", "4.2.3.4.1", "MUST", "an interrupt that was handled is acknowledged" },
    { "INF-MMIO-16", "4.2.4", "must", "the registers of Version 1 are not used" },
    { "INF-MMIO-17", "4.2.5", "must", "ADMIN_VQ is not accepted over MMIO" },
    { .id = NULL },
};

enum { MAGIC = 0x74726976, EVENTS = 3 };

/* What is remembered of a window: for ever, and until the next reset. */
struct window {
    unsigned known, wrong;              /* MagicValue, Version, DeviceID, a bit each: were read; and
                                         * said that there is nobody to speak to */
    struct life {
        unsigned stopping;              /* queues, a bit each: 0 in QueueReady was not read back */
        bool     has_looked;            /* at InterruptStatus, since all that it said was handled */
        uint32_t shown, acknowledged;   /* what it said and is not handled; what ever was */
    } life;
};

static struct life *life(const struct lint_device *d)
{
    return &((struct window *)d->state[LINT_MMIO])->life;
}

/* ---- Who is there? [4.2.3.1] ----------------------------------------------------------------- */

/* A driver asks a window once, and may remember it for ever. With nobody to speak to, all that it
 * does is wrong in the same way. */
static void check_window(struct lint_device *d, const struct window *w, const struct lint_access *a)
{
    const bool is_other = w->wrong & 1, is_old = !is_other && (w->wrong & 2);
    const bool is_empty = w->wrong == 4;

    ASK(d, !is_other, "MMIO-08");
    ASK(d, !is_old, "MMIO-09");
    ASKF(d, !is_old || (a->offset != 0x28 && a->offset != 0x3c && a->offset != 0x40),
         "INF-MMIO-16", "at 0x%x", a->offset);
    ASK(d, !is_empty, "MMIO-10");
    ASK(d, !is_empty, "MMIO-25");
    ASK(d, !is_empty || !a->is_write || a->reg != REG_STATUS, "MMIO-24");
    ASK(d, w->wrong != 0 || (w->known & 3) == 3, "MMIO-22");
    ASK(d, w->wrong != 0 || w->known != 3, "MMIO-23");
}

static void identify(struct lint_device *d, const struct lint_access *a)
{
    struct window *w = d->state[LINT_MMIO];
    const bool is_right = a->reg == REG_MAGIC ? a->value == MAGIC
                        : a->reg == REG_VERSION ? a->value == 2 : a->value != 0;
    const unsigned n = a->reg - REG_MAGIC;

    if (n > 2 || a->is_write || !a->is_exact) {
        check_window(d, w, a);
        return;
    }
    w->known |= 1u << n;
    w->wrong = is_right ? w->wrong & ~(1u << n) : w->wrong | 1u << n;
}

/* ---- Queues [4.2.2.2] [4.2.3.3] -------------------------------------------------------------- */

static void stop(struct lint_device *d, const struct lint_access *a)
{
    struct life *l = life(d);
    const unsigned bit = 1u << d->queue;
    const bool is_ready = a->reg == REG_QUEUE_ENABLE;

    ASK(d, !(l->stopping & bit) || (is_ready && !a->is_write), "MMIO-16");
    l->stopping &= ~bit;
    if (is_ready && a->is_write && a->value == 0 && d->life.queue[d->queue].is_enabled)
        l->stopping |= bit;
}

/* Another CPU may have made more available meanwhile. */
static void notify(struct lint_device *d, const struct lint_access *a)
{
    const bool has_data = lint_has(d, FEATURE_NOTIFICATION_DATA);
    const bool is_there = d->queue != LINT_NO_QUEUE;
    const struct virtqueue *q = &d->vdev->queue[is_there ? d->queue : 0];
    const uint8_t *available = guest_range(d->lint->memory, q->area[AREA_AVAILABLE], 4);
    const uint16_t index = available != NULL ? load_le16(available + 2) : 0;

    ASK(d, is_there && (has_data || a->value <= UINT16_MAX), "INF-MMIO-14");
    ASKF(d, !is_there || !has_data || (uint16_t)(index - (a->value >> 16)) <= q->size,
         "INF-MMIO-15", "avail.idx is 0x%x", index);
}

/* ---- Interrupts [4.2.3.4]: a driver that polls has none, and acknowledges none. -------------- */

static void acknowledge(struct lint_device *d, uint32_t value)
{
    struct life *l = life(d);
    const uint32_t events = value & EVENTS, others = value & ~(uint32_t)EVENTS;
    const uint32_t guessed = l->has_looked ? events & ~l->shown : 0;

    ASK(d, (others & l->shown) == 0, "MMIO-17");
    ASKF(d, guessed == 0, "MMIO-18", "InterruptStatus was 0x%x", l->shown);
    ASK(d, others == 0, "MMIO-19");
    ASK(d, events == 0 || l->has_looked, "MMIO-28");
    ASKF(d, guessed == 0, "MMIO-30", "InterruptStatus was 0x%x", l->shown);
    l->acknowledged |= events;
    l->shown &= ~value;
    l->has_looked = (l->shown & EVENTS) != 0;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static void access(struct lint_device *d, const struct lint_access *a)
{
    const struct window *w = d->state[LINT_MMIO];
    const bool is_shared = a->reg == REG_SHM_SELECT || a->reg == REG_SHM;

    identify(d, a);
    if (w->wrong != 0 || !ASKF(d, a->bytes != 0, "MMIO-01", "at 0x%x", a->offset) || !a->is_exact)
        return;
    ASK(d, !is_shared || d->vdev->kind->id == LINT_IS_GPU, "MMIO-26");
    if (lint_is_of_queue(a->reg) && d->queue != LINT_NO_QUEUE)
        stop(d, a);
    else if (a->reg == REG_SHM)
        ASK(d, d->life.written & LINT_BIT(REG_SHM_SELECT), "INF-MMIO-08");
    else if (a->reg == REG_DRIVER_FEATURES && d->driver_select == 1)
        ASK(d, !(a->value << 32 & FEATURE_ADMIN_VQ), "INF-MMIO-17");
    else if (a->reg == REG_NOTIFY && a->is_write)
        notify(d, a);
    else if (a->reg == REG_ACK && a->is_write)
        acknowledge(d, (uint32_t)a->value);
    else if (a->reg == REG_ISR && !a->is_write) {
        life(d)->has_looked = true;
        life(d)->shown |= (uint32_t)a->value;
    }
}

/* What was left undone. Who reads InterruptStatus handles interrupts, and acknowledges each event
 * at least once. */
static void over(struct lint_device *d)
{
    const struct life *l = life(d);
    const uint32_t left = l->shown & EVENTS & ~l->acknowledged;

    ASKF(d, l->stopping == 0, "MMIO-16", "of queues 0x%x, a bit each", l->stopping);
    ASKF(d, left == 0, "MMIO-18", "InterruptStatus was 0x%x", left);
    ASKF(d, left == 0, "MMIO-30", "InterruptStatus was 0x%x", left);
}

const struct lint_area lint_mmio = {
    .name = "mmio", .rules = rules, .transport = LINT_ON_MMIO, .state = sizeof(struct window),
    .kept = offsetof(struct window, life), .access = access, .stray = identify, .over = over,
};
