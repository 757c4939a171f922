/* v2m.c - GICv2m: a page in which the messages of PCI devices become lines of the GIC. */
#include "v2m.h"
#include "report.h"

#include <inttypes.h>

enum { TYPE = 0x008, SET_LINE = 0x040, BYTES = 0x1000 };
enum { FIRST_LINE = 32 };               /* as the GIC numbers its interrupts */

/* A message is an edge, and never taken back. */
static void v2m_write(void *owner, uint64_t offset, unsigned width, uint64_t value)
{
    const struct v2m *v = owner;
    const uint64_t line = value - FIRST_LINE;

    (void)width;
    if (offset != SET_LINE || line - v->line >= v->lines)
        return;
    v->set_line(v->context, (unsigned)line, true);
    v->set_line(v->context, (unsigned)line, false);
}

static uint64_t v2m_read(void *owner, uint64_t offset, unsigned width)
{
    const struct v2m *v = owner;

    (void)width;
    return offset == TYPE ? (v->line + FIRST_LINE) << 16 | v->lines : 0;
}

void v2m_message(void *v2m, uint64_t address, uint32_t data)
{
    struct v2m *v = v2m;

    if (address == v->base + SET_LINE)
        v2m_write(v, SET_LINE, 4, data);
    else
        report_fault("GICv2m", "a message to 0x%" PRIx64 " is lost: 0x%" PRIx64 " takes them",
                     address, v->base + SET_LINE);
}

bool v2m_init(struct v2m *v, struct bus *b, uint64_t base)
{
    const struct bus_range range = { "GICv2m", base, BYTES, v, v2m_read, v2m_write };

    v->base = base;
    return bus_add(b, &range);
}
