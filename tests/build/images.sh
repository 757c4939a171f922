# The images that size.sh measures and bench.sh runs: min.c or another program of this folder, on
# the example kernel's start.S and link.ld. Sourced after tap.sh or from the top of the tree.

OUT=${OUT:-out}
LLD=${LLD:-ld.lld}
IMAGE_FLAGS='-std=c99 -I. -ffreestanding -fpie -fvisibility=hidden -fno-stack-protector
             -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections'
SMALL='-Os -DVB_STATIC -DVB_NO_TEXT'
TINY='-Oz -DVB_STATIC -DVB_NO_TEXT -DVB_NO_MMIO -fomit-frame-pointer -fno-jump-tables'

# What each CPU wants besides; its tiny image lies within a megabyte.
FLAGS_aarch64='--target=aarch64-none-elf -mgeneral-regs-only -mstrict-align'
FLAGS_riscv64='--target=riscv64-none-elf -march=rv64gc -mabi=lp64 -mcmodel=medany'
FLAGS_x86_64='--target=x86_64-none-elf -mgeneral-regs-only -mno-red-zone'
NEAR_aarch64='-mcmodel=tiny'

# image OUTPUT 'SOURCES' FLAGS...: builds OUTPUT, as loaders want it, and beside it OUTPUT.elf with
# the symbols. For arm64; image_for CPU ... for others.
image() { image_for aarch64 "$@"; }
image_for() {
    cpu=$1
    image=$2
    sources=$3
    shift 3
    eval "flags=\$FLAGS_$cpu near=\${NEAR_$cpu:-}"
    case " $* " in *' -Oz '*) flags="$flags $near" ;; esac
    case $cpu in x86_64) bootable=--strip-all ;; *) bootable='--oformat binary' ;; esac
    objects=
    for source in $sources examples/kernel/$cpu/start.S; do
        object=$image.$(basename "$source").o
        clang $flags $IMAGE_FLAGS "$@" -c "$source" -o "$object" || return 1
        objects="$objects $object"
    done
    link_for $cpu "$image.elf" $objects && link_for $cpu "$image" $objects $bootable
}

# link OUTPUT OBJECTS AND OPTIONS...
link() { link_for aarch64 "$@"; }
link_for() {
    linker_script=examples/kernel/$1/link.ld
    linked=$2
    shift 2
    $LLD -pie --no-dynamic-linker -z norelro --gc-sections -T "$linker_script" "$@" -o "$linked"
}

bytes() { wc -c <"$1" | tr -d ' '; }
