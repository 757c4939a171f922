/* loader.c - puts kernel, initrd and device tree into RAM, and finds out where to start.
 *
 *      RAM  +----------------+ end of the first piece
 *           | boot block     |  2 MiB: device tree; on x86_64 also PVH's start info
 *           +----------------+
 *           | initrd         |
 *           |                |
 *           | (free)         |
 *           |                |
 *           | kernel         |  Image: from a 2 MiB boundary on; ELF: where it says
 *           +----------------+ start
 *
 * The boot block lies far from the kernel because nobody knows how much a raw binary needs.
 */
#include "loader.h"
#include "host/file.h"
#include "tree.h"

#include <string.h>

#define BLOCK  (UINT64_C(2) << 20)      /* the boot block, and what kernels want to be aligned to */
#define PAGE   UINT64_C(4096)

/* Within the boot block. */
enum { TREE_AT = 0, TREE_ROOM = 1 << 20, START_INFO = TREE_ROOM };

/* Takes `room` bytes of RAM at an address (or as many as the file has), and puts bytes of the file
 * there. Behind them RAM is zero. `end` moves up to where all that was put ends. */
static bool put(struct machine *m, const struct file *f, uint64_t address, uint64_t room,
                uint64_t offset, uint64_t bytes, uint64_t *end)
{
    const struct guest_region *low = &m->memory.region[0];
    uint64_t all = room > bytes ? room : bytes;
    uint8_t *to = guest_range(&m->memory, address, all);

    if (to == NULL) {
        say("%s does not fit: it wants 0x%llx to 0x%llx, and RAM is 0x%llx to 0x%llx; give it more "
            "with --mem", f->path, (unsigned long long)address, (unsigned long long)(address + all),
            (unsigned long long)low->base, (unsigned long long)(low->base + low->bytes));
        return false;
    }
    memcpy(to, f->at + offset, (size_t)bytes);
    if (*end < address + all)
        *end = address + all;
    return true;
}

/* ---- ELF ------------------------------------------------------------------------------------ */

/* What is needed of its headers, by their offsets: not every host has <elf.h>. */
enum {
    ELF_TYPE = 16, ELF_ENTRY = 24, ELF_TABLE = 32, ELF_SIZE = 54, ELF_COUNT = 56, ELF_HEADER = 64,
    ELF_ANYWHERE = 3,                           /* a type: position-independent */
    SEGMENT_TYPE = 0, SEGMENT_OFFSET = 8, SEGMENT_VIRTUAL = 16, SEGMENT_PHYSICAL = 24,
    SEGMENT_IN_FILE = 32, SEGMENT_IN_MEMORY = 40, SEGMENT_HEADER = 56,
    SEGMENT_LOAD = 1                            /* a type */
};

/* Each segment goes to its physical address; in a program that may lie anywhere (PIE) this counts
 * from where an Image would be. The entry is a virtual address: it moves with its segment. */
static bool load_segment(struct machine *m, const struct file *f, unsigned i, uint64_t base,
                         uint64_t *end)
{
    uint64_t size = load_le16(f->at + ELF_SIZE);
    uint64_t header = load_le64(f->at + ELF_TABLE) + i * size;
    uint64_t at, room, offset, bytes, entry;
    const uint8_t *s;

    if (size < SEGMENT_HEADER || header > f->bytes || f->bytes - header < SEGMENT_HEADER)
        goto damaged;
    s = f->at + header;
    if (load_le32(s + SEGMENT_TYPE) != SEGMENT_LOAD)
        return true;
    at = load_le64(s + SEGMENT_PHYSICAL) + base;
    room = load_le64(s + SEGMENT_IN_MEMORY);
    offset = load_le64(s + SEGMENT_OFFSET);
    bytes = load_le64(s + SEGMENT_IN_FILE);
    if (offset > f->bytes || bytes > f->bytes - offset || bytes > room)
        goto damaged;
    entry = load_le64(f->at + ELF_ENTRY) - load_le64(s + SEGMENT_VIRTUAL);
    if (entry < room)
        m->entry = at + entry;
    return room == 0 || put(m, f, at, room, offset, bytes, end);

damaged:
    say("%s is cut off or damaged: its segment %u lies outside the file", f->path, i);
    return false;
}

static bool load_elf(struct machine *m, const struct file *f, const struct image *image,
                     uint64_t *end)
{
    bool whole = f->bytes >= ELF_HEADER;
    bool anywhere = whole && load_le16(f->at + ELF_TYPE) == ELF_ANYWHERE;
    uint64_t base = anywhere && image->kind == IMAGE_ELF ? m->map->ram + BLOCK : 0;
    unsigned count = whole ? load_le16(f->at + ELF_COUNT) : 0;

    m->entry = UINT64_MAX;
    for (unsigned i = 0; i < count; i++)
        if (!load_segment(m, f, i, base, end))
            return false;
    if (image->kind == IMAGE_PVH)
        m->entry = image->pvh_entry;
    if (guest_range(&m->memory, m->entry, 1) != NULL)
        return true;
    say("%s starts at 0x%llx, and there is no RAM", f->path, (unsigned long long)m->entry);
    return false;
}

/* ---- The kernel ----------------------------------------------------------------------------- */

/* Linux' rule for its Image is text_offset bytes from a 2 MiB boundary. The first of them is left
 * free, as QEMU does; a raw binary goes there, too. */
static bool load_kernel(struct machine *m, const struct file *f, const struct image *image,
                        uint64_t *end)
{
    uint64_t first = (m->map->ram + BLOCK - 1) & ~(BLOCK - 1);

    if (image->kind == IMAGE_ELF || image->kind == IMAGE_PVH)
        return load_elf(m, f, image, end);
    m->entry = first + image->text_offset + (image->text_offset < PAGE ? BLOCK : 0);
    return put(m, f, m->entry, image->bytes, 0, f->bytes, end);
}

/* ---- The initrd, and the device tree --------------------------------------------------------- */

static bool load_initrd(struct machine *m, const char *path, uint64_t below)
{
    struct file f;
    uint64_t end = 0;
    bool done;

    if (!file_open(&f, path))
        return false;
    m->initrd_bytes = f.bytes;
    m->initrd = f.bytes < below ? (below - f.bytes) & ~(PAGE - 1) : 0;
    done = put(m, &f, m->initrd, f.bytes, 0, f.bytes, &end);
    file_close(&f);
    return done;
}

static bool load_tree(struct machine *m, const struct options *o, uint64_t address)
{
    uint8_t *to = guest_range(&m->memory, address, TREE_ROOM);
    struct file f;
    bool done;

    if (o->dtb == NULL)
        return tree_write(m, o, to, TREE_ROOM) > 0;
    if (!file_open(&f, o->dtb))
        return false;
    done = tree_take(m, o, &f, to, TREE_ROOM);
    file_close(&f);
    return done;
}

/* ---- x86_64: what PVH hands over --------------------------------------------------------------
 *
 *      EBX --> start info --> command line
 *                         --> modules: the initrd, if there is one (Linux takes the first for
 *                             it), then the device tree
 *                         --> memory map: the pieces of RAM
 */
enum { PVH_MAGIC = 0x336ec578, PVH_VERSION = 1, PVH_RAM = 1 };
enum { MODULES = 0x100, MEMORY_MAP = 0x200, COMMAND = 0x1000 };     /* from the start info on */

/* A module is address, bytes, command line, 0; a piece of RAM is address, bytes, type. */
static bool put_start_info(struct machine *m, const struct options *o, uint64_t block)
{
    uint64_t info = block + START_INFO;
    uint8_t *to = guest_range(&m->memory, info, BLOCK - START_INFO), *module = to + MODULES;

    if (strlen(o->append) >= BLOCK - START_INFO - COMMAND) {
        say("--append is too long");
        return false;
    }
    strcpy((char *)to + COMMAND, o->append);
    store_le32(to, PVH_MAGIC);
    store_le32(to + 4, PVH_VERSION);
    store_le32(to + 12, m->initrd_bytes != 0 ? 2 : 1);
    store_le64(to + 16, info + MODULES);
    store_le64(to + 24, info + COMMAND);
    store_le64(to + 40, info + MEMORY_MAP);
    store_le32(to + 48, m->memory.count);
    if (m->initrd_bytes != 0) {
        store_le64(module, m->initrd);
        store_le64(module + 8, m->initrd_bytes);
        module += 32;
    }
    store_le64(module, block + TREE_AT);
    store_le64(module + 8, TREE_ROOM);
    for (unsigned i = 0; i < m->memory.count; i++) {
        store_le64(to + MEMORY_MAP + i * 24, m->memory.region[i].base);
        store_le64(to + MEMORY_MAP + i * 24 + 8, m->memory.region[i].bytes);
        store_le32(to + MEMORY_MAP + i * 24 + 16, PVH_RAM);
    }
    m->boot = info;
    return true;
}

/* ---- All of it ------------------------------------------------------------------------------ */

bool loader_load(struct machine *m, const struct options *o, const struct image *image)
{
    const struct guest_region *low = &m->memory.region[0];
    uint64_t block = (low->base + low->bytes - BLOCK) & ~(BLOCK - 1);
    uint64_t end = 0;
    struct file f;
    bool done;

    if (!file_open(&f, o->kernel))
        return false;
    done = load_kernel(m, &f, image, &end);
    file_close(&f);
    if (!done || (o->initrd != NULL && !load_initrd(m, o->initrd, block)))
        return false;
    if (end > (m->initrd_bytes != 0 ? m->initrd : block)) {
        say("kernel, initrd and device tree do not fit into %llu MiB: give the guest more with "
            "--mem", (unsigned long long)(o->memory >> 20));
        return false;
    }
    m->boot = block + TREE_AT;
    return load_tree(m, o, m->boot)
        && (m->map->arch != ARCH_X86_64 || put_start_info(m, o, block));
}
