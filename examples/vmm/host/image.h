/* image.h - is this file a kernel that can be booted here? If not: what is it, what to do? */
#ifndef VMM_IMAGE_H
#define VMM_IMAGE_H

#include "options.h"

enum arch { ARCH_AARCH64 = 1, ARCH_X86_64 = 2, ARCH_RISCV64 = 4 };

enum image_kind {
    IMAGE_LINUX = 1,                    /* arm64's Image and RISC-V's: 64 bytes of header */
    IMAGE_ELF   = 2,                    /* at the addresses that it was linked for */
    IMAGE_PVH   = 4,                    /* ELF for x86_64 with the note that names its entry */
    IMAGE_RAW   = 8                     /* FILE.bin: bytes, of which the first are run */
};

struct image {
    enum arch       arch;
    enum image_kind kind;
    uint64_t        text_offset;        /* LINUX: from a 2 MiB boundary in memory */
    uint64_t        bytes;              /* LINUX: in memory, with .bss; 0 from old kernels */
    uint64_t        file_bytes;
    uint32_t        pvh_entry;
};

/* What a launcher can boot: sets of ARCH_ and of IMAGE_ bits. */
struct image_wanted {
    unsigned archs, kinds;
};

/* Looks at the kernel's headers, and whether --initrd and --dtb can be given to a guest. What cannot
 * be is refused: false, and one sentence on stderr names what the file is and what to do. */
bool image_check(struct image *image, const struct options *o, const struct image_wanted *wanted);

#endif
