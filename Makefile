# MNIST Digit Classification - `make help` lists the targets.
#
# Every flavour (release, debug, asan, tsan) has its own folder, build/<flavour>/: `make FLAVOUR=debug`. Source lists
# are found by name: a new file is built at once. The user's CC, CFLAGS and LDFLAGS are added to ours. .make/ holds the
# set-up (system packages, data, .venv) and compile.mk, the rules that compile C.

FLAVOUR ?= release
BUILD := build/$(FLAVOUR)
optimise_release := -O2 -g
optimise_debug := -O0 -g3
optimise_asan := -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
optimise_tsan := -O1 -g1 -fno-omit-frame-pointer -fsanitize=thread
optimise_lint-gcc := -O2 -Wvla -Werror
optimise_lint-clang := -O2 -Wvla -Werror
optimise := $(optimise_$(FLAVOUR))
$(if $(optimise),,$(error FLAVOUR is release, debug, asan or tsan, not "$(FLAVOUR)"))
sanitized := $(filter asan tsan,$(FLAVOUR))
# The kernels are large: with ASan and -O2 they take minutes to compile, and with -g, half as long again.
kernel_optimise_asan := -O1 -fno-sanitize=null,alignment,object-size
kernel_optimise_tsan := -O2
kernel_optimise_debug := -O2
kernel_optimise := $(or $(kernel_optimise_$(FLAVOUR)),-O3 -g1)

# ---- libraries: by pkg-config, else by their usual names -------------------------------------------------------------

PKG_CONFIG ?= pkg-config
package_libs = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null || echo $(2))
packages := libzmq jansson uuid libcrypto openblas libpng libjpeg zlib sqlite3 libedit libdw cmocka
clang_prefix := $(firstword $(shell llvm-config --prefix 2>/dev/null) \
    $(patsubst %/include/clang-c/Index.h,%,$(lastword $(sort $(wildcard /usr/lib/llvm-*/include/clang-c/Index.h)))))
package_flags := $(if $(clang_prefix),-isystem $(clang_prefix)/include) \
    $(sort $(patsubst -I%,-isystem%,$(shell $(PKG_CONFIG) --cflags-only-I $(packages) 2>/dev/null)))
json_libs := $(call package_libs,jansson,-ljansson)
front_libs := $(call package_libs,libzmq uuid libcrypto sqlite3,-lzmq -luuid -lcrypto -lsqlite3) $(json_libs) -lm
session_libs := $(json_libs) $(call package_libs,libcrypto openblas libpng libjpeg zlib sqlite3 libdw,-lcrypto -lopenblas \
    -lpng -ljpeg -lz -lsqlite3 -ldw) $(call package_libs,lapacke,) -ldl -lm
edit_libs := $(call package_libs,libedit,-ledit)
comma := ,
clang_libs := $(if $(clang_prefix),-L$(clang_prefix)/lib -Wl$(comma)-rpath$(comma)$(clang_prefix)/lib) -lclang $(json_libs)
# C cells find the functions of mnist.h in the program that loads them.
exports := -Wl,--dynamic-list=mnist/c_cells/exports
link = $(CC) -pthread $(filter -fsanitize=%,$(optimise)) -Wl,--as-needed $(CFLAGS) $(LDFLAGS)

# ---- sources -----------------------------------------------------------------------------------------------------------

mains := kernel/main.c kernel/session/main.c mnist/shell/main.c mnist/c_cells/clang/main.c
sources := $(filter-out $(mains),$(shell find kernel mnist plots -name '*.c'))
include .make/compile.mk

# libclang is linked by mnist-clang alone.
clang_sources := $(filter-out %/cell_tokens.c,$(filter mnist/c_cells/clang/%,$(sources)))
# The front process links the language and no more of mnist/ than this.
front_sources := $(filter mnist/language/%,$(sources)) $(filter-out mnist/base/blas.c,$(filter mnist/base/%,$(sources))) \
    $(addprefix mnist/process/,process_tree.c spawn_program.c) mnist/c_cells/clang_client.c
plots_sources := $(filter plots/%,$(sources))
kernel_sources := $(filter kernel/%,$(sources))
nn_sources := mnist/base/blas.c $(filter-out $(isa_sources),$(filter mnist/nn/%,$(sources)))
mnist_sources := $(filter-out $(front_sources) $(nn_sources) $(isa_sources) $(clang_sources),$(filter mnist/%,$(sources)))
unit_sources := $(sort $(shell find tests/unit -name 'test_*.c'))
unit_shared_sources := $(sort $(shell find tests/unit -name '*.c' ! -name 'test_*.c'))
bench_sources := $(wildcard tests/bench/bench_*.c)
# A sanitizer's flavour takes the kernels that it does not compile from release.
native := $(BUILD)/libnative.a $(if $(sanitized),build/release/libnative.a)
archives := $(addprefix $(BUILD)/,libkernel.a libmnist.a libnn.a libplots.a libfront.a) $(native)
programs := $(addprefix $(BUILD)/,mnist-kernel mnist-session mnist mnist-clang)
links := $(if $(filter release,$(FLAVOUR)),$(patsubst $(BUILD)/%,build/%,$(programs)))
exact_program := build/release/tests/unit/mnist/nn/engine/test_exact_math_floats
unit_programs := $(patsubst %.c,$(BUILD)/%,$(unit_sources))
# The unit programs that tests/run checks with ThreadSanitizer link only libnn and libfront, so that flavour compiles half the files.
has_word = $(foreach program,$(unit_programs),$(if $(findstring $(1),$(notdir $(program))),$(program)))
threaded := $(sort $(foreach word,pool trainer thread,$(call has_word,$(word))))
# AddressSanitizer checks the kernels in the tests of nn/native, which execute all of them; with release's, the others are 5 times
# as fast.
unchecked := $(if $(filter asan,$(FLAVOUR)),$(filter-out $(BUILD)/tests/unit/mnist/nn/native/%,$(unit_programs)))
bench_programs := $(patsubst %.c,$(BUILD)/%,$(bench_sources))

# ---- programs ----------------------------------------------------------------------------------------------------------

.DEFAULT_GOAL := all
all: $(isa_objects) $(archives) $(programs) $(links) ## build the programs into build/ (FLAVOUR=debug, asan, tsan for others)
objects: $(call objects,$(filter-out $(isa_sources),$(sources)) $(mains) $(unit_sources) $(unit_shared_sources) $(bench_sources)) $(isa_objects)
unit-programs: $(unit_programs)
bench-programs: $(bench_programs)

# An archive also depends on the lists of its sources, so that it drops a file that was removed or moved to another archive.
members := $(sources) : $(isas) : $(front_sources) : $(nn_sources) : $(unit_shared_sources)
archive_members = $(BUILD)/$(1).a: $(3) $(call objects,$(2)) $(BUILD)/members
$(eval $(call archive_members,libplots,$(plots_sources)))
$(eval $(call archive_members,libfront,$(front_sources)))
$(eval $(call archive_members,libmnist,$(mnist_sources)))
$(eval $(call archive_members,libnn,$(nn_sources)))
$(eval $(call archive_members,libnative,,$(isa_objects)))
$(eval $(call archive_members,libkernel,$(kernel_sources)))
$(eval $(call archive_members,libunit,$(unit_shared_sources)))
ifdef sanitized
build/release/libnative.a: FORCE
	@$(MAKE) --no-print-directory FLAVOUR=release $@
endif
$(BUILD)/%.a:
	@rm -f $@
	$(call say,AR)
	$(quiet)ar qcs $@ $(filter %.o,$^)
$(BUILD)/members: FORCE
	@mkdir -p $(@D)
	@echo '$(members)' | cmp -s - $@ || echo '$(members)' >$@

$(BUILD)/mnist-kernel: libraries = $(front_libs)
$(BUILD)/mnist-kernel: $(call objects,kernel/main.c) $(addprefix $(BUILD)/,libkernel.a libfront.a)
$(BUILD)/mnist-session: libraries = $(exports) $(session_libs)
$(BUILD)/mnist-session: $(call objects,kernel/session/main.c) $(archives)
$(BUILD)/mnist: libraries = $(exports) $(edit_libs) $(session_libs)
$(BUILD)/mnist: $(call objects,mnist/shell/main.c) $(filter-out %/libkernel.a,$(archives))
$(BUILD)/mnist-clang: libraries = $(clang_libs)
$(BUILD)/mnist-clang: $(call objects,mnist/c_cells/clang/main.c mnist/c_cells/clang/cell_tokens.c mnist/base/array.c $(clang_sources))
# gold, where it exists, links the many test programs in half the time.
$(unit_programs): linker := $(if $(shell command -v ld.gold),-fuse-ld=gold)
$(unit_programs): libraries = $(call package_libs,cmocka,-lcmocka) $(front_libs) $(edit_libs) $(session_libs)
$(unit_programs): $(BUILD)/%: $(BUILD)/objects/%.o $(BUILD)/libunit.a
$(filter-out $(threaded),$(unit_programs)): $(filter-out $(native),$(archives))
$(threaded): $(addprefix $(BUILD)/,libnn.a libfront.a)
$(filter-out $(unchecked),$(unit_programs)): $(native)
$(unchecked): build/release/libnative.a
$(bench_programs): libraries = $(front_libs) $(session_libs)
$(bench_programs): $(BUILD)/%: $(BUILD)/objects/%.o $(archives)
$(programs) $(unit_programs) $(bench_programs):
	@mkdir -p $(@D)
	$(call say,LINK)
	$(quiet)$(link) $(linker) $(filter %.o %.a,$^) $(libraries) $(LDLIBS) -o $@
$(links): build/%: build/release/%
	@ln -sf release/$* $@

# ---- set-up, use, install ----------------------------------------------------------------------------------------------

export MAKE

lab: ## everything, from a bare clone to JupyterLab on notebooks/ (BROWSER=no PORT=8899 for servers)
	@.make/lab

data: ## fetch MNIST and Fashion-MNIST into data/, every file checked against its SHA-256
	@.make/packages data
	@.make/fetch-data

train: ## train the default network without a notebook; saves the model and its plots
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

test: ## run all tests, from a bare clone; ends with "N passed, N failed"
	@.make/packages data
	@tests/run

setup unit unit-asan unit-tsan bits shell protocol notebooks browser: ## run one suite (ONLY=word selects tests by name)
	@.make/packages data
	@tests/run $@

exact: ## compare our exp and log with the C library's long doubles, for all 2^32 floats (some minutes)
	@.make/packages unit
	@$(MAKE) --no-print-directory FLAVOUR=release $(exact_program)
	$(exact_program) 1

define ready
@.make/packages $(1)
@$(MAKE) --no-print-directory FLAVOUR=release all bench-programs
@.make/fetch-data
@.make/venv test
@.make/kernelspec
endef

reproduce: ## execute the committed notebooks and report, cell by cell, whether the outputs repeat (ONLY=word)
	$(call ready,lab)
	@.venv/bin/python tests/notebooks/reproduce.py $(ONLY)

record: ## execute the notebooks and keep the new outputs, to be committed (ONLY=word)
	$(call ready,lab)
	@.venv/bin/python tests/notebooks/reproduce.py --record $(ONLY)

bench: ## measure the kernel and the networks beside ipykernel, PyTorch and ONNX Runtime where installed (ROUNDS=3)
	$(call ready,test)
	@set -e; for program in $(bench_programs:$(BUILD)/%=build/release/%); do echo "== $$program"; $$program; done
	@set -e; for script in tests/bench/bench_*.py; do echo "== $$script"; .venv/bin/python $$script; done

# ---- care of the sources -----------------------------------------------------------------------------------------------

c_files = $(sort $(shell find kernel mnist plots tests -name '*.[ch]'))

lint: ## check warnings of gcc and clang, format, line lengths, names in comments, folders, banned functions
	@.make/packages build lint
	@.make/lint $(c_files)

format: ## put every C file into the format of .clang-format
	@.make/packages lint
	clang-format -i $(c_files)

clean: ## remove build/
	rm -rf build

reference: ## write the table of commands in mnist/language/REFERENCE.md from the program's vocabulary
	@$(MAKE) --no-print-directory FLAVOUR=release all
	@build/release/mnist --generate=reference | .make/between-markers mnist/language/REFERENCE.md vocabulary

help: ## show this list
	@sed -n 's/^\([a-z][a-z -]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | \
	    awk -F'\t' '{ if (length($$1) > 14) printf "  make %s\n%22s%s\n", $$1, "", $$2; else printf "  make %-14s %s\n", $$1, $$2 }'

.PHONY: all objects unit-programs bench-programs lab data train install uninstall test setup unit unit-asan unit-tsan bits shell \
    protocol notebooks browser exact reproduce record bench lint format clean reference help
