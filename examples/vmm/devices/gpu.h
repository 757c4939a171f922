/* gpu.h - the 2D graphics device. [5.7]
 *
 *      guest RAM               host                        host
 *      backing    --TRANSFER--> resource --FLUSH--> frame --> screen callback
 *      (pieces)                 (pixels)            (what is seen)
 *
 * Only a flush makes pixels visible. A resource's memory is bounded before it is allocated.
 */
#ifndef VMM_GPU_H
#define VMM_GPU_H

#include "vdev.h"

enum { GPU_SCANOUTS = 1, GPU_RESOURCES = 16, GPU_MAX_SIDE = 8192 };

/* What is seen on a scanout: 0x00RRGGBB words, rows without gaps. */
struct gpu_frame {
    unsigned  width, height;
    uint32_t *pixels;
};

struct gpu;

/* Where frames go. `changed` is called after each flush that touched the scanout, with the part
 * that changed; `whole` tells that by now every pixel of it was flushed since SET_SCANOUT. `off`:
 * the driver disabled the scanout. */
struct gpu_screen {
    void *context;
    void (*changed)(void *context, const struct gpu_frame *frame, unsigned x, unsigned y,
                    unsigned width, unsigned height, bool whole);
    void (*off)(void *context);
};

void gpu_init(struct gpu *g, const char *name, struct guest_memory *memory, unsigned width,
              unsigned height, const struct gpu_screen *screen);
void gpu_destroy(struct gpu *g);        /* frees what the host holds for it */
void gpu_resize(struct gpu *g, unsigned width, unsigned height);       /* raises the event [5.7.5] */

/* The whole of what is seen now; false (and nothing) if the scanout is off. */
bool gpu_frame(const struct gpu *g, struct gpu_frame *frame);

#endif
