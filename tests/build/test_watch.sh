#!/bin/sh
# The watching plugin itself: each form of a load or store is named, marks are seen.
. "$(dirname "$0")/tap.sh"

have_plugins || { echo "1..0 # SKIP this QEMU was built without plugins"; exit 0; }
forms() {
    clang --target=aarch64-none-elf -c tests/build/plugin/forms.S -o "$work/forms.o" &&
    $LLD -Ttext=0x40080000 "$work/forms.o" -o "$work/forms.elf" &&
    timeout 20 qemu-system-aarch64 -M virt -cpu cortex-a72 -display none -nodefaults \
        -kernel "$work/forms.elf" -plugin "$OUT/watch.so,out=$work/log" &&
    sed 's/ 0x0*/ 0x/; s/ insns=/ /; s/pc=[^ ]* //; s/  */ /g' "$work/log" |
        # QEMU 7.2 shows the pair as two accesses of 4 bytes, QEMU 10 as one of 8.
        sed '/0x900001c pair/d; s/^read [48] \(.* pair\)/read - \1/' >"$work/seen"
}

cat >"$work/wanted" <<'END'
read 4 0x9000018 plain 3 pl011
read 1 0x9000018 plain 4 pl011
read 2 0x9000018 plain 5 pl011
read 8 0x9000018 plain 6 pl011
write 4 0x9000018 plain 7 pl011
write 1 0x9000018 plain 8 pl011
read 4 0x9000018 offset 9 pl011
read 4 0x9000014 unscaled 10 pl011
read 4 0x9000018 register 11 pl011
read 4 0x9000018 writeback 12 pl011
read 4 0x9000018 writeback 13 pl011
read - 0x9000018 pair 14 pl011
read 4 0x9000018 unprivileged 15 pl011
read 4 0x9000018 ordered 16 pl011
mark 81 17
end 21
END

check 'a kernel runs under the plugin' forms
check 'every access is written down with its width, form and place' \
    diff "$work/wanted" "$work/seen"
finish
