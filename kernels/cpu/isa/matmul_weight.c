/*
 * Gradients of weights and biases: reductions over the rows of a batch, by the
 * tiles of the forward product, whose steps go over the rows.  The rows go by
 * in spans of fixed length, each summed from zero and added to the gradient,
 * so threads change nothing.  Rows of bfloat16 are packed in pairs first;
 * floats are read where they are, but for columns that fill no panel.
 */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/typed.h"
#include "kernels/cpu/isa/units.h"

#define SPAN 512     /* units of rows summed at a time */
#define OUTPUTS 1536 /* rows of dweight packed at a time */
#define TILES 16     /* tiles of dweight's rows in an item */
#define CHUNK 32     /* most units packed at a time, for all columns */
#define AHEAD 12     /* units that are fetched early */
#define SKEW LANES   /* units that keep steps from meeting in the cache */
#define STRIP 8      /* vectors of columns summed at a time for a bias */
/* Multiply-adds below which waking other threads costs more than it brings. */
#define SMALL 200000

struct gradient {
	float *dweight;
	const char *dout, *in;
	enum dtype type;
	size_t N, K;
	size_t n0, n; /* rows of dweight: first, number */
	size_t m0, m; /* rows of the batch */
	size_t units; /* of m rows */
	size_t lda;
	uint32_t *a;  /* [units][lda] */
	uint32_t *b;  /* [panel][units][PANEL] */
};

/* The units of step u, ${count} <= LANES columns from ${column}. */
static inline vu
rows_at(const struct gradient *g, const char *in, size_t ld, size_t u,
    size_t column, size_t count)
{
	size_t size = dtype_bytes(g->type);
	size_t width = panel_width(g->type);
	const char *even = in + ((g->m0 + u * width) * ld + column) * size;
	const char *odd = u * width + 1 < g->m ? even + ld * size : NULL;

	/* Steps apart lie pages apart, which no hardware foresees. */
	__builtin_prefetch(even + AHEAD * width * ld * size);
	if (g->type == DTYPE_BF16)
		__builtin_prefetch(even + (AHEAD * width + 1) * ld * size);
	if (count == LANES)
		return units_rows(even, odd, g->type, g->type, LANES);
	return units_rows(even, odd, g->type, g->type, count);
}

static void
pack_in(const struct gradient *g, size_t from, size_t to, size_t panel)
{
	for (size_t u = from; u < to; u++)
		for (size_t c = 0; c < PANEL; c += LANES) {
			size_t k = panel * PANEL + c;
			size_t left = k < g->K ? g->K - k : 0;
			vu v = {0};

			if (left > 0)
				v = rows_at(g, g->in, g->K, u, k,
				    left < LANES ? left : LANES);
			memcpy(g->b + (panel * g->units + u) * PANEL + c, &v,
			    sizeof(v));
		}
}

static void
pack_dout(const struct gradient *g, size_t from, size_t to)
{
	for (size_t u = from; u < to; u++)
		for (size_t n = 0; n < g->n; n += LANES) {
			size_t left = g->n - n;
			vu v = rows_at(g, g->dout, g->N, u, g->n0 + n,
			    left < LANES ? left : LANES);

			memcpy(g->a + u * g->lda + n, &v, sizeof(v));
		}
}

/* Whether a panel of the input is packed. */
static int
is_packed(const struct gradient *g, size_t panel)
{
	return g->type == DTYPE_BF16 || (panel + 1) * PANEL > g->K;
}

/* sum (rows, PANEL): the tile of rows n … of dweight and a panel. */
static void
tile(const struct gradient *g, float *sum, size_t n, size_t rows, size_t panel)
{
	const void *a = g->a + n;
	const void *b = g->b + panel * g->units * PANEL;
	size_t lda = g->lda * 4, ldb = PANEL_LINE;

	if (g->type == DTYPE_F32) {
		a = g->dout + (g->m0 * g->N + g->n0 + n) * 4;
		lda = g->N * 4;
	}
	if (!is_packed(g, panel)) {
		b = g->in + (g->m0 * g->K + panel * PANEL) * 4;
		ldb = g->K * 4;
	}
	panel_product_columns(sum, a, lda, b, ldb, g->type, rows, g->units);
}

INLINE void
add(float *out, const float *sum, size_t n)
{
	vf_store_n(out, vf_load_n(out, n, 0.0f) + vf_load(sum), n);
}

static void
item(const struct gradient *g, size_t block, size_t panel)
{
	_Alignas(64) float sum[PANEL_ROWS * PANEL];
	size_t column = panel * PANEL, from = block * TILES * PANEL_ROWS;
	size_t columns = g->K - column, to = from + TILES * PANEL_ROWS;

	if (columns > PANEL)
		columns = PANEL;
	if (to > g->n)
		to = g->n;
	for (size_t n = from; n < to; n += PANEL_ROWS) {
		size_t rows = to - n < PANEL_ROWS ? to - n : PANEL_ROWS;
		float *out = g->dweight + (g->n0 + n) * g->K + column;

		for (size_t r = 0; r < rows; r++)
			for (size_t c = 0; c < columns; c += 16)
				__builtin_prefetch(out + r * g->K + c, 1);
		tile(g, sum, n, rows, panel);
		for (size_t r = 0; r < rows; r++)
			STEPS(c, columns, add(out + r * g->K + c,
			    sum + r * PANEL + c, lanes));
	}
}

/* One span of the batch into some rows of dweight. */
static void
add_span(const struct gradient *g, int threads, int fresh)
{
	size_t panels = (g->K + PANEL - 1) / PANEL;
	size_t block = TILES * PANEL_ROWS;
	size_t blocks = (g->n + block - 1) / block;
	size_t chunk = g->units / (4 * (size_t)threads) + 1;

	if (chunk > CHUNK)
		chunk = CHUNK;
#pragma omp parallel num_threads(threads) if (g->m * g->n * g->K > SMALL)
	{
#pragma omp for schedule(dynamic)
		for (size_t u = 0; u < g->units; u += chunk) {
			size_t end = u + chunk;

			if (end > g->units)
				end = g->units;
			if (g->type == DTYPE_BF16)
				pack_dout(g, u, end);
			for (size_t i = 0; i < panels && fresh; i++)
				if (is_packed(g, i))
					pack_in(g, u, end, i);
		}
#pragma omp for schedule(dynamic) collapse(2)
		for (size_t i = 0; i < blocks; i++)
			for (size_t j = 0; j < panels; j++)
				item(g, i, j);
	}
}

void
ISA_NAME(matmul_backward_weight)(struct kernels *k, float *dweight,
    const void *dout, const void *in, enum dtype type, size_t M, size_t N,
    size_t K)
{
	struct gradient g = {.dweight = dweight,
	    .dout = dout,
	    .in = in,
	    .type = type,
	    .N = N,
	    .K = K};
	size_t span = SPAN * panel_width(type);
	size_t outputs = N < OUTPUTS ? N : OUTPUTS;
	size_t columns = (K + PANEL - 1) / PANEL * PANEL;
	size_t units = panel_units(type, M < span ? M : span);

	g.lda = (outputs + LANES - 1) / LANES * LANES + SKEW;
	g.b = cpu_scratch(k, (columns + g.lda) * units * 4);
	g.a = g.b + columns * units;
	for (g.m0 = 0; g.m0 < M; g.m0 += span) {
		g.m = M - g.m0 < span ? M - g.m0 : span;
		g.units = panel_units(type, g.m);
		for (g.n0 = 0; g.n0 < N; g.n0 += OUTPUTS) {
			g.n = N - g.n0 < OUTPUTS ? N - g.n0 : OUTPUTS;
			add_span(&g, k->threads, g.n0 == 0);
		}
	}
}

/* dbias += the column sums of `strip` vectors of columns, `lanes` of each. */
INLINE void
add_columns(float *dbias, const void *dout, enum dtype type, size_t M,
    size_t N, size_t n, size_t strip, size_t lanes)
{
	vf sum[STRIP] = {{0}};

	for (size_t m = 0; m < M; m++)
		for (size_t j = 0; j < strip; j++)
			sum[j] += typed_load(dout, type, m * N + n + j * LANES,
			    lanes);
	for (size_t j = 0; j < strip; j++, n += LANES)
		vf_store_n(dbias + n, vf_load_n(dbias + n, lanes, 0) + sum[j],
		    lanes);
}

INLINE void
add_strip(float *dbias, const void *dout, enum dtype type, size_t M, size_t N,
    size_t n)
{
	if (N - n >= STRIP * LANES) {
		add_columns(dbias, dout, type, M, N, n, STRIP, LANES);
		return;
	}
	for (; n + LANES <= N; n += LANES)
		add_columns(dbias, dout, type, M, N, n, 1, LANES);
	if (n < N)
		add_columns(dbias, dout, type, M, N, n, 1, N - n);
}

void
ISA_NAME(bias_backward)(struct kernels *k, float *dbias, const void *dout,
    enum dtype type, size_t M, size_t N)
{
#pragma omp parallel for schedule(static) \
    num_threads(k->threads) if (M * N > 10000)
	for (size_t n = 0; n < N; n += STRIP * LANES)
		if (type == DTYPE_BF16)
			add_strip(dbias, dout, DTYPE_BF16, M, N, n);
		else
			add_strip(dbias, dout, DTYPE_F32, M, N, n);
}
