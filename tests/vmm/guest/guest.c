/* guest.c - a guest for the tests of the launchers: it does what the words of its bootargs say.
 *
 * It knows nothing of virtio_bare.h on purpose: what is tested here are the launchers, and a fault
 * of the header must not look like one of theirs. It finds what it needs in the device tree, and
 * knows virtio-mmio version 2 only. On arm64 the MMU stays off, so every access is aligned
 * (-mstrict-align), and there are no pointers in data, so the program runs at any address.
 */
#include "cpu.h"

#include <stddef.h>
#include <stdint.h>

void guest_main(const void *boot);

enum { WIDTH = 64, HEIGHT = 48 };       /* of the picture */

static const char *tree;
static uintptr_t serial;                /* the UART */

static uint32_t get(uintptr_t address)
{
    return *(volatile uint32_t *)address;
}

static void set(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

static void uart(const char *text)
{
    while (*text)
        cpu_uart(serial, (uint8_t)*text++);
}

/* ---- The device tree ---------------------------------------------------------------------- */

static uint32_t cell(const char *p)
{
    return (uint32_t)(uint8_t)p[0] << 24 | (uint32_t)(uint8_t)p[1] << 16
         | (uint32_t)(uint8_t)p[2] << 8 | (uint8_t)p[3];
}

static int begins(const char *text, const char *word)
{
    while (*word && *text == *word)
        text++, word++;
    return *word == 0;
}

static unsigned length(const char *text)
{
    unsigned n = 0;

    while (text[n])
        n++;
    return n;
}

/* The value of a property in the n-th node whose name begins like this, or null. Where a tree has
 * nodes in nodes, the innermost name counts. */
static const char *property(const char *node, unsigned nth, const char *name)
{
    const char *p = tree + cell(tree + 8), *names = tree + cell(tree + 12);
    int inside = 0;

    for (;;) {
        uint32_t token = cell(p);

        p += 4;
        if (token == 1) {               /* a node begins */
            inside = begins(p, node) && nth-- == 0;
            p += (length(p) + 4) & ~3u;
        } else if (token == 3) {        /* a property: size, name, value */
            if (inside && begins(names + cell(p + 4), name))
                return p + 8;
            p += 8 + ((cell(p) + 3) & ~3u);
        } else if (token == 9) {
            return NULL;
        }
    }
}

/* The first two cells of a reg: an address. The guest knows nothing above what a pointer reaches. */
static uintptr_t address(const char *reg)
{
    return reg == NULL ? 0 : (uintptr_t)((uint64_t)cell(reg) << 32 | cell(reg + 4));
}

/* ---- One request at a time on one queue of one device [2.7] ------------------------------- */

struct descriptor { uint64_t address; uint32_t length; uint16_t flags, next; };

struct queue {
    _Alignas(16) struct descriptor descriptor[4];
    _Alignas(2) struct { uint16_t flags, index, ring[4]; } available;
    _Alignas(4) struct { uint16_t flags; volatile uint16_t index; struct { uint32_t id, length; } ring[4]; } used;
};

static struct queue gpu_queue, receive_queue, transmit_queue;
static uintptr_t gpu, console;

static uintptr_t find(uint32_t type)
{
    const char *reg;

    for (unsigned n = 0; (reg = property("virtio_mmio@", n, "reg")) != NULL; n++)
        if (get(address(reg) + 8) == type)
            return address(reg);
    uart("guest: no such device on MMIO\n");
    for (;;)
        cpu_sleep();
}

static void queue_ready(uintptr_t device, unsigned index, struct queue *q)
{
    set(device + 0x30, index);
    set(device + 0x38, 4);
    set(device + 0x80, (uint32_t)(uintptr_t)q->descriptor);
    set(device + 0x84, (uint32_t)((uintptr_t)q->descriptor >> 32));
    set(device + 0x90, (uint32_t)(uintptr_t)&q->available);
    set(device + 0x94, (uint32_t)((uintptr_t)&q->available >> 32));
    set(device + 0xa0, (uint32_t)(uintptr_t)&q->used);
    set(device + 0xa4, (uint32_t)((uintptr_t)&q->used >> 32));
    set(device + 0x44, 1);
}

static uintptr_t wake(uint32_t type, struct queue *first, struct queue *second)
{
    uintptr_t device = find(type);

    set(device + 0x70, 0);
    set(device + 0x70, 1);
    set(device + 0x70, 3);
    set(device + 0x24, 1);              /* VERSION_1 and nothing else */
    set(device + 0x20, 1);
    set(device + 0x24, 0);
    set(device + 0x20, 0);
    set(device + 0x70, 11);
    queue_ready(device, 0, first);
    if (second != NULL)
        queue_ready(device, 1, second);
    set(device + 0x70, 15);
    return device;
}

/* Sends `out`, receives `in` (either may be empty) and returns the length that came back. */
static uint32_t request(uintptr_t device, unsigned index, struct queue *q,
                        const void *out, uint32_t out_length, void *in, uint32_t in_length)
{
    unsigned head = out_length != 0 ? 0 : 1, slot = q->available.index % 4;

    q->descriptor[0] = (struct descriptor){ (uintptr_t)out, out_length, in_length != 0 ? 1 : 0, 1 };
    q->descriptor[1] = (struct descriptor){ (uintptr_t)in, in_length, 2, 0 };
    q->available.ring[slot] = (uint16_t)head;
    __sync_synchronize();
    q->available.index++;
    __sync_synchronize();
    set(device + 0x50, index);
    while (q->used.index != q->available.index)
        cpu_pause();
    __sync_synchronize();
    return q->used.ring[slot].length;
}

/* ---- Console ------------------------------------------------------------------------------ */

static void print(const char *text, uint32_t length)
{
    if (console == 0)
        console = wake(3, &receive_queue, &transmit_queue);
    request(console, 1, &transmit_queue, text, length, NULL, 0);
}

static void say(const char *text)
{
    print(text, length(text));
}

static void number(uint32_t n)
{
    char digits[12], *p = digits + 11;

    *p = 0;
    do
        *--p = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    say(p);
}

/* Each byte comes back as its number, so that control characters can be seen; 'q' ends it. */
static void echo(void)
{
    static uint8_t byte;

    say("echo:\n");
    do {
        request(console, 0, &receive_queue, NULL, 0, &byte, 1);
        say("[");
        number(byte);
        say("]\n");
    } while (byte != 'q');
}

/* Numbered lines of 64 bytes, in the console's own time. 16384 are a megabyte. */
static void flood(unsigned lines)
{
    static char line[65];

    for (unsigned i = 0; i < lines; i++) {
        for (unsigned j = 0; j < 64; j++)
            line[j] = (char)(j < 6 ? '0' + i / (j == 0 ? 100000 : j == 1 ? 10000 : j == 2 ? 1000
                             : j == 3 ? 100 : j == 4 ? 10 : 1) % 10 : j == 63 ? '\n' : '.');
        print(line, 64);
    }
}

/* ---- GPU [5.7.6] -------------------------------------------------------------------------- */

static uint32_t command[20], answer[102];
static uint32_t pixels[WIDTH * HEIGHT];

static uint32_t ask(uint32_t type, unsigned words)
{
    if (gpu == 0)
        gpu = wake(16, &gpu_queue, NULL);
    command[0] = type;
    request(gpu, 0, &gpu_queue, command, 4 * (6 + words), answer, sizeof answer);
    return answer[0];
}

static void arguments(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f,
                      uint32_t g)
{
    const uint32_t values[] = { a, b, c, d, e, f, g };

    for (unsigned i = 0; i < 7; i++)
        command[6 + i] = values[i];
    command[13] = 0;
}

/* Four quarters of four colours, so that no turn or mirror image goes unseen. */
static void paint(uint32_t top_left)
{
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++)
            pixels[y * WIDTH + x] = y < HEIGHT / 2 ? (x < WIDTH / 2 ? top_left : 0x00ff00u)
                                                   : (x < WIDTH / 2 ? 0x0000ffu : 0xffffffu);
}

static void transfer(uint32_t offset)
{
    arguments(0, 0, WIDTH, HEIGHT, offset, 0, 1);
    ask(0x105, 8);
}

static void scanout(uint32_t resource)
{
    arguments(0, 0, WIDTH, HEIGHT, 0, resource, 0);
    ask(0x103, 6);
}

static void flush(uint32_t width, uint32_t height)
{
    arguments(0, 0, width, height, 1, 0, 0);
    ask(0x104, 6);
}

static void draw(void)
{
    paint(0xff0000);
    arguments(1, 2, WIDTH, HEIGHT, 0, 0, 0);                           /* B8G8R8X8 */
    ask(0x101, 4);
    arguments(1, 1, (uint32_t)(uintptr_t)pixels, (uint32_t)((uintptr_t)pixels >> 32), sizeof pixels,
              0, 0);
    ask(0x106, 6);
    scanout(1);
    transfer(0);
}

static void info(void)
{
    ask(0x100, 0);
    say("display ");
    number(answer[8]);
    say("x");
    number(answer[9]);
    say("\n");
}

/* ---- Memory ------------------------------------------------------------------------------- */

static void memory(void)
{
    const char *reg = property("memory@", 0, "reg");

    say("memory ");
    number(cell(reg + 8) << 12 | cell(reg + 12) >> 20);
    say(" MiB\n");
}

/* A tree that a test has changed says so in its `model`. */
static void model(void)
{
    static const char word[] = "linux,edited";
    const char *p = tree;
    unsigned n = 0;

    while (n < sizeof word - 1 && p < tree + 0x10000)
        n = *p++ == word[n] ? n + 1 : 0;
    say(n == sizeof word - 1 ? "an edited tree\n" : "the machine's tree\n");
}

/* QEMU writes where it is in one cell, others in two. */
static void initrd(void)
{
    const char *start = property("chosen", 0, "linux,initrd-start");

    say("initrd ");
    print((const char *)(cell(start - 8) == 4 ? cell(start) : address(start)), 8);
    say("\n");
}

/* ---- Time --------------------------------------------------------------------------------- */

/* Eight pictures; the upper left quarter of the n-th has the colour n * 0x100000. */
static void frames(void)
{
    for (uint32_t n = 1; n <= 8; n++) {
        paint(n * 0x100000);
        transfer(0);
        flush(WIDTH, HEIGHT);
        cpu_wait(400);
    }
}

/* ---- The words ---------------------------------------------------------------------------- */

static int next_word(const char **text, const char *word)
{
    unsigned n = 0;

    while (word[n] && (*text)[n] == word[n])
        n++;
    if (word[n] || ((*text)[n] != ' ' && (*text)[n] != 0))
        return 0;
    *text += n;
    return 1;
}

static void obey(const char *t)
{
    while (*t) {
        if (*t == ' ')                        t++;
        else if (next_word(&t, "uart"))       uart("the UART speaks\n");
        else if (next_word(&t, "say"))        say("the console speaks\n");
        else if (next_word(&t, "half"))       say("half a line");
        else if (next_word(&t, "info"))       info();
        else if (next_word(&t, "memory"))     memory();
        else if (next_word(&t, "model"))      model();
        else if (next_word(&t, "initrd"))     initrd();
        else if (next_word(&t, "echo"))       echo();
        else if (next_word(&t, "flood"))      flood(16384);
        else if (next_word(&t, "pour"))       flood(1024);
        else if (next_word(&t, "draw"))       draw();
        else if (next_word(&t, "whole"))      flush(WIDTH, HEIGHT);
        else if (next_word(&t, "part"))       flush(WIDTH / 2, HEIGHT);
        else if (next_word(&t, "wrong"))      flush(WIDTH + 1, HEIGHT);
        else if (next_word(&t, "blank"))      scanout(0);
        else if (next_word(&t, "beyond"))     transfer(sizeof pixels * 2);
        else if (next_word(&t, "frames"))     frames();
        else if (next_word(&t, "wait"))       cpu_wait(1000);
        else if (next_word(&t, "off"))        cpu_off();
        else if (next_word(&t, "reset"))      cpu_reset();
        else if (next_word(&t, "crash"))      cpu_crash(address(property("virtio_mmio@", 0, "reg")));
        else { uart("guest: what is: "); uart(t); uart("\n"); return; }
    }
}

/* The bootargs: "guest:", then the words. */
void guest_main(const void *boot)
{
    const char *words;

    tree = cpu_tree(boot);
    serial = address(property("pl011@", 0, "reg"));
    words = property("chosen", 0, "bootargs");
    if (words != NULL && begins(words, "guest:"))
        obey(words + 6);
    for (;;)
        cpu_sleep();
}
