/* tables.h - page tables for the recipes that are not content with start.S's map: 39 bits of
   address, a table of 512 blocks of 1 GB, and below an entry of it 2 MB and 4 KB. */

#define GB          0x40000000ull
#define BLOCK       1ull
#define TABLE       3ull                    /* and, on the last level: a page */
#define NORMAL      0x704ull                /* write-back, inner-shareable */
#define DEVICE      (0x400ull | 3ull << 53) /* never cached, never executed */
#define TCR         (25ull | 1u << 8 | 1u << 10 | 3u << 12 | 1u << 23)

typedef uint64_t page_table[512] __attribute__((aligned(4096)));

void mmu_switch(const void *tables, uint64_t tcr);  /* start.S */

/* Tables are written while the MMU knows nothing of them; make them visible to it. */
static inline void tables_changed(void) {
    __asm__ volatile("dsb sy\n tlbi vmalle1\n dsb sy\n isb" : : : "memory");
}
