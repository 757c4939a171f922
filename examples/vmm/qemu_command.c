/* qemu_command.c - which QEMU, which machine, which devices, which display. */
#include "qemu_command.h"
#include "qemu_watch.h"
#include "host/display.h"
#include "host/process.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- One row for each CPU ------------------------------------------------------------------- */

/* The machine has nothing but what is named in command_build(). arm64: a CPU that starts in EL1.
 * x86: the PC of today, for PCI, and the one that is all virtio; each CPU feature that QEMU has. */
static const struct target {
    enum arch   arch;
    const char *qemu, *cpu;
    const char *machine[3];             /* by transport: pci, mmio, both */
    const char *package[3];             /* of apt, dnf, pacman */
    const char *no_tree;                /* why it can't be given a device tree; null: it can */
    uint64_t    power;                  /* its power switch, if that must be watched */
} targets[] = {
    { ARCH_AARCH64, "qemu-system-aarch64", "cortex-a72", { "virt", "virt", "virt" },
      { "qemu-system-arm", "qemu-system-aarch64-core", "qemu-system-aarch64" }, NULL, 0 },
    { ARCH_X86_64, "qemu-system-x86_64", "max", { "q35", "microvm", "microvm,pcie=on" },
      { "qemu-system-x86", "qemu-system-x86-core", "qemu-system-x86" },
      "QEMU hands no device tree to a PC's kernel", 0 },
    { ARCH_RISCV64, "qemu-system-riscv64", "rv64", { "virt", "virt", "virt" },
      { "qemu-system-riscv64", "qemu-system-riscv-core", "qemu-system-riscv" }, NULL, 0x100000 },
};

static const struct target *find_target(enum arch arch)
{
    const struct target *t = targets;

    while (t->arch != arch)
        t++;
    return t;
}

static const char *const channel_names[CHANNELS] = { "console", "uart", "monitor", "switch" };

/* ---- What this host's QEMU can do --------------------------------------------------------- */

static const struct { const char *manager, *install, *window; } managers[] = {
    { "apt-get", "sudo apt-get install", "sudo apt-get install qemu-system-gui" },
    { "dnf", "sudo dnf install", "sudo dnf install qemu-ui-gtk" },
    { "pacman", "sudo pacman -S", "sudo pacman -S qemu-ui-gtk" },
    { "brew", "brew install", "brew reinstall qemu" },
};
enum { MANAGERS = sizeof managers / sizeof managers[0], BREW = MANAGERS - 1 };

static int package_manager(void)
{
    int i = 0;

    while (i < MANAGERS && !program_exists(managers[i].manager))
        i++;
    return i;
}

static enum verdict say_missing(const struct target *t)
{
    int manager = package_manager();

    if (manager == MANAGERS)
        say("there is no %s here: install QEMU for this kernel's CPU", t->qemu);
    else
        say("there is no %s here: %s %s", t->qemu, managers[manager].install,
            manager == BREW ? "qemu" : t->package[manager]);
    return VERDICT_HOST;
}

/* Does QEMU's list (one name a line) hold a name that the pattern fits? */
static bool qemu_lists(const struct target *t, const char *option, const char *pattern)
{
    const char *const argv[] = { t->qemu, option, "help", NULL };
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

/* A window needs a screen to stand on and a QEMU that can draw it. Returns the words for the way
 * to do it, or null; then, if the user asked for a window, it is said what is missing. */
static const char *find_window(const struct target *t, bool asked)
{
    bool screen = display_has_screen(asked);
    int manager = package_manager();
    const char *install = manager < MANAGERS ? managers[manager].window
                                             : "install its graphical part";

    for (size_t i = 0; screen && i < sizeof windows / sizeof windows[0]; i++)
        if (qemu_lists(t, "-display", windows[i].name))
            return windows[i].words;
    if (screen)
        say("no window, this QEMU has none: %s (--display png writes a file instead)", install);
    return NULL;
}

enum verdict command_check(struct options *o, enum arch arch, const char **display)
{
    const struct target *t = find_target(arch);
    const char *window = NULL;

    if (o->dtb != NULL && t->no_tree != NULL) {
        say("--dtb %s: %s; leave it away", o->dtb, t->no_tree);
        return VERDICT_USAGE;
    }
    if (!program_exists(t->qemu))
        return say_missing(t);
    if (o->trace_glob != NULL && !qemu_lists(t, "-trace", o->trace_glob)) {
        say("--trace=%s: no event of QEMU has such a name; %s -trace help lists them",
            o->trace_glob, t->qemu);
        return VERDICT_USAGE;
    }
    if (o->display == DISPLAY_AUTO || o->display == DISPLAY_WINDOW) {
        window = find_window(t, o->display == DISPLAY_WINDOW);
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

static void add_machine(struct command *c, const struct options *o, const struct target *t)
{
    add(c, "-M", "%s", t->machine[o->transport - TRANSPORT_PCI]);
    add(c, "-cpu", "%s", t->cpu);
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

/* How we hear from it: sockets, and its stderr, where the trace goes too. */
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

/* There is one way in for debuggers: the user's, if he wants it. */
uint64_t command_switch(const struct options *o, enum arch arch)
{
    return o->gdb == 0 ? find_target(arch)->power : 0;
}

void command_build(struct command *c, const struct options *o, enum arch arch,
                   const char *display, const int channels[CHANNELS])
{
    const struct target *t = find_target(arch);

    add_word(c, "%s", t->qemu);
    add_machine(c, o, t);
    add_devices(c, o);
    add(c, "-display", "%s", display);
    add_channels(c, o, channels);
    /* After power off the machine is kept for the last picture; a reset ends it. It starts when
     * the monitor says "cont", so that no event is missed, or when the debugger does. */
    add(c, "-action", "shutdown=pause,reboot=shutdown,panic=pause");
    add_word(c, "-S");
    if (o->gdb != 0)
        add(c, "-gdb", "tcp:127.0.0.1:%u", o->gdb);
    else if (t->power != 0)
        add(c, "-gdb", "chardev:%s", channel_names[SWITCH]);
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
