#!/bin/sh
# Driver and devices on a CPU whose numbers have their first byte last.
. "$(dirname "$0")/cpus.sh"
on big-endian powerpc64-linux-gnu-gcc qemu-ppc64
finish
