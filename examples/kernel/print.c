/* print.c - formatted lines over any sink, and the story that the kernel tells of its boot
 *
 *     print("%u functions\n", n) --> line --> kept in story[] --> the sink, once there is one
 *
 * Text that was written before the console opened is kept and sent when it does. The screen shows
 * the end of the same text. */
#include <stdarg.h>

#include "kernel.h"

/* ---- Formatting ------------------------------------------------------------------------------ */

typedef struct line {
    sink    *to;
    uint32_t bytes;
    char     text[120];
} line;

static void line_flush(line *l)
{
    if (l->bytes)
        l->to(l->text, l->bytes);
    l->bytes = 0;
}

static void line_put(line *l, char c)
{
    if (l->bytes == sizeof l->text)
        line_flush(l);
    l->text[l->bytes++] = c;
}

static void line_number(line *l, uint64_t value, uint32_t base, uint32_t width, char fill)
{
    char digits[20];
    uint32_t count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (width > count) {
        line_put(l, fill);
        width--;
    }
    while (count)
        line_put(l, digits[--count]);
}

static void line_text(line *l, const char *text)
{
    while (*text)
        line_put(l, *text++);
}

/* What stands behind a %: [0][width][l] and u, x, s, c or %. Returns what follows it. A pointer to
 * the list, since the list itself may be a struct, which compilers copy by memcpy. */
static const char *line_argument(line *l, const char *format, va_list *arguments)
{
    const char fill = *format == '0' ? '0' : ' ';
    uint32_t width = 0, wide = 0;
    uint64_t value;

    for (; *format >= '0' && *format <= '9'; format++)
        width = width * 10 + (uint32_t)(*format - '0');
    for (; *format == 'l'; format++)
        wide = 1;

    if (*format == 'u' || *format == 'x') {
        value = wide ? va_arg(*arguments, uint64_t) : va_arg(*arguments, uint32_t);
        line_number(l, value, *format == 'x' ? 16 : 10, width, fill);
    } else if (*format == 's') {
        line_text(l, va_arg(*arguments, const char *));
    } else if (*format == 'c') {
        line_put(l, (char)va_arg(*arguments, int));
    } else if (*format) {
        line_put(l, *format);
    }
    return *format ? format + 1 : format;
}

static void line_format(line *l, const char *format, va_list *arguments)
{
    while (*format) {
        if (*format == '%')
            format = line_argument(l, format + 1, arguments);
        else
            line_put(l, *format++);
    }
    line_flush(l);
}

void print_to(sink *to, const char *format, ...)
{
    va_list arguments;
    line l;

    l.to = to;
    l.bytes = 0;
    va_start(arguments, format);
    line_format(&l, format, &arguments);
    va_end(arguments);
}

/* ---- The story ------------------------------------------------------------------------------- */

static char     kept[8192];
static uint32_t kept_bytes;
static sink    *output;
static uint32_t sending;
static int      unfinished;             /* a line of trace() that may go on */

/* While the console sends, it may have something to tell by trace(): that is kept, not sent, or we
 * would be here again and again. */
static void story_add(const char *text, uint32_t bytes)
{
    uint32_t i;

    if (kept_bytes + bytes > sizeof kept) {             /* drop the older half */
        const uint32_t half = sizeof kept / 2;
        for (i = half; i < kept_bytes; i++)
            kept[i - half] = kept[i];
        kept_bytes = kept_bytes > half ? kept_bytes - half : 0;
    }
    for (i = 0; i < bytes; i++)
        kept[kept_bytes + i] = text[i];
    kept_bytes += bytes;

    if (output && !sending) {
        sending = 1;
        output(text, bytes);
        sending = 0;
    }
}

static void story_format(const char *format, va_list *arguments)
{
    line l;

    l.to = story_add;
    l.bytes = 0;
    line_format(&l, format, arguments);
}

static void story_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void story_print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    story_format(format, &arguments);
    va_end(arguments);
}

void print(const char *format, ...)
{
    va_list arguments;

    if (unfinished)
        story_add("\n", 1);
    unfinished = 0;
    va_start(arguments, format);
    story_format(format, &arguments);
    va_end(arguments);
}

void story_to(sink *to)
{
    const uint32_t bytes = kept_bytes;

    output = to;
    sending = 1;
    to(kept, bytes);
    sending = 0;
}

const char *story(uint32_t *bytes)
{
    *bytes = kept_bytes;
    return kept;
}

/* ---- What virtio_bare.h tells ---------------------------------------------------------------- */

static int muted;

void trace_quiet(int quiet) { muted = quiet; }

/* A text that begins with two blanks tells more of the one before: it goes on the same line. Large
 * numbers are addresses, ids and bits: hexadecimal. */
void trace(int code, const char *text, uint64_t value)
{
    const int more = text[0] == ' ' && text[1] == ' ';

    if (muted)
        return;
    if (code) {
        print("  %s: %s (0x%lx)\n", vb_error_name(code), text, value);
        return;
    }
    if (unfinished)
        story_add(more ? "," : "\n", 1);
    if (!more || !unfinished)
        story_add("  ", 2);
    else
        text++;
    if (value < 10000)
        story_print("%s %lu", text, value);
    else
        story_print("%s 0x%lx", text, value);
    unfinished = 1;
}
