/* SwiGLU: silu(gate) · up. */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/typed.h"

INLINE void
forward_lanes(void *out, const void *gate, const void *up, enum dtype type,
    size_t f, size_t n)
{
	vf g = typed_load(gate, type, f, n);
	vf u = typed_load(up, type, f, n);

	typed_store(out, type, f, g / (1.0f + vf_exp(-g)) * u, n);
}

INLINE void
forward_row(void *out, const void *gate_up, enum dtype type, size_t F)
{
	const void *up = typed_at(gate_up, type, F);

	STEPS(f, F, forward_lanes(out, gate_up, up, type, f, lanes));
}

void
ISA_NAME(swiglu_forward)(struct kernels *k, void *out, const void *gate_up,
    enum dtype type, size_t T, size_t F)
{
#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (T > 1 && T * F > PARALLEL_MIN)
	for (size_t t = 0; t < T; t++) {
		void *row = typed_at(out, type, t * F);
		const void *in = typed_at(gate_up, type, t * 2 * F);

		if (type == DTYPE_BF16)
			forward_row(row, in, DTYPE_BF16, F);
		else
			forward_row(row, in, DTYPE_F32, F);
	}
}

/* With s = sigmoid(g): dgate = dout·u·s·(1 + g(1 − s)), dup = dout·g·s. */
INLINE void
backward_lanes(void *dgate, void *dup, const float *dout, const void *gate,
    const void *up, enum dtype type, size_t f, size_t n)
{
	vf d = vf_load_n(dout + f, n, 0.0f);
	vf g = typed_load(gate, type, f, n);
	vf u = typed_load(up, type, f, n);
	vf e = vf_exp(-g);
	vf s = 1.0f / (1.0f + e);
	vf ds = d * s;

	typed_store(dgate, type, f, ds * u * (1.0f + g * (e * s)), n);
	typed_store(dup, type, f, ds * g, n);
}

INLINE void
backward_row(void *dgate_up, const float *dout, const void *gate_up,
    enum dtype type, size_t F)
{
	const void *up = typed_at(gate_up, type, F);
	void *dup = typed_at(dgate_up, type, F);

	STEPS(f, F, backward_lanes(dgate_up, dup, dout, gate_up, up, type, f,
	    lanes));
}

void
ISA_NAME(swiglu_backward)(struct kernels *k, void *dgate_up,
    const float *dout, const void *gate_up, enum dtype type, size_t T,
    size_t F)
{
#pragma omp parallel for num_threads(k->threads) schedule(static) \
    if (T > 1 && T * F > PARALLEL_MIN)
	for (size_t t = 0; t < T; t++) {
		void *out = typed_at(dgate_up, type, t * 2 * F);
		const void *in = typed_at(gate_up, type, t * 2 * F);

		if (type == DTYPE_BF16)
			backward_row(out, dout + t * F, in, DTYPE_BF16, F);
		else
			backward_row(out, dout + t * F, in, DTYPE_F32, F);
	}
}
