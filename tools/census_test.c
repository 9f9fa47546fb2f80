/* When a run of zeros is told, and its causes. */
#include "tools/census.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void
add(struct census *c, size_t count, enum answer_status status,
    enum answer_how how, int truncated)
{
	const struct judge_note note = {.status = status, .how = how,
	    .truncated = truncated};

	while (count-- > 0)
		census_add(c, &note);
}

static void
test_share(void **state)
{
	struct census c = {0};
	char text[600];

	(void)state;
	add(&c, 50, ANSWER_OK, ANSWER_BOXED, 0);
	add(&c, 49, ANSWER_NONE, ANSWER_ABSENT, 0);
	assert_int_equal(census_warning(&c, 0.1, text, sizeof(text)), 0);
	add(&c, 1, ANSWER_NONE, ANSWER_ABSENT, 0);
	/* A hundred are enough, and more than the share is too many. */
	assert_int_equal(census_warning(&c, 0.5, text, sizeof(text)), 0);
	assert_int_equal(census_warning(&c, 0.49, text, sizeof(text)), 1);
	assert_non_null(strstr(text, "50 of 100 records"));
	assert_int_equal(census_warning(&c, 1, text, sizeof(text)), 0);
}

static void
test_causes(void **state)
{
	struct census c = {0};
	char text[1000], *first, *second;

	(void)state;
	add(&c, 10, ANSWER_NONE, ANSWER_EMPTY, 0);
	add(&c, 20, ANSWER_NONE, ANSWER_UNCLOSED, 1);
	add(&c, 90, ANSWER_NONE, ANSWER_THINKING, 1);
	add(&c, 5, ANSWER_UNPARSABLE, ANSWER_GOLD, 0);
	add(&c, 4, ANSWER_TIMEOUT, ANSWER_BOXED, 0);
	assert_int_equal(census_warning(&c, 0.5, text, sizeof(text)), 1);
	first = strstr(text, ": 90 never end their thinking");
	second = strstr(text, "; 20 were cut off");
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first < second);
	assert_non_null(strstr(text, "; 10 have an empty box"));
	assert_non_null(strstr(text, "; 5 have a ground truth"));
	assert_non_null(strstr(text, "; 4 took too long"));
}

/* Too little room cuts the text, and nothing is written past it. */
static void
test_room(void **state)
{
	struct census c = {0};
	char text[100];

	(void)state;
	add(&c, 100, ANSWER_NONE, ANSWER_ABSENT, 0);
	add(&c, 100, ANSWER_AMBIGUOUS, ANSWER_BOXED, 0);
	memset(text, 'x', sizeof(text));
	assert_int_equal(census_warning(&c, 0.5, text, 90), 1);
	assert_true(strlen(text) < 90);
	assert_int_equal(text[90], 'x');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_room),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
