/* machine.h - one QEMU, booted with a kernel, watched from outside
 *
 * The kernel's console is a pair of pipes, its UART a file, QEMU's monitor (QMP) a private socket,
 * and QEMU's trace a file; all of them lie in a folder that disappears with the machine. Nothing
 * here waits longer than it was told to. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct machine {
    char   folder[200];
    pid_t  qemu;
    int    in, out, monitor, viewer;    /* to and from the console; QMP; VNC */
    char   console[65536];              /* what the console has said */
    size_t console_bytes;
    char   uart[65536];
    char   command[4096];
} machine;

/* To the top of the tree, by the program's name, if it was started from somewhere else. */
void machine_find_tree(const char *program);

/* NULL if there are a QEMU and a kernel for this CPU ("aarch64", ...); else what is missing. */
const char *machine_missing(const char *cpu);

/* The kernel to test: $KERNEL, or the one that make built. */
const char *machine_kernel(const char *cpu);

/* Boot `kernel` on the QEMU for this CPU. `options` is the command line after the kernel, words
 * separated by blanks; the console's chardev is named vc. FOLDER in a word becomes the machine's
 * folder. 1, or 0 with a diagnosis. */
int machine_boot(machine *m, const char *cpu, const char *kernel, const char *options,
                 const char *append);

/* Wait until the console (or the UART) has said this. 1, or 0 after so many milliseconds. */
int machine_says(machine *m, const char *text, int ms);
int machine_uart_says(machine *m, const char *text, int ms);

int machine_type(machine *m, const char *text);
int machine_ended(machine *m, int ms);          /* by itself, with exit code 0 */
int machine_flushes(machine *m);                /* RESOURCE_FLUSH commands that QEMU saw */
double machine_cpu_seconds(machine *m);         /* that QEMU has used so far; -1: not known here */

/* Change guest memory before the first instruction (the machine was booted with -S), then run it.
 * */
int machine_poke(machine *m, uint64_t address, const void *bytes, size_t count);
int machine_run(machine *m);

/* What the display shows: 0x00RRGGBB pixels, from malloc; NULL with a diagnosis. */
uint32_t *machine_picture(machine *m, uint32_t *width, uint32_t *height);

/* With "-vnc unix:FOLDER/vnc": a viewer comes and makes its window this large. */
int machine_window(machine *m, unsigned width, unsigned height);

/* A QMP command, and its answer. */
int machine_ask(machine *m, const char *command, char *answer, size_t room);

void machine_end(machine *m);

/* Lines of TAP's "# ". */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
