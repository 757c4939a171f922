/* Stands between a driver and an honest device, and lies.
 *
 *   driver --- register ---> liar ---> device      reads: another value comes back
 *   driver --- doorbell ---> liar ---> device      kicks: passed on; when the device
 *      ^                      |                    has answered, ring and response
 *      +---- shared memory <--+                    are changed; then the hook returns
 *
 * So the driver finds the lie the first time it looks, and no lie is a race. The
 * liar learns where rings and registers are by watching, typed anew from the
 * specification; it knows nothing of the driver. One lie is one line of data:
 * the table is in rows.h, and played by play.h. */
#ifndef LIAR_H
#define LIAR_H

#include "tests/world/world.h"

/* Registers that both transports have, and some that one has. */
typedef enum liar_register {
    REG_NONE,
    REG_MAGIC, REG_VERSION, REG_DEVICE_ID,          /* virtio-mmio only */
    REG_DEVICE_FEATURES, REG_STATUS, REG_GENERATION,
    REG_QUEUE_COUNT,                                /* virtio-pci only */
    REG_QUEUE_SIZE, REG_QUEUE_ENABLE,
    REG_NOTIFY_OFFSET,                              /* virtio-pci only */
    REG_QUEUE_ADDRESS,                              /* reads back, pci only */
    REG_COUNT
} liar_register;

typedef enum lie_kind {
    HONEST,
    LIE_REGISTER,       /* register `what` reads `value` */
    LIE_REGISTER_OR,    /* ... has the bits of `value` as well */
    LIE_REGISTER_AND,   /* ... has no other bits than `value` */
    LIE_COUNTING,       /* register `what` reads another value each time */
    LIE_CONFIG,         /* device configuration: `field` bytes at `what` read `value` */
    LIE_PCI,            /* configuration space: `field` bytes at `what` read `value` */
    LIE_CAPABILITY,     /* the capability of type `what`: byte `field` on reads `value` */
    LIE_NEW_CAPABILITY, /* one more, first in the list: type `what`, BAR `field` */
    LIE_ALL_ONES,       /* every register from now on; now = the doorbell or, with
                         * `what`, the read after `skip` others */
    LIE_SILENCE,        /* a doorbell is swallowed */
    LIE_HIDE,           /* the answers stay hidden until liar_reveal */
    LIE_ID,             /* the answer's used id is `value` */
    LIE_DOUBLE,         /* the answer's used id is that of the answer before it */
    LIE_LENGTH,         /* the answer's used length is `value` */
    LIE_INDEX,          /* used.idx has moved by `value` more */
    LIE_SWAP,           /* the last two answers came in the other order */
    LIE_WORD,           /* word `field` of the response is `value` */
    LIE_CHANGES,        /* whatever the device wrote changes once it was read */
    LIE_AT_RANDOM       /* one register or answer in `field` is anything; `value`
                         * is the seed */
} lie_kind;

enum {
    SELF = 0x5e1f0000,                  /* LIE_CAPABILITY: its own offset, */
    FIRST,                              /* and that of the first in the list */
    LIES = 3                            /* told at the same time */
};

typedef struct lie {
    lie_kind kind;
    unsigned what, field;
    uint64_t value;
    unsigned command;                   /* answers: only to this gpu command */
    unsigned skip;                      /* be honest so many times first */
    unsigned count;                     /* then lie so many times; 0: for ever */
} lie;

typedef struct liar {
    world_filter filter;
    world *w;
    int mmio;
    uint64_t place;                     /* mmio: the slot; pci: its ECAM page */
    uint64_t region[5], region_bytes[5];/* pci: common, notify, isr, device */
    uint32_t multiplier;
    struct {
        uint64_t descriptors, available, used;
        uint16_t size;
        uint16_t answered;              /* used.idx as seen, */
        uint16_t hidden, shown;         /* and under LIE_HIDE: as it is, and as it reads */
        int hides;
    } queue[4];
    unsigned selected;
    uint32_t word_selected;             /* which half of the features is accepted */
    unsigned waits;                     /* bit n: queue n answers every doorbell */
    const lie *now;                     /* the list of lies, */
    unsigned lies;                      /* how many, */
    struct {
        unsigned skipped, told;         /* how often each was honest, or not */
    } turn[LIES];
    unsigned told;                      /* all lies so far */
    uint32_t random;                    /* for LIE_AT_RANDOM */
    int gone;                           /* LIE_ALL_ONES has begun */
    unsigned long rung;                 /* doorbells seen, */
    unsigned resets;                    /* zeros written to the status, */
    unsigned failures;                  /* and FAILED [2.1] */
    struct {
        uint64_t at;
        unsigned bytes, queue;
    } swallowed;                        /* the last doorbell LIE_SILENCE kept */
    struct {
        uint32_t offset, bytes, value;
        unsigned lie;                   /* whose it is */
    } patch[12];                        /* bytes that read differently */
    unsigned patches;
} liar;

/* Begins to watch a device: `place` is the slot's address or the function's in
 * the ECAM. `waits` has a bit for each queue on which every request is answered
 * at once (all but a console's receive queue). */
void liar_watch(liar *l, world *w, int mmio, uint64_t place, unsigned waits);
void liar_leave(liar *l);

/* Tells these lies (at most LIES) from now on; none: is honest again. Answers that were
 * hidden are shown. */
void liar_tell(liar *l, const lie *list, unsigned count);

/* The device's status, past all lies. */
unsigned liar_status(liar *l);

/* Waits until the device has answered something on the queue without a doorbell
 * (console input), then lies about it. */
void liar_answered(liar *l, unsigned queue);

/* Shows what LIE_HIDE hides; rings what LIE_SILENCE swallowed. */
void liar_reveal(liar *l, unsigned queue);

#endif
