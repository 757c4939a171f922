/* main_qemu.c - boots a kernel in QEMU, with its console in the terminal and its picture in a
 * window, a file or the terminal.
 *
 *      terminal <--> console socket <--> virtconsole \
 *      stderr    <-- uart socket    <--  PL011        > qemu-system-aarch64 -M virt
 *      picture   <-- monitor (QMP)  <--  screendump  /
 *      verdict   <-- its stderr     <--  trace: was the picture flushed whole?
 *
 * It reads straight down: the session, ending, pictures, the monitor, the terminal, the poll loop,
 * and main() with all the steps from the options to the verdict. The other launchers have the
 * same shape.
 */
#include "host/display.h"
#include "host/image.h"
#include "host/options.h"
#include "host/stream.h"
#include "host/talk.h"
#include "host/terminal.h"
#include "qemu_command.h"
#include "qemu_monitor.h"
#include "qemu_process.h"
#include "qemu_watch.h"

#include <errno.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct refusal refusals[] = {
    { "--trace", "story", "QEMU keeps the driver's register accesses to itself; "
                          "--trace='virtio_*' shows the device's side" },
    { "--lint", NULL, "nobody can watch the rings inside QEMU; leave it away: "
                      "what QEMU itself complains of is shown in any case" },
    { "--machine", "vz", "QEMU's virt has its own habits; leave it away" },
    { "--map", NULL, "the map of QEMU's virt is fixed; leave it away "
                     "(-- -M highmem=off moves the PCI part of it)" },
    { NULL, NULL, NULL }
};

static const struct launcher launcher = {
    "vmm-qemu", "boots an arm64 kernel in QEMU, with a virtio console and a virtio gpu",
    "more words for QEMU's command line", refusals
};

/* ---- The session -------------------------------------------------------------------------- */

/* From QEMU's start to its end. */
enum phase { STARTING, RUNNING, ENDING, QUITTING, GONE };

/* What the monitor was asked last; it answers one question after the other. */
enum question { NONE, ABILITIES, CONTINUE, STATUS, STOP, PICTURE, QUIT };

#define COMPLAINTS 20                   /* lines of QEMU's that are shown without --trace */
#define BACKLOG    (16u << 20)          /* bytes kept for a slow reader before QEMU has to wait */

static struct session {
    struct options o;
    struct qemu    qemu;
    struct talk    talk;
    enum phase     phase;
    enum verdict   verdict;
    double         started, first_frame, give_up;   /* when; by give_up QEMU must be gone */
    struct monitor monitor;
    enum question  asked;
    unsigned       wanted, taking;      /* pictures to take, being taken: sets of enum why */
    bool           stopped;             /* the machine stands still for the last picture */
    struct watch   watch;
    struct lines   log;
    unsigned long  complaints, frames_written;
} s;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- Ending ------------------------------------------------------------------------------- */

/* On every way out, a crash of our own included. */
static void last_rites(void)
{
    qemu_clean_up(&s.qemu);
}

/* The first reason to end is the one that counts. The machine is stopped, the last picture taken,
 * and QEMU told to go: converse() does these steps. */
static void end(enum verdict verdict)
{
    if (s.phase >= ENDING)
        return;
    s.verdict = verdict;
    s.give_up = now() + 5;
    if (display_is_asked(&s.o))
        s.wanted |= WHY_LAST;
    if (s.phase == STARTING)
        kill(s.qemu.pid, SIGKILL);
    s.phase = s.phase == STARTING ? QUITTING : ENDING;
}

static void on_timeout(void)
{
    const char *last = talk_last_line(&s.talk);

    say("no end after %g s. %s%s", s.o.timeout,
        last[0] != 0 ? "The guest's last line: " : "The guest never said a word.", last);
    end(VERDICT_TIMEOUT);
}

/* ---- Pictures ----------------------------------------------------------------------------- */

/* QEMU shows transferred pixels without a flush, and a text of its own where nobody drew; so its
 * screen counts only after a flush of the whole scanout, and in the scanout's size. */
static void picture_taken(void)
{
    struct picture p;
    bool whole = s.watch.whole;

    if (!picture_read_ppm(&p, s.qemu.screen)) {
        say("QEMU's picture of its screen cannot be read");
        s.watch.whole = false;
        return;
    }
    if (p.width != s.watch.scanout.width || p.height != s.watch.scanout.height)
        whole = false;
    if (s.taking & WHY_FRAME) {
        display_frame(&s.o, &p, s.watch.frames);
        s.frames_written++;
    }
    if (whole && (s.taking & ~(unsigned)WHY_FRAME))
        display_show(&s.o, &p, s.taking);
    else if (s.taking & WHY_KEY)
        say("there is no whole picture yet");
    if (s.taking & WHY_LAST)
        s.watch.whole = whole;
    free(p.rgb);
}

/* A flush was seen in the trace. QEMU answers it while we read this, so a guest that draws faster
 * than the monitor takes pictures has some of its frames left out; the last line counts them. */
static void on_frame(void)
{
    if (s.watch.frames == 1)
        s.first_frame = now();
    if (s.o.frames != NULL)
        s.wanted |= WHY_FRAME;
    if (s.watch.whole && display_wants_first(&s.o, s.talk.interactive)) {
        static bool first_seen;

        s.wanted |= first_seen ? 0 : WHY_FIRST;
        first_seen = true;
    }
    if (s.o.exit_after_frames != 0 && s.watch.frames >= s.o.exit_after_frames)
        end(VERDICT_FINE);
}

/* ---- The monitor -------------------------------------------------------------------------- */

static void ask(enum question question)
{
    static const char *const commands[] = {
        NULL, "qmp_capabilities", "cont", "query-status", "stop", "screendump", "quit"
    };

    monitor_ask(&s.monitor, commands[question], question == PICTURE ? s.qemu.screen : NULL);
    s.asked = question;
}

/* Asks the next question, as soon as QEMU has answered the one before. */
static void converse(void)
{
    if (s.asked != NONE || s.qemu.fd[MONITOR] < 0 || s.phase < RUNNING)
        return;
    if (s.phase == ENDING && !s.stopped) {
        s.stopped = true;
        ask(STOP);
    } else if (s.wanted != 0) {
        s.taking = s.wanted;
        s.wanted = 0;
        ask(PICTURE);
    } else if (s.phase == ENDING) {
        s.phase = QUITTING;
        ask(QUIT);
    }
}

static void on_answer(const char *line)
{
    char text[200];
    enum question asked = s.asked;

    s.asked = NONE;
    if (asked == ABILITIES) {
        qemu_lose_nothing(&s.qemu);
        s.phase = RUNNING;
        if (s.o.gdb == 0)
            ask(CONTINUE);
    } else if (asked == PICTURE) {
        if (monitor_value(line, "desc", text, sizeof text))
            say("QEMU took no picture: %s", text);
        else
            picture_taken();
    } else if (asked == STATUS && monitor_value(line, "status", text, sizeof text)) {
        if (strcmp(text, "internal-error") == 0 || strcmp(text, "guest-panicked") == 0) {
            say("the guest crashed: QEMU's machine is in the state %s", text);
            end(VERDICT_CRASH);
        }
    }
}

static void on_event(const char *event, const char *line)
{
    char reason[64];

    if (strcmp(event, "SHUTDOWN") == 0) {
        monitor_value(line, "reason", reason, sizeof reason);
        if (strcmp(reason, "guest-reset") == 0 && s.phase < ENDING)
            say("the guest asked for a reset");
        if (strcmp(reason, "host-signal") == 0 && s.phase < ENDING)
            say("somebody ended QEMU by a signal");
        end(strcmp(reason, "guest-reset") == 0 ? VERDICT_RESET
          : strcmp(reason, "host-signal") == 0 ? VERDICT_CRASH : VERDICT_FINE);
    } else if (strcmp(event, "GUEST_PANICKED") == 0) {
        say("the guest panicked");
        end(VERDICT_CRASH);
    } else if (strcmp(event, "STOP") == 0 && s.phase == RUNNING && s.asked == NONE) {
        ask(STATUS);                    /* a debugger may have stopped it, or a fault of the VMM */
    }
}

static void on_monitor(void)
{
    char event[64], *line;

    while ((line = monitor_line(&s.monitor)) != NULL) {
        if (strncmp(line, "{\"QMP\"", 6) == 0)
            ask(ABILITIES);
        else if (monitor_is_answer(line))
            on_answer(line);
        else if (monitor_value(line, "event", event, sizeof event))
            on_event(event, line);
    }
}

/* ---- What comes from QEMU ----------------------------------------------------------------- */

static void on_console(const char *bytes, size_t n)
{
    talk_console(&s.talk, bytes, n);
}

static void on_uart(const char *bytes, size_t n)
{
    talk_uart(&s.talk, bytes, n);
}

/* QEMU's stderr: the trace that we asked for, the trace that the user asked for, and complaints.
 * A guest can provoke any number of the latter, so without --trace only some are shown. */
static void log_line(void *unused, char *line)
{
    char event[100];
    bool asked, own = strncmp(line, "qemu", 4) == 0 || strstr(line, "ERROR") != NULL;

    (void)unused;
    snprintf(event, sizeof event, "%.*s", (int)strcspn(line, " "), line);
    asked = s.o.trace_glob != NULL && fnmatch(s.o.trace_glob, event, 0) == 0;
    switch (watch_line(&s.watch, line)) {
    case WATCH_FRAME:    on_frame(); break;
    case WATCH_SEEN:     break;
    case WATCH_NOT_MINE: asked |= own || s.o.trace || s.complaints++ < COMPLAINTS; break;
    }
    if (asked)
        fprintf(stderr, "qemu: %s\n", line);
    if (!s.o.trace && s.complaints == COMPLAINTS + 1)
        fprintf(stderr, "qemu: ... (--trace shows the rest)\n");
    s.complaints += s.complaints == COMPLAINTS + 1;
}

static void on_log(const char *bytes, size_t n)
{
    lines_feed(&s.log, bytes, n, log_line, NULL);
}

/* What has arrived: 64 KiB is all that a pipe can hold, and somebody who writes without end must
 * not keep us from the rest. The descriptor is closed when its writer has closed it. */
static void drain(int *fd, void (*take)(const char *bytes, size_t n))
{
    char bytes[65536];
    ssize_t n = *fd >= 0 ? read(*fd, bytes, sizeof bytes) : 0;

    if (n > 0) {
        take(bytes, (size_t)n);
    } else if (*fd >= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR))) {
        close(*fd);
        *fd = -1;
    }
}

static void on_stdin(void)
{
    unsigned keys = talk_input(&s.talk);

    if (keys & 1u << KEY_PICTURE)
        s.wanted |= WHY_KEY;
    if (keys & 1u << KEY_LEAVE)
        end(VERDICT_FINE);
}

/* ---- The loop ----------------------------------------------------------------------------- */

static int next_alarm(void)
{
    double at = s.phase >= ENDING ? s.give_up : s.o.timeout > 0 ? s.started + s.o.timeout : 0;
    double left = at - now();

    return at == 0 ? -1 : left > 0 ? (int)(left * 1000) + 1 : 0;
}

/* Asked to end, QEMU did not. */
static void give_up(void)
{
    if (s.phase == ENDING) {
        say("QEMU does not answer any more");
        s.watch.whole = false;          /* no last picture */
    }
    s.phase = QUITTING;
    s.give_up = now() + 1;
    kill(s.qemu.pid, SIGKILL);
}

static void on_clock(void)
{
    if (s.phase < ENDING && s.o.timeout > 0 && now() >= s.started + s.o.timeout)
        on_timeout();
    else if (s.phase >= ENDING && now() >= s.give_up)
        give_up();
}

/* One turn: wait, then take what is there. The log is read after the monitor and before its lines
 * are acted on, for QEMU wrote what led to them before them. */
static void turn(int wake)
{
    struct talk *t = &s.talk;
    struct qemu *q = &s.qemu;
    bool full = s.phase < ENDING && t->to_stdout.end - t->to_stdout.start > BACKLOG;
    struct pollfd p[] = {
        { wake, POLLIN, 0 },
        { t->input, POLLIN, 0 },
        { backlog_empty(&t->to_guest) ? -1 : q->fd[CONSOLE], POLLOUT, 0 },
        { backlog_empty(&t->to_stdout) ? -1 : t->output, POLLOUT, 0 },
        { full ? -1 : q->fd[CONSOLE], POLLIN, 0 },
        { q->fd[UART], POLLIN, 0 },
        { q->fd[MONITOR], POLLIN, 0 },
        { q->log, POLLIN, 0 },
    };

    if (poll(p, sizeof p / sizeof p[0], next_alarm()) < 0)
        return;
    if (p[1].revents != 0)
        on_stdin();
    if (p[2].revents != 0)
        backlog_write(&t->to_guest);
    if (p[3].revents != 0)
        backlog_write(&t->to_stdout);
    if (!full)
        drain(&q->fd[CONSOLE], on_console);
    drain(&q->fd[UART], on_uart);
    if (p[6].revents != 0 && !monitor_fill(&s.monitor))
        q->fd[MONITOR] = -1;
    drain(&q->log, on_log);
    on_monitor();
    on_clock();
    converse();
}

static void serve(int wake)
{
    while (!qemu_is_silent(&s.qemu) && terminal_signal() == 0 && !s.talk.to_stdout.broken)
        turn(wake);
}

/* ---- Before and after --------------------------------------------------------------------- */

/* All files are looked at before anything is started. */
static bool check_files(const struct options *o)
{
    struct image image;

    if (!image_check(&image, o->kernel, o->memory))
        return false;
    if (o->initrd != NULL && !image_plain_file(o->initrd, NULL, NULL))
        return false;
    if (o->dtb != NULL && !image_plain_file(o->dtb, "\xd0\x0d\xfe\xed", "a device tree (dtc makes one)"))
        return false;
    return display_check_files(o);
}

static enum verdict find_verdict(int status)
{
    enum verdict verdict = s.verdict;

    if (s.phase == STARTING) {
        say("QEMU did not start; its own words are above");
        return VERDICT_HOST;
    }
    if (s.phase < QUITTING) {
        if (WIFSIGNALED(status))
            say("QEMU crashed (signal %d); its last words are above", WTERMSIG(status));
        else
            say("QEMU ended by itself (exit code %d)", WEXITSTATUS(status));
        return VERDICT_CRASH;
    }
    if (verdict == VERDICT_FINE && display_is_asked(&s.o) && !s.watch.whole) {
        watch_explain(&s.watch);
        verdict = s.watch.alive ? VERDICT_NO_PICTURE : VERDICT_HOST;
    }
    return verdict;
}

static void say_figures(void)
{
    char first[64] = "none", written[64] = "";

    if (s.watch.frames > 0)
        snprintf(first, sizeof first, "%.0f ms", (s.first_frame - s.started) * 1000);
    if (s.o.frames != NULL)
        snprintf(written, sizeof written, " (%lu written)", s.frames_written);
    say("frames %u%s, first frame %s, console bytes %lu, seconds %.2f; "
        "kicks, exits and register accesses are not seen from outside QEMU",
        s.watch.frames, written, first, s.talk.console_bytes, now() - s.started);
}

int main(int argc, char **argv)
{
    const char *display;                /* what QEMU calls the one that is wanted */
    enum verdict verdict;
    int code, wake;

    /* 1. What is wanted, and whether it can be had. */
    code = options_parse(&s.o, &launcher, argc, argv);
    if (code >= 0)
        return code;
    if (!check_files(&s.o))
        return VERDICT_USAGE;
    verdict = command_check(&s.o, &display);
    if (verdict != VERDICT_FINE)
        return (int)verdict;
    if (!talk_open_serial(&s.talk, &s.o))
        return VERDICT_USAGE;

    /* 2. QEMU, which ends when we do. */
    atexit(last_rites);
    wake = terminal_signals(last_rites);
    s.started = now();
    if (wake < 0 || !qemu_start(&s.qemu, &s.o, display))
        return VERDICT_HOST;
    s.monitor.fd = s.qemu.fd[MONITOR];
    if (s.o.gdb != 0)
        say("waiting for a debugger: gdb -ex 'target remote localhost:%u' kernel.elf, "
            "or lldb -o 'gdb-remote %u' kernel.elf", s.o.gdb, s.o.gdb);

    /* 3. The terminal is the guest's, until one of the three ends. */
    talk_begin(&s.talk, s.qemu.fd[CONSOLE]);
    serve(wake);
    code = qemu_reap(&s.qemu, terminal_signal() != 0 || s.talk.to_stdout.broken);
    lines_end(&s.log, log_line, NULL);
    talk_end(&s.talk, wake);

    /* 4. Who was told to end by a signal ends by it. Else: the verdict. */
    if (terminal_signal() != 0 || s.talk.to_stdout.broken) {
        last_rites();
        terminal_die_of(terminal_signal() != 0 ? terminal_signal() : SIGPIPE);
    }
    verdict = find_verdict(code);
    if (s.o.trace)
        say_figures();
    return (int)verdict;
}
