# Cuts pieces out of README. Sourced after tap.sh.

# block LANGUAGE PATTERN: the first fenced block of this language that has a line with PATTERN.
block() {
    awk -v fence="\`\`\`$1" -v pattern="$2" '
        $0 == fence { inside = 1; text = ""; next }
        inside && $0 == "```" { if (text ~ pattern) { printf "%s", text; exit }; inside = 0; next }
        inside { text = text $0 "\n" }' README.md
}

# commands: every command of the sh blocks, one a line, continued lines joined, comments cut off.
commands() {
    awk '$0 == "```sh" { inside = 1; next }
         $0 == "```" { inside = 0 }
         inside' README.md | sed -e ':join' -e '/\\$/{N;s/\\\n */ /;b join' -e '}' -e 's/  *#.*//'
}
