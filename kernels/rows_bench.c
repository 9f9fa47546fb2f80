/*
 * The speed of the row operations at SmolLM2's sizes: milliseconds, billions
 * of elements a second, and GB/s of the tensors read and written once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernels/kernels.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
fill(float *p, size_t n, float scale)
{
	uint64_t seed = 1;

	for (size_t i = 0; i < n; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		p[i] = scale * (float)(int32_t)(seed >> 32) / 2147483648.0f;
	}
}

/* The best of several runs of `call`, over n elements of `bytes` each. */
#define BENCH(label, n, bytes, call) do { \
	double best = 1e9; \
	for (int run = 0; run < 9; run++) { \
		double start = now(), end; \
		call; \
		end = now() - start; \
		best = end < best ? end : best; \
	} \
	printf("%-28s %9.3f ms %7.2f G/s %7.1f GB/s\n", label, best * 1e3, \
	    (double)(n) / best / 1e9, (double)(n) * (bytes) / best / 1e9); \
} while (0)

static void
bench_softmax(struct kernels *k)
{
	enum { R = 64, V = 49152, N = R * V };
	float *logits = k->alloc(k, N * 4), *d = k->alloc(k, N * 4);
	float logprob[R], lse[R], entropy[R], dlogprob[R];
	int32_t target[R], token[R];
	struct draw draw[R];
	struct sampling o = {.temperature = 1, .top_p = 1};

	if (logits == NULL || d == NULL)
		exit(1);
	fill(logits, N, 12);
	for (uint32_t r = 0; r < R; r++) {
		target[r] = (int32_t)r * 7;
		draw[r] = (struct draw){1, 2, r, 3};
		dlogprob[r] = 1;
	}
	BENCH("logprob_forward 64x49152", N, 4, k->logprob_forward(k, logprob,
	    lse, entropy, logits, target, 1, R, V));
	BENCH("logprob_backward f32", N, 8, k->logprob_backward(k, d,
	    DTYPE_F32, dlogprob, logits, lse, target, 1, R, V));
	BENCH("logprob_backward bf16", N, 6, k->logprob_backward(k, d,
	    DTYPE_BF16, dlogprob, logits, lse, target, 1, R, V));
	BENCH("sample 64x49152", N, 4, k->sample(k, token, logprob, logits,
	    NULL, draw, &o, R, V));
	o.top_k = 50;
	BENCH("sample top-k 50", N, 4, k->sample(k, token, logprob, logits,
	    NULL, draw, &o, R, V));
	o.top_k = 0;
	o.top_p = 0.95f;
	BENCH("sample top-p 0.95", N, 4, k->sample(k, token, logprob, logits,
	    NULL, draw, &o, R, V));
	o.top_p = 1;
	o.min_p = 0.05f;
	BENCH("sample min-p 0.05", N, 4, k->sample(k, token, logprob, logits,
	    NULL, draw, &o, R, V));
	o.greedy = 1;
	BENCH("sample greedy", N, 4, k->sample(k, token, logprob, logits,
	    NULL, draw, &o, R, V));
	k->free(k, logits);
	k->free(k, d);
}

static void
bench_rows(struct kernels *k)
{
	enum { T = 2048, C = 576, F = 1536 };
	float *a = k->alloc(k, T * 2 * F * 4), *b = k->alloc(k, T * 2 * F * 4);
	float *c = k->alloc(k, T * 2 * F * 4), *w = k->alloc(k, C * 4);
	float *rstd = k->alloc(k, T * 4), *dw = k->alloc(k, C * 4);
	struct adamw o = {.lr = 1e-3f, .beta1 = 0.9f, .beta2 = 0.999f,
	    .eps = 1e-8f, .gradient_scale = 1, .step = 5};

	if (!a || !b || !c || !w || !rstd || !dw)
		exit(1);
	fill(a, T * F, 2);
	fill(w, C, 1);
	BENCH("rmsnorm_forward 2048x576", T * C, 8, k->rmsnorm_forward(k, b,
	    DTYPE_F32, rstd, a, w, 1e-5f, T, C));
	BENCH("rmsnorm_forward bf16", T * C, 6, k->rmsnorm_forward(k, b,
	    DTYPE_BF16, rstd, a, w, 1e-5f, T, C));
	BENCH("rmsnorm_backward", T * C, 16, k->rmsnorm_backward(k, c, dw, b,
	    a, w, rstd, T, C));
	fill(a, T * 2 * F, 3);
	BENCH("swiglu_forward 2048x1536", T * F, 12, k->swiglu_forward(k, b,
	    a, DTYPE_F32, T, F));
	BENCH("swiglu_backward", T * F, 20, k->swiglu_backward(k, c, b, a,
	    DTYPE_F32, T, F));
	k->convert(k, c, DTYPE_BF16, a, DTYPE_F32, T * 2 * F);
	BENCH("swiglu_forward bf16", T * F, 6, k->swiglu_forward(k, b, c,
	    DTYPE_BF16, T, F));
	BENCH("convert to bf16", T * 2 * F, 6, k->convert(k, c, DTYPE_BF16, a,
	    DTYPE_F32, T * 2 * F));
	BENCH("sum_squares", T * 2 * F, 4, o.step += k->sum_squares(k, a,
	    T * 2 * F) < 0);
	k->zero(k, c, T * 2 * F * 4);
	fill(b, T * F, 1);
	BENCH("adamw_step", T * F, 28, k->adamw_step(k, a, c, c + T * F, b,
	    &o, T * F));
	k->free(k, a);
	k->free(k, b);
	k->free(k, c);
	k->free(k, w);
	k->free(k, rstd);
	k->free(k, dw);
}

int
main(int argc, char **argv)
{
	struct kernels *k = kernels_cpu(argc > 1 ? atoi(argv[1]) : 0);

	if (k == NULL)
		return 69;
	printf("%s, %d threads\n", k->name, k->threads);
	bench_softmax(k);
	bench_rows(k);
	k->close(k);
	return 0;
}
