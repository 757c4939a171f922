#!/bin/bash
# nested.sh: vmm-kvm for arm64 on any host. Takes vmm-kvm's own words, starts Debian's kernel for
# arm64 with KVM in QEMU, runs the VMM there, and gives back its text, its files, its exit code.
#
#      this host:  QEMU, emulating an arm64 CPU with its hypervisor's level
#        Debian's Linux with /dev/kvm:  vmm-kvm, under real KVM
#          the kernel that is booted
#
# CPU=cortex-a76 (with VHE) or cortex-a72 (without); GIC=3 or 2; LIMIT: seconds for all of it;
# PROGRAM=hello_kvm: the other program that build.sh makes; HYPERVISOR=off: a CPU without its level,
# so that there is no KVM. Exit code 34: this host cannot.
set -u

nested=${NESTED:-${OUT:-out}/nested}
cpu=${CPU:-cortex-a76}
work=$(mktemp -d "${TMPDIR:-/tmp}/nested.XXXXXX") || exit 34
qemu=
# On every way out: no QEMU, no `cat` that waits for one, no files.
finish() {
    trap '' TERM HUP INT
    [ -n "$qemu" ] && kill "$qemu" 2>/dev/null
    kill $(jobs -p) 2>/dev/null
    wait 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'exit 130' INT

if [ ! -e "$nested/ready" ]; then
    cat "$nested/missing" >&2 || echo "nested: first make $nested/ready" >&2
    exit 34
fi

# ---- The VMM's words: files that it reads are carried in, files that it writes are carried out ---
inside=()                       # its words, in there
carry=()                        # NAME=FILE
names=(-e 's/^$//')             # for sed: names in there become names out here
frames=
screenshot=screen.png
serial=
in_file() { # NAME FILE: sets $name; a file that is not there is the VMM's to complain about
    name=$2
    if [ -f "$2" ]; then
        name=/in/$1-$(basename "$2")
        carry+=("${name#/}=$2")
        names+=(-e "s|$name|$2|g")
    fi
}
out_file() { # FILE: sets $value
    value=/out/$(basename "$1")
    names+=(-e "s|$value|$1|g")
}
while [ $# -gt 0 ]; do
    word=$1
    shift
    value=
    case $word in
    --*=*) value=${word#*=}; word=${word%%=*}; takes=joined ;;
    --append|--initrd|--mem|-m|--transport|--display|--size|--screenshot|--frames|--timeout) takes=next ;;
    --exit-after-frames|--serial|--machine|--map|--gpu-delay|--dtb) takes=next ;;
    *) takes=nothing ;;
    esac
    if [ $takes = next ] && [ $# -gt 0 ]; then
        value=$1
        shift
    elif [ $takes = next ]; then
        takes=nothing
    fi
    case $word in
    --initrd|--dtb) in_file "${word#--}" "$value"; value=$name ;;
    --screenshot) screenshot=$value; out_file "$value" ;;
    --serial) serial=$value; out_file "$value" ;;
    --frames) frames=$value; out_file "$value" ;;
    -*) ;;
    *) in_file kernel "$word"; word=$name ;;
    esac
    case $takes in
    joined)  inside+=("$word=$value") ;;
    next)    inside+=("$word" "$value") ;;
    nothing) inside+=("$word") ;;
    esac
done
printf '%s\0' /program "${inside[@]}" >"$work/args"
mkdir "$work/out"

modules=()
number=0
for module in virtio_ring virtio virtio_mmio virtio_console; do
    [ -e "$nested/modules/$module.ko" ] || continue         # it is part of this kernel
    modules+=("modules/$number.ko=$nested/modules/$module.ko")
    number=$((number + 1))
done
"$nested/carry" in init="$nested/init" program="$nested/${PROGRAM:-vmm-kvm}" args="$work/args" modules/ in/ out/ \
    "${modules[@]}" "${carry[@]}" >"$work/initramfs" || exit 34

# ---- QEMU ---------------------------------------------------------------------------------------
ports=()
port() { ports+=(-chardev "$2" -device "virtserialport,nr=$1,chardev=$3"); }
append='console=ttyAMA0 panic=-1 quiet'
mkfifo "$work/stdout" "$work/stderr" "$work/stdin.in" "$work/stdin.out"
: >"$work/files"
if [ -t 0 ] && [ -t 1 ]; then
    append="$append terminal=$(stty size | sed 's/\(.*\) \(.*\)/\2x\1/')"
    terminal=chardev:terminal
    ports+=(-chardev stdio,id=terminal,signal=off)
    port 1 null,id=in in
    port 2 null,id=out out
    port 3 null,id=err err
else
    terminal="file:$work/console"
    cat "$work/stdout" &
    sed -u "${names[@]}" "$work/stderr" >&2 &
    exec 3<&0
    cat <&3 >"$work/stdin.in" &
    exec 3<&-
    port 1 "pipe,id=in,path=$work/stdin" in
    port 2 "file,id=out,path=$work/stdout" out
    port 3 "file,id=err,path=$work/stderr" err
fi
port 4 "file,id=files,path=$work/files" files
qemu_words=(-M "virt,virtualization=${HYPERVISOR:-on},gic-version=${GIC:-3}" -cpu "$cpu" -accel tcg,thread=single
    -smp 1 -m "${HOSTMEM:-768}" -nodefaults -display none -no-reboot -serial "$terminal"
    -global virtio-mmio.force-legacy=false -device virtio-serial-device "${ports[@]}"
    -kernel "$nested/vmlinuz" -initrd "$work/initramfs" -append "$append")
if [ "$terminal" = chardev:terminal ]; then
    timeout --foreground "${LIMIT:-86400}" qemu-system-aarch64 "${qemu_words[@]}"
else
    timeout "${LIMIT:-600}" qemu-system-aarch64 "${qemu_words[@]}" </dev/null 2>"$work/qemu" &
    qemu=$!
    wait "$qemu"
    qemu=
fi

# ---- What came of it ------------------------------------------------------------------------------
"$nested/carry" out "$work/out" <"$work/files"
status=$?
if [ $status = 99 ]; then
    echo "nested: the host in QEMU ended without an answer:" >&2
    tail -n 20 "$work/console" "$work/qemu" >&2 2>/dev/null
    exit 34
fi
bring() { # NAME FILE
    if [ -e "$work/out/$1" ]; then cp "$work/out/$1" "$2"; fi
}
bring "$(basename "$screenshot")" "$screenshot"
if [ "$terminal" != "file:$work/console" ] && [ -e "$work/out/$(basename "$screenshot")" ]; then
    echo "nested: $screenshot was /out/$(basename "$screenshot") in there"
fi
[ -n "$serial" ] && bring "$(basename "$serial")" "$serial"
if [ -n "$frames" ] && [ -d "$work/out/$(basename "$frames")" ]; then
    mkdir -p "$frames"
    cp "$work/out/$(basename "$frames")"/* "$frames"/ 2>/dev/null
fi
exit $status
