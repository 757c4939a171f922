/* Rules of lint/pci.c and registers.c: each is broken once, and named. */
#include "tests/host/craft.h"

#define RING_PACKED       (UINT64_C(1) << 34)
#define NOTIFICATION_DATA (UINT64_C(1) << 38)
#define NOTIF_CONFIG_DATA (UINT64_C(1) << 39)
#define ADMIN_VQ          (UINT64_C(1) << 41)

enum { NO_VECTOR = 0xffff, MSIX_ON = 0x8000 };

static struct virtio_pci *transport(struct craft *c)
{
    return c->device->transport;
}

static struct pci_function *function(struct craft *c)
{
    return &transport(c)->pci;
}

/* ---- Capabilities that the device has, and more of them ---- */

static unsigned capability(struct craft *c, unsigned type)
{
    const uint8_t *config = function(c)->config;
    unsigned at = config[PCI_CAPABILITIES];

    while (config[at] != 9 || config[at + 3] != type)
        at = config[at + 1];
    return at;
}

/* BAR 2 is one behind which nothing lies. */
static void find_with_another_bar(struct craft *c)
{
    pci_add_bar(function(c), 2, 0x1000, 0);
    craft_find(c);
}

static uint64_t other_bar(struct craft *c)
{
    return craft_get_pci(c, PCI_BAR + 8, 4) & ~UINT32_C(15);
}

/* One more capability, as long as BAR 2 of that type is a structure. */
static unsigned add_capability(struct craft *c, unsigned id, unsigned type, unsigned bar)
{
    const unsigned at = pci_add_capability(function(c), (uint8_t)id, 20);
    uint8_t *cap = function(c)->config + at;

    cap[2] = 20;
    cap[3] = (uint8_t)type;
    cap[4] = (uint8_t)bar;
    store_le32(cap + 12, 0x1000);
    return at;
}

static void another_structure(struct craft *c, unsigned id, unsigned type)
{
    find_with_another_bar(c);
    add_capability(c, id, type, 2);
    bus_read(&c->o.bus, other_bar(c) + 0x14, 1);
}

static void of_nobody(struct craft *c)
{
    find_with_another_bar(c);
    bus_read(&c->o.bus, other_bar(c), 4);
}

static void of_another_id(struct craft *c) { another_structure(c, 0x15, REGION_COMMON); }
static void of_type_7(struct craft *c) { another_structure(c, 9, 7); }
static void of_type_10(struct craft *c) { another_structure(c, 9, 10); }
static void the_second(struct craft *c) { another_structure(c, 9, REGION_COMMON); }
static void of_shared_memory(struct craft *c) { another_structure(c, 9, 8); }

static void in_bar_6(struct craft *c)
{
    craft_find(c);
    add_capability(c, 9, REGION_COMMON, 6);
    craft_get_pci(c, PCI_BAR + 4 * 6, 4);
}

static void another_vendor(struct craft *c)
{
    craft_find(c);
    store_le16(function(c)->config + PCI_ID, 0x8086);
    craft_begin(c);
}

static void another_kind(struct craft *c)
{
    store_le16(function(c)->config + PCI_ID + 2, 0x1110);
    craft_find(c);
    craft_begin(c);
}

/* What the driver reads of the list is not what leads to its structures. */
static void a_link_unread(struct craft *c)
{
    uint8_t *config = function(c)->config;
    unsigned at;

    craft_find(c);
    at = add_capability(c, 5, 0, 0);
    config[capability(c, REGION_WINDOW) + 1] = 0;
    config[at + 1] = config[PCI_CAPABILITIES];
    config[PCI_CAPABILITIES] = (uint8_t)at;
    craft_begin(c);
}

/* Places are known by heart: where QEMU has them. */
static void find_by_heart(struct craft *c)
{
    const uint32_t base = (uint32_t)c->o.pci.window[0].base;

    craft_get_pci(c, PCI_STATUS, 2);
    craft_set_pci(c, PCI_BAR + 16, 4, base);
    craft_set_pci(c, PCI_BAR + 20, 4, 0);
    craft_set_pci(c, PCI_COMMAND, 2, COMMAND_MEMORY | COMMAND_MASTER);
    c->at[REGION_COMMON] = base;
    c->at[REGION_NOTIFY] = base + 0x3000;
}

static void by_heart(struct craft *c)
{
    find_by_heart(c);
    craft_begin(c);
}

static void no_capabilities(struct craft *c)
{
    craft_find(c);
    function(c)->config[PCI_CAPABILITIES] = 0;
    craft_begin(c);
}

static void beyond_its_length(struct craft *c)
{
    store_le32(function(c)->config + capability(c, REGION_DEVICE) + 12, 8);
    craft_find(c);
    craft_get_config(c, 8, 4);
}

static void no_configuration(struct craft *c)
{
    craft_find(c);
    craft_read(c, 0x2000, 4);
}

static void writes_a_capability(struct craft *c)
{
    craft_find(c);
    craft_set_pci(c, capability(c, REGION_NOTIFY) + 16, 4, 2);
}

/* ---- Data of the vendor ---- */

static void find_vendor_data(struct craft *c, bool asks)
{
    const unsigned at = add_capability(c, 9, 9, 0x86);

    craft_find(c);
    if (asks)
        craft_get_pci(c, at + 4, 2);
    craft_get_pci(c, at + 8, 4);
}

static void vendor_data(struct craft *c) { find_vendor_data(c, false); }
static void vendor_asked(struct craft *c) { find_vendor_data(c, true); }

/* ---- The window ---- */

static void set_window(struct craft *c, unsigned bar, unsigned length, unsigned offset)
{
    craft_set_pci(c, c->window + 4, 1, bar);
    craft_set_pci(c, c->window + 12, 4, length);
    craft_set_pci(c, c->window + 8, 4, offset);
}

static void through_the_window(struct craft *c)
{
    craft_find(c);
    set_window(c, 4, 1, 0x14);
    craft_set_pci(c, c->window + 16, 1, 0);
    need(craft_get_pci(c, c->window + 16, 1) == 0, "a reset");
    craft_set_pci(c, c->window + 16, 1, STATUS_ACKNOWLEDGE);
    need(craft_get_pci(c, c->window + 16, 1) == STATUS_ACKNOWLEDGE, "a status");
    craft_set_pci(c, c->window + 8, 4, 0x12);
    craft_set_pci(c, c->window + 12, 4, 2);
    need(craft_get_pci(c, c->window + 16, 2) == 1, "one queue");
}

static void not_all_of_the_window(struct craft *c)
{
    craft_find(c);
    craft_set_pci(c, c->window + 4, 1, 4);
    craft_set_pci(c, c->window + 12, 4, 4);
    craft_get_pci(c, c->window + 16, 4);
}

static void a_part_of_the_window(struct craft *c)
{
    craft_find(c);
    set_window(c, 4, 4, 0);
    craft_get_pci(c, c->window + 16, 1);
}

static void odd_window(struct craft *c)
{
    craft_find(c);
    set_window(c, 4, 4, 0x1002);
    craft_get_pci(c, c->window + 16, 4);
}

static void nowhere(struct craft *c)
{
    craft_find(c);
    set_window(c, 0, 4, 0);
    craft_get_pci(c, c->window + 16, 4);
}

static void three_bytes(struct craft *c)
{
    craft_find(c);
    set_window(c, 4, 3, 0);
    craft_get_pci(c, c->window + 16, 4);
}

/* ---- Widths ---- */

static void status_of_32_bits(struct craft *c)
{
    craft_up(c, 0);
    craft_read(c, 0x14, 4);
}

static void num_queues_of_32_bits(struct craft *c)
{
    craft_up(c, 0);
    craft_read(c, 0x10, 4);
}

static void features_of_16_bits(struct craft *c)
{
    craft_up(c, 0);
    craft_read(c, 0x04, 2);
}

static void address_of_64_bits(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_features(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_write(c, 0x20, 8, CRAFT_RAM);
}

static void isr_of_32_bits(struct craft *c)
{
    craft_up(c, 0);
    craft_peek(c, REGION_ISR, 0, 4);
}

/* ---- Features ---- */

static void offered_unselected(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_get(c, REG_DEVICE_FEATURES);
}

static void accepted_unselected(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_put(c, REG_DRIVER_FEATURES, 0);
}

static void one_word(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_put(c, REG_DRIVER_SELECT, 0);
    craft_put(c, REG_DRIVER_FEATURES, 0);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
}

/* What driver_feature shows is not what is accepted. */
static void reads_the_other_word(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_put(c, REG_DEVICE_SELECT, 0);
    craft_get(c, REG_DEVICE_FEATURES);
    craft_put(c, REG_DRIVER_SELECT, 0);
    craft_put(c, REG_DRIVER_FEATURES, 0);
    craft_put(c, REG_DRIVER_SELECT, 1);
    craft_get(c, REG_DRIVER_FEATURES);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
}

static void data_without_feature(struct craft *c)
{
    craft_up(c, 0);
    craft_read(c, 0x38, 2);
}

static void admin_without_feature(struct craft *c)
{
    craft_up(c, 0);
    craft_read(c, 0x3c, 2);
}

/* ---- Queues ---- */

enum { WITHOUT_OFFSET = 1, WITHOUT_SIZE = 2, WITHOUT_HIGH = 4, WITHOUT_ADDRESS = 8,
       WITHOUT_ZEROS = 16, WITHOUT_SELECT = 32, ENTRIES = 16 };

/* Offered and accepted are these features, and none of the queues is touched. */
static void begin_with(struct craft *c, uint64_t features)
{
    c->device->offered |= features;
    craft_find(c);
    craft_begin(c);
    craft_features(c, features);
}

/* Queue 0 of an entropy device, and something is left out. */
static void set_up(struct craft *c, unsigned without)
{
    static const enum craft_part parts[] = { CRAFT_TABLE, CRAFT_AVAILABLE, CRAFT_USED };
    unsigned i;

    if (!(without & WITHOUT_SELECT))
        craft_put(c, REG_QUEUE_SELECT, 0);
    if (!(without & WITHOUT_OFFSET))
        craft_get(c, REG_NOTIFY_OFF);
    if (!(without & WITHOUT_SIZE))
        craft_get(c, REG_QUEUE_MAX);
    if (without & WITHOUT_ZEROS)
        *craft_at(c, craft_area(0, CRAFT_USED) + 9) = 1;
    craft_put(c, REG_QUEUE_SIZE, ENTRIES);
    for (i = 0; i < (without & WITHOUT_ADDRESS ? 2 : 3); i++) {
        craft_write(c, 0x20 + 8 * i, 4, (uint32_t)craft_area(0, parts[i]));
        if (!(without & WITHOUT_HIGH))
            craft_write(c, 0x24 + 8 * i, 4, 0);
    }
    craft_put(c, REG_QUEUE_ENABLE, 1);
    c->size[0] = ENTRIES;
}

static void set_up_without(struct craft *c, unsigned without)
{
    begin_with(c, 0);
    set_up(c, without);
    craft_ready(c);
}

static void all_set_up(struct craft *c)
{
    set_up_without(c, 0);
    craft_send(c, 0, 0, 64);
}

static void no_offset(struct craft *c)
{
    set_up_without(c, WITHOUT_OFFSET);
    craft_notify(c, 0);
}

static void no_size(struct craft *c) { set_up_without(c, WITHOUT_SIZE); }

/* Once it is written it shows that, and not the largest that there can be. */
static void size_too_late(struct craft *c)
{
    begin_with(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_put(c, REG_QUEUE_SIZE, ENTRIES);
    craft_get(c, REG_QUEUE_MAX);
}

static void no_high(struct craft *c) { set_up_without(c, WITHOUT_HIGH); }

static void no_address(struct craft *c)
{
    set_up_without(c, WITHOUT_ADDRESS);
    craft_reset(c);
}

static void no_zeros(struct craft *c) { set_up_without(c, WITHOUT_ZEROS); }
static void no_select(struct craft *c) { set_up_without(c, WITHOUT_SELECT); }

static void queue_9(struct craft *c)
{
    begin_with(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 9);
    craft_put(c, REG_QUEUE_SIZE, ENTRIES);
}

static void a_queue_of_0(struct craft *c)
{
    c->device->queue[0].max = 0;
    begin_with(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_put(c, REG_QUEUE_SIZE, ENTRIES);
}

static void size_of(struct craft *c, unsigned size, uint64_t features)
{
    begin_with(c, features);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_get(c, REG_QUEUE_MAX);
    craft_put(c, REG_QUEUE_SIZE, size);
}

static void larger(struct craft *c) { size_of(c, 2u * c->device->queue[0].max, 0); }
static void of_12(struct craft *c) { size_of(c, 12, 0); }
static void of_none(struct craft *c) { size_of(c, 0, 0); }
static void packed_of_0(struct craft *c) { size_of(c, 0, RING_PACKED); }

static void writes_num_queues(struct craft *c)
{
    craft_up(c, 0);
    craft_write(c, 0x12, 2, 1);
}

static void size_afterwards(struct craft *c)
{
    set_up_without(c, 0);
    craft_put(c, REG_QUEUE_SIZE, ENTRIES / 2);
}

static void disables(struct craft *c)
{
    craft_up(c, 0);
    craft_put(c, REG_QUEUE_ENABLE, 0);
}

static void begins_too_early(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_put(c, REG_STATUS, 0);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE);
}

static void reset_of_a_queue(struct craft *c, bool waits)
{
    begin_with(c, FEATURE_RING_RESET);
    set_up(c, 0);
    craft_ready(c);
    craft_put(c, REG_QUEUE_RESET, 1);
    if (waits)
        need(craft_get(c, REG_QUEUE_RESET) == 0 && craft_get(c, REG_QUEUE_ENABLE) == 0, "a reset");
}

static void reset_and_back(struct craft *c)
{
    reset_of_a_queue(c, true);
    set_up(c, 0);
    craft_send(c, 0, 0, 64);
}

static void reset_unread(struct craft *c)
{
    reset_of_a_queue(c, false);
    set_up(c, 0);
}

static void reset_and_no_address(struct craft *c)
{
    reset_of_a_queue(c, true);
    set_up(c, WITHOUT_ADDRESS);
}

/* Where administration queues are the device does not say: it has none. */
static void admin_elsewhere(struct craft *c)
{
    begin_with(c, ADMIN_VQ);
    craft_read(c, 0x3c, 2);
    craft_read(c, 0x3e, 2);
    craft_put(c, REG_QUEUE_SELECT, 5);
    craft_put(c, REG_QUEUE_SIZE, ENTRIES);
}

/* ---- Notifications ---- */

static void notify_at(struct craft *c, unsigned offset, unsigned width, unsigned value,
                      uint64_t features)
{
    begin_with(c, features);
    set_up(c, 0);
    craft_ready(c);
    if (features & NOTIF_CONFIG_DATA)
        need(craft_read(c, 0x38, 2) == 0xffff, "what is not there reads as ones");
    craft_poke(c, REGION_NOTIFY, offset, width, value);
}

static void in_32_bits(struct craft *c) { notify_at(c, 0, 4, 0, 0); }
static void in_16_bits(struct craft *c) { notify_at(c, 0, 2, 0, NOTIFICATION_DATA); }
static void of_queue_7(struct craft *c) { notify_at(c, 0, 2, 7, 0); }
static void data_of_queue_7(struct craft *c) { notify_at(c, 0, 4, 7, NOTIFICATION_DATA); }
static void data_of_queue_0(struct craft *c) { notify_at(c, 0, 4, 0, NOTIFICATION_DATA); }
static void its_number(struct craft *c) { notify_at(c, 0, 2, 0, NOTIF_CONFIG_DATA); }
static void its_data(struct craft *c) { notify_at(c, 0, 2, 0xffff, NOTIF_CONFIG_DATA); }

static void number_of_both(struct craft *c)
{
    notify_at(c, 0, 4, 0, NOTIF_CONFIG_DATA | NOTIFICATION_DATA);
}

static void between_two(struct craft *c) { notify_at(c, 2, 2, 0, 0); }
static void of_no_queue(struct craft *c) { notify_at(c, 36, 2, 0, 0); }

static void of_the_other(struct craft *c)
{
    craft_up(c, 0);
    craft_poke(c, REGION_NOTIFY, 0, 2, 1);
}

static void without_multiplier(struct craft *c)
{
    unsigned at;

    for (at = craft_get_pci(c, PCI_CAPABILITIES, 1); at; at = craft_get_pci(c, at + 1, 1))
        ;
    find_by_heart(c);
    craft_begin(c);
    craft_features(c, 0);
    set_up(c, 0);
    craft_ready(c);
    craft_poke(c, REGION_NOTIFY, 0, 2, 0);
}

static void beyond_the_doorbells(struct craft *c)
{
    store_le32(function(c)->config + capability(c, REGION_NOTIFY) + 12, 4);
    craft_up(c, 0);
    craft_notify(c, 1);
}

/* ---- MSI-X ---- */

static void enable_msix(struct craft *c)
{
    craft_set_pci(c, transport(c)->msix.at + 2, 2, MSIX_ON);
}

/* Before the queues; `unread`: it is not looked whether that worked. */
static void map_configuration(struct craft *c, unsigned vector, bool unread)
{
    begin_with(c, 0);
    enable_msix(c);
    craft_put(c, REG_CONFIG_VECTOR, vector);
    if (!unread)
        craft_get(c, REG_CONFIG_VECTOR);
}

static void mapped(struct craft *c)
{
    map_configuration(c, 0, false);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_put(c, REG_QUEUE_VECTOR, 1);
    need(craft_get(c, REG_QUEUE_VECTOR) == 1, "a vector");
    craft_queue(c, 0, ENTRIES);
    craft_ready(c);
    craft_send(c, 0, 0, 64);
}

/* 0xffff is what a vector reads as before it is written. */
static void looked_at_first(struct craft *c)
{
    begin_with(c, 0);
    enable_msix(c);
    need(craft_get(c, REG_CONFIG_VECTOR) == NO_VECTOR, "none yet");
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_put(c, REG_QUEUE_VECTOR, 1);
    craft_get(c, REG_QUEUE_VECTOR);
    craft_queue(c, 0, ENTRIES);
    craft_ready(c);
}

static void vector_4(struct craft *c) { map_configuration(c, 4, false); }
static void vector_900(struct craft *c) { map_configuration(c, 0x900, false); }

static void configuration_unread(struct craft *c)
{
    map_configuration(c, 0, true);
    craft_queue(c, 0, ENTRIES);
    craft_ready(c);
}

static void queue_unread(struct craft *c)
{
    map_configuration(c, 0, false);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_put(c, REG_QUEUE_VECTOR, 1);
    craft_queue(c, 0, ENTRIES);
}

/* The device has no room for so many, and says so. */
static void not_mapped(struct craft *c)
{
    transport(c)->msix.vectors = 1;
    map_configuration(c, 2, false);
    craft_queue(c, 0, ENTRIES);
    craft_ready(c);
}

static void mapped_after_all(struct craft *c)
{
    transport(c)->msix.vectors = 1;
    map_configuration(c, 2, false);
    craft_put(c, REG_CONFIG_VECTOR, 0);
    craft_get(c, REG_CONFIG_VECTOR);
    craft_queue(c, 0, ENTRIES);
    craft_ready(c);
}

static void nothing_mapped(struct craft *c)
{
    begin_with(c, 0);
    enable_msix(c);
    craft_queue(c, 0, ENTRIES);
    craft_ready(c);
}

static void isr_with_msix(struct craft *c)
{
    mapped(c);
    craft_peek(c, REGION_ISR, 0, 1);
}

/* ---- The configuration changes ---- */

static void change(struct craft *c)
{
    c->device->config[0] |= 1;          /* events_read: the display [5.7.4] */
    vdev_config_changed(c->device);
}

static void change_unseen(struct craft *c)
{
    craft_up(c, 0);
    change(c);
    need(craft_peek(c, REGION_ISR, 0, 1) == 2, "a configuration interrupt");
    craft_reset(c);
}

static void change_seen(struct craft *c)
{
    craft_up(c, 0);
    change(c);
    craft_peek(c, REGION_ISR, 0, 1);
    craft_get_config(c, 0, 4);
    craft_set_config(c, 4, 4, 1);
    craft_reset(c);
}

static void both_and_one_seen(struct craft *c)
{
    static const uint32_t get_display_info[6] = { 0x100 };

    craft_up(c, 0);
    craft_command(c, get_display_info, 6, 408);
    change(c);
    need(craft_peek(c, REGION_ISR, 0, 1) == 3, "two interrupts in one");
    craft_reset(c);
}

static void change_signalled(struct craft *c)
{
    map_configuration(c, 0, false);
    craft_queue(c, 0, ENTRIES);
    craft_queue(c, 1, ENTRIES);
    craft_ready(c);
    change(c);
    craft_reset(c);
}

/* ---- All of them, in the order of the rules ---- */

#define PCI_ROW(id, name, run) { id, name, A_RNG, ON_PCI, run, NULL, false }
#define PCI_ALSO(id, name, run, also) { id, name, A_RNG, ON_PCI, run, also, false }

static const struct craft_row rows[] = {
    PCI_ROW(NULL, "a queue set up step by step", all_set_up),
    PCI_ROW("INF-PCI-01", "registers of another vendor's device", another_vendor),
    PCI_ROW("INF-PCI-01", "registers of 1af4:1110", another_kind),
    PCI_ROW("INF-PCI-03", "upper halves of addresses are left out", no_high),
    PCI_ROW("PCI-04", "device_status is read with 32 bits", status_of_32_bits),
    PCI_ROW("PCI-05", "config_msix_vector and num_queues are read at once", num_queues_of_32_bits),
    PCI_ROW("PCI-06", "device_feature is read with 16 bits", features_of_16_bits),
    PCI_ROW("PCI-06", "queue_desc is written with 64 bits", address_of_64_bits),
    PCI_ROW("INF-PCI-04", "a BAR that no capability names", of_nobody),
    PCI_ROW("INF-PCI-04", "a capability that is not a vendor's", of_another_id),
    PCI_ROW("INF-PCI-05", "a link of the list is skipped", a_link_unread),
    { "INF-PCI-07", "num_scanouts beyond a structure of 8 bytes", A_GPU, ON_PCI, beyond_its_length,
      NULL, false },
    PCI_ROW("PCI-07", "a structure of type 7", of_type_7),
    PCI_ROW("PCI-07", "a structure of type 10", of_type_10),
    PCI_ROW(NULL, "shared memory may be touched", of_shared_memory),
    PCI_ROW("PCI-08", "the second common structure", the_second),
    PCI_ROW("PCI-10", "what would be BAR 6 is read", in_bar_6),
    PCI_ROW("PCI-13", "notify_off_multiplier is written", writes_a_capability),
    PCI_ROW("INF-PCI-08", "device_feature, and nothing was selected", offered_unselected),
    PCI_ROW("INF-PCI-09", "driver_feature, and nothing was selected", accepted_unselected),
    /* and VERSION_1 is in the other */
    PCI_ALSO("INF-PCI-10", "32 features are all", one_word, "INIT-25 INIT-44"),
    PCI_ALSO("INF-PCI-10", "the other 32 are read", reads_the_other_word, "INIT-44"),
    PCI_ROW("INF-PCI-11", "a queue is set up, and none was selected", no_select),
    PCI_ALSO("INF-PCI-12", "queue 9 of one", queue_9, "INF-QUEUE-02"),
    PCI_ALSO("INF-PCI-13", "a queue of size 0 gets one", a_queue_of_0, "INF-QUEUE-02"),
    PCI_ROW("INF-PCI-14", "twice as large as the device can", larger),
    PCI_ROW("INF-PCI-15", "queue_notif_config_data is read", data_without_feature),
    PCI_ROW("INF-PCI-15", "admin_queue_index is read", admin_without_feature),
    /* setting it up takes the reset as done */
    PCI_ALSO("INF-PCI-16", "set up while it is being reset", reset_unread,
             "PCI-20 QUEUE-01"),
    PCI_ROW("PCI-14", "num_queues is written", writes_num_queues),
    PCI_ROW("PCI-15", "a packed queue of 0", packed_of_0),
    PCI_ALSO("PCI-16", "a queue of 12", of_12, "INF-SPLIT-05"),
    PCI_ROW("PCI-16", "a queue of 0", of_none),
    PCI_ROW("PCI-17", "its size changes once it is enabled", size_afterwards),
    /* the address that was not written is 0, and there is no RAM */
    PCI_ALSO("PCI-17", "enabled without the used ring's address", no_address, "INF-SPLIT-01"),
    /* PCI asks more strictly for what every driver should do */
    PCI_ALSO("PCI-18", "ACKNOWLEDGE follows the 0 at once", begins_too_early, "INIT-15"),
    PCI_ROW("PCI-19", "queue_enable = 0", disables),
    PCI_ROW(NULL, "a queue is reset and set up again", reset_and_back),
    PCI_ALSO("PCI-20", "queue_reset is not read", reset_unread, "INF-PCI-16 QUEUE-01"),
    /* as above */
    PCI_ALSO("PCI-21", "enabled again without the used ring's address", reset_and_no_address,
             "QUEUE-03 INF-SPLIT-01"),
    PCI_ALSO("PCI-22", "an administration queue elsewhere", admin_elsewhere, "INF-QUEUE-02"),
    PCI_ROW("INF-PCI-17", "a doorbell between two", between_two),
    PCI_ALSO("INF-PCI-17", "the doorbell of queue 9", of_no_queue, "INF-QUEUE-02"),
    PCI_ROW("INF-PCI-18", "the multiplier is a guess", without_multiplier),
    PCI_ROW("INF-PCI-19", "queue_notify_off is a guess", no_offset),
    { "INF-PCI-20", "the doorbells end before it", A_CONSOLE, ON_PCI, beyond_the_doorbells, NULL,
      false },
    /* an 8-bit field, too */
    PCI_ALSO("INF-PCI-24", "the ISR status is read with 32 bits", isr_of_32_bits, "PCI-04"),
    { "PCI-23", "the ISR status is read with MSI-X on", A_RNG, ON_PCI, isr_with_msix, NULL, true },
    PCI_ROW("INF-PCI-25", "an entropy device has no configuration", no_configuration),
    PCI_ROW("PCI-25", "its vendor_id was not read", vendor_data),
    PCI_ROW(NULL, "its vendor_id was read", vendor_asked),
    PCI_ROW(NULL, "registers through the window", through_the_window),
    PCI_ROW("INF-PCI-27", "cap.offset is left as it was", not_all_of_the_window),
    PCI_ROW("INF-PCI-27", "a byte of a window of four", a_part_of_the_window),
    PCI_ROW("PCI-26", "four bytes at 2", odd_window),
    PCI_ROW("PCI-27", "four bytes of BAR 0", nowhere),
    PCI_ROW("PCI-27", "three bytes", three_bytes),
    PCI_ROW("INF-PCI-29", "the layout is known by heart", by_heart),
    PCI_ROW("INF-PCI-30", "there are no capabilities", no_capabilities),
    /* so large a table there is not */
    { "INF-PCI-31", "vector 0x900", A_RNG, ON_PCI, vector_900, "PCI-29", true },
    { "INF-PCI-32", "MSI-X is on, and nothing is mapped", A_RNG, ON_PCI, nothing_mapped, NULL,
      true },
    { NULL, "a look at a vector before there is one", A_RNG, ON_PCI, looked_at_first, NULL, true },
    { "PCI-29", "vector 4 of four", A_RNG, ON_PCI, vector_4, NULL, true },
    { NULL, "two vectors are mapped", A_RNG, ON_PCI, mapped, NULL, true },
    { "PCI-30", "config_msix_vector is not read back", A_RNG, ON_PCI, configuration_unread, NULL,
      true },
    { "PCI-30", "queue_msix_vector is not read back", A_RNG, ON_PCI, queue_unread, NULL, true },
    { "PCI-31", "the device has no room for a vector", A_RNG, ON_PCI, not_mapped, NULL, true },
    { NULL, "the device has room for a smaller one", A_RNG, ON_PCI, mapped_after_all, NULL, true },
    PCI_ROW("INF-PCI-33", "queue_size is never read", no_size),
    PCI_ROW("INF-PCI-33", "queue_size is read after it was written", size_too_late),
    PCI_ROW("INF-PCI-34", "the used ring is not all zeros", no_zeros),
    PCI_ROW("PCI-32", "a notification of 32 bits", in_32_bits),
    PCI_ROW("PCI-33", "one of 16 bits, with NOTIFICATION_DATA", in_16_bits),
    PCI_ROW("PCI-34", "7 in the doorbell of queue 0", of_queue_7),
    /* either the number or the place is wrong */
    { "PCI-34", "1 in the doorbell of queue 0", A_CONSOLE, ON_PCI, of_the_other, "INF-PCI-17",
      false },
    PCI_ROW("PCI-35", "7 in the lower half", data_of_queue_7),
    PCI_ROW(NULL, "0 in the lower half", data_of_queue_0),
    PCI_ROW("PCI-36", "its number instead of its data", its_number),
    PCI_ROW(NULL, "its data", its_data),
    PCI_ROW("PCI-37", "its number instead of its data, in the lower half", number_of_both),
    /* bit 1 is bit 1 */
    { "PCI-38", "of two in one only the buffers are seen", A_GPU, ON_PCI, both_and_one_seen,
      "INF-PCI-35", false },
    { "INF-PCI-35", "ISR bit 1, and nobody looks", A_GPU, ON_PCI, change_unseen, NULL, false },
    { NULL, "ISR bit 1, and the driver looks", A_GPU, ON_PCI, change_seen, NULL, false },
    { "INF-PCI-36", "its message, and nobody looks", A_GPU, ON_PCI, change_signalled, NULL, true },
};

int main(void)
{
    tap_begin(60);
    craft_play(rows, sizeof rows / sizeof *rows);
    return tap_end();
}
