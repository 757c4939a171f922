/* pci.h - a PCI bus: one host bridge, configuration space, BARs, interrupt lines. >>pci
 *
 *      configuration space (ECAM, or ports 0xcf8 and 0xcfc)         address space
 *        00:00.0  host bridge                                        window  +-----------+
 *        00:01.0  id, command, BAR 0 ... BAR 5, capabilities                 |           |
 *                              |                                             +-----------+
 *                              +-- address ----------------------------->    | registers |
 *                                                                            +-----------+
 * A BAR answers only where the guest (or its firmware) put it, only in a window of the host, and
 * only while memory decode is on. Functions reach guest RAM only while bus mastering is on.
 * Nothing here knows of virtio: that is virtio_pci.c, which plugs into struct pci_kind.
 */
#ifndef VMM_PCI_H
#define VMM_PCI_H

#include "bus.h"

enum { PCI_FUNCTIONS = 16, PCI_BARS = 6, PCI_WINDOWS = 3, PCI_CONFIG = 256 };

/* Registers of configuration space. */
enum {
    PCI_ID = 0x00, PCI_COMMAND = 0x04, PCI_STATUS = 0x06, PCI_REVISION = 0x08, PCI_CLASS = 0x09,
    PCI_CACHE_LINE = 0x0c, PCI_HEADER = 0x0e, PCI_BAR = 0x10, PCI_SUBSYSTEM = 0x2c,
    PCI_CAPABILITIES = 0x34, PCI_LINE = 0x3c, PCI_PIN = 0x3d
};
enum { COMMAND_MEMORY = 2, COMMAND_MASTER = 4, COMMAND_NO_INTX = 0x400 };
enum { STATUS_INTERRUPT = 8, STATUS_LIST = 0x10 };
enum { BAR_64 = 4, BAR_PREFETCHABLE = 8 };      /* low bits of a memory BAR */

struct pci_host;
struct pci_function;

/* One access to a BAR. */
struct pci_access {
    unsigned bar;
    uint64_t offset;                    /* in the BAR; aligned to the width, or a mistake */
    unsigned width;                     /* 1, 2 or 4 */
    bool     is_write;
    uint32_t value;                     /* what is written, or after a read what was there */
};

/* What makes a function more than its configuration space. */
struct pci_kind {
    void (*bar_access)(struct pci_function *f, struct pci_access *a);
    void (*config_read)(struct pci_function *f, unsigned at);           /* before it is read */
    void (*config_written)(struct pci_function *f, unsigned at);        /* after it was written */
};

struct pci_function {
    struct pci_host       *host;
    const struct pci_kind *kind;                /* null: the host bridge */
    const char            *name;                /* as messages call it */
    unsigned               slot;                /* device number on bus 0 */
    bool                   hidden;              /* not on the bus (yet): all ones */
    bool                   overlaps;            /* its BARs lie over another's: said once */
    uint8_t                config[PCI_CONFIG];  /* as read */
    uint8_t                writable[PCI_CONFIG];        /* which bits a write can change */
    uint64_t               bar_bytes[PCI_BARS]; /* 0: not there; a power of two, at least 16 */
    unsigned               free;                /* where the next capability goes */
};

struct pci_window {
    struct pci_host *host;
    uint64_t         base, bytes;
};

struct pci_host {
    struct bus          *bus;
    struct pci_function *function[PCI_FUNCTIONS];
    unsigned             functions;
    struct pci_function  bridge;
    struct pci_window    window[PCI_WINDOWS];   /* where BARs may answer */
    unsigned             windows;
    uint32_t             port_address;          /* what was written to port 0xcf8 */
    bool                 is_high[4];            /* INTA to INTD, as last told */

    /* Set these after pci_init: what the lines INTA to INTD of the bridge lead to. A null
     * signal_msi means that the machine has no place for messages: then no MSI-X is offered. */
    unsigned             line[4];
    void               (*set_line)(void *context, unsigned line, bool high);
    void                *context;
    void               (*signal_msi)(void *context, uint64_t address, uint32_t data);
    void                *msi_context;
    bool                 has_no_strays;         /* a BAR takes no address outside of the windows */

    /* The first sees each access to configuration space that reaches a function: a write before it
     * happens, a read once its value is known. The second sees what reaches none, since nobody is
     * there or it is not aligned; number is bus << 8 | slot << 3 | function. Both may be null. */
    void (*watch)(void *watcher, const struct pci_function *f, unsigned at, unsigned width,
                  bool is_write, uint32_t value);
    void (*missed)(void *watcher, unsigned number, unsigned at, unsigned width, bool is_write);
    void  *watcher;
};

/* A bus with its bridge; the ECAM (1 MiB; 0 bytes: none, ports only) is put on the bus. */
bool pci_init(struct pci_host *h, struct bus *b, uint64_t ecam, uint64_t ecam_bytes);
bool pci_add_window(struct pci_host *h, uint64_t base, uint64_t bytes);

/* ---- For functions ---- */

/* Plugs a function in at 00:slot.0, with ids and BARs still to come. False (and said) if the slot
 * is taken. */
bool pci_add(struct pci_host *h, struct pci_function *f, unsigned slot, const char *name,
             const struct pci_kind *kind);

/* `flags` are the BAR's low bits; a 64-bit BAR takes the next one too. */
void pci_add_bar(struct pci_function *f, unsigned bar, uint64_t bytes, uint8_t flags);

/* Appends a capability of `bytes` bytes, at a multiple of 4; returns its place. */
unsigned pci_add_capability(struct pci_function *f, uint8_t id, unsigned bytes);

unsigned pci_command(const struct pci_function *f);

/* Level of the function's INTA: the status bit, and unless the command forbids, the line. */
void pci_interrupt(struct pci_function *f, bool high);

/* ---- For the machine ---- */

/* What a guest does; absent functions are all ones. Width is 1, 2 or 4. */
uint32_t pci_config_read(struct pci_host *h, unsigned slot, unsigned at, unsigned width);
void     pci_config_write(struct pci_host *h, unsigned slot, unsigned at, unsigned width,
                          uint32_t value);

/* x86: ports 0xcf8 to 0xcff, offset 0 to 7. */
uint32_t pci_port_read(struct pci_host *h, unsigned offset, unsigned width);
void     pci_port_write(struct pci_host *h, unsigned offset, unsigned width, uint32_t value);

/* Which line of the bridge INTA of a slot is wired to, 0 to 3: the turn that device trees and
 * firmware describe as interrupt-map. */
unsigned pci_swizzle(unsigned slot);

#endif
