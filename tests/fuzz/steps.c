/* steps.c - what a guest can do to registers, rings, configuration space and serial ports. */
#include "fuzz.h"

/* ---- Numbers. No two are taken in one expression: C leaves open which would come first. ---- */

uint32_t number(struct fuzz *f)
{
    static const uint32_t large[] = { 0xff, 0x100, 0x1ff, 0x1000, 0x7fff, 0x8000, 0xffff, 0x10000,
                                      0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
    const unsigned first = (unsigned)take(f, 1);

    return first < 0xe0 ? first : first < 0xec ? large[first - 0xe0] : (uint32_t)take(f, 4);
}

uint64_t address(struct fuzz *f)
{
    static const uint64_t bases[] = {
        BUFFERS, BUFFERS + 0x1000, ANSWERS, PIXELS, TABLE, AVAILABLE, USED, INDIRECT,
        RAM, RAM + RAM_BYTES, 0ull - SECOND, SLOT, WINDOW, V2M + 0x40, 0,
        UINT64_C(1) << 32 | BUFFERS
    };
    enum { BASE = 0x0f, MORE = 0x10, LESS = 0x20, ANY = 0x40 };
    const unsigned how = (unsigned)take(f, 1);
    uint64_t at = how & ANY ? take(f, 8) : bases[how & BASE];

    at += how & MORE ? take(f, 2) : 0;
    return at - (how & LESS ? take(f, 1) : 0);
}

static uint64_t ring(unsigned queue)
{
    return RAM + (uint64_t)RINGS * (queue & 1);
}

static unsigned some_queue(struct fuzz *f)
{
    return pick(f, f->hand.device->kind->queues);
}

/* ---- Setting up ---- */

/* FEATURES_OK with what the input wants of what is offered. */
static void agree(struct fuzz *f)
{
    const uint64_t offered = f->hand.device->offered;
    const unsigned wish = (unsigned)take(f, 1);

    negotiate(&f->hand, offered & (FEATURE_PLATFORM | FEATURE_RING_RESET | (wish & 0x0f)
                                   | (wish & 0x40 ? FEATURE_INDIRECT : 0)
                                   | (wish & 0x80 ? FEATURE_EVENT_IDX : 0)));
}

static void ready(struct fuzz *f, unsigned queue, uint32_t size)
{
    set_queue(&f->hand, queue, size, ring(queue), ring(queue) + 0x1000, ring(queue) + 0x2000);
    f->size[queue & 1] = (uint16_t)(size > 0 && size <= 0x8000 ? size : 1);
    f->offered[queue & 1] = 0;
}

static void clear_rings(struct hand *h)
{
    memset(h->ram, 0, 0x10000);
}

static void bring_up_step(struct fuzz *f)
{
    struct hand *h = &f->hand;

    agree(f);
    clear_rings(h);
    for (unsigned q = 0; q < h->device->kind->queues; q++)
        ready(f, q, 1u << pick(f, 7));
    reg_write(h, 0x70, 15);
}

static void agree_step(struct fuzz *f)
{
    agree(f);
}

static void status_step(struct fuzz *f)
{
    reg_write(&f->hand, 0x70, (uint32_t)take(f, 1));
}

static void features_step(struct fuzz *f)
{
    const uint32_t half = number(f);

    reg_write(&f->hand, 0x14, half);
    reg(&f->hand, 0x10);
    reg_write(&f->hand, 0x24, half);
    reg_write(&f->hand, 0x20, (uint32_t)take(f, 4));
}

static void queue_step(struct fuzz *f)
{
    enum { SIZE = 1, ADDRESSES = 2, STOP = 4, RESET = 8 };
    struct hand *h = &f->hand;
    const unsigned how = (unsigned)take(f, 1), queue = how >> 6 & 3;
    const uint32_t size = how & SIZE ? number(f) : 8;

    reg_write(h, 0x30, queue);
    if (how & RESET)
        reg_write(h, 0xc0, 1);
    if (how & STOP)
        reg_write(h, 0x44, (uint32_t)take(f, 1));
    if (how & ADDRESSES) {
        const uint64_t table = address(f), available = address(f), used = address(f);

        set_queue(h, queue, size, table, available, used);
    } else if (!(how & STOP)) {
        ready(f, queue, size);
    }
}

/* ---- Requests ---- */

static void kick(struct fuzz *f, unsigned queue)
{
    reg_write(&f->hand, 0x50, queue);
}

static void make_available(struct fuzz *f, unsigned queue, unsigned head)
{
    uint8_t *available = at(&f->hand, ring(queue) + 0x1000);
    uint16_t *offered = &f->offered[queue & 1];

    store_le16(available + 4 + 2 * (*offered % f->size[queue & 1] % 1024), (uint16_t)head);
    store_le16(available + 2, ++*offered);
}

enum wrong { WRONG_FLAGS = 4, WRONG_ADDRESS, WRONG_LENGTH, WRONG_NEXT };

static void put_piece(struct fuzz *f, uint64_t table, unsigned index, const struct piece *p,
                      unsigned flags, unsigned next, unsigned wrong)
{
    flags ^= wrong == WRONG_FLAGS ? (unsigned)take(f, 1) : 0;
    describe(&f->hand, table, index, wrong == WRONG_ADDRESS ? address(f) : p->at,
             wrong == WRONG_LENGTH ? number(f) : p->bytes, flags,
             wrong == WRONG_NEXT ? (unsigned)take(f, 2) : next);
}

/* The byte before tells: directly or through a table, what is wrong, in which piece, and whether
 * the device is told of it now. */
void put_chain(struct fuzz *f, unsigned queue, const struct piece *pieces, unsigned count)
{
    const unsigned how = (unsigned)take(f, 1), wrong = how >> 1 & 7, place = how >> 4 & 7;
    const bool is_indirect = how & 1, is_silent = how & 0x80;
    const unsigned size = is_indirect ? 64 : f->size[queue & 1];
    const uint64_t table = ring(queue) + (is_indirect ? 0x3000 + 0x400 * (f->requests % 4) : 0);
    const unsigned first = is_indirect ? 0 : 4 * f->requests;

    for (unsigned i = 0; i < count; i++)
        put_piece(f, table, (first + i) % size % 256, &pieces[i],
                  (pieces[i].writable ? WRITE : 0) | (i + 1 < count ? NEXT : 0),
                  (first + i + 1) % size, i == place % count ? wrong : 0);
    if (is_indirect)
        describe(&f->hand, ring(queue), 0, table, 16 * count, TABLE_OF_THEM, 0);
    make_available(f, queue, first % size);
    f->requests++;
    if (!is_silent)
        kick(f, queue);
}

/* What the device is there for: room for random bytes or for letters, text, a command. */
static void request_step(struct fuzz *f)
{
    const unsigned kind = f->hand.device->kind->id, queue = some_queue(f);
    const bool writable = kind == 4 || (kind == 3 && queue == 0);
    const unsigned count = 1 + pick(f, 5);
    struct piece pieces[5];

    if (kind == 16) {
        command_step(f);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        pieces[i] = (struct piece){ BUFFERS + 0x1000 * (f->requests % 16) + 0x100 * i,
                                    (uint32_t)take(f, 1) + 1, writable };
    put_chain(f, queue, pieces, count);
}

/* Descriptors as they come. */
static void chain_step(struct fuzz *f)
{
    const unsigned count = 1 + pick(f, 8), queue = some_queue(f);
    const bool is_indirect = pick(f, 2);
    unsigned head = 0;

    for (unsigned i = 0; i < count; i++) {
        const unsigned index = pick(f, 16), flags = pick(f, 8), next = pick(f, 16);
        const uint64_t where = address(f);
        const uint32_t bytes = number(f);

        describe(&f->hand, is_indirect ? ring(queue) + 0x3000 : ring(queue), index, where, bytes,
                 flags, next);
        head = index;
    }
    if (is_indirect)
        describe(&f->hand, ring(queue), head, ring(queue) + 0x3000, number(f), TABLE_OF_THEM, 0);
    make_available(f, queue, head);
    kick(f, queue);
}

/* A table of its own for one request, longer than any queue: each entry the same. */
static void long_chain_step(struct fuzz *f)
{
    const unsigned queue = some_queue(f), count = (unsigned)take(f, 2) % 1100 + 1;
    const uint32_t bytes = number(f);
    const unsigned flags = (unsigned)take(f, 1) & WRITE;

    for (unsigned i = 0; i < count; i++)
        describe(&f->hand, PIXELS, i, RAM, bytes < RAM_BYTES ? bytes : RAM_BYTES,
                 flags | (i + 1 < count ? NEXT : 0), i + 1);
    describe(&f->hand, ring(queue), 0, PIXELS, 16 * count, TABLE_OF_THEM, 0);
    make_available(f, queue, 0);
    kick(f, queue);
}

static void kick_step(struct fuzz *f)
{
    kick(f, number(f));
}

static void many_kicks_step(struct fuzz *f)
{
    const unsigned queue = some_queue(f);

    for (unsigned i = (unsigned)take(f, 1); i > 0; i--) {
        make_available(f, queue, i % f->size[queue & 1]);
        kick(f, queue);
    }
}

/* One field of a ring, changed behind the device's back. */
static void ring_step(struct fuzz *f)
{
    const unsigned queue = some_queue(f), field = pick(f, 10), entry = pick(f, 16);
    uint8_t *d = at(&f->hand, ring(queue) + 16 * entry), *available = d - 16 * entry + 0x1000;
    uint8_t *used = available + 0x1000;
    const uint16_t size = f->size[queue & 1] % 256;

    switch (field) {
    case 0: f->offered[queue & 1] = (uint16_t)take(f, 2);
            store_le16(available + 2, f->offered[queue & 1]); break;
    case 1: store_le16(available, (uint16_t)take(f, 2)); break;
    case 2: store_le16(available + 4 + 2 * entry, (uint16_t)take(f, 2)); break;
    case 3: store_le16(available + 4 + 2 * size, (uint16_t)take(f, 2)); break;      /* used_event */
    case 4: store_le16(used + 2, (uint16_t)take(f, 2)); break;
    case 5: store_le64(d, address(f)); break;
    case 6: store_le32(d + 8, number(f)); break;
    case 7: store_le16(d + 12, (uint16_t)take(f, 2)); break;
    case 8: store_le16(d + 14, (uint16_t)take(f, 2)); break;
    default: store_le16(used + 4 + 8 * size, (uint16_t)take(f, 2)); break;      /* avail_event */
    }
}

static void poke_step(struct fuzz *f)
{
    const uint64_t where = address(f);
    const unsigned count = 1 + pick(f, 16);
    uint8_t *to = guest_range(&f->hand.memory, where, count);

    for (unsigned i = 0; i < count; i++) {
        const uint8_t byte = (uint8_t)take(f, 1);

        if (to != NULL)
            to[i] = byte;
    }
}

/* ---- Registers, byte by byte ---- */

static void touch(struct fuzz *f, uint64_t where, unsigned how)
{
    const unsigned width = 1u << (how & 3);

    if (how & 4)
        bus_write(&f->hand.bus, where, width, how & 8 ? take(f, 8) : number(f));
    else
        bus_read(&f->hand.bus, where, width);
}

static void register_step(struct fuzz *f)
{
    struct hand *h = &f->hand;
    const unsigned how = (unsigned)take(f, 1), offset = (unsigned)take(f, 1), region = how >> 4;

    if (h->way == BY_SLOT)
        touch(f, SLOT + offset + 0x100 * (region & 3), how);
    else if (region > 0 && region < REGION_WINDOW)
        touch(f, hand_bar(h, h->function.layout->region[region].bar)
              + h->function.layout->region[region].offset + offset, how);
    else
        touch(f, hand_bar(h, region % 6) + (offset << 4 | pick(f, 16)), how);
}

static void configuration_step(struct fuzz *f)
{
    const unsigned offset = pick(f, 68);

    reg(&f->hand, 0xfc);
    if (pick(f, 2))
        reg_write(&f->hand, 0x100 + offset, number(f));
    else
        reg(&f->hand, 0x100 + offset);
}

static void anywhere_step(struct fuzz *f)
{
    const uint64_t where = address(f);

    touch(f, where, (unsigned)take(f, 1));
}

static void interrupt_step(struct fuzz *f)
{
    reg(&f->hand, 0x60);
    reg_write(&f->hand, 0x64, number(f));
}

/* ---- PCI ---- */

static void pci_step(struct fuzz *f)
{
    const unsigned how = (unsigned)take(f, 1), reg_at = (unsigned)take(f, 1);
    const unsigned slot = how & 0x40 ? pick(f, 32) : 1;

    touch(f, ECAM + ((uint64_t)slot << 15) + reg_at + (how & 0x80 ? take(f, 2) : 0), how);
}

static void port_step(struct fuzz *f)
{
    const unsigned how = (unsigned)take(f, 1), offset = pick(f, 9), width = 1u << how % 3;

    if (f->hand.way == BY_SLOT)
        return;
    pci_port_write(&f->hand.pci, 0, 4, how & 0x10 ? number(f) : 0x80000800 | pick(f, 64) << 2);
    if (how & 4)
        pci_port_write(&f->hand.pci, offset, width, number(f));
    else
        pci_port_read(&f->hand.pci, offset, width);
}

static void window_step(struct fuzz *f)
{
    struct hand *h = &f->hand;
    const unsigned how = (unsigned)take(f, 1), bar = how >> 5, place = pick(f, 8);
    const uint32_t length = number(f), offset = number(f);
    const struct pci_access a = { .bar = bar, .width = length,
                                  .offset = how & 0x10 ? offset : place << 12 | offset };

    if (h->way != BY_SLOT)
        touch(f, hand_aim(h, &a) + place % 4 * (length == 1), how);
}

/* MSI-X: the function's control, an entry of the table, and who uses which. */
static void vector_step(struct fuzz *f)
{
    enum { CONTROL = 1, ENTRY = 2, QUEUE = 4, CONFIG = 8 };
    struct hand *h = &f->hand;
    const unsigned how = (unsigned)take(f, 1);
    const uint32_t table = h->way == BY_SLOT ? 0 : h->function.layout->table;
    uint64_t common, entry;

    if (h->way == BY_SLOT)
        return;
    common = hand_bar(h, h->function.layout->region[REGION_COMMON].bar);
    entry = hand_bar(h, table & 7) + (table & ~7u) + 16 * pick(f, 6);
    if (how & CONTROL)
        bus_write(&h->bus, FUNCTION + h->function.msix.at + 2, 2, take(f, 1) << 8);
    if (how & ENTRY) {
        bus_write(&h->bus, entry, 8, address(f));
        bus_write(&h->bus, entry + 8, 4, number(f));
        bus_write(&h->bus, entry + 12, 4, take(f, 1));
        bus_read(&h->bus, entry + 4 * pick(f, 200), 4);
    }
    if (how & QUEUE) {
        reg_write(h, 0x30, pick(f, 3));
        bus_write(&h->bus, common + 0x1a, 2, number(f));
    }
    if (how & CONFIG)
        bus_write(&h->bus, common + 0x10, 2, number(f));
}

static void firmware_step(struct fuzz *f)
{
    if (f->hand.way != BY_SLOT)
        hand_firmware(&f->hand);
}

/* ---- The host's side, and the rest of the machine ---- */

static void host_step(struct fuzz *f)
{
    static const uint8_t letters[5000];
    const uint32_t a = number(f), b = number(f);
    struct gpu_frame frame;

    switch (pick(f, 8)) {
    case 0: console_type(&f->console, letters, a < sizeof letters ? a : sizeof letters); break;
    case 1: f->budget = a; break;
    case 2: f->budget = FUZZ_READS; console_resume(&f->console); break;
    case 3: console_resume(&f->console); break;
    case 4: console_resize(&f->console, a, b); break;
    case 5: gpu_resize(&f->gpu, a, b); break;
    case 6: f->gpu.mute = true; break;
    default: need(gpu_frame(&f->gpu, &frame) || frame.pixels == NULL, "a frame that is not seen");
             need(gpu_no_picture(&f->gpu) != NULL || frame.pixels != NULL, "no picture, no reason");
    }
}

static void serial_step(struct fuzz *f)
{
    const unsigned how = (unsigned)take(f, 1), port = pick(f, 9);
    const uint8_t byte = (uint8_t)take(f, 1);

    switch (how % 6) {
    case 0: uart_16550_write(&f->pc, port, byte); break;
    case 1: uart_16550_read(&f->pc, port); break;
    case 2: uart_type(&f->pc, &byte, 1); break;
    case 3: uart_type(&f->pl011, &byte, 1); break;
    case 4: touch(f, UART + ((uint64_t)byte << 4 | port), how >> 3); break;
    default: touch(f, V2M + ((uint64_t)byte << 4 | port), how >> 3);
    }
    uart_listens(&f->pc);
    uart_listens(&f->pl011);
}

static void works_step(struct fuzz *f)
{
    race_end();                         /* an honest guest has honest CPUs */
    fuzz_works(f);
    race_begin(f);
    f->offered[0] = f->offered[1] = 0;
    f->size[0] = f->size[1] = 1;
}

/* ---- The program ---- */

/* By number in an input: new ones are added at the end, and the corpus stays what it is. */
static const struct step {
    const char *name;
    void (*run)(struct fuzz *f);
} steps[] = {
    { "bring up", bring_up_step },
    { "request", request_step },
    { "command", command_step },
    { "picture", picture_step },
    { "cursor", cursor_step },
    { "kick", kick_step },
    { "ring", ring_step },
    { "chain", chain_step },
    { "long chain", long_chain_step },
    { "many kicks", many_kicks_step },
    { "poke", poke_step },
    { "host", host_step },
    { "agree", agree_step },
    { "status", status_step },
    { "features", features_step },
    { "queue", queue_step },
    { "interrupt", interrupt_step },
    { "register", register_step },
    { "configuration", configuration_step },
    { "anywhere", anywhere_step },
    { "pci", pci_step },
    { "port", port_step },
    { "window", window_step },
    { "vector", vector_step },
    { "firmware", firmware_step },
    { "serial", serial_step },
    { "an honest driver", works_step },
};

/* Bounds for one input: so many steps, and so many pixels touched by them. */
enum { STEPS = 300, WORK = 128 << 20 };

void fuzz_steps(struct fuzz *f)
{
    for (unsigned i = 0; i < STEPS && f->left > 0 && f->work < WORK; i++) {
        const struct step *s = &steps[pick(f, sizeof steps / sizeof *steps)];

        if (f->tell)
            printf("# %s\n", s->name);
        race_go_on();
        s->run(f);
    }
}
