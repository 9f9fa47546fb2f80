#!/bin/bash
# The resident pipeline, empg-sample --follow to empg-update --publish: the bytes of a process a
# stage, whatever is killed in between, and an end for everything that has lost its partner.
# shellcheck disable=SC1091,SC2154,SC2086,SC2089,SC2090 # tap.sh is checked by itself; options are words
. "$(dirname "$0")/tap.sh"
export OMP_NUM_THREADS=1 T=3
demo=$root/testdata/demo
"$root/pipelines/word-problems" --seed 21 --count 12 >"$tmp/train.jsonl"
draw="-n 4 --prompts 4 --seed 3 -q --max-response 16 $tmp/train.jsonl"
learn="-q --seed 3 --lr 1e-3 --batch 8 --shuffle --schedule cosine --warmup 2 --total-steps 6"
# Rewards that differ; it hands end records on, as long as it is told not to wait for more.
reward='jq -c --unbuffered ".reward = (.response_tokens // [] | add // 0) % 5"'

# loop DIR MODEL: a process a stage.
loop() {
	mkdir "$1"
	"$root/pipelines/copy-checkpoint" "$2" "$1/0000"
	(
		cd "$1" || exit
		for t in 0 1 2; do
			a=000$t b=000$((t + 1))
			case $smooth in *reinforce*)
				state="--state $a/mean.json"
				[ $t -eq 0 ] || cp 000$((t - 1))/mean.json $a
			esac
			empg-sample -m $a --iteration $t $draw | eval "$score" | eval "$reward" |
				empg-smooth -q $smooth ${state:-} --zstd >$a/buffer.jsonl.zst &&
				empg-update -m $a -o $b $learn $a/buffer.jsonl.zst >$a/update.jsonl || exit
		done
	)
}
# begin DIR MODEL: where a resident pipeline begins.
begin() {
	mkdir "$1"
	"$root/pipelines/copy-checkpoint" "$2" "$1/0000"
}
# resident DIR: the pipeline, with NNNN/pid files; exit statuses in DIR/status.
resident() {
	(
		cd "$1" || exit
		case $smooth in *reinforce*) state='--state NNNN/mean.json' ;; esac
		run() { # run NAME COMMAND
			echo "$BASHPID" >"../pid.$1"
			eval "exec $2"
		}
		run sample "empg-sample --follow . --until $T $draw" | run score "$score" | run jq "$reward" |
			run smooth "empg-smooth -q $smooth ${state:-}" | run sed "${between:-cat}" |
			run update "empg-update --publish . $learn" >metrics
		echo "${PIPESTATUS[*]}" >../status
	) 2>"$tmp/log"
}
export -f resident
export draw learn reward score smooth between tmp
# bounded DIR: a resident pipeline that must end by itself.
bounded() {
	timeout 100 bash -c "resident $1"
}
same() { # same A B: all but what tells the time, and who was there
	diff -r -x update.jsonl -x metrics -x resident "$1" "$2" >"$tmp/diff"
	differs=$?
	sed 's/^/# /' "$tmp/diff" | head -n 5
	return $differs
}

score='empg-score -q' smooth='--method empg'
loop "$tmp/loop" "$demo"
begin "$tmp/whole" "$demo"
bounded "$tmp/whole"
same "$tmp/loop" "$tmp/whole"
ok $? "three iterations of two steps each: weights, moments, buffers and states are the loop's, to the byte"
[ "$(cat "$tmp/status")" = '0 0 0 0 0 0' ]
ok $? "everything ends well"
[ "$(jq -s -c 'map(.step)' "$tmp/whole/metrics")" = '[1,2,3,4,5,6]' ] &&
	cat "$tmp"/whole/000*/update.jsonl | cmp -s - "$tmp/whole/metrics"
ok $? "metrics are written to standard output, and beside each buffer"
! jq -se 'map(.loss) | all(. == 0)' "$tmp/whole/metrics" >/dev/null
ok $? "there was something to learn"
bounded "$tmp/whole" && same "$tmp/loop" "$tmp/whole" && [ ! -s "$tmp/whole/metrics" ]
ok $? "a complete run has nothing to do"
begin "$tmp/longer" "$demo"
T=2 bounded "$tmp/longer"
[ -e "$tmp/longer/0002" ] && [ ! -e "$tmp/longer/0003" ] && bounded "$tmp/longer" && same "$tmp/loop" "$tmp/longer"
ok $? "a run that was made longer has the same bytes"

# killed SIGNAL NAME: a run whose NAME gets that when the second buffer is there, and the same command again.
killed() {
	dir=$tmp/$2-$1
	begin "$dir" "$demo"
	bounded "$dir" &
	hunter=$!
	for _ in $(seq 1000); do
		[ ! -e "$dir/0001/buffer.jsonl.zst" ] || break
		sleep 0.02
	done
	kill "-$1" "$(cat "$tmp/pid.$2")" 2>/dev/null
	wait $hunter
	[ $? -ne 124 ]
	ok $? "$2 gets $1: everything ends"
	for at in "$dir"/000*; do
		[ -e "$at/model.safetensors" ] || break
	done
	[ -e "$at/model.safetensors" ] && bounded "$dir" && same "$tmp/loop" "$dir" &&
		[ -z "$(find "$dir" -name '.*.tmp-*')" ]
	ok $? "and the same command ends in the same bytes"
}
for name in sample score jq smooth update; do killed KILL $name; done
killed TERM update

# A record that is malformed on its way.
begin "$tmp/bad" "$demo"
between='sed -u 20s/\"advantage\"/\"advantages\"/' bounded "$tmp/bad"
grep -q '^empg-update: (standard input):20: advantage: missing' "$tmp/log"
ok $? "a malformed record is named by its line"
[ "$(cut -d ' ' -f 6 "$tmp/status")" = 65 ] && [ -e "$tmp/bad/0001" ] && [ ! -e "$tmp/bad/0002" ]
ok $? "and ends the run at its iteration"
bounded "$tmp/bad" && same "$tmp/loop" "$tmp/bad"
ok $? "which goes on without it"
begin "$tmp/cut" "$demo"
between='sed -u 20q' bounded "$tmp/cut"
[ "$(cut -d ' ' -f 6 "$tmp/status")" = 75 ] && grep -q 'the input ended within iteration 1$' "$tmp/log"
ok $? "half a buffer is not learnt from"
begin "$tmp/skipped" "$demo"
between="sed -u 's/{\"end\":1,/{\"end\":2,/'" bounded "$tmp/skipped"
grep -q 'empg-update: (standard input):34: end: iteration 2, where the newest checkpoint is 0001$' "$tmp/log"
ok $? "nor another iteration's"

# Nobody waits for ever.
begin "$tmp/alone" "$demo"
alone="empg-sample --follow $tmp/alone $draw"
timeout 60 $alone | head -n 3 >"$tmp/out"
[ "${PIPESTATUS[0]}" -eq 0 ] && [ "$(wc -l <"$tmp/out")" -eq 3 ]
ok $? "a sampler whose reader is gone ends"
status 75 "one that waits for an update in vain too" timeout 60 $alone
says "no empg-update --publish is at work" "and says so"
[ "$(tail -n 1 "$tmp/out")" = '{"end":0}' ]
ok $? "behind the iteration's end"
mkfifo "$tmp/fifo"
empg-update --publish "$tmp/alone" <"$tmp/fifo" >/dev/null 2>&1 &
exec 3>"$tmp/fifo"
for _ in $(seq 500); do
	[ -z "$(find "$tmp/alone/0000" -name '.update*')" ] || break
	sleep 0.02
done
status 75 "two updates in a run" empg-update --publish "$tmp/alone" /dev/null
says "another empg-update --publish is at work in this run" "the second is refused"
exec 3>&-
wait $!
ok $? "an update without a record has nothing to do"

# What filters do with an end record.
[ "$(echo '{"end":3}' | empg-score | empg-smooth)" = '{"end":3}' ]
ok $? "an end record goes through filters as it is"
echo '{"end":3,"reward":1}' | empg-score | empg-smooth | jq -e '. == {"end":3,"reward":1}' >/dev/null
ok $? "with what a filter added"
status 65 "a trajectory without an id is none" empg-smooth - <<'END'
{"end":3,"response":"x","reward":1}
END
head -n 4 "$root/testdata/trajectories.jsonl" | empg-score -q >"$tmp/some"
{ cat "$tmp/some"; echo '{"end":0}'; } | empg-eval >"$tmp/out" && empg-eval "$tmp/some" | cmp -s - "$tmp/out"
ok $? "empg-eval counts none"

status 64 "--follow and -m" empg-sample --follow "$tmp/alone" -m x /dev/null
status 64 "--follow and --iteration" empg-sample --follow "$tmp/alone" --iteration 1 /dev/null
status 64 "--until alone" empg-sample -m x --until 1 /dev/null
status 66 "--follow nothing" empg-sample --follow "$tmp/none" /dev/null
says "^empg-sample: $tmp/none: No such file or directory\$" "is told of the run"
status 66 "--publish where nothing is" empg-update --publish "$tmp" /dev/null
status 64 "--publish and -o" empg-update --publish "$tmp/alone" -o x /dev/null
status 64 "--publish without moments" empg-update --publish "$tmp/alone" --no-save-optimizer /dev/null
status 64 "--publish for a critic" empg-update --publish "$tmp/alone" --objective value /dev/null
says "objective value: not with --publish" "is refused by name"

# The other ways to learn.
variant() { # loop and resident run, this one killed on its way
	rm -rf "$tmp/loop" "$tmp/update-KILL"
	loop "$tmp/loop" "$demo"
	killed KILL update
}
smooth='--method reinforce'
variant
smooth='--method grpo' learn="$learn --objective grpo --beta 0.1 --ref $demo --kl full"
variant
finish
