# Tests and figures, included by the Makefile. A test is a program tests/*/test_*.c, under the
# sanitizers, or a script tests/*/test_*.sh; all of them speak TAP.

FOLDERS = host qtest boot vmm build spec mutants fuzz
SAN     = -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
TLIBS   = $(call PKG,libs,cmocka libpng x11,-lcmocka -lpng) $(BREW_L) -lfdt -lpthread -ldl
$(eval $(call HOST_OBJECT,san,c,$(SAN) -DTREE='"$(CURDIR)"'))

# Sources from outside a folder that its programs are linked with, and what its scripts need built.
WITH_qtest := $(wildcard tests/world/*.c tests/liar/*.c)
WITH_vmm   := tests/world/tap.c $(wildcard examples/vmm/host/*.c) $(DEVICES) \
              $(addprefix examples/vmm/,machine.c loader.c tree.c)
WITH_host  := $(WITH_qtest) $(DEVICES)
WITH_fuzz  := tests/world/tap.c $(DEVICES)
SPEAKERS = $(OUT)/tests/spec/rules $(patsubst %.c,$(OUT)/%,$(wildcard tests/host/test_lint_*.c))
NEED = $(if $(filter boot vmm build,$(1)),all $(OUT)/vmm-qemu $(OUT)/watch.so \
       $(OUT)/nested/guests/fetched)$(if $(filter spec,$(1)),$(SPEAKERS))

define FOLDER
WITH_$(1)  += $$(filter-out tests/$(1)/test_%,$$(wildcard tests/$(1)/*.c))
PROGS_$(1) := $$(patsubst %.c,$$(OUT)/%,$$(wildcard tests/$(1)/test_*.c))
TESTS_$(1) := $$(PROGS_$(1)) $$(wildcard tests/$(1)/test_*.sh)
$$(PROGS_$(1)): $$(OUT)/%: $$(OUT)/san/%.o $$(patsubst %.c,$$(OUT)/san/%.o,$$(WITH_$(1)))
	@mkdir -p $$(dir $$@)
	$$(call Q,LD)$$(CC) $$(SAN) $$^ -o $$@ $$(TLIBS)
test-$(1): $$(PROGS_$(1)) $(NEED)
	@$$(PROVE) $$(TESTS_$(1))
endef
$(foreach folder,$(FOLDERS),$(eval $(call FOLDER,$(folder))))

# On a Mac: Homebrew's LLVM, which knows all the CPUs, and the timeout that is missing there.
TOOLS   = $(if $(MAC),PATH="$(BREW)/opt/llvm/bin:$$PATH:$(CURDIR)/tests/build/without") \
          OUT='$(OUT)' CC='$(CC)' LLD='$(LLD)' KCC="$(call KCC,aarch64)"
PROVE   = $(TOOLS) PERL5LIB=tests prove --harness Tally -j $(JOBS)

## make test            all tests; test-host, test-qtest, test-boot, test-vmm, test-build: parts;
##                      test-build-full: the header for every target in every way (minutes)
test: $(foreach folder,$(FOLDERS),$(PROGS_$(folder)) $(call NEED,$(folder)))
	@$(PROVE) $(foreach folder,$(FOLDERS),$(TESTS_$(folder)))
test-build-full:
	@FULL=1 $(PROVE) tests/build/test_compile.sh

$(OUT)/watch.so: tests/build/plugin/watch.c FORCE
	@CC='$(CC)' tests/build/plugin/build.sh $@

$(OUT)/tests/spec/rules: $(patsubst %.c,$(OUT)/san/%.o,tests/spec/rules.c $(DEVICES))
	@mkdir -p $(dir $@)
	$(call Q,LD)$(CC) $(SAN) $^ -o $@
## make lint-table      the duties of a driver, one a line: what lint asks, and who made it speak
lint-table: $(SPEAKERS)
	@$(TOOLS) tests/spec/table.sh
## make break           exercises: our driver with a mistake; ID=SPLIT-16 boots one, ANSWER=1 tells
break:
	@OUT='$(OUT)' CC='$(CC)' ID='$(ID)' ANSWER='$(ANSWER)' tests/mutants/break.sh

# Guests that nobody here wrote; where they cannot be had, their tests are skipped.
$(OUT)/nested/guests/fetched: tests/vmm/nested/fetch.sh | $(OUT)/nested/ready
	@[ ! -e $(OUT)/nested/ready ] || tests/vmm/nested/fetch.sh guests $(@D) || true
## make test-linux-guest
##                      Debian's Linux and U-Boot on vmm-kvm, and what lint says of them (a minute)
test-linux-guest: $(OUT)/nested/guests/fetched
	@TABLE=1 $(PROVE) tests/vmm/test_linux.sh tests/vmm/test_uboot.sh

## make fuzz            hostile guests against the devices for MINUTES=30, on both cores
fuzz:
	@$(TOOLS) JOBS='$(JOBS)' MINUTES='$(MINUTES)' KEEP='$(KEEP)' tests/fuzz/fuzz.sh

## make bench           what the driver costs: doorbells, registers, instructions; what vmm-kvm does
bench: all $(OUT)/watch.so
	@$(TOOLS) tests/build/bench.sh
	@$(TOOLS) tests/vmm/bench_kvm.sh
## make size            bytes of images, driver and memory, lines of the header
size: $(KDIR)/kernel.img
	@$(TOOLS) tests/build/size.sh

.PHONY: lint-table break fuzz bench size test test-build-full test-linux-guest \
        $(patsubst %,test-%,$(FOLDERS))
