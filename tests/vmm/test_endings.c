/* test_endings.c - each exit code of vmm-qemu, provoked for real; nothing is left behind. */
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

/* `says` must stand on stderr; with "!" in front it must not. */
static const struct ending {
    const char *name, *words, *options;
    int         code;
    const char *says;
} endings[] = {
    { "0: powered off, picture whole", "draw whole off", FILE_NAMED, 0, "the picture is in" },
    { "0: powered off, no picture wanted", "uart off", "--display none", 0, "!picture" },
    { "0: a second picture that is whole counts", "draw part whole off", FILE_NAMED, 0, "picture is in" },
    { "0: a part after the whole takes nothing away", "draw whole part off", FILE_NAMED, 0, "picture is in" },
    { "0: --exit-after-frames", "draw frames", FILE_NAMED " --exit-after-frames 3", 0, "picture is in" },
    { "37: nothing drawn at all", "uart off", FILE_NAMED, 37, "never set a scanout" },
    { "37: drawn and shown, not flushed", "draw off", FILE_NAMED, 37, "no RESOURCE_FLUSH followed" },
    { "37: flushed in part", "draw part off", FILE_NAMED, 37, "covered the whole scanout, 64x48 at 0,0" },
    { "37: switched off at the end", "draw whole blank off", FILE_NAMED, 37, "switched its scanout off" },
    { "37: a flush that QEMU refused", "draw wrong off", FILE_NAMED, 37, "no RESOURCE_FLUSH covered" },
    { "37: a picture file named, though no display", "uart off", "--display none " FILE_NAMED, 37,
      "never set a scanout" },
    { "32: reset", "draw whole reset", FILE_NAMED, 32, "asked for a reset" },
    { "33: QEMU breaks on a guest's command", "draw beyond off", FILE_NAMED, 33, "QEMU crashed (signal 6)" },
    { "33: and its last words are shown", "draw beyond off", FILE_NAMED, 33, "Assertion" },
    { "124: the guest hangs", "say draw whole", FILE_NAMED " --timeout 3", 124,
      "no end after 3 s. The guest's last line: the console speaks" },
    { "124: and the picture is taken all the same", "draw whole", FILE_NAMED " --timeout 3", 124, "picture is in" },
    { "124: comes before 37", "uart", FILE_NAMED " --timeout 3", 124, "the UART speaks" },
    { "32: comes before 37", "reset", FILE_NAMED, 32, "reset" },
    { "34: QEMU does not start", "off", "-- -device no-such-device", 34, "QEMU did not start" },
    { "34: and its words are shown", "off", "-- -device no-such-device", 34, "'no-such-device' is not a valid" },
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

        if (no_crash(e->words) != NULL) {
            skip(e->name, no_crash(e->words));
            continue;
        }
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

static void make_program(const char *name, const char *text)
{
    char command[300];

    make_file(name, text, strlen(text));
    snprintf(command, sizeof command, "chmod +x %s", path_in_dir(name));
    if (system(command) != 0)
        exit(1);
}

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
    char name[100];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
#ifndef __linux__
        if (rows[i].number == SIGKILL) {
            skip("KILL leaves no QEMU behind", "only Linux ends a child with its parent");
            continue;
        }
#endif
        run_start(&r, "exec $VMM $GUEST --transport mmio --append 'guest: say'");
        wait_for(path_in_dir("stdout"), "speaks");
        kill(r.pid, rows[i].number);
        run_wait(&r);
        snprintf(name, sizeof name, "%s ends the launcher as it should", rows[i].name);
        check(r.code == 128 + rows[i].number, name, SEEN);
        snprintf(name, sizeof name, "%s leaves no QEMU and no files behind", rows[i].name);
        check(!qemu_left() && (rows[i].leaves_folder || folders_left() == 0), name,
              "QEMU runs: %d, folders: %u", somebody_runs(path_in_dir("guest.img")), folders_left());
    }
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

    run(&r, "exec $VMM $GUEST --transport mmio --display none --append 'guest: flood off' <&- >&- 2>&-");
    check(r.code == 0, "0: with stdin, stdout and stderr closed", SEEN);
    run(&r, "exec $VMM $GUEST --transport mmio --display none --append 'guest: flood off' >&-");
    check(r.code == 0, "0: with stdout closed", SEEN);
}

/* ---- Text --------------------------------------------------------------------------------- */

static void text(void)
{
    unsigned lines = 0, wrong = 0;

    run(&r, "exec $VMM $GUEST --transport mmio --display none --append 'guest: flood off'");
    for (char *rest = r.out, *p; (p = strsep(&rest, "\n")) != NULL && rest != NULL; lines++)
        wrong += strlen(p) != 63 || (unsigned)strtoul(p, NULL, 10) != lines;
    check(r.code == 0 && lines == 16384 && wrong == 0,
          "a megabyte of text arrives complete and in order", "code %d, lines %u, wrong %u",
          r.code, lines, wrong);

    run(&r, "$VMM $GUEST --transport mmio --display none --append 'guest: flood off' |"
            " (sleep 1; cat) | tail -n 1");
    check(strncmp(r.out, "016383", 6) == 0, "also when its reader is slow", SEEN);

    run(&r, "rm -f $DIR/code; ($VMM $GUEST --transport mmio --display none --append 'guest: flood' --timeout 4;"
            " echo $? >$DIR/code) | sleep 14 & i=0;"
            " while [ ! -s $DIR/code ] && [ $i -lt 150 ]; do sleep 0.1; i=$((i+1)); done; cat $DIR/code");
    check(r.code == 0 && atoi(r.out) == 124, "124: comes though nobody reads", SEEN);

    run(&r, "($VMM $GUEST --transport mmio --display none --append 'guest: flood flood flood';"
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
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
    exit_codes();
    other_qemus();
    signals();
    quit_elsewhere();
    text();
    check(folders_left() == 1, "no temporary folder is left (but that of KILL)", "%u", folders_left());
    return finish();
}
