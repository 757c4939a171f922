#!/bin/sh
# Everything that README tells people to type works, and shows what README says it shows: each sh
# block is run; a text block behind it holds lines of its output, in this order; a diff block is one
# line of the header to break, after which the same command shows the next text block.
# `make deps`, `make test` and what waits for somebody are run with -n; the clang and the qemu line
# are test_program.sh's.
. "$(dirname "$0")/tap.sh"
. tests/build/readme.sh

# README as a list: one line each, its kind (run, text, diff) and a tab before it.
awk '/^```/ { kind = $0 == "```sh" ? "run" : $0 == "```text" ? "text" : $0 == "```diff" ? "diff" : ""
              if (kind == "text" || kind == "diff") print kind "\tbegin"; next }
     kind != "" { print kind "\t" $0 }' README.md |
    sed -e ':join' -e '/\\$/{N;s/\\\nrun. */ /;b join' -e '}' -e '/^run/s/  *#.*//' >"$work/list"

run() { # COMMAND: output into $work/out
    (eval "exec timeout 300 $1") >"$work/out" 2>&1 </dev/null
    status=$?
    tail -n 5 "$work/out"
    return $status
}

# shows FILE: its lines are pieces of the output's lines, in this order; what an ellipsis stands for
# differs from run to run.
shows() {
    awk 'function holds(line, wanted,  part, parts, i, at) {
             parts = split(wanted, part, "…")
             for (i = 1; i <= parts; i++) {
                 at = index(line, part[i])
                 if (!at) return 0
                 line = substr(line, at + length(part[i]))
             }
             return 1
         }
         NR == FNR { wanted[++n] = $0; next }
         at < n && holds($0, wanted[at + 1]) { at++ }
         END { if (at < n) { print "not shown: " wanted[at + 1]; exit 1 } }' "$1" "$work/out" ||
        { tail -n 40 "$work/out"; return 1; }
}

# break_it FILE: a copy of the header in which the line behind - is the line behind +, then the last
# command again with it. It may fail: that is the point.
break_it() {
    old=$(sed -n 's/^-//p' "$1")
    new=$(sed -n 's/^+//p' "$1")
    mkdir -p "$work/broken"
    same 1 "$(grep -cFx -- "$old" virtio_bare.h)" || return 1
    OLD=$old NEW=$new awk '$0 == ENVIRON["OLD"] { $0 = ENVIRON["NEW"] } { print }' virtio_bare.h \
        >"$work/broken/virtio_bare.h"
    mkdir -p "$work/broken/out" &&
    cp -Rp "$OUT/host" "$OUT/flags.host" "$OUT/vmm-qemu" "$work/broken/out/"  # the launcher is whole
    run "$command OUT=$work/broken/out KDEFS=-I$work/broken" || true
    test -s "$work/broken/out/aarch64/kernel.img"
}

# `make run` runs on a copy of what is built: the picture that somebody made stays theirs.
mkdir -p "$work/built" &&
cp -Rp "$OUT/aarch64" "$OUT/host" "$OUT/nested" "$OUT"/flags.* "$OUT/vmm-qemu" "$work/built/"

# On a Mac the default VMM is another than README's lessons are about: README says so, too.
is_mac && mac=VMM=qemu || mac=

tested=0
check_block() { # what was gathered of a text or diff block
    case "$gathered" in
    text) check "README: and shows what it says" shows "$work/block" ;;
    diff) check "README: break a line: $(sed -n 's/^- *//p' "$work/block")" break_it "$work/block" ;;
    esac
    gathered=
}
gathered=
command=
while IFS='	' read -r kind line; do
    if [ "$line" = begin ]; then
        [ "$gathered" = none ] && continue
        check_block
        gathered=$kind
        : >"$work/block"
        continue
    fi
    case "$kind" in
    text | diff) printf '%s\n' "$line" >>"$work/block" ;;
    run)
        check_block
        tested=$((tested + 1))
        command="$line $mac"
        case "$line" in
        'make deps'* | 'make test'* | 'make debug'*)
            check "README, with -n: $line" run "${line%% \#*} -n" ;;
        'clang '* | 'qemu-system-aarch64 '*)
            check "README: $line (see test_program.sh)" test -x tests/build/test_program.sh ;;
        'make run VMM=kvm'*)
            if [ -e "$OUT/nested/ready" ]; then
                check "README: $line" run "$line OUT=$work/built"
            else
                skip "README: $line" "$(head -n 1 "$OUT/nested/missing")"
                gathered=none
            fi ;;
        'make lint '*)                  # of somebody's image: here ours, which keeps every duty
            if [ -e "$OUT/nested/ready" ]; then
                typed=$(echo "$line" | sed "s#my.img#'$OUT/aarch64/kernel.img' APPEND=exit#")
                check "README: $line" run "$typed OUT=$work/built"
                check 'README: and says what it looked at' grep '^lint: 0 MUST, 0 SHOULD' "$work/out"
            else
                skip "README: $line" "$(head -n 1 "$OUT/nested/missing")"
            fi ;;
        'make break'*)
            check "README: $line" run "$line OUT=$work/built" ;;
        'make run VMM=hvf'* | 'make run VMM=vz'*)
            if is_mac && [ "$(sysctl -n kern.hv_support 2>/dev/null)" != 1 ]; then
                skip "README: $line" 'this Mac gives no virtual machines'
            elif ! is_mac && ! pkg-config --exists unicorn; then
                skip "README: $line" 'no Unicorn (libunicorn-dev)'
            else
                check "README: $line" run "$line OUT=$work/built"
            fi ;;
        'make run'*)
            check "README: $line" run "$command OUT=$work/built" ;;
        *)
            check "README: $line" run "$line" ;;
        esac ;;
    esac
done <"$work/list"
check_block
check 'README has at least ten commands' test "$tested" -ge 10
check 'the first command stands before line 15' eval '
    test "$(grep -n "^make deps run" README.md | head -n 1 | cut -d: -f1)" -lt 15'

# Commands within the text, in `make ...`: targets that the Makefile knows.
for target in $(grep -oE '`make [a-z-]+' README.md | sed 's/.* //' | sort -u); do
    check "README: make $target is a target" make -n "$target"
done
check 'step 1 of porting: the header compiles from a pipe' eval '
    step=$(grep -oE "echo .#include[^\`]*" README.md) && test -n "$step" &&
    eval "$(echo "$step" | sed "s|YOUR_FLAGS|-ffreestanding|; s|-c -\$|-c - -o $work/step.o|")"'

# Files and folders that it names, and links.
for path in $(grep -oE '`(examples|tests)(/[a-z_0-9]+)*[^` ]*`' README.md | tr -d '`' | sort -u) \
            $(grep -oE '\]\([^)h#][^)]*\)' README.md | tr -d '()]' | sort -u); do
    check "README: $path is there" test -e "$path"
done
finish
