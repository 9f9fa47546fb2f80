# EM policy gradient tools.  `make help` lists the targets.
VERSION = 0.1.0
CC ?= gcc
BUILD = build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
comma = ,
Q = $(if $(V),,@)
PKGS = jansson libzstd libpcre2-8 libutf8proc libcrypto
TESTPKGS = cmocka
WARN = -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow=local -Wno-psabi -Wno-unknown-warning-option
OPT = -O2 -g
SANFLAGS = $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
CPPFLAGS += -I. -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(shell pkg-config --cflags $(PKGS))
CFLAGS += -std=c11 $(OPT) $(WARN) $(SANFLAGS) -fopenmp -ffp-contract=off
LDLIBS += $(shell pkg-config --libs $(PKGS)) -lm
TESTLIBS = $(shell pkg-config --libs $(TESTPKGS))

# Rooms in link order: a room sees only those to its right.
ROOMS = model rl score text io base
ISAS = portable
ifneq (,$(filter x86_64,$(shell $(CC) -dumpmachine | cut -d- -f1)))
ISAS += avx2 avx512
endif
FLAGS_portable =
FLAGS_avx2 = -mavx2 -mfma -mf16c
FLAGS_avx512 = -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512bf16 -mfma -mf16c -mprefer-vector-width=512

notest = $(filter-out %_test.c,$(wildcard $(1)/*.c))
objs = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIBS = $(ROOMS:%=$(BUILD)/lib%.a) $(BUILD)/libkernels.a
TOOLS = $(patsubst tools/%.c,$(BUILD)/%,$(wildcard tools/empg-*.c))
TESTS = $(patsubst %.c,$(BUILD)/%,$(wildcard lib/*/*_test.c kernels/*_test.c))
SHTESTS = $(wildcard tools/*.t pipelines/*.t)
ISAOBJS = $(foreach i,$(ISAS),$(patsubst %.c,$(BUILD)/%.$(i).o,$(wildcard kernels/cpu/isa/*.c)))

all: $(TOOLS)

define room
$(BUILD)/lib$(1).a: $(call objs,$(call notest,lib/$(1)))
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))
$(BUILD)/libkernels.a: $(call objs,$(wildcard kernels/cpu/*.c)) $(ISAOBJS)

$(BUILD)/%.a:
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

$(BUILD)/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

define isa_rule
$(BUILD)/kernels/cpu/isa/%.$(1).o: kernels/cpu/isa/%.c
	$(Q)mkdir -p $$(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -O3 -ffp-contract=fast $(FLAGS_$(1)) -DISA=$(1) -DISA_$(1) -MMD -MP -c -o $$@ $$<
endef
$(foreach i,$(ISAS),$(eval $(call isa_rule,$(i))))

$(BUILD)/empg-%: tools/empg-%.c $(LIBS)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIBS) $(LDLIBS)

# A test links only the rooms that its own room may see: the layers' law.
sees_base = base
sees_io = io base
sees_text = text base
sees_score = score base
sees_rl = rl base
sees_model = model io base
define test_rule
$(BUILD)/lib/$(1)/%_test: lib/$(1)/%_test.c $(patsubst %,$(BUILD)/lib%.a,$(sees_$(1))) $(if $(filter model,$(1)),$(BUILD)/libkernels.a)
	$(Q)mkdir -p $$(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $$@.d -o $$@ $$(filter %.c %.a,$$^) $(LDLIBS) $(TESTLIBS)
endef
$(foreach r,$(ROOMS),$(eval $(call test_rule,$(r))))
$(BUILD)/kernels/%_test: kernels/%_test.c $(BUILD)/libkernels.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libkernels.a $(LDLIBS) $(TESTLIBS)

$(BUILD)/kernels/%_bench: kernels/%_bench.c $(BUILD)/libkernels.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libkernels.a $(LDLIBS)

clean:
	rm -rf build build-*

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all clean
.SECONDARY:
