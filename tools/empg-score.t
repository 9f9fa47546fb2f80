#!/bin/sh
# empg-score: verdicts, fields, statuses.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/tap.sh"
data=$root/testdata/trajectories.jsonl
examples=$root/testdata/score-examples.jsonl

empg-score "$data" >"$tmp/got"
golden score.jsonl "rules by source; every field in order, numbers as they came" <"$tmp/got"
empg-score --strict -r gsm8k -r 'regex:(\d+) apples=0.5' --format-reward 0.25 \
	--length-penalty 12,4 --max-records 4 "$data" |
	jq -c '[.reward, .correct, .extracted, .rationale_tokens, .scorer]' >"$tmp/got"
golden score-sum.jsonl "weights, format and length add up" <"$tmp/got"
empg-score "$data" | empg-score | cmp -s - "$root/testdata/golden/score.jsonl"
ok $? "a second scoring changes nothing"

# The worked examples: what needs algebra is refused, nothing wrong is accepted.
for rule in gsm8k math; do
	jq -c "select(.rule == \"$rule\")" "$examples" | tee "$tmp/$rule" | empg-score -r $rule
done | jq -r 'select(.correct) | .id' >"$tmp/accepted"
jq -r 'select(.correct) | .id' "$tmp/math" "$tmp/gsm8k" | sort >"$tmp/right"
sort "$tmp/accepted" | comm -23 - "$tmp/right" | grep -q .
ok "$((! $?))" "no example is accepted wrongly"
sort "$tmp/accepted" | comm -13 - "$tmp/right" >"$tmp/got"
golden score-refused.txt "right examples that are refused" <"$tmp/got"
empg-score -r gsm8k --strict "$tmp/gsm8k" | jq -r '[.id, .correct, .correct_strict] | select(.[1] != .[2])' >"$tmp/strict"
[ ! -s "$tmp/strict" ]
ok $? "gsm8k --strict agrees with every example"

status 0 "empty input" empg-score /dev/null
[ ! -s "$tmp/out" ]
ok $? "gives empty output"
printf '{"id":"a","answer":"","response":"\\n"}\n' >"$tmp/blank"
status 65 "an empty answer" empg-score -r math "$tmp/blank"
says "^empg-score: $tmp/blank:1: answer: " "names file, line and field"
status 64 "an unknown rule" empg-score -r nonsense "$data"
says "nonsense" "is named"
status 64 "a broken expression" empg-score -r 'regex:(' "$data"
status 64 "a soft part beyond the limit" empg-score --length-penalty 5,6 "$data"
status 66 "a missing file" empg-score "$tmp/absent"
{ head -n 1 "$data"; echo '{"id":"x","response":"1","source":"gsm8k"}'; tail -n 1 "$data"; } >"$tmp/bad"
status 65 "a missing field" empg-score "$tmp/bad"
says "empg-score: $tmp/bad:2: answer: missing" "is named with file and line"
status 0 "--skip-bad goes on" empg-score --skip-bad "$tmp/bad"
[ "$(wc -l <"$tmp/out")" -eq 2 ]
ok $? "with the records that are good"
echo '{"response":"1","answer":"one","source":"gsm8k"}' >"$tmp/gold"
status 65 "a ground truth that is no number" empg-score "$tmp/gold"
says "gold:1: answer: not a number" "is named"
echo '{"response":"1","answer":"1"}' >"$tmp/nosource"
status 65 "auto without a source" empg-score "$tmp/nosource"
says "source: missing" "asks for one"

# A NUL inside a response, and a line of 4 MB.
printf '{"response":"#### 10\\u0000\\n#### 11","answer":"11"}\n' | empg-score -r gsm8k | grep -q '"correct":true'
ok $? "a NUL does not end the text"
{ printf '{"answer":"7","response":"'; head -c 4000000 /dev/zero | tr '\0' 'a'; printf ' 7"}\n'; } |
	empg-score -r gsm8k | tail -c 100 | grep -q '"correct":true'
ok $? "a line of 4 MB"

if [ -w /dev/full ]; then
	empg-score "$data" >/dev/full 2>"$tmp/err"
	ok "$(($? != 74))" "a full disk is told"
fi
status 0 "-o writes a file" empg-score -o "$tmp/o.jsonl.zst" "$data"
zstd -qdc "$tmp/o.jsonl.zst" | cmp -s - "$root/testdata/golden/score.jsonl"
ok $? "compressed, with the same records"
status 65 "-o of a failing run" empg-score -o "$tmp/none" "$tmp/bad"
[ ! -e "$tmp/none" ]
ok $? "leaves nothing"
finish
