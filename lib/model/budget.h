#ifndef MODEL_BUDGET_H
#define MODEL_BUDGET_H

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/model/config.h"
#include "lib/model/trainer.h"

/* Bytes of device memory that training takes. */
struct budget {
	size_t parameters;  /* their number */
	size_t weights;     /* in the compute type */
	size_t masters, gradient, moments; /* fp32 */
	size_t cache;       /* keys and values of a micro-batch */
	size_t activations; /* of a micro-batch, and the head's */
	size_t host;        /* memory of the host: offloaded state */
};

/*
 * budget_train(b, c, type, mode, offload, rows, err):
 * What a trainer of a model with configuration ${c} allocates on a device that
 * keeps weights as they are and once, for micro-batches of ${rows} tokens from
 * sequences of 64 tokens or more.  It goes through the allocations themselves,
 * without memory.  0, or -1 with STATUS_TEMPFAIL.
 */
int budget_train(struct budget *b, const struct config *c, enum dtype type,
    enum workspace_mode mode, enum offload offload, size_t rows,
    struct error *err);

/* Bytes on the device. */
size_t budget_total(const struct budget *b);

#endif
