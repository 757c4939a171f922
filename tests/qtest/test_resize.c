/* The host's window changes its size: a VNC viewer asks QEMU for another one, the
 * device raises an event, vb_gpu_poll tells, and opening again shows the new size
 * without a reset. Skipped where QEMU has no VNC. */
#define _DEFAULT_SOURCE
#include "tests/world/resizing.h"
#include "tests/qtest/setting.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static machine m;
static stage s;
static int viewer = -1;

/* ---- a viewer, as far as needed (RFC 6143 and ExtendedDesktopSize) ---- */

static void get(void *to, size_t bytes)
{
    unsigned char *p = to;

    while (bytes) {
        const ssize_t n = read(viewer, p, bytes);

        if (n <= 0)
            tap_bail("the VNC server hung up: %s", strerror(errno));
        p += n;
        bytes -= (size_t)n;
    }
}

static void put(const void *from, size_t bytes)
{
    if (write(viewer, from, bytes) != (ssize_t)bytes)
        tap_bail("the VNC server takes nothing: %s", strerror(errno));
}

static void say_hello(const char *path)
{
    static const unsigned char encodings[] = {2, 0, 0, 1, 0xff, 0xff, 0xfe, 0xcc};     /* -308 */
    struct sockaddr_un address;
    unsigned char text[256], kinds;
    uint32_t length;

    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address.sun_path)
        tap_bail("%s is too long for a socket", path);
    memcpy(address.sun_path, path, strlen(path));
    viewer = socket(AF_UNIX, SOCK_STREAM, 0);
    if (viewer < 0 || connect(viewer, (struct sockaddr *)&address, sizeof address))
        tap_bail("%s: %s", path, strerror(errno));
    get(text, 12);
    put("RFB 003.008\n", 12);
    get(&kinds, 1);
    get(text, kinds);
    put("\1", 1);                       /* no password */
    get(text, 4);
    put("\1", 1);                       /* shared */
    get(text, 24);
    memcpy(&length, text + 20, 4);
    length = __builtin_bswap32(length);
    get(text, length < sizeof text ? length : sizeof text);
    put(encodings, sizeof encodings);
}

static void ask_for_size(stage *at, unsigned width, unsigned height)
{
    const unsigned char w[2] = {(unsigned char)(width >> 8), (unsigned char)width};
    const unsigned char h[2] = {(unsigned char)(height >> 8), (unsigned char)height};
    const unsigned char message[] = {251, 0, w[0], w[1], h[0], h[1], 1, 0,      /* one screen */
                                     0, 0, 0, 0, 0, 0, 0, 0, w[0], w[1], h[0], h[1], 0, 0, 0, 0};

    (void)at;
    put(message, sizeof message);
}

int main(void)
{
    static const char *const more[] = {"-vnc", QEMU_VNC, NULL};
    char path[220];

    tap_begin(60);
    tap_needs("qemu-system-aarch64");
    if (system("qemu-system-aarch64 -vnc help 2>&1 | grep -q 'not available\\|disabled\\|invalid option'") == 0) {
        tap_skip("the picture follows the display's size", "this QEMU has no VNC");
        return tap_end();
    }
    machine_start(&m, VIRT_PCI, "", "", more);
    set_stage(&s, &m);
    s.resize = ask_for_size;
    snprintf(path, sizeof path, "%s/vnc", m.q.folder);
    say_hello(path);
    tap_run("the picture follows the display's size", the_picture_follows, &s);
    machine_stop(&m);
    close(viewer);
    return tap_end();
}
