# What a run's curves are made of; a module for jq -L.
def mean: map(numbers) | if . == [] then null else add / length end;

# From the lines of metrics.jsonl, an object each iteration: the mean of its optimiser's steps,
# over the last $n iterations.
def train_points($n):
	group_by(.iteration) | map({iteration: .[0].iteration, reward: (map(.reward) | mean), length: (map(.length) | mean),
		entropy: (map(.entropy) | mean), reference: (map(.ref_kl_full // .ref_kl_k3 // .ref_kl_k1) | mean),
		kl: (map(.kl) | mean), norm: (map(.grad_norm) | mean)}) |
	. as $all | [range(length) | $all[([0, . + 1 - $n] | max):. + 1] | . as $window |
		.[-1] | with_entries(if .key == "iteration" then . else .key as $k | .value = ($window | map(.[$k]) | mean) end)];

# From the lines of eval.jsonl, an object each.
def eval_points: map({iteration, accuracy, low: .accuracy_low, high: .accuracy_high, length: .length_mean});
