/* The window under Xvfb: an X client of our own, beside SDL's, looks at its pixels, types, resizes
 * and closes it. What the rest of screen.c does is in test_screen.c. */
#include "tests/world/tap.h"

#if defined(NO_SDL) || !__has_include(<X11/Xlib.h>)

int main(void)
{
    tap_skip_all("SDL2 or libX11 is not installed");
}

#else

#include "examples/vmm/host/clock.h"
#include "examples/vmm/host/screen.h"

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/keysym.h>
#include <png.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the libraries below SDL never free is not ours. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

enum { WIDTH = 320, HEIGHT = 200 };

static pid_t server;
static Display *x;                      /* our own connection */
static Window window;                   /* SDL's */
static char folder[] = "/tmp/vb-window.XXXXXX", said[100], picture[100];
static struct options o;
static struct backlog terminal;
static struct screen s;
static struct screen_events happened;   /* all since the last time it was cleared */

static void shut_down(void)
{
    char command[100];

    if (server > 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        tap_note("%s is left behind", folder);
}

/* Xvfb chooses its number and tells it through a pipe. */
static void start_server(void)
{
    char number[16] = "", display[32], descriptor[16];
    int ends[2];
    ssize_t n;

    if (pipe(ends) != 0)
        tap_bail("no pipe");
    server = fork();
    if (server == 0) {
        snprintf(descriptor, sizeof descriptor, "%d", ends[1]);
        execlp("timeout", "timeout", "100", "Xvfb", "-displayfd", descriptor, "-screen", "0",
               "1600x1400x24", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    n = read(ends[0], number, sizeof number - 1);
    close(ends[0]);
    if (n <= 0)
        tap_bail("Xvfb does not start");
    snprintf(display, sizeof display, ":%d", atoi(number));
    setenv("DISPLAY", display, 1);
    setenv("SDL_VIDEODRIVER", "x11", 1);
    unsetenv("WAYLAND_DISPLAY");
    x = XOpenDisplay(NULL);
    if (x == NULL)
        tap_bail("no connection to Xvfb on %s", display);
}

/* Windows go away between a question and its answer. */
static int ignore_error(Display *display, XErrorEvent *event)
{
    (void)display, (void)event;
    return 0;
}

/* The window whose name begins so, anywhere on the screen. */
static Window find_window(Window below, const char *name)
{
    Window root, parent, *children = NULL, found = None;
    unsigned count = 0;
    char *text = NULL;

    if (XFetchName(x, below, &text) && strncmp(text, name, strlen(name)) == 0)
        found = below;
    XFree(text);
    if (found == None && XQueryTree(x, below, &root, &parent, &children, &count))
        for (unsigned i = 0; i < count && found == None; i++)
            found = find_window(children[i], name);
    if (children != NULL)
        XFree(children);
    return found;
}

static void turn(void)
{
    struct screen_events e;

    screen_poll(&s, 0, &e);
    happened.closed |= e.closed;
    happened.picture |= e.picture;
    if (e.resized) {
        happened.resized = true;
        happened.width = e.width;
        happened.height = e.height;
    }
    memcpy(happened.typed + happened.typed_count, e.typed, e.typed_count);
    happened.typed_count += e.typed_count;
    usleep(5000);
}

/* Polls until the condition holds, ten seconds at most. */
#define SOON(condition) \
    do { \
        double until = now() + 10; \
        while (!(condition) && now() < until) \
            turn(); \
        need(condition, "%s, even after ten seconds", "never: " #condition); \
    } while (0)

/* One pixel of the window, 0x00RRGGBB; all ones if it cannot be read. */
static uint32_t pixel(int column, int row)
{
    XImage *image = XGetImage(x, window, column, row, 1, 1, AllPlanes, ZPixmap);
    unsigned long value;

    if (image == NULL)
        return UINT32_MAX;
    value = XGetPixel(image, 0, 0);
    XDestroyImage(image);
    return value & 0xffffff;
}

/* ---- What a guest shows: a picture in which every pixel is another ------------------------- */

static uint32_t pixels[WIDTH * HEIGHT];
static struct gpu_frame frame = { WIDTH, HEIGHT, pixels, 0, false };

static uint32_t colour(unsigned column, unsigned row)
{
    return (column * 255 / WIDTH) << 16 | row << 8 | ((column + row) & 255);
}

static void show(void)
{
    const struct gpu_rect all = { 0, 0, WIDTH, HEIGHT };

    for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i] = colour(i % WIDTH, i / WIDTH);
    frame.number++;
    frame.whole = true;
    screen_show(&s, &frame, &all);
}

static bool is_shown(void)
{
    XImage *image = XGetImage(x, window, 0, 0, WIDTH, HEIGHT, AllPlanes, ZPixmap);
    bool right = image != NULL;

    for (int i = 0; i < WIDTH * HEIGHT && right; i++)
        right = (XGetPixel(image, i % WIDTH, i / WIDTH) & 0xffffff) == pixels[i];
    if (image != NULL)
        XDestroyImage(image);
    return right;
}

/* ---- The tests, each on the window that the one before has left ---------------------------- */

static void opens(void *unused)
{
    XWindowAttributes a;

    (void)unused;
    need(screen_open(&s, &o, true, &terminal), "no window");
    need(o.display == DISPLAY_WINDOW && screen_timeout(&s) > 0 && screen_timeout(&s) <= 17,
         "display %d, looked at every %d ms", (int)o.display, screen_timeout(&s));
    SOON((window = find_window(DefaultRootWindow(x), "guest.img")) != None);
    need(XGetWindowAttributes(x, window, &a) && a.width == WIDTH && a.height == HEIGHT,
         "its size is %dx%d", a.width, a.height);
}

static void pixel_by_pixel(void *unused)
{
    (void)unused;
    show();
    SOON(is_shown());
}

static void only_damage(void *unused)
{
    const struct gpu_rect part = { 10, 20, 3, 2 };

    (void)unused;
    pixels[20 * WIDTH + 9] = pixels[20 * WIDTH + 10] = 0xabcdef;
    frame.number++;
    screen_show(&s, &frame, &part);
    SOON(pixel(10, 20) == 0xabcdef);
    need(pixel(9, 20) == colour(9, 20), "what was not damaged was taken");
    show();
}

static void title(void *unused)
{
    char name[40];

    (void)unused;
    snprintf(name, sizeof name, "guest.img - %dx%d - ", WIDTH, HEIGHT);
    SOON(find_window(DefaultRootWindow(x), name) == window);
}

static void rate(void *unused)
{
    double before = s.drawn, start = now();
    unsigned drawn = 0, frames = 0;

    (void)unused;
    while (now() < start + 0.5) {
        struct screen_events e;

        show();
        frames++;
        screen_poll(&s, 0, &e);
        drawn += s.drawn > before;
        before = s.drawn;
    }
    need(drawn <= 31 && (drawn >= 5 || frames < 10), "%u of %u frames were drawn in half a second",
         drawn, frames);
}

static void uncovered(void *unused)
{
    XSetWindowAttributes a = { .override_redirect = True, .background_pixel = 0xff00ff };
    Window above;

    (void)unused;
    show();
    SOON(is_shown());
    above = XCreateWindow(x, DefaultRootWindow(x), 0, 0, 1600, 1400, 0, CopyFromParent,
                          InputOutput, CopyFromParent, CWOverrideRedirect | CWBackPixel, &a);
    XMapRaised(x, above);
    XSync(x, False);
    need(!is_shown(), "the other window is not above ours");
    XDestroyWindow(x, above);
    XSync(x, False);
    SOON(is_shown());
}

/* ---- Keys ---------------------------------------------------------------------------------- */

static void send_key(int type, KeySym symbol, unsigned state)
{
    XKeyEvent e = { .type = type, .display = x, .window = window, .time = CurrentTime,
                    .root = DefaultRootWindow(x), .same_screen = True, .state = state,
                    .keycode = XKeysymToKeycode(x, symbol) };

    XSendEvent(x, window, True, KeyPressMask | KeyReleaseMask, (XEvent *)&e);
    XSync(x, False);
}

static void press(KeySym symbol, unsigned state)
{
    send_key(KeyPress, symbol, state);
    send_key(KeyRelease, symbol, state);
}

static void typed(void *unused)
{
    static const char wanted[] = "hi\r\177\t\003S";

    (void)unused;
    memset(&happened, 0, sizeof happened);
    press(XK_h, 0);
    press(XK_i, 0);
    press(XK_Return, 0);
    press(XK_BackSpace, 0);
    press(XK_Tab, 0);
    send_key(KeyPress, XK_Control_L, 0);
    press(XK_c, ControlMask);
    send_key(KeyRelease, XK_Control_L, ControlMask);
    press(XK_S, ShiftMask);
    SOON(happened.typed_count >= sizeof wanted - 1);
    need(memcmp(happened.typed, wanted, sizeof wanted - 1) == 0, "typed: %.*s",
         (int)happened.typed_count, happened.typed);
    need(!happened.picture, "a picture that nobody wanted");
}

static bool picture_is_there(void)
{
    png_image image;
    bool good;

    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    good = png_image_begin_read_from_file(&image, picture) != 0 && image.width == WIDTH
        && image.height == HEIGHT;
    png_image_free(&image);
    return good;
}

static void saved(void *unused)
{
    static char text[1 << 16];          /* the server's xkbcomp may have warned at length */
    FILE *f;

    (void)unused;
    memset(&happened, 0, sizeof happened);
    need(access(picture, F_OK) != 0, "there is one already");
    press(XK_s, 0);
    SOON(happened.picture && picture_is_there());
    fflush(stderr);
    f = fopen(said, "r");
    need(f != NULL && fread(text, 1, sizeof text - 1, f) > 0 && strstr(text, "the picture is in"),
         "said: %s", text);
    fclose(f);
    need(happened.typed_count == 1 && happened.typed[0] == 's', "the guest does not hear it");
}

/* ---- Size ---------------------------------------------------------------------------------- */

static void resized(void *unused)
{
    (void)unused;
    memset(&happened, 0, sizeof happened);
    XResizeWindow(x, window, 640, 600);
    XSync(x, False);
    SOON(happened.resized);
    need(happened.width == 640 && happened.height == 600, "to %ux%u", happened.width,
         happened.height);
    SOON(pixel(320, 300) == colour(160, 100));          /* twice as large, in the middle, */
    need(pixel(320, 50) == 0 && pixel(320, 550) == 0, "and black above and below");
}

static void another_size(void *unused)
{
    static uint32_t larger[640 * 600];
    const struct gpu_frame f = { 640, 600, larger, frame.number + 1, true };
    const struct gpu_rect all = { 0, 0, 640, 600 };

    (void)unused;
    for (unsigned i = 0; i < 640 * 600; i++)
        larger[i] = i;
    screen_show(&s, &f, &all);
    SOON(pixel(639, 599) == 640 * 600 - 1);
    need(pixel(0, 0) == 0 && pixel(1, 1) == 641, "it is not pixel by pixel");
    frame.number++;
}

static void off(void *unused)
{
    (void)unused;
    screen_off(&s);
    SOON(pixel(639, 599) == 0 && pixel(320, 300) == 0);
}

/* ---- Two threads --------------------------------------------------------------------------- */

static atomic_bool enough;

static void *guest(void *unused)
{
    while (!atomic_load(&enough))
        show();
    return unused;
}

static void threads(void *unused)
{
    pthread_t thread;
    unsigned long before = frame.number;
    double start = now();

    (void)unused;
    need(pthread_create(&thread, NULL, guest, NULL) == 0, "no thread");
    for (int i = 0; now() < start + 0.5; i++) {
        if (i % 10 == 0)
            XResizeWindow(x, window, 300 + (unsigned)i % 100, 200 + (unsigned)i % 50);
        XSync(x, False);
        turn();
    }
    atomic_store(&enough, true);
    pthread_join(thread, NULL);
    need(frame.number > before + 3, "only %lu frames", frame.number - before);
    XResizeWindow(x, window, WIDTH, HEIGHT);
    XSync(x, False);
    SOON(is_shown());
}

/* ---- The end ------------------------------------------------------------------------------- */

/* As a window manager does it. */
static void close_window(void)
{
    XClientMessageEvent e = { .type = ClientMessage, .window = window, .format = 32,
                              .message_type = XInternAtom(x, "WM_PROTOCOLS", False) };

    e.data.l[0] = (long)XInternAtom(x, "WM_DELETE_WINDOW", False);
    XSendEvent(x, window, False, NoEventMask, (XEvent *)&e);
    XSync(x, False);
}

static void closed(void *unused)
{
    (void)unused;
    memset(&happened, 0, sizeof happened);
    close_window();
    SOON(happened.closed);
    need(screen_close(&s), "there was a whole picture");
    XSync(x, False);
    need(find_window(DefaultRootWindow(x), "guest.img") == None, "the window is still there");
}

static void again(void *unused)
{
    (void)unused;
    o.display = DISPLAY_AUTO;
    need(screen_open(&s, &o, true, &terminal) && o.display == DISPLAY_WINDOW, "no window");
    need(!screen_close(&s), "a picture that nobody drew");
}

static void nowhere(void *unused)
{
    (void)unused;
    setenv("DISPLAY", ":4711", 1);
    o.display = DISPLAY_WINDOW;
    need(!screen_open(&s, &o, true, &terminal), "a window on no screen");
    o.display = DISPLAY_AUTO;
    need(screen_open(&s, &o, true, &terminal) && o.display == DISPLAY_PNG, "it is %d",
         (int)o.display);
    screen_close(&s);
}

/* ---- The launcher itself, where /dev/kvm opens --------------------------------------------- */

static char launcher[300], kernel[300];

static const char *cannot_boot(void)
{
    const char *out = getenv("OUT");
    struct utsname host;

    uname(&host);
    snprintf(launcher, sizeof launcher, "%s/vmm-kvm", out != NULL ? out : "out");
    snprintf(kernel, sizeof kernel, "%s/%s/kernel.img", out != NULL ? out : "out", host.machine);
    return access(launcher, X_OK) != 0 || access(kernel, R_OK) != 0 ? "needs vmm-kvm and its kernel"
         : access("/dev/kvm", R_OK | W_OK) != 0 ? "needs /dev/kvm" : NULL;
}

static pid_t boot(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        if (freopen("/dev/null", "r", stdin) == NULL || freopen(said, "w", stdout) == NULL
            || freopen(said, "w", stderr) == NULL)
            _exit(127);
        execlp("timeout", "timeout", "60", launcher, kernel, "--display", "window", "-m", "64M",
               "--screenshot", picture, "--trace=gpu_command", "--append", "demo=squares",
               (char *)NULL);
        _exit(127);
    }
    return pid;
}

static bool was_said(const char *words, unsigned times)
{
    static char text[65536];
    FILE *f = fopen(said, "r");
    size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;

    text[n] = 0;
    if (f != NULL)
        fclose(f);
    for (const char *p = text; (p = strstr(p, words)) != NULL; p++)
        if (--times == 0)
            return true;
    return false;
}

/* Its emulation of a CPU may be slow. */
#define AWAIT(condition) \
    do { \
        double until = now() + 40; \
        while (!(condition) && now() < until) \
            usleep(20000); \
        need(condition, "%s, even after forty seconds", "never: " #condition); \
    } while (0)

static void see_the_squares(void)
{
    AWAIT((window = find_window(DefaultRootWindow(x), "kernel.img")) != None);
    AWAIT(pixel(50, 100) == 0xff5733 && pixel(1169, 299) == 0x9b59b6 && pixel(0, 39) == 0x2c3e50
          && pixel(1279, 719) == 0xffffff);
}

static void ends_with(pid_t pid, int code)
{
    int status;

    waitpid(pid, &status, 0);
    need(WIFEXITED(status) && WEXITSTATUS(status) == code, "status 0x%x, not exit code %d",
         (unsigned)status, code);
}

static void boots(void *unused)
{
    pid_t pid = boot();

    (void)unused;
    see_the_squares();
    XResizeWindow(x, window, 640, 360);
    XSync(x, False);
    AWAIT(was_said("GET_DISPLAY_INFO", 2));
    AWAIT(pixel(25, 50) == 0xff5733 && pixel(584, 149) == 0x9b59b6);
    press(XK_s, 0);
    AWAIT(was_said("the picture is in", 1));
    press(XK_q, 0);
    ends_with(pid, 0);
}

static void is_closed(void *unused)
{
    pid_t pid = boot();

    (void)unused;
    see_the_squares();
    close_window();
    ends_with(pid, 0);
}

int main(void)
{
    const char *why_not;

    tap_begin(240);
    tap_needs("Xvfb");
    if (mkdtemp(folder) == NULL)
        tap_bail("no temporary folder");
    atexit(shut_down);
    snprintf(picture, sizeof picture, "%s/picture.png", folder);
    snprintf(said, sizeof said, "%s/said", folder);
    if (freopen(said, "w", stderr) == NULL)
        tap_bail("no %s", said);
    o = (struct options){ .kernel = "somewhere/guest.img", .width = WIDTH, .height = HEIGHT,
                          .display = DISPLAY_WINDOW, .screenshot = picture };
    start_server();
    XSetErrorHandler(ignore_error);
    tap_run("a window of the display's size opens", opens, NULL);
    tap_run("it shows the frame, pixel by pixel", pixel_by_pixel, NULL);
    tap_run("only what was damaged is taken", only_damage, NULL);
    tap_run("its title tells size and frames per second", title, NULL);
    tap_run("it is drawn 60 times a second at most", rate, NULL);
    tap_run("what was covered is drawn again", uncovered, NULL);
    tap_run("what is typed is for the guest", typed, NULL);
    tap_run("s saves a picture", saved, NULL);
    tap_run("a new size is told, and the picture scaled in its shape", resized, NULL);
    tap_run("a frame of the new size fills it", another_size, NULL);
    tap_run("a scanout that is off is black", off, NULL);
    tap_run("a guest that draws while the window changes", threads, NULL);
    tap_run("it is closed, and gone", closed, NULL);
    tap_run("a window where there is a screen", again, NULL);
    why_not = cannot_boot();
    if (why_not != NULL) {
        tap_skip("vmm-kvm in a window: picture, size, keys", why_not);
        tap_skip("vmm-kvm ends when its window is closed", why_not);
    } else {
        tap_run("vmm-kvm in a window: picture, size, keys", boots, NULL);
        tap_run("vmm-kvm ends when its window is closed", is_closed, NULL);
    }
    tap_run("no screen: a refusal, or a file", nowhere, NULL);
    return tap_end();
}

#endif
