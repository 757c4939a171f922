/* terminal.h - the user's terminal while a guest runs, and the signals that end us.
 *
 * The terminal is raw for input only: each key goes to the guest at once, Ctrl-C too. Output
 * processing (OPOST) stays on, so that "\n" from the guest still starts a line at its left edge.
 * However the launcher ends, the terminal is as it was before.
 */
#ifndef VMM_TERMINAL_H
#define VMM_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/* Signals TERM, HUP and INT are noted from now on, and wake poll() through the descriptor that is
 * returned (readable: look at terminal_signal()). After a crash of our own `last_rites` is called
 * from the signal handler, so it may only do what is safe there. */
int terminal_signals(void (*last_rites)(void));
int terminal_signal(void);              /* the one that came, 0 if none did */
void terminal_wake(void);               /* wakes that poll() up, too: from another thread */

/* Raw input, if stdin is a terminal and we are in its foreground. Returns whether it is. */
bool terminal_open(void);
void terminal_close(void);              /* also called by exit() */

/* What a key from the terminal means. Ctrl-A is the prefix of our own keys. */
enum key { KEY_GUEST, KEY_NOTHING, KEY_LEAVE, KEY_HELP, KEY_PICTURE };
enum key terminal_key(uint8_t byte);    /* KEY_GUEST: the byte goes to the guest */
extern const char terminal_help[];

void terminal_size(unsigned *columns, unsigned *rows);  /* of stdout; 80x24 if unknown */

/* Ends the process by the signal that ended our work, as whoever sent it expects to see. */
void terminal_die_of(int signal);

#endif
