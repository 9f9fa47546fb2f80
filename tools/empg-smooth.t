#!/bin/sh
# empg-smooth: methods, mini-batches, filters, statuses.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/tap.sh"

# records REWARD...: groups of three.
records() {
	i=0
	for r in "$@"; do
		echo "{\"id\":\"p$((i / 3))\",\"x\":1.10,\"reward\":$r,\"y\":[1e3]}"
		i=$((i + 1))
	done
}
# near FIELD VALUE...: a field of standard input's records, to 12 digits.
near() {
	field=$1
	shift
	jq -c ".[\"$field\"]" | awk -v want="$*" '
		BEGIN { n = split(want, w, " ") }
		{ d = $1 - w[NR]; if (d < 0) d = -d; if (d > 1e-12) exit 1 }
		END { if (NR != n) exit 1 }'
}

# Eq. 12 by hand: R = 1 0 0 1 0 0, mu = 1/3, sigma = sqrt(2)/3.
records 1 0 0 1 0 0 | empg-smooth >"$tmp/eq12"
near return 0.804429682507 0.330238450673 0.330238450673 0.804429682507 0.330238450673 0.330238450673 <"$tmp/eq12"
ok $? "Eq. 12 by hand: the smoothed rewards"
near baseline 0.488302194618 0.488302194618 0.488302194618 0.488302194618 0.488302194618 0.488302194618 <"$tmp/eq12"
ok $? "Eq. 12 by hand: b"
near advantage 0.316127487889 -0.158063743945 -0.158063743945 0.316127487889 -0.158063743945 -0.158063743945 <"$tmp/eq12"
ok $? "Eq. 12 by hand: the advantages"

records 2 2 2 | empg-smooth | cut -d, -f5- | uniq -c | sed 's/^ *//' >"$tmp/got"
golden smooth-equal.txt "equal rewards: 1/2, and exactly 0" <"$tmp/got"
records 1 0 0.50 1 1 1 0 -1 | empg-smooth >"$tmp/got"
golden smooth.jsonl "fields in order, numbers as they came" <"$tmp/got"
for method in raw star sft rloo grpo dr-grpo; do
	records 1 0 0.50 1 1 1 0 -1 | empg-smooth --method $method | jq -c --arg m $method '[$m, .id, .reward, .return, .baseline, .advantage]'
done >"$tmp/got"
golden smooth-methods.jsonl "every method" <"$tmp/got"
records 1 0 0 1 0 0 | empg-smooth --scope group | jq -c .advantage >"$tmp/got"
golden smooth-group.txt "Eq. 12 within each group" <"$tmp/got"
records 1 0 0 3 1 1 >"$tmp/six"
empg-smooth --batch 3 "$tmp/six" >"$tmp/two"
{ head -n 3 "$tmp/six" | empg-smooth && tail -n 3 "$tmp/six" | empg-smooth; } | cmp -s - "$tmp/two"
ok $? "mini-batches stand by themselves"
for batch in 1 2; do empg-smooth --batch $batch "$tmp/six" | cmp -s - "$tmp/two" || break; done
ok $? "groups stay whole, also where one alone is more than a mini-batch"
records 1 0 0 3 1 1 0 0 1 | empg-smooth --batch 4 | head -n 6 >"$tmp/got"
empg-smooth "$tmp/six" | cmp -s - "$tmp/got"
ok $? "a mini-batch ends with the group that fills it"
records 1 0 0 1 | empg-smooth --batch 3 | tail -n 1 | near advantage 0
ok $? "a last mini-batch of one has advantage 0"
records 1 0 0 1 1 1 0 0 0 0 | empg-smooth --drop-degenerate --batch 2 | jq -c '[.id, .reward]' >"$tmp/kept"
records 1 0 0 | jq -c '[.id, .reward]' | cmp -s - "$tmp/kept"
ok $? "--drop-degenerate"
records 1 0 0 1 1 1 0 0 0 0 | empg-smooth --drop-degenerate --summary 2>&1 >"$tmp/got" |
	grep -q ': 3 records, 4 groups, 1 mini-batches, 3 degenerate groups, 7 records dropped'
ok $? "and they are counted"
records 1 1 1 1 0 0 0 0 0 1 0 1 | empg-smooth --method rloo --drop-degenerate >"$tmp/got"
records 1 1 1 1 0 0 0 0 0 1 0 1 | empg-smooth --method rloo | grep -v '"advantage":0.0' | cmp -s - "$tmp/got"
ok $? "what is left comes in its order"
records 1 0 0 1 | empg-smooth --method raw --baseline loo | near advantage 0.66666666666667 -0.66666666666667 -0.66666666666667 0.66666666666667
ok $? "--baseline loo"
records 1 0 | empg-smooth --method raw --baseline 0.25 | near advantage 0.75 -0.25
ok $? "--baseline VALUE"
records 1 -1 | empg-smooth --temper 2 | near return 0.88079707797788 0.11920292202212
ok $? "--temper: sigmoid(2 (R - mu) / sigma)"
records 1 0 0 1 1 1 | empg-smooth --summary 2>"$tmp/summary" >/dev/null
golden smooth-summary.txt "--summary" <"$tmp/summary"
echo '{"id":"a"}' | empg-smooth --method sft >"$tmp/got"
golden smooth-sft.jsonl "sft needs no reward" <"$tmp/got"

# The running mean: 1 0 0 have their own, 1/3; 1 1 1 have that; 0 1 0 have 4/6.
records 1 0 0 1 1 1 0 1 0 | empg-smooth --method reinforce --batch 3 >"$tmp/nine"
near baseline 0.33333333333333 0.33333333333333 0.33333333333333 0.33333333333333 0.33333333333333 0.33333333333333 \
	0.66666666666667 0.66666666666667 0.66666666666667 <"$tmp/nine"
ok $? "reinforce: the mean of the mini-batches before"
records 1 0 0 1 1 1 0 1 0 >"$tmp/in"
{ head -n 3 "$tmp/in" | empg-smooth --method reinforce --state "$tmp/mean" &&
	tail -n 6 "$tmp/in" | empg-smooth --method reinforce --batch 3 --state "$tmp/mean"; } | cmp -s - "$tmp/nine"
ok $? "--state goes on as if it were one run"
[ "$(jq -c '[.records, (.mean * 9 + 0.5 | floor)]' "$tmp/mean")" = '[9,5]' ]
ok $? "and holds the count and the mean of all"
records 1 0 0 1 1 1 0 1 0 | empg-smooth --method reinforce --batch 3 --momentum 0.5 | tail -n 3 |
	near baseline 0.66666666666667 0.66666666666667 0.66666666666667
ok $? "--momentum: half of 1/3 and half of 1"
cp "$tmp/mean" "$tmp/before"
records 1 x 2>/dev/null | empg-smooth -q --method reinforce --state "$tmp/mean" >/dev/null 2>&1
cmp -s "$tmp/mean" "$tmp/before"
ok $? "a run that fails leaves --state as it was"
for bad in '{"mean":0.5}' '{"records":3,"mean":"x"}' '{"records":-1,"mean":0.5}' '{"records":3,"mean":1e999}' '[3]' '' '{"records":3'; do
	echo "$bad" >"$tmp/mean"
	status 65 "--state that is '$bad'" empg-smooth --method reinforce --state "$tmp/mean" /dev/null
	says "mean: " "is named: $(sed "s|.*$tmp/||" "$tmp/err")"
done
status 73 "--state where no file can be" empg-smooth --method reinforce --state "$tmp/absent/mean" /dev/null

# values REWARD V...: one response with its token values.
values() {
	reward=$1
	shift
	echo "{\"id\":\"a\",\"response_tokens\":[$(seq -s, $#)],\"reward\":$reward,\"values\":[$(echo "$@" | tr ' ' ,)]}"
}
{ values 1 0.25 0.5 && values 0 0.5; } >"$tmp/values"
empg-smooth --method ppo --no-whiten "$tmp/values" | jq -c '[.return, .baseline, .advantage, .returns]' >"$tmp/got"
golden smooth-ppo.jsonl "ppo: advantages and returns by token, no baseline" <"$tmp/got"
# 3/4 1/2 -1/2: mean 1/4, variance 7/16.
empg-smooth --method ppo "$tmp/values" | jq -c '.advantage[] | {advantage: .}' | near advantage 0.75592893737927 0.37796446868963 -1.13389340606890
ok $? "ppo whitens over all tokens unless told"
empg-smooth --method ppo --no-whiten --gamma 0.5 --lambda 0.5 "$tmp/values" | jq -c '.advantage[] | {advantage: .}' | near advantage 0.125 0.5 -0.5
ok $? "--gamma, --lambda"
empg-smooth --method raw --baseline values "$tmp/values" | jq -c '[.return, .baseline, .advantage, .returns]' >"$tmp/got"
golden smooth-values.jsonl "--baseline values" <"$tmp/got"
empg-smooth --method ppo "$tmp/values" | empg-smooth --method rloo | jq -c 'keys' | uniq >"$tmp/got"
[ "$(cat "$tmp/got")" = '["advantage","baseline","id","response_tokens","return","reward","values"]' ]
ok $? "another smoothing takes the first one's fields away"
echo '{"id":"a","reward":1}' >"$tmp/bad"
status 65 "ppo without values" empg-smooth --method ppo "$tmp/bad"
says "bad:1: values: missing" "is told"
echo '{"id":"a","reward":1,"response_tokens":[1,2],"values":[0.5]}' >"$tmp/bad"
status 65 "another number of values than tokens" empg-smooth --method ppo "$tmp/bad"
says "bad:1: values: 1 numbers for 2 response tokens" "is told"

# 20 MB of records, which would take 100 MB: no more than a mini-batch is held.
# shellcheck disable=SC3045 # where sh has no ulimit -v there is no test
limited() { (ulimit -v 60000 2>"$tmp/err" && exec empg-smooth "$@" 2>"$tmp/err"); }
if limited --help >"$tmp/out"; then
	awk 'BEGIN { for (t = 0; t < 2000; t++) a = a "," t; for (i = 0; i < 2000; i++)
		printf "{\"id\":\"p%d\",\"reward\":%d,\"a\":[0%s]}\n", i / 8, i % 16 % 9 == 0, a }' >"$tmp/many"
	for options in '--batch 64' '--batch 64 --drop-degenerate' '--method star' '--method grpo --drop-degenerate' \
		'--method reinforce --batch 64'; do
		# shellcheck disable=SC2086 # words
		limited -q $options "$tmp/many" | tail -n 1 | grep -q '"advantage":'
		ok $? "$options: memory does not grow with the input"
	done
fi

# The manual's example.
shown=$(sed -n 's/^\({"id":"a","reward":3,.*\)\.\.\.$/\1/p' "$root/man/empg-smooth.1")
for r in 3 1 1 1 0 0; do echo '{"id":"a","reward":'$r'}'; done | empg-smooth >"$tmp/example"
[ -n "$shown" ] && head -n 1 "$tmp/example" | grep -qF "$shown"
ok $? "the manual's example"

status 0 "empty input" empg-smooth /dev/null
[ ! -s "$tmp/out" ]
ok $? "gives empty output"
status 64 "an unknown method" empg-smooth --method nonsense /dev/null
status 64 "a bad baseline" empg-smooth --baseline 1x /dev/null
status 64 "a baseline where there is none" empg-smooth --method star --baseline mean /dev/null
for option in '--gamma 0.5' '--lambda 0.5' '--whiten' '--state x' '--momentum 0.5'; do
	# shellcheck disable=SC2086 # two words
	status 64 "$option for a method without use for it" empg-smooth $option /dev/null
done
status 64 "a slope without a sigmoid" empg-smooth --method raw --temper 2 /dev/null
status 64 "a slope of 0" empg-smooth --temper 0 /dev/null
says "temper: 0 is not above 0" "is told in people's numbers"
status 64 "a scope where there is none" empg-smooth --method reinforce --scope group /dev/null
records 1 0 0 1 | sed '2,3d' >"$tmp/apart"
status 0 "groups that were torn apart" empg-smooth --method grpo "$tmp/apart"
says "no two neighbours have the same id" "are told"

# A value model's baselines, here and by way of the records.
models=$root/testdata/models
value=$models/qwen3-value
jq -c '.reward = (.id | length)' "$value/buffer.jsonl" >"$tmp/scored"
empg-score -r none --values "$value" "$tmp/scored" | empg-smooth --method raw --baseline values | jq -c 'del(.values)' >"$tmp/want"
for batch in 1 3 0; do
	empg-smooth --method raw --batch $batch --threads 1 --baseline "model:$value" "$tmp/scored" >"$tmp/got"
	jq -es --slurpfile want "$tmp/want" '. as $got | length == 4 and all(range(4); . as $i |
		($got[$i] | del(.advantage)) == ($want[$i] | del(.advantage)) and
		all(range($got[$i].response_tokens | length); $got[$i].advantage[.] - $want[$i].advantage[.] | fabs < 1e-6))' "$tmp/got" >/dev/null
	ok $? "--baseline model:DIR with mini-batches of $batch: the values that empg-score writes"
done
status 65 "a policy that is to give values" empg-smooth --baseline "model:$models/qwen3" "$tmp/scored"
status 66 "a model that is not there" empg-smooth --baseline "model:$tmp/absent" "$tmp/scored"
{ cat "$tmp/scored" && jq -c 'del(.response_tokens)' "$tmp/scored"; } >"$tmp/bad"
status 65 "a record without tokens for the model" empg-smooth --baseline "model:$value" "$tmp/bad"
says "bad:5: response_tokens: " "is named with file and line"

status 66 "a missing file" empg-smooth "$tmp/absent"
if [ -r /proc/self/comm ]; then
	mkfifo "$tmp/waits"
	empg-smooth "$tmp/waits" &
	exec 9>"$tmp/waits"
	[ "$(cat "/proc/$!/comm")" = empg-smooth ]
	ok $? "ps(1) knows it by its name"
	exec 9>&-
	wait
fi
{ records 1 && echo '{"id":"a","reward":"1"}' && records 0; } >"$tmp/bad"
status 65 "a reward that is no number" empg-smooth "$tmp/bad"
says "bad:2: reward: expected a number" "is named with file and line"
status 0 "--skip-bad goes on" empg-smooth --skip-bad "$tmp/bad"
[ "$(wc -l <"$tmp/out")" -eq 2 ]
ok $? "with the records that are good"
records 1e308 -1e308 >"$tmp/large"
status 65 "rewards too large to compare" empg-smooth "$tmp/large"
says "mini-batch 1: reward: too large" "are named"
if [ -w /dev/full ]; then
	records 1 0 | empg-smooth >/dev/full 2>"$tmp/err"
	ok "$(($? != 74))" "a full disk is told"
fi
finish
