#ifndef KERNELS_DEVICE_TEST_H
#define KERNELS_DEVICE_TEST_H

/*
 * What the tests of the CUDA backend share: an operation is run by the CPU's
 * backend and by the other, which is the emulated GPU or, with EMPG_CHECK_CUDA
 * set (make check-cuda), the GPU of that number; results are to be near.  Large
 * shapes are a GPU's, unless EMPG_CHECK_SMALL is set (the sanitizer's).
 */
#include "kernels/isa_test.h"

#include "kernels/cuda/emulate.h"

struct results {
	float *v[8];
	size_t n[8];
	size_t count;
};

/* NULL: skipped, the reason is printed. */
static inline struct kernels *
device_open(void)
{
	const char *number = getenv("EMPG_CHECK_CUDA");
	struct kernels *k;
	char why[256];

	if (number == NULL)
		return kernels_emulated();
	k = kernels_cuda(atoi(number), why, sizeof(why));
	if (k == NULL)
		printf("1..0 # SKIP %s\n", why);
	return k;
}

static inline int
device_emulated(void)
{
	return getenv("EMPG_CHECK_CUDA") == NULL;
}

static inline int
device_large(void)
{
	return !device_emulated() && getenv("EMPG_CHECK_SMALL") == NULL;
}

static inline void *
device_put(struct kernels *k, const void *host, size_t bytes)
{
	void *p = k->alloc(k, bytes);

	assert_non_null(p);
	k->upload(k, p, host, bytes);
	return p;
}

/* n random elements of `type` in [-scale, scale). */
static inline void *
device_random(struct kernels *k, enum dtype type, size_t n, float scale,
    uint64_t seed)
{
	float *f = isa_random(n, scale, seed);
	void *typed = isa_typed(f, type, n);
	void *p = device_put(k, typed, n * isa_size(type));

	free(f);
	free(typed);
	return p;
}

/* Memory that is NaN wherever nothing is written. */
static inline void *
device_unset(struct kernels *k, size_t bytes)
{
	void *host = isa_unset(bytes);
	void *p = device_put(k, host, bytes);

	free(host);
	return p;
}

/* Note n elements of p as the next result. */
static inline void
device_keep(struct kernels *k, struct results *r, const void *p,
    enum dtype type, size_t n)
{
	void *host = isa_alloc(n * isa_size(type));
	float *v = isa_alloc(n * sizeof(*v));

	k->download(k, host, p, n * isa_size(type));
	for (size_t i = 0; i < n; i++)
		v[i] = isa_get(host, type, i);
	free(host);
	r->v[r->count] = v;
	r->n[r->count++] = n;
}

static inline void
device_forget(struct results *r)
{
	while (r->count > 0)
		free(r->v[--r->count]);
}

/* Σ (got − want)² / Σ want² of every result is at most ${limit}. */
static inline void
device_near(const struct results *got, const struct results *want,
    double limit, const char *what)
{
	assert_int_equal(got->count, want->count);
	for (size_t j = 0; j < got->count; j++) {
		double error = 0, all = 1e-30;

		assert_int_equal(got->n[j], want->n[j]);
		for (size_t i = 0; i < got->n[j]; i++) {
			double w = want->v[j][i], d = got->v[j][i] - w;

			error += d * d;
			all += w * w;
		}
		if (!(error <= limit * all))
			fail_msg("%s: result %zu (%zu): NMSE %g > %g", what, j,
			    got->n[j], error / all, limit);
	}
}

static inline void
device_equal(const struct results *a, const struct results *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t j = 0; j < a->count; j++) {
		assert_int_equal(a->n[j], b->n[j]);
		assert_memory_equal(a->v[j], b->v[j], a->n[j] * sizeof(float));
	}
}

/* The issue's: fp32 sums in other orders, and bfloat16's 8 bits. */
static inline double
device_limit(enum dtype type)
{
	return type == DTYPE_BF16 ? 5e-4 : 1e-9;
}

/* An operation on (T, C), noting its results. */
typedef void device_run(struct kernels *k, struct results *r, enum dtype type,
    size_t T, size_t C);

/* Both backends on each shape and type; the device twice, to the same bits. */
static inline void
device_compare(struct kernels *gpu, device_run *run, const char *what,
    const size_t (*shapes)[2], size_t n)
{
	struct kernels *cpu;

	unsetenv("EMPG_ISA");
	cpu = kernels_cpu(1);
	assert_non_null(cpu);
	for (size_t i = 0; i < n; i++)
		for (int bf16 = 0; bf16 < 2; bf16++) {
			enum dtype type = bf16 ? DTYPE_BF16 : DTYPE_F32;
			struct results a = {0}, b = {0}, c = {0};

			run(gpu, &a, type, shapes[i][0], shapes[i][1]);
			run(gpu, &b, type, shapes[i][0], shapes[i][1]);
			run(cpu, &c, type, shapes[i][0], shapes[i][1]);
			device_equal(&a, &b);
			device_near(&a, &c, device_limit(type), what);
			device_forget(&a);
			device_forget(&b);
			device_forget(&c);
		}
	cpu->close(cpu);
}

/* Run the tests, whose state is the backend; none where there is none. */
#define DEVICE_MAIN(k, tests) do {					\
	int failed;							\
									\
	if ((k) == NULL)						\
		return 0;						\
	cmocka_set_message_output(CM_OUTPUT_TAP);			\
	failed = cmocka_run_group_tests(tests, NULL, NULL);		\
	(k)->close(k);							\
	return failed;							\
} while (0)

#define DEVICE_COMPARE(k, run, shapes) \
	device_compare(k, run, #run, shapes, \
	    sizeof(shapes) / sizeof(shapes[0]))

#define DEVICE_COMPARE_LARGE(k, run, shapes) do { \
	if (device_large()) \
		DEVICE_COMPARE(k, run, shapes); \
} while (0)

#endif
