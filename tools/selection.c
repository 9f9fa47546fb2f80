/* Which prompts an iteration takes: seed-shuffled epochs, batches, shards. */
#include "tools/selection.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/philox.h"

/* Fisher-Yates with the counter-based generator, keyed by (seed, epoch). */
static void
shuffle(size_t *order, size_t n, uint64_t seed, uint64_t epoch)
{
	for (size_t i = n; i > 1; i--) {
		struct draw d = {seed, i, (uint32_t)epoch,
		    (uint32_t)(epoch >> 32) ^ 0x80000000};
		size_t j = (size_t)(philox_uniform(&d) * (double)i);
		size_t t = order[i - 1];

		order[i - 1] = order[j];
		order[j] = t;
	}
}

size_t *
selection_new(size_t *count, size_t n, size_t batch, uint64_t iteration,
    uint64_t seed, const size_t shard[2], struct error *err)
{
	size_t *order, from, to, offset = 0, taken = n;

	if (batch > n) {
		error_set(err, STATUS_USAGE, "--prompts %zu: the input has "
		    "%zu prompts", batch, n);
		return NULL;
	}
	order = calloc(n ? n : 1, sizeof(*order));
	if (order == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	if (batch > 0) {
		size_t batches = n / batch;

		shuffle(order, n, seed, iteration / batches);
		offset = (size_t)(iteration % batches) * batch;
		taken = batch;
	}
	from = offset + taken * shard[0] / shard[1];
	to = offset + taken * (shard[0] + 1) / shard[1];
	*count = to - from;
	memmove(order, order + from, *count * sizeof(*order));
	return order;
}
