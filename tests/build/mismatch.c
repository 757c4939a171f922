/* mismatch.c - a file compiled with other VB_ macros than the implementation's: every open and every
   way to make a machine refuses before it touches anything. Prints "refused". */

#include "virtio_bare.h"
#include <stdio.h>

static vb_machine machine;
static vb_console console;
static vb_gpu     gpu;
static vb_device  device;
static uint32_t   pixel;

int main(void) {
    static const uint32_t no_tree[16] = { 0 };
    vb_device_desc want = { 0 };

    want.type = 4;
    if (vb_machine_from_dtb(&machine, no_tree) != VB_E_CONFIG) return 1;
    if (vb_machine_from_pc(&machine) != VB_E_CONFIG) return 2;
    if (vb_console_open(&console, &machine, 0) != VB_E_CONFIG) return 3;
    if (vb_console_open_at(&console, &machine, 0x1000) != VB_E_CONFIG) return 4;
    if (vb_gpu_open(&gpu, &machine, 0, &pixel, sizeof pixel) != VB_E_CONFIG) return 5;
    if (vb_gpu_open_at(&gpu, &machine, 0x1000, &pixel, sizeof pixel) != VB_E_CONFIG) return 6;
    if (vb_device_open(&device, &machine, &want) != VB_E_CONFIG) return 7;
    puts("refused");
    return 0;
}
