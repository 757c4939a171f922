/* machine.h - the machine that the back ends share: RAM, bus, devices, and the map of it all.
 *
 * A back end (main_kvm.c, main_hvf.c) brings the CPU, its interrupt controller and its exits. All
 * else is here and the same everywhere: machine_create() makes it from the options, loader.c puts
 * the kernel into RAM, tree.c describes it to the guest.
 */
#ifndef VMM_MACHINE_H
#define VMM_MACHINE_H

#include "devices/bus.h"
#include "devices/console.h"
#include "devices/gpu.h"
#include "devices/memory.h"
#include "devices/mmio.h"
#include "devices/pci.h"
#include "devices/rng.h"
#include "devices/uart.h"
#include "host/options.h"

/* Where everything lies; the picture of it stands above the table in machine.c. */
struct map {
    const char *name;                   /* --map NAME */
    uint64_t    ram;
    uint64_t    ecam, ecam_bytes;
    uint64_t    window, window_bytes;   /* PCI's, below 4 GiB */
    uint64_t    window64, window64_bytes;
    uint64_t    uart;
    uint64_t    slots, slot_stride;     /* virtio-mmio */
    unsigned    slot_count;
    uint64_t    gic_distributor, gic_redistributor, gic_cpu;    /* arm64; v2 has cpu, v3 the other */
    unsigned    uart_line, pci_line, slot_line;                 /* SPI numbers; PCI has 4, slots one each */
};

struct machine {
    const struct map   *map;
    struct guest_memory memory;
    struct bus          bus;
    struct pci_host     pci;
    struct mmio_slot    slot[8];
    struct console      console;
    struct gpu         *gpu;
    struct rng          rng;
    struct uart         uart;
    uint64_t            entry;          /* where the first CPU starts, */
    uint64_t            boot;           /* and what it is told: the device tree, PVH's start info */

    /* Set by the back end: an interrupt line, by the number that the map has. */
    void (*set_line)(void *context, unsigned line, bool high);
    void  *context;
};

#endif
