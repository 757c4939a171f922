/* vdev.c - what all virtio devices have in common, behind whichever transport. [2] >>device */
#include "vdev.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Words ----------------------------------------------------------------------------- */

enum { FAULTS = 16, WORDS = 160 };      /* a guest in a loop says the same for ever */

void vdev_fault(struct vdev *d, const char *format, ...)
{
    char text[200];
    va_list list;

    if (d->faults == FAULTS)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    report_fault(d->name, "%s%s", text,
                 ++d->faults < FAULTS ? "" : " (the last line until the next reset)");
}

/* "VERSION_1, EVENT_IDX" */
static const char *feature_words(const struct vdev *d, uint64_t bits, char words[WORDS])
{
    size_t length = 0;

    snprintf(words, WORDS, "nothing");
    for (unsigned bit = 0; bit < 64 && length < WORDS; bit++) {
        const char *name = bit < 8 ? d->kind->feature[bit]
                         : bit == 28 ? "INDIRECT_DESC" : bit == 29 ? "EVENT_IDX"
                         : bit == 32 ? "VERSION_1" : bit == 33 ? "ACCESS_PLATFORM"
                         : bit == 40 ? "RING_RESET" : NULL;
        char number[8];

        if (!(bits >> bit & 1))
            continue;
        snprintf(number, sizeof number, "bit %u", bit);
        length += (size_t)snprintf(words + length, WORDS - length, "%s%s", length > 0 ? ", " : "",
                                   name != NULL ? name : number);
    }
    return words;
}

/* ---- The device itself ----------------------------------------------------------------- */

static void reset_queue(struct virtqueue *q)
{
    *q = (struct virtqueue){ .max = q->max, .size = q->max, .vector = 0xffff };
}

static void reset(struct vdev *d)
{
    d->status = 0;
    d->accepted = 0;
    d->interrupt_status = 0;
    d->faults = 0;
    d->told_dma = false;
    d->told_config = 0;
    for (unsigned i = 0; i < VDEV_QUEUES; i++)
        reset_queue(&d->queue[i]);
    if (d->kind->reset != NULL)
        d->kind->reset(d);
}

void vdev_init(struct vdev *d, const struct vdev_kind *kind, const char *name,
               struct guest_memory *memory)
{
    memset(d, 0, sizeof *d);
    d->kind = kind;
    d->memory = memory;
    d->may_dma = true;
    d->offered = kind->features | FEATURE_INDIRECT | FEATURE_EVENT_IDX | FEATURE_VERSION_1;
    snprintf(d->name, sizeof d->name, "%s", name);
    for (unsigned i = 0; i < kind->queues; i++)
        d->queue[i].max = kind->queue_max;
    reset(d);
}

bool vdev_is_live(const struct vdev *d)
{
    return (d->status & STATUS_DRIVER_OK) && !(d->status & (STATUS_NEEDS_RESET | STATUS_FAILED))
           && d->may_dma;
}

/* A device says nothing to a driver that is not there yet. [2.1.2] */
void vdev_interrupt(struct vdev *d, int queue)
{
    if (!(d->status & STATUS_DRIVER_OK))
        return;
    d->interrupt_status |= queue < 0 ? INTERRUPT_CONFIG : INTERRUPT_QUEUE;
    if (d->interrupt != NULL)
        d->interrupt(d, queue);
}

void vdev_config_changed(struct vdev *d)
{
    d->generation++;
    d->told_config = 0;
    report_trace("config", "%s: configuration changed, generation %u", d->name, d->generation);
    vdev_interrupt(d, -1);
}

bool vdev_broken(struct vdev *d, const char *format, ...)
{
    char text[200];
    va_list list;

    if (d->status & STATUS_NEEDS_RESET)
        return false;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    report_fault(d->name, "%s: DEVICE_NEEDS_RESET", text);
    d->status |= STATUS_NEEDS_RESET;
    vdev_interrupt(d, -1);              /* [2.1.2] */
    return false;
}

uint8_t vdev_acknowledge(struct vdev *d, uint8_t bits)
{
    uint8_t pending = d->interrupt_status;

    d->interrupt_status &= (uint8_t)~bits;
    return pending;
}

/* ---- Status: the driver's steps, each after the one before [3.1.1] --------------------- */

static const struct step {
    uint8_t     bit, after;
    const char *name, *before;
} steps[] = {
    { STATUS_ACKNOWLEDGE, 0, "ACKNOWLEDGE", "" },
    { STATUS_DRIVER, STATUS_ACKNOWLEDGE, "DRIVER", "ACKNOWLEDGE" },
    { STATUS_FEATURES_OK, STATUS_DRIVER, "FEATURES_OK", "DRIVER" },
    { STATUS_DRIVER_OK, STATUS_FEATURES_OK, "DRIVER_OK", "FEATURES_OK" },
    { STATUS_FAILED, 0, "FAILED", "" },
};

/* FEATURES_OK is not kept if the features cannot be driven: that is why a driver reads status again
 * [2.2.2]; nor DRIVER_OK without it. The two bits before tell only how far a driver has come. One
 * that leaves them out is told so, and served: U-Boot resets after ACKNOWLEDGE. */
static void take_step(struct vdev *d, const struct step *s)
{
    char answer[WORDS + 40] = "kept", words[WORDS];
    uint64_t missing = (FEATURE_VERSION_1 | (d->offered & FEATURE_PLATFORM)) & ~d->accepted;
    uint64_t foreign = d->accepted & ~d->offered;
    bool early = (d->status & s->after) != s->after, good = true;

    if (s->bit == STATUS_FEATURES_OK && (missing | foreign) != 0) {
        snprintf(answer, sizeof answer, "not kept: %s was not %s",
                 feature_words(d, missing != 0 ? missing : foreign, words),
                 missing != 0 ? "accepted" : "offered");
        good = false;
    } else if (early) {
        good = s->bit != STATUS_DRIVER_OK;
        snprintf(answer, sizeof answer, "%s: %s comes before", good ? "kept" : "not kept",
                 s->before);
    }
    if (good)
        d->status |= s->bit;
    if (early || !good)
        vdev_fault(d, "%s %s [3.1.1]", s->name, answer);
    report_story(d->name, "3.1.1", answer, "status |= %s", s->name);
}

void vdev_set_status(struct vdev *d, uint8_t value)
{
    uint8_t before = d->status;

    if (value == 0) {
        reset(d);
        report_trace("status", "%s: 0x%02x -> 0, reset", d->name, before);
        report_story(d->name, "3.1.1", "reset: status is 0 again", "status = 0");
        return;
    }
    if (before & ~value & ~STATUS_NEEDS_RESET)
        vdev_fault(d, "status 0x%02x -> 0x%02x: only a reset clears bits [2.1.1]", before, value);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (value & ~before & steps[i].bit)
            take_step(d, &steps[i]);
    report_trace("status", "%s: 0x%02x -> 0x%02x, is 0x%02x", d->name, before, value, d->status);
}

uint8_t vdev_status(const struct vdev *d)
{
    return d->status;
}

/* ---- Features, 32 of 64 bits at a time [2.2] ------------------------------------------- */

static uint32_t half_of(uint64_t bits, uint32_t select)
{
    return select < 2 ? (uint32_t)(bits >> 32 * select) : 0;
}

uint32_t vdev_offered(const struct vdev *d, uint32_t select)
{
    char words[WORDS];
    uint32_t bits = half_of(d->offered, select);

    report_trace("features", "%s: offered, half %u: 0x%08x", d->name, select, bits);
    if (select < 2)
        report_story(d->name, "2.2", feature_words(d, (uint64_t)bits << 32 * select, words),
                     "which features, bits %u to %u?", 32 * select, 32 * select + 31);
    return bits;
}

uint32_t vdev_accepted(const struct vdev *d, uint32_t select)
{
    return half_of(d->accepted, select);
}

void vdev_accept(struct vdev *d, uint32_t select, uint32_t bits)
{
    char words[WORDS];

    report_trace("features", "%s: accepted, half %u: 0x%08x", d->name, select, bits);
    if (d->status & STATUS_FEATURES_OK) {
        vdev_fault(d, "features after FEATURES_OK: ignored [3.1.1]");
        return;
    }
    if (select >= 2) {
        if (bits != 0)
            vdev_fault(d, "features %" PRIu64 " to %" PRIu64 ": there are 64",
                       UINT64_C(32) * select, UINT64_C(32) * select + 31);
        return;
    }
    d->accepted = (d->accepted & ~((uint64_t)UINT32_MAX << 32 * select))
                | (uint64_t)bits << 32 * select;
    report_story(d->name, "2.2", "noted", "of bits %u to %u I take %s", 32 * select,
                 32 * select + 31, feature_words(d, (uint64_t)bits << 32 * select, words));
}

/* ---- Queues ---------------------------------------------------------------------------- */

struct virtqueue *vdev_queue(struct vdev *d, uint32_t index)
{
    return index < d->kind->queues && d->queue[index].max > 0 ? &d->queue[index] : NULL;
}

/* A queue that may be set up: it is there, and not in use. */
static struct virtqueue *idle_queue(struct vdev *d, uint32_t index, const char *what)
{
    struct virtqueue *q = vdev_queue(d, index);

    if (q == NULL)
        vdev_fault(d, "%s of queue %u: there is none", what, index);
    else if (q->enabled)
        vdev_fault(d, "%s of queue %u while it is enabled: ignored", what, index);
    else
        return q;
    return NULL;
}

void vdev_set_queue_size(struct vdev *d, uint32_t index, uint32_t size)
{
    struct virtqueue *q = idle_queue(d, index, "size");

    if (q != NULL && size > q->max)
        vdev_broken(d, "queue %u: size %u is more than %u [2.7]", index, size, q->max);
    else if (q != NULL)
        q->size = (uint16_t)size;
}

void vdev_set_queue_area(struct vdev *d, uint32_t index, enum queue_area area, unsigned half,
                         uint32_t bits)
{
    struct virtqueue *q = idle_queue(d, index, "address");

    if (q != NULL)
        q->area[area] = (q->area[area] & ((uint64_t)UINT32_MAX << (half == 0 ? 32 : 0)))
                      | (uint64_t)bits << 32 * half;
}

void vdev_enable_queue(struct vdev *d, uint32_t index)
{
    struct virtqueue *q = idle_queue(d, index, "enabling");
    uint8_t progress = d->status & (STATUS_FEATURES_OK | STATUS_DRIVER_OK);

    if (q == NULL || (d->status & STATUS_NEEDS_RESET))
        return;
    if (progress != STATUS_FEATURES_OK && !q->was_reset) {
        vdev_fault(d, "queue %u enabled %s: ignored [3.1.1]", index,
                   progress == 0 ? "before FEATURES_OK" : "after DRIVER_OK");
        return;
    }
    virtqueue_start(d, index);
    report_trace("queue", "%s: queue %u, %u places, 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64,
                 d->name, index, q->size, q->area[0], q->area[1], q->area[2]);
    report_story(d->name, "2.7", q->enabled ? "enabled, all of it is aligned and in RAM"
                 : "refused: DEVICE_NEEDS_RESET",
                 "queue %u: %u of %u places, from 0x%" PRIx64 " on", index, q->size, q->max,
                 q->area[AREA_DESCRIPTORS]);
}

/* Stopping is always allowed; a queue that is not there has stopped. */
void vdev_disable_queue(struct vdev *d, uint32_t index)
{
    struct virtqueue *q = vdev_queue(d, index);

    if (q != NULL)
        q->enabled = false;
}

/* The driver takes one queue back while the others go on; it may set it up anew. [2.6.1] */
void vdev_reset_queue(struct vdev *d, uint32_t index)
{
    struct virtqueue *q = vdev_queue(d, index);

    if (q == NULL || !(d->accepted & FEATURE_RING_RESET)) {
        vdev_fault(d, "reset of queue %u: %s", index,
                   q == NULL ? "there is none" : "RING_RESET was not accepted");
        return;
    }
    reset_queue(q);
    q->was_reset = true;
    if (d->kind->queue_reset != NULL)
        d->kind->queue_reset(d, index);
    report_trace("queue", "%s: queue %u, reset", d->name, index);
}

void vdev_notify(struct vdev *d, uint32_t index)
{
    const struct virtqueue *q = vdev_queue(d, index);
    const char *wrong = q == NULL ? "there is none"
                      : !(d->status & STATUS_DRIVER_OK) ? "ignored before DRIVER_OK [3.1.1]"
                      : !q->enabled ? "it is not enabled"
                      : d->may_dma || d->told_dma ? NULL
                      : "bus mastering is off, so the device cannot read its rings";

    d->kicks++;
    report_trace("queue_notify", "%s: queue %u", d->name, index);
    if (wrong != NULL)
        vdev_fault(d, "notification of queue %u: %s", index, wrong);
    d->told_dma |= !d->may_dma;
    if (q == NULL || !q->enabled || !vdev_is_live(d))
        return;
    if (!q->told)
        report_story(d->name, "2.7.13.4", "looks at avail.idx", "notifies queue %u", index);
    d->kind->notified(d, index);
}

/* ---- Configuration [2.5] --------------------------------------------------------------- */

static bool config_holds(struct vdev *d, uint32_t offset, unsigned width, const char *what)
{
    if (offset < d->kind->config_bytes && width <= d->kind->config_bytes - offset
        && offset % width == 0 && width <= 4)
        return true;
    vdev_fault(d, "%s of %u bytes of configuration at %u: it has %u bytes", what, width, offset,
               d->kind->config_bytes);
    return false;
}

uint32_t vdev_read_config(struct vdev *d, uint32_t offset, unsigned width)
{
    uint32_t value = 0;
    char answer[16];

    if (!config_holds(d, offset, width, "read"))
        return UINT32_MAX;
    for (unsigned i = 0; i < width; i++)
        value |= (uint32_t)d->config[offset + i] << 8 * i;
    report_trace("config", "%s: configuration at %u, %u bytes: 0x%x", d->name, offset, width,
                 value);
    snprintf(answer, sizeof answer, "%u", value);
    if (!(d->told_config >> offset & 1))
        report_story(d->name, "2.5", answer, "configuration at %u, %u bytes?", offset, width);
    d->told_config |= UINT64_C(1) << offset;
    return value;
}

void vdev_write_config(struct vdev *d, uint32_t offset, unsigned width, uint32_t value)
{
    report_trace("config", "%s: configuration at %u, %u bytes <- 0x%x", d->name, offset, width,
                 value);
    if (!config_holds(d, offset, width, "write"))
        return;
    if (d->kind->config_written == NULL)
        vdev_fault(d, "write to configuration at %u, which is read-only", offset);
    else
        d->kind->config_written(d, offset, width, value);
}
