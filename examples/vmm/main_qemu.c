/* main_qemu.c - boots a kernel in QEMU, with its console in the terminal and its picture in a
 * window, a file or the terminal.
 *
 *      terminal <--> console socket <--> virtconsole \
 *      stderr    <-- uart socket    <--  UART         > qemu-system-...
 *      picture   <-- monitor (QMP)  <--  screendump  /
 *      verdict   <-- its stderr     <--  trace: was the picture flushed whole?
 *
 * Begin with main() at the end: all steps, from the options to the verdict. The parts:
 *
 *      qemu_command.c    the words of QEMU's command line, and whether this QEMU knows them
 *      qemu_process.c    the child and its channels
 *      qemu_session.c    what it tells us, and what we say in return
 *      qemu_watch.c      when a picture is whole          qemu_monitor.c   QMP
 *      qemu_switch.c     when the guest turns itself off, where QEMU would not wait for us
 *      host/             what all launchers share: options, terminal, text, pictures
 */
#include "host/display.h"
#include "host/image.h"
#include "host/process.h"
#include "host/terminal.h"
#include "qemu_session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKLOG (16u << 20)             /* bytes kept for a slow reader before the guest waits */

static const struct refusal refusals[] = {
    { "--trace", "story", "QEMU hides register accesses; try --trace='virtio_*'" },
    { "--lint", NULL, "QEMU's rings cannot be watched; its own complaints are shown anyway" },
    { "--machine", "vz", "QEMU has its own habits; leave --machine away" },
    { "--map", NULL, "QEMU's map is fixed; -- -M highmem=off moves the PCI part of it" },
    { "--gpu-delay", NULL, "QEMU's devices are there from the beginning; vmm-kvm has late ones" },
    { "--gpu-mute-first", NULL, "QEMU's gpu answers; vmm-kvm has one that does not" },
    { NULL, NULL, NULL }
};

static const struct launcher launcher = {
    "vmm-qemu", "boots a kernel in QEMU (arm64, x86_64 or riscv64: its file tells), with a virtio "
    "console and a virtio gpu",
    "more words for QEMU's command line", refusals
};

static struct session session;

/* All files are looked at before anything is started. */
static bool check_files(const struct options *o, struct image *image)
{
    static const struct image_wanted wanted = { ARCH_AARCH64 | ARCH_X86_64 | ARCH_RISCV64,
                                                IMAGE_LINUX | IMAGE_PVH };

    return image_check(image, o, &wanted) && display_check_files(o);
}

/* On every way out, a crash of our own included. */
static void last_rites(void)
{
    qemu_clean_up(&session.qemu);
}

/* ---- The loop ----------------------------------------------------------------------------- */

static void take_console(struct session *s, const char *bytes, size_t n)
{
    talk_console(&s->talk, bytes, n);
}

static void take_uart(struct session *s, const char *bytes, size_t n)
{
    talk_uart(&s->talk, bytes, n);
}

/* What has arrived: 64 KiB is all that a pipe can hold, and somebody who writes without end must
 * not keep us from the rest. The descriptor is closed when its writer has closed it. */
static void drain(struct session *s, int *fd, void (*take)(struct session *, const char *, size_t))
{
    char bytes[65536];
    ssize_t n;

    if (*fd < 0)
        return;
    n = read(*fd, bytes, sizeof bytes);
    if (n > 0) {
        take(s, bytes, (size_t)n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(*fd);
        *fd = -1;
    }
}

static void take_input(struct session *s)
{
    unsigned keys = talk_input(&s->talk);

    if (keys & 1u << KEY_PICTURE)
        s->wanted |= WHY_KEY;
    if (keys & 1u << KEY_LEAVE)
        session_end(s, VERDICT_FINE);
}

/* One turn: wait, then take what is there. The log is read after the monitor and before its lines
 * are acted on: what led to an event was traced before it. */
static void turn(struct session *s, int wake)
{
    struct talk *t = &s->talk;
    struct qemu *q = &s->qemu;
    bool full = s->phase < ENDING && t->to_stdout.end - t->to_stdout.start > BACKLOG;
    enum { WAKE, INPUT, TO_GUEST, TO_STDOUT, FROM_CONSOLE, FROM_UART, FROM_MONITOR, FROM_LOG, ALL };
    struct pollfd p[ALL] = {
        [WAKE]         = { wake, POLLIN, 0 },
        [INPUT]        = { t->input, POLLIN, 0 },
        [TO_GUEST]     = { backlog_empty(&t->to_guest) ? -1 : q->fd[CONSOLE], POLLOUT, 0 },
        [TO_STDOUT]    = { backlog_empty(&t->to_stdout) ? -1 : t->output, POLLOUT, 0 },
        [FROM_CONSOLE] = { full ? -1 : q->fd[CONSOLE], POLLIN, 0 },
        [FROM_UART]    = { q->fd[UART], POLLIN, 0 },
        [FROM_MONITOR] = { q->fd[MONITOR], POLLIN, 0 },
        [FROM_LOG]     = { q->log, POLLIN, 0 },
    };

    if (poll(p, ALL, session_next_alarm(s)) < 0)
        return;
    if (p[INPUT].revents != 0)
        take_input(s);
    if (p[TO_GUEST].revents != 0)
        backlog_write(&t->to_guest);
    if (p[TO_STDOUT].revents != 0)
        backlog_write(&t->to_stdout);
    if (p[FROM_CONSOLE].revents != 0)
        drain(s, &q->fd[CONSOLE], take_console);
    if (p[FROM_UART].revents != 0)
        drain(s, &q->fd[UART], take_uart);
    if (p[FROM_MONITOR].revents != 0 && !monitor_fill(&s->monitor))
        q->fd[MONITOR] = -1;
    drain(s, &q->log, session_log);
    session_monitor(s);
    session_clock(s);
    session_converse(s);
}

/* Until QEMU is gone, we are told to go, or nobody reads us any more. */
static void serve(struct session *s, int wake)
{
    while (!qemu_is_silent(&s->qemu) && terminal_signal() == 0 && !s->talk.to_stdout.broken)
        turn(s, wake);
}

/* ---- The verdict -------------------------------------------------------------------------- */

static enum verdict find_verdict(const struct session *s, int status)
{
    bool picture = s->watch.whole && !s->lost;

    if (s->phase == STARTING) {
        say("QEMU did not start; its own words are above");
        return VERDICT_HOST;
    }
    if (s->phase < QUITTING && !(s->let_go && WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        if (WIFSIGNALED(status))
            say("QEMU crashed (signal %d); its last words are above", WTERMSIG(status));
        else
            say("QEMU ended by itself (exit code %d)", WEXITSTATUS(status));
        return VERDICT_CRASH;
    }
    if (s->verdict != VERDICT_FINE || picture || !display_is_asked(&s->o))
        return s->verdict;
    watch_explain(&s->watch);
    return s->watch.alive ? VERDICT_NO_PICTURE : VERDICT_HOST;
}

static void say_figures(const struct session *s)
{
    char first[64] = "none", written[64] = "";

    if (s->watch.frames > 0)
        snprintf(first, sizeof first, "%.0f ms", (s->first_frame - s->started) * 1000);
    if (s->o.frames != NULL)
        snprintf(written, sizeof written, " (%lu written)", s->frames_written);
    say("frames %u%s, first frame %s, console bytes %lu, seconds %.2f; "
        "kicks, exits and register accesses are not seen from outside QEMU",
        s->watch.frames, written, first, s->talk.console_bytes, now() - s->started);
}

int main(int argc, char **argv)
{
    struct session *s = &session;
    const char *display;                /* QEMU's words for the one that is wanted */
    struct image image;
    enum verdict verdict;
    int code, wake, stopped_by;

    /* 1. What is wanted, and whether it can be had. */
    process_begin();
    code = options_parse(&s->o, &launcher, argc, argv);
    if (code >= 0)
        return code;
    if (!check_files(&s->o, &image))
        return VERDICT_USAGE;
    verdict = command_check(&s->o, image.arch, &display);
    if (verdict != VERDICT_FINE)
        return (int)verdict;
    if (!talk_open_serial(&s->talk, &s->o))
        return VERDICT_USAGE;

    /* 2. QEMU, which ends when we do. */
    atexit(last_rites);
    wake = terminal_signals(last_rites);
    s->started = now();
    if (wake < 0 || !qemu_start(&s->qemu, &s->o, image.arch, display))
        return VERDICT_HOST;
    s->monitor.fd = s->qemu.fd[MONITOR];
    s->power = command_switch(&s->o, image.arch);
    if (s->o.gdb != 0)
        say("waiting for a debugger on localhost:%u (gdb: target remote, lldb: gdb-remote)",
            s->o.gdb);

    /* 3. The terminal is the guest's, until it ends, or its user has enough. */
    talk_begin(&s->talk, s->qemu.fd[CONSOLE]);
    serve(s, wake);
    stopped_by = s->talk.to_stdout.broken ? SIGPIPE : terminal_signal();
    code = qemu_reap(&s->qemu, stopped_by != 0);
    session_log_end(s);
    talk_end(&s->talk, wake, s->verdict == VERDICT_TIMEOUT ? 1000 : -1);

    /* 4. Who was told to end by a signal ends by it. All others hear the verdict. */
    if (stopped_by != 0) {
        last_rites();
        terminal_die_of(stopped_by);
    }
    verdict = find_verdict(s, code);
    if (s->o.trace)
        say_figures(s);
    return (int)verdict;
}
