/* terminal.c - raw input, restored on every way out; the keys behind Ctrl-A. */
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* What the signal handlers read: set before the handlers are, and never half written. */
static struct termios        cooked;
static volatile sig_atomic_t is_raw;
static volatile sig_atomic_t signal_seen;
static int                   wake[2] = { -1, -1 };
static void                (*rites)(void);

/* tcsetattr is safe in a signal handler. TCSADRAIN would wait for a terminal that is stopped by
 * Ctrl-S, perhaps for ever, so what is still on its way out goes out with the old settings. */
void terminal_close(void)
{
    if (is_raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &cooked);
    is_raw = 0;
}

/* ---- Signals ------------------------------------------------------------------------------ */

void terminal_wake(void)
{
    ssize_t ignored = write(wake[1], "", 1);        /* a full pipe wakes already */

    (void)ignored;
}

static void on_stop(int number)
{
    int before = errno;                 /* of what was interrupted */

    signal_seen = number;
    terminal_wake();
    errno = before;
}

/* The handler was installed with SA_RESETHAND: raised once more, the signal does its default. */
static void on_crash(int number)
{
    terminal_close();
    if (rites != NULL)
        rites();
    raise(number);
}

/* What was ignored when we came (nohup, a shell's background) stays so. */
static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags }, before;

    sigemptyset(&action.sa_mask);
    sigaction(number, NULL, &before);
    if (before.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

int terminal_signals(void (*last_rites)(void))
{
    static const int stops[] = { SIGTERM, SIGHUP, SIGINT };
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

    rites = last_rites;
    if (pipe(wake) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(wake[i], F_SETFD, FD_CLOEXEC);
        fcntl(wake[i], F_SETFL, O_NONBLOCK);
    }
    for (unsigned i = 0; i < sizeof stops / sizeof stops[0]; i++)
        handle(stops[i], on_stop, SA_RESTART);
    for (unsigned i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        handle(crashes[i], on_crash, (int)SA_RESETHAND);
    signal(SIGPIPE, SIG_IGN);            /* a reader that went away shows as EPIPE instead */
    return wake[0];
}

int terminal_signal(void)
{
    return signal_seen;
}

void terminal_die_of(int number)
{
    terminal_close();
    signal(number, SIG_DFL);
    raise(number);
}

/* ---- The terminal ------------------------------------------------------------------------- */

bool terminal_open(void)
{
    struct termios raw;

    if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp())
        return false;
    if (tcgetattr(STDIN_FILENO, &cooked) != 0)
        return false;
    atexit(terminal_close);
    raw = cooked;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON | ISTRIP | BRKINT);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    is_raw = 1;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0)
        terminal_close();
    return true;
}

void terminal_size(unsigned *columns, unsigned *rows)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;

    *columns = known ? size.ws_col : 80;
    *rows = known ? size.ws_row : 24;
}

/* ---- Keys --------------------------------------------------------------------------------- */

#define CTRL_A 1

const char terminal_help[] =
    "Ctrl-A x leaves, Ctrl-A s takes a picture, Ctrl-A Ctrl-A sends a Ctrl-A,\n"
    "Ctrl-A h is this help. Every other key goes to the guest, Ctrl-C too.";

enum key terminal_key(uint8_t byte)
{
    static bool prefixed;

    if (!prefixed) {
        prefixed = byte == CTRL_A;
        return prefixed ? KEY_NOTHING : KEY_GUEST;
    }
    prefixed = false;
    switch (byte) {
    case CTRL_A:        return KEY_GUEST;
    case 'x': case 'X': return KEY_LEAVE;
    case 'h': case '?': return KEY_HELP;
    case 's': case 'S': return KEY_PICTURE;
    default:            return KEY_NOTHING;
    }
}
