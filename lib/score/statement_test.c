#include "lib/score/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* What a response states; value NULL: nothing, for the reason `how`. */
static const struct {
	const char *response, *value;
	enum answer_how how;
} cases[] = {
	{"The answer is 5.", "5", ANSWER_STATED},
	{"the answer is 3.5. Not 7.", "3.5", ANSWER_STATED},
	{"Answer: 5", "5", ANSWER_STATED},
	{"**Answer:** 5", "5", ANSWER_STATED},
	{"**Answer**: 5", "5", ANSWER_STATED},
	{"**Answer: 5**", "5", ANSWER_STATED},
	{"**The answer is 5.**", "5", ANSWER_STATED},
	{"The answer is **5** apples.", "5 apples", ANSWER_STATED},
	{"The answer is **$5$**.", "5", ANSWER_STATED},
	{"The **answer is** 28", "28", ANSWER_STATED},
	{"### Final answer\n\n$x=5$\n", "x=5", ANSWER_STATED},
	{"**Final Answer**\n5", "5", ANSWER_STATED},
	{"The final answer is $\\frac{5}{9}$. I hope it is correct.",
	    "\\frac{5}{9}", ANSWER_STATED},
	{"final answer: $5$ meters", "5 meters", ANSWER_STATED},
	{"The answer is:\n\\[\n\\frac12\n\\]\nso", "\\frac12", ANSWER_STATED},
	{"The answer is $$5$$", "5", ANSWER_STATED},
	{"The answer is \\(5\\), because 2+3=5.", "5", ANSWER_STATED},
	{"The answer is 5, since 2+3=5.", "5", ANSWER_STATED},
	{"The answer is 5 because 2+3=5.", "5", ANSWER_STATED},
	{"The answer is $5$ and we are done here.", "5", ANSWER_STATED},
	{"The answer is therefore $5$.", "5", ANSWER_STATED},
	{"The answer to the question is 5.", "5", ANSWER_STATED},
	{"Answer (in dollars): 5", "5", ANSWER_STATED},
	{"The answers are 4 and 9.", "4 and 9", ANSWER_STATED},
	{"The answer is $45.", "$45", ANSWER_STATED},
	{"The answer is $45 or $50.", "45 or 50", ANSWER_STATED},
	{"The answer is 5 or 6.", "5 or 6", ANSWER_STATED},
	{"The answer is $5$ or $6$.", "5 or 6", ANSWER_STATED},
	{"The answer is $5$ or six.", "5 or six", ANSWER_STATED},
	{"The answer is (3, 4).", "(3, 4)", ANSWER_STATED},
	{"The answer is 5. This answer is correct.", "5", ANSWER_STATED},
	{"Write the answer in \\boxed form. So 5.", NULL, ANSWER_ABSENT},
	{"The answer is 4. The answer is 5.", "5", ANSWER_STATED},
	{"The answer is 5. The answer is not 6.", NULL, ANSWER_NEGATED},
	{"The answer is 70, but no, the answer isn't 70.", NULL,
	    ANSWER_NEGATED},
	{"The answer isn\xe2\x80\x99t 70.", NULL, ANSWER_NEGATED},
	{"The answer is 5. This answer is not correct.", NULL,
	    ANSWER_NEGATED},
	{"The answer is neither 5 nor 6.", NULL, ANSWER_NEGATED},
	{"The answer is", NULL, ANSWER_EMPTY},
	{"The answer is $5", "$5", ANSWER_STATED},
	{"The answer is $\\frac{1}{", NULL, ANSWER_EMPTY},
	{"The answer is 4.\n\nAnswer:", NULL, ANSWER_EMPTY},
	{"Unanswered is 5. He answered: 6.", NULL, ANSWER_ABSENT},
	{"So it is\n\n**42**", "42", ANSWER_BOLD},
	{"So it is\n\n**42**.", "42", ANSWER_BOLD},
	{"So **it** is **42**", NULL, ANSWER_ABSENT},
	{"So it is 42", NULL, ANSWER_ABSENT},
	{"", NULL, ANSWER_ABSENT},
};

static void
test_cases(void **state)
{
	struct buffer plain = {0};
	struct span value, final;
	enum answer_how how;
	size_t i, at;
	int found;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		final = span_of(cases[i].response);
		found = statement_last(final, &value, &at, &how) == ANSWER_OK;
		if (found)
			assert_int_equal(statement_plain(value, &plain), 0);
		if (found != (cases[i].value != NULL) || how != cases[i].how ||
		    (found && strcmp(plain.data, cases[i].value) != 0))
			fail_msg("%s: %s, %d", cases[i].response,
			    found ? plain.data : "none", (int)how);
	}
	buffer_free(&plain);
}

static void
test_bullets(void **state)
{
	struct span value;
	enum answer_how how;
	size_t at;

	(void)state;
	assert_int_equal(statement_last(span_of("Answer:\n- 4\n- 9"), &value,
	    &at, &how), ANSWER_AMBIGUOUS);
	assert_true(span_is(value, "- 4"));
}

/* No text costs more than a few passes. */
static void
test_hostile(void **state)
{
	static const char *const unit[] = {"answer", "answer ", "answer is ",
	    "answer\n", "is ", ", ", " ", "*", "**", "$", "$ ", "answer to ",
	    "The answer is correct. ", ". "};
	const size_t length = 200000;
	char *text = malloc(length + 100);
	struct span value;
	enum answer_how how;
	size_t i, n, at;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		n = (size_t)sprintf(text, "The answer is 5");
		while (n < length)
			n += (size_t)sprintf(text + n, "%s", unit[i]);
		statement_last((struct span){text, n}, &value, &at, &how);
		assert_true(at == SPAN_NONE || at < n);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_bullets),
		cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
