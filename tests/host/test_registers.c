/* Registers touched as no driver would, bus and serial ports: what a device keeps, what it says,
 * and what it tells nobody. */
#include "tests/host/hand.h"

#include "examples/vmm/devices/console.h"
#include "examples/vmm/devices/uart.h"

static struct hand hand;
static struct console console;

static bool told(const char *text)
{
    return strstr(hand.fault, text) != NULL;
}

/* ---- Status [2.1], and what is allowed when [3.1.1] ---- */

enum { ACK = 1, DRV = 2, OK = 4, FEA = 8, NEEDS = 64, FAILED = 128 };

static const struct status_row {
    const char *name;
    uint64_t    features;               /* accepted before the last write */
    unsigned    writes;
    uint8_t     write[5], is;
    const char *fault;
} statuses[] = {
    { "step by step", FEATURE_VERSION_1, 4, { 1, 3, 11, 15 }, 15, NULL },
    { "all at once", FEATURE_VERSION_1, 1, { 15 }, 15, NULL },
    { "the same twice", FEATURE_VERSION_1, 4, { 1, 1, 3, 3 }, 3, NULL },
    { "DRIVER without ACKNOWLEDGE", FEATURE_VERSION_1, 1, { 2 }, 2, "ACKNOWLEDGE comes before" },
    { "FEATURES_OK without DRIVER", FEATURE_VERSION_1, 2, { 1, 9 }, 9, "DRIVER comes before" },
    { "... nor VERSION_1", 0, 2, { 1, 9 }, 1, "VERSION_1 was not accepted" },
    { "DRIVER_OK without FEATURES_OK", FEATURE_VERSION_1, 3, { 1, 3, 7 }, 3,
      "FEATURES_OK comes before" },
    { "FEATURES_OK without VERSION_1", 0, 3, { 1, 3, 11 }, 3, "VERSION_1 was not accepted" },
    { "DRIVER_OK after a refused FEATURES_OK", 0, 4, { 1, 3, 11, 15 }, 3, "comes before" },
    { "FEATURES_OK with what was not offered", FEATURE_VERSION_1 | 1 << 5, 3, { 1, 3, 11 }, 3,
      "bit 5 was not offered" },
    { "FEATURES_OK with packed rings", FEATURE_VERSION_1 | UINT64_C(1) << 34, 3, { 1, 3, 11 }, 3,
      "bit 34 was not offered" },
    { "a bit taken back", FEATURE_VERSION_1, 5, { 1, 3, 11, 15, 7 }, 15, "only a reset clears" },
    { "all but one taken back", FEATURE_VERSION_1, 3, { 1, 3, 1 }, 3, "only a reset clears" },
    { "NEEDS_RESET set by the driver", FEATURE_VERSION_1, 2, { 1, 3 | NEEDS }, 3, NULL },
    { "bits that nobody knows", FEATURE_VERSION_1, 1, { 1 | 16 | 32 }, 1, NULL },
    { "FAILED at once", FEATURE_VERSION_1, 1, { FAILED }, FAILED, NULL },
    { "reset in the middle", FEATURE_VERSION_1, 3, { 1, 3, 0 }, 0, NULL },
};

static void a_status(void *argument)
{
    const struct status_row *r = argument;
    struct hand *h = &hand;

    reg_write(h, 0x70, 0);
    h->faults = 0;
    h->fault[0] = 0;
    for (unsigned half = 0; half < 2; half++) {
        reg_write(h, 0x24, half);
        reg_write(h, 0x20, (uint32_t)(r->features >> 32 * half));
    }
    for (unsigned i = 0; i < r->writes; i++)
        reg_write(h, 0x70, r->write[i]);
    need(status(h) == r->is, "status 0x%x", status(h));
    need(r->fault == NULL ? h->faults == 0 : told(r->fault), "%u lines, \"%s\"", h->faults,
         h->fault);
}

static void after_features_ok(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    negotiate(h, 0);
    h->faults = 0;
    reg_write(h, 0x24, 0);
    reg_write(h, 0x20, UINT32_MAX);
    need(h->faults == 1 && told("after FEATURES_OK: ignored"), "\"%s\"", h->fault);
    need(h->rng.vdev.accepted == FEATURE_VERSION_1, "accepted all the same");
    reg_write(h, 0x70, 0);
    need(h->rng.vdev.accepted == 0, "still accepted after a reset");
    reg_write(h, 0x24, 2);
    reg_write(h, 0x20, 0);
    need(h->faults == 1, "\"%s\"", h->fault);
    reg_write(h, 0x20, 1);
    need(told("features 64 to 95: there are 64"), "\"%s\"", h->fault);
    need(vdev_offered(&h->rng.vdev, 2) == 0 && vdev_accepted(&h->rng.vdev, 2) == 0, "bit 64");
}

static void a_queue_in_use(void *unused)
{
    static const unsigned offsets[] = { 0x38, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4, 0x44 };
    struct hand *h = &hand;

    (void)unused;
    for (unsigned i = 0; i < 8; i++) {
        bring_up(h, 0, 4);
        reg_write(h, offsets[i], 8);
        need(h->faults == 1 && told("while it is enabled: ignored"), "+0x%x: \"%s\"", offsets[i],
             h->fault);
        describe(h, TABLE, 0, BUFFERS, 1, WRITE, 0);
        offer(h, 0);
        notify(h);
        need(used_index(h) == 1, "+0x%x was not ignored", offsets[i]);
    }
}

static void too_early_too_late(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    reg_write(h, 0x70, 0);
    set_queue(h, 0, 4, TABLE, AVAILABLE, USED);
    need(told("before FEATURES_OK: ignored") && reg(h, 0x44) == 0, "\"%s\"", h->fault);
    negotiate(h, 0);
    reg_write(h, 0x70, 15);
    notify(h);
    need(told("it is not enabled"), "\"%s\"", h->fault);
    set_queue(h, 0, 4, TABLE, AVAILABLE, USED);
    need(told("after DRIVER_OK: ignored") && reg(h, 0x44) == 0, "\"%s\"", h->fault);
    reg_write(h, 0x30, 1);
    need(reg(h, 0x34) == 0 && reg(h, 0x44) == 0, "there is a queue 1");
    reg_write(h, 0x38, 4);
    need(told("there is none"), "\"%s\"", h->fault);
    need_works(h);
}

static void stopped(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    bring_up(h, 0, 4);
    describe(h, TABLE, 0, BUFFERS, 1, WRITE, 0);
    offer(h, 0);
    reg_write(h, 0x44, 0);
    need(reg(h, 0x44) == 0, "QueueReady reads 1");
    notify(h);
    need(used_index(h) == 0 && told("it is not enabled"), "a stopped queue was served");
    need_works(h);
}

static void no_dma(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    bring_up(h, 0, 4);
    describe(h, TABLE, 0, BUFFERS, 1, WRITE, 0);
    offer(h, 0);
    h->rng.vdev.may_dma = false;
    notify(h);
    notify(h);
    need(used_index(h) == 0, "served without bus mastering");
    need(h->faults == 1 && told("bus mastering is off"), "%u lines, \"%s\"", h->faults, h->fault);
    h->rng.vdev.may_dma = true;
    notify(h);
    need(used_index(h) == 1, "not served with it");
}

static void access_platform(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    h->rng.vdev.offered |= FEATURE_PLATFORM;
    negotiate(h, 0);
    need(status(h) == 3 && told("ACCESS_PLATFORM was not accepted"), "\"%s\"", h->fault);
    negotiate(h, FEATURE_PLATFORM);
    need(status(h) == 11, "refused");
    h->rng.vdev.offered &= ~FEATURE_PLATFORM;
}

/* ---- virtio-mmio [4.2.2] ---- */

static const struct access_row {
    const char *name;
    unsigned    offset, width;
    bool        is_write;
    uint64_t    value;
    const char *fault;
} accesses[] = {
    { "MagicValue", 0x000, 4, false, 0x74726976, NULL },
    { "Version", 0x004, 4, false, 2, NULL },
    { "DeviceID", 0x008, 4, false, 4, NULL },
    { "two registers by 8 bytes", 0x000, 8, false, UINT64_C(0x274726976), NULL },
    { "QueueNumMax", 0x034, 4, false, 64, NULL },
    { "SHMLenLow: there is none", 0x0b0, 4, false, UINT32_MAX, NULL },
    { "SHMLenHigh", 0x0b4, 4, false, UINT32_MAX, NULL },
    { "SHMBaseLow", 0x0b8, 4, false, UINT32_MAX, NULL },
    { "SHMBaseHigh", 0x0bc, 4, false, UINT32_MAX, NULL },
    { "ConfigGeneration", 0x0fc, 4, false, 0, NULL },
    { "a byte of Status", 0x070, 1, false, 0xff, "Status: registers are 4 bytes" },
    { "two bytes of QueueNum", 0x038, 2, true, 4, "QueueNum: registers are 4 bytes" },
    { "4 bytes at +1", 0x001, 4, false, UINT32_MAX, "MagicValue: registers are 4 bytes, aligned" },
    { "4 bytes at +2, across two registers", 0x072, 4, true, 0, "aligned" },
    { "a write to MagicValue", 0x000, 4, true, 1, "MagicValue: it is only read" },
    { "a write to InterruptStatus", 0x060, 4, true, 1, "it is only read" },
    { "a read of QueueNotify", 0x050, 4, false, UINT32_MAX, "QueueNotify: it is only written" },
    { "a read of QueueDescHigh", 0x084, 4, false, UINT32_MAX, "it is only written" },
    { "a register of version 1, QueuePFN", 0x040, 4, true, 1, "no register is there" },
    { "a read of a hole", 0x018, 4, false, UINT32_MAX, "no register is there" },
    { "a configuration that has no bytes", 0x100, 4, false, UINT32_MAX, "it has 0 bytes" },
    { "the last byte of the slot", 0x1ff, 1, true, 1, "it has 0 bytes" },
};

static void an_access(void *argument)
{
    const struct access_row *r = argument;
    struct hand *h = &hand;
    uint64_t value = r->value;

    reg_write(h, 0x70, 0);
    reg_write(h, 0x30, 0);
    h->faults = 0;
    if (r->is_write)
        bus_write(&h->bus, SLOT + r->offset, r->width, value);
    else
        value = bus_read(&h->bus, SLOT + r->offset, r->width);
    need(value == r->value, "0x%llx", (unsigned long long)value);
    need(r->fault == NULL ? h->faults == 0 : h->faults == 1 && told(r->fault), "%u lines, \"%s\"",
         h->faults, h->fault);
}

static void empty_slot(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    hand_begin(h, NULL);
    need(reg(h, 0) == 0x74726976 && reg(h, 4) == 2 && reg(h, 8) == 0, "not an empty slot");
    reg_write(h, 0x70, 1);
    need(reg(h, 0x70) == 0, "an empty slot has a status");
    hand_begin(h, &h->rng.vdev);
}

/* ---- The console [5.3] ---- */

static char heard[64];
static size_t heard_bytes, budget;

static size_t hear(void *context, const uint8_t *text, size_t bytes)
{
    (void)context;
    if (bytes > budget)
        bytes = budget;
    memcpy(heard + heard_bytes, text, bytes);
    heard_bytes += bytes;
    budget -= bytes;
    return bytes;
}

static void console_up(struct hand *h)
{
    console_init(&console, "console", &h->memory, hear, NULL);
    hand_begin(h, &console.vdev);
    heard_bytes = 0;
    budget = sizeof heard;
    memset(heard, 0, sizeof heard);
    memset(h->ram, 0, 0x20000);
}

/* Queue 1 at the usual place, queue 0 0x4000 further. */
static void console_live(struct hand *h)
{
    negotiate(h, 5);
    set_queue(h, 0, 4, TABLE + 0x4000, AVAILABLE + 0x4000, USED + 0x4000);
    set_queue(h, 1, 4, TABLE, AVAILABLE, USED);
    reg_write(h, 0x70, 15);
    h->faults = h->interrupts = 0;
}

static void print(struct hand *h, const char *text)
{
    memcpy(at(h, BUFFERS), text, strlen(text));
    describe(h, TABLE, 0, BUFFERS, 2, NEXT, 1);
    describe(h, TABLE, 1, BUFFERS + 2, (uint32_t)strlen(text) - 2, 0, 0);
    offer(h, 0);
    reg_write(h, 0x50, 1);
}

static void a_slow_reader(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    console_up(h);
    console_live(h);
    budget = 3;
    print(h, "Hello");
    need(strcmp(heard, "Hel") == 0 && used_index(h) == 0, "\"%s\", used.idx %u", heard,
         used_index(h));
    reg_write(h, 0x50, 1);
    console_resume(&console);
    need(used_index(h) == 0, "given back before all was taken");
    budget = 50;
    console_resume(&console);
    need(strcmp(heard, "Hello") == 0 && used_index(h) == 1 && used_bytes(h, 0) == 0, "\"%s\"",
         heard);
    console_resume(&console);
    need(strcmp(heard, "Hello") == 0 && used_index(h) == 1 && h->faults == 0, "said twice");
}

static void a_reset_drops_it(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    console_up(h);
    console_live(h);
    budget = 1;
    print(h, "Hello");
    reg_write(h, 0x70, 0);
    budget = 50;
    console_resume(&console);
    need(strcmp(heard, "H") == 0 && used_index(h) == 0, "\"%s\" after a reset", heard);
    memset(h->ram, 0, 0x8000);
    console_live(h);
    print(h, "again");
    need(strcmp(heard, "Hagain") == 0 && used_index(h) == 1, "\"%s\"", heard);
}

static void a_stopped_queue_is_not_touched(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    console_up(h);
    console_live(h);
    budget = 1;
    print(h, "Hello");
    reg_write(h, 0x30, 1);
    reg_write(h, 0x44, 0);
    budget = 50;
    console_resume(&console);
    need(used_index(h) == 0, "a stopped queue was written to");
}

static void typing(void *unused)
{
    static uint8_t much[CONSOLE_TYPED + 100];
    struct hand *h = &hand;
    uint8_t *available, *used;

    (void)unused;
    console_up(h);
    need(console_type(&console, (const uint8_t *)"early", 5) == 5, "not kept");
    console_live(h);
    available = at(h, AVAILABLE + 0x4000);
    used = at(h, USED + 0x4000);
    describe(h, TABLE + 0x4000, 0, BUFFERS, 1, WRITE | NEXT, 2);
    describe(h, TABLE + 0x4000, 2, BUFFERS + 1, 3, WRITE, 0);
    describe(h, TABLE + 0x4000, 1, BUFFERS + 100, 64, WRITE, 0);
    store_le16(available + 4, 0);
    store_le16(available + 6, 1);
    store_le16(available + 2, 2);
    need(load_le16(used + 2) == 0, "given back unasked");
    reg_write(h, 0x50, 0);
    need(load_le16(used + 2) == 2 && load_le32(used + 8) == 4 && load_le32(used + 16) == 1,
         "used.idx %u, %u and %u bytes", load_le16(used + 2), load_le32(used + 8),
         load_le32(used + 16));
    need(memcmp(at(h, BUFFERS), "earl", 4) == 0 && *at(h, BUFFERS + 100) == 'y', "other letters");
    need(h->interrupts == 1 && h->line, "no interrupt");
    need(console_type(&console, much, sizeof much) == CONSOLE_TYPED, "more than there is room for");
    need(console_type(&console, much, 1) == 0, "more than there is room for");
}

static void the_wrong_way(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    console_up(h);
    console_live(h);
    describe(h, TABLE, 0, BUFFERS, 2, WRITE, 1);
    offer(h, 0);
    reg_write(h, 0x50, 1);
    need(status(h) == 79 && told("writable buffer in the transmit queue"), "\"%s\"", h->fault);
    console_live(h);
    describe(h, TABLE + 0x4000, 0, BUFFERS, 2, 0, 1);
    store_le16(at(h, AVAILABLE + 0x4000) + 2, 1);
    console_type(&console, (const uint8_t *)"x", 1);
    need(status(h) == 79 && told("readable buffer in the receive queue"), "\"%s\"", h->fault);
}

static void emergency(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    console_up(h);
    for (const char *p = "Oh!"; *p != 0; p++)
        reg_write(h, 0x108, (uint32_t)*p | 0x12345600);
    need(strcmp(heard, "Oh!") == 0 && h->faults == 0, "\"%s\", \"%s\"", heard, h->fault);
    budget = 0;
    reg_write(h, 0x108, 'x');
    reg_write(h, 0x100, 'x');
    need(told("only emerg_wr"), "\"%s\"", h->fault);
}

static void resized(void *unused)
{
    struct hand *h = &hand;
    uint32_t generation;

    (void)unused;
    console_up(h);
    generation = reg(h, 0xfc);
    console_resize(&console, 132, 43);
    need(!h->line && reg(h, 0x60) == 0, "an interrupt before DRIVER_OK [2.1.2]");
    need(bus_read(&h->bus, SLOT + 0x100, 2) == 132 && bus_read(&h->bus, SLOT + 0x102, 2) == 43
         && bus_read(&h->bus, SLOT + 0x102, 1) == 43 && reg(h, 0x100) == (43 << 16 | 132),
         "another size");
    need(reg(h, 0xfc) != generation, "the same generation");
    console_live(h);
    console_resize(&console, 80, 25);
    need(h->line && reg(h, 0x60) == 2, "no interrupt for the change");
    need(bus_read(&h->bus, SLOT + 0x101, 2) == 0xffff && told("configuration at 1"), "\"%s\"",
         h->fault);
    reg_write(h, 0x70, 0);
    need(!h->line, "the line is high after a reset");
}

/* ---- The story, as it is printed ---- */

static char story[4000];

static void tell(void *context, const char *who, const char *section, const char *driver,
                 const char *answer)
{
    (void)context;
    (void)who;
    snprintf(story + strlen(story), sizeof story - strlen(story), "[%s] %s / %s\n", section, driver,
             answer);
}

static void the_story(void *unused)
{
    static const char *const lines[] = {
        "[4.2.3.1] who is in this slot? DeviceID / console\n",
        "[3.1.1] status = 0 / reset",
        "[3.1.1] status |= ACKNOWLEDGE / kept\n",
        "[3.1.1] status |= DRIVER / kept\n",
        "[2.2] which features, bits 0 to 31? / SIZE, EMERG_WRITE, INDIRECT_DESC, EVENT_IDX\n",
        "[2.2] of bits 0 to 31 I take SIZE, EMERG_WRITE / noted\n",
        "[2.2] of bits 32 to 63 I take VERSION_1 / noted\n",
        "[3.1.1] status |= FEATURES_OK / kept\n",
        "[2.7] queue 1: 4 of 64 places, from 0x40000000 on / enabled",
        "[3.1.1] status |= DRIVER_OK / kept\n",
        "[2.7.13.4] notifies queue 1 / looks at avail.idx\n",
        "[2.7.13] offers in queue 1 5 bytes to read, 0 to write / taken",
        "[2.7.8] waits for head 0 in the used ring of queue 1 / used.idx = 1, interrupt\n",
        "[2.5] configuration at 0, 2 bytes? / 80\n",
    };
    struct hand *h = &hand;
    const char *from = story;

    (void)unused;
    console_up(h);
    report.story = tell;
    reg(h, 8);
    reg_write(h, 0x14, 0);
    reg_write(h, 0x70, 0);
    reg_write(h, 0x70, 1);
    reg_write(h, 0x70, 3);
    reg(h, 0x10);
    console_live(h);
    print(h, "Hello");
    print(h, "again");
    for (unsigned i = 0; i < 1000; i++)
        bus_read(&h->bus, SLOT + 0x100, 2);
    report.story = NULL;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        need(strstr(from, lines[i]) != NULL, "%s is missing in\n%s", lines[i], story);
    need(strstr(strstr(story, "2.7.8"), "again") == NULL && strlen(story) < 2500, "%s", story);
}

/* ---- Traces: only what is wanted is put into words ---- */

static const char *wanted;
static char traced[4000];

static bool wants(void *context, const char *event)
{
    (void)context;
    return strcmp(event, wanted) == 0;
}

static void trace(void *context, const char *event, const char *text)
{
    (void)context;
    snprintf(traced + strlen(traced), sizeof traced - strlen(traced), "%s %s\n", event, text);
}

static const struct trace_row {
    const char *name, *lines;           /* the event, and all that is said of it */
} traces[] = {
    { "status", "status console: 0x0f -> 0, reset\n" "status console: 0x00 -> 0x01, is 0x01\n"
      "status console: 0x01 -> 0x03, is 0x03\n" "status console: 0x03 -> 0x0b, is 0x0b\n"
      "status console: 0x0b -> 0x0f, is 0x0f\n" },
    { "features", "features console: accepted, half 0: 0x00000005\n"
      "features console: accepted, half 1: 0x00000001\n" },
    { "queue", "queue console: queue 0, 4 places, 0x40004000, 0x40005000, 0x40006000\n"
      "queue console: queue 1, 4 places, 0x40000000, 0x40001000, 0x40002000\n" },
    { "queue_notify", "queue_notify console: queue 1\n" },
    { "request", "request console: queue 1, head 0: 5 bytes to read, 0 to write, 0 written, "
      "interrupt\n" },
    { "config", "config console: configuration at 2, 2 bytes: 0x19\n"
      "config console: configuration at 8, 4 bytes <- 0x21\n" },
    { "nothing", "" },
};

static void a_trace(void *argument)
{
    const struct trace_row *r = argument;
    struct hand *h = &hand;

    console_up(h);
    console_live(h);
    wanted = r->name;
    traced[0] = 0;
    report.wants = wants;
    report.trace = trace;
    memset(h->ram, 0, 0x20000);
    console_live(h);
    print(h, "Hello");
    bus_read(&h->bus, SLOT + 0x102, 2);
    reg_write(h, 0x108, '!');
    need(strcmp(traced, r->lines) == 0, "%s", traced);
    report.trace = NULL;
}

static void registers_by_name(void *unused)
{
    struct hand *h = &hand;

    (void)unused;
    console_up(h);
    wanted = "mmio";
    traced[0] = 0;
    report.wants = wants;
    report.trace = trace;
    reg_write(h, 0x30, 1);
    reg(h, 0x0c);
    reg(h, 0xc0);
    need(strcmp(traced, "mmio console: QueueSel <- 0x1\nmmio console: VendorID is 0x45524142\n"
                "mmio console: QueueReset is 0x0\n") == 0, "%s", traced);
    report.trace = NULL;
}

/* ---- The bus ---- */

static uint64_t echo_read(void *owner, uint64_t offset, unsigned width)
{
    *(uint64_t *)owner = *(uint64_t *)owner << 16 | offset << 4 | width;
    return UINT64_C(0xaabbccdd11220000) + offset;
}

static void echo_write(void *owner, uint64_t offset, unsigned width, uint64_t value)
{
    *(uint64_t *)owner = value << 8 | offset << 4 | width;
}

static uint64_t watched;

static void watch(void *context, uint64_t address, unsigned width, bool is_write, uint64_t value)
{
    (void)context;
    watched = address << 8 | (uint64_t)is_write << 4 | width;
    (void)value;
}

static void the_bus(void *unused)
{
    static uint64_t log;
    struct bus_range r = { "echo", 0x1000, 0x100, &log, echo_read, echo_write };
    struct bus_range *last = &r;
    struct hand *h = &hand;
    struct bus *b = &h->bus;

    (void)unused;
    hand_begin(h, NULL);
    h->faults = 0;
    need(bus_add(b, last) && !bus_add(b, last) && told("overlaps echo"), "\"%s\"", h->fault);
    r.base = 0x10ff;
    need(!bus_add(b, &r), "overlaps by a byte");
    r.base = 0xf01;
    need(!bus_add(b, &r), "overlaps by a byte");
    r.base = UINT64_MAX - 0xff;
    need(bus_add(b, &r), "the end of 64 bits is free");
    b->watch = watch;
    need(bus_read(b, 0x1004, 8) == UINT64_C(0x1122000811220004) && log == 0x440084, "0x%llx",
         (unsigned long long)log);
    need(watched == (0x1004 << 8 | 8), "watched in another width");
    need(bus_read(b, 0x1001, 1) == 1, "not cut to a byte");
    bus_write(b, 0x1002, 2, 0x12345678);
    need(log == 0x567822, "0x%llx", (unsigned long long)log);
    bus_write(b, 0x1010, 8, UINT64_C(0x1122334455667788));
    need(log == (UINT64_C(0x11223344) << 8 | 0x144), "0x%llx", (unsigned long long)log);
    need(bus_read(b, UINT64_MAX, 1) == 0xff, "the last byte");
    for (unsigned i = 0; b->count < BUS_RANGES; i++) {
        r.base = 0x100000 + 0x100 * i;
        need(bus_add(b, &r), "no room for range %u", b->count);
    }
    r.base = 0x200000;
    need(!bus_add(b, &r) && told("no room for echo"), "\"%s\"", h->fault);

    h->faults = 0;
    need(bus_read(b, 0x10fe, 4) == UINT32_MAX && h->faults == 1, "across the end of a range");
    need(bus_read(b, 0x5000, 8) == UINT64_MAX && bus_read(b, 0x5000, 1) == 0xff, "not all ones");
    bus_write(b, 0x5000, 4, 0);
    need(h->faults == 3, "%u lines, not one an address", h->faults);
    for (unsigned i = 0; i < 1000; i++)
        bus_read(b, 0x9000 + i, 1);
    need(h->faults == BUS_UNMAPPED && told("no more is said"), "%u lines", h->faults);
    need(watched == ((0x9000 + 999) << 8 | 1) && b->last == 0x9000 + 999, "not watched");
}

/* ---- Serial ports ---- */

static char serial[32];
static bool serial_line;

static void from_uart(void *context, const uint8_t *text, size_t bytes)
{
    (void)context;
    strncat(serial, (const char *)text, bytes);
}

static void uart_line(void *context, unsigned line, bool high)
{
    (void)context;
    serial_line = high && line == 33;
}

static void pl011(void *unused)
{
    static const uint8_t ids[8] = { 0x11, 0x10, 0x14, 0, 0x0d, 0xf0, 0x05, 0xb1 };
    struct uart u = { .sink = from_uart, .set_line = uart_line, .line = 33 };
    struct bus b = { .count = 0 };

    (void)unused;
    serial[0] = 0;
    need(uart_init_pl011(&u, &b, 0x9000000), "no room");
    for (unsigned i = 0; i < 8; i++)
        need(bus_read(&b, 0x9000fe0 + 4 * i, 4) == ids[i], "id %u", i);
    bus_write(&b, 0x9000000, 1, 'a');
    bus_write(&b, 0x9000000, 4, 'b');
    need(strcmp(serial, "ab") == 0, "\"%s\"", serial);
    need(bus_read(&b, 0x9000018, 4) == 0x90 && !serial_line, "flags, idle");
    need(uart_type(&u, (const uint8_t *)"xy", 2) == 2 && !serial_line, "a masked interrupt");
    bus_write(&b, 0x9000038, 4, 0x10);
    need(serial_line && bus_read(&b, 0x9000040, 4) == 0x10, "no interrupt for what was typed");
    need(bus_read(&b, 0x9000018, 4) == 0x80, "flags, typed");
    need(bus_read(&b, 0x9000000, 4) == 'x' && serial_line, "x");
    need(bus_read(&b, 0x9000000, 4) == 'y' && !serial_line, "y");
    need(bus_read(&b, 0x9000000, 4) == 0, "a letter that nobody typed");
    bus_write(&b, 0x9000038, 4, 0x20);
    need(serial_line, "no interrupt for what was sent");
    bus_write(&b, 0x9000044, 4, 0x20);
    need(!serial_line && bus_read(&b, 0x900003c, 4) == 0, "not cleared");
}

static void pc16550(void *unused)
{
    struct uart u = { .sink = from_uart, .set_line = uart_line, .line = 33 };

    (void)unused;
    serial[0] = 0;
    uart_init_16550(&u);
    uart_16550_write(&u, 3, 0x83);              /* DLAB: the divisor */
    uart_16550_write(&u, 0, 12);
    uart_16550_write(&u, 1, 34);
    need(uart_16550_read(&u, 0) == 12 && uart_16550_read(&u, 1) == 34, "the divisor");
    uart_16550_write(&u, 3, 0x03);
    need(uart_16550_read(&u, 1) == 0 && serial[0] == 0, "the divisor is printed");
    uart_16550_write(&u, 0, 'c');
    need(strcmp(serial, "c") == 0 && uart_16550_read(&u, 5) == 0x60, "\"%s\"", serial);
    uart_16550_write(&u, 4, 0x1a);              /* how Linux looks for it: loop-back */
    need((uart_16550_read(&u, 6) & 0xf0) == 0x90, "loop-back 0x%x", uart_16550_read(&u, 6));
    uart_16550_write(&u, 4, 0x0b);
    uart_16550_write(&u, 2, 1);
    need(uart_16550_read(&u, 2) == 0xc1 && !serial_line, "idle");
    uart_16550_write(&u, 1, 2);
    need(serial_line && uart_16550_read(&u, 2) == 0xc2 && !serial_line, "there is room to send");
    uart_16550_write(&u, 1, 3);
    need(serial_line && uart_16550_read(&u, 2) == 0xc2, "asked again: there still is");
    uart_type(&u, (const uint8_t *)"z", 1);
    need(serial_line && uart_16550_read(&u, 2) == 0xc4 && uart_16550_read(&u, 5) == 0x61, "typed");
    need(uart_16550_read(&u, 0) == 'z' && !serial_line && uart_16550_read(&u, 5) == 0x60, "z");
    uart_16550_write(&u, 7, 0x5a);
    need(uart_16550_read(&u, 7) == 0x5a && uart_16550_read(&u, 15) == 0x5a, "scratch");
    for (unsigned i = 0; i < 300; i++)
        uart_type(&u, (const uint8_t *)"z", 1);
    need(u.typed_count == UART_TYPED, "%u letters kept", u.typed_count);
}

static const struct hand_test alone[] = {
    {"features after FEATURES_OK are ignored", after_features_ok},
    {"a queue in use is not changed", a_queue_in_use},
    {"a queue is enabled between FEATURES_OK and DRIVER_OK", too_early_too_late},
    {"a stopped queue is not served", stopped},
    {"without bus mastering no ring is read", no_dma},
    {"ACCESS_PLATFORM, where it is offered, is a condition", access_platform},
    {"virtio-mmio: an empty slot", empty_slot},
    {"console: text waits for a slow reader", a_slow_reader},
    {"console: a reset drops what was waiting", a_reset_drops_it},
    {"console: a stopped queue is not touched", a_stopped_queue_is_not_touched},
    {"console: what is typed waits for buffers", typing},
    {"console: buffers the wrong way round", the_wrong_way},
    {"console: emergency writes, without a driver", emergency},
    {"console: a new size", resized},
    {"story: the console's bring-up", the_story},
    {"trace: mmio", registers_by_name},
    {"bus: ranges, widths, and what is not there", the_bus},
    {"PL011", pl011},
    {"16550", pc16550},
};

int main(void)
{
    hand_start(&hand, 60);
    ROWS(statuses, a_status, "status: ")
    ROWS(accesses, an_access, "virtio-mmio: ")
    ROWS(traces, a_trace, "trace: ")
    hand_play(&hand, alone, sizeof alone / sizeof alone[0]);
    return hand_stop(&hand);
}
