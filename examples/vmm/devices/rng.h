/* rng.h - the smallest virtio device: it fills buffers with random bytes. [5.4] >>own */
#ifndef VMM_RNG_H
#define VMM_RNG_H

#include "vdev.h"

struct rng {
    struct vdev  vdev;                  /* first: a vdev of this kind is an rng */
    struct chain chain;
};

void rng_init(struct rng *r, struct guest_memory *memory);

#endif
