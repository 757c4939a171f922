/* main_hvf.c - boots a kernel on Hypervisor.framework, the hypervisor of Macs with Apple silicon.
 *
 *      guest: runs on the Mac's CPU
 *        | touches an address that is not RAM, calls PSCI, sleeps: hv_vcpu_run() returns
 *      vCPU thread: cpu(), why did we stop? act, go on
 *        | run_read(), run_write()
 *      machine.c: bus --> devices/ --> console, picture
 *
 * Begin with main() at the end: all steps, from the options to the verdict; then cpu(). The parts:
 *
 *      hvf_exits.c       what the guest's CPU tells when it stops, and what is done then
 *      run.c             the main thread: terminal, window, time, verdict
 *      machine.c  loader.c  tree.c   what the guest finds
 *      devices/  host/   the devices; terminal, pictures, options
 *
 * The framework allows one virtual machine for each process: so it has no name in these calls.
 */
#include "hvf.h"
#include "loader.h"

#include <fcntl.h>
#include <libkern/OSCacheControl.h>
#include <os/object.h>
#include <stdio.h>
#include <unistd.h>

enum { ADDRESS_BITS = 36 };             /* of guest physical addresses, on each of these Macs */
enum { FIRST_SPI = 32 };                /* the GIC's number of the first line */

static const struct refusal refusals[] = {
    { "--gdb", NULL, "it needs an emulator: use vmm-qemu --gdb" },
    { NULL, NULL, NULL }
};

static const struct launcher launcher = {
    "vmm-hvf", "boots a kernel on Apple's Hypervisor.framework, with virtio devices that are "
    "explained here", NULL, refusals
};

static struct hvf hvf;
static const char *program;             /* our own file, which must be signed */

/* ---- The framework's answers ----------------------------------------------------------------- */

static const char *name_of(hv_return_t answer)
{
    static const char *const names[16] = {
        [1] = "HV_ERROR", "HV_BUSY", "HV_BAD_ARGUMENT", "HV_ILLEGAL_GUEST_STATE",
        "HV_NO_RESOURCES", "HV_NO_DEVICE", "HV_DENIED", "HV_FAULT", [15] = "HV_UNSUPPORTED"
    };
    unsigned code = (unsigned)answer;
    const char *name = code >> 4 == 0xfae9400 ? names[code & 15] : NULL;

    return name != NULL ? name : "an error without a name";
}

/* Did it do it? If not, that is told, and what to do. */
static bool done(hv_return_t answer, const char *what)
{
    char hint[500] = "";

    if (answer == HV_SUCCESS)
        return true;
    if (answer == HV_DENIED)
        snprintf(hint, sizeof hint, ". It asks for a signature: codesign --sign - --force "
                 "--entitlements examples/vmm/vmm_hvf.entitlements %s", program);
    else if (answer == HV_UNSUPPORTED)
        snprintf(hint, sizeof hint, ". This Mac cannot, or is a virtual machine itself: vmm-qemu "
                 "needs no hypervisor");
    say("Hypervisor.framework refuses %s: %s (0x%x)%s", what, name_of(answer), (unsigned)answer,
        hint);
    return false;
}

uint64_t hvf_get(struct hvf *h, hv_reg_t name)
{
    uint64_t value = 0;

    hv_vcpu_get_reg(h->cpu, name, &value);
    return value;
}

uint64_t hvf_get_system(struct hvf *h, hv_sys_reg_t name)
{
    uint64_t value = 0;

    hv_vcpu_get_sys_reg(h->cpu, name, &value);
    return value;
}

/* ---- The virtual machine --------------------------------------------------------------------- */

/* Where the guest has RAM it runs without us. All other addresses lead to exits. The framework
 * counts in pages of 16 KiB, and machine.c has RAM in multiples of 64. */
static bool create_vm(const struct machine *machine)
{
    const struct guest_memory *m = &machine->memory;
    uint64_t end = machine_end(machine);

    if (end > UINT64_C(1) << ADDRESS_BITS) {
        say("this Mac gives a guest %d bits of address, and this one would reach 0x%llx: give it "
            "less with --mem", ADDRESS_BITS, (unsigned long long)end);
        return false;
    }
    if (!done(hv_vm_create(NULL), "a virtual machine"))
        return false;
    for (unsigned i = 0; i < m->count; i++)
        if (!done(hv_vm_map(m->region[i].host, m->region[i].base, m->region[i].bytes,
                            HV_MEMORY_READ | HV_MEMORY_WRITE | HV_MEMORY_EXEC), "the guest's RAM"))
            return false;
    return true;
}

/* From macOS 15 on the framework has a GICv3 for its guests, and sees to the timer's interrupt,
 * too. Where it has not, the device tree names none, and guests do without interrupts. Returns its
 * version, or 0. */
static unsigned create_gic(const struct map *map)
{
#if __has_include(<Hypervisor/hv_gic.h>)
    if (__builtin_available(macOS 15.0, *)) {
        hv_gic_config_t config = hv_gic_config_create();
        hv_return_t answer = hv_gic_config_set_distributor_base(config, map->gic_distributor);

        if (answer == HV_SUCCESS)
            answer = hv_gic_config_set_redistributor_base(config, map->gic_redistributor);
        if (answer == HV_SUCCESS)
            answer = hv_gic_create(config);
        os_release(config);
        if (answer == HV_SUCCESS)
            return 3;
        say("no interrupt controller for the guest (%s): it has to do without", name_of(answer));
    }
#endif
    (void)map;
    return 0;
}

/* What we wrote may be in our caches still, and a guest with its MMU off reads past them; and its
 * instructions come by a cache of their own. */
static void flush(const struct guest_region *ram, uint64_t from, uint64_t to)
{
    uint8_t *start = ram->host + (from - ram->base);
    size_t bytes = (size_t)(to - from);

    sys_dcache_flush(start, bytes);
    sys_icache_invalidate(start, bytes);
}

/* The kernel is near the start of RAM, what it is told at the end. */
static void flush_loaded(const struct run *r)
{
    const struct guest_region *ram = &r->machine.memory.region[0];
    uint64_t end = ram->base + ram->bytes, image = r->machine.entry + r->image.file_bytes;

    flush(ram, ram->base, image < end ? image : end);
    flush(ram, r->machine.boot, end);
}

/* ---- The CPU: only the thread that made it may use it ---------------------------------------- */

/* As every boot loader for arm64 does: the device tree in X0, interrupts masked, at EL1, the MMU
 * off. The GIC knows its CPUs by their affinity: ours is 0. */
static bool create_cpu(struct hvf *h)
{
    const struct machine *m = &h->run.machine;

    if (!done(hv_vcpu_create(&h->cpu, &h->exit, NULL), "a CPU"))
        return false;
    atomic_store(&h->created, true);
    return done(hv_vcpu_set_sys_reg(h->cpu, HV_SYS_REG_MPIDR_EL1, 1u << 31), "its affinity")
        && done(hv_vcpu_set_reg(h->cpu, HV_REG_CPSR, 0x3c5), "its level, EL1")
        && done(hv_vcpu_set_reg(h->cpu, HV_REG_X0, m->boot), "its X0")
        && done(hv_vcpu_set_reg(h->cpu, HV_REG_PC, m->entry), "its PC");
}

/* CANCELED: somebody kicked us, to ask where the guest stands or to end it. */
static void act(struct hvf *h)
{
    hvf_look_at_timer(h);
    switch (h->exit->reason) {
    case HV_EXIT_REASON_EXCEPTION:
        hvf_exception(h);
        break;
    case HV_EXIT_REASON_VTIMER_ACTIVATED:
        run_count(&h->run, "timer");
        h->timer_rang = true;
        h->timer_woke = false;
        break;
    case HV_EXIT_REASON_CANCELED:
        run_interrupted(&h->run, hvf_get(h, HV_REG_PC));
        break;
    default:
        run_end(&h->run, VERDICT_CRASH, "the guest's CPU stopped at PC 0x%llx, and the framework "
                "does not tell why", (unsigned long long)hvf_get(h, HV_REG_PC));
    }
}

static void cpu(struct run *r)
{
    struct hvf *h = (struct hvf *)r;
    bool runs = create_cpu(h);

    while (runs && !run_is_over(r)) {
        hvf_interrupt(h);
        runs = done(hv_vcpu_run(h->cpu), "to run the guest");
        if (runs)
            act(h);
    }
    if (!runs)
        run_end(r, VERDICT_HOST, NULL);
}

/* ---- The kick and the bell ----------------------------------------------------------------------
 *
 * The guest is either in hv_vcpu_run(), which can be cancelled, now or the next time; or asleep in
 * our hands (hvf_exits.c), and then a byte in a pipe wakes it.
 */
static void wake(struct run *r)
{
    struct hvf *h = (struct hvf *)r;
    ssize_t ignored = write(h->bell[1], "", 1);     /* a full pipe rings already */

    (void)ignored;
}

static void kick(struct run *r)
{
    struct hvf *h = (struct hvf *)r;

    if (atomic_load(&h->created))
        hv_vcpus_exit(&h->cpu, 1);
    wake(r);
}

/* From any thread, under the lock. A line that rises is something a sleeping guest waits for. */
static void set_line(void *run, unsigned line, bool high)
{
    struct run *r = run;

#if __has_include(<Hypervisor/hv_gic.h>)
    if (__builtin_available(macOS 15.0, *))
        if (r->machine.gic_version != 0)
            hv_gic_set_spi(FIRST_SPI + line, high);
#endif
    (void)line;
    if (high)
        wake(r);
}

static bool hang_bell(struct hvf *h)
{
    if (pipe(h->bell) != 0) {
        say("no pipe to wake the guest with");
        return false;
    }
    for (int i = 0; i < 2; i++)
        fcntl(h->bell[i], F_SETFL, O_NONBLOCK);
    return true;
}

/* ---- All of it ------------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
    const struct image_wanted wanted = { ARCH_AARCH64, IMAGE_LINUX | IMAGE_ELF | IMAGE_RAW };
    const struct back_end back_end = { ARCH_AARCH64, cpu, kick, set_line, NULL, wake };
    struct hvf *h = &hvf;
    struct run *r = &h->run;
    int code;

    /* 1. What is wanted, and whether it can be had. */
    program = argv[0];
    code = run_prepare(r, &launcher, &wanted, argc, argv);
    if (code >= 0)
        return code;

    /* 2. RAM and devices; then a virtual machine with that RAM, an interrupt controller. */
    if (!run_create_machine(r, &back_end))
        return VERDICT_USAGE;
    if (!hang_bell(h) || !create_vm(&r->machine))
        return VERDICT_HOST;
    r->machine.gic_version = create_gic(r->machine.map);

    /* 3. The kernel, and what it is told. */
    if (!loader_load(&r->machine, &r->o, &r->image))
        return VERDICT_USAGE;
    flush_loaded(r);

    /* 4. It runs, on a CPU of the vCPU thread's. */
    return run_guest(r);
}
