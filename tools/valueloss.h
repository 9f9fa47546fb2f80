#ifndef TOOLS_VALUELOSS_H
#define TOOLS_VALUELOSS_H

#include "lib/model/pass.h"
#include "tools/loss.h"

/*
 * The loss of a value model's mini-batch, a pass_loss with a struct loss as its
 * context: half the square between a token's value and its return, scaled as
 * other losses are; or, of --value-loss bce, the cross-entropy of each reward
 * under the score as a logit, mean over trajectories.
 */
int valueloss_rows(void *context, const struct loss_rows *rows);

#endif
