#!/bin/sh
# What make does on a Mac, as far as Linux can show it: which VMM it takes, what deps installs, how
# the launchers are compiled, linked and signed. For that PATH holds what a new Mac has, and no
# more: tools of POSIX, which are this system's; and uname, sw_vers, sysctl, brew, clang and
# codesign, which play the Mac and write down what they are told. What Apple's compiler and
# frameworks make of it is not seen here, nor how make 3.81 and BSD's tools read the files: the last
# part looks for words that are newer than those.
. "$(dirname "$0")/tap.sh"

tree=$work/tree
mac=$work/mac
told=$work/told
mkdir "$tree" "$mac"
tar -cf - Makefile virtio_bare.h examples .ci tests | (cd "$tree" && tar -xf -)
export mac told
unset CC LLD OUT KCC DISPLAY WAYLAND_DISPLAY

# What every Mac has.
for program in awk basename cat chmod cmp cp cut dirname env find grep head id ln ls make mkdir mktemp \
    printf rm sed sh sort tail timeout touch tr; do
    ln -s "$(command -v $program)" "$mac/$program"
done

plays() { # PROGRAM: its script comes on stdin
    { echo '#!/bin/sh'; echo 'echo "${0#$mac/} $*" >>"$told"'; cat; } >"$mac/$1"
    chmod +x "$mac/$1"
}
plays uname <<'END'
case "$*" in -m) echo "$machine" ;; -sm) echo "Darwin $machine" ;; *) echo Darwin ;; esac
END
plays sw_vers <<'END'
case "$1" in -productVersion) echo "$version" ;; *) echo 23F79 ;; esac
END
plays sysctl <<'END'
case "$2" in machdep.cpu.brand_string) echo 'Apple M2' ;; kern.hv_support) echo 1 ;; esac
END
plays xcrun <<'END'
echo 14.5
END
plays codesign <<'END'
for program; do :; done
test -x "$program" && [ -z "${no_codesign-}" ]
END
# Writes what is asked for: launchers are scripts that tell how they are called.
plays clang <<'END'
output= previous=
for word; do
    case $previous in -o) output=$word ;; esac
    previous=$word
done
case "$*" in
--version) echo 'Apple clang version 15.0.0 (clang-1500.3.9.4)' ;;
*' -E '*) grep -q libfdt && test -e "$brewed/include/libfdt.h" ;;
*vmm-*) printf '#!/bin/sh\necho "${0##*/} $*" >>"$told"\n' >"$output" && chmod +x "$output" ;;
*) echo made >"$output" ;;
esac
END
# Homebrew: each formula leaves behind what is looked for, lld brings LLVM along.
plays brew <<'END'
keg() { mkdir -p "$brewed/opt/$1/bin" && cp "$mac/clang" "$brewed/opt/$1/bin/$2"; }
program() { printf '#!/bin/sh\n%s\n' "$2" >"$brewed/bin/$1" && chmod +x "$brewed/bin/$1"; }
case "$1" in
--prefix) echo "$brewed"; exit ;;
install) shift ;;
*) exit 1 ;;
esac
mkdir -p "$brewed/include" "$brewed/bin"
for formula; do
    case $formula in
    lld) keg lld ld.lld; keg llvm clang ;;
    dtc) : >"$brewed/include/libfdt.h" ;;
    pkgconf) program pkg-config 'case "$*" in *--libs*) echo -lbrewed ;; esac' ;;
    qemu) program qemu-system-aarch64 'echo "name \"virtio-gpu-pci\" cocoa"' ;;
    esac
done
END

# on MACHINE VERSION NAME COMMAND...: on a new Mac, or on the one of that name. What it prints is in
# $work/printed, what was told to whom in $told.
on() {
    machine=$1 version=$2 brewed=$work/brew.$3
    export machine version brewed
    : >"$told"
    (cd "$tree" && shift 3 && PATH=$mac:$brewed/bin exec timeout 60 "$@" OUT="$brewed/out") \
        >"$work/printed" 2>&1 </dev/null
    status=$?
    tail -n 12 "$work/printed" "$told" | cut -c 1-300
    return $status
}
says()    { grep -q -e "$1" "$work/printed" || { echo "nobody says: $1"; return 1; }; }
was_told() { grep -q -e "$1" "$told" || { echo "nobody was told: $1"; return 1; }; }
installed() { same "$1" "$(sed -n 's/^brew install //p' "$told")"; }

# ---- Which VMM --------------------------------------------------------------------------------
takes() { # VMM MACHINE VERSION WORDS...
    vmm=$1 machine=$2 version=$3
    shift 3
    on $machine $version none make -n run "$@" && says "; $work/brew.none/out/vmm-$vmm "
}
one_sentence() { # MACHINE VERSION TEXT
    takes qemu "$1" "$2" && same 1 "$(grep -c "echo 'QEMU boots it: [^']*$3\.'" "$work/printed")"
}
no_sentence() { takes "$@" && ! says 'QEMU boots it' >/dev/null; }

for version in 13.0 14.5 15 26.0; do
    check "arm64, macOS $version: vz" no_sentence vz arm64 $version
done
old='macOS 13 or later and this is'
intel='Apple silicon and this is x86_64'
check 'arm64, macOS 12.6: QEMU, and one sentence'  one_sentence arm64 12.6 "$old 12.6"
check 'arm64, macOS 11: QEMU, and one sentence'    one_sentence arm64 11 "$old 11"
check 'Intel, macOS 14.5: QEMU, and one sentence'  one_sentence x86_64 14.5 "$intel"
check 'Intel, macOS 10.15.7: the same'             one_sentence x86_64 10.15.7 "$intel"
check 'another CPU: QEMU, of which nothing is said' no_sentence qemu arm64 14.5 ARCH=riscv64
check '... or x86_64'                              no_sentence qemu arm64 14.5 ARCH=x86_64
check 'VMM=qemu is nobody surprised by'            no_sentence qemu x86_64 14.5 VMM=qemu
check 'arm64, macOS 11: VMM=hvf'                   no_sentence hvf arm64 11 VMM=hvf
check 'arm64, macOS 26: VMM=hvf'                   no_sentence hvf arm64 26.0 VMM=hvf

lint() { # on our own devices
    on arm64 14.5 none make -n lint && says "$work/brew.none/out/vmm-hvf .*kernel.img --lint "
}
check 'make lint: hvf, whose devices are ours'     lint

refuses() { # TEXT MACHINE VERSION WORDS...
    text=$1 machine=$2 version=$3
    shift 3
    on $machine $version none make run "$@"
    same 2 $status && same 1 "$(grep -c . "$work/printed")" && says "$text: use VMM=qemu"
}
check 'Intel: no VMM=hvf'        refuses "VMM=hvf needs $intel" x86_64 14.5 VMM=hvf
check 'Intel: no VMM=vz'         refuses "VMM=vz needs $intel" x86_64 14.5 VMM=vz
check 'macOS 12.6: no VMM=vz'    refuses "VMM=vz needs $old 12.6" arm64 12.6 VMM=vz
check 'no Mac has VMM=kvm'       refuses 'VMM=kvm needs Linux and this is macOS' arm64 14.5 VMM=kvm

# ---- make deps run, on a new Mac --------------------------------------------------------------
new_vz() {
    on arm64 14.5 vz make deps run && installed lld &&
        was_told "^vmm-vz $work/brew.vz/out/aarch64/kernel.img --append exit --timeout 120$"
}
again() { # NAME WORDS...: nothing is installed twice, nothing compiled
    name=$1
    shift
    on arm64 14.5 $name make deps run "$@" && installed '' && says 'all there' &&
        ! grep -q '^clang .* -c' "$told"
}
check 'vz: deps installs lld, and nothing else' new_vz
check '... and nothing the next time'           again vz
keep() { # NAME WORDS...: all that is told when it is built alone
    name=$1
    shift
    rm -rf "$work/brew.$name/out"
    on arm64 14.5 $name make run "$@" >/dev/null
    cp "$told" "$told.$name"
}
new_hvf() {
    on arm64 14.5 hvf make deps run VMM=hvf && installed 'lld pkgconf libpng dtc sdl2' &&
        was_told '^vmm-hvf .*kernel.img --append exit --timeout 120 --screenshot '
}
new_qemu() {
    on x86_64 14.5 qemu make deps run && installed 'lld pkgconf libpng qemu' &&
        was_told '^vmm-qemu ' && same 1 "$(grep -c '^QEMU boots it' "$work/printed")"
}
check 'hvf: lld, libpng, libfdt, SDL2'          new_hvf
check '... and nothing the next time'           again hvf VMM=hvf
check 'QEMU on an Intel Mac'                    new_qemu

# ---- The lines --------------------------------------------------------------------------------
keep vz
keep hvf VMM=hvf
compiled() { # FILE WORDS: exactly those behind the warnings; its headers are written down
    same "$2" "$(sed -n "s, -MMD -MP -c $1 .*,,; s/^clang .*-Wsign-conversion //p" "$told.vz" |
        grep -v " -c ")"
}
words="-I. -DNO_SDL -I$work/brew.vz/include -g -O2"
check 'main_vz.m: with ARC'     compiled examples/vmm/main_vz.m \
    "$words -fobjc-arc -Wno-unused-parameter"
check 'vz_run.c: as C'          compiled examples/vmm/vz_run.c "$words"
links() { # VMM WORDS
    same "$2" "$(sed -n "s,^clang .* -o [^ ]*/vmm-$1 ,,p" "$told.$1")"
}
check 'vmm-vz asks for nothing but frameworks' links vz \
    '-fobjc-arc -framework Virtualization -framework AppKit -framework Foundation'
check 'vmm-hvf: libpng, libfdt, the framework' links hvf \
    "-lbrewed -lpthread -ldl -L$work/brew.hvf/lib -lfdt -framework Hypervisor"
signs() { # VMM: right behind the link, before it is run
    same "codesign --sign - --force --entitlements examples/vmm/vmm_$1.entitlements \
$work/brew.$1/out/vmm-$1" "$(grep -A 1 " -o [^ ]*/vmm-$1 " "$told.$1" | sed -n 2p)" &&
        grep -q "<key>com.apple.security.$2</key>" "$tree/examples/vmm/vmm_$1.entitlements"
}
check 'vmm-vz is signed after its link'        signs vz virtualization
check 'vmm-hvf is signed after its link'       signs hvf hypervisor
unsigned() { # what could not be signed does not stay
    rm -f "$work/brew.vz/out/vmm-vz"
    on arm64 14.5 vz env no_codesign=yes make run
    same 2 $status && ! test -e "$work/brew.vz/out/vmm-vz"
}
check 'what cannot be signed is not left behind' unsigned
kernel() { # NAME COMPILER LINKER
    grep -q "^$2 --target=aarch64-none-elf .* -c examples/kernel/main.c" "$told.$1" &&
        grep -q "^$3 -pie .* -o $work/brew.$1/out/aarch64/kernel.img" "$told.$1" ||
        { cut -c 1-200 "$told.$1"; return 1; }
}
check "the kernel: by the clang that came with Homebrew's lld" \
    kernel vz "$work/brew.vz/opt/llvm/bin/clang" "$work/brew.vz/opt/lld/bin/ld.lld"
mkdir -p "$work/brew.other/bin" && cp "$mac/clang" "$work/brew.other/bin/ld.lld"
check "... where lld is somebody else's: by Apple's" eval '
    on arm64 14.5 other make deps run && installed "" && cp "$told" "$told.other" &&
    kernel other clang "$work/brew.other/bin/ld.lld"'

# ---- make doctor ------------------------------------------------------------------------------
doctor() {
    on arm64 14.5 vz make doctor && says '^machine  system: macOS 14.5 (23F79), arm64$' &&
        says '^machine  chip: Apple M2$' && says '^machine  hypervisor: yes$' &&
        says '^machine  SDK: 14.5$' && says '^version  Apple clang version 15' &&
        says '^ok       make run  *lld' && says '^MISSING  make run VMM=hvf  *libfdt, .*: dtc$' &&
        says '^MISSING  make run VMM=qemu  *QEMU for arm64: qemu$' &&
        says '^mend it: make deps run VMM=qemu$' && says '^mend it: make deps run VMM=hvf$' &&
        ! says '^mend it: make deps run$' && ! says 'VMM=kvm' && ! says 'Unicorn'
}
check 'doctor tells what a report needs'       doctor

tools() {
    llvm=$work/brew.vz/opt/llvm/bin
    on arm64 14.5 vz make -n size && says ' tests/build/size.sh$' &&
        says "^PATH=\"$llvm:.PATH:$tree/tests/build/without\" " &&
        says " KCC=\".(command -v $llvm/clang || echo clang) --target=aarch64-none-elf\" "
}
check 'tests and figures: LLVM, and a timeout'  tools

# ---- GitHub's Mac -----------------------------------------------------------------------------
sed -n '/^  mac:/,$s,^ *-* *run: /usr/bin/make ,,p' .github/workflows/tests.yml |
    sed 's, </dev/null,,' >"$work/workflow"
while IFS= read -r words; do
    check "the workflow's make $words" eval "on arm64 14.5 github make -n $(echo "$words" |
        sed "s, out/, $work/brew.github/out/,g; s,^out/,$work/brew.github/out/,")"
done <"$work/workflow"
check '... which are ten or so' test "$(grep -c . "$work/workflow")" -ge 8

# ---- Words that are newer than GNU make 3.81, or GNU's alone ----------------------------------
newer_make() {
    grep -nE '^[^	#]*!=|::=|&:|^define .*=|^(undefine|private|load|export define)' "$@"
    grep -nE '\$\((file|let|intcmp|guile) ' "$@"
    grep -nE '\.(ONESHELL|RECIPEPREFIX|SHELLFLAGS|NOTINTERMEDIATE|EXTRA_PREREQS)' "$@"
}
gnu_words() {
    grep -nE '(^|[^a-z])(readlink -f|realpath|stat -c|sha256sum|md5sum|nproc|xargs -r|cp -a)' "$@"
    grep -nE '(^|[^a-z])(tac |grep -P|sort -V|date [+]%[sN]|head -n -|find .* -printf)' "$@"
    grep -nE '(^|[^a-z])(grep|sed) .*[^\]\\[|]' "$@"
    grep -nE "sed (-[a-zA-Z]+ )*(-i |-r )|mktemp( -d)?( *\)|\$)|sed .*[^\\]\\\\t" "$@"
}
finds() { # CHECKER LINE
    printf '%s\n' "$2" >"$work/line"
    ! empty "$($1 "$work/line")"
}
scripts=$(ls .ci/debug .ci/deps .ci/doctor .ci/probes .ci/run .ci/tools tests/build/*.sh \
    tests/build/*/*.sh tests/qtest/*.sh tests/world/*.sh tests/boot/*.sh | grep -v test_mac.sh)
check 'the Makefile is one for make 3.81' eval 'empty "$(newer_make Makefile tests/tests.mk)"'
for line in 'A != ls' 'A ::= b' 'define A =' 'A = $(file <x)' '.ONESHELL:' 'a b &: c'; do
    check "... which is found out: $line" finds newer_make "$line"
done
check 'scripts that run on a Mac ask for no GNU tool' eval 'empty "$(gnu_words $scripts)"'
for line in 'sed -i s/a/b/ x' 'sed s/\t/x/' 'grep "a\|b" x' 'readlink -f x' 'mktemp -d' \
    'date +%s'; do
    check "... which is found out: $line" finds gnu_words "$line"
done

# ---- What a Mac has not: timeout --------------------------------------------------------------
ours() { # CODE WORDS...: GNU's says the same
    wanted=$1
    shift
    for timeout in tests/build/without/timeout timeout; do
        $timeout "$@" </dev/null
        same "$wanted" $? || return 1
    done
}
check 'timeout: the exit code is handed on'    ours 7 5 sh -c 'exit 7'
check '... 124 when time is up'                ours 124 0.3 sleep 5
check '... also of one that does not listen'   ours 137 -k 0.3 0.3 \
    sh -c 'trap "" TERM; sleep 5; sleep 5'
check '... 127: no such program'               ours 127 5 /no/such/program
finish
