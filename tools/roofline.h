#ifndef TOOLS_ROOFLINE_H
#define TOOLS_ROOFLINE_H

#include "kernels/kernels.h"
#include "lib/model/cost.h"

/*
 * How near to this machine's limits work came (the roofline model,
 * doi:10.1145/1498765.1498785): it takes at least flops/peak seconds and at
 * least bytes/bandwidth seconds; the longer of these is what bounds it.
 */
struct roofline {
	double share;      /* that time by the time it took, 0 … 1 */
	const char *bound; /* "memory" or "compute" */
};

struct roofline roofline_of(const struct cost *cost,
    const struct kernel_limits *limits, double seconds);

/* ${n} a second; 0 where no time was taken. */
double roofline_rate(double n, double seconds);

#endif
