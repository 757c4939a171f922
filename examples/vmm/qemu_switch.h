/* qemu_switch.h - notices a guest that is about to turn itself off, where QEMU would not wait.
 *
 * Before 8.2 QEMU's RISC-V machine ends the process inside the guest's write to the power switch:
 * no event, no pause, no last picture. So that write is watched with the means of a debugger, who
 * sees the machine stop before it happens. Two packets of the GDB remote protocol suffice.
 */
#ifndef VMM_QEMU_SWITCH_H
#define VMM_QEMU_SWITCH_H

#include <stdbool.h>
#include <stdint.h>

/* Call before the guest runs. False: this QEMU does not do it. */
bool switch_watch(int fd, uint64_t address);

/* Do not watch any more, and let the write happen. */
void switch_let_go(int fd);

#endif
