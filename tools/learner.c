/* The M-step: mini-batches of trajectories to gradients and steps. */
#include "tools/learner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/shuffle.h"
#include "tools/valueloss.h"

const char *const learner_schedules[] = {"constant", "cosine", "linear",
    NULL};

int
learner_new(struct learner *l, const struct learner_options *o,
    struct trajectory *trajectories, size_t count, struct error *err)
{
	size_t n = count ? count : 1, longest = 1;

	*l = (struct learner){.options = o, .trajectories = trajectories,
	    .count = count};
	for (size_t i = 0; i < count; i++)
		if (trajectories[i].response > longest)
			longest = trajectories[i].response;
	l->skipped = calloc(n, sizeof(*l->skipped));
	l->order = calloc(n, sizeof(*l->order));
	l->sequences = calloc(n, sizeof(*l->sequences));
	l->active = calloc(n, sizeof(*l->active));
	l->factor = calloc(longest, sizeof(*l->factor));
	if (l->skipped == NULL || l->order == NULL || l->sequences == NULL ||
	    l->active == NULL || l->factor == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	for (size_t i = 0; i < count; i++)
		l->skipped[i] = (unsigned char)loss_skips(&o->loss,
		    &trajectories[i]);
	return 0;
}

void
learner_free(struct learner *l)
{
	free(l->skipped);
	free(l->order);
	free(l->sequences);
	free(l->active);
	free(l->factor);
	memset(l, 0, sizeof(*l));
}

struct fixed
learner_passed(const struct learner *l)
{
	return (struct fixed){l->trajectories, l->count, l->skipped,
	    l->options->batch, l->options->micro_tokens};
}

/* What is passed at all decides how much room there must be. */
static int
reserve(struct learner *l, enum workspace_mode mode, struct error *err)
{
	struct microbatch_room room;
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		if (!l->skipped[i])
			l->sequences[n++] =
			    trajectory_sequence(&l->trajectories[i]);
	if (microbatch_room(&room, l->sequences, n, l->options->batch,
	    l->options->micro_tokens))
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	/* A last token that was added has no row. */
	room.positions -=
	    loss_target(&l->options->loss) == TRAJECTORY_REWARD;
	return trainer_reserve(l->trainer, &room, mode, err);
}

int
learner_begin(struct learner *l, struct trainer *t, enum workspace_mode mode,
    int once, struct error *err)
{
	const struct loss_options *o = &l->options->loss;
	struct fixed passed = learner_passed(l);
	int single = once || learner_steps(l) * l->options->epochs <= 1;

	l->trainer = t;
	t->whole = loss_wants_whole(o, single);
	if (reserve(l, mode, err))
		return -1;
	if (single || !loss_reads_old(o))
		return 0;
	return fixed_old(&passed, t, err);
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

/* Groups by their sizes: a trajectory is its group's share. */
static void
add_trajectory(struct metrics *m, const struct trajectory *t)
{
	m->trajectories++;
	m->tokens += t->response;
	m->zero_advantage += (size_t)t->zero;
	if (t->advantage != NULL)
		spread_add(&m->advantage, t->advantage, t->response);
	if (isnan(t->reward))
		return;
	m->groups += 1 / (double)t->group;
	m->equal_groups += t->equal / (double)t->group;
}

int
learner_gradient(struct learner *l, size_t i, struct metrics *m)
{
	const struct loss_options *o = &l->options->loss;
	size_t from = i * l->options->batch, to = from + l->options->batch;
	size_t before = l->trainer->done.work.rows, n = 0;
	struct loss loss = {.options = o, .trajectories = l->trajectories,
	    .active = l->active, .metrics = m, .factor = l->factor};

	if (to > l->count)
		to = l->count;
	memset(m, 0, sizeof(*m));
	m->values = loss_of_values(o);
	m->weighs = objective_list[o->objective].weighs;
	m->truncates = o->tis > 0;
	for (size_t j = from; j < to; j++) {
		const struct trajectory *t = &l->trajectories[l->order[j]];

		add_trajectory(m, t);
		if (l->skipped[l->order[j]])
			continue;
		m->trained_tokens += t->prompt + t->response;
		l->active[n] = l->order[j];
		l->sequences[n++] = trajectory_sequence(t);
	}
	loss.scale = (struct loss_scale){(enum loss_norm)o->norm,
	    m->trajectories, m->tokens, o->max_response};
	if (trainer_gradient(l->trainer, l->sequences, n, m->values ?
	    valueloss_rows : loss_rows, &loss))
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
