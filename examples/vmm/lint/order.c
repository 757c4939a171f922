/* order.c - rules of VirtIO 1.3, 2.7: the order of single accesses to shared memory. */
#include "monitor.h"

static const struct lint_rule rules[] = {
    { .id = NULL },
};

const struct lint_area lint_order = { .name = "order", .rules = rules };
