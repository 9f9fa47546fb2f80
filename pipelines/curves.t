#!/bin/bash
# The curves: pictures of one run and of several, text, watching, and what is refused.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
curves=$root/pipelines/curves
mkdir "$tmp/a" "$tmp/it's" "$tmp/empty" "$tmp/young"
for i in 0 1 2 3; do
	for step in 1 2; do
		echo "{\"iteration\":$i,\"step\":$((2 * i + step)),\"reward\":0.$((i + 2)),\"length\":$((20 + i)),\"entropy\":0.$((step * 2)),\"kl\":0,\"grad_norm\":$i.5,\"ref_kl_k3\":null}"
	done
done >"$tmp/a/metrics.jsonl"
for i in 0 2 4; do
	echo "{\"iteration\":$i,\"accuracy\":0.$((i + 3)),\"accuracy_low\":0.$((i + 2)),\"accuracy_high\":0.$((i + 4)),\"length_mean\":2$i.5}"
done >"$tmp/a/eval.jsonl"
sed 's/"ref_kl_k3":null/"ref_kl_k3":0.25/' "$tmp/a/metrics.jsonl" >"$tmp/it's/metrics.jsonl"
head -n 1 "$tmp/a/eval.jsonl" >"$tmp/young/eval.jsonl"

[ "$(jq -L "$root/pipelines" -nc 'include "points"; [inputs] | train_points(1) | map(.entropy)' "$tmp/a/metrics.jsonl")" = '[0.30000000000000004,0.30000000000000004,0.30000000000000004,0.30000000000000004]' ]
ok $? "an iteration is the mean of its steps"
[ "$(jq -L "$root/pipelines" -nc 'include "points"; [inputs] | train_points(2) | map(.length)' "$tmp/a/metrics.jsonl")" = '[20,20.5,21.5,22.5]' ]
ok $? "smoothed: the mean of the last ones"

status 0 "a run" "$curves" "$tmp/a"
[ ! -s "$tmp/err" ]
ok $? "without a word" || sed 's/^/# /' "$tmp/err"
[ "$(head -qc 4 "$tmp/a/curves.png" | tr -d '\211')" = PNG ] && grep -q '</svg>' "$tmp/a/curves.svg"
ok $? "is a PNG and an SVG in its folder"
for title in 'mean reward' 'held-out accuracy' 'tokens a response; dashed' entropy 'KL to the sampling policy' 'norm of the gradient'; do
	grep -q ">$title" "$tmp/a/curves.svg"
	ok $? "with $title"
done
status 0 "two runs, one with a quote in its name, without evaluations" "$curves" -o "$tmp/two.svg" "$tmp/a" "$tmp/it's"
[ ! -s "$tmp/err" ] && grep -q "● it.*s<" "$tmp/two.svg" && grep -q '● a<' "$tmp/two.svg" && grep -q 'KL to the reference' "$tmp/two.svg"
ok $? "are told apart by name; KL is to the reference" || sed 's/^/# /' "$tmp/err"
status 0 "--panels" "$curves" --panels="$tmp/p-" "$tmp/a"
[ "$(cd "$tmp" && echo p-*)" = 'p-accuracy.svg p-entropy.svg p-kl.svg p-length.svg p-norm.svg p-reward.svg' ] &&
	grep -q 'var(--accent)' "$tmp/p-reward.svg" && ! grep -q 'id="' "$tmp"/p-*.svg
ok $? "a file each, in the page's colours, without ids that would meet"
COLUMNS=80 "$curves" --term "$tmp/a" "$tmp/it's" >"$tmp/text" 2>"$tmp/err"
ok $? "text"
[ ! -s "$tmp/err" ] && grep -q 'A  a  B  it.s' "$tmp/text" && [ "$(grep -c '^' "$tmp/text")" -gt 30 ] && [ ! -e curves.png ]
ok $? "with names, and no file"
status 0 "a run that has only its first evaluation" "$curves" -o "$tmp/young.png" "$tmp/young"
mkdir "$tmp/one" && head -n 1 "$tmp/a/metrics.jsonl" >"$tmp/one/metrics.jsonl"
status 0 "a run of one iteration" "$curves" --panels="$tmp/one-" "$tmp/one"
grep -q "<use xlink:href='#rewardgpPt[0-9]*' transform='translate" "$tmp/one-reward.svg"
ok $? "is points" || grep -o '<use [^>]*' "$tmp/one-reward.svg" | sed 's/^/# /'
"$curves" --term "$tmp/one" | grep -q '^ *[0-9.]* A'
ok $? "in the terminal too, upon the axis"

# Watched: drawn, and drawn again when there is more.
"$curves" --watch=0.05 -o "$tmp/watch.svg" "$tmp/young" 2>"$tmp/log" &
pid=$!
wait_for() { # wait_for PATTERN: in the log, for at most a minute
	for _ in {1..600}; do
		grep -q "$1" "$tmp/log" && return
		sleep 0.1
	done
	return 1
}
wait_for 'iteration 0:'
ok $? "--watch draws"
cp "$tmp/a/metrics.jsonl" "$tmp/young"
wait_for 'iteration 3:' && grep -q 'mean reward' "$tmp/watch.svg"
ok $? "and draws again when there is more" || sed 's/^/# /' "$tmp/log"
kill -0 "$pid"
ok $? "a run without its settings has no end"
echo '{"settings":{"iterations":"4","test":"test.jsonl"}}' >"$tmp/young/run.json"
sleep 0.3
kill -0 "$pid"
ok $? "nor has one whose last evaluation is to come"
cp "$tmp/a/eval.jsonl" "$tmp/young"
wait_for 'iteration 4:' && wait "$pid" && [ "$(tail -n 1 "$tmp/log")" = "curves: iteration 4: $tmp/watch.svg" ]
ok $? "with that it ends, behind a last picture" || sed 's/^/# /' "$tmp/log"
echo '{"settings":{"iterations":"4","test":""}}' >"$tmp/it's/run.json"
status 0 "complete runs are drawn once" "$curves" "$tmp/young" "$tmp/it's" --watch -o "$tmp/two.svg"

status 65 "a run with nothing in it" "$curves" "$tmp/empty"
says 'empty has nothing to draw yet' "is told"
echo '{"iteration"' >"$tmp/empty/metrics.jsonl"
status 65 "a record that is none" "$curves" "$tmp/empty"
says "metrics.jsonl is no run's record" "is named"
status 66 "a run that is not there" "$curves" "$tmp/absent"
status 64 "no run" "$curves"
status 64 "another kind of picture" "$curves" -o x.gif "$tmp/a"
status 64 "an option that there is not" "$curves" --colour "$tmp/a"
status 64 "smoothing over nothing" "$curves" --smooth=0 "$tmp/a"
status 0 "--help" "$curves" --help
grep -q -- --watch "$tmp/out"
ok $? "has the options"
finish
