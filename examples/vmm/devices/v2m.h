/* v2m.h - GICv2m: a page in which the messages of PCI devices become lines of the GIC. [MSI-X]
 *
 *      device --- message: address, data ---> page + 0x40 ---> line data, for a moment
 *
 * The smallest of the ways in which arm64 machines have MSI: the guest reads which lines there are,
 * and puts the address of the page and the number of a line into the device's table (msix.c).
 */
#ifndef VMM_V2M_H
#define VMM_V2M_H

#include "bus.h"

struct v2m {
    /* Fill these in before v2m_init. Lines are counted as the GIC's device tree does: from 0. */
    unsigned line, lines;
    void   (*set_line)(void *context, unsigned line, bool high);
    void    *context;
    uint64_t base;
};

bool v2m_init(struct v2m *v, struct bus *b, uint64_t base);

/* A device's message: pci.h's signal_msi. */
void v2m_message(void *v2m, uint64_t address, uint32_t data);

#endif
