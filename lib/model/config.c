/*
 * config.json and generation_config.json into a struct.  What is not known to
 * be computed exactly is refused: a wrong model that runs is the worst outcome.
 */
#include "lib/model/config.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/configclass.h"
#include "lib/model/member.h"

/*
 * Far beyond any model, and small enough that no product overflows: a layer has
 * at most 7·MAX_SIDE² elements, and times MAX_LAYERS and 16 bytes that is 2^59.
 */
#define MAX_SIDE ((size_t)1 << 20)
#define MAX_VOCAB ((size_t)1 << 24)
#define MAX_LAYERS ((size_t)1 << 12)
#define MAX_POSITIONS ((size_t)1 << 30)

/* Keys that must be absent, null, false or empty, whatever the architecture. */
static const char *const refused[] = {
    "mlp_bias",
    "quantization_config",
    "use_sliding_window",
    "is_encoder_decoder",
    "add_cross_attention",
};

static int
add_stop(struct config *c, const json_t *v, struct error *err)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) >= c->vocab)
		return error_set(err, STATUS_DATA,
		    "eos_token_id: expected ids "
		    "below the vocabulary's size, %zu",
		    c->vocab);
	if (config_stops(c, (int32_t)json_integer_value(v)))
		return 0;
	if (c->stop_count == CONFIG_STOP_TOKENS)
		return error_set(err, STATUS_DATA,
		    "eos_token_id: more than %d "
		    "ids are not supported",
		    CONFIG_STOP_TOKENS);
	c->stop_tokens[c->stop_count++] = (int32_t)json_integer_value(v);
	return 0;
}

/* One id or a list of them. */
static int
read_stops(struct config *c, const json_t *o, struct error *err)
{
	json_t *v = member_get(o, "eos_token_id");
	size_t i;
	json_t *id;

	if (v == NULL)
		return 0;
	if (!json_is_array(v))
		return add_stop(c, v, err);
	json_array_foreach(v, i, id)
		if (add_stop(c, id, err) != 0)
			return -1;
	return 0;
}

/* What would change the arithmetic in a way that the model doesn't have. */
static int
refuse_unsupported(const struct config *c, const json_t *o, struct error *err)
{
	json_t *v, *types = member_get(o, "layer_types");
	const char *act = "silu", *type;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		v = member_get(o, refused[i]);
		if (v != NULL && !json_is_false(v) &&
		    !(json_is_object(v) && json_object_size(v) == 0))
			return error_set(err, STATUS_DATA,
			    "%s is not supported", refused[i]);
	}
	/* Qwen2's biases are not an option: it has them and ignores the key. */
	v = member_get(o, "attention_bias");
	if (!c->arch->qkv_bias && v != NULL && !json_is_false(v))
		return error_set(
		    err, STATUS_DATA, "attention_bias is not supported");
	if ((v = member_get(o, "hidden_act")) != NULL)
		act = json_string_value(v);
	if (act == NULL || strcmp(act, "silu") != 0)
		return error_set(err, STATUS_DATA,
		    "hidden_act '%s' is not supported", act ? act : "?");
	if (types != NULL && !json_is_array(types))
		return error_set(err, STATUS_DATA,
		    "layer_types: expected a list of strings");
	json_array_foreach(types, i, v) {
		type = json_string_value(v);
		if (type == NULL || strcmp(type, "full_attention") != 0)
			return error_set(err, STATUS_DATA,
			    "layer_types '%s' is not supported",
			    type ? type : "?");
	}
	return 0;
}

static int
read_llama3(struct config *c, const json_t *o, struct error *err)
{
	struct rope_scaling *s = &c->rope_scaling;

	if (member_real(&s->factor, o, "factor", 0, err) != 0 ||
	    member_real(&s->low_freq_factor, o, "low_freq_factor", 0, err) !=
		0 ||
	    member_real(&s->high_freq_factor, o, "high_freq_factor", 0, err) !=
		0 ||
	    member_real(&s->original_positions, o,
		"original_max_position_embeddings", (double)c->max_positions,
		err) != 0)
		return -1;
	if (s->high_freq_factor <= s->low_freq_factor)
		return error_set(err, STATUS_DATA,
		    "high_freq_factor: expected more than low_freq_factor");
	return 0;
}

/*
 * Two generations of keys: rope_theta and rope_scaling, or rope_parameters
 * that holds both.  As in transformers, rope_scaling wins.
 */
static int
read_rope(struct config *c, const json_t *o, struct error *err)
{
	const char *where = "rope_scaling", *type = "default";
	json_t *p = member_get(o, where), *v;
	double partial;

	if (p == NULL || (json_is_object(p) && json_object_size(p) == 0)) {
		where = "rope_parameters";
		p = member_get(o, where);
	}
	if (p != NULL && !json_is_object(p))
		return error_set(
		    err, STATUS_DATA, "%s: expected an object", where);
	if (member_real(&c->rope_theta,
		member_get(p, "rope_theta") != NULL ? p : o, "rope_theta",
		10000, err) != 0 ||
	    member_real(&partial,
		member_get(p, "partial_rotary_factor") != NULL ? p : o,
		"partial_rotary_factor", 1, err) != 0)
		return -1;
	if (partial != 1)
		return error_set(err, STATUS_DATA,
		    "partial_rotary_factor %g is not supported", partial);
	if ((v = member_get(p, "rope_type")) != NULL ||
	    (v = member_get(p, "type")) != NULL)
		type = json_string_value(v);
	if (type != NULL && strcmp(type, "llama3") == 0)
		return read_llama3(c, p, err) != 0
		    ? error_prefix(err, "%s: ", where)
		    : 0;
	if (type == NULL || strcmp(type, "default") != 0)
		return error_set(err, STATUS_DATA,
		    "%s type '%s' is not supported", where, type ? type : "?");
	/* A table a kind of layer: its members are objects. */
	json_object_foreach((json_t *)p, where, v)
		if (json_is_object(v))
			return error_set(err, STATUS_DATA,
			    "rope_parameters of '%s' is not supported", where);
	return 0;
}

static int
read_sizes(struct config *c, const json_t *o, struct error *err)
{
	const struct {
		const char *name;
		size_t *out;
		size_t max;
	} sizes[] = {
	    {"hidden_size", &c->hidden, MAX_SIDE},
	    {"num_hidden_layers", &c->layers, MAX_LAYERS},
	    {"num_attention_heads", &c->heads, MAX_SIDE},
	    {"intermediate_size", &c->intermediate, MAX_SIDE},
	    {"vocab_size", &c->vocab, MAX_VOCAB},
	    {"max_position_embeddings", &c->max_positions, MAX_POSITIONS},
	};
	size_t derived = c->arch->head_dim;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (member_size(sizes[i].out, o, sizes[i].name, 0, sizes[i].max,
			err) != 0)
			return -1;
	if (derived == 0 && c->hidden % c->heads == 0)
		derived = c->hidden / c->heads;
	if (derived == 0 && member_get(o, "head_dim") == NULL)
		return error_set(err, STATUS_DATA,
		    "hidden_size: expected a multiple of num_attention_heads, "
		    "without a head_dim");
	if (member_size(&c->kv_heads, o, "num_key_value_heads", c->heads,
		MAX_SIDE, err) != 0 ||
	    member_size(&c->head_dim, o, "head_dim", derived, MAX_SIDE, err) !=
		0)
		return -1;
	if (c->head_dim % 2 != 0)
		return error_set(err, STATUS_DATA,
		    "head_dim %zu is not supported: it is odd", c->head_dim);
	if (c->heads % c->kv_heads != 0)
		return error_set(err, STATUS_DATA,
		    "num_key_value_heads: expected a divisor of "
		    "num_attention_heads");
	if (c->heads * c->head_dim > MAX_SIDE)
		return error_set(err, STATUS_DATA,
		    "head_dim: expected at most %zu in all heads", MAX_SIDE);
	return 0;
}

static int
read_dtype(struct config *c, const json_t *o, struct error *err)
{
	json_t *v = member_get(o, "dtype");

	if (v == NULL)
		v = member_get(o, "torch_dtype");
	if (v != NULL && !json_is_string(v))
		return error_set(err, STATUS_DATA, "dtype: expected a string");
	c->bf16 = v != NULL && strcmp(json_string_value(v), "bfloat16") == 0;
	return 0;
}

static int
read_config(struct config *c, const json_t *o, struct error *err)
{
	if (configclass_read(c, o, err) != 0 ||
	    refuse_unsupported(c, o, err) != 0 || read_sizes(c, o, err) != 0 ||
	    member_real(&c->rms_eps, o, "rms_norm_eps", 0, err) != 0 ||
	    read_rope(c, o, err) != 0 ||
	    member_bool(&c->tied, o, "tie_word_embeddings", err) != 0 ||
	    read_dtype(c, o, err) != 0 ||
	    member_token(&c->bos_token, o, "bos_token_id", err) != 0 ||
	    member_token(&c->pad_token, o, "pad_token_id", err) != 0)
		return -1;
	return read_stops(c, o, err);
}

/* Parse a file and give its object to ${read}; 1 when there is no file. */
static int
read_file(struct config *c, const char *dir, const char *name,
    int (*read)(struct config *, const json_t *, struct error *),
    struct error *err)
{
	json_error_t where;
	json_t *o = NULL;
	FILE *f = NULL;
	char *path = NULL;
	int result = -1;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		goto out;
	}
	if ((f = fopen(path, "r")) == NULL) {
		result = errno == ENOENT ? 1 : -1;
		error_input(err, path);
		goto out;
	}
	o = json_loadf(f, JSON_REJECT_DUPLICATES, &where);
	if (ferror(f))
		error_input(err, path);
	else if (o == NULL)
		error_set(err, STATUS_DATA, "%s:%d: %s", path, where.line,
		    where.text);
	else if (!json_is_object(o))
		error_set(err, STATUS_DATA, "%s: expected an object", path);
	else if ((result = read(c, o, err)) != 0)
		error_prefix(err, "%s: ", path);
out:
	json_decref(o);
	if (f != NULL)
		fclose(f);
	free(path);
	return result;
}

int
config_read(struct config *c, const char *dir, struct error *err)
{
	memset(c, 0, sizeof(*c));
	if (read_file(c, dir, "config.json", read_config, err) != 0)
		return -1;
	return read_file(c, dir, "generation_config.json", read_stops, err) < 0
	    ? -1
	    : 0;
}

int
config_stops(const struct config *c, int32_t token)
{
	for (size_t i = 0; i < c->stop_count; i++)
		if (c->stop_tokens[i] == token)
			return 1;
	return 0;
}
