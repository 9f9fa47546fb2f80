#ifndef MODEL_PASS_H
#define MODEL_PASS_H

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/model/cost.h"
#include "lib/model/head.h"
#include "lib/model/microbatch.h"
#include "lib/model/model.h"
#include "lib/model/transformer.h"
#include "lib/model/valuehead.h"

/*
 * Consecutive tokens of a sequence's response, first … first+n-1, in a loss:
 * what the model says of them, and room for the loss's gradient by that.
 */
struct loss_rows {
	size_t sequence;      /* its number in the list */
	size_t first, n;
	const float *logprob; /* (n) log P of the tokens; of a value model
	                       * the values of the states before them */
	const float *entropy; /* (n) of P where they stand */
	const float *kl;      /* (n) exact, to the reference; else 0 */
	float *dlogprob;      /* (n) by `logprob`, to be filled in */
	float *dentropy;      /* (n) 0 unless filled in */
	float *dkl;           /* (n) 0 unless filled in */
};

/* Reads some rows, fills in their gradient; anything but 0 ends the pass. */
typedef int pass_loss(void *context, const struct loss_rows *rows);

/* What was computed, and the seconds that it took. */
struct pass_work {
	double forward;
	struct cost_work work; /* a micro-batch is a pass */
};

/* Where the head is: token `offset` of entry `i`'s response. */
struct pass_cursor {
	size_t i, offset, done; /* done: of the micro-batch's tokens */
};

/*
 * Sequences passed through a model, a micro-batch at a time, and their response
 * tokens through its head, a chunk of rows at a time: the forward half of
 * training, and all of it where only logprobs are wanted.
 */
struct pass {
	struct model *model;    /* borrowed */
	struct workspace *work;
	struct head *head;      /* NULL in a value model, which has */
	struct valuehead *value;
	size_t chunk;           /* rows of either at most */
	void *memory;           /* the device's, of both */
	size_t bytes;
	struct microbatch micro;
	struct pass_cursor at, next; /* the chunk begins, ends */
	size_t rows;            /* of the chunk */
	float temperature;      /* of the chunk */
	struct pass_work done;  /* since pass_begin */
	/* A micro-batch's, on the host. */
	float *logprob, *entropy, *kl, *dlogprob, *dentropy, *dkl;
};

/*
 * pass_reserve(p, m, room, mode, reference, err):
 * Room for micro-batches in a zeroed ${p}; WORKSPACE_SAMPLE: there will be no
 * backward.  With ${reference} (borrowed, may be NULL) sequences that have
 * `normed` rows have their KL to it computed.  -1 with STATUS_DATA (positions)
 * or STATUS_TEMPFAIL (memory; names the bytes).  pass_free in either case.
 */
int pass_reserve(struct pass *p, struct model *m,
    const struct microbatch_room *room, enum workspace_mode mode,
    const struct head_reference *reference, struct error *err);
void pass_free(struct pass *p);

/* Take ${n} sequences, as microbatch_begin. */
void pass_begin(struct pass *p, const struct sequence *sequences, size_t n);

/* The next micro-batch through the layers; 0 when there is none. */
int pass_next(struct pass *p);

/*
 * The next chunk of the micro-batch's response tokens through the head, which
 * has logits, logprobs and entropies of p->rows of them, or their values; 0
 * when there is none.
 */
int pass_chunk(struct pass *p);

/* Begin with the micro-batch's first chunk again. */
void pass_rewind(struct pass *p);

/* Call ${loss} for the chunk's rows, sequence by sequence. */
int pass_loss_chunk(struct pass *p, pass_loss *loss, void *context);

/* Call it for whole responses, once all chunks were passed. */
int pass_loss_whole(struct pass *p, pass_loss *loss, void *context);

/*
 * Copy what the head read of ${rows}, which are of the chunk, to ${out} on the
 * host: the normed rows (n, C) of the model's type.
 */
void pass_normed(const struct pass *p, const struct loss_rows *rows, void *out);

/*
 * Pass ${n} sequences forward and call ${rows} for each chunk's; their gradient
 * is not read.  0, or what ${rows} said.
 */
int pass_forward(struct pass *p, const struct sequence *sequences, size_t n,
    pass_loss *rows, void *context);

#endif
