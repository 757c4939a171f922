#!/bin/sh
# Which lines of the devices the inputs in these folders reach: per file, and in all.
# coverage.sh FOLDER...; from the top of the tree, with OUT and CC.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/vb-coverage.XXXXXX")
trap 'rm -rf "$work"' EXIT

$CC -std=gnu11 -I. -g -O1 -DTREE='"."' -fprofile-instr-generate -fcoverage-mapping \
    tests/fuzz/*.c tests/world/tap.c examples/vmm/devices/*.c examples/vmm/lint/*.c \
    -lpthread -o "$work/replay"
for folder; do find "$folder" -type f; done >"$work/inputs"
LLVM_PROFILE_FILE=$work/raw.%p xargs timeout 300 "$work/replay" <"$work/inputs" >"$work/said" ||
    { grep '^[#n]' "$work/said"; exit 1; }
llvm-profdata merge -sparse "$work"/raw.* -o "$work/data"
llvm-cov report "$work/replay" -instr-profile="$work/data" examples/vmm/devices/*.c | awk '
    $1 ~ /\.c$/   { sub(/.*\//, "", $1); printf "%-14s %4d of %4d lines  %s\n", $1, $8 - $9, $8, $10 }
    $1 == "TOTAL" { printf "%-14s %4d of %4d lines  %s\n", "all devices", $8 - $9, $8, $10 }'
