/* drawn.c - the kernel's pictures, drawn a second time, and the other way round
 *
 * The kernel paints shapes one over the other. Here each pixel is asked which shape it belongs to,
 * the uppermost first: what is wrong with one way of drawing need not be wrong with the other. */
#include "drawn.h"
#include "machine.h"

#include <stdlib.h>

#define IN(v, from, to) ((v) >= (from) && (v) <= (to))          /* both ends belong to it */

static const uint32_t colours[5] = { 0xff5733, 0xffc300, 0x28b463, 0x3498db, 0x9b59b6 };

/* The panel x 20..1259, y 70..329 and what is on it. Lifted squares are 18 rows higher, and leave a
 * shadow of the frame's size 12 pixels to the right of it and 35 below; each square is drawn with
 * its ground, from 5 pixels left of it on, 222 wide. 1 if the pixel lies on the panel. */
static int on_panel(int x, int y, unsigned lifted, uint32_t *colour)
{
    int i;

    if (!IN(x, 20, 1259) || !IN(y, 70, 329))
        return 0;
    *colour = 0x1a1a2e;
    for (i = 0; i < 5; i++) {
        const int left = 50 + 230 * i, up = lifted >> i & 1, top = up ? 82 : 100;

        if (IN(x, left, left + 199) && IN(y, top, top + 199))
            *colour = colours[i];
        else if (IN(x, left - 5, left + 204) && IN(y, top - 5, top + 204))
            *colour = 0xffffff;
        else if (up && IN(x, left + 7, left + 216) && IN(y, 112, 321))
            *colour = 0x0d0d17;
    }
    return 1;
}

static uint32_t squares(int x, int y, unsigned lifted)
{
    uint32_t colour;

    if (on_panel(x, y, lifted, &colour))
        return colour;
    return y < 40 ? 0x2c3e50 : 0xffffff;
}

/* Lines, corners, blocks along the edges. */
static int on_edge(int x, int y, int w, int h, uint32_t *colour)
{
    const int left = x < 30, right = x >= w - 30, top = y < 30, bottom = y >= h - 30;

    if (x == 0 || y == 0 || x == w - 1 || y == h - 1)
        *colour = 0xff2020;
    else if ((left || right) && (top || bottom)) {
        const int cx = left ? x : x - (w - 30), cy = top ? y : y - (h - 30);
        *colour = top ? (left ? 0xff0000 : 0x00ff00) : (left ? 0x0000ff : 0xffff00);
        if (IN(cx, 10, 19) && IN(cy, 10, 19))
            *colour = 0;
    } else if (x < 10 || x >= w - 10)
        *colour = y / 20 % 2 ? 0x000000 : 0xffffff;
    else if (y < 10 || y >= h - 10)
        *colour = x / 20 % 2 ? 0x000000 : 0xffffff;
    else
        return 0;
    return 1;
}

/* The bar with combs and channels, which may reach over its ends if the picture is narrow. */
static int on_bar(int x, int y, int w, uint32_t *colour)
{
    static const uint32_t channel[8] = {
        0xff0000, 0x00ff00, 0x0000ff, 0x00ffff, 0xff00ff, 0xffff00, 0xffffff, 0x000000
    };
    int i;

    if (IN(y, 15, 34) && IN(x, 400, 879)) {
        *colour = channel[(x - 400) / 60];
        return 1;
    }
    for (i = 2; i >= 0 && IN(y, 15, 34); i--) {
        const int teeth = 1 << i, upright = 60 + 90 * i, lying = w - 320 + 90 * i;

        if (IN(x, lying, lying + 79))
            *colour = (y - 15) / teeth % 2 ? 0x000000 : 0xffffff;
        else if (IN(x, upright, upright + 79))
            *colour = (x - upright) / teeth % 2 ? 0x000000 : 0xffffff;
        else
            continue;
        return 1;
    }
    *colour = 0x2c3e50;
    return IN(y, 10, 39) && IN(x, 40, w - 41);
}

static int on_ramps(int x, int y, int w, uint32_t *colour)
{
    const uint32_t value = (uint32_t)((x - 40) * 255 / (w - 81));

    if (!IN(x, 40, w - 41) || !IN(y, 340, 379))
        return 0;
    if (y < 350)
        *colour = value << 16;
    else if (y < 360)
        *colour = value << 8;
    else if (y < 370)
        *colour = value;
    else
        *colour = value << 16 | value << 8 | value;
    return 1;
}

static int on_checks(int x, int y, uint32_t *colour)
{
    static const int top[4] = { 100, 153, 206, 259 }, field[4] = { 1, 2, 5, 10 };
    int i;

    for (i = 0; i < 4; i++)
        if (IN(x, 1200, 1239) && IN(y, top[i], top[i] + 39)) {
            *colour = ((x - 1200) / field[i] + (y - top[i]) / field[i]) % 2 ? 0x000000 : 0xffffff;
            return 1;
        }
    return 0;
}

static uint32_t ground(int x, int y)
{
    return x % 40 == 0 || y % 40 == 0 ? 0x222b3c : 0x121722;
}

static uint32_t card(int x, int y, int w, int h, unsigned lifted)
{
    uint32_t colour;

    if (on_checks(x, y, &colour) || on_panel(x, y, lifted, &colour) ||
        on_edge(x, y, w, h, &colour))
        return colour;
    if (h > 440 && IN(x, 20, w - 21) && IN(y, 400, h - 21))
        return IN(x, 22, w - 23) && IN(y, 402, h - 23) ? 0x0b0f17 : 0x2c3e50;
    if (on_bar(x, y, w, &colour) || on_ramps(x, y, w, &colour))
        return colour;
    return ground(x, y);
}

uint32_t drawn_pixel(enum drawn what, unsigned lifted, uint32_t x, uint32_t y, uint32_t width,
                     uint32_t height)
{
    if (what == DRAWN_SQUARES)
        return squares((int)x, (int)y, lifted);
    if (what == DRAWN_BOUNCE)
        return ground((int)x, (int)y);
    return card((int)x, (int)y, (int)width, (int)height, lifted);
}

static int is_text(enum drawn what, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    return what == DRAWN_CARD && height > 440 && IN(x, 22, width - 23) && IN(y, 402, height - 23);
}

/* Letters have one of two colours, and there are some. */
static int is_letter(uint32_t pixel) { return pixel == 0xd5dde8 || pixel == 0x7f93a8; }

int drawn_same(enum drawn what, unsigned lifted, const uint32_t *pixels, uint32_t width,
               uint32_t height, int loud)
{
    uint32_t x, y, wrong = 0, letters = 0;

    for (y = 0; y < height; y++)
        for (x = 0; x < width; x++) {
            const uint32_t want = drawn_pixel(what, lifted, x, y, width, height);
            const uint32_t is = pixels[(size_t)y * width + x];

            if (is == want)
                continue;
            if (is_text(what, x, y, width, height) && is_letter(is))
                letters++;
            else if (!wrong++ && loud)
                note("first wrong pixel at %u,%u: %06x instead of %06x", x, y, is, want);
        }
    if (wrong && loud)
        note("%u of %u pixels are wrong", wrong, width * height);
    if (what == DRAWN_CARD && height > 440 && letters < 1000) {
        wrong++;
        if (loud)
            note("there is no text on the card");
    }
    return wrong == 0;
}

uint64_t drawn_sum(enum drawn what, const uint32_t *pixels, uint32_t width, uint32_t height)
{
    uint64_t sum = 0xcbf29ce484222325u;
    uint32_t x, y;

    for (y = 0; y < height; y++)
        for (x = 0; x < width; x++)
            if (!is_text(what, x, y, width, height))
                sum = (sum ^ pixels[(size_t)y * width + x]) * 0x100000001b3u;
    return sum;
}
