/* Frames on their way to files and terminal: which of them are written, when, and what is told. The
 * window is test_window.c's. */
#include "examples/vmm/host/screen.h"
#include "tests/world/tap.h"

#include <poll.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WIDTH = 20, HEIGHT = 10 };

static char folder[] = "/tmp/vb-screen.XXXXXX", picture[100], frames[100], said[100];
static struct options o;
static struct backlog terminal;
static struct screen s;
static uint32_t pixels[WIDTH * HEIGHT];
static struct gpu_frame frame;

static void clean_up(void)
{
    char command[100];

    snprintf(command, sizeof command, "chmod -R u+w %s; rm -rf %s", folder, folder);
    if (system(command) != 0)
        tap_note("%s is left behind", folder);
}

static void begin(enum display display, bool interactive)
{
    unlink(picture);
    o = (struct options){ .kernel = "guest.img", .width = WIDTH, .height = HEIGHT,
                          .display = display, .screenshot = picture };
    frame = (struct gpu_frame){ WIDTH, HEIGHT, pixels, 0, false };
    terminal = (struct backlog){ .fd = -1 };
    if (freopen(said, "w", stderr) == NULL)
        tap_bail("no %s", said);
    need(screen_open(&s, &o, interactive, &terminal), "it does not open");
    need(!s.window && screen_timeout(&s) == -1, "there is a window");
}

static const char *words(void)
{
    static char text[1000];
    FILE *f = fflush(stderr) == 0 ? fopen(said, "r") : NULL;
    size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;

    text[n] = 0;
    if (f != NULL)
        fclose(f);
    return text;
}

/* A flush of everything, in one colour. */
static void flush(uint32_t colour, bool whole)
{
    const struct gpu_rect all = { 0, 0, WIDTH, HEIGHT };

    for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i] = colour;
    frame.number++;
    frame.whole = whole;
    screen_show(&s, &frame, &all);
}

static struct screen_events turn(unsigned why)
{
    struct screen_events e;

    screen_poll(&s, why, &e);
    return e;
}

static bool awake(void)
{
    struct pollfd p = { s.wake, POLLIN, 0 };

    return poll(&p, 1, 0) == 1;
}

/* The colour of a PNG's first and last pixel; -1: no PNG, -2: another size, -3: two colours. */
static long colour_of(const char *path)
{
    static uint8_t rgb[WIDTH * HEIGHT * 3];
    const uint8_t *last = rgb + sizeof rgb - 3;
    png_image image;

    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_file(&image, path))
        return -1;
    image.format = PNG_FORMAT_RGB;
    if (image.width != WIDTH || image.height != HEIGHT) {
        png_image_free(&image);
        return -2;
    }
    png_image_finish_read(&image, NULL, rgb, 0, NULL);
    return memcmp(rgb, last, 3) != 0 ? -3 : (long)rgb[0] << 16 | rgb[1] << 8 | rgb[2];
}

static void last_picture(void *unused)
{
    (void)unused;
    begin(DISPLAY_PNG, false);
    flush(0x123456, false);
    need(!awake() && turn(0).enough == false, "a frame that is not whole is no news");
    flush(0x112233, true);
    need(awake(), "the first whole frame is news");
    turn(0);
    need(!awake(), "the news was heard");
    need(colour_of(picture) == -1, "nobody waits for it: it is written at the end");
    flush(0x445566, true);
    need(!awake(), "the second frame is no news");
    need(screen_close(&s), "there was a picture");
    need(colour_of(picture) == 0x445566, "its colour is 0x%06lx",
         (unsigned long)colour_of(picture));
    need(strstr(words(), "the picture is in") != NULL, "%s", words());
}

static void first_picture(void *unused)
{
    (void)unused;
    begin(DISPLAY_PNG, true);
    flush(0xff0000, true);
    turn(0);
    need(colour_of(picture) == 0xff0000, "somebody waits for the first one");
    flush(0x00ff00, true);
    turn(0);
    need(colour_of(picture) == 0xff0000, "the second one is not written");
    turn(WHY_KEY);
    need(colour_of(picture) == 0x00ff00, "but when it is asked for");
    flush(0x0000ff, true);
    need(screen_close(&s) && colour_of(picture) == 0x0000ff, "and the last one");
}

static void no_picture(void *unused)
{
    (void)unused;
    begin(DISPLAY_PNG, true);
    turn(WHY_KEY);
    need(strstr(words(), "no whole picture yet") != NULL, "%s", words());
    flush(1, false);
    need(!screen_close(&s) && colour_of(picture) == -1, "half a picture was taken for one");

    begin(DISPLAY_PNG, true);
    flush(1, true);
    screen_off(&s);
    need(!screen_close(&s) && colour_of(picture) == -1, "a picture that was switched off");

    begin(DISPLAY_NONE, true);
    need(screen_close(&s), "none was asked for");
}

static void only_damage(void *unused)
{
    const struct gpu_rect part = { 2, 1, 3, 4 };

    (void)unused;
    begin(DISPLAY_PNG, false);
    flush(0, true);
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i] = 0xffffff;
    screen_show(&s, &frame, &part);     /* the same number: a cursor that moved */
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++)
            need((s.pixels[y * WIDTH + x] != 0) == (x >= 2 && x < 5 && y >= 1 && y < 5),
                 "%u,%u is 0x%06x", x, y, s.pixels[y * WIDTH + x]);
    need(s.frames == 1, "%lu frames", s.frames);
    screen_close(&s);
}

static void frames_into_a_folder(void *unused)
{
    char path[200];

    (void)unused;
    begin(DISPLAY_NONE, false);
    o.frames = frames;
    need(display_check_files(&o), "%s", words());
    for (unsigned i = 1; i <= 12; i++)
        flush(i, i > 2);
    screen_show(&s, &frame, &(struct gpu_rect){ 0, 0, 1, 1 });
    for (unsigned i = 1; i <= 13; i++) {
        snprintf(path, sizeof path, "%s/frame-%06u.png", frames, i);
        need(colour_of(path) == (i < 13 ? (long)i : -1), "%s: %ld", path, colour_of(path));
    }
    need(s.written == 12, "%lu are counted", s.written);
    need(screen_close(&s) && words()[0] == 0, "%s", words());
}

static void no_room_for_frames(void *unused)
{
    (void)unused;
    begin(DISPLAY_NONE, false);
    o.frames = "/proc/self";
    flush(1, true);
    flush(2, true);
    turn(0);
    need(strstr(words(), "a frame cannot be written into /proc/self") != NULL && s.written == 0,
         "%s",
         words());
    screen_close(&s);
}

static void enough_frames(void *unused)
{
    (void)unused;
    begin(DISPLAY_PNG, false);
    o.exit_after_frames = 3;
    flush(1, true);
    flush(2, true);
    need(!turn(0).enough, "two are not three");
    flush(3, true);
    need(awake() && turn(0).enough, "three are enough");
    flush(4, true);
    screen_off(&s);
    need(screen_close(&s) && colour_of(picture) == 3, "the third is the last: %ld",
         colour_of(picture));
}

static unsigned blocks(void)
{
    unsigned n = 0;

    for (size_t i = terminal.start; i + 2 < terminal.end; i++)
        n += memcmp(terminal.bytes + i, "\342\226\200", 3) == 0;
    terminal.start = terminal.end;
    return n;
}

static void text(void *unused)
{
    (void)unused;
    begin(DISPLAY_TEXT, true);
    flush(0x102030, true);
    turn(0);
    need(blocks() == WIDTH * HEIGHT / 2, "the first frame is not there");
    flush(0x302010, true);
    turn(0);
    need(blocks() == 0, "the second one was not asked for");
    turn(WHY_KEY);
    need(blocks() == WIDTH * HEIGHT / 2, "a key shows it");
    need(screen_close(&s) && blocks() == 0, "the last one is there already");
    need(colour_of(picture) == -1, "a file that nobody wanted");
    free(terminal.bytes);
}

static void another_size(void *unused)
{
    static uint32_t small[6] = { 1, 2, 3, 4, 5, 6 };
    const struct gpu_frame f = { 3, 2, small, 2, true };

    (void)unused;
    begin(DISPLAY_PNG, false);
    flush(7, true);
    screen_show(&s, &f, &(struct gpu_rect){ 0, 0, 1, 1 });
    need(s.width == 3 && s.height == 2 && memcmp(s.pixels, small, sizeof small) == 0,
         "of a frame of another size all is taken");
    need(screen_close(&s) && colour_of(picture) == -2, "the picture has the old size");
}

int main(void)
{
    tap_begin(60);
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    if (mkdtemp(folder) == NULL)
        tap_bail("no temporary folder");
    atexit(clean_up);
    snprintf(picture, sizeof picture, "%s/picture.png", folder);
    snprintf(frames, sizeof frames, "%s/frames", folder);
    snprintf(said, sizeof said, "%s/said", folder);
    tap_run("a file holds the last whole picture", last_picture, NULL);
    tap_run("with somebody at the terminal the first one, too", first_picture, NULL);
    tap_run("no picture, half a picture, one switched off", no_picture, NULL);
    tap_run("only what was damaged is taken", only_damage, NULL);
    tap_run("another size", another_size, NULL);
    tap_run("--frames: each frame under its number", frames_into_a_folder, NULL);
    tap_run("--frames: a folder that takes nothing", no_room_for_frames, NULL);
    tap_run("--exit-after-frames: no later frame is taken", enough_frames, NULL);
    tap_run("--display text", text, NULL);
    return tap_end();
}
