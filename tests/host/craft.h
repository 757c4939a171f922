/* A driver made by hand that keeps each sentence of the specification, step by step, so
 * that a test can break one of them and see whether lint names it.
 *
 *      craft_up()   = craft_find, craft_begin, craft_features, craft_queue..., craft_ready
 *      craft_send() = craft_describe..., craft_offer, craft_notify, craft_collect
 *
 * It drives one device, on PCI or in a slot, by the registers' names. Its memory, from
 * RAM on (pages of zeros in the beginning):
 *
 *      queue n:  RAM + n * 0x10000   +0 descriptors   +0x4000 available ring
 *                                    +0x8000 used ring   +0xc000 an indirect table
 *      buffers:  RAM + 0x100000 ...
 */
#ifndef CRAFT_H
#define CRAFT_H

#include "examples/vmm/lint/monitor.h"
#include "tests/host/ours.h"
#include "tests/world/tap.h"

enum { CRAFT_RAM = 0x40000000, CRAFT_BUFFERS = CRAFT_RAM + 0x100000, CRAFT_SIZE = 16 };
enum { CRAFT_NEXT = 1, CRAFT_WRITE = 2, CRAFT_INDIRECT = 4 };
enum craft_part { CRAFT_TABLE = 0, CRAFT_AVAILABLE = 0x4000, CRAFT_USED = 0x8000,
                  CRAFT_INNER = 0xc000 };

/* Which device, and on what. */
enum { ON_PCI = 1, ON_MMIO = 2, ON_BOTH = 3 };
enum craft_kind { A_RNG, A_CONSOLE, A_GPU };

struct craft {
    ours o;
    struct vdev *device;
    bool mmio;
    unsigned slot;                      /* on PCI, or of virtio-mmio */
    uint64_t at[REGION_WINDOW];         /* PCI: where the structures are */
    unsigned multiplier;
    unsigned window;                    /* PCI: the capability of type PCI_CFG */
    uint64_t features;                  /* accepted */
    uint16_t size[VDEV_QUEUES];         /* of the queues; 0: not set up */
    uint16_t offered[VDEV_QUEUES];      /* avail.idx as we have it */
    char ids[600];                      /* what lint said: " SPLIT-08 INF-PCI-07" */
};

/* What one test does. Lint must say `id` and what stands in `also`, and nothing else; where
 * a finding comes with others for a reason, the reason stands beside the row. Of a row for
 * both transports, the ids with PCI- are said on PCI, and those with MMIO- in slots. */
struct craft_row {
    const char *id;                     /* null: silence is expected */
    const char *name;                   /* what is done wrong */
    enum craft_kind kind;
    unsigned on;
    void (*run)(struct craft *c);
    const char *also;                   /* "INIT-31 PCI-17", or null */
    bool msix;                          /* the machine can signal messages */
};

/* Each row on each of its transports, on a machine of its own. */
void craft_play(const struct craft_row *rows, size_t count);

/* ---- The steps ---- */

/* From nothing to DRIVER_OK with all queues of the device, CRAFT_SIZE each, and these
 * features besides VERSION_1. */
void craft_up(struct craft *c, uint64_t features);

void craft_find(struct craft *c);       /* until its registers can be reached */
void craft_begin(struct craft *c);      /* reset, ACKNOWLEDGE, DRIVER */
void craft_features(struct craft *c, uint64_t features);       /* to FEATURES_OK, checked */
void craft_queue(struct craft *c, unsigned queue, unsigned size);
void craft_ready(struct craft *c);      /* DRIVER_OK */
void craft_reset(struct craft *c);      /* and waits for it */

/* ---- Registers ---- */

/* By name, in their width; an address of 64 bits as two halves. */
void     craft_put(struct craft *c, enum lint_register reg, uint64_t value);
uint64_t craft_get(struct craft *c, enum lint_register reg);

/* At any offset, in any width: in the slot, or in the common structure. */
void     craft_write(struct craft *c, unsigned offset, unsigned width, uint64_t value);
uint64_t craft_read(struct craft *c, unsigned offset, unsigned width);

/* The device's own configuration. */
void     craft_set_config(struct craft *c, unsigned offset, unsigned width, uint32_t value);
uint32_t craft_get_config(struct craft *c, unsigned offset, unsigned width);

/* PCI: a structure by its number, and configuration space. */
void     craft_poke(struct craft *c, unsigned region, unsigned offset, unsigned width,
                    uint64_t value);
uint64_t craft_peek(struct craft *c, unsigned region, unsigned offset, unsigned width);
void     craft_set_pci(struct craft *c, unsigned at, unsigned width, uint32_t value);
uint32_t craft_get_pci(struct craft *c, unsigned at, unsigned width);

/* ---- Queues ---- */

uint64_t craft_area(unsigned queue, enum craft_part part);
uint8_t *craft_at(struct craft *c, uint64_t address);           /* guest memory */

/* Entry `index` of the table at `table`, which is craft_area(queue, CRAFT_TABLE or _INNER). */
void     craft_describe(struct craft *c, uint64_t table, unsigned index, uint64_t address,
                        uint32_t bytes, unsigned flags, unsigned next);
void     craft_offer(struct craft *c, unsigned queue, unsigned head);
void     craft_notify(struct craft *c, unsigned queue);
unsigned craft_used(struct craft *c, unsigned queue);           /* used.idx */

/* A request of two buffers, either of which may be empty: `bytes` at CRAFT_BUFFERS that the
 * device reads, and behind them `room` for what it writes. Notified; it is done on return. */
void     craft_send(struct craft *c, unsigned queue, uint32_t bytes, uint32_t room);

/* A command of the gpu, whole: `words` of 32 bits, then `room` for the answer. */
void     craft_command(struct craft *c, const uint32_t *words, unsigned count, uint32_t room);

#endif
