/* gpu.h - the 2D graphics device. [5.7]                                                   >>gpu
 *
 *      guest RAM               host                        host
 *      backing    --TRANSFER--> resource --FLUSH--> frame --> screen callback
 *      (pieces)                 (pixels as the     (0x00RRGGBB, with the cursor:
 *                                guest has them)    what is seen)
 *
 * Only a flush makes pixels visible. All that the guest makes us allocate is counted, and refused
 * before it is allocated when it would be too much.
 */
#ifndef VMM_GPU_H
#define VMM_GPU_H

#include "vdev.h"

enum {
    GPU_SCANOUTS  = 1,
    GPU_RESOURCES = 64,
    GPU_MAX_SIDE  = 8192,               /* pixels of a resource or a display, either way */
    GPU_PIECES    = 16384,              /* of one resource's backing */
    GPU_MEMORY    = 1 << 30,            /* bytes that one guest makes us hold, all in all */
    GPU_CURSOR    = 64                  /* a cursor's sides [5.7.6.6] */
};

#define GPU_EDID (UINT64_C(1) << 1)     /* a feature, which may be withheld [5.7.3] */

struct gpu_rect { uint32_t x, y, width, height; };

/* What is seen on a scanout: 0x00RRGGBB words, rows without gaps. */
struct gpu_frame {
    unsigned      width, height;
    uint32_t     *pixels;
    unsigned long number;               /* flushes so far; a cursor that moves does not count */
    bool          whole;                /* a flush has covered all of it since SET_SCANOUT */
};

/* Where frames go. `changed` is called after each flush that touched the scanout, and when the
 * cursor moved; `damage` is what has to be drawn again. `off`: the driver switched the scanout off.
 * A reset says nothing: a guest that shuts down resets its devices, and its last picture stays. */
struct gpu_screen {
    void *context;
    void (*changed)(void *context, const struct gpu_frame *frame, const struct gpu_rect *damage);
    void (*off)(void *context);
};

struct gpu_piece {
    uint64_t start;                     /* of its first byte in the backing */
    uint8_t *at;
    uint32_t bytes;
};

struct gpu_resource {
    uint32_t          id;               /* 0: nothing */
    uint32_t          width, height;
    const struct gpu_format *format;
    uint8_t          *pixels;           /* 4 bytes each, as the guest stores them */
    struct gpu_piece *backing;          /* null: none is attached */
    unsigned          pieces;
    uint64_t          backing_bytes;
};

struct gpu_cursor {
    bool     shown;
    int64_t  x, y;                      /* of its upper left pixel on the scanout */
    uint32_t hot_x, hot_y;
    uint32_t image[GPU_CURSOR * GPU_CURSOR];    /* 0xAARRGGBB */
    uint32_t under[GPU_CURSOR * GPU_CURSOR];    /* the frame's pixels that it hides */
};

struct gpu {
    struct vdev         vdev;           /* first: a vdev of this kind is a gpu */
    struct gpu_screen   screen;
    unsigned            width, height;  /* of the display that the driver is offered */
    struct gpu_resource resource[GPU_RESOURCES];
    uint32_t            shown;          /* the scanout's resource, 0: it is off */
    struct gpu_rect     scanout;        /* the part of it that is shown */
    struct gpu_frame    frame;
    struct gpu_cursor   cursor;
    bool                ever_set;       /* there was a SET_SCANOUT */
    bool                mute;           /* the next GET_DISPLAY_INFO gets no answer, ever */
    bool                told;           /* the story of the first picture is over */
    struct chain        chain;
};

void gpu_init(struct gpu *g, const char *name, struct guest_memory *memory, unsigned width,
              unsigned height, const struct gpu_screen *screen);
void gpu_destroy(struct gpu *g);        /* frees what the host holds for it */
void gpu_resize(struct gpu *g, unsigned width, unsigned height);    /* raises the event [5.7.4] */

/* What is seen now; false (and nothing) if the scanout is off. */
bool gpu_frame(const struct gpu *g, struct gpu_frame *frame);

/* Why there is no whole picture yet, in words for the driver's author; null if there is one. */
const char *gpu_no_picture(const struct gpu *g);

#endif
