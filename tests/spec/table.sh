#!/bin/sh
# The duties of a driver and what becomes of each: make lint-table.
#
#    driver.tsv, informal.tsv    the rows: id, section, level, ... as the specification has them
#    argued/*.tsv                rows that lint cannot see: id, reason
#    the rules in lint/          by the program rules.c
#    who made a rule speak       names of passed tests, "SPLIT-08: ..."; heads of tests/mutants
#
# The last line counts. It ends with 1 if a row is neither spoken nor argued, or something does not
# fit together.
cd "$(dirname "$0")/../.." || exit 1
OUT=${OUT:-out}
work=$(mktemp -d "${TMPDIR:-/tmp}/vb-table.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
tab=$(printf '\t')

"$OUT/tests/spec/rules" >"$work/rules" || exit 1
for program in "$OUT"/tests/host/test_lint_*; do
    case $program in *.*) continue ;; esac
    timeout 100 "$program" 2>"$work/errors" |
        sed -n "s#^ok [0-9]* - \([A-Z-]*[0-9][0-9]*\): #\1$tab${program##*/}: #p"
done >"$work/spoken"
for patch in tests/mutants/*.patch; do
    for id in $(sed -n 's/^Lint: //p' "$patch"); do
        echo "$id$tab${patch#tests/}"
    done
done >>"$work/spoken"
cat tests/spec/argued/*.tsv >"$work/argued"
sed 1d tests/spec/driver.tsv >"$work/rows"
sed 1d tests/spec/informal.tsv >>"$work/rows"

awk -F '\t' '
    function wrong(what) { print "WRONG: " what; bad = 1 }
    FILENAME ~ /rules$/  { if ($1 in asks) wrong($1 " has two rules")
                           at[$1] = $2; level[$1] = $3; asks[$1] = $4; next }
    FILENAME ~ /spoken$/ { if (!($1 in test)) test[$1] = $2; times[$1]++; next }
    FILENAME ~ /argued$/ { if ($1 in why) wrong($1 " is argued twice")
                           why[$1] = $2; next }
    {
        rows++
        is_row[$1] = 1
        split($2, word, " ")
        section = word[1] !~ /^\[/ ? word[1] : word[2]
        if (match($2, /Bus 3[.]0, [0-9.]+/))
            section = "PCI " substr($2, RSTART + 9, RLENGTH - 9)
        if ($1 in asks) {
            seen++
            if (at[$1] != section || level[$1] != $3)
                wrong($1 ": the rule says " at[$1] " " level[$1] ", the row " section " " $3)
            if (!($1 in test)) wrong($1 ": the rule never spoke")
            if ($1 in why) wrong($1 ": has a rule and is argued")
        } else if ($1 in test)
            wrong($1 ": " test[$1] " made it speak, and there is no rule")
        how = $1 in test && $1 in asks ? test[$1] (times[$1] > 1 ? " and " times[$1] - 1 " more" : "") \
            : $1 in why ? "argued: " why[$1] : "OPEN"
        spoken += $1 in test && $1 in asks
        argued += $1 in why && !($1 in asks)
        print $1 " | " section " | " $3 " | " ($1 in asks ? asks[$1] : $5) " | " $6 " | " how
    }
    END {
        for (id in asks) if (!(id in is_row)) wrong(id ": a rule of no row")
        for (id in why) if (!(id in is_row)) wrong(id ": an argument for no row")
        print "rows " rows ", seen " seen ", spoken " spoken ", argued " argued ", open " \
              rows - spoken - argued
        exit bad || spoken + argued != rows
    }' "$work/rules" "$work/spoken" "$work/argued" "$work/rows"
