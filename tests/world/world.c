#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include "world.h"

#include "tap.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAPPINGS = 32, LINES = 512, LINE = 240 };

/* Where the driver sees registers: not at the physical address, and in a place of
 * their own for each window, where nothing is: only the hooks below know them. */
#if UINTPTR_MAX > 0xffffffff
static const uint64_t SEEN = (uint64_t)1 << 44, APART = (uint64_t)1 << 36;
#else
static const uint64_t SEEN = 0x80000000, APART = 0x02000000;
#endif

static struct {
    world *w;
    int user;                       /* its address is the user pointer */
    int user_optional;
    const world_filter *filter;
    world_counts count;
    struct {
        uint64_t at, bytes;         /* physical; bytes = 0: free */
        uintptr_t seen;
    } map[MAPPINGS];
    int map_fails, identity;
    unsigned step_us;
    uint64_t fake_us, deadline_us;
    unsigned lines, errors;
    char line[LINES][LINE];
    uint32_t random;
} here;

/* ---- coming and going ---- */

void world_enter(world *w)
{
    here.w = w;
    here.filter = NULL;
    here.map_fails = here.user_optional = 0;
    here.step_us = 0;
    memset(here.map, 0, sizeof here.map);
    world_random_seed(1);
    memory_reset(&w->ram);
    world_forget();
}

void world_leave(unsigned mapped)
{
    size_t offset;
    const char *area = memory_check(&here.w->ram, &offset);

    here.filter = NULL;
    need(!area, "memory that was not handed out has changed: %s, offset %#zx", area, offset);
    need(world_mapped() <= mapped, "%u register windows are still mapped, only %u may be",
         world_mapped(), mapped);
}

world *world_here(void)
{
    return here.w;
}

world_counts *world_count(void)
{
    return &here.count;
}

void world_filter_set(const world_filter *f)
{
    here.filter = f;
}

void *world_user(void)
{
    return &here.user;
}

void world_user_optional(int optional)
{
    here.user_optional = optional;
}

static void check_user(const void *user, const char *hook)
{
    need(user == &here.user, "%s got the wrong user pointer %p", hook, user);
}

/* ---- registers ---- */

unsigned world_mapped(void)
{
    unsigned n = 0, i;

    for (i = 0; i < MAPPINGS; i++)
        n += here.map[i].bytes != 0;
    return n;
}

void world_identity(int identity)
{
    here.identity = identity;
}

void world_map_fails(int fails)
{
    here.map_fails = fails;
}

uintptr_t world_map(void *user, uint64_t at, uint64_t bytes)
{
    unsigned i;

    check_user(user, "VB_MAP");
    need(bytes != 0, "VB_MAP of 0 bytes at %#" PRIx64, at);
    need(at + bytes >= at && bytes <= APART - 4096,
         "VB_MAP of %#" PRIx64 " bytes at %#" PRIx64, bytes, at);
    if (here.map_fails)
        return 0;
    for (i = 0; i < MAPPINGS; i++)
        if (!here.map[i].bytes) {
            here.map[i].at = at;
            here.map[i].bytes = bytes;
            here.map[i].seen = (uintptr_t)(SEEN + i * APART + at % 4096);
            here.count.maps++;
            return here.map[i].seen;
        }
    tap_fail(__FILE__, __LINE__, "more than %d register windows are mapped", MAPPINGS);
}

void world_unmap(void *user, uintptr_t address, uint64_t bytes)
{
    unsigned i;

    check_user(user, "VB_UNMAP");
    for (i = 0; i < MAPPINGS; i++)
        if (here.map[i].bytes == bytes && bytes && here.map[i].seen == address) {
            here.map[i].bytes = 0;
            here.count.unmaps++;
            return;
        }
    tap_fail(__FILE__, __LINE__, "VB_UNMAP of what is not mapped: %#" PRIxPTR ", %#" PRIx64 " bytes",
             address, bytes);
}

static uint64_t physical(uintptr_t address, unsigned bytes)
{
    unsigned i;

    if (here.identity) {
        need(address % bytes == 0, "a register access of %u bytes at %#" PRIxPTR, bytes, address);
        return address;
    }
    for (i = 0; i < MAPPINGS; i++) {
        const uint64_t offset = address - here.map[i].seen, at = here.map[i].at + offset;

        if (address < here.map[i].seen || offset + bytes > here.map[i].bytes)
            continue;
        need(at % bytes == 0, "a register access of %u bytes at %#" PRIx64, bytes, at);
        return at;
    }
    tap_fail(__FILE__, __LINE__, "a register access of %u bytes outside every window: %#" PRIxPTR,
             bytes, address);
}

static void counted(void)
{
    here.count.accesses++;
    if (here.deadline_us && world_now_us() > here.deadline_us)
        here.count.late++;
}

uint64_t world_read(uintptr_t address, unsigned bytes)
{
    const uint64_t at = physical(address, bytes);
    uint64_t value;

    counted();
    value = here.w->read(here.w, at, bytes);
    if (here.filter && here.filter->read)
        here.filter->read(here.filter->self, at, bytes, &value);
    return value;
}

void world_write(uintptr_t address, unsigned bytes, uint64_t value)
{
    const uint64_t at = physical(address, bytes);

    counted();
    if (here.filter && here.filter->write && here.filter->write(here.filter->self, at, bytes, value))
        return;
    here.w->write(here.w, at, bytes, value);
}

uint32_t world_in32(unsigned port)
{
    need(here.w->in32 != NULL, "VB_IN32 where no ports are");
    counted();
    return here.w->in32(here.w, port);
}

void world_out32(unsigned port, uint32_t value)
{
    need(here.w->out32 != NULL, "VB_OUT32 where no ports are");
    counted();
    here.w->out32(here.w, port, value);
}

uint64_t world_peek(uint64_t at, unsigned bytes)
{
    return here.w->read(here.w, at, bytes);
}

void world_poke(uint64_t at, unsigned bytes, uint64_t value)
{
    here.w->write(here.w, at, bytes, value);
}

/* ---- shared memory ---- */

/* Returns where the device sees it. */
static uint64_t check_shared(const volatile void *pointer, unsigned bytes)
{
    uint64_t bus = 0;

    need((uintptr_t)pointer % bytes == 0, "a load or store of %u bytes at %p", bytes,
         (const void *)(uintptr_t)pointer);
    need(memory_to_bus(&here.w->ram, (const void *)(uintptr_t)pointer, &bus),
         "a load or store of shared memory that is not guest RAM: %p",
         (const void *)(uintptr_t)pointer);
    return bus;
}

/* Shared memory is little-endian: what the CPU stores as raw bytes, as a number. */
static uint64_t as_number(uint64_t raw, unsigned bytes)
{
    if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
        return __builtin_bswap64(raw) >> (64 - 8 * bytes);
    return raw;
}

uint64_t world_load(const volatile void *pointer, unsigned bytes, int acquire)
{
    const uint64_t at = check_shared(pointer, bytes);
    uint64_t value;

    here.count.loads++;
    if (here.w->loading)
        here.w->loading(here.w, at, bytes, acquire);
    if (bytes == 2)
        value = __atomic_load_n((const volatile uint16_t *)pointer, __ATOMIC_ACQUIRE);
    else if (bytes == 4)
        value = __atomic_load_n((const volatile uint32_t *)pointer, __ATOMIC_ACQUIRE);
    else
        value = __atomic_load_n((const volatile uint64_t *)pointer, __ATOMIC_ACQUIRE);
    if (here.filter && here.filter->loaded)
        here.filter->loaded(here.filter->self, (const void *)(uintptr_t)pointer, bytes);
    return value;
}

void world_store(volatile void *pointer, unsigned bytes, uint64_t value, int release)
{
    const uint64_t at = check_shared(pointer, bytes);

    here.count.stores++;
    if (here.w->storing)
        here.w->storing(here.w, at, bytes, as_number(value, bytes), release);
    if (here.filter && here.filter->storing)
        here.filter->storing(here.filter->self, (const void *)(uintptr_t)pointer, bytes);
    if (bytes == 2)
        __atomic_store_n((volatile uint16_t *)pointer, (uint16_t)value, __ATOMIC_RELEASE);
    else if (bytes == 4)
        __atomic_store_n((volatile uint32_t *)pointer, (uint32_t)value, __ATOMIC_RELEASE);
    else
        __atomic_store_n((volatile uint64_t *)pointer, value, __ATOMIC_RELEASE);
}

void world_barrier(void)
{
    if (here.w->barrier)
        here.w->barrier(here.w);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

uint64_t world_to_bus(void *user, const void *pointer)
{
    uint64_t bus = 0;

    check_user(user, "VB_TO_BUS");
    need(memory_to_bus(&here.w->ram, pointer, &bus),
         "VB_TO_BUS of a pointer that is not guest RAM: %p", pointer);
    return bus;
}

void *world_flat(size_t bytes, size_t align)
{
    return memory_flat(&here.w->ram, bytes, align);
}

void *world_scattered(size_t bytes, size_t align)
{
    return memory_scattered(&here.w->ram, bytes, align);
}

/* ---- time ---- */

static uint64_t real_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void world_clock(unsigned step_us)
{
    here.step_us = step_us;
    here.fake_us = 1000000;
}

uint64_t world_now_us(void)
{
    return here.step_us ? here.fake_us : real_ns() / 1000;
}

void world_deadline(uint64_t us)
{
    here.deadline_us = us;
}

uint64_t world_ticks(void)
{
    if (!here.step_us)
        return real_ns();
    here.fake_us += here.step_us;
    return here.fake_us * WORLD_TICKS_PER_US;
}

void world_relax(void)
{
    if (!here.step_us)
        sched_yield();
}

/* ---- trace ---- */

void world_trace(void *user, int code, const char *text, uint64_t value)
{
    if (user || !here.user_optional)
        check_user(user, "VB_TRACE");
    need(text != NULL, "VB_TRACE with code %d has no text", code);
    need(code <= 0, "VB_TRACE with code %d (\"%s\")", code, text);
    here.errors += code < 0;
    if (here.lines < LINES)
        snprintf(here.line[here.lines++], LINE, "%4d %#12" PRIx64 "  %s", code, value, text);
}

void world_forget(void)
{
    memset(&here.count, 0, sizeof here.count);
    here.lines = 0;
    here.errors = 0;
    here.deadline_us = 0;
}

unsigned world_traced(const char *text)
{
    unsigned n = 0, i;

    for (i = 0; i < here.lines; i++)
        n += strstr(here.line[i], text) != NULL;
    return n;
}

unsigned world_traced_errors(void)
{
    return here.errors;
}

void world_print_trace(void)
{
    unsigned i;

    for (i = 0; i < here.lines; i++)
        tap_note("trace %s", here.line[i]);
}

/* ---- screen and console ---- */

void world_see(const char *gpu, unsigned scanout, const uint32_t *words, unsigned width,
               unsigned height, unsigned words_per_line)
{
    world_picture p = {0, 0, NULL};
    unsigned x = 0, y, wrong = 0, first_x = 0, first_y = 0;
    uint32_t shown = 0;

    need(here.w->screen(here.w, gpu, scanout, &p), "the screen of %s could not be taken", gpu);
    for (y = 0; y < height && p.width == width && p.height == height; y++)
        for (x = 0; x < width; x++) {
            const unsigned char *c = p.rgb + 3 * ((size_t)y * width + x);
            const uint32_t seen = (uint32_t)c[0] << 16 | (uint32_t)c[1] << 8 | c[2];

            if (seen == (words[(size_t)y * words_per_line + x] & 0xffffff))
                continue;
            if (!wrong++) {
                first_x = x;
                first_y = y;
                shown = seen;
            }
        }
    free(p.rgb);
    need(p.width == width && p.height == height, "the screen is %ux%u, not %ux%u", p.width,
         p.height, width, height);
    need(!wrong, "%u pixels are wrong; the first at %u,%u shows %06x instead of %06x", wrong,
         first_x, first_y, shown,
         words[(size_t)first_y * words_per_line + first_x] & 0xffffff);
}

void world_hear(unsigned console, const char *text, size_t bytes)
{
    const uint64_t until = real_ns() + 5000000000u;
    size_t heard = 0, i;
    char piece[4096];

    while (heard < bytes && real_ns() < until) {
        const size_t most = bytes - heard < sizeof piece ? bytes - heard : sizeof piece;
        const size_t n = here.w->hear(here.w, console, piece, most);

        for (i = 0; i < n; i++)
            need(piece[i] == text[heard + i], "byte %zu of the console text is %02x, not %02x",
                 heard + i, (unsigned char)piece[i], (unsigned char)text[heard + i]);
        heard += n;
        if (!n && here.w->at_once)
            break;
        if (!n)
            usleep(200);
    }
    need(heard == bytes, "only %zu of %zu bytes came out of the console", heard, bytes);
}

void world_hear_nothing(unsigned console)
{
    char more[16];
    size_t n;

    if (!here.w->at_once)
        usleep(2000);
    n = here.w->hear(here.w, console, more, sizeof more);
    need(n == 0, "the console printed %zu bytes more", n);
}

void world_say(unsigned console, const char *bytes, size_t count)
{
    need(here.w->say(here.w, console, bytes, count) == count, "the console's peer took too little");
}

/* ---- numbers ---- */

void world_random_seed(uint32_t seed)
{
    here.random = seed * 2654435761u + 12345;
}

/* xorshift32: nobody's secret depends on it. */
uint32_t world_random(uint32_t below)
{
    here.random ^= here.random << 13;
    here.random ^= here.random >> 17;
    here.random ^= here.random << 5;
    return below ? here.random % below : here.random;
}
