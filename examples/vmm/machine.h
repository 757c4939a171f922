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
#include "devices/v2m.h"
#include "devices/virtio_pci.h"
#include "lint/lint.h"
#include "host/image.h"
#include "host/options.h"

enum { MACHINE_SLOTS = 32 };
enum { MACHINE_GPU, MACHINE_CONSOLE, MACHINE_RNG, MACHINE_DEVICES };

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
    uint64_t    window64_step;          /* not 0: it lies behind RAM, at a multiple of this */
    uint64_t    ports, ports_bytes;     /* PCI's too: nothing is there */
    uint64_t    console_bar;            /* the one BAR that has an address from the beginning */
    uint64_t    uart;                   /* x86: a port; arm64: 0 if there is none */
    uint64_t    slots, slot_stride;     /* virtio-mmio */
    unsigned    slot_count;
    bool        slots_fall;             /* QEMU's habit: the first device is in the last slot */
    uint64_t    gic_distributor, gic_redistributor, gic_cpu;    /* v2 has cpu, v3 the other */
    uint64_t    gic_v2m;                /* 0: no place for messages but the back end's */
    unsigned    v2m_line, v2m_lines;    /* SPI numbers */
    unsigned    uart_line, pci_line, slot_line;     /* SPI numbers; PCI has 4, slots one each */
};

/* What PCI is like, wherever it lies: --machine NAME. */
struct habits {
    const char *map;                    /* the one it comes with */
    const struct virtio_layout *layout;
    uint32_t    bridge;                 /* its id: device << 16 | vendor */
    unsigned    slot[MACHINE_DEVICES];
    bool        has_no_strays;          /* pci.h */
    uint64_t    gpu_withholds;          /* features */
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
    struct map          its_map;        /* a copy, in which what follows RAM has its place */
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
    struct v2m          v2m;
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

/* From now on `l` looks at all that the guest does. */
void machine_lint(struct machine *m, struct lint *l);

/* A gpu that comes to the bus late, or is there. */
void machine_show_gpu(struct machine *m, bool is_there);

/* The end of the highest address that the machine uses: does it fit into the CPU's? */
uint64_t machine_end(const struct machine *m);

#endif
