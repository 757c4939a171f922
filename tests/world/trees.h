/* Device trees: what the machine made from one must hold, and what a damaged one
 * must not do. Trees are written here, node by node, or are the stage's own, cut short
 * and scribbled on. No device is touched. */
#ifndef TREES_H
#define TREES_H

#include "tests/world/scenarios.h"

#include <stdlib.h>

/* ---- a writer of trees (Devicetree Specification, chapter 5) ---- */

static struct {
    uint32_t word[4096];
    unsigned words;
    char strings[1024];
    unsigned string_bytes;
    uint32_t blob[8192];
} t;

static uint32_t big(uint32_t v)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? v : __builtin_bswap32(v);
}

static void put(uint32_t v)
{
    t.word[t.words++] = big(v);
}

static void put_bytes(const void *bytes, unsigned count)
{
    memset(&t.word[t.words], 0, (count + 3) / 4 * 4);
    memcpy(&t.word[t.words], bytes, count);
    t.words += (count + 3) / 4;
}

static void node(const char *name)
{
    put(1);
    put_bytes(name, (unsigned)strlen(name) + 1);
}

static void end(void)
{
    put(2);
}

static void property(const char *name, const void *value, unsigned bytes)
{
    unsigned at = 0;

    while (at < t.string_bytes && strcmp(t.strings + at, name))
        at += (unsigned)strlen(t.strings + at) + 1;
    if (at == t.string_bytes) {
        strcpy(t.strings + at, name);
        t.string_bytes += (unsigned)strlen(name) + 1;
    }
    put(3);
    put(bytes);
    put(at);
    put_bytes(value, bytes);
}

static void text(const char *name, const char *value)
{
    property(name, value, (unsigned)strlen(value) + 1);
}

static void cells(const char *name, unsigned count, const uint32_t *values)
{
    uint32_t copy[64];
    unsigned i;

    for (i = 0; i < count; i++)
        copy[i] = big(values[i]);
    property(name, copy, 4 * count);
}

#define CELLS(name, ...) \
    cells(name, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (const uint32_t[]){__VA_ARGS__})

static void begin_tree(void)
{
    memset(&t, 0, sizeof t);
    node("");
    CELLS("#address-cells", 2);
    CELLS("#size-cells", 2);
}

/* Header, memory reservations (none), structure, strings. */
static const void *finish_tree(void)
{
    const uint32_t structure = 56, strings = structure + 4 * (t.words + 1);
    const uint32_t total = strings + t.string_bytes;
    const uint32_t header[10] = {0xd00dfeed, total, structure, strings, 40, 17, 16, 0,
                                 t.string_bytes, 4 * (t.words + 1)};
    unsigned i;

    put(9);
    for (i = 0; i < 10; i++)
        t.blob[i] = big(header[i]);
    memcpy((char *)t.blob + structure, t.word, 4 * t.words);
    memcpy((char *)t.blob + strings, t.strings, t.string_bytes);
    return t.blob;
}

static void slot(const char *name, uint32_t address)
{
    node(name);
    text("compatible", "virtio,mmio");
    CELLS("reg", 0, address, 0, 0x200);
    end();
}

/* ---- good trees ---- */

static vb_machine *machine_of(void *argument, int expected)
{
    stage *s = argument;
    vb_machine *m = stage_begin(s);

    need_code(vb_machine_from_dtb(m, finish_tree()), expected);
    return m;
}

static void slots_ascend(void *argument)
{
    vb_machine *m;

    begin_tree();
    slot("c@3000", 0x3000);
    slot("a@1000", 0x1000);
    slot("d@4000", 0x4000);
    slot("b@2000", 0x2000);
    end();
    m = machine_of(argument, VB_OK);
    need(m->slots == 4 && m->slot[0] == 0x1000 && m->slot[1] == 0x2000 && m->slot[2] == 0x3000 &&
         m->slot[3] == 0x4000, "%u slots, the first at %#llx", m->slots, (unsigned long long)m->slot[0]);
    need(m->ecam == 0 && m->windows == 0, "no PCI");
}

static void too_many_slots(void *argument)
{
    vb_machine *m;
    unsigned i;

    begin_tree();
    for (i = 0; i < VB_SLOTS + 3; i++)
        slot("s", 0x1000 * (i + 1));
    end();
    m = machine_of(argument, VB_OK);
    need(m->slots == VB_SLOTS && m->slot[VB_SLOTS - 1] == 0x1000 * VB_SLOTS, "%u slots", m->slots);
    need(world_traced("VB_SLOTS") == 3, "those left out are named");
}

static void status_counts(void *argument)
{
    static const struct {
        const char *status;
        int used;
    } rows[] = {{"okay", 1}, {"ok", 1}, {"disabled", 0}, {"fail", 0}, {"fail-sss", 0}, {"", 0}, {"reserved", 0}};
    vb_machine *m;
    unsigned i, used = 0;

    begin_tree();
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        node("slot");
        text("compatible", "virtio,mmio");
        CELLS("reg", 0, 0x1000 * (i + 1), 0, 0x200);
        text("status", rows[i].status);
        end();
        used += (unsigned)rows[i].used;
    }
    node("bus");                        /* what is below is left out as well */
    CELLS("#address-cells", 2);
    CELLS("#size-cells", 2);
    text("status", "disabled");
    slot("in", 0x90000);
    node("deeper");
    text("status", "okay");
    slot("in", 0x91000);
    end();
    end();
    slot("after", 0x92000);
    end();
    m = machine_of(argument, VB_OK);
    need(m->slots == used + 1, "%u slots, %u expected", m->slots, used + 1);
    need(m->slot[used] == 0x92000, "what follows a disabled bus is seen again");
}

static void cells_are_the_parents(void *argument)
{
    static const struct {
        uint32_t address, size;
    } rows[] = {{1, 1}, {1, 2}, {2, 1}, {2, 2}, {3, 2}, {1, 0}, {2, 0}};
    vb_machine *m;
    unsigned i, k;

    begin_tree();
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t reg[8] = {0};

        node("bus");
        CELLS("#address-cells", rows[i].address);
        CELLS("#size-cells", rows[i].size);
        node("slot");
        text("compatible", "virtio,mmio");
        reg[rows[i].address - 1] = 0x1000 * (i + 1);
        reg[rows[i].address + (rows[i].size ? rows[i].size - 1 : 0)] = 0x200;
        cells("reg", rows[i].address + rows[i].size, reg);
        end();
        end();
    }
    end();
    m = machine_of(argument, VB_OK);
    need(m->slots == 5, "%u slots: those without a size are none", m->slots);
    for (k = 0; k < 5; k++)
        need(m->slot[k] == 0x1000 * (k + 1), "slot %u at %#llx", k, (unsigned long long)m->slot[k]);
}

static void pci_host(uint32_t at)
{
    node("pcie");
    CELLS("#address-cells", 3);
    CELLS("#size-cells", 2);
    property("compatible", "some,host\0pci-host-ecam-generic", 32);
    CELLS("reg", 0x40, at, 0, 0x10000000);
    CELLS("bus-range", 2, 0xff);
    CELLS("ranges", 0x01000000, 0, 0, 0, 0x3eff0000, 0, 0x10000,          /* I/O */
          0x02000000, 0, 0x20000000, 0, 0x10000000, 0, 0x1000000,         /* 32 bits */
          0x43000000, 0x80, 0, 0x81, 0, 0x80, 0);                         /* 64, prefetchable */
    end();
}

static void a_host_and_its_windows(void *argument)
{
    vb_machine *m;

    begin_tree();
    pci_host(0x10000000);
    pci_host(0x20000000);
    end();
    m = machine_of(argument, VB_OK);
    need(m->ecam == 0x4010000000 && m->first_bus == 2 && m->buses, "ECAM at %#llx, bus %u, %u of them",
         (unsigned long long)m->ecam, m->first_bus, m->buses);
    need(m->windows == 2, "%u windows", m->windows);
    need(m->window[0].pci == 0x20000000 && m->window[0].cpu == 0x10000000 &&
         m->window[0].size == 0x1000000 && !m->window[0].prefetchable, "the 32-bit window");
    need(m->window[1].pci == 0x8000000000 && m->window[1].cpu == 0x8100000000 &&
         m->window[1].size == 0x8000000000 && m->window[1].prefetchable, "the 64-bit window");
    need(world_traced("another PCI host") == 1, "the second host is named");
}

static void the_walker_is_yours(void *argument)
{
    vb_dtb tree;
    vb_node n;
    const void *value;
    uint32_t bytes;
    uint64_t address, size;
    unsigned nodes = 0;

    stage_begin(argument);
    begin_tree();
    node("memory@80000000");
    text("device_type", "memory");
    put(4);                             /* NOP, between properties */
    CELLS("reg", 0, 0x80000000, 0, 0x1000, 1, 0, 0, 0x2000);
    end();
    put(4);
    node("chosen");
    text("bootargs", "exit");
    property("empty", "", 0);
    end();
    end();
    need_ok(vb_dtb_open(&tree, finish_tree()));
    while (vb_dtb_next(&tree, &n) == 1) {
        nodes++;
        if (n.depth == 1 && strcmp(n.name, "memory@80000000") == 0) {
            need(vb_node_reg(&n, 0, &address, &size) && address == 0x80000000 && size == 0x1000, "reg 0");
            need(vb_node_reg(&n, 1, &address, &size) && address == 0x100000000 && size == 0x2000, "reg 1");
            need(!vb_node_reg(&n, 2, &address, &size), "no reg 2");
            need(!vb_node_reg(&n, 0x40000000, &address, &size), "no reg far away");
            need(!vb_node_is(&n, "memory"), "compatible with nothing");
        } else if (n.depth == 1) {
            need(vb_node_property(&n, "bootargs", &value, &bytes) && bytes == 5 &&
                 strcmp(value, "exit") == 0, "bootargs");
            need(vb_node_property(&n, "empty", &value, &bytes) && bytes == 0, "an empty property");
            need(!vb_node_property(&n, "boot", &value, &bytes), "a part of a name is no name");
            need(!vb_node_property(&n, "bootargs2", &value, &bytes), "nor is more");
        }
    }
    need(nodes == 3, "%u nodes", nodes);
}

/* ---- trees that break the rules ---- */

static void nested(unsigned depth)
{
    unsigned i;

    begin_tree();
    for (i = 1; i < depth; i++)
        node("in");
    for (i = 0; i < depth; i++)
        end();
}

static void depth_is_bounded(void *argument)
{
    nested(VB_DTB_DEPTH);
    machine_of(argument, VB_OK);
    nested(VB_DTB_DEPTH + 1);
    machine_of(argument, VB_E_DTB);
    nested(500);
    machine_of(argument, VB_E_DTB);
}

static void nodes_must_end(void *argument)
{
    begin_tree();
    machine_of(argument, VB_E_DTB);     /* the root is still open */
    begin_tree();
    end();
    end();
    machine_of(argument, VB_E_DTB);     /* closed twice */
    begin_tree();
    node("slot");
    put(7);                             /* no token */
    end();
    end();
    machine_of(argument, VB_E_DTB);
}

static void absurd_cells(void *argument)
{
    static const uint32_t rows[] = {5, 16, 255, 256, 0xffffffff};
    unsigned i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        vb_machine *m;

        begin_tree();
        node("bus");
        CELLS("#address-cells", rows[i]);
        CELLS("#size-cells", rows[i]);
        slot("s", 0x1000);
        end();
        end();
        m = stage_begin(argument);
        need(vb_machine_from_dtb(m, finish_tree()) == VB_E_DTB || m->slots == 0,
             "#address-cells %u: %u slots", rows[i], m->slots);
    }
}

static void headers(void *argument)
{
    static const struct {
        const char *name;
        unsigned word;
        uint32_t value;
    } rows[] = {
        {"another magic", 0, 0xd00dfeec}, {"no size", 1, 0}, {"a size below the header", 1, 39},
        {"structure beyond", 2, 0x100000}, {"structure at an odd place", 2, 57},
        {"structure at the end of memory", 2, 0xfffffffc}, {"strings beyond", 3, 0x7fffffff},
        {"strings wrap", 8, 0xffffffff}, {"version 1", 5, 1}, {"only for version 18", 6, 18},
        {"a structure of no bytes", 9, 0}, {"a structure that wraps", 9, 0xfffffffc},
    };
    unsigned i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        vb_machine *m = stage_begin(argument);
        int code;

        begin_tree();
        slot("s", 0x1000);
        end();
        finish_tree();
        t.blob[rows[i].word] = big(rows[i].value);
        code = vb_machine_from_dtb(m, t.blob);
        need(code == VB_E_DTB, "%s: %s", rows[i].name, vb_error_name(code));
        code = vb_machine_from_dtb(m, (char *)finish_tree() + 1);
        need(code == VB_E_DTB, "a tree at an odd address: %s", vb_error_name(code));
    }
}

/* ---- the stage's tree, cut and scribbled on ---- */

static uint32_t header_word(const void *tree, unsigned n)
{
    uint32_t v;

    memcpy(&v, (const char *)tree + 4 * n, 4);
    return big(v);
}

/* A copy without the empty space behind it, in a block of exactly its size, so
 * that ASan sees a step too far. */
static unsigned char *copy_of(const void *tree, uint32_t *bytes)
{
    const uint32_t strings = header_word(tree, 3) + header_word(tree, 8);
    const uint32_t structure = header_word(tree, 2) + header_word(tree, 9);
    unsigned char *copy;

    *bytes = strings > structure ? strings : structure;
    copy = malloc(*bytes);
    need(copy != NULL && *bytes < 65536, "a tree of %u bytes", *bytes);
    memcpy(copy, tree, *bytes);
    *(uint32_t *)(void *)(copy + 4) = big(*bytes);
    return copy;
}

static void walk_all(const void *tree)
{
    vb_dtb walk;
    vb_node n;
    const void *value;
    uint32_t bytes;
    uint64_t address, size;
    unsigned turns = 0;

    if (vb_dtb_open(&walk, tree))
        return;
    while (vb_dtb_next(&walk, &n) == 1) {
        need(++turns < 20000, "a walk without end");
        (void)vb_node_property(&n, "reg", &value, &bytes);
        (void)vb_node_property(&n, "", &value, &bytes);
        (void)vb_node_is(&n, "virtio,mmio");
        (void)vb_node_reg(&n, turns % 3, &address, &size);
    }
}

static void cut_short(void *argument)
{
    stage *s = argument;
    uint32_t bytes, cut;
    unsigned char *whole = copy_of(s->dtb, &bytes);

    for (cut = 40; cut < bytes; cut += 1 + cut / 64) {
        vb_machine *m = stage_begin(s);
        unsigned char *part = malloc(cut);

        memcpy(part, whole, cut);
        *(uint32_t *)(void *)(part + 4) = big(cut);
        need_code(vb_machine_from_dtb(m, part), VB_E_DTB);
        walk_all(part);
        free(part);
    }
    free(whole);
}

static void scribbled_on(void *argument)
{
    static const uint32_t favourites[] = {0, 1, 2, 3, 4, 9, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff};
    stage *s = argument;
    uint32_t bytes;
    unsigned char *tree = copy_of(s->dtb, &bytes);
    vb_machine *m = stage_begin(s);
    unsigned round, i;

    for (round = 0; round < 20000; round++) {
        unsigned char *copy = copy_of(s->dtb, &bytes);
        const unsigned hits = 1 + world_random(4);

        world_random_seed(round);
        for (i = 0; i < hits; i++) {
            uint32_t *word = (uint32_t *)(void *)copy + world_random(bytes / 4);

            if (world_random(8) == 0)
                word = (uint32_t *)(void *)copy + 2 + world_random(8);      /* the header */
            if (word == (uint32_t *)(void *)copy + 1)
                continue;               /* its size is what the block holds */
            *word = world_random(2) ? big(favourites[world_random(10)]) : world_random(0);
        }
        (void)vb_machine_from_dtb(m, copy);
        walk_all(copy);
        free(copy);
        world_forget();
    }
    free(tree);
}

static const scenario trees[] = {
    {"slots are kept in ascending order", slots_ascend},
    {"more slots than there is room for", too_many_slots},
    {"a node's status is honoured, and its bus's", status_counts},
    {"reg is read in the parent's cells", cells_are_the_parents},
    {"a PCI host, its buses and windows; the second is named", a_host_and_its_windows},
    {"the walker reads names, properties and reg", the_walker_is_yours},
    {"nesting is bounded", depth_is_bounded},
    {"nodes must end, and only once", nodes_must_end},
    {"absurd numbers of cells", absurd_cells},
    {"headers that can't be", headers},
    {"a machine's tree, cut short", cut_short},
    {"a machine's tree, scribbled on 20,000 times", scribbled_on},
};

static void as_it_is(stage *s, vb_machine *m)
{
    (void)s;
    (void)m;
}

#endif
