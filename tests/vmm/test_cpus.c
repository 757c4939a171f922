/* test_cpus.c - the launcher with kernels for other CPUs than arm64: the same picture, the same
 * endings. */
#include "run.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct run r;

static bool err_has(const char *text)
{
    return strstr(r.err, text) != NULL;
}

static const struct cpu { const char *name, *qemu; } cpus[] = {
    { "aarch64", "qemu-system-aarch64" },
    { "riscv64", "qemu-system-riscv64" },
    { "x86_64", "qemu-system-x86_64" },
};
enum { CPUS = sizeof cpus / sizeof cpus[0] };

static const char *const transports[] = { "pci", "mmio", "both" };

/* $CPU is its name and $IMAGE its kernel, beside the launcher. False: something is not there. */
static bool choose(const struct cpu *cpu, const char *what)
{
    char image[4096], name[200], *slash;

    snprintf(image, sizeof image, "%s", getenv("VMM"));
    slash = strrchr(image, '/');
    snprintf(slash, sizeof image - (size_t)(slash - image), "/%s/kernel.img", cpu->name);
    setenv("CPU", cpu->name, 1);
    setenv("IMAGE", image, 1);
    snprintf(name, sizeof name, "%s: %s", cpu->name, what);
    if (!have_program(cpu->qemu))
        skip(name, "no QEMU for it");
    else if (access(image, R_OK) != 0)
        skip(name, "no kernel for it was built");
    else
        return true;
    return false;
}

/* ---- Pictures ----------------------------------------------------------------------------- */

/* All of them are the first CPU's first, byte for byte: one encoder wrote them. */
static void pictures(const struct cpu *cpu)
{
    char name[200];

    if (!choose(cpu, "pictures"))
        return;
    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
        setenv("TRANSPORT", transports[i], 1);
        run(&r, "$VMM $IMAGE --transport $TRANSPORT --append 'exit demo=squares' --timeout 60 "
                "--screenshot $DIR/is.png || exit; [ -e $DIR/want.png ] || "
                "cp $DIR/is.png $DIR/want.png; cmp $DIR/is.png $DIR/want.png");
        snprintf(name, sizeof name, "%s, %s: powers off, and its last picture is there", cpu->name,
                 transports[i]);
        check(r.code == 0 && err_has("the picture is in"), name, SEEN);
    }
}

/* ---- Endings ------------------------------------------------------------------------------ */

static void endings(const struct cpu *cpu)
{
    char name[200];

    if (!choose(cpu, "endings"))
        return;
    run(&r, "(sleep 2; printf 13q) | $VMM $IMAGE --timeout 60 --append demo=squares "
            "--screenshot $DIR/lifted.png || exit; ! cmp -s $DIR/lifted.png $DIR/want.png");
    snprintf(name, sizeof name, "%s: keys reach it, q powers off", cpu->name);
    check(r.code == 0 && strstr(r.out, "13q") != NULL && strstr(r.out, "Power off.") != NULL, name,
          SEEN);

    run(&r, "$VMM $IMAGE --timeout 60 --exit-after-frames 5 --append 'demo=bounce frames=1000000'"
            " --screenshot $DIR/bounce.png");
    snprintf(name, sizeof name, "%s: --exit-after-frames", cpu->name);
    check(r.code == 0, name, SEEN);

    run(&r, "(sleep 1; printf f; sleep 4) | $VMM $IMAGE --timeout 4 --screenshot $DIR/fault.png");
    snprintf(name, sizeof name, "%s: a guest that faulted is given up with 124", cpu->name);
    check(r.code == 124 && strstr(r.out, "a null pointer") != NULL, name, SEEN);
}

/* ---- RISC-V: what a guest asks of its firmware --------------------------------------------- */

/* A kernel of seven instructions: SBI's system reset with this type. */
static void reset_guest(uint32_t type)
{
    uint32_t words[1024] = {
        [0] = 0x0400006f,               /* over the header */
        [2] = 0x200000,                 /* text_offset */
        [4] = sizeof words,             /* image_size */
        [14] = 0x05435352,              /* "RSC\5" */
        [16] = 0x535258b7,              /* lui a7, 0x53525 */
        [17] = 0x35488893,              /* addi a7, a7, 0x354 */
        [18] = 0x00000813,              /* li a6, 0 */
        [19] = 0x00000513 | type << 20, /* li a0, type */
        [20] = 0x00000593,              /* li a1, 0 */
        [21] = 0x00000073,              /* ecall */
        [22] = 0x0000006f,              /* j . */
    };

    make_file("reset.img", words, sizeof words);
}

static void resets(const struct cpu *cpu)
{
    if (!choose(cpu, "resets"))
        return;
    reset_guest(0);
    run(&r, "$VMM $DIR/reset.img --timeout 20 --display none");
    check(r.code == 0, "riscv64: power off without a picture, none asked for: 0", SEEN);
    run(&r, "$VMM $DIR/reset.img --timeout 20 --screenshot $DIR/none.png");
    check(r.code == 37 && access(path_in_dir("none.png"), F_OK) != 0,
          "riscv64: power off without a picture, though one was asked for: 37", SEEN);
    reset_guest(1);
    run(&r, "$VMM $DIR/reset.img --timeout 20 --display none");
    check(r.code == 32 && err_has("the guest asked for a reset"), "riscv64: a reset: 32", SEEN);
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv[0]);
    for (int i = 0; i < CPUS; i++)
        pictures(&cpus[i]);
    for (int i = 1; i < CPUS; i++)
        endings(&cpus[i]);
    resets(&cpus[1]);
    return finish();
}
