/*
 * The sampler: the same responses whatever slots, threads, cache size; and the
 * trainer's logprobs of them are the same bits.
 */
#include "lib/model/sampler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/model/pages.h"
#include "lib/model/toy_test.h"
#include "lib/model/trainer.h"

#define PROMPTS 9
#define SAMPLES 5
#define LONGEST 90
/* Pages for the longest, of 256 tokens. */
#define LEAST pages_for(256)

/* Everything that a run gave, by prompt and sample. */
struct rollouts {
	int32_t prompt[PROMPTS][160];
	size_t prompt_length[PROMPTS];
	int32_t tokens[PROMPTS][SAMPLES][LONGEST];
	float logprobs[PROMPTS][SAMPLES][LONGEST];
	size_t length[PROMPTS][SAMPLES];
	enum finish finish[PROMPTS][SAMPLES];
	size_t next, done;
	size_t stop_at; /* end a response by the call at this token; 0: never */
	size_t full_until; /* so many done, all slots are to be in use */
	struct sampler_stats stats;
};

static int
next_prompt(void *context, struct sampler_prompt *p, struct error *err)
{
	static const size_t lengths[PROMPTS] = {1, 64, 30, 128, 65, 150, 63,
	    127, 64};
	struct rollouts *r = context;
	size_t i = r->next;

	(void)err;
	if (i == PROMPTS)
		return 0;
	r->next++;
	r->prompt_length[i] = lengths[i];
	for (size_t j = 0; j < lengths[i]; j++)
		r->prompt[i][j] = (int32_t)((7 * i + 13 * j * j + j) % 67);
	*p = (struct sampler_prompt){r->prompt[i], lengths[i], SAMPLES,
	    1000 + i, LONGEST - i, (void *)i};
	return 1;
}

static int
token_drawn(void *context, const struct sampler_prompt *p, size_t sample,
    int32_t token)
{
	const struct rollouts *r = context;

	(void)p;
	(void)sample;
	return r->stop_at > 0 && (size_t)token == r->stop_at;
}

static int
response_done(void *context, const struct sampler_prompt *p,
    const struct sampler_response *response, struct error *err)
{
	struct rollouts *r = context;
	size_t i = (size_t)p->user, s = response->sample;

	(void)err;
	memcpy(r->tokens[i][s], response->tokens,
	    response->length * sizeof(*response->tokens));
	memcpy(r->logprobs[i][s], response->logprobs,
	    response->length * sizeof(*response->logprobs));
	r->length[i][s] = response->length;
	r->finish[i][s] = response->finish;
	r->done++;
	return 0;
}

/* No slot is free while samples wait, but in the first pass. */
static int
pass_done(void *context, const struct sampler_stats *stats, struct error *err)
{
	struct rollouts *r = context;
	size_t occupied = stats->occupied - r->stats.occupied;

	(void)err;
	if (r->stats.prompt_tokens > 0 && r->full_until > r->done)
		assert_int_equal(occupied,
		    PROMPTS * SAMPLES - r->full_until);
	r->stats = *stats;
	return 0;
}

/* With passes begun before the tokens of as many others are read. */
static struct rollouts *
draw_ahead(enum dtype type, int threads, size_t slots, size_t pages,
    size_t stop_at, size_t ahead)
{
	struct error err = {0};
	struct kernels *k = kernels_cpu(threads);
	struct model *m = toy_model(k, type, 0, &err);
	struct rollouts *r = calloc(1, sizeof(*r));
	struct sampler_calls calls = {r, next_prompt, token_drawn,
	    response_done, pass_done};
	struct sampler_options o = {.sampling = {.temperature = 1.25f,
	    .top_p = 1}, .seed = 42, .slots = slots, .max_prompt = 160,
	    .max_response = LONGEST,
	    .kv_bytes = pages * workspace_page_bytes(m)};
	struct sampler_stats stats;

	assert_non_null(m);
	k->ahead = ahead;
	r->stop_at = stop_at;
	if (pages == 0 && ahead == 0 && slots < PROMPTS * SAMPLES)
		r->full_until = PROMPTS * SAMPLES - slots;
	if (sampler_run(m, &o, &calls, &stats, &err))
		fail_msg("%s", err.text);
	assert_int_equal(r->done, PROMPTS * SAMPLES);
	r->stats = stats;
	model_free(m);
	k->close(k);
	return r;
}

static struct rollouts *
draw(enum dtype type, int threads, size_t slots, size_t pages, size_t stop_at)
{
	return draw_ahead(type, threads, slots, pages, stop_at, 0);
}

static void
same(const struct rollouts *a, struct rollouts *b)
{
	b->full_until = a->full_until;
	b->stats = a->stats;
	assert_memory_equal(a, b, sizeof(*a));
	free(b);
}

static void
check_invariance(enum dtype type)
{
	struct rollouts *one = draw(type, 1, 1, 0, 0);
	size_t shortest = LONGEST, longest = 0;

	same(one, draw(type, 2, 3, 0, 0));
	same(one, draw(type, 3, 64, 0, 0));
	for (size_t i = 0; i < PROMPTS; i++)
		for (size_t s = 0; s < SAMPLES; s++) {
			size_t n = one->length[i][s];

			shortest = n < shortest ? n : shortest;
			longest = n > longest ? n : longest;
		}
	assert_true(shortest < 20 && longest > 60); /* ragged, as meant */
	free(one);
}

static void
test_invariance_f32(void **state)
{
	(void)state;
	check_invariance(DTYPE_F32);
}

static void
test_invariance_bf16(void **state)
{
	(void)state;
	check_invariance(DTYPE_BF16);
}

static size_t
rows_of(const struct sampler_stats *s)
{
	return s->prefill.work.rows + s->decode.work.rows;
}

/* Tokens on the device before they are here; rows that turn out in vain. */
static void
test_ahead(void **state)
{
	struct rollouts *one = draw(DTYPE_F32, 2, 8, 0, 5);
	size_t rows = rows_of(&one->stats), tokens = one->stats.decode_tokens;

	(void)state;
	for (size_t pages = 0; pages < 80; pages += LEAST + 5 * pages)
		for (size_t slots = 5; slots < 70; slots += 59) {
			struct rollouts *r = draw_ahead(DTYPE_F32, 2, slots,
			    pages, 5, 1);

			assert_int_equal(r->stats.decode_tokens, tokens);
			assert_true(rows_of(&r->stats) > rows);
			same(one, r);
		}
	free(one);
}

/* From a cache for the longest sequence alone to one for most of them. */
static void
check_tight(enum dtype type, size_t slots)
{
	struct rollouts *one = draw(type, 2, slots, 0, 0);
	size_t preempted = 0, rows = rows_of(&one->stats);

	assert_int_equal(one->stats.preemptions, 0);
	for (size_t pages = LEAST; pages < 120; pages += 1 + pages / 8) {
		struct rollouts *r = draw(type, 2, slots, pages, 0);
		struct sampler_stats *s = &r->stats;

		assert_true(s->kv_most <= s->kv_bytes);
		assert_int_equal(s->prompt_tokens, one->stats.prompt_tokens);
		assert_int_equal(s->decode_tokens, one->stats.decode_tokens);
		assert_true(s->preemptions == 0 || rows_of(s) > rows);
		preempted += s->preemptions;
		same(one, r);
	}
	assert_true(preempted > slots);
	free(one);
}

static void
test_tight_f32(void **state)
{
	(void)state;
	check_tight(DTYPE_F32, 64);
}

static void
test_tight_bf16(void **state)
{
	(void)state;
	check_tight(DTYPE_BF16, 11);
	check_tight(DTYPE_BF16, 64);
}

static void
test_samples_differ(void **state)
{
	struct rollouts *r = draw(DTYPE_F32, 2, 8, 0, 0);

	(void)state;
	assert_memory_not_equal(r->tokens[3][0], r->tokens[3][1],
	    sizeof(r->tokens[3][0]));
	free(r);
}

static void
test_finish(void **state)
{
	struct rollouts *r = draw(DTYPE_F32, 2, 8, 0, 5);
	size_t seen[3] = {0};

	(void)state;
	for (size_t i = 0; i < PROMPTS; i++)
		for (size_t s = 0; s < SAMPLES; s++) {
			int32_t last = r->tokens[i][s][r->length[i][s] - 1];

			seen[r->finish[i][s]]++;
			if (r->finish[i][s] == FINISH_STOP)
				assert_int_equal(last, 3);
			else if (r->finish[i][s] == FINISH_STRING)
				assert_int_equal(last, 5);
			else
				assert_int_equal(r->length[i][s], LONGEST - i);
		}
	assert_true(seen[FINISH_STOP] > 0);
	assert_true(seen[FINISH_STRING] > 0);
	free(r);
}

static void
test_cache_too_small(void **state)
{
	struct error err = {0};
	struct kernels *k = kernels_cpu(1);
	struct model *m = toy_model(k, DTYPE_F32, 0, &err);
	struct rollouts *r = calloc(1, sizeof(*r));
	struct sampler_calls calls = {r, next_prompt, NULL, response_done,
	    NULL};
	struct sampler_options o = {.sampling = {.temperature = 1, .top_p = 1},
	    .slots = 2, .max_prompt = 160, .max_response = LONGEST,
	    .kv_bytes = (LEAST - 1) * workspace_page_bytes(m)};
	struct sampler_stats stats;

	(void)state;
	assert_int_equal(sampler_run(m, &o, &calls, &stats, &err), -1);
	assert_int_equal(err.status, STATUS_TEMPFAIL);
	model_free(m);
	k->close(k);
	free(r);
}

/* What the trainer's loss sees, to be compared with the sampler's. */
struct seen {
	const struct rollouts *rollouts;
	size_t tokens, different;
};

static int
compare(void *context, const struct loss_rows *rows)
{
	struct seen *s = context;
	const float *drawn = s->rollouts->logprobs[rows->sequence / SAMPLES]
	    [rows->sequence % SAMPLES];

	s->tokens += rows->n;
	if (memcmp(rows->logprob, drawn + rows->first,
	    rows->n * sizeof(*drawn)) != 0)
		s->different++;
	memset(rows->dlogprob, 0, rows->n * sizeof(*rows->dlogprob));
	return 0;
}

static void
check_mismatch(enum dtype type, enum workspace_mode mode, size_t micro)
{
	struct rollouts *r = draw(type, 2, 8, 0, 0);
	int32_t tokens[PROMPTS * SAMPLES][256];
	struct sequence sequences[PROMPTS * SAMPLES];
	struct seen seen = {r, 0, 0};
	struct error err = {0};
	struct kernels *k = kernels_cpu(2);
	struct config c = toy_config();
	struct trainer *t = trainer_new(k, &c, type, 0, &err);
	struct microbatch_room room;

	assert_non_null(t);
	for (size_t i = 0; i < PROMPTS * SAMPLES; i++) {
		size_t p = i / SAMPLES, s = i % SAMPLES;
		size_t n = r->prompt_length[p];

		memcpy(tokens[i], r->prompt[p], n * sizeof(int32_t));
		memcpy(tokens[i] + n, r->tokens[p][s],
		    r->length[p][s] * sizeof(int32_t));
		sequences[i] = (struct sequence){tokens[i],
		    n + r->length[p][s], n, 1.25f, NULL};
	}
	assert_int_equal(microbatch_room(&room, sequences, PROMPTS * SAMPLES,
	    PROMPTS * SAMPLES, micro), 0);
	assert_int_equal(trainer_reserve(t, &room, mode, &err), 0);
	toy_load(t);
	trainer_gradient(t, sequences, PROMPTS * SAMPLES, compare, &seen);
	assert_true(seen.tokens > 500);
	assert_int_equal(seen.different, 0);
	free(r);
	trainer_free(t);
	k->close(k);
}

static void
test_mismatch_f32(void **state)
{
	(void)state;
	check_mismatch(DTYPE_F32, WORKSPACE_TRAIN, 700);
}

static void
test_mismatch_bf16(void **state)
{
	(void)state;
	check_mismatch(DTYPE_BF16, WORKSPACE_TRAIN, 4096);
}

static void
test_mismatch_recompute(void **state)
{
	(void)state;
	check_mismatch(DTYPE_BF16, WORKSPACE_RECOMPUTE, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_invariance_f32),
		cmocka_unit_test(test_invariance_bf16),
		cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_tight_f32),
		cmocka_unit_test(test_tight_bf16),
		cmocka_unit_test(test_samples_differ),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_cache_too_small),
		cmocka_unit_test(test_mismatch_f32),
		cmocka_unit_test(test_mismatch_bf16),
		cmocka_unit_test(test_mismatch_recompute),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
