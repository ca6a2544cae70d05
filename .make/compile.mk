# compile.mk - compiles C files into BUILD/objects/; the Makefile and tests/bits/Makefile include it.
#
# Set before the include: BUILD (a folder), CC, optimise (flags), kernel_optimise (more flags, for the engine's kernels),
# package_flags (include folders), sources (every C file); FLAVOUR, if it is a sanitizer's.

warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
# -fno-math-errno: sqrt sets no errno, so gcc vectorises loops that contain it. The results are the same.
flags := -std=c11 -D_GNU_SOURCE -ffp-contract=off -fno-math-errno -pthread $(optimise) $(warnings) -I.
# ccache is used where it is installed; the flavours and clones of one machine share its objects.
ccache := $(if $(findstring ccache,$(CC)),,$(shell command -v ccache))
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
compile = $(CC) $(flags) $(package_flags) $(CPPFLAGS) $(CFLAGS)

# Machine flags apply only to files named *_avx2.c and *_avx512.c and to the kernels; all other code runs on any
# processor of its kind. On other machines than x86-64 they are empty.
machine := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
x86_64 := $(filter x86_64 amd64,$(machine))
flags_avx2 := -mavx2 -mfma
flags_avx512 := -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl
machine_flags = $(if $(x86_64),$(if $(filter %_avx2.c,$<),$(flags_avx2))$(if $(filter %_avx512.c,$<),$(flags_avx512)))

# Each *_kernels.c of the native engine is compiled once per instruction set: conv_direct_kernels.avx2.o, ...
isas := plain $(if $(x86_64),avx2 avx512)$(if $(filter aarch64 arm64,$(machine)),neon)
# Of the sanitizers' flavours, asan compiles the kernels for the instruction sets of this processor, tsan for the best of them.
runnable := $(filter-out $(if $(shell grep -m 1 -w avx512vl /proc/cpuinfo),,avx512),$(isas))
isas := $(if $(filter asan,$(FLAVOUR)),$(runnable),$(if $(filter tsan,$(FLAVOUR)),$(lastword $(runnable)),$(isas)))
isa_flags_plain :=
isa_flags_avx2 := $(flags_avx2) -DNATIVE_AVX2
isa_flags_avx512 := $(flags_avx512) -DNATIVE_AVX512
isa_flags_neon := -DNATIVE_NEON
isa_sources := $(filter mnist/nn/native/%_kernels.c,$(sources))
isa_objects := $(foreach isa,$(isas),$(patsubst %.c,$(BUILD)/objects/%.$(isa).o,$(isa_sources)))
objects = $(patsubst %.c,$(BUILD)/objects/%.o,$(1))

# V=1 shows whole command lines.
quiet := $(if $(V),,@)
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $@)

# Objects and programs depend on the flags they were made with.
all_flags = $(compile) : $(kernel_optimise) : $(link)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(all_flags)' | cmp -s - $@ || { .make/packages --say build || true; echo '$(all_flags)' >$@; }

$(BUILD)/objects/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(quiet)$(ccache) $(compile) $(machine_flags) -MMD -MP -c $< -o $@

define isa_rule
$(BUILD)/objects/%.$(1).o: %.c $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(quiet)$$(ccache) $$(compile) $(kernel_optimise) $(isa_flags_$(1)) -MMD -MP -c $$< -o $$@
endef
$(foreach isa,$(isas),$(eval $(call isa_rule,$(isa))))

FORCE:
.PHONY: FORCE
.SECONDARY:
.DELETE_ON_ERROR:
.SUFFIXES:
-include $(shell find $(BUILD)/objects -name '*.d' 2>/dev/null)
