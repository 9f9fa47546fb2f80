# The EM loop as make targets: an interrupted run goes on with the same command.
#
#   make -f pipelines/em.mk RUN=run/gsm8k FROM=CKPT PROMPTS=train.jsonl TEST=test.jsonl ITERATIONS=100
#
# RUN/0000 is a copy of FROM; RUN/0001 comes from one EM iteration on it, and so on.
# BATCH prompts and SAMPLES of each an iteration; an evaluation on TEST at 0, every
# EVAL_EVERY iterations and at the end; KEEP=K keeps weights of every K-th checkpoint only.
# Further options of the tools in SAMPLE, SCORE, SMOOTH, UPDATE, EVAL_SAMPLE, EVAL_SCORE
# (SCORE); CRITIC as in em-iteration.
RUN ?= run/em
ITERATIONS ?= 10
SEED ?= 0
BATCH ?= 8
SAMPLES ?= 8
EVAL_EVERY ?= 5
here := $(dir $(lastword $(MAKEFILE_LIST)))
SETTINGS = FROM PROMPTS TEST SEED BATCH SAMPLES EVAL_EVERY KEEP SAMPLE SCORE SMOOTH UPDATE EVAL_SAMPLE EVAL_SCORE CRITIC
export $(SETTINGS)

$(if $(FROM),,$(error FROM=CKPT is needed, the checkpoint to begin with))
$(if $(PROMPTS),,$(error PROMPTS=FILE is needed))

numbers := $(shell seq -f %04.0f 0 $(ITERATIONS))
evaluated := $(if $(TEST),$(shell seq -f %04.0f 0 $(EVAL_EVERY) $(ITERATIONS)) $(lastword $(numbers)))
# A step's evaluation goes before the next step: it may need weights that KEEP drops.
targets := $(foreach n,$(numbers),$(RUN)/$(n) $(if $(filter $(n),$(evaluated)),$(RUN)/$(n)/eval.json))

all: $(targets)
	@$(here)collect-run $(RUN) $(KEEP)

# One process at a time works in a run, even where a killed make left one behind.
lock = @flock $(RUN)/lock

$(RUN)/run.json: always
	@mkdir -p $(RUN)
	@jq -n '[$$ARGS.positional[] | {(.): env[.]}] | add' --args $(SETTINGS) >$@.part
	@if [ -e $@ ] && ! cmp -s $@ $@.part; then diff $@ $@.part; \
		echo "em.mk: $(RUN) was begun with other settings" >&2; exit 65; fi
	@mv $@.part $@

$(RUN)/0000: | $(RUN)/run.json
	$(lock) $(here)copy-checkpoint $(FROM) $@

define step
$(RUN)/$(2): | $(RUN)/$(1) $(if $(filter $(1),$(evaluated)),$(RUN)/$(1)/eval.json)
	$$(lock) sh -c 'rm -rf $(RUN)/.[0-9]*.tmp-* && ITERATION=$$$$(expr $(1) + 0) $(here)em-iteration $(RUN)/$(1) $$@'
	@$(here)collect-run $(RUN) $(KEEP)
endef
$(foreach n,$(wordlist 2,$(words $(numbers)),$(numbers)),$(eval $(call step,$(shell printf %04d $$(expr $(n) - 1)),$(n))))

$(RUN)/%/eval.json: | $(RUN)/%
	$(lock) $(here)evaluate $(RUN)/$* --label iteration=$$(expr $* + 0)
	@$(here)collect-run $(RUN) $(KEEP)
	@jq -r '"evaluation at \(.iteration): accuracy \(.accuracy), 95 % interval \(.accuracy_low) to \(.accuracy_high)"' $@ >&2

.PHONY: all always
.NOTPARALLEL:
.SECONDARY:
