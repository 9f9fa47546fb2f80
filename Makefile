# EM policy gradient tools.  `make help` lists the targets.
VERSION = 0.1.0
CC = gcc
BUILD = build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
comma = ,
Q = $(if $(V),,@)
PREFIX = /usr/local
FUZZ_SECONDS = 30
GPU = 0

DEBS = gcc make pkg-config libjansson-dev libzstd-dev libpcre2-dev libutf8proc-dev \
	libssl-dev libflint-dev libflint-arb-dev libcmocka-dev zstd jq perl time bsdextrautils gnuplot-nox mandoc \
	clang clang-format libomp-dev shellcheck

# `make deps check`: the packages first, then the rest by a make that sees them.
AFTER_DEPS = $(filter-out deps,$(MAKECMDGOALS))
deps: ## install the Debian packages that everything here needs (with sudo)
	$(Q)pipelines/install-debs $(DEBS)
ifneq ($(filter deps,$(MAKECMDGOALS)),)
.PHONY: deps after-deps $(AFTER_DEPS)
after-deps: deps
	+$(Q)$(MAKE) --no-print-directory $(AFTER_DEPS)
$(AFTER_DEPS): after-deps
	@:
else

# Asked once, and only when something is compiled.
once = $(eval $(1) := $$(shell $(2)))$($(1))
PKGS = jansson libzstd libpcre2-8 libutf8proc libcrypto
PKG_CFLAGS = $(call once,PKG_CFLAGS,pkg-config --cflags $(PKGS) cmocka)
PKG_LIBS = $(call once,PKG_LIBS,pkg-config --libs $(PKGS))
TESTLIBS = $(call once,TESTLIBS,pkg-config --libs cmocka)
WARN = -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow=local -Wno-psabi -Wno-unknown-warning-option
OPT = -O2 -g
# Under the thread sanitizer GCC mistakes the sizes in Arb's header.
SANFLAGS = $(if $(filter thread,$(SAN)),-Wno-stringop-overflow -Wno-stringop-overread) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
CPPFLAGS = -I. -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(PKG_CFLAGS)
CFLAGS = -std=c11 $(OPT) $(WARN) $(SANFLAGS) -fopenmp -ffp-contract=off
# FLINT and Arb have no .pc files; only what decides equality links them.
FLINT_LIBS = -Wl,--push-state,--as-needed -lflint-arb -lflint -lgmp -Wl,--pop-state
LDLIBS = $(PKG_LIBS) $(FLINT_LIBS) -lm

# Rooms in link order: a room sees only those to its right.
ROOMS = model rl score text io base
ISAS = portable $(if $(filter x86_64,$(shell uname -m)),avx2 avx512)
FLAGS_portable =
# GCC moves its 64-byte vectors through 16-byte registers unless told.
FLAGS_avx2 := -mavx2 -mfma -mf16c $(shell f=-mmove-max=256; \
	$(CC) $$f -E -x c /dev/null >/dev/null 2>&1 && echo $$f -mstore-max=256)
FLAGS_avx512 = -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512bf16 -mfma -mf16c -mprefer-vector-width=512

# The programs' own sources: not a test, a bench or a fuzz entry.
sources = $(filter-out %_test.c %_bench.c %_fuzz.c $(2),$(wildcard $(1)/*.c))
objs = $(patsubst %.c,$(BUILD)/%.o,$(1))
built = $(patsubst %.c,$(BUILD)/%,$(wildcard $(1)))
LIBS = $(ROOMS:%=$(BUILD)/lib%.a) $(BUILD)/libkernels.a
TOOLS = $(patsubst tools/%.c,$(BUILD)/%,$(wildcard tools/empg-*.c))
# What pipelines call and people don't.
HELPERS = $(BUILD)/gradient-cosine $(BUILD)/random-weights
TESTS = $(call built,lib/*/*_test.c kernels/*_test.c tools/*_test.c)
# With nvcc: the plugin.  Without a GPU: the same source on an emulated one.
NVCC = $(shell command -v nvcc)
CUDA_ARCH = -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 \
	-gencode arch=compute_90,code=compute_90
NVCCFLAGS = -std=c++17 -O3 $(CUDA_ARCH) -Werror all-warnings -Xcompiler -Wall,-Wextra,-fPIC
CUDA_LIB = $(dir $(realpath $(NVCC)))../lib64
CUDA_SOURCES = $(wildcard kernels/cuda/*.cu)
EMULATED = $(patsubst %.cu,$(BUILD)/%.o,$(filter-out %_gpu.cu,$(CUDA_SOURCES)))
PLUGIN = $(if $(SAN),,$(if $(NVCC),$(BUILD)/empg-cuda.so))
DEVICE_TESTS = $(call built,kernels/device_*_test.c lib/model/device_*_test.c)
BENCHES = $(call built,kernels/*_bench.c lib/*/*_bench.c)
FUZZERS = $(call built,lib/*/*_fuzz.c)
SHTESTS = $(wildcard tools/*.t pipelines/*.t)
ISAOBJS = $(foreach i,$(ISAS),$(patsubst %.c,$(BUILD)/%.$(i).o,$(wildcard kernels/cpu/isa/*.c)))
link = $(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $(firstword $(filter %.c,$^)) $(filter %.a,$^) $(LDLIBS)

all: $(TOOLS) $(HELPERS) $(PLUGIN) ## build the programs into build/

$(foreach r,$(ROOMS),$(eval $(BUILD)/lib$(r).a: $(call objs,$(call sources,lib/$(r)))))
$(BUILD)/libkernels.a: $(call objs,$(call sources,kernels) $(wildcard kernels/cpu/*.c)) $(ISAOBJS)
$(BUILD)/libemulated.a: $(call objs,$(wildcard kernels/cuda/*.c)) $(EMULATED)
$(BUILD)/libtools.a: $(call objs,$(call sources,tools,tools/empg-% tools/gradient-% tools/random-%))

$(BUILD)/%.a:
	$(Q)mkdir -p $(@D) && rm -f $@ && ar rcs $@ $^

# The table is part of the object.
$(BUILD)/lib/rl/behaviour.o: lib/rl/behaviours.txt

$(BUILD)/%.o: %.c
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

define isa_rule
$(BUILD)/kernels/cpu/isa/%.$(1).o: kernels/cpu/isa/%.c
	$(Q)mkdir -p $$(@D) && $$(CC) $$(CPPFLAGS) $$(CFLAGS) -O3 -ffp-contract=fast $(FLAGS_$(1)) -DISA=$(1) -DISA_$(1) -MMD -MP -c -o $$@ $$<
endef
$(foreach i,$(ISAS),$(eval $(call isa_rule,$(i))))

$(EMULATED): $(BUILD)/%.o: %.cu
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ -x c $<
$(BUILD)/%.cu.o: %.cu
	$(Q)mkdir -p $(@D) && $(NVCC) -I. -DVERSION='"$(VERSION)"' $(NVCCFLAGS) -MMD -MP -MF $@.d -c -o $@ $<
$(BUILD)/empg-cuda.so: $(CUDA_SOURCES:%=$(BUILD)/%.o)
	$(Q)$(NVCC) -shared -o $@ $^ -L$(CUDA_LIB) -lcublasLt -Xlinker -rpath=$(CUDA_LIB):/usr/local/cuda/lib64

$(BUILD)/empg-%: tools/empg-%.c $(BUILD)/libtools.a $(LIBS)
	$(link)
$(HELPERS): $(BUILD)/%: tools/%.c $(LIBS)
	$(link)
$(BUILD)/tools/%_test: tools/%_test.c $(BUILD)/libtools.a $(LIBS)
	$(link) $(TESTLIBS)

# A test links only the rooms that its own room may see: the layers' law.
sees_base = base
sees_io = io base
sees_text = text base
sees_score = score base
sees_rl = rl base
sees_model = model io base
define room_rule
$(BUILD)/lib/$(1)/%_test: lib/$(1)/%_test.c $(patsubst %,$(BUILD)/lib%.a,$(sees_$(1))) $(if $(filter model,$(1)),$(BUILD)/libkernels.a)
	$$(link) $$(TESTLIBS)
$(BUILD)/lib/$(1)/%_bench: lib/$(1)/%_bench.c $(patsubst %,$(BUILD)/lib%.a,$(sees_$(1))) $(if $(filter model,$(1)),$(BUILD)/libkernels.a)
	$$(link)
$(BUILD)/lib/$(1)/%_fuzz: lib/$(1)/%_fuzz.c $(patsubst %,$(BUILD)/lib%.a,$(sees_$(1))) $(if $(filter model,$(1)),$(BUILD)/libkernels.a)
	$$(link) -fsanitize=fuzzer
endef
$(foreach r,$(ROOMS),$(eval $(call room_rule,$(r))))
$(DEVICE_TESTS): $(BUILD)/libemulated.a
$(BUILD)/kernels/%_test: kernels/%_test.c $(BUILD)/libkernels.a
	$(link) $(TESTLIBS)
$(BUILD)/kernels/%_bench: kernels/%_bench.c $(BUILD)/libkernels.a
	$(link)
$(BUILD)/kernels/plugin_test: $(BUILD)/other-plugin.so
$(BUILD)/testdata/%_test: testdata/%_test.c
	$(link) $(TESTLIBS)

# What makes disks fail in tests of pipelines; the sanitizers want to be first themselves.
SHIM = $(if $(SAN),,$(BUILD)/failing-io.so)
$(BUILD)/failing-io.so: testdata/failing_io.c
$(BUILD)/other-plugin.so: testdata/other_plugin.c
$(BUILD)/failing-io.so $(BUILD)/other-plugin.so:
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -std=c11 $(OPT) $(WARN) -shared -fPIC -MMD -MP -MF $@.d -o $@ $<

# Test scripts find the programs first on PATH, and in EMPG_BUILD.
IN_BUILD = EMPG_BUILD='$(abspath $(BUILD))' PATH='$(abspath $(BUILD))':"$$PATH" \
	$(if $(PREBUILT),LD_LIBRARY_PATH='$(abspath $(BUILD))/so':"$$LD_LIBRARY_PATH")
PROVE = $(IN_BUILD) prove -j$(shell nproc) --exec ''

check: all $(SHIM) $(TESTS) $(BUILD)/testdata/planted_test $(BUILD)/kernels/device_bench ## run all tests, after proof that a failing one fails
	$(Q)for t in $(BUILD)/testdata/planted_test testdata/planted.t; do \
		if $(PROVE) -Q $$t >/dev/null 2>&1; then echo "$$t fails, and nobody saw it" >&2; exit 1; fi; done
	$(Q)$(PROVE) $(TESTS) $(SHTESTS)

# With PREBUILT=1, what pipelines/carry left in BUILD runs as it is, on a machine that builds nothing.
check-cuda: $(if $(PREBUILT),,all $(DEVICE_TESTS)) ## the CUDA backend's tests on GPU number GPU (0)
	$(Q)$(IN_BUILD) GPU=$(GPU) pipelines/check-cuda

check-cuda-sanitize: $(if $(PREBUILT),,all $(DEVICE_TESTS)) ## the same under compute-sanitizer, for memory and races; no large shapes
	$(Q)$(IN_BUILD) GPU=$(GPU) OUT=$${OUT:-check-cuda-sanitize.tap} pipelines/check-cuda memcheck racecheck

CUDA_BENCHES = $(addprefix $(BUILD)/kernels/,limits_bench device_bench)
carry: all $(DEVICE_TESTS) $(CUDA_BENCHES) ## what these and bench-cuda need, into CARRY (build-carry), for a machine that builds nothing
	$(Q)$(IN_BUILD) pipelines/carry $(or $(CARRY),build-carry)

lint: all ## check layers, names, headers, scripts, manual and formatting
	$(Q)$(IN_BUILD) CC='$(CC)' CPPFLAGS="$(CPPFLAGS)" pipelines/lint

fuzz: ## run each fuzz entry for FUZZ_SECONDS (30)
	+$(Q)$(MAKE) --no-print-directory CC=clang BUILD=build-fuzz SAN=address,undefined \
		OPT='-O1 -g -fsanitize=fuzzer-no-link' fuzz-run
fuzz-run: $(FUZZERS)
	$(Q)for f in $(FUZZERS); do echo "$$f"; mkdir -p $$f.corpus; \
		$$f -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -verbosity=0 -artifact_prefix=$$f- $$f.corpus || exit 1; done

bench: all $(BENCHES) ## measure speed (SECTIONS, MODELS, SMOLLM2, PEERS, REPS: see pipelines/bench)
	$(Q)$(IN_BUILD) pipelines/bench

bench-cuda: $(if $(PREBUILT),,all $(CUDA_BENCHES)) ## measure GPU number GPU (0), by operations and tools (MODELS)
	$(Q)$(IN_BUILD) DEVICE=cuda:$(GPU) SECTIONS=device OUT=$${OUT:-bench-cuda.jsonl} pipelines/bench

bless: all ## rewrite the tools' golden files from what they print now
	$(Q)for t in $(shell grep -lE '(^|	)golden ' $(SHTESTS)); do $(IN_BUILD) EMPG_BLESS=1 $$t || exit 1; done

demo: all ## train the tiny model and show how it learns (RUN=run/demo)
	$(Q)$(IN_BUILD) pipelines/demo

install: all ## copy programs, manual and pipelines under DESTDIR/PREFIX (/usr/local)
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin share/man/man1 share/man/man5 share/man/man7 share/empg/pipelines)
	install $(TOOLS) $(DESTDIR)$(PREFIX)/bin
	$(if $(PLUGIN),install -D -m 644 $(PLUGIN) $(DESTDIR)$(PREFIX)/lib/empg/empg-cuda.so)
	for p in man/*.[157]; do install -m 644 $$p $(DESTDIR)$(PREFIX)/share/man/man$${p##*.}; done
	install -m 644 lib/rl/behaviours.txt $(DESTDIR)$(PREFIX)/share/empg
	install $(HELPERS) $(filter-out %.t %/peers %/recipes,$(wildcard pipelines/*)) $(DESTDIR)$(PREFIX)/share/empg/pipelines
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/empg/pipelines/recipes pipelines/recipes/*

uninstall: ## remove what install copied
	rm -f $(patsubst $(BUILD)/%,$(DESTDIR)$(PREFIX)/bin/%,$(TOOLS))
	for p in $(notdir $(wildcard man/*.[157])); do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${p##*.}/$$p; done
	rm -rf $(DESTDIR)$(PREFIX)/share/empg $(DESTDIR)$(PREFIX)/lib/empg

clean: ## remove everything built
	rm -rf build build-*

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | while IFS='	' read -r t h; do printf '%-20s %s\n' "$$t" "$$h"; done

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all deps carry check check-cuda check-cuda-sanitize lint fuzz fuzz-run bench bench-cuda bless demo install uninstall clean help
.SECONDARY:
endif
.DEFAULT_GOAL = all
