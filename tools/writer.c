/* Finished rollouts to records, in a thread of their own. */
#include "tools/writer.h"

#include <pthread.h>
#include <stdlib.h>

/* Rollouts in line at most. */
#define LINE 64

struct writer {
	struct tool *tool;
	const struct rollout_common *common;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct rollout *line[LINE]; /* from `first` on, in a ring */
	size_t first, count;
	int closing;
	int failed;
	struct error err;           /* why */
};

static int
write_rollout(struct writer *w, const struct rollout *o, struct error *err)
{
	for (size_t i = 0; i < o->samples; i++) {
		json_t *record = rollout_record(o, w->common, i, err);
		int r = record == NULL ? -1 : tool_write(w->tool, record, err);

		json_decref(record);
		if (r)
			return -1;
	}
	return 0;
}

/* The oldest in line; NULL at the end. */
static struct rollout *
take(struct writer *w)
{
	struct rollout *o;

	while (w->count == 0 && !w->closing)
		pthread_cond_wait(&w->changed, &w->lock);
	if (w->count == 0)
		return NULL;
	o = w->line[w->first];
	w->first = (w->first + 1) % LINE;
	w->count--;
	return o;
}

static void *
work(void *context)
{
	struct writer *w = context;
	struct rollout *o;

	pthread_mutex_lock(&w->lock);
	while ((o = take(w)) != NULL) {
		int skip = w->failed, r = 0;
		struct error err = {0};

		pthread_cond_broadcast(&w->changed);
		pthread_mutex_unlock(&w->lock);
		if (!skip)
			r = write_rollout(w, o, &err);
		rollout_free(o);
		pthread_mutex_lock(&w->lock);
		if (r) {
			w->failed = 1;
			w->err = err;
		}
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct writer *
writer_new(struct tool *t, const struct rollout_common *c, struct error *err)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	w->tool = t;
	w->common = c;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	if (pthread_create(&w->thread, NULL, work, w) == 0)
		return w;
	error_set(err, STATUS_TEMPFAIL, "no thread to write with");
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return NULL;
}

int
writer_put(struct writer *w, struct rollout *rollout, struct error *err)
{
	pthread_mutex_lock(&w->lock);
	while (w->count == LINE)
		pthread_cond_wait(&w->changed, &w->lock);
	w->line[(w->first + w->count++) % LINE] = rollout;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	return writer_check(w, err);
}

int
writer_check(struct writer *w, struct error *err)
{
	int failed;

	pthread_mutex_lock(&w->lock);
	failed = w->failed;
	if (failed)
		*err = w->err;
	pthread_mutex_unlock(&w->lock);
	return failed ? -1 : 0;
}

int
writer_close(struct writer *w, int discard, struct error *err)
{
	int r;

	if (w == NULL)
		return 0;
	pthread_mutex_lock(&w->lock);
	w->closing = 1;
	if (discard)
		w->failed = 1;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	r = w->failed ? -1 : 0;
	if (r && !discard)
		*err = w->err;
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return r;
}
