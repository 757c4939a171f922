/* qemu_process.c - starts QEMU with a socket for each channel, and sees it to its end. */
#include "qemu_process.h"
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Our end never makes us wait, and neither end is inherited by accident. */
static void prepare(const int ends[2])
{
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

static bool make_folder(struct qemu *q)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(q->folder, sizeof q->folder, "%s/vmm-qemu.XXXXXX", tmp != NULL && *tmp ? tmp : "/tmp");
    if (mkdtemp(q->folder) == NULL) {
        say("%s cannot be made: %s", q->folder, strerror(errno));
        q->folder[0] = 0;
        return false;
    }
    snprintf(q->screen, sizeof q->screen, "%s/screen.ppm", q->folder);
    return true;
}

static bool connect_channels(struct qemu *q, int theirs[CHANNELS], int log[2])
{
    for (int i = 0; i < CHANNELS; i++) {
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
            return false;
        prepare(ends);
        q->fd[i] = ends[0];
        theirs[i] = ends[1];
    }
    if (pipe(log) != 0)
        return false;
    prepare(log);
    q->log = log[0];
    return true;
}

bool qemu_start(struct qemu *q, const struct options *o, enum arch arch, const char *display)
{
    struct command command = { .count = 0 };
    int theirs[CHANNELS], log[2];

    if (!make_folder(q))
        return false;
    if (!connect_channels(q, theirs, log)) {
        say("no more files can be opened: %s", strerror(errno));
        return false;
    }
    command_build(&command, o, arch, display, theirs);
    if (o->trace)
        command_print(&command);
    q->pid = program_start(command.argv, log[1], theirs, CHANNELS);
    if (q->pid < 0)
        say("QEMU cannot be started: %s", strerror(errno));
    /* From now on QEMU's copies are the only ones, so that its end shows. */
    q->consoles_end = theirs[CONSOLE];
    for (int i = 0; i < CHANNELS; i++)
        if (i != CONSOLE)
            close(theirs[i]);
    close(log[1]);
    return q->pid > 0;
}

static void let_go_of_console(struct qemu *q)
{
    if (q->consoles_end >= 0)
        close(q->consoles_end);
    q->consoles_end = -1;
}

void qemu_lose_nothing(struct qemu *q)
{
    int flags = fcntl(q->consoles_end, F_GETFL);

    fcntl(q->consoles_end, F_SETFL, flags & ~O_NONBLOCK);
    let_go_of_console(q);
}

bool qemu_is_silent(struct qemu *q)
{
    if (q->log < 0)
        let_go_of_console(q);           /* it ended without a word, and ours kept the socket open */
    return q->log < 0 && q->fd[CONSOLE] < 0 && q->fd[UART] < 0 && q->fd[MONITOR] < 0;
}

int qemu_reap(struct qemu *q, bool at_once)
{
    static const struct timespec moment = { 0, 10000000 };
    int status = 0;
    pid_t pid = 0;

    for (int i = 0; i < 100 && !at_once && pid == 0; i++) {
        pid = waitpid(q->pid, &status, WNOHANG);
        if (pid == 0)
            nanosleep(&moment, NULL);
    }
    if (pid == 0) {
        kill(q->pid, SIGKILL);
        while (waitpid(q->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    q->pid = 0;
    return status;
}

void qemu_clean_up(const struct qemu *q)
{
    if (q->pid > 0)
        kill(q->pid, SIGKILL);
    if (q->folder[0] != 0) {
        unlink(q->screen);
        rmdir(q->folder);
    }
}
