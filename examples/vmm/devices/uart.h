/* uart.h - the serial ports that kernels use before they have a driver: ARM's PL011 and the PC's
 * 16550. Both only print and hear; no baud rates, no modem lines. */
#ifndef VMM_UART_H
#define VMM_UART_H

#include "bus.h"

#include <stddef.h>

enum { UART_TYPED = 256 };

struct uart {
    void   (*sink)(void *context, const uint8_t *text, size_t bytes);
    void   (*set_line)(void *context, unsigned line, bool high);   /* may be null */
    void    *context;
    unsigned line;
    bool     is_high;                   /* as last told */
    void   (*follow_line)(struct uart *u);      /* set by init: either kind's */

    uint8_t  typed[UART_TYPED];         /* typed and not read yet: a ring */
    unsigned typed_start, typed_count;
    bool     sent;                      /* "room for the next byte" is pending */
    uint32_t registers[32];             /* what the guest wrote, by register */
};

/* Before, fill in sink, set_line, context and line. */
bool     uart_init_pl011(struct uart *u, struct bus *b, uint64_t base);
void     uart_init_16550(struct uart *u);
uint8_t  uart_16550_read(struct uart *u, unsigned port);         /* 0x3f8 to 0x3ff: 0 to 7 */
void     uart_16550_write(struct uart *u, unsigned port, uint8_t value);

/* What is typed; returns how many bytes fit. */
size_t   uart_type(struct uart *u, const uint8_t *bytes, size_t count);

/* Does the guest wait for an interrupt when something is typed? */
bool     uart_listens(const struct uart *u);

#endif
