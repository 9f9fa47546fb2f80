/* Statistics of scored trajectories. */
#include "lib/rl/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rl/estimate.h"
#include "lib/rl/idtable.h"

struct sample {
	size_t prompt;
	size_t answer; /* SIZE_MAX: none */
	size_t length;
	double reward;
	unsigned behaviours;
	unsigned char correct;
	unsigned char truncated;
};

struct eval {
	struct idtable *ids;
	struct idtable *answers;
	struct sample *samples;
	size_t count;
	size_t capacity;
};

/* The samples with each prompt's together, in the order they came. */
struct layout {
	size_t *first;          /* (prompts + 1): where a prompt's begin */
	size_t *answers;        /* (samples) */
	unsigned char *correct; /* (samples) */
	double *sums, *counts;  /* (prompts): correct samples, samples */
};

struct eval *
eval_new(void)
{
	struct eval *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->ids = idtable_new();
	e->answers = idtable_new();
	if (e->ids == NULL || e->answers == NULL) {
		eval_free(e);
		return NULL;
	}
	return e;
}

void
eval_free(struct eval *e)
{
	if (e == NULL)
		return;
	idtable_free(e->ids);
	idtable_free(e->answers);
	free(e->samples);
	free(e);
}

int
eval_add(struct eval *e, const struct eval_sample *s)
{
	struct sample *grown, *to;
	size_t capacity;

	if (e->count == e->capacity) {
		capacity = e->capacity == 0 ? 256 : e->capacity * 2;
		grown = reallocarray(e->samples, capacity, sizeof(*grown));
		if (grown == NULL)
			return -1;
		e->samples = grown;
		e->capacity = capacity;
	}
	to = &e->samples[e->count];
	*to = (struct sample){.answer = SIZE_MAX, .length = s->length,
	    .reward = s->reward, .behaviours = s->behaviours,
	    .correct = s->correct != 0, .truncated = s->truncated != 0};
	to->prompt = idtable_index(e->ids, s->id, s->id_length);
	if (to->prompt == SIZE_MAX)
		return -1;
	if (s->extracted != NULL) {
		to->answer = idtable_index(e->answers, s->extracted,
		    s->extracted_length);
		if (to->answer == SIZE_MAX)
			return -1;
	}
	e->count++;
	return 0;
}

static void
layout_free(struct layout *l)
{
	free(l->first);
	free(l->answers);
	free(l->correct);
	free(l->sums);
	free(l->counts);
}

static int
arrange(const struct eval *e, struct layout *l)
{
	size_t prompts = idtable_count(e->ids), i, at;
	const struct sample *s;

	l->first = calloc(prompts + 2, sizeof(*l->first));
	l->answers = calloc(e->count + 1, sizeof(*l->answers));
	l->correct = calloc(e->count + 1, sizeof(*l->correct));
	l->sums = calloc(prompts + 1, sizeof(*l->sums));
	l->counts = calloc(prompts + 1, sizeof(*l->counts));
	if (l->first == NULL || l->answers == NULL || l->correct == NULL ||
	    l->sums == NULL || l->counts == NULL)
		return -1;
	for (i = 0; i < e->count; i++) {
		s = &e->samples[i];
		l->first[s->prompt + 2]++;
		l->sums[s->prompt] += s->correct;
		l->counts[s->prompt]++;
	}
	for (i = 2; i < prompts + 2; i++)
		l->first[i] += l->first[i - 1];
	/* first[p + 1] runs from the beginning of p to its end. */
	for (i = 0; i < e->count; i++) {
		s = &e->samples[i];
		at = l->first[s->prompt + 1]++;
		l->answers[at] = s->answer;
		l->correct[at] = s->correct;
	}
	return 0;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
lengths(const struct eval *e, struct eval_result *r)
{
	double *length = malloc(e->count * sizeof(*length)), sum = 0;
	size_t i;

	if (length == NULL)
		return -1;
	for (i = 0; i < e->count; i++) {
		length[i] = (double)e->samples[i].length;
		sum += length[i];
	}
	qsort(length, e->count, sizeof(*length), ascending);
	r->length_mean = sum / (double)e->count;
	r->length_median = estimate_quantile(length, e->count, 0.5);
	r->length_p95 = estimate_quantile(length, e->count, 0.95);
	free(length);
	return 0;
}

static void
shares(const struct eval *e, struct eval_result *r)
{
	double n = (double)e->count, reward = 0;
	size_t correct = 0, truncated = 0, seen[BEHAVIOUR_MOST] = {0}, i, j;
	const struct sample *s;

	for (i = 0; i < e->count; i++) {
		s = &e->samples[i];
		correct += s->correct;
		truncated += s->truncated;
		reward += s->reward;
		for (j = 0; j < BEHAVIOUR_MOST; j++)
			seen[j] += s->behaviours >> j & 1;
	}
	r->accuracy = (double)correct / n;
	r->truncated = (double)truncated / n;
	r->reward = reward / n;
	for (j = 0; j < BEHAVIOUR_MOST; j++)
		r->behaviour[j] = (double)seen[j] / n;
}

/* pass@k and maj@k, means over the prompts that have k samples. */
static int
at_k(const struct layout *l, size_t prompts, size_t k, double *pass,
    double *maj, size_t *too_few)
{
	double passes = 0, majorities = 0, m;
	size_t i, n, used = 0;

	for (i = 0; i < prompts; i++) {
		n = l->first[i + 1] - l->first[i];
		if (n < k)
			continue;
		used++;
		passes += estimate_pass(n, (size_t)l->sums[i], k);
		m = estimate_majority(l->answers + l->first[i],
		    l->correct + l->first[i], n, k);
		if (isnan(m))
			return -1;
		majorities += m;
	}
	*too_few = prompts - used;
	if (used > 0) {
		*pass = passes / (double)used;
		*maj = majorities / (double)used;
	}
	return 0;
}

static void
undefined(struct eval_result *r)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	r->accuracy = r->low = r->high = r->reward = r->truncated = NAN;
	r->length_mean = r->length_median = r->length_p95 = NAN;
	for (i = 0; i < BEHAVIOUR_MOST; i++)
		r->behaviour[i] = NAN;
	for (i = 0; i < EVAL_KS; i++)
		r->pass[i] = r->maj[i] = NAN;
}

int
eval_result(const struct eval *e, const struct eval_options *o,
    struct eval_result *r)
{
	struct layout l = {0};
	size_t i;
	int rc = -1;

	undefined(r);
	r->prompts = idtable_count(e->ids);
	r->samples = e->count;
	if (e->count == 0)
		return 0;
	shares(e, r);
	if (lengths(e, r) != 0 || arrange(e, &l) != 0)
		goto out;
	if (estimate_interval(l.sums, l.counts, r->prompts, o->level,
	    o->resamples, o->seed, &r->low, &r->high) != 0)
		goto out;
	for (i = 0; i < o->ks; i++)
		if (at_k(&l, r->prompts, o->k[i], &r->pass[i], &r->maj[i],
		    &r->short_prompts[i]) != 0)
			goto out;
	rc = 0;
out:
	layout_free(&l);
	return rc;
}
