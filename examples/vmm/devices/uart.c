/* uart.c - the serial ports that kernels use before they have a driver. */
#include "uart.h"

/* ---- What both have in common ---------------------------------------------------------- */

size_t uart_type(struct uart *u, const uint8_t *bytes, size_t count)
{
    size_t done = 0;

    while (done < count && u->typed_count < UART_TYPED)
        u->typed[(u->typed_start + u->typed_count++) % UART_TYPED] = bytes[done++];
    u->follow_line(u);
    return done;
}

static uint8_t take_typed(struct uart *u)
{
    uint8_t byte = u->typed[u->typed_start];

    if (u->typed_count == 0)
        return 0;
    u->typed_start = (u->typed_start + 1) % UART_TYPED;
    u->typed_count--;
    return byte;
}

/* A byte is printed as soon as it is written: there is always room for the next. */
static void print(struct uart *u, uint8_t byte)
{
    u->sink(u->context, &byte, 1);
    u->sent = true;
}

static void set_line(struct uart *u, bool high)
{
    if (u->set_line != NULL && high != u->is_high)
        u->set_line(u->context, u->line, high);
    u->is_high = high;
}

/* ---- PL011 (ARM DDI 0183): registers of 32 bits ---------------------------------------- */

enum {
    DATA = 0x00, FLAGS = 0x18, CONTROL = 0x30, MASK = 0x38, RAW_STATUS = 0x3c, MASKED_STATUS = 0x40,
    CLEAR = 0x44, PLAIN = 0x80, IDS = 0xfe0, PL011_BYTES = 0x1000
};
enum { NOTHING_TYPED = 0x10, ALL_SENT = 0x80 };
enum { RECEIVED = 1 << 4, SENT = 1 << 5, RECEIVE_TIMEOUT = 1 << 6 };

/* PeriphID0 to 3, then PCellID0 to 3: by these Linux knows it. */
static const uint8_t pl011_ids[8] = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

static uint32_t pl011_raw_status(const struct uart *u)
{
    return (u->typed_count > 0 ? RECEIVED | RECEIVE_TIMEOUT : 0u) | (u->sent ? SENT : 0u);
}

static void pl011_follow_line(struct uart *u)
{
    set_line(u, (pl011_raw_status(u) & u->registers[MASK / 4]) != 0);
}

static uint64_t pl011_read(void *owner, uint64_t offset, unsigned width)
{
    struct uart *u = owner;
    uint64_t value;

    (void)width;
    switch (offset) {
    case DATA:          value = take_typed(u); break;
    case FLAGS:         value = ALL_SENT | (u->typed_count > 0 ? 0u : NOTHING_TYPED); break;
    case RAW_STATUS:    value = pl011_raw_status(u); break;
    case MASKED_STATUS: value = pl011_raw_status(u) & u->registers[MASK / 4]; break;
    default:            value = offset >= IDS ? pl011_ids[(offset - IDS) / 4]
                              : offset < PLAIN ? u->registers[offset / 4] : 0;
    }
    pl011_follow_line(u);
    return value;
}

/* Baud rates and the like are kept to be read again, and of no effect. */
static void pl011_write(void *owner, uint64_t offset, unsigned width, uint64_t value)
{
    struct uart *u = owner;

    (void)width;
    if (offset == DATA)
        print(u, (uint8_t)value);
    else if (offset == CLEAR)
        u->sent = u->sent && !(value & SENT);
    else if (offset < PLAIN)
        u->registers[offset / 4] = (uint32_t)value;
    pl011_follow_line(u);
}

bool uart_init_pl011(struct uart *u, struct bus *b, uint64_t base)
{
    struct bus_range range = { "uart", base, PL011_BYTES, u, pl011_read, pl011_write };

    u->follow_line = pl011_follow_line;
    u->registers[CONTROL / 4] = 0x300;          /* receiver and transmitter, as after a reset */
    return bus_add(b, &range);
}

/* ---- 16550: eight registers of 8 bits -------------------------------------------------- */

enum { BUFFER, ENABLE, IDENT_OR_FIFO, LINE, MODEM, LINE_STATUS, MODEM_STATUS, SCRATCH,
       DIVISOR };                       /* in place of the first two while DLAB is set */
enum { DLAB = 0x80, FIFO_ON = 0x01, FIFOS = 0xc0, LOOP = 0x10, ALL_WELL = 0xb0 };
enum { ENABLE_RECEIVED = 1, ENABLE_SENT = 2 };
enum { NO_INTERRUPT = 0x01, BECAUSE_SENT = 0x02, BECAUSE_RECEIVED = 0x04 };
enum { READY_RECEIVED = 0x01, READY_SENT = 0x60 };

/* Why it interrupts: what was typed comes first. */
static uint8_t pc_cause(const struct uart *u)
{
    uint32_t enabled = u->registers[ENABLE];

    return (enabled & ENABLE_RECEIVED) && u->typed_count > 0 ? BECAUSE_RECEIVED
         : (enabled & ENABLE_SENT) && u->sent ? BECAUSE_SENT : NO_INTERRUPT;
}

static void pc_follow_line(struct uart *u)
{
    set_line(u, pc_cause(u) != NO_INTERRUPT);
}

/* In loop-back the outputs DTR, RTS, OUT1, OUT2 come in again as DSR, CTS, ring and carrier: so
 * drivers find out that there is a 16550. */
static uint8_t pc_modem_status(const struct uart *u)
{
    uint32_t out = u->registers[MODEM];

    return (uint8_t)(!(out & LOOP) ? ALL_WELL
                     : (out & 1) << 5 | (out & 2) << 3 | (out & 4) << 4 | (out & 8) << 4);
}

static uint8_t pc_read_ident(struct uart *u)
{
    uint8_t cause = pc_cause(u);

    if (cause == BECAUSE_SENT)
        u->sent = false;                /* reading it is the answer to it */
    return cause | (u->registers[IDENT_OR_FIFO] & FIFO_ON ? FIFOS : 0);
}

/* Which of `registers` a port leads to. */
static unsigned pc_register(const struct uart *u, unsigned port)
{
    port &= 7;
    return port <= ENABLE && (u->registers[LINE] & DLAB) ? DIVISOR + port : port;
}

uint8_t uart_16550_read(struct uart *u, unsigned port)
{
    unsigned reg = pc_register(u, port);
    uint8_t value;

    switch (reg) {
    case BUFFER:        value = take_typed(u); break;
    case IDENT_OR_FIFO: value = pc_read_ident(u); break;
    case LINE_STATUS:   value = READY_SENT | (u->typed_count > 0 ? READY_RECEIVED : 0); break;
    case MODEM_STATUS:  value = pc_modem_status(u); break;
    default:            value = (uint8_t)u->registers[reg];
    }
    pc_follow_line(u);
    return value;
}

void uart_16550_write(struct uart *u, unsigned port, uint8_t value)
{
    unsigned reg = pc_register(u, port);

    if (reg == BUFFER && !(u->registers[MODEM] & LOOP))
        print(u, value);
    u->registers[reg] = value;
    u->sent |= reg == ENABLE;           /* there is room: said anew whenever it is asked for */
    pc_follow_line(u);
}

void uart_init_16550(struct uart *u)
{
    u->follow_line = pc_follow_line;
}

/* ---- Both ------------------------------------------------------------------------------ */

bool uart_listens(const struct uart *u)
{
    if (u->follow_line == pc_follow_line)
        return (u->registers[ENABLE] & ENABLE_RECEIVED) != 0;
    return (u->registers[MASK / 4] & (RECEIVED | RECEIVE_TIMEOUT)) != 0;
}
