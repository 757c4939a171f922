/* gpu.c - the 2D graphics device: commands, resources, and what is seen of them. [5.7]  >>gpu
 *
 *      control queue 0    a command, and room for its response
 *      cursor queue 1     a command; most drivers leave no room there, so nothing is answered
 *
 * Begin with the table of commands, below the functions that it names.
 */
#include "gpu.h"
#include "edid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTROL, CURSOR, QUEUES };

/* Configuration space [5.7.4], and where things are in the header of requests and responses
 * [5.7.6.7]. */
enum { EVENTS_READ = 0, EVENTS_CLEAR = 4, NUM_SCANOUTS = 8, CONFIG_BYTES = 16, EVENT_DISPLAY = 1 };
enum { TYPE = 0, FLAGS = 4, FENCE_ID = 8, HEADER = 24, FLAG_FENCE = 1, FLAG_RING_INDEX = 2 };

enum response {
    OK_NODATA = 0x1100, OK_DISPLAY_INFO = 0x1101, OK_EDID = 0x1104,
    ERR_UNSPEC = 0x1200, ERR_OUT_OF_MEMORY, ERR_INVALID_SCANOUT_ID, ERR_INVALID_RESOURCE_ID,
    ERR_INVALID_CONTEXT_ID, ERR_INVALID_PARAMETER
};

enum {
    INFO_BYTES = 16 * 24,               /* the display info has room for 16 scanouts */
    EDID_ANSWER = 8 + 1024,
    ENTRY_BYTES = 16,                   /* a piece of backing */
    WORDS = 8                           /* behind its header a request is little more than words */
};

struct request {
    const struct command *command;
    uint32_t              word[WORDS];
    struct gpu_rect       rect;         /* the first four of them, where they are one */
    struct gpu_resource  *resource;     /* the one it names */
    const char           *fault;        /* what is wrong with it */
    uint8_t               answer[EDID_ANSWER];  /* behind the header of the response */
};

struct command {
    unsigned    queue;
    uint32_t    type;
    const char *name;
    const char *text;                   /* its words for the reader: $0 is the first */
    unsigned    words;                  /* how many it has to bring */
    int         resource;               /* which of them names a resource that is there, or -1 */
    bool        or_none;                /* it may be 0: none */
    unsigned    answer;                 /* bytes that follow the response's header */
    enum response (*run)(struct gpu *g, struct request *r);
};

static enum response refuse(struct request *r, enum response response, const char *fault)
{
    r->fault = fault;
    return response;
}

/* Memory for the guest's sake: counted before it is allocated. */
static void *allocate(const struct gpu *g, uint64_t bytes)
{
    uint64_t held = (uint64_t)g->frame.width * g->frame.height * 4;

    for (unsigned i = 0; i < GPU_RESOURCES; i++)
        held += (uint64_t)g->resource[i].width * g->resource[i].height * 4
              + (uint64_t)g->resource[i].pieces * sizeof *g->resource[i].backing;
    return held + bytes <= GPU_MEMORY ? calloc(1, (size_t)bytes) : NULL;
}

/* ---- Rectangles ---------------------------------------------------------------------------- */

static bool is_inside(const struct gpu_rect *r, const struct gpu_resource *s)
{
    return r->width <= s->width && r->x <= s->width - r->width
        && r->height <= s->height && r->y <= s->height - r->height;
}

static bool is_empty(const struct gpu_rect *r)
{
    return r->width == 0 || r->height == 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* What two rectangles have in common; empty if that is nothing. Both lie inside a resource, so no
 * sum here can overflow. */
static struct gpu_rect common(const struct gpu_rect *a, const struct gpu_rect *b)
{
    uint32_t x = most(a->x, b->x), right = least(a->x + a->width, b->x + b->width);
    uint32_t y = most(a->y, b->y), bottom = least(a->y + a->height, b->y + b->height);

    return (struct gpu_rect){ x, y, right > x ? right - x : 0, bottom > y ? bottom - y : 0 };
}

/* ---- Formats [5.7.6.8]: named by the order of bytes in memory ------------------------------ */

/* Which of a pixel's four bytes is what. */
static const struct gpu_format {
    uint32_t id;
    unsigned red, green, blue, alpha;
    uint32_t opaque;                    /* 255 if it has no alpha */
} formats[] = {
    {   1, 2, 1, 0, 3,   0 },           /* B8G8R8A8 */
    {   2, 2, 1, 0, 3, 255 },           /* B8G8R8X8 */
    {   3, 1, 2, 3, 0,   0 },           /* A8R8G8B8 */
    {   4, 1, 2, 3, 0, 255 },           /* X8R8G8B8 */
    {  67, 0, 1, 2, 3,   0 },           /* R8G8B8A8 */
    {  68, 3, 2, 1, 0, 255 },           /* X8B8G8R8 */
    { 121, 3, 2, 1, 0,   0 },           /* A8B8G8R8 */
    { 134, 0, 1, 2, 3, 255 },           /* R8G8B8X8 */
};

static const struct gpu_format *find_format(uint32_t id)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].id == id)
            return &formats[i];
    return NULL;
}

/* A row of pixels becomes words of 0x00RRGGBB. */
static void convert(uint32_t *to, const uint8_t *from, unsigned pixels, const struct gpu_format *f)
{
    const unsigned red = f->red, green = f->green, blue = f->blue;

    for (unsigned i = 0; i < pixels; i++, from += 4)
        to[i] = (uint32_t)from[red] << 16 | (uint32_t)from[green] << 8 | from[blue];
}

/* ---- The cursor: drawn into the frame, over pixels that are kept --------------------------- */

/* One channel of the cursor (its colours are multiplied by alpha already) over one of the frame. */
static uint32_t over(uint32_t cursor, uint32_t frame, unsigned shift)
{
    uint32_t rest = 255 - (cursor >> 24);

    return least((cursor >> shift & 255) + (frame >> shift & 255) * rest / 255, 255) << shift;
}

static void draw_cursor(struct gpu *g, bool draw)
{
    struct gpu_cursor *c = &g->cursor;

    for (unsigned i = 0; i < GPU_CURSOR * GPU_CURSOR && c->shown; i++) {
        int64_t x = c->x + i % GPU_CURSOR, y = c->y + i / GPU_CURSOR;
        uint32_t *pixel;

        if (x < 0 || y < 0 || x >= g->frame.width || y >= g->frame.height)
            continue;
        pixel = &g->frame.pixels[y * g->frame.width + x];
        if (draw)
            c->under[i] = *pixel;
        *pixel = draw ? over(c->image[i], *pixel, 16) | over(c->image[i], *pixel, 8)
                      | over(c->image[i], *pixel, 0) : c->under[i];
    }
}

/* ---- The scanout --------------------------------------------------------------------------- */

static void tell_screen(struct gpu *g, const struct gpu_rect *damage)
{
    if (g->screen.changed != NULL && g->shown != 0)
        g->screen.changed(g->screen.context, &g->frame, damage);
}

static void scanout_off(struct gpu *g)
{
    if (g->shown != 0 && g->screen.off != NULL)
        g->screen.off(g->screen.context);
    free(g->frame.pixels);
    g->frame = (struct gpu_frame){ .number = g->frame.number };
    g->shown = 0;
}

/* What was flushed is seen, as far as the scanout shows it. */
static void show(struct gpu *g, const struct gpu_resource *s, const struct gpu_rect *flushed)
{
    struct gpu_rect part = common(flushed, &g->scanout);
    struct gpu_frame *f = &g->frame;

    if (is_empty(&part))
        return;
    draw_cursor(g, false);
    for (uint32_t y = part.y; y < part.y + part.height; y++)
        convert(f->pixels + (size_t)(y - g->scanout.y) * f->width + (part.x - g->scanout.x),
                s->pixels + ((size_t)y * s->width + part.x) * 4, part.width, s->format);
    draw_cursor(g, true);
    f->number++;
    f->whole |= part.width == f->width && part.height == f->height;
    part.x -= g->scanout.x;
    part.y -= g->scanout.y;
    tell_screen(g, &part);
}

/* ---- Resources ----------------------------------------------------------------------------- */

static struct gpu_resource *find_resource(struct gpu *g, uint32_t id)
{
    for (unsigned i = 0; i < GPU_RESOURCES; i++)
        if (g->resource[i].id == id)
            return &g->resource[i];
    return NULL;
}

static void detach(struct gpu_resource *s)
{
    free(s->backing);
    s->backing = NULL;
    s->pieces = 0;
    s->backing_bytes = 0;
}

static void destroy(struct gpu *g, struct gpu_resource *s)
{
    if (s->id != 0 && s->id == g->shown)
        scanout_off(g);
    detach(s);
    free(s->pixels);
    *s = (struct gpu_resource){ 0 };
}

/* Bytes of the backing, which are there: the caller has checked. Returns the piece where it ended,
 * from which the next row can go on. */
static const struct gpu_piece *read_backing(const struct gpu_piece *p, uint64_t offset, uint8_t *to,
                                            uint64_t bytes)
{
    while (bytes > 0) {
        uint64_t skip = offset - p->start, n = p->bytes - skip;

        if (skip >= p->bytes) {
            p++;
            continue;
        }
        if (n > bytes)
            n = bytes;
        memcpy(to, p->at + skip, (size_t)n);
        to += n;
        offset += n;
        bytes -= n;
    }
    return p;
}

/* ---- Commands: displays [5.7.6.8] ---------------------------------------------------------- */

static enum response on_display_info(struct gpu *g, struct request *r)
{
    store_le32(r->answer + 8, g->width);
    store_le32(r->answer + 12, g->height);
    store_le32(r->answer + 16, 1);      /* enabled; all others are not */
    return OK_DISPLAY_INFO;
}

static enum response on_edid(struct gpu *g, struct request *r)
{
    if (!(g->vdev.accepted & GPU_EDID))
        return refuse(r, ERR_UNSPEC, "the feature EDID was not accepted");
    if (r->word[0] != 0)
        return refuse(r, ERR_INVALID_SCANOUT_ID, "there is only scanout 0");
    store_le32(r->answer, EDID_BYTES);
    edid_make(r->answer + 8, g->width, g->height);
    return OK_EDID;
}

/* A frame of the same size keeps its pixels until the next flush: so a driver that flips between
 * two resources shows no black moment. */
static enum response on_set_scanout(struct gpu *g, struct request *r)
{
    const struct gpu_resource *s = r->resource;
    struct gpu_frame *f = &g->frame;
    uint32_t *pixels;

    if (r->word[4] != 0)
        return refuse(r, ERR_INVALID_SCANOUT_ID, "there is only scanout 0");
    if (s != NULL && (is_empty(&r->rect) || !is_inside(&r->rect, s)))
        return refuse(r, ERR_INVALID_PARAMETER, "the resource does not cover the rectangle");
    if (s == NULL) {
        scanout_off(g);
        return OK_NODATA;
    }
    if (f->width != r->rect.width || f->height != r->rect.height) {
        pixels = allocate(g, (uint64_t)r->rect.width * r->rect.height * 4);
        if (pixels == NULL)
            return refuse(r, ERR_OUT_OF_MEMORY, "that is more than we hold for a guest");
        free(f->pixels);
        *f = (struct gpu_frame){ r->rect.width, r->rect.height, pixels, f->number, false };
        draw_cursor(g, true);
    }
    g->scanout = r->rect;
    g->shown = s->id;
    g->ever_set = true;
    f->whole = false;
    return OK_NODATA;
}

static enum response on_flush(struct gpu *g, struct request *r)
{
    if (!is_inside(&r->rect, r->resource))
        return refuse(r, ERR_INVALID_PARAMETER, "the rectangle reaches beyond the resource");
    if (r->resource->id == g->shown)
        show(g, r->resource, &r->rect);
    return OK_NODATA;
}

/* ---- Commands: resources [5.7.6.8] --------------------------------------------------------- */

static enum response on_create(struct gpu *g, struct request *r)
{
    const uint32_t id = r->word[0], width = r->word[2], height = r->word[3];
    const struct gpu_format *format = find_format(r->word[1]);
    struct gpu_resource *s = find_resource(g, 0);
    uint8_t *pixels = NULL;

    if (id == 0 || find_resource(g, id) != NULL)
        return refuse(r, ERR_INVALID_RESOURCE_ID, "0 means none, and each number is given once");
    if (format == NULL || width == 0 || height == 0)
        return refuse(r, ERR_INVALID_PARAMETER, "no such format, or no pixels");
    if (s != NULL && width <= GPU_MAX_SIDE && height <= GPU_MAX_SIDE)
        pixels = allocate(g, (uint64_t)width * height * 4);
    if (pixels == NULL)
        return refuse(r, ERR_OUT_OF_MEMORY, "that is more than we hold for a guest");
    *s = (struct gpu_resource){ .id = id, .width = width, .height = height, .format = format,
                                .pixels = pixels };
    return OK_NODATA;
}

static enum response on_unref(struct gpu *g, struct request *r)
{
    destroy(g, r->resource);
    return OK_NODATA;
}

static enum response on_attach(struct gpu *g, struct request *r)
{
    struct gpu_resource *s = r->resource;
    const uint32_t pieces = r->word[1];
    uint64_t at = HEADER + 8;           /* of the first entry */
    uint8_t entry[ENTRY_BYTES];

    if (s->backing != NULL)
        return refuse(r, ERR_UNSPEC, "it has a backing: DETACH_BACKING comes first");
    if (pieces <= GPU_PIECES
        && (pieces == 0 || g->chain.readable_bytes - at < (uint64_t)pieces * ENTRY_BYTES))
        return refuse(r, ERR_INVALID_PARAMETER, "no pieces, or fewer than announced");
    if (pieces <= GPU_PIECES)
        s->backing = allocate(g, pieces * sizeof *s->backing);
    if (s->backing == NULL)
        return refuse(r, ERR_OUT_OF_MEMORY, "that is more than we hold for a guest");
    s->pieces = pieces;
    for (struct gpu_piece *p = s->backing; p < s->backing + pieces; p++, at += ENTRY_BYTES) {
        chain_read(&g->chain, at, entry, sizeof entry);
        p->start = s->backing_bytes;
        p->bytes = load_le32(entry + 8);
        p->at = guest_range(g->vdev.memory, load_le64(entry), p->bytes);
        s->backing_bytes += p->bytes;
        if (p->at == NULL) {
            detach(s);
            return refuse(r, ERR_INVALID_PARAMETER, "a piece of it is not RAM");
        }
    }
    return OK_NODATA;
}

static enum response on_detach(struct gpu *g, struct request *r)
{
    (void)g;
    if (r->resource->backing == NULL)
        return refuse(r, ERR_UNSPEC, "it has no backing");
    detach(r->resource);
    return OK_NODATA;
}

/* The backing is laid out as the resource is, row after row; `offset` is where the rectangle's
 * first pixel lies in it. */
static enum response on_transfer(struct gpu *g, struct request *r)
{
    const struct gpu_resource *s = r->resource;
    const struct gpu_rect rect = r->rect;
    const struct gpu_piece *piece = s->backing;
    const uint64_t row = (uint64_t)s->width * 4, bytes = (uint64_t)rect.width * 4;
    uint64_t offset = r->word[4] | (uint64_t)r->word[5] << 32;

    (void)g;
    if (s->backing == NULL)
        return refuse(r, ERR_UNSPEC, "it has no backing");
    if (!is_inside(&rect, s))
        return refuse(r, ERR_INVALID_PARAMETER, "the rectangle reaches beyond the resource");
    if (is_empty(&rect))
        return OK_NODATA;
    if (offset > s->backing_bytes
        || s->backing_bytes - offset < row * (rect.height - 1) + bytes)
        return refuse(r, ERR_INVALID_PARAMETER, "the rectangle reaches beyond the backing");
    for (uint32_t y = rect.y; y < rect.y + rect.height; y++, offset += row)
        piece = read_backing(piece, offset, s->pixels + y * row + rect.x * 4, bytes);
    return OK_NODATA;
}

/* ---- Commands: the cursor [5.7.6.10] ------------------------------------------------------- */

/* Its picture is a copy: the driver may use the resource for something else. */
static void load_cursor(struct gpu_cursor *c, const struct gpu_resource *s)
{
    convert(c->image, s->pixels, GPU_CURSOR * GPU_CURSOR, s->format);
    for (unsigned i = 0; i < GPU_CURSOR * GPU_CURSOR; i++)
        c->image[i] |= (s->pixels[4 * i + s->format->alpha] | s->format->opaque) << 24;
}

static enum response on_cursor(struct gpu *g, struct request *r)
{
    const struct gpu_resource *s = r->resource;
    struct gpu_cursor *c = &g->cursor;

    if (r->word[0] != 0)
        return refuse(r, ERR_INVALID_SCANOUT_ID, "there is only scanout 0");
    if (s != NULL && (s->width != GPU_CURSOR || s->height != GPU_CURSOR))
        return refuse(r, ERR_INVALID_PARAMETER, "a cursor is 64x64");
    draw_cursor(g, false);
    if (r->command->resource >= 0) {    /* UPDATE_CURSOR, not only MOVE_CURSOR */
        c->shown = s != NULL;
        c->hot_x = r->word[5];
        c->hot_y = r->word[6];
    }
    if (s != NULL)
        load_cursor(c, s);
    c->x = (int64_t)(int32_t)r->word[1] - c->hot_x;
    c->y = (int64_t)(int32_t)r->word[2] - c->hot_y;
    draw_cursor(g, true);
    tell_screen(g, &(struct gpu_rect){ 0, 0, g->frame.width, g->frame.height });
    return OK_NODATA;
}

/* ---- The table ----------------------------------------------------------------------------- */

static const struct command commands[] = {
    { CONTROL, 0x100, "GET_DISPLAY_INFO", "", 0, -1, false, INFO_BYTES, on_display_info },
    { CONTROL, 0x101, "RESOURCE_CREATE_2D", " $0, $2x$3, format $1", 4, -1, false, 0, on_create },
    { CONTROL, 0x102, "RESOURCE_UNREF", " $0", 2, 0, false, 0, on_unref },
    { CONTROL, 0x103, "SET_SCANOUT", " $4 to resource $5, $2x$3 at $0,$1", 6, 5, true, 0,
      on_set_scanout },
    { CONTROL, 0x104, "RESOURCE_FLUSH", " $4, $2x$3 at $0,$1", 6, 4, false, 0, on_flush },
    { CONTROL, 0x105, "TRANSFER_TO_HOST_2D", " $6, $2x$3 at $0,$1 from offset $4", 8, 6, false, 0,
      on_transfer },
    { CONTROL, 0x106, "RESOURCE_ATTACH_BACKING", " $0, pieces: $1", 2, 0, false, 0, on_attach },
    { CONTROL, 0x107, "RESOURCE_DETACH_BACKING", " $0", 2, 0, false, 0, on_detach },
    { CONTROL, 0x10a, "GET_EDID", " $0", 2, -1, false, EDID_ANSWER, on_edid },
    { CURSOR,  0x300, "UPDATE_CURSOR", " to resource $4 at $1,$2", 8, 4, true, 0, on_cursor },
    { CURSOR,  0x301, "MOVE_CURSOR", " to $1,$2", 8, -1, false, 0, on_cursor },
};

static const struct command *find_command(unsigned queue, uint32_t type)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (commands[i].queue == queue && commands[i].type == type)
            return &commands[i];
    return NULL;
}

/* ---- What is said about it ----------------------------------------------------------------- */

static const char *response_name(enum response response)
{
    static const char *const errors[] = {
        "ERR_UNSPEC", "ERR_OUT_OF_MEMORY", "ERR_INVALID_SCANOUT_ID", "ERR_INVALID_RESOURCE_ID",
        "ERR_INVALID_CONTEXT_ID", "ERR_INVALID_PARAMETER"
    };

    return response >= ERR_UNSPEC ? errors[response - ERR_UNSPEC]
         : response == OK_NODATA ? "OK_NODATA"
         : response == OK_EDID ? "OK_EDID" : "OK_DISPLAY_INFO";
}

/* The command as a sentence, made from its text in the table. */
static void describe(const struct request *r, uint32_t type, char *text, size_t room)
{
    const char *p = r->command != NULL ? r->command->text : "";
    int n = r->command != NULL ? snprintf(text, room, "%s", r->command->name)
                               : snprintf(text, room, "command 0x%x", type);

    for (; *p != 0; p++)
        n += *p == '$' ? snprintf(text + n, room - (size_t)n, "%u", r->word[*++p - '0'])
                       : snprintf(text + n, room - (size_t)n, "%c", *p);
}

static void tell(struct gpu *g, unsigned queue, const struct request *r, uint32_t type,
                 enum response response)
{
    const char *section = queue == CONTROL ? "5.7.6.8" : "5.7.6.10";
    char text[200];                     /* has room for the longest text of the table */

    describe(r, type, text, sizeof text);
    if (r->fault != NULL)
        vdev_fault(&g->vdev, "%s: %s [%s]", text, r->fault, section);
    report_trace("gpu_command", "%s: %s -> %s", g->vdev.name, text, response_name(response));
    if (!g->told)
        report_story(g->vdev.name, section, response_name(response), "%s", text);
    g->told = g->frame.whole;
}

/* ---- From request to response -------------------------------------------------------------- */

/* What is checked for all commands alike, then the command's own part. */
static enum response perform(struct gpu *g, struct request *r)
{
    const struct command *c = r->command;
    const struct chain *chain = &g->chain;
    const uint32_t id = c != NULL && c->resource >= 0 ? r->word[c->resource] : 0;

    if (chain->readable_bytes < HEADER)
        return refuse(r, ERR_UNSPEC, "its header is not whole");
    if (c == NULL)
        return refuse(r, ERR_UNSPEC, "this queue knows no such command");
    if (chain->readable_bytes < HEADER + 4 * c->words)
        return refuse(r, ERR_INVALID_PARAMETER, "it is shorter than its structure");
    if (chain->writable_bytes > 0 && chain->writable_bytes < HEADER + c->answer)
        return refuse(r, ERR_UNSPEC, "its response has no room");
    r->resource = id != 0 ? find_resource(g, id) : NULL;
    if (c->resource >= 0 && r->resource == NULL && (id != 0 || !c->or_none))
        return refuse(r, ERR_INVALID_RESOURCE_ID, "there is no such resource");
    return c->run(g, r);
}

/* The response repeats the request's fence: so the driver knows that the work is done, and we do
 * not answer before it is. [5.7.6.7] */
static uint32_t respond(struct gpu *g, const uint8_t *request, const struct request *r,
                        enum response response)
{
    const uint32_t flags = load_le32(request + FLAGS);
    uint8_t header[HEADER] = { 0 };
    size_t written;

    store_le32(header + TYPE, response);
    if (flags & FLAG_FENCE) {
        store_le32(header + FLAGS, flags & (FLAG_FENCE | FLAG_RING_INDEX));
        memcpy(header + FENCE_ID, request + FENCE_ID, HEADER - FENCE_ID);
    }
    written = chain_write(&g->chain, 0, header, sizeof header);
    if (response < ERR_UNSPEC)
        written += chain_write(&g->chain, HEADER, r->answer, r->command->answer);
    return (uint32_t)written;
}

static void serve(struct gpu *g, unsigned queue)
{
    uint8_t bytes[HEADER + 4 * WORDS] = { 0 };
    struct request r = { 0 };
    enum response response;

    if (queue == CONTROL && g->chain.writable_bytes < HEADER) {
        vdev_broken(&g->vdev, "a command without room for the header of its response [5.7.6.7]");
        return;
    }
    chain_read(&g->chain, 0, bytes, sizeof bytes);
    r.command = find_command(queue, load_le32(bytes + TYPE));
    if (g->mute && r.command != NULL && r.command->run == on_display_info) {
        g->mute = false;
        report_story(g->vdev.name, "5.7.6.8", "no answer", "%s", r.command->name);
        return;
    }
    for (unsigned i = 0; i < WORDS; i++)
        r.word[i] = load_le32(bytes + HEADER + 4 * i);
    r.rect = (struct gpu_rect){ r.word[0], r.word[1], r.word[2], r.word[3] };
    response = perform(g, &r);
    tell(g, queue, &r, load_le32(bytes + TYPE), response);
    virtqueue_done(&g->vdev, queue, &g->chain, respond(g, bytes, &r, response));
}

/* ---- The device ---------------------------------------------------------------------------- */

static void notified(struct vdev *d, unsigned queue)
{
    struct gpu *g = (struct gpu *)d;

    while (virtqueue_next(d, queue, &g->chain))
        serve(g, queue);
}

static void reset(struct vdev *d)
{
    struct gpu *g = (struct gpu *)d;

    g->shown = 0;                       /* nobody is told */
    scanout_off(g);
    for (unsigned i = 0; i < GPU_RESOURCES; i++)
        destroy(g, &g->resource[i]);
    g->cursor.shown = g->told = false;
    store_le32(d->config + EVENTS_READ, 0);
}

/* A one written into events_clear clears the bit in events_read. [5.7.4.1] */
static void config_written(struct vdev *d, unsigned offset, unsigned width, uint32_t value)
{
    (void)width;
    if (offset == EVENTS_CLEAR)
        store_le32(d->config + EVENTS_READ, load_le32(d->config + EVENTS_READ) & ~value);
}

static const struct vdev_kind kind = {
    .name = "gpu", .id = 16, .pci_class = 0x038000, .queues = QUEUES, .queue_max = 256,
    .features = GPU_EDID, .feature = { [1] = "EDID" }, .config_bytes = CONFIG_BYTES,
    .reset = reset, .notified = notified, .config_written = config_written
};

void gpu_init(struct gpu *g, const char *name, struct guest_memory *memory, unsigned width,
              unsigned height, const struct gpu_screen *screen)
{
    memset(g, 0, sizeof *g);
    vdev_init(&g->vdev, &kind, name, memory);
    g->width = width;
    g->height = height;
    if (screen != NULL)
        g->screen = *screen;
    store_le32(g->vdev.config + NUM_SCANOUTS, GPU_SCANOUTS);
}

void gpu_destroy(struct gpu *g)
{
    reset(&g->vdev);
}

void gpu_resize(struct gpu *g, unsigned width, unsigned height)
{
    width = most(least(width, GPU_MAX_SIDE), 1);
    height = most(least(height, GPU_MAX_SIDE), 1);
    if (width == g->width && height == g->height)
        return;
    g->width = width;
    g->height = height;
    store_le32(g->vdev.config + EVENTS_READ, EVENT_DISPLAY);
    vdev_config_changed(&g->vdev);
}

bool gpu_frame(const struct gpu *g, struct gpu_frame *frame)
{
    *frame = g->frame;
    return g->shown != 0;
}

const char *gpu_no_picture(const struct gpu *g)
{
    return !g->ever_set ? "the guest never set a scanout (SET_SCANOUT, [5.7.6.8])"
         : g->shown == 0 ? "the guest switched its scanout off, or reset the device"
         : g->frame.number == 0 ? "a scanout was set, but no RESOURCE_FLUSH followed [5.7.6.8]"
         : !g->frame.whole ? "no RESOURCE_FLUSH covered the whole scanout [5.7.6.8]" : NULL;
}
