#include "lib/text/wordcache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define WORDS 200000

/* More words than it holds: what it still knows, it knows right. */
static void
test_forgets_but_never_lies(void **state)
{
	struct wordcache *c = wordcache_new();
	const int32_t *ids;
	size_t count, known = 0;
	char word[32];
	int32_t new[3];
	int n;

	(void)state;
	assert_non_null(c);
	for (int32_t i = 0; i < WORDS; i++) {
		n = snprintf(word, sizeof(word), "w%d", i);
		new[0] = i;
		new[1] = -i;
		new[2] = 7;
		wordcache_put(c, word, (size_t)n, new, (size_t)i % 3);
		ids = wordcache_get(c, word, (size_t)n, &count);
		assert_non_null(ids);
		assert_int_equal(count, i % 3);
	}
	for (int32_t i = 0; i < WORDS; i++) {
		n = snprintf(word, sizeof(word), "w%d", i);
		ids = wordcache_get(c, word, (size_t)n, &count);
		if (ids == NULL)
			continue;
		known++;
		assert_int_equal(count, i % 3);
		if (count > 0)
			assert_int_equal(ids[0], i);
		if (count > 1)
			assert_int_equal(ids[1], -i);
	}
	assert_true(known > 0 && known < WORDS);
	wordcache_free(c);
	wordcache_free(NULL);
}

static void
test_too_long(void **state)
{
	struct wordcache *c = wordcache_new();
	char word[1000] = {0};
	int32_t id = 1;
	size_t count;

	(void)state;
	wordcache_put(c, word, sizeof(word), &id, 1);
	assert_null(wordcache_get(c, word, sizeof(word), &count));
	wordcache_put(c, word, 0, &id, 1);
	assert_null(wordcache_get(c, word, 0, &count));
	wordcache_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forgets_but_never_lies),
	    cmocka_unit_test(test_too_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
