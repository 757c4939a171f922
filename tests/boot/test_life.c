/* test_life.c - what a picture and a line do not show: sleep, damaged trees, bounce, double faults
 *
 *     test_life          all of them
 *     test_life TEXT     those with TEXT in their name
 *
 * Needs: qemu-system-aarch64, for their tests qemu-system-riscv64 and qemu-system-x86_64; to see how
 * much of a CPU an idle kernel costs, Linux. */
#include "drawn.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BOTH    " -device virtio-gpu-pci -device virtio-serial-pci -device virtconsole,chardev=vc"
#define MMIO    " -global virtio-mmio.force-legacy=false -device virtio-gpu-device" \
                " -device virtio-serial-device -device virtconsole,chardev=vc"
#define READY   "q power off\n"

enum { BOOT_MS = 30000 };

/* ---- What is tested, on which machine ------------------------------------------------------- */

typedef struct target {
    const char *cpu, *machine, *devices;
    uint64_t    loaded;                 /* where the image lies */
    const char *trap;                   /* an instruction of four bytes that faults ... */
    const char *trapped;                /* ... and how that is told */
    uint64_t    tree;                   /* with 128 MB of RAM */
} target;

#define ARM(options)   .cpu = "aarch64", .machine = "-M virt" options, .loaded = 0x40200000, \
                       .trap = "\x00\x00\x20\xd4", .trapped = "put there on purpose (brk)", \
                       .tree = 0x44000000
#define RISCV          .cpu = "riscv64", .machine = "-M virt", .loaded = 0x80200000, \
                       .trap = "\x73\x00\x10\x00", .trapped = "put there on purpose (ebreak)"
/* Linked for where it lies, so its symbols are addresses already. */
#define X86            .cpu = "x86_64", .loaded = 0, \
                       .trap = "\xcc\x90\x90\x90", .trapped = "put there on purpose (int3)"

static const target
    arm      = { ARM(" -cpu cortex-a72"), .devices = BOTH },
    arm_gic2 = { ARM(",gic-version=2 -cpu cortex-a72"), .devices = BOTH },
    arm_gic3 = { ARM(",gic-version=3 -cpu cortex-a72"), .devices = BOTH },
    arm_el2  = { ARM(",gic-version=3,virtualization=on -cpu max"), .devices = MMIO },
    riscv    = { RISCV, .devices = BOTH },
    riscv_mmio = { RISCV, .devices = MMIO },
    q35      = { X86, .machine = "-M q35", .devices = BOTH },
    microvm  = { X86, .machine = "-M microvm", .devices = MMIO };

static const target *t;                 /* of the test that runs */
static machine m;

/* Boots t's machine with these devices and more words. */
static int start_with(const char *devices, const char *more, const char *append)
{
    char options[1000];

    snprintf(options, sizeof options, "%s%s%s", t->machine, devices, more);
    return machine_boot(&m, t->cpu, machine_kernel(t->cpu), options, append);
}

static int start(const char *more, const char *append)
{
    return start_with(t->devices, more, append);
}

static int boot(const char *more, const char *append)
{
    if (start(more, append) && machine_says(&m, READY, BOOT_MS))
        return 1;
    note("it did not come up: %s", m.console);
    return 0;
}

/* Where the ELF beside the image has a symbol, relative to its start; 0 if that can't be found. */
static uint64_t symbol(const char *name)
{
    const char *kernel = machine_kernel(t->cpu);
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
    if (!value)
        note("no symbol %s beside %s", name, kernel);
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
    if (!from || to <= from || to - from > sizeof junk)
        return 0;
    return start(" -S", "") && machine_poke(&m, t->loaded + from, junk, to - from) &&
           machine_run(&m) && machine_says(&m, READY, BOOT_MS);
}

/* ---- Sleep ----------------------------------------------------------------------------------- */

/* Under 3 % of a CPU. On a busy host everything is a little dearer, so the best of some seconds
 * counts. -1: it can't be measured here. */
static int idle(void)
{
    double best = 1;

    if (!boot("", ""))
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

/* It also wakes: a key is answered soon. */
static int awake(void)
{
    return boot("", "") && usleep(500000) == 0 && machine_type(&m, "x") &&
           machine_says(&m, READY "x", 4000);
}

/* ---- Devices that come late ------------------------------------------------------------------ */

/* None can come late on this machine; but for how long the kernel looks again can be seen. */
static int waits(const char *append, int from_ms, int to_ms)
{
    struct timespec before, after;
    int ms;

    if (!start_with(" -device virtio-serial-pci -device virtconsole,chardev=vc", "", append) ||
        !machine_says(&m, "VB_E_NOT_FOUND", BOOT_MS))
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

static int stopped(void)
{
    if (machine_uart_says(&m, "no usable device tree", BOOT_MS) &&
        machine_uart_says(&m, "Stopped.", BOOT_MS))
        return 1;
    note("uart: %s\nconsole: %s", m.uart, m.console);
    return 0;
}

/* The tree lies where QEMU 7.2 puts it for 128 MB; it is spoiled before the first instruction. */
static int spoiled(uint64_t offset, const void *bytes, size_t count)
{
    return start(" -m 128M -S", "") && machine_poke(&m, t->tree + offset, bytes, count) &&
           machine_run(&m) && stopped();
}

static int bad_magic(void) { return spoiled(0, "\x0d\xd0\xfe\xed", 4); }
static int bad_version(void) { return spoiled(24, "\xff\xff\xff\xff", 4); }
static int bad_offset(void) { return spoiled(8, "\x7f\xff\xff\x00", 4); }
static int bad_size(void) { return spoiled(4, "\x00\x00\x00\x30", 4); }

/* No tree at all: the image alone in memory, entered with x0 = 0. */
static int no_tree(void)
{
    char options[600];

    snprintf(options, sizeof options, "%s -device loader,file=%s,addr=0x40200000,force-raw=on"
             " -device loader,addr=0x40200000,cpu-num=0", t->machine, machine_kernel(t->cpu));
    return machine_boot(&m, t->cpu, NULL, options, "") && stopped() &&
           machine_uart_says(&m, "no usable device tree at 0x0 ", 0);
}

/* Firmware needs the tree itself; so the kernel's first instruction becomes li a1, 0. */
static int no_tree_riscv(void)
{
    const uint64_t enter = symbol("enter");

    return enter && start(" -S", "") && machine_poke(&m, t->loaded + enter, "\x93\x05\x00\x00", 4) &&
           machine_run(&m) && stopped() && machine_uart_says(&m, "no usable device tree at 0x0 ", 0);
}

/* ---- A fault while telling of a fault -------------------------------------------------------- */

/* The emergency register's function becomes an instruction that faults: so the first try to tell of
 * a fault is the next one. What is left is the UART. */
static int told_by_uart(void)
{
    if (machine_uart_says(&m, t->trapped, BOOT_MS) && machine_uart_says(&m, "Stopped.", BOOT_MS))
        return 1;
    note("uart: %s\nconsole: %s", m.uart, m.console);
    return 0;
}

static int double_fault(void)
{
    const uint64_t function = symbol("vb_console_emergency");

    return function && boot("", "") && machine_poke(&m, t->loaded + function, t->trap, 4) &&
           machine_type(&m, "f") && told_by_uart();
}

/* Before the tree was read nobody knows of a UART; arm64 guesses the machine's own, RISC-V asks the
 * firmware to print. */
static int early_fault(void)
{
    const uint64_t function = symbol("platform_start");

    return function && start(" -S", "") && machine_poke(&m, t->loaded + function, t->trap, 4) &&
           machine_run(&m) && told_by_uart();
}

/* ---- What a fault means, riscv64 ------------------------------------------------------------- */

/* These instructions are put where the kernel comes by when it is awake. */
static int explains(const char *bytes, size_t count, const char *meaning)
{
    const uint64_t function = symbol("vb_console_read");

    if (!function || !boot("", "") || !machine_poke(&m, t->loaded + function, bytes, count))
        return 0;
    if (machine_says(&m, meaning, BOOT_MS) && machine_says(&m, "Stopped.", BOOT_MS))
        return 1;
    note("console: %s", m.console);
    return 0;
}

static int explains_instruction(void) { return explains("\0\0\0\0", 4, "no such instruction"); }
static int explains_jump(void) { return explains("\x67\0\0\0", 4, "a jump to where no code is"); }
static int explains_device(void)        /* a jump beyond the end of RAM: devices are never executed */
{
    return explains("\x97\x02\x00\x10\x67\x80\x02\0", 8, "a jump to where no code is");
}
static int explains_nobody(void)        /* a load from 0x08000000, where QEMU has nothing */
{
    return explains("\xb7\x02\x00\x08\x83\xb2\x02\x00", 8, "nothing answers at this address");
}
static int explains_wild(void)          /* a store at the end of all addresses */
{
    return explains("\xfd\x52\x23\xb0\x02\x00", 6, "a wild pointer");
}

/* ---- Bounce ---------------------------------------------------------------------------------- */

static uint32_t *last_frame(const char *append)
{
    uint32_t width, height, *pixels;

    if (!boot("", append) || !strstr(m.console, "bounce: "))
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
    return start("", "demo=bounce frames=40 exit") &&
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

    if (!boot("", ""))
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
    if (!boot(" -vnc unix:FOLDER/vnc", "") || !machine_window(&m, 1024, 600) ||
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

    if (!boot("", append))
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
    const char   *name;
    int         (*test)(void);
    const target *on;
} tests[] = {
    { "checksum of squares", sum_squares, &arm },
    { "checksum of squares, riscv64", sum_squares, &riscv },
    { "checksum of squares, x86_64", sum_squares, &q35 },
    { "checksum of the card", sum_card, &arm },
    { "checksum of the card, riscv64", sum_card, &riscv },
    { "checksum of the card, x86_64", sum_card, &microvm },
    { "it clears what it needs cleared", garbage, &arm },
    { "it clears what it needs cleared, riscv64", garbage, &riscv },
    { "it clears what it needs cleared, x86_64", garbage, &q35 },
    { "what is typed appears on the card", typed_on_card, &arm },
    { "a window that changes its size: the picture is opened again", window_changes, &arm },
    { "idle costs under 3 % of a CPU, GIC 2", idle, &arm_gic2 },
    { "idle costs under 3 % of a CPU, GIC 3", idle, &arm_gic3 },
    { "idle costs under 3 % of a CPU, entered at EL2", idle, &arm_el2 },
    { "idle costs under 3 % of a CPU, riscv64", idle, &riscv },
    { "idle costs under 3 % of a CPU, x86_64, q35", idle, &q35 },
    { "idle costs under 3 % of a CPU, x86_64, microvm", idle, &microvm },
    { "asleep, a key wakes it, GIC 2", awake, &arm_gic2 },
    { "asleep, a key wakes it, GIC 3", awake, &arm_gic3 },
    { "asleep, a key wakes it, GIC 3, entered at EL2", awake, &arm_el2 },
    { "asleep, a key wakes it, riscv64", awake, &riscv },
    { "asleep, a key wakes it, riscv64, mmio", awake, &riscv_mmio },
    { "asleep, a key wakes it, x86_64, q35", awake, &q35 },
    { "asleep, a key wakes it, x86_64, microvm", awake, &microvm },
    { "wait=2500: it looks again for the missing gpu", waits_long, &arm },
    { "wait=2500: it looks again for the missing gpu, riscv64", waits_long, &riscv },
    { "wait=2500: it looks again for the missing gpu, x86_64", waits_long, &q35 },
    { "wait=0: it does not", waits_not, &arm },
    { "a tree without its magic: a clear stop", bad_magic, &arm },
    { "a tree of another version: a clear stop", bad_version, &arm },
    { "a tree whose structure lies outside: a clear stop", bad_offset, &arm },
    { "a tree that is cut off: a clear stop", bad_size, &arm },
    { "no tree: a clear stop", no_tree, &arm },
    { "no tree: a clear stop, riscv64", no_tree_riscv, &riscv },
    { "a fault inside a fault goes to the UART", double_fault, &arm },
    { "a fault inside a fault goes to the UART, riscv64", double_fault, &riscv },
    { "a fault inside a fault goes to the UART, x86_64", double_fault, &q35 },
    { "a fault before the tree is read goes to a UART that is guessed", early_fault, &arm },
    { "a fault before the tree is read goes to the firmware, riscv64", early_fault, &riscv },
    { "a fault before anything is read goes to COM1, x86_64", early_fault, &q35 },
    { "an instruction that is none, explained, riscv64", explains_instruction, &riscv },
    { "a jump to a null pointer, explained, riscv64", explains_jump, &riscv },
    { "a jump beyond RAM, explained, riscv64", explains_device, &riscv },
    { "an address where nobody is, explained, riscv64", explains_nobody, &riscv },
    { "a wild pointer, explained, riscv64", explains_wild, &riscv },
    { "bounce: rectangles and whole frames lead to the same picture", bounce, &arm },
    { "bounce: every frame is flushed, and exit ends it", bounce_counts, &arm },
    { "bounce: every frame is flushed, and exit ends it, riscv64", bounce_counts, &riscv },
    { "bounce: every frame is flushed, and exit ends it, x86_64", bounce_counts, &microvm },
};

/* What is missing for it, or NULL if it was run. */
static const char *run(int i, int *fine)
{
    t = tests[i].on;
    if (machine_missing(t->cpu))
        return machine_missing(t->cpu);
    memset(&m, 0, sizeof m);
    m.in = m.out = m.monitor = m.viewer = -1;
    *fine = tests[i].test();
    machine_end(&m);
    return *fine < 0 ? "this host or its QEMU can't show it" : NULL;
}

int main(int argc, char **argv)
{
    const int count = sizeof tests / sizeof tests[0];
    int done = 0, failed = 0;

    machine_find_tree(argv[0]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < count; i++) {
        const char *missing;
        int fine = 1;

        if (argc > 1 && !strstr(tests[i].name, argv[1]))
            continue;
        missing = run(i, &fine);
        failed += !fine;
        printf("%s %d - %s%s%s\n", fine ? "ok" : "not ok", ++done, tests[i].name,
               missing ? " # SKIP " : "", missing ? missing : "");
    }
    printf("1..%d\n", done);
    return failed != 0 || done == 0;
}
