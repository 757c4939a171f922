/* boot.c - what the boot loader handed over, and where else a device tree may be
 *
 *     hvm_start_info --> command line
 *                    --> memory map: which addresses are RAM
 *                    --> modules: the initrd; a device tree
 *
 * A PC has no device tree. Machines made for virtual guests alone have one all the same: the VMMs
 * beside us hand it over as a module, QEMU's microvm keeps it as "etc/fdt" in its box of files for
 * the firmware (fw_cfg). */
#include "pc.h"

/* What the boot loader handed over: the beginning of Xen's hvm_start_info. */
typedef struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t module_list, command_line, acpi, memory_map;
    uint32_t memory_maps, reserved;     /* from version 1 on, as memory_map */
} start_info;

typedef struct start_module {
    uint64_t address, size, command_line, reserved;
} start_module;

typedef struct start_memory {
    uint64_t address, size;
    uint32_t type, reserved;            /* 1: RAM */
} start_memory;

enum { START_INFO = 0x336ec578 };

/* ---- The tree in QEMU's fw_cfg --------------------------------------------------------------- */

enum { FW_SELECT = 0x510, FW_DATA = 0x511, FW_SIGNATURE = 0, FW_DIRECTORY = 0x19 };

static __attribute__((section(".noinit"), aligned(8))) uint8_t box[32768];

/* Files are read from their beginning on, and cannot be wound back. */
static void fw_read(uint8_t *to, uint32_t bytes)
{
    while (bytes--)
        *to++ = in8(FW_DATA);
}

/* The key of a file; 0: there is no such file, or no box at all. */
static uint32_t fw_find(const char *name)
{
    uint32_t files;

    out16(FW_SELECT, FW_SIGNATURE);
    fw_read(box, 4);
    if (vb_be32(box) != 0x51454d55)             /* "QEMU" */
        return 0;
    out16(FW_SELECT, FW_DIRECTORY);
    fw_read(box, 4);
    for (files = vb_be32(box); files; files--) {
        fw_read(box, 64);                       /* size, key (16 bits), 0, name */
        if (starts_with((const char *)box + 8, name))
            return vb_be32(box + 4) >> 16;
    }
    return 0;
}

/* The file is a megabyte of which some kilobytes are used: all that its header (ten words) says of
 * itself. It is told that this is its size. */
static const void *fw_tree(void)
{
    const uint32_t key = fw_find("etc/fdt");
    uint32_t nodes, texts, end, i;

    if (!key)
        return 0;
    out16(FW_SELECT, key);
    fw_read(box, 40);
    nodes = vb_be32(box + 8) + vb_be32(box + 36);
    texts = vb_be32(box + 12) + vb_be32(box + 32);
    end = nodes > texts ? nodes : texts;
    if (end < 40 || end > sizeof box)
        return 0;
    fw_read(box + 40, end - 40);
    for (i = 0; i < 4; i++)
        box[4 + i] = (uint8_t)(end >> (24 - 8 * i));
    return box;
}

/* ---- What the boot loader told --------------------------------------------------------------- */

/* Of the modules one may be a device tree; another is the initrd. */
static const void *read_modules(const start_info *s)
{
    const start_module *m = (const start_module *)(uintptr_t)s->module_list;
    const void *tree = 0;
    vb_dtb found;
    uint32_t i;

    for (i = 0; i < s->modules; i++) {
        const void *at = (const void *)(uintptr_t)m[i].address;
        if (m[i].size >= 40 && vb_dtb_open(&found, at) == VB_OK)
            tree = at;
        else if (!told.initrd.size)
            told.initrd = (extent){ m[i].address, m[i].size };
    }
    return tree;
}

static void read_memory_map(const start_info *s)
{
    const start_memory *m = (const start_memory *)(uintptr_t)s->memory_map;
    uint32_t i;

    for (i = 0; i < s->memory_maps && told.rams < sizeof told.ram / sizeof told.ram[0]; i++)
        if (m[i].type == 1)
            told.ram[told.rams++] = (extent){ m[i].address, m[i].size };
}

const void *boot_read(const void *boot, void (*look)(const vb_node *))
{
    const start_info *s = (const start_info *)boot;
    const int right = s && s->magic == START_INFO;
    const void *module = right ? read_modules(s) : 0;
    const void *tree = module ? module : fw_tree();

    if (tree)
        tree_read(tree, "a module of hvm_start_info", look);
    told.boot = boot;
    told.tree = module;                 /* a copy of ours is nobody's business */
    if (right && s->command_line)
        told.bootargs = (const char *)(uintptr_t)s->command_line;
    else if (!told.bootargs)
        told.bootargs = "";
    if (right && s->version >= 1 && !told.rams)
        read_memory_map(s);
    told.complete = 1;
    return tree;
}
