# Damaged copies of virtio_bare.h: tests/mutants/ID.patch. Sourced, in the top of the tree.
#
#    Chapter: gpu                     where in the header
#    Symptom: The picture stands on its head.
#    Options: --transport mmio         of the VMM, where it is to be seen (may be left out)
#    Lint: INF-GPU-43 INF-GPU-45      what lint says of it, no more and no less
#
#    --- a/virtio_bare.h              the patch itself
#    ...

mutants() { ls tests/mutants/*.patch 2>/dev/null | sed 's#.*/##; s/[.]patch$//'; }

# field ID NAME: a line of its head.
field() { sed -n "s/^$2: //p" "tests/mutants/$1.patch" | head -n 1; }

# The mistake itself, without its head.
mistake() { sed -n '/^--- /,$p' "tests/mutants/$1.patch"; }

# damage ID FOLDER: the header with that mistake, there.
damage() {
    mkdir -p "$2" && cp virtio_bare.h "$2" && mistake "$1" | patch -s -p1 -d "$2"
}

# prepare FOLDER: what all of them share is compiled once.
prepare() {
    mkdir -p "$1" || return 1
    for source in tests/host/ours.c tests/world/*.c examples/vmm/devices/*.c examples/vmm/lint/*.c
    do
        ${CC:-clang} -std=gnu11 -O1 -w -I. -c "$source" \
            -o "$1/$(echo "$source" | tr / -).o" || return 1
    done
}

# drive FOLDER SHARED: prints what lint says of the header in FOLDER.
drive() {
    ${CC:-clang} -std=gnu11 -O0 -w -I"$1" -I. tests/mutants/drive.c "$2"/*.o -o "$1/drive" &&
        { timeout 60 "$1/drive" >"$1/said" 2>&1; cat "$1/said"; }
}
