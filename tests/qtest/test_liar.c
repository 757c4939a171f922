/* The header against a device that lies: every row of tests/liar/rows.h, on both
 * transports, between the header and QEMU's honest devices. Time is fake, so that
 * deadlines cost nothing. Then: what no lie is needed for to be refused, and that
 * every error code there is has been provoked. */
#define VB_DEVICES 2                    /* so that a third one is too many */
#include "tests/liar/play.h"
#include "tests/qtest/setting.h"

static machine m;

/* Three devices; the third is never found by a scan, which has room for two and
 * looks at lower addresses first. */
static void start(machine_kind kind)
{
    static const char *const rng_pci[] = {"-device", "virtio-rng-pci,addr=8", NULL};
    static const char *const rng_mmio[] = {"-device", "virtio-rng-device,bus=virtio-mmio-bus.31", NULL};

    if (kind == VIRT_MMIO)
        machine_start(&m, kind, "xres=640,yres=480,bus=virtio-mmio-bus.30",
                      "bus=virtio-mmio-bus.29", rng_mmio);
    else
        machine_start(&m, kind, "xres=640,yres=480", "", rng_pci);
}

static void all_on(machine_kind kind)
{
    start(kind);
    set_stage(&it.s, &m);
    it.s.gpu_at = m.mmio ? 0x0a003c00 : VB_PCI(0, 1, 0);
    it.s.console_at = m.mmio ? 0x0a003a00 : VB_PCI(0, 2, 0);
    it.s.third_at = m.mmio ? 0x0a003e00 : VB_PCI(0, 8, 0);
    play_the_liar();
    machine_stop(&m);
}

int main(void)
{
    tap_begin(200);
    tap_needs("qemu-system-aarch64");
    all_on(VIRT_PCI);
    all_on(VIRT_MMIO);
    tap_run("every error code was provoked or has a reason", every_code_was_provoked, NULL);
    return tap_end();
}
