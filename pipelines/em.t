#!/bin/bash
# The loop: its files, and that a run killed at any point and started again ends in the
# same bytes as one never killed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0 failed=0
ok() { # ok STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; failed=1; fi
}
export OMP_NUM_THREADS=1
cd "$here/.." || exit 1
"$here/word-problems" --seed 21 --count 12 >"$tmp/train.jsonl"
"$here/word-problems" --seed 22 --count 4 --split test >"$tmp/test.jsonl"

# em DIR [make's words]: a run of RUN=run in its own folder, so that paths are equal.
em() {
	local dir=$1
	shift
	mkdir -p "$tmp/$dir"
	(cd "$tmp/$dir" && MAKEFLAGS='' make -s --no-print-directory -f "$here/em.mk" RUN=run FROM="$here/../testdata/demo" \
		PROMPTS=../train.jsonl TEST=../test.jsonl ITERATIONS=3 EVAL_EVERY=2 BATCH=4 SAMPLES=4 KEEP=2 \
		SAMPLE="-q --max-response 32" EVAL_SAMPLE="-q --greedy -n 1 --max-response 32" \
		UPDATE="-q --lr 1e-3" "$@")
}
same() { # same A B: all but what tells the time
	diff -r -x lock -x timings.jsonl -x update.jsonl -x sample.json "$tmp/$1/run" "$tmp/$2/run"
}

em whole 2>"$tmp/log"
ok $? "a run of three iterations"
[ "$(jq -c .iteration "$tmp/whole/run/eval.jsonl" | paste -sd ' ')" = "0 2 3" ]
ok $? "evaluations at 0, 2 and the end"
[ "$(jq -c .iteration "$tmp/whole/run/metrics.jsonl" | paste -sd ' ')" = "0 1 2" ]
ok $? "a line of metrics for each iteration"
[ "$(jq -s 'map(.mismatch_max) | max' "$tmp/whole/run/metrics.jsonl")" = 0 ]
ok $? "sampler and update agree to the bit"
[ "$(readlink "$tmp/whole/run/latest")" = 0003 ] && [ ! -e "$tmp/whole/run/0001/model.safetensors" ] &&
	[ -e "$tmp/whole/run/0002/model.safetensors" ]
ok $? "latest is the newest; KEEP drops the weights between"

em whole 2>"$tmp/log" && [ ! -s "$tmp/log" ]
ok $? "a complete run has nothing to do"

em killed ITERATIONS=2 2>/dev/null
em killed 2>/dev/null
same whole killed >"$tmp/diff"
ok $? "a run that was made longer has the same bytes"

# Killed with all its children after longer and longer, until it gets through.
for delay in 0.05 0.15 0.3 0.5 0.8; do
	set -m
	em hit 2>/dev/null &
	pid=$!
	set +m
	sleep "$delay"
	kill -KILL -- "-$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
done
em hit 2>/dev/null
same whole hit >"$tmp/diff"
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$tmp/diff"
ok $status "a run killed five times has the same bytes"

# REINFORCE's mean goes from iteration to iteration; killed between the buffer and the mean.
reinforce() { em "$@" KEEP=1 SMOOTH='--method reinforce' 2>/dev/null; }
reinforce mean
[ "$(jq .records "$tmp/mean/run/mean.json")" = 48 ]
ok $? "reinforce: a mean of three iterations"
reinforce halved ITERATIONS=1
cp "$tmp/mean/run/0001/buffer.jsonl.zst" "$tmp/halved/run/0001"
cp "$tmp/halved/run/mean.json" "$tmp/halved/run/0001/mean.part"
PATH=${EMPG_BUILD:-$here/../build}:$PATH empg-smooth -q --method reinforce --state "$tmp/halved/run/0001/mean.part" \
	"$tmp/halved/run/0001/buffer.jsonl.zst" >"$tmp/out"
reinforce halved
cmp "$tmp/mean/run/mean.json" "$tmp/halved/run/mean.json" &&
	cmp "$tmp/mean/run/0003/model.safetensors" "$tmp/halved/run/0003/model.safetensors"
ok $? "no buffer is in it twice"

em whole BATCH=2 2>"$tmp/log"
[ $? -eq 2 ] && grep -q 'other settings' "$tmp/log"
ok $? "other settings are refused"

echo "1..$n"
exit $failed
