#!/bin/sh
# vmm-kvm on arm64, on any host: real KVM, in a Linux that QEMU runs on an emulated CPU with its
# hypervisor's level (nested/). cortex-a76 has VHE and cortex-a72 has not: two different KVMs.
. "$(dirname "$0")/../build/tap.sh"

nested=$OUT/nested
if [ ! -e "$nested/ready" ]; then
    echo "1..0 # SKIP $(cat "$nested/missing" 2>/dev/null || echo "first make $nested/ready")"
    exit 0
fi
export NESTED="$nested"
vmm=tests/vmm/nested/nested.sh
kernel=$OUT/aarch64/kernel.img
$CC -std=gnu11 -I. tests/vmm/guest/picture.c tests/boot/drawn.c -lpng -o "$work/picture" || exit 1

KCC=${KCC:-clang --target=aarch64-none-elf}
for file in guest.c aarch64.c aarch64.S; do
    $KCC -std=gnu11 -O2 -ffreestanding -fno-stack-protector -mgeneral-regs-only -mstrict-align \
        -fno-jump-tables -fno-pic -c tests/vmm/guest/$file -o "$work/$file.o" || exit 1
done
"$LLD" -pie --no-dynamic-linker -z norelro -Ttext=0 --oformat=binary -o "$work/guest.img" \
    "$work/aarch64.S.o" "$work/guest.c.o" "$work/aarch64.c.o" || exit 1

# runs CODE WORDS FILE OPTIONS...: boots it, wants this exit code.
runs() {
    code=$1 words=$2 file=$3
    shift 3
    LIMIT=300 $vmm "$file" --append "$words" --timeout 150 "$@" </dev/null \
        >"$work/out" 2>"$work/err"
    is=$?
    cat "$work/out" "$work/err"
    same "$code" "$is"
}
says() { grep -q -e "$1" "$work/out" "$work/err"; }
guest() { code=$1 words=$2; shift 2; runs "$code" "guest: $words" "$work/guest.img" --transport mmio "$@"; }

# ---- The kernel --------------------------------------------------------------------------------
squares() { # OPTIONS...: drawn as the second drawer draws them, and as QEMU shows them
    rm -f "$work/is.ppm"
    runs 0 'exit demo=squares' "${image:-$kernel}" --lint=fatal --screenshot "$work/is.ppm" "$@" &&
        says '^Power off\.$' && "$work/picture" squares "$work/is.ppm" &&
        cmp "$work/is.ppm" "$work/want.ppm"
}
check 'what QEMU shows' timeout 160 "$OUT/vmm-qemu" "$kernel" --append 'exit demo=squares' \
    --screenshot "$work/want.ppm" --timeout 150
for CPU in cortex-a72 cortex-a76; do
    export CPU
    for transport in pci mmio; do
        check "squares, $CPU, $transport" squares --transport $transport
    done
    check "hello_kvm, $CPU" eval 'same "Hello from a virtual machine" "$(
        PROGRAM=hello_kvm LIMIT=200 $vmm </dev/null)"'
done
check 'gpu by pci, console by mmio' squares --transport both
check 'GICv2' eval 'GIC=2 CPU=cortex-a72 squares --trace && says "Interrupts: GICv2"'
check 'the map of QEMU' eval 'squares --map qemu && says "Image at 0x40200000"'
check 'all elsewhere, RAM and BARs above 4 GiB' eval '
    squares --map high --mem 64M && says "placed BAR 4, at PCI address 0x140000000"'
check 'all elsewhere, by mmio' squares --map high --transport mmio
# Virtualization.framework's machine: a boot as it is, and one for each of its moods.
first_frame() { sed -n 's/.*first frame after \([0-9]*\) ms.*/\1/p' "$work/out"; }
check '--machine vz: no UART; of two BARs only the gpu'"'"'s is placed' eval '
    squares --machine vz && says "UART: none" && says "offered 0x10130000005" &&
    says "device 5, function 0, device id << 16 | vendor id 0x10431af4" &&
    says "placed BAR 0, at PCI address 0x50000000" && same 1 "$(grep -c placed "$work/out")"'
late() {    # again on a busy host, where the kernel may look for the first time when it is there
    squares --machine vz --gpu-delay 300 && says VB_E_NOT_FOUND && test "$(first_frame)" -ge 280
}
check '--machine vz: the gpu comes 300 ms late, and the kernel waits for it' eval 'late || late'
check '--machine vz: the gpu never tells its display' eval '
    squares --machine vz --gpu-mute-first && says "on a display of 0x0"'
check 'the ELF file, too' eval 'image=$OUT/aarch64/kernel.elf; squares'
check '--trace: the last line counts' eval '
    runs 0 "exit demo=squares" "$kernel" --display none --trace &&
    says "frames 1 (0 written), first frame [0-9]* ms, kicks [0-9]*, exits: .*mmio [0-9]*"'
check '--frames: files come out' eval '
    runs 0 "exit demo=squares" "$kernel" --display none --frames "$work/frames" &&
    test -s "$work/frames/frame-000001.png"'

# ---- Guests that end, and one that does not ------------------------------------------------------
# mov w0, #8; movk w0, #0x8400, lsl #16; hvc #0: PSCI SYSTEM_OFF, without any header
printf '\000\001\200\122\000\200\260\162\002\000\000\324' >"$work/off.bin"
check '0: a raw binary' runs 0 '' "$work/off.bin" --display none
check '0: powered off; the console, the memory, an initrd' eval '
    printf FOUND-IT >"$work/initrd" &&
    guest 0 "say memory initrd off" --display none --mem 64M --initrd "$work/initrd" &&
    says "the console speaks" && says "memory 64 MiB" && says "initrd FOUND-IT"'
check '32: reset' guest 32 reset --display none
check '33: a pair of registers stored to a device' eval '
    guest 33 crash --display none && says "PC 0x70[0-9a-f]*, which is 0xa9007c1f\|0x29007c1f" &&
    says "use a plain load or store"'
check '124: sleeps for ever' eval '
    guest 124 say --display none --timeout 5 && says "guest.s last line: the console speaks"'
check '5 s of silence: where it stands' eval '
    guest 124 "" --display none --timeout 6 && says "nothing said or drawn for 5 s: PC 0x70"'
check 'typed text arrives' eval '
    printf "aq" | LIMIT=200 $vmm "$work/guest.img" --transport mmio --display none \
        --append "guest: echo off" | grep -q "^\[113\]"'

# ---- What this host cannot ------------------------------------------------------------------------
check '35: an address space that the CPU has not' eval '
    runs 35 exit "$kernel" --mem 65G; says "accepted is a size"'
check '34: no /dev/kvm: the module, and what to do instead' eval '
    export HYPERVISOR=off; runs 34 exit "$kernel" && says "there is no /dev/kvm" && says vmm-qemu'
finish
