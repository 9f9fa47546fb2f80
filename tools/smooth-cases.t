#!/bin/sh
# empg-smooth against numpy: the cases that testdata/smooth/make-cases.py wrote.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/tap.sh"

cases=$root/testdata/smooth/cases.jsonl
jq -r '.options | join(" ")' "$cases" >"$tmp/options"
jq -r 'input_line_number as $case | .records[] | "\($case)\t\(tojson)"' "$cases" |
	awk -F '\t' -v stem="$tmp/case" '{ print $2 >(stem $1) }'
case=0
while read -r options; do
	case=$((case + 1))
	echo null
	# shellcheck disable=SC2086 # words
	empg-smooth -q $options "$tmp/case$case"
done <"$tmp/options" >"$tmp/got"

# 1e-12, of what is greater than 1 in proportion; the fields in their order.
# shellcheck disable=SC2016 # jq's
jq -rn --slurpfile got "$tmp/got" --slurpfile cases "$cases" '
	def near($want): if type == "array" then
		length == ($want | length) and ([., $want] | transpose | all(.[0] as $got | .[1] as $want | $got | near($want)))
		else (. - $want | fabs) <= 1e-12 * ([1, ($want | fabs)] | max) end;
	def same($want): . as $got | length == ($want | length) and
		all(range(length); . as $i | $want[$i] | to_entries | all(.value as $v | $got[$i][.key] | . != null and near($v)));
	(reduce $got[] as $r ([]; if $r == null then . + [[]] else .[-1] += [$r] end)) as $runs |
	range($cases | length) as $i | $cases[$i] as $case | $runs[$i] |
	"\(if same($case.want) then 0 else 1 end) \($case.name)"' >"$tmp/verdicts"
while read -r wrong name; do
	ok "$wrong" "$name"
done <"$tmp/verdicts"
[ "$(wc -l <"$tmp/verdicts")" -eq "$(wc -l <"$cases")" ]
ok $? "no case was left out"
finish
