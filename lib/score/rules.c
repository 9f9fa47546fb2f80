/* Rules by name, with weights. */
#include "lib/score/rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/score/choice.h"
#include "lib/score/exact.h"
#include "lib/score/finder.h"
#include "lib/score/gsm8k.h"
#include "lib/score/mathanswer.h"

enum kind { AUTO, GSM8K, MATH, EXACT, CHOICE, COMMAND, MODEL, REGEX };

static const char *const names[] = {"auto", "gsm8k", "math", "exact",
    "choice", "command", "model", "regex:"};

struct rule {
	enum kind kind;
	double weight;
	char *weight_text; /* as given, for `scorer`; NULL when it was not */
	char *re;          /* as given, for `scorer` */
	struct finder *finder;
};

struct rules {
	struct rules_options options;
	size_t count;
	struct rule *rule;
};

/* Take "=WEIGHT" off the end of ${text}; 0, or -1 when memory ran out. */
static int
weight(char *text, struct rule *r)
{
	char *equals = strrchr(text, '='), *end;
	double w;

	r->weight = 1;
	if (equals == NULL || equals[1] == '\0' ||
	    strspn(equals + 1, "0123456789+-.eE") != strlen(equals + 1))
		return 0;
	w = strtod(equals + 1, &end);
	if (*end != '\0' || !isfinite(w))
		return 0;
	r->weight = w;
	r->weight_text = strdup(equals + 1);
	*equals = '\0';
	return r->weight_text == NULL ? -1 : 0;
}

static int
parse(const char *spec, struct rule *r, struct error *err)
{
	char *text = strdup(spec);
	int i, rc = -1;

	if (text == NULL || weight(text, r) != 0) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	if (strncmp(text, names[REGEX], strlen(names[REGEX])) == 0) {
		r->kind = REGEX;
		r->re = strdup(text + strlen(names[REGEX]));
		if (r->re == NULL)
			error_set(err, STATUS_TEMPFAIL, "out of memory");
		else if ((r->finder = finder_new(r->re, err)) != NULL)
			rc = 0;
		goto out;
	}
	for (i = AUTO; i < REGEX; i++)
		if (strcmp(text, names[i]) == 0) {
			r->kind = (enum kind)i;
			rc = 0;
		}
	if (rc != 0)
		error_set(err, STATUS_USAGE, "-r %s: no such rule (auto, "
		    "gsm8k, math, exact, choice, command, model, regex:RE; "
		    "or none, alone)", spec);
out:
	free(text);
	return rc;
}

struct rules *
rules_new(const char *const *specs, size_t count,
    const struct rules_options *o, struct error *err)
{
	static const char *const by_source[] = {"auto"};
	struct rules *r = calloc(1, sizeof(*r));
	size_t i;

	if (count == 0) {
		specs = by_source;
		count = 1;
	}
	if (r == NULL || (r->rule = calloc(count, sizeof(*r->rule))) == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		rules_free(r);
		return NULL;
	}
	r->options = *o;
	r->count = count;
	for (i = 0; i < count; i++)
		if (parse(specs[i], &r->rule[i], err) != 0) {
			rules_free(r);
			return NULL;
		}
	return r;
}

void
rules_free(struct rules *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->count; i++) {
		free(r->rule[i].weight_text);
		free(r->rule[i].re);
		finder_free(r->rule[i].finder);
	}
	free(r->rule);
	free(r);
}

static int
by_source(struct span source, enum kind *kind, struct error *err)
{
	size_t slash;

	if (source.data == NULL)
		return error_set(err, STATUS_DATA,
		    "source: missing (name a rule with -r)");
	slash = span_find_last(source, "/");
	if (slash != SPAN_NONE)
		source = span_slice(source, slash + 1, source.length);
	if (span_begins_nocase(source, "gsm8k") ||
	    span_begins_nocase(source, "svamp"))
		*kind = GSM8K;
	else if (span_begins_nocase(source, "math"))
		*kind = MATH;
	else
		*kind = EXACT;
	return 0;
}

/* How many rules are of a kind. */
static size_t
count(const struct rules *r, enum kind kind)
{
	size_t n = 0, i;

	for (i = 0; i < r->count; i++)
		n += r->rule[i].kind == kind;
	return n;
}

int
rules_command(const struct rules *r)
{
	return count(r, COMMAND) > 0;
}

int
rules_model(const struct rules *r)
{
	return count(r, MODEL) > 0;
}

int
rules_compare(const struct rules *r)
{
	return count(r, MODEL) < r->count;
}

static int
command(const struct rules_input *in, struct answer *a, struct error *err)
{
	const struct rules_opinion *o = in->opinion;

	if (o->extracted.data != NULL && answer_set(a, o->extracted,
	    in->response.length, ANSWER_COMMAND, o->status, err) != 0)
		return -1;
	a->how = ANSWER_COMMAND;
	a->status = o->status;
	return o->correct;
}

static int
judge(const struct rules *r, const struct rule *rule, enum kind kind,
    const struct rules_input *in, struct answer *a, struct error *err)
{
	answer_reset(a, in->response.length);
	if (kind == COMMAND)
		return command(in, a, err);
	if (kind == MODEL) {
		a->how = ANSWER_COMMAND;
		a->status = ANSWER_OK;
		return in->score > 0;
	}
	if (in->thinking && span_find(in->response, "</think>") == SPAN_NONE)
		return answer_none(a, ANSWER_THINKING);
	switch (kind) {
	case GSM8K:
		return gsm8k_judge(in->response, in->answer,
		    r->options.strict, a, err);
	case MATH:
		return mathanswer_judge(in->response, in->answer,
		    &r->options.math, a, err);
	case CHOICE:
		return choice_judge(in->response, in->answer, a, err);
	case REGEX:
		return finder_judge(rule->finder, in->response, in->answer,
		    a, err);
	default:
		return exact_judge(in->response, in->answer, a, err);
	}
}

/* Add the rule's name, and how it found ${a}, to `scorer`. */
static int
sign(const struct rules *r, const struct rule *rule, enum kind kind,
    const struct answer *a, struct buffer *scorer)
{
	const char *how = answer_how_name(a->how);

	if ((scorer->length > 0 && buffer_add(scorer, "+", 1) != 0) ||
	    buffer_add_string(scorer, names[kind]) != 0 ||
	    (kind == GSM8K && r->options.strict &&
	    buffer_add_string(scorer, "-strict") != 0) ||
	    (kind == REGEX && buffer_add_string(scorer, rule->re) != 0))
		return -1;
	if (how != NULL && kind != REGEX && (buffer_add(scorer, ":", 1) != 0 ||
	    buffer_add_string(scorer, how) != 0))
		return -1;
	if (rule->weight_text == NULL)
		return 0;
	return buffer_add(scorer, "=", 1) != 0 ||
	    buffer_add_string(scorer, rule->weight_text) != 0 ? -1 : 0;
}

/* Judge by one rule; its answer goes to ${a}. */
static int
apply(const struct rules *r, const struct rule *rule,
    const struct rules_input *in, struct answer *a, struct rules_result *out,
    struct error *err)
{
	enum kind kind = rule->kind;
	int rc;

	if (kind == AUTO && by_source(in->source, &kind, err) != 0)
		return -1;
	rc = judge(r, rule, kind, in, a, err);
	if (rc < 0)
		return -1;
	if (kind == COMMAND)
		out->reward += rule->weight * in->opinion->reward;
	else if (kind == MODEL)
		out->reward += rule->weight * (in->sigmoid ?
		    1 / (1 + exp(-in->score)) : in->score);
	else if (rc)
		out->reward += rule->weight;
	if (kind == MATH)
		out->verdicts.boxed = verdicts_boxed(a, rc);
	if (sign(r, rule, kind, a, &out->scorer) != 0)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	return rc;
}

int
rules_judge(const struct rules *r, const struct rules_input *in,
    struct rules_result *out, struct error *err)
{
	struct answer other = {0};
	size_t i;
	int rc = 0;

	out->reward = 0;
	out->verdicts.boxed = VERDICTS_UNKNOWN;
	buffer_clear(&out->scorer);
	for (i = 0; i < r->count && rc >= 0; i++) {
		rc = apply(r, &r->rule[i], in, i == 0 ? &out->answer : &other,
		    out, err);
		if (i == 0)
			out->correct = rc == 1;
	}
	buffer_free(&other.text);
	if (rc < 0)
		return -1;
	if (in->answer.data == NULL) {
		out->verdicts = (struct verdicts){VERDICTS_NONE,
		    VERDICTS_NONE, VERDICTS_NONE};
		return 0;
	}
	if (!in->thinking || span_find(in->response, "</think>") != SPAN_NONE)
		return verdicts_judge(in->response, in->answer,
		    &r->options.math, &out->verdicts, err);
	/* No answer was given; what the ground truth is still counts. */
	return verdicts_judge((struct span){"", 0}, in->answer,
	    &r->options.math, &out->verdicts, err);
}

void
rules_clear(struct rules_result *out)
{
	if (out == NULL)
		return;
	buffer_free(&out->answer.text);
	buffer_free(&out->scorer);
}
