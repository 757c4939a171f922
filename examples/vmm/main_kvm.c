/* main_kvm.c - boots a kernel on KVM, the hypervisor of Linux, with devices of our own.
 *
 *      guest: runs on the host's CPU
 *        | touches an address that is not RAM, a port, calls PSCI: KVM_RUN returns
 *      vCPU thread: cpu(), why did we stop? act, go on
 *        | run_read(), run_write()
 *      machine.c: bus --> devices/ --> console, picture
 *
 * Begin with main() at the end: all steps, from the options to the verdict; then cpu(). The parts:
 *
 *      kvm_aarch64.c  kvm_x86_64.c   registers, interrupt controller, exits of the CPU
 *      run.c             the main thread: terminal, window, time, verdict
 *      machine.c  loader.c  tree.c   what the guest finds
 *      devices/  host/   the devices; terminal, pictures, options
 *
 * hello_kvm.c is the same in one screen and a half, without any of it.
 */
#include "kvm.h"
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct launcher launcher = {
    "vmm-kvm", "boots a kernel on Linux KVM, with virtio devices that are explained here",
    NULL, kvm_refusals
};

static struct kvm kvm;

/* ---- KVM's answers -------------------------------------------------------------------------- */

int kvm_do(int fd, unsigned long request, const void *argument, const char *what)
{
    int result = ioctl(fd, request, argument);

    if (result < 0)
        say("KVM refuses %s: %s", what, strerror(errno));
    return result;
}

int kvm_has(const struct kvm *k, long capability)
{
    int answer = ioctl(k->system, KVM_CHECK_EXTENSION, capability);

    return answer > 0 ? answer : 0;
}

/* Why /dev/kvm cannot be had, and what to do about it. */
static void explain(int error)
{
    struct stat status;

    if (error == EACCES && stat("/dev/kvm", &status) == 0)
        say("/dev/kvm is there, and not for you: it belongs to group %u (often kvm), so: sudo "
            "usermod -aG kvm $USER, then log in again. Or use vmm-qemu, which needs no KVM",
            (unsigned)status.st_gid);
    else if (error == ENOENT)
        say("there is no /dev/kvm: is the module loaded (x86: sudo modprobe kvm_intel or kvm_amd), "
            "is virtualization on in the firmware, or nested virtualization if this is a virtual "
            "machine? Or use vmm-qemu, which needs no KVM");
    else
        say("/dev/kvm cannot be opened: %s. vmm-qemu needs no KVM", strerror(error));
}

static bool open_kvm(struct kvm *k)
{
    int version;

    k->system = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (k->system < 0) {
        explain(errno);
        return false;
    }
    version = ioctl(k->system, KVM_GET_API_VERSION, 0);
    if (version != KVM_API_VERSION)
        say("/dev/kvm speaks version %d, and 12 is spoken here: the kernel is too old", version);
    return version == KVM_API_VERSION;
}

/* ---- The machine, for KVM ------------------------------------------------------------------- */

/* Where the guest has RAM it runs without us. All other addresses lead to exits. */
bool kvm_give_ram(const struct kvm *k)
{
    const struct guest_memory *m = &k->run.machine.memory;

    for (unsigned i = 0; i < m->count; i++) {
        const struct kvm_userspace_memory_region region = {
            .slot = i,
            .guest_phys_addr = m->region[i].base,
            .memory_size = m->region[i].bytes,
            .userspace_addr = (uintptr_t)m->region[i].host,
        };

        if (kvm_do(k->vm, KVM_SET_USER_MEMORY_REGION, &region, "the guest's RAM") < 0)
            return false;
    }
    return true;
}

static bool create_cpu(struct kvm *k)
{
    int bytes = ioctl(k->system, KVM_GET_VCPU_MMAP_SIZE, 0);

    k->cpu = kvm_do(k->vm, KVM_CREATE_VCPU, NULL, "a CPU");
    if (k->cpu < 0)
        return false;
    k->state_bytes = (size_t)bytes;
    k->state = mmap(NULL, k->state_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, k->cpu, 0);
    if (k->state == MAP_FAILED)
        say("the state of KVM's CPU cannot be mapped: %s", strerror(errno));
    return k->state != MAP_FAILED && kvm_create_cpu(k);
}

/* ---- One exit after the other --------------------------------------------------------------- */

/* What was read goes into the shared state; KVM finishes the instruction at the next KVM_RUN. */
static void mmio(struct kvm *k)
{
    struct kvm_run *s = k->state;
    uint64_t value = 0;

    run_count(&k->run, "mmio");
    if (s->mmio.is_write) {
        memcpy(&value, s->mmio.data, s->mmio.len);
        run_write(&k->run, s->mmio.phys_addr, s->mmio.len, value);
    } else {
        value = run_read(&k->run, s->mmio.phys_addr, s->mmio.len);
        memcpy(s->mmio.data, &value, s->mmio.len);
    }
}

static void system_event(struct kvm *k)
{
    if (k->state->system_event.type == KVM_SYSTEM_EVENT_SHUTDOWN)
        run_end(&k->run, VERDICT_FINE, NULL);
    else if (k->state->system_event.type == KVM_SYSTEM_EVENT_RESET)
        run_end(&k->run, VERDICT_RESET, "the guest asked for a reset");
    else
        run_end(&k->run, VERDICT_CRASH, "the guest crashed");
}

/* An exit that nobody knows how to go on from. */
static void unknown(struct kvm *k)
{
    char registers[400];

    kvm_registers(k, registers, sizeof registers);
    run_end(&k->run, VERDICT_CRASH, "the guest's CPU stopped (KVM's exit reason %u): %s",
            k->state->exit_reason, registers);
}

static void act(struct kvm *k)
{
    switch (k->state->exit_reason) {
    case KVM_EXIT_MMIO:
        mmio(k);
        break;
    case KVM_EXIT_SYSTEM_EVENT:
        system_event(k);
        break;
    default:
        if (!kvm_exit(k))
            unknown(k);
    }
}

/* EINTR: somebody kicked us, to ask where the guest stands or to end it. */
static void cpu(struct run *r)
{
    struct kvm *k = (struct kvm *)r;

    while (!run_is_over(r)) {
        if (ioctl(k->cpu, KVM_RUN, 0) == 0) {
            act(k);
        } else if (errno == EINTR) {
            k->state->immediate_exit = 0;
            run_interrupted(r, kvm_pc(k));
        } else if (errno != EAGAIN) {
            run_end(r, VERDICT_CRASH, "KVM_RUN: %s, with the guest at 0x%llx", strerror(errno),
                    (unsigned long long)kvm_pc(k));
        }
    }
}

/* ---- The kick --------------------------------------------------------------------------------
 *
 * A guest that sleeps for ever, or loops, makes no exit. A signal without SA_RESTART ends KVM_RUN;
 * should it come just before KVM_RUN, the flag that its handler sets ends that at once.
 */
static void on_kick(int number)
{
    (void)number;
    kvm.state->immediate_exit = 1;
}

static void kick(struct run *r)
{
    pthread_kill(r->thread, SIGUSR1);
}

static void prepare_kick(void)
{
    struct sigaction action = { .sa_handler = on_kick };

    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
}

/* ---- All of it ------------------------------------------------------------------------------ */

int main(int argc, char **argv)
{
    const struct image_wanted wanted = { kvm_arch,
                                         IMAGE_LINUX | IMAGE_ELF | IMAGE_PVH | IMAGE_RAW };
    const struct back_end back_end = { kvm_arch, cpu, kick, kvm_set_line, kvm_signal_msi, NULL };
    struct kvm *k = &kvm;
    struct run *r = &k->run;
    int code;

    /* 1. What is wanted, and whether it can be had. */
    code = run_prepare(r, &launcher, &wanted, argc, argv);
    if (code >= 0)
        return code;

    /* 2. RAM and devices; then a virtual machine with that RAM, an interrupt controller, a CPU. */
    if (!run_create_machine(r, &back_end))
        return VERDICT_USAGE;
    if (!open_kvm(k) || !kvm_create_vm(k) || !create_cpu(k))
        return VERDICT_HOST;

    /* 3. The kernel, and what it is told; the CPU at its first instruction. */
    if (!loader_load(&r->machine, &r->o, &r->image))
        return VERDICT_USAGE;
    if (!kvm_start_cpu(k))
        return VERDICT_HOST;

    /* 4. It runs. */
    prepare_kick();
    return run_guest(r);
}
