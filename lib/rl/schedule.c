/* Learning-rate schedules. */
#include "lib/rl/schedule.h"

#include <math.h>

double
schedule_factor(enum schedule kind, uint64_t step, uint64_t warmup,
    uint64_t total)
{
	double done;

	if (step < warmup)
		return (double)(step + 1) / (double)warmup;
	if (kind == SCHEDULE_CONSTANT || total <= warmup)
		return 1;
	done = (double)(step - warmup) / (double)(total - warmup);
	if (done >= 1)
		return 0;
	return kind == SCHEDULE_LINEAR ? 1 - done :
	    0.5 * (1 + cos(3.14159265358979323846 * done));
}
