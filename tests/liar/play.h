/* Plays the liar's table (rows.h), and what takes more than a row, on a stage: a
 * world whose devices are honest, with a gpu, a console, and a driver under test.
 * Included by one test of each world, which sets it.s up. The gpu's display is
 * 640x480, and VB_DEVICES is 2, so that a third device is too many. */
#ifndef PLAY_H
#define PLAY_H

#include "tests/world/refusals.h"
#include "tests/world/scenarios.h"

#include "tests/liar/rows.h"            /* uses the driver's names */

enum { WIDTH = 640, HEIGHT = 480, BUFFER = 1280 * 720 * 4, STEP_US = 1000, RANDOM_LIVES = 60 };

static struct {
    stage s;                            /* whoever includes this sets it up */
    liar l;
    vb_console *console;
    vb_gpu *gpu;
    uint32_t *pixels;
} it;

static int is_about_console(operation op)
{
    return op <= CLOSE_CONSOLE;
}

static int opens(operation op)
{
    return op == OPEN_CONSOLE || op == OPEN_CONSOLE_AT || op == OPEN_GPU || op == OPEN_GPU_AT;
}

static const vb_device *device_of(operation op)
{
    return is_about_console(op) ? &it.console->device : &it.gpu->device;
}

/* ---- what is tried ---- */

static int print_and_drain(void)
{
    const int n = vb_console_print(it.console, "a lie\n");

    if (n < 0)
        return n;
    return n < 6 ? (int)it.console->device.failure.code : vb_console_drain(it.console);
}

static int type_and_read(void)
{
    char got[64];
    int n;

    world_say(0, "typed", 5);
    liar_answered(&it.l, 0);
    n = vb_console_read(it.console, got, sizeof got);
    return n < 0 ? n : VB_OK;
}

static int open_smaller(void)
{
    vb_gpu_desc desc;

    memset(&desc, 0, sizeof desc);
    desc.pixels = it.pixels;
    desc.bytes = BUFFER;
    desc.width = 320;
    desc.height = 200;
    return vb_gpu_open_desc(it.gpu, &it.s.machine, &desc);
}

static int try(operation op)
{
    vb_machine *m = &it.s.machine;

    switch (op) {
    case OPEN_CONSOLE: return vb_console_open(it.console, m, 0);
    case OPEN_CONSOLE_AT: return vb_console_open_at(it.console, m, it.s.console_at);
    case PRINT: return print_and_drain();
    case READ: return type_and_read();
    case CLOSE_CONSOLE: return vb_console_close(it.console);
    case OPEN_GPU: return vb_gpu_open(it.gpu, m, 0, it.pixels, BUFFER);
    case OPEN_GPU_AT: return vb_gpu_open_at(it.gpu, m, it.s.gpu_at, it.pixels, BUFFER);
    case PRESENT: return vb_gpu_present(it.gpu, NULL, 0);
    case POLL: return vb_gpu_poll(it.gpu);
    case REOPEN_GPU: return open_smaller();
    case CLOSE_GPU: return vb_gpu_close(it.gpu);
    case OPERATIONS: break;
    }
    return VB_OK;
}

static int open_honestly(operation op)
{
    return try(is_about_console(op) ? OPEN_CONSOLE : OPEN_GPU);
}

/* ---- before and after ---- */

/* As if no firmware had run: the device's registers have no address. */
static void unplace(void)
{
    world_poke(it.l.place + 4, 2, 0);
    world_poke(it.l.place + 0x20, 4, 0);
    world_poke(it.l.place + 0x24, 4, 0);
}

static void set_up(operation op)
{
    const int console = is_about_console(op);
    const uint64_t pci = it.s.ecam + ((uint64_t)(console ? 2 : 1) << 15);
    const uint64_t slot = console ? it.s.console_at : it.s.gpu_at;

    stage_begin(&it.s);
    it.console = new_console();
    it.gpu = new_gpu();
    it.pixels = world_flat(BUFFER, 4096);
    world_clock(STEP_US);
    /* A console's receive queue (0) answers when something is typed. */
    liar_watch(&it.l, it.s.w, it.s.mmio, it.s.mmio ? slot : pci, console ? 2 : 3);
}

/* What the device is good for once it is honest. */
static void works_now(operation op)
{
    char rest[4096];

    if (is_about_console(op)) {
        while (it.s.w->hear(it.s.w, 0, rest, sizeof rest))
            ;
        need(vb_console_print(it.console, "the truth\n") == 10, "print after the lie");
        need_ok(vb_console_drain(it.console));
        world_hear(0, "the truth\n", 10);
    } else {
        paint_pixels(it.pixels, it.gpu->width, it.gpu->height, world_random(99));
        need_ok(vb_gpu_present(it.gpu, NULL, 0));
        world_see("gpu", 0, it.pixels, it.gpu->width, it.gpu->height, it.gpu->width);
    }
}

/* What a console still had to say comes first. */
static void works_after(const char *queued, size_t count)
{
    need(vb_console_print(it.console, ".") == 1, "print after the pause");  /* rings again */
    need_ok(vb_console_drain(it.console));
    world_hear(0, queued, count);
    world_hear(0, ".", 1);
    works_now(OPEN_CONSOLE);
}

/* A lie breaks the object: the same code again, and the device is left alone. */
static void stays_broken(operation op, int code)
{
    const unsigned long accesses = world_count()->accesses;
    const int again = is_about_console(op) ? vb_console_print(it.console, "x")
                                           : vb_gpu_present(it.gpu, NULL, 0);

    need(again == code, "the next call returns %s", vb_error_name(again));
    need(world_count()->accesses == accesses, "a broken device was touched");
}

static int is_a_lie(int code)
{
    static const int lies[] = {VB_E_GONE, VB_E_NEEDS_RESET, VB_E_USED_INDEX, VB_E_USED_ID,
                               VB_E_USED_LENGTH, VB_E_RESPONSE, VB_E_RESPONSE_SHORT, VB_E_FENCE};
    size_t i;

    for (i = 0; i < sizeof lies / sizeof *lies; i++)
        if (lies[i] == code)
            return 1;
    return 0;
}

/* Rule 6: nothing lasts longer than the deadline, the reset and 40 accesses. */
static void was_in_time(uint64_t began)
{
    const uint64_t lasted = world_now_us() - began;

    need(lasted <= VB_TIMEOUT_US + VB_RESET_US + 40 * STEP_US, "it took %llu ms",
         (unsigned long long)lasted / 1000);
    need(world_count()->late <= 40, "%lu accesses after deadline and reset", world_count()->late);
}

static int try_in_time(operation op)
{
    const uint64_t began = world_now_us();
    int code;

    world_deadline(began + VB_TIMEOUT_US + VB_RESET_US);
    code = seen_code(try(op));
    was_in_time(began);
    world_deadline(0);
    return code;
}

/* ---- a row ---- */

static void check_what_came(const liar_row *row, int code)
{
    const vb_failure *f = &device_of(row->op)->failure;

    if (code != row->expect || (row->sentence && world_traced(row->sentence) != 1))
        world_print_trace();
    need(code == row->expect, "%s, not %s (lies told: %u)", vb_error_name(code),
         row->expect > 0 ? "1" : vb_error_name(row->expect), it.l.told);
    need(it.l.told > 0, "the lie was never told");
    if (row->sentence)
        need(world_traced(row->sentence) == 1, "\"%s\" was said %u times, not once",
             row->sentence, world_traced(row->sentence));
    if (code >= 0)
        return;
    need(f->code == code, "the object keeps %s", vb_error_name(f->code));
    need(world_traced_errors() > 0, "the error was not traced");
    if (row->step)
        need(f->step == row->step, "it happened at step %#x, the object says %#x", row->step, f->step);
}

/* Rule: giving up means FAILED, reset, bus mastering off; what never was reached, or
 * is gone, is told nothing. */
static void check_giving_up(int code)
{
    static const int told[] = {VB_E_STATUS, VB_E_FEATURES, VB_E_NO_VERSION_1, VB_E_QUEUE,
                               VB_E_DOORBELL, VB_E_CONFIG_SPACE, VB_E_TIMEOUT, VB_E_REFUSED,
                               VB_E_RESPONSE, VB_E_RESPONSE_SHORT, VB_E_FENCE, VB_E_USED_ID,
                               VB_E_USED_LENGTH, VB_E_NEEDS_RESET};
    size_t i;

    for (i = 0; i < sizeof told / sizeof *told; i++)
        if (told[i] == code) {
            need(it.l.failures > 0, "FAILED was not written");
            need(liar_status(&it.l) == 0, "the device was not reset");
        }
    need(it.s.mmio || it.l.gone || !(world_peek(it.l.place + 4, 2) & 4), "bus mastering is on");
}

static void check_the_size(const liar_row *row)
{
    const uint32_t width = row->sentence && row->op == OPEN_GPU &&
                           !strstr(row->sentence, "capability") ? 1280 : WIDTH;

    need(it.gpu->width == width, "the picture is %u wide, not %u", it.gpu->width, width);
}

/* Between the lie and a new open: what is promised of the object meanwhile. */
static void check_the_object(const liar_row *row, int code)
{
    if (opens(row->op) || row->op == CLOSE_CONSOLE || row->op == CLOSE_GPU)
        return;
    if (is_a_lie(code)) {
        stays_broken(row->op, code);
        return;
    }
    /* Now the late answers come: at once, or (PRESENT) with those of the next call. */
    if (row->lies[0].kind == LIE_HIDE || (row->lies[0].kind == LIE_SILENCE && row->op != PRESENT))
        liar_reveal(&it.l, is_about_console(row->op) ? 1 : 0);
    liar_tell(&it.l, NULL, 0);
    if (row->op == REOPEN_GPU && code)
        need(it.gpu->width == WIDTH, "the old picture was given up");
    works_now(row->op);
}

static void row_holds(void *argument)
{
    const liar_row *row = argument;
    unsigned lies = 0;
    int code;

    set_up(row->op);
    if (!opens(row->op))
        need_ok(open_honestly(row->op));
    else if (row->where & UNPLACED && !it.s.mmio)
        unplace();
    world_forget();
    while (lies < 2 && row->lies[lies].kind != HONEST)
        lies++;
    liar_tell(&it.l, row->lies, lies);
    code = try_in_time(row->op);
    check_what_came(row, code);
    if (row->op == OPEN_GPU && code == VB_OK)
        check_the_size(row);
    if (opens(row->op) && code < 0)
        check_giving_up(code);
    check_the_object(row, code);

    liar_tell(&it.l, NULL, 0);
    need_ok(open_honestly(row->op));
    works_now(row->op);
    need_ok(try(is_about_console(row->op) ? CLOSE_CONSOLE : CLOSE_GPU));
    world_leave(1);
}

/* ---- a device that vanishes at any moment of its waking ---- */

static void vanishes_at_every_read(operation op)
{
    unsigned reads;
    int code = VB_E_GONE;

    for (reads = 0; code != VB_OK; reads++) {
        const lie gone = VANISHES(reads);

        need(reads < 400, "open never succeeds");
        set_up(op);
        liar_tell(&it.l, &gone, 1);
        code = try_in_time(op);
        need(code < 0 || !it.l.gone, "vanished at read %u, and open succeeded", reads);
        need(code == VB_OK || code == VB_E_GONE || (reads < 3 && code == VB_E_NOT_FOUND),
             "vanished at read %u: %s", reads, vb_error_name(code));
        liar_tell(&it.l, NULL, 0);
        need_ok(open_honestly(op));
        need_ok(try(is_about_console(op) ? CLOSE_CONSOLE : CLOSE_GPU));
        world_leave(1);
    }
    tap_note("%u reads to open the %s", reads, is_about_console(op) ? "console" : "gpu");
}

static void console_vanishes(void *argument)
{
    (void)argument;
    vanishes_at_every_read(OPEN_CONSOLE);
}

static void gpu_vanishes(void *argument)
{
    (void)argument;
    vanishes_at_every_read(OPEN_GPU);
}

/* ---- late answers: quarantine ---- */

/* Every present times out until no slot is left; then a call sends nothing. One
 * late answer, and all is well. */
static void quarantine_fills_up(void *argument)
{
    const lie silence = SILENCE;
    unsigned i, sent = 0;

    (void)argument;
    set_up(OPEN_GPU);
    need_ok(try(OPEN_GPU));
    liar_tell(&it.l, &silence, 1);
    for (i = 0; i < 20; i++) {
        sent = it.gpu->control.sent;
        need_code(try_in_time(PRESENT), VB_E_TIMEOUT);
    }
    need(it.gpu->control.sent == sent, "a call without a free slot sent something");
    liar_reveal(&it.l, 0);
    liar_tell(&it.l, NULL, 0);
    works_now(OPEN_GPU);
    need_ok(try(CLOSE_GPU));
    world_leave(1);
}

/* A late answer that refuses belongs to the call that gave up, not to the next. */
static void late_refusals_count_for_nobody(void *argument)
{
    const lie lies[] = {SILENCE_ONCE, {.kind = LIE_WORD, .command = TRANSFER, .value = 0x1200, .count = 1}};

    (void)argument;
    set_up(OPEN_GPU);
    need_ok(try(OPEN_GPU));
    liar_tell(&it.l, lies, 2);
    need_code(try_in_time(PRESENT), VB_E_TIMEOUT);
    need_ok(try_in_time(PRESENT));                      /* the late answer comes first */
    need(it.l.told == 2, "%u lies were told", it.l.told);
    liar_tell(&it.l, NULL, 0);
    works_now(OPEN_GPU);
    need_ok(try(CLOSE_GPU));
    world_leave(1);
}

/* A console whose peer pauses: fewer bytes than asked, and the code in the object;
 * afterwards all that was queued comes out, in order. */
static void console_pauses(void *argument)
{
    const lie silence = SILENCE;
    static char text[5000];
    uint64_t began;
    size_t i;
    int n, more;

    (void)argument;
    set_up(OPEN_CONSOLE);
    for (i = 0; i < sizeof text; i++)
        text[i] = (char)('A' + i % 57);
    need_ok(try(OPEN_CONSOLE));
    liar_tell(&it.l, &silence, 1);
    began = world_now_us();
    n = vb_console_write(it.console, text, sizeof text);
    was_in_time(began);
    need(n > 0 && n < (int)sizeof text, "write queued %d bytes", n);
    need(it.console->device.failure.code == VB_E_TIMEOUT, "the object says %s",
         vb_error_name(it.console->device.failure.code));
    more = vb_console_write(it.console, text + n, 10);
    need(more == VB_E_TIMEOUT, "nothing could be queued, but write returned %d", more);
    need(vb_console_read(it.console, text, 1) == 0, "reading still works");
    liar_reveal(&it.l, 1);
    liar_tell(&it.l, NULL, 0);
    world_hear(0, text, (size_t)n);
    works_now(OPEN_CONSOLE);
    need_ok(try(CLOSE_CONSOLE));
    world_leave(1);
}

/* The peer pauses at random, for a call or for many, and misses the doorbells of that
 * time. Whatever write says it has queued comes out once and in order: no buffer is
 * used again before its time. */
static void console_pauses_at_random(void *argument)
{
    enum { CALLS = 150, MOST = 900 };
    const lie silence = SILENCE;
    static char queued[CALLS * MOST], text[MOST];
    size_t all = 0;
    unsigned i, k, mute = 0;

    (void)argument;
    set_up(OPEN_CONSOLE);
    need_ok(try(OPEN_CONSOLE));
    for (i = 0; i < CALLS; i++) {
        const unsigned count = 1 + world_random(MOST);
        int n;

        if (world_random(3) == 0) {
            mute = !mute;
            liar_tell(&it.l, &silence, mute);
        }
        for (k = 0; k < count; k++)
            text[k] = (char)('0' + world_random(75));
        n = vb_console_write(it.console, text, count);
        need(n == (int)count || mute, "write returned %d of %u to a peer that listens", n, count);
        need(n > 0 || n == VB_E_TIMEOUT, "write returned %s", vb_error_name(n));
        memcpy(queued + all, text, n > 0 ? (size_t)n : 0);
        all += n > 0 ? (size_t)n : 0;
        if (!mute) {
            world_hear(0, queued, all);
            all = 0;
        }
    }
    liar_tell(&it.l, NULL, 0);
    works_after(queued, all);
    need_ok(try(CLOSE_CONSOLE));
    world_leave(1);
}

/* The same for a gpu: presents time out or not; one that returns VB_OK has shown
 * exactly what the pixels are. */
static void gpu_pauses_at_random(void *argument)
{
    const lie silence = SILENCE;
    unsigned i, mute = 0, timeouts = 0;
    vb_rect r;

    (void)argument;
    set_up(OPEN_GPU);
    need_ok(try(OPEN_GPU));
    for (i = 0; i < 60; i++) {
        int code;

        if (world_random(3) == 0) {
            mute = !mute;
            liar_tell(&it.l, &silence, mute);
        }
        random_rect(&r, WIDTH, HEIGHT);
        fill(it.pixels, WIDTH, &r, world_random(0x1000000));
        code = world_random(4) ? vb_gpu_present(it.gpu, &r, 1) : vb_gpu_present(it.gpu, NULL, 0);
        need(code == VB_OK || (code == VB_E_TIMEOUT && mute), "present: %s", vb_error_name(code));
        timeouts += code != VB_OK;
        if (code == VB_OK) {
            need_ok(vb_gpu_present(it.gpu, NULL, 0));   /* what timed out as well */
            world_see("gpu", 0, it.pixels, WIDTH, HEIGHT, WIDTH);
        }
    }
    need(timeouts > 5, "only %u presents timed out", timeouts);
    liar_tell(&it.l, NULL, 0);
    works_now(OPEN_GPU);
    need_ok(try(CLOSE_GPU));
    world_leave(1);
}

/* GET_DISPLAY_INFO is mute: it costs at most a quarter of open's time. */
static void a_mute_display_costs_a_quarter(void *argument)
{
    const lie silence = SILENCE_ONCE;
    uint64_t began;

    (void)argument;
    set_up(OPEN_GPU);
    liar_tell(&it.l, &silence, 1);
    began = world_now_us();
    need_ok(try(OPEN_GPU));
    need(world_now_us() - began <= VB_TIMEOUT_US / 4 + 100 * STEP_US, "it took %llu us",
         (unsigned long long)(world_now_us() - began));
    liar_tell(&it.l, NULL, 0);
    works_now(OPEN_GPU);
    need_ok(try(CLOSE_GPU));
    world_leave(1);
}

/* A device that will not reset keeps the memory; the object knows and tries
 * again, and nobody else gets the device meanwhile. */
static void stuck_and_free_again(void *argument)
{
    const lie stuck = ADDS(REG_STATUS, 1);
    vb_console *other;

    (void)argument;
    set_up(OPEN_CONSOLE);
    other = new_console();
    need_ok(try(OPEN_CONSOLE));
    liar_tell(&it.l, &stuck, 1);
    need_code(try_in_time(CLOSE_CONSOLE), VB_E_STILL_OWNED);
    need_code(try_in_time(OPEN_CONSOLE), VB_E_STILL_OWNED);
    need_code(vb_console_open(other, &it.s.machine, 0), VB_E_BUSY);
    need_code(vb_console_print(it.console, "x"), VB_E_STILL_OWNED);
    need_code(try_in_time(CLOSE_CONSOLE), VB_E_STILL_OWNED);
    liar_tell(&it.l, NULL, 0);
    need_ok(try(CLOSE_CONSOLE));
    need_ok(vb_console_open(other, &it.s.machine, 0));
    need_ok(vb_console_close(other));
    world_leave(1);
}

/* Somebody resets the device behind the driver's back. */
static void reset_in_the_middle(void *argument)
{
    (void)argument;
    set_up(OPEN_GPU);
    need_ok(try(OPEN_GPU));
    it.l.waits = 0;                                     /* nobody will answer */
    world_poke(it.s.mmio ? it.l.place + 0x70 : it.l.region[0] + 20, it.s.mmio ? 4 : 1, 0);
    need_code(try_in_time(PRESENT), VB_E_TIMEOUT);
    need_ok(try(CLOSE_GPU));
    it.l.waits = 3;
    need_ok(try(OPEN_GPU));
    works_now(OPEN_GPU);
    need_ok(try(CLOSE_GPU));
    world_leave(1);
}

/* Of everything that is offered only what is known is taken [2.2.1]. */
static void takes_what_it_knows(void *argument)
{
    const uint64_t always = (uint64_t)1 << 32 | (uint64_t)1 << 33 | (uint64_t)1 << 36;
    const lie everything = SAYS(REG_DEVICE_FEATURES, 0xffffffff);

    (void)argument;
    set_up(OPEN_CONSOLE);
    liar_tell(&it.l, &everything, 1);
    need_ok(try(OPEN_CONSOLE));
    need(it.console->device.features == (always | 1 | 4), "a console takes %#llx",
         (unsigned long long)it.console->device.features);
    liar_tell(&it.l, NULL, 0);
    need_ok(try(CLOSE_CONSOLE));
    set_up(OPEN_GPU);
    liar_tell(&it.l, &everything, 1);
    need_ok(try(OPEN_GPU));
    need(it.gpu->device.features == always, "a gpu takes %#llx",
         (unsigned long long)it.gpu->device.features);
    liar_tell(&it.l, NULL, 0);
    need_ok(try(CLOSE_GPU));
    world_leave(1);
}

/* What lies behind the length is nobody's [2.7.8.1], and a display's word counts. */
static void lengths_and_sizes_are_believed(void *argument)
{
    const lie three = LENGTH(3);
    const lie other[] = {WORD(DISPLAY_INFO, 8, 800), WORD(DISPLAY_INFO, 9, 600)};
    char got[64];

    (void)argument;
    set_up(OPEN_CONSOLE);
    need_ok(try(OPEN_CONSOLE));
    world_say(0, "typed", 5);
    liar_tell(&it.l, &three, 1);
    liar_answered(&it.l, 0);
    need(vb_console_read(it.console, got, sizeof got) == 3 && memcmp(got, "typ", 3) == 0,
         "three bytes of five");
    liar_tell(&it.l, NULL, 0);
    need_ok(try(CLOSE_CONSOLE));
    set_up(OPEN_GPU);
    liar_tell(&it.l, other, 2);
    need_ok(try(OPEN_GPU));
    need(it.gpu->width == 800 && it.gpu->height == 600, "%ux%u", it.gpu->width, it.gpu->height);
    liar_tell(&it.l, NULL, 0);
    works_now(OPEN_GPU);
    need_ok(try(CLOSE_GPU));
    world_leave(1);
}

/* QEMU's console does not offer SIZE, ours says 80x25: pretended is as good as real. */
static void console_tells_its_size(void *argument)
{
    const lie small[] = {ADDS(REG_DEVICE_FEATURES, 1), CONFIG(0, 4, 100 | 30 << 16)};
    const lie large[] = {CONFIG(0, 4, 132 | 43 << 16)};
    uint32_t columns, rows;

    (void)argument;
    set_up(OPEN_CONSOLE);
    need_ok(try(OPEN_CONSOLE));
    columns = it.console->columns;
    rows = it.console->rows;
    liar_tell(&it.l, small, 2);
    need_ok(try(OPEN_CONSOLE));
    need(it.console->columns == 100 && it.console->rows == 30, "%ux%u", it.console->columns,
         it.console->rows);
    liar_tell(&it.l, large, 1);
    need_ok(vb_console_size(it.console));
    need(it.console->columns == 132 && it.console->rows == 43, "%ux%u", it.console->columns,
         it.console->rows);
    liar_tell(&it.l, NULL, 0);
    need_ok(try(OPEN_CONSOLE));
    need(it.console->columns == columns && it.console->rows == rows, "%ux%u, and %ux%u before the lie",
         it.console->columns, it.console->rows, columns, rows);
    need_ok(vb_console_size(it.console));
    works_now(OPEN_CONSOLE);
    need_ok(try(CLOSE_CONSOLE));
    world_leave(1);
}

/* No lie: the honest device gives up, over a ring that somebody scribbled on. */
static void a_real_device_gives_up(void *argument)
{
    unsigned n;
    char last[256];

    (void)argument;
    set_up(OPEN_GPU);
    need_ok(try(OPEN_GPU));
    it.l.waits = 0;                                     /* nobody will answer */
    memory_set_half(&it.gpu->dma.control.avail.idx,
                    (uint16_t)(memory_half(&it.gpu->dma.control.avail.idx) + 1000));
    world_poke(it.s.mmio ? it.l.place + 0x50 : it.l.region[1], it.s.mmio ? 4 : 2, 0);
    for (n = 0; n < 20000 && !(liar_status(&it.l) & 64); n++)
        ;
    need_code(try_in_time(PRESENT), VB_E_NEEDS_RESET);
    need(it.s.w->complaints(it.s.w, last, sizeof last) > 0, "the device did not complain");
    stays_broken(PRESENT, VB_E_NEEDS_RESET);
    it.l.waits = 3;
    need_ok(try(OPEN_GPU));
    works_now(OPEN_GPU);
    need_ok(try(CLOSE_GPU));
    world_leave(1);
}

/* Lies at random, in everything: nothing may be touched that is not the driver's,
 * nothing may last too long, what comes out is a known code, and the object can
 * be used again. A seed that fails is printed. */
static void a_random_life(operation op, uint32_t seed)
{
    static const operation then[2][3] = {{PRINT, PRINT, CLOSE_CONSOLE}, {PRESENT, REOPEN_GPU, CLOSE_GPU}};
    const lie random = {.kind = LIE_AT_RANDOM, .field = 4 + seed % 60, .value = seed};
    int code, i;

    set_up(op);
    liar_tell(&it.l, &random, 1);
    code = try_in_time(op);
    for (i = 0; i < 3; i++) {
        need(code <= 1 && code > VBI_LAST_ERROR, "seed %u: code %d", seed, code);
        code = try_in_time(then[!is_about_console(op)][i]);
    }
    liar_tell(&it.l, NULL, 0);
    if (open_honestly(op) != VB_OK) {
        tap_note("seed %u", seed);
        need_ok(open_honestly(op));
    }
    works_now(op);
    need_ok(try(is_about_console(op) ? CLOSE_CONSOLE : CLOSE_GPU));
    world_leave(1);
}

static void random_consoles(void *argument)
{
    uint32_t seed;

    (void)argument;
    for (seed = 1; seed <= RANDOM_LIVES; seed++)
        a_random_life(OPEN_CONSOLE, seed);
}

static void random_gpus(void *argument)
{
    uint32_t seed;

    (void)argument;
    for (seed = 1; seed <= RANDOM_LIVES; seed++)
        a_random_life(OPEN_GPU, seed + 1000);
}

static const scenario lasting[] = {
    {"a console lies at random", random_consoles},
    {"a gpu lies at random", random_gpus},
    {"a console vanishes at every read of its waking", console_vanishes},
    {"a gpu vanishes at every read of its waking", gpu_vanishes},
    {"time-outs use up all slots, late answers free them", quarantine_fills_up},
    {"a late refusal counts for nobody", late_refusals_count_for_nobody},
    {"a console's peer pauses", console_pauses},
    {"a console's peer pauses at random", console_pauses_at_random},
    {"a gpu pauses at random", gpu_pauses_at_random},
    {"a mute display costs a quarter of open's time", a_mute_display_costs_a_quarter},
    {"a device that will not reset is kept and tried again", stuck_and_free_again},
    {"a reset in the middle", reset_in_the_middle},
    {"of everything offered the known is taken", takes_what_it_knows},
    {"lengths and sizes are believed", lengths_and_sizes_are_believed},
    {"a console tells its size", console_tells_its_size},
    {"a real device gives up", a_real_device_gives_up},
};

/* ---- no error code is forgotten ---- */

static const struct {
    int code;
    const char *reason;
} elsewhere[] = {
    {VB_E_CONFIG, "needs two files with different macros: tests/build links such a program"},
    {VB_E_UNREACHABLE, "needs pointers of 32 bits and the default VB_MAP"},
};

static inline void every_code_was_provoked(void *argument)
{
    unsigned missing = 0, i;
    int code;

    (void)argument;
    for (code = -1; code > VBI_LAST_ERROR; code--) {
        for (i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
            if (elsewhere[i].code == code)
                break;
        if (i < sizeof elsewhere / sizeof *elsewhere) {
            tap_note("%s is not provoked here: %s", vb_error_name(code), elsewhere[i].reason);
            need(!errors_seen[-code], "%s is provoked: it must leave the list", vb_error_name(code));
        } else if (!errors_seen[-code]) {
            tap_note("%s was never provoked", vb_error_name(code));
            missing++;
        }
    }
    need(missing == 0, "%u codes are missing", missing);
}

/* ---- everything ---- */

static void all_rows(void)
{
    static const char *const operations[OPERATIONS] = {
        "console opens", "console opens by place", "console prints", "console reads",
        "console closes", "gpu opens", "gpu opens by place", "gpu presents", "gpu polls",
        "gpu opens again", "gpu closes"};
    char name[200];
    size_t i;

    for (i = 0; i < sizeof liar_rows / sizeof *liar_rows; i++) {
        const liar_row *row = &liar_rows[i];

        if (!(row->where & (it.s.mmio ? MMIO : PCI)))
            continue;
        snprintf(name, sizeof name, "%s, %s: %s", it.s.w->name,
                 operations[row->op], row->name);
        tap_run(name, row_holds, (void *)(uintptr_t)row);
    }
}

/* All there is, on the stage as it stands. */
static inline void play_the_liar(void)
{
    const char *where = it.s.w->name;

    all_rows();
    play(&it.s, where, lasting, sizeof lasting / sizeof *lasting);
    play(&it.s, where, refusals, sizeof refusals / sizeof *refusals);
    if (!it.s.mmio)
        play(&it.s, where, pci_refusals, sizeof pci_refusals / sizeof *pci_refusals);
}

#endif
