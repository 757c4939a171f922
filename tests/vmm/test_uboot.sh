#!/bin/sh
# U-Boot as the guest, on the map of QEMU's virt, for which it is made: its drivers look into every
# virtio-mmio slot and every PCI function, and its EFI asks virtio-rng for random numbers.
. "$(dirname "$0")/../build/tap.sh"
. tests/vmm/guests.sh

# U-Boot keeps its variables in flash at 0x04000000. This machine has none, and a quarter of a
# million reads of nothing take half a minute: so the words of its instructions that build the
# address (mov and movk with 0x0400 << 16) become 0x4400 << 16, which is RAM. There lies what it
# would find in flash: CRC-32, then variables, each ends with a NUL, 256 KiB. gzip knows the CRC.
{
    printf '%s\0' 'bootdelay=0' 'efi_selftest=random number generator' \
        'bootcmd=version; bootefi selftest; pci; dm tree; poweroff'
    head -c 262140 /dev/zero
} | head -c 262140 >"$work/variables"
{ gzip -c "$work/variables" | tail -c 8 | head -c 4; cat "$work/variables"; } >"$work/flash"
LC_ALL=C sed 's/\([\x00-\x1f]\)\x80\xa0\([\xd2\xf2]\)/\1\x80\xa8\2/g' "$guests/u-boot.bin" \
    >"$work/u-boot"
${KCC:-clang --target=aarch64-none-elf} -DUBOOT="\"$work/u-boot\"" \
    -DENVIRONMENT="\"$work/flash\"" -c tests/vmm/nested/uboot.S -o "$work/uboot.o" &&
    "$LLD" -pie --no-dynamic-linker -z norelro -Ttext=0 --oformat=binary -o "$work/uboot.img" \
        "$work/uboot.o" || exit 1

boots() { # OPTIONS...
    under_lint "$work/uboot.img" --map qemu --display none "$@" </dev/null
    same 0 $? || { cat "$work/err"; return 1; }
}
says() { grep -q -e "$1" "$work/err" || { cat "$work/err"; return 1; }; }

for machine in mmio pci; do
    check "U-Boot boots and powers off, $machine" boots --transport $machine
    case $machine in
    mmio) check "... and looked into each slot" \
              eval 'same 32 "$(grep -c "virtio .*\[ + \].*virtio_mmio@" "$work/err")"' ;;
    pci)  check "... and found the gpu" says '00.01.00 *0x1af4 *0x1050'
          check "... the console" says '00.02.00 *0x1af4 *0x1043'
          check "... the source of randomness" says '00.03.00 *0x1af4 *0x1044' ;;
    esac
    check "... virtio-rng works for its EFI" says "Executing 'random number generator' succeeded"
    check "... which says so" says 'Summary: 0 failures'
    check "... no device was broken" fails says NEEDS_RESET
    check "... lint's findings are argued" found_what_is_argued U-Boot $machine
done
finish_guests
