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
#include "devices/virtio_pci.h"
#include "host/image.h"
#include "host/options.h"

enum { MACHINE_SLOTS = 32, MACHINE_DEVICES = 3 };

/* Where everything lies; the picture of it stands above the table in machine.c. What a machine does
 * not have is 0 (bytes). */
struct map {
    const char *name;                   /* --map NAME */
    enum arch   arch;
    uint64_t    ram;
    uint64_t    ram_low, ram_high;      /* x86: no more than ram_low at ram, the rest at ram_high */
    uint64_t    ecam, ecam_bytes;
    uint64_t    window, window_bytes;   /* PCI's, below 4 GiB */
    uint64_t    window64, window64_bytes;
    uint64_t    uart;                   /* x86: a port */
    uint64_t    slots, slot_stride;     /* virtio-mmio */
    unsigned    slot_count;
    bool        slots_fall;             /* QEMU's habit: the first device is in the last slot */
    uint64_t    gic_distributor, gic_redistributor, gic_cpu;    /* v2 has cpu, v3 the other */
    unsigned    uart_line, pci_line, slot_line;     /* SPI numbers; PCI has 4, slots one each */
};

/* What the devices need from outside. All of it is called with the machine's lock held (run.h). */
struct outside {
    void *context;
    size_t (*console)(void *context, const uint8_t *text, size_t bytes);    /* console.h: sink */
    void   (*uart)(void *context, const uint8_t *text, size_t bytes);
    void   (*set_line)(void *context, unsigned line, bool high);        /* as the map has it */
    void   (*signal_msi)(void *context, uint64_t address, uint32_t data);       /* null: no MSI-X */
    struct gpu_screen screen;
};

struct machine {
    const struct map   *map;
    struct guest_memory memory;
    struct bus          bus;
    struct pci_host     pci;
    struct virtio_pci   function[MACHINE_DEVICES];
    struct mmio_slot    slot[MACHINE_SLOTS];
    struct console      console;
    struct gpu          gpu;
    struct rng          rng;
    struct uart         uart;
    bool                has_pci, has_slots;
    unsigned            gic_version;    /* 3 or 2; 0: none. The back end knows, before the loader */

    /* What the loader did. */
    uint64_t            initrd, initrd_bytes;
    uint64_t            entry;          /* where the first CPU starts, */
    uint64_t            boot;           /* and what it is told: the device tree, PVH's start info */
};

/* RAM, bus and devices, as the options say. False: what is wrong is said. */
bool machine_create(struct machine *m, const struct options *o, enum arch arch,
                    const struct outside *outside);
void machine_destroy(struct machine *m);

/* The end of the highest address that the machine uses: does it fit into the CPU's? */
uint64_t machine_end(const struct machine *m);

#endif
