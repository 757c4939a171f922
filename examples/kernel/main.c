/* main.c - the story: find the devices, open them, print, draw, answer
 *
 * Everything that may be missing may be missing. Without a screen the kernel still talks; without a
 * console it still draws; what it has to say goes to the console, or else to a UART, and in any
 * case onto the test card. */
#include "kernel.h"

enum { ROOM = 1920 * 1200 };            /* pixels */

vb_machine machine;
vb_console console;
static vb_gpu  gpu;
static picture screen;
static options wanted;
static __attribute__((section(".noinit"))) VB_ALIGN(4096) uint32_t pixels[ROOM];

/* Some machines show their PCI devices a little late. What was not found is looked for again, for
 * wait=MS from the beginning on, and without telling each time what else is there. */
static int look_again(int result)
{
    const int pci = machine.ecam || machine.ports;
    const int again = pci && result == VB_E_NOT_FOUND && platform_ms() < wanted.wait_ms;

    trace_quiet(again);
    if (again)
        platform_idle();
    return again;
}

static void to_console(const char *text, uint32_t bytes)
{
    (void)vb_console_write(&console, text, bytes);
}

static void open_console(void)
{
    int result;

    do
        result = vb_console_open(&console, &machine, 0);
    while (look_again(result));
    story_to(result == VB_OK ? to_console : platform_uart_write);
    if (result != VB_OK)
        print("No console: %s\n", vb_error_text(result));
}

/* Drawn before it is opened: so the first frame is the whole picture. */
static void open_screen(void)
{
    static vb_gpu_desc how;             /* static: so nobody need call memset */
    int result;

    how.pixels = screen.pixels = pixels;
    how.bytes = sizeof pixels;
    how.width = screen.width = wanted.width;
    how.height = screen.height = wanted.height;
    demo_start(&screen, &wanted);
    do
        result = vb_gpu_open_desc(&gpu, &machine, &how);
    while (look_again(result));
    if (result != VB_OK) {
        print("No picture: %s\n", vb_error_text(result));
        return;
    }
    print("Picture %ux%u on a display of %ux%u; first frame after %u ms\n", gpu.width, gpu.height,
          gpu.display_width, gpu.display_height, platform_ms());
    demo_shown(&gpu);
}

void kernel_main(const void *boot)
{
    print("virtio_bare %s: a kernel on bare metal\n", VB_VERSION_STRING);
    platform_start(boot);
    options_read(&wanted, platform_bootargs(), ROOM);
    if (platform_machine(&machine, boot) == VB_OK)
        vb_machine_list(&machine);
    open_console();
    open_screen();
    demo_run();
    if (!wanted.exit)
        print("Keys: 1-5 lift a square, c the next demo, r redraw, f a fault, q power off\n");

    while (!wanted.exit) {
        demo_text();
        platform_idle();
        if (vb_gpu_poll(&gpu) == 1)
            open_screen();              /* the display changed */
        wanted.exit = demo_keys();
    }
    print("Power off.\n");
    demo_text();
    (void)vb_console_drain(&console);
    platform_off();
    print("This machine has no way to do that: the kernel sleeps instead.\n");
    platform_stop();
}
