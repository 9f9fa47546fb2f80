/* The parts of attention's backward: the cut, and the sum at the end. */
#include "kernels/cpu/isa/parts.h"

/*
 * Rows of a part.  Fewer would make more tasks for many threads, but each has
 * a prefix's keys and values to write and to add.
 */
#define PART_ROWS 512

/* Positions whose sums are one task. */
#define STRIPE 16

static size_t
sequence_rows(const struct batch *b, size_t s)
{
	return b->start[s + 1] - b->start[s];
}

/* How many siblings from s on, one after another, fit in a part. */
static size_t
siblings(const struct batch *b, size_t s)
{
	size_t n = 1, rows = sequence_rows(b, s);

	if (b->first[s] == 0)
		return 1;
	for (; s + n < b->sequences; n++) {
		rows += sequence_rows(b, s + n);
		if (rows > PART_ROWS || b->parent[s + n] != b->parent[s])
			break;
	}
	return n;
}

size_t
ISA_NAME(parts_cut)(struct part *parts, size_t *floats,
    const struct attention_shape *a, const struct batch *b)
{
	size_t n = 0;

	*floats = 0;
	for (size_t s = 0; s < b->sequences; ) {
		size_t next = s + siblings(b, s), begin = 0;

		do {
			struct part p = {s, next - s, begin,
			    begin + PART_ROWS, b->first[s] + begin, *floats};

			if (parts != NULL)
				parts[n] = p;
			n++;
			*floats += p.prefix * a->kv_heads * 2 * a->head_dim;
			begin = p.end;
		} while (begin < sequence_rows(b, s));
		s = next;
	}
	return n;
}

/* The row of position p for sequence s: its own or an ancestor's. */
static size_t
owner_row(const struct batch *b, size_t s, size_t p)
{
	while (p < b->first[s])
		s = b->parent[s];
	return b->start[s] + p - b->first[s];
}

/* Add the gradients of key and value head g at positions p … end-1. */
static void
add_stripe(float *dqkv, const float *in, const struct part *part, size_t g,
    size_t p, size_t end, const struct attention_shape *a,
    const struct batch *b)
{
	size_t D = a->head_dim, H = a->heads, G = a->kv_heads;

	for (; p < end; p++) {
		const float *dk = in + (g * part->prefix + p) * 2 * D;
		float *out = dqkv + (owner_row(b, part->s, p) * (H + 2 * G) +
		    H + g) * D;

		for (size_t d = 0; d < D; d++) {
			out[d] += dk[d];
			out[G * D + d] += dk[D + d];
		}
	}
}

void
ISA_NAME(parts_add)(struct kernels *k, float *dqkv, const float *floats,
    const struct part *parts, size_t n, const struct attention_shape *a,
    const struct batch *b)
{
	size_t longest = 0;

	for (size_t i = 0; i < n; i++)
		if (parts[i].prefix > longest)
			longest = parts[i].prefix;
#pragma omp parallel for collapse(2) schedule(dynamic) num_threads(k->threads)
	for (size_t g = 0; g < a->kv_heads; g++) {
		for (size_t p = 0; p < longest; p += STRIPE) {
			for (size_t i = 0; i < n; i++) {
				size_t end = p + STRIPE;

				if (end > parts[i].prefix)
					end = parts[i].prefix;
				add_stripe(dqkv, floats + parts[i].at,
				    &parts[i], g, p, end, a, b);
			}
		}
	}
}
