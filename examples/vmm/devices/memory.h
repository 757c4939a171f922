/* memory.h - the guest's RAM, and the one way into it.
 *
 *      guest physical          host
 *      base      +--------+    +--------+ host
 *                |        | -> |        |
 *                +--------+    +--------+ host + bytes
 *
 * Every address that a guest hands to a device goes through guest_range() together with its length:
 * what is not wholly inside one region is answered with a null, and nothing is touched.
 */
#ifndef VMM_MEMORY_H
#define VMM_MEMORY_H

#include <stdint.h>

struct guest_region {
    uint64_t base, bytes;
    uint8_t *host;
};

enum { GUEST_REGIONS = 4 };

struct guest_memory {
    struct guest_region region[GUEST_REGIONS];
    unsigned            count;
};

/* `bytes` of guest RAM from `address` on, or null if any of them is not RAM. No bytes at all are
 * inside as long as the address is. */
uint8_t *guest_range(const struct guest_memory *m, uint64_t address, uint64_t bytes);

/* What lies in rings, configuration and commands is little-endian [1.4], whatever the host is. */
uint16_t load_le16(const void *at);
uint32_t load_le32(const void *at);
uint64_t load_le64(const void *at);
void     store_le16(void *at, uint16_t value);
void     store_le32(void *at, uint32_t value);
void     store_le64(void *at, uint64_t value);

#endif
