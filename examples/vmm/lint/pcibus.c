/* pcibus.c - rules of PCI itself, as a virtio driver needs it (PCI Local Bus 3.0, 6). */
#include "monitor.h"

static const struct lint_rule rules[] = {
    { .id = NULL },
};

const struct lint_area lint_pcibus = { .name = "pcibus", .rules = rules };
