#!/bin/sh
# The corpus reaches nine of ten lines of the devices, or it is not worth replaying.
. "$(dirname "$0")/../build/tap.sh"

if ! have clang || ! have llvm-cov || ! have llvm-profdata; then
    echo "1..0 # SKIP no llvm-cov, llvm-profdata and clang"
    exit 0
fi
least=90
enough() { # NAME LINES OF...: the line of coverage.sh about one file, or about all
    echo "$*"
    [ "$(echo "$*" | awk -v least=$least '{ print ($NF + 0 >= least) }')" = 1 ]
}

CC=clang tests/fuzz/coverage.sh tests/fuzz/corpus >"$work/coverage"
check 'it is measured' grep -q '^all devices' "$work/coverage"
check "all devices: $least % of the lines" enough $(grep '^all devices' "$work/coverage")
check 'the corpus is small: under 200 inputs' \
    test "$(find tests/fuzz/corpus -type f | wc -l)" -lt 200
check 'and under 100 KB' test "$(cat tests/fuzz/corpus/* | wc -c)" -lt 100000
finish
