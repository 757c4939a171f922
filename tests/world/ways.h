/* The ways to PCI configuration space: how a stage describes itself to the driver. */
#ifndef WAYS_H
#define WAYS_H

#include "tests/world/stage.h"

/* What a PC's firmware leaves: ports 0xCF8 and 0xCFC, BARs with addresses. */
static void from_ports(stage *s, vb_machine *m)
{
    (void)s;
    need_ok(vb_machine_from_pc(m));
}

/* ECAM and a window, filled in by hand; the driver places the BARs itself. */
static void by_ecam(stage *s, vb_machine *m)
{
    m->ecam = s->ecam;
    m->buses = 256;
    m->windows = 1;
    m->window[0].cpu = m->window[0].pci = s->window;
    m->window[0].size = s->window_bytes;
}

/* ECAM of one bus, and BARs that somebody placed: no window is needed. */
static void by_ecam_placed(stage *s, vb_machine *m)
{
    m->ecam = s->ecam;
}

/* The caller's own functions, as a kernel with a PCI layer has them. */
static uint64_t behind_functions;

static uint32_t config_read(void *user, uint32_t function, uint32_t offset)
{
    need(user == world_user(), "config_read got the wrong user pointer");
    need(offset % 4 == 0 && offset < 256, "config_read at %#x", offset);
    return (uint32_t)world_peek(behind_functions + ((uint64_t)function << 12) + offset, 4);
}

static void config_write(void *user, uint32_t function, uint32_t offset, uint32_t value,
                         unsigned bytes)
{
    need(user == world_user(), "config_write got the wrong user pointer");
    need((bytes == 2 || bytes == 4) && offset % bytes == 0 && offset < 256,
         "config_write of %u bytes at %#x", bytes, offset);
    world_poke(behind_functions + ((uint64_t)function << 12) + offset, bytes, value);
}

static void by_functions(stage *s, vb_machine *m)
{
    by_ecam(s, m);
    behind_functions = s->ecam;
    m->ecam = 0;
    m->config_read = config_read;
    m->config_write = config_write;
}

#endif
