# MNIST Digit Classification - `make help` lists what can be made.
#
# Every flavour (release, debug, asan, tsan) has a folder of its own, build/<flavour>/, so switching never needs
# clean: `make FLAVOUR=debug`. Source lists are wildcards: a new file in a known folder is built at once. CFLAGS,
# LDFLAGS and CC of the user are added to ours. The set-up (system packages, data, .venv) is in .make/.

FLAVOUR ?= release
BUILD := build/$(FLAVOUR)
FLAVOURS := release debug asan tsan
BITS_FLAVOURS := clang aarch64 static # of tests/bits alone, which needs no library
LINT_FLAVOURS := lint-gcc lint-clang
$(if $(filter $(FLAVOUR),$(FLAVOURS) $(BITS_FLAVOURS) $(LINT_FLAVOURS)),,$(error FLAVOUR is one of $(FLAVOURS), not "$(FLAVOUR)"))

# ---- flags -------------------------------------------------------------------------------------------------------

optimise_release := -O2 -g
optimise_debug := -O0 -g3
$(foreach f,$(BITS_FLAVOURS),$(eval optimise_$f := -O2 -DWITHOUT_OPENBLAS))
optimise_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
optimise_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
ifeq ($(FLAVOUR),clang)
CC := clang
else ifeq ($(FLAVOUR),aarch64)
CC := aarch64-linux-gnu-gcc
endif
$(foreach f,$(LINT_FLAVOURS),$(eval optimise_$f := -O2 -Wvla -Werror))
sanitize := $(filter -fsanitize=%,$(optimise_$(FLAVOUR)))

# No errno from sqrt: with it a loop is not made vectors of (Adam's). What comes out is the same.
warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
flags := -std=c11 -D_GNU_SOURCE -ffp-contract=off -fno-math-errno -pthread $(optimise_$(FLAVOUR)) $(warnings) -I.

# Only files whose names end so get machine flags; everything else runs on any x86-64. On other machines they are empty.
machine := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
x86_64 := $(filter x86_64 amd64,$(machine))
flags_avx2 := -mavx2 -mfma
flags_avx512 := -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl
machine_flags = $(if $(x86_64),$(if $(filter %_avx2.c,$<),$(flags_avx2))$(if $(filter %_avx512.c,$<),$(flags_avx512)))

# The native engine's kernels are compiled once for each instruction set of this kind of machine, into
# X_kernels.avx512.o and so on.
isas := plain $(if $(x86_64),avx2 avx512)$(if $(filter aarch64 arm64,$(machine)),neon)
isa_flags_plain :=
isa_flags_avx2 := $(flags_avx2) -DNATIVE_AVX2
isa_flags_avx512 := $(flags_avx512) -DNATIVE_AVX512
isa_flags_neon := -DNATIVE_NEON
kernel_optimise := $(if $(filter release lint-% $(BITS_FLAVOURS),$(FLAVOUR)),-O3)

# ---- libraries: by pkg-config, else by their usual names -----------------------------------------------------------

PKG_CONFIG ?= pkg-config
package_libs = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null || echo $(2))
packages := libzmq jansson uuid libcrypto openblas libpng libjpeg zlib sqlite3 libedit libdw cmocka
clang_prefix := $(firstword $(shell llvm-config --prefix 2>/dev/null) \
    $(patsubst %/include/clang-c/Index.h,%,$(lastword $(sort $(wildcard /usr/lib/llvm-*/include/clang-c/Index.h))) $(wildcard /usr/include/clang-c/Index.h)))
package_flags := $(if $(clang_prefix),-isystem $(clang_prefix)/include) $(sort $(patsubst -I%,-isystem%,$(foreach p,$(packages),$(shell $(PKG_CONFIG) --cflags-only-I $(p) 2>/dev/null))))

comma := ,
as_needed := $(if $(filter Linux,$(shell uname -s)),-Wl$(comma)--as-needed)
json_libs := $(call package_libs,jansson,-ljansson)
sqlite_libs := $(call package_libs,sqlite3,-lsqlite3)
blas_libs := $(call package_libs,openblas,-lopenblas) $(call package_libs,lapacke,)
edit_libs := $(call package_libs,libedit,-ledit)
crypto_libs := $(call package_libs,libcrypto,-lcrypto)
front_libs := $(call package_libs,libzmq,-lzmq) $(json_libs) $(call package_libs,uuid,-luuid) $(crypto_libs) $(sqlite_libs) -lm
session_libs := $(json_libs) $(crypto_libs) $(blas_libs) $(call package_libs,libpng,-lpng) $(call package_libs,libjpeg,-ljpeg) \
    $(call package_libs,zlib,-lz) $(sqlite_libs) $(call package_libs,libdw,-ldw) -ldl -lm
clang_libs := $(if $(clang_prefix),-L$(clang_prefix)/lib -Wl$(comma)-rpath$(comma)$(clang_prefix)/lib) -lclang $(json_libs)
# Cells of C find mnist.h's functions in the program that loads them.
exports := -Wl,--dynamic-list=mnist/c_cells/exports

# ---- sources and what is made of them ------------------------------------------------------------------------------

mains := kernel/main.c kernel/session/main.c mnist/shell/main.c mnist/c_cells/clang/main.c
sources := $(filter-out $(mains),$(shell find kernel mnist plots -name '*.c'))
# libclang is linked by mnist-clang alone.
clang_sources := $(filter-out %/cell_tokens.c,$(filter mnist/c_cells/clang/%,$(sources)))
# The front process links the language and no more of mnist/ than this.
front_sources := $(filter mnist/language/%,$(sources)) $(filter-out mnist/base/blas.c,$(filter mnist/base/%,$(sources))) \
    mnist/process/process_tree.c mnist/c_cells/clang_client.c
plots_sources := $(filter plots/%,$(sources))
isa_sources := $(filter mnist/nn/native/%_kernels.c,$(sources))
mnist_sources := $(filter-out $(front_sources) $(isa_sources) $(clang_sources),$(filter mnist/%,$(sources)))
kernel_sources := $(filter kernel/%,$(sources))
unit_sources := $(sort $(shell find tests/unit -name 'test_*.c' 2>/dev/null))
unit_shared_sources := $(sort $(shell find tests/unit -name '*.c' ! -name 'test_*.c' 2>/dev/null))
bits_sources := tests/bits/bits.c $(addprefix mnist/base/,errors.c utf8.c canary_buffer.c thread_pool.c rng.c) $(wildcard mnist/data/augment*.c) \
    mnist/data/data_loader.c mnist/data/normalize.c $(filter-out $(isa_sources) mnist/nn/model/model_file% mnist/nn/train/checkpoint% \
    $(addprefix mnist/nn/reference/,engine_openblas.c im2col.c stage_plugin.c) mnist/nn/train/metrics.c,$(filter mnist/nn/%,$(sources)))
bench_sources := $(wildcard tests/bench/bench_*.c)

objects = $(patsubst %.c,$(BUILD)/objects/%.o,$(1))
isa_objects := $(foreach isa,$(isas),$(patsubst %.c,$(BUILD)/objects/%.$(isa).o,$(isa_sources)))
archives := $(addprefix $(BUILD)/,libkernel.a libmnist.a libplots.a libfront.a)
exact_program := build/release/tests/unit/mnist/nn/test_exact_floats
unit_archive := $(BUILD)/libunit.a
unit_programs := $(patsubst %.c,$(BUILD)/%,$(unit_sources))
bench_programs := $(patsubst %.c,$(BUILD)/%,$(bench_sources))

# A program whose main file is not there is left out.
programs := $(if $(wildcard kernel/main.c),$(BUILD)/mnist-kernel) \
    $(if $(wildcard kernel/session/main.c),$(BUILD)/mnist-session) $(if $(wildcard mnist/shell/main.c),$(BUILD)/mnist $(BUILD)/mnist-clang)
links := $(if $(filter release,$(FLAVOUR)),$(patsubst $(BUILD)/%,build/%,$(programs)))

# V=1 shows whole command lines.
quiet := $(if $(V),,@)
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $@)

# ---- building ------------------------------------------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(archives) $(programs) $(links) ## build the programs into build/ (FLAVOUR=debug, asan, tsan for others)

objects: $(call objects,$(plots_sources) $(front_sources) $(mnist_sources) $(kernel_sources) $(wildcard $(mains)) \
    $(unit_sources) $(unit_shared_sources) $(bench_sources)) $(isa_objects)
unit-programs: $(unit_programs)
bench-programs: $(bench_programs)

$(BUILD)/libplots.a: $(call objects,$(plots_sources))
$(BUILD)/libfront.a: $(call objects,$(front_sources))
$(BUILD)/libmnist.a: $(call objects,$(mnist_sources)) $(isa_objects)
$(BUILD)/libkernel.a: $(call objects,$(kernel_sources))
$(unit_archive): $(call objects,$(unit_shared_sources))

# Each archive also depends on its list of members, so that a source file that went away leaves it.
%.a: %.members
	@rm -f $@
	$(call say,AR)
	$(quiet)ar qcs $@ $(filter %.o,$^)

$(BUILD)/libplots.members: members = $(plots_sources)
$(BUILD)/libfront.members: members = $(front_sources)
$(BUILD)/libmnist.members: members = $(mnist_sources) $(isa_sources)
$(BUILD)/libkernel.members: members = $(kernel_sources)
$(BUILD)/libunit.members: members = $(unit_shared_sources)
%.members: FORCE
	@mkdir -p $(@D)
	@echo '$(members)' | cmp -s - $@ || echo '$(members)' >$@

# Objects and programs depend on the very flags they are made with.
compile = $(CC) $(flags) $(package_flags) $(CPPFLAGS) $(CFLAGS)
link = $(CC) -pthread $(sanitize) $(as_needed) $(CFLAGS) $(LDFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(compile) : $(link)' | cmp -s - $@ || { .make/packages --say build || true; echo '$(compile) : $(link)' >$@; }

$(BUILD)/objects/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(quiet)$(compile) $(machine_flags) -MMD -MP -c $< -o $@

define isa_rule
$(BUILD)/objects/%.$(1).o: %.c $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(quiet)$$(compile) $(kernel_optimise) $(isa_flags_$(1)) -MMD -MP -c $$< -o $$@
endef
$(foreach isa,$(isas),$(eval $(call isa_rule,$(isa))))

$(BUILD)/mnist-kernel: $(BUILD)/objects/kernel/main.o $(addprefix $(BUILD)/,libkernel.a libfront.a)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(quiet)$(link) $(filter %.o %.a,$^) $(front_libs) $(LDLIBS) -o $@

$(BUILD)/mnist-session: $(BUILD)/objects/kernel/session/main.o $(archives)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(quiet)$(link) $(exports) $(filter %.o %.a,$^) $(session_libs) $(LDLIBS) -o $@

$(BUILD)/mnist: $(BUILD)/objects/mnist/shell/main.o $(addprefix $(BUILD)/,libmnist.a libplots.a libfront.a)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(quiet)$(link) $(exports) $(filter %.o %.a,$^) $(edit_libs) $(session_libs) $(LDLIBS) -o $@

$(BUILD)/mnist-clang: $(call objects,mnist/c_cells/clang/main.c mnist/c_cells/clang/cell_tokens.c $(clang_sources))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(quiet)$(link) $^ $(clang_libs) $(LDLIBS) -o $@

$(BUILD)/tests/unit/%: $(BUILD)/objects/tests/unit/%.o $(unit_archive) $(archives)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(quiet)$(link) $(filter %.o %.a,$^) $(call package_libs,cmocka,-lcmocka) $(front_libs) $(edit_libs) $(session_libs) $(LDLIBS) -o $@

$(BUILD)/tests/bits/bits: $(call objects,$(bits_sources)) $(isa_objects)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(quiet)$(link) $(if $(filter aarch64 static,$(FLAVOUR)),-static) $^ $(if $(filter release,$(FLAVOUR)),$(BUILD)/libmnist.a $(session_libs)) -lm $(LDLIBS) -o $@

$(BUILD)/tests/bench/%: $(BUILD)/objects/tests/bench/%.o $(archives)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(quiet)$(link) $(filter %.o %.a,$^) $(front_libs) $(session_libs) $(LDLIBS) -o $@

$(links): build/%: build/release/%
	@ln -sf release/$* $@

FORCE:
.PHONY: FORCE all objects unit-programs bench-programs
.SECONDARY:

# ---- set-up, use, install --------------------------------------------------------------------------------------------

export MAKE

lab: ## everything, from a bare clone to JupyterLab on notebooks/ (BROWSER=no PORT=8899 for servers)
	@.make/lab

data: ## fetch MNIST and Fashion-MNIST into data/, every file checked against its SHA-256
	@.make/packages data
	@.make/fetch-data

train: ## train the default recipe without a notebook; the model goes to models/, the plots to plots/
	@.make/packages lab
	@$(MAKE) --no-print-directory FLAVOUR=release all
	@.make/fetch-data mnist
	build/mnist run .make/train.mnist

PREFIX ?= /usr/local
# A path as one word of the shell, whatever characters are in it.
shell_word = '$(subst ','\'',$(1))'
bindir := $(call shell_word,$(DESTDIR)$(PREFIX)/bin)
libexecdir := $(call shell_word,$(DESTDIR)$(PREFIX)/libexec/mnist)
sharedir := $(call shell_word,$(DESTDIR)$(PREFIX)/share/mnist)
kernelspec := $(call shell_word,$(DESTDIR)$(PREFIX)/share/jupyter/kernels/mnist)
mandir := $(call shell_word,$(DESTDIR)$(PREFIX)/share/man/man1)
bash_completion := $(call shell_word,$(DESTDIR)$(PREFIX)/share/bash-completion/completions)
zsh_completion := $(call shell_word,$(DESTDIR)$(PREFIX)/share/zsh/site-functions)
generated := $(mandir)/mnist.1 $(mandir)/mnist-kernel.1 $(bash_completion)/mnist $(zsh_completion)/_mnist

install: all ## install the programs, manual pages, completion and the kernelspec (PREFIX=/usr/local, DESTDIR=)
	install -d $(bindir) $(libexecdir) $(sharedir)/plots $(sharedir)/logos $(sharedir)/include
	install -m 755 $(BUILD)/mnist $(BUILD)/mnist-kernel $(bindir)
	install -m 755 $(BUILD)/mnist-session $(BUILD)/mnist-clang $(libexecdir)
	install -m 644 $(wildcard plots/*.gp) $(sharedir)/plots
	install -m 644 mnist/c_api/include/mnist.h $(sharedir)/include
	install -m 755 .make/fetch-data $(sharedir)
	install -m 644 $(wildcard kernel/logos/*.png kernel/logos/*.svg) $(sharedir)/logos
	$(bindir)/mnist-kernel install --prefix $(call shell_word,$(DESTDIR)$(PREFIX)) $(if $(DESTDIR),--program $(call shell_word,$(PREFIX)/bin/mnist-kernel))
	install -d $(mandir) $(bash_completion) $(zsh_completion)
	$(BUILD)/mnist --generate=man >$(mandir)/mnist.1
	$(BUILD)/mnist --generate=kernel-man >$(mandir)/mnist-kernel.1
	$(BUILD)/mnist --generate=bash >$(bash_completion)/mnist
	$(BUILD)/mnist --generate=zsh >$(zsh_completion)/_mnist
	chmod 644 $(generated)

uninstall: ## remove what install put there, and nothing else
	rm -f $(bindir)/mnist $(bindir)/mnist-kernel $(libexecdir)/mnist-session $(libexecdir)/mnist-clang
	rm -rf $(sharedir)/plots $(sharedir)/logos $(sharedir)/include $(sharedir)/fetch-data $(kernelspec)
	rm -f $(generated)
	-rmdir $(libexecdir) $(sharedir) 2>/dev/null

# ---- tests -------------------------------------------------------------------------------------------------------------

test: ## everything that is tested, from a bare clone; ends with "N passed, N failed"
	@.make/packages test
	@tests/run

unit unit-asan unit-tsan: ## unit tests; with AddressSanitizer and UBSan; threads with ThreadSanitizer (ONLY=word)
	@.make/packages unit
	@tests/run $@

exact: ## our own exp and log against the C library's long doubles, for all 2^32 floats (some minutes)
	@.make/packages unit
	@$(MAKE) --no-print-directory FLAVOUR=release $(exact_program)
	$(exact_program) 1

bits: ## the same bits from gcc, clang, every instruction set, number of threads, and emulated processors
	@.make/packages test
	@tests/run $@

shell: ## the shell program, its prompt on a real terminal (ONLY=word)
	@.make/packages lab
	@tests/run $@

protocol: ## the kernel over real sockets: jupyter_kernel_test and our own (ONLY=word)
	@.make/packages lab
	@tests/run $@

notebooks: ## execute the committed notebooks and compare their outputs
	@.make/packages lab
	@tests/run $@

browser: ## JupyterLab in Chromium
	@.make/packages test
	@tests/run $@

reproduce: ## execute the committed notebooks and report, cell by cell, whether the outputs repeat
	@.make/packages lab
	@$(MAKE) --no-print-directory FLAVOUR=release all
	@.make/fetch-data mnist
	@.make/venv test
	@.make/kernelspec
	@.venv/bin/python tests/notebooks/reproduce.py $(ONLY)

record: ## execute the notebooks and keep the new outputs, to be committed (ONLY=word)
	@.make/packages lab
	@$(MAKE) --no-print-directory FLAVOUR=release all
	@.make/fetch-data
	@.make/venv test
	@.make/kernelspec
	@.venv/bin/python tests/notebooks/reproduce.py --record $(ONLY)

asan: ## build with AddressSanitizer and UBSan into build/asan/
	@$(MAKE) --no-print-directory FLAVOUR=asan all

tsan: ## build with ThreadSanitizer into build/tsan/
	@$(MAKE) --no-print-directory FLAVOUR=tsan all

bench: ## measure beside others in one run: the kernel, ipykernel; networks, PyTorch and ONNX Runtime, if there (ROUNDS=3)
	@.make/packages test
	@.make/fetch-data mnist
	@.make/venv test
	@$(MAKE) --no-print-directory FLAVOUR=release all bench-programs
	@.make/kernelspec
	@set -e; for program in $(bench_programs:$(BUILD)/%=build/release/%); do echo "== $$program"; $$program; done
	@set -e; for script in tests/bench/bench_*.py; do echo "== $$script"; .venv/bin/python $$script; done

# ---- care of the sources -----------------------------------------------------------------------------------------------

c_files = $(sort $(shell find kernel mnist plots tests -name '*.[ch]'))

lint: ## no warning from gcc or clang, the format is right, no banned function
	@.make/packages build lint
	@.make/lint $(c_files)

format: ## put every C file into the format of .clang-format
	@.make/packages lint
	clang-format -i $(c_files)

clean: ## remove build/
	rm -rf build

readme: ## write README's table of commands from the vocabulary of the program
	@$(MAKE) --no-print-directory FLAVOUR=release all
	@build/release/mnist --generate=readme | .make/between-markers README.md vocabulary

help: ## show this list
	@sed -n 's/^\([a-z][a-z -]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | \
	    awk -F'\t' '{ printf "  make %-26s %s\n", $$1, $$2 }'

.PHONY: lab data train install uninstall test unit unit-asan unit-tsan exact bits shell protocol notebooks browser reproduce \
    record asan tsan bench lint format clean readme help

-include $(shell find $(BUILD)/objects -name '*.d' 2>/dev/null)
