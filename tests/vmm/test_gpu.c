/* The gpu device, driven by hand: a driver of a screen writes commands into a ring, and what comes
 * back, what is seen and what is said is compared with what the specification wants. [5.7] */
#include "examples/vmm/devices/edid.h"
#include "examples/vmm/devices/gpu.h"
#include "tests/world/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The guest's side: memory, rings, a driver --------------------------------------------- */

#define RAM         UINT64_C(0x40000000)
#define RAM_BYTES   (24u << 20)
#define RINGS       RAM                         /* 0x4000 for each queue */
#define REQUEST     (RAM + 0x10000)
#define RESPONSE    (RAM + 0x80000)
#define PIXELS      (RAM + 0x100000)

enum { QUEUE = 256, UNUSED = 0xee };

static struct guest_memory memory;
static uint8_t *ram;
static struct gpu *gpu;
static uint16_t sent[2];

/* What the device said and showed. */
static unsigned faults, changes, offs, interrupts;
static char     fault[300], traced[300], story[2000];
static struct gpu_frame seen;
static struct gpu_rect  damage;

static void on_fault(void *context, const char *who, const char *text)
{
    (void)context;
    faults++;
    snprintf(fault, sizeof fault, "%s: %s", who, text);
}

static bool wants(void *context, const char *event)
{
    (void)context;
    return strcmp(event, "gpu_command") == 0;
}

static void on_trace(void *context, const char *event, const char *text)
{
    (void)context, (void)event;
    snprintf(traced, sizeof traced, "%s", text);
}

static void on_story(void *context, const char *who, const char *section, const char *driver,
                     const char *answer)
{
    size_t n = strlen(story);

    (void)context, (void)who;
    if (strncmp(section, "5.7", 3) == 0)
        snprintf(story + n, sizeof story - n, "[%s] %s / %s\n", section, driver, answer);
}

static void on_change(void *context, const struct gpu_frame *frame, const struct gpu_rect *part)
{
    (void)context;
    need((uint64_t)part->x + part->width <= frame->width
         && (uint64_t)part->y + part->height <= frame->height,
         "damage %ux%u at %u,%u of a frame of %ux%u", part->width, part->height, part->x, part->y,
         frame->width, frame->height);
    changes++;
    seen = *frame;
    damage = *part;
}

static void on_off(void *context)
{
    (void)context;
    offs++;
}

static void on_interrupt(struct vdev *d, int queue)
{
    (void)d;
    if (queue < 0)
        interrupts++;
}

static const struct gpu_screen screen = { NULL, on_change, on_off };

static uint8_t *at(uint64_t address)
{
    uint8_t *p = guest_range(&memory, address, 1);

    need(p != NULL, "0x%llx is no RAM", (unsigned long long)address);
    return p;
}

/* The steps of 3.1.1, as a driver takes them. */
static void bring_up(struct gpu *g, uint64_t features)
{
    struct vdev *d = &g->vdev;

    vdev_set_status(d, 0);
    vdev_set_status(d, STATUS_ACKNOWLEDGE);
    vdev_set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    vdev_accept(d, 0, (uint32_t)features);
    vdev_accept(d, 1, 1);
    vdev_set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
    for (unsigned q = 0; q < 2; q++) {
        uint64_t rings = RINGS + 0x4000 * q;

        memset(at(rings), 0, 0x4000);
        vdev_set_queue_size(d, q, QUEUE);
        vdev_set_queue_area(d, q, AREA_DESCRIPTORS, 0, (uint32_t)rings);
        vdev_set_queue_area(d, q, AREA_AVAILABLE, 0, (uint32_t)rings + 0x1000);
        vdev_set_queue_area(d, q, AREA_USED, 0, (uint32_t)rings + 0x2000);
        vdev_enable_queue(d, q);
        sent[q] = 0;
    }
    vdev_set_status(d, 15);
    need(vdev_is_live(d), "the device did not come up: %s", fault);
    d->interrupt = on_interrupt;
}

enum { EDID = 2 };

static void begin(void)
{
    memset(ram, UNUSED, 4 << 20);
    faults = changes = offs = interrupts = 0;
    fault[0] = traced[0] = story[0] = 0;
    memset(&seen, 0, sizeof seen);
    gpu_init(gpu, "gpu", &memory, 1280, 720, &screen);
    bring_up(gpu, EDID);
}

/* Bytes that the device holds for its guest. */
static uint64_t held(void)
{
    uint64_t bytes = gpu->frame.pixels != NULL ? gpu->frame.width * gpu->frame.height * 4 : 0;

    for (unsigned i = 0; i < GPU_RESOURCES; i++) {
        const struct gpu_resource *r = &gpu->resource[i];

        bytes += r->pixels != NULL ? (uint64_t)r->width * r->height * 4 : 0;
        bytes += r->backing != NULL ? r->pieces * sizeof *r->backing : 0;
    }
    return bytes;
}

static void end(void)
{
    gpu_destroy(gpu);
    need(held() == 0, "%llu bytes are still held", (unsigned long long)held());
}

static void descriptor(unsigned q, unsigned i, uint64_t address, uint32_t bytes, unsigned flags)
{
    uint8_t *d = at(RINGS + 0x4000 * q + 16 * i);

    store_le64(d, address);
    store_le32(d + 8, bytes);
    store_le16(d + 12, (uint16_t)flags);
    store_le16(d + 14, (uint16_t)(i + 1));
}

/* Sends the request that lies at REQUEST, in so many pieces, and returns how much was written into
 * the room at RESPONSE, or -1 if the request did not come back. */
static int send_to(unsigned q, uint32_t bytes, unsigned pieces, uint32_t room)
{
    uint8_t *rings = at(RINGS + 0x4000 * q);
    uint32_t done = 0;

    memset(at(RESPONSE), UNUSED, 2048);
    for (unsigned i = 0; i < pieces; i++) {
        uint32_t n = i + 1 < pieces ? bytes / pieces : bytes - done;

        descriptor(q, i, REQUEST + done, n, i + 1 < pieces || room > 0 ? 1 : 0);
        done += n;
    }
    if (room > 0)
        descriptor(q, pieces, RESPONSE, room, 2);
    store_le16(rings + 0x1000 + 4 + 2 * (sent[q] % QUEUE), 0);
    sent[q]++;
    store_le16(rings + 0x1000 + 2, sent[q]);
    vdev_notify(&gpu->vdev, q);
    if (load_le16(rings + 0x2000 + 2) != sent[q])
        return -1;
    return (int)load_le32(rings + 0x2000 + 4 + 8 * ((sent[q] - 1u) % QUEUE) + 4);
}

enum {
    INFO = 0x100, CREATE, UNREF, SCANOUT, FLUSH, TRANSFER, ATTACH, DETACH, GET_EDID = 0x10a,
    UPDATE = 0x300, MOVE = 0x301,
    OK = 0x1100, OK_INFO = 0x1101, OK_EDID = 0x1104, UNSPEC = 0x1200, NO_MEMORY, NO_SCANOUT,
    NO_RESOURCE, NO_CONTEXT, NO_PARAMETER
};

static void put_request(uint32_t type, const uint32_t *words, unsigned count)
{
    uint8_t *p = at(REQUEST);

    memset(p, 0, 24);
    store_le32(p, type);
    for (unsigned i = 0; i < count; i++)
        store_le32(p + 24 + 4 * i, words[i]);
}

static unsigned words_of(uint32_t type)
{
    switch (type) {
    case INFO: return 0;
    case CREATE: return 4;
    case SCANOUT: case FLUSH: return 6;
    case TRANSFER: case UPDATE: case MOVE: return 8;
    default: return 2;
    }
}

/* One command, its words behind the type; returns the type of the response. */
static uint32_t command(uint32_t type, const uint32_t *words)
{
    unsigned count = words_of(type);
    int written;

    put_request(type, words, count);
    written = send_to(type >= UPDATE, 24 + 4 * count, 1, 2000);
    need(written >= 24, "command 0x%x: %d bytes of response (%s)", type, written, fault);
    return load_le32(at(RESPONSE));
}

#define COMMAND(type, ...) command(type, (const uint32_t[8]){ __VA_ARGS__ })

#define GOOD(type, ...) \
    do { \
        uint32_t response_seen = COMMAND(type, __VA_ARGS__); \
        need(response_seen == OK, #type " " #__VA_ARGS__ ": 0x%x (%s)", response_seen, fault); \
    } while (0)

#define BAD(response, type, ...) \
    do { \
        unsigned faults_before = faults; \
        uint32_t response_seen = COMMAND(type, __VA_ARGS__); \
        need(response_seen == (response), #type " " #__VA_ARGS__ ": 0x%x, not 0x%x", \
             response_seen, (unsigned)(response)); \
        need(faults == faults_before + 1, #type " " #__VA_ARGS__ ": %u lines, at last %s", \
             faults - faults_before, fault); \
        gpu->vdev.faults = 0; \
    } while (0)

/* A backing in one piece, at PIXELS. */
static void attach(uint32_t id, uint32_t bytes)
{
    const uint32_t words[] = { id, 1, (uint32_t)PIXELS, 0, bytes, 0 };

    put_request(ATTACH, words, 6);
    need(send_to(0, 24 + 24, 1, 24) == 24 && load_le32(at(RESPONSE)) == OK, "ATTACH: %s", fault);
}

/* Resource `id` in BGRX, with a backing of its own size. */
static void make(uint32_t id, uint32_t width, uint32_t height)
{
    GOOD(CREATE, id, 2, width, height);
    attach(id, width * height * 4);
}

static void fill(uint32_t pixel, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        store_le32(at(PIXELS + 4 * i), pixel);
}

static uint32_t pixel_at(unsigned x, unsigned y)
{
    need(x < gpu->frame.width && y < gpu->frame.height, "no pixel %u,%u", x, y);
    return gpu->frame.pixels[y * gpu->frame.width + x];
}

/* ---- What a driver finds out first --------------------------------------------------------- */

static void display_info(void *unused)
{
    const uint8_t *p;

    (void)unused;
    begin();
    need(COMMAND(INFO, 0) == OK_INFO, "0x%x", load_le32(at(RESPONSE)));
    p = at(RESPONSE) + 24;
    need(load_le32(p) == 0 && load_le32(p + 4) == 0, "it is at %u,%u", load_le32(p),
         load_le32(p + 4));
    need(load_le32(p + 8) == 1280 && load_le32(p + 12) == 720, "it is %ux%u", load_le32(p + 8),
         load_le32(p + 12));
    need(load_le32(p + 16) == 1, "it is not enabled");
    for (unsigned i = 24; i < 384; i++)
        need(p[i] == 0, "byte %u of the other scanouts is 0x%02x", i, p[i]);
    need(p[384] == UNUSED, "something behind the response was written");
    need(send_to(0, 24, 1, 408) == 408, "its length is not 408");
    need(vdev_read_config(&gpu->vdev, 8, 4) == 1 && vdev_read_config(&gpu->vdev, 12, 4) == 0,
         "scanouts %u, capsets %u", vdev_read_config(&gpu->vdev, 8, 4),
         vdev_read_config(&gpu->vdev, 12, 4));
    end();
}

static void edid(void *unused)
{
    static const struct { unsigned width, height, told_width, told_height; } sizes[] = {
        { 1280, 720, 1280, 720 }, { 640, 480, 640, 480 }, { 3840, 2160, 3840, 2160 },
        { 16, 16, 16, 16 }, { 8192, 8192, 4095, 4095 }, { 1, 1, 1, 1 }
    };
    static const uint8_t start[] = { 0, 255, 255, 255, 255, 255, 255, 0 };

    (void)unused;
    begin();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint8_t *e = at(RESPONSE) + 32, *t = e + 54;
        unsigned sum = 0, width, height, clock, whole;

        gpu_resize(gpu, sizes[i].width, sizes[i].height);
        need(COMMAND(GET_EDID, 0) == OK_EDID, "0x%x", load_le32(at(RESPONSE)));
        need(load_le32(at(RESPONSE) + 24) == 128, "size %u", load_le32(at(RESPONSE) + 24));
        need(memcmp(e, start, 8) == 0 && e[18] == 1 && e[126] == 0, "this is no EDID 1.x");
        for (unsigned k = 0; k < 128; k++)
            sum += e[k];
        need(sum % 256 == 0, "its checksum is wrong by %u", sum % 256);
        width = t[2] | (t[4] & 0xf0u) << 4;
        height = t[5] | (t[7] & 0xf0u) << 4;
        clock = t[0] | (unsigned)t[1] << 8;
        whole = (width + (t[3] | (t[4] & 15u) << 8)) * (height + (t[6] | (t[7] & 15u) << 8));
        need(width == sizes[i].told_width && height == sizes[i].told_height,
             "it prefers %ux%u to %ux%u", width, height, sizes[i].told_width, sizes[i].told_height);
        need(clock == 65535 || (clock * 10000 <= whole * 60 && (clock + 60) * 10000 >= whole * 60),
             "a clock of %u0 kHz for %u pixels 60 times a second", clock, whole);
    }
    need(send_to(0, 32, 1, 1056) == 1056, "its length is not 1056");
    BAD(NO_SCANOUT, GET_EDID, 1);
    bring_up(gpu, 0);
    BAD(UNSPEC, GET_EDID, 0);
    end();
}

static void resized(void *unused)
{
    struct vdev *d = &gpu->vdev;
    uint32_t generation;

    (void)unused;
    begin();
    generation = d->generation;
    gpu_resize(gpu, 1280, 720);
    need(interrupts == 0 && vdev_read_config(d, 0, 4) == 0, "an event without a change");
    gpu_resize(gpu, 800, 600);
    need(interrupts == 1 && d->generation != generation, "%u interrupts, generation %u",
         interrupts, d->generation);
    need(vdev_read_config(d, 0, 4) == 1, "events_read is %u", vdev_read_config(d, 0, 4));
    need(COMMAND(INFO, 0) == OK_INFO && load_le32(at(RESPONSE) + 32) == 800
         && load_le32(at(RESPONSE) + 36) == 600, "the display info did not change");
    vdev_write_config(d, 4, 4, 2);
    need(vdev_read_config(d, 0, 4) == 1, "the wrong bit cleared it");
    vdev_write_config(d, 0, 4, 1);
    vdev_write_config(d, 8, 4, 1);
    need(vdev_read_config(d, 0, 4) == 1, "another field was written");
    vdev_write_config(d, 4, 4, 1);
    need(vdev_read_config(d, 0, 4) == 0, "events_clear did not clear it");
    gpu_resize(gpu, 0, 100000);
    need(gpu->width == 1 && gpu->height == GPU_MAX_SIDE, "%ux%u", gpu->width, gpu->height);
    vdev_set_status(d, 0);
    need(vdev_read_config(d, 0, 4) == 0, "the event outlives a reset");
    end();
}

/* ---- From pixels to what is seen ----------------------------------------------------------- */

static void formats(void *unused)
{
    /* What bytes 0x10 0x20 0x30 0x40 in memory mean. */
    static const struct { uint32_t format, seen; } rows[] = {
        { 1, 0x302010 }, { 2, 0x302010 }, { 3, 0x203040 }, { 4, 0x203040 },
        { 67, 0x102030 }, { 68, 0x403020 }, { 121, 0x403020 }, { 134, 0x102030 }
    };

    (void)unused;
    begin();
    for (uint32_t i = 0; i < 8; i++) {
        GOOD(CREATE, i + 1, rows[i].format, 3, 2);
        attach(i + 1, 24);
        memcpy(at(PIXELS + 20), "\x10\x20\x30\x40", 4);
        GOOD(TRANSFER, 0, 0, 3, 2, 0, 0, i + 1, 0);
        GOOD(SCANOUT, 0, 0, 3, 2, 0, i + 1);
        GOOD(FLUSH, 0, 0, 3, 2, i + 1, 0);
        need(pixel_at(2, 1) == rows[i].seen, "format %u: 0x%08x, not 0x%08x", rows[i].format,
             pixel_at(2, 1), rows[i].seen);
        need(pixel_at(1, 1) == 0xeeeeee, "its neighbour is 0x%08x", pixel_at(1, 1));
    }
    end();
}

static void only_a_flush_shows(void *unused)
{
    (void)unused;
    begin();
    need(strstr(gpu_no_picture(gpu), "never set") != NULL, "%s", gpu_no_picture(gpu));
    make(1, 32, 16);
    BAD(NO_PARAMETER, SCANOUT, 0, 0, 33, 16, 0, 1);
    need(strstr(gpu_no_picture(gpu), "never set") != NULL, "%s", gpu_no_picture(gpu));
    fill(0xff112233, 32 * 16);
    GOOD(SCANOUT, 0, 0, 32, 16, 0, 1);
    GOOD(TRANSFER, 0, 0, 32, 16, 0, 0, 1, 0);
    need(changes == 0 && pixel_at(5, 5) == 0, "seen without a flush: 0x%08x", pixel_at(5, 5));
    need(strstr(gpu_no_picture(gpu), "no RESOURCE_FLUSH followed") != NULL, "%s",
         gpu_no_picture(gpu));
    GOOD(FLUSH, 4, 2, 8, 4, 1, 0);
    need(changes == 1 && damage.x == 4 && damage.y == 2 && damage.width == 8 && damage.height == 4,
         "%u changes, %ux%u at %u,%u", changes, damage.width, damage.height, damage.x, damage.y);
    need(pixel_at(4, 2) == 0x112233 && pixel_at(11, 5) == 0x112233, "the rectangle is not seen");
    need(pixel_at(3, 2) == 0 && pixel_at(12, 5) == 0 && pixel_at(4, 1) == 0 && pixel_at(11, 6) == 0,
         "more than the rectangle is seen");
    need(!seen.whole && strstr(gpu_no_picture(gpu), "covered the whole") != NULL,
         "it is not whole");
    GOOD(FLUSH, 0, 0, 32, 15, 1, 0);
    GOOD(FLUSH, 1, 0, 31, 16, 1, 0);
    need(!seen.whole, "a row or a column is missing");
    GOOD(FLUSH, 0, 0, 32, 16, 1, 0);
    need(seen.whole && seen.number == 4 && gpu_no_picture(gpu) == NULL, "it is whole: frame %lu",
         seen.number);
    GOOD(FLUSH, 0, 0, 1, 1, 1, 0);
    need(seen.whole && seen.number == 5, "a smaller flush does not undo it");
    GOOD(SCANOUT, 0, 0, 32, 16, 0, 1);
    need(!gpu->frame.whole && pixel_at(4, 2) == 0x112233,
         "SET_SCANOUT begins anew, nothing goes dark");
    GOOD(FLUSH, 3, 3, 0, 0, 1, 0);
    need(seen.number == 5, "an empty rectangle is no frame");
    end();
}

static void flipping(void *unused)
{
    (void)unused;
    begin();
    make(1, 16, 16);
    make(2, 16, 16);
    fill(0x0000ff, 256);
    GOOD(TRANSFER, 0, 0, 16, 16, 0, 0, 1, 0);
    GOOD(SCANOUT, 0, 0, 16, 16, 0, 1);
    GOOD(FLUSH, 0, 0, 16, 16, 1, 0);
    fill(0x00ff00, 256);
    GOOD(TRANSFER, 0, 0, 16, 16, 0, 0, 2, 0);
    GOOD(FLUSH, 0, 0, 16, 16, 2, 0);
    need(changes == 1 && pixel_at(0, 0) == 0x0000ff, "a resource that is not shown was seen");
    GOOD(SCANOUT, 0, 0, 16, 16, 0, 2);
    need(pixel_at(0, 0) == 0x0000ff, "seen before it was flushed");
    GOOD(FLUSH, 0, 0, 16, 16, 2, 0);
    need(pixel_at(15, 15) == 0x00ff00, "the other one is not seen");
    GOOD(UNREF, 1, 0);
    need(offs == 0 && pixel_at(0, 0) == 0x00ff00, "unref of a hidden one is seen");
    end();
}

static void part_of_a_resource(void *unused)
{
    (void)unused;
    begin();
    make(1, 40, 30);
    for (unsigned i = 0; i < 40 * 30; i++)
        store_le32(at(PIXELS + 4 * i), i);
    GOOD(TRANSFER, 0, 0, 40, 30, 0, 0, 1, 0);
    GOOD(SCANOUT, 10, 5, 20, 20, 0, 1);
    GOOD(FLUSH, 0, 0, 15, 30, 1, 0);
    need(damage.x == 0 && damage.y == 0 && damage.width == 5 && damage.height == 20,
         "damage %ux%u at %u,%u", damage.width, damage.height, damage.x, damage.y);
    need(pixel_at(4, 19) == 24 * 40 + 14 && pixel_at(5, 19) == 0, "%u and %u", pixel_at(4, 19),
         pixel_at(5, 19));
    GOOD(FLUSH, 30, 0, 10, 30, 1, 0);
    need(changes == 1, "a flush beside the scanout was seen");
    GOOD(FLUSH, 10, 5, 20, 20, 1, 0);
    need(seen.whole && pixel_at(19, 19) == 24 * 40 + 29, "%u", pixel_at(19, 19));
    end();
}

/* [5.7.6.8] the offset says where in the backing the rectangle's first pixel lies. */
static void partial_transfers(void *unused)
{
    (void)unused;
    begin();
    make(1, 40, 30);
    GOOD(SCANOUT, 0, 0, 40, 30, 0, 1);
    fill(0, 1200);
    GOOD(TRANSFER, 0, 0, 40, 30, 0, 0, 1, 0);
    for (unsigned i = 0; i < 40 * 30; i++)
        store_le32(at(PIXELS + 4 * i), i);
    GOOD(TRANSFER, 7, 3, 5, 4, 4 * (3 * 40 + 7), 0, 1, 0);
    GOOD(TRANSFER, 20, 10, 2, 2, 0, 0, 1, 0);           /* from the backing's first pixels */
    GOOD(FLUSH, 0, 0, 40, 30, 1, 0);
    for (unsigned y = 0; y < 30; y++)
        for (unsigned x = 0; x < 40; x++) {
            uint32_t want = x >= 7 && x < 12 && y >= 3 && y < 7 ? y * 40 + x
                          : x >= 20 && x < 22 && y >= 10 && y < 12 ? (y - 10) * 40 + x - 20 : 0;

            need(pixel_at(x, y) == want, "%u,%u: %u, not %u", x, y, pixel_at(x, y), want);
        }
    GOOD(TRANSFER, 39, 29, 1, 1, 4 * 1199, 0, 1, 0);    /* the very last */
    BAD(NO_PARAMETER, TRANSFER, 39, 29, 1, 1, 4 * 1199 + 1, 0, 1, 0);
    BAD(NO_PARAMETER, TRANSFER, 0, 0, 1, 1, 0, 1, 1, 0);
    BAD(NO_PARAMETER, TRANSFER, 0, 0, 1, 1, 0xffffffff, 0xffffffff, 1, 0);
    BAD(NO_PARAMETER, TRANSFER, 0, 0, 40, 30, 4, 0, 1, 0);
    GOOD(TRANSFER, 0, 0, 0, 30, 0xffffffff, 0xffffffff, 1, 0);          /* nothing, from nowhere */
    end();
}

/* Pieces of 21, 25, .. 217 bytes, some of none, in no order in RAM; their list is in several
 * descriptors. What the backing holds at an offset is a function of the offset. */
static uint32_t piece_bytes(unsigned i)
{
    return i % 7 == 3 ? 0 : 1 + 4 * ((i + 5) % 50);
}

static uint8_t backing_byte(uint64_t offset)
{
    return (uint8_t)(offset * 31 >> 3);
}

static void scattered_backing(void *argument)
{
    const unsigned pieces = *(const unsigned *)argument;
    const uint32_t width = pieces > 10 ? 64 : 1;
    uint64_t total = 0;
    uint32_t height;

    for (unsigned i = 0; i < pieces; i++)
        total += piece_bytes(i);
    height = (uint32_t)(total / (4 * width));
    begin();
    GOOD(CREATE, 1, 2, width, height);
    put_request(ATTACH, (const uint32_t[]){ 1, pieces }, 2);
    total = 0;
    for (unsigned i = 0; i < pieces; i++) {
        uint64_t where = PIXELS + (uint64_t)(i * 7919 % pieces) * 256;

        store_le64(at(REQUEST + 32 + 16 * i), where);
        store_le64(at(REQUEST + 40 + 16 * i), piece_bytes(i));
        for (uint32_t k = 0; k < piece_bytes(i); k++)
            at(where)[k] = backing_byte(total++);
    }
    need(send_to(0, 32 + 16 * pieces, pieces > 10 ? 37 : 1, 24) == 24
         && load_le32(at(RESPONSE)) == OK, "ATTACH of %u pieces: %s", pieces, fault);
    GOOD(TRANSFER, 0, 0, width, height, 0, 0, 1, 0);
    GOOD(SCANOUT, 0, 0, width, height, 0, 1);
    GOOD(FLUSH, 0, 0, width, height, 1, 0);
    for (uint32_t i = 0; i < width * height; i++) {
        uint32_t want = 0;

        for (unsigned k = 0; k < 3; k++)
            want |= (uint32_t)backing_byte(4 * (uint64_t)i + k) << 8 * k;
        need(gpu->frame.pixels[i] == want, "pixel %u: 0x%06x, not 0x%06x", i, gpu->frame.pixels[i],
             want);
    }
    GOOD(DETACH, 1, 0);
    BAD(UNSPEC, TRANSFER, 0, 0, 1, 1, 0, 0, 1, 0);
    GOOD(FLUSH, 0, 0, width, height, 1, 0);             /* the host's copy is still there */
    end();
}

static void backings(void *unused)
{
    static const struct {
        const char *name;
        uint64_t address;
        uint32_t bytes, announced, response;
    } rows[] = {
        { "RAM", PIXELS, 4096, 1, OK },
        { "the last byte of RAM", RAM + RAM_BYTES - 1, 1, 1, OK },
        { "one byte behind RAM", RAM + RAM_BYTES - 1, 2, 1, NO_PARAMETER },
        { "below RAM", RAM - 1, 2, 1, NO_PARAMETER },
        { "address 0", 0, 4, 1, NO_PARAMETER },
        { "a sum that wraps", UINT64_MAX, 4, 1, NO_PARAMETER },
        { "a length that wraps", RAM + 1, UINT32_MAX, 1, NO_PARAMETER },
        { "no entries", PIXELS, 4096, 0, NO_PARAMETER },
        { "more entries than there are", PIXELS, 4096, 2, NO_PARAMETER },
        { "more entries than can be", PIXELS, 4096, 16385, NO_MEMORY },
        { "2^32 - 1 entries", PIXELS, 4096, UINT32_MAX, NO_MEMORY },
    };

    (void)unused;
    begin();
    GOOD(CREATE, 1, 1, 16, 16);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint32_t words[] = { 1, rows[i].announced, (uint32_t)rows[i].address,
                                   (uint32_t)(rows[i].address >> 32), rows[i].bytes, 0 };

        gpu->vdev.faults = 0;
        put_request(ATTACH, words, 6);
        need(send_to(0, 48, 3, 24) == 24, "%s: no response", rows[i].name);
        need(load_le32(at(RESPONSE)) == rows[i].response, "%s: 0x%x", rows[i].name,
             load_le32(at(RESPONSE)));
        if (rows[i].response == OK) {
            BAD(UNSPEC, ATTACH, 1, 1);
            GOOD(DETACH, 1, 0);
        }
        BAD(UNSPEC, DETACH, 1, 0);
    }
    end();
}

/* ---- The scanout switched off -------------------------------------------------------------- */

static void off(void *unused)
{
    struct gpu_frame frame;

    (void)unused;
    begin();
    make(1, 16, 16);
    GOOD(SCANOUT, 0, 0, 0, 0, 0, 0);
    need(offs == 0, "off when it was off");
    for (unsigned i = 1; i <= 3; i++) {
        GOOD(SCANOUT, 0, 0, 16, 16, 0, 1);
        GOOD(FLUSH, 0, 0, 16, 16, 1, 0);
        need(gpu_frame(gpu, &frame) && frame.whole && frame.width == 16, "it is not on");
        if (i == 1)
            GOOD(SCANOUT, 9, 9, 9, 9, 0, 0);
        else if (i == 2)
            GOOD(UNREF, 1, 0);
        else
            vdev_set_status(&gpu->vdev, 0);
        need(!gpu_frame(gpu, &frame) && frame.pixels == NULL, "case %u: not off", i);
        need(offs == (i < 3 ? i : 2), "case %u: told %u times", i, offs);
        need(strstr(gpu_no_picture(gpu), "switched its scanout off") != NULL, "%s",
             gpu_no_picture(gpu));
        if (i == 2)
            make(1, 16, 16);
    }
    need(held() == 0, "a reset leaves %llu bytes", (unsigned long long)held());
    bring_up(gpu, 0);
    BAD(NO_RESOURCE, FLUSH, 0, 0, 16, 16, 1, 0);
    end();
}

/* ---- Wrong commands ------------------------------------------------------------------------ */

static const struct bad {
    const char *name;
    uint32_t type, words[8], response;
} bad_rows[] = {
    { "command 0", 0, { 0 }, UNSPEC },
    { "GET_CAPSET_INFO, without 3D", 0x108, { 0 }, UNSPEC },
    { "RESOURCE_CREATE_BLOB", 0x10c, { 0 }, UNSPEC },
    { "CTX_CREATE", 0x200, { 0 }, UNSPEC },
    { "a cursor command on the control queue", UPDATE + 0x10000, { 0 }, UNSPEC },
    { "a response as a command", OK, { 0 }, UNSPEC },
    { "create number 0", CREATE, { 0, 1, 16, 16 }, NO_RESOURCE },
    { "create one that is there", CREATE, { 1, 1, 16, 16 }, NO_RESOURCE },
    { "format 0", CREATE, { 2, 0, 16, 16 }, NO_PARAMETER },
    { "format 5", CREATE, { 2, 5, 16, 16 }, NO_PARAMETER },
    { "no width", CREATE, { 2, 1, 0, 16 }, NO_PARAMETER },
    { "no height", CREATE, { 2, 1, 16, 0 }, NO_PARAMETER },
    { "too wide", CREATE, { 2, 1, 8193, 1 }, NO_MEMORY },
    { "a product that wraps", CREATE, { 2, 1, 0x8000, 0x8000 }, NO_MEMORY },
    { "the largest numbers", CREATE, { 2, 1, UINT32_MAX, UINT32_MAX }, NO_MEMORY },
    { "unref of nothing", UNREF, { 7 }, NO_RESOURCE },
    { "unref of 0", UNREF, { 0 }, NO_RESOURCE },
    { "scanout 1 of 1", SCANOUT, { 0, 0, 16, 16, 1, 1 }, NO_SCANOUT },
    { "scanout 1 of 1, off", SCANOUT, { 0, 0, 16, 16, 1, 0 }, NO_SCANOUT },
    { "scanout of nothing", SCANOUT, { 0, 0, 16, 16, 0, 9 }, NO_RESOURCE },
    { "scanout wider", SCANOUT, { 0, 0, 17, 16, 0, 1 }, NO_PARAMETER },
    { "scanout higher", SCANOUT, { 0, 1, 16, 16, 0, 1 }, NO_PARAMETER },
    { "scanout without pixels", SCANOUT, { 0, 0, 0, 0, 0, 1 }, NO_PARAMETER },
    { "scanout that wraps", SCANOUT, { UINT32_MAX, 0, 2, 2, 0, 1 }, NO_PARAMETER },
    { "flush of nothing", FLUSH, { 0, 0, 1, 1, 3 }, NO_RESOURCE },
    { "flush of 0", FLUSH, { 0, 0, 1, 1, 0 }, NO_RESOURCE },
    { "flush beyond", FLUSH, { 16, 0, 1, 1, 1 }, NO_PARAMETER },
    { "flush that wraps", FLUSH, { 1, UINT32_MAX, 1, 2, 1 }, NO_PARAMETER },
    { "transfer of nothing", TRANSFER, { 0, 0, 1, 1, 0, 0, 3 }, NO_RESOURCE },
    { "transfer beyond", TRANSFER, { 0, 15, 1, 2, 0, 0, 1 }, NO_PARAMETER },
    { "transfer that wraps", TRANSFER, { 2, 0, UINT32_MAX, 1, 0, 0, 1 }, NO_PARAMETER },
    { "transfer without backing", TRANSFER, { 0, 0, 1, 1, 0, 0, 2 }, UNSPEC },
    { "attach to nothing", ATTACH, { 9, 1 }, NO_RESOURCE },
    { "detach from nothing", DETACH, { 9 }, NO_RESOURCE },
    { "detach of no backing", DETACH, { 2 }, UNSPEC },
    { "cursor of nothing", UPDATE, { 0, 0, 0, 0, 9 }, NO_RESOURCE },
    { "cursor of 16x16", UPDATE, { 0, 0, 0, 0, 1 }, NO_PARAMETER },
    { "cursor on scanout 1", UPDATE, { 1, 0, 0, 0, 0 }, NO_SCANOUT },
    { "cursor moved on scanout 1", MOVE, { 1, 0, 0, 0, 0 }, NO_SCANOUT },
    { "edid of scanout 16", GET_EDID, { 16 }, NO_SCANOUT },
};

/* Each answers with its error and one line, changes nothing, and the device goes on. */
static void bad_command(void *argument)
{
    const struct bad *b = argument;
    const uint32_t type = b->type & 0xffff;
    uint64_t before;
    int written;

    begin();
    make(1, 16, 16);
    if (b->type == TRANSFER || b->type == DETACH)
        GOOD(CREATE, 2, 1, 16, 16);
    GOOD(SCANOUT, 0, 0, 16, 16, 0, 1);
    GOOD(FLUSH, 0, 0, 16, 16, 1, 0);
    before = held();
    put_request(type, b->words, 8);
    written = send_to(type >= UPDATE && type == b->type && type < OK, 24 + 32, 1, 2000);
    need(written == 24, "%d bytes of response", written);
    need(load_le32(at(RESPONSE)) == b->response, "0x%x, not 0x%x", load_le32(at(RESPONSE)),
         b->response);
    need(faults == 1, "%u lines, at last %s", faults, fault);
    need(held() == before && gpu->shown == 1 && changes == 1, "it left something behind");
    GOOD(FLUSH, 0, 0, 16, 16, 1, 0);
    end();
}

static void short_commands(void *unused)
{
    static const uint32_t types[] = { CREATE, UNREF, SCANOUT, FLUSH, TRANSFER, ATTACH, DETACH,
                                      GET_EDID };

    (void)unused;
    begin();
    for (unsigned i = 0; i < 8; i++) {
        gpu->vdev.faults = 0;
        put_request(types[i], (const uint32_t[8]){ 1, 1, 16, 16 }, 8);
        need(send_to(0, 24 + 4 * words_of(types[i]) - 1, 1, 2000) == 24
             && load_le32(at(RESPONSE)) == NO_PARAMETER, "0x%x: 0x%x", types[i],
             load_le32(at(RESPONSE)));
    }
    need(faults == 8, "%u lines", faults);
    put_request(INFO, NULL, 0);
    need(send_to(0, 23, 1, 2000) == 24 && load_le32(at(RESPONSE)) == UNSPEC
         && strstr(fault, "its header is not whole") != NULL, "0x%x (%s)", load_le32(at(RESPONSE)),
         fault);
    end();
}

static void short_responses(void *unused)
{
    (void)unused;
    begin();
    put_request(INFO, NULL, 0);
    need(send_to(0, 24, 1, 407) == 24 && load_le32(at(RESPONSE)) == UNSPEC && faults == 1,
         "room for 407 of 408: 0x%x", load_le32(at(RESPONSE)));
    put_request(CREATE, (const uint32_t[]){ 1, 1, 16, 16 }, 4);
    need(send_to(0, 40, 1, 23) == -1 && (gpu->vdev.status & STATUS_NEEDS_RESET),
         "room for 23 of 24");
    need(gpu->resource[0].id == 0 && at(RESPONSE)[0] == UNUSED, "something was done all the same");
    bring_up(gpu, 0);
    need(send_to(0, 40, 1, 0) == -1 && (gpu->vdev.status & STATUS_NEEDS_RESET), "no room at all");
    end();
}

/* ---- Fences -------------------------------------------------------------------------------- */

static void fences(void *unused)
{
    uint8_t *q = at(REQUEST), *p = at(RESPONSE);

    (void)unused;
    begin();
    for (uint32_t flags = 0; flags < 4; flags++) {
        put_request(flags & 1 ? UNREF : INFO, NULL, 0);         /* errors answer fences, too */
        store_le32(q + 4, flags | 0x80);
        store_le64(q + 8, UINT64_C(0x1122334455667788));
        store_le32(q + 16, 5);
        q[20] = 9;
        need(send_to(0, 32, 1, 2000) >= 24, "no response");
        need(load_le32(p + 4) == (flags & 1 ? flags : 0), "flags 0x%x for 0x%x", load_le32(p + 4),
             flags);
        if (flags & 1)
            need(load_le64(p + 8) == UINT64_C(0x1122334455667788) && load_le32(p + 16) == 5
                 && p[20] == 9,
                 "fence 0x%llx, context %u, ring %u", (unsigned long long)load_le64(p + 8),
                 load_le32(p + 16), p[20]);
        else
            need(load_le64(p + 8) == 0, "a fence that nobody asked for");
    }
    end();
}

/* ---- The cursor ---------------------------------------------------------------------------- */

static void cursor(void *unused)
{
    (void)unused;
    begin();
    make(1, 100, 80);
    GOOD(CREATE, 2, 1, 64, 64);
    attach(2, 64 * 64 * 4);
    fill(0, 64 * 64);
    store_le32(at(PIXELS), 0xff0000ff);                         /* solid, */
    store_le32(at(PIXELS + 4), 0x80400000);                     /* half */
    GOOD(TRANSFER, 0, 0, 64, 64, 0, 0, 2, 0);
    fill(0x101010, 100 * 80);
    GOOD(TRANSFER, 0, 0, 100, 80, 0, 0, 1, 0);
    GOOD(SCANOUT, 0, 0, 100, 80, 0, 1);
    GOOD(FLUSH, 0, 0, 100, 80, 1, 0);
    GOOD(UPDATE, 0, 10, 20, 0, 2, 3, 4, 0);
    need(changes == 2 && damage.width == 100 && damage.height == 80 && seen.number == 1,
         "%u changes, frame %lu", changes, seen.number);
    need(pixel_at(7, 16) == 0x0000ff && pixel_at(8, 16) == 0x470707 && pixel_at(9, 16) == 0x101010,
         "0x%06x 0x%06x 0x%06x", pixel_at(7, 16), pixel_at(8, 16), pixel_at(9, 16));
    GOOD(MOVE, 0, 30, 40, 0, 99, 99, 99, 0);
    need(changes == 3 && pixel_at(7, 16) == 0x101010 && pixel_at(27, 36) == 0x0000ff,
         "it did not move");
    fill(0x202020, 100 * 80);
    GOOD(TRANSFER, 0, 0, 100, 80, 0, 0, 1, 0);
    GOOD(FLUSH, 0, 0, 100, 80, 1, 0);
    need(pixel_at(27, 36) == 0x0000ff && pixel_at(29, 36) == 0x202020, "a flush wipes it away");
    GOOD(FLUSH, 0, 0, 5, 5, 1, 0);
    GOOD(UNREF, 2, 0);
    GOOD(MOVE, 0, 1, 1, 0, 0, 0, 0, 0);                         /* partly outside, 2 to the left */
    need(pixel_at(0, 0) == 0x202020 && pixel_at(27, 36) == 0x202020, "0x%06x", pixel_at(0, 0));
    GOOD(MOVE, 0, 3, 4, 0, 0, 0, 0, 0);
    need(pixel_at(0, 0) == 0x0000ff, "0x%06x", pixel_at(0, 0));
    GOOD(MOVE, 0, 0x7fffffff, 0x80000000, 0, 0, 0, 0, 0);       /* far away */
    need(pixel_at(0, 0) == 0x202020, "0x%06x", pixel_at(0, 0));
    GOOD(MOVE, 0, 5, 6, 0, 0, 0, 0, 0);
    GOOD(SCANOUT, 0, 0, 50, 50, 0, 1);                          /* a new frame shows it, too, */
    need(pixel_at(2, 2) == 0x0000ff && pixel_at(5, 5) == 0, "0x%06x", pixel_at(2, 2));
    GOOD(FLUSH, 40, 40, 1, 1, 1, 0);
    GOOD(MOVE, 0, 500, 500, 0, 0, 0, 0, 0);
    need(pixel_at(2, 2) == 0 && pixel_at(40, 40) == 0x202020, "0x%06x", pixel_at(2, 2));
    GOOD(SCANOUT, 0, 0, 100, 80, 0, 1);
    GOOD(FLUSH, 0, 0, 100, 80, 1, 0);
    GOOD(MOVE, 0, 102, 83, 0, 0, 0, 0, 0);
    need(pixel_at(99, 79) == 0x0000ff, "its corner in the corner: 0x%06x", pixel_at(99, 79));
    GOOD(UPDATE, 0, 0, 0, 0, 0, 0, 0, 0);
    need(pixel_at(99, 79) == 0x202020 && pixel_at(0, 0) == 0x202020, "it cannot be hidden");
    GOOD(CREATE, 3, 1, 32, 64);
    BAD(NO_PARAMETER, UPDATE, 0, 0, 0, 0, 3, 0, 0, 0);
    put_request(MOVE, (const uint32_t[8]){ 0, 1, 1 }, 8);
    need(send_to(1, 56, 1, 0) == 0, "Linux leaves no room for a response here, and waits for none");
    need(faults == 1, "%s", fault);
    end();
}

/* Bytes 0x80 0x10 0x20 0x30 as the second pixel, which is moved to the corner of a white frame. */
static void cursor_formats(void *unused)
{
    static const struct { uint32_t format, seen; } rows[] = {
        { 1, 0xefdfff },                /* an alpha of 0x30 lets 0xcf of white through, */
        { 2, 0x201080 },
        { 3, 0x8f9faf },                /* one of 0x80 lets 0x7f */
        { 4, 0x102030 }
    };

    (void)unused;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        make(1, 64, 64);
        fill(0xffffff, 64 * 64);
        GOOD(TRANSFER, 0, 0, 64, 64, 0, 0, 1, 0);
        GOOD(CREATE, 2, rows[i].format, 64, 64);
        attach(2, 64 * 64 * 4);
        memcpy(at(PIXELS + 4), "\x80\x10\x20\x30", 4);
        GOOD(TRANSFER, 0, 0, 64, 64, 0, 0, 2, 0);
        GOOD(SCANOUT, 0, 0, 64, 64, 0, 1);
        GOOD(UPDATE, 0, 0xffffffff, 0, 0, 2, 0, 0, 0);
        GOOD(FLUSH, 0, 0, 64, 64, 1, 0);
        need(pixel_at(0, 0) == rows[i].seen, "format %u: 0x%06x, not 0x%06x", rows[i].format,
             pixel_at(0, 0), rows[i].seen);
        bring_up(gpu, 0);
        make(1, 64, 64);
        GOOD(SCANOUT, 0, 0, 64, 64, 0, 1);
        GOOD(FLUSH, 0, 0, 64, 64, 1, 0);
        need(pixel_at(0, 0) == 0, "it outlives a reset");
        end();
    }
}

/* ---- Bounds -------------------------------------------------------------------------------- */

static void bounds(void *unused)
{
    uint64_t before;
    uint32_t n = 0;

    (void)unused;
    begin();
    while (n < 100 && COMMAND(CREATE, n + 1, 1, 4096, 4096) == OK)
        n++;
    need(n == 16 && load_le32(at(RESPONSE)) == NO_MEMORY, "%u resources of 64 MiB, 0x%x", n,
         load_le32(at(RESPONSE)));
    before = held();
    need(before <= GPU_MEMORY, "%llu bytes", (unsigned long long)before);
    BAD(NO_MEMORY, SCANOUT, 0, 0, 4096, 4096, 0, 1);
    need(held() == before && gpu->shown == 0, "it left something behind");
    GOOD(UNREF, 2, 0);
    GOOD(SCANOUT, 0, 0, 4096, 4096, 0, 1);
    BAD(NO_MEMORY, SCANOUT, 0, 0, 4095, 4096, 0, 1);
    need(gpu->shown == 1 && gpu->frame.width == 4096, "a refused scanout took the old one away");
    vdev_set_status(&gpu->vdev, 0);
    need(held() == 0, "a reset leaves %llu bytes", (unsigned long long)held());
    bring_up(gpu, 0);
    for (n = 0; n < 1000 && COMMAND(CREATE, n + 1, 1, 1, 1) == OK; n++) {
    }
    need(n == GPU_RESOURCES && load_le32(at(RESPONSE)) == NO_MEMORY, "%u resources", n);
    gpu->vdev.faults = 0;
    BAD(NO_RESOURCE, CREATE, 0, 1, 1, 1);
    GOOD(UNREF, 5, 0);
    GOOD(CREATE, 0xffffffff, 1, 1, 1);
    bring_up(gpu, 0);
    GOOD(CREATE, 1, 1, GPU_MAX_SIDE, GPU_MAX_SIDE);
    GOOD(SCANOUT, GPU_MAX_SIDE - 2, GPU_MAX_SIDE - 2, 2, 2, 0, 1);
    GOOD(FLUSH, 0, 0, GPU_MAX_SIDE, GPU_MAX_SIDE, 1, 0);
    end();
}

/* ---- Anything ------------------------------------------------------------------------------ */

static uint32_t random_state;

static uint32_t any(uint32_t below)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % below;
}

static uint32_t any_number(void)
{
    static const uint32_t edges[] = { 0, 1, 2, 63, 64, 65, 0x7fffffff, 0x80000000, 0xffffffff };

    return any(8) != 0 ? any(80) : edges[any(9)];
}

static void anything(void *argument)
{
    static const uint32_t types[] = { INFO, CREATE, CREATE, UNREF, SCANOUT, SCANOUT, FLUSH, FLUSH,
                                      TRANSFER, TRANSFER, ATTACH, ATTACH, DETACH, GET_EDID,
                                      UPDATE, UPDATE, MOVE, 0x777 };
    unsigned good = 0;

    random_state = *(const uint32_t *)argument;
    begin();
    for (unsigned i = 0; i < 4000; i++) {
        uint32_t type = types[any(18)], words[24];
        uint32_t bytes = any(10) != 0 ? 24 + 4 * words_of(type) : any(120);
        uint32_t room = any(100) != 0 ? 1100 : any(60);
        int written;

        for (unsigned k = 0; k < 24; k++)
            words[k] = any_number();
        if (type == CREATE && any(4) != 0) {
            words[0] = 1 + any(5);
            words[1] = 1 + any(4);
            words[2] = words[3] = any(2) ? 64 : 1 + any(70);
        }
        if (type == ATTACH && any(4) != 0) {
            words[0] = 1 + any(5);
            words[1] = 1 + any(4);
            for (unsigned k = 2; k < 18; k += 4) {
                words[k] = (uint32_t)RAM + any(RAM_BYTES);
                words[k + 1] = 0;
                words[k + 2] = any(20000);
            }
            bytes = 24 + 8 + 16 * words[1];
        }
        if ((type == FLUSH || type == SCANOUT) && any(3) != 0)
            words[type == FLUSH ? 4 : 5] = 1 + any(5);
        if (type == SCANOUT && any(10) != 0)
            words[4] = 0;
        if (type == TRANSFER && any(3) != 0) {
            words[5] = 0;
            words[6] = 1 + any(5);
        }
        if (type >= UPDATE && any(3) != 0) {
            words[0] = 0;
            words[4] = any(6);
        }
        put_request(type, words, 24);
        written = send_to(type >= UPDATE && type < 0x700, bytes, 1 + any(5), room);
        need(written <= 1056 && held() <= GPU_MEMORY, "command %u: %d bytes written", i,
             written);
        good += written >= 24 && load_le32(at(RESPONSE)) < UNSPEC;
        if (written < 0 || any(500) == 0)
            bring_up(gpu, EDID);
        gpu->vdev.faults = 0;
        if (any(50) == 0)
            gpu_resize(gpu, any_number(), any_number());
    }
    need(good > 700, "only %u of 4000 succeeded: that tests little", good);
    end();
}

/* ---- What is told, and two at once --------------------------------------------------------- */

static void told(void *unused)
{
    (void)unused;
    begin();
    make(1, 16, 16);
    GOOD(SCANOUT, 0, 0, 16, 16, 0, 1);
    need(strcmp(traced, "gpu: SET_SCANOUT 0 to resource 1, 16x16 at 0,0 -> OK_NODATA") == 0, "%s",
         traced);
    BAD(NO_RESOURCE, FLUSH, 1, 2, 3, 4, 5);
    need(strcmp(fault,
                "gpu: RESOURCE_FLUSH 5, 3x4 at 1,2: there is no such resource [5.7.6.8]") == 0,
         "%s", fault);
    GOOD(FLUSH, 0, 0, 16, 16, 1, 0);
    GOOD(FLUSH, 0, 0, 16, 16, 1, 0);
    need(strcmp(story, "[5.7.6.8] RESOURCE_CREATE_2D 1, 16x16, format 2 / OK_NODATA\n"
                       "[5.7.6.8] RESOURCE_ATTACH_BACKING 1, pieces: 1 / OK_NODATA\n"
                       "[5.7.6.8] SET_SCANOUT 0 to resource 1, 16x16 at 0,0 / OK_NODATA\n"
                       "[5.7.6.8] RESOURCE_FLUSH 5, 3x4 at 1,2 / ERR_INVALID_RESOURCE_ID\n"
                       "[5.7.6.8] RESOURCE_FLUSH 1, 16x16 at 0,0 / OK_NODATA\n") == 0, "%s", story);
    end();
}

static void two(void *unused)
{
    struct gpu *first = gpu, *second = calloc(1, sizeof *second);

    (void)unused;
    need(second != NULL, "no memory");
    begin();
    make(1, 16, 16);
    gpu = second;
    gpu_init(gpu, "gpu 1", &memory, 640, 480, NULL);
    bring_up(gpu, 0);
    BAD(NO_RESOURCE, SCANOUT, 0, 0, 16, 16, 0, 1);
    make(1, 8, 8);
    GOOD(SCANOUT, 0, 0, 8, 8, 0, 1);
    GOOD(FLUSH, 0, 0, 8, 8, 1, 0);
    need(changes == 0, "one's frame on the other's screen");
    end();
    gpu = first;
    need(gpu->resource[0].width == 16, "one's end is the other's");
    end();
    free(second);
}

int main(void)
{
    static const unsigned pieces[] = { 1, 2, 900, 5000, 16384 };
    static const uint32_t seeds[] = { 1, 2, 3, 4, 5 };
    char name[100];

    tap_begin(120);
    ram = malloc(RAM_BYTES);
    gpu = malloc(sizeof *gpu);
    if (ram == NULL || gpu == NULL)
        tap_bail("no memory");
    memory.count = 1;
    memory.region[0] = (struct guest_region){ RAM, RAM_BYTES, ram };
    report = (struct report){ NULL, on_fault, wants, on_trace, on_story };
    tap_run("display info: one display, its size", display_info, NULL);
    tap_run("EDID: a monitor that prefers the display's size", edid, NULL);
    tap_run("a resize raises the display event", resized, NULL);
    tap_run("all formats", formats, NULL);
    tap_run("only a flush makes pixels visible", only_a_flush_shows, NULL);
    tap_run("flipping between two resources", flipping, NULL);
    tap_run("a scanout that shows part of a resource", part_of_a_resource, NULL);
    tap_run("transfers of parts, from an offset", partial_transfers, NULL);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        snprintf(name, sizeof name, "a backing of %u pieces", pieces[i]);
        tap_run(name, scattered_backing, (void *)(uintptr_t)&pieces[i]);
    }
    tap_run("backings that are none", backings, NULL);
    tap_run("off: by the driver, by unref, by a reset (which leaves the picture)", off, NULL);
    for (size_t i = 0; i < sizeof bad_rows / sizeof bad_rows[0]; i++)
        tap_run(bad_rows[i].name, bad_command, (void *)(uintptr_t)&bad_rows[i]);
    tap_run("commands that are too short", short_commands, NULL);
    tap_run("responses without room", short_responses, NULL);
    tap_run("fences", fences, NULL);
    tap_run("the cursor", cursor, NULL);
    tap_run("its formats", cursor_formats, NULL);
    tap_run("memory of the host is bounded", bounds, NULL);
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        snprintf(name, sizeof name, "4000 commands by chance, %u", seeds[i]);
        tap_run(name, anything, (void *)(uintptr_t)&seeds[i]);
    }
    tap_run("trace, faults and story", told, NULL);
    tap_run("two at once", two, NULL);
    free(gpu);
    free(ram);
    return tap_end();
}
