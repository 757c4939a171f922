/* direct.c - runs README's second recipe: all of physical memory appears DIRECT_MAP higher, devices
   as well. Where they were before there is nothing any more but RAM: an address that was not
   translated faults. recipe.h is cut out of README by test_recipes.sh. */

#include "recipe.h"
#include "show.h"
#include "tables.h"

static page_table root;
static vb_console console;
static vb_gpu     gpu;
static uint32_t   pixels[WIDTH * HEIGHT];

void kernel_main(const void *dtb);

void kernel_main(const void *dtb) {
    uint64_t ram = (uintptr_t)dtb / GB;
    for (uint64_t i = 0; i < 512 - DIRECT_MAP / GB; i++)
        root[DIRECT_MAP / GB + i] = i * GB | BLOCK | (i == ram ? NORMAL : DEVICE);
    root[ram] = ram * GB | BLOCK | NORMAL;                  /* the code goes on running here */
    mmu_switch(root, TCR);

    vb_machine_from_dtb(&machine, (const void *)((uintptr_t)dtb + DIRECT_MAP));
    show((vb_console *)((uintptr_t)&console + DIRECT_MAP), (vb_gpu *)((uintptr_t)&gpu + DIRECT_MAP),
         (uint32_t *)((uintptr_t)pixels + DIRECT_MAP));
}
