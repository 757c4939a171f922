/* machine.c - one device, reached one way, and around it what a guest can touch besides. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

/* The rng's: inputs have to be repeatable. */
int getentropy(void *to, size_t bytes)
{
    memset(to, 0x5a, bytes);
    return 0;
}

/* ---- What the host hears ---- */

static void on_fault(void *context, const char *who, const char *text)
{
    struct fuzz *f = context;

    hand_fault(&f->hand, who, text);
    if (f->tell)
        printf("#   %s: %s\n", who, text);
}

static bool wants_all(void *context, const char *event)
{
    (void)context;
    (void)event;
    return true;
}

static void on_trace(void *context, const char *event, const char *text)
{
    (void)context;
    need(strlen(event) > 0 && strlen(text) > 0, "a trace of nothing");
}

static void on_story(void *context, const char *who, const char *section, const char *driver,
                     const char *answer)
{
    (void)answer;
    on_trace(context, who, driver);
    need(strlen(section) > 0, "a story from nowhere");
}

static void on_finding(void *context, const struct lint_finding *found)
{
    struct fuzz *f = context;

    need(strlen(found->rule->id) > 0 && strlen(found->seen) < 1000, "a finding of nothing");
    if (f->tell)
        printf("#   lint: %s: %s; seen: %s\n", found->place, found->rule->id, found->seen);
}

static size_t on_text(void *context, const uint8_t *text, size_t bytes)
{
    struct fuzz *f = context;

    (void)text;
    if (bytes > f->budget)
        bytes = f->budget;
    f->budget -= bytes;
    return bytes;
}

static void on_serial(void *context, const uint8_t *text, size_t bytes)
{
    (void)context;
    need(bytes == 1 && text != NULL, "%zu bytes at once", bytes);
}

static void on_frame(void *context, const struct gpu_frame *frame, const struct gpu_rect *damage)
{
    (void)context;
    need((uint64_t)damage->x + damage->width <= frame->width
         && (uint64_t)damage->y + damage->height <= frame->height,
         "a change of %ux%u at %u,%u outside a frame of %ux%u", damage->width, damage->height,
         damage->x, damage->y, frame->width, frame->height);
}

static void on_off(void *context)
{
    ((struct fuzz *)context)->work++;
}

/* ---- Making it ---- */

/* RAM is 0 again for each input, and costs nothing where the last one did not touch it. It lies in
 * the heap, whose next bytes the address sanitizer watches. */
static uint8_t *clean_ram(void)
{
    static uint8_t *ram;

    if (ram == NULL)
        ram = aligned_alloc(1 << 16, RAM_BYTES);
    if (ram == NULL || mmap(ram, RAM_BYTES, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0) != ram)
        tap_bail("no memory for RAM");
    return ram;
}

/* The first byte of an input. */
enum { KIND = 0x03, WAY_SHIFT = 2, WAY = 0x03, LAYOUT_32 = 0x10, NO_STRAYS = 0x20, TOLD = 0x40,
       PLATFORM = 0x80 };
enum { VZ = 3 };                        /* the fourth way: a BAR, laid out as Apple's is */

static struct vdev *make_device(struct fuzz *f, unsigned kind)
{
    const struct gpu_screen screen = { f, on_frame, on_off };

    console_init(&f->console, "console", &f->hand.memory, on_text, f);
    gpu_init(&f->gpu, "gpu", &f->hand.memory, 1280, 720, &screen);
    return kind == 0 ? &f->hand.rng.vdev : kind == 1 ? &f->console.vdev : &f->gpu.vdev;
}

static void make_others(struct fuzz *f)
{
    f->pl011.sink = f->pc.sink = on_serial;
    f->v2m.line = 48;
    f->v2m.lines = 16;
    f->v2m.set_line = f->pl011.set_line = f->pc.set_line = hand_line;
    f->v2m.context = f->pl011.context = f->pc.context = &f->hand;
    uart_init_16550(&f->pc);
    need(uart_init_pl011(&f->pl011, &f->hand.bus, UART) && v2m_init(&f->v2m, &f->hand.bus, V2M)
         && mmio_init(&f->empty, &f->hand.bus, SLOT + MMIO_SLOT_BYTES, NULL), "the bus is full");
}

static void watch(struct fuzz *f)
{
    lint_begin(&f->lint, &f->hand.bus, &f->hand.memory);
    lint_watch_slot(&f->lint, &f->empty, SLOT + MMIO_SLOT_BYTES);
    if (f->hand.way == BY_SLOT)
        lint_watch_slot(&f->lint, &f->hand.slot, SLOT);
    else
        lint_watch_pci(&f->lint, &f->hand.pci);
    f->lint.found = on_finding;
    f->lint.context = f;
}

void fuzz_start(struct fuzz *f, const uint8_t *input, size_t size)
{
    struct hand *h = &f->hand;
    unsigned first, way;

    memset(f, 0, sizeof *f);
    f->input = input;
    f->left = size;
    f->budget = FUZZ_READS;
    f->size[0] = f->size[1] = 1;
    f->tell = getenv("FUZZ_TELL") != NULL;
    first = (unsigned)take(f, 1);
    way = first >> WAY_SHIFT & WAY;
    h->ram = clean_ram();
    hand_begin_by(h, make_device(f, first & KIND), way == VZ ? BY_BAR : way,
                  way == VZ ? &virtio_layout_vz : first & LAYOUT_32 ? &virtio_layout_32 : NULL);
    h->memory.region[h->memory.count++] = (struct guest_region){ 0ull - SECOND, SECOND, f->second };
    h->device->offered |= first & PLATFORM ? FEATURE_PLATFORM : 0;
    h->pci.has_no_strays = first & NO_STRAYS;
    h->pci.signal_msi = v2m_message;
    h->pci.msi_context = &f->v2m;
    make_others(f);
    report.context = f;
    report.fault = on_fault;
    if (first & TOLD) {
        report.wants = wants_all;
        report.trace = on_trace;
        report.story = on_story;
    }
    watch(f);
}

void fuzz_works(struct fuzz *f)
{
    struct hand *h = &f->hand;

    f->budget = FUZZ_READS;
    if (h->way != BY_SLOT) {            /* as after power on: no MSI-X, BARs in their places */
        bus_write(&h->bus, FUNCTION + h->function.msix.at + 2, 2, 0);
        hand_firmware(h);
    }
    f->gpu.mute = false;
    need_works(h);
}

void fuzz_stop(struct fuzz *f)
{
    lint_end(&f->lint);
    gpu_destroy(&f->gpu);
    memset(&report, 0, sizeof report);
}
