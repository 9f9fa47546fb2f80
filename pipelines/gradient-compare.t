#!/bin/bash
# The table of cosines: what must be 1, what must not, and options of one's own.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
here=$root/pipelines
model=$here/../testdata/demo
"$here/word-problems" --seed 21 --count 6 >"$tmp/prompts.jsonl"
# Every group has right and wrong answers.
empg-sample -q -m "$model" -n 4 --max-response 24 "$tmp/prompts.jsonl" |
	jq -c '. + {reward: (if .sample % 2 == 0 or (.id | endswith("1")) and .sample == 1 then 1 else 0 end)}' >"$tmp/scored.jsonl"
compare() { "$here/gradient-compare" "$model" "$tmp/scored.jsonl" "$@"; }

JSON=1 compare empg raw star rloo grpo dr-grpo 'pulled=--method empg:--beta 1 --ref '"$here/../testdata/demo" >"$tmp/got"
ok $? "methods by name and by options"
jq -s -c 'map(.name)' "$tmp/got" | grep -qxF '["empg","raw","star","rloo","grpo","dr-grpo","pulled"]'
ok $? "a line for each"
jq -s -e 'map(.cosines) as $c | [range(7)] | all(. as $i | ($c[$i][$i] - 1 | fabs) < 1e-12 and ([range(7)] | all($c[$i][.] == $c[.][$i])))' "$tmp/got" >/dev/null
ok $? "each is itself, and the table is symmetric"
jq -s -e 'map(.cosines) as $c | $c[1][2] > 1 - 1e-6 and $c[0][6] > 1 - 1e-6 and $c[0][1] < 0.999 and $c[0][1] > -1 and $c[0][4] > 0' "$tmp/got" >/dev/null
ok $? "raw is star with rewards of 0 and 1; a policy's own reference adds nothing; the others differ"
[ "$(compare empg grpo | awk '{ print NF }' | paste -sd ' ')" = "3 4 4" ]
ok $? "a table"
compare nonsense 2>"$tmp/err"
[ $? -eq 64 ] && grep -q 'no method nonsense' "$tmp/err"
ok $? "no such method"
gradient-cosine "$tmp" nothing 2>"$tmp/err"
[ $? -eq 66 ] && grep -q nothing "$tmp/err"
ok $? "no such gradient"
finish
