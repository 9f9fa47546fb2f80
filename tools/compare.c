/* Two evaluations on the same prompts: gathered, compared, reported. */
#include "tools/compare.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/kernels.h"
#include "lib/io/field.h"
#include "lib/rl/idtable.h"
#include "tools/gather.h"

static const char *const names[PAIRED_FIGURES] = {"accuracy", "reward",
    "length"};

struct compare {
	struct idtable *ids;
	struct paired_prompt *prompts; /* (ids) */
	char **questions;              /* (ids); NULL where there is none */
	size_t capacity;
};

static int
memory(struct error *err)
{
	return error_set(err, STATUS_TEMPFAIL, "out of memory");
}

struct compare *
compare_new(struct error *err)
{
	struct compare *c = calloc(1, sizeof(*c));

	if (c != NULL && (c->ids = idtable_new()) != NULL)
		return c;
	compare_free(c);
	memory(err);
	return NULL;
}

void
compare_free(struct compare *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->capacity; i++)
		free(c->questions[i]);
	free(c->questions);
	free(c->prompts);
	idtable_free(c->ids);
	free(c);
}

static int
grow(struct compare *c)
{
	size_t capacity = c->capacity * 2 + 64;
	void *prompts, *questions;

	prompts = reallocarray(c->prompts, capacity, sizeof(*c->prompts));
	if (prompts != NULL)
		c->prompts = prompts;
	questions = reallocarray(c->questions, capacity,
	    sizeof(*c->questions));
	if (questions != NULL)
		c->questions = questions;
	if (prompts == NULL || questions == NULL)
		return -1;
	memset(c->prompts + c->capacity, 0,
	    (capacity - c->capacity) * sizeof(*c->prompts));
	memset(c->questions + c->capacity, 0,
	    (capacity - c->capacity) * sizeof(*c->questions));
	c->capacity = capacity;
	return 0;
}

/* An id's question is the same in all records that have one. */
static int
same_question(struct compare *c, size_t at, const json_t *record,
    struct error *err)
{
	const char *question = json_string_value(json_object_get(record,
	    "question"));

	if (question == NULL)
		return 0;
	if (c->questions[at] != NULL)
		return strcmp(c->questions[at], question) == 0 ? 0
		    : error_set(err, STATUS_DATA, "question: not that of the "
		    "other records with the id %s",
		    idtable_text(c->ids, at, NULL));
	c->questions[at] = strdup(question);
	return c->questions[at] == NULL ? memory(err) : 0;
}

int
compare_add(struct compare *c, size_t side, const json_t *record,
    struct error *err)
{
	struct paired_prompt *p;
	struct eval_sample s;
	size_t at;

	if (gather_sample(record, &s, err) != 0)
		return -1;
	at = idtable_index(c->ids, s.id, s.id_length);
	if (at == SIZE_MAX || (at >= c->capacity && grow(c) != 0))
		return memory(err);
	if (same_question(c, at, record, err) != 0)
		return -1;
	p = &c->prompts[at];
	p->sum[side][PAIRED_ACCURACY] += s.correct != 0;
	p->sum[side][PAIRED_REWARD] += s.reward;
	p->sum[side][PAIRED_LENGTH] += (double)s.length;
	p->count[side]++;
	return 0;
}

/* Both have samples of each prompt. */
static int
paired(const struct compare *c, const struct compare_settings *set,
    struct error *err)
{
	size_t n = idtable_count(c->ids), lacks[2] = {0}, first[2] = {0};
	size_t i, side;

	if (n == 0)
		return error_set(err, STATUS_DATA, "%s and %s have no records",
		    set->names[0], set->names[1]);
	for (i = n; i-- > 0;)
		for (side = 0; side < 2; side++)
			if (c->prompts[i].count[side] == 0) {
				lacks[side]++;
				first[side] = i;
			}
	for (side = 0; side < 2; side++)
		if (lacks[side] > 0)
			return error_set(err, STATUS_DATA, "%s lacks %zu of "
			    "the %zu prompts of %s, as %s: compare "
			    "evaluations of the same prompts",
			    set->names[side], lacks[side], n - lacks[!side],
			    set->names[!side], idtable_text(c->ids,
			    first[side], NULL));
	return 0;
}

/* Of the project's counter-based generator: (seed; resample, i). */
static size_t
draw(void *context, size_t resample, size_t i, size_t n)
{
	const struct compare_settings *set = context;
	struct draw d = {.seed = set->seed, .prompt = resample,
	    .position = (uint32_t)i};

	return (size_t)(philox_uniform(&d) * (double)n);
}

int
compare_result(const struct compare *c, const struct compare_settings *s,
    struct compare_result *r, struct error *err)
{
	struct compare_settings set = *s;
	const struct paired_options o = {.level = s->level,
	    .resamples = s->resamples, .draw = draw, .context = &set};
	const struct paired_prompt *p;
	double change;
	size_t i;

	memset(r, 0, sizeof(*r));
	if (paired(c, s, err) != 0)
		return -1;
	r->prompts = idtable_count(c->ids);
	for (i = 0; i < r->prompts; i++) {
		p = &c->prompts[i];
		r->samples[0] += (size_t)p->count[0];
		r->samples[1] += (size_t)p->count[1];
		change = p->sum[1][PAIRED_ACCURACY] / p->count[1] -
		    p->sum[0][PAIRED_ACCURACY] / p->count[0];
		r->better += change > 0;
		r->worse += change < 0;
	}
	if (paired_bootstrap(c->prompts, r->prompts, &o, r->figures) != 0)
		return memory(err);
	return 0;
}

static int
add_figure(json_t *object, const char *name, const struct paired_result *p,
    struct error *err)
{
	json_t *figure = json_object();

	if (figure == NULL || json_object_set_new(object, name, figure) != 0)
		return memory(err);
	if (field_set_real(figure, "a", p->mean[0], err) != 0 ||
	    field_set_real(figure, "b", p->mean[1], err) != 0 ||
	    field_set_real(figure, "difference", p->difference, err) != 0 ||
	    field_set_real(figure, "low", p->low, err) != 0 ||
	    field_set_real(figure, "high", p->high, err) != 0)
		return -1;
	return field_set_real(figure, "p", p->p, err);
}

int
compare_report(json_t *object, const struct compare_result *r,
    struct error *err)
{
	size_t f;

	if (field_set_u64(object, "prompts", r->prompts, err) != 0 ||
	    field_set_u64(object, "samples_a", r->samples[0], err) != 0 ||
	    field_set_u64(object, "samples_b", r->samples[1], err) != 0 ||
	    field_set_u64(object, "better", r->better, err) != 0 ||
	    field_set_u64(object, "worse", r->worse, err) != 0)
		return -1;
	for (f = 0; f < PAIRED_FIGURES; f++)
		if (add_figure(object, names[f], &r->figures[f], err) != 0)
			return -1;
	return 0;
}

void
compare_table(FILE *to, const struct compare_settings *s,
    const struct compare_result *r)
{
	const struct paired_result *p;
	size_t f;

	fprintf(to, "a: %s, %zu samples\nb: %s, %zu samples\n%zu prompts: "
	    "b is better on %zu, worse on %zu\n\n", s->names[0],
	    r->samples[0], s->names[1], r->samples[1], r->prompts, r->better,
	    r->worse);
	fprintf(to, "%-8s %9s %9s %11s %9s %9s %8s\n", "", "a", "b",
	    "difference", "low", "high", "p");
	for (f = 0; f < PAIRED_FIGURES; f++) {
		p = &r->figures[f];
		fprintf(to, "%-8s %9.4f %9.4f %+11.4f %+9.4f %+9.4f %8.4f\n",
		    names[f], p->mean[0], p->mean[1], p->difference, p->low,
		    p->high, p->p);
	}
}
