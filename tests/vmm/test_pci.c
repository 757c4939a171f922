/* test_pci.c - the PCI side of the VMM's devices, driven by hand: no driver's opinion of what PCI
 * is comes in here, only numbers typed from PCI 3.0 and VirtIO 1.3. */
#include "examples/vmm/devices/console.h"
#include "examples/vmm/devices/v2m.h"
#include "examples/vmm/devices/virtio_pci.h"
#include "tests/host/firmware.h"
#include "tests/world/tap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- A machine with one to many toys ----------------------------------------------------- */

enum { TOYS = 8, NONE = 0xffff };
enum { COMMON = 0x0000, ISR = 0x1000, CONFIG = 0x2000, NOTIFY = 0x3000 };
enum { COMMAND = 0x04, BAR1 = 0x14, BAR4 = 0x20 };

#define ECAM   UINT64_C(0x40000000)
#define LOW    UINT64_C(0x50000000)             /* windows: below, across and above 4 GiB */
#define ACROSS UINT64_C(0xfff00000)
#define HIGH   UINT64_C(0x8000000000)

struct message {
    uint64_t address;
    uint32_t data;
};

static uint8_t ram[0x10000];
static struct guest_memory memory = { { { 0x70000000, sizeof ram, ram } }, 1 };

static struct {
    struct bus        bus;
    struct pci_host   host;
    struct vdev       device[TOYS];
    struct virtio_pci function[TOYS];
    unsigned          notified[TOYS][4];
    bool              high[8];                  /* interrupt lines, by number */
    unsigned          changes;                  /* of them */
    struct message    message[16];
    unsigned          messages;
    char              fault[200];               /* the last one, */
    unsigned          faults;                   /* and how many there were */
} m;

static void notified(struct vdev *d, unsigned queue)
{
    m.notified[d - m.device][queue]++;
}

static const struct vdev_kind toy = { .name = "toy", .id = 42, .pci_class = 0x078000, .queues = 3,
                                      .queue_max = 64, .config_bytes = 8, .notified = notified };
static const struct vdev_kind bare = { .name = "bare", .id = 4, .pci_class = 0x00ff00, .queues = 1,
                                       .queue_max = 8, .notified = notified };

static void on_fault(void *context, const char *who, const char *text)
{
    (void)context;
    snprintf(m.fault, sizeof m.fault, "%s: %s", who, text);
    m.faults++;
}

static void on_line(void *context, unsigned line, bool high)
{
    (void)context;
    m.high[line] = high;
    m.changes++;
}

static void on_message(void *context, uint64_t address, uint32_t data)
{
    (void)context;
    if (m.messages < 16)
        m.message[m.messages] = (struct message){ address, data };
    m.messages++;
}

/* The bridge and its windows; functions come with plug(). */
static void machine(bool has_messages)
{
    memset(&m, 0, sizeof m);
    report.fault = on_fault;
    need(pci_init(&m.host, &m.bus, ECAM, 0x100000), "pci_init fails");
    need(pci_add_window(&m.host, LOW, 0x40000000), "the low window");
    need(pci_add_window(&m.host, ACROSS, 0x200000), "the window across 4 GiB");
    need(pci_add_window(&m.host, HIGH, 0x100000000), "the high window");
    m.host.set_line = on_line;
    m.host.signal_msi = has_messages ? on_message : NULL;
    for (unsigned i = 0; i < 4; i++)
        m.host.line[i] = 3 + i;
}

static void plug(unsigned i, unsigned slot, const struct vdev_kind *kind,
                 const struct virtio_layout *layout)
{
    char name[16];

    snprintf(name, sizeof name, "%s %u", kind->name, i);
    vdev_init(&m.device[i], kind, name, &memory);
    need(virtio_pci_init(&m.function[i], &m.host, slot, &m.device[i], layout), "slot %u", slot);
}

static uint64_t ecam(unsigned slot, unsigned at)
{
    return ECAM + ((uint64_t)slot << 15) + at;
}

static uint32_t get(uint64_t address, unsigned width)
{
    return (uint32_t)bus_read(&m.bus, address, width);
}

static void set(uint64_t address, unsigned width, uint32_t value)
{
    bus_write(&m.bus, address, width, value);
}

/* As a driver does: BAR 4 of a slot, then decode and bus mastering. */
static void place(unsigned slot, uint64_t address)
{
    set(ecam(slot, BAR4), 4, (uint32_t)address);
    set(ecam(slot, BAR4 + 4), 4, (uint32_t)(address >> 32));
    set(ecam(slot, COMMAND), 2, 6);
}

static void a_toy_at(uint64_t address)
{
    machine(false);
    plug(0, 1, &toy, NULL);
    place(1, address);
}

/* What was said since the last time, and that it was said as often. */
static void said(unsigned times, const char *words)
{
    need(m.faults == times, "%u lines of fault instead of %u, last: %s", m.faults, times, m.fault);
    need(times == 0 || strstr(m.fault, words) != NULL, "\"%s\" is not in: %s", words, m.fault);
    m.faults = 0;
}

static uint32_t ones(unsigned width)
{
    return width == 4 ? 0xffffffff : width == 2 ? 0xffff : 0xff;
}

static const unsigned widths[] = { 1, 2, 4 };

/* ---- Configuration space ----------------------------------------------------------------- */

static void header(void *unused)
{
    static const struct {
        unsigned slot, at, width;
        uint32_t value;
    } rows[] = {
        { 0, 0x00, 4, 0x00081b36 }, { 0, 0x08, 4, 0x06000000 }, { 0, 0x0e, 1, 0 },
        { 0, 0x06, 2, 0 }, { 0, 0x34, 1, 0 }, { 0, 0x3d, 1, 0 },
        { 1, 0x00, 2, 0x1af4 }, { 1, 0x02, 2, 0x106a }, { 1, 0x00, 4, 0x106a1af4 },
        { 1, 0x00, 1, 0xf4 }, { 1, 0x03, 1, 0x10 },
        { 1, 0x04, 4, 0x00100000 },             /* capability list, everything off */
        { 1, 0x08, 4, 0x07800001 }, { 1, 0x0a, 2, 0x0780 }, { 1, 0x0e, 1, 0 },
        { 1, 0x10, 4, 0 }, { 1, 0x14, 4, 0 }, { 1, 0x20, 4, 0x0000000c }, { 1, 0x24, 4, 0 },
        { 1, 0x2c, 4, 0x106a1af4 }, { 1, 0x34, 1, 0x40 }, { 1, 0x3c, 2, 0x0100 },
        { 31, 0x00, 4, 0x10441af4 }, { 31, 0x20, 4, 0 },
    };
    (void)unused;

    machine(false);
    plug(0, 1, &toy, NULL);
    plug(1, 31, &bare, &virtio_layout_32);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint32_t have = get(ecam(rows[i].slot, rows[i].at), rows[i].width);

        need(have == rows[i].value, "slot %u at 0x%02x: 0x%x instead of 0x%x", rows[i].slot,
             rows[i].at, have, rows[i].value);
    }
    said(0, "");
}

static void any_width(void *unused)
{
    (void)unused;
    machine(true);
    plug(0, 3, &toy, NULL);
    for (unsigned at = 0; at < 256; at += 4) {
        const uint64_t a = ecam(3, at);
        const uint32_t whole = get(a, 4);

        need((get(a, 2) | get(a + 2, 2) << 16) == whole, "halves of 0x%02x", at);
        need((get(a, 1) | get(a + 1, 1) << 8 | get(a + 2, 1) << 16 | get(a + 3, 1) << 24) == whole,
             "bytes of 0x%02x", at);
    }
    said(0, "");
}

static void absent(void *unused)
{
    static const struct {
        const char *what;
        uint64_t    at;
    } rows[] = {
        { "an empty slot", 2 << 15 }, { "its BAR", (2 << 15) + 0x10 },
        { "function 1", (1 << 15) + (1 << 12) }, { "function 7", (1 << 15) + (7 << 12) },
        { "bus 1", 0x100000 + (1 << 15) }, { "beyond 256 bytes", (1 << 15) + 0x100 },
        { "the last register", (1 << 15) + 0xffc },
    };
    (void)unused;

    memset(&m, 0, sizeof m);
    report.fault = on_fault;
    need(pci_init(&m.host, &m.bus, ECAM, 0x200000), "pci_init");
    plug(0, 1, &toy, NULL);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned w = 0; w < 3; w++) {
            const uint32_t have = get(ECAM + rows[i].at, widths[w]);

            need(have == ones(widths[w]), "%s: 0x%x", rows[i].what, have);
            set(ECAM + rows[i].at, widths[w], 0);
        }
    need(get(ecam(1, 0), 4) == 0x106a1af4, "the function itself is still there");
    said(0, "");
    need(get(ecam(1, 0x01), 2) == 0xffff && get(ecam(1, 0x02), 4) == ones(4), "not aligned");
    said(2, "not aligned");
}

/* What stays of all ones and of zeros written to each register: typed from PCI 3.0, 6.2. */
static void writable_bits(void *unused)
{
    static const struct {
        unsigned at;
        uint32_t bits;
    } rows[] = {
        { 0x04, 0x00000406 }, { 0x0c, 0x000000ff }, { 0x14, 0xfffff000 }, { 0x20, 0xffffc000 },
        { 0x24, 0xffffffff }, { 0x3c, 0x000000ff },
        { 0x88, 0x000000ff }, { 0x8c, 0xffffffff }, { 0x90, 0xffffffff }, { 0x94, 0xffffffff },
        { 0x98, 0xc0000000 },
    };
    (void)unused;

    machine(true);
    plug(0, 1, &toy, NULL);
    for (unsigned at = 0; at < 256; at += 4) {
        const uint32_t before = get(ecam(1, at), 4);
        uint32_t bits = 0, high, low;

        for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
            if (rows[i].at == at)
                bits = rows[i].bits;
        set(ecam(1, at), 4, 0xffffffff);
        high = get(ecam(1, at), 4);
        set(ecam(1, at), 4, 0);
        low = get(ecam(1, at), 4);
        need((high ^ low) == bits, "at 0x%02x 0x%x can change instead of 0x%x", at, high ^ low,
             bits);
        need((low & ~bits) == (before & ~bits), "at 0x%02x: 0x%x was 0x%x", at, low, before);
        set(ecam(1, at), 4, before);
    }
    m.faults = 0;                       /* the window was set to nonsense on the way */
    set(ecam(0, COMMAND), 2, 0xffff);
    need(get(ecam(0, COMMAND), 4) == 0x406, "the bridge has a command register");
    set(ecam(1, 0x3c), 1, 0x5a);        /* a byte leaves its neighbours alone */
    need(get(ecam(1, 0x3c), 4) == 0x0000015a, "0x%x", get(ecam(1, 0x3c), 4));
    set(ecam(1, 0x26), 2, 0x1234);
    need(get(ecam(1, 0x24), 4) == 0x12340000, "the upper half of a BAR's upper half");
    said(0, "");
}

/* ---- Capabilities ------------------------------------------------------------------------ */

struct capability {
    uint8_t  id, bytes, type, bar;
    uint32_t offset, length, more;
};

/* Walks the list of slot 1 and compares it with rows, of which the last has id 0. */
static void list_is(const struct capability *row)
{
    unsigned at = get(ecam(1, 0x34), 1);

    for (; row->id != 0; row++) {
        need(at >= 0x40 && at % 4 == 0 && at < 0xc0, "a capability at 0x%x", at);
        need(get(ecam(1, at), 1) == row->id, "id at 0x%x", at);
        if (row->id == 9) {
            need(get(ecam(1, at + 2), 1) == row->bytes, "length at 0x%x", at);
            need(get(ecam(1, at + 3), 1) == row->type, "type at 0x%x", at);
            need(get(ecam(1, at + 4), 4) == row->bar, "BAR at 0x%x", at);
            need(get(ecam(1, at + 8), 4) == row->offset, "offset at 0x%x", at);
            need(get(ecam(1, at + 12), 4) == row->length, "length at 0x%x", at);
        } else {
            need(get(ecam(1, at + 2), 2) == row->bytes, "control at 0x%x", at);
            need(get(ecam(1, at + 4), 4) == (row->offset | row->bar), "table at 0x%x", at);
            need(get(ecam(1, at + 8), 4) == (row->length | row->bar), "pending at 0x%x", at);
        }
        if (row->bytes == 20)
            need(get(ecam(1, at + 16), 4) == row->more, "the end of 0x%x", at);
        at = get(ecam(1, at + 1), 1);
    }
    need(at == 0, "the list goes on at 0x%x", at);
}

static void capabilities(void *unused)
{
    static const struct capability with_all[] = {
        { 9, 16, 1, 4, COMMON, 0x1000, 0 }, { 9, 16, 3, 4, ISR, 0x1000, 0 },
        { 9, 16, 4, 4, CONFIG, 0x1000, 0 }, { 9, 20, 2, 4, NOTIFY, 0x1000, 4 },
        { 9, 20, 5, 0, 0, 0, 0 }, { 0x11, 3, 0, 1, 0, 0x800, 0 }, { 0, 0, 0, 0, 0, 0, 0 },
    };
    static const struct capability with_less[] = {     /* no configuration, no messages */
        { 9, 16, 1, 4, COMMON, 0x1000, 0 }, { 9, 16, 3, 4, ISR, 0x1000, 0 },
        { 9, 20, 2, 4, NOTIFY, 0x1000, 4 }, { 9, 20, 5, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0, 0 },
    };
    (void)unused;

    machine(true);
    plug(0, 1, &toy, NULL);
    list_is(with_all);
    machine(false);
    plug(0, 1, &bare, NULL);
    list_is(with_less);
    set(ecam(1, BAR1), 4, 0xffffffff);
    need(get(ecam(1, BAR1), 4) == 0, "without MSI-X there is no BAR 1");
    said(0, "");
}

/* ---- BARs -------------------------------------------------------------------------------- */

static void sizing(void *unused)
{
    static const struct {
        const char                 *what;
        const struct virtio_layout *layout;
        unsigned                    at;
        uint32_t                    low, high;
    } rows[] = {
        { "BAR 4, 64 bits", NULL, BAR4, 0xffffc00c, 0xffffffff },
        { "BAR 4, 32 bits", &virtio_layout_32, BAR4, 0xffffc000, 0 },
        { "BAR 1, 32 bits", NULL, BAR1, 0xfffff000, 0 },
        { "BAR 2, not there", NULL, 0x18, 0, 0 },
    };
    (void)unused;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        machine(true);
        plug(0, 1, &toy, rows[i].layout);
        set(ecam(1, rows[i].at), 4, 0xffffffff);
        set(ecam(1, rows[i].at + 4), 4, 0xffffffff);
        need(get(ecam(1, rows[i].at), 4) == rows[i].low, "%s: 0x%x", rows[i].what,
             get(ecam(1, rows[i].at), 4));
        need(get(ecam(1, rows[i].at + 4), 4) == rows[i].high, "%s, upper half: 0x%x", rows[i].what,
             get(ecam(1, rows[i].at + 4), 4));
        set(ecam(1, rows[i].at), 4, 0x12345678);       /* what is below its size does not stick */
        need(get(ecam(1, rows[i].at), 4)
             == ((0x12345678 & rows[i].low & ~15u) | (rows[i].low & 15)), "%s takes 0x%x",
             rows[i].what, get(ecam(1, rows[i].at), 4));
        said(0, "");
    }
}

static void moving(void *unused)
{
    static const uint64_t places[] = {
        LOW, LOW + 0x4000, 0x80000000, 0x8fffc000, ACROSS, 0xffffc000, 0x100000000, 0x1000fc000,
        HIGH, HIGH + 0xffffc000, LOW,
    };
    uint64_t before = 0;
    (void)unused;

    machine(false);
    plug(0, 1, &toy, NULL);
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        const uint64_t at = places[i];

        place(1, at);
        need(get(ecam(1, BAR4), 4) == ((uint32_t)at | 0xc) &&
             get(ecam(1, BAR4 + 4), 4) == at >> 32, "it reads back as it was written");
        need(get(at + 0x12, 2) == 3, "num_queues at 0x%" PRIx64 ": 0x%x", at, get(at + 0x12, 2));
        said(0, "");
        if (before != 0) {
            need(get(before + 0x12, 2) == 0xffff, "it still answers at 0x%" PRIx64, before);
            said(1, "nothing is there");
        }
        before = at;
    }
}

static void decode(void *unused)
{
    (void)unused;
    a_toy_at(LOW);
    set(ecam(1, COMMAND), 2, 4);
    need(get(LOW + 0x12, 2) == 0xffff, "it answers with decode off");
    set(LOW + 0x14, 1, 1);
    said(2, "nothing is there");
    need(m.device[0].status == 0, "a write went through");
    set(ecam(1, COMMAND), 2, 2);
    need(get(LOW + 0x12, 2) == 3, "it does not answer with decode on");
    place(1, 0x10000000);               /* outside of every window */
    need(get(0x10000012, 2) == 0xffff, "it answers outside of the windows");
    said(1, "nothing is there");
    place(1, 0xffefc000);               /* just before one, */
    need(get(0xffefc012, 2) == 0xffff, "it answers before the window");
    place(1, 0x100100000);              /* and just behind it */
    need(get(0x100100012, 2) == 0xffff, "it answers behind the window");
    said(2, "nothing is there");
    place(1, LOW);
    need(get(LOW + 0x4000, 4) == ones(4), "it answers behind its BAR");
    said(1, "nothing is there");
}

static void overlap(void *unused)
{
    (void)unused;
    machine(false);
    plug(0, 1, &toy, NULL);
    plug(1, 2, &bare, NULL);
    place(1, LOW);
    place(2, LOW);
    need(get(LOW + 0x12, 2) == 3, "the first function answers");
    said(1, "bare 1: BAR 4 lies over BAR 4 of toy 0");
    need(get(LOW + 0x12, 2) == 3, "and again");
    said(0, "");
    place(2, LOW + 0x4000);
    need(get(LOW + 0x4012, 2) == 1, "moved away, the other answers");
    said(0, "");
}

static void mastering(void *unused)
{
    (void)unused;
    machine(false);
    plug(0, 1, &toy, NULL);
    need(!m.device[0].may_dma, "DMA before bus mastering is on");
    place(1, LOW);
    need(m.device[0].may_dma, "no DMA with bus mastering on");
    set(ecam(1, COMMAND), 2, 2);
    need(!m.device[0].may_dma, "DMA after bus mastering went off");
    set(ecam(1, COMMAND), 1, 6);
    need(m.device[0].may_dma, "a byte will do");
    said(0, "");
}

static void firmware(void *unused)
{
    uint64_t start[TOYS];
    (void)unused;

    machine(true);
    for (unsigned i = 0; i < TOYS; i++)
        plug(i, i + 1, i & 1 ? &bare : &toy, i & 2 ? &virtio_layout_32 : NULL);
    need(firmware_place(&m.host), "no room");
    for (unsigned i = 0; i < TOYS; i++) {
        start[i] = get(ecam(i + 1, BAR4), 4) & ~15u;
        need(start[i] >= LOW && start[i] % 0x4000 == 0, "BAR 4 at 0x%" PRIx64, start[i]);
        need(get(ecam(i + 1, COMMAND), 2) == 2, "decode is on, bus mastering off");
        need(get(start[i] + 0x12, 2) == (i & 1 ? 1 : 3), "device %u does not answer", i);
        need(get((get(ecam(i + 1, BAR1), 4) & ~15u) + 0xc, 4) == 1, "nor does its table");
    }
    said(0, "");

    machine(false);
    plug(0, 1, &toy, &virtio_layout_32);
    m.host.windows = 1;
    m.host.window[0].bytes = 0x2000;
    need(!firmware_place(&m.host), "16 KiB found room in 8");
    m.host.window[0].base = HIGH;
    m.host.window[0].bytes = 0x10000;
    need(!firmware_place(&m.host), "32 bits found room above 4 GiB");

    machine(false);
    plug(0, 1, &toy, NULL);
    m.host.window[0] = m.host.window[2];
    m.host.windows = 1;
    need(!pci_add_window(&m.host, LOW + 0x1000, 0x1000), "a window over another");
    m.faults = 0;
    need(firmware_place(&m.host) && get(HIGH + 0x12, 2) == 3, "64 bits found none");
}

/* What --trace=story tells of a BAR. */
static void on_story(void *context, const char *who, const char *section, const char *driver,
                     const char *answer)
{
    (void)context;
    (void)section;
    snprintf(m.fault, sizeof m.fault, "%s, driver: %s, device: %s", who, driver, answer);
    m.faults++;
}

static void story(void *unused)
{
    (void)unused;
    machine(false);
    plug(0, 1, &toy, NULL);
    report.story = on_story;
    set(ecam(1, BAR4), 4, 0xffffffff);
    said(1, "toy 0, driver: BAR 4 = all ones: how big is it?, device: 0x4000 bytes");
    set(ecam(1, 0x18), 4, 0xffffffff);          /* there is no BAR 2, */
    set(ecam(1, BAR4 + 4), 4, 0xffffffff);      /* and this is the upper half of BAR 4 */
    said(0, "");
    place(1, ACROSS);
    said(1, "BAR 4 = 0xfff00000, memory decode on, device: answers there");
    set(ecam(1, COMMAND), 2, 6);                /* it was on already */
    set(ecam(1, COMMAND), 2, 0);
    place(1, 0);                                /* nobody placed it */
    said(0, "");
    report.story = NULL;
}

/* ---- The registers in the BAR ------------------------------------------------------------ */

/* Every register of the common configuration: its place, its width, and may it be written? */
static const struct {
    unsigned at, width;
    bool     writable;
} registers[] = {
    { 0x00, 4, true }, { 0x04, 4, false }, { 0x08, 4, true }, { 0x0c, 4, true },
    { 0x10, 2, true }, { 0x12, 2, false }, { 0x14, 1, true }, { 0x15, 1, false },
    { 0x16, 2, true }, { 0x18, 2, true }, { 0x1a, 2, true }, { 0x1c, 2, true },
    { 0x1e, 2, false }, { 0x20, 4, true }, { 0x24, 4, true }, { 0x28, 4, true },
    { 0x2c, 4, true }, { 0x30, 4, true }, { 0x34, 4, true },
};

static bool is_register(unsigned at, unsigned width, bool *writable)
{
    for (unsigned i = 0; i < sizeof registers / sizeof *registers; i++)
        if (registers[i].at == at && registers[i].width == width) {
            *writable = registers[i].writable;
            return true;
        }
    *writable = false;
    return false;
}

static void exact_widths(void *unused)
{
    (void)unused;
    for (unsigned at = 0; at < 0x44; at++)
        for (unsigned w = 0; w < 3; w++) {
            const unsigned width = widths[w];
            bool writable, readable = is_register(at, width, &writable);
            uint32_t value;

            a_toy_at(LOW);
            value = get(LOW + at, width);
            need(m.faults == !readable, "read of %u at 0x%x: %s", width, at, m.fault);
            need(readable || value == ones(width), "read of %u at 0x%x: 0x%x", width, at, value);
            m.faults = 0;
            set(LOW + at, width, at == 0x18 ? 8 : 0);
            if (at == 0x1c && width == 2)
                said(1, "only 1 is allowed");
            else
                need(m.faults == !writable, "write of %u at 0x%x: %s", width, at, m.fault);
        }
}

static void other_widths(void *unused)
{
    static const struct {
        unsigned at, width;
        bool     can_read, can_write;
    } rows[] = {
        { ISR, 1, true, false }, { ISR, 2, false, false }, { ISR, 4, false, false },
        { ISR + 1, 1, false, false },
        { CONFIG, 1, true, false }, { CONFIG + 2, 2, true, false }, { CONFIG + 4, 4, true, false },
        { CONFIG + 1, 2, false, false }, { CONFIG + 8, 1, false, false },
        { CONFIG + 0xffc, 4, false, false },
        { NOTIFY, 2, false, true }, { NOTIFY, 4, false, false }, { NOTIFY, 1, false, false },
        { NOTIFY + 1, 2, false, false }, { NOTIFY + 2, 2, false, false },
        { NOTIFY + 4, 2, false, false },        /* the address of queue 1, with a 0 in it */
        { COMMON + 0x3c, 4, false, false }, { COMMON + 0xffc, 4, false, false },
    };
    (void)unused;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        a_toy_at(HIGH);
        m.device[0].status = 15;
        m.device[0].queue[0].enabled = true;
        need(rows[i].can_read || get(HIGH + rows[i].at, rows[i].width) == ones(rows[i].width),
             "0x%x reads as something", rows[i].at);
        need(m.faults == !rows[i].can_read, "read of %u at 0x%x: %s", rows[i].width, rows[i].at,
             m.fault);
        m.faults = 0;
        set(HIGH + rows[i].at, rows[i].width, 0);
        need(m.faults == !rows[i].can_write, "write of %u at 0x%x: %s", rows[i].width, rows[i].at,
             m.fault);
    }
    a_toy_at(LOW);                      /* eight bytes are two registers, the lower one first */
    bus_write(&m.bus, LOW + 0x20, 8, 0x1122334455667788);
    need(get(LOW + 0x20, 4) == 0x55667788 && get(LOW + 0x24, 4) == 0x11223344, "two halves");
    need(bus_read(&m.bus, LOW + 0x20, 8) == 0x1122334455667788, "and both at once");
    said(0, "");
}

/* A driver's way through the registers [3.1.1, 4.1.5.1]: each row one access and what it shows. */
static void bring_up(void *unused)
{
    enum { R, W };
    static const struct {
        int      way;
        unsigned at, width;
        uint32_t value;
    } rows[] = {
        { W, 0x14, 1, 0 }, { R, 0x14, 1, 0 }, { W, 0x14, 1, 1 }, { W, 0x14, 1, 3 },
        { R, 0x14, 1, 3 },
        { W, 0x00, 4, 1 }, { R, 0x00, 4, 1 }, { R, 0x04, 4, 1 },        /* VERSION_1 */
        { W, 0x00, 4, 0 }, { R, 0x04, 4, 0x30000000 }, { W, 0x00, 4, 2 }, { R, 0x04, 4, 0 },
        { W, 0x08, 4, 0 }, { W, 0x0c, 4, 0 }, { W, 0x08, 4, 1 }, { W, 0x0c, 4, 1 },
        { R, 0x0c, 4, 1 }, { R, 0x08, 4, 1 }, { W, 0x14, 1, 11 }, { R, 0x14, 1, 11 },
        { R, 0x12, 2, 3 },
        { W, 0x16, 2, 3 }, { R, 0x16, 2, 3 }, { R, 0x18, 2, 0 }, { R, 0x1c, 2, 0 },
        { R, 0x1a, 2, NONE }, { R, 0x20, 4, 0 },        /* there is no queue 3 */
        { W, 0x16, 2, 2 }, { R, 0x18, 2, 64 }, { R, 0x1e, 2, 2 }, { R, 0x1c, 2, 0 },
        { W, 0x18, 2, 8 }, { R, 0x18, 2, 8 }, { W, 0x1a, 2, 0 }, { R, 0x1a, 2, NONE },
        { W, 0x20, 4, 0x70001000 }, { W, 0x24, 4, 0 },
        { W, 0x28, 4, 0x70002000 }, { W, 0x2c, 4, 0 },
        { W, 0x30, 4, 0x70003000 }, { W, 0x34, 4, 0 }, { R, 0x20, 4, 0x70001000 },
        { R, 0x28, 4, 0x70002000 }, { R, 0x30, 4, 0x70003000 },
        { W, 0x1c, 2, 1 }, { R, 0x1c, 2, 1 }, { W, 0x16, 2, 1 }, { R, 0x1c, 2, 0 },
        { R, 0x18, 2, 64 }, { W, 0x10, 2, 1 }, { R, 0x10, 2, NONE },
        { W, 0x14, 1, 15 }, { R, 0x14, 1, 15 }, { W, NOTIFY + 8, 2, 2 }, { W, NOTIFY + 8, 2, 2 },
    };
    (void)unused;

    a_toy_at(ACROSS);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint64_t at = ACROSS + rows[i].at;

        if (rows[i].way == W)
            set(at, rows[i].width, rows[i].value);
        else
            need(get(at, rows[i].width) == rows[i].value, "row %u, 0x%x: 0x%x instead of 0x%x", i,
                 rows[i].at, get(at, rows[i].width), rows[i].value);
    }
    need(m.notified[0][2] == 2 && m.notified[0][0] == 0 && m.device[0].kicks == 2, "two kicks");
    said(0, "");
    set(ACROSS + NOTIFY + 12, 2, 3);
    said(1, "queue 3");
    set(ACROSS + NOTIFY + 8, 2, 1);     /* the number of one queue to the address of another */
    said(1, "no register");
    set(ACROSS + 0x16, 2, 9);
    set(ACROSS + 0x1a, 2, 0);
    need(get(ACROSS + 0x1a, 2) == NONE, "queue 9 has a vector");
    set(ACROSS + 0x14, 1, 0);
    need(get(ACROSS + 0x14, 1) == 0 && get(ACROSS + 0x16, 2) == 0, "reset");
    set(ACROSS + 0x16, 2, 2);
    need(get(ACROSS + 0x1c, 2) == 0 && get(ACROSS + 0x18, 2) == 64 && get(ACROSS + 0x20, 4) == 0,
         "reset did not reset queue 2");
    said(0, "");
}

static void generation(void *unused)
{
    uint32_t before, after;
    (void)unused;

    a_toy_at(LOW);
    get(LOW + CONFIG, 4);
    before = get(LOW + 0x15, 1);
    get(LOW + CONFIG, 4);
    need(get(LOW + 0x15, 1) == before, "it changed, and nothing else did");
    for (unsigned i = 0; i < 256; i++)
        vdev_config_changed(&m.device[0]);
    get(LOW + CONFIG, 4);
    after = get(LOW + 0x15, 1);
    need(after != before, "256 changes look like none");
    get(LOW + CONFIG, 4);
    need(get(LOW + 0x15, 1) == after, "it does not come to rest");
}

/* ---- INTx -------------------------------------------------------------------------------- */

static void live(unsigned slot, uint64_t at)
{
    place(slot, at);
    m.device[slot - 1].status = 15;
}

static void lines(void *unused)
{
    (void)unused;
    machine(false);
    for (unsigned slot = 1; slot <= TOYS; slot++)
        plug(slot - 1, slot, &toy, NULL);
    for (unsigned slot = 1; slot <= TOYS; slot++) {
        const uint64_t at = LOW + slot * 0x4000;
        const unsigned line = 3 + (slot + 1 - 1) % 4;  /* pin INTA is 1 */

        live(slot, at);
        m.changes = 0;
        vdev_interrupt(&m.device[slot - 1], 0);
        need(m.high[line] && m.changes == 1, "slot %u raises line %u", slot, line);
        need(get(ecam(slot, 0x06), 2) == 0x18, "status says that it wants an interrupt");
        vdev_interrupt(&m.device[slot - 1], -1);
        need(m.changes == 1, "a level is raised once");
        need(get(at + ISR, 1) == 3, "both reasons");
        need(!m.high[line] && m.changes == 2, "reading the reasons lowers it");
        need(get(at + ISR, 1) == 0 && get(ecam(slot, 0x06), 2) == 0x10, "and clears them");
    }
    said(0, "");
}

static void shared_line(void *unused)
{
    (void)unused;
    machine(false);
    for (unsigned slot = 1; slot <= 5; slot++)
        plug(slot - 1, slot, &toy, NULL);
    live(1, LOW);
    live(5, LOW + 0x4000);
    vdev_interrupt(&m.device[0], 0);
    vdev_interrupt(&m.device[4], 0);
    need(get(LOW + ISR, 1) == 1 && m.high[4], "the other one still wants it");
    set(ecam(5, COMMAND), 2, 0x406);
    need(!m.high[4] && get(ecam(5, 0x06), 2) == 0x18, "held back, and still told by the status");
    set(ecam(5, COMMAND), 2, 6);
    need(m.high[4], "let go");
    set(LOW + 0x4014, 1, 0);
    need(!m.high[4], "a reset lowers it");
    said(0, "");
}

/* ---- MSI-X ------------------------------------------------------------------------------- */

enum { CONTROL = 0x9a };                /* of the MSI-X capability */
#define TABLE   (LOW + 0x10000)
#define PENDING (TABLE + 0x800)

static void messages_on(void)
{
    machine(true);
    plug(0, 1, &toy, NULL);
    set(ecam(1, BAR1), 4, (uint32_t)TABLE);
    live(1, LOW);
    for (unsigned i = 0; i < 4; i++) {
        need(get(TABLE + i * 16 + 12, 4) == 1, "vector %u is not masked at first", i);
        set(TABLE + i * 16, 4, 0xfee00000 + i * 4);
        set(TABLE + i * 16 + 4, 4, i);
        set(TABLE + i * 16 + 8, 4, 0x4000 + i);
        set(TABLE + i * 16 + 12, 4, 0);
    }
    for (unsigned queue = 0; queue < 3; queue++) {
        set(LOW + 0x16, 2, queue);
        set(LOW + 0x1a, 2, queue + 1);
        need(get(LOW + 0x1a, 2) == queue + 1, "queue %u has its vector", queue);
    }
    set(LOW + 0x10, 2, 0);
    need(get(LOW + 0x10, 2) == 0, "config has its vector");
    set(ecam(1, CONTROL), 2, 0x8000);
}

static void sent(unsigned count, unsigned vector)
{
    const struct message *last = &m.message[m.messages > 0 ? m.messages - 1 : 0];

    need(m.messages == count, "%u messages instead of %u", m.messages, count);
    need(count == 0 || (last->data == 0x4000 + vector
                        && last->address == ((uint64_t)vector << 32 | (0xfee00000 + vector * 4))),
         "0x%x to 0x%" PRIx64, last->data, last->address);
    m.messages = 0;
}

static void messages(void *unused)
{
    (void)unused;
    messages_on();
    for (int queue = -1; queue < 3; queue++) {
        vdev_interrupt(&m.device[0], queue);
        sent(1, (unsigned)(queue + 1));
    }
    vdev_interrupt(&m.device[0], 2);
    vdev_interrupt(&m.device[0], 2);
    sent(2, 3);
    need(m.changes == 0 && get(ecam(1, 0x06), 2) == 0x10, "a line moved as well");
    set(LOW + 0x1a, 2, 4);              /* there are 4: 0 to 3 */
    need(get(LOW + 0x1a, 2) == NONE, "a vector that is not there");
    vdev_interrupt(&m.device[0], 2);
    sent(0, 0);
    set(LOW + 0x10, 2, 0xffff);
    vdev_interrupt(&m.device[0], -1);
    sent(0, 0);
    set(ecam(1, CONTROL), 2, 0);
    need(m.high[4], "with MSI-X off the line is back");
    set(LOW + 0x14, 1, 0);
    set(LOW + 0x16, 2, 0);
    need(get(LOW + 0x1a, 2) == NONE && !m.high[4], "reset unmaps");
    said(0, "");
}

static void held_back(void *unused)
{
    static const struct {
        const char *by;
        uint64_t    at;
        unsigned    width;
        uint32_t    hold, go;
    } rows[] = {
        { "its own mask", TABLE + 2 * 16 + 12, 4, 1, 0 },
        { "the mask of all", ECAM + (1 << 15) + CONTROL, 2, 0xc000, 0x8000 },
        { "bus mastering", ECAM + (1 << 15) + COMMAND, 2, 2, 6 },
    };
    (void)unused;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        messages_on();
        set(rows[i].at, rows[i].width, rows[i].hold);
        vdev_interrupt(&m.device[0], 1);
        vdev_interrupt(&m.device[0], 1);
        sent(0, 0);
        need(get(PENDING, 4) == 1 << 2 && get(PENDING + 4, 4) == 0, "%s: pending", rows[i].by);
        set(rows[i].at, rows[i].width, rows[i].go);
        sent(1, 2);
        need(get(PENDING, 4) == 0, "%s: not pending any more", rows[i].by);
        said(0, "");
    }
    messages_on();
    set(rows[0].at, 4, 1);
    vdev_interrupt(&m.device[0], 1);
    set(LOW, 4, 1);
    set(LOW + 8, 4, 1);
    set(LOW + 0x14, 1, 0);
    set(rows[0].at, 4, 0);
    sent(0, 0);                         /* a reset forgets it, and more */
    need(get(LOW, 4) == 0 && get(LOW + 8, 4) == 0 && get(LOW + 0x10, 2) == NONE, "and selects");
}

static void table_widths(void *unused)
{
    (void)unused;
    messages_on();
    need(bus_read(&m.bus, TABLE + 16, 8) == 0x1fee00004, "eight bytes of the table");
    said(0, "");
    need(get(TABLE, 2) == 0xffff && get(TABLE + 1, 1) == 0xff, "less than four");
    set(TABLE + 8, 2, 0);
    set(PENDING, 4, 1);
    need(get(TABLE + 0x40, 4) == ones(4) && get(PENDING + 8, 4) == ones(4), "behind their ends");
    said(6, "no register");
    need(get(TABLE + 8, 4) == 0x4000, "something was written");
    set(TABLE + 12, 4, 0xffffffff);
    need(get(TABLE + 12, 4) == 1, "only the mask bit of vector control is there");
    said(0, "");
}

/* ---- The window in configuration space [4.1.4.9] ----------------------------------------- */

enum { WINDOW = 0x84 };

static void aim(unsigned bar, uint32_t offset, uint32_t length)
{
    set(ecam(1, WINDOW + 4), 1, bar);
    set(ecam(1, WINDOW + 8), 4, offset);
    set(ecam(1, WINDOW + 12), 4, length);
}

static void window(void *unused)
{
    (void)unused;
    machine(false);
    plug(0, 1, &toy, NULL);             /* no address, no decode */
    need(get(ecam(1, WINDOW + 16), 4) == 0, "a closed window");
    set(ecam(1, WINDOW + 16), 4, 0);
    said(0, "");
    aim(4, COMMON + 0x12, 2);
    need(get(ecam(1, WINDOW + 16), 2) == 3, "num_queues");
    need(get(ecam(1, WINDOW + 16), 4) == 3, "with 32 bits, too");
    aim(4, COMMON + 0x14, 1);
    set(ecam(1, WINDOW + 16), 1, 1);
    need(m.device[0].status == 1, "a byte is written");
    set(ecam(1, WINDOW + 16), 4, 0xffffff03);
    need(m.device[0].status == 3, "the first byte of four is written");
    need(get(ecam(1, WINDOW + 16), 1) == 3, "and read");
    aim(4, COMMON, 4);
    set(ecam(1, WINDOW + 16), 4, 1);
    aim(4, COMMON + 4, 4);
    need(get(ecam(1, WINDOW + 16), 4) == 1, "device_feature, upper half");
    aim(4, COMMON + 0x16, 2);
    set(ecam(1, WINDOW + 16), 4, 0xaaaa0002);
    need(m.function[0].queue_select == 2, "two bytes of four are written");
    need(get(ecam(1, WINDOW + 16), 4) == 0xaaaa0002, "and the others stay");
    aim(4, COMMON + 0x18, 2);
    set(ecam(1, WINDOW + 16), 4, 0xffff0008);
    need(m.device[0].queue[2].size == 8 && m.device[0].status == 3, "none of them went along");
    aim(4, ISR, 1);
    m.device[0].status = 15;
    vdev_interrupt(&m.device[0], 0);
    need(m.high[4] && (get(ecam(1, WINDOW + 16), 1)) == 1 && !m.high[4], "the ISR status");
    m.device[0].queue[1].enabled = true;
    set(ecam(1, COMMAND), 2, 4);
    aim(4, NOTIFY + 4, 2);
    set(ecam(1, WINDOW + 16), 2, 1);
    need(m.notified[0][1] == 1, "a notification");
    said(0, "");
}

static void window_nowhere(void *unused)
{
    static const struct {
        const char *what;
        unsigned    bar;
        uint32_t    offset, length;
    } rows[] = {
        { "a length of 3", 4, 0, 3 }, { "a length of 8", 4, 0x20, 8 },
        { "a length of 4 GiB", 4, 0, 0xffffffff }, { "a BAR that is not there", 0, 0, 4 },
        { "a BAR that cannot be", 200, 0, 4 }, { "beyond the BAR", 4, 0x4000, 4 },
        { "far beyond the BAR", 4, 0xfffffffc, 4 }, { "not aligned", 4, 1, 2 },
        { "the wrong width", 4, 0x14, 4 },
    };
    (void)unused;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        machine(true);
        plug(0, 1, &toy, NULL);
        aim(rows[i].bar, rows[i].offset, rows[i].length);
        said(0, "");
        need((get(ecam(1, WINDOW + 16), 2)) == 0xffff, "%s reads as something", rows[i].what);
        set(ecam(1, WINDOW + 16), 2, 0);
        need(m.faults == 2, "%s: %u lines, last: %s", rows[i].what, m.faults, m.fault);
    }
}

/* ---- Ports ------------------------------------------------------------------------------- */

static void ports(void *unused)
{
    static const struct {
        const char *what;
        uint32_t    address;
        unsigned    offset, width;
        uint32_t    value;
    } rows[] = {
        { "ids", 0x80000800, 4, 4, 0x106a1af4 }, { "vendor", 0x80000800, 4, 2, 0x1af4 },
        { "device", 0x80000800, 6, 2, 0x106a }, { "a byte", 0x80000800, 7, 1, 0x10 },
        { "class", 0x80000808, 6, 2, 0x0780 }, { "the bridge", 0x80000000, 4, 4, 0x00081b36 },
        { "not enabled", 0x00000800, 4, 4, 0xffffffff }, { "bus 1", 0x80010800, 4, 4, 0xffffffff },
        { "function 1", 0x80000900, 4, 4, 0xffffffff }, { "slot 2", 0x80001000, 4, 2, 0xffff },
        { "over the end", 0x80000800, 7, 2, 0xffff },
        { "low bits of the address", 0x80000803, 4, 4, 0x106a1af4 },
        { "the address", 0x80000803, 0, 4, 0x80000800 }, { "less of it", 0x80000800, 0, 1, 0xff },
    };
    (void)unused;

    memset(&m, 0, sizeof m);
    report.fault = on_fault;
    need(pci_init(&m.host, &m.bus, 0, 0), "ports only");
    plug(0, 1, &toy, NULL);
    need(m.bus.count == 0, "no ECAM");
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t value;

        pci_port_write(&m.host, 0, 4, rows[i].address);
        value = pci_port_read(&m.host, rows[i].offset, rows[i].width);
        need(value == rows[i].value, "%s: 0x%x", rows[i].what, value);
    }
    pci_port_write(&m.host, 0, 4, 0x80000804);
    pci_port_write(&m.host, 3, 1, 1);   /* Linux tries that: no part of the address */
    pci_port_write(&m.host, 4, 2, 6);
    need(pci_port_read(&m.host, 4, 2) == 6 && m.device[0].may_dma, "the command register");
    pci_port_write(&m.host, 0, 4, 0x80000820);
    pci_port_write(&m.host, 0, 1, 0);
    pci_port_write(&m.host, 0, 2, 0);
    pci_port_write(&m.host, 6, 2, 0x1234);
    need(pci_port_read(&m.host, 4, 4) == 0x1234000c, "half a BAR");
    pci_port_write(&m.host, 4, 4, 0x80004000);
    need(pci_port_read(&m.host, 4, 4) == 0x8000400c, "a whole one");
    said(0, "");
}

/* ---- Other machines ---------------------------------------------------------------------- */

/* A layout such as Virtualization.framework's: a 64-bit BAR 0, the table in a small BAR 2. */
static void another_layout(void *unused)
{
    static const struct virtio_layout layout = {
        .bar = { [0] = { 0x4000, BAR_64 }, [2] = { 64, 0 } },
        .region = {
            [REGION_COMMON] = { 0, 0x000, 0x40 }, [REGION_NOTIFY] = { 0, 0x1000, 0x1000 },
            [REGION_ISR] = { 0, 0x100, 4 }, [REGION_DEVICE] = { 0, 0x200, 0x100 },
        },
        .notify_multiplier = 2, .table = 2, .pending = 0x3000, .vectors = 4,
    };
    static const struct capability list[] = {
        { 9, 16, 1, 0, 0, 0x40, 0 }, { 9, 16, 3, 0, 0x100, 4, 0 }, { 9, 16, 4, 0, 0x200, 0x100, 0 },
        { 9, 20, 2, 0, 0x1000, 0x1000, 2 }, { 9, 20, 5, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0, 0 },
    };
    (void)unused;

    machine(false);
    plug(0, 1, &toy, &layout);
    list_is(list);
    machine(true);
    plug(0, 1, &toy, &layout);
    set(ecam(1, 0x10), 4, 0xffffffff);
    need(get(ecam(1, 0x10), 4) == 0xffffc004, "BAR 0: 16 KiB, 64 bits, not prefetchable");
    set(ecam(1, 0x18), 4, 0xffffffff);
    need(get(ecam(1, 0x18), 4) == 0xffffffc0, "BAR 2: 64 bytes");
    need(firmware_place(&m.host), "room");
    need(get(LOW + 0x12, 2) == 3 && get(LOW + 0x4000 + 12, 4) == 1, "both answer");
    need(get(LOW + 0x3000, 4) == 0, "the pending bits");
    need(get(ecam(1, 0x98 + 4), 4) == 2 && get(ecam(1, 0x98 + 8), 4) == 0x3000, "MSI-X");
    said(0, "");
    need(get(LOW + 0x80, 4) == ones(4), "between the regions");
    said(1, "nothing");
    m.device[0].status = 15;
    m.device[0].queue[2].enabled = true;
    set(ecam(1, COMMAND), 2, 6);
    set(LOW + 0x1004, 2, 2);
    need(m.notified[0][2] == 1, "multiplier 2");
    said(0, "");
}

static void late(void *unused)
{
    (void)unused;
    machine(false);
    plug(0, 1, &toy, NULL);
    m.function[0].pci.hidden = true;
    need(get(ecam(1, 0), 4) == ones(4), "it is there too early");
    place(1, LOW);
    m.function[0].pci.hidden = false;
    need(get(ecam(1, 0), 4) == 0x106a1af4 && get(ecam(1, COMMAND), 2) == 0, "it came, untouched");
    said(0, "");
    vdev_init(&m.device[1], &toy, "toy 1", &memory);
    need(!virtio_pci_init(&m.function[1], &m.host, 1, &m.device[1], NULL), "two in a slot");
    said(1, "slot 1 is taken");
    need(!virtio_pci_init(&m.function[1], &m.host, 32, &m.device[1], NULL), "slot 32");
    said(1, "slot 32");
}

/* ---- Virtualization.framework's machine -------------------------------------------------- */

/* BAR 0 has two halves and BAR 2 one; what was written, and what is read then. */
static void strays(void *unused)
{
    static const struct {
        uint32_t low, high, is_low, is_high;
    } rows[] = {
        { 0x50000000, 0, 0x50000004, 0 }, { 0x6ffdc000, 0, 0x6ffdc004, 0 },
        { 0x4fffc000, 0, 4, 0 }, { 0x6ffe0000, 0, 4, 0 }, { 0, 0, 4, 0 },
        { 0x80000000, 1, 0x80000004, 1 }, { 0xbfffc000, 1, 0xbfffc004, 1 },
        { 0xc0000000, 1, 4, 1 }, { 0x80000000, 2, 0x80000004, 0 },
        { 0xffffffff, 0xffffffff, 0xffffc004, 0xffffffff },
    };
    (void)unused;

    memset(&m, 0, sizeof m);
    report.fault = on_fault;
    need(pci_init(&m.host, &m.bus, ECAM, 0x100000), "pci_init");
    need(pci_add_window(&m.host, LOW, 0x1ffe0000), "the low window");
    need(pci_add_window(&m.host, 0x180000000, 0x40000000), "the high window");
    m.host.signal_msi = on_message;
    m.host.has_no_strays = true;
    plug(0, 1, &toy, &virtio_layout_vz);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        set(ecam(1, 0x10), 4, rows[i].low);
        set(ecam(1, 0x14), 4, rows[i].high);
        need(get(ecam(1, 0x10), 4) == rows[i].is_low && get(ecam(1, 0x14), 4) == rows[i].is_high,
             "0x%x and 0x%x read as 0x%x and 0x%x", rows[i].low, rows[i].high,
             get(ecam(1, 0x10), 4), get(ecam(1, 0x14), 4));
    }
    set(ecam(1, 0x18), 4, 0xffffffff);
    need(get(ecam(1, 0x18), 4) == 0xffffffc0, "BAR 2: 64 bytes");
    set(ecam(1, 0x18), 4, 0x50000040);
    need(get(ecam(1, 0x18), 4) == 0x50000040, "BAR 2 in the window");
    set(ecam(1, 0x18), 4, 0x10000000);
    need(get(ecam(1, 0x18), 4) == 0, "BAR 2 outside");
    said(0, "");
}

static void a_vz_device(struct vdev *d)
{
    need(virtio_pci_init(&m.function[0], &m.host, 1, d, &virtio_layout_vz), "slot 1");
    set(ecam(1, 0x10), 4, (uint32_t)LOW);
    set(ecam(1, COMMAND), 2, 6);
}

static void a_vz_toy(void)
{
    machine(true);
    vdev_init(&m.device[0], &toy, "toy", &memory);
    a_vz_device(&m.device[0]);
}

/* Each step is read again, as a driver should. */
static void step(uint8_t status)
{
    set(LOW + 0x14, 1, status);
    need(get(LOW + 0x14, 1) == status, "status 0x%x is 0x%x", status, get(LOW + 0x14, 1));
}

static void accept(uint32_t low, uint32_t high)
{
    step(0);
    step(1);
    step(3);
    set(LOW + 0x08, 4, 0);
    set(LOW + 0x0c, 4, low);
    set(LOW + 0x08, 4, 1);
    set(LOW + 0x0c, 4, high);
    step(11);
}

static void set_up(unsigned queue)
{
    set(LOW + 0x16, 2, queue);
    set(LOW + 0x18, 2, 8);
    set(LOW + 0x20, 4, 0x70001000);
    set(LOW + 0x28, 4, 0x70002000);
    set(LOW + 0x30, 4, 0x70003000);
    set(LOW + 0x1c, 2, 1);
}

static void status_waits(void *unused)
{
    (void)unused;
    a_vz_toy();
    set(LOW + 0x14, 1, 1);
    need(m.device[0].status == 0, "a status that nobody read counts");
    need(get(LOW + 0x14, 1) == 1 && m.device[0].status == 1, "read, it counts");
    accept(0, 1);
    set_up(2);
    set(LOW + 0x14, 1, 15);
    set(LOW + NOTIFY + 8, 2, 2);
    said(2, "before DRIVER_OK");
    need(m.notified[0][2] == 0, "notified before DRIVER_OK was read");
    need(get(LOW + 0x14, 1) == 15, "DRIVER_OK");
    set(LOW + NOTIFY + 8, 2, 2);
    need(m.notified[0][2] == 1, "notified");
    set(LOW + 0x14, 1, 0);
    need(get(LOW + 0x14, 1) == 0 && get(LOW + 0x1c, 2) == 0, "reset");
    said(0, "");
}

/* [2.6.1] [4.1.4.3.1] */
static void queue_reset(void *unused)
{
    enum { RING_RESET = 1 << 8, QUEUE_RESET = 0x3a };
    (void)unused;

    a_toy_at(LOW);
    set(LOW + QUEUE_RESET, 2, 1);
    said(1, "no register");             /* not offered: not there */
    a_vz_toy();
    set(LOW, 4, 1);
    need(get(LOW + 4, 4) == (1 | RING_RESET), "offered: 0x%x", get(LOW + 4, 4));
    accept(0, 1);
    set_up(2);
    step(15);
    set(LOW + QUEUE_RESET, 2, 1);
    said(1, "RING_RESET was not accepted");
    need(get(LOW + 0x1c, 2) == 1, "it was reset all the same");

    accept(0, 1 | RING_RESET);
    set_up(2);
    step(15);
    set(LOW + QUEUE_RESET, 2, 1);
    need(get(LOW + QUEUE_RESET, 2) == 0 && get(LOW + 0x1c, 2) == 0 && get(LOW + 0x18, 2) == 64
         && get(LOW + 0x20, 4) == 0, "it is not as after a reset");
    need(get(LOW + 0x14, 1) == 15, "the device goes on");
    set(LOW + NOTIFY + 8, 2, 2);
    said(1, "not enabled");
    set_up(2);
    set(LOW + NOTIFY + 8, 2, 2);
    need(get(LOW + 0x1c, 2) == 1 && m.notified[0][2] == 1, "it cannot be set up anew");
    said(0, "");
    set_up(1);
    said(1, "after DRIVER_OK");         /* that one was not reset */
    set(LOW + QUEUE_RESET, 2, 0);
    said(1, "only 1 is allowed");
    set(LOW + 0x16, 2, 7);
    set(LOW + QUEUE_RESET, 2, 1);
    said(1, "there is none");
}

/* What is being sent when its queue is reset is nobody's any more. */
static size_t heard, patience;

static size_t on_text(void *context, const uint8_t *text, size_t bytes)
{
    const size_t taken = bytes < patience ? bytes : patience;

    (void)context;
    (void)text;
    heard += taken;
    patience -= taken;
    return taken;
}

static void queue_reset_while_sending(void *unused)
{
    static struct console c;
    (void)unused;

    heard = 0;
    patience = 3;
    memset(ram, 0, sizeof ram);
    store_le64(ram + 0x1000, 0x70004000);
    store_le32(ram + 0x1008, 10);
    store_le16(ram + 0x2002, 1);        /* avail.idx */
    machine(true);
    console_init(&c, "console", &memory, on_text, NULL);
    a_vz_device(&c.vdev);
    accept(0, 1 | 1 << 8);
    set_up(1);
    step(15);
    set(LOW + NOTIFY + 4, 2, 1);
    need(heard == 3 && c.is_sending, "%zu bytes heard", heard);
    set(LOW + 0x3a, 2, 1);
    patience = 100;
    console_resume(&c);
    need(heard == 3 && load_le16(ram + 0x3002) == 0, "it went on: %zu bytes", heard);
    set_up(1);
    set(LOW + NOTIFY + 4, 2, 1);
    need(heard == 13 && load_le16(ram + 0x3002) == 1, "anew: %zu bytes", heard);
    said(0, "");
}

/* Numbers typed from Arm's Server Base System Architecture, appendix on GICv2m. */
static void gic_v2m(void *unused)
{
    enum { PAGE = 0x1fff0000 };
    struct v2m v = { .line = 5, .lines = 2, .set_line = on_line };
    (void)unused;

    memset(&m, 0, sizeof m);
    report.fault = on_fault;
    need(v2m_init(&v, &m.bus, PAGE), "no room on the bus");
    need(get(PAGE + 8, 4) == (37u << 16 | 2), "MSI_TYPER: 0x%x", get(PAGE + 8, 4));
    v2m_message(&v, PAGE + 0x40, 38);
    need(m.changes == 2 && !m.high[6], "line 6 up and down: %u changes", m.changes);
    set(PAGE + 0x40, 4, 37);
    need(m.changes == 4, "the guest itself may write there");
    v2m_message(&v, PAGE + 0x40, 36);
    v2m_message(&v, PAGE + 0x40, 39);
    v2m_message(&v, PAGE + 0x40, 0);
    set(PAGE + 8, 4, 37);
    need(m.changes == 4, "lines that are not its own");
    said(0, "");
    v2m_message(&v, PAGE + 0x44, 37);
    said(1, "is lost");
}

int main(void)
{
    static const struct {
        const char *name;
        void      (*test)(void *);
    } tests[] = {
        { "the header of configuration space", header },
        { "configuration space reads alike in any width", any_width },
        { "who is not there reads as all ones", absent },
        { "what can be written, bit by bit", writable_bits },
        { "the capability list", capabilities },
        { "BARs tell their size", sizing },
        { "BARs move below, across and above 4 GiB", moving },
        { "BARs answer with decode on, and in a window", decode },
        { "of BARs over one another the first answers", overlap },
        { "DMA follows bus mastering", mastering },
        { "BARs placed as firmware does", firmware },
        { "the story of a BAR", story },
        { "common configuration takes exact widths", exact_widths },
        { "ISR, device configuration and notification, too", other_widths },
        { "bring-up, register by register", bring_up },
        { "generation, after 256 changes", generation },
        { "INTx: swizzle, level, status bit", lines },
        { "INTx: a line that two share", shared_line },
        { "MSI-X: a message for each vector", messages },
        { "MSI-X: held back, pending, let go", held_back },
        { "MSI-X: the table's registers", table_widths },
        { "the configuration window, decode off", window },
        { "the configuration window, aimed at nothing", window_nowhere },
        { "ports 0xcf8 and 0xcfc", ports },
        { "another layout is another table", another_layout },
        { "a function that comes late; a slot that is taken", late },
        { "addresses that do not stick outside of the windows", strays },
        { "a status that counts when it is read", status_waits },
        { "a queue that is reset by itself", queue_reset },
        { "a queue that is reset while the console sends from it", queue_reset_while_sending },
        { "messages that become lines: GICv2m", gic_v2m },
    };

    tap_begin(60);
    for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++)
        tap_run(tests[i].name, tests[i].test, NULL);
    return tap_end();
}
