#!/bin/sh
# empg-update: what a step reads, writes and refuses.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/tap.sh"
model=$root/testdata/models/qwen2-tied
i=0
while [ $i -lt 6 ]; do
	echo "{\"id\":\"p$i\",\"question\":\"What is $i and $((i * i))?\",\"answer\":\"$i\"}"
	i=$((i + 1))
done >"$tmp/prompts.jsonl"
empg-sample -q -m "$model" -n 2 --max-response 30 -t 0.9 "$tmp/prompts.jsonl" |
	jq -c '. + {advantage: (if .sample == 0 then 0.5 elif .id == "p1" then 0 else -0.25 end)}' >"$tmp/buffer.jsonl"
update() { empg-update -q -m "$model" --lr 1e-3 "$@"; }
# The JSON header of a safetensors file.
header() {
	n=$(od -An -tu8 -N8 "$1" | tr -d ' ')
	tail -c +9 "$1" | head -c "$n"
}

update -o "$tmp/a" "$tmp/buffer.jsonl" >"$tmp/metrics"
ok $? "a step"
jq -e '.step == 1 and .mismatch_max == 0 and .ratio_max == 1 and .kl == 0 and .trajectories == 12 and .zero_advantage == 1 and .grad_norm > 0' "$tmp/metrics" >/dev/null
ok $? "sampler and update agree to the bit"
jq -e '.computed_tokens < .trained_tokens - 11' "$tmp/metrics" >/dev/null
ok $? "prompts in common are computed once"
jq -c 'select(.advantage != 0)' "$tmp/buffer.jsonl" >"$tmp/nonzero.jsonl"
update -o "$tmp/nonzero" "$tmp/nonzero.jsonl" | jq -e --slurpfile m "$tmp/metrics" '.computed_tokens == $m[0].computed_tokens and .trajectories == 11' >/dev/null
ok $? "a trajectory of no advantage costs nothing"
jq -c keys_unsorted "$tmp/metrics" >"$tmp/got"
golden update-fields.json "fields of the metrics" <"$tmp/got"
(cd "$tmp/a" && echo *) >"$tmp/got"
golden update-files.txt "files of the checkpoint" <"$tmp/got"
header "$tmp/a/optimizer.safetensors" | jq -e '[keys[] | select(startswith("master.") or startswith("exp_avg.") or startswith("exp_avg_sq."))] | length == 3 * 38' >/dev/null
ok $? "masters and two moments of every weight"
update -o "$tmp/again" "$tmp/buffer.jsonl" >/dev/null && diff -r "$tmp/a" "$tmp/again" >/dev/null
ok $? "the same bytes when run again"
update --threads 1 --recompute -o "$tmp/one" "$tmp/buffer.jsonl" >/dev/null && diff -r "$tmp/a" "$tmp/one" >/dev/null
ok $? "the same bytes on one thread with --recompute"
for how in offload offload-gradient; do
	update --$how -o "$tmp/$how" "$tmp/buffer.jsonl" >/dev/null && diff -r "$tmp/a" "$tmp/$how" >/dev/null
	ok $? "the same bytes with --$how"
done
empg-update -q -m "$tmp/a" --lr 1e-3 -o "$tmp/on2" "$tmp/buffer.jsonl" >/dev/null
empg-update -q -m "$tmp/offload" --offload --lr 1e-3 -o "$tmp/off2" "$tmp/buffer.jsonl" >/dev/null && cmp "$tmp/on2/model.safetensors" "$tmp/off2/model.safetensors"
ok $? "the same when it goes on"
empg-update -q -m "$tmp/a" --lr 1e-3 -o "$tmp/b" "$tmp/buffer.jsonl" | jq -e '.step == 2 and .mismatch_max > 0' >/dev/null
ok $? "the next update goes on from the moments"
empg-update -q -m "$tmp/a" --no-save-optimizer -o "$tmp/plain" "$tmp/buffer.jsonl" >/dev/null
empg-update -q -m "$tmp/plain" -o "$tmp/plainer" "$tmp/buffer.jsonl" >/dev/null
empg-update -q -m "$tmp/b" --reset-optimizer -o "$tmp/reset" "$tmp/buffer.jsonl" >/dev/null
jq -s -c 'map(.iteration)' "$tmp/plain/trainer_state.json" "$tmp/plainer/trainer_state.json" "$tmp/reset/trainer_state.json" | grep -qxF '[2,3,3]'
ok $? "without the moments the iterations count on"
cp -r "$model" "$tmp/other" && echo '{"global_step": 7, "loss": NaN}' >"$tmp/other/trainer_state.json"
empg-update -q -m "$tmp/other" -o "$tmp/others" "$tmp/buffer.jsonl" | jq -e '.step == 1' >/dev/null
ok $? "another program's trainer_state.json is left alone"
cp -r "$tmp/a" "$tmp/minus" && jq -c '.step = -1' "$tmp/a/trainer_state.json" >"$tmp/minus/trainer_state.json"
empg-update --plan 80G --recompute -m "$root/testdata/configs/qwen2.5-7b" >"$tmp/got"
golden update-plan.txt "the memory that 7B takes" <"$tmp/got"
tail -n +2 "$tmp/got" | awk '$1 == "total" { exit !($2 - sum < 0.01 && sum - $2 < 0.01) } { sum += $2 }'
ok $? "adds up"
empg-update --plan 80G --recompute --offload -m "$root/testdata/configs/qwen2.5-7b" >"$tmp/got"
golden update-plan-offload.txt "what --offload leaves of it on the device" <"$tmp/got"
empg-update --plan 80G --recompute --offload-gradient -m "$root/testdata/configs/qwen2.5-14b" >"$tmp/got"
golden update-plan-gradient.txt "and --offload-gradient" <"$tmp/got"
status 66 "a plan for no model" empg-update --plan 80G -m "$tmp/none"
status 65 "a negative step" empg-update -m "$tmp/minus" -o "$tmp/x" "$tmp/buffer.jsonl"
says "trainer_state.json: step:" "is refused by name"
update --stats --epochs 2 -o "$tmp/stats" "$tmp/buffer.jsonl" 2>"$tmp/err" | jq -s 'map(.trained_tokens) | add' >"$tmp/got"
jq -c '[keys_unsorted, (.seconds | keys_unsorted)]' "$tmp/err" >"$tmp/keys"
golden update-stats.json "fields of --stats" <"$tmp/keys"
jq -e --slurpfile n "$tmp/got" '.tokens == $n[0] and .computed_tokens < .tokens and .flops > 6e4 * .computed_tokens and .gflops > 0 and .peak_gflops > 0 and .peak_gbytes_per_second > 0 and
	.roofline > 0 and (.bound == "compute" or .bound == "memory") and .arena_bytes > 1e6 and .seconds.backward > 0 and (.seconds | add) > 0' "$tmp/err" >/dev/null
ok $? "--stats: what the update cost"
update --batch 6 --epochs 2 -o "$tmp/four" "$tmp/buffer.jsonl" | jq -s -c 'map(.step)' >"$tmp/got"
echo '[1,2,3,4]' | cmp -s - "$tmp/got"
ok $? "mini-batches and epochs"
update --batch 6 --epochs 2 --warmup 2 --schedule linear -o "$tmp/warm" "$tmp/buffer.jsonl" | jq -s -c 'map(.lr * 1e6 | round)' >"$tmp/got"
echo '[500,1000,1000,500]' | cmp -s - "$tmp/got"
ok $? "warm-up and schedule"
empg-sample -q -m "$tmp/a" --greedy -n 1 --max-response 8 "$tmp/prompts.jsonl" | jq -e -s 'length == 6' >/dev/null
ok $? "the new checkpoint samples"

update --gradients "$tmp/g" "$tmp/buffer.jsonl" >/dev/null
header "$tmp/g" | jq -S -c 'del(.__metadata__) | keys' >"$tmp/got"
header "$model/model.safetensors" | jq -S -c 'del(.__metadata__) | keys' | cmp -s - "$tmp/got"
ok $? "--gradients has every weight's name"

cat "$tmp/g" >"$tmp/want"
for o in is 'is --is-level sequence' 'is --is-cap 1' grpo 'ppo --clip 0,0' 'grpo --old sampler' 'empg --tis 1'; do
	# shellcheck disable=SC2086 # options are words
	update --objective $o --gradients "$tmp/g" "$tmp/buffer.jsonl" >/dev/null && cmp "$tmp/g" "$tmp/want"
	ok $? "on policy the gradient of $o is that of empg, to the bit"
done
# With rewards of 0 and 1, Eq. 11 is maximum likelihood on the correct responses.
jq -c 'del(.advantage) + {reward: (if .sample == 0 then 1 else 0 end)}' "$tmp/buffer.jsonl" | empg-smooth --method raw >"$tmp/raw.jsonl"
jq -c 'select(.sample == 0) | del(.advantage)' "$tmp/raw.jsonl" >"$tmp/right.jsonl"
for m in star sft; do
	empg-smooth --method $m "$tmp/right.jsonl" >"$tmp/$m.jsonl"
	update --loss-norm constant --max-response 40 --gradients "$tmp/want" "$tmp/$m.jsonl" >/dev/null
	update --loss-norm constant --max-response 20 --gradients "$tmp/g" "$tmp/raw.jsonl" >/dev/null && cmp "$tmp/g" "$tmp/want"
	ok $? "raw rewards of 0 and 1: the gradient of $m on the correct half, to the bit"
done
update --batch 6 -o "$tmp/groups" "$tmp/raw.jsonl" | jq -s -c 'map(.zero_variance_groups, .advantage_mean > 0, .advantage_min, .advantage_max)' >"$tmp/got"
echo '[0,true,0,1,0,true,0,1]' | cmp -s - "$tmp/got"
ok $? "no group's rewards are equal"
jq -c 'if .id == "p1" then .reward = 1 else . end' "$tmp/raw.jsonl" >"$tmp/equal.jsonl"
update --batch 6 -o "$tmp/equal" "$tmp/equal.jsonl" | jq -s -e '(.[0].zero_variance_groups - 1 / 3 | fabs) < 1e-12 and .[1].zero_variance_groups == 0' >/dev/null
ok $? "one of three groups has equal rewards"

# Four steps a rollout: ratios are to the policy before the first of them.
steps() { update --batch 3 "$@"; }
steps --objective grpo --clip 0.001,0.002 -o "$tmp/recompute" "$tmp/buffer.jsonl" >"$tmp/metrics"
jq -s -e 'length == 4 and .[0].ratio_max == 1 and .[0].kl == 0 and .[0].kl_k1 == 0 and .[3].ratio_max > 1 and .[3].kl > 0 and
	(map(.clip_low + .clip_high) | .[0] == 0 and .[3] > 0)' "$tmp/metrics" >/dev/null
ok $? "ratios move and are clipped from the second step on"
steps --objective grpo --clip 0.001,0.002 --old sampler -o "$tmp/sampler" "$tmp/buffer.jsonl" >/dev/null && cmp "$tmp/recompute/model.safetensors" "$tmp/sampler/model.safetensors"
ok $? "logprobs computed again are the sampler's: the same weights"
jq -e '.options | .objective == "grpo" and .clip == [0.001, 0.002] and .old == "sampler" and .beta == 0 and (has("ref") | not)' "$tmp/sampler/trainer_state.json" >/dev/null
ok $? "trainer_state.json says how"
for level in token sequence; do
	steps --objective is --is-level $level --is-cap 1.001 -o "$tmp/is-$level" "$tmp/buffer.jsonl" | jq -s -e '.[0].clip_high == 0 and .[3].clip_high > 0' >/dev/null
	ok $? "capped weights, $level"
	rm -rf "$tmp/is"
	steps --objective is --is-level $level --is-cap 1.001 --threads 1 --micro-tokens 1024 --old sampler -o "$tmp/is" "$tmp/buffer.jsonl" >/dev/null && cmp "$tmp/is/model.safetensors" "$tmp/is-$level/model.safetensors"
	ok $? "the same with the sampler's logprobs on one thread, $level"
done
jq -c '.logprobs |= map(. + 0.1)' "$tmp/buffer.jsonl" >"$tmp/shifted.jsonl"
steps --tis 0.5 -o "$tmp/tis" "$tmp/shifted.jsonl" | jq -s -e 'map(.tis_capped) == [1,1,1,1]' >/dev/null
ok $? "--tis: all weights are at the cap"
steps --tis 0.95 --objective grpo -o "$tmp/tis2" "$tmp/shifted.jsonl" | jq -s -e 'map(.tis_capped) == [0,0,0,0] and .[0].ratio_max == 1' >/dev/null
ok $? "--tis: weights are of the policy before the first step"

# A reference and an entropy bonus.
for kl in k1 k2 k3 full; do
	update --beta 0.5 --ref "$model" --kl $kl --gradients "$tmp/g" "$tmp/buffer.jsonl" |
		jq -e --arg kl $kl '.ref_kl_k1 == 0 and .ref_kl_k3 == 0 and .ref_kl_full == (if $kl == "full" then 0 else null end)' >/dev/null
	ok $? "the policy is at its own reference, $kl"
	empg-update -q -m "$tmp/b" --lr 1e-3 --beta 0.5 --ref "$model" --kl $kl --gradients "$tmp/g" "$tmp/buffer.jsonl" >"$tmp/metrics"
	jq -e --arg kl $kl '.ref_kl_k3 > 0 and (.ref_kl_full > 0) == ($kl == "full") and .zero_advantage == 1' "$tmp/metrics" >/dev/null
	ok $? "and has left it two steps later, $kl"
done
update --dtype bf16 --beta 0.5 --ref "$model" --kl full --gradients "$tmp/g" "$tmp/buffer.jsonl" | jq -e '.ref_kl_k3 == 0 and .ref_kl_full == 0' >/dev/null
ok $? "the policy is at its own reference in bf16"
empg-update -q -m "$tmp/b" --gradients "$tmp/g" "$tmp/buffer.jsonl" | jq -e --slurpfile kl "$tmp/metrics" '.trained_tokens < $kl[0].trained_tokens' >/dev/null
ok $? "trajectories of no advantage are pulled too"
update --beta 10 --ref "$model" --epochs 6 -o "$tmp/near" "$tmp/buffer.jsonl" >"$tmp/metrics"
jq -e '.options.ref != null and (.digests.reference | length) == 64 and .digests.reference == .digests.parent' "$tmp/near/trainer_state.json" >/dev/null
ok $? "trainer_state.json names the reference"
update --epochs 6 -o "$tmp/far" "$tmp/buffer.jsonl" | jq -s -e --slurpfile near "$tmp/metrics" '.[5].kl > 10 * $near[5].kl and $near[5].kl > 0' >/dev/null
ok $? "--beta keeps the policy near"
update --beta 0 --ref "$tmp/none" --gradients "$tmp/g" "$tmp/buffer.jsonl" >/dev/null
ok $? "--beta 0 looks at no reference"
status 64 "--beta without --ref" update --beta 1 --gradients "$tmp/g" "$tmp/buffer.jsonl"
status 66 "a reference that is not there" update --beta 1 --ref "$tmp/none" --gradients "$tmp/g" "$tmp/buffer.jsonl"
status 65 "a reference of another vocabulary" update --beta 1 --ref "$root/testdata/demo" --gradients "$tmp/g" "$tmp/buffer.jsonl"
says "demo/config.json: vocab_size: the reference has" "says both sizes"
cp -r "$root/testdata/models/qwen3" "$tmp/swapped"
jq -c '.model.vocab |= (. as $v | .A = $v.B | .B = $v.A)' "$tmp/swapped/tokenizer.json" >"$tmp/tokenizer" && mv "$tmp/tokenizer" "$tmp/swapped/tokenizer.json"
status 65 "a reference with another tokenizer" update --beta 1 --ref "$tmp/swapped" --gradients "$tmp/g" "$tmp/buffer.jsonl"
says "swapped/tokenizer.json: token 65 is not the policy's" "names the token"
status 64 "--tis of the sampler's own ratios" update --tis 2 --old sampler --gradients "$tmp/g" "$tmp/buffer.jsonl"
jq -c 'select(.advantage != 0)' "$tmp/buffer.jsonl" >"$tmp/nonzero.jsonl"
update --gradients "$tmp/g" "$tmp/nonzero.jsonl" >"$tmp/metrics"
update --entropy 0.25 --gradients "$tmp/g" "$tmp/nonzero.jsonl" | jq -e --slurpfile was "$tmp/metrics" '(.loss - $was[0].loss + 0.25 * .entropy | fabs) < 1e-9 and .grad_norm != $was[0].grad_norm' >/dev/null
ok $? "--entropy adds the policy's entropy"

jq -c '{id, question, answer, response: "It is \(.answer).", advantage: 1}' "$tmp/buffer.jsonl" | head -n 4 >"$tmp/sft.jsonl"
update --epochs 8 -o "$tmp/sft" "$tmp/sft.jsonl" | jq -s -e '.[7].loss < .[0].loss and .[0].mismatch_max == null' >/dev/null
ok $? "solutions without tokens are tokenised and learnt"
mkdir "$tmp/config"
cp "$model/config.json" "$model"/tokenizer* "$tmp/config"
empg-update -q --init --seed 3 -m "$tmp/config" -o "$tmp/init" "$tmp/sft.jsonl" >/dev/null && [ -s "$tmp/init/model.safetensors" ]
ok $? "--init needs no weights"
empg-update -m "$model" -o "$tmp/empty" </dev/null >"$tmp/got" 2>"$tmp/err" && [ ! -s "$tmp/got" ]
ok $? "an empty buffer"
for m in "$model" "$tmp/empty"; do empg-sample -q -m "$m" -n 4 --max-response 40 "$tmp/prompts.jsonl" | jq -c 'del(.model)' | md5sum; done | uniq | wc -l | grep -qx 1
ok $? "an empty buffer leaves the weights"

shards=$root/testdata/models/qwen2-sharded
empg-update -q -m "$shards" -o "$tmp/joined" "$shards/buffer.jsonl" >/dev/null &&
	[ "$(jq -r .digests.parent "$tmp/joined/trainer_state.json")" = "$(cat "$shards"/model-*.safetensors | sha256sum | cut -c 1-64)" ]
ok $? "the digest of weights in parts is that of all of them"
mkfifo "$tmp/pipe"
# Opening a pipe waits for the other end, which a tool that failed never opens.
# shellcheck disable=SC2016 # the inner shell's
timeout 60 sh -c 'cat "$1" >"$2"' sh "$tmp/buffer.jsonl" "$tmp/pipe" &
update -o "$tmp/piped" "$tmp/pipe" >/dev/null && jq -e '.trajectories == 12 and .digests.buffer == null and .digests.parent != null' "$tmp/piped/trainer_state.json" >/dev/null
ok $? "a pipe has no digest"
kill $! 2>/dev/null
status 73 "a checkpoint that exists" update -o "$tmp/a" "$tmp/buffer.jsonl"
status 73 "a checkpoint in a directory that is not there" update -o "$tmp/none/a" "$tmp/buffer.jsonl"
[ ! -s "$tmp/out" ]
ok $? "is seen before the first step"
status 64 "an epsilon of 0: 0/0 where a gradient is 0" update --eps 0 -o "$tmp/x" "$tmp/buffer.jsonl"
status 64 "a beta that is 1 in fp32" update --betas 0.9,0.999999999 -o "$tmp/x" "$tmp/buffer.jsonl"
status 64 "neither -o nor --gradients" update "$tmp/buffer.jsonl"
status 66 "no such buffer" update -o "$tmp/x" "$tmp/none"
# bad NAME FILTER MESSAGE: the third record made bad.
bad() {
	jq -c "if input_line_number == 3 then $2 else . end" "$tmp/buffer.jsonl" >"$tmp/bad.jsonl"
	status 65 "$1" update -o "$tmp/x" "$tmp/bad.jsonl"
	says "^empg-update: $tmp/bad.jsonl:3: $3" "names file, line and field: $1"
}
bad "no advantage" 'del(.advantage)' 'advantage: missing'
bad "an advantage too few" '.advantage = [1]' 'advantage: 1 numbers for'
bad "a token that the model has not" '.response_tokens[0] = 261' 'response_tokens\[0\]: 261'
bad "a logprob too few" '.logprobs = [-1]' 'logprobs: 1 numbers'
jq -c 'if input_line_number == 3 then del(.logprobs) else . end' "$tmp/buffer.jsonl" >"$tmp/bad.jsonl"
status 65 "no logprobs to compare with" update --objective grpo --old sampler -o "$tmp/x" "$tmp/bad.jsonl"
says "^empg-update: $tmp/bad.jsonl:3: logprobs: missing" "names file, line and field"
bad "a reward that is no number" '.reward = "1"' 'reward: expected a number'
bad "no prompt" '.prompt_tokens = []' 'prompt_tokens: empty'
bad "a temperature of 0" '.temperature = 0' 'temperature:'
bad "a temperature that is 0 in fp32" '.temperature = 1e-300' 'temperature:'
bad "an advantage beyond fp32" '.advantage = 1e300' 'advantage: out of range'
[ ! -e "$tmp/x" ]
ok $? "and no checkpoint is left"
jq -c 'if input_line_number == 3 then del(.advantage) else . end' "$tmp/buffer.jsonl" >"$tmp/bad.jsonl"
empg-update -m "$model" --skip-bad -o "$tmp/skip" "$tmp/bad.jsonl" 2>"$tmp/err" | jq -e '.trajectories == 11' >/dev/null
ok $? "--skip-bad"
jq -c '.advantage = 3e38' "$tmp/buffer.jsonl" >"$tmp/huge.jsonl"
status 70 "three steps that are not finite" update --loss-norm trajectory --batch 2 -o "$tmp/x" "$tmp/huge.jsonl"
[ "$(jq -c 'select(.skipped)' "$tmp/out" | wc -l)" -eq 3 ] && [ ! -e "$tmp/x" ]
ok $? "each is said, and no checkpoint is written"
# A step of hours, stopped within its micro-batch.
seq 400 | while read -r k; do sed "s/\"id\":\"/&$k-/" "$tmp/buffer.jsonl"; done >"$tmp/long.jsonl"
empg-update -q -m "$model" --threads 1 --batch 4800 --epochs 1000 --micro-tokens 64 -o "$tmp/x" "$tmp/long.jsonl" >"$tmp/out" &
sleep 1
kill -TERM $!
wait $!
[ $? -eq 143 ] && [ ! -e "$tmp/x" ]
ok $? "SIGTERM: status 143, no checkpoint"
find "$tmp" -name '.*tmp*' | grep -q .
ok $(($? == 0)) "no temporary directory is left"
finish
