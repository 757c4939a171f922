#!/bin/sh
# Linux as the guest: drivers that nobody here wrote use the devices of our VMM, with indirect
# descriptors and EVENT_IDX. Debian's kernel for arm64 in vmm-kvm, in the same kernel in QEMU.
. "$(dirname "$0")/../build/tap.sh"

nested=$OUT/nested
if ! [ -e "$nested/ready" ]; then
    echo "1..0 # SKIP $(head -n 1 "$nested/missing" 2>/dev/null)"
    exit 0
fi

# Its first process, tests/vmm/nested/linux.c, and the modules in the order in which they load.
set --
for module in virtio_ring virtio virtio_mmio virtio_pci_modern_dev virtio_pci_legacy_dev \
    virtio_pci virtio_console virtio-rng; do
    set -- "$@" "modules/$(printf %02d $#).ko=$nested/modules/$module.ko"
done
"$nested/carry" in init="$nested/linux" modules/ "$@" >"$work/initramfs" || exit 1

# What is typed, 125 lines of 16 bytes, and what the console says altogether.
awk 'BEGIN { for (i = 0; i < 125; i++) printf "typed line %4d\n", i }' >"$work/typed"
{
    awk 'BEGIN { for (i = 0; i < 300; i++) print "line " i " of the guest"; print "type now" }'
    cat "$work/typed"
} >"$work/all"
mkfifo "$work/keyboard" || exit 1

is_ready() { grep -q 'type now' "$work/out" || ! kill -0 "$guest" 2>/dev/null; }
boots() { # CONSOLE OPTIONS...
    : >"$work/out"
    on=$1
    shift
    LIMIT=150 timeout 170 tests/vmm/nested/nested.sh "$nested/vmlinuz" --initrd "$work/initramfs" \
        --append "console=$on loglevel=0" --display none --mem 256M --timeout 100 "$@" \
        <"$work/keyboard" >"$work/out" 2>"$work/err" &
    guest=$!
    tries=300
    { soon is_ready && cat "$work/typed"; } >"$work/keyboard"
    wait "$guest"
    same 0 $?
}
told() { # WORDS
    grep -h -e 'guest: ' "$work/err" "$work/out" >"$work/told"
    grep -q -e "guest: $1" "$work/told" || { cat "$work/told"; return 1; }
}
# (Where the console is Linux's own, too, some kernels say there that they power down.)
all_of_it() { grep -v -e '^guest: ' -e '^\[.*reboot: ' "$work/out" | cmp "$work/all" -; }

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
    check "... each byte went through the console, both ways" all_of_it
    check "... its devices interrupt it by $interrupts" told "interrupts by $interrupts"
    check "... random bytes" told 'hwrng 65536 bytes, evenly'
    check "... and no device had to complain" \
        fails grep -e '^console: ' -e '^rng: ' -e '^gpu: ' -e '^bus: ' "$work/err"
done
finish
