/* tables.c - the guest's page tables, read as its CPU does.
 *
 * Unicorn looks for RAM before it looks at the tables, so an address without RAM comes to us, be it
 * mapped by the guest or not. Here that is told apart, and where the mapping leads.
 */
#include "shim.h"

#include <string.h>

bool mmu_is_on(void)
{
    return (system_value(HV_SYS_REG_SCTLR_EL1) & 1) != 0;
}

/* A level has nine bits of the address: 39 to 47 for level 0, 12 to 20 for level 3. */
static unsigned shift_of(unsigned level)
{
    return 39 - 9 * level;
}

static bool entry_of(uint64_t table, uint64_t address, unsigned level, uint64_t *entry)
{
    const uint8_t *at = memory_at(table + (address >> shift_of(level) & 511) * 8, 8);

    if (at == NULL)
        return false;
    memcpy(entry, at, 8);
    return (*entry & 1) != 0;
}

bool translate(uint64_t address, uint64_t *physical, unsigned *level)
{
    const uint64_t pages = UINT64_C(0xfffffffff000);
    unsigned bits = 64 - (system_value(HV_SYS_REG_TCR_EL1) & 63);
    uint64_t table = system_value(HV_SYS_REG_TTBR0_EL1) & pages, entry;

    *physical = address;
    *level = 0;
    if (!mmu_is_on())
        return true;
    if (bits < 64 && address >> bits != 0)
        return false;
    for (*level = 3 - (bits - 13) / 9; entry_of(table, address, *level, &entry); (*level)++) {
        uint64_t block = (UINT64_C(1) << shift_of(*level)) - 1;

        table = entry & pages;
        if (*level == 3 || (entry & 2) == 0) {
            *physical = (table & ~block) | (address & block);
            return true;
        }
    }
    return false;
}
