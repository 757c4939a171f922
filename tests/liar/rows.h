/* The liar's table: what the driver tries, what the device pretends, and what
 * must come out. An error code must come out exactly; VB_OK means that the
 * driver takes the default or recovers, and then, if there is a sentence, says it
 * in one line of the trace.
 *
 * Included by the test that holds the driver under test. */
#ifndef ROWS_H
#define ROWS_H

#include "tests/liar/liar.h"

typedef enum operation {
    OPEN_CONSOLE, OPEN_CONSOLE_AT, PRINT, READ, CLOSE_CONSOLE,
    OPEN_GPU, OPEN_GPU_AT, PRESENT, POLL, REOPEN_GPU, CLOSE_GPU,
    OPERATIONS
} operation;

enum { PCI = 1, MMIO = 2, BOTH = 3, UNPLACED = 4 };     /* UNPLACED: BARs hold no address */

typedef struct liar_row {
    const char *name;
    int where;
    operation op;
    lie lies[2];
    int expect;
    const char *sentence;
    uint32_t step;                      /* 0, or failure.step */
} liar_row;

/* The lies, so that a row reads like a line of text. */
#define SAYS(reg, v) {.kind = LIE_REGISTER, .what = (reg), .value = (v)}
#define SAYS_AFTER(n, reg, v) {.kind = LIE_REGISTER, .what = (reg), .value = (v), .skip = (n)}
#define SAYS_ONCE(reg, v) {.kind = LIE_REGISTER, .what = (reg), .value = (v), .count = 1}
#define ADDS(reg, v) {.kind = LIE_REGISTER_OR, .what = (reg), .value = (v)}
#define ADDS_AFTER(n, reg, v) {.kind = LIE_REGISTER_OR, .what = (reg), .value = (v), .skip = (n)}
#define ADDS_FIRST(n, reg, v) {.kind = LIE_REGISTER_OR, .what = (reg), .value = (v), .count = (n)}
#define DROPS(reg, v) {.kind = LIE_REGISTER_AND, .what = (reg), .value = ~(uint64_t)(v)}
#define KEEPS(reg, v) {.kind = LIE_REGISTER_AND, .what = (reg), .value = (v)}
#define COUNTS(reg) {.kind = LIE_COUNTING, .what = (reg)}
#define CONFIG(at, bytes, v) {.kind = LIE_CONFIG, .what = (at), .field = (bytes), .value = (v)}
#define CONFIG_SPACE(at, bytes, v) {.kind = LIE_PCI, .what = (at), .field = (bytes), .value = (v)}
#define CONFIG_SPACE_AFTER(n, at, bytes, v) \
    {.kind = LIE_PCI, .what = (at), .field = (bytes), .value = (v), .skip = (n)}
#define CAPABILITY(type, at, v) {.kind = LIE_CAPABILITY, .what = (type), .field = (at), .value = (v)}
#define NEW_CAPABILITY(type, bar) {.kind = LIE_NEW_CAPABILITY, .what = (type), .field = (bar)}
#define VANISHES(reads) {.kind = LIE_ALL_ONES, .what = 1, .skip = (reads)}
#define VANISHES_AT_KICK(kicks) {.kind = LIE_ALL_ONES, .skip = (kicks)}
#define SILENCE {.kind = LIE_SILENCE}
#define SILENCE_ONCE {.kind = LIE_SILENCE, .count = 1}
#define HIDES {.kind = LIE_HIDE}
#define ID(v) {.kind = LIE_ID, .value = (v)}
#define DOUBLES {.kind = LIE_DOUBLE}
#define LENGTH(v) {.kind = LIE_LENGTH, .value = (v)}
#define LENGTH_OF(cmd, v) {.kind = LIE_LENGTH, .command = (cmd), .value = (v)}
#define SWAPS {.kind = LIE_SWAP}
#define INDEX(v) {.kind = LIE_INDEX, .value = (v)}
#define WORD(cmd, n, v) {.kind = LIE_WORD, .command = (cmd), .field = (n), .value = (v)}
#define CHANGES {.kind = LIE_CHANGES}

/* The capability's fields [4.1.4], the gpu's commands [5.7.6.7]. */
enum { CAP_NEXT = 1, CAP_LENGTH = 2, CAP_TYPE = 3, CAP_BAR = 4, CAP_OFFSET = 8, CAP_BYTES = 12,
       CAP_MULTIPLIER = 16 };
enum { COMMON_CAP = 1, NOTIFY_CAP, ISR_CAP, DEVICE_CAP };
enum { DISPLAY_INFO = 0x100, CREATE, UNREF, SCANOUT, FLUSH, TRANSFER, ATTACH };

/* What is said where the driver goes on: the display's width, with the value 0. */
#define NO_SIZE " 0  gpu: the display's width"
#define SKIPPED "skipped a virtio capability"

static const liar_row liar_rows[] = {
    /* ---- reset and the staircase of status bits ---- */
    {"the reset never ends", BOTH, OPEN_CONSOLE, {ADDS(REG_STATUS, 1)}, .expect = VB_E_RESET},
    {"the reset never ends, gpu", BOTH, OPEN_GPU, {ADDS(REG_STATUS, 0x80)}, .expect = VB_E_RESET},
    {"the reset takes a while", BOTH, OPEN_CONSOLE, {ADDS_FIRST(5, REG_STATUS, 0x1f)},
     .expect = VB_OK},
    {"the reset takes a while", BOTH, OPEN_GPU, {ADDS_FIRST(300, REG_STATUS, 1)}, .expect = VB_OK},
    {"status reads all ones", BOTH, OPEN_CONSOLE, {SAYS(REG_STATUS, 0xffffffff)},
     .expect = VB_E_GONE},
    {"ACKNOWLEDGE does not stay", BOTH, OPEN_CONSOLE, {DROPS(REG_STATUS, 1)},
     .expect = VB_E_STATUS},
    {"DRIVER does not stay", BOTH, OPEN_GPU, {DROPS(REG_STATUS, 2)}, .expect = VB_E_STATUS},
    {"FEATURES_OK is refused", BOTH, OPEN_CONSOLE, {DROPS(REG_STATUS, 8)}, .expect = VB_E_FEATURES},
    {"FEATURES_OK is refused, gpu", BOTH, OPEN_GPU, {DROPS(REG_STATUS, 8)},
     .expect = VB_E_FEATURES},
    {"DRIVER_OK does not stay", BOTH, OPEN_CONSOLE, {DROPS(REG_STATUS, 4)}, .expect = VB_E_STATUS},
    {"NEEDS_RESET while waking", BOTH, OPEN_CONSOLE, {ADDS_AFTER(1, REG_STATUS, 64)},
     .expect = VB_E_NEEDS_RESET},
    {"NEEDS_RESET at FEATURES_OK", BOTH, OPEN_GPU, {ADDS_AFTER(3, REG_STATUS, 64)},
     .expect = VB_E_NEEDS_RESET},

    /* ---- features ---- */
    {"VERSION_1 is not offered", BOTH, OPEN_CONSOLE, {DROPS(REG_DEVICE_FEATURES, 1)},
     .expect = VB_E_NO_VERSION_1},
    {"nothing is offered", BOTH, OPEN_GPU, {SAYS(REG_DEVICE_FEATURES, 0)},
     .expect = VB_E_NO_VERSION_1},
    {"nothing but VERSION_1 is offered", BOTH, OPEN_CONSOLE, {KEEPS(REG_DEVICE_FEATURES, 1)},
     .expect = VB_OK},
    {"nothing but VERSION_1 is offered", BOTH, OPEN_GPU, {KEEPS(REG_DEVICE_FEATURES, 1)},
     .expect = VB_OK},
    {"everything is offered", BOTH, OPEN_CONSOLE, {SAYS(REG_DEVICE_FEATURES, 0xffffffff)},
     .expect = VB_OK},
    {"everything is offered, gpu", BOTH, OPEN_GPU, {SAYS(REG_DEVICE_FEATURES, 0xffffffff)},
     .expect = VB_OK},

    /* ---- queues ---- */
    {"the queue is missing", BOTH, OPEN_CONSOLE, {SAYS(REG_QUEUE_SIZE, 0)}, .expect = VB_E_QUEUE},
    {"the queue is missing, gpu", BOTH, OPEN_GPU, {SAYS(REG_QUEUE_SIZE, 0)}, .expect = VB_E_QUEUE},
    {"a gpu's queue of one", BOTH, OPEN_GPU, {SAYS(REG_QUEUE_SIZE, 1)}, .expect = VB_E_QUEUE},
    {"a queue of three is used as two", MMIO, OPEN_CONSOLE, {SAYS(REG_QUEUE_SIZE, 3)},
     .expect = VB_OK},
    {"a queue of five is used as four", MMIO, OPEN_GPU, {SAYS(REG_QUEUE_SIZE, 5)}, .expect = VB_OK},
    {"a queue of 65535", MMIO, OPEN_GPU, {SAYS(REG_QUEUE_SIZE, 0xffff)}, .expect = VB_OK},
    {"the size written does not stay", PCI, OPEN_CONSOLE, {SAYS_AFTER(1, REG_QUEUE_SIZE, 64)},
     .expect = VB_E_QUEUE},
    {"the size read back is 0", PCI, OPEN_GPU, {SAYS_AFTER(1, REG_QUEUE_SIZE, 0)},
     .expect = VB_E_QUEUE},
    {"the size read back is 3", PCI, OPEN_GPU, {SAYS_AFTER(1, REG_QUEUE_SIZE, 3)},
     .expect = VB_E_QUEUE},
    {"the queue is in use already", MMIO, OPEN_CONSOLE, {SAYS(REG_QUEUE_ENABLE, 1)},
     .expect = VB_E_QUEUE},
    {"the doorbell lies outside", PCI, OPEN_CONSOLE, {SAYS(REG_NOTIFY_OFFSET, 0xffff)},
     .expect = VB_E_DOORBELL},
    {"the doorbell lies just outside", PCI, OPEN_GPU, {SAYS(REG_NOTIFY_OFFSET, 0x400)},
     .expect = VB_E_DOORBELL},
    {"the doorbells are 2 GiB apart", PCI, OPEN_CONSOLE,
     {CAPABILITY(NOTIFY_CAP, CAP_MULTIPLIER, 0x80000000)}, .expect = VB_E_DOORBELL},
    {"the doorbells are 3 bytes apart", PCI, OPEN_CONSOLE,
     {CAPABILITY(NOTIFY_CAP, CAP_MULTIPLIER, 3)}, .expect = VB_E_DOORBELL},

    /* ---- what a slot says it is ---- */
    {"no magic value", MMIO, OPEN_CONSOLE, {SAYS(REG_MAGIC, 0x76697274)}, .expect = VB_E_NOT_FOUND},
    {"no magic value, by place", MMIO, OPEN_CONSOLE_AT, {SAYS(REG_MAGIC, 0)},
     .expect = VB_E_NOT_VIRTIO},
    {"version 1", MMIO, OPEN_CONSOLE, {SAYS(REG_VERSION, 1)},
     .expect = VB_E_LEGACY, .sentence = "force-legacy=false"},
    {"version 1, by place", MMIO, OPEN_GPU_AT, {SAYS(REG_VERSION, 1)},
     .expect = VB_E_LEGACY, .sentence = "force-legacy=false"},
    {"version 3, by place", MMIO, OPEN_GPU_AT, {SAYS(REG_VERSION, 3)}, .expect = VB_E_NOT_VIRTIO},
    {"an empty slot", MMIO, OPEN_CONSOLE, {SAYS(REG_DEVICE_ID, 0)}, .expect = VB_E_NOT_FOUND},
    {"another device, by place", MMIO, OPEN_CONSOLE_AT, {SAYS(REG_DEVICE_ID, 2)},
     .expect = VB_E_NOT_VIRTIO},
    {"another device, by place", PCI, OPEN_CONSOLE_AT, {CONFIG_SPACE(2, 2, 0x1042)},
     .expect = VB_E_NOT_VIRTIO},
    {"another vendor, by place", PCI, OPEN_GPU_AT, {CONFIG_SPACE(0, 2, 0x8086)},
     .expect = VB_E_NOT_VIRTIO},
    {"another vendor", PCI, OPEN_GPU, {CONFIG_SPACE(0, 2, 0x8086)}, .expect = VB_E_NOT_FOUND},

    {"the modern id of a console", PCI, OPEN_CONSOLE, {CONFIG_SPACE(2, 2, 0x1043)},
     .expect = VB_OK},

    /* ---- PCI capabilities ---- */
    {"a capability longer than known", PCI, OPEN_CONSOLE, {CAPABILITY(COMMON_CAP, CAP_LENGTH, 64)},
     .expect = VB_OK},
    {"a common region as long as its BAR", PCI, OPEN_GPU,
     {CAPABILITY(COMMON_CAP, CAP_BYTES, 0x4000)}, .expect = VB_OK},
    {"a capability of reserved type 0", PCI, OPEN_CONSOLE, {NEW_CAPABILITY(0, 1)},
     .expect = VB_OK},
    {"a capability of reserved type 7", PCI, OPEN_GPU, {NEW_CAPABILITY(7, 1)}, .expect = VB_OK},
    {"a capability of reserved type 255", PCI, OPEN_GPU, {NEW_CAPABILITY(255, 1)},
     .expect = VB_OK},
    {"no capabilities", PCI, OPEN_CONSOLE, {CONFIG_SPACE(6, 2, 0)}, .expect = VB_E_NO_CAPABILITY},
    {"an empty capability list", PCI, OPEN_GPU, {CONFIG_SPACE(0x34, 1, 0)},
     .expect = VB_E_NO_CAPABILITY},
    {"the list ends in the header", PCI, OPEN_GPU, {CONFIG_SPACE(0x34, 1, 0x10)},
     .expect = VB_E_NO_CAPABILITY},
    {"a capability follows itself", PCI, OPEN_CONSOLE, {CAPABILITY(COMMON_CAP, CAP_NEXT, SELF)},
     .expect = VB_E_CAPABILITY_LOOP},
    {"the capabilities loop", PCI, OPEN_GPU, {CAPABILITY(COMMON_CAP, CAP_NEXT, FIRST)},
     .expect = VB_E_CAPABILITY_LOOP},
    {"no common region", PCI, OPEN_GPU, {CAPABILITY(COMMON_CAP, CAP_TYPE, 9)},
     .expect = VB_E_NO_CAPABILITY},
    {"no notify region", PCI, OPEN_CONSOLE, {CAPABILITY(NOTIFY_CAP, CAP_TYPE, 0)},
     .expect = VB_E_NO_CAPABILITY},
    {"no isr region: it is not needed", PCI, OPEN_CONSOLE, {CAPABILITY(ISR_CAP, CAP_TYPE, 9)},
     .expect = VB_OK},
    {"no device region: a console of no features does without", PCI, OPEN_CONSOLE,
     {CAPABILITY(DEVICE_CAP, CAP_TYPE, 9), SAYS_ONCE(REG_DEVICE_FEATURES, 0)}, .expect = VB_OK},
    {"no device region, and SIZE offered", PCI, OPEN_CONSOLE,
     {CAPABILITY(DEVICE_CAP, CAP_TYPE, 9), ADDS(REG_DEVICE_FEATURES, 1)},
     .expect = VB_E_CONFIG_SPACE},
    {"no device region: a gpu needs it", PCI, OPEN_GPU, {CAPABILITY(DEVICE_CAP, CAP_TYPE, 9)},
     .expect = VB_E_CONFIG_SPACE},
    {"the common capability is too short", PCI, OPEN_CONSOLE,
     {CAPABILITY(COMMON_CAP, CAP_LENGTH, 8)}, .expect = VB_E_NO_CAPABILITY},
    {"the notify capability is too short", PCI, OPEN_CONSOLE,
     {CAPABILITY(NOTIFY_CAP, CAP_LENGTH, 16)}, .expect = VB_E_NO_CAPABILITY},
    {"the common region is in reserved BAR 6", PCI, OPEN_CONSOLE,
     {CAPABILITY(COMMON_CAP, CAP_BAR, 6)}, .expect = VB_E_NO_CAPABILITY, .sentence = SKIPPED},
    {"the notify region is in reserved BAR 255", PCI, OPEN_GPU,
     {CAPABILITY(NOTIFY_CAP, CAP_BAR, 255)}, .expect = VB_E_NO_CAPABILITY, .sentence = SKIPPED},
    {"a reserved BAR beside a good one", PCI, OPEN_CONSOLE, {NEW_CAPABILITY(COMMON_CAP, 7)},
     .expect = VB_OK, .sentence = SKIPPED},
    {"a reserved BAR beside a good one, notify", PCI, OPEN_GPU, {NEW_CAPABILITY(NOTIFY_CAP, 6)},
     .expect = VB_OK, .sentence = SKIPPED},
    {"a capability of a type that nobody knows", PCI, OPEN_GPU, {NEW_CAPABILITY(33, 1)},
     .expect = VB_OK},
    {"the common region is in an absent BAR", PCI, OPEN_GPU, {CAPABILITY(COMMON_CAP, CAP_BAR, 3)},
     .expect = VB_E_NO_CAPABILITY, .sentence = SKIPPED},
    {"the common region begins beyond its BAR", PCI, OPEN_CONSOLE,
     {CAPABILITY(COMMON_CAP, CAP_OFFSET, 0x4000)},
     .expect = VB_E_NO_CAPABILITY, .sentence = SKIPPED},
    {"the common region ends beyond its BAR", PCI, OPEN_CONSOLE,
     {CAPABILITY(COMMON_CAP, CAP_OFFSET, 0x3ff0)},
     .expect = VB_E_NO_CAPABILITY, .sentence = SKIPPED},
    {"the common region wraps", PCI, OPEN_GPU, {CAPABILITY(COMMON_CAP, CAP_OFFSET, 0xfffffff0)},
     .expect = VB_E_NO_CAPABILITY, .sentence = SKIPPED},
    {"the common region is at an odd offset", PCI, OPEN_GPU,
     {CAPABILITY(COMMON_CAP, CAP_OFFSET, 2)}, .expect = VB_E_NO_CAPABILITY, .sentence = SKIPPED},
    {"the common region is too short", PCI, OPEN_CONSOLE, {CAPABILITY(COMMON_CAP, CAP_BYTES, 55)},
     .expect = VB_E_NO_CAPABILITY, .sentence = SKIPPED},
    {"the common region has no bytes", PCI, OPEN_CONSOLE, {CAPABILITY(COMMON_CAP, CAP_BYTES, 0)},
     .expect = VB_E_NO_CAPABILITY, .sentence = SKIPPED},
    {"the notify region wraps", PCI, OPEN_CONSOLE, {CAPABILITY(NOTIFY_CAP, CAP_BYTES, 0xffffffff)},
     .expect = VB_E_NO_CAPABILITY, .sentence = SKIPPED},
    {"the device region is too long", PCI, OPEN_GPU, {CAPABILITY(DEVICE_CAP, CAP_BYTES, 0x10000)},
     .expect = VB_E_CONFIG_SPACE, .sentence = SKIPPED},
    {"the device region is too short", PCI, OPEN_GPU, {CAPABILITY(DEVICE_CAP, CAP_BYTES, 4)},
     .expect = VB_E_CONFIG_SPACE},

    /* ---- BARs ---- */
    {"the BAR does not keep its address", PCI | UNPLACED, OPEN_CONSOLE,
     {CONFIG_SPACE_AFTER(2, 0x20, 4, 0x5000000c)}, .expect = VB_E_BAR_REFUSED},
    {"the BAR stays empty", PCI | UNPLACED, OPEN_GPU, {CONFIG_SPACE_AFTER(2, 0x20, 4, 0xc)},
     .expect = VB_E_BAR_REFUSED},
    {"the BAR has no size", PCI | UNPLACED, OPEN_GPU, {CONFIG_SPACE(0x20, 8, 0)},
     .expect = VB_E_NO_CAPABILITY},

    /* ---- the device's own configuration ---- */
    {"seventeen scanouts", BOTH, OPEN_GPU, {CONFIG(8, 4, 17)}, .expect = VB_OK},
    {"no scanout", BOTH, OPEN_GPU, {CONFIG(8, 4, 0)}, .expect = VB_E_ARGUMENT},
    {"the size never settles", BOTH, OPEN_CONSOLE,
     {ADDS(REG_DEVICE_FEATURES, 1), COUNTS(REG_GENERATION)}, .expect = VB_E_CONFIG_SPACE},
    {"the size settles late", BOTH, OPEN_CONSOLE,
     {ADDS(REG_DEVICE_FEATURES, 1), {.kind = LIE_COUNTING, .what = REG_GENERATION, .count = 7}},
     .expect = VB_OK},
    {"the size is beyond the region", PCI, OPEN_CONSOLE,
     {ADDS(REG_DEVICE_FEATURES, 1), CAPABILITY(DEVICE_CAP, CAP_BYTES, 2)},
     .expect = VB_E_CONFIG_SPACE},

    /* ---- used ring: console ---- */
    {"a used id out of range", BOTH, PRINT, {ID(16)}, .expect = VB_E_USED_ID},
    {"a used id far out of range", BOTH, PRINT, {ID(0x80000000)}, .expect = VB_E_USED_ID},
    {"a used id that is not out", BOTH, PRINT, {ID(15)}, .expect = VB_E_USED_ID},
    {"a transmit of length 1", BOTH, PRINT, {LENGTH(1)}, .expect = VB_E_USED_LENGTH},
    {"an index jump of 1", BOTH, PRINT, {INDEX(1)}, .expect = VB_E_USED_INDEX},
    {"an index jump of 16", BOTH, PRINT, {INDEX(16)}, .expect = VB_E_USED_INDEX},
    {"an index jump of 32768", BOTH, PRINT, {INDEX(0x8000)}, .expect = VB_E_USED_INDEX},
    {"an index that goes back", BOTH, PRINT, {INDEX(0xfffe)}, .expect = VB_E_USED_INDEX},
    {"no answer", BOTH, PRINT, {SILENCE}, .expect = VB_E_TIMEOUT},
    {"an answer that stays hidden", BOTH, PRINT, {HIDES}, .expect = VB_E_TIMEOUT},
    {"no answer, and NEEDS_RESET", BOTH, PRINT, {SILENCE, ADDS(REG_STATUS, 64)},
     .expect = VB_E_NEEDS_RESET},
    {"the device vanishes at the kick", BOTH, PRINT, {VANISHES_AT_KICK(0)}, .expect = VB_E_GONE},
    {"a used id out of range", BOTH, READ, {ID(99)}, .expect = VB_E_USED_ID},
    {"a used id that is not out", BOTH, READ, {ID(9)}, .expect = VB_E_USED_ID},
    {"a length beyond the buffer", BOTH, READ, {LENGTH(65)}, .expect = VB_E_USED_LENGTH},
    {"a length of 4 GiB", BOTH, READ, {LENGTH(0xffffffff)}, .expect = VB_E_USED_LENGTH},
    {"a length of 0", BOTH, READ, {LENGTH(0)}, .expect = VB_OK, .sentence = "empty receive buffer"},
    {"more answers than buffers", BOTH, READ, {INDEX(4)}, .expect = VB_E_USED_INDEX},
    {"everything changes once it was read", BOTH, READ, {CHANGES}, .expect = VB_OK},
    {"everything changes once it was read", BOTH, PRINT, {CHANGES}, .expect = VB_OK},

    /* ---- used ring: gpu ---- */
    {"a used id out of range", BOTH, PRESENT, {ID(16)}, .expect = VB_E_USED_ID},
    {"a used id that is not out", BOTH, PRESENT, {ID(15)}, .expect = VB_E_USED_ID},
    {"a used id inside a chain", BOTH, PRESENT, {ID(1)}, .expect = VB_E_USED_ID},
    {"an answer twice", BOTH, PRESENT, {DOUBLES}, .expect = VB_E_USED_ID},
    {"answers in another order", BOTH, PRESENT, {SWAPS}, .expect = VB_OK},
    {"answers in another order", BOTH, OPEN_GPU, {{.kind = LIE_SWAP, .skip = 1}}, .expect = VB_OK},
    {"a length beyond the response", BOTH, PRESENT, {LENGTH(25)}, .expect = VB_E_USED_LENGTH},
    {"a response of 0 bytes", BOTH, PRESENT, {LENGTH(0)},
     .expect = VB_E_RESPONSE_SHORT, .step = FLUSH},
    {"a response of 23 bytes", BOTH, PRESENT, {LENGTH_OF(TRANSFER, 23)},
     .expect = VB_E_RESPONSE_SHORT, .step = TRANSFER},
    {"an index jump of 1", BOTH, PRESENT, {INDEX(1)}, .expect = VB_E_USED_INDEX},
    {"an index one behind", BOTH, PRESENT, {INDEX(0xffff)}, .expect = VB_E_TIMEOUT},
    {"an index far behind", BOTH, PRESENT, {INDEX(0xfff0)}, .expect = VB_E_USED_INDEX},
    {"no answer", BOTH, PRESENT, {SILENCE}, .expect = VB_E_TIMEOUT},
    {"an answer that stays hidden", BOTH, PRESENT, {HIDES}, .expect = VB_E_TIMEOUT},
    {"no answer, and NEEDS_RESET", BOTH, PRESENT, {SILENCE, ADDS(REG_STATUS, 64)},
     .expect = VB_E_NEEDS_RESET},
    {"the device vanishes at the kick", BOTH, PRESENT, {VANISHES_AT_KICK(0)}, .expect = VB_E_GONE},
    {"everything changes once it was read", BOTH, PRESENT, {CHANGES}, .expect = VB_OK},
    {"everything changes once it was read", BOTH, OPEN_GPU, {CHANGES}, .expect = VB_OK},

    /* ---- the gpu's responses while presenting ---- */
    {"TRANSFER is refused", BOTH, PRESENT, {WORD(TRANSFER, 0, 0x1200)},
     .expect = VB_E_REFUSED, .step = TRANSFER},
    {"FLUSH is refused", BOTH, PRESENT, {WORD(FLUSH, 0, 0x1203)},
     .expect = VB_E_REFUSED, .step = FLUSH},
    {"TRANSFER and FLUSH are refused", BOTH, PRESENT,
     {WORD(TRANSFER, 0, 0x1205), WORD(FLUSH, 0, 0x1203)}, .expect = VB_E_REFUSED, .step = TRANSFER},
    {"a response of type 0", BOTH, PRESENT, {WORD(FLUSH, 0, 0)},
     .expect = VB_E_RESPONSE, .step = FLUSH},
    {"the command as its response", BOTH, PRESENT, {WORD(TRANSFER, 0, TRANSFER)},
     .expect = VB_E_RESPONSE, .step = TRANSFER},
    {"the response of another command", BOTH, PRESENT, {WORD(FLUSH, 0, 0x1101)},
     .expect = VB_E_RESPONSE, .step = FLUSH},
    {"a response below the errors", BOTH, PRESENT, {WORD(FLUSH, 0, 0x11ff)},
     .expect = VB_E_RESPONSE, .step = FLUSH},
    {"a response above the errors", BOTH, PRESENT, {WORD(FLUSH, 0, 0x1300)},
     .expect = VB_E_RESPONSE, .step = FLUSH},
    {"a response of all ones", BOTH, PRESENT, {WORD(FLUSH, 0, 0xffffffff)},
     .expect = VB_E_RESPONSE, .step = FLUSH},
    {"another request's fence", BOTH, PRESENT, {WORD(FLUSH, 2, 1)},
     .expect = VB_E_FENCE, .step = FLUSH},
    {"a fence 4 GiB higher", BOTH, PRESENT, {WORD(TRANSFER, 3, 1)},
     .expect = VB_E_FENCE, .step = TRANSFER},
    {"answers without the fence flag", BOTH, PRESENT, {WORD(TRANSFER, 1, 0), WORD(FLUSH, 1, 0)},
     .expect = VB_OK, .sentence = "without the fence flag"},

    /* ---- the gpu's responses while opening ---- */
    {"GET_DISPLAY_INFO is not answered", BOTH, OPEN_GPU, {SILENCE_ONCE},
     .expect = VB_OK, .sentence = NO_SIZE},
    {"GET_DISPLAY_INFO is refused", BOTH, OPEN_GPU, {WORD(DISPLAY_INFO, 0, 0x1200)},
     .expect = VB_OK, .sentence = NO_SIZE},
    {"a display of width 0", BOTH, OPEN_GPU, {WORD(DISPLAY_INFO, 8, 0)},
     .expect = VB_OK, .sentence = NO_SIZE},
    {"a display of 0x0", BOTH, OPEN_GPU, {WORD(DISPLAY_INFO, 8, 0), WORD(DISPLAY_INFO, 9, 0)},
     .expect = VB_OK, .sentence = NO_SIZE},
    {"a display that is off", BOTH, OPEN_GPU, {WORD(DISPLAY_INFO, 10, 0)},
     .expect = VB_OK, .sentence = NO_SIZE},
    {"a display of 65535x65535", BOTH, OPEN_GPU,
     {WORD(DISPLAY_INFO, 8, 65535), WORD(DISPLAY_INFO, 9, 65535)},
     .expect = VB_OK, .sentence = "does not fit"},
    {"a display of 4 Gi pixels a line", BOTH, OPEN_GPU, {WORD(DISPLAY_INFO, 8, 0xffffffff)},
     .expect = VB_OK, .sentence = "does not fit"},
    {"a display whose bytes wrap", BOTH, OPEN_GPU,
     {WORD(DISPLAY_INFO, 8, 0x40000001), WORD(DISPLAY_INFO, 9, 1)},
     .expect = VB_OK, .sentence = "does not fit"},
    {"GET_DISPLAY_INFO answered by OK_NODATA", BOTH, OPEN_GPU, {WORD(DISPLAY_INFO, 0, 0x1100)},
     .expect = VB_E_RESPONSE, .step = DISPLAY_INFO},
    {"a display info of 24 bytes", BOTH, OPEN_GPU, {LENGTH_OF(DISPLAY_INFO, 24)},
     .expect = VB_E_RESPONSE_SHORT, .step = DISPLAY_INFO},
    {"a display info of 407 bytes", BOTH, OPEN_GPU, {LENGTH_OF(DISPLAY_INFO, 407)},
     .expect = VB_E_RESPONSE_SHORT, .step = DISPLAY_INFO},
    {"a display info of 409 bytes", BOTH, OPEN_GPU, {LENGTH_OF(DISPLAY_INFO, 409)},
     .expect = VB_E_USED_LENGTH},
    {"no answer at all", BOTH, OPEN_GPU, {SILENCE}, .expect = VB_E_TIMEOUT},
    {"CREATE_2D is refused", BOTH, OPEN_GPU, {WORD(CREATE, 0, 0x1201)},
     .expect = VB_E_REFUSED, .step = CREATE},
    {"ATTACH_BACKING is refused", BOTH, OPEN_GPU, {WORD(ATTACH, 0, 0x1200)},
     .expect = VB_E_REFUSED, .step = ATTACH},
    {"SET_SCANOUT is refused", BOTH, OPEN_GPU, {WORD(SCANOUT, 0, 0x1202)},
     .expect = VB_E_REFUSED, .step = SCANOUT},
    {"TRANSFER is refused", BOTH, OPEN_GPU, {WORD(TRANSFER, 0, 0x1205)},
     .expect = VB_E_REFUSED, .step = TRANSFER},
    {"FLUSH is refused", BOTH, OPEN_GPU, {WORD(FLUSH, 0, 0x1203)},
     .expect = VB_E_REFUSED, .step = FLUSH},
    {"CREATE_2D and FLUSH are refused", BOTH, OPEN_GPU,
     {WORD(CREATE, 0, 0x1201), WORD(FLUSH, 0, 0x1203)}, .expect = VB_E_REFUSED, .step = CREATE},
    {"CREATE_2D answered by type 0", BOTH, OPEN_GPU, {WORD(CREATE, 0, 0)},
     .expect = VB_E_RESPONSE, .step = CREATE},
    {"SET_SCANOUT answered by 8 bytes", BOTH, OPEN_GPU, {LENGTH_OF(SCANOUT, 8)},
     .expect = VB_E_RESPONSE_SHORT, .step = SCANOUT},
    {"the first FLUSH has another's fence", BOTH, OPEN_GPU, {WORD(FLUSH, 2, 0x77)},
     .expect = VB_E_FENCE, .step = FLUSH},
    {"the device vanishes at the first kick", BOTH, OPEN_GPU, {VANISHES_AT_KICK(0)},
     .expect = VB_E_GONE},
    {"the device vanishes at the second kick", BOTH, OPEN_GPU, {VANISHES_AT_KICK(1)},
     .expect = VB_E_GONE},
    {"a used id out of range", BOTH, OPEN_GPU, {ID(77)}, .expect = VB_E_USED_ID},

    /* ---- events ---- */
    {"the display has changed", BOTH, POLL, {CONFIG(0, 4, 1)}, .expect = 1},
    {"an event that nobody knows", BOTH, POLL, {CONFIG(0, 4, 2)}, .expect = VB_OK},
    {"the device vanishes", BOTH, POLL, {VANISHES(0)}, .expect = VB_E_GONE},

    /* ---- opening again on the same device: the old picture stays ---- */
    {"CREATE_2D is refused", BOTH, REOPEN_GPU, {WORD(CREATE, 0, 0x1201)},
     .expect = VB_E_REFUSED, .step = CREATE},
    {"SET_SCANOUT is refused", BOTH, REOPEN_GPU,
     {{.kind = LIE_WORD, .command = SCANOUT, .value = 0x1205, .count = 1}},
     .expect = VB_E_REFUSED, .step = SCANOUT},
    {"FLUSH is refused", BOTH, REOPEN_GPU, {WORD(FLUSH, 0, 0x1200)},
     .expect = VB_E_REFUSED, .step = FLUSH},
    {"a lie about UNREF of the old picture", BOTH, REOPEN_GPU, {WORD(UNREF, 0, 0x1101)},
     .expect = VB_E_RESPONSE, .step = UNREF},
    {"UNREF of the old picture is refused", BOTH, REOPEN_GPU, {WORD(UNREF, 0, 0x1203)},
     .expect = VB_OK, .sentence = "could not be freed"},
    {"no answer", BOTH, REOPEN_GPU, {SILENCE}, .expect = VB_E_TIMEOUT},

    /* ---- closing ---- */
    {"the reset never ends", BOTH, CLOSE_CONSOLE, {ADDS(REG_STATUS, 1)},
     .expect = VB_E_STILL_OWNED},
    {"the reset never ends", BOTH, CLOSE_GPU, {ADDS(REG_STATUS, 4)}, .expect = VB_E_STILL_OWNED},
    {"no answer", BOTH, CLOSE_GPU, {SILENCE}, .expect = VB_OK},
    {"a used id out of range", BOTH, CLOSE_GPU, {ID(99)}, .expect = VB_OK},
    {"the device vanishes", BOTH, CLOSE_GPU, {VANISHES(0)}, .expect = VB_OK},
    {"the device vanishes", BOTH, CLOSE_CONSOLE, {VANISHES(0)}, .expect = VB_OK},
};

#endif
