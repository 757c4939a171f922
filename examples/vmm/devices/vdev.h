/* vdev.h - what all virtio devices have in common, behind whichever transport. [2] >>device
 *
 *      guest's access --> bus --> mmio.c     --> vdev.c             --> rng.c
 *                                 pci.c          status, features,      console.c
 *                                 registers      queues, config         gpu.c
 *
 * The transport turns register accesses into the calls below; the device itself sees none of them:
 * it is told of a reset and of a queue that was notified, and answers requests.
 */
#ifndef VMM_VDEV_H
#define VMM_VDEV_H

#include "memory.h"
#include "report.h"
#include "virtqueue.h"

enum { VDEV_QUEUES = 4, VDEV_CONFIG = 64 };

/* Device status. [2.1] */
enum {
    STATUS_ACKNOWLEDGE = 1, STATUS_DRIVER = 2, STATUS_DRIVER_OK = 4, STATUS_FEATURES_OK = 8,
    STATUS_NEEDS_RESET = 64, STATUS_FAILED = 128
};

/* Interrupt status: why the driver is interrupted. [4.1.4.5] [4.2.2] */
enum { INTERRUPT_QUEUE = 1, INTERRUPT_CONFIG = 2 };

/* Feature bits of every device. [6] */
#define FEATURE_INDIRECT  (UINT64_C(1) << 28)
#define FEATURE_EVENT_IDX (UINT64_C(1) << 29)
#define FEATURE_VERSION_1 (UINT64_C(1) << 32)
#define FEATURE_PLATFORM  (UINT64_C(1) << 33)
#define FEATURE_RING_RESET (UINT64_C(1) << 40)

struct vdev;

/* What makes a device one of its kind: a const table in its file. */
struct vdev_kind {
    const char *name;                   /* "gpu" */
    uint16_t    id;                     /* [5] */
    uint32_t    pci_class;              /* 24 bits, as PCI counts them */
    unsigned    queues;
    uint16_t    queue_max;
    uint64_t    features;               /* besides those of every device */
    const char *feature[8];             /* their names, by bit: for the story */
    unsigned    config_bytes;
    void (*reset)(struct vdev *d);
    void (*queue_reset)(struct vdev *d, unsigned queue);    /* null: it holds nothing of a queue */
    void (*notified)(struct vdev *d, unsigned queue);
    void (*config_written)(struct vdev *d, unsigned offset, unsigned width, uint32_t value);
};

struct vdev {
    const struct vdev_kind *kind;
    char                 name[24];      /* "gpu", "console 1": as messages call it */
    struct guest_memory *memory;
    uint8_t              status;
    uint64_t             offered, accepted;         /* feature bits */
    uint8_t              config[VDEV_CONFIG];       /* little-endian, as the driver reads it */
    uint32_t             generation;                /* counts changes of config [2.5] */
    uint8_t              interrupt_status;
    bool                 may_dma;       /* PCI: bus mastering is on; virtio-mmio: always */
    struct virtqueue     queue[VDEV_QUEUES];
    uint64_t             kicks;
    unsigned             faults;        /* lines about this driver since its last reset */
    bool                 told_dma;
    uint64_t             told_config;   /* by byte: drivers poll, the story says it once a change */

    /* Set by the transport: interrupt_status changed, because of `queue` or (-1) config. */
    void (*interrupt)(struct vdev *d, int queue);
    void  *transport;
};

/* A device after power on. `name` is copied. */
void vdev_init(struct vdev *d, const struct vdev_kind *kind, const char *name,
               struct guest_memory *memory);

/* ---- For transports: what the driver does ---- */

uint8_t  vdev_status(const struct vdev *d);
void     vdev_set_status(struct vdev *d, uint8_t value);            /* 0 resets [2.4] */
uint32_t vdev_offered(const struct vdev *d, uint32_t select);       /* half 0 or 1; else 0 */
uint32_t vdev_accepted(const struct vdev *d, uint32_t select);
void     vdev_accept(struct vdev *d, uint32_t select, uint32_t bits);
struct virtqueue *vdev_queue(struct vdev *d, uint32_t index);       /* null: no such queue */
void     vdev_set_queue_size(struct vdev *d, uint32_t index, uint32_t size);
void     vdev_set_queue_area(struct vdev *d, uint32_t index, enum queue_area area, unsigned half,
                             uint32_t bits);    /* half of an address: 0 the lower, 1 the upper */
void     vdev_enable_queue(struct vdev *d, uint32_t index);
void     vdev_disable_queue(struct vdev *d, uint32_t index);        /* virtio-mmio only */
void     vdev_reset_queue(struct vdev *d, uint32_t index);          /* with RING_RESET [2.6.1] */
void     vdev_notify(struct vdev *d, uint32_t index);
uint32_t vdev_read_config(struct vdev *d, uint32_t offset, unsigned width);
void     vdev_write_config(struct vdev *d, uint32_t offset, unsigned width, uint32_t value);
uint8_t  vdev_acknowledge(struct vdev *d, uint8_t bits);            /* returns what was pending */

/* ---- For devices ---- */

/* Is the driver there, are its queues to be served? */
bool vdev_is_live(const struct vdev *d);

/* Something in d->config was changed: the generation counts it, the driver hears of it. */
void vdev_config_changed(struct vdev *d);

/* Tells the driver, once it is there, that `queue` (or -1: config) has something new. */
void vdev_interrupt(struct vdev *d, int queue);

/* One line about what the driver did wrong; of very many the first are told. */
void vdev_fault(struct vdev *d, const char *format, ...) REPORT_FORMAT(2, 3);

/* The guest broke a rule that leaves no way to go on: one line says which, the status gets
 * NEEDS_RESET, the driver an interrupt; no queue is served until it resets. [2.1.2] Always false,
 * so that who found it can return it. */
bool vdev_broken(struct vdev *d, const char *format, ...) REPORT_FORMAT(2, 3);

#endif
