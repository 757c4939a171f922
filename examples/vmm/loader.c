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
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK  (UINT64_C(2) << 20)      /* the boot block, and what kernels want to be aligned to */
#define PAGE   UINT64_C(4096)

/* Within the boot block. */
enum { TREE_AT = 0, TREE_ROOM = 1 << 20, START_INFO = TREE_ROOM };

/* A whole file, as it lies on disk. */
struct file {
    const uint8_t *at;
    uint64_t       bytes;
};

/* ---- Files ---------------------------------------------------------------------------------- */

static bool open_file(struct file *f, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    void *at = end > 0 ? mmap(NULL, (size_t)end, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;

    if (at == MAP_FAILED)
        say("%s cannot be read: %s", path, end == 0 ? "it is empty" : strerror(errno));
    if (fd >= 0)
        close(fd);
    f->at = at;
    f->bytes = (uint64_t)end;
    return at != MAP_FAILED;
}

static void close_file(struct file *f)
{
    munmap((void *)(uintptr_t)f->at, (size_t)f->bytes);
}

/* RAM for `bytes`, of which the first come from the file. */
static bool put(struct machine *m, const char *path, uint64_t address, uint64_t bytes,
                const uint8_t *from, uint64_t file_bytes)
{
    uint8_t *to = guest_range(&m->memory, address, bytes > file_bytes ? bytes : file_bytes);

    if (to == NULL) {
        say("%s does not fit: it wants 0x%llx to 0x%llx, and RAM is 0x%llx to 0x%llx; give it more "
            "with --mem", path, (unsigned long long)address,
            (unsigned long long)(address + (bytes > file_bytes ? bytes : file_bytes)),
            (unsigned long long)m->memory.region[0].base,
            (unsigned long long)(m->memory.region[0].base + m->memory.region[0].bytes));
        return false;
    }
    memcpy(to, from, (size_t)file_bytes);
    return true;
}

/* ---- The kernel ----------------------------------------------------------------------------- */

/* Linux' rule for its Image: text_offset bytes from a 2 MiB boundary. The first of them is left
 * free, as QEMU does. */
static bool load_linux(struct machine *m, const char *path, const struct image *image,
                       const struct file *f, uint64_t *end)
{
    uint64_t first = (m->map->ram + BLOCK - 1) & ~(BLOCK - 1);
    uint64_t at = first + image->text_offset + (image->text_offset < PAGE ? BLOCK : 0);

    m->entry = at;
    *end = at + (image->bytes > f->bytes ? image->bytes : f->bytes);
    return put(m, path, at, image->bytes, f->at, f->bytes);
}

static bool load_raw(struct machine *m, const char *path, const struct file *f, uint64_t *end)
{
    m->entry = m->map->ram + (m->map->arch == ARCH_X86_64 ? BLOCK / 2 : BLOCK);
    *end = m->entry + f->bytes;
    return put(m, path, m->entry, f->bytes, f->at, f->bytes);
}

/* What is needed of an ELF file's headers, by their offsets: not every host has <elf.h>. */
enum {
    ELF_TYPE = 16, ELF_ENTRY = 24, ELF_TABLE = 32, ELF_SIZE = 54, ELF_COUNT = 56, ELF_HEADER = 64,
    ELF_ANYWHERE = 3,                           /* a type: position-independent */
    SEGMENT_TYPE = 0, SEGMENT_OFFSET = 8, SEGMENT_VIRTUAL = 16, SEGMENT_PHYSICAL = 24,
    SEGMENT_IN_FILE = 32, SEGMENT_IN_MEMORY = 40, SEGMENT_HEADER = 56,
    SEGMENT_LOAD = 1                            /* a type */
};

/* The program header number `i`, or null if it or its segment lies outside the file. */
static const uint8_t *segment(const struct file *f, unsigned i)
{
    uint64_t size = load_le16(f->at + ELF_SIZE);
    uint64_t at = load_le64(f->at + ELF_TABLE) + i * size, offset, bytes;

    if (size < SEGMENT_HEADER || at > f->bytes || f->bytes - at < SEGMENT_HEADER)
        return NULL;
    offset = load_le64(f->at + at + SEGMENT_OFFSET);
    bytes = load_le64(f->at + at + SEGMENT_IN_FILE);
    if (offset > f->bytes || bytes > f->bytes - offset
        || bytes > load_le64(f->at + at + SEGMENT_IN_MEMORY))
        return NULL;
    return f->at + at;
}

/* Each segment goes to its physical address; in a program that may lie anywhere (PIE) this counts
 * from where an Image would be. The entry is a virtual address: it moves with its segment. */
static bool load_segment(struct machine *m, const char *path, const struct file *f,
                         const uint8_t *s, uint64_t base, uint64_t *end)
{
    uint64_t at = load_le64(s + SEGMENT_PHYSICAL) + base, bytes = load_le64(s + SEGMENT_IN_MEMORY);
    uint64_t entry = load_le64(f->at + ELF_ENTRY) - load_le64(s + SEGMENT_VIRTUAL);

    if (load_le32(s + SEGMENT_TYPE) != SEGMENT_LOAD || bytes == 0)
        return true;
    if (!put(m, path, at, bytes, f->at + load_le64(s + SEGMENT_OFFSET),
             load_le64(s + SEGMENT_IN_FILE)))
        return false;
    if (entry < bytes)
        m->entry = at + entry;
    if (*end < at + bytes)
        *end = at + bytes;
    return true;
}

static bool load_elf(struct machine *m, const char *path, const struct image *image,
                     const struct file *f, uint64_t *end)
{
    bool anywhere = f->bytes >= ELF_HEADER && load_le16(f->at + ELF_TYPE) == ELF_ANYWHERE;
    uint64_t base = anywhere && image->kind == IMAGE_ELF ? m->map->ram + BLOCK : 0;
    unsigned count = f->bytes >= ELF_HEADER ? load_le16(f->at + ELF_COUNT) : 0;

    m->entry = UINT64_MAX;
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *s = segment(f, i);

        if (s == NULL) {
            say("%s is cut off or damaged: its segment %u lies outside the file", path, i);
            return false;
        }
        if (!load_segment(m, path, f, s, base, end))
            return false;
    }
    if (image->kind == IMAGE_PVH)
        m->entry = image->pvh_entry;
    if (guest_range(&m->memory, m->entry, 1) != NULL)
        return true;
    say("%s starts at 0x%llx, and there is no RAM", path, (unsigned long long)m->entry);
    return false;
}

static bool load_kernel(struct machine *m, const char *path, const struct image *image,
                        uint64_t *end)
{
    struct file f;
    bool done;

    if (!open_file(&f, path))
        return false;
    if (image->kind == IMAGE_LINUX)
        done = load_linux(m, path, image, &f, end);
    else if (image->kind == IMAGE_RAW)
        done = load_raw(m, path, &f, end);
    else
        done = load_elf(m, path, image, &f, end);
    close_file(&f);
    return done;
}

/* ---- The initrd, and the device tree --------------------------------------------------------- */

static bool load_initrd(struct machine *m, const char *path, uint64_t below)
{
    struct file f;
    bool done;

    if (!open_file(&f, path))
        return false;
    m->initrd_bytes = f.bytes;
    m->initrd = f.bytes < below ? (below - f.bytes) & ~(PAGE - 1) : 0;
    done = put(m, path, m->initrd, f.bytes, f.at, f.bytes);
    close_file(&f);
    return done;
}

static bool load_tree(struct machine *m, const struct options *o, uint64_t address)
{
    uint8_t *to = guest_range(&m->memory, address, TREE_ROOM);
    struct file f;
    bool done;

    if (o->dtb == NULL)
        return tree_write(m, o, to, TREE_ROOM) > 0;
    if (!open_file(&f, o->dtb))
        return false;
    done = f.bytes <= TREE_ROOM;
    if (done)
        memcpy(to, f.at, (size_t)f.bytes);
    else
        say("%s has more than 1 MiB: that is no device tree", o->dtb);
    close_file(&f);
    return done;
}

/* ---- x86_64: what PVH hands over --------------------------------------------------------------
 *
 *      EBX --> start info --> command line
 *                         --> modules: the initrd, if there is one (Linux takes the first for
 *                             it), then the device tree
 *                         --> memory map: the pieces of RAM
 */
enum { PVH_MAGIC = 0x336ec578, PVH_RAM = 1, PVH_COMMAND = 0x1000 };

static bool put_start_info(struct machine *m, const struct options *o, uint64_t block)
{
    uint64_t info = block + START_INFO, modules = info + 0x100, map = info + 0x200;
    uint64_t command = info + PVH_COMMAND;
    uint8_t *to = guest_range(&m->memory, info, BLOCK - START_INFO);
    uint64_t module[2][2] = { { m->initrd, m->initrd_bytes }, { block + TREE_AT, TREE_ROOM } };
    unsigned first = m->initrd_bytes == 0;

    if (strlen(o->append) >= BLOCK - START_INFO - PVH_COMMAND) {
        say("--append is too long");
        return false;
    }
    strcpy((char *)to + PVH_COMMAND, o->append);
    store_le32(to, PVH_MAGIC);
    store_le32(to + 4, 1);                      /* version, with a memory map */
    store_le32(to + 12, 2 - first);
    store_le64(to + 16, modules);
    store_le64(to + 24, command);
    store_le64(to + 40, map);
    store_le32(to + 48, m->memory.count);
    for (unsigned i = first; i < 2; i++) {      /* address, bytes, command line, 0 */
        store_le64(to + 0x100 + (i - first) * 32, module[i][0]);
        store_le64(to + 0x100 + (i - first) * 32 + 8, module[i][1]);
    }
    for (unsigned i = 0; i < m->memory.count; i++) {    /* address, bytes, type, 0 */
        store_le64(to + 0x200 + i * 24, m->memory.region[i].base);
        store_le64(to + 0x200 + i * 24 + 8, m->memory.region[i].bytes);
        store_le32(to + 0x200 + i * 24 + 16, PVH_RAM);
    }
    m->boot = info;
    return true;
}

/* ---- All of it ------------------------------------------------------------------------------ */

bool loader_load(struct machine *m, const struct options *o, const struct image *image)
{
    const struct guest_region *low = &m->memory.region[0];
    uint64_t block = (low->base + low->bytes - BLOCK) & ~(BLOCK - 1);
    uint64_t kernel_end = 0, free_end = block;

    if (!load_kernel(m, o->kernel, image, &kernel_end))
        return false;
    if (o->initrd != NULL && !load_initrd(m, o->initrd, block))
        return false;
    if (m->initrd_bytes != 0)
        free_end = m->initrd;
    if (kernel_end > free_end) {
        say("kernel, initrd and device tree do not fit into %llu MiB: give the guest more with "
            "--mem", (unsigned long long)(o->memory >> 20));
        return false;
    }
    if (!load_tree(m, o, block + TREE_AT))
        return false;
    m->boot = block + TREE_AT;
    return m->map->arch != ARCH_X86_64 || put_start_info(m, o, block);
}
