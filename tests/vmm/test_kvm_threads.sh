#!/bin/sh
# vmm-kvm's two threads under ThreadSanitizer: the guest's CPU on one; terminal, screen, time and
# typing on the other. All that both touch is under one lock, or this says where not.
. "$(dirname "$0")/../build/tap.sh"

arch=$(uname -m)
kernel=$OUT/$arch/kernel.img
if ! [ -r /dev/kvm ] || ! [ -w /dev/kvm ] || ! [ -e "$kernel" ]; then
    echo "1..0 # SKIP /dev/kvm cannot be opened"
    exit 0
fi
own=$(for name in main_kvm machine loader tree run trace "kvm_$arch"; do
    echo examples/vmm/$name.c
done)
check 'vmm-kvm is built with -fsanitize=thread' "$CC" -std=gnu11 -g -O1 -fsanitize=thread -DNO_SDL \
    -I. -o "$work/vmm" $own examples/vmm/devices/*.c examples/vmm/lint/*.c \
    examples/vmm/host/*.c -lfdt -lpng -lpthread -ldl
TSAN_OPTIONS='exitcode=66'
export TSAN_OPTIONS

# quiet CODE COMMAND: ends with this code, and without a word of the sanitizer's.
quiet() {
    timeout 100 sh -c "$2" >"$work/out" 2>"$work/err"
    is=$?
    grep -v '^uart' "$work/err"
    same "$1" "$is" && ! grep -q ThreadSanitizer "$work/err"
}
boot="'$work/vmm' '$kernel' --timeout 60 --append"
check 'a picture, by pci' quiet 0 "$boot 'exit demo=squares fb=320x240' --screenshot '$work/a.png'"
check 'a picture, by mmio, all frames' quiet 0 \
    "$boot 'exit demo=bounce frames=9 fb=160x120' --transport mmio --screenshot '$work/d.png' --frames '$work/frames'"
check 'a picture in letters, and a slow reader' quiet 0 \
    "$boot 'exit demo=squares fb=160x120' --display text --screenshot '$work/e.png' | (sleep 4; cat) | grep -q Power"
check 'typing while it draws, and the key that powers off' quiet 0 \
    "(for key in 1 2 3 4 5 r 1 2 3 q; do sleep 0.3; printf \$key; done) |
     $boot 'demo=squares fb=160x120' --display none --trace='*'"
check 'a timeout while it sleeps' quiet 124 \
    "'$work/vmm' '$kernel' --append 'demo=squares fb=160x120' --timeout 3 --screenshot '$work/b.png'"
check 'TERM while it sleeps' quiet 143 \
    "'$work/vmm' '$kernel' --append 'demo=squares fb=160x120' --screenshot '$work/c.png' & v=\$!;
     sleep 2; kill \$v; wait \$v"
finish
