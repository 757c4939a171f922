/* queue.c - rules of VirtIO 1.3, 2.6, 2.7: the shape of rings and chains. */
#include "monitor.h"

static const struct lint_rule rules[] = {
    { .id = NULL },
};

const struct lint_area lint_queue = { .name = "queue", .rules = rules };
