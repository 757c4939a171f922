/* What a kernel does with virtio_bare.h, written once for every world: each is a
 * function of a stage, and the tables at the end say which belong together. */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include "tests/world/stage.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- console ---------------------------------------------------------------- */

/* Write all of it, in as many calls as it takes. */
static void write_all(vb_console *c, const char *bytes, size_t count)
{
    while (count) {
        const int n = vb_console_write(c, bytes, (uint32_t)count);

        need(n > 0, "vb_console_write: %s", vb_error_name(n));
        bytes += n;
        count -= (size_t)n;
    }
}

static void console_prints(void *argument)
{
    static const char hello[] = "Hello from bare metal\n";
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    char every[256], again[256];
    int i;

    need_ok(vb_console_open(c, m, 0));
    need(vb_console_print(c, hello) == (int)sizeof hello - 1, "print returns the bytes queued");
    need_ok(vb_console_drain(c));
    world_hear(0, hello, sizeof hello - 1);

    /* Bytes are never changed, and the text may lie anywhere: here on the stack. */
    for (i = 0; i < 256; i++)
        every[i] = again[i] = (char)i;
    write_all(c, every, sizeof every);
    memset(every, '?', sizeof every);               /* it was copied */
    world_hear(0, again, sizeof again);
    need(vb_console_print(c, "") == 0, "\"\" queues nothing");
    need_ok(vb_console_drain(c));
    world_hear_nothing(0);
    need_ok(vb_console_close(c));
    need_code(vb_console_print(c, "x"), VB_E_NOT_OPEN);
    stage_end(s);
}

static void console_prints_much(void *argument)
{
    enum { BYTES = 20000 };
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    static char text[BYTES];
    size_t at = 0, i;

    for (i = 0; i < BYTES; i++)
        text[i] = (char)('a' + world_random(26));
    need_ok(vb_console_open(c, m, 0));
    while (at < BYTES) {
        size_t n = 1 + world_random(1200);

        n = n < BYTES - at ? n : BYTES - at;
        write_all(c, text + at, n);
        world_hear(0, text + at, n);
        at += n;
    }
    need_ok(vb_console_drain(c));
    world_hear_nothing(0);
    need_ok(vb_console_close(c));
    stage_end(s);
}

/* Read until `count` bytes came, in pieces of at most `piece`. */
static void read_all(vb_console *c, const char *expected, size_t count, size_t piece)
{
    static char got[1024];
    size_t at = 0;
    const time_t until = time(NULL) + 10;

    while (at < count) {
        const int n = vb_console_read(c, got, (uint32_t)piece);
        int i;

        need(n >= 0 && n <= (int)piece, "vb_console_read: %d", n);
        need(at + (size_t)n <= count, "more input than was sent");
        for (i = 0; i < n; i++)
            need(got[i] == expected[at + (size_t)i], "input byte %zu is %02x, not %02x",
                 at + (size_t)i, (unsigned char)got[i], (unsigned char)expected[at + (size_t)i]);
        at += (size_t)n;
        need(time(NULL) <= until, "only %zu of %zu bytes of input came", at, count);
    }
}

static void console_reads(void *argument)
{
    enum { BYTES = 6000 };
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    static char text[BYTES];
    char one;
    size_t i;

    for (i = 0; i < BYTES; i++)
        text[i] = (char)world_random(256);
    need_ok(vb_console_open(c, m, 0));
    need(vb_console_read(c, &one, 1) == 0, "nothing was typed yet");
    world_say(0, "k", 1);
    read_all(c, "k", 1, 16);
    world_say(0, text, BYTES);
    read_all(c, text, BYTES, 1000);
    world_say(0, text, 300);
    read_all(c, text, 300, 1);                      /* a byte at a time */
    need(vb_console_read(c, &one, 0) == 0, "room for nothing");
    need_ok(vb_console_close(c));
    stage_end(s);
}

/* What was typed before the driver came is there, and output and input do not
 * disturb each other. */
static void console_talks(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    int i;

    world_say(0, "early", 5);
    need_ok(vb_console_open(c, m, 0));
    read_all(c, "early", 5, 64);
    for (i = 0; i < 60; i++) {
        char line[40];
        const int n = snprintf(line, sizeof line, "line %d\n", i);

        world_say(0, line, (size_t)n);
        read_all(c, line, (size_t)n, 40);
        need(vb_console_print(c, line) == n, "the echo was cut");
        world_hear(0, line, (size_t)n);
    }
    need_ok(vb_console_close(c));
    stage_end(s);
}

static void console_opens_again(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    int i;

    for (i = 0; i < 6; i++) {
        need_ok(vb_console_open(c, m, 0));          /* twice with no close between */
        need(vb_console_print(c, "again\n") == 6, "print");
        world_hear(0, "again\n", 6);
        if (i % 2)
            need_ok(vb_console_close(c));
    }
    need_ok(vb_console_close(c));                   /* twice: nothing to do */
    stage_end(s);
}

static void console_emergency(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    const char *p;

    need_ok(vb_console_open(c, m, 0));
    for (p = "panic!"; *p; p++)
        need_ok(vb_console_emergency(c, *p));
    world_hear(0, "panic!", 6);
    need_ok(vb_console_close(c));
    stage_end(s);
}

/* ---- gpu -------------------------------------------------------------------- */

static uint32_t *new_pixels(uint32_t width, uint32_t height)
{
    return world_flat((size_t)width * height * 4, 4096);
}

/* No two pixels of a line or a column are alike for long, and every channel
 * moves: a wrong pitch, offset or channel order shows. */
static void paint_pixels(uint32_t *pixels, uint32_t words, uint32_t height, uint32_t seed)
{
    uint32_t x, y;

    for (y = 0; y < height; y++)
        for (x = 0; x < words; x++)
            pixels[(size_t)y * words + x] =
                ((x * 7 + seed) & 255) << 16 | ((y * 5 + seed * 3) & 255) << 8 | ((x ^ y) & 255);
}

static void gpu_draws(void *argument)
{
    enum { WIDTH = 1280, HEIGHT = 720 };
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(WIDTH, HEIGHT);
    unsigned r[4];

    paint_pixels(pixels, WIDTH, HEIGHT, 1);
    s->w->flushes(s->w, r);
    need_ok(vb_gpu_open(g, m, 0, pixels, (size_t)WIDTH * HEIGHT * 4));
    need(g->width == WIDTH && g->height == HEIGHT && g->pitch == WIDTH * 4,
         "a buffer for 1280x720 gives %ux%u, pitch %u", g->width, g->height, g->pitch);
    world_see("gpu", 0, pixels, WIDTH, HEIGHT, WIDTH);          /* open shows it */
    need(s->w->flushes(s->w, r) == 1 && r[0] == 0 && r[1] == 0 && r[2] == WIDTH && r[3] == HEIGHT,
         "open flushes the whole picture once");

    paint_pixels(pixels, WIDTH, HEIGHT, 2);
    need_ok(vb_gpu_present(g, NULL, 0));
    world_see("gpu", 0, pixels, WIDTH, HEIGHT, WIDTH);
    need(s->w->flushes(s->w, r) == 1 && r[2] == WIDTH && r[3] == HEIGHT, "present flushes once");
    need(vb_gpu_poll(g) == 0, "the display has not changed");
    need_ok(vb_gpu_close(g));
    need_code(vb_gpu_present(g, NULL, 0), VB_E_NOT_OPEN);
    stage_end(s);
}

static void gpu_takes_the_displays_size(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 800);
    const size_t bytes = (size_t)1280 * 800 * 4;

    paint_pixels(pixels, 1280, 800, 3);
    need_ok(vb_gpu_open(g, m, 0, pixels, bytes));
    need(g->width == 1280 && g->height == 800, "%ux%u", g->width, g->height);
    world_see("gpu", 0, pixels, 1280, 800, 1280);
    need_ok(vb_gpu_close(g));
    need_ok(vb_gpu_open(g, m, 0, pixels, bytes - 1));
    need(g->width == 1280 && g->height == 720, "%ux%u", g->width, g->height);
    need_ok(vb_gpu_close(g));
    need_code(vb_gpu_open(g, m, 0, pixels, (size_t)1280 * 720 * 4 - 1), VB_E_BUFFER);
    need(g->device.failure.value == (uint64_t)1280 * 720 * 4, "value names the bytes needed: %llu",
         (unsigned long long)g->device.failure.value);
    need_ok(vb_gpu_close(g));
    stage_end(s);
}

static void random_rect(vb_rect *r, uint32_t width, uint32_t height)
{
    r->x = world_random(width);
    r->y = world_random(height);
    r->width = 1 + world_random(width - r->x < 60 ? width - r->x : 60);
    r->height = 1 + world_random(height - r->y < 40 ? height - r->y : 40);
}

static void fill(uint32_t *pixels, uint32_t words, const vb_rect *r, uint32_t colour)
{
    uint32_t x, y;

    for (y = r->y; y < r->y + r->height; y++)
        for (x = r->x; x < r->x + r->width; x++)
            pixels[(size_t)y * words + x] = colour + (x ^ y);
}

/* Presents of random lists of damage; what is drawn inside the damage must show
 * and nothing else may change. A single rectangle is also drawn around: that
 * part must not show before it is presented too. */
static void presents(stage *s, unsigned count, unsigned look_every)
{
    enum { WIDTH = 317, HEIGHT = 203, WORDS = 320 };
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(WORDS, HEIGHT);
    static uint32_t model[WORDS * HEIGHT];
    vb_gpu_desc desc;
    unsigned i, k;

    memset(&desc, 0, sizeof desc);
    desc.pixels = pixels;
    desc.bytes = (size_t)WORDS * HEIGHT * 4;
    desc.width = WIDTH;
    desc.height = HEIGHT;
    desc.pitch = WORDS * 4;
    paint_pixels(pixels, WORDS, HEIGHT, 4);
    memcpy(model, pixels, desc.bytes);
    need_ok(vb_gpu_open_desc(g, m, &desc));
    world_see("gpu", 0, model, WIDTH, HEIGHT, WORDS);
    for (i = 0; i < count; i++) {
        vb_rect rect[12];
        const unsigned rects = 1 + world_random(i % 3 ? 12 : 1);

        for (k = 0; k < rects; k++) {
            const uint32_t colour = world_random(0x1000000);

            random_rect(&rect[k], WIDTH, HEIGHT);
            fill(pixels, WORDS, &rect[k], colour);
            fill(model, WORDS, &rect[k], colour);
        }
        if (rects == 1 && i % 4 == 0) {             /* drawn, but not told */
            vb_rect other;

            random_rect(&other, WIDTH, HEIGHT);
            fill(pixels, WORDS, &other, 0x123456);
            fill(pixels, WORDS, &rect[0], 0x654321);
            fill(model, WORDS, &rect[0], 0x654321);
            need_ok(vb_gpu_present(g, rect, 1));
            world_see("gpu", 0, model, WIDTH, HEIGHT, WORDS);
            fill(model, WORDS, &other, 0x123456);
            fill(model, WORDS, &rect[0], 0x654321);
            need_ok(vb_gpu_present(g, &other, 1));
        } else {
            need_ok(vb_gpu_present(g, rect, rects));
        }
        if (i % look_every == 0)
            world_see("gpu", 0, model, WIDTH, HEIGHT, WORDS);
    }
    world_see("gpu", 0, model, WIDTH, HEIGHT, WORDS);
    need_ok(vb_gpu_close(g));
    stage_end(s);
}

static void gpu_presents_a_thousand(void *argument)
{
    presents(argument, 1000, 10);
}

static void gpu_presents_some(void *argument)
{
    presents(argument, 40, 1);
}

static void gpu_clips(void *argument)
{
    enum { WIDTH = 200, HEIGHT = 100 };
    static const struct {
        const char *name;
        vb_rect rect, flushed;
    } rows[] = {
        {"inside", {10, 20, 30, 40}, {10, 20, 30, 40}},
        {"over the right edge", {190, 0, 500, 10}, {190, 0, 10, 10}},
        {"over the lower edge", {0, 95, 10, 4000000000u}, {0, 95, 10, 5}},
        {"a little over the right edge", {150, 3, 120, 5}, {150, 3, 50, 5}},
        {"a little over the lower edge", {5, 50, 10, 80}, {5, 50, 10, 50}},
        {"larger than all", {0, 0, 0xffffffff, 0xffffffff}, {0, 0, WIDTH, HEIGHT}},
        {"one that would wrap", {199, 99, 0xffffffff, 0xffffffff}, {199, 99, 1, 1}},
        {"empty", {10, 10, 0, 10}, {0, 0, 0, 0}},
        {"to the right of all", {200, 0, 10, 10}, {0, 0, 0, 0}},
        {"far away", {0xffffffff, 0xffffffff, 10, 10}, {0, 0, 0, 0}},
    };
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(WIDTH, HEIGHT);
    vb_gpu_desc desc;
    unsigned i, r[4];

    memset(&desc, 0, sizeof desc);
    desc.pixels = pixels;
    desc.bytes = WIDTH * HEIGHT * 4;
    desc.width = WIDTH;
    desc.height = HEIGHT;
    need_ok(vb_gpu_open_desc(g, m, &desc));
    s->w->flushes(s->w, r);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const vb_rect *f = &rows[i].flushed;
        unsigned n;

        paint_pixels(pixels, WIDTH, HEIGHT, i);
        need_ok(vb_gpu_present(g, &rows[i].rect, 1));
        n = s->w->flushes(s->w, r);
        if (!f->width)
            need(n == 0, "%s: %u flushes, none expected", rows[i].name, n);
        else
            need(n == 1 && r[0] == f->x && r[1] == f->y && r[2] == f->width && r[3] == f->height,
                 "%s: %u flushes, the last %u,%u %ux%u", rows[i].name, n, r[0], r[1], r[2], r[3]);
    }
    need_ok(vb_gpu_present(g, &rows[0].rect, 0));               /* an empty list */
    need(s->w->flushes(s->w, r) == 0, "an empty list flushes nothing");
    need_ok(vb_gpu_close(g));
    stage_end(s);
}

/* Random sizes and pitches; with and without a close between. */
static void gpu_opens_at_random_sizes(void *argument)
{
    enum { MOST = 500 };
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(MOST, MOST);
    unsigned i;

    for (i = 0; i < 30; i++) {
        const uint32_t width = 16 + world_random(MOST - 16), height = 16 + world_random(MOST - 16);
        const uint32_t words = i % 3 ? width : width + world_random(MOST - width + 1);
        vb_gpu_desc desc;

        memset(&desc, 0, sizeof desc);
        desc.pixels = pixels;
        desc.bytes = (size_t)words * height * 4;
        desc.width = width;
        desc.height = height;
        desc.pitch = words * 4;
        paint_pixels(pixels, words, height, i);
        need_ok(vb_gpu_open_desc(g, m, &desc));
        world_see("gpu", 0, pixels, width, height, words);
        pixels[0] ^= 0xffffff;
        pixels[(size_t)words * (height - 1) + width - 1] ^= 0xffffff;
        need_ok(vb_gpu_present(g, NULL, 0));
        world_see("gpu", 0, pixels, width, height, words);
        if (world_random(2))
            need_ok(vb_gpu_close(g));
    }
    need_ok(vb_gpu_close(g));
    stage_end(s);
}

/* Opening again without a close frees the picture before: no device has room for a
 * hundred. */
static void gpu_opens_again(void *argument)
{
    enum { SIDE = 64 };
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(SIDE, SIDE);
    vb_gpu_desc desc;
    uint32_t i;

    memset(&desc, 0, sizeof desc);
    desc.pixels = pixels;
    desc.bytes = SIDE * SIDE * 4;
    desc.width = SIDE;
    for (i = 0; i < 100; i++) {
        desc.height = SIDE - i % 2;
        paint_pixels(pixels, SIDE, SIDE, i);
        need_ok(vb_gpu_open_desc(g, m, &desc));
    }
    world_see("gpu", 0, pixels, SIDE, SIDE - 1, SIDE);
    need_ok(vb_gpu_close(g));
    stage_end(s);
}

/* Where a word 0x00RRGGBB has its bytes. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { NATIVE_RED = 1, NATIVE_GREEN, NATIVE_BLUE };
#else
enum { NATIVE_BLUE, NATIVE_GREEN, NATIVE_RED };
#endif

static void gpu_formats(void *argument)
{
    enum { WIDTH = 64, HEIGHT = 48 };
    static const struct {
        uint32_t format;
        unsigned red, green, blue;      /* which byte of a pixel holds them */
    } rows[] = {
        {VB_FORMAT_NATIVE, NATIVE_RED, NATIVE_GREEN, NATIVE_BLUE},
        {VB_FORMAT_B8G8R8X8, 2, 1, 0},
        {VB_FORMAT_R8G8B8A8, 0, 1, 2},
    };
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(WIDTH, HEIGHT), shown[WIDTH * HEIGHT];
    unsigned i, k;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        vb_gpu_desc desc;

        memset(&desc, 0, sizeof desc);
        desc.pixels = pixels;
        desc.bytes = WIDTH * HEIGHT * 4;
        desc.width = WIDTH;
        desc.height = HEIGHT;
        desc.format = rows[i].format;
        for (k = 0; k < WIDTH * HEIGHT; k++) {
            unsigned char *byte = (unsigned char *)&pixels[k];

            shown[k] = world_random(0x1000000);
            byte[rows[i].red] = (unsigned char)(shown[k] >> 16);
            byte[rows[i].green] = (unsigned char)(shown[k] >> 8);
            byte[rows[i].blue] = (unsigned char)shown[k];
            byte[6 - rows[i].red - rows[i].green - rows[i].blue] = 0xff;    /* the fourth */
        }
        need_ok(vb_gpu_open_desc(g, m, &desc));
        world_see("gpu", 0, shown, WIDTH, HEIGHT, WIDTH);
    }
    need_ok(vb_gpu_close(g));
    stage_end(s);
}

/* 1280x720 pixels in 900 pages that lie apart on the bus, described without a list;
 * the list lies apart as well. */
static uint32_t *scattered_pixels(vb_gpu_desc *desc, vb_gpu_entry **list)
{
    enum { WIDTH = 1280, HEIGHT = 720, PAGE = 4096, PIECES = WIDTH * HEIGHT * 4 / PAGE };
    uint32_t *pixels = world_scattered((size_t)PIECES * PAGE, PAGE);
    int i;

    *list = world_scattered(PIECES * sizeof **list, 16);
    for (i = 0; i < PIECES; i++)
        need_ok(vb_gpu_piece(&(*list)[i], world_user(), (char *)pixels + i * PAGE, PAGE));
    memset(desc, 0, sizeof *desc);
    desc->pixels = pixels;
    desc->bytes = (size_t)PIECES * PAGE;
    desc->width = WIDTH;
    desc->height = HEIGHT;
    return pixels;
}

static void gpu_takes_900_scattered_pages(void *argument)
{
    enum { WIDTH = 1280, HEIGHT = 720 };
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    vb_gpu_entry *pieces;
    vb_gpu_desc desc;
    uint32_t *pixels = scattered_pixels(&desc, &pieces);

    paint_pixels(pixels, WIDTH, HEIGHT, 9);
    need_code(vb_gpu_open_desc(g, m, &desc), VB_E_NOT_CONTIGUOUS);
    desc.pieces = pieces;
    desc.piece_count = 900;
    need_ok(vb_gpu_open_desc(g, m, &desc));
    world_see("gpu", 0, pixels, WIDTH, HEIGHT, WIDTH);
    paint_pixels(pixels, WIDTH, HEIGHT, 10);
    need_ok(vb_gpu_present(g, NULL, 0));
    world_see("gpu", 0, pixels, WIDTH, HEIGHT, WIDTH);
    need_ok(vb_gpu_close(g));
    stage_end(s);
}

/* ---- both, and the layers below --------------------------------------------- */

/* The program on the first page of the header. */
static void the_program(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *console = new_console();
    vb_gpu *gpu = new_gpu();
    uint32_t *pixels = new_pixels(1280, 720), i;

    if (vb_console_open(console, m, 0) == VB_OK)
        vb_console_print(console, "Hello from bare metal\n");
    if (vb_gpu_open(gpu, m, 0, pixels, (size_t)1280 * 720 * 4) == VB_OK) {
        for (i = 0; i < gpu->width * gpu->height; i++)
            pixels[i] = 0x3498DB;
        vb_gpu_present(gpu, NULL, 0);
    }
    world_hear(0, "Hello from bare metal\n", 22);
    world_see("gpu", 0, pixels, 1280, 720, 1280);
    need(world_traced_errors() == 0, "an error was traced");
    need_ok(vb_console_close(console));
    need_ok(vb_gpu_close(gpu));
    stage_end(s);
}

static void opened_by_place(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(1280, 720);

    paint_pixels(pixels, 1280, 720, 5);
    need_ok(vb_console_open_at(c, m, s->console_at));
    need_ok(vb_gpu_open_at(g, m, s->gpu_at, pixels, (size_t)1280 * 720 * 4));
    need(vb_console_print(c, "by place\n") == 9, "print");
    world_hear(0, "by place\n", 9);
    world_see("gpu", 0, pixels, 1280, 720, 1280);
    need_ok(vb_gpu_close(g));
    need_ok(vb_console_close(c));
    need_code(vb_console_open_at(c, m, s->gpu_at), VB_E_NOT_VIRTIO);
    stage_end(s);
}

/* Two objects want one device: the second is told; close makes room. */
static void one_device_one_object(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *a = new_console(), *b = new_console();

    need_ok(vb_console_open(a, m, 0));
    need_code(vb_console_open(b, m, 0), VB_E_BUSY);
    need_code(vb_console_open_at(b, m, s->console_at), VB_E_BUSY);
    need_code(vb_console_open(b, m, 1), VB_E_NOT_FOUND);
    need(vb_console_print(a, "still mine\n") == 11, "print");
    world_hear(0, "still mine\n", 11);
    need_ok(vb_console_open(a, m, 0));
    need_ok(vb_console_close(a));
    need_ok(vb_console_open(b, m, 0));
    need(vb_console_print(b, "mine now\n") == 9, "print");
    world_hear(0, "mine now\n", 9);
    need_ok(vb_console_close(b));
    stage_end(s);
}

/* ---- tables ----------------------------------------------------------------- */

/* Everything. */
static const scenario all_scenarios[] = {
    {"the program of the first page", the_program},
    {"a console prints every byte unchanged", console_prints},
    {"a console prints 20,000 bytes", console_prints_much},
    {"a console reads, in large and small pieces", console_reads},
    {"a console echoes", console_talks},
    {"a console is opened again and again", console_opens_again},
    {"a console prints by its emergency register", console_emergency},
    {"a gpu draws 1280x720, byte for byte", gpu_draws},
    {"a gpu takes the size of the display if the buffer allows", gpu_takes_the_displays_size},
    {"a gpu presents a thousand lists of damage", gpu_presents_a_thousand},
    {"a gpu clips damage to the picture", gpu_clips},
    {"a gpu opens at random sizes and pitches", gpu_opens_at_random_sizes},
    {"a gpu is opened again and again", gpu_opens_again},
    {"a gpu knows three pixel formats", gpu_formats},
    {"a gpu takes a picture of 900 scattered pages", gpu_takes_900_scattered_pages},
    {"devices are opened by their place", opened_by_place},
    {"one device belongs to one object", one_device_one_object},
};

/* What shows in a moment whether a machine works. */
static const scenario short_scenarios[] = {
    {"the program of the first page", the_program},
    {"a console prints every byte unchanged", console_prints},
    {"a console reads, in large and small pieces", console_reads},
    {"a gpu presents lists of damage", gpu_presents_some},
    {"one device belongs to one object", one_device_one_object},
};

#endif
