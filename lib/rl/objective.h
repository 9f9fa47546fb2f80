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

/* Settings of the objectives that weigh by w = P_θ/P_θ*. */
struct objective_options {
	int sequence;   /* is: w is the whole response's product */
	double cap;     /* is: C of min(w, C); 0: none */
	double clip[2]; /* grpo, ppo: w within 1 − clip[0] … 1 + clip[1] */
};

/* Response tokens of one trajectory, in an objective. */
struct objective_tokens {
	size_t n;
	const float *advantage; /* (n) A */
	const float *logprob;   /* (n) log P_θ */
	const float *old;       /* (n) log P_θ*; NULL: θ is θ*, every w is 1 */
	const float *factor;    /* (n) what A is multiplied by; NULL: 1 */
	double scale;           /* 1/Z */
};

/* Tokens whose weight was clipped or capped. */
struct objective_clips {
	size_t low, high;
};

/*
 * The loss −scale·Σ A·f, its gradient by each log P_θ into dlogprob (n), and
 * its clipped tokens added to ${clips}.
 */
typedef double objective_loss(float *dlogprob,
    const struct objective_tokens *t, const struct objective_options *o,
    struct objective_clips *clips);

struct objective {
	objective_loss *loss; /* NULL: a value model's, regression.h */
	int weighs; /* reads `old` */
	int whole;  /* has weights by sequence */
};

/*
 * The objectives by name, NULL-ended, and what they are, in the same order.
 * empg: f = log P_θ (Eq. 12).  is: f = min(w, C)·log P_θ with the weight held
 * constant (Eq. 13); weighed by sequence, ${t} must be the whole response.
 * grpo, ppo: A·f = min(w·A, clip(w)·A) (arXiv:1707.06347, Eq. 7); they differ
 * in their advantages alone.
 */
extern const char *const objective_names[];
extern const struct objective objective_list[];

#endif
