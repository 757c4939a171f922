/* gpu.c - rules of VirtIO 1.3, 5.7. */
#include "monitor.h"

static const struct lint_rule rules[] = {
    { .id = NULL },
};

const struct lint_area lint_gpu = { .name = "gpu", .rules = rules };
