/* What a firmware does to a PCI bus before a kernel starts: every BAR is sized and
 * gets an address in a window of the host, decode goes on. Bus mastering does not. */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include "examples/vmm/devices/pci.h"

/* Room for `bytes` in a window, aligned to them; `next` is where its free part begins.
 * 0 if there is none. */
static inline uint64_t firmware_room(const struct pci_host *h, uint64_t next[], uint64_t bytes,
                                     bool is_64)
{
    for (unsigned i = 0; i < h->windows; i++) {
        const struct pci_window *w = &h->window[i];
        const uint64_t at = (next[i] + bytes - 1) & ~(bytes - 1);

        if (at - w->base < w->bytes && bytes <= w->bytes - (at - w->base)
            && (is_64 || at + bytes - 1 <= UINT32_MAX)) {
            next[i] = at + bytes;
            return at;
        }
    }
    return 0;
}

/* False if there is no room for all. */
static inline bool firmware_place(struct pci_host *h)
{
    uint64_t next[PCI_WINDOWS];

    for (unsigned i = 0; i < h->windows; i++)
        next[i] = h->window[i].base;
    for (unsigned slot = 1; slot < 32; slot++) {
        if (pci_config_read(h, slot, PCI_ID, 4) == 0xffffffff)
            continue;                   /* nobody is there */
        for (unsigned at = PCI_BAR; at < PCI_BAR + 4 * PCI_BARS; at += 4) {
            uint64_t place, mask;
            bool is_64;

            pci_config_write(h, slot, at, 4, 0xffffffff);
            mask = pci_config_read(h, slot, at, 4);
            is_64 = (mask & 6) == BAR_64;
            if (mask == 0 || mask == 0xffffffff)
                continue;               /* no such BAR */
            mask &= ~UINT64_C(15);
            place = firmware_room(h, next, mask & (0 - mask), is_64);
            if (place == 0)
                return false;
            pci_config_write(h, slot, at, 4, (uint32_t)place);
            if (is_64) {
                at += 4;
                pci_config_write(h, slot, at, 4, (uint32_t)(place >> 32));
            }
        }
        pci_config_write(h, slot, PCI_COMMAND, 2, COMMAND_MEMORY);
    }
    return true;
}

#endif
