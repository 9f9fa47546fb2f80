#!/bin/bash
# The replay certificate: given for each iteration of a run, refused for one with a changed byte.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
here=$root/pipelines
export OMP_NUM_THREADS=1
PATH=$here:$PATH
cd "$tmp" || exit 1
word-problems --seed 21 --count 12 >train.jsonl
small=(from="$here/../testdata/demo" prompts=train.jsonl batch=4 samples=4 lr=1e-3 max_response=32)
em-run run "${small[@]}" iterations=3 minibatch=2 method=ppo critic='-q --lr 1e-3' 2>log
ok $? "a run with a critic"
for t in 0 1 2; do
	verify run $t >out 2>log && [ "$(grep -c '^same ' out)" -ge 7 ]
	ok $? "iteration $t is the same again" || sed 's/^/# /' out log
done
em-run mean "${small[@]}" iterations=2 method=reinforce 2>log && verify mean 1 >out 2>log
ok $? "so is one of REINFORCE with its mean"
em-run parts from="$here/../testdata/models/qwen2-sharded" prompts=train.jsonl batch=4 samples=4 lr=1e-3 max_response=32 iterations=1 2>log &&
	verify parts 0 >out 2>log && [ "$(grep -c 'checkpoint 0$' out)" = 1 ]
ok $? "and one that began with weights in parts" || sed 's/^/# /' out log
mkdir elsewhere && mv run elsewhere && mv train.jsonl elsewhere
verify elsewhere/run 1 prompts=elsewhere/train.jsonl slots=3 threads=1 >out 2>log
ok $? "also elsewhere, with other slots"
cd elsewhere || exit 1

# flip FILE: change one bit of it; of the optimiser's state, in the weights.
flip() {
	local at=$(($(stat -c %s "$1") / 4)) byte
	byte=$(od -An -tu1 -j $at -N 1 "$1")
	printf %b "\\0$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek=$at conv=notrunc status=none
}
for file in 0001/buffer.jsonl.zst 0001/model.safetensors 0001/optimizer.safetensors 0002/model.safetensors \
	0002/optimizer.safetensors 0002/critic/model.safetensors; do
	flip run/$file
	verify run 1 prompts=train.jsonl >out 2>log
	[ $? -eq 1 ] && grep -q '^different ' out
	ok $? "not with another byte in $file" || sed 's/^/# /' out log
	flip run/$file
done
# other FILE FILTER WHAT: one digit of a digest in it, and what verify then says.
other() {
	local sum
	sum=$(jq -r "$2" "$1")
	sed -i.kept "s/$sum/${sum:0:63}$(tr 0-9a-f 1-9a-f0 <<<"${sum:63}")/" "$1"
	verify run 1 prompts=train.jsonl >out 2>log
	[ $? -eq 1 ] && grep -q "^different  $3" out
	ok $? "not with another digit in $1, $2" || sed 's/^/# /' out log
	mv "$1.kept" "$1"
}
other run/0002/trainer_state.json .digests.parent 'digest of checkpoint 1$'
other run/0002/trainer_state.json .digests.buffer 'digest of buffer 1$'
other run/run.json ".inputs[\"$tmp/train.jsonl\"]" "input .*/train.jsonl"
verify run 1 prompts=train.jsonl >out 2>log
ok $? "and with all of that back"
cp run/run.json . && echo '{"settings":' >run/run.json
verify run 1 prompts=train.jsonl 2>log
[ $? -eq 65 ] && [ "$(cat log)" = 'verify: run/run.json: no settings of a run' ]
ok $? "not without the settings"
mv run.json run

mv run/0001/optimizer.safetensors .
verify run 1 2>log
[ $? -eq 66 ] && grep -q 'run/0001/optimizer.safetensors: no such file' log
ok $? "weights that were not kept"
verify run 3 2>log
[ $? -eq 66 ] && grep -q 'run/0003/buffer.jsonl.zst: no such file' log
ok $? "an iteration that was not made"
verify run 0 lr=1 2>log
[ $? -eq 65 ] && grep -q 'lr=1e-3, not 1' log
ok $? "other settings"
finish
