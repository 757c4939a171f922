#!/bin/sh
# build.sh FOLDER: FOLDER/vmm-hvf, which is main_hvf.c as it stands, with this folder in the place
# of Apple's framework. Once more with FILE=COPY, of main_hvf.c or hvf_exits.c: with that instead.
set -eu
cd "$(dirname "$0")/../../.."
folder=$1
cc=${CC:-clang}
case $cc in *clang*) ;; *) cc=clang ;; esac     # __builtin_available is clang's, as on a Mac
vmm=examples/vmm

flags="-std=gnu11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion -Wsign-conversion
    $(pkg-config --cflags sdl2 || echo -DNO_SDL) $(pkg-config --cflags libpng) -I. -I$vmm"
apple="-isystem tests/vmm/hvf/include"
object() { echo "$folder/objects/$(echo "${1#$vmm/}" | tr / - | sed 's/[.]c$//')$2.o"; }

if [ -z "${FILE:-}" ]; then
    rm -rf "$folder/objects"            # of a tree that had other files
    mkdir -p "$folder/objects"
    for c in $vmm/machine.c $vmm/loader.c $vmm/tree.c $vmm/run.c $vmm/trace.c $vmm/devices/*.c \
        $vmm/lint/*.c $vmm/host/*.c $vmm/main_hvf.c $vmm/hvf_exits.c; do
        $cc $flags $apple -c "$c" -o "$(object "$c" '')"
    done
    for c in tests/vmm/hvf/*.c; do
        $cc $flags $apple -c "$c" -o "$(object "$c" -of-the-shim)"
    done
    objects=$(ls "$folder"/objects/*.o)
else
    $cc $flags $apple -c "$FILE" -o "$folder/copy.o"
    objects="$folder/copy.o $(ls "$folder"/objects/*.o | grep -v "/$(basename "$FILE" .c)\.o$")"
fi
$cc -o "$folder/vmm-hvf" $objects $(pkg-config --libs libpng unicorn) -lfdt -lpthread -ldl
