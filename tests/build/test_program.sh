#!/bin/sh
# The program of the first page: the same text in header and README, built by README's one clang
# line, booted by README's one qemu line, on QEMU's default display; then on other CPUs, with the words
# that README's table gives for them.
. "$(dirname "$0")/tap.sh"
. tests/build/readme.sh

block c 'void kernel_main' >"$work/readme.c"
sed -n '/^ \*     #define VIRTIO_BARE_IMPLEMENTATION/,/^ \*     }$/p' virtio_bare.h |
    sed 's/^ \*     //; s/^ \*$//' >"$work/header.c"
cp "$work/readme.c" "$work/hello.c"
check 'README has the program' grep -q 'vb_gpu_present' "$work/readme.c"
check 'header and README: the same text' diff "$work/readme.c" "$work/header.c"

commands | grep '^clang ' | sed "s| hello| $work/hello|g" >"$work/build"
check 'README has one clang line' same 1 "$(grep -c . "$work/build")"
check 'it builds the program' sh "$work/build"

# README's qemu line, with the console in a file and the monitor on our pipe instead of a terminal.
commands | grep '^qemu-system-aarch64 ' |
    sed "s| hello| $work/hello|; s|-chardev stdio,id=text|-chardev file,id=text,path=$work/text|" >"$work/run"
check 'README has one qemu line' same 1 "$(grep -c . "$work/run")"

# Takes a picture of the screen and compares it: 1280x720 pixels of 0x3498DB, and nothing else.
looked() {
    echo "screendump $work/screen.ppm" >&9
    sleep 0.2
    blue
}
blue() {
    perl -e 'print "P6\n1280 720\n255\n", "\x34\x98\xdb" x (1280 * 720)' | cmp - "$work/screen.ppm"
}

boot() {
    rm -f "$work/monitor" "$work/text" "$work/screen.ppm"
    mkfifo "$work/monitor" || return 1
    timeout 60 sh -c "$(cat "$work/run") -display none -monitor stdio" <"$work/monitor" >"$work/log" 2>&1 &
    exec 9>"$work/monitor"
    soon looked
    echo quit >&9
    exec 9>&-
    wait
    cat "$work/log"
    same 'Hello from bare metal' "$(cat "$work/text")"
}
check 'it says hello' boot
check 'and draws a blue screen of 1280x720 on the default display of 1280x800' blue

# words CPU COLUMN: what stands in the first quotes there.
words() {
    awk -F'|' -v cpu=" $1 " -v column="$2" '
        $2 == cpu && $4 ~ /qemu-system/ { split($column, part, "`"); print part[2] }' README.md
}
for cpu in riscv64 x86_64; do
    case $cpu in x86_64) format='s/,--oformat,binary//' from='s/from_dtb(&machine, dtb)/from_pc(\&machine)/' ;;
                 *) format= from= ;; esac
    have qemu-system-$cpu || { skip "on $cpu" "no qemu-system-$cpu"; continue; }
    sed "$from" "$work/readme.c" >"$work/hello.c"
    sed "s|--target=aarch64-none-elf|$(words $cpu 3)|; s|kernel/aarch64|kernel/$cpu|g; $format" \
        "$work/build" >"$work/build-$cpu"
    commands | grep '^qemu-system-aarch64 ' | sed "s|^qemu-system-aarch64 -M virt -cpu cortex-a72|$(words $cpu 4)|
        s| hello| $work/hello|; s|-chardev stdio,id=text|-chardev file,id=text,path=$work/text|" >"$work/run"
    check "$cpu: it builds the program" sh "$work/build-$cpu"
    check "$cpu: it says hello" boot
    check "$cpu: and draws a blue screen" blue
done
finish
