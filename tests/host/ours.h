/* A world made of our own devices, the ones that our VMMs run: no hypervisor, no
 * other process, no waiting.
 *
 *   driver --- world.read, write ---> bus ---> transport ---> device
 *     |                                                         |
 *     +-- scattered pages --- one file of RAM --- one piece ----+
 *
 * The two sides see the RAM at unrelated pointers. What the devices complain of
 * (report.fault) is a complaint of this world, and so is what lint finds. */
#ifndef OURS_H
#define OURS_H

#include "examples/vmm/devices/console.h"
#include "examples/vmm/devices/gpu.h"
#include "examples/vmm/devices/mmio.h"
#include "examples/vmm/devices/pci.h"
#include "examples/vmm/devices/rng.h"
#include "examples/vmm/devices/virtio_pci.h"
#include "examples/vmm/lint/lint.h"
#include "tests/world/world.h"

enum { OURS_EACH = 3, OURS_SLOTS = 8, OURS_SLOT_AT = 0x0a000000 };

/* Device numbers on PCI, and slots of virtio-mmio. The third of each is always in a
 * slot, whatever the transport of the others. */
enum {
    OURS_GPU = 1, OURS_CONSOLE, OURS_GPU_2, OURS_CONSOLE_2, OURS_GPU_3, OURS_CONSOLE_3, OURS_RNG
};

/* What is there and where; zero means the default. */
typedef struct ours_plan {
    const char *name;
    int mmio;                           /* in slots, not on PCI */
    unsigned each;                      /* gpus, consoles: 1 to OURS_EACH */
    unsigned rng;                       /* where the entropy device is; 0: nowhere */
    unsigned width, height;             /* of the displays: 1280x800 */
    int placed;                         /* firmware gave the BARs addresses */
    uint64_t ram;                       /* 0x40000000 */
    uint64_t ecam;                      /* 0x4010000000 */
    struct {
        uint64_t base, bytes;
    } window[2];                        /* those of QEMU's virt */
    int msix;                           /* the machine can signal messages */
    void (*found)(void *ours, const struct lint_finding *f);    /* instead of a complaint */
    const struct virtio_layout *layout;
} ours_plan;

typedef struct ours_text {              /* grows at its end, is taken from its start */
    char *bytes;
    size_t start, end, room;
} ours_text;

typedef struct ours {
    world w;
    ours_plan plan;
    unsigned char *mapping;             /* the devices' view of RAM, between two
                                           pages that nobody may touch */
    struct guest_memory memory;
    struct bus bus;
    struct pci_host pci;
    struct virtio_pci function[2 * OURS_EACH + 1];
    struct mmio_slot slot[OURS_SLOTS];
    struct gpu gpu[OURS_EACH];
    struct console console[OURS_EACH];
    struct rng rng;
    struct lint lint;
    struct ours_end {                   /* of a console: who types and reads there */
        struct ours *of;
        ours_text heard, typed;         /* typed: what the device had no room for */
        size_t budget;                  /* how many bytes the reader still takes; */
        int has_budget;                 /* without one all */
    } end[OURS_EACH];
    unsigned messages;                  /* of MSI-X, which our driver never asks for */
    unsigned flushes, rectangle[4];
    unsigned complaints;
    char complaint[256];
} ours;

void ours_start(ours *o, const ours_plan *plan);
void ours_stop(ours *o);

/* The reader at a console takes `bytes` more and then pauses; ours_resume: takes
 * all again, what waits included. */
void ours_pause(ours *o, unsigned console, size_t bytes);
void ours_resume(ours *o, unsigned console);

/* Every queue of a device offers so many descriptors. */
void ours_queue_max(struct vdev *d, uint16_t max);

#endif
