/* init.c - process 1 of the nested host: runs one command and carries out what came of it.
 *
 *      /modules/0.ko ...   kernel modules, in this order
 *      /args               the command's words, each ends with a NUL
 *      /out/               the command's files: sent through the port "files", with its status
 *
 * Ports of virtio-serial: vport0p1 stdin, p2 stdout, p3 stderr, p4 files. With terminal=WIDTHxHEIGHT
 * in the environment the first three are the kernel's console instead, a real terminal.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void give_up(const char *what)
{
    perror(what);
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    _exit(1);
}

static void load_modules(void)
{
    char name[40];

    for (int i = 0;; i++) {
        int fd;

        snprintf(name, sizeof name, "/modules/%d.ko", i);
        fd = open(name, O_RDONLY);
        if (fd < 0)
            return;
        if (syscall(SYS_finit_module, fd, "", 0) != 0)
            give_up(name);
        close(fd);
    }
}

static int open_port(int number, int flags)
{
    char name[40];
    int fd = -1;

    snprintf(name, sizeof name, "/dev/vport0p%d", number);
    for (int i = 0; i < 200 && fd < 0; i++) {           /* it appears a moment after its module */
        fd = open(name, flags);
        if (fd < 0)
            usleep(10000);
    }
    if (fd < 0)
        give_up(name);
    return fd;
}

static char **read_words(void)
{
    static char text[65536], *words[512];
    int fd = open("/args", O_RDONLY), count = 0;
    ssize_t bytes = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    for (ssize_t at = 0; at < bytes && count < 511; at += (ssize_t)strlen(text + at) + 1)
        words[count++] = text + at;
    close(fd);
    return words;
}

static int run(char **words, const char *terminal)
{
    struct winsize size = { .ws_row = 24, .ws_col = 80 };
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        setsid();
        if (terminal != NULL) {
            int tty = open("/dev/ttyAMA0", O_RDWR);

            sscanf(terminal, "%hux%hu", &size.ws_col, &size.ws_row);
            ioctl(tty, TIOCSCTTY, 1);
            ioctl(tty, TIOCSWINSZ, &size);
            for (int i = 0; i < 3; i++)
                dup2(tty, i);
        } else {
            dup2(open_port(1, O_RDONLY), 0);
            dup2(open_port(2, O_WRONLY), 1);
            dup2(open_port(3, O_WRONLY), 2);
        }
        for (int i = 3; i < 64; i++)
            close(i);
        execv(words[0], words);
        perror(words[0]);
        _exit(127);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- What is carried out: "NAME BYTES\n", the bytes, and so on; last "status N\n" ----------- */

static void send_file(FILE *to, const char *name)
{
    static char bytes[1 << 16];
    char path[700];
    struct stat status;
    size_t n;
    FILE *f;

    snprintf(path, sizeof path, "/out/%s", name);
    f = fopen(path, "rb");
    if (f == NULL || stat(path, &status) != 0)
        return;
    fprintf(to, "%s %lld\n", name, (long long)status.st_size);
    while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
        fwrite(bytes, 1, n, to);
    fclose(f);
}

/* Files lie in /out, frames in a folder there. */
static void send_folder(FILE *to, const char *folder)
{
    char path[700], name[600];
    struct stat status;
    DIR *d;

    snprintf(path, sizeof path, "/out/%s", folder);
    d = opendir(path);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s%s%s", folder, *folder ? "/" : "", e->d_name);
        snprintf(path, sizeof path, "/out/%s", name);
        if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
            send_folder(to, name);
        else
            send_file(to, name);
    }
    if (d != NULL)
        closedir(d);
}

/* The kernel's last words would stand on the user's terminal. */
static void be_quiet(void)
{
    int fd = open("/proc/sys/kernel/printk", O_WRONLY);

    if (fd >= 0 && write(fd, "0", 1) < 0)
        perror("printk");
    close(fd);
}

int main(void)
{
    const char *terminal = getenv("terminal");
    FILE *files;
    int status;

    mkdir("/dev", 0755);
    mkdir("/proc", 0755);
    mount("dev", "/dev", "devtmpfs", 0, "");
    mount("proc", "/proc", "proc", 0, "");
    load_modules();
    files = fdopen(open_port(4, O_WRONLY), "wb");
    status = run(read_words(), terminal);
    send_folder(files, "");
    fprintf(files, "status %d\n", status);
    fclose(files);
    be_quiet();
    reboot(RB_POWER_OFF);
    return 1;
}
