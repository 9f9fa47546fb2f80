#ifndef RL_OBJECTIVE_H
#define RL_OBJECTIVE_H

#include <stddef.h>

/* How a mini-batch's sum over tokens is scaled; Z of DESIGN.md, section 1. */
enum loss_norm {
	LOSS_NORM_TOKEN,      /* Z = Σ T, the mini-batch's response tokens */
	LOSS_NORM_TRAJECTORY, /* Z = n, Eq. 12 to the letter */
	LOSS_NORM_SEQUENCE,   /* Z = n·T, each response's token mean first */
	LOSS_NORM_CONSTANT    /* Z = n·max-response */
};

/* What the normalisation depends on: all of a mini-batch. */
struct loss_scale {
	enum loss_norm norm;
	size_t trajectories; /* n */
	size_t tokens;       /* Σ T */
	size_t max_response;
};

/* 1/Z for a token of a response of `length` tokens; 0 for an empty Z. */
double objective_scale_token(const struct loss_scale *s, size_t length);

/*
 * objective_empg(dlogprob, advantage, scale, logprob, n):
 * Eq. 12: the loss −scale·Σ A·log P_θ over ${n} response tokens, and its
 * gradient by each log P_θ in dlogprob (n).  advantage, logprob (n).
 */
double objective_empg(float *dlogprob, const float *advantage, double scale,
    const float *logprob, size_t n);

#endif
