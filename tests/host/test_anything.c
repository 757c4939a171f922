/* A guest that does anything at all: registers and configuration space at random, rings
 * and requests that are nearly right. No access outside guest RAM (there are pages beside
 * it that nobody may touch), no hang, no end of the host's memory; and afterwards, with a
 * reset, the same devices serve a driver that keeps the rules. */
#include "tests/host/firmware.h"
#include "tests/host/setting.h"
#include "tests/world/scenarios.h"

static ours o;
static stage s;

enum { LIVES = 600, STEPS = 500, RING = 16 };

/* Rings and requests of a life lie here, in the first MiB behind the firmware's part. */
enum { DESCRIPTORS = 0x1000, AVAILABLE = 0x2000, USED = 0x3000, REQUESTS = 0x10000 };

static uint8_t *in_ram(uint32_t offset)
{
    return o.memory.region[0].host + MEMORY_FIRMWARE + offset;
}

static uint64_t bus_of(uint32_t offset)
{
    return o.memory.region[0].base + MEMORY_FIRMWARE + offset;
}

static uint32_t number(void)
{
    switch (world_random(6)) {
    case 0: return world_random(4);
    case 1: return world_random(64);
    case 2: return 0xffffffff - world_random(4);
    case 3: return (uint32_t)1 << world_random(32);
    default: return world_random(0);
    }
}

/* Mostly RAM, often near one of its ends. */
static uint64_t address(void)
{
    switch (world_random(8)) {
    case 0: return bus_of(0) - MEMORY_FIRMWARE + MEMORY_BYTES - world_random(64);
    case 1: return bus_of(0) - MEMORY_FIRMWARE - world_random(64);
    case 2: return (uint64_t)number() << 32 | number();
    default: return bus_of(REQUESTS + 64 * world_random(512));
    }
}

/* ---- registers ---- */

static uint64_t registers_of(unsigned device)
{
    uint64_t low;

    if (o.plan.mmio)
        return OURS_SLOT_AT + (uint64_t)device * MMIO_SLOT_BYTES;
    low = bus_read(&o.bus, s.ecam + ((uint64_t)device << 15) + 0x20, 4) & ~(uint64_t)15;
    return low | bus_read(&o.bus, s.ecam + ((uint64_t)device << 15) + 0x24, 4) << 32;
}

static void touch(uint64_t at)
{
    const unsigned width = 1u << world_random(4);

    if (world_random(2))
        bus_write(&o.bus, at, width, (uint64_t)number() << 32 | number());
    else
        (void)bus_read(&o.bus, at, width);
}

static void any_register(unsigned device)
{
    const uint64_t base = registers_of(device);

    switch (world_random(4)) {
    case 0: touch(s.ecam + ((uint64_t)device << 15) + world_random(256)); break;
    case 1: touch(base + 0x1000 * world_random(4) + world_random(64)); break;
    default: touch(base + world_random(0x120)); break;
    }
}

/* ---- a device that was woken properly, on rings that are nearly right ---- */

static void set(unsigned device, uint64_t mmio, uint64_t pci, unsigned width, uint64_t value)
{
    if (o.plan.mmio)
        bus_write(&o.bus, registers_of(device) + mmio, 4, value);
    else
        bus_write(&o.bus, registers_of(device) + pci, width, value);
}

static void set_area(unsigned device, uint64_t mmio, uint64_t pci, uint64_t value)
{
    set(device, mmio, pci, 4, value & 0xffffffff);
    set(device, mmio + 4, pci + 4, 4, value >> 32);
}

static void wake(unsigned device)
{
    unsigned q;

    set(device, 0x70, 20, 1, 0);
    set(device, 0x70, 20, 1, 1);
    set(device, 0x70, 20, 1, 3);
    for (q = 0; q < 2; q++) {
        set(device, 0x24, 8, 4, q);
        set(device, 0x20, 12, 4, q ? 1 : world_random(2) ? 0 : 0x30000000);
    }
    set(device, 0x70, 20, 1, 11);
    for (q = 0; q < 2; q++) {
        const uint32_t part = q * 0x400;

        set(device, 0x30, 22, 2, q);
        set(device, 0x38, 24, 2, RING);
        set_area(device, 0x80, 32, world_random(30) ? bus_of(DESCRIPTORS + part) : address());
        set_area(device, 0x90, 40, world_random(30) ? bus_of(AVAILABLE + part) : address());
        set_area(device, 0xa0, 48, world_random(30) ? bus_of(USED + part) : address());
        set(device, 0x44, 28, 2, 1);
    }
    memset(in_ram(AVAILABLE), 0, 0x800);
    set(device, 0x70, 20, 1, 15);
}

/* A gpu's command as it might be [5.7.6.8]: three resources, small rectangles, backing in
 * RAM; with one number in many anything. */
static void any_request(uint8_t *at)
{
    static const struct {
        uint32_t type;
        uint8_t words[8];
    } good[] = {
        {0x100, {0}}, {0x101, {1, 2, 40, 40}}, {0x101, {2, 67, 30, 30}}, {0x106, {1, 1}},
        {0x106, {2, 1}}, {0x103, {0, 0, 30, 30, 0, 1}}, {0x103, {0, 0, 20, 20, 0, 2}},
        {0x105, {0, 0, 30, 30, 0, 0, 1}}, {0x105, {1, 2, 20, 20, 0, 0, 2}},
        {0x104, {0, 0, 30, 30, 1}}, {0x104, {3, 4, 5, 6, 2}}, {0x102, {1}}, {0x107, {2}},
        {0x10a, {0}}, {0x300, {0, 5, 5, 0, 1, 0, 0}}, {0x301, {0, 250, 3}},
    };
    const unsigned which = world_random(sizeof good / sizeof *good);
    unsigned i;

    memset(at, 0, 24);
    store_le32(at, world_random(30) ? good[which].type : number());
    store_le32(at + 4, world_random(2));
    for (i = 0; i < 8; i++)
        store_le32(at + 24 + 4 * i, world_random(60) ? good[which].words[i] : number());
    if (good[which].type == 0x106) {                    /* its one piece of backing */
        store_le64(at + 32, world_random(9) ? bus_of(REQUESTS) : address());
        store_le32(at + 40, world_random(9) ? 40 * 40 * 4 : number());
    }
}

static void put(uint8_t *descriptor, uint64_t at, uint32_t bytes, uint16_t flags, uint16_t next)
{
    store_le64(descriptor, at);
    store_le32(descriptor + 8, bytes);
    store_le16(descriptor + 12, flags);
    store_le16(descriptor + 14, next);
}

/* What the device expects in this queue: a command and room for its answer, text, or a
 * buffer to fill. */
static void any_chain(unsigned device, unsigned q, unsigned head)
{
    const unsigned slot = world_random(512);
    const uint64_t request = bus_of(REQUESTS + 64 * slot);
    const uint64_t answer = bus_of(REQUESTS + 64 * 512 + 512 * head);
    uint8_t *at = in_ram(DESCRIPTORS + q * 0x400 + 16 * head);

    any_request(in_ram(REQUESTS + 64 * slot));
    if (device == OURS_GPU) {
        put(at, request, 64, 1, (uint16_t)(head + 1));
        put(at + 16, answer, 408, 2, 0);
    } else if (device == OURS_CONSOLE && q == 1) {
        put(at, request, 64, 0, 0);
    } else {
        put(at, answer, 1 + world_random(64), 2, 0);
    }
}

static void any_descriptor(unsigned q)
{
    put(in_ram(DESCRIPTORS + q * 0x400 + 16 * world_random(RING)), address(),
        world_random(5) ? 24 + 8 * world_random(60) : number(),
        (uint16_t)(world_random(20) ? world_random(4) : number()),
        (uint16_t)(world_random(20) ? world_random(RING) : number()));
}

static void offer_and_ring(unsigned device, unsigned q)
{
    uint8_t *ring = in_ram(AVAILABLE + q * 0x400);
    const uint16_t idx = load_le16(ring + 2);

    store_le16(ring + 4 + 2 * (idx % RING),
               (uint16_t)(world_random(60) ? 2 * world_random(RING / 2) : number()));
    store_le16(ring + 2, (uint16_t)(world_random(100) ? idx + 1u : number()));
    set(device, 0x50, 0x3000 + 4 * q, 2, q);
}

static int is_broken(unsigned device)
{
    const uint8_t status = device == OURS_GPU ? o.gpu[0].vdev.status
                           : device == OURS_CONSOLE ? o.console[0].vdev.status : o.rng.vdev.status;

    return status != 15;
}

static void step(unsigned device)
{
    const unsigned q = world_random(2);

    switch (world_random(8)) {
    case 0: if (world_random(8) == 0) any_register(device); break;
    case 1: if (world_random(8) == 0) any_descriptor(q); break;
    case 2: case 3: any_chain(device, q, 2 * world_random(RING / 2)); break;
    case 4: console_type(&o.console[0], (const uint8_t *)"typed", 5); break;
    case 5: if (is_broken(device)) wake(device); break;
    default: offer_and_ring(device, q); break;
    }
}

/* ---- lives ---- */

/* As a firmware starts: nothing decoded, nothing placed. */
static void cold_start(void)
{
    unsigned device;

    for (device = OURS_GPU; device <= OURS_RNG && !o.plan.mmio; device++) {
        const uint64_t at = s.ecam + ((uint64_t)device << 15);

        bus_write(&o.bus, at + 4, 2, 0);
        bus_write(&o.bus, at + 0x20, 4, 0);
        bus_write(&o.bus, at + 0x24, 4, 0);
    }
    need(firmware_place(&o.pci), "no room for a BAR");
    for (device = OURS_GPU; device <= OURS_RNG && !o.plan.mmio; device++)
        bus_write(&o.bus, s.ecam + ((uint64_t)device << 15) + 4, 2, 6);
}

/* What was said and typed meanwhile is nobody's. */
static void forget_text(void)
{
    char heard[4096];

    while (o.w.hear(&o.w, 0, heard, sizeof heard))
        ;
    o.console[0].typed_count = 0;
}

static void lives(void *argument)
{
    static const unsigned devices[] = {OURS_GPU, OURS_CONSOLE, OURS_RNG};
    uint32_t life, i;

    stage_begin(argument);
    for (life = 1; life <= LIVES; life++) {
        const unsigned device = devices[life % 3];

        world_random_seed(life);
        cold_start();
        for (i = 0; i < RING; i++)
            any_chain(device, i % 2, i & ~1u);
        wake(device);
        for (i = 0; i < STEPS; i++)
            step(device);
    }
    cold_start();
    tap_note("%u steps: %llu bytes printed, %llu read, %u flushes seen; %u complaints",
             LIVES * STEPS, (unsigned long long)o.console[0].bytes_out, (unsigned long long)o.console[0].bytes_in,
             o.flushes, o.complaints);
    need(o.console[0].bytes_out > 0 && o.console[0].bytes_in > 0 && o.flushes > 50,
         "these dice reach nothing");
    forget_text();
}

static const scenario anything[] = {{"a guest does anything at all", lives}};

static void all(stage *at)
{
    play(at, o.w.name, anything, 1);
    play(at, o.w.name, short_scenarios, sizeof short_scenarios / sizeof *short_scenarios);
}

int main(void)
{
    const ours_plan plan = {.rng = OURS_RNG, .msix = 1};

    tap_begin(60);
    on_both(&o, &s, plan, all);
    return tap_end();
}
