#ifndef MODEL_CRITIC_H
#define MODEL_CRITIC_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"
#include "lib/base/error.h"
#include "lib/model/config.h"

/*
 * A value model that is asked, not trained: values of states, and scores of
 * whole sequences, for many sequences at once.  A sequence's values have the
 * same bits whatever it is asked together with, however many threads there are
 * and however large the micro-batches.
 */
struct critic;

/* Prompt and response as tokens; the prompt has at least one. */
struct critic_sequence {
	const int32_t *tokens; /* (length), below config.vocab */
	size_t length;         /* at most config.max_positions */
	size_t prompt;         /* the first `prompt` tokens are given */
};

/*
 * critic_open(k, dir, dtype, micro_tokens, err):
 * Load the value model of ${dir}; ${dtype} as engine_dtypes has it: 0 the
 * checkpoint's, 1 F32, 2 BF16.  Up to ${micro_tokens} tokens are passed at
 * once (one longer sequence, if need be), which bounds the memory.  ${k} is
 * borrowed.  NULL with STATUS_DATA (a policy, or what checkpoint_open refuses),
 * STATUS_NOINPUT, STATUS_IO or STATUS_TEMPFAIL.
 */
struct critic *critic_open(struct kernels *k, const char *dir, int dtype,
    size_t micro_tokens, struct error *err);

void critic_close(struct critic *c);

const struct config *critic_config(const struct critic *c);

/*
 * critic_values(c, values, list, n, err):
 * The values of ${n} sequences, one behind the other: each has
 * length - prompt + 1 of them, V(s_0) … V(s_T): V(s_t) is that of the state
 * before response token t, which is what the model gives at the position in
 * front of it (the prompt's last for t = 0), and V(s_T) that behind the last
 * token.  Sequences whose prompts are equal share the prompt's passes.  0, or
 * -1 with STATUS_TEMPFAIL (memory), or 128 + N where signal N came.
 */
int critic_values(struct critic *c, float *values,
    const struct critic_sequence *list, size_t n, struct error *err);

/*
 * critic_last(c, s):
 * Which of the values of ${s} under a model with configuration ${c} is the
 * sequence's score, as transformers takes it: V(s_t) behind the last token that
 * is not c->pad_token, or V(s_0) where all tokens of the response are.
 */
size_t critic_last(const struct config *c, const struct critic_sequence *s);

#endif
