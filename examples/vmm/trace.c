/* trace.c - puts what the devices report where the user wants it.
 *
 *      gpu: reads a descriptor at 0x123, where no RAM is              a fault of the guest, always
 *      trace: queue_notify console: queue 1                           --trace='queue_*'
 *      console: driver [3.1.1 >>device] status |= FEATURES_OK    device: kept      --trace=story
 */
#include "trace.h"
#include "devices/report.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define FAULTS 20                       /* lines that are shown without --trace */
#define STEP   58                       /* columns of a story's left side */

/* All events; a test compares them with what the devices say. */
static const char *const events[] = {
    "config", "features", "gpu_command", "mmio", "pci", "pci_config", "queue", "queue_notify",
    "request", "status", NULL
};

/* The header's chapters, by the sections of the specification that they are about. The first row
 * that begins like the section counts. */
static const struct { const char *section, *tag; } chapters[] = {
    { "4.1.3", ">>pci" }, { "4.1.4", ">>pci" }, { "4.", ">>transport" },
    { "2.6", ">>queue" }, { "2.7", ">>queue" }, { "2.8", ">>queue" },
    { "5.3", ">>console" }, { "5.7", ">>gpu" }, { "5.4", ">>own" },
    { "", ">>device" },
};

static void fault(void *context, const char *who, const char *text)
{
    const struct options *o = context;
    static unsigned count;

    count++;
    if (o->trace || count <= FAULTS)
        say_for(who, text);
    else if (count == FAULTS + 1)
        say("and so on (--trace shows the rest)");
}

static bool wants(void *context, const char *event)
{
    const struct options *o = context;

    return fnmatch(o->trace_glob, event, 0) == 0;
}

static void trace(void *context, const char *event, const char *text)
{
    char line[400];

    (void)context;
    snprintf(line, sizeof line, "%s %s", event, text);
    say_for("trace", line);
}

static void story(void *context, const char *who, const char *section, const char *driver,
                  const char *answer)
{
    char step[300], line[600];
    unsigned i = 0;

    (void)context;
    while (strncmp(section, chapters[i].section, strlen(chapters[i].section)) != 0)
        i++;
    snprintf(step, sizeof step, "[%s %s] %s", section, chapters[i].tag, driver);
    snprintf(line, sizeof line, "driver %-*s  %s%s", STEP, step, answer != NULL ? "device: " : "",
             answer != NULL ? answer : "");
    say_for(who, line);
}

static bool is_event(const char *glob)
{
    for (int i = 0; events[i] != NULL; i++)
        if (fnmatch(glob, events[i], 0) == 0)
            return true;
    return false;
}

bool trace_begin(const struct options *o)
{
    char known[200] = "";

    report.context = (void *)(uintptr_t)o;
    report.fault = fault;
    if (o->trace_glob == NULL)
        return true;
    if (strcmp(o->trace_glob, "story") == 0) {
        report.story = story;
        return true;
    }
    report.wants = wants;
    report.trace = trace;
    if (is_event(o->trace_glob))
        return true;
    for (int i = 0; events[i] != NULL; i++) {
        strcat(known, " ");
        strcat(known, events[i]);
    }
    say("--trace=%s: no event has such a name; there are%s", o->trace_glob, known);
    return false;
}
