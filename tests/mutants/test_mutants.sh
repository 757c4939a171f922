#!/bin/sh
# Sabotages of our driver: each must make lint say the rules that it names, and no others. And of
# the header as it stands lint says nothing. ONLY=WORD: those whose name has it.
. "$(dirname "$0")/../build/tap.sh"
. tests/mutants/mutant.sh

if ! have patch; then
    echo "1..0 # SKIP there is no patch(1)"
    exit 0
fi
SLICES=2

words() { echo $* | tr ' ' '\n' | sort -u | tr '\n' ' '; }

speaks() { # WANTED FOLDER
    drive "$2" "$work/shared" >"$2/all" || { cat "$2/all"; return 1; }
    grep '^lint' "$2/all"
    same "$(words $1)" "$(words $(sed -n 's/^spoke://p' "$2/all"))"
}
is_named() { # ID
    damage "$1" "$work/$1" && speaks "$(field "$1" Lint)" "$work/$1"
}
has_head() { [ -n "$(field "$1" Chapter)" ] && [ -n "$(field "$1" Symptom)" ]; }

slice() { # NUMBER
    n=0
    for id in $(mutants); do
        n=$((n + 1))
        case $id in *"${ONLY:-}"*) ;; *) continue ;; esac
        [ $((n % SLICES)) = "$1" ] || continue
        check "$(field "$id" Lint): $id.patch" is_named "$id"
        check "$id.patch tells chapter and symptom" has_head "$id"
    done
    echo end
}

prepare "$work/shared" || exit 1
mkdir "$work/sound" && cp virtio_bare.h "$work/sound" || exit 1
check 'silence: the header as it stands' speaks '' "$work/sound"
all=$work
for number in $(seq 0 $((SLICES - 1))); do
    (work=$all/slice$number && mkdir "$work" && ln -s ../shared "$work/shared" &&
        count=0 && slice "$number") >"$all/tap.$number" 2>&1 &
done
wait
cat "$all"/tap.[0-9]* | awk -v count="$count" -v bad="$failures" '
    /^(not )?ok / { sub(/ok [0-9]+/, "ok " ++count) } /^not/ { bad = 1 }
    /^end$/ { ends++; next } { print } END { print "1.." count; exit bad || ends != '$SLICES' }'
