/* gpu.c - rules of VirtIO 1.3, 5.7: displays, resources, and how pixels get from one to the other.
 *
 * Commands are followed in a model of the device.
 * Each is taken for granted when it is sent, for several may be on their way; when its answer is
 * there, the device is asked whether it has come true. Begin with the table of commands.
 *
 *      FREE --CREATE_2D--> LIVING --UNREF--> RELEASED
 *                          |    '---reset--> LOST
 *                          '----the device-> REFUSED
 */
#include "monitor.h"

#include "../devices/gpu.h"

#include <inttypes.h>
#include <string.h>

static const struct lint_rule rules[] = {
    { "INF-GPU-01", "5.7.2", "must", "cursor commands go to queue 1, all others to queue 0" },
    { "INF-GPU-04", "5.7.4", "must", "a configuration field is accessed with its 32 bits" },
    { "INF-GPU-05", "5.7.4.1", "MUST NOT", "events_read is never written" },
    { "INF-GPU-06", "5.7.4.1", "must", "an event that was read is cleared by its bit alone" },
    { "INF-GPU-07", "5.7.4.1", "must", "num_scanouts bounds all scanout numbers" },
    { "INF-GPU-08", "5.7.4.2", "SHOULD", "after EVENT_DISPLAY comes GET_DISPLAY_INFO" },
    { "INF-GPU-09", "5.7.4.2", "should", "after EVENT_DISPLAY comes GET_EDID, if negotiated" },
    { "INF-GPU-10", "5.7.5", "SHOULD", "GET_DISPLAY_INFO comes before SET_SCANOUT" },
    { "INF-GPU-12", "5.7.5", "should", "GET_EDID, if negotiated, comes before SET_SCANOUT" },
    { "INF-GPU-14", "5.7.6", "must", "backing is attached before a transfer" },
    { "INF-GPU-15", "5.7.6.1", "must", "CREATE_2D, ATTACH_BACKING, SET_SCANOUT: in that order" },
    { "INF-GPU-16", "5.7.6.1", "must", "each entry of a backing is a stretch of RAM" },
    { "INF-GPU-17", "5.7.6.2", "must", "what is flushed was transferred before" },
    { "INF-GPU-20", "5.7.6.6", "must", "a cursor is 64x64" },
    { "INF-GPU-21", "5.7.6.6", "MUST", "a cursor's fenced transfer is answered before its use" },
    { "INF-GPU-22", "5.7.6.7", "must", "a request begins with 24 bytes of header, its type known" },
    { "INF-GPU-23", "5.7.6.7", "must", "a request has room for a response of 24 bytes" },
    { "INF-GPU-24", "5.7.6.7", "must", "the room for the response comes after the request" },
    { "INF-GPU-25", "5.7.6.7", "must", "flags are FENCE, and with CONTEXT_INIT INFO_RING_IDX" },
    { "INF-GPU-26", "5.7.6.7", "must", "what the response refused is not there" },
    { "INF-GPU-29", "5.7.6.7", "should", "fields and padding without a use are 0" },
    { "INF-GPU-30", "5.7.6.7", "must", "ring_idx is at most 63" },
    { "INF-GPU-31", "5.7.6.8", "must", "GET_DISPLAY_INFO is 24 bytes, with room for 408" },
    { "INF-GPU-33", "5.7.6.8", "must", "RESOURCE_CREATE_2D is 40 bytes" },
    { "INF-GPU-34", "5.7.6.8", "must", "a new resource's number is not 0 and not taken" },
    { "INF-GPU-35", "5.7.6.8", "must", "a format is one of 1, 2, 3, 4, 67, 68, 121, 134" },
    { "INF-GPU-36", "5.7.6.8", "must", "RESOURCE_UNREF is 32 bytes, a resource's last command" },
    { "INF-GPU-37", "5.7.6.8", "must", "SET_SCANOUT is 48 bytes" },
    { "INF-GPU-38", "5.7.6.8", "must", "SET_SCANOUT's scanout is below num_scanouts" },
    { "INF-GPU-39", "5.7.6.8", "must", "a scanout's rectangle lies in its resource" },
    { "INF-GPU-40", "5.7.6.8", "should", "a resource is off its scanouts when it is released" },
    { "INF-GPU-41", "5.7.6.8", "must", "RESOURCE_FLUSH is 48 bytes, its rectangle inside" },
    { "INF-GPU-42", "5.7.6.8", "must", "TRANSFER_TO_HOST_2D is 56 bytes, its rectangle inside" },
    { "INF-GPU-43", "5.7.6.8", "must", "offset is the first pixel's: (y * width + x) * 4" },
    { "INF-GPU-44", "5.7.6.8", "must", "RESOURCE_ATTACH_BACKING is 32 bytes and 16 an entry" },
    { "INF-GPU-45", "5.7.6.8", "must", "the backing holds all that is transferred from it" },
    { "INF-GPU-46", "5.7.6.8", "must", "backing serves for nothing else until it is detached" },
    { "INF-GPU-47", "5.7.6.8", "must", "DETACH_BACKING is 32 bytes, and no transfer follows it" },
    { "INF-GPU-48", "5.7.6.8", "must", "GET_EDID: if negotiated; 32 bytes, room for 1056" },
    { "INF-GPU-63", "5.7.6.10", "must", "a cursor command is 56 bytes" },
    { "INF-GPU-64", "5.7.6.10", "must", "MOVE_CURSOR only moves: image and hot spot stay" },
    { "INF-GPU-65", "5.7.6.10", "must", "a cursor command has room for 24 bytes of response" },
    { "INF-GPU-66", "5.7.7", "must", "after a reset all is set up anew" },
    { .id = NULL },
};

/* ---- What is known of the device ------------------------------------------------------------- */

enum { CONTROL, CURSOR };
enum { EVENTS_READ = 0, EVENTS_CLEAR = 4, NUM_SCANOUTS = 8, EVENT_DISPLAY = 1 };      /* [5.7.4] */
enum { F_VIRGL = 1, F_EDID = 2, F_CONTEXT_INIT = 16 };                                /* [5.7.3] */
enum { HEADER = 24, FENCE = 1, RING_IDX = 2, WORDS = 8, NONE = WORDS, ENTRY = 16 }; /* [5.7.6.7] */
enum { GET_EDID = 0x10a, INFO = 1, EDID = F_EDID, SCANOUTS = 16, PATIENCE = 60 };
enum { RESOURCES = GPU_RESOURCES + VIRTQUEUE_MAX };     /* what the device holds, and may be told */

struct resource {
    uint32_t id, width, height;
    enum life { FREE, LOST, RELEASED, REFUSED, LIVING } life;
    enum { NEVER, DENIED, ATTACHED, DETACHED } backing;
    uint64_t bytes;                     /* of the backing */
    struct gpu_rect transferred;        /* what encloses all that ever was */
    unsigned fenced;                    /* head of the last transfer + 1, if it was fenced; */
    bool     ready;                     /* that is answered */
};

struct model {
    struct resource resource[RESOURCES];
    uint32_t shown[SCANOUTS];           /* the resource on each */
    uint32_t cursor[3];                 /* resource and hot spot, as UPDATE_CURSOR had them */
    enum { NO_EVENT, RAISED, READ } event;
    unsigned asked, old;                /* INFO, EDID: asked for; not since EVENT_DISPLAY, */
    unsigned flushes;                   /* which was so many flushes ago */
    struct resource *out[VIRTQUEUE_MAX];        /* in control commands on their way, by head */
};

struct request {
    struct lint_device   *d;
    struct model         *m;
    uint64_t              features;
    const struct command *command;
    struct resource      *resource;     /* the one it names */
    union {                             /* what was sent, and zeros: */
        uint32_t sent[HEADER / 4 + WORDS + 1];
        struct {
            uint32_t type, flags, fence_id[2], ctx_id, ring_idx;
            union { uint32_t word[WORDS + 1]; struct gpu_rect rect; };
        };
    };
};

struct command {
    unsigned    queue;
    uint32_t    type;
    const char *name, *id;              /* the rule about its length: */
    unsigned    bytes, room;            /* of the request at least, for its response */
    unsigned    resource, scanout;      /* words that name one, or NONE, a word that is 0 */
    unsigned    unused;                 /* words of padding, a bit for each */
    void      (*check)(struct request *q);
};

static uint32_t config(const struct lint_device *d, unsigned offset)
{
    return load_le32(d->vdev->config + offset);
}

/* EVENT_DISPLAY counts from the first moment at which the driver could have looked. [5.7.4] */
static struct model *model_of(const struct lint_device *d)
{
    struct model *m = d->state[LINT_GPU];

    if (!(config(d, EVENTS_READ) & EVENT_DISPLAY)) {
        m->event = NO_EVENT;
    } else if (m->event == NO_EVENT) {
        m->event = RAISED;
        m->old = INFO | (d->vdev->accepted & F_EDID);
        m->flushes = 0;
    }
    return m;
}

/* The resource of that number, else a place for a new one: empty, or that of one long gone. */
static struct resource *find(struct model *m, uint32_t id)
{
    struct resource *place = m->resource;

    for (struct resource *s = m->resource; s < m->resource + RESOURCES; s++)
        if (s->life != FREE && s->id == id)
            return s;
        else if (s->life < place->life)
            place = s;
    return place;
}

/* ---- Configuration [5.7.4] ------------------------------------------------------------------- */

static void access(struct lint_device *d, const struct lint_access *a)
{
    struct model *m = model_of(d);
    const uint32_t events = config(d, EVENTS_READ), kept = (uint32_t)a->value & ~events;
    const bool is_clear = a->is_write && a->offset == EVENTS_CLEAR;

    if (a->reg != REG_CONFIG)
        return;
    ASKF(d, a->bytes == 0 || a->is_exact, "INF-GPU-04", "%u bytes at %u", a->width, a->offset);
    ASK(d, !a->is_write || a->offset >= EVENTS_CLEAR, "INF-GPU-05");
    ASKF(d, !is_clear || kept == 0, "INF-GPU-06", "events_read is 0x%x", events);
    if ((a->value & EVENT_DISPLAY) && (is_clear || (!a->is_write && a->offset == EVENTS_READ)))
        m->event = is_clear ? NO_EVENT : READ;
}

static void end(struct lint_device *d)
{
    ASKF(d, model_of(d)->event != READ, "INF-GPU-06", "EVENT_DISPLAY is never cleared");
}

/* ---- Rectangles: no sum overflows in 64 bits ------------------------------------------------- */

static bool is_inside(const struct gpu_rect *r, const struct gpu_rect *all)
{
    return r->x >= all->x && (uint64_t)r->x + r->width <= (uint64_t)all->x + all->width
        && r->y >= all->y && (uint64_t)r->y + r->height <= (uint64_t)all->y + all->height;
}

static bool fits(struct request *q, const char *id)
{
    const struct gpu_rect all = { 0, 0, q->resource->width, q->resource->height };

    return ASKF(q->d, is_inside(&q->rect, &all), id, "it has %ux%u", all.width, all.height);
}

/* Along one side: from `at` on, `length` long, until it holds the other as well. */
static void extend(uint32_t *at, uint32_t *length, uint32_t other, uint32_t other_length)
{
    const uint32_t end = *at + *length, other_end = other + other_length;

    *at = *at < other && *length != 0 ? *at : other;
    *length = (end > other_end ? end : other_end) - *at;
}

/* ---- Commands: displays [5.7.6.8] ------------------------------------------------------------ */

static void on_ask(struct request *q)
{
    const unsigned what = q->type == GET_EDID ? EDID : INFO;

    ASK(q->d, what == INFO || q->features & F_EDID, "INF-GPU-48");
    q->m->asked |= what;
    q->m->old &= ~what;
}

static void on_set_scanout(struct request *q)
{
    const uint32_t scanout = q->word[4];

    ASK(q->d, scanout < config(q->d, NUM_SCANOUTS), "INF-GPU-38");
    if (scanout < SCANOUTS)
        q->m->shown[scanout] = q->word[5];
    if (q->resource == NULL)
        return;
    ASKF(q->d, q->resource->backing != NEVER, "INF-GPU-15", "it never had a backing");
    ASK(q->d, q->m->asked & INFO, "INF-GPU-10");
    ASK(q->d, q->m->asked & EDID || !(q->features & F_EDID), "INF-GPU-12");
    fits(q, "INF-GPU-39");
}

static void on_flush(struct request *q)
{
    const struct gpu_rect *t = &q->resource->transferred;
    const unsigned late = ++q->m->flushes >= PATIENCE ? q->m->old : 0;

    ASKF(q->d, !(late & INFO), "INF-GPU-08", "%d flushes without", PATIENCE);
    ASKF(q->d, !(late & EDID), "INF-GPU-09", "%d flushes without", PATIENCE);
    if (fits(q, "INF-GPU-41"))
        ASKF(q->d, is_inside(&q->rect, t), "INF-GPU-17", "transferred so far: %ux%u at %u,%u",
            t->width, t->height, t->x, t->y);
}

/* ---- Commands: resources [5.7.6.8] ----------------------------------------------------------- */

static void on_create(struct request *q)
{
    const uint32_t id = q->word[0], format = q->word[1];
    struct resource *s = find(q->m, id);
    const bool is_taken = s->life == LIVING && s->id == id;

    ASK(q->d, format - 1 < 4 || format == 67 || format == 68 || format == 121 || format == 134,
        "INF-GPU-35");
    if (!ASK(q->d, id != 0 && !is_taken, "INF-GPU-34"))
        return;
    *s = (struct resource){ .id = id, .width = q->word[2], .height = q->word[3], .life = LIVING };
    q->resource = s;
}

static void on_unref(struct request *q)
{
    for (unsigned i = 0; i < SCANOUTS; i++)
        ASKF(q->d, q->m->shown[i] != q->resource->id, "INF-GPU-40", "it is on scanout %u", i);
    q->resource->life = RELEASED;
}

static void check_entry(struct request *q, const uint8_t *entry)
{
    const uint64_t address = load_le64(entry);
    const uint32_t bytes = load_le32(entry + 8), padding = load_le32(entry + 12);
    const bool is_ram = guest_range(q->d->lint->memory, address, bytes) != NULL;

    ASKF(q->d, is_ram, "INF-GPU-16", "%u bytes at 0x%" PRIx64, bytes, address);
    ASKF(q->d, padding == 0, "INF-GPU-29", "padding of an entry is 0x%x", padding);
    q->resource->bytes += bytes;
}

static void on_attach(struct request *q)
{
    const uint64_t start = HEADER + 8, end = start + (uint64_t)q->word[1] * ENTRY;
    const bool is_too_long = q->word[1] > GPU_PIECES;
    uint8_t entry[ENTRY];

    ASK(q->d, q->d->chain->readable == end, "INF-GPU-44");
    q->resource->backing = ATTACHED;
    q->resource->bytes = is_too_long ? UINT64_MAX : 0;
    for (uint64_t at = start; at < end && !is_too_long; at += ENTRY)
        if (lint_read(q->d, q->d->chain, at, entry, ENTRY) == ENTRY)
            check_entry(q, entry);
}

static void on_detach(struct request *q)
{
    q->resource->backing = DETACHED;
}

/* The rows of a rectangle lie as far apart in the backing as they do in the resource. */
static void check_offset(struct request *q)
{
    const struct gpu_rect *r = &q->rect;
    const uint64_t offset = q->word[4] | (uint64_t)q->word[5] << 32, bytes = q->resource->bytes;
    const uint64_t row = (uint64_t)q->resource->width * 4, last = (uint64_t)r->width * 4;
    const uint64_t first = r->y * row + (uint64_t)r->x * 4, behind = bytes - offset;

    ASKF(q->d, offset == first, "INF-GPU-43", "that pixel lies at %" PRIu64, first);
    ASKF(q->d, offset <= bytes && behind >= last && (behind - last) / row >= r->height - 1,
        "INF-GPU-45", "it has %" PRIu64 " bytes", bytes);
}

static void on_transfer(struct request *q)
{
    const struct gpu_rect *r = &q->rect;
    struct resource *s = q->resource;
    struct gpu_rect *t = &s->transferred;

    s->fenced = q->flags & FENCE ? q->d->chain->head + 1u : 0;
    s->ready = false;
    if (!ASK(q->d, s->backing == ATTACHED, s->backing < ATTACHED ? "INF-GPU-14" : "INF-GPU-47")
        || !fits(q, "INF-GPU-42") || r->width == 0 || r->height == 0)
        return;
    check_offset(q);
    extend(&t->x, &t->width, r->x, r->width);
    extend(&t->y, &t->height, r->y, r->height);
}

/* ---- Commands: the cursor [5.7.6.6] [5.7.6.10] ----------------------------------------------- */

static void on_update_cursor(struct request *q)
{
    const struct resource *s = q->resource;

    memcpy(q->m->cursor, q->word + 4, sizeof q->m->cursor);
    ASK(q->d, s == NULL || (s->width == GPU_CURSOR && s->height == GPU_CURSOR), "INF-GPU-20");
    ASK(q->d, s == NULL || s->ready, "INF-GPU-21");
}

static void on_move_cursor(struct request *q)
{
    const uint32_t *was = q->m->cursor, *is = q->word + 4;

    ASKF(q->d, is[0] == 0 || memcmp(is, was, sizeof q->m->cursor) == 0, "INF-GPU-64",
        "UPDATE_CURSOR had %u, %u,%u", was[0], was[1], was[2]);
}

/* ---- The table ------------------------------------------------------------------------------- */

/* Of each its queue, type, name and the rule about its length; bytes and room; the words that name
 * a resource and a scanout, and those of padding. */
static const struct command commands[] = {
    { CONTROL, 0x100, "GET_DISPLAY_INFO", "INF-GPU-31", 24, 408, NONE, NONE, 0, on_ask },
    { CONTROL, 0x101, "RESOURCE_CREATE_2D", "INF-GPU-33", 40, 24, NONE, NONE, 0, on_create },
    { CONTROL, 0x102, "RESOURCE_UNREF", "INF-GPU-36", 32, 24, 0, NONE, 1 << 1, on_unref },
    { CONTROL, 0x103, "SET_SCANOUT", "INF-GPU-37", 48, 24, 5, 4, 0, on_set_scanout },
    { CONTROL, 0x104, "RESOURCE_FLUSH", "INF-GPU-41", 48, 24, 4, NONE, 1 << 5, on_flush },
    { CONTROL, 0x105, "TRANSFER_TO_HOST_2D", "INF-GPU-42", 56, 24, 6, NONE, 1 << 7, on_transfer },
    { CONTROL, 0x106, "RESOURCE_ATTACH_BACKING", "INF-GPU-44", 32, 24, 0, NONE, 0, on_attach },
    { CONTROL, 0x107, "RESOURCE_DETACH_BACKING", "INF-GPU-47", 32, 24, 0, NONE, 2, on_detach },
    { CONTROL, GET_EDID, "GET_EDID", "INF-GPU-48", 32, 1056, NONE, 0, 1 << 1, on_ask },
    { CURSOR, 0x300, "UPDATE_CURSOR", "INF-GPU-63", 56, 24, 4, 0, 0x88, on_update_cursor },
    { CURSOR, 0x301, "MOVE_CURSOR", "INF-GPU-63", 56, 24, NONE, 0, 0x88, on_move_cursor },
};

/* ---- What is checked for all commands alike -------------------------------------------------- */

/* Does the response go where pixels are? What the device holds is asked, to the last piece. */
static void check_reuse(struct request *q, const struct lint_descriptor *p)
{
    const uintptr_t at = (uintptr_t)guest_range(q->d->lint->memory, p->address, p->bytes);
    const struct gpu *g = (const struct gpu *)q->d->vdev;

    for (const struct gpu_resource *s = g->resource; s < g->resource + GPU_RESOURCES; s++)
        for (unsigned i = 0; i < s->pieces; i++) {
            const uintptr_t start = (uintptr_t)s->backing[i].at, end = start + s->backing[i].bytes;

            ASKF(q->d, at + p->bytes <= start || end <= at, "INF-GPU-46",
                "response at 0x%" PRIx64 ", resource %u", p->address, s->id);
        }
}

/* False if there is no telling what is the request. */
static bool check_chain(struct request *q)
{
    const struct lint_chain *c = q->d->chain;
    uint64_t bytes = 0;
    unsigned i = 0;

    ASK(q->d, c->writable >= HEADER, c->queue == CURSOR ? "INF-GPU-65" : "INF-GPU-23");
    while (i < c->count && !(c->at[i].flags & 2))
        bytes += c->at[i++].bytes;
    if (i < c->count)
        check_reuse(q, &c->at[i]);
    return ASKF(q->d, bytes == c->readable, "INF-GPU-24", "it follows %" PRIu64 " bytes", bytes);
}

/* The types of 3D and blobs are known, too, and not looked into. [5.7.6.7] */
static bool check_header(struct request *q)
{
    const bool has_ring = q->flags & RING_IDX;
    const uint32_t ring = q->ring_idx & 255, padding = q->ring_idx - (has_ring ? ring : 0);
    const bool is_known = q->command != NULL || q->type - 0x108 < 6 || q->type - 0x200 < 10;

    ASK(q->d, q->flags < 4 && (!has_ring || q->features & F_CONTEXT_INIT), "INF-GPU-25");
    ASK(q->d, q->flags & FENCE || (q->fence_id[0] | q->fence_id[1]) == 0, "INF-GPU-29");
    ASK(q->d, (q->ctx_id == 0 || q->features & F_VIRGL) && padding == 0, "INF-GPU-29");
    ASK(q->d, !has_ring || ring <= 63, "INF-GPU-30");
    return ASK(q->d, q->d->chain->readable >= HEADER && is_known, "INF-GPU-22");
}

static bool check_length(struct request *q)
{
    const struct command *c = q->command;
    const uint64_t bytes = q->d->chain->readable, room = q->d->chain->writable;

    ASK(q->d, bytes >= c->bytes && (bytes == HEADER || c->bytes != HEADER)
        && (c->room == HEADER || room >= c->room), c->id);
    return bytes >= c->bytes;
}

static void check_words(struct request *q)
{
    const uint32_t scanout = q->word[q->command->scanout];

    ASK(q->d, scanout == 0 || scanout < config(q->d, NUM_SCANOUTS), "INF-GPU-07");
    for (unsigned i = 0; i < WORDS; i++)
        ASK(q->d, !(q->command->unused >> i & 1) || q->word[i] == 0, "INF-GPU-29");
}

/* The resource that the command names, if it has to be there. */
static bool find_resource(struct request *q)
{
    static const char *const why[] = { "INF-GPU-15", "INF-GPU-66", "INF-GPU-36", "INF-GPU-26" };
    const struct command *c = q->command;
    const uint32_t id = q->word[c->resource];
    struct resource *s = find(q->m, id);
    const enum life life = s->id == id ? s->life : FREE;

    q->resource = life == LIVING ? s : NULL;
    if (life == LIVING || (id == 0 && (c->resource == NONE || c->scanout != NONE)))
        return true;
    ASK(q->d, life == REFUSED && c->check == on_unref, why[life]);
    return false;
}

static void request(struct lint_device *d, const struct lint_chain *c)
{
    struct request q = { .d = d, .m = model_of(d), .features = d->vdev->accepted };

    if (!c->is_sound)
        return;
    lint_read(d, c, 0, q.sent, HEADER + 4 * WORDS);
    for (unsigned i = 0; i < HEADER / 4 + WORDS; i++)
        q.sent[i] = load_le32((const uint8_t *)&q.sent[i]);
    for (const struct command *o = commands; o < commands + sizeof commands / sizeof *o; o++)
        if (o->type == q.type)
            q.command = o;
    d->asked = q.command != NULL ? q.command->name : "a command";
    if (!check_chain(&q) || !check_header(&q) || q.command == NULL
        || !ASK(d, q.command->queue == c->queue, "INF-GPU-01") || !check_length(&q))
        return;
    check_words(&q);
    if (find_resource(&q))
        q.command->check(&q);
    if (c->queue == CONTROL)
        q.m->out[c->head % VIRTQUEUE_MAX] = q.resource;
}

/* ---- What came of it ------------------------------------------------------------------------- */

/* The response may be overwritten by now, so it is the device that is asked. */
static void answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written)
{
    const struct gpu_resource *real = ((const struct gpu *)d->vdev)->resource;
    struct resource **out = &model_of(d)->out[head % VIRTQUEUE_MAX], *s = *out;
    unsigned i = 0;

    (void)written;
    if (s == NULL || queue != CONTROL)
        return;
    *out = NULL;
    while (i < GPU_RESOURCES && real[i].id != s->id)
        i++;
    if (i == GPU_RESOURCES && s->life == LIVING)
        s->life = REFUSED;
    if (i < GPU_RESOURCES && real[i].backing == NULL && s->backing == ATTACHED)
        s->backing = DENIED;
    s->ready |= s->fenced == head + 1u;
}

static void over(struct lint_device *d)
{
    struct resource *s = model_of(d)->resource;

    for (unsigned i = 0; i < RESOURCES; i++)
        s[i].life = s[i].life == LIVING ? LOST : FREE;
}

const struct lint_area lint_gpu = {
    .name = "gpu", .rules = rules, .type = LINT_IS_GPU, .state = sizeof(struct model),
    .kept = sizeof((struct model *)0)->resource, .access = access, .request = request,
    .answer = answer, .over = over, .end = end,
};
