#!/bin/sh
# main_hvf.c as it stands, on Linux: Apple's Hypervisor.framework is replaced by hvf/ (shim.h tells
# how, and what only a Mac can show). The example kernel with its pictures and keys; then a guest
# that does what a hypervisor has to get right.
. "$(dirname "$0")/../build/tap.sh"
. tests/vmm/hvf/scenarios.sh

if ! pkg-config --exists unicorn || ! have clang; then
    echo "1..0 # SKIP no Unicorn (libunicorn-dev), or no clang"
    exit 0
fi
vmm=$work/vmm-hvf
tests/vmm/hvf/build.sh "$work" >"$work/built" 2>&1 || { cat "$work/built"; exit 1; }
prepare || exit 1
check 'main_hvf.c and its stand-in compile without a warning' empty "$(cat "$work/built")"

# For a Mac: every function that came with macOS 15 is asked for before it is called; and with an
# older SDK. The C library's headers are Linux's.
types() { # INCLUDES OF THE SDK
    for file in main_hvf.c hvf_exits.c; do
        clang --target=arm64-apple-macos11 -U__nonnull -std=gnu11 -fsyntax-only -Werror -Wall \
            -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -nostdlibinc \
            -isystem "$1" -isystem "$arm64" -I. -Iexamples/vmm -DNO_SDL "$work/for-macos/$file" || return 1
    done
}
older_sdk() {
    cp -R tests/vmm/hvf/include "$work/older" && rm "$work/older/Hypervisor/hv_gic.h" &&
        types "$work/older"
}
unasked() {
    sed -i.bak 's/__builtin_available(macOS 15.0, \*)/true/' "$work/for-macos/main_hvf.c"
    fails types tests/vmm/hvf/include
}
arm64=/usr/aarch64-linux-gnu/include
[ -e $arm64/pthread.h ] || arm64=/usr/include
mkdir "$work/for-macos" && cp examples/vmm/main_hvf.c examples/vmm/hvf_exits.c "$work/for-macos"
check 'the types are right for arm64-apple-macos11'   types tests/vmm/hvf/include
check '... with an SDK older than macOS 15'           older_sdk
check '... and not without asking for macOS 15'       unasked

check 'squares, pci, with the GIC of macOS 15'        kernel_pci
check 'squares, mmio'                                 kernel_mmio
check 'squares, gpu by pci, console by mmio'          kernel_both
check 'squares, before macOS 15: no GIC'              kernel_old
check 'the card'                                      kernel_card
check 'BARs and RAM above 4 GiB'                      kernel_high
check "squares, the machine of Virtualization.framework" kernel_vz
check 'typed keys come back, q ends it'               kernel_keys
check "a fault: the kernel's last words"              kernel_fault
check 'an idle guest costs less than 2 % of a CPU'    idle
check '... and before macOS 15'                       idle_old
check 'options: size, memory, initrd, frames, trace'  options
check '... --serial'                                  option_serial
check '... --dtb that is not there'                   option_dtb
check '... --gdb is refused by name'                  option_gdb
check '... --trace=story'                             option_story
check '... --display text'                            option_text
check '... each of --help is tested'                  option_list
if have Xvfb && pkg-config --exists sdl2; then
    check 'squares, in a window'                      window
else
    skip 'squares, in a window' 'no Xvfb, or no SDL2'
fi
check 'no window where no screen is'                  window_nowhere
if have qemu-system-aarch64; then
    check "squares, byte for byte QEMU's" kernel_as_qemu
else
    skip "squares, byte for byte QEMU's" 'no qemu-system-aarch64'
fi

check 'loads: width, sign, zero register'             loads
check 'stores: width, zero register'                  stores
check 'PSCI by HVC and SMC: each goes on behind it'   calls
check '0: power off by SMC'                           off_smc
check '32: reset'                                     reset
check 'unaligned with the MMU off: a fault'           alignment
check 'devices by their physical address'             map
check 'trapped system registers are answered'         registers
check "the timer's interrupt, again and again"        timer_old
check '... told once, however long it rings'        timer_once
check '... by the GIC, and a device line'             timer_gic
check 'WFI with interrupts masked ends with the timer' naps
check '... with the GIC'                              naps_gic
check 'WFI ends with a key: by the interrupt line'    key_line
check 'WFI ends with a key: without an interrupt'     key_wake

check '33: a load with write-back'                    post_index
check '33: a store with write-back'                   pre_index
check '33: a pair of registers'                       pair
check '33: a vector register'                         vector
check '33: an exclusive'                              exclusive
check '33: a jump to nowhere'                         jump
check '33: a system register, by name'                foreign
check '33: the GIC where there is none'               foreign_gic
check '124: a loop without an exit'                   spin
check '124: asleep for ever'                          asleep
check '124: parked with its alarm ringing'            parked
check '5 s of silence: where it stands, and on it goes' silence

check '34: HV_DENIED: how to sign it'                 denied
check '34: HV_UNSUPPORTED: what to do instead'        unsupported
check '34: no RAM'                                    no_ram
check '34: no CPU'                                    no_cpu
check '34: the guest cannot be run'                   bad_state
check '34: an error that has no name'                 nameless
check '34: more than 36 bits of address'              addresses
finish
