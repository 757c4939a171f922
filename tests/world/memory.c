#include "memory.h"

#include "tap.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define POISONING 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONING 1
#endif
#endif

#ifdef POISONING
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(pointer, bytes) ((void)(pointer), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(pointer, bytes) ((void)(pointer), (void)(bytes))
#endif

enum { PAINT = 0xc5, GAP = 512, MARGIN = 65536 };

static unsigned char *map(void *where, size_t bytes, int file, off_t offset)
{
    void *p = mmap(where, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | (where ? MAP_FIXED : 0),
                   file, offset);

    if (p == MAP_FAILED)
        tap_bail("mmap of guest RAM: %s", strerror(errno));
    return p;
}

/* Which page of the scattered part of RAM holds host page n: even ones first. */
static size_t scatter(size_t n, size_t pages)
{
    return n < pages / 2 ? 2 * n : 2 * (n - pages / 2) + 1;
}

static size_t gather(size_t n, size_t pages)
{
    return n % 2 ? n / 2 + pages / 2 : n / 2;
}

void memory_open(world_memory *m, int file, uint64_t at, uint64_t skip)
{
    const off_t flat_at = (off_t)skip + MEMORY_FIRMWARE, scattered_at = flat_at + MEMORY_FLAT;
    size_t pages, n;

    memset(m, 0, sizeof *m);
    m->at = at + skip;
    m->page = (size_t)sysconf(_SC_PAGESIZE);
    m->firmware = map(NULL, MEMORY_FIRMWARE, file, 0);
    m->flat.base = map(NULL, MEMORY_FLAT, file, flat_at);
    m->flat.bytes = MEMORY_FLAT;

    /* One reservation, then each of its pages from where the file has it. */
    m->scattered.base = map(NULL, MEMORY_SCATTERED, file, scattered_at);
    m->scattered.bytes = MEMORY_SCATTERED;
    pages = MEMORY_SCATTERED / m->page;
    for (n = 0; n < pages; n++)
        map(m->scattered.base + n * m->page, m->page, file,
            scattered_at + (off_t)(scatter(n, pages) * m->page));
    memory_reset(m);
}

void memory_close(world_memory *m)
{
    ASAN_UNPOISON_MEMORY_REGION(m->flat.base, m->flat.bytes);
    ASAN_UNPOISON_MEMORY_REGION(m->scattered.base, m->scattered.bytes);
    munmap(m->firmware, MEMORY_FIRMWARE);
    munmap(m->flat.base, m->flat.bytes);
    munmap(m->scattered.base, m->scattered.bytes);
    memset(m, 0, sizeof *m);
}

static void paint(memory_area *a, size_t bytes)
{
    if (bytes > a->bytes)
        bytes = a->bytes;
    ASAN_UNPOISON_MEMORY_REGION(a->base, a->bytes);
    memset(a->base, PAINT, bytes);
    a->painted = bytes;
    a->used = GAP;
    ASAN_POISON_MEMORY_REGION(a->base, a->bytes);
}

void memory_reset(world_memory *m)
{
    paint(&m->flat, m->flat.used + MARGIN);
    paint(&m->scattered, m->scattered.used + MARGIN);
    m->count = 0;
}

static void *give(world_memory *m, memory_area *a, size_t bytes, size_t align)
{
    const size_t start = (a->used + align - 1) & ~(align - 1);
    const size_t end = start + bytes;

    if (end + GAP > a->bytes || m->count == sizeof m->given / sizeof *m->given)
        tap_bail("guest RAM is used up");
    if (end + GAP > a->painted) {
        ASAN_UNPOISON_MEMORY_REGION(a->base + a->painted, end + GAP - a->painted);
        memset(a->base + a->painted, PAINT, end + GAP - a->painted);
        ASAN_POISON_MEMORY_REGION(a->base + a->painted, end + GAP - a->painted);
        a->painted = end + GAP;
    }
    ASAN_UNPOISON_MEMORY_REGION(a->base + start, bytes);
    memset(a->base + start, 0, bytes);
    a->used = end + GAP;
    m->given[m->count].start = a->base + start;
    m->given[m->count].bytes = bytes;
    m->count++;
    return a->base + start;
}

void *memory_flat(world_memory *m, size_t bytes, size_t align)
{
    return give(m, &m->flat, bytes, align);
}

void *memory_scattered(world_memory *m, size_t bytes, size_t align)
{
    return give(m, &m->scattered, bytes, align);
}

/* The given pieces of an area ascend, so the gaps are what lies between them. */
static const unsigned char *check_area(world_memory *m, memory_area *a)
{
    const unsigned char *p = a->base, *bad = NULL;
    unsigned i = 0;

    ASAN_UNPOISON_MEMORY_REGION(a->base, a->painted);
    while (!bad && p < a->base + a->painted) {
        const unsigned char *end = a->base + a->painted, *next = end;

        for (; i < m->count; i++)
            if (m->given[i].start >= p && m->given[i].start < end) {
                end = m->given[i].start;
                next = end + m->given[i++].bytes;
                break;
            }
        for (; !bad && p < end; p++)
            if (*p != PAINT)
                bad = p;
        p = next;
    }
    ASAN_POISON_MEMORY_REGION(a->base, a->painted);
    for (i = 0; i < m->count; i++)
        ASAN_UNPOISON_MEMORY_REGION(m->given[i].start, m->given[i].bytes);
    return bad;
}

const char *memory_check(world_memory *m, size_t *offset)
{
    const unsigned char *flat = check_area(m, &m->flat);
    const unsigned char *scattered = check_area(m, &m->scattered);

    *offset = flat ? (size_t)(flat - m->flat.base)
                   : scattered ? (size_t)(scattered - m->scattered.base) : 0;
    return flat ? "flat" : scattered ? "scattered" : NULL;
}

int memory_to_bus(const world_memory *m, const void *pointer, uint64_t *bus)
{
    const unsigned char *p = pointer;

    if (p >= m->flat.base && p < m->flat.base + m->flat.bytes) {
        *bus = m->at + MEMORY_FIRMWARE + (uint64_t)(p - m->flat.base);
        return 1;
    }
    if (p >= m->scattered.base && p < m->scattered.base + m->scattered.bytes) {
        const size_t offset = (size_t)(p - m->scattered.base);

        *bus = m->at + MEMORY_FIRMWARE + MEMORY_FLAT + offset % m->page +
               scatter(offset / m->page, m->scattered.bytes / m->page) * m->page;
        return 1;
    }
    return 0;
}

unsigned char *memory_from_bus(const world_memory *m, uint64_t bus)
{
    uint64_t offset = bus - m->at;
    size_t page;

    if (bus < m->at + MEMORY_FIRMWARE ||
        offset >= MEMORY_FIRMWARE + MEMORY_FLAT + MEMORY_SCATTERED)
        return NULL;
    offset -= MEMORY_FIRMWARE;
    if (offset < MEMORY_FLAT)
        return m->flat.base + offset;
    offset -= MEMORY_FLAT;
    page = gather((size_t)offset / m->page, m->scattered.bytes / m->page);
    return m->scattered.base + page * m->page + offset % m->page;
}
