#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include "ours.h"

#include "examples/vmm/devices/report.h"
#include "tests/host/firmware.h"
#include "tests/world/tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- text on its way ---- */

static void append(ours_text *t, const void *bytes, size_t count)
{
    if (t->end + count > t->room && t->end) {
        memmove(t->bytes, t->bytes + t->start, t->end - t->start);
        t->end -= t->start;
        t->start = 0;
    }
    if (t->end + count > t->room) {
        t->room = 2 * (t->end + count);
        t->bytes = realloc(t->bytes, t->room);
        if (!t->bytes)
            tap_bail("out of memory");
    }
    memcpy(t->bytes + t->end, bytes, count);
    t->end += count;
}

static size_t take(ours_text *t, char *to, size_t room)
{
    const size_t n = t->end - t->start < room ? t->end - t->start : room;

    if (n)
        memcpy(to, t->bytes + t->start, n);
    t->start += n;
    return n;
}

/* ---- registers ---- */

/* What was typed and found no room in the device goes in when there is some. */
static void type_the_rest(ours *o)
{
    unsigned i;

    for (i = 0; i < o->plan.each; i++) {
        ours_text *t = &o->end[i].typed;

        if (t->start < t->end)
            t->start += console_type(&o->console[i], (const uint8_t *)t->bytes + t->start,
                                     t->end - t->start);
    }
}

static uint64_t read_register(world *w, uint64_t at, unsigned bytes)
{
    ours *o = w->self;

    return bus_read(&o->bus, at, bytes);
}

static void write_register(world *w, uint64_t at, unsigned bytes, uint64_t value)
{
    ours *o = w->self;

    bus_write(&o->bus, at, bytes, value);
    type_the_rest(o);
}

static uint32_t read_port(world *w, unsigned port)
{
    return pci_port_read(&((ours *)w->self)->pci, port - 0xcf8, 4);
}

static void write_port(world *w, unsigned port, uint32_t value)
{
    pci_port_write(&((ours *)w->self)->pci, port - 0xcf8, 4, value);
}

/* ---- shared memory, for lint alone ---- */

static void on_load(world *w, uint64_t at, unsigned bytes, int acquire)
{
    lint_load(&((ours *)w->self)->lint, at, bytes, acquire != 0);
}

static void on_store(world *w, uint64_t at, unsigned bytes, uint64_t value, int release)
{
    lint_store(&((ours *)w->self)->lint, at, bytes, value, release != 0);
}

static void on_barrier(world *w)
{
    lint_barrier(&((ours *)w->self)->lint);
}

/* ---- consoles ---- */

static size_t from_console(void *context, const uint8_t *text, size_t bytes)
{
    struct ours_end *e = context;

    if (e->has_budget && bytes > e->budget)
        bytes = e->budget;
    if (e->has_budget)
        e->budget -= bytes;
    append(&e->heard, text, bytes);
    return bytes;
}

static size_t hear(world *w, unsigned console, char *to, size_t room)
{
    return take(&((ours *)w->self)->end[console].heard, to, room);
}

static size_t say(world *w, unsigned console, const char *bytes, size_t count)
{
    ours *o = w->self;

    append(&o->end[console].typed, bytes, count);
    type_the_rest(o);
    return count;
}

void ours_pause(ours *o, unsigned console, size_t bytes)
{
    o->end[console].has_budget = 1;
    o->end[console].budget = bytes;
}

void ours_resume(ours *o, unsigned console)
{
    o->end[console].has_budget = 0;
    console_resume(&o->console[console]);
}

/* ---- displays ---- */

static void on_change(void *context, const struct gpu_frame *frame, const struct gpu_rect *damage)
{
    ours *o = context;

    need(damage->x + damage->width <= frame->width && damage->y + damage->height <= frame->height,
         "a change of %ux%u at %u,%u outside a frame of %ux%u", damage->width, damage->height,
         damage->x, damage->y, frame->width, frame->height);
    o->flushes++;
    o->rectangle[0] = damage->x;
    o->rectangle[1] = damage->y;
    o->rectangle[2] = damage->width;
    o->rectangle[3] = damage->height;
}

static int take_screen(world *w, const char *name, unsigned scanout, world_picture *p)
{
    ours *o = w->self;
    const unsigned n = name[3] ? (unsigned)(name[3] - '1') : 0;    /* "gpu", "gpu2" */
    struct gpu_frame frame;
    size_t i;

    if (n >= o->plan.each || scanout || !gpu_frame(&o->gpu[n], &frame))
        return 0;
    p->width = frame.width;
    p->height = frame.height;
    p->rgb = malloc((size_t)3 * frame.width * frame.height + 1);
    if (!p->rgb)
        tap_bail("out of memory");
    for (i = 0; i < (size_t)frame.width * frame.height; i++) {
        p->rgb[3 * i] = (unsigned char)(frame.pixels[i] >> 16);
        p->rgb[3 * i + 1] = (unsigned char)(frame.pixels[i] >> 8);
        p->rgb[3 * i + 2] = (unsigned char)frame.pixels[i];
    }
    return 1;
}

static unsigned flushes(world *w, unsigned rectangle[4])
{
    ours *o = w->self;
    const unsigned n = o->flushes;

    o->flushes = 0;
    memcpy(rectangle, o->rectangle, sizeof o->rectangle);
    return n;
}

/* ---- complaints ---- */

static void on_fault(void *context, const char *who, const char *text)
{
    ours *o = context;

    o->complaints++;
    snprintf(o->complaint, sizeof o->complaint, "%s: %.200s", who, text);
}

static unsigned complaints(world *w, char *last, size_t room)
{
    ours *o = w->self;
    const unsigned n = o->complaints;

    o->complaints = 0;
    snprintf(last, room, "%s", o->complaint);
    return n;
}

/* Our driver breaks no rule, so there are no exceptions. */
static void on_finding(void *context, const struct lint_finding *f)
{
    char line[256];

    snprintf(line, sizeof line, "%s [%s %s] %s; seen: %s", f->rule->id, f->rule->section,
             f->rule->level, f->rule->asks, f->seen);
    on_fault(context, f->place, line);
}

/* ---- making it ---- */

static void on_message(void *context, uint64_t address, uint32_t data)
{
    (void)address;
    (void)data;
    ((ours *)context)->messages++;
}

static void map_ram(ours *o)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    FILE *file = tmpfile();

    if (!file || ftruncate(fileno(file), MEMORY_BYTES))
        tap_bail("a file for guest RAM: %s", strerror(errno));
    o->mapping = mmap(NULL, MEMORY_BYTES + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (o->mapping == MAP_FAILED ||
        mmap(o->mapping + page, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
             fileno(file), 0) == MAP_FAILED)
        tap_bail("mmap of guest RAM: %s", strerror(errno));
    memory_open(&o->w.ram, fileno(file), o->plan.ram, 0);
    fclose(file);
    o->memory.count = 1;
    o->memory.region[0].base = o->plan.ram;
    o->memory.region[0].bytes = MEMORY_BYTES;
    o->memory.region[0].host = o->mapping + page;
}

static void must(bool done, const char *what)
{
    if (!done)
        tap_bail("%s", what);
}

static void plug(ours *o, unsigned number, struct vdev *d, struct virtio_pci *function)
{
    if (o->plan.mmio || number == OURS_GPU_3 || number == OURS_CONSOLE_3)
        o->slot[number].device = d;
    else
        must(virtio_pci_init(function, &o->pci, number, d, o->plan.layout), "virtio_pci_init");
}

static void make_devices(ours *o)
{
    static const unsigned gpus[] = {OURS_GPU, OURS_GPU_2, OURS_GPU_3};
    static const unsigned consoles[] = {OURS_CONSOLE, OURS_CONSOLE_2, OURS_CONSOLE_3};
    const struct gpu_screen screen = {.context = o, .changed = on_change};
    unsigned i;

    for (i = 0; i < o->plan.each; i++) {
        char name[24];

        snprintf(name, sizeof name, i ? "gpu %u" : "gpu", i + 1);
        gpu_init(&o->gpu[i], name, &o->memory, o->plan.width, o->plan.height, &screen);
        plug(o, gpus[i], &o->gpu[i].vdev, &o->function[2 * i]);
        snprintf(name, sizeof name, i ? "console %u" : "console", i + 1);
        o->end[i].of = o;
        console_init(&o->console[i], name, &o->memory, from_console, &o->end[i]);
        plug(o, consoles[i], &o->console[i].vdev, &o->function[2 * i + 1]);
    }
    rng_init(&o->rng, &o->memory);
    if (o->plan.rng)
        plug(o, o->plan.rng, &o->rng.vdev, &o->function[2 * OURS_EACH]);
}

static void fill_in(ours_plan *p)
{
    p->name = p->name ? p->name : p->mmio ? "ours, mmio" : "ours, pci";
    p->each = p->each ? p->each : 1;
    p->width = p->width ? p->width : 1280;
    p->height = p->height ? p->height : 800;
    p->ram = p->ram ? p->ram : 0x40000000;
    p->ecam = p->ecam ? p->ecam : 0x4010000000;
    if (!p->window[0].bytes) {
        p->window[0].base = 0x10000000;
        p->window[0].bytes = 0x2eff0000;
        p->window[1].base = p->window[1].bytes = 0x8000000000;
    }
}

/* The bus has both transports, as QEMU's `virt` has; the devices are on one. */
static void make_bus(ours *o)
{
    struct vdev *devices[OURS_SLOTS];
    unsigned i;

    must(pci_init(&o->pci, &o->bus, o->plan.ecam, 1 << 20), "pci_init");
    o->pci.context = o->pci.msi_context = o;
    o->pci.signal_msi = o->plan.msix ? on_message : NULL;
    for (i = 0; i < 2 && o->plan.window[i].bytes; i++)
        must(pci_add_window(&o->pci, o->plan.window[i].base, o->plan.window[i].bytes), "window");
    make_devices(o);
    for (i = 0; i < OURS_SLOTS; i++) {
        devices[i] = o->slot[i].device;
        must(mmio_init(&o->slot[i], &o->bus, OURS_SLOT_AT + (uint64_t)i * MMIO_SLOT_BYTES,
                       devices[i]), "mmio_init");
    }
    if (o->plan.placed)
        must(firmware_place(&o->pci), "a firmware finds no room");
}

/* From here on each access is looked at. */
static void make_lint(ours *o)
{
    unsigned i;

    lint_begin(&o->lint, &o->bus, &o->memory);
    lint_watch_pci(&o->lint, &o->pci);
    for (i = 0; i < OURS_SLOTS; i++)
        lint_watch_slot(&o->lint, &o->slot[i], OURS_SLOT_AT + (uint64_t)i * MMIO_SLOT_BYTES);
    o->lint.found = o->plan.found ? o->plan.found : on_finding;
    o->lint.context = o;
}

void ours_start(ours *o, const ours_plan *plan)
{
    memset(o, 0, sizeof *o);
    o->plan = *plan;
    fill_in(&o->plan);
    map_ram(o);
    memset(&report, 0, sizeof report);
    report.context = o;
    report.fault = on_fault;
    make_bus(o);
    make_lint(o);
    o->w.name = o->plan.name;
    o->w.self = o;
    o->w.at_once = 1;
    o->w.read = read_register;
    o->w.write = write_register;
    o->w.in32 = read_port;
    o->w.out32 = write_port;
    o->w.loading = on_load;
    o->w.storing = on_store;
    o->w.barrier = on_barrier;
    o->w.screen = take_screen;
    o->w.hear = hear;
    o->w.say = say;
    o->w.flushes = flushes;
    o->w.complaints = complaints;
    world_enter(&o->w);
}

void ours_stop(ours *o)
{
    unsigned i;

    lint_end(&o->lint);
    for (i = 0; i < o->plan.each; i++) {
        gpu_destroy(&o->gpu[i]);
        free(o->end[i].heard.bytes);
        free(o->end[i].typed.bytes);
    }
    memory_close(&o->w.ram);
    munmap(o->mapping, MEMORY_BYTES + 2 * (size_t)sysconf(_SC_PAGESIZE));
    memset(&report, 0, sizeof report);
}

void ours_queue_max(struct vdev *d, uint16_t max)
{
    unsigned i;

    for (i = 0; i < d->kind->queues; i++)
        d->queue[i].max = max;
}
