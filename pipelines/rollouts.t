#!/bin/bash
# The recipes, on trajectories of which the answers are known.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
rollouts=$root/pipelines/rollouts
mkdir -p "$tmp/run/0000" "$tmp/run/0002"
cp "$root/testdata/demo/tokenizer.json" "$tmp/run/0002"
# trajectory ID SAMPLE CORRECT TOKENS ADVANTAGE
trajectory() {
	jq -nc --arg id "$1" --argjson sample "$2" --argjson correct "$3" --argjson tokens "$4" --argjson advantage "$5" '{id: $id, sample: $sample,
		question: "How\nmany in \($id)?", answer: "1", response: "\($id)-\($sample)", response_tokens: $tokens, prompt_tokens: [1],
		logprobs: ($tokens | map(-. / 100)), finish: "stop", status: "ok", reward: (if $correct then 1 else 0 end), correct: $correct,
		extracted: (if $correct then "1" else null end), advantage: $advantage}'
}
{
	trajectory a 0 true '[16, 28]' 0.5
	trajectory a 1 false '[28, 16, 397]' -0.5
	trajectory b 0 false '[17]' '[-0.25]'
	trajectory b 1 false '[17, 16, 16, 16]' '[0, 0, 0, 0]'
	trajectory c 0 true '[]' null
} | zstd -q >"$tmp/run/0002/buffer.jsonl.zst"
{ trajectory a 0 false '[]' 0; trajectory b 0 true '[]' 0; trajectory c 0 true '[]' 0; trajectory d 0 true '[]' 0; } | zstd -q >"$tmp/run/0000/eval.jsonl.zst"
{ trajectory a 0 true '[]' 0; trajectory b 0 false '[]' 0; trajectory c 0 true '[]' 0; } | zstd -q >"$tmp/run/0002/eval.jsonl.zst"

# tells NAME PATTERN RECIPE [words]: the recipe's answer, blanks run together, is the pattern.
tells() {
	local name=$1 pattern=$2
	shift 2
	"$rollouts" "$@" 2>&1 | tr -s ' \n' ' ' >"$tmp/got"
	# shellcheck disable=SC2053 # a pattern
	[[ $(<"$tmp/got") == $pattern ]] || { sed 's/^/# /' "$tmp/got"; echo; false; }
	ok $? "$name"
}
tells "the longest wrong answer" 'b 1: wrong, answered nothing, the answer is 1, 4 tokens, reward 0.00, advantage 0.000 How many in b? b-1 ' -n 1 wrong "$tmp/run"
tells "the longest right answer" 'a 0: right, answered 1, the answer is 1, 2 tokens, reward 1.00, advantage 0.500 *' -n 1 right "$tmp/run"
tells "rates" 'right of tokens problem question 0 2 2.5 b How many in b? 1 2 2.5 a How many in a? 1 1 0.0 c How many in c? ' rate "$tmp/run"
tells "groups" 'problems share their responses are 1 33.3 % all wrong 1 33.3 % some right 1 33.3 % all right ' groups "$tmp/run"
tells "flipped, of a run" '1 problems became right, 1 became wrong, 1 stayed as they were. a: wrong → right*b: right → wrong, the answer is 1 How many in b? before: b-0 after: b-0 ' \
	flipped "$tmp/run"
tells "flipped, of two files" '1 problems became right, 1 became wrong, 1 stayed *' -n 1 flipped "$tmp/run"/000[02]/eval.jsonl.zst
tells "advantage by token" 'advantage times token −0.5000 1 "<|im_end|>" −0.1250 2 "2" 0.0000 5 "1" 0.0000 2 "=" ' advantage "$tmp/run"
tells "surprising tokens" 'p token behind problem 1.89 % "<|im_end|>" "=1" a, wrong 75.58 % "=" *' -n 2 surprise "$tmp/run"
tells "status" 'responses status finish for example 5 ok stop a ' status "$tmp/run"
tells "a problem" 'How many in a? a 0: right*a-0 a 1: wrong*a-1 ' --id a show "$tmp/run"
zstd -dcq "$tmp/run/0002/buffer.jsonl.zst" >"$tmp/plain"
tells "a plain file, without a tokenizer" 'advantage times token −0.5000 1 "397" *' --id a advantage "$tmp/plain"

tells "options behind the file" 'b 1: wrong, answered nothing*' wrong "$tmp/run" -n 1
status 65 "a problem that there is not" "$rollouts" --id nothing show "$tmp/plain"
says "plain: no trajectories of problem nothing$" "is named"
: >"$tmp/nothing"
status 65 "an empty file" "$rollouts" rate "$tmp/nothing"
[ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ]
ok $? "is told in one line" || sed 's/^/# /' "$tmp/err"
status 64 "a recipe that there is not" "$rollouts" cake "$tmp/plain"
status 64 "no file" "$rollouts" wrong
status 64 "no problem to show" "$rollouts" show "$tmp/plain"
status 64 "a count of nothing" "$rollouts" -n 0 wrong "$tmp/plain"
status 66 "a file that is not there" "$rollouts" wrong "$tmp/absent"
status 66 "a run without buffers" "$rollouts" wrong "$tmp"
echo '{' >"$tmp/bad"
"$rollouts" wrong "$tmp/bad" >"$tmp/out" 2>"$tmp/err"
ok "$(($? != 65))" "a file of something else"
says 'bad has no trajectories' "is named"
status 0 "--help" "$rollouts" --help
finish
