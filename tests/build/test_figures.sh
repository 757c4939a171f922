#!/bin/sh
# make bench and make size print every figure by its name, and none is above its bar.
. "$(dirname "$0")/tap.sh"

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
more=100
case "$(clang --version | head -n 1)" in *'version 14.'*) ;; *) more=125 ;; esac
awk -v more=$more '!/^#/ { bar = $NF
    if (/instructions|image|text/) bar = int(bar * more / 100)
    sub(/[0-9]+$/, bar); print }' tests/build/bars >"$work/bars"
while IFS= read -r line; do
    name=${line%: *}
    check "$name: at most ${line##*: }" at_most "$(value_of "$name")" "${line##*: }"
done <"$work/bars"
check 'every figure has a bar' same "$(grep -c . "$work/bars")" "$(grep -c . "$work/figures")"
finish
