#ifndef RL_WHITEN_H
#define RL_WHITEN_H

#include <stddef.h>

#include "lib/base/error.h"

struct smooth_item;

/*
 * whiten_advantages(items, count, err):
 * Give the advantages of all ${count} items' tokens together mean 0 and
 * deviation 1: (A - mean) / sqrt(variance + 1e-8), the variance with n - 1,
 * as verl's and TRL's PPO do.  Equal advantages, a single one too, become
 * exactly 0.  Sums run in order.  Returns 0, or -1 (STATUS_DATA) where the
 * advantages are too large to be squared.
 */
int whiten_advantages(struct smooth_item *items, size_t count,
    struct error *err);

#endif
