/* A model without gradients: its weights and room for a pass. */
#include "lib/model/frozen.h"

#include <string.h>

int
frozen_open(struct frozen *f, struct kernels *k, const struct config *config,
    enum dtype type, const struct safetensors *weights, struct error *err)
{
	f->model = model_new(k, config, type, 0, 0, err);
	return f->model == NULL ? -1 : model_load(f->model, weights, err);
}

int
frozen_reserve(struct frozen *f, const struct microbatch_room *room,
    struct error *err)
{
	return pass_reserve(&f->pass, f->model, room, WORKSPACE_SAMPLE, NULL,
	    err);
}

struct head_reference
frozen_take_head(struct frozen *f)
{
	struct head_reference r = {f->model->head, f->model->type};

	f->model->head.packed = NULL;
	return r;
}

void
frozen_close(struct frozen *f)
{
	pass_free(&f->pass);
	model_free(f->model);
	memset(f, 0, sizeof(*f));
}
