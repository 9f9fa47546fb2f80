/* Conversion between the two types, and Σ x². */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/typed.h"

#define CHUNK 16384

INLINE void
convert_chunk(void *out, enum dtype out_type, const void *in,
    enum dtype in_type, size_t i, size_t end)
{
	for (; i < end; i += LANES)
		typed_store(out, out_type, i,
		    typed_load(in, in_type, i, end - i), end - i);
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
		size_t end = n - i > CHUNK ? i + CHUNK : n;

		if (out_type == in_type)
			memcpy(typed_at(out, out_type, i),
			    typed_at(in, in_type, i),
			    (end - i) * (in_type == DTYPE_BF16 ? 2 : 4));
		else if (out_type == DTYPE_BF16)
			convert_chunk(out, DTYPE_BF16, in, DTYPE_F32, i, end);
		else
			convert_chunk(out, DTYPE_F32, in, DTYPE_BF16, i, end);
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
