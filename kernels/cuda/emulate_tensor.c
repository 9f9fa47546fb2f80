/* The emulated GPU's tensor cores, and copies to shared memory (tensorcore). */
#include "kernels/cuda/emulate.h"

#include <stdio.h>
#include <stdlib.h>

#define LANES 32
#define THREADS 256
#define COPIES 256 /* a thread's */
#define COPY 16 /* bytes */

static float
widen(uint32_t word, size_t half)
{
	uint32_t u = half == 0 ? word << 16 : word & 0xFFFF0000;
	float x;

	memcpy(&x, &u, sizeof(x));
	return x;
}

/* Element (row, k) of a. */
static float
left(const struct emulate_shown *warp, size_t row, size_t k)
{
	const uint32_t *a = warp[row % 8 * 4 + k % 8 / 2].words;

	return widen(a[row / 8 + k / 8 * 2], k % 2);
}

/* Element (k, column) of b. */
static float
right(const struct emulate_shown *warp, size_t k, size_t column)
{
	const uint32_t *b = warp[column * 4 + k % 8 / 2].words + 4;

	return widen(b[k / 8], k % 2);
}

void
emulate_multiply(float c[4], const uint32_t a[4], const uint32_t b[2],
    const char *file, int line)
{
	struct emulate_shown mine = {.words = {a[0], a[1], a[2], a[3], b[0],
	    b[1]}};
	const struct emulate_shown *warp = emulate_show(&mine, file, line);
	size_t lane = emulate.thread.x % LANES;

	for (size_t i = 0; i < 4; i++) {
		size_t row = lane / 4 + i / 2 * 8;
		size_t column = lane % 4 * 2 + i % 2;
		float sum = 0;

		for (size_t k = 0; k < 16; k++)
			sum += left(warp, row, k) * right(warp, k, column);
		c[i] += sum;
	}
}

void
emulate_load(uint32_t out[4], const void *row, int transposed,
    const char *file, int line)
{
	struct emulate_shown mine = {.p = row};
	const struct emulate_shown *warp = emulate_show(&mine, file, line);
	size_t lane = emulate.thread.x % LANES, g = lane / 4, t = lane % 4;

	for (size_t i = 0; i < 4; i++) {
		uint16_t pair[2];

		for (size_t e = 0; e < 2; e++) {
			size_t r = transposed ? 2 * t + e : g;
			size_t column = transposed ? g : 2 * t + e;
			const uint16_t *from = warp[i * 8 + r].p;

			if ((uintptr_t)from % 16 != 0)
				abort();
			pair[e] = from[column];
		}
		memcpy(&out[i], pair, sizeof(pair));
	}
}

/* A thread's copies that were not waited for. */
static struct {
	struct {
		void *to;
		const void *from;
		unsigned group;
	} list[COPIES];
	size_t count;
	unsigned group;
} pending[THREADS];

void
emulate_copy(void *to, const void *from)
{
	unsigned me = emulate.thread.x;
	size_t n = pending[me].count++;

	if (n == COPIES || (uintptr_t)to % COPY != 0 ||
	    (uintptr_t)from % COPY != 0) {
		fprintf(stderr, "emulated GPU: copy %zu of a thread, %p to "
		    "%p\n", n, from, to);
		abort();
	}
	pending[me].list[n].to = to;
	pending[me].list[n].from = from;
	pending[me].list[n].group = pending[me].group;
}

void
emulate_copies_end(void)
{
	pending[emulate.thread.x].group++;
}

void
emulate_copies_wait(unsigned n)
{
	unsigned me = emulate.thread.x, kept = 0;

	for (size_t i = 0; i < pending[me].count; i++) {
		if (pending[me].group - pending[me].list[i].group > n)
			memcpy(pending[me].list[i].to,
			    pending[me].list[i].from, COPY);
		else
			pending[me].list[kept++] = pending[me].list[i];
	}
	pending[me].count = kept;
}
