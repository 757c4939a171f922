/* qemu_command.h - the words of QEMU's command line, each with its reason. */
#ifndef VMM_QEMU_COMMAND_H
#define VMM_QEMU_COMMAND_H

#include "host/image.h"
#include "host/options.h"

#include <stddef.h>

/* What QEMU and we talk through: sockets, one end of which it inherits. */
enum channel { CONSOLE, UART, MONITOR, SWITCH, CHANNELS };

struct command {
    const char *argv[96];
    int         count;
    char        text[32768];            /* what argv points to */
    size_t      used;
};

/* Says what is missing, and how to get it, where this QEMU cannot do what is asked. Settles which
 * display is meant if none was named, and what QEMU calls it. VERDICT_FINE to go on. */
enum verdict command_check(struct options *o, enum arch arch, const char **display);

void command_build(struct command *c, const struct options *o, enum arch arch,
                   const char *display, const int channels[CHANNELS]);
/* Where the power switch is that has to be watched (qemu_switch.h); 0: QEMU tells by itself. */
uint64_t command_switch(const struct options *o, enum arch arch);

void command_print(const struct command *c);     /* on stderr, quoted as a shell wants it */

#endif
