#!/bin/sh
# The kernel comes up however it was compiled, and so does the smallest program on start.S alone.
#
# Needs: clang, ld.lld, qemu-system-aarch64; for their rows aarch64-linux-gnu-gcc,
# qemu-system-riscv64, qemu-system-x86_64.
. "$(dirname "$0")/../build/tap.sh"
. tests/build/images.sh

have qemu-system-aarch64 || { echo '1..0 # SKIP no qemu-system-aarch64'; exit 0; }
unset MAKEFLAGS MFLAGS MAKELEVEL
machines=$OUT/tests/boot/test_machines
[ -x "$machines" ] || make -s "$machines" >"$work/log" 2>&1
KCC=${KCC:-clang --target=aarch64-none-elf}

# comes_up KERNEL ROWS...: boots it on these rows of test_machines.c's table.
comes_up() {
    kernel=$1
    shift
    KERNEL=$kernel "$machines" "$@"
}

# kernel CPU NAME VARIABLES...: built by the Makefile in a folder of its own, without a warning.
kernel() {
    cpu=$1
    folder=$work/$1-$2
    shift 2
    make OUT="$folder" ARCH=$cpu "$@" "$folder/$cpu/kernel.img" >"$work/log" 2>&1 &&
        ! grep -i 'warning' "$work/log" || { tail -n 30 "$work/log"; return 1; }
    case $cpu in
    aarch64) set -- pci mmio 'keys lift squares and put them back' \
                 'a fault, told by the emergency register' ;;
    riscv64) set -- 'riscv64, pci' 'riscv64, mmio' 'riscv64, keys' \
                 'riscv64, a fault, told by the emergency register' ;;
    x86_64)  set -- 'x86_64, q35' 'x86_64, microvm' 'x86_64, keys' ;;
    esac
    comes_up "$folder/$cpu/kernel.img" "$@"
    came=$?
    rm -rf "$folder"
    return $came
}

# smallest CPU FLAGS...: min.c, as size.sh and README build it.
smallest() {
    cpu=$1
    shift
    image_for $cpu "$work/min-$cpu" tests/build/min.c "$@" &&
        comes_up "$work/min-$cpu" "$cpu, min.c"
}

# program OUTPUT COMMAND...: COMMAND compiles one file, start.S and link.ld are all it gets.
program() {
    output=$1
    shift
    "$@" -c -o "$output.o" &&
        $KCC -c examples/kernel/aarch64/start.S -o "$output.start.o" &&
        "$LLD" -pie --no-dynamic-linker -z norelro -T examples/kernel/aarch64/link.ld --oformat binary \
            "$output.start.o" "$output.o" -o "$output"
}

plain() { # NAME COMPILER AND FLAGS...
    name=$1
    shift
    program "$work/$name" "$@" -I. -ffreestanding tests/build/min.c &&
        comes_up "$work/$name" min.c 'min.c, mmio' 'min.c at 0x70000000, entered at EL2, GIC 3' \
            'min.c at an odd address'
}

strict() { # NAME MORE FLAGS...
    name=$1
    shift
    program "$work/$name" $KCC -I. -ffreestanding -O2 "$@" tests/boot/kernels/strict.c &&
        comes_up "$work/$name" min.c 'min.c, mmio'
}

crooked() { # the same with a crooked access on purpose must not come up
    program "$work/crooked" $KCC -I. -ffreestanding -O2 -DCROOKED tests/boot/kernels/strict.c &&
        comes_up "$work/crooked" 'a kernel that says nothing'
}

map() { # what start.S maps
    program "$work/map" $KCC -I. -ffreestanding -O2 tests/boot/kernels/map.c &&
        comes_up "$work/map" map.c 'map.c at 0x40001000, entered at EL2' \
            'map.c over the end of a GB'
}

full_map() { # what platform.c maps
    flags='-I. -Iexamples/kernel -ffreestanding -fpie -O2 -mgeneral-regs-only'
    objects=
    for source in tests/boot/kernels/map.c examples/kernel/print.c examples/kernel/virtio_bare.c \
        examples/kernel/tree.c examples/kernel/map.c examples/kernel/fault.c \
        examples/kernel/aarch64/*.[cS]; do
        object=$work/full-$(echo "$source" | tr / -).o
        $KCC $flags -DFULL -c "$source" -o "$object" || return 1
        objects="$objects $object"
    done
    "$LLD" -pie --no-dynamic-linker -z norelro -T examples/kernel/aarch64/link.ld --oformat binary $objects \
        -o "$work/full" && comes_up "$work/full" map.c 'map.c at 0x40001000, entered at EL2'
}

for level in -O0 -Os -O2 -O3; do
    check "the kernel, clang $level" kernel aarch64 "clang$level" CC=clang OPT=$level
done
check 'the kernel, clang -O2, link-time optimization' kernel aarch64 lto CC=clang OPT=-O2 LTO=1
check 'the kernel, clang -O2, undefined behaviour traps' kernel aarch64 trap CC=clang OPT=-O2 \
    KDEFS='-fsanitize=undefined -fsanitize-trap=undefined'
if have aarch64-linux-gnu-gcc; then
    for level in -O0 -Os -O2 -O3; do
        check "the kernel, gcc $level" kernel aarch64 "gcc$level" CC=gcc OPT=$level
    done
    check 'min.c, gcc, nothing but -ffreestanding -O2' plain min-gcc aarch64-linux-gnu-gcc -O2
else
    for level in -O0 -Os -O2 -O3; do
        skip "the kernel, gcc $level" 'no aarch64-linux-gnu-gcc'
    done
    skip 'min.c, gcc, nothing but -ffreestanding -O2' 'no aarch64-linux-gnu-gcc'
fi
check 'min.c, nothing but -ffreestanding -O2' plain min $KCC -O2
check 'min.c, nothing but -ffreestanding -O0' plain min0 $KCC -O0
for cpu in riscv64 x86_64; do
    have qemu-system-$cpu || { skip "the kernel, $cpu" "no qemu-system-$cpu"; continue; }
    for level in -O0 -Os -O3; do
        check "the kernel, $cpu, clang $level" kernel $cpu "clang$level" CC=clang OPT=$level
    done
    check "the kernel, $cpu, link-time optimization" kernel $cpu lto CC=clang LTO=1
    check "min.c, $cpu, -O0" smallest $cpu -O0
    check "min.c, $cpu, small" smallest $cpu $SMALL
    check "min.c, $cpu, tiny" smallest $cpu $TINY
done
check 'min.c, no unaligned access until the first flush is answered' strict strict
check 'an unaligned access would have been seen' crooked
check 'the map of start.S: image and tree are memory, all else devices' map
check 'the map of platform.c: RAM is memory, all else devices, but for two pages' full_map
finish
