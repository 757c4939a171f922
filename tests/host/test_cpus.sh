#!/bin/sh
# The same programs on other CPUs, under qemu-user: powerpc64, where numbers have their first byte
# last, and armv7, where pointers have 32 bits.
. "$(dirname "$0")/../build/tap.sh"

programs='test_scenarios test_places test_identity test_wrap_of_4 test_liar test_registers
    test_hostile_rings'
shared='tests/host/ours.c tests/world/*.c tests/liar/liar.c examples/vmm/devices/*.c'
flags='-std=gnu11 -Wall -Wextra -Wshadow -Wno-psabi -Werror -O1 -I.'

# What all programs share is compiled once: builds CPU GCC.
builds() {
    mkdir "$work/$1" || return 1
    for source in $shared; do
        "$2" $flags -c "$source" -o "$work/$1/$(echo "$source" | tr / -).o" || return 1
    done
    for program in $programs; do
        "$2" $flags -static "tests/host/$program.c" "$work/$1"/*.o -o "$work/$1-$program" || return 1
    done
}

# runs EMULATOR PROGRAM: shows the rows that failed.
runs() {
    timeout 100 "$1" "$2" >"$work/tap"
    status=$?
    grep -v '^ok' "$work/tap"
    return $status
}

while read -r name cpu gcc emulator; do
    if ! have "$gcc" || ! have "$emulator"; then
        skip "$name" "$gcc or $emulator is not installed"
        continue
    fi
    check "$name: the programs compile" builds "$cpu" "$gcc"
    for program in $programs; do
        check "$name: $program" runs "$emulator" "$work/$cpu-$program"
    done
done <<'END'
big-endian ppc64 powerpc64-linux-gnu-gcc qemu-ppc64
32-bits armv7 arm-linux-gnueabihf-gcc qemu-arm
END
finish
