#!/bin/sh
# The images that make size measures do run: each says hello and draws the five squares, as small as
# it is, as does min.c with nothing but -ffreestanding -O2. The picture is drawn a second time here,
# from the words of the specification of demo=squares, and compared pixel by pixel.
. "$(dirname "$0")/tap.sh"
. tests/build/images.sh

perl -e '
    my @shapes = ([0, 0, 1280, 720, "ffffff"], [0, 0, 1280, 40, "2c3e50"],
                  [20, 70, 1240, 260, "1a1a2e"]);
    my @colours = qw(ff5733 ffc300 28b463 3498db 9b59b6);
    for my $i (0 .. 4) {
        my $x = 50 + 230 * $i;
        push @shapes, [$x - 5, 95, 210, 210, "ffffff"], [$x, 100, 200, 200, $colours[$i]];
    }
    my @rows = ("\0" x (3 * 1280)) x 720;
    for (@shapes) {
        my ($x, $y, $width, $height, $colour) = @$_;
        substr($rows[$_], 3 * $x, 3 * $width) = pack("H*", $colour) x $width
            for $y .. $y + $height - 1;
    }
    print "P6\n1280 720\n255\n", @rows;' >"$work/wanted.ppm"

# Takes a picture of the screen and compares it.
looked() {
    echo "screendump $work/screen.ppm" >&9
    sleep 0.2
    cmp -s "$work/wanted.ppm" "$work/screen.ppm"
}

# draws IMAGE DEVICES...: until the picture is there.
draws() {
    kernel=$1
    shift
    rm -f "$work/monitor" "$work/text" "$work/screen.ppm"
    mkfifo "$work/monitor" || return 1
    timeout 60 qemu-system-aarch64 -M virt -cpu cortex-a72 -m 128 -display none -nodefaults \
        -kernel "$kernel" -chardev "file,id=text,path=$work/text" "$@" \
        -monitor stdio <"$work/monitor" >"$work/log" 2>&1 &
    exec 9>"$work/monitor"
    soon looked
    echo quit >&9
    exec 9>&-
    wait
    cat "$work/log"
    same 'Hello from bare metal' "$(cat "$work/text")" && cmp "$work/wanted.ppm" "$work/screen.ppm"
}
on_pci() {
    draws "$1" -device virtio-gpu-pci,xres=1280,yres=720 \
        -device virtio-serial-pci -device virtconsole,chardev=text
}
on_mmio() {
    draws "$1" -global virtio-mmio.force-legacy=false -device virtio-gpu-device,xres=1280,yres=720 \
        -device virtio-serial-device -device virtconsole,chardev=text
}

check 'small builds' image "$work/small" tests/build/min.c $SMALL
check 'small on PCI' on_pci "$work/small"
check 'small on MMIO' on_mmio "$work/small"
check 'tiny builds' image "$work/tiny" tests/build/min.c $TINY
check 'tiny on PCI' on_pci "$work/tiny"
tries=4
check 'tiny knows no MMIO' fails on_mmio "$work/tiny"
tries=40
plain() {
    IMAGE_FLAGS='-I. -ffreestanding -O2'
    image "$work/plain" tests/build/min.c
}
check '-ffreestanding -O2 and no other flag builds' plain
check '-ffreestanding -O2 on PCI' on_pci "$work/plain"
check '-ffreestanding -O2 on MMIO' on_mmio "$work/plain"
finish
