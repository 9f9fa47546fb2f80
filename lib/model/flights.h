#ifndef MODEL_FLIGHTS_H
#define MODEL_FLIGHTS_H

#include "lib/model/slots.h"

/*
 * The sampler's passes and the tokens that they draw.  Where the kernels have
 * it so (`ahead`), a pass is begun before the tokens of the last one are here:
 * it reads them on the device, and what it draws for a response that had ended
 * is dropped.  A pass that computes prompts is waited for, since their samples
 * start with its tokens.
 */

/* s->flights, for `rows` of logits at a time; 0, or -1 with s->err. */
int flights_new(struct sampler *s, size_t rows);
void flights_free(struct sampler *s);

/* Begin the planned pass. */
void flights_begin(struct sampler *s);

/*
 * The tokens of passes that were begun, but for the last `ahead` ones, go to
 * their slots; 0, or -1.
 */
int flights_land(struct sampler *s, size_t ahead);

/* Passes that were begun and did not land. */
size_t flights_flying(const struct sampler *s);

#endif
