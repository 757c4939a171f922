#!/bin/sh
# Hostile guests for MINUTES (30), on JOBS (2) cores: one of them always has a second CPU, which
# rewrites rings while the device reads them. What they reach lies in $OUT/fuzz/corpus, what breaks
# something in $OUT/fuzz/findings. KEEP=1 puts the least of it that reaches as much into corpus/, as
# reach-...; the other names there say what would be broken if a check of the devices were not there.
#
# A finding in words:  FUZZ_TELL=1 out/fuzz/fuzz out/fuzz/findings/crash-...
# Once it is mended, the input goes into tests/fuzz/corpus under a name that tells what was wrong.
set -eu
cd "$(dirname "$0")/../.."
OUT=${OUT:-out}
MINUTES=${MINUTES:-30}
kept=tests/fuzz/corpus
reached=$OUT/fuzz/corpus
findings=$OUT/fuzz/findings
fuzz=$OUT/fuzz/fuzz
ASAN_OPTIONS=quarantine_size_mb=16:${ASAN_OPTIONS:-}
CC=${CC:-clang}
export ASAN_OPTIONS CC

case $CC in *clang*) ;; *) CC=clang ;; esac     # libFuzzer is clang's
mkdir -p "$reached" "$findings"
$CC -std=gnu11 -I. -g -O2 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=all -fno-sanitize-coverage=trace-cmp $(ls tests/fuzz/*.c | grep -v test_) tests/world/tap.c \
    examples/vmm/devices/*.c examples/vmm/lint/*.c -lpthread -o "$fuzz"

# A hang is a finding, and so is memory that grows.
bounds='-timeout=60 -report_slow_units=60 -rss_limit_mb=2048 -max_len=512 -len_control=20
    -print_final_stats=1'
for job in $(awk "BEGIN { for (i = 1; i <= ${JOBS:-2}; i++) print i }"); do
    if [ "$job" = 2 ]; then FUZZ_RACE=1; export FUZZ_RACE; else unset FUZZ_RACE; fi
    "$fuzz" $bounds -max_total_time="$(awk "BEGIN { print int($MINUTES * 60) + 1 }")" \
        -artifact_prefix="$findings/" -reload=10 "$reached" "$kept" >"$OUT/fuzz/log.$job" 2>&1 &
done
wait || true
unset FUZZ_RACE

if [ -n "${KEEP:-}" ]; then
    mkdir -p "$OUT/fuzz/least"
    rm -f "$OUT/fuzz/least"/*
    "$fuzz" -set_cover_merge=1 -use_counters=0 "$OUT/fuzz/least" "$kept" "$reached" 2>/dev/null
    find "$kept" -name 'reach-*' -exec rm {} +
    for input in "$OUT/fuzz/least"/*; do
        cp "$input" "$kept/reach-$(basename "$input" | cut -c 1-8)"
    done
fi

tests/fuzz/coverage.sh "$kept" "$reached"
awk '/number_of_executed_units/ { n += $2 } END { print n + 0, "executions" }' "$OUT"/fuzz/log.*
echo "$(find "$reached" -type f | wc -l | tr -d ' ') inputs reach it, $(find "$kept" -type f |
    wc -l | tr -d ' ') of them, $(cat "$kept"/* | wc -c | tr -d ' ') bytes, are replayed by make test"
open=$(find "$findings" -type f | wc -l | tr -d ' ')
echo "$open open findings ($findings)"
[ "$open" = 0 ]
