/* The M-step: mini-batches of trajectories to gradients and steps. */
#include "tools/learner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/signals.h"
#include "tools/shuffle.h"

const char *const learner_norms[] = {"token", "trajectory", "sequence",
    "constant", NULL};
const char *const learner_schedules[] = {"constant", "cosine", "linear",
    NULL};

static struct sequence
sequence_of(const struct trajectory *t)
{
	return (struct sequence){t->tokens.data, t->tokens.length, t->prompt,
	    t->temperature, NULL};
}

/* What is passed at all decides how much room there must be. */
static int
reserve(struct learner *l, enum workspace_mode mode, struct error *err)
{
	struct microbatch_room room;
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		if (!l->trajectories[i].zero)
			l->sequences[n++] = sequence_of(&l->trajectories[i]);
	if (microbatch_room(&room, l->sequences, n, l->options->batch,
	    l->options->micro_tokens))
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	return trainer_reserve(l->trainer, &room, mode, err);
}

int
learner_new(struct learner *l, const struct learner_options *o,
    struct trainer *t, enum workspace_mode mode,
    struct trajectory *trajectories, size_t count, struct error *err)
{
	size_t n = count ? count : 1;

	*l = (struct learner){.options = o, .trainer = t,
	    .trajectories = trajectories, .count = count};
	l->order = calloc(n, sizeof(*l->order));
	l->sequences = calloc(n, sizeof(*l->sequences));
	l->active = calloc(n, sizeof(*l->active));
	if (l->order != NULL && l->sequences != NULL && l->active != NULL)
		return reserve(l, mode, err);
	learner_free(l);
	return error_set(err, STATUS_TEMPFAIL, "no memory");
}

void
learner_free(struct learner *l)
{
	free(l->order);
	free(l->sequences);
	free(l->active);
	memset(l, 0, sizeof(*l));
}

size_t
learner_steps(const struct learner *l)
{
	return (l->count + l->options->batch - 1) / l->options->batch;
}

void
learner_order(struct learner *l, size_t epoch)
{
	if (l->options->shuffle) {
		shuffle_order(l->order, l->count, l->options->seed,
		    (uint32_t)epoch, SHUFFLE_TRAJECTORIES);
		return;
	}
	for (size_t i = 0; i < l->count; i++)
		l->order[i] = i;
}

/* What the loss of one mini-batch is summed with. */
struct loss {
	const struct learner *learner;
	struct loss_scale scale;
	struct metrics *metrics;
};

static int
loss_piece(void *context, const struct loss_rows *rows)
{
	struct loss *s = context;
	const struct trajectory *t =
	    &s->learner->trajectories[s->learner->active[rows->sequence]];

	s->metrics->loss += objective_empg(rows->dlogprob,
	    t->advantage + rows->first,
	    objective_scale_token(&s->scale, t->response), rows->logprob,
	    rows->n);
	drift_add(&s->metrics->drift, rows->logprob, t->logprobs == NULL ?
	    NULL : t->logprobs + rows->first, rows->entropy, rows->n);
	return signals_pending();
}

int
learner_gradient(struct learner *l, size_t i, struct metrics *m)
{
	const struct learner_options *o = l->options;
	size_t from = i * o->batch, to = from + o->batch, n = 0;
	size_t before = l->trainer->done.work.rows;
	struct loss loss = {l, {.norm = (enum loss_norm)o->loss_norm,
	    .max_response = o->max_response}, m};

	if (to > l->count)
		to = l->count;
	memset(m, 0, sizeof(*m));
	for (size_t j = from; j < to; j++) {
		const struct trajectory *t = &l->trajectories[l->order[j]];

		m->trajectories++;
		m->tokens += t->response;
		if (t->zero) {
			m->zero_advantage++;
			continue;
		}
		m->trained_tokens += t->tokens.length;
		l->active[n] = l->order[j];
		l->sequences[n++] = sequence_of(t);
	}
	loss.scale.trajectories = m->trajectories;
	loss.scale.tokens = m->tokens;
	if (trainer_gradient(l->trainer, l->sequences, n, loss_piece, &loss))
		return -1;
	m->computed_tokens = l->trainer->done.work.rows - before;
	m->grad_norm = trainer_gradient_norm(l->trainer);
	return 0;
}

/* The schedule counts this run's steps, or the whole training's. */
static double
rate(const struct learner *l, uint64_t run_step, uint64_t run_steps)
{
	const struct learner_options *o = l->options;
	int whole = o->total_steps > 0;

	return o->lr * schedule_factor((enum schedule)o->schedule,
	    whole ? l->trainer->step : run_step, o->warmup,
	    whole ? o->total_steps : run_steps);
}

void
learner_step(struct learner *l, uint64_t run_step, uint64_t run_steps,
    struct metrics *m)
{
	const struct learner_options *o = l->options;
	struct adamw a = {.beta1 = (float)o->betas[0],
	    .beta2 = (float)o->betas[1], .eps = (float)o->eps,
	    .weight_decay = (float)o->weight_decay, .gradient_scale = 1};

	m->lr = rate(l, run_step, run_steps);
	m->step = l->trainer->step + 1;
	if (!isfinite(m->loss) || !isfinite(m->grad_norm)) {
		m->skipped = 1;
		return;
	}
	a.lr = (float)m->lr;
	if (o->grad_clip > 0 && m->grad_norm > o->grad_clip)
		a.gradient_scale = (float)(o->grad_clip / m->grad_norm);
	trainer_step(l->trainer, &a);
}
