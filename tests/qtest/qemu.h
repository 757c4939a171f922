/* A QEMU whose devices are driven from this process: no guest instruction runs.
 *
 *    this process                                QEMU
 *      registers  --- qtest commands (socket) --->  devices
 *      guest RAM  === one shared file ===========   guest RAM
 *      questions  --- QMP (socket) ------------->   monitor: screendump, ...
 *      console    <-- one socket each ---------->   virtconsole
 *
 * A QEMU never outlives the test, however the test ends: a keeper process waits
 * at a pipe that closes with this process, and ends QEMU then. A QEMU that dies
 * ends the test with what it wrote on stderr. Nothing here is Linux only. */
#ifndef QEMU_H
#define QEMU_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { QEMU_CONSOLES = 3 };

/* As an argument: the name of a PC's firmware that only halts the CPU. (A machine
 * that is stopped would take no console input.) */
#define QEMU_HALT "@halt"

/* As an argument of -vnc: a socket `vnc` in the temporary folder. */
#define QEMU_VNC "@vnc"

typedef struct qemu_line {          /* a socket, and what was read too early */
    int socket;
    size_t held;
    char buffer[16384];
} qemu_line;

typedef struct qemu {
    pid_t keeper;
    int leash;                      /* the keeper waits for its end */
    int ram;                        /* the shared file */
    qemu_line qtest, qmp;
    int console[QEMU_CONSOLES];
    char folder[200];               /* temporary: stderr, log, picture */
    unsigned long commands;
    FILE *log;
    long log_at;                    /* where qemu_log_line continues */
} qemu;

typedef struct qemu_picture {
    unsigned width, height;
    unsigned char *rgb;             /* three bytes a pixel; free() it */
} qemu_picture;

/* `machine` as in -machine; `arguments` end with NULL and may use the character
 * devices console0 to console2. -trace and -d write into the log. */
void qemu_start(qemu *q, const char *program, const char *machine, uint64_t ram_bytes,
                const char *const *arguments);

/* Ends QEMU; returns its exit status (0 is good). */
int qemu_stop(qemu *q);

/* One access of exactly that width at a physical address, or port. */
uint64_t qemu_read(qemu *q, uint64_t address, unsigned bytes);
void qemu_write(qemu *q, uint64_t address, unsigned bytes, uint64_t value);
uint32_t qemu_in32(qemu *q, unsigned port);
void qemu_out32(qemu *q, unsigned port, uint32_t value);

/* One QMP command without its outer braces' "execute": the name and the
 * arguments as JSON ("" for none). Returns the reply line, valid until the next
 * call; a reply may be an error. */
const char *qemu_ask(qemu *q, const char *command, const char *arguments);

/* What the display shows now: 1, or 0 when QEMU refuses. */
int qemu_screen(qemu *q, const char *device, unsigned head, qemu_picture *picture);

/* The log's next line without its end: 1, or 0 when there is none yet. */
int qemu_log_line(qemu *q, char *to, size_t room);

#endif
