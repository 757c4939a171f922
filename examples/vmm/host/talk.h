/* talk.h - what the guest says and what the user types.
 *
 *      console of the guest --> stdout, byte for byte
 *      UART of the guest    --> stderr, each line marked "uart:", or the file of --serial
 *      stdin                --> console of the guest; at a terminal some keys are ours (Ctrl-A)
 */
#ifndef VMM_TALK_H
#define VMM_TALK_H

#include "options.h"
#include "stream.h"
#include "terminal.h"

#include <stdio.h>

struct talk {
    bool           interactive;         /* stdin is a terminal, and raw */
    int            input, output;       /* descriptors to poll, -1 when closed */
    struct backlog to_guest, to_stdout;
    struct lines   console, uart;
    bool           own_line;            /* the cursor stands at the left, though console does not */
    FILE          *serial;              /* null: stderr */
    unsigned long  console_bytes;
};

bool talk_open_serial(struct talk *t, const struct options *o);
void talk_begin(struct talk *t, int to_guest);     /* raw terminal, if it is one */

/* Writes out all that the guest said, however slow its reader is, and makes the terminal as it was.
 * A signal ends it, and so does a reader that takes nothing for `patience` milliseconds (-1: has
 * all the time of the world). */
void talk_end(struct talk *t, int wake, int patience);

void talk_console(struct talk *t, const char *bytes, size_t n);
void talk_uart(struct talk *t, const char *bytes, size_t n);

/* The same as talk_console(), but takes no more than can be written without waiting, and returns
 * how much that was. What it took is written, but for less than BACKLOG_PART where a terminal is
 * slow. */
size_t talk_console_now(struct talk *t, const char *bytes, size_t n);

/* Takes what was typed. Bytes for the guest are kept in to_guest; our own keys are returned as a
 * set of 1 << KEY_... */
unsigned talk_input(struct talk *t);

/* The last line that the guest said, or "". */
const char *talk_last_line(const struct talk *t);

#endif
