/* A short life of our driver, with lint beside it: for damaged copies of virtio_bare.h.
 *
 * Compiled with the folder of such a copy before all others, it opens console, gpu and an
 * entropy device, uses all of them and closes them, on PCI and in slots. What lint finds is
 * printed; the last line names the rules. Whatever else goes wrong does not matter. */
#include "tests/host/setting.h"

enum { WIDTH = 64, HEIGHT = 48, TOO_WIDE = 9000 };     /* the device takes 8192 */

/* A request may have gone astray: 20 looks at the clock and the driver gives up. */
enum { STEP_US = 50000 };

static char spoken[1000];

static void on_finding(void *context, const struct lint_finding *f)
{
    const size_t n = strlen(spoken);

    (void)context;
    printf("lint: %s: %s [%s %s] %s; seen: %s\n", f->place, f->rule->id, f->rule->section,
           f->rule->level, f->rule->asks, f->seen);
    if (!strstr(spoken, f->rule->id) && n + strlen(f->rule->id) + 2 < sizeof spoken)
        sprintf(spoken + n, " %s", f->rule->id);
}

static void drive_console(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    char text[600], typed[8];

    world_clock(STEP_US);
    memset(text, '.', sizeof text);
    vb_console_open(c, m, 0);
    vb_console_size(c);
    vb_console_print(c, "one line\n");
    vb_console_write(c, text, sizeof text);
    world_say(0, "typed", 5);
    vb_console_read(c, typed, sizeof typed);
    vb_console_emergency(c, '!');
    vb_console_close(c);
    vb_console_open(c, m, 0);           /* into memory that was the device's */
    vb_console_close(c);
}

static void drive_gpu(void *argument)
{
    static const vb_rect some[] = {{1, 2, 10, 20}, {30, 4, 8, 8}, {60, 40, 10, 10}};
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    vb_gpu_desc desc = {0};

    world_clock(STEP_US);
    desc.width = WIDTH;
    desc.height = HEIGHT;
    desc.bytes = VB_GPU_BYTES(TOO_WIDE, 1);
    desc.pixels = world_flat(desc.bytes, 4096);
    vb_gpu_open_desc(g, m, &desc);
    vb_gpu_present(g, NULL, 0);
    vb_gpu_present(g, some, 3);
    s->resize(s, 800, 600);
    vb_gpu_poll(g);
    desc.width = WIDTH / 2;
    vb_gpu_open_desc(g, m, &desc);
    vb_gpu_present(g, NULL, 0);
    desc.width = TOO_WIDE;
    desc.height = 1;
    vb_gpu_open_desc(g, m, &desc);
    vb_gpu_present(g, NULL, 0);
    vb_gpu_close(g);
}

/* With interrupts, by hand, beside an open console: three requests at once, then one after
 * the other, often enough for the ring to come round. */
static void drive_entropy(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_device *d = world_scattered(sizeof *d, 16);
    vb_queue *q = world_scattered(sizeof *q, 16);
    vb_ring *ring = world_flat(sizeof *ring, 2048);
    uint8_t *bytes = world_flat(256, 64);
    vb_console *c = new_console();
    vb_device_desc want = {0};
    uint32_t tag, count;
    int i;

    world_clock(STEP_US);
    vb_console_open(c, m, 0);
    want.type = 4;
    want.at = s->third_at;
    want.interrupts = 1;
    vb_device_open(d, m, &want);
    vb_device_queue(d, q, 0, ring);
    vb_device_start(d);
    for (i = 0; i < 40; i++) {
        const vb_buffer buffers[] = {{bytes + 64, 8}, {bytes + 128, 8}};
        const vb_buffer one = {bytes, 32};

        vb_queue_submit(q, 1, buffers, 0, 2);
        if (i % 4 == 0)
            vb_queue_submit(q, 2, &one, 0, 1);
        vb_queue_interrupts_on(q);
        vb_queue_kick(q);
        vb_device_interrupt(d);
        vb_queue_interrupts_off(q);
        while (vb_queue_poll(q, &tag, &count) > 0)
            ;
    }
    vb_device_close(d);
    vb_console_close(c);
}

/* The device is one that our driver cannot drive. */
static void drive_legacy(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_device *d = world_scattered(sizeof *d, 16);
    vb_device_desc want = {0};

    world_clock(STEP_US);
    ((ours *)s->w->self)->rng.vdev.offered &= ~FEATURE_VERSION_1;
    want.type = 4;
    want.at = s->third_at;
    vb_device_open(d, m, &want);
    vb_device_close(d);
}

int main(void)
{
    static const scenario lives[] = {
        {"console", drive_console}, {"gpu", drive_gpu}, {"entropy", drive_entropy},
        {"legacy", drive_legacy}};
    const ours_plan plan = {.rng = OURS_RNG, .found = on_finding};
    static ours o;
    static stage s;

    tap_begin(20);
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++)
        for (int mmio = 0; mmio < 2; mmio++) {
            ours_plan on = plan;

            on.mmio = mmio;
            on.placed = i == 1;         /* for once by a firmware */
            ours_start(&o, &on);
            set_stage(&s, &o);
            play(&s, o.w.name, &lives[i], 1);
            ours_stop(&o);
        }
    printf("spoke:%s\n", spoken);
    return tap_end();
}
