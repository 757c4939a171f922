/* options.h - one option table for all launchers (main_qemu.c, main_kvm.c, ...).
 *
 * Every main knows every option by name. What a main cannot do it lists as refusals, each with
 * the reason and what to do instead; so a reader who has learnt one launcher knows them all.
 */
#ifndef VMM_OPTIONS_H
#define VMM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* How a launcher ends. When several apply, the first of this list that does is the one. */
enum verdict {
    VERDICT_USAGE      = 35,  /* wrong words on the command line, or a file that cannot be booted */
    VERDICT_HOST       = 34,  /* this host cannot do it: no QEMU, no /dev/kvm, no display */
    VERDICT_CRASH      = 33,  /* a crash that the VMM sees */
    VERDICT_LINT       = 36,  /* --lint=fatal found something */
    VERDICT_RESET      = 32,  /* the guest asked for a reset */
    VERDICT_TIMEOUT    = 124, /* --timeout ran out; also how a guest ends that stopped at a fault */
    VERDICT_NO_PICTURE = 37,  /* a picture was asked for and never shown whole */
    VERDICT_FINE       = 0    /* powered off, left by the user, or drew its --exit-after-frames */
};

/* In the order of their words in the option table; 0 means that nobody chose. */
enum transport { TRANSPORT_PCI = 1, TRANSPORT_MMIO, TRANSPORT_BOTH };
enum display   { DISPLAY_AUTO, DISPLAY_WINDOW, DISPLAY_PNG, DISPLAY_TEXT, DISPLAY_NONE };
enum linting   { LINT_OFF, LINT_ON, LINT_FATAL };
enum quirks    { MACHINE_PLAIN = 1, MACHINE_VZ };

struct options {
    const char    *kernel;
    const char    *append;             /* bootargs, "" if none */
    const char    *initrd;             /* files: null if not given */
    const char    *dtb;
    uint64_t       memory;             /* bytes */
    unsigned       transport, display; /* enum transport, enum display */
    unsigned       width, height;      /* of the display that the guest is offered */
    const char    *screenshot;         /* never null */
    bool           screenshot_asked;   /* it was named, so it is written whatever the display is */
    const char    *frames;             /* a folder for one picture a frame, or null */
    unsigned       exit_after_frames;  /* 0: never */
    double         timeout;            /* seconds, 0: none */
    const char    *serial;             /* where the UART's text goes, or null: stderr */
    bool           trace;
    const char    *trace_glob;         /* null: the command line and the last line only */
    enum linting   lint;
    unsigned       quirks;             /* enum quirks */
    const char    *map;
    unsigned       gpu_delay;          /* milliseconds until the gpu is on its bus, 0: it is there */
    bool           gpu_mute_first;     /* it leaves the first GET_DISPLAY_INFO unanswered */
    unsigned       gdb;                /* port, 0: no debugger */
    char         **rest;               /* words behind "--", ends with a null; never null */
};

/* An option, or one of its values (null: all of them), that a main cannot do, and why. */
struct refusal {
    const char *option, *value;
    const char *because;               /* ends with what to do instead */
};

struct launcher {
    const char           *name;        /* "vmm-qemu" */
    const char           *about;       /* one line for --help */
    const char           *rest;        /* what words behind "--" are for, null: there are none */
    const struct refusal *refusals;    /* ends with a null option */
};

/* Returns -1 to go on, or the exit code to end with; what there was to say is said. */
int options_parse(struct options *o, const struct launcher *l, int argc, char **argv);

/* "NAME: message" on stderr. The name is the one of the launcher that parsed its options. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void say(const char *format, ...);

/* "WHO: line" on stderr, for what others say; and what is done before each line of ours, if it is
 * not null: the guest may have left its own line unfinished. */
void say_for(const char *who, const char *line);
extern void (*say_first)(void);

#endif
