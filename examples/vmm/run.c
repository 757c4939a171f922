/* run.c - a guest's life as its VMM sees it: what it says, what it draws, how it ends. */
#include "run.h"
#include "host/clock.h"
#include "host/process.h"
#include "trace.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SILENCE 5.0                     /* seconds without a sign of life: where does it stand? */
#define TYPING  65536                   /* bytes that wait for a guest that does not read */
#define SOON    20                      /* milliseconds until it is offered them again */

/* ---- One lock ------------------------------------------------------------------------------- */

void run_lock(struct run *r)
{
    pthread_mutex_lock(&r->lock);
}

void run_unlock(struct run *r)
{
    pthread_mutex_unlock(&r->lock);
}

/* What anybody says begins with a look at the guest's unfinished line: so under the lock. */
static struct run *running;
static void (*finish_line)(void);

static void say_first_locked(void)
{
    run_lock(running);
    finish_line();
    run_unlock(running);
}

/* ---- What the guest says, told under the lock ------------------------------------------------ */

static size_t console_says(void *context, const uint8_t *text, size_t bytes)
{
    struct run *r = context;
    size_t taken = bytes;

    r->spoke = now();
    if (r->draining)
        talk_console(&r->talk, (const char *)text, bytes);
    else
        taken = talk_console_now(&r->talk, (const char *)text, bytes);
    if (taken < bytes)
        terminal_wake();
    return taken;
}

static void uart_says(void *context, const uint8_t *text, size_t bytes)
{
    struct run *r = context;

    r->spoke = now();
    talk_uart(&r->talk, (const char *)text, bytes);
}

/* ---- For the vCPU thread -------------------------------------------------------------------- */

bool run_is_over(const struct run *r)
{
    return atomic_load(&r->over);
}

uint64_t run_read(struct run *r, uint64_t address, unsigned width)
{
    uint64_t value;

    run_lock(r);
    value = bus_read(&r->machine.bus, address, width);
    run_unlock(r);
    return value;
}

void run_write(struct run *r, uint64_t address, unsigned width, uint64_t value)
{
    run_lock(r);
    bus_write(&r->machine.bus, address, width, value);
    run_unlock(r);
}

void run_count(struct run *r, const char *reason)
{
    int i = 0;

    while (i < RUN_EXITS - 1 && r->exits[i].reason != NULL && r->exits[i].reason != reason)
        i++;
    r->exits[i].reason = reason;
    r->exits[i].count++;
}

void run_end(struct run *r, enum verdict verdict, const char *format, ...)
{
    char line[1024];
    va_list args;

    run_lock(r);
    if (!r->over) {
        if (format != NULL) {
            va_start(args, format);
            vsnprintf(line, sizeof line, format, args);
            va_end(args);
            say("%s", line);
        }
        r->verdict = verdict;
        atomic_store(&r->over, true);
        terminal_wake();
    }
    run_unlock(r);
}

/* ---- Where does it stand? ------------------------------------------------------------------- */

static const char *name_of(const struct bus *b, uint64_t address)
{
    for (unsigned i = 0; i < b->count; i++)
        if (address - b->range[i].base < b->range[i].bytes)
            return b->range[i].name;
    return "nothing is there";
}

/* What a status usually means, for somebody who waits for a first picture. [2.1] */
static const char *meaning(const struct vdev *d)
{
    if (d->status == 0)
        return "its driver has not found it";
    if (d->status & STATUS_FAILED)
        return "its driver gave up";
    if (d->status & STATUS_NEEDS_RESET)
        return "broken by its driver: the line above tells how";
    if (!(d->status & STATUS_FEATURES_OK))
        return "found, then no FEATURES_OK: features were refused, or the driver stopped there";
    if (!(d->status & STATUS_DRIVER_OK))
        return "no DRIVER_OK: the driver stopped while it set up its queues";
    return d->kicks == 0 ? "its driver is ready, and never notified a queue"
                         : "its driver is ready, and waits or has nothing to do";
}

void run_interrupted(struct run *r, uint64_t pc)
{
    const struct machine *m = &r->machine;
    const struct vdev *const device[] = { &m->console.vdev, &m->gpu.vdev };
    char line[700];
    size_t n;

    run_lock(r);
    if (r->where_asked && !r->where_told) {
        r->where_told = true;
        n = (size_t)snprintf(line, sizeof line, "nothing said or drawn for %g s: PC 0x%llx, ",
                             SILENCE, (unsigned long long)pc);
        n += (size_t)snprintf(line + n, sizeof line - n, m->bus.accesses == 0
                              ? "no device was touched" : "last access 0x%llx (%s)",
                              (unsigned long long)m->bus.last, name_of(&m->bus, m->bus.last));
        for (unsigned i = 0; i < 2; i++)
            n += (size_t)snprintf(line + n, sizeof line - n, "; %s: status %u (%s)",
                                  device[i]->name, device[i]->status, meaning(device[i]));
        say("%s", line);
    }
    run_unlock(r);
}

/* A guest that did what was asked of it may be as silent as it likes. */
static double silence_alarm(const struct run *r)
{
    bool done = r->machine.gpu.frame.number > 0 || (r->spoke != 0 && !display_is_asked(&r->o));

    return r->where_asked || done ? 0 : (r->spoke != 0 ? r->spoke : r->started) + SILENCE;
}

static double timeout_alarm(const struct run *r)
{
    return r->o.timeout > 0 ? r->started + r->o.timeout : 0;
}

/* When a gpu that comes late is there. */
static double gpu_alarm(const struct run *r)
{
    return r->gpu_is_late ? r->began + r->o.gpu_delay / 1000.0 : 0;
}

static void look_at_clock(struct run *r)
{
    double silence = silence_alarm(r), timeout = timeout_alarm(r), gpu = gpu_alarm(r), t = now();
    const char *last = talk_last_line(&r->talk);

    if (gpu != 0 && t >= gpu) {
        r->gpu_is_late = false;
        machine_show_gpu(&r->machine, true);
    }
    if (silence != 0 && t >= silence) {
        r->where_asked = true;
        r->back_end->kick(r);
    }
    if (timeout != 0 && t >= timeout)
        run_end(r, VERDICT_TIMEOUT, "no end after %g s. %s%s", r->o.timeout, last[0] != 0
                ? "The guest's last line: " : "The guest never said a word.", last);
}

/* Milliseconds until something must be looked at; -1: never. */
static int patience(const struct run *r)
{
    double alarms[] = { silence_alarm(r), timeout_alarm(r), gpu_alarm(r) };
    int best = screen_timeout(&r->screen);

    if (!backlog_empty(&r->talk.to_guest) && (best < 0 || best > SOON))
        best = SOON;
    for (size_t i = 0; i < sizeof alarms / sizeof alarms[0]; i++) {
        double left = (alarms[i] - now()) * 1000;

        if (alarms[i] != 0 && (best < 0 || left < best))
            best = left > 0 ? (int)left + 1 : 0;
    }
    return best;
}

/* ---- Input ---------------------------------------------------------------------------------- */

static void woken(struct run *r)
{
    if (r->back_end->wake != NULL)
        r->back_end->wake(r);
}

/* What was typed waits for a driver: for the console's, or for one that listens to the UART. */
static void offer_input(struct run *r)
{
    struct machine *m = &r->machine;
    struct backlog *b = &r->talk.to_guest;
    const uint8_t *bytes;
    size_t taken = 0;

    if (backlog_empty(b))
        return;
    bytes = (const uint8_t *)b->bytes + b->start;
    if (vdev_is_live(&m->console.vdev))
        taken = console_type(&m->console, bytes, b->end - b->start);
    else if (uart_listens(&m->uart))
        taken = uart_type(&m->uart, bytes, b->end - b->start);
    b->start += taken;
    if (backlog_empty(b))
        b->start = b->end = 0;
    if (taken > 0)
        woken(r);
}

static unsigned take_input(struct run *r)
{
    unsigned keys = talk_input(&r->talk);

    if (keys & 1u << KEY_LEAVE)
        run_end(r, VERDICT_FINE, NULL);
    return keys & 1u << KEY_PICTURE ? WHY_KEY : 0;
}

/* ---- Lint ------------------------------------------------------------------------------------ */

static void lint_found(void *context, const struct lint_finding *f)
{
    struct run *r = context;
    char line[600];

    snprintf(line, sizeof line, "%s: %s [%s %s] %s; seen: %s", f->place, f->rule->id,
             f->rule->section, f->rule->level, f->rule->asks, f->seen);
    say_for("lint", line);
    if (r->o.lint == LINT_FATAL)
        run_end(r, VERDICT_LINT, NULL);
}

static void begin_lint(struct run *r)
{
    if (r->o.lint == LINT_OFF)
        return;
    machine_lint(&r->machine, &r->lint);
    r->lint.found = lint_found;
    r->lint.context = r;
}

static void end_lint(struct run *r)
{
    char line[160];

    if (r->o.lint == LINT_OFF)
        return;
    lint_end(&r->lint);
    snprintf(line, sizeof line, "%lu MUST, %lu SHOULD; %lu accesses and %lu requests were looked at",
             r->lint.musts, r->lint.shoulds, r->lint.accesses, r->lint.requests);
    say_for("lint", line);
    if (r->o.lint == LINT_FATAL && r->lint.musts + r->lint.shoulds > 0)
        r->verdict = VERDICT_LINT;
}

/* ---- The main thread ------------------------------------------------------------------------ */

/* A picture in letters goes the way of the guest's text. */
static void take_drawn(struct run *r)
{
    struct backlog *from = &r->drawn;

    if (backlog_empty(from))
        return;
    backlog_add(&r->talk.to_stdout, from->bytes + from->start, from->end - from->start);
    from->start = from->end = 0;
}

/* Not under the lock: a window may take its time. */
static void look_at_screen(struct run *r, unsigned why)
{
    struct screen_events e;

    screen_poll(&r->screen, why, &e);
    run_lock(r);
    take_drawn(r);
    backlog_add(&r->talk.to_guest, e.typed, e.typed_count);
    if (e.resized) {
        gpu_resize(&r->machine.gpu, e.width, e.height);
        woken(r);
    }
    if (e.closed || e.enough)
        run_end(r, VERDICT_FINE, NULL);
    run_unlock(r);
}

static bool wants_to_write(const struct run *r)
{
    return !backlog_empty(&r->talk.to_stdout) || r->machine.console.is_sending;
}

static void empty(int fd)
{
    char bytes[64];

    while (read(fd, bytes, sizeof bytes) > 0)
        ;
}

/* One turn: wait, then take what is there. */
static void turn(struct run *r)
{
    struct talk *t = &r->talk;
    unsigned why = 0;
    int wait;
    enum { WAKE, SCREEN, INPUT, OUTPUT, ALL };
    struct pollfd p[ALL] = { { r->wake, POLLIN, 0 }, { r->screen.wake, POLLIN, 0 } };

    run_lock(r);
    p[INPUT] = (struct pollfd){ t->to_guest.end < TYPING ? t->input : -1, POLLIN, 0 };
    p[OUTPUT] = (struct pollfd){ wants_to_write(r) ? t->output : -1, POLLOUT, 0 };
    wait = patience(r);
    run_unlock(r);
    if (poll(p, ALL, wait) < 0)
        return;

    run_lock(r);
    if (p[WAKE].revents != 0)
        empty(r->wake);
    if (p[INPUT].revents != 0)
        why = take_input(r);
    if (p[OUTPUT].revents != 0 && !backlog_empty(&t->to_stdout))
        backlog_write(&t->to_stdout);
    else if (p[OUTPUT].revents != 0)
        console_resume(&r->machine.console);
    offer_input(r);
    look_at_clock(r);
    run_unlock(r);
    look_at_screen(r, why);
}

static void *cpu_thread(void *context)
{
    struct run *r = context;

    r->back_end->cpu(r);
    return NULL;
}

static bool start_thread(struct run *r)
{
    int error;

    r->began = now();
    r->gpu_is_late = r->o.gpu_delay != 0;
    machine_show_gpu(&r->machine, !r->gpu_is_late);
    error = pthread_create(&r->thread, NULL, cpu_thread, r);
    if (error != 0)
        say("no thread for the guest's CPU: %s", strerror(error));
    return error == 0;
}

/* What the guest handed to its console before it ended is still said. */
static void drain(struct run *r)
{
    r->draining = true;
    if (r->machine.console.is_sending)
        console_resume(&r->machine.console);
}

/* ---- The verdict ---------------------------------------------------------------------------- */

static void say_figures(const struct run *r)
{
    const struct machine *m = &r->machine;
    char first[40] = "none", exits[400] = "";
    size_t n = 0;

    if (r->screen.first_frame > 0)
        snprintf(first, sizeof first, "%.0f ms", (r->screen.first_frame - r->started) * 1000);
    for (int i = 0; i < RUN_EXITS && r->exits[i].reason != NULL; i++)
        n += (size_t)snprintf(exits + n, sizeof exits - n, " %s %lu,", r->exits[i].reason,
                              r->exits[i].count);
    say("frames %lu (%lu written), first frame %s, kicks %llu, exits:%s register accesses %llu, "
        "console bytes %lu, seconds %.2f", r->screen.frames, r->screen.written, first,
        (unsigned long long)(m->console.vdev.kicks + m->gpu.vdev.kicks + m->rng.vdev.kicks), exits,
        (unsigned long long)m->bus.accesses, r->talk.console_bytes, now() - r->started);
}

static enum verdict find_verdict(struct run *r, bool picture)
{
    const char *why = gpu_no_picture(&r->machine.gpu);

    if (r->verdict != VERDICT_FINE || picture)
        return r->verdict;
    say("there is no picture: %s", why != NULL ? why : "it could not be written");
    return VERDICT_NO_PICTURE;
}

/* ---- For main() ----------------------------------------------------------------------------- */

int run_prepare(struct run *r, const struct launcher *l, const struct image_wanted *wanted,
                int argc, char **argv)
{
    struct options *o = &r->o;
    pthread_mutexattr_t again;
    int code;

    process_begin();
    r->started = now();
    code = options_parse(o, l, argc, argv);
    if (code >= 0)
        return code;
    if (!trace_begin(o) || !image_check(&r->image, o, wanted)
        || !display_check_files(o) || !talk_open_serial(&r->talk, o))
        return VERDICT_USAGE;
    pthread_mutexattr_init(&again);
    pthread_mutexattr_settype(&again, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&r->lock, &again);
    return -1;
}

bool run_create_machine(struct run *r, const struct back_end *b)
{
    const struct outside out = {
        .context = r, .console = console_says, .uart = uart_says,
        .set_line = b->set_line, .signal_msi = b->signal_msi,
        .screen = { &r->screen, screen_show, screen_off },
    };

    r->back_end = b;
    return machine_create(&r->machine, &r->o, b->arch, &out);
}

int run_guest(struct run *r)
{
    unsigned columns, rows;
    int stopped_by = 0;
    bool picture;

    /* 1. The terminal is the guest's, the signals are ours. */
    running = r;
    r->wake = terminal_signals(NULL);
    talk_begin(&r->talk, -1);
    finish_line = say_first;
    say_first = say_first_locked;
    terminal_size(&columns, &rows);
    console_resize(&r->machine.console, columns, rows);
    begin_lint(r);
    if (!screen_open(&r->screen, &r->o, r->talk.interactive, &r->drawn) || !start_thread(r)) {
        terminal_close();
        return VERDICT_HOST;
    }

    /* 2. Until the guest ends, or its user has enough, or nobody reads us any more. */
    while (!run_is_over(r) && stopped_by == 0) {
        turn(r);
        stopped_by = r->talk.to_stdout.broken ? SIGPIPE : terminal_signal();
    }
    run_end(r, VERDICT_FINE, NULL);
    r->back_end->kick(r);
    pthread_join(r->thread, NULL);

    /* 3. What it said and drew last. */
    drain(r);
    picture = screen_close(&r->screen);
    take_drawn(r);
    empty(r->wake);
    talk_end(&r->talk, r->wake, r->verdict == VERDICT_TIMEOUT ? 1000 : -1);
    if (stopped_by != 0)
        terminal_die_of(stopped_by);
    end_lint(r);
    r->verdict = find_verdict(r, picture);
    if (r->o.trace)
        say_figures(r);
    machine_destroy(&r->machine);
    return (int)r->verdict;
}
