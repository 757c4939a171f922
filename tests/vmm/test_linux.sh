#!/bin/sh
# Linux as the guest: drivers that nobody here wrote use the devices of our VMM, with indirect
# descriptors and EVENT_IDX, and lint watches. Debian's kernel for arm64 in vmm-kvm, in the same
# kernel in QEMU; a shell on the console, a picture by DRM, random bytes.
. "$(dirname "$0")/../build/tap.sh"
. tests/vmm/guests.sh

# Its first process, tests/vmm/nested/linux.c, and the modules in the order in which they load;
# what is not there is a part of the kernel.
set --
for module in virtio_mmio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_console \
    virtio-rng drm drm_kms_helper drm_shmem_helper virtio_dma_buf virtio-gpu; do
    file=$guests/modules/$module.ko
    [ ! -e "$file" ] || set -- "$@" "modules/$(printf %02d $#).ko=$file"
done
"$nested/carry" in init="$nested/linux" busybox="$guests/busybox" modules/ "$@" \
    >"$work/initramfs" || exit 1
$CC -std=gnu11 -I. tests/vmm/guest/picture.c tests/boot/drawn.c -lpng -o "$work/picture" || exit 1

# What is typed, 125 lines of 16 bytes, and what the console says altogether before its shell.
awk 'BEGIN { for (i = 0; i < 125; i++) printf "typed line %4d\n", i }' >"$work/typed"
{
    awk 'BEGIN { for (i = 0; i < 300; i++) print "line " i " of the guest"; print "type now" }'
    cat "$work/typed"
} >"$work/all"
cat >"$work/commands" <<'END'
echo "6 times 7 is $((6 * 7))"
seq 1 20000 | md5sum
head -c 10000 /dev/hwrng | wc -c
exit 7
END
mkfifo "$work/keyboard" || exit 1

is_said() { grep -q "$1" "$work/out" || ! kill -0 "$guest" 2>/dev/null; }
type_it() {
    soon is_said 'type now' && cat "$work/typed" && soon is_said 'shell now' && cat "$work/commands"
}
boots() { # CONSOLE OPTIONS...
    : >"$work/out"
    rm -f "$work/screen.png"
    on=$1
    shift
    under_lint "$guests/vmlinuz" --initrd "$work/initramfs" --append "console=$on loglevel=0" \
        --screenshot "$work/screen.png" "$@" <"$work/keyboard" &
    guest=$!
    tries=300
    type_it >"$work/keyboard"
    wait "$guest"
    same 0 $?
}
told() { # WORDS
    grep -h -e 'guest: ' "$work/err" "$work/out" >"$work/told"
    grep -q -e "guest: $1" "$work/told" || { cat "$work/told"; return 1; }
}
all_of_it() { sed -n '/^shell now/q; /^guest: /d; p' "$work/out" | cmp "$work/all" -; }
# (What is typed comes back, too, with the carriage returns of a terminal.)
shell_works() {
    sed '1,/^shell now/d' "$work/out" | tr -d '\r' >"$work/session"
    grep -q '^6 times 7 is 42$' "$work/session" && grep -q '^10000$' "$work/session" &&
        grep -q "^$(seq 1 20000 | md5sum)\$" "$work/session" && told 'the shell ended with 7' ||
        { cat "$work/session"; return 1; }
}

# The last has no UART, and a page that takes messages (GICv2m).
for machine in mmio pci vz; do
    interrupts=lines
    case $machine in
    vz) interrupts=messages; set -- hvc0 --map vz ;;
    *)  set -- ttyAMA0 --transport $machine ;;
    esac
    check "Linux boots and powers off, $machine" boots "$@"
    check "... virtio_console took SIZE, INDIRECT_DESC, EVENT_IDX, VERSION_1" \
        told 'device 0x0003 status 0x0000000f features 1000000000000000000000000000110010'
    check "... virtio-rng took INDIRECT_DESC, EVENT_IDX, VERSION_1" \
        told 'device 0x0004 status 0x0000000f features 0000000000000000000000000000110010'
    check "... virtio-gpu took EDID, INDIRECT_DESC, EVENT_IDX, VERSION_1" \
        told 'device 0x0010 status 0x0000000f features 0100000000000000000000000000110010'
    check "... each byte went through the console, both ways" all_of_it
    check "... a shell on it" shell_works
    check "... its devices interrupt it by $interrupts" told "interrupts by $interrupts"
    check "... random bytes" told 'hwrng 65536 bytes, evenly'
    check "... all that in their drivers' second life" told 'its drivers left and came back'
    check "... what it drew is in the PNG" "$work/picture" squares "$work/screen.png"
    check "... and no device had to complain" \
        fails grep -e '^console: ' -e '^rng: ' -e '^gpu: ' -e '^bus: ' "$work/err"
    check "... lint's findings are argued" found_what_is_argued Linux $machine
done
finish_guests
