/* console.c - rules of VirtIO 1.3, 5.3: ports, their queues, and messages about them. */
#include "monitor.h"

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
enum { MESSAGE = 8, SIZE = 4, CONFIG_CHANGED = 2, PORTS = 32 };

/* What is remembered of a console until its reset. */
struct console {
    bool     is_greeted;                /* DEVICE_READY was sent */
    unsigned filled;                    /* queues that got a buffer, a bit each */
    uint32_t told, looked;              /* the generation of cols and rows when the driver heard */
                                        /* of a change, and when it read them */
    uint32_t added, named;              /* ports whose PORT_READY, PORT_OPEN is due, a bit each */
    uint64_t message[VIRTQUEUE_MAX];    /* where the buffers of the control input queue are */
};

static bool is_console(const struct lint_device *d)
{
    return d->vdev != NULL && d->vdev->kind->id == LINT_IS_CONSOLE;
}

static bool is_enabled(const struct vdev *v, unsigned queue)
{
    return queue < v->kind->queues && v->queue[queue].enabled;
}

/* ---- Setting it up [5.3.2] [5.3.4] [5.3.5] --------------------------------------------------- */

static void field(struct lint_device *d, struct console *c, const struct lint_access *a)
{
    const struct vdev *v = d->vdev;
    const unsigned feature = a->offset < MAX_PORTS ? HAS_SIZE
                           : a->offset < EMERGENCY ? HAS_MULTIPORT : HAS_EMERGENCY;
    const bool may_ask = !(v->status & STATUS_FEATURES_OK) || feature == HAS_EMERGENCY;

    if (!((may_ask ? v->offered : v->accepted) & feature))
        lint_say(d, "INF-CONSOLE-02", "the field at %u, without feature bit %u", a->offset,
                 feature >> 1);
    if (!a->is_exact)
        lint_say(d, "INF-CONSOLE-03", "%u bytes at %u", a->width, a->offset);
    if (a->is_write && feature == HAS_EMERGENCY && (a->value > 0xff || !(v->offered & feature)))
        lint_say(d, "INF-CONSOLE-04", "0x%x written", (unsigned)a->value);
    if (feature == HAS_SIZE && !a->is_write)
        c->looked = v->generation;
}

static void use_queue(struct lint_device *d, const struct lint_access *a)
{
    if (a->queue > OUTPUT && a->is_write && (a->value != 0 || a->reg == REG_NOTIFY)
        && !(d->vdev->accepted & HAS_MULTIPORT))
        lint_say(d, "INF-CONSOLE-01", "%s of queue %u", a->name, a->queue);
}

static void begin(struct lint_device *d)
{
    const struct vdev *v = d->vdev;
    const uint32_t due = 2 * (load_le32(v->config + MAX_PORTS) + 1);
    unsigned enabled = 0;

    for (unsigned i = 0; i < VDEV_QUEUES; i++)
        enabled += is_enabled(v, i);
    if ((v->accepted & HAS_MULTIPORT) && enabled != due)
        lint_say(d, "INF-CONSOLE-06", "DRIVER_OK with %u of %u queues", enabled, due);
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    struct console *c = d->state[LINT_CONSOLE];

    if (!is_console(d) || !a->is_decoded)
        return;
    if (a->reg == REG_CONFIG && a->bytes != 0)
        field(d, c, a);
    else if (a->reg == REG_STATUS && a->is_write
             && (a->value & ~(uint64_t)d->vdev->status & STATUS_DRIVER_OK))
        begin(d);
    else if ((a->reg >= REG_QUEUE_SIZE && a->reg <= REG_NOTIFY) && a->reg != REG_QUEUE_RESET)
        use_queue(d, a);
    else if ((a->reg == REG_ACK || a->reg == REG_ISR) && (a->value & CONFIG_CHANGED))
        c->told = d->vdev->generation;
}

/* ---- Messages about ports [5.3.6.2] ---------------------------------------------------------- */

static uint32_t port_bit(const uint8_t *message)
{
    return load_le32(message) < PORTS ? UINT32_C(1) << load_le32(message) : 0;
}

static bool has_queues(const struct vdev *v, uint32_t port)
{
    const uint64_t first = port == 0 ? INPUT : 2 * (uint64_t)port + 2;

    return first < VDEV_QUEUES && is_enabled(v, (unsigned)first)
        && is_enabled(v, (unsigned)first + 1);
}

static void said(struct lint_device *d, struct console *c, const uint8_t *message)
{
    const uint32_t port = load_le32(message), bit = port_bit(message);
    const unsigned event = load_le16(message + 4), value = load_le16(message + 6);

    if (event != DEVICE_READY && event != PORT_READY && event != PORT_OPEN)
        lint_say(d, "INF-CONSOLE-13", "event %u", event);
    if ((event == DEVICE_READY || event == PORT_READY) && value > 1)
        lint_say(d, "INF-CONSOLE-12", "event %u with value %u", event, value);
    if (event == PORT_READY && value == 1 && !has_queues(d->vdev, port))
        lint_say(d, "INF-CONSOLE-07", "port %u, whose queues are not enabled", port);
    if (event == PORT_OPEN && (c->named & bit) && value != 1)
        lint_say(d, "CONSOLE-06", "%u for port %u", value, port);
    c->is_greeted |= event == DEVICE_READY;
    c->added &= event == PORT_READY ? ~bit : UINT32_MAX;
    c->named &= event == PORT_OPEN ? ~bit : UINT32_MAX;
}

static void heard(struct console *c, const uint8_t *message)
{
    const uint32_t bit = port_bit(message);
    const unsigned event = load_le16(message + 4);

    c->added |= event == DEVICE_ADD ? bit : 0;
    c->named |= event == CONSOLE_PORT ? bit : 0;
    if (event == DEVICE_REMOVE)
        c->added &= ~bit, c->named &= ~bit;
}

/* ---- Buffers [5.3.6] ------------------------------------------------------------------------- */

static void request(struct lint_device *d, const struct lint_chain *chain)
{
    struct console *c = d->state[LINT_CONSOLE];
    const bool is_input = chain->queue % 2 == 0;
    uint8_t message[MESSAGE];

    if (!is_console(d) || !chain->is_sound)
        return;
    c->filled |= 1u << chain->queue;
    if (is_input && chain->readable > 0)
        lint_say_queue(d, chain->queue, "CONSOLE-01", "head %u, %u bytes to read", chain->head,
                       (unsigned)chain->readable);
    if (!is_input && chain->writable > 0)
        lint_say_queue(d, chain->queue, "CONSOLE-02", "head %u, %u bytes to write", chain->head,
                       (unsigned)chain->writable);
    if (chain->queue == CONTROL_INPUT && chain->writable < MESSAGE + SIZE)
        lint_say(d, "INF-CONSOLE-15", "%u bytes", (unsigned)chain->writable);
    if (chain->queue == CONTROL_INPUT && chain->head < VIRTQUEUE_MAX && chain->count > 0)
        c->message[chain->head] = chain->at[0].address;
    if (chain->queue == CONTROL_OUTPUT && chain->readable != MESSAGE)
        lint_say(d, "INF-CONSOLE-11", "%u bytes", (unsigned)chain->readable);
    if (chain->queue == CONTROL_OUTPUT && lint_read(d, chain, 0, message, MESSAGE) == MESSAGE)
        said(d, c, message);
}

static void answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written)
{
    struct console *c = d->state[LINT_CONSOLE];
    const uint8_t *message;

    if (!is_console(d) || queue != CONTROL_INPUT || head >= VIRTQUEUE_MAX || written < MESSAGE)
        return;
    message = guest_range(d->lint->memory, c->message[head], MESSAGE);
    if (message != NULL)
        heard(c, message);
}

/* ---- What was left undone -------------------------------------------------------------------- */

static void end(struct lint_device *d)
{
    const struct console *c = d->state[LINT_CONSOLE];
    const struct vdev *v = d->vdev;

    if (!is_console(d) || !(v->status & STATUS_DRIVER_OK))
        return;
    if ((v->accepted & HAS_MULTIPORT) && !c->is_greeted)
        lint_say(d, "CONSOLE-03", "none was sent");
    if (c->named != 0)
        lint_say(d, "CONSOLE-05", "ports without an answer, a bit each: 0x%x", c->named);
    if (c->added != 0)
        lint_say(d, "INF-CONSOLE-14", "ports without an answer, a bit each: 0x%x", c->added);
    if (is_enabled(v, INPUT) && c->filled == 1u << OUTPUT)
        lint_say(d, "INF-CONSOLE-05", "text was sent, and queue 0 never got one");
    if ((v->accepted & HAS_SIZE) && c->told > c->looked)
        lint_say(d, "INF-CONSOLE-10", "generation %u, read in generation %u", c->told, c->looked);
}

static void reset(struct lint_device *d)
{
    end(d);
    if (is_console(d))
        *(struct console *)d->state[LINT_CONSOLE]
            = (struct console){ .looked = d->vdev->generation };
}

const struct lint_area lint_console = {
    .name = "console", .rules = rules, .state = sizeof(struct console), .kept = sizeof(struct console),
    .access = access, .request = request, .answer = answer, .over = reset,
};
