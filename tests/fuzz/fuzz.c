/* fuzz.c - hostile guests against the devices that our VMMs run.
 *
 *      input: bytes that libFuzzer makes up, or a file of corpus/
 *        |
 *        |  first byte: which device, reached which way     machine.c, on top of tests/host/hand.h
 *        |  then a program of steps:                        steps.c, gpu_steps.c
 *        v
 *      "bring up" "picture" "ring: avail.idx + 7" "kick" "register" "pci: BAR 4" ... "serial"
 *        |
 *        |  hostile guest                the same RAM                       second CPU
 *        |  registers, rings, commands   written all the time by            race.c
 *        v
 *      bus --> mmio, pci, window --> vdev, virtqueue --> rng, console, gpu
 *        :                              under ASan and UBSan, or TSan
 *        :...> lint looks on, as with --lint
 *
 * A step is a piece of a valid conversation, with an error in it if the input says so: that is how
 * inputs get deep. Whatever was said, afterwards an honest driver resets the device and is served.
 *
 * `make fuzz` links this with libFuzzer; test_corpus.c replays what was found, without it. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz f;

    fuzz_start(&f, data, size);
    race_begin(&f);
    fuzz_steps(&f);
    race_end();
    fuzz_works(&f);
    fuzz_stop(&f);
    return 0;
}
