/* lint.h - names the sentence of the specification that a guest's driver breaks.
 *
 * It stands beside the bus and looks: the devices do not know that it is there, and behave the same
 * with and without it. Whoever runs the guest starts it, gets a call for each finding, and ends it:
 *
 *      lint: gpu queue 0: INF-SPLIT-15 [2.7.6 must] a ring entry is below the queue size; seen: 16 of 16
 *
 * How it works is told in monitor.h; the rules are in init.c, queue.c, order.c, registers.c, pci.c,
 * pcibus.c, mmio.c, console.c and gpu.c, to be read beside the specification.
 */
#ifndef VMM_LINT_H
#define VMM_LINT_H

#include "../devices/mmio.h"
#include "../devices/virtio_pci.h"

/* One duty of a driver. A rule whose level the specification does not spell in capitals follows
 * from what its text describes. */
struct lint_rule {
    const char *id;                     /* "SPLIT-08", as in tests/spec */
    const char *section;                /* of VirtIO 1.3, or "PCI 6.2.5.1" */
    const char *level;                  /* MUST, MUST NOT, SHOULD, SHOULD NOT, MAY, must, should */
    const char *asks;                   /* what a correct driver does */
};

struct lint_finding {
    const struct lint_rule *rule;
    const char *place;                  /* "gpu queue 0", "console" */
    const char *seen;
};

struct lint_device;
enum { LINT_DEVICES = 48 };

struct lint {
    const struct guest_memory *memory;
    struct bus                *bus;
    struct pci_host           *pci;     /* null: there is none */
    struct lint_device        *device[LINT_DEVICES];
    unsigned                   devices;
    unsigned long              accesses, requests;      /* looked at */
    unsigned long              musts, shoulds;          /* findings */

    /* Called once for each rule and place. */
    void (*found)(void *context, const struct lint_finding *f);
    void  *context;
};

/* Begins with a machine that is whole and a guest that has not run. `found` is set by the caller
 * afterwards; null counts only. */
void lint_begin(struct lint *l, struct bus *b, const struct guest_memory *m);
void lint_watch_pci(struct lint *l, struct pci_host *h);
void lint_watch_slot(struct lint *l, const struct mmio_slot *s, uint64_t base);

/* What only the end shows; then the memory is given back, the counts stay. */
void lint_end(struct lint *l);

/* Is it a MUST (which a MAY that sets a limit is, too), or a SHOULD? */
bool lint_is_must(const struct lint_rule *r);

/* The n-th of all rules, null behind the last. */
const struct lint_rule *lint_rule(unsigned n);

/* For those who see each access of a driver to shared memory, in its order, as the tests do that
 * run the driver in their own process: called before it happens. `release` is a store that comes
 * after all before it, `acquire` a load before all after it. */
void lint_store(struct lint *l, uint64_t address, unsigned bytes, uint64_t value, bool release);
void lint_load(struct lint *l, uint64_t address, unsigned bytes, bool acquire);
void lint_barrier(struct lint *l);      /* a full one: stores before, loads after */

#endif
