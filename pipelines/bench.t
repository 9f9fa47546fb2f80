#!/bin/bash
# The benches' jobs on a tiny model, and a peer that answers at once: the lines that come of
# them.  No time is judged.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
export OMP_NUM_THREADS=1 MODELS=tiny THREADS=1
cd "$tmp" || exit 1

SECTIONS='sample update' OUT=all.jsonl "$root/pipelines/bench" >table 2>err
ok $? "sampling and updating"
[ "$(jq -sc 'map(select(.section != "limits") | .section)' all.jsonl)" = '["sample","update"]' ]
ok $? "a line a job"
jq -es 'all(.[] | select(.section != "limits"); .model == "tiny" and .dtype == "f32" and .threads == 1 and .reps == 1 and .tokens > 0 and
	.tokens_per_second > 0 and .seconds > 0 and .gflops > 0 and .peak_bytes > 0 and .attention > 0 and .peers == [] and (.command | test("^empg-")))' all.jsonl >/dev/null
ok $? "its figures and its command"
[ "$(jq 'select(.section == "sample").tokens' all.jsonl)" = 32 ] && [ "$(jq 'select(.section == "update").tokens' all.jsonl)" = 64 ]
ok $? "as many tokens as the jobs say"
grep -q '^tiny *4 x 1 x (8 + 8)' table
ok $? "a table for people"

mkdir -p peers/bin
cat >peers/bin/python <<'PEER'
#!/bin/sh
echo ready
while read -r n; do echo "{\"tokens\":32,\"seconds\":1000,\"peak_bytes\":$n}"; done
PEER
cat >peers/llama-batched-bench <<'PEER'
#!/bin/sh
echo '{"pl":4,"pp":8,"t":2.5,"t_pp":0.5}'
PEER
touch peers/tiny-bf16.gguf
chmod +x peers/bin/python peers/llama-batched-bench
PEERS=peers REPS=3 SECTIONS=sample OUT=peers.jsonl "$root/pipelines/bench" >table 2>err
ok $? "with two peers"
jq -es 'map(select(.section == "sample"))[0] | .reps == 3 and (.peers | map(.name) == ["llamacpp", "transformers"]) and
	.peers[0].tokens_per_second == 12.8 and (.peers[1] |
	.tokens_per_second == 0.032 and .ratio > 1 and .peak_bytes == 3 and (.command | test("generate.py")))' peers.jsonl >/dev/null
ok $? "the peers' figures, and ours over theirs"
grep -q 'generate.py' table
ok $? "the peer's command beside ours"
echo 'exit 1' >peers/bin/python
PEERS=peers SECTIONS=sample OUT=none.jsonl "$root/pipelines/bench" >table 2>err && grep -q 'transformers did not start' err &&
	jq -es 'map(select(.section == "sample"))[0].peers | map(.name) == ["llamacpp"]' none.jsonl >/dev/null
ok $? "a peer that does not start is said and left out"

SECTIONS=device DEVICE=cpu OUT=device.jsonl "$root/pipelines/bench" >table 2>err
ok $? "what a GPU is judged by, on the CPU" || sed 's/^/# /' err
jq -es 'map(select(.bench == "device")) | (map(.op) | unique | contains(["adamw_step_offloaded", "attention_backward", "attention_forward", "matmul",
	"matmul_backward_input", "matmul_backward_weight", "sample", "upload"])) and all(.[]; .us > 0 and .type == "bf16" and has("utilisation") and has("of_read"))' device.jsonl >/dev/null
ok $? "operations"
jq -es 'map(select(.section == "load")) | length == 1 and (.[0] | .model == "tiny" and .bytes > 1000 and .seconds > 0 and .gbs >= 0)' device.jsonl >/dev/null
ok $? "loading"
jq -es 'map(select(.kind) | .kind) == ["decode", "decode", "prefill", "update", "iteration"] and
	(map(select(.kind)) | all(.[]; .tokens_per_second > 0 and (.command | test("--device cpu"))))' device.jsonl >/dev/null
ok $? "whole tools"

mkdir shape
cp "$root"/testdata/models/qwen3/*.json shape
random-weights shape && echo '{"id":"a","prompt":"What is 1 + 1?"}' | empg-sample -q -m shape -n 1 --max-response 4 | jq -e '.response_tokens | length > 0' >/dev/null
ok $? "random weights of a shape"
status 66 "of none" random-weights none
says 'none/config.json' "is named"

JOBS='no such job' SECTIONS='sample update' OUT=no.jsonl "$root/pipelines/bench" >table 2>err && ! grep -q tiny no.jsonl
ok $? "JOBS chooses"
DTYPE=bf16 SECTIONS=sample OUT=bf16.jsonl "$root/pipelines/bench" >table 2>err &&
	jq -es 'map(select(.section == "sample"))[0] | .dtype == "bf16" and (.command | test("--dtype bf16"))' bf16.jsonl >/dev/null
ok $? "DTYPE in place of the checkpoint's"
DTYPE=half status 64 "an unknown type" "$root/pipelines/bench"
says 'DTYPE: half' "is named"
SECTIONS=all status 64 "an unknown section" "$root/pipelines/bench"
says 'SECTIONS: all' "is named"
MODELS=gpt status 64 "an unknown model" "$root/pipelines/bench"
finish
