#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/*
 * Where the architectures differ: a row each of one table.  Everything else
 * is common to them (RMSNorm before attention and MLP, rotary embedding in
 * halves, grouped-query attention, SwiGLU, a final RMSNorm).
 */
struct architecture {
	const char *model_type; /* "qwen2", as in config.json */
	const char *family;     /* "Qwen2" of Qwen2ForCausalLM */
	int qkv_bias;           /* q_proj, k_proj, v_proj have a bias */
	int qk_norm;            /* RMSNorm of each head's query and key */
	size_t head_dim;        /* where config.json has none; 0: C/H */
};

/* Llama 3's rope scaling; factor 0: none. */
struct rope_scaling {
	double factor;
	double low_freq_factor;
	double high_freq_factor;
	double original_positions;
};

#define CONFIG_STOP_TOKENS 8

/*
 * What a position gives: logits (FAMILYForCausalLM), or a value, as a
 * classifier of sequences or of tokens with one label does.
 */
enum config_head { CONFIG_LOGITS, CONFIG_SEQUENCE, CONFIG_TOKENS };

/* What config.json and generation_config.json say of a model. */
struct config {
	const struct architecture *arch; /* static */
	size_t hidden;                   /* C */
	size_t layers;
	size_t heads;        /* H */
	size_t kv_heads;     /* G, divides H */
	size_t head_dim;     /* D, even; H·D may differ from C */
	size_t intermediate; /* F */
	size_t vocab;        /* V: rows of the embedding */
	size_t max_positions;
	double rms_eps;
	double rope_theta;
	struct rope_scaling rope_scaling;
	enum config_head head;
	int value_bias;    /* the value's head has a bias */
	int tied;          /* logits come from the embedding */
	int bf16;          /* torch_dtype or dtype is bfloat16 */
	int32_t bos_token; /* -1: none */
	int32_t pad_token; /* -1: none */
	/* Tokens that end a response: eos_token_id of both files, no twice. */
	int32_t stop_tokens[CONFIG_STOP_TOKENS];
	size_t stop_count;
};

/*
 * config_read(c, dir, err):
 * Fill ${c} from ${dir}/config.json and, where there is one,
 * ${dir}/generation_config.json.  What the model can't do exactly is refused
 * by name ("DIR/config.json: rope_scaling type 'yarn' is not supported").
 * Sizes are checked: none is zero, kv_heads divides heads, head_dim is even,
 * and all are so bounded that the bytes of the whole model, its gradients and
 * moments fit a size_t. Returns 0, or -1 with STATUS_NOINPUT (no config.json),
 * STATUS_DATA or STATUS_IO; the message names the file.
 */
int config_read(struct config *c, const char *dir, struct error *err);

/* Whether the token ends a response. */
int config_stops(const struct config *c, int32_t token);

#endif
