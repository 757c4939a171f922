/* Rings in the long run: indices that wrap at 65536, many requests under one
 * kick, interrupts. Console buffers are small here, so that a megabyte of text is
 * more than 65536 requests. */
#ifndef LONG_RUN_H
#define LONG_RUN_H

#define VB_CONSOLE_TX_BYTES 15
#define VB_CONSOLE_RX_BYTES 3
#include "tests/world/scenarios.h"

#include <unistd.h>

/* ---- the console ---- */

static void any_bytes(char *text, unsigned count)
{
    while (count--)
        *text++ = (char)world_random(256);
}

/* More than 65536 buffers of the console, in pieces of text that one() passes on. */
static void across_the_wrap(stage *s, unsigned buffer,
                            void (*one)(vb_console *, const char *, unsigned))
{
    enum { PIECE = 3000 };
    vb_machine *vm = stage_begin(s);
    vb_console *c = new_console();
    char text[PIECE];
    unsigned at;

    need_ok(vb_console_open(c, vm, 0));
    for (at = 0; at < 66000 * buffer; at += PIECE) {
        any_bytes(text, PIECE);
        one(c, text, PIECE);
    }
    need_ok(vb_console_drain(c));
    world_hear_nothing(0);
    need_ok(vb_console_close(c));
    stage_end(s);
}

static void transmit(vb_console *c, const char *text, unsigned count)
{
    write_all(c, text, count);
    world_hear(0, text, count);
}

static void receive(vb_console *c, const char *text, unsigned count)
{
    world_say(0, text, count);
    read_all(c, text, count, 100);
}

static void console_transmits_across_the_wrap(void *argument)
{
    across_the_wrap(argument, VB_CONSOLE_TX_BYTES, transmit);
}

static void console_receives_across_the_wrap(void *argument)
{
    across_the_wrap(argument, VB_CONSOLE_RX_BYTES, receive);
}

/* ---- the queue below: the gpu's, with requests of our own ---- */

typedef struct asker {
    vb_device device;
    vb_queue queue;
    VB_ALIGN(2048) struct {
        vb_ring ring;
        uint32_t command[8][12], response[8][6];
    } dma;
} asker;

static asker *new_asker(vb_machine *vm, uint32_t interrupts)
{
    asker *a = world_scattered(sizeof *a, 2048);
    vb_device_desc want;

    memset(&want, 0, sizeof want);
    want.type = 16;
    want.interrupts = interrupts;
    need_ok(vb_device_open(&a->device, vm, &want));
    need_ok(vb_device_queue(&a->device, &a->queue, 0, &a->dma.ring));
    need_ok(vb_device_start(&a->device));
    return a;
}

/* SET_SCANOUT without a resource: output 0 shows nothing, which it does anyway. */
static void ask(asker *a, unsigned slot, uint32_t tag)
{
    vb_buffer b[2];

    memset(a->dma.command[slot], 0, sizeof a->dma.command[slot]);
    memset(a->dma.response[slot], 0, sizeof a->dma.response[slot]);
    memory_set_word(&a->dma.command[slot][0], 0x103);
    b[0].data = a->dma.command[slot];
    b[0].bytes = sizeof a->dma.command[slot];
    b[1].data = a->dma.response[slot];
    b[1].bytes = sizeof a->dma.response[slot];
    need_ok(vb_queue_submit(&a->queue, tag, b, 1, 1));
}

static void requests(stage *s, uint32_t count)
{
    enum { EACH = VB_QUEUE_SIZE / 2 };
    vb_machine *vm = stage_begin(s);
    asker *a = new_asker(vm, 0);
    uint32_t sent = 0, answered = 0, tag, bytes;
    unsigned i, n;

    while (sent < count) {
        n = 1 + world_random(EACH);
        for (i = 0; i < n; i++)
            ask(a, i, sent++ & 0xffff);
        vb_queue_kick(&a->queue);
        for (i = 0; i < n; i++) {
            need(vb_queue_wait(&a->queue, &tag, &bytes) == 1, "answer %u", answered);
            need(tag == (answered & 0xffff) && bytes == 24, "answer %u: tag %u, %u bytes", answered,
                 tag, bytes);
            need(memory_word(&a->dma.response[i][0]) == 0x1100, "response %#x",
                 memory_word(&a->dma.response[i][0]));
            answered++;
        }
        need(vb_queue_poll(&a->queue, &tag, &bytes) == 0, "an answer too many");
    }
    need_ok(vb_device_close(&a->device));
    stage_end(s);
}

static void requests_across_the_wrap(void *argument)
{
    requests(argument, 66000);
}

/* One register tells the device of all of them. */
static void many_under_one_kick(void *argument)
{
    vb_machine *vm = stage_begin(argument);
    asker *a = new_asker(vm, 0);
    uint32_t tag, bytes, accesses;
    unsigned i;

    for (i = 0; i < VB_QUEUE_SIZE / 2; i++)
        ask(a, i, 100 + i);
    accesses = (uint32_t)world_count()->accesses;
    vb_queue_kick(&a->queue);
    need(world_count()->accesses == accesses + 1, "a kick is one register");
    for (i = 0; i < VB_QUEUE_SIZE / 2; i++)
        need(vb_queue_wait(&a->queue, &tag, &bytes) == 1 && tag == 100 + i, "tag %u", tag);
    need_ok(vb_device_close(&a->device));
    stage_end(argument);
}

/* ---- interrupts ---- */

static int answer_is_there(asker *a)
{
    unsigned n;

    for (n = 0; n < 5000; n++) {
        if (memory_half(&a->dma.ring.used.idx) != a->queue.seen)
            return 1;
        usleep(200);
    }
    return 0;
}

static void interrupts_come_when_asked_for(void *argument)
{
    stage *at = argument;
    vb_machine *vm = stage_begin(at);
    asker *a = new_asker(vm, 1);
    uint32_t tag, bytes;

    need(a->device.slot == at->gpu_slot && a->device.pin == !at->mmio, "slot %u, pin %u",
         a->device.slot, a->device.pin);
    ask(a, 0, 1);                                       /* a queue starts with none */
    vb_queue_kick(&a->queue);
    need(vb_queue_wait(&a->queue, &tag, &bytes) == 1, "answer");
    need(vb_device_interrupt(&a->device) == 0, "an interrupt though none was asked for");

    need(vb_queue_interrupts_on(&a->queue) == 0, "nothing is there yet");
    ask(a, 0, 2);
    vb_queue_kick(&a->queue);
    need(answer_is_there(a), "no answer");
    need(vb_device_interrupt(&a->device) == 1, "bit 0: used buffers");
    need(vb_device_interrupt(&a->device) == 0, "reading acknowledged it");
    need(vb_queue_interrupts_on(&a->queue) == 1, "an answer is there already");
    need(vb_queue_wait(&a->queue, &tag, &bytes) == 1 && tag == 2, "answer");

    vb_queue_interrupts_off(&a->queue);
    ask(a, 0, 3);
    vb_queue_kick(&a->queue);
    need(vb_queue_wait(&a->queue, &tag, &bytes) == 1, "answer");
    need(vb_device_interrupt(&a->device) == 0, "an interrupt after they were turned off");
    need_ok(vb_device_close(&a->device));
    stage_end(argument);
}

static const scenario in_the_long_run[] = {
    {"a console transmits across the wrap of its indices", console_transmits_across_the_wrap},
    {"a console receives across the wrap", console_receives_across_the_wrap},
    {"66,000 requests in batches of random length", requests_across_the_wrap},
    {"many requests under one kick", many_under_one_kick},
    {"interrupts come when asked for", interrupts_come_when_asked_for},
};

#endif
