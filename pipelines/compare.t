#!/bin/bash
# The comparison of methods in small: its table, its pictures, and that it goes on.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
here=$root/pipelines
export OMP_NUM_THREADS=1 RUN=$tmp/run ITERATIONS=2 SEEDS='1 2' BATCH=4 SAMPLES=4
"$here/word-problems" --seed 21 --count 12 >"$tmp/train.jsonl"
"$here/word-problems" --seed 22 --count 4 --split test >"$tmp/test.jsonl"
mkdir "$RUN"
cp "$tmp/train.jsonl" "$tmp/test.jsonl" "$RUN"
cd "$here/.." || exit 1

MAKEFLAGS='' pipelines/compare empg ppo reinforce >"$tmp/out" 2>"$tmp/log"
ok $? "three methods, two seeds, two iterations" || sed 's/^/# /' "$tmp/log"
[ "$(cut -f 1 "$RUN/table.tsv" | paste -sd ' ')" = "method empg ppo reinforce" ] &&
	awk -F '\t' 'NR > 1 && !(NF == 6 && $2 >= 0 && $2 <= 1 && $4 > 0 && $5 > 0 && $6 > 0) { exit 1 }' "$RUN/table.tsv"
ok $? "a row a method, with figures in it"
[ "$(head -qc 4 "$RUN"/reward.png "$RUN"/length.png | tr -d '\211')" = PNGPNG ]
ok $? "two pictures"
cmp -s <(zstdcat "$RUN"/empg-1/0000/buffer.jsonl.zst | jq -c .response) <(zstdcat "$RUN"/ppo-1/0000/buffer.jsonl.zst | jq -c .response)
ok $? "methods begin with the same samples"
! cmp -s "$RUN"/empg-1/0002/model.safetensors "$RUN"/ppo-1/0002/model.safetensors
ok $? "and end with other weights"
[ -e "$RUN/ppo-1/0002/critic/model.safetensors" ] && ! cmp -s "$RUN"/ppo-1/000{1,2}/critic/model.safetensors
ok $? "ppo's critic learns"
[ "$(jq .records "$RUN/reinforce-1/0001/mean.json")" = 32 ]
ok $? "reinforce's mean goes from iteration to iteration"
zstdcat "$RUN"/ppo-1/0001/buffer.jsonl.zst | jq -es 'all(.advantage | type == "array")' >/dev/null
ok $? "ppo's advantages are a token's"

MAKEFLAGS='' pipelines/compare empg ppo reinforce >"$tmp/again" 2>&1 && grep -q '^reinforce' "$tmp/again"
ok $? "a comparison that is complete is only shown"
MAKEFLAGS='' pipelines/compare magic >"$tmp/again" 2>&1
[ $? -eq 64 ] && grep -q 'compare: no method magic' "$tmp/again"
ok $? "a method that there is not"
finish
