#!/bin/sh
# build.sh FOLDER: FOLDER/vmm-hvf, main_hvf.c as it stands with this folder in place of Apple's
# framework; and FOLDER/common.a, all of it but hvf's own files, for copies of those (mutants.sh).
# CC: a clang. MAIN and EXITS: other files instead of main_hvf.c and hvf_exits.c.
set -eu
cd "$(dirname "$0")/../../.."
folder=$1
cc=${CC:-clang}
case $cc in *clang*) ;; *) cc=clang ;; esac     # __builtin_available is clang's, as on a Mac
vmm=examples/vmm
mkdir -p "$folder"

flags="-std=gnu11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion -Wsign-conversion
    -DNO_SDL -I. -I$vmm $(pkg-config --cflags libpng)"
apple="$flags -isystem tests/vmm/hvf/include"
libraries="$(pkg-config --libs libpng unicorn) -lfdt -lpthread -ldl"

if [ ! -e "$folder/common.a" ]; then
    rm -rf "$folder/objects"
    mkdir "$folder/objects"
    for c in $vmm/machine.c $vmm/loader.c $vmm/tree.c $vmm/run.c $vmm/trace.c $vmm/devices/*.c \
        $vmm/host/*.c; do
        $cc $flags -c "$c" -o "$folder/objects/$(basename "$c" .c).o"
    done
    for c in tests/vmm/hvf/*.c; do
        $cc $apple -c "$c" -o "$folder/objects/shim-$(basename "$c" .c).o"
    done
    ar rc "$folder/common.new" "$folder"/objects/*.o
    mv "$folder/common.new" "$folder/common.a"
fi
$cc $apple -o "$folder/vmm-hvf" "${MAIN:-$vmm/main_hvf.c}" "${EXITS:-$vmm/hvf_exits.c}" \
    "$folder/common.a" $libraries
