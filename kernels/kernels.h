#ifndef KERNELS_KERNELS_H
#define KERNELS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/philox.h"

/*
 * The operations of a decoder-only transformer, forward and backward.  A
 * backend (kernels/cpu, kernels/cuda) fills in `struct kernels`; nothing above
 * this header knows which.  Every pointer is device memory from `alloc` unless
 * it says "host".  Outputs come first, then inputs, then dimensions.  Shapes
 * are row-major.  Gradients of weights are added to (+=); other outputs are
 * overwritten unless said otherwise.
 *
 * Batch invariance is part of the contract: each output row has the same bits
 * whatever the number of rows, threads or sequences it is computed with.  A
 * matrix product accumulates over K in one fixed order for every element; an
 * attention row walks key pages from position 0 in the same steps in prefill,
 * decode and training.  Weight gradients depend on the batch but not on the
 * number of threads.
 *
 * `type` is the compute type: F32, or BF16 (weights, matrix products' inputs,
 * queries and the key-value cache are bfloat16; accumulation, the residual
 * stream, norms, softmax, logits and gradients of weights are fp32).
 */
enum dtype { DTYPE_F32, DTYPE_BF16 };

static inline size_t
dtype_bytes(enum dtype type)
{
	return type == DTYPE_F32 ? 4 : 2;
}

/* Positions in a page of the key-value cache, and the attention's key block. */
#define KV_PAGE 32

/* Grouped-query attention: query head h reads key-value head h / (H/G). */
struct attention_shape {
	size_t heads;    /* H */
	size_t kv_heads; /* G, divides H */
	size_t head_dim; /* D, even */
};

/*
 * T rows packed from S sequences.  Sequence s has the rows start[s] …
 * start[s+1]-1, at consecutive positions from first[s]; its position p lies in
 * page pages[s*max_pages + p/KV_PAGE] of each layer's cache.
 *
 * In training sequences form trees of shared beginnings: a sequence with
 * first[s] > 0 goes on where its parent ends, first[s] = first + rows of
 * parent[s] < s, and reads the keys and values of all its ancestors.  It
 * shares their full pages; a page that the two divide it has as a copy
 * (kv_copy).  Roots have first 0 and parent[s] = s.
 */
struct batch {
	size_t rows;              /* T */
	size_t sequences;         /* S */
	const int32_t *tokens;    /* (T) */
	const uint32_t *start;    /* (S+1) */
	const uint32_t *first;    /* (S) */
	const uint32_t *pages;    /* (S, max_pages) */
	size_t max_pages;
	const uint32_t *parent;   /* (S); read by attention_backward only */
};

/* The first `positions` positions of page `from`, onto page `to`. */
struct page_copy {
	uint32_t to, from, positions;
};

/* Truncation of the sampled distribution; off: top_k 0, top_p 1, min_p 0. */
struct sampling {
	float temperature;
	size_t top_k;
	float top_p;
	float min_p;
	int greedy;       /* argmax, lowest index among equals */
};

struct adamw {
	float lr, beta1, beta2, eps, weight_decay;
	float gradient_scale; /* multiplies gradients first (clipping) */
	uint64_t step;        /* from 1: bias correction 1 - beta^step */
	size_t decayed;       /* weight decay is the first elements' only */
};

/*
 * R rows of logits, and the gradients of a loss by what they say: by the
 * logprob of the target, by the entropy, by the KL to a reference.
 */
struct logits_loss {
	const float *logits;    /* (R, V), finite */
	const float *reference; /* (R, V), finite; NULL: no KL */
	const int32_t *target;  /* (R) */
	const float *lse;       /* (R), logprob_forward's */
	const float *entropy;   /* (R), logprob_forward's */
	const float *gap;       /* (R), kl_forward's; with a reference */
	const float *dlogprob, *dentropy; /* (R) */
	const float *dkl;       /* (R); with a reference */
};

/* What a machine gives at most, as `probe` measured it. */
struct kernel_limits {
	double flops; /* a second, of products in the compute type */
	double bytes; /* read a second */
};

struct kernels {
	const char *name; /* "cpu avx512", for people */
	int threads;      /* CPU threads in use */
	size_t most_head_dim; /* that attention has; 0: any */
	size_t logits_bytes; /* of logits at a time, to be busy; 0: any */
	/*
	 * Passes worth beginning before the tokens of the last one are read: 0
	 * where an operation is done when its call returns.
	 */
	size_t ahead;
	/*
	 * Set by the caller, as operations can't report it: one of them lacks
	 * ${bytes} of memory to work with.  It ends the program, in any thread;
	 * NULL: abort.
	 */
	void (*exhausted)(size_t bytes);

	void (*close)(struct kernels *k);

	/* Memory.  alloc: 64-byte aligned, zeroed; NULL when there is none. */
	void *(*alloc)(struct kernels *k, size_t bytes);
	void (*free)(struct kernels *k, void *p);
	/* The same of host memory, which the device reads and writes. */
	void *(*alloc_host)(struct kernels *k, size_t bytes);
	void (*free_host)(struct kernels *k, void *p);
	/* Bytes that alloc can still give without harm to other programs. */
	size_t (*memory_free)(struct kernels *k);
	/* Of these, what one may plan to fill: others come and go. */
	size_t (*memory_plan)(struct kernels *k);
	/*
	 * Measure this machine in about 0.2 s: multiplications and additions in
	 * registers as a product of `type` does them, and reading `bytes` of
	 * memory (256 MiB at most) over and over, so that what fits a cache
	 * comes from there.  0, or -1 when memory ran out.
	 */
	int (*probe)(struct kernels *k, struct kernel_limits *limits,
	    enum dtype type, size_t bytes);
	void (*upload)(struct kernels *k, void *out, const void *host,
	    size_t bytes);
	void (*download)(struct kernels *k, void *host, const void *in,
	    size_t bytes);
	/*
	 * download in two halves: more work may be given before the second, as
	 * which the host has what the oldest of the first, of up to 2, read.
	 */
	void (*download_begin)(struct kernels *k, void *host, const void *in,
	    size_t bytes);
	void (*download_end)(struct kernels *k);
	/*
	 * Between alloc_host's memory and the device, beside the operations.
	 * fetch: out = what `host` has, or 0 where that is NULL, for operations
	 * behind `fetched`; until then nothing else touches out.  send: host =
	 * what operations so far made of `in`, for what is fetched from now on,
	 * and for others behind `sent`; until then only a fetch changes `in`.
	 */
	void (*fetch)(struct kernels *k, void *out, const void *host,
	    size_t bytes);
	void (*fetched)(struct kernels *k);
	void (*send)(struct kernels *k, void *host, const void *in,
	    size_t bytes);
	void (*sent)(struct kernels *k);
	/*
	 * Operations that come again and again, in the same order, with the
	 * same arguments whenever `key` is the same, on memory that may have
	 * changed.  replay_begin: 1, they are under way; 0, they are to be
	 * called, and replay_end behind them.  alloc, free, upload and download
	 * are not among them; free forgets what was to be replayed.
	 */
	int (*replay_begin)(struct kernels *k, uint64_t key);
	void (*replay_end)(struct kernels *k);
	/*
	 * Call run(arg, i, worker) for i = 0 … n-1, in threads of their own;
	 * ${worker} has the same operations, on the same memory, and computes
	 * in its thread alone.  NULL where device memory is not the host's.
	 */
	void (*each)(struct kernels *k, size_t n,
	    void (*run)(void *arg, size_t i, struct kernels *worker),
	    void *arg);
	void (*zero)(struct kernels *k, void *out, size_t bytes);
	void (*copy)(struct kernels *k, void *out, const void *in,
	    size_t bytes);
	/*
	 * out (n) of out_type = in (n) of in_type, to nearest even; host memory
	 * is allowed for in.
	 */
	void (*convert)(struct kernels *k, void *out, enum dtype out_type,
	    const void *in, enum dtype in_type, size_t n);

	/*
	 * Packed weights: the private layout in which matmul reads a weight
	 * W (N, K) of `type`.  `pack` packs the rows row … row+rows-1 from
	 * in (rows, K) of in_type (host memory is allowed), so that several
	 * tensors make one product.  `pack_transposed` packs the same rows
	 * into the packed form of Wᵀ (K, N), for matmul_backward_input; it is
	 * NULL where that reads the packed form of W.
	 */
	size_t (*packed_bytes)(enum dtype type, size_t N, size_t K);
	void (*pack)(struct kernels *k, void *packed, enum dtype type, size_t N,
	    size_t K, size_t row, size_t rows, const void *in,
	    enum dtype in_type);
	void (*pack_transposed)(struct kernels *k, void *packed,
	    enum dtype type, size_t N, size_t K, size_t row, size_t rows,
	    const void *in, enum dtype in_type);

	/*
	 * out (M, N) of out_type = in (M, K) · Wᵀ + bias (N) + addend (M, N).
	 * bias and addend may be NULL; the addend may be out itself.
	 */
	void (*matmul)(struct kernels *k, void *out, enum dtype out_type,
	    const void *in, const void *packed, const float *bias,
	    const float *addend, enum dtype type, size_t M, size_t N,
	    size_t K);
	/* din (M, K) fp32 = dout (M, N) of type · W, whose form is above. */
	void (*matmul_backward_input)(struct kernels *k, float *din,
	    const void *dout, const void *packed, enum dtype type, size_t M,
	    size_t N, size_t K);
	/* dweight (N, K) += doutᵀ · in; dout (M, N), in (M, K) of type. */
	void (*matmul_backward_weight)(struct kernels *k, float *dweight,
	    const void *dout, const void *in, enum dtype type, size_t M,
	    size_t N, size_t K);
	/* dbias (N) += column sums of dout (M, N) of type. */
	void (*bias_backward)(struct kernels *k, float *dbias, const void *dout,
	    enum dtype type, size_t M, size_t N);

	/* out (T, C) = table rows of tokens; table (V, C) of type. */
	void (*embedding_forward)(struct kernels *k, float *out,
	    const int32_t *tokens, const void *table, enum dtype type, size_t T,
	    size_t C);
	/* dtable (V, C) += dout (T, C) at the tokens' rows, in row order. */
	void (*embedding_backward)(struct kernels *k, float *dtable,
	    const float *dout, const int32_t *tokens, size_t T, size_t C);

	/* tokens (T) = drawn[from[t]], but where from (T) is UINT32_MAX. */
	void (*pick_tokens)(struct kernels *k, int32_t *tokens,
	    const int32_t *drawn, const uint32_t *from, size_t T);

	/*
	 * RMSNorm (arXiv:1910.07467, Eq. 4): out (T, C) of type =
	 * in · rstd · weight, rstd = 1/√(mean(in²) + eps); rstd (T) is kept for
	 * the backward and may be NULL.
	 */
	void (*rmsnorm_forward)(struct kernels *k, void *out, enum dtype type,
	    float *rstd, const float *in, const float *weight, float eps,
	    size_t T, size_t C);
	/* din (T, C) += and dweight (C) +=; dout, in (T, C), rstd (T). */
	void (*rmsnorm_backward)(struct kernels *k, float *din, float *dweight,
	    const float *dout, const float *in, const float *weight,
	    const float *rstd, size_t T, size_t C);

	/* out (T, F) = silu(gate) · up of type; gate_up (T, 2F): gate first. */
	void (*swiglu_forward)(struct kernels *k, void *out,
	    const void *gate_up, enum dtype type, size_t T, size_t F);
	/* dgate_up (T, 2F) of type from dout (T, F) fp32. */
	void (*swiglu_backward)(struct kernels *k, void *dgate_up,
	    const float *dout, const void *gate_up, enum dtype type, size_t T,
	    size_t F);

	/* Bytes of a page: keys and values of G heads, KV_PAGE positions. */
	size_t (*kv_page_bytes)(enum dtype type,
	    const struct attention_shape *a);
	/*
	 * From the projections qkv (T, (H+2G)·D) fp32, queries first: RMSNorm
	 * per head of queries and keys where q_norm, k_norm (D) are given
	 * (Qwen3), rotary embedding in halves (x₁cos − x₂sin, x₂cos + x₁sin),
	 * then queries to q (T, H·D) of type, keys and values into the pages of
	 * `cache` at the batch's positions.  rope (positions, D): D/2 cosines,
	 * then D/2 sines.  cache NULL: q only.
	 */
	void (*rope_forward)(struct kernels *k, void *q, void *cache,
	    const float *qkv, const float *rope, const float *q_norm,
	    const float *k_norm, float eps, enum dtype type,
	    const struct attention_shape *a, const struct batch *b);
	/*
	 * dqkv (T, (H+2G)·D) of type from dout, the same shape in fp32: the
	 * gradients of rotated queries and keys and of values.  dq_norm and
	 * dk_norm (D) are added to where norms are given; without norms qkv is
	 * not read and may be NULL.
	 */
	void (*rope_backward)(struct kernels *k, void *dqkv, float *dq_norm,
	    float *dk_norm, const float *dout, const float *qkv,
	    const float *rope, const float *q_norm, const float *k_norm,
	    float eps, enum dtype type, const struct attention_shape *a,
	    const struct batch *b);

	/*
	 * Causal attention, softmax(q·k/√D): out (T, H·D) of type, lse (T, H) =
	 * log Σ exp of the scaled scores (may be NULL), q (T, H·D) of type.
	 * A row at position p reads positions 0 … p of its sequence's pages.
	 */
	void (*attention_forward)(struct kernels *k, void *out, float *lse,
	    const void *q, const void *cache, enum dtype type,
	    const struct attention_shape *a, const struct batch *b);
	/*
	 * dqkv (T, (H+2G)·D) fp32: gradients of q, of the cached keys and
	 * values; dout and out (T, H·D): dout fp32, out of type.  What a
	 * sequence adds to keys and values of its ancestors is in their rows.
	 */
	void (*attention_backward)(struct kernels *k, float *dqkv,
	    const float *dout, const void *out, const float *lse, const void *q,
	    const void *cache, enum dtype type, const struct attention_shape *a,
	    const struct batch *b);
	/* Copies (n) within the cache, in order. */
	void (*kv_copy)(struct kernels *k, void *cache, enum dtype type,
	    const struct attention_shape *a, const struct page_copy *copies,
	    size_t n);

	/* out (R, C) = rows index[r] of in (T, C), fp32. */
	void (*gather)(struct kernels *k, float *out, const float *in,
	    const uint32_t *index, size_t R, size_t C);
	/* out (T, C) rows index[r] += in (R, C), in the order of r. */
	void (*scatter_add)(struct kernels *k, float *out, const float *in,
	    const uint32_t *index, size_t R, size_t C);

	/*
	 * With p = softmax(logits/temperature): logprob (R) = log p[target],
	 * lse (R) = log Σ exp(logits/temperature), entropy (R) = −Σ p log p
	 * (may be NULL); logits (R, V).
	 */
	void (*logprob_forward)(struct kernels *k, float *logprob, float *lse,
	    float *entropy, const float *logits, const int32_t *target,
	    float temperature, size_t R, size_t V);
	/*
	 * dlogits (R, V) of type = dlogprob[r] · ∂logprob[r]/∂logits; it may
	 * not overlap logits.
	 */
	void (*logprob_backward)(struct kernels *k, void *dlogits,
	    enum dtype type, const float *dlogprob, const float *logits,
	    const float *lse, const int32_t *target, float temperature,
	    size_t R, size_t V);
	/*
	 * With p as above and q that of reference (R, V), both finite:
	 * kl (R) = KL(p‖q) = Σ p (log p − log q), and gap (R) =
	 * Σ p (logits − reference)/temperature.
	 */
	void (*kl_forward)(struct kernels *k, float *kl, float *gap,
	    const float *logits, const float *reference, float temperature,
	    size_t R, size_t V);
	/*
	 * dlogits (R, V) of type = dlogprob (onehot(target) − p)
	 * − dentropy p (log p + entropy) + dkl p (log p − log q − kl), all over
	 * the temperature; it may not overlap logits.
	 */
	void (*loss_backward)(struct kernels *k, void *dlogits,
	    enum dtype type, const struct logits_loss *l, float temperature,
	    size_t R, size_t V);
	/*
	 * Draw token (R) from the truncated softmax(row/temperature) of row
	 * index[r] of logits (·, V), row r if index is NULL, by inverting its
	 * cumulative distribution in vocabulary order with the uniform of
	 * draw[r]; logprob (R) is that of logprob_forward at the same
	 * temperature, before truncation, bit for bit.  Draws from one row
	 * that stand together share its softmax (cpu only).  Truncation is
	 * top-k, then top-p of what is left, then min-p of the most probable;
	 * equal logits count by lower index.  A token of probability 0 (a logit
	 * of -inf) is never drawn.  Where a row has a NaN or +inf, or nothing
	 * but -inf, its token is -1 and its logprob NaN.
	 */
	void (*sample)(struct kernels *k, int32_t *token, float *logprob,
	    const float *logits, const uint32_t *index, const struct draw *draw,
	    const struct sampling *sampling, size_t R, size_t V);

	/*
	 * Σ in² (n), in double, in a fixed order; alloc_host's memory is
	 * allowed for in.
	 */
	double (*sum_squares)(struct kernels *k, const float *in, size_t n);
	/*
	 * AdamW (arXiv:1711.05101, Alg. 2) on master, m, v (n); the gradient
	 * (n) is zero afterwards, for the next one to be added to.  Where
	 * master, m and v are alloc_host's, and the gradient if it is too, they
	 * pass through the device piece by piece, to the same bits; such a
	 * gradient may be left as it was.
	 */
	void (*adamw_step)(struct kernels *k, float *master, float *m, float *v,
	    float *gradient, const struct adamw *options, size_t n);
};

/*
 * kernels_cpu(threads):
 * The CPU backend for this machine; threads 0: all of them.  The environment
 * variable EMPG_ISA (portable, avx2, avx512) overrides the choice of
 * instructions, for tests.  NULL when memory ran out or the override can't run
 * here.  Free with k->close(k).
 */
struct kernels *kernels_cpu(int threads);

/*
 * kernels_cuda(device, why, size):
 * The CUDA backend on GPU number ${device}, from the plugin empg-cuda.so beside
 * the program, in ../lib/empg, or where the environment variable EMPG_CUDA
 * says.  NULL, and ${why} (${size}) says in a line why not, where there is no
 * plugin, driver or GPU, or where they are too old.  Free with k->close(k).
 */
struct kernels *kernels_cuda(int device, char *why, size_t size);

#endif
