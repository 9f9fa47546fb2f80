#ifndef RL_RUNNING_H
#define RL_RUNNING_H

#include <stddef.h>

/*
 * A mean that goes on from mini-batch to mini-batch, and from one run of a
 * tool to the next: of all that came (Ahmadian et al. 2024, arXiv:2402.14740,
 * Eq. 5), or with momentum B of the mini-batches' means m, by
 * mean = B mean + (1 - B) m.
 */
struct running {
	size_t records; /* that went into it; at 0 it has no mean */
	double mean;
	double momentum; /* in [0, 1]; below 0: the mean of all */
};

/*
 * running_add(r, mean, n):
 * Take a mini-batch of ${n} > 0 records with that mean.  The first one's mean
 * becomes the running one; a mean that is equal to it leaves its bits alone.
 */
void running_add(struct running *r, double mean, size_t n);

#endif
