/* Rules of lint/pcibus.c: each is broken once, and named. */
#include "tests/host/craft.h"

enum { MSIX_ON = 0x8000, MSIX_MASKED = 0x4000, BAR_4 = PCI_BAR + 16, MSIX_BAR = PCI_BAR + 4 };
enum { ON = COMMAND_MEMORY | COMMAND_MASTER };

static struct virtio_pci *transport(struct craft *c)
{
    return c->device->transport;
}

static struct pci_function *function(struct craft *c)
{
    return &transport(c)->pci;
}

static void whole_life(struct craft *c)
{
    craft_up(c, 0);
    craft_send(c, 0, 0, 64);
    craft_reset(c);
}

/* ---- Who is there ---- */

/* In slot 9 there is nobody. */
static void look_into_slot_9(struct craft *c, bool further)
{
    c->slot = 9;
    need(craft_get_pci(c, PCI_ID, 4) == UINT32_MAX, "slot 9 is empty");
    if (further)
        craft_get_pci(c, PCI_HEADER, 1);
}

static void empty_slot(struct craft *c) { look_into_slot_9(c, false); }
static void header_of_nobody(struct craft *c) { look_into_slot_9(c, true); }

static uint64_t place_of(struct craft *c, unsigned f, unsigned at)
{
    return c->o.plan.ecam + ((uint64_t)c->slot << 15 | f << 12 | at);
}

static void function_1(struct craft *c)
{
    bus_read(&c->o.bus, place_of(c, 1, PCI_ID), 4);
}

static void function_1_of_many(struct craft *c)
{
    function(c)->config[PCI_HEADER] = 0x80;
    function_1(c);
}

static void across_two(struct craft *c)
{
    bus_read(&c->o.bus, place_of(c, 0, PCI_ID + 2), 4);
}

static void eight_bytes(struct craft *c)
{
    bus_read(&c->o.bus, place_of(c, 0, PCI_ID), 8);
}

static void bar_of_a_bridge(struct craft *c, unsigned bar)
{
    function(c)->config[PCI_HEADER] = 1;
    craft_set_pci(c, PCI_BAR + 4 * bar, 4, UINT32_MAX);
}

static void bar_1_of_a_bridge(struct craft *c) { bar_of_a_bridge(c, 1); }
static void bar_2_of_a_bridge(struct craft *c) { bar_of_a_bridge(c, 2); }

/* ---- Command ---- */

static void decode_is_off(struct craft *c)
{
    craft_find(c);
    craft_set_pci(c, PCI_COMMAND, 2, COMMAND_MASTER);
    craft_read(c, 0x14, 1);
}

static void no_mastering(struct craft *c)
{
    craft_find(c);
    craft_set_pci(c, PCI_COMMAND, 2, COMMAND_MEMORY);
    craft_begin(c);
    craft_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    craft_ready(c);
}

static void late_mastering(struct craft *c)
{
    craft_find(c);
    craft_set_pci(c, PCI_COMMAND, 2, COMMAND_MEMORY);
    craft_begin(c);
    craft_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    craft_set_pci(c, PCI_COMMAND, 2, ON);
    craft_ready(c);
    craft_send(c, 0, 0, 64);
}

static void mastering_goes_off(struct craft *c)
{
    craft_up(c, 0);
    craft_set_pci(c, PCI_COMMAND, 2, COMMAND_MEMORY);
    craft_notify(c, 0);
}

static void command_and_status(struct craft *c)
{
    craft_find(c);
    craft_set_pci(c, PCI_COMMAND, 4, 0xffff0000 | ON);
}

static void command_and_zeros(struct craft *c)
{
    craft_find(c);
    craft_set_pci(c, PCI_COMMAND, 4, ON);
}

/* ---- BARs ---- */

static void size_with_decode(struct craft *c)
{
    craft_find(c);
    craft_set_pci(c, BAR_4, 4, UINT32_MAX);
}

static void same_with_decode(struct craft *c)
{
    craft_find(c);
    craft_set_pci(c, BAR_4, 4, craft_get_pci(c, BAR_4, 4));
}

/* BAR 4 gets these two halves, with decode off meanwhile. */
static void move_to(struct craft *c, uint32_t low, uint32_t high)
{
    craft_find(c);
    craft_set_pci(c, PCI_COMMAND, 2, 0);
    craft_set_pci(c, BAR_4, 4, low);
    craft_set_pci(c, BAR_4 + 4, 4, high);
    craft_set_pci(c, PCI_COMMAND, 2, ON);
}

static void all_ones(struct craft *c) { move_to(c, UINT32_MAX, 0); }
static void below_the_window(struct craft *c) { move_to(c, 0x08000000, 0); }
static void not_aligned(struct craft *c) { move_to(c, 0x20001000, 0); }
static void with_its_flags(struct craft *c) { move_to(c, 0x2000000c, 0); }
static void into_the_high_window(struct craft *c) { move_to(c, 0, 0x80); }
static void upper_by_itself(struct craft *c) { move_to(c, 0x20000000, 0x20004000); }

static void half_into_the_other(struct craft *c)
{
    pci_add_bar(function(c), 2, 0x2000, 0);
    craft_find(c);
    craft_set_pci(c, PCI_COMMAND, 2, 0);
    craft_set_pci(c, PCI_BAR + 8, 4, 0x20002000);
    craft_set_pci(c, BAR_4, 4, 0x20000000);
    craft_set_pci(c, PCI_COMMAND, 2, ON);
}

/* All six registers are sized, and what was there comes back. */
static void size_all(struct craft *c)
{
    unsigned at;

    craft_find(c);
    craft_set_pci(c, PCI_COMMAND, 2, 0);
    for (at = PCI_BAR; at < PCI_BAR + 4 * PCI_BARS; at += 4) {
        const uint32_t old = craft_get_pci(c, at, 4);

        craft_set_pci(c, at, 4, UINT32_MAX);
        craft_get_pci(c, at, 4);
        craft_set_pci(c, at, 4, old);
    }
    craft_set_pci(c, PCI_COMMAND, 2, ON);
}

static void absent_bar(struct craft *c)
{
    craft_set_pci(c, PCI_BAR, 4, UINT32_MAX);
    need(craft_get_pci(c, PCI_BAR, 4) == 0, "BAR 0 is not there");
    craft_set_pci(c, PCI_BAR, 4, 0x20000000);
}

/* ---- Capabilities ---- */

static void no_list(struct craft *c)
{
    function(c)->config[PCI_STATUS] &= (uint8_t)~STATUS_LIST;
    craft_get_pci(c, PCI_STATUS, 2);
    craft_get_pci(c, craft_get_pci(c, PCI_CAPABILITIES, 1) & 0xfc, 1);
}

static void status_unread(struct craft *c)
{
    const uint32_t base = (uint32_t)c->o.pci.window[0].base;
    unsigned at;

    for (at = craft_get_pci(c, PCI_CAPABILITIES, 1); at; at = craft_get_pci(c, at + 1, 1))
        ;
    craft_set_pci(c, BAR_4, 4, base);
    craft_set_pci(c, PCI_COMMAND, 2, ON);
    bus_read(&c->o.bus, base + 0x14, 1);
}

static void low_bits(struct craft *c)
{
    function(c)->config[PCI_CAPABILITIES] |= 3;
    craft_get_pci(c, craft_get_pci(c, PCI_CAPABILITIES, 1), 1);
}

static void low_bits_masked(struct craft *c)
{
    function(c)->config[PCI_CAPABILITIES] |= 3;
    craft_up(c, 0);
}

static void walk(struct craft *c, unsigned steps)
{
    uint8_t *config = function(c)->config;
    unsigned at = config[PCI_CAPABILITIES];

    while (config[at + 1])
        at = config[at + 1];
    config[at + 1] = config[PCI_CAPABILITIES];
    while (steps--)
        at = craft_get_pci(c, at + 1, 1);
}

static void endless(struct craft *c) { walk(c, 1001); }
static void long_enough(struct craft *c) { walk(c, 48 * 6); }

/* ---- MSI-X ---- */

static void table_write(struct craft *c, unsigned offset, unsigned width, uint64_t value)
{
    bus_write(&c->o.bus, (craft_get_pci(c, MSIX_BAR, 4) & ~UINT32_C(15)) + offset, width, value);
}

static void control(struct craft *c, unsigned value)
{
    craft_set_pci(c, transport(c)->msix.at + 2, 2, value);
}

static void sixteen_bits(struct craft *c)
{
    craft_find(c);
    table_write(c, 8, 2, 5);
}

static void between_entries(struct craft *c)
{
    craft_find(c);
    table_write(c, 12, 8, 1);
}

static void filled_in(struct craft *c)
{
    craft_find(c);
    control(c, MSIX_ON);
    table_write(c, 0, 8, 0x08000000);
    table_write(c, 8, 4, 5);
    table_write(c, 12, 4, 0);
    control(c, MSIX_ON | MSIX_MASKED);
    table_write(c, 8, 4, 6);
    control(c, MSIX_ON);
}

static void while_unmasked(struct craft *c)
{
    filled_in(c);
    table_write(c, 8, 4, 7);
}

/* ---- All of them ---- */

#define PCI_ROW(id, name, run) { id, name, A_RNG, ON_PCI, run, NULL, false }
#define PCI_ALSO(id, name, run, also) { id, name, A_RNG, ON_PCI, run, also, false }
#define MSIX_ROW(id, name, run) { id, name, A_RNG, ON_PCI, run, NULL, true }

static const struct craft_row rows[] = {
    { NULL, "a whole life", A_RNG, ON_BOTH, whole_life, NULL, true },
    PCI_ROW("INF-PCI-49", "the header type of an empty slot", header_of_nobody),
    PCI_ROW(NULL, "an empty slot is found empty", empty_slot),
    PCI_ROW("INF-PCI-50", "function 1 of one", function_1),
    PCI_ROW(NULL, "function 1 of a device of many", function_1_of_many),
    PCI_ROW("INF-PCI-51", "device id and command at once", across_two),
    PCI_ROW("INF-PCI-51", "eight bytes at once", eight_bytes),
    PCI_ROW("INF-PCI-52", "BAR 2 of a bridge is sized", bar_2_of_a_bridge),
    PCI_ROW(NULL, "BAR 1 of a bridge is sized", bar_1_of_a_bridge),
    PCI_ROW("INF-PCI-37", "a register behind a BAR that does not answer", decode_is_off),
    PCI_ROW("INF-PCI-38", "DRIVER_OK without bus mastering", no_mastering),
    PCI_ROW(NULL, "bus mastering just before DRIVER_OK", late_mastering),
    PCI_ROW("INF-PCI-38", "a notification without bus mastering", mastering_goes_off),
    PCI_ROW("INF-PCI-39", "all errors are cleared by the way", command_and_status),
    PCI_ROW(NULL, "Command with zeros above", command_and_zeros),
    PCI_ROW("INF-PCI-40", "a BAR that answers is sized", size_with_decode),
    PCI_ROW(NULL, "a BAR that answers is written with what it holds", same_with_decode),
    PCI_ROW("INF-PCI-41", "all ones stay", all_ones),
    PCI_ROW(NULL, "all six are sized", size_all),
    /* then they overlap */
    PCI_ALSO("INF-PCI-42", "the next BAR is half a size behind", half_into_the_other,
             "INF-PCI-45"),
    /* then it is outside of the windows */
    PCI_ALSO("INF-PCI-43", "the upper half is placed by itself", upper_by_itself, "INF-PCI-45"),
    PCI_ROW(NULL, "above 4 GiB", into_the_high_window),
    PCI_ROW("INF-PCI-44", "BAR 0, which is not there, is placed", absent_bar),
    PCI_ROW("INF-PCI-45", "in no window", below_the_window),
    PCI_ROW("INF-PCI-45", "16 KiB at a multiple of 4 KiB", not_aligned),
    PCI_ROW(NULL, "an address with the type bits below", with_its_flags),
    PCI_ROW("INF-PCI-46", "a list that is none", no_list),
    PCI_ROW("INF-PCI-46", "a list without a look at Status", status_unread),
    PCI_ROW("INF-PCI-47", "the capability at 0x43", low_bits),
    PCI_ROW(NULL, "the capability at 0x40, from 0x43", low_bits_masked),
    PCI_ROW("INF-PCI-48", "round and round", endless),
    PCI_ROW(NULL, "round, but not for long", long_enough),
    MSIX_ROW("INF-PCI-53", "16 bits of the table", sixteen_bits),
    MSIX_ROW("INF-PCI-53", "64 bits of two entries", between_entries),
    MSIX_ROW("INF-PCI-54", "the message changes while it may be sent", while_unmasked),
    MSIX_ROW(NULL, "the message changes while it is masked", filled_in),
};

int main(void)
{
    tap_begin(60);
    craft_play(rows, sizeof rows / sizeof *rows);
    return tap_end();
}
