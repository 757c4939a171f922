/* screen.c - where frames are seen: in a window, in a file, in the terminal, or nowhere. */
#include "screen.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RATE 60                         /* the window is drawn so often in a second, at most */

static const char *kernel_name(const struct options *o)
{
    const char *slash = strrchr(o->kernel, '/');

    return slash != NULL ? slash + 1 : o->kernel;
}

bool screen_open(struct screen *s, struct options *o, bool interactive, struct backlog *terminal)
{
    bool asked = o->display == DISPLAY_WINDOW, maybe = asked || o->display == DISPLAY_AUTO;
    int ends[2];

    *s = (struct screen){ .o = o, .interactive = interactive, .terminal = terminal };
    pthread_mutex_init(&s->lock, NULL);
    if (pipe(ends) != 0) {
        say("no pipe: %s", strerror(errno));
        return false;
    }
    s->wake = ends[0];
    s->waker = ends[1];
    fcntl(s->wake, F_SETFL, O_NONBLOCK);
    fcntl(s->waker, F_SETFL, O_NONBLOCK);
    s->titled = now();
    s->window = maybe && display_has_screen(asked)
              && window_open(kernel_name(o), o->width, o->height);
    if (maybe)
        o->display = s->window ? DISPLAY_WINDOW : DISPLAY_PNG;
    return s->window || !asked;
}

/* ---- The guest's thread -------------------------------------------------------------------- */

/* Our copy of the part that changed, or of all when the size did. */
static bool copy(struct screen *s, const struct gpu_frame *f, struct gpu_rect part)
{
    if (s->pixels == NULL || s->width != f->width || s->height != f->height) {
        free(s->pixels);
        s->pixels = malloc((size_t)f->width * f->height * 4);
        s->width = f->width;
        s->height = f->height;
        part = (struct gpu_rect){ 0, 0, f->width, f->height };
    }
    for (unsigned y = part.y; y < part.y + part.height && s->pixels != NULL; y++) {
        size_t at = (size_t)y * f->width + part.x;

        memcpy(s->pixels + at, f->pixels + at, (size_t)part.width * 4);
    }
    return s->pixels != NULL;
}

/* Three bytes a pixel, for files and the terminal. */
static bool make_picture(const struct screen *s, struct picture *p)
{
    size_t count = (size_t)s->width * s->height;

    *p = (struct picture){ s->width, s->height, malloc(count * 3) };
    for (size_t i = 0; i < count && p->rgb != NULL; i++) {
        p->rgb[3 * i] = (uint8_t)(s->pixels[i] >> 16);
        p->rgb[3 * i + 1] = (uint8_t)(s->pixels[i] >> 8);
        p->rgb[3 * i + 2] = (uint8_t)s->pixels[i];
    }
    return p->rgb != NULL;
}

/* Written while the guest waits: so none is left out, however fast it draws. */
static void write_frame(struct screen *s)
{
    struct picture p;

    if (make_picture(s, &p) && display_frame(s->o, &p, (unsigned)s->frames))
        s->written++;
    else
        s->error = errno;
    free(p.rgb);
}

static void take(struct screen *s, const struct gpu_frame *f, const struct gpu_rect *damage)
{
    bool news = f->whole && !s->whole;

    if (!copy(s, f, *damage))
        return;
    s->fresh = true;
    s->whole = f->whole;
    if (f->number != s->frames) {       /* else only the cursor moved */
        s->frames = f->number;
        if (s->first_frame == 0)
            s->first_frame = now();
        if (s->o->frames != NULL)
            write_frame(s);
        s->enough = s->o->exit_after_frames != 0 && s->frames >= s->o->exit_after_frames;
    }
    if ((news || s->enough) && write(s->waker, "", 1) < 0)
        s->fresh = true;                /* the pipe is full: then it is awake */
}

void screen_show(void *context, const struct gpu_frame *frame, const struct gpu_rect *damage)
{
    struct screen *s = context;

    pthread_mutex_lock(&s->lock);
    if (!s->enough)
        take(s, frame, damage);
    pthread_mutex_unlock(&s->lock);
}

void screen_off(void *context)
{
    struct screen *s = context;

    pthread_mutex_lock(&s->lock);
    if (s->pixels != NULL && !s->enough) {
        memset(s->pixels, 0, (size_t)s->width * s->height * 4);
        s->fresh = true;
        s->whole = false;
    }
    pthread_mutex_unlock(&s->lock);
}

/* ---- The main thread ----------------------------------------------------------------------- */

static void draw(struct screen *s, bool exposed)
{
    double time = now();
    bool new_title = time - s->titled >= 1;
    char title[200];

    if (new_title) {
        snprintf(title, sizeof title, "%s - %ux%u - %.0f frames/s", kernel_name(s->o), s->width,
                 s->height, (double)(s->frames - s->titled_frames) / (time - s->titled));
        s->titled = time;
        s->titled_frames = s->frames;
    }
    if (exposed || new_title || (s->fresh && time - s->drawn >= 1.0 / RATE)) {
        window_draw(s->pixels, s->width, s->height, new_title ? title : NULL);
        s->fresh = false;
        s->drawn = time;
    }
}

/* The guest's thread is not kept while files and terminal take their time. */
static void show(struct screen *s, unsigned why)
{
    struct picture p = { 0 };
    bool whole;

    pthread_mutex_lock(&s->lock);
    whole = s->whole && make_picture(s, &p);
    pthread_mutex_unlock(&s->lock);
    if (whole)
        display_show(s->o, &p, why, s->terminal);
    else if (why & WHY_KEY)
        say("there is no whole picture yet");
    free(p.rgb);
}

void screen_poll(struct screen *s, unsigned why, struct screen_events *e)
{
    char bytes[64];
    int error;

    memset(e, 0, sizeof *e);
    while (read(s->wake, bytes, sizeof bytes) > 0) {
    }
    if (s->window)
        window_poll(e);
    pthread_mutex_lock(&s->lock);
    if (s->window && s->pixels != NULL)
        draw(s, e->exposed);
    if (s->whole && !s->first_shown) {
        s->first_shown = true;
        why |= display_wants_first(s->o, s->interactive) ? WHY_FIRST : 0u;
    }
    e->enough = s->enough;
    error = s->error;
    s->error = 0;
    pthread_mutex_unlock(&s->lock);
    why |= e->picture ? WHY_KEY : 0u;
    if (why != 0)
        show(s, why);
    if (error != 0)
        say("a frame cannot be written into %s: %s", s->o->frames, strerror(error));
}

int screen_timeout(const struct screen *s)
{
    return s->window ? 1000 / RATE : -1;
}

bool screen_close(struct screen *s)
{
    bool asked = display_is_asked(s->o);

    if (asked)
        show(s, WHY_LAST);
    if (s->window)
        window_close();
    free(s->pixels);
    s->pixels = NULL;
    close(s->wake);
    close(s->waker);
    return s->whole || !asked;
}
