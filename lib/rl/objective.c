/* The M-step's losses as functions of the tokens' logprobs. */
#include "lib/rl/objective.h"

#include <math.h>

double
objective_scale_token(const struct loss_scale *s, size_t length)
{
	double z = 0;

	switch (s->norm) {
	case LOSS_NORM_TOKEN:
		z = (double)s->tokens;
		break;
	case LOSS_NORM_TRAJECTORY:
		z = (double)s->trajectories;
		break;
	case LOSS_NORM_SEQUENCE:
		z = (double)s->trajectories * (double)length;
		break;
	case LOSS_NORM_CONSTANT:
		z = (double)s->trajectories * (double)s->max_response;
		break;
	}
	return z > 0 ? 1 / z : 0;
}

/* 1/Z with what multiplies the advantage. */
static double
scale_of(const struct objective_tokens *t, size_t i)
{
	return t->factor == NULL ? t->scale : t->scale * t->factor[i];
}

/* log w of a token */
static double
log_ratio(const struct objective_tokens *t, size_t i)
{
	return t->old == NULL ? 0 : (double)t->logprob[i] - t->old[i];
}

static double
likelihood(float *dlogprob, const struct objective_tokens *t,
    const struct objective_options *o, struct objective_clips *clips)
{
	double loss = 0;

	(void)o;
	(void)clips;
	for (size_t i = 0; i < t->n; i++) {
		double scale = scale_of(t, i);

		dlogprob[i] = (float)(-scale * t->advantage[i]);
		loss -= scale * t->advantage[i] * t->logprob[i];
	}
	return loss;
}

static double
weighted(float *dlogprob, const struct objective_tokens *t,
    const struct objective_options *o, struct objective_clips *clips)
{
	double loss = 0, whole = 0;

	for (size_t i = 0; o->sequence && i < t->n; i++)
		whole += log_ratio(t, i);
	for (size_t i = 0; i < t->n; i++) {
		double w = exp(o->sequence ? whole : log_ratio(t, i));
		double scale;

		if (o->cap > 0 && w > o->cap) {
			w = o->cap;
			clips->high++;
		}
		scale = scale_of(t, i) * w;
		dlogprob[i] = (float)(-scale * t->advantage[i]);
		loss -= scale * t->advantage[i] * t->logprob[i];
	}
	return loss;
}

/* Where the clipped side is the smaller one it doesn't depend on θ. */
static double
clipped(float *dlogprob, const struct objective_tokens *t,
    const struct objective_options *o, struct objective_clips *clips)
{
	double loss = 0, low = 1 - o->clip[0], high = 1 + o->clip[1];

	for (size_t i = 0; i < t->n; i++) {
		double scale = scale_of(t, i), a = t->advantage[i];
		double w = exp(log_ratio(t, i)), slope = w;

		if (a < 0 && w < low) {
			w = low;
			slope = 0;
			clips->low++;
		} else if (a > 0 && w > high) {
			w = high;
			slope = 0;
			clips->high++;
		}
		dlogprob[i] = (float)(-scale * slope * a);
		loss -= scale * w * a;
	}
	return loss;
}

const char *const objective_names[] = {"empg", "is", "grpo", "ppo",
    "value", NULL};
const struct objective objective_list[] = {{likelihood, 0, 0},
    {weighted, 1, 1}, {clipped, 1, 0}, {clipped, 1, 0}, {NULL, 0, 0}};
