/* RMSNorm. */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/typed.h"

/* Rows whose weight gradients are summed before they join the others. */
#define CHUNK 32

/* Four sums hide the latency of the additions. */
static float
row_rstd(const float *in, float eps, size_t C)
{
	vf a[4] = {{0}};
	size_t c = 0;

	for (; c + 4 * LANES <= C; c += 4 * LANES)
		for (size_t j = 0; j < 4; j++) {
			vf x = vf_load(in + c + j * LANES);

			a[j] += x * x;
		}
	for (; c < C; c += LANES) {
		vf x = vf_load_n(in + c, C - c, 0.0f);

		a[0] += x * x;
	}
	return 1.0f / sqrtf(vf_sum((a[0] + a[1]) + (a[2] + a[3])) /
	    (float)C + eps);
}

INLINE void
forward_row(void *out, enum dtype type, float rstd, const float *in,
    const float *weight, size_t C)
{
	STEPS(c, C, typed_store(out, type, c, vf_load_n(in + c, lanes, 0.0f) *
	    rstd * vf_load_n(weight + c, lanes, 0.0f), lanes));
}

void
ISA_NAME(rmsnorm_forward)(struct kernels *k, void *out, enum dtype type,
    float *rstd, const float *in, const float *weight, float eps, size_t T,
    size_t C)
{
#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (T > 1 && T * C >= PARALLEL_MIN)
	for (size_t t = 0; t < T; t++) {
		void *row = typed_at(out, type, t * C);
		float r = row_rstd(in + t * C, eps, C);

		if (type == DTYPE_BF16)
			forward_row(row, DTYPE_BF16, r, in + t * C, weight, C);
		else
			forward_row(row, DTYPE_F32, r, in + t * C, weight, C);
		if (rstd != NULL)
			rstd[t] = r;
	}
}

/* Σ dout · weight · in */
static float
row_dot(const float *dout, const float *in, const float *weight, size_t C)
{
	vf a[4] = {{0}};
	size_t c = 0;

	for (; c + 4 * LANES <= C; c += 4 * LANES)
		for (size_t j = 0; j < 4; j++) {
			size_t i = c + j * LANES;

			a[j] += vf_load(dout + i) * vf_load(weight + i) *
			    vf_load(in + i);
		}
	for (; c < C; c += LANES)
		a[0] += vf_load_n(dout + c, C - c, 0.0f) *
		    vf_load_n(weight + c, C - c, 0.0f) *
		    vf_load_n(in + c, C - c, 0.0f);
	return vf_sum((a[0] + a[1]) + (a[2] + a[3]));
}

INLINE void
backward_lanes(float *din, float *dweight, const float *dout, const float *in,
    const float *weight, float rstd, float scale, size_t n)
{
	vf x = vf_load_n(in, n, 0.0f);
	vf g = vf_load_n(dout, n, 0.0f) * rstd;
	vf w = vf_load_n(weight, n, 0.0f);

	vf_store_n(din, vf_load_n(din, n, 0.0f) + (g * w - x * scale), n);
	vf_store_n(dweight, vf_load_n(dweight, n, 0.0f) + g * x, n);
}

static void
backward_row(float *din, float *dweight, const float *dout, const float *in,
    const float *weight, float rstd, size_t C)
{
	float scale = rstd * rstd * rstd * row_dot(dout, in, weight, C) /
	    (float)C;

	STEPS(c, C, backward_lanes(din + c, dweight + c, dout + c, in + c,
	    weight + c, rstd, scale, lanes));
}

/*
 * dweight: each chunk of rows has a sum of its own, and these are added in
 * order, so that threads don't matter.
 */
void
ISA_NAME(rmsnorm_backward)(struct kernels *k, float *din, float *dweight,
    const float *dout, const float *in, const float *weight,
    const float *rstd, size_t T, size_t C)
{
	size_t chunks = (T + CHUNK - 1) / CHUNK;
	float *part = cpu_scratch(k, chunks * C * sizeof(*part) + 1);

#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (T * C > PARALLEL_MIN)
	for (size_t i = 0; i < chunks; i++) {
		size_t end = i * CHUNK + CHUNK < T ? i * CHUNK + CHUNK : T;

		memset(part + i * C, 0, C * sizeof(*part));
		for (size_t t = i * CHUNK; t < end; t++)
			backward_row(din + t * C, part + i * C, dout + t * C,
			    in + t * C, weight, rstd[t], C);
	}
	for (size_t i = 0; i < chunks; i++)
		for (size_t c = 0; c < C; c += LANES)
			vf_store_n(dweight + c,
			    vf_load_n(dweight + c, C - c, 0.0f) +
			    vf_load_n(part + i * C + c, C - c, 0.0f), C - c);
}
