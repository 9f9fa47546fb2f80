/* empg-score: judge trajectories; each gets a reward. */
#include <stdio.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/io/field.h"
#include "lib/io/tool.h"
#include "lib/score/rationale.h"
#include "lib/score/rules.h"
#include "lib/score/think.h"

/* What the command line says. */
struct settings {
	struct option_list rules;
	int strict;
	double format_reward;
	double overlong[2]; /* limit and soft part, in tokens; 0: off */
	struct rules *judges;
	struct buffer suffix; /* what format and length add to `scorer` */
};

static int
get_span(const json_t *record, const char *name, struct span *s,
    struct error *err)
{
	s->data = field_string(record, name, &s->length, err);
	return s->data == NULL ? -1 : 0;
}

/* The number of response tokens, as the record's array has them. */
static int
count_tokens(const json_t *record, size_t *tokens, struct error *err)
{
	const json_t *array = json_object_get(record, "response_tokens");

	if (array == NULL)
		return error_set(err, STATUS_DATA, "response_tokens: missing");
	if (!json_is_array(array))
		return error_set(err, STATUS_DATA,
		    "response_tokens: expected an array");
	*tokens = json_array_size(array);
	return 0;
}

/* The tokens that made the text: without the end-of-sequence token. */
static size_t
text_tokens(const json_t *record, size_t tokens)
{
	const char *finish = json_string_value(
	    json_object_get(record, "finish"));

	return tokens - (tokens > 0 && finish != NULL &&
	    strcmp(finish, "stop") == 0);
}

static int
write_fields(json_t *record, const struct rules_result *result, double reward,
    const size_t *rationale, struct error *err)
{
	const struct answer *a = &result->answer;

	if (field_set_real(record, "reward", reward, err) != 0 ||
	    field_set_bool(record, "correct", result->correct, err) != 0)
		return -1;
	if ((a->found ? field_set_string(record, "extracted", a->text.data,
	    a->text.length, err) : field_set_null(record, "extracted",
	    err)) != 0)
		return -1;
	if ((rationale != NULL ? field_set_u64(record, "rationale_tokens",
	    *rationale, err) : field_set_null(record, "rationale_tokens",
	    err)) != 0)
		return -1;
	return field_set_string(record, "scorer", result->scorer.data,
	    result->scorer.length, err);
}

static int
score(const struct settings *set, json_t *record, struct rules_result *result,
    struct error *err)
{
	struct rules_input in = {.source = {NULL, 0}};
	size_t tokens = 0, rationale = 0;
	double reward;
	int known = field_has(record, "response_tokens");

	if (get_span(record, "response", &in.response, err) != 0 ||
	    get_span(record, "answer", &in.answer, err) != 0 ||
	    (field_has(record, "source") &&
	    get_span(record, "source", &in.source, err) != 0) ||
	    ((known || set->overlong[0] > 0) &&
	    count_tokens(record, &tokens, err) != 0) ||
	    rules_judge(set->judges, &in, result, err) != 0)
		return -1;
	reward = result->reward;
	if (set->format_reward != 0 && think_wellformed(in.response))
		reward += set->format_reward;
	if (set->overlong[0] > 0)
		reward += rationale_overlong(tokens, set->overlong[0],
		    set->overlong[1]);
	if (buffer_add(&result->scorer, set->suffix.data,
	    set->suffix.length) != 0)
		return error_set(err, STATUS_INTERNAL, "out of memory");
	rationale = rationale_share(rationale_bytes(in.response,
	    &result->answer), in.response.length,
	    text_tokens(record, tokens));
	return write_fields(record, result, reward, known ? &rationale : NULL,
	    err);
}

static int
prepare(struct settings *set, struct error *err)
{
	char text[128];

	if (set->overlong[1] > set->overlong[0])
		return error_set(err, STATUS_USAGE, "--length-penalty: the "
		    "soft part can't be longer than the limit");
	set->judges = rules_new(set->rules.values, set->rules.count,
	    set->strict, err);
	if (set->judges == NULL)
		return -1;
	if (set->format_reward != 0) {
		snprintf(text, sizeof(text), "+format=%.12g",
		    set->format_reward);
		if (buffer_add_string(&set->suffix, text) != 0)
			goto memory;
	}
	if (set->overlong[0] > 0) {
		snprintf(text, sizeof(text), "+length=%.12g,%.12g",
		    set->overlong[0], set->overlong[1]);
		if (buffer_add_string(&set->suffix, text) != 0)
			goto memory;
	}
	return 0;
memory:
	return error_set(err, STATUS_INTERNAL, "out of memory");
}

static int
run(struct tool *t, struct settings *set, struct error *err)
{
	struct rules_result result = {0};
	json_t *record;
	int n;

	if (prepare(set, err) != 0)
		return -1;
	while ((n = tool_read(t, &record, err)) == 1) {
		if (score(set, record, &result, err) != 0)
			n = tool_bad(t, err);
		else
			n = tool_write(t, record, err);
		json_decref(record);
		if (n != 0)
			break;
	}
	rules_clear(&result);
	return n == 0 ? tool_commit(t, err) : n;
}

int
main(int argc, char **argv)
{
	struct tool t = {.name = "empg-score"};
	struct settings set = {.strict = 0};
	struct error err = {0};
	const struct option table[] = {
		{.name = "rule", .letter = 'r', .type = OPTION_LIST,
		    .target = &set.rules, .arg = "RULE[=WEIGHT]",
		    .fallback = "auto", .help = "auto, gsm8k, math, exact, "
		    "choice or regex:RE; several add up"},
		{.name = "strict", .type = OPTION_FLAG, .target = &set.strict,
		    .help = "gsm8k: only a number behind \"####\" counts"},
		{.name = "format-reward", .type = OPTION_REAL,
		    .target = &set.format_reward, .arg = "W", .fallback = "0",
		    .help = "add W for <think>...</think> and an answer"},
		{.name = "length-penalty", .type = OPTION_PAIR,
		    .target = set.overlong, .min = 1, .max = 1e9,
		    .arg = "LIMIT[,SOFT]", .fallback = "off",
		    .help = "take off up to 1 over the SOFT tokens below "
		    "LIMIT, and 1 beyond"},
		TOOL_OPTIONS(&t),
		{.name = NULL},
	};
	const struct options_tool tool = {t.name, "[options] [FILE ...]",
	    "Judge trajectories (JSON lines): each gets a reward.", table};
	int n = tool_start(&t, &tool, argc, argv, &err);

	if (n == 0)
		n = run(&t, &set, &err);
	rules_free(set.judges);
	buffer_free(&set.suffix);
	return tool_finish(&t, &tool, n > 0 ? 0 : n, &err);
}
