/* picture.c - what is drawn: squares, a test card, bouncing squares, letters
 *
 * Plain loops over 32-bit pixels, which the compiler widens: this file alone is built with the
 * vector registers, and so runs only with the MMU on. Everything is clipped to the picture.
 *
 * squares      white; a bar 0x2c3e50 over the top 40 rows; a panel 0x1a1a2e, x 20..1259, y 70..329;
 *              on it five squares of 200x200, at x = 50 + 230 i, y = 100, each in a white frame of
 *              5 pixels outside it: 0xff5733 0xffc300 0x28b463 0x3498db 0x9b59b6.
 *
 * card         the same panel and squares in a test card. W and H are the picture's size; later
 *              lines are drawn over earlier ones. Tests type these words a second time.
 *
 *   ground     0x121722; lines of one pixel, 0x222b3c, at every x and y that is a multiple of 40
 *   bar        0x2c3e50, x 40..W-41, y 10..39
 *   combs      white 0xffffff on black 0x000000, y 15..34, each 80 wide: columns of 1, 2 and 4
 *              pixels at x = 60, 150, 240; rows of 1, 2 and 4 at W-320, W-230, W-140. White first.
 *   channels   eight blocks of 60x20 from x = 400 on, y 15..34: red, green, blue, cyan, magenta,
 *              yellow (all 0xff), white, black
 *   ramps      x 40..W-41, ten rows each: red from y 340 on, green 350, blue 360, grey 370; the
 *              value is (x - 40) * 255 / (W - 81), rounded down
 *   text       letters 0xd5dde8, in lines that begin with a blank 0x7f93a8, on 0x0b0f17, in a frame
 *              of 2 pixels, 0x2c3e50, whose outside is x 20..W-21, y 400..H-21; none of it if
 *              H <= 440
 *   edge       blocks of 20x10 (upright 10x20) along all four sides, first white 0xffffff, then
 *              black 0x000000 in turn, counted from the left and from the top; the upright ones
 *              over the others
 *   corners    30x30, upper left red 0xff0000, upper right green 0x00ff00, lower left blue
 *              0x0000ff, lower right yellow 0xffff00; in the middle of each 10x10 black
 *   line       one pixel, 0xff2020, the outermost all around
 *   panel      and squares, as above
 *   checks     40x40 at x = 1200, y = 100, 153, 206, 259: fields of 1, 2, 5 and 10 pixels, white
 *              and black in turn, the upper left one white
 *
 *   What it shows: a wrong pitch leans every upright line; a wrong offset moves the corners; a
 *   wrong order of channels swaps red and blue in blocks and ramps; a clipped edge loses the red
 *   line; a stale corner keeps another picture's colour.
 *
 * bounce       the card's ground, and the five colours in squares of 120x120 that fly over it
 *
 * Letters are drawn twice their size, with their corners cut, so that they look less like
 * stairs. */
#include "kernel.h"

enum {
    WHITE = 0xffffff, BLACK = 0x000000, BAR = 0x2c3e50, PANEL = 0x1a1a2e, SHADE = 0x0d0d17,
    GROUND = 0x121722, GRID = 0x222b3c, PAPER = 0x0b0f17, INK = 0xd5dde8,
    FAINT = 0x7f93a8, EDGE = 0xff2020
};

static const uint32_t square_colour[SQUARE_COUNT] = {
    0xff5733, 0xffc300, 0x28b463, 0x3498db, 0x9b59b6
};

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

static void fill(const picture *p, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                 uint32_t colour)
{
    const uint32_t right = x >= p->width ? x : x + smaller(width, p->width - x);
    const uint32_t bottom = y >= p->height ? y : y + smaller(height, p->height - y);
    uint32_t i;

    for (; y < bottom; y++) {
        uint32_t *row = p->pixels + (size_t)y * p->width;
        for (i = x; i < right; i++)
            row[i] = colour;
    }
}

/* ---- squares --------------------------------------------------------------------------------- */

static void square(const picture *p, uint32_t i, uint32_t y)
{
    const uint32_t x = 50 + 230 * i;

    fill(p, x - 5, y - 5, 210, 210, WHITE);
    fill(p, x, y, 200, 200, square_colour[i]);
}

static void panel(const picture *p)
{
    uint32_t i;

    fill(p, 20, 70, 1240, 260, PANEL);
    for (i = 0; i < SQUARE_COUNT; i++)
        square(p, i, 100);
}

void picture_squares(const picture *p)
{
    fill(p, 0, 0, p->width, p->height, WHITE);
    fill(p, 0, 0, p->width, 40, BAR);
    panel(p);
}

/* Lift a square off the panel, or put it back. Returns what was touched. */
vb_rect picture_lift(const picture *p, uint32_t i, uint32_t up)
{
    const uint32_t x = 50 + 230 * i;
    vb_rect touched;

    touched.x = x - 5;
    touched.y = 70;
    touched.width = 222;
    touched.height = 260;
    fill(p, touched.x, touched.y, touched.width, touched.height, PANEL);
    if (up)
        fill(p, x + 7, 112, 210, 210, SHADE);
    square(p, i, up ? 82 : 100);
    return touched;
}

/* ---- card ------------------------------------------------------------------------------------ */

static void ground(const picture *p)
{
    uint32_t i;

    fill(p, 0, 0, p->width, p->height, GROUND);
    for (i = 0; i < p->width; i += 40)
        fill(p, i, 0, 1, p->height, GRID);
    for (i = 0; i < p->height; i += 40)
        fill(p, 0, i, p->width, 1, GRID);
}

static void combs(const picture *p)
{
    uint32_t teeth, i, k;

    for (teeth = 1, k = 0; teeth <= 4; teeth *= 2, k += 90) {
        fill(p, 60 + k, 15, 80, 20, BLACK);
        fill(p, p->width - 320 + k, 15, 80, 20, BLACK);
        for (i = 0; i < 80; i += 2 * teeth)
            fill(p, 60 + k + i, 15, teeth, 20, WHITE);
        for (i = 0; i < 20; i += 2 * teeth)
            fill(p, p->width - 320 + k, 15 + i, 80, smaller(teeth, 20 - i), WHITE);
    }
}

static void channels(const picture *p)
{
    static const uint32_t colour[8] = {
        0xff0000, 0x00ff00, 0x0000ff, 0x00ffff, 0xff00ff, 0xffff00, WHITE, BLACK
    };
    uint32_t i;

    for (i = 0; i < 8; i++)
        fill(p, 400 + 60 * i, 15, 60, 20, colour[i]);
}

static void ramps(const picture *p)
{
    static const uint32_t channel[4] = { 0x010000, 0x000100, 0x000001, 0x010101 };
    uint32_t i, x;

    for (i = 0; i < 4; i++)
        for (x = 40; x < p->width - 40; x++)
            fill(p, x, 340 + 10 * i, 1, 10, (x - 40) * 255 / (p->width - 81) * channel[i]);
}

static void edge(const picture *p)
{
    uint32_t i;

    for (i = 0; i * 20 < p->width; i++) {
        fill(p, i * 20, 0, 20, 10, i & 1 ? BLACK : WHITE);
        fill(p, i * 20, p->height - 10, 20, 10, i & 1 ? BLACK : WHITE);
    }
    for (i = 0; i * 20 < p->height; i++) {
        fill(p, 0, i * 20, 10, 20, i & 1 ? BLACK : WHITE);
        fill(p, p->width - 10, i * 20, 10, 20, i & 1 ? BLACK : WHITE);
    }
}

static void corner(const picture *p, uint32_t x, uint32_t y, uint32_t colour)
{
    fill(p, x, y, 30, 30, colour);
    fill(p, x + 10, y + 10, 10, 10, BLACK);
}

static void outline(const picture *p, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                    uint32_t line, uint32_t colour)
{
    fill(p, x, y, width, line, colour);
    fill(p, x, y + height - line, width, line, colour);
    fill(p, x, y, line, height, colour);
    fill(p, x + width - line, y, line, height, colour);
}

static void checks(const picture *p)
{
    static const uint32_t field[4] = { 1, 2, 5, 10 };
    uint32_t i, x, y;

    for (i = 0; i < 4; i++)
        for (y = 0; y < 40; y += field[i])
            for (x = 0; x < 40; x += field[i])
                fill(p, 1200 + x, 100 + 53 * i + y, field[i], field[i],
                     (x + y) / field[i] & 1 ? BLACK : WHITE);
}

void picture_card(const picture *p)
{
    const uint32_t w = p->width, h = p->height;

    ground(p);
    fill(p, 40, 10, w - 80, 30, BAR);
    combs(p);
    channels(p);
    ramps(p);
    if (h > 440) {
        fill(p, 20, 400, w - 40, h - 420, PAPER);
        outline(p, 20, 400, w - 40, h - 420, 2, BAR);
    }
    edge(p);
    corner(p, 0, 0, 0xff0000);
    corner(p, w - 30, 0, 0x00ff00);
    corner(p, 0, h - 30, 0x0000ff);
    corner(p, w - 30, h - 30, 0xffff00);
    outline(p, 0, 0, w, h, 1, EDGE);
    panel(p);
    checks(p);
}

/* ---- bounce ---------------------------------------------------------------------------------- */

enum { BALL = 120 };

void picture_bounce(const picture *p) { ground(p); }

/* Where something is after `way` pixels between two walls `room` apart. */
static uint32_t between(uint32_t way, uint32_t room)
{
    way %= 2 * room;
    return way < room ? way : 2 * room - way;
}

static vb_rect ball(const picture *p, uint32_t i, uint32_t frame)
{
    vb_rect r;

    r.x = between(97 * i + (5 + i) * frame, p->width - BALL);
    r.y = between(61 * i + (7 - i) * frame, p->height - BALL);
    r.width = r.height = BALL;
    return r;
}

/* Take square i from where it was in the last frame to where it is in this one; all of them are
 * taken away before any is drawn, so call it for i = 0, 1, ... Returns what was touched. */
vb_rect picture_bounce_step(const picture *p, uint32_t i, uint32_t frame)
{
    vb_rect old = ball(p, i, frame ? frame - 1 : 0);
    vb_rect new_one = ball(p, i, frame);
    uint32_t k, x, y;

    if (i == 0) {
        for (k = 0; k < SQUARE_COUNT; k++) {
            const vb_rect r = ball(p, k, frame ? frame - 1 : 0);
            fill(p, r.x, r.y, BALL, BALL, GROUND);
            for (x = (r.x + 39) / 40 * 40; x < r.x + BALL; x += 40)
                fill(p, x, r.y, 1, BALL, GRID);
            for (y = (r.y + 39) / 40 * 40; y < r.y + BALL; y += 40)
                fill(p, r.x, y, BALL, 1, GRID);
        }
    }
    fill(p, new_one.x, new_one.y, BALL, BALL, WHITE);
    fill(p, new_one.x + 4, new_one.y + 4, BALL - 8, BALL - 8, square_colour[i]);

    old.width = (old.x > new_one.x ? old.x - new_one.x : new_one.x - old.x) + BALL;
    old.height = (old.y > new_one.y ? old.y - new_one.y : new_one.y - old.y) + BALL;
    old.x = smaller(old.x, new_one.x);
    old.y = smaller(old.y, new_one.y);
    return old;
}

/* ---- letters --------------------------------------------------------------------------------- */

/* The characters 32 to 126, and a block for what has no picture: 12 in a row, each 7 by 8. */
static const char letters[8][8][12 * 7 + 1] = {
    { "         ##    ## ##  ## ##   ##   ##   ##  ###    ##      ##   ##                  ",
      "         ##    ## ##  ## ##  ##### ##  ##  ## ##   ##     ##     ##    ## ##   ##   ",
      "         ##    ## ## #########        ##    ###   ##     ##       ##    ###    ##   ",
      "         ##           ## ##  ####    ##    ### ##        ##       ##  ############# ",
      "                     #######    ##  ##    ## ###         ##       ##    ###    ##   ",
      "                      ## ## #####  ##  ## ##  ##          ##     ##    ## ##   ##   ",
      "         ##           ## ##   ##   #   ##  ### ##          ##   ##                  ",
      "                                                                                    " },
    { "                          ## ####    ##    ####   ####     ### ######   ###  ###### ",
      "                         ## ##  ##  ###   ##  ## ##  ##   #### ##      ##    ##  ## ",
      "                        ##  ## ###   ##       ##     ##  ## ## #####  ##        ##  ",
      "       ######          ##   ######   ##     ###    ###  ##  ##     ## #####    ##   ",
      "                      ##    ### ##   ##    ##        ## #######    ## ##  ##   ##   ",
      "  ##            ##   ##     ##  ##   ##   ##     ##  ##     ## ##  ## ##  ##   ##   ",
      "  ##            ##           ####  ###### ######  ####      ##  ####   ####    ##   ",
      " ##                                                                                 " },
    { " ####   ####                   ###         ###    ####   #####   ##   #####   ####  ",
      "##  ## ##  ##   ##     ##     ##             ##  ##  ## ##   ## ####  ##  ## ##  ## ",
      "##  ## ##  ##   ##     ##    ##    ######     ##     ## ## ######  ## ##  ## ##     ",
      " ####   #####               ##                 ##   ##  ## ######  ## #####  ##     ",
      "##  ##     ##   ##     ##    ##    ######     ##   ##   ## ########## ##  ## ##     ",
      "##  ##    ##    ##     ##     ##             ##         ##     ##  ## ##  ## ##  ## ",
      " ####   ###           ##       ###         ###     ##    ##### ##  ## #####   ####  ",
      "                                                                                    " },
    { "####   ###### ######  ####  ##  ##  ####    #### ##  ## ##     ##   ####  ##  ####  ",
      "## ##  ##     ##     ##  ## ##  ##   ##      ##  ## ##  ##     ### ###### ## ##  ## ",
      "##  ## ##     ##     ##     ##  ##   ##      ##  ####   ##     ############# ##  ## ",
      "##  ## #####  #####  ## ### ######   ##      ##  ###    ##     ## # ######## ##  ## ",
      "##  ## ##     ##     ##  ## ##  ##   ##      ##  ####   ##     ##   #### ### ##  ## ",
      "## ##  ##     ##     ##  ## ##  ##   ##   ## ##  ## ##  ##     ##   ####  ## ##  ## ",
      "####   ###### ##      ##### ##  ##  ####   ###   ##  ## ###### ##   ####  ##  ####  ",
      "                                                                                    " },
    { "#####   ####  #####   ####  ###### ##  ## ##  ## ##   ####  ## ##  ## ######  ####  ",
      "##  ## ##  ## ##  ## ##  ##   ##   ##  ## ##  ## ##   ####  ## ##  ##     ##  ##    ",
      "##  ## ##  ## ##  ## ##       ##   ##  ## ##  ## ##   ## ####  ##  ##    ##   ##    ",
      "#####  ##  ## #####   ####    ##   ##  ## ##  ## ## # ##  ##    ####    ##    ##    ",
      "##     ## ### ####       ##   ##   ##  ## ##  ## ####### ####    ##    ##     ##    ",
      "##      ####  ## ##  ##  ##   ##   ##  ##  ####  ### #####  ##   ##   ##      ##    ",
      "##        ### ##  ##  ####    ##    ####    ##   ##   ####  ##   ##   ######  ####  ",
      "                                                                                    " },
    { "##      ####    ##           ##           ##                ##          ###         ",
      " ##       ##   ####           ##          ##                ##         ##           ",
      "  ##      ##  ##  ##           ##   ####  #####   ####   #####  ####  #####   ##### ",
      "   ##     ##                           ## ##  ## ##  ## ##  ## ##  ##  ##    ##  ## ",
      "    ##    ##                        ##### ##  ## ##     ##  ## ######  ##    ##  ## ",
      "     ##   ##                       ##  ## ##  ## ##  ## ##  ## ##      ##     ##### ",
      "        ####                        ##### #####   ####   #####  ####   ##        ## ",
      "                     #######                                                 #####  " },
    { "##       ##      ##  ##      ###                                                    ",
      "##                   ##       ##                                                    ",
      "#####   ###     ###  ##  ##   ##   ### ## #####   ####  #####   ##### ## ###  ##### ",
      "##  ##   ##      ##  ## ##    ##   #########  ## ##  ## ##  ## ##  ## ###    ##     ",
      "##  ##   ##      ##  ####     ##   ## # ####  ## ##  ## ##  ## ##  ## ##      ####  ",
      "##  ##   ##      ##  ## ##    ##   ## # ####  ## ##  ## #####   ##### ##         ## ",
      "##  ##  ####     ##  ##  ##  ####  ##   ####  ##  ####  ##         ## ##     #####  ",
      "               ###                                      ##         ##               " },
    { " ##                                                 ###   ##   ###           ###### ",
      " ##                                                ##     ##     ##          ###### ",
      "#####  ##  ## ##  ## ##   ####  ## ##  ## ######   ##     ##     ##    ##   ####### ",
      " ##    ##  ## ##  ## ## # ## ####  ##  ##    ##   ##      ##      ##  #### ######## ",
      " ##    ##  ## ##  ## ## # ##  ##   ##  ##   ##     ##     ##     ##   #   ## ###### ",
      " ##    ##  ##  ####  ####### ####   #####  ##      ##     ##     ##          ###### ",
      "  ###   #####   ##    ## ## ##  ##     ## ######    ###   ##   ###           ###### ",
      "                                   #####                                            " }
};

/* A letter as eight rows of bits, the lowest bit to the left. */
static uint32_t dot(const uint32_t *row, uint32_t x, uint32_t y)
{
    return y < 8 && x < 7 ? row[y] >> x & 1 : 0;
}

/* Each dot becomes four. A quarter takes the colour of its two outer neighbours if these are equal
 * and differ from the other two: that cuts the corners of stairs, and fills them. */
static uint32_t quarter(const uint32_t *row, uint32_t x, uint32_t y, uint32_t right, uint32_t down)
{
    const uint32_t side = dot(row, right ? x + 1 : x - 1, y);
    const uint32_t above = dot(row, x, down ? y + 1 : y - 1);
    const uint32_t other_side = dot(row, right ? x - 1 : x + 1, y);
    const uint32_t other_above = dot(row, x, down ? y - 1 : y + 1);

    return side == above && side != other_above && above != other_side ? side : dot(row, x, y);
}

static void letter(const picture *p, uint32_t x, uint32_t y, char what, uint32_t colour)
{
    const uint32_t code = (uint8_t)what;
    const uint32_t c = code >= 32 && code < 127 ? code - 32 : 95;
    uint32_t row[8], i, k;

    for (k = 0; k < 8; k++)
        for (i = row[k] = 0; i < 7; i++)
            row[k] |= (letters[c / 12][k][c % 12 * 7 + i] == '#' ? 1u : 0u) << i;
    for (k = 0; k < 16; k++)
        for (i = 0; i < 14; i++)
            if (quarter(row, i / 2, k / 2, i & 1, k & 1))
                p->pixels[(size_t)(y + k) * p->width + x + i] = colour;
}

enum { CELL_WIDTH = 14, CELL_HEIGHT = 18 };

vb_rect picture_text_area(const picture *p)
{
    vb_rect r;

    r.x = 32;
    r.y = 410;
    r.width = p->width > 64 ? p->width - 64 : 0;
    r.height = p->height > 440 ? (p->height - 440) / CELL_HEIGHT * CELL_HEIGHT : 0;
    return r;
}

/* How far a row of letters goes: to its end of line, or as far as there is room. */
static uint32_t row_end(const char *text, uint32_t bytes, uint32_t at, uint32_t columns)
{
    const uint32_t limit = smaller(bytes, at + columns);

    while (at < limit && text[at] != '\n')
        at++;
    return at;
}

/* The last rows of a text. */
void picture_text(const picture *p, const char *text, uint32_t bytes)
{
    const vb_rect area = picture_text_area(p);
    const uint32_t columns = area.width / CELL_WIDTH, rows = area.height / CELL_HEIGHT;
    uint32_t at, end, count = 0, y = area.y, colour = INK;

    if (columns == 0 || rows == 0)
        return;
    fill(p, area.x, area.y, area.width, area.height, PAPER);
    for (at = 0; at < bytes; at = end + (end < bytes && text[end] == '\n')) {
        end = row_end(text, bytes, at, columns);
        count++;
    }
    for (at = 0; at < bytes; at = end + (end < bytes && text[end] == '\n')) {
        uint32_t i;

        end = row_end(text, bytes, at, columns);
        if (at == 0 || text[at - 1] == '\n')
            colour = text[at] == ' ' ? FAINT : INK;
        if (count-- > rows)
            continue;
        for (i = at; i < end; i++)
            letter(p, area.x + (i - at) * CELL_WIDTH, y, text[i], colour);
        y += CELL_HEIGHT;
    }
}
