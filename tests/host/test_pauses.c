/* Devices that pause: a console whose reader takes a little and then nothing for a
 * while, and devices that stop or give up at any register access of what the driver does.
 * What was taken comes out once and in order; what cannot be answered ends in time, and
 * lint finds no fault with it. */
#include "tests/host/inject.h"
#include "tests/host/setting.h"
#include "tests/world/scenarios.h"

static ours o;
static stage s;

enum { STEP_US = 1000, SIDE = 64 };

static void forget_complaints(void)
{
    char last[256];

    o.w.complaints(&o.w, last, sizeof last);
}

/* ---- a reader ---- */

static void a_reader_pauses(void *argument)
{
    enum { CALLS = 300, MOST = 900 };
    static char queued[CALLS * MOST], text[MOST];
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();
    unsigned i, k, cut = 0;
    size_t all = 0;

    world_clock(STEP_US);
    need_ok(vb_console_open(c, m, 0));
    for (i = 0; i < CALLS; i++) {
        const unsigned count = 1 + world_random(MOST);
        int n;

        if (world_random(3) == 0)
            ours_pause(&o, 0, world_random(400));
        for (k = 0; k < count; k++)
            text[k] = (char)('0' + world_random(75));
        n = vb_console_write(c, text, count);
        need(n > 0 || n == VB_E_TIMEOUT, "write: %s", vb_error_name(n));
        cut += n < (int)count;
        memcpy(queued + all, text, n > 0 ? (size_t)n : 0);
        all += n > 0 ? (size_t)n : 0;
        if (world_random(4) == 0) {
            ours_resume(&o, 0);
            world_hear(0, queued, all);
            all = 0;
        }
    }
    need(cut > 20, "only %u calls were cut short", cut);
    ours_resume(&o, 0);
    need_ok(vb_console_drain(c));
    world_hear(0, queued, all);
    world_hear_nothing(0);
    need_ok(vb_console_close(c));
    stage_end(argument);
}

/* A reset forgets what the reader has not taken, and nothing of it comes out later. */
static void a_reset_forgets(void *argument)
{
    vb_machine *m = stage_begin(argument);
    vb_console *c = new_console();

    world_clock(STEP_US);
    need_ok(vb_console_open(c, m, 0));
    ours_pause(&o, 0, 3);
    need(vb_console_print(c, "forgotten") == 9, "print");
    need_ok(vb_console_open(c, m, 0));
    ours_resume(&o, 0);
    need(vb_console_print(c, "kept") == 4, "print");
    need_ok(vb_console_drain(c));
    world_hear(0, "forkept", 7);
    world_hear_nothing(0);
    need_ok(vb_console_close(c));
    stage_end(argument);
}

/* What is typed at any moment of an open is there when the driver reads, and nothing is
 * written into its buffers before DRIVER_OK [3.1.1]. */
static void type_early(void *nothing)
{
    const struct vdev *d = &o.console[0].vdev;

    (void)nothing;
    world_say(0, "x", 1);
    need(d->status & STATUS_DRIVER_OK || d->queue[0].next_used == 0,
         "a buffer was used before DRIVER_OK, with status %#x", d->status);
}

static void typed_while_opening(void *argument)
{
    unsigned long when, accesses = 1;

    for (when = 0; when < accesses; when++) {
        vb_machine *m = stage_begin(argument);
        vb_console *c = new_console();
        char got[4];
        inject in;

        memset(&in, 0, sizeof in);
        inject_at(&in, when, type_early, NULL);
        need_ok(vb_console_open(c, m, 0));
        accesses = in.seen;
        world_filter_set(NULL);
        need(vb_console_read(c, got, sizeof got) == 1 && got[0] == 'x',
             "typed before access %lu, and not there", when);
        need_ok(vb_console_close(c));
        stage_end(argument);
    }
    need(accesses > 40, "open made only %lu accesses", accesses);
}

/* ---- at every access ---- */

/* Neither reads nor writes RAM, as behind a bridge that was switched off. On PCI the
 * driver switches it on again when it opens. */
static void stop(void *device)
{
    ((struct vdev *)device)->may_dma = false;
}

/* Gives up, if a driver has come so far that there is something to give up [2.1.2]: who
 * set the status bits before looked at each of them. */
static void give_up(void *device)
{
    struct vdev *d = (struct vdev *)device;

    if (d->status & STATUS_FEATURES_OK)
        d->status |= STATUS_NEEDS_RESET;
}

typedef struct happening {
    const char *name;
    void (*happens)(void *device);
    int code;                           /* what comes of it, if it was in time */
    int complains;                      /* the device, too */
} happening;

static const happening happenings[] = {
    {"pauses", stop, VB_E_TIMEOUT, 1}, {"gives up", give_up, VB_E_NEEDS_RESET, 0},
};

typedef struct pausing {
    const char *name;
    int opens;                          /* else it is open before */
    int (*act)(vb_gpu *g, vb_machine *m, uint32_t *pixels);
} pausing;

static int opens(vb_gpu *g, vb_machine *m, uint32_t *pixels)
{
    vb_gpu_desc desc;

    memset(&desc, 0, sizeof desc);
    desc.pixels = pixels;
    desc.bytes = SIDE * SIDE * 4;
    desc.width = desc.height = SIDE;
    return vb_gpu_open_desc(g, m, &desc);
}

static int presents_it(vb_gpu *g, vb_machine *m, uint32_t *pixels)
{
    (void)m;
    (void)pixels;
    return vb_gpu_present(g, NULL, 0);
}

static int closes(vb_gpu *g, vb_machine *m, uint32_t *pixels)
{
    (void)m;
    (void)pixels;
    return vb_gpu_close(g);
}

static const pausing acts[] = {
    {"opens", 1, opens}, {"opens again", 0, opens}, {"presents", 0, presents_it},
    {"closes", 0, closes},
};

static const happening *what;

static void at_every_access(void *argument)
{
    const pausing *act = argument;
    unsigned long when, accesses = 1, failures = 0;

    for (when = 0; when < accesses; when++) {
        vb_machine *m = stage_begin(&s);
        vb_gpu *g = new_gpu();
        uint32_t *pixels = new_pixels(SIDE, SIDE);
        uint64_t began;
        inject in;
        int code;

        memset(&in, 0, sizeof in);
        o.gpu[0].vdev.may_dma = true;
        world_clock(STEP_US);
        if (!act->opens)
            need_ok(opens(g, m, pixels));
        inject_at(&in, when, what->happens, &o.gpu[0].vdev);
        began = world_now_us();
        code = act->act(g, m, pixels);
        need(code == VB_OK || code == what->code, "at access %lu: %s", when,
             vb_error_name(code));
        need(world_now_us() - began <= VB_TIMEOUT_US + VB_RESET_US + 40 * STEP_US,
             "at access %lu: it took %llu ms", when,
             (unsigned long long)(world_now_us() - began) / 1000);
        accesses = in.seen;
        failures += code != VB_OK;
        world_filter_set(NULL);
        o.gpu[0].vdev.may_dma = true;
        paint_pixels(pixels, SIDE, SIDE, (uint32_t)when);
        need_ok(opens(g, m, pixels));
        world_see("gpu", 0, pixels, SIDE, SIDE, SIDE);
        need_ok(vb_gpu_close(g));
        if (what->complains)
            forget_complaints();
        stage_end(&s);
    }
    need(failures > 0 || act->act == closes, "nothing at %lu accesses was noticed", accesses);
}

static const scenario readers[] = {
    {"a reader pauses at random", a_reader_pauses},
    {"what is typed while the driver opens is there", typed_while_opening},
    {"a reset forgets what the reader has not taken", a_reset_forgets},
};

static void all(stage *at)
{
    char name[80];
    size_t i;

    play(at, o.w.name, readers, sizeof readers / sizeof *readers);
    for (what = happenings; what < happenings + sizeof happenings / sizeof *happenings; what++)
        for (i = 0; i < sizeof acts / sizeof *acts; i++) {
            snprintf(name, sizeof name, "%s: a gpu %s at every access while the driver %s",
                     o.w.name, what->name, acts[i].name);
            tap_run(name, at_every_access, (void *)(uintptr_t)&acts[i]);
        }
}

int main(void)
{
    const ours_plan plain = {.name = NULL};

    tap_begin(60);
    on_both(&o, &s, plain, all);
    return tap_end();
}
