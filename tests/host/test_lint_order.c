/* Rules of lint/order.c: each is broken once, and named. Every load, store and barrier is told as
 * tests/host/ours.c tells those of our driver; the entropy device is driven. */
#include "tests/host/craft.h"

#include <string.h>

enum { W = CRAFT_WRITE };
enum { PLAIN, RELEASE, ACQUIRE = 1 };

/* ---- Accesses that are heard of ---- */

static void put(struct craft *c, uint64_t at, unsigned bytes, uint64_t value, bool release)
{
    lint_store(&c->o.lint, at, bytes, value, release);
    if (bytes == 2)
        store_le16(craft_at(c, at), (uint16_t)value);
    else
        store_le32(craft_at(c, at), (uint32_t)value);
}

static unsigned get(struct craft *c, uint64_t at, unsigned bytes, bool acquire)
{
    lint_load(&c->o.lint, at, bytes, acquire);
    return bytes == 2 ? load_le16(craft_at(c, at)) : load_le32(craft_at(c, at));
}

static void barrier(struct craft *c)
{
    lint_barrier(&c->o.lint);
}

/* ---- The steps of a request [2.7.13] ---- */

static uint64_t available(unsigned offset)
{
    return craft_area(0, CRAFT_AVAILABLE) + offset;
}

static uint64_t used(unsigned offset)
{
    return craft_area(0, CRAFT_USED) + offset;
}

static uint64_t buffer(unsigned head)
{
    return CRAFT_BUFFERS + 64 * (uint64_t)head;
}

/* Descriptor `head`: 64 bytes to be filled. */
static void describe(struct craft *c, unsigned head)
{
    const uint64_t at = craft_area(0, CRAFT_TABLE) + 16 * (uint64_t)head;

    put(c, at, 4, buffer(head), PLAIN);
    put(c, at + 4, 4, 0, PLAIN);
    put(c, at + 8, 4, 64, PLAIN);
    put(c, at + 12, 2, W, PLAIN);
}

static void enter(struct craft *c, unsigned head)
{
    put(c, available(4 + 2 * (c->offered[0] % CRAFT_SIZE)), 2, head, PLAIN);
}

static void publish(struct craft *c, bool release)
{
    put(c, available(2), 2, ++c->offered[0], release);
}

static void offer(struct craft *c, unsigned head)
{
    describe(c, head);
    enter(c, head);
    publish(c, RELEASE);
}

static void kick(struct craft *c)
{
    barrier(c);
    if (!(get(c, used(0), 2, PLAIN) & 1))
        craft_notify(c, 0);
}

static void take(struct craft *c, unsigned seen)
{
    need(get(c, used(2), 2, ACQUIRE) > seen, "an answer");
    get(c, used(4 + 8 * (seen % CRAFT_SIZE)), 4, PLAIN);
    get(c, used(8 + 8 * (seen % CRAFT_SIZE)), 4, PLAIN);
}

static void interrupt(struct craft *c)
{
    if (c->mmio)
        craft_put(c, REG_ACK, craft_get(c, REG_ISR));
    else
        craft_peek(c, REGION_ISR, 0, 1);
}

/* ---- What is right ---- */

static void in_order(struct craft *c)
{
    unsigned i;

    craft_up(c, 0);
    for (i = 0; i < 40; i++) {
        offer(c, i % 4);
        kick(c);
        take(c, i);
        get(c, buffer(i % 4), 4, PLAIN);
    }
}

/* Plain stores, and barriers of their own; three requests at once. */
static void with_barriers(struct craft *c)
{
    unsigned i;

    craft_up(c, 0);
    for (i = 0; i < 3; i++) {
        describe(c, i);
        enter(c, i);
        c->offered[0]++;
    }
    barrier(c);
    put(c, available(2), 2, 3, PLAIN);
    kick(c);
    get(c, used(2), 2, PLAIN);
    barrier(c);
    get(c, used(4), 4, PLAIN);
}

/* The buffer is the driver's own again, and is used for something else. */
static void reuse(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    take(c, 0);
    put(c, buffer(0), 4, 1, PLAIN);
    get(c, buffer(0), 4, PLAIN);
}

static void sleep_and_wake(struct craft *c)
{
    craft_up(c, 0);
    put(c, available(0), 2, 1, PLAIN);
    offer(c, 0);
    kick(c);
    put(c, available(0), 2, 0, PLAIN);
    barrier(c);
    get(c, used(2), 2, ACQUIRE);
    interrupt(c);
}

static void by_events(struct craft *c)
{
    craft_up(c, FEATURE_EVENT_IDX);
    put(c, available(4 + 2 * CRAFT_SIZE), 2, 0, PLAIN);
    barrier(c);
    get(c, used(2), 2, ACQUIRE);
    offer(c, 0);
    barrier(c);
    get(c, used(4 + 8 * CRAFT_SIZE), 2, PLAIN);
    craft_notify(c, 0);
}

static void after_its_reset(struct craft *c)
{
    c->device->offered |= FEATURE_RING_RESET;
    craft_up(c, FEATURE_RING_RESET);
    offer(c, 0);
    kick(c);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_put(c, REG_QUEUE_RESET, 1);
    craft_get(c, REG_QUEUE_RESET);
    get(c, buffer(0), 4, PLAIN);
}

static void after_its_stop(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_put(c, REG_QUEUE_ENABLE, 0);
    craft_get(c, REG_QUEUE_ENABLE);
    get(c, buffer(0), 4, PLAIN);
}

/* Cleared rings, as the device sees them when it is told of the queue. */
static void enable(struct craft *c, bool in_time)
{
    craft_find(c);
    craft_begin(c);
    craft_features(c, 0);
    put(c, available(0), 2, 1, PLAIN);
    if (in_time)
        barrier(c);
    put(c, buffer(0), 2, 1, PLAIN);
    craft_queue(c, 0, CRAFT_SIZE);
}

static void clears_in_time(struct craft *c)
{
    enable(c, true);
}

/* ---- What is not ---- */

static void clears_too_late(struct craft *c)
{
    enable(c, false);
}

static void stores_into_used(struct craft *c)
{
    craft_up(c, 0);
    put(c, used(4), 4, 0, PLAIN);
}

static void used_event_alone(struct craft *c)
{
    craft_up(c, 0);
    put(c, available(4 + 2 * CRAFT_SIZE), 2, 1, PLAIN);
}

static void avail_event_alone(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    barrier(c);
    get(c, used(4 + 8 * CRAFT_SIZE), 2, PLAIN);
    craft_notify(c, 0);
}

/* The device gave back less than there was room for, as a test makes it: eight bytes. */
static void behind_the_answer(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    store_le32(craft_at(c, used(8)), 8);
    take(c, 0);
    get(c, buffer(0) + 4, 4, PLAIN);
    get(c, buffer(0) + 8, 4, PLAIN);
}

static void one_head_two_steps(struct craft *c)
{
    craft_up(c, 0);
    store_le16(craft_at(c, available(6)), 1);   /* by nobody of whom we hear */
    describe(c, 0);
    describe(c, 1);
    enter(c, 0);
    put(c, available(2), 2, c->offered[0] += 2, RELEASE);
    kick(c);
}

static void entry_after_idx(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0);
    publish(c, RELEASE);
    c->offered[0]--;
    enter(c, 0);
    kick(c);
}

static void length_after_idx(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    put(c, craft_area(0, CRAFT_TABLE) + 8, 4, 64, PLAIN);
    kick(c);
}

static void table_after_idx(struct craft *c)
{
    const uint64_t table = craft_area(0, CRAFT_TABLE), inner = craft_area(0, CRAFT_INNER);

    craft_up(c, FEATURE_INDIRECT);
    craft_describe(c, table, 0, inner, 16, CRAFT_INDIRECT, 0);
    craft_describe(c, inner, 0, CRAFT_BUFFERS, 64, W, 0);
    enter(c, 0);
    publish(c, RELEASE);
    put(c, inner + 8, 4, 32, PLAIN);
    kick(c);
}

static void plain_idx(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0);
    enter(c, 0);
    publish(c, PLAIN);
    kick(c);
}

static void flags_too_early(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    get(c, used(0), 2, PLAIN);
    barrier(c);
    craft_notify(c, 0);
}

static void event_too_early(struct craft *c)
{
    craft_up(c, FEATURE_EVENT_IDX);
    offer(c, 0);
    get(c, used(4 + 8 * CRAFT_SIZE), 2, PLAIN);
    barrier(c);
    craft_notify(c, 0);
}

static void notifies_too_early(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    craft_notify(c, 0);
}

static void sleeps_at_once(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    put(c, available(0), 2, 0, PLAIN);
    barrier(c);
    interrupt(c);
}

static void looks_too_early(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    put(c, available(0), 2, 0, PLAIN);
    get(c, used(2), 2, ACQUIRE);
}

static void element_too_early(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    get(c, used(2), 2, PLAIN);
    get(c, used(4), 4, PLAIN);
}

/* Acquire comes too late for what was loaded before. */
static void element_before_idx(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    get(c, used(4), 4, PLAIN);
    get(c, used(2), 2, ACQUIRE);
}

/* Of two answers it knows one. */
static void second_element(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    get(c, used(2), 2, ACQUIRE);
    offer(c, 1);
    kick(c);
    get(c, used(4 + 8), 4, PLAIN);
}

/* The buffers of a console stay out until somebody types. */
static void reads_too_early(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    get(c, buffer(0), 4, PLAIN);
}

static void reads_at_once(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    get(c, buffer(0), 4, PLAIN);
    kick(c);
}

static void writes_too_late(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    put(c, buffer(0), 4, 0, PLAIN);
    kick(c);
}

/* Text for the host, written by nobody of whom we hear: before avail.idx, and after. */
static void print(struct craft *c, const char *before, const char *after)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    craft_describe(c, craft_area(1, CRAFT_TABLE), 0, buffer(1), 5, 0, 0);
    memcpy(craft_at(c, buffer(1)), before, 5);
    put(c, craft_area(1, CRAFT_AVAILABLE) + 4, 2, 0, PLAIN);
    put(c, craft_area(1, CRAFT_AVAILABLE) + 2, 2, 1, RELEASE);
    memcpy(craft_at(c, buffer(1)), after, 5);
    barrier(c);
    craft_notify(c, 1);
}

static void text_in_time(struct craft *c)
{
    print(c, "Hello", "Hello");
}

static void text_after_idx(struct craft *c)
{
    print(c, "Hello", "World");
}

/* An answer is looked at while the next request is made. */
static void loads_between(struct craft *c)
{
    craft_up(c, 0);
    offer(c, 0);
    kick(c);
    take(c, 0);
    offer(c, 1);
    get(c, buffer(0), 4, PLAIN);
    get(c, used(4), 4, PLAIN);
    kick(c);
    take(c, 1);
    get(c, buffer(1), 4, PLAIN);
}

static const struct craft_row rows[] = {
    { NULL, "each access in its order", A_RNG, ON_BOTH, in_order, NULL, false },
    { NULL, "plain accesses and barriers", A_RNG, ON_BOTH, with_barriers, NULL, false },
    { NULL, "a buffer is used again", A_RNG, ON_BOTH, reuse, NULL, false },
    { NULL, "interrupts, and a second look", A_RNG, ON_BOTH, sleep_and_wake, NULL, false },
    { NULL, "EVENT_IDX", A_RNG, ON_BOTH, by_events, NULL, false },
    { NULL, "loads between two requests", A_RNG, ON_BOTH, loads_between, NULL, false },
    { NULL, "text before avail.idx", A_CONSOLE, ON_BOTH, text_in_time, NULL, false },
    { NULL, "a ring, a barrier, the queue", A_RNG, ON_BOTH, clears_in_time, NULL, false },
    { NULL, "a queue's stop gives buffers back", A_CONSOLE, ON_MMIO, after_its_stop, NULL, false },
    { NULL, "a queue's reset gives buffers back", A_CONSOLE, ON_PCI, after_its_reset, NULL, false },

    { "INF-PCI-34", "a ring, no barrier", A_RNG, ON_PCI, clears_too_late, NULL, false },
    { "INF-MMIO-13", "a ring, no barrier", A_RNG, ON_MMIO, clears_too_late, NULL, false },
    { "INF-SPLIT-07", "stores a used element", A_RNG, ON_BOTH, stores_into_used, NULL, false },
    { "INF-EVIDX-03", "stores used_event", A_RNG, ON_BOTH, used_event_alone, NULL, false },
    /* Of what a driver makes of it we see that it looks there. */
    { "INF-EVIDX-04", "loads avail_event", A_RNG, ON_BOTH, avail_event_alone, "SPLIT-14", false },
    { "SPLIT-14", "loads avail_event", A_RNG, ON_BOTH, avail_event_alone, "INF-EVIDX-04", false },
    { "SPLIT-12", "byte 8 of 8", A_RNG, ON_BOTH, behind_the_answer, NULL, false },
    { "INF-SPLIT-22", "avail.idx grows by two", A_RNG, ON_BOTH, one_head_two_steps, NULL, false },
    /* What comes after avail.idx has no barrier before avail.idx. */
    { "INF-SPLIT-23", "the ring entry comes last", A_RNG, ON_BOTH, entry_after_idx,
      "SPLIT-17 INF-SPLIT-22", false },
    { "INF-SPLIT-23", "a length comes last", A_RNG, ON_BOTH, length_after_idx, "SPLIT-17", false },
    { "INF-SPLIT-23", "a table comes last", A_RNG, ON_BOTH, table_after_idx, "SPLIT-17", false },
    { "SPLIT-17", "no barrier before avail.idx", A_RNG, ON_BOTH, plain_idx, NULL, false },
    { "SPLIT-18", "no barrier before used.flags", A_RNG, ON_BOTH, flags_too_early, NULL, false },
    { "SPLIT-18", "no barrier before avail_event", A_RNG, ON_BOTH, event_too_early, NULL, false },
    { "INF-SPLIT-24", "no barrier before notify", A_RNG, ON_BOTH, notifies_too_early, NULL, false },
    { "INF-SPLIT-28", "loads from a buffer", A_CONSOLE, ON_BOTH, reads_too_early, NULL, false },
    { "INF-SPLIT-28", "loads before it notifies", A_RNG, ON_BOTH, reads_at_once, NULL, false },
    { "INF-SPLIT-28", "text after avail.idx", A_CONSOLE, ON_BOTH, text_after_idx, NULL, false },
    { "INF-SPLIT-28", "stores to a buffer", A_CONSOLE, ON_BOTH, writes_too_late, NULL, false },
    { "INF-SPLIT-29", "sleeps without a look", A_RNG, ON_BOTH, sleeps_at_once, NULL, false },
    { "INF-SPLIT-29", "no barrier before the look", A_RNG, ON_BOTH, looks_too_early, NULL, false },
    { "INF-SPLIT-30", "no barrier after used.idx", A_RNG, ON_BOTH, element_too_early, NULL, false },
    { "INF-SPLIT-30", "an element before used.idx", A_RNG, ON_BOTH, element_before_idx, NULL,
      false },
    { "INF-SPLIT-30", "an element beyond used.idx", A_RNG, ON_BOTH, second_element, NULL, false },
};

int main(void)
{
    tap_begin(60);
    craft_play(rows, sizeof rows / sizeof *rows);
    return tap_end();
}
