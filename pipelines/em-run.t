#!/bin/bash
# A run: its files, its settings, and that whatever stops it, it ends in the same bytes.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
here=$root/pipelines
export OMP_NUM_THREADS=1
PATH=$here:$PATH
cd "$tmp" || exit 1
word-problems --seed 21 --count 12 >train.jsonl
word-problems --seed 22 --count 4 --split test >test.jsonl

# em DIR [settings]: a run of three iterations.
cat >config <<END
# A remark.
from = $here/../testdata/demo
prompts = train.jsonl
test = test.jsonl
iterations = 3
eval_every = 2
batch = 4
  
samples = 4
lr = 1e-3
max_response = 32
keep = last:1,every:2
update = -q
	--weight-decay 0
END
em() {
	local dir=$1
	shift
	em-run "$dir" --config config "$@" 2>log
}
same() { # same A B: all but what tells the time
	diff -r -x lock -x stage -x resident -x timings.jsonl -x times.jsonl -x update.jsonl "$1" "$2" | sed 's/^/# /'
	return "${PIPESTATUS[0]}"
}

em whole
ok $? "a run of three iterations"
[ "$(jq -c .iteration whole/eval.jsonl | paste -sd ' ')" = "0 2 3" ]
ok $? "evaluations at 0, 2 and the end"
[ "$(jq -c .iteration whole/metrics.jsonl | paste -sd ' ')" = "0 1 2" ]
ok $? "a line of metrics for each iteration"
[ "$(jq -s 'map(.mismatch_max) | max' whole/metrics.jsonl)" = 0 ]
ok $? "sampler and update agree to the bit"
[ "$(readlink whole/latest)" = 0003 ] && [ ! -e whole/0001/model.safetensors ] && [ -e whole/0002/optimizer.safetensors ]
ok $? "latest is the newest; keep drops the weights between"
[ "$(jq -c '[.settings.batch, .settings.update, (.tools | length)]' whole/run.json)" = '["4","-q --weight-decay 0",5]' ] &&
	[ "$(jq -r ".inputs[\"$tmp/train.jsonl\"]" whole/run.json)" = "$(sha256sum <train.jsonl | cut -c 1-64)" ]
ok $? "run.json has settings, versions and digests"
[ -z "$(find whole -name '*part*' -o -name '*tmp*')" ]
ok $? "nothing is left over"

em-run whole 2>log && [ ! -s log ]
ok $? "a complete run has nothing to do"
cp -r whole moved
em killed iterations=2 && (cd / && em-run "$tmp/killed" iterations=3 2>"$tmp/log") && same whole killed
ok $? "a run that was made longer, from elsewhere, has the same bytes"
em lean keep=best && [ "$(find lean -name 'model.safetensors' | wc -l)" -le 2 ] && [ "$(find lean -name 'optimizer*' | wc -l)" = 1 ] &&
	cmp whole/0003/model.safetensors lean/0003/model.safetensors
ok $? "keep=best keeps that and the newest"

em-run whole iterations=9 --dry-run >out 2>log && grep -q '^run *whole: 9 iterations, 3 of them done' out &&
	grep -q '^epochs *3.00 in all' out && grep -q '^evaluations *6, on 4 in' out && grep -q '^buffers .* an iteration: ' out && grep -q '^time .* hours to go' out &&
	grep -q '^empg-update -m 0003 -o 0004.part' out && [ "$(jq -r .settings.iterations whole/run.json)" = 3 ]
ok $? "the plan of the rest"

em piped mode=resident && em piped mode=process && same whole piped
ok $? "the resident mode has the same bytes"

em whole batch=2
[ $? -eq 65 ] && grep -q 'whole/run.json: this run has batch=4, not 2' log
ok $? "other settings are refused"
em whole iterations=2
[ $? -eq 65 ] && grep -q 'iterations=3, not 2' log
ok $? "fewer iterations too"
cp train.jsonl kept
sed -i 's/ /  /' train.jsonl
em whole
[ $? -eq 65 ] && grep -q "another $tmp/train.jsonl" log
ok $? "and other inputs"
mv kept train.jsonl
refused() { # refused STATUS PATTERN NAME COMMAND...
	"${@:4}" 2>log
	[ $? -eq "$1" ] && grep -q "$2" log && [ "$(wc -l <log)" -eq 1 ] && [ ! -e none ]
	ok $? "$3"
}
refused 64 'no setting is called bacth' "a setting that there is not" em-run none --config config bacth=1
refused 64 'keep=last: expected' "a rule that there is not" em-run none --config config keep=last
refused 64 'samples=x: expected a count' "a count that is none" em-run none --config config samples=x
refused 64 'max_response=-1: expected a count' "another" em-run none --config config max_response=-1
refused 64 'method=ppo wants critic=' "PPO without values" em-run none --config config method=ppo
refused 64 'mode=resident has no critic' "a critic in the resident mode" em-run none --config config method=ppo mode=resident critic=-q
refused 64 'no method magic' "a method that there is not" em-run none --config config method=magic
echo 'batch' >>config
refused 64 'config:15: expected KEY = VALUE' "a line that is none" em-run none --config config
sed -i '$d' config
refused 64 'learning' "an option of a program that there is not" em-run none --config config update='--learning 1'
refused 64 'prompts=FILE is needed' "no prompts" em-run none from=x
refused 66 "$tmp/nowhere/config.json: no such file" "no model" em-run none --config config from=nowhere
refused 66 "nothing.jsonl" "no file of prompts" em-run none --config config prompts=nothing.jsonl

# Two runs at once; then SIGTERM.
em-run busy --config config batch=12 samples=4000 2>log &
pid=$!
until [ -s busy/0000/eval.json ] && [ -e busy/0000/buffer.part ]; do sleep 0.05; done
em-run busy 2>log2
[ $? -eq 75 ] && grep -q 'busy: another em-run is at work in it' log2
ok $? "a second run in one folder is refused"
began=$SECONDS
kill $pid
wait $pid
[ $? -eq 143 ] && [ $((SECONDS - began)) -lt 10 ] && flock -n busy/stage true && [ ! -e busy/0000/buffer.jsonl.zst ]
ok $? "SIGTERM ends it and all that it started"

finish
