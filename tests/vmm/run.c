/* run.c - processes, a pseudo-terminal, temporary files, TAP. */
#define _GNU_SOURCE                     /* glibc: posix_openpt() */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static char folder[512];
static unsigned tests, failures;

/* ---- TAP ---------------------------------------------------------------------------------- */

bool check(bool good, const char *name, const char *format, ...)
{
    va_list args;

    printf("%sok %u - %s\n", good ? "" : "not ", ++tests, name);
    if (!good) {
        char text[8192], *line, *rest = text;

        failures++;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        while ((line = strsep(&rest, "\n")) != NULL)
            printf("#   %s\n", line);
    }
    fflush(stdout);
    return good;
}

void skip(const char *name, const char *reason)
{
    printf("ok %u - %s # SKIP %s\n", ++tests, name, reason);
    fflush(stdout);
}

/* Nothing can be tested any more. A failed test says so: TAP's "Bail out!" would end all the other
 * programs, too. */
static void bail(const char *why)
{
    printf("not ok %u - %s\n1..%u\n", tests + 1, why, tests + 1);
    exit(1);
}

/* ---- What commands see -------------------------------------------------------------------- */

/* The folder of the sources: this one, or one above it. */
static bool climb(void)
{
    for (int up = 0; up < 6; up++) {
        if (access("tests/vmm/guest/guest.c", R_OK) == 0)
            return true;
        if (chdir("..") != 0)
            break;
    }
    return false;
}

/* From here, or from the program, which lies in out/tests/vmm. */
static void find_root(const char *program)
{
    const char *slash = strrchr(program, '/');
    char place[4096];

    if (slash == NULL || realpath(program, place) == NULL)
        place[0] = 0;
    if (climb())
        return;
    if (place[0] != 0 && chdir(dirname(place)) == 0 && climb())
        return;
    bail("the folder of the sources cannot be found from here");
}

/* Flat and for any address, as its Image header promises. */
static void build_arm64_guest(void)
{
    int status = system(
        "KCC=${KCC:-clang --target=aarch64-none-elf} LLD=${LLD:-ld.lld}; cd tests/vmm/guest &&"
        "for f in guest aarch64; do"
        " $KCC -std=gnu11 -O2 -ffreestanding -fno-stack-protector -mgeneral-regs-only -mstrict-align"
        " -fno-jump-tables -fno-pic -c $f.c -o $DIR/$f.o || exit; done;"
        "$KCC -c aarch64.S -o $DIR/start.o && $LLD -pie --no-dynamic-linker -z norelro -Ttext=0"
        " --oformat=binary $DIR/start.o $DIR/guest.o $DIR/aarch64.o -o $DIR/guest.img");

    if (status != 0)
        bail("the tests' guest cannot be built");
}

static void build_x86_64_guest(void)
{
    int status = system(
        "case ${CC:-clang} in *gcc*) KCC=gcc;; *) KCC='clang --target=x86_64-none-elf';; esac;"
        "cd tests/vmm/guest && for f in guest x86_64; do"
        " $KCC -std=gnu11 -O2 -ffreestanding -fno-stack-protector -mgeneral-regs-only -mno-red-zone"
        " -fno-pic -fno-pie -fno-asynchronous-unwind-tables -c $f.c -o $DIR/$f.o || exit; done;"
        "$KCC -c x86_64.S -o $DIR/start.o && ${LLD:-ld.lld} -static -Ttext=0x100000 -e begin"
        " $DIR/start.o $DIR/guest.o $DIR/x86_64.o -o $DIR/guest-x86_64.img");

    if (status != 0)
        bail("the tests' guest for x86_64 cannot be built");
}

static void clean_up(void)
{
    char command[600];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (folder[0] != 0 && system(command) != 0)
        printf("# %s is left behind\n", folder);
}

static void absolute(const char *name, const char *value)
{
    char path[4096];

    if (realpath(value, path) != NULL)
        setenv(name, path, 1);
}

/* In $OUT, as an absolute path. */
static void in_out(const char *name, const char *file)
{
    const char *out = getenv("OUT");
    char path[600];

    snprintf(path, sizeof path, "%s/%s", out != NULL ? out : "out", file);
    unsetenv(name);
    absolute(name, path);
}

static void use(const char *override, const char *launcher, const char *kernel, const char *guest)
{
    in_out("VMM", launcher);
    if (getenv(override) != NULL)
        absolute("VMM", getenv(override));
    in_out("KERNEL", kernel);
    setenv("GUEST", path_in_dir(guest), 1);
}

void use_qemu(void)
{
    use("VMM_QEMU", "vmm-qemu", "aarch64/kernel.img", "guest.img");
}

static const char *kvm_arch(void)
{
    static struct utsname host;

    uname(&host);
    return getenv("KVM_ARCH") != NULL ? getenv("KVM_ARCH") : host.machine;
}

bool use_kvm(void)
{
    bool arm64 = strcmp(kvm_arch(), "aarch64") == 0;

    if (!arm64 && access(path_in_dir("guest-x86_64.img"), F_OK) != 0)
        build_x86_64_guest();
    use("VMM_KVM", "vmm-kvm", arm64 ? "aarch64/kernel.img" : "x86_64/kernel.img",
        arm64 ? "guest.img" : "guest-x86_64.img");
    return getenv("VMM") != NULL;
}

const char *kvm_missing(void)
{
    int fd;

    if (getenv("VMM_KVM") != NULL)
        return NULL;
    fd = open("/dev/kvm", O_RDWR);
    if (fd < 0)
        return "/dev/kvm cannot be opened";
    close(fd);
    return NULL;
}

bool use_kvm_or_skip(const char *what)
{
    const char *reason = !use_kvm() ? "vmm-kvm is for Linux" : kvm_missing();

    if (reason != NULL)
        skip(what, reason);
    return reason == NULL;
}

void begin(const char *program)
{
    const char *tmp = getenv("TMPDIR");

    signal(SIGPIPE, SIG_IGN);
    find_root(program);
    snprintf(folder, sizeof folder, "%s/vmm-test.XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(folder) == NULL)
        bail("no folder for temporary files");
    atexit(clean_up);
    setenv("DIR", folder, 1);
    setenv("TMPDIR", folder, 1);
    unsetenv("DISPLAY");                /* a test that wants a window says so */
    unsetenv("WAYLAND_DISPLAY");
    unsetenv("COLORTERM");
    use_qemu();
    if (getenv("VMM") == NULL)
        bail("there is no vmm-qemu: make");
    build_arm64_guest();
}

int finish(void)
{
    printf("1..%u\n", tests);
    return failures == 0 ? 0 : 1;
}

/* ---- Files -------------------------------------------------------------------------------- */

const char *path_in_dir(const char *name)
{
    static char path[4][700];
    static unsigned next;
    char *p = path[next++ % 4];

    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void read_file(const char *path, char *text, size_t room)
{
    FILE *f = fopen(path, "rb");
    size_t n = f != NULL ? fread(text, 1, room - 1, f) : 0;

    text[n] = 0;
    if (f != NULL)
        fclose(f);
}

const char *file_text(const char *path)
{
    static char text[1 << 16];

    read_file(path, text, sizeof text);
    return text;
}

void make_file(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(path_in_dir(name), "wb");

    if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        bail("a temporary file cannot be written");
}

void make_program(const char *name, const char *text)
{
    make_file(name, text, strlen(text));
    if (chmod(path_in_dir(name), 0755) != 0)
        bail("a temporary program cannot be made");
}

void make_breaking_qemu(void)
{
    if (mkdir(path_in_dir("breaks"), 0755) != 0 && errno != EEXIST)
        bail("no folder for a program");
    make_program("breaks/qemu-system-aarch64",
        "#!/bin/sh\n"
        "PATH=${PATH#*:}; log=$DIR/breaks/log; : >$log\n"
        "qemu-system-aarch64 \"$@\" 2>$log &\n"
        "while kill -0 $! && ! grep -q set_scanout $log; do sleep 0.1; done\n"
        "echo 'Assertion on purpose failed.' >&2\n"
        "kill -KILL $!; kill -ABRT $$\n");
}

bool have_program(const char *name)
{
    char command[200];

    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", name);
    return system(command) == 0;
}

bool somebody_runs(const char *pattern)
{
    char command[1000];

    snprintf(command, sizeof command, "ps -A -o args | grep -F '%s' | grep -v grep >/dev/null", pattern);
    return system(command) == 0;
}

/* ---- Processes ---------------------------------------------------------------------------- */

static void onto(int fd, const char *path, int flags)
{
    int file = open(path, flags, 0600);

    dup2(file, fd);
    close(file);
}

static void shell(const char *command)
{
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

void run_start(struct run *r, const char *command)
{
    const char *out = path_in_dir("stdout"), *err = path_in_dir("stderr");

    make_file("stdout", "", 0);         /* here, so that nobody reads what the last run left */
    make_file("stderr", "", 0);
    fflush(stdout);
    r->terminal = -1;
    r->length = r->mark = 0;
    r->code = 0;
    r->pid = fork();
    if (r->pid != 0)
        return;
    onto(0, "/dev/null", O_RDONLY);
    onto(1, out, O_WRONLY);
    onto(2, err, O_WRONLY);
    shell(command);
}

void run_start_on_terminal(struct run *r, const char *command)
{
    struct winsize size = { .ws_row = 24, .ws_col = 80 };
    char name[200];

    fflush(stdout);
    r->length = r->mark = 0;
    r->code = 0;
    r->out[0] = r->err[0] = 0;
    r->terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (r->terminal < 0 || grantpt(r->terminal) != 0 || unlockpt(r->terminal) != 0)
        bail("no pseudo-terminal");
    fcntl(r->terminal, F_SETFD, FD_CLOEXEC);
    snprintf(name, sizeof name, "%s", ptsname(r->terminal));
    r->pid = fork();
    if (r->pid != 0)
        return;
    setsid();
    onto(0, name, O_RDWR);
#ifdef TIOCSCTTY
    ioctl(0, TIOCSCTTY, 0);
#endif
    ioctl(0, TIOCSWINSZ, &size);
    dup2(0, 1);
    dup2(0, 2);
    shell(command);
}

static void read_terminal(struct run *r, int milliseconds)
{
    struct pollfd p = { r->terminal, POLLIN, 0 };
    ssize_t n;

    if (r->terminal < 0 || poll(&p, 1, milliseconds) <= 0)
        return;
    n = read(r->terminal, r->out + r->length, sizeof r->out - 1 - r->length);
    r->length += n > 0 ? (size_t)n : 0;
    r->out[r->length] = 0;
}

bool run_expect(struct run *r, const char *text)
{
    r->out[r->length] = 0;
    for (int i = 0; i < 200; i++) {
        if (strstr(r->out + r->mark, text) != NULL)
            return true;
        read_terminal(r, 100);
    }
    return false;
}

void run_mark(struct run *r)
{
    r->mark = r->length;
}

void run_type(struct run *r, const char *bytes, size_t n)
{
    if (write(r->terminal, bytes, n) != (ssize_t)n)
        bail("the terminal takes no keys");
}

void run_wait(struct run *r)
{
    struct timespec moment = { 0, 10000000 };
    int status = 0, turns = 0;
    pid_t pid;

    while ((pid = waitpid(r->pid, &status, WNOHANG)) == 0) {
        if (r->terminal >= 0)
            read_terminal(r, 10);
        else
            nanosleep(&moment, NULL);
        if (turns++ == 6000)
            kill(r->pid, SIGKILL);
    }
    r->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (r->terminal < 0) {
        read_file(path_in_dir("stdout"), r->out, sizeof r->out);
        read_file(path_in_dir("stderr"), r->err, sizeof r->err);
        return;
    }
    read_terminal(r, 10);
    close(r->terminal);
}

void run(struct run *r, const char *command)
{
    run_start(r, command);
    run_wait(r);
}
