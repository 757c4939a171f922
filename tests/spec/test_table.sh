#!/bin/sh
# Every duty of tier 1 was spoken of by lint, or is argued; at least 200 were spoken of.
. "$(dirname "$0")/../build/tap.sh"

table() { tests/spec/table.sh >"$work/table" || { grep -e '^WRONG' -e OPEN "$work/table"; return 1; }; }
spoken() { tail -n 1 "$work/table" | sed 's/.*spoken \([0-9]*\).*/\1/'; }

check 'each duty is spoken of or argued' table
check 'at least 200 were spoken of' test "$(spoken)" -ge 200
finish
