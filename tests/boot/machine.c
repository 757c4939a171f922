/* machine.c - one QEMU, booted with a kernel, watched from outside */
#define _GNU_SOURCE
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

void note(const char *format, ...)
{
    char text[8192];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        printf("# %s\n", line);
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void nap(void) { usleep(5000); }

static const char *in_folder(const machine *m, const char *name)
{
    static char path[300];

    snprintf(path, sizeof path, "%s/%s", m->folder, name);
    return path;
}

/* ---- What there is --------------------------------------------------------------------------- */

void machine_find_tree(const char *program)
{
    const char *slash = strrchr(program, '/');
    char top[300];

    snprintf(top, sizeof top, "%.*s/../../..", slash ? (int)(slash - program) : 1, slash ? program : ".");
    if (access("tests/boot", F_OK) && chdir(top))
        note("not in the top folder: %s", program);
}

const char *machine_kernel(const char *cpu)
{
    static char path[300];

    if (getenv("KERNEL"))
        return getenv("KERNEL");
    snprintf(path, sizeof path, "%s/%s/kernel.img", getenv("OUT") ? getenv("OUT") : "out", cpu);
    return path;
}

const char *machine_missing(const char *cpu)
{
    static char reason[400];
    char command[100];

    snprintf(command, sizeof command, "command -v qemu-system-%s >/dev/null 2>&1", cpu);
    if (system(command))
        snprintf(reason, sizeof reason, "no qemu-system-%s", cpu);
    else if (access(machine_kernel(cpu), R_OK))
        snprintf(reason, sizeof reason, "no kernel for %s was built", cpu);
    else
        return NULL;
    return reason;
}

/* ---- The command line ------------------------------------------------------------------------ */

enum { WORDS = 120 };

typedef struct line {
    char *word[WORDS + 1];
    int   words;
    char  text[4096];
    size_t used;
} line;

static void add(line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(line *l, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(l->text + l->used, sizeof l->text - l->used, format, arguments);
    va_end(arguments);
    if (n < 0 || l->used + (size_t)n + 1 >= sizeof l->text || l->words == WORDS)
        abort();
    l->word[l->words++] = l->text + l->used;
    l->word[l->words] = NULL;
    l->used += (size_t)n + 1;
}

static void add_each(const machine *m, line *l, const char *options)
{
    while (*options) {
        const size_t n = strcspn(options, " ");
        const char *folder = strstr(options, "FOLDER");

        if (folder && folder < options + n)
            add(l, "%.*s%s%.*s", (int)(folder - options), options, m->folder,
                (int)(options + n - folder - 6), folder + 6);
        else if (n)
            add(l, "%.*s", (int)n, options);
        options += n + (options[n] == ' ');
    }
}

static void compose(const machine *m, line *l, const char *cpu, const char *kernel,
                    const char *options, const char *append)
{
    memset(l, 0, sizeof *l);
    add(l, "qemu-system-%s", cpu);
    add_each(m, l, "-nodefaults -display none -no-reboot");
    add_each(m, l, options);
    add_each(m, l, "-chardev stdio,id=vc,signal=off");
    add(l, "-serial");
    add(l, "file:%s/uart", m->folder);
    add(l, "-qmp");
    add(l, "unix:%s/qmp,server=on,wait=off", m->folder);
    add_each(m, l, "-trace virtio_gpu_cmd_res_flush");
    add(l, "-D");
    add(l, "%s/trace", m->folder);
    if (kernel) {
        add(l, "-kernel");
        add(l, "%s", kernel);
        add(l, "-append");
        add(l, "%s", append);
    }
}

/* ---- Starting and ending --------------------------------------------------------------------- */

static int start(machine *m, line *l)
{
    const struct rlimit enough = { .rlim_cur = 100, .rlim_max = 100 };
    int to[2], from[2];

    if (pipe(to) || pipe(from))
        return 0;
    m->qemu = fork();
    if (m->qemu == 0) {
        const int log = open(in_folder(m, "qemu.log"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(to[0], 0);
        dup2(from[1], 1);
        dup2(log, 2);
        close(to[1]);
        close(from[0]);
        setrlimit(RLIMIT_CPU, &enough); /* whatever happens to us, QEMU ends */
#ifdef __linux__
        prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
        execvp(l->word[0], l->word);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    m->in = to[1];
    m->out = from[0];
    return m->qemu > 0;
}

static int greet(machine *m)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const int64_t until = now_ms() + 20000;
    char answer[4096];

    snprintf(address.sun_path, sizeof address.sun_path, "%s", in_folder(m, "qmp"));
    m->monitor = socket(AF_UNIX, SOCK_STREAM, 0);
    while (connect(m->monitor, (struct sockaddr *)&address, sizeof address)) {
        if (now_ms() > until || waitpid(m->qemu, NULL, WNOHANG) == m->qemu) {
            m->qemu = now_ms() > until ? m->qemu : 0;
            return 0;
        }
        nap();
    }
    return machine_ask(m, "{\"execute\":\"qmp_capabilities\"}", answer, sizeof answer);
}

static void show_log(const machine *m)
{
    char text[1500] = "";
    FILE *f = fopen(in_folder(m, "qemu.log"), "r");

    if (f) {
        text[fread(text, 1, sizeof text - 1, f)] = 0;
        fclose(f);
    }
    note("QEMU said: %s", text);
}

static void forget(machine *m)
{
    static const char *const names[] = { "uart", "qmp", "trace", "qemu.log", "screen", "gdb",
                                         "vnc" };

    for (size_t i = 0; m->folder[0] && i < sizeof names / sizeof names[0]; i++)
        unlink(in_folder(m, names[i]));
    rmdir(m->folder);
}

/* Interrupted: nothing is left behind. */
static machine *running;

static void interrupted(int signal_number)
{
    (void)signal_number;
    if (running && running->qemu > 0)
        kill(running->qemu, SIGKILL);
    if (running)
        forget(running);
    _exit(1);
}

int machine_boot(machine *m, const char *cpu, const char *kernel, const char *options,
                 const char *append)
{
    static line l;

    memset(m, 0, sizeof *m);
    m->monitor = m->viewer = m->in = m->out = -1;
    snprintf(m->folder, sizeof m->folder, "%s/vb-boot.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(m->folder))
        return 0;
    running = m;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, interrupted);
    signal(SIGTERM, interrupted);
    signal(SIGHUP, interrupted);
    compose(m, &l, cpu, kernel, options, append);
    for (int i = 0; i < l.words; i++)
        snprintf(m->command + strlen(m->command), sizeof m->command - strlen(m->command), "%s%s",
                 i ? " " : "", l.word[i]);
    if (start(m, &l) && greet(m))
        return 1;
    show_log(m);
    return 0;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void machine_end(machine *m)
{
    if (m->qemu > 0) {
        kill(m->qemu, SIGKILL);
        waitpid(m->qemu, NULL, 0);
    }
    close_fd(&m->monitor);
    close_fd(&m->viewer);
    close_fd(&m->in);
    close_fd(&m->out);
    m->qemu = 0;
    forget(m);
    m->folder[0] = 0;
    running = NULL;
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* Take what the console has said, waiting for it no longer than `ms`. 0 at its end. */
static int listen_to_console(machine *m, int ms)
{
    struct pollfd p = { .fd = m->out, .events = POLLIN };
    ssize_t n;

    if (poll(&p, 1, ms) <= 0)
        return 1;
    n = read(m->out, m->console + m->console_bytes, sizeof m->console - 1 - m->console_bytes);
    if (n <= 0)
        return 0;
    m->console_bytes += (size_t)n;
    m->console[m->console_bytes] = 0;
    return 1;
}

int machine_says(machine *m, const char *text, int ms)
{
    const int64_t until = now_ms() + ms;

    while (!strstr(m->console, text)) {
        if (now_ms() > until || !listen_to_console(m, 20))
            return strstr(m->console, text) != NULL;
    }
    return 1;
}

int machine_uart_says(machine *m, const char *text, int ms)
{
    const int64_t until = now_ms() + ms;

    for (;;) {
        FILE *f = fopen(in_folder(m, "uart"), "r");
        if (f) {
            const size_t bytes = fread(m->uart, 1, sizeof m->uart - 1, f);
            for (size_t i = 0; i < bytes; i++)
                if (!m->uart[i])
                    m->uart[i] = ' ';   /* OpenSBI 1.3 has one in its banner */
            m->uart[bytes] = 0;
            fclose(f);
        }
        if (strstr(m->uart, text))
            return 1;
        if (now_ms() > until)
            return 0;
        (void)listen_to_console(m, 0);
        nap();
    }
}

int machine_type(machine *m, const char *text)
{
    return write(m->in, text, strlen(text)) == (ssize_t)strlen(text);
}

/* ---- The monitor ----------------------------------------------------------------------------- */

/* Answers come as lines of JSON; between them may stand events. */
int machine_ask(machine *m, const char *command, char *answer, size_t room)
{
    const int64_t until = now_ms() + 20000;
    size_t used = 0;

    if (write(m->monitor, command, strlen(command)) < 0 || write(m->monitor, "\n", 1) < 0)
        return 0;
    answer[0] = 0;
    while (now_ms() < until) {
        struct pollfd p = { .fd = m->monitor, .events = POLLIN };
        ssize_t n;

        if (poll(&p, 1, 100) <= 0)
            continue;
        n = read(m->monitor, answer + used, room - 1 - used);
        if (n <= 0)
            return 0;
        used += (size_t)n;
        answer[used] = 0;
        if (answer[used - 1] != '\n')
            continue;
        if (strstr(answer, "{\"return\""))
            return 1;
        if (strstr(answer, "{\"error\""))
            return 0;
    }
    return 0;
}

/* QEMU 7.2 fills its rows up to a multiple of 4 bytes, which PPM does not know; newer ones do not.
 * The size of the file tells. */
static uint32_t *read_pixels(FILE *f, uint32_t width, uint32_t height)
{
    const long start = ftell(f);
    uint32_t *pixels = malloc((size_t)width * height * sizeof *pixels);
    uint8_t *row = malloc((size_t)width * 3 + 4);
    size_t bytes;

    fseek(f, 0, SEEK_END);
    bytes = height ? (size_t)(ftell(f) - start) / height : 0;
    fseek(f, start, SEEK_SET);
    for (uint32_t y = 0; pixels && row && y < height; y++) {
        if (bytes < (size_t)width * 3 || bytes > (size_t)width * 3 + 3 ||
            fread(row, 1, bytes, f) != bytes) {
            free(pixels);
            pixels = NULL;
            break;
        }
        for (uint32_t x = 0; x < width; x++)
            pixels[(size_t)y * width + x] =
                (uint32_t)row[3 * x] << 16 | (uint32_t)row[3 * x + 1] << 8 | row[3 * x + 2];
    }
    free(row);
    return pixels;
}

uint32_t *machine_picture(machine *m, uint32_t *width, uint32_t *height)
{
    char command[500], answer[4096];
    uint32_t *pixels = NULL;
    FILE *f;

    snprintf(command, sizeof command, "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"%s\"}}",
             in_folder(m, "screen"));
    if (!machine_ask(m, command, answer, sizeof answer)) {
        note("screendump: %s", answer);
        return NULL;
    }
    f = fopen(in_folder(m, "screen"), "r");
    if (f && fscanf(f, "P6 %u %u 255", width, height) == 2 && fgetc(f) == '\n' &&
        *width < 10000 && *height < 10000)
        pixels = read_pixels(f, *width, *height);
    if (f)
        fclose(f);
    return pixels;
}

/* ---- A viewer -------------------------------------------------------------------------------- */

static int get(int fd, size_t bytes)
{
    char text[256];

    while (bytes) {
        const ssize_t n = read(fd, text, bytes < sizeof text ? bytes : sizeof text);
        if (n <= 0)
            return 0;
        bytes -= (size_t)n;
    }
    return 1;
}

static int put(int fd, const void *bytes, size_t count)
{
    return write(fd, bytes, count) == (ssize_t)count;
}

/* The protocol of VNC (RFC 6143), as far as it is needed: hello, no password, a shared screen,
 * one that can change its size (encoding -308); then the size. */
int machine_window(machine *m, unsigned width, unsigned height)
{
    const uint8_t w[2] = { (uint8_t)(width >> 8), (uint8_t)width };
    const uint8_t h[2] = { (uint8_t)(height >> 8), (uint8_t)height };
    const uint8_t encodings[] = { 2, 0, 0, 1, 0xff, 0xff, 0xfe, 0xcc };
    const uint8_t size[] = { 251, 0, w[0], w[1], h[0], h[1], 1, 0,
                             0, 0, 0, 0, 0, 0, 0, 0, w[0], w[1], h[0], h[1], 0, 0, 0, 0 };
    const struct timeval patience = { .tv_sec = 10 };
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char name[300];
    uint8_t server[24];
    int fine;

    snprintf(address.sun_path, sizeof address.sun_path, "%s", in_folder(m, "vnc"));
    m->viewer = socket(AF_UNIX, SOCK_STREAM, 0);
    setsockopt(m->viewer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    fine = !connect(m->viewer, (struct sockaddr *)&address, sizeof address) &&
           get(m->viewer, 12) && put(m->viewer, "RFB 003.008\n", 12) &&
           get(m->viewer, 2) && put(m->viewer, "\1", 1) &&
           get(m->viewer, 4) && put(m->viewer, "\1", 1) &&
           recv(m->viewer, server, sizeof server, MSG_WAITALL) == sizeof server &&
           recv(m->viewer, name, server[23], MSG_WAITALL) == server[23];
    return fine && put(m->viewer, encodings, sizeof encodings) && put(m->viewer, size, sizeof size);
}

int machine_flushes(machine *m)
{
    FILE *f = fopen(in_folder(m, "trace"), "r");
    char text[300];
    int count = 0;

    while (f && fgets(text, sizeof text, f))
        count += strstr(text, "virtio_gpu_cmd_res_flush") != NULL;
    if (f)
        fclose(f);
    return count;
}

/* ---- The process ----------------------------------------------------------------------------- */

int machine_ended(machine *m, int ms)
{
    const int64_t until = now_ms() + ms;
    int status;

    while (now_ms() < until) {
        (void)listen_to_console(m, 10);
        if (waitpid(m->qemu, &status, WNOHANG) == m->qemu) {
            m->qemu = 0;
            while (listen_to_console(m, 0) && m->console_bytes < sizeof m->console - 1 &&
                   poll(&(struct pollfd){ .fd = m->out, .events = POLLIN }, 1, 0) > 0)
                ;
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        }
        usleep(1000);
    }
    return 0;
}

double machine_cpu_seconds(machine *m)
{
#ifdef __linux__
    struct timespec used;
    clockid_t clock;

    if (!clock_getcpuclockid(m->qemu, &clock) && !clock_gettime(clock, &used))
        return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
#else
    (void)m;
#endif
    return -1;
}

/* ---- Memory, by the debugger's protocol ------------------------------------------------------ */

static int packet(int fd, const char *body)
{
    unsigned sum = 0;
    char c = 0, text[2100];

    for (const char *b = body; *b; b++)
        sum += (uint8_t)*b;
    snprintf(text, sizeof text, "$%s#%02x", body, sum & 0xff);
    if (write(fd, text, strlen(text)) < 0)
        return 0;
    while (c != '+')
        if (read(fd, &c, 1) != 1)
            return 0;
    while (c != '#')                    /* the answer, whatever it is */
        if (read(fd, &c, 1) != 1)
            return 0;
    return read(fd, text, 2) == 2 && write(fd, "+", 1) == 1;
}

static int connect_debugger(machine *m)
{
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    const struct timeval patience = { .tv_sec = 10 };
    char command[500], answer[4096];
    int fd;

    snprintf(where.sun_path, sizeof where.sun_path, "%s", in_folder(m, "gdb"));
    snprintf(command, sizeof command, "{\"execute\":\"human-monitor-command\",\"arguments\":"
             "{\"command-line\":\"gdbserver unix:%s,server=on,wait=off\"}}", where.sun_path);
    if (!machine_ask(m, command, answer, sizeof answer))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (!connect(fd, (struct sockaddr *)&where, sizeof where))
        return fd;
    note("the debugger's port: %s", answer);
    close(fd);
    return -1;
}

int machine_poke(machine *m, uint64_t address, const void *bytes, size_t count)
{
    const uint8_t *b = bytes;
    const int fd = connect_debugger(m);
    char body[2000];
    int fine = fd >= 0;

    while (fine && count) {
        const size_t part = count < 900 ? count : 900;
        int at = snprintf(body, sizeof body, "M%llx,%zx:", (unsigned long long)address, part);

        for (size_t i = 0; i < part; i++)
            at += snprintf(body + at, 3, "%02x", *b++);
        fine = packet(fd, body);
        address += part;
        count -= part;
    }
    fine = fine && packet(fd, "D");
    if (fd >= 0)
        close(fd);
    return fine;
}

int machine_run(machine *m)
{
    char answer[4096];
    return machine_ask(m, "{\"execute\":\"cont\"}", answer, sizeof answer);
}
