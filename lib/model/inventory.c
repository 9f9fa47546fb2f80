/* A checkpoint's tensors, held against what its config.json wants. */
#include "lib/model/inventory.h"

#include <stdio.h>
#include <string.h>

/* What checkpoints hold beside the model's own: a tied head once more, and the
 * frequencies of rotations, which old ones kept as buffers. */
static int
is_spare(const char *name, const struct config *c)
{
	static const char buffer[] = ".rotary_emb.inv_freq";
	size_t n = strlen(name), tail = sizeof(buffer) - 1;

	if (strcmp(name, "lm_head.weight") == 0)
		return c->tied || c->head != CONFIG_LOGITS;
	return n > tail && strcmp(name + n - tail, buffer) == 0;
}

/* That the checkpoint has no tensor that the model has not. */
static int
check_rest(const struct parameters *p, const struct config *c,
    const struct safetensors *s, struct error *err)
{
	for (size_t i = 0; i < safetensors_count(s); i++) {
		const char *name = safetensors_at(s, i)->name;
		size_t j = 0;

		while (j < p->count && strcmp(p->list[j].name, name) != 0)
			j++;
		if (j == p->count && !is_spare(name, c))
			return error_set(err, STATUS_DATA, "tensor %s: a %s "
			    "model of this config.json has none", name,
			    c->arch->model_type);
	}
	return 0;
}

static int
bad_shape(const struct parameter *q, struct error *err)
{
	char cols[32] = "";

	if (q->cols > 0)
		snprintf(cols, sizeof(cols), ", %zu", q->cols);
	return error_set(err, STATUS_DATA, "tensor %s: its shape is not the "
	    "(%zu%s) of config.json", q->name, q->rows, cols);
}

int
inventory_check(const struct parameters *p, const struct config *c,
    const struct safetensors *s, struct error *err)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct parameter *q = &p->list[i];
		const struct tensor *t = safetensors_find(s, q->name);
		size_t dims = q->cols ? 2 : 1;

		if (t == NULL)
			return error_set(err, STATUS_DATA,
			    "tensor %s is missing", q->name);
		if (t->type == TENSOR_OTHER)
			return error_set(err, STATUS_DATA, "tensor %s: only "
			    "F32, F16 and BF16 are supported", q->name);
		if (t->dims != dims || t->shape[0] != q->rows ||
		    (dims == 2 && t->shape[1] != q->cols))
			return bad_shape(q, err);
	}
	return check_rest(p, c, s, err);
}
