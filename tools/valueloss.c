/* What a mini-batch's values add to its loss, its gradient and its metrics. */
#include "tools/valueloss.h"

#include <string.h>

#include "lib/base/signals.h"

static void
add_squares(struct loss *l, const struct trajectory *t, double scale,
    const struct loss_rows *r)
{
	const float *target = t->returns + r->first;

	l->metrics->loss += regression_squares(r->dlogprob, r->logprob,
	    target, scale, r->n);
	for (size_t i = 0; i < r->n; i++)
		regression_add(&l->metrics->fit, r->logprob[i], target[i], 0);
}

/* Of all of a response's values the score is one. */
static void
add_score(struct loss *l, const struct trajectory *t, const struct loss_rows *r)
{
	size_t i = t->score - r->first;
	float reward = (float)t->reward;

	memset(r->dlogprob, 0, r->n * sizeof(*r->dlogprob));
	if (t->score < r->first || i >= r->n)
		return;
	l->metrics->loss += regression_bce(&r->dlogprob[i], r->logprob[i],
	    reward, 1 / (double)l->scale.trajectories);
	regression_add(&l->metrics->fit,
	    (float)regression_sigmoid(r->logprob[i]), reward, 1);
}

int
valueloss_rows(void *context, const struct loss_rows *rows)
{
	struct loss *l = context;
	const struct trajectory *t =
	    &l->trajectories[l->active[rows->sequence]];

	if (l->options->value_loss == LOSS_VALUE_BCE)
		add_score(l, t, rows);
	else
		add_squares(l, t, objective_scale_token(&l->scale,
		    t->response), rows);
	return signals_pending();
}
