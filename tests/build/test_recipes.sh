#!/bin/sh
# README's three recipes for other people's kernels: each is cut out of README, compiled into a small
# kernel whose memory is as the recipe says, and booted.
. "$(dirname "$0")/tap.sh"
. tests/build/readme.sh
. tests/build/images.sh

recipe() { # NAME
    mkdir "$work/$1" && block c "recipe: $1" >"$work/$1/recipe.h" && grep -q IMPLEMENTATION "$work/$1/recipe.h" &&
        image "$work/$1/kernel" "tests/build/recipes/$1.c" -O2 -I"$work/$1" -Wall -Wextra -Wno-unused-parameter -Werror
}

# Ends when the console has said its line; both transports.
boots() { # NAME DEVICES...
    name=$1
    shift
    : >"$work/text"
    timeout 60 qemu-system-aarch64 -M virt -cpu cortex-a72 -m 256 -display none -nodefaults \
        -kernel "$work/$name/kernel" -chardev "file,id=text,path=$work/text" "$@" &
    qemu=$!
    soon grep -q picture "$work/text"
    kill $qemu
    wait $qemu 2>/dev/null
    same 'text and picture' "$(cat "$work/text")"
}

for name in identity direct paged; do
    check "$name: compiled from README's text" recipe $name
    check "$name: at most ten lines" test "$(block c "recipe: $name" | wc -l)" -le 11
    check "$name: boots on PCI" boots $name -device virtio-gpu-pci \
        -device virtio-serial-pci -device virtconsole,chardev=text
    check "$name: boots on MMIO" boots $name -global virtio-mmio.force-legacy=false \
        -device virtio-gpu-device -device virtio-serial-device -device virtconsole,chardev=text
done

# Without its hooks a kernel with such memory must fail: else the recipe would prove nothing.
plain() {
    mkdir "$work/plain" &&
    { echo '#define DIRECT_MAP 0x2000000000u'; block c 'recipe: identity'; } >"$work/plain/recipe.h" &&
        image "$work/plain/kernel" tests/build/recipes/direct.c -O2 -I"$work/plain" &&
        fails boots plain -device virtio-gpu-pci -device virtio-serial-pci \
            -device virtconsole,chardev=text &&
        empty "$(cat "$work/text")"
}
tries=6
check 'a direct map without its recipe does not come up' plain
finish
