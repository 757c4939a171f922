/* report.c - what the devices have to say, put into words. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

struct report report;

enum { LINE = 256 };

void report_fault(const char *who, const char *format, ...)
{
    char text[LINE];
    va_list list;

    if (report.fault == NULL)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    report.fault(report.context, who, text);
}

static bool wanted(const char *event)
{
    return report.trace != NULL && report.wants != NULL && report.wants(report.context, event);
}

void report_trace(const char *event, const char *format, ...)
{
    char text[LINE];
    va_list list;

    if (!wanted(event))
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    report.trace(report.context, event, text);
}

void report_story(const char *who, const char *section, const char *answer, const char *driver, ...)
{
    char text[LINE];
    va_list list;

    if (report.story == NULL)
        return;
    va_start(list, driver);
    vsnprintf(text, sizeof text, driver, list);
    va_end(list);
    report.story(report.context, who, section, text, answer);
}
