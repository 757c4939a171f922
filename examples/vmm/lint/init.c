/* init.c - rules of VirtIO 1.3, 2.1 to 3.4 and 6: the life of a device, in the order of its status.
 *
 *      0 --> ACKNOWLEDGE --> DRIVER --> FEATURES_OK --> DRIVER_OK --> 0
 *      ^                     features    look; queues    requests     ^
 *      written, then read until it is 0                               so that memory is given back
 */
#include "monitor.h"

#include <inttypes.h>
#include <stddef.h>

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
    { "INF-MMIO-07", "4.2.2", "must", "fields read while ConfigGeneration changed are read again" },
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

/* Bits of the status, and of features those that have no name elsewhere. [2.1] [6] */
enum { STATUS_SUSPEND = 16, ALL_STEPS = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK };
enum { PACKED = 34, ORDER = 36, SR_IOV = 37, NOTIF_DATA = 39, ADMIN_VQ = 41, SUSPEND = 43 };

#define BIT(n) (UINT64_C(1) << (n))
#define BITS(from, to) (BIT((to) + 1) - BIT(from))
#define LEGACY (BIT(24) | BIT(27) | BIT(30))
#define UNDESCRIBED (BIT(25) | BIT(26) | BIT(31))
#define RESERVED (BITS(42, 49) & ~BIT(SUSPEND))

/* What is remembered of a driver, besides d->life. */
struct init {
    bool     has_lived;                 /* DRIVER_OK, in a life before */
    unsigned rings, held;               /* what that left to the device until status reads 0: so */
                                        /* many queues, buffers. All below is of this life. */
    bool     must_look, is_refused;     /* FEATURES_OK: not yet read again; it did not stay */
    bool     has_looked;                /* the access before was a read of status */
    bool     lacks_queue;               /* a queue's size was read, and is 0 */
    bool     knows_broken;              /* NEEDS_RESET was read, */
    bool     ought_to_know;             /* or there was an interrupt for it */
    bool     is_stale;                  /* configuration changed since it was read */
    enum { AWAKE, WAKING, ASLEEP, DOZING } sleep;   /* dozing: status was not read after SUSPEND */
    struct look {                       /* at the configuration [2.5.1] */
        uint64_t fields;                /* by offset */
        uint32_t generation, first;     /* as it was read last; as it was at the first field */
        bool     has_before, has_after; /* it was read before the fields, after them; */
        bool     has_changed, is_torn;  /* it was another then; it was already at the last field */
    } look;
};

/* ---- Features [2.2] [6] ---------------------------------------------------------------------- */

static void accept_word(struct lint_device *d, const struct lint_access *a)
{
    const struct lint_life *l = &d->life;
    const uint32_t word = d->driver_select;
    const bool is_known = word > 1 || (l->words_read >> word & 1);

    ASK(d, !(l->status & STATUS_FAILED), "INIT-03");
    ASKF(d, a->value == 0 || word < 2, "INIT-05", "there is no word %u", word);
    ASKF(d, a->value == 0 || is_known, "INIT-07", "word %u was not read", word);
    ASK(d, l->status & STATUS_DRIVER, "INIT-24");
    ASK(d, !(l->status & STATUS_FEATURES_OK), "INIT-29");
    ASK(d, !(l->status & STATUS_FEATURES_OK), "INF-INIT-04");
}

/* Bits that ought to have been left alone. */
static void ask_without(struct lint_device *d, uint64_t bits, const char *id)
{
    ASKF(d, bits == 0, id, "accepted 0x%" PRIx64, bits);
}

/* All that was accepted, when FEATURES_OK says so. */
static void judge_features(struct lint_device *d)
{
    const struct lint_life *l = &d->life;
    const uint64_t offered = d->vdev->offered, accepted = d->vdev->accepted;
    const uint64_t taken = offered & accepted, left = offered & ~accepted;
    const unsigned type = d->vdev->kind->id;
    const uint64_t own = type == LINT_IS_GPU ? BITS(0, 5)               /* [5.7.3] */
                       : type == LINT_IS_CONSOLE ? BITS(0, 2) : 0;      /* [5.3.3] */
    const bool has_virgl = type != LINT_IS_GPU || (taken & BIT(0));     /* CONTEXT_INIT needs it */

    ask_without(d, accepted & ~offered, "INIT-05");
    ask_without(d, has_virgl ? 0 : taken & BIT(4), "INIT-06");
    ask_without(d, taken & UNDESCRIBED, "INIT-08");
    ask_without(d, taken & RESERVED, "INIT-09");
    ask_without(d, d->slot == NULL ? 0 : taken & (BIT(SR_IOV) | BIT(ADMIN_VQ)), "INIT-10");
    ask_without(d, taken & ~BITS(24, 49) & ~own, "INIT-11");
    ASKF(d, l->words_read, "INIT-25", "none was read");
    ASKF(d, l->words_written, "INIT-25", "none was written");
    ASK(d, !(left & FEATURE_VERSION_1), "INIT-44");
    ASK(d, !(left & FEATURE_PLATFORM), "INIT-46");
    ASK(d, !(left & BIT(PACKED)), "INIT-49");
    ASK(d, !(left & BIT(ORDER)), "INIT-50");
    ask_without(d, taken & BIT(SR_IOV), "INIT-52");
    ASK(d, !(left & BIT(NOTIF_DATA)), "INIT-54");
    ask_without(d, taken & LEGACY, "INF-INIT-13");
}

/* ---- Status [2.1] [3.1.1] -------------------------------------------------------------------- */

/* Between the negotiation and the first request: may the driver go on? */
static void go_on(struct lint_device *d, const struct init *s)
{
    ASKF(d, !s->must_look, "INIT-30", "status was not read");
    ASKF(d, !s->is_refused, "INIT-30", "FEATURES_OK did not stay");
    ASK(d, !(d->life.status & STATUS_FAILED), "INIT-34");
    ASK(d, d->vdev->offered & FEATURE_VERSION_1, "INF-INIT-06");
}

/* A device may need a reset at any moment: who has just looked cannot know of one that came since,
 * and writes what he saw. */
static void write_status(struct lint_device *d, struct init *s, unsigned value)
{
    const bool is_unseen = s->has_looked && !s->knows_broken;
    const unsigned is = d->vdev->status & ~(is_unseen ? STATUS_NEEDS_RESET : 0u);
    const unsigned was = d->life.status;
    const unsigned added = value & ~was, missing = ALL_STEPS & ~was;
    const bool may_sleep = (is & STATUS_DRIVER_OK) && (d->vdev->accepted & BIT(SUSPEND));

    ASKF(d, !(is & ~value & ~(unsigned)STATUS_SUSPEND), "INIT-02", "it was 0x%x", is);
    ASK(d, !(was & STATUS_FAILED) || !(added & ALL_STEPS), "INIT-03");
    if (added & STATUS_DRIVER) {
        ASK(d, (was | value) & STATUS_ACKNOWLEDGE, "INIT-23");
        ASK(d, !(added & STATUS_ACKNOWLEDGE), "INIT-24");
    }
    if (added & STATUS_FEATURES_OK) {
        judge_features(d);
        s->must_look = true;
    }
    if (added & STATUS_DRIVER_OK) {
        ASKF(d, !missing, "INIT-01", "without 0x%x", missing);
        ASK(d, !(missing & STATUS_FEATURES_OK), "INIT-28");
        go_on(d, s);
    }
    if (s->sleep >= ASLEEP && (value & STATUS_DRIVER_OK))
        s->sleep = WAKING;
    if (value & ~is & STATUS_SUSPEND) {
        ASK(d, may_sleep, "INIT-38");
        s->sleep = DOZING;
    }
}

static void read_status(struct init *s, unsigned value)
{
    if (value == 0)
        s->rings = s->held = 0;
    if (s->sleep == DOZING)
        s->sleep = ASLEEP;
    if (s->sleep == WAKING && (value & STATUS_DRIVER_OK) && !(value & STATUS_SUSPEND))
        s->sleep = AWAKE;
    s->is_refused |= s->must_look && !(value & STATUS_FEATURES_OK);
    s->knows_broken |= (value & STATUS_NEEDS_RESET) != 0;
    s->must_look = s->ought_to_know = false;
}

/* ---- Queues [3.1.1, steps 7 and 8] ----------------------------------------------------------- */

/* Turning something off is no set-up; drivers do so while they leave. */
static bool is_set_up(const struct lint_access *a)
{
    const bool is_vector = a->reg == REG_CONFIG_VECTOR || a->reg == REG_QUEUE_VECTOR;
    const bool is_of_queue = a->reg >= REG_QUEUE_SIZE && a->reg <= REG_QUEUE_DEVICE
                          && a->reg != REG_QUEUE_RESET;

    return a->is_write && (is_vector ? a->value != 0xffff : is_of_queue && a->value != 0);
}

/* No physical address has more than 52 bits; those of a kernel's own memory do. */
static bool is_physical(const struct lint_device *d, uint64_t address)
{
    return address >> 52 == 0 || (d->vdev->accepted & FEATURE_PLATFORM);
}

/* The largest that the device takes; 0 if it does not have that queue. [4.1.4.3] [4.2.2] */
static bool is_size(const struct lint_device *d, const struct lint_access *a)
{
    return !a->is_write && a->reg == (d->slot != NULL ? REG_QUEUE_MAX : REG_QUEUE_SIZE);
}

static void set_up(struct lint_device *d, const struct init *s, const struct lint_access *a)
{
    const bool is_late = a->reg == REG_QUEUE_ENABLE && (d->life.status & STATUS_DRIVER_OK);
    const bool is_new = d->queue != LINT_NO_QUEUE && d->life.queue[d->queue].was_reset;

    ASK(d, d->life.status || !s->has_lived, "INF-INIT-07");
    ASKF(d, d->life.status & STATUS_FEATURES_OK, "INIT-31", "before FEATURES_OK");
    ASKF(d, !is_late || is_new, "INIT-31", "after DRIVER_OK");
    ASK(d, is_physical(d, a->half ? a->value << 32 : 0), "INIT-48");
    go_on(d, s);
}

static void notify(struct lint_device *d, const struct init *s)
{
    const bool is_live = d->life.status & STATUS_DRIVER_OK;
    const bool is_on = d->queue == LINT_NO_QUEUE || d->life.queue[d->queue].is_enabled;

    ASK(d, d->life.status || !s->has_lived, "INF-INIT-07");
    ASK(d, is_live, "INIT-35");
    ASK(d, is_on || !is_live, "INIT-32");
    ASK(d, !s->knows_broken, "INIT-04");
    ASKF(d, !s->ought_to_know, "INF-INIT-11", "NEEDS_RESET was not read");
    ASK(d, s->sleep < ASLEEP, "INIT-41");
    ASK(d, s->sleep != WAKING, "INIT-43");
}

/* ---- Configuration [2.5] --------------------------------------------------------------------- */

/* Several fields are one set if the generation was the same before and after. One field of at most
 * 32 bits is always whole. */
static void end_look(struct lint_device *d, struct look *l)
{
    const bool is_one = (l->fields & (l->fields - 1)) == 0;
    const bool is_set = l->has_before && l->has_after && !l->has_changed;
    const bool was_told = d->slot != NULL && l->has_before && l->has_changed;

    ASKF(d, is_one || !l->is_torn, "INIT-17", "fields, by offset: 0x%" PRIx64, l->fields);
    ASKF(d, is_one || is_set, "INIT-18", "fields, by offset: 0x%" PRIx64, l->fields);
    ASKF(d, is_one || !was_told, "INF-MMIO-07", "it became %u", l->generation);
    *l = (struct look){ 0 };
}

static void read_generation(struct look *l, uint32_t value)
{
    *(l->fields ? &l->has_after : &l->has_before) = true;
    l->has_changed |= l->fields && value != l->generation;
    l->generation = value;
}

/* What was read after some fields is what was read before the next. The gpu's events_read is of no
 * set: it is polled for what happened since. [5.7.4] */
static void read_field(struct lint_device *d, struct init *s, uint32_t offset)
{
    struct look *l = &s->look;

    s->is_stale = false;
    if (d->vdev->kind->id == LINT_IS_GPU && offset == 0)
        return;
    if (l->has_after)
        *l = (struct look){ .has_before = true, .generation = l->generation };
    if (l->fields == 0)
        l->first = d->vdev->generation;
    l->is_torn |= l->first != d->vdev->generation;
    l->fields |= BIT(offset % 64);
}

/* Those of the console are there with a feature each. [5.3.4] */
static void use_field(struct lint_device *d, struct init *s, const struct lint_access *a)
{
    const unsigned feature = a->offset < 4 ? 0 : a->offset < 8 ? 1 : 2;
    const bool is_there = d->vdev->kind->id != LINT_IS_CONSOLE || d->vdev->offered >> feature & 1;
    const bool is_swapped = a->width == 4 && a->value != 0 && (a->value & 0xffffff) == 0;

    ASKF(d, is_there, "INIT-19", "at %u", a->offset);
    ASK(d, !a->is_write || !is_swapped, "INF-INIT-08");
    ASK(d, !a->is_write || s->sleep < ASLEEP, "INIT-42");
    if (!a->is_write)
        read_field(d, s, a->offset);
}

/* An interrupt tells that something changed: a field, or the device gave up. [3.2.1] */
static void hear_of_change(struct lint_device *d, struct init *s)
{
    ASK(d, !s->is_stale, "INF-INIT-10");
    s->is_stale = d->life.read & LINT_BIT(REG_CONFIG);
    s->ought_to_know = d->vdev->status & STATUS_NEEDS_RESET;
}

/* ---- Each access ----------------------------------------------------------------------------- */

/* At any time a driver may look at status, reset, take an interrupt, ask who is there, and write
 * emerg_wr. [5.3.5] */
static bool is_free(const struct lint_device *d, const struct lint_access *a)
{
    if (a->reg == REG_STATUS)
        return !a->is_write || a->value == 0;
    if (a->reg == REG_CONFIG)
        return d->vdev->kind->id == LINT_IS_CONSOLE && a->offset == 8;
    return a->reg == REG_ISR || a->reg == REG_ACK || a->reg == REG_OTHER_BAR || a->reg == REG_NONE
        || (a->reg >= REG_MAGIC && a->reg <= REG_VENDOR_ID);
}

/* All else comes after a reset, and after its end; and who does it takes for true what he read of
 * the configuration. */
static void judge_time(struct lint_device *d, struct init *s, const struct lint_access *a)
{
    const unsigned queue = d->queue;
    const bool looks = a->reg == REG_GENERATION || (a->reg == REG_CONFIG && !a->is_write);
    const bool is_early = d->was_reset && !(d->life.status & STATUS_FEATURES_OK);

    d->queue = LINT_NO_QUEUE;           /* this is about all of the device */
    if (!looks)
        end_look(d, &s->look);
    ASK(d, d->was_reset || !a->is_write, "INIT-22");
    ASK(d, !d->is_resetting, "INIT-15");
    ASK(d, a->reg != REG_CONFIG || looks || !is_early, "INIT-27");
    ASKF(d, s->held == 0, "INIT-37", "%u buffers are out", s->held);
    ASKF(d, s->rings == 0, "INF-INIT-12", "%u queues were enabled", s->rings);
    ASK(d, s->sleep != DOZING, "INIT-39");
    d->queue = queue;
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    struct init *s = d->state[LINT_INIT];
    const enum lint_register interrupt = d->slot != NULL ? REG_ACK : REG_ISR;

    if (!is_free(d, a))
        judge_time(d, s, a);
    if (a->reg == REG_CONFIG)
        use_field(d, s, a);
    else if (!a->is_exact)
        return;                         /* the transports have rules for that */
    else if (a->reg == REG_STATUS && !a->is_write)
        read_status(s, (uint8_t)a->value);
    else if (a->reg == REG_STATUS && a->value != 0)
        write_status(d, s, (uint8_t)a->value);
    else if (a->reg == REG_GENERATION)
        read_generation(&s->look, (uint32_t)a->value);
    else if (a->reg == interrupt && (a->value & INTERRUPT_CONFIG))
        hear_of_change(d, s);
    else if (a->reg == REG_DRIVER_FEATURES && a->is_write)
        accept_word(d, a);
    else if (a->reg == REG_NOTIFY && a->is_write)
        notify(d, s);
    else if (is_size(d, a))
        s->lacks_queue |= a->value == 0;
    else if (is_set_up(a))
        set_up(d, s, a);
    s->has_looked = a->reg == REG_STATUS && !a->is_write;
}

static void request(struct lint_device *d, const struct lint_chain *c)
{
    const struct init *s = d->state[LINT_INIT];

    ASK(d, s->sleep < ASLEEP, "INIT-40");
    for (unsigned i = 0; i < c->count; i++) {
        const struct lint_descriptor *p = &c->at[i];
        const bool is_swapped = p->flags > 0xff && (p->flags & 0xff) == 0;

        ASKF(d, is_physical(d, p->address), "INIT-48", "a buffer at 0x%" PRIx64, p->address);
        ASKF(d, !is_swapped, "INF-INIT-02", "flags are 0x%x", p->flags);
    }
}

/* ---- The end of a life ----------------------------------------------------------------------- */

/* Buffers that are available, and were not given back. */
static unsigned count_held(const struct lint_device *d, const struct virtqueue *q)
{
    const uint8_t *ring = guest_range(d->lint->memory, q->area[AREA_AVAILABLE], 4);

    return ring != NULL ? (uint16_t)(load_le16(ring + 2) - q->next_used) : 0;
}

/* Who could not drive the device says so, and did not give up for what he does not know; other
 * drivers may leave without a word. Who did without a queue went on to DRIVER_OK; at the end of all
 * he may still be about to. */
static void over(struct lint_device *d)
{
    struct init *s = d->state[LINT_INIT];
    const struct lint_life *l = &d->life;
    const uint64_t offered = d->vdev != NULL ? d->vdev->offered : 0;
    const uint64_t unknown = offered & (UNDESCRIBED | RESERVED);
    const bool has_failed = l->status & STATUS_FAILED, is_modern = offered & FEATURE_VERSION_1;
    const bool is_live = l->status & STATUS_DRIVER_OK, is_end = d->access == NULL;
    const bool may_leave = has_failed || is_live || is_end;
    const bool has_tried = !l->words_read || l->words_written || !is_modern;

    end_look(d, &s->look);
    ASKF(d, has_failed || is_modern || !(l->words_read & 2), "INIT-13", "VERSION_1 is not offered");
    ASKF(d, !has_failed || has_tried || !unknown, "INIT-14", "offered 0x%" PRIx64, unknown);
    ASKF(d, has_failed || !s->is_refused, "INIT-33", "FEATURES_OK did not stay");
    ASKF(d, may_leave || !s->lacks_queue, "INIT-33", "a queue is not there");
    s->has_lived |= is_live;
    for (unsigned i = 0; i < VDEV_QUEUES; i++)
        if (l->queue[i].is_enabled) {
            s->rings++;
            s->held += count_held(d, &d->vdev->queue[i]);
        }
}

static void end(struct lint_device *d)
{
    const struct init *s = d->state[LINT_INIT];

    ASKF(d, !s->knows_broken, "INF-INIT-03", "NEEDS_RESET was read");
}

const struct lint_area lint_init = {
    .name = "init", .rules = rules, .state = sizeof(struct init),
    .kept = offsetof(struct init, must_look), .access = access, .request = request,
    .end = end, .over = over,
};
