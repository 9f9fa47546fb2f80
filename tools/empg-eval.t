#!/bin/sh
# empg-eval: figures, parts, tables, series, statuses.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/tap.sh"
scored=$root/testdata/golden/score.jsonl

empg-eval --k 1,2,4 --label run=demo --label iteration=10 -q "$scored" >"$tmp/got"
golden eval.json "every figure" <"$tmp/got"
empg-eval --k 1,2 --by level -q "$scored" | jq -S . >"$tmp/got"
golden eval-by.json "--by a number" <"$tmp/got"
empg-eval --k 1,2 --by source --table -q "$scored" >"$tmp/got"
golden eval-table.txt "--by a word, as a table" <"$tmp/got"
[ "$(empg-eval "$scored" | jq .accuracy)" = "$(jq -s '(map(select(.correct)) | length) / length' "$scored")" ]
ok $? "accuracy is the share of correct trajectories"
empg-eval "$scored" >"$tmp/one"
empg-eval "$scored" | cmp -s - "$tmp/one"
ok $? "the same bytes again"
status 0 "more samples asked than there are" empg-eval --k 4 "$scored"
says "k = 4: 2 of 3 prompts have fewer samples" "is told"
empg-eval --k 16 -q "$scored" | jq -e '."pass@16" == null and ."maj@16" == null' >/dev/null
ok $? "and is null where no prompt has them"

empg-eval /dev/null >"$tmp/got"
golden eval-empty.json "empty input: null, and status 0" <"$tmp/got"
for i in 1 2 3 4; do
	echo "{\"run\":\"a\",\"iteration\":$i,\"accuracy\":0.$i,\"by\":{\"1\":{\"accuracy\":$i}},\"extra$i\":1,\"low\":null}"
done >"$tmp/series"
empg-eval --series "$tmp/series" --last 2 >"$tmp/got"
golden eval-series.json "--series: means of the last ones" <"$tmp/got"
[ "$(empg-eval --series "$tmp/series" | jq .accuracy)" = 0.25 ]
ok $? "of all of them, where there are fewer than --last"
[ "$(empg-eval --series /dev/null)" = '{"records":0}' ]
ok $? "of none"

# Behaviours: another table, and passages.
printf '# mine\n[thanks]\nThank you\n\n[sums]\n\\d+ ?[+] ?\\d+\n' >"$tmp/table"
cat >"$tmp/said" <<'EOF'
{"id":"a","sample":1,"correct":true,"reward":1,"extracted":null,"response_tokens":[1],"finish":"stop","response":"Wait. I thank\nyou for 1 +2 of these."}
{"id":"b","correct":true,"reward":1,"extracted":null,"response_tokens":[1],"finish":"stop","response":"Thank your luck: 3+4"}
{"id":"c","correct":true,"reward":1,"extracted":null,"response_tokens":[1],"finish":"stop","response":"5 + 6"}
EOF
empg-eval --behaviours "$tmp/table" --examples 2 "$tmp/said" | jq -c '.behaviours, .examples' >"$tmp/got"
golden eval-examples.json "--behaviours and --examples" <"$tmp/got"
empg-eval --examples 1 --table "$tmp/said" >"$tmp/got"
golden eval-examples.txt "--examples with a table" <"$tmp/got"
empg-eval --behaviours "$root/lib/rl/behaviours.txt" "$scored" >"$tmp/got"
empg-eval "$scored" | cmp -s - "$tmp/got"
ok $? "the table built in is the file's"
printf '[x]\na\nb(\n' >"$tmp/table"
status 65 "a phrase that is none" empg-eval --behaviours "$tmp/table" "$scored"
says 'table:3: no phrase: missing closing parenthesis' "is named with file and line"
: >"$tmp/table"
status 65 "a table of nothing" empg-eval --behaviours "$tmp/table" "$scored"
says 'table: no behaviours' "is told"
status 66 "a table that is not there" empg-eval --behaviours "$tmp/absent" "$scored"

# Two evaluations of 60 prompts: 9 are right in B alone, 3 in A alone.
jq -nc 'range(60) | {id: "p\(.)", question: "q\(.)", correct: (. % 4 == 0), reward: 1, extracted: null, response_tokens: [1, 2], finish: "stop", response: ""}' >"$tmp/a"
jq -c '(.id[1:] | tonumber) as $n | .correct = if $n % 5 == 1 then true elif $n % 20 == 0 then false else .correct end' "$tmp/a" >"$tmp/b"
empg-eval --compare "$tmp/a" "$tmp/b" >"$tmp/got"
golden eval-compare.json "--compare" <"$tmp/got"
jq -e '.better == 9 and .worse == 3 and (.accuracy.difference - 0.1 | fabs) < 1e-12' "$tmp/got" >/dev/null
ok $? "counts what changed"
# By the normal limit: sigma is sqrt((12/60 - 0.1^2) / 60) = 0.0563, the interval 0.1 +- 0.1103, p 0.0757.
jq -e '.accuracy | (.low + 0.0103 | fabs) < 0.02 and (.high - 0.2103 | fabs) < 0.02 and (.p - 0.0757 | fabs) < 0.03' "$tmp/got" >/dev/null
ok $? "near the normal limit"
tac "$tmp/b" >"$tmp/backwards"
empg-eval --compare "$tmp/a" "$tmp/backwards" | cmp -s - "$tmp/got"
ok $? "whatever the order of B's records"
empg-eval --compare --seed 2 "$tmp/a" "$tmp/b" >"$tmp/two"
jq -e '(.accuracy.difference - 0.1 | fabs) < 1e-12' "$tmp/two" >/dev/null && ! cmp -s "$tmp/got" "$tmp/two"
ok $? "another seed: another interval of the same difference"
empg-eval --compare --table "$tmp/a" "$tmp/b" | sed "s|$tmp|DIR|" >"$tmp/got"
golden eval-compare.txt "--compare --table" <"$tmp/got"
head -n 58 "$tmp/b" >"$tmp/short"
status 65 "prompts that B lacks" empg-eval --compare "$tmp/a" "$tmp/short"
says 'short lacks 2 of the 60 prompts of .*/a, as p58: compare' "are told"
status 65 "prompts that A lacks" empg-eval --compare "$tmp/short" "$tmp/a"
says 'short lacks 2 of the 60 prompts' "are told too"
sed 's/q7"/other"/' "$tmp/b" >"$tmp/other"
status 65 "another question with the same id" empg-eval --compare "$tmp/a" "$tmp/other"
says 'other:8: question: not that of the other records with the id p7' "is named with file and line"
status 65 "nothing to compare" empg-eval --compare /dev/null /dev/null
status 64 "one file to compare" empg-eval --compare "$tmp/a"
status 64 "standard input to compare" empg-eval --compare "$tmp/a" -
status 64 "a comparison of parts" empg-eval --compare --by level "$tmp/a" "$tmp/b"

status 64 "k of nothing" empg-eval --k 0 "$scored"
status 64 "k with junk" empg-eval --k 1,x "$scored"
status 64 "a label without a value" empg-eval --label x "$scored"
status 64 "a table of a series" empg-eval --series --table "$tmp/series"
status 66 "a missing file" empg-eval "$tmp/absent"
# A bar on standard error only: not on a terminal that the data go to.
if command -v script >/dev/null; then
	script -qc "empg-eval '$scored'" /dev/null </dev/null | tr -d '\r' >"$tmp/terminal"
	empg-eval "$scored" | cmp -s - "$tmp/terminal"
	ok $? "a terminal that shows the data has no bar"
	script -qc "empg-eval '$scored' >/dev/null; cat '$scored' | empg-eval >/dev/null" /dev/null </dev/null |
		grep -o 'empg-eval: [0-9]* records' >"$tmp/bars"
	is "one that does not has it, but not behind a pipe" "$(cat "$tmp/bars")" "empg-eval: $(wc -l <"$scored") records"
fi
{ head -n 1 "$scored"; echo '{"id":"a","correct":true,"reward":1,"extracted":null,"response_tokens":[]}'; } >"$tmp/bad"
status 65 "a missing field" empg-eval "$tmp/bad"
says "bad:2: finish: missing" "is named with file and line"
status 0 "--skip-bad goes on" empg-eval --skip-bad "$tmp/bad"
status 65 "--by a field that is not there" empg-eval --by nothing "$scored"
says "score.jsonl:1: nothing: missing" "is named"
if [ -w /dev/full ]; then
	for how in --no-table --table; do
		empg-eval $how "$scored" >/dev/full 2>"$tmp/err"
		ok "$(($? != 74))" "a full disk is told with $how"
	done
fi
finish
