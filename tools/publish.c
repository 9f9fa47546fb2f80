/* Updates without end: a checkpoint for each buffer of a stream. */
#include "tools/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/rundir.h"

/* The iteration under way. */
struct iteration {
	uint64_t number;
	int place;        /* rundir_take's */
	char *from, *to;  /* its checkpoint, and the next one */
	char *buffer;     /* FROM/buffer.jsonl.zst */
	struct jsonl_writer *records, *metrics;
};

static void
iteration_free(struct iteration *i)
{
	jsonl_abandon(i->records);
	jsonl_abandon(i->metrics);
	free(i->from);
	free(i->to);
	free(i->buffer);
	*i = (struct iteration){0};
}

static struct jsonl_writer *
create_in(const char *dir, const char *name, struct error *err)
{
	struct jsonl_writer *w = NULL;
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		error_set(err, STATUS_TEMPFAIL, "no memory");
	else
		w = jsonl_create(path, 0, err);
	free(path);
	return w;
}

static int
iteration_new(struct iteration *i, int place, const char *dir,
    uint64_t number, struct error *err)
{
	*i = (struct iteration){.number = number, .place = place,
	    .from = rundir_path(dir, number),
	    .to = rundir_path(dir, number + 1)};
	if (i->from == NULL || i->to == NULL ||
	    asprintf(&i->buffer, "%s/buffer.jsonl.zst", i->from) < 0) {
		i->buffer = NULL;
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	}
	i->records = jsonl_create(i->buffer, 0, err);
	if (i->records == NULL)
		return -1;
	/* The same bytes as where empg-smooth --zstd writes them. */
	jsonl_flush_each(i->records);
	i->metrics = create_in(i->from, "update.jsonl", err);
	return i->metrics != NULL ? 0 : -1;
}

/* Whether the buffer is one, whole, and this iteration's: 1; 0 at the end. */
static int
check(const struct training *r, const struct iteration *i, struct error *err)
{
	const struct intake *in = &r->update->buffer;

	if (!in->ended && in->records == 0)
		return 0;
	if (!in->ended)
		return error_set(err, STATUS_TEMPFAIL, "%s: the input ended "
		    "within iteration %" PRIu64, jsonl_file(r->tool->reader),
		    i->number);
	if (in->number == i->number)
		return 1;
	error_set(err, STATUS_DATA, "end: iteration %" PRIu64 ", where the "
	    "newest checkpoint is %s", in->number, i->from);
	return error_prefix(err, "%s:%zu: ", jsonl_file(r->tool->reader),
	    jsonl_line(r->tool->reader));
}

/* The M-step; everything else is there before the checkpoint is. */
static json_t *
publish(struct training *r, struct iteration *i, struct error *err)
{
	char *const buffers[] = {i->buffer};
	json_t *state;

	rundir_learning(i->place, 1);
	r->copy = i->metrics;
	if (jsonl_commit(i->records, err) || training_run(r, err) ||
	    jsonl_commit(i->metrics, err))
		return NULL;
	state = training_save(r, i->to, buffers, 1, 1, err);
	rundir_learning(i->place, 0);
	return state;
}

/* The checkpoint that was written is the one to begin from. */
static int
advance(struct training *r, struct iteration *i, const char *dir,
    struct update_options *o, json_t *state, struct error *err)
{
	struct iteration next;
	int bad = iteration_new(&next, i->place, dir, i->number + 1, err);

	json_decref(r->update->checkpoint.state);
	r->update->checkpoint.state = state;
	r->update->checkpoint.dir = o->model = next.from;
	r->update->buffer.copy = next.records;
	iteration_free(i);
	*i = next;
	return bad;
}

static int
run(struct training *r, struct iteration *i, const char *dir,
    struct update_options *o, const struct engine *e, struct error *err)
{
	struct tool *t = r->tool;
	json_t *state;
	int n;

	o->model = i->from;
	r->update->buffer.copy = i->records;
	n = update_open(r->update, e, 0, err);
	while (n == 0 && (n = check(r, i, err)) == 1) {
		state = publish(r, i, err);
		if (state == NULL || advance(r, i, dir, o, state, err))
			return -1;
		tool_progress(t, "records", 0);
		n = update_next(r->update, e, err);
	}
	return n;
}

int
publish_run(struct training *r, const char *dir, struct update_options *o,
    const struct engine *e, struct error *err)
{
	int place = rundir_take(dir, RUNDIR_UPDATE, err), n = -1;
	struct iteration i = {0};
	uint64_t newest;

	if (place < 0)
		return -1;
	if (rundir_newest(dir, &newest, err) == 0) {
		rundir_sweep(dir, newest);
		n = iteration_new(&i, place, dir, newest, err);
	}
	if (n == 0)
		n = run(r, &i, dir, o, e, err);
	iteration_free(&i);
	close(place);
	return n;
}
