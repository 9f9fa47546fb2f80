/* Any two answers: never a crash, the same verdict in both directions, and
 * each answer equals itself. */
#include "lib/score/mathequal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *cut = size == 0 ? NULL : memchr(text, '\n', size);
	size_t at = cut == NULL ? size / 2 : (size_t)(cut - text);
	struct span a = {text, at}, b = {text + at, size - at};
	enum math_status status;
	struct error err;
	int forth, back;

	if (size == 0)
		return 0;
	forth = mathequal(a, b, NULL, &status, &err);
	if (forth == 1 && status != MATH_OK)
		abort();
	back = mathequal(b, a, NULL, &status, &err);
	if ((forth == 1) != (back == 1))
		abort();
	if (span_trim(a).length > 0 &&
	    mathequal(a, a, NULL, &status, &err) != 1)
		abort();
	return 0;
}
