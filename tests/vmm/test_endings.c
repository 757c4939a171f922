/* test_endings.c - each exit code of each launcher, provoked for real; nothing is left behind. */
#include "run.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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

#define FILE_NAMED "--screenshot $DIR/end.png"

enum { QEMU = 1, KVM = 2, BOTH = QEMU | KVM };

/* `says` must stand on stderr; with "!" in front it must not. */
static const struct ending {
    int         launchers;
    const char *name, *words, *options;
    int         code;
    const char *says;
} endings[] = {
    { BOTH, "0: powered off, picture whole", "draw whole off", FILE_NAMED, 0, "the picture is in" },
    { BOTH, "0: powered off, no picture wanted", "uart off", "--display none", 0, "!picture" },
    { BOTH, "0: a second picture that is whole counts", "draw part whole off", FILE_NAMED, 0, "picture is in" },
    { BOTH, "0: a part after the whole takes nothing away", "draw whole part off", FILE_NAMED, 0, "picture is in" },
    { BOTH, "0: --exit-after-frames", "draw frames", FILE_NAMED " --exit-after-frames 3", 0, "picture is in" },
    { KVM, "0: all frames are written", "draw frames off", FILE_NAMED " --frames $DIR/f --trace", 0, "(8 written)" },
    { BOTH, "37: nothing drawn at all", "uart off", FILE_NAMED, 37, "never set a scanout" },
    { BOTH, "37: drawn and shown, not flushed", "draw off", FILE_NAMED, 37, "no RESOURCE_FLUSH followed" },
    { BOTH, "37: flushed in part", "draw part off", FILE_NAMED, 37, "covered the whole scanout" },
    { BOTH, "37: switched off at the end", "draw whole blank off", FILE_NAMED, 37, "switched its scanout off" },
    { QEMU, "37: a flush that QEMU refused", "draw wrong off", FILE_NAMED, 37, "no RESOURCE_FLUSH covered" },
    { KVM, "37: a flush that is refused", "draw wrong off", FILE_NAMED, 37, "no RESOURCE_FLUSH followed" },
    { BOTH, "37: a picture file named, though no display", "uart off", "--display none " FILE_NAMED, 37,
      "never set a scanout" },
    { BOTH, "32: reset", "draw whole reset", FILE_NAMED, 32, "asked for a reset" },
    { KVM, "0: the same command is refused, and the guest goes on", "draw beyond whole off", FILE_NAMED, 0, "gpu: " },
    { KVM, "33: the guest crashes", "say crash", FILE_NAMED, 33, "PC 0x" },
    { BOTH, "124: the guest sleeps for ever", "say draw whole", FILE_NAMED " --timeout 3", 124,
      "no end after 3 s. The guest's last line: the console speaks" },
    { BOTH, "124: and the picture is taken all the same", "draw whole", FILE_NAMED " --timeout 3", 124, "picture is in" },
    { BOTH, "124: comes before 37", "uart", FILE_NAMED " --timeout 3", 124, "the UART speaks" },
    { BOTH, "32: comes before 37", "reset", FILE_NAMED, 32, "reset" },
    { QEMU, "34: QEMU does not start", "off", "-- -device no-such-device", 34, "QEMU did not start" },
    { QEMU, "34: and its words are shown", "off", "-- -device no-such-device", 34, "'no-such-device' is not a valid" },
    { KVM, "34: a window without a screen", "off", "--display window", 34, "screen" },
};

static bool says(const char *text)
{
    return text[0] == '!' ? !err_has(text + 1) : err_has(text);
}

static void exit_codes(int launcher)
{
    char command[1000];

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const struct ending *e = &endings[i];

        if ((e->launchers & launcher) == 0)
            continue;
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

/* ---- QEMU missing, or another ------------------------------------------------------------- */

static void other_qemus(void)
{
    run(&r, "mkdir -p $DIR/empty; PATH=$DIR/empty exec $VMM $GUEST");
    check(r.code == 34 && err_has("there is no qemu-system-aarch64 here: install QEMU"),
          "34: no QEMU, and no package manager that is known", SEEN);

    make_program("apt-get", "#!/bin/sh\n");
    run(&r, "PATH=$DIR exec $VMM $GUEST");
    check(r.code == 34 && err_has("sudo apt-get install qemu-system-arm"),
          "34: no QEMU: the command that installs it", SEEN);

    make_program("qemu-system-aarch64", "#!/bin/sh\necho some reason >&2\nexit 1\n");
    run(&r, "PATH=$DIR:$PATH exec $VMM $GUEST --display none");
    check(r.code == 34 && err_has("qemu: some reason"),
          "34: a QEMU that ends at once: what it said", SEEN);

    make_program("qemu-system-aarch64", "#!/bin/sh\nkill -SEGV $$\n");
    run(&r, "PATH=$DIR:$PATH exec $VMM $GUEST --display none");
    check(r.code == 34, "34: a QEMU that crashes before it speaks", SEEN);

    make_program("qemu-system-aarch64", "#!/bin/sh\nexec sleep 50\n");
    run(&r, "PATH=$DIR:$PATH exec $VMM $GUEST --display none --timeout 1");
    check(r.code == 124, "124: a QEMU that never says a word", SEEN);

    run(&r, "DISPLAY= exec $VMM $GUEST --display window");
    check(r.code == 34 && err_has("there is no screen"),
          "34: a window without a screen", SEEN);

    run(&r, "DISPLAY=:999 exec $VMM $GUEST --display window --timeout 20");
    check(r.code == 34 && err_has("QEMU did not start"),
          "34: a window on a screen that is not there", SEEN);

    make_program("qemu-system-aarch64", "#!/bin/sh\necho none\n");
    run(&r, "DISPLAY=:999 PATH=$DIR exec $VMM $GUEST --display window");
    check(r.code == 34 && err_has("sudo apt-get install qemu-system-gui"),
          "34: a QEMU without windows: the command that installs them", SEEN);
    unlink(path_in_dir("qemu-system-aarch64"));
    unlink(path_in_dir("apt-get"));
}

/* ---- Signals ------------------------------------------------------------------------------ */

/* Waits until the file holds the text, at most ten seconds. */
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

static unsigned folders_left(void)
{
    DIR *d = opendir(path_in_dir("."));
    unsigned n = 0;

    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        n += strncmp(e->d_name, "vmm-qemu.", 9) == 0;
    if (d != NULL)
        closedir(d);
    return n;
}

static bool qemu_left(void)
{
    struct timespec moment = { 0, 50000000 };

    for (int i = 0; i < 40; i++) {
        if (!somebody_runs(path_in_dir("guest.img")))
            return false;
        nanosleep(&moment, NULL);
    }
    return true;
}

static void signals(void)
{
    static const struct { const char *name; int number; bool leaves_folder; } rows[] = {
        { "TERM", SIGTERM, false }, { "HUP", SIGHUP, false }, { "INT", SIGINT, false },
        { "SEGV", SIGSEGV, false }, { "ABRT", SIGABRT, false }, { "KILL", SIGKILL, true },
    };
    unsigned folders = folders_left();
    char name[100];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
#ifndef __linux__
        if (rows[i].number == SIGKILL) {
            skip("KILL leaves no QEMU behind", "only Linux ends a child with its parent");
            continue;
        }
#endif
        run_start(&r, "exec $VMM $GUEST --transport mmio --append 'guest: say' " FILE_NAMED);
        wait_for(path_in_dir("stdout"), "speaks");
        kill(r.pid, rows[i].number);
        run_wait(&r);
        snprintf(name, sizeof name, "%s ends the launcher as it should", rows[i].name);
        check(r.code == 128 + rows[i].number, name, SEEN);
        snprintf(name, sizeof name, "%s leaves no QEMU and no files behind", rows[i].name);
        check(!qemu_left() && (rows[i].leaves_folder || folders_left() == folders), name,
              "QEMU runs: %d, folders: %u", somebody_runs(path_in_dir("guest.img")), folders_left());
    }
}

/* ---- QEMU breaks --------------------------------------------------------------------------- */

static bool told_of_crash(int signal)
{
    char words[40];

    snprintf(words, sizeof words, "QEMU crashed (signal %d)", signal);
    return r.code == 33 && err_has(words) && err_has("Assertion");
}

/* QEMU up to 7 breaks on a transfer from beyond the backing, later ones refuse it. Which of them is
 * here tells a witness, who stands between it and the launcher and ends as it did. */
static void crashes(void)
{
    int code;

    run(&r, "mkdir $DIR/witness");
    make_file("witness/code", "-1", 2);
    make_program("witness/qemu-system-aarch64",
        "#!/bin/sh\n"
        "PATH=${PATH#*:}\n"
        "qemu-system-aarch64 \"$@\"\n"
        "code=$?; echo $code >$DIR/witness/code\n"
        "[ $code -lt 128 ] || kill -$((code - 128)) $$\n"
        "exit $code\n");
    run(&r, "PATH=$DIR/witness:$PATH exec $VMM $GUEST --transport mmio"
            " --append 'guest: draw beyond off' " FILE_NAMED);
    code = atoi(file_text(path_in_dir("witness/code")));
    if (code >= 128)
        check(told_of_crash(code - 128), "33: QEMU breaks on a guest's command", SEEN);
    else
        check(code == 0 && r.code == 37 && err_has("no RESOURCE_FLUSH followed"),
              "37: QEMU refuses a guest's command, and its guest goes on", SEEN);

    make_breaking_qemu();
    run(&r, "PATH=$DIR/breaks:$PATH exec $VMM $GUEST --transport mmio --append 'guest: draw' "
            FILE_NAMED);
    check(told_of_crash(SIGABRT) && !qemu_left(), "33: QEMU breaks for a reason of its own", SEEN);
}

/* ---- Somebody else ends QEMU -------------------------------------------------------------- */

/* GTK's window does the same when it is closed. */
static void quit_elsewhere(void)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    static const char words[] = "{\"execute\":\"qmp_capabilities\"}{\"execute\":\"quit\"}\n";
    int s = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(to.sun_path, sizeof to.sun_path, "%s", path_in_dir("q"));
    run_start(&r, "exec $VMM $GUEST --transport mmio --display none --append 'guest: say'"
                  " -- -qmp unix:$DIR/q,server=on,wait=off");
    wait_for(path_in_dir("stdout"), "speaks");
    check(connect(s, (struct sockaddr *)&to, sizeof to) == 0
          && write(s, words, sizeof words - 1) == (ssize_t)(sizeof words - 1),
          "QEMU has another monitor, too", "no connection");
    run_wait(&r);
    close(s);
    check(r.code == 0 && r.err[0] == 0, "0: a window that is closed", SEEN);

    run(&r, "rm -f $DIR/qpid; $VMM $GUEST --transport mmio --display none --append 'guest: say' -- -pidfile $DIR/qpid & v=$!;"
            " while [ ! -s $DIR/qpid ]; do sleep 0.1; done; sleep 0.3; kill $(cat $DIR/qpid); wait $v");
    check(r.code == 33 && err_has("somebody ended QEMU by a signal"),
          "33: somebody ends QEMU by TERM", SEEN);

    run(&r, "rm -f $DIR/qpid; $VMM $GUEST --transport mmio --display none --append 'guest: say' -- -pidfile $DIR/qpid & v=$!;"
            " while [ ! -s $DIR/qpid ]; do sleep 0.1; done; sleep 0.3; kill -9 $(cat $DIR/qpid); wait $v");
    check(r.code == 33 && err_has("QEMU crashed (signal 9)"),
          "33: somebody ends QEMU by KILL", SEEN);

}

/* ---- Text --------------------------------------------------------------------------------- */

/* A KVM that emulates each instruction is slow: there a sixteenth of the text is enough. */
static void text(int launcher)
{
    unsigned lines = 0, wrong = 0, all = launcher == KVM ? 1024 : 16384;
    char last[20];

    setenv("FLOOD", launcher == KVM ? "pour" : "flood", 1);
    snprintf(last, sizeof last, "%06u", all - 1);
    run(&r, "exec $VMM $GUEST --transport mmio --display none --append \"guest: $FLOOD off\"");
    for (char *rest = r.out, *p; (p = strsep(&rest, "\n")) != NULL && rest != NULL; lines++)
        wrong += strlen(p) != 63 || (unsigned)strtoul(p, NULL, 10) != lines;
    check(r.code == 0 && lines == all && wrong == 0, "much text arrives complete and in order",
          "code %d, lines %u, wrong %u", r.code, lines, wrong);

    run(&r, "$VMM $GUEST --transport mmio --display none --append \"guest: $FLOOD $FLOOD off\" |"
            " (sleep 2; cat) | tail -n 1");
    check(strncmp(r.out, last, 6) == 0, "also when its reader is slow", SEEN);

    run(&r, "rm -f $DIR/code; ($VMM $GUEST --transport mmio --display none --append \"guest: $FLOOD $FLOOD $FLOOD\""
            " --timeout 4; echo $? >$DIR/code) | sleep 14 & i=0;"
            " while [ ! -s $DIR/code ] && [ $i -lt 130 ]; do sleep 0.1; i=$((i+1)); done; cat $DIR/code");
    check(r.code == 0 && atoi(r.out) == 124, "124: comes though nobody reads", SEEN);

    run(&r, "($VMM $GUEST --transport mmio --display none --append \"guest: $FLOOD $FLOOD $FLOOD\";"
            " echo $? >$DIR/code) | head -n 1");
    check(strncmp(r.out, "000000", 6) == 0 && atoi(file_text(path_in_dir("code"))) == 128 + SIGPIPE
          && !qemu_left(), "a reader that goes away ends the launcher", "%s%s", r.out,
          file_text(path_in_dir("code")));

    run(&r, "printf 'a\\001xq' | $VMM $GUEST --transport mmio --display none --append 'guest: echo off'");
    check(r.code == 0 && out_has("[97]\n[1]\n[120]\n[113]\n"),
          "what comes through a pipe goes to the guest, Ctrl-A too", SEEN);

    run(&r, "exec $VMM $GUEST --transport mmio --display none --append 'guest: uart say off'");
    check(strcmp(r.out, "the console speaks\n") == 0 && strcmp(r.err, "uart: the UART speaks\n") == 0,
          "stdout holds the console's text and nothing else", "%s--\n%s", r.out, r.err);

    run(&r, "exec $VMM $GUEST --transport mmio --display none --append \"guest: $FLOOD off\" <&- >&- 2>&-");
    check(r.code == 0, "0: with stdin, stdout and stderr closed", SEEN);
    run(&r, "exec $VMM $GUEST --transport mmio --display none --append \"guest: $FLOOD off\" >&-");
    check(r.code == 0, "0: with stdout closed", SEEN);
}

static void all(int launcher)
{
    printf("# %s\n", launcher == KVM ? "vmm-kvm" : "vmm-qemu");
    exit_codes(launcher);
    signals();
    text(launcher);
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
    all(QEMU);
    other_qemus();
    crashes();
    quit_elsewhere();
    check(folders_left() == 1, "no temporary folder is left (but that of KILL)", "%u", folders_left());
    if (use_kvm_or_skip("vmm-kvm: endings"))
        all(KVM);
    return finish();
}
