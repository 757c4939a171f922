/* What a driver must refuse without any lie being told: wrong arguments, machines
 * that lack something, objects used at the wrong time. */
#ifndef REFUSALS_H
#define REFUSALS_H

#include "tests/world/stage.h"

static void refuses_a_misplaced_object(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    char *memory = world_flat(sizeof(vb_console) + sizeof(vb_gpu) + 4096, 4096);
    uint32_t *pixels = world_flat(4096, 4096);
    const vb_failure *f = (const vb_failure *)(void *)(memory + 64);    /* its first member */

    need_code(vb_console_open((vb_console *)(void *)(memory + 64), m, 0), VB_E_ALIGN);
    need(f->code == VB_E_ALIGN, "the object keeps %s", vb_error_name(f->code));
    memset(memory, 0, sizeof(vb_gpu) + 64);
    need_code(vb_gpu_open((vb_gpu *)(void *)(memory + 64), m, 0, pixels, 4096), VB_E_ALIGN);
    need(f->code == VB_E_ALIGN, "the object keeps %s", vb_error_name(f->code));
    stage_end(s);
}

static void refuses_a_bad_tree(void *argument)
{
    static const uint32_t junk[16] = {0x12345678};
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    uint32_t *pixels = world_flat(4096, 4096);

    need_code(vb_machine_from_dtb(m, junk), VB_E_DTB);
    need_code(vb_machine_from_dtb(m, NULL), VB_E_DTB);
    need_code(vb_console_open(c, m, 0), VB_E_DTB);
    need_code(vb_gpu_open(g, m, 0, pixels, 4096), VB_E_DTB);
    need_code(vb_console_print(c, "x"), VB_E_DTB);
    need_code(vb_gpu_present(g, NULL, 0), VB_E_DTB);
    stage_end(s);
}

static void refuses_what_is_not_there(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();

    need_code(vb_console_open(c, m, 7), VB_E_NOT_FOUND);
    need(world_traced("virtio-mmio slots") == 1, "the trace lists what is there");
    need_code(vb_console_print(c, "x"), VB_E_NOT_FOUND);
    need_code(vb_console_open_at(c, m, 0x0a000000), VB_E_NOT_VIRTIO);
    need_code(vb_console_open_at(c, m, VB_PCI(0, 30, 0)), VB_E_NOT_VIRTIO);
    stage_end(s);
}

static void refuses_calls_on_closed_objects(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    char byte;
    int i;

    for (i = 0; i < 2; i++) {                   /* never opened; opened and closed */
        need_code(vb_console_print(c, "x"), VB_E_NOT_OPEN);
        need_code(vb_console_read(c, &byte, 1), VB_E_NOT_OPEN);
        need_code(vb_console_drain(c), VB_E_NOT_OPEN);
        need_code(vb_console_size(c), VB_E_NOT_OPEN);
        need_code(vb_console_emergency(c, 'x'), VB_E_NO_EMERGENCY);
        need_ok(vb_console_close(c));
        need_code(vb_gpu_present(g, NULL, 0), VB_E_NOT_OPEN);
        need_code(vb_gpu_poll(g), VB_E_NOT_OPEN);
        need_ok(vb_gpu_close(g));
        if (i == 0) {
            need_ok(vb_console_open(c, m, 0));
            need_ok(vb_console_close(c));
        }
    }
    stage_end(s);
}

/* A driver of one's own, as chapter 10 shows it, for the stage's third device: the
 * entropy device. */
typedef struct own {
    vb_device device;
    vb_queue queue;
    VB_ALIGN(2048) struct {
        vb_ring ring;
        uint8_t bytes[64];
    } dma;
} own;

static void open_own(own *o, vb_machine *m, const stage *s)
{
    vb_device_desc want;

    memset(&want, 0, sizeof want);
    want.type = 4;
    want.at = s->third_at;
    need_ok(vb_device_open(&o->device, m, &want));
    need_ok(vb_device_queue(&o->device, &o->queue, 0, &o->dma.ring));
    need_ok(vb_device_start(&o->device));
}

/* The public layers below, used after the device was closed: no register may be
 * touched (they are unmapped) and no memory given to a device. */
static void refuses_queues_of_closed_devices(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    own *o = world_scattered(sizeof *o, 2048);
    vb_buffer buffer;
    uint32_t tag, bytes, value;

    buffer.data = o->dma.bytes;
    buffer.bytes = sizeof o->dma.bytes;
    world_user_optional(1);                     /* nobody could know it yet */
    need_code(vb_queue_poll(&o->queue, &tag, &bytes), VB_E_NOT_OPEN);
    need_code(vb_queue_wait(&o->queue, &tag, &bytes), VB_E_NOT_OPEN);
    need(vb_queue_submit(&o->queue, 1, &buffer, 0, 1) < 0, "submit to nothing");
    need_code(vb_device_start(&o->device), VB_E_NOT_OPEN);
    need_code(vb_device_queue(&o->device, &o->queue, 0, &o->dma.ring), VB_E_NOT_OPEN);
    world_user_optional(0);
    open_own(o, m, s);
    need_ok(vb_device_close(&o->device));
    need_code(vb_queue_submit(&o->queue, 1, &buffer, 0, 1), VB_E_NOT_OPEN);
    vb_queue_kick(&o->queue);
    need_code(vb_queue_poll(&o->queue, &tag, &bytes), VB_E_NOT_OPEN);
    need_code(vb_queue_wait(&o->queue, &tag, &bytes), VB_E_NOT_OPEN);
    need_code(vb_device_config(&o->device, 0, 4, 1, &value), VB_E_NOT_OPEN);
    need_code(vb_device_interrupt(&o->device), VB_E_NOT_OPEN);
    stage_end(s);
}

static void refuses_impossible_requests(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    own *o = world_scattered(sizeof *o, 2048);
    char *pages = world_scattered(4 * 65536, 65536);
    vb_device_desc want;
    vb_buffer list[VB_QUEUE_SIZE + 1];
    uint32_t tag, bytes, value, i;

    memset(&want, 0, sizeof want);
    need_code(vb_device_open(&o->device, m, &want), VB_E_ARGUMENT);             /* no type */
    open_own(o, m, s);
    for (i = 0; i <= VB_QUEUE_SIZE; i++) {
        list[i].data = o->dma.bytes;
        list[i].bytes = 1;
    }
    need_code(vb_queue_submit(&o->queue, 1, list, 0, 0), VB_E_ARGUMENT);
    need_code(vb_queue_submit(&o->queue, 1, list, 1, VB_QUEUE_SIZE), VB_E_ARGUMENT);
    need_code(vb_queue_submit(&o->queue, 1, list, 0xffffffff, 2), VB_E_ARGUMENT);
    need_code(vb_queue_submit(&o->queue, 1, list, 2, 0xffffffff), VB_E_ARGUMENT);
    list[0].bytes = 0;
    need_code(vb_queue_submit(&o->queue, 1, list, 0, 1), VB_E_ARGUMENT);
    need_code(vb_queue_submit(&o->queue, 1, list, 1, 1), VB_E_ARGUMENT);
    list[0].data = pages + 100;
    list[0].bytes = 3 * 65536;                  /* more than a page of any system */
    need_code(vb_queue_submit(&o->queue, 1, list, 0, 1), VB_E_NOT_CONTIGUOUS);
    need(vb_queue_poll(&o->queue, &tag, &bytes) == 0, "nothing was sent");
    for (i = 0; i <= o->queue.size; i++) {
        list[0].data = pages + i;
        list[0].bytes = 1;
        need_code(vb_queue_submit(&o->queue, i % o->queue.size, list, 0, 1),
                  i < o->queue.size ? VB_OK : VB_E_QUEUE_FULL);
    }
    vb_queue_kick(&o->queue);
    for (i = 0; i < o->queue.size; i++)
        need(vb_queue_wait(&o->queue, &tag, &bytes) == 1 && tag == i && bytes == 1,
             "answer %u has tag %u and %u bytes", i, tag, bytes);
    need_code(vb_device_config(&o->device, 0xfffffffc, 4, 1, &value), VB_E_CONFIG_SPACE);
    need_code(vb_device_config(&o->device, 0x10000000, 4, 1, &value), VB_E_CONFIG_SPACE);
    need_ok(vb_device_close(&o->device));
    stage_end(s);
}

/* A ring is one stretch of memory for the device: one whose pages lie apart on the
 * bus, or that is crooked, is refused, and the device is closed. */
static void refuses_bad_rings(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    own *o = world_scattered(sizeof *o, 2048);
    char *pages = world_scattered(2 * 65536, 65536);
    void *rings[2];
    int expect[2] = {VB_E_NOT_CONTIGUOUS, VB_E_ALIGN};
    vb_device_desc want;
    unsigned i;

    rings[0] = pages + 65536 - 64;              /* across the end of a page of any system */
    rings[1] = (char *)&o->dma.ring + 8;
    memset(&want, 0, sizeof want);
    want.type = 4;
    want.at = s->third_at;
    for (i = 0; i < 2; i++) {
        need_ok(vb_device_open(&o->device, m, &want));
        need_code(vb_device_queue(&o->device, &o->queue, 0, rings[i]), expect[i]);
        need_code(vb_device_start(&o->device), VB_E_NOT_OPEN);
    }
    open_own(o, m, s);
    need_ok(vb_device_close(&o->device));
    stage_end(s);
}

static void refuses_bad_pictures(void *argument)
{
    static const struct {
        const char *name;
        uint32_t width, height, pitch, scanout;
        int no_pixels, odd_pixels, bytes, expect;
    } rows[] = {
        {"no pixels", 64, 64, 0, 0, 1, 0, 0x10000, VB_E_ARGUMENT},
        {"pixels at an odd address", 64, 64, 0, 0, 0, 2, 0x10000, VB_E_ARGUMENT},
        {"a width without a height", 64, 0, 0, 0, 0, 0, 0x10000, VB_E_ARGUMENT},
        {"a height without a width", 0, 64, 0, 0, 0, 0, 0x10000, VB_E_ARGUMENT},
        {"a pitch that is no multiple of 4", 64, 64, 258, 0, 0, 0, 0x10000, VB_E_ARGUMENT},
        {"a pitch below the width", 64, 64, 128, 0, 0, 0, 0x10000, VB_E_ARGUMENT},
        {"a pitch whose product wraps", 64, 16, 0x10000004, 0, 0, 0, 0x10000, VB_E_ARGUMENT},
        {"a pitch whose product wraps to all of it", 64, 16, 0x10001000, 0, 0, 0, 0x10000, VB_E_ARGUMENT},
        {"a scanout that is not there", 64, 64, 0, 1, 0, 0, 0x10000, VB_E_ARGUMENT},
        {"scanout 16", 64, 64, 0, 16, 0, 0, 0x10000, VB_E_ARGUMENT},
        {"a buffer one byte short", 64, 64, 0, 0, 0, 0, 64 * 64 * 4 - 1, VB_E_BUFFER},
        {"a buffer of no bytes", 64, 64, 0, 0, 0, 0, 0, VB_E_BUFFER},
        {"sizes whose product wraps", 0x40000000, 16, 0, 0, 0, 0, 0x10000, VB_E_ARGUMENT},
        {"a line of 16 Gi bytes", 0xffffffff, 0xffffffff, 0, 0, 0, 0, 0x10000, VB_E_ARGUMENT},
    };
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_gpu *g = new_gpu();
    char *pixels = world_flat(0x10000, 4096);
    unsigned i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        vb_gpu_desc desc;
        int code;

        memset(&desc, 0, sizeof desc);
        desc.pixels = rows[i].no_pixels ? NULL : pixels + rows[i].odd_pixels;
        desc.bytes = (size_t)rows[i].bytes;
        desc.width = rows[i].width;
        desc.height = rows[i].height;
        desc.pitch = rows[i].pitch;
        desc.scanout = rows[i].scanout;
        code = seen_code(vb_gpu_open_desc(g, m, &desc));
        need(code == rows[i].expect, "%s: %s, not %s", rows[i].name, vb_error_name(code),
             vb_error_name(rows[i].expect));
        need_code(vb_gpu_present(g, NULL, 0), rows[i].expect);
    }
    world_user_optional(1);
    need_code(vb_gpu_open(g, NULL, 0, pixels, 0x10000), VB_E_ARGUMENT);
    need_code(vb_gpu_open_at(g, m, 0, pixels, 0x10000), VB_E_ARGUMENT);
    stage_end(s);
}

static void refuses_a_null_machine(void *argument)
{
    stage *s = argument;
    vb_console *c;

    stage_begin(s);
    c = new_console();
    world_user_optional(1);
    need_code(vb_console_open(c, NULL, 0), VB_E_ARGUMENT);
    need_code(vb_console_print(c, "x"), VB_E_ARGUMENT);
    stage_end(s);
}

/* Input that was not read before the close is gone with it. */
static void reads_nothing_when_closed(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    char got[64];

    need_ok(vb_console_open(c, m, 0));
    world_say(0, "typed", 5);
    while (vb_console_read(c, got, 1) == 0)
        ;
    need_ok(vb_console_close(c));
    need_code(vb_console_read(c, got, sizeof got), VB_E_NOT_OPEN);
    need_ok(vb_console_open(c, m, 0));
    need(vb_console_read(c, got, sizeof got) == 0, "and it does not come back");
    need_ok(vb_console_close(c));
    stage_end(s);
}

static void refuses_when_registers_cannot_be_mapped(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    int code;

    world_map_fails(1);                         /* not even ECAM, or a slot */
    need_code(vb_console_open(c, m, 0), VB_E_MAP);
    need_code(vb_console_open_at(c, m, s->console_at), VB_E_MAP);
    world_map_fails(0);
    need_ok(vb_console_open(c, m, 0));          /* finds it, and reaches ECAM */
    need_ok(vb_console_close(c));
    world_map_fails(1);
    code = seen_code(vb_console_open(c, m, 0));
    need(code == VB_E_MAP && c->device.failure.code == VB_E_MAP, "%s, the object keeps %s",
         vb_error_name(code), vb_error_name(c->device.failure.code));
    world_map_fails(0);
    need_ok(vb_console_open(c, m, 0));
    need_ok(vb_console_close(c));
    stage_end(s);
}

/* VB_DEVICES is 2 in this program, and two devices are known by the time the
 * third is opened by its place. */
static void refuses_more_devices_than_fit(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    vb_device *d = world_scattered(sizeof *d, 16);
    uint32_t *pixels = world_flat(64 * 64 * 4, 4096);
    vb_gpu_desc desc;
    vb_device_desc want;

    memset(&desc, 0, sizeof desc);
    desc.at = s->gpu_at;
    desc.pixels = pixels;
    desc.bytes = 64 * 64 * 4;
    desc.width = desc.height = 64;
    need_ok(vb_gpu_open_desc(g, m, &desc));
    need_ok(vb_console_open_at(c, m, s->console_at));
    memset(&want, 0, sizeof want);
    want.type = 4;
    want.at = s->third_at;
    need_code(vb_device_open(d, m, &want), VB_E_FULL);
    need_ok(vb_console_close(c));
    need_ok(vb_gpu_close(g));
    stage_end(s);
}

/* A place that holds another kind of device must not be forgotten or mistaken. */
static void a_wrong_guess_does_no_harm(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    uint32_t *pixels = world_flat(1280 * 720 * 4, 4096);

    need_code(vb_console_open_at(c, m, s->gpu_at), VB_E_NOT_VIRTIO);
    need_ok(vb_gpu_open(g, m, 0, pixels, 1280 * 720 * 4));
    need_ok(vb_console_open(c, m, 0));
    need_ok(vb_console_close(c));
    need_ok(vb_gpu_close(g));
    stage_end(s);
}

/* ---- on PCI ---- */

/* As if no firmware had run: the function's registers have no address. */
static void take_bars_away(stage *s, unsigned device)
{
    const uint64_t function = s->ecam + ((uint64_t)device << 15);

    world_poke(function + 4, 2, 0);
    world_poke(function + 0x20, 4, 0);
    world_poke(function + 0x24, 4, 0);
}

static void refuses_empty_bars_without_windows(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();

    take_bars_away(s, 2);
    m->windows = 0;
    need_code(vb_console_open(c, m, 0), VB_E_BAR_EMPTY);
    need_code(vb_console_print(c, "x"), VB_E_BAR_EMPTY);
    stage_end(s);
}

static void refuses_a_window_too_small(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    vb_console *c = new_console();

    take_bars_away(s, 2);
    m->windows = 1;
    m->window[0].size = 0x2000;
    m->window[0].prefetchable = 0;
    need_code(vb_console_open(c, m, 0), VB_E_NO_ROOM);
    need(c->device.failure.value == 0x4000, "value holds the BAR's size: %#llx",
         (unsigned long long)c->device.failure.value);
    stage_end(s);
}

static void refuses_pci_without_configuration(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin_with_zeros(s);
    vb_console *c = new_console();

    need_code(vb_console_open_at(c, m, VB_PCI(0, 2, 0)), VB_E_CONFIG_ACCESS);
    m->ecam = s->ecam;
    need_code(vb_console_open_at(c, m, VB_PCI(1, 2, 0)), VB_E_CONFIG_ACCESS);   /* one bus only */
    stage_end(s);
}

static const scenario pci_refusals[] = {
    {"BARs without an address, and no window", refuses_empty_bars_without_windows},
    {"a window that is too small", refuses_a_window_too_small},
    {"a PCI device without configuration space", refuses_pci_without_configuration},
};

/* ---- everywhere ---- */

static const scenario refusals[] = {
    {"an object that is not aligned is refused", refuses_a_misplaced_object},
    {"a bad device tree is refused, and every open on it", refuses_a_bad_tree},
    {"a device that is not there", refuses_what_is_not_there},
    {"calls on closed objects", refuses_calls_on_closed_objects},
    {"queues of closed devices", refuses_queues_of_closed_devices},
    {"requests that can't be", refuses_impossible_requests},
    {"rings that can't be", refuses_bad_rings},
    {"pictures that can't be", refuses_bad_pictures},
    {"no machine", refuses_a_null_machine},
    {"a closed console has nothing to read", reads_nothing_when_closed},
    {"registers that can't be mapped", refuses_when_registers_cannot_be_mapped},
    {"more devices than the machine has room for", refuses_more_devices_than_fit},
    {"a wrong guess of a place does no harm", a_wrong_guess_does_no_harm},
};

#endif
