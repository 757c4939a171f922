/* kernel.h - what the files of the kernel know of each other */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "platform.h"
#include "virtio_bare.h"

/* ---- print.c --------------------------------------------------------------------------------- */

/* Where text goes: the console, a UART, ... */
typedef void sink(const char *text, uint32_t bytes);

/* %s %c %u %x and %%, with `l` before u and x for 64 bits; a width, and 0 before it for leading
 * zeros. */
void print_to(sink *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The story: kept from the first word on, and sent to story_to's sink as soon as there is one. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void story_to(sink *to);
const char *story(uint32_t *bytes);
void trace_quiet(int quiet);                    /* virtio_bare.h tells nothing for a while */

/* ---- options.c: the words of the boot command line ------------------------------------------- */

enum { SQUARES, CARD, BOUNCE, DEMOS };

typedef struct options {
    uint32_t demo;                      /* demo=card|squares|bounce */
    uint32_t exit;                      /* exit: power off when drawn; stay */
    uint32_t wait_ms;                   /* wait=MS: for devices that come late */
    uint32_t width, height;             /* fb=WxH */
    uint32_t frames;                    /* frames=N of bounce */
    uint32_t damage;                    /* damage=on|off: rectangles, or all */
} options;

void options_read(options *o, const char *words, uint32_t room);

/* ---- picture.c: what is drawn ---------------------------------------------------------------- */

typedef struct picture {
    uint32_t *pixels;                   /* 0x00RRGGBB, row after row */
    uint32_t  width, height;
} picture;

enum { SQUARE_COUNT = 5 };

void    picture_squares(const picture *p);
void    picture_card(const picture *p);
void    picture_text(const picture *p, const char *text, uint32_t bytes);
vb_rect picture_lift(const picture *p, uint32_t square, uint32_t up);
void    picture_bounce(const picture *p);                       /* its background */
vb_rect picture_bounce_step(const picture *p, uint32_t square, uint32_t frame);
vb_rect picture_text_area(const picture *p);

/* ---- demo.c: what is shown, and what keys do ------------------------------------------------- */

void demo_start(picture *p, const options *o);  /* draws the first picture */
void demo_shown(vb_gpu *gpu);                   /* the screen is open, the picture on it */
void demo_run(void);                            /* of bounce: its frames */
uint32_t demo_keys(void);                       /* what was typed; 1: power off */
void demo_text(void);                           /* brings the letters on the card up to date */

/* ---- main.c ---------------------------------------------------------------------------------- */

extern vb_machine machine;
extern vb_console console;

#endif
