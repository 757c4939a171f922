/* monitor.h - what a driver does, as the rules get to see it.
 *
 *      guest's access ----> bus, pci ----------> device
 *                              |                   :
 *                        watch |                   : what it offers, what it holds (const)
 *                              v                   :
 *                          monitor.c <.............:
 *                              | one call for each thing that happens
 *        +--------+--------+---+----+--------+--------+---------+
 *      init.c  queue.c  order.c   pci.c   mmio.c  console.c   gpu.c
 *                               pcibus.c
 *
 * A write is seen before the device gets it, a read when its value is known. So a rule that looks
 * at a device during a write sees what was there before.
 *
 * Each file of rules is one struct lint_area: a table of duties, and functions that look at what
 * happens and speak. What an area remembers about a device is its own, in memory that the monitor
 * hands out; nothing grows with what a guest does, and guest memory is read through guest_range().
 */
#ifndef VMM_LINT_MONITOR_H
#define VMM_LINT_MONITOR_H

#include "lint.h"

enum lint_areas {
    LINT_INIT, LINT_QUEUE, LINT_ORDER, LINT_PCI, LINT_PCIBUS, LINT_MMIO, LINT_CONSOLE, LINT_GPU,
    LINT_AREAS
};

struct lint_device {
    struct lint             *lint;
    const char              *name;      /* "gpu", "pci bridge", "virtio-mmio slot" */
    const struct vdev       *vdev;      /* null: an empty slot, or a function that is not virtio */
    const struct mmio_slot  *slot;      /* one of these two is null */
    const struct pci_function *function;
    const struct virtio_pci *pci;       /* the function, if it is virtio */
    uint64_t                 base;      /* of the slot */
    uint8_t                  was_read[PCI_CONFIG / 8];  /* of configuration space, a bit a byte */
    uint32_t                 device_select, driver_select, queue_select;    /* as last written */
    uint8_t                 *spoken;    /* by rule: bit n for queue n, bit 7 for no queue */
    void                    *state[LINT_AREAS];
};

/* ---- Register accesses ----------------------------------------------------------------------- */

/* The registers of both transports under one name each, where they mean the same. */
enum lint_register {
    REG_NONE,                           /* no register lies there */
    REG_CONFIG,                         /* the device's own configuration [2.5] */
    REG_STATUS, REG_GENERATION,
    REG_DEVICE_SELECT, REG_DEVICE_FEATURES, REG_DRIVER_SELECT, REG_DRIVER_FEATURES,
    REG_QUEUE_SELECT, REG_QUEUE_SIZE, REG_QUEUE_ENABLE, REG_QUEUE_RESET,
    REG_QUEUE_DESC, REG_QUEUE_DRIVER, REG_QUEUE_DEVICE,         /* a half: lint_access.half */
    REG_NOTIFY, REG_ISR,                                        /* MMIO: InterruptStatus */
    /* MMIO only */
    REG_MAGIC, REG_VERSION, REG_DEVICE_ID, REG_VENDOR_ID, REG_QUEUE_MAX, REG_ACK, REG_SHM,
    /* PCI only; there queue_size is also what QueueNumMax is */
    REG_CONFIG_VECTOR, REG_QUEUE_VECTOR, REG_NUM_QUEUES, REG_NOTIFY_OFF, REG_NOTIFY_DATA,
    REG_OTHER_BAR                       /* behind a BAR, in no structure (MSI-X has its table there) */
};

struct lint_access {
    enum lint_register reg;
    const char *name;                   /* "QueueNotify", "queue_size", never null */
    bool        is_write;
    bool        is_exact;               /* the whole register, in its own width */
    bool        by_window;              /* through VIRTIO_PCI_CAP_PCI_CFG */
    bool        is_decoded;             /* false: memory decode is off, the device sees nothing */
    unsigned    bar, region;            /* PCI: where, and in which structure (REGION_COMMON...) */
    uint32_t    offset;                 /* in slot, structure or configuration */
    unsigned    width, bytes;           /* of the access; of the register, 0 if there is none */
    unsigned    half;                   /* of an address: 0 low, 1 high */
    unsigned    queue;                  /* selected, or notified */
    uint64_t    value;
};

/* An access to a function's configuration space, through ECAM or ports. */
struct lint_config {
    unsigned at, width;
    bool     is_write;
    uint32_t value;
};

/* Did the driver read this byte of it? */
bool lint_was_read(const struct lint_device *d, unsigned at);

/* ---- Requests -------------------------------------------------------------------------------- */

/* A chain of descriptors as the driver made it available, copied once. */
enum { LINT_CHAIN = 2 * VIRTQUEUE_MAX };        /* its longest: table and ring */

struct lint_descriptor {
    uint64_t address;
    uint32_t bytes;
    uint16_t flags, next;
    uint16_t index;                     /* its place in its table */
    bool     in_table;                  /* an indirect one */
};

struct lint_chain {
    unsigned queue;
    uint16_t head, last;                /* its first and its last descriptor in the ring */
    bool     is_sound;                  /* it has an end, and all of it lies in RAM */
    uint64_t table;                     /* where its indirect table is, */
    uint32_t entries;                   /* of so many; 0: it has none */
    uint64_t readable, writable;        /* bytes */
    unsigned count;                     /* buffers: what names a table is not among them */
    struct lint_descriptor at[LINT_CHAIN];
};

/* Bytes of the readable part as if it were one piece; returns how many there were. */
size_t lint_read(const struct lint_device *d, const struct lint_chain *c, uint64_t offset, void *to,
                 size_t bytes);

/* ---- Areas of rules -------------------------------------------------------------------------- */

/* Functions that an area does not need are null. */
struct lint_area {
    const char             *name;
    const struct lint_rule *rules;      /* ends with a null id */
    size_t                  state;      /* bytes of d->state[area], zero at the beginning */

    void (*access)(struct lint_device *d, const struct lint_access *a);
    void (*config)(struct lint_device *d, const struct lint_config *c);
    /* One that reaches no function, told to the host bridge: nobody is there, or it is not aligned,
     * or wider than 32 bits. Its number is bus << 8 | slot << 3 | function; it has no value. */
    void (*missed)(struct lint_device *d, unsigned number, const struct lint_config *c);
    /* A request is there (told by queue.c), and was given back with so many bytes written. */
    void (*request)(struct lint_device *d, const struct lint_chain *c);
    void (*answer)(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written);
    /* The driver resets the device: forget. Called after the access itself. */
    void (*reset)(struct lint_device *d);
    void (*end)(struct lint_device *d);
    /* Single accesses to memory, for the whole machine: told to each device that is
     * there. */
    void (*store)(struct lint_device *d, uint64_t address, unsigned bytes, uint64_t value,
                  bool release);
    void (*load)(struct lint_device *d, uint64_t address, unsigned bytes, bool acquire);
    void (*barrier)(struct lint_device *d);
};

extern const struct lint_area lint_init, lint_queue, lint_order, lint_pci, lint_pcibus, lint_mmio,
                              lint_console, lint_gpu;

/* For queue.c: tells all areas. */
void lint_request(struct lint_device *d, const struct lint_chain *c);
void lint_answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written);

/* Device types with rules of their own, by their number. [5] */
enum { LINT_IS_CONSOLE = 3, LINT_IS_RNG = 4, LINT_IS_GPU = 16, LINT_IS_INPUT = 18 };

/* Bytes of the configuration field at `offset`, 0 if none begins there. */
unsigned lint_field(const struct vdev *v, uint32_t offset);

/* What a rule has to say; the format tells what was seen. The second is about a queue. */
void lint_say(struct lint_device *d, const char *id, const char *format, ...) REPORT_FORMAT(3, 4);
void lint_say_queue(struct lint_device *d, unsigned queue, const char *id, const char *format, ...)
    REPORT_FORMAT(4, 5);

#endif
