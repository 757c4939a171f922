/* Machines with more than one device of a kind, and machines filled in by hand. */
#ifndef SEVERAL_H
#define SEVERAL_H

#include "tests/world/scenarios.h"

/* ---- two of each on PCI, one of each in slots ---- */

enum { SIDE = 160 };

static int open_small(vb_gpu *g, vb_machine *vm, uint32_t nth, uint32_t scanout, uint32_t *pixels)
{
    vb_gpu_desc desc;

    memset(&desc, 0, sizeof desc);
    desc.nth = nth;
    desc.pixels = pixels;
    desc.bytes = SIDE * SIDE * 4;
    desc.width = desc.height = SIDE;
    desc.scanout = scanout;
    return vb_gpu_open_desc(g, vm, &desc);
}

/* nth counts functions first, then slots; all are open at the same time. */
static void three_pictures(void *argument)
{
    static const char *const names[] = {"gpu", "gpu2", "gpu3"};
    vb_machine *vm = stage_begin(argument);
    vb_gpu *g[3];
    uint32_t *pixels[3], i, round;

    for (i = 0; i < 3; i++) {
        g[i] = new_gpu();
        pixels[i] = new_pixels(SIDE, SIDE);
        paint_pixels(pixels[i], SIDE, SIDE, i * 50);
        need_ok(open_small(g[i], vm, i, 0, pixels[i]));
    }
    for (round = 0; round < 3; round++)
        for (i = 0; i < 3; i++) {
            paint_pixels(pixels[i], SIDE, SIDE, i * 50 + round);
            need_ok(vb_gpu_present(g[i], NULL, 0));
            world_see(names[i], 0, pixels[i], SIDE, SIDE, SIDE);
        }
    need_ok(vb_gpu_close(g[1]));
    need_ok(vb_gpu_present(g[0], NULL, 0));
    need_ok(vb_gpu_present(g[2], NULL, 0));
    need_code(open_small(g[1], vm, 0, 0, pixels[1]), VB_E_BUSY);
    need_code(open_small(g[1], vm, 3, 0, pixels[1]), VB_E_NOT_FOUND);
    need_ok(open_small(g[1], vm, 1, 0, pixels[1]));
    for (i = 0; i < 3; i++) {
        world_see(names[i], 0, pixels[i], SIDE, SIDE, SIDE);
        need_ok(vb_gpu_close(g[i]));
    }
    stage_end(argument);
}

static void three_consoles(void *argument)
{
    vb_machine *vm = stage_begin(argument);
    vb_console *c[3];
    char got[8];
    unsigned i;

    for (i = 3; i-- > 0; ) {                /* the order of opening does not count */
        c[i] = new_console();
        need_ok(vb_console_open(c[i], vm, i));
    }
    for (i = 0; i < 3; i++) {
        const char text[2] = {(char)('0' + i), 0};

        need(vb_console_print(c[i], text) == 1, "print");
        world_hear(i, text, 1);
        world_say(i, text, 1);
        while (vb_console_read(c[i], got, sizeof got) == 0)
            ;
        need(got[0] == text[0], "console %u read '%c'", i, got[0]);
    }
    for (i = 0; i < 3; i++)
        need_ok(vb_console_close(c[i]));
    stage_end(argument);
}

/* The same object goes from one device to the next: the first is let go. */
static void one_object_moves(void *argument)
{
    vb_machine *vm = stage_begin(argument);
    vb_gpu *g = new_gpu(), *other = new_gpu();
    uint32_t *pixels = new_pixels(SIDE, SIDE);

    paint_pixels(pixels, SIDE, SIDE, 7);
    need_ok(open_small(g, vm, 0, 0, pixels));
    need_ok(open_small(g, vm, 2, 0, pixels));
    world_see("gpu3", 0, pixels, SIDE, SIDE, SIDE);
    need_ok(open_small(other, vm, 0, 0, pixels));
    need_ok(vb_gpu_close(other));
    need_ok(vb_gpu_close(g));
    stage_end(argument);
}

/* Places first, then counting: the order of nth is that of the machine. */
static void places_do_not_change_the_count(void *argument)
{
    vb_machine *vm = stage_begin(argument);
    vb_console *a = new_console(), *b = new_console();

    need_ok(vb_console_open_at(a, vm, VB_PCI(0, 4, 0)));        /* the second one */
    need_ok(vb_console_open(b, vm, 0));
    need(vb_console_print(b, "first") == 5, "print");
    world_hear(0, "first", 5);
    need_ok(vb_console_close(b));
    need_code(vb_console_open(b, vm, 1), VB_E_BUSY);
    need_ok(vb_console_close(a));
    stage_end(argument);
}

static const scenario with_three_of_each[] = {
    {"three gpus show three pictures", three_pictures},
    {"three consoles talk", three_consoles},
    {"one object moves to another device", one_object_moves},
    {"opening by place does not change the count", places_do_not_change_the_count},
};

/* ---- machines filled in by hand ---- */

static void one_slot_by_hand(void *argument)
{
    const stage *s = argument;
    const uint64_t slots[] = {s->console_at, s->gpu_at};
    vb_machine *vm;
    vb_console *c;
    unsigned i;

    stage_begin(argument);
    for (i = 0; i < 3; i++) {
        vm = world_flat(sizeof *vm, 16);
        vm->user = world_user();
        vm->ticks_per_us = WORLD_TICKS_PER_US;
        vm->slots = i ? 2 : 1;                          /* alone, first, last */
        vm->slot[0] = slots[i == 2];
        vm->slot[1] = slots[i != 2];
        c = new_console();
        need_ok(vb_console_open(c, vm, 0));
        need(vb_console_print(c, "by hand") == 7, "print");
        world_hear(0, "by hand", 7);
        need_ok(vb_console_close(c));
    }
    stage_end(argument);
}

/* A zeroed machine suffices for a slot: no clock, polls are counted. */
static void a_zeroed_machine_and_a_place(void *argument)
{
    stage *s = argument;
    vb_machine *vm = stage_begin_with_zeros(s);
    vb_console *c = new_console();

    need_ok(vb_console_open_at(c, vm, s->console_at));
    need(vb_console_print(c, "zero") == 4, "print");
    world_hear(0, "zero", 4);
    need_ok(vb_console_drain(c));
    need_ok(vb_console_close(c));
    stage_end(argument);
}

/* Without a clock a mute device costs counted polls, and ends. */
static void mute_without_a_clock(void *argument)
{
    stage *s = argument;
    vb_machine *vm = stage_begin_with_zeros(s);
    vb_console *c = new_console();
    vb_console_desc desc;
    char last[256];

    memset(&desc, 0, sizeof desc);
    desc.at = s->console_at;
    desc.timeout_us = 10000;
    need_ok(vb_console_open_desc(c, vm, &desc));
    world_poke(s->console_at + 0x70, 4, 0);             /* somebody resets it */
    need(vb_console_print(c, "lost") == 4, "print");
    need_code(vb_console_drain(c), VB_E_TIMEOUT);
    need_ok(vb_console_close(c));
    s->w->complaints(s->w, last, sizeof last);          /* of a kick out of turn */
    stage_end(argument);
}

static const scenario in_slots_by_hand[] = {
    {"slots filled in by hand", one_slot_by_hand},
    {"a zeroed machine and a place", a_zeroed_machine_and_a_place},
    {"a mute device without a clock", mute_without_a_clock},
};

#endif
