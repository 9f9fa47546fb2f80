/*
 * out = in · Wᵀ + bias + addend over a packed weight.  The work is parts, a
 * tile of rows times a panel of columns, in an order in which neighbours share
 * the panel; threads take equal runs of parts.  No cut changes the order of an
 * element's additions.
 */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/panel.h"
#include "kernels/cpu/isa/typed.h"

/*
 * Tiles of rows in a block: their inputs stay in the second-level cache while
 * the panels go by.
 */
#define BLOCK 32
/*
 * Bytes of a panel that are gone through at a time, by the same reason.  The
 * value is part of the order of additions: each such piece of K is summed from
 * zero, and the pieces are added in order.
 */
#define PANEL_BYTES (256 * 1024)
/* Runs a thread takes of a large product, so that a slow one takes fewer. */
#define RUNS 8
/* Multiply-adds below which waking other threads costs more than it brings. */
#define SMALL 200000

/* Bytes that a single tile fetches ahead of its own reads. */
#define AHEAD 8192

struct product {
	void *out;
	enum dtype out_type, type;
	const char *in, *packed;
	const float *bias, *addend;
	size_t M, N, K;
	size_t tiles; /* of rows */
	size_t blocks, panels;
};

INLINE void
store(const struct product *p, size_t row, size_t column, const float *sum,
    size_t n)
{
	size_t at = row * p->N + column;
	vf v = vf_load(sum);

	if (p->bias != NULL)
		v += vf_load_n(p->bias + column, n, 0.0f);
	if (p->addend != NULL)
		v += vf_load_n(p->addend + at, n, 0.0f);
	typed_store(p->out, p->out_type, at, v, n);
}

/* The rows of a tile, evenly, so that none is nearly empty. */
static size_t
first_row(const struct product *p, size_t tile)
{
	return p->M * tile / p->tiles;
}

/*
 * The bytes behind a panel are the ones that are read next: the first two
 * tiles fetch half of them each, so that the memory is never idle.
 */
static void
tile(const struct product *p, float *sum, size_t t, size_t i, size_t tiles,
    size_t k, size_t n, const char *b)
{
	size_t row = first_row(p, t), rows = first_row(p, t + 1) - row;
	size_t size = dtype_bytes(p->type), units = panel_units(p->type, n);
	size_t pace = tiles == 1 ? PANEL_LINE : PANEL_LINE / 2;
	const char *soon = b + AHEAD;
	/* Long sums are of partial ones: small terms would be lost in them. */
	_Alignas(64) float part[PANEL_ROWS * PANEL];

	if (tiles > 1)
		soon = b + units * (PANEL_LINE + i * pace);
	if (i > 1) {
		soon = b;
		pace = 0;
	}
	if (k == 0) {
		panel_product(sum, 1, p->in + row * p->K * size, p->K * size,
		    b, p->type, rows, n, soon, pace);
		return;
	}
	panel_product(part, 1, p->in + (row * p->K + k) * size, p->K * size,
	    b, p->type, rows, n, soon, pace);
	for (size_t j = 0; j < rows * PANEL; j++)
		sum[j] += part[j];
}

/* Tiles from … to-1 times a panel. */
static void
item(const struct product *p, size_t panel, size_t from, size_t to)
{
	_Alignas(64) float sums[BLOCK * PANEL_ROWS * PANEL];
	size_t step = PANEL_BYTES / PANEL / dtype_bytes(p->type);
	size_t column = panel * PANEL;
	size_t columns = p->N - column < PANEL ? p->N - column : PANEL;
	const char *b =
	    p->packed + panel * panel_units(p->type, p->K) * PANEL_LINE;

	for (size_t k = 0; k < p->K || k == 0; k += step) {
		int last = k + step >= p->K;
		size_t n = last ? p->K - k : step;

		for (size_t t = from; t < to; t++) {
			/* Sums that end here need no place of their own. */
			float *sum = sums +
			    (k == 0 && last ? 0
					    : (t - from) * PANEL_ROWS * PANEL);
			size_t row = first_row(p, t);
			size_t rows = first_row(p, t + 1) - row;

			tile(p, sum, t, t - from, to - from, k, n,
			    b + panel_units(p->type, k) * PANEL_LINE);
			for (size_t r = 0; r < rows && last; r++)
				STEPS(c, columns, store(p, row + r, column + c,
				    sum + r * PANEL + c, lanes));
		}
	}
}

/* Parts from … to-1: blocks of tiles, in them panels, in them tiles. */
static void
run(const struct product *p, size_t from, size_t to)
{
	for (size_t i = 0; i < p->blocks; i++) {
		size_t first = p->tiles * i / p->blocks;
		size_t tiles = p->tiles * (i + 1) / p->blocks - first;
		size_t end = (first + tiles) * p->panels;

		while (from < to && from < end) {
			size_t at = from - first * p->panels;
			size_t t = at % tiles, n = tiles - t;

			if (n > to - from)
				n = to - from;
			item(p, at / tiles, first + t, first + t + n);
			from += n;
		}
	}
}

void
ISA_NAME(matmul)(struct kernels *k, void *out, enum dtype out_type,
    const void *in, const void *packed, const float *bias,
    const float *addend, enum dtype type, size_t M, size_t N, size_t K)
{
	struct product p = {out, out_type, type, in, packed, bias, addend, M,
	    N, K, (M + PANEL_ROWS - 1) / PANEL_ROWS, 0, 0};
	size_t threads = k->threads, runs = threads, parts;

	if (M == 0 || N == 0)
		return;
	p.panels = (N + PANEL - 1) / PANEL;
	p.blocks = (p.tiles + BLOCK - 1) / BLOCK;
	parts = p.tiles * p.panels;
	if (p.blocks > 1)
		runs *= RUNS;
#pragma omp parallel for schedule(dynamic) num_threads(threads) \
    if (threads > 1 && parts > 1 && M * N * K > SMALL)
	for (size_t i = 0; i < runs; i++)
		run(&p, parts * i / runs, parts * (i + 1) / runs);
}

void
ISA_NAME(matmul_backward_input)(struct kernels *k, float *din,
    const void *dout, const void *packed, enum dtype type, size_t M, size_t N,
    size_t K)
{
	ISA_NAME(matmul)(k, din, DTYPE_F32, dout, packed, NULL, NULL, type, M,
	    K, N);
}
