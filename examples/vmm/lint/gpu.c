/* gpu.c - rules of VirtIO 1.3, 5.7: displays, resources, and how pixels get from one to the other.
 *
 * Commands are followed in a model of the device, which holds as many resources as the device does.
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
    { "INF-GPU-15", "5.7.6.1", "must", "a resource is created before it is named" },
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
enum { HEADER = 24, FLAG_FENCE = 1, FLAG_RING_IDX = 2, WORDS = 8, ENTRY = 16 };     /* [5.7.6.7] */
enum { SCANOUTS = 16, INFO = 1, EDID = 2, PATIENCE = 60 };
enum life { FREE, LOST, RELEASED, REFUSED, LIVING };
enum backing { NEVER, ATTACHED, DETACHED };

struct resource {
    uint32_t     id, width, height;
    enum life    life;
    enum backing backing;
    uint64_t     bytes;                 /* of the backing */
    struct gpu_rect transferred;        /* what encloses all that ever was */
    bool         ready;                 /* the last transfer was fenced, and is answered */
};

struct model {
    struct resource resource[GPU_RESOURCES];
    bool     overfull;                  /* more than the device takes: then numbers say nothing */
    uint32_t shown[SCANOUTS];           /* the resource on each */
    uint32_t cursor, hot_x, hot_y;      /* as UPDATE_CURSOR had them */
    unsigned asked, old;                /* INFO, EDID: asked for since the reset; not since */
    bool     event, read_event;         /* EVENT_DISPLAY, which is set; the driver has read it */
    unsigned flushes;                   /* since that event */
    struct out {
        struct resource *resource;
        bool transfer, fenced;
    } out[VIRTQUEUE_MAX];               /* control commands on their way, by head */
};

struct request {
    struct lint_device      *d;
    struct model            *m;
    const struct lint_chain *chain;
    const struct command    *command;
    uint32_t                 flags, word[WORDS];
    struct gpu_rect          rect;      /* the first four words, where they are one */
    struct resource         *resource;  /* the one it names */
};

struct command {
    unsigned    queue;
    uint32_t    type;
    const char *name, *id;              /* the rule about its length: */
    unsigned    bytes, room;            /* of the request at least, for its response */
    int         resource, scanout;      /* words that name one, or -1 */
    unsigned    unused;                 /* words of padding, a bit for each */
    void      (*check)(struct request *q);
};

static struct model *model_of(const struct lint_device *d)
{
    return d->vdev != NULL && d->vdev->kind->id == LINT_IS_GPU ? d->state[LINT_GPU] : NULL;
}

static uint32_t config(const struct lint_device *d, unsigned offset)
{
    return load_le32(d->vdev->config + offset);
}

/* The resource of that number, else a place for a new one: an empty one, or that of one long gone;
 * a living one if there is no other. */
static struct resource *find(struct model *m, uint32_t id)
{
    struct resource *place = m->resource;

    for (struct resource *s = m->resource; s < m->resource + GPU_RESOURCES; s++)
        if (s->life != FREE && s->id == id)
            return s;
        else if (s->life < place->life)
            place = s;
    return place;
}

/* ---- Events [5.7.4] -------------------------------------------------------------------------- */

/* EVENT_DISPLAY counts from the first moment at which the driver could have looked. */
static void follow_event(const struct lint_device *d, struct model *m)
{
    const bool event = config(d, EVENTS_READ) & EVENT_DISPLAY;

    if (event && !m->event) {
        m->old = INFO | (d->vdev->accepted & F_EDID ? EDID : 0);
        m->flushes = 0;
    }
    m->event = event;
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    struct model *m = model_of(d);
    const uint32_t value = (uint32_t)a->value;

    if (m == NULL || a->reg != REG_CONFIG || !a->is_decoded)
        return;
    follow_event(d, m);
    if (a->bytes != 0 && !a->is_exact)
        lint_say(d, "INF-GPU-04", "%u bytes at offset %u", a->width, a->offset);
    if (a->is_write && a->offset < EVENTS_READ + 4)
        lint_say(d, "INF-GPU-05", "0x%x written", value);
    if (a->is_write && a->offset == EVENTS_CLEAR && (value & ~config(d, EVENTS_READ)))
        lint_say(d, "INF-GPU-06", "0x%x cleared of 0x%x", value, config(d, EVENTS_READ));
    if (a->offset == (a->is_write ? EVENTS_CLEAR : EVENTS_READ) && (value & EVENT_DISPLAY))
        m->read_event = !a->is_write;
}

static void end(struct lint_device *d)
{
    const struct model *m = model_of(d);

    if (m != NULL && m->read_event && (config(d, EVENTS_READ) & EVENT_DISPLAY))
        lint_say(d, "INF-GPU-06", "EVENT_DISPLAY was read, and is never cleared");
}

/* ---- Rectangles: no sum overflows in 64 bits ------------------------------------------------- */

static bool is_inside(const struct gpu_rect *r, const struct gpu_rect *all)
{
    return r->x >= all->x && (uint64_t)r->x + r->width <= (uint64_t)all->x + all->width
        && r->y >= all->y && (uint64_t)r->y + r->height <= (uint64_t)all->y + all->height;
}

static bool fits(struct request *q, const char *id)
{
    const struct gpu_rect *r = &q->rect, all = { 0, 0, q->resource->width, q->resource->height };

    ASKF(q->d, is_inside(r, &all), id, "%s: %ux%u at %u,%u of a resource of %ux%u", q->command->name,
        r->width, r->height, r->x, r->y, all.width, all.height);
    return is_inside(r, &all);
}

/* Along one side: from `at` on, `length` long, until it holds the other as well. */
static void extend(uint32_t *at, uint32_t *length, uint32_t other, uint32_t other_length)
{
    const uint32_t end = *at + *length, other_end = other + other_length;

    *at = *at < other && *length != 0 ? *at : other;
    *length = (end > other_end ? end : other_end) - *at;
}

/* ---- Commands: displays [5.7.6.8] ------------------------------------------------------------ */

static void on_info(struct request *q)
{
    ASKF(q->d, q->chain->readable == HEADER, "INF-GPU-31", "%" PRIu64 " bytes", q->chain->readable);
    q->m->asked |= INFO;
    q->m->old &= ~(unsigned)INFO;
}

static void on_edid(struct request *q)
{
    ASKF(q->d, q->d->vdev->accepted & F_EDID, "INF-GPU-48", "the feature EDID was not accepted");
    q->m->asked |= EDID;
    q->m->old &= ~(unsigned)EDID;
}

static void on_set_scanout(struct request *q)
{
    const uint32_t scanout = q->word[4], scanouts = config(q->d, NUM_SCANOUTS);
    const bool edid = q->d->vdev->accepted & F_EDID;

    ASKF(q->d, scanout < scanouts, "INF-GPU-38", "scanout %u of %u", scanout, scanouts);
    if (scanout < SCANOUTS)
        q->m->shown[scanout] = q->word[5];
    if (q->resource == NULL)
        return;
    ASKF(q->d, q->m->asked & INFO, "INF-GPU-10", "no GET_DISPLAY_INFO since the reset");
    ASKF(q->d, q->m->asked & EDID || !edid, "INF-GPU-12", "no GET_EDID since the reset");
    fits(q, "INF-GPU-39");
}

static void on_flush(struct request *q)
{
    const struct gpu_rect *r = &q->rect, *t = &q->resource->transferred;
    const bool is_late = ++q->m->flushes >= PATIENCE;

    ASKF(q->d, !(is_late && q->m->old & INFO), "INF-GPU-08", "%d flushes without", PATIENCE);
    ASKF(q->d, !(is_late && q->m->old & EDID), "INF-GPU-09", "%d flushes without", PATIENCE);
    if (fits(q, "INF-GPU-41"))
        ASKF(q->d, is_inside(r, t), "INF-GPU-17", "%ux%u at %u,%u; transferred so far: %ux%u at %u,%u",
            r->width, r->height, r->x, r->y, t->width, t->height, t->x, t->y);
}

/* ---- Commands: resources [5.7.6.8] ----------------------------------------------------------- */

static void on_create(struct request *q)
{
    const uint32_t id = q->word[0], format = q->word[1];
    struct resource *s = find(q->m, id);
    const bool is_taken = id == 0 || (s->life == LIVING && s->id == id);

    ASKF(q->d, format - 1 < 4 || format == 67 || format == 68 || format == 121 || format == 134,
        "INF-GPU-35", "format %u", format);
    ASKF(q->d, !is_taken, "INF-GPU-34", "a new resource %u", id);
    q->m->overfull |= s->life == LIVING && !is_taken;
    if (s->life == LIVING || is_taken)
        return;
    *s = (struct resource){ .id = id, .width = q->word[2], .height = q->word[3], .life = LIVING };
    q->resource = s;
}

static void on_unref(struct request *q)
{
    for (unsigned i = 0; i < SCANOUTS; i++)
        ASKF(q->d, q->m->shown[i] != q->resource->id, "INF-GPU-40", "resource %u on scanout %u",
            q->resource->id, i);
    q->resource->life = RELEASED;
}

static void check_entry(struct request *q, const uint8_t *entry)
{
    const uint64_t address = load_le64(entry);
    const uint32_t bytes = load_le32(entry + 8), padding = load_le32(entry + 12);

    ASKF(q->d, guest_range(q->d->lint->memory, address, bytes) != NULL, "INF-GPU-16",
        "%u bytes at 0x%" PRIx64, bytes, address);
    ASKF(q->d, padding == 0, "INF-GPU-29", "padding of an entry is 0x%x", padding);
    q->resource->bytes += bytes;
}

/* Entries are read in blocks, for each reading goes through the chain from its start. */
static void on_attach(struct request *q)
{
    const uint32_t entries = q->word[1];
    const uint64_t start = HEADER + 8, end = start + (uint64_t)entries * ENTRY;
    uint8_t block[64 * ENTRY] = { 0 };

    ASKF(q->d, q->chain->readable == end, "INF-GPU-44", "%" PRIu64 " bytes, %u entries make %" PRIu64,
        q->chain->readable, entries, end);
    q->resource->backing = ATTACHED;
    q->resource->bytes = entries > GPU_PIECES ? UINT64_MAX : 0;
    for (uint64_t i = 0; i < entries && entries <= GPU_PIECES; i++) {
        if (start + (i + 1) * ENTRY > q->chain->readable)
            return;
        if (i % 64 == 0)
            lint_read(q->d, q->chain, start + i * ENTRY, block, sizeof block);
        check_entry(q, block + i % 64 * ENTRY);
    }
}

static void on_detach(struct request *q)
{
    q->resource->backing = DETACHED;
}

/* The rows of a rectangle lie as far apart in the backing as they do in the resource. */
static void check_offset(struct request *q)
{
    const struct resource *s = q->resource;
    const struct gpu_rect *r = &q->rect;
    const uint64_t offset = q->word[4] | (uint64_t)q->word[5] << 32, row = (uint64_t)s->width * 4;
    const uint64_t first = r->y * row + (uint64_t)r->x * 4, last = (uint64_t)r->width * 4;
    const uint64_t behind = s->bytes > offset ? s->bytes - offset : 0;

    ASKF(q->d, offset == first, "INF-GPU-43", "%" PRIu64 " for pixel %u,%u, which lies at %" PRIu64,
        offset, r->x, r->y, first);
    ASKF(q->d, behind >= last && (behind - last) / row >= r->height - 1, "INF-GPU-45",
        "%u rows of %" PRIu64 " bytes from %" PRIu64 " on, of %" PRIu64, r->height, row, offset,
        s->bytes);
}

static void on_transfer(struct request *q)
{
    struct resource *s = q->resource;
    struct gpu_rect *r = &q->rect, *t = &s->transferred;

    s->ready = false;
    ASKF(q->d, s->backing != NEVER, "INF-GPU-14", "resource %u has none", s->id);
    ASKF(q->d, s->backing != DETACHED, "INF-GPU-47", "a transfer of resource %u", s->id);
    if (s->backing != ATTACHED || !fits(q, "INF-GPU-42") || r->width == 0 || r->height == 0)
        return;
    check_offset(q);
    extend(&t->x, &t->width, r->x, r->width);
    extend(&t->y, &t->height, r->y, r->height);
}

/* ---- Commands: the cursor [5.7.6.6] [5.7.6.10] ----------------------------------------------- */

static void on_update_cursor(struct request *q)
{
    const struct resource *s = q->resource;

    q->m->cursor = q->word[4];
    q->m->hot_x = q->word[5];
    q->m->hot_y = q->word[6];
    if (s == NULL)
        return;
    ASKF(q->d, s->width == GPU_CURSOR && s->height == GPU_CURSOR, "INF-GPU-20", "%ux%u", s->width,
        s->height);
    ASKF(q->d, s->ready, "INF-GPU-21", "no answer to a fenced transfer of resource %u", s->id);
}

static void on_move_cursor(struct request *q)
{
    const uint32_t id = q->word[4], x = q->word[5], y = q->word[6];
    const struct model *m = q->m;

    ASKF(q->d, id == 0 || (id == m->cursor && x == m->hot_x && y == m->hot_y), "INF-GPU-64",
        "resource %u, hot spot %u,%u after %u, %u,%u", id, x, y, m->cursor, m->hot_x, m->hot_y);
}

/* ---- The table ------------------------------------------------------------------------------- */

/* Of each its queue, type, name and the rule about its length; bytes and room; the words that name
 * a resource and a scanout, and those of padding. */
static const struct command commands[] = {
    { CONTROL, 0x100, "GET_DISPLAY_INFO", "INF-GPU-31", 24, 408, -1, -1, 0, on_info },
    { CONTROL, 0x101, "RESOURCE_CREATE_2D", "INF-GPU-33", 40, 24, -1, -1, 0, on_create },
    { CONTROL, 0x102, "RESOURCE_UNREF", "INF-GPU-36", 32, 24, 0, -1, 1 << 1, on_unref },
    { CONTROL, 0x103, "SET_SCANOUT", "INF-GPU-37", 48, 24, 5, 4, 0, on_set_scanout },
    { CONTROL, 0x104, "RESOURCE_FLUSH", "INF-GPU-41", 48, 24, 4, -1, 1 << 5, on_flush },
    { CONTROL, 0x105, "TRANSFER_TO_HOST_2D", "INF-GPU-42", 56, 24, 6, -1, 1 << 7, on_transfer },
    { CONTROL, 0x106, "RESOURCE_ATTACH_BACKING", "INF-GPU-44", 32, 24, 0, -1, 0, on_attach },
    { CONTROL, 0x107, "RESOURCE_DETACH_BACKING", "INF-GPU-47", 32, 24, 0, -1, 1 << 1, on_detach },
    { CONTROL, 0x10a, "GET_EDID", "INF-GPU-48", 32, 1056, -1, 0, 1 << 1, on_edid },
    { CURSOR, 0x300, "UPDATE_CURSOR", "INF-GPU-63", 56, 24, 4, 0, 0x88, on_update_cursor },
    { CURSOR, 0x301, "MOVE_CURSOR", "INF-GPU-63", 56, 24, -1, 0, 0x88, on_move_cursor },
};

/* ---- What is checked for all commands alike -------------------------------------------------- */

static const struct command *find_command(uint32_t type)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (commands[i].type == type)
            return &commands[i];
    return NULL;
}

/* Does the response go where pixels are? What the device holds is asked, to the last piece. */
static void check_reuse(struct request *q, const struct lint_descriptor *p)
{
    const uintptr_t at = (uintptr_t)guest_range(q->d->lint->memory, p->address, p->bytes);
    const struct gpu *g = (const struct gpu *)q->d->vdev;

    for (const struct gpu_resource *s = g->resource; s < g->resource + GPU_RESOURCES; s++)
        for (unsigned i = 0; i < s->pieces; i++)
            ASKF(q->d, at + p->bytes <= (uintptr_t)s->backing[i].at
                || (uintptr_t)s->backing[i].at + s->backing[i].bytes <= at, "INF-GPU-46",
                "a response at 0x%" PRIx64 ", resource %u", p->address, s->id);
}

/* False if there is no telling what is the request. */
static bool check_chain(struct request *q)
{
    const struct lint_chain *c = q->chain;
    unsigned i = 0;

    ASKF(q->d, c->writable >= HEADER, c->queue == CURSOR ? "INF-GPU-65" : "INF-GPU-23",
        "room for %" PRIu64, c->writable);
    while (i < c->count && !(c->at[i].flags & 2))
        i++;
    if (i < c->count)
        check_reuse(q, &c->at[i]);
    while (i < c->count && (c->at[i].flags & 2))
        i++;
    ASKF(q->d, i == c->count, "INF-GPU-24", "buffer %u is to be read", i);
    return i == c->count;
}

static void check_header(struct request *q, const uint8_t *header)
{
    const bool fence = q->flags & FLAG_FENCE, ring = q->flags & FLAG_RING_IDX;
    const uint64_t features = q->d->vdev->accepted, fence_id = load_le64(header + 8);
    const uint32_t context = load_le32(header + 16), tail = load_le32(header + 20);

    ASKF(q->d, q->flags < 4 && (!ring || features & F_CONTEXT_INIT), "INF-GPU-25", "0x%x", q->flags);
    ASKF(q->d, (fence || fence_id == 0) && (context == 0 || features & F_VIRGL)
        && (tail & (ring ? ~255u : ~0u)) == 0, "INF-GPU-29", "flags %u, fence_id %" PRIu64
        ", ctx_id %u, ring_idx and padding 0x%x", q->flags, fence_id, context, tail);
    ASKF(q->d, !ring || (tail & 255) <= 63, "INF-GPU-30", "%u", tail & 255);
}

static void check_words(struct request *q)
{
    const struct command *c = q->command;
    const uint32_t scanout = c->scanout < 0 ? 0 : q->word[c->scanout];

    ASKF(q->d, scanout == 0 || scanout < config(q->d, NUM_SCANOUTS), "INF-GPU-07", "%s: %u", c->name,
        scanout);
    for (unsigned i = 0; i < WORDS; i++)
        ASKF(q->d, !(c->unused >> i & 1) || q->word[i] == 0, "INF-GPU-29", "%s: padding is 0x%x",
            c->name, q->word[i]);
}

/* The resource that the command names, if it has to be there. */
static bool find_resource(struct request *q)
{
    static const struct { const char *id, *text; } why[] = {
        [FREE] = { "INF-GPU-15", "was not created" }, [LOST] = { "INF-GPU-66", "fell to a reset" },
        [RELEASED] = { "INF-GPU-36", "was released" }, [REFUSED] = { "INF-GPU-26", "was refused" },
        [LIVING] = { "", "" }
    };
    const struct command *c = q->command;
    const uint32_t id = c->resource < 0 ? 0 : q->word[c->resource];
    struct resource *s = find(q->m, id);
    const enum life life = s->id == id ? s->life : FREE;
    const bool may_be_none = id == 0 && (c->resource < 0 || c->scanout >= 0);
    const bool may_be_gone = q->m->overfull || (life == REFUSED && c->check == on_unref);

    q->resource = life == LIVING ? s : NULL;
    ASKF(q->d, life == LIVING || may_be_none || may_be_gone, why[life].id, "%s: resource %u %s",
        c->name, id, why[life].text);
    return life == LIVING || may_be_none;
}

static void check_command(struct request *q)
{
    const struct command *c = q->command;
    const struct lint_chain *chain = q->chain;

    ASKF(q->d, c->queue == chain->queue, "INF-GPU-01", "%s in queue %u", c->name, chain->queue);
    if (c->queue != chain->queue)
        return;
    ASKF(q->d, chain->readable >= c->bytes && (c->room == HEADER || chain->writable >= c->room), c->id,
        "%s: %" PRIu64 " bytes, room for %" PRIu64, c->name, chain->readable, chain->writable);
    if (chain->readable < c->bytes)
        return;
    check_words(q);
    if (find_resource(q))
        c->check(q);
    if (c->queue == CONTROL)
        q->m->out[chain->head % VIRTQUEUE_MAX] = (struct out){
            q->resource, c->check == on_transfer, q->flags & FLAG_FENCE };
}

/* The types of 3D and blobs are known, too [5.7.6.7], and not looked into. */
static void request(struct lint_device *d, const struct lint_chain *c)
{
    struct request q = { .d = d, .m = model_of(d), .chain = c };
    uint8_t bytes[HEADER + 4 * WORDS] = { 0 };
    uint32_t type;

    if (q.m == NULL || !c->is_sound)
        return;
    lint_read(d, c, 0, bytes, sizeof bytes);
    type = load_le32(bytes);
    q.flags = load_le32(bytes + 4);
    q.command = find_command(type);
    for (unsigned i = 0; i < WORDS; i++)
        q.word[i] = load_le32(bytes + HEADER + 4 * i);
    q.rect = (struct gpu_rect){ q.word[0], q.word[1], q.word[2], q.word[3] };
    follow_event(d, q.m);
    if (!check_chain(&q))
        return;
    ASKF(d, c->readable >= HEADER && (q.command != NULL || type - 0x108 < 6 || type - 0x200 < 10),
        "INF-GPU-22", "%" PRIu64 " bytes, type 0x%x", c->readable, type);
    if (c->readable < HEADER)
        return;
    check_header(&q, bytes);
    if (q.command != NULL)
        check_command(&q);
}

/* ---- What came of it ------------------------------------------------------------------------- */

/* The response may be overwritten by now, so it is the device that is asked. */
static void answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written)
{
    struct model *m = model_of(d);
    struct out *o = m != NULL && queue == CONTROL ? &m->out[head % VIRTQUEUE_MAX] : NULL;
    struct resource *s = o != NULL ? o->resource : NULL;
    const struct gpu_resource *x;
    unsigned i = 0;

    (void)written;
    if (s == NULL)
        return;
    x = ((const struct gpu *)d->vdev)->resource;
    o->resource = NULL;
    while (i < GPU_RESOURCES && x[i].id != s->id)
        i++;
    if (s->life == LIVING && i == GPU_RESOURCES)
        s->life = REFUSED;
    if (s->backing == ATTACHED && i < GPU_RESOURCES && x[i].backing == NULL)
        s->backing = NEVER;
    s->ready |= o->transfer && o->fenced;
}

static void reset(struct lint_device *d)
{
    struct model *m = model_of(d);

    if (m == NULL)
        return;
    for (unsigned i = 0; i < GPU_RESOURCES; i++)
        m->resource[i].life = m->resource[i].life == LIVING ? LOST : FREE;
}

const struct lint_area lint_gpu = {
    .name = "gpu", .rules = rules, .type = LINT_IS_GPU, .state = sizeof(struct model),
    .kept = sizeof((struct model *)0)->resource, .access = access,
    .request = request, .answer = answer, .over = reset, .end = end,
};
