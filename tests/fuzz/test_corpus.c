/* Each input of corpus/, by name, without libFuzzer: what was found once stays mended. With files
 * as arguments it replays these; FUZZ_TELL=1 tells their steps and what devices and lint say. */
#include "tests/world/tap.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(void *path)
{
    static uint8_t input[1 << 16];
    FILE *file = fopen(path, "rb");
    size_t size;

    need(file != NULL, "%s cannot be read", (const char *)path);
    size = fread(input, 1, sizeof input, file);
    fclose(file);
    LLVMFuzzerTestOneInput(input, size);
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void replay_all(const char *folder)
{
    struct dirent **names;
    const int count = scandir(folder, &names, is_input, alphasort);

    if (count <= 0)
        tap_bail("no corpus in %s", folder);
    for (int i = 0; i < count; i++) {
        char path[1024];

        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        tap_run(names[i]->d_name, replay, path);
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    tap_begin(300);
    for (int i = 1; i < argc; i++)
        tap_run(argv[i], replay, argv[i]);
    if (argc == 1)
        replay_all(TREE "/tests/fuzz/corpus");
    return tap_end();
}
