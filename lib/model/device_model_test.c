/*
 * A whole model on the CUDA backend: gradients, logprobs and steps near the
 * CPU's, and the sampler's logprobs the trainer's, bit for bit.
 */
#include "kernels/device_test.h"

#include "lib/model/budget.h"
#include "lib/model/pages.h"
#include "lib/model/sampler.h"
#include "lib/model/toy_test.h"
#include "lib/model/trainer.h"

#define SEQUENCES 5
#define LONGEST 96
#define CROWDED 24 /* tokens of a response that wants another page */

/* Three responses to one prompt, two to another. */
struct job {
	int32_t tokens[SEQUENCES][LONGEST];
	struct sequence sequences[SEQUENCES];
	float logprob[SEQUENCES][LONGEST];
};

static void
job_new(struct job *j)
{
	memset(j, 0, sizeof(*j));
	for (size_t s = 0; s < SEQUENCES; s++) {
		size_t prompt = s < 3 ? 66 : 9, length = prompt + 3 + 2 * s;

		for (size_t i = 0; i < length; i++)
			j->tokens[s][i] = (int32_t)((s / 3 + 5 * i + i * i +
			    (i < prompt ? 0 : 11 * s)) % 67);
		j->sequences[s] = (struct sequence){j->tokens[s], length,
		    prompt, 0.8f, NULL};
	}
}

static int
loss(void *context, const struct loss_rows *rows)
{
	struct job *j = context;

	memcpy(j->logprob[rows->sequence] + rows->first, rows->logprob,
	    rows->n * sizeof(*rows->logprob));
	for (size_t i = 0; i < rows->n; i++) {
		rows->dlogprob[i] = (float)((i + rows->sequence) % 5) * 0.02f -
		    0.05f;
		rows->dentropy[i] = rows->sequence == 1 ? 0.01f : 0;
	}
	return 0;
}

static struct trainer *
trainer_of(struct kernels *k, const struct config *c, struct job *j,
    enum dtype type, enum workspace_mode mode, enum offload offload)
{
	struct error err = {0};
	struct trainer *t = trainer_new(k, c, type, offload, &err);
	struct microbatch_room room;

	assert_non_null(t);
	/* Not all at once: there are two micro-batches. */
	assert_int_equal(microbatch_room(&room, j->sequences, SEQUENCES,
	    SEQUENCES, 100), 0);
	assert_int_equal(trainer_reserve(t, &room, mode, &err), 0);
	toy_load(t);
	return t;
}

static void
keep_state(struct results *r, struct trainer *t, const float *arena)
{
	size_t n = t->model->parameters.total;

	r->v[r->count] = isa_alloc(n * sizeof(*arena));
	r->n[r->count] = n;
	trainer_get(t, r->v[r->count++], arena, n);
}

/* A gradient, a step, the gradient behind it, and the masters. */
static void
update(struct kernels *k, const struct config *c, struct results *r,
    enum dtype type, enum workspace_mode mode, enum offload offload)
{
	struct adamw o = {.lr = 1e-3f, .beta1 = 0.9f, .beta2 = 0.99f,
	    .eps = 1e-3f, .weight_decay = 0.1f, .gradient_scale = 1};
	struct job j;
	struct trainer *t;

	job_new(&j);
	t = trainer_of(k, c, &j, type, mode, offload);
	for (int step = 0; step < 2; step++) {
		float *logprobs, norm;

		assert_int_equal(trainer_gradient(t, j.sequences, SEQUENCES,
		    loss, &j), 0);
		norm = (float)trainer_gradient_norm(t);
		logprobs = device_put(k, j.logprob, sizeof(j.logprob));
		device_keep(k, r, logprobs, DTYPE_F32,
		    sizeof(j.logprob) / sizeof(float));
		k->upload(k, logprobs, &norm, sizeof(norm));
		device_keep(k, r, logprobs, DTYPE_F32, 1);
		keep_state(r, t, t->gradient);
		trainer_step(t, &o);
		k->free(k, logprobs);
	}
	keep_state(r, t, t->master);
	keep_state(r, t, t->m);
	trainer_free(t);
}

/* Roundings of activations travel through the layers, and are not a bound. */
static void
check_update(struct kernels *gpu, const struct config *c, enum dtype type,
    enum workspace_mode mode)
{
	struct kernels *cpu = kernels_cpu(1);
	struct results got = {0}, want = {0};

	assert_non_null(cpu);
	update(gpu, c, &got, type, mode, 0);
	update(cpu, c, &want, type, mode, 0);
	device_near(&got, &want, device_limit(type), "update");
	device_forget(&got);
	device_forget(&want);
	cpu->close(cpu);
}

static void
test_update(void **state)
{
	struct config c = toy_config(), wide = toy_wide();

	check_update(*state, &c, DTYPE_F32, WORKSPACE_TRAIN);
	check_update(*state, &c, DTYPE_F32, WORKSPACE_RECOMPUTE);
	check_update(*state, &c, DTYPE_BF16, WORKSPACE_TRAIN);
	check_update(*state, &wide, DTYPE_BF16, WORKSPACE_TRAIN);
}

/* State, and the gradient, on the host: on either side the same bits. */
static void
check_offload(struct kernels *k, enum dtype type, size_t layers, int tied)
{
	struct config c = toy_config();
	struct results want = {0};

	c.layers = layers;
	c.tied = tied;
	update(k, &c, &want, type, WORKSPACE_TRAIN, OFFLOAD_NOTHING);
	for (int i = OFFLOAD_STATE; i <= OFFLOAD_GRADIENT; i++) {
		struct results got = {0};

		update(k, &c, &got, type, WORKSPACE_TRAIN, (enum offload)i);
		device_equal(&got, &want);
		device_forget(&got);
	}
	device_forget(&want);
}

static void
test_offload(void **state)
{
	struct kernels *cpu = kernels_cpu(1);

	assert_non_null(cpu);
	check_offload(*state, DTYPE_BF16, 2, 1);
	check_offload(*state, DTYPE_BF16, 1, 0);
	for (int i = 0; i < 4; i++)
		check_offload(cpu, i == 0 ? DTYPE_F32 : DTYPE_BF16, 1 + i % 2,
		    i < 2);
	cpu->close(cpu);
}

/* Nothing is allocated that was not planned, and nothing less. */
static void
check_plan(struct kernels *k, enum dtype type, enum workspace_mode mode,
    enum offload offload)
{
	struct config c = toy_config();
	struct error err = {0};
	struct trainer *t = trainer_new(k, &c, type, offload, &err);
	struct microbatch_room room = {128, 6, 128, 6,
	    pages_for(128) + 2 * 6};
	struct budget b;

	assert_non_null(t);
	assert_int_equal(trainer_reserve(t, &room, mode, &err), 0);
	assert_int_equal(budget_train(&b, &c, type, mode, offload, 128,
	    &err), 0);
	/* Angles of 128 positions are beside what the trainer counts. */
	assert_int_equal(budget_total(&b) - b.weights, t->bytes +
	    128 * c.head_dim * sizeof(float));
	assert_int_equal(b.host, t->host_bytes);
	if (offload == OFFLOAD_GRADIENT) {
		assert_int_equal(b.host, 16 * b.parameters);
		assert_int_equal(b.masters + b.moments, 0);
	} else {
		assert_int_equal(b.gradient, 4 * b.parameters);
		assert_int_equal(b.masters, offload ? 0 : b.gradient);
		assert_int_equal(b.host + b.masters + b.moments,
		    12 * b.parameters);
	}
	trainer_free(t);
}

static void
test_plan(void **state)
{
	check_plan(*state, DTYPE_F32, WORKSPACE_TRAIN, OFFLOAD_NOTHING);
	check_plan(*state, DTYPE_BF16, WORKSPACE_RECOMPUTE, OFFLOAD_NOTHING);
	check_plan(*state, DTYPE_BF16, WORKSPACE_TRAIN, OFFLOAD_STATE);
	check_plan(*state, DTYPE_BF16, WORKSPACE_TRAIN, OFFLOAD_GRADIENT);
}

/* What the sampler gave for the prompts of a job. */
struct rollouts {
	struct job job;
	float logprob[SEQUENCES][LONGEST];
	size_t next, done;
};

static int
next_prompt(void *context, struct sampler_prompt *p, struct error *err)
{
	struct rollouts *r = context;
	size_t i = r->next++;

	(void)err;
	if (i > 1)
		return 0;
	*p = (struct sampler_prompt){r->job.tokens[i == 0 ? 0 : 3],
	    i == 0 ? 66 : 9, i == 0 ? 3 : 2, 1000 + i, 9, (void *)(3 * i)};
	return 1;
}

static int
response_done(void *context, const struct sampler_prompt *p,
    const struct sampler_response *response, struct error *err)
{
	struct rollouts *r = context;
	size_t s = (size_t)p->user + response->sample, n = response->length;
	struct sequence *q = &r->job.sequences[s];

	(void)err;
	memcpy(r->job.tokens[s] + p->length, response->tokens,
	    n * sizeof(*response->tokens));
	memcpy(r->logprob[s], response->logprobs,
	    n * sizeof(*response->logprobs));
	q->length = p->length + n;
	q->temperature = 1.25f;
	r->done++;
	return 0;
}

/* With so many pages of cache, 0 for all; how often a sample made way. */
static size_t
draw(struct kernels *k, const struct config *c, enum dtype type,
    struct rollouts *r, struct sampler_options o, size_t pages,
    int (*next)(void *, struct sampler_prompt *, struct error *))
{
	struct error err = {0};
	struct model *m = toy_model_of(k, c, type, 0, &err);
	struct sampler_calls calls = {.context = r, .next = next,
	    .done = response_done};
	struct sampler_stats stats;

	assert_non_null(m);
	o.kv_bytes = pages * workspace_page_bytes(m);
	memset(r, 0, sizeof(*r));
	job_new(&r->job);
	if (sampler_run(m, &o, &calls, &stats, &err))
		fail_msg("%s", err.text);
	assert_int_equal(r->done, SEQUENCES);
	model_free(m);
	return stats.preemptions;
}

static void
sample(struct kernels *k, const struct config *c, struct rollouts *r,
    enum dtype type, size_t slots)
{
	struct sampler_options o = {.sampling = {.temperature = 1.25f,
	    .top_p = 1}, .seed = 42, .slots = slots, .max_prompt = 66,
	    .max_response = 9};

	draw(k, c, type, r, o, 0, next_prompt);
}

static void
check_sampler(struct kernels *gpu, const struct config *c, enum dtype type)
{
	struct kernels *cpu = kernels_cpu(1);
	static struct rollouts many, one, right;
	struct trainer *t;

	assert_non_null(cpu);
	sample(gpu, c, &many, type, 8);
	sample(gpu, c, &one, type, 1);
	sample(cpu, c, &right, type, 8);
	assert_memory_equal(many.job.tokens, one.job.tokens,
	    sizeof(one.job.tokens));
	assert_memory_equal(many.logprob, one.logprob, sizeof(one.logprob));
	if (type == DTYPE_F32)
		assert_memory_equal(many.job.tokens, right.job.tokens,
		    sizeof(right.job.tokens));
	t = trainer_of(gpu, c, &many.job, type, WORKSPACE_SAMPLE, 0);
	assert_int_equal(pass_forward(&t->pass, many.job.sequences, SEQUENCES,
	    loss, &many.job), 0);
	assert_memory_equal(many.job.logprob, many.logprob,
	    sizeof(many.logprob));
	trainer_free(t);
	cpu->close(cpu);
}

static void
test_sampler(void **state)
{
	struct config c = toy_config(), wide = toy_wide();

	check_sampler(*state, &c, DTYPE_F32);
	check_sampler(*state, &c, DTYPE_BF16);
	check_sampler(*state, &wide, DTYPE_BF16);
}

/* One prompt that all but fills a page, and samples that go beyond it. */
static int
next_crowded(void *context, struct sampler_prompt *p, struct error *err)
{
	struct rollouts *r = context;

	(void)err;
	if (r->next++ > 0)
		return 0;
	*p = (struct sampler_prompt){r->job.tokens[0], KV_PAGE - 4, SEQUENCES,
	    1, CROWDED, NULL};
	return 1;
}

static size_t
crowd(struct kernels *k, const struct config *c, struct rollouts *r,
    size_t pages)
{
	struct sampler_options o = {.sampling = {.temperature = 1,
	    .top_p = 1}, .seed = 7, .slots = SEQUENCES, .max_prompt = KV_PAGE,
	    .max_response = CROWDED};

	return draw(k, c, DTYPE_BF16, r, o, pages, next_crowded);
}

/* The same samples, some of them computed again. */
static void
test_preemption(void **state)
{
	struct config c = toy_wide();
	static struct rollouts ample, scarce;

	assert_int_equal(crowd(*state, &c, &ample, 4 * SEQUENCES), 0);
	assert_true(crowd(*state, &c, &scarce, SEQUENCES + 1) > 0);
	assert_memory_equal(ample.job.tokens, scarce.job.tokens,
	    sizeof(ample.job.tokens));
	assert_memory_equal(ample.logprob, scarce.logprob,
	    sizeof(ample.logprob));
}

/* Said when the model is made, not found out in the midst of work. */
static void
test_wide_heads(void **state)
{
	struct kernels *k = *state;
	struct config c = toy_config();
	struct error err = {0};

	c.head_dim = k->most_head_dim + 2;
	assert_null(model_new(k, &c, DTYPE_F32, 0, 0, &err));
	assert_int_equal(err.status, STATUS_UNAVAILABLE);
}

int
main(void)
{
	struct kernels *k = device_open();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_update, k),
		cmocka_unit_test_prestate(test_offload, k),
		cmocka_unit_test_prestate(test_plan, k),
		cmocka_unit_test_prestate(test_sampler, k),
		cmocka_unit_test_prestate(test_preemption, k),
		cmocka_unit_test_prestate(test_wide_heads, k),
	};

	DEVICE_MAIN(k, tests);
}
