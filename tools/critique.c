/* Batches of records before value models. */
#include "tools/critique.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/endrecord.h"
#include "lib/model/critic.h"
#include "tools/states.h"

/* Records read at once at most, and about the bytes of their lines. */
#define LINES 256
#define BYTES ((size_t)16 << 20)

struct critique {
	const struct critique_settings *set;
	struct jsonl_reader *reader;
	struct kernels *kernels;
	struct critic *reward, *value;
	struct critique_line lines[LINES];
	struct states entries[LINES];
	size_t count, next; /* lines read, and handed out */
	int end;            /* what the reader said behind them */
	struct error err;
};

static struct critic *
open_critic(struct critique *c, const char *dir, struct error *err)
{
	return critic_open(c->kernels, dir, c->set->engine.dtype,
	    c->set->micro_tokens, err);
}

struct critique *
critique_open(const struct critique_settings *s, struct jsonl_reader *reader,
    struct error *err)
{
	struct critique *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	c->set = s;
	c->reader = reader;
	c->end = 1;
	c->kernels = engine_open(&s->engine, err);
	if (c->kernels != NULL && (s->reward_model == NULL ||
	    (c->reward = open_critic(c, s->reward_model, err)) != NULL) &&
	    (s->values == NULL ||
	    (c->value = open_critic(c, s->values, err)) != NULL))
		return c;
	critique_close(c);
	return NULL;
}

void
critique_close(struct critique *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < LINES; i++) {
		buffer_free(&c->lines[i].text);
		free(c->lines[i].appraisal.values);
		states_free(&c->entries[i]);
	}
	critic_close(c->reward);
	critic_close(c->value);
	if (c->kernels != NULL)
		c->kernels->close(c->kernels);
	free(c);
}

/*
 * Read lines until there are enough, or an end record, behind which none comes
 * while somebody waits for it; what ends the input is kept for later.
 */
static void
read_lines(struct critique *c, size_t most)
{
	size_t bytes = 0;

	c->count = c->next = 0;
	while (c->count < most && c->count < LINES && bytes < BYTES &&
	    (c->count == 0 || !c->lines[c->count - 1].end)) {
		struct critique_line *l = &c->lines[c->count];

		c->end = jsonl_next(c->reader, &l->text, &c->err);
		if (c->end <= 0)
			return;
		l->file = jsonl_file(c->reader);
		l->line = jsonl_line(c->reader);
		l->end = endrecord_line(&l->text);
		bytes += l->text.length;
		c->count++;
	}
}

static int
parse(struct states *states, const struct buffer *text, struct error *err)
{
	json_t *record = jsonl_parse(text, err);
	int r = record == NULL ? -1 : states_read(states, record, err);

	json_decref(record);
	return r;
}

/* Keep of a record's values v (T+1) what is asked for. */
static int
keep(const struct critique *c, const struct critic *critic,
    const struct critic_sequence *s, const float *v, struct appraisal *a,
    struct error *err)
{
	size_t T = s->length - s->prompt;

	for (size_t i = 0; i <= T; i++)
		if (!isfinite(v[i]))
			return error_set(err, STATUS_DATA, "response_tokens: "
			    "the value model gives no finite number");
	if (critic == c->reward) {
		a->score = v[critic_last(critic_config(critic), s)];
		return 0;
	}
	a->values = malloc((T + 1) * sizeof(*v));
	if (a->values == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	memcpy(a->values, v, T * sizeof(*v));
	a->count = T;
	return 0;
}

/* One model's word on all records that it can read. */
static int
appraise(struct critique *c, struct critic *critic, struct error *err)
{
	struct critic_sequence list[LINES] = {0};
	struct critique_line *lines[LINES];
	size_t n = 0, total = 0;
	float *values, *at;
	int r;

	for (size_t i = 0; i < c->count; i++) {
		struct critique_line *l = &c->lines[i];
		const struct states *e = &c->entries[i];

		if (l->end || l->failed || (l->failed = states_check(e,
		    critic_config(critic), &l->err) != 0))
			continue;
		list[n] = (struct critic_sequence){e->tokens.data,
		    e->tokens.length, e->prompt};
		lines[n++] = l;
		total += e->tokens.length - e->prompt + 1;
	}
	at = values = malloc((total + 1) * sizeof(*values));
	if (values == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	r = critic_values(critic, values, list, n, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		lines[i]->failed = keep(c, critic, &list[i], at,
		    &lines[i]->appraisal, &lines[i]->err) != 0;
		at += list[i].length - list[i].prompt + 1;
	}
	free(values);
	return r;
}

static int
fill(struct critique *c, size_t most, struct error *err)
{
	read_lines(c, most);
	for (size_t i = 0; i < c->count; i++) {
		struct critique_line *l = &c->lines[i];

		free(l->appraisal.values);
		l->appraisal = (struct appraisal){0};
		l->failed = !l->end && parse(&c->entries[i], &l->text,
		    &l->err) != 0;
	}
	if (c->reward != NULL && appraise(c, c->reward, err) != 0)
		return -1;
	return c->value != NULL ? appraise(c, c->value, err) : 0;
}

int
critique_next(struct critique *c, struct critique_line **line, size_t most,
    struct error *err)
{
	if (c->next == c->count && c->end > 0 && fill(c, most, err) != 0)
		return -1;
	if (c->next < c->count) {
		*line = &c->lines[c->next++];
		return 1;
	}
	*err = c->err;
	return c->end;
}
