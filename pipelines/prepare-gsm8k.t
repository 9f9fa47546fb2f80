#!/bin/sh
# Prompts from GSM8K, MATH and verl's form.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
here=$root/pipelines

got=$(printf '%s\n' '{"question":"How many?","answer":"6*200=1200\n#### 1,200"}' | "$here/prepare-gsm8k" --name test)
is "GSM8K as published" "$got" '{"id":"gsm8k-test-1","question":"How many? Let'\''s think step by step and output the final answer after \"####\".","answer":"1200","source":"gsm8k","solution":"6*200=1200\n#### 1,200"}'

got=$(printf '%s\n' '{"problem":"What?","level":"Level 4","type":"Algebra","solution":"\\boxed{1}, no, \\boxed{ \\frac{a}{b\\}}} so"}' | "$here/prepare-gsm8k")
is "MATH: the last box, with its inner braces" "$got" '{"id":"math-train-1","question":"What? Let'\''s think step by step and output the final answer within \\boxed{}.","answer":"\\frac{a}{b\\}}","source":"math","solution":"\\boxed{1}, no, \\boxed{ \\frac{a}{b\\}}} so","level":4,"subject":"Algebra"}'

got=$(printf '%s\n' '{"problem":"What?","solution":"so \\boxed 9."}' | "$here/prepare-gsm8k" --no-instruction | jq -r '.question, .answer')
is "MATH: a box without braces, no instruction" "$got" 'What?
9'

got=$(printf '%s\n' '{"rows":[{"row":{"data_source":"openai/gsm8k","prompt":[{"role":"user","content":"q"}],"reward_model":{"style":"rule","ground_truth":"72"}}}]}' | "$here/prepare-gsm8k")
is "verl's form in the viewer's rows" "$got" '{"id":"gsm8k-train-1","messages":[{"role":"user","content":"q"}],"answer":"72","source":"gsm8k"}'

got=$("$here/word-problems" --count 3 | "$here/prepare-gsm8k")
is "prompts of another source pass unchanged" "$got" "$("$here/word-problems" --count 3)"

echo '{"x":1}' >"$tmp/other"
status 65 "anything else" "$here/prepare-gsm8k" "$tmp/other"

finish
