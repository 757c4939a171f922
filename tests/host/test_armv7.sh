#!/bin/sh
# Driver and devices on a CPU whose pointers have 32 bits.
. "$(dirname "$0")/cpus.sh"
on 32-bits arm-linux-gnueabihf-gcc qemu-arm
finish
