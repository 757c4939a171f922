/* vz_run.c - main_vz.m's guest: what it says and hears, how long it may run, how it ends.
 *
 *      the machine, a process of Apple's
 *           | ^  two pipes
 *           v |
 *      take_turn(), on the main thread <-- run loop <-- text_thread(): there is something to read,
 *           | ^                                         or to write, or an alarm rings
 *           v |
 *      stdout, stdin
 */
#include "vz_run.h"
#include "host/clock.h"
#include "host/talk.h"

#include <dispatch/dispatch.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define BACKLOG (16u << 20)             /* bytes kept for a slow reader: then the writer waits */
#define SILENCE 5.0                     /* seconds that a guest may need for its first word */
#define STOPPING 5.0                    /* seconds that the framework may need to stop a machine */

static struct talk  talk;
static int          wake;               /* readable: a signal came */
static int          to_guest, from_guest;
static double       timeout;            /* seconds; 0: there is none */
static bool         over;               /* it is to end, with this verdict */
static enum verdict verdict;

/* ---- Time ------------------------------------------------------------------------------------ */

enum { SILENT, LATE, STUCK, ALARMS };
static double alarms[ALARMS];           /* when each rings; 0: it does not */

static bool rings(int i)
{
    bool does = alarms[i] != 0 && now() >= alarms[i];

    if (does)
        alarms[i] = 0;
    return does;
}

/* Milliseconds until the next one; -1: there is none. */
static int patience(void)
{
    int best = -1;

    for (int i = 0; i < ALARMS; i++) {
        double left = (alarms[i] - now()) * 1000;

        if (alarms[i] != 0 && (best < 0 || left < best))
            best = left > 0 ? (int)left + 1 : 0;
    }
    return best;
}

/* ---- The end --------------------------------------------------------------------------------- */

/* Takes what the guest has said, a part of it, and waits for it so many milliseconds. */
static bool hear(int milliseconds)
{
    struct pollfd p = { from_guest, POLLIN, 0 };
    static char bytes[65536];
    ssize_t n = poll(&p, 1, milliseconds) > 0 ? read(p.fd, bytes, sizeof bytes) : 0;

    if (n <= 0)
        return false;
    talk_console(&talk, bytes, (size_t)n);
    alarms[SILENT] = 0;
    return true;
}

/* The guest's last words may be on their way still. Who was told to end by a signal ends by it. */
void vz_leave(void)
{
    int stopped_by = talk.to_stdout.broken ? SIGPIPE : terminal_signal();

    for (int parts = 0; parts < 64 && hear(100); parts++)
        ;
    talk_end(&talk, wake, verdict == VERDICT_TIMEOUT ? 1000 : -1);
    if (stopped_by != 0)
        terminal_die_of(stopped_by);
    exit((int)verdict);
}

void vz_end(enum verdict v)
{
    bool again = over;

    if (!again) {
        over = true;
        verdict = v;
        alarms[SILENT] = alarms[LATE] = 0;
        alarms[STUCK] = now() + STOPPING;
    }
    if (again || !vz_stop())
        vz_leave();
}

static void look_at_clock(void)
{
    const char *last = talk_last_line(&talk);

    if (rings(SILENT))
        say("no word of the guest for %g s. Its virtio console is all that speaks in this machine: "
            "does the kernel find its console with vmm-hvf --machine vz?", SILENCE);
    if (rings(LATE)) {
        say("no end after %g s. %s%s", timeout, last[0] != 0 ? "The guest's last line: "
            : "The guest never said a word.", last);
        vz_end(VERDICT_TIMEOUT);
    }
    if (rings(STUCK))
        vz_leave();
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void take_input(void)
{
    unsigned keys = talk_input(&talk);

    if (keys & 1u << KEY_PICTURE)
        say("%s", VZ_NO_PIXELS);
    if (keys & 1u << KEY_LEAVE)
        vz_end(VERDICT_FINE);
}

/* What is waited for, and how many milliseconds (-1: for ever). */
enum { WAKE, INPUT, TO_GUEST, TO_STDOUT, FROM_GUEST, ALL };
struct turn {
    struct pollfd p[ALL];
    int           patience;
};

static bool is_full(const struct backlog *b)
{
    return b->end - b->start > BACKLOG;
}

/* Takes what has come, and says what to wait for next. */
static void take_turn(void *context)
{
    const struct backlog *in = &talk.to_guest, *out = &talk.to_stdout;
    struct turn *t = context;
    struct pollfd *p = t->p;

    if (p[INPUT].revents != 0)
        take_input();
    if (p[TO_GUEST].revents != 0)
        backlog_write(&talk.to_guest);
    if (p[TO_STDOUT].revents != 0)
        backlog_write(&talk.to_stdout);
    if (p[FROM_GUEST].revents != 0)
        hear(0);
    if (!over && (terminal_signal() != 0 || talk.to_stdout.broken))
        vz_end(VERDICT_FINE);
    look_at_clock();

    p[WAKE]       = (struct pollfd){ over ? -1 : wake, POLLIN, 0 };
    p[INPUT]      = (struct pollfd){ is_full(in) ? -1 : talk.input, POLLIN, 0 };
    p[TO_GUEST]   = (struct pollfd){ backlog_empty(in) ? -1 : to_guest, POLLOUT, 0 };
    p[TO_STDOUT]  = (struct pollfd){ backlog_empty(out) ? -1 : talk.output, POLLOUT, 0 };
    p[FROM_GUEST] = (struct pollfd){ is_full(out) ? -1 : from_guest, POLLIN, 0 };
    t->patience = patience();
}

/* A thread of its own waits, for the main thread waits in AppKit's run loop. It does nothing else,
 * and while a turn is taken it stands still. */
static void *text_thread(void *unused)
{
    struct turn turn = { .patience = 0 };

    (void)unused;
    for (;;) {
        dispatch_sync_f(dispatch_get_main_queue(), &turn, take_turn);
        while (poll(turn.p, ALL, turn.patience) < 0)
            ;                           /* a signal: its byte wakes us up */
    }
    return NULL;
}

/* ---- For main_vz.m --------------------------------------------------------------------------- */

bool vz_run_open(int *guest_reads, int *guest_writes)
{
    int to[2], from[2];

    wake = terminal_signals(NULL);
    if (wake < 0 || pipe(to) != 0 || pipe(from) != 0) {
        say("there are no pipes for the console");
        return false;
    }
    *guest_reads = to[0];
    to_guest = to[1];
    from_guest = from[0];
    *guest_writes = from[1];
    return true;
}

void vz_run_start(const struct options *o)
{
    pthread_t thread;

    talk_begin(&talk, to_guest);
    timeout = o->timeout;
    alarms[SILENT] = now() + SILENCE;
    alarms[LATE] = timeout > 0 ? now() + timeout : 0;
    if (pthread_create(&thread, NULL, text_thread, NULL) == 0)
        return;
    say("there is no thread for the console's text");
    vz_end(VERDICT_HOST);
}
