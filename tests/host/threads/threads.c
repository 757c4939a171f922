/* The device on one thread and the driver on another, under ThreadSanitizer.
 *
 *    driver's thread                         device's thread
 *      registers  --- lock, bus, unlock ---    lock, serve all queues, unlock,
 *      rings      --- no lock at all ------    again and again, doorbell or not
 *      buffers
 *
 * Both see guest RAM at the same addresses, or the sanitizer would not know that they
 * are the same. Doorbells are thrown away: the device finds requests by looking, so
 * that nothing but the rings' own order lies between the two sides. The driver's hooks
 * are C11 atomics; whatever order the header or our virtqueue.c forgets is a race.
 *
 * The console's peer types back what it hears. Built and run by test_threads.sh. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "examples/vmm/devices/console.h"
#include "examples/vmm/devices/gpu.h"
#include "examples/vmm/devices/mmio.h"
#include "examples/vmm/devices/report.h"

/* ---- the machine ---- */

enum { RAM_AT = 0x40000000, RAM_BYTES = 4 << 20, SLOT_AT = 0x0a000000, NOTIFY = 0x50 };

static _Alignas(4096) uint8_t ram[RAM_BYTES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct guest_memory all_of_ram = {.region = {{RAM_AT, RAM_BYTES, ram}}, .count = 1};
static struct bus the_bus;
static struct mmio_slot slots[2];
static struct console console;
static struct gpu display;
static char echo[4096];
static size_t echo_count;
static atomic_int the_end;

static _Noreturn void fail(const char *what)
{
    printf("# %s\n", what);
    exit(1);
}

static uint32_t read_register(uint64_t at)
{
    uint32_t value;

    pthread_mutex_lock(&lock);
    value = (uint32_t)bus_read(&the_bus, at, 4);
    pthread_mutex_unlock(&lock);
    return value;
}

static void write_register(uint64_t at, uint32_t value)
{
    if (at % MMIO_SLOT_BYTES == NOTIFY)
        return;                         /* the device looks by itself */
    pthread_mutex_lock(&lock);
    bus_write(&the_bus, at, 4, value);
    pthread_mutex_unlock(&lock);
}

static uint64_t nanoseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- the driver ---- */

#define VB_READ8(at) ((void)(at), (uint8_t)0xff)        /* only virtio-pci has such registers */
#define VB_READ16(at) ((uint16_t)read_half(at))
#define VB_READ32(at) read_register(at)
#define VB_WRITE8(at, value) ((void)(at), (void)(value))
#define VB_WRITE16(at, value) ((void)(at), (void)(value))
#define VB_WRITE32(at, value) write_register((at), (value))
#define ATOMIC(bits, p) ((_Atomic uint##bits##_t *)(uintptr_t)(p))
#define VB_LOAD16(p) atomic_load_explicit(ATOMIC(16, p), memory_order_relaxed)
#define VB_LOAD32(p) atomic_load_explicit(ATOMIC(32, p), memory_order_relaxed)
#define VB_LOAD64(p) atomic_load_explicit(ATOMIC(64, p), memory_order_relaxed)
#define VB_STORE16(p, v) atomic_store_explicit(ATOMIC(16, p), (v), memory_order_relaxed)
#define VB_STORE32(p, v) atomic_store_explicit(ATOMIC(32, p), (v), memory_order_relaxed)
#define VB_STORE64(p, v) atomic_store_explicit(ATOMIC(64, p), (v), memory_order_relaxed)
#define VB_LOAD_ACQUIRE16(p) atomic_load_explicit(ATOMIC(16, p), memory_order_acquire)
#define VB_STORE_RELEASE16(p, v) atomic_store_explicit(ATOMIC(16, p), (v), memory_order_release)
#define VB_BARRIER() atomic_thread_fence(memory_order_seq_cst)
#define VB_TICKS() nanoseconds()
#define VB_RELAX() sched_yield()
#define VB_TO_BUS(user, p) \
    ((void)(user), RAM_AT + (uint64_t)((const uint8_t *)(p) - ram))
#define VB_TRACE(user, code, text, value) \
    ((void)(user), (code) < 0 ? (void)printf("# %s: %llx\n", text, (unsigned long long)(value)) \
                              : (void)0)

/* The console's size is two registers of 16 bits in configuration space. */
static uint32_t read_half(uint64_t at)
{
    uint32_t value;

    pthread_mutex_lock(&lock);
    value = (uint32_t)bus_read(&the_bus, at, 2);
    pthread_mutex_unlock(&lock);
    return value;
}

#define VB_STATIC
#define VIRTIO_BARE_IMPLEMENTATION
#include "virtio_bare.h"

/* ---- the device's thread ---- */

static size_t hear(void *context, const uint8_t *text, size_t bytes)
{
    (void)context;
    if (bytes > sizeof echo - echo_count)
        bytes = sizeof echo - echo_count;
    memcpy(echo + echo_count, text, bytes);
    echo_count += bytes;
    return bytes;
}

static void complain(void *context, const char *who, const char *text)
{
    (void)context;
    printf("# %s: %s\n", who, text);
    fail("a device complains");
}

static void serve(unsigned slot, const struct vdev *d)
{
    unsigned q;

    for (q = 0; q < d->kind->queues; q++)
        if (vdev_is_live(d) && d->queue[q].enabled)
            bus_write(&the_bus, SLOT_AT + slot * MMIO_SLOT_BYTES + NOTIFY, 4, q);
}

static void *devices(void *nothing)
{
    while (!atomic_load_explicit(&the_end, memory_order_relaxed)) {
        size_t typed;

        pthread_mutex_lock(&lock);
        serve(0, &console.vdev);
        serve(1, &display.vdev);
        typed = console_type(&console, (const uint8_t *)echo, echo_count);
        memmove(echo, echo + typed, echo_count - typed);
        echo_count -= typed;
        if (typed)
            console_resume(&console);
        pthread_mutex_unlock(&lock);
        sched_yield();
    }
    return nothing;
}

/* ---- the driver's thread ---- */

enum { SIDE = 64, ROUNDS = 1500 };

static struct guest {                   /* what lies in guest RAM */
    vb_console console;
    vb_gpu gpu;
    _Alignas(4096) uint32_t pixels[SIDE * SIDE];
} *const guest = (struct guest *)(void *)ram;
static vb_machine machine;

static void must(int code, const char *what)
{
    if (code >= 0)
        return;
    printf("# %s: %s\n", what, vb_error_name(code));
    fail("the driver failed");
}

static void a_line(unsigned round)
{
    char line[200], got[200];
    int count = snprintf(line, sizeof line, "%u %*u", round, (int)(round % 150), round), at = 0;
    const uint64_t until = nanoseconds() + 10000000000u;

    if (vb_console_print(&guest->console, line) != count)
        fail("a line was cut");
    while (at < count) {
        const int n = vb_console_read(&guest->console, got + at, (uint32_t)(count - at));

        must(n, "read");
        at += n;
        if (nanoseconds() > until)
            fail("the echo does not come");
    }
    if (memcmp(line, got, (size_t)count) != 0)
        fail("the echo is not the line");
}

/* One present of two rectangles; what is seen then is what was drawn. */
static void a_picture(unsigned round)
{
    const vb_rect rects[2] = {{0, 0, SIDE, SIDE / 2}, {0, SIDE / 2, SIDE, SIDE / 2}};
    struct gpu_frame frame;
    unsigned i, wrong = 0;

    for (i = 0; i < SIDE * SIDE; i++)
        guest->pixels[i] = (round * 77 + i) & 0xffffff;
    must(vb_gpu_present(&guest->gpu, rects, 2), "present");
    pthread_mutex_lock(&lock);
    if (!gpu_frame(&display, &frame) || frame.width != SIDE)
        fail("there is no picture");
    for (i = 0; i < SIDE * SIDE; i++)
        wrong += frame.pixels[i] != guest->pixels[i];
    pthread_mutex_unlock(&lock);
    if (wrong)
        fail("the picture is not what was drawn");
}

int main(void)
{
    vb_gpu_desc desc = {.pixels = guest->pixels, .bytes = sizeof guest->pixels,
                        .width = SIDE, .height = SIDE};
    pthread_t thread;
    unsigned round;

    report.fault = complain;
    console_init(&console, "console", &all_of_ram, hear, NULL);
    gpu_init(&display, "gpu", &all_of_ram, SIDE, SIDE, NULL);
    if (!mmio_init(&slots[0], &the_bus, SLOT_AT, &console.vdev) ||
        !mmio_init(&slots[1], &the_bus, SLOT_AT + MMIO_SLOT_BYTES, &display.vdev) ||
        pthread_create(&thread, NULL, devices, NULL) != 0)
        fail("set-up");
    machine.slots = 2;
    machine.slot[0] = SLOT_AT;
    machine.slot[1] = SLOT_AT + MMIO_SLOT_BYTES;
    machine.ticks_per_us = 1000;
    must(vb_console_open(&guest->console, &machine, 0), "console");
    must(vb_gpu_open_desc(&guest->gpu, &machine, &desc), "gpu");
    for (round = 0; round < ROUNDS; round++) {
        a_line(round);
        a_picture(round);
    }
    must(vb_gpu_close(&guest->gpu), "close");
    must(vb_console_close(&guest->console), "close");
    atomic_store(&the_end, 1);
    pthread_join(thread, NULL);
    gpu_destroy(&display);
    printf("fine\n");
    return 0;
}
