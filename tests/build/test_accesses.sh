#!/bin/sh
# The kernel boots under the plugin, on PCI and on MMIO, and every access outside RAM is one that
# any hypervisor can emulate: a single load or store of 1, 2 or 4 bytes, aligned, its address in a
# base register. In the regions of virtio devices the width is the register's own (VirtIO 1.3,
# 4.1.3.1 and 4.2.2.2).
. "$(dirname "$0")/tap.sh"

have_plugins || { echo "1..0 # SKIP this QEMU was built without plugins"; exit 0; }
# boot LOG TEXT DEVICES...
boot() {
    log=$1
    text=$2
    shift 2
    timeout 60 qemu-system-aarch64 -M virt -cpu cortex-a72 -m 256 -display none -nodefaults \
        -kernel "$OUT/aarch64/kernel.img" -append 'exit demo=squares' \
        -plugin "$OUT/watch.so,out=$log" -chardev "file,id=text,path=$text" "$@"
}

boot_pci() {
    boot "$work/pci" "$work/pci.text" -device virtio-gpu-pci,xres=1280,yres=720 \
        -device virtio-serial-pci -device virtconsole,chardev=text
}

# QEMU fills its slots from the top: the display at 0x0a003e00, the console at 0x0a003c00.
boot_mmio() {
    boot "$work/mmio" "$work/mmio.text" -global virtio-mmio.force-legacy=false \
        -device virtio-gpu-device,xres=1280,yres=720 \
        -device virtio-serial-device -device virtconsole,chardev=text
}

# What is not a single plain access. Prints those, at most 20.
not_plain() {
    awk '($1 == "read" || $1 == "write") && ($2 > 4 || $4 != "plain") { print; if (++n == 20) exit }' "$1"
}

# An address that is no multiple of the access's width.
not_aligned() {
    awk '($1 == "read" || $1 == "write") && index($2 == 4 ? "048c" : $2 == 2 ? "02468ace" : \
         "0123456789abcdef", substr($3, length($3))) == 0' "$1" | head -n 20
}

# The width of each register: region or slot, the last three digits of its address, bytes. `*` is
# any other. The common configuration and the slots lie at multiples of 4096 and 512.
cat >"$work/widths" <<'END'
common 000 4
common 004 4
common 008 4
common 00c 4
common 010 2
common 012 2
common 014 1
common 015 1
common 016 2
common 018 2
common 01a 2
common 01c 2
common 01e 2
common 020 4
common 024 4
common 028 4
common 02c 4
common 030 4
common 034 4
notify * 2
isr * 1
gpu * 4
serial 000 2
serial 002 2
serial 004 4
serial 008 4
slot * 4
END

# Accesses to a virtio region in another width than the register's own.
wrong_width() {
    awk '
        NR == FNR { width[$1 " " $2] = $3; next }
        $1 != "read" && $1 != "write" { next }
        { at = substr($3, length($3) - 2); kind = kind_of() }
        kind == "" { next }
        { own = (kind " " at) in width ? width[kind " " at] : width[kind " *"]
          if ($2 != own) print $0 " (own width: " own ")" }
        function kind_of() {
            if ($7 ~ /^virtio-pci-common/) return "common"
            if ($7 ~ /^virtio-pci-notify/) return "notify"
            if ($7 ~ /^virtio-pci-isr/) return "isr"
            if ($7 ~ /^virtio-pci-device-virtio-gpu/) return "gpu"
            if ($7 ~ /^virtio-pci-device-virtio-serial/) return "serial"
            if ($3 !~ /^0x000000000a00/) return ""
            if ($3 ~ /a003d/) { at = "0" substr(at, 2); return "serial" }
            return "slot"
        }' "$work/widths" "$1" | head -n 20
}

# seen LOG PATTERN ATLEAST: the log holds so many lines of this kind (an empty log proves nothing).
seen() {
    lines=$(grep -cE "$2" "$1")
    [ "$lines" -ge "$3" ] || { echo "$lines lines like $2, wanted $3"; return 1; }
}

for bus in pci mmio; do
    check "$bus: the kernel boots under the plugin and powers off" boot_$bus
    check "$bus: its console said something" test -s "$work/$bus.text"
    check "$bus: single loads and stores of up to 4 bytes, base register only" \
        eval 'empty "$(not_plain "$work/$bus")"'
    check "$bus: aligned" eval 'empty "$(not_aligned "$work/$bus")"'
    check "$bus: virtio registers in their own width" eval 'empty "$(wrong_width "$work/$bus")"'
done
check 'pci: both devices were driven' seen "$work/pci" 'virtio-pci-common-virtio-(gpu|serial)' 40
check 'pci: doorbells were rung' seen "$work/pci" '^write.* virtio-pci-notify-virtio-gpu' 2
check 'pci: the configuration space was read' seen "$work/pci" '^read.*pcie-mmcfg' 40
check 'mmio: both devices were driven' seen "$work/mmio" '0x000000000a003[ce]' 60

# And the judges can say no.
cat >"$work/bad" <<'END'
read  8 0x0000000010000000 plain    insns=1 pc=0x40200000 virtio-pci-common-virtio-gpu
read  4 0x0000000010000014 plain    insns=2 pc=0x40200000 virtio-pci-common-virtio-gpu
write 4 0x0000000010003000 plain    insns=3 pc=0x40200000 virtio-pci-notify-virtio-gpu
read  4 0x000000000a003d00 plain    insns=4 pc=0x40200000 anon
read  4 0x0000000010000002 offset   insns=5 pc=0x40200000 virtio-pci-common-virtio-gpu
END
check 'the judges find 2 wrong forms, 1 wrong address, 5 wrong widths in a bad log' eval '
    same 2 "$(not_plain "$work/bad" | wc -l | tr -d " ")" &&
    same 1 "$(not_aligned "$work/bad" | wc -l | tr -d " ")" &&
    same 5 "$(wrong_width "$work/bad" | wc -l | tr -d " ")"'
finish
