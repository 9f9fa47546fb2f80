#!/bin/bash
# Each recipe has a plan, with no model and no data at hand.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
here=$root/pipelines
cd "$tmp" || exit 1

# plan NAME...: the plan of these recipes together.
plan() {
	local recipe options=()
	for recipe; do options+=(--config "$here/recipes/$recipe"); done
	"$here/em-run" run "${options[@]}" --dry-run >out 2>log && [ ! -s log ] && [ ! -e run ] &&
		for word in 'prompts' 'steps' '^total ' '^disk ' '^empg-sample -m 0000' '^empg-update -m 0000 -o 0001.part'; do
			grep -q "$word" out || return 1
		done
}
for recipe in "$here"/recipes/*; do
	recipe=${recipe##*/}
	[ "$recipe" != grpo ] || continue
	[ "$recipe" != demo ] || mkdir testdata
	[ "$recipe" != demo ] || cp -r "$here/../testdata/demo" testdata
	plan "$recipe"
	ok $? "$recipe" || sed 's/^/# /' out log
	plan "$recipe" grpo && grep -q -- '--objective grpo .*--beta 0.001 --ref ' out
	ok $? "$recipe, by GRPO"
	[ "$(sed -n '1,6s/^#.*\(GPU\|two cores\).*/x/p' "$here/recipes/$recipe" | head -n 1)" = x ] && [ "$(wc -l <"$here/recipes/$recipe")" -le 32 ]
	ok $? "$recipe is short and says what it needs"
done
plan qwen2.5-1.5b-math-hard
grep -q '^steps  *1 of 640 trajectories an iteration, 200 in all' out && grep -q '^evaluations  *41,' out &&
	grep -q -- '--max-prompt 1024 --max-response 3072 .*within \\boxed{}' out
ok $? "1.5B on MATH is the paper's"
plan qwen2.5-14b-instruct-gsm8k
grep -q '^steps  *4 of 1280 trajectories an iteration, 800 in all' out && grep -q -- '--beta 0.001 .*--kl k3' out
ok $? "14B on GSM8K too"
plan qwen2.5-7b-gsm8k grpo
grep -q '^left ' out && grep -q '^host ' out && grep -q '^sampling  *42G of keys and values for 512 slots of 1536 tokens' out
ok $? "7B fits one GPU, with its state in the host's memory"
[ "$("$here/em-run" --help | sed -n '/^  /s/^  \([a-z_]*\) .*/\1/p' | grep .)" = \
	"$(sed -n 's/^\.It Va \([a-z_]*\).*/\1/p' "$here/../man/em-run.1")" ]
ok $? "the manual has the settings that there are"
finish
