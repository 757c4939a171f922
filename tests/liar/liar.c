#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include "liar.h"

#include "tests/world/tap.h"

#include <string.h>
#include <unistd.h>

enum { COMMON, NOTIFY, ISR, DEVICE, CONFIG_SPACE, NOWHERE };        /* regions */

/* [4.1.4.3] common configuration, [4.2.2] virtio-mmio. 0xffff: not there. */
enum { NO = 0xffff };

static const struct {
    uint16_t pci, mmio;
} registers[REG_COUNT] = {
    [REG_MAGIC] = {NO, 0x00},
    [REG_VERSION] = {NO, 0x04},
    [REG_DEVICE_ID] = {NO, 0x08},
    [REG_DEVICE_FEATURES] = {4, 0x10},
    [REG_STATUS] = {20, 0x70},
    [REG_GENERATION] = {21, 0xfc},
    [REG_QUEUE_COUNT] = {18, NO},
    [REG_QUEUE_SIZE] = {24, 0x34},
    [REG_QUEUE_ENABLE] = {28, 0x44},
    [REG_NOTIFY_OFFSET] = {30, NO},
    [REG_QUEUE_ADDRESS] = {32, NO},
};

/* What the liar listens to when the driver writes. */
enum { SELECT, SIZE, DESCRIPTORS, AVAILABLE, USED, WORD_SELECT, WORD_ACCEPTED, WRITES };

static const struct {
    uint16_t pci, mmio;
} writes[WRITES] = {
    [SELECT] = {22, 0x30}, [SIZE] = {24, 0x38}, [DESCRIPTORS] = {32, 0x80},
    [AVAILABLE] = {40, 0x90}, [USED] = {48, 0xa0}, [WORD_SELECT] = {8, 0x24},
    [WORD_ACCEPTED] = {12, 0x20},
};

/* ---- where things are ---- */

static uint32_t config(liar *l, unsigned offset, unsigned bytes)
{
    return (uint32_t)world_peek(l->place + offset, bytes);
}

static uint64_t bar_address(liar *l, unsigned bar)
{
    const uint32_t low = config(l, 0x10 + 4 * bar, 4);
    uint64_t address = low & ~15u;

    if ((low & 6) == 4)
        address |= (uint64_t)config(l, 0x14 + 4 * bar, 4) << 32;
    return low & 1 ? 0 : address;
}

/* Looks for capability `type` (1 common, 2 notify, 3 isr, 4 device) [4.1.4]. */
static unsigned find_capability(liar *l, unsigned type)
{
    unsigned at = config(l, 0x34, 1) & 0xfc, n;

    for (n = 0; at && n < 48; n++) {
        const unsigned bar = config(l, at + 4, 1);

        if (config(l, at, 1) == 9 && config(l, at + 3, 1) == type && bar < 6 &&
            !(config(l, 0x10 + 4 * bar, 4) & 1))
            return at;
        at = config(l, at + 1, 1) & 0xfc;
    }
    return 0;
}

static void learn_regions(liar *l)
{
    unsigned type;

    for (type = 1; type <= 4; type++) {
        const unsigned at = find_capability(l, type);

        if (!at)
            continue;
        l->region[type - 1] = bar_address(l, config(l, at + 4, 1)) + config(l, at + 8, 4);
        l->region_bytes[type - 1] = config(l, at + 12, 4);
        if (type == 2)
            l->multiplier = config(l, at + 16, 4);
    }
}

/* A PCI device's registers have no address before its BARs have one, so they are
 * looked up when the first access is not to configuration space. */
static unsigned where_is(liar *l, uint64_t at, uint32_t *offset)
{
    unsigned region;

    if (l->mmio) {
        *offset = (uint32_t)(at - l->place);
        if (at < l->place || at >= l->place + 0x200)
            return NOWHERE;
        if (*offset >= 0x100)
            *offset -= 0x100;
        else
            return *offset == 0x50 ? NOTIFY : COMMON;
        return DEVICE;
    }
    if (at >= l->place && at < l->place + 4096) {
        *offset = (uint32_t)(at - l->place);
        return CONFIG_SPACE;
    }
    if (!l->region[COMMON])
        learn_regions(l);
    for (region = COMMON; region <= DEVICE; region++)
        if (l->region[region] && at >= l->region[region] &&
            at < l->region[region] + l->region_bytes[region]) {
            *offset = (uint32_t)(at - l->region[region]);
            return region;
        }
    return NOWHERE;
}

/* ---- rings ---- */

static void *shared(liar *l, uint64_t bus)
{
    void *p = memory_from_bus(&l->w->ram, bus);

    need(p != NULL, "the driver told the device an address that is not RAM: %#llx",
         (unsigned long long)bus);
    return p;
}

static uint16_t half(liar *l, uint64_t bus)
{
    return memory_half(shared(l, bus));
}

static uint32_t word(liar *l, uint64_t bus)
{
    return memory_word(shared(l, bus));
}

static void set_half(liar *l, uint64_t bus, uint16_t value)
{
    memory_set_half(shared(l, bus), value);
}

static void set_word(liar *l, uint64_t bus, uint32_t value)
{
    memory_set_word(shared(l, bus), value);
}

static uint64_t used_element(const liar *l, unsigned q, uint16_t index)
{
    return l->queue[q].used + 4 + 8u * (index % l->queue[q].size);
}

/* The n-th descriptor of a chain: its bus address, 0 behind the end. */
static uint64_t chain(liar *l, unsigned q, uint32_t head, unsigned n)
{
    uint32_t i = head;

    while (n--) {
        const uint64_t d = l->queue[q].descriptors + 16u * (i % l->queue[q].size);

        if (!(half(l, d + 12) & 1))
            return 0;
        i = half(l, d + 14);
    }
    return l->queue[q].descriptors + 16u * (i % l->queue[q].size);
}

static uint64_t address_of(liar *l, uint64_t descriptor)
{
    return word(l, descriptor) | (uint64_t)word(l, descriptor + 4) << 32;
}

/* The first buffer of a chain that the device may write; 0: there is none. */
static uint64_t response(liar *l, unsigned q, uint32_t head)
{
    unsigned n;

    for (n = 0; n < l->queue[q].size; n++) {
        const uint64_t d = chain(l, q, head, n);

        if (!d)
            break;
        if (half(l, d + 12) & 2)
            return address_of(l, d);
    }
    return 0;
}

static int tells(const liar *l, lie_kind kind)
{
    unsigned n;

    for (n = 0; n < l->lies; n++)
        if (l->now[n].kind == kind)
            return 1;
    return 0;
}

unsigned liar_status(liar *l)
{
    if (!l->mmio && !l->region[COMMON])
        learn_regions(l);
    return (unsigned)world_peek(l->mmio ? l->place + 0x70 : l->region[COMMON] + 20, l->mmio ? 4 : 1);
}

/* Waits until nothing is outstanding. Each turn asks the device for its status,
 * which changes nothing but lets it work. */
static int wait_for(liar *l, unsigned q, uint16_t index)
{
    unsigned n;

    for (n = 0; half(l, l->queue[q].used + 2) != index; n++) {
        if (n == 500 && tells(l, LIE_AT_RANDOM))
            return 0;                   /* a lie may have kept the driver from asking */
        need(n < 40000, "the honest device does not answer on queue %u", q);
        liar_status(l);
    }
    return 1;
}

/* ---- lying about answers ---- */

static int is_about_answers(lie_kind kind)
{
    return kind >= LIE_HIDE && kind <= LIE_WORD;
}

/* Counts a chance to tell lie n; 1: now. */
static int its_turn(liar *l, unsigned n)
{
    const lie *x = &l->now[n];

    if (l->turn[n].skipped < x->skip) {
        l->turn[n].skipped++;
        return 0;
    }
    if (x->count && l->turn[n].told >= x->count)
        return 0;
    l->turn[n].told++;
    l->told++;
    return 1;
}

/* The same for all lies of a kind. */
static int turn_of(liar *l, lie_kind kind)
{
    unsigned n, turns = 0;

    for (n = 0; n < l->lies; n++)
        if (l->now[n].kind == kind)
            turns += (unsigned)its_turn(l, n);
    return turns != 0;
}

/* Which of the new answers a lie is about: 1 and its ring index. */
static int find_answer(liar *l, const lie *x, unsigned q, uint16_t from, uint16_t to,
                       uint16_t *found)
{
    uint16_t i;

    if (!x->command) {
        *found = (uint16_t)(to - 1);
        return to != from;
    }
    for (i = from; i != to; i++) {
        const uint64_t first = chain(l, q, word(l, used_element(l, q, i)), 0);

        if (word(l, address_of(l, first)) == x->command) {
            *found = i;
            return 1;
        }
    }
    return 0;
}

static void swap_answers(liar *l, uint64_t a, uint64_t b)
{
    const uint32_t id = word(l, a), length = word(l, a + 4);

    set_word(l, a, word(l, b));
    set_word(l, a + 4, word(l, b + 4));
    set_word(l, b, id);
    set_word(l, b + 4, length);
}

/* ---- lying at random ---- */

static uint32_t any(liar *l, uint32_t below)
{
    l->random ^= l->random << 13;
    l->random ^= l->random >> 17;
    l->random ^= l->random << 5;
    return below ? l->random % below : l->random;
}

/* Is it time? The lie tells one in how many. */
static int chance(liar *l)
{
    unsigned n;

    for (n = 0; n < l->lies; n++)
        if (l->now[n].kind == LIE_AT_RANDOM && any(l, l->now[n].field) == 0) {
            l->told++;
            return 1;
        }
    return 0;
}

/* Mostly values that programs trip over. */
static uint32_t anything(liar *l, uint32_t truth)
{
    switch (any(l, 8)) {
    case 0: return 0;
    case 1: return 0xffffffff;
    case 2: return truth ^ (uint32_t)1 << any(l, 32);
    case 3: return truth + 1;
    case 4: return truth - 1;
    case 5: return any(l, 256);
    case 6: return (uint32_t)1 << any(l, 32);
    default: return any(l, 0);
    }
}

static void lie_about_any_answer(liar *l, unsigned q, uint16_t from, uint16_t to)
{
    uint16_t i;

    for (i = from; i != to; i++) {
        const uint64_t element = used_element(l, q, i), answer = response(l, q, word(l, element));

        if (answer && chance(l)) {
            const uint64_t at = answer + 4 * any(l, 12);

            set_word(l, at, anything(l, word(l, at)));
        }
        if (chance(l))
            set_word(l, element, anything(l, word(l, element)));
        if (chance(l))
            set_word(l, element + 4, anything(l, word(l, element + 4)));
    }
    if (chance(l))
        set_half(l, l->queue[q].used + 2, (uint16_t)anything(l, to));
}

/* ---- one lie about one answer ---- */

static void lie_about(liar *l, unsigned n, unsigned q, uint16_t from, uint16_t to)
{
    const lie *x = &l->now[n];
    uint16_t which;
    uint64_t element, answer;

    if (!is_about_answers(x->kind) || !find_answer(l, x, q, from, to, &which) || !its_turn(l, n))
        return;
    element = used_element(l, q, which);
    switch (x->kind) {
    case LIE_HIDE:
        if (!l->queue[q].hides)
            l->queue[q].shown = from;
        l->queue[q].hides = 1;
        l->queue[q].hidden = to;
        set_half(l, l->queue[q].used + 2, l->queue[q].shown);
        break;
    case LIE_ID:
        set_word(l, element, (uint32_t)x->value);
        break;
    case LIE_DOUBLE:
        set_word(l, element, word(l, used_element(l, q, (uint16_t)(which - 1))));
        break;
    case LIE_LENGTH:
        set_word(l, element + 4, (uint32_t)x->value);
        break;
    case LIE_INDEX:
        set_half(l, l->queue[q].used + 2, (uint16_t)(to + x->value));
        break;
    case LIE_SWAP:
        swap_answers(l, element, used_element(l, q, (uint16_t)(which - 1)));
        break;
    case LIE_WORD:
        answer = response(l, q, word(l, element));
        need(answer != 0, "the request has no room for a response");
        set_word(l, answer + 4 * x->field, (uint32_t)x->value);
        break;
    default:
        break;
    }
}

static void answered(liar *l, unsigned q, uint16_t to)
{
    const uint16_t from = l->queue[q].answered;
    unsigned n;

    l->queue[q].answered = to;
    for (n = 0; n < l->lies; n++)
        lie_about(l, n, q, from, to);
    if (tells(l, LIE_AT_RANDOM))
        lie_about_any_answer(l, q, from, to);
    if (l->queue[q].hidden != to)
        l->queue[q].hides = 0;          /* the device wrote a newer one */
}

void liar_answered(liar *l, unsigned q)
{
    unsigned n;

    for (n = 0; half(l, l->queue[q].used + 2) == l->queue[q].answered; n++) {
        need(n < 40000, "the honest device says nothing on queue %u", q);
        liar_status(l);
    }
    answered(l, q, half(l, l->queue[q].used + 2));
}

/* ---- doorbells ---- */

/* A kick that tells of nothing new is not waited for, and no lie is told about it. */
static void ring(liar *l, uint64_t at, unsigned bytes, unsigned q)
{
    const uint16_t sent = half(l, l->queue[q].available + 2);

    world_poke(at, bytes, q);
    if (l->waits >> q & 1 && sent != l->queue[q].answered && wait_for(l, q, sent))
        answered(l, q, sent);
}

/* LIE_ALL_ONES counts doorbells (what = 0) or reads (what = 1). */
static void vanish(liar *l, unsigned what)
{
    unsigned n;

    for (n = 0; n < l->lies && !l->gone; n++)
        if (l->now[n].kind == LIE_ALL_ONES && l->now[n].what == what)
            l->gone = its_turn(l, n);
}

static void on_doorbell(liar *l, uint64_t at, unsigned bytes, unsigned q)
{
    need(q < sizeof l->queue / sizeof *l->queue && l->queue[q].size,
         "a doorbell for queue %u, which has no ring", q);
    l->rung++;
    world_count()->doorbells++;
    vanish(l, 0);
    if (l->gone)
        return;
    if (turn_of(l, LIE_SILENCE)) {
        l->swallowed.at = at;
        l->swallowed.bytes = bytes;
        l->swallowed.queue = q;
        return;
    }
    ring(l, at, bytes, q);
}

static void show_hidden(liar *l, unsigned q)
{
    if (l->queue[q].hides)
        set_half(l, l->queue[q].used + 2, l->queue[q].hidden);
    l->queue[q].hides = 0;
}

void liar_reveal(liar *l, unsigned q)
{
    if (l->swallowed.at) {
        ring(l, l->swallowed.at, l->swallowed.bytes, l->swallowed.queue);
        l->swallowed.at = 0;
    } else {
        show_hidden(l, q);
    }
}

/* ---- the filter: every register in its own width ---- */

/* Bytes of the register at each offset of the common region [4.1.4.3]. */
static const uint8_t widths[56] = {
    [0] = 4, [4] = 4, [8] = 4, [12] = 4, [16] = 2, [18] = 2, [20] = 1, [21] = 1, [22] = 2, [24] = 2,
    [26] = 2, [28] = 2, [30] = 2, [32] = 4, [36] = 4, [40] = 4, [44] = 4, [48] = 4, [52] = 4,
};

static void check_width(const liar *l, unsigned region, uint32_t offset, unsigned bytes)
{
    unsigned own = bytes;

    if (tells(l, LIE_AT_RANDOM))
        return;                         /* it may have been told other places */
    if (region == COMMON || region == NOTIFY)
        own = l->mmio ? 4 : region == NOTIFY ? 2 : offset < sizeof widths ? widths[offset] : 0;
    if (region == ISR)
        own = 1;
    need(own == bytes, "an access of %u bytes to a register of %u, region %u, offset %#x", bytes,
         own, region, offset);
}

/* ---- the filter: writes ---- */

static void set_part(uint64_t *to, unsigned high, uint64_t value)
{
    if (high)
        *to = (*to & 0xffffffff) | value << 32;
    else
        *to = (*to & ~(uint64_t)0xffffffff) | value;
}

static void listen(liar *l, uint32_t offset, uint64_t value)
{
    unsigned what, high = 0;

    for (what = 0; what < WRITES; what++) {
        const uint32_t at = l->mmio ? writes[what].mmio : writes[what].pci;

        high = what >= DESCRIPTORS && what <= USED && offset == at + 4;
        if (offset == at || high)
            break;
    }
    if (what == SELECT)
        l->selected = (unsigned)value;
    if (what == WORD_SELECT)
        l->word_selected = (uint32_t)value;
    if (what == SELECT || what >= WORD_SELECT || l->selected >= sizeof l->queue / sizeof *l->queue)
        return;
    if (what == SIZE)
        l->queue[l->selected].size = (uint16_t)value;
    else if (what == DESCRIPTORS)
        set_part(&l->queue[l->selected].descriptors, high, value);
    else if (what == AVAILABLE)
        set_part(&l->queue[l->selected].available, high, value);
    else
        set_part(&l->queue[l->selected].used, high, value);
    l->queue[l->selected].answered = 0;
    l->queue[l->selected].hides = 0;
}

/* A driver believes what it was told is offered; the device behind offered less, and
 * may refuse more. So it is told of what it knows. */
static uint64_t known_features(liar *l, uint64_t accepted)
{
    const uint64_t select = l->mmio ? l->place + 0x14 : l->region[COMMON];
    const uint64_t offered = l->mmio ? l->place + 0x10 : l->region[COMMON] + 4;

    world_poke(select, 4, l->word_selected);
    return accepted & world_peek(offered, 4);
}

static int is_accepting(const liar *l, unsigned region, uint32_t offset)
{
    return region == COMMON &&
           offset == (l->mmio ? writes[WORD_ACCEPTED].mmio : writes[WORD_ACCEPTED].pci);
}

static int on_write(void *self, uint64_t at, unsigned bytes, uint64_t value)
{
    liar *l = self;
    uint32_t offset;
    const unsigned region = where_is(l, at, &offset);

    check_width(l, region, offset, bytes);
    if (region == NOTIFY) {
        on_doorbell(l, at, bytes, (unsigned)value);
        return 1;
    }
    if (region == NOWHERE)
        return 0;
    if (region == CONFIG_SPACE && offset == 4)
        memset(l->region, 0, sizeof l->region);         /* BARs may have moved */
    if (region == COMMON && offset == (l->mmio ? 0x70 : 20)) {
        l->resets += value == 0;
        l->failures += value >> 7 & 1;
    }
    if (region == COMMON && !l->gone)
        listen(l, offset, value);
    if (is_accepting(l, region, offset) && !l->gone && l->lies) {
        world_poke(at, bytes, known_features(l, value));
        return 1;
    }
    return l->gone;
}

/* ---- the filter: reads ---- */

static void lie_about_register(liar *l, unsigned n, uint32_t offset, uint64_t *value)
{
    const lie *x = &l->now[n];

    if (x->kind < LIE_REGISTER || x->kind > LIE_COUNTING)
        return;
    if ((l->mmio ? registers[x->what].mmio : registers[x->what].pci) != offset || !its_turn(l, n))
        return;
    if (x->kind == LIE_REGISTER)
        *value = x->value;
    else if (x->kind == LIE_REGISTER_OR)
        *value |= x->value;
    else if (x->kind == LIE_REGISTER_AND)
        *value &= x->value;
    else
        *value = l->turn[n].told & 0xff;
}

/* The lies about `kind` of space that touch these bytes. */
static void lie_about_bytes(liar *l, int device, uint32_t offset, unsigned bytes, uint64_t *value)
{
    unsigned i, p;

    for (p = 0; p < l->patches; p++) {
        const uint32_t start = l->patch[p].offset, size = l->patch[p].bytes;

        if ((l->now[l->patch[p].lie].kind == LIE_CONFIG) != device ||
            offset + bytes <= start || offset >= start + size || !its_turn(l, l->patch[p].lie))
            continue;
        for (i = 0; i < bytes; i++)
            if (offset + i >= start && offset + i < start + size) {
                *value &= ~((uint64_t)0xff << 8 * i);
                *value |= (uint64_t)(l->patch[p].value >> 8 * (offset + i - start) & 0xff) << 8 * i;
            }
    }
}

static void on_read(void *self, uint64_t at, unsigned bytes, uint64_t *value)
{
    liar *l = self;
    uint32_t offset;
    unsigned region, n;

    region = where_is(l, at, &offset);
    check_width(l, region, offset, bytes);
    if (!l->lies || region == NOWHERE)
        return;
    vanish(l, 1);
    if (tells(l, LIE_AT_RANDOM) && chance(l))
        *value = anything(l, (uint32_t)*value) & (0xffffffff >> (32 - 8 * bytes));
    if (l->gone)
        *value = bytes == 1 ? 0xff : bytes == 2 ? 0xffff : 0xffffffff;
    else if (region == COMMON)
        for (n = 0; n < l->lies; n++)
            lie_about_register(l, n, offset, value);
    else if (region == DEVICE || region == CONFIG_SPACE)
        lie_about_bytes(l, region == DEVICE, offset, bytes, value);
}

/* ---- the filter: memory that changes behind the reader's back ---- */

static int is_devices_memory(liar *l, unsigned q, const unsigned char *p)
{
    const unsigned char *ring_start, *answer;
    unsigned i;

    if (!l->queue[q].size)
        return 0;
    ring_start = shared(l, l->queue[q].used);
    if (p >= ring_start + 4 && p < ring_start + 4 + 8 * l->queue[q].size)
        return 1;
    for (i = 0; i < l->queue[q].size; i++) {
        const uint64_t d = l->queue[q].descriptors + 16 * i;

        if (!(half(l, d + 12) & 2) || !word(l, d + 8))
            continue;
        answer = shared(l, address_of(l, d));
        if (p >= answer && p < answer + word(l, d + 8))
            return 1;
    }
    return 0;
}

static void on_load(void *self, const void *pointer, unsigned bytes)
{
    liar *l = self;
    unsigned q;

    if (!tells(l, LIE_CHANGES) || bytes < 4)
        return;
    for (q = 0; q < sizeof l->queue / sizeof *l->queue; q++)
        if (is_devices_memory(l, q, pointer)) {
            memset((void *)(uintptr_t)pointer, 0xee, bytes);
            l->told++;
            return;
        }
}

/* ---- telling ---- */

static void patch(liar *l, unsigned n, uint32_t offset, uint32_t bytes, uint32_t value)
{
    l->patch[l->patches].offset = offset;
    l->patch[l->patches].bytes = bytes;
    l->patch[l->patches].value = value;
    l->patch[l->patches].lie = n;
    l->patches++;
}

/* A capability that is not there, in front of the others, at 0xc0. */
static void new_capability(liar *l, unsigned n)
{
    const lie *x = &l->now[n];

    patch(l, n, 0xc0, 4, 9 | config(l, 0x34, 1) << 8 | 20u << 16 | x->what << 24);
    patch(l, n, 0xc4, 4, x->field);
    patch(l, n, 0xc8, 4, 0);
    patch(l, n, 0xcc, 4, 0x1000);
    patch(l, n, 0xd0, 4, 4);
    patch(l, n, 0x34, 1, 0xc0);
}

static void lie_about_capability(liar *l, unsigned n)
{
    const lie *x = &l->now[n];
    const unsigned at = find_capability(l, x->what);

    need(at != 0, "no capability of type %u to lie about", x->what);
    patch(l, n, at + x->field, x->field < 8 ? 1 : 4,
          x->value == SELF ? at : x->value == FIRST ? config(l, 0x34, 1) : (uint32_t)x->value);
}

void liar_tell(liar *l, const lie *list, unsigned count)
{
    unsigned n;

    l->now = list;
    l->lies = count;
    l->told = l->patches = 0;
    l->gone = 0;
    memset(l->turn, 0, sizeof l->turn);
    memset(&l->swallowed, 0, sizeof l->swallowed);
    for (n = 0; n < sizeof l->queue / sizeof *l->queue; n++)
        show_hidden(l, n);
    for (n = 0; n < count; n++) {
        const lie *x = &list[n];

        if (x->kind == LIE_CONFIG)
            patch(l, n, x->what, x->field, (uint32_t)x->value);
        else if (x->kind == LIE_PCI)
            patch(l, n, x->what, x->field, (uint32_t)x->value);
        else if (x->kind == LIE_CAPABILITY)
            lie_about_capability(l, n);
        else if (x->kind == LIE_NEW_CAPABILITY)
            new_capability(l, n);
        else if (x->kind == LIE_AT_RANDOM)
            l->random = (uint32_t)x->value * 2654435761u + 1;
    }
}

void liar_watch(liar *l, world *w, int mmio, uint64_t place, unsigned waits)
{
    memset(l, 0, sizeof *l);
    l->w = w;
    l->mmio = mmio;
    l->place = place;
    l->waits = waits;
    l->filter.self = l;
    l->filter.read = on_read;
    l->filter.write = on_write;
    l->filter.loaded = on_load;
    world_filter_set(&l->filter);
}

void liar_leave(liar *l)
{
    (void)l;
    world_filter_set(NULL);
}
