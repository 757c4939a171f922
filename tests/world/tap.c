#include "tap.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    unsigned run, failed;
    const char *now;                /* the name of the running test */
    int inside;
    jmp_buf out;
} tap;

static void too_long(int signal_number)
{
    const char *words[] = {"\nnot ok - out of time in: ", tap.now ? tap.now : "set-up", "\n"};
    size_t i;

    (void)signal_number;
    for (i = 0; i < sizeof words / sizeof *words; i++)
        if (write(STDOUT_FILENO, words[i], strlen(words[i])) < 0)
            break;
    _exit(1);
}

void tap_begin(unsigned seconds)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGALRM, too_long);
    signal(SIGPIPE, SIG_IGN);
    alarm(seconds);
}

static int is_in_path(const char *program)
{
    const char *path = getenv("PATH"), *end;
    char file[1024];

    for (; path && *path; path = *end ? end + 1 : end) {
        end = path + strcspn(path, ":");
        snprintf(file, sizeof file, "%.*s/%s", (int)(end - path), path, program);
        if (access(file, X_OK) == 0)
            return 1;
    }
    return 0;
}

void tap_needs(const char *program)
{
    if (is_in_path(program))
        return;
    printf("1..0 # SKIP %s is not installed\n", program);
    exit(0);
}

void tap_skip_all(const char *reason)
{
    if (tap.run)
        tap_bail("%s", reason);
    printf("1..0 # SKIP %s\n", reason);
    exit(0);
}

void tap_run(const char *name, void (*test)(void *), void *argument)
{
    tap.run++;
    tap.now = name;
    tap.inside = 1;
    if (setjmp(tap.out) == 0) {
        test(argument);
        printf("ok %u - %s\n", tap.run, name);
    } else {
        tap.failed++;
        printf("not ok %u - %s\n", tap.run, name);
    }
    tap.inside = 0;
    tap.now = NULL;
}

void tap_skip(const char *name, const char *reason)
{
    tap.run++;
    printf("ok %u - %s # SKIP %s\n", tap.run, name, reason);
}

int tap_end(void)
{
    printf("1..%u\n", tap.run);
    return tap.failed ? 1 : 0;
}

void tap_note(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    printf("# ");
    vprintf(format, list);
    putchar('\n');
    va_end(list);
}

void tap_bail(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    printf("not ok %u - %s: ", tap.inside ? tap.run : tap.run + 1, tap.now ? tap.now : "set-up");
    vprintf(format, list);
    putchar('\n');
    va_end(list);
    exit(1);
}

void tap_fail(const char *file, int line, const char *format, ...)
{
    const char *slash = strrchr(file, '/');
    va_list list;

    va_start(list, format);
    printf("# %s:%d: ", slash ? slash + 1 : file, line);
    vprintf(format, list);
    putchar('\n');
    va_end(list);
    if (!tap.inside)
        tap_bail("failed outside a test");
    longjmp(tap.out, 1);
}
