/*
 * How long the worst of 1,000 hostile answers takes: towers, factorials, deep
 * brackets, long numbers, sums, lists, and tokens at random, each against three
 * gold answers and itself.  Prints the slowest; operands: COUNT and SEED.
 */
#include "lib/score/mathequal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const shapes[][3] = {
	{"7", "", ""}, {"", "0.", "3"}, {"", "1/", "9"}, {"{", "3", "}"},
	{"(", "3", ")"}, {"{", "3", ""}, {"", "3", "}"},
	{"\\left(", "3", "\\right)"}, {"2^{", "2", "}"}, {"9^", "9", ""},
	{"", "9", "!"}, {"(", "9", "!)"}, {"\\sqrt{", "3", "}"},
	{"\\sqrt{2+", "3", "}"}, {"\\sqrt[3]{1+", "x", "}"},
	{"\\frac{1}{1+", "x", "}"}, {"\\frac{x}{", "3", "+1}"},
	{"\\frac", "3", ""}, {"x_{", "3", "}"}, {"-", "3", ""},
	{"\\sin ", "x", ""}, {"\\sin(", "3", ")"}, {"\\exp(", "3", ")"},
	{"e^{", "x", "}"}, {"|", "x", "|"}, {"3+", "4", ""}, {"x+", "4", ""},
	{"(x+1)", "", ""}, {"(x+y)(x-y)", "", ""}, {"(x^2+1)^9", "", ""},
	{"", "3", ",4"}, {"", "x", ",y"}, {"", "x", "=x"}, {"\\pm ", "3", ""},
	{"\\pm 1", "3", ""}, {"(1\\pm\\sqrt2)", "", ""}, {"\\{", "3", "\\}"},
	{"\\{1,", "3", "\\}"}, {"\\log ", "3", ""}, {"\\ln(1+", "x", ")"},
	{"", "[0,1]", "\\cup[2,3]"},
	{"\\begin{pmatrix}", "3", "\\end{pmatrix}"},
	{"", "\\begin{pmatrix}3", "&3"}, {"", "\\begin{pmatrix}3", "\\\\3"},
	{"", "3", "\\%"}, {"\\text{", "3", "}"}, {"\\text{a ", "3", "}"},
	{"\\overline{", "3", "}"}, {"0.\\overline{3", "1", "}"},
	{"\\binom{99999}{", "3", "}"}, {"\\binom{n}{", "k", "}"},
	{"", "1", ":2"}, {"a", "b", "c"}, {"(1,", "2", ")"},
	{"2^{1000}+", "1", ""}, {"\\sqrt{2}+", "1", ""},
	{"\\sqrt{2}\\cdot", "\\pi", ""}, {"\\sin(10^{50})+", "1", ""},
	{"x^{99}+", "y", ""}, {"\\lfloor\\pi+", "1", "\\rfloor"},
	{"x<", "1", ""}, {"", "x<1", "\\text{ or }x>2"},
	{"(1+10^{-99})^", "2", ""}, {"2\\frac12", "", ""}, {"9,999", "", ""},
	{"5\\text{ cm} ", "", ""}, {"\\boxed{", "3", "}"}, {"$", "3", "$"},
};
static const char *const tokens[] = {
	"1", "9", "10", "0", "x", "y", "\\pi", "e", "i", "+", "-", "\\cdot",
	"/", "^", "^{", "_", "{", "}", "(", ")", "[", "]", ",", "=", "<",
	"\\le", "!", "|", "\\frac", "\\frac{", "\\sqrt", "\\sqrt{", "\\sin",
	"\\log", "\\ln", "\\binom", "\\pm", "\\infty", "\\cup", "\\{", "\\}",
	"\\left(", "\\right)", "\\text{", "\\%", "^\\circ", "99999", "!",
	"\\overline{", "\\begin{pmatrix}", "\\end{pmatrix}", "\\\\", "&",
	"\\text{ and }", "\\lfloor", "\\rfloor", "10^{99}", ".", " ", "$",
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t state;

static size_t
below(size_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)((state >> 33) % n);
}

static double
milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A hostile answer of at most ${cap} - 1 bytes in ${s}. */
static void
make(char *s, size_t cap)
{
	static const size_t most[] = {4, 12, 40, 200, 1000, 5000, 100000};
	size_t n = 1 + below(most[below(COUNT(most))]), i, used = 0;
	const char *const *shape = shapes[below(COUNT(shapes))];
	int soup = below(4) == 0, part;

	for (part = 0; part < 3; part++)
		for (i = 0; i < (part == 1 ? 1 : n); i++) {
			const char *add = soup ? tokens[below(COUNT(tokens))]
			    : shape[part];
			size_t l = strlen(add);

			if (used + l + 1 >= cap)
				break;
			memcpy(s + used, add, l);
			used += l;
		}
	s[used] = '\0';
}

/* The slowest of ${s} against golds and itself; which one goes to ${gold}. */
static double
slowest(const char *s, const char **gold)
{
	const char *const golds[] = {
		"2", "x^2+\\frac{1}{x}", "\\sqrt{2}+\\sin 1", s,
	};
	static const struct mathequal_options exact;
	double worst = 0, t;
	size_t i;

	for (i = 0; i < COUNT(golds); i++) {
		enum math_status status;
		struct error err;

		t = milliseconds();
		mathequal(span_of(golds[i]), span_of(s), &exact, &status,
		    &err);
		t = milliseconds() - t;
		if (t > worst) {
			worst = t;
			*gold = golds[i] == s ? "itself" : golds[i];
		}
	}
	return worst;
}

int
main(int argc, char **argv)
{
	enum { CAP = 200000 };
	size_t n = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 1000, i;
	double sum = 0, worst = 0;
	char *s = malloc(CAP);

	state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	if (s == NULL)
		return 70;
	for (i = 0; i < n; i++) {
		const char *gold = "";
		double t;

		make(s, CAP);
		t = slowest(s, &gold);
		sum += t;
		if (t > worst || t > 20)
			printf("%9.3f ms  against %s: %.60s (%zu bytes)\n", t,
			    gold, s, strlen(s));
		if (t > worst)
			worst = t;
	}
	printf("worst of %zu hostile answers %.3f ms, mean %.3f ms\n", n,
	    worst, sum / (double)n);
	free(s);
	return 0;
}
