/* test_options.c - on every launcher each option that its --help names works or is refused by name,
 * and refuses values that are none; words that are nearly right are met with the right one. */
#include "run.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

/* In the commands V is the launcher with the tests' guest on MMIO, K the example kernel. */
#define V "$VMM $GUEST --transport mmio --display none "
#define K "$VMM $KERNEL --timeout 60 --screenshot $DIR/k.png --append 'exit demo=squares' "

/* What is tried, and with which launcher; with none named, with all. */
enum { WORKS, BAD_VALUE, NOT_HERE };
enum { QEMU = 4, KVM = 8, LAUNCHERS = QEMU | KVM };

/* `out` must stand on stdout and `err` on stderr. */
static const struct row {
    const char *option;
    int         what;
    const char *command;
    int         code;
    const char *out, *err;
} rows[] = {
    { "--append", WORKS, V "--append 'guest: say off'", 0, "the console speaks", "" },
    { "--append", WORKS, V "--append='guest: say off'", 0, "the console speaks", "" },
    { "--append", BAD_VALUE, V "--append", 35, "", "--append needs a value" },

    { "--initrd", WORKS, "printf FOUND-IT >$DIR/i; " V "--initrd $DIR/i --append 'guest: initrd off'", 0,
      "initrd FOUND-IT", "" },
    { "--initrd", BAD_VALUE, V "--initrd $DIR/nothing", 35, "", "/nothing: No such file" },
    { "--initrd", BAD_VALUE, V "--initrd=", 35, "", "accepted is the name of a file" },

    { "--mem", WORKS, V "--append 'guest: memory off'", 0, "memory 256 MiB", "" },
    { "--mem", WORKS, V "--mem 64 --append 'guest: memory off'", 0, "memory 64 MiB", "" },
    { "--mem", WORKS, V "-m 96M --append 'guest: memory off'", 0, "memory 96 MiB", "" },
    { "--mem", WORKS, V "--mem 98304k --append 'guest: memory off'", 0, "memory 96 MiB", "" },
    { "--mem", WORKS, V "-m=1g --append 'guest: memory off'", 0, "memory 1024 MiB", "" },
    { "--mem", BAD_VALUE, V "--mem 12Q", 35, "", "--mem 12Q: accepted is a size from 32M to 64G" },
    { "--mem", BAD_VALUE, V "--mem 31M", 35, "", "accepted is a size" },
    { "--mem", BAD_VALUE, V "--mem 65G", 35, "", "accepted is a size" },
    { "--mem", BAD_VALUE, V "--mem -1", 35, "", "accepted is a size" },
    { "--mem", BAD_VALUE, V "--mem 99999999999999999999", 35, "", "accepted is a size" },
    { "--mem", BAD_VALUE, V "--mem 18446744073709551615G", 35, "", "accepted is a size" },
    { "--mem", BAD_VALUE, V "--mem 256MB", 35, "", "accepted is a size" },

    { "--transport", WORKS, K "--transport pci", 0, "Power off", "k.png (1280x720)" },
    { "--transport", WORKS, K "--transport mmio", 0, "Power off", "k.png (1280x720)" },
    { "--transport", WORKS, K "--transport both", 0, "Power off", "k.png (1280x720)" },
    { "--transport", BAD_VALUE, V "--transport usb", 35, "", "--transport usb: accepted is pci, mmio or both" },

    { "--display", WORKS, V "--display none --append 'guest: off'", 0, "", "" },
    { "--display", WORKS, V "--display png --screenshot $DIR/d.png --append 'guest: draw whole off'", 0, "",
      "the picture is in" },
    { "--display", WORKS, V "--display text --append 'guest: draw whole off'", 0, "\342\226\200", "" },
    { "--display", BAD_VALUE, V "--display", 35, "", "--display needs a value" },
    { "--display", BAD_VALUE, V "--display vnc", 35, "", "accepted is window, png, text or none" },

    { "--size", WORKS, V "--append 'guest: info off'", 0, "display 1280x720", "" },
    { "--size", WORKS, V "--size 320x200 --append 'guest: info off'", 0, "display 320x200", "" },
    { "--size", BAD_VALUE, V "--size 320", 35, "", "--size 320: accepted is WIDTHxHEIGHT from 16x16" },
    { "--size", BAD_VALUE, V "--size 15x200", 35, "", "accepted is WIDTHxHEIGHT" },
    { "--size", BAD_VALUE, V "--size 320x8193", 35, "", "accepted is WIDTHxHEIGHT" },
    { "--size", BAD_VALUE, V "--size 320x-1", 35, "", "accepted is WIDTHxHEIGHT" },
    { "--size", BAD_VALUE, V "--size 320x200x3", 35, "", "accepted is WIDTHxHEIGHT" },

    { "--screenshot", WORKS, V "--screenshot $DIR/s.ppm --append 'guest: draw whole off'", 0, "", "s.ppm (64x48)" },
    { "--screenshot", BAD_VALUE, V "--screenshot $DIR/s.jpg", 35, "", "a file name ending in .png or .ppm" },
    { "--screenshot", BAD_VALUE, V "--screenshot $DIR/no/s.png", 35, "", "no/s.png cannot be written: No such" },

    { "--frames", WORKS, V "--frames $DIR/f --append 'guest: draw whole wait off' && ls $DIR/f", 0, "frame-000001.png", "" },
    { "--frames", BAD_VALUE, V "--frames $GUEST", 35, "", "is no folder that can be written to" },
    { "--frames", BAD_VALUE, V "--frames $DIR/a/b", 35, "", "a/b cannot be made: No such" },

    { "--exit-after-frames", WORKS, V "--exit-after-frames 2 --append 'guest: draw frames'", 0, "", "" },
    { "--exit-after-frames", BAD_VALUE, V "--exit-after-frames 0", 35, "", "a number of frames from 1 to 1000000" },
    { "--exit-after-frames", BAD_VALUE, V "--exit-after-frames many", 35, "", "a number of frames" },

    { "--timeout", WORKS, V "--timeout 0.5 --append 'guest: say'", 124, "", "no end after 0.5 s" },
    { "--timeout", BAD_VALUE, V "--timeout 0", 35, "", "--timeout 0: accepted is seconds from 0.1 to 86400" },
    { "--timeout", BAD_VALUE, V "--timeout 5s", 35, "", "accepted is seconds" },
    { "--timeout", BAD_VALUE, V "--timeout nan", 35, "", "accepted is seconds" },
    { "--timeout", BAD_VALUE, V "--timeout 0x10", 35, "", "accepted is seconds" },

    { "--serial", WORKS, V "--serial $DIR/u --append 'guest: uart off' && cat $DIR/u", 0, "the UART speaks", "" },
    { "--serial", BAD_VALUE, V "--serial $DIR/no/u", 35, "", "no/u cannot be written: No such" },

    { "--trace", WORKS | QEMU, V "--trace --append 'guest: uart off'", 0, "", "qemu-system-aarch64 -M virt -cpu" },
    { "--trace", WORKS | QEMU, V "--trace --append 'guest: say off'", 0, "", "frames 0, first frame none, console bytes 19," },
    { "--trace", WORKS | KVM, V "--trace --append 'guest: say off'", 0, "",
      "frames 0 (0 written), first frame none, kicks 1, exits:" },
    { "--trace", WORKS | QEMU, V "--trace='virtio_gpu_cmd_*' --append 'guest: draw off'", 0, "",
      "qemu: virtio_gpu_cmd_res_create_2d res 0x1, fmt 0x2, w 64, h 48" },
    { "--trace", WORKS | KVM, V "--trace='gpu_*' --append 'guest: draw off'", 0, "",
      "trace: gpu_command gpu: RESOURCE_CREATE_2D" },
    { "--trace", WORKS | KVM, V "--trace=story --append 'guest: say off'", 0, "",
      "console: driver [3.1.1 >>device] status |= DRIVER_OK" },
    { "--trace", BAD_VALUE | QEMU, V "--trace=virtoi_*", 35, "", "no event of QEMU has such a name" },
    { "--trace", BAD_VALUE | KVM, V "--trace=virtoi_*", 35, "", "no event has such a name; there are config" },
    { "--trace", BAD_VALUE, V "--trace=", 35, "", "accepted is one pattern" },
    { "--trace", NOT_HERE | QEMU, V "--trace=story", 35, "", "--trace story is not possible here: QEMU hides" },

    /* The guest looks at DeviceID alone: that is why it is found. */
    { "--lint", WORKS | KVM, V "--lint --append 'guest: draw off'", 0, "", "lint: gpu: MMIO-22 [4.2.3.1.1 MUST] " },
    { "--lint", WORKS | KVM, V "--lint=fatal --append 'guest: say off'", 36, "",
      "lint: 1 MUST, 0 SHOULD; " },
    { "--lint", BAD_VALUE | KVM, V "--lint=always", 35, "", "accepted is fatal, or nothing" },
    { "--lint", NOT_HERE | QEMU, V "--lint", 35, "", "--lint is not possible here: " },
    { "--lint", NOT_HERE | QEMU, V "--lint=fatal", 35, "", "--lint is not possible here" },

    { "--machine", WORKS, V "--machine plain --append 'guest: say off'", 0, "the console speaks", "" },
    { "--machine", BAD_VALUE, V "--machine pc", 35, "", "accepted is plain or vz" },
    { "--machine", NOT_HERE | QEMU, V "--machine vz", 35, "", "--machine vz is not possible here: " },
#if defined(__aarch64__)                /* elsewhere test_kvm_nested.sh boots it */
    { "--machine", WORKS | KVM, K "--machine vz", 0, "UART: none", "k.png (1280x720)" },
    { "--machine", BAD_VALUE | KVM, K "--machine vz --transport mmio", 35, "", "this machine has PCI only" },
#else
    { "--machine", NOT_HERE | KVM, V "--machine vz", 35, "", "--machine vz is not possible here: " },
#endif

    { "--map", NOT_HERE | QEMU, V "--map qemu", 35, "", "--map is not possible here: QEMU's map is fixed" },
    { "--map", WORKS | KVM, V "--map plain --append 'guest: say off'", 0, "the console speaks", "" },
    { "--map", WORKS | KVM, V "--map high --append 'guest: say draw whole memory off'", 0, "memory ", "" },
    { "--map", BAD_VALUE | KVM, V "--map low", 35, "", "--map low: accepted is one of plain, " },

    { "--gpu-delay", NOT_HERE | QEMU, V "--gpu-delay 300", 35, "", "--gpu-delay is not possible here: " },
    { "--gpu-delay", WORKS | KVM, K "--gpu-delay 300", 0, "Power off", "k.png (1280x720)" },
    { "--gpu-delay", BAD_VALUE | KVM, V "--gpu-delay 0", 35, "", "accepted is milliseconds from 1 to 60000" },
    { "--gpu-delay", BAD_VALUE | KVM, V "--gpu-delay 5", 35, "", "use --transport pci" },
    { "--gpu-mute-first", NOT_HERE | QEMU, V "--gpu-mute-first", 35, "", "--gpu-mute-first is not possible here: " },
    { "--gpu-mute-first", WORKS | KVM, K "--gpu-mute-first", 0, "on a display of 0x0", "k.png (1280x720)" },
    { "--gpu-mute-first", BAD_VALUE | KVM, V "--gpu-mute-first=1", 35, "", "--gpu-mute-first takes no value" },

    { "--dtb", WORKS | KVM, "dtc -q -O dtb -o $DIR/t.dtb $DIR/t.dts && " V "--dtb $DIR/t.dtb", 0, "an edited tree", "" },
    { "--dtb", WORKS | QEMU, "qemu-system-aarch64 -M virt,dumpdtb=$DIR/t -cpu cortex-a72 -display none >/dev/null 2>&1;"
      " LC_ALL=C sed s/linux,dummy-virt/linux,edited-dtb/g $DIR/t >$DIR/t.dtb; "
      V "--dtb $DIR/t.dtb --append 'guest: model off'", 0, "an edited tree", "" },
    { "--dtb", BAD_VALUE, V "--dtb $GUEST", 35, "", "is not a device tree (dtc makes one)" },
    { "--dtb", BAD_VALUE, V "--dtb $DIR/nothing", 35, "", "No such file" },

    { "--gdb", BAD_VALUE | QEMU, V "--gdb=0", 35, "", "accepted is a port from 1 to 65535" },
    { "--gdb", BAD_VALUE | QEMU, V "--gdb=65536", 35, "", "accepted is a port" },
    { "--gdb", NOT_HERE | KVM, V "--gdb", 35, "", "--gdb is not possible here: it needs an emulator" },

    { "--help", WORKS, "$VMM --help", 0, "usage: vmm-", "" },
    { "--help", WORKS, "$VMM --nonsense -h", 35, "", "--nonsense is no option" },
    { "--help", BAD_VALUE, "$VMM --help=much", 35, "", "--help takes no value" },

    { "--", WORKS | QEMU, V "--append 'guest: say off' -- -name other", 0, "the console speaks", "" },
    { "--", BAD_VALUE | KVM, V "-- -name other", 35, "", "-- is no option" },
    { "KERNEL", BAD_VALUE, "$VMM", 35, "", "which kernel?" },
    { "KERNEL", BAD_VALUE, "$VMM one.img two.img", 35, "", "one kernel at a time: one.img, then two.img" },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static int kind(const struct row *w)
{
    return w->what & (QEMU - 1);
}

static bool is_for(const struct row *w, int launcher)
{
    return (w->what & LAUNCHERS) == 0 || (w->what & launcher) != 0;
}

/* What is refused is refused before KVM is asked for; what works needs it. */
static void table(int launcher, const char *missing)
{
    static const char *const kinds[] = { "works", "refuses a bad value", "is refused by name" };
    const char *main = launcher == KVM ? "vmm-kvm" : "vmm-qemu";
    char name[1000];

    for (int i = 0; i < ROWS; i++) {
        const struct row *w = &rows[i];

        if (!is_for(w, launcher))
            continue;
        snprintf(name, sizeof name, "%s: %s %s: %s", main, w->option, kinds[kind(w)],
                 strstr(w->command, w->option) ? strstr(w->command, w->option) : w->command);
        for (char *p = name; *p != 0; p++)
            if (*p == '#')
                *p = ' ';
        if (missing != NULL && kind(w) == WORKS) {
            skip(name, missing);
            continue;
        }
        run(&r, w->command);
        check(r.code == w->code && out_has(w->out) && err_has(w->err), name,
              "wanted %d, \"%s\", \"%s\"; code %d, stdout:\n%sstderr:\n%s", w->code, w->out, w->err,
              r.code, r.out, r.err);
    }
}

/* ---- --help is the list of what must be in the table -------------------------------------- */

static bool row_for(int launcher, const char *option, int wanted)
{
    for (int i = 0; i < ROWS; i++)
        if (strcmp(rows[i].option, option) == 0 && kind(&rows[i]) == wanted
            && is_for(&rows[i], launcher))
            return true;
    return launcher == QEMU && strcmp(option, "--gdb") == 0 && wanted == WORKS;  /* debugger() */
}

static void complete(int launcher)
{
    static char help[1 << 16];
    char name[200], option[64], after;
    unsigned options = 0;
    char *rest = help, *line, *at;

    run(&r, "$VMM --help");
    snprintf(help, sizeof help, "%s", r.out);
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (strncmp(line, "  -", 3) != 0 || (at = strstr(line, "--")) == NULL || at[2] == ' ')
            continue;
        after = 0;
        if (sscanf(at, "%63[-a-z]%c", option, &after) < 1)
            continue;
        options++;
        snprintf(name, sizeof name, "%s stands in --help, and is tested: it works, or is refused by name", option);
        check(row_for(launcher, option, WORKS) || row_for(launcher, option, NOT_HERE), name, "no row");
        /* "--mem SIZE", "--gdb[=PORT]", but "--help   this page" */
        if (after == '[' || (after == ' ' && at[strlen(option) + 1] != ' ')) {
            snprintf(name, sizeof name, "%s takes a value, and is tested with a bad one", option);
            check(row_for(launcher, option, BAD_VALUE) || (row_for(launcher, option, NOT_HERE) && !row_for(launcher, option, WORKS)), name,
                  "no row");
        }
    }
    check(options == 20, "--help names all 20 options of the design", "%u", options);
}

/* Whoever mistypes an event is told all of them: so none may be missing there. */
static void events(void)
{
    run(&r, "for e in $(grep -ho 'report_trace(\"[a-z_]*' examples/vmm/devices/*.c | sed 's/.*\"//' | sort -u); do"
            " $VMM $GUEST --trace=no-such 2>&1 | tr ' ' '\n' | grep -qx $e || echo $e; done");
    check(r.code == 0 && r.out[0] == 0, "vmm-kvm: --trace knows all events of the devices", "not: %s", r.out);
}

/* ---- Nearly right ------------------------------------------------------------------------- */

static void nearly(void)
{
    static const struct { const char *word, *says; } words[] = {
        { "--apend", "--apend is no option: did you mean --append?" },
        { "--screen-shot", "did you mean --screenshot?" },
        { "--dispaly=png", "did you mean --display?" },
        { "--exit", "did you mean --exit-after-frames?" },
        { "--memory", "did you mean --mem?" },
        { "--time-out", "did you mean --timeout?" },
        { "--Trace", "did you mean --trace?" },
        { "-help", "did you mean --help?" },
        { "--kvm", "--kvm is no option: --help lists them all" },
        { "--a-word-that-is-much-longer-than-any-option-could-ever-be-and-then-some-more", "is no option" },
        { "-", "- is no option" },
    };
    char command[300], name[200];

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        snprintf(command, sizeof command, "$VMM $GUEST %s", words[i].word);
        run(&r, command);
        snprintf(name, sizeof name, "%s: 35, %s", words[i].word, words[i].says);
        check(r.code == 35 && err_has(words[i].says), name, SEEN);
    }
}

/* ---- A debugger --------------------------------------------------------------------------- */

static int connect_to(unsigned port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct timespec moment = { 0, 50000000 };

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 200; i++) {
        int s = socket(AF_INET, SOCK_STREAM, 0);

        if (connect(s, (struct sockaddr *)&to, sizeof to) == 0)
            return s;
        close(s);
        nanosleep(&moment, NULL);
    }
    return -1;
}

/* Nothing runs until the debugger says so; here it only looks and then lets go ("D"). */
static void debugger(void)
{
    unsigned port = 20000 + (unsigned)getpid() % 20000;
    char command[300], answer[200] = "";
    int s;

    snprintf(command, sizeof command, V "--gdb=%u --append 'guest: say off'", port);
    run_start(&r, command);
    s = connect_to(port);
    check(s >= 0, "--gdb opens the port", "no connection");
    if (write(s, "$?#3f", 5) != 5 || read(s, answer, sizeof answer - 1) <= 0)
        answer[0] = 0;
    check(answer[0] == '+' && file_text(path_in_dir("stdout"))[0] == 0, "... and the guest waits", "%s", answer);
    if (write(s, "+$D#44", 6) != 6)
        answer[0] = 0;
    run_wait(&r);
    close(s);
    check(r.code == 0 && out_has("speaks") && err_has("waiting for a debugger"),
          "... until the debugger lets it go", SEEN);
}

/* ---- All launchers ------------------------------------------------------------------------ */

/* A tree of one's own for the guest: $GUEST looks there for its words and its console. */
static void make_tree(void)
{
    bool x86 = strstr(getenv("GUEST"), "x86_64") != NULL;
    char text[800];
    int n = snprintf(text, sizeof text,
        "/dts-v1/; / { model = \"linux,edited\"; #address-cells = <2>; #size-cells = <2>;"
        " chosen { bootargs = \"guest: model off\"; };"
        " memory@0 { reg = <0 0x70000000 0 0x10000000>; };"
        " virtio_mmio@0 { reg = <0 0x%x 0 0x200>; }; virtio_mmio@200 { reg = <0 0x%x 0 0x200>; };"
        " psci { compatible = \"arm,psci-1.0\"; method = \"hvc\"; }; };\n",
        x86 ? 0xfeb00000u : 0x0a000000u, x86 ? 0xfeb00200u : 0x0a000200u);

    make_file("t.dts", text, (size_t)n);
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
    table(QEMU, NULL);
    complete(QEMU);
    nearly();
    debugger();
    if (use_kvm()) {
        make_tree();
        table(KVM, kvm_missing());
        complete(KVM);
        events();
    } else {
        skip("vmm-kvm: all options", "vmm-kvm is for Linux");
    }
    return finish();
}
