/* syndrome.c - what a CPU tells its hypervisor of a load or store that failed. */
#include "shim.h"

/* The fields of a data abort's syndrome that need ISV, the topmost. SAS is the width as a power of
 * two, SSE says that a load extends the sign, SRT the register, SF that it has 64 bits, AR that
 * other accesses are ordered by this one (LDAR, STLR). */
static uint64_t described(uint32_t sas, bool sse, uint32_t srt, bool sf, bool ar)
{
    return 1u << 24 | sas << 22 | (uint32_t)sse << 21 | srt << 16 | (uint32_t)sf << 15
         | (uint32_t)ar << 14;
}

static bool is_unsigned_offset(uint32_t i) { return (i & 0x3f000000) == 0x39000000; }
static bool is_plain_offset(uint32_t i)    { return (i & 0x3f200400) == 0x38000000; }
static bool is_register_offset(uint32_t i) { return (i & 0x3f200c00) == 0x38200800; }
static bool is_literal(uint32_t i)         { return (i & 0x3f000000) == 0x18000000; }
static bool is_ordered(uint32_t i)         { return (i & 0x3fa00000) == 0x08800000; }

/* One register (LDUR and LDTR are the plain ones), no write-back, no vectors, no exclusives, no
 * arithmetic in memory: nothing else is described. */
uint64_t syndrome_of_access(uint32_t i)
{
    uint32_t size = i >> 30, operation = i >> 22 & 3, n = i & 31;

    if (is_unsigned_offset(i) || is_plain_offset(i) || is_register_offset(i))
        return described(size, operation >= 2, n, operation >= 2 ? operation == 2 : size == 3,
                         false);
    if (is_literal(i))                  /* LDR W, LDR X, LDRSW */
        return described(size == 1 ? 3 : 2, size == 2, n, size != 0, false);
    if (is_ordered(i))
        return described(size, false, n, size == 3, (i >> 15 & 1) != 0);
    return 0;
}
