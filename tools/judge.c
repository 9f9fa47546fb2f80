/* A record's verdict, and the fields that tell it. */
#include "tools/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/decode.h"
#include "lib/io/encode.h"
#include "lib/io/field.h"
#include "lib/score/rationale.h"
#include "lib/score/think.h"

struct judge {
	const struct judge_settings *set;
	struct rules *rules;   /* NULL: "none" */
	struct rules_result result;
	struct buffer suffix; /* what format and length add to `scorer` */
	struct coprocess *program;
	struct buffer line, answer;
	json_t *reply; /* the opinion's strings point into it */
};

static int
describe(struct judge *j, struct error *err)
{
	const struct judge_settings *s = j->set;
	char text[128];

	if (s->format_reward != 0) {
		snprintf(text, sizeof(text), "+format=%.12g",
		    s->format_reward);
		if (buffer_add_string(&j->suffix, text) != 0)
			goto memory;
	}
	if (s->overlong[0] > 0) {
		snprintf(text, sizeof(text), "+length=%.12g,%.12g",
		    s->overlong[0], s->overlong[1]);
		if (buffer_add_string(&j->suffix, text) != 0)
			goto memory;
	}
	return 0;
memory:
	return error_set(err, STATUS_TEMPFAIL, "out of memory");
}

struct judge *
judge_new(const struct judge_settings *s, struct error *err)
{
	struct judge *j = calloc(1, sizeof(*j));

	if (j == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	j->set = s;
	if (s->rules.count == 1 && strcmp(s->rules.values[0], "none") == 0)
		return j;
	j->rules = rules_new(s->rules.values, s->rules.count, &s->options,
	    err);
	if (j->rules == NULL || describe(j, err) != 0)
		goto out;
	if (s->overlong[1] > s->overlong[0]) {
		error_set(err, STATUS_USAGE, "--length-penalty: the soft part "
		    "can't be longer than the limit");
		goto out;
	}
	if (rules_command(j->rules) != (s->command != NULL)) {
		error_set(err, STATUS_USAGE, s->command != NULL
		    ? "--command needs -r command"
		    : "-r command needs --command");
		goto out;
	}
	if (rules_model(j->rules) != s->model) {
		error_set(err, STATUS_USAGE, s->model
		    ? "--reward-model needs -r model"
		    : "-r model needs --reward-model");
		goto out;
	}
	if (s->command != NULL &&
	    (j->program = coprocess_new(s->command, err)) == NULL)
		goto out;
	return j;
out:
	judge_free(j);
	return NULL;
}

void
judge_free(struct judge *j)
{
	if (j == NULL)
		return;
	rules_free(j->rules);
	rules_clear(&j->result);
	buffer_free(&j->suffix);
	coprocess_free(j->program);
	buffer_free(&j->line);
	buffer_free(&j->answer);
	json_decref(j->reply);
	free(j);
}

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

static int
finished(const json_t *record, const char *how)
{
	const char *finish = json_string_value(
	    json_object_get(record, "finish"));

	return finish != NULL && strcmp(finish, how) == 0;
}

/* Whether the template ended in <think>, so that the response has none. */
static int
thinks(const json_t *record)
{
	const json_t *prompt = json_object_get(record, "prompt");
	const struct span tag = span_of("<think>");
	struct span s = {json_string_value(prompt),
	    json_string_length(prompt)};

	if (s.data == NULL)
		return 0;
	s = span_trim(s);
	return s.length >= tag.length && span_equal(tag,
	    span_slice(s, s.length - tag.length, s.length));
}

/* The reply's reading: a number, or an object that has `reward`. */
static int
read_reply(json_t *reply, struct rules_opinion *o, struct error *err)
{
	json_t *boxed = NULL;
	int rc = 0;

	if (!json_is_object(reply)) {
		boxed = json_pack("{s:O}", "reward", reply);
		reply = boxed;
	}
	if (field_real(reply, "reward", &o->reward, err) != 0)
		rc = -1;
	o->correct = o->reward > 0;
	if (rc == 0 && field_has(reply, "correct"))
		rc = field_bool(reply, "correct", &o->correct, err);
	if (rc == 0 && field_has(reply, "extracted"))
		rc = get_span(reply, "extracted", &o->extracted, err);
	else if (json_object_get(reply, "extracted") != NULL)
		o->status = ANSWER_NONE;
	json_decref(boxed);
	return rc;
}

/* Ask the command: 0, or -1. */
static int
ask(struct judge *j, const json_t *record, struct rules_opinion *o,
    struct error *err)
{
	int rc;

	*o = (struct rules_opinion){.status = ANSWER_TIMEOUT};
	buffer_clear(&j->line);
	if (encode_json(&j->line, record) != 0 ||
	    buffer_add(&j->line, "\n", 1) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	rc = coprocess_ask(j->program, &j->line, j->set->timeout, &j->answer,
	    err);
	if (rc <= 0)
		return rc;
	o->status = ANSWER_OK;
	json_decref(j->reply);
	j->reply = decode_json(j->answer.data, j->answer.length, err);
	if (j->reply == NULL || read_reply(j->reply, o, err) != 0) {
		error_prefix(err, "--command: its answer: ");
		return -1;
	}
	return 0;
}

static json_t *
verdict(int value)
{
	return value == VERDICTS_NONE ? json_null() : json_boolean(value);
}

static int
write_fields(json_t *record, const struct rules_result *result, double reward,
    const size_t *rationale, struct error *err)
{
	const struct answer *a = &result->answer;
	const struct verdicts *v = &result->verdicts;
	const char *status = answer_status_name(a->status);

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
	if (field_set_string(record, "scorer", result->scorer.data,
	    result->scorer.length, err) != 0 || field_set_string(record,
	    "status", status, strlen(status), err) != 0)
		return -1;
	if (json_object_set_new(record, "verdicts", json_pack("{s:o,s:o,s:o}",
	    "strict", verdict(v->strict), "flexible", verdict(v->flexible),
	    "boxed", verdict(v->boxed))) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	return 0;
}

/* The verdict's fields. */
static int
judge(struct judge *j, json_t *record, double score, struct judge_note *note,
    struct error *err)
{
	const struct judge_settings *s = j->set;
	struct rules_input in = {.thinking = thinks(record), .score = score,
	    .sigmoid = s->sigmoid};
	struct rules_result *result = &j->result;
	struct rules_opinion opinion;
	size_t tokens = 0, rationale;
	int known = field_has(record, "response_tokens");
	double reward;

	if (get_span(record, "response", &in.response, err) != 0 ||
	    ((rules_compare(j->rules) || field_has(record, "answer")) &&
	    get_span(record, "answer", &in.answer, err) != 0) ||
	    (field_has(record, "source") &&
	    get_span(record, "source", &in.source, err) != 0) ||
	    ((known || s->overlong[0] > 0) &&
	    count_tokens(record, &tokens, err) != 0) ||
	    (j->program != NULL && ask(j, record, &opinion, err) != 0))
		return -1;
	in.opinion = &opinion;
	if (rules_judge(j->rules, &in, result, err) != 0)
		return -1;
	reward = result->reward;
	if (s->format_reward != 0 && think_wellformed(in.response))
		reward += s->format_reward;
	if (s->overlong[0] > 0)
		reward += rationale_overlong(tokens, s->overlong[0],
		    s->overlong[1]);
	if (buffer_add(&result->scorer, j->suffix.data,
	    j->suffix.length) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	note->status = result->answer.status;
	note->how = result->answer.how;
	note->truncated = finished(record, "length");
	/* The tokens that made the text: without the end-of-sequence one. */
	rationale = rationale_share(rationale_bytes(in.response,
	    &result->answer), in.response.length,
	    tokens - (tokens > 0 && finished(record, "stop")));
	return write_fields(record, result, reward, known ? &rationale : NULL,
	    err);
}

int
judge_record(struct judge *j, json_t *record,
    const struct appraisal *appraisal, struct judge_note *note,
    struct error *err)
{
	*note = (struct judge_note){.status = ANSWER_OK};
	if (j->rules != NULL &&
	    judge(j, record, appraisal->score, note, err) != 0)
		return -1;
	return appraisal->values == NULL ? 0 : field_set_floats(record,
	    "values", appraisal->values, appraisal->count, err);
}
