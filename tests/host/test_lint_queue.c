/* Rules of lint/queue.c: each is broken once, and named. Most of it happens on the entropy device,
 * which takes every buffer that can be written; what has to stay in flight waits in the console for
 * somebody to type. */
#include "tests/host/craft.h"

#include <string.h>

#define FEATURE_IN_ORDER (UINT64_C(1) << 35)
#define FEATURE_NOTIFICATION_DATA (UINT64_C(1) << 38)

enum { W = CRAFT_WRITE, N = CRAFT_NEXT };

/* ---- Short words ---- */

/* Up, with features that the device would not offer by itself. */
static void up_with(struct craft *c, uint64_t features)
{
    c->device->offered |= features;
    craft_up(c, features);
}

static void describe(struct craft *c, unsigned index, uint32_t bytes, unsigned flags, unsigned next)
{
    craft_describe(c, craft_area(0, CRAFT_TABLE), index, CRAFT_BUFFERS + 64 * index, bytes, flags,
                   next);
}

static void entry(struct craft *c, unsigned index, uint32_t bytes, unsigned flags, unsigned next)
{
    craft_describe(c, craft_area(0, CRAFT_INNER), index, CRAFT_BUFFERS, bytes, flags, next);
}

/* Descriptor 0 names a table of so many bytes. */
static void name_table(struct craft *c, uint32_t bytes, unsigned flags)
{
    craft_describe(c, craft_area(0, CRAFT_TABLE), 0, craft_area(0, CRAFT_INNER), bytes,
                   CRAFT_INDIRECT | flags, 1);
}

static void send(struct craft *c, unsigned head)
{
    craft_offer(c, 0, head);
    craft_notify(c, 0);
}

/* A field of 16 bits of a ring of queue 0. */
static uint8_t *half(struct craft *c, enum craft_part part, unsigned offset)
{
    return craft_at(c, craft_area(0, part) + offset);
}

static void set_idx(struct craft *c, unsigned idx)
{
    store_le16(half(c, CRAFT_AVAILABLE, 2), (uint16_t)idx);
    craft_notify(c, 0);
}

/* Requests that are done when it returns. */
static void requests(struct craft *c, unsigned count)
{
    while (count--)
        craft_send(c, 0, 0, 64);
}

static void wait_long(struct craft *c)
{
    unsigned i;

    for (i = 0; i < 40; i++)
        craft_get(c, REG_STATUS);
}

/* ---- What is right ---- */

static void all_right(struct craft *c)
{
    craft_up(c, 0);
    requests(c, 40);
}

static void batch(struct craft *c)
{
    unsigned i;

    craft_up(c, 0);
    for (i = 0; i < 5; i++)
        describe(c, i, 64, W, 0);
    for (i = 0; i < 5; i++) {
        craft_offer(c, 0, i);
        craft_get(c, REG_STATUS);       /* something else comes between */
    }
    craft_notify(c, 0);
}

/* What was typed is taken out of buffers that are handed back without a notification. */
static void receive(struct craft *c)
{
    const uint8_t text[] = "typed";
    unsigned i;

    craft_up(c, FEATURE_EVENT_IDX);
    for (i = 0; i < 8; i++) {
        describe(c, i, 1, W, 0);
        craft_offer(c, 0, i);
    }
    craft_notify(c, 0);
    for (i = 0; i < 8; i++) {
        console_type(&c->o.console[0], text, 2);
        craft_offer(c, 0, (2 * i) % 8);
        craft_offer(c, 0, (2 * i + 1) % 8);
    }
    need(craft_used(c, 0) == 16, "16 buffers with one letter each, not %u", craft_used(c, 0));
}

static void tables(struct craft *c)
{
    craft_up(c, FEATURE_INDIRECT);
    name_table(c, 64, 0);
    entry(c, 0, 64, N | W, 3);
    entry(c, 3, 64, W, 0);
    send(c, 0);
    send(c, 0);
    name_table(c, 16, 0);
    entry(c, 0, 100, W, 0);
    send(c, 0);
    need(craft_used(c, 0) == 3, "three answers, not %u", craft_used(c, 0));
}

static void in_order(struct craft *c)
{
    unsigned i;

    up_with(c, FEATURE_IN_ORDER | FEATURE_INDIRECT);
    for (i = 0; i < 16; i++)
        describe(c, i, 64, i % 2 ? W : N | W, (i + 1) % 16);
    for (i = 0; i < 40; i++)
        send(c, 2 * i % 16);
    name_table(c, 32, 0);
    entry(c, 0, 64, N | W, 1);
    entry(c, 1, 64, W, 0);
    send(c, 0);
}

static void is_not_told(struct craft *c)
{
    craft_up(c, 0);
    store_le16(half(c, CRAFT_USED, 0), 1);
    describe(c, 0, 64, W, 0);
    craft_offer(c, 0, 0);
    wait_long(c);
}

/* The device asks for it while the driver decides: both are right. */
static void changes_its_mind(struct craft *c)
{
    craft_up(c, 0);
    store_le16(half(c, CRAFT_USED, 0), 1);
    requests(c, 1);
}

/* avail_event as the device has it asks for each entry but those it has not come to. */
static void events(struct craft *c)
{
    unsigned i;

    craft_up(c, FEATURE_EVENT_IDX);
    requests(c, 20);
    store_le16(half(c, CRAFT_USED, 4 + 8 * CRAFT_SIZE), 21);    /* the one after the next */
    describe(c, 0, 64, W, 0);
    describe(c, 1, 64, W, 0);
    craft_offer(c, 0, 0);
    for (i = 0; i < 100; i++)
        craft_get(c, REG_STATUS);
    craft_offer(c, 0, 1);
    craft_notify(c, 0);
}

static void notification_data(struct craft *c)
{
    up_with(c, FEATURE_NOTIFICATION_DATA);
    describe(c, 0, 64, W, 0);
    craft_offer(c, 0, 0);
    if (c->mmio)
        craft_write(c, 0x50, 4, 1 << 16);
    else
        craft_poke(c, REGION_NOTIFY, 0, 4, 1 << 16);
}

static void some_small_ones(struct craft *c)
{
    unsigned i;

    craft_up(c, 0);
    for (i = 0; i < 8; i++)
        describe(c, i, 4, i < 7 ? N | W : W, i + 1);
    send(c, 0);
}

/* ---- Chains [2.7.4] [2.7.5] ---- */

static void readable_last(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, N | W, 1);
    describe(c, 1, 64, 0, 0);
    send(c, 0);
}

static void readable_last_inside(struct craft *c)
{
    craft_up(c, FEATURE_INDIRECT);
    name_table(c, 32, 0);
    entry(c, 0, 64, N | W, 1);
    entry(c, 1, 64, 0, 0);
    send(c, 0);
}

static void tiny_ones(struct craft *c)
{
    unsigned i;

    craft_up(c, 0);
    for (i = 0; i < 12; i++)
        describe(c, i, 8, i < 11 ? N | W : W, i + 1);
    send(c, 0);
}

static void nowhere(struct craft *c)
{
    craft_up(c, 0);
    craft_describe(c, craft_area(0, CRAFT_TABLE), 0, 0x1000, 64, W, 0);
    send(c, 0);
}

static void over_the_end(struct craft *c)
{
    craft_up(c, 0);
    craft_describe(c, craft_area(0, CRAFT_TABLE), 0, CRAFT_RAM + MEMORY_BYTES - 8, 16, W, 0);
    send(c, 0);
}

static void next_too_big(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, N | W, CRAFT_SIZE);
    send(c, 0);
}

static void foreign_flag(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W | 8, 0);
    send(c, 0);
}

static void too_many_bytes(struct craft *c)
{
    unsigned i;

    ours_queue_max(c->device, 128);
    craft_find(c);
    craft_begin(c);
    craft_features(c, 0);
    craft_queue(c, 0, 128);
    craft_ready(c);
    for (i = 0; i < 120; i++)
        describe(c, i, 40 << 20, i < 119 ? N | W : W, i + 1);
    send(c, 0);
}

static void loop(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, N | W, 1);
    describe(c, 1, 64, N | W, 0);
    send(c, 0);
}

static void wrong_head(struct craft *c)
{
    up_with(c, FEATURE_IN_ORDER);
    describe(c, 0, 64, W, 0);
    describe(c, 2, 64, W, 0);
    send(c, 0);
    send(c, 2);
}

static void wrong_after_last(struct craft *c)
{
    unsigned i;

    up_with(c, FEATURE_IN_ORDER);
    for (i = 0; i < 16; i++)
        describe(c, i, 64, i < 15 ? W : N | W, 1);
    for (i = 0; i < 16; i++)
        send(c, i);
}

static void wrong_neighbour(struct craft *c)
{
    up_with(c, FEATURE_IN_ORDER);
    describe(c, 0, 64, N | W, 2);
    describe(c, 2, 64, W, 0);
    send(c, 0);
}

static void empty(struct craft *c)
{
    craft_up(c, 0);
    craft_describe(c, craft_area(0, CRAFT_TABLE), 0, 0, 0, 0, 0);
    send(c, 0);
}

static void no_room_for_it(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, 0, 0);
    send(c, 0);
}

/* ---- Indirect tables [2.7.5.3] ---- */

static void odd_table(struct craft *c)
{
    craft_up(c, FEATURE_INDIRECT);
    name_table(c, 24, 0);
    entry(c, 0, 64, W, 0);
    send(c, 0);
}

static void beyond_its_table(struct craft *c)
{
    craft_up(c, FEATURE_INDIRECT);
    name_table(c, 32, 0);
    entry(c, 0, 64, N | W, 2);
    send(c, 0);
}

static void loop_inside(struct craft *c)
{
    craft_up(c, FEATURE_INDIRECT);
    name_table(c, 32, 0);
    entry(c, 0, 64, N | W, 1);
    entry(c, 1, 64, N | W, 0);
    send(c, 0);
}

static void table_nowhere(struct craft *c)
{
    craft_up(c, FEATURE_INDIRECT);
    craft_describe(c, craft_area(0, CRAFT_TABLE), 0, 0x1000, 16, CRAFT_INDIRECT, 0);
    send(c, 0);
}

static void writable_table(struct craft *c)
{
    craft_up(c, FEATURE_INDIRECT);
    name_table(c, 16, W);
    entry(c, 0, 64, W, 0);
    send(c, 0);
}

static void not_accepted(struct craft *c)
{
    craft_up(c, 0);
    name_table(c, 16, 0);
    entry(c, 0, 64, W, 0);
    send(c, 0);
}

static void table_in_a_table(struct craft *c)
{
    craft_up(c, FEATURE_INDIRECT);
    name_table(c, 32, 0);
    craft_describe(c, craft_area(0, CRAFT_INNER), 0, craft_area(0, CRAFT_INNER) + 16, 16,
                   CRAFT_INDIRECT, 0);
    entry(c, 1, 64, W, 0);
    send(c, 0);
}

static void long_table(struct craft *c)
{
    unsigned i;

    craft_up(c, FEATURE_INDIRECT);
    name_table(c, 17 * 16, 0);
    for (i = 0; i < 17; i++)
        entry(c, i, 64, i < 16 ? N | W : W, i + 1);
    send(c, 0);
}

static void goes_on(struct craft *c)
{
    craft_up(c, FEATURE_INDIRECT);
    name_table(c, 16, N);
    entry(c, 0, 64, W, 0);
    describe(c, 1, 64, W, 0);
    send(c, 0);
}

static void wrong_neighbour_inside(struct craft *c)
{
    up_with(c, FEATURE_IN_ORDER | FEATURE_INDIRECT);
    name_table(c, 48, 0);
    entry(c, 0, 64, N | W, 2);
    entry(c, 2, 64, W, 0);
    send(c, 0);
}

/* ---- What is in flight: a console to which nobody types ---- */

static void table_changes(struct craft *c)
{
    craft_up(c, FEATURE_INDIRECT);
    name_table(c, 16, 0);
    entry(c, 0, 64, W, 0);
    send(c, 0);
    entry(c, 0, 32, W, 0);
    craft_notify(c, 0);
}

static void chain_changes(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    send(c, 0);
    describe(c, 0, 32, W, 0);
    craft_reset(c);
}

/* The host does not read, so a text waits in its buffer. */
static void print(struct craft *c, unsigned head, uint64_t at)
{
    memcpy(craft_at(c, at), "Hello", 5);
    craft_describe(c, craft_area(1, CRAFT_TABLE), head, at, 5, 0, 0);
    craft_offer(c, 1, head);
    craft_notify(c, 1);
}

static void text_changes(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    send(c, 0);
    ours_pause(&c->o, 0, 3);
    print(c, 0, CRAFT_BUFFERS + 64);
    memcpy(craft_at(c, CRAFT_BUFFERS + 64), "World", 5);
    craft_notify(c, 1);
}

static void twice(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    send(c, 0);
    send(c, 0);
}

static void shared(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    describe(c, 1, 64, N | W, 0);
    send(c, 0);
    send(c, 1);
}

/* A buffer may be read twice; where one is filled nothing else is out. */
static void one_text_twice(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    send(c, 0);
    ours_pause(&c->o, 0, 3);
    print(c, 0, CRAFT_BUFFERS + 64);
    print(c, 1, CRAFT_BUFFERS + 64);
}

static void input_where_text_was(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    describe(c, 1, 64, W, 0);
    send(c, 0);
    print(c, 0, CRAFT_BUFFERS + 64);
    send(c, 1);
}

static void two_meet(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    describe(c, 1, 64, W, 0);
    send(c, 1);
    describe(c, 0, 65, W, 0);
    send(c, 0);
}

static void text_is_filled(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    send(c, 0);
    ours_pause(&c->o, 0, 3);
    print(c, 0, CRAFT_BUFFERS + 60);
}

/* What is written goes to a part of a queue, up to its last two bytes or from its end on. */
static void write_to(struct craft *c, uint64_t at)
{
    craft_up(c, 0);
    craft_describe(c, craft_area(0, CRAFT_TABLE), 0, at, 8, W, 0);
    send(c, 0);
}

static void into_the_table(struct craft *c)
{
    write_to(c, craft_area(0, CRAFT_TABLE) + 16 * 15);
}

static void into_used_event(struct craft *c)
{
    write_to(c, craft_area(0, CRAFT_AVAILABLE) + 4 + 2 * CRAFT_SIZE);
}

static void into_another_queue(struct craft *c)
{
    write_to(c, craft_area(1, CRAFT_USED) - 7);
}

static void between_the_rings(struct craft *c)
{
    write_to(c, craft_area(0, CRAFT_TABLE) + 16 * CRAFT_SIZE);
    craft_describe(c, craft_area(0, CRAFT_TABLE), 0, craft_area(0, CRAFT_USED) - 8, 8, W, 0);
    send(c, 0);
}

/* ---- The available ring [2.7.6] ---- */

static void wrong_place(struct craft *c)
{
    craft_up(c, 0);
    requests(c, 3);
    describe(c, 1, 64, W, 0);
    store_le16(half(c, CRAFT_AVAILABLE, 4 + 2 * 5), 1);
    set_idx(c, 4);
}

/* The device ignores that it is enabled again, and so goes on. */
static void head_too_big_later(struct craft *c)
{
    craft_up(c, 0);
    requests(c, 1);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_put(c, REG_QUEUE_ENABLE, 1);
    send(c, CRAFT_SIZE);
}

static void head_too_big(struct craft *c)
{
    craft_up(c, 0);
    send(c, CRAFT_SIZE);
}

static void backwards(struct craft *c)
{
    craft_up(c, 0);
    requests(c, 20);
    set_idx(c, 18);
}

static void modulo_size(struct craft *c)
{
    craft_up(c, 0);
    requests(c, 15);
    set_idx(c, 16 % CRAFT_SIZE);
}

static void big_endian(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    set_idx(c, 0x0100);
}

static void writes_used_idx(struct craft *c)
{
    craft_up(c, 0);
    requests(c, 2);
    store_le16(half(c, CRAFT_USED, 2), 0);
    craft_get(c, REG_STATUS);
}

static void overfull(struct craft *c)
{
    craft_up(c, 0);
    requests(c, 1);
    set_idx(c, 2 + CRAFT_SIZE);
}

/* ---- Notifications [2.7.7] [2.7.10] [2.9] ---- */

static void flag_2(struct craft *c)
{
    craft_up(c, 0);
    store_le16(half(c, CRAFT_AVAILABLE, 0), 2);
    requests(c, 1);
}

static void flag_with_events(struct craft *c)
{
    craft_up(c, FEATURE_EVENT_IDX);
    store_le16(half(c, CRAFT_AVAILABLE, 0), 1);
    requests(c, 1);
}

static void told_though_not_wanted(struct craft *c)
{
    craft_up(c, 0);
    store_le16(half(c, CRAFT_USED, 0), 1);
    craft_get(c, REG_STATUS);
    requests(c, 1);
}

static void never_told(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    craft_offer(c, 0, 0);
    wait_long(c);
}

/* It looks twice, and gives up. */
static void gives_up(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    craft_offer(c, 0, 0);
    craft_get(c, REG_STATUS);
    craft_get(c, REG_STATUS);
    craft_reset(c);
}

/* It looks at used.idx for ever, and at no register. */
static void polls_memory(struct craft *c)
{
    craft_up(c, 0);
    describe(c, 0, 64, W, 0);
    craft_offer(c, 0, 0);
}

static void never_told_of_event(struct craft *c)
{
    craft_up(c, FEATURE_EVENT_IDX);
    requests(c, 3);
    craft_offer(c, 0, 0);
    wait_long(c);
}

static void obeys_the_flag(struct craft *c)
{
    craft_up(c, FEATURE_EVENT_IDX);
    store_le16(half(c, CRAFT_USED, 0), 1);
    describe(c, 0, 64, W, 0);
    craft_offer(c, 0, 0);
    wait_long(c);
}

static void told_without_event(struct craft *c)
{
    craft_up(c, FEATURE_EVENT_IDX);
    store_le16(half(c, CRAFT_USED, 4 + 8 * CRAFT_SIZE), 7);
    craft_get(c, REG_STATUS);
    requests(c, 1);
}

static void event_at_the_wrap(struct craft *c)
{
    craft_up(c, FEATURE_EVENT_IDX);
    requests(c, 65535);
    describe(c, 0, 64, W, 0);
    describe(c, 1, 64, W, 0);
    craft_offer(c, 0, 0);
    craft_offer(c, 0, 1);
    wait_long(c);
}

static void no_data(struct craft *c)
{
    up_with(c, FEATURE_NOTIFICATION_DATA);
    describe(c, 0, 64, W, 0);
    send(c, 0);
}

static void no_such_queue(struct craft *c)
{
    craft_up(c, 0);
    craft_notify(c, 3);
}

/* ---- Setting up [2.6.1] [2.7] ---- */

static void set_up(struct craft *c, unsigned queue, unsigned size, uint64_t table,
                   uint64_t available, uint64_t used)
{
    craft_put(c, REG_QUEUE_SELECT, queue);
    if (c->mmio)
        craft_get(c, REG_QUEUE_ENABLE);
    craft_get(c, REG_QUEUE_MAX);
    craft_put(c, REG_QUEUE_SIZE, size);
    craft_put(c, REG_QUEUE_DESC, table);
    craft_put(c, REG_QUEUE_DRIVER, available);
    craft_put(c, REG_QUEUE_DEVICE, used);
    craft_put(c, REG_QUEUE_ENABLE, 1);
}

enum { AT = CRAFT_RAM + 0x200000, ROOM = 0x10000 };

static void begin(struct craft *c)
{
    memset(craft_at(c, AT), 0, ROOM);
    craft_find(c);
    craft_begin(c);
    craft_features(c, 0);
}

/* Up to the one queue of the entropy device, which lies there. */
static void place(struct craft *c, uint64_t table, uint64_t available, uint64_t used)
{
    begin(c);
    set_up(c, 0, CRAFT_SIZE, table, available, used);
}

static void out_of_ram(struct craft *c)
{
    place(c, AT, AT + 0x4000, CRAFT_RAM + MEMORY_BYTES - 4);
}

static void short_table(struct craft *c)
{
    place(c, AT, AT + 16 * CRAFT_SIZE - 16, AT + 0x8000);
}

static void without_used_event(struct craft *c)
{
    place(c, AT, AT + 0x4000, AT + 0x4000 + 4 + 2 * CRAFT_SIZE);
}

static void without_avail_event(struct craft *c)
{
    place(c, AT + 8 * CRAFT_SIZE, AT + 0x4000, AT);
}

static void odd_size(struct craft *c)
{
    begin(c);
    set_up(c, 0, 12, AT, AT + 0x4000, AT + 0x8000);
}

static void huge_size(struct craft *c)
{
    begin(c);
    set_up(c, 0, c->mmio ? 65536 : 40000, AT, AT + 0x4000, AT + 0x8000);
}

static void odd_table_address(struct craft *c)
{
    place(c, AT + 8, AT + 0x4000, AT + 0x8000);
}

static void odd_available_address(struct craft *c)
{
    place(c, AT, AT + 0x4001, AT + 0x8000);
}

static void odd_used_address(struct craft *c)
{
    place(c, AT, AT + 0x4000, AT + 0x8002);
}

static void starts_at(struct craft *c, uint64_t at)
{
    begin(c);
    store_le16(craft_at(c, at), 1);
    set_up(c, 0, CRAFT_SIZE, AT, AT + 0x4000, AT + 0x8000);
}

static void avail_idx_is_1(struct craft *c)
{
    starts_at(c, AT + 0x4002);
}

static void used_idx_is_1(struct craft *c)
{
    starts_at(c, AT + 0x8002);
}

static void used_flags_is_1(struct craft *c)
{
    starts_at(c, AT + 0x8000);
}

/* ---- The reset of one queue [2.6.1] ---- */

static void reset_queue(struct craft *c, unsigned reads)
{
    up_with(c, FEATURE_RING_RESET);
    requests(c, 1);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_put(c, REG_QUEUE_RESET, 1);
    while (reads--)
        craft_get(c, REG_QUEUE_RESET);
}

static void again(struct craft *c)
{
    reset_queue(c, 1);
    craft_queue(c, 0, CRAFT_SIZE);
    requests(c, 3);
}

static void impatient(struct craft *c)
{
    reset_queue(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
}

/* Without waiting it clears the ring, as one who watches each store can see. */
static void clears_too_early(struct craft *c)
{
    reset_queue(c, 0);
    lint_store(&c->o.lint, craft_area(0, CRAFT_AVAILABLE) + 2, 2, 0, false);
    store_le16(half(c, CRAFT_AVAILABLE, 2), 0);
    craft_get(c, REG_QUEUE_RESET);
    craft_queue(c, 0, CRAFT_SIZE);
}

static void goes_on_counting(struct craft *c)
{
    reset_queue(c, 1);
    set_up(c, 0, CRAFT_SIZE, craft_area(0, CRAFT_TABLE), craft_area(0, CRAFT_AVAILABLE),
           craft_area(0, CRAFT_USED));
}

static void half_anew(struct craft *c)
{
    reset_queue(c, 1);
    memset(craft_at(c, craft_area(0, CRAFT_TABLE)), 0, 0x10000);
    craft_put(c, REG_QUEUE_DESC, craft_area(0, CRAFT_TABLE));
    craft_put(c, REG_QUEUE_DRIVER, craft_area(0, CRAFT_AVAILABLE));
    craft_put(c, REG_QUEUE_DEVICE, craft_area(0, CRAFT_USED));
    craft_put(c, REG_QUEUE_ENABLE, 1);
}

/* Where virtio-mmio has a sentence of its own about the same, it speaks, too. */
static const struct craft_row rows[] = {
    { NULL, "requests and answers", A_RNG, ON_BOTH, all_right, NULL, false },
    { NULL, "one notification for five requests", A_RNG, ON_BOTH, batch, NULL, false },
    { NULL, "buffers come back between two accesses", A_CONSOLE, ON_BOTH, receive, NULL, false },
    { NULL, "indirect tables", A_RNG, ON_BOTH, tables, NULL, false },
    { NULL, "descriptors in their order", A_RNG, ON_BOTH, in_order, NULL, false },
    { NULL, "used.flags is 1: no notification", A_RNG, ON_BOTH, is_not_told, NULL, false },
    { NULL, "used.flags changes before it", A_RNG, ON_BOTH, changes_its_mind, NULL, false },
    { NULL, "notifications as avail_event says", A_RNG, ON_BOTH, events, NULL, false },
    { NULL, "a notification with data", A_RNG, ON_BOTH, notification_data, NULL, false },
    { NULL, "eight small buffers", A_RNG, ON_BOTH, some_small_ones, NULL, false },
    { NULL, "buffers between the rings", A_RNG, ON_BOTH, between_the_rings, NULL, false },
    { NULL, "input where a text was", A_CONSOLE, ON_BOTH, input_where_text_was, NULL, false },
    { NULL, "a text that is sent twice", A_CONSOLE, ON_BOTH, one_text_twice, NULL, false },
    { NULL, "a queue is reset and set up anew", A_RNG, ON_PCI, again, NULL, false },

    /* the transports' chapters say some of it, too */
    { "INF-QUEUE-02", "notifies queue 3 of 1", A_RNG, ON_BOTH, no_such_queue,
      "INF-PCI-17 INF-MMIO-14", false },
    { "QUEUE-01", "does not wait for a queue's reset", A_RNG, ON_PCI, impatient,
      "PCI-20 INF-PCI-16", false },
    { "QUEUE-02", "clears a ring under reset", A_RNG, ON_PCI, clears_too_early, "INF-PCI-34",
      false },
    { "INF-QUEUE-03", "enabled again with idx 1", A_RNG, ON_PCI, goes_on_counting, "INF-PCI-34",
      false },
    { "QUEUE-03", "enabled again without its size", A_RNG, ON_PCI, half_anew, NULL, false },
    { "INF-SPLIT-01", "a used ring over the end of RAM", A_RNG, ON_BOTH, out_of_ram, NULL, false },
    { "INF-SPLIT-02", "a table one entry short", A_RNG, ON_BOTH, short_table, NULL, false },
    { "INF-SPLIT-02", "a buffer in the table", A_RNG, ON_BOTH, into_the_table, NULL, false },
    { "INF-SPLIT-03", "a buffer in the available ring", A_RNG, ON_BOTH, into_used_event, NULL,
      false },
    { "INF-SPLIT-04", "a buffer in another used ring", A_CONSOLE, ON_BOTH, into_another_queue,
      NULL, false },
    { "INF-SPLIT-03", "no room for used_event", A_RNG, ON_BOTH, without_used_event, NULL, false },
    { "INF-SPLIT-04", "no room for avail_event", A_RNG, ON_BOTH, without_avail_event, NULL, false },
    { "INF-SPLIT-05", "12 descriptors", A_RNG, ON_BOTH, odd_size, "PCI-16", false },
    { "INF-SPLIT-06", "more than 32768 descriptors", A_RNG, ON_BOTH, huge_size,
      "PCI-16 INF-PCI-14 MMIO-14", false },
    { "SPLIT-01", "a table at 8 modulo 16", A_RNG, ON_BOTH, odd_table_address, NULL, false },
    { "SPLIT-02", "an odd available ring", A_RNG, ON_BOTH, odd_available_address, NULL, false },
    { "SPLIT-03", "a used ring at 2 modulo 4", A_RNG, ON_BOTH, odd_used_address, NULL, false },
    { "INF-SPLIT-07", "sets used.idx back", A_RNG, ON_BOTH, writes_used_idx, NULL, false },
    { "INF-SPLIT-08", "avail.idx in big-endian", A_RNG, ON_BOTH, big_endian, NULL, false },
    { "QUEUE-04", "a readable buffer comes last", A_RNG, ON_BOTH, readable_last, NULL, false },
    { "QUEUE-04", "the same in a table", A_RNG, ON_BOTH, readable_last_inside, NULL, false },
    { "QUEUE-05", "12 buffers of 8 bytes", A_RNG, ON_BOTH, tiny_ones, NULL, false },
    { "INF-SPLIT-09", "a buffer outside RAM", A_RNG, ON_BOTH, nowhere, NULL, false },
    { "INF-SPLIT-09", "a buffer over the end of RAM", A_RNG, ON_BOTH, over_the_end, NULL, false },
    { "INF-SPLIT-10", "next is 16 of 16", A_RNG, ON_BOTH, next_too_big, NULL, false },
    { "INF-SPLIT-11", "flag 8", A_RNG, ON_BOTH, foreign_flag, NULL, false },
    { "INF-SPLIT-12", "head 2 after head 0", A_RNG, ON_BOTH, wrong_head, NULL, false },
    { "SPLIT-04", "a chain of 4.7 GiB", A_RNG, ON_BOTH, too_many_bytes, NULL, false },
    { "SPLIT-05", "a chain that is a loop", A_RNG, ON_BOTH, loop, NULL, false },
    { "SPLIT-06", "15, then 1", A_RNG, ON_BOTH, wrong_after_last, NULL, false },
    { "SPLIT-07", "0, then 2", A_RNG, ON_BOTH, wrong_neighbour, NULL, false },
    { "INF-INDIR-01", "a table of 24 bytes", A_RNG, ON_BOTH, odd_table, NULL, false },
    { "INF-INDIR-02", "entry 2 of 2", A_RNG, ON_BOTH, beyond_its_table, NULL, false },
    /* A loop in a table is one in its chain. */
    { "INF-INDIR-03", "a loop in a table", A_RNG, ON_BOTH, loop_inside, "SPLIT-05", false },
    { "INF-INDIR-04", "a table changes too early", A_CONSOLE, ON_BOTH, table_changes, "INIT-36",
      false },
    { "INF-INDIR-05", "a table outside RAM", A_RNG, ON_BOTH, table_nowhere, NULL, false },
    { "INF-INDIR-06", "INDIRECT and WRITE", A_RNG, ON_BOTH, writable_table, NULL, false },
    { "INDIR-01", "a table, and no INDIRECT_DESC", A_RNG, ON_BOTH, not_accepted, NULL, false },
    { "INDIR-02", "a table in a table", A_RNG, ON_BOTH, table_in_a_table, NULL, false },
    { "INDIR-03", "a table of 17, a queue of 16", A_RNG, ON_BOTH, long_table, NULL, false },
    /* What goes on after a table is what INDIRECT and NEXT together say. */
    { "INDIR-04", "INDIRECT and NEXT", A_RNG, ON_BOTH, goes_on, "INF-INDIR-07", false },
    { "INF-INDIR-07", "a chain after its table", A_RNG, ON_BOTH, goes_on, "INDIR-04", false },
    { "INDIR-05", "entry 0, then 2", A_RNG, ON_BOTH, wrong_neighbour_inside, NULL, false },
    { "INF-SPLIT-13", "avail.idx starts with 1", A_RNG, ON_BOTH, avail_idx_is_1,
      "INF-PCI-34 INF-MMIO-13", false },
    { "INF-SPLIT-14", "a head at the wrong place", A_RNG, ON_BOTH, wrong_place, NULL, false },
    { "INF-SPLIT-15", "head 16 of 16", A_RNG, ON_BOTH, head_too_big, NULL, false },
    { "INF-SPLIT-15", "the same, enabled twice", A_RNG, ON_BOTH, head_too_big_later, "INIT-31",
      false },
    { "SPLIT-08", "avail.idx 20, then 18", A_RNG, ON_BOTH, backwards, NULL, false },
    { "SPLIT-09", "avail.flags is 2", A_RNG, ON_BOTH, flag_2, NULL, false },
    { "EVIDX-01", "avail.flags is 1", A_RNG, ON_BOTH, flag_with_events, NULL, false },
    { "INF-SPLIT-17", "used.idx starts with 1", A_RNG, ON_BOTH, used_idx_is_1,
      "INF-PCI-34 INF-MMIO-13", false },
    { "SPLIT-13", "used.flags starts with 1", A_RNG, ON_BOTH, used_flags_is_1,
      "INF-PCI-34 INF-MMIO-13", false },
    { "SPLIT-15", "notifies though asked not to", A_RNG, ON_BOTH, told_though_not_wanted, NULL,
      false },
    { "SPLIT-16", "waits and never notifies", A_RNG, ON_BOTH, never_told, NULL, false },
    { "SPLIT-16", "polls and never notified", A_RNG, ON_BOTH, polls_memory, NULL, false },
    { "SPLIT-16", "gives up and never notified", A_RNG, ON_BOTH, gives_up, NULL, false },
    /* The notification that did not come is how one sees what the driver looked at, */
    { "EVIDX-02", "obeys used.flags", A_RNG, ON_BOTH, obeys_the_flag, "EVIDX-03", false },
    { "EVIDX-03", "waits and never notifies", A_RNG, ON_BOTH, never_told_of_event, NULL, false },
    { "EVIDX-04", "notifies without avail_event", A_RNG, ON_BOTH, told_without_event, NULL, false },
    /* and how it compared. */
    { "INF-EVIDX-05", "avail_event 65535 is passed", A_RNG, ON_BOTH, event_at_the_wrap, "EVIDX-03",
      false },
    { "INF-SPLIT-20", "a head that is out", A_CONSOLE, ON_BOTH, twice, NULL, false },
    /* and with it its buffer */
    { "INF-SPLIT-20", "a descriptor that is out", A_CONSOLE, ON_BOTH, shared, "INF-SPLIT-28",
      false },
    { "INF-SPLIT-21", "17 chains of 16", A_RNG, ON_BOTH, overfull, NULL, false },
    { "INF-SPLIT-25", "an empty chain", A_RNG, ON_BOTH, empty, NULL, false },
    { "INF-SPLIT-26", "nowhere to write to", A_RNG, ON_BOTH, no_room_for_it, NULL, false },
    /* Who goes back to 0 at the queue's size goes backwards. */
    { "INF-SPLIT-27", "avail.idx 15, then 0", A_RNG, ON_BOTH, modulo_size, "SPLIT-08", false },
    /* [3.3.1] says it of all that describes a buffer. */
    { "INF-SPLIT-28", "a chain changes too early", A_CONSOLE, ON_BOTH, chain_changes, "INIT-36",
      false },
    { "INIT-36", "a chain changes too early", A_CONSOLE, ON_BOTH, chain_changes, "INF-SPLIT-28",
      false },
    { "INF-SPLIT-28", "a text changes too early", A_CONSOLE, ON_BOTH, text_changes, NULL, false },
    { "INF-SPLIT-28", "two buffers share a byte", A_CONSOLE, ON_BOTH, two_meet, NULL, false },
    { "INF-SPLIT-28", "a text where input goes", A_CONSOLE, ON_BOTH, text_is_filled, NULL, false },
    { "INF-QUEUE-04", "a notification without data", A_RNG, ON_BOTH, no_data, "PCI-33", false },
};

int main(void)
{
    tap_begin(60);
    craft_play(rows, sizeof rows / sizeof *rows);
    return tap_end();
}
