/* round.c - what one request costs the CPU: submit, kick, and the poll that finds the answer.

   The request is GET_DISPLAY_INFO: one buffer that the device reads, one that it writes. The driver
   is in a file of its own (driver.c), as in most programs, and what this file does itself is left
   out of the count. The ring has wrapped round before the counted one, so nothing in it is new. The
   plugin gives QEMU time at each doorbell (settle=MS): the poll finds the answer at once, and no
   waiting is in the count. Where the host was too busy for that there is one more round. */

#include "virtio_bare.h"

#define MARK(n) __asm__ volatile("hint %0" : : "i"(n) : "memory")

static vb_machine machine;
static vb_device  device;
static vb_queue   queue;
static vb_ring    ring;

static struct {
    uint32_t type, flags;
    uint64_t fence;
    uint32_t context, padding;
} request;
static uint32_t answer[102];

void kernel_main(const void *dtb);

void kernel_main(const void *dtb)
{
    vb_device_desc want = { 0 };
    vb_buffer      buffers[2];
    uint32_t       tag, bytes;

    want.type = 16;
    vb_machine_from_dtb(&machine, dtb);
    if (vb_device_open(&device, &machine, &want) != VB_OK) return;
    if (vb_device_queue(&device, &queue, 0, &ring) != VB_OK) return;
    if (vb_device_start(&device) != VB_OK) return;

    request.type = 0x0100;
    buffers[0].data = &request;
    buffers[0].bytes = sizeof request;
    buffers[1].data = answer;
    buffers[1].bytes = sizeof answer;
    for (unsigned i = 0, late = 0; i < 2 * VB_QUEUE_SIZE || late; i++) {
        int found;
        MARK(0x60);
        vb_queue_submit(&queue, 1, buffers, 1, 1);
        vb_queue_kick(&queue);
        found = vb_queue_poll(&queue, &tag, &bytes);
        MARK(0x61);
        late = found == 0;
        while (found == 0) found = vb_queue_poll(&queue, &tag, &bytes);
        if (found != 1 || bytes != sizeof answer) return;
    }
    MARK(0x62);
    MARK(0x54);
}
