/* bus.c - what answers when the guest touches an address that is not RAM. */
#include "bus.h"
#include "report.h"

#include <inttypes.h>
#include <stddef.h>

bool bus_add(struct bus *b, const struct bus_range *range)
{
    if (b->count == BUS_RANGES) {
        report_fault("bus", "no room for %s: %d ranges are all there are", range->name, BUS_RANGES);
        return false;
    }
    for (unsigned i = 0; i < b->count; i++) {
        const struct bus_range *other = &b->range[i];

        if (range->base < other->base ? other->base - range->base < range->bytes
                                      : range->base - other->base < other->bytes) {
            report_fault("bus", "%s at 0x%" PRIx64 " overlaps %s at 0x%" PRIx64, range->name,
                         range->base, other->name, other->base);
            return false;
        }
    }
    b->range[b->count++] = *range;
    return true;
}

static const struct bus_range *find(const struct bus *b, uint64_t address, unsigned width)
{
    for (unsigned i = 0; i < b->count; i++) {
        const struct bus_range *r = &b->range[i];

        if (address >= r->base && address - r->base < r->bytes
            && width <= r->bytes - (address - r->base))
            return r;
    }
    return NULL;
}

/* Said once per address, and of so many addresses only: a guest that walks over all of them is
 * told the same by the first few. */
void bus_nobody(struct bus *b, uint64_t address, unsigned width, const char *what)
{
    for (unsigned i = 0; i < b->unmapped_count; i++)
        if (b->unmapped[i] == address)
            return;
    if (b->unmapped_count == BUS_UNMAPPED)
        return;
    b->unmapped[b->unmapped_count++] = address;
    report_fault("bus", "%s of %u bytes at 0x%" PRIx64 ": nothing is there%s", what, width, address,
                 b->unmapped_count < BUS_UNMAPPED ? "" : " (of other addresses no more is said)");
}

static uint64_t ones(unsigned width)
{
    return UINT64_MAX >> (64 - 8 * width);
}

static uint64_t read_part(struct bus *b, uint64_t address, unsigned width)
{
    const struct bus_range *r = find(b, address, width);

    if (r != NULL)
        return r->read(r->owner, address - r->base, width) & ones(width);
    bus_nobody(b, address, width, "read");
    return ones(width);
}

static void write_part(struct bus *b, uint64_t address, unsigned width, uint64_t value)
{
    const struct bus_range *r = find(b, address, width);

    if (r != NULL)
        r->write(r->owner, address - r->base, width, value & ones(width));
    else
        bus_nobody(b, address, width, "write");
}

static void is_touched(struct bus *b, uint64_t address, unsigned width, bool is_write,
                       uint64_t value)
{
    b->accesses++;
    b->last = address;
    if (b->watch != NULL)
        b->watch(b->watcher, address, width, is_write, value);
}

uint64_t bus_read(struct bus *b, uint64_t address, unsigned width)
{
    uint64_t value = read_part(b, address, width < 8 ? width : 4);

    if (width == 8)
        value |= read_part(b, address + 4, 4) << 32;
    is_touched(b, address, width, false, value);
    return value;
}

void bus_write(struct bus *b, uint64_t address, unsigned width, uint64_t value)
{
    is_touched(b, address, width, true, value & ones(width));
    write_part(b, address, width < 8 ? width : 4, value);
    if (width == 8)
        write_part(b, address + 4, 4, value >> 32);
}
