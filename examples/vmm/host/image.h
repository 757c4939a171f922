/* image.h - is this file a kernel that can be booted here? If not: what is it, what to do? */
#ifndef VMM_IMAGE_H
#define VMM_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

struct image {
    uint64_t text_offset;               /* from a 2 MiB boundary in memory */
    uint64_t bytes;                     /* in memory, with .bss; 0 from kernels before Linux 3.17 */
};

/* Looks at the first bytes of an arm64 Image. Anything else is refused: false, and one sentence
 * on stderr names what the file is and what to do. */
bool image_check(struct image *image, const char *path, uint64_t memory);

/* A file that the guest gets as it is: readable, and no folder. `magic` (or null) is what its
 * first bytes must be; `is` names such a file in the sentence of the refusal. */
bool image_plain_file(const char *path, const char *magic, const char *is);

#endif
