/* qemu_monitor.h - QMP, QEMU's monitor protocol: one JSON object a line, both ways. */
#ifndef VMM_QEMU_MONITOR_H
#define VMM_QEMU_MONITOR_H

#include <stdbool.h>
#include <stddef.h>

struct monitor {
    int    fd;
    char   text[16384];
    size_t length, read;                /* bytes held, bytes of lines already given out */
};

/* Takes what has arrived. False: QEMU has closed its end. */
bool monitor_fill(struct monitor *m);

/* The next complete line, or null. It is valid until the next call. */
char *monitor_line(struct monitor *m);

/* Sends {"execute": COMMAND}, or with "arguments": {"filename": FILE} if there is a file. */
void monitor_ask(const struct monitor *m, const char *command, const char *file);

/* Copies the string value of the first "key": "value" in a line; "" and false if there is none. */
bool monitor_value(const char *line, const char *key, char *value, size_t bytes);

/* Does the line answer a command (rather than tell an event)? */
bool monitor_is_answer(const char *line);

#endif
