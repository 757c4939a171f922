/* test_kernels.c - files that are no kernel are refused with the sentence that helps. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct run r;

static bool err_has(const char *text)
{
    return strstr(r.err, text) != NULL;
}

/* A file with some bytes at some place, and otherwise zeroes. */
static const struct file {
    const char *name;
    unsigned    size, offset, bytes;
    const char *magic;
    const char *says;
} files[] = {
    { "empty", 0, 0, 0, "", "is empty" },
    { "one byte", 1, 0, 1, "x", "no arm64 Image header" },
    { "a header cut off before its magic", 56, 0, 0, "", "no arm64 Image header" },
    { "headerless code", 4096, 0, 4, "\x00\x00\x80\xd2", "no arm64 Image header (\"ARM\\x64\" at byte 56)" },
    { "gzip", 4096, 0, 2, "\x1f\x8b", "compressed by gzip: unpack it first, gunzip -c" },
    { "xz", 4096, 0, 6, "\xfd" "7zXZ", "xz -dc" },
    { "zstd", 4096, 0, 4, "\x28\xb5\x2f\xfd", "zstd -dc" },
    { "bzip2", 4096, 0, 4, "BZh9", "bunzip2 -c" },
    { "lz4", 4096, 0, 4, "\x04\x22\x4d\x18", "lz4 -dc" },
    { "lz4 as Linux packs it", 4096, 0, 4, "\x02\x21\x4c\x18", "lz4 -dc" },
    { "a compressed EFI kernel", 4096, 0, 8, "MZ\0\0zimg", "compressed EFI kernel (zboot)" },
    { "bzImage", 4096, 0x202, 4, "HdrS", "a bzImage, a Linux kernel for x86" },
    { "zImage", 4096, 0x24, 4, "\x18\x28\x6f\x01", "a zImage for 32-bit ARM" },
    { "uImage", 4096, 0, 4, "\x27\x05\x19\x56", "a uImage for U-Boot" },
    { "an Android boot image", 4096, 0, 8, "ANDROID!", "an Android boot image" },
    { "a device tree", 4096, 0, 4, "\xd0\x0d\xfe\xed", "a device tree: give it with --dtb" },
    { "an initrd", 4096, 0, 6, "070701", "a cpio archive: give it with --initrd" },
    { "a Mach-O program", 4096, 0, 4, "\xcf\xfa\xed\xfe", "a Mach-O program" },
    { "a script", 4096, 0, 9, "#!/bin/sh", "a script" },
    { "ELF for x86_64", 4096, 0, 19, "\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e", "without a PVH note, which names its entry" },
    { "ELF for RISC-V", 4096, 0, 19, "\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\xf3", "an ELF file: it would start without" },
    { "ELF for arm64", 4096, 0, 19, "\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\xb7", "an ELF file: it would start without" },
};

static void refusals(void)
{
    char bytes[4096], name[200];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const struct file *f = &files[i];

        memset(bytes, 0, sizeof bytes);
        memcpy(bytes + f->offset, f->magic, f->bytes);
        make_file("kernel", bytes, f->size);
        run(&r, "exec $VMM $DIR/kernel");
        snprintf(name, sizeof name, "refused with 35: %s", f->name);
        check(r.code == 35 && err_has(f->says) && strchr(r.err, '\n') == strrchr(r.err, '\n'),
              name, "wanted one line with \"%s\", code %d:\n%s", f->says, r.code, r.err);
    }
}

/* An Image header in which one field is changed. */
static void header_of(const char *magic, const char *name, unsigned offset, unsigned char value,
                      const char *says)
{
    unsigned char bytes[4096] = { 0 };

    memcpy(bytes + 56, magic, 4);
    bytes[18] = 0x10;                   /* image_size: 1 MiB */
    bytes[offset] = value;
    make_file("kernel", bytes, sizeof bytes);
    run(&r, "exec $VMM $DIR/kernel --mem 64M");
    check(r.code == 35 && err_has(says), name, SEEN);
}

static void header(const char *name, unsigned offset, unsigned char value, const char *says)
{
    header_of("ARM\x64", name, offset, value, says);
}

static void headers(void)
{
    header_of("RSC\x05", "refused with 35: a big-endian kernel for RISC-V", 24, 1, "big-endian");
    header_of("RSC\x05", "refused with 35: one for RISC-V larger than the guest", 19, 5,
              "needs 82 MiB and the guest has 64");
    header("refused with 35: a big-endian kernel", 24, 1, "big-endian");
    header("refused with 35: larger in memory than the guest has", 19, 5, "needs 82 MiB and the guest has 64");
    header("refused with 35: absurdly large", 23, 0x80, "give it more with --mem");
    header("refused with 35: an absurd text_offset", 15, 0xff, "give it more with --mem");
}

static void places(void)
{
    run(&r, "exec $VMM $DIR/nothing.img");
    check(r.code == 35 && err_has("No such file or directory (make builds the example's)"),
          "refused with 35: no such file", SEEN);

    run(&r, "exec $VMM $DIR");
    check(r.code == 35 && err_has("is a folder, not a file"),
          "refused with 35: a folder", SEEN);

    run(&r, "exec $VMM /dev/null");
    check(r.code == 35 && err_has("is a device or pipe, not a file"),
          "refused with 35: a device", SEEN);

    run(&r, "mkfifo $DIR/pipe; exec $VMM $DIR/pipe");
    check(r.code == 35 && err_has("is a device or pipe, not a file"),
          "refused with 35: a pipe, without waiting for it", SEEN);

    run(&r, "cp $GUEST $DIR/beside.img; printf '\\177ELF\\002\\001\\001%09d\\002\\000\\267\\000' 0 >$DIR/beside.elf;"
            "printf '%0100d' 0 >>$DIR/beside.elf;"
            "exec $VMM $DIR/beside.elf");
    check(r.code == 35 && err_has("the Image beside it is what boots")
          && err_has("/beside.img"),
          "refused with 35: an ELF file whose Image is named", SEEN);
}

/* Root can read everything, so the launcher is run by nobody. */
static void unreadable(void)
{
    const char *name = "refused with 35: a file that cannot be read";

    if (geteuid() == 0 && !have_program("setpriv")) {
        skip(name, "root can read everything, and there is no setpriv");
        return;
    }
    chmod(path_in_dir("."), 0755);
    run(&r, "cp $VMM $DIR/vmm; cp $GUEST $DIR/secret.img; chmod 000 $DIR/secret.img;"
            "[ $(id -u) = 0 ] && with='setpriv --reuid=65534 --regid=65534 --clear-groups';"
            "exec $with $DIR/vmm $DIR/secret.img");
    check(r.code == 35 && err_has("cannot be read: Permission denied"), name,
          SEEN);
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
    refusals();
    headers();
    places();
    unreadable();
    return finish();
}
