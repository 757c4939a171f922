/* window.c - a window with a picture in it, by SDL2.
 *
 * The picture is copied into the window's own memory, by the CPU: it is there on every machine and
 * over every connection, and a picture of a guest without 3D needs no more.
 *
 * SDL2 is loaded when a window is wanted, not before: linked in, it would bring 47 libraries and
 * several milliseconds into every start, and most starts want no window.
 */
#include "window.h"
#include "options.h"

#include <stddef.h>

#define NO_WINDOW "--display png writes a file, --display text draws in the terminal"

#ifdef NO_SDL

bool window_open(const char *title, unsigned width, unsigned height)
{
    (void)title, (void)width, (void)height;
    say("no window, this launcher was built without SDL2 (make deps installs it); " NO_WINDOW);
    return false;
}

void window_poll(struct screen_events *e)
{
    (void)e;
}

void window_draw(uint32_t *pixels, unsigned width, unsigned height, const char *title)
{
    (void)pixels, (void)width, (void)height, (void)title;
}

void window_close(void)
{
}

#else

#include <SDL.h>
#include <dlfcn.h>
#include <string.h>

/* What we use of SDL2, and where it is once it is loaded. */
#define FUNCTIONS(X) \
    X(SetMainReady) X(SetHint) X(Init) X(Quit) X(GetError) X(CreateWindow) X(DestroyWindow) \
    X(SetWindowTitle) X(StartTextInput) X(PollEvent) X(GetWindowSurface) X(UpdateWindowSurface) \
    X(CreateRGBSurfaceWithFormatFrom) X(FreeSurface) X(FillRect) X(UpperBlitScaled)

#define POINTER(name) __typeof__(SDL_##name) *name;
static struct { FUNCTIONS(POINTER) } sdl;

static SDL_Window *window;

static bool load(void)
{
    static const char *const names[] = {
        "libSDL2-2.0.so.0", "libSDL2-2.0.0.dylib", "/opt/homebrew/lib/libSDL2-2.0.0.dylib",
        "/usr/local/lib/libSDL2-2.0.0.dylib"
    };
    void *library = NULL, *address;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && library == NULL; i++)
        library = dlopen(names[i], RTLD_NOW);
#define FIND(name) \
        && (address = dlsym(library, "SDL_" #name), memcpy(&sdl.name, &address, sizeof address), \
            address != NULL)
    return library != NULL FUNCTIONS(FIND);
}

bool window_open(const char *title, unsigned width, unsigned height)
{
    if (!load()) {
        say("no window, SDL2 is not installed (make deps installs it); " NO_WINDOW);
        return false;
    }
    sdl.SetMainReady();                                 /* main() is ours, */
    sdl.SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");      /* and so are Ctrl-C and TERM */
    sdl.SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    sdl.SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");        /* nothing here needs OpenGL */
    if (sdl.Init(SDL_INIT_VIDEO) == 0)
        window = sdl.CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                  (int)width, (int)height, SDL_WINDOW_RESIZABLE);
    if (window == NULL) {
        say("no window, SDL says: %s; " NO_WINDOW, sdl.GetError());
        sdl.Quit();
        return false;
    }
    sdl.StartTextInput();
    return true;
}

void window_close(void)
{
    sdl.DestroyWindow(window);
    sdl.Quit();
    window = NULL;
}

/* As large as fits, in the middle, with black around it. */
void window_draw(uint32_t *pixels, unsigned width, unsigned height, const char *title)
{
    SDL_Surface *to = sdl.GetWindowSurface(window);
    SDL_Surface *from = sdl.CreateRGBSurfaceWithFormatFrom(pixels, (int)width, (int)height, 32,
                                                           (int)width * 4, SDL_PIXELFORMAT_RGB888);

    if (title != NULL)
        sdl.SetWindowTitle(window, title);
    if (to != NULL && from != NULL) {
        int64_t scaled = (int64_t)to->w * from->h;      /* the height, times from->w */
        bool wide = scaled <= (int64_t)to->h * from->w;
        int w = wide ? to->w : (int)((int64_t)to->h * from->w / from->h);
        int h = wide ? (int)(scaled / from->w) : to->h;
        SDL_Rect place = { (to->w - w) / 2, (to->h - h) / 2, w, h };

        sdl.FillRect(to, NULL, 0);
        sdl.UpperBlitScaled(from, NULL, to, &place);
        sdl.UpdateWindowSurface(window);
    }
    sdl.FreeSurface(from);
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
    e->exposed = true;
    e->closed |= w->event == SDL_WINDOWEVENT_CLOSE;
    if (w->event == SDL_WINDOWEVENT_RESIZED) {
        e->resized = true;
        e->width = (unsigned)w->data1;
        e->height = (unsigned)w->data2;
    }
}

/* What is typed goes to the guest. An `s` saves a picture, too. */
void window_poll(struct screen_events *e)
{
    SDL_Event event;

    while (sdl.PollEvent(&event)) {
        e->closed |= event.type == SDL_QUIT;
        if (event.type == SDL_WINDOWEVENT)
            changed(e, &event.window);
        if (event.type == SDL_KEYDOWN)
            key(e, &event.key.keysym);
        if (event.type == SDL_TEXTINPUT) {
            e->picture |= strcmp(event.text.text, "s") == 0;
            type(e, event.text.text);
        }
    }
}

#endif
