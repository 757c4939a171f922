/* run.h - a guest that runs: what all back ends with devices of our own share.
 *
 *      vCPU thread                              main thread
 *      back_end.cpu(): runs the guest,          run_guest(): terminal, display, signals, time
 *      run_read(), run_write() on its exits     wakes up when something came, asks for an end
 *             \                                     /
 *              +---- one lock: machine, talk ------+
 *
 * Window systems insist on the main thread, and Hypervisor.framework on one thread for each vCPU:
 * this division suits both.
 */
#ifndef VMM_RUN_H
#define VMM_RUN_H

#include "host/screen.h"
#include "host/talk.h"
#include "machine.h"

#include <pthread.h>
#include <stdatomic.h>

struct run;

struct back_end {
    enum arch arch;
    /* The vCPU thread: runs the guest until run_is_over(). */
    void (*cpu)(struct run *r);
    /* From any other thread: makes cpu() leave the guest and call run_interrupted(). */
    void (*kick)(struct run *r);
    /* An interrupt line, by its number in the map; a message. `run` is a struct run. Under the lock,
     * from any thread. */
    void (*set_line)(void *run, unsigned line, bool high);
    void (*signal_msi)(void *run, uint64_t address, uint32_t data);         /* null: no MSI-X */
    /* Null, or: something came that a sleeping guest may look at (typed text, a new size), whether
     * or not its driver wants an interrupt. Under the lock. */
    void (*wake)(struct run *r);
};

enum { RUN_EXITS = 16 };

struct run {
    struct options  o;
    struct image    image;
    struct machine  machine;
    const struct back_end *back_end;

    pthread_mutex_t lock;               /* over all that follows, and the machine */
    pthread_t       thread;
    struct talk     talk;
    struct screen   screen;             /* has a lock of its own, taken inside ours */
    struct backlog  drawn;              /* a picture in letters, on its way to the terminal */
    struct lint     lint;               /* --lint: looks at the guest's drivers */
    int             wake;               /* readable: a signal came, or the vCPU thread has news */
    bool            draining;           /* the guest has ended: all of its text is taken */
    atomic_bool     over;
    enum verdict    verdict;            /* once it is over */

    double          started, spoke;     /* when, in seconds; spoke: 0 if it never did */
    double          began;              /* the guest's first instruction, or a moment before */
    bool            gpu_is_late;        /* --gpu-delay */
    bool            where_asked, where_told;
    struct { const char *reason; unsigned long count; } exits[RUN_EXITS];
};

/* ---- For main(), in this order ---- */

/* Options, kernel and files. Returns -1 to go on, or the exit code to end with. */
int  run_prepare(struct run *r, const struct launcher *l, const struct image_wanted *wanted,
                 int argc, char **argv);

/* The machine, with console, UART and picture where the options want them. */
bool run_create_machine(struct run *r, const struct back_end *b);

/* Runs it, to the exit code. */
int  run_guest(struct run *r);

/* ---- For the vCPU thread ---- */

bool     run_is_over(const struct run *r);
uint64_t run_read(struct run *r, uint64_t address, unsigned width);
void     run_write(struct run *r, uint64_t address, unsigned width, uint64_t value);
void     run_lock(struct run *r);       /* for all else that touches machine or devices */
void     run_unlock(struct run *r);

/* For the last line of --trace: the guest was left because of ... (a literal). */
void     run_count(struct run *r, const char *reason);

/* Somebody kicked: tells where the guest stands, if that was the question. */
void     run_interrupted(struct run *r, uint64_t pc);

/* The guest has ended, in one sentence (or null, when there is nothing to say). The first end
 * counts. From any thread, not under the lock. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void     run_end(struct run *r, enum verdict verdict, const char *format, ...);

#endif
