# The programs of this folder on another CPU, under qemu-user. Sourced:
#
#    on WHAT GCC EMULATOR

. "$(dirname "$0")/../build/tap.sh"

programs='test_scenarios test_places test_identity test_wrap test_liar test_pauses test_tree
    test_registers test_hostile_rings test_anything'
shared='tests/host/ours.c tests/world/*.c tests/liar/liar.c examples/vmm/devices/*.c
    examples/vmm/lint/*.c'
flags='-std=gnu11 -Wall -Wextra -Wshadow -Wno-psabi -Werror -O1 -I.'

# What all programs share is compiled once: builds GCC.
builds() {
    mkdir "$work/shared" || return 1
    for source in $shared; do
        "$1" $flags -c "$source" -o "$work/shared/$(echo "$source" | tr / -).o" || return 1
    done
    for program in $programs; do
        "$1" $flags -static "tests/host/$program.c" "$work"/shared/*.o \
            -o "$work/$program" || return 1
    done
}

# runs EMULATOR PROGRAM: shows the rows that failed.
runs() {
    timeout 100 "$1" "$2" >"$work/tap"
    status=$?
    grep -v '^ok' "$work/tap"
    return $status
}

on() {
    if ! have "$2" || ! have "$3"; then
        skip "$1" "$2 or $3 is not installed"
        return
    fi
    check "$1: the programs compile" builds "$2"
    for program in $programs; do
        check "$1: $program" runs "$3" "$work/$program"
    done
}
