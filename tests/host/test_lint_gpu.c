/* Rules of lint/gpu.c: each is broken once, and named. */
#include "tests/host/craft.h"

#include <string.h>

enum { WIDTH = 64, HEIGHT = 48, PIXELS = CRAFT_BUFFERS + 0x10000, ANSWER = 24 };
enum { INFO = 0x100, CREATE, UNREF, SCANOUT, FLUSH, TRANSFER, ATTACH, DETACH, GET_EDID = 0x10a,
       UPDATE = 0x300, MOVE };
enum { F_VIRGL = 1, F_EDID = 2, F_CONTEXT_INIT = 16, FENCE = 1, RING_IDX = 2 };
enum { EVENTS_READ = 0, EVENTS_CLEAR = 4, EVENT_DISPLAY = 1 };

/* ---- Commands, as they should be ---- */

/* The words behind a header of 24 bytes of a command; what is not given is 0. */
typedef uint32_t words[8];

static void send(struct craft *c, uint32_t type, uint32_t flags, uint32_t fence, const words w,
                 uint32_t bytes, uint32_t room)
{
    uint8_t *at = craft_at(c, CRAFT_BUFFERS);
    unsigned i;

    memset(at, 0, 64);
    store_le32(at, type);
    store_le32(at + 4, flags);
    store_le32(at + 8, fence);
    for (i = 0; i < 8; i++)
        store_le32(at + 24 + 4 * i, w[i]);
    craft_send(c, type >> 8 == 3 ? 1 : 0, bytes, room);
}

static void command(struct craft *c, uint32_t type, const words w, uint32_t bytes)
{
    send(c, type, 0, 0, w, bytes, ANSWER);
}

static void info(struct craft *c)
{
    send(c, INFO, 0, 0, (words){0}, 24, 408);
}

static void create_as(struct craft *c, uint32_t id, uint32_t format, uint32_t width,
                      uint32_t height)
{
    command(c, CREATE, (words){id, format, width, height}, 40);
}

static void create(struct craft *c, uint32_t id)
{
    create_as(c, id, 2, WIDTH, HEIGHT);
}

static void attach_at(struct craft *c, uint32_t id, uint64_t address, uint32_t bytes)
{
    command(c, ATTACH, (words){id, 1, (uint32_t)address, (uint32_t)(address >> 32), bytes}, 48);
}

static void attach(struct craft *c, uint32_t id)
{
    attach_at(c, id, PIXELS, 4 * WIDTH * HEIGHT);
}

static void scanout(struct craft *c, uint32_t number, uint32_t id, uint32_t width)
{
    command(c, SCANOUT, (words){0, 0, width, HEIGHT, number, id}, 48);
}

static void transfer(struct craft *c, uint32_t id, uint32_t x, uint32_t y, uint32_t width,
                     uint32_t height)
{
    command(c, TRANSFER, (words){x, y, width, height, 4 * (y * WIDTH + x), 0, id}, 56);
}

static void flush(struct craft *c, uint32_t id, uint32_t x, uint32_t y, uint32_t width,
                  uint32_t height)
{
    command(c, FLUSH, (words){x, y, width, height, id}, 48);
}

static void of_one(struct craft *c, uint32_t type, uint32_t id)
{
    command(c, type, (words){id}, 32);
}

/* A device that was asked for its displays, and a resource with its backing. */
static void begin(struct craft *c)
{
    craft_up(c, 0);
    info(c);
    create(c, 1);
    attach(c, 1);
}

static void show(struct craft *c)
{
    begin(c);
    scanout(c, 0, 1, WIDTH);
    transfer(c, 1, 0, 0, WIDTH, HEIGHT);
    flush(c, 1, 0, 0, WIDTH, HEIGHT);
}

static void make_cursor(struct craft *c, uint32_t height, uint32_t flags)
{
    craft_up(c, 0);
    create_as(c, 1, 1, 64, height);
    attach_at(c, 1, PIXELS, 4 * 64 * 64);
    send(c, TRANSFER, flags, flags ? 7 : 0, (words){0, 0, 64, height, 0, 0, 1}, 56, ANSWER);
}

static void cursor(struct craft *c, uint32_t type, uint32_t id, uint32_t hot)
{
    command(c, type, (words){0, 5, 6, 0, id, hot, hot}, 56);
}

/* ---- All right ---- */

static void a_picture(struct craft *c)
{
    show(c);
    transfer(c, 1, 8, 8, 4, 4);
    flush(c, 1, 8, 8, 4, 4);
    scanout(c, 0, 0, 0);
    of_one(c, DETACH, 1);
    attach(c, 1);
    transfer(c, 1, 0, 0, 1, 1);
    of_one(c, UNREF, 1);
    create(c, 1);
}

static void two_in_turn(struct craft *c)
{
    unsigned i;

    show(c);
    create(c, 2);
    attach(c, 2);
    transfer(c, 2, 0, 0, WIDTH, HEIGHT / 2);
    transfer(c, 2, 0, HEIGHT / 2, WIDTH, HEIGHT / 2);
    for (i = 0; i < 4; i++) {
        scanout(c, 0, 1 + i % 2, WIDTH);
        flush(c, 1 + i % 2, 0, 0, WIDTH, HEIGHT);
    }
    scanout(c, 0, 2, WIDTH);
    of_one(c, UNREF, 1);
}

static void a_cursor(struct craft *c)
{
    make_cursor(c, 64, FENCE);
    cursor(c, UPDATE, 1, 3);
    cursor(c, MOVE, 1, 3);
    cursor(c, MOVE, 0, 0);
    cursor(c, UPDATE, 0, 0);
}

/* What was shown once may lose its backing. */
static void shown_again_without_backing(struct craft *c)
{
    show(c);
    of_one(c, DETACH, 1);
    scanout(c, 0, 0, 0);
    scanout(c, 0, 1, WIDTH);
}

static void more_than_there_is_room_for(struct craft *c)
{
    uint32_t id;

    craft_up(c, 0);
    for (id = 1; id < 80; id++)
        create_as(c, id, 2, 1, 1);
    attach(c, 79);
}

static void refused_and_mended(struct craft *c)
{
    craft_up(c, 0);
    create_as(c, 1, 2, 9000, 9000);
    of_one(c, UNREF, 1);
    create(c, 1);
    attach(c, 1);
}

static void gpu_event(struct craft *c)
{
    gpu_resize(&c->o.gpu[0], 800, 600);
    craft_get(c, REG_STATUS);
    craft_get(c, REG_GENERATION);
    craft_get_config(c, EVENTS_READ, 4);
    craft_get(c, REG_GENERATION);
}

static void flush_for_a_second(struct craft *c)
{
    unsigned i;

    for (i = 0; i < 60; i++)
        flush(c, 1, 0, 0, WIDTH, HEIGHT);
}

static void event_of_a_display(struct craft *c)
{
    show(c);
    gpu_event(c);
    info(c);
    craft_set_config(c, EVENTS_CLEAR, 4, EVENT_DISPLAY);
    flush_for_a_second(c);
}

static void edid(struct craft *c)
{
    craft_up(c, F_EDID);
    info(c);
    send(c, GET_EDID, 0, 0, (words){0}, 32, 1056);
    create(c, 1);
    attach(c, 1);
    scanout(c, 0, 1, WIDTH);
}

/* ---- Queues, configuration, displays ---- */

static void cursor_in_control(struct craft *c)
{
    const uint32_t all[14] = {UPDATE};

    craft_up(c, 0);
    craft_command(c, all, 14, ANSWER);
}

static void half_a_field(struct craft *c)
{
    craft_up(c, 0);
    craft_get(c, REG_GENERATION);
    craft_get_config(c, 8, 2);
    craft_get(c, REG_GENERATION);
}

static void writes_events(struct craft *c)
{
    craft_up(c, 0);
    craft_set_config(c, EVENTS_READ, 4, 0);
}

static void clears_what_is_not_set(struct craft *c)
{
    craft_up(c, 0);
    craft_set_config(c, EVENTS_CLEAR, 4, EVENT_DISPLAY);
}

static void never_clears(struct craft *c)
{
    show(c);
    gpu_event(c);
    info(c);
}

static void second_scanout(struct craft *c)
{
    begin(c);
    scanout(c, 1, 1, WIDTH);
}

static void edid_of_second(struct craft *c)
{
    craft_up(c, F_EDID);
    send(c, GET_EDID, 0, 0, (words){1}, 32, 1056);
}

static void event_forgotten(struct craft *c)
{
    show(c);
    gpu_event(c);
    craft_set_config(c, EVENTS_CLEAR, 4, EVENT_DISPLAY);
    flush_for_a_second(c);
}

static void event_without_edid(struct craft *c)
{
    edid(c);
    transfer(c, 1, 0, 0, WIDTH, HEIGHT);
    gpu_event(c);
    info(c);
    craft_set_config(c, EVENTS_CLEAR, 4, EVENT_DISPLAY);
    flush_for_a_second(c);
}

static void unasked(struct craft *c)
{
    craft_up(c, 0);
    create(c, 1);
    attach(c, 1);
    scanout(c, 0, 1, WIDTH);
}

static void no_edid(struct craft *c)
{
    craft_up(c, F_EDID);
    info(c);
    create(c, 1);
    attach(c, 1);
    scanout(c, 0, 1, WIDTH);
}

/* ---- A picture ---- */

static void no_backing(struct craft *c)
{
    craft_up(c, 0);
    create(c, 1);
    transfer(c, 1, 0, 0, WIDTH, HEIGHT);
}

static void not_created(struct craft *c)
{
    craft_up(c, 0);
    attach(c, 3);
}

static void shown_without_backing(struct craft *c)
{
    craft_up(c, 0);
    info(c);
    create(c, 1);
    scanout(c, 0, 1, WIDTH);
}

/* The device refuses that; whoever shows it may not know yet. */
static void beyond_ram(struct craft *c)
{
    craft_up(c, 0);
    info(c);
    create(c, 1);
    attach_at(c, 1, 0x3f000000, 4 * WIDTH * HEIGHT);
    scanout(c, 0, 1, WIDTH);
}

static void flush_comes_first(struct craft *c)
{
    begin(c);
    scanout(c, 0, 1, WIDTH);
    flush(c, 1, 0, 0, WIDTH, HEIGHT);
    transfer(c, 1, 0, 0, WIDTH, HEIGHT);
}

static void flushes_more(struct craft *c)
{
    begin(c);
    scanout(c, 0, 1, WIDTH);
    transfer(c, 1, 0, 0, WIDTH, 8);
    transfer(c, 1, 0, 8, WIDTH, 8);
    flush(c, 1, 0, 0, WIDTH, 17);
}

static void half_a_cursor(struct craft *c)
{
    make_cursor(c, 32, FENCE);
    cursor(c, UPDATE, 1, 0);
}

static void cursor_unfenced(struct craft *c)
{
    make_cursor(c, 64, 0);
    cursor(c, UPDATE, 1, 0);
}

/* ---- Requests ---- */

static void short_header(struct craft *c)
{
    craft_up(c, 0);
    send(c, INFO, 0, 0, (words){0}, 20, 408);
}

static void unknown_type(struct craft *c)
{
    craft_up(c, 0);
    send(c, 0x10e, 0, 0, (words){0}, 24, ANSWER);
}

/* The device cannot answer that, and asks for a reset. */
static void offer_two(struct craft *c, unsigned first, unsigned second)
{
    const uint64_t table = craft_area(0, CRAFT_TABLE);

    craft_up(c, 0);
    store_le32(craft_at(c, CRAFT_BUFFERS), INFO);
    store_le32(craft_at(c, CRAFT_BUFFERS + 512), INFO);
    craft_describe(c, table, 0, CRAFT_BUFFERS, first & CRAFT_WRITE ? 408 : 24,
                   first | CRAFT_NEXT, 1);
    craft_describe(c, table, 1, CRAFT_BUFFERS + 512, 24, second, 0);
    craft_offer(c, 0, 0);
    craft_notify(c, 0);
    craft_reset(c);
}

static void no_room(struct craft *c)
{
    offer_two(c, 0, 0);
}

static void room_comes_first(struct craft *c)
{
    offer_two(c, CRAFT_WRITE, 0);
}

static void a_third_flag(struct craft *c)
{
    craft_up(c, 0);
    send(c, INFO, 4, 0, (words){0}, 24, 408);
}

static void ring_without_contexts(struct craft *c)
{
    craft_up(c, 0);
    send(c, INFO, RING_IDX, 0, (words){0}, 24, 408);
}

static void goes_on_after_a_refusal(struct craft *c)
{
    craft_up(c, 0);
    create_as(c, 1, 2, 9000, 9000);
    attach(c, 1);
}

static void a_context_without_virgl(struct craft *c)
{
    uint8_t *at = craft_at(c, CRAFT_BUFFERS);

    craft_up(c, 0);
    memset(at, 0, 24);
    store_le32(at, INFO);
    store_le32(at + 16, 1);             /* ctx_id */
    craft_send(c, 0, 24, 408);
}

static void fence_id_alone(struct craft *c)
{
    craft_up(c, 0);
    send(c, INFO, 0, 9, (words){0}, 24, 408);
}

static void padding(struct craft *c)
{
    begin(c);
    command(c, UNREF, (words){1, 0xdead}, 32);
}

static void padding_of_an_entry(struct craft *c)
{
    craft_up(c, 0);
    create(c, 1);
    command(c, ATTACH, (words){1, 1, PIXELS, 0, 4 * WIDTH * HEIGHT, 1}, 48);
}

static void ring_of_contexts(struct craft *c, uint32_t ring)
{
    const uint32_t header[6] = {INFO, RING_IDX, 0, 0, 0, ring};

    c->o.gpu[0].vdev.offered |= F_VIRGL | F_CONTEXT_INIT;
    craft_up(c, F_VIRGL | F_CONTEXT_INIT);
    craft_command(c, header, 6, 408);
}

static void ring_64(struct craft *c)
{
    ring_of_contexts(c, 64);
}

static void ring_63(struct craft *c)
{
    ring_of_contexts(c, 63);
}

/* ---- Lengths ---- */

static void info_is_long(struct craft *c)
{
    craft_up(c, 0);
    send(c, INFO, 0, 0, (words){0}, 28, 408);
}

static void info_has_no_room(struct craft *c)
{
    craft_up(c, 0);
    send(c, INFO, 0, 0, (words){0}, 24, 384);
}

static void create_is_short(struct craft *c)
{
    craft_up(c, 0);
    command(c, CREATE, (words){1, 2, WIDTH, HEIGHT}, 36);
}

static void unref_is_short(struct craft *c)
{
    begin(c);
    command(c, UNREF, (words){1}, 28);
}

static void scanout_is_short(struct craft *c)
{
    begin(c);
    command(c, SCANOUT, (words){0, 0, WIDTH, HEIGHT, 0, 1}, 44);
}

static void flush_is_short(struct craft *c)
{
    show(c);
    command(c, FLUSH, (words){0, 0, 1, 1, 1}, 44);
}

static void transfer_is_short(struct craft *c)
{
    begin(c);
    command(c, TRANSFER, (words){0, 0, 1, 1, 0, 0, 1}, 52);
}

static void attach_is_short(struct craft *c)
{
    craft_up(c, 0);
    create(c, 1);
    command(c, ATTACH, (words){1, 2, PIXELS, 0, 4 * WIDTH * HEIGHT}, 48);
}

static void detach_is_short(struct craft *c)
{
    begin(c);
    command(c, DETACH, (words){1}, 28);
}

static void edid_has_no_room(struct craft *c)
{
    craft_up(c, F_EDID);
    send(c, GET_EDID, 0, 0, (words){0}, 32, 1000);
}

static void cursor_is_short(struct craft *c)
{
    make_cursor(c, 64, FENCE);
    command(c, UPDATE, (words){0, 5, 6, 0, 1}, 52);
}

static void cursor_has_no_room(struct craft *c)
{
    make_cursor(c, 64, FENCE);
    send(c, UPDATE, 0, 0, (words){0, 5, 6, 0, 1}, 56, 0);
}

/* ---- What the commands say ---- */

static void number_0(struct craft *c)
{
    craft_up(c, 0);
    create(c, 0);
}

static void number_twice(struct craft *c)
{
    begin(c);
    create(c, 1);
}

static void format_5(struct craft *c)
{
    craft_up(c, 0);
    create_as(c, 1, 5, WIDTH, HEIGHT);
}

static void after_unref(struct craft *c)
{
    begin(c);
    of_one(c, UNREF, 1);
    transfer(c, 1, 0, 0, WIDTH, HEIGHT);
}

static void wider_than_the_resource(struct craft *c)
{
    begin(c);
    scanout(c, 0, 1, WIDTH + 1);
}

static void shown_and_released(struct craft *c)
{
    show(c);
    of_one(c, UNREF, 1);
}

static void flushes_outside(struct craft *c)
{
    show(c);
    flush(c, 1, 1, 0, WIDTH, HEIGHT);
}

static void transfers_outside(struct craft *c)
{
    begin(c);
    transfer(c, 1, 0, HEIGHT, 1, UINT32_MAX);
}

static void offset_0(struct craft *c)
{
    begin(c);
    command(c, TRANSFER, (words){8, 8, 4, 4, 0, 0, 1}, 56);
}

static void a_row_is_missing(struct craft *c)
{
    craft_up(c, 0);
    create(c, 1);
    attach_at(c, 1, PIXELS, 4 * WIDTH * (HEIGHT - 1));
    transfer(c, 1, 0, 0, WIDTH, HEIGHT);
}

static void responses_among_pixels(struct craft *c)
{
    craft_up(c, 0);
    create(c, 1);
    attach_at(c, 1, CRAFT_BUFFERS, 4 * WIDTH * HEIGHT);
    transfer(c, 1, 0, 0, WIDTH, HEIGHT);
}

static void after_detach(struct craft *c)
{
    begin(c);
    of_one(c, DETACH, 1);
    transfer(c, 1, 0, 0, WIDTH, HEIGHT);
}

static void edid_not_accepted(struct craft *c)
{
    craft_up(c, 0);
    send(c, GET_EDID, 0, 0, (words){0}, 32, 1056);
}

static void moves_to_another_image(struct craft *c)
{
    make_cursor(c, 64, FENCE);
    cursor(c, UPDATE, 1, 0);
    cursor(c, MOVE, 2, 0);
}

static void goes_on_after_a_reset(struct craft *c)
{
    unsigned i;

    show(c);
    craft_begin(c);
    craft_features(c, 0);
    for (i = 0; i < 2; i++)
        craft_queue(c, i, CRAFT_SIZE);
    craft_ready(c);
    transfer(c, 1, 0, 0, WIDTH, HEIGHT);
}

/* ---- The table ---- */

#define SILENT(name, run) { NULL, name, A_GPU, ON_BOTH, run, NULL, false }
#define ROW(id, name, run, also) { id, name, A_GPU, ON_BOTH, run, also, false }

static const struct craft_row rows[] = {
    SILENT("a picture, parts of it, and away with it", a_picture),
    SILENT("two resources in turn", two_in_turn),
    SILENT("a picture without backing, from before", shown_again_without_backing),
    SILENT("a cursor", a_cursor),
    SILENT("a refused resource is made again", refused_and_mended),
    SILENT("an event is answered, and cleared afterwards", event_of_a_display),
    SILENT("EDID", edid),
    SILENT("ring_idx 63 of a context", ring_63),

    ROW("INF-GPU-01", "UPDATE_CURSOR in queue 0", cursor_in_control, NULL),
    /* Each transport asks for the width of fields, whoever they belong to. */
    { "INF-GPU-04", "num_scanouts read with 16 bits", A_GPU, ON_PCI, half_a_field, "PCI-06",
      false },
    { "INF-GPU-04", "num_scanouts read with 16 bits", A_GPU, ON_MMIO, half_a_field, "MMIO-07",
      false },
    ROW("INF-GPU-05", "0 written to events_read", writes_events, NULL),
    ROW("INF-GPU-06", "an event cleared that is not there", clears_what_is_not_set, NULL),
    ROW("INF-GPU-06", "an event read and never cleared", never_clears, NULL),
    /* The bound is also said of each command that names a scanout. */
    ROW("INF-GPU-07", "SET_SCANOUT of scanout 1", second_scanout, "INF-GPU-38"),
    ROW("INF-GPU-07", "GET_EDID of scanout 1", edid_of_second, NULL),
    ROW("INF-GPU-08", "the display changed, nobody asks how", event_forgotten, NULL),
    ROW("INF-GPU-09", "the display changed, nobody asks for its EDID", event_without_edid, NULL),
    ROW("INF-GPU-10", "a scanout, unasked", unasked, NULL),
    ROW("INF-GPU-12", "a scanout, and EDID unasked", no_edid, NULL),
    ROW("INF-GPU-14", "a transfer without backing", no_backing, NULL),
    ROW("INF-GPU-15", "backing for what was never created", not_created, NULL),
    ROW("INF-GPU-15", "a scanout before there was any backing", shown_without_backing, NULL),
    ROW("INF-GPU-16", "an entry below RAM", beyond_ram, NULL),
    ROW("INF-GPU-17", "a flush before the transfer", flush_comes_first, NULL),
    ROW("INF-GPU-17", "a flush of a row too many", flushes_more, NULL),
    ROW("INF-GPU-20", "a cursor of 64x32", half_a_cursor, NULL),
    ROW("INF-GPU-21", "a cursor without a fence", cursor_unfenced, NULL),
    /* A chain as short as that is told of its queue, too. */
    ROW("INF-GPU-22", "a header of 20 bytes", short_header, "INF-SPLIT-26"),
    ROW("INF-GPU-22", "type 0x10e", unknown_type, NULL),
    /* So it is of one without room; and GET_DISPLAY_INFO has lengths of its own. */
    ROW("INF-GPU-23", "no room for a response", no_room, "INF-SPLIT-26 INF-GPU-31"),
    /* That order is asked of all chains. */
    ROW("INF-GPU-24", "the room before the request", room_comes_first, "QUEUE-04"),
    ROW("INF-GPU-25", "flags 4", a_third_flag, NULL),
    ROW("INF-GPU-25", "INFO_RING_IDX without CONTEXT_INIT", ring_without_contexts, NULL),
    ROW("INF-GPU-26", "a resource that was refused gets backing", goes_on_after_a_refusal, NULL),
    ROW("INF-GPU-26", "a resource more than the device takes", more_than_there_is_room_for, NULL),
    ROW("INF-GPU-29", "fence_id without FENCE", fence_id_alone, NULL),
    ROW("INF-GPU-29", "a context without VIRGL", a_context_without_virgl, NULL),
    ROW("INF-GPU-29", "RESOURCE_UNREF's padding", padding, NULL),
    ROW("INF-GPU-29", "an entry's padding", padding_of_an_entry, NULL),
    ROW("INF-GPU-30", "ring_idx 64", ring_64, NULL),
    ROW("INF-GPU-31", "GET_DISPLAY_INFO of 28 bytes", info_is_long, NULL),
    ROW("INF-GPU-31", "GET_DISPLAY_INFO with room for 15 displays", info_has_no_room, NULL),
    ROW("INF-GPU-33", "RESOURCE_CREATE_2D of 36 bytes", create_is_short, NULL),
    ROW("INF-GPU-34", "resource 0", number_0, NULL),
    ROW("INF-GPU-34", "resource 1, twice", number_twice, NULL),
    ROW("INF-GPU-35", "format 5", format_5, NULL),
    ROW("INF-GPU-36", "RESOURCE_UNREF of 28 bytes", unref_is_short, NULL),
    ROW("INF-GPU-36", "a transfer after RESOURCE_UNREF", after_unref, NULL),
    ROW("INF-GPU-37", "SET_SCANOUT of 44 bytes", scanout_is_short, NULL),
    ROW("INF-GPU-38", "SET_SCANOUT of scanout 1", second_scanout, "INF-GPU-07"),
    ROW("INF-GPU-39", "a scanout wider than its resource", wider_than_the_resource, NULL),
    ROW("INF-GPU-40", "a resource released while it is shown", shown_and_released, NULL),
    ROW("INF-GPU-41", "RESOURCE_FLUSH of 44 bytes", flush_is_short, NULL),
    ROW("INF-GPU-41", "a flush beyond the resource", flushes_outside, NULL),
    ROW("INF-GPU-42", "TRANSFER_TO_HOST_2D of 52 bytes", transfer_is_short, NULL),
    ROW("INF-GPU-42", "a transfer beyond the resource", transfers_outside, NULL),
    ROW("INF-GPU-43", "offset 0 for pixel 8,8", offset_0, NULL),
    ROW("INF-GPU-44", "two entries announced, one there", attach_is_short, NULL),
    ROW("INF-GPU-45", "a backing without the last row", a_row_is_missing, NULL),
    ROW("INF-GPU-46", "responses in the backing", responses_among_pixels, NULL),
    ROW("INF-GPU-47", "RESOURCE_DETACH_BACKING of 28 bytes", detach_is_short, NULL),
    ROW("INF-GPU-47", "a transfer after RESOURCE_DETACH_BACKING", after_detach, NULL),
    ROW("INF-GPU-48", "GET_EDID without the feature", edid_not_accepted, NULL),
    ROW("INF-GPU-48", "GET_EDID with room for 1000 bytes", edid_has_no_room, NULL),
    ROW("INF-GPU-63", "UPDATE_CURSOR of 52 bytes", cursor_is_short, NULL),
    ROW("INF-GPU-64", "MOVE_CURSOR to another image", moves_to_another_image, NULL),
    ROW("INF-GPU-65", "UPDATE_CURSOR without room", cursor_has_no_room, NULL),
    ROW("INF-GPU-66", "a resource from before the reset", goes_on_after_a_reset, NULL),
};

int main(void)
{
    tap_begin(60);
    craft_play(rows, sizeof rows / sizeof *rows);
    return tap_end();
}
