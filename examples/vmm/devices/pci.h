/* pci.h - a PCI bus of one host bridge, and virtio devices on it. [4.1]
 *
 *      configuration space (ECAM, or ports 0xcf8 and 0xcfc)
 *        00:00.0  host bridge
 *        00:01.0  virtio function ... BAR 4 --> window --> common, ISR, device, notify [4.1.4]
 *
 * A BAR answers only where the guest (or its firmware) put it, and only while memory decode is on;
 * a device reads and writes guest RAM only while bus mastering is on.
 */
#ifndef VMM_PCI_H
#define VMM_PCI_H

#include "bus.h"
#include "vdev.h"

enum { PCI_FUNCTIONS = 8, PCI_BARS = 6, PCI_WINDOWS = 3, PCI_CONFIG = 256 };

struct pci_host;

struct pci_function {
    struct pci_host *host;
    struct vdev     *device;            /* null: the host bridge */
    uint8_t          slot;              /* device number on bus 0 */
    uint8_t          config[PCI_CONFIG];        /* as read */
    uint8_t          writable[PCI_CONFIG];      /* which bits a write can change */
    uint64_t         bar_bytes[PCI_BARS];       /* 0: not there */
    uint32_t         device_select, driver_select, queue_select;
};

struct pci_window { uint64_t base, bytes; };

struct pci_host {
    struct pci_function function[PCI_FUNCTIONS];
    unsigned            functions;
    struct pci_window   window[PCI_WINDOWS];    /* where BARs may answer */
    unsigned            windows;
    uint32_t            port_address;           /* what was written to port 0xcf8 */
    void              (*set_line)(void *context, unsigned line, bool high);
    void               *context;
    unsigned            line[4];                /* of INTA to INTD, before swizzling */
};

/* On the bus: the ECAM (0 bytes: none, ports only) and the windows that the host has by then. */
bool pci_init(struct pci_host *h, struct bus *b, uint64_t ecam, uint64_t ecam_bytes);

/* Adds a virtio device at 00:slot.0, its BARs without an address. */
bool pci_add(struct pci_host *h, unsigned slot, struct vdev *device);

/* As firmware does: gives every BAR an address in the windows, turns decoding on. */
void pci_place(struct pci_host *h);

/* x86: ports 0xcf8 to 0xcff, offset 0 to 7. */
uint32_t pci_port_read(struct pci_host *h, unsigned offset, unsigned width);
void     pci_port_write(struct pci_host *h, unsigned offset, unsigned width, uint32_t value);

#endif
