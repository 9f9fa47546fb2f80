#ifndef TOOLS_SHUFFLE_H
#define TOOLS_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

/* Who shuffles: each has random numbers of its own. */
#define SHUFFLE_PROMPTS UINT32_C(0x80000000)
#define SHUFFLE_TRAJECTORIES UINT32_C(0xC0000000)

/*
 * shuffle_order(order, n, seed, epoch, who):
 * ${order} (n) = 0 … n-1 shuffled, a function of the other arguments alone.
 */
void shuffle_order(size_t *order, size_t n, uint64_t seed, uint32_t epoch,
    uint32_t who);

#endif
