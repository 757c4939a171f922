/* bus.h - what answers when the guest touches an address that is not RAM.
 *
 * An access that a virtual CPU cannot finish by itself arrives here with its address and width, and
 * goes to the one range that holds it. Ranges do not overlap. What nobody answers reads as all ones
 * and swallows writes, as a real bus does; the first time at each address it is said.
 */
#ifndef VMM_BUS_H
#define VMM_BUS_H

#include <stdbool.h>
#include <stdint.h>

struct bus_range {
    const char *name;                   /* "pci window", "virtio-mmio slot 2" */
    uint64_t    base, bytes;
    void       *owner;                  /* given to read and write, with the offset in the range */
    uint64_t  (*read)(void *owner, uint64_t offset, unsigned width);
    void      (*write)(void *owner, uint64_t offset, unsigned width, uint64_t value);
};

enum { BUS_RANGES = 48, BUS_UNMAPPED = 64 };

struct bus {
    struct bus_range range[BUS_RANGES];
    unsigned         count;
    uint64_t         unmapped[BUS_UNMAPPED];    /* addresses that were spoken of already */
    unsigned         unmapped_count;
    uint64_t         accesses;
    uint64_t         last;                      /* the address touched last */

    /* Sees each access in the width that the guest used: a write before it happens, a read once its
     * value is known. May be null. */
    void (*watch)(void *watcher, uint64_t address, unsigned width, bool is_write, uint64_t value);
    void  *watcher;
};

/* False (and said) if there is no room, or if it overlaps another: a mistake of ours. */
bool     bus_add(struct bus *b, const struct bus_range *range);

/* Width is 1, 2, 4 or 8. Eight bytes are two registers of four: the lower one first. */
uint64_t bus_read(struct bus *b, uint64_t address, unsigned width);
void     bus_write(struct bus *b, uint64_t address, unsigned width, uint64_t value);

/* Says that nothing answers there, "read" or "write", once per address. For a range with holes. */
void     bus_nobody(struct bus *b, uint64_t address, unsigned width, const char *what);

#endif
