#!/bin/sh
# build.sh FOLDER: FOLDER/vmm-vz, main_vz.m and vz_run.c as they stand, with this folder in place of
# Apple's frameworks. Once more with MAIN or RUN: with that file instead of one of the two (mutants).
# SAN: the sanitizers' words, '' for none.
set -eu
cd "$(dirname "$0")/../../.."
folder=$1
cc=${CC:-clang}
case $cc in *clang*) ;; *) cc=clang ;; esac     # Objective-C with ARC and Apple's tables is clang's
vmm=examples/vmm
objects=$folder/objects

flags="${SAN--O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all} -Wall -Wextra
    -Wno-unused-parameter -Wno-objc-designated-initializers -I. -I$vmm
    -isystem tests/vmm/vz/include"
objc="$flags -fobjc-runtime=macosx-13.0 -fobjc-arc -fblocks"
compile() { # FILE OBJECT
    case $1 in
    *.m) $cc $objc -c "$1" -o "$2" ;;
    *)   $cc $flags -c "$1" -o "$2" ;;
    esac
}

if [ ! -e "$folder/fake.a" ]; then
    rm -rf "$objects"
    mkdir -p "$objects"
    for file in tests/vmm/vz/*.m tests/vmm/vz/*.c tests/vmm/vz/*.S $vmm/host/clock.c \
        $vmm/host/file.c $vmm/host/image.c $vmm/host/options.c $vmm/host/process.c \
        $vmm/host/stream.c $vmm/host/talk.c $vmm/host/terminal.c; do
        compile "$file" "$objects/$(basename "$file").o"
    done
    ar rc "$folder/fake.new" "$objects"/*.o
    compile $vmm/main_vz.m "$objects/main.o"
    compile $vmm/vz_run.c "$objects/run.o"
    mv "$folder/fake.new" "$folder/fake.a"
fi
main=$objects/main.o
run=$objects/run.o
if [ -n "${MAIN-}" ]; then
    main=$folder/main.o
    compile "$MAIN" "$main"
fi
if [ -n "${RUN-}" ]; then
    run=$folder/run.o
    compile "$RUN" "$run"
fi
$cc $flags -o "$folder/vmm-vz" "$main" "$run" -Wl,--whole-archive "$folder/fake.a" \
    -Wl,--no-whole-archive -lpthread
