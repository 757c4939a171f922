/* tree.c - what the boot loader told: read from the device tree, and looked at with suspicion
 *
 * Only what means the same on every CPU; what else a machine must know of itself (its UART, its
 * interrupt controller, its clock) platform.c picks from the nodes that it is shown. A machine
 * without a tree fills `told` in itself. */
#include "parts.h"

boot_words told;

int starts_with(const char *text, const char *beginning)
{
    while (*beginning && *text == *beginning) {
        text++;
        beginning++;
    }
    return *beginning == 0;
}

/* A property that is one text, "" if there is none or it does not end. */
const char *tree_text(const vb_node *n, const char *name)
{
    const void *value;
    uint32_t bytes;

    if (!vb_node_property(n, name, &value, &bytes) || bytes == 0)
        return "";
    return ((const char *)value)[bytes - 1] == 0 ? (const char *)value : "";
}

uint64_t tree_number(const vb_node *n, const char *name)
{
    const void *value;
    uint32_t bytes;

    if (!vb_node_property(n, name, &value, &bytes) || (bytes != 4 && bytes != 8))
        return 0;
    return vb_cells(value, bytes / 4);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void read_memory(const vb_node *n)
{
    const uint32_t room = sizeof told.ram / sizeof told.ram[0];
    unsigned i;

    for (i = 0; told.rams < room; i++) {
        extent *e = &told.ram[told.rams];
        if (!vb_node_reg(n, i, &e->start, &e->size))
            return;
        if (e->size && e->start + e->size > e->start)
            told.rams++;
    }
}

static void read_chosen(const vb_node *n)
{
    told.bootargs = tree_text(n, "bootargs");
    told.initrd.start = tree_number(n, "linux,initrd-start");
    told.initrd.size = tree_number(n, "linux,initrd-end") - told.initrd.start;
}

static int read_nodes(const void *boot, void (*look)(const vb_node *))
{
    vb_dtb tree;
    vb_node node;
    int found;

    found = boot ? vb_dtb_open(&tree, boot) : VB_E_DTB;
    if (found != VB_OK)
        return found;
    while ((found = vb_dtb_next(&tree, &node)) > 0) {
        if (node.depth == 1 && (starts_with(tree_text(&node, "device_type"), "memory") ||
                                starts_with(node.name, "memory@")))
            read_memory(&node);
        else if (node.depth == 1 && starts_with(node.name, "chosen"))
            read_chosen(&node);
        else
            look(&node);
    }
    return found;
}

void tree_read(const void *boot, const char *in_register, void (*look)(const vb_node *))
{
    told.boot = boot;
    told.bootargs = "";
    if (read_nodes(boot, look) == VB_OK) {
        told.tree = boot;
        told.complete = 1;
        return;
    }
    platform_guess_uart();
    print_to(platform_uart_write,
             "virtio_bare: no usable device tree at 0x%lx (%s at entry). %s\n"
             "Boot the flat image (kernel.img), not the ELF, with a loader that hands a tree over. "
             "Stopped.\n", (uint64_t)(uintptr_t)boot, in_register, vb_error_text(VB_E_DTB));
    platform_stop();
}

/* ---- Telling --------------------------------------------------------------------------------- */

const void *platform_boot(void) { return told.boot; }

const char *platform_bootargs(void) { return told.bootargs; }

static int overlap(uint64_t start, uint64_t size)
{
    return size && start < (uintptr_t)_end && start + size > (uintptr_t)_start;
}

void told_print(void)
{
    const uint8_t *tree = (const uint8_t *)told.tree;
    uint64_t total = 0;
    uint32_t i;

    for (i = 0; i < told.rams; i++)
        total += told.ram[i].size;
    print("Image at 0x%lx, ", (uint64_t)(uintptr_t)_start);
    if (tree)
        print("device tree at 0x%lx, ", (uint64_t)(uintptr_t)tree);
    print("RAM at 0x%lx, %lu MB\n", told.ram[0].start, total >> 20);
    if (map_is_full())
        print("The memory map is cut short: raise TABLES in map.c\n");
    if (tree && overlap((uintptr_t)tree, vb_be32(tree + 4)))
        print("The loader put the device tree into this image: does it honour image_size?\n");
    if (overlap(told.initrd.start, told.initrd.size))
        print("The loader put the initrd into this image: does it honour image_size?\n");
}
