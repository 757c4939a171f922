/* The header's own example of a driver, against QEMU's entropy device: on PCI and
 * virtio-mmio. Built and run by test_own.sh. */
#include "tests/world/own.h"

#include "tests/qtest/setting.h"

static void on(machine_kind kind, const char *device, void (*test)(void *), const char *name)
{
    const char *more[] = {"-device", device, NULL};
    static machine m;
    static stage s;
    char text[120];

    machine_start(&m, kind, "", "", device ? more : NULL);
    set_stage(&s, &m);
    snprintf(text, sizeof text, "%s: %s", machine_kind_name(kind), name);
    tap_run(text, test, &s);
    machine_stop(&m);
}

int main(void)
{
    tap_begin(60);
    tap_needs("qemu-system-aarch64");
    on(VIRT_PCI, "virtio-rng-pci", gives_random_bytes, "the example reads random bytes");
    on(VIRT_MMIO, "virtio-rng-device", gives_random_bytes, "the example reads random bytes");
    on(VIRT_PCI, NULL, is_not_there, "the example finds no entropy device");
    return tap_end();
}
