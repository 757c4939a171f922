/* monitor.h - what a driver does, as the rules get to see it.
 *
 *      guest's access ----> bus, pci ----------> device
 *                              |                   :
 *                        watch |                   : what it offers, what it holds (const)
 *                              v                   :
 *                 decode.c, monitor.c <............:
 *                              | one call for each thing that happens
 *        +--------+--------+---+------+--------+--------+---------+
 *      init.c  queue.c  registers.c  pci.c   mmio.c  console.c   gpu.c
 *              order.c             pcibus.c
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
    LINT_INIT, LINT_QUEUE, LINT_ORDER, LINT_REGISTERS, LINT_PCI, LINT_PCIBUS, LINT_MMIO,
    LINT_CONSOLE, LINT_GPU, LINT_AREAS
};

/* Which registers a driver used since it reset the device, each a bit, LINT_BIT(REG_...): what came
 * before the access that is under way. One that missed a register's width does not count. */
struct lint_life {
    uint32_t read, written;
    unsigned status;                    /* every bit that was written */
    uint32_t words_read, words_written; /* of features, bit n: features 32 n to 32 n + 31 */
    struct lint_queue_life {            /* while that queue was selected */
        uint32_t read, written;         /* the latter since the queue was reset by itself */
        unsigned halves;                /* of its three addresses, bit 2 * part + half: written */
        bool     is_enabled, was_reset, is_resetting;   /* the last: queue_reset has not read 0 */
    } queue[VDEV_QUEUES];
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
    struct lint_life         life;
    bool                     was_reset, is_resetting;   /* ever; status has not yet read 0 since */
    uint8_t                 *spoken;    /* by rule: bit n for queue n, bit 7 for no queue */
    void                    *state[LINT_AREAS];

    /* What is being looked at; a finding begins with it. */
    unsigned                 queue;     /* or LINT_NO_QUEUE */
    const struct lint_access *access;
    const struct lint_config *config;
    const struct lint_chain  *chain;
    const char               *asked;    /* the command in the chain, once an area has named it */
    bool                     is_silent; /* it is not judged yet */
};

enum { LINT_NO_QUEUE = 7 };
#define LINT_BIT(reg) (UINT32_C(1) << (reg))

/* ---- Register accesses ----------------------------------------------------------------------- */

/* The registers of both transports under one name each, where they mean the same. */
enum lint_register {
    REG_NONE,                           /* no register lies there */
    REG_CONFIG,                         /* the device's own configuration [2.5] */
    REG_STATUS, REG_GENERATION,
    REG_DEVICE_SELECT, REG_DEVICE_FEATURES, REG_DRIVER_SELECT, REG_DRIVER_FEATURES,
    REG_QUEUE_SELECT,
    REG_QUEUE_MAX,                      /* MMIO; PCI tells it in queue_size */
    REG_QUEUE_VECTOR, REG_NOTIFY_OFF, REG_NOTIFY_DATA,          /* PCI */
    REG_QUEUE_SIZE, REG_QUEUE_ENABLE, REG_QUEUE_RESET,
    REG_QUEUE_DESC, REG_QUEUE_DRIVER, REG_QUEUE_DEVICE,         /* a half: lint_access.half */
    REG_NOTIFY, REG_ISR,                                        /* MMIO: InterruptStatus */
    /* MMIO only */
    REG_MAGIC, REG_VERSION, REG_DEVICE_ID, REG_VENDOR_ID, REG_ACK, REG_SHM_SELECT, REG_SHM,
    /* PCI only */
    REG_CONFIG_VECTOR, REG_NUM_QUEUES, REG_ADMIN,               /* admin_queue_index and _num */
    REG_OTHER_BAR                       /* behind a BAR, in no structure (MSI-X has its table there) */
};

/* Those of the queue that is selected. */
bool lint_is_of_queue(enum lint_register reg);

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

/* Where a BAR is. */
uint64_t lint_bar(const struct pci_function *f, unsigned bar);

/* Did the driver read this byte of configuration space? */
bool lint_was_read(const struct lint_device *d, unsigned at);

/* One access of a driver to memory, or a full barrier, for those who see each. */
struct lint_touch {
    enum { LINT_LOAD, LINT_STORE, LINT_BARRIER } kind;
    bool     is_ordered;                /* a load with acquire, a store with release */
    unsigned bytes;
    uint64_t at, value;
};

/* ---- Requests -------------------------------------------------------------------------------- */

/* What the three parts of a queue are made of. [2.7.5] [2.7.6] [2.7.8] */
enum { NEXT = 1, WRITE = 2, INDIRECT = 4, DESCRIPTOR = 16 };    /* flags; bytes of a descriptor */
enum { FLAGS = 0, IDX = 2, RING = 4, USED_ELEMENT = 8 };        /* of the two rings */
uint32_t lint_part_bytes(const struct virtqueue *q, enum queue_area part);
bool     lint_is_in(const struct virtqueue *q, enum queue_area part, uint64_t address);

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
    enum { LINT_ANY, LINT_ON_PCI, LINT_ON_MMIO } transport;     /* the devices that it is told of, */
    unsigned                type;                               /* 0: of any type */
    size_t                  state;      /* bytes of d->state[area], zero at the beginning, */
    size_t                  kept;       /* and after each reset, but for so many */

    void (*access)(struct lint_device *d, const struct lint_access *a);
    /* One that no device hears: the slot is empty, or the function's decode is off. */
    void (*stray)(struct lint_device *d, const struct lint_access *a);
    void (*config)(struct lint_device *d, const struct lint_config *c);
    /* One that reaches no function, told to the host bridge: nobody is there, or it is not aligned,
     * or wider than 32 bits. Its number is bus << 8 | slot << 3 | function; it has no value. */
    void (*missed)(struct lint_device *d, unsigned number, const struct lint_config *c);
    /* A request is there (told by queue.c), and was given back with so many bytes written. */
    void (*request)(struct lint_device *d, const struct lint_chain *c);
    void (*answer)(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written);
    /* All is over. Then, as at each reset of the device, after the access itself: a life is. */
    void (*end)(struct lint_device *d);
    void (*over)(struct lint_device *d);
    /* Of all memory, told once for each queue of each device: d->queue. */
    void (*touch)(struct lint_device *d, const struct lint_touch *t);
};

extern const struct lint_area lint_init, lint_queue, lint_order, lint_registers, lint_pci,
                              lint_pcibus, lint_mmio, lint_console, lint_gpu;

/* For decode.c and queue.c: tells all areas. */
void lint_access(struct lint_device *d, const struct lint_access *a);
void lint_config(struct lint_device *d, const struct lint_config *c);
void lint_missed(struct lint_device *d, unsigned number, const struct lint_config *c);
void lint_request(struct lint_device *d, const struct lint_chain *c);
void lint_answer(struct lint_device *d, unsigned queue, uint16_t head, uint32_t written);

/* What bus and PCI host call: decode.c. */
void lint_on_access(void *watcher, uint64_t address, unsigned width, bool is_write, uint64_t value);
void lint_on_config(void *watcher, const struct pci_function *f, unsigned at, unsigned width,
                    bool is_write, uint32_t value);
void lint_on_missed(void *watcher, unsigned number, unsigned at, unsigned width, bool is_write);

/* Features that no device of ours offers, so that vdev.h names none of them. [6] */
#define FEATURE_PACKED            (UINT64_C(1) << 34)
#define FEATURE_NOTIFICATION_DATA (UINT64_C(1) << 38)
#define FEATURE_NOTIF_CONFIG_DATA (UINT64_C(1) << 39)
#define FEATURE_ADMIN_VQ          (UINT64_C(1) << 41)

/* Did the driver accept each of these? */
bool lint_has(const struct lint_device *d, uint64_t features);

/* Device types with rules of their own, by their number. [5] */
enum { LINT_IS_CONSOLE = 3, LINT_IS_RNG = 4, LINT_IS_GPU = 16, LINT_IS_INPUT = 18 };

/* A rule speaks: of d->queue, with the access or the head that is looked at, and with what the
 * format adds to that. Returns false, which is what the duty is. */
bool lint_say(struct lint_device *d, const char *id, const char *format, ...) REPORT_FORMAT(3, 4);

/* What has to be true, or the rule of that id speaks; ASKF with more to say than what it saw. Their
 * value is that truth. */
#define ASK(d, truth, id)       ((truth) ? true : lint_say((d), (id), "%s", ""))
#define ASKF(d, truth, id, ...) ((truth) ? true : lint_say((d), (id), __VA_ARGS__))

/* Where both transports ask for the same: the id of the one that this device has. */
const char *lint_by(const struct lint_device *d, const char *pci, const char *mmio);

#endif
