# scenarios.sh - what main_hvf.c must get right, each a function that fails if it does not. Sourced
# after tests/build/tap.sh by test_hvf.sh, which runs them all, and by test_hvf_mutants.sh, which
# runs one on each damaged copy. $vmm: the program; $guest, $kernel, $picture: see `prepare`.
#
# HVF_SHIM (shim.h) makes one function of the framework say no: without hv_gic_create it is a Mac
# before macOS 15.
old_macos='hv_gic_create=0xfae9400f'

prepare() {
    guest=$work/guest.img
    picture=$work/picture
    kernel=${KERNEL_IMAGE:-$OUT/aarch64/kernel.img}
    tests/vmm/hvf/guest/build.sh "$guest" &&
        $CC -std=gnu11 -I. tests/vmm/guest/picture.c tests/boot/drawn.c -lpng -o "$picture"
}

# launch OPTIONS...: runs $vmm. Its text is in $work/out, the UART's and its own in $work/err; the
# shim may complain of nothing. $limit: its own watch over the guest; $patience: ours over it.
limit=30
key_limit=10
patience=60
launch() {
    timeout -k 1 $patience "$vmm" "$@" >"$work/out" 2>"$work/err"
    is=$?
    cat "$work/out" "$work/err"
    ! grep -q hvf_shim "$work/err"
}

# runs CODE FILE WORDS OPTIONS...: wants this exit code.
runs() {
    code=$1
    file=$2
    words=$3
    shift 3
    launch "$file" --append "$words" --timeout $limit "$@" && same "$code" "$is"
}
says() { grep -q -e "$1" "$work/out" "$work/err" || { echo "nobody says: $1"; return 1; }; }
counts() { same "$1" "$(grep -c -e "$2" "$work/err")"; }

# does CODE LETTERS OPTIONS...: the tests' guest; nothing that it checks may be wrong.
does() {
    code=$1
    letters=$2
    shift 2
    runs "$code" "$guest" "do=$letters" --display none --mem 64M "$@" &&
        ! grep -q -e WRONG -e 'this letter' "$work/err"
}

# ---- The example kernel --------------------------------------------------------------------------
draws() { # PICTURE WORDS OPTIONS...
    drawn=$1
    words="exit demo=$1 $2"
    shift 2
    rm -f "$work/shot.ppm"
    runs 0 "$kernel" "$words" --lint=fatal --screenshot "$work/shot.ppm" "$@" && says '^Power off' &&
        says '^Picture [0-9]*x' && "$picture" "$drawn" "$work/shot.ppm"
}
kernel_pci()   { draws squares '' --transport pci && says 'Interrupts: GICv3'; }
kernel_mmio()  { draws squares '' --transport mmio; }
kernel_both()  { draws squares '' --transport both; }
kernel_old()   { HVF_SHIM=$old_macos draws squares '' && says 'Interrupts: no GIC'; }
kernel_card()  { draws card ''; }
kernel_high()  { draws squares fb=320x240 --map high --mem 1G; }
kernel_vz()    { draws squares '' --machine vz --gpu-delay 300 --gpu-mute-first; }
kernel_as_qemu() {
    draws squares '' || return 1
    mv "$work/shot.ppm" "$work/hvf.ppm"
    timeout 60 "$OUT/vmm-qemu" "$kernel" --append 'exit demo=squares' \
        --screenshot "$work/qemu.ppm" && cmp "$work/hvf.ppm" "$work/qemu.ppm"
}
kernel_types() { # TEXT LIMIT
    printf "$1" >"$work/typed"
    launch "$kernel" --append 'demo=squares fb=320x240' --display none --timeout "$2" \
        <"$work/typed"
}
kernel_keys()  { kernel_types abcq $limit && same 0 "$is" && says 'abcq'; }
kernel_fault() { kernel_types f 5; says '^FAULT at 0x70' && says '^Stopped\.'; }

# Every option works here, or is refused by name; what stands in --help is in this file.
options() {
    mkdir -p "$work/frames" && rm -f "$work"/frames/*
    printf guest >"$work/initrd"
    runs 0 "$kernel" demo=squares --size 640x400 -m 64M --initrd "$work/initrd" \
        --frames "$work/frames" --exit-after-frames 1 --trace='gpu_*' --screenshot "$work/shot.ppm" &&
        says 'height 400' && says 'RAM at 0x70000000, 64 MB' && says '^trace: gpu_command' &&
        same 1 "$(ls "$work/frames" | grep -c .)"
}
option_serial() { does 0 lo --serial "$work/uart" && same 13 "$(grep -c good "$work/uart")"; }
unseen()       { runs 35 "$kernel" exit --display none "$@"; }
option_dtb()   { unseen --dtb "$work/none.dtb" && says 'none.dtb: No such file'; }
option_gdb()   { unseen --gdb && says '--gdb is not possible here: .* vmm-qemu --gdb'; }
option_story() { runs 0 "$kernel" exit --display none --trace=story && says 'console: driver \['; }
option_text()  { draws squares '' --display text && says '38;2;'; }
option_list() {
    launch --help
    for option in $(sed -n 's/^  \(-[a-z], \)*\(--[a-z-]*\).*/\2/p' "$work/out" | grep -v lint); do
        grep -q -e "[ ']$option" tests/vmm/hvf/scenarios.sh || { echo "$option is not tested"; return 1; }
    done
}

# The window stands on the main thread, the guest runs on another.
window_on() { # DISPLAY
    DISPLAY=$1 runs $2 "$kernel" 'exit demo=squares' --display window --screenshot "$work/shot.ppm"
}
window() {
    rm -f "$work/shot.ppm" "$work/number"
    timeout 60 Xvfb -displayfd 3 -screen 0 1400x900x24 3>"$work/number" 2>"$work/x" &
    server=$!
    tries=20
    soon test -s "$work/number" && window_on ":$(cat "$work/number")" 0
    opened=$?
    kill $server && wait $server
    same 0 $opened && "$picture" squares "$work/shot.ppm"
}
window_nowhere() { window_on '' 34 && says 'no window, there is no screen here'; }

# CPU time of an idle guest, in hundredths of a second, as /proc counts: 6 are 2 % of three seconds.
kernel_idle() {
    rm -f "$work/keys"
    mkfifo "$work/keys"
    HVF_SHIM=$1 timeout 30 sh -c 'echo $$ >"$0/pid"; exec "$@"' "$work" \
        "$vmm" "$kernel" --append 'demo=squares fb=320x240' --display none --timeout 20 \
        <"$work/keys" >"$work/out" 2>"$work/err" &
    waiting=$!
    exec 3>"$work/keys"
    tries=20
    soon grep -q 'q power off' "$work/out" || return 1
    ticks() { awk '{ print $14 + $15 }' "/proc/$(cat "$work/pid")/stat"; }
    before=$(ticks)
    sleep 3
    spent=$(($(ticks) - before))
    printf q >&3
    exec 3>&-
    wait $waiting
    is=$?
    echo "spent $spent/300"
    same 0 "$is" && [ $spent -le 6 ]
}
idle()     { kernel_idle ''; }
idle_old() { kernel_idle "$old_macos"; }

# ---- The tests' guest: what a hypervisor has to get right ----------------------------------------
loads()     { does 0 lo && counts 13 good; }
stores()    { does 0 so && counts 6 good && says 'write of 4 bytes at 0x60000010' &&
              says 'write of 2 bytes at 0x60000020'; }
calls()     { does 0 co && counts 5 good; }
off_smc()   { does 0 O && ! says 'told to end' >/dev/null; }
reset()     { does 32 R && says 'asked for a reset'; }
alignment() { does 0 ao && counts 3 good; }
map()       { does 0 mo && counts 4 good && says 'uart: >good'; }
registers() { does 0 ro && counts 4 good; }
timer_old() { HVF_SHIM=$old_macos does 0 to && counts 3 good; }
timer_once() { HVF_SHIM=$old_macos does 0 bo --trace && says 'timer 1,' && counts 1 good; }
timer_gic() { does 0 gto && counts 4 good && says 'uart: !good'; }
naps()      { HVF_SHIM=$old_macos does 0 no && counts 4 good; }
naps_gic()  { does 0 gno && counts 5 good; }

# A key that is typed while the guest sleeps, and has set no alarm.
key() {
    (sleep 0.5; printf k) | launch "$guest" --append "do=$1o" --display none --mem 64M \
        --transport mmio --timeout $key_limit && says 'good: a key'
}
key_line() { HVF_SHIM=$old_macos key k; }
key_wake() { HVF_SHIM=$old_macos key K; }

# ---- Ends ----------------------------------------------------------------------------------------
undescribed() { # LETTER INSTRUCTION
    does 33 "u$1" && says "PC 0x7020[0-9a-f]*, which is 0x$2" && says 'device at 0x6000000[04] ' &&
        says 'use a plain load or store'
}
post_index() { undescribed 1 b8404; }
pre_index()  { undescribed 2 b8004; }
pair()       { undescribed 3 2940; }
vector()     { undescribed 4 fd00; }
exclusive()  { undescribed 5 885f; }
jump()       { does 33 j && says 'jumped to where no RAM is: PC 0x20000000'; }
foreign()    { does 33 fp && says 'writes system register S3_3_C14_C2_1 at PC 0x7020' &&
               says 'physical timer'; }
foreign_gic() { HVF_SHIM=$old_macos does 33 fi && says 'reads system register S3_0_C12_C12_0' &&
                says 'a GIC'; }
spin()       { limit=1 does 124 h && says 'no end after 1 s'; }
asleep()     { limit=1 does 124 z --trace && says 'no end after 1 s' && says 'wfi 1,'; }
parked()     { HVF_SHIM=$old_macos limit=1 does 124 y --trace && says 'wfi [0-9][0-9]*,' &&
               ! grep -q 'wfi [0-9]\{3\}' "$work/err"; }
silence()    { limit=30 does 0 qo && says 'nothing said or drawn for 5 s: PC 0x7020' &&
               counts 1 good; }

# ---- The framework says no -----------------------------------------------------------------------
refuses() { # FUNCTION CODE WHAT NAME
    HVF_SHIM=$1=$2 does 34 o && says "Hypervisor.framework refuses $3: $4 ($2)"
}
denied() {
    refuses hv_vm_create 0xfae94007 'a virtual machine' HV_DENIED &&
        says "codesign --sign - --force --entitlements [^ ]* $vmm\$" &&
        grep -q com.apple.security.hypervisor \
            "$(sed -n 's/.*--entitlements \([^ ]*\) .*/\1/p' "$work/err")"
}
unsupported()  { refuses hv_vm_create 0xfae9400f 'a virtual machine' HV_UNSUPPORTED &&
                 says vmm-qemu; }
no_ram()       { refuses hv_vm_map 0xfae94005 "the guest's RAM" HV_NO_RESOURCES; }
no_cpu()       { refuses hv_vcpu_create 0xfae94006 'a CPU' HV_NO_DEVICE; }
bad_state()    { refuses hv_vcpu_run 0xfae94004 'to run the guest' HV_ILLEGAL_GUEST_STATE; }
nameless()     { refuses hv_vm_create 0xfae9400c 'a virtual machine' 'an error without a name'; }
addresses()    { runs 34 "$guest" do=o --display none --mem 64G && says '36 bits of address' &&
                 says 'less with --mem'; }
