/* cpu.h - what the tests' guest asks of its CPU and machine: aarch64.[cS], x86_64.[cS]. */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

/* The device tree, from what the loader handed over. */
const char *cpu_tree(const void *boot);

/* One byte on the UART at `base`, which the tree has named (0: it has not). */
void cpu_uart(uintptr_t base, uint8_t byte);

void cpu_wait(unsigned milliseconds);
void cpu_pause(void);                   /* in a loop that waits for a device */
void cpu_sleep(void);                   /* until an interrupt, and none comes */
void cpu_off(void);
void cpu_reset(void);

/* Something that ends a guest: no device can be touched like this, no fault be handled. */
void cpu_crash(uintptr_t device);

#endif
