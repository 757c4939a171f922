#!/bin/sh
# main_vz.m and vz_run.c pass the type check for arm64 Macs, macOS 13, under ARC and all warnings,
# with declarations of our own in place of the SDK (vz/include, vz/darwin). Damaged copies do not:
# each is refused for what was damaged.
. "$(dirname "$0")/../build/tap.sh"

have clang || { echo '1..0 # SKIP no clang, which knows Objective-C'; exit 0; }
types() { # FILE
    case $1 in *.m) way='-fobjc-arc -Wno-unused-parameter -Wundeclared-selector' ;; *) way=-std=gnu11 ;; esac
    clang -target arm64-apple-macos13 -fsyntax-only -nostdlibinc -isystem tests/vmm/vz/darwin \
        -isystem tests/vmm/vz/include -Iexamples/vmm -Werror -Wall -Wextra -Wpedantic -Wshadow -Wundef \
        -Wconversion -Wsign-conversion -Wnullable-to-nonnull-conversion $way "$1" 2>&1
}
check 'main_vz.m'                   types examples/vmm/main_vz.m
check 'vz_run.c'                    types examples/vmm/vz_run.c
check 'fewer than 300 lines'        test "$(wc -l <examples/vmm/main_vz.m)" -lt 300
check 'no word of it is conditional'   fails grep -n '^ *#.*if' examples/vmm/main_vz.m \
    examples/vmm/vz_run.c

refused() { # EDIT DIAGNOSTIC
    sed -e "$1" examples/vmm/main_vz.m >"$work/main_vz.m"
    fails cmp -s "$work/main_vz.m" examples/vmm/main_vz.m || { echo 'nothing was edited'; return 1; }
    fails types "$work/main_vz.m" >"$work/types" && grep -e "$2" "$work/types" && return
    cat "$work/types"
    return 1
}
check 'a misspelt method' \
    refused 's/initWithKernelURL:/initWithKernelUrl:/' 'no visible @interface'
check 'a text for a place' \
    refused 's/initWithKernelURL:file(o.kernel)/initWithKernelURL:words/' 'incompatible pointer types'
check 'bytes for a text' \
    refused 's/loader.commandLine = words/loader.commandLine = o.append/' 'incompatible pointer types'
check 'a misspelt property' \
    refused 's/c.CPUCount/c.cpuCount/' "property 'cpuCount' not found"
check 'an object of another class' \
    refused 's/c.platform = .*/c.platform = loader;/' 'incompatible pointer types'
check 'another class in an array' \
    refused 's/setGraphicsDevices:@\[ gpu/setGraphicsDevices:@[ c/' 'not compatible with array element'
check 'one that is no array' \
    refused 's/setSerialPorts:@\[ console \]/setSerialPorts:console/' 'incompatible pointer types'
check 'a scanout without its height' \
    refused 's/heightInPixels:(NSInteger)o.height/height:1/' 'no visible @interface'
check 'a sign that is lost' \
    refused 's/(NSInteger)o.width/o.memory/' 'changes signedness'
check 'a device that is abstract' \
    refused 's/VZVirtioEntropyDevice/VZEntropyDevice/' "'init' is unavailable"
check 'a class of macOS 14' \
    refused 's/VZUSBKeyboardConf/VZMacKeyboardConf/' 'only available on macOS 14'
check 'a property of macOS 14, unguarded' \
    refused 's/if (@available.*/if (1)/' 'only available on macOS 14'
check 'nil for an object' \
    refused 's/initWithConfiguration:c/initWithConfiguration:nil/' 'null passed to a callee'
check 'an error that is not passed by its place' \
    refused 's/validateWithError:&error/validateWithError:error/' 'disallowed with ARC'
check 'a method of the delegate, misspelt' \
    refused 's/guestDidStopVirtualMachine:(/guestDidStop:(/' "'guestDidStopVirtualMachine:' .*not implemented"
check '... and of the application' \
    refused 's/applicationShouldTerminate:(/applicationShouldEnd:(/' "'applicationShouldTerminate:' .*not implemented"
check '... with another answer' \
    refused 's/^- (BOOL)applicationShould/- (NSString *)applicationShould/' 'conflicting return type'
check 'a delegate that cannot be one' \
    refused 's/ machine.delegate = keeper/ machine.delegate = machine/' 'incompatible type'
check 'a block with another argument' \
    refused 's/\^(NSError \*error)/^(int error)/' 'incompatible block pointer'
check 'an action that nobody has' \
    refused 's/selector(terminate:)/selector(terminat:)/' 'undeclared selector'
check 'a style that is none' \
    refused 's/NSWindowStyleMaskResizable/NSWindowStyleMaskResizeable/' 'undeclared identifier'
check 'a reference counted by hand' \
    refused 's/\[window center\]/[window retain]/' 'no visible @interface\|ARC forbids'
finish
