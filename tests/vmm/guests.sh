# guests.sh - what the scripts share that boot guests whose drivers nobody here wrote: in vmm-kvm,
# in the nested host, watched by lint. Sourced after tests/build/tap.sh.
#
# guests-argued.txt tells which findings are known, and why. Any other fails the test; of one that
# was not seen a line at the end tells. With TABLE set all of them are shown there.

nested=$OUT/nested
guests=$nested/guests
: >"$work/table"
: >"$work/unseen"

if ! [ -e "$nested/ready" ] || ! [ -e "$guests/fetched" ]; then
    why=$(cat "$nested/missing" "$guests/missing" 2>/dev/null | head -n 1)
    echo "1..0 # SKIP ${why:-first make $guests/fetched}"
    exit 0
fi

# under_lint KERNEL OPTIONS...: its text goes to $work/out, the VMM's own to $work/err.
under_lint() {
    LIMIT=150 timeout 170 tests/vmm/nested/nested.sh "$@" --lint --mem 256M --timeout 100 \
        >"$work/out" 2>"$work/err"
}

# found_what_is_argued GUEST MACHINE: of "lint: PLACE: ID [SECTION LEVEL] rule; seen: SEEN".
found_what_is_argued() {
    grep -q "^lint: [0-9]* MUST, [0-9]* SHOULD; .* and [1-9][0-9]* requests" "$work/err" || {
        echo 'lint saw nothing:'
        cat "$work/err"
        return 1
    }
    sed -n 's/^lint: /'"$1 $2"': /p' "$work/err" >>"$work/table"
    sed -n 's/^lint: \(.*\): \([A-Z0-9-]*\) \[.*; seen: /\1 | \2 | /p' "$work/err" |
        awk -F ' *[|] *' -v guest="$1" -v machine="$2" -v unseen="$work/unseen" '
            FILENAME != "-" && $1 == guest && " " $2 " " ~ " " machine " " { why[$3, $4] = $0 }
            FILENAME == "-" && !(($1, $2) in why) { print "new: " $0; bad = 1 }
            FILENAME == "-" { seen[$1, $2] = 1 }
            END {
                for (i in why)
                    if (!(i in seen)) print "not seen on " machine ": " why[i] >>unseen
                exit bad
            }' tests/vmm/guests-argued.txt -
}

# The end of a script, instead of `finish`.
finish_guests() {
    [ -n "${TABLE:-}" ] || : >"$work/table"
    sed 's/^/# /' "$work/table" "$work/unseen" >&2
    finish
}
