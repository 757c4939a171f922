#!/bin/sh
# The header compiles everywhere, without a warning, and asks the linker for nothing.
#
# Compilers x targets x languages x levels, the latter three turned against each other so that each
# pair occurs: for clang on 11 targets each of the 4 languages at another level, static functions
# and PIC code every other time; for gcc the same on 3 targets. With FULL=1 (make test-build-full)
# it is the whole product.
. "$(dirname "$0")/tap.sh"

LANGUAGES='c99 c11 c++11 c++20'
LEVELS='-O0 -O2 -Os -O3'
WARNINGS='-Werror -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wundef'
KERNEL='-I. -ffreestanding -fno-stack-protector -fno-jump-tables -fno-asynchronous-unwind-tables'
GCC_TARGETS='gcc:x86_64|gcc -mno-red-zone -mcmodel=kernel -mno-sse -mno-mmx
gcc:i386|gcc -m32 -mno-sse -mno-mmx
gcc:aarch64|aarch64-linux-gnu-gcc -mgeneral-regs-only -mno-outline-atomics'


# language_of STANDARD: the compiler's words for it.
language_of() { case "$1" in c++*) echo "-x c++ -std=$1 -fno-exceptions -fno-rtti" ;; *) echo "-x c -std=$1" ;; esac; }

# What the object asks for that a kernel need not have, and what it keeps in memory that changes
# or that a loader would have to relocate. The ABI's own names are allowed.
asks_for() {
    llvm-nm -u "$1" | awk '{ print $NF }' |
        grep -vxE '\.TOC\.|_GLOBAL_OFFSET_TABLE_|__stack_pointer|__linear_memory|__memory_base|__table_base|__indirect_function_table|@feat\.00'
}
variables() { # wasm calls constant data d as well; .LCPI is clang's pool of constants on riscv64
    llvm-nm "$1" | grep -E ' [dDbBC] ' | grep -vE '@feat|\.LCPI'
}
relocated() { llvm-readelf -S "$1" 2>/dev/null | grep -oE '\.rela?\.(data|rodata)[^ ]*'; }

build() { # COMPILER AND FLAGS...
    object=$log.o
    "$@" $WARNINGS $KERNEL -c tests/build/driver.c -o "$object" || return 1
    empty "$(asks_for "$object")" && empty "$(relocated "$object")" &&
        case "$*" in *wasm*) ;; *) empty "$(variables "$object")" ;; esac
}

# ---- The list of builds: name|command ------------------------------------------------------

pick() { shift "$1"; echo "$2"; } # pick N A B C...: the N-th, from 0
job()  { echo "$1, $3 $4 $5 $6|build $2 $(language_of "$3") $4 $5 $6"; }

sed '/^#/d; s/^\([^ ]*\) *\(.*\)/clang:\1|clang -Wreserved-identifier \2/' tests/build/targets >"$work/targets"
echo "$GCC_TARGETS" >>"$work/targets"

covering() { # TARGET COMMAND NUMBER
    l=0
    for language in $LANGUAGES; do
        level=$(pick $(((l + $3) % 4)) $LEVELS)
        static=$(pick $(((l / 2 + $3) % 2)) '' -DVB_STATIC)
        pic=$(pick $(((l + $3 / 2) % 2)) -fno-pic -fpic)
        job "$1" "$2" "$language" "$level" "$pic" "$static"
        l=$((l + 1))
    done
}
full() { # TARGET COMMAND
    for language in $LANGUAGES; do for level in $LEVELS; do
        for pic in -fno-pic -fpic; do for static in '' -DVB_STATIC; do
            job "$1" "$2" "$language" "$level" "$pic" "$static"
        done; done
    done; done
}

number=0
while IFS='|' read -r target command; do
    compiler=${command%% *}
    case $compiler in *gcc) is_gcc $compiler ;; *) have $compiler ;; esac
    if [ $? = 0 ]; then
        if [ -n "${FULL:-}" ]; then full "$target" "$command"; else covering "$target" "$command" $number; fi
    fi
    number=$((number + 1))
done <"$work/targets" |
    # Position-independent code is not for -mcmodel=kernel; Windows knows no other.
    sed -e '/mcmodel=kernel/s/ -fpic / -fno-pic /g' -e '/windows/s/ -f\(no-\)*pic / /g' >"$work/jobs"

# ---- Run them, two at a time ------------------------------------------------------------------

worker() { # every second line, from this one on
    n=0
    while IFS='|' read -r name command; do
        n=$((n + 1))
        [ $((n % 2)) = "$1" ] || continue
        log=$work/$n
        if eval "$command" >"$log.said" 2>&1 </dev/null; then : >"$log.fine"; fi
    done <"$work/jobs"
}
worker 0 &
worker 1
wait

n=0
while IFS='|' read -r name command; do
    n=$((n + 1))
    check "$name" eval 'test -e "$work/$n.fine" || { cat "$work/$n.said"; false; }'
done <"$work/jobs"
check 'at least 40 builds' test "$n" -ge 40

# Who accepts ORDER_PLATFORM orders for hardware, too: by outer-shareable barriers. [6.1]
barriers() { # FLAGS...
    clang --target=aarch64-none-elf -std=c99 -O2 "$@" $KERNEL -S tests/build/driver.c -o - |
        awk '/^[ \t]*d[ms]b/ { print $2 }' | sort -u
}
check 'the barriers of arm64 are outer-shareable' same "$(printf 'osh\noshld\noshst')" "$(barriers)"
check 'another one would be found' eval '
    barriers "-DVB_BARRIER()=__asm__ volatile(\"dmb ish\" ::: \"memory\")" | grep -x ish'

# And the inspection can say no.
cat >"$work/bad.c" <<'END'
extern int memory(void);
static int counter;
int *const address = &counter;
int f(void) { return counter++ + memory(); }
END
check 'an undefined symbol, a variable and a relocation would be found' eval '
    clang --target=aarch64-none-elf -fno-pic -c "$work/bad.c" -o "$work/bad.o" &&
    same memory "$(asks_for "$work/bad.o")" && same 1 "$(variables "$work/bad.o" | grep -c .)" &&
    same .rela.rodata "$(relocated "$work/bad.o")"'
finish
