#!/bin/sh
# vz.sh: vmm-vz where no Mac is. Takes vmm-vz's own words; its frameworks are those of this folder
# (fake.h), built when a source is newer. One word more: --screenshot FILE is the view's picture.
here=$(dirname "$0")
folder=${OUT:-out}/vz
case $folder in /*) ;; *) folder=$PWD/$folder ;; esac
if [ ! -e "$folder/vmm-vz" ] || [ -n "$(find "$here" "$here/../../../examples/vmm" -name '*.[chmS]' \
    -newer "$folder/vmm-vz" | head -n 1)" ]; then
    rm -f "$folder/fake.a"
    "$here/build.sh" "$folder" >&2 || exit 34
fi
VIEW='' last=''
for word; do
    shift
    case $last in
    --screenshot) VIEW=$word ;;
    *) [ "$word" = --screenshot ] || set -- "$@" "$word" ;;
    esac
    last=$word
done
echo "This is no Mac: vmm-vz runs on a stand-in for Virtualization.framework, which has our own" \
    "machine in it, on Unicorn." >&2
export VIEW VZ_MACHINE="exec '$here/machine.sh' \"\$@\""
exec "$folder/vmm-vz" "$@"
