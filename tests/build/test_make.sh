#!/bin/sh
# The Makefile keeps its promises: in a copy of the tree whose path has a space in it.
. "$(dirname "$0")/tap.sh"

tree="$work/a tree"
mkdir "$tree"
tar -cf - Makefile virtio_bare.h examples tests .ci | (cd "$tree" && tar -xf -)
cd "$tree" || exit 1
in_tree() { timeout 300 make VMM=qemu "$@"; }      # on a Mac the default is another

# What is written next is newer than what is there, also for make 3.81, which counts in seconds.
later() { sleep 1; }

# What a make run compiles: the sources behind CC, sorted.
compiled() { in_tree "$@" 2>&1 | sed -n 's/^  CC \([^ ]*\).*/\1/p' | sort -u; }

check 'make: kernel and launcher, two jobs at a time' in_tree -j2
check 'V=1 shows whole commands' eval 'in_tree -W virtio_bare.h V=1 | grep -q "clang .*-std=c99"'
check 'the flat image' test -s out/aarch64/kernel.img
check 'the ELF for debuggers' test -s out/aarch64/kernel.elf
check 'the launcher' test -x out/vmm-qemu
check 'a second make compiles nothing' eval 'empty "$(compiled)"'
later
touch examples/kernel/picture.c
check 'a touched source: only that' eval 'same examples/kernel/picture.c "$(compiled)"'
later
touch virtio_bare.h
check 'a touched header: what includes it' eval '
    files=$(compiled) && echo "$files" &&
    echo "$files" | grep -qx examples/kernel/main.c &&
    ! echo "$files" | grep -q examples/vmm && ! echo "$files" | grep -q print.S'
check 'another level: all of the kernel' eval '
    same "$(ls examples/kernel/*.c examples/kernel/*/*.[cS] | sort)" \
         "$(compiled OPT=-Os | grep -v examples/vmm)"'
check 'CC=gcc: the kernel and the launcher' in_tree -j2 CC=gcc OUT=out-gcc
check 'make run CC=gcc: boots and ends with a picture' \
    in_tree run CC=gcc OUT=out-gcc APPEND=demo=squares
check 'the picture is a PNG' eval 'head -c 4 out-gcc/screen.png | grep -q PNG'
check 'all that is made lies under out' eval '
    same "$(echo .ci Makefile examples out out-gcc tests virtio_bare.h)" "$(echo $(ls -A))"'

# ---- What cannot be done is one sentence, and exit 2 ------------------------------------------
refuses() { # WORD COMMAND...: make fails with 2 and its one line holds WORD
    word=$1
    shift
    said=$(in_tree "$@" 2>&1)
    status=$?
    same 2 "$status" && same 1 "$(echo "$said" | wc -l | tr -d ' ')" && echo "$said" | grep -q "$word"
}
check 'ARCH=sparc is refused' refuses ARCH=sparc run ARCH=sparc
check 'VMM=xen is refused' refuses VMM=xen run VMM=xen
check 'a kernel that is not there' eval '
    said=$(in_tree run KERNEL=no.img 2>&1); same 2 $? && echo "$said" | grep "no.img: No such file"'
check 'make run turns a failure of the launcher into 2' eval '
    in_tree run ARGS=--no-such-option; same 2 $?'

# ---- The targets of the help ---------------------------------------------------------------------
in_tree help >"$work/help"
for target in '' deps run lint test bench size debug doctor help; do
    check "make help explains: make $target" grep -qE "^make $target" "$work/help"
    check "make -n $target" in_tree -n $target
done
for folder in qtest boot vmm build; do check "make -n test-$folder" in_tree -n test-$folder; done
check 'make doctor' eval 'in_tree doctor | grep -qE "all there|mend it"'
check '... tells what machine this is' eval '
    in_tree doctor | grep -q "^machine  system: .* $(uname -m)$"'
check 'deps before all else, also with -j' eval '
    in_tree -n -j2 deps run OUT=out-fresh | head -n 1 | grep -q .ci/deps'
check 'make deps is content where all is there' eval '
    in_tree deps test -n | grep -q ".ci/deps run test" && CC=clang .ci/deps run | grep -q "all there"'
check 'under 200 lines' test "$(wc -l <Makefile)" -lt 200
cd / || exit 1
finish
