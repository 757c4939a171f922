/* Several of our devices at once, on both transports. */
#include "tests/world/several.h"

#include "tests/host/setting.h"

static ours o;
static stage s;

static void begin(const ours_plan *plan)
{
    ours_start(&o, plan);
    set_stage(&s, &o);
}

static void no_second_console(void *argument)
{
    vb_machine *vm = stage_begin(argument);
    vb_console *c = new_console();

    need_code(vb_console_open(c, vm, 1), VB_E_NOT_FOUND);
    vb_machine_list(vm);
    need(world_traced("virtio-mmio slots") >= 1, "the list tells of slots");
    stage_end(argument);
}

int main(void)
{
    static const ours_plan three = {.each = 3}, one = {.mmio = 1};

    tap_begin(60);
    begin(&three);
    play(&s, "two on PCI, one in a slot", with_three_of_each,
         sizeof with_three_of_each / sizeof *with_three_of_each);
    ours_stop(&o);

    begin(&one);
    play(&s, "mmio", in_slots_by_hand, sizeof in_slots_by_hand / sizeof *in_slots_by_hand);
    tap_run("mmio: a second console that is not there", no_second_console, &s);
    ours_stop(&o);
    return tap_end();
}
