/*
 * Packing weights into panels of units (panel.h).  W's rows become columns: a
 * transposition of 32-bit units, four by four in registers.  The transposed
 * form only interleaves pairs of rows.
 */
#include "kernels/cpu/isa/ops.h"
#include "kernels/cpu/isa/units.h"

typedef uint32_t v4 __attribute__((vector_size(16)));
typedef uint16_t h4 __attribute__((vector_size(8)));

#define GROUP 16 /* rows that share a cache line of the panel */
#define CHUNK 16 /* steps of the transposed form packed together */

struct packing {
	uint32_t *out;
	const char *in;
	enum dtype type, in_type;
	size_t N, K, row, end;
	size_t units;
};

size_t
ISA_NAME(packed_bytes)(enum dtype type, size_t N, size_t K)
{
	return (N + PANEL - 1) / PANEL * PANEL * panel_units(type, K) * 4;
}

/* The unit u of row n, zero beyond K. */
static uint32_t
unit(const struct packing *p, size_t n, size_t u)
{
	size_t width = panel_width(p->type), k = u * width;
	size_t size = dtype_bytes(p->in_type);
	const char *at = p->in + ((n - p->row) * p->K + k) * size;

	return units_rows(
	    at, k + 1 < p->K ? at + size : NULL, p->in_type, p->type, 1)[0];
}

static inline v4
round_bf16(v4 u)
{
	v4 r = u + 0x7FFF + ((u >> 16) & 1), q = u | 0x00400000;
	v4 nan = (v4)((u & 0x7FFFFFFF) > 0x7F800000);

	return (r & ~nan) | (q & nan);
}

/* Four units of a row. */
static inline v4
load_units(const char *in, enum dtype type, enum dtype in_type)
{
	v4 a, b, odd;
	h4 h;

	if (type == DTYPE_F32 && in_type == DTYPE_BF16) {
		memcpy(&h, in, sizeof(h));
		return __builtin_convertvector(h, v4) << 16;
	}
	memcpy(&a, in, sizeof(a));
	if (type == in_type)
		return a;
	memcpy(&b, in + sizeof(a), sizeof(b));
	a = round_bf16(a);
	b = round_bf16(b);
	odd = __builtin_shufflevector(a, b, 1, 3, 5, 7);
	a = __builtin_shufflevector(a, b, 0, 2, 4, 6);
	return a >> 16 | (odd & 0xFFFF0000);
}

static inline void
transpose(uint32_t *out, const char *in, size_t ld, enum dtype type,
    enum dtype in_type)
{
	v4 a = load_units(in, type, in_type);
	v4 b = load_units(in + ld, type, in_type);
	v4 c = load_units(in + 2 * ld, type, in_type);
	v4 d = load_units(in + 3 * ld, type, in_type);
	v4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
	v4 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
	v4 AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
	v4 CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
	v4 column[4] = {
	    __builtin_shufflevector(ab, cd, 0, 1, 4, 5),
	    __builtin_shufflevector(ab, cd, 2, 3, 6, 7),
	    __builtin_shufflevector(AB, CD, 0, 1, 4, 5),
	    __builtin_shufflevector(AB, CD, 2, 3, 6, 7),
	};

	for (int i = 0; i < 4; i++)
		memcpy(out + i * PANEL, &column[i], sizeof(v4));
}

/* The rows of one group, as far as they are the caller's. */
static inline __attribute__((always_inline)) void
pack_group(
    const struct packing *p, size_t group, enum dtype type, enum dtype in_type)
{
	size_t width = panel_width(type), size = dtype_bytes(in_type);
	size_t start = group * GROUP, whole = p->K / (4 * width) * 4;

	for (size_t u = 0; u < p->units; u += 4)
		for (size_t n = start; n < start + GROUP; n += 4) {
			uint32_t *out = p->out +
			    (n / PANEL * p->units + u) * PANEL + n % PANEL;
			size_t at = (n - p->row) * p->K + u * width;
			size_t last = u + 4 < p->units ? 4 : p->units - u;

			if (u < whole && n >= p->row && n + 4 <= p->end) {
				transpose(out, p->in + at * size, p->K * size,
				    type, in_type);
				continue;
			}
			for (size_t r = 0; r < 4; r++)
				for (size_t i = 0; i < last; i++)
					if (n + r >= p->row && n + r < p->end)
						out[i * PANEL + r] =
						    unit(p, n + r, u + i);
		}
}

void
ISA_NAME(pack)(struct kernels *k, void *packed, enum dtype type, size_t N,
    size_t K, size_t row, size_t rows, const void *in, enum dtype in_type)
{
	struct packing p = {packed, in, type, in_type, N, K, row, row + rows,
	    panel_units(type, K)};
	size_t groups = (row + rows + GROUP - 1) / GROUP;
	size_t pad = row + rows == N ? -N % PANEL : 0;

#pragma omp parallel for schedule(static) num_threads(k->threads)
	for (size_t g = row / GROUP; g < groups; g++) {
		if (type == DTYPE_F32 && in_type == DTYPE_F32)
			pack_group(&p, g, DTYPE_F32, DTYPE_F32);
		else if (type == DTYPE_F32)
			pack_group(&p, g, DTYPE_F32, DTYPE_BF16);
		else if (in_type == DTYPE_F32)
			pack_group(&p, g, DTYPE_BF16, DTYPE_F32);
		else
			pack_group(&p, g, DTYPE_BF16, DTYPE_BF16);
	}
	for (size_t u = 0; u < p.units && pad > 0; u++)
		memset(p.out + (N / PANEL * p.units + u) * PANEL + N % PANEL, 0,
		    pad * 4);
}

/*
 * Units of one step and panel from the rows n (and n+1 where the type has
 * pairs).  A pair whose other row is not the caller's keeps that half.
 */
static void
pack_step(const struct packing *p, size_t u, size_t panel)
{
	size_t width = panel_width(p->type), n = u * width;
	size_t size = dtype_bytes(p->in_type);
	uint32_t *out = p->out + (panel * p->units + u) * PANEL;
	/* In a pair's unit, the half of a row that another call packs. */
	uint32_t keep = 0;

	if (n < p->row)
		keep = 0x0000FFFF;
	if (width == 2 && n + 1 >= p->end && n + 1 < p->N)
		keep = 0xFFFF0000;
	for (size_t c = 0; c < PANEL; c += LANES) {
		size_t column = panel * PANEL + c, m = 0;
		const char *even = NULL, *odd = NULL;
		vu v, old;

		if (column < p->K)
			m = p->K - column < LANES ? p->K - column : LANES;
		if (m > 0 && n >= p->row)
			even = p->in + ((n - p->row) * p->K + column) * size;
		if (m > 0 && n + 1 < p->end)
			odd = p->in + ((n + 1 - p->row) * p->K + column) * size;
		v = units_rows(even, odd, p->in_type, p->type, m);
		memcpy(&old, out + c, sizeof(old));
		v |= old & keep;
		memcpy(out + c, &v, sizeof(v));
	}
}

void
ISA_NAME(pack_transposed)(struct kernels *k, void *packed, enum dtype type,
    size_t N, size_t K, size_t row, size_t rows, const void *in,
    enum dtype in_type)
{
	struct packing p = {packed, in, type, in_type, N, K, row, row + rows,
	    panel_units(type, N)};
	size_t width = panel_width(type);
	size_t panels = (K + PANEL - 1) / PANEL;
	size_t end = panel_units(type, row + rows);

	/* Whole rows at a time: they are in the cache for all panels. */
#pragma omp parallel for schedule(static) num_threads(k->threads)
	for (size_t start = row / width; start < end; start += CHUNK)
		for (size_t panel = 0; panel < panels; panel++)
			for (size_t u = start; u < start + CHUNK && u < end;
			     u++)
				pack_step(&p, u, panel);
}
