#!/bin/sh
# The header's own example of a driver, with QEMU's entropy device.
set -u
. "$(dirname "$0")/../world/own.sh"
own qtest tests/qtest/own/entropy.c tests/qtest/machines.c tests/qtest/qemu.c
