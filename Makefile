# virtio_bare: build, run, test. `make help` lists what can be asked for.
# GNU make 3.81 and BSD tools suffice; no recursion; everything made lies under $(OUT).
# How the tests are built and run stands in tests/tests.mk.

OUT     = out
ARCH    = aarch64
VMM     = $(strip $(if $(filter lint,$(MAKECMDGOALS)),$(if $(MAC),hvf,kvm),\
          $(if $(MAC),$(if $(filter-out aarch64,$(ARCH))$(call LACKS,vz),qemu,vz),qemu)))
OPT     = -O2
JOBS    = 2
KERNEL  = $(KDIR)/kernel.img
HOST   := $(subst arm64,aarch64,$(shell uname -m))
MAC    := $(filter Darwin,$(shell uname))
MACOS  := $(if $(MAC),$(shell sw_vers -productVersion))
ARGS    =
APPEND  =
Q       = $(if $(V),,@echo "  $(1)" $(or $(2),$@);)
WARN    = -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion -Wsign-conversion
ARCHES := $(patsubst examples/kernel/%/link.ld,%,$(wildcard examples/kernel/*/link.ld))

# ---- What works here ------------------------------------------------------------------------
# Stand-ins say so: for an arm64 host with KVM (Linux in QEMU), for Apple's frameworks. On a Mac
# nobody but Apple sees the pixels in vmm-vz's window. LACKS: what a VMM needs and this Mac has not;
# where that is so QEMU is the default, and says why.
LACKS   = $(strip $(if $(filter kvm,$(1)),Linux and this is macOS,$(if $(filter hvf vz,$(1)),\
          $(if $(filter aarch64,$(HOST)),\
          $(if $(filter vz10 vz11 vz12,$(1)$(firstword $(subst ., ,$(MACOS)))),\
          macOS 13 or later and this is $(MACOS)),Apple silicon and this is $(HOST)))))
FOREIGN = $(if $(filter kvm,$(VMM)),$(filter-out $(HOST),$(ARCH)))
STANDIN = $(if $(FOREIGN),tests/vmm/nested/nested.sh,$(if $(MAC)$(filter-out hvf vz,$(VMM)),,\
          tests/vmm/$(VMM)/$(VMM).sh))
LAUNCH  = $(if $(STANDIN),OUT='$(OUT)' CC='$(CC)' $(STANDIN),$(OUT)/vmm-$(VMM))
PICTURE = $(if $(filter Darwinvz,$(MAC)$(VMM)),,--screenshot $(OUT)/screen.png)
BECAUSE = $(if $(filter Darwin-file-qemu-aarch64,$(MAC)-$(origin VMM)-$(VMM)-$(ARCH)),\
          echo 'QEMU boots it: Virtualization.framework needs $(call LACKS,vz).';)\
          $(if $(FOREIGN),echo 'This host is $(HOST): KVM runs in an arm64 machine that QEMU emulates.';)
$(if $(filter $(ARCH),$(ARCHES)),,\
    $(error ARCH=$(ARCH) is not there: the kernel runs on ARCH=$(subst $() ,|,$(ARCHES))))
$(if $(filter $(VMM),qemu kvm hvf vz),,$(error VMM=$(VMM) is not there: use qemu, kvm, hvf or vz))
$(if $(MAC),$(if $(call LACKS,$(VMM)),$(error VMM=$(VMM) needs $(call LACKS,$(VMM)): use VMM=qemu)))
$(if $(filter-out aarch64,$(FOREIGN)),\
    $(error VMM=kvm ARCH=$(ARCH) needs a host of that kind, and this is $(HOST): use VMM=qemu))

# ---- Tools: clang and ld.lld, or CC=gcc for both sides ---------------------------------------
CC     := $(if $(filter default,$(origin CC)),clang,$(CC))
LLD     = ld.lld
ifdef MAC
# The launchers are compiled by Apple's clang, the kernel by that of the LLVM that Homebrew's lld
# brings along: it knows all the CPUs. Without it Apple's must do, which has no riscv64.
BREW   := $(shell brew --prefix 2>/dev/null || echo /opt/homebrew)
export PATH := $(PATH):$(BREW)/opt/llvm/bin:$(BREW)/opt/lld/bin
KCC     = $$(command -v $(BREW)/opt/llvm/bin/clang || echo clang) --target=$(1)-none-elf
BREW_I  = -I$(BREW)/include
BREW_L  = -L$(BREW)/lib
else ifneq ($(findstring gcc,$(CC)),)
KCC     = $(if $(filter $(1),$(HOST)),gcc,$(subst _,-,$(1))-linux-gnu-gcc)
else
KCC     = $(CC) --target=$(1)-none-elf
endif
PKG     = $$(pkg-config --$(1) $(2) 2>/dev/null || echo $(3))

# ---- The kernel: objects that run at any address, then what boots and an ELF for debuggers ----
KDIR    = $(OUT)/$(ARCH)
KFLAGS  = $(KDEFS) -std=c99 $(OPT) $(WARN) -I. -Iexamples/kernel -ffreestanding -fpie \
          -fvisibility=hidden -fno-stack-protector -fno-asynchronous-unwind-tables \
          -ffunction-sections -fdata-sections -g $(if $(LTO),-flto)
# picture.c may use vector registers. Not on x86_64: a KVM that emulates instructions knows few of SSE.
KWIDE   = -O2 $(if $(filter x86_64,$(1)),$(PLAIN_x86_64))
PLAIN_aarch64 = -mgeneral-regs-only -mstrict-align
PLAIN_x86_64  = -mgeneral-regs-only -mno-red-zone
PLAIN_riscv64 = -mno-relax
EVERY_riscv64 = -march=rv64imafdc -mabi=lp64 -mcmodel=medany
KLINK   = $(LLD) -pie --no-dynamic-linker -z norelro --gc-sections -T examples/kernel/$(1)/link.ld
IMAGE   = $(if $(filter x86_64,$(1)),--strip-all,--oformat binary)

# ---- Host programs: the launchers ------------------------------------------------------------
HFLAGS  = -std=gnu11 $(WARN) -I. $(call PKG,cflags,libpng,) $(call PKG,cflags,sdl2,-DNO_SDL) \
          $(BREW_I)
VMM_qemu= $(wildcard examples/vmm/host/*.c examples/vmm/qemu_*.c) examples/vmm/main_qemu.c
DEVICES = $(wildcard examples/vmm/devices/*.c examples/vmm/lint/*.c)
VMM_own = $(wildcard examples/vmm/host/*.c) $(DEVICES) \
          $(addprefix examples/vmm/,machine.c loader.c tree.c run.c trace.c)
VMM_kvm = $(VMM_own) examples/vmm/main_kvm.c examples/vmm/kvm_$(HOST).c
VMM_hvf = $(VMM_own) examples/vmm/main_hvf.c examples/vmm/hvf_exits.c
VMM_vz  = examples/vmm/main_vz.m examples/vmm/vz_run.c $(patsubst %,examples/vmm/host/%.c,\
          clock file image options process stream talk terminal)
KVM     = $(if $(FIRST)$(wildcard /usr/include/libfdt.h),$(if $(MAC),,\
          $(if $(wildcard examples/vmm/kvm_$(HOST).c),$(OUT)/vmm-kvm)))
LIBS_qemu = $(call PKG,libs,libpng,-lpng) -lpthread -ldl
LIBS_kvm  = $(LIBS_qemu) $(BREW_L) -lfdt
LIBS_hvf  = $(LIBS_kvm) -framework Hypervisor
LIBS_vz   = -fobjc-arc -framework Virtualization -framework AppKit -framework Foundation
SIGN    = codesign --sign - --force --entitlements examples/vmm/vmm_$(1).entitlements $$@

# `make deps run` on a fresh machine: nothing is built before deps has installed the compiler.
FIRST  := $(filter deps,$(MAKECMDGOALS))

## make                 build the kernel and the launcher
all: $(foreach cpu,$(if $(filter clang%,$(CC)),$(ARCHES),$(ARCH)),\
       $(OUT)/$(cpu)/kernel.img $(OUT)/$(cpu)/kernel.elf) $(OUT)/vmm-$(if $(MAC),$(VMM),qemu) $(KVM)

# A change of tools or flags rebuilds what they made: objects depend on files that hold them.
$(OUT)/flags.host:   WORDS = $(CC) $(subst ','',$(HFLAGS) $(SAN))
$(OUT)/flags.%: FORCE | $(FIRST)
	@mkdir -p $(OUT)
	@echo '$(WORDS)' | cmp -s - $@ || echo '$(WORDS)' > $@

define KERNEL_FOR
OBJS_$(1) := $$(patsubst examples/kernel/%,$(OUT)/$(1)/obj/%.o,\
             $$(wildcard examples/kernel/*.c examples/kernel/$(1)/*.c examples/kernel/$(1)/*.S))
$(OUT)/flags.$(1): WORDS = $$(call KCC,$(1)) $(KFLAGS) $(EVERY_$(1)) $(PLAIN_$(1)) $(KWIDE)
$(OUT)/$(1)/obj/%.o: examples/kernel/% $(OUT)/flags.$(1)
	@mkdir -p $$(dir $$@)
	$$(call Q,CC,$$< $(1))$$(call KCC,$(1)) $(KFLAGS) $(EVERY_$(1)) \
	    $$(if $$(filter %/picture.c,$$<),$(KWIDE),$(PLAIN_$(1))) -MMD -MP -c $$< -o $$@
$(OUT)/$(1)/kernel.elf: $$(OBJS_$(1)) examples/kernel/$(1)/link.ld
	$$(call Q,LD)$(KLINK) -o $$@ $$(OBJS_$(1))
$(OUT)/$(1)/kernel.img: $$(OBJS_$(1)) examples/kernel/$(1)/link.ld
	$$(call Q,LD)$(KLINK) $(IMAGE) -o $$@ $$(OBJS_$(1))
endef
$(foreach cpu,$(ARCHES),$(eval $(call KERNEL_FOR,$(cpu))))

define HOST_OBJECT
$(OUT)/$(1)/%.o: %.$(2) $(OUT)/flags.host
	@mkdir -p $$(dir $$@)
	$$(call Q,CC,$$<)$$(CC) $$(HFLAGS) $(3) -MMD -MP -c $$< -o $$@
endef
$(eval $(call HOST_OBJECT,host,c,-g -O2))
$(eval $(call HOST_OBJECT,host,m,-g -O2 -fobjc-arc -Wno-unused-parameter))
define LAUNCHER
$$(OUT)/vmm-$(1): $$(addprefix $$(OUT)/host/,$$(addsuffix .o,$$(basename $$(VMM_$(1)))))
	$$(call Q,LD)$$(CC) $$^ -o $$@ $$(LIBS_$(1))
	$(if $(filter hvf vz,$(1)),$$(call Q,SIGN)$(SIGN))
endef
$(foreach vmm,qemu kvm hvf vz,$(eval $(call LAUNCHER,$(vmm))))

## make run             build and boot; ARCH=aarch64|x86_64|riscv64 VMM=qemu|kvm|hvf|vz KERNEL=FILE
##                      ARGS='options of out/vmm-...' APPEND='words for the kernel'
# What is wrong with somebody's own kernel the launcher says better than make.
OURS    = $(filter file,$(origin KERNEL))$(filter $(OUT)/%,$(KERNEL))
BOOTS   = $(if $(OURS),$(KERNEL)) $(if $(FOREIGN),$(OUT)/nested/ready,$(if $(STANDIN),,$(OUT)/vmm-$(VMM)))
run: $(BOOTS)
	@if [ -t 0 ]; then set -- --append '$(APPEND)'; \
	 else set -- --append '$(strip $(APPEND) exit)' --timeout 120; fi; \
	 $(BECAUSE) set -x; $(LAUNCH) $(KERNEL) "$$@" $(PICTURE) $(ARGS)

## make lint            boot KERNEL=FILE for a minute and name what its virtio drivers break;
##                      ARGS='--lint=fatal --transport mmio --timeout 20' APPEND=
LINTED  = $(strip $(APPEND) $(if $(filter file,$(origin KERNEL)),exit))
lint: $(BOOTS)
	@$(BECAUSE) $(LAUNCH) $(KERNEL) --lint --display none --timeout 60 \
	     --append '$(LINTED)' $(ARGS) </dev/null; case $$? in 0|32|33|124) ;; *) exit 1 ;; esac

$(OUT)/nested/ready: $(wildcard examples/vmm/*.[ch] examples/vmm/*/*.[ch] tests/vmm/nested/*)
	@CC='$(CC)' tests/vmm/nested/build.sh $(OUT)/nested

include tests/tests.mk

## make debug           boot, wait for a debugger, and say what to type there
debug: $(KDIR)/kernel.img $(KDIR)/kernel.elf $(OUT)/vmm-qemu
	@.ci/debug $(ARCH) $(KDIR)/kernel.elf
	$(OUT)/vmm-qemu $(KERNEL) --gdb --append '$(APPEND)' --screenshot $(OUT)/screen.png $(ARGS)

## make doctor          what is missing for which target, and the command that mends it
doctor:
	@CC='$(CC)' .ci/doctor

## make deps            install what running needs; with test beside it (make deps test) the rest
deps:
	@CC='$(CC)' .ci/deps run $(if $(filter test% bench size,$(MAKECMDGOALS)),test run-qemu \
	    run-x86_64 run-riscv64 run-kvm run-nested run-hvf run-standin,run-$(ARCH) run-$(VMM) \
	    $(if $(FOREIGN),run-nested run-qemu,$(if $(STANDIN),run-hvf run-standin)))

## make help            this table; with V=1 every make shows its whole commands
help:
	@sed -n 's/^## //p' Makefile tests/tests.mk

clean:; rm -rf $(OUT)

FORCE:
.PHONY: all run lint debug doctor deps help clean FORCE
.SECONDARY .DELETE_ON_ERROR:
-include $(shell find $(OUT) -type f -name '*.d' 2>/dev/null)
