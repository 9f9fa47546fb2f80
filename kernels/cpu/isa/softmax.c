/* The softmax of one row of logits, in one fixed order. */
#include "kernels/cpu/isa/softmax.h"

#define MINUS_INF (-__builtin_inff())

/* e^z is 0 from here on; finite, so that z·e^z is 0 for a logit of -inf. */
#define LOWEST (-128.0f)

/* The largest of each lane of a block. */
static inline vf
block_max(const float *logits, size_t n)
{
	vf m[4];
	size_t i = 0;

	for (size_t j = 0; j < 4; j++)
		m[j] = vf_set(MINUS_INF);
	for (; i + 4 * LANES <= n; i += 4 * LANES)
		for (size_t j = 0; j < 4; j++)
			m[j] = vf_max(vf_load(logits + i + j * LANES), m[j]);
	for (; i < n; i += LANES)
		m[0] = vf_max(vf_load_n(logits + i, n - i, MINUS_INF), m[0]);
	return vf_max(vf_max(m[0], m[1]), vf_max(m[2], m[3]));
}

static float
row_max(float *groups, const float *logits, size_t V)
{
	vf max = vf_set(MINUS_INF);

	for (size_t b = 0; b < softmax_blocks(V); b++) {
		size_t i = b * SOFTMAX_BLOCK;
		vf m = block_max(logits + i,
		    V - i < SOFTMAX_BLOCK ? V - i : SOFTMAX_BLOCK);

		if (groups != NULL)
			vf_store(groups + b * LANES, m);
		max = vf_max(m, max);
	}
	return vf_hmax(max);
}

static inline void
add(vf *sum, vf *sum_ez, const struct softmax *s, vf logits)
{
	vf z = (logits - s->max) * s->inverse;
	vf e = vf_exp(z);

	*sum += e;
	*sum_ez += e * vf_max(vf_set(LOWEST), z);
}

/* Returns the block's Σ e^z. */
static double
add_block(struct softmax *s, const float *logits, size_t n)
{
	vf sum[2] = {{0}}, sum_ez[2] = {{0}};
	size_t i = 0;

	for (; i + 2 * LANES <= n; i += 2 * LANES)
		for (size_t j = 0; j < 2; j++)
			add(&sum[j], &sum_ez[j], s,
			    vf_load(logits + i + j * LANES));
	for (; i < n; i += LANES)
		add(&sum[0], &sum_ez[0], s,
		    vf_load_n(logits + i, n - i, MINUS_INF));
	s->sum_ez += (double)vf_sum(sum_ez[0] + sum_ez[1]);
	return (double)vf_sum(sum[0] + sum[1]);
}

void
ISA_NAME(softmax_row)(struct softmax *s, double *blocks, float *groups,
    const float *logits, float temperature, size_t V)
{
	s->max = row_max(groups, logits, V);
	s->inverse = 1.0f / temperature;
	s->total = 0;
	s->sum_ez = 0;
	for (size_t b = 0; b < softmax_blocks(V); b++) {
		size_t i = b * SOFTMAX_BLOCK;
		double sum = add_block(s, logits + i,
		    V - i < SOFTMAX_BLOCK ? V - i : SOFTMAX_BLOCK);

		s->total += sum;
		if (blocks != NULL)
			blocks[b] = sum;
	}
	s->log_total = log(s->total);
}

/* Not max/T + log Σ first: near 0 that would leave few bits. */
float
ISA_NAME(softmax_logprob)(const struct softmax *s, float logit)
{
	return (float)(((double)logit - s->max) * s->inverse - s->log_total);
}

void
ISA_NAME(softmax_weights)(float *out, const struct softmax *s,
    const float *logits, size_t n)
{
	for (size_t i = 0; i < n; i += LANES)
		vf_store(out + i, vf_exp(
		    (vf_load_n(logits + i, n - i, MINUS_INF) - s->max) *
		    s->inverse));
}
