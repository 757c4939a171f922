/* race.c - a second CPU of the guest: it rewrites rings and buffers while the device reads them.
 *
 * Only with FUZZ_RACE set, because what comes of it is not the same twice. */
#include "fuzz.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static struct {
    pthread_t  thread;
    bool       is_on;
    atomic_int enough;
    atomic_uint rounds;
    uint8_t   *ram;
    uint32_t   seed;
} race;

static uint32_t dice(uint32_t sides)
{
    race.seed = race.seed * 1664525 + 1013904223;
    return (race.seed >> 8) % sides;
}

/* Where it strikes: a ring's indices and entries, descriptors, requests. Offsets in RAM. */
static const struct {
    uint32_t at, bytes;
} targets[] = {
    { 0x0000, 64 }, { 0x1000, 16 }, { 0x3000, 64 }, { 0x4000, 64 }, { 0x5000, 16 }, { 0x10000, 64 },
    { 0x11000, 64 },
};

/* Halves of the numbers that stand there: lengths and flags, small indices, addresses. */
static const uint16_t values[] = { 0, 1, 2, 3, 4, 5, 8, 16, 24, 0x100, 0x103, 0x4000, 0x4001,
                                   0xffff };

enum { AT_LEAST = 20, PATIENCE = 50 };  /* rounds between two steps of the first CPU */

static void *rewrite(void *unused)
{
    while (!atomic_load_explicit(&race.enough, memory_order_relaxed)) {
        const unsigned t = dice(sizeof targets / sizeof *targets);
        _Atomic uint16_t *const at =
            (_Atomic uint16_t *)(void *)(race.ram + targets[t].at + 2 * dice(targets[t].bytes / 2));

        if (dice(3) == 0)
            atomic_fetch_add_explicit(at, 1, memory_order_relaxed);
        else
            atomic_store_explicit(at, values[dice(sizeof values / sizeof *values)],
                                  memory_order_relaxed);
        if (atomic_fetch_add_explicit(&race.rounds, 1, memory_order_relaxed) % AT_LEAST == 0)
            sched_yield();              /* on a host with one CPU to spare both get on */
    }
    return unused;
}

void race_begin(struct fuzz *f)
{
    if (getenv("FUZZ_RACE") == NULL)
        return;
    race.ram = f->hand.ram;
    race.seed = (uint32_t)f->left;
    atomic_store(&race.enough, 0);
    race.is_on = pthread_create(&race.thread, NULL, rewrite, NULL) == 0;
    need(race.is_on, "no thread");
}

/* Relaxed, all of it: nothing orders the two CPUs. A host that is too busy for both is not waited
 * for. */
void race_go_on(void)
{
    const unsigned seen = atomic_load_explicit(&race.rounds, memory_order_relaxed);

    for (unsigned i = 0; i < PATIENCE && race.is_on
         && atomic_load_explicit(&race.rounds, memory_order_relaxed) - seen < AT_LEAST; i++)
        sched_yield();
}

void race_end(void)
{
    if (!race.is_on)
        return;
    atomic_store(&race.enough, 1);
    pthread_join(race.thread, NULL);
    race.is_on = false;
}
