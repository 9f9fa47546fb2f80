#ifndef RL_SPREAD_H
#define RL_SPREAD_H

#include <stddef.h>

/* Mean, deviation and range of numbers that come by and by. */
struct spread {
	size_t n;
	double mean, squares; /* Σ (x − mean)² */
	double min, max;
};

void spread_add(struct spread *s, const float *values, size_t n);

/* The population standard deviation; 0 of none. */
double spread_deviation(const struct spread *s);

#endif
