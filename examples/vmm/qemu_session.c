/* qemu_session.c - a conversation: QEMU's trace, events and answers on one side, ours on the other.
 *
 *      ours                    QEMU's
 *                              {"QMP": ...}                  it is there
 *      qmp_capabilities        {"return": {}}
 *      cont                    {"return": {}}                the guest runs
 *                              virtio_gpu_cmd_res_flush ...  in the trace: a frame
 *                              SHUTDOWN, guest-shutdown      or a timeout, or Ctrl-A x
 *      stop                    {"return": {}}
 *      screendump              {"return": {}}                the last picture
 *      quit                    (closes all channels)
 *
 * Where QEMU would end without telling us (qemu_switch.h) the guest's last deed is this:
 *
 *                              STOP                          it is about to turn itself off
 *      query-status            {"return": {"status": "debug" ...
 *      screendump              {"return": {}}                the last picture
 *      D, to the debugger's    (closes all channels)
 */
#include "qemu_session.h"
#include "host/display.h"
#include "qemu_switch.h"

#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPLAINTS 20                   /* lines of QEMU's that are shown without --trace */

/* ---- Ending ------------------------------------------------------------------------------- */

/* A QEMU that does not even answer yet has no picture to give. */
void session_end(struct session *s, enum verdict verdict)
{
    if (s->phase >= ENDING)
        return;
    s->verdict = verdict;
    s->give_up = now() + 5;
    if (s->phase == STARTING) {
        s->phase = QUITTING;
        kill(s->qemu.pid, SIGKILL);
        return;
    }
    s->phase = ENDING;
    if (display_is_asked(&s->o) && !s->at_switch)
        s->wanted |= WHY_LAST;
}

static void timeout(struct session *s)
{
    const char *last = talk_last_line(&s->talk);

    say("no end after %g s. %s%s", s->o.timeout,
        last[0] != 0 ? "The guest's last line: " : "The guest never said a word.", last);
    session_end(s, VERDICT_TIMEOUT);
}

/* Told to end, QEMU did not. */
static void give_up(struct session *s)
{
    if (s->phase == ENDING)
        say("QEMU does not answer any more");
    s->lost |= s->phase == ENDING;
    s->phase = QUITTING;
    s->give_up = now() + 1;
    kill(s->qemu.pid, SIGKILL);
}

static double alarm_time(const struct session *s)
{
    return s->phase >= ENDING ? s->give_up : s->o.timeout > 0 ? s->started + s->o.timeout : 0;
}

int session_next_alarm(const struct session *s)
{
    double at = alarm_time(s), left = at - now();

    return at == 0 ? -1 : left > 0 ? (int)(left * 1000) + 1 : 0;
}

void session_clock(struct session *s)
{
    double at = alarm_time(s);

    if (at == 0 || now() < at)
        return;
    if (s->phase < ENDING)
        timeout(s);
    else
        give_up(s);
}

/* ---- Pictures ----------------------------------------------------------------------------- */

/* QEMU shows transferred pixels without a flush, and a text of its own where nobody drew; so its
 * screen counts only after a flush of the whole scanout, and in the scanout's size. */
static void picture_taken(struct session *s)
{
    struct picture p;
    const struct rectangle *want = &s->watch.scanout;
    bool readable = picture_read_ppm(&p, s->qemu.screen);
    bool right = readable && p.width == want->width && p.height == want->height;

    if (s->watch.whole && !right)
        say("QEMU's picture of its screen is not the guest's");
    if (s->taking & WHY_LAST)
        s->lost = !right;
    if ((s->taking & WHY_FRAME) && right) {
        if (display_frame(&s->o, &p, s->watch.frames))
            s->frames_written++;
        else
            say("a frame cannot be written into %s: %s", s->o.frames, strerror(errno));
    }
    if ((s->taking & ~(unsigned)WHY_FRAME) && right && s->watch.whole)
        display_show(&s->o, &p, s->taking, &s->talk.to_stdout);
    else if (s->taking & WHY_KEY)
        say("there is no whole picture yet");
    if (readable)
        free(p.rgb);
}

/* A flush was seen in the trace. QEMU answers it while we read this, so a guest that draws faster
 * than the monitor takes pictures has some of its frames left out; the last line counts them. */
static void frame(struct session *s)
{
    if (s->watch.frames == 1)
        s->first_frame = now();
    if (s->o.frames != NULL)
        s->wanted |= WHY_FRAME;
    if (s->watch.whole && !s->first_seen && display_wants_first(&s->o, s->talk.interactive)) {
        s->first_seen = true;
        s->wanted |= WHY_FIRST;
    }
    if (s->o.exit_after_frames != 0 && s->watch.frames >= s->o.exit_after_frames)
        session_end(s, VERDICT_FINE);
}

/* ---- The log: the trace that we asked for, what the user asked for, and complaints ----------- */

/* A guest can provoke any number of complaints, so without --trace only some are shown. QEMU's own
 * words, which tell why it ends, always are. */
static bool is_shown(struct session *s, const char *line)
{
    if (s->o.trace || strncmp(line, "qemu", 4) == 0 || strstr(line, "ERROR") != NULL)
        return true;
    s->complaints++;
    if (s->complaints == COMPLAINTS + 1)
        say_for("qemu", "... (--trace shows the rest)");
    return s->complaints <= COMPLAINTS;
}

static bool is_asked_for(const struct session *s, const char *line)
{
    char event[100];

    snprintf(event, sizeof event, "%.*s", (int)strcspn(line, " "), line);
    return s->o.trace_glob != NULL && fnmatch(s->o.trace_glob, event, 0) == 0;
}

static void log_line(void *context, char *line)
{
    struct session *s = context;
    enum watched what = watch_line(&s->watch, line);

    if (what == WATCH_FRAME)
        frame(s);
    if (what == WATCH_NOT_MINE ? is_shown(s, line) : is_asked_for(s, line))
        say_for("qemu", line);
}

void session_log(struct session *s, const char *bytes, size_t n)
{
    lines_feed(&s->log, bytes, n, log_line, s);
}

void session_log_end(struct session *s)
{
    lines_end(&s->log, log_line, s);
}

/* ---- The monitor: events and answers ------------------------------------------------------ */

static void ask(struct session *s, enum question question)
{
    static const char *const commands[] = {
        NULL, "qmp_capabilities", "cont", "query-status", "stop", "screendump", "quit"
    };

    monitor_ask(&s->monitor, commands[question], question == PICTURE ? s->qemu.screen : NULL);
    s->asked = question;
}

static void status(struct session *s, const char *state)
{
    if (strcmp(state, "debug") == 0 && s->power != 0) {
        s->at_switch = true;
        s->wanted |= display_is_asked(&s->o) ? WHY_LAST : 0u;
        return;
    }
    if (strcmp(state, "internal-error") != 0 && strcmp(state, "guest-panicked") != 0)
        return;
    say("the guest crashed: QEMU's machine is in the state %s", state);
    session_end(s, VERDICT_CRASH);
}

static void answer(struct session *s, const char *line)
{
    enum question asked = s->asked;
    char text[200];

    s->asked = NONE;
    switch (asked) {
    case ABILITIES:
        qemu_lose_nothing(&s->qemu);
        s->phase = s->phase == STARTING ? RUNNING : s->phase;
        if (s->power != 0 && !switch_watch(s->qemu.fd[SWITCH], s->power))
            s->power = 0;
        if (s->o.gdb == 0)
            ask(s, CONTINUE);
        break;
    case PICTURE:
        if (monitor_value(line, "desc", text, sizeof text))
            say("QEMU took no picture: %s", text);
        picture_taken(s);
        break;
    case STATUS:
        monitor_value(line, "status", text, sizeof text);
        status(s, text);
        break;
    default:
        break;
    }
}

/* The window was closed, or somebody asked for it elsewhere: QEMU is already on its way. */
static void user_left(struct session *s)
{
    s->verdict = VERDICT_FINE;
    s->phase = QUITTING;
    s->give_up = now() + 5;
}

static void shutdown_event(struct session *s, const char *reason)
{
    enum verdict verdict = VERDICT_FINE;

    if (s->phase >= ENDING)
        return;
    if (strncmp(reason, "host-", 5) == 0 && strcmp(reason, "host-signal") != 0) {
        user_left(s);
        return;
    }
    if (strcmp(reason, "guest-reset") == 0) {
        say("the guest asked for a reset");
        verdict = VERDICT_RESET;
    } else if (strcmp(reason, "host-signal") == 0) {
        say("somebody ended QEMU by a signal");
        verdict = VERDICT_CRASH;
    }
    session_end(s, verdict);
}

static void event(struct session *s, const char *name, const char *line)
{
    char reason[64];

    if (strcmp(name, "SHUTDOWN") == 0) {
        monitor_value(line, "reason", reason, sizeof reason);
        shutdown_event(s, reason);
    } else if (strcmp(name, "GUEST_PANICKED") == 0) {
        say("the guest panicked");
        session_end(s, VERDICT_CRASH);
    } else if (strcmp(name, "STOP") == 0 && s->phase == RUNNING) {
        s->look = true;                 /* a debugger may have stopped it, or a fault of QEMU's */
    }
}

void session_monitor(struct session *s)
{
    char name[64], *line;

    while ((line = monitor_line(&s->monitor)) != NULL) {
        if (strncmp(line, "{\"QMP\"", 6) == 0)
            ask(s, ABILITIES);
        else if (monitor_is_answer(line))
            answer(s, line);
        else if (monitor_value(line, "event", name, sizeof name))
            event(s, name, line);
    }
}

void session_converse(struct session *s)
{
    if (s->asked != NONE || s->qemu.fd[MONITOR] < 0 || s->phase == STARTING)
        return;
    if (s->phase == ENDING && !s->stopped) {
        s->stopped = true;
        ask(s, STOP);
    } else if (s->phase == RUNNING && s->look) {
        s->look = false;
        ask(s, STATUS);
    } else if (s->wanted != 0) {
        s->taking = s->wanted;
        s->wanted = 0;
        ask(s, PICTURE);
    } else if (s->at_switch && !s->let_go) {
        s->let_go = true;
        switch_let_go(s->qemu.fd[SWITCH]);
    } else if (s->phase == ENDING) {
        s->phase = QUITTING;
        ask(s, QUIT);
    }
}
