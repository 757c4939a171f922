/* demo.c - what is shown, and what keys do
 *
 *     1 to 5   lift a square, or put it back        c   next demo
 *     r        draw it all again                    f   a fault, to see what one looks like
 *     q        power off                            d   another: a function that calls itself
 *
 * Whatever is typed is echoed as well, on the console and among the letters on the card. */
#include "kernel.h"

static picture *shown;
static vb_gpu  *screen;                 /* 0: there is none */
static const options *wanted;
static uint32_t demo, lifted, text_bytes;

static void present(const vb_rect *rects, uint32_t count)
{
    int result;

    if (!screen)
        return;
    result = vb_gpu_present(screen, rects, count);
    if (result < 0) {
        print("The picture could not be shown: %s\n", vb_error_text(result));
        screen = 0;
    }
}

static void draw(void)
{
    uint32_t i;

    if (demo == CARD) {
        const char *text = story(&text_bytes);
        picture_card(shown);
        picture_text(shown, text, text_bytes);
    } else if (demo == SQUARES) {
        picture_squares(shown);
    } else {
        picture_bounce(shown);
    }
    for (i = 0; demo != BOUNCE && i < SQUARE_COUNT; i++)
        if (lifted >> i & 1)
            (void)picture_lift(shown, i, 1);
}

void demo_start(picture *p, const options *o)
{
    if (!shown)                         /* else the display has changed, the demo has not */
        demo = o->demo;
    shown = p;
    wanted = o;
    draw();
}

void demo_shown(vb_gpu *gpu) { screen = gpu; }

/* The letters on the card follow the story. The present may itself add to the story: then the rest
 * is drawn the next time. */
void demo_text(void)
{
    uint32_t bytes;
    const char *text = story(&bytes);
    const vb_rect area = picture_text_area(shown);

    if (!screen || demo != CARD || bytes == text_bytes)
        return;
    text_bytes = bytes;
    picture_text(shown, text, bytes);
    if (area.width && area.height)
        present(&area, 1);
}

void demo_run(void)
{
    vb_rect damage[SQUARE_COUNT];
    uint32_t frame, i, began = platform_ms(), took;

    if (demo != BOUNCE || !screen)
        return;
    for (frame = 0; frame < wanted->frames && screen; frame++) {
        for (i = 0; i < SQUARE_COUNT; i++)
            damage[i] = picture_bounce_step(shown, i, frame);
        if (wanted->damage)
            present(damage, SQUARE_COUNT);
        else
            present(NULL, 0);
    }
    took = platform_ms() - began;
    print("bounce: %u frames in %u ms, %u frames a second, damage=%s\n", frame, took,
          took ? frame * 1000 / took : 0, wanted->damage ? "on" : "off");
}

static void lift(uint32_t i)
{
    vb_rect touched;

    lifted ^= 1u << i;
    if (demo == BOUNCE)
        return;
    touched = picture_lift(shown, i, lifted >> i & 1);
    present(&touched, 1);
}

/* Volatile, so that the compiler neither sees what is wrong with it nor leaves it out. */
static void fault(void)
{
    volatile uint32_t *volatile nothing = NULL;
    *nothing = 1;
}

static uint32_t deeper(volatile uint32_t *above)
{
    volatile uint32_t here[64];

    here[0] = *above + 1;
    return here[0] ? deeper(here) + here[0] : 0;
}

static void answer(char key)
{
    if (key == '\n' || (key >= 32 && key < 127))
        print("%c", key);
    if (key >= '1' && key <= '5')
        lift((uint32_t)(key - '1'));
    if (key == 'c')
        demo = (demo + 1) % DEMOS;
    if (key == 'c' || key == 'r') {
        draw();
        present(NULL, 0);
        demo_run();
    }
    if (key == 'f')
        fault();
    if (key == 'd')
        print("%u", deeper(&demo));
}

/* A character from the console, or else from the UART; -1 if nothing was typed. */
static int typed(void)
{
    char c;

    return vb_console_read(&console, &c, 1) == 1 ? (uint8_t)c : platform_uart_read();
}

/* 1 if it was the key that ends it all. */
uint32_t demo_keys(void)
{
    int key;

    while ((key = typed()) >= 0) {
        answer(key == '\r' ? '\n' : (char)key);
        if (key == 'q')
            return 1;
    }
    return 0;
}
