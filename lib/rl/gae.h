#ifndef RL_GAE_H
#define RL_GAE_H

#include <stddef.h>

/*
 * gae_estimate(advantages, values, n, reward, gamma, lambda):
 * Generalised advantage estimation (Schulman et al. 2016, arXiv:1506.02438,
 * Eq. 16) for a response of ${n} tokens whose only reward comes with its last
 * token, behind which nothing follows, truncated or not (V = 0):
 *
 *	delta_t = r_t + gamma V_(t+1) - V_t
 *	A_t = delta_t + gamma lambda A_(t+1)
 *
 * advantages, values (n); values[t] is V of the state before token t.
 */
void gae_estimate(double *advantages, const double *values, size_t n,
    double reward, double gamma, double lambda);

#endif
