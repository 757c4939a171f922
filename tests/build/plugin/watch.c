/* watch.c - a TCG plugin for QEMU that writes down every register access of an arm64 guest.

       qemu-system-aarch64 ... -plugin out/watch.so,out=FILE[,settle=MS][,stop=N][,without=FROM-TO]

   One line for each access outside RAM, in the order of the program:

       read  4 0x000000000a003e00 plain    insns=31245 pc=0x40200a10 anon
       write 2 0x0000000010003000 plain    insns=41977 pc=0x40200f64 virtio-pci-notify-virtio-gpu
       mark  81 insns=42110
       end   insns=2401533

   - the width in bytes and the physical address;
   - the form of the instruction. Only `plain` (one general register, the address in a base
     register, nothing added, nothing written back) is sure to be emulated by every hypervisor:
     the others come without a syndrome, or not with every one (table `forms`);
   - how many instructions the guest had executed before this one;
   - the region's name in QEMU, by which a script knows the device.

   `mark` is the instruction `hint #N` with N from 0x50 to 0x7f, which does nothing on any CPU: the
   guest's way of saying "here".

   settle=MS lets the guest's CPU rest so long after each doorbell. QEMU then has worked off the
   queue before the guest looks, so no turn of a waiting loop is in the count, and two runs give
   the same figures.

   stop=N ends QEMU at mark N, for guests that do not power off.

   without=FROM-TO leaves the instructions between two addresses out of the count: the caller's own,
   say, where only what it calls is of interest.

   Debian ships no qemu-plugin.h, so what is used of it is declared here. PLUGIN_API is the version
   of that interface: 1 up to QEMU 8, 2 in 9.0, 3 later (not run yet with 2). */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- The plugin interface ----------------------------------------------------------------- */

#ifndef PLUGIN_API
#define PLUGIN_API 1
#endif
#define EXPORT __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
enum { NO_REGISTERS = 0, READS_AND_WRITES = 3 };

typedef void on_translation(plugin_id, struct qemu_plugin_tb *);
typedef void on_instruction(unsigned cpu, void *user);
typedef void on_memory(unsigned cpu, uint32_t info, uint64_t address, void *user);
typedef void on_exit_of_qemu(plugin_id, void *user);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, on_translation *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, on_instruction *, int, void *);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, on_memory *, int, int, void *);
void qemu_plugin_register_atexit_cb(plugin_id, on_exit_of_qemu *, void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
#if PLUGIN_API >= 3
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *, void *, size_t);
#else
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
#endif
unsigned qemu_plugin_mem_size_shift(uint32_t);
bool qemu_plugin_mem_is_store(uint32_t);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t, uint64_t);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *);
const char *qemu_plugin_hwaddr_device_name(const struct qemu_plugin_hwaddr *);

EXPORT int qemu_plugin_version = PLUGIN_API;
EXPORT int qemu_plugin_install(plugin_id, const void *, int, char **);

/* ---- The form of a load or store ----------------------------------------------------------- */

static const struct {
    uint32_t    mask, value;
    const char *name;
} forms[] = {
    { 0x0e000000, 0x0c000000, "vector" },       /* ldr q0, [x1]; ldp s0, s1, [x1]       */
    { 0x3f3ffc00, 0x39000000, "plain" },        /* ldr w0, [x1]                         */
    { 0x3f000000, 0x39000000, "offset" },       /* ldr w0, [x1, #4]                     */
    { 0x3f200c00, 0x38000000, "unscaled" },     /* ldur w0, [x1, #-4]                   */
    { 0x3f200c00, 0x38000400, "writeback" },    /* ldr w0, [x1], #4                     */
    { 0x3f200c00, 0x38000c00, "writeback" },    /* ldr w0, [x1, #4]!                    */
    { 0x3f200c00, 0x38000800, "unprivileged" }, /* ldtr w0, [x1]                        */
    { 0x3f200c00, 0x38200800, "register" },     /* ldr w0, [x1, x2]                     */
    { 0x3f200c00, 0x38200000, "atomic" },       /* ldadd w0, w2, [x1]                   */
    { 0x3a000000, 0x28000000, "pair" },         /* ldp w0, w2, [x1]                     */
    { 0x3f000000, 0x08000000, "ordered" },      /* ldar w0, [x1]; ldxr w0, [x1]         */
    { 0x3b000000, 0x18000000, "literal" },      /* ldr w0, label                        */
};

static const char *form_of(uint32_t opcode) {
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if ((opcode & forms[i].mask) == forms[i].value) { return forms[i].name; }
    }
    return "other";
}

/* hint #N, N from 0x50 to 0x7f; 0 for every other instruction. */
static unsigned mark_of(uint32_t opcode) {
    unsigned n = opcode >> 5 & 0x7f;
    return (opcode & 0xfffff01f) == 0xd503201f && n >= 0x50 ? n : 0;
}

/* ---- What the guest does -------------------------------------------------------------------- */

static FILE    *out;
static uint64_t insns;
static unsigned settle_ms, stop_at;
static uint64_t left_out_from, left_out_to;

static bool is_doorbell(const char *region, uint64_t address) {
    bool slot = address >= 0x0a000000 && address < 0x0a004000; /* virtio-mmio of QEMU's virt */
    return strstr(region, "virtio-pci-notify") || (slot && (address & 0x1ff) == 0x50);
}

/* What an instruction is does not change, so both words travel in the callback's one pointer. */
static void *pack(uint64_t pc, uint32_t opcode) {
    return (void *)(uintptr_t)((pc & 0xffffffff) << 32 | opcode);
}

static void finish(void) {
    fprintf(out, "end   insns=%" PRIu64 "\n", insns);
    fclose(out);
}

static void count(unsigned cpu, void *user) {
    (void)cpu;
    (void)user;
    insns++;
}

static void pass_mark(unsigned cpu, void *user) {
    unsigned mark = (unsigned)(uintptr_t)user;
    (void)cpu;
    fprintf(out, "mark  %u insns=%" PRIu64 "\n", mark, insns);
    if (mark == stop_at) {
        finish();
        _exit(0);
    }
}

static void access_to(unsigned cpu, uint32_t info, uint64_t address, void *packed) {
    struct qemu_plugin_hwaddr *where = qemu_plugin_get_hwaddr(info, address);
    uint64_t    pc    = (uintptr_t)packed >> 32;
    uint32_t    opcode = (uint32_t)(uintptr_t)packed;
    bool        store = qemu_plugin_mem_is_store(info);
    const char *region;
    (void)cpu;
    if (!where || !qemu_plugin_hwaddr_is_io(where)) { return; }
    region  = qemu_plugin_hwaddr_device_name(where);
    address = qemu_plugin_hwaddr_phys_addr(where);
    fprintf(out, "%-5s %u 0x%016" PRIx64 " %-8s insns=%" PRIu64 " pc=0x%" PRIx64 " %s\n",
            store ? "write" : "read", 1u << qemu_plugin_mem_size_shift(info), address,
            form_of(opcode), insns - 1, pc, region);
    if (store && settle_ms && is_doorbell(region, address)) { usleep(settle_ms * 1000); }
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb) {
    (void)id;
    for (size_t i = 0, n = qemu_plugin_tb_n_insns(tb); i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t pc = qemu_plugin_insn_vaddr(insn);
        uint32_t opcode = 0;
#if PLUGIN_API >= 3
        qemu_plugin_insn_data(insn, &opcode, sizeof opcode);
#else
        memcpy(&opcode, qemu_plugin_insn_data(insn), sizeof opcode);
#endif
        if (mark_of(opcode)) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, pass_mark, NO_REGISTERS,
                                                   (void *)(uintptr_t)mark_of(opcode));
        }
        if (pc < left_out_from || pc >= left_out_to) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, count, NO_REGISTERS, NULL);
        }
        qemu_plugin_register_vcpu_mem_cb(insn, access_to, NO_REGISTERS, READS_AND_WRITES,
                                         pack(pc, opcode));
    }
}

static void finished(plugin_id id, void *user) {
    (void)id;
    (void)user;
    finish();
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "out=", 4)) { out = fopen(argv[i] + 4, "w"); }
        else if (!strncmp(argv[i], "settle=", 7)) { settle_ms = (unsigned)atoi(argv[i] + 7); }
        else if (!strncmp(argv[i], "stop=", 5)) { stop_at = (unsigned)atoi(argv[i] + 5); }
        else if (!strncmp(argv[i], "without=", 8)) {
            char *to;
            left_out_from = strtoull(argv[i] + 8, &to, 0);
            left_out_to = *to == '-' ? strtoull(to + 1, NULL, 0) : 0;
        } else { fprintf(stderr, "watch: unknown argument %s\n", argv[i]); return -1; }
    }
    if (!out) { fprintf(stderr, "watch: out=FILE is missing or cannot be written\n"); return -1; }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
