/* test_kvm.c - vmm-kvm where /dev/kvm opens: what is told of a guest that says nothing, typing,
 * pictures, hello_kvm.c. (What all launchers share is in test_options, test_endings, test_terminal;
 * arm64 in an emulated machine is in test_kvm_nested.sh.) */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct run r;

static bool err_has(const char *text)
{
    return strstr(r.err, text) != NULL;
}

/* ---- A guest that says nothing ------------------------------------------------------------ */

static void silence(void)
{
    run(&r, "exec $VMM $GUEST --transport mmio --display none --append 'guest:' --timeout 5.4");
    check(r.code == 124 && err_has("nothing said or drawn for 5 s: PC 0x") && err_has("no device was touched")
          && err_has("console: status 0 (its driver has not found it)")
          && err_has("The guest never said a word."), "after 5 s of silence one line tells where it stands", SEEN);

    run(&r, "exec $VMM $GUEST --transport mmio --append 'guest: draw' --timeout 5.4 --screenshot $DIR/s.png");
    check(r.code == 124 && err_has("last access 0x") && err_has("(virtio-mmio gpu)")
          && err_has("gpu: status 15 (its driver is ready"), "... and what it touched last", SEEN);

    run(&r, "exec $VMM $GUEST --transport mmio --append 'guest: say draw whole' --timeout 5.4 --screenshot $DIR/s.png");
    check(r.code == 124 && !err_has("nothing said"), "a guest that has spoken and drawn may be silent", SEEN);
}

/* ---- Typing ------------------------------------------------------------------------------- */

static void typing(void)
{
    run(&r, "(head -c 5000 /dev/zero | tr '\\0' z; echo q) | timeout 50 $VMM $GUEST --transport mmio --display none"
            " --append 'guest: echo off' | grep -c 122");
    check(atoi(r.out) == 5000, "more than the console can hold waits its turn", "%s", r.out);
}

/* ---- The example kernel ------------------------------------------------------------------- */

static void pictures(void)
{
    static const char *const machines[] = {
        "--transport pci", "--transport mmio", "--transport both", "--transport pci --map high --mem 96M",
        "--transport mmio --map high"
    };
    char command[600], name[200];

    run(&r, "exec $VMM_OF_QEMU $KERNEL_OF_QEMU --append 'exit demo=squares' --screenshot $DIR/want.ppm --timeout 60");
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        unlink(path_in_dir("is.ppm"));
        snprintf(command, sizeof command, "$VMM $KERNEL --append 'exit demo=squares' --screenshot $DIR/is.ppm "
                 "--timeout 60 %s && cmp $DIR/want.ppm $DIR/is.ppm", machines[i]);
        run(&r, command);
        snprintf(name, sizeof name, "the kernel's squares, %s: QEMU's, byte for byte", machines[i]);
        check(r.code == 0, name, SEEN);
    }
}

/* ---- Where a reader starts ------------------------------------------------------------------ */

static void hello(void)
{
    run(&r, "wc -l <examples/vmm/hello_kvm.c");
    check(atoi(r.out) > 0 && atoi(r.out) < 100, "hello_kvm.c has less than 100 lines", "%s", r.out);
    run(&r, "${CC:-cc} -Wall -Wextra -o $DIR/hello examples/vmm/hello_kvm.c && $DIR/hello");
    check(r.code == 0 && strcmp(r.out, "Hello from a virtual machine\n") == 0 && r.err[0] == 0,
          "... and runs, as its comment says", SEEN);
}

/* ---- /dev/kvm ----------------------------------------------------------------------------- */

/* Whoever may not open it is told of the group. */
static void refused(void)
{
    const char *name = "34: /dev/kvm is there, and not for us";

    if (geteuid() == 0 && !have_program("setpriv")) {
        skip(name, "root can open everything, and there is no setpriv");
        return;
    }
    if (system("[ $(id -u) != 0 ] || setpriv --reuid=65534 --regid=65534 --clear-groups"
               " test ! -r /dev/kvm") != 0) {
        skip(name, "everybody may open /dev/kvm here");
        return;
    }
    run(&r, "chmod 755 $DIR; cp $VMM $DIR/vmm; cp $GUEST $DIR/g.img; cd $DIR;"
            "exec setpriv --reuid=65534 --regid=65534 --clear-groups ./vmm g.img --display none");
    check(r.code == 34 && err_has("usermod -aG kvm") && err_has("vmm-qemu"), name, SEEN);
}

static void missing(void)
{
    if (access("/dev/kvm", F_OK) == 0)
        return;
    run(&r, "exec $VMM $GUEST --display none");
    check(r.code == 34 && err_has("there is no /dev/kvm") && err_has("modprobe") && err_has("vmm-qemu"),
          "34: there is no /dev/kvm: the module, and what to do instead", SEEN);
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
    setenv("VMM_OF_QEMU", getenv("VMM"), 1);
    setenv("KERNEL_OF_QEMU", getenv("KERNEL") != NULL ? getenv("KERNEL") : "", 1);
    if (use_kvm())
        missing();
    if (use_kvm_or_skip("vmm-kvm")) {
        silence();
        typing();
        pictures();
        hello();
        refused();
    }
    return finish();
}
