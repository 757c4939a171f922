/* shim.h - Apple's Hypervisor.framework (its C API for arm64) on Linux, by Unicorn.
 *
 * A VMM written for Macs with Apple silicon is compiled and run here as it stands: the headers in
 * include/ take the place of the SDK's, these files the place of the framework, and Unicorn, an
 * emulator of CPUs in a library, the place of the CPU. It tests that exits are understood and
 * answered as Apple and Arm document them. That is less than a Mac would show:
 *
 *  - one CPU, at EL1 from first to last; no EL0, no EL1t, no EL2; no debugging
 *  - no caches: memory is coherent, and maintenance does nothing (it is checked, though, that what
 *    the VMM wrote was flushed, where the guest begins); no memory ordering, everything is in order
 *  - RAM is found by its virtual address (Unicorn's habit), so the guest's map of RAM must be 1:1;
 *    devices may lie anywhere. Tables of 4-KiB pages, TTBR0 only
 *  - with the MMU off an unaligned access faults after it was done; pieces of 8 bytes are all that
 *    is seen of vector registers; exclusives work where a CPU may refuse them
 *  - faults of the guest's own tables: nothing mapped, in full; no permission, if it is RAM
 *  - the GIC: what our guests use of it; one priority, lines by level only, no messages
 *  - what the framework answers to misuse is guessed; host addresses need no 16 KiB alignment,
 *    since pages are smaller here; whether the program is signed, nobody asks
 *
 * The parts, each beside its tricks:
 *
 *      vm.c         hv_vm_*: RAM; what HVF_SHIM says (below); caches
 *      vcpu.c       hv_vcpu_*: the run loop: run, why did the engine stop, is it the VMM's affair?
 *      engine.c     Unicorn's start, registers, and the syndrome that it hides
 *      hooks.c      what Unicorn calls before each instruction and at each fault
 *      syndrome.c   what a CPU would tell of a load or store
 *      tables.c     the guest's page tables
 *      vectors.c    the way into the guest's exception vectors
 *      timer.c      counter and virtual timer, at 24 MHz; the Mac's clock
 *      gic.c        hv_gic_*
 *
 * HVF_SHIM='NAME=CODE' makes the function of that name answer CODE instead of doing it, once.
 * HVF_SHIM_STATS=1 prints at the end what was done.
 */
#ifndef HVF_SHIM_H
#define HVF_SHIM_H

#include <Hypervisor/Hypervisor.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unicorn/unicorn.h>

/* ---- Syndromes, ESR: class in the upper six bits; IL: the instruction has 32 bits ------------ */

enum { CLASS_WFX = 0x01, CLASS_HVC = 0x16, CLASS_SMC = 0x17, CLASS_MSR = 0x18,
       CLASS_INSTRUCTION_ABORT = 0x20, CLASS_DATA_ABORT = 0x24, CLASS_DATA_ABORT_EL1 = 0x25 };
#define ESR(class) ((uint64_t)(class) << 26 | 1u << 25)
#define ESR_WRITE  (1u << 6)

/* ---- The CPU, as the parts share it ---- */

/* Why the engine stopped; the first reason counts. */
enum stop {
    GO_ON,
    STOP_HVC, STOP_SMC, STOP_WFI, STOP_MSR,     /* before such an instruction */
    STOP_SKIP,                          /* before one that has nothing to do */
    STOP_MAINTENANCE,                   /* of a cache, at what is not RAM: `address` */
    STOP_LOOK,                          /* cancelled, timer, interrupt: look around */
    STOP_ALIGNMENT,                     /* `address` */
    STOP_EXCEPTION                      /* one of the guest's own; the engine knows more */
};

struct cpu {
    bool           live;
    hv_vcpu_exit_t exit;
    atomic_bool    cancelled;
    bool           irq, fiq;            /* pending, until the next exit */

    enum stop      why;
    uint64_t       pc;                  /* of the last instruction that began */
    uint32_t       instruction;
    uint64_t       address;             /* of the access that failed, */
    bool           is_write;            /* and its kind */

    unsigned long  instructions, exits, inside;     /* inside: done here, without the VMM */
};

extern struct cpu cpu;

/* ---- vm.c ---- */

uint8_t *memory_at(uint64_t address, uint64_t bytes);       /* null: it is not all RAM */
bool     was_flushed(uint64_t address, bool code);
bool     shim_says(const char *function, hv_return_t *answer);
#define SAYS(answer) if (shim_says(__func__, &(answer))) return answer

/* ---- engine.c ---- */

extern uc_engine *engine;

bool     engine_open(void);
bool     engine_start_cpu(void);
uc_err   engine_run(uint64_t pc);                           /* until a hook stops it */
uint64_t get_register(hv_reg_t name);                       /* as the API counts */
void     set_register(hv_reg_t name, uint64_t value);
uint64_t get_x(unsigned n);                                 /* as instructions count: 31 is zero */
void     set_x(unsigned n, uint64_t value);
bool     get_system(hv_sys_reg_t name, uint64_t *value);
bool     set_system(hv_sys_reg_t name, uint64_t value);
uint64_t system_value(hv_sys_reg_t name);
void     engine_syndrome(uint64_t *esr, uint64_t *address); /* of STOP_EXCEPTION */

/* ---- hooks.c ---- */

void hooks_add(void);

/* ---- syndrome.c ---- */

uint64_t syndrome_of_access(uint32_t instruction);          /* ISV and what it tells; or 0 */

/* ---- tables.c ---- */

bool mmu_is_on(void);
bool translate(uint64_t address, uint64_t *physical, unsigned *level);  /* false: ends at level */

/* ---- vectors.c ---- */

void enter_fault(uint64_t pc, uint64_t esr, uint64_t address);
bool enter_interrupt(uint64_t pc);                          /* false: masked, or there is none */
bool interrupt_waits(bool even_masked);

/* ---- timer.c ---- */

bool     timer_has(hv_sys_reg_t name);
uint64_t timer_read(hv_sys_reg_t name);
void     timer_write(hv_sys_reg_t name, uint64_t value);
bool     timer_rings(void);
bool     timer_makes_exit(void);
extern bool     timer_masked;           /* by the framework or the VMM: makes no exit */
extern uint64_t timer_offset;

/* ---- gic.c: all of it says no while there is none ---- */

bool gic_is_there(void);
bool gic_has(uint64_t physical);        /* a register of it */
bool gic_access(uint64_t physical, uint64_t esr);           /* false: not described */
bool gic_register(hv_sys_reg_t name, bool is_read, unsigned n);     /* false: not the GIC's */
void gic_look(void);                    /* at its lines, for gic_interrupts() */
bool gic_interrupts(void);

#endif
