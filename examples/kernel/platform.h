/* platform.h - what the kernel tells virtio_bare.h, and what it asks of its CPU and machine
 *
 * The upper half is for virtio_bare.h: every file that includes it includes this one before it, so
 * that all of them agree on its macros. Registers, barriers, ticks and addresses are its own
 * defaults: our map is the identity, our memory is coherent. On x86_64 the firmware places registers
 * where it likes, which is learned only from the device: there they are mapped when they are needed.
 *
 * The lower half is what platform.c offers in each folder of a CPU (aarch64/ ...), with the help of
 * what they share (parts.h). The rest of the kernel knows of the machine only what stands here. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdint.h>

/* All that is declared from here on lies in this image: so the compiler may find it relative to the
 * program counter, and needs no table of addresses (GOT) that somebody would have to fill in. */
#pragma GCC visibility push(hidden)

void trace(int code, const char *text, uint64_t value);         /* print.c */
#define VB_TRACE(user, code, text, value) ((void)(user), trace(code, text, value))

#ifdef __x86_64__
uintptr_t platform_map(uint64_t address, uint32_t bytes);       /* 0: there is no room in the map */
#define VB_MAP(user, address, bytes) ((void)(user), platform_map(address, bytes))
#endif

struct vb_machine;

/* `boot` is what the boot loader handed over: on arm64 and riscv64 the device tree, on x86_64
 * hvm_start_info. */
void     platform_start(const void *boot);      /* memory map, clock, interrupt controller */
int      platform_machine(struct vb_machine *machine, const void *boot);
const void *platform_boot(void);                /* what platform_start was given */
const char *platform_bootargs(void);            /* "" if there are none */
uint32_t platform_ms(void);                     /* since platform_start */
void     platform_idle(void);                   /* sleep: 20 ms, or until something happens */
void     platform_off(void);                    /* comes back only if the machine can't */
void     platform_stop(void);                   /* sleep for ever */

/* A plain serial port, where there is one. */
void     platform_guess_uart(void);             /* if we died before we knew */
void     platform_uart_write(const char *text, uint32_t bytes);
int      platform_uart_read(void);              /* a character, or -1 */

#endif
