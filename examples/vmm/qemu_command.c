/* qemu_command.c - which QEMU, which machine, which devices, which display. */
#include "qemu_command.h"
#include "qemu_watch.h"
#include "host/process.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QEMU "qemu-system-aarch64"

static const char *const channel_names[CHANNELS] = { "console", "uart", "monitor" };

/* ---- What this host's QEMU can do --------------------------------------------------------- */

static const struct { const char *manager, *qemu, *window; } packages[] = {
    { "apt-get", "sudo apt-get install qemu-system-arm", "sudo apt-get install qemu-system-gui" },
    { "dnf", "sudo dnf install qemu-system-aarch64-core", "sudo dnf install qemu-ui-gtk" },
    { "pacman", "sudo pacman -S qemu-system-aarch64", "sudo pacman -S qemu-ui-gtk" },
    { "brew", "brew install qemu", "brew reinstall qemu" },
};
enum { PACKAGES = sizeof packages / sizeof packages[0] };

static int package_manager(void)
{
    int i = 0;

    while (i < PACKAGES && !program_exists(packages[i].manager))
        i++;
    return i;
}

/* Does QEMU's list (one name a line) hold a name that the pattern fits? */
static bool qemu_lists(const char *option, const char *pattern)
{
    const char *const argv[] = { QEMU, option, "help", NULL };
    size_t room = 1 << 20;
    char *text = malloc(room);
    bool found = false;

    if (text != NULL && program_output(argv, text, room))
        for (char *line = strtok(text, "\n"); line != NULL && !found; line = strtok(NULL, "\n"))
            found = fnmatch(pattern, line, 0) == 0;
    free(text);
    return found;
}

/* Ways to draw a window: QEMU's name, and the words for its command line. GTK would scale a picture
 * to the window; we want the window in the picture's size. */
static const struct window { const char *name, *words; } windows[] = {
#ifdef __APPLE__
    { "cocoa", "cocoa" },
#endif
    { "gtk", "gtk,zoom-to-fit=off" },
    { "sdl", "sdl" },
};

static bool have_screen(void)
{
#ifdef __APPLE__
    return getenv("SSH_CONNECTION") == NULL;
#else
    const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");

    return (x11 != NULL && *x11 != 0) || (wayland != NULL && *wayland != 0);
#endif
}

/* A window needs a screen to stand on and a QEMU that can draw it. Returns the words for the way
 * to do it, or null; then, if the user asked for a window, it is said what is missing. */
static const char *find_window(bool asked)
{
    bool screen = have_screen();
    int manager = package_manager();
    const char *install = manager < PACKAGES ? packages[manager].window
                                             : "install its graphical part";

    for (size_t i = 0; screen && i < sizeof windows / sizeof windows[0]; i++)
        if (qemu_lists("-display", windows[i].name))
            return windows[i].words;
    if (screen)
        say("no window, this QEMU has none: %s (--display png writes a file instead)", install);
    else if (asked)
        say("no window, there is no screen here (is DISPLAY or WAYLAND_DISPLAY set?): "
            "--display png writes a file, --display text draws in the terminal");
    return NULL;
}

enum verdict command_check(struct options *o, const char **display)
{
    const char *window = NULL;
    int manager = package_manager();

    if (!program_exists(QEMU)) {
        say("there is no " QEMU " here: %s",
            manager < PACKAGES ? packages[manager].qemu : "install QEMU for arm64 guests");
        return VERDICT_HOST;
    }
    if (o->trace_glob != NULL && !qemu_lists("-trace", o->trace_glob)) {
        say("--trace=%s: no event of QEMU has such a name; " QEMU " -trace help lists them",
            o->trace_glob);
        return VERDICT_USAGE;
    }
    if (o->display == DISPLAY_AUTO || o->display == DISPLAY_WINDOW) {
        window = find_window(o->display == DISPLAY_WINDOW);
        if (window == NULL && o->display == DISPLAY_WINDOW)
            return VERDICT_HOST;
        o->display = window != NULL ? DISPLAY_WINDOW : DISPLAY_PNG;
    }
    *display = window != NULL ? window : "none";
    return VERDICT_FINE;
}

/* ---- The command line --------------------------------------------------------------------- */

#if defined(__GNUC__)
#define FORMAT(string, first) __attribute__((format(printf, string, first)))
#else
#define FORMAT(string, first)
#endif

static void FORMAT(2, 0) add_formatted(struct command *c, const char *format, va_list args)
{
    size_t room = sizeof c->text - c->used;
    int n = vsnprintf(c->text + c->used, room, format, args);

    if (n < 0 || (size_t)n >= room || c->count + 1 >= (int)(sizeof c->argv / sizeof c->argv[0])) {
        say("the command line for QEMU would be too long");
        exit(VERDICT_USAGE);
    }
    c->argv[c->count++] = c->text + c->used;
    c->argv[c->count] = NULL;
    c->used += (size_t)n + 1;
}

static void FORMAT(2, 3) add_word(struct command *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_formatted(c, format, args);
    va_end(args);
}

/* An option and its value, two words. */
static void FORMAT(3, 4) add(struct command *c, const char *option, const char *format, ...)
{
    va_list args;

    add_word(c, "%s", option);
    va_start(args, format);
    add_formatted(c, format, args);
    va_end(args);
}

/* A machine with nothing but what is named here, and a CPU that starts in EL1. */
static void add_machine(struct command *c, const struct options *o)
{
    add(c, "-M", "virt");
    add(c, "-cpu", "cortex-a72");
    add(c, "-m", "%lluk", (unsigned long long)o->memory >> 10);
    add_word(c, "-nodefaults");
    add(c, "-name", "virtio_bare");
    add(c, "-kernel", "%s", o->kernel);
    if (*o->append != 0)
        add(c, "-append", "%s", o->append);
    if (o->initrd != NULL)
        add(c, "-initrd", "%s", o->initrd);
    if (o->dtb != NULL)
        add(c, "-dtb", "%s", o->dtb);
}

/* The two devices that the driver is for. On MMIO QEMU speaks the legacy dialect unless told not
 * to; on PCI it speaks both, and the driver takes the modern one. */
static void add_devices(struct command *c, const struct options *o)
{
    const char *gpu = o->transport == TRANSPORT_MMIO ? "device" : "pci";
    const char *console = o->transport == TRANSPORT_PCI ? "pci" : "device";

    if (o->transport != TRANSPORT_PCI)
        add(c, "-global", "virtio-mmio.force-legacy=false");
    add(c, "-device", "virtio-gpu-%s,xres=%u,yres=%u", gpu, o->width, o->height);
    add(c, "-device", "virtio-serial-%s", console);
    add(c, "-device", "virtconsole,chardev=console");
    add(c, "-serial", "chardev:uart");
}

/* How we hear from it: three sockets, and its stderr, where the trace goes too. */
static void add_channels(struct command *c, const struct options *o, const int channels[CHANNELS])
{
    for (int i = 0; i < CHANNELS; i++)
        add(c, "-chardev", "socket,id=%s,fd=%d", channel_names[i], channels[i]);
    add(c, "-mon", "chardev=monitor,mode=control");
    for (int i = 0; watch_events[i] != NULL; i++)
        add(c, "-trace", "%s", watch_events[i]);
    if (o->trace_glob != NULL)
        add(c, "-trace", "%s", o->trace_glob);
    add(c, "-d", "guest_errors");
}

void command_build(struct command *c, const struct options *o, const char *display,
                   const int channels[CHANNELS])
{
    add_word(c, QEMU);
    add_machine(c, o);
    add_devices(c, o);
    add(c, "-display", "%s", display);
    add_channels(c, o, channels);
    /* After power off the machine is kept for the last picture; a reset ends it. It starts when
     * the monitor says "cont", so that no event is missed, or when the debugger does. */
    add(c, "-action", "shutdown=pause,reboot=shutdown,panic=pause");
    add_word(c, "-S");
    if (o->gdb != 0)
        add(c, "-gdb", "tcp:127.0.0.1:%u", o->gdb);
    for (char **word = o->rest; *word != NULL; word++)
        add_word(c, "%s", *word);
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Words with anything unusual in them stand in single quotes. */
void command_print(const struct command *c)
{
    for (int i = 0; i < c->count; i++) {
        const char *word = c->argv[i];
        bool plain = *word != 0 && word[strspn(word, LETTERS "0123456789-_=,.:/+")] == 0;

        fputs(i > 0 ? " " : "", stderr);
        if (!plain)
            fputc('\'', stderr);
        for (const char *p = word; *p != 0; p++)
            fputs(*p == '\'' ? "'\\''" : (char[]){ *p, 0 }, stderr);
        if (!plain)
            fputc('\'', stderr);
    }
    fputc('\n', stderr);
}
