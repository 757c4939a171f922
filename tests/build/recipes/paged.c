/* paged.c - runs README's third recipe: devices are mapped when they are asked for, and what the
   kernel allocates lies somewhere else than it seems, its pages in reverse order. recipe.h is cut
   out of README by test_recipes.sh. */

#include "recipe.h"
#include "show.h"
#include "tables.h"

#define DEVICES     (128 * GB)              /* registers appear from here on */
#define HEAP        (160 * GB)              /* allocated memory */
#define HEAP_PAGES  16
#define PIXELS      (HEAP + 0x200000)       /* the second 2 MB: in one piece, but not here */

static page_table root, devices, device_pages[2], heap, heap_pages;
static uint32_t   device_count;

static uint8_t  pool[HEAP_PAGES][4096] __attribute__((aligned(4096)));
static uint8_t  picture[0x200000] __attribute__((aligned(0x200000)));

static uint64_t physical(const void *p) { return (uintptr_t)p; }    /* of the image: identity */

uintptr_t kernel_map_device(uint64_t address, uint32_t bytes) {
    uint64_t  page = address & ~4095ull;
    uintptr_t mapped = DEVICES + device_count * 4096ull + (address & 4095);
    for (; page < address + bytes; page += 4096, device_count++) {
        if (device_count == 1024) return 0;
        device_pages[device_count / 512][device_count % 512] = page | TABLE | DEVICE;
    }
    tables_changed();
    return mapped;
}

void kernel_unmap_device(uintptr_t mapped, uint32_t bytes) {
    for (uint64_t page = (mapped - DEVICES) / 4096; page * 4096 < mapped - DEVICES + bytes; page++)
        device_pages[page / 512][page % 512] = 0;
    tables_changed();
}

uint64_t kernel_physical(const void *pointer) {
    uint64_t at = (uintptr_t)pointer;
    if (at < HEAP) return at;
    if (at >= PIXELS) return physical(picture) + (at - PIXELS);
    return (heap_pages[(at - HEAP) / 4096] & 0xfffffff000ull) | (at & 4095);
}

static void make_tables(const void *dtb) {
    uint64_t ram = (uintptr_t)dtb / GB;
    root[ram] = ram * GB | BLOCK | NORMAL;
    root[DEVICES / GB] = physical(devices) | TABLE;
    root[HEAP / GB] = physical(heap) | TABLE;
    devices[0] = physical(device_pages[0]) | TABLE;
    devices[1] = physical(device_pages[1]) | TABLE;
    heap[0] = physical(heap_pages) | TABLE;
    heap[1] = physical(picture) | BLOCK | NORMAL;
    for (uint32_t i = 0; i < HEAP_PAGES; i++)
        heap_pages[i] = physical(pool[HEAP_PAGES - 1 - i]) | TABLE | NORMAL;
}

void kernel_main(const void *dtb);

void kernel_main(const void *dtb) {
    make_tables(dtb);
    mmu_switch(root, TCR);
    vb_machine_from_dtb(&machine, dtb);
    show((vb_console *)(uintptr_t)HEAP, (vb_gpu *)(uintptr_t)(HEAP + 0x8000),
         (uint32_t *)(uintptr_t)PIXELS);
}

typedef char console_fits[sizeof(vb_console) <= 0x8000 ? 1 : -1];
typedef char gpu_fits[sizeof(vb_gpu) <= 0x8000 ? 1 : -1];
