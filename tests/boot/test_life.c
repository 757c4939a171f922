/* test_life.c - what a picture and a line do not show: sleep, damaged trees, bounce, double faults
 *
 *     test_life          all of them
 *     test_life TEXT     those with TEXT in their name
 *
 * Needs: qemu-system-aarch64; to see how much of a CPU an idle kernel costs, Linux. */
#include "drawn.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MACHINE "-M virt -cpu cortex-a72"
#define BOTH    " -device virtio-gpu-pci -device virtio-serial-pci -device virtconsole,chardev=vc"
#define MMIO    " -global virtio-mmio.force-legacy=false -device virtio-gpu-device" \
                " -device virtio-serial-device -device virtconsole,chardev=vc"
#define READY   "q power off\n"

enum { BOOT_MS = 30000 };

static const char *kernel;
static machine m;

static int boot(const char *options, const char *append)
{
    if (machine_boot(&m, kernel, options, append) && machine_says(&m, READY, BOOT_MS))
        return 1;
    note("it did not come up: %s", m.console);
    return 0;
}

/* Where the ELF beside the image has a symbol, relative to its start; 0 if that can't be found. */
static uint64_t symbol(const char *name)
{
    char command[600], line[300], found[200];
    unsigned long long value = 0, at;
    FILE *f;

    snprintf(command, sizeof command, "for nm in llvm-nm aarch64-linux-gnu-nm nm; do "
             "$nm '%.*s.elf' 2>/dev/null && break; done", (int)strlen(kernel) - 4, kernel);
    f = popen(command, "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "%llx %*c %199s", &at, found) == 2 && !strcmp(found, name))
            value = at;
    if (f)
        pclose(f);
    return value;
}

/* ---- Memory that nobody cleared -------------------------------------------------------------- */

/* QEMU's RAM begins as zeroes. Real RAM does not: so everything behind the image's file that
 * start.S does not find cleared (guard, stack, tables, .bss) is filled with something else. */
static int garbage(void)
{
    static uint8_t junk[1 << 20];
    const uint64_t from = symbol("_guard"), to = symbol("_bss_end");

    memset(junk, 0xa5, sizeof junk);
    if (!from || to <= from || to - from > sizeof junk) {
        note("no symbols beside %s", kernel);
        return 0;
    }
    return machine_boot(&m, kernel, MACHINE " -S" BOTH, "") &&
           machine_poke(&m, 0x40200000 + from, junk, to - from) && machine_run(&m) &&
           machine_says(&m, READY, BOOT_MS);
}

/* ---- Sleep ----------------------------------------------------------------------------------- */

/* Under 3 % of a CPU. On a busy host everything is a little dearer, so the best of some seconds
 * counts. -1: it can't be measured here. */
static int idle(const char *options)
{
    double best = 1;

    if (!boot(options, ""))
        return 0;
    for (int i = 0; i < 6 && best >= 0.03; i++) {
        const double before = machine_cpu_seconds(&m);
        if (before < 0)
            return -1;
        sleep(1);
        if (machine_cpu_seconds(&m) - before < best)
            best = machine_cpu_seconds(&m) - before;
    }
    note("idle: %.1f %% of a CPU", best * 100);
    return best < 0.03;
}

static int idle_gic2(void) { return idle("-M virt,gic-version=2 -cpu cortex-a72" BOTH); }
static int idle_gic3(void) { return idle("-M virt,gic-version=3 -cpu cortex-a72" BOTH); }
static int idle_el2(void) { return idle("-M virt,gic-version=3,virtualization=on -cpu max" MMIO); }

/* It also wakes: a key is answered soon. */
static int awake(const char *options)
{
    return boot(options, "") && usleep(500000) == 0 && machine_type(&m, "x") &&
           machine_says(&m, READY "x", 4000);
}

static int awake_gic2(void) { return awake("-M virt,gic-version=2 -cpu cortex-a72" BOTH); }
static int awake_gic3(void) { return awake("-M virt,gic-version=3 -cpu cortex-a72" BOTH); }
static int awake_el2(void) { return awake("-M virt,gic-version=3,virtualization=on -cpu max" BOTH); }

/* ---- Devices that come late ------------------------------------------------------------------ */

/* None can come late on this machine; but for how long the kernel looks again can be seen. */
static int waits(const char *append, int from_ms, int to_ms)
{
    struct timespec before, after;
    int ms;

    if (!machine_boot(&m, kernel, MACHINE " -device virtio-serial-pci -device virtconsole,chardev=vc",
                      append) || !machine_says(&m, "VB_E_NOT_FOUND", BOOT_MS))
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &before);
    if (!machine_says(&m, "No picture: ", BOOT_MS) || !machine_says(&m, READY, BOOT_MS))
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &after);
    ms = (int)((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000);
    if (ms < from_ms || ms > to_ms)
        note("it looked again for %d ms", ms);
    return ms >= from_ms && ms <= to_ms;
}

static int waits_long(void) { return waits("wait=2500", 1500, 20000); }
static int waits_not(void) { return waits("wait=0", 0, 1500); }

/* ---- Damaged trees --------------------------------------------------------------------------- */

/* The tree lies where QEMU 7.2 puts it for 128 MB; it is spoiled before the first instruction. */
static int spoiled(uint64_t offset, const void *bytes, size_t count)
{
    const uint64_t tree = 0x44000000;

    if (!machine_boot(&m, kernel, MACHINE " -m 128M -S" BOTH, "") ||
        !machine_poke(&m, tree + offset, bytes, count) || !machine_run(&m))
        return 0;
    if (machine_uart_says(&m, "no usable device tree", BOOT_MS) &&
        machine_uart_says(&m, "Stopped.\n", BOOT_MS))
        return 1;
    note("uart: %s\nconsole: %s", m.uart, m.console);
    return 0;
}

static int bad_magic(void) { return spoiled(0, "\x0d\xd0\xfe\xed", 4); }
static int bad_version(void) { return spoiled(24, "\xff\xff\xff\xff", 4); }
static int bad_offset(void) { return spoiled(8, "\x7f\xff\xff\x00", 4); }
static int bad_size(void) { return spoiled(4, "\x00\x00\x00\x30", 4); }

/* No tree at all: the image alone in memory, entered with x0 = 0. */
static int no_tree(void)
{
    char options[600];

    snprintf(options, sizeof options, MACHINE " -device loader,file=%s,addr=0x40200000,force-raw=on"
             " -device loader,addr=0x40200000,cpu-num=0", kernel);
    if (machine_boot(&m, NULL, options, "") &&
        machine_uart_says(&m, "no usable device tree at 0x0", BOOT_MS) &&
        machine_uart_says(&m, "Stopped.\n", BOOT_MS))
        return 1;
    note("uart: %s", m.uart);
    return 0;
}

/* ---- A fault while telling of a fault -------------------------------------------------------- */

/* The emergency register's function becomes an instruction that faults: so the first try to tell of
 * a fault is the next one. What is left is the UART. */
static int double_fault(void)
{
    const uint64_t function = symbol("vb_console_emergency");

    if (!function)
        note("no symbols beside %s", kernel);
    if (!function || !boot(MACHINE " -m 128M" BOTH, "") ||
        !machine_poke(&m, 0x40200000 + function, "\x00\x00\x20\xd4", 4) || !machine_type(&m, "f"))
        return 0;
    if (machine_uart_says(&m, "a trap put there on purpose (brk)", BOOT_MS) &&
        machine_uart_says(&m, "Stopped.\n", BOOT_MS))
        return 1;
    note("uart: %s\nconsole: %s", m.uart, m.console);
    return 0;
}

/* Before the tree was read nobody knows of a UART; the machine's own is guessed. */
static int early_fault(void)
{
    const uint64_t function = symbol("platform_start");

    if (!function)
        note("no symbols beside %s", kernel);
    return function && machine_boot(&m, kernel, MACHINE " -S" BOTH, "") &&
           machine_poke(&m, 0x40200000 + function, "\x00\x00\x20\xd4", 4) && machine_run(&m) &&
           machine_uart_says(&m, "a trap put there on purpose (brk)", BOOT_MS) &&
           machine_uart_says(&m, "Stopped.\n", BOOT_MS);
}

/* ---- Bounce ---------------------------------------------------------------------------------- */

static uint32_t *last_frame(const char *append)
{
    uint32_t width, height, *pixels;

    if (!boot(MACHINE BOTH, append) || !strstr(m.console, "bounce: "))
        return NULL;
    pixels = machine_picture(&m, &width, &height);
    if (pixels && (width != 1280 || height != 720)) {
        free(pixels);
        pixels = NULL;
    }
    return pixels;
}

/* Rectangles of what changed lead to the same picture as whole frames do; and so do more frames,
 * but to another one. */
static int bounce(void)
{
    const size_t bytes = 1280 * 720 * 4;
    uint32_t *parts, *whole, *other;
    int fine;

    parts = last_frame("demo=bounce frames=77 damage=on");
    machine_end(&m);
    whole = last_frame("demo=bounce frames=77 damage=off");
    machine_end(&m);
    other = last_frame("demo=bounce frames=78");
    fine = parts && whole && other && !memcmp(parts, whole, bytes) && memcmp(parts, other, bytes);
    free(parts);
    free(whole);
    free(other);
    return fine;
}

static int bounce_counts(void)
{
    return machine_boot(&m, kernel, MACHINE BOTH, "demo=bounce frames=40 exit") &&
           machine_says(&m, "bounce: 40 frames in ", BOOT_MS) && machine_ended(&m, BOOT_MS) &&
           machine_flushes(&m) >= 41;
}

/* ---- Text on the card ------------------------------------------------------------------------ */

/* How many pixels differ inside of the card's text area (in[1]) and outside of it (in[0]). */
static void differences(const uint32_t *a, const uint32_t *b, unsigned in[2])
{
    in[0] = in[1] = 0;
    for (int y = 0; y < 720; y++)
        for (int x = 0; x < 1280; x++)
            if (a[y * 1280 + x] != b[y * 1280 + x])
                in[x >= 22 && x < 1258 && y >= 402 && y < 698]++;
}

/* What is typed appears among the letters as well: where there is no UART and no console to look
 * at, they are all there is. */
static int typed_on_card(void)
{
    uint32_t width = 0, height = 0, *before, *after = NULL;
    unsigned differ[2] = { 0, 0 };

    if (!boot(MACHINE BOTH, ""))
        return 0;
    usleep(200000);                     /* the last words of the story */
    before = machine_picture(&m, &width, &height);
    machine_type(&m, "hello");
    for (int i = 0; before && width == 1280 && height == 720 && i < 200 && differ[1] < 100; i++) {
        usleep(20000);
        free(after);
        after = machine_picture(&m, &width, &height);
        if (!after || width != 1280 || height != 720)
            break;
        differences(before, after, differ);
    }
    free(before);
    free(after);
    if (differ[0] || differ[1] < 100)
        note("%u pixels changed in the text, %u elsewhere", differ[1], differ[0]);
    return differ[0] == 0 && differ[1] >= 100;
}

/* ---- A display that changes ------------------------------------------------------------------ */

static int window_changes(void)
{
    uint32_t width = 0, height = 0, *pixels;
    int fine;

    if (system("qemu-system-aarch64 -vnc help 2>&1 | grep -q 'not available\\|disabled\\|invalid'") == 0)
        return -1;
    if (!boot(MACHINE BOTH " -vnc unix:FOLDER/vnc", "") || !machine_window(&m, 1024, 600) ||
        !machine_says(&m, "Picture 1280x720 on a display of 1024x600", BOOT_MS)) {
        note("console: %s", m.console);
        return 0;
    }
    usleep(300000);
    pixels = machine_picture(&m, &width, &height);
    fine = pixels && width == 1280 && height == 720 &&
           drawn_same(DRAWN_CARD, 0, pixels, width, height, 1);
    free(pixels);
    return fine;
}

/* ---- Checksums ------------------------------------------------------------------------------- */

/* The pictures as numbers, made once and looked at by a person: so that both drawers cannot change
 * their minds together. */
static int sum(const char *append, enum drawn what, uint64_t want)
{
    uint32_t width, height, *pixels;
    uint64_t is = 0;

    if (!boot(MACHINE BOTH, append))
        return 0;
    pixels = machine_picture(&m, &width, &height);
    if (pixels && width == 1280 && height == 720)
        is = drawn_sum(what, pixels, width, height);
    free(pixels);
    if (is != want)
        note("the checksum is 0x%016llx", (unsigned long long)is);
    return is == want;
}

static int sum_squares(void) { return sum("demo=squares", DRAWN_SQUARES, 0x0fd6c27099ec3951); }
static int sum_card(void) { return sum("", DRAWN_CARD, 0xd904ada9e350e208); }

/* ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*test)(void);
} tests[] = {
    { "checksum of squares", sum_squares },
    { "checksum of the card", sum_card },
    { "it clears what it needs cleared", garbage },
    { "what is typed appears on the card", typed_on_card },
    { "a window that changes its size: the picture is opened again", window_changes },
    { "idle costs under 3 % of a CPU, GIC 2", idle_gic2 },
    { "idle costs under 3 % of a CPU, GIC 3", idle_gic3 },
    { "idle costs under 3 % of a CPU, entered at EL2", idle_el2 },
    { "asleep, a key wakes it, GIC 2", awake_gic2 },
    { "asleep, a key wakes it, GIC 3", awake_gic3 },
    { "asleep, a key wakes it, GIC 3, entered at EL2", awake_el2 },
    { "wait=2500: it looks again for the missing gpu", waits_long },
    { "wait=0: it does not", waits_not },
    { "a tree without its magic: a clear stop", bad_magic },
    { "a tree of another version: a clear stop", bad_version },
    { "a tree whose structure lies outside: a clear stop", bad_offset },
    { "a tree that is cut off: a clear stop", bad_size },
    { "no tree: a clear stop", no_tree },
    { "a fault inside a fault goes to the UART", double_fault },
    { "a fault before the tree is read goes to a UART that is guessed", early_fault },
    { "bounce: rectangles and whole frames lead to the same picture", bounce },
    { "bounce: every frame is flushed, and exit ends it", bounce_counts },
};

int main(int argc, char **argv)
{
    const int count = sizeof tests / sizeof tests[0];
    int run = 0, failed = 0;

    if (!machine_possible())
        return 0;
    kernel = machine_kernel(argv[0]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < count; i++) {
        int fine;

        if (argc > 1 && !strstr(tests[i].name, argv[1]))
            continue;
        memset(&m, 0, sizeof m);
        m.in = m.out = m.monitor = m.viewer = -1;
        fine = tests[i].test();
        machine_end(&m);
        failed += !fine;
        printf("%s %d - %s%s\n", fine ? "ok" : "not ok", ++run, tests[i].name,
               fine < 0 ? " # SKIP this host or its QEMU can't show it" : "");
    }
    printf("1..%d\n", run);
    return failed != 0 || run == 0;
}
