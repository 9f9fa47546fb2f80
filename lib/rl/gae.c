/* Advantages of tokens from a value model's estimates. */
#include "lib/rl/gae.h"

void
gae_estimate(double *advantages, const double *values, size_t n,
    double reward, double gamma, double lambda)
{
	double now = reward, next = 0, advantage = 0;
	size_t t;

	for (t = n; t-- > 0;) {
		advantage = now + gamma * next - values[t] +
		    gamma * lambda * advantage;
		advantages[t] = advantage;
		next = values[t];
		now = 0;
	}
}
