# What the scripts of this folder share. Sourced; afterwards the current folder is the top of the
# tree, $work is an empty folder that disappears at the end, and `check` tells TAP what came out.

set -u
cd "$(dirname "$0")/../.." || exit 1
OUT=${OUT:-out}
CC=${CC:-clang}
LLD=${LLD:-ld.lld}
unset MAKEFLAGS MFLAGS MAKELEVEL        # of the make that runs the tests
work=$(mktemp -d "${TMPDIR:-/tmp}/vb-build.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# macOS has no timeout.
command -v timeout >/dev/null || PATH=$PATH:$PWD/tests/build/without

count=0
failures=0

# check NAME COMMAND...: one test. It passes if the command does; else what it printed is shown.
check() {
    check_name=$1
    shift
    count=$((count + 1))
    if ("$@") >"$work/said" 2>&1 </dev/null; then
        echo "ok $count - $check_name"
    else
        failures=$((failures + 1))
        echo "not ok $count - $check_name"
        echo "# $*" | cut -c 1-300
        head -n 40 "$work/said" | sed 's/^/# /'
    fi
}

# skip NAME REASON: counted, and to be found in .ci/skips.
skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

finish() {
    echo "1..$count"
    [ "$failures" = 0 ]
}

# soon COMMAND...: again and again until it succeeds, at most $tries times, half a second apart.
tries=40
soon() {
    for try in $(awk "BEGIN { for (i = 1; i <= $tries; i++) print i }"); do
        if "$@"; then return 0; fi
        sleep 0.5
    done
    return 1
}

have()   { command -v "$1" >/dev/null 2>&1; }
is_gcc() { "$1" --version 2>/dev/null | grep -q 'Free Software'; }      # clang has that name, too
have_plugins() { ! qemu-system-aarch64 -M none -plugin none 2>&1 </dev/null | grep -q 'not enabled'; }
is_mac() { [ "$(uname)" = Darwin ]; }
fails()  { ! "$@"; }
same()   { [ "$1" = "$2" ] || { echo "wanted: $1"; echo "is:     $2"; return 1; }; }
empty()  { [ -z "$1" ] || { echo "$1"; return 1; }; }
