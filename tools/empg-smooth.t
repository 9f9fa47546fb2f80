#!/bin/sh
# empg-smooth: methods, mini-batches, filters, statuses.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/tap.sh"

# records REWARD...: groups of three.
records() {
	i=0
	for r in "$@"; do
		echo "{\"id\":\"p$((i / 3))\",\"x\":1.10,\"reward\":$r,\"y\":[1e3]}"
		i=$((i + 1))
	done
}
# near FIELD VALUE...: a field of standard input's records, to 12 digits.
near() {
	field=$1
	shift
	jq -c ".[\"$field\"]" | awk -v want="$*" '
		BEGIN { n = split(want, w, " ") }
		{ d = $1 - w[NR]; if (d < 0) d = -d; if (d > 1e-12) exit 1 }
		END { if (NR != n) exit 1 }'
}

# Eq. 12 by hand: R = 1 0 0 1 0 0, mu = 1/3, sigma = sqrt(2)/3.
records 1 0 0 1 0 0 | empg-smooth >"$tmp/eq12"
near return 0.804429682507 0.330238450673 0.330238450673 0.804429682507 0.330238450673 0.330238450673 <"$tmp/eq12"
ok $? "Eq. 12 by hand: the smoothed rewards"
near baseline 0.488302194618 0.488302194618 0.488302194618 0.488302194618 0.488302194618 0.488302194618 <"$tmp/eq12"
ok $? "Eq. 12 by hand: b"
near advantage 0.316127487889 -0.158063743945 -0.158063743945 0.316127487889 -0.158063743945 -0.158063743945 <"$tmp/eq12"
ok $? "Eq. 12 by hand: the advantages"

records 2 2 2 | empg-smooth | cut -d, -f5- | uniq -c | sed 's/^ *//' >"$tmp/got"
golden smooth-equal.txt "equal rewards: 1/2, and exactly 0" <"$tmp/got"
records 1 0 0.50 1 1 1 0 -1 | empg-smooth >"$tmp/got"
golden smooth.jsonl "fields in order, numbers as they came" <"$tmp/got"
for method in raw star sft rloo grpo dr-grpo; do
	records 1 0 0.50 1 1 1 0 -1 | empg-smooth --method $method | jq -c --arg m $method '[$m, .id, .reward, .return, .baseline, .advantage]'
done >"$tmp/got"
golden smooth-methods.jsonl "every method" <"$tmp/got"
records 1 0 0 1 0 0 | empg-smooth --scope group | jq -c .advantage >"$tmp/got"
golden smooth-group.txt "Eq. 12 within each group" <"$tmp/got"
{ records 1 0 0 && records 3 1 1; } | empg-smooth --batch 3 >"$tmp/two"
{ records 1 0 0 | empg-smooth && records 3 1 1 | empg-smooth; } | cmp -s - "$tmp/two"
ok $? "mini-batches stand by themselves"
records 1 0 0 1 | empg-smooth --batch 3 | tail -n 1 | near advantage 0
ok $? "a last mini-batch of one has advantage 0"
records 1 0 0 1 1 1 0 0 0 0 | empg-smooth --drop-degenerate --batch 2 | jq -c '[.id, .reward]' >"$tmp/kept"
records 1 0 0 | jq -c '[.id, .reward]' | cmp -s - "$tmp/kept"
ok $? "--drop-degenerate"
records 1 0 0 1 | empg-smooth --method raw --baseline loo | near advantage 0.66666666666667 -0.66666666666667 -0.66666666666667 0.66666666666667
ok $? "--baseline loo"
records 1 0 | empg-smooth --method raw --baseline 0.25 | near advantage 0.75 -0.25
ok $? "--baseline VALUE"
records 1 0 0 1 1 1 | empg-smooth --summary 2>"$tmp/summary" >/dev/null
golden smooth-summary.txt "--summary" <"$tmp/summary"
echo '{"id":"a"}' | empg-smooth --method sft >"$tmp/got"
golden smooth-sft.jsonl "sft needs no reward" <"$tmp/got"

# The manual's example.
shown=$(sed -n 's/^\({"id":"a","reward":3,.*\)\.\.\.$/\1/p' "$root/man/empg-smooth.1")
for r in 3 1 1 1 0 0; do echo '{"id":"a","reward":'$r'}'; done | empg-smooth >"$tmp/example"
[ -n "$shown" ] && head -n 1 "$tmp/example" | grep -qF "$shown"
ok $? "the manual's example"

status 0 "empty input" empg-smooth /dev/null
[ ! -s "$tmp/out" ]
ok $? "gives empty output"
status 64 "an unknown method" empg-smooth --method nonsense /dev/null
status 64 "a bad baseline" empg-smooth --baseline 1x /dev/null
status 64 "a baseline where there is none" empg-smooth --method star --baseline mean /dev/null
status 66 "a missing file" empg-smooth "$tmp/absent"
{ records 1 && echo '{"id":"a","reward":"1"}' && records 0; } >"$tmp/bad"
status 65 "a reward that is no number" empg-smooth "$tmp/bad"
says "bad:2: reward: expected a number" "is named with file and line"
status 0 "--skip-bad goes on" empg-smooth --skip-bad "$tmp/bad"
[ "$(wc -l <"$tmp/out")" -eq 2 ]
ok $? "with the records that are good"
records 1e308 -1e308 >"$tmp/large"
status 65 "rewards too large to compare" empg-smooth "$tmp/large"
says "mini-batch 1: reward: too large" "are named"
if [ -w /dev/full ]; then
	records 1 0 | empg-smooth >/dev/full 2>"$tmp/err"
	ok "$(($? != 74))" "a full disk is told"
fi
finish
