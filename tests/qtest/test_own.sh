#!/bin/sh
# The entropy driver in virtio_bare.h's chapter >>own is a comment: take it out,
# compile it as it stands, run it. Needs CC (clang or gcc) and what tests/qtest needs.
set -u
cd "$(dirname "$0")/../.." || exit 1
out=${OUT:-out}/tests/qtest/own
mkdir -p "$out" || exit 1

sed -n '/^ \*     typedef struct entropy {/,/^ \* The recipe/{
    /^ \* The recipe/d
    s/^ \*  *$//
    s/^ \*     //
    s/^ \*$//
    p
}' virtio_bare.h > "$out/entropy.inc"

if ! ${CC:-clang} -std=gnu11 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Werror \
    -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -I. -I"$out" -o "$out/entropy" \
    tests/qtest/own/entropy.c tests/qtest/machines.c tests/qtest/qemu.c \
    tests/world/memory.c tests/world/tap.c tests/world/world.c > "$out/log" 2>&1
then
    sed 's/^/# /' "$out/log"
    echo "not ok 1 - the example in the header's comment compiles"
    echo "1..1"
    exit 1
fi
exec "$out/entropy"
