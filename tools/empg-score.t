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

# The worked examples, each with its verdict.
for rule in gsm8k math; do
	jq -c "select(.rule == \"$rule\")" "$examples" | tee "$tmp/$rule" | empg-score -r $rule
done | jq -r 'select(.correct) | .id' >"$tmp/accepted"
jq -r 'select(.correct) | .id' "$tmp/math" "$tmp/gsm8k" | sort >"$tmp/right"
sort "$tmp/accepted" | comm -23 - "$tmp/right" | grep -q .
ok "$((! $?))" "no example is accepted wrongly"
sort "$tmp/accepted" | comm -13 - "$tmp/right" | grep -q .
ok "$((! $?))" "no right example is refused"
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
status 66 "a directory" empg-score "$tmp"
says "^empg-score: $tmp: Is a directory\$" "is called one"
status 66 "a directory of options" empg-score --config "$tmp" "$data"
{
	printf '\357\273\277'
	cat "$data"
} >"$tmp/mark"
empg-score "$tmp/mark" | cmp -s - "$root/testdata/golden/score.jsonl"
ok $? "a byte order mark is no part of the first record"
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
	empg-score -r gsm8k | tail -c 300 | grep -q '"correct":true'
ok $? "a line of 4 MB"

# How an answer was found, what became of it, and three verdicts whatever the rule is.
while IFS='|' read -r response want; do
	jq -cn --arg r "$response" '{answer: "5", source: "math", response: $r}'
	echo "$want" >>"$tmp/want"
done <<'END' >"$tmp/in"
So \boxed{5}.|math:boxed ok true FTT
The answer is 5.|math:stated ok true FTF
So\n\n**5**|math:bold ok true FTF
#### 5|math:absent none false TTF
The answer is not 5.|math:negated none false FTF
\boxed{4} no, \boxed{}. The answer is 5.|math:empty none false FTF
\boxed{5|math:unclosed-box none false FTF
<think>so \boxed{5}|math:unfinished-thinking none false FFF
<think>\boxed{5}</think> done|math:absent none false FFF
\boxed{5, 6}|math:boxed ok false FFF
END
jq -c '.response |= gsub("\\\\n"; "\n")' "$tmp/in" | empg-score | jq -r '"\(.scorer) \(.status) \(.correct) " +
	([.verdicts | .strict, .flexible, .boxed | if . then "T" else "F" end] | join(""))' >"$tmp/got"
diff "$tmp/want" "$tmp/got" >"$tmp/diff"
status=$?
sed 's/^/# /' "$tmp/diff"
ok "$status" "scorer, status and verdicts"
printf '%s\n' '{"answer":"1/2","response":"\\boxed{0.501}"}' >"$tmp/near"
[ "$(empg-score -r math "$tmp/near" | jq .correct)" = false ]
ok $? "0.501 is not a half"
[ "$(empg-score -r math --tolerance 0.01 "$tmp/near" | jq .correct)" = true ]
ok $? "but with --tolerance 0.01"
[ "$(empg-score -r math --tolerance 0.001 "$tmp/near" | jq .correct)" = false ]
ok $? "not with --tolerance 0.001"

# Threads: the same bytes, and errors where they stand.
for i in $(seq 200); do sed "s/\"id\":\"p/\"id\":\"$i-p/" "$data"; done >"$tmp/many"
empg-score "$tmp/many" >"$tmp/one" && empg-score --threads 5 "$tmp/many" | cmp -s - "$tmp/one"
ok $? "five threads give the bytes of one"
{ cat "$tmp/many"; echo '{"id":'; cat "$tmp/many"; echo '{"response":"1"}'; } >"$tmp/faulty"
status 65 "a bad line, by five threads" empg-score --threads 5 "$tmp/faulty"
says "^empg-score: $tmp/faulty:1601: column" "is the first one, at its place"
cmp -s "$tmp/out" "$tmp/one"
ok $? "behind all that are good"
status 0 "--skip-bad, by five threads" empg-score --threads 5 --skip-bad --max-records 1700 "$tmp/faulty"
[ "$(wc -l <"$tmp/out")" -eq 1700 ] && [ "$(grep -c "faulty:" "$tmp/err")" -eq 1 ]
ok $? "counts only the good ones for --max-records"

# A command judges: a number or an object a line, in order, restarted when it dies.
cat >"$tmp/judge" <<'END'
while read -r line; do
	case $line in
	*slow*) sleep 60 ;;
	*dies*) exit 3 ;;
	*once*) [ -e "$0.once" ] || { : >"$0.once"; kill -9 $$; }; echo 0.25 ;;
	*twice*) printf '1\n2\n' ;;
	*object*) echo '{"reward":-0.5,"correct":true,"extracted":"seven"}' ;;
	*nothing*) echo '{"reward":0,"extracted":null}' ;;
	*bad*) echo '{"reward":"1"}' ;;
	*) echo 1 ;;
	esac
done
END
ask() { for w in "$@"; do printf '{"id":"%s","answer":"5","response":"#### 5 %s"}\n' "$w" "$w"; done; }
ask plain object nothing once slow plain >"$tmp/in"
for jobs in 1 3; do
	rm -f "$tmp/judge.once"
	status 0 "-r command, $jobs at a time" empg-score -r command=2 --command "sh $tmp/judge" --timeout 0.5 --jobs $jobs "$tmp/in"
	jq -c '[.id, .reward, .correct, .extracted, .scorer, .status]' "$tmp/out" >"$tmp/got"
	golden score-command.jsonl "answers, a restart and a timeout, in order" <"$tmp/got"
done
ask plain dies plain >"$tmp/in"
status 65 "a command that dies of a record" empg-score -r command --command "sh $tmp/judge" "$tmp/in"
says "in:2: --command: ended with status 3" "is told with its place"
status 0 "--skip-bad passes it over" empg-score --skip-bad -r command --command "sh $tmp/judge" "$tmp/in"
[ "$(wc -l <"$tmp/out")" -eq 2 ]
ok $? "and goes on"
ask bad >"$tmp/in"
status 65 "an answer that is no number" empg-score -r command --command "sh $tmp/judge" "$tmp/in"
says "in:1: --command: its answer: reward: expected a number" "is told"
ask twice plain plain >"$tmp/in"
status 65 "two answers to one record" empg-score -r command --command "sh $tmp/judge" "$tmp/in"
says "nobody asked for" "are told"
status 69 "a command that is not there" empg-score -r command --command "$tmp/absent" "$tmp/in"
status 64 "-r command without --command" empg-score -r command "$tmp/in"
status 64 "--command without -r command" empg-score --command cat "$tmp/in"
[ "$(ask plain | empg-score -r gsm8k=0.5 -r command --command "sh $tmp/judge" | jq -c '[.reward, .scorer]')" = '[1.5,"gsm8k:####=0.5+command"]' ]
ok $? "it adds to other rules"
ask slow >"$tmp/in"
# Nothing of its group may outlive us: the pipe ends when the last of it does.
mkfifo "$tmp/lives"
empg-score -r command --command "echo >$tmp/lives; exec sleep 60 9>$tmp/lives" "$tmp/in" >"$tmp/out" 2>"$tmp/err" &
score=$!
# shellcheck disable=SC2016 # the inner shell's
timeout 30 sh -c '{ read -r _ && kill -TERM "$1" && ! read -r _; } <"$2"' sh "$score" "$tmp/lives" || kill "$score" 2>/dev/null
wait "$score"
[ $? -eq 143 ] && [ ! -s "$tmp/err" ]
ok $? "SIGTERM ends the command too"

# Too much that can't be scored is told once, with the likely cause.
for i in $(seq 120); do
	printf '{"answer":"5","source":"math","response":"It is 5.","finish":"%s"}\n' "$([ "$i" -le 20 ] && echo length)"
done >"$tmp/in"
status 0 "a run of zeros" empg-score "$tmp/in"
says "^empg-score: WARNING: 100 of 100 records have no answer that could be scored: 80 state no answer (does the prompt ask for \\\\boxed{}, or for ####?); 20 were cut off" "is told, with its causes"
[ "$(wc -l <"$tmp/err")" -eq 1 ]
ok $? "once"
status 0 "a quiet one" empg-score --max-unscorable 1 "$tmp/in"
[ ! -s "$tmp/err" ]
ok $? "--max-unscorable 1 says nothing"
head -n 99 "$tmp/in" | empg-score 2>"$tmp/err" >/dev/null
[ ! -s "$tmp/err" ]
ok $? "nor does a batch of fewer than a hundred"

if [ -w /dev/full ]; then
	empg-score "$data" >/dev/full 2>"$tmp/err"
	ok "$(($? != 74))" "a full disk is told"
fi
status 0 "-o writes a file" empg-score -o "$tmp/o.jsonl.zst" "$data"
zstd -qdc "$tmp/o.jsonl.zst" | cmp -s - "$root/testdata/golden/score.jsonl"
ok $? "compressed, with the same records"
status 65 "-o of a failing run" empg-score -o "$tmp/none" "$tmp/bad"
status 73 "-o without a name" empg-score -o "" "$data"
echo x | empg-score --skip-bad -o "$tmp/shut" 2>&-
ok "$(($? != 0 || $(wc -c <"$tmp/shut") != 0))" "a closed standard error leaves the output alone"
[ ! -e "$tmp/none" ]
ok $? "leaves nothing"
finish
