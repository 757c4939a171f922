/* registers.c - rules of VirtIO 1.3, 4.1 and 4.2: the registers of a device. The transports ask for
 * one conversation in two dialects; so most of what is asked here has a name in each.
 *
 *      select a word  -->  read what is offered, write what is accepted
 *      select a queue -->  is it there, how large may it be?  -->  size, addresses  -->  enable
 */
#include "monitor.h"

#include <inttypes.h>

static const struct lint_rule rules[] = {
    { "INF-PCI-03", "4.1.3", "must", "of a 64-bit field both halves are written" },
    { "PCI-04", "4.1.3.1", "MUST", "an 8-bit field is accessed with 8 bits" },
    { "PCI-05", "4.1.3.1", "MUST", "a 16-bit field is accessed with 16 bits, aligned" },
    { "PCI-06", "4.1.3.1", "MUST", "32-bit and 64-bit fields are accessed with 32 bits, aligned" },
    { "INF-PCI-08", "4.1.4.3", "must", "device_feature_select is written first" },
    { "INF-PCI-09", "4.1.4.3", "must", "driver_feature_select is written first" },
    { "INF-PCI-10", "4.1.4.3", "must", "feature words 0 and 1 are written: VERSION_1 is in 1" },
    { "INF-PCI-11", "4.1.4.3", "must", "queue_select is written first" },
    { "INF-PCI-12", "4.1.4.3", "must", "a queue's number is below num_queues" },
    { "INF-PCI-13", "4.1.4.3", "must", "a queue whose queue_size reads 0 is left alone" },
    { "INF-PCI-14", "4.1.4.3", "must", "queue_size is only made smaller" },
    { "INF-PCI-15", "4.1.4.3", "must", "a register of a feature is left alone without it" },
    { "INF-PCI-16", "4.1.4.3.1", "must", "a queue being reset is not set up yet" },
    { "PCI-14", "4.1.4.3.2", "MUST NOT", "what is read-only is not written" },
    { "PCI-15", "4.1.4.3.2", "MUST NOT", "with RING_PACKED no 0 is written to queue_size" },
    { "PCI-16", "4.1.4.3.2", "MUST NOT", "queue_size is written with a power of 2" },
    { "PCI-17", "4.1.4.3.2", "MUST", "a queue is set up before queue_enable is written" },
    { "PCI-19", "4.1.4.3.2", "MUST NOT", "queue_enable is never written with 0" },
    { "PCI-20", "4.1.4.3.2", "MUST NOT", "a queue's reset is over when queue_reset reads 0" },
    { "PCI-21", "4.1.4.3.2", "MAY", "after its reset a queue is set up before it is enabled" },
    { "PCI-22", "4.1.4.3.2", "MUST", "administration queues are in the range the device tells" },
    { "INF-PCI-33", "4.1.5.1.3", "must", "queue_size is read before a queue is set up" },
    { "INF-PCI-34", "4.1.5.1.3", "must", "the rings are zeroed before the queue is enabled" },
    { "INF-MMIO-02", "4.2.2", "must", "registers are little-endian" },
    { "INF-MMIO-03", "4.2.2", "must", "before FEATURES_OK both words of features are written" },
    { "INF-MMIO-04", "4.2.2", "must", "QueueSel is written before registers of a queue are used" },
    { "INF-MMIO-05", "4.2.2", "must", "a queue whose QueueSizeMax is 0 is left alone" },
    { "INF-MMIO-06", "4.2.2", "must", "both halves of each queue address are written" },
    { "INF-MMIO-09", "4.2.2", "must", "QueueReset is used only with RING_RESET" },
    { "INF-MMIO-10", "4.2.2", "must", "QueueReady is written with 0 or 1" },
    { "MMIO-02", "4.2.2.2", "MUST NOT", "registers that are only read are not written" },
    { "MMIO-03", "4.2.2.2", "MUST NOT", "registers that are only written are not read" },
    { "MMIO-04", "4.2.2.2", "MUST", "registers are accessed with 32 bits, aligned" },
    { "MMIO-05", "4.2.2.2", "MUST", "fields of 8 bits are accessed with 8 bits" },
    { "MMIO-06", "4.2.2.2", "MUST", "fields of 16 bits are accessed with 16 bits, aligned" },
    { "MMIO-07", "4.2.2.2", "MUST", "fields of 32 and 64 bits are accessed with 32 bits, aligned" },
    { "MMIO-12", "4.2.2.2", "MUST", "DeviceFeaturesSel is written before DeviceFeatures is read" },
    { "MMIO-13", "4.2.2.2", "MUST", "DriverFeaturesSel is written before DriverFeatures is" },
    { "MMIO-14", "4.2.2.2", "MUST", "QueueSize is at most what QueueSizeMax says" },
    { "MMIO-15", "4.2.2.2", "MUST NOT", "a queue's size and addresses rest while QueueReady is 1" },
    { "MMIO-20", "4.2.2.2", "MUST NOT", "the reset of a queue is over when QueueReset reads 0" },
    { "MMIO-21", "4.2.2.2", "MAY", "after QueueReset a queue is set up again, then made ready" },
    { "INF-MMIO-11", "4.2.3.2", "should", "QueueReady reads 0 before a queue is set up" },
    { "INF-MMIO-12", "4.2.3.2", "must", "the order is QueueSizeMax, QueueSize, addresses, ready" },
    { "INF-MMIO-13", "4.2.3.2", "must", "the memory of a queue is zero before QueueReady is set" },
    { .id = NULL },
};

enum { LOW_HALVES = 0x15, ALL_HALVES = 0x3f };         /* of three addresses */

static bool has_written(const struct lint_device *d, enum lint_register reg)
{
    return d->life.written & LINT_BIT(reg);
}

/* ---- How wide, which way [4.1.3.1] [4.1.4.3.2] [4.2.2.2] ------------------------------------- */

static const char *width_rule(const struct lint_device *d, const struct lint_access *a)
{
    if (a->reg != REG_CONFIG && d->slot != NULL)
        return "MMIO-04";
    return a->bytes == 1 ? lint_by(d, "PCI-04", "MMIO-05")
         : a->bytes == 2 ? lint_by(d, "PCI-05", "MMIO-06") : lint_by(d, "PCI-06", "MMIO-07");
}

static bool is_read_only(const struct lint_device *d, enum lint_register reg)
{
    switch (reg) {
    case REG_DEVICE_FEATURES: case REG_GENERATION: case REG_NUM_QUEUES: case REG_NOTIFY_OFF:
    case REG_NOTIFY_DATA:
        return true;
    case REG_MAGIC: case REG_VERSION: case REG_DEVICE_ID: case REG_VENDOR_ID: case REG_QUEUE_MAX:
    case REG_ISR: case REG_SHM:
        return d->slot != NULL;
    default:
        return false;
    }
}

/* In a slot the others are only written, but for some that go both ways. */
static bool is_right_way(const struct lint_device *d, const struct lint_access *a)
{
    const bool only_read = is_read_only(d, a->reg);

    if (a->is_write)
        return !only_read;
    return only_read || d->slot == NULL || a->reg == REG_CONFIG || a->reg == REG_STATUS
        || a->reg == REG_QUEUE_ENABLE || a->reg == REG_QUEUE_RESET;
}

/* ---- Features [4.1.4.3] [4.2.2] -------------------------------------------------------------- */

static void write_status(struct lint_device *d, const struct lint_access *a)
{
    const struct lint_life *l = &d->life;
    const bool is_done = a->value & ~l->status & STATUS_FEATURES_OK;

    ASK(d, a->value <= 0xff, "INF-MMIO-02");
    ASKF(d, !is_done || (l->words_written & 3) == 3, lint_by(d, "INF-PCI-10", "INF-MMIO-03"),
         "feature words that were written, a bit each: 0x%x", l->words_written);
}

/* ---- Queues [4.1.4.3] [4.1.5.1.3] [4.2.2] [4.2.3.2] ------------------------------------------ */

/* No device of ours has administration queues, so there is no number that one could have. */
static const char *absence_rule(const struct lint_device *d, const struct lint_access *a)
{
    if (a->queue < d->vdev->kind->queues)
        return lint_by(d, "INF-PCI-13", "INF-MMIO-05");
    return lint_by(d, lint_has(d, FEATURE_ADMIN_VQ) ? "PCI-22" : "INF-PCI-12", "INF-MMIO-05");
}

static void size(struct lint_device *d, uint64_t value)
{
    const unsigned max = d->vdev->queue[d->queue].max;

    ASKF(d, value <= max, lint_by(d, "INF-PCI-14", "MMIO-14"), "at most %u", max);
    if (d->slot == NULL && lint_has(d, FEATURE_PACKED))
        ASK(d, value != 0, "PCI-15");
    else if (d->slot == NULL)
        ASK(d, value != 0 && (value & (value - 1)) == 0, "PCI-16");
}

/* Its size, its vector or half an address. */
static void set_up(struct lint_device *d, const struct lint_access *a)
{
    const struct lint_queue_life *q = &d->life.queue[d->queue];
    const enum lint_register max = d->slot != NULL ? REG_QUEUE_MAX : REG_QUEUE_SIZE;

    ASK(d, !q->is_enabled, lint_by(d, "PCI-17", "MMIO-15"));
    if (a->reg == REG_QUEUE_VECTOR)
        return;
    ASKF(d, q->read & LINT_BIT(max), lint_by(d, "INF-PCI-33", "INF-MMIO-12"), "maximum is unread");
    if (a->reg == REG_QUEUE_SIZE)
        size(d, a->value);
    if (d->slot == NULL)
        return;
    ASKF(d, q->read & LINT_BIT(REG_QUEUE_ENABLE), "INF-MMIO-11", "QueueReady was not read");
    ASKF(d, a->reg == REG_QUEUE_SIZE || (q->written & LINT_BIT(REG_QUEUE_SIZE)), "INF-MMIO-12",
         "QueueSize was not written");
}

/* Where no 0 is, or 0: in the used ring, which no driver ever writes, or in avail.idx. */
static uint64_t find_old(const struct lint_device *d, const struct virtqueue *q)
{
    const uint64_t ring = q->area[AREA_USED], idx = q->area[AREA_AVAILABLE] + 2;
    const uint32_t bytes = 6 + 8 * (uint32_t)q->size;
    const uint8_t *used = guest_range(d->lint->memory, ring, bytes);
    const uint8_t *available = guest_range(d->lint->memory, idx, 2);

    for (uint32_t i = 0; used != NULL && i < bytes; i++)
        if (used[i] != 0)
            return ring + i;
    return available != NULL && load_le16(available) != 0 ? idx : 0;
}

static void enable(struct lint_device *d)
{
    const struct lint_queue_life *q = &d->life.queue[d->queue];
    const bool has_low = (q->halves & LOW_HALVES) == LOW_HALVES;
    const uint64_t old = lint_has(d, FEATURE_PACKED) ? 0 : find_old(d, &d->vdev->queue[d->queue]);

    if (ASK(d, has_low, q->was_reset ? lint_by(d, "PCI-21", "MMIO-21")
                                     : lint_by(d, "PCI-17", "INF-MMIO-06"))
        && ASK(d, q->halves == ALL_HALVES, lint_by(d, "INF-PCI-03", "INF-MMIO-06")))
        ASKF(d, old == 0, lint_by(d, "INF-PCI-34", "INF-MMIO-13"), "at 0x%" PRIx64, old);
}

static void write_queue(struct lint_device *d, const struct lint_access *a)
{
    const bool is_switch = a->reg == REG_QUEUE_ENABLE;
    const struct lint_queue_life *q = &d->life.queue[d->queue];

    if (a->reg == REG_QUEUE_RESET)
        return;
    ASK(d, !q->is_resetting, lint_by(d, "PCI-20", "MMIO-20"));
    ASK(d, !q->is_resetting, lint_by(d, "INF-PCI-16", "MMIO-20"));
    if (!is_switch)
        set_up(d, a);
    else if (a->value != 0 && !q->is_enabled)
        enable(d);
}

/* Some drivers turn off what is not there, too. */
static void queue(struct lint_device *d, const struct lint_access *a)
{
    const bool sets = a->is_write && a->reg == REG_QUEUE_ENABLE;

    ASK(d, has_written(d, REG_QUEUE_SELECT), lint_by(d, "INF-PCI-11", "INF-MMIO-04"));
    ASK(d, !sets || a->value != 0 || d->slot != NULL, "PCI-19");
    ASK(d, !sets || a->value <= 1 || d->slot == NULL, "INF-MMIO-10");
    if (d->queue == LINT_NO_QUEUE)
        ASKF(d, !a->is_write || (sets && a->value == 0), absence_rule(d, a), "queue %u", a->queue);
    else if (a->is_write)
        write_queue(d, a);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static void access(struct lint_device *d, const struct lint_access *a)
{
    const uint64_t needed = a->reg == REG_QUEUE_RESET ? FEATURE_RING_RESET
                          : a->reg == REG_NOTIFY_DATA ? FEATURE_NOTIF_CONFIG_DATA
                          : a->reg == REG_ADMIN ? FEATURE_ADMIN_VQ : 0;

    if (a->bytes == 0 || (a->reg == REG_NOTIFY && d->slot == NULL))
        return;                         /* pci.c, mmio.c */
    if (!ASKF(d, a->is_exact, width_rule(d, a), "%u bytes at 0x%x", a->width, a->offset)
        || !ASK(d, is_right_way(d, a), lint_by(d, "PCI-14", a->is_write ? "MMIO-02" : "MMIO-03")))
        return;
    ASK(d, lint_has(d, needed), lint_by(d, "INF-PCI-15", "INF-MMIO-09"));
    if (a->reg == REG_DEVICE_FEATURES)
        ASK(d, has_written(d, REG_DEVICE_SELECT), lint_by(d, "INF-PCI-08", "MMIO-12"));
    else if (a->reg == REG_DRIVER_FEATURES)
        ASK(d, has_written(d, REG_DRIVER_SELECT), lint_by(d, "INF-PCI-09", "MMIO-13"));
    else if (a->reg == REG_STATUS && a->is_write)
        write_status(d, a);
    else if (lint_is_of_queue(a->reg))
        queue(d, a);
}

const struct lint_area lint_registers = { .name = "registers", .rules = rules, .access = access };
