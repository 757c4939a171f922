/* console.c - rules of VirtIO 1.3, 5.3: ports, their queues, and messages about them. */
#include "monitor.h"

#include <stddef.h>

static const struct lint_rule rules[] = {
    { "INF-CONSOLE-01", "5.3.2", "must", "without MULTIPORT there are queues 0 and 1 alone" },
    { "INF-CONSOLE-02", "5.3.4", "must", "a field is used only with the feature it belongs to" },
    { "INF-CONSOLE-03", "5.3.4", "must", "cols and rows have 16 bits, the other fields 32" },
    { "INF-CONSOLE-04", "5.3.5", "must", "emerg_wr, if it is offered, takes one character a time" },
    { "INF-CONSOLE-05", "5.3.5", "must", "the receive queue is given buffers" },
    { "INF-CONSOLE-06", "5.3.5", "must", "with MULTIPORT there are 2 * (max_nr_ports + 1) queues" },
    { "INF-CONSOLE-07", "5.3.5", "must", "a port is ready after its queues are" },
    { "INF-CONSOLE-10", "5.3.6", "must", "cols and rows are read again when they changed" },
    { "CONSOLE-01", "5.3.6.1", "MUST NOT", "a receive queue holds device-writable buffers only" },
    { "CONSOLE-02", "5.3.6.1", "MUST NOT", "a transmit queue holds device-readable buffers only" },
    { "INF-CONSOLE-11", "5.3.6.2", "must", "a control message is 8 bytes" },
    { "INF-CONSOLE-12", "5.3.6.2", "must", "DEVICE_READY and PORT_READY have value 1 or 0" },
    { "INF-CONSOLE-13", "5.3.6.2", "must", "a driver sends events 0, 3 and 6" },
    { "INF-CONSOLE-14", "5.3.6.2", "must", "a port that is added is answered with PORT_READY" },
    { "INF-CONSOLE-15", "5.3.6.2", "must", "a control buffer has room for 8 bytes and a size" },
    { "CONSOLE-03", "5.3.6.2.2", "MUST", "with MULTIPORT a driver says DEVICE_READY" },
    { "CONSOLE-05", "5.3.6.2.2", "MUST", "a port named as console is answered with PORT_OPEN" },
    { "CONSOLE-06", "5.3.6.2.2", "MUST", "the PORT_OPEN that answers has value 1" },
    { .id = NULL },
};

enum { HAS_SIZE = 1, HAS_MULTIPORT = 2, HAS_EMERGENCY = 4 };                    /* [5.3.3] */
enum { MAX_PORTS = 4, EMERGENCY = 8 };                                          /* [5.3.4] */
enum { INPUT, OUTPUT, CONTROL_INPUT, CONTROL_OUTPUT };                          /* [5.3.2] */
enum { DEVICE_READY, DEVICE_ADD, DEVICE_REMOVE, PORT_READY, CONSOLE_PORT, RESIZE, PORT_OPEN };
enum { MESSAGE = 8, SIZE = 4, PORTS = 32 };

/* What is remembered of a console. */
struct console {
    uint32_t looked;                    /* the generation of cols and rows when they were read, */
    uint32_t told;                      /* and of the last change that the driver heard of */
    bool     is_greeted;                /* DEVICE_READY was sent */
    unsigned filled;                    /* queues that got a buffer, a bit each */
    uint32_t added, named;              /* ports whose PORT_READY, PORT_OPEN is due, a bit each */
    uint64_t message[VIRTQUEUE_MAX];    /* where the buffers of the control input queue are, in */
                                        /* which a message is one piece; no address: of others */
};

/* ---- Setting it up [5.3.2] [5.3.4] [5.3.5] --------------------------------------------------- */

/* A driver may look before it says what it accepts, and write emerg_wr without ever saying. */
static void use_field(struct lint_device *d, struct console *c, const struct lint_access *a)
{
    const struct vdev *v = d->vdev;
    const unsigned feature = a->offset < MAX_PORTS ? HAS_SIZE
                           : a->offset < EMERGENCY ? HAS_MULTIPORT : HAS_EMERGENCY;
    const bool is_chosen = (v->status & STATUS_FEATURES_OK) && feature != HAS_EMERGENCY;
    const bool is_text = a->value <= 0xff && (v->offered & HAS_EMERGENCY);

    ASKF(d, (is_chosen ? v->accepted : v->offered) & feature, "INF-CONSOLE-02", "at %u", a->offset);
    ASKF(d, a->is_exact, "INF-CONSOLE-03", "%u bytes at %u", a->width, a->offset);
    ASK(d, feature != HAS_EMERGENCY || !a->is_write || is_text, "INF-CONSOLE-04");
    if (feature == HAS_SIZE && !a->is_write)
        c->looked = v->generation;
}

static void begin(struct lint_device *d)
{
    const uint32_t due = 2 * (load_le32(d->vdev->config + MAX_PORTS) + 1);
    unsigned enabled = 0;

    for (unsigned i = 0; i < VDEV_QUEUES; i++)
        enabled += d->life.queue[i].is_enabled;
    if (d->vdev->accepted & HAS_MULTIPORT)
        ASKF(d, enabled == due, "INF-CONSOLE-06", "%u of %u are enabled", enabled, due);
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    struct console *c = d->state[LINT_CONSOLE];
    const bool is_use = a->is_write && a->value && a->reg >= REG_QUEUE_SIZE && a->reg <= REG_NOTIFY;
    const bool may_be = a->queue <= OUTPUT || (d->vdev->accepted & HAS_MULTIPORT);

    if (a->reg == REG_CONFIG && a->bytes != 0)
        use_field(d, c, a);
    else if (a->is_write && a->reg == REG_STATUS && (a->value & ~d->life.status & STATUS_DRIVER_OK))
        begin(d);
    else if (is_use)
        ASKF(d, may_be, "INF-CONSOLE-01", "queue %u", a->queue);
    else if ((a->reg == REG_ACK || a->reg == REG_ISR) && (a->value & INTERRUPT_CONFIG))
        c->told = d->vdev->generation;
}

/* ---- Messages about ports [5.3.6.2] ---------------------------------------------------------- */

static uint32_t port_bit(uint32_t port)
{
    return port < PORTS ? UINT32_C(1) << port : 0;
}

static bool has_queues(const struct lint_device *d, uint32_t port)
{
    const uint64_t first = port == 0 ? INPUT : 2 * (uint64_t)port + 2;

    return first + 1 < VDEV_QUEUES && d->life.queue[first].is_enabled
        && d->life.queue[first + 1].is_enabled;
}

static void said(struct lint_device *d, struct console *c, const uint8_t *message)
{
    const uint32_t port = load_le32(message), bit = port_bit(port);
    const unsigned event = load_le16(message + 4), value = load_le16(message + 6);
    const bool is_ready = event == DEVICE_READY || event == PORT_READY, opens = event == PORT_OPEN;

    ASKF(d, is_ready || opens, "INF-CONSOLE-13", "event %u", event);
    ASKF(d, !is_ready || value <= 1, "INF-CONSOLE-12", "event %u with value %u", event, value);
    if (event == PORT_READY && value == 1)
        ASKF(d, has_queues(d, port), "INF-CONSOLE-07", "port %u", port);
    if (opens && (c->named & bit))
        ASKF(d, value == 1, "CONSOLE-06", "value %u for port %u", value, port);
    c->is_greeted |= event == DEVICE_READY;
    c->added &= event == PORT_READY ? ~bit : UINT32_MAX;
    c->named &= opens ? ~bit : UINT32_MAX;
}

/* ---- Buffers [5.3.6] ------------------------------------------------------------------------- */

static void request(struct lint_device *d, const struct lint_chain *chain)
{
    struct console *c = d->state[LINT_CONSOLE];
    const unsigned queue = chain->queue;
    const bool is_whole = chain->count > 0 && chain->at[0].bytes >= MESSAGE;
    uint8_t message[MESSAGE];

    if (!chain->is_sound)
        return;
    c->filled |= 1u << queue;
    ASK(d, queue % 2 != INPUT || chain->readable == 0, "CONSOLE-01");
    ASK(d, queue % 2 != OUTPUT || chain->writable == 0, "CONSOLE-02");
    if (queue == CONTROL_INPUT) {
        ASK(d, chain->writable >= MESSAGE + SIZE, "INF-CONSOLE-15");
        c->message[chain->head % VIRTQUEUE_MAX] = is_whole ? chain->at[0].address : UINT64_MAX;
    }
    if (queue == CONTROL_OUTPUT) {
        ASK(d, chain->readable == MESSAGE, "INF-CONSOLE-11");
        if (lint_read(d, chain, 0, message, MESSAGE) == MESSAGE)
            said(d, c, message);
    }
}

/* What the device says. */
static void answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written)
{
    struct console *c = d->state[LINT_CONSOLE];
    const uint64_t at = c->message[head % VIRTQUEUE_MAX];
    const uint8_t *message = guest_range(d->lint->memory, at, MESSAGE);
    uint32_t bit;

    if (queue != CONTROL_INPUT || written < MESSAGE || message == NULL)
        return;
    bit = port_bit(load_le32(message));
    switch (load_le16(message + 4)) {
    case DEVICE_ADD:    c->added |= bit; break;
    case CONSOLE_PORT:  c->named |= bit; break;
    case DEVICE_REMOVE: c->added &= ~bit; c->named &= ~bit; break;
    default:            break;
    }
}

/* What was left undone. Until it reads the size, a new driver knows that of its reset. */
static void over(struct lint_device *d)
{
    struct console *c = d->state[LINT_CONSOLE];
    const bool has_ports = d->vdev->accepted & HAS_MULTIPORT;
    const bool is_deaf = d->life.queue[INPUT].is_enabled && c->filled == 1u << OUTPUT;
    const bool is_stale = c->told > c->looked && (d->vdev->accepted & HAS_SIZE);

    if (d->life.status & STATUS_DRIVER_OK) {
        ASKF(d, !is_deaf, "INF-CONSOLE-05", "text was sent, and queue 0 never got one");
        ASKF(d, !has_ports || c->is_greeted, "CONSOLE-03", "none was sent");
        ASKF(d, c->named == 0, "CONSOLE-05", "ports, a bit each: 0x%x", c->named);
        ASKF(d, c->added == 0, "INF-CONSOLE-14", "ports, a bit each: 0x%x", c->added);
        ASKF(d, !is_stale, "INF-CONSOLE-10", "generation %u, read in %u", c->told, c->looked);
    }
    c->looked = d->vdev->generation;
}

const struct lint_area lint_console = {
    .name = "console", .rules = rules, .type = LINT_IS_CONSOLE, .state = sizeof(struct console),
    .kept = offsetof(struct console, told), .access = access, .request = request,
    .answer = answer, .over = over,
};
