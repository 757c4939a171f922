/* msix.h - MSI-X: interrupts as writes of a message to an address that the guest chose. [PCI 3.0]
 *
 *      capability: enable, mask all      table, in a BAR               pending bits, in a BAR
 *                                        [0] address, data, mask       one a vector: held back
 *                                        [1] ...                       while masked
 */
#ifndef VMM_MSIX_H
#define VMM_MSIX_H

#include "pci.h"

enum { MSIX_VECTORS = 8, MSIX_ENTRY = 16 };

struct msix {
    struct pci_function *function;
    unsigned             at;            /* its capability; 0: there is none */
    unsigned             vectors;
    uint8_t              table[MSIX_VECTORS * MSIX_ENTRY];
    uint64_t             pending;
};

/* Adds the capability to m->function. `table` and `pending` tell where both lie, as the registers
 * of the capability do: offset | BAR. */
void msix_init(struct msix *m, unsigned vectors, uint32_t table, uint32_t pending);
bool msix_is_enabled(const struct msix *m);
void msix_raise(struct msix *m, unsigned vector);
void msix_send(struct msix *m);         /* after command or control changed: what waited */

/* An access to table or pending bits: false if it is none. */
bool msix_access(struct msix *m, struct pci_access *a);

#endif
