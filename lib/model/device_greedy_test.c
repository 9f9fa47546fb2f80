/*
 * Greedy tokens on the CUDA backend: the CPU's wherever the CPU's logits do not
 * have another within 0.1 of the largest, on the same tokens before.
 */
#include "kernels/device_test.h"

#include "lib/model/pass.h"
#include "lib/model/sampler.h"
#include "lib/model/toy_test.h"

#define PROMPTS 6
#define NEW 8
#define LONGEST 96
#define GAP 0.1f

/* A prompt and what is drawn behind it. */
struct text {
	int32_t tokens[LONGEST];
	size_t prompt, length;
	float logprob[NEW];
};

struct job {
	struct text *texts;
	size_t count, next, most; /* response tokens */
};

static int
next(void *context, struct sampler_prompt *p, struct error *err)
{
	struct job *j = context;
	struct text *t = &j->texts[j->next];

	(void)err;
	if (j->next == j->count)
		return 0;
	*p = (struct sampler_prompt){t->tokens, t->prompt, 1, j->next++,
	    j->most, t};
	return 1;
}

static int
done(void *context, const struct sampler_prompt *p,
    const struct sampler_response *response, struct error *err)
{
	struct text *t = p->user;

	(void)context;
	(void)err;
	memcpy(t->tokens + t->prompt, response->tokens,
	    response->length * sizeof(*t->tokens));
	memcpy(t->logprob, response->logprobs,
	    response->length * sizeof(*t->logprob));
	t->length = t->prompt + response->length;
	return 0;
}

static void
draw(struct model *m, struct text *texts, size_t count, size_t most)
{
	struct job j = {texts, count, 0, most};
	struct sampler_calls calls = {.context = &j, .next = next,
	    .done = done};
	struct sampler_options o = {.sampling = {.temperature = 1, .top_p = 1,
	    .greedy = 1}, .slots = 4, .max_prompt = LONGEST,
	    .max_response = NEW};
	struct sampler_stats stats;
	struct error err = {0};

	if (sampler_run(m, &o, &calls, &stats, &err))
		fail_msg("%s", err.text);
}

static int
keep(void *context, const struct loss_rows *rows)
{
	struct text *texts = context;

	memcpy(texts[rows->sequence].logprob + rows->first, rows->logprob,
	    rows->n * sizeof(*rows->logprob));
	return 0;
}

/* What a model makes of the texts' responses. */
static void
judge(struct model *m, struct text *texts)
{
	struct sequence sequences[PROMPTS];
	struct microbatch_room room;
	struct pass p = {0};
	struct error err = {0};

	for (size_t i = 0; i < PROMPTS; i++)
		sequences[i] = (struct sequence){texts[i].tokens,
		    texts[i].length, texts[i].prompt, 1, NULL};
	assert_int_equal(microbatch_room(&room, sequences, PROMPTS, PROMPTS,
	    200), 0);
	if (pass_reserve(&p, m, &room, WORKSPACE_SAMPLE, NULL, &err))
		fail_msg("%s", err.text);
	assert_int_equal(pass_forward(&p, sequences, PROMPTS, keep, texts), 0);
	pass_free(&p);
}

/* The CPU's own choice at each of the response's places. */
static size_t
check_text(struct model *cpu, const struct text *t)
{
	size_t n = t->length - t->prompt, equal = 0;
	struct text *each = calloc(n, sizeof(*each));

	assert_non_null(each);
	for (size_t i = 0; i < n; i++) {
		each[i] = *t;
		each[i].prompt = t->prompt + i;
	}
	draw(cpu, each, n, 1);
	for (size_t i = 0; i < n; i++) {
		int32_t got = t->tokens[t->prompt + i];

		if (each[i].tokens[each[i].prompt] == got)
			equal++;
		else if (each[i].logprob[0] - t->logprob[i] > GAP)
			fail_msg("place %zu: token %d, %g below token %d", i,
			    got, (double)(each[i].logprob[0] - t->logprob[i]),
			    each[i].tokens[each[i].prompt]);
	}
	free(each);
	return equal;
}

static void
check_greedy(struct kernels *gpu, enum dtype type)
{
	static struct text texts[PROMPTS];
	struct kernels *k = kernels_cpu(1);
	struct error err = {0};
	struct model *ours = toy_model(gpu, type, 0, &err), *cpu;
	size_t equal = 0, all = 0;

	assert_non_null(k);
	cpu = toy_model(k, type, 0, &err);
	assert_non_null(ours);
	assert_non_null(cpu);
	memset(texts, 0, sizeof(texts));
	for (size_t i = 0; i < PROMPTS; i++) {
		texts[i].prompt = 3 + 16 * i;
		for (size_t j = 0; j < texts[i].prompt; j++)
			texts[i].tokens[j] = (int32_t)((i + 7 * j + j * j) %
			    67);
	}
	draw(ours, texts, PROMPTS, NEW);
	judge(cpu, texts);
	for (size_t i = 0; i < PROMPTS; i++) {
		equal += check_text(cpu, &texts[i]);
		all += texts[i].length - texts[i].prompt;
	}
	assert_true(10 * equal >= 9 * all);
	model_free(ours);
	model_free(cpu);
	k->close(k);
}

static void
test_greedy(void **state)
{
	check_greedy(*state, DTYPE_F32);
	check_greedy(*state, DTYPE_BF16);
}

int
main(void)
{
	struct kernels *k = device_open();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_greedy, k),
	};

	DEVICE_MAIN(k, tests);
}
