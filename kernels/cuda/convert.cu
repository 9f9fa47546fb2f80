/* Between types, and weights into the form in which matmul reads them. */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/element.h"

#define THREADS 256
#define STAGE ((size_t)32 << 20) /* bytes of host memory at a time */

struct conversion {
	void *out;
	enum dtype out_type;
	const void *in;
	enum dtype in_type;
	size_t n;
};

KERNEL(convert, conversion)
{
	EACH(i, a.n)
		element_store(a.out, a.out_type, i,
		    element_load(a.in, a.in_type, i));
}

static void
run(struct kernels *k, void *out, enum dtype out_type, const void *in,
    enum dtype in_type, size_t n)
{
	struct conversion a = {out, out_type, in, in_type, n};

	if (out_type == in_type)
		runtime_copy(k, out, in, n * dtype_bytes(in_type));
	else
		LAUNCH(k, convert, a, cuda_blocks(k, n, THREADS), 1, 1,
		    THREADS, 0);
}

/* Host memory, of another type than out's, comes by way of the scratch. */
void
cuda_convert(struct kernels *k, void *out, enum dtype out_type, const void *in,
    enum dtype in_type, size_t n)
{
	size_t bytes = dtype_bytes(in_type), step = STAGE / bytes;
	void *stage;

	if (n == 0)
		return;
	if (runtime_on_device(in)) {
		run(k, out, out_type, in, in_type, n);
		return;
	}
	if (out_type == in_type) {
		cuda_upload(k, out, in, n * bytes);
		return;
	}
	stage = cuda_scratch(k, (n < step ? n : step) * bytes);
	for (size_t i = 0; i < n; i += step) {
		size_t m = n - i < step ? n - i : step;

		cuda_upload(k, stage, (const char *)in + i * bytes,
		    m * bytes);
		run(k, (char *)out + i * dtype_bytes(out_type), out_type,
		    stage, in_type, m);
	}
}

/* The library reads weights as they are, (N, K). */
size_t
cuda_packed_bytes(enum dtype type, size_t N, size_t K)
{
	return N * K * dtype_bytes(type);
}

void
cuda_pack(struct kernels *k, void *packed, enum dtype type, size_t N, size_t K,
    size_t row, size_t rows, const void *in, enum dtype in_type)
{
	(void)N;
	cuda_convert(k, (char *)packed + row * K * dtype_bytes(type), type,
	    in, in_type, rows * K);
}
