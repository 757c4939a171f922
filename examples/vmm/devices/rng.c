/* rng.c - the smallest virtio device: it fills buffers with random bytes. [5.4] >>own
 *
 * Start reading here. A device is a const table that says what it is, and a function that is
 * called when the driver notified a queue:
 *
 *      virtqueue_next    takes the next request that the driver made available
 *      chain_write       puts bytes into its buffers, however many pieces they are in
 *      virtqueue_done    gives it back: its number and how much was written go into the used ring
 *
 * Registers, features, status and all checks are below, in vdev.c and virtqueue.c.
 */
#include "rng.h"

#include <unistd.h>
#if defined(__APPLE__)
#include <sys/random.h>
#endif

enum { AT_ONCE = 65536 };               /* a device may give less than it has room for [5.4.6.2] */

static void notified(struct vdev *d, unsigned queue)
{
    struct rng *r = (struct rng *)d;

    while (virtqueue_next(d, queue, &r->chain)) {
        uint8_t random[256];            /* as much as one call of getentropy() gives */
        uint64_t done = 0, wanted = r->chain.writable_bytes;

        if (r->chain.readable > 0) {
            vdev_broken(d, "a readable buffer: there is nothing to be read here [5.4.6.1]");
            return;
        }
        while (done < wanted && done < AT_ONCE && getentropy(random, sizeof random) == 0)
            done += chain_write(&r->chain, done, random, sizeof random);
        virtqueue_done(d, queue, &r->chain, (uint32_t)done);
    }
}

static const struct vdev_kind kind = {
    .name = "rng", .id = 4, .pci_class = 0xff0000, .queues = 1, .queue_max = 64,
    .notified = notified,
};

void rng_init(struct rng *r, struct guest_memory *memory)
{
    vdev_init(&r->vdev, &kind, kind.name, memory);
}
