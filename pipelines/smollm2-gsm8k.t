#!/bin/bash
# The first experiment in small: the demo's model, on the CPU, two iterations.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
export OMP_NUM_THREADS=1 RUN=$tmp/run
cd "$root" || exit 1
i=0
while [ $i -lt 4 ]; do
	echo "{\"question\":\"What is $i + $i?\",\"answer\":\"It is $((2 * i)). #### $((2 * i))\"}"
	i=$((i + 1))
done >"$tmp/questions.jsonl"
experiment() {
	pipelines/smollm2-gsm8k testdata/demo "$tmp/questions.jsonl" "$tmp/questions.jsonl" device=cpu dtype=auto slots=4 \
		iterations=2 batch=2 samples=2 max_response=12 eval_every=1
}

METHODS=empg experiment >"$tmp/out" 2>"$tmp/err"
ok $? "EMPG" || sed 's/^/# /' "$tmp/err"
cp "$RUN/curves.json" "$tmp/first.json"
experiment >"$tmp/out" 2>"$tmp/err"
ok $? "and then GRPO" || sed 's/^/# /' "$tmp/err"
jq -e 'map(.method) == ["empg", "grpo"] and all(.[]; .settings.device == "cpu" and .settings.batch == "2" and (.training | map(.iteration)) == [0, 1] and (.evaluation | map(.iteration)) == [0, 1, 2] and .seconds > 0)' "$RUN/curves.json" >/dev/null
ok $? "curves"
cmp -s <(jq '.[0]' "$tmp/first.json") <(jq '.[0]' "$RUN/curves.json")
ok $? "what was complete is as it was"
cmp -s <(zstdcat "$RUN"/empg-1/0000/buffer.jsonl.zst | jq -c .response) <(zstdcat "$RUN"/grpo-1/0000/buffer.jsonl.zst | jq -c .response)
ok $? "both begin with the same samples"
status 64 "without data" pipelines/smollm2-gsm8k testdata/demo
finish
