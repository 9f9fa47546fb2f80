#!/bin/bash
# The tours of README.md and empg(7), typed as they stand: they run, and the model learns.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
ln -s "$root/pipelines" "$root/testdata" "$tmp"
cd "$tmp" || exit 1

# From a heading to another one: README's indented lines, the page's displays.
readme() { sed -n "/^\*\*$1/,/^\*\*$2/s/^    //p" "$root/README.md"; }
page() {
	sed -n "/^\.Ss $1/,/^\.Ss $2/p" "$root/man/empg.7" |
		awk '/^\.Ed/ { b = 0 } b { gsub(/\\e/, "\\"); print } /^\.Bd/ { b = 1 } /^\.Dl / { print substr($0, 5) }'
}
run() { bash -euo pipefail >out 2>err || { sed 's/^/# /' err; false; }; }
accuracy() { empg-sample -q -m "$1" --greedy -n 1 --max-response 64 problems.jsonl | empg-score | empg-eval | jq .accuracy; }

{
	readme Prompts 'One iteration'
	readme 'One iteration' 'The loop'
} | run
ok $? "README.md, an iteration by hand"
before=$(accuracy testdata/demo) after=$(accuracy new)
jq -en "$after > $before + 0.1" >/dev/null
ok $? "which learns: from $before to $after"
{
	readme 'The loop' 'Looking'
	echo "pipelines/verify run/first 0"
} | sed 's/ lr=/ iterations=1&/' | run
ok $? "README.md, the loop, and its first iteration again"

rm -rf new
page Prompts Sampling | grep -v prepare-gsm8k | run
ok $? "empg(7), prompts"
page Sampling 'The loop' | run
ok $? "empg(7), from sampling to evaluating"
[ "$(accuracy new)" = "$after" ]
ok $? "the same model as README.md's"
finish
