/* mmio.c - rules of VirtIO 1.3, 4.2. */
#include "monitor.h"

static const struct lint_rule rules[] = {
    { .id = NULL },
};

const struct lint_area lint_mmio = { .name = "mmio", .rules = rules };
