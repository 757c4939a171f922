/* kvm_x86_64.c - what KVM on x86 wants to know, and what it tells.
 *
 * KVM brings the CPU and, if asked, what every PC has beside it: interrupt controllers (PIC, I/O
 * APIC, the CPU's APIC) and a timer (PIT). What is left: which features the CPU shows (CPUID), the
 * state in which PVH enters a kernel, and the ports, x86's other way to devices:
 *
 *      0x3f8  16550               0xcf8, 0xcfc  PCI configuration space
 *      0x064  0xfe: reset                0xcf9  bit 2: reset
 *      0x604  0x2000: power off   (where ACPI's register is on QEMU's PCs)
 */
#include "devices/report.h"
#include "kvm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

enum { UART = 0x3f8, KEYBOARD = 0x64, PCI = 0xcf8, RESET = 0xcf9, POWER = 0x604 };

const enum arch kvm_arch = ARCH_X86_64;

const struct refusal kvm_refusals[] = {
    { "--machine", "vz", "that machine has an arm64 CPU; leave --machine away" },
    { "--gdb", NULL, "it needs an emulator: use vmm-qemu --gdb" },
    { NULL, NULL, NULL }
};

/* ---- The virtual machine, and its interrupts ------------------------------------------------ */

/* Intel's KVM keeps four pages for itself where a PC has its firmware, which we have not. */
#define IDENTITY_MAP UINT64_C(0xfffbc000)
#define TASK_STATE   0xfffbd000ul

/* RAM comes first: with interrupt controllers in place KVM takes 10 ms longer to give it. */
bool kvm_create_vm(struct kvm *k)
{
    const uint64_t identity_map = IDENTITY_MAP;
    const struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };

    k->vm = ioctl(k->system, KVM_CREATE_VM, 0);
    if (k->vm < 0) {
        say("KVM refuses a virtual machine: %s", strerror(errno));
        return false;
    }
    ioctl(k->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity_map);     /* others do not know these two */
    ioctl(k->vm, KVM_SET_TSS_ADDR, TASK_STATE);
    return kvm_give_ram(k) && kvm_do(k->vm, KVM_CREATE_IRQCHIP, NULL, "interrupt controllers") >= 0
        && kvm_do(k->vm, KVM_CREATE_PIT2, &pit, "a timer") >= 0;
}

void kvm_set_line(void *run, unsigned line, bool high)
{
    const struct kvm_irq_level level = { .irq = line, .level = high };

    ioctl(((struct kvm *)run)->vm, KVM_IRQ_LINE, &level);
}

static void signal_msi(void *run, uint64_t address, uint32_t data)
{
    const struct kvm_msi msi = {
        .address_lo = (uint32_t)address, .address_hi = (uint32_t)(address >> 32), .data = data
    };

    ioctl(((struct kvm *)run)->vm, KVM_SIGNAL_MSI, &msi);
}

void (*const kvm_signal_msi)(void *run, uint64_t address, uint32_t data) = signal_msi;

/* ---- The CPU's features --------------------------------------------------------------------- */

enum { LEAVES = 256, HYPERVISOR = 0x40000000, FREQUENCIES = 0x40000010, APIC_KHZ = 1000000 };

/* All that KVM can do on this CPU; that it is a virtual one; and how fast its clocks are, which a
 * guest would otherwise have to measure. */
bool kvm_create_cpu(struct kvm *k)
{
    static _Alignas(struct kvm_cpuid2) uint8_t
        room[sizeof(struct kvm_cpuid2) + LEAVES * sizeof(struct kvm_cpuid_entry2)];
    struct kvm_cpuid2 *all = (struct kvm_cpuid2 *)room;
    int khz = ioctl(k->cpu, KVM_GET_TSC_KHZ, 0);

    all->nent = LEAVES - 1;
    if (kvm_do(k->system, KVM_GET_SUPPORTED_CPUID, all, "its features") < 0)
        return false;
    for (uint32_t i = 0; i < all->nent; i++) {
        struct kvm_cpuid_entry2 *leaf = &all->entries[i];

        if (leaf->function == 1)
            leaf->ecx |= 1u << 31;
        if (leaf->function == HYPERVISOR && khz > 0)
            leaf->eax = FREQUENCIES;
    }
    if (khz > 0)
        all->entries[all->nent++] = (struct kvm_cpuid_entry2){
            .function = FREQUENCIES, .eax = (uint32_t)khz, .ebx = APIC_KHZ
        };
    return kvm_do(k->cpu, KVM_SET_CPUID2, all, "a CPU with these features") >= 0;
}

/* ---- What a PC's firmware would have done --------------------------------------------------- */

/* Kernels for PCs, which read no device tree, expect that every BAR has an address. */
static void place_bars(struct machine *m)
{
    const struct report was = report;
    uint64_t at = m->map->window;

    report = (struct report){ 0 };      /* it is not the guest who does this */
    for (unsigned i = 0; m->has_pci && at != 0 && i < m->pci.functions; i++) {
        const struct pci_function *f = m->pci.function[i];

        for (unsigned bar = 0; bar < PCI_BARS; bar++) {
            uint64_t bytes = f->bar_bytes[bar];

            if (bytes == 0)
                continue;
            at = (at + bytes - 1) & ~(bytes - 1);
            pci_config_write(&m->pci, f->slot, PCI_BAR + 4 * bar, 4, (uint32_t)at);
            at += bytes;
        }
        pci_config_write(&m->pci, f->slot, PCI_COMMAND, 2, COMMAND_MEMORY);
    }
    report = was;
}

/* ---- First registers ------------------------------------------------------------------------ */

enum { CODE = 11, DATA = 3, BUSY_TASK = 11, PROTECTED = 0x11 };

static struct kvm_segment flat(uint16_t selector, uint8_t type)
{
    return (struct kvm_segment){ .limit = UINT32_MAX, .selector = selector, .type = type,
                                 .present = 1, .db = 1, .s = 1, .g = 1 };
}

/* PVH: 32-bit protected mode, all segments flat, no paging, interrupts masked, EBX = start info. */
bool kvm_start_cpu(struct kvm *k)
{
    const struct kvm_regs registers = {
        .rip = k->run.machine.entry, .rbx = k->run.machine.boot, .rflags = 2
    };
    struct kvm_sregs s;

    place_bars(&k->run.machine);
    if (kvm_do(k->cpu, KVM_GET_SREGS, &s, "its registers") < 0)
        return false;
    s.cs = flat(8, CODE);
    s.ds = s.es = s.fs = s.gs = s.ss = flat(16, DATA);
    s.tr = (struct kvm_segment){ .limit = 0x67, .selector = 24, .type = BUSY_TASK, .present = 1 };
    s.cr0 = PROTECTED;
    s.cr4 = s.efer = 0;
    return kvm_do(k->cpu, KVM_SET_SREGS, &s, "segments of 32 bits") >= 0
        && kvm_do(k->cpu, KVM_SET_REGS, &registers, "an entry") >= 0;
}

uint64_t kvm_pc(struct kvm *k)
{
    struct kvm_regs r = { 0 };

    ioctl(k->cpu, KVM_GET_REGS, &r);
    return r.rip;
}

void kvm_registers(struct kvm *k, char *text, size_t room)
{
    struct kvm_regs r = { 0 };
    struct kvm_sregs s = { 0 };

    ioctl(k->cpu, KVM_GET_REGS, &r);
    ioctl(k->cpu, KVM_GET_SREGS, &s);
    snprintf(text, room, "PC 0x%llx, SP 0x%llx, RAX 0x%llx, RDI 0x%llx, CR0 0x%llx, CR2 0x%llx, "
             "CR3 0x%llx", r.rip, r.rsp, r.rax, r.rdi, s.cr0, s.cr2, s.cr3);
}

/* ---- Ports ---------------------------------------------------------------------------------- */

static uint32_t read_port(struct machine *m, unsigned port, unsigned width)
{
    if (port >= UART && port < UART + 8 && width == 1)
        return uart_16550_read(&m->uart, port - UART);
    if (port >= PCI && port + width <= PCI + 8 && m->has_pci)
        return pci_port_read(&m->pci, port - PCI, width);
    return UINT32_MAX;
}

static void write_port(struct machine *m, unsigned port, unsigned width, uint32_t value)
{
    if (port >= UART && port < UART + 8 && width == 1)
        uart_16550_write(&m->uart, port - UART, (uint8_t)value);
    else if (port >= PCI && port + width <= PCI + 8 && m->has_pci)
        pci_port_write(&m->pci, port - PCI, width, value);
}

/* Does this write end it all? */
static void power(struct run *r, unsigned port, uint32_t value)
{
    if (port == POWER && (value & 0x2000) != 0)
        run_end(r, VERDICT_FINE, NULL);
    if ((port == KEYBOARD && value == 0xfe) || (port == RESET && (value & 4) != 0))
        run_end(r, VERDICT_RESET, "the guest asked for a reset");
}

/* One exit can stand for many accesses: those of a string instruction. Ports where nobody is are
 * silent: kernels probe them. */
static void ports(struct kvm *k)
{
    const struct kvm_run *s = k->state;
    uint8_t *data = (uint8_t *)k->state + s->io.data_offset;
    uint32_t value = 0;

    run_lock(&k->run);
    for (unsigned i = 0; i < s->io.count; i++, data += s->io.size) {
        value = 0;
        if (s->io.direction == KVM_EXIT_IO_OUT) {
            memcpy(&value, data, s->io.size);
            write_port(&k->run.machine, s->io.port, s->io.size, value);
        } else {
            value = read_port(&k->run.machine, s->io.port, s->io.size);
            memcpy(data, &value, s->io.size);
        }
    }
    run_unlock(&k->run);
    if (s->io.direction == KVM_EXIT_IO_OUT)
        power(&k->run, s->io.port, value);
}

/* ---- Exits ---------------------------------------------------------------------------------- */

/* Where a CPU can't run all of a guest by itself, KVM plays some instructions, and does not know
 * them all. */
static void not_emulated(struct kvm *k)
{
    uint64_t pc = kvm_pc(k);
    const uint8_t *code = guest_range(&k->run.machine.memory, pc, 8);
    char bytes[40] = "?";

    for (size_t i = 0; code != NULL && i < 8; i++)
        snprintf(bytes + 3 * i, sizeof bytes - 3 * i, "%02x ", code[i]);
    run_end(&k->run, VERDICT_CRASH, "KVM cannot emulate the instruction at PC 0x%llx (%s...): on a "
            "device use mov of 1, 2 or 4 bytes; on a host without VMX or SVM (is vmx or svm in "
            "/proc/cpuinfo?) no vector registers either", (unsigned long long)pc, bytes);
}

static void triple_fault(struct kvm *k)
{
    char registers[300];

    kvm_registers(k, registers, sizeof registers);
    run_end(&k->run, VERDICT_CRASH, "triple fault: the guest had a fault while it was taking one, "
            "and again (has it an IDT, and a stack?): %s", registers);
}

bool kvm_exit(struct kvm *k)
{
    switch (k->state->exit_reason) {
    case KVM_EXIT_IO:
        run_count(&k->run, "port");
        ports(k);
        return true;
    case KVM_EXIT_SHUTDOWN:
        triple_fault(k);
        return true;
    case KVM_EXIT_INTERNAL_ERROR:
        if (k->state->internal.suberror != KVM_INTERNAL_ERROR_EMULATION)
            return false;
        not_emulated(k);
        return true;
    default:
        return false;
    }
}
