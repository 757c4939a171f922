/* What a driver must not do, done to our devices: one row for each duty whose breach could hurt a
 * device, each over virtio-mmio and PCI where both have it. The device survives, writes nothing but
 * what it was given to write, and the next driver is served. Duties that no device can feel are
 * listed behind, with the reason; together they are all MUSTs of tests/spec. */
#include "tests/host/hand.h"

#include "examples/vmm/devices/console.h"
#include "examples/vmm/devices/gpu.h"

enum { LAST = RAM + RAM_BYTES, ANSWER = BUFFERS + 0x10000, RINGS = 0x4000 };
enum kind { RNG, CONSOLE, GPU, NOBODY };
enum { MMIO = 1, PCI = 2, BOTH = 3, VZ = 4 };      /* VZ: PCI as on Apple's machine */
enum begin { COLD, AGREED, LIVE };      /* power on; FEATURES_OK; a driver at work */

static struct hand hand;
static struct console console;
static struct gpu gpu;
static size_t heard;                    /* bytes that the reader at the console still takes */

/* What the driver put into RAM, and the pieces that it gave the device to write to. */
static uint8_t *expected;
static struct given {
    uint64_t at, bytes;
} given[64];
static unsigned given_count;
static uint16_t offered[2];

/* ---- What a row is made of ------------------------------------------------------------------ */

struct stroke {
    void (*run)(struct hand *h, const uint64_t *v);
    uint64_t v[11];
};

static void wrote(struct hand *h, uint64_t address, size_t bytes)
{
    memcpy(expected + (address - RAM), at(h, address), bytes);
}

static void give(uint64_t address, uint64_t bytes)
{
    need(given_count < sizeof given / sizeof *given, "a row that gives too much");
    given[given_count++] = (struct given){ address, bytes };
}

static uint64_t rings(uint64_t queue)
{
    return TABLE + RINGS * queue;
}

static void reg_stroke(struct hand *h, const uint64_t *v)
{
    reg_write(h, (unsigned)v[0], (uint32_t)v[1]);
}

static void look_stroke(struct hand *h, const uint64_t *v)
{
    reg(h, (unsigned)v[0]);
}

static void touch(struct hand *h, uint64_t address, const uint64_t *v)
{
    if (v[0])
        bus_write(&h->bus, address, (unsigned)v[1], v[2]);
    else
        bus_read(&h->bus, address, (unsigned)v[1]);
}

static void slot_stroke(struct hand *h, const uint64_t *v)
{
    touch(h, SLOT + v[0], v + 1);
}

static void region_stroke(struct hand *h, const uint64_t *v)
{
    const struct virtio_layout *l = h->function.layout;

    touch(h, hand_bar(h, l->region[v[0]].bar) + l->region[v[0]].offset + v[1], v + 2);
}

static void function_stroke(struct hand *h, const uint64_t *v)
{
    touch(h, FUNCTION + v[0], v + 1);
}

static void window_stroke(struct hand *h, const uint64_t *v)
{
    const struct pci_access a = { .bar = (unsigned)v[0], .offset = v[1], .width = (unsigned)v[2] };

    touch(h, hand_aim(h, &a), v + 3);
}

static void message_stroke(struct hand *h, const uint64_t *v)
{
    bus_write(&h->bus, FUNCTION + h->function.msix.at + 2, 2, 0x8000);
    touch(h, hand_bar(h, 1) + v[0], v + 1);
}

static void queue_stroke(struct hand *h, const uint64_t *v)
{
    set_queue(h, (unsigned)v[0], (unsigned)v[1], v[2], v[3], v[4]);
}

static void desc_stroke(struct hand *h, const uint64_t *v)
{
    describe(h, v[0], (unsigned)v[1], v[2], (uint32_t)v[3], (unsigned)v[4], (unsigned)v[5]);
    wrote(h, v[0] + 16 * v[1], 16);
    if (v[4] & WRITE)
        give(v[2], v[3]);
}

/* An indirect table of so many entries, each of them the same readable piece. */
static void many_stroke(struct hand *h, const uint64_t *v)
{
    for (unsigned i = 0; i < v[0]; i++)
        desc_stroke(h, (const uint64_t[]){ INDIRECT, i, v[1], v[2], i + 1 < v[0] ? NEXT : 0,
                                           i + 1 });
}

static void put16_stroke(struct hand *h, const uint64_t *v)
{
    store_le16(at(h, v[0]), (uint16_t)v[1]);
    wrote(h, v[0], 2);
}

static void offer_stroke(struct hand *h, const uint64_t *v)
{
    const uint64_t available = rings(v[0]) + 0x1000;
    uint16_t *const count = &offered[v[0]];

    put16_stroke(h, (const uint64_t[]){ available + 4 + 2 * (*count % h->size), v[1] });
    put16_stroke(h, (const uint64_t[]){ available + 2, ++*count });
}

static void noise_stroke(struct hand *h, const uint64_t *v)
{
    memset(at(h, v[0]), (int)v[2], v[1]);
    wrote(h, v[0], v[1]);
}

/* A command with these words; v[1] and v[2] are the bytes that are sent, and the answer's room. */
static void command_stroke(struct hand *h, const uint64_t *v)
{
    uint8_t *to = at(h, BUFFERS);
    const unsigned queue = v[0] >= 0x300;

    memset(to, 0, 24);
    store_le32(to, (uint32_t)v[0]);
    for (unsigned i = 0; i < 8; i++)
        store_le32(to + 24 + 4 * i, (uint32_t)v[3 + i]);
    wrote(h, BUFFERS, 64);
    desc_stroke(h, (const uint64_t[]){ rings(queue), 0, BUFFERS, v[1], v[2] ? NEXT : 0, 1 });
    if (v[2])
        desc_stroke(h, (const uint64_t[]){ rings(queue), 1, ANSWER, v[2], WRITE, 0 });
    offer_stroke(h, (const uint64_t[]){ queue, 0 });
    reg_write(h, 0x50, queue);
}

static void type_stroke(struct hand *h, const uint64_t *v)
{
    (void)h;
    console_type(&console, (const uint8_t *)"typed by somebody", (size_t)v[0]);
}

static void reader_stroke(struct hand *h, const uint64_t *v)
{
    (void)h;
    heard = (size_t)v[0];
    console_resume(&console);
}

#define REG(offset, value)              { reg_stroke, { offset, value } }
#define LOOK(offset)                    { look_stroke, { offset } }
#define SLOT_GET(offset, width)         { slot_stroke, { offset, 0, width } }
#define SLOT_PUT(offset, width, value)  { slot_stroke, { offset, 1, width, value } }
#define GET(region, offset, width)      { region_stroke, { region, offset, 0, width } }
#define PUT(region, offset, width, value)   { region_stroke, { region, offset, 1, width, value } }
#define CFG_GET(at, width)              { function_stroke, { at, 0, width } }
#define CFG_PUT(at, width, value)       { function_stroke, { at, 1, width, value } }
#define WINDOW_GET(bar, at, length, width) { window_stroke, { bar, at, length, 0, width } }
#define WINDOW_PUT(bar, at, length, value) { window_stroke, { bar, at, length, 1, 4, value } }
#define VECTOR(offset, width, value)    { message_stroke, { offset, 1, width, value } }
#define SET_QUEUE(n, size, t, a, u)     { queue_stroke, { n, size, t, a, u } }
#define DESC(i, at, bytes, flags, next) { desc_stroke, { TABLE, i, at, bytes, flags, next } }
#define DESC_2(i, at, bytes, flags, next) \
    { desc_stroke, { TABLE + RINGS, i, at, bytes, flags, next } }
#define INNER(i, at, bytes, flags, next) { desc_stroke, { INDIRECT, i, at, bytes, flags, next } }
#define MANY(count, at, bytes)          { many_stroke, { count, at, bytes } }
#define PUT16(at, value)                { put16_stroke, { at, value } }
#define IDX(value)                      PUT16(AVAILABLE + 2, value)
#define OFFER(head)                     { offer_stroke, { 0, head } }
#define OFFER_2(head)                   { offer_stroke, { 1, head } }
#define KICK                            REG(0x50, 0)
#define KICK_2                          REG(0x50, 1)
#define NOISE(at, bytes, value)         { noise_stroke, { at, bytes, value } }
#define COMMAND(type, bytes, room, ...) { command_stroke, { type, bytes, room, __VA_ARGS__ } }
#define TYPE(bytes)                     { type_stroke, { bytes } }
#define READER(bytes)                   { reader_stroke, { bytes } }

/* Often needed: a buffer that would be served, and features accepted before status goes on. */
#define GOOD                            DESC(0, BUFFERS, 64, WRITE, 0), OFFER(0)
#define ACCEPT(low, high)               REG(0x24, 0), REG(0x20, low), REG(0x24, 1), REG(0x20, high)
#define UP_TO(status)                   REG(0x70, 0), REG(0x70, 1), REG(0x70, 3), REG(0x70, status)
#define RESOURCE                        COMMAND(0x101, 40, 24, 1, 2, 16, 16)
#define BACKING                         COMMAND(0x106, 48, 24, 1, 1, BUFFERS, 0, 1024)
#define TRANSFER(bytes, ...)            COMMAND(0x105, bytes, 24, __VA_ARGS__)

static const struct row {
    const char *id, *does;
    enum kind   kind;
    unsigned    on;
    enum begin  begin;
    uint64_t    features;
    struct stroke strokes[18];
    const char *says;                   /* what the device has to say to it; null: nothing */
} rows[] = {
#include "tests/host/violations.h"
};

/* ---- What no device can feel ---------------------------------------------------------------- */

/* Why there is no row for a duty, and for which. */
static const struct {
    const char *because, *ids;
} unfelt[] = {
#include "tests/host/unfelt.h"
};

/* ---- Playing -------------------------------------------------------------------------------- */

static char said[8000];                 /* all that the device said */

static void listen(void *context, const char *who, const char *text)
{
    const size_t n = strlen(said);

    (void)context;
    snprintf(said + n, sizeof said - n, "%s: %s\n", who, text);
}

static size_t read_text(void *context, const uint8_t *text, size_t bytes)
{
    (void)context;
    (void)text;
    if (bytes > heard)
        bytes = heard;
    heard -= bytes;
    return bytes;
}

static struct vdev *make_device(struct hand *h, enum kind kind)
{
    console_init(&console, "console", &h->memory, read_text, NULL);
    gpu_init(&gpu, "gpu", &h->memory, 1280, 720, NULL);
    heard = SIZE_MAX;
    return kind == RNG ? &h->rng.vdev : kind == CONSOLE ? &console.vdev
         : kind == GPU ? &gpu.vdev : NULL;
}

static void begin(struct hand *h, const struct row *r)
{
    const unsigned queues = h->device != NULL ? h->device->kind->queues : 0;

    memset(h->ram, 0, RAM_BYTES);
    memset(expected, 0, RAM_BYTES);
    given_count = 0;
    offered[0] = offered[1] = 0;
    h->size = 4;
    if (r->begin != COLD)
        negotiate(h, r->features);
    for (unsigned q = 0; q < queues; q++) {
        if (r->begin == LIVE)
            set_queue(h, q, 4, rings(q), rings(q) + 0x1000, rings(q) + 0x2000);
        give(rings(q) + 0x2000, 0x1000);
    }
    if (r->begin == LIVE)
        reg_write(h, 0x70, 15);
}

static bool was_given(uint64_t address)
{
    for (unsigned i = 0; i < given_count; i++)
        if (address - given[i].at < given[i].bytes)
            return true;
    return false;
}

static void need_untouched(const struct hand *h)
{
    enum { PAGE = 4096 };

    for (uint64_t page = 0; page < RAM_BYTES; page += PAGE)
        for (uint64_t i = page;
             i < page + PAGE && memcmp(h->ram + page, expected + page, PAGE) != 0; i++)
            need(h->ram[i] == expected[i] || was_given(RAM + i),
                 "0x%llx was written, which nobody gave", (unsigned long long)(RAM + i));
}

/* As any kernel finds the machine after another one. */
static void need_the_next(struct hand *h)
{
    if (h->device == NULL)
        hand_begin(h, &h->rng.vdev);
    if (h->way != BY_SLOT) {
        bus_write(&h->bus, FUNCTION + h->function.msix.at + 2, 2, 0);
        hand_firmware(h);
    }
    heard = SIZE_MAX;
    need_works(h);
}

static void play(const struct row *r, enum way way)
{
    struct hand *h = &hand;

    hand_begin_by(h, make_device(h, r->kind), way, r->on == VZ ? &virtio_layout_vz : NULL);
    begin(h, r);
    said[0] = 0;
    report.fault = listen;
    for (const struct stroke *s = r->strokes; s->run != NULL; s++)
        s->run(h, s->v);
    need(r->says == NULL ? said[0] == 0 : strstr(said, r->says) != NULL, "it said \"%s\"", said);
    need_untouched(h);
    report.fault = hand_fault;
    need_the_next(h);
    gpu_destroy(&gpu);
}

static void by_slot(void *row)
{
    play(row, BY_SLOT);
}

static void by_bar(void *row)
{
    play(row, BY_BAR);
}

/* ---- All duties? ---------------------------------------------------------------------------- */

static bool is_in_list(const char *ids, const char *id)
{
    const size_t n = strlen(id);

    for (const char *p = strstr(ids, id); p != NULL; p = strstr(p + 1, id))
        if ((p == ids || p[-1] == ' ') && (p[n] == ' ' || p[n] == 0))
            return true;
    return false;
}

/* 1: there is a row; 0: it is argued; -1: neither, or both. */
static int account(const char *id)
{
    unsigned played = 0, argued = 0;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        played |= strcmp(rows[i].id, id) == 0;
    for (size_t i = 0; i < sizeof unfelt / sizeof *unfelt; i++)
        argued += is_in_list(unfelt[i].ids, id);
    return played + argued == 1 ? (int)played : -1;
}

static void all_duties(void *unused)
{
    static const char *const files[] = { TREE "/tests/spec/driver.tsv",
                                         TREE "/tests/spec/informal.tsv" };
    unsigned felt = 0, all = 0, lost = 0;
    char line[2000];

    (void)unused;
    for (unsigned i = 0; i < 2; i++) {
        FILE *file = fopen(files[i], "r");

        need(file != NULL, "%s cannot be read", files[i]);
        while (fgets(line, sizeof line, file) != NULL) {
            const char *id = strtok(line, "\t"), *section = strtok(NULL, "\t");
            const char *level = strtok(NULL, "\t");
            int have;

            if (section == NULL || level == NULL || (strncmp(level, "MUST", 4) != 0
                                                     && strcmp(level, "must") != 0))
                continue;
            have = account(id);
            if (have < 0)
                tap_note("%s has no row and no reason, or both", id);
            felt += have == 1;
            lost += have < 0;
            all++;
        }
        fclose(file);
    }
    tap_note("%u duties of a driver: %u can be felt, and their breach was survived; %u argued", all,
             felt, all - felt);
    need(lost == 0 && felt > 100, "%u of them are not accounted for", lost);
}

int main(void)
{
    hand_start(&hand, 120);
    expected = malloc(RAM_BYTES);
    if (expected == NULL)
        tap_bail("out of memory");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        char name[160];

        snprintf(name, sizeof name, "%s, mmio: %s", r->id, r->does);
        if (r->on & MMIO)
            tap_run(name, by_slot, (void *)(uintptr_t)r);
        snprintf(name, sizeof name, "%s, pci: %s", r->id, r->does);
        if (r->on & (PCI | VZ))
            tap_run(name, by_bar, (void *)(uintptr_t)r);
    }
    tap_run("each MUST of a driver is broken here, or it is argued why no device can feel it",
            all_duties, NULL);
    free(expected);
    return hand_stop(&hand);
}
