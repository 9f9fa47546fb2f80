/* Loss scales and objectives against sums written out by hand. */
#include "lib/rl/objective.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* Three responses of 2, 3 and 5 tokens, --max-response 8. */
static void
test_scale(void **state)
{
	struct loss_scale s = {LOSS_NORM_TOKEN, 3, 10, 8};

	(void)state;
	assert_near(objective_scale_token(&s, 5), 1.0 / 10, 1e-15);
	s.norm = LOSS_NORM_TRAJECTORY;
	assert_near(objective_scale_token(&s, 5), 1.0 / 3, 1e-15);
	s.norm = LOSS_NORM_SEQUENCE;
	assert_near(objective_scale_token(&s, 5), 1.0 / 15, 1e-15);
	assert_near(objective_scale_token(&s, 2), 1.0 / 6, 1e-15);
	s.norm = LOSS_NORM_CONSTANT;
	assert_near(objective_scale_token(&s, 5), 1.0 / 24, 1e-15);
}

static void
test_empty_scale(void **state)
{
	struct loss_scale s = {LOSS_NORM_TOKEN, 0, 0, 8};

	(void)state;
	assert_true(objective_scale_token(&s, 0) == 0);
}

enum { EMPG, IS, GRPO, PPO };

static double
run(int objective, float *d, const struct objective_tokens *t,
    const struct objective_options *o, struct objective_clips *clips)
{
	return objective_list[objective].loss(d, t, o, clips);
}

static void
test_names(void **state)
{
	static const char *const names[] = {"empg", "is", "grpo", "ppo",
	    "value"};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(objective_names[i], names[i]);
		assert_int_equal(objective_list[i].loss == NULL, i == 4);
	}
	assert_null(objective_names[5]);
}

/* −0.1·(0.5·(−1) + 0.5·(−2) − 0.25·(−4)) = −0.1·(−0.5) = 0.05 */
static void
test_empg(void **state)
{
	const float advantage[] = {0.5f, 0.5f, -0.25f};
	const float logprob[] = {-1, -2, -4}, factor[] = {1, 0.5f, 2};
	struct objective_tokens t = {3, advantage, logprob, NULL, NULL, 0.1};
	float d[3];

	(void)state;
	assert_near(run(EMPG, d, &t, NULL, NULL), 0.05, 1e-12);
	assert_near(d[0], -0.05f, 1e-8f);
	assert_near(d[2], 0.025f, 1e-8f);
	t.factor = factor;
	/* −0.1·(−0.5 − 0.5 + 2) */
	assert_near(run(EMPG, d, &t, NULL, NULL), -0.1, 1e-12);
	assert_near(d[1], -0.025f, 1e-8f);
}

/* w = 2, 1/4, 1: by token, capped at 1.5, and their product 1/2. */
static void
test_is(void **state)
{
	const float advantage[] = {1, -1, 2}, logprob[] = {-1, -3, -2};
	const float old[] = {-1 - 0.6931472f, -3 + 1.3862944f, -2};
	struct objective_tokens t = {3, advantage, logprob, old, NULL, 1};
	struct objective_options o = {0};
	struct objective_clips clips = {0};
	float d[3];

	(void)state;
	/* −(2·(−1) − (1/4)(−3) + 2·(−2)) */
	assert_near(run(IS, d, &t, &o, &clips), 5.25, 1e-6);
	assert_near(d[0], -2, 1e-6);
	assert_near(d[1], 0.25, 1e-6);
	assert_near(d[2], -2, 1e-6);
	assert_int_equal(clips.high, 0);
	o.cap = 1.5;
	run(IS, d, &t, &o, &clips);
	assert_near(d[0], -1.5, 1e-6);
	assert_near(d[1], 0.25, 1e-6);
	assert_int_equal(clips.high, 1);
	o.cap = 0;
	o.sequence = 1;
	assert_near(run(IS, d, &t, &o, &clips), -0.5 * (-1 + 3 - 4), 1e-6);
	assert_near(d[0], -0.5, 1e-6);
	assert_near(d[2], -1, 1e-6);
}

/* w = 2, 2, 1/2, 1/2, 1.1 with both signs of A; ε = 0.2 and 0.5. */
static void
test_clipped(void **state)
{
	const float advantage[] = {1, -1, 1, -1, 3};
	const float old[] = {-2, -2, -2, -2, -2};
	const float logprob[] = {-2 + 0.6931472f, -2 + 0.6931472f,
	    -2 - 0.6931472f, -2 - 0.6931472f, -2 + 0.0953102f};
	struct objective_tokens t = {5, advantage, logprob, old, NULL, 1};
	struct objective_options o = {.clip = {0.2, 0.5}};
	struct objective_clips clips = {0};
	float d[5];

	(void)state;
	/* min(wA, clip(w)A): 1.5, −2, 0.5, −0.8, 3.3 */
	assert_near(run(GRPO, d, &t, &o, &clips), -2.5, 1e-5);
	assert_near(d[0], 0, 0);
	assert_near(d[1], 2, 1e-6);
	assert_near(d[2], -0.5, 1e-6);
	assert_near(d[3], 0, 0);
	assert_near(d[4], -3.3, 1e-5);
	assert_int_equal(clips.low, 1);
	assert_int_equal(clips.high, 1);
	assert_near(run(PPO, d, &t, &o, &clips), -2.5, 1e-5);
}

/* θ = θ*, said or measured: all have the gradient of log P_θ, bit for bit. */
static void
test_on_policy(void **state)
{
	const float advantage[] = {0.3f, -1.7f, 2.9f};
	const float logprob[] = {-0.1f, -3.3f, -7.7f};
	struct objective_tokens t = {3, advantage, logprob, NULL, NULL, 1 / 7.};
	struct objective_clips clips = {0};
	float want[3], d[3];

	(void)state;
	run(EMPG, want, &t, NULL, &clips);
	for (int i = IS; i <= PPO; i++)
		for (int way = 0; way < 4; way++) {
			struct objective_options o = {.sequence = way & 1,
			    .clip = {0.2, 0.2}, .cap = 1};

			t.old = way & 2 ? logprob : NULL;
			run(i, d, &t, &o, &clips);
			assert_memory_equal(d, want, sizeof(d));
		}
	assert_int_equal(clips.low + clips.high, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_empty_scale),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_empg),
		cmocka_unit_test(test_is),
		cmocka_unit_test(test_clipped),
		cmocka_unit_test(test_on_policy),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
