/* test_kvm.c - vmm-kvm where /dev/kvm opens: how guests end, what they said before, what is told of
 * one that says nothing. (Options, terminals and refused files: test_options, test_terminal,
 * test_kernels. On arm64 in an emulated machine: test_nested.sh.) */
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

/* ---- Exit codes --------------------------------------------------------------------------- */

#define PICTURE "--screenshot $DIR/end.png"

/* `says` must stand on stderr; with "!" in front it must not. */
static const struct ending {
    const char *name, *words, *options;
    int         code;
    const char *says;
} endings[] = {
    { "0: powered off, picture whole", "draw whole off", PICTURE, 0, "end.png (64x48)" },
    { "0: powered off, no picture wanted", "uart off", "--display none", 0, "!picture" },
    { "0: a second picture that is whole counts", "draw part whole off", PICTURE, 0, "end.png" },
    { "0: a part after the whole takes nothing away", "draw whole part off", PICTURE, 0, "end.png" },
    { "0: --exit-after-frames", "draw frames", PICTURE " --exit-after-frames 3", 0, "end.png" },
    { "0: all frames are written", "draw frames off", PICTURE " --frames $DIR/f --trace", 0, "(8 written)" },
    { "37: nothing drawn at all", "uart off", PICTURE, 37, "there is no picture" },
    { "37: drawn and shown, not flushed", "draw off", PICTURE, 37, "RESOURCE_FLUSH" },
    { "37: flushed in part", "draw part off", PICTURE, 37, "RESOURCE_FLUSH" },
    { "37: switched off at the end", "draw whole blank off", PICTURE, 37, "switched" },
    { "37: a flush that is refused", "draw wrong off", PICTURE, 37, "RESOURCE_FLUSH" },
    { "37: a picture file named, though no display", "uart off", "--display none " PICTURE, 37, "no picture" },
    { "0: a transfer from outside of its memory is refused, and the guest goes on", "draw beyond whole off",
      PICTURE, 0, "gpu: " },
    { "32: reset", "draw whole reset", PICTURE, 32, "asked for a reset" },
    { "32: comes before 37", "reset", PICTURE, 32, "asked for a reset" },
    { "33: the guest crashes", "say crash", PICTURE, 33, "PC 0x" },
    { "124: the guest sleeps for ever", "say draw whole", PICTURE " --timeout 1.5", 124,
      "no end after 1.5 s. The guest's last line: the console speaks" },
    { "124: and the picture is taken all the same", "draw whole", PICTURE " --timeout 1.5", 124, "end.png" },
    { "124: comes before 37", "uart", PICTURE " --timeout 1", 124, "the UART speaks" },
    { "35: a map that is none", "off", "--map moon", 35, "accepted is one of plain" },
    { "34: a window without a screen", "off", "--display window", 34, "screen" },
};

static bool says(const char *text)
{
    return text[0] == '!' ? !err_has(text + 1) : err_has(text);
}

static void exit_codes(void)
{
    char command[1000];

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const struct ending *e = &endings[i];

        snprintf(command, sizeof command, "exec $VMM $GUEST --transport mmio --append 'guest: %s' %s",
                 e->words, e->options);
        unlink(path_in_dir("end.png"));
        run(&r, command);
        check(r.code == e->code && says(e->says), e->name, "wanted %d and \"%s\", code %d, stderr:\n%s",
              e->code, e->says, r.code, r.err);
        if (r.code == 37)
            check(access(path_in_dir("end.png"), F_OK) != 0, "... and no file was written", "it was");
    }
}

/* ---- Signals ------------------------------------------------------------------------------ */

static bool wait_for(const char *path, const char *text)
{
    struct timespec moment = { 0, 50000000 };

    for (int i = 0; i < 200; i++) {
        if (strstr(file_text(path), text) != NULL)
            return true;
        nanosleep(&moment, NULL);
    }
    return false;
}

/* The guest sleeps, and makes no exit any more: only a signal of ours gets its CPU back. */
static void signals(void)
{
    static const struct { const char *name; int number; } rows[] = {
        { "TERM", SIGTERM }, { "HUP", SIGHUP }, { "INT", SIGINT }, { "SEGV", SIGSEGV }, { "ABRT", SIGABRT },
    };
    char name[100];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_start(&r, "exec $VMM $GUEST --transport mmio --append 'guest: say' --screenshot $DIR/s.png");
        wait_for(path_in_dir("stdout"), "speaks");
        kill(r.pid, rows[i].number);
        run_wait(&r);
        snprintf(name, sizeof name, "%s ends it, though the guest sleeps for ever", rows[i].name);
        check(r.code == 128 + rows[i].number, name, SEEN);
    }
}

/* ---- A guest that says nothing ------------------------------------------------------------ */

static void silence(void)
{
    run(&r, "exec $VMM $GUEST --transport mmio --display none --append 'guest:' --timeout 5.4");
    check(r.code == 124 && err_has("nothing said or drawn for 5 s: PC 0x") && err_has("no device was touched")
          && err_has("console: status 0 (its driver has not found it)")
          && err_has("The guest never said a word."), "after 5 s of silence one line tells where it stands", SEEN);

    run(&r, "exec $VMM $GUEST --transport mmio --append 'guest: draw' --timeout 5.4 --screenshot $DIR/s.png");
    check(r.code == 124 && err_has("last access 0x") && err_has("(virtio-mmio gpu)")
          && err_has("gpu: status 15 (its driver is ready"), "... and what it touched last", SEEN);

    run(&r, "exec $VMM $GUEST --transport mmio --append 'guest: say draw whole' --timeout 5.4 --screenshot $DIR/s.png");
    check(r.code == 124 && !err_has("nothing said"), "a guest that has spoken and drawn may be silent", SEEN);
}

/* ---- Text --------------------------------------------------------------------------------- */

static void text(void)
{
    unsigned lines = 0, wrong = 0;

    run(&r, "exec $VMM $GUEST --transport mmio --display none --append 'guest: pour off'");
    for (char *rest = r.out, *p; (p = strsep(&rest, "\n")) != NULL && rest != NULL; lines++)
        wrong += strlen(p) != 63 || (unsigned)strtoul(p, NULL, 10) != lines;
    check(r.code == 0 && lines == 1024 && wrong == 0, "text arrives complete and in order",
          "code %d, lines %u, wrong %u", r.code, lines, wrong);

    run(&r, "$VMM $GUEST --transport mmio --display none --append 'guest: pour pour pour off' |"
            " (sleep 2; cat) | tail -n 1");
    check(strncmp(r.out, "001023", 6) == 0, "also when its reader is slow: the guest waits", SEEN);

    run(&r, "rm -f $DIR/code; ($VMM $GUEST --transport mmio --display none --append 'guest: pour pour pour'"
            " --timeout 3; echo $? >$DIR/code) | sleep 8 & i=0;"
            " while [ ! -s $DIR/code ] && [ $i -lt 75 ]; do sleep 0.1; i=$((i+1)); done; cat $DIR/code");
    check(atoi(r.out) == 124, "124: comes though nobody reads", SEEN);

    run(&r, "($VMM $GUEST --transport mmio --display none --append 'guest: pour pour pour';"
            " echo $? >$DIR/code) | head -n 1");
    check(strncmp(r.out, "000000", 6) == 0 && atoi(file_text(path_in_dir("code"))) == 128 + SIGPIPE,
          "a reader that goes away ends it", "%s%s", r.out, file_text(path_in_dir("code")));

    run(&r, "printf 'a\\001xq' | $VMM $GUEST --transport mmio --display none --append 'guest: echo off'");
    check(r.code == 0 && out_has("[97]\n[1]\n[120]\n[113]\n"),
          "what comes through a pipe goes to the guest, Ctrl-A too", SEEN);

    run(&r, "(head -c 5000 /dev/zero | tr '\\0' z; echo q) | timeout 50 $VMM $GUEST --transport mmio --display none"
            " --append 'guest: echo off' | grep -c 122");
    check(atoi(r.out) == 5000, "more than the console can hold waits its turn", "%s", r.out);

    run(&r, "exec $VMM $GUEST --transport mmio --display none --append 'guest: uart say off'");
    check(strcmp(r.out, "the console speaks\n") == 0 && strcmp(r.err, "uart: the UART speaks\n") == 0,
          "stdout holds the console's text and nothing else", "%s--\n%s", r.out, r.err);

    run(&r, "exec $VMM $GUEST --transport mmio --display none --append 'guest: pour off' <&- >&- 2>&-");
    check(r.code == 0, "0: with stdin, stdout and stderr closed", SEEN);
}

/* ---- The example kernel ------------------------------------------------------------------- */

static void pictures(void)
{
    static const char *const machines[] = {
        "--transport pci", "--transport mmio", "--transport both", "--transport pci --map high --mem 96M",
        "--transport mmio --map high"
    };
    char command[600], name[200];

    run(&r, "exec $VMM_OF_QEMU $KERNEL_OF_QEMU --append 'exit demo=squares' --screenshot $DIR/want.ppm --timeout 60");
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        unlink(path_in_dir("is.ppm"));
        snprintf(command, sizeof command, "$VMM $KERNEL --append 'exit demo=squares' --screenshot $DIR/is.ppm "
                 "--timeout 60 %s && cmp $DIR/want.ppm $DIR/is.ppm", machines[i]);
        run(&r, command);
        snprintf(name, sizeof name, "the kernel's squares, %s: QEMU's, byte for byte", machines[i]);
        check(r.code == 0, name, SEEN);
    }
}

/* ---- Where a reader starts ------------------------------------------------------------------ */

static void hello(void)
{
    run(&r, "wc -l <examples/vmm/hello_kvm.c");
    check(atoi(r.out) > 0 && atoi(r.out) < 100, "hello_kvm.c has less than 100 lines", "%s", r.out);
    run(&r, "${CC:-cc} -Wall -Wextra -o $DIR/hello examples/vmm/hello_kvm.c && $DIR/hello");
    check(r.code == 0 && strcmp(r.out, "Hello from a virtual machine\n") == 0 && r.err[0] == 0,
          "... and runs, as its comment says", SEEN);
}

/* ---- /dev/kvm ----------------------------------------------------------------------------- */

/* Whoever may not open it is told of the group. */
static void refused(void)
{
    const char *name = "34: /dev/kvm is there, and not for us";

    if (geteuid() == 0 && !have_program("setpriv")) {
        skip(name, "root can open everything, and there is no setpriv");
        return;
    }
    if (system("[ $(id -u) != 0 ] || setpriv --reuid=65534 --regid=65534 --clear-groups"
               " test ! -r /dev/kvm") != 0) {
        skip(name, "everybody may open /dev/kvm here");
        return;
    }
    run(&r, "chmod 755 $DIR; cp $VMM $DIR/vmm; cp $GUEST $DIR/g.img; cd $DIR;"
            "exec setpriv --reuid=65534 --regid=65534 --clear-groups ./vmm g.img --display none");
    check(r.code == 34 && err_has("usermod -aG kvm") && err_has("vmm-qemu"), name, SEEN);
}

static void missing(void)
{
    if (access("/dev/kvm", F_OK) == 0)
        return;
    run(&r, "exec $VMM $GUEST --display none");
    check(r.code == 34 && err_has("there is no /dev/kvm") && err_has("modprobe") && err_has("vmm-qemu"),
          "34: there is no /dev/kvm: the module, and what to do instead", SEEN);
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
    setenv("VMM_OF_QEMU", getenv("VMM"), 1);
    setenv("KERNEL_OF_QEMU", getenv("KERNEL") != NULL ? getenv("KERNEL") : "", 1);
    if (!use_kvm()) {
        skip("vmm-kvm", "vmm-kvm is for Linux");
        return finish();
    }
    missing();
    if (kvm_missing() != NULL) {
        skip("vmm-kvm", kvm_missing());
        return finish();
    }
    exit_codes();
    signals();
    silence();
    text();
    pictures();
    hello();
    refused();
    return finish();
}
