/* test_loader.c - machine, loader and device tree in one process: where things come to lie, on every
 * map, and what damaged or oversized files lead to: one sentence, and nothing outside of RAM. */
#include "run.h"

#include "examples/vmm/loader.h"
#include "examples/vmm/tree.h"

#include <fcntl.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MiB(n) ((uint64_t)(n) << 20)

/* ---- A machine, and what was said about it ------------------------------------------------- */

static struct machine machine;
static char said[8192];

static size_t no_console(void *context, const uint8_t *text, size_t bytes)
{
    (void)context, (void)text;
    return bytes;
}

static void no_uart(void *context, const uint8_t *text, size_t bytes)
{
    (void)context, (void)text, (void)bytes;
}

static void no_line(void *context, unsigned line, bool high)
{
    (void)context, (void)line, (void)high;
}

static void no_frame(void *context, const struct gpu_frame *frame, const struct gpu_rect *damage)
{
    (void)context, (void)frame, (void)damage;
}

static void no_screen(void *context)
{
    (void)context;
}

static struct options options(const char *map, uint64_t memory)
{
    static char kernel[700];
    struct options o = {
        .kernel = kernel, .append = "words", .memory = memory, .transport = TRANSPORT_PCI,
        .width = 64, .height = 48, .map = map
    };

    snprintf(kernel, sizeof kernel, "%s", path_in_dir("kernel"));
    return o;
}

static bool create(const struct options *o, enum arch arch)
{
    const struct outside out = {
        .console = no_console, .uart = no_uart, .set_line = no_line,
        .screen = { NULL, no_frame, no_screen }
    };

    memset(&machine, 0, sizeof machine);
    if (!machine_create(&machine, o, arch, &out))
        return false;
    machine.gic_version = arch == ARCH_AARCH64 ? 3 : 0;
    return true;
}

/* What is said on stderr comes into `said`. */
static bool listen_to(bool (*what)(const struct options *o, enum arch arch), const struct options *o,
                      enum arch arch)
{
    int before = dup(2), file = open(path_in_dir("said"), O_CREAT | O_TRUNC | O_RDWR, 0600);
    ssize_t n;
    bool result;

    fflush(stderr);
    dup2(file, 2);
    result = what(o, arch);
    fflush(stderr);
    dup2(before, 2);
    n = pread(file, said, sizeof said - 1, 0);
    said[n > 0 ? n : 0] = 0;
    close(file);
    close(before);
    return result;
}

/* As main_kvm.c does it: check, create, load. */
static bool load(const struct options *o, enum arch arch)
{
    const struct image_wanted wanted = { arch, IMAGE_LINUX | IMAGE_ELF | IMAGE_PVH | IMAGE_RAW };
    struct image image;

    return image_check(&image, o, &wanted) && create(o, arch)
        && loader_load(&machine, o, &image);
}

static void end(void)
{
    machine_destroy(&machine);
    memset(&machine, 0, sizeof machine);
}

static const uint8_t *at(uint64_t address)
{
    const uint8_t *p = guest_range(&machine.memory, address, 1);

    return p != NULL ? p : (const uint8_t *)"";
}

/* ---- Files --------------------------------------------------------------------------------- */

static uint8_t file[1 << 16];

static void make_image(uint64_t text_offset, uint64_t image_bytes)
{
    memset(file, 0, sizeof file);
    memcpy(file, "code", 4);
    store_le64(file + 8, text_offset);
    store_le64(file + 16, image_bytes);
    memcpy(file + 56, "ARM\x64", 4);
    make_file("kernel", file, 4096);
}

enum { ANYWHERE = 3, FIXED = 2, ARM64 = 183, X86_64 = 62 };

/* One segment with 16 bytes of code, and 64 bytes of zeroes behind; for x86_64 a note besides. */
static void make_elf(unsigned type, unsigned cpu, uint64_t virtual, uint64_t physical, uint64_t entry)
{
    uint8_t *segment = file + 64, *note = file + 120;

    memset(file, 0, sizeof file);
    memcpy(file, "\x7f" "ELF\2\1\1", 7);
    store_le16(file + 16, (uint16_t)type);
    store_le16(file + 18, (uint16_t)cpu);
    store_le64(file + 24, entry);
    store_le64(file + 32, 64);
    store_le16(file + 54, 56);
    store_le16(file + 56, cpu == X86_64 ? 2 : 1);
    store_le32(segment, 1);
    store_le64(segment + 8, 0x200);
    store_le64(segment + 16, virtual);
    store_le64(segment + 24, physical);
    store_le64(segment + 32, 16);
    store_le64(segment + 40, 80);
    store_le32(note, 4);
    store_le64(note + 8, 0x300);
    store_le64(note + 32, 20);
    memcpy(file + 0x200, "sixteen bytes...", 16);
    store_le32(file + 0x300, 4);
    store_le32(file + 0x304, 4);
    store_le32(file + 0x308, 18);
    memcpy(file + 0x30c, "Xen", 4);
    store_le32(file + 0x310, (uint32_t)entry);
    make_file("kernel", file, 4096);
}

/* ---- Where things come to lie ---------------------------------------------------------------- */

static void images(void)
{
    struct options o = options(NULL, MiB(64));

    make_image(0, MiB(1));
    check(load(&o, ARCH_AARCH64) && machine.entry == 0x70200000 && memcmp(at(machine.entry), "code", 4) == 0,
          "an Image with text_offset 0: 2 MiB into RAM, as QEMU loads it", "0x%llx",
          (unsigned long long)machine.entry);
    check(fdt_check_full(at(machine.boot), 1 << 20) == 0 && machine.boot == 0x70000000 + MiB(62),
          "the device tree: 2 MiB before the end, and libfdt finds no fault", "0x%llx",
          (unsigned long long)machine.boot);
    end();

    make_image(0x80000, MiB(1));
    check(load(&o, ARCH_AARCH64) && machine.entry == 0x70080000, "an Image with text_offset 0x80000",
          "0x%llx", (unsigned long long)machine.entry);
    end();

    make_elf(FIXED, ARM64, 0xffff800000000000, 0x70400000, 0xffff800000000008);
    check(load(&o, ARCH_AARCH64) && machine.entry == 0x70400008
          && memcmp(at(0x70400000), "sixteen bytes...\0\0", 18) == 0,
          "ELF: at its physical address; the entry moves with its segment", "0x%llx",
          (unsigned long long)machine.entry);
    end();

    make_elf(ANYWHERE, ARM64, 0x1000, 0x1000, 0x1004);
    check(load(&o, ARCH_AARCH64) && machine.entry == 0x70201004, "ELF for any address: where an Image would be",
          "0x%llx", (unsigned long long)machine.entry);
    end();

    make_file("kernel.bin", "raw bytes", 9);
    o.kernel = path_in_dir("kernel.bin");
    check(load(&o, ARCH_AARCH64) && machine.entry == 0x70200000 && memcmp(at(machine.entry), "raw", 3) == 0,
          "FILE.bin: as it is", "0x%llx", (unsigned long long)machine.entry);
    end();
}

static void pvh(void)
{
    struct options o = options(NULL, MiB(4096));
    const uint8_t *info, *modules, *map;

    make_elf(FIXED, X86_64, 0x100000, 0x100000, 0x100004);
    make_file("initrd", "an initrd", 9);
    o.initrd = path_in_dir("initrd");
    check(load(&o, ARCH_X86_64) && machine.entry == 0x100004, "PVH: the entry is the note's", "0x%llx",
          (unsigned long long)machine.entry);
    info = at(machine.boot);
    modules = at(load_le64(info + 16));
    map = at(load_le64(info + 40));
    check(machine.boot < MiB(4096) && load_le32(info) == 0x336ec578
          && strcmp((const char *)at(load_le64(info + 24)), "words") == 0,
          "PVH: start info below 4 GiB, with magic and command line", "0x%llx", (unsigned long long)machine.boot);
    check(load_le32(info + 12) == 2 && memcmp(at(load_le64(modules)), "an initrd", 9) == 0
          && load_le64(modules + 8) == 9 && fdt_check_full(at(load_le64(modules + 32)), 1 << 20) == 0,
          "PVH: two modules, the initrd and then the device tree", "%u", load_le32(info + 12));
    check(load_le32(info + 48) == 2 && load_le64(map) == 0 && load_le64(map + 8) == MiB(3072)
          && load_le32(map + 16) == 1 && load_le64(map + 24) == MiB(4096) && load_le64(map + 32) == MiB(1024),
          "PVH: RAM in two pieces, with a hole below 4 GiB", "%u", load_le32(info + 48));
    end();
}

/* ---- The tree --------------------------------------------------------------------------------- */

static uint64_t reg(const void *tree, const char *path, unsigned cell)
{
    int bytes = 0, node = fdt_path_offset(tree, path);
    const fdt32_t *cells = fdt_getprop(tree, node, "reg", &bytes);

    if (cells == NULL || bytes < (int)(cell + 2) * 4)
        return UINT64_MAX;
    return (uint64_t)fdt32_to_cpu(cells[cell]) << 32 | fdt32_to_cpu(cells[cell + 1]);
}

static unsigned count_slots(const void *tree)
{
    unsigned n = 0;

    for (int node = fdt_node_offset_by_compatible(tree, -1, "virtio,mmio"); node >= 0; n++)
        node = fdt_node_offset_by_compatible(tree, node, "virtio,mmio");
    return n;
}

static int uart(const void *tree)
{
    int chosen = fdt_path_offset(tree, "/chosen");

    return fdt_path_offset(tree, fdt_getprop(tree, chosen, "stdout-path", NULL));
}

/* Whatever the map says, the tree says it too; nothing overlaps (else machine_create fails). */
static void trees(void)
{
    static const struct { enum arch arch; const char *map; uint64_t ram, ecam, slots; } rows[] = {
        { ARCH_AARCH64, "plain", 0x70000000, 0x40000000, 8 },
        { ARCH_AARCH64, "qemu", 0x40000000, 0x3f000000, 32 },
        { ARCH_AARCH64, "high", 0x204000000, 0x20000000, 5 },
        { ARCH_X86_64, "plain", 0, 0xe0000000, 8 },
        { ARCH_X86_64, "high", 0, 0x20000000, 5 },
    };
    char name[200], path[80];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned t = TRANSPORT_PCI; t <= TRANSPORT_BOTH; t++) {
            struct options o = options(rows[i].map, MiB(64));
            static uint8_t tree[1 << 16];
            bool pci = t != TRANSPORT_MMIO, arm = rows[i].arch == ARCH_AARCH64;
            size_t bytes;

            o.transport = t;
            if (!create(&o, rows[i].arch))
                bytes = 0;
            else
                bytes = tree_write(&machine, &o, tree, sizeof tree);
            snprintf(path, sizeof path, "/memory@%llx", (unsigned long long)rows[i].ram);
            snprintf(name, sizeof name, "%s, %s, transport %u: tree and machine agree",
                     arm ? "arm64" : "x86_64", rows[i].map, t);
            check(bytes > 0 && fdt_check_full(tree, bytes) == 0 && reg(tree, path, 0) == rows[i].ram
                  && reg(tree, path, 2) == MiB(64)
                  && (fdt_node_offset_by_compatible(tree, -1, "pci-host-ecam-generic") >= 0) == pci
                  && count_slots(tree) == (t == TRANSPORT_PCI ? 0 : rows[i].slots)
                  && (fdt_node_offset_by_compatible(tree, -1, "arm,gic-v3") >= 0) == arm
                  && (fdt_node_offset_by_compatible(tree, -1, "arm,psci-1.0") >= 0) == arm
                  && fdt_path_offset(tree, "/chosen") >= 0
                  && (!arm || fdt_node_check_compatible(tree, uart(tree), "arm,pl011") == 0),
                  name, "%zu bytes, RAM 0x%llx, slots %u", bytes, (unsigned long long)reg(tree, path, 0),
                  count_slots(tree));
            end();
        }
}

/* Virtualization.framework's machine: what its guests reported, with so much RAM. */
static void vz(void)
{
    static const struct { uint64_t memory, window; } rows[] = {
        { MiB(256), 0x100000000 }, { MiB(2048), 0x100000000 }, { MiB(4096), 0x180000000 },
        { MiB(15360), 0x440000000 },
    };
    char name[100];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct options o = options(NULL, rows[i].memory);
        static uint8_t tree[1 << 16];
        const fdt32_t *ranges = NULL;
        int bytes = 0;

        o.quirks = MACHINE_VZ;
        if (create(&o, ARCH_AARCH64) && tree_write(&machine, &o, tree, sizeof tree) > 0)
            ranges = fdt_getprop(tree, fdt_path_offset(tree, "/pcie@40000000"), "ranges", &bytes);
        snprintf(name, sizeof name, "vz: windows with %u MiB of RAM", (unsigned)(rows[i].memory >> 20));
        check(bytes == 84 && fdt64_ld((const fdt64_t *)(const void *)(ranges + 10)) == 0x50000000
              && fdt64_ld((const fdt64_t *)(const void *)(ranges + 12)) == 0x1ffe0000
              && fdt64_ld((const fdt64_t *)(const void *)(ranges + 17)) == rows[i].window, name,
              "%d bytes", bytes);
        check(fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "stdout-path", NULL) == NULL
              && fdt_node_offset_by_compatible(tree, -1, "arm,pl011") < 0
              && count_slots(tree) == 0 && reg(tree, "/pcie@40000000", 2) == MiB(256)
              && reg(tree, "/intc@10000000", 4) == 0x10010000
              && reg(tree, "/intc@10000000/v2m@1fff0000", 0) == 0x1fff0000,
              "... neither UART nor slots; a GICv3 with its page for messages", "no");
        check(pci_config_read(&machine.pci, 0, PCI_ID, 4) == 0x1a05106b
              && pci_config_read(&machine.pci, 5, PCI_ID, 4) == 0x10431af4
              && pci_config_read(&machine.pci, 6, PCI_ID, 4) == 0x10501af4
              && pci_config_read(&machine.pci, 5, PCI_BAR, 4) == 0x5000c004
              && pci_config_read(&machine.pci, 6, PCI_BAR, 4) == 4
              && machine.gpu.vdev.offered == 0x10130000000,
              "... the console has an address, the gpu has none, nor EDID", "offered 0x%llx",
              (unsigned long long)machine.gpu.vdev.offered);
        end();
    }
}

/* dtc knows rules that libfdt does not. */
static void dtc(unsigned quirks, unsigned transport)
{
    static struct run r;
    struct options o = options(NULL, MiB(64));
    static uint8_t tree[1 << 16];
    size_t bytes;

    if (!have_program("dtc")) {
        skip("dtc has nothing to warn of", "no dtc");
        return;
    }
    o.quirks = quirks;
    o.transport = transport;
    create(&o, ARCH_AARCH64);
    bytes = tree_write(&machine, &o, tree, sizeof tree);
    end();
    make_file("tree", tree, bytes);
    run(&r, "dtc -I dtb -O dts -o $DIR/dts $DIR/tree");
    check(r.code == 0 && strstr(r.err, "Warning") == NULL, "dtc has nothing to warn of", SEEN);
}

/* ---- Refusals ------------------------------------------------------------------------------- */

/* An ELF file in which some bytes are changed. */
static const struct damage {
    const char *name;
    unsigned    offset, bytes;
    uint64_t    value;
    const char *says;
} damages[] = {
    { "program headers behind the end", 32, 8, 1 << 20, "segment 0 lies outside the file" },
    { "program headers at the end of all", 32, 8, UINT64_MAX - 8, "segment 0 lies outside the file" },
    { "program headers that are too small", 54, 2, 8, "segment 0 lies outside the file" },
    { "a hundred program headers", 56, 2, 100, "lies outside the file" },
    { "no program header", 56, 2, 0, "starts at 0xffffffffffffffff, and there is no RAM" },
    { "a segment behind the end", 72, 8, 4090, "segment 0 lies outside the file" },
    { "a segment at the end of all", 72, 8, UINT64_MAX - 4, "segment 0 lies outside the file" },
    { "a segment larger in the file than in memory", 104, 8, 8, "segment 0 lies outside the file" },
    { "a segment larger than all", 104, 8, UINT64_MAX, "does not fit: it wants 0x70400000" },
    { "a segment below RAM", 88, 8, 0x6fffffff, "does not fit: it wants 0x6fffffff" },
    { "a segment over the end of RAM", 88, 8, 0x73fffff8, "does not fit: it wants 0x73fffff8" },
    { "a segment at the end of all addresses", 88, 8, UINT64_MAX - 8, "does not fit" },
    { "an entry outside of all segments", 24, 8, 0x71, "starts at 0xffffffffffffffff" },
    { "a segment where the device tree will be", 88, 8, 0x73e00000, "give the guest more with --mem" },
};

static void refused(const char *name, const struct options *o, enum arch arch, const char *says)
{
    bool loaded = listen_to(load, o, arch);

    check(!loaded && strstr(said, says) != NULL && strchr(said, '\n') == strrchr(said, '\n'), name,
          "wanted one line with \"%s\": %d, %s", says, loaded, said);
    end();
}

static void refusals(void)
{
    struct options o = options(NULL, MiB(64));
    static char words[(1 << 20) + 100];
    char name[200];

    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const struct damage *d = &damages[i];

        make_elf(FIXED, ARM64, 0x70400000, 0x70400000, 0x70400000);
        for (unsigned b = 0; b < d->bytes; b++)
            file[d->offset + b] = (uint8_t)(d->value >> 8 * b);
        make_file("kernel", file, 4096);
        snprintf(name, sizeof name, "ELF refused: %s", d->name);
        refused(name, &o, ARCH_AARCH64, d->says);
    }
    make_elf(FIXED, ARM64, 0x70400000, 0x70400000, 0x70400000);
    make_file("kernel", file, 40);
    refused("ELF refused: cut off in its header", &o, ARCH_AARCH64, "not even its ELF header");

    make_elf(FIXED, X86_64, 0x100000, 0x100000, 0xf0000000);
    refused("PVH refused: an entry where no RAM is", &o, ARCH_X86_64, "starts at 0xf0000000");
    store_le32(file + 0x308, 17);
    make_file("kernel", file, 4096);
    refused("PVH refused: no such note", &o, ARCH_X86_64, "without a PVH note");

    make_image(0, MiB(61));
    refused("an Image that leaves no room for the tree", &o, ARCH_AARCH64, "give the guest more with --mem");
    make_image(0, MiB(1));
    make_file("initrd", file, sizeof file);
    o.initrd = path_in_dir("initrd");
    if (truncate(o.initrd, (off_t)MiB(60)) == 0)
        refused("an initrd that leaves no room for the kernel", &o, ARCH_AARCH64, "give the guest more with --mem");
    if (truncate(o.initrd, (off_t)MiB(70)) == 0)
        refused("an initrd larger than RAM", &o, ARCH_AARCH64, "does not fit");
    o.initrd = NULL;

    memset(words, 'x', sizeof words - 1);
    o.append = words;
    refused("bootargs larger than the tree", &o, ARCH_AARCH64, "is --append that long?");
    words[(1 << 20) - 4096] = 0;
    make_elf(FIXED, X86_64, 0x100000, 0x100000, 0x100000);
    refused("a command line larger than its place", &o, ARCH_X86_64, "--append");
    o.append = "";

    o.map = "moon";
    refused("a map that is none", &o, ARCH_X86_64, "--map moon: accepted is one of plain, high");
    o.map = NULL;
    make_file("tree", "\xd0\x0d\xfe\xed", 4);
    o.dtb = strdup(path_in_dir("tree"));
    make_file("kernel.bin", "raw", 3);
    o.kernel = strdup(path_in_dir("kernel.bin"));
    refused("a --dtb of four bytes", &o, ARCH_AARCH64, "tree is cut off");
    memset(file, 0, 64);
    memcpy(file, "\xd0\x0d\xfe\xed\0\0\0\x40\0\0\0\x30\0\0\0\x38\0\0\0\x28\0\0\0\1", 24);
    make_file("tree", file, 48);
    refused("a --dtb that is cut off", &o, ARCH_AARCH64, "tree is cut off");
    make_file("tree", file, 64);
    refused("a --dtb of another age", &o, ARCH_AARCH64, "the device tree cannot be written");
    o.quirks = MACHINE_VZ;
    o.transport = TRANSPORT_MMIO;
    refused("vz has no virtio-mmio", &o, ARCH_AARCH64, "this machine has PCI only");
    o.quirks = MACHINE_PLAIN;
    o.gpu_delay = 5;
    refused("a gpu in a slot comes late", &o, ARCH_AARCH64, "use --transport pci");
    free((char *)(uintptr_t)o.dtb);
    free((char *)(uintptr_t)o.kernel);
}

/* A tree of the user's gets the words and the initrd, and is otherwise as it was. */
static void own_tree(void)
{
    struct options o = options(NULL, MiB(64)), with = o;
    static uint8_t tree[1 << 16];
    const char *words;

    o.append = "";
    create(&o, ARCH_AARCH64);
    make_file("tree", tree, tree_write(&machine, &o, tree, sizeof tree));
    end();
    make_image(0, MiB(1));
    make_file("initrd", "an initrd", 9);
    with.dtb = path_in_dir("tree");
    with.initrd = path_in_dir("initrd");
    with.map = "qemu";
    check(load(&with, ARCH_AARCH64), "--dtb: a tree of the user's", "refused");
    words = fdt_getprop(at(machine.boot), fdt_path_offset(at(machine.boot), "/chosen"), "bootargs", NULL);
    check(words != NULL && strcmp(words, "words") == 0
          && fdt_getprop(at(machine.boot), fdt_path_offset(at(machine.boot), "/chosen"), "linux,initrd-end",
                         NULL) != NULL
          && reg(at(machine.boot), "/memory@70000000", 0) == 0x70000000,
          "... gets --append and --initrd, and is otherwise as it was", "%s", words);
    end();
}

/* ---- Any damage at all ------------------------------------------------------------------------ */

/* Under ASan: whatever is in the headers, nothing outside of file and RAM is touched. */
static void random_damage(void)
{
    struct options o = options(NULL, MiB(64));
    uint32_t seed = 1;
    unsigned loaded = 0;

    for (unsigned turn = 0; turn < 1500; turn++) {
        bool x86 = turn & 1;

        make_elf(turn & 2 ? ANYWHERE : FIXED, x86 ? X86_64 : ARM64, 0x70400000, x86 ? 0x100000 : 0x70400000,
                 x86 ? 0x100000 : 0x70400000);
        for (unsigned n = 0; n <= turn % 4; n++) {
            seed = seed * 1664525 + 1013904223;
            file[20 + (seed >> 8) % 156] = (uint8_t)(seed >> 24);
        }
        make_file("kernel", file, turn % 5 ? 1024 : 100 + (seed >> 12) % 700);
        loaded += listen_to(load, &o, x86 ? ARCH_X86_64 : ARCH_AARCH64);
        end();
    }
    check(loaded > 100 && loaded < 1400, "1500 damaged ELF files: loaded or refused", "%u loaded", loaded);
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
    images();
    pvh();
    trees();
    dtc(MACHINE_PLAIN, TRANSPORT_BOTH);
    vz();
    dtc(MACHINE_VZ, TRANSPORT_PCI);
    refusals();
    own_tree();
    random_damage();
    return finish();
}
