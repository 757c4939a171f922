/* file.h - a whole file as bytes in memory, read only. */
#ifndef VMM_FILE_H
#define VMM_FILE_H

#include <stdbool.h>
#include <stdint.h>

struct file {
    const char    *path;
    const uint8_t *at;
    uint64_t       bytes;               /* never 0 */
};

/* False: what is wrong with it (not there, empty, a folder, a pipe ...) was said. */
bool file_open(struct file *f, const char *path);
void file_close(struct file *f);

#endif
