/* use.c - the header from a caller's side, in C and in C++: included twice, beside Linux's own ring
   definitions, with objects that start zeroed in the language's own way. Compiled, linked with an
   implementation, and run; prints "fine". */

#ifdef __linux__
#ifdef __cplusplus
#define VIRTIO_RING_NO_LEGACY           /* the rest of that header is not C++ */
#endif
#include <linux/virtio_ring.h>
#endif
#include "virtio_bare.h"
#include "virtio_bare.h"
#include <stdio.h>

#ifdef __cplusplus
#define ZERO { }
#else
#define ZERO { 0 }
#endif

static vb_machine machine = ZERO;
static vb_console console = ZERO;
static vb_gpu     gpu = ZERO;

int main(void) {
    vb_device_desc  device_desc = ZERO;
    vb_console_desc console_desc = ZERO;
    vb_gpu_desc     gpu_desc = ZERO;
    vb_rect         rect = ZERO;
    uint32_t        pixel = 0;

    gpu_desc.pixels = &pixel;
    gpu_desc.bytes = sizeof pixel;

    /* An empty machine has no devices, and says so. */
    if (vb_console_open(&console, &machine, 0) != VB_E_NOT_FOUND) return 1;
    if (vb_console_open_desc(&console, &machine, &console_desc) != VB_E_NOT_FOUND) return 2;
    if (vb_gpu_open_desc(&gpu, &machine, &gpu_desc) != VB_E_NOT_FOUND) return 3;
    if (vb_gpu_present(&gpu, &rect, 1) >= 0) return 4;
    if (device_desc.type != 0 || machine.failure.code != VB_OK) return 5;
    puts("fine");
    return 0;
}
