/* Values of states as baselines, from a model. */
#include "tools/valuer.h"

#include <math.h>
#include <stdlib.h>

#include "lib/model/critic.h"
#include "tools/states.h"

#define RECORDS 256 /* that the model is asked of at once, at most */

struct valuer {
	struct kernels *kernels;
	struct critic *critic;
	struct states states[RECORDS];
};

struct valuer *
valuer_open(const struct engine *e, const char *dir, size_t micro_tokens,
    struct error *err)
{
	struct valuer *v = calloc(1, sizeof(*v));

	if (v == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	v->kernels = engine_open(e, err);
	if (v->kernels != NULL)
		v->critic = critic_open(v->kernels, dir, e->dtype,
		    micro_tokens, err);
	if (v->critic != NULL)
		return v;
	valuer_close(v);
	return NULL;
}

void
valuer_close(struct valuer *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < RECORDS; i++)
		states_free(&v->states[i]);
	critic_close(v->critic);
	if (v->kernels != NULL)
		v->kernels->close(v->kernels);
	free(v);
}

int
valuer_look(struct valuer *v, const json_t *record, size_t *n,
    struct error *err)
{
	struct states *s = &v->states[0];

	if (states_read(s, record, err) != 0 ||
	    states_check(s, critic_config(v->critic), err) != 0)
		return -1;
	*n = s->tokens.length - s->prompt;
	return 0;
}

/* From the model's values, of which each sequence has one more, to items. */
static int
hand_out(const float *values, struct smooth_item *items, size_t n,
    struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t t = 0; t < items[i].tokens; t++) {
			items[i].values[t] = values[t];
			if (!isfinite(values[t]))
				return error_set(err, STATUS_DATA, "the value "
				    "model gives no finite number");
		}
		values += items[i].tokens + 1;
	}
	return 0;
}

/* Up to RECORDS of them. */
static int
fill_some(struct valuer *v, json_t *const *records, struct smooth_item *items,
    size_t n, struct error *err)
{
	struct critic_sequence list[RECORDS];
	size_t total = 0;
	float *values;
	int r;

	for (size_t i = 0; i < n; i++) {
		struct states *s = &v->states[i];

		if (states_read(s, records[i], err) != 0)
			return -1;
		list[i] = (struct critic_sequence){s->tokens.data,
		    s->tokens.length, s->prompt};
		total += items[i].tokens + 1;
	}
	values = malloc(total * sizeof(*values));
	if (values == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	r = critic_values(v->critic, values, list, n, err);
	if (r == 0)
		r = hand_out(values, items, n, err);
	free(values);
	return r;
}

int
valuer_fill(struct valuer *v, json_t *const *records,
    struct smooth_item *items, size_t n, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i += RECORDS)
		r = fill_some(v, records + i, items + i,
		    n - i < RECORDS ? n - i : RECORDS, err);
	return r;
}
