/* virtqueue.h - the device's side of a split virtqueue. [2.7] >>queue
 *
 *      driver writes                               device writes
 *      descriptor table   available ring           used ring
 *      +--+----------+    +---------------+        +--------------------+
 *      |0 | address  | <- | idx, ring[..] |  ====> | idx, {id, length}  |
 *      |1 | length   |    +---------------+        +--------------------+
 *      |..| flags    |    read here, once          in order, then idx
 *      +--+----------+
 *
 * Nothing that a guest wrote is trusted: each descriptor is copied once and then checked, chains
 * are bounded, each address goes through guest_range() with its length. The first thing that is
 * wrong breaks the device (vdev_broken) and nothing is touched.
 */
#ifndef VMM_VIRTQUEUE_H
#define VMM_VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vdev;

enum { VIRTQUEUE_MAX = 1024 };          /* the longest chain */

/* The three parts; transports call the last two driver area and device area. [2.6] */
enum queue_area { AREA_DESCRIPTORS, AREA_AVAILABLE, AREA_USED, AREAS };

struct virtqueue {
    uint16_t max;                       /* what the device offers; 0: no such queue */
    uint16_t size;                      /* what the driver chose, at most max */
    bool     enabled;
    bool     was_reset;                 /* by itself: it may be enabled after DRIVER_OK */
    uint64_t area[AREAS];               /* guest physical addresses, */
    uint8_t *at[AREAS];                 /* and where they are here, checked when it was enabled */
    uint16_t next_available, next_used; /* running indices, as the ring's own: modulo 65536 */
    uint16_t vector;                    /* MSI-X, or 0xffff */
    bool     told;                      /* the story of its first request */
};

/* One request: what the device may read, then what it may write. */
struct chain {
    uint16_t head;                      /* names it in the used ring */
    unsigned queue;                     /* where it came from */
    unsigned readable, writable;        /* pieces */
    uint64_t readable_bytes, writable_bytes;
    struct {
        uint8_t *at;
        uint32_t bytes;
    } piece[VIRTQUEUE_MAX];
};

/* From now on requests are taken: false if size, alignment or place of the three parts are wrong,
 * which breaks the device. [2.7] */
bool virtqueue_start(struct vdev *d, unsigned queue);

/* The next request the driver made available. False: there is none, or the device is broken. */
bool virtqueue_next(struct vdev *d, unsigned queue, struct chain *c);

/* Gives it back, with the number of bytes written into it, and interrupts the driver unless it
 * asked not to be. What a device holds longer than a call it forgets when it is reset. */
void virtqueue_done(struct vdev *d, unsigned queue, const struct chain *c, uint32_t written);

/* Bytes from or to the readable or writable part as if it were in one piece; returns how many
 * there were. */
size_t chain_read(const struct chain *c, uint64_t offset, void *to, size_t bytes);
size_t chain_write(const struct chain *c, uint64_t offset, const void *from, size_t bytes);

#endif
