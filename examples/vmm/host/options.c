/* options.c - the option table, its values, and help for words that are nearly right. */
#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
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

/* ---- Values ------------------------------------------------------------------------------- */

struct option;

/* Puts a value where it belongs. False: it is none, and `accepted` would have been. A null value
 * means that the option stood alone. */
typedef bool setter(struct options *o, const struct option *p, const char *value);

enum takes { NOTHING, A_VALUE, MAYBE_A_VALUE };

struct option {
    const char *name, *alias;
    enum takes  takes;
    const char *value;                  /* as --help shows it; words are parted by | */
    setter     *set;
    size_t      field;                  /* in struct options */
    uint64_t    low, high;              /* of a number */
    const char *accepted;
    const char *help;                   /* what stands in brackets is the default */
};

static void *field(struct options *o, const struct option *p)
{
    return (char *)o + p->field;
}

static bool any_text(struct options *o, const struct option *p, const char *v)
{
    *(const char **)field(o, p) = v;
    return true;
}

static bool some_text(struct options *o, const struct option *p, const char *v)
{
    return any_text(o, p, v) && *v != 0;
}

static bool ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text), t = strlen(tail);

    return n > t && strcmp(text + n - t, tail) == 0;
}

static bool picture_file(struct options *o, const struct option *p, const char *v)
{
    o->screenshot_asked = true;
    return any_text(o, p, v) && (ends_with(v, ".png") || ends_with(v, ".ppm"));
}

/* One of the words that `value` shows, as its place there, from 1 on. */
static bool word(struct options *o, const struct option *p, const char *v)
{
    unsigned place = 1;
    size_t n;

    for (const char *w = p->value + 1; *w != 0; w += n + (w[n] != 0), place++) {
        n = strcspn(w, "|");
        if (strlen(v) == n && strncmp(w, v, n) == 0) {
            *(unsigned *)field(o, p) = place;
            return true;
        }
    }
    return false;
}

/* A decimal number without sign or blanks in front, which strtoull would let pass. */
static bool digits(const char **text, uint64_t *value)
{
    char *end;

    if (**text < '0' || **text > '9')
        return false;
    errno = 0;
    *value = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0;
}

static bool number(struct options *o, const struct option *p, const char *v)
{
    uint64_t n;

    if (!digits(&v, &n) || *v != 0)
        return false;
    *(unsigned *)field(o, p) = (unsigned)n;
    return n >= p->low && n <= p->high;
}

static bool port(struct options *o, const struct option *p, const char *v)
{
    return number(o, p, v != NULL ? v : "1234");
}

/* A bare number is MiB. */
static bool size(struct options *o, const struct option *p, const char *v)
{
    static const char units[] = "kKmMgG";
    const char *unit;
    uint64_t n;
    unsigned shift = 20;

    if (!digits(&v, &n))
        return false;
    if (*v != 0) {
        unit = strchr(units, *v++);
        if (unit == NULL || *v != 0)
            return false;
        shift = 10 + 10 * (unsigned)((unit - units) / 2);
    }
    o->memory = n << shift;
    return n <= p->high >> shift && n >= p->low >> shift && n > 0;
}

static bool width_and_height(struct options *o, const struct option *p, const char *v)
{
    uint64_t w, h;

    if (!digits(&v, &w) || *v++ != 'x' || !digits(&v, &h) || *v != 0)
        return false;
    o->width = (unsigned)w;
    o->height = (unsigned)h;
    return w >= p->low && h >= p->low && w <= p->high && h <= p->high;
}

static bool seconds(struct options *o, const struct option *p, const char *v)
{
    char *end;

    (void)p;
    if (*v < '0' || *v > '9' || v[1] == 'x' || v[1] == 'X')
        return false;
    o->timeout = strtod(v, &end);
    return *end == 0 && o->timeout >= 0.1 && o->timeout <= 86400;
}

static bool events(struct options *o, const struct option *p, const char *v)
{
    o->trace = true;
    return any_text(o, p, v) && (v == NULL || (*v != 0 && strchr(v, ',') == NULL));
}

static bool flag(struct options *o, const struct option *p, const char *v)
{
    (void)v;
    *(bool *)field(o, p) = true;
    return true;
}

static bool rules(struct options *o, const struct option *p, const char *v)
{
    (void)p;
    o->lint = v == NULL ? LINT_ON : LINT_FATAL;
    return v == NULL || strcmp(v, "fatal") == 0;
}

/* ---- The table ---------------------------------------------------------------------------- */

#define FIELD(name) offsetof(struct options, name)
#define MiB UINT64_C(1048576)

static const struct option table[] = {
    { "--append", NULL, A_VALUE, " STR", any_text, FIELD(append), 0, 0, NULL,
      "words for the kernel (bootargs)" },
    { "--initrd", NULL, A_VALUE, " FILE", some_text, FIELD(initrd), 0, 0, "the name of a file",
      "a file that the guest finds in memory" },
    { "--mem", "-m", A_VALUE, " SIZE", size, 0, 32 * MiB, 65536 * MiB,
      "a size from 32M to 64G, such as 256M (a bare number is MiB)", "the guest's memory (256M)" },
    { "--transport", NULL, A_VALUE, " pci|mmio|both", word, FIELD(transport), 0, 0,
      "pci, mmio or both", "how virtio is attached; both: gpu on PCI, console on MMIO (pci)" },
    { "--display", NULL, A_VALUE, " window|png|text|none", word, FIELD(display), 0, 0,
      "window, png, text or none",
      "where the picture goes (window where there is a screen, else png)" },
    { "--size", NULL, A_VALUE, " WxH", width_and_height, 0, 16, 8192,
      "WIDTHxHEIGHT from 16x16 to 8192x8192, such as 1280x720",
      "size of the guest's display (1280x720)" },
    { "--screenshot", NULL, A_VALUE, " FILE", picture_file, FIELD(screenshot), 0, 0,
      "a file name ending in .png or .ppm", "picture file, .png or .ppm (screen.png)" },
    { "--frames", NULL, A_VALUE, " DIR", some_text, FIELD(frames), 0, 0,
      "the name of a folder, which is made if it is not there",
      "one picture a frame into this folder" },
    { "--exit-after-frames", NULL, A_VALUE, " N", number, FIELD(exit_after_frames), 1, 1000000,
      "a number of frames from 1 to 1000000", "end when N frames were drawn" },
    { "--timeout", NULL, A_VALUE, " S", seconds, 0, 0, 0, "seconds from 0.1 to 86400",
      "end with 124 after S seconds (never)" },
    { "--serial", NULL, A_VALUE, " FILE", some_text, FIELD(serial), 0, 0, "the name of a file",
      "the UART's text into this file (stderr)" },
    { "--trace", NULL, MAYBE_A_VALUE, "[=GLOB|story]", events, FIELD(trace_glob), 0, 0,
      "one pattern of event names such as virtio_gpu_*, or story",
      "tell what is done, and the events named" },
    { "--lint", NULL, MAYBE_A_VALUE, "[=fatal]", rules, 0, 0, 0, "fatal, or nothing",
      "name the rules that the guest's driver breaks" },
    { "--machine", NULL, A_VALUE, " plain|vz", word, FIELD(quirks), 0, 0, "plain or vz",
      "whose habits the machine has (plain)" },
    { "--map", NULL, A_VALUE, " NAME", some_text, FIELD(map), 0, 0, "the name of a memory map",
      "another memory map" },
    { "--gpu-delay", NULL, A_VALUE, " MS", number, FIELD(gpu_delay), 1, 60000,
      "milliseconds from 1 to 60000", "the gpu comes to its bus so much later than the guest" },
    { "--gpu-mute-first", NULL, NOTHING, "", flag, FIELD(gpu_mute_first), 0, 0, NULL,
      "the gpu never answers its first GET_DISPLAY_INFO" },
    { "--dtb", NULL, A_VALUE, " FILE", some_text, FIELD(dtb), 0, 0, "the name of a file",
      "a device tree of your own" },
    { "--gdb", NULL, MAYBE_A_VALUE, "[=PORT]", port, FIELD(gdb), 1, 65535,
      "a port from 1 to 65535", "wait for a debugger before the first instruction (1234)" },
    { "--help", "-h", NOTHING, "", NULL, 0, 0, 0, NULL, "this page" },
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

/* Are two words the same but for so many letters changed, left out or put in? */
static bool within(const char *a, const char *b, size_t mistakes)
{
    while (*a != 0 && *a == *b)
        a++, b++;
    if (*a == *b)
        return true;
    return mistakes > 0 && ((*a != 0 && within(a + 1, b, mistakes - 1))
                            || (*b != 0 && within(a, b + 1, mistakes - 1))
                            || (*a != 0 && *b != 0 && within(a + 1, b + 1, mistakes - 1)));
}

/* The nearest option, if one in three letters is wrong at most: further away would be a guess. */
static void unknown(const char *name)
{
    size_t length = strlen(name), most = length < 8 ? 1 : length < 20 ? (length - 2) / 3 : 0;

    for (size_t mistakes = 0; mistakes <= most; mistakes++)
        for (int i = 0; i < OPTIONS; i++) {
            const char *is = table[i].name;
            size_t n = strlen(is), common = n < length ? n : length;

            if (within(name, is, mistakes) || (common > 4 && strncmp(is, name, common) == 0)) {
                say("%s is no option: did you mean %s?", name, is);
                return;
            }
        }
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
    const char *value = equals ? equals + 1 : NULL;

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
    if (!p->set(o, p, value)) {
        say("%s %s: accepted is %s", p->name, value != NULL && *value != 0 ? value : "\"\"",
            p->accepted);
        return 0;
    }
    return p->takes == A_VALUE && equals == NULL ? 2 : 1;
}

int options_parse(struct options *o, const struct launcher *l, int argc, char **argv)
{
    static char *nothing[] = { NULL };

    launcher_name = l->name;
    *o = (struct options){ .append = "", .memory = 256 * MiB, .rest = nothing,
                           .width = 1280, .height = 720, .screenshot = "screen.png",
                           .transport = TRANSPORT_PCI, .quirks = MACHINE_PLAIN };
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
