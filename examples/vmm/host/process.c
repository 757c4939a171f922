/* process.c - find, ask and start other programs. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#define ANSWER_MS 10000                 /* how long a program may think before it says more */

void process_begin(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

bool program_exists(const char *name)
{
    const char *path = getenv("PATH");
    char file[4096];

    for (const char *end; path != NULL && *path != 0; path = *end ? end + 1 : end) {
        end = path + strcspn(path, ":");
        snprintf(file, sizeof file, "%.*s/%s", (int)(end - path), path, name);
        if (end > path && access(file, X_OK) == 0)
            return true;
    }
    return false;
}

/* What the child does between fork and exec. On Linux the kernel ends it when we end, however
 * that comes about; the parent may have gone before we asked for it, so that is looked at too. */
static void become(const char *const argv[], int out, int err, pid_t parent)
{
    int null = open("/dev/null", O_RDWR);

#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != parent)
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    dup2(null, STDIN_FILENO);
    dup2(out >= 0 ? out : null, STDOUT_FILENO);
    dup2(err >= 0 ? err : null, STDERR_FILENO);
    execvp(argv[0], (char *const *)argv);   /* it changes none of the words */
    _exit(127);
}

pid_t program_start(const char *const argv[], int output, const int *inherit, int count)
{
    pid_t parent = getpid(), child = fork();

    if (child != 0)
        return child;
    for (int i = 0; i < count; i++)
        fcntl(inherit[i], F_SETFD, 0);
    become(argv, output, output, parent);
    return -1;
}

bool program_output(const char *const argv[], char *text, size_t bytes)
{
    pid_t parent = getpid(), child;
    struct pollfd from;
    size_t have = 0;
    ssize_t n;
    int ends[2], status;

    if (pipe(ends) != 0)
        return false;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    child = fork();
    if (child == 0)
        become(argv, ends[1], -1, parent);
    close(ends[1]);
    from = (struct pollfd){ ends[0], POLLIN, 0 };
    while (child > 0 && have + 1 < bytes && poll(&from, 1, ANSWER_MS) > 0) {
        n = read(ends[0], text + have, bytes - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    text[have] = 0;
    close(ends[0]);
    if (child < 0)
        return false;
    kill(child, SIGKILL);               /* if it has not ended, it has nothing more to tell */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return true;
}
