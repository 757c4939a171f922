#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include "qemu.h"

#include "tests/world/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, ARGUMENTS = 96 };

static void path_of(const qemu *q, const char *name, char *path, size_t room)
{
    snprintf(path, room, "%s/%s", q->folder, name);
}

static void remove_folder(qemu *q)
{
    static const char *const names[] = {"stderr", "log", "picture", "ram", "halt", "vnc"};
    char path[256];
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        path_of(q, names[i], path, sizeof path);
        unlink(path);
    }
    rmdir(q->folder);
    q->folder[0] = 0;
}

/* QEMU is gone or mute: repeat its last words as comments, then give up. */
static _Noreturn void gone(qemu *q, const char *what)
{
    char path[256], line[512];
    FILE *f;

    path_of(q, "stderr", path, sizeof path);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        if (strstr(line, "invalid object type: qtest"))
            tap_skip_all("this QEMU has no -object qtest: version 6.0 does");
        tap_note("qemu: %s", line);
    }
    if (f)
        fclose(f);
    tap_bail("%s", what);
}

/* ---- lines over a socket ---- */

static void send_all(qemu *q, qemu_line *l, const char *text, size_t bytes)
{
    while (bytes) {
        const ssize_t n = write(l->socket, text, bytes);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            gone(q, "QEMU ended: a command could not be sent");
        text += n;
        bytes -= (size_t)n;
    }
}

static void read_line(qemu *q, qemu_line *l, char *to, size_t room)
{
    for (;;) {
        const char *end = memchr(l->buffer, '\n', l->held);
        struct pollfd wait = {.fd = l->socket, .events = POLLIN};
        ssize_t n;

        if (end) {
            const size_t bytes = (size_t)(end - l->buffer);
            const size_t copied = bytes < room ? bytes : room - 1;

            memcpy(to, l->buffer, copied);
            to[copied] = 0;
            l->held -= bytes + 1;
            memmove(l->buffer, end + 1, l->held);
            return;
        }
        if (l->held == sizeof l->buffer)
            gone(q, "QEMU sent a line without an end");
        if (poll(&wait, 1, PATIENCE_MS) == 0)
            gone(q, "QEMU does not answer");
        n = read(l->socket, l->buffer + l->held, sizeof l->buffer - l->held);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            gone(q, "QEMU closed the connection");
        l->held += (size_t)n;
    }
}

/* ---- qtest ---- */

__attribute__((format(printf, 2, 3)))
static uint64_t command(qemu *q, const char *format, ...)
{
    char text[128], line[256];
    va_list list;
    int n;

    va_start(list, format);
    n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    send_all(q, &q->qtest, text, (size_t)n);
    q->commands++;
    do
        read_line(q, &q->qtest, line, sizeof line);
    while (strncmp(line, "IRQ", 3) == 0);
    if (strncmp(line, "OK", 2) != 0)
        tap_bail("qtest answered \"%s\" to %s", line, text);
    return strtoull(line + 2, NULL, 0);
}

static char letter(unsigned bytes)
{
    return bytes == 1 ? 'b' : bytes == 2 ? 'w' : bytes == 4 ? 'l' : 'q';
}

uint64_t qemu_read(qemu *q, uint64_t address, unsigned bytes)
{
    return command(q, "read%c 0x%llx\n", letter(bytes), (unsigned long long)address);
}

void qemu_write(qemu *q, uint64_t address, unsigned bytes, uint64_t value)
{
    command(q, "write%c 0x%llx 0x%llx\n", letter(bytes), (unsigned long long)address,
            (unsigned long long)value);
}

uint32_t qemu_in32(qemu *q, unsigned port)
{
    return (uint32_t)command(q, "inl 0x%x\n", port);
}

void qemu_out32(qemu *q, unsigned port, uint32_t value)
{
    command(q, "outl 0x%x 0x%x\n", port, value);
}

/* ---- QMP ---- */

const char *qemu_ask(qemu *q, const char *name, const char *arguments)
{
    static char line[16384];
    char text[512];
    int n;

    if (arguments[0])
        n = snprintf(text, sizeof text, "{\"execute\":\"%s\",\"arguments\":%s}\n", name, arguments);
    else
        n = snprintf(text, sizeof text, "{\"execute\":\"%s\"}\n", name);
    send_all(q, &q->qmp, text, (size_t)n);
    do                              /* the greeting and events come between */
        read_line(q, &q->qmp, line, sizeof line);
    while (strncmp(line, "{\"return\"", 9) != 0 && strncmp(line, "{\"error\"", 8) != 0);
    return line;
}

/* A P6 picture: three numbers after the magic, one white space, then bytes. QEMU
 * 7.2 fills each line up to a multiple of 4 bytes, others don't: what the file
 * holds, divided by its lines, tells. */
static int read_picture(const char *path, qemu_picture *p)
{
    unsigned most = 0, y;
    size_t line, held;
    long start, end;
    FILE *f = fopen(path, "rb");
    int good = 0;

    p->rgb = NULL;
    if (!f)
        return 0;
    if (fscanf(f, "P6 %u %u %u", &p->width, &p->height, &most) == 3 && most == 255 &&
        p->width && p->width <= 16384 && p->height && p->height <= 16384 && fgetc(f) != EOF) {
        start = ftell(f);
        fseek(f, 0, SEEK_END);
        end = ftell(f);
        line = (size_t)p->width * 3;
        held = (size_t)(end - start) / p->height;
        p->rgb = malloc(line * p->height);
        good = p->rgb && held >= line;
        for (y = 0; good && y < p->height; y++)
            good = fseek(f, start + (long)(held * y), SEEK_SET) == 0 &&
                   fread(p->rgb + line * y, 1, line, f) == line;
    }
    fclose(f);
    if (!good) {
        free(p->rgb);
        p->rgb = NULL;
    }
    return good;
}

int qemu_screen(qemu *q, const char *device, unsigned head, qemu_picture *picture)
{
    char path[256], arguments[400];
    int good;

    path_of(q, "picture", path, sizeof path);
    snprintf(arguments, sizeof arguments, "{\"filename\":\"%s\",\"device\":\"%s\",\"head\":%u}",
             path, device, head);
    if (strncmp(qemu_ask(q, "screendump", arguments), "{\"error\"", 8) == 0)
        return 0;
    good = read_picture(path, picture);
    unlink(path);
    return good;
}

int qemu_log_line(qemu *q, char *to, size_t room)
{
    char path[256];
    int there;
    FILE *f;

    if (!q->log) {
        path_of(q, "log", path, sizeof path);
        q->log = fopen(path, "r");
    }
    f = q->log;
    if (!f || fseek(f, q->log_at, SEEK_SET))
        return 0;
    there = fgets(to, (int)room, f) && strchr(to, '\n');
    if (there) {
        q->log_at = ftell(f);
        to[strcspn(to, "\n")] = 0;
    }
    return there;
}

/* ---- birth and death ---- */

static void pair(int ours_and_theirs[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ours_and_theirs))
        tap_bail("socketpair: %s", strerror(errno));
    fcntl(ours_and_theirs[0], F_SETFD, FD_CLOEXEC);
}

/* The keeper's whole life. The leash is a pipe: closed means that the test is
 * over (however), so QEMU is ended; a byte before that means that QEMU was asked
 * to quit and may take a moment. The folder stays for as long as the test lives,
 * because QEMU's last words are in it. */
static _Noreturn void keep(qemu *q, int leash, pid_t child)
{
    enum { TURN_MS = 20, QUIT_TURNS = 3000 };
    int running = 1, held = 1, asked = 0, status = 0, turns = 0;

    while (running || held) {
        struct pollfd wait = {.fd = leash, .events = POLLIN};
        char byte;

        if (running && waitpid(child, &status, WNOHANG) == child)
            running = 0;
        if (!held)
            usleep(1000);
        else if (poll(&wait, 1, asked ? 1 : TURN_MS) > 0) {
            if (read(leash, &byte, 1) == 1)
                asked = 1;
            else
                held = 0;
        }
        if (running && !held && (!asked || ++turns > QUIT_TURNS))
            kill(child, SIGKILL);
    }
    remove_folder(q);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void close_from(int first, int but)
{
    int fd;

    for (fd = first; fd < 256; fd++)
        if (fd != but)
            close(fd);
}

static _Noreturn void run_keeper(qemu *q, int leash_read, int ends_of_qemu[], int ends, int errors,
                                 char *const arguments[])
{
    pid_t child;

    /* What ends the test (Ctrl-C, timeout) reaches its whole process group; the
     * keeper is in another one and stays to clean up. */
    setpgid(0, 0);
    child = fork();
    if (child == 0) {
        dup2(errors, STDERR_FILENO);
        dup2(errors, STDOUT_FILENO);
        while (ends-- > 0)
            fcntl(ends_of_qemu[ends], F_SETFD, 0);
        execvp(arguments[0], arguments);
        fprintf(stderr, "%s: %s\n", arguments[0], strerror(errno));
        _exit(127);
    }
    if (child < 0)
        _exit(126);
    close_from(3, leash_read);
    keep(q, leash_read, child);
}

static int open_ram(qemu *q, uint64_t bytes, char *path, size_t room)
{
    int file;

    path_of(q, "ram", path, room);
    file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file < 0 || ftruncate(file, (off_t)bytes))
        tap_bail("guest RAM file %s: %s", path, strerror(errno));
    fcntl(file, F_SETFD, FD_CLOEXEC);
    return file;
}

/* A PC's firmware that does nothing: 64 KiB of `hlt`, so that the machine runs
 * and its CPU sleeps. */
static void write_halt(qemu *q, char *path, size_t room)
{
    char halts[4096];
    FILE *f;
    int i;

    path_of(q, "halt", path, room);
    memset(halts, 0xf4, sizeof halts);
    f = fopen(path, "wb");
    for (i = 0; f && i < 16; i++)
        fwrite(halts, 1, sizeof halts, f);
    if (!f || fclose(f))
        tap_bail("%s: %s", path, strerror(errno));
}

static void make_folder(qemu *q)
{
    const char *base = getenv("TMPDIR");

    snprintf(q->folder, sizeof q->folder, "%s/qtest-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(q->folder))
        tap_bail("mkdtemp %s: %s", q->folder, strerror(errno));
}

void qemu_start(qemu *q, const char *program, const char *machine, uint64_t ram_bytes,
                const char *const *arguments)
{
    char machine_option[200], megabytes[32], ram_option[400], ram_path[256], log_path[256];
    char halt_path[256], vnc_option[256], socket_option[2 + QEMU_CONSOLES][64], errors_path[256];
    char *list[ARGUMENTS];
    int leash[2], ends[2 + QEMU_CONSOLES], ours[2 + QEMU_CONSOLES], n = 0, i, errors;
    static const char *const names[] = {"qtest", "qmp", "console0", "console1", "console2"};

    memset(q, 0, sizeof *q);
    make_folder(q);
    q->ram = open_ram(q, ram_bytes, ram_path, sizeof ram_path);
    write_halt(q, halt_path, sizeof halt_path);
    snprintf(vnc_option, sizeof vnc_option, "unix:%s/vnc", q->folder);
    path_of(q, "log", log_path, sizeof log_path);
    path_of(q, "stderr", errors_path, sizeof errors_path);
    errors = open(errors_path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
    if (errors < 0 || pipe(leash))
        tap_bail("pipe: %s", strerror(errno));
    fcntl(leash[1], F_SETFD, FD_CLOEXEC);
    for (i = 0; i < 2 + QEMU_CONSOLES; i++) {
        int both[2];

        pair(both);
        ours[i] = both[0];
        ends[i] = both[1];
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        snprintf(socket_option[i], sizeof socket_option[i], "socket,id=%s,fd=%d", names[i], ends[i]);
    }
    snprintf(machine_option, sizeof machine_option, "%s,memory-backend=ram", machine);
    snprintf(megabytes, sizeof megabytes, "%lluM", (unsigned long long)(ram_bytes >> 20));
    snprintf(ram_option, sizeof ram_option, "memory-backend-file,id=ram,share=on,size=%s,mem-path=%s",
             megabytes, ram_path);
    {
        const char *const fixed[] = {
            program, "-machine", machine_option, "-m", megabytes, "-object", ram_option,
            "-display", "none", "-nodefaults", "-no-user-config", "-D", log_path,
            "-chardev", socket_option[0], "-object", "qtest,id=qtest0,chardev=qtest,log=/dev/null",
            "-chardev", socket_option[1], "-mon", "chardev=qmp,mode=control",
            "-chardev", socket_option[2], "-chardev", socket_option[3], "-chardev", socket_option[4]};
        size_t k;

        for (k = 0; k < sizeof fixed / sizeof *fixed; k++)
            list[n++] = (char *)(uintptr_t)fixed[k];
    }
    for (; *arguments && n < ARGUMENTS - 1; arguments++)
        list[n++] = strcmp(*arguments, QEMU_HALT) == 0  ? halt_path
                    : strcmp(*arguments, QEMU_VNC) == 0 ? vnc_option
                                                        : (char *)(uintptr_t)*arguments;
    list[n] = NULL;

    fflush(NULL);
    q->keeper = fork();
    if (q->keeper == 0)
        run_keeper(q, leash[0], ends, 2 + QEMU_CONSOLES, errors, list);
    if (q->keeper < 0)
        tap_bail("fork: %s", strerror(errno));
    close(leash[0]);
    close(errors);
    q->leash = leash[1];
    for (i = 0; i < 2 + QEMU_CONSOLES; i++)
        close(ends[i]);
    q->qtest.socket = ours[0];
    q->qmp.socket = ours[1];
    for (i = 0; i < QEMU_CONSOLES; i++) {
        q->console[i] = ours[2 + i];
        fcntl(q->console[i], F_SETFL, O_NONBLOCK);
    }
    if (!strstr(qemu_ask(q, "qmp_capabilities", ""), "return"))
        gone(q, "QEMU's monitor refused to talk");
    unlink(ram_path);
}

int qemu_stop(qemu *q)
{
    int status = -1, i;

    qemu_ask(q, "quit", "");
    if (write(q->leash, "q", 1) != 1)
        tap_note("the keeper is gone");
    close(q->leash);
    waitpid(q->keeper, &status, 0);
    close(q->qtest.socket);
    close(q->qmp.socket);
    close(q->ram);
    if (q->log)
        fclose(q->log);
    for (i = 0; i < QEMU_CONSOLES; i++)
        close(q->console[i]);
    if (status)
        tap_note("QEMU ended with status %d", status);
    return status;
}
