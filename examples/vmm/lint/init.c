/* init.c - rules of VirtIO 1.3, 2.1 to 3.4 and 6: the life of a device, in the order of its status.
 *
 *      0 --> ACKNOWLEDGE --> DRIVER --> FEATURES_OK --> DRIVER_OK --> 0
 *      ^                     features    look; queues    requests     ^
 *      written, then read until it is 0                               so that memory is given back
 */
#include "monitor.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static const struct lint_rule rules[] = {
    { "INF-INIT-02", "1.4", "must", "fields of 16, 32 and 64 bits are stored little-endian" },
    { "INF-INIT-03", "2.1", "should", "a device that needs a reset is reset" },
    { "INIT-01", "2.1.1", "MUST", "each step of the initialisation is announced by its bit" },
    { "INIT-02", "2.1.1", "MUST NOT", "only a reset takes bits away from the device status" },
    { "INIT-03", "2.1.1", "MUST", "after FAILED a new attempt begins with a reset" },
    { "INIT-04", "2.1.1", "SHOULD NOT", "no request is sent to a device that needs a reset" },
    { "INF-INIT-04", "2.2", "must", "accepted features change by a reset and a new negotiation" },
    { "INIT-05", "2.2.1", "MUST NOT", "only features that are offered are accepted" },
    { "INIT-06", "2.2.1", "MUST NOT", "a feature is accepted with the feature that it needs" },
    { "INIT-07", "2.2.1", "MUST", "offered features are read before any is accepted" },
    { "INIT-08", "2.2.1", "MUST NOT", "bits that nothing describes are not accepted" },
    { "INIT-09", "2.2.1", "MUST NOT", "reserved bits are not accepted" },
    { "INIT-10", "2.2.1", "MUST NOT", "what the transport does not support is not accepted" },
    { "INIT-11", "2.2.1", "MUST NOT", "bits that this type does not define are not accepted" },
    { "INIT-13", "2.2.1", "MUST", "who cannot do without a missing feature writes FAILED" },
    { "INIT-14", "2.2.1", "MUST NOT", "an unknown feature is no reason to give up" },
    { "INF-INIT-06", "2.2.3", "MUST", "a device without VERSION_1 is not driven as a modern one" },
    { "INF-INIT-07", "2.4", "must", "after a reset all of the initialisation is done again" },
    { "INIT-15", "2.4.2", "SHOULD", "a reset is over when status reads 0" },
    { "INF-INIT-08", "2.5", "must", "configuration fields are written little-endian" },
    { "INIT-17", "2.5.1", "MUST NOT", "fields read one by one are not taken as one set" },
    { "INIT-18", "2.5.1", "SHOULD", "fields are read between equal generations, else again" },
    { "INIT-19", "2.5.1", "MUST", "a field of a feature is accessed if that is offered" },
    { "INIT-22", "3.1.1", "MUST", "initialisation begins with a reset" },
    { "INIT-23", "3.1.1", "MUST", "ACKNOWLEDGE follows the reset" },
    { "INIT-24", "3.1.1", "MUST", "DRIVER follows ACKNOWLEDGE, and comes before the features" },
    { "INIT-25", "3.1.1", "MUST", "features are read, and a subset is written" },
    { "INIT-27", "3.1.1", "MUST NOT", "configuration is not written during the negotiation" },
    { "INIT-28", "3.1.1", "MUST", "FEATURES_OK follows the features" },
    { "INIT-29", "3.1.1", "MUST NOT", "after FEATURES_OK no feature is accepted" },
    { "INIT-30", "3.1.1", "MUST", "status is read again: only if FEATURES_OK stayed, go on" },
    { "INIT-31", "3.1.1", "MUST", "queues are set up between FEATURES_OK and DRIVER_OK" },
    { "INIT-32", "3.1.1", "MUST", "queues are enabled before DRIVER_OK, and only then used" },
    { "INIT-33", "3.1.1", "SHOULD", "who gives up writes FAILED" },
    { "INIT-34", "3.1.1", "MUST NOT", "after FAILED the initialisation does not go on" },
    { "INIT-35", "3.1.1", "MUST NOT", "no queue is notified before DRIVER_OK" },
    { "INF-INIT-10", "3.2", "must", "after a change the configuration is read again" },
    { "INF-INIT-11", "3.2.1", "should", "after a change of the configuration status is read too" },
    { "INF-INIT-12", "3.3", "must", "rings are the device's until status reads 0" },
    { "INIT-36", "3.3.1", "MUST NOT", "descriptors that the device holds are not changed" },
    { "INIT-37", "3.3.1", "MUST", "buffers that the device holds come back by a finished reset" },
    { "INIT-38", "3.4.1", "SHOULD NOT", "SUSPEND needs DRIVER_OK and the feature SUSPEND" },
    { "INIT-39", "3.4.1", "MUST", "after SUSPEND status is read" },
    { "INIT-40", "3.4.1", "MUST NOT", "after SUSPEND no buffer is made available" },
    { "INIT-41", "3.4.1", "MUST NOT", "after SUSPEND no queue is notified" },
    { "INIT-42", "3.4.1", "MUST NOT", "after SUSPEND no configuration is written" },
    { "INIT-43", "3.4.1", "MUST", "after resuming status is read until DRIVER_OK is back" },
    { "INIT-44", "6.1", "MUST", "VERSION_1 is accepted" },
    { "INIT-46", "6.1", "SHOULD", "ACCESS_PLATFORM is accepted if it is offered" },
    { "INIT-48", "6.1", "MUST", "without ACCESS_PLATFORM addresses are physical ones" },
    { "INIT-49", "6.1", "SHOULD", "RING_PACKED is accepted if it is offered" },
    { "INIT-50", "6.1", "SHOULD", "ORDER_PLATFORM is accepted if it is offered" },
    { "INIT-52", "6.1", "MUST NOT", "SR_IOV needs a PCI device with that capability" },
    { "INIT-54", "6.1", "SHOULD", "NOTIF_CONFIG_DATA is accepted if it is offered" },
    { "INF-INIT-13", "6.3", "SHOULD NOT", "features of the legacy interface are not accepted" },
    { .id = NULL },
};

enum { STATUS_SUSPEND = 16, ALL_STEPS = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK };
enum { CONFIG_INTERRUPT = 2, EMERG_WRITE = 8 };

#define BIT(n) (UINT64_C(1) << (n))
#define BITS(from, to) (BIT((to) + 1) - BIT(from))
#define SUSPEND BIT(43)
#define UNDESCRIBED (BIT(25) | BIT(26) | BIT(31))
#define RESERVED (BITS(42, 49) & ~SUSPEND)

/* What a driver did; the upper part since it reset the device. */
struct life {
    unsigned status, reached;           /* as written or read last; every bit that was written */
    bool     must_look, is_refused;     /* FEATURES_OK: not yet read again; it did not stay */
    bool     has_looked;                /* the access before was a read of status */
    bool     knows_broken;              /* NEEDS_RESET was read, */
    bool     ought_to_know;             /* or there was an interrupt for it */
    bool     is_suspending, is_suspended, is_resuming;  /* the first: status not yet read again */
    bool     has_cached, is_stale;      /* configuration was read; it changed since */
    uint32_t words_read, words_written; /* bit n: features 32 n to 32 n + 31 */
    uint64_t enabled, renewed;          /* queues; renewed: reset by themselves */
    struct look {                       /* at the configuration [2.5.1] */
        uint64_t fields;                /* by offset */
        uint32_t before, after;         /* generations; after: as it was read last */
        uint32_t device;                /* what the device counted at the first field */
        bool     has_before, has_after, is_over, is_torn;
    } look;
    struct {                            /* what the writing of 0 does not end */
        bool     was_reset, has_lived;  /* ever; DRIVER_OK, in a life before */
        bool     is_resetting;          /* 0 was written, and not yet read: until then */
        uint64_t queues;                /* the device may use these */
        unsigned held;                  /* and the buffers of so many requests */
    } old;
};

/* What an act breaks, and what was seen of it. */
struct duty {
    const char *id;
    bool        is_broken;
    const char *seen;
    uint64_t    number;
};

static void judge(struct lint_device *d, const struct duty *duty)
{
    for (; duty->id != NULL; duty++)
        if (duty->is_broken)
            lint_say(d, duty->id, "%s 0x%" PRIx64, duty->seen, duty->number);
}

#define JUDGE(d, ...) judge((d), (const struct duty[]){ __VA_ARGS__, { .id = NULL } })

/* ---- Reset [2.4] ----------------------------------------------------------------------------- */

/* A driver that leaves a device which it could not drive says so; the others need not. */
static void leave(struct lint_device *d, const struct life *s)
{
    const bool has_failed = s->reached & STATUS_FAILED;
    const bool is_legacy = (s->words_read & 2) && !(d->vdev->offered & FEATURE_VERSION_1);

    JUDGE(d,
        { "INIT-13", is_legacy && !has_failed, "VERSION_1 is not offered; status", s->status },
        { "INIT-33", s->is_refused && !has_failed, "FEATURES_OK did not stay; status", s->status });
}

/* What was written until now is forgotten, but not what the device still holds. */
static void begin_reset(struct lint_device *d, struct life *s)
{
    leave(d, s);
    s->old.was_reset = s->old.is_resetting = true;
    s->old.has_lived |= (s->reached & STATUS_DRIVER_OK) != 0;
    s->old.queues |= s->enabled;
    memset(s, 0, offsetof(struct life, old));
}

static void end_reset(struct life *s)
{
    s->old.is_resetting = false;
    s->old.queues = 0;
    s->old.held = 0;
}

/* Anything but a look at the status: has the device been reset, and is that over? An interrupt may
 * come at any time, who is there may be asked at any time, and emerg_wr written. [5.3.5] */
static void before_all(struct lint_device *d, struct life *s, const struct lint_access *a)
{
    const bool asks = a->reg == REG_ISR || a->reg == REG_ACK || a->reg == REG_OTHER_BAR
                   || a->reg == REG_NONE || (a->reg >= REG_MAGIC && a->reg <= REG_VENDOR_ID);
    const bool is_early = s->old.is_resetting && !asks;

    JUDGE(d,
        { "INIT-22", a->is_write && !s->old.was_reset && !asks, "wrote first:", a->value },
        { "INIT-15", is_early, "before status read 0: offset", a->offset },
        { "INIT-37", is_early && s->old.held > 0, "requests out:", s->old.held },
        { "INF-INIT-12", is_early && s->old.queues, "queues, by bit:", s->old.queues },
        { "INIT-39", s->is_suspending && !asks, "before status was read: offset", a->offset });
    s->is_suspending &= asks;
    if (is_early)
        end_reset(s);                   /* said once */
}

/* ---- Features [2.2] [6] ---------------------------------------------------------------------- */

/* Bits that a driver leaves alone; `own` is what its type of device defines. */
static void judge_accepted(struct lint_device *d, uint64_t taken, uint64_t own)
{
    const uint64_t foreign = (BITS(0, 23) | BITS(50, 62) | BIT(63)) & ~own;
    const uint64_t pci_only = d->slot != NULL ? BIT(37) | BIT(41) : 0;
    const bool is_gpu = d->vdev->kind->id == LINT_IS_GPU;
    const bool is_half = is_gpu && (taken & BIT(4)) && !(taken & BIT(0));      /* [5.7.3] */

    JUDGE(d,
        { "INF-INIT-13", taken & (BIT(24) | BIT(27) | BIT(30)), "accepted", taken },
        { "INIT-06", is_half, "CONTEXT_INIT without VIRGL:", taken },
        { "INIT-08", taken & UNDESCRIBED, "accepted", taken & UNDESCRIBED },
        { "INIT-09", taken & RESERVED, "accepted", taken & RESERVED },
        { "INIT-10", taken & pci_only, "on MMIO accepted", taken & pci_only },
        { "INIT-11", taken & foreign, "accepted", taken & foreign },
        { "INIT-52", taken & BIT(37), "there is no such capability; accepted", taken });
}

static void judge_features(struct lint_device *d, const struct life *s)
{
    const uint64_t offered = d->vdev->offered, accepted = d->vdev->accepted;
    const uint64_t missing = offered & ~accepted;
    const unsigned type = d->vdev->kind->id;
    const uint64_t own = type == LINT_IS_GPU ? BITS(0, 5)           /* [5.7.3] */
                       : type == LINT_IS_CONSOLE ? BITS(0, 2) : 0;  /* [5.3.3] */

    judge_accepted(d, offered & accepted, own);
    JUDGE(d,
        { "INIT-05", accepted & ~offered, "accepted, not offered", accepted & ~offered },
        { "INIT-25", !s->words_read, "words read:", 0 },
        { "INIT-25", !s->words_written, "words written:", 0 },
        { "INIT-44", missing & BIT(32), "not accepted", missing },
        { "INIT-46", missing & BIT(33), "not accepted", missing },
        { "INIT-49", missing & BIT(34), "not accepted", missing },
        { "INIT-50", missing & BIT(36), "not accepted", missing },
        { "INIT-54", missing & BIT(39), "not accepted", missing });
}

static void accept(struct lint_device *d, struct life *s, const struct lint_access *a)
{
    const uint32_t word = d->driver_select;
    const bool is_late = s->reached & STATUS_FEATURES_OK;
    const bool is_known = word < 32 && (s->words_read >> word & 1);

    JUDGE(d,
        { "INIT-03", s->reached & STATUS_FAILED, "accepts features; status", s->status },
        { "INIT-05", word > 1 && a->value != 0, "there is no feature word", word },
        { "INIT-07", word < 2 && a->value != 0 && !is_known, "did not read word", word },
        { "INIT-24", !(s->reached & STATUS_DRIVER), "accepts features; status", s->status },
        { "INIT-29", is_late, "accepts after FEATURES_OK", a->value },
        { "INF-INIT-04", is_late, "accepts after FEATURES_OK", a->value });
    s->words_written |= word < 32 ? 1u << word : 0;
}

/* ---- Status [2.1] [3.1.1] -------------------------------------------------------------------- */

/* The steps that come between the negotiation and the first request. */
static void go_on(struct lint_device *d, const struct life *s, const char *what)
{
    JUDGE(d,
        { "INIT-30", s->must_look || s->is_refused, what, s->status },
        { "INIT-34", s->reached & STATUS_FAILED, what, s->status },
        { "INF-INIT-06", !(d->vdev->offered & FEATURE_VERSION_1), what, d->vdev->offered });
}

static void write_status(struct lint_device *d, struct life *s, unsigned value)
{
    const unsigned unseen = s->has_looked ? 0 : d->vdev->status & STATUS_NEEDS_RESET;
    const unsigned is = s->status | unseen;
    const unsigned lost = is & ~value & ~(unsigned)STATUS_SUSPEND;
    const unsigned added = value & ~s->reached, missing = ALL_STEPS & ~s->reached;
    const bool again = (s->reached & STATUS_FAILED) && (added & ALL_STEPS);
    const bool is_driver = added & STATUS_DRIVER, is_ready = added & STATUS_DRIVER_OK;
    const bool suspends = value & ~is & STATUS_SUSPEND;
    const bool gives_up = (added & STATUS_FAILED) && s->words_read && !s->words_written;
    const uint64_t unknown = d->vdev->offered & (UNDESCRIBED | RESERVED);

    JUDGE(d,
        { "INIT-01", is_ready && missing, "DRIVER_OK without", missing },
        { "INIT-02", lost, "these bits got lost:", lost },
        { "INIT-03", again, "FAILED was written, now", value },
        { "INIT-14", gives_up && unknown && (d->vdev->offered & FEATURE_VERSION_1), "offered",
          unknown },
        { "INIT-23", is_driver && !((s->reached | value) & STATUS_ACKNOWLEDGE), "status", value },
        { "INIT-24", is_driver && (added & STATUS_ACKNOWLEDGE), "both at once:", value },
        { "INIT-28", is_ready && (missing & STATUS_FEATURES_OK), "status", value },
        { "INIT-38", suspends && (!(is & STATUS_DRIVER_OK) || !(d->vdev->accepted & SUSPEND)),
          "status", value });
    if (is_ready)
        go_on(d, s, "DRIVER_OK; status");
    if (added & STATUS_FEATURES_OK)
        judge_features(d, s);
    s->must_look |= (added & STATUS_FEATURES_OK) != 0;
    s->is_suspending = suspends;
    s->is_resuming = s->is_suspended && (value & STATUS_DRIVER_OK);
    s->is_suspended = (s->is_suspended || suspends) && !s->is_resuming;
    s->status = value;
    s->reached |= value;
}

static void read_status(struct life *s, unsigned value)
{
    const bool is_live = (value & (STATUS_SUSPEND | STATUS_DRIVER_OK)) == STATUS_DRIVER_OK;

    if (value == 0)
        end_reset(s);
    s->is_refused |= s->must_look && !(value & STATUS_FEATURES_OK);
    s->knows_broken |= (value & STATUS_NEEDS_RESET) != 0;
    s->is_resuming &= !is_live;
    s->must_look = s->ought_to_know = s->is_suspending = false;
    s->status = value;
}

/* ---- Queues [3.1.1, steps 7 and 8] ----------------------------------------------------------- */

/* Turning something off is no set-up; drivers do so while they leave. */
static bool is_set_up(const struct lint_access *a)
{
    switch (a->reg) {
    case REG_QUEUE_SIZE:    case REG_QUEUE_DESC:    case REG_QUEUE_DRIVER:  case REG_QUEUE_DEVICE:
        return true;
    case REG_QUEUE_ENABLE:
        return a->value != 0;
    case REG_CONFIG_VECTOR: case REG_QUEUE_VECTOR:
        return a->value != 0xffff;
    default:
        return false;
    }
}

/* No physical address has more than 52 bits; those of a kernel's own memory do. */
static bool is_virtual(const struct lint_device *d, uint64_t address)
{
    return address >> 52 != 0 && !(d->vdev->accepted & FEATURE_PLATFORM);
}

static void enable(struct lint_device *d, struct life *s, unsigned queue)
{
    const struct virtqueue *q = queue < VDEV_QUEUES ? &d->vdev->queue[queue] : NULL;
    const uint64_t bit = queue < 64 ? BIT(queue) : 0;
    const bool is_late = s->reached & STATUS_DRIVER_OK;

    JUDGE(d, { "INIT-31", is_late && !(s->renewed & bit), "after DRIVER_OK, queue", queue });
    s->enabled |= bit;
    for (unsigned i = 0; q != NULL && i < AREAS; i++)
        JUDGE(d, { "INIT-48", is_virtual(d, q->area[i]), "a ring at", q->area[i] });
}

static void set_up(struct lint_device *d, struct life *s, const struct lint_access *a)
{
    JUDGE(d,
        { "INF-INIT-07", s->old.has_lived && !s->reached, a->name, a->value },
        { "INIT-31", !(s->reached & STATUS_FEATURES_OK), "before FEATURES_OK; status", s->status });
    go_on(d, s, a->name);
    if (a->reg == REG_QUEUE_ENABLE)
        enable(d, s, a->queue);
}

static void renew(struct life *s, unsigned queue)
{
    const uint64_t bit = queue < 64 ? BIT(queue) : 0;

    s->renewed |= bit;
    s->enabled &= ~bit;
}

static void notify(struct lint_device *d, const struct life *s, unsigned queue)
{
    const bool is_early = !(s->reached & STATUS_DRIVER_OK);
    const bool is_off = queue < d->vdev->kind->queues && !(s->enabled >> queue & 1);

    JUDGE(d,
        { "INF-INIT-07", is_early && s->old.has_lived && !s->reached, "queue", queue },
        { "INIT-35", is_early, "status", s->status },
        { "INIT-32", !is_early && is_off, "notified, never enabled: queue", queue },
        { "INIT-04", s->knows_broken, "NEEDS_RESET was read; queue", queue },
        { "INF-INIT-11", s->ought_to_know, "NEEDS_RESET was not read; status", d->vdev->status },
        { "INIT-41", s->is_suspended, "queue", queue },
        { "INIT-43", s->is_resuming, "status was not read; queue", queue });
}

/* ---- Configuration [2.5] --------------------------------------------------------------------- */

/* Several fields are one set if the generation was the same before and after. One field of at most
 * 32 bits is always whole. */
static void end_look(struct lint_device *d, struct life *s)
{
    const struct look *l = &s->look;
    const bool is_set = (l->fields & (l->fields - 1)) != 0;
    const bool is_alone = !l->has_before || !l->is_over;

    JUDGE(d,
        { "INIT-18", is_set && is_alone, "no generation beside the fields, by offset:", l->fields },
        { "INIT-18", is_set && !is_alone && l->before != l->after, "generation became", l->after },
        { "INIT-17", is_set && l->is_torn, "a change between the fields, by offset:", l->fields });
    memset(&s->look, 0, sizeof s->look);
}

static void read_generation(struct look *l, uint32_t value)
{
    l->is_over |= l->fields != 0;
    l->after = value;
    l->has_after = true;
}

static void read_field(const struct lint_device *d, struct life *s, uint32_t offset)
{
    struct look *l = &s->look;
    const uint64_t field = BIT(offset % 64);

    if (l->fields == 0 || l->is_over || (l->fields & field))
        *l = (struct look){ .has_before = l->has_after, .has_after = l->has_after,
                            .before = l->after, .after = l->after, .device = d->vdev->generation };
    l->is_torn |= l->device != d->vdev->generation;
    l->fields |= field;
    s->has_cached = true;
    s->is_stale = false;
}

static void write_field(struct lint_device *d, const struct life *s, const struct lint_access *a,
                        bool is_emergency)
{
    const bool is_early = s->old.was_reset && !(s->reached & STATUS_FEATURES_OK);
    const bool is_swapped = a->width == 4 && a->value != 0 && (a->value & 0xffffff) == 0;

    JUDGE(d,
        { "INIT-27", is_early && !is_emergency, "status", s->status },
        { "INF-INIT-08", is_swapped, "wrote", a->value },
        { "INIT-42", s->is_suspended, "wrote", a->value });
}

/* Fields that are there with a feature. [5.3.4] */
static void judge_field(struct lint_device *d, const struct lint_access *a)
{
    const unsigned feature = a->offset < 4 ? 0 : a->offset < 8 ? 1 : 2;

    JUDGE(d, { "INIT-19", d->vdev->kind->id == LINT_IS_CONSOLE
               && !(d->vdev->offered >> feature & 1), "console configuration at", a->offset });
}

/* An interrupt tells that something changed: a field, or the device gave up. [3.2.1] */
static void hear_of_change(struct lint_device *d, struct life *s)
{
    JUDGE(d, { "INF-INIT-10", s->is_stale, "changed again; generation", d->vdev->generation });
    s->is_stale = s->has_cached;
    s->ought_to_know = d->vdev->status & STATUS_NEEDS_RESET;
}

/* ---- Each access ----------------------------------------------------------------------------- */

static void wrote(struct lint_device *d, struct life *s, const struct lint_access *a)
{
    if (a->reg == REG_STATUS && (uint8_t)a->value == 0)
        begin_reset(d, s);
    else if (a->reg == REG_STATUS)
        write_status(d, s, (uint8_t)a->value);
    else if (a->reg == REG_DRIVER_FEATURES)
        accept(d, s, a);
    else if (a->reg == REG_QUEUE_RESET)
        renew(s, a->queue);
    else if (a->reg == REG_NOTIFY)
        notify(d, s, a->queue);
    else if (a->reg == REG_ACK && (a->value & CONFIG_INTERRUPT))
        hear_of_change(d, s);
    else if (is_set_up(a))
        set_up(d, s, a);
}

static void has_read(struct lint_device *d, struct life *s, const struct lint_access *a)
{
    if (a->reg == REG_STATUS)
        read_status(s, (uint8_t)a->value);
    else if (a->reg == REG_DEVICE_FEATURES && d->device_select < 32)
        s->words_read |= 1u << d->device_select;
    else if (a->reg == REG_GENERATION)
        read_generation(&s->look, (uint32_t)a->value);
    else if (a->reg == REG_ISR && d->slot == NULL && (a->value & CONFIG_INTERRUPT))
        hear_of_change(d, s);
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    struct life *s = d->state[LINT_INIT];
    const bool is_config = a->reg == REG_CONFIG;
    const bool looks = !a->is_write && (is_config || a->reg == REG_GENERATION);
    bool is_emergency;

    is_emergency = is_config && d->vdev->kind->id == LINT_IS_CONSOLE && a->offset == EMERG_WRITE;
    if (!looks && a->reg != REG_ISR && a->reg != REG_ACK)
        end_look(d, s);
    if (!is_emergency && (a->reg != REG_STATUS || (a->is_write && a->value != 0)))
        before_all(d, s, a);
    if (is_config)
        judge_field(d, a);
    if (is_config && a->is_write)
        write_field(d, s, a, is_emergency);
    else if (is_config)
        read_field(d, s, a->offset);
    else if (a->is_exact && a->is_write)
        wrote(d, s, a);
    else if (a->is_exact)
        has_read(d, s, a);
    s->has_looked = a->reg == REG_STATUS && !a->is_write;
}

/* ---- Requests -------------------------------------------------------------------------------- */

static void request(struct lint_device *d, const struct lint_chain *c)
{
    struct life *s = d->state[LINT_INIT];

    s->old.held++;
    JUDGE(d, { "INIT-40", s->is_suspended, "a request in queue", c->queue });
    for (unsigned i = 0; i < c->count; i++) {
        const struct lint_descriptor *p = &c->at[i];
        const bool is_swapped = p->flags > 0xff && (p->flags & 0xff) == 0;

        JUDGE(d,
            { "INIT-48", is_virtual(d, p->address), "a buffer at", p->address },
            { "INF-INIT-02", is_swapped, "flags of a descriptor", p->flags });
    }
}

static void answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written)
{
    struct life *s = d->state[LINT_INIT];

    (void)queue, (void)head, (void)written;
    s->old.held -= s->old.held > 0;
}

static void end(struct lint_device *d)
{
    struct life *s = d->state[LINT_INIT];

    if (d->vdev == NULL)
        return;
    end_look(d, s);
    leave(d, s);
    JUDGE(d, { "INF-INIT-03", s->knows_broken, "it was not; status", s->status });
}

const struct lint_area lint_init = {
    .name = "init", .rules = rules, .state = sizeof(struct life), .kept = sizeof(struct life), .access = access,
    .request = request, .answer = answer, .end = end,
};
