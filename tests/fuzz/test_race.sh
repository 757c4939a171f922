#!/bin/sh
# The corpus once more, while a second CPU of the guest rewrites rings and buffers all the time: under
# ASan and UBSan nothing is touched that is not the guest's; under TSan devices touch what is the
# guest's only in the few functions that race.supp names.
. "$(dirname "$0")/../build/tap.sh"

FUZZ_RACE=1
export FUZZ_RACE

# No two runs are the same: two of them.
replays() { # PROGRAM
    for round in 1 2; do
        timeout 200 "$1" >"$work/tap" 2>"$work/said" ||
            { grep -v '^ok' "$work/tap"; head -n 30 "$work/said"; return 1; }
    done
}

# With clang: gcc's forgets where an access came from, and so what race.supp allows.
builds() {
    clang -std=gnu11 -Wall -Wextra -g -O1 -fsanitize=thread -I. '-DTREE="."' \
        tests/fuzz/*.c tests/world/tap.c examples/vmm/devices/*.c examples/vmm/lint/*.c \
        -lpthread -o "$work/threads"
}

# Each place may be told of again: what was seen there first may be what race.supp allows.
TSAN_OPTIONS='exitcode=66 history_size=7 suppress_equal_addresses=0 suppressions=tests/fuzz/race.supp'
export TSAN_OPTIONS
check 'address sanitizer: a guest with two CPUs' replays "$OUT/tests/fuzz/test_corpus"
if have clang; then
    check 'thread sanitizer: it compiles' builds
    check 'thread sanitizer: guest memory is touched where it may be' replays "$work/threads"
else
    skip 'thread sanitizer: guest memory is touched where it may be' 'clang is not installed'
fi
finish
