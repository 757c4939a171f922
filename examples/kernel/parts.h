/* parts.h - of what the platform.c and trap.c of each CPU are made: what they would all repeat
 *
 *     tree.c     what the boot loader told: RAM, boot arguments, initrd
 *     map.c      page tables of 512 entries, in which every address stays what it is
 *     fault.c    where a kernel that faulted says its last words
 *
 * Below are the machine's and the CPU's sides of each. */
#ifndef PARTS_H
#define PARTS_H

#include "kernel.h"

/* From link.ld: the image, and the page below the stack that nobody may touch. */
extern char _start[], _end[], _guard[];

/* ---- tree.c: what the boot loader told ------------------------------------------------------- */

typedef struct extent {
    uint64_t start, size;
} extent;

typedef struct boot_words {
    const void *boot;                   /* what was handed over */
    const void *tree;                   /* the device tree, if there is one */
    const char *bootargs;
    extent   ram[8], initrd;
    uint32_t rams;
    uint32_t complete;                  /* all of it was read */
} boot_words;

extern boot_words told;

/* Reads the tree, and shows each node to `look`. No tree that can be read: says so, with the name
 * of the register that should have held its address, and stops. */
void tree_read(const void *boot, const char *in_register, void (*look)(const vb_node *));

const char *tree_text(const vb_node *n, const char *name);      /* a property; "" without */
uint64_t    tree_number(const vb_node *n, const char *name);    /* of one cell or two; or 0 */
int         starts_with(const char *text, const char *beginning);

/* Prints where image, tree and RAM lie, and what of that cannot be right. */
void told_print(void);

/* ---- map.c: page tables ---------------------------------------------------------------------- */

enum { MAP_NOTHING, MAP_MEMORY, MAP_DEVICE };

/* All RAM as memory, the rest as device, and nothing at the null pointer and below the stack. An
 * entry of the first table covers 1 << top bytes, a block at most 1 << largest, and addresses end
 * at `reach`. Returns the first table. */
const uint64_t *map_make(uint32_t top, uint32_t largest, uint64_t reach);
int             map_is_full(void);      /* the tables did not suffice */

/* Later: what is not mapped there becomes device. 1, or 0. Enough for CPUs that never remember that
 * nothing was mapped, such as x86_64's. */
int             map_device(uint64_t address, uint32_t bytes);

/* The CPU's side, in its platform.c: what an entry looks like that covers 1 << shift bytes. */
uint64_t  entry_block(uint64_t address, uint32_t kind, uint32_t shift);
uint64_t  entry_part(uint64_t block, uint64_t offset, uint32_t shift);  /* a part of that block */
uint64_t  entry_table(const uint64_t *table);
uint64_t *entry_points_to(uint64_t entry);              /* a table, or 0: it is none */

/* ---- fault.c: last words --------------------------------------------------------------------- */

typedef struct frame frame;             /* the registers, as trap.c keeps them */

/* Calls the CPU's fault_print with the first way that works, and stops. */
__attribute__((used)) void fault_tell(const frame *f, uint64_t kind);   /* used: by assembly */
void fault_print(sink *to, const frame *f, uint64_t kind);

/* Why nothing is mapped at this address. */
const char *fault_unmapped(uint64_t address);

#endif
