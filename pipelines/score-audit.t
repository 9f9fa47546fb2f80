#!/bin/sh
# score-audit: disagreements are shown, and nothing else is called one.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
audit=$root/pipelines/score-audit
data=$root/testdata/trajectories.jsonl

grep '"source":"gsm8k"' "$data" >"$tmp/gsm8k"
"$audit" "$tmp/gsm8k" gsm8k 'gsm8k --strict' >"$tmp/out"
golden score-audit.txt "two rules over four records" <"$tmp/out"
status 0 "standard input, left-out records" "$audit" --max 1 --samples 1 - gsm8k math <"$data"
head -n 1 "$tmp/out" | grep -q '^=== 4 records, 4 left out$'
ok $? "are counted"
zstd -qc "$tmp/gsm8k" >"$tmp/in.zst"
"$audit" "$tmp/in.zst" gsm8k gsm8k | grep -q '^0 disagreements'
ok $? "a compressed file; a rule agrees with itself"
status 0 "--max 0 --samples 0 --tail 0" "$audit" --max 0 --samples 0 --tail 0 "$tmp/gsm8k" gsm8k 'gsm8k --strict'
grep -q '^\.\.\. and 1 more' "$tmp/out"
ok $? "leaves the counts"
status 0 "--help" "$audit" --help
status 64 "no rules" "$audit" "$data"
status 64 "an unknown rule" "$audit" "$data" gsm8k nonsense
status 64 "a number that is none" "$audit" --max x "$data" gsm8k math
status 66 "a missing file" "$audit" "$tmp/absent" gsm8k math
echo '{"id":' >"$tmp/bad"
status 65 "bad JSON" "$audit" "$tmp/bad" gsm8k math
finish
