/* virtio_pci.h - a virtio device as a PCI function, modern layout. [4.1]
 *
 *      capability list                     BAR 4
 *      +--------------------------+        +--------+ 0x0000
 *      | common  BAR, offset      | -----> | common | features, status, queues   [4.1.4.3]
 *      | ISR     BAR, offset      | -----> | ISR    | why INTx is raised          [4.1.4.5]
 *      | device  BAR, offset      | -----> | device | the device's configuration  [4.1.4.6]
 *      | notify  BAR, offset, mul | -----> | notify | queue n at n * mul          [4.1.4.4]
 *      | window  the same registers through configuration space                    [4.1.4.9]
 *      +--------------------------+
 */
#ifndef VMM_VIRTIO_PCI_H
#define VMM_VIRTIO_PCI_H

#include "msix.h"
#include "pci.h"
#include "vdev.h"

/* The structures that capabilities lead to, by cfg_type [4.1.4]. */
enum {
    REGION_COMMON = 1, REGION_NOTIFY, REGION_ISR, REGION_DEVICE, REGION_WINDOW, REGIONS
};

/* Where a function has what: another machine's habits are another table. */
struct virtio_layout {
    struct {
        uint32_t bytes;                 /* 0: no such BAR */
        uint8_t  flags;                 /* BAR_64, BAR_PREFETCHABLE */
    } bar[PCI_BARS];
    struct {
        uint8_t  bar;
        uint32_t offset, length;
    } region[REGIONS];
    uint32_t notify_multiplier;
    uint32_t table, pending;            /* of MSI-X, where the host can signal it: offset | BAR. */
    uint8_t  vectors;                   /* The table's BAR holds nothing else. */
    uint64_t features;                  /* offered besides */
    bool     status_waits;              /* what is written to status is done when status is read */
};

extern const struct virtio_layout virtio_layout_64;     /* QEMU's: BAR 4, 64 bits; the default */
extern const struct virtio_layout virtio_layout_32;     /* the same in a 32-bit BAR */
extern const struct virtio_layout virtio_layout_vz;     /* Virtualization.framework's: BAR 0 */

struct virtio_pci {
    struct pci_function         pci;    /* first: a function of this kind is a virtio_pci */
    struct vdev                *device;
    const struct virtio_layout *layout;
    unsigned                    window; /* place of the PCI_CFG capability */
    uint32_t                    device_select, driver_select;
    uint16_t                    queue_select, config_vector;
    uint32_t                    seen;   /* the device's generation when config was read last, */
    uint8_t                     generation;     /* and what the driver is told of it */
    int                         waiting;        /* a status that waits to be read, or -1 */
    struct msix                 msix;
};

/* Plugs `device` into the bus at 00:slot.0, its BARs without an address. A null layout means
 * virtio_layout_64. False if the slot is taken. */
bool virtio_pci_init(struct virtio_pci *v, struct pci_host *h, unsigned slot, struct vdev *device,
                     const struct virtio_layout *layout);

/* The virtio device behind a function, or null. */
const struct virtio_pci *virtio_pci_of(const struct pci_function *f);

#endif
