/* file.c - maps a file. What is no plain file is not even opened: a pipe would make us wait. */
#include "file.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_open(struct file *f, const char *path)
{
    struct stat status;
    void *at;
    int fd;

    if (stat(path, &status) != 0) {
        say("%s: %s%s", path, strerror(errno),
            errno == ENOENT ? " (make builds the example's)" : "");
        return false;
    }
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        say("%s is %s", path, S_ISREG(status.st_mode) ? "empty" : S_ISDIR(status.st_mode)
            ? "a folder, not a file" : "a device or pipe, not a file");
        return false;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    at = fd < 0 ? MAP_FAILED
                : mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        say("%s cannot be read: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    *f = (struct file){ path, at, (uint64_t)status.st_size };
    return at != MAP_FAILED;
}

void file_close(struct file *f)
{
    munmap((void *)(uintptr_t)f->at, (size_t)f->bytes);
}
