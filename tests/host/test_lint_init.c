/* Rules of lint/init.c: each is broken once, and named. */
#include "tests/host/craft.h"

#define BIT(n) ((uint64_t)1 << (n))

enum { SUSPEND = 16, SUSPEND_FEATURE = 43, CONSOLE_SIZE = 1, EMERGENCY = 8 };
enum { EVENTS_READ = 0, EVENTS_CLEAR = 4, NUM_SCANOUTS = 8, NUM_CAPSETS = 12 };     /* the gpu's */

/* ---- Steps, some of them incomplete ---- */

static void add_status(struct craft *c, unsigned bits)
{
    craft_put(c, REG_STATUS, craft_get(c, REG_STATUS) | bits);
}

static void give_up(struct craft *c)
{
    add_status(c, STATUS_FAILED);
    craft_reset(c);
}

static void to_driver(struct craft *c)
{
    craft_find(c);
    craft_begin(c);
}

static void read_features(struct craft *c)
{
    for (unsigned half = 0; half < 2; half++) {
        craft_put(c, REG_DEVICE_SELECT, half);
        craft_get(c, REG_DEVICE_FEATURES);
    }
}

static void accept(struct craft *c, unsigned half, uint32_t bits)
{
    craft_put(c, REG_DRIVER_SELECT, half);
    craft_put(c, REG_DRIVER_FEATURES, bits);
}

/* Up to FEATURES_OK, which is written but not looked at. */
static void to_features_ok(struct craft *c, uint64_t features)
{
    to_driver(c);
    read_features(c);
    accept(c, 0, (uint32_t)features);
    accept(c, 1, (uint32_t)(features >> 32));
    add_status(c, STATUS_FEATURES_OK);
}

/* The device offers a bit more, and it is accepted. */
static void takes_bit(struct craft *c, unsigned bit)
{
    c->device->offered |= BIT(bit);
    to_driver(c);
    craft_features(c, BIT(bit));
}

/* The device offers a bit more, and it is not accepted. */
static void leaves_bit(struct craft *c, unsigned bit)
{
    c->device->offered |= BIT(bit);
    to_driver(c);
    craft_features(c, 0);
    give_up(c);
}

/* Learns what an interrupt was for, and acknowledges it. */
static void hear(struct craft *c)
{
    if (c->mmio)
        craft_put(c, REG_ACK, craft_get(c, REG_ISR));
    else
        craft_peek(c, REGION_ISR, 0, 1);
}

/* Columns and rows of the console, of one generation. */
static void get_size(struct craft *c)
{
    uint64_t before;

    do {
        before = craft_get(c, REG_GENERATION);
        craft_get_config(c, 0, 2);
        craft_get_config(c, 2, 2);
    } while (craft_get(c, REG_GENERATION) != before);
}

static void offer_room(struct craft *c, unsigned queue, unsigned flags)
{
    craft_describe(c, craft_area(queue, CRAFT_TABLE), 0, CRAFT_BUFFERS, 64, flags, 0);
    craft_offer(c, queue, 0);
    craft_notify(c, queue);
}

/* ---- What is right ---- */

static void all_right(struct craft *c)
{
    craft_up(c, 0);
    craft_send(c, 0, 0, 64);
}

static void two_lives(struct craft *c)
{
    to_driver(c);
    give_up(c);
    craft_up(c, 0);
    craft_send(c, 0, 0, 64);
    craft_reset(c);
    craft_begin(c);
    craft_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    craft_ready(c);
    craft_send(c, 0, 0, 64);
    craft_reset(c);
}

static void emergency(struct craft *c)
{
    craft_find(c);
    craft_set_config(c, EMERGENCY, 4, 'a');
    craft_begin(c);
    craft_set_config(c, EMERGENCY, 4, 'b');
    craft_features(c, 0);
    craft_set_config(c, EMERGENCY, 4, 'c');
}

static void reads_again(struct craft *c)
{
    craft_up(c, CONSOLE_SIZE);
    craft_get(c, REG_GENERATION);
    craft_get_config(c, 0, 2);
    console_resize(&c->o.console[0], 100, 40);
    craft_get_config(c, 2, 2);
    craft_get(c, REG_GENERATION);
    get_size(c);
    craft_notify(c, 1);
}

/* One field is whole. */
static void reads_one_field(struct craft *c)
{
    craft_up(c, 0);
    craft_get_config(c, 8, 4);
    c->device->generation++;
    craft_get_config(c, 8, 4);
    craft_notify(c, 0);
    craft_get_config(c, 0, 4);
}

/* Two fields, each for itself, with nothing between them. */
static void polls_for_events(struct craft *c)
{
    craft_up(c, 0);
    craft_get_config(c, EVENTS_READ, 4);
    craft_get_config(c, NUM_SCANOUTS, 4);
    craft_get_config(c, EVENTS_READ, 4);
    craft_notify(c, 0);
}

static void refused_and_done(struct craft *c)
{
    to_features_ok(c, FEATURE_VERSION_1);
    c->device->status &= (uint8_t)~STATUS_FEATURES_OK;
    craft_get(c, REG_STATUS);
    give_up(c);
}

static void hears_of_changes(struct craft *c)
{
    craft_up(c, CONSOLE_SIZE);
    for (unsigned i = 0; i < 3; i++) {
        console_resize(&c->o.console[0], 100 + i, 40);
        hear(c);
        get_size(c);
        craft_notify(c, 1);
    }
}

/* As Linux does on its way out: after the reset all is switched off. */
static void turns_off(struct craft *c)
{
    craft_up(c, 0);
    craft_reset(c);
    craft_put(c, REG_QUEUE_SELECT, 0);
    if (c->mmio) {
        craft_put(c, REG_QUEUE_ENABLE, 0);
        craft_get(c, REG_QUEUE_ENABLE);
    } else {
        craft_put(c, REG_QUEUE_VECTOR, 0xffff);
        craft_get(c, REG_QUEUE_VECTOR);
    }
}

/* Selects a queue that no device of ours has. */
static void look_for_queue(struct craft *c)
{
    craft_put(c, REG_QUEUE_SELECT, 6);
    craft_get(c, c->mmio ? REG_QUEUE_MAX : REG_QUEUE_SIZE);
}

static void does_without_a_queue(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    look_for_queue(c);
    craft_ready(c);
    craft_reset(c);
}

static void looks_to_the_end(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    look_for_queue(c);
}

static void fails_without_a_queue(struct craft *c)
{
    looks_to_the_end(c);
    give_up(c);
}

/* Nothing was missing: it had another reason. */
static void leaves_before_driver_ok(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    craft_reset(c);
}

/* The device gives up between the driver's look at status and its next step. */
static void cannot_know(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    craft_get(c, REG_STATUS);
    c->device->status |= STATUS_NEEDS_RESET;
    craft_put(c, REG_STATUS, 15);
    craft_reset(c);
}

/* ---- Status ---- */

static void loses_a_bit(struct craft *c)
{
    to_driver(c);
    craft_put(c, REG_STATUS, STATUS_DRIVER);
}

/* As cannot_know, but the driver reads it. */
static void knows_and_goes_on(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    c->device->status |= STATUS_NEEDS_RESET;
    craft_get(c, REG_STATUS);
    craft_put(c, REG_STATUS, 15);
    craft_reset(c);
}

static void loses_needs_reset(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    c->device->status |= STATUS_NEEDS_RESET;
    craft_put(c, REG_STATUS, 15);
    craft_reset(c);
}

static void leaves_features_ok_out(struct craft *c)
{
    to_driver(c);
    read_features(c);
    accept(c, 1, 1);
    accept(c, 0, 0);
    craft_ready(c);
}

static void tries_again(struct craft *c)
{
    craft_find(c);
    craft_reset(c);
    craft_put(c, REG_STATUS, STATUS_FAILED);
    craft_put(c, REG_STATUS, STATUS_FAILED | STATUS_ACKNOWLEDGE);
}

static void accepts_after_failed(struct craft *c)
{
    to_driver(c);
    read_features(c);
    add_status(c, STATUS_FAILED);
    accept(c, 1, 1);
    craft_reset(c);
}

static void knows_and_sends(struct craft *c)
{
    craft_up(c, 0);
    c->device->status |= STATUS_NEEDS_RESET;
    craft_get(c, REG_STATUS);
    craft_notify(c, 0);
    craft_reset(c);
}

static void knows_and_rests(struct craft *c)
{
    craft_up(c, 0);
    c->device->status |= STATUS_NEEDS_RESET;
    craft_get(c, REG_STATUS);
}

static void begins_without_reset(struct craft *c)
{
    craft_find(c);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE);
}

static void driver_first(struct craft *c)
{
    craft_find(c);
    craft_reset(c);
    craft_put(c, REG_STATUS, STATUS_DRIVER);
}

static void both_at_once(struct craft *c)
{
    craft_find(c);
    craft_reset(c);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
}

static void features_before_driver(struct craft *c)
{
    craft_find(c);
    craft_reset(c);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE);
    read_features(c);
    accept(c, 1, 1);
}

static void does_not_look(struct craft *c)
{
    to_features_ok(c, FEATURE_VERSION_1);
    craft_queue(c, 0, CRAFT_SIZE);
}

static void is_refused_and_goes_on(struct craft *c)
{
    to_features_ok(c, FEATURE_VERSION_1);
    c->device->status &= (uint8_t)~STATUS_FEATURES_OK;
    craft_get(c, REG_STATUS);
    craft_queue(c, 0, CRAFT_SIZE);
    give_up(c);
}

static void leaves_silently(struct craft *c)
{
    to_features_ok(c, FEATURE_VERSION_1);
    c->device->status &= (uint8_t)~STATUS_FEATURES_OK;
    craft_get(c, REG_STATUS);
    craft_reset(c);
}

static void leaves_without_a_queue(struct craft *c)
{
    looks_to_the_end(c);
    craft_reset(c);
}

static void fails_and_goes_on(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    add_status(c, STATUS_FAILED);
    craft_queue(c, 0, CRAFT_SIZE);
}

/* ---- Features ---- */

static void accepts_more(struct craft *c)
{
    to_driver(c);
    craft_features(c, BIT(20));
    give_up(c);
}

static void accepts_word_2(struct craft *c)
{
    to_driver(c);
    read_features(c);
    accept(c, 2, 1);
}

static void context_without_virgl(struct craft *c) { takes_bit(c, 4); }

static void accepts_unread(struct craft *c)
{
    to_driver(c);
    accept(c, 1, 1);
}

static void takes_26(struct craft *c) { takes_bit(c, 26); }
static void takes_45(struct craft *c) { takes_bit(c, 45); }
static void takes_admin_vq(struct craft *c) { takes_bit(c, 41); }
static void takes_sr_iov(struct craft *c) { takes_bit(c, 37); }
static void takes_3(struct craft *c) { takes_bit(c, 3); }
static void takes_55(struct craft *c) { takes_bit(c, 55); }
static void takes_24(struct craft *c) { takes_bit(c, 24); }
static void takes_30(struct craft *c) { takes_bit(c, 30); }
static void leaves_platform(struct craft *c) { leaves_bit(c, 33); }
static void leaves_packed(struct craft *c) { leaves_bit(c, 34); }
static void leaves_order(struct craft *c) { leaves_bit(c, 36); }
static void leaves_notif_data(struct craft *c) { leaves_bit(c, 39); }

static void leaves_version_1(struct craft *c)
{
    to_features_ok(c, 0);
    give_up(c);
}

static void leaves_a_legacy_device(struct craft *c)
{
    c->device->offered &= ~FEATURE_VERSION_1;
    to_driver(c);
    read_features(c);
    craft_reset(c);
}

static void is_afraid(struct craft *c)
{
    c->device->offered |= BIT(31);
    to_driver(c);
    read_features(c);
    give_up(c);
}

/* The device keeps FEATURES_OK, as a legacy one does. */
static void drives_a_legacy_device(struct craft *c)
{
    c->device->offered &= ~FEATURE_VERSION_1;
    to_features_ok(c, 0);
    c->device->status |= STATUS_FEATURES_OK;
    craft_get(c, REG_STATUS);
    craft_queue(c, 0, CRAFT_SIZE);
    give_up(c);
}

static void negotiates_nothing(struct craft *c)
{
    to_driver(c);
    add_status(c, STATUS_FEATURES_OK);
    give_up(c);
}

static void accepts_late(struct craft *c)
{
    craft_up(c, 0);
    accept(c, 0, 0);
}

/* ---- Reset ---- */

static void does_not_wait(struct craft *c)
{
    craft_find(c);
    craft_put(c, REG_STATUS, 0);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE);
}

/* The device is slow, and has a receive buffer. */
static void takes_buffers_back(struct craft *c)
{
    craft_up(c, 0);
    offer_room(c, 0, CRAFT_WRITE);
    craft_put(c, REG_STATUS, 0);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE);
}

static void takes_rings_back(struct craft *c)
{
    craft_up(c, 0);
    craft_put(c, REG_STATUS, 0);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE);
}

/* What a queue held, its own reset gave back. [2.6.1] */
static void takes_a_queue_back_first(struct craft *c)
{
    c->device->offered |= FEATURE_RING_RESET;
    craft_up(c, FEATURE_RING_RESET);
    offer_room(c, 0, CRAFT_WRITE);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_put(c, REG_QUEUE_RESET, 1);
    craft_get(c, REG_QUEUE_RESET);
    craft_put(c, REG_STATUS, 0);
    craft_put(c, REG_STATUS, STATUS_ACKNOWLEDGE);
}

static void sets_up_after_reset(struct craft *c)
{
    craft_up(c, 0);
    craft_reset(c);
    craft_queue(c, 0, CRAFT_SIZE);
}

static void goes_on_after_reset(struct craft *c)
{
    craft_up(c, 0);
    craft_reset(c);
    craft_notify(c, 0);
}

/* ---- Queues ---- */

static void queue_before_features(struct craft *c)
{
    to_driver(c);
    craft_queue(c, 0, CRAFT_SIZE);
}

static void queue_after_driver_ok(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    craft_ready(c);
    craft_queue(c, 0, CRAFT_SIZE);
}

static void notifies_another(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    craft_queue(c, 1, CRAFT_SIZE);
    craft_put(c, REG_QUEUE_SELECT, 0);
    if (!c->mmio)
        craft_get(c, REG_NOTIFY_OFF);
    craft_ready(c);
    craft_notify(c, 0);
}

static void notifies_early(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    craft_queue(c, 0, CRAFT_SIZE);
    craft_notify(c, 0);
}

static void stores_big_endian(struct craft *c)
{
    craft_up(c, 0);
    offer_room(c, 0, CRAFT_WRITE << 8);
}

static void places_a_ring_elsewhere(struct craft *c)
{
    to_driver(c);
    craft_features(c, 0);
    craft_put(c, REG_QUEUE_SELECT, 0);
    craft_get(c, c->mmio ? REG_QUEUE_ENABLE : REG_QUEUE_SIZE);
    craft_get(c, c->mmio ? REG_QUEUE_MAX : REG_QUEUE_SIZE);
    craft_put(c, REG_QUEUE_SIZE, CRAFT_SIZE);
    craft_put(c, REG_QUEUE_DESC, 0xffff800000001000);
    craft_reset(c);
}

static void sends_a_foreign_address(struct craft *c)
{
    craft_up(c, 0);
    craft_describe(c, craft_area(0, CRAFT_TABLE), 0, 0xffff800000001000, 64, CRAFT_WRITE, 0);
    craft_offer(c, 0, 0);
    craft_notify(c, 0);
}

/* ---- Configuration ---- */

static void takes_torn_fields(struct craft *c)
{
    craft_up(c, CONSOLE_SIZE);
    craft_get(c, REG_GENERATION);
    craft_get_config(c, 0, 2);
    console_resize(&c->o.console[0], 100, 40);
    craft_get_config(c, 2, 2);
    craft_get(c, REG_GENERATION);
    craft_notify(c, 1);
}

static void reads_without_generation(struct craft *c)
{
    craft_up(c, CONSOLE_SIZE);
    craft_get_config(c, 0, 2);
    craft_get_config(c, 2, 2);
    craft_notify(c, 1);
}

static void reads_all_of_the_gpu(struct craft *c)
{
    craft_up(c, 0);
    craft_get_config(c, EVENTS_READ, 4);
    craft_get_config(c, NUM_SCANOUTS, 4);
    craft_get_config(c, NUM_CAPSETS, 4);
    craft_notify(c, 0);
}

static void reads_a_field_of_nobody(struct craft *c)
{
    c->device->offered &= ~(uint64_t)CONSOLE_SIZE;
    craft_up(c, 0);
    craft_get_config(c, 0, 2);
}

static void writes_big_endian(struct craft *c)
{
    craft_up(c, 0);
    craft_set_config(c, EMERGENCY, 4, 0x41000000);
}

static void writes_while_negotiating(struct craft *c)
{
    to_driver(c);
    craft_set_config(c, EVENTS_CLEAR, 4, 0);
}

static void keeps_an_old_size(struct craft *c)
{
    craft_up(c, CONSOLE_SIZE);
    get_size(c);
    for (unsigned i = 0; i < 2; i++) {
        console_resize(&c->o.console[0], 100 + i, 40);
        hear(c);
        craft_notify(c, 1);
    }
}

static void does_not_ask_why(struct craft *c)
{
    craft_up(c, 0);
    c->device->status |= STATUS_NEEDS_RESET;
    vdev_interrupt(c->device, -1);
    hear(c);
    craft_notify(c, 0);
}

/* ---- Suspend [1.4] ---- */

/* The device does as one with this feature. */
static void suspend(struct craft *c)
{
    c->device->offered |= BIT(SUSPEND_FEATURE);
    craft_up(c, BIT(SUSPEND_FEATURE));
    add_status(c, SUSPEND);
    c->device->status |= SUSPEND;
}

static void suspended(struct craft *c)
{
    suspend(c);
    craft_get(c, REG_STATUS);
}

static void suspends_and_resumes(struct craft *c)
{
    suspended(c);
    c->device->status &= (uint8_t)~STATUS_DRIVER_OK;
    craft_get(c, REG_STATUS);
    craft_put(c, REG_STATUS, 15);
    c->device->status &= (uint8_t)~SUSPEND;
    craft_get(c, REG_STATUS);
    craft_send(c, 0, 0, 64);
}

static void suspends_without_feature(struct craft *c)
{
    craft_up(c, 0);
    add_status(c, SUSPEND);
    craft_get(c, REG_STATUS);
}

static void suspends_blindly(struct craft *c)
{
    suspend(c);
    craft_put(c, REG_QUEUE_SELECT, 0);
}

static void sends_while_suspended(struct craft *c)
{
    suspended(c);
    offer_room(c, 0, CRAFT_WRITE);
}

static void notifies_while_suspended(struct craft *c)
{
    suspended(c);
    craft_notify(c, 0);
}

static void writes_while_suspended(struct craft *c)
{
    suspended(c);
    craft_set_config(c, EVENTS_CLEAR, 4, 0);
}

static void resumes_blindly(struct craft *c)
{
    suspended(c);
    craft_put(c, REG_STATUS, 15);
    craft_notify(c, 0);
}

#define SILENT(name, kind, on, run) { NULL, name, kind, on, run, NULL, false }
#define ROW(id, name, kind, run, also) { id, name, kind, ON_BOTH, run, also, false }
#define PCI_ROW(id, name, kind, run, also) { id, name, kind, ON_PCI, run, also, false }
#define MMIO_ROW(id, name, kind, run, also) { id, name, kind, ON_MMIO, run, also, false }

static const struct craft_row rows[] = {
    SILENT("a whole life", A_RNG, ON_BOTH, all_right),
    SILENT("two lives after one that failed", A_RNG, ON_BOTH, two_lives),
    SILENT("emerg_wr at any time", A_CONSOLE, ON_BOTH, emergency),
    SILENT("torn fields are read again", A_CONSOLE, ON_BOTH, reads_again),
    SILENT("one field is whole", A_GPU, ON_BOTH, reads_one_field),
    SILENT("events are polled, then a field is read", A_GPU, ON_BOTH, polls_for_events),
    SILENT("FEATURES_OK is refused, and FAILED written", A_RNG, ON_BOTH, refused_and_done),
    SILENT("each change is read", A_CONSOLE, ON_BOTH, hears_of_changes),
    SILENT("all is switched off after the reset", A_RNG, ON_BOTH, turns_off),
    SILENT("NEEDS_RESET came after the look", A_RNG, ON_BOTH, cannot_know),
    SILENT("a queue is not there, and is not needed", A_RNG, ON_BOTH, does_without_a_queue),
    SILENT("a queue is not there, and FAILED written", A_RNG, ON_BOTH, fails_without_a_queue),
    SILENT("a queue is not there, and all ends", A_RNG, ON_BOTH, looks_to_the_end),
    SILENT("a driver leaves, and nothing was missing", A_RNG, ON_BOTH, leaves_before_driver_ok),
    SILENT("a nap", A_RNG, ON_BOTH, suspends_and_resumes),

    /* Without WRITE there is no room for an answer. */
    ROW("INF-INIT-02", "flags of a descriptor are swapped", A_RNG, stores_big_endian,
        "INF-SPLIT-11 INF-SPLIT-26"),
    /* The step that is left out has a rule of its own. */
    ROW("INIT-01", "DRIVER_OK without FEATURES_OK", A_RNG, leaves_features_ok_out, "INIT-28"),
    ROW("INIT-02", "DRIVER alone takes ACKNOWLEDGE away", A_RNG, loses_a_bit, NULL),
    ROW("INIT-02", "NEEDS_RESET came, and is written over", A_RNG, loses_needs_reset, NULL),
    ROW("INIT-02", "NEEDS_RESET was read, and is written over", A_RNG, knows_and_goes_on, NULL),
    ROW("INIT-03", "ACKNOWLEDGE after FAILED", A_RNG, tries_again, NULL),
    ROW("INIT-03", "features after FAILED", A_RNG, accepts_after_failed, NULL),
    ROW("INIT-04", "NEEDS_RESET was read, and a queue is notified", A_RNG, knows_and_sends, NULL),
    ROW("INF-INIT-03", "NEEDS_RESET was read, and nothing follows", A_RNG, knows_and_rests, NULL),
    ROW("INIT-05", "feature 20 is not offered, and accepted", A_RNG, accepts_more, NULL),
    ROW("INIT-05", "a third word of features is accepted", A_RNG, accepts_word_2, NULL),
    ROW("INIT-06", "CONTEXT_INIT without VIRGL", A_GPU, context_without_virgl, NULL),
    ROW("INIT-07", "VERSION_1 is accepted, and nothing was read", A_RNG, accepts_unread, NULL),
    ROW("INIT-08", "bit 26 is accepted", A_RNG, takes_26, NULL),
    ROW("INIT-09", "bit 45 is accepted", A_RNG, takes_45, NULL),
    MMIO_ROW("INIT-10", "ADMIN_VQ is accepted", A_RNG, takes_admin_vq, "INF-MMIO-17"),
    ROW("INIT-11", "bit 3 of the rng is accepted", A_RNG, takes_3, NULL),
    ROW("INIT-11", "bit 55 of the console is accepted", A_CONSOLE, takes_55, NULL),
    ROW("INIT-13", "no VERSION_1, no FAILED", A_RNG, leaves_a_legacy_device, NULL),
    ROW("INIT-14", "FAILED, because of bit 31", A_RNG, is_afraid, NULL),
    ROW("INF-INIT-06", "no VERSION_1, but queues", A_RNG, drives_a_legacy_device, NULL),
    /* Both say the same, one of the step, one of the features. */
    ROW("INIT-29", "features after DRIVER_OK", A_RNG, accepts_late, "INF-INIT-04"),
    ROW("INF-INIT-04", "features after DRIVER_OK", A_RNG, accepts_late, "INIT-29"),
    /* PCI has a MUST for what is a SHOULD of all devices. */
    ROW("INIT-15", "ACKNOWLEDGE, and the reset may not be over", A_RNG, does_not_wait, "PCI-18"),
    ROW("INF-INIT-12", "the rings are taken back before", A_RNG, takes_rings_back,
        "INIT-15 PCI-18"),
    ROW("INIT-37", "a receive buffer is taken back before", A_CONSOLE, takes_buffers_back,
        "INIT-15 INF-INIT-12 PCI-18"),
    /* Its other queue is still the device's. */
    ROW("INIT-15", "a receive buffer came back before, by a queue's reset", A_CONSOLE,
        takes_a_queue_back_first, "INF-INIT-12 PCI-18"),
    /* A driver whose device was reset by someone else: DRIVER_OK is gone, too. */
    ROW("INF-INIT-07", "a queue is set up right after the reset", A_RNG, sets_up_after_reset,
        "INIT-31"),
    ROW("INF-INIT-07", "a notification after the reset", A_RNG, goes_on_after_reset, "INIT-35"),
    /* That the generation changed was seen, and did not help: both rules of 2.5.1. */
    ROW("INIT-17", "columns of one size, rows of another", A_CONSOLE, takes_torn_fields,
        "INIT-18 INF-MMIO-07"),
    ROW("INIT-18", "columns and rows, no generation", A_CONSOLE, reads_without_generation, NULL),
    ROW("INIT-18", "two fields of the gpu, no generation", A_GPU, reads_all_of_the_gpu, NULL),
    /* The console's own rules say these, too. */
    ROW("INIT-19", "columns, and SIZE is not offered", A_CONSOLE, reads_a_field_of_nobody,
        "INF-CONSOLE-02"),
    ROW("INF-INIT-08", "emerg_wr is swapped", A_CONSOLE, writes_big_endian, "INF-CONSOLE-04"),
    ROW("INF-INIT-10", "two changes, and the size is not read", A_CONSOLE, keeps_an_old_size,
        "INF-CONSOLE-10 INF-PCI-35"),
    ROW("INIT-22", "ACKNOWLEDGE is the first write", A_RNG, begins_without_reset, NULL),
    ROW("INIT-23", "DRIVER is the first write after the reset", A_RNG, driver_first, NULL),
    ROW("INIT-24", "ACKNOWLEDGE and DRIVER at once", A_RNG, both_at_once, NULL),
    ROW("INIT-24", "features are accepted before DRIVER", A_RNG, features_before_driver, NULL),
    /* So VERSION_1 is not accepted, nor was its word written. */
    ROW("INIT-25", "FEATURES_OK, and nothing else", A_RNG, negotiates_nothing,
        "INIT-44 INF-PCI-10 INF-MMIO-03"),
    ROW("INIT-27", "events_clear before FEATURES_OK", A_GPU, writes_while_negotiating, NULL),
    /* A step is left out. */
    ROW("INIT-28", "DRIVER_OK without FEATURES_OK", A_RNG, leaves_features_ok_out, "INIT-01"),
    ROW("INIT-30", "status is not read after FEATURES_OK", A_RNG, does_not_look, NULL),
    ROW("INIT-30", "FEATURES_OK did not stay", A_RNG, is_refused_and_goes_on, NULL),
    ROW("INIT-31", "a queue before FEATURES_OK", A_RNG, queue_before_features, NULL),
    ROW("INIT-31", "a queue after DRIVER_OK", A_RNG, queue_after_driver_ok, NULL),
    ROW("INIT-32", "one queue is enabled, the other notified", A_GPU, notifies_another, NULL),
    ROW("INIT-33", "FEATURES_OK is refused, and FAILED not written", A_RNG, leaves_silently, NULL),
    ROW("INIT-33", "a queue is not there, and FAILED not written", A_RNG, leaves_without_a_queue,
        NULL),
    ROW("INIT-34", "a queue after FAILED", A_RNG, fails_and_goes_on, NULL),
    ROW("INIT-35", "a notification before DRIVER_OK", A_RNG, notifies_early, NULL),
    ROW("INF-INIT-11", "an interrupt for NEEDS_RESET, status is not read", A_RNG, does_not_ask_why,
        NULL),
    ROW("INIT-38", "SUSPEND without the feature", A_RNG, suspends_without_feature, NULL),
    ROW("INIT-39", "SUSPEND, and status is not read", A_RNG, suspends_blindly, NULL),
    /* Nobody sees the buffer before the notification. */
    ROW("INIT-40", "a buffer for a device that sleeps", A_RNG, sends_while_suspended, "INIT-41"),
    ROW("INIT-41", "a notification for a sleeping device", A_RNG, notifies_while_suspended, NULL),
    ROW("INIT-42", "configuration is written while it sleeps", A_GPU, writes_while_suspended, NULL),
    ROW("INIT-43", "a notification while it wakes up", A_RNG, resumes_blindly, NULL),
    ROW("INIT-44", "VERSION_1 is not accepted", A_RNG, leaves_version_1, NULL),
    ROW("INIT-46", "ACCESS_PLATFORM is not accepted", A_RNG, leaves_platform, NULL),
    /* A virtual address is outside RAM, too. */
    ROW("INIT-48", "a virtual address", A_RNG, sends_a_foreign_address, "INF-SPLIT-09"),
    ROW("INIT-48", "a ring at a virtual address", A_RNG, places_a_ring_elsewhere, NULL),
    ROW("INIT-49", "RING_PACKED is not accepted", A_RNG, leaves_packed, NULL),
    ROW("INIT-50", "ORDER_PLATFORM is not accepted", A_RNG, leaves_order, NULL),
    PCI_ROW("INIT-52", "SR_IOV, and there is no such capability", A_RNG, takes_sr_iov, NULL),
    MMIO_ROW("INIT-52", "SR_IOV on virtio-mmio", A_RNG, takes_sr_iov, "INIT-10"),
    ROW("INIT-54", "NOTIF_CONFIG_DATA is not accepted", A_RNG, leaves_notif_data, NULL),
    ROW("INF-INIT-13", "NOTIFY_ON_EMPTY is accepted", A_RNG, takes_24, NULL),
    ROW("INF-INIT-13", "bit 30 is accepted", A_RNG, takes_30, NULL),
};

int main(void)
{
    tap_begin(60);
    craft_play(rows, sizeof rows / sizeof *rows);
    return tap_end();
}
