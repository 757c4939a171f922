/* report.h - what the devices have to say, and where it goes.
 *
 * Devices know neither terminal nor log. Whoever runs them sets `report` once, before the first
 * guest runs; what is null there is not said.
 */
#ifndef VMM_REPORT_H
#define VMM_REPORT_H

#include <stdbool.h>

struct report {
    void *context;

    /* The guest did something that the specification forbids: one line for its author. */
    void (*fault)(void *context, const char *who, const char *text);

    /* --trace: `event` is a word like "mmio", "pci_config", "queue_notify", "gpu_command". */
    bool (*wants)(void *context, const char *event);
    void (*trace)(void *context, const char *event, const char *text);

    /* --trace=story: one step of a bring-up. `section` is VirtIO 1.3's; `answer` (the device's
     * side of the step) may be null. */
    void (*story)(void *context, const char *who, const char *section, const char *driver,
                  const char *answer);
};

extern struct report report;

#if defined(__GNUC__)
#define REPORT_FORMAT(text, first) __attribute__((format(printf, text, first)))
#else
#define REPORT_FORMAT(text, first)
#endif

void report_fault(const char *who, const char *format, ...) REPORT_FORMAT(2, 3);

/* The words are only put together if somebody wants them. */
void report_trace(const char *event, const char *format, ...) REPORT_FORMAT(2, 3);

/* `driver` is printf's format; the answer is a plain text or null. */
void report_story(const char *who, const char *section, const char *answer, const char *driver, ...)
    REPORT_FORMAT(4, 5);

#endif
