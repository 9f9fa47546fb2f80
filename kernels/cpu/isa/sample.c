/* One token a row by inverting the cumulative distribution. */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/softmax.h"
#include "kernels/cpu/isa/truncate.h"
#include "kernels/cpu/isa/typed.h"

#include <omp.h>

/* A thread's room, and what it holds of the row last drawn from. */
struct room {
	double *blocks;
	float *groups;
	struct candidates list;
	const float *row; /* NULL: nothing yet */
	struct softmax s;
};

static size_t
align64(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

static size_t
blocks_bytes(size_t V)
{
	return align64(softmax_blocks(V) * sizeof(double));
}

static size_t
list_bytes(size_t V)
{
	return align64((V + LANES) * sizeof(float));
}

static size_t
room_bytes(size_t V, int truncate)
{
	if (!truncate)
		return blocks_bytes(V);
	return blocks_bytes(V) + TRUNCATE_GROUPS(V) * sizeof(float) +
	    3 * list_bytes(V);
}

/* Without truncation groups and list point nowhere and are not used. */
static struct room
room_at(char *base, size_t V)
{
	char *groups = base + blocks_bytes(V);
	char *list = groups + TRUNCATE_GROUPS(V) * sizeof(float);
	size_t n = list_bytes(V);

	return (struct room){
		.blocks = (double *)(void *)base,
		.groups = (float *)(void *)groups,
		.list = {.logit = (float *)(void *)list,
		    .weight = (float *)(void *)(list + n),
		    .id = (uint32_t *)(void *)(list + 2 * n)},
	};
}

/* The lowest index of the largest logit. */
static size_t
argmax(const float *logits, float max, size_t V)
{
	size_t i = 0;

	while (i + LANES <= V && !vf_reach(vf_load(logits + i), vf_set(max)))
		i += LANES;
	while (logits[i] != max)
		i++;
	return i;
}

/*
 * The first of n weights with which the sum goes beyond `want`, from `sum` on.
 * They may add up to less by rounding: then the last that is not 0.
 */
static size_t
draw_weight(const float *weights, size_t n, double sum, double want)
{
	size_t last = 0;

	for (size_t i = 0; i < n; i++) {
		if (weights[i] > 0)
			last = i;
		sum += weights[i];
		if (sum > want)
			break;
	}
	return last;
}

/* By blocks of the vocabulary, and then within one. */
static size_t
draw_all(const struct softmax *s, const double *blocks, const float *logits,
    double u, size_t V)
{
	float weights[SOFTMAX_BLOCK];
	double sum = 0, want = u * s->total;
	size_t b = 0, i, n;

	while (b + 1 < softmax_blocks(V) && !(sum + blocks[b] > want))
		sum += blocks[b++];
	i = b * SOFTMAX_BLOCK;
	n = V - i < SOFTMAX_BLOCK ? V - i : SOFTMAX_BLOCK;
	ISA_NAME(softmax_weights)(weights, s, logits + i, n);
	return i + draw_weight(weights, n, sum, want);
}

static double
block_sum(const struct candidates *c, size_t b)
{
	size_t i = b * SOFTMAX_BLOCK;
	size_t end = c->n - i < SOFTMAX_BLOCK ? c->n : i + SOFTMAX_BLOCK;
	vf sum = {0};

	for (; i < end; i += LANES)
		sum += vf_load(c->weight + i);
	return (double)vf_sum(sum);
}

static size_t
draw_list(const struct candidates *c, double u)
{
	size_t blocks = softmax_blocks(c->n), b = 0, i;
	double sum = 0, total = 0, want;

	for (size_t j = 0; j < blocks; j++)
		total += block_sum(c, j);
	want = u * total;
	for (; b + 1 < blocks; b++) {
		double here = block_sum(c, b);

		if (sum + here > want)
			break;
		sum += here;
	}
	i = b * SOFTMAX_BLOCK;
	return c->id[i + draw_weight(c->weight + i,
	    c->n - i < SOFTMAX_BLOCK ? c->n - i : SOFTMAX_BLOCK, sum, want)];
}

/* Everything that the draws from one row have in common. */
static void
prepare(struct room *room, const float *row, const struct sampling *o, size_t V)
{
	int truncate = !o->greedy && truncate_on(o, V);

	room->row = row;
	ISA_NAME(softmax_row)(&room->s, room->blocks,
	    truncate ? room->groups : NULL, row, o->temperature, V);
	if (!isnan(room->s.total) && truncate)
		ISA_NAME(truncate_row)(&room->list, room->groups, row,
		    &room->s, o, V);
}

static int32_t
draw_row(float *logprob, const struct room *room, const struct draw *draw,
    const struct sampling *o, size_t V)
{
	const struct softmax *s = &room->s;
	size_t token;

	if (isnan(s->total)) {
		*logprob = __builtin_nanf("");
		return -1;
	}
	if (o->greedy)
		token = argmax(room->row, s->max, V);
	else if (truncate_on(o, V))
		token = draw_list(&room->list, philox_uniform(draw));
	else
		token = draw_all(s, room->blocks, room->row,
		    philox_uniform(draw), V);
	*logprob = ISA_NAME(softmax_logprob)(s, room->row[token]);
	return (int32_t)token;
}

void
ISA_NAME(sample)(struct kernels *k, int32_t *token, float *logprob,
    const float *logits, const uint32_t *index, const struct draw *draw,
    const struct sampling *sampling, size_t R, size_t V)
{
	int truncate = !sampling->greedy && truncate_on(sampling, V);
	int threads = R < (size_t)k->threads ? (int)R : k->threads;
	size_t bytes = room_bytes(V, truncate);
	char *scratch;

	if (R == 0)
		return;
	scratch = cpu_scratch(k, (size_t)threads * bytes);
#pragma omp parallel num_threads(threads) if (R * V > PARALLEL_MIN)
	{
		struct room room = room_at(
		    scratch + (size_t)omp_get_thread_num() * bytes, V);

#pragma omp for schedule(static) nowait
		for (size_t r = 0; r < R; r++) {
			size_t i = index != NULL ? index[r] : r;
			const float *row = logits + i * V;

			if (row != room.row)
				prepare(&room, row, sampling, V);
			token[r] = draw_row(&logprob[r], &room, &draw[r],
			    sampling, V);
		}
	}
}
