#!/bin/bash
# The page of a run: its pieces, its size, and that what a model wrote stays text.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
report=$root/pipelines/report
hostile='</script><img src=x onerror="document.title=1"><script>document.title=2</script><!-- & </title>'
run="$tmp/<b>run"
mkdir -p "$run/0000" "$run/0003"
cp "$root/testdata/demo/tokenizer.json" "$run/0003"
jq -nc --arg h "$hostile" '{FROM: $h, NESTED: {SEED: 7}}' >"$run/run.json"
for i in 0 1 2; do echo "{\"iteration\":$i,\"reward\":0.$i,\"length\":9,\"entropy\":1,\"kl\":0,\"grad_norm\":1}"; done >"$run/metrics.jsonl"
for i in 0 3; do
	echo "{\"iteration\":$i,\"samples\":2,\"accuracy\":0.5,\"accuracy_low\":0.25,\"accuracy_high\":0.75,\"reward\":0.5,\"pass@1\":0.5,\"pass@8\":0.625,\"length_mean\":9,\"length_p95\":12,\"truncated\":0,\"behaviours\":{\"code\":0.125}}"
done >"$run/eval.jsonl"
printf '{"iteration":%d,"seconds":50}\n{"iteration":%d,"sample_seconds":100}\n' 0 0 1 1 >"$run/timings.jsonl"
# trajectory ID CORRECT RESPONSE [ADVANTAGE]
trajectory() {
	jq -nc --arg id "$1" --argjson correct "$2" --arg response "$3" --argjson advantage "${4:-null}" '{id: $id, question: "Why \($id)?",
		answer: "1", sample: 0, response: $response, response_tokens: [16, 28, 397], logprobs: [-0.126, -2.5, -0.001], finish: "stop",
		reward: (if $correct then 1 else 0 end), correct: $correct, extracted: "<i>1"} + if $advantage == null then {} else {advantage: $advantage} end'
}
{ trajectory one false "$hostile"; trajectory two true x; } | zstd -q >"$run/0000/eval.jsonl.zst"
{ trajectory one true "$hostile"; trajectory two true x; } | zstd -q >"$run/0003/eval.jsonl.zst"
{ trajectory "$hostile" true x 0.25; trajectory "$hostile" false x -0.25; } | zstd -q >"$run/0000/buffer.jsonl.zst"

status 0 "a run" "$report" -o "$tmp/page.html" "$run"
[ ! -s "$tmp/err" ]
ok $? "without a word" || sed 's/^/# /' "$tmp/err"
! grep -q '<img\|<i>1\|<b>run' "$tmp/page.html"
ok $? "nothing of the model's, of run.json's or of the folder's name is HTML"
[ "$(grep -c '<script' "$tmp/page.html")" = 2 ] && [ "$(grep -c '</script' "$tmp/page.html")" = 2 ]
ok $? "and no script is but the data and the page's own"
[ "$(grep -o 'https\?://[^"'\'' ]*' "$tmp/page.html" | sort -u | paste -sd ' ')" = 'http://www.w3.org/1999/xlink http://www.w3.org/2000/svg' ]
ok $? "no address but the names of SVG"
sed -n '/^<script type="application/,/^<\/script>/p' "$tmp/page.html" | sed '1d;$d' >"$tmp/data"
[ "$(jq -r '.held[] | select(.id == "one") | .latest.samples[0].text' "$tmp/data")" = "$hostile" ]
ok $? "the data is what the model wrote"
[ "$(jq -c '.held | map([.id, .first.right, .latest.right, .latest.iteration])' "$tmp/data")" = '[["one",false,true,3],["two",true,true,3]]' ]
ok $? "first and latest responses to a problem, those that changed first"
[ "$(jq -c '.trained[0] | .latest, .first.right, (.first.samples | map(.advantage))' "$tmp/data" | paste -sd ' ')" = 'null true [0.25,-0.25]' ]
ok $? "a training problem that did not come again, with advantages"
[ "$(jq -c '.vocabulary, .curves.accuracy[1], .last' "$tmp/data" | paste -sd ' ')" = '{"bytes":{"16":"1","28":"="},"plain":{"397":"<|im_end|>"}} [3,0.5,0.25,0.75] 3' ]
ok $? "the tokens' names and the curves' points"
for text in '<td>50.0 %</td>' '25.0 – 75.0' '<th>pass@8</th>' '<th>NESTED · SEED</th><td>7</td>' '<td>12.5 %</td>' '0.000 → 0.200' 'data-curve="kl"' '5.0 min of work'; do
	grep -qF "$text" "$tmp/page.html"
	ok $? "has $text"
done

status 0 "a small budget" "$report" --budget=0.0018 -o "$tmp/small.html" "$run"
sed -n '/^{"held"/p' "$tmp/small.html" | jq -e '(.held | length) == 1 and .of.held == 2' >/dev/null
ok $? "has as many problems as it holds, and says how many there are"

# Thirty iterations of which the evaluations alone are 4 MB.
mkdir -p "$tmp/long/0000" "$tmp/long/0030"
for i in 0000 0030; do
	jq -nc --arg i "$i" 'range(100) | {id: "p\(.)", sample: 0, question: "Why?", answer: "1", response: ("because < " * 800), reward: 1, correct: (. % 3 == 0),
		finish: "length", extracted: null, response_tokens: [range(1600) | . % 300], logprobs: [range(1600) | -. / 7]}' | zstd -q >"$tmp/long/$i/eval.jsonl.zst"
done
cp "$root/testdata/demo/tokenizer.json" "$tmp/long/0030"
jq -nc 'range(30) | {iteration: ., reward: 0.5, length: 1600, entropy: 1, kl: 0.001, grad_norm: 1}' >"$tmp/long/metrics.jsonl"
status 0 "a run of long responses" "$report" "$tmp/long"
size=$(wc -c <"$tmp/long/report.html")
[ "$size" -gt 1000000 ] && [ "$size" -lt 3000000 ]
ok $? "is a page of less than 3 MB" || echo "# $size"
rm -r "$run/0000" "$run/0003" "$run/run.json" "$run/eval.jsonl"
status 0 "a run that has metrics alone" "$report" "$run"
grep -q 'There is no evaluation yet' "$run/report.html" && grep -q 'no run.json' "$run/report.html"
ok $? "says what is missing"
mkdir "$tmp/empty"
status 65 "a run with nothing in it" "$report" "$tmp/empty"
says 'report: .*empty' "is told"
status 66 "a run that is not there" "$report" "$tmp/absent"
status 64 "a budget of words" "$report" --budget=much "$run"
status 64 "two runs" "$report" "$run" "$run"

# What a browser makes of it.
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
dom() { # dom FILE: the document as it is once its scripts have run
	timeout 120 "$browser" --headless=new --no-sandbox --disable-gpu --user-data-dir="$tmp/chromium" --virtual-time-budget=2000 \
		--dump-dom "file://$1" >"$tmp/dom" 2>"$tmp/browser"
}
echo '<script>document.title = "alive"</script>' >"$tmp/alive.html"
if [ -z "$browser" ] || ! dom "$tmp/alive.html" || ! grep -q '<title>alive' "$tmp/dom"; then
	taps=$((taps + 1))
	echo "ok $taps - in a browser # SKIP no chromium that runs here"
	finish
fi
dom "$tmp/page.html"
grep -q '<h3>Iteration 3</h3>' "$tmp/dom" && grep -q '<p>Why one?</p>' "$tmp/dom"
ok $? "a browser shows the responses" || tail -n 3 "$tmp/browser" | sed 's/^/# /'
grep -q '<title>' "$tmp/dom" && ! grep -q '<img' "$tmp/dom" && ! grep -q '<title>[12]' "$tmp/dom"
ok $? "and runs nothing that a model wrote"
grep -q 'log p −2.50 · p 0.08' "$tmp/dom" && grep -q 'rgb(' "$tmp/dom"
ok $? "tokens are shaded by their probability"
# Were the text read as HTML, the policy would hold.
sed "s|^<section id=\"problems\">|&<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>|" "$tmp/page.html" >"$tmp/broken.html"
dom "$tmp/broken.html"
grep -q 'onerror' "$tmp/dom" && ! grep -q '<title>run' "$tmp/dom"
ok $? "a script that is not the page's own would not run"
finish
