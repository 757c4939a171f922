/* run.h - the tests' harness: runs launchers through a shell, with files or a terminal for their
 * input and output, and prints TAP.
 *
 * Commands see:
 *      $VMM     the launcher: out/vmm-qemu, or what $VMM_QEMU names; after use_kvm() out/vmm-kvm,
 *               or what $VMM_KVM names
 *      $GUEST   the guest of guest/, $KERNEL the example kernel: for arm64; after use_kvm() for this
 *               host's CPU, or for $KVM_ARCH
 *      $DIR     a private folder, which is also $TMPDIR
 *
 * All of KVM's tests on arm64, on any host, nested (see nested/), some seconds each:
 *      KVM_ARCH=aarch64 VMM_KVM=tests/vmm/nested/nested.sh out/tests/vmm/test_kvm
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Finds and builds what is needed, and makes $DIR. The program is argv[0]. */
void begin(const char *program);
int  finish(void);                      /* the plan; removes $DIR; returns the exit status */

/* Which launcher the commands see from now on. use_kvm() returns false if there is none; whether
 * it can run anything is another question: null, or why not. */
void use_qemu(void);
bool use_kvm(void);
const char *kvm_missing(void);

/* Both of that; if not, one skipped test says so. */
bool use_kvm_or_skip(const char *what);

/* One line of TAP; on failure the words of format, too. Returns `good`. */
bool check(bool good, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void skip(const char *name, const char *reason);

struct run {
    pid_t pid;
    int   terminal;                     /* our side of its terminal, or -1 */
    int   code;                         /* exit code, or 128 + signal */
    char  out[(1 << 20) + 4096];            /* stdout, or all that came over the terminal */
    char  err[1 << 16];
    size_t length, mark;                /* of out, while a terminal is read */
};

/* For check(): what the run called r did. */
#define SEEN "code %d, stdout:\n%s\nstderr:\n%s", r.code, r.out, r.err

void run(struct run *r, const char *command);             /* start and wait */
void run_start(struct run *r, const char *command);
void run_start_on_terminal(struct run *r, const char *command);
void run_wait(struct run *r);           /* at most a minute */

/* Reads the terminal until the text has come. False after 20 seconds without it. What came before
 * run_mark() does not count. */
bool run_expect(struct run *r, const char *text);
void run_mark(struct run *r);
void run_type(struct run *r, const char *bytes, size_t n);

/* The file's text in a static buffer; "" if there is none. */
const char *file_text(const char *path);
const char *path_in_dir(const char *name);

/* Writes bytes into a file in $DIR. */
void make_file(const char *name, const void *bytes, size_t n);
void make_program(const char *name, const char *text);      /* for sh */

/* In $DIR/breaks, which has to be the first folder of PATH: a QEMU that says "Assertion" and aborts
 * once its guest has set a scanout. Which commands make QEMU do that changes with its version. */
void make_breaking_qemu(void);

bool have_program(const char *name);

/* Does a process with this in its command line run? For what must not be left behind. */
bool somebody_runs(const char *pattern);

#endif
