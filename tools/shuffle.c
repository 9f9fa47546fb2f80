/* Seed-shuffled epochs: Fisher-Yates with the counter-based generator. */
#include "tools/shuffle.h"

#include "kernels/philox.h"

void
shuffle_order(size_t *order, size_t n, uint64_t seed, uint32_t epoch,
    uint32_t who)
{
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n; i > 1; i--) {
		struct draw d = {seed, i, epoch, who};
		size_t j = (size_t)(philox_uniform(&d) * (double)i);
		size_t t = order[i - 1];

		order[i - 1] = order[j];
		order[j] = t;
	}
}
