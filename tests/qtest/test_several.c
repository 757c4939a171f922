/* Machines with more than one device of a kind, with another layout of outputs,
 * with devices that a modern driver must refuse, and with nothing at all. */
#include "tests/world/several.h"

#include "tests/qtest/setting.h"

static machine m;
static stage s;

static void begin(machine_kind kind, const char *gpu, const char *serial, const char *const *more)
{
    machine_start(&m, kind, gpu, serial, more);
    set_stage(&s, &m);
}

static void run(const char *name, void (*test)(void *))
{
    tap_run(name, test, &s);
}

static void many_devices(void)
{
    static const char *const more[] = {
        "-global", "virtio-mmio.force-legacy=false",
        "-device", "virtio-gpu-pci,id=gpu2,addr=3",
        "-device", "virtio-serial-pci,id=serial2,addr=4",
        "-device", "virtconsole,bus=serial2.0,chardev=console1",
        "-device", "virtio-gpu-device,id=gpu3",
        "-device", "virtio-serial-device,id=serial3",
        "-device", "virtconsole,bus=serial3.0,chardev=console2", NULL};

    begin(VIRT_PCI, "addr=1", "addr=2", more);
    play(&s, "two on PCI, one in a slot", with_three_of_each,
         sizeof with_three_of_each / sizeof *with_three_of_each);
    machine_stop(&m);
}

/* ---- two outputs ---- */

static void second_output(void *argument)
{
    vb_machine *vm = stage_begin(argument);
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(SIDE, SIDE);

    paint_pixels(pixels, SIDE, SIDE, 1);
    need_ok(open_small(g, vm, 0, 1, pixels));
    world_see("gpu", 1, pixels, SIDE, SIDE, SIDE);
    need_ok(open_small(g, vm, 0, 0, pixels));           /* and over to the first */
    world_see("gpu", 0, pixels, SIDE, SIDE, SIDE);
    need_code(open_small(g, vm, 0, 2, pixels), VB_E_ARGUMENT);
    need_ok(vb_gpu_present(g, NULL, 0));                /* the old picture is there */
    world_see("gpu", 0, pixels, SIDE, SIDE, SIDE);
    need_ok(vb_gpu_close(g));
    stage_end(argument);
}

/* ---- what must be refused ---- */

static void legacy_slots(void *argument)
{
    vb_machine *vm = stage_begin(argument);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(SIDE, SIDE);

    need_code(vb_console_open(c, vm, 0), VB_E_LEGACY);
    need(world_traced("-global virtio-mmio.force-legacy=false") >= 1, "the remedy is named");
    need(strstr(vb_error_text(c->device.failure.code), "force-legacy=false") != NULL,
         "the text names the remedy");
    need_code(open_small(g, vm, 0, 0, pixels), VB_E_LEGACY);
    need_code(vb_console_open_at(c, vm, 0x0a003e00), VB_E_LEGACY);
    stage_end(argument);
}

static void legacy_function(void *argument)
{
    vb_machine *vm = stage_begin(argument);
    vb_console *c = new_console();

    need_code(vb_console_open(c, vm, 0), VB_E_NO_CAPABILITY);
    need(world_traced("disable-modern") >= 1, "the remedy is named");
    stage_end(argument);
}

static void nothing_there(void *argument)
{
    vb_machine *vm = stage_begin(argument);
    vb_console *c = new_console();
    vb_gpu *g = new_gpu();
    uint32_t *pixels = new_pixels(SIDE, SIDE);

    need_code(vb_console_open(c, vm, 0), VB_E_NOT_FOUND);
    need_code(open_small(g, vm, 0, 0, pixels), VB_E_NOT_FOUND);
    vb_machine_list(vm);
    need(world_traced("virtio-mmio slots") >= 1, "the list tells of slots");
    stage_end(argument);
}

int main(void)
{
    static const char *const legacy[] = {
        "-device", "virtio-serial-device,id=old", "-device", "virtconsole,bus=old.0,chardev=console0",
        "-device", "virtio-gpu-device", NULL};

    tap_begin(60);
    tap_needs("qemu-system-aarch64");
    many_devices();

    begin(VIRT_PCI, "max_outputs=2", "", NULL);
    run("a picture on the second output", second_output);
    machine_stop(&m);

    begin(VIRT_PCI, NULL, NULL, legacy);
    run("legacy virtio-mmio is refused, and the remedy named", legacy_slots);
    machine_stop(&m);

    begin(VIRT_PCI, NULL, "disable-modern=on", NULL);
    run("a legacy PCI function is refused", legacy_function);
    machine_stop(&m);

    begin(VIRT_PCI, NULL, NULL, NULL);
    run("a machine without devices", nothing_there);
    machine_stop(&m);

    begin(VIRT_MMIO, "", "", NULL);
    play(&s, "mmio", in_slots_by_hand, sizeof in_slots_by_hand / sizeof *in_slots_by_hand);
    machine_stop(&m);
    return tap_end();
}
