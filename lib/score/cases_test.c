/*
 * Every pair of testdata/score/cases.tsv by mathequal, both ways round, a test
 * a class; then what is too large for a file.  With files of such pairs as
 * operands it prints, and does not test: class, gold, given, label, reason,
 * verdict (2: another one turned round), status.
 */
#include "lib/score/mathequal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CASES "testdata/score/cases.tsv"

enum { CLASS, GOLD, GIVEN, LABEL, REASON, KNOWN, COLUMNS };

struct pairs {
	char *text; /* what the columns point into */
	const char *(*rows)[COLUMNS];
	size_t count;
};

static const struct mathequal_options exact;
static struct pairs all;

/* Cuts ${line} at its tabs; -1 unless there are five or six columns. */
static int
split(char *line, const char *row[COLUMNS])
{
	char *tab = line;
	size_t n = 0;

	do {
		if (n == COLUMNS)
			return -1;
		row[n++] = tab;
		if ((tab = strchr(tab, '\t')) != NULL)
			*tab++ = '\0';
	} while (tab != NULL);
	if (n < KNOWN || (strcmp(row[LABEL], "0") != 0 &&
	    strcmp(row[LABEL], "1") != 0))
		return -1;
	if (n == KNOWN)
		row[KNOWN] = "";
	return 0;
}

static int
pairs_read(struct pairs *p, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line, *next;
	size_t size = 0;
	ssize_t got = -1;

	memset(p, 0, sizeof(*p));
	if (f != NULL) {
		got = getdelim(&p->text, &size, '\0', f);
		fclose(f);
	}
	if (got < 0)
		return -1;
	for (line = p->text; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		if (*line == '#')
			continue;
		if (p->count % 256 == 0 && (p->rows = realloc(p->rows,
		    (p->count + 256) * sizeof(p->rows[0]))) == NULL)
			return -1;
		if (split(line, p->rows[p->count]) != 0) {
			fprintf(stderr, "%s: bad line: %s\n", path, line);
			return -1;
		}
		p->count++;
	}
	return 0;
}

static void
pairs_free(struct pairs *p)
{
	free(p->text);
	free(p->rows);
}

/* The verdict; a gold answer that can't be read is worth -1. */
static int
judge(const char *gold, const char *given, enum math_status *status)
{
	struct error err;

	*status = MATH_OK;
	return mathequal(span_of(gold), span_of(given), &exact, status, &err);
}

/* Whether the verdict is the label, and the same turned round where read. */
static int
right(const char *const row[COLUMNS])
{
	enum math_status there, back;
	int label = row[LABEL][0] - '0';
	int turned = judge(row[GIVEN], row[GOLD], &back);

	if (judge(row[GOLD], row[GIVEN], &there) != label)
		return 0;
	return turned == label || turned < 0 || there != MATH_OK ||
	    back != MATH_OK;
}

static void
test_class(void **state)
{
	const char *class = *state;
	size_t i, wrong = 0;

	for (i = 0; i < all.count; i++) {
		const char **row = all.rows[i];
		int known = strcmp(row[KNOWN], "known") == 0;

		if (strcmp(row[CLASS], class) != 0 || right(row) != known)
			continue;
		wrong++;
		printf("# %s: %s, %s: %s (%s)\n", class, row[GOLD], row[GIVEN],
		    known ? "right now: testdata/score/unmark" :
		    row[LABEL][0] == '1' ? "refused" : "accepted", row[REASON]);
	}
	assert_int_equal(wrong, 0);
}

static void
test_reflexive(void **state)
{
	enum math_status status;
	size_t i;

	(void)state;
	for (i = 0; i < all.count; i++)
		if (judge(all.rows[i][GOLD], all.rows[i][GOLD], &status) != 1)
			fail_msg("%s is not itself", all.rows[i][GOLD]);
}

/* ${before} n times, ${middle}, ${after} n times. */
static char *
nest(const char *before, const char *middle, const char *after, size_t n)
{
	size_t b = strlen(before), m = strlen(middle), a = strlen(after), i;
	char *s = malloc(n * (a + b) + m + 1), *at = s;

	assert_non_null(s);
	for (i = 0; i < n; i++, at += b)
		memcpy(at, before, b);
	memcpy(at, middle, m);
	at += m;
	for (i = 0; i < n; i++, at += a)
		memcpy(at, after, a);
	*at = '\0';
	return s;
}

/* None of these is 2; most are beyond any budget. */
static void
test_huge(void **state)
{
	static const struct {
		const char *before, *middle, *after;
	} shapes[] = {
		{"7", "", ""}, {"", "0.", "3"}, {"", "1/", "9"},
		{"{", "3", "}"}, {"(", "3", ")"}, {"{", "3", ""},
		{"", "3", "}"}, {"\\left(", "3", "\\right)"},
		{"2^{", "2", "}"}, {"2^", "3", ""}, {"", "9", "!"},
		{"(", "9", "!)"}, {"\\sqrt{", "3", "}"},
		{"\\frac{1}{1+", "3", "}"}, {"\\frac", "3", ""},
		{"x_{", "3", "}"}, {"-", "3", ""}, {"\\sin ", "3", ""},
		{"|", "3", "|"}, {"3+", "4", ""}, {"x+", "4", ""},
		{"(x+1)", "", ""}, {"", "3", ",4"}, {"", "x", "=x"},
		{"\\pm ", "3", ""}, {"3\\pm", "3", ""}, {"\\{", "3", "\\}"},
		{"\\log ", "3", ""}, {"", "3", "\\cup[1,2]"},
		{"\\begin{pmatrix}", "3", "\\end{pmatrix}"},
		{"", "\\begin{pmatrix}3", "&3"}, {"", "3", "\\%"},
		{"\\text{", "3", "}"}, {"\\boxed{", "3", "}"},
		{"", "3", "^\\circ"}, {"\\overline{", "3", "}"},
		{"\\binom{9}{", "3", "}"}, {"", "3", ":3"},
		{"$", "3", "$"}, {"\\", "", ""}, {"&", "", ""},
	};
	static const size_t sizes[] = {30, 5000, 100000};
	enum math_status status;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			char *s = nest(shapes[i].before, shapes[i].middle,
			    shapes[i].after, sizes[k]);

			if (judge("2", s, &status) != 0)
				fail_msg("%zu times %s%s is 2", sizes[k],
				    shapes[i].before, shapes[i].after);
			if (judge(s, s, &status) == 0 && status == MATH_OK)
				fail_msg("%zu times %s%s is not itself",
				    sizes[k], shapes[i].before,
				    shapes[i].after);
			free(s);
		}
}

/* A long number is still a number, and its last digit counts. */
static void
test_long(void **state)
{
	char *a = nest("7", "1", "", 4000), *b = nest("7", "2", "", 4000);
	enum math_status status;

	(void)state;
	assert_int_equal(judge(a, a, &status), 1);
	assert_int_equal(judge(a, b, &status), 0);
	assert_int_equal(status, MATH_OK);
	free(a);
	free(b);
}

static int
list(const char *path)
{
	static const char *const names[] = {"ok", "unparsable", "timeout"};
	struct pairs p;
	enum math_status status;
	size_t i;

	if (pairs_read(&p, path) != 0)
		return 66;
	for (i = 0; i < p.count; i++) {
		const char **row = p.rows[i];
		int verdict = judge(row[GOLD], row[GIVEN], &status);

		if (status == MATH_OK && verdict == row[LABEL][0] - '0' &&
		    !right(row))
			verdict = 2;
		printf("%s\t%s\t%s\t%s\t%s\t%d\t%s\n", row[CLASS], row[GOLD],
		    row[GIVEN], row[LABEL], row[REASON], verdict,
		    names[status]);
	}
	pairs_free(&p);
	return 0;
}

#define MAX_CLASSES 64

int
main(int argc, char **argv)
{
	struct CMUnitTest tests[MAX_CLASSES + 3] = {
		cmocka_unit_test(test_reflexive),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_long),
	};
	size_t i, k, n = 3;
	int failed;

	for (i = 1; i < (size_t)argc; i++)
		if (list(argv[i]) != 0)
			return 66;
	if (argc > 1)
		return 0;
	if (pairs_read(&all, CASES) != 0)
		return 66;
	for (i = 0; i < all.count; i++) {
		for (k = 3; k < n; k++)
			if (strcmp(tests[k].name, all.rows[i][CLASS]) == 0)
				break;
		if (k < n || n == MAX_CLASSES + 3)
			continue;
		tests[n].name = all.rows[i][CLASS];
		tests[n].test_func = test_class;
		tests[n++].initial_state = (void *)(uintptr_t)
		    all.rows[i][CLASS];
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = _cmocka_run_group_tests(CASES, tests, n, NULL, NULL);
	pairs_free(&all);
	return failed;
}
