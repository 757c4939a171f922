#!/bin/sh
# What vmm-kvm costs, beside QEMU in the same run; for `make bench`, on x86_64 with /dev/kvm.
#
#   exec to first guest output: a guest of a dozen instructions (guest/pvh.S) prints on the UART.
#       QEMU's fastest machine (microvm), by TCG, which needs no /dev/kvm and starts sooner. Both
#       have 64 MiB and no devices but those that they always have. Taken in turns, so that a busy
#       host is busy for both; the least of each counts.
#   exec to first frame: the example kernel, a picture of 128x128, by virtio-mmio.
#   lint: that boot from exec to exit, with --lint and without, in turns; the median of each counts.
#
# `bench_kvm.sh first` ends after the first of these.
#
# Where the CPU does not help KVM, each instruction is emulated: the first figure hardly notices,
# the second is the emulator's.
. "$(dirname "$0")/../build/tap.sh"

if [ "$(uname -m)" != x86_64 ] || ! [ -r /dev/kvm ] || ! [ -w /dev/kvm ] ||
    ! have qemu-system-x86_64; then
    echo "# vmm-kvm beside QEMU: not here, it takes x86_64, /dev/kvm and qemu-system-x86_64"
    exit 0
fi
kvm=$OUT/vmm-kvm
only=${1:-}
kernel=$OUT/x86_64/kernel.img
clang --target=x86_64-none-elf -c tests/vmm/guest/pvh.S -o "$work/guest.o" &&
    "$LLD" --image-base=0x100000 -o "$work/guest.elf" "$work/guest.o" || exit 1

# Runs the commands between the `--` in turns, $1 times; prints for each the least time from exec to
# its first byte, in milliseconds.
first_output() {
    perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e '
        my ($turns, @commands) = (shift, []);
        for (@ARGV) { if ($_ eq "--") { push @commands, [] } else { push @{$commands[-1]}, $_ } }
        my @least;
        for my $i (map { (0 .. $#commands) } 1 .. $turns) {
            pipe my $ours, my $theirs;
            my $began = clock_gettime(CLOCK_MONOTONIC);
            my $child = fork;
            if (!$child) {
                open STDIN, "<", "/dev/null";
                open STDOUT, ">&", $theirs;
                open STDERR, ">&", $theirs;
                exec @{$commands[$i]} or exit 127;
            }
            close $theirs;
            sysread $ours, my $byte, 1 or die "no output: @{$commands[$i]}\n";
            my $took = (clock_gettime(CLOCK_MONOTONIC) - $began) * 1000;
            1 while sysread $ours, $byte, 4096;
            waitpid $child, 0;
            $least[$i] = $took if !defined $least[$i] || $took < $least[$i];
        }
        print join(" ", @least), "\n"' "$@"
}

set -- $(first_output 15 "$kvm" "$work/guest.elf" --append uo --display none --mem 64M --timeout 9 \
    -- qemu-system-x86_64 -M microvm -m 64 -nodefaults -display none -serial stdio -no-reboot \
    -device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$work/guest.elf" -append uq)
printf 'exec to first guest output (vmm-kvm): %.1f ms\n' "$1"
printf 'exec to first guest output (qemu microvm): %.1f ms\n' "$2"
awk "BEGIN { printf \"qemu microvm / vmm-kvm: %.1f times\\n\", $2 / $1 }"
[ "$only" != first ] || exit 0

# boots LAUNCHER WORDS OPTIONS...: the kernel, with a small picture. The last line of --trace is in
# $last, all of the trace in $work/trace.
boots() {
    launcher=$1
    words="exit fb=128x128 $2"
    shift 2
    timeout 100 "$launcher" "$kernel" --append "$words" --transport mmio --display none --mem 64M \
        --timeout 90 "$@" >"$work/text" 2>"$work/trace" || cat "$work/trace" >&2
    last=$(tail -n 1 "$work/trace")
}
figure() { echo "$last" | sed -n "s/.*$1 \([0-9][0-9]*\).*/\1/p"; } # NAME

boots "$OUT/vmm-qemu" demo=squares --trace
echo "exec to first frame (vmm-qemu, microvm): $(figure 'first frame') ms"
boots "$kvm" demo=squares --trace
echo "exec to first frame (vmm-kvm): $(figure 'first frame') ms"

# After its flush the kernel prints, which rings the console's doorbell: that is taken off.
boots "$kvm" demo=squares --trace='*'
later=$(awk '/gpu_command.*RESOURCE_FLUSH/ { seen = 1 } seen && / mmio / { n++ }
    END { print n + 0 }' "$work/trace")
accesses=$(figure 'register accesses')
echo "register accesses to the first frame (vmm-kvm, mmio): $((accesses - later)) accesses"
exits=$(($(figure mmio) + $(figure port) - later - 1))
echo "exits to the first frame (vmm-kvm, mmio): $exits exits"

# Of two runs that differ in their frames alone, the difference.
boots "$kvm" 'demo=bounce frames=10' --trace
ten=$(($(figure mmio) + $(figure port)))
boots "$kvm" 'demo=bounce frames=30' --trace
thirty=$(($(figure mmio) + $(figure port)))
awk "BEGIN { printf \"exits a frame (vmm-kvm): %.1f exits\\n\", ($thirty - $ten) / 20 }"

# The same boot with lint beside it and without, in turns; prints both medians in milliseconds.
with_and_without() { # TURNS
    perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e '
        my ($turns, @command) = @ARGV;
        my @took;
        for my $turn (1 .. $turns) {
            for my $i (0, 1) {
                my $began = clock_gettime(CLOCK_MONOTONIC);
                my $child = fork;
                if (!$child) {
                    open STDIN, "<", "/dev/null";
                    open STDOUT, ">", "/dev/null";
                    open STDERR, ">", "/dev/null";
                    exec @command, $i == 0 ? "--lint" : () or exit 127;
                }
                waitpid $child, 0;
                die "ended with $?: @command\n" if $? != 0;
                push @{$took[$i]}, (clock_gettime(CLOCK_MONOTONIC) - $began) * 1000;
            }
        }
        print join(" ", map { (sort { $a <=> $b } @$_)[$turns / 2] } @took), "\n"' \
        "$1" "$kvm" "$kernel" --append 'exit fb=128x128 demo=squares' --transport mmio \
        --display none --mem 64M --timeout 90
}
set -- $(with_and_without 15)
awk "BEGIN { printf \"lint, boot time: %.2f times (%.0f ms, without it %.0f ms)\\n\", $1 / $2, $1, $2 }"
