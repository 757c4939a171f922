/* msix.c - MSI-X: interrupts as writes of a message to an address that the guest chose. */
#include "msix.h"
#include "memory.h"

enum { CAPABILITY_MSIX = 0x11, CAPABILITY_BYTES = 12 };
enum { CONTROL = 2, TABLE = 4, PENDING = 8 };               /* registers of the capability */
enum { CONTROL_ENABLE = 0x8000, CONTROL_MASK = 0x4000 };
enum { ENTRY_ADDRESS = 0, ENTRY_DATA = 8, ENTRY_CONTROL = 12, ENTRY_MASKED = 1 };

void msix_init(struct msix *m, unsigned vectors, uint32_t table, uint32_t pending)
{
    struct pci_function *f = m->function;

    m->vectors = vectors;
    m->at = pci_add_capability(f, CAPABILITY_MSIX, CAPABILITY_BYTES);
    store_le16(f->config + m->at + CONTROL, (uint16_t)(vectors - 1));
    store_le32(f->config + m->at + TABLE, table);
    store_le32(f->config + m->at + PENDING, pending);
    store_le16(f->writable + m->at + CONTROL, CONTROL_ENABLE | CONTROL_MASK);
    for (unsigned i = 0; i < vectors; i++)
        m->table[i * MSIX_ENTRY + ENTRY_CONTROL] = ENTRY_MASKED;
}

static unsigned control(const struct msix *m)
{
    return m->at == 0 ? 0 : load_le16(m->function->config + m->at + CONTROL);
}

bool msix_is_enabled(const struct msix *m)
{
    return control(m) & CONTROL_ENABLE;
}

/* A message is a write to memory, so it needs bus mastering as any other. */
void msix_send(struct msix *m)
{
    const struct pci_function *f = m->function;

    if ((control(m) & (CONTROL_ENABLE | CONTROL_MASK)) != CONTROL_ENABLE
        || !(pci_command(f) & COMMAND_MASTER))
        return;
    for (unsigned i = 0; i < m->vectors; i++) {
        const uint8_t *entry = m->table + i * MSIX_ENTRY;

        if (!(m->pending >> i & 1) || (entry[ENTRY_CONTROL] & ENTRY_MASKED))
            continue;
        m->pending &= ~(UINT64_C(1) << i);
        f->host->signal_msi(f->host->msi_context, load_le64(entry + ENTRY_ADDRESS),
                            load_le32(entry + ENTRY_DATA));
    }
}

void msix_raise(struct msix *m, unsigned vector)
{
    if (vector < m->vectors)
        m->pending |= UINT64_C(1) << vector;
    msix_send(m);
}

/* The offset of an access in what a register of the capability points to. */
static uint64_t offset_in(const struct msix *m, unsigned where, const struct pci_access *a)
{
    const uint32_t place = load_le32(m->function->config + m->at + where);

    return a->bar == (place & 7) ? a->offset - (place & ~7u) : UINT64_MAX;
}

bool msix_access(struct msix *m, struct pci_access *a)
{
    const uint64_t entry = offset_in(m, TABLE, a), bits = offset_in(m, PENDING, a);

    if (m->at == 0 || a->width != 4 || a->offset % 4 != 0)
        return false;
    if (entry < m->vectors * MSIX_ENTRY && !a->is_write) {
        a->value = load_le32(m->table + entry);
    } else if (entry < m->vectors * MSIX_ENTRY) {
        store_le32(m->table + entry, entry % MSIX_ENTRY == ENTRY_CONTROL ? a->value & ENTRY_MASKED
                                                                         : a->value);
        msix_send(m);
    } else if (bits < sizeof m->pending && !a->is_write) {
        a->value = (uint32_t)(m->pending >> 8 * bits);
    } else {
        return false;
    }
    return true;
}
