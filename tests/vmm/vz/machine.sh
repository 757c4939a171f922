#!/bin/sh
# machine.sh KERNEL [words]: the machine in the stand-in for Virtualization.framework: our own, with
# Apple's habits (--machine vz), on Unicorn (../hvf). VIEW: the file that is the view's picture.
case " $* " in
*' --size '*) set -- "$@" ${VIEW:+--screenshot "$VIEW"} ;;
esac
exec "$(dirname "$0")/../hvf/hvf.sh" "$@" --machine vz --lint=fatal
