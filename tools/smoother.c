/* Records in, smoothed records out, a mini-batch at a time. */
#include "tools/smoother.h"

#include <stdint.h>
#include <stdlib.h>

#include "lib/io/field.h"

/* Room for a trajectory's ${n} values, in a block, and what is made of them. */
static int
make_room(struct smooth_item *item, size_t n, struct error *err)
{
	double *room = reallocarray(item->values, 3 * n + 1, sizeof(*room));

	if (room == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	item->tokens = n;
	item->values = room;
	item->advantages = room + n;
	item->returns = room + 2 * n;
	return 0;
}

/* The record's own token values. */
static int
look_at_values(const json_t *record, struct smooth_item *item,
    struct error *err)
{
	const json_t *tokens = json_object_get(record, "response_tokens");
	size_t n;

	if (!field_has(record, "values"))
		return error_set(err, STATUS_DATA, "values: missing "
		    "(empg-score --values DIR writes them)");
	if (field_reals(record, "values", &item->values, &n, err) != 0)
		return -1;
	if (tokens != NULL && n != json_array_size(tokens))
		error_set(err, STATUS_DATA, "values: %zu numbers for %zu "
		    "response tokens", n, json_array_size(tokens));
	else if (make_room(item, n, err) == 0)
		return 0;
	free(item->values);
	item->values = NULL;
	return -1;
}

/* Token values that a model will be asked for. */
static int
look_at_tokens(const struct smoother *s, const json_t *record,
    struct smooth_item *item, struct error *err)
{
	size_t n;

	return valuer_look(s->valuer, record, &n, err) == 0 ?
	    make_room(item, n, err) : -1;
}

/* What smoothing needs of a record; ${new_group}: its id is another. */
static int
look(const struct smoother *s, const json_t *record,
    struct smooth_item *item, int *new_group, struct error *err)
{
	size_t length;
	const char *id = field_string(record, "id", &length, err);

	*item = (struct smooth_item){0};
	if (id == NULL || (s->options->method->needs_reward &&
	    field_real(record, "reward", &item->reward, err) != 0))
		return -1;
	*new_group = !minibatch_continues(&s->pending, id, length);
	if (!smooth_by_token(s->options))
		return 0;
	return s->valuer != NULL ? look_at_tokens(s, record, item, err)
	    : look_at_values(record, item, err);
}

/* The fields of a smoothed record; what another smoothing left goes. */
static int
complete(json_t *record, const struct smooth_item *item, struct error *err)
{
	if (field_set_real(record, "return", item->given_return, err) != 0)
		return -1;
	if (item->values == NULL) {
		json_object_del(record, "returns");
		return field_set_real(record, "baseline", item->baseline,
		    err) != 0 || field_set_real(record, "advantage",
		    item->advantage, err) != 0 ? -1 : 0;
	}
	json_object_del(record, "baseline");
	return field_set_reals(record, "advantage", item->advantages,
	    item->tokens, err) != 0 || field_set_reals(record, "returns",
	    item->returns, item->tokens, err) != 0 ? -1 : 0;
}

/* Smooth and write the mini-batch, which has whole groups only. */
static int
flush(struct smoother *s, struct tool *t, struct error *err)
{
	struct minibatch *b = &s->pending;
	size_t i, number = s->batch > 0 ? s->batches + 1 : 1;
	int r;

	if (b->count == 0)
		return 0;
	if (s->valuer != NULL && (r = valuer_fill(s->valuer, b->records,
	    b->items, b->count, err)) != 0)
		return r < 0 ? -1 : tool_interrupted(err);
	if (smooth_run(b->items, b->count, s->options, err) != 0)
		return error_prefix(err, "mini-batch %zu: ", number);
	smooth_add(&s->summary, b->items, b->count);
	for (i = 0; i < b->count; i++)
		if (complete(b->records[i], &b->items[i], err) != 0 ||
		    tool_write(t, b->records[i], err) != 0)
			return -1;
	minibatch_clear(b);
	s->batches = number;
	return 0;
}

/* A group ends, and the mini-batch with it where that has ${enough}. */
static int
end_group(struct smoother *s, struct tool *t, size_t enough,
    struct error *err)
{
	minibatch_close(&s->pending, s->drop_degenerate,
	    s->options->method->positive_only);
	return s->pending.count >= enough ? flush(s, t, err) : 0;
}

int
smoother_run(struct smoother *s, struct tool *t, json_t **end,
    struct error *err)
{
	/* Where nothing depends on the whole input no group needs to wait. */
	size_t enough = s->batch > 0 ? s->batch :
	    smooth_by_batch(s->options) ? SIZE_MAX : 1;
	struct smooth_item item;
	json_t *record;
	int n, new_group = 0;

	while ((n = tool_read(t, &record, err)) == 1) {
		if (look(s, record, &item, &new_group, err) != 0) {
			json_decref(record);
			if ((n = tool_bad(t, err)) != 0)
				return n;
			continue;
		}
		n = new_group ? end_group(s, t, enough, err) : 0;
		if (n == 0)
			n = minibatch_push(&s->pending, record, &item, err);
		if (n != 0) {
			json_decref(record);
			free(item.values);
			return n;
		}
	}
	if (n < 0)
		return -1;
	*end = n == TOOL_END ? record : NULL;
	if (end_group(s, t, 0, err) == 0 &&
	    (*end != NULL || tool_commit(t, err) == 0))
		return *end != NULL;
	json_decref(*end);
	return -1;
}

void
smoother_free(struct smoother *s)
{
	minibatch_free(&s->pending);
}
