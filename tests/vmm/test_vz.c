/* test_vz.c - main_vz.m as it stands, on Linux: Apple's frameworks are replaced by vz/ (fake.h
 * tells how, and what only a Mac can show). Then damaged copies: each must be noticed. */
#include "run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct run r;

static bool out_has(const char *text)
{
    return strstr(r.out, text) != NULL;
}

static bool err_has(const char *text)
{
    return strstr(r.err, text) != NULL;
}

/* ---- Rows -------------------------------------------------------------------------------- */

/* `machine` is a command of the shell that plays the guest on its stdin and stdout, and the user on
 * descriptor 3 (vz/fake.h); its words are the example kernel's name and options. */
#define VZ     "exec timeout -k 1 ${LIMIT:-30} $VZ $KERNEL "
#define QUIET  VZ "--display none "
#define STAYS  "; exec sleep ${STAY:-20}"
#define KERNEL "exec tests/vmm/vz/machine.sh \"$@\""         /* our own, with Apple's habits */

/* In the log, in this order, nothing between them. */
#define DEVICES "console: VZVirtioConsoleDeviceSerialPortConfiguration\n" \
                "entropy: VZVirtioEntropyDeviceConfiguration\n"
#define SCREEN  "keyboard: VZUSBKeyboardConfiguration\n" \
                "pointer: VZUSBScreenCoordinatePointingDeviceConfiguration\n"
#define NO_SCREEN "keyboard: none\npointer: none\ngpu: none\nwindow: none\n"

static const struct row {
    const char *name, *fake, *machine, *command;
    int         code;
    const char *out, *err, *log;        /* pieces of stdout, stderr, the stand-in's log */
} rows[] = {
    /* ---- The machine that is asked for ---- */
    { "devices", "", "true", VZ, 0, "", "", " MiB, \"\", no initrd\n" DEVICES SCREEN "gpu: 1280x720\n" },
    { "devices without a display", "no-windows", "true", QUIET, 0, "", "", DEVICES NO_SCREEN },
    { "one CPU, 256 MiB", "", "true", QUIET, 0, "", "", "machine: 1 CPU, 256 MiB" },
    { "--mem", "", "true", QUIET "--mem 1G", 0, "", "", "1 CPU, 1024 MiB" },
    { "--append", "", "true", QUIET "--append 'a \xc3\xa4 b'", 0, "", "", "MiB, \"a \xc3\xa4 b\", no" },
    { "--initrd", "", "shift; echo \"$@\"", QUIET "--initrd $GUEST", 0, "guest.img", "", "an initrd" },
    { "--size", "", "true", VZ "--size 640x400", 0, "", "", "gpu: 640x400\n" },
    { "--transport pci, --machine vz", "", "true", QUIET "--transport pci --machine vz", 0, "", "", "" },

    /* ---- The window ---- */
    { "window", "", "true", VZ, 0, "", "",
      "window: 640x360 titled closable miniaturizable resizable centered, \"virtio_bare\"\n" },
    { "window where a point is a pixel", "scale-1", "true", VZ "--size 800x600", 0, "", "", "window: 800x600" },
    { "view", "", "true", VZ "--display window", 0, "", "",
      "view: shows the machine, keys go to it, system keys are the Mac's\n" },
    { "in front, with a menu of two", "", "true", VZ, 0, "", "",
      "application: with a menu bar, in front\nmenu: Close Cmd-w\nmenu: Quit Cmd-q\nwindow:" },
    { "resized: the guest hears of it", "", "echo resize 800 600 >&3; sleep 0.1", VZ, 0, "", "",
      "the guest's display is 1600x1200\n" },
    { "no screen: no window", "no-screen", "true", VZ, 0, "", "", NO_SCREEN },
    { "over ssh: no window", "", "true", "export SSH_CONNECTION=1; " VZ, 0, "", "", NO_SCREEN },
    { "no screen, and a window is asked for", "no-screen", "true", VZ "--display window", 34, "",
      "vmm-vz: no window, there is no screen here: --display none", "" },

    /* ---- Text ---- */
    { "what the guest says", "", "printf 'one\\ntwo'", QUIET, 0, "one\ntwo", "", "" },
    { "... with a window, too", "", "printf 'one\\ntwo'", VZ, 0, "one\ntwo", "", "" },
    { "what is typed", "", "read x; echo got $x", "echo typed | " VZ, 0, "got typed", "", "" },
    { "much text", "", "seq 1 40000", "(" QUIET ") | cksum; seq 1 40000 | cksum", 0,
      "4038560838 228894\n4038560838 228894\n", "", "" },
    { "much typing", "", "head -c 228894 | cksum", "seq 1 40000 | (" QUIET ")", 0,
      "4038560838 228894", "", "" },
    { "last words, late", "", "echo first; (sleep 0.05; echo last) 3>&- &", QUIET, 0, "first\nlast\n", "", "" },
    { "the reader went away", "", "yes" , "((" QUIET "); echo $? >$DIR/code) | head -n 1; cat $DIR/code",
      0, "y\n141\n", "", "" },

    /* ---- The end ---- */
    { "power off", "", "exit 0", QUIET, 0, "", "", "" },
    { "power off, with a window", "", "exit 0", VZ, 0, "", "", "" },
    { "close button", "", "echo close >&3" STAYS, VZ, 0, "", "", "the machine is stopped\n" },
    { "Cmd-W", "", "echo cmd w >&3" STAYS, VZ, 0, "", "", "the machine is stopped\n" },
    { "Cmd-Q", "", "echo cmd q >&3" STAYS, VZ, 0, "", "", "the machine is stopped\n" },
    { "crash", "", "echo hello; exit 3", VZ, 33, "hello",
      "vmm-vz: the machine stopped: Internal Virtualization error. The virtual machine stopped "
      "unexpectedly. (VZErrorDomain 1)\nvmm-vz: usually the framework cannot boot this kernel", "" },
    { "--timeout", "", "echo waiting" STAYS, QUIET "--timeout 0.5", 124, "waiting",
      "no end after 0.5 s. The guest's last line: waiting", "the machine is stopped\n" },
    { "--timeout, and it never spoke", "", "exec sleep 20", QUIET "--timeout 0.5", 124, "",
      "no end after 0.5 s. The guest never said a word.", "" },

    { "TERM: the machine is stopped, and we end by it", "", "kill -TERM $PPID" STAYS, VZ, 128 + SIGTERM, "", "",
      "the machine is stopped\n" },
    { "INT", "", "kill -INT $PPID" STAYS, QUIET, 128 + SIGINT, "", "", "the machine is stopped\n" },
    { "HUP", "", "kill -HUP $PPID" STAYS, QUIET, 128 + SIGHUP, "", "", "the machine is stopped\n" },

    /* ---- Refusals ---- */
    { "no virtual machines here", "unsupported", "true", VZ, 34, "",
      "not available on this hardware. (VZErrorDomain 2)\nvmm-vz: this Mac has no virtual machine", "" },
    { "no signature", "unsigned", "true", VZ, 34, "", "codesign --sign - --force --entitlements "
      "examples/vmm/vmm_vz.entitlements /", "" },
    { "memory that is no whole number", "", "true", VZ "--mem 33000k", 34, "",
      "not a multiple of 1 megabyte. (VZErrorDomain 2)\nvmm-vz: usually the signature is missing: ", "" },
    { "memory that the Mac has not", "", "true", VZ "--mem 20G", 34, "", "out of range", "" },
    { "the machine does not start", "start-fails", "true", VZ, 34, "",
      "the machine did not start: Internal Virtualization error. The virtual machine failed", "" },
    { "a kernel that is not there", "", "true", "$VZ $DIR/nothing", 35, "", "/nothing: No such file", "" },
    { "a gzip'd kernel", "", "true", "gzip -c $KERNEL >$DIR/k.gz; $VZ $DIR/k.gz", 35, "",
      "k.gz is compressed by gzip: unpack it first", "" },
    { "an ELF file", "", "true", "$VZ ${KERNEL%img}elf", 35, "", "kernel.img", "" },
    { "an initrd that is not there", "", "true", VZ "--initrd $DIR/nothing", 35, "", "/nothing: No such", "" },
    { "words that are no text", "", "true", VZ "--append $(printf '\\377')", 35, "", "no UTF-8", "" },

    /* ---- The kernel ---- */
    { "the kernel; the view's picture is QEMU's", "", KERNEL, "(" VZ "--append 'exit demo=squares') && "
      "$VMM $KERNEL --append 'exit demo=squares' --screenshot $DIR/qemu.ppm && cmp $DIR/*.ppm", 0,
      "PCI bus 0, device 5\n", "", "view.ppm (1280x720)" },
    { "... and vz.sh, for people without a Mac", "", KERNEL, "tests/vmm/vz/vz.sh $KERNEL --timeout 60 "
      "--append 'exit demo=squares' --screenshot $DIR/vz.ppm && cmp $DIR/vz.ppm $DIR/qemu.ppm", 0,
      "Power off.", "This is no Mac: ", "vz.ppm (1280x720)" },
    { "... without a display", "", KERNEL, QUIET "--append exit", 0, "Power off.", "", "gpu: none" },
    { "... and its keys", "", KERNEL, "printf q | " QUIET, 0, "q power off", "", "" },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const char *log_text(void)
{
    return file_text(path_in_dir("log"));
}

static void prepare(const char *fake, const char *machine)
{
    make_file("log", "", 0);
    setenv("VZ_FAKE", fake, 1);
    setenv("VZ_MACHINE", machine, 1);
}

/* Not if the stand-in gave up, or AppKit left before us, whatever else is as wanted. */
static bool passes(const struct row *w)
{
    prepare(w->fake, w->machine);
    run(&r, w->command);
    return r.code == w->code && out_has(w->out) && err_has(w->err)
        && strstr(log_text(), w->log) != NULL && strstr(log_text(), "abort") == NULL
        && strstr(log_text(), "the application ends at once") == NULL;
}

static void table(void)
{
    bool unicorn = system("pkg-config --exists unicorn") == 0;

    for (int i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].machine, KERNEL) == 0 && !unicorn) {
            skip(rows[i].name, "no Unicorn (libunicorn-dev)");
            continue;
        }
        check(passes(&rows[i]), rows[i].name,
              "wanted %d, \"%s\", \"%s\", \"%s\"; code %d, stdout:\n%.2000s\nstderr:\n%s\nlog:\n%s",
              rows[i].code, rows[i].out, rows[i].err, rows[i].log, r.code, r.out, r.err,
              log_text());
    }
}

/* ---- Patience: five seconds each, so while all else is tested ---------------------------- */

static void begin_slow(void)
{
    int status = system(
        "(VZ_FAKE= VZ_MACHINE='exec sleep 20' timeout 30 $VZ $KERNEL --timeout 5.5 </dev/null"
        " >/dev/null 2>$DIR/silent; echo code $? >>$DIR/silent) &"
        "(VZ_FAKE=stop-hangs VZ_MACHINE='echo close >&3; exec sleep 20' timeout 30 $VZ $KERNEL"
        " </dev/null >/dev/null 2>$DIR/stuck; echo code $? >>$DIR/stuck) &");

    check(status == 0, "slow ones begin", "status %d", status);
}

static const char *slow(const char *name)
{
    for (int i = 0; i < 200; i++) {
        const char *text = file_text(path_in_dir(name));

        if (strstr(text, "code ") != NULL)
            return text;
        usleep(100000);
    }
    return "nothing";
}

static void end_slow(void)
{
    const char *text = slow("silent");

    check(strstr(text, "no word of the guest for 5 s. Its virtio console") != NULL
          && strstr(text, "code 124") != NULL,
          "a guest that says nothing: a hint after 5 s", "%s", text);
    text = slow("stuck");
    check(strcmp(text, "code 0\n") == 0, "a machine that does not stop is left after 5 s",
          "%s", text);
}

/* ---- Every option works, or is refused by name ------------------------------------------- */

static void options(void)
{
    static const char *const refused[] = {
        "--transport mmio", "--transport both", "--display png", "--display text",
        "--screenshot s.png", "--frames d", "--exit-after-frames 1", "--serial u", "--trace",
        "--trace=story", "--trace=gpu_*", "--lint", "--lint=fatal", "--machine plain",
        "--map plain", "--dtb t.dtb", "--gpu-delay 5", "--gpu-mute-first", "--gdb",
    };
    static const char *const works[] = {
        "--append", "--initrd", "--mem", "--size", "--timeout", "--help",
    };
    static char help[1 << 14];
    char command[200], wanted[200], option[64], *rest = help, *line, *at;

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        size_t name = strcspn(refused[i], "= ");

        snprintf(command, sizeof command, VZ "%s", refused[i]);
        snprintf(wanted, sizeof wanted, "vmm-vz: %.*s", (int)name, refused[i]);
        run(&r, command);
        check(r.code == 35 && err_has(wanted) && err_has(" is not possible here: "), refused[i],
              SEEN);
    }
    run(&r, "$VZ --help");
    snprintf(help, sizeof help, "%s", r.out);
    while ((line = strsep(&rest, "\n")) != NULL) {
        bool known = false;

        if (strncmp(line, "  -", 3) != 0 || (at = strstr(line, "--")) == NULL
            || sscanf(at, "%63[-a-z]", option) != 1)
            continue;
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
            known |= strncmp(refused[i], option, strlen(option)) == 0;
        for (size_t i = 0; i < sizeof works / sizeof works[0]; i++)
            known |= strcmp(works[i], option) == 0;
        snprintf(wanted, sizeof wanted, "%s stands in --help, and is tested", option);
        check(known, wanted, "it is not in test_vz.c");
    }
}

/* ---- A terminal -------------------------------------------------------------------------- */

#define TYPE(text) run_type(&r, text, sizeof text - 1)

/* The guest reads what was typed, Ctrl-C and carriage return too, and nobody else shows it. */
static bool raw_terminal(void)
{
    prepare("", "echo ready; exec cat -v");
    run_start_on_terminal(&r, "stty -g >$DIR/before; $VZ $KERNEL; echo code $?;"
                              " stty -g >$DIR/after");
    if (!run_expect(&r, "Ctrl-A x leaves") || !run_expect(&r, "ready"))
        return false;
    run_mark(&r);
    TYPE("abc\003\r");
    if (!run_expect(&r, "abc^C^M") || strstr(r.out + r.mark, "abcabc") != NULL)
        return false;
    TYPE("\001s");
    if (!run_expect(&r, "Cmd-Shift-4"))
        return false;
    TYPE("\001x");
    run_expect(&r, "code 0");
    run_wait(&r);
    snprintf(r.err, sizeof r.err, "%s", file_text(path_in_dir("before")));
    return out_has("code 0") && strcmp(r.err, file_text(path_in_dir("after"))) == 0
        && strstr(log_text(), "the machine is stopped") != NULL;
}

/* The machine's own process does not end, and five seconds were long. */
static bool leaves_at_once(void)
{
    time_t start = time(NULL);

    prepare("stop-hangs", "echo ready; exec sleep 20");
    run_start_on_terminal(&r, "$VZ $KERNEL");
    run_expect(&r, "ready");
    TYPE("\001x");
    for (int i = 0; i < 200 && strstr(log_text(), "the machine is stopped") == NULL; i++)
        usleep(10000);
    TYPE("\001x");
    run_wait(&r);
    return r.code == 0 && time(NULL) - start < 4;
}

/* ---- Damaged copies ---------------------------------------------------------------------- */

/* Before macOS 14 the guest does not hear of its window's size, and clang takes @available for true
 * on Linux. So this copy is what an older macOS would run. */
static const struct mutant {
    const char *file, *edit, *row;      /* for sed; the row that it must turn red */
} macos13 = { "main_vz.m", "s/@available(macOS 14.0, \\*)/0/", NULL }, mutants[] = {
    { "main_vz.m", "s/machine.delegate = keeper;//", "power off" },
    { "main_vz.m", "s/static Keeper  /static __weak Keeper/", "power off" },
    { "main_vz.m", "s/app.delegate = keeper;//", "devices" },
    { "main_vz.m", "s/vz_end(VERDICT_CRASH)/vz_end(VERDICT_FINE)/", "crash" },
    { "main_vz.m", "/the machine did not start/{n;d;}", "the machine does not start" },
    { "main_vz.m", "s/if (!\\[c validate.*/if (0) {/", "devices" },
    { "main_vz.m", "s/(code == VZErrorInvalid/(code != VZErrorInvalid/", "no signature" },
    { "main_vz.m", "s/program = argv.0./program = \"\"/", "no signature" },
    { "main_vz.m", "s/!VZVirtualMachine.supported/0/", "no virtual machines here" },
    { "main_vz.m", "s/if (!image_check(.*/if (0)/", "a gzip'd kernel" },
    { "main_vz.m", "s/IMAGE_LINUX }/IMAGE_LINUX | IMAGE_ELF }/", "an ELF file" },
    { "main_vz.m", "s/loader.commandLine = words;//", "--append" },
    { "main_vz.m", "s/loader.initialRamdiskURL = .*/;/", "--initrd" },
    { "main_vz.m", "s/file(o.initrd)/file(o.kernel)/", "--initrd" },
    { "main_vz.m", "s/c.platform = .*//", "devices" },
    { "main_vz.m", "s/initWithFileDescriptor:reads/initWithFileDescriptor:writes/", "what is typed" },
    { "main_vz.m", "s/^.*setSerialPorts.*//", "devices" },
    { "main_vz.m", "s/^.*setEntropyDevices.*//", "devices" },
    { "main_vz.m", "s/^.*setKeyboards.*//", "devices" },
    { "main_vz.m", "s/VZUSBScreenCoordinatePointingDeviceConf/VZMacTrackpadConf/", "devices" },
    { "main_vz.m", "s/initWithWidthInPixels:(NSInteger)o.width/initWithWidthInPixels:(NSInteger)o.height/", "--size" },
    { "main_vz.m", "s/if (o.display == DISPLAY_WINDOW)$/if (1)/", "devices without a display" },
    { "main_vz.m", "s/o.width \\/ scale/o.width/", "window" },
    { "main_vz.m", "s/ | NSWindowStyleMaskResizable//", "resized: the guest hears of it" },
    { "main_vz.m", "s/ | NSWindowStyleMaskClosable//", "close button" },
    { "main_vz.m", "s/view.automatically.*/;/", "resized: the guest hears of it" },
    { "main_vz.m", "s/view.virtualMachine = machine;//", "view" },
    { "main_vz.m", "s/capturesSystemKeys = NO/capturesSystemKeys = YES/", "view" },
    { "main_vz.m", "s/^.*makeKeyAndOrderFront.*//", "window" },
    { "main_vz.m", "s/window.releasedWhenClosed = NO;//", "close button" },
    { "main_vz.m", "s/^.*activateIgnoringOtherApps.*//", "in front, with a menu of two" },
    { "main_vz.m", "s/slot.submenu = menu;//", "Cmd-Q" },
    { "main_vz.m", "s/selector(performClose:)/selector(orderOut:)/", "Cmd-W" },
    { "main_vz.m", "s/return NSTerminateLater/return NSTerminateNow/", "close button" },
    { "main_vz.m", "/applicationShouldTerminateAfter/,/^}/s/YES/NO/", "close button" },
    { "main_vz.m", "s/if (!machine.canStop)/if (1)/", "close button" },
    { "main_vz.m", "s/^        vz_leave();$//", "close button" },
    { "vz_run.c", "s/hear(100)/hear(0)/", "last words, late" },
    { "vz_run.c", "s/from_guest = from.0./from_guest = from[1]/", "what the guest says" },
    { "vz_run.c", "s/dispatch_sync_f(.*/take_turn(\\&turn);/", "--timeout" },
    { "vz_run.c", "s/        verdict = v;//", "crash" },
    { "vz_run.c", "s/backlog_empty(in) ? -1 : to_guest/-1/", "what is typed" },
    { "vz_run.c", "s/terminal_die_of(stopped_by)/exit(0)/", "INT" },
    { "vz_run.c", "s/signal() != 0 || talk/signal() == 99 || talk/", "HUP" },
    { "vz_run.c", "s/|| talk.to_stdout.broken)/)/", "the reader went away" },
    { "vz_run.c", "s/rings(LATE)/0/", "--timeout" },
};
enum { MUTANTS = sizeof mutants / sizeof mutants[0] };

/* Builds it, and lets $VZ be it. */
static bool build(const struct mutant *m)
{
    char command[600];

    snprintf(command, sizeof command,
             "was=examples/vmm/%s is=$DIR/%s; sed -e '%s' $was >$is; ! cmp -s $was $is && "
             "%s=$is SAN= tests/vmm/vz/build.sh $DIR/mutant >/dev/null 2>&1",
             m->file, m->file, m->edit, m->file[0] == 'm' ? "MAIN" : "RUN");
    setenv("VZ", path_in_dir("mutant/vmm-vz"), 1);
    return system(command) == 0;
}

static const struct row *row_named(const char *name)
{
    for (int i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static void older(void)
{
    static const struct row row = { "", "", "echo resize 800 600 >&3; sleep 0.1", VZ, 0, "", "",
                                    "the picture is stretched, 640x360 stays its ratio" };

    check(build(&macos13) && passes(&row), "macOS 13: the picture is stretched", "%s", log_text());
}

static void killed(void)
{
    setenv("STAY", "1", 1);             /* for those who would wait for ever */
    setenv("LIMIT", "3", 1);
    for (int i = 0; i < MUTANTS; i++) {
        const struct mutant *m = &mutants[i];
        const struct row *row = row_named(m->row);
        char name[300];

        snprintf(name, sizeof name, "%s: %s: noticed by \"%s\"", m->file, m->edit, m->row);
        for (char *p = name; *p != 0; p++)
            if (*p == '#')
                *p = ' ';
        check(row != NULL && build(m) && !passes(row), name, "it compiles not, or passes");
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
#ifndef __linux__
    skip("main_vz.m on a stand-in", "vz/ is made for Linux");
    return finish();
#endif
    if (!have_program("clang")) {
        skip("main_vz.m on a stand-in", "Objective-C needs clang");
        return finish();
    }
    if (!check(system("tests/vmm/vz/build.sh $DIR/vz >$DIR/built 2>&1 && ! test -s $DIR/built") == 0,
               "main_vz.m and its stand-in compile without a warning",
               "%s", file_text(path_in_dir("built"))))
        return finish();
    setenv("VZ", path_in_dir("vz/vmm-vz"), 1);
    setenv("VZ_LOG", path_in_dir("log"), 1);
    setenv("VIEW", path_in_dir("view.ppm"), 1);
    begin_slow();
    table();
    options();
    check(raw_terminal(), "a terminal: raw, with our keys, and as before", "terminal:\n%s", r.out);
    check(leaves_at_once(), "Ctrl-A x twice: no more waiting", "code %d, terminal:\n%s", r.code,
          r.out);
    older();
    killed();
    end_slow();
    return finish();
}
