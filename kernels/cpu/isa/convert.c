/* Conversion between the two types, and Σ x². */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/typed.h"

#define CHUNK 16384

INLINE void
convert_chunk(void *out, enum dtype out_type, const void *in,
    enum dtype in_type, size_t n)
{
	STEPS(i, n, typed_store(out, out_type, i,
	    typed_load(in, in_type, i, lanes), lanes));
}

void
ISA_NAME(convert)(struct kernels *k, void *out, enum dtype out_type,
    const void *in, enum dtype in_type, size_t n)
{
	size_t chunks = (n + CHUNK - 1) / CHUNK;

#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (n > PARALLEL_MIN * 4)
	for (size_t c = 0; c < chunks; c++) {
		size_t i = c * CHUNK;
		size_t m = n - i > CHUNK ? CHUNK : n - i;
		void *to = typed_at(out, out_type, i);
		const void *from = typed_at(in, in_type, i);

		if (out_type == in_type)
			memcpy(to, from, m * (in_type == DTYPE_BF16 ? 2 : 4));
		else if (out_type == DTYPE_BF16)
			convert_chunk(to, DTYPE_BF16, from, DTYPE_F32, m);
		else
			convert_chunk(to, DTYPE_F32, from, DTYPE_BF16, m);
	}
}

/* One partial sum a lane; a chunk's sum depends on nothing but the chunk. */
static double
squares(const float *in, size_t n)
{
	double sum[LANES] = {0};
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (size_t l = 0; l < LANES; l++)
			sum[l] += (double)in[i + l] * in[i + l];
	for (; i < n; i++)
		sum[i % LANES] += (double)in[i] * in[i];
	for (size_t l = 1; l < LANES; l++)
		sum[0] += sum[l];
	return sum[0];
}

double
ISA_NAME(sum_squares)(struct kernels *k, const float *in, size_t n)
{
	size_t chunks = (n + CHUNK - 1) / CHUNK;
	double *part = cpu_scratch(k, (chunks + 1) * sizeof(*part));
	double sum = 0;

#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (n > PARALLEL_MIN * 4)
	for (size_t c = 0; c < chunks; c++) {
		size_t i = c * CHUNK;

		part[c] = squares(in + i, n - i > CHUNK ? CHUNK : n - i);
	}
	for (size_t c = 0; c < chunks; c++)
		sum += part[c];
	return sum;
}
