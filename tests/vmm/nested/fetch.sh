#!/bin/sh
# fetch.sh host|guests FOLDER: from Debian's archive for arm64. apt works in FOLDER/apt alone: no
# root, nothing of this system is changed. Once; exit code 2, and the reason in FOLDER/missing.
#
#      host    what the nested host is made of, 25 MB: a kernel with KVM, its virtio modules, and
#              libfdt, libpng, zlib to link with
#              vmlinuz  modules/*.ko  lib/*.a  include/  fetched
#      guests  what boots in it besides our kernel, 62 MB: a kernel with DRM, a shell, U-Boot
#              vmlinuz  modules/*.ko  busybox  u-boot.bin  fetched
set -eu

what=$1
folder=$2
if [ -e "$folder/fetched" ] && [ "$folder/fetched" -nt "$0" ]; then exit 0; fi
mkdir -p "$folder"
cd "$folder"
rm -rf fetched missing apt
here=$PWD

give_up() {
    echo "$1" >missing
    echo "nested: $1" >&2
    exit 2
}

for program in apt-get apt-cache dpkg-deb; do
    command -v $program >/dev/null ||
        give_up "$program is not here: Debian's kernel for arm64 cannot be fetched on this system"
done

mkdir -p apt/lists/partial apt/cache/archives/partial apt/unpacked
: >apt/status
# The archive of this system, if it is Debian's; else Debian's own, unverified: its keys are not here.
if ! grep -qs '^ID=debian' /etc/os-release; then
    echo 'deb [trusted=yes] http://deb.debian.org/debian bookworm main' >apt/sources.list
    sources="-o Dir::Etc::sourcelist=$here/apt/sources.list -o Dir::Etc::sourceparts=-"
fi
options="-q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o Dir::State=$here/apt
    -o Dir::State::lists=$here/apt/lists -o Dir::State::status=$here/apt/status
    -o Dir::Cache=$here/apt/cache -o Acquire::Languages=none -o APT::Sandbox::User=$(id -un)
    -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o APT::Update::Error-Mode=any ${sources:-}"

apt-get $options update >apt/log 2>&1 || give_up "Debian's archive cannot be reached: $here/apt/log"

modules='virtio virtio_ring virtio_mmio virtio_console virtio_pci virtio_pci_modern_dev
    virtio_pci_legacy_dev virtio-rng'
case $what in
host)
    image=linux-image-cloud-arm64
    packages='libfdt-dev libpng-dev zlib1g-dev' ;;
guests)
    image=linux-image-arm64
    packages='busybox-static u-boot-qemu'
    modules="$modules drm drm_kms_helper drm_shmem_helper virtio_dma_buf virtio-gpu" ;;
esac

# The kernel's package has its version in its name, which moves with each update.
kernel=$(apt-cache $options depends $image 2>>apt/log |
    sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$kernel" ] || give_up "the archive has no $image: $here/apt/log"
(cd apt && apt-get $options download "$kernel" $packages >>log 2>&1) ||
    give_up "the packages cannot be fetched: $here/apt/log"

for package in apt/*.deb; do dpkg-deb --extract "$package" apt/unpacked; done
mkdir -p modules
cp apt/unpacked/boot/vmlinuz-* vmlinuz
for module in $modules; do
    find apt/unpacked -path '*/lib/modules/*' -name "$module.ko*" -exec cp '{}' modules/ ';'
done
# From Debian 13 on they are compressed, and all that was in /bin and /lib is in /usr.
for module in modules/*.xz; do
    [ ! -e "$module" ] || xz -df "$module" || give_up "xz cannot unpack Debian's modules"
done
case $what in
host)
    mkdir -p lib
    find apt/unpacked/usr/lib -name 'lib*.a' -exec cp '{}' lib/ ';'
    cp -R apt/unpacked/usr/include .
    cp -R include/aarch64-linux-gnu/. include/ 2>/dev/null || true ;;
guests)
    find apt/unpacked -path '*/bin/busybox' -exec cp '{}' . ';'
    cp apt/unpacked/usr/lib/u-boot/qemu_arm64/u-boot.bin . ;;
esac
rm -rf apt
echo "$kernel" >fetched
