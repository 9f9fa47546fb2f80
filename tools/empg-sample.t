#!/bin/sh
# empg-sample: the same bytes however it is run; limits, statuses, signals.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/tap.sh"
model=$root/testdata/models/qwen3
i=0
while [ $i -lt 7 ]; do
	echo "{\"id\":\"p$i\",\"question\":\"What is $i and $((i * i))?\",\"answer\":\"$i\",\"x\":1.10}"
	i=$((i + 1))
done >"$tmp/prompts.jsonl"
sample() { empg-sample -q -m "$model" -n 3 --max-response 40 --seed 5 "$@"; }

sample "$tmp/prompts.jsonl" >"$tmp/all"
ok $? "seven prompts, three samples"
jq -c '[.id, .sample]' "$tmp/all" | md5sum >"$tmp/order"
jq -cn 'range(7) as $p | range(3) | ["p\($p)", .]' | md5sum | cmp -s - "$tmp/order"
ok $? "in the prompts' order, a prompt's samples together"
head -n 1 "$tmp/all" | jq -c keys_unsorted >"$tmp/got"
golden sample-fields.json "fields in order" <"$tmp/got"
head -n 1 "$tmp/all" | grep -q '"x":1.10,'
ok $? "unknown fields as they came"
jq -e -s 'all(.[]; (.response_tokens | length) == (.logprobs | length) and (.finish == "stop" or (.finish == "length" and (.response_tokens | length) == 40)) and all(.logprobs[]; . <= 0))' "$tmp/all" >/dev/null
ok $? "one logprob a token; responses end by a stop token or at the limit"

for how in "--slots 1" "--slots 3" "--slots 64" "--threads 1" "--threads 2 --slots 5" "--kv-memory 100K" "--kv-memory 40K"; do
	# shellcheck disable=SC2086 # options are words
	sample $how "$tmp/prompts.jsonl" | cmp -s - "$tmp/all"
	ok $? "the same bytes with $how"
done
for k in 0 1 2; do sample --shard $k/3 "$tmp/prompts.jsonl"; done | cmp -s - "$tmp/all"
ok $? "three shards, joined, are the whole"
sample --dtype bf16 --slots 1 "$tmp/prompts.jsonl" >"$tmp/bf16"
sample --dtype bf16 --slots 7 "$tmp/prompts.jsonl" | cmp -s - "$tmp/bf16"
ok $? "the same in bf16"
for k in 0 1 2; do sample --dtype bf16 --shard $k/3 "$tmp/prompts.jsonl"; done | cmp -s - "$tmp/bf16"
ok $? "and in three shards"
if cmp -s "$tmp/all" "$tmp/bf16"; then false; else true; fi
ok $? "bf16 is not f32"
sample --seed 6 "$tmp/prompts.jsonl" | cmp -s - "$tmp/all"
ok $(($? == 0)) "another seed draws otherwise"
zstd -q "$tmp/prompts.jsonl" -o "$tmp/prompts.jsonl.zst"
sample -o "$tmp/out.zst" "$tmp/prompts.jsonl.zst" && zstdcat "$tmp/out.zst" | cmp -s - "$tmp/all"
ok $? "zstd in and out"

for t in 0 1 2; do sample -n 1 --prompts 2 --iteration $t "$tmp/prompts.jsonl" | jq -r .id; done | sort >"$tmp/ids"
[ "$(uniq "$tmp/ids" | wc -l)" -eq 6 ]
ok $? "an epoch's batches have different prompts"
sample -n 1 --prompts 2 --iteration 3 "$tmp/prompts.jsonl" | jq -r .id >"$tmp/epoch2"
[ "$(wc -l <"$tmp/epoch2")" -eq 2 ]
ok $? "the next epoch follows"

sample --greedy -n 2 "$tmp/prompts.jsonl" | jq -c .response_tokens | uniq -c | awk '$1 != 2 { exit 1 }'
ok $? "--greedy: a prompt's samples are equal"
sample -n 8 --stop L --stop a "$tmp/prompts.jsonl" | jq -e -s 'any(.[]; .finish == "string") and all(.[]; (.finish == "string") == (.response | test("[La]")))' >/dev/null
ok $? "--stop"
empg-sample -m "$model" -n 1 --max-prompt 15 --max-response 40 "$tmp/prompts.jsonl" >"$tmp/got" 2>"$tmp/err"
[ $? -eq 0 ] && [ ! -s "$tmp/got" ] && grep -q '7 prompts skipped' "$tmp/err"
ok $? "prompts that are too long are skipped and counted"
sample --max-prompt 16 --truncate left "$tmp/prompts.jsonl" | jq -e -s 'length == 21 and all(.[]; .prompt_tokens | length == 16)' >/dev/null
ok $? "--truncate left"
empg-sample --progress -m "$model" -n 3 --max-response 40 --seed 5 "$tmp/prompts.jsonl" 2>"$tmp/err" | cmp -s - "$tmp/all" && grep -q '7/7 prompts' "$tmp/err"
ok $? "--progress"
sample --max-response 100 "$tmp/prompts.jsonl" >"$tmp/long"
sample --max-response 100 --stats --kv-memory 200K "$tmp/prompts.jsonl" >"$tmp/got" 2>"$tmp/err"
cmp -s "$tmp/got" "$tmp/long"
ok $? "the same bytes where sequences leave the cache"
jq -e -s --slurpfile t "$tmp/long" 'length == 1 and (.[0] | .response_tokens == ([$t[].response_tokens | length] | add) and
	.prompt_tokens == ([$t[] | select(.sample == 0).prompt_tokens | length] | add) and .preemptions > 0 and .recomputed_tokens > 0 and
	.kv_used_bytes <= .kv_bytes and .kv_bytes <= 204800 and .occupancy > 0 and .occupancy <= 1 and .tokens_per_second > 0 and
	.decode_tokens_per_second > 0 and .gflop > 0 and .peak_gflops > 0 and .peak_gbytes_per_second > 0 and .roofline > 0 and
	.peak_bytes > .kv_used_bytes and (.bound == "memory" or .bound == "compute"))' "$tmp/err" >/dev/null
ok $? "--stats"
sample </dev/null >"$tmp/got" && [ ! -s "$tmp/got" ]
ok $? "no prompts, no trajectories"

cp "$tmp/prompts.jsonl" "$tmp/bad.jsonl"
echo '{"id":"p3","question":"again"}' >>"$tmp/bad.jsonl"
status 65 "an id that was there before" sample "$tmp/bad.jsonl"
says "^empg-sample: $tmp/bad.jsonl:8: id: 'p3'" "names file, line and field"
[ ! -s "$tmp/out" ]
ok $? "and nothing is written before all input is read"
echo '{"id":"a"}' >"$tmp/bad.jsonl"
status 65 "no question" sample "$tmp/bad.jsonl"
says "^empg-sample: $tmp/bad.jsonl:1: question: missing" "names file, line and field"
cat "$tmp/prompts.jsonl" >>"$tmp/bad.jsonl"
sample --skip-bad "$tmp/bad.jsonl" | cmp -s - "$tmp/all"
ok $? "--skip-bad"
mkdir "$tmp/wide"
cp "$model"/* "$tmp/wide"
jq '.added_tokens += [.added_tokens[0] | .id = 5000000 | .content = "<|far|>"]' "$model/tokenizer.json" >"$tmp/wide/tokenizer.json"
echo '{"id":"a","prompt":"so <|far|> away"}' >"$tmp/bad.jsonl"
status 65 "a token that the model has not" empg-sample -m "$tmp/wide" --max-response 40 "$tmp/bad.jsonl"
says "^empg-sample: $tmp/bad.jsonl:1: the tokenizer gives token 5000000" "is refused"
status 66 "no such model" empg-sample -m "$tmp/none" "$tmp/prompts.jsonl"
status 66 "no such prompts" sample "$tmp/none"
status 64 "no model" empg-sample "$tmp/prompts.jsonl"
status 64 "a batch larger than the input" sample --prompts 8 "$tmp/prompts.jsonl"
status 64 "an empty --stop" sample --stop "" "$tmp/prompts.jsonl"
status 64 "a temperature of 0" sample -t 0 "$tmp/prompts.jsonl"
export EMPG_CUDA="$tmp/none"
status 69 "a device that is not here" sample --device cuda:1 "$tmp/prompts.jsonl"
says "^empg-sample: --device cuda:1: there is no CUDA backend here" "is said in a line"
EMPG_CUDA="$tmp/prompts.jsonl"
status 69 "a plugin that is none" sample --device cuda "$tmp/prompts.jsonl"
unset EMPG_CUDA
status 64 "a GPU without a number" sample --device cuda:x "$tmp/prompts.jsonl"
status 75 "a cache too small for one sequence" sample --kv-memory 1K "$tmp/prompts.jsonl"
mkdir "$tmp/odd"
cp "$model"/* "$tmp/odd"
jq '.model_type = "gpt_bigcode"' "$model/config.json" >"$tmp/odd/config.json"
status 65 "an architecture that is not supported" empg-sample -m "$tmp/odd" "$tmp/prompts.jsonl"
says gpt_bigcode "is refused by name"
head -c 5000 "$model/model.safetensors" >"$tmp/odd/model.safetensors"
cp "$model/config.json" "$tmp/odd"
status 65 "weights cut short" empg-sample -m "$tmp/odd" "$tmp/prompts.jsonl"
if [ -w /dev/full ]; then
	sample "$tmp/prompts.jsonl" >/dev/full 2>"$tmp/err"
	[ $? -eq 74 ]
	ok $? "a full disk"
fi

# Long enough to be hit: 7 times 20,000 samples, two at a time.
empg-sample -m "$model" -n 20000 --max-response 200 -t 3 --slots 2 --threads 1 -o "$tmp/stopped" "$tmp/prompts.jsonl" 2>"$tmp/err" &
sleep 0.5
kill -TERM $!
wait $!
[ $? -eq 143 ] && [ ! -e "$tmp/stopped" ]
ok $? "SIGTERM: status 143, no file"
finish
