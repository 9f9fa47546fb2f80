/* Checkpoint directories in Hugging Face's layout, read and written. */
#include "lib/model/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/io/atomicdir.h"
#include "lib/io/encode.h"
#include "lib/model/configclass.h"
#include "lib/model/inventory.h"

#define BLOCK ((size_t)1 << 20) /* values copied at a time */

/* Files that travel along where a checkpoint has them. */
static const char *const companions[] = {"generation_config.json",
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja",
    NULL};

static char *
join(const char *dir, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return NULL;
	return path;
}

static json_t *
load_json(const char *dir, const char *name, struct error *err)
{
	char *path = join(dir, name);
	json_error_t je;
	json_t *j = NULL;

	if (path != NULL)
		j = json_load_file(path, JSON_REJECT_DUPLICATES, &je);
	if (path == NULL)
		error_set(err, STATUS_TEMPFAIL, "no memory");
	else if (j == NULL)
		error_set(err, STATUS_DATA, "%s:%d: %s", path, je.line,
		    je.text);
	free(path);
	return j;
}

static int
exists(const char *dir, const char *name)
{
	char *path = join(dir, name);
	int r = path != NULL && access(path, F_OK) == 0;

	free(path);
	return r;
}

static int
open_weights(struct checkpoint *c, struct error *err)
{
	struct parameters p;
	int r;

	c->weights = safetensors_open(c->dir, "model", err);
	if (c->weights == NULL)
		return -1;
	if (parameters_layout(&p, &c->config))
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	r = inventory_check(&p, &c->config, c->weights, err);
	parameters_free(&p);
	return r ? error_prefix(err, "%s: ", c->dir) : 0;
}

/*
 * How the checkpoint was made, and what AdamW goes on from.  Without the latter
 * trainer_state.json may be another program's.
 */
static int
open_optimizer(struct checkpoint *c, struct error *err)
{
	int optimizer = exists(c->dir, "optimizer.safetensors");
	json_t *step;

	if (!exists(c->dir, "trainer_state.json"))
		return 0;
	c->state = load_json(c->dir, "trainer_state.json",
	    optimizer ? err : NULL);
	if (!optimizer)
		return 0;
	if (c->state == NULL)
		return -1;
	step = json_object_get(c->state, "step");
	if (!json_is_integer(step) || json_integer_value(step) < 0)
		return error_set(err, STATUS_DATA, "%s/trainer_state.json: "
		    "step: expected a count", c->dir);
	c->optimizer = safetensors_open(c->dir, "optimizer", err);
	return c->optimizer == NULL ? -1 : 0;
}

enum wanted { POLICY, VALUE, EITHER };

/* Refuse a model whose head is not of the kind that is wanted. */
static int
check_head(const struct checkpoint *c, enum wanted wanted, struct error *err)
{
	int value = wanted == VALUE;
	char name[CONFIGCLASS_NAME];

	if (wanted == EITHER || (c->config.head != CONFIG_LOGITS) == value)
		return 0;
	configclass_name(&c->config, name);
	return error_set(err, STATUS_DATA, "%s: a %s is a %s, where a %s is "
	    "wanted", c->dir, name, value ? "policy" : "value model",
	    value ? "value model" : "policy");
}

static int
open_any(struct checkpoint *c, const char *dir, enum wanted wanted,
    int weights, int optimizer, struct error *err)
{
	memset(c, 0, sizeof(*c));
	c->dir = dir;
	if (config_read(&c->config, dir, err) ||
	    check_head(c, wanted, err) ||
	    (weights && open_weights(c, err)) ||
	    (optimizer && open_optimizer(c, err))) {
		checkpoint_close(c);
		return -1;
	}
	return 0;
}

int
checkpoint_open(struct checkpoint *c, const char *dir, int weights,
    int optimizer, struct error *err)
{
	return open_any(c, dir, POLICY, weights, optimizer, err);
}

int
checkpoint_open_value(struct checkpoint *c, const char *dir, int weights,
    int optimizer, int begin, struct error *err)
{
	if (open_any(c, dir, begin ? EITHER : VALUE, weights,
	    optimizer, err))
		return -1;
	if (c->config.head != CONFIG_LOGITS)
		return 0;
	c->config.head = CONFIG_SEQUENCE;
	c->begun = 1;
	safetensors_close(c->optimizer);
	c->optimizer = NULL;
	return 0;
}

void
checkpoint_release(struct checkpoint *c)
{
	safetensors_close(c->weights);
	safetensors_close(c->optimizer);
	c->weights = c->optimizer = NULL;
}

void
checkpoint_close(struct checkpoint *c)
{
	checkpoint_release(c);
	json_decref(c->state);
	memset(c, 0, sizeof(*c));
}

/* One arena to be written under the parameters' names behind a prefix. */
struct piece {
	const char *prefix;
	const float *arena;
};

static void
declare(struct tensor *tensors, char (*names)[128], const struct parameters *p,
    const struct piece *pieces, size_t n, enum tensor_type type)
{
	for (size_t i = 0; i < n * p->count; i++) {
		const struct parameter *q = &p->list[i % p->count];

		snprintf(names[i], sizeof(names[i]), "%s%s",
		    pieces[i / p->count].prefix, q->name);
		tensors[i] = (struct tensor){.name = names[i], .type = type,
		    .dims = q->cols ? 2 : 1, .shape = {q->rows, q->cols},
		    .count = q->count};
	}
}

/* One parameter of an arena, block by block. */
static int
write_tensor(struct safetensors_writer *w, struct trainer *t, const float *in,
    size_t count, float *block, struct error *err)
{
	for (size_t i = 0; i < count; i += BLOCK) {
		size_t n = count - i < BLOCK ? count - i : BLOCK;

		trainer_get(t, block, in + i, n);
		if (safetensors_write(w, block, n, err))
			return -1;
	}
	return 0;
}

/* Write arenas, tensor by tensor, by way of one small host buffer. */
static int
write_tensors(const char *path, struct trainer *t, const struct piece *pieces,
    size_t n, enum tensor_type type, struct error *err)
{
	const struct parameters *p = &t->model->parameters;
	struct kernels *k = t->model->kernels;
	struct safetensors_writer *w = NULL;
	struct tensor *tensors = calloc(n * p->count, sizeof(*tensors));
	char (*names)[128] = calloc(n * p->count, sizeof(*names));
	float *block = k->alloc_host(k, BLOCK * sizeof(*block));
	int r = -1;

	if (tensors == NULL || names == NULL || block == NULL) {
		error_set(err, STATUS_TEMPFAIL, "no memory to write %s", path);
		goto out;
	}
	declare(tensors, names, p, pieces, n, type);
	w = safetensors_create(path, tensors, n * p->count, err);
	if (w == NULL)
		goto out;
	for (size_t i = 0; i < n * p->count; i++) {
		const struct parameter *q = &p->list[i % p->count];

		if (write_tensor(w, t, pieces[i / p->count].arena + q->offset,
		    q->count, block, err))
			goto out;
	}
	r = safetensors_finish(w, err);
	w = NULL;
out:
	safetensors_abandon(w);
	free(tensors);
	free(names);
	k->free_host(k, block);
	return r;
}

int
checkpoint_write_gradient(const char *path, struct trainer *t,
    struct error *err)
{
	struct piece gradient = {"", t->gradient};

	return write_tensors(path, t, &gradient, 1, TENSOR_F32, err);
}

static int
write_json(struct atomicdir *d, const char *name, const json_t *j,
    struct error *err)
{
	struct buffer text = {0};
	int r;

	if (encode_json(&text, j) || buffer_add_string(&text, "\n"))
		r = error_set(err, STATUS_TEMPFAIL, "no memory to write %s",
		    name);
	else
		r = atomicdir_write(d, name, text.data, text.length, err);
	buffer_free(&text);
	return r;
}

/* The members that make it a classifier with one label. */
static int
set_class(json_t *config, const struct config *c)
{
	char name[CONFIGCLASS_NAME];

	configclass_name(c, name);
	return json_object_set_new(config, "architectures",
	    json_pack("[s]", name)) ||
	    json_object_set_new(config, "id2label",
	    json_pack("{s:s}", "0", "LABEL_0")) ||
	    json_object_set_new(config, "label2id",
	    json_pack("{s:i}", "LABEL_0", 0)) ? -1 : 0;
}

/* config.json as it came, but for the dtype and the class if they changed. */
static int
write_config(struct atomicdir *d, const struct checkpoint *from, int bf16,
    struct error *err)
{
	const char *name = bf16 ? "bfloat16" : "float32", *key, *old;
	json_t *j = load_json(from->dir, "config.json", err);
	char *path = join(from->dir, "config.json");
	int r = -1;

	if (j == NULL || path == NULL)
		goto out;
	key = json_object_get(j, "dtype") != NULL ? "dtype" : "torch_dtype";
	old = json_string_value(json_object_get(j, key));
	if (!from->begun && old != NULL && strcmp(old, name) == 0) {
		r = atomicdir_copy(d, path, 0, err);
		goto out;
	}
	json_object_set_new(j, key, json_string(name));
	if (from->begun && set_class(j, &from->config)) {
		error_set(err, STATUS_TEMPFAIL, "no memory");
		goto out;
	}
	r = write_json(d, "config.json", j, err);
out:
	json_decref(j);
	free(path);
	return r;
}

static int
write_files(struct atomicdir *d, const struct checkpoint *from,
    struct trainer *t, const json_t *state, int optimizer, struct error *err)
{
	int bf16 = t->model->type == DTYPE_BF16;
	struct piece weights = {"", t->master};
	struct piece moments[] = {{"master.", t->master},
	    {"exp_avg.", t->m}, {"exp_avg_sq.", t->v}};
	char *path = join(atomicdir_path(d), "model.safetensors");
	int r = -1;

	if (path == NULL || write_config(d, from, bf16, err) ||
	    write_tensors(path, t, &weights, 1,
	    bf16 ? TENSOR_BF16 : TENSOR_F32, err))
		goto out;
	for (size_t i = 0; companions[i] != NULL; i++) {
		free(path);
		path = join(from->dir, companions[i]);
		if (path == NULL || atomicdir_copy(d, path, 1, err))
			goto out;
	}
	if (state != NULL && write_json(d, "trainer_state.json", state, err))
		goto out;
	if (optimizer && !t->fresh) {
		free(path);
		path = join(atomicdir_path(d), "optimizer.safetensors");
		if (path == NULL || write_tensors(path, t, moments, 3,
		    TENSOR_F32, err))
			goto out;
	}
	r = 0;
out:
	free(path);
	return r;
}

int
checkpoint_write(const char *path, const struct checkpoint *from,
    struct trainer *t, const json_t *state, int optimizer, struct error *err)
{
	struct atomicdir *d = atomicdir_create(path, err);
	int r;

	if (d == NULL)
		return -1;
	r = write_files(d, from, t, state, optimizer, err);
	if (r == 0)
		r = atomicdir_commit(d, err);
	atomicdir_abandon(d);
	return r;
}
