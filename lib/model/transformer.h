#ifndef MODEL_TRANSFORMER_H
#define MODEL_TRANSFORMER_H

#include <stddef.h>

#include "kernels/kernels.h"
#include "lib/base/error.h"
#include "lib/model/arena.h"
#include "lib/model/gradient.h"
#include "lib/model/model.h"
#include "lib/model/parcel.h"
#include "lib/model/split.h"

/* What the backward pass needs of one layer's forward pass; T rows. */
struct layer_activations {
	float *in;       /* (T, C) residual stream before attention */
	float *rstd_in;  /* (T) */
	float *qkv;      /* (T, (H+2G)·D); kept where queries have norms */
	void *q;         /* (T, H·D) of type; kept where they have none */
	void *attention; /* (T, H·D) of type */
	float *lse;      /* (T, H) */
	float *mid;      /* (T, C) residual stream before the MLP */
	float *rstd_mid; /* (T) */
	void *gate_up;   /* (T, 2F) of type */
};

/*
 * Whether a workspace serves sampling (one layer's activations), training (all
 * layers'), or training with each layer's activations computed again from its
 * input in the backward pass.
 */
enum workspace_mode { WORKSPACE_SAMPLE, WORKSPACE_TRAIN, WORKSPACE_RECOMPUTE };

/* Everything a pass over up to `rows` tokens writes; owned by the caller. */
struct workspace {
	struct model *model; /* borrowed */
	enum workspace_mode mode;
	size_t rows;
	size_t sequences;
	size_t max_pages;    /* a sequence's pages at most */
	size_t pages;        /* pages of each layer's cache */
	void **cache;        /* one a layer: (pages) pages */
	struct layer_activations *layers; /* one a layer; one in sampling */
	float *out;          /* (T, C) residual stream after the last layer */
	void *norm;          /* (T, max(C, H·D)) of type */
	void *act;           /* (T, F) of type */
	float *dx;           /* (T, C) gradient of the residual stream */
	void *dx_typed;      /* (T, C) of type */
	float *dnarrow;      /* (T, max(C, H·D)) */
	float *dwide;        /* (T, max(F, (H+2G)·D)); forward: qkv not kept */
	void *dtyped;        /* (T, max(2F, (H+2G)·D)) of type */
	struct batch batch;  /* the current batch, on the device, */
	struct parcel parcel; /* where this brings it */
	struct page_copy *copies; /* (sequences) device */
	size_t copy_count;   /* to be made in a pass */
	int independent;     /* no sequence of the next batch reads what */
	                     /* another's rows in it write: the caller's word */
	struct split *split; /* the caller's; NULL: batches are never cut */
	int cut;             /* the current one is */
	void *memory;        /* NULL: another's */
};

/*
 * workspace_new(m, mode, rows, sequences, pages, err):
 * Room for batches of up to ${rows} tokens from ${sequences} sequences over
 * ${pages} cache pages.  NULL with STATUS_TEMPFAIL when memory ran out.
 */
struct workspace *workspace_new(struct model *m, enum workspace_mode mode,
    size_t rows, size_t sequences, size_t pages, struct error *err);

/*
 * The same in two halves, for a workspace in another's allocation: what is on
 * the host, then (arena.h) the pieces of device memory.
 */
struct workspace *workspace_begin(struct model *m, enum workspace_mode mode,
    size_t rows, size_t sequences, size_t pages, struct error *err);
void workspace_carve(struct workspace *w, struct arena *a);

/* What workspace_carve takes; and an allocation of that, with these pages. */
size_t workspace_bytes(struct workspace *w);
int workspace_alloc(struct workspace *w, size_t pages, struct error *err);

void workspace_free(struct workspace *w);

/*
 * Make ${part}, with ${layer} as its only one, what ${w} is from row t of its
 * batch on: in sampling, without copies.
 */
void workspace_part(struct workspace *part, struct layer_activations *layer,
    const struct workspace *w, size_t t);

/* Bytes of one page over all layers. */
size_t workspace_page_bytes(const struct model *m);

/* Copy a page, or the beginning of it, in every layer's cache. */
void workspace_copy_page(struct workspace *w, const struct page_copy *copy);

/*
 * Copies (n, host) that each pass from now on makes in every layer's cache once
 * the batch's keys and values are there.
 */
void workspace_set_copies(struct workspace *w, const struct page_copy *copies,
    size_t n);

/*
 * transformer_forward(w, host):
 * The residual stream after the last layer of the batch ${host} (host memory),
 * into w->out; keys and values go to the cache.
 */
void transformer_forward(struct workspace *w, const struct batch *host);

/*
 * The same in two halves: the batch goes to the device, as w->batch, and is
 * computed there.  The second half is nothing but operations on the device,
 * with arguments that depend on the batch's sizes alone where it is not cut.
 */
void transformer_set(struct workspace *w, const struct batch *host);
void transformer_run(struct workspace *w);

/*
 * transformer_backward(w, g):
 * With w->dx the gradient of w->out of the batch last run forward, add the
 * gradients of all parameters but the head's and the final norm's to ${g}, in
 * whose pass the head's window was open.  Every sequence of the batch must be
 * whole or go on behind its parent.
 */
void transformer_backward(struct workspace *w, struct gradient *g);

#endif
