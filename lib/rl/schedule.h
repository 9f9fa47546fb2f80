#ifndef RL_SCHEDULE_H
#define RL_SCHEDULE_H

#include <stdint.h>

enum schedule { SCHEDULE_CONSTANT, SCHEDULE_COSINE, SCHEDULE_LINEAR };

/*
 * schedule_factor(kind, step, warmup, total):
 * What the learning rate is multiplied by at ${step} (0 the first) of
 * ${total}: linear from 1/${warmup} to 1 over ${warmup} steps, then constant, a
 * half cosine to 0 at ${total} (arXiv:1608.03983, Eq. 5), or a line to 0.
 */
double schedule_factor(enum schedule kind, uint64_t step, uint64_t warmup,
    uint64_t total);

#endif
