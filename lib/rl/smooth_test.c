#include "lib/rl/smooth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* A few units in the last place: exp and sqrt round once each. */
#define CLOSE(x, y) assert_true(fabs((x) - (y)) <= 1e-15)

static struct smooth_options
options(const char *name)
{
	const struct smooth_method *m = smooth_find(name);

	assert_non_null(m);
	return smooth_defaults(m);
}

static void
fill(struct smooth_item *items, const double *rewards, size_t n, size_t group)
{
	size_t i;

	for (i = 0; i < n; i++)
		items[i] = (struct smooth_item){.reward = rewards[i],
		    .group = i / group};
}

/* Six records in groups of three, smoothed by Eq. 12. */
static void
check_empg(const double *rewards, const double *smoothed, double b,
    const double *advantages)
{
	struct smooth_options o = options("empg");
	struct smooth_item items[6];

	fill(items, rewards, 6, 3);
	assert_int_equal(smooth_run(items, 6, &o, NULL), 0);
	for (size_t i = 0; i < 6; i++) {
		CLOSE(items[i].given_return, smoothed[i]);
		CLOSE(items[i].baseline, b);
		CLOSE(items[i].advantage, advantages[i]);
	}
}

/*
 * Eq. 12 by hand.  R = 1 0 0 1 0 0: mu = 1/3, sigma = sqrt(2)/3, so that
 * (R - mu)/sigma is sqrt(2) or -1/sqrt(2).
 */
static void
test_equation_12(void **state)
{
	const double rewards[6] = {1, 0, 0, 1, 0, 0};
	const double smoothed[6] = {0.80442968250695691, 0.33023845067334307,
	    0.33023845067334307, 0.80442968250695691, 0.33023845067334307,
	    0.33023845067334307};
	const double b = 0.48830219461788102;
	const double advantages[6] = {0.31612748788907589,
	    -0.15806374394453794, -0.15806374394453794, 0.31612748788907589,
	    -0.15806374394453794, -0.15806374394453794};

	(void)state;
	check_empg(rewards, smoothed, b, advantages);
}

/* R = 3 1 1 1 0 0: mu = 1 and sigma = 1. */
static void
test_equation_12_graded(void **state)
{
	const double rewards[6] = {3, 1, 1, 1, 0, 0};
	const double smoothed[6] = {0.88079707797788244, 0.5, 0.5, 0.5,
	    0.26894142136999512, 0.26894142136999512};
	const double b = 0.48644665345297878;
	const double advantages[6] = {0.39435042452490366,
	    0.013553346547021219, 0.013553346547021219, 0.013553346547021219,
	    -0.21750523208298366, -0.21750523208298366};

	(void)state;
	check_empg(rewards, smoothed, b, advantages);
}

/* sigma = 0: 1/2 and an advantage of 0, exactly, whatever the reward. */
static void
test_equal_rewards(void **state)
{
	const double values[] = {0, 1, 0.1, -1e300, 1e-320};
	const char *const names[] = {"empg", "rloo", "grpo", "dr-grpo"};
	struct smooth_options o;
	struct smooth_item items[7];
	size_t i, j, m;

	(void)state;
	for (m = 0; m < sizeof(names) / sizeof(names[0]); m++)
		for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			for (j = 0; j < 7; j++)
				items[j] = (struct smooth_item){
				    .reward = values[i]};
			o = options(names[m]);
			assert_int_equal(smooth_run(items, 7, &o, NULL), 0);
			for (j = 0; j < 7; j++) {
				assert_true(items[j].advantage == 0);
				assert_true(items[j].given_return ==
				    (m == 0 ? 0.5 : values[i]));
			}
		}
}

/* Standardised rewards do not depend on their scale, however far it goes. */
static void
test_scale(void **state)
{
	const double scales[] = {1e-300, 1e-9, 1, 1e9, 1e300};
	const double rewards[4] = {0, 1, 3, 0};
	struct smooth_options o = options("empg");
	struct smooth_item one[4], items[4];
	size_t i, j;

	(void)state;
	fill(one, rewards, 4, 4);
	assert_int_equal(smooth_run(one, 4, &o, NULL), 0);
	for (i = 0; i < sizeof(scales) / sizeof(scales[0]); i++) {
		fill(items, rewards, 4, 4);
		for (j = 0; j < 4; j++)
			items[j].reward *= scales[i];
		assert_int_equal(smooth_run(items, 4, &o, NULL), 0);
		for (j = 0; j < 4; j++)
			CLOSE(items[j].advantage, one[j].advantage);
	}
}

static void
test_too_large(void **state)
{
	const double rewards[2] = {1e308, -1e308};
	struct smooth_options o = options("empg");
	struct smooth_item items[2];
	struct error err;

	(void)state;
	fill(items, rewards, 2, 2);
	assert_int_equal(smooth_run(items, 2, &o, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_int_equal(smooth_run(items, 0, &o, &err), 0);
}

/* Two groups of three. */
static void
check(const char *name, const double *baselines, const double *advantages)
{
	const double rewards[6] = {1, 0, 0, 2, 4, 6};
	struct smooth_options o = options(name);
	struct smooth_item items[6];
	size_t i;

	fill(items, rewards, 6, 3);
	assert_int_equal(smooth_run(items, 6, &o, NULL), 0);
	for (i = 0; i < 6; i++) {
		CLOSE(items[i].given_return, items[i].reward);
		CLOSE(items[i].baseline, baselines[i]);
		CLOSE(items[i].advantage, advantages[i]);
	}
}

static void
test_groups(void **state)
{
	const double third = 1.0 / 3, s = 1 / 1.7320508075688772;
	const double mean[6] = {third, third, third, 4, 4, 4};
	const double zero[6] = {0};
	const double others[6] = {0, 0.5, 0.5, 5, 4, 3};

	(void)state;
	check("raw", zero, (const double[6]){1, 0, 0, 2, 4, 6});
	check("rloo", others, (const double[6]){1, -0.5, -0.5, -3, 0, 3});
	check("dr-grpo", mean, (const double[6]){2 * third, -third, -third,
	    -2, 0, 2});
	/* Sample deviations: sqrt(1/3) and 2. */
	check("grpo", mean, (const double[6]){2 * third / (s + 1e-6),
	    -third / (s + 1e-6), -third / (s + 1e-6), -2 / (2 + 1e-6), 0,
	    2 / (2 + 1e-6)});
}

static void
test_baselines(void **state)
{
	const double rewards[3] = {1, 2, 6};
	struct smooth_options o = options("raw");
	struct smooth_item items[3];

	(void)state;
	fill(items, rewards, 3, 3);
	o.baseline = SMOOTH_MEAN;
	assert_int_equal(smooth_run(items, 3, &o, NULL), 0);
	CLOSE(items[2].advantage, 3);
	o.baseline = SMOOTH_LOO;
	assert_int_equal(smooth_run(items, 3, &o, NULL), 0);
	CLOSE(items[0].baseline, 4);
	CLOSE(items[2].baseline, 1.5);
	o.baseline = SMOOTH_CONSTANT;
	o.constant = 0.25;
	assert_int_equal(smooth_run(items, 3, &o, NULL), 0);
	CLOSE(items[1].advantage, 1.75);
	/* Alone, there are no others to compare with. */
	o.baseline = SMOOTH_LOO;
	assert_int_equal(smooth_run(items, 1, &o, NULL), 0);
	assert_true(items[0].advantage == 0);
	/* Groups of their own for Eq. 12: each is alone. */
	o = options("empg");
	o.scope = SMOOTH_GROUP;
	items[1].group = 1;
	items[2].group = 2;
	assert_int_equal(smooth_run(items, 3, &o, NULL), 0);
	assert_true(items[1].given_return == 0.5);
	assert_true(items[1].advantage == 0);
}

static void
test_constant(void **state)
{
	const double rewards[2] = {1, 3};
	struct smooth_options o = options("star");
	struct smooth_item items[2];

	(void)state;
	assert_true(o.method->positive_only);
	assert_false(options("sft").method->needs_reward);
	fill(items, rewards, 2, 2);
	assert_int_equal(smooth_run(items, 2, &o, NULL), 0);
	assert_true(items[1].given_return == 1);
	assert_true(items[1].baseline == 0);
	assert_true(items[1].advantage == 1);
	assert_null(smooth_find("nonsense"));
}

static void
test_degenerate(void **state)
{
	const double rewards[6] = {1, 1, 0, 1, 0, 1};
	struct smooth_item items[6];
	struct smooth_summary s = {0};
	double by_token[3] = {7, -5, 1};
	size_t i;

	(void)state;
	fill(items, rewards, 6, 6);
	assert_true(smooth_degenerate(items, 1));
	assert_true(smooth_degenerate(items, 2));
	assert_false(smooth_degenerate(items, 3));
	for (i = 0; i < 6; i++)
		items[i].advantage = (double)i - 2;
	smooth_add(&s, items, 6);
	assert_int_equal(s.records, 6);
	assert_int_equal(s.advantages, 6);
	assert_true(s.reward_sum == 4);
	assert_true(s.advantage_min == -2 && s.advantage_max == 3);
	items[0].advantages = by_token;
	items[0].tokens = 3;
	smooth_add(&s, items, 1);
	assert_int_equal(s.records, 7);
	assert_int_equal(s.advantages, 9);
	assert_true(s.advantage_min == -5 && s.advantage_max == 7);
}

/* X times as steep: with R = 1 -1 sigma is 1, and X = 2 gives sigmoid(2). */
static void
test_temper(void **state)
{
	const double rewards[2] = {1, -1};
	struct smooth_options o = options("empg");
	struct smooth_item items[2];

	(void)state;
	fill(items, rewards, 2, 2);
	o.temper = 2;
	assert_int_equal(smooth_run(items, 2, &o, NULL), 0);
	CLOSE(items[0].given_return, 0.88079707797788244);
	/* So steep that only the sign is left; the least slope is flat. */
	o.temper = 1e300;
	assert_int_equal(smooth_run(items, 2, &o, NULL), 0);
	assert_true(items[0].advantage == 0.5 && items[1].advantage == -0.5);
	o.temper = 1e-300;
	assert_int_equal(smooth_run(items, 2, &o, NULL), 0);
	assert_true(items[0].advantage == 0);
}

/* The first mini-batch has its own mean, the next ones what was before. */
static void
test_running(void **state)
{
	const double rewards[4] = {1, 0, 1, 0}, more[2] = {1, 1};
	struct running mean = {.momentum = -1};
	struct smooth_options o = options("reinforce");
	struct smooth_item items[4];

	(void)state;
	o.running = &mean;
	fill(items, rewards, 4, 1);
	assert_int_equal(smooth_run(items, 4, &o, NULL), 0);
	CLOSE(items[0].advantage, 0.5);
	fill(items, more, 2, 1);
	assert_int_equal(smooth_run(items, 2, &o, NULL), 0);
	CLOSE(items[1].baseline, 0.5);
	CLOSE(items[1].advantage, 0.5);
	assert_int_equal(mean.records, 6);
	CLOSE(mean.mean, 4.0 / 6);
}

static void
test_by_token(void **state)
{
	const double reward = 1;
	double values[2] = {0.25, 0.5}, advantages[2], returns[2];
	struct smooth_options o = options("ppo");
	struct smooth_item item;
	struct error err;

	(void)state;
	fill(&item, &reward, 1, 1);
	item.tokens = 2;
	item.values = values;
	item.advantages = advantages;
	item.returns = returns;
	o.whiten = 0;
	o.gamma = 0.5;
	assert_int_equal(smooth_run(&item, 1, &o, NULL), 0);
	CLOSE(advantages[0], 0.25);
	CLOSE(advantages[1], 0.5);
	CLOSE(returns[0], 0.5);
	CLOSE(returns[1], 1);
	/* Whitened, and what values should have been stays as it is. */
	o.whiten = 1;
	assert_int_equal(smooth_run(&item, 1, &o, NULL), 0);
	CLOSE(advantages[1], 0.125 / sqrt(0.03125 + 1e-8));
	CLOSE(returns[0], 0.5);
	/* A baseline by token for a smoothed return: alone it is 1/2. */
	o = options("empg");
	o.baseline = SMOOTH_VALUES;
	assert_int_equal(smooth_run(&item, 1, &o, NULL), 0);
	CLOSE(advantages[0], 0.25);
	CLOSE(advantages[1], 0);
	CLOSE(returns[0], 0.5);
	values[1] = 1e308;
	item.reward = -1e308;
	o = options("ppo");
	assert_int_equal(smooth_run(&item, 1, &o, &err), -1);
	assert_string_equal(err.text, "values[0]: too large");
}

static void
test_by_batch(void **state)
{
	struct smooth_options o = options("raw");

	(void)state;
	assert_false(smooth_by_batch(&o));
	o.baseline = SMOOTH_MEAN;
	assert_true(smooth_by_batch(&o));
	o.scope = SMOOTH_GROUP;
	assert_false(smooth_by_batch(&o));
	o = options("reinforce");
	assert_true(smooth_by_batch(&o));
	o = options("ppo");
	assert_true(smooth_by_batch(&o));
	o.whiten = 0;
	assert_false(smooth_by_batch(&o));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equation_12),
		cmocka_unit_test(test_equation_12_graded),
		cmocka_unit_test(test_equal_rewards),
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_baselines),
		cmocka_unit_test(test_constant),
		cmocka_unit_test(test_degenerate),
		cmocka_unit_test(test_temper),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_by_token),
		cmocka_unit_test(test_by_batch),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
