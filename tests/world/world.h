/* What a driver under test stands in: registers, guest RAM, time, a screen and
 * consoles. The scenarios know only this page, so they run in every world that
 * fills in the functions: QEMU's devices (tests/qtest/machines.c), and our own
 * (tests/host/ours.c).
 *
 *   virtio_bare.h --- hooks (driver.h) ---> world.c ---> filter ---> world
 *                                                        (a liar)
 *
 * world.c stands behind every hook and is strict: registers can be touched only
 * inside a live VB_MAP and naturally aligned, VB_TO_BUS takes only guest RAM,
 * the user pointer must arrive everywhere, and shared memory is loaded and
 * stored only where guest RAM is. */
#ifndef WORLD_H
#define WORLD_H

#include "memory.h"

#include <stddef.h>
#include <stdint.h>

typedef struct world_picture {
    unsigned width, height;
    unsigned char *rgb;             /* three bytes a pixel; free() it */
} world_picture;

typedef struct world {
    const char *name;
    void *self;
    world_memory ram;
    int (*screen)(struct world *w, const char *gpu, unsigned scanout, world_picture *p);
    size_t (*hear)(struct world *w, unsigned console, char *to, size_t room);
    size_t (*say)(struct world *w, unsigned console, const char *bytes, size_t count);
    /* How many RESOURCE_FLUSH the device got since the last call, and the
     * rectangle of the last: x, y, width, height. */
    unsigned (*flushes)(struct world *w, unsigned rectangle[4]);
    /* How often the device found fault with its driver since the last call. */
    unsigned (*complaints)(struct world *w, char *last, size_t room);
    /* Registers at guest physical addresses, and the PC's ports. */
    uint64_t (*read)(struct world *w, uint64_t at, unsigned bytes);
    void (*write)(struct world *w, uint64_t at, unsigned bytes, uint64_t value);
    uint32_t (*in32)(struct world *w, unsigned port);
    void (*out32)(struct world *w, unsigned port, uint32_t value);
    /* Each access of the driver to shared memory, by its bus address, before it
     * happens; and each barrier. Optional: for who judges their order. */
    void (*loading)(struct world *w, uint64_t at, unsigned bytes, int acquire);
    void (*storing)(struct world *w, uint64_t at, unsigned bytes, uint64_t value, int release);
    void (*barrier)(struct world *w);
    /* Whatever the devices do is done when a register access returns: nobody has
     * to wait for them. */
    int at_once;
} world;

/* Something between the driver and the world. read() may replace the value that
 * came back; write() returns 1 to swallow the access; loaded() and storing() see
 * shared memory. All are optional. */
typedef struct world_filter {
    void *self;
    void (*read)(void *self, uint64_t at, unsigned bytes, uint64_t *value);
    int (*write)(void *self, uint64_t at, unsigned bytes, uint64_t value);
    void (*loaded)(void *self, const void *pointer, unsigned bytes);
    void (*storing)(void *self, const void *pointer, unsigned bytes);
} world_filter;

/* What has happened since world_enter or the last world_forget. */
typedef struct world_counts {
    unsigned long accesses;         /* register reads and writes */
    unsigned long late;             /* ... after world_deadline */
    unsigned long doorbells;        /* set by whoever knows them (the liar) */
    unsigned long loads, stores;    /* of shared memory */
    unsigned maps, unmaps;
} world_counts;

/* Makes this world the one the hooks reach: fresh memory, counts, trace. */
void world_enter(world *w);

/* Back outside: nothing may be written around what was handed out, and all but at
 * most `mapped` windows on registers must be unmapped again. */
void world_leave(unsigned mapped);

world *world_here(void);
world_counts *world_count(void);
unsigned world_mapped(void);
void world_filter_set(const world_filter *f);

/* The user pointer that every hook must receive; VB_TRACE may do without where an
 * object has not met its machine yet. */
void *world_user(void);
void world_user_optional(int optional);

/* ---- the hooks: numbers, whatever the order of the CPU's bytes ---- */
uint64_t world_read(uintptr_t address, unsigned bytes);
void world_write(uintptr_t address, unsigned bytes, uint64_t value);
uint32_t world_in32(unsigned port);
void world_out32(unsigned port, uint32_t value);
uint64_t world_load(const volatile void *pointer, unsigned bytes, int acquire);
void world_store(volatile void *pointer, unsigned bytes, uint64_t value, int release);
void world_barrier(void);
uint64_t world_to_bus(void *user, const void *pointer);
uintptr_t world_map(void *user, uint64_t at, uint64_t bytes);
void world_unmap(void *user, uintptr_t address, uint64_t bytes);
uint64_t world_ticks(void);
void world_relax(void);
void world_trace(void *user, int code, const char *text, uint64_t value);

/* Registers as the world has them, past filters and counts. */
uint64_t world_peek(uint64_t at, unsigned bytes);
void world_poke(uint64_t at, unsigned bytes, uint64_t value);

/* Registers are touched at their physical addresses, without a map; until told
 * otherwise. For drivers that leave out VB_MAP. */
void world_identity(int identity);

/* The next VB_MAP calls answer 0. */
void world_map_fails(int fails);

/* ---- time: ticks are nanoseconds ---- */
enum { WORLD_TICKS_PER_US = 1000 };

/* Fake time passes only when it is looked at: `step_us` each time. 0: real. */
void world_clock(unsigned step_us);
uint64_t world_now_us(void);

/* Accesses after this moment (in world_now_us) are counted as late. */
void world_deadline(uint64_t us);

/* ---- what the driver said through VB_TRACE ---- */
void world_forget(void);                        /* empties trace and counts */
unsigned world_traced(const char *text);        /* lines that hold the text */
unsigned world_traced_errors(void);             /* lines with a code below 0 */
void world_print_trace(void);                   /* as comments */

/* ---- memory ---- */
void *world_flat(size_t bytes, size_t align);
void *world_scattered(size_t bytes, size_t align);

/* ---- screen and console ---- */

/* Fails the test unless the screen shows exactly these 0x00RRGGBB words. */
void world_see(const char *gpu, unsigned scanout, const uint32_t *words, unsigned width,
               unsigned height, unsigned words_per_line);

/* Waits for exactly this text; fails the test after five seconds. */
void world_hear(unsigned console, const char *text, size_t bytes);

/* Nothing (more) was printed. */
void world_hear_nothing(unsigned console);
void world_say(unsigned console, const char *bytes, size_t count);

/* The same numbers in every run, so that a failure can be seen again. */
uint32_t world_random(uint32_t below);
void world_random_seed(uint32_t seed);

#endif
