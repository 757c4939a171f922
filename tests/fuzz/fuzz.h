/* fuzz.h - the machine in which a hostile guest runs, and what its program is made of. */
#ifndef FUZZ_H
#define FUZZ_H

#include "examples/vmm/devices/console.h"
#include "examples/vmm/devices/gpu.h"
#include "examples/vmm/devices/uart.h"
#include "examples/vmm/devices/v2m.h"
#include "examples/vmm/lint/lint.h"
#include "tests/host/hand.h"

/* RAM as in hand.h, with rings for each queue; a second piece ends at the last byte of all. */
enum { RINGS = 0x4000, ANSWERS = BUFFERS + 0x10000, PIXELS = RAM + 0x100000, SECOND = 0x1000,
       UART = 0x09000000, V2M = 0x08020000 };

struct fuzz {
    struct hand    hand;
    struct console console;
    struct gpu     gpu;
    struct mmio_slot empty;             /* behind the device's */
    struct uart    pl011, pc;           /* the second is reached by ports, not by the bus */
    struct v2m     v2m;
    struct lint    lint;
    uint8_t        second[SECOND];
    const uint8_t *input;               /* what is left of it */
    size_t         left;
    uint16_t       offered[2], size[2]; /* avail.idx as the guest counts it, and places, by queue */
    unsigned       requests;            /* so far: where the next one's buffers lie */
    size_t         budget;              /* bytes that the reader at the console still takes */
    uint64_t       work;                /* pixels that commands may have touched so far */
    bool           tell;                /* each step in words */
};

/* So much the reader at the console takes when he is awake. */
enum { FUZZ_READS = 10000 };

/* ---- machine.c ---- */

void fuzz_start(struct fuzz *f, const uint8_t *input, size_t size);
void fuzz_stop(struct fuzz *f);

/* An honest guest comes after the hostile one: it has to be served. */
void fuzz_works(struct fuzz *f);

/* ---- steps.c, gpu_steps.c: the program ---- */

void fuzz_steps(struct fuzz *f);
void command_step(struct fuzz *f);
void picture_step(struct fuzz *f);
void cursor_step(struct fuzz *f);

/* ---- race.c: a second CPU of the guest, which rewrites rings and buffers all the time ---- */

void race_begin(struct fuzz *f);
void race_go_on(void);                  /* it did something, too */
void race_end(void);

/* ---- What the input says next. Behind its end all is 0. ---- */

static inline uint64_t take(struct fuzz *f, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes && f->left > 0; i++, f->left--)
        value |= (uint64_t)*f->input++ << 8 * i;
    return value;
}

static inline unsigned pick(struct fuzz *f, unsigned choices)
{
    return (unsigned)take(f, 1) % choices;
}

uint32_t number(struct fuzz *f);        /* mostly small, sometimes the largest there are */
uint64_t address(struct fuzz *f);       /* mostly RAM, sometimes beside it or anywhere */

/* One piece of a request as an honest driver has it. */
struct piece {
    uint64_t at;
    uint32_t bytes;
    bool     writable;
};

/* A chain of these pieces goes into the queue, with an error if the input says so. */
void put_chain(struct fuzz *f, unsigned queue, const struct piece *pieces, unsigned count);

#endif
