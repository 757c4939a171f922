#!/bin/sh
# make bench and make size print every figure by its name, and none is above its bar.
. "$(dirname "$0")/tap.sh"

have_plugins || { echo "1..0 # SKIP this QEMU was built without plugins"; exit 0; }
check 'make bench counts' eval 'DIR=$work/b tests/build/bench.sh >"$work/bench"'
check 'make size measures' eval 'DIR=$work/s tests/build/size.sh >"$work/size"'
cat "$work/bench" "$work/size" >"$work/figures"

# The value of a figure, printed once as "name: value unit".
value_of() {
    awk -v name="$1" 'index($0, name ": ") == 1 && $NF !~ /^[0-9]/ { n++; value = $(NF - 1) }
                      END { if (n == 1) print value }' "$work/figures"
}
at_most() { # VALUE BAR
    echo "is: ${1:-not printed, or more than once}; bar: $2"
    [ -n "$1" ] && [ "$1" -gt 0 ] && [ "$1" -le "$2" ]
}
# The bars are set with clang 14; other compilers may need a quarter more.
case "$(clang --version | head -n 1)" in *'version 14.'*) reference=yes more=100 ;; *) reference= more=125 ;; esac
sed '/^#/d; s/ *|.*//' tests/build/bars >"$work/bars"
while IFS= read -r line; do
    name=${line%: *}
    bar=${line##*: }
    case "$name" in *instructions* | image* | driver*) bar=$((bar * more / 100)) ;; esac
    check "$name: at most $bar" at_most "$(value_of "$name")" "$bar"
done <"$work/bars"
check 'every figure has a bar' same "$(grep -c . "$work/bars")" "$(grep -c . "$work/figures")"

# The table in README: what it says is, within 2 %.
near() { # SAID MEASURED
    echo "README says $1, it is $2"
    [ $((($1 - $2) * 50)) -le "$2" ] && [ $((($2 - $1) * 50)) -le "$2" ]
}
if [ -n "$reference" ]; then
    sed -n 's/^| \([a-z][^|]*[^ ]\) | \([0-9,]*\) | [0-9,-]* |$/\1: \2/p' README.md | tr -d , >"$work/table"
    check 'README has a table of figures' test "$(grep -c . "$work/table")" -ge 15
    while IFS= read -r line; do
        check "README: $line" near "${line##*: }" "$(value_of "${line%: *}")"
    done <"$work/table"
fi
finish
