/* Fuzz entry: "REGEX\nTEXT"; any regex is taken or refused, and matches end. */
#include <string.h>

#include "lib/text/pattern.h"
#include "lib/text/utf8.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *s = (const char *)data;
	const char *line = size > 0 ? memchr(s, '\n', size) : NULL;
	struct pattern_match m = {0};
	struct pattern *p;
	size_t length, matches = 0;

	if (line == NULL)
		return 0;
	p = pattern_new(s, (size_t)(line - s), 0, NULL);
	if (p == NULL)
		return 0;
	length = utf8_valid(line + 1, size - (size_t)(line - s) - 1);
	while (pattern_next(p, line + 1, length, &m, NULL) == 1)
		if (++matches > length + 1)
			__builtin_trap();
	pattern_free(p);
	return 0;
}
