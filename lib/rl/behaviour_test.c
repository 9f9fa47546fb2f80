#include "lib/rl/behaviour.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The table that is built in. */
enum { VERIFICATION, BACKTRACKING, DECOMPOSITION, CORRECTION, CODE };

static const struct {
	const char *text;
	unsigned seen;
} cases[] = {
	{"", 0},
	{"5 + 6 = 11. The answer is 11.", 0},
	{"Let's verify: 5 + 6 = 11.", 1u << VERIFICATION},
	{"Let me double-check.", 1u << VERIFICATION},
	{"He wrote a check.", 0},
	{"WAIT, no.", 1u << BACKTRACKING},
	{"The waiter waited.", 0},
	{"try\nsomething  else", 1u << BACKTRACKING},
	{"Recheck the checkerboard.", 0},
	{"Alternatively, use x.", 1u << BACKTRACKING},
	{"Step 12: add.", 1u << DECOMPOSITION},
	{"Footstep 1.", 0},
	{"First, we find x.", 1u << DECOMPOSITION},
	{"The first train leaves.", 0},
	{"I made a mistake.", 1u << CORRECTION},
	{"Oops", 1u << CORRECTION},
	{"so\n```python\nx\n```", 1u << CODE},
	{"so\nimport math", 1u << CODE},
	{"`print(x)`", 1u << CODE},
	{"blueprint(x)", 0},
	{"They import goods.", 0},
	{"Wait, that\xe2\x80\x99s wrong.", 1u << BACKTRACKING |
	    1u << CORRECTION},
};

static void
test_cases(void **state)
{
	struct behaviour *b = behaviour_default(NULL);
	size_t i;

	(void)state;
	assert_non_null(b);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (behaviour_seen(b, cases[i].text, strlen(cases[i].text)) !=
		    cases[i].seen)
			fail_msg("%s", cases[i].text);
	behaviour_free(b);
	behaviour_free(NULL);
}

static void
test_names(void **state)
{
	struct behaviour *b = behaviour_default(NULL);

	(void)state;
	assert_non_null(b);
	assert_int_equal(behaviour_count(b), CODE + 1);
	assert_string_equal(behaviour_name(b, VERIFICATION),
	    "self_verification");
	assert_string_equal(behaviour_name(b, CODE), "code");
	behaviour_free(b);
}

static int
line(struct behaviour *b, const char *text, struct error *err)
{
	return behaviour_line(b, text, strlen(text), err);
}

static void
test_table(void **state)
{
	const char *text = "so\n\xc3\xa4rger  Aha, that\xe2\x80\x99s it";
	struct error err = {0};
	struct behaviour *b = behaviour_new(&err);
	size_t at[2];

	(void)state;
	assert_non_null(b);
	assert_int_equal(behaviour_ready(b, &err), -1);
	assert_int_equal(line(b, "aha", &err), -1);
	assert_string_equal(err.text, "a phrase before the first [name]");
	assert_int_equal(line(b, "[insight]\r", &err), 0);
	assert_int_equal(behaviour_ready(b, &err), -1);
	assert_string_equal(err.text, "[insight] has no phrases");
	assert_int_equal(line(b, "# a comment", &err), 0);
	assert_int_equal(line(b, "", &err), 0);
	assert_int_equal(line(b, "eureka (", &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_int_equal(line(b, "aha[ ,]+that's", &err), 0);
	assert_int_equal(line(b, "[insight]", &err), -1);
	assert_int_equal(line(b, "[anger]", &err), 0);
	assert_int_equal(line(b, "^\xc3\x84rger", &err), 0);
	assert_int_equal(line(b, "[sums]", &err), 0);
	assert_int_equal(line(b, "\\d ?[+] ?\\d", &err), 0);
	assert_int_equal(behaviour_ready(b, &err), 0);
	assert_int_equal(behaviour_seen(b, text, strlen(text)), 3);
	assert_true(behaviour_find(b, 0, text, strlen(text), at));
	assert_int_equal(at[0], 11);
	assert_int_equal(at[1], 24);
	assert_false(behaviour_find(b, 0, text, 20, at));
	assert_true(behaviour_find(b, 2, "1+ 2", 4, at));
	behaviour_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_table),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
