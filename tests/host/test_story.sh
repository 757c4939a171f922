#!/bin/sh
# README shows how the console comes up, as vmm-kvm --trace=story tells it. The devices here tell
# the same; only the addresses of rings and what an address does to the columns may differ.
. "$(dirname "$0")/../build/tap.sh"

plain() { sed -E 's/from 0x[^ ]* on/from 0x on/; s/  +/ /g'; }

# What the code block of README holds that shows this line first.
shown() {
    awk '/^```/ { inside = !inside; next } inside && /^console: driver \[/' README.md | plain
}

told() {
    $CC -std=gnu11 -Wall -Wextra -I. -o "$work/story" tests/host/story/story.c \
        tests/host/ours.c tests/world/*.c examples/vmm/trace.c examples/vmm/devices/*.c \
        examples/vmm/lint/*.c &&
    "$work/story" >"$work/tap" && grep '^console: driver \[' "$work/tap" | plain
}

check 'the story is told' told
shown >"$work/shown"
told >"$work/told" 2>&1
check 'README shows a story of some twenty lines' [ "$(wc -l <"$work/shown")" -ge 15 ]
check 'README shows the story that is told' diff "$work/shown" "$work/told"
finish
