/* carry.c - into and out of the nested host.
 *
 *      carry in  NAME=FILE ... > ARCHIVE     an initramfs ("newc" cpio); NAME/ is a folder
 *      carry out FOLDER < STREAM             the files that init.c sends; the status is the exit
 *                                            code, 99 if none came
 * No root, no cpio program: a device node is just a header in the archive.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void give_up(const char *what)
{
    fprintf(stderr, "carry: %s: %s\n", what, strerror(errno));
    exit(98);
}

/* ---- In ------------------------------------------------------------------------------------- */

static unsigned long written, inode;

static void put(const void *bytes, size_t n)
{
    if (fwrite(bytes, 1, n, stdout) != n)
        give_up("stdout");
    written += n;
    while ((written & 3) != 0 && putchar(0) == 0)       /* all parts are padded to 4 bytes */
        written++;
}

static void entry(const char *name, unsigned mode, const void *bytes, size_t n, unsigned major,
                  unsigned minor)
{
    char head[400];
    int length = snprintf(head, sizeof head, "070701%08lX%08X%08X%08X%08X%08X%08lX%08X%08X%08X%08X"
                          "%08X%08X%s", ++inode, mode, 0u, 0u, 1u, 0u, (unsigned long)n, 0u, 0u,
                          major, minor, (unsigned)strlen(name) + 1, 0u, name);

    put(head, (size_t)length + 1);
    put(bytes, n);
}

static void file(const char *name, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat status;
    char *bytes;
    size_t n;

    if (f == NULL || fstat(fileno(f), &status) != 0)
        give_up(path);
    bytes = malloc((size_t)status.st_size + 1);
    n = bytes != NULL ? fread(bytes, 1, (size_t)status.st_size, f) : 0;
    if (n != (size_t)status.st_size)
        give_up(path);
    fclose(f);
    entry(name, 0100755, bytes, n, 0, 0);
    free(bytes);
}

static int in(int count, char **words)
{
    entry("dev", 040755, "", 0, 0, 0);
    entry("dev/console", 020600, "", 0, 5, 1);          /* without it process 1 has no stdout */
    for (int i = 0; i < count; i++) {
        char *path = strchr(words[i], '=');
        size_t n = strlen(words[i]);

        if (path != NULL) {
            *path = 0;
            file(words[i], path + 1);
        } else {
            words[i][n > 0 ? n - 1 : 0] = 0;
            entry(words[i], 040755, "", 0, 0, 0);
        }
    }
    entry("TRAILER!!!", 0, "", 0, 0, 0);
    return fflush(stdout) == 0 ? 0 : 98;
}

/* ---- Out ------------------------------------------------------------------------------------ */

static void copy(const char *path, unsigned long long n)
{
    static char bytes[1 << 16];
    FILE *f = fopen(path, "wb");

    if (f == NULL)
        give_up(path);
    while (n > 0) {
        size_t part = fread(bytes, 1, n < sizeof bytes ? (size_t)n : sizeof bytes, stdin);

        if (part == 0 || fwrite(bytes, 1, part, f) != part)
            give_up(path);
        n -= part;
    }
    if (fclose(f) != 0)
        give_up(path);
}

/* Names come from a machine that ran who knows what: none leads out of the folder. */
static int out(const char *folder)
{
    char name[512], path[1024], *slash;
    unsigned long long n;

    while (scanf("%511s %llu", name, &n) == 2 && getchar() == '\n') {
        if (strcmp(name, "status") == 0)
            return (int)n;
        if (name[0] == '/' || strstr(name, "..") != NULL)
            give_up(name);
        snprintf(path, sizeof path, "%s/%s", folder, name);
        slash = strchr(name, '/');
        if (slash != NULL) {
            char inner[1024];

            snprintf(inner, sizeof inner, "%s/%.*s", folder, (int)(slash - name), name);
            mkdir(inner, 0777);
        }
        copy(path, n);
    }
    return 99;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "in") == 0)
        return in(argc - 2, argv + 2);
    if (argc == 3 && strcmp(argv[1], "out") == 0)
        return out(argv[2]);
    fprintf(stderr, "usage: carry in NAME=FILE ... | carry out FOLDER\n");
    return 98;
}
