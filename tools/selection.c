/* Which prompts an iteration takes: seed-shuffled epochs, batches, shards. */
#include "tools/selection.h"

#include <stdlib.h>
#include <string.h>

#include "tools/shuffle.h"

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

		shuffle_order(order, n, seed,
		    (uint32_t)(iteration / batches), SHUFFLE_PROMPTS);
		offset = (size_t)(iteration % batches) * batch;
		taken = batch;
	}
	from = offset + taken * shard[0] / shard[1];
	to = offset + taken * (shard[0] + 1) / shard[1];
	*count = to - from;
	memmove(order, order + from, *count * sizeof(*order));
	return order;
}
