/* min.c - the program of virtio_bare.h's first page, with five squares to draw.

   `make size` measures the images `small` and `tiny` on it, `make bench` counts what the driver
   does in it. It shows the picture of the example kernel's `demo=squares`, so one checksum serves
   both. Built with start.S and link.ld of one of examples/kernel's CPUs and nothing else. */

#define VIRTIO_BARE_IMPLEMENTATION
#include "virtio_bare.h"

#define WIDTH  1280
#define HEIGHT 720

/* `make bench` defines this as an instruction that does nothing and that a plugin can see. */
#ifndef MARK
#define MARK(n)
#endif

static const struct {
    uint16_t x, y, width, height;
    uint32_t colour;
} shapes[] = {
    { 0, 0, WIDTH, HEIGHT, 0xffffff }, { 0, 0, WIDTH, 40, 0x2c3e50 },
    { 20, 70, 1240, 260, 0x1a1a2e },
    { 45, 95, 210, 210, 0xffffff },    { 50, 100, 200, 200, 0xff5733 },
    { 275, 95, 210, 210, 0xffffff },   { 280, 100, 200, 200, 0xffc300 },
    { 505, 95, 210, 210, 0xffffff },   { 510, 100, 200, 200, 0x28b463 },
    { 735, 95, 210, 210, 0xffffff },   { 740, 100, 200, 200, 0x3498db },
    { 965, 95, 210, 210, 0xffffff },   { 970, 100, 200, 200, 0x9b59b6 },
};

static vb_machine machine;
static vb_console console;
static vb_gpu     gpu;

/* Not in .bss: nobody has to clear what is painted over anyway. */
__attribute__((section(".noinit"))) static VB_ALIGN(4096) uint32_t pixels[WIDTH * HEIGHT];

static void paint(void)
{
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (unsigned y = shapes[i].y; y < shapes[i].y + shapes[i].height; y++)
            for (unsigned x = shapes[i].x; x < shapes[i].x + shapes[i].width; x++)
                pixels[y * WIDTH + x] = shapes[i].colour;
}

void kernel_main(const void *dtb);

void kernel_main(const void *dtb)
{
    int shown;
#if defined(__x86_64__)
    (void)dtb;
    vb_machine_from_pc(&machine);
#else
    vb_machine_from_dtb(&machine, dtb);
#endif
    if (vb_console_open(&console, &machine, 0) == VB_OK)
        vb_console_print(&console, "Hello from bare metal\n");
    shown = vb_gpu_open(&gpu, &machine, 0, pixels, sizeof pixels);
    MARK(0x51); /* the first flush has been answered */
    if (shown == VB_OK && gpu.width == WIDTH && gpu.height == HEIGHT) {
        paint();
        MARK(0x52);
        vb_gpu_present(&gpu, NULL, 0);
        MARK(0x53);
    }
    MARK(0x54);
}
