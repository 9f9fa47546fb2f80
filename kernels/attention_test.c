/*
 * Attention against a reference in double precision, and its gradient against
 * finite differences of that.
 */
#include "kernels/attention_world.h"

/* Softmax weights of row t (in its sequence), head h; returns their lse. */
static double
reference_weights(const struct world *w, const double *x, size_t t, size_t h,
    double *p)
{
	size_t D = w->a.head_dim, H = w->a.heads, g = h * w->a.kv_heads / H;
	double max = -INFINITY, sum = 0;

	for (size_t j = 0; j <= t; j++) {
		p[j] = 0;
		for (size_t d = 0; d < D; d++)
			p[j] += x[t * w->width + h * D + d] *
			    x[j * w->width + (H + g) * D + d];
		p[j] /= sqrt((double)D);
		max = fmax(max, p[j]);
	}
	for (size_t j = 0; j <= t; j++)
		sum += p[j] = exp(p[j] - max);
	for (size_t j = 0; j <= t; j++)
		p[j] /= sum;
	return max + log(sum);
}

/*
 * One sequence x (n, width): out (n, H·D), lse (n, H), and with dout (n, H·D)
 * dx (n, width), zero before.  Returns Σ dout·out.
 */
static double
reference(const struct world *w, double *out, double *lse, double *dx,
    const double *x, const double *dout, size_t n)
{
	size_t D = w->a.head_dim, H = w->a.heads, G = w->a.kv_heads;
	double *p = calloc(2 * n, sizeof(*p)), *dp = p + n, total = 0;

	for (size_t i = 0; i < n * H; i++) {
		size_t t = i / H, h = i % H, g = h * G / H;
		const double *k = x + (H + g) * D, *v = k + G * D;
		double sum = 0;

		lse[i] = reference_weights(w, x, t, h, p);
		for (size_t d = 0; d < D; d++)
			out[i * D + d] = 0;
		for (size_t j = 0; j <= t; j++) {
			dp[j] = 0;
			for (size_t d = 0; d < D; d++) {
				double o = dout[i * D + d];

				out[i * D + d] += p[j] * v[j * w->width + d];
				dp[j] += o * v[j * w->width + d];
				if (dx != NULL)
					dx[j * w->width + (H + G + g) * D +
					    d] += p[j] * o;
			}
			sum += p[j] * dp[j];
		}
		total += sum;
		for (size_t j = 0; j <= t && dx != NULL; j++) {
			double ds = p[j] * (dp[j] - sum) / sqrt((double)D);

			for (size_t d = 0; d < D; d++) {
				dx[t * w->width + h * D + d] +=
				    ds * k[j * w->width + d];
				dx[j * w->width + (H + g) * D + d] +=
				    ds * x[t * w->width + h * D + d];
			}
		}
	}
	free(p);
	return total;
}

static void
near(const float *got, const double *want, size_t n, double tolerance)
{
	for (size_t i = 0; i < n; i++)
		if (!(fabs(got[i] - want[i]) <=
		    tolerance * (1 + fabs(want[i]))))
			fail_msg("element %zu of %zu: %.9g, not %.9g", i, n,
			    got[i], want[i]);
}

static double *
doubles(const float *in, size_t n)
{
	double *out = calloc(n, sizeof(*out));

	for (size_t i = 0; in != NULL && i < n; i++)
		out[i] = in[i];
	return out;
}

/*
 * fp32: rounding of sums of up to 256 products.  bfloat16: out has 8 bits and
 * goes into Δ; lse stays fp32 as the inputs are exact.
 */
static void
check_reference(struct kernels *k, struct world *w)
{
	double tolerance = w->type == DTYPE_BF16 ? 0x1p-7 : 2e-5;
	size_t HD = w->a.heads * w->a.head_dim, H = w->a.heads;
	struct result *r = result_new(w);
	float *dout = malloc(w->rows * HD * sizeof(float));

	for (size_t i = 0; i < w->rows * HD; i++)
		dout[i] = uniform(&w->state);
	run(k, w, r, whole, 1, dout);
	for (size_t s = 0; s < w->sequences; s++) {
		size_t n = w->length[s], at = w->offset[s];
		double *x = doubles(w->qkv + at * w->width, n * w->width);
		double *d = doubles(dout + at * HD, n * HD);
		double *dx = doubles(NULL, n * w->width);
		double *out = doubles(NULL, n * HD);
		double *lse = doubles(NULL, n * H);

		reference(w, out, lse, dx, x, d, n);
		near(r->out + at * HD, out, n * HD, tolerance);
		near(r->lse + at * H, lse, n * H, 2e-5);
		near(r->dqkv + at * w->width, dx, n * w->width,
		    4 * tolerance);
		free(x);
		free(d);
		free(dx);
		free(out);
		free(lse);
	}
	free(dout);
	result_free(r);
}

/* The reference's own gradient, by central differences. */
static void
test_differences(void **state)
{
	static const size_t length[] = {7};
	const double h = 1e-5;
	struct world *w = world_new(DTYPE_F32, 4, 2, 6, length, 1);
	size_t n = w->rows * w->width, m = w->rows * 24;
	double *x = doubles(w->qkv, n), *dx = doubles(NULL, n);
	double *out = doubles(NULL, m), *lse = doubles(NULL, m);
	double *dout = doubles(NULL, m);

	(void)state;
	for (size_t i = 0; i < m; i++)
		dout[i] = uniform(&w->state);
	reference(w, out, lse, dx, x, dout, 7);
	for (size_t i = 0; i < n; i++) {
		double was = x[i], up, down;

		x[i] = was + h;
		up = reference(w, out, lse, NULL, x, dout, 7);
		x[i] = was - h;
		down = reference(w, out, lse, NULL, x, dout, 7);
		x[i] = was;
		assert_true(fabs((up - down) / (2 * h) - dx[i]) < 1e-7);
	}
	free(x);
	free(dx);
	free(out);
	free(lse);
	free(dout);
	world_free(w);
}

static void
test_reference(void **state)
{
	static const size_t length[] = {1, 64, 13, 65, 150};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		each_isa(check_reference, *(enum dtype *)*state, shapes[i].H,
		    shapes[i].G, shapes[i].D, length, 5);
}

int
main(void)
{
	static enum dtype f32 = DTYPE_F32, half = DTYPE_BF16;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differences),
		{"test_reference f32", test_reference, NULL, NULL, &f32},
		{"test_reference bf16", test_reference, NULL, NULL, &half},
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
