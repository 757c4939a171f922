/* image.c - the headers of kernels, and the many files that are taken for one. */
#include "image.h"
#include "file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- Signatures --------------------------------------------------------------------------- */

static const struct signature {
    unsigned    offset, bytes;
    const char *magic;
    const char *is;                     /* completes "FILE is ..." */
} signatures[] = {
    { 0, 2, "\x1f\x8b", "compressed by gzip: unpack it first, gunzip -c FILE > kernel.img" },
    { 0, 6, "\xfd" "7zXZ", "compressed by xz: unpack it first, xz -dc FILE > kernel.img" },
    { 0, 4, "\x28\xb5\x2f\xfd", "compressed by zstd: unpack it first, zstd -dc FILE > kernel.img" },
    { 0, 3, "BZh", "compressed by bzip2: unpack it first, bunzip2 -c FILE > kernel.img" },
    { 0, 4, "\x04\x22\x4d\x18", "compressed by lz4: unpack it first, lz4 -dc FILE > kernel.img" },
    { 0, 4, "\x02\x21\x4c\x18", "compressed by lz4: unpack it first, lz4 -dc FILE > kernel.img" },
    { 4, 4, "zimg", "a compressed EFI kernel (zboot): unpack it, or give arch/arm64/boot/Image" },
    { 0x202, 4, "HdrS", "a bzImage, a Linux kernel for x86 that unpacks itself: give the vmlinux "
                        "in it (scripts/extract-vmlinux FILE > vmlinux, in Linux' sources)" },
    { 0x24, 4, "\x18\x28\x6f\x01", "a zImage for 32-bit ARM: give one for arm64, "
                                    "arch/arm64/boot/Image" },
    { 0, 4, "\x27\x05\x19\x56",
      "a uImage for U-Boot: unwrap it, dumpimage -p 0 -o kernel.img FILE" },
    { 0, 8, "ANDROID!", "an Android boot image: unpack the kernel that is inside, unpack_bootimg" },
    { 0, 4, "\xd0\x0d\xfe\xed", "a device tree: give it with --dtb, and a kernel besides" },
    { 0, 5, "07070", "a cpio archive: give it with --initrd, and a kernel besides" },
    { 0, 4, "\xcf\xfa\xed\xfe",
      "a Mach-O program for macOS: link kernels with ld.lld (brew install lld)" },
    { 0, 2, "#!", "a script: give the kernel that it builds" },
    { 0, 4, "\x7f" "ELF", "cut off: not even its ELF header is complete" },
};

static bool has(const struct file *f, unsigned offset, unsigned bytes, const char *magic)
{
    return offset + bytes <= f->bytes && memcmp(f->at + offset, magic, bytes) == 0;
}

static bool recognise(const struct file *f)
{
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        const struct signature *s = &signatures[i];

        if (has(f, s->offset, s->bytes, s->magic)) {
            say("%s is %s", f->path, s->is);
            return true;
        }
    }
    return false;
}

static unsigned le16(const unsigned char *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static uint32_t le32(const unsigned char *p)
{
    return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static uint64_t le64(const unsigned char *p)
{
    return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* ---- For which CPU? ------------------------------------------------------------------------- */

static const struct cpu {
    enum arch   arch;
    unsigned    elf;                    /* its number in an ELF header */
    const char *name;
    const char *header;                 /* how its kernels are known */
} cpus[] = {
    { ARCH_AARCH64, 183, "arm64",   "no arm64 Image header (\"ARM\\x64\" at byte 56)" },
    { ARCH_RISCV64, 243, "RISC-V",  "no RISC-V Image header (\"RSC\\5\" at byte 56)" },
    { ARCH_X86_64,   62, "x86_64",  "no ELF header with a PVH note, as x86_64 has it" },
};
enum { CPUS = sizeof cpus / sizeof cpus[0] };

/* The names, or the headers, of all that are wanted. */
static const char *list(unsigned archs, bool headers)
{
    static char text[400];
    size_t n = 0;

    for (int i = 0; i < CPUS; i++)
        if (archs & cpus[i].arch)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n > 0 ? ", " : "",
                                  headers ? cpus[i].header : cpus[i].name);
    return text;
}

static bool is_for(const struct file *f, const struct cpu *cpu, const struct image_wanted *w)
{
    if (w->archs & cpu->arch)
        return true;
    say("%s is a kernel for %s, and what can run here is %s; vmm-qemu knows more CPUs", f->path,
        cpu->name, list(w->archs, false));
    return false;
}

static bool fits(const struct file *f, uint64_t bytes, uint64_t memory)
{
    if (bytes <= memory)
        return true;
    say("%s needs %llu MiB and the guest has %llu: give it more with --mem", f->path,
        (unsigned long long)(bytes >> 20) + 1, (unsigned long long)(memory >> 20));
    return false;
}

/* ---- The Image of arm64, which RISC-V took over: 64 bytes that all boot loaders know ---------- */

/*   0 code0, code1: a branch over the header        32 reserved, RISC-V: its version
 *   8 text_offset                                   56 "ARM\x64", "RSC\5"
 *  16 image_size, in memory                         60 an offset that EFI uses
 *  24 flags: bit 0 big-endian                                                  */
static bool check_linux(struct image *image, const struct file *f, const struct cpu *cpu,
                        const struct image_wanted *w, uint64_t memory)
{
    uint64_t bytes;

    if (!is_for(f, cpu, w))
        return false;
    if (f->at[24] & 1) {
        say("%s is a big-endian kernel: build a little-endian one", f->path);
        return false;
    }
    image->arch = cpu->arch;
    image->kind = IMAGE_LINUX;
    image->text_offset = le64(f->at + 8);
    image->bytes = le64(f->at + 16);
    bytes = image->bytes > f->bytes ? image->bytes : f->bytes;
    if (image->text_offset > memory)
        bytes = UINT64_MAX;
    return fits(f, bytes, memory) && fits(f, image->text_offset + bytes, memory);
}

/* ---- ELF ------------------------------------------------------------------------------------ */

/* The note "Xen", type 18: where a kernel is entered in 32-bit mode, physically. Notes are name
 * size, data size, type, then name and data, each padded to four bytes. */
static bool find_pvh(const uint8_t *notes, uint64_t bytes, uint32_t *entry)
{
    for (uint64_t at = 0, next; at + 16 <= bytes; at = next) {
        uint64_t name = le32(notes + at), data = le32(notes + at + 4);
        uint64_t data_at = at + 12 + ((name + 3) & ~UINT64_C(3));

        next = data_at + ((data + 3) & ~UINT64_C(3));
        if (le32(notes + at + 8) == 18 && name == 4 && data >= 4 && data_at + 4 <= bytes
            && memcmp(notes + at + 12, "Xen", 4) == 0) {
            *entry = le32(notes + data_at);
            return true;
        }
    }
    return false;
}

/* Looks through all program headers of type PT_NOTE, 56 bytes each. */
static bool has_pvh(const struct file *f, uint32_t *entry)
{
    uint64_t at = le64(f->at + 32), size = le16(f->at + 54);

    for (unsigned i = 0; i < le16(f->at + 56); i++, at += size) {
        uint64_t offset, bytes;

        if (at > f->bytes || f->bytes - at < 56)
            return false;
        offset = le64(f->at + at + 8);
        bytes = le64(f->at + at + 32);
        if (le32(f->at + at) == 4 && offset <= f->bytes && bytes <= f->bytes - offset
            && find_pvh(f->at + offset, bytes, entry))
            return true;
    }
    return false;
}

/* An ELF file may well be our kernel, but one whose header this loader does not follow: it would
 * start it without the device tree. Its Image often lies beside it. */
static void refuse_elf(const char *path)
{
    size_t stem = strlen(path);
    char beside[4096];

    if (stem > 4 && strcmp(path + stem - 4, ".elf") == 0)
        stem -= 4;
    snprintf(beside, sizeof beside, "%.*s.img", (int)stem, path);
    if (access(beside, R_OK) == 0)
        say("%s is an ELF file, which is for debuggers: the Image beside it is what boots, %s",
            path, beside);
    else
        say("%s is an ELF file: it would start without its device tree. Link it with "
            "ld.lld --oformat=binary and an Image header in front (examples/kernel/aarch64)", path);
}

static bool check_elf(struct image *image, const struct file *f, const struct image_wanted *w)
{
    unsigned number = le16(f->at + 18);
    int i = 0;

    while (i < CPUS && cpus[i].elf != number)
        i++;
    if (i == CPUS || f->at[4] != 2 || f->at[5] != 1) {
        say("%s is an ELF program for another CPU (machine %u, %u bits): what can run here is %s",
            f->path, number, f->at[4] == 1 ? 32u : 64u, list(w->archs, false));
        return false;
    }
    if (!is_for(f, &cpus[i], w))
        return false;
    image->arch = cpus[i].arch;
    image->kind = image->arch == ARCH_X86_64 ? IMAGE_PVH : IMAGE_ELF;
    if (image->kind == IMAGE_PVH ? has_pvh(f, &image->pvh_entry) : w->kinds & IMAGE_ELF)
        return true;
    if (image->kind == IMAGE_PVH)
        say("%s is an ELF file for x86_64 without a PVH note, which names its entry "
            "(examples/kernel/x86_64/start.S has one; Linux: CONFIG_PVH=y)", f->path);
    else
        refuse_elf(f->path);
    return false;
}

/* ---- All of it ------------------------------------------------------------------------------ */

/* A launcher that takes raw binaries knows one CPU. */
static bool check_raw(struct image *image, const struct file *f, const struct image_wanted *w)
{
    size_t n = strlen(f->path);

    image->arch = (enum arch)w->archs;
    image->kind = IMAGE_RAW;
    if ((w->kinds & IMAGE_RAW) && n > 4 && strcmp(f->path + n - 4, ".bin") == 0)
        return true;
    say("%s has %s: without it nobody knows where to load it. Put one in front, as "
        "examples/kernel/*/start.S do%s", f->path, list(w->archs, true),
        w->kinds & IMAGE_RAW ? "; or name it FILE.bin to have it loaded as it is" : "");
    return false;
}

static bool check_kernel(struct image *image, const struct options *o,
                         const struct image_wanted *w)
{
    struct file f;
    bool good;

    if (!file_open(&f, o->kernel))
        return false;
    *image = (struct image){ 0 };
    if (f.bytes >= 64 && has(&f, 0, 4, "\x7f" "ELF"))
        good = check_elf(image, &f, w);
    else if (has(&f, 56, 4, "ARM\x64"))
        good = check_linux(image, &f, &cpus[0], w, o->memory);
    else if (has(&f, 56, 4, "RSC\5"))
        good = check_linux(image, &f, &cpus[1], w, o->memory);
    else
        good = !recognise(&f) && check_raw(image, &f, w);
    image->file_bytes = f.bytes;
    good = good && fits(&f, f.bytes, o->memory);
    file_close(&f);
    return good;
}

/* A file that the guest gets as it is; `magic` (or null) is what it must begin with. */
static bool check_plain(const char *path, const char *magic, const char *is)
{
    struct file f;
    bool good;

    if (path == NULL)
        return true;
    if (!file_open(&f, path))
        return false;
    good = magic == NULL || has(&f, 0, 4, magic);
    if (!good)
        say("%s is not %s", path, is);
    file_close(&f);
    return good;
}

bool image_check(struct image *image, const struct options *o, const struct image_wanted *w)
{
    return check_kernel(image, o, w) && check_plain(o->initrd, NULL, NULL)
        && check_plain(o->dtb, "\xd0\x0d\xfe\xed", "a device tree (dtc makes one)");
}
