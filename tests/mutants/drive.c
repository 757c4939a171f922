/* A short life of our driver, with lint beside it: for damaged copies of virtio_bare.h.
 *
 * Compiled with the folder of such a copy before all others, it opens console, gpu and an
 * entropy device, uses all of them and closes them, on PCI and in slots. What lint finds is
 * printed; the last line names the rules. Whatever else goes wrong does not matter. */
#include "tests/host/setting.h"

enum { WIDTH = 64, HEIGHT = 48, PIECES = 3, TOO_WIDE = 9000 };      /* the device takes 8192 */

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

/* Objects, their rings and buffers in memory that was someone else's before. */
static vb_console *used_console(void)
{
    vb_console *c = new_console();

    memset(&c->dma, 0xa5, sizeof c->dma);
    return c;
}

static vb_gpu *used_gpu(void)
{
    vb_gpu *g = new_gpu();

    memset(&g->dma, 0xa5, sizeof g->dma);
    return g;
}

/* No character is like its neighbours. */
static void write_and_read(vb_console *c)
{
    char text[600], typed[8];

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('0' + i % 71);
    vb_console_write(c, text, sizeof text);
    for (int i = 0; i < 6; i++) {
        world_say(0, text, 40);
        while (vb_console_read(c, typed, sizeof typed) > 0)
            ;
    }
}

/* Until the rings come round; then with interrupts; then the device gives up. */
static void drive_console(void *argument)
{
    const vb_console_desc loud = {.interrupts = 1};
    stage *s = argument;
    struct console *device = &((ours *)s->w->self)->console[0];
    vb_machine *m = stage_begin(s);
    vb_console *c = used_console();

    world_clock(STEP_US);
    vb_console_open(c, m, 0);
    vb_console_print(c, "one line\n");
    vb_console_emergency(c, '!');
    for (int i = 0; i < 12; i++)
        write_and_read(c);
    vb_console_close(c);
    vb_console_open_desc(c, m, &loud);          /* into memory that was the device's */
    for (unsigned i = 0; i < 2; i++) {
        console_resize(device, 99 + i, 33);
        vb_device_interrupt(&c->device);
        vb_console_size(c);
        write_and_read(c);
    }
    vdev_broken(&device->vdev, "for no reason");
    write_and_read(c);
    vb_console_open(c, m, 0);
    vb_console_print(c, "again\n");
    vb_console_close(c);
}

static void drive_gpu(void *argument)
{
    static const vb_rect some[] = {{1, 2, 10, 20}, {30, 4, 8, 8}, {60, 40, 10, 10}, {5, 9, 8, 9}};
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = used_gpu();
    vb_gpu_desc desc = {.width = WIDTH, .height = HEIGHT, .bytes = VB_GPU_BYTES(TOO_WIDE, 1)};

    world_clock(STEP_US);
    desc.pixels = world_flat(desc.bytes, 4096);
    vb_gpu_open_desc(g, m, &desc);
    vb_gpu_present(g, NULL, 0);
    vb_gpu_poll(g);
    desc.width = TOO_WIDE;
    desc.height = 1;
    vb_gpu_open_desc(g, m, &desc);
    vb_gpu_present(g, NULL, 0);
    s->resize(s, 800, 600);
    vb_gpu_poll(g);
    desc.width = WIDTH / 2;
    desc.height = HEIGHT;
    vb_gpu_open_desc(g, m, &desc);
    vb_gpu_present(g, some, 4);
    vb_gpu_close(g);
}

/* With interrupts, and pixels in pieces; then the device gives up. */
static void drive_pieces(void *argument)
{
    stage *s = argument;
    struct gpu *device = &((ours *)s->w->self)->gpu[0];
    vb_machine *m = stage_begin(s);
    vb_gpu *g = used_gpu();
    vb_gpu_entry *piece = world_flat(PIECES * sizeof *piece, 16);
    vb_gpu_desc desc = {.width = WIDTH, .height = HEIGHT, .bytes = VB_GPU_BYTES(WIDTH, HEIGHT),
                        .pieces = piece, .piece_count = PIECES, .interrupts = 1};

    world_clock(STEP_US);
    desc.pixels = world_scattered(PIECES * 4096, 4096);
    for (size_t i = 0; i < PIECES; i++)
        vb_gpu_piece(&piece[i], world_user(), (uint8_t *)desc.pixels + 4096 * i, 4096);
    vb_gpu_open_desc(g, m, &desc);
    for (int i = 0; i < 12; i++) {
        vb_gpu_present(g, NULL, 0);
        vb_device_interrupt(&g->device);
    }
    vdev_broken(&device->vdev, "for no reason");
    vb_gpu_present(g, NULL, 0);
    vb_gpu_close(g);
}

/* Queues with hardly any room; a reset, and the device says so, too. */
static void make_small(struct vdev *d, uint16_t places)
{
    ours_queue_max(d, places);
    vdev_set_status(d, 0);
}

static void drive_small(void *argument)
{
    stage *s = argument;
    ours *o = s->w->self;
    vb_machine *m = stage_begin(s);
    vb_console *c = used_console();
    vb_gpu *g = used_gpu();
    const size_t bytes = VB_GPU_BYTES(1280, 800);

    world_clock(STEP_US);
    make_small(&o->console[0].vdev, 2);
    make_small(&o->gpu[0].vdev, 4);
    vb_console_open(c, m, 0);
    write_and_read(c);
    vb_console_close(c);
    vb_gpu_open(g, m, 0, world_flat(bytes, 4096), bytes);
    vb_gpu_present(g, NULL, 0);
    vb_gpu_close(g);
}

/* With interrupts, by hand, beside an open console: three requests at once, then one after
 * the other, often enough for the ring to come round; and once in vain. */
static void drive_entropy(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_device *d = world_scattered(sizeof *d, 16);
    vb_queue *q = world_scattered(sizeof *q, 16);
    vb_ring *ring = world_flat(sizeof *ring, 2048);
    uint8_t *bytes = world_flat(40 * 64, 64);
    vb_console *c = used_console();
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
        const vb_buffer buffers[] = {{bytes + 64 * i, 8}, {bytes + 64 * i + 16, 8}};
        const vb_buffer one = {bytes + 64 * i + 32, 32};

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
    vb_device_open(d, m, &want);
    vb_device_queue(d, q, 1, ring);     /* which the device does not have */
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
        {"console", drive_console}, {"gpu", drive_gpu}, {"pieces", drive_pieces},
        {"small", drive_small}, {"entropy", drive_entropy}, {"legacy", drive_legacy}};
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
