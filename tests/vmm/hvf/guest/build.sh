#!/bin/sh
# build.sh FILE: the tests' guest.
set -eu
cd "$(dirname "$0")"
flags='--target=aarch64-none-elf -O1 -ffreestanding -fpie -mgeneral-regs-only -mstrict-align
    -mno-outline-atomics -Wall -Wextra'
clang $flags -c start.S -o "$1.start.o"
clang $flags -c guest.c -o "$1.guest.o"
${LLD:-ld.lld} -pie --no-dynamic-linker -z norelro --image-base=0 -Ttext=0 --oformat binary \
    -o "$1" "$1.start.o" "$1.guest.o"
