/* vm.c - hv_vm_*: the guest's RAM; and what surrounds it. */
#include "shim.h"

#include <libkern/OSCacheControl.h>
#include <os/object.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REGIONS = 8, PAGE = 0x4000, ADDRESS_BITS = 36 };     /* Apple silicon's, and the default */

static struct region {
    uint64_t base, bytes;
    uint8_t *host;
} region[REGIONS];

uint8_t *memory_at(uint64_t address, uint64_t bytes)
{
    for (int i = 0; i < REGIONS; i++)
        if (address >= region[i].base && address - region[i].base < region[i].bytes
            && bytes <= region[i].bytes - (address - region[i].base))
            return region[i].host + (address - region[i].base);
    return NULL;
}

/* ---- What HVF_SHIM says ---------------------------------------------------------------------- */

bool shim_says(const char *function, hv_return_t *answer)
{
    static bool done;
    const char *says = getenv("HVF_SHIM"), *code = says == NULL ? NULL : strchr(says, '=');

    if (done || code == NULL || strlen(function) != (size_t)(code - says)
        || strncmp(says, function, strlen(function)) != 0)
        return false;
    done = true;
    *answer = (hv_return_t)strtoul(code + 1, NULL, 0);
    return true;
}

/* ---- Caches: who writes instructions must see to it that they arrive ------------------------- */

enum { DATA, CODE, FLUSHES = 16 };
static struct { uint8_t *start; size_t bytes; } flushes[2][FLUSHES];
static unsigned flushed[2];

static void flush(int kind, void *start, size_t bytes)
{
    if (flushed[kind] < FLUSHES) {
        flushes[kind][flushed[kind]].start = start;
        flushes[kind][flushed[kind]++].bytes = bytes;
    }
}

void sys_dcache_flush(void *start, size_t bytes)      { flush(DATA, start, bytes); }
void sys_icache_invalidate(void *start, size_t bytes) { flush(CODE, start, bytes); }

static bool is_flushed(int kind, const uint8_t *at)
{
    for (unsigned i = 0; i < flushed[kind]; i++)
        if (at >= flushes[kind][i].start && at < flushes[kind][i].start + flushes[kind][i].bytes)
            return true;
    return false;
}

bool was_flushed(uint64_t address, bool code)
{
    const uint8_t *at = memory_at(address, 4);

    return at == NULL || (is_flushed(DATA, at) && (!code || is_flushed(CODE, at)));
}

/* ---- The API --------------------------------------------------------------------------------- */

void os_release(void *object)
{
    free(object);
}

hv_return_t hv_vm_create(hv_vm_config_t config)
{
    hv_return_t answer;

    (void)config;
    SAYS(answer);
    if (engine != NULL)
        return HV_BUSY;
    return engine_open() ? HV_SUCCESS : HV_NO_RESOURCES;
}

hv_return_t hv_vm_destroy(void)
{
    if (engine == NULL)
        return HV_NO_DEVICE;
    if (cpu.live)
        return HV_BUSY;
    uc_close(engine);
    engine = NULL;
    memset(region, 0, sizeof region);
    return HV_SUCCESS;
}

/* Overlaps are Unicorn's to find. */
hv_return_t hv_vm_map(void *addr, hv_ipa_t ipa, size_t size, hv_memory_flags_t flags)
{
    uint64_t host_page = (uint64_t)sysconf(_SC_PAGESIZE);
    hv_return_t answer;
    int i = 0;

    SAYS(answer);
    if (engine == NULL)
        return HV_NO_DEVICE;
    if (((ipa | size) & (PAGE - 1)) != 0 || ((uintptr_t)addr & (host_page - 1)) != 0 || size == 0
        || (ipa + size) >> ADDRESS_BITS > 1 || (ipa + size - 1) >> ADDRESS_BITS != 0 || flags > 7)
        return HV_BAD_ARGUMENT;
    while (i < REGIONS && region[i].bytes != 0)
        i++;
    if (i == REGIONS)
        return HV_NO_RESOURCES;
    if (uc_mem_map_ptr(engine, ipa, size, (uint32_t)flags, addr) != UC_ERR_OK)
        return HV_BAD_ARGUMENT;
    region[i] = (struct region){ ipa, size, addr };
    return HV_SUCCESS;
}

hv_return_t hv_vm_unmap(hv_ipa_t ipa, size_t size)
{
    for (int i = 0; i < REGIONS; i++)
        if (region[i].bytes == size && region[i].base == ipa) {
            region[i].bytes = 0;
            return uc_mem_unmap(engine, ipa, size) == UC_ERR_OK ? HV_SUCCESS : HV_ERROR;
        }
    return HV_BAD_ARGUMENT;
}

hv_return_t hv_vm_protect(hv_ipa_t ipa, size_t size, hv_memory_flags_t flags)
{
    if (((ipa | size) & (PAGE - 1)) != 0
        || uc_mem_protect(engine, ipa, size, (uint32_t)flags) != UC_ERR_OK)
        return HV_BAD_ARGUMENT;
    return HV_SUCCESS;
}
