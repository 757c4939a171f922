#!/bin/sh
# build.sh OUTPUT: the plugin that watches a guest, if it is not there yet for this QEMU, whose
# interface for plugins changes with its version.
set -eu
cd "$(dirname "$0")"
output=$1
case "$output" in /*) ;; *) output=../../../$output ;; esac

version=$(qemu-system-aarch64 --version 2>/dev/null | head -n 1)
case "$version" in
*' version '[0-8].*) api=1 ;;
*' version 9.0'*) api=2 ;;
*) api=3 ;;
esac
case "$(uname)" in
Darwin) shared='-bundle -undefined dynamic_lookup' ;;
*) shared=-shared ;;
esac

made_for="${CC:-clang} $version"
if [ "$output" -nt watch.c ] && [ "$output" -nt build.sh ] &&
    [ "$(cat "$output.for" 2>/dev/null)" = "$made_for" ]; then
    exit 0
fi
echo "  CC tests/build/plugin/watch.c"
mkdir -p "$(dirname "$output")"
${CC:-clang} -std=gnu11 -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion -Wsign-conversion \
    -DPLUGIN_API=$api -O2 -fPIC -fvisibility=hidden $shared watch.c -o "$output"
echo "$made_for" >"$output.for"
