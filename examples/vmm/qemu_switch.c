/* qemu_switch.c - a debugger of two packets. */
#include "qemu_switch.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void send_packet(int fd, const char *body)
{
    char text[64];
    unsigned sum = 0;
    int n;
    ssize_t ignored;

    for (const char *c = body; *c != 0; c++)
        sum += (unsigned char)*c;
    n = snprintf(text, sizeof text, "$%s#%02x", body, sum & 0xff);
    ignored = write(fd, text, (size_t)n);   /* if QEMU is gone, its silence will tell */
    (void)ignored;
}

/* Z2: stop at writes. The answer is "+$OK#9a", at once; two seconds are for a busy host. */
bool switch_watch(int fd, uint64_t address)
{
    struct pollfd p = { fd, POLLIN, 0 };
    char body[48], answer[64] = "";
    size_t have = 0;

    snprintf(body, sizeof body, "Z2,%llx,4", (unsigned long long)address);
    send_packet(fd, body);
    while (strchr(answer, '#') == NULL && have < sizeof answer - 1) {
        ssize_t n = poll(&p, 1, 2000) > 0 ? read(fd, answer + have, sizeof answer - 1 - have) : 0;

        if (n <= 0)
            return false;
        have += (size_t)n;
        answer[have] = 0;
    }
    return strstr(answer, "$OK#") != NULL;
}

/* D: detach, which forgets what was watched and lets the machine run. */
void switch_let_go(int fd)
{
    send_packet(fd, "D");
}
