/* Any response and ground truth: never a crash, and an answer lies inside. */
#include "lib/score/mathanswer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *zero = size == 0 ? NULL : memchr(data, '\0', size);
	size_t cut = zero == NULL ? size / 2
	    : (size_t)(zero - (const char *)data);
	struct span gold = {(const char *)data, cut};
	struct span response = {(const char *)data + cut, size - cut};
	const struct mathequal_options exact = {0};
	struct answer a = {0};
	struct error err;

	if (size == 0)
		return 0;
	mathanswer_judge(response, gold, &exact, &a, &err);
	if (a.found && a.at >= response.length)
		abort();
	buffer_free(&a.text);
	return 0;
}
