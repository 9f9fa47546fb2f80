#!/bin/sh
# empg-score with a reward model and with a value model.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/tap.sh"
models=$root/testdata/models
reward=$models/qwen2-reward value=$models/qwen3-value

# Records without an answer, each three times, with a number to tell them by.
for i in 0 1 2; do
	jq -c --argjson i $i '.response = "so 5" | .sample = $i | del(.reward)' "$reward/buffer.jsonl"
done >"$tmp/in"
model() { empg-score -r model --reward-model "$reward" "$@"; }

model "$tmp/in" >"$tmp/scored"
jq -s --slurpfile want "$reward/reference.json" '[.[] | [.sample, .reward, .correct]] as $got |
	all(range(12); ($got[.][1] - $want[0].score[. % 4] | fabs < 1e-4) and
		$got[.][2] == ($want[0].score[. % 4] > 0) and $got[.][0] == (. / 4 | floor))' "$tmp/scored" | grep -q true
ok $? "rewards are the scores that transformers gives, in the input's order"
head -n 1 "$tmp/scored" | jq -c 'del(.reward) | keys_unsorted[-7:], .scorer, .status, .extracted, .rationale_tokens,
	.verdicts.boxed' >"$tmp/got"
cat >"$tmp/want" <<'END'
["response","correct","extracted","rationale_tokens","scorer","status","verdicts"]
"model"
"ok"
null
2
null
END
diff "$tmp/want" "$tmp/got" >"$tmp/diff"
status=$?
sed 's/^/# /' "$tmp/diff"
ok $status "the fields are the others' fields; no answer is needed"
same=0
for options in "--threads 1 --micro-tokens 1" "--threads 2 --micro-tokens 77" "--threads 3"; do
	# shellcheck disable=SC2086 # options are words
	model $options "$tmp/in" | cmp -s - "$tmp/scored" || same=1
done
ok $same "threads and micro-batches change no byte"
model --reward-sigmoid "$tmp/in" | jq -s --slurpfile raw "$tmp/scored" 'all(range(12) as $i |
	(.[$i].reward - 1 / (1 + (-$raw[$i].reward | exp)) | fabs < 1e-12) and .[$i].correct == $raw[$i].correct; .)' |
	grep -q true
ok $? "--reward-sigmoid gives the probability"
jq -c '.answer = "5"' "$tmp/in" | empg-score -r model=0.5 -r exact=2 --reward-model "$reward" |
	jq -s --slurpfile raw "$tmp/scored" 'all(range(12) as $i | (.[$i].reward - 0.5 * $raw[$i].reward | fabs < 1e-9) and
	.[$i].scorer == "model=0.5+exact:whole=2"; .)' >"$tmp/sum"
jq -c '.answer = "so 5"' "$tmp/in" | empg-score -r exact=2 -r model=0.5 --reward-model "$reward" |
	jq -s --slurpfile raw "$tmp/scored" 'all(range(12) as $i | (.[$i].reward - 2 - 0.5 * $raw[$i].reward | fabs < 1e-9) and
	.[$i].correct; .)' >>"$tmp/sum"
[ "$(paste -s "$tmp/sum")" = "true	true" ]
ok $? "adds up with other rules by weight; the first rule says what is correct"
model --reward-dtype bf16 "$tmp/in" | jq -s --slurpfile raw "$tmp/scored" \
	'any(range(12) as $i | .[$i].reward != $raw[$i].reward; .) and
	all(range(12) as $i | .[$i].reward - $raw[$i].reward | fabs < 0.1; .)' | grep -q true
ok $? "--reward-dtype bf16 is near"

# Values.
empg-score -r none --values "$value" "$value/buffer.jsonl" >"$tmp/values"
jq -s --slurpfile in "$value/buffer.jsonl" 'all(range(4) as $i | .[$i].values as $v | (.[$i] | del(.values)) == $in[$i] and
	($v | length) == (.[$i].response_tokens | length); .)' "$tmp/values" | grep -q true
ok $? "-r none --values adds one value a response token, and changes nothing else"
empg-score -r model --reward-model "$reward" --values "$reward" "$tmp/in" | jq -es 'all(.[]; (.values | length) ==
	(.response_tokens | length) and .reward != null)' >"$tmp/got"
ok $? "a score and values in one go"
model /dev/null >"$tmp/none" && [ ! -s "$tmp/none" ]
ok $? "empty input gives empty output"
head -n 5 "$tmp/scored" >"$tmp/five"
model --max-records 5 "$tmp/in" | cmp -s - "$tmp/five"
ok $? "--max-records"

# More than one batch, and more bytes than one batch has.
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do cat "$tmp/in"; done >"$tmp/many"
model "$tmp/many" | split -l 12 --filter='cmp - '"$tmp/scored" - >/dev/null
ok $? "360 records, by batches"

# What can't be scored.
status 64 "-r model alone" empg-score -r model "$tmp/in"
says "-r model needs --reward-model" "asks for the model"
status 64 "--reward-model alone" empg-score -r math --reward-model "$reward" "$tmp/in"
says "--reward-model needs -r model" "asks for the rule"
status 66 "a model that is not there" empg-score -r model --reward-model "$tmp/absent" "$tmp/in"
status 65 "a policy as a value model" empg-score -r none --values "$models/qwen3" "$tmp/in"
says "empg-score: $models/qwen3: a Qwen3ForCausalLM is a policy, where a value model is wanted" "is refused in a line"
echo '{"id":"a","prompt":"x"}' >"$tmp/prompt"
status 65 "a value model as a policy" empg-sample -m "$reward" "$tmp/prompt"
says "a Qwen2ForSequenceClassification is a value model, where a policy is wanted" "is refused in a line"
status 69 "no CUDA here" model --device cuda "$tmp/in"
{ head -n 2 "$tmp/in"; jq -c 'del(.response_tokens)' "$tmp/in"; } >"$tmp/bad"
status 65 "a record without response_tokens" model "$tmp/bad"
says "empg-score: $tmp/bad:3: response_tokens: missing" "names file, line and field"
[ "$(wc -l <"$tmp/out")" -eq 2 ]
ok $? "behind the records before it"
status 0 "--skip-bad goes on" model --skip-bad "$tmp/bad"
[ "$(wc -l <"$tmp/out")" -eq 2 ]
ok $? "with the good ones"
bad() { # bad FILTER MESSAGE
	head -n 1 "$tmp/in" | jq -c "$1" >"$tmp/one"
	status 65 "$1" model "$tmp/one"
	says "one:1: $2" "says so"
}
bad 'del(.prompt_tokens)' 'prompt_tokens: missing'
bad '.prompt_tokens = []' 'prompt_tokens: empty'
bad '.prompt_tokens[1] = 261' 'prompt_tokens\[1\]: 261 is not a token of the model.s 261'
bad '.response_tokens[2] = -1' 'response_tokens\[2\]: -1 is not a token'
bad '.response_tokens = [range(256)]' 'response_tokens: 258 tokens with the prompt, the model has 256 positions'
bad '.response_tokens = "x"' 'response_tokens: expected an array'
head -n 1 "$tmp/in" | jq -c '.response_tokens = []' | model | jq -e '.reward != null' >"$tmp/got"
ok $? "an empty response has the score of its prompt"
finish
