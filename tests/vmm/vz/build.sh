#!/bin/sh
# build.sh FOLDER: FOLDER/vmm-vz, main_vz.m and vz_run.c as they stand, with this folder in place of
# Apple's frameworks. CC: a clang. MAIN and RUN: other files instead of those two (mutants).
# SAN: the sanitizers' words, '' for none.
set -eu
cd "$(dirname "$0")/../../.."
folder=$1
cc=${CC:-clang}
case $cc in *clang*) ;; *) cc=clang ;; esac     # Objective-C with ARC and Apple's tables is clang's
vmm=examples/vmm
mkdir -p "$folder"

san=${SAN--O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all}
flags="$san -Wall -Wextra
    -Wno-unused-parameter -Wno-objc-designated-initializers -I. -I$vmm
    -isystem tests/vmm/vz/include"
objc="$flags -fobjc-runtime=macosx-13.0 -fobjc-arc -fblocks"

if [ ! -e "$folder/fake.a" ]; then
    rm -rf "$folder/objects"
    mkdir "$folder/objects"
    for file in tests/vmm/vz/*.m tests/vmm/vz/*.c tests/vmm/vz/*.S $vmm/host/clock.c \
        $vmm/host/file.c $vmm/host/image.c $vmm/host/options.c $vmm/host/process.c \
        $vmm/host/stream.c $vmm/host/talk.c $vmm/host/terminal.c; do
        case $file in *.m) way=$objc ;; *) way=$flags ;; esac
        $cc $way -c "$file" -o "$folder/objects/$(basename "$file").o"
    done
    ar rc "$folder/fake.new" "$folder"/objects/*.o
    mv "$folder/fake.new" "$folder/fake.a"
fi
name=$folder/vmm-vz
$cc $objc -c "${MAIN:-$vmm/main_vz.m}" -o "$name.main.o"
$cc $flags -c "${RUN:-$vmm/vz_run.c}" -o "$name.run.o"
$cc $flags -o "$name" "$name.main.o" "$name.run.o" -Wl,--whole-archive "$folder/fake.a" \
    -Wl,--no-whole-archive -lpthread
