#!/bin/sh
# make bench: what the driver costs, counted on min.c and round.c under the plugin plugin/watch.c.
set -eu
cd "$(dirname "$0")/../.."
. tests/build/images.sh
dir=${DIR:-$OUT/bench}
mkdir -p "$dir"
MARK='-DMARK(n)=__asm__ volatile("hint %0" : : "i"(n) : "memory")'

# watched IMAGE LOG PLUGIN'S OPTIONS, DEVICES...: runs it until mark 0x54 (84).
watched() {
    kernel=$1
    options=out=$2,settle=30,stop=84$3
    shift 3
    timeout 60 qemu-system-aarch64 -M virt -cpu cortex-a72 -m 128 -display none -nodefaults \
        -kernel "$kernel" -plugin "$OUT/watch.so,$options" "$@" -chardev null,id=nobody </dev/null
}

# Where a function lies once QEMU has loaded the image, as FROM-TO.
range_of() { # FUNCTION IMAGE
    perl -e '
        my ($function, @symbols) = ($ARGV[0], <STDIN>);
        for (@symbols) {
            my ($at, $bytes, undef, $name) = split;
            next unless defined $name && $name eq $function;
            printf "0x%x-0x%x", 0x40200000 + hex $at, 0x40200000 + hex($at) + hex $bytes;
        }' "$1" <<END
$(llvm-nm -S "$2.elf")
END
}

# What min.c did, from its log. Marks: 81 the first flush is answered, 82 painted, 83 presented.
# A status read that repeats the access before it is waiting, and not counted.
figures() {
    awk -v bus="$1" '
        $1 == "mark" { sub("insns=", "", $3); mark[$2] = $3; passed = $2; next }
        $1 != "read" && $1 != "write" { next }
        $1 " " $3 == last && status($3) { next }
        { last = $1 " " $3
          if (!passed) all++ }
        gpu() && !passed { registers++ }
        gpu() && doorbell() { if (!passed) first++; else if (passed == 82) frame++ }
        function status(address) {
            return $7 ~ /^virtio-pci-common/ ? address ~ /014$/ : address ~ /0a00..[13579bdf02468ace]70$/ }
        # (QEMU 10 names what a write to configuration space has just made visible there.)
        function gpu() { return $7 ~ /virtio-gpu$/ && $3 !~ /^0x00000040/ }
        function doorbell() { return $1 == "write" && $7 ~ /notify/ }
        END {
            if (!(83 in mark)) { print "no frame in the log" >"/dev/stderr"; exit 1 }
            if (bus == "pci") {
                printf "gpu notifies to first flush: %d notifies\n", first
                printf "notifies a frame: %d notifies\n", frame
                printf "gpu registers to first flush: %d accesses\n", registers
            }
            printf "mmio accesses to first flush (%s): %d accesses\n", bus, all
            if (bus == "pci")
                printf "instructions to first flush without pixels and waiting: %d instructions\n", mark[81]
        }' "$2"
}

# The last round trip in the log of round.c; 62 (98) says that all were answered.
round_trip() {
    awk -v level="$1" '
        $1 == "mark" { sub("insns=", "", $3); at[$2] = $3 }
        END {
            if (!(98 in at)) { print "round.c did not come through" >"/dev/stderr"; exit 1 }
            printf "round trip instructions (%s): %d instructions\n", level, at[97] - at[96]
        }' "$2"
}

image "$dir/min" tests/build/min.c -O2 "$MARK"
watched "$dir/min" "$dir/min-pci.log" '' -device virtio-gpu-pci,xres=1280,yres=720 \
    -device virtio-serial-pci -device virtconsole,chardev=nobody
watched "$dir/min" "$dir/min-mmio.log" '' -global virtio-mmio.force-legacy=false \
    -device virtio-gpu-device,xres=1280,yres=720 \
    -device virtio-serial-device -device virtconsole,chardev=nobody
figures pci "$dir/min-pci.log"
figures mmio "$dir/min-mmio.log"

for level in -O2 -Os; do
    image "$dir/round$level" 'tests/build/round.c tests/build/driver.c' $level
    watched "$dir/round$level" "$dir/round$level.log" \
        ",without=$(range_of kernel_main "$dir/round$level")" -device virtio-gpu-pci
    round_trip $level "$dir/round$level.log"
done
