/* talk.c - text between the guest and its user. */
#include "talk.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

bool talk_open_serial(struct talk *t, const struct options *o)
{
    if (o->serial == NULL)
        return true;
    t->serial = fopen(o->serial, "wb");
    if (t->serial == NULL)
        say("--serial %s cannot be written: %s", o->serial, strerror(errno));
    return t->serial != NULL;
}

static struct talk *talking;

/* On a terminal a line of ours begins at the left, behind all that the guest has said. */
static void finish_line(void)
{
    struct backlog *b = &talking->to_stdout;
    struct pollfd p = { STDOUT_FILENO, POLLOUT, 0 };

    if (!isatty(STDOUT_FILENO))
        return;
    if (talking->console.length > 0 && !talking->own_line)
        backlog_add(b, "\n", 1);
    talking->own_line = true;
    while (!backlog_empty(b) && !b->broken && poll(&p, 1, 0) > 0)
        backlog_write(b);
}

/* A terminal that we do not own (we run in the background) is not read: it would stop us. */
void talk_begin(struct talk *t, int to_guest)
{
    t->interactive = terminal_open();
    t->input = t->interactive || !isatty(STDIN_FILENO) ? STDIN_FILENO : -1;
    t->output = t->to_stdout.fd = STDOUT_FILENO;
    t->to_guest.fd = to_guest;
    talking = t;
    say_first = finish_line;
    if (t->interactive)
        say("Ctrl-A x leaves, Ctrl-A h helps");
}

void talk_console(struct talk *t, const char *bytes, size_t n)
{
    t->console_bytes += n;
    t->own_line = false;
    lines_feed(&t->console, bytes, n, NULL, NULL);
    backlog_add(&t->to_stdout, bytes, n);
}

size_t talk_console_now(struct talk *t, const char *bytes, size_t n)
{
    struct backlog *b = &t->to_stdout;
    struct pollfd p = { b->fd, POLLOUT, 0 };
    size_t taken = 0;

    while (taken < n && !b->broken && poll(&p, 1, 0) > 0) {
        if (backlog_empty(b)) {
            size_t part = n - taken < BACKLOG_PART ? n - taken : BACKLOG_PART;

            talk_console(t, bytes + taken, part);
            taken += part;
        }
        backlog_write(b);
    }
    while (!backlog_empty(b) && !b->broken && poll(&p, 1, 0) > 0)
        backlog_write(b);
    return b->broken ? n : taken;       /* nobody reads any more: the guest need not wait */
}

static void uart_line(void *unused, char *line)
{
    (void)unused;
    say_for("uart", line);
}

void talk_uart(struct talk *t, const char *bytes, size_t n)
{
    lines_feed(&t->uart, bytes, n, t->serial == NULL ? uart_line : NULL, NULL);
    if (t->serial != NULL) {
        fwrite(bytes, 1, n, t->serial);
        fflush(t->serial);
    }
}

unsigned talk_input(struct talk *t)
{
    char bytes[4096];
    ssize_t n = read(t->input, bytes, sizeof bytes);
    unsigned keys = 0;

    if (n <= 0)
        t->input = -1;                  /* the guest runs on; it just hears no more */
    else if (!t->interactive)
        backlog_add(&t->to_guest, bytes, (size_t)n);
    for (ssize_t i = 0; i < n && t->interactive; i++) {
        enum key key = terminal_key((uint8_t)bytes[i]);

        if (key == KEY_GUEST)
            backlog_add(&t->to_guest, &bytes[i], 1);
        else if (key == KEY_HELP)
            say("%s", terminal_help);
        else
            keys |= 1u << key;
    }
    return keys;
}

const char *talk_last_line(const struct talk *t)
{
    return t->console.last[0] != 0 ? t->console.last : t->uart.last;
}

void talk_end(struct talk *t, int wake, int patience)
{
    lines_end(&t->uart, t->serial == NULL ? uart_line : NULL, NULL);
    while (!backlog_empty(&t->to_stdout) && !t->to_stdout.broken && terminal_signal() == 0) {
        struct pollfd p[2] = { { STDOUT_FILENO, POLLOUT, 0 }, { wake, POLLIN, 0 } };

        if (poll(p, 2, patience) == 0)
            break;
        if (p[0].revents != 0)
            backlog_write(&t->to_stdout);
    }
    if (t->serial != NULL)
        fclose(t->serial);
    t->serial = NULL;
    terminal_close();
}
