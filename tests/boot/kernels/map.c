/* map.c - a kernel that asks the CPU what its page tables say
 *
 * QEMU treats cached memory and device registers alike, so a wrong map shows nowhere in a picture.
 * But the CPU can be asked to translate an address, and answers with the kind of memory it found.
 * This kernel asks for the addresses that count and writes what is wrong to the UART of QEMU's virt
 * machine, or "The map is right".
 *
 * Built by test_builds.sh twice: on start.S alone, and with -DFULL and the example kernel's own
 * platform.c, whose map knows all of RAM. */
#include <stdint.h>

#define HIDDEN __attribute__((visibility("hidden")))
extern HIDDEN char _start[], _end[], _guard[];
void kernel_main(const void *dtb);

enum { DEVICE = 0x04, MEMORY = 0xff, NOTHING = 0x100 };

/* So that the image takes more than one block of 2 MB. */
static __attribute__((section(".noinit"), used)) uint8_t pixels[5 << 20];

static uint32_t wrong;

static void say(const char *text)
{
    for (; *text; text++)
        __asm__ volatile("str %w0, [%1]" : : "r"((uint32_t)(uint8_t)*text), "r"(0x09000000ul));
}

static void say_number(uint64_t number)
{
    for (int shift = 60; shift >= 0; shift -= 4) {
        const char digit[2] = { (char)("0123456789abcdef"[number >> shift & 15]), 0 };
        say(digit);
    }
}

/* What the tables make of an address: MAIR's byte for it if they map it to itself. */
static uint32_t kind_of(uint64_t address)
{
    const uint64_t frame = 0x0000fffffffff000;
    uint64_t answer;

    __asm__ volatile("at s1e1r, %1\n\tisb\n\tmrs %0, par_el1" : "=r"(answer) : "r"(address));
    if (answer & 1)
        return NOTHING;
    return (answer & frame) == (address & frame) ? (uint32_t)(answer >> 56) : 0x200;
}

static void expect(uint64_t from, uint64_t to, uint64_t step, uint32_t kind)
{
    for (uint64_t at = from; at < to; at += step)
        if (kind_of(at) != kind && wrong++ < 5) {
            say("at ");
            say_number(at);
            say(" is ");
            say_number(kind_of(at));
            say(" and should be ");
            say_number(kind);
            say("\n");
        }
}

#ifdef FULL

#include "platform.h"
#include "virtio_bare.h"

vb_machine machine;
vb_console console;

static void look(uint64_t dtb)
{
    (void)dtb;
    platform_start((const void *)dtb);
    expect(0, 4096, 4096, NOTHING);
    expect(4096, 0x40000000, 1 << 16, DEVICE);
    expect(0x40000000, (uintptr_t)_guard, 4096, MEMORY);        /* RAM of 128 MB ... */
    expect((uintptr_t)_guard, (uintptr_t)_guard + 4096, 4096, NOTHING);
    expect((uintptr_t)_guard + 4096, 0x48000000, 4096, MEMORY);
    expect(0x48000000, 0x100000000, 1 << 20, DEVICE);           /* ... and its end */
    expect(0x4010000000, 0x4020000000, 1 << 20, DEVICE);        /* configuration space */
    expect(0x8000000000, 0x8100000000, 1 << 24, DEVICE);        /* the window above 512 GB */
    expect(0x10000000000, 0x10100000000, 1 << 24, NOTHING);
}

#else

/* Blocks of 2 MB that hold some of the image or of the tree. */
static int is_memory(uint64_t at, uint64_t dtb)
{
    const uint32_t size = __builtin_bswap32(*(const volatile uint32_t *)(dtb + 4));
    const uint64_t block = at >> 21;

    return (block >= (uintptr_t)_start >> 21 && block <= ((uintptr_t)_end - 1) >> 21) ||
           (block >= dtb >> 21 && block <= (dtb + size - 1) >> 21);
}

static void look(uint64_t dtb)
{
    for (uint64_t at = 0; at < 0x100000000; at += 1 << 16)
        expect(at, at + 1, 1, is_memory(at, dtb) ? MEMORY : DEVICE);
    expect(0x100000000, 0x8000000000, 1 << 24, DEVICE);
    expect(0x8000000000, 0x8010000000, 1 << 24, NOTHING);
}

#endif

void kernel_main(const void *dtb)
{
    look((uintptr_t)dtb);
    say(wrong ? "The map is wrong\n" : "The map is right\n");
}
