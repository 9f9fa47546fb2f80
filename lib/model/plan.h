#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "lib/model/slots.h"

/*
 * plan_pass(s):
 * Fill s->batch and s->targets with the next pass: a row of each running slot
 * and, as far as rows last, what has to be computed before tokens can be
 * drawn: of slots that come back to the cache, then of new prompts.  Pages are
 * taken as positions come; where they run out, the youngest slots are paused.
 * A free slot takes the oldest sample that waits; prompts are read ahead so
 * that there is one.  An empty batch: everything is done.  0, or -1.
 */
int plan_pass(struct sampler *s);

#endif
