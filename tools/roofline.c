/* Is this speed normal?  Work against what the machine gives. */
#include "tools/roofline.h"

struct roofline
roofline_of(const struct cost *cost, const struct kernel_limits *limits,
    double seconds)
{
	double compute = cost->flops / limits->flops;
	double memory = cost->bytes / limits->bytes;
	int bound = memory > compute;

	return (struct roofline){
		.share = seconds > 0 ? (bound ? memory : compute) / seconds :
		    0,
		.bound = bound ? "memory" : "compute",
	};
}

double
roofline_rate(double n, double seconds)
{
	return seconds > 0 ? n / seconds : 0;
}
