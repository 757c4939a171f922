/* qemu_monitor.c - the little of JSON that five commands need. */
#include "qemu_monitor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool monitor_fill(struct monitor *m)
{
    ssize_t n;

    memmove(m->text, m->text + m->read, m->length - m->read);
    m->length -= m->read;
    m->read = 0;
    if (m->length == sizeof m->text)    /* no line of ours is as long as this */
        m->length = 0;
    n = read(m->fd, m->text + m->length, sizeof m->text - m->length);
    if (n > 0)
        m->length += (size_t)n;
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

char *monitor_line(struct monitor *m)
{
    char *line = m->text + m->read;
    char *end = memchr(line, '\n', m->length - m->read);

    if (end == NULL)
        return NULL;
    *end = 0;
    m->read = (size_t)(end + 1 - m->text);
    return line;
}

void monitor_ask(const struct monitor *m, const char *command, const char *file)
{
    char text[8192];
    size_t n = (size_t)snprintf(text, sizeof text, "{\"execute\": \"%s\"", command);
    ssize_t ignored;

    if (file != NULL) {
        n += (size_t)snprintf(text + n, sizeof text - n, ", \"arguments\": {\"filename\": \"");
        for (; *file != 0 && n < sizeof text - 16; file++) {
            if (*file == '"' || *file == '\\')
                text[n++] = '\\';
            text[n++] = *file;
        }
        memcpy(text + n, "\"}", 3);
        n += 2;
    }
    memcpy(text + n, "}\n", 2);
    ignored = write(m->fd, text, n + 2);   /* if QEMU is gone, its silence will tell */
    (void)ignored;
}

bool monitor_value(const char *line, const char *key, char *value, size_t bytes)
{
    char quoted[64];
    const char *at;
    size_t n;

    value[0] = 0;
    snprintf(quoted, sizeof quoted, "\"%s\": \"", key);
    at = strstr(line, quoted);
    if (at == NULL)
        return false;
    at += strlen(quoted);
    n = strcspn(at, "\"");
    if (n >= bytes)
        n = bytes - 1;
    memcpy(value, at, n);
    value[n] = 0;
    return true;
}

bool monitor_is_answer(const char *line)
{
    return strncmp(line, "{\"return\":", 10) == 0 || strncmp(line, "{\"error\":", 9) == 0;
}
