/* Steps on a buffer, their metrics, and the checkpoint behind them. */
#include "tools/training.h"

#include "lib/base/clock.h"
#include "tools/lineage.h"

/* Steps in a row that may be skipped as not finite. */
#define SKIPS 2

static int
write_metrics(struct training *r, struct metrics *m, double start,
    struct error *err)
{
	json_t *j;
	int w;

	m->seconds = clock_seconds() - start;
	r->update->account.steps += m->seconds;
	r->update->account.tokens += m->trained_tokens;
	j = metrics_record(m, err);
	if (j == NULL)
		return -1;
	w = tool_write(r->tool, j, err);
	if (w == 0 && r->copy != NULL)
		w = jsonl_write(r->copy, j, err);
	json_decref(j);
	return w;
}

static int
one_step(struct training *r, size_t i, uint64_t step, uint64_t steps,
    int *skips, struct error *err)
{
	double start = clock_seconds();
	struct metrics m;

	if (learner_gradient(&r->update->learner, i, &m))
		return tool_interrupted(err);
	learner_step(&r->update->learner, step, steps, &m);
	if (write_metrics(r, &m, start, err))
		return -1;
	if (!m.skipped) {
		*skips = 0;
		return 0;
	}
	tool_warn(r->tool, "step %llu: loss or gradient is not finite, the "
	    "step is skipped", (unsigned long long)m.step);
	if (++*skips > SKIPS)
		return error_set(err, STATUS_INTERNAL, "%d steps in a row "
		    "were not finite; %s is as it was", *skips,
		    r->update->options->model);
	return 0;
}

int
training_run(struct training *r, struct error *err)
{
	struct learner *l = &r->update->learner;
	size_t per_epoch = learner_steps(l);
	uint64_t steps = per_epoch * l->options->epochs, step = 0;
	int skips = 0;

	tool_progress(r->tool, "steps", (size_t)steps);
	for (size_t epoch = 0; epoch < l->options->epochs; epoch++) {
		learner_order(l, epoch);
		for (size_t i = 0; i < per_epoch; i++, step++) {
			if (one_step(r, i, step, steps, &skips, err))
				return -1;
			progress_update(r->tool->bar, (size_t)step + 1, NULL);
			if (tool_interrupted(err))
				return -1;
		}
	}
	if (steps == 0)
		tool_warn(r->tool, "the buffer is empty: the weights stay");
	return 0;
}

json_t *
training_save(struct training *r, const char *path, char *const *buffers,
    size_t count, int optimizer, struct error *err)
{
	struct update *u = r->update;
	struct lineage l = {u->options->model, u->options->init,
	    u->checkpoint.state, u->trainer->step, u->buffer.count,
	    buffers, count, &u->options->learner};
	double start = clock_seconds();
	json_t *state = lineage_state(&l, err);

	if (state != NULL && checkpoint_write(path, &u->checkpoint,
	    u->trainer, state, optimizer, err) != 0) {
		json_decref(state);
		state = NULL;
	}
	u->account.write += clock_seconds() - start;
	return state;
}

int
training_gradient(struct training *r, const char *path, struct error *err)
{
	double start = clock_seconds();
	struct metrics m;

	learner_order(&r->update->learner, 0);
	if (learner_gradient(&r->update->learner, 0, &m))
		return tool_interrupted(err);
	m.step = r->update->trainer->step + 1;
	if (checkpoint_write_gradient(path, r->update->trainer, err))
		return -1;
	return write_metrics(r, &m, start, err);
}
