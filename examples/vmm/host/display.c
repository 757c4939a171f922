/* display.c - shows a picture as the options say, and says in one line where it is. */
#include "display.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "terminal.h"

bool display_is_asked(const struct options *o)
{
    return o->display != DISPLAY_NONE || o->screenshot_asked;
}

bool display_has_screen(bool asked)
{
#ifdef __APPLE__
    bool there = getenv("SSH_CONNECTION") == NULL;
#else
    const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    bool there = (x11 != NULL && *x11 != 0) || (wayland != NULL && *wayland != 0);
#endif

    if (!there && asked)
        say("no window, there is no screen here (is DISPLAY or WAYLAND_DISPLAY set?): "
            "--display png writes a file, --display text draws in the terminal");
    return there;
}

bool display_wants_first(const struct options *o, bool interactive)
{
    return o->display == DISPLAY_TEXT || (o->display == DISPLAY_PNG && interactive)
        || (o->display == DISPLAY_WINDOW && o->screenshot_asked);
}

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Nothing is made or changed yet: an old picture stays if no new one is drawn. */
static bool can_be_written(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[4096] = ".";

    if (access(path, F_OK) == 0)
        return access(path, W_OK) == 0;
    if (slash != NULL)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
    return access(folder, W_OK) == 0;
}

bool display_check_files(const struct options *o)
{
    if (display_is_asked(o) && !can_be_written(o->screenshot)) {
        say("--screenshot %s cannot be written: %s", o->screenshot, strerror(errno));
        return false;
    }
    if (o->frames == NULL)
        return true;
    if (mkdir(o->frames, 0777) != 0 && errno != EEXIST) {
        say("--frames %s cannot be made: %s", o->frames, strerror(errno));
        return false;
    }
    if (access(o->frames, W_OK | X_OK) != 0 || !is_folder(o->frames)) {
        say("--frames %s is no folder that can be written to", o->frames);
        return false;
    }
    return true;
}

static bool save(const struct picture *p, const char *path)
{
    errno = 0;
    if (picture_write(p, path))
        return true;
    say("%s cannot be written: %s", path, strerror(errno));
    return false;
}

bool display_frame(const struct options *o, const struct picture *p, unsigned number)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/frame-%06u.png", o->frames, number);
    errno = 0;
    return picture_write(p, path);
}

/* ---- A file ------------------------------------------------------------------------------- */

static bool terminal_has_colours(void)
{
    const char *colours = getenv("COLORTERM");

    return isatty(STDOUT_FILENO) && colours != NULL
        && (strcmp(colours, "truecolor") == 0 || strcmp(colours, "24bit") == 0);
}

static void show_in_file(const struct options *o, const struct picture *p, unsigned why)
{
    static bool said;                   /* once; a key asks for an answer each time */
    bool hint = o->display == DISPLAY_PNG && terminal_has_colours();

    if (!save(p, o->screenshot))
        return;
    if (!said || (why & WHY_KEY))
        say("the picture is in %s (%ux%u)%s", o->screenshot, p->width, p->height,
            hint ? "; --display text shows it here" : "");
    said = true;
}

/* ---- The terminal ------------------------------------------------------------------------- */

/* A checksum (FNV-1a) is enough to see whether there is anything new to draw. */
static uint64_t checksum(const struct picture *p)
{
    uint64_t sum = UINT64_C(14695981039346656037) ^ p->width;

    for (size_t i = 0; i < (size_t)p->width * p->height * 3; i++)
        sum = (sum ^ p->rgb[i]) * UINT64_C(1099511628211);
    return sum;
}

/* The letters go the way of the guest's text, so that both stay in order. */
static void show_in_terminal(const struct picture *p, unsigned why, struct backlog *terminal)
{
    static uint64_t drawn;
    uint64_t sum = checksum(p);
    unsigned columns, rows;
    char *text = NULL;
    size_t bytes = 0;
    FILE *f;

    if (sum == drawn && !(why & WHY_KEY))
        return;
    drawn = sum;
    terminal_size(&columns, &rows);
    f = open_memstream(&text, &bytes);
    if (f == NULL)
        return;
    picture_print(p, f, columns, rows);
    fclose(f);
    if (say_first != NULL)
        say_first();
    backlog_add(terminal, text, bytes);
    free(text);
}

void display_show(const struct options *o, const struct picture *p, unsigned why,
                  struct backlog *terminal)
{
    if (o->display == DISPLAY_TEXT)
        show_in_terminal(p, why, terminal);
    if (o->screenshot_asked || o->display == DISPLAY_PNG
        || ((why & WHY_KEY) && o->display != DISPLAY_TEXT))
        show_in_file(o, p, why);
}
