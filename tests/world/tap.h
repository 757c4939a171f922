/* TAP by hand, for tests that are rows of tables: each row is one numbered line
 * that says what was tried, and a failing one says where and what was seen. */
#ifndef TAP_H
#define TAP_H

#include <stddef.h>

/* Call first. A program that is still running after `seconds` has failed. */
void tap_begin(unsigned seconds);

/* What the tests of this program cannot do without: if it is not in the PATH, all
 * of them are skipped, with the reason. */
void tap_needs(const char *program);

/* The same for any other reason, found before the first test. */
_Noreturn void tap_skip_all(const char *reason);

/* Runs one test. A need() that fails inside ends it; the next one starts. */
void tap_run(const char *name, void (*test)(void *), void *argument);

/* A test that cannot run here: counted, with its reason. */
void tap_skip(const char *name, const char *reason);

/* Prints the plan; returns the program's exit status. */
int tap_end(void);

/* A line for the reader. */
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Nothing can be tested any more: says why, as a failed test, and ends the program.
 * (Not by TAP's "Bail out!", which would end all the other programs too.) */
_Noreturn void tap_bail(const char *format, ...) __attribute__((format(printf, 1, 2)));

_Noreturn void tap_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* need(condition, "what was expected, and %d", seen) */
#define need(condition, ...) \
    do { \
        if (!(condition)) \
            tap_fail(__FILE__, __LINE__, __VA_ARGS__); \
    } while (0)

#endif
