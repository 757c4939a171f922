/* process.h - programs that a launcher starts: find them, ask them, watch over one. */
#ifndef VMM_PROCESS_H
#define VMM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Call first. Where stdin, stdout or stderr are closed, /dev/null takes their place: otherwise the
 * next file that is opened would. */
void process_begin(void);

/* Is there such a program in $PATH? */
bool program_exists(const char *name);

/* Runs a program to its end (at most some seconds) and returns what it wrote on stdout, cut to
 * fit; its stderr is not kept. Returns false if it could not be started. */
bool program_output(const char *const argv[], char *text, size_t bytes);

/* Starts a program with stdin from /dev/null, stdout and stderr into `output`, and `count` further
 * descriptors under the numbers that they have here. It dies with us. Returns its pid or -1. */
pid_t program_start(const char *const argv[], int output, const int *inherit, int count);

#endif
