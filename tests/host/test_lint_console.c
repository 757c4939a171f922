/* Rules of lint/console.c: each is broken once, and named. Our console has one port; here it offers
 * MULTIPORT with its two control queues, and what it would say there is said by the test. */
#include "tests/host/craft.h"

enum { SIZE = 1, MULTIPORT = 2, EMERG_WRITE = 4 };
enum { INPUT, OUTPUT, CONTROL_INPUT, CONTROL_OUTPUT };
enum { DEVICE_READY, DEVICE_ADD, DEVICE_REMOVE, PORT_READY, CONSOLE_PORT, RESIZE, PORT_OPEN };
enum { COLS = 0, ROWS = 2, MAX_PORTS = 4, EMERGENCY = 8 };
enum { MESSAGES = CRAFT_BUFFERS + 0x1000, ROOM = 64 };

/* ---- One port ---- */

static void offer(struct craft *c, unsigned queue, unsigned head, uint32_t bytes, unsigned flags)
{
    craft_describe(c, craft_area(queue, CRAFT_TABLE), head, MESSAGES + 0x1000u * queue
                   + ROOM * head, bytes, flags, 0);
    craft_offer(c, queue, head);
    craft_notify(c, queue);
}

static void up_with_buffer(struct craft *c, uint64_t features)
{
    craft_up(c, features);
    offer(c, INPUT, 0, ROOM, CRAFT_WRITE);
}

/* Both of one generation. [2.5.1] */
static bool has_size(struct craft *c, unsigned columns, unsigned rows)
{
    unsigned is_columns, is_rows;
    uint64_t before;

    do {
        before = craft_get(c, REG_GENERATION);
        is_columns = craft_get_config(c, COLS, 2);
        is_rows = craft_get_config(c, ROWS, 2);
    } while (craft_get(c, REG_GENERATION) != before);
    return is_columns == columns && is_rows == rows;
}

static void talks(struct craft *c)
{
    up_with_buffer(c, SIZE | EMERG_WRITE);
    need(has_size(c, 80, 25), "80x25");
    craft_send(c, OUTPUT, 5, 0);
    console_type(&c->o.console[0], (const uint8_t *)"typed", 5);
    craft_set_config(c, EMERGENCY, 4, '!');
}

/* Before it says whether it takes the features, a driver may look. [3.1.1] */
static void looks_before_it_accepts(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_get_config(c, COLS, 2);
    craft_features(c, 0);
}

static void panics_before_all(struct craft *c)
{
    craft_find(c);
    craft_set_config(c, EMERGENCY, 4, '!');
}

static void never_listens(struct craft *c)
{
    craft_up(c, 0);
    craft_send(c, OUTPUT, 5, 0);
}

/* The right buffer, and in the same chain one for the other way. */
static void offer_both_ways(struct craft *c, unsigned queue)
{
    const uint64_t table = craft_area(queue, CRAFT_TABLE), at = MESSAGES + 0x1000u * queue;

    craft_describe(c, table, 0, at, ROOM, CRAFT_NEXT, 1);
    craft_describe(c, table, 1, at + ROOM, ROOM, CRAFT_WRITE, 0);
    craft_offer(c, queue, 0);
    craft_notify(c, queue);
}

static void a_readable_buffer_to_receive(struct craft *c)
{
    craft_up(c, 0);
    offer_both_ways(c, INPUT);
}

static void a_writable_buffer_to_send(struct craft *c)
{
    up_with_buffer(c, 0);
    offer_both_ways(c, OUTPUT);
}

static void a_size_that_it_did_not_accept(struct craft *c)
{
    up_with_buffer(c, 0);
    craft_get_config(c, COLS, 2);
}

static void a_size_that_is_not_offered(struct craft *c)
{
    c->device->offered &= ~(uint64_t)SIZE;
    up_with_buffer(c, 0);
    craft_get_config(c, COLS, 2);
}

static void reads_cols_and_rows_at_once(struct craft *c)
{
    up_with_buffer(c, SIZE);
    craft_get_config(c, COLS, 4);
}

static void four_characters_at_once(struct craft *c)
{
    up_with_buffer(c, EMERG_WRITE);
    craft_set_config(c, EMERGENCY, 4, 0x6b63656b);
}

static void an_emergency_that_is_not_offered(struct craft *c)
{
    c->device->offered &= ~(uint64_t)EMERG_WRITE;
    up_with_buffer(c, 0);
    craft_set_config(c, EMERGENCY, 4, '!');
}

static void a_third_queue(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_features(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 2);
    craft_put(c, REG_QUEUE_SIZE, CRAFT_SIZE);
}

static void be_resized(struct craft *c)
{
    up_with_buffer(c, SIZE);
    need(has_size(c, 80, 25), "80x25");
    console_resize(&c->o.console[0], 100, 40);
    if (c->mmio)
        craft_put(c, REG_ACK, craft_get(c, REG_ISR));
    else
        craft_peek(c, REGION_ISR, 0, 1);
}

static void hears_of_a_size_and_does_not_look(struct craft *c)
{
    be_resized(c);
    craft_send(c, OUTPUT, 5, 0);
}

static void hears_of_a_size_and_looks(struct craft *c)
{
    be_resized(c);
    need(has_size(c, 100, 40), "100x40");
}

/* ---- Several ports ---- */

static struct vdev_kind several;        /* the console's, with queues 2 and 3 */

static void allow_ports(struct craft *c, uint32_t ports)
{
    unsigned i;

    several = *c->device->kind;
    several.queues = 4;
    c->device->kind = &several;
    c->device->offered |= MULTIPORT;
    for (i = 2; i < 4; i++)
        c->device->queue[i].max = c->device->queue[i].size = several.queue_max;
    store_le32(c->device->config + MAX_PORTS, ports);
}

static void say(struct craft *c, uint32_t port, unsigned event, unsigned value)
{
    const unsigned head = c->offered[CONTROL_OUTPUT];
    uint8_t *m = craft_at(c, MESSAGES + 0x1000 * CONTROL_OUTPUT + ROOM * head);

    store_le32(m, port);
    store_le16(m + 4, (uint16_t)event);
    store_le16(m + 6, (uint16_t)value);
    offer(c, CONTROL_OUTPUT, head, 8, 0);
}

/* The device says something: into the first buffer of queue 2 that it has not used. */
static void hear(struct craft *c, uint32_t port, unsigned event, unsigned value)
{
    const unsigned head = craft_used(c, CONTROL_INPUT);
    uint8_t *m = craft_at(c, MESSAGES + 0x1000 * CONTROL_INPUT + ROOM * head);
    uint8_t *used = craft_at(c, craft_area(CONTROL_INPUT, CRAFT_USED));

    store_le32(m, port);
    store_le16(m + 4, (uint16_t)event);
    store_le16(m + 6, (uint16_t)value);
    store_le32(used + 4 + 8 * head, head);
    store_le32(used + 8 + 8 * head, 8);
    store_le16(used + 2, (uint16_t)(head + 1));
    c->device->queue[CONTROL_INPUT].next_used++;
}

static void up_with_ports(struct craft *c)
{
    allow_ports(c, 1);
    up_with_buffer(c, MULTIPORT);
    offer(c, CONTROL_INPUT, 0, ROOM, CRAFT_WRITE);
    offer(c, CONTROL_INPUT, 1, ROOM, CRAFT_WRITE);
}

static void greet(struct craft *c)
{
    up_with_ports(c);
    say(c, 0, DEVICE_READY, 1);
}

static void opens_its_port(struct craft *c)
{
    greet(c);
    hear(c, 0, DEVICE_ADD, 0);
    say(c, 0, PORT_READY, 1);
    hear(c, 0, CONSOLE_PORT, 1);
    say(c, 0, PORT_OPEN, 1);
    say(c, 0, PORT_OPEN, 0);            /* later, and not as an answer */
}

static void two_queues_are_not_four(struct craft *c)
{
    allow_ports(c, 1);
    craft_find(c);
    craft_begin(c);
    craft_features(c, MULTIPORT);
    craft_queue(c, INPUT, CRAFT_SIZE);
    craft_queue(c, OUTPUT, CRAFT_SIZE);
    craft_queue(c, CONTROL_OUTPUT, CRAFT_SIZE);
    craft_ready(c);
    say(c, 0, DEVICE_READY, 1);
}

static void a_port_without_queues_is_ready(struct craft *c)
{
    greet(c);
    say(c, 1, PORT_READY, 1);
}

static void is_not_ready(struct craft *c) { up_with_ports(c); }

static void ignores_that_a_port_is_a_console(struct craft *c)
{
    greet(c);
    hear(c, 0, CONSOLE_PORT, 1);
    craft_notify(c, CONTROL_INPUT);
}

static void closes_a_port_that_is_a_console(struct craft *c)
{
    greet(c);
    hear(c, 0, CONSOLE_PORT, 1);
    say(c, 0, PORT_OPEN, 0);
}

static void ignores_a_new_port(struct craft *c)
{
    greet(c);
    hear(c, 0, DEVICE_ADD, 0);
    craft_notify(c, CONTROL_INPUT);
}

static void a_port_comes_and_goes(struct craft *c)
{
    greet(c);
    hear(c, 0, DEVICE_ADD, 0);
    hear(c, 0, DEVICE_REMOVE, 0);
    craft_notify(c, CONTROL_INPUT);
}

/* A message in two pieces; behind the first stands what an old one said, CONSOLE_PORT. */
static void hears_in_two_pieces(struct craft *c)
{
    const uint64_t table = craft_area(CONTROL_INPUT, CRAFT_TABLE);
    const uint64_t first = MESSAGES + 0x1000 * CONTROL_INPUT, second = first + ROOM * 4;

    allow_ports(c, 1);
    up_with_buffer(c, MULTIPORT);
    craft_describe(c, table, 0, first, 4, CRAFT_WRITE | CRAFT_NEXT, 4);
    craft_describe(c, table, 4, second, ROOM, CRAFT_WRITE, 0);
    craft_offer(c, CONTROL_INPUT, 0);
    craft_notify(c, CONTROL_INPUT);
    say(c, 0, DEVICE_READY, 1);
    store_le16(craft_at(c, second), RESIZE);
    hear(c, 0, CONSOLE_PORT, 1);
    craft_notify(c, CONTROL_INPUT);
}

static void a_message_of_4_bytes(struct craft *c)
{
    greet(c);
    offer(c, CONTROL_OUTPUT, 1, 4, 0);
}

static void ready_is_2(struct craft *c)
{
    greet(c);
    say(c, 0, PORT_READY, 2);
}

static void names_a_port_itself(struct craft *c)
{
    greet(c);
    say(c, 0, CONSOLE_PORT, 1);
}

static void no_room_for_a_size(struct craft *c)
{
    greet(c);
    offer(c, CONTROL_INPUT, 2, 8, CRAFT_WRITE);
}

#define BOTH(id, name, run, also) { id, name, A_CONSOLE, ON_BOTH, run, also, false }
#define PCI(id, name, run, also)  { id, name, A_CONSOLE, ON_PCI, run, also, false }
#define SLOT(id, name, run, also) { id, name, A_CONSOLE, ON_MMIO, run, also, false }

static const struct craft_row rows[] = {
    BOTH(NULL, "text both ways, its size, an emergency", talks, NULL),
    BOTH(NULL, "looks at its size before it accepts", looks_before_it_accepts, NULL),
    BOTH(NULL, "an emergency before all", panics_before_all, NULL),
    BOTH("INF-CONSOLE-05", "no buffer to receive", never_listens, NULL),
    BOTH("CONSOLE-01", "a readable buffer to receive", a_readable_buffer_to_receive, NULL),
    BOTH("CONSOLE-02", "a writable buffer to send", a_writable_buffer_to_send, NULL),
    BOTH("INF-CONSOLE-02", "a size it did not accept", a_size_that_it_did_not_accept, NULL),
    /* A rule of all devices, too. [2.5.1] */
    BOTH("INF-CONSOLE-02", "a size not offered", a_size_that_is_not_offered, "INIT-19"),
    PCI("INF-CONSOLE-03", "cols and rows at once", reads_cols_and_rows_at_once, "PCI-05"),
    SLOT("INF-CONSOLE-03", "cols and rows at once", reads_cols_and_rows_at_once, "MMIO-06"),
    BOTH("INF-CONSOLE-04", "four characters at once", four_characters_at_once, NULL),
    /* Not its field, and not its register. */
    BOTH("INF-CONSOLE-04", "emerg_wr not offered", an_emergency_that_is_not_offered,
         "INF-CONSOLE-02 INIT-19"),
    /* Nor has the device such a queue. */
    PCI("INF-CONSOLE-01", "a third queue", a_third_queue, "INF-QUEUE-02 INF-PCI-12"),
    SLOT("INF-CONSOLE-01", "a third queue", a_third_queue, "INF-QUEUE-02 INF-MMIO-05"),
    BOTH("INF-CONSOLE-10", "ignores a new size", hears_of_a_size_and_does_not_look, "INF-PCI-35"),
    BOTH(NULL, "reads a new size", hears_of_a_size_and_looks, NULL),
    BOTH(NULL, "a port is added, named, opened", opens_its_port, NULL),
    BOTH(NULL, "a port comes and goes", a_port_comes_and_goes, NULL),
    BOTH(NULL, "a message in two pieces", hears_in_two_pieces, NULL),
    BOTH("INF-CONSOLE-06", "three queues of four", two_queues_are_not_four, NULL),
    BOTH("INF-CONSOLE-07", "a port without queues is ready", a_port_without_queues_is_ready, NULL),
    BOTH("CONSOLE-03", "never says that it is ready", is_not_ready, NULL),
    BOTH("CONSOLE-05", "ignores a console", ignores_that_a_port_is_a_console, NULL),
    BOTH("CONSOLE-06", "closes a console", closes_a_port_that_is_a_console, NULL),
    BOTH("INF-CONSOLE-14", "ignores a new port", ignores_a_new_port, NULL),
    BOTH("INF-CONSOLE-11", "a message of 4 bytes", a_message_of_4_bytes, NULL),
    BOTH("INF-CONSOLE-12", "a readiness of 2", ready_is_2, NULL),
    BOTH("INF-CONSOLE-13", "says what the device says", names_a_port_itself, NULL),
    BOTH("INF-CONSOLE-15", "no room for a size", no_room_for_a_size, NULL),
};

int main(void)
{
    tap_begin(60);
    craft_play(rows, sizeof rows / sizeof *rows);
    return tap_end();
}
