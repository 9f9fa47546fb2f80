#ifndef MODEL_HEAD_H
#define MODEL_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/model/finalnorm.h"

/* The head of a model that is not trained, for the KL to that model. */
struct head_reference {
	struct linear linear; /* (V, C'), packed */
	enum dtype type;
};

void head_reference_free(struct head_reference *r, struct kernels *k);

/*
 * The final norm and the language model's head on chosen rows of the residual
 * stream, a chunk of up to `rows` at a time, so that logits of all positions
 * never exist at once.
 */
struct head {
	struct finalnorm final; /* of the rows, R at most */
	float *logits;       /* (R, V) */
	int32_t *target;     /* (R) device */
	float *logprob;      /* (R) device */
	float *lse;          /* (R) device */
	float *entropy;      /* (R) device */
	float *dlogprob;     /* (R) device; training only, as what follows */
	float *dentropy;     /* (R) device */
	/* With a reference, set before head_carve. */
	const struct head_reference *reference; /* borrowed */
	void *reference_norm; /* (R, C') of its type */
	float *reference_logits; /* (R, V) */
	float *kl, *gap;     /* (R) device */
	float *dkl;          /* (R) device */
	void *dlogits;       /* (R, V) of the model's type */
	void *memory;        /* NULL: another's */
};

/* NULL with STATUS_TEMPFAIL when memory ran out. */
struct head *head_new(struct model *m, size_t rows, int training,
    struct error *err);

/* The same in two halves, for a head in another's allocation (arena.h). */
struct head *head_begin(struct model *m, size_t rows, int training,
    struct error *err);
void head_carve(struct head *h, struct arena *a);

void head_free(struct head *h);

/*
 * A chunk's rows that keeps its logits within about 64 MiB, or more where the
 * device is not busy with that.
 */
size_t head_chunk(const struct model *m, size_t wanted);

/* h->logits of the rows index (R, host) of the residual stream x (T, C). */
void head_logits(struct head *h, const float *x, const uint32_t *index,
    size_t R);

/* The same with index (R) on the device. */
void head_logits_of(struct head *h, const float *x, const uint32_t *index,
    size_t R);

/*
 * After head_logits: logprob (R, host) of the tokens target (R, host) under
 * softmax(logits/temperature), and its entropy (R, host).
 */
void head_logprob(struct head *h, float *logprob, float *entropy,
    const int32_t *target, float temperature, size_t R);

/*
 * The reference's normed rows first … first+n-1 of normed (·, C', host, of its
 * type) are the chunk's rows at … at+n-1.
 */
void head_reference_rows(struct head *h, size_t at, const void *normed,
    size_t first, size_t n);

/*
 * After head_logits, with all of the reference's rows: kl (R, host), exact.
 */
void head_kl(struct head *h, float *kl, float temperature, size_t R);

/* Gradients (R, host) of a loss by logprobs, entropies and KL. */
struct head_loss {
	const float *dlogprob, *dentropy, *dkl;
};

/*
 * After head_logprob (and head_kl, where a dkl is not 0): add to the gradient
 * what the head, whose window is open, and the final norm get, and to dx (T, C)
 * what the residual stream gets.  Rows may come several times.
 */
void head_backward(struct head *h, float *dx, const struct gradient *g,
    const struct head_loss *loss, float temperature, size_t R);

#endif
