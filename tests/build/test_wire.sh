#!/bin/sh
# The code that reads and writes shared bytes - rings, requests, device tree - runs on CPUs of both
# byte orders and both widths, under qemu-user.
. "$(dirname "$0")/tap.sh"

tree() {
    dtc -q -O dtb -o "$work/wire.dtb" tests/build/wire.dts &&
    { echo 'static const unsigned char tree[] __attribute__((aligned(8))) = {'
      od -An -v -tu1 "$work/wire.dtb" | tr -s ' ' ',' | sed 's/^,//; s/$/,/'
      echo '};'; } >"$work/tree.h"
}
check 'a device tree to read' tree

runs() { # NAME EMULATOR FLAGS...
    program=$work/$1
    emulator=$2
    shift 2
    clang -std=gnu11 -Wall -Wextra -Werror -O2 -ffreestanding -fno-stack-protector -fno-pic -I. -I"$work" \
        "$@" -c tests/build/wire.c -o "$program.o" &&
    $LLD -static "$program.o" -o "$program" &&
    same fine "$(timeout 60 $emulator "$program")"
}

while read -r name emulator flags; do
    if [ "$emulator" = here ]; then
        [ "$(uname -sm)" = 'Linux x86_64' ] && check "$name" runs "$name" '' $flags
    elif have "$emulator"; then
        check "$name" runs "$name" "$emulator" $flags
    else
        skip "$name" "$emulator is not installed"
    fi
done <<'END'
x86_64 here --target=x86_64-linux-gnu
powerpc64-big-endian qemu-ppc64 --target=powerpc64-linux-gnu -mabi=elfv2
powerpc-big-endian qemu-ppc --target=powerpc-linux-gnu
armv7-thumb qemu-arm --target=armv7a-linux-gnueabi -mthumb
armv7-arm qemu-arm --target=armv7a-linux-gnueabi -marm
aarch64 qemu-aarch64 --target=aarch64-linux-gnu
riscv32 qemu-riscv32 --target=riscv32-linux-gnu -march=rv32imac -mabi=ilp32
riscv64 qemu-riscv64 --target=riscv64-linux-gnu -march=rv64imac -mabi=lp64
END
finish
