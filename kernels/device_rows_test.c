/* The CUDA backend's operations on rows and elements against the CPU's. */
#include "kernels/device_test.h"

static const size_t shapes[][2] = {
	{1, 1}, {3, 15}, {2, 64}, {130, 83}, {67, 515}, {9, 1536},
};

static const size_t large[][2] = {
	{4096, 3584}, {1023, 18944}, {3, 151936},
};

static void
norm(struct kernels *k, struct results *r, enum dtype type, size_t T, size_t C)
{
	float *in = device_random(k, DTYPE_F32, T * C, 2, 1);
	float *weight = device_random(k, DTYPE_F32, C, 1, 2);
	float *dout = device_random(k, DTYPE_F32, T * C, 1, 3);
	float *din = device_random(k, DTYPE_F32, T * C, 1, 4);
	float *dweight = device_random(k, DTYPE_F32, C, 1, 5);
	float *rstd = device_unset(k, T * sizeof(*rstd));
	void *out = device_unset(k, T * C * isa_size(type));

	k->rmsnorm_forward(k, out, type, NULL, in, weight, 1e-5f, T, C);
	k->rmsnorm_forward(k, out, type, rstd, in, weight, 1e-5f, T, C);
	k->rmsnorm_backward(k, din, dweight, dout, in, weight, rstd, T, C);
	device_keep(k, r, out, type, T * C);
	device_keep(k, r, rstd, DTYPE_F32, T);
	device_keep(k, r, din, DTYPE_F32, T * C);
	device_keep(k, r, dweight, DTYPE_F32, C);
	k->free(k, in);
	k->free(k, weight);
	k->free(k, dout);
	k->free(k, din);
	k->free(k, dweight);
	k->free(k, rstd);
	k->free(k, out);
}

static void
swiglu(struct kernels *k, struct results *r, enum dtype type, size_t T,
    size_t F)
{
	void *in = device_random(k, type, T * 2 * F, 6, 1);
	float *dout = device_random(k, DTYPE_F32, T * F, 1, 2);
	void *out = device_unset(k, T * F * isa_size(type));
	void *din = device_unset(k, T * 2 * F * isa_size(type));

	k->swiglu_forward(k, out, in, type, T, F);
	k->swiglu_backward(k, din, dout, in, type, T, F);
	device_keep(k, r, out, type, T * F);
	device_keep(k, r, din, type, T * 2 * F);
	k->free(k, in);
	k->free(k, dout);
	k->free(k, out);
	k->free(k, din);
}

/* Tokens that come several times and some that never do. */
static void
embedding(struct kernels *k, struct results *r, enum dtype type, size_t T,
    size_t C)
{
	enum { V = 11 };
	uint32_t *host = isa_alloc(T * sizeof(*host)), *index;
	void *table = device_random(k, type, V * C, 1, 1);
	float *dtable = device_random(k, DTYPE_F32, V * C, 1, 2);
	float *dout = device_random(k, DTYPE_F32, T * C, 1, 3);
	float *out = device_unset(k, T * C * sizeof(*out));
	float *picked = device_unset(k, T * C * sizeof(*picked));

	for (size_t t = 0; t < T; t++)
		host[t] = (uint32_t)(t * t + t / 3) % V;
	index = device_put(k, host, T * sizeof(*host));
	k->embedding_forward(k, out, (const int32_t *)index, table, type, T,
	    C);
	k->embedding_backward(k, dtable, dout, (const int32_t *)index, T, C);
	k->gather(k, picked, dtable, index, T, C);
	device_keep(k, r, out, DTYPE_F32, T * C);
	device_keep(k, r, dtable, DTYPE_F32, V * C);
	device_keep(k, r, picked, DTYPE_F32, T * C);
	free(host);
	k->free(k, index);
	k->free(k, table);
	k->free(k, dtable);
	k->free(k, dout);
	k->free(k, out);
	k->free(k, picked);
}

static void
bias(struct kernels *k, struct results *r, enum dtype type, size_t M, size_t N)
{
	void *dout = device_random(k, type, M * N, 1, 1);
	float *dbias = device_random(k, DTYPE_F32, N, 1, 2);

	k->bias_backward(k, dbias, dout, type, M, N);
	device_keep(k, r, dbias, DTYPE_F32, N);
	k->free(k, dout);
	k->free(k, dbias);
}

/* To and fro, from the device's memory and from the host's. */
static void
convert(struct kernels *k, struct results *r, enum dtype type, size_t T,
    size_t C)
{
	size_t n = T * C;
	float *host = isa_random(n, 3, 1);
	void *in = device_put(k, host, n * sizeof(*host));
	void *typed = device_unset(k, n * isa_size(type));
	float *out = device_unset(k, n * sizeof(*out));

	k->convert(k, typed, type, in, DTYPE_F32, n);
	device_keep(k, r, typed, type, n);
	k->convert(k, out, DTYPE_F32, typed, type, n);
	device_keep(k, r, out, DTYPE_F32, n);
	k->zero(k, typed, n * isa_size(type));
	k->convert(k, typed, type, host, DTYPE_F32, n);
	device_keep(k, r, typed, type, n);
	k->copy(k, out, in, n * sizeof(*out));
	device_keep(k, r, out, DTYPE_F32, n);
	free(host);
	k->free(k, in);
	k->free(k, typed);
	k->free(k, out);
}

static void
optimiser(struct kernels *k, struct results *r, enum dtype type, size_t T,
    size_t C)
{
	size_t n = T * C;
	float *master = device_random(k, DTYPE_F32, n, 1, 1);
	float *m = device_random(k, DTYPE_F32, n, 1, 2);
	float *v = device_random(k, DTYPE_F32, n, 1, 3), norm;
	float *gradient = device_random(k, DTYPE_F32, n, 1, 4);
	struct adamw o = {1e-2f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.5f, 3, n / 2};

	(void)type;
	k->copy(k, v, gradient, n * sizeof(*v));
	norm = (float)k->sum_squares(k, gradient, n);
	k->adamw_step(k, master, m, m, gradient, &o, 0);
	k->zero(k, v, n * sizeof(*v));
	k->adamw_step(k, master, m, v, gradient, &o, n);
	device_keep(k, r, master, DTYPE_F32, n);
	device_keep(k, r, m, DTYPE_F32, n);
	device_keep(k, r, v, DTYPE_F32, n);
	device_keep(k, r, gradient, DTYPE_F32, n);
	k->upload(k, v, &norm, sizeof(norm));
	device_keep(k, r, v, DTYPE_F32, 1);
	k->free(k, master);
	k->free(k, m);
	k->free(k, v);
	k->free(k, gradient);
}

/* The same as host memory of the device's kind. */
static float *
host_copy(struct kernels *k, const float *x, size_t bytes)
{
	float *p = k->alloc_host(k, bytes);

	assert_non_null(p);
	memcpy(p, x, bytes);
	return p;
}

/* State in the host's memory, then the gradient too: the same bits. */
static void
offloaded(struct kernels *k, struct results *r, enum dtype type, size_t T,
    size_t C)
{
	size_t n = T * C, bytes = n * sizeof(float);
	struct adamw o = {1e-2f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.5f, 3, n / 2};
	float *state[3][3], *back = isa_random(n, 1, 4);
	float *gradient[2] = {device_put(k, back, bytes),
	    device_put(k, back, bytes)}, *third = host_copy(k, back, bytes);

	(void)type;
	assert_true(k->sum_squares(k, third, n) ==
	    k->sum_squares(k, gradient[0], n));
	for (size_t j = 0; j < 3; j++) {
		float *x = isa_random(n, 1, j + 1);

		for (size_t i = 0; i < n && j == 2; i++)
			x[i] *= x[i];
		state[0][j] = device_put(k, x, bytes);
		state[1][j] = host_copy(k, x, bytes);
		state[2][j] = host_copy(k, x, bytes);
		free(x);
	}
	for (size_t i = 0; i < 3; i++)
		k->adamw_step(k, state[i][0], state[i][1], state[i][2],
		    i < 2 ? gradient[i] : third, &o, n);
	for (size_t i = 0; i < 2; i++) {
		device_keep(k, r, gradient[i], DTYPE_F32, n);
		k->free(k, gradient[i]);
	}
	for (size_t j = 0; j < 3; j++) {
		k->download(k, back, state[0][j], bytes);
		assert_memory_equal(state[1][j], back, bytes);
		assert_memory_equal(state[2][j], back, bytes);
		device_keep(k, r, state[0][j], DTYPE_F32, n);
		k->free(k, state[0][j]);
		k->free_host(k, state[1][j]);
		k->free_host(k, state[2][j]);
	}
	k->free_host(k, third);
	k->free_host(k, NULL);
	free(back);
}

static void
test_rows(void **state)
{
	DEVICE_COMPARE(*state, norm, shapes);
	DEVICE_COMPARE_LARGE(*state, norm, large);
	DEVICE_COMPARE(*state, swiglu, shapes);
	DEVICE_COMPARE_LARGE(*state, swiglu, large);
	DEVICE_COMPARE(*state, embedding, shapes);
	DEVICE_COMPARE_LARGE(*state, embedding, large);
	DEVICE_COMPARE(*state, bias, shapes);
	DEVICE_COMPARE_LARGE(*state, bias, large);
}

static void
test_elements(void **state)
{
	DEVICE_COMPARE(*state, convert, shapes);
	DEVICE_COMPARE_LARGE(*state, convert, large);
	DEVICE_COMPARE(*state, optimiser, shapes);
	DEVICE_COMPARE_LARGE(*state, optimiser, large);
	DEVICE_COMPARE(*state, offloaded, shapes);
	DEVICE_COMPARE_LARGE(*state, offloaded, large);
}

int
main(void)
{
	struct kernels *k = device_open();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_rows, k),
		cmocka_unit_test_prestate(test_elements, k),
	};

	DEVICE_MAIN(k, tests);
}
