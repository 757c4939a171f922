/* Worlds made of QEMU's own devices, on the machines that a kernel meets. */
#ifndef MACHINES_H
#define MACHINES_H

#include "qemu.h"
#include "tests/world/world.h"

typedef enum machine_kind {
    VIRT_PCI,                       /* ECAM above 4 GiB, two windows */
    VIRT_PCI_LOW,                   /* highmem=off: all below 4 GiB */
    VIRT_PCI_FAR,                   /* rings and pixels above 4 GiB */
    VIRT_MMIO_FAR,
    VIRT_MMIO,                      /* 32 slots, virtio-mmio version 2 */
    Q35                             /* a PC without firmware: see machine_firmware */
} machine_kind;

typedef struct machine {
    world w;
    qemu q;
    machine_kind kind;
    int mmio;
    uint64_t ecam, window, window_bytes;
    const void *dtb;                /* NULL on a PC */
    unsigned flushes, rectangle[4], complaints;
    char complaint[256];
} machine;

/* Starts QEMU with one GPU, one console ("" as options for the plain ones, NULL
 * for no such device) and further arguments (NULL for none). The GPU's id is
 * "gpu", the console talks to console 0. */
void machine_start(machine *m, machine_kind kind, const char *gpu_options,
                   const char *serial_options, const char *const *more);

/* Ends it, and fails (a test line of its own) if QEMU did not end well. */
void machine_stop(machine *m);

/* A PC's firmware: turns on ECAM; with `place`, gives every BAR on bus 0 an
 * address and turns decoding on. */
void machine_firmware(machine *m, int place);

const char *machine_kind_name(machine_kind kind);

#endif
