/* test_terminal.c - a terminal under each launcher: its keys, and that it is as before afterwards. */
#include "run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct run r;
static const char *launcher;            /* the one that is tested, for names of tests */

static bool out_has(const char *text)
{
    return strstr(r.out, text) != NULL;
}

#define RUN "exec $VMM $GUEST --transport mmio --screenshot $DIR/key.ppm "
#define TYPE(text) run_type(&r, text, sizeof text - 1)

static bool same(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag
        && a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

/* ---- As before, whatever happened --------------------------------------------------------- */

enum { QEMU = 1, KVM = 2, BOTH = QEMU | KVM };

static const struct way {
    int         launchers;
    const char *name, *command;
    const char *ready;                  /* the signal, or nothing, follows this text */
    int         number;
    int         code;
} ways[] = {
    { BOTH, "power off", RUN "--append 'guest: say draw whole off'", "speaks", 0, 0 },
    { BOTH, "no picture", RUN "--append 'guest: say off'", "speaks", 0, 37 },
    { BOTH, "reset", RUN "--append 'guest: reset'", "", 0, 32 },
    { QEMU, "a crash of QEMU", "PATH=$DIR/breaks:$PATH " RUN "--append 'guest: draw'", "", 0, 33 },
    { KVM, "a crash of the guest", RUN "--append 'guest: crash'", "", 0, 33 },
    { BOTH, "a bad kernel", "exec $VMM /dev/null", "", 0, 35 },
    { QEMU, "a QEMU that does not start", RUN "-- -no-such-option", "", 0, 34 },
    { BOTH, "timeout", RUN "--append 'guest: say' --timeout 3", "speaks", 0, 124 },
    { BOTH, "TERM", RUN "--append 'guest: say'", "speaks", SIGTERM, 128 + SIGTERM },
    { BOTH, "HUP", RUN "--append 'guest: say'", "speaks", SIGHUP, 128 + SIGHUP },
    { BOTH, "INT", RUN "--append 'guest: say'", "speaks", SIGINT, 128 + SIGINT },
    { BOTH, "SEGV", RUN "--append 'guest: say'", "speaks", SIGSEGV, 128 + SIGSEGV },
    { BOTH, "ABRT", RUN "--append 'guest: say'", "speaks", SIGABRT, 128 + SIGABRT },
    { BOTH, "TERM while text streams", RUN "--append 'guest: flood flood flood'", "000123", SIGTERM, 128 + SIGTERM },
};

/* The shell that runs the command waits until the settings were looked at, so that the terminal
 * still is a terminal then: nobody but its last user may change it. */
static void as_before(int which)
{
    struct termios before, during, after;
    char command[1000], name[200];

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct way *w = &ways[i];
        FILE *f;
        int pid = 0;

        if ((w->launchers & which) == 0)
            continue;
        unlink(path_in_dir("pid"));
        unlink(path_in_dir("code"));
        snprintf(command, sizeof command, "echo READY; read go; "
                 "( sh -c 'echo $PPID' >$DIR/pid; %s ); echo $? >$DIR/code; echo DONE; read go", w->command);
        run_start_on_terminal(&r, command);
        run_expect(&r, "READY");
        tcgetattr(r.terminal, &before);
        TYPE("\n");
        run_expect(&r, w->ready);
        tcgetattr(r.terminal, &during);
        f = fopen(path_in_dir("pid"), "r");
        if (f != NULL) {
            if (fscanf(f, "%d", &pid) != 1)
                pid = 0;
            fclose(f);
        }
        if (w->number != 0 && pid > 1)
            kill(pid, w->number);
        run_expect(&r, "DONE");
        tcgetattr(r.terminal, &after);
        TYPE("\n");
        run_wait(&r);
        snprintf(name, sizeof name, "%s: the terminal is as before after %s", launcher, w->name);
        check(same(&before, &after) && atoi(file_text(path_in_dir("code"))) == w->code, name,
              "lflag %lx, then %lx; code %swanted %d; terminal:\n%s", (unsigned long)before.c_lflag,
              (unsigned long)after.c_lflag, file_text(path_in_dir("code")), w->code, r.out);
        if (w->number != 0) {
            snprintf(name, sizeof name, "... and was raw before %s, with OPOST", w->name);
            check(!(during.c_lflag & (ICANON | ECHO | ISIG)) && (during.c_oflag & OPOST), name,
                  "lflag %lx oflag %lx", (unsigned long)during.c_lflag, (unsigned long)during.c_oflag);
        }
    }
}

/* ---- Keys --------------------------------------------------------------------------------- */

static void keys(void)
{
    run_start_on_terminal(&r, RUN "--append 'guest: draw whole echo off'");
    check(run_expect(&r, "Ctrl-A x leaves, Ctrl-A h helps"), "the first line tells how to leave", SEEN);
    check(run_expect(&r, "echo:\r\n"), "the guest's \\n starts a line at the left", SEEN);
    check(run_expect(&r, "the picture is in"), "the first picture is told of at once", SEEN);
    TYPE("a");
    check(run_expect(&r, "[97]"), "a key goes to the guest at once", SEEN);
    check(!out_has("\na[97]"), "... and is not echoed by the terminal", SEEN);
    TYPE("\003\032\034\023\021\r\177");
    check(run_expect(&r, "[3]\r\n[26]\r\n[28]\r\n[19]\r\n[17]\r\n[13]\r\n[127]"),
          "Ctrl-C, Z, \\, S, Q, return and delete go to the guest as they are", SEEN);
    TYPE("\001\001");
    check(run_expect(&r, "[1]"), "Ctrl-A Ctrl-A is one Ctrl-A", SEEN);
    TYPE("\001h");
    check(run_expect(&r, "Ctrl-A s takes a picture"), "Ctrl-A h helps", SEEN);
    TYPE("\001zb");
    check(run_expect(&r, "[98]") && !out_has("[122]"),
          "Ctrl-A and a key without a meaning is nothing", SEEN);
    unlink(path_in_dir("key.ppm"));
    run_mark(&r);
    TYPE("\001s");
    check(run_expect(&r, "the picture is in") && access(path_in_dir("key.ppm"), R_OK) == 0,
          "Ctrl-A s takes a picture", SEEN);
    TYPE("q");
    run_wait(&r);
    check(r.code == 0, "the last key made the guest power off", SEEN);

    run_start_on_terminal(&r, RUN "--append 'guest: draw whole echo'");
    run_expect(&r, "echo:");
    TYPE("\001x");
    run_wait(&r);
    check(r.code == 0 && !out_has("[120]"), "Ctrl-A x leaves", SEEN);

    run_start_on_terminal(&r, RUN "--append 'guest: draw echo'");
    run_expect(&r, "echo:");
    TYPE("\001s");
    check(run_expect(&r, "there is no whole picture yet"), "Ctrl-A s says when there is none", SEEN);
    TYPE("\001x");
    run_wait(&r);
    check(r.code == 37, "Ctrl-A x without the picture that was asked for: 37", SEEN);
}

/* ---- Lines -------------------------------------------------------------------------------- */

/* How much the console had said when the UART spoke is a matter of chance. Both must be whole. */
static bool lines_are_whole(void)
{
    static const char *const console[] = { "half a line", "half a line", "the console speaks\r\n" };
    char text[200];

    for (int said = 1; said <= 3; said++) {
        text[0] = 0;
        for (int i = 0; i <= 3; i++) {
            if (i == said)
                strcat(text, said < 3 ? "\r\nuart: the UART speaks\r\n" : "uart: the UART speaks\r\n");
            if (i < 3)
                strcat(text, console[i]);
        }
        if (out_has(text))
            return true;
    }
    return false;
}

static void lines(void)
{
    run_start_on_terminal(&r, RUN "--append 'guest: half uart half say off' --display none");
    run_wait(&r);
    check(lines_are_whole(), "others' lines do not begin in the middle of the guest's", SEEN);

    run_start_on_terminal(&r, RUN "--append 'guest: half draw whole wait off' --display text");
    run_wait(&r);
    check(out_has("half a line\r\n") && out_has("\r\n\033[38"), "... and a picture neither", SEEN);
}

/* ---- In the background -------------------------------------------------------------------- */

static void background(void)
{
    run_start_on_terminal(&r, "set -m; $VMM $GUEST --transport mmio --display none"
                              " --append 'guest: say wait off' & wait $!; echo CODE $?");
    check(run_expect(&r, "CODE 0") && !out_has("Ctrl-A x"),
          "in the background the terminal is left alone", SEEN);
    run_wait(&r);
}

static void all(int which)
{
    launcher = which == KVM ? "vmm-kvm" : "vmm-qemu";
    printf("# %s\n", launcher);
    as_before(which);
    keys();
    lines();
    background();
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
    make_breaking_qemu();
    all(QEMU);
    if (use_kvm_or_skip("vmm-kvm: terminals"))
        all(KVM);
    return finish();
}
