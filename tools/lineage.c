/* trainer_state.json: parent, digests and options of a checkpoint. */
#include "tools/lineage.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/io/field.h"

/* SHA-256 of a file, or null where it isn't one that can be read again. */
static json_t *
digest(const char *path)
{
	char hex[DIGEST_HEX];
	struct stat st;

	/* A pipe is empty by now, or would wait for another writer. */
	if (path == NULL || strcmp(path, "-") == 0 ||
	    stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    digest_file(hex, path, NULL) != 0)
		return json_null();
	return json_string(hex);
}

/* Which of a directory's files are weights in parts. */
static int
is_shard(const struct dirent *e)
{
	size_t n = strlen(e->d_name), tail = strlen(".safetensors");

	return strncmp(e->d_name, "model-", 6) == 0 && n > tail &&
	    strcmp(e->d_name + n - tail, ".safetensors") == 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Of the parts in the order of their names, as one file. */
static json_t *
shards_digest(const char *dir)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_shard, by_name), made = 0;
	char **paths = calloc(n > 0 ? (size_t)n : 1, sizeof(*paths));
	char hex[DIGEST_HEX];
	json_t *j = NULL;

	for (int i = 0; i < n; i++) {
		if (paths != NULL && made == i && asprintf(&paths[i], "%s/%s",
		    dir, list[i]->d_name) >= 0)
			made++;
		free(list[i]);
	}
	if (n > 0 && made == n && digest_files(hex,
	    (const char *const *)paths, (size_t)n, NULL) == 0)
		j = json_string(hex);
	while (made > 0)
		free(paths[--made]);
	free(paths);
	free(list);
	return j != NULL ? j : json_null();
}

static json_t *
weights_digest(const char *dir)
{
	char *path = NULL;
	json_t *j;

	if (asprintf(&path, "%s/model.safetensors", dir) < 0)
		return json_null();
	j = access(path, F_OK) == 0 ? digest(path) : shards_digest(dir);
	free(path);
	return j;
}

static json_t *
digests(const struct lineage *l)
{
	const struct loss_options *o = &l->options->loss;
	json_t *j = json_object();

	json_object_set_new(j, "parent",
	    l->init ? json_null() : weights_digest(l->model));
	json_object_set_new(j, "buffer",
	    digest(l->buffer_count == 1 ? l->buffers[0] : NULL));
	if (o->beta > 0)
		json_object_set_new(j, "reference",
		    weights_digest(o->reference));
	return j;
}

static int
set_word(json_t *j, const char *name, const char *const *words, int i,
    struct error *err)
{
	return field_set_string(j, name, words[i], strlen(words[i]), err);
}

static int
set_loss(json_t *j, const struct loss_options *o, struct error *err)
{
	int bad = set_word(j, "objective", objective_names, o->objective,
	    err) ||
	    set_word(j, "loss_norm", loss_norms, o->norm, err) ||
	    field_set_u64(j, "max_response", o->max_response, err) ||
	    set_word(j, "is_level", loss_levels, o->weights.sequence, err) ||
	    field_set_real(j, "is_cap", o->weights.cap, err) ||
	    field_set_reals(j, "clip", o->weights.clip, 2, err) ||
	    set_word(j, "old", loss_olds, o->old, err) ||
	    field_set_real(j, "tis", o->tis, err) ||
	    field_set_real(j, "beta", o->beta, err) ||
	    set_word(j, "kl", penalty_names, o->kl, err) ||
	    field_set_real(j, "entropy", o->entropy, err);

	if (!bad && loss_of_values(o))
		bad = set_word(j, "value_loss", loss_values, o->value_loss,
		    err);
	if (bad || o->beta == 0)
		return bad ? -1 : 0;
	return field_set_string(j, "ref", o->reference, strlen(o->reference),
	    err);
}

/* What the steps depended on. */
static int
set_options(json_t *j, const struct lineage *l, struct error *err)
{
	const struct learner_options *o = l->options;

	if (set_loss(j, &o->loss, err) ||
	    set_word(j, "schedule", learner_schedules, o->schedule, err) ||
	    field_set_real(j, "lr", o->lr, err) ||
	    field_set_u64(j, "warmup", o->warmup, err) ||
	    field_set_u64(j, "total_steps", o->total_steps, err) ||
	    field_set_u64(j, "batch", o->batch, err) ||
	    field_set_u64(j, "epochs", o->epochs, err) ||
	    field_set_bool(j, "shuffle", o->shuffle, err) ||
	    field_set_u64(j, "micro_tokens", o->micro_tokens, err) ||
	    field_set_reals(j, "betas", o->betas, 2, err) ||
	    field_set_real(j, "eps", o->eps, err) ||
	    field_set_real(j, "weight_decay", o->weight_decay, err) ||
	    field_set_real(j, "grad_clip", o->grad_clip, err))
		return -1;
	return 0;
}

json_t *
lineage_state(const struct lineage *l, struct error *err)
{
	json_t *j = json_object(), *options = json_object();
	json_int_t iteration = json_integer_value(
	    json_object_get(l->parent, "iteration"));

	json_object_set_new(j, "iteration", json_integer(iteration + 1));
	json_object_set_new(j, "parent", l->init ? json_null() :
	    json_string(l->model));
	json_object_set_new(j, "digests", digests(l));
	if (field_set_u64(j, "step", l->step, err) ||
	    field_set_u64(j, "seed", l->options->seed, err) ||
	    field_set_u64(j, "trajectories", l->trajectories, err) ||
	    set_options(options, l, err) ||
	    json_object_set(j, "options", options) != 0) {
		json_decref(j);
		j = NULL;
	}
	json_decref(options);
	return j;
}
