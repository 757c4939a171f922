/* linux.c - process 1 of a Linux that runs in vmm-kvm: its own drivers use our devices, and it says
 * what came of it on the UART, one line each; on hvc0 if there is no UART.
 *
 *      /modules/NN.ko      kernel modules, in this order
 *      hvc0                a number a line, then what was typed comes back; then /busybox, a shell
 *      dri/card0           a picture
 *      hwrng               64 KiB
 */
#include "screen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { LINES = 300, TYPED = 2000, RANDOM = 65536 };

static bool has_uart;                   /* it is our standard output; else we have none */

static void load_modules(void)
{
    char name[40];

    for (int i = 0;; i++) {
        int fd;

        snprintf(name, sizeof name, "/modules/%02d.ko", i);
        fd = open(name, O_RDONLY);
        if (fd < 0)
            return;
        if (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST)
            perror(name);
        close(fd);
    }
}

/* A device appears a moment after its driver. */
static int open_soon(const char *name, int flags)
{
    int fd = -1;

    for (int i = 0; i < 500 && fd < 0; i++) {
        fd = open(name, flags);
        if (fd < 0)
            usleep(10000);
    }
    if (fd < 0)
        perror(name);
    return fd;
}

static void read_line(const char *device, const char *file, char *line, size_t room)
{
    char path[400];
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/sys/bus/virtio/devices/%s/%s", device, file);
    fd = open(path, O_RDONLY);
    n = fd < 0 ? 0 : read(fd, line, room - 1);
    line[n > 0 ? n : 0] = 0;
    line[strcspn(line, "\n")] = 0;
    close(fd);
}

static void tell_devices(void)
{
    DIR *d = opendir("/sys/bus/virtio/devices");
    char id[20], status[20], features[80];

    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        read_line(e->d_name, "device", id, sizeof id);
        read_line(e->d_name, "status", status, sizeof status);
        read_line(e->d_name, "features", features, sizeof features);
        printf("guest: device %s status %s features %.34s\n", id, status, features);
    }
}

static void use_console(void)
{
    struct termios cooked, raw;
    char text[256];
    int fd = open_soon("/dev/hvc0", O_RDWR), typed = 0;

    if (fd < 0)
        return;
    tcgetattr(fd, &cooked);
    raw = cooked;
    cfmakeraw(&raw);
    tcsetattr(fd, TCSANOW, &raw);
    for (int i = 0; i < LINES; i++)
        dprintf(fd, "line %d of the guest\n", i);
    dprintf(fd, "type now\n");
    while (typed < TYPED) {
        ssize_t n = read(fd, text, sizeof text);

        if (n <= 0 || write(fd, text, (size_t)n) != n)
            break;
        typed += (int)n;
    }
    tcdrain(fd);
    tcsetattr(fd, TCSANOW, &cooked);
    close(fd);
}

/* What its user types is read by a shell, as on any terminal. */
static void use_shell(void)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        setsid();
        close(0);
        if (open("/dev/hvc0", O_RDWR) == 0 && dup2(0, 1) == 1 && dup2(0, 2) == 2
            && dprintf(1, "shell now\n") > 0)
            execl("/busybox", "sh", NULL);
        _exit(127);
    }
    waitpid(child, &status, 0);         /* all that had its terminal open have lost it now */
    if (!has_uart)
        dup2(open_soon("/dev/hvc0", O_RDWR), 1);
    printf("guest: the shell ended with %d\n", WEXITSTATUS(status));
}

/* The device stays open: else the picture would be Linux's own text again. */
static void use_screen(void)
{
    int fd = open_soon("/dev/dri/card0", O_RDWR);

    if (fd >= 0)
        printf("guest: the picture is %s\n", screen_draw(fd) ? "drawn" : "not drawn");
}

/* Messages are told from lines by the name of their controller. */
static void tell_interrupts(void)
{
    static char text[8192];
    int fd = open("/proc/interrupts", O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    unsigned messages = 0;

    text[n > 0 ? n : 0] = 0;
    close(fd);
    for (const char *p = text; (p = strstr(p, "MSI")) != NULL; p++)     /* " MSI ", " PCI-MSIX-" */
        messages++;
    printf("guest: interrupts by %s\n", messages > 0 ? "messages" : "lines");
}

static void use_rng(void)
{
    static unsigned char bytes[RANDOM];
    unsigned count[256] = { 0 }, most = 0, got = 0;
    int fd = open_soon("/dev/hwrng", O_RDONLY);

    while (fd >= 0 && got < RANDOM) {
        ssize_t n = read(fd, bytes + got, RANDOM - got);

        if (n <= 0)
            break;
        got += (unsigned)n;
    }
    for (unsigned i = 0; i < got; i++)
        if (++count[bytes[i]] > most)
            most = count[bytes[i]];
    printf("guest: hwrng %u bytes, %s\n", got, most < RANDOM / 256 * 2 ? "evenly" : "unevenly");
}

/* Where the bus's driver is a part of the kernel it cannot leave, but it lets devices go. */
static void each_pci_device(const char *file)
{
    DIR *d = opendir("/sys/bus/pci/devices");
    char path[80];
    int fd;

    snprintf(path, sizeof path, "/sys/bus/pci/drivers/virtio-pci/%s", file);
    fd = open(path, O_WRONLY);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.' && write(fd, e->d_name, strlen(e->d_name)) < 0)
            continue;                   /* it is not virtio's */
    close(fd);
    if (d != NULL)
        closedir(d);
}

/* All drivers leave their devices when the bus does, and come back. */
static bool change_drivers(void)
{
    static const char *const devices[] = { "/dev/hvc0", "/dev/hwrng", "/dev/dri/card0" };
    bool left, stays;

    for (unsigned i = 0; i < 3; i++)
        close(open_soon(devices[i], O_RDWR));
    left = syscall(SYS_delete_module, "virtio_mmio", 0) == 0;
    stays = syscall(SYS_delete_module, "virtio_pci", 0) != 0;
    if (stays)
        each_pci_device("unbind");
    left &= access("/sys/bus/virtio/devices/virtio0", F_OK) != 0;
    load_modules();
    if (stays)
        each_pci_device("bind");
    return left;
}

int main(void)
{
    bool again;

    mkdir("/sys", 0755);
    mkdir("/proc", 0755);
    mount("proc", "/proc", "proc", 0, "");
    mount("devtmpfs", "/dev", "devtmpfs", 0, "");
    has_uart = access("/dev/ttyAMA0", F_OK) == 0;
    for (int i = 0; !has_uart && i < 3; i++)
        close(i);                       /* hvc0, where its driver is a part of the kernel */
    while (!has_uart && open("/", O_RDONLY) < 1)
        ;                               /* so that no device gets its number */
    mount("sysfs", "/sys", "sysfs", 0, "");
    setvbuf(stdout, NULL, _IONBF, 0);
    load_modules();
    again = change_drivers();
    use_console();
    use_shell();
    use_screen();
    use_rng();
    printf("guest: its drivers %s\n", again ? "left and came back" : "did not leave");
    tell_devices();
    tell_interrupts();
    sleep(has_uart ? 0 : 1);            /* hvc0 takes a moment */
    reboot(RB_POWER_OFF);
}
