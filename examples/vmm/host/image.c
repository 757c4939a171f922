/* image.c - the arm64 Image header, and the many files that are taken for one. */
#include "image.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD 1024                       /* enough of a file for every signature below */

/* ---- Signatures --------------------------------------------------------------------------- */

#define LINUX "one for arm64, arch/arm64/boot/Image"

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
    { 4, 4, "zimg", "a compressed EFI kernel (zboot): unpack it, or build " LINUX },
    { 0x202, 4, "HdrS", "a bzImage, a Linux kernel for x86: give " LINUX },
    { 0x24, 4, "\x18\x28\x6f\x01", "a zImage for 32-bit ARM: give " LINUX },
    { 0x38, 4, "RSC\x05", "a kernel for RISC-V: give one for arm64" },
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

/* An ELF file may well be our kernel, but one whose header QEMU and the other loaders do not
 * follow: they would start it without the device tree in x0. Its Image often lies beside it. */
static void refuse_elf(const char *path, const unsigned char *head)
{
    unsigned cpu = head[18] | (unsigned)head[19] << 8;
    size_t stem = strlen(path);
    char beside[4096];

    if (cpu != 183) {
        say("%s is an ELF program for another CPU (machine %u, arm64 is 183)", path, cpu);
        return;
    }
    if (stem > 4 && strcmp(path + stem - 4, ".elf") == 0)
        stem -= 4;
    snprintf(beside, sizeof beside, "%.*s.img", (int)stem, path);
    if (access(beside, R_OK) == 0)
        say("%s is an ELF file, which is for debuggers: the Image beside it is what boots, %s",
            path, beside);
    else
        say("%s is an ELF file: it would start without its device tree in x0. Link it with "
            "ld.lld --oformat=binary and an Image header in front (examples/kernel/aarch64)", path);
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

/* ---- The arm64 Image: 64 bytes that every boot loader knows --------------------------------- */

static uint64_t le64(const unsigned char *p)
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | p[i];
    return value;
}

/*   0 code0, code1: a branch over the header        32 reserved
 *   8 text_offset                                   56 "ARM\x64"
 *  16 image_size, in memory                         60 an offset that EFI uses
 *  24 flags: bit 0 big-endian                                                  */
bool image_check(struct image *image, const char *path, uint64_t memory)
{
    unsigned char head[HEAD];
    const struct signature *s;
    size_t bytes;
    uint64_t size;

    if (!read_head(path, head, &bytes, &size))
        return false;
    if (memcmp(head, "\x7f" "ELF", 4) == 0) {
        refuse_elf(path, head);
        return false;
    }
    if (bytes < 64 || memcmp(head + 56, "ARM\x64", 4) != 0) {
        s = recognise(head, bytes);
        if (s != NULL)
            say("%s is %s", path, s->is);
        else
            say("%s has no arm64 Image header (\"ARM\\x64\" at byte 56): without it nobody knows "
                "where to load it. Put one in front, as examples/kernel/aarch64/start.S does",
                path);
        return false;
    }
    if (head[24] & 1) {
        say("%s is a big-endian kernel: build a little-endian one", path);
        return false;
    }
    image->text_offset = le64(head + 8);
    image->bytes = le64(head + 16);
    if (image->bytes > memory || image->text_offset > memory - image->bytes || size > memory) {
        say("%s needs %llu MiB and the guest has %llu: give it more with --mem", path,
            (unsigned long long)((image->bytes > size ? image->bytes : size) >> 20) + 1,
            (unsigned long long)(memory >> 20));
        return false;
    }
    return true;
}
