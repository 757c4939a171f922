/* monitor.c - tells the rules what happens, and says what they find. */
#include "monitor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct lint_area *const areas[LINT_AREAS] = {
    [LINT_INIT] = &lint_init, [LINT_QUEUE] = &lint_queue, [LINT_ORDER] = &lint_order,
    [LINT_REGISTERS] = &lint_registers, [LINT_PCI] = &lint_pci, [LINT_PCIBUS] = &lint_pcibus,
    [LINT_MMIO] = &lint_mmio, [LINT_CONSOLE] = &lint_console, [LINT_GPU] = &lint_gpu,
};

/* ---- Findings -------------------------------------------------------------------------------- */

bool lint_is_must(const struct lint_rule *r)
{
    return r->level[0] == 'M' || r->level[0] == 'm';
}

const struct lint_rule *lint_rule(unsigned n)
{
    for (unsigned area = 0; area < LINT_AREAS; area++)
        for (const struct lint_rule *r = areas[area]->rules; r->id != NULL; r++)
            if (n-- == 0)
                return r;
    return NULL;
}

/* The rule, and which of all it is. Once through all: a driver may break one at every access. */
static const struct lint_rule *find_rule(const char *id, unsigned *n)
{
    *n = 0;
    for (unsigned area = 0; area < LINT_AREAS; area++)
        for (const struct lint_rule *r = areas[area]->rules; r->id != NULL; r++, ++*n)
            if (strcmp(r->id, id) == 0)
                return r;
    return NULL;
}

/* "head 5, 24 + 48 bytes"; of a command also its name, its header and what comes then. [5.7.6.7] */
static void describe_chain(const struct lint_device *d, char *to, size_t room)
{
    const struct lint_chain *c = d->chain;
    uint32_t sent[14] = { 0 };
    const size_t words = lint_read(d, c, 0, sent, sizeof sent) / 4;
    size_t n = (size_t)snprintf(to, room, "head %u, %" PRIu64 " + %" PRIu64 " bytes", c->head,
                                c->readable, c->writable);

    if (d->asked == NULL)
        return;
    n += (size_t)snprintf(to + n, room - n, ", %.24s:", d->asked);
    for (size_t i = 0; i < words; i++)
        n += (size_t)snprintf(to + n, room - n, i < 6 ? " %#x" : i > 6 ? " %u" : ", then %u",
                              load_le32((const uint8_t *)&sent[i]));
}

/* What is being looked at: "queue_size = 0x30"; "register 0x10 is 0x4"; or a chain. */
static void describe(const struct lint_device *d, char *to, size_t room)
{
    const struct lint_access *a = d->access;
    const struct lint_config *c = d->config;

    if (d->chain != NULL)
        describe_chain(d, to, room);
    else if (c != NULL)
        snprintf(to, room, "register 0x%02x %s 0x%x", c->at, c->is_write ? "=" : "is", c->value);
    else if (a != NULL)
        snprintf(to, room, a->is_write ? "%s = 0x%" PRIx64 : "%s is 0x%" PRIx64, a->name, a->value);
}

bool lint_say(struct lint_device *d, const char *id, const char *format, ...)
{
    struct lint *l = d->lint;
    unsigned n;
    const struct lint_rule *rule = find_rule(id, &n);
    const uint8_t bit = (uint8_t)(1u << d->queue);
    char place[60], what[300] = "", more[160], seen[480];
    va_list list;

    if (d->is_silent || (d->spoken[n] & bit))
        return false;
    d->spoken[n] |= bit;
    *(lint_is_must(rule) ? &l->musts : &l->shoulds) += 1;
    describe(d, what, sizeof what);
    va_start(list, format);
    vsnprintf(more, sizeof more, format, list);
    va_end(list);
    snprintf(seen, sizeof seen, "%s%s%s", what, what[0] && more[0] ? "; " : "", more);
    snprintf(place, sizeof place, d->queue != LINT_NO_QUEUE ? "%s queue %u" : "%s", d->name,
             d->queue);
    if (l->found != NULL)
        l->found(l->context, &(struct lint_finding){ rule, place, seen });
    return false;
}

const char *lint_by(const struct lint_device *d, const char *pci, const char *mmio)
{
    return d->slot == NULL ? pci : mmio;
}

bool lint_has(const struct lint_device *d, uint64_t features)
{
    return (d->vdev->accepted & features) == features;
}

/* ---- Telling the areas ----------------------------------------------------------------------- */

static bool concerns(const struct lint_area *area, const struct lint_device *d)
{
    return (area->transport == LINT_ANY || (area->transport == LINT_ON_MMIO) == (d->slot != NULL))
        && (area->type == 0 || (d->vdev != NULL && d->vdev->kind->id == area->type));
}

#define TELL(d, call, arguments) \
    for (unsigned area = 0; area < LINT_AREAS; area++) \
        if (areas[area]->call != NULL && concerns(areas[area], (d))) \
            areas[area]->call arguments

void lint_request(struct lint_device *d, const struct lint_chain *c)
{
    const unsigned was = d->queue;

    d->lint->requests++;
    d->chain = c;
    d->queue = c->queue;
    TELL(d, request, (d, c));
    d->queue = was;
    d->chain = NULL;
    d->asked = NULL;
}

void lint_answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written)
{
    TELL(d, answer, (d, queue, head, written));
}

/* ---- What a driver did so far ---------------------------------------------------------------- */

static void follow_selects(struct lint_device *d, const struct lint_access *a)
{
    const uint32_t value = (uint32_t)a->value;

    switch (a->reg) {
    case REG_DEVICE_SELECT: d->device_select = value; break;
    case REG_DRIVER_SELECT: d->driver_select = value; break;
    case REG_QUEUE_SELECT:  d->queue_select = value; break;
    default:                break;
    }
}

static void follow_queue(struct lint_queue_life *q, const struct lint_access *a)
{
    *(a->is_write ? &q->written : &q->read) |= LINT_BIT(a->reg);
    if (a->reg == REG_QUEUE_RESET && a->is_write)
        *q = (struct lint_queue_life){ .read = q->read, .was_reset = true, .is_resetting = true };
    else if (a->reg == REG_QUEUE_RESET)
        q->is_resetting &= a->value != 0;
    else if (a->reg == REG_QUEUE_ENABLE && a->is_write)
        q->is_enabled = a->value != 0;
    else if (a->reg >= REG_QUEUE_DESC && a->reg <= REG_QUEUE_DEVICE && a->is_write)
        q->halves |= 1u << (2 * (a->reg - REG_QUEUE_DESC) + a->half);
}

/* A reset takes all that the driver chose: rings and features, and of a function what the selects
 * say; our slots keep that. */
static void forget(struct lint_device *d)
{
    if (d->slot == NULL)
        d->device_select = d->driver_select = d->queue_select = 0;
    TELL(d, over, (d));
    for (unsigned i = 0; i < LINT_AREAS; i++)
        memset((char *)d->state[i] + areas[i]->kept, 0, areas[i]->state - areas[i]->kept);
    d->life = (struct lint_life){ 0 };
    d->was_reset = d->is_resetting = true;
}

static void follow(struct lint_device *d, const struct lint_access *a)
{
    struct lint_life *l = &d->life;

    *(a->is_write ? &l->written : &l->read) |= LINT_BIT(a->reg);
    if (a->is_write)
        follow_selects(d, a);
    if (a->reg == REG_STATUS && a->is_write && a->value == 0)
        forget(d);
    else if (a->reg == REG_STATUS && a->is_write)
        l->status |= (uint8_t)a->value;
    else if (a->reg == REG_STATUS)
        d->is_resetting &= a->value != 0;
    else if (a->reg == REG_DEVICE_FEATURES && !a->is_write && d->device_select < 32)
        l->words_read |= 1u << d->device_select;
    else if (a->reg == REG_DRIVER_FEATURES && a->is_write && d->driver_select < 32)
        l->words_written |= 1u << d->driver_select;
    else if (d->queue != LINT_NO_QUEUE && a->reg != REG_NOTIFY)
        follow_queue(&l->queue[d->queue], a);
}

bool lint_is_of_queue(enum lint_register reg)
{
    return reg >= REG_QUEUE_MAX && reg < REG_NOTIFY;
}

/* The queue that an access is about, if the device has it. */
static unsigned queue_of(const struct vdev *v, const struct lint_access *a)
{
    const bool is_one = lint_is_of_queue(a->reg) || a->reg == REG_NOTIFY;

    return is_one && a->queue < v->kind->queues && v->queue[a->queue].max > 0 ? a->queue
                                                                              : LINT_NO_QUEUE;
}

void lint_access(struct lint_device *d, const struct lint_access *a)
{
    d->lint->accesses++;
    d->access = a;
    if (d->vdev == NULL || !a->is_decoded) {
        TELL(d, stray, (d, a));
    } else {
        d->queue = queue_of(d->vdev, a);
        TELL(d, access, (d, a));
        if (a->is_exact)
            follow(d, a);
    }
    d->queue = LINT_NO_QUEUE;
    d->access = NULL;
}

void lint_config(struct lint_device *d, const struct lint_config *c)
{
    d->config = c;
    TELL(d, config, (d, c));
    d->config = NULL;
}

void lint_missed(struct lint_device *d, unsigned number, const struct lint_config *c)
{
    TELL(d, missed, (d, number, c));
}

static void touch(const struct lint *l, const struct lint_touch *t)
{
    for (unsigned i = 0; i < l->devices; i++) {
        struct lint_device *d = l->device[i];

        for (d->queue = 0; d->vdev != NULL && d->queue < d->vdev->kind->queues; d->queue++)
            TELL(d, touch, (d, t));
        d->queue = LINT_NO_QUEUE;
    }
}

void lint_store(struct lint *l, uint64_t address, unsigned bytes, uint64_t value, bool release)
{
    touch(l, &(struct lint_touch){ LINT_STORE, release, bytes, address, value });
}

void lint_load(struct lint *l, uint64_t address, unsigned bytes, bool acquire)
{
    touch(l, &(struct lint_touch){ LINT_LOAD, acquire, bytes, address, 0 });
}

void lint_barrier(struct lint *l)
{
    touch(l, &(struct lint_touch){ .kind = LINT_BARRIER });
}

size_t lint_read(const struct lint_device *d, const struct lint_chain *c, uint64_t offset, void *to,
                 size_t bytes)
{
    size_t done = 0;

    for (unsigned i = 0; i < c->count && done < bytes && !(c->at[i].flags & WRITE); i++) {
        const struct lint_descriptor *p = &c->at[i];
        const uint64_t left = p->bytes > offset ? p->bytes - offset : 0;
        const size_t n = left < bytes - done ? (size_t)left : bytes - done;
        const uint8_t *from = guest_range(d->lint->memory, p->address + offset, n);

        if (n > 0 && from == NULL)
            break;
        if (n > 0)
            memcpy((uint8_t *)to + done, from, n);
        done += n;
        offset -= n > 0 ? offset : p->bytes;
    }
    return done;
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

static void *zeroed(size_t bytes)
{
    void *p = calloc(1, bytes + (bytes == 0));

    if (p == NULL) {
        report_fault("lint", "out of memory");
        abort();
    }
    return p;
}

static struct lint_device *add_device(struct lint *l, const char *name, const struct vdev *v)
{
    struct lint_device *d = zeroed(sizeof *d);
    unsigned rules = 0;

    if (l->devices == LINT_DEVICES) {
        report_fault("lint", "more than %d devices", LINT_DEVICES);
        abort();
    }
    while (lint_rule(rules) != NULL)
        rules++;
    d->lint = l;
    d->name = name;
    d->vdev = v;
    d->queue = LINT_NO_QUEUE;
    d->spoken = zeroed(rules);
    for (unsigned i = 0; i < LINT_AREAS; i++)
        d->state[i] = zeroed(areas[i]->state);
    l->device[l->devices++] = d;
    return d;
}

void lint_begin(struct lint *l, struct bus *b, const struct guest_memory *m)
{
    *l = (struct lint){ .bus = b, .memory = m };
    b->watch = lint_on_access;
    b->watcher = l;
}

void lint_watch_slot(struct lint *l, const struct mmio_slot *s, uint64_t base)
{
    struct lint_device *d = add_device(l, s->device != NULL ? s->device->name : s->name, s->device);

    d->slot = s;
    d->base = base;
}

void lint_watch_pci(struct lint *l, struct pci_host *h)
{
    l->pci = h;
    h->watch = lint_on_config;
    h->missed = lint_on_missed;
    h->watcher = l;
    for (unsigned i = 0; i < h->functions; i++) {
        const struct virtio_pci *v = virtio_pci_of(h->function[i]);
        struct lint_device *d = add_device(l, h->function[i]->name, v != NULL ? v->device : NULL);

        d->function = h->function[i];
        d->pci = v;
    }
}

void lint_end(struct lint *l)
{
    for (unsigned i = 0; i < l->devices; i++) {
        struct lint_device *d = l->device[i];

        TELL(d, end, (d));
        TELL(d, over, (d));
        for (unsigned n = 0; n < LINT_AREAS; n++)
            free(d->state[n]);
        free(d->spoken);
        free(d);
    }
    l->devices = 0;
    l->bus->watch = NULL;
    if (l->pci != NULL) {
        l->pci->watch = NULL;
        l->pci->missed = NULL;
    }
}
