#ifndef KERNELS_CUDA_ATTEND_JOIN_H
#define KERNELS_CUDA_ATTEND_JOIN_H

/*
 * A row's softmax in parts, and how two of them and what they weighted are
 * joined (arXiv:2205.14135, Alg. 1).
 */
#include "kernels/cuda/device.h"

/* What scores are exponents of. */
enum attend_base { ATTEND_E, ATTEND_2 };

/* A part: l = Σ base^(score − m). */
struct attend_softmax {
	float m, l;
};

/* What two parts are multiplied by where they join. */
struct attend_joint {
	float first, second;
};

DEVICE float
attend_power(enum attend_base base, float x)
{
	return base == ATTEND_2 ? exp2f(x) : expf(x);
}

/* b to a; of base, a constant. */
DEVICE struct attend_joint
attend_join(struct attend_softmax *a, struct attend_softmax b,
    enum attend_base base)
{
	float m = a->m > b.m ? a->m : b.m;
	struct attend_joint j = {1, 0};

	if (b.m > -INFINITY) {
		j.first = attend_power(base, a->m - m);
		j.second = attend_power(base, b.m - m);
		a->l = fmaf(b.l, j.second, a->l * j.first);
		a->m = m;
	}
	return j;
}

/* The same of a value that they weighted. */
DEVICE float
attend_join_out(struct attend_joint j, float a, float b)
{
	return fmaf(b, j.second, a * j.first);
}

#endif
