#!/bin/sh
# hvf.sh: vmm-hvf where no Mac is. Takes vmm-hvf's own words; its framework is the one of this
# folder (shim.h). Built when a source is newer. On a Mac the program itself is run.
here=$(dirname "$0")
folder=${OUT:-out}/hvf
if [ ! -e "$folder/vmm-hvf" ] || [ -n "$(find "$here" "$here/../../../examples/vmm" -name '*.[ch]' \
    -newer "$folder/vmm-hvf" | head -n 1)" ]; then
    case $folder in /*) ;; *) folder=$PWD/$folder ;; esac
    "$here/build.sh" "$folder" >&2 || exit 34
fi
echo "This is no Mac: vmm-hvf runs on Unicorn, in the place of Apple's Hypervisor.framework." >&2
exec "$folder/vmm-hvf" "$@"
