# The entropy driver in virtio_bare.h's chapter >>own is a comment: take it out, compile it as it
# stands with a test program, run that. Sourced; needs CC (clang or gcc).
#
#    own FOLDER PROGRAM.c SOURCE.c...       FOLDER is under tests/ and under OUT

cd "$(dirname "$0")/../.." || exit 1

own() {
    out=${OUT:-out}/tests/$1/own
    shift
    mkdir -p "$out" || exit 1
    sed -n '/^ \*     typedef struct entropy {/,/^ \* The recipe/{
        /^ \* The recipe/d
        s/^ \*  *$//
        s/^ \*     //
        s/^ \*$//
        p
    }' virtio_bare.h > "$out/entropy.inc"
    if ! ${CC:-clang} -std=gnu11 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow \
        -Wundef -Werror -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -I. -I"$out" \
        -o "$out/entropy" "$@" tests/world/*.c > "$out/log" 2>&1
    then
        sed 's/^/# /' "$out/log"
        echo "not ok 1 - the example in the header's comment compiles"
        echo "1..1"
        exit 1
    fi
    exec "$out/entropy"
}
