/* fake.h - a stand-in for Virtualization, AppKit and Foundation, on Linux, for main_vz.m as it is.
 *
 *      main_vz.m, vz_run.c                         not changed for this
 *        | messages
 *      foundation.m  appkit.m  virtualization.m    the three frameworks
 *      loop.c        the main queue and the run loop
 *      runtime.c  msgsend.S                        Objective-C itself, with ARC
 *        | fork
 *      the machine: $VZ_MACHINE, a command of the shell, given the words that a launcher of ours
 *      takes (KERNEL --append ... --mem ...); stdin and stdout are the console's attachment.
 *      machine.sh is the one that boots kernels: our own, with Apple's habits
 *
 * It is strict where Apple's documentation is (main thread, whole MiB, kinds of devices), and tells
 * in the file $VZ_LOG what it was asked for. A machine may also play the user: each line that it
 * writes to descriptor 3 is something done at the screen (appkit.m). $VZ_FAKE names what goes
 * wrong: see fake_is().
 *
 * WHAT IT CANNOT KNOW. It holds what we believe of Apple's frameworks, from their headers, their
 * documentation and the logs of others; nobody has compared it with a Mac. It does not know
 *   - which Images the loader refuses, and in which words and codes errors come,
 *   - how the machine treats a guest: devices, resets, order of events, time,
 *   - whether a signature is there and good,
 *   - how pixels come into the view, how keys and pointer leave it, what full screen does,
 *   - how many moments lie between things: here each answer comes in the next turn of the loop,
 *   - the run loop's modes (menus, resizing), App Nap, sleep, several screens,
 *   - whether our declarations (include/) say what the SDK says.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>

/* Into $VZ_LOG, a line. */
void fake_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A promise to the framework was not kept: the program ends, with a sentence. */
_Noreturn void fake_abort(const char *what);
void fake_must_be_main(const char *what);

/* Is this word in $VZ_FAKE?
 *      unsupported     no virtual machines here        unsigned    no entitlement
 *      start-fails     the machine does not start      stop-hangs  stopping it never ends
 *      no-screen       nobody is logged in             scale-1     a point has one pixel, not two
 *      no-windows      nobody may even ask for a screen
 */
bool fake_is(const char *word);

/* The run loop. A watched descriptor's reader is called when it is readable. */
_Noreturn void fake_run_loop(void);
void fake_watch(int fd, void (*reader)(void));

/* What the user does, by a line of text (appkit.m); what there is to see, into the log. */
void fake_user(const char *line);
void fake_describe_screen(void);

bool runtime_responds(void *object, const char *method);

#endif
