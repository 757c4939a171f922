/* Stands where the liar stands and changes nothing: it watches whether a driver
 * keeps the rules that QEMU's devices forgive. A broken rule fails the test with
 * the section of VirtIO 1.3 (or the PCI rule) that asks for it.
 *
 * It knows registers, rings and memory, typed from the specification, and nothing
 * of the driver. */
#ifndef WITNESS_H
#define WITNESS_H

#include "tests/world/world.h"

enum { WITNESS_QUEUES = 4, WITNESS_RING = 128 };

typedef struct witness_queue {
    uint64_t descriptors, available, used;
    uint32_t size, most;
    int enabled, looked;                /* QueueReady was read as 0 */
    uint16_t seen, answered;            /* avail.idx at the last kick, used.idx */
    unsigned char out[WITNESS_RING];    /* heads that the device has */
    unsigned char held[WITNESS_RING];   /* descriptors in their chains */
} witness_queue;

typedef struct witness {
    world_filter filter;
    world *w;
    int mmio;
    uint64_t place;                     /* mmio: the slot; pci: its ECAM page */
    uint64_t region[4];                 /* pci: common, notify, isr, device */
    uint32_t region_bytes[4];
    uint32_t status, written;           /* as last read; as last written */
    int must_read;                      /* a status was written and not read */
    int was_reset;                      /* 0 was written, and read back */
    uint32_t command;                   /* PCI command register */
    uint32_t select[2];                 /* feature words: device, driver */
    uint64_t offered, accepted;
    unsigned selected;
    witness_queue queue[WITNESS_QUEUES];
    uint32_t first[32];                 /* the first word of each request, */
    unsigned requests;                  /* since somebody set this to 0 */
    unsigned long rules, kicks;         /* how often something was checked */
} witness;

void witness_watch(witness *w, world *in, int mmio, uint64_t place);

/* At the end: the device was reset, and its bus mastering is off. */
void witness_closed(const witness *w);

#endif
