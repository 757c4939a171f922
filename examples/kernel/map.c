/* map.c - page tables in which every address stays what it is
 *
 * arm64, RISC-V and x86_64 agree that a table is a page of 512 entries of 64 bits, and that an
 * entry is nothing, or points to a table of smaller parts, or is a block: so one way to fill them
 * serves all. What the bits of an entry are, the CPU's platform.c knows.
 *
 *       reach  +---------------------------+
 *              | not mapped                |  but for ECAM and PCI windows that lie here: those of
 *      512 GB  +---------------------------+  QEMU's arm64 machine are at 0x80_0000_0000
 *              | device, blocks of 1 GB    |
 *              | RAM, blocks of 1 GB; at   |  a block that holds two kinds is split into blocks of
 *              | its ends of 2 MB and 4 KB |  2 MB, and these into pages
 *              |   a page of no kind       |  below the stack: it grows too deep -> a fault says so
 *              | device, blocks of 1 GB    |
 *         4 KB +---------------------------+
 *              | not mapped                |  so that a null pointer is a fault
 *            0 +---------------------------+                                                     */
#include "parts.h"

enum { TABLES = 40, PAGE = 4096 };              /* 160 KB of .noinit, seldom more than six used */
#define GB ((uint64_t)1 << 30)

static __attribute__((section(".noinit"), aligned(4096))) uint64_t table[TABLES][512];
static struct {
    uint64_t reach;
    uint32_t top, largest;              /* how large an entry of the first table is, and a block */
    uint32_t tables, full;
} map;

/* The table that an entry points to. If it is a block it becomes a table that says the same. */
static uint64_t *below(uint64_t *entry, uint32_t shift)
{
    const uint64_t was = *entry;
    uint64_t *t = entry_points_to(was);
    uint32_t i;

    if (t)
        return t;
    if (map.tables == TABLES)
        return 0;
    t = table[map.tables++];
    for (i = 0; i < 512; i++)
        t[i] = was ? entry_part(was, (uint64_t)i << (shift - 9), shift - 9) : 0;
    *entry = entry_table(t);
    return t;
}

/* Map [from, to) as one kind, in entries as large as can be. An entry of this table covers
 * 1 << shift bytes: 512 GB, 1 GB, 2 MB or 4 KB. Not every size may be a block. */
static void fill(uint64_t *t, uint32_t shift, uint64_t from, uint64_t to, uint32_t kind)
{
    const uint64_t size = (uint64_t)1 << shift;

    while (from < to) {
        const uint64_t start = from & ~(size - 1);
        const uint64_t stop = to - start > size ? start + size : to;
        uint64_t *entry = &t[(from >> shift) & 511];

        if (shift <= map.largest && from == start && stop == start + size) {
            *entry = entry_block(start, kind, shift);
        } else {
            uint64_t *lower = below(entry, shift);
            if (!lower) {
                map.full = 1;
                return;
            }
            fill(lower, shift - 9, from, stop, kind);
        }
        from = stop;
    }
}

/* Without blocks of 1 GB each GB needs a table. So of what lies above 4 GB, a CPU that has none gets
 * the first GB: there are the BARs that we place, and of that RAM nothing is used. */
static uint64_t affordable(uint64_t from, uint64_t size)
{
    return map.largest < 30 && from >= 4 * GB && size > GB ? GB : size;
}

/* Whole pages, as far as the tables reach. */
static void map_all(uint64_t from, uint64_t wanted, uint32_t kind)
{
    const uint64_t size = affordable(from, wanted);
    const uint64_t start = from & ~(uint64_t)(PAGE - 1);
    const uint64_t end = from + size > map.reach || from + size < from ? map.reach
                         : (from + size + PAGE - 1) & ~(uint64_t)(PAGE - 1);

    if (from < map.reach)
        fill(table[0], map.top, start, end, kind);
}

/* What lies above `mapped`. Only whoever knows the machine knows it: so the machine is asked. */
static void map_windows(uint64_t mapped)
{
    static vb_machine all;
    uint32_t i;
    int result;

    trace_quiet(1);                     /* main.c will ask again, and listen */
    result = platform_machine(&all, told.boot);
    trace_quiet(0);
    if (result != VB_OK)
        return;
    map_all(all.ecam, (uint64_t)(all.buses ? all.buses : 1) << 20, MAP_DEVICE);
    for (i = 0; i < all.windows; i++)
        if (all.window[i].cpu + all.window[i].size > mapped)
            map_all(all.window[i].cpu, all.window[i].size, MAP_DEVICE);
}

const uint64_t *map_make(uint32_t top, uint32_t largest, uint64_t reach)
{
    const uint64_t low = largest < 30 ? 4 * GB : 512 * GB;
    uint32_t i;

    map.top = top;
    map.largest = largest;
    map.reach = reach;
    for (i = 0; i < 512; i++)
        table[0][i] = 0;
    map.tables = 1;
    map_all(0, low, MAP_DEVICE);
    map_windows(low);
    for (i = 0; i < told.rams; i++)
        map_all(told.ram[i].start, told.ram[i].size, MAP_MEMORY);
    map_all((uintptr_t)_start, (uintptr_t)_end - (uintptr_t)_start, MAP_MEMORY);
    map_all((uintptr_t)_guard, PAGE, MAP_NOTHING);
    map_all(0, PAGE, MAP_NOTHING);      /* RAM may begin here */
    return table[0];
}

static int is_mapped(uint64_t address)
{
    const uint64_t *t = table[0];
    uint32_t shift;

    for (shift = map.top; shift > 12; shift -= 9) {
        const uint64_t entry = t[(address >> shift) & 511];
        t = entry_points_to(entry);
        if (!t)
            return entry != 0;
    }
    return t[(address >> 12) & 511] != 0;
}

int map_device(uint64_t address, uint32_t bytes)
{
    const uint64_t end = address + bytes;

    if (!bytes || end < address || end > map.reach)
        return 0;
    for (address &= ~(uint64_t)(PAGE - 1); address < end; address += PAGE)
        if (!is_mapped(address))
            fill(table[0], map.top, address, address + PAGE, MAP_DEVICE);
    return !map.full;
}

int map_is_full(void) { return map.full != 0; }
