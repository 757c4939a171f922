#!/bin/sh
# The header's own example of a driver, with our entropy device.
set -u
. "$(dirname "$0")/../world/own.sh"
own host tests/host/own/entropy.c tests/host/ours.c examples/vmm/devices/*.c examples/vmm/lint/*.c
