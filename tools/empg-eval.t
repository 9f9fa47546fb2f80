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

status 64 "k of nothing" empg-eval --k 0 "$scored"
status 64 "k with junk" empg-eval --k 1,x "$scored"
status 64 "a label without a value" empg-eval --label x "$scored"
status 64 "a table of a series" empg-eval --series --table "$tmp/series"
status 66 "a missing file" empg-eval "$tmp/absent"
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
