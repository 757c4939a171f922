/* image.c - the headers of kernels, and the many files that are taken for one. */
#include "image.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD 4096                       /* enough of a file for every header below */

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
};

static const struct signature *recognise(const unsigned char *head, size_t bytes)
{
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        const struct signature *s = &signatures[i];

        if (s->offset + s->bytes <= bytes && memcmp(head + s->offset, s->magic, s->bytes) == 0)
            return s;
    }
    return NULL;
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

/* ---- Files -------------------------------------------------------------------------------- */

/* Reads the first bytes. What cannot be read is said here. */
static bool read_head(const char *path, unsigned char head[HEAD], size_t *bytes, uint64_t *size)
{
    struct stat status;
    FILE *f;

    if (stat(path, &status) != 0) {
        say("%s: %s%s", path, strerror(errno),
            errno == ENOENT ? " (make builds the example's)" : "");
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        say("%s is %s, not a file", path,
            S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe");
        return false;
    }
    f = fopen(path, "rb");
    if (f == NULL) {
        say("%s cannot be read: %s", path, strerror(errno));
        return false;
    }
    memset(head, 0, HEAD);
    *bytes = fread(head, 1, HEAD, f);
    *size = (uint64_t)status.st_size;
    fclose(f);
    if (*bytes == 0)
        say("%s is empty", path);
    return *bytes > 0;
}

bool image_plain_file(const char *path, const char *magic, const char *is)
{
    unsigned char head[HEAD];
    size_t bytes;
    uint64_t size;

    if (!read_head(path, head, &bytes, &size))
        return false;
    if (magic != NULL && memcmp(head, magic, strlen(magic)) != 0) {
        say("%s is not %s", path, is);
        return false;
    }
    return true;
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

/* All that are wanted, as text: "arm64 and x86_64". */
static const char *names(unsigned archs)
{
    static char text[80];
    size_t n = 0;

    text[0] = 0;
    for (int i = 0; i < CPUS; i++)
        if (archs & cpus[i].arch)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n > 0 ? ", " : "",
                                  cpus[i].name);
    return text;
}

static bool is_for(const char *path, const struct cpu *cpu, const struct image_wanted *w)
{
    if (w->archs & cpu->arch)
        return true;
    say("%s is a kernel for %s, and what can run here is %s; vmm-qemu knows more CPUs", path,
        cpu->name, names(w->archs));
    return false;
}

static void refuse_unknown(const char *path, const struct image_wanted *w)
{
    char text[400];
    size_t n = 0;

    for (int i = 0; i < CPUS; i++)
        if (w->archs & cpus[i].arch)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n > 0 ? ", " : "",
                                  cpus[i].header);
    say("%s has %s: without it nobody knows where to load it. Put one in front, as "
        "examples/kernel/*/start.S do%s", path, text,
        w->kinds & IMAGE_RAW ? "; or name it FILE.bin to have it loaded as it is" : "");
}

static bool fits(const char *path, uint64_t bytes, uint64_t memory)
{
    if (bytes <= memory)
        return true;
    say("%s needs %llu MiB and the guest has %llu: give it more with --mem", path,
        (unsigned long long)(bytes >> 20) + 1, (unsigned long long)(memory >> 20));
    return false;
}

/* ---- The Image of arm64, which RISC-V took over: 64 bytes that all boot loaders know ---------- */

/*   0 code0, code1: a branch over the header        32 reserved, RISC-V: its version
 *   8 text_offset                                   56 "ARM\x64", "RSC\5"
 *  16 image_size, in memory                         60 an offset that EFI uses
 *  24 flags: bit 0 big-endian                                                  */
static bool check_linux(struct image *image, const char *path, const unsigned char *head,
                        const struct cpu *cpu, const struct image_wanted *w, uint64_t memory)
{
    uint64_t bytes;

    if (!is_for(path, cpu, w))
        return false;
    if (head[24] & 1) {
        say("%s is a big-endian kernel: build a little-endian one", path);
        return false;
    }
    image->arch = cpu->arch;
    image->kind = IMAGE_LINUX;
    image->text_offset = le64(head + 8);
    image->bytes = le64(head + 16);
    bytes = image->bytes > image->file_bytes ? image->bytes : image->file_bytes;
    if (image->text_offset > memory)
        bytes = UINT64_MAX;
    return fits(path, bytes, memory) && fits(path, image->text_offset + bytes, memory);
}

/* ---- ELF ------------------------------------------------------------------------------------ */

/* The note "Xen", type 18: where a kernel is entered in 32-bit mode, physically. Notes are name
 * size, data size, type, then name and data, each padded to four bytes. */
static bool find_pvh(const unsigned char *notes, size_t bytes, uint32_t *entry)
{
    for (size_t at = 0; at + 12 <= bytes;) {
        uint64_t name = le32(notes + at), data = le32(notes + at + 4);
        uint64_t data_at = at + 12 + ((name + 3) & ~UINT64_C(3));
        uint64_t next = data_at + ((data + 3) & ~UINT64_C(3));

        if (le32(notes + at + 8) == 18 && name == 4 && data >= 4 && data_at + 4 <= bytes
            && memcmp(notes + at + 12, "Xen", 4) == 0) {
            *entry = le32(notes + data_at);
            return true;
        }
        if (next > bytes)
            return false;
        at = (size_t)next;
    }
    return false;
}

/* Looks through all program headers of type PT_NOTE, 56 bytes each. */
static bool has_pvh(const char *path, const unsigned char *head, uint32_t *entry)
{
    static unsigned char notes[65536];
    unsigned char header[56];
    uint64_t table = le64(head + 32);
    unsigned size = le16(head + 54), count = le16(head + 56);
    bool found = false;
    FILE *f = fopen(path, "rb");

    for (unsigned i = 0; f != NULL && i < count && size >= 56 && !found; i++) {
        size_t bytes;

        if (table > INT32_MAX || fseek(f, (long)(table + (uint64_t)i * size), SEEK_SET) != 0
            || fread(header, 1, sizeof header, f) != sizeof header)
            break;
        if (le32(header) != 4 || le64(header + 8) > INT32_MAX)
            continue;
        bytes = le64(header + 32) < sizeof notes ? (size_t)le64(header + 32) : sizeof notes;
        if (fseek(f, (long)le64(header + 8), SEEK_SET) == 0)
            found = find_pvh(notes, fread(notes, 1, bytes, f), entry);
    }
    if (f != NULL)
        fclose(f);
    return found;
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

static bool check_elf(struct image *image, const char *path, const unsigned char *head,
                      const struct image_wanted *w)
{
    unsigned number = le16(head + 18);
    const struct cpu *cpu = NULL;

    for (int i = 0; i < CPUS; i++)
        if (cpus[i].elf == number)
            cpu = &cpus[i];
    if (cpu == NULL || head[4] != 2 || head[5] != 1) {
        say("%s is an ELF program for another CPU (machine %u, %u bits): what can run here is %s",
            path, number, head[4] == 1 ? 32u : 64u, names(w->archs));
        return false;
    }
    if (!is_for(path, cpu, w))
        return false;
    image->arch = cpu->arch;
    if (cpu->arch == ARCH_X86_64) {
        image->kind = IMAGE_PVH;
        if (has_pvh(path, head, &image->pvh_entry))
            return true;
        say("%s is an ELF file for x86_64 without a PVH note, which names its entry "
            "(examples/kernel/x86_64/start.S has one; Linux: CONFIG_PVH=y)", path);
        return false;
    }
    image->kind = IMAGE_ELF;
    if (w->kinds & IMAGE_ELF)
        return true;
    refuse_elf(path);
    return false;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static bool is_raw(const char *path, const struct image_wanted *w)
{
    size_t n = strlen(path);

    return (w->kinds & IMAGE_RAW) && n > 4 && strcmp(path + n - 4, ".bin") == 0;
}

bool image_check(struct image *image, const char *path, const struct image_wanted *w,
                 uint64_t memory)
{
    unsigned char head[HEAD];
    const struct signature *s;
    size_t bytes;

    *image = (struct image){ 0 };
    if (!read_head(path, head, &bytes, &image->file_bytes))
        return false;
    if (memcmp(head, "\x7f" "ELF", 4) == 0)
        return check_elf(image, path, head, w) && fits(path, image->file_bytes, memory);
    if (bytes >= 64 && memcmp(head + 56, "ARM\x64", 4) == 0)
        return check_linux(image, path, head, &cpus[0], w, memory);
    if (bytes >= 64 && memcmp(head + 56, "RSC\5", 4) == 0)
        return check_linux(image, path, head, &cpus[1], w, memory);
    s = recognise(head, bytes);
    if (s != NULL) {
        say("%s is %s", path, s->is);
        return false;
    }
    if (!is_raw(path, w)) {
        refuse_unknown(path, w);
        return false;
    }
    image->kind = IMAGE_RAW;
    image->arch = (enum arch)w->archs;  /* a launcher that takes these knows one CPU */
    return fits(path, image->file_bytes, memory);
}
