#!/bin/sh
# Whole responses, labelled by hand, through empg-score: verdict, status, --strict.
# One marked "known" is wrong today, and has to be: testdata/score/unmark.
# With -l it prints what fails instead, and does not test.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/tap.sh"

# `parts` stands for a response too long to store: texts, how often each.
jq -c 'if .parts then .response = ([.parts[] | .[0] * .[1]] | join("")) | del(.parts) else . end |
	.label = {correct, correct_strict, status, known}' "$root/testdata/score/responses.jsonl" >"$tmp/all"
for rule in $(jq -r .rule "$tmp/all" | sort -u); do
	jq -c --arg rule "$rule" 'select(.rule == $rule)' "$tmp/all" >"$tmp/in"
	empg-score -q -r "$rule" "$tmp/in"
	[ "$rule" != gsm8k ] || empg-score -q -r gsm8k --strict "$tmp/in" |
		jq -c '.label += {correct: .label.correct_strict, status: null, known: null} | .class += "-strict"'
done >"$tmp/got"
jq -r '(.correct == .label.correct and (.label.status == null or .status == .label.status)) as $right |
	select($right == (.label.known == true)) |
	[.class, .id, .answer, .response[:60], .extracted, "\(.correct) \(.status)", "\(.label.correct) \(.label.status)", .why] | @tsv' \
	"$tmp/got" >"$tmp/wrong"
if [ "${1:-}" = -l ]; then
	cat "$tmp/wrong"
	exit
fi
for class in $(jq -r .class "$tmp/got" | sort -u); do
	sed -n "s/^\($class	\)/# \1/p" "$tmp/wrong"
	! grep -q "^$class	" "$tmp/wrong"
	ok $? "$class: $(jq -c --arg class "$class" 'select(.class == $class)' "$tmp/got" | wc -l) responses"
done
[ "$(jq -r .id "$tmp/all" | sort -u | wc -l)" -eq "$(jq -r .id "$tmp/got" | sort -u | wc -l)" ]
ok $? "all of them were judged"
finish
