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
verify run 1 prompts=train.jsonl >out 2>log
ok $? "and with that byte back"

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
