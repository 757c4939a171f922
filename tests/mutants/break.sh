#!/bin/sh
# An exercise book: our driver with one mistake, and the question what is wrong. From make:
#
#    make break                        which exercises there are
#    make break ID=SPLIT-16            boots it
#    make break ID=SPLIT-16 ANSWER=1   what lint says of it, and the mistake
set -eu
cd "$(dirname "$0")/../.."
. tests/mutants/mutant.sh
OUT=${OUT:-out}

if [ -z "${ID:-}" ]; then
    echo "Each is our driver with one mistake in it: make break ID=... boots it. By chapter:"
    for id in $(mutants); do echo "$(field "$id" Chapter) $id"; done | sort |
        awk '$1 != last { printf "%s  >>%-10s", last == "" ? "" : "\n", last = $1; column = 14 }
            column + length($2) > 96 { printf "\n%14s", ""; column = 14 }
            { printf " %s", $2; column += length($2) + 1 } END { print "" }'
    exit 0
fi
if ! [ -e "tests/mutants/$ID.patch" ]; then
    echo "break: there is no $ID; make break lists what there is" >&2
    exit 2
fi
folder=$OUT/break/$ID
rm -rf "$folder/header"
damage "$ID" "$folder/header"

if [ -n "${ANSWER:-}" ]; then
    shared=$OUT/break/shared
    if ! [ -e "$shared/ready" ] || [ -n "$(find tests/host tests/world examples/vmm -name '*.[ch]' \
        -newer "$shared/ready" | head -n 1)" ]; then
        rm -rf "$shared"
        prepare "$shared" && touch "$shared/ready"
    fi
    drive "$folder/header" "$shared" | grep '^lint:' | sort -u
    echo
    mistake "$ID"
    exit 0
fi

# This machine's own KVM does not forgive as much as QEMU does.
set -- VMM=qemu
if [ "$(uname -m)" = x86_64 ] && [ -w /dev/kvm ]; then set -- VMM=kvm ARCH=x86_64; fi
make -s OUT="$folder" KDEFS="-I$folder/header" \
    ARGS="--timeout ${TIMEOUT:-30} $(field "$ID" Options)" "$@" run || true
cat <<END

This driver breaks one sentence of the specification; what is to be seen of it:
  $(field "$ID" Symptom)
Which one is it? make break ID=$ID ANSWER=1 tells.
END
