/* Rules of lint/mmio.c and registers.c: each is broken once, and named. Where a device must
 * misbehave first, its slot says something else at one register. */
#include "tests/host/craft.h"

#define RING_RESET        FEATURE_RING_RESET
#define NOTIFICATION_DATA (UINT64_C(1) << 38)
#define ADMIN_VQ          (UINT64_C(1) << 41)

enum { MAGIC_AT = 0x000, VERSION_AT = 0x004, STATUS_AT = 0x070, INTERRUPT_AT = 0x060,
       SHM_SEL_AT = 0x0ac, SHM_LEN_AT = 0x0b0 };

/* ---- A slot that says something else ---- */

static struct {
    uint64_t (*read)(void *owner, uint64_t offset, unsigned width);
    uint64_t offset, value;
} lie;

static uint64_t lying_read(void *owner, uint64_t offset, unsigned width)
{
    return offset == lie.offset ? lie.value : lie.read(owner, offset, width);
}

static void says(struct craft *c, uint64_t offset, uint64_t value)
{
    const uint64_t at = OURS_SLOT_AT + (uint64_t)c->slot * MMIO_SLOT_BYTES;
    struct bus_range *r = c->o.bus.range;

    while (r->base != at)
        r++;
    lie.read = r->read;
    lie.offset = offset;
    lie.value = value;
    r->read = lying_read;
}

/* ---- Who is there? ---- */

static void status_comes_first(struct craft *c)
{
    craft_begin(c);
    craft_find(c);
}

static void never_asks_who(struct craft *c)
{
    craft_get(c, REG_MAGIC);
    craft_get(c, REG_VERSION);
    craft_get(c, REG_STATUS);
}

static void another_magic(struct craft *c)
{
    says(c, MAGIC_AT, 0x76697274);
    craft_get(c, REG_MAGIC);
    craft_get(c, REG_VERSION);
    craft_get(c, REG_DEVICE_ID);
    craft_put(c, REG_STATUS, 0);
}

static void begin_with_version(struct craft *c, uint64_t version)
{
    says(c, VERSION_AT, version);
    craft_get(c, REG_MAGIC);
    craft_get(c, REG_VERSION);
    craft_get(c, REG_DEVICE_ID);
}

static void version_3(struct craft *c)
{
    begin_with_version(c, 3);
    craft_put(c, REG_STATUS, 0);
}

static void speaks_version_1(struct craft *c)
{
    begin_with_version(c, 1);
    craft_write(c, 0x028, 4, 4096);     /* GuestPageSize */
}

static void find_nobody(struct craft *c)
{
    c->slot = 0;
    craft_get(c, REG_MAGIC);
    craft_get(c, REG_VERSION);
    need(craft_get(c, REG_DEVICE_ID) == 0, "an empty slot");
}

static void looks_into_an_empty_slot(struct craft *c)
{
    find_nobody(c);
    craft_get(c, REG_VENDOR_ID);
}

static void wakes_an_empty_slot(struct craft *c)
{
    find_nobody(c);
    craft_put(c, REG_STATUS, 0);
}

static void looks_again(struct craft *c)
{
    const unsigned slot = c->slot;

    find_nobody(c);
    find_nobody(c);
    c->slot = slot;
    craft_up(c, 0);
    craft_find(c);
    craft_reset(c);
    craft_up(c, 0);
}

/* ---- Where, how wide, which way? ---- */

static void a_hole(struct craft *c)
{
    craft_up(c, 0);
    craft_read(c, 0x018, 4);
}

static void no_such_field(struct craft *c)
{
    craft_up(c, 0);
    craft_get_config(c, 0, 4);
}

static void writes_its_type(struct craft *c)
{
    craft_up(c, 0);
    craft_put(c, REG_DEVICE_ID, 16);
}

static void reads_the_doorbell(struct craft *c)
{
    craft_up(c, 0);
    craft_get(c, REG_NOTIFY);
}

static void status_of_a_byte(struct craft *c)
{
    craft_up(c, 0);
    craft_read(c, STATUS_AT, 1);
}

/* The only device of ours with fields of 8 bits would be one for input. [5.8.4] */
static void a_field_of_8_bits(struct craft *c)
{
    static struct vdev_kind input;

    input = *c->device->kind;
    input.id = 18;
    input.config_bytes = 8;
    c->device->kind = &input;
    craft_up(c, 0);
    craft_get_config(c, 0, 1);
    craft_get_config(c, 0, 4);
}

static void two_fields_at_once(struct craft *c)
{
    craft_up(c, 1);
    craft_get_config(c, 0, 4);          /* cols and rows */
}

static void half_a_field(struct craft *c)
{
    craft_up(c, 0);
    craft_get_config(c, 8, 2);          /* of num_scanouts */
}

static void bytes_the_wrong_way_round(struct craft *c)
{
    craft_find(c);
    craft_reset(c);
    craft_put(c, REG_STATUS, 0x01000000);
}

/* ---- Features, shared memory ---- */

static void selects_no_word_to_read(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_get(c, REG_DEVICE_FEATURES);
    craft_features(c, 0);
}

static void selects_no_word_to_write(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_put(c, REG_DRIVER_FEATURES, 0);
    craft_features(c, 0);
}

static void writes_word_1_alone(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
    craft_put(c, REG_DEVICE_SELECT, 1);
    craft_get(c, REG_DEVICE_FEATURES);
    craft_put(c, REG_DRIVER_SELECT, 1);
    craft_put(c, REG_DRIVER_FEATURES, 1);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
    craft_get(c, REG_STATUS);
}

static void takes_admin_queues(struct craft *c)
{
    c->device->offered |= ADMIN_VQ;
    craft_up(c, ADMIN_VQ);
}

static void shared_memory_of_an_rng(struct craft *c)
{
    craft_up(c, 0);
    craft_write(c, SHM_SEL_AT, 4, 0);
    craft_read(c, SHM_LEN_AT, 4);
}

static void shared_memory_unselected(struct craft *c)
{
    craft_up(c, 0);
    craft_read(c, SHM_LEN_AT, 4);
}

static void shared_memory_of_a_gpu(struct craft *c)
{
    craft_up(c, 0);
    craft_write(c, SHM_SEL_AT, 4, 1);
    need(craft_read(c, SHM_LEN_AT, 4) == UINT32_MAX, "there is none");
}

/* ---- Queues ---- */

static void to_features(struct craft *c, uint64_t features)
{
    craft_find(c);
    craft_begin(c);
    craft_features(c, features);
}

static void put_addresses(struct craft *c)
{
    craft_put(c, REG_QUEUE_DESC, craft_area(0, CRAFT_TABLE));
    craft_put(c, REG_QUEUE_DRIVER, craft_area(0, CRAFT_AVAILABLE));
    craft_put(c, REG_QUEUE_DEVICE, craft_area(0, CRAFT_USED));
}

static void larger_than_its_maximum(struct craft *c)
{
    to_features(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_get(c, REG_QUEUE_ENABLE);
    craft_put(c, REG_QUEUE_SIZE, 2 * craft_get(c, REG_QUEUE_MAX));
}

static void resizes_a_ready_queue(struct craft *c)
{
    craft_up(c, 0);
    craft_put(c, REG_QUEUE_SIZE, 8);
}

static void stops_and_goes_on(struct craft *c)
{
    craft_up(c, 0);
    craft_put(c, REG_QUEUE_ENABLE, 0);
    craft_put(c, REG_QUEUE_SELECT, 0);
}

static void stops_and_shrinks(struct craft *c)
{
    craft_up(c, 0);
    craft_put(c, REG_QUEUE_ENABLE, 0);
    craft_put(c, REG_QUEUE_SIZE, CRAFT_SIZE / 2);
    craft_get(c, REG_QUEUE_ENABLE);
}

static void stops_and_resets(struct craft *c)
{
    craft_up(c, 0);
    craft_put(c, REG_QUEUE_ENABLE, 0);
    craft_reset(c);
}

static void stops_and_looks(struct craft *c)
{
    to_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    craft_put(c, REG_QUEUE_ENABLE, 0);
    need(craft_get(c, REG_QUEUE_ENABLE) == 0, "stopped");
    craft_queue(c, 0, CRAFT_SIZE / 2);
    craft_ready(c);
    craft_send(c, 0, 0, 64);
}

/* In vain, but nothing forbids it. */
static void is_ready_twice(struct craft *c)
{
    to_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    craft_put(c, REG_QUEUE_ENABLE, 1);
    craft_ready(c);
    craft_send(c, 0, 0, 64);
}

static void selects_no_queue(struct craft *c)
{
    to_features(c, 0);
    craft_get(c, REG_QUEUE_ENABLE);
}

static void a_queue_that_is_not_there(struct craft *c)
{
    to_features(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 3);
    craft_get(c, REG_QUEUE_ENABLE);
    craft_get(c, REG_QUEUE_MAX);
    craft_put(c, REG_QUEUE_SIZE, CRAFT_SIZE);
}

/* As Linux and U-Boot do when they find no queue. */
static void stops_a_queue_that_is_not_there(struct craft *c)
{
    to_features(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 3);
    craft_get(c, REG_QUEUE_ENABLE);
    craft_get(c, REG_QUEUE_MAX);
    craft_put(c, REG_QUEUE_ENABLE, 0);
    craft_get(c, REG_QUEUE_ENABLE);
}

/* The upper half of an address counts as 0 with it, and maybe not with the next device. */
static void writes_lower_halves(struct craft *c)
{
    to_features(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_get(c, REG_QUEUE_ENABLE);
    craft_get(c, REG_QUEUE_MAX);
    craft_put(c, REG_QUEUE_SIZE, CRAFT_SIZE);
    craft_write(c, 0x080, 4, craft_area(0, CRAFT_TABLE));
    craft_write(c, 0x090, 4, craft_area(0, CRAFT_AVAILABLE));
    craft_write(c, 0x0a0, 4, craft_area(0, CRAFT_USED));
    craft_put(c, REG_QUEUE_ENABLE, 1);
}

static void ready_is_2(struct craft *c)
{
    to_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    craft_put(c, REG_QUEUE_ENABLE, 0);
    craft_get(c, REG_QUEUE_ENABLE);
    craft_put(c, REG_QUEUE_ENABLE, 2);
}

static void does_not_look_whether_it_is_ready(struct craft *c)
{
    to_features(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_get(c, REG_QUEUE_MAX);
    craft_put(c, REG_QUEUE_SIZE, CRAFT_SIZE);
}

static void takes_its_size_for_granted(struct craft *c)
{
    to_features(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_get(c, REG_QUEUE_ENABLE);
    craft_put(c, REG_QUEUE_SIZE, CRAFT_SIZE);
}

static void addresses_come_first(struct craft *c)
{
    to_features(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_get(c, REG_QUEUE_ENABLE);
    put_addresses(c);
    craft_get(c, REG_QUEUE_MAX);
    craft_put(c, REG_QUEUE_SIZE, CRAFT_SIZE);
    craft_put(c, REG_QUEUE_ENABLE, 1);
}

/* With what an earlier life left behind, at the moment in which the queue becomes ready. */
static void begins_with_old(struct craft *c, uint64_t at)
{
    to_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    craft_put(c, REG_QUEUE_ENABLE, 0);
    craft_get(c, REG_QUEUE_ENABLE);
    store_le16(craft_at(c, at), 99);
    craft_put(c, REG_QUEUE_ENABLE, 1);
}

static void begins_with_an_old_answer(struct craft *c)
{
    begins_with_old(c, craft_area(0, CRAFT_USED) + 4);
}

static void begins_with_an_old_index(struct craft *c)
{
    begins_with_old(c, craft_area(0, CRAFT_AVAILABLE) + 2);
}

/* ---- Resetting one queue: our slots do not offer it, so the test plays that part ---- */

static void reset_the_queue(struct craft *c)
{
    c->device->offered |= RING_RESET;
    craft_up(c, RING_RESET);
    craft_write(c, 0x0c0, 4, 1);
    c->device->queue[0].enabled = false;
    c->device->queue[0].was_reset = true;
}

static void does_not_wait_for_the_queue(struct craft *c)
{
    reset_the_queue(c);
    craft_queue(c, 0, CRAFT_SIZE);
}

static void only_makes_it_ready(struct craft *c)
{
    reset_the_queue(c);
    need(craft_get(c, REG_QUEUE_RESET) == 0, "done");
    craft_put(c, REG_QUEUE_ENABLE, 1);
}

static void waits_and_sets_it_up(struct craft *c)
{
    reset_the_queue(c);
    need(craft_get(c, REG_QUEUE_RESET) == 0, "done");
    craft_queue(c, 0, CRAFT_SIZE);
    craft_send(c, 0, 0, 64);
}

static void resets_a_queue_uninvited(struct craft *c)
{
    craft_up(c, 0);
    craft_get(c, REG_QUEUE_RESET);
}

/* ---- Doorbells ---- */

static void rings_with_more(struct craft *c)
{
    craft_up(c, 0);
    craft_put(c, REG_NOTIFY, 1 << 16);
}

static void rings_with_data(struct craft *c, unsigned ahead)
{
    c->device->offered |= NOTIFICATION_DATA;
    craft_up(c, NOTIFICATION_DATA);
    craft_describe(c, craft_area(0, CRAFT_TABLE), 0, CRAFT_BUFFERS, 64, CRAFT_WRITE, 0);
    craft_offer(c, 0, 0);
    craft_put(c, REG_NOTIFY, (c->offered[0] + ahead) << 16);
}

static void rings_with_another_index(struct craft *c) { rings_with_data(c, 1); }
static void rings_with_its_index(struct craft *c)     { rings_with_data(c, 0); }

/* ---- Interrupts ---- */

static void be_interrupted(struct craft *c)
{
    craft_up(c, 0);
    craft_send(c, 0, 0, 64);
}

static void polls(struct craft *c)
{
    be_interrupted(c);
    craft_send(c, 0, 0, 64);
}

static void handles_it(struct craft *c)
{
    be_interrupted(c);
    craft_put(c, REG_ACK, craft_get(c, REG_ISR));
    craft_put(c, REG_ACK, craft_get(c, REG_ISR));       /* a shared line: it was not this one */
}

static void handles_two_one_by_one(struct craft *c)
{
    be_interrupted(c);
    vdev_config_changed(c->device);
    need(craft_get(c, REG_ISR) == 3, "two events");
    craft_put(c, REG_ACK, 1);
    craft_put(c, REG_ACK, 2);
}

static void writes_back_what_it_does_not_know(struct craft *c)
{
    be_interrupted(c);
    says(c, INTERRUPT_AT, 0x101);
    craft_put(c, REG_ACK, craft_get(c, REG_ISR));
}

static void acknowledges_all_bits(struct craft *c)
{
    be_interrupted(c);
    craft_get(c, REG_ISR);
    craft_put(c, REG_ACK, 5);
}

static void acknowledges_too_much(struct craft *c)
{
    be_interrupted(c);
    craft_get(c, REG_ISR);
    craft_put(c, REG_ACK, 3);
}

static void never_acknowledges(struct craft *c)
{
    be_interrupted(c);
    craft_get(c, REG_ISR);
    craft_get(c, REG_ISR);
}

static void does_not_ask_why(struct craft *c)
{
    be_interrupted(c);
    craft_put(c, REG_ACK, 1);
}

/* ---- Configuration ---- */

static void read_a_torn_configuration(struct craft *c)
{
    craft_up(c, 1);
    craft_get(c, REG_GENERATION);
    craft_get_config(c, 0, 2);
    console_resize(&c->o.console[0], 100, 40);
    craft_get_config(c, 2, 2);
    craft_get(c, REG_GENERATION);
}

static void reads_it_once(struct craft *c)
{
    read_a_torn_configuration(c);
}

static void reads_it_again(struct craft *c)
{
    read_a_torn_configuration(c);
    need(craft_get_config(c, 0, 2) == 100 && craft_get_config(c, 2, 2) == 40, "100x40");
    craft_get(c, REG_GENERATION);
}

#define SLOT(id, name, kind, run, also) { id, name, kind, ON_MMIO, run, also, false }

static const struct craft_row rows[] = {
    SLOT("MMIO-22", "a reset is its first act", A_RNG, status_comes_first, NULL),
    SLOT("MMIO-23", "never asks which device it is", A_RNG, never_asks_who, NULL),
    SLOT("MMIO-08", "goes on behind another magic value", A_RNG, another_magic, NULL),
    SLOT("MMIO-09", "goes on behind version 3", A_RNG, version_3, NULL),
    /* Whoever uses the registers of Version 1 does not leave it alone, either. */
    SLOT("INF-MMIO-16", "sets the page size of version 1", A_RNG, speaks_version_1, "MMIO-09"),
    /* The same act, forbidden in 4.2.2.2 and in 4.2.3.1.1. */
    SLOT("MMIO-10", "reads the vendor of nobody", A_RNG, looks_into_an_empty_slot, "MMIO-25"),
    SLOT("MMIO-25", "reads the vendor of nobody", A_RNG, looks_into_an_empty_slot, "MMIO-10"),
    SLOT("MMIO-24", "resets nobody", A_RNG, wakes_an_empty_slot, "MMIO-10 MMIO-25"),
    SLOT(NULL, "scans all slots twice, and opens a device twice", A_RNG, looks_again, NULL),
    SLOT("MMIO-01", "reads where no register is", A_RNG, a_hole, NULL),
    SLOT("MMIO-01", "reads a field where none is", A_RNG, no_such_field, NULL),
    SLOT("MMIO-02", "writes DeviceID", A_RNG, writes_its_type, NULL),
    SLOT("MMIO-03", "reads QueueNotify", A_RNG, reads_the_doorbell, NULL),
    SLOT("MMIO-04", "reads a byte of Status", A_RNG, status_of_a_byte, NULL),
    SLOT("MMIO-05", "reads four fields of 8 bits as 32", A_RNG, a_field_of_8_bits, NULL),
    /* The next two stand in the device's own chapter, too. */
    SLOT("MMIO-06", "reads cols and rows as 32 bits", A_CONSOLE, two_fields_at_once,
         "INF-CONSOLE-03"),
    SLOT("MMIO-07", "reads 16 bits of num_scanouts", A_GPU, half_a_field, "INF-GPU-04"),
    SLOT("INF-MMIO-02", "writes a big-endian Status", A_RNG, bytes_the_wrong_way_round, NULL),
    SLOT("MMIO-12", "reads features without a select", A_RNG, selects_no_word_to_read, NULL),
    SLOT("MMIO-13", "writes features without a select", A_RNG, selects_no_word_to_write, NULL),
    SLOT("INF-MMIO-03", "writes features 32 to 63 alone", A_RNG, writes_word_1_alone, NULL),
    SLOT("INF-MMIO-17", "accepts ADMIN_VQ", A_RNG, takes_admin_queues, "INIT-10"),
    SLOT("MMIO-26", "asks an rng for shared memory", A_RNG, shared_memory_of_an_rng, NULL),
    SLOT("INF-MMIO-08", "asks for no region", A_GPU, shared_memory_unselected, NULL),
    SLOT(NULL, "asks a gpu for shared memory", A_GPU, shared_memory_of_a_gpu, NULL),
    SLOT("MMIO-14", "a queue twice as large as it can be", A_RNG, larger_than_its_maximum, NULL),
    SLOT("MMIO-15", "another size for a queue in use", A_RNG, resizes_a_ready_queue, NULL),
    SLOT("MMIO-16", "stops a queue and goes on", A_RNG, stops_and_goes_on, NULL),
    SLOT("MMIO-16", "stops a queue and makes it smaller at once", A_RNG, stops_and_shrinks, NULL),
    SLOT("MMIO-16", "stops a queue and resets", A_RNG, stops_and_resets, NULL),
    SLOT(NULL, "stops a queue, looks, sets it up again", A_RNG, stops_and_looks, NULL),
    SLOT(NULL, "QueueReady is 1, and once more", A_RNG, is_ready_twice, NULL),
    SLOT("INF-MMIO-04", "selects no queue", A_RNG, selects_no_queue, NULL),
    SLOT("INF-MMIO-05", "sets up queue 3 of an rng", A_RNG, a_queue_that_is_not_there,
         "INF-QUEUE-02"),
    SLOT(NULL, "stops a queue that is not there", A_RNG, stops_a_queue_that_is_not_there, NULL),
    SLOT("INF-MMIO-06", "writes the lower halves of addresses", A_RNG, writes_lower_halves, NULL),
    SLOT("INF-MMIO-10", "QueueReady is 2", A_RNG, ready_is_2, NULL),
    SLOT("INF-MMIO-11", "never reads QueueReady", A_RNG, does_not_look_whether_it_is_ready, NULL),
    SLOT("INF-MMIO-12", "never reads QueueSizeMax", A_RNG, takes_its_size_for_granted, NULL),
    SLOT("INF-MMIO-12", "addresses before the size", A_RNG, addresses_come_first, NULL),
    SLOT("INF-MMIO-13", "an old answer", A_RNG, begins_with_an_old_answer, NULL),
    SLOT("INF-MMIO-13", "an old avail.idx", A_RNG, begins_with_an_old_index, "INF-SPLIT-13"),
    /* The next two stand in 2.6.1 for both transports, and here for this one. */
    SLOT("MMIO-20", "sets a queue up while it resets", A_RNG, does_not_wait_for_the_queue, "QUEUE-01"),
    SLOT("MMIO-21", "only makes ready what was reset", A_RNG, only_makes_it_ready, "QUEUE-03"),
    SLOT(NULL, "resets a queue, waits, sets it up", A_RNG, waits_and_sets_it_up, NULL),
    SLOT("INF-MMIO-09", "QueueReset without RING_RESET", A_RNG, resets_a_queue_uninvited, NULL),
    SLOT("INF-MMIO-14", "rings with more than an index", A_RNG, rings_with_more, NULL),
    SLOT("INF-MMIO-15", "rings with an index that is ahead", A_RNG, rings_with_another_index,
         "INF-QUEUE-04"),
    SLOT(NULL, "rings with avail.idx", A_RNG, rings_with_its_index, NULL),
    SLOT(NULL, "polls, and never looks at interrupts", A_RNG, polls, NULL),
    SLOT(NULL, "reads and acknowledges", A_RNG, handles_it, NULL),
    SLOT(NULL, "acknowledges two events one by one", A_RNG, handles_two_one_by_one, NULL),
    /* What comes back was not ignored, and is written where it must not be. */
    SLOT("MMIO-17", "undefined bits come back", A_RNG, writes_back_what_it_does_not_know,
         "MMIO-19"),
    SLOT("MMIO-19", "acknowledges bit 2", A_RNG, acknowledges_all_bits, NULL),
    /* The same act, asked for in 4.2.2.2 and in 4.2.3.4.1. */
    SLOT("MMIO-18", "acknowledges what was not there", A_RNG, acknowledges_too_much, "MMIO-30"),
    SLOT("MMIO-30", "never acknowledges", A_RNG, never_acknowledges, "MMIO-18"),
    SLOT("MMIO-28", "acknowledges without a look", A_RNG, does_not_ask_why, NULL),
    SLOT("INF-MMIO-07", "takes a torn size", A_CONSOLE, reads_it_once, "INIT-17 INIT-18"),
    SLOT(NULL, "reads a torn size again", A_CONSOLE, reads_it_again, NULL),
};

int main(void)
{
    tap_begin(60);
    craft_play(rows, sizeof rows / sizeof *rows);
    return tap_end();
}
