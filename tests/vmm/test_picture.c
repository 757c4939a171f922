/* test_picture.c - the picture as file, as text, as frames, in a window: compared pixel by pixel. */
#include "run.h"

#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WIDTH = 64, HEIGHT = 48 };       /* of the guest's picture */

static struct run r;

static bool out_has(const char *text)
{
    return strstr(r.out, text) != NULL;
}

static bool err_has(const char *text)
{
    return strstr(r.err, text) != NULL;
}

#define RUN "exec $VMM $GUEST --transport mmio "

/* ---- Files -------------------------------------------------------------------------------- */

static void put(uint8_t *pixel, uint32_t colour)
{
    pixel[0] = (uint8_t)(colour >> 16);
    pixel[1] = (uint8_t)(colour >> 8);
    pixel[2] = (uint8_t)colour;
}

/* The guest's picture, typed a second time. */
static void expected(uint8_t *rgb, uint32_t top_left)
{
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++)
            put(rgb + (y * WIDTH + x) * 3, x < 32 && y < 24 ? top_left : y < 24 ? 0x00ff00
                                           : x < 32 ? 0x0000ff : 0xffffff);
}

/* Is the file a PNG with exactly the guest's picture? Otherwise why[] tells what it is. */
static char why[300];

static bool png_is(const char *path, uint32_t top_left)
{
    static uint8_t want[WIDTH * HEIGHT * 3], have[WIDTH * HEIGHT * 3];
    png_image image;

    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_file(&image, path)) {
        snprintf(why, sizeof why, "%s: %s", path, image.message);
        return false;
    }
    image.format = PNG_FORMAT_RGB;
    snprintf(why, sizeof why, "%s: %ux%u", path, image.width, image.height);
    if (image.width != WIDTH || image.height != HEIGHT
        || !png_image_finish_read(&image, NULL, have, 0, NULL)) {
        png_image_free(&image);
        return false;
    }
    expected(want, top_left);
    for (size_t i = 0; i < sizeof want; i++)
        if (want[i] != have[i]) {
            snprintf(why, sizeof why, "%s: pixel %zu,%zu has %02x, wanted %02x", path, i / 3 % WIDTH,
                     i / 3 / WIDTH, have[i], want[i]);
            return false;
        }
    return true;
}

static void files(void)
{
    static const char head[] = "P6\n64 48\n255\n";
    static uint8_t want[WIDTH * HEIGHT * 3];
    struct stat status;
    FILE *f;

    run(&r, "cd $DIR; " RUN "--append 'guest: draw whole off'");
    check(r.code == 0 && png_is(path_in_dir("screen.png"), 0xff0000), "screen.png is the guest's picture",
          "code %d, %s\n%s", r.code, why, r.err);
    check(err_has("the picture is in screen.png (64x48)"), "... and it is said where it is",
          SEEN);

    run(&r, RUN "--screenshot $DIR/shot.ppm --append 'guest: draw whole off'");
    expected(want, 0xff0000);
    f = fopen(path_in_dir("shot.ppm"), "rb");
    if (f != NULL) {
        static uint8_t have[sizeof want + sizeof head];
        size_t n = fread(have, 1, sizeof have, f);

        fclose(f);
        check(n == sizeof want + sizeof head - 1 && memcmp(have, head, sizeof head - 1) == 0
              && memcmp(have + sizeof head - 1, want, sizeof want) == 0,
              "--screenshot shot.ppm is the picture as PPM", "%zu bytes", n);
    } else {
        check(false, "--screenshot shot.ppm is the picture as PPM", "no file\n%s", r.err);
    }

    run(&r, RUN "--display none --screenshot $DIR/none.png --append 'guest: draw whole off'");
    check(r.code == 0 && png_is(path_in_dir("none.png"), 0xff0000),
          "a picture file that is named is written without a display, too", "%s\n%s", why, r.err);

    unlink(path_in_dir("screen.png"));
    run(&r, "cd $DIR; " RUN "--display none --append 'guest: draw whole off'");
    check(r.code == 0 && stat(path_in_dir("screen.png"), &status) != 0,
          "--display none writes nothing", SEEN);
}

/* ---- Frames ------------------------------------------------------------------------------- */

static void frames(void)
{
    unsigned there = 0, right = 0;
    char path[800];

    run(&r, RUN "--display none --frames $DIR/frames --trace --append 'guest: draw frames off'");
    for (unsigned n = 1; n <= 8; n++) {
        snprintf(path, sizeof path, "%s/frame-%06u.png", path_in_dir("frames"), n);
        if (access(path, R_OK) != 0)
            continue;
        there++;
        right += png_is(path, n * 0x100000);
    }
    /* The guest waits 400 ms after each. A host that stands still for longer may skip one. */
    check(r.code == 0 && there >= 6 && right >= there - 1, "--frames writes the frames under their numbers",
          "code %d, %u are there, %u right (%s)\n%s", r.code, there, right, why, r.err);
    check(strstr(r.err, "frames 8 (") != NULL, "... and the last line counts them", SEEN);

    run(&r, RUN "--screenshot $DIR/third.png --exit-after-frames 3 --append 'guest: draw frames'");
    check(r.code == 0 && png_is(path_in_dir("third.png"), 0x300000),
          "--exit-after-frames 3 ends with the third", "code %d, %s\n%s", r.code, why, r.err);
}

/* ---- Text --------------------------------------------------------------------------------- */

/* Half blocks of one colour above another, as often as they must stand in a line. */
static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;

    while ((text = strstr(text, what)) != NULL) {
        text += strlen(what);
        n++;
    }
    return n;
}

#define CELL(upper, lower) "\033[38;2;" upper "m\033[48;2;" lower "m\342\226\200"
#define RED   "255;0;0"
#define GREEN "0;255;0"
#define BLUE  "0;0;255"
#define WHITE "255;255;255"

static void text(void)
{
    /* 80x24 on a terminal of unknown size: 22 lines of 44 pixels, so 58 columns and 21 lines. */
    run(&r, RUN "--display text --append 'guest: draw whole off'");
    check(r.code == 0 && count(r.out, "\n") == 21 && count(r.out, "\342\226\200") == 21 * 58,
          "--display text fits the terminal and keeps the shape", "code %d, %u lines, %u blocks\n%s",
          r.code, count(r.out, "\n"), count(r.out, "\342\226\200"), r.err);
    check(count(r.out, CELL(RED, RED)) == 290 && count(r.out, CELL(GREEN, GREEN)) == 290
          && count(r.out, CELL(BLUE, BLUE)) == 290 && count(r.out, CELL(WHITE, WHITE)) == 290,
          "... in the picture's colours", "%u %u %u %u", count(r.out, CELL(RED, RED)),
          count(r.out, CELL(GREEN, GREEN)), count(r.out, CELL(BLUE, BLUE)), count(r.out, CELL(WHITE, WHITE)));
    check(strncmp(r.out, CELL(RED, RED), sizeof CELL(RED, RED) - 1) == 0 && out_has("\033[0m\n"),
          "... from the upper left, each line reset at its end", "%.60s", r.out);

    run(&r, RUN "--display text --append 'guest: draw off'");
    check(r.code == 37 && r.out[0] == 0, "--display text draws nothing that was not flushed: 37",
          SEEN);

    run_start_on_terminal(&r, RUN "--display text --append 'guest: draw whole echo'");
    check(run_expect(&r, "\033[0m\r\n"), "at a terminal the first frame is shown at once", SEEN);
    run_expect(&r, "echo:");
    run_mark(&r);
    run_type(&r, "\001s", 2);
    check(run_expect(&r, CELL(WHITE, WHITE)), "... and again for Ctrl-A s", SEEN);
    run_type(&r, "\001x", 2);
    run_wait(&r);
    check(r.code == 0 && access(path_in_dir("screen.png"), F_OK) != 0, "... and no file is written",
          SEEN);

    run_start_on_terminal(&r, "cd $DIR; COLORTERM=truecolor " RUN "--display png --append 'guest: draw whole off'");
    check(run_expect(&r, "--display text shows it here"), "a terminal with colours is told of --display text",
          SEEN);
    run_wait(&r);
}

/* ---- A window ----------------------------------------------------------------------------- */

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool picture_at(const uint8_t *screen, size_t line, const uint8_t *want)
{
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++) {
            const uint8_t *have = screen + y * line + x * 4, *p = want + (y * WIDTH + x) * 3;

            if (have[0] != p[2] || have[1] != p[1] || have[2] != p[0])
                return false;
        }
    return true;
}

/* Does the guest's picture stand anywhere on the screen? Xvfb keeps it in a file, in the format of
 * xwd: 25 big-endian words, a name, a table of colours, then lines of blue, green, red, nothing. */
static bool on_screen(const char *path)
{
    static uint8_t file[4 << 20], want[WIDTH * HEIGHT * 3];
    FILE *f = fopen(path, "rb");
    size_t n = f != NULL ? fread(file, 1, sizeof file, f) : 0, start, line, width, height;

    if (f != NULL)
        fclose(f);
    if (n < 100)
        return false;
    width = be32(file + 16);
    height = be32(file + 20);
    line = be32(file + 48);
    start = be32(file) + be32(file + 76) * 12;
    if (be32(file + 44) != 32 || start + line * height > n)
        return false;
    expected(want, 0xff0000);
    for (size_t y = 0; y + HEIGHT <= height; y++)
        for (size_t x = 0; x + WIDTH <= width; x++)
            if (picture_at(file + start + y * line + x * 4, line, want))
                return true;
    return false;
}

static bool comes(const char *path, bool there)
{
    for (int i = 0; i < 200; i++) {
        if (on_screen(path) == there)
            return true;
        usleep(100000);
    }
    return false;
}

static void window_on(const char *screen)
{
    run_start_on_terminal(&r, "DISPLAY=:$(cat $DIR/number) "
                              RUN "--display window --append 'guest: draw whole echo off'");
    check(comes(screen, true), "--display window shows the guest's picture in a window", SEEN);
    run_expect(&r, "echo:");
    run_type(&r, "q", 1);
    run_wait(&r);
    check(r.code == 0, "... and ends when the guest does", SEEN);
    check(comes(screen, false), "... with its window", "it is still there");

    run_start_on_terminal(&r, "DISPLAY=:$(cat $DIR/number) " RUN "--append 'guest: draw whole echo off'");
    check(comes(screen, true), "where there is a screen a window is what one gets", SEEN);
    run_type(&r, "\001x", 2);
    run_wait(&r);
    check(r.code == 0, "... which Ctrl-A x closes", SEEN);
}

static void window(void)
{
    char command[100], screen[800];

    if (!have_program("Xvfb")) {
        skip("--display window shows the guest's picture in a window", "needs Xvfb");
        return;
    }
    run(&r, "timeout 100 Xvfb -displayfd 3 -fbdir $DIR -screen 0 800x600x24 3>$DIR/number >$DIR/xvfb 2>&1 &"
            " echo $!; i=0; while [ ! -s $DIR/number ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i+1)); done");
    snprintf(command, sizeof command, "kill %d", atoi(r.out));
    snprintf(screen, sizeof screen, "%s", path_in_dir("Xvfb_screen0"));
    if (check(file_text(path_in_dir("number"))[0] != 0, "Xvfb starts", "%s", file_text(path_in_dir("xvfb"))))
        window_on(screen);
    run(&r, command);
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
    files();
    frames();
    text();
    window();
    return finish();
}
