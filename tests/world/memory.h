/* The guest's RAM as the driver under test sees it.
 *
 *        host pointers                       bus (guest physical) addresses
 *   flat       +----------------+            +----------------+ at
 *              | in one piece   | ---------> | firmware's,    |
 *              +----------------+            | then flat      |
 *                                            +----------------+
 *   scattered  | page 0, page 1 | ---------> | even pages     |
 *              | page 2, ...    |            | odd pages      |
 *              +----------------+            +----------------+
 *
 * The two sides are mapped at unrelated places, so code that mixes pointers and
 * bus addresses fails at once. In the scattered part neighbours on the left are
 * never neighbours on the right, as with any kernel that has paging on.
 *
 * What is not handed out is painted and, under ASan, poisoned: this process
 * cannot touch it, and memory_check() sees whether the device did. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>
#include <stdint.h>

enum {
    MEMORY_FIRMWARE = 2 << 20,      /* QEMU puts its device tree there */
    MEMORY_FLAT = 36 << 20,
    MEMORY_SCATTERED = 8 << 20,
    MEMORY_BYTES = MEMORY_FIRMWARE + MEMORY_FLAT + MEMORY_SCATTERED + (2 << 20)
};

typedef struct memory_area {
    unsigned char *base;
    size_t bytes, used, painted;
} memory_area;

typedef struct world_memory {
    unsigned char *firmware;
    uint64_t at;                    /* bus address of the firmware's part, if
                                       the other two followed it at once */
    size_t page;                    /* the unit of scattering */
    memory_area flat, scattered;
    struct {
        unsigned char *start;
        size_t bytes;
    } given[256];
    unsigned count;
} world_memory;

/* Maps the open file that the device shares, which the bus sees from `at` on:
 * the firmware's part from its beginning, the rest after `skip` bytes. */
void memory_open(world_memory *m, int file, uint64_t at, uint64_t skip);
void memory_close(world_memory *m);

/* Takes back everything and paints it anew. */
void memory_reset(world_memory *m);

/* Zeroed memory; `align` is a power of two, at least 8. */
void *memory_flat(world_memory *m, size_t bytes, size_t align);
void *memory_scattered(world_memory *m, size_t bytes, size_t align);

/* NULL, or the name of the area in which something outside all that was handed
 * out has changed; its first byte is `offset` bytes into the area. */
const char *memory_check(world_memory *m, size_t *offset);

/* 1 and the bus address, or 0: not guest RAM. And back: NULL if it is not. */
int memory_to_bus(const world_memory *m, const void *pointer, uint64_t *bus);
unsigned char *memory_from_bus(const world_memory *m, uint64_t bus);

/* Words of shared memory as numbers: it is little-endian [1.4], whatever we are. */
static inline uint16_t memory_half(const void *at)
{
    const uint16_t v = __atomic_load_n((const uint16_t *)at, __ATOMIC_ACQUIRE);

    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap16(v) : v;
}

static inline uint32_t memory_word(const void *at)
{
    const uint32_t v = __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);

    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap32(v) : v;
}

static inline void memory_set_half(void *at, uint16_t value)
{
    value = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap16(value) : value;
    __atomic_store_n((uint16_t *)at, value, __ATOMIC_RELEASE);
}

static inline void memory_set_word(void *at, uint32_t value)
{
    value = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap32(value) : value;
    __atomic_store_n((uint32_t *)at, value, __ATOMIC_RELEASE);
}

#endif
