#ifndef MODEL_INVENTORY_H
#define MODEL_INVENTORY_H

#include "lib/base/error.h"
#include "lib/io/safetensors.h"
#include "lib/model/config.h"
#include "lib/model/parameters.h"

/*
 * inventory_check(p, c, s, err):
 * Whether ${s} has exactly the tensors ${p} of a model with configuration ${c},
 * with their shapes and a type that we read.  What it may have besides is
 * ignored: lm_head.weight of a tied or a value model, and rotary_emb.inv_freq.
 * Returns 0, or -1 with STATUS_DATA naming the tensor.
 */
int inventory_check(const struct parameters *p, const struct config *c,
    const struct safetensors *s, struct error *err);

#endif
