/* memory.c - the guest's RAM, and the one way into it. */
#include "memory.h"

#include <stddef.h>

/* No sum of address and length is ever made: near the end of 64 bits it would wrap to something
 * small that looks innocent. Differences cannot, once the first comparison holds. */
uint8_t *guest_range(const struct guest_memory *m, uint64_t address, uint64_t bytes)
{
    for (unsigned i = 0; i < m->count; i++) {
        const struct guest_region *r = &m->region[i];

        if (address >= r->base && address - r->base < r->bytes
            && bytes <= r->bytes - (address - r->base))
            return r->host + (address - r->base);
    }
    return NULL;
}

/* ---- Little-endian, byte by byte: right on every host, at every address ---------------- */

uint16_t load_le16(const void *at)
{
    const uint8_t *p = at;

    return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t load_le32(const void *at)
{
    const uint8_t *p = at;

    return load_le16(p) | (uint32_t)load_le16(p + 2) << 16;
}

uint64_t load_le64(const void *at)
{
    const uint8_t *p = at;

    return load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

void store_le16(void *at, uint16_t value)
{
    uint8_t *p = at;

    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

void store_le32(void *at, uint32_t value)
{
    uint8_t *p = at;

    store_le16(p, (uint16_t)value);
    store_le16(p + 2, (uint16_t)(value >> 16));
}

void store_le64(void *at, uint64_t value)
{
    uint8_t *p = at;

    store_le32(p, (uint32_t)value);
    store_le32(p + 4, (uint32_t)(value >> 32));
}
