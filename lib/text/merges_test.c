#include "lib/text/merges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS 60

struct rule {
	int32_t left, right, product;
};

/* By the definition: the first rule that applies, at its leftmost place. */
static size_t
naive(const struct rule *rules, size_t count, int32_t *ids, size_t n)
{
	for (size_t r = 0; r < count;) {
		size_t i = 0;

		while (i + 1 < n && (ids[i] != rules[r].left ||
		    ids[i + 1] != rules[r].right))
			i++;
		if (i + 1 >= n) {
			r++;
			continue;
		}
		ids[i] = rules[r].product;
		memmove(ids + i + 1, ids + i + 2,
		    (n - i - 2) * sizeof(*ids));
		n--;
		r = 0;
	}
	return n;
}

/* Random rules over three letters; every product is a new token. */
static void
check_random(void)
{
	struct vocab *v = vocab_new();
	json_t *list = json_array();
	struct rule rules[SYMBOLS];
	char names[SYMBOLS][64] = {"a", "b", "c"}, both[160];
	struct error err = {0};
	int32_t ids[80], expected[80];
	size_t size = 3, count = 0, n, kept;
	struct merges *m;

	for (size_t i = 0; i < 3; i++)
		vocab_add(v, names[i], 1, (int64_t)i, &err);
	for (int k = 0; k < 200 && size < SYMBOLS; k++) {
		int32_t l = rand() % (int32_t)size, r = rand() % (int32_t)size;

		snprintf(both, sizeof(both), "%s%s", names[l], names[r]);
		if (strlen(both) > 12 ||
		    vocab_id(v, both, strlen(both)) != -1)
			continue;
		strcpy(names[size], both);
		vocab_add(v, both, strlen(both), (int64_t)size, &err);
		rules[count++] = (struct rule){l, r, (int32_t)size++};
		snprintf(both, sizeof(both), "%s %s", names[l], names[r]);
		json_array_append_new(list, json_string(both));
	}
	m = merges_new(list, v, &err);
	assert_non_null(m);
	for (int round = 0; round < 50; round++) {
		n = (size_t)rand() % 80;
		for (size_t i = 0; i < n; i++)
			ids[i] = expected[i] = rand() % (round % 3 + 1);
		kept = n;
		assert_int_equal(merges_apply(m, ids, &kept), 0);
		n = naive(rules, count, expected, n);
		assert_int_equal(kept, n);
		assert_memory_equal(ids, expected, n * sizeof(*ids));
	}
	merges_free(m);
	vocab_free(v);
	json_decref(list);
}

static void
test_equals_definition(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 200; round++)
		check_random();
}

static void
test_pairs_and_versions(void **state)
{
	struct vocab *v = vocab_new();
	json_t *list = json_loads("[\"#version: 0.2\", [\"a\", \"b\"], "
	    "\"ab c\"]", 0, NULL);
	struct error err = {0};
	int32_t ids[] = {0, 1, 2};
	struct merges *m;
	size_t n = 3;

	(void)state;
	vocab_add(v, "a", 1, 0, &err);
	vocab_add(v, "b", 1, 1, &err);
	vocab_add(v, "c", 1, 2, &err);
	vocab_add(v, "ab", 2, 3, &err);
	vocab_add(v, "abc", 3, 9, &err);
	m = merges_new(list, v, &err);
	assert_non_null(m);
	assert_int_equal(merges_apply(m, ids, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(ids[0], 9);
	merges_free(m);
	merges_free(NULL);
	vocab_free(v);
	json_decref(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_equals_definition),
	    cmocka_unit_test(test_pairs_and_versions),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
