/* qemu_process.h - QEMU as a child: its channels, its end. */
#ifndef VMM_QEMU_PROCESS_H
#define VMM_QEMU_PROCESS_H

#include "qemu_command.h"

#include <stdbool.h>
#include <sys/types.h>

struct qemu {
    pid_t pid;                          /* 0: not started, or reaped */
    int   fd[CHANNELS];                 /* our ends; -1 when QEMU has closed its own */
    int   consoles_end;                 /* QEMU's end of the console, which it shares with us */
    int   log;                          /* its stdout and stderr, the trace among them */
    char  folder[4000], screen[4096];   /* a private folder, and the file for pictures in it */
};

/* Starts it. False: what is wrong is said. */
bool qemu_start(struct qemu *q, const struct options *o, enum arch arch, const char *display);

/* Call when it speaks, and before the guest runs. QEMU makes its end of each channel non-blocking,
 * and its console then drops what we have not yet taken. The mark belongs to the open socket, not
 * to the process: taken off here, it makes QEMU wait for us instead, and nothing is lost. */
void qemu_lose_nothing(struct qemu *q);

/* Has it closed all of its channels? Then it has ended, or is about to. */
bool qemu_is_silent(struct qemu *q);

/* Waits for its end, which is near, or brought about at once. Returns what waitpid tells. */
int qemu_reap(struct qemu *q, bool at_once);

/* Leaves nothing behind. May be called by a signal handler. */
void qemu_clean_up(const struct qemu *q);

#endif
