/* What a clause before a statement takes back. */
#include "lib/score/denial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void
test_denied(void **state)
{
	static const char *const texts[] = {"I don't think the ",
	    "It is not true that the ", "I don\xe2\x80\x99t believe my final ",
	    "I'm not sure if the correct ", "It is false that the ",
	    "I doubt that the ", "We cannot say the **"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!denial_before(span_of(texts[i])))
			fail_msg("%s: stands", texts[i]);
}

static void
test_stated(void **state)
{
	static const char *const texts[] = {"", "The ", "I think the ",
	    "There is no doubt that the ", "It isn't prime, so the ",
	    "Is it not 3? I think the ", "It is true that the final ",
	    "That can't be, but I believe the ", "7 is not prime. The "};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (denial_before(span_of(texts[i])))
			fail_msg("%s: denied", texts[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_stated),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
