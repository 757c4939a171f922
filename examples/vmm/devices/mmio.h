/* mmio.h - virtio-mmio, version 2: a device in a slot of 512 bytes. [4.2] >>transport */
#ifndef VMM_MMIO_H
#define VMM_MMIO_H

#include "bus.h"
#include "vdev.h"

enum { MMIO_SLOT_BYTES = 0x200 };

struct mmio_slot {
    struct vdev *device;                /* null: an empty slot, whose DeviceID reads 0 */
    char         name[40];
    uint32_t     device_select, driver_select, queue_select;    /* what the other registers mean */
    void       (*set_line)(void *context, unsigned line, bool high);
    void        *context;
    unsigned     line;                  /* its interrupt, */
    bool         is_high;               /* as last told */
};

/* Puts the slot on the bus at `base`, with `device` in it or empty. The interrupt (line, set_line,
 * context) is for the machine to fill in; with a null set_line nobody hears of it. */
bool mmio_init(struct mmio_slot *s, struct bus *b, uint64_t base, struct vdev *device);

#endif
