#!/bin/sh
# Are test_hvf's scenarios any good? Each error of hvf/mutants.txt, made in a copy of main_hvf.c or
# hvf_exits.c, must turn its scenario red. ONLY=WORD: those lines that have it. Most of the time is
# spent waiting for what never comes: so four at once.
. "$(dirname "$0")/../build/tap.sh"
. tests/vmm/hvf/scenarios.sh

if ! pkg-config --exists unicorn || ! have clang; then
    echo "1..0 # SKIP no Unicorn (libunicorn-dev), or no clang"
    exit 0
fi
SLICES=4
all=$work
tests/vmm/hvf/build.sh "$all" >"$all/built" 2>&1 && prepare || exit 1
mv "$all/vmm-hvf" "$all/sound"

# With the sound program the scenario is green: or it would turn red for a reason of its own.
is_sound() {
    [ -e "$work/sound.$1" ] || (limit=30 key_limit=10 vmm=$all/sound; $1 && touch "$work/sound.$1")
}

# One line is another, it compiles, and the scenario turns red.
sees() { # SCENARIO FILE SED
    is_sound "$1" || return 1
    sed "$3" "examples/vmm/$2" >"$work/$2"
    same 1 "$(diff "examples/vmm/$2" "$work/$2" | grep -c '^>')" || return 1
    FILE=$work/$2 tests/vmm/hvf/build.sh "$work" 2>&1 || return 1
    if $1 >"$work/seen" 2>&1; then
        echo "$1 is green in spite of it"
        return 1
    fi
}

slice() { # NUMBER: each SLICES-th line
    work=$all/$1
    vmm=$work/vmm-hvf
    limit=2
    key_limit=3
    patience=8
    line=0
    mkdir "$work" && ln -s ../objects "$work/objects" || exit 1
    while IFS='|' read -r file scenario change; do
        case $file in ''|'#'*) continue ;; esac
        case "$file$scenario$change" in *"${ONLY:-}"*) ;; *) continue ;; esac
        line=$((line + 1))
        [ $((line % SLICES)) = "$1" ] || continue
        check "$(echo $scenario) sees$change" sees $scenario $file "$change"
    done <tests/vmm/hvf/mutants.txt
    echo end
}
for number in $(seq 0 $((SLICES - 1))); do
    slice "$number" >"$all/tap.$number" 2>&1 &
done
wait
cat "$all"/tap.* | awk '/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++count) } /^not/ { bad = 1 }
    /^end$/ { ends++; next } { print } END { print "1.." count; exit bad || ends != '$SLICES' }'
