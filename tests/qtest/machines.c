#include "machines.h"

#include "tests/world/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PCI, SLOTS };

/* The CPU of `virt` is there but off: the machine runs, and nothing executes. */
#define ARM "-cpu", "cortex-a57,start-powered-off=on"
#define MODERN "-global", "virtio-mmio.force-legacy=false"

static const char *const gpus[] = {"virtio-gpu-pci", "virtio-gpu-device"};
static const char *const serials[] = {"virtio-serial-pci", "virtio-serial-device"};

static const struct kind {
    const char *name, *machine;
    int transport;
    uint64_t ram_at, ram_skip;          /* ours begins ram_skip later */
    uint64_t ecam, window, window_bytes;
    const char *arguments[6];
} kinds[] = {
    [VIRT_PCI] = {"virt, pci", "virt", PCI, 0x40000000, 0,
                  0x4010000000, 0x10000000, 0x2eff0000, {ARM}},
    [VIRT_PCI_LOW] = {"virt, pci, highmem=off", "virt,highmem=off", PCI, 0x40000000, 0,
                      0x3f000000, 0x10000000, 0x2eff0000, {ARM}},
    [VIRT_PCI_FAR] = {"virt, pci, memory above 4 GiB", "virt", PCI, 0x40000000, 0x140000000,
                      0x4010000000, 0x10000000, 0x2eff0000, {ARM}},
    [VIRT_MMIO_FAR] = {"virt, mmio, memory above 4 GiB", "virt", SLOTS, 0x40000000, 0x140000000,
                       0, 0, 0, {ARM, MODERN}},
    [VIRT_MMIO] = {"virt, mmio", "virt", SLOTS, 0x40000000, 0, 0, 0, 0, {ARM, MODERN}},
    [Q35] = {"q35", "q35", PCI, 0, 0, 0xb0000000, 0xc0000000, 0x10000000, {"-bios", QEMU_HALT}},
};

const char *machine_kind_name(machine_kind kind)
{
    return kinds[kind].name;
}

/* ---- the world's functions ---- */

static uint64_t read_register(world *w, uint64_t at, unsigned bytes)
{
    return qemu_read(&((machine *)w->self)->q, at, bytes);
}

static void write_register(world *w, uint64_t at, unsigned bytes, uint64_t value)
{
    qemu_write(&((machine *)w->self)->q, at, bytes, value);
}

static uint32_t read_port(world *w, unsigned port)
{
    return qemu_in32(&((machine *)w->self)->q, port);
}

static void write_port(world *w, unsigned port, uint32_t value)
{
    qemu_out32(&((machine *)w->self)->q, port, value);
}

static int take_screen(world *w, const char *gpu, unsigned scanout, world_picture *p)
{
    qemu_picture q;

    if (!qemu_screen(&((machine *)w->self)->q, gpu, scanout, &q))
        return 0;
    p->width = q.width;
    p->height = q.height;
    p->rgb = q.rgb;
    return 1;
}

static size_t hear(world *w, unsigned console, char *to, size_t room)
{
    const ssize_t n = read(((machine *)w->self)->q.console[console], to, room);

    return n > 0 ? (size_t)n : 0;
}

static size_t say(world *w, unsigned console, const char *bytes, size_t count)
{
    const ssize_t n = write(((machine *)w->self)->q.console[console], bytes, count);

    return n > 0 ? (size_t)n : 0;
}

/* The log holds the traces that were asked for, and everything that QEMU found
 * wrong with the driver (-d guest_errors). */
static void read_log(machine *m)
{
    char line[512];

    while (qemu_log_line(&m->q, line, sizeof line)) {
        const char *flush = strstr(line, "virtio_gpu_cmd_res_flush");
        unsigned resource, *r = m->rectangle;

        if (flush && sscanf(flush, "virtio_gpu_cmd_res_flush res 0x%x, w %u, h %u, x %u, y %u",
                            &resource, &r[2], &r[3], &r[0], &r[1]) == 5) {
            m->flushes++;
        } else if (!strstr(line, "virtio_gpu_cmd_")) {
            m->complaints++;
            snprintf(m->complaint, sizeof m->complaint, "%.255s", line);
        }
    }
}

static unsigned flushes(world *w, unsigned rectangle[4])
{
    machine *m = w->self;
    unsigned n;

    read_log(m);
    n = m->flushes;
    m->flushes = 0;
    if (rectangle)
        memcpy(rectangle, m->rectangle, sizeof m->rectangle);
    return n;
}

static unsigned complaints(world *w, char *last, size_t room)
{
    machine *m = w->self;
    unsigned n;

    read_log(m);
    n = m->complaints;
    m->complaints = 0;
    snprintf(last, room, "%s", m->complaint);
    return n;
}

/* ---- start and stop ---- */

void machine_start(machine *m, machine_kind kind, const char *gpu_options,
                   const char *serial_options, const char *const *more)
{
    const struct kind *k = &kinds[kind];
    const char *list[64];
    char gpu[160], serial[160];
    int n = 0, i;

    memset(m, 0, sizeof *m);
    m->kind = kind;
    m->mmio = k->transport == SLOTS;
    m->ecam = k->ecam;
    m->window = k->window;
    m->window_bytes = k->window_bytes;
    for (i = 0; k->arguments[i]; i++)
        list[n++] = k->arguments[i];
    list[n++] = "-trace";
    list[n++] = "virtio_gpu_cmd_res_flush";
    list[n++] = "-d";
    list[n++] = "guest_errors";
    if (gpu_options) {
        snprintf(gpu, sizeof gpu, "%s,id=gpu%s%s", gpus[k->transport], *gpu_options ? "," : "", gpu_options);
        list[n++] = "-device";
        list[n++] = gpu;
    }
    if (serial_options) {
        snprintf(serial, sizeof serial, "%s,id=serial%s%s", serials[k->transport],
                 *serial_options ? "," : "", serial_options);
        list[n++] = "-device";
        list[n++] = serial;
        list[n++] = "-device";
        list[n++] = "virtconsole,bus=serial.0,chardev=console0";
    }
    for (i = 0; more && more[i]; i++)
        list[n++] = more[i];
    list[n] = NULL;

    qemu_start(&m->q, kind == Q35 ? "qemu-system-x86_64" : "qemu-system-aarch64", k->machine,
                MEMORY_BYTES + k->ram_skip, list);
    memory_open(&m->w.ram, m->q.ram, k->ram_at, k->ram_skip);
    m->w.name = k->name;
    m->w.self = m;
    m->w.read = read_register;
    m->w.write = write_register;
    m->w.screen = take_screen;
    m->w.hear = hear;
    m->w.say = say;
    m->w.flushes = flushes;
    m->w.complaints = complaints;
    if (kind == Q35) {
        m->w.in32 = read_port;
        m->w.out32 = write_port;
    } else {
        m->dtb = m->w.ram.firmware;
    }
    world_enter(&m->w);
}

static void ended_well(void *status)
{
    need(*(int *)status == 0, "status %#x", *(unsigned *)status);
}

void machine_stop(machine *m)
{
    int status = qemu_stop(&m->q);

    memory_close(&m->w.ram);
    tap_run("QEMU ended well", ended_well, &status);
}

/* ---- a PC's firmware ---- */

static uint32_t config_read(machine *m, unsigned device, unsigned offset)
{
    qemu_out32(&m->q, 0xcf8, 0x80000000u | device << 11 | offset);
    return qemu_in32(&m->q, 0xcfc);
}

static void config_write(machine *m, unsigned device, unsigned offset, uint32_t value)
{
    qemu_out32(&m->q, 0xcf8, 0x80000000u | device << 11 | offset);
    qemu_out32(&m->q, 0xcfc, value);
}

/* Memory BARs go into the window, I/O BARs to ports from 0xc000. */
static void place_bars(machine *m, unsigned device, uint32_t *window, uint32_t *ports)
{
    unsigned bar;

    for (bar = 0x10; bar < 0x28; bar += 4) {
        uint32_t mask, size, *next;

        config_write(m, device, bar, 0xffffffff);
        mask = config_read(m, device, bar);
        if (!mask)
            continue;
        next = mask & 1 ? ports : window;
        size = ~(mask & (mask & 1 ? ~3u : ~15u)) + 1;
        if (mask & 1)
            size &= 0xffff;
        *next = (*next + size - 1) & ~(size - 1);
        config_write(m, device, bar, *next);
        *next += size;
        if ((mask & 7) == 4) {
            bar += 4;
            config_write(m, device, bar, 0);
        }
    }
    config_write(m, device, 4, 3);
}

void machine_firmware(machine *m, int place)
{
    uint32_t window = (uint32_t)m->window, ports = 0xc000;
    unsigned device;

    config_write(m, 0, 0x60, (uint32_t)m->ecam | 1);
    for (device = 1; place && device < 31; device++)
        if (config_read(m, device, 0) >> 16 != 0xffff)
            place_bars(m, device, &window, &ports);
}
