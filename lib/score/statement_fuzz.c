/* Finding an answer in any text: what is found lies inside it. */
#include "lib/score/statement.h"

#include <stdint.h>
#include <stdlib.h>

#include "lib/score/boxed.h"
#include "lib/score/think.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct span part, struct span whole, size_t from)
{
	if (part.data < whole.data || part.data + part.length >
	    whole.data + whole.length || from >= whole.length)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size}, value, final;
	struct buffer plain = {0};
	enum answer_how how;
	size_t from;

	final = think_final(text);
	if (final.data == NULL)
		return 0;
	if (boxed_last(final, &value, &from) == 1)
		inside(value, final, from);
	if (statement_last(final, &value, &from, &how) == ANSWER_OK) {
		inside(value, final, from);
		if (value.length == 0 || statement_plain(value, &plain) != 0 ||
		    plain.length > value.length)
			abort();
	}
	buffer_free(&plain);
	return 0;
}
