/* pci.c - rules of VirtIO 1.3, 4.1 and PCI itself. */
#include "monitor.h"

static const struct lint_rule rules[] = {
    { .id = NULL },
};

const struct lint_area lint_pci = { .name = "pci", .rules = rules };
