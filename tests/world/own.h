/* The worked example of virtio_bare.h's chapter >>own, taken from its comment by own.sh,
 * on a stage with an entropy device. */
#ifndef OWN_H
#define OWN_H

#include "tests/world/stage.h"

#include "entropy.inc"                  /* extracted: entropy_open, entropy_read */

static void gives_random_bytes(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    entropy *e = world_scattered(sizeof *e, 2048);
    uint8_t got[64], before[64];
    unsigned i, k, ones = 0, bits = 0;

    memset(before, 0, sizeof before);
    need_ok(entropy_open(e, m));
    for (i = 0; i < 100; i++) {
        memset(got, 0, sizeof got);
        need(entropy_read(e, got, sizeof got) == (int)sizeof got, "all 64 bytes come");
        need(memcmp(got, before, sizeof got) != 0, "twice the same 64 bytes");
        memcpy(before, got, sizeof got);
        for (k = 0; k < 8 * sizeof got; k++, bits++)
            ones += got[k / 8] >> k % 8 & 1;
    }
    need(ones > bits * 48 / 100 && ones < bits * 52 / 100, "%u of %u bits are ones", ones, bits);
    need(entropy_read(e, got, 10) == 10, "fewer can be asked for");
    need_ok(vb_device_close(&e->device));
    need(entropy_read(e, got, 10) < 0, "a closed device gives nothing");
    stage_end(s);
}

static void is_not_there(void *argument)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);
    entropy *e = world_scattered(sizeof *e, 2048);

    need_code(entropy_open(e, m), VB_E_NOT_FOUND);
    stage_end(s);
}

#endif
