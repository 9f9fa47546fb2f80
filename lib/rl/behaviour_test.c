#include "lib/rl/behaviour.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct {
	const char *text;
	unsigned seen;
} cases[] = {
	{"", 0},
	{"5 + 6 = 11. The answer is 11.", 0},
	{"Let's verify: 5 + 6 = 11.", 1u << BEHAVIOUR_VERIFICATION},
	{"Let me double-check.", 1u << BEHAVIOUR_VERIFICATION},
	{"He wrote a check.", 0},
	{"WAIT, no.", 1u << BEHAVIOUR_BACKTRACKING},
	{"The waiter waited.", 0},
	{"Alternatively, use x.", 1u << BEHAVIOUR_BACKTRACKING},
	{"Step 1: add.", 1u << BEHAVIOUR_DECOMPOSITION},
	{"First, we find x.", 1u << BEHAVIOUR_DECOMPOSITION},
	{"The first train leaves.", 0},
	{"I made a mistake.", 1u << BEHAVIOUR_CORRECTION},
	{"Oops", 1u << BEHAVIOUR_CORRECTION},
	{"so\n```python\nx\n```", 1u << BEHAVIOUR_CODE},
	{"so\nimport math", 1u << BEHAVIOUR_CODE},
	{"They import goods.", 0},
	{"Wait, that\xe2\x80\x99s wrong.", 1u << BEHAVIOUR_BACKTRACKING |
	    1u << BEHAVIOUR_CORRECTION},
};

static void
test_cases(void **state)
{
	struct behaviour *b = behaviour_new(NULL);
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
	(void)state;
	assert_string_equal(behaviour_name(BEHAVIOUR_VERIFICATION),
	    "self_verification");
	assert_string_equal(behaviour_name(BEHAVIOUR_CODE), "code");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
