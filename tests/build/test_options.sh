#!/bin/sh
# Every option off, on, and with all the others; what an object exports; two files that disagree.
. "$(dirname "$0")/tap.sh"

OPTIONS='VB_NO_PCI VB_NO_MMIO VB_NO_DTB VB_NO_CONSOLE VB_NO_GPU VB_NO_TEXT'
STRICT='-Werror -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wundef
        -Wreserved-identifier -I. -ffreestanding'

# driver OBJECT FLAGS...: the implementation, strictly, in C99 and in C++11, for arm64.
driver() {
    object=$1
    shift
    clang --target=aarch64-none-elf -x c++ -std=c++11 $STRICT -O1 "$@" -c tests/build/driver.c -o "$object" &&
    clang --target=aarch64-none-elf -std=c99 $STRICT -O1 "$@" -c tests/build/driver.c -o "$object" &&
    empty "$(llvm-nm -u "$object")"
}
exported() { llvm-nm -g --defined-only "$1" | awk '{ print $NF }' | sort; }
refused()  { fails clang --target=aarch64-none-elf -I. -ffreestanding "$@" -fsyntax-only tests/build/driver.c; }

# ---- Each alone, all but each, all together -----------------------------------------------------
all=
for option in $OPTIONS; do all="$all -D$option"; done
check 'no option' driver "$work/plain.o"
check 'all options together' driver "$work/all.o" $all
check 'all options together, static' driver "$work/all.o" $all -DVB_STATIC
for option in $OPTIONS; do
    check "$option alone" driver "$work/$option.o" -D$option
    check "$option alone, static" driver "$work/static.o" -D$option -DVB_STATIC
    check "all but $option" driver "$work/but.o" $(echo "$all" | sed "s/-D$option\$//; s/-D$option //")
done
check 'sizes: a queue of 2' driver "$work/sizes.o" -DVB_QUEUE_SIZE=2
check 'sizes: a queue of 8, one slot, one window' \
    driver "$work/sizes.o" -DVB_QUEUE_SIZE=8 -DVB_SLOTS=1 -DVB_WINDOWS=1
check 'sizes: small console buffers' \
    driver "$work/sizes.o" -DVB_CONSOLE_TX_BYTES=32 -DVB_CONSOLE_RX_BYTES=16
check 'a queue of 3 is refused' refused -DVB_QUEUE_SIZE=3
check 'a queue of 64 is refused' refused -DVB_QUEUE_SIZE=64
check 'buffers that do not fit into 2048 bytes are refused' refused -DVB_CONSOLE_TX_BYTES=4096
check 'VB_WANT of a newer header is refused' refused -DVB_WANT=99999
check 'VB_WANT of this header is fine' driver "$work/want.o" -DVB_WANT=100

# ---- What an option leaves out is not there --------------------------------------------------------
lacks() { empty "$(exported "$work/$1.o" | grep "$2")"; }
check 'VB_NO_GPU leaves no gpu function' lacks VB_NO_GPU vb_gpu
check 'VB_NO_CONSOLE leaves no console function' lacks VB_NO_CONSOLE vb_console
check 'VB_NO_DTB leaves no device tree function' lacks VB_NO_DTB -E 'vb_(dtb|node)'
sentences() { strings -n 30 "$work/$1.o" | grep -v 'clang version' | grep -c ' '; }
check 'VB_NO_TEXT leaves no sentence' eval 'same 0 "$(sentences VB_NO_TEXT)"'
check 'without it there are sentences' eval 'test "$(sentences plain)" -ge 30'

# ---- What an object exports ---------------------------------------------------------------------------
# A declaration begins with VB_DEF and ends with the function's name and its parameters.
declared() {
    grep -oE '^VB_DEF [a-z].*' virtio_bare.h | sed 's/(.*//; s/.*[ *]//' | sort -u
}
check 'the functions that the header declares, and no others' \
    eval 'same "$(declared)" "$(exported "$work/plain.o")"'
check 'there are many' eval 'test "$(declared | wc -l)" -ge 25'
driver "$work/static.o" -DVB_STATIC >/dev/null 2>&1
check 'a static build exports nothing' eval 'empty "$(exported "$work/static.o")"'

# ---- Programs: from the caller's side --------------------------------------------------------------
HOST='-I. -Wall -Wextra -Wpedantic -Werror'
program() { # NAME SOURCE COMPILER FLAGS...: with an implementation in a second file
    program=$work/$1
    source=$2
    shift 2
    "$@" $HOST -c tests/build/driver.c -o "$program.driver.o" &&
    "$@" $HOST -c "$source" -o "$program.main.o" &&
    "$1" "$program.driver.o" "$program.main.o" -o "$program"
}
runs() { # NAME OUTPUT
    same "$2" "$(timeout 20 "$work/$1")"
}
use() { program use tests/build/use.c "$@" && runs use fine; }
for compiler in clang gcc; do
    for language in 'c -std=c99' 'c -std=c11' 'c++ -std=c++11' 'c++ -std=c++20'; do
        check "included twice, beside <linux/virtio_ring.h>, zeroed objects: $compiler, ${language#*=}" \
            use $compiler -x $language
    done
done

copies() { # two files, each with its own static copy
    printf '#define VB_STATIC\n#define VIRTIO_BARE_IMPLEMENTATION\n#define main other_main\n' >"$work/one.c"
    printf '#include "tests/build/use.c"\n' >>"$work/one.c"
    grep -v 'define main' "$work/one.c" >"$work/two.c"
    clang $HOST -Wno-missing-prototypes "$work/one.c" "$work/two.c" -o "$work/copies" && runs copies fine
}
check 'two static copies in one program' copies

mismatch() { # FLAGS...: mismatch.c is compiled with these, the implementation without
    clang $HOST -c tests/build/driver.c -o "$work/mismatch.driver.o" &&
    clang $HOST "$@" -c tests/build/mismatch.c -o "$work/mismatch.main.o" &&
    clang "$work/mismatch.driver.o" "$work/mismatch.main.o" -o "$work/mismatch" &&
    runs mismatch refused
}
check 'another VB_QUEUE_SIZE: VB_E_CONFIG' mismatch -DVB_QUEUE_SIZE=8
check 'another VB_SLOTS: VB_E_CONFIG' mismatch -DVB_SLOTS=16
check 'another VB_CONSOLE_TX_BYTES: VB_E_CONFIG' mismatch -DVB_CONSOLE_TX_BYTES=64
check 'VB_NO_TEXT in one file only: VB_E_CONFIG' mismatch -DVB_NO_TEXT
check 'the same macros: no VB_E_CONFIG' fails mismatch -DVB_QUEUE_SIZE=16
finish
