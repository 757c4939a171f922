#!/bin/sh
# make lint and .github/actions/lint: our kernel has no findings, one with a mistake has; the words of
# the action are run as GitHub would run them, in front of this tree.
#
# On x86_64 with KVM the kernel is one for x86_64; elsewhere arm64's, in an emulated machine if needed.
. "$(dirname "$0")/../build/tap.sh"
. tests/mutants/mutant.sh

arch=aarch64
if [ "$(uname -m)" = x86_64 ] && [ -w /dev/kvm ]; then arch=x86_64; fi
if [ $arch = aarch64 ] && ! [ -w /dev/kvm ] && ! [ -e "$OUT/nested/ready" ]; then
    echo "1..0 # SKIP $(cat "$OUT/nested/missing" || echo "first make $OUT/nested/ready")"
    exit 0
fi
words='exit fb=320x240'
[ $arch = "$(uname -m)" ] || slow='an emulated machine takes half a minute for each'
again() { if [ -n "${slow:-}" ]; then skip "$1" "$slow"; else check "$@"; fi; }

# ---- make lint -----------------------------------------------------------------------------------
in_tree() { timeout 200 make OUT="$OUT" CC="$CC" ARCH=$arch "$@"; }
lint() { in_tree lint APPEND="$words" "$@" 2>&1; }
named() { grep '^lint: console: INF-CONSOLE-02 \[5.3.4 must\] .*; seen: ' "$1"; }

damage INF-CONSOLE-02 "$work/header" &&
    in_tree OUT="$work/out" KDEFS="-I$work/header" "$work/out/$arch/kernel.img" >"$work/made" || exit 1
mistaken=$work/out/$arch/kernel.img

check 'our kernel: no findings, and the report is the last line' eval '
    lint >"$work/report" &&
    tail -n 1 "$work/report" | grep "^lint: 0 MUST, 0 SHOULD; .* [1-9][0-9]* requests"'
check 'a kernel with a mistake: it is named' eval '
    lint KERNEL="$mistaken" >"$work/report" && named "$work/report" &&
    tail -n 1 "$work/report" | grep "^lint: 1 MUST, 0 SHOULD"'
again '... and with --lint=fatal make fails' eval '
    lint KERNEL="$mistaken" ARGS=--lint=fatal >"$work/report"; same 2 $? && named "$work/report"'
check 'what is no kernel is refused' eval '
    lint KERNEL=README.md >"$work/report"; same 2 $? && grep README.md "$work/report"'

# ---- The action ----------------------------------------------------------------------------------
action=.github/actions/lint
between() {
    awk -v from="$1" -v to="$2" '$0 ~ to { on = 0 } on { print } $0 ~ from { on = 1 }' $action/action.yml
}
inputs() { between '^inputs:' '^runs:' | sed -n 's/^  \([a-z]*\):$/\1/p' | sort; }
used() { sed -n 's/.*: [$]{{ inputs\.\([a-z]*\) }}$/\1/p' $action/action.yml | sort; }
default() { between "^  $1:" '^  [a-z]*:$' | sed -n "s/^    default: '*\([^']*\)'*$/\1/p"; }

# Its words, in an environment such as GitHub gives them: WITH...: values of inputs.
act() {
    for name in $(inputs); do
        upper=$(echo "$name" | tr a-z A-Z)
        eval "$upper=\$(default $name); export $upper"
    done
    export "$@"
    between '^      run: ' '^[^ ]' | sed 's/^        //' >"$work/words"
    : >"$work/summary"
    RUNNER_TEMP=$work GITHUB_STEP_SUMMARY=$work/summary GITHUB_ACTION_PATH=$PWD/$action \
        MAKEFLAGS="OUT=$OUT CC=$CC" timeout 200 bash --noprofile --norc -eo pipefail "$work/words"
}

check 'action.yml: no tabs, the keys of a composite action' eval '
    ! grep "$(printf "\t")" $action/action.yml && grep "^  using: composite$" $action/action.yml &&
    for key in name description inputs runs; do grep "^$key:" $action/action.yml || exit 1; done'
check 'action.yml: each input is used, and each that is used is there' eval 'same "$(inputs)" "$(used)"'
check 'the action: a mistake is named, in the summary too, and the job fails' eval '
    act KERNEL="$mistaken" ARCH=$arch APPEND="$words"; same 1 $? && grep "INF-CONSOLE-02" "$work/summary"'
again '... with fatal: false it is told' eval '
    act KERNEL="$mistaken" ARCH=$arch APPEND="$words" FATAL=false && grep "1 MUST" "$work/summary"'
again '... our kernel passes, on virtio-mmio' eval '
    act KERNEL="$OUT/$arch/kernel.img" ARCH=$arch APPEND="$words" TRANSPORT=mmio'
check '... a file that is not there is named' eval '
    act KERNEL=no-such.img >"$work/report"; same 1 $? && grep "::error::.*no-such.img" "$work/report"'
finish
