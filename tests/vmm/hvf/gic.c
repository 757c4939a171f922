/* gic.c - hv_gic_*: a GICv3, as much of it as our guests use.
 *
 *      line (SPI)  --- hv_gic_set_spi() ---> level[] --> enabled, group 1? --> the CPU's IRQ
 *      timer (PPI 27) -- timer_rings() ------^                ICC_IAR1 ... ICC_EOIR1: active[]
 *
 * Its registers are the framework's affair: no access to them leaves the guest.
 */
#include "shim.h"

#include <stdlib.h>

enum { LINES = 96, TIMER = 27, NOTHING = 1023 };
enum { DISTRIBUTOR_BYTES = 0x10000, REDISTRIBUTOR_BYTES = 0x20000, ALIGNMENT = 0x10000 };

struct hv_gic_config_s {
    hv_ipa_t distributor, redistributor;
};

static struct {
    bool           there;
    hv_ipa_t       distributor, redistributor;
    atomic_bool    level[LINES];        /* by any thread */
    bool           enabled[LINES], group1[LINES], active[LINES];
    uint8_t        priority[LINES];
    uint32_t       control, waker;
    uint64_t       mask, group1_on;     /* ICC_PMR, ICC_IGRPEN1 */
    bool           output;              /* the CPU's IRQ, as of the last look */
} gic = { .waker = 6 };

/* ---- The API --------------------------------------------------------------------------------- */

hv_gic_config_t hv_gic_config_create(void)
{
    return calloc(1, sizeof(struct hv_gic_config_s));
}

hv_return_t hv_gic_config_set_distributor_base(hv_gic_config_t config, hv_ipa_t base)
{
    config->distributor = base;
    return base % ALIGNMENT == 0 ? HV_SUCCESS : HV_BAD_ARGUMENT;
}

hv_return_t hv_gic_config_set_redistributor_base(hv_gic_config_t config, hv_ipa_t base)
{
    config->redistributor = base;
    return base % ALIGNMENT == 0 ? HV_SUCCESS : HV_BAD_ARGUMENT;
}

hv_return_t hv_gic_create(hv_gic_config_t config)
{
    hv_return_t answer;

    SAYS(answer);
    if (engine == NULL)
        return HV_NO_DEVICE;
    if (cpu.live || gic.there)
        return HV_BUSY;
    if (config->distributor == 0 || config->redistributor == 0)
        return HV_BAD_ARGUMENT;
    gic.distributor = config->distributor;
    gic.redistributor = config->redistributor;
    gic.there = true;
    return HV_SUCCESS;
}

hv_return_t hv_gic_set_spi(uint32_t intid, bool level)
{
    if (!gic.there || intid < 32 || intid >= LINES)
        return HV_BAD_ARGUMENT;
    atomic_store(&gic.level[intid], level);
    return HV_SUCCESS;
}

/* ---- Which interrupt, if any ----------------------------------------------------------------- */

static unsigned highest(void)
{
    unsigned found = NOTHING;

    if (gic.group1_on == 0 || (gic.control & 2) == 0)
        return NOTHING;
    for (unsigned n = LINES; n-- > 0;) {
        bool level = n == TIMER ? timer_rings() : atomic_load(&gic.level[n]);

        if (gic.active[n])
            return NOTHING;
        if (level && gic.enabled[n] && gic.group1[n] && gic.priority[n] < gic.mask)
            found = n;
    }
    return found;
}

bool gic_is_there(void)
{
    return gic.there;
}

void gic_look(void)
{
    gic.output = gic.there && highest() != NOTHING;
}

bool gic_interrupts(void)
{
    return gic.output;
}

/* ---- Registers in memory --------------------------------------------------------------------- */

bool gic_has(uint64_t physical)
{
    return gic.there && (physical - gic.distributor < DISTRIBUTOR_BYTES
                         || physical - gic.redistributor < REDISTRIBUTOR_BYTES);
}

/* A register with a bit for each of 32 lines; two of them set and clear the same bits. */
static uint32_t bits(const bool *of)
{
    uint32_t all = 0;

    for (unsigned i = 0; i < 32; i++)
        all |= (uint32_t)of[i] << i;
    return all;
}

static void assign(bool *of, uint32_t which, uint32_t value)
{
    for (unsigned i = 0; i < 32; i++)
        if ((which >> i & 1) != 0)
            of[i] = (value >> i & 1) != 0;
}

/* What the distributor has for all lines, the redistributor has for the first 32, at the same
 * places. */
static uint32_t lines_access(unsigned at, unsigned first, unsigned count, bool is_write,
                             uint32_t value)
{
    unsigned n = at % 0x80 / 4 * 32;

    if (n < first || n >= first + count)
        n = LINES;
    if (n < LINES && at / 0x80 == 1) {                      /* IGROUPR */
        if (is_write)
            assign(gic.group1 + n, UINT32_MAX, value);
        return bits(gic.group1 + n);
    }
    if (n < LINES && (at / 0x80 == 2 || at / 0x80 == 3)) {  /* ISENABLER, ICENABLER */
        if (is_write)
            assign(gic.enabled + n, value, at / 0x80 == 2 ? UINT32_MAX : 0);
        return bits(gic.enabled + n);
    }
    return 0;                                               /* pending, configuration, routes */
}

static uint32_t distributor(unsigned at, bool is_write, uint32_t value)
{
    if (at == 0 && is_write)
        gic.control = value;
    switch (at) {
    case 0x0000: return gic.control;
    case 0x0004: return LINES / 32 - 1;
    case 0xffe8: return 0x30;
    default:     return lines_access(at, 32, LINES - 32, is_write, value);
    }
}

static uint32_t redistributor(unsigned at, bool is_write, uint32_t value)
{
    if (at == 0x14 && is_write)         /* children sleep as long as the processor says */
        gic.waker = (value & 2) != 0 ? 6 : 0;
    switch (at) {
    case 0x0008: return 1 << 4;         /* the last one */
    case 0x0014: return gic.waker;
    case 0xffe8: return 0x30;
    default:     return at < 0x10000 ? 0 : lines_access(at - 0x10000, 0, 32, is_write, value);
    }
}

/* Priorities are bytes, whatever the width of the access. */
static bool is_priority(unsigned at, unsigned *n)
{
    *n = at - 0x400;
    return *n < LINES;
}

static uint64_t access_at(uint64_t physical, bool is_write, uint64_t value, unsigned width)
{
    bool all = physical - gic.distributor < DISTRIBUTOR_BYTES;
    unsigned at = (unsigned)(physical - (all ? gic.distributor : gic.redistributor)), n;
    uint64_t answer = 0;

    if (!is_priority(all ? at : at - 0x10000, &n))
        return all ? distributor(at, is_write, (uint32_t)value)
                   : redistributor(at, is_write, (uint32_t)value);
    for (unsigned i = 0; i < width && n + i < LINES; i++) {
        if (is_write)
            gic.priority[n + i] = (uint8_t)(value >> 8 * i);
        answer |= (uint64_t)gic.priority[n + i] << 8 * i;
    }
    return answer;
}

bool gic_access(uint64_t physical, uint64_t esr)
{
    bool is_write = (esr & ESR_WRITE) != 0;
    unsigned n = esr >> 16 & 31, width = 1u << (esr >> 22 & 3);
    uint64_t value;

    if ((esr >> 24 & 1) == 0)
        return false;
    value = access_at(physical, is_write, get_x(n), width);
    if (!is_write)
        set_x(n, value);
    gic_look();
    return true;
}

/* ---- Registers of the CPU -------------------------------------------------------------------- */

enum {
    ICC_PMR = 0xc230, ICC_IAR1 = 0xc660, ICC_EOIR1 = 0xc661, ICC_HPPIR1 = 0xc662,
    ICC_SRE = 0xc665, ICC_IGRPEN1 = 0xc667, ICC = 0xc640, ICC_END = 0xc680
};

static uint64_t read_register(hv_sys_reg_t name)
{
    unsigned n = highest();

    switch (name) {
    case ICC_PMR:     return gic.mask;
    case ICC_SRE:     return 7;
    case ICC_IGRPEN1: return gic.group1_on;
    case ICC_HPPIR1:  return n;
    case ICC_IAR1:
        if (n != NOTHING)
            gic.active[n] = true;
        return n;
    default:
        return 0;
    }
}

static void write_register(hv_sys_reg_t name, uint64_t value)
{
    if (name == ICC_PMR)
        gic.mask = value & 0xff;
    else if (name == ICC_IGRPEN1)
        gic.group1_on = value & 1;
    else if (name == ICC_EOIR1 && value < LINES)
        gic.active[value] = false;
}

bool gic_register(hv_sys_reg_t name, bool is_read, unsigned n)
{
    if (!gic.there || (name != ICC_PMR && (name < ICC || name >= ICC_END)))
        return false;
    if (is_read)
        set_x(n, read_register(name));
    else
        write_register(name, get_x(n));
    gic_look();
    return true;
}
