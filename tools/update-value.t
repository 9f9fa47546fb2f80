#!/bin/sh
# empg-update --objective value: what it learns from, writes and refuses.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/tap.sh"
models=$root/testdata/models
policy=$models/qwen2-sharded reward=$models/qwen2-reward value=$models/qwen3-value
buffer=$reward/buffer.jsonl
learn() { empg-update -q --objective value --lr 1e-2 --weight-decay 0 "$@"; }
near() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a - b < 1e-4 && b - a < 1e-4) }'; }

# Both losses against the reference's.
for loss in mse bce; do
	learn -m "$reward" --value-loss $loss --gradients "$tmp/g.$loss" "$buffer" >"$tmp/metrics"
	near "$(jq .loss "$tmp/metrics")" "$(jq ".loss.$loss" "$reward/reference.json")" &&
		near "$(jq .grad_norm "$tmp/metrics")" "$(jq ".grad_norm.$loss" "$reward/reference.json")"
	ok $? "$loss: loss and gradient's norm are PyTorch's"
done
jq -c keys_unsorted "$tmp/metrics" >"$tmp/got"
golden update-value-fields.json "fields of the metrics" <"$tmp/got"
jq -e '.value_mean > 0 and .value_mean < 1 and .return_mean == 0.5625 and .accuracy == 0.75 and .trajectories == 4' "$tmp/metrics" >/dev/null
ok $? "mean reward, mean probability, accuracy"

# It learns; the same bytes whatever the threads, and near for any micro-batch.
learn -m "$value" --epochs 30 -o "$tmp/a" "$value/buffer.jsonl" >"$tmp/metrics"
jq -es '.[-1].explained_variance > 0.9 and .[0].explained_variance < 0.5 and .[-1].step == 30' "$tmp/metrics" >/dev/null
ok $? "values fit their returns"
learn -m "$value" --epochs 30 --threads 1 --recompute -o "$tmp/one" "$value/buffer.jsonl" >/dev/null && diff -r "$tmp/a" "$tmp/one" >/dev/null
ok $? "the same bytes on one thread with --recompute"
learn -m "$value" --micro-tokens 1 -o "$tmp/x" "$value/buffer.jsonl" | jq .loss >"$tmp/got"
near "$(cat "$tmp/got")" "$(head -n 1 "$tmp/metrics" | jq .loss)"
ok $? "micro-batches change rounding only"
empg-score -r none --values "$tmp/a" "$value/buffer.jsonl" |
	jq -es '[.[] | [.values, .returns] | transpose[] | .[0] - .[1] | . * .] | add / length < 0.2' >/dev/null
ok $? "and empg-score reads them"
jq -c 'del(.returns)' "$buffer" >"$tmp/rewards"
jq -c '.reward as $r | .returns = [.response_tokens[] | $r]' "$buffer" >"$tmp/returns"
learn -m "$reward" --gradients "$tmp/g1" "$tmp/rewards" | jq -c 'del(.seconds, .tokens_per_second, .peak_bytes)' >"$tmp/m1"
learn -m "$reward" --gradients "$tmp/g2" "$tmp/returns" | jq -c 'del(.seconds, .tokens_per_second, .peak_bytes)' >"$tmp/m2"
cmp -s "$tmp/g1" "$tmp/g2" && cmp -s "$tmp/m1" "$tmp/m2"
ok $? "without returns the reward is every token's"

# From a policy: the head begins at 0.
learn --value-loss bce -m "$policy" --epochs 2 -o "$tmp/b" "$buffer" >"$tmp/metrics"
near "$(head -n 1 "$tmp/metrics" | jq .loss)" 0.693147
ok $? "a policy's head of zeros gives even odds"
jq -ce '.architectures == ["Qwen2ForSequenceClassification"] and .id2label == {"0": "LABEL_0"} and .label2id == {"LABEL_0": 0} and
	.hidden_size == 24' "$tmp/b/config.json" >/dev/null
ok $? "config.json is a classifier's with one label"
jq -e '.options.objective == "value" and .options.value_loss == "bce" and .step == 2' "$tmp/b/trainer_state.json" >/dev/null
ok $? "trainer_state.json says how"
learn --value-loss bce -m "$tmp/b" -o "$tmp/c" "$buffer" >"$tmp/more"
learn --value-loss bce -m "$policy" --epochs 3 -o "$tmp/d" "$buffer" | tail -n 1 | jq -c '[.step, .loss]' >"$tmp/got"
jq -c '[.step, .loss]' "$tmp/more" | cmp -s - "$tmp/got" && cmp -s "$tmp/c/model.safetensors" "$tmp/d/model.safetensors"
ok $? "an update goes on from the optimiser's state, bit for bit"
cmp -s "$tmp/c/config.json" "$tmp/b/config.json"
ok $? "with config.json as it was"
learn -m "$policy" --dtype bf16 -o "$tmp/half" "$buffer" >/dev/null && jq -e '.dtype == "bfloat16"' "$tmp/half/config.json" >/dev/null &&
	empg-score -r none --values "$tmp/half" "$buffer" >/dev/null
ok $? "in bf16"
learn --init -m "$policy" -o "$tmp/random" "$buffer" | jq -e .loss >/dev/null
ok $? "from random weights"

# A response that fills the model's positions, whose score has no row to spare.
jq -c '.prompt_tokens = [5] | .response_tokens = [range(255)] | del(.returns)' "$buffer" | head -n 1 >"$tmp/long"
learn --value-loss bce -m "$reward" --gradients "$tmp/g" "$tmp/long" | jq -e '.trained_tokens == 256 and .tokens == 255' >/dev/null
ok $? "as long as the model goes"

status 64 "a reference" learn -m "$reward" --beta 1 --ref "$policy" -o "$tmp/x1" "$buffer"
says "are for a policy, not for --objective value" "is refused"
status 64 "--value-loss without its objective" empg-update -m "$policy" --value-loss bce -o "$tmp/x1" "$buffer"
status 65 "a value model with a policy's objective" empg-update -m "$reward" -o "$tmp/x1" "$buffer"
says "empg-update: $reward: a Qwen2ForSequenceClassification is a value model, where a policy is wanted" "is refused"
bad() { # bad FILTER MESSAGE OPTION...
	head -n 1 "$buffer" | jq -c "$1" >"$tmp/bad"
	filter=$1 message=$2
	shift 2
	status 65 "$filter" learn -m "$reward" "$@" -o "$tmp/x1" "$tmp/bad"
	says "bad:1: $message" "says so"
}
bad '.returns = [1]' 'returns: 1 numbers for 3 response tokens'
bad '.returns = 1' 'returns: expected an array'
bad 'del(.returns, .reward)' 'returns: missing, and there is no reward'
bad 'del(.reward)' 'reward: missing' --value-loss bce
bad '.reward = 1.5' 'reward: expected a number from 0 to 1' --value-loss bce
bad '.reward = -0.5' 'reward: expected a number from 0 to 1' --value-loss bce
bad '.reward = "1"' 'reward: expected a number' --value-loss bce
[ ! -e "$tmp/x1" ]
ok $? "and nothing is written"
finish
