/* test_machines.c - the kernel on the machines of QEMU: where it must come up, and how it must fail
 *
 * One table, one function that sets up what a row asks for. Each row boots, waits for what the
 * console (or the UART) must say, types what the row types, and compares the picture with the
 * second drawer's. QEMU shows transferred pixels without any RESOURCE_FLUSH, so its trace must also
 * have seen one. The boot story is compared word by word with a file beside this one, its numbers
 * masked.
 *
 *     test_machines            all rows
 *     test_machines NAME...    these
 *     KERNEL=FILE              another kernel than out/CPU/kernel.img
 *     WRITE=1                  writes the stories anew, instead of comparing: look at the difference
 *
 * Needs: qemu-system-aarch64; for their rows qemu-system-riscv64 and
 * qemu-system-x86_64. */
#include "drawn.h"
#include "machine.h"

#include <fcntl.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GPU          " -device virtio-gpu-pci"
#define CONSOLE      " -device virtio-serial-pci -device virtconsole,chardev=vc"
#define BOTH         GPU CONSOLE
#define GPU_MMIO     " -device virtio-gpu-device"
#define CONSOLE_MMIO " -device virtio-serial-device -device virtconsole,chardev=vc"
#define MODERN       " -global virtio-mmio.force-legacy=false"
#define MMIO         MODERN GPU_MMIO CONSOLE_MMIO
#define A72          " -cpu cortex-a72"
#define VIRT         "-M virt" A72

/* On RISC-V. Its firmware is on the UART as well. */
#define RISCV        .cpu = "riscv64", .options = "-M virt"

/* On x86_64: a PC, and the machine that is all virtio. */
#define Q35          .cpu = "x86_64", .options = "-M q35"
#define MICROVM      .cpu = "x86_64", .options = "-M microvm"

#define READY        "q power off\n"
#define FIRST_FRAME  "Picture 1280x720 on a display of 1280x800; first frame"

enum { BOOT_MS = 30000 };

typedef struct row {
    const char *name, *options, *append;
    const char *cpu;                    /* if not aarch64 */
    const char *says[5];                /* on the console, in any order, once it is ready */
    const char *uart[3];                /* on the UART; ready is what it says last */
    const char *types;                  /* then this is typed */
    const char *answers;                /* and this must be said */
    enum drawn  shows;
    unsigned    lifted;
    uint32_t    width, height;          /* 0: 1280x720 */
    const char *ready;                  /* what is said last, if not READY */
    int         mute;                   /* in two seconds nothing may be said at all */
    uint64_t    offset;                 /* the image's place from the start of RAM, if not its own */
    int         lies;                   /* ... and its header tells a size of 4096 */
    int         other;                  /* for another kernel: only when named */
    const char *hide;                   /* what is taken out of the device tree: a `compatible` text */
    const char *as;                     /* ... and what that becomes, if not a word nobody knows */
    const char *story;                  /* the console's whole text, numbers masked: a file */
    int         ends;                   /* QEMU must end by itself, with 0 */
} row;

static const row rows[] = {
    /* ---- transports and displays */
    { .name = "pci", .options = VIRT BOTH, .says = { FIRST_FRAME }, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "mmio", .options = VIRT MMIO, .says = { FIRST_FRAME }, .shows = DRAWN_CARD, .story = "mmio" },
    { .name = "gpu by pci, console by mmio", .options = VIRT MODERN GPU CONSOLE_MMIO,
      .says = { FIRST_FRAME }, .shows = DRAWN_CARD },
    { .name = "squares, pci", .options = VIRT BOTH, .append = "demo=squares",
      .shows = DRAWN_SQUARES },
    { .name = "squares, mmio", .options = VIRT MMIO, .append = "demo=squares",
      .shows = DRAWN_SQUARES },
    { .name = "a display of 1280x720", .options = VIRT GPU ",xres=1280,yres=720" CONSOLE,
      .says = { "on a display of 1280x720" }, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "a display of 800x600, a picture of 1280x720",
      .options = VIRT GPU ",xres=800,yres=600" CONSOLE,
      .says = { "Picture 1280x720 on a display of 800x600" }, .shows = DRAWN_CARD },
    { .name = "fb=800x600", .options = VIRT BOTH, .append = "fb=800x600",
      .says = { "Picture 800x600" }, .shows = DRAWN_CARD, .width = 800, .height = 600 },
    { .name = "fb=1920x1080", .options = VIRT BOTH, .append = "fb=1920x1080",
      .shows = DRAWN_CARD, .width = 1920, .height = 1080 },
    { .name = "fb=1366x433: an odd width, and no room for text", .options = VIRT BOTH,
      .append = "fb=1366x433", .shows = DRAWN_CARD, .width = 1366, .height = 433 },
    { .name = "fb= of more than there is room for", .options = VIRT BOTH, .append = "fb=4096x4096",
      .says = { "fb=4096x4096 is more than" }, .shows = DRAWN_CARD },

    /* ---- machines */
    { .name = "highmem=off", .options = "-M virt,highmem=off" A72 BOTH, .shows = DRAWN_CARD, .story = "highmem-off" },
    { .name = "highmem=on", .options = "-M virt,highmem=on" A72 BOTH, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "GIC 2", .options = "-M virt,gic-version=2" A72 BOTH,
      .says = { "GICv2" }, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "GIC 3", .options = "-M virt,gic-version=3" A72 BOTH,
      .says = { "GICv3" }, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "cortex-a53", .options = "-M virt -cpu cortex-a53" BOTH, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "cpu max", .options = "-M virt -cpu max" BOTH, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "128 MB", .options = VIRT " -m 128M" BOTH, .says = { "128 MB" },
      .shows = DRAWN_CARD, .story = "pci" },
    { .name = "1 GB", .options = VIRT " -m 1G" BOTH, .says = { "1024 MB" }, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "4 GB", .options = VIRT " -m 4G" BOTH, .says = { "4096 MB" }, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "four CPUs, three of them asleep", .options = VIRT " -smp 4" BOTH,
      .shows = DRAWN_CARD, .story = "pci" },
    { .name = "entered at EL2, GIC 2", .options = "-M virt,virtualization=on,gic-version=2" A72 BOTH,
      .says = { "Power off: smc" }, .shows = DRAWN_CARD },
    { .name = "entered at EL2, GIC 3, mmio",
      .options = "-M virt,virtualization=on,gic-version=3 -cpu max" MMIO, .shows = DRAWN_CARD },
    { .name = "loaded at 0x40080000", .options = VIRT BOTH, .offset = 0x80000,
      .says = { "Image at 0x40080000," }, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "loaded at 0x70000000", .options = VIRT " -m 2G" BOTH, .offset = 0x30000000,
      .says = { "Image at 0x70000000," }, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "loaded at 0x70000000, entered at EL2", .offset = 0x30000000,
      .options = "-M virt,virtualization=on" A72 " -m 2G" BOTH,
      .says = { "Image at 0x70000000," }, .shows = DRAWN_CARD },
    { .name = "loaded at 0x42345678, which it makes 0x42346000", .options = VIRT BOTH,
      .offset = 0x2345678, .says = { "Image at 0x42346000," }, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "loaded where the tree would lie, which moves away", .offset = 0x3f00000,
      .options = VIRT " -m 128M -initrd /etc/passwd" BOTH, .shows = DRAWN_CARD, .story = "pci" },
    { .name = "loaded where the tree lies, by a loader that does not know its size", .lies = 1,
      .offset = 0x3f00000, .options = VIRT " -m 128M" BOTH,
      .says = { "The loader put the device tree into this image" }, .shows = DRAWN_CARD },
    { .name = "iommu_platform=on", .options = VIRT GPU ",iommu_platform=on"
      " -device virtio-serial-pci,iommu_platform=on,disable-legacy=on -device virtconsole,chardev=vc",
      .shows = DRAWN_CARD },
    { .name = "two gpus, the first is used", .options = VIRT BOTH GPU, .shows = DRAWN_CARD },
    { .name = "gpu at 05.3, console at 1f.0", .shows = DRAWN_CARD,
      .options = VIRT " -device virtio-rng-pci,addr=5.0,multifunction=on"
                 " -device virtio-gpu-pci,addr=5.3" " -device virtio-serial-pci,addr=1f.0"
                 " -device virtconsole,chardev=vc" },
    { .name = "a doorbell page for each queue", .shows = DRAWN_CARD,
      .options = VIRT GPU ",page-per-vq=on -device virtio-serial-pci,page-per-vq=on"
                 " -device virtconsole,chardev=vc" },
    { .name = "a doorbell in I/O space is offered first", .shows = DRAWN_CARD,
      .options = VIRT GPU ",modern-pio-notify=on -device virtio-serial-pci,modern-pio-notify=on"
                 " -device virtconsole,chardev=vc" },
    { .name = "no MSI-X, no multiport", .shows = DRAWN_CARD,
      .options = VIRT GPU ",vectors=0 -device virtio-serial-pci,vectors=0,max_ports=1"
                 " -device virtconsole,chardev=vc" },
    { .name = "two monitors", .options = VIRT GPU ",max_outputs=2" CONSOLE, .shows = DRAWN_CARD },
    { .name = "no GIC: it draws, and then sleeps for good", .options = VIRT BOTH,
      .hide = "arm,cortex-a15-gic", .says = { "no GIC" }, .shows = DRAWN_CARD },

    /* ---- riscv64 */
    { .name = "riscv64, pci", RISCV BOTH, .says = { FIRST_FRAME, "UART: 16550" },
      .shows = DRAWN_CARD, .story = "riscv64-pci" },
    { .name = "riscv64, mmio", RISCV MMIO, .says = { FIRST_FRAME }, .shows = DRAWN_CARD,
      .story = "riscv64-mmio" },
    { .name = "riscv64, gpu by pci, console by mmio", RISCV MODERN GPU CONSOLE_MMIO,
      .says = { FIRST_FRAME }, .shows = DRAWN_CARD },
    { .name = "riscv64, squares, pci", RISCV BOTH, .append = "demo=squares",
      .shows = DRAWN_SQUARES },
    { .name = "riscv64, squares, mmio", RISCV MMIO, .append = "demo=squares",
      .shows = DRAWN_SQUARES },
    { .name = "riscv64, fb=1366x433: an odd width", RISCV BOTH, .append = "fb=1366x433",
      .shows = DRAWN_CARD, .width = 1366, .height = 433 },
    { .name = "riscv64, 24 MB", RISCV " -m 24M" BOTH, .says = { ", 24 MB" },
      .shows = DRAWN_CARD, .story = "riscv64-pci" },
    { .name = "riscv64, 4 GB", RISCV " -m 4G" BOTH, .says = { "4096 MB" }, .shows = DRAWN_CARD,
      .story = "riscv64-pci" },
    { .name = "riscv64, 12 MB: the loader does not honour the image's size", RISCV " -m 12M" BOTH,
      .says = { "The loader put the device tree into this image" }, .shows = DRAWN_CARD },
    { .name = "riscv64, four CPUs, three of them asleep", RISCV " -smp 4" BOTH,
      .shows = DRAWN_CARD, .story = "riscv64-pci" },
    { .name = "riscv64, iommu_platform=on", RISCV GPU ",iommu_platform=on"
      " -device virtio-serial-pci,iommu_platform=on,disable-legacy=on -device virtconsole,chardev=vc",
      .shows = DRAWN_CARD },
    { .name = "riscv64, keys", RISCV BOTH, .types = "hello 13\r", .answers = "hello 13\n",
      .shows = DRAWN_CARD, .lifted = 1 << 0 | 1 << 2 },
    { .name = "riscv64, exit powers off", RISCV BOTH, .append = "exit",
      .says = { FIRST_FRAME, "Power off: SBI", "Power off." }, .ends = 1 },
    { .name = "riscv64, no gpu", RISCV CONSOLE, .append = "wait=50",
      .says = { "No picture: ", "VB_E_NOT_FOUND" }, .types = "hello\r", .answers = "hello\n" },
    { .name = "riscv64, no console", RISCV GPU, .append = "wait=50",
      .uart = { "No console: ", "VB_E_NOT_FOUND", READY }, .shows = DRAWN_CARD },
    { .name = "riscv64, nothing, exit", RISCV, .append = "wait=50 exit",
      .uart = { "No console: ", "No picture: ", "Power off." }, .ends = 1 },
    /* Newer firmware does not start without a console of its own. */
    { .name = "riscv64, a UART that only the firmware knows", RISCV BOTH, .hide = "ns16550a",
      .as = "snps,dw-apb-uart", .says = { "UART: the firmware's" }, .shows = DRAWN_CARD },
    { .name = "riscv64, a fault, told by the emergency register", RISCV BOTH, .types = "f",
      .answers = "Stopped.", .says = { READY } },
    { .name = "riscv64, a fault, told by the device opened again", .types = "f",
      .answers = "Stopped.", .says = { READY },
      RISCV GPU " -global virtio-serial-pci.emergency-write=off" CONSOLE },
    { .name = "riscv64, a null pointer", RISCV BOTH, .types = "f", .answers = "a null pointer" },
    { .name = "riscv64, a stack that grows too deep", RISCV BOTH, .types = "d",
      .answers = "the stack grew too deep" },

    /* ---- x86_64 */
    { .name = "x86_64, q35", Q35 BOTH, .says = { FIRST_FRAME, "by PCI", "APIC", "UART: 16550" },
      .shows = DRAWN_CARD, .story = "x86_64-q35" },
    { .name = "x86_64, microvm", MICROVM MMIO, .says = { FIRST_FRAME, "measured by the PIT" },
      .shows = DRAWN_CARD, .story = "x86_64-microvm" },
    { .name = "x86_64, microvm with PCI, whose BARs nobody placed", MICROVM ",pcie=on" BOTH,
      .says = { "placed BAR 4" }, .shows = DRAWN_CARD, .story = "x86_64-microvm-pci" },
    { .name = "x86_64, microvm, gpu by pci, console by mmio",
      MICROVM ",pcie=on" MODERN GPU CONSOLE_MMIO, .shows = DRAWN_CARD },
    { .name = "x86_64, squares, q35", Q35 BOTH, .append = "demo=squares", .shows = DRAWN_SQUARES },
    { .name = "x86_64, squares, microvm", MICROVM MMIO, .append = "demo=squares",
      .shows = DRAWN_SQUARES },
    { .name = "x86_64, squares, microvm with PCI", MICROVM ",pcie=on" BOTH,
      .append = "demo=squares", .shows = DRAWN_SQUARES },
    { .name = "x86_64, fb=1366x433: an odd width", Q35 BOTH, .append = "fb=1366x433",
      .shows = DRAWN_CARD, .width = 1366, .height = 433 },
    { .name = "x86_64, the PC of 1996, which has no ECAM", .cpu = "x86_64",
      .options = "-M pc" BOTH, .says = { "configuration space (0: none) 3320" },
      .shows = DRAWN_CARD },
    { .name = "x86_64, a CPU without blocks of 1 GB", Q35 " -cpu qemu64,-pdpe1gb" BOTH,
      .shows = DRAWN_CARD, .story = "x86_64-q35" },
    { .name = "x86_64, a CPU that has all", Q35 " -cpu max" BOTH, .shows = DRAWN_CARD,
      .story = "x86_64-q35" },
    { .name = "x86_64, 24 MB", MICROVM " -m 24M" MMIO, .shows = DRAWN_CARD,
      .story = "x86_64-microvm" },
    { .name = "x86_64, 6 GB", Q35 " -m 6G" BOTH, .shows = DRAWN_CARD, .story = "x86_64-q35" },
    { .name = "x86_64, 6 GB, and no blocks of 1 GB", Q35 " -m 6G -cpu qemu64,-pdpe1gb" BOTH,
      .shows = DRAWN_CARD, .story = "x86_64-q35" },
    { .name = "x86_64, four CPUs, three of them asleep", Q35 " -smp 4" BOTH, .shows = DRAWN_CARD,
      .story = "x86_64-q35" },
    { .name = "x86_64, no PIT", MICROVM ",pit=off" MMIO, .says = { "there is no PIT" },
      .shows = DRAWN_CARD },
    { .name = "x86_64, no ACPI: it draws, and cannot power off", MICROVM ",acpi=off" MMIO,
      .append = "exit", .ready = "sleeps instead.\n", .shows = DRAWN_CARD },
    { .name = "x86_64, iommu_platform=on", Q35 GPU ",iommu_platform=on"
      " -device virtio-serial-pci,iommu_platform=on,disable-legacy=on -device virtconsole,chardev=vc",
      .shows = DRAWN_CARD },
    { .name = "x86_64, an initrd that is not ours", Q35 " -initrd /etc/passwd" BOTH,
      .shows = DRAWN_CARD, .story = "x86_64-q35" },
    { .name = "x86_64, a bridge in the way", .append = "wait=50",
      Q35 " -device pcie-root-port,id=bridge0,chassis=1"
          " -device virtio-gpu-pci,bus=bridge0" CONSOLE, .says = { "bridge", "No picture: " } },
    { .name = "x86_64, keys", Q35 BOTH, .types = "hello 13\r", .answers = "hello 13\n",
      .shows = DRAWN_CARD, .lifted = 1 << 0 | 1 << 2 },
    { .name = "x86_64, q35, exit powers off", Q35 BOTH, .append = "exit",
      .says = { FIRST_FRAME, "Power off." }, .ends = 1 },
    { .name = "x86_64, microvm, exit powers off", MICROVM MMIO, .append = "exit",
      .says = { FIRST_FRAME, "Power off." }, .ends = 1 },
    { .name = "x86_64, no gpu", Q35 CONSOLE, .append = "wait=50",
      .says = { "No picture: ", "VB_E_NOT_FOUND" }, .types = "hello\r", .answers = "hello\n" },
    { .name = "x86_64, no console", Q35 GPU, .append = "wait=50",
      .uart = { "No console: ", "VB_E_NOT_FOUND", READY }, .shows = DRAWN_CARD },
    { .name = "x86_64, nothing, exit", MICROVM, .append = "wait=50 exit",
      .uart = { "No console: ", "No picture: ", "Power off." }, .ends = 1 },
    { .name = "x86_64, legacy mmio", MICROVM GPU_MMIO CONSOLE_MMIO, .append = "wait=50",
      .uart = { "No console: ", "force-legacy=false", READY } },
    { .name = "x86_64, a fault, told by the emergency register", Q35 BOTH, .types = "f",
      .answers = "Stopped.", .says = { READY } },
    { .name = "x86_64, a fault, told by the device opened again", .types = "f",
      .answers = "Stopped.", .says = { READY },
      MICROVM MMIO " -global virtio-serial-device.emergency-write=off" },
    { .name = "x86_64, a fault, told by the UART", Q35 GPU " -serial chardev:vc",
      .append = "wait=50", .types = "f", .answers = "Stopped.", .says = { "No console: " } },
    { .name = "x86_64, a null pointer", Q35 BOTH, .types = "f", .answers = "a null pointer" },
    { .name = "x86_64, a stack that grows too deep", Q35 BOTH, .types = "d",
      .answers = "the stack grew too deep" },

    /* ---- keys and words */
    { .name = "what is typed is echoed", .options = VIRT BOTH, .types = "hello there 42\r",
      .answers = "hello there 42\n", .shows = DRAWN_CARD, .lifted = 1 << 3 | 1 << 1 },
    { .name = "echoed, mmio", .options = VIRT MMIO, .types = "hello there\r",
      .answers = "hello there\n", .shows = DRAWN_CARD },
    { .name = "keys lift squares and put them back", .options = VIRT BOTH, .append = "demo=squares",
      .types = "12345135.", .answers = "12345135.", .shows = DRAWN_SQUARES, .lifted = 1 << 1 | 1 << 3 },
    { .name = "a key changes the demo", .options = VIRT BOTH, .append = "frames=5", .types = "cc",
      .answers = "bounce: 5 frames", .shows = DRAWN_NOTHING },
    { .name = "three changes, and the card is back", .options = VIRT BOTH, .append = "frames=5",
      .types = "ccc.", .answers = "c.", .shows = DRAWN_CARD },
    { .name = "q powers off", .options = VIRT BOTH, .types = "q", .answers = "Power off.",
      .ends = 1 },
    { .name = "exit powers off, hvc", .options = VIRT BOTH, .append = "exit",
      .says = { FIRST_FRAME, "Power off." }, .ends = 1 },
    { .name = "exit powers off, smc", .options = "-M virt,virtualization=on" A72 BOTH,
      .append = "exit", .says = { FIRST_FRAME, "Power off." }, .ends = 1 },
    { .name = "secure=on", .options = "-M virt,secure=on" A72 BOTH, .shows = DRAWN_CARD },
    { .name = "no UART", .options = VIRT BOTH, .hide = "arm,pl011", .says = { "UART: none" },
      .shows = DRAWN_CARD },
    { .name = "no UART and no console: the card tells", .options = VIRT GPU, .hide = "arm,pl011",
      .append = "wait=50", .ready = "", .shows = DRAWN_CARD },
    { .name = "words that mean nothing", .options = VIRT BOTH,
      .append = "demo=nothing wait=soon fb=12 frames=1x damage=maybe exitt",
      .says = { "means nothing here: demo=nothing\n", "here: wait=soon\n", "here: fb=12\n",
                "here: damage=maybe\n", "here: exitt\n" }, .shows = DRAWN_CARD },
    { .name = "an initrd that is not ours", .options = VIRT " -initrd /etc/passwd" BOTH,
      .shows = DRAWN_CARD },

    /* ---- failures */
    { .name = "no gpu", .options = VIRT CONSOLE, .append = "wait=50",
      .says = { "No picture: ", "VB_E_NOT_FOUND" }, .types = "hello\r", .answers = "hello\n" },
    { .name = "no console", .options = VIRT GPU, .append = "wait=50",
      .uart = { "No console: ", "VB_E_NOT_FOUND", READY }, .shows = DRAWN_CARD },
    { .name = "nothing", .options = VIRT, .append = "wait=50",
      .uart = { "No console: ", "No picture: ", READY } },
    { .name = "nothing, exit", .options = VIRT, .append = "wait=50 exit",
      .uart = { "No console: ", "No picture: ", "Power off." }, .ends = 1 },
    { .name = "legacy mmio", .options = VIRT GPU_MMIO CONSOLE_MMIO, .append = "wait=50",
      .uart = { "No console: ", "force-legacy=false", READY } },
    { .name = "a bridge in the way", .append = "wait=50",
      .options = VIRT " -device pcie-root-port,id=bridge0,chassis=1"
                 " -device virtio-gpu-pci,bus=bridge0" CONSOLE,
      .says = { "bridge", "No picture: " } },
    { .name = "a console without a port", .options = VIRT GPU " -device virtio-serial-pci",
      .ready = "", .shows = DRAWN_CARD },
    { .name = "a fault, told by the emergency register", .options = VIRT BOTH, .types = "f",
      .answers = "Stopped.", .says = { READY } },
    { .name = "a fault, told by the device opened again", .types = "f", .answers = "Stopped.",
      .options = VIRT GPU " -global virtio-serial-pci.emergency-write=off" CONSOLE,
      .says = { READY } },
    { .name = "a fault, mmio", .options = VIRT MMIO " -global virtio-serial-device.emergency-write=off",
      .types = "f", .answers = "Stopped.", .says = { READY } },
    { .name = "a stack that grows too deep", .options = VIRT BOTH, .types = "d",
      .answers = "the stack grew too deep" },
    { .name = "a fault, told by the UART", .options = VIRT GPU " -serial chardev:vc",
      .append = "wait=50", .types = "f", .answers = "Stopped.", .says = { "No console: " } },

    /* ---- other kernels, which test_builds.sh makes */
    { .name = "min.c", .other = 1, .options = VIRT GPU ",xres=1280,yres=720" CONSOLE,
      .ready = "Hello from bare metal\n", .shows = DRAWN_SQUARES },
    { .name = "min.c, mmio", .other = 1, .options = VIRT MODERN GPU_MMIO ",xres=1280,yres=720"
      CONSOLE_MMIO, .ready = "Hello from bare metal\n", .shows = DRAWN_SQUARES },
    { .name = "min.c at 0x70000000, entered at EL2, GIC 3", .other = 1, .offset = 0x30000000,
      .options = "-M virt,virtualization=on,gic-version=3 -m 2G" A72 GPU ",xres=1280,yres=720" CONSOLE,
      .ready = "Hello from bare metal\n", .shows = DRAWN_SQUARES },
    { .name = "min.c at an odd address", .other = 1, .offset = 0x1234564,
      .options = VIRT GPU ",xres=1280,yres=720" CONSOLE,
      .ready = "Hello from bare metal\n", .shows = DRAWN_SQUARES },
    { .name = "riscv64, min.c", .other = 1, RISCV GPU ",xres=1280,yres=720" CONSOLE,
      .ready = "Hello from bare metal\n", .shows = DRAWN_SQUARES },
    { .name = "x86_64, min.c", .other = 1, Q35 GPU ",xres=1280,yres=720" CONSOLE,
      .ready = "Hello from bare metal\n", .shows = DRAWN_SQUARES },
    { .name = "map.c", .other = 1, .options = VIRT " -m 128M", .uart = { "The map is right\n" } },
    { .name = "map.c at 0x40001000, entered at EL2", .other = 1, .offset = 0x1000,
      .options = "-M virt,virtualization=on -m 128M" A72, .uart = { "The map is right\n" } },
    { .name = "map.c over the end of a GB", .other = 1, .offset = 0x3fff8000,
      .options = "-M virt -m 4G" A72, .uart = { "The map is right\n" } },
    { .name = "a kernel that says nothing", .other = 1, .mute = 1,
      .options = VIRT GPU ",xres=1280,yres=720" CONSOLE },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const char *cpu_of(const row *r) { return r->cpu ? r->cpu : "aarch64"; }

/* ---- One row --------------------------------------------------------------------------------- */

/* A copy of the image whose header asks for another place. 1, or 0. */
static int copy_for(const row *r, const char *kernel, char *path)
{
    static uint8_t image[1 << 20];
    const int from = open(kernel, O_RDONLY), to = mkstemp(path);
    const ssize_t bytes = from < 0 ? -1 : read(from, image, sizeof image);
    int fine = 0;

    if (bytes > 64 && to >= 0) {
        for (int i = 0; i < 8; i++)
            image[8 + i] = (uint8_t)(r->offset >> (8 * i));
        for (int i = 0; i < 8 && r->lies; i++)
            image[16 + i] = i == 1 ? 0x10 : 0;
        fine = write(to, image, (size_t)bytes) == bytes;
    }
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return fine;
}

static int says_all(machine *m, const row *r)
{
    const char *ready = r->ready ? r->ready : READY;
    const int by_uart = r->uart[0] != NULL;
    int fine = 1;

    if (!by_uart && !r->ends && !machine_says(m, ready, BOOT_MS)) {
        note("the console never said: %s", ready);
        fine = 0;
    }
    for (int i = 0; i < 5 && r->says[i]; i++)
        if (!machine_says(m, r->says[i], fine ? BOOT_MS : 0)) {
            note("the console did not say: %s", r->says[i]);
            fine = 0;
        }
    for (int i = 0; i < 3 && r->uart[i]; i++)
        if (!machine_uart_says(m, r->uart[i], fine ? BOOT_MS : 0)) {
            note("the UART did not say: %s", r->uart[i]);
            fine = 0;
        }
    return fine;
}

/* Every number becomes #, with 0x before it or not. */
static void mask(char *text)
{
    char *to = text;

    for (const char *from = text; *from;)
        if (*from >= '0' && *from <= '9') {
            if (from[0] == '0' && from[1] == 'x')
                from += 2 + strspn(from + 2, "0123456789abcdef");
            else
                from += strspn(from, "0123456789");
            *to++ = '#';
        } else {
            *to++ = *from++;
        }
    *to = 0;
}

static int story(const machine *m, const char *name)
{
    static char is[sizeof m->console], want[sizeof m->console];
    char path[300];
    size_t at;
    int line = 1;
    FILE *f;

    snprintf(is, sizeof is, "%s", m->console);
    mask(is);
    snprintf(path, sizeof path, "tests/boot/story-%s.txt", name);
    f = fopen(path, getenv("WRITE") ? "w" : "r");
    if (f && getenv("WRITE"))
        fputs(is, f);
    else if (f)
        want[fread(want, 1, sizeof want - 1, f)] = 0;
    if (f)
        fclose(f);
    if (f && (getenv("WRITE") || !strcmp(is, want)))
        return 1;
    for (at = 0; is[at] && is[at] == want[at]; at++)
        if (is[at] == '\n')
            line++;
    note("not the story of %s: line %d differs", path, line);
    return 0;
}

/* One look at the screen. */
static int shows_now(machine *m, const row *r, int last)
{
    const uint32_t want_width = r->width ? r->width : 1280, want_height = r->height ? r->height : 720;
    uint32_t width = 0, height = 0;
    uint32_t *pixels = machine_picture(m, &width, &height);
    const int size_fits = pixels && width == want_width && height == want_height;
    const int fine = size_fits && drawn_same(r->shows, r->lifted, pixels, width, height, last);

    if (!size_fits && last)
        note("the display is %ux%u, not %ux%u", width, height, want_width, want_height);
    free(pixels);
    return fine;
}

/* A kernel that can't say when it is ready gets time to draw. */
static int shows(machine *m, const row *r)
{
    int tries = r->ready ? 300 : 1;

    while (!shows_now(m, r, tries == 1))
        if (--tries == 0)
            return 0;
        else
            usleep(50000);
    if (machine_flushes(m) >= 1)
        return 1;
    note("QEMU's trace saw no RESOURCE_FLUSH");
    return 0;
}

/* The machine's own device tree with some nodes disguised: what they are `compatible` with is
 * something else. QEMU still adds memory and command line to it. */
static int tree_without(const row *r, char *path)
{
    static uint8_t tree[1 << 21];
    char command[600];
    ssize_t bytes;
    int fd = mkstemp(path), fine, node = -1;

    snprintf(command, sizeof command, "qemu-system-%s %s -display none -machine dumpdtb=%s"
             " >/dev/null 2>&1", cpu_of(r), r->cpu ? "-M virt" : VIRT, path);
    fine = fd >= 0 && system(command) == 0;
    if (fd >= 0)
        close(fd);
    fd = open(path, O_RDWR);
    bytes = fd < 0 ? -1 : read(fd, tree, sizeof tree);
    fine = fine && bytes > 0 && fdt_open_into(tree, tree, sizeof tree) == 0;
    while (fine && (node = fdt_node_offset_by_compatible(tree, node, r->hide)) >= 0)
        fine = fdt_setprop_string(tree, node, "compatible", r->as ? r->as : "hidden") == 0;
    fine = fine && fdt_pack(tree) == 0
           && pwrite(fd, tree, fdt_totalsize(tree), 0) == (ssize_t)fdt_totalsize(tree);
    if (fd >= 0)
        close(fd);
    return fine;
}

static void temporary(char *path, size_t room, const char *name)
{
    snprintf(path, room, "%s/vb-%s.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", name);
}

static int boot(machine *m, const row *r)
{
    const char *kernel = machine_kernel(cpu_of(r));
    char copy[300], tree[300], options[1000];
    int fine;

    temporary(copy, sizeof copy, "image");
    temporary(tree, sizeof tree, "tree");
    snprintf(options, sizeof options, "%s", r->options);
    fine = (!r->offset || copy_for(r, kernel, copy)) && (!r->hide || tree_without(r, tree));
    if (r->hide)
        snprintf(options, sizeof options, "%s -dtb %s", r->options, tree);
    fine = fine && machine_boot(m, cpu_of(r), r->offset ? copy : kernel, options, r->append ? r->append : "");
    unlink(copy);                       /* QEMU has read them */
    unlink(tree);
    return fine;
}

static int run(const row *r)
{
    static machine m;
    int fine = boot(&m, r);

    if (fine && r->mute) {
        usleep(2000000);
        fine = !machine_says(&m, "\n", 0);
    }
    fine = fine && (r->mute || says_all(&m, r)) && (!r->story || story(&m, r->story));
    if (fine && r->types) {
        fine = machine_type(&m, r->types) && machine_says(&m, r->answers, BOOT_MS);
        if (!fine)
            note("typed %s, but it never said: %s", r->types, r->answers);
    }
    if (fine && r->shows)
        fine = shows(&m, r);
    if (fine && r->ends && !machine_ended(&m, BOOT_MS)) {
        note("QEMU did not end by itself");
        fine = 0;
    }
    if (!fine) {
        (void)machine_uart_says(&m, "", 0);
        note("command: %s", m.command);
        note("console: %s", m.console);
        note("uart: %s", m.uart);
    }
    machine_end(&m);
    return fine;
}

/* ---- All of them ----------------------------------------------------------------------------- */

static int wanted(const row *r, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], r->name))
            return 1;
    return argc == 1 && !r->other;
}

int main(int argc, char **argv)
{
    int count = 0, failed = 0;

    machine_find_tree(argv[0]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < ROWS; i++)
        if (wanted(&rows[i], argc, argv)) {
            const char *missing = machine_missing(cpu_of(&rows[i]));
            const int fine = missing || run(&rows[i]);
            failed += !fine;
            printf("%s %d - %s%s%s\n", fine ? "ok" : "not ok", ++count, rows[i].name,
                   missing ? " # SKIP " : "", missing ? missing : "");
        }
    printf("1..%d\n", count);
    return failed != 0 || count == 0;
}
