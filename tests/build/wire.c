/* wire.c - rings, requests and device tree on any CPU, big-endian ones among them.

   A program without libc that runs under qemu-user. Behind the header's register hooks stand a
   console and a gpu, written for this test from the specification: all that they share with the
   driver is bytes in memory, and they read and write those bytes one by one, low byte first. So a
   number that the driver stored in its CPU's order would be seen.

   tree.h, made by test_wire.sh with dtc from wire.dts, holds `static const unsigned char tree[]`. */

#include <stddef.h>
#include <stdint.h>

static uint32_t fake_read(uintptr_t address);
static void     fake_write(uintptr_t address, uint32_t value);

/* The hooks pass raw bytes, as a load or store of the CPU would. */
static uint32_t raw(uint32_t value) {
    union { uint8_t bytes[4]; uint32_t word; } u;
    for (int i = 0; i < 4; i++) u.bytes[i] = (uint8_t)(value >> 8 * i);
    return u.word;
}
#define VB_READ8(a)     ((void)(a), (uint8_t)0xff)   /* only virtio-pci has such registers */
#define VB_READ16(a)    ((void)(a), (uint16_t)0xffff)
#define VB_READ32(a)    raw(fake_read(a))
#define VB_WRITE8(a, v)  ((void)(a), (void)(v))
#define VB_WRITE16(a, v) ((void)(a), (void)(v))
#define VB_WRITE32(a, v) fake_write(a, raw(v))
#define VB_TICKS() ((uint64_t)0)

#define VIRTIO_BARE_IMPLEMENTATION
#include "virtio_bare.h"
#include "tree.h"

/* ---- Bytes, low one first ------------------------------------------------------------------- */

static uint32_t get(const uint8_t *p, unsigned bytes) {
    uint32_t v = 0;
    while (bytes--) v = v << 8 | p[bytes];
    return v;
}
static void put(uint8_t *p, unsigned bytes, uint32_t v) {
    for (; bytes--; v >>= 8) *p++ = (uint8_t)v;
}
static uint8_t *pointer(const uint8_t *p) { /* 8 bytes that hold an address */
    return (uint8_t *)(uintptr_t)((uint64_t)get(p + 4, 4) << 32 | get(p, 4));
}

/* ---- Two devices on virtio-mmio [4.2.2] -------------------------------------------------------- */

enum { CONSOLE = 3, GPU = 16, CONSOLE_AT = 0x10001000, GPU_AT = 0x10002000, SLOT = 0x200 };

typedef struct fake_queue {
    uint32_t size, ready, done;         /* done: how many requests were answered */
    uint8_t  address[3][8];             /* descriptors, available, used */
} fake_queue;

typedef struct fake {
    uint32_t   type, base, status, selected_features, accepted[2], selected;
    fake_queue queue[2];
} fake;

static fake devices[2] = { { CONSOLE, CONSOLE_AT, 0, 0, { 0, 0 }, 0, { { 0, 0, 0, { { 0 } } } } },
                           { GPU, GPU_AT, 0, 0, { 0, 0 }, 0, { { 0, 0, 0, { { 0 } } } } } };

static uint8_t  heard[64];              /* what the console was sent last */
static uint32_t heard_bytes;
static uint8_t  request[16][64];        /* the gpu's requests since the last look */
static uint32_t requests;

/* What the gpu answers; bytes written. */
static uint32_t gpu_answers(const uint8_t *in, uint32_t in_bytes, uint8_t *out) {
    if (requests < 16)
        for (uint32_t i = 0; i < 64; i++) request[requests][i] = i < in_bytes ? in[i] : 0;
    requests++;
    for (uint32_t i = 0; i < 24; i++) out[i] = in[i];       /* flags, fence, context go back */
    put(out, 4, 0x1100);                                    /* OK_NODATA */
    if (get(in, 4) != 0x0100) return 24;
    put(out, 4, 0x1101);                                    /* OK_DISPLAY_INFO */
    for (uint32_t i = 24; i < 408; i++) out[i] = 0;
    put(out + 24 + 8, 4, 320);                              /* one display, 320x200, on */
    put(out + 24 + 12, 4, 200);
    put(out + 24 + 16, 4, 1);
    return 408;
}

/* Work off what is available in a queue; `typed` fills receive buffers instead. */
static void serve(fake *d, uint32_t index, const char *typed) {
    fake_queue *q = &d->queue[index];
    uint8_t *desc = pointer(q->address[0]), *avail = pointer(q->address[1]);
    uint8_t *used = pointer(q->address[2]);

    while ((uint16_t)get(avail + 2, 2) != (uint16_t)q->done) {
        uint32_t head = get(avail + 4 + 2 * (q->done & (q->size - 1)), 2), at = head, in_bytes = 0;
        uint32_t written = 0, flags;
        uint8_t  in[256], out[408], *to = out;
        if (d->type == CONSOLE && index == 0 && !*typed) return;
        do {
            uint8_t *entry = desc + 16 * at, *data = pointer(entry);
            uint32_t bytes = get(entry + 8, 4);
            flags = get(entry + 12, 2);
            if (flags & 2) {
                if (d->type == GPU) written = gpu_answers(in, in_bytes, out);
                else for (; *typed && written < bytes; written++) out[written] = (uint8_t)*typed++;
                for (uint32_t i = 0; i < written && i < bytes; i++) data[i] = *to++;
            } else {
                for (uint32_t i = 0; i < bytes && in_bytes < sizeof in; i++) in[in_bytes++] = data[i];
            }
            at = get(entry + 14, 2);
        } while (flags & 1);
        if (d->type == CONSOLE && index == 1) {
            heard_bytes = in_bytes;
            for (uint32_t i = 0; i < in_bytes && i < sizeof heard; i++) heard[i] = in[i];
        }
        put(used + 4 + 8 * (q->done & (q->size - 1)), 4, head);
        put(used + 8 + 8 * (q->done & (q->size - 1)), 4, written);
        put(used + 2, 2, ++q->done);
    }
}

static fake *device_at(uintptr_t address) {
    if (address - CONSOLE_AT < SLOT) return &devices[0];
    return address - GPU_AT < SLOT ? &devices[1] : NULL;
}

static uint32_t fake_read(uintptr_t address) {
    fake *d = device_at(address);
    if (!d) return 0xffffffff;                              /* the PCI host's empty bus */
    switch (address % SLOT) {
    case 0x000: return 0x74726976;                          /* "virt" */
    case 0x004: return 2;
    case 0x008: return d->type;
    case 0x010: return d->selected_features;                /* word 1, bit 0: VERSION_1 */
    case 0x034: return d->selected < 2 ? 16 : 0;
    case 0x044: return d->queue[d->selected & 1].ready;
    case 0x070: return d->status;
    case 0x108: return d->type == GPU;                      /* num_scanouts */
    default: return 0;
    }
}

static void fake_write(uintptr_t address, uint32_t value) {
    fake       *d = device_at(address);
    uint32_t    reg = (uint32_t)(address % SLOT);
    fake_queue *q;
    if (!d) return;
    q = &d->queue[d->selected & 1];
    switch (reg) {
    case 0x014: d->selected_features = value; break;
    case 0x024: d->selected = value; break;                 /* which half 0x020 writes */
    case 0x020: d->accepted[d->selected & 1] = value; break;
    case 0x030: d->selected = value; break;
    case 0x038: q->size = value; break;
    case 0x044: q->ready = value; break;
    case 0x050: if (d->queue[value & 1].ready) serve(d, value & 1, ""); break;
    case 0x070:
        d->status = value;
        if (value == 0) d->queue[0].ready = d->queue[1].ready = 0;
        if (value == 0) d->queue[0].done = d->queue[1].done = 0;
        break;
    default:
        if (reg >= 0x80 && reg < 0xb0) put(&q->address[(reg - 0x80) / 16][reg % 16], 4, value);
        break;
    }
}

/* ---- What must come out ------------------------------------------------------------------------ */

static vb_machine machine;
static vb_console console;
static vb_gpu     gpu;
static uint32_t   pixels[320 * 200];

#define EXPECT(truth) do { if (!(truth)) return __LINE__; } while (0)

static int heard_is(const char *text) {
    uint32_t i = 0;
    while (text[i] && i < heard_bytes && heard[i] == (uint8_t)text[i]) i++;
    return !text[i] && i == heard_bytes;
}

static int check_tree(void) {
    vb_dtb      walk;
    vb_node     node;
    const void *value;
    uint32_t    bytes = 0, nodes = 0, disabled = 0;
    EXPECT(vb_dtb_open(&walk, tree) == VB_OK);
    while (vb_dtb_next(&walk, &node) == 1) {
        uint64_t address, size;
        nodes++;
        if (vb_node_is(&node, "not,used")) disabled++;
        if (!vb_node_is(&node, "test,regs")) continue;
        EXPECT(vb_node_reg(&node, 1, &address, &size) == 1);
        EXPECT(address == 0x1122334455667788u && size == 0x99aabbccu);
        EXPECT(vb_node_reg(&node, 2, &address, &size) == 0);
        EXPECT(vb_node_property(&node, "cell", &value, &bytes) == 1 && bytes == 4);
        EXPECT(vb_be32(value) == 0x01020304);
    }
    EXPECT(nodes == 5 && disabled == 0);
    EXPECT(vb_machine_from_dtb(&machine, tree) == VB_OK);
    EXPECT(machine.slots == 2 && machine.slot[0] == CONSOLE_AT && machine.slot[1] == GPU_AT);
    EXPECT(machine.ecam == 0x3f000000 && machine.windows == 1);
    EXPECT(machine.window[0].cpu == 0x20000000 && machine.window[0].pci == 0x40000000);
    EXPECT(machine.window[0].size == 0x01000000);
    return 0;
}

static int check_console(void) {
    char typed[8];
    EXPECT(vb_console_open(&console, &machine, 0) == VB_OK);
    EXPECT(devices[0].accepted[1] == 1 && devices[0].status == 15);
    EXPECT(vb_console_print(&console, "Hello") == 5 && heard_is("Hello"));
    serve(&devices[0], 0, "key");
    EXPECT(vb_console_read(&console, typed, sizeof typed) == 3);
    EXPECT(typed[0] == 'k' && typed[1] == 'e' && typed[2] == 'y');
    for (uint32_t i = 0; i < 70000; i++) {                  /* idx wraps from 65535 to 0 */
        heard_bytes = 0;
        EXPECT(vb_console_print(&console, i & 1 ? "odd" : "even") == (i & 1 ? 3 : 4));
        EXPECT(heard_is(i & 1 ? "odd" : "even"));
    }
    EXPECT(devices[0].queue[1].done == 70001);
    return 0;
}

/* Is the n-th request of this type, with this word at this offset? */
static int word_of(uint32_t n, uint32_t type, uint32_t offset, uint32_t word) {
    return n < requests && get(request[n], 4) == type && get(request[n] + offset, 4) == word;
}

static int check_gpu(void) {
    vb_rect rect;
    uint32_t resource;
    rect.x = 16;
    rect.y = 10;
    rect.width = 32;
    rect.height = 4;
    EXPECT(vb_gpu_open(&gpu, &machine, 0, pixels, sizeof pixels) == VB_OK);
    EXPECT(gpu.width == 320 && gpu.height == 200);
    EXPECT(requests == 6 && word_of(0, 0x0100, 0, 0x0100));
    resource = get(request[1] + 24, 4);
    EXPECT(resource != 0 && word_of(1, 0x0101, 24, resource));            /* CREATE_2D */
    EXPECT(word_of(1, 0x0101, 32, 320) && word_of(1, 0x0101, 36, 200));
    EXPECT(word_of(2, 0x0106, 24, resource));                             /* ATTACH_BACKING */
    EXPECT(word_of(2, 0x0106, 40, sizeof pixels) && pointer(request[2] + 32) == (uint8_t *)pixels);
    EXPECT(word_of(3, 0x0103, 44, resource) && word_of(3, 0x0103, 32, 320)); /* SET_SCANOUT */
    EXPECT(word_of(4, 0x0105, 48, resource) && word_of(5, 0x0104, 40, resource));
    EXPECT(word_of(4, 0x0105, 4, 1) && word_of(5, 0x0104, 4, 1));         /* FLAG_FENCE */
    requests = 0;
    EXPECT(vb_gpu_present(&gpu, &rect, 1) == VB_OK && requests == 2);
    EXPECT(word_of(0, 0x0105, 24, 16) && word_of(0, 0x0105, 28, 10));     /* TRANSFER_TO_HOST_2D */
    EXPECT(word_of(0, 0x0105, 32, 32) && word_of(0, 0x0105, 36, 4));
    EXPECT(word_of(0, 0x0105, 40, (10 * 320 + 16) * 4) && word_of(0, 0x0105, 44, 0));
    EXPECT(word_of(1, 0x0104, 24, 16) && word_of(1, 0x0104, 36, 4));      /* FLUSH */
    return 0;
}

static int run(void) {
    int line = check_tree();
    if (!line) line = check_console();
    if (!line) line = check_gpu();
    return line;
}

/* ---- The system: Linux, without libc ------------------------------------------------------------- */

#if defined(__powerpc__)
static void call(long number, long a, long b, long c) {
    register long r0 __asm__("r0") = number;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;
    __asm__ volatile("sc" : "+r"(r0), "+r"(r3) : "r"(r4), "r"(r5) : "memory", "cr0");
}
enum { EXIT = 1, WRITE = 4 };
#elif defined(__arm__)
static void call(long number, long a, long b, long c) {
    register long r0 __asm__("r0") = a;
    register long r1 __asm__("r1") = b;
    register long r2 __asm__("r2") = c;
    __asm__ volatile("push {r7}\n mov r7, %3\n svc 0\n pop {r7}"
                     : "+r"(r0) : "r"(r1), "r"(r2), "r"(number) : "memory");
}
enum { EXIT = 1, WRITE = 4 };
#elif defined(__riscv) || defined(__aarch64__)
#ifdef __riscv
#define REGISTERS(n, x) "a" #n
#define NUMBER "a7"
#define TRAP "ecall"
#else
#define REGISTERS(n, x) "x" #n
#define NUMBER "x8"
#define TRAP "svc #0"
#endif
static void call(long number, long a, long b, long c) {
    register long nr __asm__(NUMBER) = number;
    register long r0 __asm__(REGISTERS(0, )) = a;
    register long r1 __asm__(REGISTERS(1, )) = b;
    register long r2 __asm__(REGISTERS(2, )) = c;
    __asm__ volatile(TRAP : "+r"(r0) : "r"(nr), "r"(r1), "r"(r2) : "memory");
}
enum { EXIT = 93, WRITE = 64 };
#elif defined(__x86_64__)
static void call(long number, long a, long b, long c) {
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
}
enum { EXIT = 60, WRITE = 1 };
#endif

void _start(void);
void *memset(void *to, int byte, size_t bytes);
void *memcpy(void *to, const void *from, size_t bytes);

void *memset(void *to, int byte, size_t bytes) {
    volatile uint8_t *p = (volatile uint8_t *)to;
    while (bytes--) *p++ = (uint8_t)byte;
    return to;
}
void *memcpy(void *to, const void *from, size_t bytes) {
    volatile uint8_t *p = (volatile uint8_t *)to;
    const uint8_t    *q = (const uint8_t *)from;
    while (bytes--) *p++ = *q++;
    return to;
}

/* Says "fine", or "line NNNN", where it went wrong. */
#if defined(__x86_64__)
__attribute__((force_align_arg_pointer))
#endif
void _start(void) {
    char said[10] = { 'l', 'i', 'n', 'e', ' ', '0', '0', '0', '0', '\n' };
    int  line = run();
    for (int i = 8, n = line; i > 4; i--, n /= 10) said[i] = (char)('0' + n % 10);
    if (line) call(WRITE, 1, (long)said, 10);
    else call(WRITE, 1, (long)"fine\n", 5);
    call(EXIT, line != 0, 0, 0);
    for (;;) { }
}
