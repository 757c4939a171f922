/* show.h - what each recipe's kernel does once its memory is as the recipe says: a line of text,
   which tells that the picture before it was shown as well. */

#define WIDTH  320
#define HEIGHT 200

static vb_machine machine;

static void show(vb_console *console, vb_gpu *gpu, uint32_t *pixels) {
    static vb_gpu_desc how;
    int shown;
    how.pixels = pixels;
    how.bytes = VB_GPU_BYTES(WIDTH, HEIGHT);
    how.width = WIDTH;
    how.height = HEIGHT;
    shown = vb_gpu_open_desc(gpu, &machine, &how);
    if (shown == VB_OK) shown = vb_gpu_present(gpu, NULL, 0);
    if (vb_console_open(console, &machine, 0) == VB_OK) {
        vb_console_print(console, shown == VB_OK ? "text and picture\n" : "no picture: ");
        if (shown != VB_OK) vb_console_print(console, vb_error_name(shown));
        vb_console_drain(console);
    }
}
