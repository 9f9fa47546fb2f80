#!/bin/sh
# The demo by a reward model, in small: everything is there, and no answer is read.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
status 0 "a run in small" env RUN="$tmp/run" ITERATIONS=1 ROLLOUT_PROMPTS=24 TEST_PROMPTS=8 EPOCHS=1 "$root/pipelines/reward-demo"
grep -q '^AUC 0\.[0-9]*: [0-9]* right and [0-9]* wrong held-out responses$' "$tmp/out"
ok $? "the AUC on held-out rollouts"
grep -q '^ *1 .*%' "$tmp/out"
ok $? "the table of accuracies"
zstdcat "$tmp/run/em/0000/buffer.jsonl.zst" |
	jq -es 'length == 512 and all(.[]; .scorer == "model" and .reward > 0 and .reward < 1 and has("answer") == false)' >/dev/null
ok $? "the policy learnt by the model's scores, without an answer"
zstdcat "$tmp/run/em/0001/eval.jsonl.zst" | jq -es 'all(.[]; .scorer != "model" and has("answer"))' >/dev/null
ok $? "and is evaluated by the key"
cp "$tmp/out" "$tmp/first"
status 0 "again, it is only shown" env RUN="$tmp/run" ITERATIONS=1 ROLLOUT_PROMPTS=24 TEST_PROMPTS=8 EPOCHS=1 "$root/pipelines/reward-demo"
grep AUC "$tmp/out" | cmp -s - "$tmp/run/auc"
ok $? "with the same AUC"
finish
