/* init.c - rules of VirtIO 1.3, 2.1 to 3.1: status, features, configuration, the order of a life. */
#include "monitor.h"

static const struct lint_rule rules[] = {
    { "INIT-02", "2.1.1", "MUST NOT", "only a reset takes bits away from the device status" },
    { .id = NULL },
};

static void status(struct lint_device *d, const struct lint_access *a)
{
    const unsigned lost = d->vdev->status & ~(unsigned)a->value;

    if (a->value != 0 && lost != 0)
        lint_say(d, "INIT-02", "0x%02x -> 0x%02x", d->vdev->status, (unsigned)a->value);
}

static void access(struct lint_device *d, const struct lint_access *a)
{
    if (d->vdev != NULL && a->is_exact && a->is_write && a->reg == REG_STATUS)
        status(d, a);
}

const struct lint_area lint_init = { .name = "init", .rules = rules, .access = access };
