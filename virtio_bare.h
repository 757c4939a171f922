/* virtio_bare.h - v0.1.0 - virtio console and gpu for kernels with nothing
 * underneath them - MIT licence, text at the end of the file
 *
 * In ONE .c or .cpp file:    #define VIRTIO_BARE_IMPLEMENTATION
 *                            #include "virtio_bare.h"
 * Everywhere else:           #include "virtio_bare.h"
 *
 * ==========================================================================
 * 0  >>start   What this is, and how to begin
 * ==========================================================================
 *
 * A virtual machine (QEMU, Linux KVM, Apple's frameworks, crosvm, ...) shows a
 * kernel its console and its screen as virtio devices. This file drives them:
 * it finds the devices, wakes them, moves text both ways and puts a picture on
 * the screen. It needs no libc, no heap, no interrupts and no operating system,
 * only <stdint.h> and <stddef.h>. A whole kernel that prints and draws:
 *
 *     #define VIRTIO_BARE_IMPLEMENTATION
 *     #include "virtio_bare.h"
 *
 *     static vb_machine machine;
 *     static vb_console console;
 *     static vb_gpu     gpu;
 *     static VB_ALIGN(4096) uint32_t pixels[1280 * 720];
 *
 *     void kernel_main(const void *dtb)
 *     {
 *         vb_machine_from_dtb(&machine, dtb);
 *         if (vb_console_open(&console, &machine, 0) == VB_OK)
 *             vb_console_print(&console, "Hello from bare metal\n");
 *         if (vb_gpu_open(&gpu, &machine, 0, pixels, sizeof pixels) == VB_OK) {
 *             for (uint32_t i = 0; i < gpu.width * gpu.height; i++) pixels[i] = 0x3498DB;
 *             vb_gpu_present(&gpu, NULL, 0);
 *         }
 *     }
 *
 * The same three steps on other machines:
 *
 *     vb_machine_from_dtb(&m, dtb)      arm64, riscv64: firmware or the boot
 *                                       loader hands over a device tree
 *     vb_machine_from_pc(&m)            x86: ports 0xCF8 and 0xCFC
 *     m.ecam = ...; m.slot[0] = ...;    anything else: fill in what you know
 *     vb_console_open_at(&c, &m, 0x0a003e00)      or say where the device is
 *
 * The contract
 *
 *   memory      Every byte of state lies in your structs. Start them zeroed
 *               (static, `= {0}`, in C++ `= {}`); nothing is allocated. A
 *               struct of this file must stay where it is while it is open:
 *               the device writes into its member `dma`, which is aligned to
 *               2048 bytes. The pixels are yours, but the device may read them
 *               from vb_gpu_open until vb_gpu_close.
 *   caches      Normal, cached, coherent memory. On arm64 turn the MMU and the
 *               caches on before the first open: with them off the CPU writes
 *               past a cache that the device looks into, and under KVM and
 *               Apple's hypervisor the two may never meet (QEMU's emulation
 *               can't show this). Registers must be mapped as device memory.
 *   addresses   The CPU's address of memory and of registers is taken to be
 *               the bus's. If not, define VB_TO_BUS and VB_MAP (>>platform).
 *   threads     One call at a time on an object, and one open at a time on a
 *               machine. Different objects share nothing else.
 *   interrupts  None needed, none on. See `interrupts` in the desc structs.
 *   waiting     Calls that wait end by a deadline (VB_TIMEOUT_US, or
 *               timeout_us in the desc). With machine.ticks_per_us = 0 there
 *               is no clock: then polls are counted, VB_POLLS_PER_US of them
 *               for a microsecond, which is a guess.
 *   errors      0 (VB_OK) or a count is success, negative is an error.
 *               vb_error_text(code) says what happened and what to do;
 *               object.device.failure keeps code, step and the value seen.
 *               You need not check each call: an open on a machine that could
 *               not be made, or a call on an object that did not open, returns
 *               the first error again.
 *
 * Macros to define before the include (the same in every file that includes
 * this one; an open that finds a difference returns VB_E_CONFIG)
 *
 *   VB_NO_PCI, VB_NO_MMIO, VB_NO_DTB      leave out a way to find devices
 *   VB_NO_CONSOLE, VB_NO_GPU              leave out a driver
 *   VB_NO_TEXT                            no sentences, no trace: smaller
 *   VB_STATIC                             all functions static
 *   VB_QUEUE_SIZE       16    descriptors in a ring, 2 to 32, a power of 2
 *   VB_SLOTS            32    virtio-mmio register blocks in a machine
 *   VB_WINDOWS           4    PCI address windows in a machine
 *   VB_RESERVED         12    PCI address ranges known to be taken
 *   VB_DEVICES          16    virtio devices a machine remembers
 *   VB_DTB_DEPTH        12    nesting of a device tree
 *   VB_CONSOLE_TX_BYTES 192   bytes in each of the 4 transmit buffers
 *   VB_CONSOLE_RX_BYTES 64    bytes in each of the 4 receive buffers
 *   VB_TIMEOUT_US  2000000    how long a call may wait
 *   VB_RESET_US     500000    how long a device may take to reset
 *   VB_POLLS_PER_US     20    used without a clock
 *   VB_PAGE           4096    page size that VB_TO_BUS is asked about
 *   VB_WANT                   the version you wrote for, say 100 for 0.1.0
 *
 *   The hooks into your kernel (registers, barriers, addresses, time, trace)
 *   are listed in chapter 1. All of them have defaults.
 *
 * How to read on
 *
 *   This file is a short book. Each chapter begins with what you have to know
 *   and a picture, then come the types, then the code. Search for ">>name":
 *
 *   >>platform   1  registers, barriers, byte order, time
 *   >>errors     2  everything that can go wrong
 *   >>dtb        3  the device tree, and the machine made from it
 *   >>pci        4  configuration space, capabilities, BARs
 *   >>transport  5  one set of registers, two layouts
 *   >>device     6  how a device is woken and put to rest
 *   >>queue      7  the split virtqueue
 *   >>console    8  text
 *   >>gpu        9  pictures
 *   >>own       10  writing a driver for another device
 *
 *   Numbers in brackets, [2.7.13], are sections of the VirtIO 1.3
 *   specification; the names of things are that text's too. "The driver" is
 *   this file, "the device" is whatever stands on the other side.
 */

/* Each chapter has an interface and, in one file of yours, code. */
#ifndef VIRTIO_BARE_H
#define VIRTIO_BARE_H
#define VBI_INTERFACE 1                 /* this inclusion gives the interface */
#endif
#if defined(VIRTIO_BARE_IMPLEMENTATION) && !defined(VBI_IMPLEMENTED)
#define VBI_IMPLEMENTED 1
#define VBI_CODE 1                      /* this inclusion gives the code */
#endif

#ifdef VBI_INTERFACE

#include <stddef.h>
#include <stdint.h>

#define VB_VERSION 100                  /* major * 10000 + minor * 100 + patch */
#define VB_VERSION_STRING "0.1.0"

#if defined(VB_WANT)
#if VB_WANT > VB_VERSION
#error "virtio_bare.h is older than VB_WANT asks for: fetch the newer file"
#endif
#endif

#ifndef VB_QUEUE_SIZE
#define VB_QUEUE_SIZE 16
#endif
#ifndef VB_SLOTS
#define VB_SLOTS 32
#endif
#ifndef VB_WINDOWS
#define VB_WINDOWS 4
#endif
#ifndef VB_RESERVED
#define VB_RESERVED 12
#endif
#ifndef VB_DEVICES
#define VB_DEVICES 16
#endif
#ifndef VB_DTB_DEPTH
#define VB_DTB_DEPTH 12
#endif
#ifndef VB_CONSOLE_TX_BYTES
#define VB_CONSOLE_TX_BYTES 192
#endif
#ifndef VB_CONSOLE_RX_BYTES
#define VB_CONSOLE_RX_BYTES 64
#endif
#ifndef VB_TIMEOUT_US
#define VB_TIMEOUT_US 2000000
#endif
#ifndef VB_RESET_US
#define VB_RESET_US 500000
#endif
#ifndef VB_POLLS_PER_US
#define VB_POLLS_PER_US 20
#endif
#ifndef VB_PAGE
#define VB_PAGE 4096
#endif

#if VB_QUEUE_SIZE < 2 || VB_QUEUE_SIZE > 32 || (VB_QUEUE_SIZE & (VB_QUEUE_SIZE - 1))
#error "VB_QUEUE_SIZE must be 2, 4, 8, 16 or 32"
#endif

#if defined(__GNUC__) || defined(__clang__)
#define VBI_GNU 1                       /* attributes, inline assembly, __atomic_ */
#define VB_ALIGN(bytes) __attribute__((aligned(bytes)))
#define VBI_UNUSED __attribute__((unused))
#define VBI_RARE __attribute__((noinline))
#ifdef __OPTIMIZE_SIZE__
#define VBI_SHARED __attribute__((noinline))
#else
#define VBI_SHARED
#endif
#elif defined(_MSC_VER)
#define VB_ALIGN(bytes) __declspec(align(bytes))
#define VBI_UNUSED
#define VBI_RARE
#define VBI_SHARED
#else
#error "virtio_bare.h needs to know how this compiler aligns: define VB_ALIGN"
#endif

#ifdef VB_STATIC
#define VB_DEF static VBI_UNUSED
#else
#define VB_DEF extern
#endif
#define VBI_DEF static VBI_UNUSED       /* private functions; */
#define VBI_ONCE static VBI_UNUSED VBI_SHARED       /* those that many call, where
                                           one copy of each is smaller: -Os, -Oz */

/* A promise that the compiler keeps. Its name tells what was broken. */
#define VBI_ASSERT(name, truth) typedef char vbi_assert_##name[(truth) ? 1 : -1] VBI_UNUSED

#endif /* VBI_INTERFACE */

#ifdef __cplusplus
extern "C" {
#endif

/* ==========================================================================
 * 1  >>platform   Registers, barriers, byte order, addresses, time
 * ==========================================================================
 *
 * The only chapter that knows a CPU or a compiler. Why are registers not plain
 * volatile pointers? Because most hypervisors emulate a register by decoding
 * the guest's instruction from a few bits that the CPU reports (on arm64 the
 * "syndrome"), and those bits describe one plain load or store of 1, 2 or 4
 * bytes and nothing else. Compilers like to walk a volatile array with an
 * instruction that also moves its pointer; then the guest dies. Inline assembly
 * leaves no choice.
 *
 * Rings lie in ordinary memory that both sides touch at the same time. Every
 * access there is one load or store of a fixed width, and three places need an
 * order between accesses:
 *
 *     where                                what is used
 *     -----------------------------------  ---------------------------------
 *     descriptors, then available.idx      VB_STORE_RELEASE16
 *     available.idx, then used.flags       VB_BARRIER (store before load)
 *     used.idx, then the used element      VB_LOAD_ACQUIRE16
 *
 * Virtio is little-endian everywhere; a big-endian CPU swaps here and nowhere
 * else.
 *
 * Hooks. Define any of them before the implementation is included:
 *
 *   VB_READ8 VB_READ16 VB_READ32 (address)           registers, raw bytes;
 *   VB_WRITE8 VB_WRITE16 VB_WRITE32 (address, value) address is an uintptr_t
 *   VB_IN32 (port)   VB_OUT32 (port, value)          x86 ports
 *   VB_LOAD16 VB_LOAD32 VB_LOAD64 (pointer)          shared memory, raw bytes
 *   VB_STORE16 VB_STORE32 VB_STORE64 (pointer, value)
 *   VB_LOAD_ACQUIRE16 (pointer)   VB_STORE_RELEASE16 (pointer, value)
 *   VB_BARRIER ()                 every access before, then every one after
 *   VB_TICKS ()                   a counter, 64 bits, machine.ticks_per_us fast
 *   VB_RELAX ()                   in every turn of a wait
 *   VB_TO_BUS (user, pointer)     the address at which the device sees memory;
 *                                 asked for each page of a buffer. A uint64_t.
 *   VB_MAP (user, address, bytes) make registers reachable; address is what
 *                                 the machine says (a uint64_t), the answer an
 *                                 uintptr_t, 0 if it can't be done
 *   VB_UNMAP (user, mapped, bytes)
 *   VB_TRACE (user, code, text, value)   code 0: a line of the story; negative:
 *                                 an error. text is a const char *.
 *
 * `user` is machine.user, yours to set.
 */

#ifdef VBI_CODE

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define VBI_SWAP16(v) ((uint16_t)(((v) & 0xff) << 8 | (v) >> 8))
#define VBI_SWAP32(v) (((v) & 0xff) << 24 | ((v) & 0xff00) << 8 | ((v) >> 8 & 0xff00) | (v) >> 24)
#define VBI_BE32(v) (v)
#else
#define VBI_SWAP16(v) (v)
#define VBI_SWAP32(v) (v)
#define VBI_BE32(v) (((v) & 0xff) << 24 | ((v) & 0xff00) << 8 | ((v) >> 8 & 0xff00) | (v) >> 24)
#endif

/* One instruction each, the address in a register and nothing added to it. */
#define VBI_ACCESS(bits, load, store, out, in)                                 \
    static inline VBI_UNUSED uint##bits##_t vbi_raw_read##bits(uintptr_t a)    \
    {                                                                          \
        uint##bits##_t v;                                                      \
        __asm__ volatile(load : out(v) : "r"(a) : "memory");                   \
        return v;                                                              \
    }                                                                          \
    static inline VBI_UNUSED void vbi_raw_write##bits(uintptr_t a, uint##bits##_t v) \
    {                                                                          \
        __asm__ volatile(store : : in(v), "r"(a) : "memory");                  \
    }

#if defined(VBI_GNU) && defined(__aarch64__)
VBI_ACCESS(8,  "ldrb %w0, [%1]", "strb %w0, [%1]", "=r", "rZ")
VBI_ACCESS(16, "ldrh %w0, [%1]", "strh %w0, [%1]", "=r", "rZ")
VBI_ACCESS(32, "ldr %w0, [%1]",  "str %w0, [%1]",  "=r", "rZ")
#elif defined(VBI_GNU) && defined(__arm__)
VBI_ACCESS(8,  "ldrb %0, [%1]", "strb %0, [%1]", "=r", "r")
VBI_ACCESS(16, "ldrh %0, [%1]", "strh %0, [%1]", "=r", "r")
VBI_ACCESS(32, "ldr %0, [%1]",  "str %0, [%1]",  "=r", "r")
#elif defined(VBI_GNU) && defined(__riscv)
VBI_ACCESS(8,  "lbu %0, 0(%1)", "sb %z0, 0(%1)", "=r", "rJ")
VBI_ACCESS(16, "lhu %0, 0(%1)", "sh %z0, 0(%1)", "=r", "rJ")
VBI_ACCESS(32, "lw %0, 0(%1)",  "sw %z0, 0(%1)", "=r", "rJ")
#elif defined(VBI_GNU) && (defined(__x86_64__) || defined(__i386__))
VBI_ACCESS(8,  "movb (%1), %0", "movb %0, (%1)", "=q", "q")
VBI_ACCESS(16, "movw (%1), %0", "movw %0, (%1)", "=r", "r")
VBI_ACCESS(32, "movl (%1), %0", "movl %0, (%1)", "=r", "r")
#else
#define vbi_raw_read8(a) (*(volatile uint8_t *)(a))
#define vbi_raw_read16(a) (*(volatile uint16_t *)(a))
#define vbi_raw_read32(a) (*(volatile uint32_t *)(a))
#define vbi_raw_write8(a, v) (*(volatile uint8_t *)(a) = (v))
#define vbi_raw_write16(a, v) (*(volatile uint16_t *)(a) = (v))
#define vbi_raw_write32(a, v) (*(volatile uint32_t *)(a) = (v))
#endif

#ifndef VB_READ8
#define VB_READ8(address) vbi_raw_read8(address)
#define VB_READ16(address) vbi_raw_read16(address)
#define VB_READ32(address) vbi_raw_read32(address)
#define VB_WRITE8(address, value) vbi_raw_write8(address, value)
#define VB_WRITE16(address, value) vbi_raw_write16(address, value)
#define VB_WRITE32(address, value) vbi_raw_write32(address, value)
#endif

#if !defined(VB_IN32) && defined(VBI_GNU) && (defined(__x86_64__) || defined(__i386__))
static inline VBI_UNUSED uint32_t vbi_raw_in32(uint16_t port)
{
    uint32_t v;
    __asm__ volatile("inl %w1, %0" : "=a"(v) : "Nd"(port) : "memory");
    return v;
}
static inline VBI_UNUSED void vbi_raw_out32(uint16_t port, uint32_t v)
{
    __asm__ volatile("outl %0, %w1" : : "a"(v), "Nd"(port) : "memory");
}
#define VB_IN32(port) vbi_raw_in32(port)
#define VB_OUT32(port, value) vbi_raw_out32(port, value)
#endif

/* Barriers. A virtual device is another thread on the same machine, but a real
 * one, behind ORDER_PLATFORM, is not: so on arm the outer shareable domain, on
 * riscv also the accesses to registers. */
#if defined(VBI_GNU) && defined(__aarch64__)
#define VBI_FULL __asm__ volatile("dmb osh" : : : "memory")
#define VBI_READS __asm__ volatile("dmb oshld" : : : "memory")
#define VBI_WRITES __asm__ volatile("dmb oshst" : : : "memory")
#elif defined(VBI_GNU) && defined(__riscv)
#define VBI_FULL __asm__ volatile("fence iorw, iorw" : : : "memory")
#define VBI_READS __asm__ volatile("fence r, rw" : : : "memory")
#define VBI_WRITES __asm__ volatile("fence rw, w" : : : "memory")
#elif defined(VBI_GNU)
#define VBI_FULL __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define VBI_READS __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define VBI_WRITES __atomic_thread_fence(__ATOMIC_RELEASE)
#elif !defined(VB_BARRIER) || !defined(VB_LOAD_ACQUIRE16)
#error "define VB_BARRIER, VB_LOAD_ACQUIRE16, VB_STORE_RELEASE16 for this compiler"
#endif
#ifndef VB_BARRIER
#define VB_BARRIER() VBI_FULL
#endif

/* Volatile keeps each access single and whole; order is the barriers' matter. */
#ifndef VB_LOAD16
#define VB_LOAD16(pointer) (*(const volatile uint16_t *)(pointer))
#define VB_LOAD32(pointer) (*(const volatile uint32_t *)(pointer))
#define VB_LOAD64(pointer) (*(const volatile uint64_t *)(pointer))
#define VB_STORE16(pointer, value) (*(volatile uint16_t *)(pointer) = (value))
#define VB_STORE32(pointer, value) (*(volatile uint32_t *)(pointer) = (value))
#define VB_STORE64(pointer, value) (*(volatile uint64_t *)(pointer) = (value))
#endif
#ifndef VB_LOAD_ACQUIRE16
static inline VBI_UNUSED uint16_t vbi_raw_load_acquire16(const uint16_t *p)
{
    const uint16_t v = VB_LOAD16(p);

    VBI_READS;
    return v;
}
#define VB_LOAD_ACQUIRE16(pointer) vbi_raw_load_acquire16(pointer)
#define VB_STORE_RELEASE16(pointer, value)                                     \
    do {                                                                       \
        VBI_WRITES;                                                            \
        VB_STORE16(pointer, value);                                            \
    } while (0)
#endif

#ifndef VB_TICKS
#if defined(VBI_GNU) && defined(__aarch64__)
static inline VBI_UNUSED uint64_t vbi_raw_ticks(void)
{
    uint64_t t;
    __asm__ volatile("isb\n mrs %0, cntvct_el0" : "=r"(t) : : "memory");
    return t;
}
#elif defined(VBI_GNU) && (defined(__x86_64__) || defined(__i386__))
static inline VBI_UNUSED uint64_t vbi_raw_ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}
#elif defined(VBI_GNU) && defined(__riscv) && __riscv_xlen == 64
static inline VBI_UNUSED uint64_t vbi_raw_ticks(void)
{
    uint64_t t;
    __asm__ volatile("rdtime %0" : "=r"(t) : : "memory");
    return t;
}
#elif defined(VBI_GNU) && defined(__riscv)
static inline VBI_UNUSED uint64_t vbi_raw_ticks(void)
{
    uint32_t low, high, again;
    do
        __asm__ volatile("rdtimeh %0\n rdtime %1\n rdtimeh %2"
                         : "=&r"(high), "=&r"(low), "=&r"(again) : : "memory");
    while (high != again);
    return (uint64_t)high << 32 | low;
}
#else
#define vbi_raw_ticks() ((uint64_t)0)   /* machine.ticks_per_us stays 0 */
#endif
#define VB_TICKS() vbi_raw_ticks()
#endif

#ifndef VB_RELAX
#if defined(VBI_GNU) && defined(__aarch64__)
#define VB_RELAX() __asm__ volatile("yield" : : : "memory")
#elif defined(VBI_GNU) && (defined(__x86_64__) || defined(__i386__))
#define VB_RELAX() __asm__ volatile("pause" : : : "memory")
#else
#define VB_RELAX() ((void)0)
#endif
#endif

#ifndef VB_TO_BUS
#define VB_TO_BUS(user, pointer) ((uint64_t)(uintptr_t)(pointer))
#define VBI_ONE_SPACE 1                 /* contiguous here is contiguous there */
#endif
#ifndef VB_MAP
#define VB_MAP(user, address, bytes) ((void)(user), (void)(bytes), (uintptr_t)(address))
#define VBI_MAP_IS_IDENTITY 1
#endif
#ifndef VB_UNMAP
#define VB_UNMAP(user, mapped, bytes) ((void)(user), (void)(mapped), (void)(bytes))
#endif
#ifndef VB_TRACE
#define VB_TRACE(user, code, text, value)                                      \
    ((void)(user), (void)(code), (void)(text), (void)(value))
#endif
#ifdef VB_NO_TEXT
#define VBI_SAY(user, text, value) ((void)0)
#else
#define VBI_SAY(user, text, value) VB_TRACE(user, 0, text, (uint64_t)(value))
#endif

#define VBI_ALL_ONES 0xffffffffu        /* what a register reads that is not there */

/* Registers with the bytes in the CPU's order. */
VBI_DEF uint32_t vbi_read32(uintptr_t address)
{
    const uint32_t v = VB_READ32(address);

    return VBI_SWAP32(v);
}
VBI_DEF uint32_t vbi_read16(uintptr_t address)
{
    const uint16_t v = VB_READ16(address);

    return VBI_SWAP16(v);
}
VBI_DEF void vbi_write32(uintptr_t address, uint32_t value)
{
    VB_WRITE32(address, VBI_SWAP32(value));
}
VBI_DEF void vbi_write16(uintptr_t address, uint32_t value)
{
    const uint16_t v = (uint16_t)value;

    VB_WRITE16(address, VBI_SWAP16(v));
}

/* Shared memory with the bytes in the CPU's order. */
static inline VBI_UNUSED uint32_t vbi_load16(const uint16_t *p)
{
    const uint16_t v = VB_LOAD16(p);

    return VBI_SWAP16(v);
}
static inline VBI_UNUSED uint32_t vbi_load32(const uint32_t *p)
{
    const uint32_t v = VB_LOAD32(p);

    return VBI_SWAP32(v);
}
static inline VBI_UNUSED void vbi_store16(uint16_t *p, uint32_t value)
{
    const uint16_t v = (uint16_t)value;

    VB_STORE16(p, VBI_SWAP16(v));
}
static inline VBI_UNUSED void vbi_store32(uint32_t *p, uint32_t value)
{
    VB_STORE32(p, VBI_SWAP32(value));
}
static inline VBI_UNUSED void vbi_store64(uint64_t *p, uint64_t value)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    const uint32_t low = (uint32_t)value, high = (uint32_t)(value >> 32);

    VB_STORE64(p, (uint64_t)VBI_SWAP32(low) << 32 | VBI_SWAP32(high));
#else
    VB_STORE64(p, value);
#endif
}

/* Clear and copy. The empty assembly keeps the compiler from seeing memset or
 * memcpy in these loops and calling what a kernel need not have; the types may
 * look at memory of any other type. */
#if defined(VBI_GNU)
#define VBI_STAY_A_LOOP __asm__ volatile("" : : : "memory")
typedef uintptr_t __attribute__((may_alias)) vbi_any_word;
typedef uint32_t __attribute__((may_alias)) vbi_any32;
#else
#define VBI_STAY_A_LOOP ((void)0)
typedef uintptr_t vbi_any_word;
typedef uint32_t vbi_any32;
#endif
VBI_DEF void vbi_clear(void *memory, size_t bytes)     /* whole words, aligned */
{
    vbi_any_word *word = (vbi_any_word *)memory, *const end = word + bytes / sizeof *word;

    while (word < end) {
        *word++ = 0;
        VBI_STAY_A_LOOP;
    }
}
/* One struct to another; an assignment could become a call of memcpy. */
VBI_ONCE void vbi_assign(void *to, const void *from, size_t bytes)
{
    const vbi_any32 *read = (const vbi_any32 *)from, *const end = read + bytes / 4;
    vbi_any32 *write = (vbi_any32 *)to;

    while (read < end) {
        *write++ = *read++;
        VBI_STAY_A_LOOP;
    }
}
VBI_ONCE void vbi_copy(uint8_t *to, const uint8_t *from, size_t bytes)
{
    for (; bytes; bytes--) {
        *to++ = *from++;
        VBI_STAY_A_LOOP;
    }
}

#endif /* VBI_CODE */

/* ==========================================================================
 * 2  >>errors   Everything that can go wrong
 * ==========================================================================
 *
 * When a kernel's first screen stays black, the error text is all that there
 * is to go by. So each error has a line in this table: its name, its number,
 * what happened, and what to do about it. Numbers never change their meaning.
 *
 *     vb_console_open(&c, &m, 0)  ->  -7
 *     vb_error_name(-7)           ->  "VB_E_LEGACY"
 *     vb_error_text(-7)           ->  "the slot speaks ...; start QEMU with ..."
 *     c.device.failure            ->  { code -7, step VB_STEP_FIND, value 1 }
 *
 * Two kinds of failure end differently. After a time-out the object can be
 * used again: the answer may still come. After an answer that can't be true
 * (a "lie", marked * in the table) nothing that the device says can be trusted:
 * every later call returns the same error until the object is opened again.
 */

#ifdef VBI_INTERFACE

#define VB_ERRORS(X)                                                           \
    X(VB_E_ARGUMENT,       -1, "an argument makes no sense", "see the comment of the function you called") \
    X(VB_E_CONFIG,         -2, "two files were compiled with different VB_ macros", "define the same VB_ macros in every file that includes virtio_bare.h") \
    X(VB_E_ALIGN,          -3, "the object is not aligned to 2048 bytes", "make it static, or allocate it with that alignment") \
    X(VB_E_DTB,            -4, "the device tree is damaged or none", "pass the address that the boot loader gave (arm64: x0, riscv: a1); an ELF started by QEMU gets none, an Image does") \
    X(VB_E_NOT_FOUND,      -5, "no such device here", "the trace lists what is there; QEMU needs -device virtio-gpu-pci, or -device virtio-serial-pci -device virtconsole") \
    X(VB_E_BUSY,           -6, "another object has this device open", "close that one first, or pick another device with nth") \
    X(VB_E_LEGACY,         -7, "the slot speaks only the old virtio-mmio, version 1", "start QEMU with -global virtio-mmio.force-legacy=false") \
    X(VB_E_NOT_VIRTIO,     -8, "there is no virtio device of this kind at that address", "value holds the id that was read there") \
    X(VB_E_NO_CAPABILITY,  -9, "a virtio capability that is needed is missing or out of reach", "value holds its type (1 common, 2 notify, 3 isr, 4 device); QEMU: not disable-modern=on") \
    X(VB_E_CAPABILITY_LOOP,-10, "the PCI capability list never ends", "the device is broken") \
    X(VB_E_BAR_EMPTY,      -11, "a BAR holds no address", "no firmware placed it: give the machine a PCI window (or, behind a bridge, place it yourself)") \
    X(VB_E_NO_ROOM,        -12, "no PCI window has room for a BAR", "value holds its size in bytes; give the machine a larger window") \
    X(VB_E_BAR_REFUSED,    -13, "a BAR did not keep the address written to it", "value holds what it kept; is the window really the host bridge's?") \
    X(VB_E_UNREACHABLE,    -14, "a register lies beyond what a pointer can reach", "define VB_MAP, or use a window below 4 GiB") \
    X(VB_E_MAP,            -15, "VB_MAP could not map registers", "value holds the address; map it as device memory") \
    X(VB_E_RESET,          -16, "the device does not finish its reset", "value holds the status that it shows; its memory must not be used again") \
    X(VB_E_STATUS,         -17, "the device did not keep a status bit", "value holds the status that was read back") \
    X(VB_E_FEATURES,       -18, "the device refuses the features", "value holds what was accepted; a device behind an IOMMU (QEMU: iommu_platform=on) wants ACCESS_PLATFORM") \
    X(VB_E_NO_VERSION_1,   -19, "the device is legacy: it does not offer VERSION_1", "value holds what it offers; use a modern device (QEMU: disable-legacy=on)") \
    X(VB_E_QUEUE,          -20, "a queue is missing, in use or has an impossible size", "value holds the size that was read")

/* The second half of the same table: C99 promises string literals of 4,095
 * characters only, and each half is one literal. */
#define VB_ERRORS_MORE(X)                                                      \
    X(VB_E_QUEUE_FULL,     -21, "no descriptors are free", "poll the queue first, or raise VB_QUEUE_SIZE") \
    X(VB_E_NOT_CONTIGUOUS, -22, "a buffer is not contiguous on the bus", "use contiguous memory, or give the gpu pieces made by vb_gpu_piece") \
    X(VB_E_NOT_OPEN,       -23, "the object is not open", "look at what its open returned") \
    X(VB_E_GONE,           -24, "the device has vanished: its registers read all ones *", "was it unplugged, or its BAR moved?") \
    X(VB_E_NEEDS_RESET,    -25, "the device gave up and asks for a reset *", "open it again; the VMM's log may say why") \
    X(VB_E_TIMEOUT,        -26, "no answer before the deadline", "try again, or raise VB_TIMEOUT_US; step tells what was waited for") \
    X(VB_E_USED_INDEX,     -27, "more answers than requests: used.idx jumped *", "the device is broken; value holds the jump") \
    X(VB_E_USED_ID,        -28, "an answer to a request that is not out *", "the device is broken; value holds the id") \
    X(VB_E_USED_LENGTH,    -29, "an answer longer than the room for it *", "the device is broken; value holds the length") \
    X(VB_E_CONFIG_SPACE,   -30, "the device's configuration is too short or never settles", "value holds the offset") \
    X(VB_E_BUFFER,         -31, "the pixel buffer is too small", "value holds the bytes needed: VB_GPU_BYTES(width, height)") \
    X(VB_E_REFUSED,        -32, "the device refused a request", "step holds the gpu command, value its response: 0x1200 unspecified, 0x1201 out of memory, 0x1202 scanout, 0x1203 resource, 0x1205 parameter") \
    X(VB_E_RESPONSE,       -33, "a response that does not fit the request *", "step holds the gpu command, value the response type") \
    X(VB_E_RESPONSE_SHORT, -34, "a response that is too short *", "step holds the gpu command, value the bytes that came") \
    X(VB_E_FENCE,          -35, "a response with another request's fence *", "step holds the gpu command, value the fence") \
    X(VB_E_STILL_OWNED,    -36, "the device will not reset and may still write to this object", "keep the object where it is; opening it tries again") \
    X(VB_E_DOORBELL,       -37, "a queue's doorbell lies outside the notify region", "the device is broken; value holds the offset") \
    X(VB_E_NO_EMERGENCY,   -38, "the console has no emergency register", "print another way (QEMU: emergency-write is on by default)") \
    X(VB_E_FULL,           -39, "the machine has no place for another device", "raise VB_DEVICES") \
    X(VB_E_CONFIG_ACCESS,  -40, "the machine has no way to PCI configuration space", "set machine.ecam, or config_read and config_write")

enum {
    VB_OK = 0,
#define VBI_ENUM(name, number, what, todo) name = number,
    VB_ERRORS(VBI_ENUM) VB_ERRORS_MORE(VBI_ENUM)
#undef VBI_ENUM
    VBI_LAST_ERROR = -41
};

/* Where it happened. From 0x100 on, the step is a gpu command [5.7.6.7]. */
#define VB_STEPS(X)                                                            \
    X(VB_STEP_NONE,     "nothing yet")                                         \
    X(VB_STEP_MACHINE,  "describing the machine")                              \
    X(VB_STEP_FIND,     "finding the device")                                  \
    X(VB_STEP_PCI,      "reading its PCI capabilities")                        \
    X(VB_STEP_PLACE,    "placing its BARs")                                    \
    X(VB_STEP_RESET,    "resetting it")                                        \
    X(VB_STEP_FEATURES, "agreeing on features")                                \
    X(VB_STEP_QUEUE,    "setting up a queue")                                  \
    X(VB_STEP_START,    "starting it")                                         \
    X(VB_STEP_CONFIG,   "reading its configuration")                           \
    X(VB_STEP_REQUEST,  "waiting for a request")                               \
    X(VB_STEP_CLOSE,    "closing it")

enum {
#define VBI_ENUM(name, text) name,
    VB_STEPS(VBI_ENUM)
#undef VBI_ENUM
    VBI_STEPS
};

/* What an object remembers of its last failure. `value` is the number that was
 * seen; the table says what it means. */
typedef struct vb_failure {
    int32_t  code;                      /* VB_OK, or a negative VB_E_ */
    uint32_t step;                      /* VB_STEP_, or a gpu command */
    uint64_t value;
    void    *user;                      /* machine.user, for VB_TRACE */
} vb_failure;

/* The name of an error, "VB_E_..."; "VB_OK" for 0 and every positive number. */
VB_DEF const char *vb_error_name(int code);
/* What happened; and what to do about it. "" for 0 and above. With VB_NO_TEXT
 * this, the name and the step are "". All of them are constant texts. */
VB_DEF const char *vb_error_text(int code);
/* The step in words; "a gpu command" from 0x100 on. */
VB_DEF const char *vb_step_text(uint32_t step);

#endif /* VBI_INTERFACE */

#ifdef VBI_CODE

#define VBI_ENUM(name, number, what, todo) VBI_NUMBER_OF_##name,
enum { VBI_NUMBER_OF_VB_OK, VB_ERRORS(VBI_ENUM) VB_ERRORS_MORE(VBI_ENUM) VBI_ERRORS };
#undef VBI_ENUM
#define VBI_CHECK(name, number, what, todo) VBI_ASSERT(number_##name, (int)VBI_NUMBER_OF_##name == -(number));
VB_ERRORS(VBI_CHECK) VB_ERRORS_MORE(VBI_CHECK)
#undef VBI_CHECK

#ifdef VB_NO_TEXT

VB_DEF const char *vb_error_name(int code) { (void)code; return ""; }
VB_DEF const char *vb_error_text(int code) { (void)code; return ""; }
VB_DEF const char *vb_step_text(uint32_t step) { (void)step; return ""; }

#else

/* Texts stand one after the other in a single array, each ended by its NUL: a
 * table of pointers would need relocations, which a kernel may not have done
 * yet when it wants to print. */
#define VBI_TEXT(name, number, what, todo) what "; " todo "\0"
#define VBI_NAME(name, number, what, todo) #name "\0"
#define VBI_STEP(name, text) text "\0"
static const char vbi_error_texts[] = VB_ERRORS(VBI_TEXT);
static const char vbi_error_texts_more[] = VB_ERRORS_MORE(VBI_TEXT);
static const char vbi_error_names[] =
    "VB_OK\0" VB_ERRORS(VBI_NAME) VB_ERRORS_MORE(VBI_NAME);
static const char vbi_step_texts[] = VB_STEPS(VBI_STEP);
#undef VBI_TEXT
#undef VBI_NAME
#undef VBI_STEP

enum { VBI_FIRST_HALF = 20 };           /* errors in VB_ERRORS */
VBI_ASSERT(half, (int)VBI_NUMBER_OF_VB_E_QUEUE == (int)VBI_FIRST_HALF);

VBI_DEF const char *vbi_nth_text(const char *text, uint32_t n)
{
    while (n--) {
        while (*text)
            text++;
        text++;
    }
    return text;
}

VB_DEF const char *vb_error_name(int code)
{
    if (code <= VBI_LAST_ERROR)
        return "an unknown error";
    return vbi_nth_text(vbi_error_names, code < 0 ? 0u - (uint32_t)code : 0);
}

VB_DEF const char *vb_error_text(int code)
{
    const uint32_t number = 0u - (uint32_t)code;

    if (code >= 0 || code <= VBI_LAST_ERROR)
        return "";
    if (number <= VBI_FIRST_HALF)
        return vbi_nth_text(vbi_error_texts, number - 1);
    return vbi_nth_text(vbi_error_texts_more, number - 1 - VBI_FIRST_HALF);
}

VB_DEF const char *vb_step_text(uint32_t step)
{
    return step < VBI_STEPS ? vbi_nth_text(vbi_step_texts, step) : "a gpu command";
}

#endif /* VB_NO_TEXT */

/* Remember a failure and tell the trace. Returns the code, so that a failing
 * function ends in `return vbi_fail(...)`. */
VBI_DEF VBI_RARE int vbi_fail(vb_failure *f, int code, uint64_t value)
{
    f->code = code;
    f->value = value;
#ifndef VB_NO_TEXT
    VB_TRACE(f->user, code, vb_error_text(code), value);
#endif
    return code;
}

/* What most calls of a function that may fail look like: an error ends the caller
 * too, with the same code. */
#define VBI_TRY(call)                                                          \
    do {                                                                       \
        const int vbi_code = (call);                                           \
        if (vbi_code)                                                          \
            return vbi_code;                                                   \
    } while (0)

/* Make registers reachable. Returns their address for the CPU, or 0 after a
 * failure was recorded. */
VBI_ONCE uintptr_t vbi_map(vb_failure *f, uint64_t address, uint32_t bytes)
{
    uintptr_t mapped;

#ifdef VBI_MAP_IS_IDENTITY
    if (address + bytes - 1 > (uint64_t)UINTPTR_MAX || address + bytes < address) {
        (void)vbi_fail(f, VB_E_UNREACHABLE, address);
        return 0;
    }
#endif
    (void)bytes;
    mapped = VB_MAP(f->user, address, bytes);
    if (!mapped)
        (void)vbi_fail(f, VB_E_MAP, address);
    return mapped;
}

#endif /* VBI_CODE */

/* ==========================================================================
 * 3  >>dtb   The device tree, and the machine made from it
 * ==========================================================================
 *
 * On arm64 and riscv64 whoever starts a kernel hands it a flattened device
 * tree: a block of big-endian 32-bit words that says what the machine consists
 * of. Nodes contain properties and further nodes:
 *
 *     / {                                     header: magic d00dfeed, sizes,
 *         #address-cells = <2>;               offsets of the two blocks below
 *         #size-cells = <2>;
 *         pcie@10000000 {                     structure block, as words:
 *             compatible = "pci-host-...";      1 "pcie@10000000"   node begins
 *             reg = <0x40 0x10000000 0 ...>;    3 length name value  property
 *             ranges = <...>;                   ...
 *         };                                    2                    node ends
 *         virtio_mmio@a000000 {                 9                    the end
 *             compatible = "virtio,mmio";
 *             reg = <0 0x0a000000 0 0x200>;   strings block: the names of
 *         };                                  properties, by offset
 *     };
 *
 * Numbers in `reg` take as many cells (words) as the node's parent says. All
 * properties of a node come before its children, so one walk from front to back
 * sees everything: vb_dtb_next goes from node to node, and vb_node_... look at
 * the node where it stands. Nodes whose `status` is not "okay" are left out
 * with everything below them.
 *
 * The tree is input like any other: every offset is checked against the size
 * that its header gives, and a tree that breaks a rule ends the walk with
 * VB_E_DTB. Bus addresses are taken as they stand: a `ranges` that translates
 * between a node and the root (other than the PCI host's own) is not applied;
 * on such a machine fill in the vb_machine by hand.
 *
 * A vb_machine holds what the other chapters need to know of the machine: where
 * PCI configuration space and its address windows are, and the virtio-mmio
 * slots. Everything in its first part may also be filled in by hand:
 *
 *     static vb_machine m;                 a machine with nothing but one slot
 *     m.slot[0] = 0x10001000;
 *     m.slots = 1;
 *
 * The walker is public: your kernel finds its memory and interrupt controller
 * with it too.
 */

#ifdef VBI_INTERFACE

#define VB_PCI(bus, device, function)                                          \
    ((uint64_t)1 | (uint64_t)(((bus) << 8 | (device) << 3 | (function))) << 1)
                                        /* a place for vb_..._open_at; the other
                                           kind is the address of a register
                                           block, which is even */

typedef struct vb_window {              /* addresses that PCI BARs may get */
    uint64_t cpu;                       /* where the CPU sees the window */
    uint64_t pci;                       /* where its BARs' addresses begin */
    uint64_t size;                      /* bytes */
    uint32_t prefetchable;              /* 1: for prefetchable BARs only */
    uint32_t pad;
} vb_window;

typedef struct vb_range {               /* PCI addresses that are taken */
    uint64_t start, end;                /* end is the first free one */
} vb_range;

typedef struct vb_machine {
    vb_failure failure;                 /* an open on a machine that could not
                                           be made returns failure.code */
    void      *user;                    /* yours: handed to the hooks */
    uint32_t   ticks_per_us;            /* of VB_TICKS; 0: polls are counted */

    uint32_t   first_bus, buses;        /* behind ecam; buses 0 means 1 */
    uint64_t   ecam;                    /* PCI configuration space, 0: none */
    uint32_t   windows, slots;          /* how many of the next two are used */
    vb_window  window[VB_WINDOWS];
    uint64_t   slot[VB_SLOTS];          /* virtio-mmio register blocks */

    /* Another way to configuration space: two functions of yours, called with
     * function = bus << 8 | device << 3 | function, an offset that is a
     * multiple of `bytes`, and the value in the CPU's order. Writes are of 2 or
     * 4 bytes, reads of 4. */
    uint32_t (*config_read)(void *user, uint32_t function, uint32_t offset);
    void     (*config_write)(void *user, uint32_t function, uint32_t offset,
                             uint32_t value, unsigned bytes);
    uint32_t   ports;                   /* 1: x86 ports 0xCF8 and 0xCFC */

    /* Private from here on. */
    uint32_t   scanned, surveyed;
    uint32_t   devices;                 /* found by the last scan */
    uint32_t   config_bus;              /* the bus that config_at shows */
    uintptr_t  config_at;
    uint32_t   present[8];              /* a bit a function of the first bus */
    uint32_t   ranges;
    vb_range   range[VB_RESERVED];
    uint64_t   open_place[VB_DEVICES];  /* of the devices that are open, or 0 */
    uint64_t   place[VB_DEVICES];       /* of those that were found, and */
    uint8_t    type[VB_DEVICES];        /* their types */
} vb_machine;

#ifndef VB_NO_DTB

typedef struct vb_dtb {
    const uint8_t *start;
    uint32_t at, end;                   /* the next token; behind the last one */
    uint32_t strings, strings_bytes;    /* names of properties; from start */
    uint32_t depth;                     /* nodes open around `at` */
    uint32_t hidden;                    /* depth inside a node not in use, or 0 */
    const char *compatible, *reg;       /* these names, once they were seen */
    uint8_t  cells[VB_DTB_DEPTH + 1][2];    /* #address-cells and #size-cells for
                                               nodes of that depth */
} vb_dtb;

typedef struct vb_node {
    const vb_dtb *tree;
    const char   *name;                 /* "pcie@10000000", inside the tree */
    const char   *compatible;           /* these two are noted in passing: */
    const uint8_t *reg;                 /* NULL if the node has none */
    uint32_t      compatible_bytes, reg_bytes;
    uint32_t      depth;                /* 0 for the root */
    uint32_t      properties;           /* where they begin in the tree */
    uint8_t       address_cells, size_cells;          /* how to read its reg */
    uint8_t       own_address_cells, own_size_cells;  /* its children's reg */
} vb_node;

/* Begin a walk over the tree at `blob`, which stays yours and is only read.
 * VB_OK, or VB_E_DTB if there is no tree that can be read as version 17 and whose
 * blocks lie inside it. */
VB_DEF int vb_dtb_open(vb_dtb *tree, const void *blob);

/* Go to the next node. 1: *node tells about it. 0: the tree is over.
 * VB_E_DTB: it is damaged, or nested deeper than VB_DTB_DEPTH. */
VB_DEF int vb_dtb_next(vb_dtb *tree, vb_node *node);

/* Find a property by name. 1: *value points to its *bytes bytes inside the tree
 * (aligned to 4). 0: the node has none. */
VB_DEF int vb_node_property(const vb_node *node, const char *name,
                            const void **value, uint32_t *bytes);

/* 1 if one of the strings in `compatible` is this one. */
VB_DEF int vb_node_is(const vb_node *node, const char *compatible);

/* The index-th address and size in `reg`. 1, or 0 if there are fewer. */
VB_DEF int vb_node_reg(const vb_node *node, unsigned index,
                       uint64_t *address, uint64_t *size);

/* A number of `count` cells (0 to 2; of more, the last two count). */
VB_DEF uint64_t vb_cells(const void *cells, unsigned count);
VB_DEF uint32_t vb_be32(const void *cell);

/* Fill a machine in from a device tree: see vb_machine_from_dtb in chapter 10. */
VB_DEF int vbi_machine_from_dtb(vb_machine *m, const void *dtb, uint64_t stamp);

#endif /* VB_NO_DTB */
#endif /* VBI_INTERFACE */

#ifdef VBI_CODE
static int vbi_stamp(vb_failure *f, uint64_t stamp);    /* chapter 10 */

/* What making a machine begins with: a clean one, but for m->user. */
VBI_DEF int vbi_machine_begin(vb_machine *m, uint64_t stamp)
{
    void *const user = m->user;

    VBI_TRY(vbi_stamp(&m->failure, stamp));
    vbi_clear(m, sizeof *m);
    m->user = m->failure.user = user;
    m->failure.step = VB_STEP_MACHINE;
    return VB_OK;
}

#ifndef VB_NO_DTB

enum { VBI_DTB_BEGIN = 1, VBI_DTB_END = 2, VBI_DTB_PROPERTY = 3, VBI_DTB_NOP = 4,
       VBI_DTB_OVER = 9 };

VB_DEF uint32_t vb_be32(const void *cell)
{
    const uint32_t v = *(const volatile uint32_t *)cell;

    return VBI_BE32(v);
}

VB_DEF uint64_t vb_cells(const void *cells, unsigned count)
{
    const uint32_t *cell = (const uint32_t *)cells;
    uint64_t v = 0;

    while (count--)
        v = v << 32 | vb_be32(cell++);
    return v;
}

VB_DEF int vb_dtb_open(vb_dtb *tree, const void *blob)
{
    const uint32_t *header = (const uint32_t *)blob;
    uint32_t total, bytes;

    vbi_clear(tree, sizeof *tree);
    if (!blob || ((uintptr_t)blob & 3) || vb_be32(header) != 0xd00dfeed)
        return VB_E_DTB;
    total = vb_be32(header + 1);
    if (total < 40 || vb_be32(header + 5) < 17 || vb_be32(header + 6) > 17)
        return VB_E_DTB;                /* versions: its own, oldest that fits */
    tree->start = (const uint8_t *)blob;
    tree->at = vb_be32(header + 2);
    tree->strings = vb_be32(header + 3);
    tree->strings_bytes = vb_be32(header + 8);
    bytes = vb_be32(header + 9);
    tree->end = tree->at + bytes;
    tree->cells[0][0] = 2;              /* what holds if nothing is said */
    tree->cells[0][1] = 1;

    /* Both blocks lie inside the tree, no sum wraps, and both end in a way that
     * stops whoever looks for the end of a text. */
    if (tree->at > total || bytes > total - tree->at || bytes < 4 || ((tree->at | bytes) & 3) ||
        tree->strings > total || tree->strings_bytes > total - tree->strings ||
        vb_be32(tree->start + tree->end - 4) != VBI_DTB_OVER ||
        (tree->strings_bytes && tree->start[tree->strings + tree->strings_bytes - 1]))
        return VB_E_DTB;
    return VB_OK;
}

/* The token at *at, with *at moved behind it. */
VBI_DEF uint32_t vbi_dtb_token(const vb_dtb *tree, uint32_t *at)
{
    while (*at < tree->end) {
        const uint32_t token = vb_be32(tree->start + *at);

        *at += 4;
        if (token != VBI_DTB_NOP)
            return token;
    }
    return VBI_DTB_OVER;
}

typedef struct vbi_property {
    const char *name;
    const void *value;
    uint32_t    bytes;
} vbi_property;

/* The next property, with *at moved behind it. 1, 0 if there are no more, or
 * VB_E_DTB if it does not lie inside the tree. */
VBI_ONCE int vbi_dtb_property(const vb_dtb *tree, uint32_t *at, vbi_property *p)
{
    uint32_t next = *at, left, name;

    if (vbi_dtb_token(tree, &next) != VBI_DTB_PROPERTY)
        return 0;
    left = tree->end - next;
    if (left < 8)
        return VB_E_DTB;
    p->bytes = vb_be32(tree->start + next);
    name = vb_be32(tree->start + next + 4);
    if (p->bytes > left - 8 || name >= tree->strings_bytes)
        return VB_E_DTB;
    p->name = (const char *)tree->start + tree->strings + name;
    p->value = tree->start + next + 8;
    *at = next + 8 + ((p->bytes + 3) & ~3u);    /* all multiples of 4 */
    return 1;
}

VBI_ONCE int vbi_same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

/* Is `text` one of the strings in a property of strings? */
VBI_ONCE int vbi_lists(const char *list, uint32_t bytes, const char *text)
{
    const char *end;

    if (!bytes || list[bytes - 1])
        return 0;
    end = list + bytes;
    while (list < end) {
        const char *want = text;

        while (*want && *list == *want)
            list++, want++;
        if (*list == *want)
            return 1;
        while (*list++)                 /* on to the next */
            ;
    }
    return 0;
}

/* Look at a property in passing: what everybody asks for is kept in the node, and
 * what its children need in tree->cells. 1 or VB_E_DTB. */
VBI_DEF int vbi_dtb_note(vb_dtb *tree, vb_node *node, const vbi_property *p)
{
    const char first = *p->name;

    if (first == '#' && p->bytes == 4) {
        const uint32_t cells = vb_be32(p->value);
        const int size = vbi_same(p->name, "#size-cells");

        if (!size && !vbi_same(p->name, "#address-cells"))
            return 1;
        if (cells > 4)
            return VB_E_DTB;
        tree->cells[tree->depth][size] = (uint8_t)cells;
    } else if (p->name == tree->compatible || (first == 'c' && vbi_same(p->name, "compatible"))) {
        tree->compatible = p->name;     /* a name is stored once: from now on its */
        node->compatible = (const char *)p->value;      /* address tells */
        node->compatible_bytes = p->bytes;
    } else if (p->name == tree->reg || (first == 'r' && vbi_same(p->name, "reg"))) {
        tree->reg = p->name;
        node->reg = (const uint8_t *)p->value;
        node->reg_bytes = p->bytes;
    } else if (first == 's' && vbi_same(p->name, "status")) {
        if (!tree->hidden && !vbi_lists((const char *)p->value, p->bytes, "okay") &&
            !vbi_lists((const char *)p->value, p->bytes, "ok"))
            tree->hidden = tree->depth; /* until this node ends */
    }
    return 1;
}

/* Read the head of a node: its name and its properties. 0 or VB_E_DTB. */
VBI_DEF int vbi_dtb_enter(vb_dtb *tree, vb_node *node)
{
    vbi_property p;
    int more = 1;

    if (tree->depth == VB_DTB_DEPTH)
        return VB_E_DTB;
    node->tree = tree;
    node->name = (const char *)tree->start + tree->at;
    node->compatible = NULL;
    node->reg = NULL;
    node->compatible_bytes = node->reg_bytes = 0;
    do                                  /* a name is filled up with NULs to 4: */
        tree->at += 4;                  /* stops at the last token's at least */
    while (tree->start[tree->at - 1] && tree->at < tree->end);
    node->depth = tree->depth;
    node->address_cells = tree->cells[tree->depth][0];
    node->size_cells = tree->cells[tree->depth][1];
    tree->depth++;
    tree->cells[tree->depth][0] = 2;
    tree->cells[tree->depth][1] = 1;
    node->properties = tree->at;
    while (more > 0 && (more = vbi_dtb_property(tree, &tree->at, &p)) > 0)
        more = vbi_dtb_note(tree, node, &p);
    node->own_address_cells = tree->cells[tree->depth][0];
    node->own_size_cells = tree->cells[tree->depth][1];
    return more;
}

VB_DEF int vb_dtb_next(vb_dtb *tree, vb_node *node)
{
    for (;;) {
        const uint32_t token = vbi_dtb_token(tree, &tree->at);

        if (token == VBI_DTB_BEGIN) {
            if (vbi_dtb_enter(tree, node))
                return VB_E_DTB;
            if (!tree->hidden)
                return 1;
        } else if (token == VBI_DTB_END && tree->depth) {
            if (--tree->depth < tree->hidden)
                tree->hidden = 0;
        } else {                        /* the end, if every node has ended */
            return token == VBI_DTB_OVER && !tree->depth ? 0 : (int)VB_E_DTB;
        }
    }
}

VB_DEF int vb_node_property(const vb_node *node, const char *name,
                            const void **value, uint32_t *bytes)
{
    uint32_t at = node->properties;
    vbi_property p;

    while (vbi_dtb_property(node->tree, &at, &p) > 0) {
        if (vbi_same(p.name, name)) {
            *value = p.value;
            *bytes = p.bytes;
            return 1;
        }
    }
    return 0;
}

VB_DEF int vb_node_is(const vb_node *node, const char *compatible)
{
    return vbi_lists(node->compatible, node->compatible_bytes, compatible);
}

VB_DEF int vb_node_reg(const vb_node *node, unsigned index,
                       uint64_t *address, uint64_t *size)
{
    const uint32_t entry = 4u * (node->address_cells + node->size_cells);
    const uint8_t *reg;

    if (!entry || index >= 0x10000 || (index + 1) * entry > node->reg_bytes)
        return 0;
    reg = node->reg + index * entry;
    *address = vb_cells(reg, node->address_cells);
    *size = vb_cells(reg + 4 * node->address_cells, node->size_cells);
    return 1;
}

#ifndef VB_NO_MMIO
/* Slots are kept in ascending order: nth counts them so on every machine. */
VBI_DEF void vbi_add_slot(vb_machine *m, const vb_node *node)
{
    uint64_t address, size;
    uint32_t i;

    if (!vb_node_reg(node, 0, &address, &size) || size < 0x100 || !address)
        return;
    if (m->slots == VB_SLOTS) {
        VBI_SAY(m->user, "more virtio-mmio slots than VB_SLOTS: left out, at", address);
        return;
    }
    for (i = m->slots++; i > 0 && m->slot[i - 1] > address; i--)
        m->slot[i] = m->slot[i - 1];
    m->slot[i] = address;
}
#endif

#ifndef VB_NO_PCI
/* `ranges` of a PCI host: entries of 3 cells (kind and PCI address), the CPU's
 * address in the parent's cells, 2 cells of size. The kind is in bits 25:24 of
 * the first cell: 1 I/O, 2 memory with 32-bit addresses, 3 with 64; bit 30 says
 * prefetchable. */
VBI_DEF void vbi_add_windows(vb_machine *m, const vb_node *node)
{
    const uint32_t cells = 5u + node->address_cells;
    const uint32_t *entry;
    const void *ranges;
    uint32_t bytes;

    if (!vb_node_property(node, "ranges", &ranges, &bytes))
        return;
    entry = (const uint32_t *)ranges;
    for (bytes /= 4; bytes >= cells; bytes -= cells, entry += cells) {
        const uint32_t kind = vb_be32(entry);
        const uint64_t pci = vb_cells(entry + 1, 2);
        const uint64_t cpu = vb_cells(entry + 3, node->address_cells);
        const uint64_t size = vb_cells(entry + 3 + node->address_cells, 2);
        vb_window *w = &m->window[m->windows];

        if (!(kind & 0x02000000) || !size || pci + size < pci || cpu + size < cpu)
            continue;                   /* I/O ports, or nonsense */
        if (m->windows == VB_WINDOWS) {
            VBI_SAY(m->user, "more PCI windows than VB_WINDOWS: left out, at", cpu);
            continue;
        }
        w->cpu = cpu;
        w->pci = pci;
        w->size = size;
        w->prefetchable = kind >> 30 & 1;
        m->windows++;
    }
}

VBI_DEF void vbi_add_host(vb_machine *m, const vb_node *node)
{
    uint64_t address = 0, size;
    const void *range;
    uint32_t bytes;

    if (m->ecam || !vb_node_reg(node, 0, &address, &size) || size < 0x100000 ||
        node->own_address_cells != 3 || node->own_size_cells != 2) {
        VBI_SAY(m->user, m->ecam ? "another PCI host, not used"
                                 : "a PCI host that makes no sense, not used",
                address);
        return;
    }
    m->ecam = address;
    m->buses = size >> 20 > 256 ? 256 : (uint32_t)(size >> 20);
    if (vb_node_property(node, "bus-range", &range, &bytes) && bytes == 8)
        m->first_bus = vb_be32(range) & 0xff;
    vbi_add_windows(m, node);
}
#endif

/* Ticks in a microsecond from ticks in a second: a division by 1,000,000 as a
 * multiplication by 2^32 / 1,000,000, since small CPUs can't divide. */
VBI_DEF uint32_t vbi_per_us(uint32_t per_second)
{
    return (uint32_t)((uint64_t)per_second * 4295u >> 32);
}

VB_DEF int vbi_machine_from_dtb(vb_machine *m, const void *dtb, uint64_t stamp)
{
    vb_dtb tree;
    vb_node node;
    int more;

    VBI_TRY(vbi_machine_begin(m, stamp));
#if defined(VBI_GNU) && defined(__aarch64__)
    {
        uint64_t per_second;
        __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(per_second));
        m->ticks_per_us = vbi_per_us((uint32_t)per_second);
    }
#endif
    more = vb_dtb_open(&tree, dtb);
    while (more >= 0 && (more = vb_dtb_next(&tree, &node)) > 0) {
#if defined(__riscv)
        const void *value;
        uint32_t bytes;

        if (vb_node_property(&node, "timebase-frequency", &value, &bytes) && bytes == 4)
            m->ticks_per_us = vbi_per_us(vb_be32(value));
#endif
        if (!node.reg)                  /* no registers: no device of ours */
            continue;
#ifndef VB_NO_MMIO
        if (vb_node_is(&node, "virtio,mmio")) {
            vbi_add_slot(m, &node);
            continue;
        }
#endif
#ifndef VB_NO_PCI
        if (vb_node_is(&node, "pci-host-ecam-generic"))
            vbi_add_host(m, &node);
#endif
    }
    if (more < 0)
        return vbi_fail(&m->failure, VB_E_DTB, (uint64_t)(uintptr_t)dtb);
    return VB_OK;
}

#endif /* VB_NO_DTB */
#endif /* VBI_CODE */

/* ==========================================================================
 * 4  >>pci   Configuration space, capability lists, BARs        [virtio 4.1]
 * ==========================================================================
 *
 * A PCI function has 4 KiB of configuration space. ECAM shows all of them as
 * memory, one after the other:
 *
 *     ecam + (bus << 20 | device << 15 | function << 12 | offset)
 *
 *     0x00  device id | vendor id 1af4      0x10  BAR 0 ... 0x24  BAR 5
 *     0x04  status    | command             0x34  first capability
 *     0x0c  header type in bits 23:16       0x40  capabilities, a linked list
 *
 * A virtio function's registers do not lie there but in BARs: regions of
 * address space that the function claims. Vendor capabilities (id 9) say which
 * structure is where. QEMU's gpu, before any guest code ran:
 *
 *     0x34 -> 98 MSI-X -> 84 type 5 -> 70 type 2 notify -> 60 type 4 device
 *             -> 50 type 3 isr -> 40 type 1 common -> end
 *
 *      a capability [4.1.4]                 BAR 4 (reads 0x0000000c: 64 bits,
 *     +0  09 next length type               prefetchable, address 0)
 *     +4  bar                             +----------+----------+----------+
 *     +8  offset  ----------------------> | common   | device   | notify   |
 *     +c  length  (and for type 2:        +----------+----------+----------+
 *    +10  notify_off_multiplier)          0          0x2000     0x3000
 *
 * Address 0 means that no firmware ran: nobody placed the BAR. Then the driver
 * does, in one of the host bridge's windows. Writing all ones to a BAR and
 * reading it back tells its size, since the low bits stay 0; that must not
 * happen while the function answers to the BAR's address ("decode", command
 * bit 1), nor may the new address collide with others. So:
 *
 *     decode off -> size -> place -> write, read back -> decode and bus
 *                                                        mastering on
 *
 * Other functions are only looked at. Where one has decode on, its BARs are
 * taken to reach as far as their address is aligned, at least 1 MiB. An address
 * that a BAR has while decode is off counts for nothing to others: its device,
 * once it is opened, keeps it only if nothing was placed on this bus before.
 * The buses behind a bridge have numbers only once somebody gave them some; so
 * bridges are named in the trace and not crossed. If you numbered them, open
 * the device with vb_..._open_at and VB_PCI(bus, device, function).
 */

#ifdef VBI_INTERFACE

#ifndef VB_NO_PCI
/* Make a machine of an x86 PC: see vb_machine_from_pc in chapter 10. */
VB_DEF int vbi_machine_from_pc(vb_machine *m, uint64_t stamp);
#endif

enum {                                  /* kinds of regions: cfg_type [4.1.4] */
    VBI_COMMON = 1, VBI_NOTIFY, VBI_ISR, VBI_CONFIG, VBI_REGIONS
};

typedef struct vbi_mapped {             /* a region, as the CPU sees it */
    uintptr_t at;                       /* 0: not mapped */
    uintptr_t bytes;
} vbi_mapped;

/* The regions of one function; those of a virtio-mmio slot are noted here as well. */
typedef struct vb_pci {
    uint32_t  function;                 /* bus << 8 | device << 3 | function */
    uint8_t   ours;                     /* its command register is ours to write */
    uint8_t   decoded;                  /* decode was on before we came */
    uint32_t  notify_multiplier;        /* [4.1.4.4] */
    vbi_mapped region[VBI_REGIONS];
} vb_pci;

#endif /* VBI_INTERFACE */

#if defined(VBI_CODE) && !defined(VB_NO_PCI)

enum {                                  /* offsets in configuration space */
    VBI_PCI_ID = 0x00, VBI_PCI_COMMAND = 0x04, VBI_PCI_HEADER = 0x0c,
    VBI_PCI_BAR = 0x10, VBI_PCI_CAPABILITIES = 0x34, VBI_PCI_INTERRUPT = 0x3c,

    VBI_DECODE_IO = 1, VBI_DECODE = 2, VBI_BUS_MASTER = 4,  /* command */
    VBI_NO_INTX = 0x400, VBI_HAS_CAPABILITIES = 0x100000
};

VBI_ONCE uint32_t vbi_config_get(vb_machine *m, uint32_t function, uint32_t offset)
{
    if (m->config_read)
        return m->config_read(m->user, function, offset);
#ifdef VB_IN32
    if (m->ports) {
        VB_OUT32(0xcf8, 0x80000000u | function << 8 | offset);
        return VB_IN32(0xcfc);
    }
#endif
    return vbi_read32(m->config_at + ((function & 0xff) << 12) + offset);
}

VBI_ONCE void vbi_config_set(vb_machine *m, uint32_t function, uint32_t offset, uint32_t value)
{
    if (m->config_write) {
        m->config_write(m->user, function, offset, value, 4);
        return;
    }
#ifdef VB_IN32
    if (m->ports) {
        VB_OUT32(0xcf8, 0x80000000u | function << 8 | offset);
        VB_OUT32(0xcfc, value);
        return;
    }
#endif
    vbi_write32(m->config_at + ((function & 0xff) << 12) + offset, value);
}

/* The command register is written with 16 bits: the other half of its word is
 * the status register, where a one clears an error. Ports only take the whole
 * word: there the status gets zeros, which change nothing. */
VBI_ONCE void vbi_config_command(vb_machine *m, uint32_t function, uint32_t command)
{
    command &= 0xffff;
    if (m->config_write)
        m->config_write(m->user, function, VBI_PCI_COMMAND, command, 2);
    else if (m->ports)
        vbi_config_set(m, function, VBI_PCI_COMMAND, command);
    else
        vbi_write16(m->config_at + ((function & 0xff) << 12) + VBI_PCI_COMMAND, command);
}

VBI_ONCE void vbi_scan_pci(vb_machine *m, vb_failure *f);        /* chapter 6 */

/* Before any of the three above: is there a way to this bus? With ECAM its
 * 1 MiB is mapped and stays so until another bus is asked for. */
VBI_ONCE int vbi_config_reach(vb_machine *m, vb_failure *f, uint32_t bus)
{
    const uint32_t nth = bus - m->first_bus;

    if (m->config_read && m->config_write)
        return VB_OK;
#ifdef VB_IN32
    if (m->ports)
        return VB_OK;
#endif
    if (!m->ecam || nth >= (m->buses ? m->buses : 1))
        return vbi_fail(f, VB_E_CONFIG_ACCESS, bus);
    if (m->config_at && m->config_bus == bus)
        return VB_OK;
    if (m->config_at)
        VB_UNMAP(m->user, m->config_at, 0x100000);
    m->config_at = vbi_map(f, m->ecam + ((uint64_t)nth << 20), 0x100000);
    m->config_bus = bus;
    return m->config_at ? (int)VB_OK : f->code;
}

/* The virtio device type of a function, 0 if it is none. Ids from 0x1040 on
 * carry it; the transitional ids below are a list [4.1.2.1, 5]. */
VBI_ONCE uint32_t vbi_pci_type(uint32_t id)
{
    static const uint8_t transitional[10] = { 1, 2, 5, 3, 8, 4, 0, 0, 0, 9 };
    const uint32_t device = id >> 16;

    if ((id & 0xffff) != 0x1af4)
        return 0;
    if (device >= 0x1040 && device < 0x1080)
        return device - 0x1040;
    return device >= 0x1000 && device < 0x100a ? transitional[device - 0x1000] : 0;
}

typedef struct vbi_bar {
    uint64_t address, size;             /* size 0: absent, or I/O ports */
    uint32_t flags;                     /* the low four bits */
    uint8_t  known, moves;              /* it was read; it has to move */
} vbi_bar;

enum { VBI_BAR_64 = 4, VBI_BAR_PREFETCHABLE = 8 };

/* ---- which addresses are taken ---------------------------------------- */

/* When the list is full its last entry grows over what comes. */
VBI_ONCE void vbi_reserve(vb_machine *m, uint64_t start, uint64_t end)
{
    vb_range *r = &m->range[m->ranges];

    if (m->ranges == VB_RESERVED) {
        r--;
        if (start > r->start)
            start = r->start;
        if (end < r->end)
            end = r->end;
    } else {
        m->ranges++;
    }
    r->start = start;
    r->end = end;
}

/* What a function occupies while its decode is on: its BARs, and of a bridge what
 * it passes on. Nothing is written. */
VBI_ONCE void vbi_survey_function(vb_machine *m, uint32_t function)
{
    const int bridge = (vbi_config_get(m, function, VBI_PCI_HEADER) >> 16 & 0x7f) == 1;
    const uint32_t end = VBI_PCI_BAR + (bridge ? 8 : 24);
    uint32_t at;

    for (at = VBI_PCI_BAR; at < end; at += 4) {
        const uint32_t low = vbi_config_get(m, function, at);
        uint64_t address = low & ~15u, size;

        if ((low & 7) == VBI_BAR_64) {
            at += 4;
            address |= (uint64_t)vbi_config_get(m, function, at) << 32;
        }
        size = address & (0 - address); /* as far as it is aligned */
        if (address && !(low & 1))
            vbi_reserve(m, address, address + (size < 0x100000 ? 0x100000 : size));
    }
    for (at = 0x20; bridge && at <= 0x24; at += 4) {    /* its two windows */
        const uint32_t window = vbi_config_get(m, function, at);
        uint64_t base = (uint64_t)(window & 0xfff0) << 16, limit = window & 0xfff00000;

        if (at == 0x24 && (window & 15) == 1) {     /* prefetchable, 64 bits */
            base |= (uint64_t)vbi_config_get(m, function, 0x28) << 32;
            limit |= (uint64_t)vbi_config_get(m, function, 0x2c) << 32;
        }
        if (base <= limit)              /* the limit's last MiB belongs to it */
            vbi_reserve(m, base, limit + 0x100000);
    }
}

VBI_DEF void vbi_survey(vb_machine *m, vb_failure *f)
{
    uint32_t i;

    if (!m->scanned)                    /* opened by its place */
        vbi_scan_pci(m, f);
    m->surveyed = 1;
    for (i = 0; i < 256; i++) {
        const uint32_t function = m->first_bus << 8 | i;

        if ((m->present[i >> 5] >> (i & 31) & 1) &&
            (vbi_config_get(m, function, VBI_PCI_COMMAND) & VBI_DECODE))
            vbi_survey_function(m, function);
    }
}

/* ---- BARs --------------------------------------------------------------- */

/* Learn address and size of a BAR. Decode is off meanwhile, so that all ones in it
 * harm nobody. Sizes of 4 GiB and more are not understood: no virtio structure
 * needs them. */
VBI_DEF void vbi_bar_read(vb_machine *m, uint32_t function, uint32_t index, vbi_bar *bar)
{
    const uint32_t at = VBI_PCI_BAR + 4 * index;
    const uint32_t low = vbi_config_get(m, function, at);
    uint32_t mask;

    bar->known = 1;
    if (low & 1)                        /* I/O ports: nothing that we can use */
        return;
    bar->flags = low & 15;
    bar->address = low & ~15u;
    if ((low & 6) == VBI_BAR_64)
        bar->address |= (uint64_t)vbi_config_get(m, function, at + 4) << 32;
    vbi_config_set(m, function, at, VBI_ALL_ONES);
    mask = vbi_config_get(m, function, at) & ~15u;
    vbi_config_set(m, function, at, low);
    bar->size = mask & (0 - mask);      /* its lowest one */
}

VBI_DEF int vbi_inside(const vb_window *w, uint64_t address, uint64_t size)
{
    return address >= w->pci && address - w->pci < w->size &&
           size <= w->size - (address - w->pci);
}

VBI_ONCE const vb_window *vbi_window_of(const vb_machine *m, const vbi_bar *bar)
{
    uint32_t i;

    for (i = 0; i < m->windows && i < VB_WINDOWS; i++)
        if (vbi_inside(&m->window[i], bar->address, bar->size))
            return &m->window[i];
    return NULL;
}

/* The first free address of a window that is aligned to `size`, or 0: for every
 * range in the way it moves behind it and looks at all of them again. */
VBI_DEF uint64_t vbi_free_address(const vb_machine *m, const vb_window *w, uint64_t size)
{
    uint64_t at = w->pci ? w->pci : 1;  /* address 0 would look unplaced */
    uint32_t i = 0;

    at = (at + size - 1) & ~(size - 1);
    while (i < m->ranges) {
        const vb_range *r = &m->range[i++];

        if (at < r->end && at + size > r->start) {
            const uint64_t next = (r->end + size - 1) & ~(size - 1);

            if (next <= at)             /* wrapped: nothing behind it */
                return 0;
            at = next;
            i = 0;
        }
    }
    return vbi_inside(w, at, size) ? at : 0;
}

/* Find a place for a BAR: below 4 GiB if there is room, since a high window may
 * be out of the caller's page tables, above it only for a 64-bit BAR. */
VBI_DEF uint64_t vbi_find_room(const vb_machine *m, const vbi_bar *bar)
{
    uint64_t high = 0;
    uint32_t i;

    for (i = 0; i < m->windows && i < VB_WINDOWS; i++) {
        const vb_window *w = &m->window[i];
        const uint64_t at = vbi_free_address(m, w, bar->size);

        if (!at || (w->prefetchable && !(bar->flags & VBI_BAR_PREFETCHABLE)))
            continue;
        if ((at + bar->size - 1) >> 32 == 0)
            return at;
        if (!high && (bar->flags & VBI_BAR_64))
            high = at;
    }
    return high;
}

VBI_DEF int vbi_bar_place(vb_machine *m, vb_failure *f, const vb_pci *p,
                          uint32_t index, vbi_bar *bar)
{
    const uint32_t function = p->function, at = VBI_PCI_BAR + 4 * index;
    const uint64_t old = bar->address;
    uint32_t low, high;

    f->step = VB_STEP_PLACE;
    if (!m->windows || function >> 8 != m->first_bus)
        return vbi_fail(f, VB_E_BAR_EMPTY, index);
    if (!m->surveyed)
        vbi_survey(m, f);
    if (p->decoded)                     /* its other BARs may be placed already */
        vbi_survey_function(m, function);
    bar->moves = 0;
    bar->address = vbi_find_room(m, bar);
    if (!bar->address)
        return vbi_fail(f, VB_E_NO_ROOM, bar->size);
    vbi_reserve(m, bar->address, bar->address + bar->size);

    vbi_config_set(m, function, at, (uint32_t)bar->address);
    low = vbi_config_get(m, function, at) & ~15u;
    high = (uint32_t)(bar->address >> 32);
    if (high != old >> 32) {            /* the upper half only if it changes */
        vbi_config_set(m, function, at + 4, high);
        high = vbi_config_get(m, function, at + 4);
    }
    if (((uint64_t)high << 32 | low) != bar->address)
        return vbi_fail(f, VB_E_BAR_REFUSED, (uint64_t)high << 32 | low);
    VBI_SAY(m->user, "placed BAR", index);
    VBI_SAY(m->user, "  at PCI address", bar->address);
    return VB_OK;
}

/* ---- capabilities -------------------------------------------------------- */

/* Read the capability at `at` and make its region reachable: 1. 0 if it can't be
 * used: it must lie in a memory BAR, long and aligned enough, and its end is summed
 * up in 64 bits, for an offset close to 4 GiB must not wrap to a small one. BARs
 * are sized when a capability first names them, and placed when it can be used. */
VBI_DEF int vbi_take_region(vb_machine *m, vb_failure *f, vb_pci *p, uint32_t at,
                            uint32_t type, vbi_bar *bars)
{
    static const uint8_t least[VBI_REGIONS] = { 0, 56, 2, 1, 1 };
    static const uint8_t align[VBI_REGIONS] = { 0, 3, 1, 0, 3 };
    const uint32_t index = vbi_config_get(m, p->function, at + 4) & 0xff;
    const uint32_t offset = vbi_config_get(m, p->function, at + 8);
    const uint32_t length = vbi_config_get(m, p->function, at + 12);
    vbi_mapped *const region = &p->region[type];
    vbi_bar *const bar = &bars[index < 6 ? index : 0];
    const vb_window *w;

    if (index >= 6)                     /* reserved [4.1.4.1] */
        return 0;
    if (!bar->known) {
        vbi_bar_read(m, p->function, index, bar);
        bar->moves = m->surveyed && !p->decoded;
    }
    if (length < least[type] || (offset & align[type]) || (uint64_t)offset + length > bar->size)
        return 0;
    if (!bar->address || bar->moves || (m->windows && !vbi_window_of(m, bar)))
        VBI_TRY(vbi_bar_place(m, f, p, index, bar));
    w = vbi_window_of(m, bar);
    region->bytes = length < 0x10000 ? length : 0x10000;    /* no more is used */
    region->at = vbi_map(f, bar->address + offset + (w ? w->cpu - w->pci : 0),
                         (uint32_t)region->bytes);
    return region->at ? 1 : (int)f->code;
}

/* Walk the capability list and take of each type in the bits of `wanted` the first
 * region that can be used [4.1.4]. */
VBI_DEF int vbi_take_regions(vb_machine *m, vb_failure *f, vb_pci *p, uint32_t wanted)
{
    uint32_t at = vbi_config_get(m, p->function, VBI_PCI_CAPABILITIES) & 0xfc;
    uint32_t left = 48;                 /* more do not fit into 192 bytes */
    vbi_bar bars[6];

    vbi_clear(bars, sizeof bars);
    while (at >= 0x40) {
        const uint32_t head = vbi_config_get(m, p->function, at);
        const uint32_t type = head >> 24, bytes = head >> 16 & 0xff;

        if (head == VBI_ALL_ONES)
            return vbi_fail(f, VB_E_GONE, head);
        if (!left--)
            return vbi_fail(f, VB_E_CAPABILITY_LOOP, at);
        if ((head & 0xff) == 9 && type < VBI_REGIONS && (wanted >> type & 1) &&
            bytes >= (type == VBI_NOTIFY ? 20u : 16u)) {
            const int taken = vbi_take_region(m, f, p, at, type, bars);

            if (taken < 0)
                return taken;
            if (taken)
                wanted &= ~(1u << type);
            else
                VBI_SAY(m->user, "skipped a virtio capability that is out of reach, at", at);
            if (taken && type == VBI_NOTIFY)
                p->notify_multiplier = vbi_config_get(m, p->function, at + 16);
        }
        at = head >> 8 & 0xfc;
    }
    wanted &= ~(1u << VBI_CONFIG);      /* some devices have none */
    for (at = VBI_COMMON; at < VBI_REGIONS; at++)
        if (wanted >> at & 1)
            return vbi_fail(f, VB_E_NO_CAPABILITY, at);
    return VB_OK;
}

/* Make the registers of p->function reachable: the steps of the manual above.
 * After an error vbi_release cleans up. */
VBI_DEF int vbi_pci_open(vb_machine *m, vb_failure *f, vb_pci *p, uint32_t interrupts)
{
    uint32_t wanted = 1u << VBI_COMMON | 1u << VBI_NOTIFY | 1u << VBI_CONFIG;
    uint32_t command = vbi_config_get(m, p->function, VBI_PCI_COMMAND);

    f->step = VB_STEP_PCI;
    vbi_clear(p->region, sizeof p->region);
    if (command == VBI_ALL_ONES)
        return vbi_fail(f, VB_E_GONE, command);
    if (!(command & VBI_HAS_CAPABILITIES))
        return vbi_fail(f, VB_E_NO_CAPABILITY, VBI_COMMON);
    p->ours = 1;
    p->decoded = (command & VBI_DECODE) != 0;
    if (command & (VBI_DECODE_IO | VBI_DECODE)) {
        command &= ~(uint32_t)(VBI_DECODE_IO | VBI_DECODE);
        vbi_config_command(m, p->function, command);
    }
    if (interrupts)
        wanted |= 1u << VBI_ISR;
    VBI_TRY(vbi_take_regions(m, f, p, wanted));

    command |= VBI_DECODE | VBI_BUS_MASTER | VBI_NO_INTX;
    if (interrupts)
        command &= ~(uint32_t)VBI_NO_INTX;
    vbi_config_command(m, p->function, command);
    return VB_OK;
}

/* Take the bus from the device: nothing can be written by it now. */
VBI_DEF void vbi_pci_quiet(vb_machine *m, vb_failure *f, const vb_pci *p)
{
    if (p->ours && vbi_config_reach(m, f, p->function >> 8) == VB_OK)
        vbi_config_command(m, p->function, vbi_config_get(m, p->function, VBI_PCI_COMMAND) &
                                               ~(uint32_t)VBI_BUS_MASTER);
}

VBI_DEF void vbi_pci_unmap(vb_machine *m, vb_pci *p)
{
    uint32_t type;

    for (type = VBI_COMMON; type < VBI_REGIONS && p->ours; type++)
        if (p->region[type].at)
            VB_UNMAP(m->user, p->region[type].at, p->region[type].bytes);
    p->ours = 0;
}

VB_DEF int vbi_machine_from_pc(vb_machine *m, uint64_t stamp)
{
    VBI_TRY(vbi_machine_begin(m, stamp));
#ifdef VB_IN32
    m->ports = 1;
    return VB_OK;
#else
    return vbi_fail(&m->failure, VB_E_CONFIG_ACCESS, 0);
#endif
}

#endif /* VBI_CODE, !VB_NO_PCI */

/* ==========================================================================
 * 5  >>transport   One set of registers, two layouts      [virtio 4.1.4, 4.2.2]
 * ==========================================================================
 *
 * A virtio device has the same dozen registers wherever it sits. virtio-pci
 * keeps them in the "common" region, packed and of mixed widths; virtio-mmio
 * spreads them over a slot of 0x200 bytes, all 32 bits wide:
 *
 *     virtio-mmio slot                        virtio-pci
 *     0x000 MagicValue "virt"                 (its PCI ids)
 *     0x004 Version, must be 2
 *     0x008 DeviceID, 0 = empty slot
 *     0x010 ... 0x0ac  the registers below    common region, 56 bytes
 *     0x050 QueueNotify, one for all queues   notify region, one a queue:
 *                                               notify
 *                                               + queue_notify_off
 *                                               * notify_off_multiplier
 *     0x060 InterruptStatus, 0x064 ACK        isr region, reading acknowledges
 *     0x0fc ConfigGeneration                  in the common region
 *     0x100 configuration of the device type  device region
 *
 * So a register's name here is its three coordinates: offset in the slot,
 * offset in the common region, width there. Everything above this chapter says
 * vbi_get(d, VBI_STATUS) and does not care. A 64-bit register is two of 32 bits;
 * a register wider or narrower than its own width must not be used.
 */

#ifdef VBI_INTERFACE

struct vb_queue;
struct vb_ring;

typedef struct vb_device {
    vb_failure  failure;                /* the last one; code VB_OK if none */
    vb_machine *machine;
    uint64_t    at;                     /* its place, as in vb_..._open_at */
    uint64_t    offered, features;      /* feature bits: its, and the accepted */
    uint32_t    type;                   /* 3 console, 4 entropy, 16 gpu [5] */
    uint32_t    state;                  /* private: VBI_CLOSED ... */
    uint32_t    status;                 /* the status bits that were set */
    int32_t     broken;                 /* the lie after which nothing goes */
    uint32_t    mark;                   /* its index in machine.open_place */
    uint8_t     slot, pin;              /* of its interrupt: PCI device number
                                           and pin (1 = INTA; 0 without
                                           desc.interrupts); or the index of its
                                           slot in the machine */
    uint8_t     interrupts, queues;
    uint32_t    timeout_us;
    uint64_t    began, span;            /* of the call that waits just now */
    uintptr_t   slot_at;                /* mmio registers, mapped; else 0 */
    struct vb_queue *queue[4];          /* those that were set up */
    vb_pci      pci;
} vb_device;

#endif /* VBI_INTERFACE */

#ifdef VBI_CODE

/* All three in 15 bits, so that a name is one instruction of any CPU. */
#define VBI_REGISTER(mmio, pci, width) ((mmio) / 4 << 9 | (pci) << 3 | (width))
#define VBI_IN_SLOT(name) ((name) >> 9 << 2)
#define VBI_IN_COMMON(name) ((name) >> 3 & 0x3f)
#define VBI_WIDTH(name) ((name) & 7)

enum {
    /* name                                    mmio   pci    bytes on pci */
    VBI_DEVICE_FEATURES        = VBI_REGISTER(0x010, 0x04, 4),
    VBI_DEVICE_FEATURES_SELECT = VBI_REGISTER(0x014, 0x00, 4),
    VBI_DRIVER_FEATURES        = VBI_REGISTER(0x020, 0x0c, 4),
    VBI_DRIVER_FEATURES_SELECT = VBI_REGISTER(0x024, 0x08, 4),
    VBI_QUEUE_SELECT           = VBI_REGISTER(0x030, 0x16, 2),
    VBI_QUEUE_SIZE_MAX         = VBI_REGISTER(0x034, 0x18, 2),
    VBI_QUEUE_SIZE_NOW         = VBI_REGISTER(0x038, 0x18, 2),
    VBI_QUEUE_ENABLE           = VBI_REGISTER(0x044, 0x1c, 2),
    VBI_QUEUE_NOTIFY_OFF       = VBI_REGISTER(0x000, 0x1e, 2),     /* pci only */
    VBI_STATUS                 = VBI_REGISTER(0x070, 0x14, 1),
    VBI_QUEUE_DESC             = VBI_REGISTER(0x080, 0x20, 4),
    VBI_QUEUE_DRIVER           = VBI_REGISTER(0x090, 0x28, 4),
    VBI_QUEUE_DEVICE           = VBI_REGISTER(0x0a0, 0x30, 4),
    VBI_CONFIG_GENERATION      = VBI_REGISTER(0x0fc, 0x15, 1),
    VBI_NEXT_REGISTER          = VBI_REGISTER(4, 4, 0)  /* the upper half of one */
};

enum { VBI_SLOT_MAGIC = 0x000, VBI_SLOT_VERSION = 0x004, VBI_SLOT_TYPE = 0x008,
       VBI_SLOT_NOTIFY = 0x050, VBI_SLOT_INTERRUPT = 0x060, VBI_SLOT_ACK = 0x064,
       VBI_SLOT_CONFIG = 0x100, VBI_SLOT_BYTES = 0x200 };

/* A register of 1, 2 or 4 bytes; a width of its own for each, see >>platform. */
VBI_DEF uint32_t vbi_read(uintptr_t address, unsigned width)
{
    if (width == 1)
        return VB_READ8(address);
    return width == 2 ? vbi_read16(address) : vbi_read32(address);
}

VBI_DEF void vbi_write(uintptr_t address, unsigned width, uint32_t value)
{
    if (width == 1)
        VB_WRITE8(address, (uint8_t)value);
    else if (width == 2)
        vbi_write16(address, value);
    else
        vbi_write32(address, value);
}

#ifdef VB_NO_MMIO
#define VBI_IS_MMIO(d) 0
#elif defined(VB_NO_PCI)
#define VBI_IS_MMIO(d) 1
#else
#define VBI_IS_MMIO(d) ((d)->slot_at != 0)
#endif

VBI_DEF uint32_t vbi_get(const vb_device *d, uint32_t name)
{
    const uintptr_t at = d->pci.region[VBI_COMMON].at;

    return VBI_IS_MMIO(d) ? vbi_read32(at + VBI_IN_SLOT(name))
                          : vbi_read(at + VBI_IN_COMMON(name), VBI_WIDTH(name));
}

VBI_ONCE void vbi_set(const vb_device *d, uint32_t name, uint32_t value)
{
    const uintptr_t at = d->pci.region[VBI_COMMON].at;

    if (VBI_IS_MMIO(d))
        vbi_write32(at + VBI_IN_SLOT(name), value);
    else
        vbi_write(at + VBI_IN_COMMON(name), VBI_WIDTH(name), value);
}

VBI_ONCE void vbi_set64(const vb_device *d, uint32_t name, uint64_t value)
{
    vbi_set(d, name, (uint32_t)value);
    vbi_set(d, name + VBI_NEXT_REGISTER, (uint32_t)(value >> 32));
}

#ifndef VB_NO_MMIO

/* What is in a slot? Its device type, 0 if it is empty or no slot at all (then
 * *version is what stands there). The order of the reads is the specification's
 * [4.2.3.1.1]. Of a legacy slot, version 1, the type is read to be able to name it. */
VBI_DEF uint32_t vbi_slot_type(uintptr_t slot_at, uint32_t *version)
{
    *version = vbi_read32(slot_at + VBI_SLOT_MAGIC);
    if (*version != 0x74726976)
        return 0;
    *version = vbi_read32(slot_at + VBI_SLOT_VERSION);
    return vbi_read32(slot_at + VBI_SLOT_TYPE);
}

VBI_DEF int vbi_mmio_open(vb_device *d)
{
    vbi_mapped *const region = d->pci.region;
    uint32_t version, type;

    d->slot_at = vbi_map(&d->failure, d->at, VBI_SLOT_BYTES);
    if (!d->slot_at)
        return d->failure.code;
    region[VBI_COMMON].at = d->slot_at;
    region[VBI_NOTIFY].at = d->slot_at + VBI_SLOT_NOTIFY;
    region[VBI_NOTIFY].bytes = 4;
    region[VBI_CONFIG].at = d->slot_at + VBI_SLOT_CONFIG;
    region[VBI_CONFIG].bytes = VBI_SLOT_BYTES - VBI_SLOT_CONFIG;
    type = vbi_slot_type(d->slot_at, &version);
    if (version == VBI_ALL_ONES || type == VBI_ALL_ONES)
        return vbi_fail(&d->failure, VB_E_GONE, version);
    if (version == 1 && type)
        return vbi_fail(&d->failure, VB_E_LEGACY, type);
    if (version != 2 || type != d->type)
        return vbi_fail(&d->failure, VB_E_NOT_VIRTIO, type);
    return VB_OK;
}

#endif

#endif /* VBI_CODE */

/* ==========================================================================
 * 6  >>device   How a device is woken and put to rest      [virtio 2.1, 3.1.1]
 * ==========================================================================
 *
 * Waking a device is a staircase of bits in its status register. The driver
 * sets one after the other and reads the register back each time, since the
 * device may refuse:
 *
 *                                                     DRIVER_OK 4
 *                                     FEATURES_OK 8  +-----------  live
 *                      DRIVER 2      +---------------+ queues
 *      ACKNOWLEDGE 1  +--------------+ features
 *     +---------------+ "I can drive you"
 *     | "I saw you"
 *   --+ 0, reset; read until it is 0
 *
 *     FAILED 128            the driver gives up (it writes this)
 *     DEVICE_NEEDS_RESET 64 the device gives up (it sets this)
 *     all ones              the device is not there any more
 *
 *     vb_device_open     finds it, maps its registers, up to FEATURES_OK
 *     vb_device_queue    once for each queue
 *     vb_device_start    DRIVER_OK
 *     vb_device_close    reset, bus mastering off, registers unmapped
 *
 * Features are bits that one side offers and the other accepts. Taken are
 *
 *     VERSION_1 (32)          always; a device without it is legacy
 *     ACCESS_PLATFORM (33)    if offered: addresses are the bus's (VB_TO_BUS)
 *     ORDER_PLATFORM (36)     if offered: our barriers are strong enough
 *     console SIZE (0), EMERG_WRITE (2)
 *
 * and not taken, though often offered:
 *
 *     INDIRECT_DESC (28)      costs a second table, buys nothing for short chains
 *     EVENT_IDX (29)          saves interrupts; a polling driver has none
 *     RING_PACKED (34)        another ring layout for the same requests
 *     IN_ORDER (35)           would let us trust the device more, not less
 *     NOTIFICATION_DATA (38), RING_RESET (40)     not needed
 *     console MULTIPORT (1)   a handshake before the first byte
 *     gpu VIRGL (0), EDID (1), RESOURCE_BLOB (3)  3D, monitor names, host memory
 *
 * What a scan of the machine found is remembered, and so is which places are open,
 * for no device can serve two objects. `nth` counts the devices of a type: PCI
 * functions of the first bus first, then slots, each in ascending order. Slots are
 * looked at only if the device was not found on PCI; and if it is not among those
 * remembered the machine is scanned anew, so one that arrives late is found.
 */

#ifdef VBI_INTERFACE

typedef struct vb_device_desc {
    uint32_t type;                      /* 3 console, 4 entropy, 16 gpu [5] */
    uint32_t nth;                       /* which of them, from 0 */
    uint64_t at;                        /* or its place: VB_PCI(b, d, f), or the
                                           address of its slot; nth is ignored */
    uint64_t features;                  /* what to accept if offered, beside the
                                           three of every device */
    uint32_t timeout_us;                /* 0: VB_TIMEOUT_US */
    uint32_t interrupts;                /* 1: leave INTx on, see below */
} vb_device_desc;

/* Find a device, reset it and agree on features: see vb_device_open in
 * chapter 10. */
VB_DEF int vbi_device_open_stamped(vb_device *d, vb_machine *m, const vb_device_desc *want,
                                   uint64_t stamp);

/* Set up queue number `index` with `ring` as its memory, which must lie in a
 * `dma` member of yours and becomes the device's until vb_device_close [4.1.5.1.3,
 * 4.2.3.2]. At most 4 queues. After an error the device is closed: VB_E_QUEUE,
 * VB_E_DOORBELL, VB_E_ALIGN (16 bytes), VB_E_NOT_CONTIGUOUS. */
VB_DEF int vb_device_queue(vb_device *d, struct vb_queue *q, uint32_t index,
                           struct vb_ring *ring);

/* DRIVER_OK: from here on queues may be used [3.1.1 step 8]. */
VB_DEF int vb_device_start(vb_device *d);

/* Read `count` fields of `width` bytes (1, 2 or 4) from the device's own
 * configuration at `offset`. More than one field are read again until the
 * device did not change them in between [2.5.1]. */
VB_DEF int vb_device_config(vb_device *d, uint32_t offset, unsigned width,
                            unsigned count, uint32_t *values);

/* With desc.interrupts: what the interrupt was for, acknowledged by reading.
 * Bit 0: used buffers, bit 1: the configuration changed [4.1.4.5, 4.2.2]. */
VB_DEF int vb_device_interrupt(vb_device *d);

/* Give up or finish: reset, bus mastering off, registers unmapped. Afterwards
 * the device touches no memory of yours. If it does not reset, VB_E_STILL_OWNED:
 * leave the object where it is; open or close tries again. */
VB_DEF int vb_device_close(vb_device *d);

/* Say through VB_TRACE what the machine holds: PCI functions, windows, slots. */
VB_DEF void vb_machine_list(vb_machine *m);

#endif /* VBI_INTERFACE */

#ifdef VBI_CODE

enum { VBI_ACKNOWLEDGE = 1, VBI_DRIVER = 2, VBI_DRIVER_OK = 4, VBI_FEATURES_OK = 8,
       VBI_NEEDS_RESET = 64, VBI_FAILED = 128 };

enum { VBI_CLOSED, VBI_WAKING, VBI_LIVE, VBI_STUCK };   /* vb_device.state */

#define VBI_VERSION_1 ((uint64_t)1 << 32)
#define VBI_ACCESS_PLATFORM ((uint64_t)1 << 33)
#define VBI_ORDER_PLATFORM ((uint64_t)1 << 36)

/* ---- time ---------------------------------------------------------------- */

/* Begin a wait of so many microseconds. Without a clock, polls are counted. */
VBI_ONCE void vbi_clock_start(vb_device *d, uint32_t us)
{
    const uint32_t per_us = d->machine->ticks_per_us;

    d->span = (uint64_t)us * (per_us ? per_us : (uint32_t)VB_POLLS_PER_US);
    d->began = per_us ? VB_TICKS() : 0;
}

/* One turn of a wait: 1 when the time is over. */
VBI_ONCE int vbi_late(vb_device *d)
{
    VB_RELAX();
    if (d->machine->ticks_per_us)
        return VB_TICKS() - d->began >= d->span;
    return ++d->began >= d->span;
}

/* Begin a call that may wait: its deadline, no failure yet. */
VBI_ONCE void vbi_begin_call(vb_device *d, uint32_t us)
{
    d->failure.code = VB_OK;
    d->failure.step = VB_STEP_REQUEST;
    vbi_clock_start(d, us);
}

/* ---- failing ------------------------------------------------------------- */

VBI_DEF void vbi_shut_queues(vb_device *d);    /* >>queue */

/* A device that lied is not believed again before it was reset. */
VBI_DEF VBI_RARE int vbi_broken(vb_device *d, int code, uint64_t value)
{
    d->broken = code;
    vbi_shut_queues(d);
    return vbi_fail(&d->failure, code, value);
}

/* May requests be made? If not, why not. */
VBI_ONCE int vbi_usable(const vb_device *d)
{
    if (d->broken)
        return d->broken;
    if (d->state == VBI_LIVE)
        return VB_OK;
    return d->state != VBI_WAKING && d->failure.code ? (int)d->failure.code
                                                    : (int)VB_E_NOT_OPEN;
}

/* Begin a public call that may wait, if requests may be made. */
VBI_ONCE int vbi_begin(vb_device *d)
{
    VBI_TRY(vbi_usable(d));
    vbi_begin_call(d, d->timeout_us);
    return VB_OK;
}

/* The status bits, or an error if the device gave up or went away. */
VBI_ONCE int vbi_status(vb_device *d)
{
    const uint32_t status = vbi_get(d, VBI_STATUS);

    if ((status & 0xff) == 0xff)
        return vbi_broken(d, VB_E_GONE, status);
    if (status & VBI_NEEDS_RESET)
        return vbi_broken(d, VB_E_NEEDS_RESET, status);
    return (int)(status & 0xff);
}

/* ---- finding ------------------------------------------------------------- */

#ifdef VB_NO_TEXT
#define VBI_SAY_DEVICE(m, opening, type, at) ((void)0)
#else
#define VBI_SAY_DEVICE(m, opening, type, at) vbi_say_device(m, opening, type, at)

/* One device in the story: what it is, where it is. */
VBI_DEF void vbi_say_device(const vb_machine *m, int opening, uint32_t type, uint64_t at)
{
    const uint32_t function = (uint32_t)(at >> 1);

    if (type == 3)
        VBI_SAY(m->user, opening ? "opening the virtio console, type" : "virtio console, type", type);
    else if (type == 16)
        VBI_SAY(m->user, opening ? "opening the virtio gpu, type" : "virtio gpu, type", type);
    else
        VBI_SAY(m->user, opening ? "opening the virtio device, type" : "virtio device, type", type);
    if (at & 1) {
        VBI_SAY(m->user, "  PCI bus", function >> 8);
        VBI_SAY(m->user, "  device", function >> 3 & 31);
    } else {
        VBI_SAY(m->user, "  slot at", at);
    }
}
#endif

VBI_ONCE void vbi_found(vb_machine *m, uint64_t at, uint32_t type)
{
    if (m->devices == VB_DEVICES) {
        VBI_SAY(m->user, "more virtio devices than VB_DEVICES: left out, at", at);
        return;
    }
    m->place[m->devices] = at;
    m->type[m->devices] = (uint8_t)type;
    m->devices++;
}

/* A scan begins with PCI: its devices come first. */
#ifdef VB_NO_PCI
VBI_DEF void vbi_scan_pci(vb_machine *m, vb_failure *f) { m->devices = 0; (void)f; }
#else
/* Look at every function of the first bus. Functions 1 to 7 exist only where
 * function 0 says so in its header type. */
VBI_ONCE void vbi_scan_pci(vb_machine *m, vb_failure *f)
{
    uint32_t i, step = 8;

    m->scanned = 1;
    m->devices = 0;
    if (!m->ecam && !m->ports && !m->config_read)
        return;
    if (vbi_config_reach(m, f, m->first_bus))
        return;
    for (i = 0; i < 256; i += step) {   /* device << 3 | function */
        const uint32_t function = m->first_bus << 8 | i;
        const uint32_t id = vbi_config_get(m, function, VBI_PCI_ID);
        uint32_t header, type;

        if ((i & 7) == 0)
            step = 8;
        if ((id & 0xffff) == 0xffff || id == 0)
            continue;
        m->present[i >> 5] |= 1u << (i & 31);
        header = vbi_config_get(m, function, VBI_PCI_HEADER) >> 16;
        if (header & 0x80)
            step = 1;
        if ((header & 0x7f) == 1)
            VBI_SAY(m->user, "a PCI bridge; what is behind it is not looked at, device", i >> 3);
        type = vbi_pci_type(id);
        if (type)
            vbi_found(m, VB_PCI(m->first_bus, i >> 3, i & 7), type);
    }
}
#endif

#ifdef VB_NO_MMIO
VBI_DEF void vbi_scan_slots(vb_machine *m, vb_failure *f) { (void)m, (void)f; }
#else
VBI_DEF void vbi_scan_slots(vb_machine *m, vb_failure *f)
{
    uint32_t i;

    for (i = 0; i < m->slots && i < VB_SLOTS; i++) {
        const uintptr_t slot_at = vbi_map(f, m->slot[i], VBI_SLOT_BYTES);
        uint32_t version, type;

        if (!slot_at)
            continue;
        type = vbi_slot_type(slot_at, &version);
        VB_UNMAP(m->user, slot_at, VBI_SLOT_BYTES);
        if (type && type < 64)          /* legacy ones fail when opened */
            vbi_found(m, m->slot[i], type);
    }
}
#endif

/* The place of the nth remembered device of a type, or 0. */
VBI_ONCE uint64_t vbi_nth_place(const vb_machine *m, const vb_device_desc *want)
{
    uint32_t i, nth = want->nth;

    for (i = 0; i < m->devices; i++)
        if (m->type[i] == want->type && nth-- == 0)
            return m->place[i];
    return 0;
}

/* Where is the wanted device? Its place, or 0 after a failure was recorded. */
VBI_DEF uint64_t vbi_locate(vb_device *d, vb_machine *m, const vb_device_desc *want)
{
    vb_failure *const f = &d->failure;
    uint64_t at = want->at;

    if (m->failure.code) {              /* it could not be made */
        (void)vbi_fail(f, m->failure.code, m->failure.value);
        return 0;
    }
    f->code = VB_OK;
    if (!at)                            /* remembered? */
        at = vbi_nth_place(m, want);
    if (!at) {
        vbi_scan_pci(m, f);
        at = vbi_nth_place(m, want);
    }
    if (!at) {
        vbi_scan_slots(m, f);
        at = vbi_nth_place(m, want);
    }
    if (at)
        return at;
#ifndef VB_NO_TEXT
    vb_machine_list(m);
#endif
    if (!f->code)
        (void)vbi_fail(f, VB_E_NOT_FOUND, want->type);
    return 0;
}

/* Mark a device as open, so that no other object takes it. */
VBI_DEF int vbi_claim(vb_device *d)
{
    uint64_t *const open = d->machine->open_place;
    uint32_t i, free_mark = VB_DEVICES;

    for (i = 0; i < VB_DEVICES; i++) {
        if (open[i] == d->at)
            return vbi_fail(&d->failure, VB_E_BUSY, d->at);
        if (!open[i])
            free_mark = i;
    }
    if (free_mark == VB_DEVICES)
        return vbi_fail(&d->failure, VB_E_FULL, d->at);
    open[free_mark] = d->at;
    d->mark = free_mark;
    return VB_OK;
}

#if !defined(VB_NO_PCI) && !defined(VB_NO_TEXT)
VBI_DEF void vbi_say_function(vb_machine *m, uint32_t function)
{
    VBI_SAY(m->user, "PCI device", function >> 3 & 31);
    VBI_SAY(m->user, "  function", function & 7);
    VBI_SAY(m->user, "  device id << 16 | vendor id", vbi_config_get(m, function, VBI_PCI_ID));
}
#endif

VB_DEF void vb_machine_list(vb_machine *m)
{
#ifdef VB_NO_TEXT
    (void)m;
#else
    vb_failure f;
    uint32_t i;

    f.user = m->user;
    vbi_scan_pci(m, &f);
    vbi_scan_slots(m, &f);
    VBI_SAY(m->user, "PCI configuration space (0: none)", m->ports ? 0xcf8 : m->ecam);
    for (i = 0; i < m->windows && i < VB_WINDOWS; i++) {
        VBI_SAY(m->user, "PCI window at", m->window[i].cpu);
        VBI_SAY(m->user, "  bytes", m->window[i].size);
    }
#ifndef VB_NO_PCI
    for (i = 0; i < 256; i++)
        if (m->present[i >> 5] >> (i & 31) & 1)
            vbi_say_function(m, m->first_bus << 8 | i);
#endif
    VBI_SAY(m->user, "virtio-mmio slots", m->slots);
    for (i = 0; i < m->devices; i++)
        VBI_SAY_DEVICE(m, 0, m->type[i], m->place[i]);
#endif
}

/* ---- the staircase ------------------------------------------------------- */

/* Set one more status bit, keep those that are set, and see whether it stays. */
VBI_ONCE int vbi_step_up(vb_device *d, uint32_t newest)
{
    int status;

    d->status |= newest;
    vbi_set(d, VBI_STATUS, d->status);
    status = vbi_status(d);
    if (status < 0)
        return status;
    if ((uint32_t)status & newest)
        return VB_OK;
    return newest == VBI_FEATURES_OK ? vbi_fail(&d->failure, VB_E_FEATURES, d->features)
                                     : vbi_fail(&d->failure, VB_E_STATUS, (uint32_t)status);
}

/* Write 0 and wait until 0 is read [2.4.2, 4.1.4.3.2]. The limit is its own:
 * a reset is also what cleans up after a deadline. */
VBI_DEF int vbi_reset(vb_device *d)
{
    uint32_t status;

    d->status = 0;
    vbi_set(d, VBI_STATUS, 0);
    vbi_clock_start(d, VB_RESET_US);
    do
        status = vbi_get(d, VBI_STATUS);
    while (status != 0 && (status & 0xff) != 0xff && !vbi_late(d));
    if (status == 0)
        return VB_OK;
    if ((status & 0xff) == 0xff)
        return vbi_fail(&d->failure, VB_E_GONE, status);
    return vbi_fail(&d->failure, VB_E_RESET, status);
}

/* Let go of the device, whose reset ended with `code`: queues, bus, registers, its
 * mark in the machine. One that would not reset still owns memory of ours: then it
 * loses the bus at least, where there is one to lose. */
VBI_ONCE int vbi_release(vb_device *d, int code)
{
    vbi_shut_queues(d);
#ifndef VB_NO_PCI
    vbi_pci_quiet(d->machine, &d->failure, &d->pci);
#endif
    if (code && code != VB_E_GONE) {
        d->state = VBI_STUCK;
        return vbi_fail(&d->failure, VB_E_STILL_OWNED, d->failure.value);
    }
#ifndef VB_NO_PCI
    vbi_pci_unmap(d->machine, &d->pci);
#endif
    if (d->slot_at)
        VB_UNMAP(d->machine->user, d->slot_at, VBI_SLOT_BYTES);
    d->slot_at = 0;
    d->machine->open_place[d->mark] = 0;
    d->queues = 0;
    d->broken = 0;
    d->state = VBI_CLOSED;
    return VB_OK;
}

/* Take the device's memory back: reset it, then let go. */
VBI_ONCE int vbi_retire(vb_device *d)
{
    return d->state == VBI_CLOSED ? (int)VB_OK : vbi_release(d, vbi_reset(d));
}

/* Giving up while waking: FAILED, reset, release. What went wrong stays in the
 * object: code, step and value as they were. Returns the code. */
VBI_DEF int vbi_give_up(vb_device *d)
{
    vb_failure was;

    vbi_assign(&was, &d->failure, sizeof(vb_failure));
    if (was.code != VB_E_RESET && was.code != VB_E_GONE) {
        const uint32_t status = vbi_get(d, VBI_STATUS);

        if ((status & 0xff) == 0xff)    /* then that is why */
            was.code = VB_E_GONE;
        vbi_set(d, VBI_STATUS, status | VBI_FAILED);
    }
    if (was.code == VB_E_RESET)
        (void)vbi_release(d, VB_OK);    /* it never got any memory of ours */
    else
        (void)vbi_retire(d);
    vbi_assign(&d->failure, &was, sizeof(vb_failure));
    return was.code;
}

/* Read what is offered, accept what is known, and hear whether that is enough
 * for the device [2.2, 3.1.1 steps 4 to 6]. */
VBI_DEF int vbi_negotiate(vb_device *d, uint64_t known)
{
    uint32_t word;

    d->failure.step = VB_STEP_FEATURES;
    known &= 0xffffff;                  /* the type's own bits; above are the
                                           queue's, which chapter 7 decides */
    known |= VBI_VERSION_1 | VBI_ACCESS_PLATFORM | VBI_ORDER_PLATFORM;
    d->offered = 0;
    for (word = 0; word < 2; word++) {
        vbi_set(d, VBI_DEVICE_FEATURES_SELECT, word);
        d->offered |= (uint64_t)vbi_get(d, VBI_DEVICE_FEATURES) << (32 * word);
    }
    d->features = d->offered & known;
    VBI_SAY(d->failure.user, "features offered", d->offered);
    VBI_SAY(d->failure.user, "features accepted", d->features);
    if (!(d->features & VBI_VERSION_1))
        return vbi_fail(&d->failure, VB_E_NO_VERSION_1, d->offered);
    for (word = 0; word < 2; word++) {
        vbi_set(d, VBI_DRIVER_FEATURES_SELECT, word);
        vbi_set(d, VBI_DRIVER_FEATURES, (uint32_t)(d->features >> (32 * word)));
    }
    return vbi_step_up(d, VBI_FEATURES_OK);
}

/* Map the registers of the device at d->at. */
VBI_DEF int vbi_reach(vb_device *d, int by_place)
{
    (void)by_place;
    VBI_SAY_DEVICE(d->machine, 1, d->type, d->at);
    if (d->at & 1) {
#ifndef VB_NO_PCI
        vb_machine *m = d->machine;
        uint32_t id;

        d->pci.function = (uint32_t)(d->at >> 1);
        VBI_TRY(vbi_config_reach(m, &d->failure, d->pci.function >> 8));
        id = by_place ? vbi_config_get(m, d->pci.function, VBI_PCI_ID) : 0;
        if (by_place && vbi_pci_type(id) != d->type)
            return vbi_fail(&d->failure, VB_E_NOT_VIRTIO, id);
        d->slot = d->pin = 0;
        if (d->interrupts) {
            d->slot = d->pci.function >> 3 & 31;
            d->pin = (uint8_t)(vbi_config_get(m, d->pci.function, VBI_PCI_INTERRUPT) >> 8);
        }
        if (vbi_pci_open(m, &d->failure, &d->pci, d->interrupts) == VB_OK)
            return VB_OK;
        id = vbi_config_get(m, d->pci.function, VBI_PCI_ID);    /* still there? */
        return id == VBI_ALL_ONES ? vbi_fail(&d->failure, VB_E_GONE, id) : (int)d->failure.code;
#endif
    } else {
#ifndef VB_NO_MMIO
        for (d->slot = 0; d->slot < d->machine->slots && d->slot < VB_SLOTS; d->slot++)
            if (d->machine->slot[d->slot] == d->at)
                break;
        return vbi_mmio_open(d);
#endif
    }
#if defined(VB_NO_PCI) || defined(VB_NO_MMIO)
    return vbi_fail(&d->failure, VB_E_ARGUMENT, d->at);
#endif
}

/* What every open begins with. `object` is its failure, the first member of all of
 * them; nothing else of it is touched before it is known to be well aligned. */
VBI_ONCE int vbi_begin_open(void *object, vb_machine *m, uint32_t align, uint64_t stamp)
{
    vb_failure *const f = (vb_failure *)object;

    f->step = VB_STEP_FIND;
    if (!m)
        return vbi_fail(f, VB_E_ARGUMENT, 0);
    f->user = m->user;
    if ((uintptr_t)object & (align - 1))
        return vbi_fail(f, VB_E_ALIGN, (uint64_t)(uintptr_t)object);
    return vbi_stamp(f, stamp);
}

VBI_DEF int vbi_device_open(vb_device *d, vb_machine *m, const vb_device_desc *want)
{
    uint64_t at;

    VBI_TRY(vbi_retire(d));
    at = vbi_locate(d, m, want);
    if (!at)
        return d->failure.code;

    d->machine = m;
    d->at = at;
    d->type = want->type;
    d->interrupts = want->interrupts != 0;
    d->broken = 0;
    d->timeout_us = want->timeout_us ? want->timeout_us : (uint32_t)VB_TIMEOUT_US;
    VBI_TRY(vbi_claim(d));
    if (vbi_reach(d, want->at != 0)) {
        (void)vbi_release(d, VB_OK);
        return d->failure.code;
    }
    d->state = VBI_WAKING;

    d->failure.step = VB_STEP_RESET;
    if (vbi_reset(d) ||
        vbi_step_up(d, VBI_ACKNOWLEDGE) || vbi_step_up(d, VBI_DRIVER) ||
        vbi_negotiate(d, want->features))
        return vbi_give_up(d);
    vbi_begin_call(d, d->timeout_us);
    return VB_OK;
}

VB_DEF int vbi_device_open_stamped(vb_device *d, vb_machine *m, const vb_device_desc *want,
                                   uint64_t stamp)
{
    VBI_TRY(vbi_begin_open(d, m, 8, stamp));
    if (!want->type)
        return vbi_fail(&d->failure, VB_E_ARGUMENT, want->type);
    return vbi_device_open(d, m, want);
}

VBI_DEF void vbi_open_queues(vb_device *d);     /* >>queue */

VB_DEF int vb_device_start(vb_device *d)
{
    d->failure.step = VB_STEP_START;
    if (d->state != VBI_WAKING)
        return vbi_fail(&d->failure, VB_E_NOT_OPEN, d->state);
    /* A device that did not like its queues has said so: DRIVER_OK must not write
     * that away [2.1.1]. */
    if (vbi_status(d) < 0 || vbi_step_up(d, VBI_DRIVER_OK))
        return vbi_give_up(d);
    d->state = VBI_LIVE;
    vbi_open_queues(d);
    return VB_OK;
}

VB_DEF int vb_device_close(vb_device *d)
{
    d->failure.step = VB_STEP_CLOSE;
    return vbi_retire(d);
}

/* ---- its own configuration, its interrupt ---------------------------------- */

VB_DEF int vb_device_config(vb_device *d, uint32_t offset, unsigned width,
                            unsigned count, uint32_t *values)
{
    const vbi_mapped *const region = &d->pci.region[VBI_CONFIG];
    uint32_t before = 0, tries, i;

    if (d->state != VBI_WAKING && d->state != VBI_LIVE)
        return vbi_usable(d);
    if ((width != 1 && width != 2 && width != 4) || (offset & (width - 1)))
        return vbi_fail(&d->failure, VB_E_ARGUMENT, offset);
    if ((uint64_t)offset + (uint64_t)width * count > region->bytes)
        return vbi_fail(&d->failure, VB_E_CONFIG_SPACE, offset);
    for (tries = 16; tries; tries--) {
        if (count > 1)                  /* one field is always whole */
            before = vbi_get(d, VBI_CONFIG_GENERATION);
        for (i = 0; i < count; i++)
            values[i] = vbi_read(region->at + offset + i * width, width);
        if (count < 2 || vbi_get(d, VBI_CONFIG_GENERATION) == before)
            return VB_OK;
    }
    return vbi_fail(&d->failure, VB_E_CONFIG_SPACE, offset);
}

VB_DEF int vb_device_interrupt(vb_device *d)
{
    uint32_t causes;

    if (d->state != VBI_LIVE)
        return vbi_usable(d);
    if (!VBI_IS_MMIO(d))
        return d->interrupts ? (int)(VB_READ8(d->pci.region[VBI_ISR].at) & 3) : 0;
    causes = vbi_read32(d->slot_at + VBI_SLOT_INTERRUPT) & 3;
    if (causes)
        vbi_write32(d->slot_at + VBI_SLOT_ACK, causes);
    return (int)causes;
}

#endif /* VBI_CODE */

/* ==========================================================================
 * 7  >>queue   The split virtqueue                          [virtio 2.6, 2.7]
 * ==========================================================================
 *
 * A virtqueue is three arrays in ordinary memory. Each is written by one side
 * and read by the other, so neither ever has to wait for a lock:
 *
 *    the driver writes                              the device writes
 *    +-------------+       +---------------+        +----------------+
 *    | descriptors |  head | available     |        | used           |
 *    |  addr       |<------|  ring[ ] head |        |  ring[ ] id,   |
 *    |  len        |       |  idx          |        |          len   |
 *    |  flags next |       +-------+-------+        |  idx           |
 *    +-------------+               |                +--------+-------+
 *           ^                      | doorbell                ^
 *           |                      v                         |
 *           +---- walks ------- device -------- answers -----+
 *
 * One request is a chain of descriptors: first the buffers that the device
 * reads, then those that it writes. To send one, the driver
 *
 *    1  fills a chain of free descriptors,
 *    2  puts the chain's head into available.ring[idx % size],
 *    3  adds one to available.idx      (vb_queue_submit does 1 to 3)
 *    4  and rings the doorbell         (vb_queue_kick: once for any number).
 *
 * The device answers in any order: it writes the head (id) and how many bytes
 * it wrote (len) into used.ring[idx % size] and adds one to used.idx
 * (vb_queue_poll). Both idx count for ever and wrap from 65535 to 0. They are
 * never reduced to the ring's size where they are stored, only where they index:
 * "how many are new" is a subtraction of two 16-bit numbers, also at the wrap.
 *
 *      seen                sent            answers that came   idx - seen
 *       |  answered |  out  |              may at most be      sent - seen
 *    ---+-----------+-------+---> counts
 *                 used.idx
 *
 * Nothing the device writes is believed. An answer must name the head of a
 * chain that is out and may not claim more bytes than the chain had room for,
 * and there can't be more answers than requests. Whoever breaks one of these
 * rules is marked broken. The links of a chain are kept a second time in memory
 * that the device can't reach.
 *
 * A request is known to you by its tag, any number below 65536 that you hand in
 * and get back. Its buffers belong to the device from submit until poll
 * returned the tag. When you stop waiting the request stays out, its descriptors
 * and buffers with it (quarantine), until a late answer or a reset frees them.
 */

#ifdef VBI_INTERFACE

typedef struct vbi_descriptor {         /* [2.7.5] */
    uint64_t addr;                      /* as the device sees it */
    uint32_t len;
    uint16_t flags;                     /* VBI_NEXT, VBI_WRITE */
    uint16_t next;                      /* if VBI_NEXT */
} vbi_descriptor;

typedef struct vbi_used {               /* [2.7.8] */
    uint32_t id, len;
} vbi_used;

/* The memory both sides share. Put it into a member `dma` of your struct that is
 * aligned to 2048 and at most that long: then it crosses no page. */
typedef struct vb_ring {
    VB_ALIGN(16) vbi_descriptor desc[VB_QUEUE_SIZE];
    struct {                            /* [2.7.6] */
        uint16_t flags, idx, ring[VB_QUEUE_SIZE], used_event, pad;
    } avail;
    struct {                            /* [2.7.8] */
        uint16_t flags, idx;
        vbi_used ring[VB_QUEUE_SIZE];
        uint16_t avail_event, pad;
    } used;
} vb_ring;

typedef struct vb_buffer {
    const void *data;
    uint32_t    bytes;
} vb_buffer;

typedef struct vbi_slot {               /* one a descriptor; ours alone */
    uint16_t next;                      /* in the chain, or the next free one */
    uint16_t last;                      /* of a head that is out: its chain's last */
    uint32_t count;                     /* descriptor, the chain's length, */
    uint32_t tag;                       /* the caller's number, */
    uint32_t room;                      /* the bytes that the device may write */
} vbi_slot;

typedef struct vb_queue {
    vb_device *device;
    vb_ring   *ring;
    uintptr_t  doorbell;                /* 0 while requests can't be answered */
    uintptr_t  bell;                    /* the doorbell once the device is live */
    uint32_t   index;                   /* number of the queue on the device */
    uint32_t   wide;                    /* the doorbell has 32 bits, else 16 */
    uint32_t   size;                    /* a power of 2, at most VB_QUEUE_SIZE */
    uint32_t   mask;                    /* size - 1: makes a count an index */
    uint32_t   free_head, free_count;   /* chain of free descriptors */
    uint32_t   sent, seen;              /* requests made, answers taken */
    vbi_slot   slot[VB_QUEUE_SIZE];
} vb_queue;

/* Make a request of `reads` buffers that the device reads, followed in the same
 * array by `writes` buffers that it writes (as their type does not show). It
 * reaches the device with vb_queue_kick, or earlier. VB_OK, or VB_E_QUEUE_FULL,
 * VB_E_ARGUMENT, VB_E_NOT_CONTIGUOUS: then nothing was sent, no buffer is held. */
VB_DEF int vb_queue_submit(vb_queue *q, uint32_t tag, const vb_buffer *buffers,
                           unsigned reads, unsigned writes);

/* Tell the device of what was submitted, unless it asked not to be told. */
VB_DEF void vb_queue_kick(vb_queue *q);

/* Take one answer. 1: *tag and *bytes (what the device wrote) are set. 0: none
 * there. Negative: the lie for which the device is now broken. Never waits. */
VB_DEF int vb_queue_poll(vb_queue *q, uint32_t *tag, uint32_t *bytes);

/* The same, waiting for an answer as long as the device's timeout_us. Returns 1
 * or an error, VB_E_TIMEOUT among them. */
VB_DEF int vb_queue_wait(vb_queue *q, uint32_t *tag, uint32_t *bytes);

/* With desc.interrupts: ask for an interrupt with the next answer, or for none
 * [2.7.7]. A queue starts with none. vb_queue_interrupts_on returns 1 if an
 * answer is there already: take it, no interrupt may come for it. */
VB_DEF int  vb_queue_interrupts_on(vb_queue *q);
VB_DEF void vb_queue_interrupts_off(vb_queue *q);

#endif /* VBI_INTERFACE */

#ifdef VBI_CODE

enum { VBI_NEXT = 1, VBI_WRITE = 2 };   /* descriptor flags */

VBI_ASSERT(descriptor_bytes, sizeof(vbi_descriptor) == 16);
VBI_ASSERT(descriptor_len, offsetof(vbi_descriptor, len) == 8);
VBI_ASSERT(descriptor_flags, offsetof(vbi_descriptor, flags) == 12);
VBI_ASSERT(descriptor_next, offsetof(vbi_descriptor, next) == 14);
VBI_ASSERT(used_bytes, sizeof(vbi_used) == 8);
VBI_ASSERT(ring_avail, offsetof(vb_ring, avail) == 16 * VB_QUEUE_SIZE);
VBI_ASSERT(ring_avail_ring, offsetof(vb_ring, avail.ring) == 16 * VB_QUEUE_SIZE + 4);
VBI_ASSERT(ring_used, offsetof(vb_ring, used) == 18 * VB_QUEUE_SIZE + 8);
VBI_ASSERT(ring_used_ring, offsetof(vb_ring, used.ring) == 18 * VB_QUEUE_SIZE + 12);

/* ---- setting up ------------------------------------------------------------ */

/* Descriptors in a ring: what both sides can do, a power of 2 [2.7]. */
VBI_DEF uint32_t vbi_ring_size(uint32_t most)
{
    uint32_t size = VB_QUEUE_SIZE;

    while (size > most)
        size >>= 1;
    return size;
}

VBI_DEF void vbi_queue_clear(vb_queue *q, uint32_t size)
{
    uint32_t i;

    vbi_clear(q->ring, sizeof *q->ring);
    vbi_store16(&q->ring->avail.flags, 1);      /* no interrupts */
    q->size = q->free_count = size;
    q->mask = size - 1;
    q->free_head = q->sent = q->seen = 0;
    for (i = 0; i < size; i++) {
        q->slot[i].next = (uint16_t)(i + 1);
        q->slot[i].count = 0;
    }
}

/* The register that wakes the device for this queue. On PCI its place is read
 * from the device, so it is checked like everything else [4.1.4.4, 4.1.5.2]. */
VBI_DEF int vbi_find_bell(vb_device *d, vb_queue *q)
{
    const vbi_mapped *const region = &d->pci.region[VBI_NOTIFY];
    uint64_t offset = 0;

    q->wide = VBI_IS_MMIO(d);
    if (!VBI_IS_MMIO(d))
        offset = (uint64_t)vbi_get(d, VBI_QUEUE_NOTIFY_OFF) * d->pci.notify_multiplier;
    if (offset + 2 > region->bytes || (offset & 1))
        return vbi_fail(&d->failure, VB_E_DOORBELL, offset);
    q->bell = region->at + (uintptr_t)offset;
    return VB_OK;
}

/* How many of these bytes follow each other on the bus as they do here? Pages are
 * what may be scattered, so one look a page tells. */
VBI_ONCE uint32_t vbi_run(void *user, const void *data, uint32_t bytes)
{
    (void)user, (void)data;
#ifdef VBI_ONE_SPACE
    return bytes;
#else
    const uint8_t *start = (const uint8_t *)data;
    const uint64_t bus = VB_TO_BUS(user, data);
    uint32_t run = VB_PAGE - (uint32_t)((uintptr_t)data & (VB_PAGE - 1));

    while (run < bytes && VB_TO_BUS(user, start + run) == bus + run)
        run = bytes - run > VB_PAGE ? run + VB_PAGE : bytes;
    return run < bytes ? run : bytes;
#endif
}

VBI_DEF int vbi_queue_wake(vb_device *d, vb_queue *q)
{
    const uint64_t bus = VB_TO_BUS(d->failure.user, q->ring);
    uint32_t size, kept;

    if ((uintptr_t)q->ring & 15)
        return vbi_fail(&d->failure, VB_E_ALIGN, (uint64_t)(uintptr_t)q->ring);
    if (vbi_run(d->failure.user, q->ring, sizeof *q->ring) < sizeof *q->ring)
        return vbi_fail(&d->failure, VB_E_NOT_CONTIGUOUS, sizeof *q->ring);
    vbi_set(d, VBI_QUEUE_SELECT, q->index);
    if (VBI_IS_MMIO(d) && vbi_get(d, VBI_QUEUE_ENABLE) != 0)
        return vbi_fail(&d->failure, VB_E_QUEUE, q->index);
    size = vbi_get(d, VBI_QUEUE_SIZE_MAX);
    if (size == 0)                      /* the device has no such queue */
        return vbi_fail(&d->failure, VB_E_QUEUE, size);
    size = vbi_ring_size(size);
    vbi_set(d, VBI_QUEUE_SIZE_NOW, size);
    kept = VBI_IS_MMIO(d) ? size : vbi_get(d, VBI_QUEUE_SIZE_NOW);     /* mmio can't tell */
    if (kept == 0 || kept > size || vbi_ring_size(kept) != kept)    /* no power of 2 */
        return vbi_fail(&d->failure, VB_E_QUEUE, kept);
    vbi_queue_clear(q, kept);
    vbi_set64(d, VBI_QUEUE_DESC, bus);
    vbi_set64(d, VBI_QUEUE_DRIVER, bus + offsetof(vb_ring, avail));
    vbi_set64(d, VBI_QUEUE_DEVICE, bus + offsetof(vb_ring, used));
    VBI_TRY(vbi_find_bell(d, q));
    VB_BARRIER();                       /* the cleared ring, then the register
                                           that shows it to the device */
    vbi_set(d, VBI_QUEUE_ENABLE, 1);
    return VB_OK;
}

VB_DEF int vb_device_queue(vb_device *d, struct vb_queue *q, uint32_t index,
                           struct vb_ring *ring)
{
    d->failure.step = VB_STEP_QUEUE;
    if (d->state != VBI_WAKING)
        return vbi_fail(&d->failure, VB_E_NOT_OPEN, d->state);
    if (d->queues == sizeof d->queue / sizeof d->queue[0])
        return vbi_fail(&d->failure, VB_E_ARGUMENT, index);
    q->device = d;
    q->ring = ring;
    q->index = index;
    q->doorbell = 0;                    /* not before DRIVER_OK [3.1.1] */
    d->queue[d->queues++] = q;
    return vbi_queue_wake(d, q) ? vbi_give_up(d) : (int)VB_OK;
}

VBI_DEF void vbi_open_queues(vb_device *d)
{
    uint32_t i;

    for (i = 0; i < d->queues; i++)
        d->queue[i]->doorbell = d->queue[i]->bell;
}

/* The device is reset or not to be trusted: no request goes out, no answer in. */
VBI_DEF void vbi_shut_queues(vb_device *d)
{
    uint32_t i;

    for (i = 0; i < d->queues; i++)
        d->queue[i]->doorbell = d->queue[i]->free_count = 0;
}

/* ---- requests ---------------------------------------------------------------- */

/* Why a queue takes no requests, or gives no answers. */
VBI_DEF VBI_RARE int vbi_queue_why(const vb_queue *q)
{
    const int code = q->device ? vbi_usable(q->device) : (int)VB_E_NOT_OPEN;

    return code ? code : (int)VB_E_NOT_OPEN;
}

VBI_DEF VBI_RARE int vbi_queue_refuse(const vb_queue *q, uint32_t reads, uint32_t writes)
{
    if (reads + writes == 0 || reads > VB_QUEUE_SIZE || writes > VB_QUEUE_SIZE)
        return VB_E_ARGUMENT;
    if (!q->device || !q->device->queues || q->device->broken)
        return vbi_queue_why(q);
    return reads + writes > q->size ? VB_E_ARGUMENT : VB_E_QUEUE_FULL;
}

/* Can a buffer be handed over? */
static inline VBI_UNUSED int vbi_check_buffer(const vb_queue *q, const vb_buffer *b)
{
    if (b->bytes == 0)
        return VB_E_ARGUMENT;
    return vbi_run(q->device->failure.user, b->data, b->bytes) == b->bytes
               ? (int)VB_OK : (int)VB_E_NOT_CONTIGUOUS;
}

/* Fill descriptor `at`; it always names a next one. Returns that. The device sees
 * none of it before the whole chain is offered. */
static inline VBI_UNUSED size_t vbi_describe(const vb_queue *q, size_t at, const vb_buffer *b,
                                             uint32_t flags)
{
    vbi_descriptor *const d = &q->ring->desc[at];
    const uint16_t next = q->slot[at].next;

    vbi_store64(&d->addr, VB_TO_BUS(q->device->failure.user, b->data));
    vbi_store32(&d->len, b->bytes);
    vbi_store16(&d->flags, flags | VBI_NEXT);
    vbi_store16(&d->next, next);
    return next;
}

VB_DEF int vb_queue_submit(vb_queue *q, uint32_t tag, const vb_buffer *buffers,
                           unsigned reads, unsigned writes)
{
    vb_ring *const ring = q->ring;
    const uint32_t count = reads + writes, head = q->free_head, sent = q->sent;
    const vb_buffer *b = buffers, *mid, *end;
    size_t at = head, last = head;
    uint32_t flags = 0, room = 0;
    vbi_slot *slot;

    if (count == 0 || count > q->free_count || count < reads)
        return vbi_queue_refuse(q, reads, writes);
    mid = b + reads;
    end = mid + writes;
                                        /* 1: the chain [2.7.13.1] */
    for (; b < mid; b++) {
        VBI_TRY(vbi_check_buffer(q, b));
        last = at;
        at = vbi_describe(q, at, b, 0);
    }
    for (; b < end; b++) {
        VBI_TRY(vbi_check_buffer(q, b));
        room += b->bytes;
        flags = VBI_WRITE;
        last = at;
        at = vbi_describe(q, at, b, flags);
    }                                   /* here it ends: */
    vbi_store16(&ring->desc[last].flags, flags);
    slot = &q->slot[head];
    slot->last = (uint16_t)last;
    slot->count = count;
    slot->tag = tag;
    slot->room = room;
    q->free_head = (uint32_t)at;
    q->free_count -= count;
    q->sent = sent + 1;
                                        /* 2: the head [2.7.13.2] */
    vbi_store16(&ring->avail.ring[sent & q->mask], head);
                                        /* 3: the index. Release: whoever sees
                                           it sees chain and head; pairs with
                                           the device's read of avail.idx
                                           [2.7.13.3.1] */
    VB_STORE_RELEASE16(&ring->avail.idx, VBI_SWAP16((uint16_t)(sent + 1)));
    return VB_OK;
}

VB_DEF void vb_queue_kick(vb_queue *q)
{
    if (!q->doorbell)
        return;
    VB_BARRIER();                       /* idx is stored before the flags are
                                           read, and before the doorbell; pairs
                                           with the device's "flags = 0, look
                                           again at avail.idx". Without it both
                                           may sleep [2.7.13.4.1] */
    if (vbi_load16(&q->ring->used.flags) & 1)
        return;
    if (q->wide)                        /* 4 */
        vbi_write32(q->doorbell, q->index);
    else
        vbi_write16(q->doorbell, q->index);
}

VB_DEF int vb_queue_poll(vb_queue *q, uint32_t *tag, uint32_t *bytes)
{
    vb_ring *const ring = q->ring;
    uint32_t idx, seen, answers, id, len;
    vbi_slot *head;

    if (!q->doorbell)
        return vbi_queue_why(q);
                                        /* acquire: the element is read after
                                           the index that covers it; pairs with
                                           the device's write of used.idx
                                           [2.7.14] */
    idx = VB_LOAD_ACQUIRE16(&ring->used.idx);
    seen = q->seen;
    answers = (uint16_t)(VBI_SWAP16((uint16_t)idx) - seen);
    if (answers == 0)
        return 0;
    if (answers > q->sent - seen)
        return vbi_broken(q->device, VB_E_USED_INDEX, answers);

    id = vbi_load32(&ring->used.ring[seen & q->mask].id);
    len = vbi_load32(&ring->used.ring[seen & q->mask].len);
    if (id > q->mask || q->slot[id].count == 0)
        return vbi_broken(q->device, VB_E_USED_ID, id);
    head = &q->slot[id];
    if (len > head->room)
        return vbi_broken(q->device, VB_E_USED_LENGTH, len);

    /* Put the chain back in front of the free list, by our own links: those in
     * shared memory may have been scribbled on. */
    q->slot[head->last].next = (uint16_t)q->free_head;
    q->free_head = id;
    q->free_count += head->count;
    head->count = 0;
    q->seen = seen + 1;
    *tag = head->tag;
    *bytes = len;
    return 1;
}

/* Wait for an answer until the deadline that was set with vbi_clock_start. Now and
 * then, and when the time is over, the status is looked at: a device that gave up
 * will not answer. */
VBI_ONCE int vbi_await(vb_queue *q, uint32_t *tag, uint32_t *bytes)
{
    vb_device *const d = q->device;
    uint32_t turns = 0;

    for (;;) {
        const int got = vb_queue_poll(q, tag, bytes);
        int late, status;

        if (got)
            return got;
        late = vbi_late(d);
        if (!late && (++turns & 0x3fff))
            continue;
        status = vbi_status(d);
        if (status < 0)
            return status;
        if (late)
            return vbi_fail(&d->failure, VB_E_TIMEOUT, q->index);
    }
}

VB_DEF int vb_queue_wait(vb_queue *q, uint32_t *tag, uint32_t *bytes)
{
    if (!q->doorbell)
        return vbi_queue_why(q);
    vbi_begin_call(q->device, q->device->timeout_us);
    return vbi_await(q, tag, bytes);
}

VB_DEF int vb_queue_interrupts_on(vb_queue *q)
{
    uint32_t idx;

    if (!q->doorbell)
        return vbi_queue_why(q);
    vbi_store16(&q->ring->avail.flags, 0);
    VB_BARRIER();                       /* the flag, then the index once more;
                                           pairs with the device's "idx, then
                                           read avail.flags" */
    idx = VB_LOAD_ACQUIRE16(&q->ring->used.idx);
    return VBI_SWAP16((uint16_t)idx) != (uint16_t)q->seen;
}

VB_DEF void vb_queue_interrupts_off(vb_queue *q)
{
    if (q->doorbell)
        vbi_store16(&q->ring->avail.flags, 1);
}

#endif /* VBI_CODE */

/* ==========================================================================
 * 8  >>console   Text                                            [virtio 5.3]
 * ==========================================================================
 *
 * Two queues, bytes and nothing else:
 *
 *     your text --copy--> out[4] ==> queue 1, transmit ==> the host's terminal
 *     your buffer <--copy-- in[4] <== queue 0, receive <== its keyboard
 *
 * The buffers lie in the console's `dma`, so your text may lie anywhere, on the
 * stack and in pages that the device can't see. The device owns an `out` buffer
 * until it has taken the text, and an `in` buffer from the moment it is offered
 * until something was typed; then it is emptied and offered again.
 *
 * Bytes are passed on as they are. Most terminals want "\r\n"; launchers that
 * keep their terminal's output processing on are content with "\n".
 *
 * A host that does not read costs a time-out, not the console: what was queued
 * stays queued, and when the host reads again everything goes on. (QEMU's
 * virtconsole rarely makes a driver wait: it drops what the host does not take.)
 *
 * When a kernel dies its rings may be what died. For that moment some devices
 * have a register that prints the byte that is written to it: configuration
 * offset 8, if EMERG_WRITE was offered [5.3.4].
 */

#ifndef VB_NO_CONSOLE

#ifdef VBI_INTERFACE

enum { VBI_CONSOLE_BUFFERS = 4 };       /* each way */

typedef struct vb_console_desc {        /* zero means the default */
    uint32_t nth;                       /* which console, from 0 */
    uint32_t timeout_us;                /* VB_TIMEOUT_US */
    uint64_t at;                        /* its place, see vb_device_desc */
    uint32_t interrupts;                /* 1: leave INTx on */
    uint32_t pad;
} vb_console_desc;

typedef struct vb_console {
    vb_device device;                   /* device.failure: the last error */
    vb_queue  receive, transmit;
    uint32_t  columns, rows;            /* 0 if the device does not tell */
    uint32_t  busy;                     /* a bit an out buffer that is out */
    uint32_t  in_at, in_bytes, in_tag;  /* the in buffer being emptied */
    VB_ALIGN(2048) struct {
        vb_ring receive, transmit;
        uint8_t in[VBI_CONSOLE_BUFFERS][VB_CONSOLE_RX_BYTES];
        uint8_t out[VBI_CONSOLE_BUFFERS][VB_CONSOLE_TX_BYTES];
    } dma;
} vb_console;

/* Open a console: see vb_console_open, _at and _desc in chapter 10. */
VB_DEF int vbi_console_open(vb_console *c, vb_machine *m, const vb_console_desc *desc,
                            uint64_t stamp);
VB_DEF int vbi_console_open_short(vb_console *c, vb_machine *m, uint32_t nth, uint64_t at,
                                  uint64_t stamp);

/* Queue text; returns once all of it is queued. Returns the bytes queued: fewer
 * than asked only if the deadline passed (then device.failure.code says
 * VB_E_TIMEOUT), negative only if none were. 0 bytes queue nothing. */
VB_DEF int vb_console_write(vb_console *c, const void *bytes, uint32_t count);
VB_DEF int vb_console_print(vb_console *c, const char *text);   /* up to its NUL */

/* Take what was typed, at most `bytes` of it. Returns how many, 0 if nothing is
 * there, or an error. Never waits. */
VB_DEF int vb_console_read(vb_console *c, void *buffer, uint32_t bytes);

/* Wait until the device has taken everything that was written: before a power
 * off. VB_OK or VB_E_TIMEOUT. */
VB_DEF int vb_console_drain(vb_console *c);

/* Read the terminal's size anew into c->columns and c->rows. VB_OK, also when
 * the device does not tell it and both are 0. */
VB_DEF int vb_console_size(vb_console *c);

/* One character by the emergency register; for panics: it touches that register
 * and nothing else, not even device.failure. Works on a console whose rings are
 * dead, as long as it is not closed. VB_OK, VB_E_NO_EMERGENCY. */
VB_DEF int vb_console_emergency(vb_console *c, char character);

/* Drain, reset, let go. VB_OK, or VB_E_STILL_OWNED: see vb_device_close. */
VB_DEF int vb_console_close(vb_console *c);

#endif /* VBI_INTERFACE */

#ifdef VBI_CODE

VBI_ASSERT(console_dma_is_over_2048_lower_VB_CONSOLE_TX_BYTES,
           sizeof(((vb_console *)0)->dma) <= 2048);

enum { VBI_CONSOLE_SIZE = 1 << 0, VBI_CONSOLE_EMERGENCY = 1 << 2 };  /* features */
enum { VBI_CONSOLE_COLUMNS = 0, VBI_CONSOLE_WRITE = 8 };             /* config */

/* Offer an in buffer to the device. */
VBI_ONCE int vbi_console_offer(vb_console *c, uint32_t buffer)
{
    vb_buffer b;

    b.data = c->dma.in[buffer];
    b.bytes = VB_CONSOLE_RX_BYTES;
    return vb_queue_submit(&c->receive, buffer, &b, 0, 1);
}

VB_DEF int vb_console_size(vb_console *c)
{
    uint32_t size[2];

    c->columns = c->rows = size[0] = size[1] = 0;
    if (!(c->device.features & VBI_CONSOLE_SIZE))
        return c->device.state == VBI_CLOSED ? vbi_usable(&c->device) : (int)VB_OK;
    VBI_TRY(vb_device_config(&c->device, VBI_CONSOLE_COLUMNS, 2, 2, size));
    c->columns = size[0];
    c->rows = size[1];
    return VB_OK;
}

VB_DEF int vbi_console_open(vb_console *c, vb_machine *m, const vb_console_desc *desc,
                            uint64_t stamp)
{
    vb_device_desc want;
    vb_device *d;
    uint32_t i;

    VBI_TRY(vbi_begin_open(c, m, 2048, stamp));
    d = &c->device;
    want.type = 3;
    want.nth = desc->nth;
    want.at = desc->at;
    want.features = VBI_CONSOLE_SIZE | VBI_CONSOLE_EMERGENCY;
    want.timeout_us = desc->timeout_us;
    want.interrupts = desc->interrupts;
    VBI_TRY(vbi_device_open(d, m, &want));
    c->busy = c->in_at = c->in_bytes = 0;
    VBI_TRY(vb_device_queue(d, &c->receive, 0, &c->dma.receive));
    VBI_TRY(vb_device_queue(d, &c->transmit, 1, &c->dma.transmit));
    d->failure.step = VB_STEP_CONFIG;
    if (vb_console_size(c))
        return vbi_give_up(d);
    for (i = 0; i < VBI_CONSOLE_BUFFERS && i < c->receive.size; i++)
        (void)vbi_console_offer(c, i);  /* as many as there are descriptors */
    VBI_TRY(vb_device_start(d));
    vb_queue_kick(&c->receive);
    return VB_OK;
}

VB_DEF int vbi_console_open_short(vb_console *c, vb_machine *m, uint32_t nth, uint64_t at,
                                  uint64_t stamp)
{
    vb_console_desc desc;

    vbi_clear(&desc, sizeof desc);
    desc.nth = nth;
    desc.at = at;
    return vbi_console_open(c, m, &desc, stamp);
}

/* Wait for one out buffer to come back. The deadline is the public call's. The
 * doorbell is rung only if none is back yet: for what this call has queued, and
 * for a device that missed it before. */
VBI_ONCE int vbi_console_collect(vb_console *c)
{
    uint32_t buffer = 0, bytes = 0;
    int got = vb_queue_poll(&c->transmit, &buffer, &bytes);

    if (got == 0) {
        vb_queue_kick(&c->transmit);
        got = vbi_await(&c->transmit, &buffer, &bytes);
    }
    if (got < 0)
        return got;
    c->busy &= ~(1u << buffer);
    return VB_OK;
}

VB_DEF int vb_console_write(vb_console *c, const void *bytes, uint32_t count)
{
    const uint32_t most = c->transmit.size < VBI_CONSOLE_BUFFERS ? c->transmit.size
                                                                 : (uint32_t)VBI_CONSOLE_BUFFERS;
    const uint8_t *text = (const uint8_t *)bytes;
    uint32_t done = 0, i = 0;
    int code = vbi_begin(&c->device);

    if (!code && (count > 0x7fffffff || (!text && count)))
        code = vbi_fail(&c->device.failure, VB_E_ARGUMENT, count);
    while (!code && done < count) {
        vb_buffer b;

        for (i = 0; i < most && (c->busy >> i & 1); i++)
            ;
        if (i == most) {                /* none is free */
            code = vbi_console_collect(c);
            continue;
        }
        b.bytes = count - done < VB_CONSOLE_TX_BYTES ? count - done : VB_CONSOLE_TX_BYTES;
        b.data = c->dma.out[i];
        vbi_copy(c->dma.out[i], text + done, b.bytes);
        code = vb_queue_submit(&c->transmit, i, &b, 1, 0);
        if (!code) {
            c->busy |= 1u << i;
            done += b.bytes;
        }
    }
    if (done)
        vb_queue_kick(&c->transmit);
    return done ? (int)done : code;
}

VB_DEF int vb_console_print(vb_console *c, const char *text)
{
    uint32_t count = 0;

    while (text && text[count])
        count++;
    return vb_console_write(c, text, count);
}

VB_DEF int vb_console_read(vb_console *c, void *buffer, uint32_t bytes)
{
    uint8_t *to = (uint8_t *)buffer;
    uint32_t done = 0, part;
    int got = 1;

    VBI_TRY(vbi_usable(&c->device));
    while (done < bytes && got > 0) {
        if (c->in_bytes == c->in_at) {  /* on to the next in buffer */
            c->in_at = c->in_bytes = 0;
            got = vb_queue_poll(&c->receive, &c->in_tag, &c->in_bytes);
            if (got <= 0)
                break;
            if (c->in_bytes == 0) {     /* odd, but harmless; and the last: a
                                           device may not keep us here */
                VBI_SAY(c->device.failure.user, "console: an empty receive buffer", c->in_tag);
                got = 0;
            }
        }
        part = c->in_bytes - c->in_at;
        if (part > bytes - done)
            part = bytes - done;
        vbi_copy(to + done, c->dma.in[c->in_tag] + c->in_at, part);
        c->in_at += part;
        done += part;
        if (c->in_at == c->in_bytes) {  /* empty: offer it again */
            (void)vbi_console_offer(c, c->in_tag);
            vb_queue_kick(&c->receive);
        }
    }
    return done ? (int)done : got < 0 ? got : 0;
}

VB_DEF int vb_console_drain(vb_console *c)
{
    int code = vbi_begin(&c->device);

    while (!code && c->busy)
        code = vbi_console_collect(c);
    return code;
}

VB_DEF int vb_console_emergency(vb_console *c, char character)
{
    const vb_device *d = &c->device;

    if (d->state == VBI_CLOSED || !(d->offered & VBI_CONSOLE_EMERGENCY) ||
        d->pci.region[VBI_CONFIG].bytes < VBI_CONSOLE_WRITE + 4)
        return VB_E_NO_EMERGENCY;
    vbi_write32(d->pci.region[VBI_CONFIG].at + VBI_CONSOLE_WRITE, (uint8_t)character);
    return VB_OK;
}

VB_DEF int vb_console_close(vb_console *c)
{
    (void)vb_console_drain(c);
    return vb_device_close(&c->device);
}

#endif /* VBI_CODE */
#endif /* VB_NO_CONSOLE */

/* ==========================================================================
 * 9  >>gpu   Pictures                                            [virtio 5.7]
 * ==========================================================================
 *
 * The way of a pixel from your memory to the screen:
 *
 *   your pixels          the device's resource        a scanout
 *   (the backing)        (a picture of its own)       (a monitor)
 *   +------------+       +------------+               +-----------+
 *   | x x x x x  | TRANS | x x x x x  | SET_SCANOUT   |           |
 *   | x x x x x  | FER   | x x x x x  | joins the two,|  x x x x  |
 *   | x x x x x  | ----> | x x x x x  | FLUSH shows   |  x x x x  |
 *   +------------+       +------------+ ------------> +-----------+
 *     ATTACH_BACKING       CREATE_2D
 *     says where it is     makes it
 *
 * Commands go through queue 0. Each is a chain of two descriptors: the command,
 * which the device reads, and room for its response, which it writes:
 *
 *     type flags fence_id ctx_id ring_idx | what the command needs
 *     type flags fence_id ctx_id ring_idx | (nothing, or the display info)
 *
 * vb_gpu_open does two kicks: GET_DISPLAY_INFO, and then all of CREATE_2D,
 * ATTACH_BACKING, SET_SCANOUT, TRANSFER, FLUSH at once, of the pixels as they
 * stand. Every error shows there. From then on a picture is one kick, TRANSFER
 * and FLUSH (vb_gpu_present). Both carry a fence: a number that comes back only
 * when the device has really done the work. So when vb_gpu_present returns, the
 * pixels are yours to draw on again.
 *
 * Sizes. You ask for a width and height, or (0) take the display's if it fits
 * your buffer, else 1280x720 if that does. A line takes `pitch` bytes. A resource
 * has no pitch of its own: it is made pitch / 4 wide, and the scanout shows the
 * first `width` of it.
 *
 * Formats [5.7.6.8] are named by the order of bytes in memory. VB_FORMAT_NATIVE
 * is the one for words 0x00RRGGBB as this CPU stores them.
 *
 * When the host's window changes its size vb_gpu_poll returns 1. Open the same
 * object again then, on the same device: it is not reset, the new picture takes
 * the old one's place on the screen without a black moment, and if that fails
 * the old one stays.
 */

#ifndef VB_NO_GPU

#ifdef VBI_INTERFACE

#define VB_GPU_BYTES(width, height) ((size_t)(width) * 4 * (height))

enum {                                  /* formats: bytes in memory, in order */
    VB_FORMAT_NATIVE = 0,               /* words of 0x00RRGGBB */
    VB_FORMAT_B8G8R8A8 = 1, VB_FORMAT_B8G8R8X8 = 2,
    VB_FORMAT_A8R8G8B8 = 3, VB_FORMAT_X8R8G8B8 = 4,
    VB_FORMAT_R8G8B8A8 = 67, VB_FORMAT_X8B8G8R8 = 68,
    VB_FORMAT_A8B8G8R8 = 121, VB_FORMAT_R8G8B8X8 = 134
};

typedef struct vb_rect {                /* pixels; x to the right, y down */
    uint32_t x, y, width, height;
} vb_rect;

/* A piece of backing as the device reads it [5.7.6.8, virtio_gpu_mem_entry].
 * Fill it in with vb_gpu_piece. */
typedef struct vb_gpu_entry {
    uint64_t addr;
    uint32_t length, padding;
} vb_gpu_entry;

typedef struct vb_gpu_desc {            /* zero means the default */
    void    *pixels;                    /* yours; aligned to 4 */
    size_t   bytes;                     /* pitch * height at least; more is fine */
    uint32_t width, height;             /* see "Sizes" above */
    uint32_t pitch;                     /* bytes from line to line, a multiple of
                                           4; 0: width * 4 */
    uint32_t format;                    /* VB_FORMAT_ */
    const vb_gpu_entry *pieces;         /* where the pixels lie on the bus, if
                                           not in one piece; the array is read
                                           by the device during open */
    uint32_t piece_count;
    uint32_t scanout;                   /* which monitor, from 0 */
    uint32_t nth;                       /* which gpu, from 0 */
    uint32_t timeout_us;                /* 0: VB_TIMEOUT_US */
    uint64_t at;                        /* its place, see vb_device_desc */
    uint32_t interrupts;                /* 1: leave INTx on */
    uint32_t pad;
} vb_gpu_desc;

enum { VBI_GPU_SLOTS = VB_QUEUE_SIZE / 2 < 8 ? VB_QUEUE_SIZE / 2 : 8 };

typedef struct vbi_asked {              /* a command that is out */
    uint32_t command, fence;
} vbi_asked;

typedef struct vb_gpu {
    vb_device device;                   /* device.failure: the last error */
    vb_queue  control;
    uint32_t  width, height;            /* of the picture, in pixels */
    uint32_t  pitch, format;            /* bytes a line, VB_FORMAT_ */
    uint32_t  display_width, display_height;    /* what the monitor says, or 0 */
    uint32_t  scanout, resource;
    uint32_t  last_resource;            /* the last id given out */
    uint32_t  fence;                    /* the last one given out */
    uint32_t  busy, batch;              /* bits: slots that are out, and those
                                           of the call that waits just now */
    uint32_t  unfenced;                 /* 1: the device ignores fences */
    vbi_asked asked[VBI_GPU_SLOTS];     /* kept where the device can't reach */
    VB_ALIGN(2048) struct {
        vb_ring  control;
        uint32_t command[VBI_GPU_SLOTS][14];
        uint32_t response[VBI_GPU_SLOTS][6];
        uint32_t display_info[102];
    } dma;
} vb_gpu;

/* Open a gpu and show the pixels as they stand: see vb_gpu_open, _at and _desc in
 * chapter 10. */
VB_DEF int vbi_gpu_open(vb_gpu *g, vb_machine *m, const vb_gpu_desc *desc, uint64_t stamp);
VB_DEF int vbi_gpu_open_short(vb_gpu *g, vb_machine *m, uint32_t nth, uint64_t at,
                              void *pixels, size_t bytes, uint64_t stamp);

/* Show part of the picture: count rectangles, overlapping or not, clipped to the
 * picture; NULL shows all of it; count 0 of a list does nothing. Returns when the
 * device is done with the pixels. VB_OK or an error; after VB_E_TIMEOUT the
 * device may still be reading them. */
VB_DEF int vb_gpu_present(vb_gpu *g, const vb_rect *rects, uint32_t count);

/* Did the display change? 1: yes, open the same object again for its new size.
 * 0: no. Costs one register. */
VB_DEF int vb_gpu_poll(vb_gpu *g);

/* Describe a piece of memory for vb_gpu_desc.pieces. It has to be contiguous on
 * the bus (a page always is), else VB_E_NOT_CONTIGUOUS. `user` is machine.user. */
VB_DEF int vb_gpu_piece(vb_gpu_entry *piece, void *user, const void *memory, uint32_t bytes);

/* Darken the scanout, free the resource, reset, let go: the pixels are yours
 * alone again. VB_OK, or VB_E_STILL_OWNED: see vb_device_close. */
VB_DEF int vb_gpu_close(vb_gpu *g);

#endif /* VBI_INTERFACE */

#ifdef VBI_CODE

VBI_ASSERT(gpu_dma, sizeof(((vb_gpu *)0)->dma) <= 2048);
VBI_ASSERT(entry_bytes, sizeof(vb_gpu_entry) == 16);
VBI_ASSERT(entry_length, offsetof(vb_gpu_entry, length) == 8);

enum {                                  /* [5.7.6.7] */
    VBI_GET_DISPLAY_INFO = 0x100, VBI_CREATE_2D, VBI_UNREF, VBI_SET_SCANOUT,
    VBI_FLUSH, VBI_TRANSFER, VBI_ATTACH_BACKING,
    VBI_OK_NODATA = 0x1100, VBI_OK_DISPLAY_INFO = 0x1101, VBI_FIRST_REFUSAL = 0x1200,
    VBI_LAST_REFUSAL = 0x12ff,
    VBI_FLAG_FENCE = 1
};
enum { VBI_EVENTS_READ = 0, VBI_EVENTS_CLEAR = 4, VBI_NUM_SCANOUTS = 8 };   /* config */
enum { VBI_MOST_PIXELS = 0x4000 };      /* in a line, and lines; a sane limit */
enum { VBI_SCANOUTS = 16, VBI_HEADER_WORDS = 6, VBI_HEADER_BYTES = 24 };

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define VBI_NATIVE VB_FORMAT_X8R8G8B8
#else
#define VBI_NATIVE VB_FORMAT_B8G8R8X8
#endif

/* ---- commands -------------------------------------------------------------- */

/* Where the response to a slot's command goes, and its room. */
VBI_DEF uint32_t *vbi_gpu_response(vb_gpu *g, uint32_t slot, uint32_t *bytes)
{
    const int info = g->asked[slot].command == VBI_GET_DISPLAY_INFO;

    *bytes = info ? (uint32_t)sizeof g->dma.display_info : (uint32_t)VBI_HEADER_BYTES;
    return info ? g->dma.display_info : g->dma.response[slot];
}

/* Is the answer in a slot the one that its command deserves? Read once, then
 * judged. A refusal is the device's right; anything odd is a lie. */
VBI_DEF void vbi_gpu_judge(vb_gpu *g, uint32_t slot, uint32_t bytes)
{
    vb_device *const d = &g->device;
    const vbi_asked *const asked = &g->asked[slot];
    uint32_t room;
    const uint32_t *response = vbi_gpu_response(g, slot, &room);
    const uint32_t good = room > VBI_HEADER_BYTES ? VBI_OK_DISPLAY_INFO : VBI_OK_NODATA;
    uint32_t type, flags;
    uint64_t fence;

    d->failure.step = asked->command;
    if (bytes < VBI_HEADER_BYTES) {     /* what was not written is not read [2.7.8.3] */
        (void)vbi_broken(d, VB_E_RESPONSE_SHORT, bytes);
        return;
    }
    type = vbi_load32(&response[0]);
    flags = vbi_load32(&response[1]);
    fence = vbi_load32(&response[2]) | (uint64_t)vbi_load32(&response[3]) << 32;
    if (type >= VBI_FIRST_REFUSAL && type <= VBI_LAST_REFUSAL) {
        (void)vbi_fail(&d->failure, VB_E_REFUSED, type);
    } else if (type != good) {
        (void)vbi_broken(d, VB_E_RESPONSE, type);
    } else if (bytes < room) {
        (void)vbi_broken(d, VB_E_RESPONSE_SHORT, bytes);
    } else if (asked->fence && (flags & VBI_FLAG_FENCE)) {
        if (fence != asked->fence)
            (void)vbi_broken(d, VB_E_FENCE, fence);
    } else if (asked->fence && !g->unfenced) {
        VBI_SAY(d->failure.user, "gpu: answers without the fence flag, taken as done", type);
        g->unfenced = 1;
    }
}

/* The commands of a public call form a batch. Its first error is the one that counts:
 * it stays in device.failure, and nothing is sent after it. */

/* Wait for one answer, judge it if it belongs to this batch; what comes late for an
 * earlier call only frees its slot. If none comes the batch is over. */
VBI_ONCE void vbi_gpu_answer(vb_gpu *g)
{
    vb_failure first;
    uint32_t slot = 0, bytes = 0, bit;

    vbi_assign(&first, &g->device.failure, sizeof(vb_failure));
    if (vbi_await(&g->control, &slot, &bytes) < 0) {
        g->batch = 0;
    } else {
        bit = 1u << slot;
        g->busy &= ~bit;
        if (g->batch & bit)
            vbi_gpu_judge(g, slot, bytes);
        g->batch &= ~bit;
    }
    if (first.code)
        vbi_assign(&g->device.failure, &first, sizeof(vb_failure));
}

/* Send what is queued and collect every answer of the batch, also after a refusal.
 * Returns its first error. */
VBI_ONCE int vbi_gpu_finish(vb_gpu *g)
{
    vb_queue_kick(&g->control);
    while (g->batch)
        vbi_gpu_answer(g);
    return g->device.failure.code;
}

/* The next fence or resource id; 0 means none of either, so it is left out. */
VBI_DEF uint32_t vbi_gpu_next(uint32_t *last)
{
    if (++*last == 0)
        *last = 1;
    return *last;
}

/* A free slot, and `descriptors` free descriptors: 1. What is queued is sent and
 * waited for until there is, or until the batch has failed: 0. */
VBI_DEF int vbi_gpu_slot(vb_gpu *g, uint32_t descriptors, uint32_t *slot)
{
    for (;;) {
        uint32_t i = 0;

        while (i < VBI_GPU_SLOTS && (g->busy >> i & 1))
            i++;
        *slot = i;
        if (i < VBI_GPU_SLOTS && g->control.free_count >= descriptors)
            return 1;
        vb_queue_kick(&g->control);
        vbi_gpu_answer(g);
        if (g->device.failure.code)
            return 0;
    }
}

/* Submit a command: a header, `count` words, and for ATTACH_BACKING a list of the
 * caller's, which is read where it lies, in as many descriptors as it has stretches
 * on the bus. Commands that move or show pixels carry a fence. */
VBI_ONCE void vbi_gpu_send(vb_gpu *g, uint32_t type, const uint32_t *words, uint32_t count,
                           const void *list, uint32_t list_bytes)
{
    vb_failure *const f = &g->device.failure;
    const uint8_t *at = (const uint8_t *)list;
    vb_buffer buffers[VB_QUEUE_SIZE + 1];
    uint32_t *command, *response, slot, room, i, n = 1, fence = 0;
    int code;

    if (f->code)                        /* the batch has failed */
        return;
    for (; list_bytes; list_bytes -= buffers[n++].bytes) {
        if (n + 1 >= g->control.size) {
            (void)vbi_fail(f, VB_E_QUEUE_FULL, n);
            return;
        }
        buffers[n].data = at;
        buffers[n].bytes = vbi_run(f->user, at, list_bytes);
        at += buffers[n].bytes;
    }
    if (!vbi_gpu_slot(g, n + 1, &slot))
        return;

    if (type == VBI_TRANSFER || type == VBI_FLUSH)
        fence = vbi_gpu_next(&g->fence);
    g->asked[slot].command = type;
    g->asked[slot].fence = fence;
    command = g->dma.command[slot];
    vbi_store32(&command[0], type);
    vbi_store32(&command[1], fence ? VBI_FLAG_FENCE : 0);
    vbi_store32(&command[2], fence);
    for (i = 3; i < VBI_HEADER_WORDS; i++)
        vbi_store32(&command[i], 0);
    for (i = 0; i < count; i++)
        vbi_store32(&command[VBI_HEADER_WORDS + i], words[i]);
    response = vbi_gpu_response(g, slot, &room);
    vbi_store32(&response[0], 0);       /* an old answer must not look new */

    buffers[0].data = command;
    buffers[0].bytes = VBI_HEADER_BYTES + 4 * count;
    buffers[n].data = response;
    buffers[n].bytes = room;
    code = vb_queue_submit(&g->control, slot, buffers, n, 1);
    if (code) {
        (void)vbi_fail(f, code, slot);
        return;
    }
    g->busy |= 1u << slot;
    g->batch |= 1u << slot;
}

/* ---- the commands by name [5.7.6.8] -------------------------------------------- */

VBI_DEF void vbi_gpu_set_scanout(vb_gpu *g, uint32_t width, uint32_t height,
                                 uint32_t scanout, uint32_t resource)
{
    const uint32_t words[6] = { 0, 0, width, height, scanout, resource };

    vbi_gpu_send(g, VBI_SET_SCANOUT, words, 6, NULL, 0);
}

VBI_DEF void vbi_gpu_unref(vb_gpu *g, uint32_t resource)
{
    const uint32_t words[2] = { resource, 0 };

    vbi_gpu_send(g, VBI_UNREF, words, 2, NULL, 0);
}

/* TRANSFER copies a rectangle from the backing into the resource; FLUSH shows it.
 * `offset` is where the rectangle's first pixel lies in the backing: the command
 * does not say the pitch, the resource's width does. */
VBI_ONCE void vbi_gpu_update(vb_gpu *g, const vb_rect *r, uint32_t pitch, uint32_t resource)
{
    const uint64_t offset = (uint64_t)r->y * pitch + r->x * 4;
    const uint32_t transfer[8] = { r->x, r->y, r->width, r->height, (uint32_t)offset,
                                   (uint32_t)(offset >> 32), resource, 0 };
    const uint32_t flush[6] = { r->x, r->y, r->width, r->height, resource, 0 };

    vbi_gpu_send(g, VBI_TRANSFER, transfer, 8, NULL, 0);
    vbi_gpu_send(g, VBI_FLUSH, flush, 6, NULL, 0);
}

/* Ask what monitors there are. A device that is mute or shows nothing on this
 * scanout is no error: the size is then 0x0, the caller's default. The wait gets a
 * quarter of the call's time. */
VBI_DEF int vbi_gpu_display_info(vb_gpu *g, uint32_t scanout)
{
    const uint32_t *mode = &g->dma.display_info[VBI_HEADER_WORDS + 6 * scanout];
    vb_device *const d = &g->device;
    const uint64_t span = d->span;
    uint32_t i;
    int code;

    g->display_width = g->display_height = 0;
    for (i = 0; i < VBI_GPU_SLOTS; i++) /* the last answer may still be out */
        if ((g->busy >> i & 1) && g->asked[i].command == VBI_GET_DISPLAY_INFO)
            return VB_OK;
    d->span = span >> 2;
    vbi_gpu_send(g, VBI_GET_DISPLAY_INFO, NULL, 0, NULL, 0);
    code = vbi_gpu_finish(g);
    d->span = span;
    if (d->broken)
        return d->broken;
    if (!code && vbi_load32(&mode[4])) {    /* enabled */
        g->display_width = vbi_load32(&mode[2]);
        g->display_height = vbi_load32(&mode[3]);
    }
    VBI_SAY(d->failure.user, "gpu: the display's width (0: it does not tell)", g->display_width);
    VBI_SAY(d->failure.user, "  height", g->display_height);
    d->failure.code = VB_OK;
    return VB_OK;
}

/* ---- opening ------------------------------------------------------------------ */

/* Bytes that a picture of this size needs, 0 if it makes no sense. */
VBI_ONCE uint32_t vbi_gpu_bytes(uint32_t width, uint32_t height, uint32_t pitch)
{
    if (!width || !height || width > VBI_MOST_PIXELS || height > VBI_MOST_PIXELS ||
        (pitch && pitch / 4 < width) || pitch / 4 > VBI_MOST_PIXELS)
        return 0;
    return (pitch ? pitch : width * 4) * height;
}

/* Replace what is zero in a description: the size by the display's, or by 1280x720
 * if that does not fit; pitch and format by their defaults. Then `bytes` is what
 * the picture needs, and there must be memory for all of it: in one stretch of the
 * bus, or in pieces that are long enough together. */
VBI_DEF int vbi_gpu_complete(vb_gpu *g, vb_gpu_desc *p)
{
    vb_failure *const f = &g->device.failure;
    uint32_t needed = vbi_gpu_bytes(g->display_width, g->display_height, p->pitch), i;
    uint64_t sum = 0;

    if (!p->width) {
        const int fits = needed && needed <= p->bytes;

        if (!fits && g->display_width)
            VBI_SAY(f->user, "gpu: a picture as large as the display does not fit, so 1280x720 of bytes", p->bytes);
        p->width = fits ? g->display_width : 1280;
        p->height = fits ? g->display_height : 720;
    }
    needed = vbi_gpu_bytes(p->width, p->height, p->pitch);
    if (!needed)
        return vbi_fail(f, VB_E_ARGUMENT, p->pitch);
    if (needed > p->bytes)
        return vbi_fail(f, VB_E_BUFFER, needed);
    p->bytes = needed;
    if (!p->pitch)
        p->pitch = p->width * 4;
    if (!p->format)
        p->format = VBI_NATIVE;
    for (i = 0; i < p->piece_count; i++)
        sum += vbi_load32(&p->pieces[i].length);
    if (p->pieces)
        return sum >= needed ? (int)VB_OK : vbi_fail(f, VB_E_BUFFER, needed);
    return vbi_run(f->user, p->pixels, needed) == needed
               ? (int)VB_OK : vbi_fail(f, VB_E_NOT_CONTIGUOUS, needed);
}

/* The one kick that shows the first picture: everything at once, every answer
 * checked [5.7.5]. */
VBI_DEF int vbi_gpu_show(vb_gpu *g, const vb_gpu_desc *p, uint32_t resource)
{
    const uint64_t bus = VB_TO_BUS(g->device.failure.user, p->pixels);
    const uint32_t create[4] = { resource, p->format, p->pitch / 4, p->height };
    const uint32_t attach[6] = { resource, p->pieces ? p->piece_count : 1, (uint32_t)bus,
                                 (uint32_t)(bus >> 32), (uint32_t)p->bytes, 0 };
    const vb_rect all = { 0, 0, p->width, p->height };

    vbi_gpu_send(g, VBI_CREATE_2D, create, 4, NULL, 0);
    vbi_gpu_send(g, VBI_ATTACH_BACKING, attach, p->pieces ? 2 : 6, p->pieces,
                 p->piece_count * 16);
    vbi_gpu_set_scanout(g, p->width, p->height, p->scanout, resource);
    vbi_gpu_update(g, &all, p->pitch, resource);
    return vbi_gpu_finish(g);
}

/* Put the picture that g holds (after closing: none, a dark scanout) in the place
 * of another resource, and free that. Cleaning up: its own errors don't count. */
VBI_ONCE void vbi_gpu_restore(vb_gpu *g, uint32_t spent, uint32_t limit_us)
{
    vbi_begin_call(&g->device, limit_us);
    vbi_gpu_set_scanout(g, g->width, g->height, g->scanout, g->resource);
    vbi_gpu_unref(g, spent);
    (void)vbi_gpu_finish(g);
}

/* Size, resource, first picture: on a device that is live. */
VBI_DEF int vbi_gpu_picture(vb_gpu *g, const vb_gpu_desc *desc)
{
    vb_device *const d = &g->device;
    const uint32_t old = g->resource;
    uint32_t scanouts = 0, resource;
    vb_failure was;
    vb_gpu_desc p;

    vbi_assign(&p, desc, sizeof p);
    VBI_TRY(vb_device_config(d, VBI_NUM_SCANOUTS, 4, 1, &scanouts));
    if (p.scanout >= scanouts || p.scanout >= VBI_SCANOUTS)
        return vbi_fail(&d->failure, VB_E_ARGUMENT, p.scanout);
    VBI_TRY(vbi_gpu_display_info(g, p.scanout));
    VBI_TRY(vbi_gpu_complete(g, &p));
    resource = vbi_gpu_next(&g->last_resource);
    if (vbi_gpu_show(g, &p, resource)) {
        vbi_assign(&was, &d->failure, sizeof(vb_failure));
        if (old && !d->broken)          /* clean-up has a limit of its own */
            vbi_gpu_restore(g, resource, VB_RESET_US);
        vbi_assign(&d->failure, &was, sizeof(vb_failure));
        return was.code;
    }
    g->width = p.width;
    g->height = p.height;
    g->pitch = p.pitch;
    g->format = p.format;
    g->scanout = p.scanout;
    g->resource = resource;
    if (old) {
        vbi_gpu_unref(g, old);
        if (vbi_gpu_finish(g))
            VBI_SAY(d->failure.user, "gpu: the old picture could not be freed", old);
    }
    VBI_SAY(d->failure.user, "gpu: the picture's width", g->width);
    VBI_SAY(d->failure.user, "  height", g->height);
    return d->broken;                   /* a lie on the way out is still one */
}

VB_DEF int vbi_gpu_open(vb_gpu *g, vb_machine *m, const vb_gpu_desc *desc, uint64_t stamp)
{
    vb_device_desc want;
    vb_device *d;

    VBI_TRY(vbi_begin_open(g, m, 2048, stamp));
    d = &g->device;
    if (!desc->pixels || ((uintptr_t)desc->pixels & 3) || (desc->pitch & 3) ||
        (desc->width == 0) != (desc->height == 0) ||
        (desc->pieces != NULL) != (desc->piece_count != 0) || desc->piece_count > 0xfffffff)
        return vbi_fail(&d->failure, VB_E_ARGUMENT, desc->bytes);
    want.type = 16;
    want.nth = desc->nth;
    want.at = desc->at;
    want.features = 0;
    want.timeout_us = desc->timeout_us;
    want.interrupts = desc->interrupts;

    if (vbi_usable(d) == VB_OK && d->machine == m && g->resource) {
        const uint64_t at = vbi_locate(d, m, &want);

        if (!at)
            return d->failure.code;
        if (at == d->at) {              /* the same device: no reset */
            d->timeout_us = desc->timeout_us ? desc->timeout_us : (uint32_t)VB_TIMEOUT_US;
            vbi_begin_call(d, d->timeout_us);
            return vbi_gpu_picture(g, desc);
        }
    }
    g->resource = 0;
    VBI_TRY(vbi_device_open(d, m, &want));
    g->busy = g->batch = g->last_resource = g->unfenced = 0;
    VBI_TRY(vb_device_queue(d, &g->control, 0, &g->dma.control));
    if (g->control.size < 2) {          /* a command and its response */
        (void)vbi_fail(&d->failure, VB_E_QUEUE, g->control.size);
        return vbi_give_up(d);
    }
    VBI_TRY(vb_device_start(d));
    d->failure.step = VB_STEP_REQUEST;
    return vbi_gpu_picture(g, desc) ? vbi_give_up(d) : (int)VB_OK;
}

VB_DEF int vbi_gpu_open_short(vb_gpu *g, vb_machine *m, uint32_t nth, uint64_t at,
                              void *pixels, size_t bytes, uint64_t stamp)
{
    vb_gpu_desc desc;

    vbi_clear(&desc, sizeof desc);
    desc.nth = nth;
    desc.at = at;
    desc.pixels = pixels;
    desc.bytes = bytes;
    return vbi_gpu_open(g, m, &desc, stamp);
}

/* ---- presenting ------------------------------------------------------------- */

/* The part of a rectangle that lies inside the picture. */
VBI_DEF void vbi_clip(const vb_gpu *g, const vb_rect *in, vb_rect *out)
{
    out->x = in->x < g->width ? in->x : g->width;
    out->y = in->y < g->height ? in->y : g->height;
    out->width = in->width < g->width - out->x ? in->width : g->width - out->x;
    out->height = in->height < g->height - out->y ? in->height : g->height - out->y;
}

VBI_DEF uint32_t vbi_area(const vb_rect *r) { return r->width * r->height; }

/* Grow `a` over `b` if one rectangle over both moves fewer pixels than the two
 * do. That is the case only where they overlap. */
VBI_DEF int vbi_merge(vb_rect *a, const vb_rect *b)
{
    const uint32_t right_a = a->x + a->width, right_b = b->x + b->width;
    const uint32_t low_a = a->y + a->height, low_b = b->y + b->height;
    vb_rect both;

    both.x = a->x < b->x ? a->x : b->x;
    both.y = a->y < b->y ? a->y : b->y;
    both.width = (right_a > right_b ? right_a : right_b) - both.x;
    both.height = (low_a > low_b ? low_a : low_b) - both.y;
    if (vbi_area(&both) >= vbi_area(a) + vbi_area(b))
        return 0;
    vbi_assign(a, &both, sizeof both);
    return 1;
}

enum { VBI_RECTS = VB_QUEUE_SIZE / 4 ? VB_QUEUE_SIZE / 4 : 1 };  /* in one kick */

/* Add `r` to a list that has room, merged with what it overlaps as far as that
 * pays. A merged rectangle may overlap others, so then all are looked at again.
 * `r` is used up. Returns the new count. */
VBI_DEF uint32_t vbi_add_rect(vb_rect *list, uint32_t count, vb_rect *r)
{
    uint32_t i = 0;

    while (i < count) {
        if (vbi_merge(r, &list[i])) {
            vbi_assign(&list[i], &list[--count], sizeof(vb_rect));
            i = 0;
        } else {
            i++;
        }
    }
    vbi_assign(&list[count], r, sizeof(vb_rect));
    return count + 1;
}

VBI_ONCE int vbi_gpu_send_rects(vb_gpu *g, const vb_rect *list, uint32_t count)
{
    while (count--)
        vbi_gpu_update(g, list++, g->pitch, g->resource);
    return vbi_gpu_finish(g);
}

VB_DEF int vb_gpu_present(vb_gpu *g, const vb_rect *rects, uint32_t count)
{
    vb_rect list[VBI_RECTS], r;
    uint32_t filled = 0;
    int code = VB_OK;

    VBI_TRY(vbi_begin(&g->device));
    r.x = r.y = 0;
    r.width = g->width;
    r.height = g->height;
    if (!rects)
        return vbi_gpu_send_rects(g, &r, 1);
    for (; count && !code; count--) {
        vbi_clip(g, rects++, &r);
        if (!r.width || !r.height)
            continue;
        filled = vbi_add_rect(list, filled, &r);
        if (filled == VBI_RECTS) {
            code = vbi_gpu_send_rects(g, list, filled);
            filled = 0;
        }
    }
    return code || !filled ? code : vbi_gpu_send_rects(g, list, filled);
}

VB_DEF int vb_gpu_poll(vb_gpu *g)
{
    vb_device *const d = &g->device;
    uint32_t events = 0;

    VBI_TRY(vbi_usable(d));
    VBI_TRY(vb_device_config(d, VBI_EVENTS_READ, 4, 1, &events));
    if (events == VBI_ALL_ONES) {       /* gone? */
        const int status = vbi_status(d);

        return status < 0 ? status : 0;
    }
    if (!(events & 1))
        return 0;
    vbi_write32(d->pci.region[VBI_CONFIG].at + VBI_EVENTS_CLEAR, 1);
    return 1;
}

VB_DEF int vb_gpu_piece(vb_gpu_entry *piece, void *user, const void *memory, uint32_t bytes)
{
    if (vbi_run(user, memory, bytes) < bytes)
        return VB_E_NOT_CONTIGUOUS;
    vbi_store64(&piece->addr, VB_TO_BUS(user, memory));
    vbi_store32(&piece->length, bytes);
    vbi_store32(&piece->padding, 0);
    return VB_OK;
}

VB_DEF int vb_gpu_close(vb_gpu *g)
{
    const uint32_t shown = g->resource;

    g->resource = g->width = g->height = 0;
    if (vbi_usable(&g->device) == VB_OK && shown)
        vbi_gpu_restore(g, shown, g->device.timeout_us);
    return vb_device_close(&g->device);
}

#endif /* VBI_CODE */
#endif /* VB_NO_GPU */

/* ==========================================================================
 * 10  >>own   Writing a driver for another device; and the way in
 * ==========================================================================
 *
 * Chapters 1 to 7 know nothing of consoles and pictures. What they offer is
 * enough for any virtio device. The smallest of them is the entropy device
 * [5.4]: one queue; whatever buffer it is given comes back full of random
 * bytes. A driver for it, whole:
 *
 *     typedef struct entropy {
 *         vb_device device;
 *         vb_queue  queue;
 *         VB_ALIGN(2048) struct { vb_ring ring; uint8_t bytes[64]; } dma;
 *     } entropy;
 *
 *     static int entropy_open(entropy *e, vb_machine *m)
 *     {
 *         vb_device_desc want = {0};
 *         int code;
 *
 *         want.type = 4;
 *         code = vb_device_open(&e->device, m, &want);
 *         if (!code) code = vb_device_queue(&e->device, &e->queue, 0, &e->dma.ring);
 *         if (!code) code = vb_device_start(&e->device);
 *         return code;
 *     }
 *
 *     static int entropy_read(entropy *e, uint8_t *to, uint32_t bytes)
 *     {
 *         vb_buffer room = { e->dma.bytes, sizeof e->dma.bytes };
 *         uint32_t tag, got, i;
 *         int code = vb_queue_submit(&e->queue, 0, &room, 0, 1);
 *
 *         if (code) return code;
 *         vb_queue_kick(&e->queue);
 *         code = vb_queue_wait(&e->queue, &tag, &got);
 *         if (code < 0) return code;
 *         for (i = 0; i < got && i < bytes; i++) to[i] = e->dma.bytes[i];
 *         return (int)i;
 *     }
 *
 * The recipe in words: put the rings and every buffer that the device touches
 * into `dma`; open, one vb_device_queue for each queue, start; then submit, kick
 * and wait, or poll where you must not wait. When a wait ends with VB_E_TIMEOUT
 * the buffer stays the device's: do not submit it again before its tag came
 * back. vb_device_close gives everything back.
 *
 * The functions through which everything begins stand here, since they need to
 * know all types: they pass a stamp of their sizes, so that two files which were
 * compiled with different VB_ macros find out at once.
 */

#ifdef VBI_INTERFACE

#define VBI_OPTION(bit) ((uint64_t)1 << (bit))
#ifdef VB_NO_PCI
#define VBI_STAMP_PCI VBI_OPTION(0)
#else
#define VBI_STAMP_PCI 0
#endif
#ifdef VB_NO_MMIO
#define VBI_STAMP_MMIO VBI_OPTION(1)
#else
#define VBI_STAMP_MMIO 0
#endif
#ifdef VB_NO_DTB
#define VBI_STAMP_DTB VBI_OPTION(2)
#else
#define VBI_STAMP_DTB 0
#endif
#ifdef VB_NO_TEXT
#define VBI_STAMP_TEXT VBI_OPTION(3)
#else
#define VBI_STAMP_TEXT 0
#endif
#ifdef VB_NO_CONSOLE
#define VBI_STAMP_CONSOLE 0
#else
#define VBI_STAMP_CONSOLE                                                      \
    ((uint64_t)(sizeof(vb_console) + 16 * VB_CONSOLE_RX_BYTES + VB_CONSOLE_TX_BYTES) << 16)
#endif
#ifdef VB_NO_GPU
#define VBI_STAMP_GPU 0
#else
#define VBI_STAMP_GPU ((uint64_t)sizeof(vb_gpu) << 32)
#endif
#define VBI_STAMP                                                              \
    (VBI_STAMP_PCI | VBI_STAMP_MMIO | VBI_STAMP_DTB | VBI_STAMP_TEXT |         \
     (uint64_t)sizeof(vb_queue) << 4 | VBI_STAMP_CONSOLE | VBI_STAMP_GPU |     \
     (uint64_t)sizeof(vb_machine) << 48)

#ifndef VB_NO_DTB
/* Fill a machine in from the device tree at `dtb`, which is only read: its PCI
 * host (the first one; others are named in the trace), the host's windows, all
 * virtio-mmio slots, the clock. m->user is kept. VB_OK, VB_E_DTB, VB_E_CONFIG; a
 * machine without any device is fine. */
static inline VBI_UNUSED int vb_machine_from_dtb(vb_machine *m, const void *dtb)
{
    return vbi_machine_from_dtb(m, dtb, VBI_STAMP);
}
#endif

#ifndef VB_NO_PCI
/* Make a machine of an x86 PC: configuration space through ports 0xCF8 and
 * 0xCFC, BARs where the firmware placed them, no clock (set m->ticks_per_us to
 * the TSC's MHz if you know it). m->user is kept. VB_OK, VB_E_CONFIG, or
 * VB_E_CONFIG_ACCESS on a CPU without ports. */
static inline VBI_UNUSED int vb_machine_from_pc(vb_machine *m)
{
    return vbi_machine_from_pc(m, VBI_STAMP);
}
#endif

/* Find a device, reset it and agree on features [3.1.1, steps 1 to 6]. An object
 * that is open is closed first. VB_OK or an error, which stays in d->failure. */
static inline VBI_UNUSED int vb_device_open(vb_device *d, vb_machine *m, const vb_device_desc *want)
{
    return vbi_device_open_stamped(d, m, want, VBI_STAMP);
}

#ifndef VB_NO_CONSOLE
/* Open the nth console of a machine; or the one at a place, without looking
 * around (VB_PCI(bus, device, function) or the address of a slot; the machine
 * may be a zeroed one for a slot, and counts polls then); or as described.
 * VB_OK or an error, which stays in c->device.failure. A console that is open is
 * closed first. Text can be written and read at once [5.3.5]. */
static inline VBI_UNUSED int vb_console_open(vb_console *c, vb_machine *m, uint32_t nth)
{
    return vbi_console_open_short(c, m, nth, 0, VBI_STAMP);
}
static inline VBI_UNUSED int vb_console_open_at(vb_console *c, vb_machine *m, uint64_t at)
{
    return at ? vbi_console_open_short(c, m, 0, at, VBI_STAMP) : (int)VB_E_ARGUMENT;
}
static inline VBI_UNUSED int vb_console_open_desc(vb_console *c, vb_machine *m,
                                                  const vb_console_desc *desc)
{
    return vbi_console_open(c, m, desc, VBI_STAMP);
}
#endif

#ifndef VB_NO_GPU
/* Open the nth gpu of a machine (or the one at a place, or as described) and show
 * `pixels`, a buffer of `bytes` bytes that stays yours, as they stand. Afterwards
 * g->width, g->height and g->pitch say what picture it is. VB_OK or an error,
 * which stays in g->device.failure; VB_E_BUFFER tells the bytes needed.
 * Opening an object that is open on the same device changes the picture without a
 * reset: see "Sizes" and what follows it in chapter 9 [5.7.5, 5.7.6]. */
static inline VBI_UNUSED int vb_gpu_open(vb_gpu *g, vb_machine *m, uint32_t nth,
                                         void *pixels, size_t bytes)
{
    return vbi_gpu_open_short(g, m, nth, 0, pixels, bytes, VBI_STAMP);
}
static inline VBI_UNUSED int vb_gpu_open_at(vb_gpu *g, vb_machine *m, uint64_t at,
                                            void *pixels, size_t bytes)
{
    return at ? vbi_gpu_open_short(g, m, 0, at, pixels, bytes, VBI_STAMP) : (int)VB_E_ARGUMENT;
}
static inline VBI_UNUSED int vb_gpu_open_desc(vb_gpu *g, vb_machine *m, const vb_gpu_desc *desc)
{
    return vbi_gpu_open(g, m, desc, VBI_STAMP);
}
#endif

#undef VBI_INTERFACE
#endif /* VBI_INTERFACE */

#ifdef VBI_CODE
static int vbi_stamp(vb_failure *f, uint64_t stamp)
{
    return stamp == VBI_STAMP ? (int)VB_OK : vbi_fail(f, VB_E_CONFIG, stamp ^ VBI_STAMP);
}
#undef VBI_CODE
#endif /* VBI_CODE */

#ifdef __cplusplus
}
#endif

/* MIT License
 *
 * Copyright (c) 2026 the virtio_bare authors
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software and associated documentation files (the "Software"), to deal
 * in the Software without restriction, including without limitation the rights
 * to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 * copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in
 * all copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 * IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 * FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 * AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 * OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
 * SOFTWARE.
 */
