#!/bin/sh
# The device on one thread, the driver on another: no data race, says ThreadSanitizer.
. "$(dirname "$0")/../build/tap.sh"

builds() {
    $CC -std=gnu11 -Wall -Wextra -Wshadow -g -O1 -fsanitize=thread -I. -o "$work/threads" \
        tests/host/threads/threads.c examples/vmm/devices/*.c -lpthread
}

runs() {
    said=$(TSAN_OPTIONS='halt_on_error=1 exitcode=66' timeout 100 "$work/threads" 2>&1)
    same fine "$said"
}

check 'driver and device as two threads compile' builds
check 'they talk and draw, without a race' runs
finish
