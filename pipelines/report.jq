# The pieces of pipelines/report's page; a module for jq -L.  What is HTML goes through @html.
include "points";

def round_to($digits): if type == "number" then pow(10; $digits) as $p | . * $p | round / $p else . end;

# fixed(digits): a number as text with so many digits behind the point.
def fixed($digits):
	if type != "number" then "–" else
		pow(10; $digits) as $p | (fabs * $p | round) as $n |
		(if . < 0 and $n > 0 then "−" else "" end) + ($n / $p | floor | tostring) +
			(if $digits == 0 then "" else "." + ("0" * $digits + ($n % $p | tostring))[-$digits:] end)
	end;
def percent: if type == "number" then "\(. * 100 | fixed(1)) %" else "–" end;

# The beginning of a long text.
def brief: if type == "string" and length > 48 then .[:47] + "…" else . end;

# A record of iteration $n as the page has it.
def response($n):
	{id, iteration: $n, question: (.question // .prompt // (.messages // [] | map(.content) | join("\n\n"))), answer,
		shown: {reward: (.reward | round_to(4)), correct: (.correct == true), extracted: (.extracted | brief), finish, text: .response, tokens: .response_tokens,
			logprobs: (.logprobs // [] | map(round_to(2))),
			advantage: (.advantage | if type == "array" then map(round_to(3)) else round_to(3) end)}};

# Responses of one iteration to one problem; it is right where at least half of them are.
def group: {iteration: .[0].iteration, right: ((map(select(.shown.correct)) | length) * 2 >= length), samples: map(.shown)};

# The problems of these responses, with the first responses to each and the latest.
def problems:
	group_by(.id) | map({id: .[0].id, question: .[0].question, answer: .[0].answer} +
		(group_by(.iteration) | {first: (.[0] | group), latest: (if length > 1 then .[-1] | group else null end)}));

# As many as $bytes hold, some of each fate in turn: what changed, what is right at times, the rest.
def within($bytes):
	group_by([.first.right == (.latest // .first).right, (.first.samples | map(.correct) | unique | length == 1), .first.right]) | map(to_entries[]) | sort_by(.key) | map(.value) |
	[foreach .[] as $problem (0; . + ($problem | tojson | utf8bytelength); if . <= $bytes then $problem else empty end)];

# What $tokens are called: number to text, byte-level or, for added tokens, plain.
def names($tokens):
	($tokens | map({key: tostring, value: true}) | from_entries) as $used |
	{bytes: (.model.vocab // {} | to_entries | map(select($used[.value | tostring]) | {key: (.value | tostring), value: .key}) | from_entries),
		plain: (.added_tokens // [] | map({key: (.id | tostring), value: .content} | select($used[.key])) | from_entries)};

# All that the page's script knows.
def data:
	($budget * 1000000) as $bytes | ($held | problems | within($bytes / 2)) as $h |
	($trained | problems | within($bytes - ($h | tojson | utf8bytelength))) as $t |
	{held: $h, trained: $t, of: {held: ($held | map(.id) | unique | length), trained: ($trained | map(.id) | unique | length)},
		vocabulary: ($tokenizer[0] | names([$h, $t | .[] | .first, .latest | values | .samples[].tokens[]?] | unique)),
		curves: ($metrics | train_points(1) | {reward: map([.iteration, .reward]), length: map([.iteration, .length]),
			entropy: map([.iteration, .entropy]), kl: map([.iteration, .reference // .kl]), norm: map([.iteration, .norm])}),
		last: ([$metrics[].iteration, $evals[].iteration] | max)} |
	.curves.accuracy = ($evals | eval_points | map([.iteration, .accuracy, .low, .high]));

def title: @html "\($name)";

def card($heading; $value; $note): @html "<div class=\"card\"><span>\($heading)</span><strong>\($value)</strong><small>\($note)</small></div>";
def change(f; show): if length == 0 then "–" elif length == 1 then .[0] | f | show else "\(.[0] | f | show) → \(.[-1] | f | show)" end;
# The stages' seconds; an update's steps count where the stage was not timed.
def spent:
	[$timings[] | to_entries[] | select(.key | endswith("_seconds")) | .value] +
		(if any($timings[]; has("update_seconds") or has("resident_seconds")) then [] else [$timings[].seconds] end) | map(numbers) | add // 0;
def duration: if . < 120 then "\(fixed(0)) s" elif . < 7200 then "\(. / 60 | fixed(1)) min" else "\(. / 3600 | fixed(1)) h" end;
def summary:
	($metrics | train_points(1)) as $train |
	card("Held-out accuracy"; $evals | change(.accuracy; percent);
		if $evals == [] then "no evaluation" else $evals[-1] | "\(.samples) responses, \(.accuracy_low | percent) to \(.accuracy_high | percent)" end),
	card("Best evaluation"; $evals | max_by(.accuracy) | .accuracy | percent; $evals | max_by(.accuracy) | "iteration \(.iteration // "–")"),
	card("Reward"; $train | change(.reward; fixed(3)); "mean of an iteration's samples"),
	card("Tokens a response"; $train | change(.length; fixed(1)); "mean of an iteration's samples"),
	card("Iterations"; $train | length; "\(spent | duration) of work");

def evaluations:
	if $evals == [] then "<p class=\"none\">There is no evaluation yet.</p>" else
		([$evals[] | keys_unsorted[] | select(test("^(pass|maj)@([2-9]|1\\d)"))] | unique) as $at |
		([$evals[] | .behaviours // {} | to_entries[] | select(.value > 0) | .key] | unique) as $behaviours |
		"<div class=\"scroll\"><table class=\"figures\"><thead><tr><th>iteration</th><th>accuracy</th><th class=\"band\">95 % interval</th><th>reward</th>",
		($at[] | @html "<th>\(.)</th>"), "<th>tokens</th><th>95 % below</th><th>cut off</th>",
		($behaviours[] | gsub("_"; " ") | @html "<th>\(.)</th>"), "</tr></thead><tbody>",
		($evals[] | . as $e | @html "<tr><td>\(.iteration)</td><td>\(.accuracy | percent)</td><td class=\"band\"><i class=\"rail\"><i style=\"left:\((.accuracy_low // 0) * 100 | round_to(2))%;width:\(((.accuracy_high // 0) - (.accuracy_low // 0)) * 100 | round_to(2))%\"></i><b style=\"left:\((.accuracy // 0) * 100 | round_to(2))%\"></b></i> \((.accuracy_low // 0) * 100 | fixed(1)) – \((.accuracy_high // 0) * 100 | fixed(1))</td><td>\(.reward | fixed(3))</td>",
			($at[] | $e[.] | @html "<td>\(percent)</td>"),
			@html "<td>\(.length_mean | fixed(1))</td><td>\(.length_p95 | fixed(0))</td><td>\(.truncated | percent)</td>",
			($behaviours[] | $e.behaviours[.] | @html "<td>\(percent)</td>"), "</tr>"), "</tbody></table></div>"
	end;

def configuration:
	[$run[0] | paths(scalars) as $p | {key: ($p | map(tostring) | join(" · ") | ltrimstr("settings · ")), value: getpath($p)} | select(.value != "" and .value != null)] |
	if . == [] then "<p class=\"none\">The run has no run.json.</p>" else
		"<table class=\"settings\">", (.[] | @html "<tr><th>\(.key)</th><td>\(.value)</td></tr>"), "</table>" end;
