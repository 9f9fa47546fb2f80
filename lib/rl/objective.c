/* The M-step's losses as functions of the tokens' logprobs. */
#include "lib/rl/objective.h"

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

double
objective_empg(float *dlogprob, const float *advantage, double scale,
    const float *logprob, size_t n)
{
	double loss = 0;

	for (size_t i = 0; i < n; i++) {
		dlogprob[i] = (float)(-scale * advantage[i]);
		loss -= scale * advantage[i] * logprob[i];
	}
	return loss;
}
