# The images that size.sh measures and bench.sh runs: min.c or another program of this folder, on
# the example kernel's start.S and link.ld. Sourced after tap.sh or from the top of the tree.

OUT=${OUT:-out}
LLD=${LLD:-ld.lld}
IMAGE_FLAGS='-std=c99 -I. -ffreestanding -fpie -fvisibility=hidden -fno-stack-protector
             -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections
             -mgeneral-regs-only -mstrict-align'
SMALL='-Os -DVB_STATIC -DVB_NO_TEXT'
TINY='-Oz -DVB_STATIC -DVB_NO_TEXT -DVB_NO_MMIO
      -mcmodel=tiny -fomit-frame-pointer -fno-jump-tables'

# image OUTPUT 'SOURCES' FLAGS...: builds OUTPUT, flat, and beside it OUTPUT.elf with the symbols.
image() {
    image=$1
    sources=$2
    shift 2
    objects=
    for source in $sources examples/kernel/aarch64/start.S; do
        object=$image.$(basename "$source").o
        clang --target=aarch64-none-elf $IMAGE_FLAGS "$@" -c "$source" -o "$object" || return 1
        objects="$objects $object"
    done
    link "$image.elf" $objects && link "$image" $objects --oformat binary
}

# link OUTPUT OBJECTS AND OPTIONS...
link() {
    linked=$1
    shift
    $LLD -pie --no-dynamic-linker -z norelro --gc-sections -T examples/kernel/aarch64/link.ld \
        "$@" -o "$linked"
}

bytes() { wc -c <"$1" | tr -d ' '; }
