# The recipes of pipelines/rollouts: each takes an array of scored trajectories, in which `file`
# counts the files from 0, and tells $n of what it found.  A module for jq -L.
include "points";
include "report";

def line: gsub("\\s+"; " ");
def share: (map(select(.correct)) | length) / length;
def said: "answered \(.extracted // "nothing" | line | brief)";
def heading: "\(.id)\(if .sample then " \(.sample)" else "" end): \(if .correct then "right" else "wrong" end), \(said), the answer is \(.answer)" +
	", \(.response_tokens | length) tokens, reward \(.reward | fixed(2))" + if .advantage == null then "" else ", advantage \([.advantage] | flatten | mean | fixed(3))" end;

def longest: sort_by(-(.response_tokens | length))[:$n][] | "\(heading)\n\(.question // .prompt)\n\n\(.response)\n";
def wrong: map(select(.correct | not)) | longest;
def right: map(select(.correct)) | longest;

def rates:
	group_by(.id) | map({id: .[0].id, question: .[0].question, right: (map(select(.correct)) | length), of: length, rate: share,
		tokens: (map(.response_tokens | length) | mean)});
def rate: rates | sort_by(.rate, .id)[:$n] | (["right", "of", "tokens", "problem", "question"], (.[] | [.right, .of, (.tokens | fixed(1)), .id, (.question // "" | line | .[:90])])) | @tsv;

def flipped:
	(map(.file) | max) as $last | group_by(.id) |
	map({was: map(select(.file == 0)), is: map(select(.file == $last))} | select(.was != [] and .is != []) |
		{was: .was[0], is: .is[0], before: (.was | share), after: (.is | share)}) |
	(map(select(.before < 0.5 and .after >= 0.5)) | length) as $up | (map(select(.before >= 0.5 and .after < 0.5)) | length) as $down |
	"\($up) problems became right, \($down) became wrong, \(length - $up - $down) stayed as they were.\n",
	(map(select((.before < 0.5) != (.after < 0.5))) | sort_by(-(.before - .after | fabs), .is.id)[:$n][] |
		"\(.is.id): \(if .before < 0.5 then "wrong → right" else "right → wrong" end), the answer is \(.is.answer)\n\(.is.question)\n\n" +
		"before: \(.was.response)\n\nafter: \(.is.response)\n");

def groups:
	(["problems", "share", "their responses are"], (rates | length as $all |
		group_by(if .rate == 0 then 0 elif .rate < 1 then 1 else 2 end)[] |
		[length, "\(100 * length / $all | fixed(1)) %", if .[0].rate == 0 then "all wrong" elif .[0].rate < 1 then "some right" else "all right" end])) | @tsv;

# Numbers of tokens as text; a byte-level blank is a blank.
def spelled: [.[] | .token] as $all | ($tokenizer[0] // {} | names($all)) as $names |
	map(.token |= ((tostring) as $key | $names.plain[$key] // $names.bytes[$key] // $key | gsub("Ġ"; " ") | gsub("Ċ"; "\\n") | tojson));

def advantage:
	map(select(.advantage != null) | . as $r | .response_tokens | to_entries[] |
		{token: .value, advantage: (if ($r.advantage | type) == "array" then $r.advantage[.key] else $r.advantage end)}) |
	group_by(.token) | map({token: .[0].token, times: length, advantage: (map(.advantage) | mean)}) | sort_by(.advantage) | spelled |
	(["advantage", "times", "token"], (if length <= 2 * $n then . else .[:$n] + .[-$n:] end | .[] | [(.advantage | fixed(4)), .times, .token])) | @tsv;

def surprise:
	map(. as $r | .logprobs // [] | to_entries[] | {logprob: .value, at: .key, r: $r}) | sort_by(.logprob)[:$n] |
	map({logprob, id: .r.id, correct: .r.correct, token: .r.response_tokens[.at], before: [.r.response_tokens[([0, .at - 8] | max):.at][] | {token: .}]}) |
	map(.before |= (spelled | map(.token | fromjson) | join(""))) | spelled |
	(["p", "token", "behind", "problem"], (.[] | ["\(.logprob | exp | . * 100 | fixed(2)) %", .token, (.before | tojson), "\(.id), \(if .correct then "right" else "wrong" end)"])) | @tsv;

def status:
	group_by([.status, .finish == "length"]) | sort_by(-length) |
	(["responses", "status", "finish", "for example"], (.[] | [length, .[0].status // "–", .[0].finish, .[0].id])) | @tsv;

def show: .[0] as $first | "\($first.question // $first.prompt)\n", (.[] | "\(heading)\n\(.response)\n");
