/* Verdicts a second: answers against themselves, respelt, and others. */
#include "lib/score/mathequal.h"

#include <stdio.h>

#include "lib/base/clock.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SECONDS 0.5

/* Of the kinds, and about in the proportions, that answers of contests have. */
static const char *const answers[] = {"12", "-7", "\\frac{3}{8}", "144", "5",
    "2\\sqrt{3}", "28", "\\frac{1}{2}", "16\\pi", "x^2+2x-3",
    "(3, \\frac{\\pi}{2})",
    "1024", "17", "\\frac{14}{3}", "90^\\circ", "\\text{Evelyn}", "3-i",
    "(-\\infty, 2) \\cup (5, \\infty)", "9", "42", "\\$18.90", "4, -4", "240",
    "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "1{,}000", "0.35",
    "7\\text{ cm}", "\\frac{\\sqrt{3}}{2}", "y = 2x + 3", "2516_8"};

/* The same answers, spelt otherwise. */
static const char *const respelt[] = {"12.0", "-\\,7", "\\frac38", "144\\,",
    "5.", "\\sqrt{12}", "28\\text{ ways}", "0.5", "16 \\cdot \\pi",
    "(x+3)(x-1)",
    "\\left(3,\\dfrac{\\pi}{2}\\right)", "2^{10}", "x = 17", "4\\frac23",
    "90", "Evelyn", "-i+3", "x<2\\text{ or }x>5", "9\\quad", "42.00",
    "18.90\\text{ dollars}", "\\pm 4", "5!+120",
    "\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}", "1000", "\\frac{7}{20}",
    "7\\text{ centimeters}", "\\sin 60^\\circ", "2x-y+3=0", "2516_{8}"};

/* Compare answer i with other[i + shift] until the time is over. */
static void
measure(const char *name, const char *const *other, size_t shift)
{
	double begin = clock_seconds(), seconds;
	size_t i, n = 0, equal = 0;
	enum math_status status;

	do {
		for (i = 0; i < COUNT(answers); i++, n++)
			equal += mathequal(span_of(answers[i]),
			    span_of(other[(i + shift) % COUNT(answers)]),
			    NULL, &status, NULL) == 1;
		seconds = clock_seconds() - begin;
	} while (seconds < SECONDS);
	printf("%-12s %9.0f verdicts/s, %5.1f %% equal\n", name,
	    (double)n / seconds, 100 * (double)equal / (double)n);
}

int
main(void)
{
	measure("itself", answers, 0);
	measure("respelt", respelt, 0);
	measure("another", answers, 1);
	return 0;
}
