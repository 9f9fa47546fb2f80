# The arithmetic of pipelines/bench: what a model must compute, and what the runs say of it.

def median: sort | if length == 0 then null else (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2 end;
def rounded($digits): if . == null or . == 0 then . else pow(10; $digits - 1 - (fabs | log10 | floor)) as $s | (. * $s | round) / $s end;

# From config.json: weights of the layers and of the head, and what attention costs.
def shape:
	(.head_dim // (.hidden_size / .num_attention_heads)) as $d | {
	layers: (.num_hidden_layers * .hidden_size * (2 * .num_attention_heads * $d +
		2 * .num_key_value_heads * $d + 3 * .intermediate_size)),
	head: (.hidden_size * .vocab_size),
	pair: (4 * .num_hidden_layers * .num_attention_heads * $d),
	position: (2 * .num_hidden_layers * .num_key_value_heads * $d) };

# Operations of n positions behind `context` others; `kv` are the numbers that attention must
# read of the cache.  What is behind is read once for all samples: `shared`, a position's.
def positions($s; $n; $context): ($n * ($n + 1) / 2) as $own |
	{products: (2 * $s.layers * $n), attention: ($s.pair * ($n * $context + $own)), kv: ($s.position * $own)};
def shared($s; $n; $context): {products: 0, attention: 0, kv: ($s.position * $n * $context)};
def head($s; $n): {products: (2 * $s.head * $n), attention: 0, kv: 0};
def total: {products: (map(.products) | add // 0), attention: (map(.attention) | add // 0), kv: (map(.kv) | add // 0)};

# What a job of trajectories asks for.  A prompt counts once, whatever its samples.
def work($s; $kind):
	group_by(.id) as $groups | ($groups | map(.[0].prompt_tokens | length)) as $prompts |
	map({p: (.prompt_tokens | length), t: (.response_tokens | length)}) as $all |
	[ if $kind != "decode" then $prompts[] | positions($s; .; 0) else empty end,
	  if $kind == "prefill" then $prompts[] | head($s; 1)
	  else ($groups[] | shared($s; (map(.response_tokens | length) | max) - 1; .[0].prompt_tokens | length)),
		($all[] | positions($s; .t - 1; .p), head($s; if $kind == "decode" then .t - 1 else .t end)) end ] | total |
	({update: [3, 3.5], iteration: [4, 4.5]}[$kind] // [1, 1]) as $times | # backward twice, with scores again
	{products: (.products * $times[0]), attention: (.attention * $times[1]), kv};

# Tokens and seconds that a kind of job is judged by; the tools count whole milliseconds.
def rated($kind):
	if $kind == "decode" then {tokens: (.tokens - (.first // 0)), seconds: (.seconds - .prefill_seconds)}
	elif $kind == "prefill" then {tokens: .prompt_tokens, seconds: (.prefill_seconds // .seconds)}
	else {tokens, seconds} end | .seconds |= ([., 0.0005] | max);
def rates($kind): map(rated($kind) | .tokens / .seconds);

# A line of the report from a job's runs, ours and the peers', in turn.
def summary($job; $limits; $s; $work):
	map(select(.who == "ours")) as $ours | ($ours | rates($job.kind)) as $rates |
	(if $job.dtype == "bf16" then $limits.bf16_gflops else $limits.f32_gflops end) as $peak |
	($ours | map(rated($job.kind).seconds) | median) as $seconds |
	(if $job.dtype == "bf16" then 2 else 4 end) as $bytes |
	(($work.products + $work.attention) / 1e9) as $gflop |
	(((($ours[0].passes // 0) * ($s.layers + $s.head) + $work.kv) * $bytes) / 1e9) as $gb |
	$job + {reps: ($ours | length), tokens: ($ours[0] | rated($job.kind).tokens),
	tokens_per_second: ($rates | median | rounded(4)), slowest: ($rates | min | rounded(4)), fastest: ($rates | max | rounded(4)),
	seconds: ($seconds | rounded(4)), attention: ($work.attention / ($work.products + $work.attention) | rounded(3)),
	gflops: ($gflop / $seconds | rounded(4)), gbs: ($gb / $seconds | rounded(4)),
	utilisation: (if $peak then $gflop / $peak / $seconds | rounded(3) else null end),
	roofline: (if $peak then ([$gflop / $peak, $gb / $limits.read_gbs] | max) / $seconds | rounded(3) else null end),
	bound: (if $peak then (if $gflop / $peak > $gb / $limits.read_gbs then "compute" else "memory" end) else null end),
	peak_bytes: ($ours | map(.peak_bytes // 0) | max), command: $ours[0].command,
	peers: (. as $all | map(.who) | unique | map(select(. != "ours")) | map(. as $who | ($all | map(select(.who == $who))) as $runs |
		($runs | rates($job.kind)) as $theirs | {name: $who, tokens_per_second: ($theirs | median | rounded(4)),
		slowest: ($theirs | min | rounded(4)), fastest: ($theirs | max | rounded(4)),
		ratio: ([$rates, $theirs] | transpose | map(.[0] / .[1]) | median | rounded(3)),
		peak_bytes: ($runs | map(.peak_bytes) | max), command: $runs[0].command}))};

# An operation's line with its shares: of the machine's peak and reading, of the libraries' speeds.
def share($of): if . and $of then . / $of | rounded(3) else null end;
def shares($limits): (if .type == "bf16" then $limits.bf16_gflops else $limits.f32_gflops end) as $peak |
	. + {utilisation: (.gflops | share($peak)), of_read: (.gbs | share($limits.read_gbs))} +
	if has("onednn_gflops") then .onednn_gflops as $d | .openblas_gflops as $b |
		{of_onednn: (.gflops | share($d)), of_openblas: (.gflops | share($b))} else {} end;

# The same for people: rows of cells, the first of them the titles.
def cell: if . == null then "-" else tostring end;
def percent: if . == null then "-" else "\(100 * . | round) %" end;
def gigabytes: if . == null or . == 0 then "-" else "\(. / 1e7 | round / 100)" end;
def jobs_table: ["model", "job", "tokens/s", "slowest", "fastest", "of peak", "of roofline", "attention", "GB", "peer", "tokens/s", "ratio", "GB"],
	(.[] | . as $j | (if .peers == [] then [null] else .peers end)[] |
	[$j.model, $j.job, $j.tokens_per_second, $j.slowest, $j.fastest, ($j.utilisation | percent), ($j.roofline | percent),
	(($j.attention | percent) + if $j.attention_measured then " (\($j.attention_measured | percent))" else "" end), ($j.peak_bytes | gigabytes), .name, .tokens_per_second, .ratio, (.peak_bytes | gigabytes)]) | map(cell);
def kernels_table: ["operation", "type", "shape", "us", "GFLOP/s", "of peak", "GB/s", "of read", "oneDNN", "OpenBLAS"],
	(.[] | [.op // .bench, .type, .shape // "\(.M)x\(.N)x\(.K)", .us, .gflops, (.utilisation | percent), .gbs, (.of_read | percent),
	.of_onednn, .of_openblas]) | map(cell);
def load_table: ["model", "type", "GB", "seconds", "GB/s"], (.[] | [.model, .dtype, (.bytes / 1e7 | round / 100), .seconds, .gbs]) | map(cell);
