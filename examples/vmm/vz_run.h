/* vz_run.h - main_vz.m's guest: what it says and hears, how long it may run, how it ends.
 *
 * What run.h is to the mains with devices of our own, in plain C. All of it is called on the main
 * thread, where the machine and AppKit live, too; so there is no lock.
 */
#ifndef VMM_VZ_RUN_H
#define VMM_VZ_RUN_H

#include "host/options.h"

/* ---- vz_run.c ---- */

/* The console's two pipes, by their ends for the guest: it reads the one, and writes to the other.
 * False: there are none, which is said. */
bool vz_run_open(int *guest_reads, int *guest_writes);

/* From now on the terminal is the guest's, and its time runs. */
void vz_run_start(const struct options *o);

/* The first end counts, and stops the machine before we leave; a second one does not wait. */
void vz_end(enum verdict verdict);

/* Says what there is to say still, and ends the process, by the verdict. */
_Noreturn void vz_leave(void);

/* ---- main_vz.m ---- */

/* Stops the machine, and then calls vz_leave(). False: it cannot be stopped now. */
bool vz_stop(void);

/* Why Ctrl-A s takes no picture, and why there are no options for that. */
#define VZ_NO_PIXELS "Virtualization.framework gives nobody the pixels: Cmd-Shift-4 and Space " \
                     "take a picture of the window, and vmm-hvf has some of its own"

#endif
