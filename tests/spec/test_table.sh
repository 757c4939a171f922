#!/bin/sh
# Every duty of tier 1 was spoken of by lint, or is argued; at least 200 were spoken of.
. "$(dirname "$0")/../build/tap.sh"

table() { tests/spec/table.sh >"$work/table" || { grep -e '^WRONG' -e OPEN "$work/table"; return 1; }; }
spoken() { tail -n 1 "$work/table" | sed 's/.*spoken \([0-9]*\).*/\1/'; }

check 'each duty is spoken of or argued' table
check 'at least 200 were spoken of' test "$(spoken)" -ge 200

# Ids are words: one that no table knows would end the VMM when a driver breaks it.
known() {
    grep -oh '"\(INF-\)\{0,1\}[A-Z]*-[0-9][0-9]*"' examples/vmm/lint/*.c | tr -d '"' | sort -u >"$work/said"
    "$OUT/tests/spec/rules" | cut -f 1 | sort >"$work/rules"
    empty "$(comm -23 "$work/said" "$work/rules")"
}
check 'each id in the sources of lint is a rule' known
finish
