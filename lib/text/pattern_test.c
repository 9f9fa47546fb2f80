#include "lib/text/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/onig.h"

static void
test_translates(void **state)
{
#define SPACES "\\x09-\\x0d\\x20\\x85\\xa0\\x{1680}\\x{2000}-\\x{200a}" \
    "\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"
	/* What it becomes; or NULL and what is refused. */
	static const struct {
		const char *onig, *pcre2, *refused;
	} cases[] = {
	    {"a+|(?i:'s|'t)(?=x)(?!y)(?<=z)(?<!w)(?>v)", "a+|(?i:'s|'t)(?=x)"
	    "(?!y)(?<=z)(?<!w)(?>v)", NULL},
	    {"\\s", "[" SPACES "]", NULL},
	    {"\\S", "[^" SPACES "]", NULL},
	    {"[^\\s\\p{L}-]", "[^" SPACES "\\p{L}\\-]", NULL},
	    {"[\\s-x]", "[" SPACES "\\-x]", NULL},
	    {"\\p{Han}\\p{L}\\P{Lu}\\p{^Greek}",
	    "\\p{sc:Han}\\p{L}\\P{Lu}\\p{^sc:Greek}", NULL},
	    {"\\h[\\h]", "[0-9A-Fa-f][0-9A-Fa-f]", NULL},
	    {"\\u3040\\v\\n", "\\x{3040}\\x0b\\n", NULL},
	    {"a{2}b{1,}c{1,3}d{,4}e{f", "a{2}b{1,}c{1,3}d{0,4}e\\{f", NULL},
	    {"[]a]", "[\\]a]", NULL},
	    {"\\[\\.\\-", "\\[\\.\\-", NULL},
	    {"\\p{N}{1,3}+", NULL, "{1,3}+"},
	    {"\\bx", NULL, "\\b"},
	    {"a\\1", NULL, "\\1"},
	    {"[a&&b]", NULL, "&&"},
	    {"[a[bc]]", NULL, "[b"},
	    {"[[:alpha:]]", NULL, "[:"},
	    {"[\\S]", NULL, "\\S"},
	    {"(?m:.)", NULL, "(?m:"},
	    {"(?<name>a)", NULL, "(?<n"},
	    {"(*ACCEPT)", NULL, "(*"},
	    {"\\p", NULL, "\\p"},
	    {"x\\", NULL, "\\"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error err = {0};
		struct buffer out = {0};
		char message[160];
		int rc = onig_translate(cases[i].onig, strlen(cases[i].onig),
		    &out, &err);

		if (cases[i].pcre2 != NULL) {
			if (rc == -1)
				fail_msg("%s", err.text);
			assert_string_equal(out.data, cases[i].pcre2);
		} else {
			assert_int_equal(rc, -1);
			assert_int_equal(err.status, STATUS_DATA);
			snprintf(message, sizeof(message),
			    "regex '%s': '%s' is not supported",
			    cases[i].onig, cases[i].refused);
			assert_string_equal(err.text, message);
		}
		buffer_free(&out);
	}
}

static void
check_matches(const char *regex, int literal, const char *text,
    const char *expected)
{
	struct error err = {0};
	struct pattern_match m = {0};
	struct buffer found = {0};
	struct pattern *p;
	char one[64];
	int rc;

	p = pattern_new(regex, strlen(regex), literal, &err);
	if (p == NULL)
		fail_msg("%s", err.text);
	while ((rc = pattern_next(p, text, strlen(text), &m, &err)) == 1) {
		snprintf(one, sizeof(one), "%zu-%zu ", m.start, m.end);
		buffer_add_string(&found, one);
	}
	assert_int_equal(rc, 0);
	assert_string_equal(found.data != NULL ? found.data : "", expected);
	buffer_free(&found);
	pattern_free(p);
}

static void
test_finds(void **state)
{
	(void)state;
	check_matches("b+", 0, "abbcb", "1-3 4-5 ");
	check_matches("x", 0, "abc", "");
	/* An empty match is no second match at the end of the last. */
	check_matches("b*", 0, "abc", "0-0 1-2 3-3 ");
	check_matches("", 0, "\xC3\xA9z", "0-0 2-2 3-3 ");
	check_matches(".+", 1, "a.+b.+", "1-3 4-6 ");
	check_matches("\\s", 0, "a\xE1\xA0\x8E\xC2\xA0", "4-6 ");
	check_matches("\\p{L}+", 0, "d\xC3\xA9j\xC3\xA0 vu", "0-6 7-9 ");
}

/* Exponential time is cut short, with a message. */
static void
test_gives_up(void **state)
{
	char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
	struct error err = {0};
	struct pattern_match m = {0};
	struct pattern *p = pattern_new("(a|aa)+$", 8, 0, &err);

	(void)state;
	assert_non_null(p);
	assert_int_equal(pattern_next(p, text, strlen(text), &m, &err), -1);
	assert_int_equal(err.status, STATUS_DATA);
	assert_non_null(strstr(err.text, "limit"));
	pattern_free(p);
	assert_null(pattern_new("(", 1, 0, &err));
	assert_int_equal(err.status, STATUS_DATA);
	pattern_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_translates),
	    cmocka_unit_test(test_finds),
	    cmocka_unit_test(test_gives_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
