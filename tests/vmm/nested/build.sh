#!/bin/sh
# build.sh FOLDER: all that nested.sh needs, or the reason why not in FOLDER/missing (and on
# stderr, with exit code 0: whoever needs it says so again).
set -u
cd "$(dirname "$0")/../../.." || exit 1
folder=$1
here=tests/vmm/nested
mkdir -p "$folder"
rm -f "$folder/ready" "$folder/missing"

missing() {
    echo "nested KVM is not possible: $1" | tee "$folder/missing" >&2
    exit 0
}

command -v qemu-system-aarch64 >/dev/null || missing "there is no qemu-system-aarch64"
compiler=${ARM64CC:-aarch64-linux-gnu-gcc}
[ "$(uname -m)" = aarch64 ] && compiler=${ARM64CC:-cc}
command -v $compiler >/dev/null || missing "there is no $compiler"
why=$($here/fetch.sh host "$folder" 2>&1) || missing "${why#nested: }"

own='machine loader tree run trace main_kvm kvm_aarch64'
sources="$(for name in $own; do echo examples/vmm/$name.c; done)
    $(ls examples/vmm/devices/*.c examples/vmm/lint/*.c examples/vmm/host/*.c)"
flags='-std=gnu11 -O2 -static -Wall -Wextra'
${CC:-cc} -std=gnu11 -O1 -Wall -Wextra -o "$folder/carry" $here/carry.c &&
    $compiler $flags -o "$folder/init" $here/init.c &&
    $compiler $flags -o "$folder/linux" $here/linux.c $here/screen.c &&
    $compiler $flags -o "$folder/hello_kvm" examples/vmm/hello_kvm.c &&
    $compiler $flags -DNO_SDL -I. -isystem "$folder/include" -o "$folder/vmm-kvm" $sources \
        -L"$folder/lib" -lfdt -lpng -lz -lm -lpthread &&
    touch "$folder/ready"
