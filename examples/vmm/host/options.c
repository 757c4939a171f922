/* options.c - the option table, its values, and help for words that are nearly right. */
#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *launcher_name = "vmm";

void (*say_first)(void);

void say_for(const char *who, const char *line)
{
    if (say_first != NULL)
        say_first();
    fprintf(stderr, "%s: %s\n", who, line);
}

void say(const char *format, ...)
{
    char line[8192];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    say_for(launcher_name, line);
}

/* ---- Values: each setter returns null, or what would have been accepted ------------------- */

typedef const char *setter(struct options *o, const char *value);

#define NAMED_FILE "the name of a file"

static const char *set_append(struct options *o, const char *v)
{
    o->append = v;
    return NULL;
}

static const char *set_initrd(struct options *o, const char *v)
{
    o->initrd = v;
    return *v ? NULL : NAMED_FILE;
}

static const char *set_dtb(struct options *o, const char *v)
{
    o->dtb = v;
    return *v ? NULL : NAMED_FILE;
}

static const char *set_serial(struct options *o, const char *v)
{
    o->serial = v;
    return *v ? NULL : NAMED_FILE;
}

static const char *set_frames(struct options *o, const char *v)
{
    o->frames = v;
    return *v ? NULL : "the name of a folder, which is made if it is not there";
}

static const char *set_map(struct options *o, const char *v)
{
    o->map = v;
    return *v ? NULL : "the name of a memory map";
}

static bool ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text), t = strlen(tail);

    return n > t && strcmp(text + n - t, tail) == 0;
}

static const char *set_screenshot(struct options *o, const char *v)
{
    o->screenshot = v;
    o->screenshot_asked = true;
    return ends_with(v, ".png") || ends_with(v, ".ppm") ? NULL
         : "a file name ending in .png or .ppm";
}

/* A decimal number without sign or blanks in front, which strtoull would let pass. */
static bool number(const char **text, uint64_t *value)
{
    char *end;

    if (**text < '0' || **text > '9')
        return false;
    errno = 0;
    *value = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0;
}

static bool number_between(const char *text, uint64_t low, uint64_t high, unsigned *value)
{
    uint64_t n;

    if (!number(&text, &n) || *text != 0 || n < low || n > high)
        return false;
    *value = (unsigned)n;
    return true;
}

static const char *set_memory(struct options *o, const char *v)
{
    static const char accepted[] = "a size from 32M to 64G, such as 256M (a bare number is MiB)";
    uint64_t n;
    unsigned shift = 20;

    if (!number(&v, &n))
        return accepted;
    if (*v != 0) {
        switch (*v++) {
        case 'k': case 'K': shift = 10; break;
        case 'm': case 'M': shift = 20; break;
        case 'g': case 'G': shift = 30; break;
        default: return accepted;
        }
    }
    if (*v != 0 || n > UINT64_C(64) << 30 >> shift || n < UINT64_C(32) << 20 >> shift || n == 0)
        return accepted;
    o->memory = n << shift;
    return NULL;
}

static const char *set_size(struct options *o, const char *v)
{
    static const char accepted[] = "WIDTHxHEIGHT from 16x16 to 8192x8192, such as 1280x720";
    uint64_t w, h;

    if (!number(&v, &w) || *v++ != 'x' || !number(&v, &h) || *v != 0)
        return accepted;
    if (w < 16 || h < 16 || w > 8192 || h > 8192)
        return accepted;
    o->width = (unsigned)w;
    o->height = (unsigned)h;
    return NULL;
}

static const char *set_exit_after_frames(struct options *o, const char *v)
{
    return number_between(v, 1, 1000000, &o->exit_after_frames) ? NULL
         : "a number of frames from 1 to 1000000";
}

static const char *set_gdb(struct options *o, const char *v)
{
    o->gdb = 1234;
    return v == NULL || number_between(v, 1, 65535, &o->gdb) ? NULL : "a port from 1 to 65535";
}

static const char *set_timeout(struct options *o, const char *v)
{
    static const char accepted[] = "seconds from 0.1 to 86400";
    char *end;

    if (*v < '0' || *v > '9' || v[1] == 'x' || v[1] == 'X')
        return accepted;
    o->timeout = strtod(v, &end);
    return *end == 0 && o->timeout >= 0.1 && o->timeout <= 86400 ? NULL : accepted;
}

static const char *set_trace(struct options *o, const char *v)
{
    o->trace = true;
    o->trace_glob = v;
    if (v != NULL && (*v == 0 || strchr(v, ',') != NULL))
        return "one pattern of event names such as virtio_gpu_*, or story";
    return NULL;
}

/* The place of a word in a list that ends with a null, or -1. */
static int word(const char *const *words, const char *v)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], v) == 0)
            return i;
    return -1;
}

static const char *set_transport(struct options *o, const char *v)
{
    static const char *const words[] = { "pci", "mmio", "both", NULL };
    int i = word(words, v);

    if (i >= 0)
        o->transport = (enum transport)i;
    return i >= 0 ? NULL : "pci, mmio or both";
}

static const char *set_display(struct options *o, const char *v)
{
    static const char *const words[] = { "window", "png", "text", "none", NULL };
    int i = word(words, v);

    if (i >= 0)
        o->display = (enum display)(i + DISPLAY_WINDOW);
    return i >= 0 ? NULL : "window, png, text or none";
}

static const char *set_machine(struct options *o, const char *v)
{
    static const char *const words[] = { "plain", "vz", NULL };
    int i = word(words, v);

    if (i >= 0)
        o->quirks = (enum quirks)i;
    return i >= 0 ? NULL : "plain or vz";
}

static const char *set_lint(struct options *o, const char *v)
{
    o->lint = v == NULL ? LINT_ON : LINT_FATAL;
    return v == NULL || strcmp(v, "fatal") == 0 ? NULL : "fatal, or nothing";
}

/* ---- The table ---------------------------------------------------------------------------- */

enum takes { NOTHING, A_VALUE, MAYBE_A_VALUE };

static const struct option {
    const char *name, *alias;
    enum takes  takes;
    const char *value;                  /* as --help shows it */
    setter     *set;
    const char *help;                   /* what stands in brackets is the default */
} table[] = {
    { "--append", NULL, A_VALUE, " STR", set_append, "words for the kernel (bootargs)" },
    { "--initrd", NULL, A_VALUE, " FILE", set_initrd, "a file that the guest finds in memory" },
    { "--mem", "-m", A_VALUE, " SIZE", set_memory, "the guest's memory (256M)" },
    { "--transport", NULL, A_VALUE, " pci|mmio|both", set_transport,
      "how virtio is attached; both: gpu on PCI, console on MMIO (pci)" },
    { "--display", NULL, A_VALUE, " window|png|text|none", set_display,
      "where the picture goes (window where there is a screen, else png)" },
    { "--size", NULL, A_VALUE, " WxH", set_size, "size of the guest's display (1280x720)" },
    { "--screenshot", NULL, A_VALUE, " FILE", set_screenshot,
      "picture file, .png or .ppm (screen.png)" },
    { "--frames", NULL, A_VALUE, " DIR", set_frames, "one picture a frame into this folder" },
    { "--exit-after-frames", NULL, A_VALUE, " N", set_exit_after_frames,
      "end when N frames were drawn" },
    { "--timeout", NULL, A_VALUE, " S", set_timeout, "end with 124 after S seconds (never)" },
    { "--serial", NULL, A_VALUE, " FILE", set_serial, "the UART's text into this file (stderr)" },
    { "--trace", NULL, MAYBE_A_VALUE, "[=GLOB|story]", set_trace,
      "tell what is done, and the events named" },
    { "--lint", NULL, MAYBE_A_VALUE, "[=fatal]", set_lint,
      "name the rules that the guest's driver breaks" },
    { "--machine", NULL, A_VALUE, " plain|vz", set_machine,
      "whose habits the machine has (plain)" },
    { "--map", NULL, A_VALUE, " NAME", set_map, "another memory map" },
    { "--dtb", NULL, A_VALUE, " FILE", set_dtb, "a device tree of your own" },
    { "--gdb", NULL, MAYBE_A_VALUE, "[=PORT]", set_gdb,
      "wait for a debugger before the first instruction (1234)" },
    { "--help", "-h", NOTHING, "", NULL, "this page" },
};
enum { OPTIONS = sizeof table / sizeof table[0] };

static const struct refusal *refused(const struct launcher *l, const char *option,
                                     const char *value)
{
    for (const struct refusal *r = l->refusals; r->option != NULL; r++)
        if (strcmp(r->option, option) == 0
            && (r->value == NULL || (value != NULL && strcmp(r->value, value) == 0)))
            return r;
    return NULL;
}

static void help(const struct launcher *l)
{
    printf("%s: %s\n\nusage: %s [options] KERNEL%s\n\n", l->name, l->about, l->name,
           l->rest ? " [-- WORDS]" : "");
    for (int i = 0; i < OPTIONS; i++) {
        const struct option *p = &table[i];
        char left[40];

        snprintf(left, sizeof left, "%s%s%s%s", p->alias ? p->alias : "", p->alias ? ", " : "",
                 p->name, p->value);
        printf("  %-31s %s\n", left, p->help);
        for (const struct refusal *r = l->refusals; r->option != NULL; r++)
            if (strcmp(r->option, p->name) == 0)
                printf(r->value ? "  %-31s   (no %s here: %s)\n" : "  %-31s   (not here%s: %s)\n",
                       "", r->value ? r->value : "", r->because);
    }
    if (l->rest != NULL)
        printf("  %-31s %s\n", "-- WORDS", l->rest);
    printf("\nAt a terminal: Ctrl-A x leaves, Ctrl-A h helps, Ctrl-A s takes a picture.\n"
           "Exit codes: 35 usage or a refused file, 34 this host cannot, 33 crash, 36 lint,\n"
           "32 reset, 124 timeout, 37 no picture though one was asked for,\n"
           "0 powered off or left.\n");
}

/* ---- Nearly right words ------------------------------------------------------------------- */

/* How many letters must be changed, left out or put in: the last row of the usual table. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64], n = strlen(b);

    if (n >= 64)
        return 64;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != 0; i++) {
        size_t before = row[0];

        row[0] = i + 1;
        for (size_t j = 1; j <= n; j++) {
            size_t best = before + (a[i] != b[j - 1]);

            before = row[j];
            if (best > row[j] + 1)
                best = row[j] + 1;
            if (best > row[j - 1] + 1)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

/* The nearest option, if one in three letters is wrong at most: further away would be a guess. */
static void unknown(const char *name)
{
    const char *nearest = NULL;
    size_t length = strlen(name), best = length >= 8 ? (length - 2) / 3 : 1;

    for (int i = 0; i < OPTIONS; i++) {
        size_t n = strlen(table[i].name), common = n < length ? n : length;
        bool begins = common > 4 && strncmp(table[i].name, name, common) == 0;
        size_t d = begins ? 0 : distance(name, table[i].name);

        if (d <= best && (nearest == NULL || d < best)) {
            best = d;
            nearest = table[i].name;
        }
    }
    if (nearest != NULL)
        say("%s is no option: did you mean %s?", name, nearest);
    else
        say("%s is no option: --help lists them all", name);
}

/* ---- One word after the other ------------------------------------------------------------- */

static const struct option *find(const char *name)
{
    for (int i = 0; i < OPTIONS; i++)
        if (strcmp(table[i].name, name) == 0
            || (table[i].alias != NULL && strcmp(table[i].alias, name) == 0))
            return &table[i];
    return NULL;
}

/* Returns how many words the option took, 0 after a refusal. */
static int one_option(struct options *o, const struct launcher *l, char **argv)
{
    char *equals = strchr(argv[0], '=');
    char name[64];
    const struct option *p;
    const struct refusal *r;
    const char *value = equals ? equals + 1 : NULL, *accepted;

    snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - argv[0]) : 63, argv[0]);
    p = find(name);
    if (p == NULL) {
        unknown(name);
        return 0;
    }
    if (p->takes == NOTHING && value != NULL) {
        say("%s takes no value", p->name);
        return 0;
    }
    if (p->takes == A_VALUE && value == NULL)
        value = argv[1];
    r = refused(l, p->name, value);
    if (r != NULL) {
        say("%s%s%s is not possible here: %s", p->name, r->value ? " " : "",
            r->value ? r->value : "", r->because);
        return 0;
    }
    if (p->takes == A_VALUE && value == NULL) {
        say("%s needs a value: %s%s (%s)", p->name, p->name, p->value, p->help);
        return 0;
    }
    accepted = p->set(o, value);
    if (accepted != NULL) {
        say("%s %s: accepted is %s", p->name, value != NULL && *value != 0 ? value : "\"\"",
            accepted);
        return 0;
    }
    return p->takes == A_VALUE && equals == NULL ? 2 : 1;
}

int options_parse(struct options *o, const struct launcher *l, int argc, char **argv)
{
    static char *nothing[] = { NULL };

    launcher_name = l->name;
    *o = (struct options){ .append = "", .memory = UINT64_C(256) << 20, .rest = nothing,
                           .width = 1280, .height = 720, .screenshot = "screen.png" };
    for (int i = 1, taken; i < argc; i += taken) {
        taken = 1;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            help(l);
            return VERDICT_FINE;
        } else if (strcmp(argv[i], "--") == 0 && l->rest != NULL) {
            o->rest = argv + i + 1;
            break;
        } else if (argv[i][0] == '-') {
            taken = one_option(o, l, argv + i);
            if (taken == 0)
                return VERDICT_USAGE;
        } else if (o->kernel != NULL) {
            say("one kernel at a time: %s, then %s", o->kernel, argv[i]);
            return VERDICT_USAGE;
        } else {
            o->kernel = argv[i];
        }
    }
    if (o->kernel == NULL) {
        say("which kernel? usage: %s [options] KERNEL, for example %s out/aarch64/kernel.img",
            l->name, l->name);
        return VERDICT_USAGE;
    }
    return -1;
}
