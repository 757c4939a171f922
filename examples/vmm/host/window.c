/* window.c - a window with a picture in it, by SDL2.
 *
 * The picture is copied into the window's own memory, by the CPU: it is there on every machine and
 * over every connection, and a picture of a guest without 3D needs no more.
 */
#include "window.h"
#include "options.h"

#ifdef NO_SDL

#include <stddef.h>

struct window *window_open(const char *title, unsigned width, unsigned height)
{
    (void)title, (void)width, (void)height;
    say("no window, this launcher was built without SDL2: install it (make deps does) and build "
        "again; --display png writes a file, --display text draws in the terminal");
    return NULL;
}

void window_title(struct window *w, const char *title)
{
    (void)w, (void)title;
}

void window_poll(struct window *w, struct screen_events *e)
{
    (void)w, (void)e;
}

void window_close(struct window *w)
{
    (void)w;
}

void window_draw(struct window *w, uint32_t *pixels, unsigned width, unsigned height)
{
    (void)w, (void)pixels, (void)width, (void)height;
}

#else

#define SDL_MAIN_HANDLED                /* main() is ours */
#include <SDL.h>
#include <string.h>

static SDL_Window *sdl(struct window *w)
{
    return (SDL_Window *)w;
}

struct window *window_open(const char *title, unsigned width, unsigned height)
{
    SDL_Window *w = NULL;

    SDL_SetMainReady();
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");      /* Ctrl-C and TERM are terminal.c's */
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");        /* nothing here needs OpenGL */
    if (SDL_Init(SDL_INIT_VIDEO) == 0)
        w = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, (int)width,
                             (int)height, SDL_WINDOW_RESIZABLE);
    if (w == NULL) {
        say("no window, SDL says: %s (is DISPLAY or WAYLAND_DISPLAY set?); --display png writes "
            "a file, --display text draws in the terminal", SDL_GetError());
        SDL_Quit();
        return NULL;
    }
    SDL_StartTextInput();
    return (struct window *)w;
}

void window_title(struct window *w, const char *title)
{
    SDL_SetWindowTitle(sdl(w), title);
}

void window_close(struct window *w)
{
    SDL_DestroyWindow(sdl(w));
    SDL_Quit();
}

/* As large as fits, in the middle, with black around it. */
void window_draw(struct window *w, uint32_t *pixels, unsigned width, unsigned height)
{
    SDL_Surface *to = SDL_GetWindowSurface(sdl(w));
    SDL_Surface *from = SDL_CreateRGBSurfaceWithFormatFrom(pixels, (int)width, (int)height, 32,
                                                           (int)width * 4, SDL_PIXELFORMAT_RGB888);
    SDL_Rect place;

    if (to != NULL && from != NULL) {
        place.w = to->w;
        place.h = (int)((int64_t)to->w * from->h / from->w);
        if (place.h > to->h) {
            place.h = to->h;
            place.w = (int)((int64_t)to->h * from->w / from->h);
        }
        place.x = (to->w - place.w) / 2;
        place.y = (to->h - place.h) / 2;
        SDL_FillRect(to, NULL, 0);
        SDL_BlitScaled(from, NULL, to, &place);
        SDL_UpdateWindowSurface(sdl(w));
    }
    SDL_FreeSurface(from);
}

static void type(struct screen_events *e, const char *text)
{
    size_t n = strlen(text);

    if (n <= sizeof e->typed - e->typed_count) {
        memcpy(e->typed + e->typed_count, text, n);
        e->typed_count += (unsigned)n;
    }
}

/* Keys that are no letters, as a terminal sends them. */
static void key(struct screen_events *e, const SDL_Keysym *k)
{
    char control[2] = { (char)(k->sym & 31), 0 };

    if (k->sym == SDLK_RETURN || k->sym == SDLK_KP_ENTER)
        type(e, "\r");
    else if (k->sym == SDLK_BACKSPACE)
        type(e, "\177");
    else if (k->sym == SDLK_TAB || k->sym == SDLK_ESCAPE
             || ((k->mod & KMOD_CTRL) && k->sym >= SDLK_a && k->sym <= SDLK_z))
        type(e, control);
}

static void changed(struct screen_events *e, const SDL_WindowEvent *w)
{
    if (w->event == SDL_WINDOWEVENT_CLOSE)
        e->closed = true;
    if (w->event == SDL_WINDOWEVENT_RESIZED) {
        e->resized = true;
        e->width = (unsigned)w->data1;
        e->height = (unsigned)w->data2;
    }
    e->exposed = true;
}

/* What is typed goes to the guest. An `s` saves a picture, too. */
void window_poll(struct window *w, struct screen_events *e)
{
    SDL_Event event;

    (void)w;
    while (SDL_PollEvent(&event)) {
        if (event.type == SDL_QUIT)
            e->closed = true;
        else if (event.type == SDL_WINDOWEVENT)
            changed(e, &event.window);
        else if (event.type == SDL_KEYDOWN)
            key(e, &event.key.keysym);
        else if (event.type == SDL_TEXTINPUT) {
            e->picture |= strcmp(event.text.text, "s") == 0;
            type(e, event.text.text);
        }
    }
}

#endif
