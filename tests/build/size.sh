#!/bin/sh
# make size: bytes of images, of the driver and of the caller's memory; lines of the header.
set -eu
cd "$(dirname "$0")/../.."
. tests/build/images.sh
dir=${DIR:-$OUT/size}
mkdir -p "$dir"

image "$dir/small" tests/build/min.c $SMALL
image "$dir/tiny" tests/build/min.c $TINY
echo "image bytes (small): $(bytes "$dir/small") bytes"
echo "image bytes (tiny): $(bytes "$dir/tiny") bytes"
for cpu in riscv64 x86_64; do
    image_for $cpu "$dir/small-$cpu" tests/build/min.c $SMALL
    image_for $cpu "$dir/tiny-$cpu" tests/build/min.c $TINY
    echo "image bytes (small $cpu): $(bytes "$dir/small-$cpu") bytes"
    echo "image bytes (tiny $cpu): $(bytes "$dir/tiny-$cpu") bytes"
done
echo "image bytes (kernel): $(bytes "$OUT/aarch64/kernel.img") bytes"

# The driver alone, profile small, for every CPU. The last two targets are no ELF.
sed '/^#/d; /^wasm32/d; /^windows/d' tests/build/targets | while read -r name flags; do
    clang $flags -std=c99 -Os -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables \
        -I. -DVB_NO_TEXT -c tests/build/driver.c -o "$dir/$name.o"
    llvm-size -A "$dir/$name.o" | awk -v name="$name" '
        $1 ~ /^\.(text|rodata)/ { sum += $2 }
        END { printf "driver text+rodata (%s): %d bytes\n", name, sum }'
done

# The sizes of the caller's structs, read from the symbol table.
cat >"$dir/memory.c" <<'END'
#include "virtio_bare.h"
char devices[sizeof(vb_console) + sizeof(vb_gpu)];
char machine[sizeof(vb_machine)];
END
clang --target=aarch64-none-elf -ffreestanding -I. -c "$dir/memory.c" -o "$dir/memory.o"
llvm-nm -S --radix=d "$dir/memory.o" | awk '
    $4 == "devices" { printf "bytes of caller'\''s memory: %d bytes\n", $2 }
    $4 == "machine" { printf "bytes of caller'\''s memory (vb_machine): %d bytes\n", $2 }'

# lines code|comment FILES: how many. A line that holds only comment is a comment line, a blank line
# is neither.
lines() {
    kind=$1
    shift
    awk -v kind="$kind" '
        FNR == 1 { inside = commented = 0 }
        { line = $0; code = ""
          while (line != "") {
              if (inside) { end = index(line, "*/"); commented = 1
                            if (!end) break
                            inside = 0; line = substr(line, end + 2) }
              else { start = index(line, "/*")
                     if (!start) { code = code line; break }
                     code = code substr(line, 1, start - 1)
                     inside = 1; line = substr(line, start + 2); commented = 1 } }
          if (code ~ /[^ \t]/) lines++
          else if (commented && $0 ~ /[^ \t]/) comments++
          commented = inside }
        END { print (kind == "code" ? lines : comments) }' "$@"
}
echo "code lines of the header: $(lines code virtio_bare.h) lines"
echo "comment lines of the header: $(lines comment virtio_bare.h) lines"

# What vmm-kvm on arm64 is made of, and what looks at its guest's driver.
echo "code lines of the VMM: $(lines code $(ls examples/vmm/*.[ch] examples/vmm/*/*.[ch] |
    grep -vE -e '/[a-z]*_*(qemu|hvf|vz)' -e hello_kvm -e kvm_x86_64 -e /lint/)) lines"
echo "code lines of lint: $(lines code examples/vmm/lint/*.[ch]) lines"
