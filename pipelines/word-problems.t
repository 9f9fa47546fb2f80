#!/bin/sh
# The generator of the demo's problems: right answers, disjoint splits, the same bytes.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
here=$root/pipelines

"$here/word-problems" --seed 3 --count 2000 >"$tmp/train"
"$here/word-problems" --seed 3 --count 500 --split=test >"$tmp/test"

[ "$(jq -c 'select(.id and .question and .answer and .source == "word-problems" and .solution)' \
	"$tmp/train" | wc -l)" -eq 2000 ]
ok $? "2000 valid records with every field"

# Every equation holds, sums use the result before them, and the last one is the answer.
jq -r '[.answer, .steps, .solution] | @tsv' "$tmp/train" "$tmp/test" | awk -F '\t' '
{
	s = $3
	if (s !~ /^<think>.*<\/think>\\n#### [0-9]+$/) exit 1
	sub(/^<think>/, "", s); sub(/<\/think>.*/, "", s)
	n = split(s, part, / /); last = ""; done = 0
	for (i = 1; i <= n; i++) {
		e = part[i]
		if (e !~ /=/) continue
		sub(/\.$/, "", e)
		split(e, side, "=")
		split(side[1], x, /[-+*]/)
		v = side[1] ~ /\+/ ? x[1] + x[2] : side[1] ~ /-/ ? x[1] - x[2] : x[1] * x[2]
		if (v != side[2]) exit 1
		if (side[1] !~ /\*/ && last != "" && x[1] != last && x[2] != last) exit 1
		last = v; done++
	}
	tail = $3; sub(/.*#### /, "", tail)
	if (last != $1 || tail != $1 || done != $2) exit 1
	rows++
}
END { if (rows != 2500) exit 1 }'
ok $? "the worked solutions compute their answers"

jq -r .question "$tmp/train" | sort >"$tmp/a"
jq -r .question "$tmp/test" | sort >"$tmp/b"
[ -z "$(comm -12 "$tmp/a" "$tmp/b")" ] && [ -z "$(cat "$tmp/a" "$tmp/b" | uniq -d)" ]
ok $? "no question twice, and none in both splits"

[ "$(cksum <"$tmp/train")" = "2507798508 480150" ]
status=$?
[ $status -eq 0 ] || echo "# $(cksum <"$tmp/train")"
ok $status "the bytes are those of every other awk"

"$here/word-problems" --seed 4 --count 2000 | cmp -s - "$tmp/train"
[ $? -eq 1 ]
ok $? "another seed gives other problems"

"$here/word-problems" --seed 5 --count 300 --steps 2,2 --max 9 --distract 0 >"$tmp/easy"
[ "$(jq -r .steps "$tmp/easy" | sort -u)" = 2 ] &&
	! jq -r .question "$tmp/easy" | sed 's/with [0-9]* dollars//' | grep -q '[0-9][0-9]'
ok $? "--steps and --max hold"

"$here/word-problems" --count 10x >/dev/null 2>&1
[ $? -eq 64 ]
ok $? "a bad number is refused with 64"

# The tokenizer trained on them: every token once, merges made of tokens, the same bytes.
jq -r '.question, .solution' "$tmp/train" >"$tmp/text"
"$here/train-bpe" --vocab 400 -o "$tmp/one" "$tmp/text" && "$here/train-bpe" --vocab 400 -o "$tmp/two" <"$tmp/text" &&
	cmp -s "$tmp/one/tokenizer.json" "$tmp/two/tokenizer.json"
ok $? "train-bpe gives the same bytes from a file and from standard input"
jq -e '(.model.vocab | length) + (.added_tokens | length) == 400
	and ([.model.vocab[]] | sort) == [range(0; 395)]
	and (.model.vocab as $v | all(.model.merges[]; (split(" ") | add) as $t | $v[$t] >= 256))' \
	"$tmp/one/tokenizer.json" >/dev/null
ok $? "train-bpe: ids are dense and every merge makes a token"

finish
